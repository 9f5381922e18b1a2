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

/* R: runnables, their bodies, and what they run. */

#include "engine_runnable.h"

/* ---- R0 ----------------------------------------------------------------- */

/* R0 */
static void r0_a_runnable_is_one_node(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one("top", runnable("a"), NULL));
  assert_events(w, "W+ top/a, S+ top");
  assert_actions(w, "start a#1");
  uint64_t count = 0;
  struct sup_ref a = handle(w, "top/a");
  assert_int_equal(sup__engine_child_count(w->engine, handle(w, "top"), &count),
                   0);
  assert_int_equal(count, 1);
  assert_int_equal(sup__engine_child_count(w->engine, a, &count), 0);
  assert_int_equal(count, 0);
  assert_int_equal(world_count(w).nodes, 2);
  assert_int_equal(world_count(w).starts, 2);
  assert_int_equal(world_count(w).running, 1);
  sup_node_info info = world_info(w, "a", NULL);
  assert_int_equal(info.kind, SUP_KIND_CALLBACK);
  assert_int_equal(info.depth, 1);
  assert_int_equal(info.children, 0);
  struct sup_ref found;
  assert_int_equal(sup__engine_find(w->engine, a, "a", 1, &found),
                   SUP_ENOTFOUND);
  /* Its own name is free among its children. */
  runs(w, "top/a", runnable("a"));
  assert_events(w, "W+ top/a/a");
  assert_int_equal(world_info(w, "top/a", NULL).children, 1);
  assert_int_equal(world_count(w).nodes, 3);
  stop(w);
  assert_events(w, "S stopping:cancel top, W stopping:cancel top/a, "
                   "W stopping:cancel top/a/a, W- top/a/a, "
                   "W stopping:cancel top/a, W- top/a, S- top");
  world_free(w);
}

/* R0 */
static void
r0_stop_takes_the_children_in_reverse_order_then_the_body(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  runs(w, "root", runnable("a"));
  runs(w, "root", worker("b"));
  runs(w, "root", runnable("c"));
  runs(w, "root/a", runnable("deep"));
  child(w, "root/b")->stop_takes = SEC(1);
  forget(w);
  stop(w);
  assert_actions(w, "cancel c#1, end c#1, cancel b#1");
  assert_false(child(w, "root")->listening);
  advance(w, SEC(1));
  assert_actions(w, "end b#1, cancel deep#1, end deep#1, cancel a#1, end a#1, "
                    "cancel root#1, end root#1");
  assert_ended(w, 0);
  world_free(w);
}

/* R0 */
static void
r0_after_a_failed_body_the_children_stop_side_by_side(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one("top", runnable("a"), NULL));
  runs(w, "a", worker("x"));
  runs(w, "a", runnable("y"));
  runs(w, "a/y", worker("z"));
  child(w, "a/x")->stop_takes = SEC(2);
  child(w, "y/z")->stop_takes = SEC(1);
  forget(w);
  fails(w, "top/a");
  /* The failure is that of the body. What is below a child goes before it all
   * the same. */
  assert_events(w, "W! top/a, W scheduled:1000ms top/a, "
                   "W stopping:cancel top/a/y, W stopping:cancel top/a/x, "
                   "W stopping:cancel top/a/y/z");
  assert_actions(w, "end a#1, cancel x#1, cancel z#1");
  advance(w, SEC(1));
  assert_actions(w, "end z#1, cancel y#1, end y#1");
  assert_state(w, "top/a", SUP_STATE_STOPPING);
  forget(w);
  advance(w, SEC(1));
  /* Gone is all of it, and its wait is over by then. */
  assert_events(w, "W- top/a/x, W+ top/a");
  assert_int_equal(world_info(w, "top/a", NULL).children, 0);
  world_free(w);
}

