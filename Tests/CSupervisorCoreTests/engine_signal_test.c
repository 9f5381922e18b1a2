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

/* R: what runnables signal, how they end, and with whom they are restarted. */

#include "engine_runnable.h"

/* ---- R2 ----------------------------------------------------------------- */

/* R2 MON-28 */
static void r2_healthy_twice_is_misuse(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one("top", runnable("a"), NULL));
  assert_int_equal(says_healthy(w, "top/a"), 0);
  assert_int_equal(says_healthy(w, "top/a"), SUP_EMISUSE);
  assert_int_equal(run(w, "top/a", runnable("x")), SUP_EHEALTHY);
  assert_int_equal(says_done(w, "top/a"), 0);
  forget(w);
  completes(w, "top/a"); /* whatever it then does */
  assert_events(w, "W! top/a, W scheduled:1000ms top/a");
  assert_failure(w, "top/a", SUP_EMISUSE);
  /* Not the next one. */
  advance(w, SEC(1));
  is_done(w, "top/a");
  assert_state(w, "top/a", SUP_STATE_DONE);
  world_free(w);
}

/* R2 MON-30 */
static void r2_done_is_said_once_and_after_healthy(void **state) {
  (void)state;
  struct world *w = world_of_runnables(
      one_for_one("top", runnable("early"), runnable("twice"), NULL));
  assert_int_equal(says_done(w, "top/early"), SUP_EMISUSE);
  assert_int_equal(says_healthy(w, "top/early"), 0);
  assert_int_equal(says_done(w, "top/early"), 0);
  assert_int_equal(says_healthy(w, "top/twice"), 0);
  assert_int_equal(says_done(w, "top/twice"), 0);
  assert_int_equal(says_done(w, "top/twice"), SUP_EMISUSE);
  completes(w, "top/early");
  completes(w, "top/twice");
  assert_failure(w, "top/early", SUP_EMISUSE);
  assert_failure(w, "top/twice", SUP_EMISUSE);
  assert_state(w, "top/twice", SUP_STATE_WAITING);
  world_free(w);
}

/* R2: an error of its own tells more. */
static void
r2_who_misused_and_then_failed_has_failed_with_its_error(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one("top", runnable("a"), NULL));
  assert_int_equal(says_done(w, "top/a"), SUP_EMISUSE);
  fails(w, "top/a");
  assert_failure(w, "top/a", SUP_EFAILED);
  world_free(w);
}

/* R2, R0: other children only hear that it has been said. */
static void r2_for_other_children_a_second_signal_is_no_failure(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one(
      "top", transient("plain"), composer(transient("runs")), NULL));
  assert_int_equal(says_healthy(w, "plain"), 0);
  assert_int_equal(says_healthy(w, "plain"), SUP_EALREADY);
  assert_int_equal(says_healthy(w, "runs"), 0);
  assert_int_equal(says_healthy(w, "runs"), SUP_EALREADY);
  assert_int_equal(says_done(w, "plain"), 0);
  assert_int_equal(says_done(w, "plain"), 0);
  assert_state(w, "plain", SUP_STATE_HEALTHY);
  completes(w, "plain");
  completes(w, "runs");
  assert_state(w, "plain", SUP_STATE_COMPLETED);
  assert_state(w, "runs", SUP_STATE_COMPLETED);
  world_free(w);
}

/* R2 MON-33 */
static void
r2_who_is_asked_to_stop_may_still_say_that_it_is_healthy(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  child(w, "root")->stop_takes = SEC(1);
  stop(w);
  assert_int_equal(says_healthy(w, "root"), 0);
  advance(w, SEC(1));
  assert_ended(w, 0);
  world_free(w);
}

/* ---- R3 ----------------------------------------------------------------- */

