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

/* RULES G, and B5: what an end brings to the siblings. */

#include "engine_world.h"

/* Three workers that are restarted together, without limit. */
static sup_spec *trio(sup_strategy strategy) {
  return tolerating(
      supervisor("root", strategy, worker("a"), worker("b"), worker("c"), NULL),
      SUP_UNLIMITED, 0);
}

/* G1, CAP-091 */
static void g1_one_for_all(void **state) {
  (void)state;
  struct world *w = world_started(trio(SUP_ONE_FOR_ALL));
  fails(w, "b");
  assert_events(w, "W! root/b, W- root/c, W- root/a, W+ root/a, W+ root/b, "
                   "W+ root/c");
  assert_actions(w, "end b#1, cancel c#1, end c#1, cancel a#1, end a#1, "
                    "start a#2, start b#2, start c#2");
  stop(w);
  assert_events(w, "W- root/c, W- root/b, W- root/a, S- root");
  world_free(w);
}

/* G1, CAP-099 */
static void g1_one_for_all_right_to_left(void **state) {
  (void)state;
  struct world *w = world_started(right_to_left(trio(SUP_ONE_FOR_ALL)));
  fails(w, "b");
  assert_events(w, "W! root/b, W- root/a, W- root/c, W+ root/c, W+ root/b, "
                   "W+ root/a");
  world_free(w);
}

/* G1, CAP-090: a completion too, and uncounted (T2) */
static void g1_a_completion(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_all("root", worker("a"), worker("b"), NULL), 0, 0));
  for (int i = 0; i < 3; i++) {
    completes(w, "a");
    assert_events(w, "Wc root/a, W- root/b, W+ root/a, W+ root/b");
  }
  world_free(w);
}

/* G1 */
static void g1_rest_for_one(void **state) {
  (void)state;
  struct world *w = world_started(trio(SUP_REST_FOR_ONE));
  fails(w, "b");
  assert_events(w, "W! root/b, W- root/c, W+ root/b, W+ root/c");
  fails(w, "c");
  assert_events(w, "W! root/c, W+ root/c");
  fails(w, "a");
  assert_events(w, "W! root/a, W- root/c, W- root/b, W+ root/a, W+ root/b, "
                   "W+ root/c");
  assert_int_equal(child(w, "a")->starts, 2);
  assert_int_equal(child(w, "b")->starts, 3);
  assert_int_equal(child(w, "c")->starts, 4);
  world_free(w);
}

/* G1: started after it, so to its left */
static void g1_rest_for_one_right_to_left(void **state) {
  (void)state;
  struct world *w = world_started(right_to_left(trio(SUP_REST_FOR_ONE)));
  fails(w, "b");
  assert_events(w, "W! root/b, W- root/a, W+ root/b, W+ root/a");
  assert_int_equal(child(w, "c")->starts, 1);
  world_free(w);
}

/* G1: members that are supervisors */
static void g1_supervisors_as_members(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_all(
          "root", worker("a"),
          tolerating(one_for_one("s", worker("x"), worker("y"), NULL), 0, 0),
          worker("b"), NULL),
      SUP_UNLIMITED, 0));
  fails(w, "root/a");
  assert_events(w, "W! root/a, W- root/b, W- root/s/y, W- root/s/x, S- root/s, "
                   "W+ root/a, W+ root/s/x, W+ root/s/y, S+ root/s, "
                   "W+ root/b");
  fails(w, "x");
  assert_events(w, "W! root/s/x, W- root/s/y, S! root/s, W- root/b, W- root/a, "
                   "W+ root/a, W+ root/s/x, W+ root/s/y, S+ root/s, "
                   "W+ root/b");
  world_free(w);
}

