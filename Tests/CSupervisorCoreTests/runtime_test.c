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

/* Runtimes: making, closing, on loops of the host's. */

#include "face_fixture.h"

#define ANY SUP_CALLBACKS_ANY_THREAD

static sup_runtime *create_runtime(uv_loop_t *loop) {
  sup_runtime_options options = SUP_RUNTIME_OPTIONS_INIT;
  sup_runtime *runtime;

  options.loop = loop;
  assert_int_equal(sup_runtime_create(&runtime, &options), 0);
  return runtime;
}

static void a_thousand_runtimes_leave_nothing(void **state) {
  (void)state;
  for (int i = 0; i < 1000; i++) {
    sup_runtime *runtime = create_runtime(NULL);

    assert_int_equal(sup_runtime_close(runtime), 0);
    assert_int_equal(sup_runtime_close(runtime), SUP_EGONE);
    sup_runtime_unref(runtime);
  }
}

/* No close: the last reference closes. */
static void C6_the_last_reference_closes(void **state) {
  (void)state;
  for (int i = 0; i < 50; i++) {
    sup_runtime *runtime = create_runtime(NULL);

    assert_ptr_equal(sup_runtime_ref(runtime), runtime);
    sup_runtime_unref(runtime);
    assert_true(sup_runtime_now(runtime) > 0);
    sup_runtime_unref(runtime);
  }
  sup_runtime_unref(NULL);
}

static void C2_options_are_checked(void **state) {
  sup_runtime_options options = SUP_RUNTIME_OPTIONS_INIT;
  sup_runtime *runtime = (sup_runtime *)&options;

  (void)state;
  options.size = 4;
  assert_int_equal(sup_runtime_create(&runtime, &options), SUP_EINVAL);
  assert_null(runtime);
  options.size = sizeof(options);
  options.thread_name = "0123456789abcdef";
  assert_int_equal(sup_runtime_create(&runtime, &options), SUP_EINVAL);
  options.thread_name = "0123456789abcde";
  assert_int_equal(sup_runtime_create(&runtime, &options), 0);
  assert_int_equal(sup_runtime_close(runtime), 0);
  sup_runtime_unref(runtime);
}

/* C6: what a closed runtime answers, and a tree that outlives it. */
static void ignore_signal(void *ctx, int signal) {
  (void)ctx;
  (void)signal;
}

static void C6_a_closed_runtime_is_gone(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_spec *top = TOP(&a);
  sup_runtime *runtime = create_runtime(NULL);
  sup_event event = {.size = sizeof(event)};
  sup_tree *tree, *never, *none;
  sup_snapshot *snapshot;
  sup_signals *signals;
  sup_events *events;
  int term = SIGTERM;

  (void)state;
  assert_int_equal(sup_tree_create(runtime, top, &never, NULL), 0);
  assert_int_equal(sup_tree_start(runtime, top, &tree, NULL), 0);
  assert_int_equal(sup_runtime_close(runtime), SUP_EBUSY);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  assert_int_equal(sup_runtime_close(runtime), 0);
  assert_int_equal(sup_tree_start(runtime, top, &none, NULL), SUP_EGONE);
  assert_int_equal(sup_tree_create(runtime, top, &none, NULL), SUP_EGONE);
  assert_null(none);
  assert_int_equal(
      sup_signals_open(runtime, &term, 1, ignore_signal, NULL, &signals),
      SUP_EGONE);
  assert_int_equal(sup_runtime_close_async(runtime, NULL, NULL), SUP_EGONE);
  assert_false(sup_runtime_is_loop_thread(runtime));
  /* The tree has its end. */
  assert_int_equal(sup_tree_wait(tree, NULL), 0);
  assert_int_equal(sup_tree_stop(tree, 0, NULL), 0);
  assert_int_equal(sup_tree_force_stop(tree), 0);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_ENDED);
  assert_int_equal(sup_tree_exit_status(tree), 0);
  assert_int_equal(sup_tree_guard_main(tree, 0), SUP_EGONE);
  assert_int_equal(sup_events_open(tree, NULL, &events), 0);
  assert_int_equal(sup_events_wait(events, &event, SUP_INFINITE), 1);
  assert_int_equal(event.kind, SUP_EVENT_TERMINATED);
  assert_int_equal(sup_events_next(events, &event), SUP_EGONE);
  sup_events_close(events);
  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  sup_snapshot_free(snapshot);
  assert_true(sup_child_completed(a.child) < 0);
  /* One that never ran has nobody left to run it. */
  assert_int_equal(sup_tree_launch(never, NULL), SUP_EGONE);
  assert_int_equal(sup_tree_request_stop(never, 0), SUP_EGONE);
  assert_int_equal(sup_tree_wait(never, NULL), SUP_EGONE);
  sup_tree_unref(never);
  sup_tree_unref(tree);
  sup_runtime_unref(runtime);
  sup_spec_unref(top);
}