/* R3 MON-36 MON-40 */
static void r3_what_ends_without_done_is_dead(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one(
      "top", runnable("new"), runnable("healthy"), runnable("canceled"), NULL));
  assert_int_equal(says_healthy(w, "top/healthy"), 0);
  forget(w);
  completes(w, "top/new");
  completes(w, "top/healthy");
  exits(w, "top/canceled", SUP_OUTCOME_CANCELED); /* nobody had asked */
  assert_events(w, "W! top/new, W scheduled:1000ms top/new, "
                   "W! top/healthy, W scheduled:1000ms top/healthy, "
                   "W! top/canceled, W scheduled:1000ms top/canceled");
  assert_failure(w, "top/new", SUP_ENOTDONE);
  assert_failure(w, "top/canceled", SUP_ECANCELED);
  world_free(w);
}

/* R3 MON-50 MON-51 */
static void r3_failure_never_spreads_to_the_parent(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  runs(w, "root", runnable("p"));
  runs(w, "root/p", runnable_after("a", MS(10)));
  runs(w, "root/p", runnable("b"));
  runs(w, "root/p", unpaced(worker("w")));
  is_done(w, "root/p");
  for (int i = 0; i < 100; i++) {
    fails(w, "p/a");
    fails(w, "p/w");
    assert_state(w, "root/p", SUP_STATE_DONE);
    advance(w, MS(10));
    assert_state(w, "p/a", SUP_STATE_RUNNING);
  }
  assert_int_equal(child(w, "p/b")->starts, 1);
  assert_int_equal(child(w, "root/p")->starts, 1);
  assert_int_equal(child(w, "root")->starts, 1);
  world_free(w);
}

/* R3, R6: nor is it counted by a supervisor that has one for its child. */
static void r3_a_supervisor_counts_no_failures_of_runnables(void **state) {
  (void)state;
  struct world *w = world_of_runnables(tolerating(
      one_for_one("top", runnable_after("a", MS(1)), NULL), 0, SEC(5)));
  for (int i = 0; i < 20; i++) {
    fails(w, "top/a");
    advance(w, MS(1));
  }
  assert_int_equal(child(w, "top/a")->starts, 21);
  /* One of its own can be set. */
  world_free(w);
  sup_spec *spec = runnable_after("a", MS(1));
  assert_int_equal(
      sup_spec_set_child_tolerance(spec, 1, SEC(5), SUP_EXCEEDED_QUARANTINE),
      0);
  w = world_of_runnables(one_for_one("top", spec, NULL));
  fails(w, "top/a");
  advance(w, MS(1));
  fails(w, "top/a");
  assert_state(w, "top/a", SUP_STATE_QUARANTINED);
  world_free(w);
}

/* R3 MON-46 MON-55 */
static void r3_a_restart_begins_with_nothing_below(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  char path[64] = "root";
  for (int i = 0; i < 5; i++) {
    runs(w, path, runnable("x"));
    strcat(path, "/x");
  }
  assert_int_equal(world_count(w).nodes, 6);
  fails(w, "root/x");
  assert_int_equal(world_count(w).nodes, 2);
  advance(w, SEC(1));
  assert_state(w, "root/x", SUP_STATE_RUNNING);
  runs(w, "root/x", runnable("x"));
  assert_int_equal(says_healthy(w, "root/x"), 0);
  world_free(w);
}

/* R3, B4 MON-56 MON-57 */
static void r3_a_wait_ends_with_the_parent(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  runs(w, "root", runnable("p"));
  runs(w, "root/p", runnable_after("n", SEC(60)));
  fails(w, "p/n");
  forget(w);
  fails(w, "root/p");
  assert_events(w, "W! root/p, W scheduled:1000ms root/p, "
                   "W unscheduled root/p/n");
  assert_int_equal(child(w, "p/n")->starts, 1);
  advance(w, SEC(1));
  assert_state(w, "root/p", SUP_STATE_RUNNING);
  world_free(w);
}

/* ---- R4 ----------------------------------------------------------------- */