/* T2, CAP-092: a round counts once */
static void t2_a_round_counts_once(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_all("root", worker("c1"), worker("c2"), worker("c3"), NULL), 2,
      SEC(10)));
  child(w, "c1")->on_stop = WORLD_STOP_FAILS;
  fails(w, "c3");
  fails(w, "c2");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  forget(w);
  child(w, "c1")->on_stop = WORLD_STOPS;
  fails(w, "c3");
  assert_events(w, "W! root/c3, W- root/c2, W- root/c1, S! root");
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* T5, CAP-093 */
static void t5_a_failed_group_is_restarted_by_its_parent(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one(
      "root",
      tolerating(one_for_all("s", worker("a"), worker("b"), NULL), 0, 0),
      NULL));
  fails(w, "b");
  assert_events(w, "W! root/s/b, W- root/s/a, S! root/s, W+ root/s/a, "
                   "W+ root/s/b, S+ root/s");
  world_free(w);
}

/* G3, CAP-097 (overruled) */
static void g3_who_had_ended_is_not_resurrected(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_all("root", worker("a"), temporary("t"),
                             transient("r"), transient("n"), worker("b"), NULL),
                 SUP_UNLIMITED, 0));
  fails(w, "t");
  completes(w, "r");
  forget(w);
  fails(w, "b");
  assert_events(w, "W! root/b, W- root/n, W- root/a, W+ root/a, W+ root/n, "
                   "W+ root/b");
  assert_state(w, "root/r", SUP_STATE_COMPLETED);
  assert_int_equal(world_node(w, "root/t"), UINT32_MAX);
  world_free(w);
}

/* G3 */
static void g3_a_living_temporary_is_dropped(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_all("root", worker("a"), temporary("t"), worker("b"), NULL),
      SUP_UNLIMITED, 0));
  fails(w, "b");
  assert_events(w, "W! root/b, W- root/t, W- root/a, W+ root/a, W+ root/b");
  assert_int_equal(world_node(w, "root/t"), UINT32_MAX);
  assert_int_equal(world_count(w).nodes, 3);
  world_free(w);
}

/* G4: reported, not counted, and the round goes on */
static void g4_a_member_that_fails_to_stop(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_all("root", worker("a"), worker("b"), worker("c"), NULL), 1, 0));
  child(w, "c")->on_stop = WORLD_STOP_FAILS;
  fails(w, "a");
  assert_events(w, "W! root/a, W! root/c, W- root/b, W+ root/a, W+ root/b, "
                   "W+ root/c");
  assert_int_equal(w->seen[SUP_EVENT_TERMINATION_FAILED], 1);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  world_free(w);
}

/* G4, I2: skipped, and started alone, at its place, when the old one is gone */
static void g4_a_stuck_member(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_all("root", worker("a"), worker("b"), worker("c"), NULL), 1, 0));
  world_show(w, SUP_EVENT_STUCK);
  world_show(w, SUP_EVENT_LATE_EXIT);
  child(w, "b")->on_stop = WORLD_IGNORES;
  fails(w, "a");
  assert_events(w, "W! root/a, W- root/c");
  advance(w, SEC(5));
  assert_int_equal(w->seen[SUP_EVENT_STUCK], 1);
  assert_int_equal(
      sup__token_value(
          world_record(w, SUP_EVENT_TERMINATION_FAILED, "b").error),
      SUP_EABANDONED);
  assert_actions(w, "end a#1, cancel c#1, end c#1, cancel b#1, start a#2, "
                    "start c#2");
  assert_state(w, "root/b", SUP_STATE_STUCK);
  assert_state(w, "root/c", SUP_STATE_RUNNING);
  assert_int_equal(world_count(w).abandoned, 1);
  forget(w);
  advance(w, SEC(1000));
  child(w, "b")->on_stop = WORLD_STOPS;
  fails(w, "b");
  assert_events(w, "W late root/b, W+ root/b");
  assert_actions(w, "end b#1, start b#2");
  assert_int_equal(w->seen[SUP_EVENT_STUCK], 1);
  assert_int_equal(world_count(w).abandoned, 0);
  assert_int_equal(world_count(w).late_exits, 1);
  stop(w);
  assert_events(w, "W- root/c, W- root/b, W- root/a, S- root");
  assert_ended(w, 0);
  world_free(w);
}

