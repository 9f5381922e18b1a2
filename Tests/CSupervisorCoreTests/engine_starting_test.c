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

/* E1, R7: who is told to be starting. */

#include "engine_runnable.h"

static struct world *world_that_shows(sup_spec *spec) {
  struct world *w = world_create(spec);
  world_show(w, SUP_EVENT_STARTING);
  return w;
}

/* E1, S2: a plain child is up when it has been handed over; others say so. */
static void e1_what_is_up_at_once_is_not_starting(void **state) {
  (void)state;
  sup_spec *top = one_for_one("top", worker("plain"), notifier("slow"),
                              one_for_one("s", worker("x"), NULL), NULL);
  struct world *w = world_that_shows(tolerating(top, SUP_UNLIMITED, 0));
  child(w, "top/slow")->manual = true;
  launch(w);
  assert_events(w, "S starting top, W+ top/plain, W starting top/slow");
  struct sup_record record = world_record(w, SUP_EVENT_STARTING, "slow");
  assert_int_equal(record.ref.incarnation, 1);
  assert_int_equal(record.duration, 0);
  assert_state(w, "top/slow", SUP_STATE_STARTING);
  advance(w, SEC(2));
  forget(w);
  acknowledges(w, "top/slow");
  assert_int_equal(world_record(w, SUP_EVENT_STARTED, "slow").duration, SEC(2));
  assert_events(w, "W+ top/slow, S starting top/s, W+ top/s/x, S+ top/s, "
                   "S+ top");
  /* So at restarts, with what has brought them. */
  forget(w);
  fails(w, "top/plain");
  assert_events(w, "W! top/plain, W+ top/plain");
  forget(w);
  fails(w, "top/slow");
  assert_events(w, "W! top/slow, W starting top/slow");
  record = world_record(w, SUP_EVENT_STARTING, "slow");
  assert_int_equal(record.ref.incarnation, 2);
  assert_int_equal(record.cause,
                   world_record(w, SUP_EVENT_FAILED, "slow").number);
  world_free(w);
}

/* E1, P2: so do processes with a readiness rule. */
static void e1_a_process_that_gets_ready_is_starting(void **state) {
  (void)state;
  struct world *w = world_that_shows(
      one_for_one("top", process("exec"), process("ready"), NULL));
  child(w, "top/ready")->manual = true;
  launch(w);
  assert_events(w, "S starting top, W+ top/exec, W starting top/ready");
  world_free(w);
}

/* E1, S10: a supervisor before its resource */
static void e1_a_supervisor_starts_before_its_resource(void **state) {
  (void)state;
  struct world *w =
      world_that_shows(with_resource(one_for_one("top", worker("a"), NULL)));
  world_show(w, SUP_EVENT_RESOURCE_BUILT);
  launch(w);
  assert_events(w, "S starting top, S built top, W+ top/a, S+ top");
  world_free(w);
}

/* R7, R0: what is said of a body is said of the runnable. */
static void r7_a_runnable_that_reports_its_start(void **state) {
  (void)state;
  sup_spec *slow = runnable("a");
  assert_int_equal(sup_spec_set_notify_start(slow, true), 0);
  struct world *w =
      world_that_shows(one_for_one("top", slow, runnable("b"), NULL));
  child(w, "top/a")->manual = true;
  launch(w);
  assert_events(w, "S starting top, W starting top/a");
  forget(w);
  acknowledges(w, "top/a");
  assert_events(w, "W+ top/a, W+ top/b, S+ top");
  world_free(w);
}

