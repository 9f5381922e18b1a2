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

/* What the simulator has found, each as a case of its own. */

#include "engine_requests.h"

static sup_spec *overlapping(sup_spec *spec) {
  assert_int_equal(sup_spec_set_when_stuck(spec, SUP_STUCK_OVERLAP, 0), 0);
  return shutdown_of(spec, MS(10));
}

static sup_spec *side_by_side(sup_spec *spec, uint32_t limit) {
  assert_int_equal(sup_spec_set_start_limit(spec, limit), 0);
  return spec;
}

/* The world would object to two incarnations of one child. */
static struct sup_ref look_away(struct world_child *c) {
  struct sup_ref old = c->ref;
  c->alive = c->begun = false;
  c->ended = true;
  return old;
}

/* An incarnation that was parted from its child ends, and has its END. */
static void old_one_ends(struct world *w, struct sup_ref old) {
  struct sup_action action;
  assert_int_equal(sup__engine_exited(w->engine, old, SUP_OUTCOME_COMPLETED, 0),
                   0);
  assert_true(world_take(w, &action));
  assert_int_equal(action.kind, SUP_ACTION_END);
  assert_int_equal(action.ref.incarnation, old.incarnation);
  sup__engine_performed(w->engine, &action);
  assert_int_equal(world_count(w).abandoned, 0);
}

/* S9: side by side, a stop that has not come to a child yet is a stop */
static void s9_an_acknowledgement_after_the_stop(void **state) {
  (void)state;
  struct world *w = world_create(side_by_side(
      one_for_one("root", notifier("a"), notifier("b"), notifier("c"), NULL),
      3));
  child(w, "a")->manual = child(w, "b")->manual = child(w, "c")->manual = true;
  child(w, "c")->on_stop = WORLD_IGNORES;
  launch(w);
  stop(w);
  forget(w);
  assert_int_equal(sup__engine_acknowledged(w->engine, child(w, "a")->ref),
                   SUP_EALREADY);
  assert_int_equal(world_count(w).late_reports, 1);
  completes(w, "b");
  assert_events(w, "W- root/b");
  exits(w, "c", SUP_OUTCOME_CANCELED);
  assert_events(w, "W- root/c, W- root/a, S# root");
  world_free(w);
}

/* X6, G6: a member of a round that has failed to start for good */
static void x6_a_hopeless_start_in_a_round(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(side_by_side(one_for_all("root", notifier("a"), notifier("b"),
                                          notifier("c"), NULL),
                              3),
                 9, 0));
  child(w, "a")->manual = child(w, "b")->manual = child(w, "c")->manual = true;
  fails(w, "a");
  child(w, "c")->on_stop = WORLD_IGNORES;
  fails(w, "a"); /* a new round: c is asked, b not yet */
  exits(w, "b", SUP_OUTCOME_HOPELESS);
  exits(w, "c", SUP_OUTCOME_CANCELED);
  assert_state(w, "root/b", SUP_STATE_FAILED);
  assert_int_equal(child(w, "b")->starts, 2);
  assert_int_equal(child(w, "a")->starts, 3);
  child(w, "c")->on_stop = WORLD_STOPS;
  stop(w);
  world_free(w);
}

/* I2, S1: one that is replaced beside its old incarnation has its turn in the
 * start phase as any other */
static void i2_overlap_keeps_the_order_of_a_round(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_all("root", worker("a"), overlapping(notifier("b")),
                             worker("c"), NULL),
                 9, 0));
  struct world_child *b = child(w, "b");
  b->on_stop = WORLD_IGNORES;
  b->manual = true;
  fails(w, "a");
  struct sup_ref old = look_away(b);
  advance(w, MS(10));
  assert_int_equal(b->starts, 2);
  assert_int_equal(child(w, "c")->starts, 1);
  acknowledges(w, "b");
  assert_int_equal(child(w, "c")->starts, 2);
  old_one_ends(w, old);
  b->on_stop = WORLD_STOPS;
  stop(w);
  assert_ended(w, 0);
  world_free(w);
}

/* I2, I4: the end of an old incarnation is accepted also while the new one has
 * not begun, for it waits for a sibling */
