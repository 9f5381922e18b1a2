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
 * Specs: names, the check as a whole, size and memory: N1, N2, N4 to N6, C4.
 */

#include "spec_fixture.h"

/* ---- Names -------------------------------------------------------------- */

static void names_that_are_valid_N1(void **state) {
  char longest[256];
  const char *const names[] = {"a",
                               "cache",
                               "...",
                               ".a",
                               "a b",
                               "\xC3\xA4",
                               "\xE2\x82\xAC",
                               "\xF0\x9F\x8C\xB3",
                               "\xED\x9F\xBF" /* U+D7FF */,
                               "\xEE\x80\x80" /* U+E000 */,
                               "\xF4\x8F\xBF\xBF" /* U+10FFFF */,
                               "\xC2\xA0" /* U+00A0, just after C1 */,
                               "~",
                               longest};
  size_t i;
  (void)state;
  memset(longest, 'x', 255);
  longest[255] = '\0';
  for (i = 0; i < sizeof names / sizeof *names; i++) {
    sup_spec *spec = worker(names[i]);
    assert_string_equal(sup_spec_name(spec), names[i]);
    assert_no_faults(spec);
    sup_spec_unref(spec);
  }
}

static void names_that_are_not_valid_N1(void **state) {
  static const struct {
    const char *name;
    const char *part;
  } cases[] = {
      {"", "empty"},
      {".", "\".\""},
      {"..", "\"..\""},
      {"/", "slash"},
      {"a/b", "slash"},
      {"a\n", "control"},
      {"\x01", "control"},
      {"a\x7F", "control"},
      {"a\xC2\x80", "control"}, /* U+0080 */
      {"\xC2\x9F", "control"},  /* U+009F */
      {"\x80", "UTF-8"},
      {"\xC3", "UTF-8"},
      {"\xC0\x80", "UTF-8"},         /* overlong NUL */
      {"\xC1\xBF", "UTF-8"},         /* overlong U+007F */
      {"\xE0\x9F\xBF", "UTF-8"},     /* overlong U+07FF */
      {"\xF0\x8F\xBF\xBF", "UTF-8"}, /* overlong U+FFFF */
      {"\xED\xA0\x80", "UTF-8"},     /* the first surrogate */
      {"\xED\xBF\xBF", "UTF-8"},     /* the last */
      {"\xF4\x90\x80\x80", "UTF-8"}, /* U+110000 */
      {"\xF8\x88\x80\x80\x80", "UTF-8"},
      {"\xE2\x82", "UTF-8"},
      {"\xE2\x28\xA1", "UTF-8"},
      {"\xFF", "UTF-8"},
  };
  size_t i;
  (void)state;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    sup_spec *spec = worker(cases[i].name);
    sup_report *report;
    assert_non_null(spec);
    assert_int_equal(sup_spec_check(spec, &report), SUP_ESPEC);
    assert_int_equal(sup_report_count(report), 1);
    assert_int_equal(sup_error_code(sup_report_error(report, 0)), SUP_EINVAL);
    assert_non_null(
        strstr(sup_error_text(sup_report_error(report, 0)), cases[i].part));
    sup_report_unref(report);
    sup_spec_unref(spec);
  }
}

static void a_name_that_is_too_long_or_missing_N1(void **state) {
  char name[70000];
  char shown[300];
  sup_spec *spec;
  sup_report *report;
  (void)state;
  memset(name, 'x', sizeof name);
  name[256] = '\0';
  spec = worker(name);
  assert_int_equal(sup_spec_check(spec, &report), SUP_ESPEC);
  memset(shown, 'x', 255);
  strcpy(shown + 255, "...");
  assert_string_equal(sup_error_path(sup_report_error(report, 0)), shown);
  sup_report_unref(report);
  sup_spec_unref(spec);

  /* Longer than what a spec keeps of it. */
  name[256] = 'x';
  name[sizeof name - 1] = '\0';
  spec = worker(name);
  assert_int_equal(sup_spec_check(spec, NULL), SUP_ESPEC);
  sup_spec_unref(spec);

  spec = worker(NULL);
  assert_faults(spec, SUP_ESPEC,
                "the spec has faults:\n"
                "  (no name): the name is empty; give it 1 to 255 bytes");
  sup_spec_unref(spec);
}

