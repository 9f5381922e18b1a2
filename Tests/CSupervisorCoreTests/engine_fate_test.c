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

/* RULE G2, with a barrier: groups that are restarted as in one-for-all. */

#include "engine_fate.h"

/* G2 */
static void g2_restarted_together(void **state) {
  (void)state;
  struct world *w = world_started(family(SUP_GROUP_TOGETHER));
  fails(w, "b");
  assert_events(w, "W! root/b, W- root/c, W- root/a, W+ root/a, W+ root/b, "
                   "W+ root/c");
  assert_actions(w, "end b#1, cancel c#1, end c#1, cancel a#1, end a#1, "
                    "start a#2, start b#2, start c#2");
  fails(w, "x");
  assert_events(w, "W! root/x, W+ root/x");
  assert_int_equal(child(w, "a")->starts, 2);
  assert_apart(w, "y");
  stop(w);
  assert_events(w, "W- root/c, W- root/b, W- root/y, W- root/a, W- root/x, "
                   "S- root");
  world_free(w);
}

/* G2: a completion that is restarted too, and uncounted (T2) */
static void g2_a_completion(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(together(one_for_one("root", in("g", worker("a")),
                                      in("g", worker("b")), NULL),
                          "g"),
                 0, 0));
  completes(w, "a");
  assert_events(w, "Wc root/a, W- root/b, W+ root/a, W+ root/b");
  world_free(w);
}

/* G2: from right to left */
static void g2_right_to_left(void **state) {
  (void)state;
  struct world *w = world_started(right_to_left(family(SUP_GROUP_TOGETHER)));
  fails(w, "b");
  assert_events(w, "W! root/b, W- root/a, W- root/c, W+ root/c, W+ root/b, "
                   "W+ root/a");
  world_free(w);
}

/* G2: one after the acknowledgement of another */
static void g2_each_after_the_one_before(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      together(one_for_one("root", in("g", notifier("a")),
                           in("g", notifier("b")), in("g", worker("c")), NULL),
               "g"),
      SUP_UNLIMITED, 0));
  child(w, "a")->manual = child(w, "b")->manual = true;
  fails(w, "c");
  assert_int_equal(child(w, "a")->starts, 2);
  assert_int_equal(child(w, "b")->starts, 1);
  acknowledges(w, "a");
  assert_int_equal(child(w, "b")->starts, 2);
  assert_int_equal(child(w, "c")->starts, 1);
  assert_state(w, "c", SUP_STATE_WAITING);
  acknowledges(w, "b");
  assert_int_equal(child(w, "c")->starts, 2);
  world_free(w);
}

/* G2: supervisors as members, whole with all below them */
static void g2_supervisors_as_members(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      together(one_for_one("root", in("g", worker("a")),
                           in("g", tolerating(one_for_one("s", worker("i"),
                                                          worker("j"), NULL),
                                              0, 0)),
                           worker("z"), NULL),
               "g"),
      SUP_UNLIMITED, 0));
  fails(w, "root/a");
  assert_events(w, "W! root/a, W- root/s/j, W- root/s/i, S- root/s, "
                   "W+ root/a, W+ root/s/i, W+ root/s/j, S+ root/s");
  fails(w, "i");
  assert_events(w, "W! root/s/i, W- root/s/j, S! root/s, W- root/a, "
                   "W+ root/a, W+ root/s/i, W+ root/s/j, S+ root/s");
  assert_apart(w, "z");
  world_free(w);
}

/* G2: several groups have rounds of their own at the same time */
static void g2_groups_beside_each_other(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      together(
          each(together(one_for_one("root", in("g", worker("a")),
                                    in("h", worker("b")), in("g", worker("c")),
                                    in("h", worker("d")), in("i", worker("e")),
                                    in("i", worker("f")), NULL),
                        "g"),
               "i"),
          "h"),
      SUP_UNLIMITED, 0));
  for (size_t i = 0; i < w->child_count; i++)
    w->children[i].stop_takes = MS(100);
  fails(w, "a");
  advance(w, MS(30));
  fails(w, "d");
  fails(w, "e");
  assert_events(w, "W! root/a, W! root/d, W! root/e, W+ root/e");
  advance(w, MS(70));
  assert_events(w, "W- root/c, W+ root/a, W+ root/c");
  advance(w, MS(30));
  assert_events(w, "W- root/b, W+ root/b, W+ root/d, W- root/f, W+ root/f");
  world_free(w);
}

