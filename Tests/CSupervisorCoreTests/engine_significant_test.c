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

/* RULES H9, N6: significant children, and supervisors that end with them. */

#include "engine_requests.h"
#include "supervisor/report.h"

static sup_spec *significant(sup_spec *spec) {
  assert_int_equal(sup_spec_set_significant(spec, true), 0);
  return spec;
}

static sup_spec *ending(sup_spec *spec, sup_auto_shutdown what) {
  assert_int_equal(sup_spec_set_auto_shutdown(spec, what), 0);
  return spec;
}

#define any(spec) ending(spec, SUP_AUTO_SHUTDOWN_ANY)
#define all(spec) ending(spec, SUP_AUTO_SHUTDOWN_ALL)

/* H9, H1, E1: the first one that ends for good ends its supervisor, which stops
 * the others in order; the tree ends cleanly, and tells why */
static void h9_any(void **state) {
  (void)state;
  struct world *w = world_started(any(
      one_for_one("root", worker("a"), worker("b"), significant(transient("s")),
                  significant(transient("t")), NULL)));
  world_show(w, SUP_EVENT_AUTO_SHUTDOWN);
  completes(w, "s");
  assert_events(w, "Wc root/s, S auto root, W- root/t, W- root/b, W- root/a, "
                   "Sc root");
  assert_ended(w, 0);
  assert_state(w, "root", SUP_STATE_COMPLETED);
  uint64_t shutdown = world_record(w, SUP_EVENT_AUTO_SHUTDOWN, "root").number;
  assert_int_equal(world_record(w, SUP_EVENT_AUTO_SHUTDOWN, "root").cause,
                   world_record(w, SUP_EVENT_COMPLETED, "root/s").number);
  assert_int_equal(world_record(w, SUP_EVENT_STOPPING, "root/b").cause,
                   shutdown);
  assert_int_equal(world_record(w, SUP_EVENT_COMPLETED, "root").cause,
                   shutdown);
  world_free(w);
}

/* H9: with all, the last of them; restarts on the way change nothing */
static void h9_all(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      all(one_for_one("root", worker("a"), significant(transient("s")),
                      significant(temporary("t")), transient("u"), NULL)),
      9, 0));
  fails(w, "s");
  fails(w, "s");
  completes(w, "u"); /* not significant */
  fails(w, "t");     /* temporary: for good */
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  fails(w, "s");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  completes(w, "s");
  assert_ended(w, 0);
  world_free(w);
}

/* H9, X6, X5: what is hopeless, and what said that it is done, has ended for
 * good; a permanent one that is done is not significant (N6) */
static void h9_hopeless_and_done(void **state) {
  (void)state;
  struct world *w = world_started(
      any(one_for_one("root", significant(transient("s")), NULL)));
  exits(w, "s", SUP_OUTCOME_HOPELESS);
  assert_ended(w, 0);
  world_free(w);
  w = world_started(
      any(one_for_one("root", significant(transient("s")), worker("a"), NULL)));
  assert_int_equal(sup__engine_request_restart(w->engine, child(w, "s")->ref),
                   0);
  completes(w, "s"); /* comes back */
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  assert_int_equal(sup__engine_done(w->engine, child(w, "s")->ref), 0);
  completes(w, "s");
  assert_ended(w, 0);
  world_free(w);
}

/* H9, X6, X4: also when it is hopeless to start it again */
static void h9_a_hopeless_restart(void **state) {
  (void)state;
  sup_spec *s = significant(notifier("s"));
  struct world *w = world_started(tolerating(
      any(one_for_all("root", restarting(s, SUP_TRANSIENT), worker("a"), NULL)),
      9, 0));
  child(w, "s")->manual = true;
  fails(w, "s");
  assert_int_equal(child(w, "s")->starts, 2);
  exits(w, "s", SUP_OUTCOME_HOPELESS);
  assert_ended(w, 0);
  world_free(w);
}

/* H9: never is the default, whoever ends */
static void h9_never(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", transient("s"), temporary("t"), NULL));
  completes(w, "s");
  completes(w, "t");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  world_free(w);
}

/* H9, G3: an end in a round is none of these, whether the child is brought back
 * or, being temporary, goes with it */
static void h9_a_round_does_not_count(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      any(one_for_all("root", worker("a"), significant(transient("s")),
                      significant(temporary("t")), NULL)),
      9, 0));
  fails(w, "a");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  assert_int_equal(child(w, "s")->starts, 2);
  assert_int_equal(child(w, "t")->starts, 1);
  completes(w, "s");
  assert_ended(w, 0);
  world_free(w);
}