static void bad_bytes_of_a_name_are_escaped_in_its_path_N1(void **state) {
  sup_spec *root = supervisor("root");
  (void)state;
  sup_spec_add(root, worker("a/b\n\xC3\xA4\xFF"));
  assert_faults(root, SUP_ESPEC,
                "the spec has faults:\n"
                "  root/a\\x2fb\\x0a\xC3\xA4\\xff: the name contains a slash, "
                "which separates names in a path; leave it out");
  sup_spec_unref(root);
}

static void siblings_have_different_names_N2(void **state) {
  sup_spec *root = supervisor("root");
  sup_spec *inner = supervisor("a");
  (void)state;
  sup_spec_add(inner, worker("a")); /* another family */
  sup_spec_add(root, worker("b"));
  sup_spec_add(root, inner);
  sup_spec_add(root, worker("c"));
  assert_no_faults(root);
  sup_spec_add(root, worker("a"));
  sup_spec_add(root, worker("b"));
  sup_spec_add(root, worker("a"));
  sup_spec_add(root, worker("A"));
  assert_faults(root, SUP_ESPEC,
                "the spec has faults:\n"
                "  root/a: 3 siblings have this name, the first two at places "
                "2 and 4 of the list; give each a name of its own\n"
                "  root/b: 2 siblings have this name, the first two at places "
                "1 and 5 of the list; give each a name of its own");
  sup_spec_unref(root);
}

/* ---- The check as a whole ----------------------------------------------- */

static void building_runs_nothing_and_frees_once_N4(void **state) {
  sup_spec *root = supervisor("root");
  sup_spec *shared = worker("shared");
  sup_spec *left = supervisor("left");
  sup_spec *right = supervisor("right");
  (void)state;
  freed = 0;
  sup_spec_add(left, sup_spec_ref(shared));
  sup_spec_add(right, shared);
  sup_spec_add(root, left);
  sup_spec_add(root, right);
  assert_no_faults(root);
  assert_ptr_equal(sup_spec_ref(root), root);
  sup_spec_unref(root);
  assert_int_equal(freed, 0);
  sup_spec_unref(root);
  assert_int_equal(freed, 1);
  sup_spec_unref(NULL);
}

static void every_fault_is_listed_with_its_path_N5(void **state) {
  sup_spec *root = supervisor("root");
  sup_spec *jobs = supervisor("jobs");
  sup_spec *job = worker("job");
  sup_spec *last = worker("last");
  (void)state;
  sup_spec_set_start_timeout(job, 0);
  sup_spec_set_shutdown_timeout(job, 0);
  sup_spec_set_tolerance(job, 1, 0);
  sup_spec_set_tolerance(jobs, 70000, SUP_SECONDS(1));
  sup_spec_set_start_timeout(last, 0);
  sup_spec_add(jobs, job);
  sup_spec_add(jobs, worker(".."));
  sup_spec_add(root, jobs);
  sup_spec_add(root, last);
  assert_faults(
      root, SUP_ESPEC,
      "the spec has faults:\n"
      "  root/jobs: tolerance of 70000 failures is above 65536; use "
      "SUP_UNLIMITED for no limit\n"
      "  root/jobs/job: start timeout is 0, so no start could ever be "
      "acknowledged; use SUP_INFINITE for no limit\n"
      "  root/jobs/job: only a supervisor has a restart tolerance; set that "
      "of the supervisor above\n"
      "  root/jobs/..: the name is \".\" or \"..\", which have a meaning in "
      "paths; use another one\n"
      "  root/last: start timeout is 0, so no start could ever be "
      "acknowledged; use SUP_INFINITE for no limit");
  sup_spec_unref(root);
}

static void a_shared_spec_has_its_faults_listed_once_N5(void **state) {
  sup_spec *root = supervisor("root");
  sup_spec *left = supervisor("left");
  sup_spec *right = supervisor("right");
  sup_spec *shared = supervisor("shared");
  (void)state;
  sup_spec_set_start_timeout(shared, 0);
  sup_spec_add(left, sup_spec_ref(shared));
  sup_spec_add(right, shared);
  sup_spec_add(root, left);
  sup_spec_add(root, right);
  assert_faults(root, SUP_ESPEC,
                "the spec has faults:\n"
                "  root/left/shared: start timeout is 0, so no start could "
                "ever be acknowledged; use SUP_INFINITE for no limit");
  sup_spec_unref(root);
}

