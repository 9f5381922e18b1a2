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

/* RULES S11: starting side by side, and after one another; H1's concurrent
 * stop. */

#include "engine_requests.h"

static sup_spec *after(sup_spec *spec, const char *sibling) {
  assert_int_equal(sup_spec_add_after(spec, sibling), 0);
  return spec;
}

static sup_spec *side_by_side(sup_spec *spec, uint32_t limit) {
  assert_int_equal(sup_spec_set_start_limit(spec, limit), 0);
  return spec;
}

/* The children of a list, none of which acknowledges by itself. */
static struct world *world_of_notifiers(sup_spec *root,
                                        const char *const *names) {
  struct world *w = world_create(root);

  for (; *names != NULL; names++)
    child(w, *names)->manual = true;
  launch(w);
  return w;
}

/* S11: at most so many on their way up */
static void s11_a_limit(void **state) {
  (void)state;
  struct world *w = world_of_notifiers(
      side_by_side(one_for_one("root", notifier("a"), notifier("b"),
                               notifier("c"), notifier("d"), NULL),
                   2),
      (const char *const[]){"a", "b", "c", "d", NULL});
  assert_actions(w, "start a#1, start b#1");
  acknowledges(w, "b");
  assert_actions(w, "start c#1");
  acknowledges(w, "c");
  assert_actions(w, "start d#1");
  acknowledges(w, "a");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_STARTING);
  acknowledges(w, "d");
  assert_events(w, "W+ root/b, W+ root/c, W+ root/a, W+ root/d, S+ root");
  stop(w); /* H1: the reverse of what really happened */
  assert_events(w, "W- root/d, W- root/a, W- root/c, W- root/b, S- root");
  world_free(w);
}

/* S11, H1: from right to left likewise */
static void s11_right_to_left(void **state) {
  (void)state;
  struct world *w = world_of_notifiers(
      side_by_side(
          right_to_left(one_for_one("root", notifier("a"), notifier("b"),
                                    notifier("c"), NULL)),
          UINT32_MAX),
      (const char *const[]){"a", "b", "c", NULL});
  assert_actions(w, "start c#1, start b#1, start a#1");
  acknowledges(w, "b");
  acknowledges(w, "a");
  acknowledges(w, "c");
  assert_events(w, "W+ root/b, W+ root/a, W+ root/c, S+ root");
  stop(w);
  assert_events(w, "W- root/c, W- root/a, W- root/b, S- root");
  world_free(w);
}

/* S11: what it starts after is up before it, also one that stands behind it */
static void s11_after(void **state) {
  (void)state;
  struct world *w = world_of_notifiers(
      one_for_one("root", after(after(worker("web"), "db"), "cache"),
                  notifier("cache"), worker("log"), notifier("db"), NULL),
      (const char *const[]){"cache", "db", NULL});
  assert_actions(w, "start cache#1");
  assert_state(w, "root/web", SUP_STATE_WAITING);
  sup_node_info info = world_info(w, "root/web", NULL);
  assert_string_equal(info.waits_for, "cache"); /* what it waits for is seen */
  acknowledges(w, "cache");
  assert_actions(w, "start log#1, start db#1");
  info = world_info(w, "root/web", NULL);
  assert_string_equal(info.waits_for, "db");
  acknowledges(w, "db");
  assert_actions(w, "start web#1");
  assert_null(world_info(w, "root/web", NULL).waits_for);
  assert_events(w, "W+ root/cache, W+ root/log, W+ root/db, W+ root/web, "
                   "S+ root");
  stop(w);
  assert_events(w, "W- root/web, W- root/db, W- root/log, W- root/cache, "
                   "S- root");
  world_free(w);
}

/* S11: it holds at every start */
static void s11_at_every_start(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", notifier("db"), after(worker("web"), "db"), NULL), 9,
      0));
  child(w, "db")->manual = true;
  fails(w, "db");
  assert_actions(w, "end db#1, start db#2");
  fails(w, "web"); /* while it is not up */
  assert_actions(w, "end web#1");
  assert_state(w, "root/web", SUP_STATE_WAITING);
  acknowledges(w, "db");
  assert_actions(w, "start web#2");
  assert_state(w, "root/web", SUP_STATE_RUNNING);
  fails(w, "db");
  fails(w, "web");
  forget(w);
  stop(w); /* one that is held is not started any more */
  assert_null(strstr(w->actions, "start"));
  assert_ended(w, 0);
  world_free(w);
}

