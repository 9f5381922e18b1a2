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

/* RULES T4, X5, X6: a child's own tolerance, and what an end says about trying
 * again. */

#include "engine_world.h"

static sup_spec *own_tolerance(sup_spec *spec, uint64_t max,
                               sup_duration window, sup_when_exceeded what) {
  assert_int_equal(sup_spec_set_child_tolerance(spec, max, window, what), 0);
  return spec;
}

/* T4: it does not count in its supervisor's record, and escalates */
static void t4_escalate(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root",
                  own_tolerance(worker("a"), 2, SEC(5), SUP_EXCEEDED_ESCALATE),
                  worker("b"), NULL),
      0, 0));
  fails(w, "a");
  fails(w, "a");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  fails(w, "a");
  assert_ended(w, SUP_ETOLERANCE);
  uint64_t max = 0;
  sup_duration window = 0;
  assert_int_equal(
      sup_error_tolerance(error_object(sup__engine_result(w->engine)), &max,
                          &window),
      0);
  assert_int_equal(max, 2); /* the numbers that were exceeded are its own */
  assert_int_equal(window, SEC(5));
  assert_true(error_names(sup__engine_result(w->engine), "root/a"));
  world_free(w);
}

/* T4, G3: quarantined it stays down, in sight, and its siblings go on */
static void t4_quarantine(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_all("root",
                             own_tolerance(worker("a"), 1, SEC(5),
                                           SUP_EXCEEDED_QUARANTINE),
                             worker("b"), NULL),
                 9, 0));
  fails(w, "a");
  forget(w);
  fails(w, "a");
  assert_state(w, "root/a", SUP_STATE_QUARANTINED);
  assert_int_equal(w->seen[SUP_EVENT_QUARANTINED], 1);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  assert_actions(w, "end a#2");
  fails(w, "b"); /* a round does not bring it back */
  assert_state(w, "root/a", SUP_STATE_QUARANTINED);
  assert_int_equal(child(w, "a")->starts, 2);
  stop(w);
  assert_ended(w, 0);
  world_free(w);
}

/* T4, T5: a restart of its supervisor gives it an empty record */
static void t4_begins_anew_with_its_supervisor(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root",
                  tolerating(one_for_one("s",
                                         own_tolerance(worker("a"), 0, SEC(5),
                                                       SUP_EXCEEDED_QUARANTINE),
                                         worker("b"), NULL),
                             0, 0),
                  NULL),
      9, 0));
  fails(w, "root/s/a");
  assert_state(w, "root/s/a", SUP_STATE_QUARANTINED);
  fails(w, "root/s/b");
  assert_state(w, "root/s/a", SUP_STATE_RUNNING);
  world_free(w);
}

/* X5: done is done, until its parent starts again */
static void x5_done(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one(
          "root",
          tolerating(one_for_all("s", worker("a"), worker("b"), NULL), 0, 0),
          NULL),
      9, 0));
  struct world_child *a = child(w, "root/s/a");
  assert_int_equal(sup__engine_done(w->engine, a->ref), 0);
  completes(w, "root/s/a");
  assert_state(w, "root/s/a", SUP_STATE_COMPLETED);
  assert_int_equal(a->starts, 1);
  assert_int_equal(child(w, "root/s/b")->starts, 1);
  assert_int_equal(sup__engine_done(w->engine, a->ref), SUP_ESTALE);
  fails(w, "root/s/b"); /* too many: the supervisor is restarted */
  assert_int_equal(a->starts, 2);
  world_free(w);
}

