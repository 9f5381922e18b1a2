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

int sup__report_append(sup_report *report, const sup_report *other) {
  int r = 0;

  for (size_t i = 0; r == 0 && other != NULL && i < other->count; i++)
    r = sup__report_add(report, sup_error_ref(other->errors[i]));
  return r;
}

/* What of a path comes after that of the node that it is placed at: nothing, or
 * a slash and more. A slash in a name is shown as something else. */
static const char *below(const sup_error *error, bool inside) {
  const char *slash = inside ? strchr(error->path, '/') : error->path;
  return slash == NULL ? "" : slash;
}

static int place(sup_error *error, const char *path, bool inside) {
  const sup_allocator *allocator = sup__allocator();
  const char *rest = below(error, inside);
  size_t length = strlen(path), rest_length = strlen(rest);
  size_t slash = inside ? 0 : 1;
  char *placed = sup__allocate(allocator, length + slash + rest_length + 1);

  if (placed == NULL)
    return SUP_ENOMEM;
  memcpy(placed, path, length);
  if (slash != 0)
    placed[length] = '/';
  memcpy(placed + length + slash, rest, rest_length + 1);
  sup__release(allocator, error->path, error->path_length + 1);
  error->path = placed;
  error->path_length = length + slash + rest_length;
  return 0;
}

int sup__report_place(sup_report *report, const char *path, bool inside) {
  int r = 0;

  for (size_t i = 0; r == 0 && i < report->count; i++)
    if (report->errors[i]->path != NULL)
      r = place(report->errors[i], path, inside);
  return r;
}

int sup__report_place_at(sup_report *report, sup_child node, bool inside) {
  size_t length = sup_child_path(node, NULL, 0);
  char *path;
  int r = 0;

  if (length == 0)
    return 0;
  path = sup__allocate(sup__allocator(), length + 1);
  if (path == NULL)
    return SUP_ENOMEM;
  /* The node may be gone by now. */
  if (sup_child_path(node, path, length + 1) == length)
    r = sup__report_place(report, path, inside);
  sup__release(sup__allocator(), path, length + 1);
  return r;
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
