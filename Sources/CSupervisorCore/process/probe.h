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
 * Readiness by a command: a program is run again and again until it exits with
 * status 0. There is one at a time, and it is looked at, not watched: nothing of
 * it is on the loop. Loop thread.
 */

#ifndef SUP_PROCESS_PROBE_H
#define SUP_PROCESS_PROBE_H

#include "process.h"
#include "seen.h"
#include "watch.h"

struct sup_probe {
  const struct sup_command *command; /* borrowed; of the process */
  struct sup_process_options options;
  struct sup_watch watch; /* for its pid; not open */
  struct sup_tie *tie;
  bool runs;
  bool late;        /* it has been killed for that */
  uint64_t began;   /* the attempt that runs */
  uint64_t step;    /* before the next look at it */
  uint64_t pause;   /* before the next attempt */
  uint64_t look_at; /* when to look next */
  struct sup_seen seen;
};

/* For a command that has this rule. NULL without memory. */
struct sup_probe *sup__probe_create(const struct sup_command *command,
                                    const struct sup_process_options *options);

/* Begin an attempt, or look at the one in progress; true if it has succeeded.
 * Else `look_at` is set. */
bool sup__probe_look(struct sup_probe *probe, uint64_t now);

/* No further attempt: one in progress is killed. */
void sup__probe_stop(struct sup_probe *probe, uint64_t now);

/* After that: take it out of the system if it has gone. False, and `look_at` is
 * set, if it has not yet. */
bool sup__probe_is_gone(struct sup_probe *probe, uint64_t now);

/* When it is gone. */
void sup__probe_free(struct sup_probe *probe);

#endif