/* G4: it ends while the start phase is going on */
static void g4_no_longer_stuck_during_the_start_phase(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_all("root", worker("a"), worker("b"), notifier("c"), NULL), 1,
      0));
  child(w, "b")->on_stop = WORLD_IGNORES;
  child(w, "c")->manual = true;
  fails(w, "a");
  advance(w, SEC(5));
  assert_state(w, "root/c", SUP_STATE_STARTING);
  assert_state(w, "root/b", SUP_STATE_STUCK);
  forget(w);
  completes(w, "b");
  acknowledges(w, "c");
  assert_state(w, "root/b", SUP_STATE_RUNNING);
  assert_state(w, "root/c", SUP_STATE_RUNNING);
  assert_int_equal(child(w, "b")->starts, 2);
  assert_int_equal(child(w, "c")->starts, 2);
  world_free(w);
}

/* G4, B5: it joins a round that is stopping its members */
static void g4_no_longer_stuck_during_the_stop_phase(void **state) {
  (void)state;
  struct world *w = world_started(trio(SUP_ONE_FOR_ALL));
  child(w, "c")->on_stop = WORLD_IGNORES;
  fails(w, "a");
  advance(w, SEC(5));
  assert_state(w, "root/c", SUP_STATE_STUCK);
  child(w, "b")->stop_takes = SEC(1);
  child(w, "c")->on_stop = WORLD_STOPS;
  fails(w, "a");
  forget(w);
  completes(w, "c");
  assert_actions(w, "end c#1");
  advance(w, SEC(1));
  assert_events(w, "W- root/b, W+ root/a, W+ root/b, W+ root/c");
  assert_int_equal(child(w, "c")->starts, 2);
  world_free(w);
}

/* G5, CAP-098: absorbed, told at its place in the stop order */
static void g5_a_failure_from_before_the_round(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_all("root", worker("a"), worker("b"), worker("c"), NULL), 1, 0));
  child(w, "c")->stop_takes = MS(10);
  fails(w, "a");
  assert_events(w, "W! root/a");
  fails(w, "b");
  advance(w, MS(10));
  assert_events(w, "W- root/c, W! root/b, W+ root/a, W+ root/b, W+ root/c");
  assert_int_equal(child(w, "b")->stops, 0);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  world_free(w);
}

/* G5: its failure is new: dealt with after the start phase, and counted */
static void g5_a_failure_in_the_start_phase(void **state) {
  (void)state;
  for (uint64_t tolerance = 1; tolerance < 3; tolerance++) {
    struct world *w = world_started(tolerating(
        one_for_all("root", worker("a"), notifier("b"), worker("c"), NULL),
        tolerance, 0));
    child(w, "b")->manual = true;
    fails(w, "c");
    assert_events(w, "W! root/c, W- root/b, W- root/a, W+ root/a");
    fails(w, "a");
    assert_events(w, "");
    assert_state(w, "root/a", SUP_STATE_ENDED);
    child(w, "b")->manual = false;
    acknowledges(w, "b");
    if (tolerance == 1)
      assert_events(w, "W+ root/b, W+ root/c, W! root/a, W- root/c, W- root/b, "
                       "S! root");
    else
      assert_events(w, "W+ root/b, W+ root/c, W! root/a, W- root/c, W- root/b, "
                       "W+ root/a, W+ root/b, W+ root/c");
    world_free(w);
  }
}

/* G6, CAP-100: rolled back, counted once, tried again */
static void g6_a_start_failure_in_a_one_for_all_round(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_all("root", worker("a"), worker("b"), worker("c"), NULL), 2, 0));
  child(w, "b")->on_start = WORLD_REFUSES;
  child(w, "b")->bad_starts = 1;
  fails(w, "c");
  assert_events(w, "W! root/c, W- root/b, W- root/a, W+ root/a, W# root/b, "
                   "W- root/a, W+ root/a, W+ root/b, W+ root/c");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  fails(w, "c"); /* the third */
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* G6: it escalates */
static void g6_start_failures_exceed_the_tolerance(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_all("root", worker("a"), worker("b"), worker("c"), NULL), 2, 0));
  child(w, "b")->on_start = WORLD_REFUSES;
  fails(w, "c");
  assert_events(w, "W! root/c, W- root/b, W- root/a, W+ root/a, W# root/b, "
                   "W- root/a, W+ root/a, W# root/b, W- root/a, S! root");
  assert_ended(w, SUP_ETOLERANCE);
  assert_int_equal(child(w, "c")->starts, 1);
  world_free(w);
}

