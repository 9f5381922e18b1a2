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

/* RULES G2 and B6 without a barrier; what both modes have in common; specs. */

#include "engine_fate.h"

/* ---- Without a barrier -------------------------------------------------- */

/* G2, MON-45, MON-51, MON-52: each runs again as soon as it is gone */
static void g2_each_as_soon_as_it_is_gone(void **state) {
  (void)state;
  struct world *w = world_started(family(SUP_GROUP_EACH));
  stop_takes(w, "a", SEC(3));
  stop_takes(w, "c", MS(10));
  fails(w, "b");
  assert_events(w, "W! root/b, W+ root/b");
  assert_actions(w, "end b#1, cancel c#1, cancel a#1, start b#2");
  advance(w, MS(10));
  assert_events(w, "W- root/c, W+ root/c");
  assert_state(w, "a", SUP_STATE_STOPPING);
  advance(w, SEC(3));
  assert_events(w, "W- root/a, W+ root/a");
  assert_apart(w, "x");
  assert_apart(w, "y");
  world_free(w);
}

/* B6, MON-67: two that always fail are paced each by its own backoff */
static void b6_each_keeps_its_own_delay(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      each(one_for_one("root", in("g", delayed(worker("a"), MS(500))),
                       in("g", delayed(worker("b"), MS(500))), NULL),
           "g"),
      SUP_UNLIMITED, 0));
  child(w, "a")->lives = child(w, "b")->lives = MS(1);
  fails(w, "a");
  fails(w, "b"); /* from before the stop came to it, or after: the same */
  child(w, "a")->ends = child(w, "b")->ends = SUP_OUTCOME_FAILED;
  advance(w, SEC(5));
  assert_in_range(child(w, "a")->starts, 8, 22);
  assert_in_range(child(w, "b")->starts, 8, 22);
  world_free(w);
}

/* B6, MON-68: one that waits goes on waiting when a sibling fails */
static void b6_a_wait_is_not_cut_short(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      each(one_for_one("root", in("g", delayed(worker("a"), MS(100))),
                       in("g", worker("b")), in("g", worker("c")), NULL),
           "g"),
      SUP_UNLIMITED, 0));
  uint64_t due;
  fails(w, "a");
  due = w->now + MS(100);
  assert_events(w, "W! root/a, W- root/c, W- root/b, W+ root/c, W+ root/b");
  advance(w, MS(50));
  fails(w, "b");
  assert_events(w, "W! root/b, W- root/c, W+ root/b, W+ root/c");
  assert_state(w, "a", SUP_STATE_WAITING);
  assert_true(world_info(w, "a", NULL).deadline == due);
  advance(w, MS(50) - 1);
  assert_events(w, "");
  advance(w, 1);
  assert_events(w, "W+ root/a");
  world_free(w);
}

/* B6, T2: a sibling that is being stopped already is not asked again, and one
 * that was started in the round is */
static void b6_rounds_overlap(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(family(SUP_GROUP_EACH), 2, 0));
  stop_takes(w, "a", MS(100));
  fails(w, "b");
  assert_int_equal(child(w, "c")->starts, 2);
  advance(w, MS(50));
  fails(w, "c");
  assert_int_equal(child(w, "b")->starts, 3);
  assert_int_equal(child(w, "c")->starts, 3);
  advance(w, MS(50));
  assert_int_equal(child(w, "a")->stops, 1);
  assert_int_equal(child(w, "a")->starts, 2);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  fails(w, "a"); /* the third */
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* B6, X4: a start that fails is a failure like any other */
static void x4_a_start_failure_without_a_barrier(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(family(SUP_GROUP_EACH), 2, 0));
  child(w, "b")->on_start = WORLD_REFUSES;
  child(w, "b")->bad_starts = 1;
  fails(w, "b");
  assert_int_equal(child(w, "b")->starts, 3);
  assert_state(w, "a", SUP_STATE_RUNNING);
  assert_state(w, "b", SUP_STATE_RUNNING);
  assert_state(w, "c", SUP_STATE_RUNNING);
  fails(w, "x");
  assert_ended(w, SUP_ETOLERANCE);
  world_free(w);
}

