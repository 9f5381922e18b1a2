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

/* RULES H: how a tree stops, in which order, and how long that may take. */

#include "engine_world.h"

/* H1 */
static void h1_the_reverse_of_position(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", worker("a"), worker("b"), worker("c"), NULL), 9, 0));
  child(w, "c")->stop_takes = MS(100);
  child(w, "b")->stop_takes = MS(100);
  fails(w, "a"); /* a restart keeps the position */
  forget(w);
  stop(w);
  assert_actions(w, "cancel c#1");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_STOPPING);
  advance(w, MS(100));
  assert_actions(w, "end c#1, cancel b#1");
  advance(w, MS(100)); /* CAP-042: one by one */
  assert_actions(w, "end b#1, cancel a#2, end a#2");
  assert_events(w, "W- root/c, W- root/b, W- root/a, S- root");
  assert_true(world_record(w, SUP_EVENT_TERMINATED, "b").duration == MS(100));
  world_free(w);
}

/* H1, CAP-110 */
static void h1_right_to_left_stops_from_the_beginning(void **state) {
  (void)state;
  struct world *w = world_started(right_to_left(
      one_for_one("root", worker("a"), worker("b"), worker("c"), NULL)));
  stop(w);
  assert_events(w, "W- root/a, W- root/b, W- root/c, S- root");
  world_free(w);
}

/* H2: drain, cancel, abandoned; each step has its time and its event */
static void h2_the_whole_ladder(void **state) {
  (void)state;
  struct world *w = world_started(
      one_for_one("root",
                  steps_of(worker("a"), 3, SUP_STOP_DRAIN, SEC(3),
                           SUP_STOP_CANCEL, SEC(2), SUP_STOP_CANCEL, SEC(1)),
                  NULL));
  world_show(w, SUP_EVENT_STOPPING);
  child(w, "root/a")->on_stop = WORLD_IGNORES;
  stop(w);
  assert_actions(w, "drain a#1");
  assert_true(world_info(w, "root/a", NULL).deadline == w->now + SEC(3));
  assert_state(w, "root/a", SUP_STATE_STOPPING);
  advance(w, SEC(3));
  assert_actions(w, "cancel a#1");
  advance(w, SEC(2));
  assert_actions(w, "cancel a#1");
  advance(w, SEC(1) - 1);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_STOPPING);
  advance(w, 1);
  assert_actions(w, "");
  assert_ended(w, SUP_ETERMINATION);
  assert_state(w, "root/a", SUP_STATE_ABANDONED);
  assert_int_equal(w->seen[SUP_EVENT_STOPPING] >= 3, 1);
  assert_non_null(strstr(w->events, "W stopping:drain root/a"));
  world_free(w);
}

/* H2: the end at any step ends the ladder at once */
static void h2_an_end_ends_the_ladder(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one(
      "root",
      steps_of(worker("a"), 2, SUP_STOP_DRAIN, SEC(3), SUP_STOP_CANCEL, SEC(3)),
      steps_of(worker("b"), 2, SUP_STOP_DRAIN, SEC(3), SUP_STOP_CANCEL, SEC(3)),
      worker("c"), NULL));
  child(w, "root/a")->obeys = SUP_STOP_CANCEL;
  child(w, "root/b")->stop_takes = SEC(1);
  stop(w);
  advance(w, SEC(1));
  assert_actions(w, "cancel c#1, end c#1, drain b#1, end b#1, drain a#1");
  advance(w, SEC(3));
  assert_actions(w, "cancel a#1, end a#1");
  assert_events(w, "W- root/c, W- root/b, W- root/a, S- root");
  assert_ended(w, 0); /* having needed cancel is clean */
  assert_true(elapsed(w) == SEC(4));
  assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
  world_free(w);
}

/* H2, P11: the ladder of a process: cancel 5 s, kill 2 s */
static void h2_kill_where_a_kill_exists(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", process("p"), NULL));
  world_show(w, SUP_EVENT_STOPPING);
  child(w, "p")->on_stop = WORLD_IGNORES;
  stop(w);
  assert_true(world_info(w, "p", NULL).deadline == w->now + SEC(5));
  advance(w, SEC(5));
  assert_actions(w, "cancel p#1, kill p#1, end p#1");
  assert_ended(w, SUP_ETERMINATION);
  assert_true(
      error_mentions(sup__engine_result(w->engine), SUP_ESTOPTIMEOUT, NULL));
  world_free(w);
}

