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

/* In a child of fork() (C8). */

#include "face_fixture.h"

#define ANY SUP_CALLBACKS_ANY_THREAD
/* The number of the check that failed is the status. */
#define OR_EXIT(condition)                                                     \
  do {                                                                         \
    if (!(condition))                                                          \
      _exit(__LINE__ % 250 + 1);                                               \
  } while (0)

static void assert_child_is_content(pid_t pid) {
  int status;

  assert_true(pid > 1);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static void note_never(void *ctx, int code, sup_report *report) {
  (void)ctx;
  (void)code;
  (void)report;
  _exit(251);
}

static void note_signal(void *ctx, int signal) {
  (void)ctx;
  (void)signal;
}

static void in_child(sup_tree *tree, sup_events *events, sup_child child,
                     sup_spec *top) {
  sup_tree_counters counters = {.size = sizeof(counters)};
  sup_completion completion = {note_never, NULL, 0};
  sup_event event = {.size = sizeof(event)};
  sup_lag lag = {.size = sizeof(lag)};
  sup_runtime *rt = world.runtime;
  sup_snapshot *snapshot;
  sup_signals *signals;
  sup_events *none;
  sup_tree *other;
  sup_child root;
  int term = SIGTERM;
  uint64_t at;
  char path[8];

  OR_EXIT(sup_tree_create(rt, top, &other, NULL) == SUP_EFORKED);
  OR_EXIT(sup_tree_start(rt, top, &other, NULL) == SUP_EFORKED);
  OR_EXIT(sup_tree_launch(tree, NULL) == SUP_EFORKED);
  OR_EXIT(sup_tree_request_stop(tree, 0) == SUP_EFORKED);
  OR_EXIT(sup_tree_force_stop(tree) == SUP_EFORKED);
  OR_EXIT(sup_tree_stop(tree, 0, NULL) == SUP_EFORKED);
  OR_EXIT(sup_tree_wait(tree, NULL) == SUP_EFORKED);
  OR_EXIT(sup_tree_wait_async(tree, &completion, NULL) == SUP_EFORKED);
  OR_EXIT(sup_tree_cancel(tree, 1) == SUP_EFORKED);
  OR_EXIT(sup_tree_count(tree, &counters) == SUP_EFORKED);
  OR_EXIT(sup_tree_snapshot(tree, &snapshot) == SUP_EFORKED);
  OR_EXIT(sup_child_snapshot(child, &snapshot) == SUP_EFORKED);
  OR_EXIT(sup_tree_stop_waits(tree, &snapshot) == SUP_EFORKED);
  OR_EXIT(sup_tree_unready(tree, &snapshot) == SUP_EFORKED);
  OR_EXIT(!sup_tree_is_ready(tree));
  OR_EXIT(sup_tree_stop_on_signals(tree, &term, 1, 0) == SUP_EFORKED);
  OR_EXIT(sup_tree_guard_main(tree, 0) == SUP_EFORKED);
  OR_EXIT(sup_tree_main_resumed(tree) == SUP_EFORKED);
  OR_EXIT(sup_events_open(tree, NULL, &none) == SUP_EFORKED);
  OR_EXIT(sup_events_next(events, &event) == SUP_EFORKED);
  OR_EXIT(sup_events_wait(events, &event, SUP_INFINITE) == SUP_EFORKED);
  OR_EXIT(sup_tree_root(tree, &root) == SUP_EFORKED);
  OR_EXIT(sup_tree_find(tree, "top/a", &root) == SUP_EFORKED);
  OR_EXIT(sup_child_find(child, "a", &root) == SUP_EFORKED);
  OR_EXIT(sup_child_count(child, &at) == SUP_EFORKED);
  OR_EXIT(sup_child_add(child, top, NULL, NULL) == SUP_EFORKED);
  OR_EXIT(sup_child_add_async(child, top, &completion, NULL, NULL) ==
          SUP_EFORKED);
  OR_EXIT(sup_child_terminate(child, NULL) == SUP_EFORKED);
  OR_EXIT(sup_child_terminate_async(child, &completion, NULL) == SUP_EFORKED);
  OR_EXIT(sup_child_force(child) == SUP_EFORKED);
  OR_EXIT(sup_child_restart(child, NULL) == SUP_EFORKED);
  OR_EXIT(sup_child_restart_async(child, &completion, NULL) == SUP_EFORKED);
  OR_EXIT(sup_child_delete(child, NULL) == SUP_EFORKED);
  OR_EXIT(sup_child_delete_async(child, &completion, NULL) == SUP_EFORKED);
  OR_EXIT(sup_child_begin(child) == SUP_EFORKED);
  OR_EXIT(sup_child_started(child) == SUP_EFORKED);
  OR_EXIT(sup_child_heartbeat(child) == SUP_EFORKED);
  OR_EXIT(sup_child_probed(child) == SUP_EFORKED);
  OR_EXIT(sup_child_start_failed(child, NULL) == SUP_EFORKED);
  OR_EXIT(sup_child_start_failed_as(child, NULL, SUP_FAILURE_FORCED) ==
          SUP_EFORKED);
  OR_EXIT(sup_child_declined(child) == SUP_EFORKED);
  OR_EXIT(sup_child_completed(child) == SUP_EFORKED);
  OR_EXIT(sup_child_failed(child, sup_error_create(SUP_EFAILED, NULL, NULL,
                                                   NULL)) == SUP_EFORKED);
  OR_EXIT(sup_child_canceled(child) == SUP_EFORKED);
  OR_EXIT(sup_child_built(child, NULL) == SUP_EFORKED);
  OR_EXIT(sup_child_build_failed(child, NULL) == SUP_EFORKED);
  OR_EXIT(sup_child_cleaned(child, NULL) == SUP_EFORKED);
  OR_EXIT(sup_child_signal(child, SIGTERM, true) == SUP_EFORKED);
  OR_EXIT(sup_child_resume_output(child) == SUP_EFORKED);
  OR_EXIT(sup_child_is_stopping(child));
  OR_EXIT(sup_child_path(child, path, sizeof(path)) == 0);
  OR_EXIT(sup_signals_open(rt, &term, 1, note_signal, NULL, &signals) ==
          SUP_EFORKED);
  OR_EXIT(sup_runtime_close(rt) == SUP_EFORKED);
  OR_EXIT(sup_runtime_close_async(rt, NULL, NULL) == SUP_EFORKED);
  OR_EXIT(sup_runtime_advance(rt, 1) == SUP_EFORKED);
  OR_EXIT(sup_runtime_lag(rt, &lag) == SUP_EFORKED);
  OR_EXIT(sup_runtime_next_deadline(rt, &at) == SUP_EFORKED);
  OR_EXIT(!sup_runtime_is_loop_thread(rt));
  sup_events_close(events);
  sup_tree_unref(tree);
  sup_runtime_unref(rt);
}

static void C8_every_call_answers_forked(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_spec *top = TOP(&a);
  sup_events *events;
  sup_tree *tree;
  pid_t pid;

  (void)state;
  assert_int_equal(sup_tree_start(world.runtime, top, &tree, NULL), 0);
  events = open_events(tree);
  pid = fork();
  if (pid == 0) {
    in_child(tree, events, a.child, top);
    _exit(0);
  }
  assert_child_is_content(pid);
  /* The parent notices nothing. */
  assert_int_equal(sup_child_completed(a.child), 0);
  gate_await(&a.started, 2);
  await_event(events, SUP_EVENT_COMPLETED, "top/a");
  sup_events_close(events);
  sup_spec_unref(top);
  end_tree(tree);
}

/* A new runtime in the child of a process with a busy one. */
static UNUSED void new_life(void) {
  worker_of_test b = WORKER(.name = "b", .flags = ANY);
  sup_spec *top = TOP(&b);
  sup_runtime *runtime;
  sup_tree *tree;

  world.runtime = NULL;
  OR_EXIT(sup_runtime_create(&runtime, NULL) == 0);
  OR_EXIT(sup_tree_start(runtime, top, &tree, NULL) == 0);
  OR_EXIT(sup_child_completed(b.child) == 0);
  gate_await(&b.started, 2);
  OR_EXIT(sup_tree_stop(tree, SUP_INFINITE, NULL) == 0);
  sup_tree_unref(tree);
  sup_spec_unref(top);
  OR_EXIT(sup_runtime_close(runtime) == 0);
  sup_runtime_unref(runtime);
}

static void C8_a_new_runtime_in_the_child(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_tree *tree;
  pid_t pid;

  (void)state;
  tree = start_tree(TOP(&a));
#ifndef __SANITIZE_THREAD__ /* which has no threads after a fork */
  pid = fork();
  if (pid == 0) {
    new_life();
    _exit(0);
  }
  assert_child_is_content(pid);
#endif
  pid = fork();
  if (pid == 0) {
    execl(PROCESS_CHILD, PROCESS_CHILD, "exit", "0", (char *)NULL);
    _exit(127);
  }
  assert_child_is_content(pid);
  end_tree(tree);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test(C8_every_call_answers_forked),
      world_test(C8_a_new_runtime_in_the_child),
  };

  return run_all(tests);
}
