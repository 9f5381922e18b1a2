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

/* Who waits for the end of a child; children that are run once. */

#include "engine_runnable.h"

static struct sup_request *request_of(struct world *w, const char *what,
                                      const char *name) {
  struct world_request *request = &w->requests[w->asked];
  memset(request, 0, sizeof(*request));
  request->what = what;
  snprintf(request->name, sizeof(request->name), "%s", name);
  request->request.any_thread = true;
  return &request->request;
}

static int waits_for(struct world *w, struct sup_ref ref, const char *path) {
  int r = sup__engine_await_end(w->engine, ref, request_of(w, "end", path));
  if (r == 0)
    w->asked++;
  world_run(w);
  return r;
}

static int wait_for(struct world *w, const char *path) {
  return waits_for(w, handle(w, path), path);
}

static int run_once_by(struct world *w, struct sup_ref self, sup_spec *spec) {
  struct sup_request *request = request_of(w, "once", sup_spec_name(spec));
  struct sup_request *end;
  struct sup_ref made;
  int r;
  sup__spec_freeze(spec);
  world_tick(w);
  w->asked++;
  end = request_of(w, "end", sup_spec_name(spec));
  r = sup__engine_run_once(w->engine, self, spec, request, end, &made);
  if (r == 0) {
    made.incarnation = 0;
    world_child_of(w, made)->ref = made;
    w->asked++;
  } else {
    w->asked--;
  }
  sup_spec_unref(spec);
  world_run(w);
  return r;
}

static int run_once(struct world *w, const char *parent, sup_spec *spec) {
  return run_once_by(w, child(w, parent)->ref, spec);
}

static void terminates(struct world *w, const char *path) {
  assert_int_equal(sup__engine_terminate(w->engine, handle(w, path), NULL), 0);
  world_run(w);
}

/* D2, D3: it ended by itself */
static void d2_a_wait_ends_with_the_child(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  struct sup_ref gone;
  runs(w, "root", transient("completes"));
  runs(w, "root", transient("hopeless"));
  runs(w, "root", temporary("fails"));
  runs(w, "root", transient("again"));
  gone = handle(w, "root/fails");
  assert_int_equal(wait_for(w, "root/completes"), 0);
  assert_int_equal(wait_for(w, "root/hopeless"), 0);
  assert_int_equal(wait_for(w, "root/fails"), 0);
  assert_int_equal(wait_for(w, "root/again"), 0);
  assert_answers(w, "");
  completes(w, "root/completes");
  assert_answers(w, "end root/completes:0");
  exits(w, "root/hopeless", SUP_OUTCOME_HOPELESS);
  char text[64];
  snprintf(text, sizeof(text), "end root/hopeless:%d", SUP_EFAILED);
  assert_answers(w, text);
  assert_int_equal(wait_for(w, "root/hopeless"), SUP_EALREADY);
  fails(w, "root/fails");
  snprintf(text, sizeof(text), "end root/fails:%d", SUP_EFAILED);
  assert_answers(w, text);
  assert_int_equal(waits_for(w, gone, "root/fails"), SUP_EGONE);
  assert_int_equal(wait_for(w, "root"), SUP_EINVAL);
  /* A restart is no end. */
  fails(w, "root/again");
  advance(w, SEC(1));
  assert_answers(w, "");
  completes(w, "root/again");
  assert_answers(w, "end root/again:0");
  world_free(w);
}

/* D2, H5: it was stopped */
static void d2_a_wait_ends_with_a_stop(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  char text[64];
  runs(w, "root", worker("stopped"));
  runs(w, "root", worker("restarted"));
  runs(w, "root", runnable("p"));
  runs(w, "root/p", runnable("deep"));
  assert_int_equal(wait_for(w, "root/stopped"), 0);
  assert_int_equal(wait_for(w, "root/restarted"), 0);
  assert_int_equal(wait_for(w, "root/p/deep"), 0);
  /* Not when it is asked, but when it is gone. */
  child(w, "root/stopped")->stop_takes = SEC(1);
  terminates(w, "root/stopped");
  assert_answers(w, "");
  advance(w, SEC(1));
  snprintf(text, sizeof(text), "end root/stopped:%d", SUP_ESTOPPED);
  assert_answers(w, text);
  assert_int_equal(
      sup__engine_restart(w->engine, handle(w, "root/restarted"), NULL), 0);
  world_run(w);
  assert_answers(w, "");
  /* With its supervisor, whatever becomes of that. */
  fails(w, "root/p");
  snprintf(text, sizeof(text), "end root/p/deep:%d", SUP_ESTOPPED);
  assert_answers(w, text);
  stop(w);
  snprintf(text, sizeof(text), "end root/restarted:%d", SUP_ESTOPPED);
  assert_answers(w, text);
  world_free(w);
}

/* R1, D1 */
static void r1_a_child_is_run_once_at_any_time(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  struct sup_ref old;
  char text[64];
  runs(w, "root", runnable("a"));
  assert_int_equal(run_once(w, "root/a", temporary("early")), 0);
  assert_answers(w, "once early:0");
  assert_int_equal(says_healthy(w, "root/a"), 0);
  assert_int_equal(run(w, "root/a", temporary("late")), SUP_EHEALTHY);
  assert_int_equal(run_once(w, "root/a", worker("late")), SUP_EINVAL);
  assert_int_equal(run_once(w, "root/a", temporary("early")), SUP_EEXIST);
  assert_int_equal(run_once(w, "root/a", temporary("late")), 0);
  assert_answers(w, "once late:0");
  completes(w, "root/a/late");
  assert_answers(w, "end late:0");
  assert_int_equal(run_once(w, "root/a", temporary("late")), 0);
  assert_answers(w, "once late:0");
  fails(w, "root/a/late"); /* none of its parent's (R3) */
  snprintf(text, sizeof(text), "end late:%d", SUP_EFAILED);
  assert_answers(w, text);
  assert_int_equal(run_once(w, "root/a/early", temporary("x")), SUP_EINVAL);
  /* R5 */
  old = child(w, "root/a")->ref;
  fails(w, "root/a");
  assert_int_equal(run_once_by(w, old, temporary("late")), SUP_ESTALE);
  advance(w, SEC(1));
  assert_int_equal(run_once_by(w, old, temporary("late")), SUP_ESTALE);
  assert_int_equal(world_info(w, "root/a", NULL).children, 0);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(d2_a_wait_ends_with_the_child),
      WORLD_TEST(d2_a_wait_ends_with_a_stop),
      WORLD_TEST(r1_a_child_is_run_once_at_any_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