/* G6, OTP: the child whose start failed is the origin; those before stay */
static void g6_a_start_failure_in_a_rest_for_one_round(void **state) {
  (void)state;
  struct world *w =
      world_started(tolerating(rest_for_one("root", worker("a"), worker("b"),
                                            worker("c"), worker("d"), NULL),
                               2, 0));
  child(w, "c")->on_start = WORLD_REFUSES;
  child(w, "c")->bad_starts = 1;
  fails(w, "b");
  assert_events(w, "W! root/b, W- root/d, W- root/c, W+ root/b, W# root/c, "
                   "W+ root/c, W+ root/d");
  assert_int_equal(child(w, "a")->starts, 1);
  assert_int_equal(child(w, "b")->starts, 2);
  fails(w, "d");
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* G7, CAP-096 */
static void g7_an_end_that_is_not_restarted(void **state) {
  static const sup_strategy strategies[] = {SUP_ONE_FOR_ALL, SUP_REST_FOR_ONE};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct world *w = world_started(tolerating(
        supervisor("root", strategies[i], temporary("t"), temporary("u"),
                   transient("r"), worker("z"), NULL),
        0, 0));
    fails(w, "t");
    completes(w, "u");
    completes(w, "r");
    assert_events(w, "W! root/t, Wc root/u, Wc root/r");
    assert_actions(w, "end t#1, end u#1, end r#1");
    world_free(w);
  }
}

/* ---- B5 ----------------------------------------------------------------- */

static sup_spec *with_delay(sup_spec *spec, sup_duration delay) {
  return paced(spec, delay, 1.0, delay);
}

/* B5: the wait runs from the failure and overlaps the stops */
static void b5_the_wait_overlaps_the_stops(void **state) {
  static const uint64_t takes[] = {30, 100, 300};
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    struct world *w = world_started(with_delay(trio(SUP_ONE_FOR_ALL), MS(100)));
    uint64_t start = takes[i] > 100 ? takes[i] : 100;
    child(w, "c")->stop_takes = MS(takes[i]);
    fails(w, "b");
    assert_actions(w, "end b#1, cancel c#1");
    advance(w, MS(start) - 1);
    assert_true(child(w, "a")->starts == 1);
    forget(w);
    advance(w, 1);
    assert_int_equal(child(w, "a")->starts, 2);
    assert_int_equal(child(w, "b")->starts, 2);
    assert_int_equal(child(w, "c")->starts, 2);
    world_free(w);
  }
}

/* B5: the longest delay among those that failed */
static void b5_the_longest_delay(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_all("root", with_delay(worker("a"), MS(100)),
                  with_delay(worker("b"), MS(300)), worker("c"), NULL),
      SUP_UNLIMITED, 0));
  child(w, "c")->stop_takes = MS(20);
  fails(w, "a");
  advance(w, MS(10));
  fails(w, "b");
  advance(w, MS(289)); /* 299 */
  assert_int_equal(child(w, "a")->starts, 1);
  advance(w, MS(11)); /* 310 */
  assert_int_equal(child(w, "a")->starts, 2);
  assert_int_equal(child(w, "b")->starts, 2);
  assert_int_equal(child(w, "c")->starts, 2);
  world_free(w);
}

/* B5, G5: a start that fails while the round stops its members is not counted,
 * but its delay is */