/* ---- Both --------------------------------------------------------------- */

/* B3: a long life counts, also if somebody else's failure ended it */
static void b3_a_life_that_a_round_ended(void **state) {
  static const sup_group_mode modes[] = {SUP_GROUP_TOGETHER, SUP_GROUP_EACH};
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    sup_spec *root =
        i == 2 ? one_for_all("root", paced(worker("a"), MS(1), 10, SEC(1)),
                             unpaced(worker("b")), NULL)
               : one_for_one("root",
                             in("g", paced(worker("a"), MS(1), 10, SEC(1))),
                             in("g", unpaced(worker("b"))), NULL);
    if (i < 2)
      assert_int_equal(sup_spec_add_group(root, "g", modes[i]), 0);
    struct world *w = world_started(tolerating(root, SUP_UNLIMITED, 0));
    fails(w, "a");
    advance(w, MS(1));
    fails(w, "a");
    advance(w, MS(10));
    advance(w, SEC(20));
    fails(w, "b");
    fails(w, "a");
    assert_int_equal(world_record(w, SUP_EVENT_RESTART_SCHEDULED, "a").detail,
                     MS(1));
    world_free(w);
  }
}

/* E1, B5: a failure that a round comes upon is told with its delay, as any is:
 * so much the round waits */
static void e1_the_delays_of_a_round(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    sup_spec *a = paced(worker("a"), MS(100), 1, SEC(1));
    sup_spec *b = paced(worker("b"), MS(300), 1, SEC(1));
    sup_spec *root = i == 0
                         ? one_for_all("root", a, b, worker("c"), NULL)
                         : together(one_for_one("root", in("g", a), in("g", b),
                                                in("g", worker("c")), NULL),
                                    "g");
    struct world *w = world_started(tolerating(root, 1, 0));
    world_show(w, SUP_EVENT_RESTART_SCHEDULED);
    stop_takes(w, "c", MS(20));
    fails(w, "a");
    fails(w, "b");
    advance(w, MS(20));
    assert_events(w, "W! root/a, W scheduled:100ms root/a, W- root/c, "
                     "W! root/b, W scheduled:300ms root/b");
    assert_true(world_record(w, SUP_EVENT_RESTART_SCHEDULED, "b").cause ==
                world_record(w, SUP_EVENT_FAILED, "b").number);
    advance(w, MS(280));
    assert_events(w, "W+ root/a, W+ root/b, W+ root/c");
    world_free(w);
  }
}

/* E1, B5: so is a start that fails while the round stops its members */
static void e1_the_delay_of_a_failed_start(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    sup_spec *a = paced(notifier("a"), MS(100), 1, SEC(1));
    sup_spec *b = paced(notifier("b"), MS(300), 1, SEC(1));
    sup_spec *root = i == 0
                         ? one_for_all("root", a, b, worker("c"), NULL)
                         : together(one_for_one("root", in("g", a), in("g", b),
                                                in("g", worker("c")), NULL),
                                    "g");
    assert_int_equal(sup_spec_set_start_limit(root, 3), 0);
    struct world *w = world_started(tolerating(root, 2, 0));
    fails(w, "a");
    child(w, "a")->manual = child(w, "b")->manual = true;
    stop_takes(w, "c", MS(50));
    advance(w, MS(100));
    world_show(w, SUP_EVENT_RESTART_SCHEDULED);
    forget(w);
    fails(w, "a");
    fails(w, "b");
    assert_events(w, "W# root/a, W scheduled:100ms root/a, W# root/b, "
                     "W scheduled:300ms root/b");
    world_free(w);
  }
}