/* S11: one that ended for good is met only if it completed */
static void s11_ended_for_good(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", transient("migrate"), notifier("slow"),
                               after(worker("web"), "migrate"), NULL));
  child(w, "slow")->manual = true;
  launch(w);
  completes(w, "migrate");
  acknowledges(w, "slow");
  assert_events(w, "W+ root/migrate, W+ root/slow, W+ root/web, S+ root, "
                   "Wc root/migrate");
  world_free(w);
  /* One that failed for good, and one that will come again, are not met. */
  for (int again = 0; again < 2; again++) {
    w = world_create(
        one_for_one("root", again ? worker("migrate") : temporary("migrate"),
                    notifier("slow"), after(worker("web"), "migrate"), NULL));
    child(w, "slow")->manual = true;
    launch(w);
    if (again)
      completes(w, "migrate");
    else
      fails(w, "migrate");
    acknowledges(w, "slow");
    assert_ended(w, SUP_ESTART);
    assert_true(
        error_mentions(sup__engine_result(w->engine), SUP_EDEPENDENCY, NULL));
    assert_true(error_names(sup__engine_result(w->engine), "root/web"));
    world_free(w);
  }
}

/* S11: a dependency that declined leaves nothing to wait for: the start fails */
static void s11_a_dependency_that_is_not_needed(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one(
      "root", worker("x"), after(worker("a"), "x"), worker("b"), NULL));
  child(w, "x")->on_start = WORLD_DECLINES;
  launch(w);
  assert_ended(w, SUP_ESTART);
  assert_true(
      error_mentions(sup__engine_result(w->engine), SUP_EDEPENDENCY, NULL));
  assert_events(w, "W+ root/b, W- root/b, S# root");
  world_free(w);
}

/* S11, S6: side by side, one fails: the others on their way are taken down */
static void s11_a_failure_takes_down_all(void **state) {
  (void)state;
  struct world *w = world_of_notifiers(
      side_by_side(one_for_one("root", notifier("a"), notifier("b"),
                               notifier("c"), notifier("d"), NULL),
                   3),
      (const char *const[]){"a", "b", "c", "d", NULL});
  acknowledges(w, "c"); /* d comes in its place */
  fails(w, "b");
  assert_ended(w, SUP_ESTART);
  assert_true(error_names(sup__engine_result(w->engine), "root/b"));
  assert_int_equal(child(w, "d")->starts, 1);
  assert_true(child(w, "d")->ended && child(w, "a")->ended);
  assert_true(sup__engine_is_quiet(w->engine));
  world_free(w);
}

/* S11, G1: a round starts side by side and after one another, too */
static void s11_in_a_round(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      side_by_side(one_for_all("root", after(worker("web"), "db"),
                               notifier("db"), notifier("cache"), NULL),
                   UINT32_MAX),
      9, 0));
  child(w, "db")->manual = true;
  child(w, "cache")->manual = true;
  fails(w, "web");
  assert_true(strstr(w->actions, "start cache#2") != NULL);
  assert_true(strstr(w->actions, "start db#2") != NULL);
  assert_true(strstr(w->actions, "start web#2") == NULL);
  acknowledges(w, "db");
  assert_int_equal(child(w, "web")->starts, 2);
  acknowledges(w, "cache");
  stop(w);
  assert_ended(w, 0);
  world_free(w);
}

/* S11, G6: a round takes nobody's turn away that it leaves alone */
static void s11_a_turn_outlives_a_round(void **state) {
  (void)state;
  struct world *w = world_of_notifiers(
      tolerating(side_by_side(rest_for_one("root", notifier("d"),
                                           after(notifier("x1"), "d"),
                                           after(notifier("x2"), "d"),
                                           notifier("p"), NULL),
                              2),
                 99, 0),
      (const char *const[]){"d", "x1", "x2", "p", NULL});
  acknowledges(w, "d");
  acknowledges(w, "x1");
  acknowledges(w, "x2");
  acknowledges(w, "p");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  fails(w, "d");
  acknowledges(w, "d");
  fails(w, "p"); /* its start: a round of its own, while x2 is to come */
  acknowledges(w, "x1");
  advance(w, SEC(1));
  assert_int_equal(child(w, "x2")->starts, 2);
  acknowledges(w, "x2");
  acknowledges(w, "p");
  assert_state(w, "root/x2", SUP_STATE_RUNNING);
  world_free(w);
}

/* S11, I2: also one that was stuck starts after its siblings only */
static void s11_no_longer_stuck(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_all("root", notifier("d"),
                             shutdown_of(after(worker("x"), "d"), MS(1)),
                             worker("y"), NULL),
                 9, 0));
  struct world_child *x = child(w, "root/x");
  struct sup_ref old = x->ref;
  x->on_stop = WORLD_IGNORES;
  fails(w, "y");
  advance(w, SEC(1));
  assert_state(w, "root/x", SUP_STATE_STUCK);
  child(w, "d")->manual = true;
  fails(w, "d");
  advance(w, SEC(1));
  assert_int_equal(world_report_exit(w, x, old, SUP_OUTCOME_COMPLETED), 0);
  world_run(w);
  assert_int_equal(x->starts, 1);
  acknowledges(w, "d");
  assert_int_equal(x->starts, 2);
  x->on_stop = WORLD_STOPS;
  world_free(w);
}

