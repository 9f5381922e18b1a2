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

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "berths.h"
#include "failure.h"
#include "lifeline.h"
#include "watch.h"

void sup__launch_init(struct sup_launch *launch) {
  launch->tie = NULL;
  launch->null = -1;
  launch->count = 0;
  launch->spawned = (struct sup_spawned){.pid = -1, .pidfd = -1, .number = -1};
}

int sup__launch_open_null(struct sup_launch *launch) {
  launch->null = open("/dev/null", O_RDWR | O_CLOEXEC);
  return launch->null < 0 ? errno : 0;
}

/* In ascending order, which is nearly that of the calls. */
void sup__launch_give(struct sup_launch *launch, int source, int number) {
  size_t at = launch->count++;
  while (at > 0 && launch->given[at - 1].number > number) {
    launch->given[at] = launch->given[at - 1];
    at--;
  }
  launch->given[at].source = source;
  launch->given[at].number = number;
}

static sup_error *tie(struct sup_launch *launch,
                      const struct sup_process_options *options) {
  char text[SUP_ERRNO_TEXT];
  int error = sup__lifeline_tie(options->lifeline, &launch->tie);
  if (error == 0)
    return NULL;
  return sup__spawn_failure(
      launch->prepared.allocator, SUP_STAGE_GUARD, error,
      "the program '%s' is to end with its host, and the guard that sees to "
      "it could not be had: %s; it is run by " SUP_GUARD_SHELL
      ", and needs a few descriptors",
      launch->prepared.program, sup__errno_text(error, text));
}

sup_error *sup__launch_spawn(struct sup_launch *launch,
                             const struct sup_command *command,
                             const struct sup_process_options *options) {
  struct sup_spawn request = {.path = launch->prepared.program,
                              .arguments = command->arguments,
                              .environment = launch->prepared.environment,
                              .directory = launch->prepared.directory,
                              .given = launch->given,
                              .given_count = launch->count,
                              .want_pidfd =
                                  !options->no_pidfd && sup__pidfd_usable()};
  struct sup_told *told = &launch->prepared.told;
  sup_error *failure;
  int error;
  if (command->ends_with_host) {
    failure = tie(launch, options);
    if (failure != NULL)
      return failure;
    request.mark = sup__tie_mark(launch->tie);
  }
  if (told->watchdog)
    request.pid_text = told->pid_text + strlen(SUP_WATCHDOG_PID);
  if (options->portable_spawn) {
    error = sup__spawn_portable(&request, &launch->spawned);
  } else if (options->berths == NULL) {
    error = sup__spawn(&request, &launch->spawned);
  } else {
    sup__berths_take(options->berths, launch->null, &request);
    error = sup__spawn(&request, &launch->spawned);
    sup__berths_leave(options->berths, launch->null, &launch->spawned);
  }
  if (error != 0) {
    sup__tie_loose(&launch->tie);
    return sup__prepare_explain(&launch->prepared, &launch->spawned, error);
  }
  if (request.want_pidfd && launch->spawned.pidfd < 0)
    launch->spawned.pidfd = sup__pidfd_of(launch->spawned.pid);
  return NULL;
}

sup_error *sup__launch_explain(struct sup_launch *launch, int error) {
  launch->spawned.stage = SUP_STAGE_DESCRIPTORS;
  launch->spawned.number = -1;
  return sup__prepare_explain(&launch->prepared, &launch->spawned, error);
}

void sup__launch_close(struct sup_launch *launch) {
  if (launch->null >= 0)
    close(launch->null);
  launch->null = -1;
  sup__prepare_free(&launch->prepared);
}
