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
 * The floor of processes: posix_spawn, a pidfd each, one epoll loop. No
 * policies, no events, no error texts: what the system itself costs. As the
 * library does, it gives every process a session of its own and default
 * signals.
 */

#include <CBench.h>

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct process {
  pid_t pid;
  int pidfd;
};

struct floor {
  const char *program, *what;
  struct process *processes;
  size_t count;
  int epoll;
  int quit;    /* an eventfd */
  int ends[2]; /* of the pipe into which new processes write their ids */
  bool threaded;
  pthread_t thread;
  sem_t changed;    /* posted by the thread: all are up, one was replaced */
  bool failed;      /* these two are read after that */
  uint64_t noticed; /* when the last exit was */
};

static int spawn(struct floor *floor, pid_t *pid) {
  char *argv[] = {(char *)floor->program, (char *)floor->what, NULL};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t signals;
  int r;

  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID |
                                            POSIX_SPAWN_SETSIGMASK |
                                            POSIX_SPAWN_SETSIGDEF);
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawn_file_actions_init(&actions);
  if (floor->ends[1] > 0)
    posix_spawn_file_actions_adddup2(&actions, floor->ends[1], 3);
  r = posix_spawn(pid, floor->program, &actions, &attributes, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return r == 0 ? 0 : -1;
}

static int begin(struct floor *floor, size_t i) {
  struct process *process = &floor->processes[i];
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};

  if (spawn(floor, &process->pid) != 0)
    return -1;
  process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
  if (process->pidfd < 0)
    return -1;
  return epoll_ctl(floor->epoll, EPOLL_CTL_ADD, process->pidfd, &event);
}

static void end(struct floor *floor, size_t i) {
  struct process *process = &floor->processes[i];
  siginfo_t info;

  waitid(P_PID, (id_t)process->pid, &info, WEXITED);
  /* Closing is not enough: a program that is just being executed may have it
   * open still. */
  epoll_ctl(floor->epoll, EPOLL_CTL_DEL, process->pidfd, NULL);
  close(process->pidfd);
  process->pid = 0;
}

static int open_floor(struct floor *floor, const char *program, size_t n,
                      const char *what) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = UINT64_MAX};

  floor->program = program;
  floor->what = what;
  floor->count = n;
  floor->processes = calloc(n, sizeof(*floor->processes));
  floor->epoll = epoll_create1(EPOLL_CLOEXEC);
  floor->quit = eventfd(0, EFD_CLOEXEC);
  if (floor->processes == NULL || floor->epoll < 0 || floor->quit < 0)
    return -1;
  return epoll_ctl(floor->epoll, EPOLL_CTL_ADD, floor->quit, &event);
}

static int start_all(struct floor *floor) {
  size_t i;
  int r = 0;

  for (i = 0; r == 0 && i < floor->count; i++)
    r = begin(floor, i);
  return r;
}

static int close_floor(struct floor *floor, int r) {
  size_t i;

  for (i = 0; floor->processes != NULL && i < floor->count; i++)
    if (floor->processes[i].pid > 1) {
      kill(floor->processes[i].pid, SIGKILL);
      end(floor, i);
    }
  close(floor->epoll);
  close(floor->quit);
  if (floor->ends[1] > 0) {
    close(floor->ends[0]);
    close(floor->ends[1]);
  }
  free(floor->processes);
  return r;
}

int cb_process_start_floor(const char *program, size_t n,
                           struct cb_processes *result) {
  struct floor warm = {0}, floor = {0};
  uint64_t resident, begun;
  int r = open_floor(&warm, program, 1, NULL);

  if (r == 0)
    r = start_all(&warm);
  r = close_floor(&warm, r);
  resident = cb_resident();
  if (r == 0)
    r = open_floor(&floor, program, n, NULL);
  begun = cb_now();
  if (r == 0)
    r = start_all(&floor);
  result->start = (double)(cb_now() - begun) / (double)n;
  result->memory = (double)(cb_resident() - resident) / (double)n;
  return close_floor(&floor, r);
}

/* ---- Kill and exit ------------------------------------------------------ */