/* H2: a shutdown time of 0 kills a process at once */
static void h2_kill_at_once(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", shutdown_of(process("p"), 0), NULL));
  child(w, "p")->on_stop = WORLD_IGNORES;
  stop(w);
  assert_ended(w, 0);
  assert_true(elapsed(w) == 0);
  assert_actions(w, "kill p#1, end p#1");
  world_free(w);
}

/* H2: waiting without limit is possible */
static void h2_infinite(void **state) {
  (void)state;
  struct world *w = world_started(
      one_for_one("root", shutdown_of(worker("a"), SUP_INFINITE), NULL));
  child(w, "a")->stop_takes = SEC(100000);
  stop(w);
  assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
  advance(w, SEC(100000));
  assert_ended(w, 0);
  world_free(w);
}

/* H3: order, until a reserve is left; then everybody, at every depth */
static void h3_a_budget(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one(
      "root", worker("a"),
      one_for_one("s", worker("x"), one_for_one("t", worker("y"), NULL), NULL),
      worker("b"), worker("c"), NULL));
  static const char *const all[] = {"root/a", "x", "y", "root/b", "root/c"};
  for (size_t i = 0; i < 5; i++)
    child(w, all[i])->on_stop = WORLD_IGNORES;
  stop_within(w, SEC(6)); /* reserve: 0.6 s */
  assert_actions(w, "cancel c#1");
  advance(w, SEC(5) - 1);
  assert_actions(w, "");
  advance(w, 1); /* c has had its 5 s */
  assert_actions(w, "cancel b#1");
  advance(w, MS(400) - 1);
  assert_actions(w, "");
  advance(w, 1);
  assert_int_equal(child(w, "root/a")->stops, 1);
  assert_int_equal(child(w, "x")->stops, 1);
  assert_int_equal(child(w, "y")->stops, 1);
  assert_int_equal(child(w, "root/b")->stops, 1); /* not asked twice */
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_STOPPING);
  advance(w, MS(600));
  assert_ended(w, SUP_ETERMINATION);
  assert_int_equal(world_count(w).abandoned, 5);
  sup_token result = sup__engine_result(w->engine);
  assert_true(error_names(result, "root/a"));
  assert_true(error_names(result, "root/s/t/y"));
  world_free(w);
}

/* H3: those that end in the reserve end cleanly; the reserve is at most 1 s */
static void h3_the_reserve(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one(
      "root", worker("a"), shutdown_of(worker("b"), SEC(1000)), NULL));
  child(w, "b")->on_stop = WORLD_IGNORES;
  child(w, "a")->stop_takes = MS(500);
  stop_within(w, SEC(100));
  advance(w, SEC(99) - 1);
  assert_actions(w, "cancel b#1");
  advance(w, 1);
  assert_actions(w, "cancel a#1");
  advance(w, MS(500));
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_STOPPING);
  advance(w, MS(500));
  assert_ended(w, SUP_ETERMINATION);
  assert_events(w, "W- root/a, W! root/b, S! root");
  assert_true(elapsed(w) == SEC(100));
  world_free(w);
}

/* H3: nobody is abandoned without having been asked, and kill is taken */
static void h3_a_budget_of_nothing(void **state) {
  (void)state;
  struct world *w = world_started(
      one_for_one("root", worker("a"), worker("b"), process("p"), NULL));
  child(w, "a")->on_stop = WORLD_IGNORES;
  child(w, "p")->on_stop = WORLD_IGNORES;
  stop_within(w, 0);
  advance(w, SEC(1));
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
  assert_int_equal(child(w, "a")->stops, 1);
  assert_int_equal(child(w, "b")->stops, 1);
  assert_true(child(w, "p")->ended);
  assert_true(child(w, "b")->ended);
  assert_int_equal(world_count(w).abandoned, 1);
  world_free(w);
}

/* H3: a process is killed when the budget is over, not before */
static void h3_kill_at_the_budget(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", process("p"), process("q"), NULL));
  child(w, "p")->on_stop = WORLD_IGNORES;
  child(w, "q")->on_stop = WORLD_IGNORES;
  stop_within(w, SEC(2)); /* reserve: 0.2 s */
  advance(w, MS(1800));
  assert_actions(w, "cancel q#1, cancel p#1");
  advance(w, MS(200) - 1);
  assert_actions(w, "");
  advance(w, 1);
  assert_int_equal(child(w, "p")->stops, 2);
  assert_int_equal(child(w, "q")->stops, 2);
  assert_ended(w, SUP_ETERMINATION);
  assert_true(elapsed(w) == SEC(2));
  world_free(w);
}

