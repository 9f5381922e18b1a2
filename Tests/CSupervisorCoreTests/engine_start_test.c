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

/* RULES S: how a tree starts, and what a start that fails leaves behind. */

#include "engine_world.h"

/* S1, CAP-014 */
static void s1_one_worker(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one("root", worker("one"), NULL));
  bool settled = true;
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_CREATED);
  sup__engine_start_result(w->engine, &settled);
  assert_false(settled);
  launch(w);
  assert_events(w, "W+ root/one, S+ root");
  assert_actions(w, "start one#1");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  assert_int_equal(sup__engine_start_result(w->engine, &settled), 0);
  assert_true(settled);
  assert_int_equal(sup__engine_final_event(w->engine), 0);
  stop(w);
  assert_events(w, "W- root/one, S- root");
  assert_actions(w, "cancel one#1, end one#1");
  assert_ended(w, 0);
  world_free(w);
}

/* S1, CAP-013 */
static void s1_a_supervisor_without_children(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one("root", NULL));
  launch(w);
  assert_events(w, "S+ root");
  stop(w);
  assert_events(w, "S- root");
  assert_actions(w, "");
  assert_ended(w, 0);
  world_free(w);
}

/* S1, CAP-015 */
static void s1_left_to_right(void **state) {
  (void)state;
  struct world *w = world_create(
      one_for_one("root", worker("a"), worker("b"), worker("c"), NULL));
  launch(w);
  assert_events(w, "W+ root/a, W+ root/b, W+ root/c, S+ root");
  world_free(w);
}

/* S1, CAP-016 */
static void s1_right_to_left(void **state) {
  (void)state;
  struct world *w = world_create(right_to_left(
      one_for_one("root", worker("a"), worker("b"), worker("c"), NULL)));
  launch(w);
  assert_events(w, "W+ root/c, W+ root/b, W+ root/a, S+ root");
  world_free(w);
}

/* S1, CAP-018, CAP-019 */
static void
s1_the_next_begins_when_the_one_before_has_acknowledged(void **state) {
  (void)state;
  struct world *w = world_create(
      one_for_one("root", worker("a"), notifier("b"), worker("c"), NULL));
  child(w, "b")->manual = true;
  launch(w);
  assert_actions(w, "start a#1, start b#1");
  assert_events(w, "W+ root/a");
  advance(w, MS(100));
  assert_actions(w, "");
  assert_state(w, "root/b", SUP_STATE_STARTING);
  assert_state(w, "root/c", SUP_STATE_NEW);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_STARTING);
  acknowledges(w, "b");
  assert_actions(w, "start c#1");
  assert_events(w, "W+ root/b, W+ root/c, S+ root");
  assert_true(world_record(w, SUP_EVENT_STARTED, "b").duration == MS(100));
  world_free(w);
}

/* S1 */
static void s1_a_start_being_performed_holds_up_the_next(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", worker("a"), worker("b"), NULL));
  struct sup_action action, other;
  world_tick(w);
  assert_int_equal(sup__engine_launch(w->engine), 0);
  assert_true(world_take(w, &action));
  assert_int_equal(action.kind, SUP_ACTION_START);
  assert_false(world_take(w, &other));
  world_perform(w, &action);
  world_run(w);
  assert_events(w, "W+ root/a, W+ root/b, S+ root");
  world_free(w);
}

/* S1: a supervisor is started when all its children are */
static void s1_nested(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one(
      "root", worker("a"),
      right_to_left(one_for_one("s", worker("x"),
                                one_for_one("t", worker("y"), NULL), NULL)),
      worker("b"), NULL));
  launch(w);
  assert_events(w, "W+ root/a, W+ root/s/t/y, S+ root/s/t, W+ root/s/x, "
                   "S+ root/s, W+ root/b, S+ root");
  stop(w);
  assert_events(w, "W- root/b, W- root/s/x, W- root/s/t/y, S- root/s/t, "
                   "S- root/s, W- root/a, S- root");
  world_free(w);
}