/* H6: a stop takes effect at once, and nothing starts after it */
static void h6_a_stop_in_every_phase_of_a_round(void **state) {
  static const sup_group_mode modes[] = {SUP_GROUP_TOGETHER, SUP_GROUP_EACH};
  (void)state;
  for (int phase = 0; phase < 6; phase++) {
    sup_spec *root =
        one_for_one("root", in("g", notifier("a")), in("g", worker("b")),
                    in("g", worker("c")), NULL);
    assert_int_equal(sup_spec_add_group(root, "g", modes[phase / 3]), 0);
    struct world *w =
        world_started(delayed(tolerating(root, SUP_UNLIMITED, 0), MS(100)));
    stop_takes(w, "c", MS(20));
    child(w, "a")->manual = true;
    fails(w, "b");
    advance(w, phase % 3 == 0 ? MS(10) : phase % 3 == 1 ? MS(50) : MS(100));
    forget(w);
    stop(w);
    advance(w, MS(20));
    assert_ended(w, 0);
    assert_null(strstr(w->events, "W+"));
    assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
    world_free(w);
  }
}

/* H6: a round that comes upon a failure while the stop is on its way */
static void h6_a_round_schedules_nothing_after_the_stop(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    sup_spec *s =
        i == 0 ? together(one_for_one("s", in("g", worker("a")),
                                      in("g", worker("b")),
                                      in("g", worker("c")), NULL),
                          "g")
               : one_for_all("s", worker("a"), worker("b"), worker("c"), NULL);
    struct world *w = world_started(
        one_for_one("root", delayed(s, MS(100)), worker("z"), NULL));
    stop_takes(w, "s/c", MS(10));
    stop_takes(w, "z", MS(50));
    fails(w, "s/a");
    fails(w, "s/b");
    stop(w);
    w->seen[SUP_EVENT_RESTART_SCHEDULED] = 0;
    advance(w, MS(10));
    assert_state(w, "s/b", SUP_STATE_FAILED);
    advance(w, MS(40));
    assert_ended(w, SUP_ETERMINATION);
    assert_int_equal(w->seen[SUP_EVENT_RESTART_SCHEDULED], 0);
    world_free(w);
  }
}

/* H6, T5: the parent restarts a supervisor in the middle of its group's round;
 * what begins is new */
static void t5_a_round_ended_by_the_parent(void **state) {
  static const sup_group_mode modes[] = {SUP_GROUP_TOGETHER, SUP_GROUP_EACH};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    sup_spec *s =
        delayed(one_for_one("s", in("g", worker("a")), in("g", worker("b")),
                            in("g", worker("c")), NULL),
                SEC(10));
    assert_int_equal(sup_spec_add_group(s, "g", modes[i]), 0);
    struct world *w = world_started(tolerating(
        one_for_all("root", s, worker("z"), NULL), SUP_UNLIMITED, 0));
    stop_takes(w, "b", SEC(1));
    fails(w, "a");
    advance(w, MS(500));
    fails(w, "z");
    advance(w, SEC(20));
    assert_state(w, "s", SUP_STATE_RUNNING);
    assert_state(w, "s/a", SUP_STATE_RUNNING);
    assert_int_equal(child(w, "s/a")->starts, 2);
    assert_int_equal(child(w, "s/b")->starts, 2);
    fails(w, "s/c");
    advance(w, SEC(20));
    assert_int_equal(child(w, "s/a")->starts, 3);
    assert_int_equal(child(w, "s/b")->starts, 3);
    assert_int_equal(child(w, "s/c")->starts, i == 0 ? 3 : 4);
    world_free(w);
  }
}

/* S10: children made by a resource step are in groups of their supervisor */
static void s10_made_children(void **state) {
  (void)state;
  struct world *w = world_create(
      tolerating(with_resource(together(
                     one_for_one("root", in("g", worker("old")), NULL), "g")),
                 SUP_UNLIMITED, 0));
  child(w, "root")->children = one_for_one(
      "any", in("g", worker("a")), worker("z"), in("g", worker("b")), NULL);
  sup__spec_freeze(child(w, "root")->children);
  launch(w);
  forget(w);
  fails(w, "b");
  assert_events(w, "W! root/b, W- root/a, W+ root/a, W+ root/b");
  assert_apart(w, "z");
  assert_int_equal(child(w, "old")->starts, 0);
  world_free(w);
}

