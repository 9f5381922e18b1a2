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
 * Errors, reports, texts, the allocator and the version: C2, C4, C7, Y4.
 */

#include "counting_allocator.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>

#include <supervisor/error.h>
#include <supervisor/process.h>

#include "engine/error.h"
#include "supervisor/allocator.h"
#include "supervisor/report.h"
#include "supervisor/text.h"

static void count_release(void *user) {
  ++*(int *)user;
}

static void assert_explains(const sup_error *error, const char *expected) {
  char text[4096];
  assert_int_equal(sup_error_explain(error, text, sizeof text),
                   strlen(expected));
  assert_string_equal(text, expected);
}

/* Hang `below` at the end of what is related to `error`. */
static void relate(sup_error *error, sup_error *below) {
  if (error->related_last == NULL)
    error->related = below;
  else
    error->related_last->next = below;
  error->related_last = below;
}

/* ---- Codes -------------------------------------------------------------- */

static void every_code_has_a_name_and_a_sentence_C2(void **state) {
  (void)state;
  assert_string_equal(sup_strerror(0), "no error");
  assert_string_equal(sup_errno_name(0), "SUP_OK");
  assert_string_equal(sup_strerror(SUP_EDEADLOCK),
                      "the call would wait for its own caller");
  assert_string_equal(sup_errno_name(SUP_EDEADLOCK), "SUP_EDEADLOCK");
  assert_string_equal(sup_strerror(SUP_ELOST),
                      "the status of the process was taken by somebody else");
  assert_string_equal(sup_errno_name(-33), "SUP_ELOST");
  assert_string_equal(sup_strerror(-99), "unknown error");
  assert_string_equal(sup_errno_name(-99), "SUP_UNKNOWN");
  assert_string_equal(sup_strerror(1), "unknown error");
  assert_string_equal(sup_errno_name(INT_MIN), "SUP_UNKNOWN");
}

static void stages_have_names_P1(void **state) {
  (void)state;
  assert_string_equal(sup_spawn_stage_name(SUP_STAGE_NONE), "none");
  assert_string_equal(sup_spawn_stage_name(SUP_STAGE_INTERPRETER),
                      "interpreter");
  assert_string_equal(sup_spawn_stage_name(SUP_STAGE_EXEC), "exec");
  assert_string_equal(sup_spawn_stage_name(SUP_STAGE_GUARD), "guard");
  assert_string_equal(sup_spawn_stage_name((sup_spawn_stage)9), "unknown");
}

/* ---- Single errors ------------------------------------------------------ */

static void an_error_is_released_once_C7(void **state) {
  int released = 0;
  sup_error *error =
      sup_error_create(SUP_EFAILED, "no luck", &released, count_release);
  (void)state;
  assert_ptr_equal(sup_error_ref(error), error);
  sup_error_unref(error);
  assert_int_equal(released, 0);
  assert_int_equal(sup_error_code(error), SUP_EFAILED);
  assert_string_equal(sup_error_text(error), "no luck");
  assert_ptr_equal(sup_error_user(error), &released);
  assert_null(sup_error_path(error));
  assert_int_equal(sup_error_system(error), 0);
  assert_null(sup_error_cause(error));
  assert_null(sup_error_first(error));
  assert_null(sup_error_output(error));
  assert_int_equal(sup_error_related_count(error), 0);
  assert_null(sup_error_related(error, 0));
  sup_error_unref(error);
  assert_int_equal(released, 1);
  sup_error_unref(NULL);
}

static void an_error_without_a_text_has_that_of_its_code_C7(void **state) {
  sup_error *error = sup_error_create(SUP_EBUSY, NULL, NULL, NULL);
  (void)state;
  assert_ptr_equal(sup_error_text(error), sup_strerror(SUP_EBUSY));
  sup_error_unref(error);
  /* Not a code of an error. */
  error = sup_error_create(0, NULL, NULL, NULL);
  assert_int_equal(sup_error_code(error), SUP_EFAILED);
  sup_error_unref(error);
  error = sup_error_create(7, "seven", NULL, NULL);
  assert_int_equal(sup_error_code(error), SUP_EFAILED);
  assert_string_equal(sup_error_text(error), "seven");
  sup_error_unref(error);
}