static void i4_overlap_before_the_new_one_begins(void **state) {
  (void)state;
  sup_spec *b = overlapping(worker("b"));
  assert_int_equal(sup_spec_add_after(b, "d"), 0);
  struct world *w = world_started(tolerating(
      side_by_side(one_for_all("root", notifier("d"), b, NULL), 2), 9, 0));
  struct world_child *child_b = child(w, "b");
  child_b->on_stop = WORLD_IGNORES;
  child(w, "d")->manual = true;
  fails(w, "d");
  struct sup_ref old = look_away(child_b);
  advance(w, MS(10));
  assert_int_equal(child(w, "d")->starts, 2);
  assert_int_equal(child_b->starts, 1);
  old_one_ends(w, old);
  acknowledges(w, "d");
  assert_int_equal(child_b->starts, 2);
  child_b->on_stop = WORLD_STOPS;
  stop(w);
  assert_ended(w, 0);
  world_free(w);
}

/* Fails, is forced to start again, and cannot: given up. */
static void cannot_start_again(struct world *w, struct world_child *t) {
  t->manual = true;
  t->on_stop = WORLD_IGNORES;
  exits(w, "t", SUP_OUTCOME_FORCED);
  assert_int_equal(t->starts, 2);
  assert_int_equal(sup__engine_start_failed(w->engine, t->ref, 0), 0);
}

/* I4, X2: a temporary child that ends goes, but not before its old incarnation
 */
static void i4_overlap_of_a_temporary_child(void **state) {
  (void)state;
  sup_spec *spec = overlapping(notifier("t"));
  struct world *w = world_started(tolerating(
      one_for_one("root", restarting(spec, SUP_TEMPORARY), NULL), 9, 0));
  struct world_child *t = child(w, "t");
  cannot_start_again(w, t);
  world_run(w);
  struct sup_ref old = look_away(t);
  advance(w, MS(10));
  assert_int_equal(t->starts, 3);
  acknowledges(w, "t");
  fails(w, "t");
  assert_int_equal(world_count(w).nodes, 2);
  old_one_ends(w, old);
  assert_int_equal(world_count(w).nodes, 1);
  stop(w);
  assert_ended(w, 0);
  assert_true(sup__engine_is_quiet(w->engine));
  world_free(w);
}

/* X6, G4: it waits for its round, and does not go because its old incarnation
 * does */
static void x6_a_temporary_child_waits_for_its_round(void **state) {
  (void)state;
  sup_spec *spec = shutdown_of(notifier("t"), MS(10));
  struct world *w = world_started(tolerating(
      one_for_all("root", worker("b"), restarting(spec, SUP_TEMPORARY), NULL),
      9, 0));
  struct world_child *t = child(w, "t");
  cannot_start_again(w, t);
  child(w, "b")->on_stop = WORLD_IGNORES;
  advance(w, MS(10)); /* the next round has begun */
  exits(w, "t", SUP_OUTCOME_CANCELED);
  assert_state(w, "root/t", SUP_STATE_WAITING);
  exits(w, "b", SUP_OUTCOME_CANCELED);
  assert_int_equal(t->starts, 3);
  child(w, "b")->on_stop = t->on_stop = WORLD_STOPS;
  stop(w);
  world_free(w);
}

/* A supervisor whose resource step is about to bring another child. */
static struct world *world_that_builds(void) {
  sup_spec *s = tolerating(one_for_one("s", worker("fixed"), NULL), 0, 0);
  struct world *w = world_create(
      tolerating(one_for_one("root", with_resource(s), NULL), 9, 0));
  child(w, "root/s")->manual = true;
  launch(w);
  return w;
}

static void bring(struct world *w) {
  sup_spec *list = one_for_one("list", worker("brought"), NULL);
  assert_int_equal(sup_spec_check(list, NULL), 0);
  sup__spec_freeze(list);
  assert_int_equal(sup__engine_built(w->engine, child(w, "root/s")->ref, list),
                   0);
  sup_spec_unref(list);
  child(w, "root/s")->built = true;
  world_run(w);
}

