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
 * Where there is no pidfd: a thread for each process, which waits until its
 * status can be taken and leaves it there. No signal is involved, so whatever
 * the host does with SIGCHLD is its own affair.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "watch.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/wait.h>

/* It calls waitid() and posts. Sanitizers need more, which the system knows. */
#define SUP_WAITER_STACK (64u * 1024u)

/* The status, which stays where it is. 0 or an errno. */
static int look(const struct sup_watch *watch, siginfo_t *info, int options) {
  int result;
  do
    result = waitid(P_PID, (id_t)watch->pid, info, WEXITED | WNOWAIT | options);
  while (result < 0 && errno == EINTR);
  return result < 0 ? errno : 0;
}

static void wait_for_exit(void *argument) {
  struct sup_watch *watch = argument;
  siginfo_t info;
  watch->u.waiter.error = look(watch, &info, 0);
  sup__loop_post(watch->loop, &watch->u.waiter.work);
}

static void waited(struct sup_work *work) {
  struct sup_watch *watch =
      (struct sup_watch *)((char *)work -
                           offsetof(struct sup_watch, u.waiter.work));
  siginfo_t info;
  int error = watch->u.waiter.error;
  uv_thread_join(&watch->u.waiter.thread);
  info.si_pid = 0;
  if (error == 0)
    error = look(watch, &info, WNOHANG);
  if (error == 0 && info.si_pid != watch->pid)
    error = ECHILD;
  watch->exited(watch, error, &info);
}

static int create_thread(struct sup_watch *watch) {
  uv_thread_options_t options;
  int error = UV_EINVAL;
  options.flags = UV_THREAD_HAS_STACK_SIZE;
  options.stack_size = SUP_WAITER_STACK;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  error = uv_thread_create_ex(&watch->u.waiter.thread, &options, wait_for_exit,
                              watch);
#endif
  /* Thread-local variables of the host may not fit in. */
  if (error == UV_EINVAL) {
    options.flags = UV_THREAD_NO_FLAGS;
    error = uv_thread_create_ex(&watch->u.waiter.thread, &options,
                                wait_for_exit, watch);
  }
  return error;
}

int sup__waiter_open(struct sup_watch *watch) {
  sigset_t all, former;
  int error;
  sup__work_init(&watch->u.waiter.work, waited);
  /* The thread inherits the mask: signals of the host are not for it. */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  error = create_thread(watch);
  pthread_sigmask(SIG_SETMASK, &former, NULL);
  return -error;
}
