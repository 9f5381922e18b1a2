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

#include "probe.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "launch.h"
#include "lifeline.h"

#define SUP_FIRST_PAUSE SUP_MILLISECONDS(50)
#define SUP_LONGEST_PAUSE SUP_SECONDS(1)
#define SUP_FIRST_STEP SUP_MILLISECONDS(1)
#define SUP_LONGEST_STEP SUP_MILLISECONDS(20)

struct sup_probe *sup__probe_create(const struct sup_command *command,
                                    const struct sup_process_options *options) {
  struct sup_probe *probe =
      sup__allocate_zeroed(options->allocator, sizeof(*probe));
  if (probe == NULL)
    return NULL;
  probe->command = command;
  probe->options = *options;
  probe->watch.pidfd = -1;
  probe->pause = command->ready_interval;
  if (probe->pause == 0)
    probe->pause = SUP_FIRST_PAUSE;
  return probe;
}

void sup__probe_free(struct sup_probe *probe) {
  SUP_ASSERT(!probe->runs);
  sup__release(probe->options.allocator, probe, sizeof(*probe));
}

/* ---- The beginning ------------------------------------------------------ */

/* That of the process, but for what was said of it. */
static struct sup_command command_of(const struct sup_probe *probe) {
  struct sup_command command = *probe->command;
  command.arguments = command.ready_arguments;
  command.argument_count = command.ready_argument_count;
  if (command.ready_environment != NULL) {
    command.environment = command.ready_environment;
    command.environment_count = command.ready_environment_count;
    command.variables = NULL;
    command.variable_count = 0;
  }
  if (command.ready_directory != NULL)
    command.directory = command.ready_directory;
  command.ready = SUP_READY_EXEC;
  return command;
}

static sup_error *launch_it(const struct sup_probe *probe,
                            const struct sup_command *command,
                            struct sup_launch *launch) {
  sup_error *failure =
      sup__prepare(&launch->prepared, command, 0, probe->options.allocator);
  int error;
  int number;
  if (failure != NULL)
    return failure;
  error = sup__launch_open_null(launch);
  if (error != 0) {
    failure = sup__launch_explain(launch, error);
  } else {
    for (number = 0; number < SUP_GIVEN_MIN; number++)
      sup__launch_give(launch, launch->null, number);
    failure = sup__launch_spawn(launch, command, &probe->options);
  }
  sup__launch_close(launch);
  return failure;
}

static bool begin(struct sup_probe *probe, uint64_t now) {
  struct sup_command command = command_of(probe);
  struct sup_launch launch;
  sup_error *failure;
  probe->began = now;
  probe->step = SUP_FIRST_STEP;
  probe->late = false;
  sup__launch_init(&launch);
  failure = launch_it(probe, &command, &launch);
  if (failure != NULL) {
    sup__see(&probe->seen, "%s", sup_error_text(failure));
    sup_error_unref(failure);
    return false;
  }
  probe->runs = true;
  probe->watch.pid = launch.spawned.pid;
  probe->watch.pidfd = launch.spawned.pidfd;
  probe->tie = launch.tie;
  return true;
}

/* ---- The end ------------------------------------------------------------ */

static void note_end(struct sup_probe *probe, int error,
                     const siginfo_t *info) {
  if (probe->late)
    sup__see(&probe->seen, "no exit in time");
  else if (error != 0)
    sup__see(&probe->seen, "an exit status that was taken by somebody else");
  else if (info->si_code == CLD_EXITED)
    sup__see(&probe->seen, "exit status %d", info->si_status);
  else
    sup__see(&probe->seen, "death by signal %d", info->si_status);
}

/* What is left of its group goes before its number is free. */
static void clear_away(struct sup_probe *probe) {
  struct rusage usage;
  sup__watch_signal(&probe->watch, SIGKILL, true);
  sup__tie_loose(&probe->tie);
  sup__watch_reap(&probe->watch, &usage);
  if (probe->watch.pidfd >= 0)
    close(probe->watch.pidfd);
  probe->watch.pidfd = -1;
  probe->runs = false;
}

static void look_again(struct sup_probe *probe, uint64_t now) {
  uint64_t end = probe->began + probe->command->ready_patience;
  probe->look_at = now + probe->step;
  if (!probe->late && end < probe->look_at)
    probe->look_at = end > now ? end : now;
  probe->step *= 2;
  if (probe->step > SUP_LONGEST_STEP)
    probe->step = SUP_LONGEST_STEP;
}

/* Whether it has ended, and then, whether as is wanted. */
static bool has_ended(struct sup_probe *probe, uint64_t now, bool *succeeded) {
  siginfo_t info;
  int error = sup__watch_peek(&probe->watch, &info);
  if (error == EAGAIN) {
    look_again(probe, now);
    return false;
  }
  note_end(probe, error, &info);
  *succeeded = error == 0 && !probe->late && info.si_code == CLD_EXITED &&
               info.si_status == 0;
  clear_away(probe);
  return true;
}

static void wait_before_next(struct sup_probe *probe, uint64_t now) {
  probe->look_at = now + probe->pause;
  if (probe->command->ready_interval != 0)
    return;
  probe->pause *= 2;
  if (probe->pause > SUP_LONGEST_PAUSE)
    probe->pause = SUP_LONGEST_PAUSE;
}

/* ---- Attempts ----------------------------------------------------------- */

static void be_done_with(struct sup_probe *probe) {
  sup__watch_signal(&probe->watch, SIGKILL, true);
  probe->late = true;
  probe->step = SUP_FIRST_STEP;
}

bool sup__probe_look(struct sup_probe *probe, uint64_t now) {
  bool succeeded = false;
  if (!probe->runs && !begin(probe, now)) {
    wait_before_next(probe, now);
    return false;
  }
  if (!has_ended(probe, now, &succeeded)) {
    if (!probe->late && now - probe->began >= probe->command->ready_patience) {
      be_done_with(probe);
      look_again(probe, now);
    }
    return false;
  }
  if (!succeeded)
    wait_before_next(probe, now);
  return succeeded;
}

void sup__probe_stop(struct sup_probe *probe, uint64_t now) {
  if (!probe->runs || probe->late)
    return;
  /* What was seen before is more than that it was broken off. */
  if (probe->seen.text[0] == '\0')
    sup__see(&probe->seen, "no exit yet");
  be_done_with(probe);
  look_again(probe, now);
}

bool sup__probe_is_gone(struct sup_probe *probe, uint64_t now) {
  struct sup_seen seen = probe->seen;
  bool succeeded;
  if (probe->runs && !has_ended(probe, now, &succeeded))
    return false;
  probe->seen = seen;
  return true;
}