static void a_sentence_names_the_node_Y4(void **state) {
  sup_error *error = sup__error_at(SUP_EFAILED, "root/cache", "no luck");
  const char *text = sup_error_text(error);
  (void)state;
  assert_string_equal(text, "root/cache: no luck");
  assert_ptr_equal(sup_error_text(error), text); /* made once */
  assert_string_equal(sup_error_path(error), "root/cache");
  sup_error_unref(error);

  error = sup__error_at(SUP_ESTARTTIMEOUT, "root/db", NULL);
  assert_string_equal(sup_error_text(error),
                      "root/db: the start was not acknowledged in time; raise "
                      "its start timeout if it needs longer");
  sup_error_unref(error);
  error = sup__error_at(SUP_ESTOPTIMEOUT, NULL, NULL);
  assert_string_equal(sup_error_text(error),
                      "it did not end within its shutdown timeout; raise "
                      "its shutdown timeout if it needs longer");
  sup_error_unref(error);
}

static void a_system_error_names_its_errno_Y4(void **state) {
  sup_error *error = sup__error_at(SUP_ESYSTEM, NULL, NULL);
  (void)state;
  error->system = ENOENT;
  assert_int_equal(sup_error_system(error), ENOENT);
  assert_string_equal(
      sup_error_text(error),
      "a system call failed: No such file or directory (errno 2)");
  sup_error_unref(error);
}

static const char *tolerance_text(uint64_t max, sup_duration window) {
  static char text[256];
  uint64_t got_max;
  sup_duration got_window;
  sup_error *error = sup__error_at(SUP_ETOLERANCE, "root", NULL);
  error->tolerance_max = max;
  error->tolerance_window = window;
  assert_int_equal(sup_error_tolerance(error, &got_max, &got_window), 0);
  assert_int_equal(got_max, max);
  assert_int_equal(got_window, window);
  strcpy(text, sup_error_text(error));
  sup_error_unref(error);
  return text;
}

static void an_exceeded_tolerance_names_its_numbers_T5(void **state) {
  uint64_t max = 1;
  sup_duration window = 2;
  sup_error *error;
  (void)state;
  assert_string_equal(tolerance_text(3, SUP_SECONDS(5)),
                      "root: more than 3 failures within 5 s; raise "
                      "`tolerance` in its spec if that is to be expected");
  assert_string_equal(tolerance_text(1, SUP_MILLISECONDS(1500)),
                      "root: more than 1 failure within 1.5 s; raise "
                      "`tolerance` in its spec if that is to be expected");
  assert_string_equal(tolerance_text(2, 0),
                      "root: more than 2 failures since its start; raise "
                      "`tolerance` in its spec if that is to be expected");
  assert_string_equal(tolerance_text(0, SUP_SECONDS(5)),
                      "root: a failure, and none is tolerated; raise "
                      "`tolerance` in its spec if that is to be expected");

  /* Others have no numbers, nor has one that a caller made. */
  error = sup_error_create(SUP_EFAILED, NULL, NULL, NULL);
  assert_int_equal(sup_error_tolerance(error, &max, &window), SUP_EINVAL);
  sup_error_unref(error);
  error = sup_error_create(SUP_ETOLERANCE, NULL, NULL, NULL);
  assert_int_equal(sup_error_tolerance(error, &max, &window), SUP_EINVAL);
  assert_string_equal(sup_error_text(error), sup_strerror(SUP_ETOLERANCE));
  sup_error_unref(error);
  assert_int_equal(max, 1);
  assert_int_equal(window, 2);
}