/* G2, H1: the order of what really came up is that of the rounds */
static void g2_side_by_side_start(void **state) {
  (void)state;
  sup_spec *root = together(one_for_one("root", in("g", notifier("a")),
                                        in("g", notifier("b")),
                                        in("g", notifier("c")), NULL),
                            "g");
  assert_int_equal(sup_spec_set_start_limit(root, 3), 0);
  struct world *w = world_create(tolerating(root, SUP_UNLIMITED, 0));
  child(w, "root/a")->manual = child(w, "root/b")->manual = true;
  child(w, "root/c")->manual = true;
  launch(w);
  acknowledges(w, "c");
  acknowledges(w, "a");
  acknowledges(w, "b");
  forget(w);
  fails(w, "c");
  assert_events(w, "W! root/c, W- root/b, W- root/a");
  /* side by side again */
  assert_int_equal(child(w, "c")->starts, 2);
  assert_int_equal(child(w, "a")->starts, 2);
  assert_int_equal(child(w, "b")->starts, 2);
  world_free(w);
}

/* S11: `after` holds in a round as well */
static void s11_after_within_a_group(void **state) {
  (void)state;
  sup_spec *b = in("g", worker("b"));
  assert_int_equal(sup_spec_add_after(b, "d"), 0);
  struct world *w = world_started(tolerating(
      together(one_for_one("root", in("g", worker("a")), b,
                           in("g", worker("c")), in("g", notifier("d")), NULL),
               "g"),
      SUP_UNLIMITED, 0));
  /* H1: b came up last, so it stops first and starts last */
  fails(w, "a");
  assert_events(w, "W! root/a, W- root/b, W- root/d, W- root/c, W+ root/a, "
                   "W+ root/c, W+ root/d, W+ root/b");
  child(w, "d")->manual = true;
  fails(w, "c");
  forget(w);
  assert_state(w, "b", SUP_STATE_WAITING);
  acknowledges(w, "d");
  assert_events(w, "W+ root/d, W+ root/b");
  world_free(w);
}

/* S11: a member that starts after a child outside of the group */
static void s11_after_somebody_else(void **state) {
  (void)state;
  sup_spec *a = in("g", worker("a"));
  assert_int_equal(sup_spec_add_after(a, "z"), 0);
  struct world *w = world_started(
      delayed(tolerating(together(one_for_one("root", worker("z"), a,
                                              in("g", worker("b")), NULL),
                                  "g"),
                         SUP_UNLIMITED, 0),
              MS(100)));
  fails(w, "b");
  advance(w, MS(50));
  fails(w, "z");
  forget(w);
  advance(w, MS(50));
  assert_events(w, "W+ root/b");
  assert_string_equal(world_info(w, "a", NULL).waits_for, "z");
  advance(w, MS(50));
  assert_events(w, "W+ root/z, W+ root/a");
  world_free(w);
}

/* T2: a round counts once, in the supervisor's record */
static void t2_a_round_counts_once(void **state) {
  static const sup_group_mode modes[] = {SUP_GROUP_TOGETHER, SUP_GROUP_EACH};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct world *w = world_started(tolerating(family(modes[i]), 2, 0));
    child(w, "a")->on_stop = WORLD_STOP_FAILS;
    fails(w, "b");
    fails(w, "c");
    assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
    assert_int_equal(child(w, "a")->starts, 3);
    fails(w, "x");
    assert_ended(w, SUP_ETOLERANCE);
    world_free(w);
  }
}

