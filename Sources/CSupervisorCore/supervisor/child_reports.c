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
 * What children report.
 */

#include "private.h"
#include "text.h"

/* An error that was given along becomes the engine's. */
static sup_token token_of(sup_error *error) {
  return error == NULL ? 0 : sup__token_error(error);
}

/* Begin a report: 0 with the tree entered, or why not. The report may be the
 * last thing that keeps the tree, so the visit holds a reference. */
static int begin(sup_child child, sup_error *error) {
  int r = sup__tree_check(child.tree);

  if (r != 0)
    sup_error_unref(error);
  else
    sup__tree_enter(child.tree);
  return r;
}

static int finish(sup_child child, int r) {
  sup__tree_leave(child.tree); /* the tree may be gone after this */
  return r;
}

int sup_child_begin(sup_child child) {
  int r = sup__tree_check(child.tree);

  if (r != 0)
    return r;
  /* Nothing follows from it, so nothing is drained. */
  pthread_mutex_lock(&child.tree->lock);
  r = sup__engine_begin(child.tree->dispatcher.engine, sup__child_ref(child));
  pthread_mutex_unlock(&child.tree->lock);
  return r;
}

int sup__child_heartbeat(sup_child child, sup_duration ahead) {
  int r = sup__tree_check(child.tree);
  uint64_t now;

  if (r != 0)
    return r;
  /* Likewise. */
  pthread_mutex_lock(&child.tree->lock);
  now = sup__runtime_now(child.tree->runtime);
  r = sup__engine_heartbeat(
      child.tree->dispatcher.engine, sup__child_ref(child),
      ahead < SUP_INFINITE - now ? now + ahead : SUP_INFINITE);
  pthread_mutex_unlock(&child.tree->lock);
  return r;
}

int sup_child_heartbeat(sup_child child) {
  return sup__child_heartbeat(child, 0);
}

int sup_child_probed(sup_child child) {
  int r = begin(child, NULL);

  return r != 0
             ? r
             : finish(child, sup__engine_probed(child.tree->dispatcher.engine,
                                                sup__child_ref(child)));
}

int sup__child_silent(sup_child child) {
  int r = begin(child, NULL);

  return r != 0
             ? r
             : finish(child, sup__engine_silent(child.tree->dispatcher.engine,
                                                sup__child_ref(child)));
}

int sup__child_extend_start(sup_child child, sup_duration time) {
  int r = begin(child, NULL);

  return r != 0 ? r
                : finish(child,
                         sup__engine_extend_start(child.tree->dispatcher.engine,
                                                  sup__child_ref(child), time));
}

void sup__child_unready(sup_child child, sup_error *error) {
  int r = begin(child, error);

  if (r == 0)
    finish(child, sup__engine_unready(child.tree->dispatcher.engine,
                                      sup__child_ref(child), token_of(error)));
}

int sup_child_started(sup_child child) {
  int r = begin(child, NULL);

  return r != 0 ? r
                : finish(child,
                         sup__engine_acknowledged(child.tree->dispatcher.engine,
                                                  sup__child_ref(child)));
}

static sup_outcome outcome_of(sup_failure_class what) {
  return what == SUP_FAILURE_HOPELESS ? SUP_OUTCOME_HOPELESS
         : what == SUP_FAILURE_FORCED ? SUP_OUTCOME_FORCED
                                      : SUP_OUTCOME_FAILED;
}

int sup_child_start_failed(sup_child child, sup_error *error) {
  return sup_child_start_failed_as(child, error, SUP_FAILURE_ORDINARY);
}

int sup_child_start_failed_as(sup_child child, sup_error *error,
                              sup_failure_class what) {
  int r = begin(child, error);

  return r != 0 ? r
                : finish(child, sup__engine_start_failed_as(
                                    child.tree->dispatcher.engine,
                                    sup__child_ref(child), outcome_of(what),
                                    token_of(error)));
}

int sup_child_declined(sup_child child) {
  int r = begin(child, NULL);

  return r != 0
             ? r
             : finish(child, sup__engine_declined(child.tree->dispatcher.engine,
                                                  sup__child_ref(child)));
}

static int ended(sup_child child, sup_outcome outcome, sup_error *error) {
  int r = begin(child, error);

  return r != 0
             ? r
             : finish(child, sup__engine_exited(child.tree->dispatcher.engine,
                                                sup__child_ref(child), outcome,
                                                token_of(error)));
}

/* The same by somebody whose thread may be waited for. */
static int ended_by(sup_child child, sup_outcome outcome, sup_error *error,
                    const sup_reporter *reporter) {
  int r = begin(child, error);

  if (r != 0)
    return r;
  r = sup__engine_exited(child.tree->dispatcher.engine, sup__child_ref(child),
                         outcome, token_of(error));
  sup__dispatcher_leave_by(&child.tree->dispatcher, reporter);
  return r;
}

int sup_child_completed_by(sup_child child, const sup_reporter *reporter) {
  return ended_by(child, SUP_OUTCOME_COMPLETED, NULL, reporter);
}

int sup_child_failed_by(sup_child child, sup_error *error,
                        sup_failure_class what, const sup_reporter *reporter) {
  return ended_by(child, outcome_of(what), error, reporter);
}

int sup_child_completed(sup_child child) {
  return ended(child, SUP_OUTCOME_COMPLETED, NULL);
}

int sup_child_failed(sup_child child, sup_error *error) {
  return ended(child, SUP_OUTCOME_FAILED, error);
}

int sup_child_failed_as(sup_child child, sup_error *error,
                        sup_failure_class what) {
  return ended(child, outcome_of(what), error);
}

int sup_child_done(sup_child child) {
  int r = begin(child, NULL);

  return r != 0 ? r
                : finish(child, sup__engine_done(child.tree->dispatcher.engine,
                                                 sup__child_ref(child)));
}