/* H9: one that a round took away is not waited for */
static void h9_all_that_are_left(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      all(one_for_all("root", worker("a"), significant(transient("s")),
                      significant(temporary("t")), NULL)),
      9, 0));
  fails(w, "a");
  completes(w, "s");
  assert_ended(w, 0);
  world_free(w);
}

/* H9, G5: one that ends by itself while a round stops the others is dealt with
 * by the round, which is then over */
static void h9_an_end_that_a_round_comes_upon(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(any(one_for_all("root", significant(transient("s")),
                                 worker("a"), worker("b"), NULL)),
                 9, 0));
  child(w, "b")->stop_takes = MS(10);
  fails(w, "a");
  advance(w, MS(5));
  completes(w, "s");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  advance(w, MS(5));
  assert_ended(w, 0);
  assert_int_equal(child(w, "a")->starts, 1);
  assert_state(w, "root/b", SUP_STATE_STOPPED);
  world_free(w);
}

/* H9, T4: quarantine is no end of this kind, and keeps the supervisor up */
static void h9_quarantine_does_not_count(void **state) {
  (void)state;
  sup_spec *s = significant(transient("s"));
  assert_int_equal(
      sup_spec_set_child_tolerance(s, 0, SEC(5), SUP_EXCEEDED_QUARANTINE), 0);
  struct world *w = world_started(
      all(one_for_one("root", s, significant(transient("t")), NULL)));
  fails(w, "s");
  assert_state(w, "root/s", SUP_STATE_QUARANTINED);
  completes(w, "t");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  world_free(w);
}

/* H9, S8: an end during the start waits for the start */
static void h9_during_the_start(void **state) {
  (void)state;
  struct world *w = world_create(any(
      one_for_one("root", significant(transient("s")), notifier("n"), NULL)));
  child(w, "n")->manual = true;
  launch(w);
  completes(w, "s");
  assert_state(w, "root/s", SUP_STATE_ENDED);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_STARTING);
  acknowledges(w, "n");
  assert_ended(w, 0);
  assert_events(w, "W+ root/s, W+ root/n, S+ root, Wc root/s, W- root/n, "
                   "Sc root");
  world_free(w);
}

/* H9, S3: one that is not needed is neither an end nor waited for */
static void h9_declined(void **state) {
  (void)state;
  struct world *w = world_create(all(one_for_one(
      "root", significant(transient("s")), significant(transient("t")), NULL)));
  child(w, "s")->on_start = WORLD_DECLINES;
  launch(w);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  completes(w, "t");
  assert_ended(w, 0);
  world_free(w);
}

/* H9, X2: for its own supervisor it has completed: a permanent one is started
 * again, with a count that begins anew; a transient one is not */
static void h9_completes_for_its_parent(void **state) {
  (void)state;
  sup_spec *p = all(one_for_one("p", significant(transient("s")),
                                significant(temporary("t")), NULL));
  sup_spec *q = restarting(
      any(one_for_one("q", significant(transient("s")), worker("a"), NULL)),
      SUP_TRANSIENT);
  struct world *w =
      world_started(tolerating(one_for_one("root", p, q, NULL), 0, 0));
  for (unsigned i = 1; i <= 2; i++) {
    forget(w);
    completes(w, "root/p/s");
    assert_events(w, "Wc root/p/s");
    completes(w, "root/p/t");
    assert_events(w, "Wc root/p/t, Sc root/p, W+ root/p/s, W+ root/p/t, "
                     "S+ root/p");
  }
  completes(w, "root/q/s");
  assert_events(w, "Wc root/q/s, W- root/q/a, Sc root/q");
  assert_state(w, "root/q", SUP_STATE_COMPLETED);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  world_free(w);
}

/* H9: up through supervisors that are significant themselves */
static void h9_supervisors_are_significant_too(void **state) {
  (void)state;
  sup_spec *inner =
      any(one_for_one("inner", significant(temporary("s")), NULL));
  sup_spec *middle = any(one_for_one(
      "middle", significant(restarting(inner, SUP_TRANSIENT)), NULL));
  struct world *w = world_started(
      any(one_for_one("root", significant(restarting(middle, SUP_TEMPORARY)),
                      worker("a"), NULL)));
  fails(w, "s");
  assert_ended(w, 0);
  world_free(w);
}

/* H9, H4, T5: what does not stop cleanly on the way is the result */
static void h9_not_cleanly(void **state) {
  (void)state;
  struct world *w =
      world_started(any(one_for_one("root", shutdown_of(worker("a"), MS(10)),
                                    significant(transient("s")), NULL)));
  child(w, "a")->on_stop = WORLD_IGNORES;
  completes(w, "s");
  advance(w, MS(10));
  assert_events(w, "Wc root/s, W! root/a, S! root");
  assert_ended(w, SUP_ETERMINATION);
  assert_true(
      error_mentions(sup__engine_result(w->engine), SUP_EABANDONED, "root/a"));
  world_free(w);
}