/* D2, S10: what was asked for a child that rests after all is answered */
static void d2_a_restart_of_one_that_comes_to_rest(void **state) {
  (void)state;
  struct world *w = world_that_builds();
  restart(w, "root/s/fixed");
  bring(w);
  assert_int_equal(child(w, "root/s/fixed")->starts, 0);
  assert_answers(w, "restart root/s/fixed:-11");
  child(w, "root/s")->manual = false;
  stop(w);
  world_free(w);
}

/* D2, S10: one that rests is neither started nor left out of the next start */
static void d2_requests_about_one_that_rests(void **state) {
  (void)state;
  struct world *w = world_that_builds();
  bring(w);
  assert_int_equal(try_restart(w, "root/s/fixed"), SUP_ENOTRUNNING);
  assert_int_equal(try_terminate(w, "root/s/fixed"), SUP_ENOTRUNNING);
  child(w, "root/s")->manual = false;
  fails(w, "root/s/brought");
  assert_int_equal(child(w, "root/s/fixed")->starts, 1);
  stop(w);
  world_free(w);
}

/* S11: what a sibling shows from an earlier start does not count */
static void s11_a_completion_before_the_restart(void **state) {
  (void)state;
  sup_spec *a = worker("a");
  assert_int_equal(sup_spec_add_after(a, "b"), 0);
  sup_spec *s =
      tolerating(one_for_one("s", a, transient("b"), worker("c"), NULL), 0, 0);
  struct world *w = world_create(
      tolerating(one_for_one("root", with_resource(s), NULL), 9, 0));
  struct world_child *child_s = child(w, "root/s");
  child_s->manual = true;
  launch(w);
  terminate(w, "root/s/a"); /* left out: it has its place at once */
  child_s->manual = false;
  child_s->built = true;
  assert_int_equal(sup__engine_built(w->engine, child_s->ref, NULL), 0);
  world_run(w);
  completes(w, "root/s/b");
  forget(w);
  fails(w, "root/s/c");
  assert_int_equal(child(w, "root/s/b")->starts, 2);
  assert_true(strstr(w->actions, "start b#2") <
              strstr(w->actions, "start a#1"));
  stop(w);
  world_free(w);
}

/* I1: a child that goes at once, and whose supervisor begins anew within the
 * same call, is not forced a second time */
static void i1_force_is_for_one_incarnation(void **state) {
  (void)state;
  struct world *w = world_create(tolerating(
      side_by_side(one_for_all("root", worker("a"),
                               one_for_one("s", worker("b"), NULL), NULL),
                   2),
      9, 0));
  struct world_child *a = child(w, "a");
  world_tick(w);
  assert_int_equal(sup__engine_launch(w->engine), 0);
  assert_true(world_step(w)); /* the start of a, and not that of b */
  assert_true(a->alive);
  a->alive = false;
  assert_int_equal(sup__engine_exited(w->engine, a->ref, SUP_OUTCOME_FAILED, 0),
                   0);
  /* So the root is started, and a dealt with: all begin anew. */
  assert_int_equal(sup__engine_force_child(w->engine, ref_of(w, "root/s/b")),
                   0);
  world_run(w);
  assert_state(w, "root/s/b", SUP_STATE_RUNNING);
  stop(w);
  assert_ended(w, 0);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(s9_an_acknowledgement_after_the_stop),
      WORLD_TEST(x6_a_hopeless_start_in_a_round),
      WORLD_TEST(i2_overlap_keeps_the_order_of_a_round),
      WORLD_TEST(i4_overlap_before_the_new_one_begins),
      WORLD_TEST(i4_overlap_of_a_temporary_child),
      WORLD_TEST(x6_a_temporary_child_waits_for_its_round),
      WORLD_TEST(d2_a_restart_of_one_that_comes_to_rest),
      WORLD_TEST(d2_requests_about_one_that_rests),
      WORLD_TEST(s11_a_completion_before_the_restart),
      WORLD_TEST(i1_force_is_for_one_incarnation),
  };
  return cmocka_run_group_tests_name("engine found", tests, NULL, NULL);
}