/* R4 MON-7 MON-31 MON-34 */
static void r4_what_is_done_leaves_its_children(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  runs(w, "root", runnable("c"));
  assert_int_equal(says_healthy(w, "root"), 0);
  assert_int_equal(says_done(w, "root"), 0);
  assert_state(w, "root", SUP_STATE_HEALTHY);
  forget(w);
  advance(w, SEC(3));
  uint64_t when = w->now;
  completes(w, "root");
  assert_events(w, "W done root");
  assert_state(w, "root", SUP_STATE_DONE);
  assert_int_equal(world_info(w, "root", NULL).changed_at, when); /* R7 */
  assert_state(w, "root/c", SUP_STATE_RUNNING);
  assert_true(sup__engine_is_ready(w->engine));
  fails(w, "root/c");
  advance(w, SEC(1));
  assert_state(w, "root/c", SUP_STATE_RUNNING);
  assert_int_equal(child(w, "root")->starts, 1);
  forget(w);
  stop(w);
  assert_events(w, "W stopping:cancel root, W stopping:cancel root/c, "
                   "W- root/c, W- root");
  assert_ended(w, 0);
  world_free(w);
}

/* R4 MON-42 MON-48 MON-64 */
static void r4_what_is_done_runs_again_with_its_group(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  assert_int_equal(run_group(w, "root", SUP_GROUP_EACH, runnable("one"),
                             runnable("two"), runnable("three"), NULL),
                   0);
  runs(w, "root/one", runnable("below"));
  is_done(w, "root/one");
  /* This one has said so, but not returned. */
  assert_int_equal(says_healthy(w, "three"), 0);
  assert_int_equal(says_done(w, "three"), 0);
  child(w, "three")->on_stop = WORLD_RETURNS;
  forget(w);
  fails(w, "root/two");
  assert_actions(w, "end two#1, cancel three#1, cancel below#1, end three#1, "
                    "end below#1, start one#2, start three#2");
  assert_state(w, "root/one", SUP_STATE_RUNNING);
  assert_state(w, "root/three", SUP_STATE_RUNNING);
  assert_int_equal(world_info(w, "root/one", NULL).children, 0);
  assert_state(w, "root/two", SUP_STATE_WAITING);
  advance(w, SEC(1));
  assert_int_equal(child(w, "root/two")->starts, 2);
  world_free(w);
}

/* R4, D2 */
static void r4_what_is_done_can_be_restarted(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one("top", runnable("a"), NULL));
  is_done(w, "top/a");
  forget(w);
  assert_int_equal(sup__engine_restart(w->engine, handle(w, "top/a"), NULL), 0);
  world_run(w);
  assert_events(w, "W- top/a, W+ top/a");
  assert_int_equal(sup__engine_terminate(w->engine, handle(w, "top/a"), NULL),
                   0);
  world_run(w);
  assert_state(w, "top/a", SUP_STATE_STOPPED);
  world_free(w);
}

/* X5, R3: "restart me" is no failure. */
static void r4_what_asks_for_its_restart_has_not_failed(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one("top", runnable("a"), NULL));
  runs(w, "top/a", worker("x"));
  assert_int_equal(says_healthy(w, "top/a"), 0);
  assert_int_equal(sup__engine_request_restart(w->engine, handle(w, "top/a")),
                   0);
  forget(w);
  completes(w, "top/a");
  assert_events(w, "Wc top/a, W scheduled:1000ms top/a, "
                   "W stopping:cancel top/a/x, W- top/a/x");
  advance(w, SEC(1));
  assert_state(w, "top/a", SUP_STATE_RUNNING);
  assert_int_equal(world_info(w, "top/a", NULL).children, 0);
  world_free(w);
}

/* D2, R6: the backoff is for what it does by itself: who is restarted by
 * request does not wait, and the next failure waits as the first one does. */
static void d2_a_restart_by_request_is_not_delayed(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one("top", runnable("a"), NULL));
  for (int i = 0; i < 5; i++) {
    runs(w, "top/a", worker("x"));
    if (i % 2 == 0)
      assert_int_equal(says_healthy(w, "top/a"), 0);
    forget(w);
    assert_int_equal(sup__engine_restart(w->engine, handle(w, "top/a"), NULL),
                     0);
    world_run(w);
    assert_events(w, "W stopping:cancel top/a, W stopping:cancel top/a/x, "
                     "W- top/a/x, W stopping:cancel top/a, W- top/a, "
                     "W+ top/a");
  }
  forget(w);
  fails(w, "top/a");
  assert_events(w, "W! top/a, W scheduled:1000ms top/a");
  world_free(w);
}

