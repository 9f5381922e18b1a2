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
 * A child by fork() and POSIX alone. What fails in it comes back through a pipe
 * that a successful exec closes.
 *
 * Between fork() and exec only functions that are safe in a signal handler are
 * called: another thread may have held any lock of the host at the fork.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mark.h"
#include "pipe.h"

#ifndef NSIG
#define NSIG 65
#endif

struct failure {
  int stage;
  int error;
  int number;
};

/* Of the child that is being made; in that child only. */
static volatile uint64_t *own_mark;

_Noreturn static void give_up(int pipe, sup_spawn_stage stage, int number) {
  struct failure failure = {stage, errno, number};
  if (own_mark != NULL)
    *own_mark = sup__mark_of_none();
  /* Shorter than PIPE_BUF: all or nothing. */
  while (write(pipe, &failure, sizeof(failure)) < 0 && errno == EINTR)
    continue;
  _exit(127);
}

/* As in the Linux spawner; the error pipe is out of the way already. */
static void place_descriptors(const struct sup_spawn *spawn, int pipe) {
  struct sup_given *given = spawn->given;
  size_t count = spawn->given_count;
  int above = given[count - 1].number + 1;
  size_t i;
  for (i = 0; i < count; i++) {
    int moved;
    if (given[i].source >= above)
      continue;
    moved = fcntl(given[i].source, F_DUPFD_CLOEXEC, above);
    if (moved < 0)
      give_up(pipe, SUP_STAGE_DESCRIPTORS, given[i].number);
    given[i].source = moved;
  }
  for (i = 0; i < count; i++)
    if (dup2(given[i].source, given[i].number) < 0)
      give_up(pipe, SUP_STAGE_DESCRIPTORS, given[i].number);
}

/* There is no portable way to learn what is open that is safe here. */
static void hide_descriptors(const struct sup_spawn *spawn, int limit) {
  size_t next = 0;
  int number;
  for (number = 0; number < limit; number++) {
    int flags;
    if (next < spawn->given_count && spawn->given[next].number == number) {
      next++;
      continue;
    }
    flags = fcntl(number, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0)
      fcntl(number, F_SETFD, flags | FD_CLOEXEC);
  }
}

static void reset_signals(void) {
  struct sigaction action;
  sigset_t none;
  int number;
  action.sa_handler = SIG_DFL;
  action.sa_flags = 0;
  sigemptyset(&action.sa_mask);
  for (number = 1; number < NSIG; number++)
    if (number != SIGKILL && number != SIGSTOP)
      sigaction(number, &action, NULL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Nothing of stdio is safe here. */
static void write_pid(char *text) {
  char digits[SUP_PID_TEXT];
  long pid = getpid();
  unsigned count = 0;
  do
    digits[count++] = (char)('0' + pid % 10);
  while ((pid /= 10) > 0);
  while (count > 0)
    *text++ = digits[--count];
  *text = '\0';
}

_Noreturn static void run_child(const struct sup_spawn *spawn, int pipe,
                                int limit) {
  int above = spawn->given[spawn->given_count - 1].number + 1;
  if (setsid() < 0)
    give_up(pipe, SUP_STAGE_SESSION, -1);
  own_mark = spawn->mark;
  if (own_mark != NULL)
    *own_mark = sup__mark_of(getpid());
  if (spawn->directory >= 0 && fchdir(spawn->directory) < 0)
    give_up(pipe, SUP_STAGE_DIRECTORY, -1);
  if (pipe < above) {
    int moved = fcntl(pipe, F_DUPFD_CLOEXEC, above);
    if (moved < 0)
      give_up(pipe, SUP_STAGE_DESCRIPTORS, -1);
    pipe = moved;
  }
  place_descriptors(spawn, pipe);
  hide_descriptors(spawn, limit);
  reset_signals();
  if (spawn->pid_text != NULL)
    write_pid(spawn->pid_text);
  execve(spawn->path, spawn->arguments, spawn->environment);
  give_up(pipe, SUP_STAGE_EXEC, -1);
}

/* One above the highest descriptor that may be open. Descriptors that were
 * opened before the limit was lowered may lie higher; nobody can know. */
static int descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > (1 << 20))
    return 1 << 20;
  return (int)limit.rlim_cur;
}

