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

/* RULES X and T: what an end brings, and how often. */

#include "engine_world.h"

/* ---- X ------------------------------------------------------------------ */

/* X2, CAP-060 */
static void x2_permanent_fails(void **state) {
  (void)state;
  struct world *w = world_started(
      one_for_one("root", worker("a"), worker("c"), worker("z"), NULL));
  fails(w, "c");
  assert_events(w, "W! root/c, W+ root/c");
  assert_actions(w, "end c#1, start c#2");
  stop(w);
  assert_events(w, "W- root/z, W- root/c, W- root/a, S- root");
  assert_ended(w, 0);
  world_free(w);
}

/* X2, T2, CAP-061 */
static void x2_permanent_completes(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", worker("c"), NULL), 0, SEC(5)));
  for (int i = 0; i < 3; i++) {
    completes(w, "c");
    assert_events(w, "Wc root/c, W+ root/c");
  }
  world_free(w);
}

/* X2 */
static void x2_transient(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", transient("c"), worker("z"), NULL));
  fails(w, "c");
  assert_events(w, "W! root/c, W+ root/c");
  completes(w, "c");
  assert_events(w, "Wc root/c");
  assert_state(w, "root/c", SUP_STATE_COMPLETED);
  assert_actions(w, "end c#1, start c#2, end c#2");
  stop(w);
  assert_events(w, "W- root/z, S- root");
  assert_ended(w, 0);
  world_free(w);
}

/* X2, T2, CAP-066 */
static void x2_temporary(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", temporary("a"), temporary("b"), NULL), 0, SEC(5)));
  sup_tree_counters before = world_count(w);
  assert_int_equal(before.nodes, 3);
  fails(w, "a");
  assert_events(w, "W! root/a");
  completes(w, "b");
  assert_events(w, "Wc root/b");
  assert_actions(w, "end a#1, end b#1");
  assert_int_equal(world_node(w, "root/a"), UINT32_MAX);
  assert_int_equal(world_node(w, "root/b"), UINT32_MAX);
  assert_int_equal(world_count(w).nodes, 1);
  assert_int_equal(world_info(w, "root", NULL).children, 0);
  assert_int_equal(
      sup__engine_exited(w->engine, child(w, "a")->ref, SUP_OUTCOME_FAILED, 0),
      SUP_EGONE);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  stop(w);
  assert_ended(w, 0);
  world_free(w);
}

/* X1: a cancellation that nobody asked for */
static void x1_an_unasked_cancellation_is_a_failure(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", transient("c"), NULL));
  exits(w, "c", SUP_OUTCOME_CANCELED);
  assert_events(w, "W! root/c, W+ root/c");
  assert_int_equal(
      sup__token_value(world_record(w, SUP_EVENT_FAILED, "c").error),
      SUP_ECANCELED);
  world_free(w);
}

/* X1, CAP-044, CAP-046: a return and a cancellation are clean */
static void x1_clean_ends_after_a_stop(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", worker("a"), worker("b"), NULL));
  child(w, "a")->on_stop = WORLD_RETURNS;
  child(w, "b")->on_stop = WORLD_STOPS;
  stop(w);
  assert_events(w, "W- root/b, W- root/a, S- root");
  assert_ended(w, 0);
  world_free(w);
}

/* X1, CAP-039: an error is a failed termination and stops nothing else */
static void x1_a_failed_termination(void **state) {
  (void)state;
  struct world *w = world_started(
      one_for_one("root", worker("a"), worker("b"), worker("c"), NULL));
  child(w, "b")->on_stop = WORLD_STOP_FAILS;
  stop(w);
  assert_events(w, "W- root/c, W! root/b, W- root/a, S! root");
  assert_int_equal(w->seen[SUP_EVENT_TERMINATION_FAILED], 2);
  assert_int_equal(w->seen[SUP_EVENT_FAILED], 0);
  assert_ended(w, SUP_ETERMINATION);
  sup_token result = sup__engine_result(w->engine);
  assert_true(error_names(result, "root/b"));
  assert_true(error_mentions(result, SUP_EFAILED, NULL));
  assert_non_null(error_object(result)->related);
  assert_null(error_object(result)->related->next);
  world_free(w);
}