/* S2 */
static void s2_an_acknowledgement_counts_once(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", notifier("a"), worker("b"), NULL));
  launch(w);
  forget(w);
  assert_int_equal(world_count(w).late_reports, 0);
  assert_int_equal(sup__engine_acknowledged(w->engine, child(w, "a")->ref),
                   SUP_EALREADY);
  assert_int_equal(sup__engine_start_failed(w->engine, child(w, "a")->ref,
                                            sup__token_code(SUP_EFAILED)),
                   SUP_EALREADY);
  assert_int_equal(sup__engine_declined(w->engine, child(w, "a")->ref),
                   SUP_EALREADY);
  /* A plain worker is acknowledged by its start. */
  assert_int_equal(sup__engine_acknowledged(w->engine, child(w, "b")->ref),
                   SUP_EALREADY);
  world_run(w);
  assert_events(w, "");
  assert_actions(w, "");
  assert_int_equal(world_count(w).late_reports, 4);
  assert_state(w, "root/a", SUP_STATE_RUNNING);
  world_free(w);
}

/* S2: a child may acknowledge before its start function has returned */
static void s2_acknowledged_inside_its_start(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", notifier("a"), worker("b"), NULL));
  struct sup_action action;
  world_tick(w);
  sup__engine_launch(w->engine);
  assert_true(world_take(w, &action));
  assert_int_equal(sup__engine_acknowledged(w->engine, action.ref), 0);
  child(w, "a")->manual = true;
  world_perform(w, &action);
  world_run(w);
  assert_events(w, "W+ root/a, W+ root/b, S+ root");
  world_free(w);
}

/* S3, S5, CAP-032: asked to end, waited for, then reported */
static void s3_a_reported_failure_is_a_start_failure(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", notifier("a"), worker("b"), NULL));
  child(w, "a")->on_start = WORLD_START_FAILS;
  child(w, "a")->stop_takes = SEC(2);
  launch(w);
  assert_actions(w, "start a#1, cancel a#1");
  assert_events(w, "");
  advance(w, SEC(2) - 1);
  assert_events(w, "");
  advance(w, 1);
  assert_events(w, "W# root/a, S# root");
  assert_actions(w, "end a#1");
  assert_ended(w, SUP_ESTART);
  struct sup_error *error = error_object(sup__engine_result(w->engine));
  assert_string_equal(error->path, "root/a");
  assert_int_equal(sup__token_value(error->cause), SUP_EFAILED);
  assert_int_equal(
      sup__token_value(world_record(w, SUP_EVENT_START_FAILED, "a").error),
      SUP_EFAILED);
  assert_int_equal(child(w, "b")->starts, 0);
  world_free(w);
}

/* S3, CAP-034 */
static void
s3_an_end_before_the_acknowledgement_is_a_start_failure(void **state) {
  static const sup_outcome outcomes[] = {
      SUP_OUTCOME_COMPLETED, SUP_OUTCOME_FAILED, SUP_OUTCOME_CANCELED};
  static const int codes[] = {SUP_EUNACKNOWLEDGED, SUP_EFAILED, 0};
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    struct world *w = world_create(
        one_for_one("root", worker("x"), notifier("a"), worker("b"), NULL));
    child(w, "a")->manual = true;
    launch(w);
    forget(w);
    exits(w, "a", outcomes[i]);
    assert_events(w, "W# root/a, W- root/x, S# root");
    assert_ended(w, SUP_ESTART);
    if (codes[i] != 0)
      assert_true(
          error_mentions(sup__engine_result(w->engine), codes[i], NULL));
    world_free(w);
  }
}

