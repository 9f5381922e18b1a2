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

/* RULES H8, E5: what a stop waits for, and who is not up. */

#include "engine_world.h"

/* The paths that a search finds, joined; how many nodes it looked at. */
static unsigned find(struct world *w, sup_search what, char *text,
                     size_t size) {
  uint32_t node = UINT32_MAX;
  unsigned looked = 0;
  text[0] = '\0';
  if (!sup__engine_can_find(w->engine, what))
    return 0;
  for (;;) {
    char path[192];
    node = sup__engine_search(w->engine, what, node);
    if (node == UINT32_MAX)
      return looked;
    looked++;
    if (!sup__engine_is_found(w->engine, what, node))
      continue;
    sup__engine_path(w->engine, node, 0, path, sizeof(path));
    snprintf(text + strlen(text), size - strlen(text), "%s%s",
             text[0] == '\0' ? "" : " ", path);
  }
}

#define assert_found(w, what, expected)                                        \
  do {                                                                         \
    char found[2048];                                                          \
    find(w, what, found, sizeof(found));                                       \
    assert_string_equal(found, expected);                                      \
  } while (0)
#define assert_waits(w, expected) assert_found(w, SUP_SEARCH_STOPPING, expected)
#define assert_unready(w, expected)                                            \
  do {                                                                         \
    assert_found(w, SUP_SEARCH_UNREADY, expected);                             \
    assert_int_equal(sup__engine_is_ready(w->engine), (expected)[0] == '\0');  \
  } while (0)

/* ---- H8 ----------------------------------------------------------------- */

/* H8: in order it is one after another; nothing else is looked at */
static void h8_one_after_another(void **state) {
  (void)state;
  char found[64];
  struct world *w =
      world_started(one_for_one("root", worker("a"),
                                one_for_one("s", worker("b"), worker("c"),
                                            worker("d"), worker("e"), NULL),
                                worker("f"), worker("g"), NULL));
  child(w, "f")->stop_takes = child(w, "c")->stop_takes = MS(10);
  assert_waits(w, "");
  assert_int_equal(find(w, SUP_SEARCH_STOPPING, found, sizeof(found)), 0);
  stop(w);
  assert_waits(w, "root/f");
  assert_int_equal(find(w, SUP_SEARCH_STOPPING, found, sizeof(found)), 2);
  advance(w, MS(10));
  assert_waits(w, "root/s/c");
  assert_int_equal(find(w, SUP_SEARCH_STOPPING, found, sizeof(found)), 3);
  advance(w, MS(10));
  assert_ended(w, 0);
  assert_waits(w, "");
  world_free(w);
}

/* H8, H2: the step of the ladder, its action and its deadline */
static void h8_the_step(void **state) {
  (void)state;
  struct world *w = world_started(
      one_for_one("root",
                  steps_of(process("a"), 3, SUP_STOP_DRAIN, MS(10),
                           SUP_STOP_CANCEL, MS(20), SUP_STOP_KILL, MS(30)),
                  NULL));
  assert_int_equal(world_info(w, "a", NULL).step_count, 0);
  child(w, "a")->on_stop = WORLD_IGNORES;
  stop(w);
  sup_node_info info = world_info(w, "a", NULL);
  assert_int_equal(info.step, 0);
  assert_int_equal(info.step_count, 3);
  assert_int_equal(info.step_action, SUP_STOP_DRAIN);
  assert_int_equal(info.deadline, w->now + MS(10));
  advance(w, MS(15));
  info = world_info(w, "a", NULL);
  assert_int_equal(info.step, 1);
  assert_int_equal(info.step_action, SUP_STOP_CANCEL);
  assert_int_equal(info.deadline, w->now + MS(15));
  assert_int_equal(info.child.incarnation, 1);
  world_free(w);
}

/* H8, H3: all that are left, once it is not in order any more */
static void h8_all_at_once(void **state) {
  (void)state;
  sup_spec *s = one_for_one("s", worker("c"), worker("d"), NULL);
  assert_int_equal(sup_spec_set_concurrent_stop(s, true), 0);
  struct world *w =
      world_started(one_for_one("root", worker("a"), worker("b"), s, NULL));
  for (const char *name = "abcd"; *name != '\0'; name++)
    child(w, (char[]){*name, '\0'})->on_stop = WORLD_IGNORES;
  stop_within(w, SEC(1));
  assert_waits(w, "root/s/c root/s/d");
  advance(w, MS(900)); /* the reserve */
  assert_waits(w, "root/a root/b root/s/c root/s/d");
  advance(w, MS(100));
  assert_waits(w, "");
  world_free(w);
}

