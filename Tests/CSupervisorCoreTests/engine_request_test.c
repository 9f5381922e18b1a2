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

/* What is asked for of any child: D2, B4, D8. */

#include "engine_requests.h"

/* ---- D2: stopping ------------------------------------------------------- */

static void D2_a_stopped_child_stays_and_can_be_restarted(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", worker("a"), NULL), 0, SEC(5)));
  terminate(w, "a");
  assert_events(w, "W- root/a");
  assert_actions(w, "cancel a#1, end a#1");
  assert_answers(w, "stop a:0");
  assert_int_equal(world_record(w, SUP_EVENT_STOPPING, "a").cause, 0);
  assert_int_equal(world_record(w, SUP_EVENT_TERMINATED, "a").cause, 0);
  advance(w, SEC(100));
  assert_state(w, "a", SUP_STATE_STOPPED);
  /* D3 */
  assert_int_equal(try_terminate(w, "a"), SUP_EALREADY);
  restart(w, "a");
  assert_events(w, "W+ root/a");
  assert_answers(w, "restart a:0");
  assert_int_equal(world_record(w, SUP_EVENT_STARTED, "a").cause, 0);
  assert_int_equal(child(w, "a")->ref.incarnation, 2);
  world_free(w);
}

static void D2_a_second_stop_joins_the_first(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", worker("a"), NULL));
  child(w, "a")->stop_takes = SEC(1);
  terminate(w, "a");
  terminate(w, "a");
  assert_actions(w, "cancel a#1");
  advance(w, SEC(1));
  assert_answers(w, "stop a:0, stop a:0");
  world_free(w);
}

static void D2_a_stop_that_is_not_clean(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", worker("a"), worker("b"), NULL));
  child(w, "a")->on_stop = WORLD_STOP_FAILS;
  terminate(w, "a");
  assert_events(w, "W! root/a");
  assert_answers(w, "stop a:-12");
  assert_true(error_mentions(w->answer, SUP_EFAILED, NULL));
  assert_true(error_names(w->answer, "root/a"));
  child(w, "b")->on_stop = WORLD_IGNORES;
  terminate(w, "b");
  advance(w, SEC(5));
  assert_answers(w, "stop b:-12");
  assert_true(error_mentions(w->answer, SUP_EABANDONED, NULL));
  assert_state(w, "b", SUP_STATE_ABANDONED);
  assert_int_equal(try_terminate(w, "b"), SUP_EALREADY);
  assert_int_equal(world_count(w).nodes, 3);
  world_free(w);
}

static void D2_stopped_while_it_starts(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", worker("a"), NULL));
  child(w, "root/b")->manual = true;
  add(w, "root", notifier("b"));
  terminate(w, "b");
  assert_answers(w, "add b:-11, stop b:0");
  assert_state(w, "b", SUP_STATE_STOPPED);
  child(w, "b")->manual = false;
  restart(w, "b");
  assert_answers(w, "restart b:0");
  world_free(w);
}

/* Its turn has not come: it is skipped, in that start. */
static void D2_stopped_before_its_turn(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one(
      "root",
      unpaced(one_for_one("s", notifier("a"), worker("b"), worker("c"), NULL)),
      NULL));
  child(w, "a")->manual = true;
  launch(w);
  terminate(w, "b");
  assert_answers(w, "stop b:0");
  assert_int_equal(try_terminate(w, "b"), SUP_EALREADY);
  acknowledges(w, "a");
  assert_actions(w, "start a#1, start c#1");
  assert_state(w, "b", SUP_STATE_STOPPED);
  assert_state(w, "s", SUP_STATE_RUNNING);
  child(w, "a")->manual = false;
  restart(w, "s");
  assert_int_equal(child(w, "b")->starts, 1);
  /* And in a later start of its supervisor. */
  child(w, "a")->manual = true;
  restart(w, "s");
  terminate(w, "c");
  terminate(w, "b");
  restart(w, "b"); /* is not skipped after all */
  forget(w);
  acknowledges(w, "a");
  assert_actions(w, "start b#2");
  assert_answers(w, "restart b:0, restart s:0");
  world_free(w);
}