static sup_error *process_error(int code, sup_process_end end) {
  sup_error *error = sup__error_at(code, NULL, NULL);
  end.size = sizeof end;
  error->process = sup__allocate(sup__allocator(), sizeof end);
  *error->process = end;
  return error;
}

static void the_end_of_a_process_can_be_asked_for_P3(void **state) {
  sup_process_end end = {.status = 3, .pid = 77, .runtime = 5};
  sup_process_end got;
  sup_error *error = process_error(SUP_EEXITSTATUS, end);
  struct {
    sup_process_end end;
    int more;
  } larger;
  (void)state;
  got.size = sizeof got;
  assert_int_equal(sup_error_process(error, &got), 0);
  assert_int_equal(got.status, 3);
  assert_int_equal(got.pid, 77);
  assert_int_equal(got.runtime, 5);
  assert_int_equal(got.size, sizeof got);
  got.size = sizeof got - 1;
  assert_int_equal(sup_error_process(error, &got), SUP_EINVAL);
  larger.end.size = sizeof larger; /* of a later version of the header */
  larger.more = 9;
  assert_int_equal(sup_error_process(error, &larger.end), 0);
  assert_int_equal(larger.end.size, sizeof larger);
  assert_int_equal(larger.more, 0); /* not told */
  assert_string_equal(sup_error_text(error),
                      "the process ended with a failure status, 3");
  sup_error_unref(error);

  end.signal = 11;
  end.core = true;
  error = process_error(SUP_ESIGNALED, end);
  assert_string_equal(sup_error_text(error),
                      "the process was ended by a signal, 11 (core dumped)");
  sup_error_unref(error);

  end.stage = SUP_STAGE_DIRECTORY;
  error = process_error(SUP_ESPAWN, end);
  error->system = EACCES;
  assert_string_equal(sup_error_text(error),
                      "the program could not be started, stage directory: "
                      "Permission denied (errno 13)");
  sup_error_unref(error);

  error = sup_error_create(SUP_EFAILED, NULL, NULL, NULL);
  got.size = sizeof got;
  assert_int_equal(sup_error_process(error, &got), SUP_EINVAL);
  sup_error_unref(error);
}

/* ---- Chains ------------------------------------------------------------- */

static void a_bare_code_as_cause_becomes_an_object_C7(void **state) {
  sup_error *error = sup__error_at(SUP_ESTART, "root/a", NULL);
  sup_error *cause;
  (void)state;
  error->cause = sup__token_code(SUP_ENOMEM);
  error->first = sup__token_code(SUP_ECANCELED);
  assert_explains(error, "root/a: a child failed to start\n"
                         "  caused by: there is not enough memory\n"
                         "  first failure: it was cancelled");
  cause = sup_error_cause(error);
  assert_int_equal(sup_error_code(cause), SUP_ENOMEM);
  assert_string_equal(sup_error_text(cause), sup_strerror(SUP_ENOMEM));
  assert_ptr_equal(sup_error_cause(error), cause); /* lives with its parent */
  assert_int_equal(sup_error_code(sup_error_first(error)), SUP_ECANCELED);
  sup_error_ref(cause); /* and longer if somebody holds it */
  sup_error_unref(error);
  assert_int_equal(sup_error_code(cause), SUP_ENOMEM);
  sup_error_unref(cause);
}

static void tokens_become_errors_C7(void **state) {
  sup_error *error = sup_error_create(SUP_EFAILED, NULL, NULL, NULL);
  sup_error *made;
  (void)state;
  assert_null(sup__error_of(0));
  assert_ptr_equal(sup__error_of(sup__token_error(error)), error);
  sup_error_unref(error);
  sup_error_unref(error);
  made = sup__error_of(sup__token_code(SUP_EBUSY));
  assert_int_equal(sup_error_code(made), SUP_EBUSY);
  sup_error_unref(made);
}

