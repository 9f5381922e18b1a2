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
 * Running a program: what it needs only until it runs, prepared, spawned and
 * explained if that fails. Loop thread.
 */

#ifndef SUP_PROCESS_LAUNCH_H
#define SUP_PROCESS_LAUNCH_H

#include "prepare.h"
#include "process.h"

struct sup_launch {
  struct sup_prepared prepared;
  struct sup_spawned spawned;
  struct sup_tie *tie; /* to the life of the host, or NULL; the caller's */
  int null;            /* /dev/null, or -1 */
  size_t count;
  struct sup_given given[SUP_GIVEN_MAX + 1];
};

void sup__launch_init(struct sup_launch *launch);

/* Open /dev/null: 0 or an errno. */
int sup__launch_open_null(struct sup_launch *launch);

/* The program gets the host's `source` as `number`. */
void sup__launch_give(struct sup_launch *launch, int source, int number);

/* What was prepared, with what it is given: NULL when the program runs, and
 * then launch->spawned says how; or why not, and nothing is left behind. */
sup_error *sup__launch_spawn(struct sup_launch *launch,
                             const struct sup_command *command,
                             const struct sup_process_options *options);

/* Why a pipe or the like that it needs could not be made. */
sup_error *sup__launch_explain(struct sup_launch *launch, int error);

/* Close what is not needed any more. */
void sup__launch_close(struct sup_launch *launch);

#endif