/* H3: one that survives its kill gets a second at most */
static void h3_a_kill_that_does_not_end_it(void **state) {
  (void)state;
  struct sup_action action;
  struct world *w =
      world_started(one_for_one("root",
                                steps_of(process("p"), 2, SUP_STOP_CANCEL,
                                         SEC(5), SUP_STOP_KILL, SEC(100)),
                                NULL));
  child(w, "p")->on_stop = WORLD_IGNORES;
  stop_within(w, SEC(2));
  w->now += SEC(2);
  world_tick(w);
  assert_true(world_take(w, &action));
  assert_int_equal(action.kind, SUP_ACTION_STOP);
  assert_int_equal(action.step.action, SUP_STOP_KILL);
  sup__engine_performed(w->engine, &action); /* in vain */
  advance(w, SEC(1));
  assert_ended(w, SUP_ETERMINATION);
  assert_state(w, "root/p", SUP_STATE_ABANDONED);
  assert_false(sup__engine_is_quiet(w->engine));
  world_free(w);
}

/* H3: a later stop may shorten the budget, never lengthen it */
static void h3_a_later_budget(void **state) {
  (void)state;
  struct world *w = world_started(
      one_for_one("root", shutdown_of(worker("a"), SUP_INFINITE), NULL));
  child(w, "a")->on_stop = WORLD_IGNORES;
  stop(w);
  advance(w, SEC(50));
  stop_within(w, SEC(20)); /* to 70 */
  advance(w, SEC(5));
  stop_within(w, SEC(5)); /* to 60 */
  stop_within(w, SEC(100));
  stop(w);
  assert_actions(w, "cancel a#1");
  advance(w, SEC(5) - 1);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_STOPPING);
  advance(w, 1);
  assert_ended(w, SUP_ETERMINATION);
  assert_true(elapsed(w) == SEC(60));
  world_free(w);
}

/* H3: the shutdown time of a supervisor child is a budget for all below it */
static void h3_a_supervisors_budget(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one(
      "root", worker("a"),
      shutdown_of(one_for_one("s", worker("x"), worker("y"), NULL), SEC(2)),
      NULL));
  child(w, "x")->on_stop = WORLD_IGNORES;
  child(w, "y")->on_stop = WORLD_IGNORES;
  stop(w);
  assert_actions(w, "cancel y#1");
  advance(w, MS(1800));
  assert_actions(w, "cancel x#1");
  assert_int_equal(child(w, "a")->stops, 0); /* only for what is below it */
  advance(w, MS(200));
  assert_actions(w, "cancel a#1, end a#1");
  assert_events(w, "W! root/s/y, W! root/s/x, S! root/s, W- root/a, S! root");
  assert_true(elapsed(w) == SEC(2));
  world_free(w);
}

/* H4, CAP-040 */
static void h4_an_abandoned_child(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one(
      "root", one_for_one("b0", worker("c0"), worker("c1"), NULL),
      one_for_one("b1", shutdown_of(worker("c2"), MS(10)), worker("c3"), NULL),
      NULL));
  child(w, "c2")->on_stop = WORLD_IGNORES;
  stop(w);
  advance(w, MS(10));
  assert_events(w, "W- root/b1/c3, W! root/b1/c2, S! root/b1, W- root/b0/c1, "
                   "W- root/b0/c0, S- root/b0, S! root");
  assert_ended(w, SUP_ETERMINATION);
  sup_token result = sup__engine_result(w->engine);
  assert_true(error_names(result, "root/b1/c2"));
  assert_true(error_mentions(result, SUP_EABANDONED, NULL));
  uint64_t last = sup__engine_last_event(w->engine);
  assert_false(sup__engine_is_quiet(w->engine));
  assert_int_equal(world_count(w).late_exits, 0);
  fails(w, "c2");
  /* E3: after the final event only the counters tell */
  assert_int_equal(sup__engine_last_event(w->engine), last);
  assert_int_equal(world_count(w).late_exits, 1);
  assert_int_equal(sup__engine_exited(w->engine, child(w, "c2")->ref,
                                      SUP_OUTCOME_COMPLETED, 0) < 0,
                   1);
  assert_int_equal(world_count(w).late_exits, 1);
  assert_true(sup__engine_is_quiet(w->engine));
  assert_true(child(w, "c2")->ended);
  world_free(w);
}

