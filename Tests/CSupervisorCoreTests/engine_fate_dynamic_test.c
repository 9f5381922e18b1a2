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

/* RULES D1 and D2 in fate-sharing groups (G2): members that come and go. */

#include "engine_fate.h"
#include "engine_requests.h"

static sup_spec *pair(sup_group_mode mode) {
  sup_spec *root =
      one_for_one("root", in("g", worker("a")), in("g", worker("b")), NULL);
  assert_int_equal(sup_spec_add_group(root, "g", mode), 0);
  return tolerating(root, SUP_UNLIMITED, 0);
}

/* D1: a child that is added is a member like any other */
static void d1_a_member_that_was_added(void **state) {
  (void)state;
  for (int mode = 0; mode < 2; mode++) {
    struct world *w = world_started(pair((sup_group_mode)mode));
    add(w, "root", in("g", worker("x")));
    add(w, "root", worker("z"));
    forget(w);
    fails(w, "a");
    if (mode == SUP_GROUP_TOGETHER)
      assert_events(w, "W! root/a, W- root/x, W- root/b, W+ root/a, W+ root/b, "
                       "W+ root/x");
    else
      assert_events(w, "W! root/a, W- root/x, W- root/b, W+ root/a, W+ root/x, "
                       "W+ root/b");
    fails(w, "x");
    assert_int_equal(child(w, "a")->starts, 3);
    assert_int_equal(child(w, "x")->starts, 3);
    assert_int_equal(child(w, "z")->starts, 1);
    world_free(w);
  }
}

/* D1: during a round it waits for the start phase, which does not wait for it */
static void d1_added_during_a_round(void **state) {
  (void)state;
  struct world *w = world_started(delayed(pair(SUP_GROUP_TOGETHER), MS(100)));
  fails(w, "a");
  child(w, "root/x")->manual = child(w, "root/y")->manual = true;
  add(w, "root", in("g", notifier("x")));
  assert_int_equal(child(w, "x")->starts, 0);
  assert_state(w, "x", SUP_STATE_WAITING);
  assert_true(world_info(w, "x", NULL).deadline == w->now + MS(100));
  advance(w, MS(100));
  assert_int_equal(child(w, "x")->starts, 1);
  assert_int_equal(child(w, "a")->starts, 2);
  assert_int_equal(child(w, "b")->starts, 2);
  assert_answers(w, "");
  acknowledges(w, "x");
  assert_answers(w, "add x:0");
  /* in the start phase: at once */
  child(w, "x")->manual = true;
  fails(w, "b");
  advance(w, MS(100));
  assert_state(w, "x", SUP_STATE_STARTING);
  add(w, "root", in("g", notifier("y")));
  assert_state(w, "y", SUP_STATE_STARTING);
  world_free(w);
}

/* D1, D2: one that a round takes down before it was up, and that is stopped then,
 * is a child as any other: it stays, whatever its next start comes to. */
static void d2_one_that_was_stuck_in_its_first_start_stays(void **state) {
  (void)state;
  for (int all = 0; all < 2; all++) {
    struct world *w = world_started(unpaced(
        all ? one_for_all("root", worker("a"), NULL)
            : together(one_for_one("root", in("g", worker("a")), NULL), "g")));
    child(w, "root/x")->on_stop = WORLD_IGNORES;
    child(w, "root/x")->manual = true;
    add(w, "root", all ? notifier("x") : in("g", notifier("x")));
    fails(w, "root/a");
    advance(w, SEC(5)); /* it was given up */
    terminate(w, "root/x");
    assert_answers(w, "add x:-11, stop root/x:-12");
    completes(w, "root/x");
    child(w, "root/x")->on_start = WORLD_REFUSES;
    restart(w, "root/x");
    assert_true(is_there(w, "root/x"));
    assert_state(w, "root/x", SUP_STATE_FAILED);
    world_free(w);
  }
}

/* D1: a start failure is the caller's, and the round goes on */
static void d1_one_that_does_not_start_in_a_round(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(delayed(pair(SUP_GROUP_TOGETHER), MS(100)), 1, 0));
  fails(w, "a");
  child(w, "root/x")->on_start = WORLD_REFUSES;
  add(w, "root", in("g", worker("x")));
  advance(w, MS(100));
  assert_answers(w, "add x:-8");
  assert_false(is_there(w, "root/x"));
  assert_state(w, "a", SUP_STATE_RUNNING);
  assert_state(w, "b", SUP_STATE_RUNNING);
  world_free(w);
}