/* X1, CAP-048: nested */
static void x1_a_failed_termination_below(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", one_for_one("s1", worker("w1"), NULL),
                                one_for_one("s2", worker("w2"), NULL),
                                one_for_one("s3", worker("w3"), NULL), NULL));
  child(w, "w2")->on_stop = WORLD_STOP_FAILS;
  stop(w);
  assert_events(w, "W- root/s3/w3, S- root/s3, W! root/s2/w2, S! root/s2, "
                   "W- root/s1/w1, S- root/s1, S! root");
  assert_ended(w, SUP_ETERMINATION);
  assert_true(error_names(sup__engine_result(w->engine), "root/s2/w2"));
  world_free(w);
}

/* X1: having needed the kill step, unless that was asked for at once */
static void x1_having_needed_the_kill_step(void **state) {
  (void)state;
  struct world *w = world_started(
      one_for_one("root", process("p"),
                  steps_of(process("q"), 1, SUP_STOP_KILL, SEC(2)), NULL));
  child(w, "p")->on_stop = WORLD_IGNORES;
  stop(w);
  assert_events(w, "W- root/q");
  advance(w, SEC(5));
  assert_events(w, "W! root/p, S! root");
  assert_actions(w, "kill q#1, end q#1, cancel p#1, kill p#1, end p#1");
  assert_int_equal(
      sup__token_value(
          world_record(w, SUP_EVENT_TERMINATION_FAILED, "p").error),
      SUP_ESTOPTIMEOUT);
  assert_ended(w, SUP_ETERMINATION);
  world_free(w);
}

/* X3 */
static void x3_a_restart_keeps_place_and_node(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", worker("a"), worker("b"), worker("c"), NULL), 9,
      SEC(5)));
  struct sup_ref before = child(w, "a")->ref;
  for (int i = 0; i < 3; i++)
    fails(w, "a");
  struct sup_ref after = child(w, "a")->ref;
  assert_int_equal(before.node, after.node);
  assert_int_equal(before.generation, after.generation);
  assert_int_equal(before.incarnation, 1);
  assert_int_equal(after.incarnation, 4);
  assert_int_equal(world_info(w, "root/a", NULL).restarts, 3);
  forget(w);
  stop(w);
  assert_events(w, "W- root/c, W- root/b, W- root/a, S- root");
  world_free(w);
}

/* X3: of a supervisor: its static spec, temporaries and completed included */
static void x3_a_supervisors_restart_starts_its_spec(void **state) {
  (void)state;
  struct world *w = world_started(
      one_for_one("root",
                  tolerating(one_for_one("s", worker("a"), temporary("t"),
                                         transient("r"), worker("b"), NULL),
                             0, SEC(5)),
                  worker("z"), NULL));
  struct sup_ref old = child(w, "t")->ref;
  fails(w, "t");
  completes(w, "r");
  assert_events(w, "W! root/s/t, Wc root/s/r");
  assert_int_equal(world_node(w, "t"), UINT32_MAX);
  fails(w, "b");
  assert_events(w, "W! root/s/b, W- root/s/a, S! root/s, W+ root/s/a, "
                   "W+ root/s/t, W+ root/s/r, W+ root/s/b, S+ root/s");
  assert_int_not_equal(world_node(w, "t"), UINT32_MAX);
  /* I3: the handle of the one that was dropped stays gone */
  assert_int_equal(sup__engine_exited(w->engine, old, SUP_OUTCOME_COMPLETED, 0),
                   SUP_EGONE);
  assert_true(sup__engine_is_stopping(w->engine, old));
  assert_state(w, "root/s/t", SUP_STATE_RUNNING);
  world_free(w);
}