static void D2_deleted_before_its_turn(void **state) {
  (void)state;
  struct world *w = world_create(
      one_for_one("root",
                  unpaced(one_for_one("s", notifier("a"), worker("b"),
                                      temporary("t"), NULL)),
                  NULL));
  launch(w);
  completes(w, "t");
  child(w, "a")->manual = true;
  restart(w, "s");
  /* A temporary one of the spec comes again: its name is taken (D4). */
  assert_int_equal(try_add(w, "s", worker("t")), SUP_EEXIST);
  delete (w, "b");
  assert_false(is_there(w, "root/s/b"));
  add(w, "s", worker("b"));
  forget(w);
  acknowledges(w, "a");
  assert_actions(w, "start t#1");
  child(w, "a")->manual = false;
  restart(w, "s");
  assert_true(child(w, "b")->alive);
  assert_int_equal(world_count(w).nodes, 5);
  world_free(w);
}

static void D2_stopped_in_flight(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", notifier("a"), worker("b"), NULL));
  child(w, "a")->manual = true;
  launch(w);
  terminate(w, "a");
  /* The start goes on without it. */
  assert_state(w, "root", SUP_STATE_RUNNING);
  assert_true(child(w, "b")->alive);
  world_free(w);
}

/* S1: a restart in flight is waited for. */
static void D2_restarted_in_flight(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", notifier("a"), worker("b"), NULL));
  child(w, "a")->manual = true;
  launch(w);
  restart(w, "a");
  assert_actions(w, "start a#1, cancel a#1, end a#1, start a#2");
  assert_state(w, "root", SUP_STATE_STARTING);
  acknowledges(w, "a");
  assert_actions(w, "start b#1");
  assert_answers(w, "restart a:0");
  world_free(w);
}

/* H1: its place is that of the start that succeeded. */
static void D2_restarted_in_flight_side_by_side(void **state) {
  (void)state;
  sup_spec *root = one_for_one("root", notifier("a"), notifier("b"), NULL);
  assert_int_equal(sup_spec_set_start_limit(root, 2), 0);
  struct world *w = world_create(root);
  child(w, "a")->manual = child(w, "b")->manual = true;
  launch(w);
  restart(w, "a");
  restart(w, "a");
  acknowledges(w, "b");
  acknowledges(w, "a");
  forget(w);
  stop(w);
  assert_events(w, "W- root/a, W- root/b, S- root");
  world_free(w);
}

/* S8: an end that its supervisor has not dealt with. */
static void D2_stopped_after_its_end(void **state) {
  (void)state;
  struct world *w = world_create(
      one_for_one("root", worker("a"), transient("t"), notifier("b"), NULL));
  child(w, "b")->manual = true;
  launch(w);
  fails(w, "a");
  fails(w, "t");
  assert_state(w, "a", SUP_STATE_ENDED);
  forget(w);
  terminate(w, "a");
  assert_events(w, "W! root/a");
  assert_answers(w, "stop a:0");
  restart(w, "t");
  assert_events(w, "W! root/t, W+ root/t");
  acknowledges(w, "b");
  assert_state(w, "root", SUP_STATE_RUNNING);
  advance(w, SEC(100));
  assert_int_equal(child(w, "a")->starts, 1);
  assert_int_equal(child(w, "t")->starts, 2);
  world_free(w);
}