/* T4: quarantine takes only that child out, and the others stay up */
static void t4_own_tolerance(void **state) {
  static const sup_group_mode modes[] = {SUP_GROUP_TOGETHER, SUP_GROUP_EACH};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    sup_spec *a = in("g", worker("a"));
    assert_int_equal(
        sup_spec_set_child_tolerance(a, 1, 0, SUP_EXCEEDED_QUARANTINE), 0);
    sup_spec *root = one_for_one("root", a, in("g", worker("b")), NULL);
    assert_int_equal(sup_spec_add_group(root, "g", modes[i]), 0);
    struct world *w = world_started(tolerating(root, 1, 0));
    fails(w, "a");
    assert_int_equal(child(w, "b")->starts, 2);
    fails(w, "a");
    assert_state(w, "a", SUP_STATE_QUARANTINED);
    assert_int_equal(child(w, "b")->starts, 2);
    fails(w, "b"); /* the first that the supervisor counts */
    assert_state(w, "a", SUP_STATE_QUARANTINED);
    assert_int_equal(child(w, "b")->starts, 3);
    world_free(w);
  }
}

/* G3: who has ended for good stays down; a living temporary is dropped */
static void g3_who_had_ended(void **state) {
  static const sup_group_mode modes[] = {SUP_GROUP_TOGETHER, SUP_GROUP_EACH};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    sup_spec *root =
        one_for_one("root", in("g", worker("a")), in("g", transient("r")),
                    in("g", temporary("t")), in("g", temporary("u")), NULL);
    assert_int_equal(sup_spec_add_group(root, "g", modes[i]), 0);
    struct world *w = world_started(tolerating(root, SUP_UNLIMITED, 0));
    completes(w, "r");
    fails(w, "t");
    assert_events(w, "Wc root/r, W! root/t"); /* G7 */
    fails(w, "a");
    assert_events(w, "W! root/a, W- root/u, W+ root/a");
    assert_state(w, "r", SUP_STATE_COMPLETED);
    assert_int_equal(world_node(w, "root/t"), UINT32_MAX);
    assert_int_equal(world_node(w, "root/u"), UINT32_MAX);
    world_free(w);
  }
}

/* G4: reported, not counted, and the round goes on */
static void g4_a_member_that_fails_to_stop(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(family(SUP_GROUP_TOGETHER), 1, 0));
  child(w, "c")->on_stop = WORLD_STOP_FAILS;
  fails(w, "a");
  assert_events(w, "W! root/a, W! root/c, W- root/b, W+ root/a, W+ root/b, "
                   "W+ root/c");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  world_free(w);
}

/* G4, I2: a stuck one is skipped, and started alone when it is gone */
static void g4_a_stuck_member(void **state) {
  static const sup_group_mode modes[] = {SUP_GROUP_TOGETHER, SUP_GROUP_EACH};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct world *w = world_started(family(modes[i]));
    child(w, "b")->on_stop = WORLD_IGNORES;
    fails(w, "a");
    advance(w, SEC(5));
    assert_state(w, "b", SUP_STATE_STUCK);
    assert_int_equal(child(w, "a")->starts, 2);
    assert_int_equal(child(w, "c")->starts, 2);
    /* a further round leaves it alone */
    fails(w, "c");
    assert_state(w, "b", SUP_STATE_STUCK);
    assert_int_equal(w->seen[SUP_EVENT_STUCK], 1);
    assert_int_equal(child(w, "a")->starts, 3);
    child(w, "b")->on_stop = WORLD_STOPS;
    forget(w);
    completes(w, "b");
    assert_events(w, "W+ root/b");
    fails(w, "a");
    assert_int_equal(child(w, "b")->starts, 3);
    world_free(w);
  }
}

/* G4: it joins a round that is stopping its members */
static void g4_no_longer_stuck_in_a_round(void **state) {
  (void)state;
  struct world *w = world_started(family(SUP_GROUP_TOGETHER));
  child(w, "b")->on_stop = WORLD_IGNORES;
  fails(w, "a");
  advance(w, SEC(5));
  stop_takes(w, "c", SEC(1));
  fails(w, "a");
  child(w, "b")->on_stop = WORLD_STOPS;
  completes(w, "b");
  assert_state(w, "b", SUP_STATE_WAITING);
  forget(w);
  advance(w, SEC(1));
  assert_events(w, "W- root/c, W+ root/a, W+ root/b, W+ root/c");
  world_free(w);
}