static void a_chain_is_explained_as_a_whole_Y4(void **state) {
  sup_error *root = sup__error_at(SUP_ETOLERANCE, "shop", NULL);
  sup_error *last = sup__error_at(SUP_EFAILED, "shop/cache", "no\nluck");
  sup_error *first = sup__error_at(SUP_EFAILED, "shop/cache", "bad weather");
  sup_error *late = sup__error_at(SUP_EABANDONED, "shop/db", NULL);
  (void)state;
  root->tolerance_max = 3;
  root->tolerance_window = SUP_SECONDS(5);
  first->cause = sup__token_code(SUP_ETIMEOUT);
  last->output_length = 9;
  last->output = sup__copy_text(sup__allocator(), "one\n\ntwo\n", 9);
  root->cause = sup__token_error(last);
  root->first = sup__token_error(first);
  relate(root, late);
  relate(root, sup__error_at(SUP_ECLEANUP, NULL, NULL));
  assert_explains(
      root,
      "shop: more than 3 failures within 5 s; raise `tolerance` in its spec if "
      "that is to be expected\n"
      "  caused by: shop/cache: no\n"
      "    luck\n"
      "    its last output:\n"
      "    | one\n"
      "    | \n"
      "    | two\n"
      "  first failure: shop/cache: bad weather\n"
      "    caused by: it took too long\n"
      "  also: shop/db: it did not end and was abandoned, still running\n"
      "  also: the cleanup of a resource failed");
  assert_string_equal(sup_error_output(last), "one\n\ntwo\n");
  assert_ptr_equal(sup_error_cause(root), last);
  assert_ptr_equal(sup_error_first(root), first);
  assert_int_equal(sup_error_related_count(root), 2);
  assert_ptr_equal(sup_error_related(root, 0), late);
  assert_int_equal(sup_error_code(sup_error_related(root, 1)), SUP_ECLEANUP);
  assert_null(sup_error_related(root, 2));
  sup_error_ref(late);
  sup_error_unref(root);
  assert_string_equal(sup_error_path(late), "shop/db");
  assert_null(late->next); /* the list that it was in is gone */
  sup_error_unref(late);
}

static void the_same_is_not_said_twice_Y4(void **state) {
  sup_error *root = sup__error_at(SUP_ETERMINATION, "root", NULL);
  sup_error *noted = sup__error_at(SUP_EFAILED, "root/sub", NULL);
  sup_error *own = sup__error_at(SUP_ETERMINATION, "root/sub", NULL);
  (void)state;
  relate(own, sup__error_at(SUP_EABANDONED, "root/sub/a", NULL));
  noted->cause = sup__token_error(own);
  relate(root, noted);
  relate(root, sup__error_at(SUP_EABANDONED, "root/b", NULL));
  assert_explains(
      root, "root: it or something below did not stop cleanly\n"
            "  also: root/sub: it or something below did not stop cleanly\n"
            "    also: root/sub/a: it did not end and was abandoned, still "
            "running\n"
            "  also: root/b: it did not end and was abandoned, still running");
  assert_ptr_equal(sup_error_related(root, 0), own);
  sup_error_unref(root);
}

static void the_only_failure_is_told_once_Y4(void **state) {
  sup_error *root = sup__error_at(SUP_ETOLERANCE, "root", NULL);
  sup_error *only = sup_error_create(SUP_EFAILED, "once", NULL, NULL);
  (void)state;
  root->tolerance_max = 0;
  root->cause = sup__token_error(only);
  root->first = sup__token_ref(sup__token_error(only));
  assert_explains(root, "root: a failure, and none is tolerated; raise "
                        "`tolerance` in its spec if that is to be expected\n"
                        "  caused by: once");
  sup_error_unref(root);
}