/* X4, CAP-072: one incarnation at the end, the failed attempt is told */
static void x4_a_restart_whose_start_fails(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", worker("a"), NULL), 2, SEC(5)));
  child(w, "a")->on_start = WORLD_REFUSES;
  child(w, "a")->bad_starts = 1;
  fails(w, "a");
  assert_events(w, "W! root/a, W# root/a, W+ root/a");
  assert_actions(w, "end a#1, start a#2, start a#3");
  fails(w, "a"); /* both counted: this is the third */
  assert_events(w, "W! root/a, S! root");
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* X4: counted, so it escalates */
static void x4_restarts_that_fail_to_start_exceed_the_tolerance(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", worker("z"), worker("a"), NULL), 3, SEC(5)));
  child(w, "a")->on_start = WORLD_REFUSES;
  fails(w, "a");
  assert_events(w, "W! root/a, W# root/a, W# root/a, W# root/a, W- root/z, "
                   "S! root");
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* X4, CAP-074: a supervisor whose restart fails to start */
static void x4_a_supervisors_restart_fails_to_start(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root",
                  tolerating(with_resource(one_for_one("s", worker("x"),
                                                       worker("y"), NULL)),
                             0, SEC(5)),
                  NULL),
      2, SEC(5)));
  child(w, "y")->on_start = WORLD_REFUSES;
  child(w, "y")->bad_starts = 1;
  fails(w, "x");
  assert_events(w, "W! root/s/x, W- root/s/y, S! root/s, W+ root/s/x, "
                   "W# root/s/y, W- root/s/x, S# root/s, W+ root/s/x, "
                   "W+ root/s/y, S+ root/s");
  assert_int_equal(child(w, "root/s")->builds, 3);
  assert_int_equal(child(w, "root/s")->cleanups, 2);
  world_free(w);
}

/* X4, S4: an unacknowledged restart */
static void x4_a_restart_that_hangs(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", notifier("a"), worker("b"), NULL), 2, SEC(60)));
  child(w, "a")->manual = true;
  fails(w, "a");
  assert_events(w, "W! root/a");
  fails(w, "b"); /* B4, S1: a restart alone holds up nobody */
  assert_events(w, "W! root/b, W+ root/b");
  advance(w, SEC(30));
  assert_events(w, "W# root/a, W- root/b, S! root");
  assert_true(
      error_mentions(sup__engine_result(w->engine), SUP_ESTARTTIMEOUT, NULL));
  world_free(w);
}

/* ---- T ------------------------------------------------------------------ */

/* T1, T5, CAP-075 */
static void t1_one_failure_too_many(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", worker("c1"), worker("c2"), NULL), 2, SEC(10)));
  world_show(w, SUP_EVENT_TOLERANCE_EXCEEDED);
  fails(w, "c1");
  fails(w, "c1");
  assert_events(w, "W! root/c1, W+ root/c1, W! root/c1, W+ root/c1");
  struct sup_error *last = sup__error_new(&world_allocator, SUP_ESYSTEM);
  assert_non_null(last);
  world_tick(w);
  child(w, "c1")->alive = false;
  assert_int_equal(sup__engine_exited(w->engine, child(w, "c1")->ref,
                                      SUP_OUTCOME_FAILED,
                                      sup__token_error(last)),
                   0);
  world_run(w);
  assert_events(w, "W! root/c1, S exceeded root, W- root/c2, S! root");
  assert_ended(w, SUP_ETOLERANCE);
  struct sup_error *error = error_object(sup__engine_result(w->engine));
  assert_string_equal(error->path, "root");
  assert_int_equal(error->tolerance_max, 2);
  assert_true(error->tolerance_window == SEC(10));
  struct sup_error *cause = error_object(error->cause);
  assert_string_equal(cause->path, "root/c1");
  assert_int_equal(sup__token_value(cause->cause), SUP_ESYSTEM);
  assert_int_equal(sup__token_value(error->first), SUP_EFAILED);
  assert_int_equal(w->seen[SUP_EVENT_TOLERANCE_EXCEEDED], 1);
  world_free(w);
}