/* S3: the function itself refuses: nothing began, so nothing ends */
static void s3_a_refused_start(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", worker("x"), worker("a"), NULL));
  child(w, "a")->on_start = WORLD_REFUSES;
  launch(w);
  assert_events(w, "W+ root/x, W# root/a, W- root/x, S# root");
  assert_actions(w, "start x#1, start a#1, cancel x#1, end x#1");
  assert_ended(w, SUP_ESTART);
  assert_true(error_mentions(sup__engine_result(w->engine), SUP_EFAILED, NULL));
  world_free(w);
}

/* S3: an object given with the refusal says more than the code */
static void s3_a_refusal_keeps_its_error(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one("root", worker("a"), NULL));
  struct sup_action action;
  world_tick(w);
  sup__engine_launch(w->engine);
  assert_true(world_take(w, &action));
  struct sup_error *error = sup__error_new(&world_allocator, SUP_ESPAWN);
  assert_non_null(error);
  error->system = 2;
  sup__engine_started_by(w->engine, action.ref, SUP_ESPAWN, NULL, false,
                         sup__token_error(error));
  child(w, "a")->ref = action.ref;
  world_run(w);
  assert_events(w, "W# root/a, S# root");
  error = error_object(sup__engine_result(w->engine));
  error = error_object(error->cause);
  assert_int_equal(error->code, SUP_ESPAWN);
  assert_int_equal(error->system, 2);
  world_free(w);
}

/* S3 */
static void s3_a_child_may_decline(void **state) {
  (void)state;
  struct world *w = world_create(
      one_for_one("root", worker("a"), temporary("b"), worker("c"), NULL));
  world_show(w, SUP_EVENT_DECLINED);
  child(w, "root/a")->on_start = WORLD_DECLINES;
  child(w, "root/b")->on_start = WORLD_DECLINES;
  launch(w);
  assert_events(w, "W declined root/a, W declined root/b, W+ root/c, S+ root");
  assert_actions(w, "start a#1, start b#1, start c#1");
  assert_state(w, "root/a", SUP_STATE_DECLINED);
  assert_int_equal(world_node(w, "root/b"), UINT32_MAX); /* it goes */
  forget(w);
  stop(w);
  assert_events(w, "W- root/c, S- root");
  assert_ended(w, 0);
  world_free(w);
}

/* S3 */
static void s3_a_notifier_may_decline(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", notifier("a"), worker("b"), NULL));
  world_show(w, SUP_EVENT_DECLINED);
  child(w, "a")->manual = true;
  launch(w);
  assert_int_equal(sup__engine_declined(w->engine, child(w, "a")->ref), 0);
  assert_int_equal(sup__engine_acknowledged(w->engine, child(w, "a")->ref),
                   SUP_EALREADY);
  world_run(w);
  if (child(w, "a")->alive)
    completes(w, "a");
  assert_events(w, "W declined root/a, W+ root/b, S+ root");
  assert_state(w, "root/a", SUP_STATE_DECLINED);
  assert_true(child(w, "a")->ended);
  assert_int_equal(child(w, "a")->starts, 1);
  world_free(w);
}

/* S4, N7: 30 s unless set */
static void s4_no_acknowledgement_in_time(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", worker("x"), notifier("a"), NULL));
  child(w, "a")->manual = true;
  launch(w);
  forget(w);
  assert_true(sup__engine_next_deadline(w->engine) == w->now + SEC(30));
  assert_true(world_info(w, "root/a", NULL).deadline == w->now + SEC(30));
  advance(w, SEC(30) - 1);
  assert_actions(w, "");
  advance(w, 1);
  assert_actions(w, "cancel a#1, end a#1, cancel x#1, end x#1");
  assert_events(w, "W# root/a, W- root/x, S# root");
  assert_ended(w, SUP_ESTART);
  assert_true(
      error_mentions(sup__engine_result(w->engine), SUP_ESTARTTIMEOUT, NULL));
  world_free(w);
}

static int asks_for(struct world *w, const char *name, sup_duration time) {
  int r = sup__engine_extend_start(w->engine, child(w, name)->ref, time);
  world_run(w);
  return r;
}

