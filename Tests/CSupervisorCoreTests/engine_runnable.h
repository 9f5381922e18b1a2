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

/* Runnables in the world of engine_world.h. */

#ifndef ENGINE_RUNNABLE_H
#define ENGINE_RUNNABLE_H

#include <supervisor/runnable.h>

#include "engine_world.h"

/* Its restarts wait for so long, without chance in it. */
static inline sup_spec *runnable_after(const char *name, sup_duration delay) {
  return paced(world_made(sup_runnable_spec(name, &world_plain, NULL)), delay,
               1.0, delay);
}

static inline sup_spec *runnable(const char *name) {
  return runnable_after(name, SEC(1));
}

/* A worker as any other, that may run children. */
static inline sup_spec *composer(sup_spec *spec) {
  assert_int_equal(sup_spec_set_runs_children(spec, true), 0);
  return spec;
}

static inline int run_by(struct world *w, struct sup_ref ref, sup_spec *spec,
                         struct sup_ref *made) {
  struct sup_ref unused;
  int r;
  sup__spec_freeze(spec);
  world_tick(w);
  r = sup__engine_run(w->engine, ref, NULL, &spec, 1,
                      made == NULL ? &unused : made);
  sup_spec_unref(spec);
  world_run(w);
  return r;
}

/* The body of `parent` runs one child. */
static inline int run(struct world *w, const char *parent, sup_spec *spec) {
  return run_by(w, child(w, parent)->ref, spec, NULL);
}

static inline void runs(struct world *w, const char *parent, sup_spec *spec) {
  assert_int_equal(run(w, parent, spec), 0);
}

/* The specs that follow, ended by NULL, as a group. */
static inline int run_group(struct world *w, const char *parent,
                            sup_group_mode mode, ...) {
  sup_spec *specs[16];
  struct sup_ref refs[16];
  size_t count = 0;
  va_list list;
  int r;
  va_start(list, mode);
  while ((specs[count] = va_arg(list, sup_spec *)) != NULL)
    sup__spec_freeze(specs[count++]);
  va_end(list);
  world_tick(w);
  r = sup__engine_run(w->engine, child(w, parent)->ref, &mode, specs, count,
                      refs);
  while (count > 0)
    sup_spec_unref(specs[--count]);
  world_run(w);
  return r;
}

static inline int says_healthy(struct world *w, const char *key) {
  int r;
  world_tick(w);
  r = sup__engine_healthy(w->engine, child(w, key)->ref);
  world_run(w);
  return r;
}

static inline int says_done(struct world *w, const char *key) {
  int r;
  world_tick(w);
  r = sup__engine_done(w->engine, child(w, key)->ref);
  world_run(w);
  return r;
}

/* Healthy, done, and returns. */
static inline void is_done(struct world *w, const char *key) {
  assert_int_equal(says_healthy(w, key), 0);
  assert_int_equal(says_done(w, key), 0);
  completes(w, key);
}

/* The handle that a user has. */
static inline struct sup_ref handle(struct world *w, const char *path) {
  struct sup_ref ref = {0, 0, 0};
  assert_int_equal(sup__engine_find_path(w->engine, path, &ref), 0);
  return ref;
}

/* Its last error, and the code of that. */
static inline struct sup_error *failure_of(struct world *w, const char *key,
                                           int *code) {
  sup_token error = 0;
  world_info(w, key, &error);
  *code = sup__token_value(error);
  return sup__token_object(error);
}

static inline void assert_failure(struct world *w, const char *key,
                                  int expected) {
  int code;
  failure_of(w, key, &code);
  assert_int_equal(code, expected);
}

/* Restarts and signals are events that these tests look at. */
static inline struct world *world_of_runnables(sup_spec *spec) {
  struct world *w = world_create(spec);
  world_show(w, SUP_EVENT_HEALTHY);
  world_show(w, SUP_EVENT_DONE);
  world_show(w, SUP_EVENT_STOPPING);
  world_show(w, SUP_EVENT_RESTART_SCHEDULED);
  world_show(w, SUP_EVENT_RESTART_CANCELED);
  launch(w);
  return w;
}

#endif