/* ---- Forks of the host meanwhile ----------------------------------------
 *
 * A child that the host forks and that executes nothing would keep the error
 * pipe open, and with it the spawner waiting, until it ends. So it closes what
 * was open at that moment. Without room for one more nothing is done. */

#define MOST_AT_ONCE 64u
#define HEARING_MS 1000

static atomic_int open_ends[MOST_AT_ONCE]; /* 0: none; else the number + 1 */
static _Thread_local int own_end;          /* likewise */

static atomic_int *remember(int end) {
  own_end = end + 1;
  for (unsigned i = 0; i < MOST_AT_ONCE; i++) {
    int none = 0;

    if (atomic_compare_exchange_strong(&open_ends[i], &none, own_end))
      return &open_ends[i];
  }
  return NULL;
}

static void forget(atomic_int *place) {
  own_end = 0;
  if (place != NULL)
    atomic_store(place, 0);
}

void sup__spawn_forked(void) {
  for (unsigned i = 0; i < MOST_AT_ONCE; i++) {
    int end = atomic_load(&open_ends[i]);

    if (end == 0 || end == own_end)
      continue;
    close(end - 1);
    atomic_store(&open_ends[i], 0);
  }
}

bool sup__spawn_forks(void) {
  return own_end != 0;
}

/* ---- Spawning ----------------------------------------------------------- */

static void reap(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    continue;
}

/* Whether there is something to hear: at the latest when exec has closed the
 * pipe. Still nothing after so long means that somebody else has it open, who
 * was forked before it could be remembered, and that the child is well. */
static bool can_hear(int pipe) {
  struct pollfd waits = {pipe, POLLIN, 0};
  int ready;
  do
    ready = poll(&waits, 1, HEARING_MS);
  while (ready < 0 && errno == EINTR);
  return ready != 0;
}

/* What the child has to say: 0 if it was executed. */
static int hear(int pipe, struct sup_spawned *spawned) {
  struct failure failure;
  size_t heard = 0;
  while (heard < sizeof(failure)) {
    ssize_t got;
    if (!can_hear(pipe))
      return 0;
    got = read(pipe, (char *)&failure + heard, sizeof(failure) - heard);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return 0;
    heard += (size_t)got;
  }
  spawned->stage = (sup_spawn_stage)failure.stage;
  spawned->number = failure.number;
  return failure.error;
}

int sup__spawn_portable(const struct sup_spawn *spawn,
                        struct sup_spawned *spawned) {
  sigset_t all, former;
  atomic_int *place;
  int pipe[2];
  int limit = descriptor_limit();
  int saved = errno;
  int error;

  spawned->pid = -1;
  spawned->pidfd = -1;
  spawned->cannot_share = false;
  spawned->number = -1;
  spawned->stage = SUP_STAGE_DESCRIPTORS;
  error = sup__pipe(pipe);
  if (error != 0)
    return error;
  place = remember(pipe[1]);

  /* No handler of the host may run in the child. Of this thread only. */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  spawned->pid = fork();
  if (spawned->pid == 0)
    run_child(spawn, pipe[1], limit);
  error = spawned->pid < 0 ? errno : 0;
  pthread_sigmask(SIG_SETMASK, &former, NULL);
  forget(place);
  close(pipe[1]);

  spawned->stage = SUP_STAGE_FORK;
  if (error == 0) {
    spawned->stage = SUP_STAGE_NONE;
    error = hear(pipe[0], spawned);
    if (error != 0)
      reap(spawned->pid);
  }
  if (error != 0)
    spawned->pid = -1;
  close(pipe[0]);
  errno = saved;
  return error;
}

#if !SUP_SPAWN_SHARES_MEMORY

int sup__spawn(const struct sup_spawn *spawn, struct sup_spawned *spawned) {
  return sup__spawn_portable(spawn, spawned);
}

#endif
