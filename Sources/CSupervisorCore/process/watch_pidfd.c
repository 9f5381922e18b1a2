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
 * A pidfd is readable when its process has ended, and stays so. It pins the
 * identity: a signal through it reaches that process, or nobody.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "watch.h"

#include <errno.h>
#include <stdatomic.h>

#if defined(__linux__)

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
/* The header has it as an enumerator, or not at all. */
#define SUP_P_PIDFD 3
#define SUP_PIDFD_SIGNAL_PROCESS_GROUP 4u

int sup__pidfd_wait(int pidfd, int options, siginfo_t *info,
                    struct rusage *usage) {
  long result;
  info->si_pid = 0;
  do
    result =
        syscall(SYS_waitid, SUP_P_PIDFD, pidfd, info, options | WNOHANG, usage);
  while (result < 0 && errno == EINTR);
  if (result < 0)
    return errno;
  return info->si_pid == 0 ? EAGAIN : 0;
}

/* Sandboxes forbid the one or the other call, with various errors. We are no
 * child of ours: ECHILD is the answer of a kernel that understands. */
static bool probe(void) {
  siginfo_t info;
  int error;
  int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
  if (pidfd < 0)
    return false;
  error = sup__pidfd_wait(pidfd, WEXITED, &info, NULL);
  if (error == ECHILD && syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) < 0)
    error = errno;
  close(pidfd);
  return error == ECHILD;
}

bool sup__pidfd_usable(void) {
  static atomic_int known; /* 0: not yet; else 1 + the answer */
  int answer = atomic_load_explicit(&known, memory_order_relaxed);
  if (answer == 0) {
    answer = 1 + (probe() ? 1 : 0);
    atomic_store_explicit(&known, answer, memory_order_relaxed);
  }
  return answer == 2;
}

int sup__pidfd_of(pid_t pid) {
  siginfo_t info;
  int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  if (pidfd >= 0 &&
      sup__pidfd_wait(pidfd, WEXITED | WNOWAIT, &info, NULL) == ECHILD) {
    close(pidfd);
    pidfd = -1;
  }
  return pidfd;
}

int sup__pidfd_signal(int pidfd, int signal, bool group) {
  unsigned flags = group ? SUP_PIDFD_SIGNAL_PROCESS_GROUP : 0;
  if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, flags) == 0)
    return 0;
  /* Before Linux 6.9 there are no groups here; and EPERM may come from a
   * sandbox: then kill() is asked for its opinion. */
  return errno == EINVAL || errno == EPERM ? ENOSYS : errno;
}

static void readable(uv_poll_t *poll, int status, int events) {
  struct sup_watch *watch = poll->data;
  siginfo_t info;
  int error = sup__pidfd_wait(watch->pidfd, WEXITED | WNOWAIT, &info, NULL);
  (void)status;
  (void)events;
  /* It has ended, but a tracer is to know it first. */
  if (error == EAGAIN)
    return;
  uv_poll_stop(poll);
  watch->exited(watch, error, &info);
}

int sup__pidfd_open_poll(struct sup_watch *watch) {
  uv_poll_t *poll = &watch->u.poll;
  int error = uv_poll_init(sup__loop_uv(watch->loop), poll, watch->pidfd);
  if (error != 0)
    return -error;
  poll->data = watch;
  sup__loop_handle_opened(watch->loop);
  uv_poll_start(poll, UV_READABLE, readable);
  return 0;
}

static void poll_closed(uv_handle_t *handle) {
  struct sup_watch *watch = handle->data;
  struct sup_loop *loop = watch->loop;
  watch->closed(watch);
  sup__loop_handle_closed(loop);
}

void sup__pidfd_close_poll(struct sup_watch *watch) {
  uv_close((uv_handle_t *)&watch->u.poll, poll_closed);
}

#else

bool sup__pidfd_usable(void) {
  return false;
}

int sup__pidfd_of(pid_t pid) {
  (void)pid;
  return -1;
}

int sup__pidfd_wait(int pidfd, int options, siginfo_t *info,
                    struct rusage *usage) {
  (void)pidfd, (void)options, (void)info, (void)usage;
  return ENOSYS;
}

int sup__pidfd_signal(int pidfd, int signal, bool group) {
  (void)pidfd, (void)signal, (void)group;
  return ENOSYS;
}

int sup__pidfd_open_poll(struct sup_watch *watch) {
  (void)watch;
  return ENOSYS;
}

void sup__pidfd_close_poll(struct sup_watch *watch) {
  (void)watch;
}

#endif