static void a_tree_that_would_be_too_large_is_a_fault_N5(void **state) {
  /* Each level has the next one twice: 61 specs and more, 2^31 nodes. */
  sup_spec *below = supervisor("bottom");
  int i;
  (void)state;
  for (i = 0; i < 30; i++) {
    sup_spec *left = supervisor("left");
    sup_spec *right = supervisor("right");
    sup_spec *above = supervisor("both");
    sup_spec_add(left, sup_spec_ref(below));
    sup_spec_add(right, below);
    sup_spec_add(above, left);
    sup_spec_add(above, right);
    below = above;
    if (i == 10)
      assert_no_faults(below);
  }
  assert_faults(below, SUP_ESPEC,
                "the spec has faults:\n"
                "  both: the tree would have more than 2147483647 nodes; use "
                "fewer");
  sup_spec_unref(below);
}

static void slow_starts_are_warned_of_T4(void **state) {
  sup_spec *root = supervisor("root");
  sup_spec *slow = worker("slow");
  sup_report *report;
  (void)state;
  sup_spec_set_notify_start(slow, true);
  sup_spec_set_start_timeout(slow, SUP_MILLISECONDS(1500));
  sup_spec_add(root, sup_spec_ref(slow));
  sup_spec_set_tolerance(root, 2, SUP_MILLISECONDS(1501));
  assert_no_faults(root);
  sup_spec_set_tolerance(root, 2, SUP_MILLISECONDS(1500));
  assert_int_equal(sup_spec_check(root, &report), 0);
  assert_int_equal(sup_report_code(report), 0);
  assert_int_equal(sup_report_count(report), 1);
  assert_int_equal(sup_error_code(sup_report_error(report, 0)), 0);
  assert_string_equal(
      sup_error_text(sup_report_error(report, 0)),
      "root: warning: the start timeout of \"slow\", 1.5 s, is not below the "
      "window of the tolerance, 1.5 s, so starts that hang would be tried "
      "again for ever; lower it or widen the window");
  sup_report_unref(report);
  sup_spec_set_tolerance(root, 2, 0);
  assert_no_faults(root);
  sup_spec_set_tolerance(root, SUP_UNLIMITED, 1);
  assert_no_faults(root);
  sup_spec_set_tolerance(root, 0, 1);
  assert_no_faults(root);
  sup_spec_unref(slow);
  sup_spec_unref(root);
}

/* ---- Faults of callbacks and options ------------------------------------ */

static void tables_of_callbacks_are_checked_N6(void **state) {
  sup_callbacks table = callbacks;
  sup_spec *spec;
  (void)state;
  freed = 0;

  table.start = NULL;
  spec = sup_callback_spec("a", &table, &freed);
  assert_one_fault(spec, "no start function");
  sup_spec_unref(spec);
  assert_int_equal(freed, 1);

  table = callbacks;
  table.flags = SUP_CALLBACKS_STOP_MAY_BLOCK;
  spec = sup_callback_spec("a", &table, &freed);
  assert_one_fault(spec, "SUP_CALLBACKS_ANY_THREAD");
  sup_spec_unref(spec);
  table.flags |= SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_REPORT_BEGIN;
  spec = sup_callback_spec("a", &table, &freed);
  assert_no_faults(spec);
  sup_spec_unref(spec);

  table.flags = 1u << 3;
  spec = sup_callback_spec("a", &table, &freed);
  assert_one_fault(spec, "flag that is not known");
  sup_spec_unref(spec);
  assert_int_equal(freed, 4);

  /* Not to be understood, so the context is nobody's to free. */
  table = callbacks;
  table.size--;
  spec = sup_callback_spec("a", &table, &freed);
  assert_one_fault(spec, "size");
  sup_spec_unref(spec);
  assert_int_equal(freed, 4);

  spec = sup_callback_spec("a", nothing, &freed);
  assert_one_fault(spec, "table of functions");
  sup_spec_unref(spec);

  spec = sup_supervisor_spec("a", (sup_strategy)3);
  assert_one_fault(spec, "strategy");
  sup_spec_unref(spec);
}

