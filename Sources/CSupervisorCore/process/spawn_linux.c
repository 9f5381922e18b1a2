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
 * A child that shares our memory until its exec, so that making it costs the
 * same however much of that there is, and of which the kernel gives us a
 * descriptor in the same step.
 *
 * Only this thread is suspended meanwhile; all others of the host run on. So
 * the child touches nothing but its own stack and the struct that it is given,
 * and uses system calls alone: functions of the C library may take locks that
 * a thread of ours holds, or talk to threads that they find in our memory.
 * (The errno that syscall() writes is that of the suspended thread, which
 * restores it.)
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "mark.h"
#include "spawn.h"

#if SUP_SPAWN_SHARES_MEMORY

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#define SUP_CLOSE_RANGE_UNSHARE 2u
#define SUP_CLOSE_RANGE_CLOEXEC 4u

#define SUP_STACK_SIZE (64u * 1024u)
#define SUP_KERNEL_SIGNALS (_NSIG - 1)
#define SUP_KERNEL_MASK_SIZE (SUP_KERNEL_SIGNALS / 8)

/* The stack is not one that a sanitizer knows. */
#if defined(__clang__)
#define SUP_IN_CHILD                                                           \
  __attribute__((noinline, no_sanitize("address", "undefined", "hwaddress")))
#else
#define SUP_IN_CHILD                                                           \
  __attribute__((noinline, no_sanitize_address, no_sanitize_undefined))
#endif

struct child {
  const struct sup_spawn *spawn;
  /* Written by the child if it fails. */
  volatile int stage;
  volatile int error;
  volatile int number;
  volatile int shares; /* the host's table of descriptors, to its end */
};

SUP_IN_CHILD static int failed(struct child *child, sup_spawn_stage stage,
                               int number) {
  child->error = errno;
  child->stage = stage;
  child->number = number;
  return -1;
}

/* Put the descriptors in their places. Sources that lie among the places are
 * taken out of the way first, so that any permutation works, and so that none
 * of them keeps its close-on-exec flag by being in its place already. */
SUP_IN_CHILD static int place_descriptors(struct child *child) {
  const struct sup_spawn *spawn = child->spawn;
  struct sup_given *given = spawn->given;
  size_t count = spawn->given_count;
  int above = given[count - 1].number + 1;
  size_t i;
  for (i = 0; i < count; i++) {
    long moved;
    if (given[i].source >= above)
      continue;
    moved = syscall(SYS_fcntl, given[i].source, F_DUPFD_CLOEXEC, above);
    if (moved < 0)
      return failed(child, SUP_STAGE_DESCRIPTORS, given[i].number);
    given[i].source = (int)moved;
  }
  for (i = 0; i < count; i++)
    if (syscall(SYS_dup3, given[i].source, given[i].number, 0) < 0)
      return failed(child, SUP_STAGE_DESCRIPTORS, given[i].number);
  return 0;
}

SUP_IN_CHILD static int is_given(const struct sup_spawn *spawn, int number) {
  size_t i;
  for (i = 0; i < spawn->given_count; i++)
    if (spawn->given[i].number == number)
      return 1;
  return 0;
}

SUP_IN_CHILD static void hide(const struct sup_spawn *spawn, int number) {
  if (!is_given(spawn, number))
    syscall(SYS_fcntl, number, F_SETFD, FD_CLOEXEC);
}

/* The kernel's form of a directory entry. */
struct entry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

/* What is open, as the kernel lists it. */
SUP_IN_CHILD static int hide_listed(const struct sup_spawn *spawn) {
  char buffer[1024] __attribute__((aligned(8)));
  long listing = syscall(SYS_openat, AT_FDCWD, "/proc/self/fd",
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (listing < 0)
    return -1;
  for (;;) {
    long got = syscall(SYS_getdents64, listing, buffer, sizeof(buffer));
    long at = 0;
    if (got <= 0) {
      syscall(SYS_close, listing);
      return got < 0 ? -1 : 0;
    }
    while (at < got) {
      const struct entry *entry = (const struct entry *)(buffer + at);
      const char *digit = entry->name;
      int number = 0;
      if (*digit != '.') {
        for (; *digit != '\0'; digit++)
          number = number * 10 + (*digit - '0');
        hide(spawn, number);
      }
      at += entry->length;
    }
  }
}

SUP_IN_CHILD static int hide_range(unsigned first, unsigned last) {
  return (int)syscall(SYS_close_range, first, last, SUP_CLOSE_RANGE_CLOEXEC);
}

/* Let the exec close all that was not given. */
SUP_IN_CHILD static void hide_descriptors(const struct sup_spawn *spawn) {
  unsigned next = 0;
  int result = spawn->no_close_range ? -1 : 0;
  size_t i;
  for (i = 0; result == 0 && i < spawn->given_count; i++) {
    unsigned number = (unsigned)spawn->given[i].number;
    if (number > next)
      result = hide_range(next, number - 1);
    next = number + 1;
  }
  if (result == 0)
    result = hide_range(next, ~0u);
  if (result != 0 && hide_listed(spawn) != 0) {
    /* Neither the call nor /proc: all that may be. */
    uint64_t limit[2] = {0, 0};
    int number;
    syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, limit);
    if (limit[0] > (1u << 20))
      limit[0] = 1u << 20;
    for (number = 0; number < (int)limit[0]; number++)
      hide(spawn, number);
  }
}

/* All of them, also those that the C library keeps for itself. The table is
 * the child's own. Handlers would not survive the exec, but what is ignored
 * does. All signals are blocked here. */