/* H5, CAP-037 */
static void h5_a_stop_is_idempotent(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", worker("a"), worker("b"), NULL));
  child(w, "b")->stop_takes = SEC(1);
  stop(w);
  stop(w);
  assert_actions(w, "cancel b#1");
  advance(w, SEC(1));
  assert_events(w, "W- root/b, W- root/a, S- root");
  assert_ended(w, 0);
  forget(w);
  uint64_t last = sup__engine_last_event(w->engine);
  stop(w);
  stop_within(w, 0);
  sup__engine_force(w->engine);
  world_run(w);
  assert_actions(w, "");
  assert_int_equal(sup__engine_last_event(w->engine), last);
  assert_ended(w, 0);
  world_free(w);
}

/* H5: force cuts to the last step */
static void h5_force(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", worker("a"), process("p"),
                                shutdown_of(worker("b"), SUP_INFINITE), NULL));
  child(w, "a")->on_stop = WORLD_IGNORES;
  child(w, "b")->on_stop = WORLD_IGNORES;
  child(w, "p")->on_stop = WORLD_IGNORES;
  stop(w);
  assert_actions(w, "cancel b#1");
  world_tick(w);
  sup__engine_force(w->engine);
  world_run(w);
  advance(w, SEC(1));
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
  assert_true(child(w, "p")->ended);
  assert_int_equal(child(w, "a")->stops, 1); /* asked before it was left */
  assert_int_equal(world_count(w).abandoned, 2);
  world_free(w);
}

/* H6: a restart that was decided but not performed is withdrawn */
static void h6_a_decided_restart_is_withdrawn(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", worker("a"), worker("b"), NULL));
  struct world_child *a = child(w, "a");
  assert_int_equal(world_report_exit(w, a, a->ref, SUP_OUTCOME_FAILED), 0);
  stop(w);
  assert_int_equal(a->starts, 1);
  assert_int_equal(a->ends_seen, 1);
  assert_null(strstr(w->events, "W+"));
  assert_null(strstr(w->events, "W- root/a"));
  assert_ended(w, 0);
  assert_int_equal(a->starts, world_count(w).starts - 2);
  world_free(w);
}

/* H6: a body that has not begun is gone at once, and never begins */
static void h6_a_body_that_has_not_begun(void **state) {
  (void)state;
  sup_spec *a = sup_callback_spec("a", &world_begins, NULL);
  sup_spec *b = sup_callback_spec("b", &world_begins, NULL);
  struct world *w = world_create(one_for_one("root", a, b, NULL));
  launch(w);
  assert_events(w, "W+ root/a, W+ root/b, S+ root"); /* S2 */
  assert_int_equal(sup__engine_begin(w->engine, child(w, "root/a")->ref), 0);
  forget(w);
  child(w, "b")->on_stop = WORLD_IGNORES; /* asked or not: it is gone */
  child(w, "a")->stop_takes = SEC(1);
  stop(w);
  assert_events(w, "W- root/b");
  assert_true(child(w, "b")->ended);
  child(w, "b")->alive = false;
  assert_int_equal(sup__engine_begin(w->engine, child(w, "root/b")->ref),
                   SUP_ESTALE);
  advance(w, SEC(1));
  assert_events(w, "W- root/a, S- root");
  assert_ended(w, 0);
  world_free(w);
}

/* H6: also if it is its start timeout that stops it */
static void h6_a_body_that_has_not_begun_in_time(void **state) {
  (void)state;
  sup_spec *a = sup_callback_spec("a", &world_begins, NULL);
  assert_int_equal(sup_spec_set_notify_start(a, true), 0);
  struct world *w = world_create(one_for_one("root", worker("z"), a, NULL));
  child(w, "root/a")->manual = true;
  launch(w);
  forget(w);
  struct sup_ref ref = child(w, "a")->ref;
  w->now += SEC(30);
  world_tick(w);
  child(w, "a")->alive = false;
  assert_int_equal(sup__engine_begin(w->engine, ref), SUP_ESTALE);
  world_run(w);
  assert_events(w, "W# root/a, W- root/z, S# root");
  assert_non_null(strstr(w->actions, "end a#1"));
  assert_null(strstr(w->actions, "cancel a#1"));
  assert_ended(w, SUP_ESTART);
  assert_true(sup__engine_is_quiet(w->engine));
  world_free(w);
}