static void options_that_cannot_work_N6(void **state) {
  (void)state;
  refuses(worker("a"), "restart is 3",
          sup_spec_set_restart(spec, (sup_restart)3));
  refuses(worker("a"), "SUP_INFINITE", sup_spec_set_start_timeout(spec, 0));
  refuses(supervisor("a"), "SUP_INFINITE", sup_spec_set_start_timeout(spec, 0));
  refuses(process("a"), "readiness", sup_spec_set_notify_start(spec, true));
  refuses(supervisor("a"), "callback", sup_spec_set_notify_start(spec, true));
  refuses(worker("a"), "order", sup_spec_set_order(spec, SUP_LEFT_TO_RIGHT));
  refuses(supervisor("a"), "order is 2",
          sup_spec_set_order(spec, (sup_order)2));
  refuses(process("a"), "tolerance", sup_spec_set_tolerance(spec, 1, 1));
  refuses(supervisor("a"),
          "tolerance of 65537 failures is above 65536; use "
          "SUP_UNLIMITED",
          sup_spec_set_tolerance(spec, 65537, 1));
  accepts(supervisor("a"), sup_spec_set_tolerance(spec, 65536, 1));
  accepts(supervisor("a"), sup_spec_set_tolerance(spec, SUP_UNLIMITED, 1));
  refuses(worker("a"), "when stuck is 3",
          sup_spec_set_when_stuck(spec, (sup_when_stuck)3, 0));
  refuses(worker("a"), "never",
          sup_spec_set_when_stuck(spec, SUP_STUCK_ESCALATE, SUP_INFINITE));
  accepts(worker("a"), sup_spec_set_when_stuck(spec, SUP_STUCK_ESCALATE, 0));
}

static void backoffs_that_cannot_work_N6(void **state) {
  sup_backoff small = SUP_BACKOFF_STANDARD;
  sup_backoff none = SUP_BACKOFF_NONE;
  (void)state;
  small.size--;
  refuses(worker("a"), "size", sup_spec_set_backoff(spec, &small));
  refuses(worker("a"), "size", sup_spec_set_backoff(spec, nothing));
  refuses(worker("a"), "multiplier is 0.5;", with_backoff(spec, 0.5, 0, 1, 2));
  refuses(worker("a"), "multiplier is NaN", with_backoff(spec, NAN, 0, 1, 2));
  refuses(supervisor("a"), "multiplier is infinity",
          with_backoff(spec, INFINITY, 0, 1, 2));
  refuses(worker("a"), "jitter is -0.25;", with_backoff(spec, 1, -0.25, 1, 2));
  refuses(worker("a"), "jitter is 1.5;", with_backoff(spec, 1, 1.5, 1, 2));
  refuses(worker("a"), "jitter is NaN", with_backoff(spec, 1, NAN, 1, 2));
  refuses(worker("a"), "backoff maximum, 1 ms, is below its initial delay, 2 s",
          with_backoff(spec, 1, 0, SUP_SECONDS(2), SUP_MILLISECONDS(1)));
  refuses(worker("a"), "temporary",
          with_backoff(spec, 1, 0, SUP_INFINITE, SUP_INFINITE));
  accepts(worker("a"), with_backoff(spec, 1, 1, 0, 0));
  accepts(worker("a"), with_backoff(spec, 1e300, 0, 5, 5));
  accepts(worker("a"), sup_spec_set_backoff(spec, &none));
}

static void ladders_that_cannot_work_N6(void **state) {
  const sup_stop_step ask = {SUP_STOP_CANCEL, 0, 1};
  const sup_stop_step drain = {SUP_STOP_DRAIN, 0, 1};
  const sup_stop_step endless = {SUP_STOP_DRAIN, 0, forever};
  const sup_stop_step kill = {SUP_STOP_KILL, 0, 1};
  sup_stop_step bad = ask;
  sup_stop_step steps[17];
  size_t i;
  (void)state;
  for (i = 0; i < 17; i++)
    steps[i] = ask;
  refuses(supervisor("a"), "supervisor has no stop steps",
          sup_spec_set_stop_steps(spec, steps, 1));
  refuses(worker("a"), "no stop steps",
          sup_spec_set_stop_steps(spec, steps, 0));
  refuses(worker("a"), "no stop steps",
          sup_spec_set_stop_steps(spec, nothing, 1));
  refuses(worker("a"), "17 stop steps",
          sup_spec_set_stop_steps(spec, steps, 17));
  accepts(worker("a"), sup_spec_set_stop_steps(spec, steps, 16));

  steps[1] = kill;
  refuses(worker("a"), "stop step 2 of 2 is a kill, but only a process",
          sup_spec_set_stop_steps(spec, steps, 2));
  accepts(process("a"), sup_spec_set_stop_steps(spec, steps, 2));
  refuses(process("a"), "stop step 2 of 3 is a kill, which nothing can follow",
          sup_spec_set_stop_steps(spec, steps, 3));

  steps[0] = drain;
  steps[1] = ask;
  accepts(worker("a"), sup_spec_set_stop_steps(spec, steps, 2));
  steps[0] = endless;
  refuses(worker("a"), "stop step 1 of 2 has no limit",
          sup_spec_set_stop_steps(spec, steps, 2));
  accepts(worker("a"), sup_spec_set_stop_steps(spec, steps, 1));

  bad.signal = 15;
  refuses(worker("a"), "signal", sup_spec_set_stop_steps(spec, &bad, 1));
  accepts(process("a"), sup_spec_set_stop_steps(spec, &bad, 1));
  bad.signal = 65;
  refuses(process("a"), "signal", sup_spec_set_stop_steps(spec, &bad, 1));
  bad.signal = -1;
  refuses(process("a"), "signal", sup_spec_set_stop_steps(spec, &bad, 1));
  bad = ask;
  bad.action = (sup_stop_action)3;
  refuses(process("a"), "action", sup_spec_set_stop_steps(spec, &bad, 1));
}