/* T1, CAP-079: it slides */
static void t1_the_window_slides(void **state) {
  (void)state;
  struct world *w = world_started(
      unpaced(tolerating(one_for_one("root", worker("c"), NULL), 2, MS(200))));
  fails(w, "c"); /* 0 */
  advance(w, MS(180));
  fails(w, "c"); /* 180 */
  advance(w, MS(30));
  fails(w, "c"); /* 210: the first is forgotten */
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  advance(w, MS(10));
  fails(w, "c"); /* 220 */
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* T1: an entry as old as the window still counts, on the nanosecond */
static void t1_the_edge_of_the_window(void **state) {
  (void)state;
  for (sup_duration extra = 0; extra < 2; extra++) {
    struct world *w = world_started(unpaced(
        tolerating(one_for_one("root", worker("c"), NULL), 1, MS(100))));
    fails(w, "c");
    advance(w, MS(100) + extra);
    fails(w, "c");
    assert_int_equal(sup__engine_state(w->engine),
                     extra == 0 ? SUP_TREE_ENDED : SUP_TREE_RUNNING);
    world_free(w);
  }
}

/* T1, T6: a record that has been filled and has slid many times */
static void t1_a_long_record(void **state) {
  (void)state;
  struct world *w = world_started(
      unpaced(tolerating(one_for_one("root", worker("c"), NULL), 7, MS(80))));
  for (int i = 0; i < 100; i++) { /* always 7 in the window, never 8 */
    fails(w, "c");
    advance(w, SUP_MICROSECONDS(11429));
    assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  }
  fails(w, "c");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  fails(w, "c");
  assert_ended(w, SUP_ETOLERANCE);
  assert_int_equal(child(w, "c")->starts, 102);
  world_free(w);
}

/* T2, CAP-082: shared by the children; the first is remembered */
static void t2_the_count_is_shared(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", worker("a"), worker("b"), NULL));
  fails(w, "a");
  exits(w, "b", SUP_OUTCOME_CANCELED);
  assert_events(w, "W! root/a, W+ root/a, W! root/b, W- root/a, S! root");
  struct sup_error *error = error_object(sup__engine_result(w->engine));
  assert_string_equal(error->path, "root");
  struct sup_error *first = error_object(error->first);
  assert_string_equal(first->path, "root/a");
  assert_int_equal(first->code, SUP_EFAILED);
  assert_true(first->cause == 0); /* its code says it all */
  struct sup_error *cause = error_object(error->cause);
  assert_string_equal(cause->path, "root/b");
  assert_int_equal(sup__token_value(cause->cause), SUP_ECANCELED);
  world_free(w);
}

/* T5: the first failure is the last one if there was no other */
static void t5_the_only_failure_is_first_and_last(void **state) {
  (void)state;
  struct world *w =
      world_started(tolerating(one_for_one("root", worker("a"), NULL), 0, 0));
  fails(w, "a");
  assert_ended(w, SUP_ETOLERANCE);
  struct sup_error *error = error_object(sup__engine_result(w->engine));
  assert_true(error->first != 0 && error->first == error->cause);
  world_free(w);
}

/* T2: completions and temporaries are not counted */
static void t2_what_is_not_counted(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", worker("p"), transient("r"),
                             temporary("t"), temporary("u"), NULL),
                 1, 0));
  completes(w, "p");
  completes(w, "p");
  completes(w, "r");
  fails(w, "t");
  exits(w, "u", SUP_OUTCOME_CANCELED);
  fails(w, "p");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  fails(w, "p");
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* T3, CAP-080 */
static void t3_window_0_never_forgets(void **state) {
  (void)state;
  struct world *w =
      world_started(tolerating(one_for_one("root", worker("c"), NULL), 2, 0));
  for (int i = 0; i < 2; i++) {
    fails(w, "c");
    advance(w, SEC(1000000));
  }
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  fails(w, "c");
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* T3, CAP-081 */
static void t3_max_0_tolerates_none(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", worker("z"), worker("c"), NULL), 0, 1));
  advance(w, SEC(100));
  fails(w, "c");
  assert_events(w, "W! root/c, W- root/z, S! root");
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* T3 */
static void t3_unlimited(void **state) {
  (void)state;
  struct world *w = world_started(unpaced(tolerating(
      one_for_one("root", worker("c"), NULL), SUP_UNLIMITED, SEC(5))));
  for (int i = 0; i < 1000; i++) {
    fails(w, "c");
    forget(w);
  }
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  assert_int_equal(child(w, "c")->starts, 1001);
  assert_int_equal(world_count(w).restarts, 1000);
  world_free(w);
}

/* T5, CAP-076, CAP-088 */
static void t5_a_failed_supervisor_is_restarted(void **state) {
  (void)state;
  struct world *w = world_started(
      one_for_one("root",
                  tolerating(one_for_one("s", worker("c1"), worker("c2"), NULL),
                             2, SEC(10)),
                  NULL));
  for (int i = 0; i < 3; i++)
    fails(w, "c1");
  assert_events(w, "W! root/s/c1, W+ root/s/c1, W! root/s/c1, W+ root/s/c1, "
                   "W! root/s/c1, W- root/s/c2, S! root/s, W+ root/s/c1, "
                   "W+ root/s/c2, S+ root/s");
  struct sup_record failed = world_record(w, SUP_EVENT_FAILED, "root/s");
  assert_int_equal(sup__token_value(failed.error), SUP_ETOLERANCE);
  assert_true(error_names(failed.error, "root/s/c1"));
  /* An empty record: two more are tolerated. */
  fails(w, "c1");
  fails(w, "c1");
  assert_events(w, "W! root/s/c1, W+ root/s/c1, W! root/s/c1, W+ root/s/c1");
  /* The parent's record goes on: it has one of the two that are too many. */
  fails(w, "c1");
  assert_events(w, "W! root/s/c1, W- root/s/c2, S! root/s, S! root");
  assert_ended(w, SUP_ETOLERANCE);
  sup_token result = sup__engine_result(w->engine);
  assert_string_equal(error_object(result)->path, "root");
  struct sup_error *below = error_object(error_object(result)->cause);
  assert_string_equal(below->path, "root/s");
  assert_string_equal(error_object(below->cause)->path, "root/s/c1");
  assert_true(error_mentions(result, SUP_EFAILED, NULL));
  world_free(w);
}

/* T5, CAP-085: each level doubles */
static void t5_three_levels(void **state) {
  (void)state;
  sup_spec *sub = unpaced(one_for_one("sub", worker("leaf"), NULL));
  sup_spec *mid = unpaced(one_for_one("mid", with_resource(sub), NULL));
  struct world *w =
      world_started(unpaced(one_for_one("root", with_resource(mid), NULL)));
  int failures = 0;
  while (sup__engine_state(w->engine) == SUP_TREE_RUNNING) {
    fails(w, "leaf");
    failures++;
    assert_true(failures <= 8);
  }
  assert_int_equal(failures, 8);
  assert_int_equal(child(w, "mid")->builds, 2);
  assert_int_equal(child(w, "sub")->builds, 4);
  assert_int_equal(child(w, "sub")->cleanups, 4);
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* T5, CAP-086: failures while stopping are kept with the error */
static void t5_a_sibling_that_fails_to_stop(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one(
      "root",
      tolerating(one_for_one("s", worker("c1"), worker("c2"), NULL), 0, SEC(5)),
      NULL));
  child(w, "c2")->on_stop = WORLD_STOP_FAILS;
  fails(w, "c1");
  assert_events(w, "W! root/s/c1, W! root/s/c2, S! root/s, W+ root/s/c1, "
                   "W+ root/s/c2, S+ root/s");
  struct sup_record record = world_record(w, SUP_EVENT_FAILED, "root/s");
  struct sup_error *error = error_object(record.error);
  assert_int_equal(error->code, SUP_ETOLERANCE);
  assert_string_equal(error->path, "root/s");
  assert_true(error_names(record.error, "root/s/c1"));
  assert_non_null(error->related);
  assert_true(error_names(record.error, "root/s/c2"));
  world_free(w);
}

/* T5: stop order is the reverse; the supervisor is STOPPING meanwhile */
static void t5_a_failing_supervisor_stops_in_order(void **state) {
  (void)state;
  struct world *w =
      world_started(tolerating(one_for_one("root", worker("a"), worker("b"),
                                           worker("c"), worker("d"), NULL),
                               0, SEC(5)));
  child(w, "d")->stop_takes = SEC(1);
  fails(w, "b");
  assert_actions(w, "end b#1, cancel d#1");
  assert_state(w, "root", SUP_STATE_STOPPING);
  advance(w, SEC(1));
  assert_events(w, "W! root/b, W- root/d, W- root/c, W- root/a, S! root");
  world_free(w);
}

/* T5, X2: a temporary supervisor that fails (CAP-070) */
static void t5_a_temporary_supervisor(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one(
          "root", worker("z"),
          restarting(one_for_one("s", worker("a"), NULL), SUP_TEMPORARY), NULL),
      0, SEC(5)));
  fails(w, "root/s/a");
  fails(w, "root/s/a");
  assert_events(w, "W! root/s/a, W+ root/s/a, W! root/s/a, S! root/s");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  assert_int_equal(world_node(w, "root/s"), UINT32_MAX);
  assert_int_equal(world_node(w, "root/s/a"), UINT32_MAX);
  assert_int_equal(world_count(w).nodes, 2);
  stop(w);
  assert_events(w, "W- root/z, S- root");
  world_free(w);
}

