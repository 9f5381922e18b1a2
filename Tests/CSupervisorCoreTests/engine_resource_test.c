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

/* RULE S10: what all children of a supervisor share. */

#include "engine_world.h"

/* S10 */
static void s10_build_children_cleanup(void **state) {
  (void)state;
  struct world *w = world_create(
      with_resource(one_for_one("root", worker("a"), worker("b"), NULL)));
  world_show(w, SUP_EVENT_RESOURCE_BUILT);
  world_show(w, SUP_EVENT_RESOURCE_CLEANED);
  child(w, "root")->manual = true;
  launch(w);
  assert_actions(w, "build root#1");
  assert_state(w, "root", SUP_STATE_STARTING);
  assert_events(w, "");
  child(w, "root")->built = true;
  assert_int_equal(sup__engine_built(w->engine, child(w, "root")->ref, NULL),
                   0);
  world_run(w);
  assert_events(w, "S built root, W+ root/a, W+ root/b, S+ root");
  forget(w);
  fails(w, "a"); /* never for the restart of one child */
  assert_events(w, "W! root/a, W+ root/a");
  stop(w);
  assert_events(w, "W- root/b, W- root/a");
  assert_int_equal(child(w, "root")->cleanups, 1);
  assert_int_equal(child(w, "root")->abandoned, 0);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_STOPPING);
  assert_int_equal(sup__engine_cleaned(w->engine, child(w, "root")->ref, 0), 0);
  world_run(w);
  assert_events(w, "S cleaned root, S- root");
  assert_int_equal(child(w, "root")->builds, 1);
  assert_ended(w, 0);
  world_free(w);
}

/* S10, CAP-026 */
static void s10_a_failed_build_is_a_start_failure(void **state) {
  static const enum world_start ways[] = {WORLD_REFUSES, WORLD_START_FAILS};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct world *w = world_create(
        one_for_one("root", one_for_one("s1", worker("w1"), NULL),
                    with_resource(one_for_one("s2", worker("w2"), NULL)),
                    one_for_one("s3", worker("w3"), NULL), NULL));
    child(w, "root/s2")->on_start = ways[i];
    launch(w);
    assert_events(w, "W+ root/s1/w1, S+ root/s1, S# root/s2, W- root/s1/w1, "
                     "S- root/s1, S# root");
    assert_int_equal(child(w, "s2")->cleanups, 0);
    assert_ended(w, SUP_ESTART);
    sup_token result = sup__engine_result(w->engine);
    assert_string_equal(error_object(result)->path, "root/s2");
    assert_true(error_mentions(result, SUP_EBUILD, NULL));
    assert_true(error_mentions(result, SUP_EFAILED, NULL));
    world_free(w);
  }
}

/* S10 */
static void s10_a_build_has_a_timeout(void **state) {
  (void)state;
  struct world *w =
      world_create(with_resource(one_for_one("root", worker("a"), NULL)));
  child(w, "root")->manual = true;
  launch(w);
  advance(w, SEC(30) - 1);
  assert_actions(w, "build root#1");
  advance(w, 1);
  assert_actions(w, "unbuild root#1");
  assert_int_equal(sup__engine_build_failed(w->engine, child(w, "root")->ref,
                                            sup__token_code(SUP_ECANCELED)),
                   0);
  world_run(w);
  assert_events(w, "S# root");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
  world_free(w);
}

/* S10: also after a failed start */
static void s10_cleanup_after_a_failed_start(void **state) {
  (void)state;
  struct world *w = world_create(
      with_resource(one_for_one("root", worker("a"), worker("b"), NULL)));
  world_show(w, SUP_EVENT_RESOURCE_CLEANED);
  child(w, "b")->on_start = WORLD_REFUSES;
  launch(w);
  assert_actions(w, "build root#1, start a#1, start b#1, cancel a#1, end a#1, "
                    "cleanup root#1");
  assert_events(w, "W+ root/a, W# root/b, W- root/a, S cleaned root, S# root");
  assert_ended(w, SUP_ESTART);
  world_free(w);
}