/* G3 */
static void D2_a_stopped_child_stays_out_of_rounds(void **state) {
  (void)state;
  struct world *w = world_started(unpaced(tolerating(
      one_for_all("root", worker("a"), worker("b"), worker("c"), NULL),
      SUP_UNLIMITED, 0)));
  child(w, "c")->stop_takes = SEC(1);
  fails(w, "a");
  /* One that the round stops, and one that it has not come to. */
  terminate(w, "c");
  terminate(w, "b");
  advance(w, SEC(1));
  assert_state(w, "b", SUP_STATE_STOPPED);
  assert_state(w, "c", SUP_STATE_STOPPED);
  assert_true(child(w, "a")->alive);
  fails(w, "a");
  assert_state(w, "b", SUP_STATE_STOPPED);
  assert_int_equal(child(w, "a")->starts, 3);
  assert_answers(w, "stop b:0, stop c:0");
  /* E1: a request is not brought about by the round before it. */
  terminate(w, "a");
  assert_int_equal(world_record(w, SUP_EVENT_STOPPING, "a").cause, 0);
  world_free(w);
}

/* D4: it goes also if it waited for a restart. */
static void D2_a_temporary_one_that_waits_is_stopped(void **state) {
  (void)state;
  struct world *w = world_started(
      paced(one_for_one("root", worker("a"), NULL), SEC(1), 1, SEC(1)));
  add(w, "root", paced(temporary("x"), SEC(1), 1, SEC(1)));
  exits(w, "x", SUP_OUTCOME_FORCED);
  assert_state(w, "root/x", SUP_STATE_WAITING);
  terminate(w, "x");
  assert_false(is_there(w, "root/x"));
  add(w, "root", worker("x"));
  world_free(w);
}

static void D2_the_member_that_failed_is_stopped(void **state) {
  (void)state;
  struct world *w = world_started(paced(
      one_for_all("root", worker("a"), worker("b"), NULL), SEC(1), 1, SEC(1)));
  world_show(w, SUP_EVENT_RESTART_CANCELED);
  fails(w, "a");
  forget(w);
  terminate(w, "a");
  assert_events(w, "W unscheduled root/a");
  advance(w, SEC(1));
  assert_events(w, "W+ root/b");
  assert_state(w, "a", SUP_STATE_STOPPED);
  world_free(w);
}

/* ---- In fate-sharing groups (G2) ---------------------------------------- */

static sup_spec *in_group(sup_spec *spec) {
  assert_int_equal(sup_spec_set_group(spec, "g"), 0);
  return spec;
}

/* a, b and c share their fate, after `delay`; d does not. */
static struct world *with_group(sup_group_mode mode, sup_duration delay) {
  sup_spec *root =
      paced(tolerating(one_for_one("root", in_group(notifier("a")),
                                   in_group(notifier("b")),
                                   in_group(notifier("c")), worker("d"), NULL),
                       SUP_UNLIMITED, 0),
            delay, 1, delay);
  assert_int_equal(sup_spec_add_group(root, "g", mode), 0);
  return world_started(root);
}

static void D2_a_stop_in_a_round_of_a_group(void **state) {
  static const sup_group_mode modes[] = {SUP_GROUP_TOGETHER, SUP_GROUP_EACH};
  static const char *const names[] = {"a", "b", "c"};
  (void)state;
  /* Each of the members, while c is being stopped; stopped, deleted,
   * restarted. */
  for (unsigned i = 0; i < 18; i++) {
    const char *name = names[i % 3];
    unsigned what = i / 3 % 3;
    struct world *w = with_group(modes[i / 9], MS(1));
    child(w, "c")->stop_takes = SEC(1);
    fails(w, "a");
    forget(w);
    if (what == 0)
      terminate(w, name);
    else if (what == 1)
      delete (w, name);
    else
      restart(w, name);
    advance(w, SEC(2));
    for (unsigned k = 0; k < 3; k++)
      assert_int_equal(child(w, names[k])->alive, what == 2 || k != i % 3);
    assert_int_equal(child(w, "d")->starts, 1);
    if (what == 0)
      assert_state(w, name, SUP_STATE_STOPPED);
    /* The group is at rest, and has another round. */
    fails(w, i % 3 == 1 ? "a" : "b");
    advance(w, SEC(2));
    for (unsigned k = 0; k < 3; k++)
      assert_int_equal(child(w, names[k])->alive, what == 2 || k != i % 3);
    world_free(w);
  }
}