/* S4, P2: more time from when it is asked for, never less */
static void s4_more_time(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one("root", notifier("a"), NULL));
  child(w, "a")->manual = true;
  launch(w);
  advance(w, SEC(20));
  assert_int_equal(asks_for(w, "a", SEC(9)), 0);
  assert_true(sup__engine_next_deadline(w->engine) == w->now + SEC(10));
  assert_int_equal(asks_for(w, "a", SEC(40)), 0);
  assert_true(sup__engine_next_deadline(w->engine) == w->now + SEC(40));
  advance(w, SEC(40) - 1);
  assert_events(w, "");
  acknowledges(w, "a");
  assert_int_equal(asks_for(w, "a", SEC(40)), SUP_EALREADY);
  assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
  world_free(w);
}

/* S4 */
static void s4_never_is_possible(void **state) {
  (void)state;
  sup_spec *a = notifier("a");
  assert_int_equal(sup_spec_set_start_timeout(a, SUP_INFINITE), 0);
  struct world *w = world_create(one_for_one("root", a, NULL));
  child(w, "root/a")->manual = true;
  launch(w);
  assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
  advance(w, SEC(1000000));
  assert_events(w, "");
  acknowledges(w, "a");
  assert_events(w, "W+ root/a, S+ root");
  world_free(w);
}

/* S4: a start that nobody came to perform has not begun */
static void s4_a_start_that_was_not_performed_in_time(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", notifier("a"), worker("b"), NULL));
  world_tick(w);
  sup__engine_launch(w->engine);
  w->now += SEC(30);
  world_tick(w);
  w->now += SEC(30); /* its ladder would be over */
  world_tick(w);
  world_run(w);
  assert_actions(w, "");
  assert_events(w, "W# root/a, S# root");
  assert_ended(w, SUP_ESTART);
  assert_int_equal(world_count(w).abandoned, 0);
  assert_true(sup__engine_is_quiet(w->engine));
  world_free(w);
}

/* S4: of a supervisor, for all below it */
static void s4_a_supervisors_timeout(void **state) {
  (void)state;
  sup_spec *s = one_for_one("s", worker("x"), notifier("y"), worker("z"), NULL);
  assert_int_equal(sup_spec_set_start_timeout(s, SEC(3)), 0);
  struct world *w = world_create(one_for_one("root", s, NULL));
  child(w, "root/s/y")->manual = true;
  launch(w);
  advance(w, SEC(3) - 1);
  assert_events(w, "W+ root/s/x");
  advance(w, 1);
  assert_ended(w, SUP_ESTART);
  assert_true(
      error_mentions(sup__engine_result(w->engine), SUP_ESTARTTIMEOUT, NULL));
  assert_int_equal(child(w, "z")->starts, 0);
  assert_true(child(w, "x")->ended && child(w, "y")->ended);
  world_free(w);
}

/* S5: its shutdown policy has run out */
static void s5_a_failed_child_that_does_not_end(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", worker("x"), notifier("a"), NULL));
  child(w, "a")->on_start = WORLD_START_FAILS;
  child(w, "a")->on_stop = WORLD_IGNORES;
  launch(w);
  forget(w);
  advance(w, SEC(5) - 1);
  assert_events(w, "");
  advance(w, 1);
  assert_ended(w, SUP_ESTART);
  assert_int_equal(w->seen[SUP_EVENT_START_FAILED], 2);
  assert_state(w, "root/a", SUP_STATE_ABANDONED);
  assert_false(sup__engine_is_quiet(w->engine));
  sup_tree_counters counters = world_count(w);
  assert_int_equal(counters.running, 1);
  assert_int_equal(counters.abandoned, 1);
  /* S6: the rollback's failures are told */
  assert_true(
      error_mentions(sup__engine_result(w->engine), SUP_EABANDONED, NULL));
  completes(w, "a");
  assert_actions(w, "cancel x#1, end x#1, end a#1");
  assert_true(sup__engine_is_quiet(w->engine));
  assert_int_equal(world_count(w).late_exits, 1);
  world_free(w);
}