/* H8, S10: a build that is given up, and a cleanup */
static void h8_builds_and_cleanups(void **state) {
  (void)state;
  struct world *w = world_create(
      one_for_one("root", worker("a"),
                  with_resource(one_for_one("s", worker("b"), NULL)), NULL));
  struct world_child *s = child(w, "root/s");
  launch(w);
  s->manual = true;
  stop(w);
  assert_waits(w, "root/s");
  assert_int_equal(world_info(w, "root/s", NULL).deadline, w->now + SEC(5));
  assert_int_equal(sup__engine_cleaned(w->engine, s->ref, 0), 0);
  world_run(w);
  assert_ended(w, 0);
  world_free(w);
  w = world_create(one_for_one(
      "root", with_resource(one_for_one("s", worker("b"), NULL)), NULL));
  s = child(w, "root/s");
  s->manual = true;
  launch(w);
  assert_waits(w, "");
  stop(w);
  assert_waits(w, "root/s");
  assert_int_equal(sup__engine_build_failed(w->engine, s->ref, 0), 0);
  world_run(w);
  world_free(w);
}

/* H8: not only when all stops: a round, a child that was silent, a start that
 * is given up */
static void h8_rounds_and_single_children(void **state) {
  (void)state;
  sup_spec *s = worker("s");
  assert_int_equal(sup_spec_set_heartbeat(s, MS(10)), 0);
  sup_spec *n = notifier("n");
  assert_int_equal(sup_spec_set_start_timeout(n, MS(20)), 0);
  struct world *w = world_started(tolerating(
      one_for_one(
          "root",
          tolerating(one_for_all("g", worker("a"), worker("b"), NULL), 9, 0), s,
          n, NULL),
      9, 0));
  child(w, "b")->on_stop = child(w, "s")->on_stop = WORLD_IGNORES;
  child(w, "n")->on_stop = WORLD_IGNORES;
  fails(w, "a");
  assert_waits(w, "root/g/b");
  advance(w, MS(10));
  assert_waits(w, "root/g/b root/s");
  child(w, "n")->manual = true;
  fails(w, "n");
  advance(w, MS(20));
  assert_waits(w, "root/g/b root/s root/n");
  child(w, "b")->on_stop = child(w, "s")->on_stop = WORLD_STOPS;
  child(w, "n")->on_stop = WORLD_STOPS;
  exits(w, "b", SUP_OUTCOME_CANCELED);
  exits(w, "s", SUP_OUTCOME_CANCELED);
  assert_waits(w, "root/n");
  world_free(w);
}

/* ---- E5 ----------------------------------------------------------------- */

/* E5: while it starts, who is on the way */
static void e5_starting(void **state) {
  (void)state;
  struct world *w = world_create(
      one_for_one("root", worker("a"),
                  one_for_one("s", notifier("n"), worker("b"), NULL), NULL));
  child(w, "n")->manual = true;
  assert_unready(w, "root");
  launch(w);
  assert_unready(w, "root root/s root/s/n");
  acknowledges(w, "n");
  assert_unready(w, "");
  stop(w);
  assert_false(sup__engine_is_ready(w->engine));
  world_free(w);
}

/* E5, B4, I2: waiting and stuck are not ready; back up they are */
static void e5_waiting_and_stuck(void **state) {
  (void)state;
  sup_spec *a = paced(worker("a"), MS(10), 1, MS(10));
  sup_spec *b = shutdown_of(worker("b"), MS(10));
  struct world *w = world_started(tolerating(
      one_for_one("root", a,
                  tolerating(one_for_all("g", b, worker("c"), NULL), 9, 0),
                  NULL),
      9, 0));
  fails(w, "a");
  assert_unready(w, "root/a");
  advance(w, MS(10));
  assert_unready(w, "");
  child(w, "b")->on_stop = WORLD_IGNORES;
  fails(w, "c");
  advance(w, MS(20));
  assert_state(w, "root/g/b", SUP_STATE_STUCK);
  assert_unready(w, "root/g/b");
  child(w, "b")->on_stop = WORLD_STOPS;
  completes(w, "b");
  assert_unready(w, "");
  world_free(w);
}