/* R0, X1 */
static void
r0_the_end_of_a_worker_that_runs_children_is_as_of_any(void **state) {
  (void)state;
  struct world *w = world_of_runnables(
      one_for_one("top", composer(transient("t")), composer(worker("p")),
                  composer(temporary("gone")), NULL));
  runs(w, "top/t", worker("x"));
  runs(w, "top/p", worker("x"));
  runs(w, "top/gone", worker("x"));
  forget(w);
  completes(w, "top/t");
  assert_events(w, "W stopping:cancel top/t, W stopping:cancel top/t/x, "
                   "W- top/t/x, Wc top/t");
  assert_state(w, "top/t", SUP_STATE_COMPLETED);
  completes(w, "top/p");
  assert_events(w, "W stopping:cancel top/p, W stopping:cancel top/p/x, "
                   "W- top/p/x, Wc top/p, W scheduled:0ms top/p, W+ top/p");
  completes(w, "top/gone");
  assert_int_equal(world_node(w, "top/gone"), UINT32_MAX);
  forget(w);
  fails(w, "top/p");
  assert_events(w, "W! top/p, W scheduled:0ms top/p, W+ top/p");
  /* X5: done is for good, with all below it. */
  runs(w, "top/p", worker("x"));
  assert_int_equal(says_done(w, "top/p"), 0);
  forget(w);
  completes(w, "top/p");
  assert_state(w, "top/p", SUP_STATE_COMPLETED);
  assert_int_equal(world_node(w, "top/p/x"), UINT32_MAX);
  world_free(w);
}

/* R0, S6 */
static void r0_a_start_that_fails_is_that_of_the_whole(void **state) {
  (void)state;
  sup_spec *spec = composer(notifier("a"));
  struct world *w = world_create(one_for_one("top", spec, NULL));
  child(w, "top/a")->manual = true;
  world_tick(w);
  assert_int_equal(sup__engine_launch(w->engine), 0);
  world_run(w);
  /* It may run children before it is up. */
  runs(w, "top/a", worker("x"));
  assert_state(w, "top/a", SUP_STATE_STARTING);
  world_tick(w);
  assert_int_equal(sup__engine_start_failed(w->engine, child(w, "top/a")->ref,
                                            sup__token_code(SUP_EINVAL)),
                   0);
  world_run(w);
  assert_ended(w, SUP_ESTART);
  assert_events(w, "W+ top/a/x, W- top/a/x, W# top/a, S# top");
  world_free(w);
}

/* R0, S3 */
static void r0_a_body_may_decline(void **state) {
  (void)state;
  struct world *w = world_create(
      one_for_one("top", composer(worker("a")), runnable("b"), NULL));
  child(w, "top/a")->on_start = WORLD_DECLINES;
  child(w, "top/b")->on_start = WORLD_DECLINES;
  launch(w);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  assert_state(w, "top/a", SUP_STATE_DECLINED);
  assert_state(w, "top/b", SUP_STATE_DECLINED);
  world_free(w);
}

/* R0, H4: one that is not needed, and outlives its stop, is given up as any */
static void r0_a_body_that_declines_and_goes_on(void **state) {
  (void)state;
  sup_spec *a = shutdown_of(runnable("a"), 0);
  assert_int_equal(sup_spec_set_notify_start(a, true), 0);
  struct world *w = world_create(one_for_one("top", a, NULL));
  child(w, "top/a")->manual = true;
  child(w, "top/a")->on_stop = WORLD_IGNORES;
  launch(w);
  assert_int_equal(sup__engine_declined(w->engine, child(w, "top/a")->ref), 0);
  world_run(w);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  assert_state(w, "top/a", SUP_STATE_ABANDONED);
  completes(w, "top/a");
  assert_state(w, "top/a", SUP_STATE_STOPPED);
  world_free(w);
}