static void an_explanation_is_cut_like_snprintf_Y4(void **state) {
  sup_error *error =
      sup_error_create(SUP_EFAILED, "\xC3\xA4\xE2\x82\xAC!", NULL, NULL);
  char text[8];
  (void)state;
  assert_int_equal(sup_error_explain(error, NULL, 0), 6);
  memset(text, 'x', sizeof text);
  assert_int_equal(sup_error_explain(error, text, 1), 6);
  assert_string_equal(text, "");
  assert_int_equal(text[1], 'x');
  assert_int_equal(sup_error_explain(error, text, 7), 6);
  assert_string_equal(text, "\xC3\xA4\xE2\x82\xAC!");
  assert_int_equal(sup_error_explain(error, text, 6), 6);
  assert_string_equal(text, "\xC3\xA4\xE2\x82\xAC");
  /* Never within a character. */
  assert_int_equal(sup_error_explain(error, text, 5), 6);
  assert_string_equal(text, "\xC3\xA4");
  sup_error_explain(error, text, 4);
  assert_string_equal(text, "\xC3\xA4");
  sup_error_explain(error, text, 3);
  assert_string_equal(text, "\xC3\xA4");
  sup_error_explain(error, text, 2);
  assert_string_equal(text, "");
  sup_error_unref(error);
}

static void *live_through_a_long_chain(void *argument) {
  enum { LENGTH = 100000 };
  sup_error *error = sup_error_create(SUP_EFAILED, "bottom", NULL, NULL);
  bool *ok = argument;
  char *text;
  size_t length;
  int i;

  for (i = 0; i < LENGTH; i++) {
    sup_error *above = sup__error_at(SUP_EFAILED, NULL, NULL);
    /* By all three ways. */
    if (i % 3 == 0)
      relate(above, error);
    else if (i % 3 == 1)
      above->first = sup__token_error(error);
    else
      above->cause = sup__token_error(error);
    error = above;
  }
  length = sup_error_explain(error, NULL, 0);
  text = malloc(length + 1);
  *ok = length < 10000 && sup_error_explain(error, text, length + 1) == length;
  *ok = *ok && strstr(text, "left out)") != NULL;
  free(text);
  sup_error_unref(error);
  return NULL;
}

static void a_long_chain_needs_no_stack(void **state) {
  bool ok = false;
  (void)state;
  with_small_stack(live_through_a_long_chain, &ok);
  assert_true(ok);
}

static void what_is_left_out_is_told_Y4(void **state) {
  sup_error *error = sup_error_create(SUP_EFAILED, "bottom", NULL, NULL);
  char text[8192];
  int i;
  (void)state;
  for (i = 0; i < 50; i++) {
    sup_error *above = sup__error_at(SUP_EFAILED, NULL, NULL);
    above->cause = sup__token_error(error);
    error = above;
  }
  assert_true(sup_error_explain(error, text, sizeof text) < sizeof text);
  /* 51 errors, of which the first and 32 below it are shown. */
  assert_non_null(strstr(text, "\n  caused by: the child failed\n    caused"));
  assert_string_equal(strstr(text, "("), "(18 more causes, left out)");
  sup_error_unref(error);
}

static void failures_that_double_with_each_level_are_cut_Y4(void **state) {
  sup_error *error = sup_error_create(SUP_EFAILED, "bottom", NULL, NULL);
  const char *end = "(more is left out)";
  char *text;
  size_t length;
  int i;
  (void)state;
  /* Two at each of 40 levels, shared: a walk of them all would not end. */
  for (i = 0; i < 40; i++) {
    sup_error *one = sup__error_at(SUP_EFAILED, NULL, NULL);
    sup_error *two = sup__error_at(SUP_EFAILED, NULL, NULL);
    one->cause = sup__token_error(error);
    two->cause = sup__token_error(one);
    two->first = sup__token_ref(sup__token_error(error));
    error = two;
  }
  length = sup_error_explain(error, NULL, 0);
  assert_true(length < 200000);
  text = malloc(length + 1);
  sup_error_explain(error, text, length + 1);
  assert_string_equal(text + length - strlen(end), end);
  free(text);
  sup_error_unref(error);
}

/* ---- Reports ------------------------------------------------------------ */

