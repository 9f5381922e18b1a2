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
 * Deadlines: a heap of nodes, four below each, so that arming and taking one
 * out are O(log n) at worst and no step is long, however many deadlines there
 * are. Arming a deadline that is later than most, the usual case, moves little.
 * Equal deadlines come out as they were armed.
 *
 * The heap's places lie behind the nodes of the slab's chunks, one for each
 * slot, so that arming needs no memory: there are never more deadlines than
 * nodes. A node knows its own place.
 */

#include "internal.h"

#define BRANCHES 4u

static uint32_t *place(const struct sup_engine *e, uint32_t at) {
  uint32_t chunk, size;

  if (at >= SUP_BEFORE_LARGEST) {
    at -= SUP_BEFORE_LARGEST;
    chunk = SUP_CHUNK_DOUBLINGS + at / SUP_CHUNK_LARGEST;
    size = SUP_CHUNK_LARGEST;
    at %= SUP_CHUNK_LARGEST;
  } else {
    chunk = 31u - (unsigned)__builtin_clz(at / SUP_CHUNK_FIRST + 1u);
    size = SUP_CHUNK_FIRST << chunk;
    at -= SUP_CHUNK_FIRST * ((1u << chunk) - 1u);
  }
  return (uint32_t *)(e->chunks[chunk] + size) + at;
}

static bool before(const struct sup_node *a, const struct sup_node *b) {
  if (a->deadline != b->deadline)
    return a->deadline < b->deadline;
  return a->armed < b->armed;
}

static void put(struct sup_engine *e, struct sup_node *n, uint32_t at) {
  *place(e, at) = n->index;
  n->heap_place = at;
}

/* Find the place for a node at or above `at`. */
static void rise(struct sup_engine *e, struct sup_node *n, uint32_t at) {
  while (at > 0) {
    uint32_t above = (at - 1) / BRANCHES;
    struct sup_node *other = sup__node(e, *place(e, above));

    if (!before(n, other))
      break;
    put(e, other, at);
    at = above;
  }
  put(e, n, at);
}

static struct sup_node *earliest_below(const struct sup_engine *e,
                                       uint32_t at) {
  uint64_t first = (uint64_t)at * BRANCHES + 1;
  struct sup_node *earliest = NULL;

  for (uint64_t i = first; i < e->heap_count && i < first + BRANCHES; i++) {
    struct sup_node *n = sup__node(e, *place(e, (uint32_t)i));

    if (earliest == NULL || before(n, earliest))
      earliest = n;
  }
  return earliest;
}

/* Find the place for a node at or below `at`. */
static void sink(struct sup_engine *e, struct sup_node *n, uint32_t at) {
  for (;;) {
    struct sup_node *other = earliest_below(e, at);
    uint32_t below;

    if (other == NULL || !before(other, n))
      break;
    below = other->heap_place;
    put(e, other, at);
    at = below;
  }
  put(e, n, at);
}

void sup__disarm(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *last;

  if (n->deadline == SUP_INFINITE)
    return;
  last = sup__node(e, *place(e, --e->heap_count));
  if (last != n) {
    if (before(last, n))
      rise(e, last, n->heap_place);
    else
      sink(e, last, n->heap_place);
  }
  n->deadline = SUP_INFINITE;
}

void sup__arm(struct sup_engine *e, struct sup_node *n, uint64_t deadline) {
  if (deadline == n->deadline)
    return;
  sup__disarm(e, n);
  if (deadline == SUP_INFINITE)
    return;
  n->deadline = deadline;
  n->armed = e->turns == NULL ? ++e->next_armed
                              : atomic_fetch_add_explicit(
                                    &e->turns->last, 1, memory_order_relaxed) +
                                    1;
  rise(e, n, e->heap_count++);
}

struct sup_node *sup__earliest(const struct sup_engine *e) {
  return e->heap_count == 0 ? NULL : sup__node(e, *place(e, 0));
}
