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

/* What the ends of a process mean: success, or what they say about trying
 * again. */

#ifndef SUP_PROCESS_MEANING_H
#define SUP_PROCESS_MEANING_H

#include <supervisor/process.h>

#include "../engine/support.h"

/* How many contradictions there can be in one. */
#define SUP_MEANING_FAULTS 4u

struct sup_meaning {
  /* A bit for each status; 0 is always a success. */
  uint64_t success[4];
  uint64_t hopeless[4];
  uint64_t forced[4];
  /* A bit for each signal, from 1. */
  uint64_t hopeless_signals;
  uint64_t forced_signals;
};

bool sup__meaning_succeeds(const struct sup_meaning *meaning, int status);

/* Of an end that is a failure. */
sup_failure_class sup__meaning_class(const struct sup_meaning *meaning,
                                     const sup_process_end *end);

/* The contradictions, each as a sentence without a path; how many there are. */
unsigned sup__meaning_faults(const struct sup_meaning *meaning,
                             const char *faults[SUP_MEANING_FAULTS]);

#endif