/* S6, CAP-021 */
static void s6_a_failed_start_rolls_back(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one(
      "root", one_for_one("b0", worker("c0"), worker("c1"), NULL),
      one_for_one("b1", worker("c2"), worker("c3"), worker("c4"), NULL),
      worker("later"), NULL));
  child(w, "c2")->on_stop = WORLD_STOP_FAILS;
  child(w, "c3")->on_start = WORLD_REFUSES;
  launch(w);
  assert_events(w, "W+ root/b0/c0, W+ root/b0/c1, S+ root/b0, W+ root/b1/c2, "
                   "W# root/b1/c3, W! root/b1/c2, S# root/b1, W- root/b0/c1, "
                   "W- root/b0/c0, S- root/b0, S# root");
  assert_int_equal(child(w, "c4")->starts, 0);
  assert_int_equal(child(w, "later")->starts, 0);
  assert_ended(w, SUP_ESTART);
  bool settled = false;
  sup_token result = sup__engine_start_result(w->engine, &settled);
  assert_true(settled);
  assert_int_equal(sup__token_value(result), SUP_ESTART);
  struct sup_error *error = error_object(result);
  assert_string_equal(error->path, "root/b1");
  error = error_object(error->cause);
  assert_int_equal(error->code, SUP_ESTART);
  assert_string_equal(error->path, "root/b1/c3");
  assert_int_equal(sup__token_value(error->cause), SUP_EFAILED);
  assert_true(error_names(result, "root/b1/c2"));
  world_free(w);
}

/* S6: in reverse also from right to left */
static void s6_rollback_is_the_reverse_of_the_order(void **state) {
  (void)state;
  struct world *w = world_create(right_to_left(one_for_one(
      "root", worker("a"), worker("b"), worker("c"), worker("d"), NULL)));
  child(w, "a")->on_start = WORLD_REFUSES;
  launch(w);
  assert_events(w, "W+ root/d, W+ root/c, W+ root/b, W# root/a, W- root/b, "
                   "W- root/c, W- root/d, S# root");
  world_free(w);
}

/* S7, CAP-024 */
static void s7_the_first_start_is_never_retried(void **state) {
  (void)state;
  struct world *w = world_create(
      tolerating(one_for_one("root",
                             tolerating(one_for_one("s", worker("a"), NULL),
                                        SUP_UNLIMITED, 0),
                             NULL),
                 SUP_UNLIMITED, 0));
  child(w, "a")->on_start = WORLD_REFUSES;
  launch(w);
  assert_events(w, "W# root/s/a, S# root/s, S# root");
  assert_int_equal(child(w, "a")->starts, 1);
  assert_int_equal(w->seen[SUP_EVENT_TOLERANCE_EXCEEDED], 0);
  assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
  assert_int_equal(sup__engine_launch(w->engine), SUP_EALREADY);
  world_free(w);
}

/* S8, CAP-028 */
static void s8_an_end_during_the_start_waits(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", worker("f"), notifier("slow"), NULL));
  child(w, "slow")->manual = true;
  launch(w);
  fails(w, "f");
  assert_events(w, "W+ root/f");
  assert_state(w, "root/f", SUP_STATE_ENDED);
  assert_int_equal(child(w, "f")->starts, 1);
  advance(w, MS(100));
  assert_events(w, "");
  acknowledges(w, "slow");
  assert_events(w, "W+ root/slow, S+ root, W! root/f, W+ root/f");
  assert_state(w, "root/f", SUP_STATE_RUNNING);
  world_free(w);
}

