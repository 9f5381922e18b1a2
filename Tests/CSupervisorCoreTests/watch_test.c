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

/* Signs of life (W1) and the loop's lag (W2), by the public face. */

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

/* ---- Lag ---------------------------------------------------------------- */

#define LATE SUP_MILLISECONDS(20)

static sup_runtime_options late_after = {
    .size = sizeof(sup_runtime_options), .seed = 1, .late_after = LATE};

static sup_lag lag_now(void) {
  sup_lag lag = {.size = sizeof(lag)};

  assert_int_equal(sup_runtime_lag(world.runtime, &lag), 0);
  return lag;
}

static struct gate let_go = GATE_INIT;

static void hold_the_loop(struct worker *w, sup_child child) {
  (void)w;
  (void)child;
  gate_await(&let_go, 1);
}

static void restart_on_loop(struct worker *w) {
  uint64_t starts = gate_count(&w->started);

  assert_int_equal(sup_child_completed(w->child), 0);
  gate_await(&w->started, starts + 1);
}

/* W2: a callback holds up the loop; every tree that runs is told. */
static void W2_a_callback_holds_up_the_loop(void **state) {
  worker_of_test a = WORKER(.name = "a");
  worker_of_test b = WORKER(.name = "b");
  struct timespec nap = {0, 1000000};
  sup_event first, second;
  sup_events *events, *others;
  sup_tree *tree, *other;
  uint64_t since;

  (void)state;
  atomic_store(&many_trees, true);
  tree = start_tree(TOP(&a));
  other = start_tree(TOP(&b));
  do /* the machine has been in time */
    restart_on_loop(&b);
  while (lag_now().last > LATE);
  events = open_events(tree);
  others = open_events(other);
  a.on_start = hold_the_loop;
  assert_int_equal(sup_child_completed(a.child), 0);
  while (gate_count(&a.ended) == 0)
    nanosleep(&nap, NULL);
  since = sup_runtime_now(world.runtime);
  assert_int_equal(sup_child_completed(b.child), 0);
  while (sup_runtime_now(world.runtime) - since <= LATE)
    nanosleep(&nap, NULL); /* what is waited for is the clock itself */
  gate_open(&let_go);
  first = await_event(events, SUP_EVENT_LOOP_LATE, "top");
  second = await_event(others, SUP_EVENT_LOOP_LATE, "top");
  assert_true(first.duration > LATE);
  assert_true(first.node_kind == SUP_KIND_SUPERVISOR);
  assert_true(second.duration == first.duration);
  assert_true(count_tree(tree).late_loops >= 1);
  assert_true(lag_now().maximum >= first.duration);
  assert_true(lag_now().late >= 1);
  sup_events_close(events);
  sup_events_close(others);
  end_tree(tree);
  end_tree(other);
  atomic_store(&many_trees, false);
}

/* W2: manual time has no lag; sizes are checked. */
static void W2_manual_time_has_no_lag(void **state) {
  worker_of_test a = WORKER(.name = "a");
  sup_tree *tree = start_tree(TOP(&a));
  sup_lag lag = {.size = 1};

  (void)state;
  restart_on_loop(&a);
  assert_int_equal(sup_runtime_lag(world.runtime, &lag), SUP_EINVAL);
  lag = lag_now();
  assert_true(lag.last == 0 && lag.maximum == 0 && lag.late == 0);
  end_tree(tree);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test_with(W1_signs_of_life_from_any_thread, manual),
      world_test(W1_silence_in_real_time),
      world_test_with(W2_a_callback_holds_up_the_loop, late_after),
      world_test_with(W2_manual_time_has_no_lag, manual),
  };

  return run_all(tests);
}