/* H9, S10: children of a resource step count, and its cleanup runs */
static void h9_made_children(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one(
      "root", any(with_resource(one_for_one("s", transient("x"), NULL))),
      NULL));
  struct world_child *s = child(w, "root/s");
  s->children =
      one_for_one("list", significant(transient("m")), worker("n"), NULL);
  launch(w);
  completes(w, "root/s/m");
  assert_int_equal(s->cleanups, 1);
  assert_int_equal(s->builds, 2);
  assert_int_equal(child(w, "root/s/m")->starts, 2);
  world_free(w);
}

/* H9, S10: children of the spec that lasted in an earlier start do not count when
 * the resource step brings others */
static void h9_made_children_after_others(void **state) {
  (void)state;
  struct world *w = world_create(
      tolerating(one_for_all("root",
                             all(with_resource(one_for_one(
                                 "s", significant(transient("x")), NULL))),
                             worker("z"), NULL),
                 9, 0));
  struct world_child *s = child(w, "root/s");
  launch(w);
  s->children = one_for_one("list", significant(transient("m")), NULL);
  fails(w, "root/z");
  assert_int_equal(s->builds, 2);
  assert_int_equal(w->seen[SUP_EVENT_AUTO_SHUTDOWN], 0);
  completes(w, "root/s/m");
  assert_int_equal(w->seen[SUP_EVENT_AUTO_SHUTDOWN], 1);
  world_free(w);
}

/* H9, S11, I2: it has completed for who starts after it, although something of it
 * still runs; and is shown so when that has ended */
static void h9_completed_with_an_abandoned_child(void **state) {
  (void)state;
  sup_spec *p =
      restarting(any(one_for_one("p", shutdown_of(worker("a"), MS(10)),
                                 significant(transient("s")), NULL)),
                 SUP_TRANSIENT);
  sup_spec *d = worker("d");
  assert_int_equal(sup_spec_add_after(d, "p"), 0);
  struct world *w =
      world_started(tolerating(one_for_one("root", p, d, NULL), 9, 0));
  child(w, "a")->on_stop = WORLD_IGNORES;
  completes(w, "s");
  fails(w, "d");
  assert_state(w, "root/d", SUP_STATE_WAITING);
  advance(w, MS(10));
  assert_state(w, "root/p", SUP_STATE_ABANDONED);
  assert_state(w, "root/d", SUP_STATE_RUNNING);
  fails(w, "d");
  assert_state(w, "root/d", SUP_STATE_RUNNING);
  exits(w, "a", SUP_OUTCOME_COMPLETED);
  assert_state(w, "root/p", SUP_STATE_COMPLETED);
  fails(w, "d");
  assert_state(w, "root/d", SUP_STATE_RUNNING);
  world_free(w);
}

/* H9, H5, H6: a stop that comes meanwhile joins, one that came before decides */
static void h9_and_a_stop(void **state) {
  (void)state;
  struct world *w = world_started(any(one_for_one(
      "root", worker("a"), worker("b"), significant(transient("s")), NULL)));
  child(w, "b")->stop_takes = MS(10);
  completes(w, "s");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_STOPPING);
  stop(w);
  advance(w, MS(10));
  assert_ended(w, 0);
  assert_int_equal(child(w, "a")->stops, 1);
  world_free(w);
  w = world_started(
      any(one_for_one("root", significant(transient("s")), worker("b"), NULL)));
  child(w, "b")->stop_takes = MS(10);
  stop(w);
  completes(w, "s");
  advance(w, MS(10));
  assert_ended(w, 0);
  assert_int_equal(w->seen[SUP_EVENT_AUTO_SHUTDOWN], 0);
  assert_state(w, "root", SUP_STATE_STOPPED);
  world_free(w);
}

/* H9, D2: one that would have been restarted, and is stopped before: that end is
 * the request's, its own was none for good */
static void h9_stopped_after_its_end(void **state) {
  (void)state;
  struct world *w = world_create(any(
      one_for_one("root", significant(transient("s")), notifier("n"), NULL)));
  child(w, "n")->manual = true;
  launch(w);
  fails(w, "s");
  assert_state(w, "root/s", SUP_STATE_ENDED);
  terminate(w, "root/s");
  acknowledges(w, "n");
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  assert_int_equal(w->seen[SUP_EVENT_AUTO_SHUTDOWN], 0);
  world_free(w);
}

/* H9, D2: one that goes by request is not waited for while it does, also if it
 * outlives its stop */