int sup_child_healthy(sup_child child) {
  int r = begin(child, NULL);

  return r != 0
             ? r
             : finish(child, sup__engine_healthy(child.tree->dispatcher.engine,
                                                 sup__child_ref(child)));
}

int sup_child_request_restart(sup_child child) {
  int r = begin(child, NULL);

  return r != 0
             ? r
             : finish(child,
                      sup__engine_request_restart(child.tree->dispatcher.engine,
                                                  sup__child_ref(child)));
}

int sup_child_canceled(sup_child child) {
  return ended(child, SUP_OUTCOME_CANCELED, NULL);
}

/* ---- Resource steps ----------------------------------------------------- */

static size_t write_faults(const sup_report *report, char *buffer,
                           size_t size) {
  const char *before = "";
  struct sup_text text;

  sup__text_init(&text, buffer, size);
  for (size_t i = 0; i < sup_report_count(report); i++) {
    const sup_error *fault = sup_report_error(report, i);

    if (sup_error_code(fault) == 0)
      continue; /* a warning */
    sup__text_add(&text, before);
    if (sup_error_path(fault) != NULL) {
      sup__text_add(&text, sup_error_path(fault));
      sup__text_add(&text, ": ");
    }
    sup__text_add(&text, sup_error_text(fault));
    before = "; ";
  }
  return sup__text_end(&text);
}

/* One error with all faults in its text. The report is given back. */
static sup_error *error_of_faults(int code, sup_report *report) {
  const sup_allocator *allocator = sup__allocator();
  sup_error *error = NULL;
  size_t size;
  char *text;

  if (report == NULL)
    return sup_error_create(code, NULL, NULL, NULL);
  size = write_faults(report, NULL, 0) + 1;
  text = sup__allocate(allocator, size);
  if (text != NULL) {
    write_faults(report, text, size);
    error = sup_error_create(code, text, NULL, NULL);
    sup__release(allocator, text, size);
  }
  sup_report_unref(report);
  return error;
}

/* The resource is there, so it is cleaned up. */
static int built_in_vain(sup_child child, sup_error *error) {
  sup__tree_enter(child.tree);
  return finish(child, sup__engine_built_in_vain(
                           child.tree->dispatcher.engine, sup__child_ref(child),
                           error != NULL ? sup__token_error(error)
                                         : sup__token_code(SUP_ESPEC)));
}

/* The supervisor's spec, referenced, or NULL if it is gone. */
static sup_spec *spec_of(sup_child supervisor) {
  sup_spec *spec;

  pthread_mutex_lock(&supervisor.tree->lock);
  spec = sup__engine_spec(supervisor.tree->dispatcher.engine,
                          sup__child_ref(supervisor));
  if (spec != NULL)
    sup_spec_ref(spec);
  pthread_mutex_unlock(&supervisor.tree->lock);
  return spec;
}

static int check_children(sup_child supervisor, sup_spec *children,
                          sup_report **report) {
  sup_spec *spec;
  int r;

  if (children->kind != SUP_KIND_SUPERVISOR)
    return SUP_EINVAL;
  spec = spec_of(supervisor);
  r = sup__spec_check_under(children, spec, report);
  sup_spec_unref(spec);
  if (*report != NULL && sup__report_place_at(*report, supervisor, true) != 0) {
    sup_report_unref(*report);
    *report = NULL;
    return SUP_ENOMEM;
  }
  return r;
}

int sup_child_built(sup_child child, sup_spec *children) {
  sup_report *report = NULL;
  int r = sup__tree_check(child.tree);

  if (r != 0) {
    sup_spec_unref(children);
    return r;
  }
  if (children != NULL) {
    r = check_children(child, children, &report);
    if (r != 0) {
      sup_spec_unref(children);
      return built_in_vain(child, error_of_faults(r, report));
    }
    sup_report_unref(report);
    sup__spec_freeze(children);
  }
  sup__tree_enter(child.tree);
  r = sup__engine_built(child.tree->dispatcher.engine, sup__child_ref(child),
                        children);
  r = finish(child, r);
  /* Not under the lock: it may be the last reference. */
  sup_spec_unref(children);
  return r;
}

int sup_child_build_failed(sup_child child, sup_error *error) {
  int r = begin(child, error);

  return r != 0 ? r
                : finish(child, sup__engine_build_failed(
                                    child.tree->dispatcher.engine,
                                    sup__child_ref(child), token_of(error)));
}

int sup_child_cleaned(sup_child child, sup_error *error) {
  int r = begin(child, error);

  return r != 0
             ? r
             : finish(child, sup__engine_cleaned(child.tree->dispatcher.engine,
                                                 sup__child_ref(child),
                                                 token_of(error)));
}

/* ---- Questions ---------------------------------------------------------- */

bool sup_child_is_stopping(sup_child child) {
  bool stopping;

  if (sup__tree_check(child.tree) != 0)
    return true;
  pthread_mutex_lock(&child.tree->lock);
  stopping = sup__engine_is_stopping(child.tree->dispatcher.engine,
                                     sup__child_ref(child));
  pthread_mutex_unlock(&child.tree->lock);
  return stopping;
}

size_t sup_child_path(sup_child child, char *buffer, size_t size) {
  size_t length = 0;

  if (size > 0)
    buffer[0] = '\0';
  if (sup__tree_check(child.tree) != 0)
    return 0;
  pthread_mutex_lock(&child.tree->lock);
  if (child.generation != 0)
    length =
        sup__engine_path(child.tree->dispatcher.engine, (uint32_t)child.node,
                         child.generation, buffer, size);
  pthread_mutex_unlock(&child.tree->lock);
  return length;
}