/* S8: in the order in which they ended, and counted (T2) */
static void s8_several_ends_during_the_start(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", worker("f"), temporary("t"), worker("g"),
                               notifier("slow"), worker("z"), NULL));
  child(w, "slow")->manual = true;
  launch(w);
  forget(w);
  completes(w, "t");
  fails(w, "g");
  fails(w, "f");
  assert_events(w, "");
  acknowledges(w, "slow");
  /* The second failure is one too many for the default tolerance. */
  assert_events(w, "W+ root/slow, W+ root/z, S+ root, Wc root/t, W! root/g, "
                   "W! root/f, W- root/z, W- root/slow, S! root");
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* S8: or it is part of the rollback */
static void s8_an_end_during_a_start_that_fails(void **state) {
  (void)state;
  struct world *w = world_create(
      one_for_one("root", worker("x"), worker("f"), notifier("slow"), NULL));
  child(w, "slow")->manual = true;
  launch(w);
  forget(w);
  fails(w, "f");
  assert_state(w, "root/f", SUP_STATE_ENDED);
  fails(w, "slow");
  assert_events(w, "W# root/slow, W! root/f, W- root/x, S# root");
  assert_int_equal(child(w, "f")->starts, 1);
  assert_int_equal(child(w, "f")->stops, 0);
  assert_ended(w, SUP_ESTART);
  world_free(w);
}

/* S9 */
static void s9_a_stop_interrupts_the_start(void **state) {
  (void)state;
  struct world *w = world_create(
      one_for_one("root", worker("x"), notifier("a"), worker("b"), NULL));
  child(w, "a")->manual = true;
  child(w, "a")->stop_takes = SEC(1);
  launch(w);
  forget(w);
  stop(w);
  assert_actions(w, "cancel a#1");
  assert_int_equal(sup__engine_acknowledged(w->engine, child(w, "a")->ref),
                   SUP_EALREADY);
  assert_int_equal(world_count(w).late_reports, 1);
  advance(w, SEC(1));
  assert_events(w, "W- root/a, W- root/x, S# root");
  assert_actions(w, "end a#1, cancel x#1, end x#1");
  assert_ended(w, 0);
  bool settled = false;
  sup_token start = sup__engine_start_result(w->engine, &settled);
  assert_true(settled);
  assert_int_equal(sup__token_value(start), SUP_ESTOPPED);
  assert_int_equal(
      sup__token_value(world_record(w, SUP_EVENT_START_FAILED, "root").error),
      SUP_ESTOPPED);
  world_free(w);
}

/* S9: the stop's caller is told what the rollback met */
static void s9_the_rollbacks_failures_are_the_stops(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", worker("x"), notifier("a"), NULL));
  child(w, "a")->manual = true;
  child(w, "x")->on_stop = WORLD_STOP_FAILS;
  launch(w);
  forget(w);
  stop(w);
  assert_events(w, "W- root/a, W! root/x, S# root");
  assert_ended(w, SUP_ETERMINATION);
  assert_true(error_names(sup__engine_result(w->engine), "root/x"));
  bool settled;
  assert_int_equal(
      sup__token_value(sup__engine_start_result(w->engine, &settled)),
      SUP_ESTOPPED);
  world_free(w);
}

/* S9: at any depth */
static void s9_a_stop_during_a_nested_start(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one(
      "root", worker("x"),
      one_for_one("s", worker("y"), notifier("a"), worker("z"), NULL),
      worker("b"), NULL));
  child(w, "root/s/a")->manual = true;
  launch(w);
  forget(w);
  stop(w);
  assert_actions(w, "cancel a#1, end a#1, cancel y#1, end y#1, cancel x#1, "
                    "end x#1");
  assert_ended(w, 0);
  assert_int_equal(child(w, "z")->starts + child(w, "b")->starts, 0);
  world_free(w);
}

/* S9, H6: withdrawn before it was performed */
static void s9_a_start_in_the_queue_is_withdrawn(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one("root", worker("a"), NULL));
  world_tick(w);
  sup__engine_launch(w->engine);
  stop(w);
  assert_actions(w, "");
  assert_events(w, "S# root");
  assert_ended(w, 0);
  assert_true(sup__engine_is_quiet(w->engine));
  world_free(w);
}