/* ---- Size --------------------------------------------------------------- */

enum { DEPTH = 100000, WIDTH = 1000000 };

static void *live_through_depth(void *argument) {
  sup_spec *below = worker("bottom");
  sup_spec *deepest = sup_spec_ref(below);
  sup_report *report = NULL;
  const char *path;
  bool *ok = argument;
  int i;

  for (i = 0; i < DEPTH; i++) {
    sup_spec *above = supervisor("level");
    sup_spec_add(above, below);
    below = above;
  }
  *ok = sup_spec_check(below, NULL) == 0;
  sup_spec_set_start_timeout(deepest, 0);
  *ok = *ok && sup_spec_check(below, &report) == SUP_ESPEC;
  *ok = *ok && sup_report_count(report) == 1;
  path = sup_error_path(sup_report_error(report, 0));
  /* A path that nobody could read is shown by its two ends. */
  *ok = *ok && strlen(path) <= SUP_MAX_SHOWN_PATH + 3;
  *ok = *ok && strncmp(path, "level/level/", 12) == 0;
  *ok = *ok && strstr(path, "/level/.../level/") != NULL;
  *ok = *ok && strcmp(path + strlen(path) - 13, "/level/bottom") == 0;
  sup_report_unref(report);
  sup__spec_freeze(below);
  *ok = *ok && sup__spec_mutable(deepest) == SUP_EFROZEN;
  sup_spec_unref(deepest);
  sup_spec_unref(below);
  return NULL;
}

static void a_deep_spec_needs_no_stack(void **state) {
  bool ok = false;
  (void)state;
  freed = 0;
  with_small_stack(live_through_depth, &ok);
  assert_true(ok);
  assert_int_equal(freed, 1);
}

static void a_wide_spec_is_checked_N2(void **state) {
  sup_spec *root = supervisor("root");
  sup_spec *first = NULL;
  char name[16];
  int i;
  (void)state;
  freed = 0;
  for (i = 0; i < WIDTH; i++) {
    sup_spec *child;
    snprintf(name, sizeof name, "%d", i);
    child = worker(name);
    if (i == 0) {
      first = child;
      sup_spec_set_restart(first, SUP_TRANSIENT);
    } else {
      sup_spec_share_policy(child, first);
    }
    assert_int_equal(sup_spec_add(root, child), 0);
  }
  assert_no_faults(root);
  sup_spec_add(root, worker("777777"));
  assert_faults(root, SUP_ESPEC,
                "the spec has faults:\n"
                "  root/777777: 2 siblings have this name, the first two at "
                "places 777778 and 1000001 of the list; give each a name of "
                "its own");
  sup__spec_freeze(root);
  sup_spec_unref(root);
  assert_int_equal(freed, WIDTH + 1);
}

/* ---- Memory ------------------------------------------------------------- */

/* Something of everything, as a caller would who looks at no code. 0 if all of
 * it worked. */