/* E1: not what has ended, or is to end, or is up before its start returns */
static void e1_a_start_that_is_over_is_not_told(void **state) {
  (void)state;
  for (int what = 0; what < 3; what++) {
    struct world *w = world_that_shows(one_for_one("top", notifier("a"), NULL));
    struct sup_action action;
    world_tick(w);
    assert_int_equal(sup__engine_launch(w->engine), 0);
    assert_true(world_take(w, &action));
    struct world_child *a = child(w, "top/a");
    a->ref = action.ref;
    a->alive = what == 1;
    if (what == 0)
      sup__engine_exited(w->engine, action.ref, SUP_OUTCOME_FAILED, 0);
    else if (what == 1)
      sup__engine_stop(w->engine, SUP_INFINITE);
    else
      sup__engine_acknowledged(w->engine, action.ref);
    forget(w);
    a->begun = true;
    a->ended = false;
    sup__engine_started_by(w->engine, action.ref, 0, world_state_of(a, w), true,
                           0);
    a->alive = what != 0;
    world_run(w);
    assert_int_equal(w->seen[SUP_EVENT_STARTING], 1); /* of top */
    world_free(w);
  }
}

/* E1, R7, S2: a body that speaks before its start has returned, which is on
 * another thread, has been handed over. */
static void e1_who_speaks_has_started(void **state) {
  (void)state;
  static const char *const events[] = {
      "S starting top, W+ top/a, W healthy top/a, S+ top",
      "S starting top, W+ top/a, S+ top, W+ top/a/x",
      "S starting top, W+ top/a, W healthy top/a, S+ top"};
  for (int what = 0; what < 3; what++) {
    sup_spec *a = what == 2 ? worker("a") : runnable("a");
    struct world *w = world_that_shows(one_for_one("top", a, NULL));
    struct sup_action action;
    struct sup_ref ref;
    world_show(w, SUP_EVENT_HEALTHY);
    world_tick(w);
    assert_int_equal(sup__engine_launch(w->engine), 0);
    assert_true(world_take(w, &action));
    ref = handle(w, "top/a");
    ref.incarnation = action.ref.incarnation;
    if (what == 1) {
      sup_spec *x = worker("x");
      struct sup_ref made;
      sup__spec_freeze(x);
      assert_int_equal(sup__engine_run(w->engine, ref, NULL, &x, 1, &made), 0);
      sup_spec_unref(x);
    } else {
      assert_int_equal(sup__engine_healthy(w->engine, ref), 0);
    }
    world_perform(w, &action);
    world_run(w);
    assert_events(w, events[what]);
    assert_state(w, "top/a", what == 1 ? SUP_STATE_RUNNING : SUP_STATE_HEALTHY);
    world_free(w);
  }
}

/* E1, S2: the other way round, its start says that it failed: so it did. */
static void e1_who_has_spoken_may_fail_to_start(void **state) {
  (void)state;
  struct world *w = world_that_shows(one_for_one("top", runnable("a"), NULL));
  struct sup_action action;
  struct sup_ref ref;
  world_show(w, SUP_EVENT_HEALTHY);
  world_tick(w);
  child(w, "top/a")->on_start = WORLD_REFUSES;
  child(w, "top/a")->bad_starts = 1;
  assert_int_equal(sup__engine_launch(w->engine), 0);
  assert_true(world_take(w, &action));
  ref = handle(w, "top/a");
  ref.incarnation = action.ref.incarnation;
  assert_int_equal(sup__engine_healthy(w->engine, ref), 0);
  world_perform(w, &action);
  world_run(w);
  assert_events(w,
                "S starting top, W+ top/a, W healthy top/a, S+ top, W# top/a");
  assert_state(w, "top/a", SUP_STATE_WAITING);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(e1_what_is_up_at_once_is_not_starting),
      WORLD_TEST(e1_a_process_that_gets_ready_is_starting),
      WORLD_TEST(e1_a_supervisor_starts_before_its_resource),
      WORLD_TEST(r7_a_runnable_that_reports_its_start),
      WORLD_TEST(e1_a_start_that_is_over_is_not_told),
      WORLD_TEST(e1_who_speaks_has_started),
      WORLD_TEST(e1_who_has_spoken_may_fail_to_start),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