/* R0, I2 */
static void r0_what_outlives_its_ladder_holds_the_restart_up(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one("top", runnable("a"), NULL));
  runs(w, "top/a", runnable("x"));
  child(w, "a/x")->on_stop = WORLD_IGNORES;
  forget(w);
  fails(w, "top/a");
  advance(w, MS(4999));
  assert_state(w, "top/a", SUP_STATE_STOPPING);
  advance(w, MS(1));
  /* x was given up after 5 s; a is stuck for its replacement. */
  assert_state(w, "top/a", SUP_STATE_STUCK);
  assert_int_equal(child(w, "top/a")->starts, 1);
  completes(w, "a/x");
  assert_int_equal(child(w, "top/a")->starts, 2);
  assert_state(w, "top/a", SUP_STATE_RUNNING);
  assert_int_equal(world_node(w, "a/x"), UINT32_MAX);
  world_free(w);
}

/* R0, H4 */
static void r0_a_body_that_outlives_its_ladder(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one("top", runnable("a"), NULL));
  child(w, "top/a")->on_stop = WORLD_IGNORES;
  forget(w);
  stop(w);
  /* H8: it is the runnable that the stop waits for. */
  uint32_t node = world_node(w, "top/a");
  assert_true(sup__engine_is_found(w->engine, SUP_SEARCH_STOPPING, node));
  sup_node_info info = world_info(w, "top/a", NULL);
  assert_int_equal(info.step_count, 1);
  assert_int_equal(info.deadline, w->now + SEC(5));
  advance(w, SEC(5));
  assert_events(w, "S stopping:cancel top, W stopping:cancel top/a, W! top/a, "
                   "S! top");
  assert_ended(w, SUP_ETERMINATION);
  struct sup_error *error =
      sup__token_object(sup__engine_result(w->engine))->related;
  assert_int_equal(error->code, SUP_EABANDONED);
  assert_string_equal(error->path, "top/a");
  assert_state(w, "top/a", SUP_STATE_ABANDONED);
  world_free(w);
}

/* R0, H3 */
static void r0_a_budget_reaches_the_body(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  runs(w, "root", worker("a"));
  child(w, "root/a")->on_stop = WORLD_IGNORES;
  child(w, "root")->on_stop = WORLD_IGNORES;
  stop_within(w, SEC(2));
  advance(w, MS(1799));
  assert_false(child(w, "root")->stops > 0);
  advance(w, MS(1)); /* the reserve: all are asked */
  assert_int_equal(child(w, "root")->stops, 1);
  advance(w, MS(200));
  assert_ended(w, SUP_ETERMINATION);
  world_free(w);
}

/* R0, W1 */
static void r0_a_body_promises_signs_of_life(void **state) {
  (void)state;
  sup_spec *spec = runnable("a");
  assert_int_equal(sup_spec_set_heartbeat(spec, SEC(1)), 0);
  struct world *w = world_of_runnables(one_for_one("top", spec, NULL));
  world_show(w, SUP_EVENT_SILENT);
  runs(w, "top/a", worker("x"));
  forget(w);
  advance(w, MS(900));
  assert_int_equal(sup__engine_heartbeat(w->engine, handle(w, "top/a"), w->now),
                   0);
  advance(w, MS(900));
  assert_events(w, "");
  advance(w, MS(100));
  assert_events(w, "W silent top/a, W stopping:cancel top/a, "
                   "W! top/a, W scheduled:1000ms top/a, "
                   "W stopping:cancel top/a/x, W- top/a/x");
  world_free(w);
}