/* G5: absorbed, told at its place in the stop order */
static void g5_a_failure_from_before_the_round(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(family(SUP_GROUP_TOGETHER), 1, 0));
  stop_takes(w, "c", MS(10));
  fails(w, "a");
  fails(w, "b");
  assert_state(w, "b", SUP_STATE_ENDED);
  advance(w, MS(10));
  assert_events(w, "W! root/a, W- root/c, W! root/b, W+ root/a, W+ root/b, "
                   "W+ root/c");
  assert_int_equal(child(w, "b")->stops, 0);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  world_free(w);
}

/* G5: of one started in the round: counted, dealt with when all are up */
static void g5_a_failure_in_the_start_phase(void **state) {
  (void)state;
  for (uint64_t tolerance = 1; tolerance < 3; tolerance++) {
    struct world *w = world_started(
        tolerating(together(one_for_one("root", in("g", worker("a")),
                                        in("g", notifier("b")),
                                        in("g", worker("c")), NULL),
                            "g"),
                   tolerance, 0));
    child(w, "b")->manual = true;
    fails(w, "c");
    assert_events(w, "W! root/c, W- root/b, W- root/a, W+ root/a");
    fails(w, "a");
    assert_events(w, "");
    assert_state(w, "a", SUP_STATE_ENDED);
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

/* G5: not all that ends in the start phase is restarted */
static void g5_an_end_for_good_in_the_start_phase(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(together(one_for_one("root", in("g", transient("a")),
                                      in("g", notifier("b")), NULL),
                          "g"),
                 SUP_UNLIMITED, 0));
  child(w, "b")->manual = true;
  fails(w, "a");
  completes(w, "a");
  forget(w);
  acknowledges(w, "b");
  assert_events(w, "W+ root/b, Wc root/a");
  assert_state(w, "a", SUP_STATE_COMPLETED);
  assert_state(w, "b", SUP_STATE_RUNNING);
  world_free(w);
}

/* G6: rolled back, counted once, tried again */
static void g6_a_start_failure_in_a_round(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(family(SUP_GROUP_TOGETHER), 2, 0));
  child(w, "b")->on_start = WORLD_REFUSES;
  child(w, "b")->bad_starts = 1;
  fails(w, "c");
  assert_events(w, "W! root/c, W- root/b, W- root/a, W+ root/a, W# root/b, "
                   "W- root/a, W+ root/a, W+ root/b, W+ root/c");
  assert_apart(w, "x");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  fails(w, "c"); /* the third */
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* G6, B5: the delay of the one that did not start */
static void g6_a_start_failure_waits(void **state) {
  (void)state;
  struct world *w = world_started(delayed(family(SUP_GROUP_TOGETHER), MS(100)));
  child(w, "b")->on_start = WORLD_REFUSES;
  child(w, "b")->bad_starts = 1;
  fails(w, "c");
  advance(w, MS(100));
  assert_int_equal(child(w, "b")->starts, 2);
  assert_state(w, "a", SUP_STATE_WAITING);
  assert_true(world_info(w, "a", NULL).deadline == w->now + MS(100));
  forget(w);
  advance(w, MS(100) - 1);
  assert_events(w, "");
  advance(w, 1);
  assert_events(w, "W+ root/a, W+ root/b, W+ root/c");
  world_free(w);
}

/* X6: a start that is hopeless takes nobody down and is not tried again */
static void x6_a_hopeless_failure(void **state) {
  static const sup_group_mode modes[] = {SUP_GROUP_TOGETHER, SUP_GROUP_EACH};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct world *w = world_started(family(modes[i]));
    exits(w, "b", SUP_OUTCOME_HOPELESS);
    assert_events(w, "W! root/b");
    assert_state(w, "b", SUP_STATE_FAILED);
    fails(w, "a");
    assert_state(w, "b", SUP_STATE_FAILED);
    assert_int_equal(child(w, "c")->starts, 2);
    world_free(w);
  }
}

