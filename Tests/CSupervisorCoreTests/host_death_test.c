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
 * P12: processes die with their host, however that ends, if that is wanted; and
 * never because one of its threads did.
 *
 * This program is its own host: called with a verb it runs a tree with a
 * process that has a child of its own, tells of them, and dies in its way.
 * Orphans come to the test, which finds that none is left.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "counting_allocator.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "supervisor/private.h"

#define WATCHDOG_SECONDS 60
#define ROOT 3 /* a descriptor of the host: what lives below it has this */
#define COUNT 20

static char *own_path;

/* ---- The host ----------------------------------------------------------- */

#define OR_DIE(condition)                                                      \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);  \
      _exit(70);                                                               \
    }                                                                          \
  } while (0)

static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int lines;
} said = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

/* Of a process: its grandchild's number, and then its own. */
static bool take_line(void *ctx, sup_child child, const char *text,
                      size_t length, uint32_t flags) {
  (void)ctx;
  (void)child;
  if (flags & SUP_LINE_END)
    return true;
  dprintf(1, "%.*s\n", (int)length, text);
  pthread_mutex_lock(&said.lock);
  said.lines++;
  pthread_cond_signal(&said.changed);
  pthread_mutex_unlock(&said.lock);
  return true;
}

static sup_spec *process(const char *name, bool ends) {
  static const char *const argv[] = {PROCESS_CHILD, "member", "ignore", "15",
                                     "pid",         "sleep",  NULL};
  sup_output output = {
      .size = sizeof(output), .mode = SUP_OUTPUT_LINES, .line = take_line};
  sup_spec *spec = sup_process_spec(name, argv);
  OR_DIE(sup_spec_set_output(spec, &output, NULL) == 0);
  OR_DIE(sup_spec_pass_descriptor(spec, ROOT, ROOT) == 0);
  OR_DIE(sup_spec_set_ends_with_host(spec, ends) == 0);
  return spec;
}

static sup_runtime *runtime;
static sup_tree *tree;

static void run_tree(unsigned count, bool ends) {
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  char name[20];
  for (unsigned i = 0; i < count; i++) {
    snprintf(name, sizeof(name), "p%u", i);
    OR_DIE(sup_spec_add(top, process(name, ends)) == 0);
  }
  OR_DIE(sup_runtime_create(&runtime, NULL) == 0);
  OR_DIE(sup_tree_start(runtime, top, &tree, NULL) == 0);
  sup_spec_unref(top);
  pthread_mutex_lock(&said.lock);
  while (said.lines < (int)count * 2)
    pthread_cond_wait(&said.changed, &said.lock);
  pthread_mutex_unlock(&said.lock);
}

static void tell(const char *what) {
  dprintf(1, "%s\n", what);
}

static void read_guard(void *ctx) {
  *(int64_t *)ctx = sup__lifeline_guard(&runtime->lifeline);
}

static int64_t guard(void) {
  int64_t pid = -1;
  OR_DIE(sup__runtime_call(runtime, read_guard, &pid) == 0);
  return pid;
}

static void *run_in_thread(void *ctx) {
  run_tree(1, ctx != NULL);
  return NULL;
}

static void *call_exit(void *ctx) {
  (void)ctx;
  exit(3);
}

/* The spec has a copy. */
static void close_roots(void) {
  struct stat root, other;
  OR_DIE(fstat(ROOT, &root) == 0);
  for (int number = ROOT; number < 256; number++)
    if (fstat(number, &other) == 0 && other.st_ino == root.st_ino &&
        other.st_dev == root.st_dev)
      close(number);
}

/* A child that executes nothing, has everything else of the host's open, and
 * ends when the test lets it. */
static void leave_a_fork(void) {
  pid_t pid = fork();
  char byte;
  if (pid == 0) {
    close_roots();
    while (read(0, &byte, 1) < 0)
      continue;
    _exit(0);
  }
  OR_DIE(pid > 0);
}

static void die_in_start(void) {
  /* Never up, so that it is starting when the host is killed. */
  static const char *const argv[] = {PROCESS_CHILD, "member", "pid", "sleep",
                                     NULL};
  static const char *const ask[] = {"/bin/sh", "-c", "sleep 1000", NULL};
  sup_readiness readiness = {.size = sizeof(readiness),
                             .kind = SUP_READY_COMMAND,
                             .argv = ask,
                             .attempt_timeout = SUP_SECONDS(3600)};
  sup_output output = {
      .size = sizeof(output), .mode = SUP_OUTPUT_LINES, .line = take_line};
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *spec = sup_process_spec("p", argv);
  OR_DIE(sup_spec_set_output(spec, &output, NULL) == 0);
  OR_DIE(sup_spec_set_readiness(spec, &readiness) == 0);
  OR_DIE(sup_spec_pass_descriptor(spec, ROOT, ROOT) == 0);
  OR_DIE(sup_spec_set_ends_with_host(spec, true) == 0);
  OR_DIE(sup_spec_add(top, spec) == 0);
  OR_DIE(sup_runtime_create(&runtime, NULL) == 0);
  tell("ready");
  sup_tree_start(runtime, top, &tree, NULL);
}