static void a_report_holds_its_errors_C7(void **state) {
  sup_report *report = sup__report_create(SUP_ETERMINATION);
  int released = 0;
  char text[256];
  int i;
  (void)state;
  assert_int_equal(sup_report_explain(report, text, sizeof text),
                   strlen(sup_strerror(SUP_ETERMINATION)));
  for (i = 0; i < 9; i++)
    assert_int_equal(
        sup__report_add(
            report, sup_error_create(-20 - i, NULL, &released, count_release)),
        0);
  assert_int_equal(sup__report_add(report, NULL), SUP_ENOMEM);
  assert_int_equal(sup_report_code(report), SUP_ETERMINATION);
  assert_int_equal(sup_report_count(report), 9);
  for (i = 0; i < 9; i++)
    assert_int_equal(sup_error_code(sup_report_error(report, (size_t)i)),
                     -20 - i);
  assert_null(sup_report_error(report, 9));
  assert_ptr_equal(sup_report_ref(report), report);
  sup_report_unref(report);
  assert_int_equal(released, 0);
  sup_report_unref(report);
  assert_int_equal(released, 9);
  sup_report_unref(NULL);
}

static void a_report_explains_all_of_them_Y4(void **state) {
  sup_report *report = sup__report_create(SUP_ETERMINATION);
  sup_error *error = sup__error_at(SUP_EABANDONED, "root/a", NULL);
  char text[512];
  (void)state;
  error->cause = sup__token_code(SUP_ETIMEOUT);
  sup__report_add(report, error);
  sup__report_add(report, sup__error_at(SUP_EFAILED, "root/b", "two\nlines"));
  sup_report_explain(report, text, sizeof text);
  assert_string_equal(
      text, "it or something below did not stop cleanly:\n"
            "  root/a: it did not end and was abandoned, still running\n"
            "    caused by: it took too long\n"
            "  root/b: two\n"
            "    lines");
  sup_report_unref(report);

  /* One error that is the report's own needs no title. */
  report = sup__report_of(sup__error_at(SUP_EFAILED, "root", "no luck"));
  assert_int_equal(sup_report_code(report), SUP_EFAILED);
  assert_int_equal(sup_report_explain(report, text, sizeof text), 13);
  assert_string_equal(text, "root: no luck");
  sup_report_unref(report);
}

/* ---- Threads ------------------------------------------------------------ */

struct race {
  sup_error *error;
  pthread_barrier_t barrier;
};

struct seen {
  const char *text;
  sup_error *cause;
};

static void *ask(void *argument) {
  struct race *race = argument;
  struct seen *seen = malloc(sizeof *seen);
  pthread_barrier_wait(&race->barrier);
  seen->text = sup_error_text(race->error);
  seen->cause = sup_error_cause(race->error);
  sup_error_ref(race->error);
  sup_error_unref(race->error);
  return seen;
}

/* Whoever asks first makes it; all see the same. */
static void any_thread_may_ask_C7(void **state) {
  enum { THREADS = 4, ROUNDS = 200 };
  int round, i;
  (void)state;
  for (round = 0; round < ROUNDS; round++) {
    pthread_t threads[THREADS];
    struct race race;
    race.error = sup__error_at(SUP_EFAILED, "root", NULL);
    race.error->cause = sup__token_code(SUP_EBUSY);
    pthread_barrier_init(&race.barrier, NULL, THREADS);
    for (i = 0; i < THREADS; i++)
      assert_int_equal(pthread_create(&threads[i], NULL, ask, &race), 0);
    for (i = 0; i < THREADS; i++) {
      void *result;
      struct seen *seen;
      pthread_join(threads[i], &result);
      seen = result;
      assert_ptr_equal(seen->text, sup_error_text(race.error));
      assert_ptr_equal(seen->cause, sup_error_cause(race.error));
      free(seen);
    }
    pthread_barrier_destroy(&race.barrier);
    sup_error_unref(race.error);
  }
}

/* ---- Memory ------------------------------------------------------------- */