/* D2, G3: what was stopped by request stays out of rounds */
static void d2_terminated_in_every_state(void **state) {
  (void)state;
  for (int mode = 0; mode < 2; mode++)
    for (int when = 0; when < 4; when++) {
      struct world *w =
          world_started(delayed(pair((sup_group_mode)mode), MS(100)));
      stop_takes(w, "b", MS(50));
      if (when == 0)
        terminate(w, "b"); /* before */
      if (when == 0)
        advance(w, MS(50));
      fails(w, "a");
      if (when == 1)
        terminate(w, "b"); /* on its way down for the round */
      if (when == 2)
        terminate(w, "a"); /* the one that failed, waiting */
      advance(w, MS(60));
      if (when == 3)
        terminate(w, "a");
      advance(w, SEC(5));
      assert_int_equal(child(w, "a")->starts, when < 2 ? 2 : 1);
      assert_int_equal(child(w, "b")->starts, when < 2 ? 1 : 2);
      assert_state(w, "a", when < 2 ? SUP_STATE_RUNNING : SUP_STATE_STOPPED);
      assert_state(w, "b", when < 2 ? SUP_STATE_STOPPED : SUP_STATE_RUNNING);
      assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
      world_free(w);
    }
}

/* D2: a round goes on without one that is taken away, also the one that it
 * waits for, and also the last */
static void d2_deleted_in_a_round(void **state) {
  (void)state;
  for (int mode = 0; mode < 2; mode++) {
    struct world *w =
        world_started(delayed(pair((sup_group_mode)mode), MS(100)));
    add(w, "root", in("g", worker("x")));
    add(w, "root", in("g", worker("y")));
    stop_takes(w, "x", MS(50));
    fails(w, "y");
    delete (w, "x");
    delete (w, "y");
    advance(w, MS(100));
    assert_false(is_there(w, "root/x"));
    assert_false(is_there(w, "root/y"));
    assert_int_equal(child(w, "a")->starts, 2);
    assert_int_equal(child(w, "b")->starts, 2);
    assert_state(w, "a", SUP_STATE_RUNNING);
    assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
    world_free(w);
  }
}

static void d2_the_last_member_is_deleted(void **state) {
  (void)state;
  for (int mode = 0; mode < 2; mode++) {
    sup_spec *root = one_for_one("root", worker("z"), NULL);
    assert_int_equal(sup_spec_add_group(root, "g", (sup_group_mode)mode), 0);
    struct world *w =
        world_started(delayed(tolerating(root, SUP_UNLIMITED, 0), MS(100)));
    for (int i = 0; i < 3; i++) {
      add(w, "root", in("g", worker("x")));
      add(w, "root", in("g", worker("y")));
      fails(w, "x");
      delete (w, "x");
      delete (w, "y");
      assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
    }
    world_free(w);
  }
}

/* D2: restart-now of one that waits: with a barrier the round begins now,
 * without one it alone */
static void d2_restarted_while_it_waits(void **state) {
  (void)state;
  for (int mode = 0; mode < 2; mode++) {
    struct world *w =
        world_started(delayed(pair((sup_group_mode)mode), SEC(100)));
    stop_takes(w, "b", MS(50));
    fails(w, "a");
    restart(w, "a");
    assert_int_equal(child(w, "a")->starts, mode == SUP_GROUP_EACH ? 2 : 1);
    advance(w, MS(50));
    assert_int_equal(child(w, "a")->starts, 2);
    assert_int_equal(child(w, "b")->starts, 2);
    assert_answers(w, "restart a:0");
    world_free(w);
  }
}

/* D2: restart-now of a running member is its own matter; of one that the round
 * stops, the round's */
static void d2_restarted_while_it_runs(void **state) {
  (void)state;
  for (int mode = 0; mode < 2; mode++) {
    struct world *w = world_started(pair((sup_group_mode)mode));
    restart(w, "b");
    assert_answers(w, "restart b:0");
    assert_int_equal(child(w, "b")->starts, 2);
    assert_int_equal(child(w, "a")->starts, 1);
    stop_takes(w, "b", MS(50));
    fails(w, "a");
    restart(w, "b");
    advance(w, MS(50));
    assert_answers(w, "restart b:0");
    assert_int_equal(child(w, "a")->starts, 2);
    assert_int_equal(child(w, "b")->starts, 3);
    world_free(w);
  }
}