/* S10, S9: a build that succeeds after all is cleaned up */
static void s10_a_stop_during_the_build(void **state) {
  (void)state;
  struct world *w =
      world_create(with_resource(one_for_one("root", worker("a"), NULL)));
  child(w, "root")->manual = true;
  launch(w);
  stop(w);
  assert_actions(w, "build root#1, unbuild root#1");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_STOPPING);
  child(w, "root")->built = true;
  sup__engine_built(w->engine, child(w, "root")->ref, NULL);
  world_run(w);
  assert_actions(w, "cleanup root#1");
  assert_int_equal(sup__engine_cleaned(w->engine, child(w, "root")->ref, 0), 0);
  world_run(w);
  assert_events(w, "S# root");
  assert_int_equal(child(w, "a")->starts, 0);
  assert_ended(w, 0);
  world_free(w);
}

/* S10 */
static void s10_an_error_in_the_cleanup_stops_nothing(void **state) {
  (void)state;
  struct world *w = world_create(
      one_for_one("root", worker("a"),
                  with_resource(one_for_one("s", worker("b"), NULL)), NULL));
  world_show(w, SUP_EVENT_RESOURCE_CLEANED);
  child(w, "root/s")->on_stop = WORLD_STOP_FAILS;
  launch(w);
  forget(w);
  stop(w);
  assert_events(w, "W- root/s/b, S cleaned! root/s, S! root/s, W- root/a, "
                   "S! root");
  assert_ended(w, SUP_ETERMINATION);
  assert_true(
      error_mentions(sup__engine_result(w->engine), SUP_ECLEANUP, NULL));
  world_free(w);
}

/* S10: 5 s; what comes later is too late */
static void s10_a_cleanup_has_a_timeout(void **state) {
  (void)state;
  struct world *w =
      world_started(with_resource(one_for_one("root", worker("a"), NULL)));
  world_show(w, SUP_EVENT_RESOURCE_CLEANED);
  child(w, "root")->on_stop = WORLD_IGNORES;
  stop(w);
  advance(w, SEC(5) - 1);
  assert_events(w, "W- root/a");
  advance(w, 1);
  assert_events(w, "S cleaned! root, S! root");
  assert_ended(w, SUP_ETERMINATION);
  assert_true(
      error_mentions(sup__engine_result(w->engine), SUP_ECLEANUP, NULL));
  /* It is still at it, so what it uses cannot go yet. */
  assert_false(sup__engine_is_quiet(w->engine));
  sup__engine_cleaned(w->engine, child(w, "root")->ref, 0);
  world_run(w);
  assert_events(w, "");
  assert_true(sup__engine_is_quiet(w->engine));
  world_free(w);
}

/* S10: it is told the abandoned */
static void s10_cleanup_beside_an_abandoned_child(void **state) {
  (void)state;
  struct world *w = world_started(with_resource(
      one_for_one("root", worker("a"), worker("b"), worker("c"), NULL)));
  child(w, "a")->on_stop = WORLD_IGNORES;
  child(w, "c")->on_stop = WORLD_IGNORES;
  stop(w);
  advance(w, SEC(10));
  assert_int_equal(child(w, "root")->cleanups, 1);
  assert_int_equal(child(w, "root")->abandoned, 2);
  assert_ended(w, SUP_ETERMINATION);
  world_free(w);
}

/* S10: what the build returns is started in place of the spec's children */
static void s10_a_build_may_bring_children(void **state) {
  (void)state;
  struct world *w = world_create(tolerating(
      one_for_one("root", worker("z"),
                  with_resource(unpaced(one_for_one("s", NULL))), NULL),
      1, SEC(5)));
  child(w, "root/s")->children =
      one_for_one("ignored", worker("a"), worker("b"), NULL);
  launch(w);
  assert_events(w, "W+ root/z, W+ root/s/a, W+ root/s/b, S+ root/s, S+ root");
  forget(w);
  fails(w, "root/s/a");
  fails(w, "root/s/b"); /* too much for s; its restart builds again */
  assert_events(w, "W! root/s/a, W+ root/s/a, W! root/s/b, W- root/s/a, "
                   "S! root/s, W+ root/s/a, W+ root/s/b, S+ root/s");
  assert_int_equal(child(w, "root/s")->builds, 2);
  assert_int_equal(child(w, "root/s")->cleanups, 1);
  stop(w);
  assert_events(w, "W- root/s/b, W- root/s/a, S- root/s, W- root/z, S- root");
  assert_ended(w, 0);
  world_free(w);
}