/* C4: large groups in bounded slices, and no memory for a round */
static void c4_a_large_group(void **state) {
  static const sup_group_mode modes[] = {SUP_GROUP_TOGETHER, SUP_GROUP_EACH};
  enum { MEMBERS = 80 };
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    sup_spec *root = one_for_one("root", worker("x"), NULL);
    assert_int_equal(sup_spec_add_group(root, "g", modes[i]), 0);
    for (int n = 0; n < MEMBERS; n++) {
      char name[16];
      snprintf(name, sizeof(name), "m%02d", n);
      assert_int_equal(sup_spec_add(root, in("g", worker(name))), 0);
    }
    struct world *w = world_started(tolerating(root, SUP_UNLIMITED, 0));
    uint64_t allocations = world_allocations;
    fails(w, "m40");
    fails(w, "m79");
    assert_true(world_allocations == allocations);
    for (int n = 0; n < MEMBERS; n++) {
      char name[16];
      snprintf(name, sizeof(name), "m%02d", n);
      assert_int_equal(child(w, name)->starts, 3);
    }
    assert_apart(w, "x");
    world_free(w);
  }
}

/* C4: without memory for its groups a tree is not made, and nothing is lost */
static void c4_no_memory(void **state) {
  (void)state;
  for (uint64_t allowed = 0;; allowed++) {
    struct sup_engine_options options = {&world_allocator, 1, WORLD_EPOCH,
                                         WORLD_WALL};
    struct sup_engine *engine = NULL;
    sup_spec *root = family(SUP_GROUP_TOGETHER);
    assert_int_equal(sup_spec_check(root, NULL), 0);
    sup__spec_freeze(root);
    world_refuse_after = allowed;
    int r = sup__engine_create(&engine, root, &options);
    world_refuse_after = UINT64_MAX;
    if (r == 0)
      sup__engine_destroy(engine);
    else
      assert_int_equal(r, SUP_ENOMEM);
    sup_spec_unref(root);
    assert_int_equal(world_live_blocks, 0);
    if (r == 0)
      break;
  }
}

/* ---- Specs -------------------------------------------------------------- */

/* The faults of a spec, "path: text" each in a line. */
static void assert_faults(sup_spec *spec, const char *expected) {
  sup_report *report = NULL;
  char text[2048] = "";
  assert_int_equal(sup_spec_check(spec, &report), SUP_ESPEC);
  for (size_t i = 0; i < sup_report_count(report); i++) {
    const sup_error *error = sup_report_error(report, i);
    size_t used = strlen(text);
    snprintf(text + used, sizeof(text) - used, "%.40s\n",
             sup_error_text(error));
  }
  assert_string_equal(text, expected);
  sup_report_unref(report);
  sup_spec_unref(spec);
}

/* N6: all of what is wrong with groups, each with its path */
static void n6_faults_of_groups(void **state) {
  (void)state;
  sup_spec *leaf = worker("w");
  assert_int_equal(sup_spec_add_group(leaf, "g", SUP_GROUP_EACH), SUP_EINVAL);
  assert_int_equal(sup_spec_set_group(leaf, "a/b"), SUP_EINVAL);
  sup_spec *root =
      one_for_one("root", leaf, in("nobody", worker("v")),
                  together(one_for_all("s", in("g", worker("a")), NULL), "g"),
                  together(rest_for_one("r", NULL), "g"), NULL);
  assert_int_equal(sup_spec_add_group(root, "g", SUP_GROUP_EACH), 0);
  assert_int_equal(sup_spec_add_group(root, "g", SUP_GROUP_TOGETHER),
                   SUP_EINVAL);
  assert_int_equal(sup_spec_add_group(root, "", SUP_GROUP_EACH), SUP_EINVAL);
  assert_int_equal(sup_spec_add_group(root, "h", (sup_group_mode)7),
                   SUP_EINVAL);
  assert_faults(root, "root: the group 'g' is there twice; give\n"
                      "root: the name of a group is not valid; \n"
                      "root: the mode of the group 'h' is none \n"
                      "root/v: it is to be in the group 'nobody\n"
                      "root/w: only a supervisor has groups; ad\n"
                      "root/w: the name of the group that it is\n"
                      "root/s: it has groups, but its strategy \n"
                      "root/r: it has groups, but its strategy \n");
}