/* X5, X1: one that fails after all has failed */
static void x5_done_and_failed(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", transient("a"), NULL), 1, 0));
  for (int i = 0; i < 2; i++) {
    assert_int_equal(sup__engine_done(w->engine, child(w, "a")->ref), 0);
    fails(w, "a");
    assert_int_equal(child(w, "a")->starts, 2);
  }
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* X5, T2, B2: asked for, a restart is not counted, but paced */
static void x5_restart(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", transient("a"), temporary("t"), NULL), 0, 0));
  for (unsigned i = 1; i <= 3; i++) {
    assert_int_equal(sup__engine_request_restart(w->engine, child(w, "a")->ref),
                     0);
    completes(w, "a");
    assert_int_equal(child(w, "a")->starts, i + 1);
  }
  assert_int_equal(sup__engine_request_restart(w->engine, child(w, "a")->ref),
                   0);
  completes(w, "a");
  assert_state(w, "root/a", SUP_STATE_WAITING);
  advance(w, MS(12));
  assert_int_equal(child(w, "a")->starts, 5);
  assert_int_equal(sup__engine_request_restart(w->engine, child(w, "t")->ref),
                   0);
  completes(w, "t"); /* temporary: never */
  assert_int_equal(child(w, "t")->starts, 1);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  world_free(w);
}

/* X6: hopeless: not again, whatever the restart type, and not counted */
static void x6_hopeless(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", worker("a"), worker("b"), NULL), 0, 0));
  exits(w, "a", SUP_OUTCOME_HOPELESS);
  assert_state(w, "root/a", SUP_STATE_FAILED);
  assert_events(w, "W! root/a");
  assert_int_equal(child(w, "a")->starts, 1);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  world_free(w);
}

/* X6, X4: also a restart that fails so is not tried again */
static void x6_a_hopeless_restart(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", notifier("a"), worker("b"), NULL), 9, 0));
  child(w, "a")->manual = true;
  fails(w, "a");
  exits(w, "a", SUP_OUTCOME_HOPELESS);
  assert_state(w, "root/a", SUP_STATE_FAILED);
  assert_int_equal(child(w, "a")->starts, 2);
  world_free(w);
}

/* X6, X4: so said while it still runs: it is taken down, and stays down */
static void x6_a_restart_that_says_it_is_hopeless(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", notifier("a"), worker("b"), NULL), 9, 0));
  child(w, "a")->manual = true;
  fails(w, "a");
  assert_int_equal(sup__engine_start_failed_as(w->engine, child(w, "a")->ref,
                                               SUP_OUTCOME_HOPELESS,
                                               sup__token_code(SUP_EFAILED)),
                   0);
  exits(w, "a", SUP_OUTCOME_CANCELED);
  assert_state(w, "root/a", SUP_STATE_FAILED);
  assert_int_equal(child(w, "a")->starts, 2);
  world_free(w);
}

/* X6: forced: always again, and always counted */
static void x6_forced(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", temporary("t"), worker("b"), NULL), 1, 0));
  exits(w, "t", SUP_OUTCOME_FORCED);
  assert_int_equal(child(w, "t")->starts, 2);
  exits(w, "t", SUP_OUTCOME_FORCED);
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* I2, I1, H4: a spec that allows it is replaced beside its old incarnation,
 * whose late reports reach nobody else */
static void i2_overlap(void **state) {
  (void)state;
  sup_spec *b = shutdown_of(worker("b"), MS(10));
  assert_int_equal(sup_spec_set_when_stuck(b, SUP_STUCK_OVERLAP, 0), 0);
  struct world *w = world_started(
      tolerating(one_for_all("root", worker("a"), b, NULL), 9, 0));
  struct world_child *child_b = child(w, "b");
  struct sup_ref old = child_b->ref;
  child_b->on_stop = WORLD_IGNORES;
  fails(w, "a");
  advance(w, MS(5));
  child_b->alive = false; /* the world would object to two of them */
  child_b->begun = false;
  child_b->ended = true;
  advance(w, MS(5));
  assert_state(w, "root/b", SUP_STATE_RUNNING);
  assert_int_equal(child_b->ref.incarnation, 2);
  assert_int_equal(world_count(w).abandoned, 1);
  assert_int_equal(w->seen[SUP_EVENT_STUCK], 0);
  /* The old one ends: reaped, told once, and the new one goes on. */
  struct sup_action action;
  assert_int_equal(sup__engine_exited(w->engine, old, SUP_OUTCOME_COMPLETED, 0),
                   0);
  assert_true(world_take(w, &action));
  assert_int_equal(action.kind, SUP_ACTION_END);
  assert_int_equal(action.ref.incarnation, 1);
  sup__engine_performed(w->engine, &action);
  assert_int_equal(sup__engine_exited(w->engine, old, SUP_OUTCOME_COMPLETED, 0),
                   SUP_ESTALE);
  assert_int_equal(world_count(w).abandoned, 0);
  assert_int_equal(world_count(w).late_exits, 1);
  assert_state(w, "root/b", SUP_STATE_RUNNING);
  child_b->on_stop = WORLD_STOPS;
  stop(w);
  assert_ended(w, 0);
  assert_true(sup__engine_is_quiet(w->engine));
  world_free(w);
}

/* I2, S10: also below a resource step, whose children go with their supervisor
 */
static void i2_overlap_of_a_made_child(void **state) {
  (void)state;
  sup_spec *b = shutdown_of(worker("b"), MS(10));
  assert_int_equal(sup_spec_set_when_stuck(b, SUP_STUCK_OVERLAP, 0), 0);
  sup_spec *s = tolerating(one_for_all("s", NULL), 9, 0);
  assert_int_equal(sup_spec_set_resource(s, &world_resource, NULL), 0);
  struct world *w = world_create(one_for_one("root", s, NULL));
  child(w, "root/s")->children =
      tolerating(one_for_all("list", worker("a"), b, NULL), 9, 0);
  launch(w);
  struct world_child *child_b = child(w, "root/s/b");
  struct sup_ref old = child_b->ref;
  child_b->on_stop = WORLD_IGNORES;
  fails(w, "root/s/a");
  advance(w, MS(5));
  child_b->alive = false; /* the world would object to two of them */
  child_b->begun = false;
  child_b->ended = true;
  advance(w, MS(5));
  assert_int_equal(child_b->ref.incarnation, 2);
  child_b->on_stop = WORLD_STOPS;
  stop(w);
  assert_false(sup__engine_is_quiet(w->engine));
  struct sup_action action;
  assert_int_equal(sup__engine_exited(w->engine, old, SUP_OUTCOME_COMPLETED, 0),
                   0);
  assert_true(world_take(w, &action));
  assert_int_equal(action.kind, SUP_ACTION_END);
  sup__engine_performed(w->engine, &action);
  world_run(w);
  assert_int_equal(world_count(w).running, 0);
  assert_int_equal(world_count(w).abandoned, 0);
  assert_true(sup__engine_is_quiet(w->engine));
  world_free(w);
}

/* B3, E1: the up-time of an end that waits for its supervisor ends with it */
static void b3_up_time_of_a_deferred_end(void **state) {
  (void)state;
  struct world *w = world_create(tolerating(
      one_for_one("root", worker("a"), notifier("slow"), NULL), 99, 0));
  child(w, "root/slow")->manual = true;
  launch(w);
  fails(w, "a");
  advance(w, SEC(12));
  acknowledges(w, "slow");
  struct sup_record record = world_record(w, SUP_EVENT_FAILED, "root/a");
  assert_true(record.duration == 0);
  world_free(w);
}

/* E1, G5: an end is told once, also of a supervisor that is not gone */
static void e1_a_deferred_end_is_told_once(void **state) {
  (void)state;
  sup_spec *s = tolerating(
      one_for_all("s", worker("a"), shutdown_of(worker("b"), MS(1)), NULL), 0,
      0);
  struct world *w = world_create(
      tolerating(one_for_all("root", s, notifier("slow"), NULL), 9, 0));
  child(w, "root/slow")->manual = true;
  child(w, "root/s/b")->on_stop = WORLD_IGNORES;
  launch(w);
  fails(w, "root/s/a");
  advance(w, MS(5));
  forget(w);
  acknowledges(w, "slow");
  advance(w, MS(5));
  const char *told = strstr(w->events, "S! root/s");
  assert_non_null(told);
  assert_null(strstr(told + 1, "S! root/s"));
  child(w, "root/s/b")->on_stop = WORLD_STOPS;
  exits(w, "root/s/b", SUP_OUTCOME_COMPLETED);
  world_free(w);
}

/* H3, H5: one that was only draining is cancelled before it is left */
static void h5_a_draining_child_is_cancelled(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root",
                                steps_of(worker("a"), 2, SUP_STOP_DRAIN,
                                         SEC(60), SUP_STOP_CANCEL, SEC(5)),
                                NULL));
  child(w, "a")->obeys = SUP_STOP_CANCEL;
  stop_within(w, SEC(10));
  advance(w, SEC(10));
  assert_actions(w, "drain a#1, cancel a#1, end a#1");
  assert_true(sup__engine_is_quiet(w->engine));
  world_free(w);
}

