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

#include <supervisor/spec.h>

#include "../engine/group_spec.h"
#include "../engine/spec.h"
#include "report.h"

/* Nobody wants the report: the first fault decides. */
static int answer_only(void *ctx, int code, const char *path,
                       const char *text) {
  (void)ctx;
  (void)path;
  (void)text;
  return code == 0 ? 0 : SUP_ESPEC;
}

static int collect(void *ctx, int code, const char *path, const char *text) {
  sup_report *report = ctx;
  sup_error *error = sup__error_at(code, path, text);
  if (error != NULL)
    error->warning = code == 0;
  return sup__report_add(report, error);
}

static int with_report(const sup_spec *spec, const sup_spec *supervisor,
                       sup_report **result) {
  sup_report *report = sup__report_create(0);
  int err;
  if (report == NULL)
    return SUP_ENOMEM;
  err = sup__spec_walk(spec, supervisor, collect, report);
  sup__report_set_code(report, err);
  if ((err != 0 && err != SUP_ESPEC) || sup_report_count(report) == 0) {
    sup_report_unref(report);
    return err;
  }
  *result = report;
  return err;
}

/* A fault that a spec has only as that of a child which is added. */
static int note_added(const sup_spec *spec, const char *text,
                      sup_report **report) {
  if (report == NULL)
    return SUP_ESPEC;
  if (*report == NULL)
    *report = sup__report_create(SUP_ESPEC);
  if (*report == NULL)
    return SUP_ENOMEM;
  sup__report_set_code(*report, SUP_ESPEC);
  collect(*report, SUP_EINVAL, spec->name, text);
  return SUP_ESPEC;
}

int sup__spec_check_added(sup_spec *spec, const sup_spec *supervisor,
                          sup_report **report) {
  char buffer[512];
  const char *fault;
  int r = 0;

  if (report != NULL)
    *report = NULL;
  /* One that is frozen has been found good before. Most others are good, too,
   * and that needs no report. */
  if (spec == NULL || sup__spec_mutable(spec) == 0)
    r = sup_spec_check(spec, NULL);
  if (r == SUP_ESPEC && report != NULL)
    r = sup_spec_check(spec, report);
  if (r != 0 && r != SUP_ESPEC)
    return r;
  if (spec->policy->after != NULL)
    r = note_added(spec,
                   "it starts after siblings, which is for the children of a "
                   "spec; add it when they are up",
                   report);
  fault = supervisor == NULL ? NULL : sup__significance_fault(supervisor, spec);
  if (fault != NULL)
    r = note_added(spec, fault, report);
  fault = supervisor == NULL
              ? NULL
              : sup__group_fault(supervisor, spec, buffer, sizeof(buffer));
  if (fault != NULL)
    r = note_added(spec, fault, report);
  return r;
}

int sup_spec_check(sup_spec *spec, sup_report **report) {
  return sup__spec_check_under(spec, NULL, report);
}

int sup__spec_check_under(sup_spec *spec, const sup_spec *supervisor,
                          sup_report **report) {
  if (report != NULL)
    *report = NULL;
  /* A constructor without memory returned it. */
  if (spec == NULL)
    return SUP_ENOMEM;
  return report == NULL ? sup__spec_walk(spec, supervisor, answer_only, NULL)
                        : with_report(spec, supervisor, report);
}