/* X4, H4: a start that hangs and outlives its ladder is tried again when its
 * delay is over, also if it ends while that runs */
static void x4_a_start_that_hangs_ends_in_the_delay(void **state) {
  (void)state;
  sup_spec *a = shutdown_of(notifier("a"), MS(10));
  assert_int_equal(sup_spec_set_start_timeout(a, MS(50)), 0);
  struct world *w = world_started(
      tolerating(one_for_one("root", paced(a, MS(40), 1, MS(40)), NULL), 9, 0));
  child(w, "a")->manual = true;
  fails(w, "a");
  advance(w, MS(40));
  child(w, "a")->on_stop = WORLD_IGNORES;
  advance(w, MS(70));
  assert_state(w, "root/a", SUP_STATE_WAITING);
  assert_int_equal(world_count(w).abandoned, 1);
  completes(w, "a");
  assert_state(w, "root/a", SUP_STATE_WAITING);
  advance(w, MS(30));
  assert_state(w, "root/a", SUP_STATE_STARTING);
  assert_int_equal(child(w, "a")->starts, 3);
  child(w, "a")->on_stop = WORLD_STOPS;
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(x4_a_start_that_hangs_ends_in_the_delay),
      WORLD_TEST(x2_permanent_fails),
      WORLD_TEST(x2_permanent_completes),
      WORLD_TEST(x2_transient),
      WORLD_TEST(x2_temporary),
      WORLD_TEST(x1_an_unasked_cancellation_is_a_failure),
      WORLD_TEST(x1_clean_ends_after_a_stop),
      WORLD_TEST(x1_a_failed_termination),
      WORLD_TEST(x1_a_failed_termination_below),
      WORLD_TEST(x1_having_needed_the_kill_step),
      WORLD_TEST(x3_a_restart_keeps_place_and_node),
      WORLD_TEST(x3_a_supervisors_restart_starts_its_spec),
      WORLD_TEST(x4_a_restart_whose_start_fails),
      WORLD_TEST(x4_restarts_that_fail_to_start_exceed_the_tolerance),
      WORLD_TEST(x4_a_supervisors_restart_fails_to_start),
      WORLD_TEST(x4_a_restart_that_hangs),
      WORLD_TEST(t1_one_failure_too_many),
      WORLD_TEST(t1_the_window_slides),
      WORLD_TEST(t1_the_edge_of_the_window),
      WORLD_TEST(t1_a_long_record),
      WORLD_TEST(t2_the_count_is_shared),
      WORLD_TEST(t5_the_only_failure_is_first_and_last),
      WORLD_TEST(t2_what_is_not_counted),
      WORLD_TEST(t3_window_0_never_forgets),
      WORLD_TEST(t3_max_0_tolerates_none),
      WORLD_TEST(t3_unlimited),
      WORLD_TEST(t5_a_failed_supervisor_is_restarted),
      WORLD_TEST(t5_three_levels),
      WORLD_TEST(t5_a_sibling_that_fails_to_stop),
      WORLD_TEST(t5_a_failing_supervisor_stops_in_order),
      WORLD_TEST(t5_a_temporary_supervisor),
  };
  return cmocka_run_group_tests_name("engine restart", tests, NULL, NULL);
}