/* X5: asked for by the child itself: a round, and not counted */
static void x5_a_restart_that_was_asked_for(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(family(SUP_GROUP_TOGETHER), 0, 0));
  assert_int_equal(sup__engine_request_restart(w->engine, child(w, "a")->ref),
                   0);
  completes(w, "a");
  assert_int_equal(child(w, "b")->starts, 2);
  assert_int_equal(sup__engine_done(w->engine, child(w, "a")->ref), 0);
  completes(w, "a");
  assert_int_equal(child(w, "b")->starts, 2);
  assert_state(w, "a", SUP_STATE_COMPLETED);
  world_free(w);
}

/* S8: ends that came while the supervisor started are one round */
static void s8_ends_during_the_start(void **state) {
  static const sup_group_mode modes[] = {SUP_GROUP_TOGETHER, SUP_GROUP_EACH};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    sup_spec *root =
        one_for_one("root", in("g", worker("a")), in("g", worker("b")),
                    in("g", worker("c")), notifier("z"), NULL);
    assert_int_equal(sup_spec_add_group(root, "g", modes[i]), 0);
    struct world *w = world_create(tolerating(root, 1, 0));
    child(w, "root/z")->manual = true;
    launch(w);
    fails(w, "b");
    fails(w, "a");
    assert_state(w, "a", SUP_STATE_ENDED);
    assert_int_equal(child(w, "b")->starts, 1);
    forget(w);
    acknowledges(w, "z");
    if (i == 0)
      assert_events(w, "W+ root/z, S+ root, W! root/b, W- root/c, W! root/a, "
                       "W+ root/a, W+ root/b, W+ root/c");
    else
      assert_events(w, "W+ root/z, S+ root, W! root/b, W! root/a, W+ root/b, "
                       "W+ root/a, W- root/c, W+ root/c");
    for (const char *name = "abc"; *name != 0; name++) {
      char key[2] = {*name, 0};
      assert_int_equal(child(w, key)->starts, 2);
    }
    assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
    world_free(w);
  }
}

/* B5: the wait runs from the failure and overlaps the stops */
static void b5_the_wait_overlaps_the_stops(void **state) {
  static const uint64_t takes[] = {30, 100, 300};
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    struct world *w =
        world_started(delayed(family(SUP_GROUP_TOGETHER), MS(100)));
    uint64_t start = takes[i] > 100 ? takes[i] : 100;
    stop_takes(w, "c", MS(takes[i]));
    fails(w, "b");
    assert_state(w, "b", SUP_STATE_WAITING);
    assert_true(world_info(w, "b", NULL).deadline == w->now + MS(100));
    advance(w, MS(start) - 1);
    forget(w);
    advance(w, 1);
    assert_int_equal(child(w, "a")->starts, 2);
    assert_int_equal(child(w, "b")->starts, 2);
    assert_int_equal(child(w, "c")->starts, 2);
    assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
    world_free(w);
  }
}

/* B5: the longest delay among those that failed */
static void b5_the_longest_delay(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      together(one_for_one("root", in("g", delayed(worker("a"), MS(100))),
                           in("g", delayed(worker("b"), MS(300))),
                           in("g", worker("c")), NULL),
               "g"),
      SUP_UNLIMITED, 0));
  stop_takes(w, "c", MS(20));
  fails(w, "a");
  advance(w, MS(10));
  fails(w, "b");
  advance(w, MS(299));
  assert_int_equal(child(w, "a")->starts, 1);
  advance(w, 1000000); /* 310 ms */
  assert_int_equal(child(w, "a")->starts, 2);
  assert_int_equal(child(w, "b")->starts, 2);
  assert_int_equal(child(w, "c")->starts, 2);
  world_free(w);
}