static void b5_a_failed_start_among_the_members(void **state) {
  static const sup_strategy strategies[] = {SUP_ONE_FOR_ALL, SUP_REST_FOR_ONE};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    sup_spec *root = tolerating(
        supervisor("root", strategies[i], with_delay(notifier("a"), MS(100)),
                   with_delay(notifier("b"), MS(300)), worker("c"), NULL),
        2, 0);
    assert_int_equal(sup_spec_set_start_limit(root, 3), 0);
    struct world *w = world_started(root);
    fails(w, "a");
    child(w, "a")->manual = child(w, "b")->manual = true;
    child(w, "c")->stop_takes = MS(50);
    advance(w, MS(100));
    assert_state(w, "root/b", SUP_STATE_STARTING);
    fails(w, "a");
    advance(w, MS(10));
    fails(w, "b");
    assert_state(w, "root/b", SUP_STATE_WAITING);
    advance(w, MS(299)); /* 309 */
    assert_int_equal(child(w, "a")->starts, 2);
    assert_int_equal(child(w, "c")->starts, 2);
    advance(w, MS(1));
    assert_int_equal(child(w, "a")->starts, 3);
    assert_int_equal(child(w, "b")->starts, 3);
    assert_int_equal(child(w, "c")->starts, 3);
    assert_int_equal(w->seen[SUP_EVENT_START_FAILED], 2);
    world_free(w);
  }
}

/* B5: the union of members from the lowest position, the latest deadline */
static void b5_rounds_merge(void **state) {
  static const uint64_t delays[] = {200, 500};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct world *w = world_started(tolerating(
        rest_for_one("root", with_delay(worker("a"), MS(200)), worker("b"),
                     with_delay(worker("c"), MS(delays[i])), NULL),
        SUP_UNLIMITED, 0));
    uint64_t due = delays[i] == 500 ? 500 : 250;
    fails(w, "c");
    advance(w, MS(50));
    fails(w, "a");
    assert_events(w, "W! root/c, W! root/a, W- root/b");
    advance(w, MS(due - 50) - 1);
    assert_events(w, "");
    advance(w, 1);
    assert_events(w, "W+ root/a, W+ root/b, W+ root/c");
    assert_int_equal(child(w, "c")->starts, 2);
    advance(w, SEC(2));
    assert_events(w, "");
    world_free(w);
  }
}

/* B5: a failure further to the left while the round stops its members */
static void b5_a_round_grows_while_it_stops(void **state) {
  (void)state;
  struct world *w =
      world_started(tolerating(rest_for_one("root", worker("a"), worker("b"),
                                            worker("c"), worker("d"), NULL),
                               SUP_UNLIMITED, 0));
  child(w, "d")->stop_takes = MS(100);
  fails(w, "c");
  advance(w, MS(50));
  fails(w, "a");
  advance(w, MS(50));
  assert_int_equal(child(w, "a")->starts, 2);
  assert_int_equal(child(w, "b")->starts, 2);
  assert_int_equal(child(w, "c")->starts, 2);
  assert_int_equal(child(w, "d")->starts, 2);
  assert_int_equal(child(w, "b")->stops, 1);
  assert_non_null(
      strstr(w->events, "W+ root/a, W+ root/b, W+ root/c, W+ root/d"));
  world_free(w);
}

/* B5: those that wait in a round are shown as waiting, others as stopped */
static void b5_what_is_shown(void **state) {
  (void)state;
  struct world *w = world_started(with_delay(trio(SUP_ONE_FOR_ALL), MS(100)));
  uint64_t running = world_count(w).running;
  fails(w, "b");
  assert_state(w, "root/b", SUP_STATE_WAITING);
  assert_true(sup__engine_next_deadline(w->engine) == w->now + MS(100));
  assert_int_equal(world_record(w, SUP_EVENT_RESTART_SCHEDULED, "b").detail,
                   MS(100));
  assert_int_equal(world_count(w).running, running - 3);
  world_free(w);
}

/* ---- H6 ----------------------------------------------------------------- */

/* H6, S6: nor does a start wait for its round that fails while the stop is on
 * its way; the stop tells of it */
