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

/* Signs of life (W1) by the public face. */

#include "face_fixture.h"

#define ANY SUP_CALLBACKS_ANY_THREAD

static sup_runtime_options manual = {
    .size = sizeof(sup_runtime_options), .seed = 1, .manual_time = true};

static void advance(sup_duration by) {
  assert_int_equal(sup_runtime_advance(world.runtime, by), 0);
}

static sup_spec *top_with_heartbeat(struct worker *w, sup_duration period) {
  sup_spec *top = top_of((struct worker *const[]){NULL});
  sup_spec *spec = worker_spec(w);

  assert_int_equal(sup_spec_set_heartbeat(spec, period), 0);
  assert_int_equal(sup_spec_add(top, spec), 0);
  return top;
}

static void *beat(void *ctx) {
  struct worker *w = ctx;

  CHECK(sup_child_heartbeat(w->child) == 0);
  return NULL;
}

/* W1: from any thread; silence restarts, and each event names its cause. */
static void W1_signs_of_life_from_any_thread(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_tree *tree = start_tree(top_with_heartbeat(&a, SUP_MILLISECONDS(100)));
  sup_events *events = open_events(tree);
  sup_event silent, failed;
  sup_child old = a.child;

  (void)state;
  for (int i = 0; i < 10; i++) {
    advance(SUP_MILLISECONDS(99));
    pthread_join(start_thread(beat, &a), NULL);
  }
  assert_int_equal(gate_count(&a.started), 1);
  advance(SUP_MILLISECONDS(100));
  gate_await(&a.started, 2);
  silent = await_event(events, SUP_EVENT_SILENT, "top/a");
  assert_int_equal(silent.duration, SUP_MILLISECONDS(100));
  assert_int_equal(sup_error_code(silent.error), SUP_EHEARTBEAT);
  failed = await_event(events, SUP_EVENT_FAILED, "top/a");
  assert_true(failed.cause == silent.number);
  assert_int_equal(sup_child_heartbeat(old), SUP_ESTALE);
  assert_int_equal(sup_child_heartbeat(a.child), 0);
  sup_events_close(events);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  assert_int_equal(sup_child_heartbeat(a.child), SUP_ESTALE);
  sup_tree_unref(tree);
}

static void beat_within(struct worker *w, sup_child child) {
  (void)w;
  CHECK(sup_child_heartbeat(child) == 0);
}

/* W1: in real time, too, and from within a callback. */
static void W1_silence_in_real_time(void **state) {
  worker_of_test a = WORKER(.name = "a", .on_start = beat_within);
  sup_tree *tree = start_tree(top_with_heartbeat(&a, SUP_MILLISECONDS(1)));

  (void)state;
  gate_await(&a.started, 3);
  end_tree(tree);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test_with(W1_signs_of_life_from_any_thread, manual),
      world_test(W1_silence_in_real_time),
  };

  return run_all(tests);
}