static void D2_a_stop_in_the_start_phase_of_a_group(void **state) {
  static const char *const names[] = {"a", "b", "c"};
  (void)state;
  for (unsigned i = 0; i < 9; i++) {
    const char *name = names[i % 3];
    struct world *w = with_group(SUP_GROUP_TOGETHER, 0);
    child(w, "b")->manual = true; /* is waited for */
    fails(w, "a");
    if (i / 3 == 0)
      terminate(w, name);
    else if (i / 3 == 1)
      delete (w, name);
    else
      restart(w, name);
    child(w, "b")->manual = false;
    if (child(w, "b")->alive)
      acknowledges(w, "b");
    advance(w, SEC(1));
    for (unsigned k = 0; k < 3; k++)
      assert_int_equal(child(w, names[k])->alive, i / 3 == 2 || k != i % 3);
    world_free(w);
  }
}

static void B4_restart_now_of_a_group(void **state) {
  (void)state;
  struct world *w = with_group(SUP_GROUP_TOGETHER, SEC(100));
  fails(w, "a");
  assert_state(w, "b", SUP_STATE_WAITING);
  restart(w, "b");
  assert_answers(w, "restart b:0");
  assert_state(w, "a", SUP_STATE_RUNNING);
  assert_state(w, "c", SUP_STATE_RUNNING);
  world_free(w);
}

/* ---- B4: while it waits ------------------------------------------------- */

static struct world *one_that_waits(void) {
  struct world *w =
      world_started(paced(one_for_one("root", worker("a"), worker("b"), NULL),
                          SEC(10), 1, SEC(10)));
  world_show(w, SUP_EVENT_RESTART_CANCELED);
  fails(w, "a");
  assert_state(w, "a", SUP_STATE_WAITING);
  forget(w);
  return w;
}

static void B4_stop(void **state) {
  (void)state;
  struct world *w = one_that_waits();
  terminate(w, "a");
  assert_events(w, "W unscheduled root/a");
  assert_int_equal(world_record(w, SUP_EVENT_RESTART_CANCELED, "a").cause, 0);
  assert_answers(w, "stop a:0");
  advance(w, SEC(100));
  assert_state(w, "a", SUP_STATE_STOPPED);
  world_free(w);
}

/* One that is stuck waits, too: those who follow it are told. */
static void B4_stop_while_stuck(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_all("root", worker("a"), worker("b"), NULL), 9, 0));
  world_show(w, SUP_EVENT_RESTART_CANCELED);
  child(w, "b")->on_stop = WORLD_IGNORES;
  fails(w, "a");
  advance(w, SEC(5));
  assert_state(w, "b", SUP_STATE_STUCK);
  forget(w);
  terminate(w, "b");
  assert_events(w, "W unscheduled root/b");
  assert_state(w, "b", SUP_STATE_ABANDONED);
  completes(w, "b");
  assert_state(w, "b", SUP_STATE_STOPPED);
  assert_int_equal(child(w, "b")->starts, 1);
  world_free(w);
}

static void B4_delete(void **state) {
  (void)state;
  struct world *w = one_that_waits();
  delete (w, "a");
  assert_answers(w, "delete a:0");
  advance(w, SEC(100));
  assert_int_equal(child(w, "a")->starts, 1);
  assert_false(is_there(w, "root/a"));
  world_free(w);
}

static void B4_restart_now(void **state) {
  (void)state;
  struct world *w = one_that_waits();
  restart(w, "a");
  assert_events(w, "W+ root/a");
  assert_answers(w, "restart a:0");
  advance(w, SEC(100));
  assert_int_equal(child(w, "a")->starts, 2);
  world_free(w);
}