SUP_IN_CHILD static void reset_signals(void) {
  unsigned char action[64];
  unsigned char none[SUP_KERNEL_MASK_SIZE];
  size_t i;
  int number;
  for (i = 0; i < sizeof(action); i++)
    ((volatile unsigned char *)action)[i] = 0;
  for (i = 0; i < sizeof(none); i++)
    ((volatile unsigned char *)none)[i] = 0;
  for (number = 1; number <= SUP_KERNEL_SIGNALS; number++)
    if (number != SIGKILL && number != SIGSTOP)
      syscall(SYS_rt_sigaction, number, action, NULL, SUP_KERNEL_MASK_SIZE);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL, SUP_KERNEL_MASK_SIZE);
}

SUP_IN_CHILD static void write_pid(char *text) {
  char digits[SUP_PID_TEXT];
  long pid = syscall(SYS_getpid);
  unsigned count = 0;
  do
    digits[count++] = (char)('0' + pid % 10);
  while ((pid /= 10) > 0);
  while (count > 0)
    *(volatile char *)text++ = digits[--count];
  *(volatile char *)text = '\0';
}

/* Leave the host's table with a copy of its beginning. Before that the child
 * touches no descriptor: they are the host's. */
SUP_IN_CHILD static int leave_table(struct child *child) {
  const struct sup_spawn *spawn = child->spawn;

  if (!child->shares)
    return 0;
  if (spawn->no_close_range)
    errno = ENOSYS;
  else if (syscall(SYS_close_range, spawn->share_below, ~0u,
                   SUP_CLOSE_RANGE_UNSHARE) == 0)
    child->shares = 0;
  return child->shares ? failed(child, SUP_STAGE_DESCRIPTORS, -1) : 0;
}

SUP_IN_CHILD static int run_child(struct child *child) {
  const struct sup_spawn *spawn = child->spawn;
  if (syscall(SYS_setsid) < 0)
    return failed(child, SUP_STAGE_SESSION, -1);
  if (spawn->mark != NULL)
    *spawn->mark = sup__mark_of(syscall(SYS_getpid));
  if (leave_table(child) != 0)
    return -1;
  if (spawn->directory >= 0 && syscall(SYS_fchdir, spawn->directory) < 0)
    return failed(child, SUP_STAGE_DIRECTORY, -1);
  if (place_descriptors(child) != 0)
    return -1;
  hide_descriptors(spawn);
  reset_signals();
  if (spawn->pid_text != NULL)
    write_pid(spawn->pid_text);
  syscall(SYS_execve, spawn->path, spawn->arguments, spawn->environment);
  return failed(child, SUP_STAGE_EXEC, -1);
}

SUP_IN_CHILD static int child_main(void *argument) {
  const struct sup_spawn *spawn = ((struct child *)argument)->spawn;
  run_child(argument);
  if (spawn->mark != NULL)
    *spawn->mark = sup__mark_of_none();
  syscall(SYS_exit_group, 127);
  return 127;
}

static pid_t make_child(struct child *child, char *stack, int *pidfd) {
  int flags =
      CLONE_VM | CLONE_VFORK | SIGCHLD | (child->shares ? CLONE_FILES : 0);
  pid_t pid = -1;
  if (pidfd != NULL) {
    pid = clone(child_main, stack + SUP_STACK_SIZE, flags | CLONE_PIDFD, child,
                pidfd);
    /* Without a descriptor to spare there is still the other watcher. */
    if (pid >= 0 || (errno != EMFILE && errno != ENFILE && errno != EINVAL))
      return pid;
    *pidfd = -1;
  }
  return clone(child_main, stack + SUP_STACK_SIZE, flags, child);
}

static int spawn(const struct sup_spawn *spawn, bool shares,
                 struct sup_spawned *spawned) {
  struct child child = {spawn, SUP_STAGE_NONE, 0, -1, shares};
  unsigned char all[SUP_KERNEL_MASK_SIZE];
  unsigned char former[SUP_KERNEL_MASK_SIZE];
  int saved = errno;
  int error;
  char *stack;

  spawned->pidfd = -1;
  spawned->number = -1;
  spawned->stage = SUP_STAGE_FORK;
  stack = mmap(NULL, SUP_STACK_SIZE, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) {
    error = errno;
    errno = saved;
    return error;
  }

  /* No handler of the host may run in the child. Of this thread only, and by
   * the call itself, for the C library exempts signals of its own. */
  memset(all, 0xff, sizeof(all));
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, all, former, sizeof(all));
  spawned->pid =
      make_child(&child, stack, spawn->want_pidfd ? &spawned->pidfd : NULL);
  error = spawned->pid < 0 ? errno : child.error;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, former, NULL, sizeof(former));
  munmap(stack, SUP_STACK_SIZE);

  if (spawned->pid < 0) {
    spawned->stage = SUP_STAGE_FORK;
  } else if (child.stage != SUP_STAGE_NONE) {
    int status;
    while (waitpid(spawned->pid, &status, 0) < 0 && errno == EINTR)
      continue;
    if (spawned->pidfd >= 0)
      close(spawned->pidfd);
    spawned->pidfd = -1;
    spawned->pid = -1;
    spawned->stage = (sup_spawn_stage)child.stage;
    spawned->number = child.number;
    spawned->cannot_share =
        child.shares && spawned->stage == SUP_STAGE_DESCRIPTORS;
  } else {
    spawned->stage = SUP_STAGE_NONE;
    error = 0;
  }
  errno = saved;
  return error;
}

int sup__spawn(const struct sup_spawn *request, struct sup_spawned *spawned) {
  bool cannot_share;
  int error;

  spawned->cannot_share = false;
  error = spawn(request, request->share_below > 0, spawned);
  cannot_share = spawned->cannot_share;
  if (cannot_share)
    error = spawn(request, false, spawned);
  spawned->cannot_share = cannot_share;
  return error;
}

#endif