/* H7 */
static void h7_the_final_state_is_stored(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", worker("a"), worker("b"), NULL), 0, 0));
  child(w, "b")->stop_takes = SEC(1);
  fails(w, "a");
  assert_int_equal(sup__engine_final_event(w->engine), 0);
  stop(w); /* it has failed before */
  advance(w, SEC(1));
  assert_ended(w, SUP_ETOLERANCE);
  sup_token result = sup__engine_result(w->engine);
  stop(w);
  advance(w, SEC(100));
  assert_true(sup__engine_result(w->engine) == result);
  struct sup_record record;
  assert_true(sup__engine_record(w->engine, sup__engine_final_event(w->engine),
                                 &record));
  assert_int_equal(record.kind, SUP_EVENT_FAILED);
  assert_int_equal(record.node_kind, SUP_KIND_SUPERVISOR);
  assert_int_equal(sup__token_value(record.error), SUP_ETOLERANCE);
  world_free(w);
}

/* H7: whether or not anyone reads */
static void h7_the_final_event_without_a_reader(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one("root", worker("a"), NULL));
  sup__engine_journal_close(w->engine);
  uint64_t read = w->read;
  world_tick(w);
  assert_int_equal(sup__engine_launch(w->engine), 0);
  struct sup_action action;
  w->read = UINT64_MAX; /* nothing is kept to be read */
  world_run(w);
  sup__engine_stop(w->engine, SUP_INFINITE);
  while (world_take(w, &action))
    world_perform(w, &action);
  w->read = read;
  assert_ended(w, 0);
  struct sup_record record;
  uint64_t final = sup__engine_final_event(w->engine);
  assert_true(sup__engine_record(w->engine, final, &record));
  assert_int_equal(record.kind, SUP_EVENT_TERMINATED);
  assert_int_equal(record.number, final);
  assert_false(sup__engine_record(w->engine, final - 1, &record));
  assert_int_equal(final >= 5, 1); /* the others were numbered all the same */
  w->read = final;
  assert_int_equal(sup__engine_journal_open(w->engine, 16), 0);
  world_free(w);
}

/* H1: a stop that may block others has a queue of its own */
static void h1_foreign_stops_hold_up_nobody(void **state) {
  (void)state;
  sup_spec *f = sup_callback_spec("f", &world_foreign, NULL);
  struct world *w = world_started(tolerating(
      one_for_one("root", worker("b"),
                  tolerating(one_for_all("s", worker("a"), f, NULL), 9, 0),
                  NULL),
      9, 0));
  struct sup_action action, other;
  fails(w, "a");
  /* all was done at once, on both queues */
  assert_actions(w, "end a#1, cancel f#1, end f#1, start a#2, start f#2");
  w->hold_foreign = true;
  fails(w, "a");
  assert_actions(w, "end a#2");
  assert_true(sup__engine_has_work(w->engine));
  fails(w, "b");
  assert_actions(w, "end b#1, start b#2");
  assert_true(sup__engine_peek(w->engine, SUP_QUEUE_FOREIGN, &action));
  assert_int_equal(action.kind, SUP_ACTION_STOP);
  sup__engine_take(w->engine, SUP_QUEUE_FOREIGN);
  /* While the stop is being performed the child ends: no END yet. */
  struct world_child *c = child(w, "f");
  assert_int_equal(world_report_exit(w, c, c->ref, SUP_OUTCOME_CANCELED), 0);
  while (world_take(w, &other)) {
    assert_false(other.ref.node == c->ref.node);
    world_perform(w, &other);
  }
  assert_int_equal(c->starts, 2);
  assert_false(c->ended);
  sup__engine_performed(w->engine, &action);
  world_run(w);
  assert_true(strstr(w->actions, "end f#2, ") != NULL);
  assert_int_equal(c->starts, 3);
  w->hold_foreign = false;
  world_free(w);
}

