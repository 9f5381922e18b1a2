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

/* Signals of the host, and the end of a main program (L1, L2). */

#include <supervisor/runnable.h>

#include "face_fixture.h"

#define ANY SUP_CALLBACKS_ANY_THREAD

static bool is_default(int signal) {
  struct sigaction action;

  CHECK(sigaction(signal, NULL, &action) == 0);
  return action.sa_handler == SIG_DFL;
}

static bool both_are_default(void) {
  return is_default(SIGTERM) && is_default(SIGUSR1);
}

struct watched {
  struct gate gate;
  int signal;
};

static void note_signal(void *ctx, int signal) {
  struct watched *w = ctx;

  CHECK(sup_runtime_is_loop_thread(world.runtime));
  w->signal = signal;
  gate_open(&w->gate);
}

static void own_handler(int signal) {
  (void)signal;
}

static void L1_dispositions_come_back(void **state) {
  struct watched w = {GATE_INIT, 0};
  int both[] = {SIGTERM, SIGUSR1};
  struct sigaction own = {.sa_handler = own_handler}, now;
  sup_signals *watch;

  (void)state;
  assert_int_equal(
      sup_signals_open(world.runtime, both, 2, note_signal, &w, &watch), 0);
  assert_false(is_default(SIGTERM));
  assert_int_equal(sup_runtime_close(world.runtime), SUP_EBUSY);
  kill(getpid(), SIGUSR1);
  gate_await(&w.gate, 1);
  assert_int_equal(w.signal, SIGUSR1);
  sup_signals_close(watch);
  assert_true(both_are_default());
  sup_signals_close(NULL);
  /* A handler of the host's own. */
  assert_int_equal(sigaction(SIGUSR1, &own, NULL), 0);
  assert_int_equal(
      sup_signals_open(world.runtime, &both[1], 1, note_signal, &w, &watch), 0);
  sup_signals_close(watch);
  assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
  assert_ptr_equal(now.sa_handler, own_handler);
  signal(SIGUSR1, SIG_DFL);
}

static void L1_signals_that_are_refused(void **state) {
  static const int bad[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE,
                            SIGILL,  0,       -1,      4711};
  struct watched w = {GATE_INIT, 0};
  sup_signals *watch;

  (void)state;
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    int pair[] = {SIGTERM, bad[i]};

    assert_int_equal(
        sup_signals_open(world.runtime, pair, 2, note_signal, &w, &watch),
        SUP_ESIGNAL);
    assert_null(watch);
    assert_true(is_default(SIGTERM));
  }
  assert_int_equal(
      sup_signals_open(world.runtime, bad, 0, note_signal, &w, &watch),
      SUP_EINVAL);
}

/* L2: the first one stops. */
static void L2_a_signal_stops_the_tree(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  int signals[] = {SIGTERM, SIGUSR1}, bad = SIGKILL;
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a));
  assert_int_equal(sup_tree_stop_on_signals(tree, &bad, 1, 0), SUP_ESIGNAL);
  assert_int_equal(sup_tree_stop_on_signals(tree, signals, 2, SUP_INFINITE), 0);
  assert_false(is_default(SIGTERM));
  kill(getpid(), SIGTERM);
  assert_int_equal(sup_tree_wait(tree, NULL), 0);
  assert_int_equal(sup_tree_exit_status(tree), 128 + SIGTERM);
  assert_true(comes_true(both_are_default));
  sup_tree_unref(tree);
}

/* L2: the second one forces. */
static void L2_a_second_signal_forces(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY, .deaf = true);
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *spec = worker_spec(&a);
  int signals[] = {SIGTERM, SIGUSR1};
  sup_tree *tree;

  (void)state;
  sup_spec_set_shutdown_timeout(spec, SUP_INFINITE);
  sup_spec_add(top, spec);
  tree = start_tree(top);
  assert_int_equal(sup_tree_stop_on_signals(tree, signals, 2, SUP_INFINITE), 0);
  kill(getpid(), SIGUSR1);
  gate_await(&a.stopped, 1);
  kill(getpid(), SIGTERM);
  assert_int_equal(sup_tree_wait(tree, NULL), SUP_ETERMINATION);
  assert_int_equal(sup_tree_exit_status(tree), 128 + SIGUSR1);
  assert_int_equal(sup_child_completed(a.child), 0);
  sup_tree_unref(tree);
  assert_true(comes_true(both_are_default));
}

/* A tree that ends by itself gives the signals back, and the runtime can be
 * closed at once (by the teardown). */
static void L1_watching_ends_with_the_tree(void **state) {
  int signals[] = {SIGTERM};
  sup_tree *tree;

  (void)state;
  tree = start_tree(sup_supervisor_spec("top", SUP_ONE_FOR_ONE));
  assert_int_equal(sup_tree_stop_on_signals(tree, signals, 1, 0), 0);
  end_tree(tree);
  tree = start_tree(sup_supervisor_spec("top", SUP_ONE_FOR_ONE));
  assert_int_equal(sup_tree_stop(tree, 0, NULL), 0);
  /* On one that has ended it ends at once. */
  assert_int_equal(sup_tree_stop_on_signals(tree, signals, 1, 0), 0);
  assert_true(comes_true(both_are_default));
  assert_int_equal(sup_tree_exit_status(tree), 0);
  sup_tree_unref(tree);
}

