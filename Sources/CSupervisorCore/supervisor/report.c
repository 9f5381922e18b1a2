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

#include "report.h"

#include <string.h>

#include "allocator.h"

struct sup_report {
  atomic_uint_least32_t refs;
  int code;
  sup_error **errors; /* owned references */
  size_t count;
  size_t capacity;
};

sup_report *sup__report_create(int code) {
  sup_report *report =
      sup__allocate_zeroed(sup__allocator(), sizeof(sup_report));
  if (report == NULL)
    return NULL;
  atomic_init(&report->refs, 1);
  report->code = code;
  return report;
}

void sup__report_set_code(sup_report *report, int code) {
  report->code = code;
}

static bool reserve(sup_report *report) {
  size_t capacity = report->capacity == 0 ? 4 : report->capacity * 2;
  sup_error **errors;

  if (report->count < report->capacity)
    return true;
  errors = sup__allocate(sup__allocator(), capacity * sizeof *errors);
  if (errors == NULL)
    return false;
  if (report->count > 0)
    memcpy(errors, report->errors, report->count * sizeof *errors);
  sup__release(sup__allocator(), report->errors,
               report->capacity * sizeof *errors);
  report->errors = errors;
  report->capacity = capacity;
  return true;
}

int sup__report_add(sup_report *report, sup_error *error) {
  if (error == NULL)
    return SUP_ENOMEM;
  if (!reserve(report)) {
    sup_error_unref(error);
    return SUP_ENOMEM;
  }
  report->errors[report->count++] = error;
  return 0;
}

sup_report *sup__report_of(sup_error *error) {
  sup_report *report;
  if (error == NULL)
    return NULL;
  report = sup__report_create(error->code);
  if (report == NULL) {
    sup_error_unref(error);
    return NULL;
  }
  if (sup__report_add(report, error) != 0) {
    sup_report_unref(report);
    return NULL;
  }
  return report;
}

sup_report *sup__report_of_token(sup_token token, int *code) {
  sup_report *report = NULL;

  *code = sup__token_value(token);
  if (*code != 0)
    report = sup__report_of(sup__error_of(token));
  if (sup__token_drop(token))
    sup__error_free(sup__token_object(token));
  return report;
}

sup_report *sup_report_ref(sup_report *report) {
  if (report != NULL)
    atomic_fetch_add_explicit(&report->refs, 1, memory_order_relaxed);
  return report;
}

void sup_report_unref(sup_report *report) {
  size_t i;
  if (report == NULL ||
      atomic_fetch_sub_explicit(&report->refs, 1, memory_order_acq_rel) != 1)
    return;
  for (i = 0; i < report->count; i++)
    sup_error_unref(report->errors[i]);
  sup__release(sup__allocator(), report->errors,
               report->capacity * sizeof *report->errors);
  sup__release(sup__allocator(), report, sizeof *report);
}

int sup_report_code(const sup_report *report) {
  return report->code;
}

size_t sup_report_count(const sup_report *report) {
  return report->count;
}

sup_error *sup_report_error(const sup_report *report, size_t index) {
  return index < report->count ? report->errors[index] : NULL;
}