static void notice(struct floor *floor, size_t i) {
  floor->noticed = cb_now();
  end(floor, i);
  if (begin(floor, i) != 0)
    floor->failed = true;
  sem_post(&floor->changed);
}

static void *supervise(void *arg) {
  struct floor *floor = arg;
  struct epoll_event events[16];
  int i, count;

  floor->failed = start_all(floor) != 0;
  sem_post(&floor->changed);
  while (!floor->failed) {
    count = epoll_wait(floor->epoll, events, 16, -1);
    for (i = 0; i < count; i++) {
      if (events[i].data.u64 == UINT64_MAX)
        return NULL;
      notice(floor, (size_t)events[i].data.u64);
    }
  }
  return NULL;
}

static int await_change(struct floor *floor) {
  while (sem_wait(&floor->changed) != 0)
    continue;
  return floor->failed ? -1 : 0;
}

static int open_thread(struct floor *floor, const char *program, size_t n,
                       const char *what) {
  int r = open_floor(floor, program, n, what);

  sem_init(&floor->changed, 0, 0);
  if (r == 0)
    r = pthread_create(&floor->thread, NULL, supervise, floor) == 0 ? 0 : -1;
  floor->threaded = r == 0;
  if (r == 0)
    r = await_change(floor);
  return r;
}

static int close_thread(struct floor *floor, int r) {
  uint64_t one = 1;

  if (floor->threaded) {
    if (write(floor->quit, &one, sizeof(one)) < 0)
      r = -1;
    pthread_join(floor->thread, NULL);
  }
  return close_floor(floor, r);
}

static bool read_pid(struct floor *floor, int *pid) {
  return read(floor->ends[0], pid, sizeof(*pid)) == sizeof(*pid);
}

static int kill_one(struct floor *floor, int *pid, uint64_t *successor) {
  uint64_t begun = cb_now();

  if (kill(*pid, SIGKILL) != 0 || !read_pid(floor, pid))
    return -1;
  *successor = cb_now() - begun;
  return await_change(floor);
}

int cb_process_kill_floor(const char *program, size_t n, uint64_t *successor,
                          size_t count) {
  int *pids = malloc(n * sizeof(*pids));
  struct floor floor = {0};
  size_t i;
  int r = pids == NULL || pipe2(floor.ends, O_CLOEXEC) != 0 ? -1 : 0;

  if (r == 0)
    r = open_thread(&floor, program, n, "tell");
  for (i = 0; r == 0 && i < n; i++)
    r = read_pid(&floor, &pids[i]) ? 0 : -1;
  for (i = 0; r == 0 && i < count; i++)
    r = kill_one(&floor, &pids[i * 7919 % n], &successor[i]);
  free(pids);
  return close_thread(&floor, r);
}

int cb_process_exit_floor(const char *program, size_t n, uint64_t *noticed,
                          size_t count) {
  struct floor floor = {0};
  uint64_t begun;
  size_t i;
  int r = open_thread(&floor, program, n, NULL);

  for (i = 0; r == 0 && i < count; i++) {
    usleep(1000); /* as for the library */
    begun = cb_now();
    if (kill(floor.processes[i * 7919 % n].pid, SIGKILL) != 0)
      r = -1;
    else
      r = await_change(&floor);
    noticed[i] = floor.noticed - begun;
  }
  return close_thread(&floor, r);
}

/* ---- Spawn to exit ------------------------------------------------------ */

int cb_process_cycle_floor(const char *program, uint64_t *cycles,
                           size_t count) {
  struct floor floor = {0};
  struct epoll_event event;
  uint64_t last, now;
  size_t i;
  int r = open_floor(&floor, program, 1, "exit");

  last = cb_now();
  for (i = 0; r == 0 && i < count; i++) {
    r = begin(&floor, 0);
    if (r == 0 && epoll_wait(floor.epoll, &event, 1, -1) != 1)
      r = -1;
    if (r == 0)
      end(&floor, 0);
    now = cb_now();
    cycles[i] = now - last;
    last = now;
  }
  return close_floor(&floor, r);
}
