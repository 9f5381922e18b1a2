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

#include "watch.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int sup__watch_open(struct sup_watch *watch, struct sup_loop *loop, pid_t pid,
                    int pidfd) {
  watch->loop = loop;
  watch->pid = pid;
  watch->pidfd = pidfd;
  watch->polls = pidfd >= 0 && sup__pidfd_open_poll(watch) == 0;
  /* A pidfd that cannot be polled is still good for signals. */
  return watch->polls ? 0 : sup__waiter_open(watch);
}

void sup__watch_undo(struct sup_watch *watch) {
  int status;
  sup__watch_signal(watch, SIGKILL, true);
  while (waitpid(watch->pid, &status, 0) < 0 && errno == EINTR)
    continue;
  if (watch->pidfd >= 0)
    close(watch->pidfd);
  watch->pid = 0;
  watch->pidfd = -1;
}

bool sup__group_exists(pid_t group) {
  return group >= 2 && (kill(-group, 0) == 0 || errno == EPERM);
}

static int peek(pid_t pid, siginfo_t *info) {
  int result;
  info->si_pid = 0;
  do
    result = waitid(P_PID, (id_t)pid, info, WEXITED | WNOHANG | WNOWAIT);
  while (result < 0 && errno == EINTR);
  if (result != 0)
    return errno;
  return info->si_pid == 0 ? EAGAIN : 0;
}

/* Whether it is still a child of ours, running or to be reaped. */
static bool is_ours(pid_t pid, bool *running) {
  siginfo_t info;
  int error = peek(pid, &info);
  *running = error == EAGAIN;
  return error == 0 || error == EAGAIN;
}

int sup__watch_peek(const struct sup_watch *watch, siginfo_t *info) {
  return watch->pid < 2 ? ECHILD : peek(watch->pid, info);
}

bool sup__watch_has_ended(const struct sup_watch *watch) {
  bool running = false;
  return watch->pid < 2 || !is_ours(watch->pid, &running) || !running;
}

int sup__watch_signal(struct sup_watch *watch, int signal, bool group) {
  pid_t pid = watch->pid;
  bool running;
  /* 0 and -1 stand for many processes, and 1 is never ours. */
  if (pid < 2)
    return ESRCH;
  if (signal < 1 || signal > SUP_SIGNAL_MAX)
    return EINVAL;
  if (watch->pidfd >= 0) {
    int error = sup__pidfd_signal(watch->pidfd, signal, group);
    if (error != ENOSYS)
      return error;
  }
  /* It has not been reaped by us, so the numbers are still taken; unless
   * somebody else waits for children that he did not make. */
  if (!is_ours(pid, &running))
    return ESRCH;
  return kill(group ? -pid : pid, signal) == 0 ? 0 : errno;
}

bool sup__watch_reap(struct sup_watch *watch, struct rusage *usage) {
  bool reaped;
  memset(usage, 0, sizeof(*usage));
  if (watch->pidfd >= 0) {
    siginfo_t info;
    reaped = sup__pidfd_wait(watch->pidfd, WEXITED, &info, usage) == 0;
  } else {
    pid_t pid;
    int status;
    do
      pid = wait4(watch->pid, &status, WNOHANG, usage);
    while (pid < 0 && errno == EINTR);
    reaped = pid == watch->pid;
  }
  watch->pid = 0;
  return reaped;
}

void sup__watch_close(struct sup_watch *watch) {
  int pidfd = watch->pidfd;
  watch->pid = 0;
  watch->pidfd = -1;
  if (watch->polls) {
    sup__pidfd_close_poll(watch);
    close(pidfd);
    return;
  }
  if (pidfd >= 0)
    close(pidfd);
  watch->closed(watch);
}