/* B5: a start that fails by itself while the round stops its members */
static void b5_a_start_failure_is_absorbed(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      together(one_for_one("root", in("g", delayed(notifier("a"), MS(100))),
                           in("g", worker("b")), in("g", worker("c")), NULL),
               "g"),
      1, 0));
  child(w, "a")->on_stop = WORLD_IGNORES;
  child(w, "a")->manual = true;
  fails(w, "b");
  advance(w, SEC(5)); /* a is stuck */
  child(w, "a")->on_stop = WORLD_STOPS;
  completes(w, "a"); /* and starts alone */
  assert_state(w, "a", SUP_STATE_STARTING);
  stop_takes(w, "c", MS(50));
  assert_int_equal(sup__engine_request_restart(w->engine, child(w, "b")->ref),
                   0);
  completes(w, "b"); /* a round that is not counted */
  fails(w, "a");
  assert_state(w, "a", SUP_STATE_WAITING);
  forget(w);
  advance(w, MS(100) - 1);
  assert_events(w, "W- root/c");
  advance(w, 1);
  acknowledges(w, "a");
  assert_events(w, "W+ root/a, W+ root/b, W+ root/c");
  world_free(w);
}

/* G2, E1: each is stopped and started because of the failure in its own group */
static void g2_the_cause_of_a_stop(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      together(together(one_for_one("root", in("g", worker("a")),
                                    in("g", worker("b")), in("h", worker("c")),
                                    in("h", worker("d")), NULL),
                        "g"),
               "h"),
      SUP_UNLIMITED, 0));
  stop_takes(w, "b", MS(10));
  stop_takes(w, "d", MS(10));
  fails(w, "a");
  uint64_t first = world_record(w, SUP_EVENT_FAILED, "a").number;
  fails(w, "c");
  uint64_t second = world_record(w, SUP_EVENT_FAILED, "c").number;
  advance(w, MS(10));
  assert_int_equal(world_record(w, SUP_EVENT_STOPPING, "b").cause, first);
  assert_int_equal(world_record(w, SUP_EVENT_STOPPING, "d").cause, second);
  assert_int_equal(world_record(w, SUP_EVENT_STARTED, "b").cause, first);
  assert_int_equal(world_record(w, SUP_EVENT_STARTED, "c").cause, second);
  world_free(w);
}

/* G2, H1: the order of the latest start of the supervisor counts */
static void g2_order_of_the_latest_start(void **state) {
  static const char *const orders[] = {"cab", "bca", "abc"};
  (void)state;
  sup_spec *s = tolerating(
      together(one_for_one("s", in("g", notifier("a")), in("g", notifier("b")),
                           in("g", notifier("c")), NULL),
               "g"),
      SUP_UNLIMITED, 0);
  assert_int_equal(sup_spec_set_start_limit(s, 3), 0);
  struct world *w = world_create(
      tolerating(rest_for_one("root", worker("z"), s, NULL), SUP_UNLIMITED, 0));
  for (size_t i = 0; i < 3; i++) {
    const char *order = orders[i];
    char key[3][16];
    char expected[128];
    for (size_t n = 0; n < 3; n++) {
      snprintf(key[n], sizeof(key[n]), "root/s/%c", order[n]);
      child(w, key[n])->manual = true;
    }
    if (i == 0)
      launch(w);
    else
      fails(w, "z");
    for (size_t n = 0; n < 3; n++) {
      acknowledges(w, key[n]);
      child(w, key[n])->manual = false;
    }
    forget(w);
    fails(w, key[0]);
    snprintf(expected, sizeof(expected), "W! %s, W- %s, W- %s", key[0], key[2],
             key[1]);
    assert_memory_equal(w->events, expected, strlen(expected));
  }
  world_free(w);
}