static void h9_one_that_is_on_its_way_out(void **state) {
  (void)state;
  for (int i = 0; i < 4; i++) {
    struct world *w = world_started(all(one_for_one(
        "root",
        shutdown_of(significant(i < 2 ? transient("s") : temporary("s")),
                    MS(10)),
        significant(transient("t")), NULL)));
    if (i % 2 == 0)
      child(w, "s")->stop_takes = MS(5);
    else
      child(w, "s")->on_stop = WORLD_IGNORES;
    if (i < 2)
      delete (w, "root/s");
    else
      terminate(w, "root/s");
    advance(w, i % 2 == 0 ? MS(1) : MS(20));
    completes(w, "t");
    advance(w, MS(20));
    assert_int_equal(w->seen[SUP_EVENT_AUTO_SHUTDOWN], 1);
    assert_ended(w, 0);
    world_free(w);
  }
}

/* ---- Faults ------------------------------------------------------------- */

static void assert_fault_texts(sup_spec *spec, const char *expected) {
  sup_report *report = NULL;
  char text[2048];
  assert_int_equal(sup_spec_check(spec, &report), SUP_ESPEC);
  sup_report_explain(report, text, sizeof(text));
  assert_non_null(strstr(text, expected));
  sup_report_unref(report);
  sup_spec_unref(spec);
}

/* N6, H9: significant with permanent, which is for leaves and supervisors */
static void n6_significant_and_permanent(void **state) {
  (void)state;
  assert_fault_texts(any(one_for_one("root", significant(worker("s")), NULL)),
                     "root/s: it is significant and permanent");
  assert_fault_texts(
      any(one_for_one("root", significant(one_for_one("s", worker("a"), NULL)),
                      NULL)),
      "root/s: it is significant and permanent");
}

/* N6, H9: significant where nothing follows from it, unless the children are to
 * run under another supervisor */
static void n6_significant_in_vain(void **state) {
  (void)state;
  assert_fault_texts(one_for_one("root", significant(transient("s")), NULL),
                     "root/s: it is significant, but the auto-shutdown of its "
                     "supervisor is never");
  sup_spec *list = one_for_one("list", significant(transient("s")), NULL);
  sup_spec *ends = any(one_for_one("ends", NULL));
  sup_spec *stays = one_for_one("stays", NULL);
  sup_report *report = NULL;
  assert_int_equal(sup__spec_check_under(list, ends, NULL), 0);
  assert_int_equal(sup__spec_check_under(list, stays, &report), SUP_ESPEC);
  sup_report_unref(report);
  assert_int_equal(sup_spec_set_auto_shutdown(list, SUP_AUTO_SHUTDOWN_ALL), 0);
  assert_int_equal(sup__spec_check_under(list, stays, NULL), SUP_ESPEC);
  sup_spec_unref(list);
  sup_spec_unref(ends);
  sup_spec_unref(stays);
}

/* N6: only supervisors have one, and only one of those that exist */
static void n6_auto_shutdown(void **state) {
  (void)state;
  sup_spec *spec = worker("w");
  assert_int_equal(sup_spec_set_auto_shutdown(spec, SUP_AUTO_SHUTDOWN_ANY),
                   SUP_EINVAL);
  sup_spec_unref(spec);
  spec = one_for_one("root", NULL);
  assert_int_equal(sup_spec_set_auto_shutdown(spec, (sup_auto_shutdown)3),
                   SUP_EINVAL);
  sup_spec_unref(spec);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(h9_any),
      WORLD_TEST(h9_all),
      WORLD_TEST(h9_hopeless_and_done),
      WORLD_TEST(h9_a_hopeless_restart),
      WORLD_TEST(h9_never),
      WORLD_TEST(h9_a_round_does_not_count),
      WORLD_TEST(h9_all_that_are_left),
      WORLD_TEST(h9_an_end_that_a_round_comes_upon),
      WORLD_TEST(h9_quarantine_does_not_count),
      WORLD_TEST(h9_during_the_start),
      WORLD_TEST(h9_declined),
      WORLD_TEST(h9_completes_for_its_parent),
      WORLD_TEST(h9_supervisors_are_significant_too),
      WORLD_TEST(h9_not_cleanly),
      WORLD_TEST(h9_made_children),
      WORLD_TEST(h9_made_children_after_others),
      WORLD_TEST(h9_completed_with_an_abandoned_child),
      WORLD_TEST(h9_and_a_stop),
      WORLD_TEST(h9_stopped_after_its_end),
      WORLD_TEST(h9_one_that_is_on_its_way_out),
      WORLD_TEST(n6_significant_and_permanent),
      WORLD_TEST(n6_significant_in_vain),
      WORLD_TEST(n6_auto_shutdown),
  };
  return cmocka_run_group_tests_name("engine significant", tests, NULL, NULL);
}
