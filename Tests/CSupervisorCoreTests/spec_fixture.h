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
 * What the tests of specs share.
 */

#ifndef SPEC_FIXTURE_H
#define SPEC_FIXTURE_H

#include "counting_allocator.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

#include <supervisor/spec.h>

#include "engine/spec.h"

/* ---- What the tests share ----------------------------------------------- */

/* A NULL where the header asks for something, which compilers would refuse if
 * they saw it. */
__attribute__((unused)) static void *nothing;

static inline int begin_work(void *ctx, sup_child child, void **state) {
  (void)ctx;
  (void)child;
  (void)state;
  return 0;
}

static inline void count_free(void *ctx) {
  ++*(int *)ctx;
}

static const sup_callbacks callbacks = {
    .size = sizeof(sup_callbacks), .start = begin_work, .free = count_free};

static int freed;

static inline sup_spec *worker(const char *name) {
  return sup_callback_spec(name, &callbacks, &freed);
}

static inline sup_spec *supervisor(const char *name) {
  return sup_supervisor_spec(name, SUP_ONE_FOR_ONE);
}

static inline sup_spec *process(const char *name) {
  return sup__spec_create(name, SUP_KIND_PROCESS);
}

/* Check, and compare the whole explanation. */
static inline void assert_faults(sup_spec *spec, int code,
                                 const char *expected) {
  sup_report *report = NULL;
  char text[4096];
  assert_int_equal(sup_spec_check(spec, &report), code);
  if (expected == NULL) {
    assert_null(report);
    return;
  }
  assert_non_null(report);
  assert_int_equal(sup_report_code(report), code);
  assert_true(sup_report_explain(report, text, sizeof text) < sizeof text);
  assert_string_equal(text, expected);
  sup_report_unref(report);
  assert_int_equal(sup_spec_check(spec, NULL), code);
}

static inline void assert_no_faults(sup_spec *spec) {
  assert_faults(spec, 0, NULL);
}

static inline void assert_one_fault(sup_spec *spec, const char *part) {
  sup_report *report;
  assert_int_equal(sup_spec_check(spec, &report), SUP_ESPEC);
  assert_int_equal(sup_report_count(report), 1);
  if (strstr(sup_error_text(sup_report_error(report, 0)), part) == NULL)
    fail_msg("\"%s\" is not in \"%s\"", part,
             sup_error_text(sup_report_error(report, 0)));
  sup_report_unref(report);
}

/* Run a setter on a fresh spec: its code, and the one fault that it notes. */
#define refuses(make, part, call)                                              \
  do {                                                                         \
    sup_spec *spec = make;                                                     \
    assert_int_equal(call, SUP_EINVAL);                                        \
    assert_one_fault(spec, part);                                              \
    sup_spec_unref(spec);                                                      \
  } while (0)

#define accepts(make, call)                                                    \
  do {                                                                         \
    sup_spec *spec = make;                                                     \
    assert_int_equal(call, 0);                                                 \
    assert_no_faults(spec);                                                    \
    sup_spec_unref(spec);                                                      \
  } while (0)

static inline int with_backoff(sup_spec *spec, double multiplier, double jitter,
                               sup_duration initial, sup_duration maximum) {
  sup_backoff backoff = SUP_BACKOFF_STANDARD;
  backoff.multiplier = multiplier;
  backoff.jitter = jitter;
  backoff.initial = initial;
  backoff.maximum = maximum;
  return sup_spec_set_backoff(spec, &backoff);
}

__attribute__((unused)) static const sup_duration forever = SUP_INFINITE;

static inline int build_nothing(void *ctx, sup_child child, void **state) {
  (void)ctx;
  (void)child;
  (void)state;
  return 0;
}

#endif
