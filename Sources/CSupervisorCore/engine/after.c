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

#include "after.h"

#include <string.h>

/* ---- Names in a policy -------------------------------------------------- */

struct sup_after *sup__after_ref(struct sup_after *after) {
  if (after != NULL)
    atomic_fetch_add_explicit(&after->refs, 1, memory_order_relaxed);
  return after;
}

void sup__after_unref(struct sup_after *after) {
  while (after != NULL && atomic_fetch_sub_explicit(
                              &after->refs, 1, memory_order_acq_rel) == 1) {
    struct sup_after *next = after->next;

    sup__release(sup__spec_allocator(), after,
                 sizeof(*after) + after->length + 1);
    after = next;
  }
}

int sup_spec_add_after(sup_spec *spec, const char *sibling) {
  const char *fault;
  struct sup_policy *policy;
  struct sup_after *after;
  size_t length;
  int r = sup__spec_mutable(spec);

  if (r != 0)
    return r;
  fault = sup__name_fault(sibling, sibling == NULL ? 0 : strlen(sibling));
  if (fault != NULL)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "the name that it is to start after is not a valid "
                           "name of a sibling");
  policy = sup__spec_own_policy(spec);
  if (policy == NULL)
    return SUP_ENOMEM;
  length = strlen(sibling);
  after = sup__allocate(sup__spec_allocator(), sizeof(*after) + length + 1);
  if (after == NULL) {
    spec->incomplete = true;
    return SUP_ENOMEM;
  }
  atomic_init(&after->refs, 1);
  after->next = policy->after;
  after->length = length;
  memcpy(after->name, sibling, length + 1);
  policy->after = after;
  return 0;
}

bool sup__list_has_after(const struct sup_supervisor_spec *list) {
  for (size_t i = 0; i < list->child_count; i++)
    if (list->children[i]->policy->after != NULL)
      return true;
  return false;
}

/* ---- Edges between siblings --------------------------------------------- */

/* Places by name: an open table of place + 1. */
struct places {
  uint32_t *slots;
  size_t capacity;
};

static uint64_t hash(const char *name, size_t length) {
  uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

  for (size_t i = 0; i < length; i++)
    h = (h ^ (unsigned char)name[i]) * 0x100000001b3u;
  return h ^ (h >> 32);
}

static uint32_t *slot_of(const struct places *places,
                         const struct sup_supervisor_spec *list,
                         const char *name, size_t length) {
  size_t at = hash(name, length) & (places->capacity - 1);

  for (;; at = (at + 1) & (places->capacity - 1)) {
    uint32_t *slot = &places->slots[at];
    const sup_spec *child;

    if (*slot == 0)
      return slot;
    child = list->children[*slot - 1];
    if (child->name_length == length && memcmp(child->name, name, length) == 0)
      return slot;
  }
}

static int make_places(struct places *places, const sup_allocator *allocator,
                       const struct sup_supervisor_spec *list) {
  places->capacity = 8;
  while (places->capacity < list->child_count * 2)
    places->capacity *= 2;
  places->slots = sup__allocate_zeroed(allocator, places->capacity *
                                                      sizeof(*places->slots));
  if (places->slots == NULL)
    return SUP_ENOMEM;
  for (size_t i = 0; i < list->child_count; i++) {
    const sup_spec *child = list->children[i];
    uint32_t *slot = slot_of(places, list, child->name, child->name_length);

    if (*slot == 0)
      *slot = (uint32_t)i + 1;
  }
  return 0;
}

static size_t count_edges(const struct sup_supervisor_spec *list) {
  size_t edges = 0;

  for (size_t i = 0; i < list->child_count; i++)
    for (const struct sup_after *after = list->children[i]->policy->after;
         after != NULL; after = after->next)
      edges++;
  return edges;
}

int sup__after_graph_make(struct sup_after_graph *graph,
                          const sup_allocator *allocator,
                          const struct sup_supervisor_spec *list) {
  struct places places;
  uint32_t edge = 0;

  graph->allocator = allocator;
  graph->count = list->child_count;
  graph->edges = count_edges(list);
  graph->start =
      sup__allocate(allocator, (graph->count + 1) * sizeof(*graph->start));
  graph->to = sup__allocate(allocator, (graph->edges + 1) * sizeof(*graph->to));
  if (graph->start == NULL || graph->to == NULL ||
      make_places(&places, allocator, list) != 0) {
    sup__after_graph_free(graph);
    return SUP_ENOMEM;
  }
  for (size_t i = 0; i < graph->count; i++) {
    graph->start[i] = edge;
    for (const struct sup_after *after = list->children[i]->policy->after;
         after != NULL; after = after->next) {
      uint32_t place = *slot_of(&places, list, after->name, after->length);

      graph->to[edge++] = place == 0 ? SUP_AFTER_UNKNOWN : place - 1;
    }
  }
  graph->start[graph->count] = edge;
  sup__release(allocator, places.slots,
               places.capacity * sizeof(*places.slots));
  return 0;
}

void sup__after_graph_free(struct sup_after_graph *graph) {
  sup__release(graph->allocator, graph->start,
               (graph->count + 1) * sizeof(*graph->start));
  sup__release(graph->allocator, graph->to,
               (graph->edges + 1) * sizeof(*graph->to));
}

/* Take away what can be started, again and again, until nothing is left or only
 * circles and what comes after them: a depth-first walk with its own stack and
 * three colours. */
enum { WHITE, GREY, BLACK };

int sup__after_graph_circle(const struct sup_after_graph *graph,
                            uint32_t *circle, size_t *length) {
  size_t count = graph->count;
  size_t bytes = count * (sizeof(uint32_t) + 1);
  uint32_t *edge; /* the next edge of a grey one */
  unsigned char *colour;

  *length = 0;
  if (count == 0)
    return 0;
  edge = sup__allocate_zeroed(graph->allocator, bytes);
  if (edge == NULL)
    return SUP_ENOMEM;
  colour = (unsigned char *)(edge + count);
  for (size_t root = 0; root < count && *length == 0; root++) {
    size_t depth = 0; /* `circle` is the stack meanwhile */

    if (colour[root] != WHITE)
      continue;
    circle[depth++] = (uint32_t)root;
    colour[root] = GREY;
    edge[root] = graph->start[root];
    while (depth > 0) {
      uint32_t at = circle[depth - 1];
      uint32_t to;

      if (edge[at] == graph->start[at + 1]) {
        colour[at] = BLACK;
        depth--;
        continue;
      }
      to = graph->to[edge[at]++];
      if (to == SUP_AFTER_UNKNOWN || colour[to] == BLACK)
        continue;
      if (colour[to] == GREY) {
        size_t first = 0;

        while (circle[first] != to)
          first++;
        *length = depth - first;
        memmove(circle, circle + first, *length * sizeof(*circle));
        break;
      }
      circle[depth++] = to;
      colour[to] = GREY;
      edge[to] = graph->start[to];
    }
  }
  sup__release(graph->allocator, edge, bytes);
  return 0;
}