/* Everything that takes memory; the number of steps that had none. */
static int make_all(int *released) {
  sup_report *report = sup__report_create(SUP_ETERMINATION);
  sup_error *error =
      sup_error_create(SUP_EFAILED, "mine", released, count_release);
  sup_error *at = sup__error_at(SUP_EABANDONED, "root/a", "still here");
  int lacking = (report == NULL) + (error == NULL) + (at == NULL);

  if (error == NULL)
    ++*released; /* was not taken */
  if (at != NULL) {
    at->cause = sup__token_code(SUP_EBUSY);
    lacking += sup_error_cause(at) == NULL;
    /* Without memory for the whole sentence there is still the short one. */
    assert_non_null(strstr(sup_error_text(at), "still here"));
    lacking += strcmp(sup_error_text(at), "root/a: still here") != 0;
  }
  if (report == NULL) {
    sup_error_unref(error);
    sup_error_unref(at);
    return lacking;
  }
  lacking += sup__report_add(report, error) != 0;
  lacking += sup__report_add(report, at) != 0;
  sup_report_unref(report);
  report = sup__report_of(sup__error_at(SUP_EBUSY, NULL, NULL));
  lacking += report == NULL;
  sup_report_unref(report);
  return lacking;
}

static void a_lack_of_memory_is_an_error_C4(void **state) {
  long n;
  (void)state;
  for (n = 1;; n++) {
    int released = 0;
    int lacking;
    bool failed;
    counting_fail_at(n, LONG_MAX);
    lacking = make_all(&released);
    failed = atomic_load(&counting.asked) >= n;
    counting_fail_at(0, 0);
    assert_int_equal(lacking > 0, failed);
    assert_int_equal(released, 1);
    assert_int_equal(atomic_load(&counting.live), 0);
    if (!failed)
      break;
  }
  assert_true(n > 8);
}

static void an_allocator_needs_its_functions_C2(void **state) {
  sup_allocator allocator = *sup__allocator();
  sup_allocator bad = allocator;
  (void)state;
  bad.size--;
  assert_int_equal(sup_set_allocator(&bad), SUP_EINVAL);
  bad = allocator;
  bad.allocate = NULL;
  assert_int_equal(sup_set_allocator(&bad), SUP_EINVAL);
  bad = allocator;
  bad.release = NULL;
  assert_int_equal(sup_set_allocator(&bad), SUP_EINVAL);
  assert_ptr_equal(sup__allocator()->allocate, counting_allocate);
  assert_int_equal(sup_set_allocator(NULL), 0);
  assert_ptr_not_equal(sup__allocator()->allocate, counting_allocate);
  sup_error_unref(sup_error_create(SUP_EFAILED, "a", NULL, NULL));
  assert_int_equal(sup_set_allocator(&allocator), 0);
}

/* ---- Texts -------------------------------------------------------------- */

static const char *duration(sup_duration length) {
  static char buffer[64];
  struct sup_text text;
  sup__text_init(&text, buffer, sizeof buffer);
  sup__text_duration(&text, length);
  sup__text_end(&text);
  return buffer;
}

static void durations_read_well(void **state) {
  (void)state;
  assert_string_equal(duration(0), "0 s");
  assert_string_equal(duration(1), "1 ns");
  assert_string_equal(duration(999), "999 ns");
  assert_string_equal(duration(1001), "1.001 \xC2\xB5s");
  assert_string_equal(duration(SUP_MILLISECONDS(250)), "250 ms");
  assert_string_equal(duration(SUP_MILLISECONDS(1500)), "1.5 s");
  assert_string_equal(duration(SUP_SECONDS(1) + 1), "1.000000001 s");
  assert_string_equal(duration(SUP_SECONDS(59)), "59 s");
  assert_string_equal(duration(SUP_SECONDS(60)), "1 min");
  assert_string_equal(duration(SUP_SECONDS(90)), "90 s");
  assert_string_equal(duration(SUP_SECONDS(7200)), "2 h");
  assert_string_equal(duration(SUP_INFINITE), "no limit");
  assert_string_equal(duration(SUP_INFINITE - 1), "18446744073.709551614 s");
}