/* R4, X1 MON-37 MON-38 MON-39 MON-63 */
static void r4_an_end_after_a_stop_is_a_clean_one(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  assert_int_equal(run_group(w, "root", SUP_GROUP_EACH, runnable("returns"),
                             runnable("throws"), runnable("canceled"),
                             runnable("dies"), NULL),
                   0);
  child(w, "returns")->on_stop = WORLD_RETURNS;
  child(w, "throws")->on_stop = WORLD_STOP_FAILS;
  forget(w);
  fails(w, "dies");
  /* All are back but the one that died; nobody was asked twice. */
  assert_int_equal(child(w, "returns")->starts, 2);
  assert_int_equal(child(w, "throws")->starts, 2);
  assert_int_equal(child(w, "canceled")->starts, 2);
  assert_int_equal(child(w, "returns")->stops, 1);
  assert_int_equal(child(w, "canceled")->stops, 1);
  assert_failure(w, "throws", SUP_EFAILED);
  assert_failure(w, "returns", 0);
  assert_state(w, "dies", SUP_STATE_WAITING);
  world_free(w);
}

/* R0, X1: a body that comes to its end because of what happens below it while
 * all is being stopped. */
static void r4_a_body_that_ends_before_its_turn_in_a_stop(void **state) {
  (void)state;
  struct world *w = world_of_runnables(
      one_for_one("top", runnable("a"), runnable("b"), NULL));
  for (int i = 0; i < 2; i++) {
    runs(w, i == 0 ? "top/a" : "top/b", worker("x"));
    child(w, i == 0 ? "top/a/x" : "top/b/x")->stop_takes = SEC(1);
  }
  stop(w);
  exits(w, "top/b", SUP_OUTCOME_CANCELED);
  assert_int_equal(child(w, "top/b")->stops, 0);
  advance(w, SEC(1));
  fails(w, "top/a");
  advance(w, SEC(1));
  assert_ended(w, SUP_ETERMINATION);
  assert_state(w, "top/b", SUP_STATE_STOPPED);
  assert_failure(w, "top/b", 0);
  assert_failure(w, "top/a", SUP_EFAILED);
  world_free(w);
}

/* ---- R6 ----------------------------------------------------------------- */

/* R6 MON-60 MON-61 MON-66 */
static void r6_the_backoff_of_a_runnable(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    struct world *w = world_create_seeded(
        one_for_one("top",
                    world_made(sup_runnable_spec("a", &world_plain, NULL)),
                    NULL),
        seed);
    double nominal = 500;
    launch(w);
    for (int k = 0; k < 30; k++) {
      int64_t delay;
      fails(w, "top/a");
      delay = world_record(w, SUP_EVENT_RESTART_SCHEDULED, "a").detail;
      assert_true((double)delay >= nominal * 0.5e6);
      assert_true((double)delay <= nominal * 1.5e6 && (double)delay <= 60e9);
      nominal = nominal * 1.5 > 60000 ? 60000 : nominal * 1.5;
      advance(w, (sup_duration)delay);
      /* R6: it tolerates all of it. */
      assert_state(w, "top/a", SUP_STATE_RUNNING);
    }
    world_free(w);
  }
}

/* R6, B3 MON-62 MON-69 */
static void r6_only_time_resets_it(void **state) {
  (void)state;
  struct world *w = world_of_runnables(
      one_for_one("top", paced(runnable("a"), SEC(1), 2.0, SEC(60)), NULL));
  fails(w, "top/a");
  advance(w, SEC(1));
  assert_int_equal(says_healthy(w, "top/a"), 0);
  forget(w);
  fails(w, "top/a");
  assert_events(w, "W! top/a, W scheduled:2000ms top/a");
  advance(w, SEC(2));
  assert_int_equal(says_healthy(w, "top/a"), 0);
  advance(w, SEC(10));
  forget(w);
  fails(w, "top/a");
  assert_events(w, "W! top/a, W scheduled:1000ms top/a");
  world_free(w);
}