static void B4_restart_now_of_a_round(void **state) {
  (void)state;
  struct world *w =
      world_started(paced(one_for_all("root", worker("a"), worker("b"), NULL),
                          SEC(10), 1, SEC(10)));
  child(w, "b")->stop_takes = SEC(1);
  fails(w, "a");
  restart(w, "a");
  forget(w);
  advance(w, SEC(1)); /* the stops are still waited for */
  assert_events(w, "W- root/b, W+ root/a, W+ root/b");
  assert_answers(w, "restart a:0");
  world_free(w);
}

/* ---- D2: restart now ---------------------------------------------------- */

static void D2_restart_of_one_that_runs(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", worker("a"), worker("b"), NULL), 0, SEC(5)));
  for (unsigned i = 0; i < 5; i++)
    restart(w, "a");
  assert_int_equal(child(w, "a")->starts, 6);
  assert_int_equal(child(w, "b")->starts, 1);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  world_free(w);
}

static void D2_restart_while_it_stops(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", worker("a"), NULL));
  child(w, "a")->stop_takes = SEC(1);
  terminate(w, "a");
  restart(w, "a");
  advance(w, SEC(1));
  assert_answers(w, "stop a:0, restart a:0");
  /* And a stop undoes a restart. */
  restart(w, "a");
  terminate(w, "a");
  assert_answers(w, "restart a:-11");
  advance(w, SEC(1));
  assert_answers(w, "stop a:0");
  assert_state(w, "a", SUP_STATE_STOPPED);
  world_free(w);
}

