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
 * Watching one process for its exit, without any signal: by a pidfd where the
 * kernel has them, otherwise by a thread that waits. Neither takes the status;
 * while it has not been reaped, its number cannot belong to another process or
 * group. Loop thread.
 */

#ifndef SUP_PROCESS_WATCH_H
#define SUP_PROCESS_WATCH_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <uv.h>

#include "../loop/loop.h"

#define SUP_SIGNAL_MAX 64 /* so that 64 bits hold them all */

struct sup_watch {
  struct sup_loop *loop;
  pid_t pid;  /* 0: it has been reaped, or never was */
  int pidfd;  /* owned; or -1 */
  bool polls; /* u.poll is the watcher, else u.waiter */

  /* Once. `error` is 0 and *info says how it ended; or ECHILD: somebody else
   * has taken the status. */
  void (*exited)(struct sup_watch *watch, int error, const siginfo_t *info);
  /* After sup__watch_close, perhaps within it; the watch may go. */
  void (*closed)(struct sup_watch *watch);

  union {
    uv_poll_t poll;
    struct {
      struct sup_work work;
      uv_thread_t thread;
      int error;
    } waiter;
  } u;
};

/* Watch a child of ours. The pidfd, or -1, is taken over. 0, or an errno: then
 * sup__watch_undo comes next. */
int sup__watch_open(struct sup_watch *watch, struct sup_loop *loop, pid_t pid,
                    int pidfd);

/* What could not be watched may not run: kill it with its group and reap it. */
void sup__watch_undo(struct sup_watch *watch);

/* Whether there are processes in a group that was one's of ours. It may be
 * another's by now, so this is good for waiting only, and not for ever. */
bool sup__group_exists(pid_t group);

/* The one way in which signals are sent: to the process, or to the group that
 * it leads. 0 or an errno; ESRCH if it is not, or no longer, a process of ours,
 * whatever its number. */
int sup__watch_signal(struct sup_watch *watch, int signal, bool group);

/* 0 and how it has ended, the status left where it is; EAGAIN: it runs; ECHILD:
 * somebody else has taken the status. */
int sup__watch_peek(const struct sup_watch *watch, siginfo_t *info);

/* Whether it has ended, of which nothing may have been heard yet. */
bool sup__watch_has_ended(const struct sup_watch *watch);

/* After the exit: take the status out of the system. False if somebody else
 * did; *usage is then zero. */
bool sup__watch_reap(struct sup_watch *watch, struct rusage *usage);

/* After the exit, as the last thing. */
void sup__watch_close(struct sup_watch *watch);

/* ---- The two watchers --------------------------------------------------- */

/* Whether pidfds work here; found out once. Any thread. */
bool sup__pidfd_usable(void);

/* A pidfd of a child that was made without one; -1 if there is none to be had,
 * or if the number is no child's of ours any more. */
int sup__pidfd_of(pid_t pid);

int sup__pidfd_open_poll(struct sup_watch *watch);
void sup__pidfd_close_poll(struct sup_watch *watch);

/* waitid() by pidfd: 0, or an errno; EAGAIN if there is nothing yet. */
int sup__pidfd_wait(int pidfd, int options, siginfo_t *info,
                    struct rusage *usage);

/* 0 or an errno; ENOSYS if the kernel cannot do that. */
int sup__pidfd_signal(int pidfd, int signal, bool group);

int sup__waiter_open(struct sup_watch *watch);

#endif
