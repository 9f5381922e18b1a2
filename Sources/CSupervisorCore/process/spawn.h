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
 * Making a process. All that can be prepared is prepared by the caller; what
 * is left happens between the birth of the child and its exec, in this order:
 * session, mark, descriptors, directory, signals, exec.
 */

#ifndef SUP_PROCESS_SPAWN_H
#define SUP_PROCESS_SPAWN_H

#include <sys/types.h>

#include <supervisor/process.h>

#include "../engine/support.h"

/* Sharing memory with the child confuses tools that shadow it. */
#if defined(__SANITIZE_THREAD__)
#define SUP_SPAWN_SHARES_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SUP_SPAWN_SHARES_MEMORY 0
#endif
#endif
#if !defined(SUP_SPAWN_SHARES_MEMORY)
#if defined(__linux__)
#define SUP_SPAWN_SHARES_MEMORY 1
#else
#define SUP_SPAWN_SHARES_MEMORY 0
#endif
#endif

/* The child gets the host's descriptor `source` as `number`. */
struct sup_given {
  int source;
  int number;
};

struct sup_spawn {
  const char *path; /* what is executed; relative to `directory` */
  char *const *arguments;
  char *const *environment;
  int directory; /* a descriptor of it, or -1: the host's */
  /* In ascending order of their numbers, all different, with 0, 1 and 2. The
   * sources are used as scratch. Everything else is closed by the exec. */
  struct sup_given *given;
  size_t given_count;
  /* In `environment`: where the child writes its pid, in decimal and with a
   * NUL. Or NULL. */
  char *pid_text;
  /* Where the child writes its number (mark.h) before it lets go of anything of
   * the host's, and which it clears if it fails; shared with children of
   * fork(). Or NULL. */
  volatile uint64_t *mark;
  bool want_pidfd;
  /* All that the child needs has a number below this, or 0: it need not have
   * the rest of the host's table of descriptors. Not for the portable form. */
  int share_below;
  bool no_close_range; /* as on a kernel without that call; for tests */
};

struct sup_spawned {
  pid_t pid;
  int pidfd;             /* owned by the caller, close-on-exec; or -1 */
  sup_spawn_stage stage; /* where it failed */
  int number;            /* stage DESCRIPTORS: the one it failed for, or -1 */
  bool cannot_share;     /* `share_below` is nothing for this system */
};

#define SUP_PID_TEXT 21u /* room for any */

/* 0, or the errno of the stage that failed; then nothing is left behind. The
 * process is the leader of a session and a group of its own. Returns when the
 * program has been executed. Any thread. */
int sup__spawn(const struct sup_spawn *spawn, struct sup_spawned *spawned);

/* The same by fork(), for systems that have nothing better: never with a
 * pidfd, and it takes time that grows with the memory of the host. */
int sup__spawn_portable(const struct sup_spawn *spawn,
                        struct sup_spawned *spawned);

/* In a child of fork(), before it does anything. */
void sup__spawn_forked(void);

/* Whether it is a child of ours, which is about to execute a program. */
bool sup__spawn_forks(void);

#endif