static int build_carelessly(sup_report **report) {
  static const sup_resource resource = {
      .size = sizeof resource, .build = build_nothing, .free = count_free};
  const sup_stop_step steps[] = {{SUP_STOP_DRAIN, 0, 1},
                                 {SUP_STOP_CANCEL, 0, 1}};
  sup_spec *root = supervisor("root");
  sup_spec *inner = supervisor("inner");
  sup_spec *a = worker("a");
  sup_spec *b = worker("b");
  sup_spec *p = process("p");
  int err;

  sup_spec_set_resource(inner, &resource, &freed);
  sup_spec_set_restart(a, SUP_TRANSIENT);
  sup_spec_set_stop_steps(a, steps, 2);
  sup_spec_share_policy(b, a);
  sup_spec_set_start_timeout(b, 7);
  sup_spec_set_shutdown_timeout(p, 0);
  sup_spec_set_shutdown_timeout(p, 3);
  sup_spec_set_shutdown_timeout(root, 9);
  sup_spec_add(inner, a);
  sup_spec_add(inner, b);
  sup_spec_add(root, sup_spec_ref(inner));
  sup_spec_add(root, p);
  sup_spec_add(root, worker("c"));
  sup_spec_add(root, worker("d"));
  sup_spec_add(root, worker("e"));
  err = sup_spec_check(root, report);
  sup_spec_unref(inner);
  sup_spec_unref(root);
  return err;
}

/* The same with a fault and a warning, which need memory too. */
static int build_faulty(sup_report **report) {
  sup_spec *root = supervisor("root");
  sup_spec *a = worker("a");
  int err;
  sup_spec_set_notify_start(a, true);
  sup_spec_set_start_timeout(a, 0);
  sup_spec_add(root, sup_spec_ref(a));
  sup_spec_add(root, a);
  err = sup_spec_check(root, report);
  sup_spec_unref(root);
  return err;
}

/* Whether a report that says so lists a lack of memory. */
static bool lacks_memory(int err, const sup_report *report) {
  size_t i;
  if (err == SUP_ENOMEM)
    return true;
  for (i = 0; err == SUP_ESPEC && i < sup_report_count(report); i++)
    if (sup_error_code(sup_report_error(report, i)) == SUP_ENOMEM)
      return true;
  return false;
}

/* Without memory at the n-th allocation, or from it on, for every n: it is
 * never taken for a spec without faults, and nothing is left behind. */
static void fail_everywhere(int (*build)(sup_report **), int expected,
                            int contexts, bool from) {
  long n;
  for (n = 1;; n++) {
    sup_report *report = NULL;
    int err;
    bool failed;
    freed = 0;
    counting_fail_at(n, from ? LONG_MAX : n);
    err = build(&report);
    failed = atomic_load(&counting.asked) >= n;
    counting_fail_at(0, 0);
    if (failed) {
      if (!lacks_memory(err, report))
        fail_msg("no memory at allocation %ld, but it answered %s", n,
                 sup_errno_name(err));
    } else {
      assert_int_equal(err, expected);
    }
    sup_report_unref(report);
    assert_int_equal(freed, contexts);
    assert_int_equal(atomic_load(&counting.live), 0);
    if (!failed)
      break;
  }
  assert_true(n > 10);
}

static void a_lack_of_memory_is_an_error_C4(void **state) {
  (void)state;
  fail_everywhere(build_carelessly, 0, 6, false);
  fail_everywhere(build_carelessly, 0, 6, true);
  fail_everywhere(build_faulty, SUP_ESPEC, 1, false);
  fail_everywhere(build_faulty, SUP_ESPEC, 1, true);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      counted_test(names_that_are_valid_N1),
      counted_test(names_that_are_not_valid_N1),
      counted_test(a_name_that_is_too_long_or_missing_N1),
      counted_test(bad_bytes_of_a_name_are_escaped_in_its_path_N1),
      counted_test(siblings_have_different_names_N2),
      counted_test(building_runs_nothing_and_frees_once_N4),
      counted_test(every_fault_is_listed_with_its_path_N5),
      counted_test(a_shared_spec_has_its_faults_listed_once_N5),
      counted_test(a_tree_that_would_be_too_large_is_a_fault_N5),
      counted_test(slow_starts_are_warned_of_T4),
      counted_test(tables_of_callbacks_are_checked_N6),
      counted_test(options_that_cannot_work_N6),
      counted_test(backoffs_that_cannot_work_N6),
      counted_test(ladders_that_cannot_work_N6),
      counted_test(a_deep_spec_needs_no_stack),
      counted_test(a_wide_spec_is_checked_N2),
      counted_test(a_lack_of_memory_is_an_error_C4),
  };
  return cmocka_run_group_tests_name("spec", tests, NULL, NULL);
}
