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

/* RULES B1 to B4: how soon an end is followed by a start. */

#include "engine_world.h"

/* B1, CAP-103 */
static void b1_delays(void **state) {
  static const uint64_t delays[] = {2, 4, 8, 10, 10};
  (void)state;
  struct world *w = world_started(
      paced(tolerating(one_for_one("root", worker("c"), NULL), 5, SEC(5)),
            MS(2), 2.0, MS(10)));
  for (int i = 0; i < 5; i++) {
    fails(w, "c");
    assert_events(w, "W! root/c");
    assert_state(w, "root/c", SUP_STATE_WAITING);
    assert_true(world_info(w, "root/c", NULL).deadline ==
                w->now + MS(delays[i]));
    struct sup_record record =
        world_record(w, SUP_EVENT_RESTART_SCHEDULED, "c");
    assert_int_equal(record.detail, MS(delays[i]));
    advance(w, MS(delays[i]) - 1);
    assert_events(w, "");
    advance(w, 1);
    assert_events(w, "W+ root/c");
  }
  fails(w, "c");
  assert_ended(w, SUP_ETOLERANCE);
  assert_int_equal(w->seen[SUP_EVENT_RESTART_SCHEDULED], 5);
  world_free(w);
}

/* B1: a huge count neither overflows nor passes the maximum (CAP-108) */
static void b1_many_restarts(void **state) {
  (void)state;
  struct world *w = world_started(paced(
      tolerating(one_for_one("root", worker("c"), NULL), SUP_UNLIMITED, 0),
      SEC(1), 2.0, SEC(86400)));
  int64_t before = 0;
  for (int i = 0; i < 2000; i++) {
    fails(w, "c");
    int64_t delay = world_record(w, SUP_EVENT_RESTART_SCHEDULED, "c").detail;
    assert_true(delay >= before && delay <= (int64_t)SEC(86400));
    before = delay;
    advance(w, (sup_duration)delay);
    forget(w);
  }
  assert_true(before == (int64_t)SEC(86400));
  world_free(w);
}

static void b1_draw(uint64_t seed, double jitter, int64_t *delays,
                    size_t count) {
  sup_backoff backoff = SUP_BACKOFF_STANDARD;
  sup_spec *spec =
      tolerating(one_for_one("root", worker("c"), NULL), SUP_UNLIMITED, 0);
  backoff.immediate = 0;
  backoff.initial = MS(100);
  backoff.multiplier = 1.0;
  backoff.maximum = MS(110);
  backoff.jitter = jitter;
  assert_int_equal(sup_spec_set_backoff(spec, &backoff), 0);
  struct world *w = world_create_seeded(spec, seed);
  launch(w);
  for (size_t i = 0; i < count; i++) {
    fails(w, "c");
    delays[i] = world_record(w, SUP_EVENT_RESTART_SCHEDULED, "c").detail;
    advance(w, SEC(1));
  }
  world_free(w);
}

/* B1, C5: varied by a seed, never above the maximum */
static void b1_jitter(void **state) {
  int64_t first[200], again[200], other[200], wild[200];
  size_t below = 0, same = 0, capped = 0;
  (void)state;
  b1_draw(7, 0.2, first, 200);
  b1_draw(7, 0.2, again, 200);
  b1_draw(8, 0.2, other, 200);
  b1_draw(7, 1.0, wild, 200);
  assert_memory_equal(first, again, sizeof(first));
  for (size_t i = 0; i < 200; i++) {
    assert_in_range(first[i], MS(80), MS(110));
    assert_in_range(wild[i], 0, MS(110));
    below += first[i] < (int64_t)MS(100);
    same += first[i] == other[i];
    capped += first[i] == (int64_t)MS(110);
  }
  assert_in_range(below, 50, 150); /* both ways */
  assert_in_range(capped, 10, 100);
  assert_true(same < 150);
}

/* B2: the standard: three at once, then about 10 ms doubling */
static void b2_the_standard(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", worker("c"), NULL), SUP_UNLIMITED, 0));
  for (int i = 0; i < 3; i++) {
    fails(w, "c");
    assert_events(w, "W! root/c, W+ root/c");
    assert_int_equal(world_record(w, SUP_EVENT_RESTART_SCHEDULED, "c").detail,
                     0);
  }
  sup_duration middle = MS(10);
  for (int i = 0; i < 20; i++) {
    fails(w, "c");
    assert_events(w, "W! root/c");
    int64_t delay = world_record(w, SUP_EVENT_RESTART_SCHEDULED, "c").detail;
    sup_duration top = middle + middle / 5;
    assert_in_range(delay, middle - middle / 5 - 1,
                    top < SEC(30) ? top + 1 : SEC(30));
    advance(w, (sup_duration)delay);
    forget(w);
    middle = middle * 2 < SEC(30) ? middle * 2 : SEC(30);
  }
  world_free(w);
}

/* B2, CAP-084: a permanent worker that completes at once is paced */
static void b2_completions_are_paced(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", worker("c"), NULL));
  for (int i = 0; i < 3; i++)
    completes(w, "c");
  forget(w);
  completes(w, "c");
  assert_events(w, "Wc root/c");
  assert_state(w, "root/c", SUP_STATE_WAITING);
  advance(w, MS(12));
  assert_events(w, "W+ root/c");
  world_free(w);
}