/* B3: it was up until its body ended, not until all below had gone. */
static void r6_up_is_the_body(void **state) {
  (void)state;
  struct world *w = world_of_runnables(
      one_for_one("top", paced(runnable("a"), SEC(1), 2.0, SEC(60)), NULL));
  fails(w, "top/a");
  advance(w, SEC(1));
  runs(w, "top/a", shutdown_of(worker("x"), SEC(30)));
  child(w, "a/x")->stop_takes = SEC(20);
  advance(w, SEC(1));
  forget(w);
  fails(w, "top/a");
  assert_events(w, "W! top/a, W scheduled:2000ms top/a, "
                   "W stopping:cancel top/a/x");
  assert_int_equal(world_record(w, SUP_EVENT_FAILED, "a").duration, SEC(1));
  world_free(w);
}

/* ---- The root ----------------------------------------------------------- */

/* R3 MON-6 */
static void r3_the_root_is_restarted_for_ever(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  for (int i = 0; i < 50; i++) {
    runs(w, "root", runnable("c"));
    assert_int_equal(says_healthy(w, "root"), 0);
    forget(w);
    fails(w, "root");
    assert_events(w, "W! root, W scheduled:1000ms root, "
                     "W stopping:cancel root/c, W- root/c");
    assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
    assert_false(sup__engine_is_ready(w->engine));
    advance(w, SEC(1));
    assert_state(w, "root", SUP_STATE_RUNNING);
    assert_int_equal(world_info(w, "root", NULL).restarts, (uint64_t)i + 1);
  }
  world_free(w);
}

/* R3, H6 MON-74 */
static void r3_a_root_that_waits_is_stopped_at_once(void **state) {
  (void)state;
  for (int force = 0; force < 2; force++) {
    struct world *w = world_of_runnables(runnable("root"));
    fails(w, "root");
    forget(w);
    if (force) {
      sup__engine_force(w->engine);
      world_run(w);
    } else {
      stop_within(w, SEC(1));
    }
    assert_events(w, "W unscheduled root, W- root");
    assert_ended(w, 0);
    advance(w, SEC(10));
    assert_int_equal(child(w, "root")->starts, 1);
    world_free(w);
  }
}

/* S7 */
static void s7_a_root_that_never_came_up_is_not_tried_again(void **state) {
  (void)state;
  struct world *w = world_create(runnable("root"));
  child(w, "root")->on_start = WORLD_REFUSES;
  launch(w);
  assert_events(w, "W# root");
  assert_ended(w, SUP_ESTART);
  world_free(w);
}

/* X4 */
static void x4_a_restart_of_the_root_that_fails_is_tried_again(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  child(w, "root")->on_start = WORLD_REFUSES;
  child(w, "root")->bad_starts = 2;
  fails(w, "root");
  forget(w);
  advance(w, SEC(3));
  assert_events(w, "W# root, W scheduled:1000ms root, "
                   "W# root, W scheduled:1000ms root, W+ root");
  world_free(w);
}

/* X4, X6: also of one that is only restarted because its failure asks for it */
static void x4_a_forced_restart_of_the_root_that_fails(void **state) {
  (void)state;
  struct world *w =
      world_of_runnables(restarting(runnable("root"), SUP_TEMPORARY));
  child(w, "root")->on_start = WORLD_REFUSES;
  child(w, "root")->bad_starts = 1;
  exits(w, "root", SUP_OUTCOME_FORCED);
  forget(w);
  advance(w, SEC(2));
  assert_events(w, "W# root, W scheduled:1000ms root, W+ root");
  fails(w, "root"); /* X2 */
  assert_ended(w, SUP_EFAILED);
  world_free(w);
}

