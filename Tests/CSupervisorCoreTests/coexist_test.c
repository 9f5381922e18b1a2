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

/* Beside other code that starts processes, forks and handles SIGCHLD (P6, C8):
 * nobody takes what is another's. With both watchers. */

#include "face_fixture.h"

static sup_runtime_options with_pidfd = {.size = sizeof(with_pidfd), .seed = 1};
static sup_runtime_options without_pidfd = {
    .size = sizeof(without_pidfd), .seed = 1, .no_pidfd = true};

static sup_spec *process_spec(const char *name, const char *const *argv) {
  sup_spec *spec = sup_process_spec(name, argv);

  assert_non_null(spec);
  return spec;
}

#define PROCESS(name, ...)                                                     \
  process_spec(name, (const char *const[]){PROCESS_CHILD, __VA_ARGS__, NULL})

/* A supervisor of one that ends with a status, again and again, and of one that
 * stays until it is stopped. */
static sup_spec *pair_spec(const char *status) {
  static const sup_backoff pace = {
      sizeof(pace),        UINT32_MAX,     1, 0, SUP_MILLISECONDS(1),
      SUP_MILLISECONDS(1), SUP_SECONDS(10)};
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);

  assert_non_null(top);
  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(top, &pace);
  assert_int_equal(sup_spec_add(top, PROCESS("stays", "sleep")), 0);
  assert_int_equal(sup_spec_add(top, PROCESS("ends", "exit", status)), 0);
  return top;
}

/* Read failures of "ends": each is its own exit with this status. */
static void await_failures(sup_events *events, int count, int status) {
  while (count-- > 0) {
    sup_process_end end = {.size = sizeof(end)};
    sup_event event = await_event(events, SUP_EVENT_FAILED, "top/ends");

    assert_int_equal(sup_error_code(event.error), SUP_EEXITSTATUS);
    assert_int_equal(sup_error_process(event.error, &end), 0);
    assert_int_equal(end.cause, SUP_EXIT_OWN);
    assert_int_equal(end.status, status);
  }
}

/* Stop: "stays" goes cleanly. "ends" may end by itself at that moment, which is
 * told as such. Gives all back. */
static void stop_pair(sup_tree *tree, sup_events *events) {
  int code = sup_tree_stop(tree, SUP_INFINITE, NULL);

  assert_true(code == 0 || code == SUP_ETERMINATION);
  await_event(events, SUP_EVENT_TERMINATED, "top/stays");
  sup_events_close(events);
  sup_tree_unref(tree);
}

/* ---- The host's own children -------------------------------------------- */

static volatile sig_atomic_t own_pid, own_status, own_signals;

/* As a careful host does: it waits for its own child and no other. */
static void reap_own(int signal) {
  int status, saved = errno;

  (void)signal;
  own_signals++;
  if (own_pid > 0 && waitpid(own_pid, &status, WNOHANG) == own_pid) {
    own_status = status;
    own_pid = 0;
  }
  errno = saved;
}

static bool own_is_reaped(void) {
  return own_pid == 0;
}

/* Ends when the pipe is closed, so that its pid is known by then. */
static int start_own(int status) {
  int ends[2];
  pid_t pid;
  char byte;

  assert_int_equal(pipe(ends), 0);
  pid = fork();
  if (pid == 0) {
    close(ends[1]);
    _exit(read(ends[0], &byte, 1) == 0 ? status : 99);
  }
  assert_true(pid > 0);
  close(ends[0]);
  own_pid = pid;
  return ends[1];
}