/* N4, N6: many groups, in any order of their names; a child changes its mind */
static void n6_many_groups(void **state) {
  (void)state;
  sup_spec *root = one_for_one("root", NULL);
  for (unsigned i = 0; i < 200; i++) {
    char name[16];
    snprintf(name, sizeof(name), "g%u", i * 77 % 200);
    assert_int_equal(sup_spec_add_group(root, name, SUP_GROUP_EACH), 0);
    assert_int_equal(sup_spec_add_group(root, "g0", SUP_GROUP_EACH),
                     SUP_EINVAL);
  }
  sup_spec_unref(root);
  root = one_for_one("root", NULL);
  for (unsigned i = 0; i < 200; i++) {
    char name[16];
    snprintf(name, sizeof(name), "g%u", i * 77 % 200);
    assert_int_equal(sup_spec_add_group(root, name, SUP_GROUP_EACH), 0);
    snprintf(name, sizeof(name), "g%u", i);
    sup_spec *w = in("nowhere", worker(name));
    assert_int_equal(sup_spec_add(root, in(name, in(NULL, w))), 0);
  }
  assert_int_equal(sup_spec_check(root, NULL), 0);
  assert_int_equal(sup_spec_add_group(root, "late", SUP_GROUP_EACH), 0);
  sup__spec_freeze(root);
  assert_int_equal(sup_spec_add_group(root, "x", SUP_GROUP_EACH), SUP_EFROZEN);
  assert_int_equal(sup_spec_set_group(root, "x"), SUP_EFROZEN);
  sup_spec_unref(root);
}

/* G2: the group is part of the policy that is shared */
static void g2_a_shared_policy(void **state) {
  (void)state;
  sup_spec *a = in("g", worker("a")), *b = worker("b");
  assert_int_equal(sup_spec_share_policy(b, a), 0);
  struct world *w = world_started(tolerating(
      together(one_for_one("root", a, b, NULL), "g"), SUP_UNLIMITED, 0));
  fails(w, "a");
  assert_int_equal(child(w, "b")->starts, 2);
  world_free(w);
}

/* S8: however many of a group ended meanwhile, it is one round */
static void s8_many_ends_during_the_start(void **state) {
  enum { MEMBERS = 80 };
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    sup_spec *root = one_for_one("root", NULL);
    assert_int_equal(
        sup_spec_add_group(root, "g",
                           i == 0 ? SUP_GROUP_TOGETHER : SUP_GROUP_EACH),
        0);
    for (int n = 0; n < MEMBERS; n++) {
      char name[16];
      snprintf(name, sizeof(name), "m%02d", n);
      assert_int_equal(sup_spec_add(root, in("g", worker(name))), 0);
    }
    assert_int_equal(sup_spec_add(root, notifier("z")), 0);
    struct world *w = world_create(tolerating(root, 1, 0));
    child(w, "root/z")->manual = true;
    launch(w);
    for (int n = 0; n < MEMBERS; n++) {
      char name[16];
      snprintf(name, sizeof(name), "m%02d", n);
      fails(w, name);
    }
    acknowledges(w, "z");
    assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
    for (int n = 0; n < MEMBERS; n++) {
      char name[16];
      snprintf(name, sizeof(name), "m%02d", n);
      assert_int_equal(child(w, name)->starts, 2);
    }
    world_free(w);
  }
}

