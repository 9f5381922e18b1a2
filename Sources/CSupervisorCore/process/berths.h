/*
 * This source file is part of the swift-supervision project
 *
 * Copyright (c) 2026 the swift-supervision project authors
 * Licensed under Apache License v2.0
 *
 * See LICENSE.txt for license information
 *
 * SPDX-License-Identifier: Apache-2.0
 */

/*
 * Low numbers of descriptors that are kept for what children are given.
 *
 * A child gets a copy of the host's table of descriptors, which takes 0.1 us for
 * each that is open, and a supervisor of 10,000 processes has at least as many.
 * If all that the child needs stands at the beginning of the table, it can take
 * the beginning alone: it shares the table at first, and leaves it with the
 * call that closes a range (Linux 5.9). The numbers are kept from the start of a
 * runtime, when they are still low. Loop thread.
 */

#ifndef SUP_PROCESS_BERTHS_H
#define SUP_PROCESS_BERTHS_H

#include "spawn.h"

#define SUP_BERTHS 7

struct sup_berths {
  int number[SUP_BERTHS]; /* open on nothing while no child is made */
  unsigned count;
  unsigned taken;
  int end;      /* above all of them */
  int worth;    /* how many descriptors beyond that are worth the calls */
  bool useless; /* the system cannot do it */
};

/* Keep numbers. If there are none to be had, children get the whole table. */
void sup__berths_open(struct sup_berths *berths);

/* Let the sources of a spawn be in berths if that is worth while, and the child
 * take no more of the table than them. */
void sup__berths_take(struct sup_berths *berths, int null,
                      struct sup_spawn *spawn);

/* Afterwards. */
void sup__berths_leave(struct sup_berths *berths, int null,
                       const struct sup_spawned *spawned);

void sup__berths_close(struct sup_berths *berths);

#endif
