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
 * The machine: clock, memory, limits, and running a program.
 */

#include <CBench.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

uint64_t cb_now(void) {
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t read_number(const char *path, int field) {
  FILE *file = fopen(path, "r");
  unsigned long long number = 0;
  char word[64];

  if (file == NULL)
    return 0;
  while (field-- > 0 && fscanf(file, "%63s", word) == 1)
    number = strcmp(word, "max") == 0 ? UINT64_MAX : strtoull(word, NULL, 10);
  fclose(file);
  return number;
}

uint64_t cb_resident(void) {
  return read_number("/proc/self/statm", 2) * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t cb_preemptions(void) {
#ifdef RUSAGE_THREAD
  struct rusage usage;

  if (getrusage(RUSAGE_THREAD, &usage) == 0)
    return (uint64_t)usage.ru_nivcsw;
#endif
  return 0;
}

int cb_occupy(size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  volatile char *memory;
  size_t i;

  if (bytes == 0)
    return 0;
  memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return -1;
  madvise((void *)memory, bytes, MADV_NOHUGEPAGE);
  for (i = 0; i < bytes; i += page)
    memory[i] = 1;
  return 0;
}

uint64_t cb_raise_descriptors(void) {
  struct rlimit limit;

  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 0;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

static uint64_t smaller(uint64_t a, uint64_t b) {
  return b != 0 && b < a ? b : a;
}

uint64_t cb_processes_allowed(void) {
  struct rlimit limit;
  uint64_t allowed = UINT64_MAX;

  if (getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    allowed = smaller(allowed, limit.rlim_cur);
  allowed = smaller(allowed, read_number("/proc/sys/kernel/pid_max", 1));
  allowed = smaller(allowed, read_number("/proc/sys/kernel/threads-max", 1));
  return smaller(allowed, read_number("/sys/fs/cgroup/pids.max", 1));
}

static void end(int signal) {
  static const char text[] = "bench: a measurement took too long\n";
  ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);

  (void)signal, (void)written;
  _exit(124);
}

void cb_end_after(unsigned seconds) {
  signal(SIGALRM, end);
  alarm(seconds);
}

static size_t read_all(int descriptor, char *output, size_t size) {
  size_t length = 0;
  ssize_t count;

  while (length < size - 1) {
    count = read(descriptor, output + length, size - 1 - length);
    if (count > 0)
      length += (size_t)count;
    else if (count == 0 || errno != EINTR)
      break;
  }
  output[length] = '\0';
  return length;
}

int cb_run(const char *const *argv, char *output, size_t size) {
  posix_spawn_file_actions_t actions;
  int ends[2], status, r;
  pid_t pid;

  if (pipe2(ends, O_CLOEXEC) != 0)
    return -1;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  r = posix_spawn(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (r == 0)
    read_all(ends[0], output, size);
  close(ends[0]);
  if (r != 0)
    return -1;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