/* R7, E5: whatever its body is taken down for, it is on its way down. */
static void r7_a_body_on_its_way_down_shows(void **state) {
  (void)state;
  for (int why = 0; why < 4; why++) {
    sup_spec *spec = runnable("a");
    assert_int_equal(sup_spec_set_heartbeat(spec, SEC(1)), 0);
    assert_int_equal(sup_spec_set_start_timeout(spec, SEC(2)), 0);
    assert_int_equal(sup_spec_set_notify_start(spec, why > 0), 0);
    struct world *w = world_create(one_for_one("top", spec, NULL));
    child(w, "top/a")->manual = why > 0;
    child(w, "top/a")->stop_takes = SEC(3);
    launch(w);
    runs(w, "top/a", worker("x"));
    world_tick(w);
    struct sup_ref ref = child(w, "top/a")->ref;
    if (why == 1)
      assert_int_equal(sup__engine_start_failed(w->engine, ref, 0), 0);
    if (why == 2)
      assert_int_equal(sup__engine_declined(w->engine, ref), 0);
    world_run(w);
    advance(w, SEC(2));
    assert_state(w, "top/a", SUP_STATE_STOPPING);
    assert_false(sup__engine_is_ready(w->engine));
    assert_true(sup__engine_is_found(w->engine, SUP_SEARCH_UNREADY,
                                     world_node(w, "top/a")));
    sup_node_info info = world_info(w, "top/a", NULL);
    assert_int_equal(info.step_count, 1);
    assert_int_equal(info.changed_at, why == 0   ? w->now - SEC(1)
                                      : why == 3 ? w->now
                                                 : w->now - SEC(2));
    /* What it runs goes on until it has ended. */
    assert_state(w, "top/a/x", SUP_STATE_RUNNING);
    advance(w, SEC(3));
    assert_state(w, "top/a",
                 why == 0   ? SUP_STATE_RUNNING
                 : why == 2 ? SUP_STATE_DECLINED
                            : SUP_STATE_FAILED);
    world_free(w);
  }
}

/* X6, T4: what a body says of its end when it is stopped for a child is none of
 * its supervisor's. */
static void x6_the_end_of_a_body_that_was_stopped(void **state) {
  (void)state;
  sup_spec *x = unpaced(worker("x"));
  assert_int_equal(
      sup_spec_set_child_tolerance(x, 0, SEC(5), SUP_EXCEEDED_ESCALATE), 0);
  struct world *w = world_of_runnables(one_for_one("top", runnable("a"), NULL));
  runs(w, "top/a", x);
  child(w, "top/a")->on_stop = WORLD_IGNORES;
  fails(w, "a/x");
  forget(w);
  exits(w, "top/a", SUP_OUTCOME_HOPELESS);
  assert_events(w, "W! top/a, W scheduled:1000ms top/a");
  world_free(w);
}

/* R7, E5: of the root */
static void r7_a_root_on_its_way_down_shows(void **state) {
  (void)state;
  sup_spec *spec = runnable("root");
  assert_int_equal(sup_spec_set_heartbeat(spec, SEC(1)), 0);
  struct world *w = world_of_runnables(spec);
  child(w, "root")->stop_takes = SEC(3);
  assert_int_equal(says_healthy(w, "root"), 0);
  advance(w, SEC(1));
  assert_state(w, "root", SUP_STATE_STOPPING);
  assert_false(sup__engine_is_ready(w->engine));
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_STOPPING);
  advance(w, SEC(4));
  assert_state(w, "root", SUP_STATE_RUNNING);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  world_free(w);
}

/* ---- R1, R5, R8 --------------------------------------------------------- */

/* R1 MON-12 MON-19 MON-20 */
static void r1_children_are_run_until_healthy(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  assert_events(w, "W+ root");
  runs(w, "root", runnable("a"));
  assert_events(w, "W+ root/a");
  assert_int_equal(run(w, "root", runnable("a")), SUP_EEXIST);
  assert_int_equal(says_healthy(w, "root"), 0);
  assert_events(w, "W healthy root");
  assert_int_equal(run(w, "root", runnable("b")), SUP_EHEALTHY);
  assert_int_equal(world_node(w, "b"), UINT32_MAX);
  assert_state(w, "root/a", SUP_STATE_RUNNING);
  world_free(w);
}

/* R1 */
static void r1_only_the_body_adds_to_it(void **state) {
  (void)state;
  struct world *w = world_of_runnables(
      one_for_one("top", runnable("a"), worker("plain"), NULL));
  sup_spec *spec = worker("x");
  struct sup_ref made;
  sup__spec_freeze(spec);
  assert_int_equal(
      sup__engine_add(w->engine, handle(w, "top/a"), spec, NULL, &made),
      SUP_EINVAL);
  sup_spec_unref(spec);
  assert_int_equal(run(w, "top/plain", worker("x")), SUP_EINVAL);
  world_free(w);
}

