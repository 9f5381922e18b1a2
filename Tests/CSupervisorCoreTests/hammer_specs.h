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

/* Specs for the hammers: drawn, with every setter there is. */

#ifndef HAMMER_SPECS_H
#define HAMMER_SPECS_H

#include "hammer.h"

#define SHORT SUP_MICROSECONDS(500)

/* What a setter may answer for a spec of the drawn kind; faults are left in
 * it on purpose now and then, and a frozen one changes no more. */
#define SET(call) ANSWERS(call, 0, SUP_EINVAL, SUP_EFROZEN)

static UNUSED sup_spec *drawn_worker(struct dice *dice, const char *name) {
  sup_spec *spec;

  bool runnable = below(dice, 4) == 0;

  atomic_fetch_add(&contexts, 1);
  spec = (runnable ? sup_runnable_spec : sup_callback_spec)(
      name, &drawn_tables[below(dice, DRAWN_TABLES)], &living);
  CHECK(spec != NULL);
  if (below(dice, 4) == 0)
    SET(sup_spec_set_runs_children(spec, true));
  return spec;
}

static UNUSED bool hold_back_line(void *ctx, sup_child child, const char *text,
                                  size_t length, uint32_t flags) {
  (void)ctx, (void)text, (void)length;
  if (flags & SUP_LINE_END)
    return true;
  ANSWERS(sup_child_resume_output(child), 0, SUP_ESTALE, SUP_EGONE,
          SUP_ENOTRUNNING);
  return false;
}

static UNUSED sup_spec *drawn_process(struct dice *dice, const char *name) {
  static const char *const sleeper[] = {"/bin/sleep", "1000", NULL};
  static const char *const speaker[] = {"/bin/echo", "ready\nand gone", NULL};
  static const char *const environment[] = {"A=b", NULL};
  static const uint8_t statuses[] = {3, 4};
  static const uint8_t hopeless[] = {5};
  static const int forced[] = {6};
  static const sup_stop_step steps[] = {
      {SUP_STOP_CANCEL, 0, SUP_MILLISECONDS(2)},
      {SUP_STOP_KILL, 0, SUP_SECONDS(5)}};
  sup_readiness ready = {
      .size = sizeof(ready), .kind = SUP_READY_LINE, .text = "ready"};
  sup_output output = {.size = sizeof(output),
                       .mode = SUP_OUTPUT_LINES,
                       .merge = true,
                       .line = hold_back_line,
                       .free = drawn_free};
  bool speaks = below(dice, 2);
  sup_spec *spec = sup_process_spec(name, speaks ? speaker : sleeper);

  CHECK(spec != NULL);
  SET(sup_spec_set_directory(spec, "/"));
  SET(sup_spec_set_environment(spec, environment));
  SET(sup_spec_set_variable(spec, "A", NULL));
  SET(sup_spec_pass_descriptor(spec, 2, 7));
  SET(sup_spec_set_success_statuses(spec, statuses, 2));
  SET(sup_spec_set_failure_statuses(spec, SUP_FAILURE_HOPELESS, hopeless, 1));
  SET(sup_spec_set_failure_signals(spec, SUP_FAILURE_FORCED, forced, 1));
  SET(sup_spec_set_stop_steps(spec, steps, 2));
  SET(sup_spec_set_ends_with_host(spec, below(dice, 2)));
  if (speaks) {
    atomic_fetch_add(&contexts, 1);
    SET(sup_spec_set_output(spec, &output, &living));
    SET(sup_spec_set_readiness(spec, &ready));
    SET(sup_spec_set_restart(spec, SUP_TRANSIENT));
  }
  return spec;
}

static UNUSED void never_answer(void *state) {
  (void)state;
}

static UNUSED void draw_policy(struct dice *dice, sup_spec *spec) {
  static const sup_stop_step ladder[] = {{SUP_STOP_DRAIN, 0, SHORT},
                                         {SUP_STOP_CANCEL, 0, SHORT}};

  SET(sup_spec_set_restart(spec, (sup_restart)below(dice, 3)));
  SET(sup_spec_set_shutdown_timeout(spec, SHORT));
  if (below(dice, 2))
    SET(sup_spec_set_stop_steps(spec, ladder, 2));
  if (below(dice, 3) == 0) {
    SET(sup_spec_set_notify_start(spec, true));
    SET(sup_spec_set_start_timeout(spec, SUP_MILLISECONDS(2)));
  }
  if (below(dice, 4) == 0)
    SET(sup_spec_set_child_tolerance(spec, 3, SHORT,
                                     (sup_when_exceeded)below(dice, 2)));
  if (below(dice, 3) == 0)
    SET(sup_spec_set_when_stuck(spec, (sup_when_stuck)below(dice, 3), SHORT));
  if (below(dice, 16) == 0)
    SET(sup_spec_add_after(spec, "0"));
  if (below(dice, 8) == 0)
    SET(sup_spec_set_heartbeat(spec, SUP_MILLISECONDS(1)));
  if (below(dice, 8) == 0 && sup_spec_kind(spec) == SUP_KIND_CALLBACK)
    SET(sup_spec_set_probe(spec, never_answer));
  if (below(dice, 8) == 0)
    SET(sup_spec_set_group(spec, "group"));
  if (below(dice, 16) == 0)
    SET(sup_spec_set_significant(spec, true));
}