/* H2: a foreign stop that is still in the queue when the child ends */
static void h2_a_stop_in_the_queue_is_withdrawn(void **state) {
  (void)state;
  sup_spec *f = sup_callback_spec("f", &world_foreign, NULL);
  struct world *w = world_started(one_for_one("root", f, worker("a"), NULL));
  w->hold_foreign = true;
  stop(w);
  exits(w, "f", SUP_OUTCOME_COMPLETED);
  w->hold_foreign = false;
  world_run(w);
  assert_actions(w, "cancel a#1, end a#1, end f#1");
  assert_int_equal(child(w, "f")->stops, 0);
  assert_events(w, "W- root/a, W- root/f, S- root");
  assert_ended(w, 0);
  world_free(w);
}

/* H6, I1: an end that was reported before the stop is seen */
static void h6_an_end_during_the_stop_of_others(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", worker("a"), worker("b"), NULL));
  child(w, "b")->stop_takes = SEC(1);
  stop(w);
  fails(w, "a"); /* not asked yet */
  advance(w, SEC(1));
  assert_int_equal(child(w, "a")->stops, 0);
  assert_int_equal(child(w, "a")->starts, 1);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
  assert_non_null(strstr(w->events, "W! root/a"));
  world_free(w);
}

/* H6: nor in a branch that the stop has not come to */
static void h6_nothing_is_restarted_during_the_stop(void **state) {
  static const sup_strategy strategies[] = {SUP_ONE_FOR_ONE, SUP_ONE_FOR_ALL,
                                            SUP_REST_FOR_ONE};
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    struct world *w = world_started(
        one_for_one("root",
                    tolerating(supervisor("s", strategies[i], worker("a"),
                                          worker("b"), NULL),
                               9, 0),
                    worker("z"), NULL));
    child(w, "z")->stop_takes = SEC(1);
    stop(w);
    assert_actions(w, "cancel z#1");
    fails(w, "a");
    assert_actions(w, "end a#1");
    advance(w, SEC(1));
    assert_actions(w, "end z#1, cancel b#1, end b#1");
    assert_int_equal(w->seen[SUP_EVENT_RESTART_SCHEDULED], 0);
    assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
    world_free(w);
  }
}

/* H6: nor is a start that fails then tried again */
static void h6_no_second_try_during_the_stop(void **state) {
  (void)state;
  for (int how = 0; how < 2; how++) {
    struct world *w = world_started(one_for_one(
        "root",
        tolerating(one_for_one("s", notifier("a"), worker("b"), NULL), 0, 1),
        shutdown_of(worker("z"), SEC(100)), NULL));
    struct world_child *a = child(w, "a");
    child(w, "z")->stop_takes = SEC(40);
    a->manual = true;
    world_show(w, SUP_EVENT_RESTART_SCHEDULED);
    world_show(w, SUP_EVENT_TOLERANCE_EXCEEDED);
    completes(w, "a");
    assert_int_equal(a->starts, 2);
    forget(w);
    stop_within(w, SEC(1000));
    if (how == 0)
      fails(w, "a"); /* before it has acknowledged */
    else
      advance(w, SEC(30)); /* it does not acknowledge in time */
    assert_int_equal(a->starts, 2);
    assert_null(strstr(w->events, "scheduled"));
    assert_null(strstr(w->events, "exceeded"));
    advance(w, SEC(40));
    assert_int_equal(a->starts, 2);
    world_free(w);
  }
}

/* H6: a build is a start */
static void h6_a_decided_build_is_withdrawn(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one(
      "root",
      one_for_one(
          "s",
          with_resource(tolerating(one_for_one("t", worker("x"), NULL), 0, 0)),
          NULL),
      worker("z"), NULL));
  struct world_child *x = child(w, "x");
  child(w, "z")->stop_takes = SEC(1);
  assert_int_equal(world_report_exit(w, x, x->ref, SUP_OUTCOME_FAILED), 0);
  while (strstr(w->actions, "cleanup t#1") == NULL)
    assert_true(world_step(w));
  stop(w); /* the build is in the queue */
  advance(w, SEC(1));
  assert_int_equal(child(w, "root/s/t")->builds, 1);
  assert_int_equal(x->starts, 1);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
  world_free(w);
}