static void h6_a_failed_start_while_the_stop_comes(void **state) {
  (void)state;
  sup_spec *s =
      one_for_all("s", notifier("a"), notifier("b"), worker("c"), NULL);
  assert_int_equal(sup_spec_set_start_limit(s, 3), 0);
  struct world *w = world_started(
      one_for_one("root", unpaced(tolerating(s, 9, 0)), worker("z"), NULL));
  fails(w, "b");
  child(w, "a")->manual = child(w, "b")->manual = true;
  fails(w, "c");
  child(w, "c")->stop_takes = child(w, "z")->stop_takes = SEC(1);
  fails(w, "a");
  stop(w);
  fails(w, "b");
  assert_state(w, "root/s/b", SUP_STATE_FAILED);
  advance(w, SEC(3));
  assert_ended(w, SUP_ETERMINATION);
  assert_true(error_names(sup__engine_result(w->engine), "root/s/b"));
  world_free(w);
}

/* H6: in the stop phase, the wait and the start phase of a round */
static void h6_a_stop_in_every_phase_of_a_round(void **state) {
  (void)state;
  for (int phase = 0; phase < 3; phase++) {
    struct world *w = world_started(
        with_delay(tolerating(one_for_all("root", notifier("a"), worker("b"),
                                          worker("c"), NULL),
                              SUP_UNLIMITED, 0),
                   MS(100)));
    child(w, "c")->stop_takes = MS(20);
    child(w, "a")->manual = true;
    fails(w, "b");
    advance(w, phase == 0 ? MS(10) : phase == 1 ? MS(50) : MS(100));
    assert_int_equal(child(w, "a")->starts, phase == 2 ? 2 : 1);
    forget(w);
    stop(w);
    advance(w, MS(20));
    assert_ended(w, 0);
    assert_int_equal(child(w, "b")->starts, 1);
    assert_int_equal(child(w, "c")->starts, 1);
    assert_null(strstr(w->events, "W+"));
    assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
    world_free(w);
  }
}

/* T5: the parent takes a supervisor down in the middle of its round */
static void t5_a_round_ended_by_the_parent(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one(
          "root",
          with_delay(one_for_all("s", worker("a"), worker("b"), NULL), SEC(10)),
          worker("z"), NULL),
      0, 0));
  fails(w, "a");
  forget(w);
  fails(w, "z");
  assert_events(w, "W! root/z, S- root/s, S! root");
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(g1_one_for_all),
      WORLD_TEST(g1_one_for_all_right_to_left),
      WORLD_TEST(g1_a_completion),
      WORLD_TEST(g1_rest_for_one),
      WORLD_TEST(g1_rest_for_one_right_to_left),
      WORLD_TEST(g1_supervisors_as_members),
      WORLD_TEST(t2_a_round_counts_once),
      WORLD_TEST(t5_a_failed_group_is_restarted_by_its_parent),
      WORLD_TEST(g3_who_had_ended_is_not_resurrected),
      WORLD_TEST(g3_a_living_temporary_is_dropped),
      WORLD_TEST(g4_a_member_that_fails_to_stop),
      WORLD_TEST(g4_a_stuck_member),
      WORLD_TEST(g4_no_longer_stuck_during_the_start_phase),
      WORLD_TEST(g4_no_longer_stuck_during_the_stop_phase),
      WORLD_TEST(g5_a_failure_from_before_the_round),
      WORLD_TEST(g5_a_failure_in_the_start_phase),
      WORLD_TEST(g6_a_start_failure_in_a_one_for_all_round),
      WORLD_TEST(g6_start_failures_exceed_the_tolerance),
      WORLD_TEST(g6_a_start_failure_in_a_rest_for_one_round),
      WORLD_TEST(g7_an_end_that_is_not_restarted),
      WORLD_TEST(b5_the_wait_overlaps_the_stops),
      WORLD_TEST(b5_the_longest_delay),
      WORLD_TEST(b5_a_failed_start_among_the_members),
      WORLD_TEST(b5_rounds_merge),
      WORLD_TEST(b5_a_round_grows_while_it_stops),
      WORLD_TEST(b5_what_is_shown),
      WORLD_TEST(h6_a_failed_start_while_the_stop_comes),
      WORLD_TEST(h6_a_stop_in_every_phase_of_a_round),
      WORLD_TEST(t5_a_round_ended_by_the_parent),
  };
  return cmocka_run_group_tests_name("engine group", tests, NULL, NULL);
}