/* I2, N6 */
static void i2_overlap_is_not_for_supervisors(void **state) {
  (void)state;
  sup_spec *s = one_for_one("s", NULL);
  assert_int_equal(sup_spec_set_when_stuck(s, SUP_STUCK_OVERLAP, 0),
                   SUP_EINVAL);
  sup_spec_unref(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(t4_escalate),
      WORLD_TEST(t4_quarantine),
      WORLD_TEST(t4_begins_anew_with_its_supervisor),
      WORLD_TEST(x5_done),
      WORLD_TEST(x5_done_and_failed),
      WORLD_TEST(x5_restart),
      WORLD_TEST(x6_hopeless),
      WORLD_TEST(x6_a_hopeless_restart),
      WORLD_TEST(x6_a_restart_that_says_it_is_hopeless),
      WORLD_TEST(x6_forced),
      WORLD_TEST(i2_overlap),
      WORLD_TEST(i2_overlap_of_a_made_child),
      WORLD_TEST(b3_up_time_of_a_deferred_end),
      WORLD_TEST(e1_a_deferred_end_is_told_once),
      WORLD_TEST(h5_a_draining_child_is_cancelled),
      WORLD_TEST(i2_overlap_is_not_for_supervisors),
  };
  return cmocka_run_group_tests_name("engine own policy", tests, NULL, NULL);
}