/* S10: the name of the spec that it brings is not used; a stop during it */
static void s10_children_that_come_too_late(void **state) {
  (void)state;
  struct world *w = world_create(with_resource(one_for_one("root", NULL)));
  child(w, "root")->manual = true;
  launch(w);
  stop(w);
  child(w, "root")->built = true;
  sup_spec *late = one_for_one("x", worker("a"), NULL);
  sup__engine_built(w->engine, child(w, "root")->ref, late);
  sup_spec_unref(late);
  world_run(w);
  sup__engine_cleaned(w->engine, child(w, "root")->ref, 0);
  world_run(w);
  assert_actions(w, "build root#1, unbuild root#1, cleanup root#1");
  assert_ended(w, 0);
  world_free(w);
}

/* S10, H3: a build or a cleanup without limit of its own has that of the
 * stop. */
static void s10_no_step_outlasts_the_budget(void **state) {
  static const sup_resource endless = {.size = sizeof(endless),
                                       .flags = SUP_CALLBACKS_ANY_THREAD,
                                       .build = world_no_build,
                                       .cancel = world_no_end,
                                       .cleanup = world_no_cleanup,
                                       .build_timeout = SUP_INFINITE,
                                       .cleanup_timeout = SUP_INFINITE};
  (void)state;
  for (int builds = 0; builds < 2; builds++) {
    sup_spec *root = one_for_one("root", worker("a"), NULL);
    assert_int_equal(sup_spec_set_resource(root, &endless, NULL), 0);
    struct world *w = world_create(root);
    child(w, "root")->manual = true;
    launch(w);
    if (builds) {
      child(w, "root")->built = true;
      sup__engine_built(w->engine, child(w, "root")->ref, NULL);
      world_run(w);
      stop(w); /* its budget comes when it cleans up already */
    }
    stop_within(w, SEC(2));
    advance(w, SEC(3));
    assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
    assert_int_equal(
        builds ? sup__engine_cleaned(w->engine, child(w, "root")->ref, 0)
               : sup__engine_build_failed(w->engine, child(w, "root")->ref, 0),
        0);
    world_run(w);
    world_free(w);
  }
}

/* S10: what has not been asked for cannot be reported, also by who has learnt
 * the incarnation from an event. */
static void s10_reports_before_their_time_change_nothing(void **state) {
  (void)state;
  struct world *w =
      world_create(with_resource(one_for_one("root", worker("a"), NULL)));
  struct sup_action action;
  struct sup_ref root = child(w, "root")->ref;
  root.incarnation = 1;
  world_tick(w);
  assert_int_equal(sup__engine_launch(w->engine), 0);
  assert_int_equal(sup__engine_built(w->engine, root, NULL), SUP_EALREADY);
  world_run(w);
  assert_actions(w, "build root#1, start a#1");
  sup__engine_stop(w->engine, SUP_INFINITE);
  do
    world_step(w);
  while (!sup__engine_peek(w->engine, SUP_QUEUE_MAIN, &action) ||
         action.kind != SUP_ACTION_CLEANUP);
  assert_int_equal(sup__engine_cleaned(w->engine, root, 0), SUP_EALREADY);
  world_run(w);
  assert_int_equal(child(w, "root")->cleanups, 1);
  assert_ended(w, 0);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(s10_build_children_cleanup),
      WORLD_TEST(s10_a_failed_build_is_a_start_failure),
      WORLD_TEST(s10_a_build_has_a_timeout),
      WORLD_TEST(s10_cleanup_after_a_failed_start),
      WORLD_TEST(s10_a_stop_during_the_build),
      WORLD_TEST(s10_an_error_in_the_cleanup_stops_nothing),
      WORLD_TEST(s10_a_cleanup_has_a_timeout),
      WORLD_TEST(s10_cleanup_beside_an_abandoned_child),
      WORLD_TEST(s10_a_build_may_bring_children),
      WORLD_TEST(s10_children_that_come_too_late),
      WORLD_TEST(s10_no_step_outlasts_the_budget),
      WORLD_TEST(s10_reports_before_their_time_change_nothing),
  };
  return cmocka_run_group_tests_name("engine resource", tests, NULL, NULL);
}