/* ---- The end of a main program ------------------------------------------ */

/* A tree that was never launched keeps its runtime open only while its signals
 * are watched. */
static void L1_watching_for_a_tree_that_never_runs(void **state) {
  sup_tree *tree = create_tree(TOP(NULL));
  int signal = SIGUSR1;

  (void)state;
  assert_int_equal(sup_tree_stop_on_signals(tree, &signal, 1, SUP_INFINITE), 0);
  assert_int_equal(sup_runtime_close(world.runtime), SUP_EBUSY);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  sup_tree_unref(tree);
}

/* Launched, it keeps it open itself. */
static void L1_watching_before_the_launch(void **state) {
  sup_tree *tree = create_tree(TOP(NULL));
  int signal = SIGUSR1;

  (void)state;
  assert_int_equal(sup_tree_stop_on_signals(tree, &signal, 1, SUP_INFINITE), 0);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  raise(SIGUSR1);
  assert_int_equal(sup_tree_wait(tree, NULL), 0);
  assert_int_equal(sup_tree_exit_status(tree), 128 + SIGUSR1);
  sup_tree_unref(tree);
}

static void L2_a_program_that_goes_on_is_left_alone(void **state) {
  sup_tree *tree;

  (void)state;
  tree = start_tree(sup_supervisor_spec("top", SUP_ONE_FOR_ONE));
  assert_int_equal(sup_tree_main_resumed(tree), SUP_EALREADY);
  assert_int_equal(sup_tree_guard_main(tree, SUP_SECONDS(60)), 0);
  assert_int_equal(sup_tree_guard_main(tree, 0), SUP_EALREADY);
  assert_int_equal(sup_tree_stop(tree, 0, NULL), 0);
  assert_int_equal(sup_tree_main_resumed(tree), 0);
  sup_tree_unref(tree);
  /* The runtime can be closed at once: the teardown does. */
}

static const char *self;

/* A runnable that runs one that never ends. */
static void run_data(struct worker *w, sup_child child) {
  sup_spec *spec = worker_spec(w->data);

  CHECK(sup_child_run(child, spec, NULL, NULL) == 0);
  sup_spec_unref(spec);
}

/* What runs in a program of its own: it never goes on. */
static int be_a_stuck_program(bool signaled) {
  struct worker a = WORKER(.name = "a", .flags = ANY, .deaf = true);
  struct worker r =
      WORKER(.name = "r", .flags = ANY, .on_start = run_data, .data = &a);
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *spec = worker_spec(&r);
  int term = SIGTERM;
  sup_tree *tree;

  CHECK(sup_runtime_create(&world.runtime, NULL) == 0);
  CHECK(sup_spec_set_runs_children(spec, true) == 0);
  CHECK(sup_spec_add(top, spec) == 0);
  tree = start_tree(top);
  CHECK(sup_tree_guard_main(tree, SUP_MILLISECONDS(10)) == 0);
  CHECK(sup_tree_stop_on_signals(tree, &term, 1, SUP_MILLISECONDS(10)) == 0);
  if (signaled)
    kill(getpid(), SIGTERM);
  else
    CHECK(sup_tree_request_stop(tree, SUP_MILLISECONDS(10)) == 0);
  for (;;)
    pause();
}

static void run_stuck_program(const char *how, int expected) {
  char text[1000];
  size_t length = 0;
  ssize_t n;
  int status, ends[2];
  pid_t pid;

  assert_int_equal(pipe(ends), 0);
  pid = fork();
  if (pid == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    alarm(WATCHDOG_SECONDS);
    execl(self, self, how, (char *)NULL);
    _exit(127);
  }
  close(ends[1]);
  while (length < sizeof(text) - 1 &&
         (n = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0)
    length += (size_t)n;
  text[length] = '\0';
  close(ends[0]);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), expected);
  assert_non_null(strstr(text, "top/r/a: abandoned, still running\n"));
  assert_null(strstr(text, "top/r: ")); /* it has ended */
}

static void L2_a_stuck_program_is_ended(void **state) {
  (void)state;
  run_stuck_program("stuck", 1);
  run_stuck_program("signaled", 128 + SIGTERM);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      world_test(L1_dispositions_come_back),
      world_test(L1_signals_that_are_refused),
      world_test(L2_a_signal_stops_the_tree),
      world_test(L2_a_second_signal_forces),
      world_test(L1_watching_ends_with_the_tree),
      world_test(L1_watching_for_a_tree_that_never_runs),
      world_test(L1_watching_before_the_launch),
      world_test(L2_a_program_that_goes_on_is_left_alone),
      audited_test(L2_a_stuck_program_is_ended),
  };

  if (argc > 1)
    return be_a_stuck_program(strcmp(argv[1], "signaled") == 0);
  self = argv[0];
  return run_all(tests);
}
