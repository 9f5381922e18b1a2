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

/*
 * Who waits for a node to be healthy, the root included; and who does not wait
 * any more.
 */

#include "engine_requests.h"
#include "engine_runnable.h"

static int asks(struct world *w, const char *path) {
  struct sup_ref ref = handle(w, path);
  world_tick(w);
  return world_asked(w, sup__engine_await_healthy(
                            w->engine, ref, world_request(w, "healthy", path)));
}

static void waits(struct world *w, const char *path) {
  assert_int_equal(asks(w, path), 0);
  world_run(w);
}

/* ---- Healthy ------------------------------------------------------------ */

/* R2 */
static void r2_the_root_is_waited_for_as_others_are(void **state) {
  (void)state;
  struct world *w = world_create(runnable("root"));
  assert_int_equal(asks(w, "root"), SUP_ENOTRUNNING);
  launch(w);
  waits(w, "root");
  assert_answers(w, "");
  /* In whatever incarnation. */
  fails(w, "root");
  waits(w, "root");
  assert_answers(w, "");
  advance(w, SEC(1));
  assert_int_equal(says_healthy(w, "root"), 0);
  assert_answers(w, "healthy root:0, healthy root:0");
  waits(w, "root");
  assert_answers(w, "healthy root:0");
  /* That of the one before does not count. */
  fails(w, "root");
  advance(w, SEC(1));
  waits(w, "root");
  assert_answers(w, "");
  child(w, "root")->stop_takes = SEC(1);
  stop(w);
  assert_answers(w, "healthy root:-11");
  assert_int_equal(asks(w, "root"), SUP_ESTOPPING);
  advance(w, SEC(1));
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
  assert_int_equal(asks(w, "root"), SUP_ENOTRUNNING);
  world_free(w);
}

/* R2 */
static void r2_who_waits_for_the_root_is_told_of_its_end(void **state) {
  (void)state;
  struct world *w = world_create(restarting(runnable("root"), SUP_TEMPORARY));
  launch(w);
  waits(w, "root");
  fails(w, "root");
  assert_answers(w, "healthy root:-21");
  assert_true(error_names(w->answer, "root"));
  world_free(w);
  /* Also when it waits for its restart. */
  w = world_create(runnable("root"));
  launch(w);
  fails(w, "root");
  waits(w, "root");
  stop(w);
  assert_answers(w, "healthy root:-11");
  world_free(w);
}

/* R2: what says nothing of itself is healthy when it is up. */
static void r2_supervisors_are_healthy_when_they_are_up(void **state) {
  (void)state;
  struct world *w = world_create(unpaced(one_for_one(
      "root", unpaced(one_for_one("s", notifier("a"), NULL)), NULL)));
  child(w, "a")->manual = true;
  launch(w);
  waits(w, "root");
  waits(w, "root/s");
  assert_answers(w, "");
  acknowledges(w, "a");
  assert_answers(w, "healthy root/s:0, healthy root:0");
  waits(w, "root");
  waits(w, "root/s");
  assert_answers(w, "healthy root:0, healthy root/s:0");
  /* Not while it is down. */
  restart(w, "s");
  forget(w);
  waits(w, "root/s");
  assert_answers(w, "");
  acknowledges(w, "a");
  assert_string_equal(strstr(w->answers, "healthy"), "healthy root/s:0");
  world_free(w);
}

/* R2 */
static void r2_processes_are_healthy_when_they_are_ready(void **state) {
  (void)state;
  struct world *w = world_create(unpaced(
      one_for_one("root", restarting(process("p"), SUP_PERMANENT), NULL)));
  child(w, "p")->manual = true;
  launch(w);
  waits(w, "root/p");
  assert_answers(w, "");
  acknowledges(w, "p");
  assert_answers(w, "healthy root/p:0");
  fails(w, "p");
  waits(w, "root/p");
  assert_answers(w, "");
  acknowledges(w, "p");
  assert_answers(w, "healthy root/p:0");
  /* A worker has to say so. */
  add(w, "root", worker("w"));
  forget(w);
  waits(w, "root/w");
  assert_answers(w, "");
  world_free(w);
}

/* ---- Given up ----------------------------------------------------------- */

enum { MANY = 200 };

static void gives_up(struct world *w, size_t number) {
  sup__engine_forget(w->engine, &w->requests[number].request);
  w->told++; /* as far as the world is concerned */
}

/* C4: in whatever order, among those of others, in a table that grows. */
static void c4_a_request_can_be_given_up(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  size_t left = 0;
  runs(w, "root", runnable("a"));
  runs(w, "root", runnable("b"));
  forget(w);
  for (size_t i = 0; i < MANY; i++)
    waits(w, i % 2 ? "root/a" : "root/b");
  for (size_t i = 0; i < MANY; i++) {
    size_t at = i * 77 % MANY;
    if (at % 10 < 8)
      gives_up(w, at);
  }
  assert_int_equal(says_healthy(w, "a"), 0);
  for (const char *at = w->answers; (at = strstr(at, "root/a:0")); at++)
    left++;
  assert_int_equal(left, MANY / 10);
  forget(w);
  /* A node of which nobody waits any more. */
  for (size_t i = 8; i < MANY; i += 10)
    gives_up(w, i);
  assert_int_equal(says_healthy(w, "b"), 0);
  assert_answers(w, "");
  waits(w, "root/b");
  assert_answers(w, "healthy root/b:0");
  world_free(w);
}

/* C4: with its answer, which nobody has taken. */
static void c4_an_answered_request_can_be_given_up(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  runs(w, "root", runnable("a"));
  runs(w, "root", worker_restart("b", SUP_TEMPORARY));
  forget(w);
  assert_int_equal(asks(w, "root/a"), 0);
  assert_int_equal(asks(w, "root/b"), 0);
  assert_int_equal(asks(w, "root/b"), 0);
  assert_int_equal(sup__engine_terminate(w->engine, handle(w, "root/a"), NULL),
                   0);
  assert_int_equal(sup__engine_exited(w->engine, handle(w, "root/b"),
                                      SUP_OUTCOME_FAILED,
                                      sup__token_code(SUP_EFAILED)),
                   0);
  assert_true(w->requests[0].request.answered);
  assert_true(w->requests[2].request.answered);
  gives_up(w, 0);
  gives_up(w, 2);
  world_run(w);
  assert_answers(w, "healthy root/b:-21");
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(r2_the_root_is_waited_for_as_others_are),
      WORLD_TEST(r2_who_waits_for_the_root_is_told_of_its_end),
      WORLD_TEST(r2_supervisors_are_healthy_when_they_are_up),
      WORLD_TEST(r2_processes_are_healthy_when_they_are_ready),
      WORLD_TEST(c4_a_request_can_be_given_up),
      WORLD_TEST(c4_an_answered_request_can_be_given_up),
  };

  return cmocka_run_group_tests_name("waits for healthy", tests, NULL, NULL);
}