/* R1, D8 MON-24 */
static void r1_nothing_is_run_by_what_stops(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  runs(w, "root", runnable("a"));
  child(w, "root")->stop_takes = SEC(1);
  child(w, "root/a")->stop_takes = SEC(1);
  stop(w);
  /* Its own turn has not come yet, that of what is below it has. */
  assert_int_equal(run(w, "root", runnable("b")), SUP_ESTOPPING);
  assert_int_equal(run(w, "root/a", runnable("b")), SUP_ESTOPPING);
  world_free(w);
}

/* R1, W1: nor by what is taken down for what it did itself */
static void r1_nothing_is_run_by_what_has_failed(void **state) {
  (void)state;
  sup_spec *silent = runnable("silent");
  sup_spec *late = runnable("late");
  assert_int_equal(sup_spec_set_heartbeat(silent, MS(100)), 0);
  assert_int_equal(sup_spec_set_notify_start(late, true), 0);
  assert_int_equal(sup_spec_set_start_timeout(late, MS(100)), 0);
  struct world *w = world_of_runnables(runnable("root"));
  runs(w, "root", silent);
  sup__spec_freeze(late);
  child(w, "root/silent")->stop_takes = SEC(1);
  child(w, "root/late")->stop_takes = SEC(1);
  child(w, "root/late")->manual = true;
  runs(w, "root", late);
  advance(w, MS(100));
  assert_int_equal(run(w, "root/silent", runnable("x")), SUP_ESTOPPING);
  assert_int_equal(run(w, "root/late", runnable("x")), SUP_ESTOPPING);
  assert_int_equal(world_node(w, "x"), UINT32_MAX);
  world_free(w);
}

/* R5 MON-152 MON-153 MON-154 */
static void r5_a_dead_incarnation_does_nothing(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one("top", runnable("a"), NULL));
  struct sup_ref old = handle(w, "top/a");
  uint64_t stale = world_count(w).stale_reports;
  fails(w, "top/a");
  assert_state(w, "top/a", SUP_STATE_WAITING);
  for (int restarted = 0; restarted < 2; restarted++) {
    assert_int_equal(sup__engine_healthy(w->engine, old), SUP_ESTALE);
    assert_int_equal(sup__engine_done(w->engine, old), SUP_ESTALE);
    assert_int_equal(run_by(w, old, runnable("ghost"), NULL), SUP_ESTALE);
    assert_int_equal(world_info(w, "top/a", NULL).children, 0);
    advance(w, SEC(1));
    assert_state(w, "top/a", SUP_STATE_RUNNING);
  }
  assert_int_equal(world_count(w).stale_reports, stale + 6);
  /* Those of the new one are good. */
  old.incarnation++;
  assert_int_equal(run_by(w, old, runnable("x"), NULL), 0);
  assert_int_equal(sup__engine_healthy(w->engine, old), 0);
  assert_state(w, "top/a", SUP_STATE_HEALTHY);
  world_free(w);
}

/* R5, I3 MON-155 */
static void r5_a_node_that_is_gone_answers_so(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  struct sup_ref a;
  assert_int_equal(run_by(w, child(w, "root")->ref, runnable("a"), &a), 0);
  struct sup_ref old = handle(w, "root/a");
  fails(w, "root");
  advance(w, SEC(1));
  runs(w, "root", runnable("a"));
  assert_int_equal(sup__engine_healthy(w->engine, old), SUP_EGONE);
  assert_int_equal(run_by(w, old, runnable("ghost"), NULL), SUP_EGONE);
  assert_int_equal(sup__engine_exited(w->engine, old, SUP_OUTCOME_COMPLETED, 0),
                   SUP_EGONE);
  assert_state(w, "root/a", SUP_STATE_RUNNING);
  world_free(w);
}