/* X6, T1 */
static void x6_a_root_can_fail_for_good(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  exits(w, "root", SUP_OUTCOME_HOPELESS);
  assert_ended(w, SUP_EFAILED);
  world_free(w);
  sup_spec *spec = runnable("root");
  assert_int_equal(
      sup_spec_set_child_tolerance(spec, 1, SEC(5), SUP_EXCEEDED_ESCALATE), 0);
  w = world_of_runnables(spec);
  fails(w, "root");
  advance(w, SEC(1));
  forget(w);
  fails(w, "root");
  assert_events(w, "W! root");
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
  /* X4: its last failure may be that of a restart. */
  spec = runnable("root");
  assert_int_equal(
      sup_spec_set_child_tolerance(spec, 1, SEC(5), SUP_EXCEEDED_ESCALATE), 0);
  w = world_of_runnables(spec);
  child(w, "root")->on_start = WORLD_REFUSES;
  fails(w, "root");
  forget(w);
  advance(w, SEC(1));
  assert_events(w, "W# root");
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* I2 */
static void i2_a_root_waits_for_what_is_left_of_it(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  runs(w, "root", worker("x"));
  child(w, "root/x")->on_stop = WORLD_IGNORES;
  fails(w, "root");
  advance(w, SEC(7));
  assert_state(w, "root", SUP_STATE_STUCK);
  completes(w, "root/x");
  assert_state(w, "root", SUP_STATE_RUNNING);
  assert_int_equal(child(w, "root")->starts, 2);
  /* Or is stopped meanwhile. */
  runs(w, "root", worker("x"));
  fails(w, "root");
  advance(w, SEC(7));
  forget(w);
  stop(w);
  assert_events(w, "W- root");
  assert_ended(w, 0);
  world_free(w);
}

/* R6, B2: without a backoff of its own it has the standard one, as its children
 * would. */
static void b2_a_root_without_a_backoff_of_its_own(void **state) {
  (void)state;
  sup_spec *spec = sup_runnable_spec("root", &world_plain, NULL);
  sup_spec *plain = worker("plain");
  assert_int_equal(sup_spec_share_policy(spec, plain), 0);
  sup_spec_unref(plain);
  struct world *w = world_of_runnables(spec);
  for (int i = 0; i < 3; i++)
    fails(w, "root");
  assert_int_equal(child(w, "root")->starts, 4);
  fails(w, "root");
  assert_state(w, "root", SUP_STATE_WAITING);
  advance(w, MS(12));
  assert_int_equal(child(w, "root")->starts, 5);
  world_free(w);
}

/* ---- Groups (G2, B6) ---------------------------------------------------- */

/* G2 MON-45 MON-52 */
static void g2_each_member_is_back_as_soon_as_it_is_gone(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  assert_int_equal(run_group(w, "root", SUP_GROUP_EACH, runnable("a"),
                             runnable("b"), runnable("c"), NULL),
                   0);
  runs(w, "root", runnable("stranger"));
  child(w, "root/b")->stop_takes = SEC(2);
  forget(w);
  fails(w, "root/a");
  assert_int_equal(child(w, "root/c")->starts, 2);
  advance(w, SEC(1));
  assert_int_equal(child(w, "root/a")->starts, 2);
  assert_int_equal(child(w, "root/b")->starts, 1);
  advance(w, SEC(1));
  assert_int_equal(child(w, "root/b")->starts, 2);
  assert_int_equal(child(w, "stranger")->starts, 1);
  assert_int_equal(child(w, "root")->starts, 1);
  world_free(w);
}

/* G2 */
static void g2_with_a_barrier_all_begin_together(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  assert_int_equal(run_group(w, "root", SUP_GROUP_TOGETHER, runnable("a"),
                             runnable("b"), runnable("c"), NULL),
                   0);
  child(w, "root/b")->stop_takes = SEC(2);
  forget(w);
  fails(w, "root/a");
  advance(w, MS(1999));
  assert_actions(w, "end a#1, cancel c#1, end c#1, cancel b#1");
  advance(w, MS(1));
  assert_actions(w, "end b#1, start a#2, start b#2, start c#2");
  world_free(w);
}

/* B6 MON-67 MON-68 */
static void b6_a_canceled_wait_keeps_its_delay(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  assert_int_equal(run_group(w, "root", SUP_GROUP_EACH,
                             paced(runnable("a"), SEC(1), 2.0, SEC(60)),
                             paced(runnable("b"), SEC(1), 2.0, SEC(60)), NULL),
                   0);
  child(w, "root/a")->lives = child(w, "root/b")->lives = MS(1);
  child(w, "root/a")->ends = child(w, "root/b")->ends = SUP_OUTCOME_FAILED;
  fails(w, "root/a");
  fails(w, "root/b"); /* while a waits: a goes on waiting */
  advance(w, SEC(60));
  /* A lone one that always fails would run at 0, 1, 3, 7, 15, 31 s. */
  assert_in_range(child(w, "root/a")->starts, 5, 12);
  assert_in_range(child(w, "root/b")->starts, 5, 12);
  world_free(w);
}

/* R3, X3 */
static void r3_groups_are_forgotten_when_the_parent_is_restarted(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  for (int i = 0; i < 20; i++) {
    sup_group_mode mode = i % 2 ? SUP_GROUP_EACH : SUP_GROUP_TOGETHER;
    for (int k = 0; k < 3; k++) {
      char a[8], b[8];
      snprintf(a, sizeof(a), "a%d", k);
      snprintf(b, sizeof(b), "b%d", k);
      assert_int_equal(
          run_group(w, "root", mode, runnable(a), runnable(b), NULL), 0);
    }
    fails(w, i % 3 ? "root/a1" : "root/b2");
    fails(w, "root");
    advance(w, SEC(1));
    assert_int_equal(world_info(w, "root", NULL).children, 0);
  }
  world_free(w);
}

/* ---- Who waits for it --------------------------------------------------- */

static int ask_healthy(struct world *w, const char *path) {
  struct world_request *request = &w->requests[w->asked];
  int r;
  memset(request, 0, sizeof(*request));
  request->what = "healthy";
  snprintf(request->name, sizeof(request->name), "%s", path);
  request->request.any_thread = true;
  r = sup__engine_await_healthy(w->engine, handle(w, path), &request->request);
  if (r == 0)
    w->asked++;
  world_run(w);
  return r;
}

/* R2, R7 */
static void r2_who_waits_is_told_when_it_is_healthy(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  runs(w, "root", runnable("a"));
  assert_int_equal(ask_healthy(w, "root/a"), 0);
  assert_answers(w, "");
  /* In whatever incarnation. */
  fails(w, "root/a");
  advance(w, SEC(1));
  assert_answers(w, "");
  assert_int_equal(says_healthy(w, "root/a"), 0);
  assert_answers(w, "healthy root/a:0");
  assert_int_equal(ask_healthy(w, "root/a"), 0);
  assert_answers(w, "healthy root/a:0");
  /* That of the one before does not count. */
  fails(w, "root/a");
  assert_int_equal(ask_healthy(w, "root/a"), 0);
  assert_answers(w, "");
  stop(w);
  assert_answers(w, "healthy root/a:-11");
  world_free(w);
}

/* R2 */
static void r2_who_waits_is_told_when_it_will_not_be_healthy(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  runs(w, "root", transient("completes"));
  runs(w, "root", runnable("hopeless"));
  runs(w, "root", runnable("stopped"));
  runs(w, "root", runnable("p"));
  runs(w, "root/p", runnable("deep"));
  const char *const paths[] = {"root/completes", "root/hopeless",
                               "root/stopped", "root/p/deep"};
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(ask_healthy(w, paths[i]), 0);
  completes(w, "root/completes");
  assert_answers(w, "healthy root/completes:-21");
  exits(w, "root/hopeless", SUP_OUTCOME_HOPELESS);
  assert_answers(w, "healthy root/hopeless:-21");
  assert_int_equal(ask_healthy(w, "root/hopeless"), SUP_ENOTRUNNING);
  assert_int_equal(
      sup__engine_terminate(w->engine, handle(w, "root/stopped"), NULL), 0);
  world_run(w);
  assert_answers(w, "healthy root/stopped:-11");
  fails(w, "root/p");
  assert_answers(w, "healthy root/p/deep:-11");
  world_free(w);
}

/* R2, D8: of what is on its way down nobody is told that it is healthy. */
static void r2_what_stops_is_not_waited_for(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  runs(w, "root", runnable("p"));
  runs(w, "root/p", runnable("a"));
  assert_int_equal(says_healthy(w, "p/a"), 0);
  child(w, "p/a")->stop_takes = SEC(1);
  assert_int_equal(sup__engine_restart(w->engine, handle(w, "root/p/a"), NULL),
                   0);
  world_run(w);
  /* The next incarnation may be. */
  assert_int_equal(ask_healthy(w, "root/p/a"), 0);
  assert_answers(w, "");
  advance(w, SEC(1));
  assert_int_equal(says_healthy(w, "p/a"), 0);
  assert_answers(w, "healthy root/p/a:0");
  assert_int_equal(sup__engine_terminate(w->engine, handle(w, "root/p"), NULL),
                   0);
  world_run(w);
  assert_state(w, "root/p/a", SUP_STATE_STOPPING);
  assert_int_equal(ask_healthy(w, "root/p/a"), SUP_ESTOPPING);
  stop(w);
  assert_int_equal(ask_healthy(w, "root/p"), SUP_ESTOPPING);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(r2_healthy_twice_is_misuse),
      WORLD_TEST(r2_done_is_said_once_and_after_healthy),
      WORLD_TEST(r2_who_misused_and_then_failed_has_failed_with_its_error),
      WORLD_TEST(r2_for_other_children_a_second_signal_is_no_failure),
      WORLD_TEST(r2_who_is_asked_to_stop_may_still_say_that_it_is_healthy),
      WORLD_TEST(r3_what_ends_without_done_is_dead),
      WORLD_TEST(r3_failure_never_spreads_to_the_parent),
      WORLD_TEST(r3_a_supervisor_counts_no_failures_of_runnables),
      WORLD_TEST(r3_a_restart_begins_with_nothing_below),
      WORLD_TEST(r3_a_wait_ends_with_the_parent),
      WORLD_TEST(r4_what_is_done_leaves_its_children),
      WORLD_TEST(r4_what_is_done_runs_again_with_its_group),
      WORLD_TEST(r4_what_is_done_can_be_restarted),
      WORLD_TEST(d2_a_restart_by_request_is_not_delayed),
      WORLD_TEST(r4_what_asks_for_its_restart_has_not_failed),
      WORLD_TEST(r4_an_end_after_a_stop_is_a_clean_one),
      WORLD_TEST(r4_a_body_that_ends_before_its_turn_in_a_stop),
      WORLD_TEST(r6_the_backoff_of_a_runnable),
      WORLD_TEST(r6_only_time_resets_it),
      WORLD_TEST(r6_up_is_the_body),
      WORLD_TEST(r3_the_root_is_restarted_for_ever),
      WORLD_TEST(r3_a_root_that_waits_is_stopped_at_once),
      WORLD_TEST(s7_a_root_that_never_came_up_is_not_tried_again),
      WORLD_TEST(x4_a_restart_of_the_root_that_fails_is_tried_again),
      WORLD_TEST(x4_a_forced_restart_of_the_root_that_fails),
      WORLD_TEST(x6_a_root_can_fail_for_good),
      WORLD_TEST(i2_a_root_waits_for_what_is_left_of_it),
      WORLD_TEST(b2_a_root_without_a_backoff_of_its_own),
      WORLD_TEST(g2_each_member_is_back_as_soon_as_it_is_gone),
      WORLD_TEST(g2_with_a_barrier_all_begin_together),
      WORLD_TEST(b6_a_canceled_wait_keeps_its_delay),
      WORLD_TEST(r3_groups_are_forgotten_when_the_parent_is_restarted),
      WORLD_TEST(r2_who_waits_is_told_when_it_is_healthy),
      WORLD_TEST(r2_who_waits_is_told_when_it_will_not_be_healthy),
      WORLD_TEST(r2_what_stops_is_not_waited_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