/* E5, T4, X6: in quarantine, or failed for good: not ready. Completed,
 * declined, and gone as a temporary one: ready */
static void e5_for_good(void **state) {
  (void)state;
  sup_spec *q = worker("q");
  assert_int_equal(
      sup_spec_set_child_tolerance(q, 0, SEC(5), SUP_EXCEEDED_QUARANTINE), 0);
  struct world *w =
      world_create(one_for_one("root", transient("c"), transient("d"),
                               temporary("t"), worker("h"), q, NULL));
  child(w, "d")->on_start = WORLD_DECLINES;
  launch(w);
  completes(w, "c");
  fails(w, "t");
  assert_unready(w, "");
  exits(w, "h", SUP_OUTCOME_HOPELESS);
  fails(w, "q");
  assert_unready(w, "root/h root/q");
  world_free(w);
}

/* E5, T5: a supervisor that is down is not ready; what is below it is not
 * asked, and begins anew with it */
static void e5_below_what_is_down(void **state) {
  (void)state;
  sup_spec *s = tolerating(
      one_for_one("s", worker("h"), worker("b"), worker("c"), NULL), 0, 0);
  struct world *w = world_started(tolerating(
      paced(one_for_one("root", s, worker("a"), NULL), MS(10), 1, MS(10)), 9,
      0));
  exits(w, "h", SUP_OUTCOME_HOPELESS);
  assert_unready(w, "root/s/h");
  child(w, "b")->stop_takes = MS(5);
  fails(w, "c");
  assert_unready(w, "root/s");
  advance(w, MS(5));
  assert_unready(w, "root/s");
  advance(w, MS(10));
  assert_unready(w, "");
  world_free(w);
}

/* E5, H9: one that has completed is ready, whatever became of its children */
static void e5_below_what_has_completed(void **state) {
  (void)state;
  sup_spec *h = transient("h"), *t = transient("t");
  assert_int_equal(sup_spec_set_significant(t, true), 0);
  sup_spec *s =
      restarting(one_for_one("s", h, shutdown_of(worker("b"), MS(1)), t, NULL),
                 SUP_TRANSIENT);
  assert_int_equal(sup_spec_set_auto_shutdown(s, SUP_AUTO_SHUTDOWN_ANY), 0);
  struct world *w = world_started(one_for_one("root", s, NULL));
  child(w, "b")->on_stop = WORLD_IGNORES;
  exits(w, "h", SUP_OUTCOME_HOPELESS);
  completes(w, "t");
  assert_unready(w, "root/s");
  advance(w, MS(1));
  assert_state(w, "root/s/b", SUP_STATE_ABANDONED);
  assert_unready(w, "root/s"); /* something of it still runs */
  completes(w, "b");
  assert_unready(w, "");
  world_free(w);
}

/* E5, S10: children of the spec rest while those of the resource step run, and
 * those are not missed when they are gone */
static void e5_made_children(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one(
      "root", with_resource(one_for_one("s", worker("x"), NULL)), NULL));
  child(w, "root/s")->children =
      tolerating(one_for_one("list", worker("m"), worker("n"), NULL), 9, 0);
  launch(w);
  assert_unready(w, "");
  exits(w, "m", SUP_OUTCOME_HOPELESS);
  assert_unready(w, "root/s/m");
  stop(w);
  assert_ended(w, 0);
  assert_unready(w, "root");
  world_free(w);
}

/* E5, S8: ended during the start, to be dealt with after it */
static void e5_ended(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", transient("a"), notifier("n"), NULL));
  child(w, "n")->manual = true;
  launch(w);
  completes(w, "a");
  assert_unready(w, "root root/a root/n");
  acknowledges(w, "n");
  assert_unready(w, "");
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(h8_one_after_another),
      WORLD_TEST(h8_the_step),
      WORLD_TEST(h8_all_at_once),
      WORLD_TEST(h8_builds_and_cleanups),
      WORLD_TEST(h8_rounds_and_single_children),
      WORLD_TEST(e5_starting),
      WORLD_TEST(e5_waiting_and_stuck),
      WORLD_TEST(e5_for_good),
      WORLD_TEST(e5_below_what_is_down),
      WORLD_TEST(e5_below_what_has_completed),
      WORLD_TEST(e5_made_children),
      WORLD_TEST(e5_ended),
  };
  return cmocka_run_group_tests_name("engine search", tests, NULL, NULL);
}