/* S11: one at a time, also of those that were held */
static void s11_one_that_was_held_has_its_turn(void **state) {
  (void)state;
  sup_spec *a = in("g", notifier("a")), *b = in("g", notifier("b"));
  assert_int_equal(sup_spec_add_after(a, "z"), 0);
  assert_int_equal(sup_spec_add_after(b, "z"), 0);
  struct world *w = world_started(
      delayed(tolerating(together(one_for_one("root", notifier("z"), a, b,
                                              in("g", notifier("c")), NULL),
                                  "g"),
                         SUP_UNLIMITED, 0),
              MS(100)));
  child(w, "a")->manual = child(w, "b")->manual = child(w, "c")->manual = true;
  child(w, "z")->manual = true;
  fails(w, "z");
  fails(w, "c");
  advance(w, MS(100)); /* a and b are held, c is on its way up */
  assert_int_equal(child(w, "c")->starts, 2);
  acknowledges(w, "z");
  assert_int_equal(child(w, "a")->starts, 1);
  acknowledges(w, "c");
  assert_int_equal(child(w, "a")->starts, 2);
  assert_int_equal(child(w, "b")->starts, 1);
  /* B5: a further round does not forget those whose turn had come */
  fails(w, "a");
  advance(w, MS(100));
  acknowledges(w, "a");
  acknowledges(w, "b");
  acknowledges(w, "c");
  assert_int_equal(child(w, "b")->starts, 2);
  assert_int_equal(child(w, "c")->starts, 3);
  world_free(w);
}

/* X6, G3: a start that is hopeless stays down, also in somebody's round */
static void x6_a_hopeless_start_in_a_round(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      together(one_for_one("root", in("g", notifier("a")), in("g", worker("b")),
                           in("g", worker("c")), NULL),
               "g"),
      SUP_UNLIMITED, 0));
  child(w, "a")->on_stop = WORLD_IGNORES;
  child(w, "a")->manual = true;
  fails(w, "b");
  advance(w, SEC(5)); /* a is stuck */
  completes(w, "a");  /* and starts alone */
  stop_takes(w, "c", MS(50));
  fails(w, "b");
  exits(w, "a", SUP_OUTCOME_HOPELESS);
  assert_state(w, "a", SUP_STATE_FAILED);
  advance(w, MS(50));
  assert_state(w, "a", SUP_STATE_FAILED);
  assert_state(w, "b", SUP_STATE_RUNNING);
  assert_state(w, "c", SUP_STATE_RUNNING);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(g2_restarted_together),
      WORLD_TEST(g2_a_completion),
      WORLD_TEST(g2_right_to_left),
      WORLD_TEST(g2_each_after_the_one_before),
      WORLD_TEST(g2_supervisors_as_members),
      WORLD_TEST(g2_groups_beside_each_other),
      WORLD_TEST(g2_side_by_side_start),
      WORLD_TEST(s11_after_within_a_group),
      WORLD_TEST(s11_after_somebody_else),
      WORLD_TEST(t2_a_round_counts_once),
      WORLD_TEST(t4_own_tolerance),
      WORLD_TEST(g3_who_had_ended),
      WORLD_TEST(g4_a_member_that_fails_to_stop),
      WORLD_TEST(g4_a_stuck_member),
      WORLD_TEST(g4_no_longer_stuck_in_a_round),
      WORLD_TEST(g5_a_failure_from_before_the_round),
      WORLD_TEST(g5_a_failure_in_the_start_phase),
      WORLD_TEST(g5_an_end_for_good_in_the_start_phase),
      WORLD_TEST(g6_a_start_failure_in_a_round),
      WORLD_TEST(g6_a_start_failure_waits),
      WORLD_TEST(x6_a_hopeless_failure),
      WORLD_TEST(x5_a_restart_that_was_asked_for),
      WORLD_TEST(s8_ends_during_the_start),
      WORLD_TEST(b5_the_wait_overlaps_the_stops),
      WORLD_TEST(b5_the_longest_delay),
      WORLD_TEST(b5_a_start_failure_is_absorbed),
      WORLD_TEST(g2_the_cause_of_a_stop),
      WORLD_TEST(g2_order_of_the_latest_start),
      WORLD_TEST(s11_one_that_was_held_has_its_turn),
      WORLD_TEST(x6_a_hopeless_start_in_a_round),
  };
  return cmocka_run_group_tests_name("engine fate", tests, NULL, NULL);
}