static void P6_a_handler_of_the_host_stays_and_works(void **state) {
  struct sigaction own = {.sa_handler = reap_own, .sa_flags = SA_RESTART};
  struct sigaction former, found;
  sup_events *events;
  sup_tree *tree;

  (void)state;
  own_signals = 0;
  assert_int_equal(sigaction(SIGCHLD, &own, &former), 0);
  tree = create_tree(pair_spec("3"));
  events = open_events(tree);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  for (int i = 1; i <= 5; i++) {
    int held = start_own(40 + i);

    await_failures(events, 4, 3);
    assert_true(own_pid > 0); /* nobody has waited for it, or ended it */
    close(held);
    assert_true(comes_true(own_is_reaped));
    assert_int_equal(WEXITSTATUS(own_status), 40 + i);
  }
  assert_true(own_signals > 0);
  stop_pair(tree, events);
  assert_int_equal(sigaction(SIGCHLD, NULL, &found), 0);
  assert_ptr_equal(found.sa_handler, reap_own);
  assert_int_equal(sigaction(SIGCHLD, &former, NULL), 0);
}

/* The kernel throws every status away: the end is noticed all the same, as
 * lost, which is a failure; a stop ends, and nothing is left behind. */
static void check_that_all_is_lost(void) {
  sup_process_end end = {.size = sizeof(end)};
  sup_events *events;
  sup_event event;
  sup_tree *tree;

  tree = create_tree(pair_spec("0"));
  events = open_events(tree);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  for (int i = 0; i < 3; i++) {
    event = await_event(events, SUP_EVENT_FAILED, "top/ends");
    assert_int_equal(sup_error_code(event.error), SUP_ELOST);
    assert_int_equal(sup_error_process(event.error, &end), 0);
    assert_int_equal(end.cause, SUP_EXIT_UNKNOWN);
  }
  /* One that is stopped goes, and nobody can say how. */
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), SUP_ETERMINATION);
  event = await_event(events, SUP_EVENT_TERMINATION_FAILED, "top/stays");
  assert_int_equal(sup_error_code(event.error), SUP_ELOST);
  sup_events_close(events);
  sup_tree_unref(tree);
}

static void P6_where_the_host_ignores_sigchld(void **state) {
  struct sigaction found;

  (void)state;
  signal(SIGCHLD, SIG_IGN);
  check_that_all_is_lost();
  assert_int_equal(sigaction(SIGCHLD, NULL, &found), 0);
  assert_ptr_equal(found.sa_handler, SIG_IGN);
  signal(SIGCHLD, SIG_DFL);
}

/* SA_NOCLDWAIT does the same, whatever handles the signal; it stays as it was,
 * and the handler of the host hears of our processes as it would of its own. */
static void P6_where_the_host_lets_nobody_be_waited_for(void **state) {
  void (*const handlers[])(int) = {SIG_DFL, reap_own};

  (void)state;
  for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
    struct sigaction own = {.sa_handler = handlers[i],
                            .sa_flags = SA_NOCLDWAIT | SA_RESTART};
    struct sigaction former, found;

    own_pid = 0;
    own_signals = 0;
    assert_int_equal(sigaction(SIGCHLD, &own, &former), 0);
    check_that_all_is_lost();
    assert_int_equal(sigaction(SIGCHLD, NULL, &found), 0);
    assert_ptr_equal(found.sa_handler, handlers[i]);
    assert_true((found.sa_flags & SA_NOCLDWAIT) != 0);
    assert_int_equal(own_signals > 0, handlers[i] == reap_own);
    assert_int_equal(sigaction(SIGCHLD, &former, NULL), 0);
  }
}

/* ---- libuv's own processes ---------------------------------------------- */

struct spawned {
  uv_process_t process;
  int64_t status;
  int signal;
};

static void has_exited(uv_process_t *process, int64_t status, int signal) {
  struct spawned *s = (struct spawned *)process;

  s->status = status;
  s->signal = signal;
  uv_close((uv_handle_t *)process, NULL);
}

static void spawn(uv_loop_t *loop, struct spawned *s, const char *verb,
                  const char *argument) {
  char *argv[] = {PROCESS_CHILD, (char *)verb, (char *)argument, NULL};
  uv_process_options_t options = {
      .exit_cb = has_exited, .file = PROCESS_CHILD, .args = argv};

  s->status = -1;
  assert_int_equal(uv_spawn(loop, &s->process, &options), 0);
}