/* D2: one that was down for good comes back as a member */
static void d2_one_that_comes_back(void **state) {
  (void)state;
  for (int mode = 0; mode < 2; mode++) {
    struct world *w = world_started(pair((sup_group_mode)mode));
    terminate(w, "b");
    fails(w, "a");
    assert_int_equal(child(w, "b")->starts, 1);
    restart(w, "b");
    assert_int_equal(child(w, "a")->starts, 2);
    fails(w, "a");
    assert_int_equal(child(w, "b")->starts, 3);
    world_free(w);
  }
}

/* H1, D1: those that were added come behind those of the spec, in any start */
static void h1_added_while_it_starts(void **state) {
  (void)state;
  for (int backwards = 0; backwards < 2; backwards++) {
    sup_spec *root = together(one_for_one("root", in("g", notifier("a")),
                                          in("g", notifier("b")), NULL),
                              "g");
    assert_int_equal(sup_spec_set_start_limit(root, 2), 0);
    if (backwards)
      right_to_left(root);
    struct world *w = world_create(tolerating(root, SUP_UNLIMITED, 0));
    child(w, "root/a")->manual = child(w, "root/b")->manual = true;
    launch(w);
    add(w, "root", in("g", worker("x")));
    acknowledges(w, "b");
    acknowledges(w, "a");
    forget(w);
    fails(w, "x");
    if (backwards) /* x starts first */
      assert_events(w, "W! root/x, W- root/a, W- root/b, W+ root/x");
    else
      assert_events(w, "W! root/x, W- root/a, W- root/b");
    world_free(w);
  }
}

/* C4: members come and go, and are found whatever has gone before */
static void c4_many_come_and_go(void **state) {
  enum { NAMES = 48 };
  uint32_t random = 1;
  bool there[NAMES] = {false};
  (void)state;
  struct world *w = world_started(unpaced(
      tolerating(each(one_for_one("root", in("g", worker("m")), NULL), "g"),
                 SUP_UNLIMITED, 0)));
  for (int i = 0; i < 150; i++) {
    char name[16];
    unsigned n = (random = random * 1103515245u + 12345u) >> 16;
    snprintf(name, sizeof(name), "n%02u", n % NAMES);
    if (there[n % NAMES])
      delete (w, name);
    else
      add(w, "root", in("g", worker(name)));
    there[n % NAMES] = !there[n % NAMES];
    forget(w);
    w->answers[0] = '\0';
    if (i % 5 != 0)
      continue;
    fails(w, "m");
    for (unsigned k = 0; k < NAMES; k++) {
      snprintf(name, sizeof(name), "root/n%02u", k);
      assert_true(is_there(w, name) == there[k]);
      if (there[k])
        assert_non_null(strstr(w->events, name));
      else
        assert_null(strstr(w->events, name));
    }
    forget(w);
  }
  world_free(w);
}

/* C4: without memory for a member nothing is added */
static void c4_no_memory_for_a_member(void **state) {
  (void)state;
  struct world *w = world_started(pair(SUP_GROUP_TOGETHER));
  sup_spec *x = in("g", worker("x"));
  for (uint64_t allowed = 0;; allowed++) {
    world_refuse_after = allowed;
    int r = try_add(w, "root", sup_spec_ref(x));
    world_refuse_after = UINT64_MAX;
    world_run(w);
    if (r == 0)
      break;
    assert_int_equal(r, SUP_ENOMEM);
    assert_false(is_there(w, "root/x"));
    fails(w, "a");
    assert_int_equal(child(w, "b")->starts, child(w, "a")->starts);
  }
  fails(w, "a");
  assert_int_equal(child(w, "x")->starts, 2);
  sup_spec_unref(x);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(d1_a_member_that_was_added),
      WORLD_TEST(d1_added_during_a_round),
      WORLD_TEST(d2_one_that_was_stuck_in_its_first_start_stays),
      WORLD_TEST(d1_one_that_does_not_start_in_a_round),
      WORLD_TEST(d2_terminated_in_every_state),
      WORLD_TEST(d2_deleted_in_a_round),
      WORLD_TEST(d2_the_last_member_is_deleted),
      WORLD_TEST(d2_restarted_while_it_waits),
      WORLD_TEST(d2_restarted_while_it_runs),
      WORLD_TEST(d2_one_that_comes_back),
      WORLD_TEST(h1_added_while_it_starts),
      WORLD_TEST(c4_many_come_and_go),
      WORLD_TEST(c4_no_memory_for_a_member),
  };
  return cmocka_run_group_tests_name("engine fate, dynamic", tests, NULL, NULL);
}
