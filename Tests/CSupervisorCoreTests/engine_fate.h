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

/* What the tests of fate-sharing groups have in common. */

#ifndef ENGINE_FATE_H
#define ENGINE_FATE_H

#include "engine_world.h"

static inline sup_spec *in(const char *group, sup_spec *spec) {
  assert_int_equal(sup_spec_set_group(spec, group), 0);
  return spec;
}

static inline sup_spec *together(sup_spec *spec, const char *group) {
  assert_int_equal(sup_spec_add_group(spec, group, SUP_GROUP_TOGETHER), 0);
  return spec;
}

static inline sup_spec *each(sup_spec *spec, const char *group) {
  assert_int_equal(sup_spec_add_group(spec, group, SUP_GROUP_EACH), 0);
  return spec;
}

static inline sup_spec *delayed(sup_spec *spec, sup_duration delay) {
  return paced(spec, delay, 1.0, delay);
}

/* a, b and c in the group g of that mode, with x and y beside them. */
static inline sup_spec *family(sup_group_mode mode) {
  sup_spec *root =
      one_for_one("root", worker("x"), in("g", worker("a")), worker("y"),
                  in("g", worker("b")), in("g", worker("c")), NULL);

  assert_int_equal(sup_spec_add_group(root, "g", mode), 0);
  return tolerating(root, SUP_UNLIMITED, 0);
}

static inline void stop_takes(struct world *w, const char *key,
                              sup_duration time) {
  child(w, key)->stop_takes = time;
}

/* Nobody outside of the group was touched. */
static inline void assert_apart(struct world *w, const char *key) {
  assert_int_equal(child(w, key)->starts, 1);
  assert_int_equal(child(w, key)->stops, 0);
  assert_state(w, key, SUP_STATE_RUNNING);
}

#endif