static void restart_without_end(void) {
  static const char *const argv[] = {PROCESS_CHILD, "exit", "1", NULL};
  static const sup_backoff none = SUP_BACKOFF_NONE;
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(top, &none);
  for (int i = 0; i < 4; i++) {
    char name[] = {(char)('a' + i), '\0'};
    sup_spec *spec = sup_process_spec(name, argv);
    OR_DIE(sup_spec_pass_descriptor(spec, ROOT, ROOT) == 0);
    OR_DIE(sup_spec_set_ends_with_host(spec, true) == 0);
    OR_DIE(sup_spec_add(top, spec) == 0);
  }
  OR_DIE(sup_runtime_create(&runtime, NULL) == 0);
  OR_DIE(sup_tree_start(runtime, top, &tree, NULL) == 0);
  tell("ready");
}

static int be_host(const char *verb) {
  static const char *const other[] = {"/bin/true", NULL};
  pthread_t thread;
  struct rlimit none = {0, 0};
  char byte;
  setrlimit(RLIMIT_CORE, &none);
#define HOST(name) if (strcmp(verb, name) == 0)
  HOST("starting") {
    die_in_start();
  }
  HOST("restarting") {
    restart_without_end();
  }
  HOST("thread") {
    OR_DIE(pthread_create(&thread, NULL, run_in_thread, own_path) == 0);
    OR_DIE(pthread_join(thread, NULL) == 0);
    tell("ready");
  }
  HOST("unguarded") {
    run_tree(1, false);
    OR_DIE(guard() == 0); /* nobody needs one */
    tell("ready");
  }
  HOST("many") {
    run_tree(COUNT, true);
    tell("ready");
  }
  HOST("fork") {
    run_tree(1, true);
    leave_a_fork();
    tell("ready");
  }
  HOST("guardless") {
    int64_t first, second;
    run_tree(1, true);
    first = guard();
    OR_DIE(kill((pid_t)first, SIGKILL) == 0);
    do
      second = guard();
    while (second == first || second == 0);
    tell("ready");
  }
  HOST("exit") {
    run_tree(1, true);
    exit(0);
  }
  HOST("thread-exit") {
    run_tree(1, true);
    OR_DIE(pthread_create(&thread, NULL, call_exit, NULL) == 0);
    pthread_join(thread, NULL);
  }
  HOST("crash") {
    run_tree(1, true);
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
  }
  HOST("exec") {
    run_tree(1, true);
    execv(other[0], (char *const *)(uintptr_t)other);
  }
  HOST("closes") {
    run_tree(1, true);
    OR_DIE(guard() > 1);
    OR_DIE(sup_tree_stop(tree, SUP_SECONDS(1), NULL) != 1);
    sup_tree_unref(tree);
    OR_DIE(sup_runtime_close(runtime) == 0);
    sup_runtime_unref(runtime);
    OR_DIE(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    tell("closed");
    return 0;
  }
#undef HOST
  /* To be killed. */
  while (read(0, &byte, 1) != 0)
    continue;
  return 0;
}

/* ---- The test ----------------------------------------------------------- */

struct host {
  pid_t pid;
  FILE *output;
  int input;
  int life; /* ends when nothing of it lives any more */
};

static int setup(void **state) {
  (void)state;
  alarm(WATCHDOG_SECONDS);
  return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static int teardown(void **state) {
  (void)state;
  alarm(0);
  return 0;
}

static struct host start_host(const char *verb) {
  int life[2], output[2], input[2];
  struct host host;
  assert_int_equal(pipe2(life, O_CLOEXEC), 0);
  assert_int_equal(pipe2(output, O_CLOEXEC), 0);
  assert_int_equal(pipe2(input, O_CLOEXEC), 0);
  host.pid = fork();
  if (host.pid == 0) {
    int root = fcntl(life[1], F_DUPFD, 20);
    dup2(input[0], 0);
    dup2(output[1], 1);
    dup2(root, ROOT);
    close(root);
    execl(own_path, own_path, verb, (char *)NULL);
    _exit(71);
  }
  assert_true(host.pid > 0);
  close(life[1]);
  close(output[1]);
  close(input[0]);
  host.life = life[0];
  host.input = input[1];
  host.output = fdopen(output[0], "r");
  return host;
}

/* Read what it says, up to this; the last number before that. */
static int64_t await_word(struct host *host, const char *word) {
  char line[100];
  int64_t number = 0;
  while (fgets(line, sizeof(line), host->output) != NULL) {
    if (strncmp(line, word, strlen(word)) == 0)
      return number;
    number = atoll(line);
  }
  fail_msg("the host did not say '%s'", word);
  return 0;
}

/* Nothing that the host was the beginning of lives. */
static void await_silence(struct host *host) {
  char byte;
  assert_int_equal(read(host->life, &byte, 1), 0);
}

/* Everything that came to us is gone, the guard included. */
static void reap_all(struct host *host) {
  close(host->input);
  while (waitpid(-1, NULL, 0) > 0)
    continue;
  assert_int_equal(errno, ECHILD);
  fclose(host->output);
  close(host->life);
}

static void kill_host(struct host *host) {
  assert_int_equal(kill(host->pid, SIGKILL), 0);
}

static void check_killed(const char *verb) {
  struct host host = start_host(verb);
  await_word(&host, "ready");
  kill_host(&host);
  await_silence(&host);
  reap_all(&host);
}

static void p12_a_killed_host_takes_them_along(void **state) {
  (void)state;
  check_killed("many");
}

/* The first of them is not there yet, or just so; what it is asked by has a
 * program that would stay. */
static void p12_so_it_does_while_they_start(void **state) {
  (void)state;
  for (int i = 0; i < 20; i++) {
    struct host host = start_host("starting");
    await_word(&host, "ready");
    usleep((useconds_t)(i * 300)); /* any moment will do */
    kill_host(&host);
    await_silence(&host);
    reap_all(&host);
  }
}

static void p12_so_it_does_while_they_come_and_go(void **state) {
  (void)state;
  for (int i = 0; i < 10; i++)
    check_killed("restarting");
}

static void p12_any_other_end_does(void **state) {
  static const char *const ends[] = {"exit", "thread-exit", "crash", "exec"};
  (void)state;
  for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
    struct host host = start_host(ends[i]);
    await_silence(&host);
    reap_all(&host);
  }
}

static void p12_another_guard_comes_for_one_that_died(void **state) {
  (void)state;
  check_killed("guardless");
}

static void p12_a_fork_of_the_host_is_not_the_host(void **state) {
  struct host host = start_host("fork");
  (void)state;
  await_word(&host, "ready");
  kill_host(&host);
  await_silence(&host); /* while the fork lives: it waits for our input */
  reap_all(&host);
}

static void p12_the_end_of_a_thread_is_none(void **state) {
  struct host host = start_host("thread");
  int64_t pid = await_word(&host, "ready");
  (void)state;
  assert_int_equal(kill((pid_t)pid, 0), 0);
  /* SIGTERM is ignored; had it been sent SIGKILL, it would not be there. */
  for (int i = 0; i < 100; i++)
    sched_yield();
  assert_int_equal(kill((pid_t)pid, 0), 0);
  kill_host(&host);
  await_silence(&host);
  reap_all(&host);
}

static void p12_without_a_guard_they_survive(void **state) {
  struct host host = start_host("unguarded");
  int64_t pid = await_word(&host, "ready");
  siginfo_t info;
  (void)state;
  kill_host(&host);
  assert_int_equal(waitpid(host.pid, NULL, 0), host.pid);
  /* It is ours now: it has not died. */
  info.si_pid = 0;
  assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT),
                   0);
  assert_int_equal(info.si_pid, 0);
  assert_int_equal(kill(-(pid_t)pid, SIGKILL), 0);
  await_silence(&host);
  reap_all(&host);
}

static void p12_nothing_is_left_of_a_guard(void **state) {
  struct host host = start_host("closes");
  int status;
  (void)state;
  await_word(&host, "closed");
  assert_int_equal(waitpid(host.pid, &status, 0), host.pid);
  assert_int_equal(status, 0);
  await_silence(&host);
  reap_all(&host);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
      test(p12_a_killed_host_takes_them_along),
      test(p12_so_it_does_while_they_start),
      test(p12_so_it_does_while_they_come_and_go),
      test(p12_any_other_end_does),
      test(p12_another_guard_comes_for_one_that_died),
      test(p12_a_fork_of_the_host_is_not_the_host),
      test(p12_the_end_of_a_thread_is_none),
      test(p12_without_a_guard_they_survive),
      test(p12_nothing_is_left_of_a_guard),
#undef test
  };
  own_path = argv[0];
  return argc > 1 ? be_host(argv[1])
                  : cmocka_run_group_tests(tests, NULL, NULL);
}