/* S9: a start that is being performed is stopped when it is done */
static void s9_a_stop_while_the_start_is_performed(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", worker("a"), worker("b"), NULL));
  struct sup_action action, other;
  world_tick(w);
  sup__engine_launch(w->engine);
  assert_true(world_take(w, &action));
  world_tick(w);
  sup__engine_stop(w->engine, SUP_INFINITE);
  assert_false(world_take(w, &other)); /* no STOP without a state */
  world_perform(w, &action);
  world_run(w);
  assert_actions(w, "start a#1, cancel a#1, end a#1");
  assert_events(w, "W- root/a, S# root");
  assert_ended(w, 0);
  world_free(w);
}

/* S9: nothing was begun by the start that was being performed */
static void s9_a_stop_while_a_refused_start_is_performed(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", worker("a"), worker("b"), NULL));
  struct sup_action action;
  child(w, "a")->on_start = WORLD_REFUSES;
  world_tick(w);
  sup__engine_launch(w->engine);
  assert_true(world_take(w, &action));
  world_tick(w);
  sup__engine_stop(w->engine, SUP_INFINITE);
  world_perform(w, &action);
  world_run(w);
  assert_actions(w, "start a#1");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
  assert_int_equal(child(w, "b")->starts, 0);
  bool settled;
  assert_int_equal(
      sup__token_value(sup__engine_start_result(w->engine, &settled)),
      SUP_ESTOPPED);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(s1_one_worker),
      WORLD_TEST(s1_a_supervisor_without_children),
      WORLD_TEST(s1_left_to_right),
      WORLD_TEST(s1_right_to_left),
      WORLD_TEST(s1_the_next_begins_when_the_one_before_has_acknowledged),
      WORLD_TEST(s1_a_start_being_performed_holds_up_the_next),
      WORLD_TEST(s1_nested),
      WORLD_TEST(s2_an_acknowledgement_counts_once),
      WORLD_TEST(s2_acknowledged_inside_its_start),
      WORLD_TEST(s3_a_reported_failure_is_a_start_failure),
      WORLD_TEST(s3_an_end_before_the_acknowledgement_is_a_start_failure),
      WORLD_TEST(s3_a_refused_start),
      WORLD_TEST(s3_a_refusal_keeps_its_error),
      WORLD_TEST(s3_a_child_may_decline),
      WORLD_TEST(s3_a_notifier_may_decline),
      WORLD_TEST(s4_no_acknowledgement_in_time),
      WORLD_TEST(s4_more_time),
      WORLD_TEST(s4_never_is_possible),
      WORLD_TEST(s4_a_start_that_was_not_performed_in_time),
      WORLD_TEST(s4_a_supervisors_timeout),
      WORLD_TEST(s5_a_failed_child_that_does_not_end),
      WORLD_TEST(s6_a_failed_start_rolls_back),
      WORLD_TEST(s6_rollback_is_the_reverse_of_the_order),
      WORLD_TEST(s7_the_first_start_is_never_retried),
      WORLD_TEST(s8_an_end_during_the_start_waits),
      WORLD_TEST(s8_several_ends_during_the_start),
      WORLD_TEST(s8_an_end_during_a_start_that_fails),
      WORLD_TEST(s9_a_stop_interrupts_the_start),
      WORLD_TEST(s9_the_rollbacks_failures_are_the_stops),
      WORLD_TEST(s9_a_stop_during_a_nested_start),
      WORLD_TEST(s9_a_start_in_the_queue_is_withdrawn),
      WORLD_TEST(s9_a_stop_while_the_start_is_performed),
      WORLD_TEST(s9_a_stop_while_a_refused_start_is_performed),
  };
  return cmocka_run_group_tests_name("engine start", tests, NULL, NULL);
}