/* X4: it was up, so its failure counts and is tried again. */
static void D2_a_failed_restart_of_one_that_ran(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", worker("a"), NULL), 3, SEC(5)));
  child(w, "a")->on_start = WORLD_REFUSES;
  child(w, "a")->bad_starts = 2;
  restart(w, "a");
  assert_events(w, "W- root/a, W# root/a, W# root/a, W+ root/a");
  assert_answers(w, "restart a:-8"); /* of the first attempt */
  child(w, "a")->on_start = WORLD_REFUSES;
  restart(w, "a");
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* It was down for good: the failure is the caller's. */
static void D2_a_failed_restart_of_one_that_was_down(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", worker("a"), transient("t"), NULL), 0, SEC(5)));
  terminate(w, "a");
  completes(w, "t");
  child(w, "a")->on_start = child(w, "t")->on_start = WORLD_REFUSES;
  forget(w);
  restart(w, "a");
  restart(w, "t");
  assert_events(w, "W# root/a, W# root/t");
  assert_answers(w, "restart a:-8, restart t:-8");
  assert_state(w, "a", SUP_STATE_FAILED);
  advance(w, SEC(100));
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  child(w, "a")->on_start = WORLD_STARTS;
  restart(w, "a");
  fails(w, "a"); /* from now on it counts */
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* The old incarnation has not ended (I2). */
static void D2_restart_of_one_that_was_given_up(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", worker("a"), NULL));
  child(w, "a")->on_stop = WORLD_IGNORES;
  terminate(w, "a");
  advance(w, SEC(5));
  restart(w, "a");
  assert_state(w, "a", SUP_STATE_STUCK);
  terminate(w, "a");
  assert_state(w, "a", SUP_STATE_ABANDONED);
  assert_answers(w, "stop a:-12, restart a:-11, stop a:-12");
  restart(w, "a");
  exits(w, "a", SUP_OUTCOME_COMPLETED);
  assert_answers(w, "restart a:0");
  child(w, "a")->on_stop = WORLD_STOPS;
  world_free(w);
}

static void D2_restart_forgets_backoff_and_tolerance(void **state) {
  (void)state;
  sup_spec *a = paced(worker("a"), SEC(1), 2, SEC(60));
  assert_int_equal(
      sup_spec_set_child_tolerance(a, 1, 0, SUP_EXCEEDED_QUARANTINE), 0);
  struct world *w = world_started(one_for_one("root", a, NULL));
  w->show = 0;
  fails(w, "a");
  advance(w, SEC(1));
  fails(w, "a");
  assert_state(w, "a", SUP_STATE_QUARANTINED);
  restart(w, "a");
  assert_state(w, "a", SUP_STATE_RUNNING);
  fails(w, "a");
  assert_state(w, "a", SUP_STATE_WAITING);
  advance(w, SEC(1)); /* not 4 */
  assert_state(w, "a", SUP_STATE_RUNNING);
  world_free(w);
}

/* S10: who is asked to start while a resource is built, which then brings
 * others in its place, is not forgotten. */
static void D2_restart_of_one_that_is_displaced(void **state) {
  (void)state;
  struct world *w =
      world_create(with_resource(one_for_one("root", worker("a"), NULL)));
  sup_spec *brought = one_for_one("brought", worker("b"), NULL);
  child(w, "root")->manual = true;
  launch(w);
  assert_int_equal(try_restart(w, "a"), 0);
  world_run(w);
  assert_answers(w, "");
  child(w, "root")->built = true;
  sup__spec_freeze(brought);
  assert_int_equal(sup__engine_built(w->engine, child(w, "root")->ref, brought),
                   0);
  sup_spec_unref(brought);
  child(w, "root")->manual = false;
  assert_int_equal(try_restart(w, "a"), SUP_ENOTRUNNING);
  world_run(w);
  assert_answers(w, "restart a:-11");
  assert_actions(w, "build root#1, start b#1");
  world_free(w);
}

/* D8: nothing is added to what the stop has yet to come to. */
static void D8_below_what_stops(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one(
      "root", one_for_one("s", worker("a"), NULL), worker("z"), NULL));
  child(w, "z")->stop_takes = SEC(1);
  stop(w);
  assert_state(w, "root/s", SUP_STATE_RUNNING);
  assert_int_equal(try_add(w, "root/s", worker("x")), SUP_ESTOPPING);
  assert_false(is_there(w, "root/s/x"));
  advance(w, SEC(1));
  assert_ended(w, 0);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(D2_a_stopped_child_stays_and_can_be_restarted),
      WORLD_TEST(D2_a_second_stop_joins_the_first),
      WORLD_TEST(D2_a_stop_that_is_not_clean),
      WORLD_TEST(D2_stopped_while_it_starts),
      WORLD_TEST(D2_stopped_before_its_turn),
      WORLD_TEST(D2_deleted_before_its_turn),
      WORLD_TEST(D2_stopped_in_flight),
      WORLD_TEST(D2_restarted_in_flight),
      WORLD_TEST(D2_restarted_in_flight_side_by_side),
      WORLD_TEST(D2_stopped_after_its_end),
      WORLD_TEST(D2_a_stopped_child_stays_out_of_rounds),
      WORLD_TEST(D2_a_temporary_one_that_waits_is_stopped),
      WORLD_TEST(D2_the_member_that_failed_is_stopped),
      WORLD_TEST(D2_a_stop_in_a_round_of_a_group),
      WORLD_TEST(D2_a_stop_in_the_start_phase_of_a_group),
      WORLD_TEST(B4_restart_now_of_a_group),
      WORLD_TEST(B4_stop),
      WORLD_TEST(B4_stop_while_stuck),
      WORLD_TEST(B4_delete),
      WORLD_TEST(B4_restart_now),
      WORLD_TEST(B4_restart_now_of_a_round),
      WORLD_TEST(D2_restart_of_one_that_runs),
      WORLD_TEST(D2_restart_while_it_stops),
      WORLD_TEST(D2_a_failed_restart_of_one_that_ran),
      WORLD_TEST(D2_a_failed_restart_of_one_that_was_down),
      WORLD_TEST(D2_restart_of_one_that_was_given_up),
      WORLD_TEST(D2_restart_forgets_backoff_and_tolerance),
      WORLD_TEST(D2_restart_of_one_that_is_displaced),
      WORLD_TEST(D8_below_what_stops),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