/* H6, H1: nor does a branch go down by itself before its turn */
static void h6_nothing_is_counted_during_the_stop(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one(
      "root",
      tolerating(one_for_one("s", worker("a"), worker("b"), NULL), 0, 0),
      worker("z"), NULL));
  child(w, "z")->stop_takes = SEC(1);
  stop(w);
  forget(w);
  fails(w, "a");
  assert_actions(w, "end a#1");
  assert_events(w, "W! root/s/a");
  advance(w, SEC(1));
  assert_int_equal(w->seen[SUP_EVENT_TOLERANCE_EXCEEDED], 0);
  assert_actions(w, "end z#1, cancel b#1, end b#1");
  assert_ended(w, SUP_ETERMINATION);
  assert_true(error_names(sup__engine_result(w->engine), "root/s/a"));
  world_free(w);
}

/* H6: nor does the start phase of a round go on in such a branch */
static void h6_no_round_goes_on_during_the_stop(void **state) {
  (void)state;
  for (int how = 0; how < 2; how++) {
    struct world *w = world_started(one_for_one(
        "root",
        tolerating(one_for_all("s", notifier("a"), worker("b"), NULL), 9, 0),
        worker("z"), NULL));
    child(w, "z")->stop_takes = SEC(1);
    child(w, "a")->manual = true;
    fails(w, "b");
    assert_state(w, "root/s/a", SUP_STATE_STARTING);
    stop(w);
    if (how == 0)
      sup__engine_acknowledged(w->engine, child(w, "a")->ref);
    else
      fails(w, "a");
    world_run(w);
    advance(w, SEC(1));
    assert_int_equal(child(w, "b")->starts, 1);
    assert_int_equal(child(w, "a")->starts, 2);
    assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
    world_free(w);
  }
}

/* H6: nor where a delay or a round was going on in such a branch */
static void h6_no_wait_outlives_the_stop(void **state) {
  (void)state;
  for (int group = 0; group < 2; group++) {
    struct world *w = world_started(one_for_one(
        "root",
        paced(tolerating(supervisor("s",
                                    group ? SUP_ONE_FOR_ALL : SUP_ONE_FOR_ONE,
                                    worker("a"), worker("b"), NULL),
                         9, 0),
              MS(100), 1.0, MS(100)),
        worker("z"), NULL));
    child(w, "z")->stop_takes = SEC(1);
    fails(w, "a");
    stop(w);
    advance(w, SEC(1));
    assert_int_equal(child(w, "a")->starts, 1);
    assert_int_equal(child(w, "b")->starts, 1);
    assert_ended(w, 0);
    world_free(w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(h1_the_reverse_of_position),
      WORLD_TEST(h1_right_to_left_stops_from_the_beginning),
      WORLD_TEST(h1_foreign_stops_hold_up_nobody),
      WORLD_TEST(h2_the_whole_ladder),
      WORLD_TEST(h2_an_end_ends_the_ladder),
      WORLD_TEST(h2_kill_where_a_kill_exists),
      WORLD_TEST(h2_kill_at_once),
      WORLD_TEST(h2_infinite),
      WORLD_TEST(h2_a_stop_in_the_queue_is_withdrawn),
      WORLD_TEST(h3_a_budget),
      WORLD_TEST(h3_the_reserve),
      WORLD_TEST(h3_a_budget_of_nothing),
      WORLD_TEST(h3_kill_at_the_budget),
      WORLD_TEST(h3_a_kill_that_does_not_end_it),
      WORLD_TEST(h3_a_later_budget),
      WORLD_TEST(h3_a_supervisors_budget),
      WORLD_TEST(h4_an_abandoned_child),
      WORLD_TEST(h5_a_stop_is_idempotent),
      WORLD_TEST(h5_force),
      WORLD_TEST(h6_a_decided_restart_is_withdrawn),
      WORLD_TEST(h6_a_body_that_has_not_begun),
      WORLD_TEST(h6_a_body_that_has_not_begun_in_time),
      WORLD_TEST(h6_an_end_during_the_stop_of_others),
      WORLD_TEST(h6_nothing_is_restarted_during_the_stop),
      WORLD_TEST(h6_nothing_is_counted_during_the_stop),
      WORLD_TEST(h6_no_round_goes_on_during_the_stop),
      WORLD_TEST(h6_a_decided_build_is_withdrawn),
      WORLD_TEST(h6_no_second_try_during_the_stop),
      WORLD_TEST(h6_no_wait_outlives_the_stop),
      WORLD_TEST(h7_the_final_state_is_stored),
      WORLD_TEST(h7_the_final_event_without_a_reader),
  };
  return cmocka_run_group_tests_name("engine stop", tests, NULL, NULL);
}