static const char *decimal(double number) {
  static char buffer[64];
  struct sup_text text;
  sup__text_init(&text, buffer, sizeof buffer);
  sup__text_decimal(&text, number);
  sup__text_end(&text);
  return buffer;
}

static void numbers_read_well(void **state) {
  char buffer[64];
  struct sup_text text;
  (void)state;
  assert_string_equal(decimal(0), "0");
  assert_string_equal(decimal(0.25), "0.25");
  assert_string_equal(decimal(-1.5), "-1.5");
  assert_string_equal(decimal(0.9999999), "1");
  assert_string_equal(decimal(1e12), "1000000000000");
  assert_string_equal(decimal(1e13), "more than 10^12");
  assert_string_equal(decimal(INFINITY), "infinity");
  assert_string_equal(decimal(-INFINITY), "-infinity");
  assert_string_equal(decimal(NAN), "NaN");
  sup__text_init(&text, buffer, sizeof buffer);
  sup__text_number(&text, UINT64_MAX);
  sup__text_byte(&text, ' ');
  sup__text_signed(&text, INT64_MIN);
  sup__text_byte(&text, ' ');
  sup__text_signed(&text, 7);
  assert_int_equal(sup__text_end(&text), 43);
  assert_string_equal(buffer, "18446744073709551615 -9223372036854775808 7");
}

static void an_unknown_errno_has_a_text(void **state) {
  char buffer[128];
  struct sup_text text;
  (void)state;
  sup__text_init(&text, buffer, sizeof buffer);
  sup__text_errno(&text, 99999);
  sup__text_end(&text);
  assert_non_null(strstr(buffer, " (errno 99999)"));
  assert_true(strlen(buffer) > strlen(" (errno 99999)"));
}

static void the_version_is_that_of_the_header(void **state) {
  char text[32];
  (void)state;
  snprintf(text, sizeof text, "%d.%d.%d", SUP_VERSION_MAJOR, SUP_VERSION_MINOR,
           SUP_VERSION_PATCH);
  assert_string_equal(sup_version(), text);
  assert_int_equal(sup_version_number(), SUP_VERSION_MAJOR << 16 |
                                             SUP_VERSION_MINOR << 8 |
                                             SUP_VERSION_PATCH);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      counted_test(every_code_has_a_name_and_a_sentence_C2),
      counted_test(stages_have_names_P1),
      counted_test(an_error_is_released_once_C7),
      counted_test(an_error_without_a_text_has_that_of_its_code_C7),
      counted_test(a_sentence_names_the_node_Y4),
      counted_test(a_system_error_names_its_errno_Y4),
      counted_test(an_exceeded_tolerance_names_its_numbers_T5),
      counted_test(the_end_of_a_process_can_be_asked_for_P3),
      counted_test(a_bare_code_as_cause_becomes_an_object_C7),
      counted_test(tokens_become_errors_C7),
      counted_test(a_chain_is_explained_as_a_whole_Y4),
      counted_test(the_same_is_not_said_twice_Y4),
      counted_test(the_only_failure_is_told_once_Y4),
      counted_test(an_explanation_is_cut_like_snprintf_Y4),
      counted_test(a_long_chain_needs_no_stack),
      counted_test(what_is_left_out_is_told_Y4),
      counted_test(failures_that_double_with_each_level_are_cut_Y4),
      counted_test(a_report_holds_its_errors_C7),
      counted_test(a_report_explains_all_of_them_Y4),
      counted_test(any_thread_may_ask_C7),
      counted_test(a_lack_of_memory_is_an_error_C4),
      counted_test(an_allocator_needs_its_functions_C2),
      counted_test(durations_read_well),
      counted_test(numbers_read_well),
      counted_test(an_unknown_errno_has_a_text),
      counted_test(the_version_is_that_of_the_header),
  };
  return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