/* A supervisor of some workers and supervisors, `depth` levels below it. */
static UNUSED sup_spec *drawn_supervisor(struct dice *dice, const char *name,
                                         unsigned depth) {
  static const char *const names[] = {"0", "1", "2", "3"};
  sup_backoff backoff = SUP_BACKOFF_STANDARD;
  sup_spec *top = sup_supervisor_spec(name, (sup_strategy)below(dice, 3));
  sup_spec *first = NULL;

  CHECK(top != NULL);
  backoff.initial = SUP_MICROSECONDS(50);
  backoff.maximum = SHORT;
  SET(sup_spec_set_backoff(top, &backoff));
  if (below(dice, 2))
    SET(sup_spec_add_group(top, "group", (sup_group_mode)below(dice, 2)));
  SET(sup_spec_set_tolerance(top, below(dice, 4) ? SUP_UNLIMITED : 20, SHORT));
  SET(sup_spec_set_order(top, (sup_order)below(dice, 2)));
  SET(sup_spec_set_start_limit(top, 1 + (uint32_t)below(dice, 3)));
  SET(sup_spec_set_concurrent_stop(top, below(dice, 2)));
  SET(sup_spec_set_user(top, NULL, NULL));
  SET(sup_spec_set_auto_shutdown(top, (sup_auto_shutdown)below(dice, 3)));
  if (below(dice, 4) == 0) {
    atomic_fetch_add(&contexts, 1);
    SET(sup_spec_set_resource(top, &drawn_resource, &living));
  }
  for (unsigned i = 0; i < 4; i++) {
    sup_spec *child = depth > 0 && below(dice, 3) == 0
                          ? drawn_supervisor(dice, names[i], depth - 1)
                          : drawn_worker(dice, names[i]);

    if (sup_spec_kind(child) != SUP_KIND_SUPERVISOR)
      draw_policy(dice, child);
    if (first == NULL)
      first = sup_spec_ref(child);
    else if (below(dice, 8) == 0)
      SET(sup_spec_share_policy(child, first));
    ANSWERS(sup_spec_add(top, child), 0);
  }
  sup_spec_unref(first);
  return top;
}

/* One that can be started. */
static UNUSED sup_spec *good_spec(struct dice *dice, unsigned processes) {
  for (;;) {
    sup_spec *top = drawn_supervisor(dice, "top", 2);
    sup_report *report = NULL;

    if (processes > 0)
      ANSWERS(sup_spec_add(top, drawn_process(dice, "process")), 0);
    if (ANSWERS(sup_spec_check(top, &report), 0, SUP_ESPEC) == 0) {
      sup_report_unref(report);
      return top;
    }
    CHECK(sup_report_count(report) > 0);
    sup_report_unref(report);
    sup_spec_unref(top);
  }
}

/* Every setter on a frozen one, which others use at the same time. */
static UNUSED void disturb_frozen(sup_spec *spec) {
  static const sup_backoff none = SUP_BACKOFF_NONE;

  sup_spec_ref(spec);
  CHECK(sup_spec_name(spec)[0] != '\0');
  CHECK(sup_spec_kind(spec) == SUP_KIND_SUPERVISOR);
  ANSWERS(sup_spec_set_backoff(spec, &none), SUP_EFROZEN);
  ANSWERS(sup_spec_set_order(spec, SUP_LEFT_TO_RIGHT), SUP_EFROZEN);
  ANSWERS(sup_spec_set_restart(spec, SUP_TEMPORARY), SUP_EFROZEN);
  ANSWERS(sup_spec_add_after(spec, "x"), SUP_EFROZEN);
  ANSWERS(sup_spec_add(spec, sup_supervisor_spec("x", SUP_ONE_FOR_ONE)),
          SUP_EFROZEN);
  ANSWERS(sup_spec_check(spec, NULL), 0);
  sup_spec_unref(spec);
}

#endif