/* S11, I2, D2: one that was given up while its supervisor starts, and is asked
 * for again, waits for its sibling and then for its old incarnation */
static void s11_given_up_in_a_start(void **state) {
  (void)state;
  struct world *w = world_of_notifiers(
      one_for_one("root", worker("d"),
                  shutdown_of(after(worker("x"), "d"), MS(1)), notifier("y"),
                  NULL),
      (const char *const[]){"root/y", NULL});
  struct sup_ref old = child(w, "x")->ref;
  child(w, "x")->on_stop = WORLD_IGNORES;
  terminate(w, "x");
  advance(w, SEC(1));
  exits(w, "d", SUP_OUTCOME_COMPLETED); /* dealt with after the start */
  restart(w, "x");
  assert_state(w, "x", SUP_STATE_WAITING);
  terminate(w, "d"); /* it has completed for good */
  acknowledges(w, "y");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  assert_state(w, "x", SUP_STATE_STUCK);
  world_report_exit(w, child(w, "x"), old, SUP_OUTCOME_COMPLETED);
  world_run(w);
  assert_state(w, "x", SUP_STATE_RUNNING);
  assert_int_equal(child(w, "x")->starts, 2);
  assert_answers(w, "stop x:-12, stop d:0, restart x:0");
  child(w, "x")->on_stop = WORLD_STOPS;
  world_free(w);
}

static sup_report *faults_of(sup_spec *root) {
  sup_report *report = NULL;

  assert_int_equal(sup_spec_check(root, &report), SUP_ESPEC);
  sup_spec_unref(root);
  return report;
}

static void assert_fault(sup_report *report, const char *path,
                         const char *text) {
  for (size_t i = 0; i < sup_report_count(report); i++) {
    sup_error *error = sup_report_error(report, i);

    if (sup_error_path(error) != NULL &&
        strcmp(sup_error_path(error), path) == 0 &&
        strstr(sup_error_text(error), text) != NULL)
      return;
  }
  fail_msg("no fault of %s says %s", path, text);
}

/* S11, N6: names that are not there and circles are faults */
static void s11_faults(void **state) {
  (void)state;
  sup_report *report = faults_of(
      one_for_one("root", after(worker("a"), "b"), after(worker("b"), "c"),
                  after(worker("c"), "a"), after(worker("d"), "nobody"),
                  after(worker("e"), "a"), NULL));
  assert_int_equal(sup_report_count(report), 2);
  assert_fault(report, "root/d", "'nobody'");
  assert_fault(report, "root/a", "a after b after c after a");
  sup_report_unref(report);
  report = faults_of(one_for_one("root", after(worker("a"), "a"), NULL));
  assert_fault(report, "root/a", "a after a");
  sup_report_unref(report);
  sup_spec *zero = one_for_one("root", NULL);
  assert_int_equal(sup_spec_set_start_limit(zero, 0), SUP_EINVAL);
  sup_spec *bad = worker("x");
  assert_int_equal(sup_spec_add_after(bad, "a/b"), SUP_EINVAL);
  sup_spec_add(zero, bad);
  report = faults_of(zero);
  assert_int_equal(sup_report_count(report), 2);
  sup_report_unref(report);
}

/* H1: all at once if the supervisor says so; those below it have their own way
 */
static void h1_concurrent_stop(void **state) {
  (void)state;
  sup_spec *root =
      one_for_one("root", worker("a"), worker("b"),
                  one_for_one("s", worker("x"), worker("y"), NULL), NULL);
  assert_int_equal(sup_spec_set_concurrent_stop(root, true), 0);
  struct world *w = world_started(root);
  const char *const slow[] = {"root/a", "root/b", "root/s/x", "root/s/y"};
  for (size_t i = 0; i < 4; i++)
    child(w, slow[i])->stop_takes = MS(100);
  stop(w);
  assert_int_equal(child(w, "root/a")->stops, 1);
  assert_int_equal(child(w, "root/b")->stops, 1);
  assert_int_equal(child(w, "root/s/y")->stops, 1);
  assert_int_equal(child(w, "root/s/x")->stops, 0);
  advance(w, MS(200));
  assert_ended(w, 0);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(s11_a_limit),
      WORLD_TEST(s11_right_to_left),
      WORLD_TEST(s11_after),
      WORLD_TEST(s11_at_every_start),
      WORLD_TEST(s11_ended_for_good),
      WORLD_TEST(s11_a_dependency_that_is_not_needed),
      WORLD_TEST(s11_a_failure_takes_down_all),
      WORLD_TEST(s11_in_a_round),
      WORLD_TEST(s11_a_turn_outlives_a_round),
      WORLD_TEST(s11_no_longer_stuck),
      WORLD_TEST(s11_given_up_in_a_start),
      WORLD_TEST(s11_faults),
      WORLD_TEST(h1_concurrent_stop),
  };
  return cmocka_run_group_tests_name("engine after", tests, NULL, NULL);
}