/* Once sup_tree_stop has returned the runtime can be closed. */
static void a_close_after_a_stop_is_never_busy(void **state) {
  (void)state;
  for (int i = 0; i < 1000; i++) {
    worker_of_test a = WORKER(.name = "a", .flags = i % 2 ? ANY : 0);
    sup_runtime *runtime = create_runtime(NULL);
    sup_spec *top = TOP(&a);
    sup_tree *tree;

    assert_int_equal(sup_tree_start(runtime, top, &tree, NULL), 0);
    sup_spec_unref(top);
    assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
    assert_int_equal(sup_runtime_close(runtime), 0);
    sup_tree_unref(tree);
    sup_runtime_unref(runtime);
  }
}

/* Two runtimes know their threads apart; the handle of one goes before its
 * tree. */
static void two_runtimes_at_once(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  worker_of_test b = WORKER(.name = "b", .flags = ANY);
  sup_runtime *one = create_runtime(NULL), *two = create_runtime(NULL);
  sup_spec *first = TOP(&a), *second = TOP(&b);
  sup_tree *trees[2];

  (void)state;
  assert_int_equal(sup_tree_start(one, first, &trees[0], NULL), 0);
  assert_int_equal(sup_tree_start(two, second, &trees[1], NULL), 0);
  sup_spec_unref(first);
  sup_spec_unref(second);
  assert_ptr_equal(sup_tree_runtime(trees[0]), one);
  sup_runtime_unref(one);
  assert_int_equal(sup_tree_stop(trees[1], SUP_INFINITE, NULL), 0);
  assert_int_equal(sup_tree_get_state(trees[0]), SUP_TREE_RUNNING);
  assert_int_equal(sup_child_completed(a.child), 0);
  gate_await(&a.started, 2);
  assert_int_equal(sup_tree_stop(trees[0], SUP_INFINITE, NULL), 0);
  sup_tree_unref(trees[0]);
  sup_tree_unref(trees[1]);
  assert_int_equal(sup_runtime_close(two), 0);
  sup_runtime_unref(two);
}

/* ---- On a loop of the host's (C8) --------------------------------------- */

static void set_true(void *ctx) {
  *(bool *)ctx = true;
}

static void note_code(void *ctx, int code, sup_report *report) {
  (void)report;
  *(int *)ctx = code;
}

static void stop_by_timer(uv_timer_t *timer) {
  CHECK(sup_tree_wait(timer->data, NULL) == SUP_EDEADLOCK);
  CHECK(sup_tree_request_stop(timer->data, SUP_INFINITE) == 0);
  uv_close((uv_handle_t *)timer, NULL);
}

static void C8_a_loop_of_the_host(void **state) {
  worker_of_test a = WORKER(.name = "a");
  sup_runtime *runtime;
  sup_spec *top = TOP(&a);
  uv_timer_t timer;
  sup_tree *tree;
  int started = 1, ended = 1;
  sup_completion up = {note_code, &started, 0};
  sup_completion end = {note_code, &ended, 0};
  bool closed = false;
  uv_loop_t loop;

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  runtime = create_runtime(&loop);
  assert_true(sup_runtime_is_loop_thread(runtime));
  /* Nothing of ours keeps it alive. */
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(sup_runtime_close(runtime), SUP_EUNSUPPORTED);
  assert_int_equal(sup_tree_start(runtime, top, &tree, NULL), SUP_EDEADLOCK);
  assert_int_equal(sup_tree_create(runtime, top, &tree, NULL), 0);
  sup_spec_unref(top);
  assert_int_equal(sup_tree_launch(tree, &up), 0);
  assert_int_equal(sup_tree_wait_async(tree, &end, NULL), 0);
  assert_int_equal(sup_runtime_close_async(runtime, NULL, NULL), SUP_EBUSY);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  timer.data = tree;
  assert_int_equal(uv_timer_start(&timer, stop_by_timer, 5, 0), 0);
  /* It returns when the tree has ended, for its timer is gone. */
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(started, 0);
  assert_int_equal(ended, 0);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_ENDED);
  sup_tree_unref(tree);
  /* Also on a loop that nothing else keeps alive. */
  assert_int_equal(sup_runtime_close_async(runtime, set_true, &closed), 0);
  assert_false(closed);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_true(closed);
  sup_runtime_unref(runtime);
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* The last reference closes there too. */
static void C8_dropped_on_a_loop_of_the_host(void **state) {
  uv_loop_t loop;

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  sup_runtime_unref(create_runtime(&loop));
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      audited_test(a_thousand_runtimes_leave_nothing),
      audited_test(C6_the_last_reference_closes),
      audited_test(C2_options_are_checked),
      audited_test(C6_a_closed_runtime_is_gone),
      audited_test(a_close_after_a_stop_is_never_busy),
      audited_test(two_runtimes_at_once),
      audited_test(C8_a_loop_of_the_host),
      audited_test(C8_dropped_on_a_loop_of_the_host),
  };

  return run_all(tests);
}