/* R8 MON-18 */
static void r8_a_group_is_run_as_a_whole_or_not(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  assert_int_equal(run_group(w, "root", SUP_GROUP_EACH, NULL), 0);
  runs(w, "root", runnable("b"));
  forget(w);
  for (int mode = SUP_GROUP_TOGETHER; mode <= SUP_GROUP_EACH; mode++) {
    assert_int_equal(run_group(w, "root", (sup_group_mode)mode, runnable("a"),
                               runnable("b"), runnable("c"), NULL),
                     SUP_EEXIST);
    assert_int_equal(run_group(w, "root", (sup_group_mode)mode, runnable("x"),
                               worker("y"), runnable("x"), NULL),
                     SUP_EEXIST);
  }
  assert_actions(w, "");
  assert_events(w, "");
  assert_int_equal(world_info(w, "root", NULL).children, 1);
  assert_int_equal(run_group(w, "root", SUP_GROUP_TOGETHER, runnable("a"),
                             runnable("c"), NULL),
                   0);
  assert_events(w, "W+ root/a, W+ root/c");
  world_free(w);
}

/* R8, C4 */
static void r8_without_memory_nothing_is_run(void **state) {
  (void)state;
  for (int mode = -1; mode <= SUP_GROUP_EACH; mode++) {
    bool done = false;
    for (uint64_t n = 0; !done; n++) {
      struct world *w = world_of_runnables(runnable("root"));
      sup_spec *specs[3] = {runnable("a"),
                            one_for_one("s", worker("x"), runnable("y"), NULL),
                            worker("c")};
      struct sup_ref refs[3];
      sup_group_mode group = (sup_group_mode)mode;
      assert_true(n < 200);
      for (size_t i = 0; i < 3; i++)
        sup__spec_freeze(specs[i]);
      forget(w);
      world_refuse_after = n;
      int r = sup__engine_run(w->engine, child(w, "root")->ref,
                              mode < 0 ? NULL : &group, specs, 3, refs);
      done = r == 0;
      world_refuse_after = UINT64_MAX;
      for (size_t i = 0; i < 3; i++)
        sup_spec_unref(specs[i]);
      world_run(w);
      assert_int_equal(r, done ? 0 : SUP_ENOMEM);
      if (done) {
        assert_events(w, "W+ root/a, W+ root/c, W+ root/s/x, W+ root/s/y, "
                         "S+ root/s");
      } else {
        assert_events(w, "");
        assert_int_equal(world_info(w, "root", NULL).children, 0);
        assert_int_equal(world_count(w).nodes, 1);
      }
      world_free(w);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(r0_a_runnable_is_one_node),
      WORLD_TEST(r0_stop_takes_the_children_in_reverse_order_then_the_body),
      WORLD_TEST(r0_after_a_failed_body_the_children_stop_side_by_side),
      WORLD_TEST(r0_the_end_of_a_worker_that_runs_children_is_as_of_any),
      WORLD_TEST(r0_a_start_that_fails_is_that_of_the_whole),
      WORLD_TEST(r0_a_body_may_decline),
      WORLD_TEST(r0_a_body_that_declines_and_goes_on),
      WORLD_TEST(r0_what_outlives_its_ladder_holds_the_restart_up),
      WORLD_TEST(r0_a_body_that_outlives_its_ladder),
      WORLD_TEST(r0_a_budget_reaches_the_body),
      WORLD_TEST(r0_a_body_promises_signs_of_life),
      WORLD_TEST(r7_a_body_on_its_way_down_shows),
      WORLD_TEST(x6_the_end_of_a_body_that_was_stopped),
      WORLD_TEST(r7_a_root_on_its_way_down_shows),
      WORLD_TEST(r1_children_are_run_until_healthy),
      WORLD_TEST(r1_only_the_body_adds_to_it),
      WORLD_TEST(r1_nothing_is_run_by_what_stops),
      WORLD_TEST(r1_nothing_is_run_by_what_has_failed),
      WORLD_TEST(r5_a_dead_incarnation_does_nothing),
      WORLD_TEST(r5_a_node_that_is_gone_answers_so),
      WORLD_TEST(r8_a_group_is_run_as_a_whole_or_not),
      WORLD_TEST(r8_without_memory_nothing_is_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
