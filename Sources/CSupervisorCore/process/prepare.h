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
 * What a start needs besides descriptors: the environment, the program, the
 * directory; and what to say when it failed. Everything is found out here, in
 * the host, so that the child has nothing left to do that can take a lock, and
 * so that an error can name its cause.
 */

#ifndef SUP_PROCESS_PREPARE_H
#define SUP_PROCESS_PREPARE_H

#include <limits.h>

#include "command.h"
#include "notify.h"
#include "spawn.h"

#ifndef PATH_MAX
#define PATH_MAX 4096
#endif

/* What a process that may speak of itself finds in its environment. */
#define SUP_NOTIFY_SOCKET "NOTIFY_SOCKET="
#define SUP_WATCHDOG_USEC "WATCHDOG_USEC="
#define SUP_WATCHDOG_PID "WATCHDOG_PID="

/* Those of the three that it is told. The texts are in the environment already,
 * and may be filled in until the spawn; the pid is filled in by the child. */
struct sup_told {
  bool socket;   /* by whoever makes it */
  bool watchdog; /* and pid */
  char socket_text[sizeof(SUP_NOTIFY_SOCKET) + SUP_ADDRESS_MAX];
  char watchdog_text[sizeof(SUP_WATCHDOG_USEC) + 20];
  char pid_text[sizeof(SUP_WATCHDOG_PID) + SUP_PID_TEXT];
};

struct sup_prepared {
  const struct sup_command *command;
  const sup_allocator *allocator;
  char *const *environment;
  char **made; /* owned: `environment`, if it had to be made */
  size_t made_count;
  struct sup_told told;
  const char *program; /* what is executed: argv[0], or `path` */
  int directory;       /* owned, or -1 */
  char path[PATH_MAX];
};

/* NULL and *prepared; or what is wrong. `heartbeat` is what the process is to
 * promise, or 0. */
sup_error *sup__prepare(struct sup_prepared *prepared,
                        const struct sup_command *command,
                        sup_duration heartbeat, const sup_allocator *allocator);

/* What to say of a spawn that failed with `error`. */
sup_error *sup__prepare_explain(const struct sup_prepared *prepared,
                                const struct sup_spawned *spawned, int error);

void sup__prepare_free(struct sup_prepared *prepared);

#endif