/* A child of this thread that has ended, and lies there until somebody waits
 * for it. */
static pid_t leave_ended(int status) {
  siginfo_t info;
  pid_t pid = fork();

  if (pid == 0)
    _exit(status);
  assert_true(pid > 0);
  assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
  return pid;
}

struct beside {
  sup_tree *tree;
  sup_events *events;
  int failures;
};

/* On the loop's thread: after some of ours have ended, all are stopped. */
static void count_failures(void *ctx) {
  struct beside *b = ctx;
  sup_event event = {.size = sizeof(event)};

  while (sup_events_next(b->events, &event) == 1)
    if (event.kind == SUP_EVENT_FAILED) {
      CHECK(sup_error_code(event.error) == SUP_EEXITSTATUS);
      if (++b->failures == 20)
        CHECK(sup_tree_request_stop(b->tree, SUP_INFINITE) == 0);
    }
}

/* C8: uv_spawn of the host and ours, in one loop, beside a runtime with a
 * thread of its own. */
static void P6_beside_processes_of_libuv(void **state) {
  sup_runtime_options options = *(sup_runtime_options *)*state;
  sup_events_options reading = SUP_EVENTS_OPTIONS_INIT;
  struct spawned exits, killed;
  struct beside b = {NULL, NULL, 0};
  sup_runtime *runtime, *other;
  sup_spec *top = pair_spec("3");
  sup_spec *apart = pair_spec("9");
  sup_events *events;
  sup_tree *tree;
  uv_loop_t loop;
  pid_t later;
  int status;

  assert_int_equal(sup_runtime_create(&other, &options), 0);
  assert_int_equal(sup_tree_create(other, apart, &tree, NULL), 0);
  sup_spec_unref(apart);
  assert_int_equal(sup_events_open(tree, NULL, &events), 0);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
  options.loop = &loop;
  assert_int_equal(sup_runtime_create(&runtime, &options), 0);
  assert_int_equal(sup_tree_create(runtime, top, &b.tree, NULL), 0);
  sup_spec_unref(top);
  reading.readable = count_failures;
  reading.ctx = &b;
  assert_int_equal(sup_events_open(b.tree, &reading, &b.events), 0);
  assert_int_equal(sup_tree_launch(b.tree, NULL), 0);
  later = leave_ended(50);
  spawn(&loop, &exits, "exit", "7");
  spawn(&loop, &killed, "sleep", NULL);
  assert_int_equal(uv_process_kill(&killed.process, SIGKILL), 0);
  /* Until both of the host's and all of ours have ended. */
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(waitpid(later, &status, 0), later);
  assert_int_equal(WEXITSTATUS(status), 50);
  assert_int_equal(exits.status, 7);
  assert_int_equal(killed.signal, SIGKILL);
  assert_true(b.failures >= 20);
  await_failures(events, 10, 9);
  stop_pair(tree, events);
  assert_int_equal(sup_runtime_close(other), 0);
  sup_runtime_unref(other);
  assert_int_equal(sup_tree_get_state(b.tree), SUP_TREE_ENDED);
  sup_events_close(b.events);
  sup_tree_unref(b.tree);
  assert_int_equal(sup_runtime_close_async(runtime, NULL, NULL), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  sup_runtime_unref(runtime);
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* ---- Several runtimes ---------------------------------------------------- */

#define RUNTIMES 4

static void P6_several_runtimes_get_each_their_own(void **state) {
  struct {
    sup_runtime *runtime;
    sup_tree *tree;
    sup_events *events;
  } all[RUNTIMES];
  char status[8];

  for (int i = 0; i < RUNTIMES; i++) {
    sup_spec *top;

    snprintf(status, sizeof(status), "%d", 10 + i);
    top = pair_spec(status);
    assert_int_equal(sup_runtime_create(&all[i].runtime, *state), 0);
    assert_int_equal(sup_tree_create(all[i].runtime, top, &all[i].tree, NULL),
                     0);
    sup_spec_unref(top);
    assert_int_equal(sup_events_open(all[i].tree, NULL, &all[i].events), 0);
    assert_int_equal(sup_tree_launch(all[i].tree, NULL), 0);
  }
  for (int i = 0; i < RUNTIMES; i++)
    await_failures(all[i].events, 10, 10 + i);
  for (int i = 0; i < RUNTIMES; i++) {
    stop_pair(all[i].tree, all[i].events);
    assert_int_equal(sup_runtime_close(all[i].runtime), 0);
    sup_runtime_unref(all[i].runtime);
    /* Those that are left go on. */
    for (int k = i + 1; k < RUNTIMES; k++)
      await_failures(all[k].events, 1, 10 + k);
  }
}

/* ---- fork() -------------------------------------------------------------- */

#ifndef __SANITIZE_THREAD__ /* which has no threads after a fork */

#define OR_EXIT(condition)                                                     \
  do {                                                                         \
    if (!(condition))                                                          \
      _exit(__LINE__ % 250 + 1);                                               \
  } while (0)

/* A runtime of the forked child's own, with processes. */
static void new_life(const sup_runtime_options *options) {
  sup_event event = {.size = sizeof(event)};
  sup_spec *top = pair_spec("5");
  sup_runtime *runtime;
  sup_events *events;
  sup_tree *tree;
  int failures = 0, code;

  alarm(WATCHDOG_SECONDS);
  OR_EXIT(sup_runtime_create(&runtime, options) == 0);
  OR_EXIT(sup_tree_create(runtime, top, &tree, NULL) == 0);
  OR_EXIT(sup_events_open(tree, NULL, &events) == 0);
  OR_EXIT(sup_tree_launch(tree, NULL) == 0);
  while (failures < 5) {
    OR_EXIT(sup_events_wait(events, &event, WATCHDOG) == 1);
    if (event.kind != SUP_EVENT_FAILED)
      continue;
    OR_EXIT(sup_error_code(event.error) == SUP_EEXITSTATUS);
    failures++;
  }
  sup_events_close(events);
  code = sup_tree_stop(tree, SUP_INFINITE, NULL);
  OR_EXIT(code == 0 || code == SUP_ETERMINATION);
  sup_tree_unref(tree);
  sup_spec_unref(top);
  OR_EXIT(sup_runtime_close(runtime) == 0);
  sup_runtime_unref(runtime);
}

static void C8_a_forked_child_supervises_while_the_parent_does(void **state) {
  sup_tree *tree = create_tree(pair_spec("3"));
  sup_events *events = open_events(tree);
  int status;
  pid_t pid;

  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  await_failures(events, 2, 3);
  pid = fork();
  if (pid == 0) {
    new_life(*state);
    /* Those of the parent are not ours to end. */
    _exit(sup_tree_request_stop(tree, 0) == SUP_EFORKED ? 0 : 250);
  }
  assert_true(pid > 0);
  await_failures(events, 5, 3);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  await_failures(events, 5, 3);
  stop_pair(tree, events); /* "stays" has lived on */
}

#endif

#define with_both(function)                                                    \
  world_test_with(function, with_pidfd),                                       \
      world_test_with(function, without_pidfd)
#define audited_with(function, options)                                        \
  { #function ", " #options, function, audit_setup, audit_teardown, &options }

int main(void) {
  const struct CMUnitTest tests[] = {
      with_both(P6_a_handler_of_the_host_stays_and_works),
      with_both(P6_where_the_host_ignores_sigchld),
      with_both(P6_where_the_host_lets_nobody_be_waited_for),
      audited_with(P6_beside_processes_of_libuv, with_pidfd),
      audited_with(P6_beside_processes_of_libuv, without_pidfd),
      audited_with(P6_several_runtimes_get_each_their_own, with_pidfd),
      audited_with(P6_several_runtimes_get_each_their_own, without_pidfd),
#ifndef __SANITIZE_THREAD__
      with_both(C8_a_forked_child_supervises_while_the_parent_does),
#endif
  };

  return run_all(tests);
}
