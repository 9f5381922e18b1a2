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
 * What a child starts after: names in a spec, edges between siblings, and, in
 * a running supervisor, links between nodes.
 */

#ifndef SUP_ENGINE_AFTER_H
#define SUP_ENGINE_AFTER_H

#include "spec.h"

/* A name that a child starts after. Part of a policy; immutable and counted, so
 * that copies of a policy share the list. The newest first. */
struct sup_after {
  atomic_uint_least32_t refs;
  struct sup_after *next; /* owned */
  size_t length;
  char name[];
};

struct sup_after *sup__after_ref(struct sup_after *after);
void sup__after_unref(struct sup_after *after);

/* Whether any child of a list has such names. */
bool sup__list_has_after(const struct sup_supervisor_spec *list);

/* For child i of the list: the places to[start[i]] ... to[start[i + 1] - 1] of
 * the children that it starts after. A name that is not among its siblings
 * is SUP_AFTER_UNKNOWN; names are in the order of the policy's list. */
#define SUP_AFTER_UNKNOWN UINT32_MAX

struct sup_after_graph {
  const sup_allocator *allocator;
  size_t count;
  size_t edges;
  uint32_t *start; /* count + 1 */
  uint32_t *to;
};

/* 0 or SUP_ENOMEM. */
int sup__after_graph_make(struct sup_after_graph *graph,
                          const sup_allocator *allocator,
                          const struct sup_supervisor_spec *list);
void sup__after_graph_free(struct sup_after_graph *graph);

/* Find children that start after each other in a circle: *length of them into
 * `circle`, which has room for all; 0 if there are none. SUP_ENOMEM. */
int sup__after_graph_circle(const struct sup_after_graph *graph,
                            uint32_t *circle, size_t *length);

#endif