/* B2: none is possible and explicit */
static void b2_none(void **state) {
  (void)state;
  sup_backoff none = SUP_BACKOFF_NONE;
  sup_spec *c = worker("c");
  assert_int_equal(sup_spec_set_backoff(c, &none), 0);
  struct world *w = world_started(
      tolerating(one_for_one("root", c, worker("d"), NULL), SUP_UNLIMITED, 0));
  for (int i = 0; i < 50; i++) {
    fails(w, "c");
    assert_events(w, "W! root/c, W+ root/c");
  }
  for (int i = 0; i < 4; i++) /* its sibling has its supervisor's */
    fails(w, "d");
  assert_state(w, "root/d", SUP_STATE_WAITING);
  world_free(w);
}

static sup_spec *b3_spec(sup_spec *c) {
  return paced(tolerating(one_for_one("root", c, NULL), SUP_UNLIMITED, 0),
               MS(100), 2.0, SEC(30));
}

static int64_t b3_delay(struct world *w) {
  fails(w, "c");
  int64_t delay = world_record(w, SUP_EVENT_RESTART_SCHEDULED, "c").detail;
  advance(w, (sup_duration)delay);
  return delay / (int64_t)MS(1);
}

/* B3 */
static void b3_the_count_is_forgotten_after_a_time_up(void **state) {
  (void)state;
  struct world *w = world_started(b3_spec(worker("c")));
  assert_int_equal(b3_delay(w), 100);
  assert_int_equal(b3_delay(w), 200);
  advance(w, SEC(10) - 1);
  assert_int_equal(b3_delay(w), 400);
  advance(w, SEC(10));
  assert_int_equal(b3_delay(w), 100);
  assert_int_equal(b3_delay(w), 200);
  world_free(w);
}

/* B3: up and ready; readiness alone resets nothing */
static void b3_readiness(void **state) {
  (void)state;
  struct world *w = world_create(b3_spec(notifier("c")));
  child(w, "root/c")->manual = true;
  launch(w);
  acknowledges(w, "c");
  assert_int_equal(b3_delay(w), 100);
  advance(w, SEC(6));
  acknowledges(w, "c");
  advance(w, SEC(6)); /* 12 s up, 6 s ready */
  assert_int_equal(b3_delay(w), 200);
  acknowledges(w, "c");
  assert_int_equal(b3_delay(w), 400);
  acknowledges(w, "c");
  advance(w, SEC(10));
  assert_int_equal(b3_delay(w), 100);
  world_free(w);
}

/* B4, CAP-105: waiting blocks nobody */
static void b4_siblings_go_on(void **state) {
  (void)state;
  struct world *w = world_started(
      paced(tolerating(one_for_one("root", worker("a"), worker("b"), NULL),
                       SUP_UNLIMITED, 0),
            MS(300), 1.0, MS(300)));
  fails(w, "a");
  advance(w, MS(10));
  fails(w, "b");
  assert_events(w, "W! root/a, W! root/b");
  advance(w, MS(290));
  assert_events(w, "W+ root/a");
  advance(w, MS(10));
  assert_events(w, "W+ root/b");
  world_free(w);
}

/* B4, H6, CAP-104: a stop acts at once */
static void b4_a_stop_while_waiting(void **state) {
  (void)state;
  struct world *w =
      world_started(paced(one_for_one("root", worker("a"), worker("b"), NULL),
                          SEC(20), 1.0, SEC(20)));
  world_show(w, SUP_EVENT_RESTART_CANCELED);
  fails(w, "a");
  forget(w);
  stop(w);
  assert_events(w, "W- root/b, W unscheduled root/a, S- root");
  assert_ended(w, 0);
  assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
  world_free(w);
}

/* B4: a supervisor that fails while a child of it waits */
static void b4_escalation_while_waiting(void **state) {
  (void)state;
  sup_spec *s = one_for_one("s", worker("a"), worker("b"), worker("c"), NULL);
  struct world *w = world_started(
      paced(one_for_one("root", paced(s, SEC(1), 1.0, SEC(1)), NULL), MS(100),
            1.0, MS(100)));
  fails(w, "a");
  assert_state(w, "root/s/a", SUP_STATE_WAITING);
  forget(w);
  fails(w, "b");
  assert_events(w, "W! root/s/b, W- root/s/c, S! root/s");
  assert_state(w, "root/s", SUP_STATE_WAITING);
  assert_state(w, "root/s/a", SUP_STATE_STOPPED);
  advance(w, MS(100));
  assert_events(w, "W+ root/s/a, W+ root/s/b, W+ root/s/c, S+ root/s");
  advance(w, SEC(2)); /* the old wait is forgotten */
  assert_int_equal(child(w, "a")->starts, 2);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(b1_delays),
      WORLD_TEST(b1_many_restarts),
      WORLD_TEST(b1_jitter),
      WORLD_TEST(b2_the_standard),
      WORLD_TEST(b2_completions_are_paced),
      WORLD_TEST(b2_none),
      WORLD_TEST(b3_the_count_is_forgotten_after_a_time_up),
      WORLD_TEST(b3_readiness),
      WORLD_TEST(b4_siblings_go_on),
      WORLD_TEST(b4_a_stop_while_waiting),
      WORLD_TEST(b4_escalation_while_waiting),
  };
  return cmocka_run_group_tests_name("engine backoff", tests, NULL, NULL);
}
