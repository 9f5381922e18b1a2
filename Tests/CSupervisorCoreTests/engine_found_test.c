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

#include "engine_world.h"

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

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(s9_an_acknowledgement_after_the_stop),
      WORLD_TEST(x6_a_hopeless_start_in_a_round),
      WORLD_TEST(i2_overlap_keeps_the_order_of_a_round),
      WORLD_TEST(i4_overlap_before_the_new_one_begins),
      WORLD_TEST(i4_overlap_of_a_temporary_child),
      WORLD_TEST(x6_a_temporary_child_waits_for_its_round),
  };
  return cmocka_run_group_tests_name("engine found", tests, NULL, NULL);
}