/* S8: without a barrier, also those whose end is dealt with late */
static void s8_an_end_that_is_dealt_with_late(void **state) {
  (void)state;
  sup_spec *root = each(
      one_for_one("root", in("g", worker("a")), in("g", worker("b")), NULL),
      "g");
  for (int n = 0; n < 80; n++) {
    char name[16];
    snprintf(name, sizeof(name), "t%02d", n);
    assert_int_equal(sup_spec_add(root, transient(name)), 0);
  }
  assert_int_equal(sup_spec_add(root, notifier("z")), 0);
  struct world *w = world_create(tolerating(root, 1, 0));
  child(w, "root/z")->manual = true;
  launch(w);
  fails(w, "a");
  for (int n = 0; n < 80; n++) {
    char name[16];
    snprintf(name, sizeof(name), "t%02d", n);
    completes(w, name);
  }
  fails(w, "b");
  acknowledges(w, "z");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  assert_int_equal(child(w, "a")->starts, 2);
  assert_int_equal(child(w, "b")->starts, 2);
  world_free(w);
}

/* S10: those that are made at the next start are members again, and those that
 * went are not */
static void s10_made_anew(void **state) {
  enum { MEMBERS = 40 };
  (void)state;
  struct world *w = world_create(tolerating(
      rest_for_one("root", worker("z"),
                   with_resource(tolerating(
                       together(each(one_for_one("s", NULL), "h"), "g"),
                       SUP_UNLIMITED, 0)),
                   NULL),
      SUP_UNLIMITED, 0));
  sup_spec *made = one_for_one("any", NULL);
  for (int n = 0; n < MEMBERS; n++) {
    char name[16];
    snprintf(name, sizeof(name), "m%02d", n);
    assert_int_equal(sup_spec_add(made, in(n % 3 == 0   ? NULL
                                           : n % 3 == 1 ? "g"
                                                        : "h",
                                           worker(name))),
                     0);
  }
  sup__spec_freeze(made);
  child(w, "root/s")->children = made;
  launch(w);
  for (unsigned round = 0; round < 4; round++) {
    unsigned before = child(w, "m00")->starts;
    fails(w, "m01");
    fails(w, "m38");
    for (int n = 0; n < MEMBERS; n++) {
      char name[16];
      snprintf(name, sizeof(name), "m%02d", n);
      assert_int_equal(child(w, name)->starts,
                       n % 3 == 0 ? round + 1 : 2 * round + 2);
    }
    assert_int_equal(child(w, "m00")->starts, before);
    fails(w, "z");
    forget(w);
  }
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(g2_each_as_soon_as_it_is_gone),
      WORLD_TEST(b6_each_keeps_its_own_delay),
      WORLD_TEST(b6_a_wait_is_not_cut_short),
      WORLD_TEST(b6_rounds_overlap),
      WORLD_TEST(x4_a_start_failure_without_a_barrier),
      WORLD_TEST(b3_a_life_that_a_round_ended),
      WORLD_TEST(e1_the_delays_of_a_round),
      WORLD_TEST(e1_the_delay_of_a_failed_start),
      WORLD_TEST(h6_a_stop_in_every_phase_of_a_round),
      WORLD_TEST(h6_a_round_schedules_nothing_after_the_stop),
      WORLD_TEST(t5_a_round_ended_by_the_parent),
      WORLD_TEST(s10_made_children),
      WORLD_TEST(c4_a_large_group),
      WORLD_TEST(c4_no_memory),
      WORLD_TEST(n6_faults_of_groups),
      WORLD_TEST(n6_many_groups),
      WORLD_TEST(g2_a_shared_policy),
      WORLD_TEST(s8_many_ends_during_the_start),
      WORLD_TEST(s8_an_end_that_is_dealt_with_late),
      WORLD_TEST(s10_made_anew),
  };
  return cmocka_run_group_tests_name("engine fate, each", tests, NULL, NULL);
}
