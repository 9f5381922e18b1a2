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

/* What tests ask for of the children of a world: added, stopped, restarted,
 * deleted. */

#ifndef ENGINE_REQUESTS_H
#define ENGINE_REQUESTS_H

#include "engine_world.h"

/* A handle of a node: by path, or by the end of one. */
static inline struct sup_ref ref_of(struct world *w, const char *key) {
  sup_node_info info = world_info(w, key, NULL);
  struct sup_ref ref = {(uint32_t)info.child.node, info.child.generation,
                        info.child.incarnation};
  return ref;
}

static inline struct sup_request *
world_request(struct world *w, const char *what, const char *name) {
  struct world_request *r = &w->requests[w->asked];
  assert_true(w->asked < WORLD_REQUESTS);
  memset(r, 0, sizeof(*r));
  r->what = what;
  snprintf(r->name, sizeof(r->name), "%s", name);
  return &r->request;
}

/* One that was not refused. What it brings about is not performed yet. */
static inline int world_asked(struct world *w, int result) {
  if (result == 0)
    w->asked++;
  world_read_journal(w);
  return result;
}

/* Checks and freezes the spec, whose reference is taken over. */
static inline int try_add(struct world *w, const char *supervisor,
                          sup_spec *spec) {
  struct sup_request *request = world_request(w, "add", sup_spec_name(spec));
  struct sup_ref s = ref_of(w, supervisor), ref;
  assert_int_equal(sup_spec_check(spec, NULL), 0);
  sup__spec_freeze(spec);
  world_tick(w);
  int r = sup__engine_add(w->engine, s, spec, request, &ref);
  if (r == 0) {
    ref.incarnation = 0; /* its start has not been performed */
    world_child_of(w, ref)->ref = ref;
  }
  sup_spec_unref(spec);
  return world_asked(w, r);
}

static inline void add(struct world *w, const char *supervisor,
                       sup_spec *spec) {
  assert_int_equal(try_add(w, supervisor, spec), 0);
  world_run(w);
}

static inline int try_terminate(struct world *w, const char *key) {
  struct sup_ref ref = ref_of(w, key);
  world_tick(w);
  return world_asked(
      w, sup__engine_terminate(w->engine, ref, world_request(w, "stop", key)));
}

static inline int try_restart(struct world *w, const char *key) {
  struct sup_ref ref = ref_of(w, key);
  world_tick(w);
  return world_asked(
      w, sup__engine_restart(w->engine, ref, world_request(w, "restart", key)));
}

static inline int try_delete(struct world *w, const char *key) {
  struct sup_ref ref = ref_of(w, key);
  world_tick(w);
  return world_asked(
      w, sup__engine_delete(w->engine, ref, world_request(w, "delete", key)));
}

static inline void terminate(struct world *w, const char *key) {
  assert_int_equal(try_terminate(w, key), 0);
  world_run(w);
}

static inline void restart(struct world *w, const char *key) {
  assert_int_equal(try_restart(w, key), 0);
  world_run(w);
}

static inline void delete (struct world *w, const char *key) {
  assert_int_equal(try_delete(w, key), 0);
  world_run(w);
}

static inline bool is_there(struct world *w, const char *path) {
  struct sup_ref ref;
  int r = sup__engine_find_path(w->engine, path, &ref);
  assert_true(r == 0 || r == SUP_ENOTFOUND);
  return r == 0;
}

#endif
