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
 * Nodes live in chunks that double in size and never move, so that a pointer
 * to a node stays good, and are addressed by index and generation.
 */

#include <string.h>

#include "internal.h"

#define FIRST_CHUNK 16u

/* Which chunk an index is in: chunk k holds FIRST_CHUNK << k nodes. */
static unsigned chunk_of(uint32_t index) {
  return 31u - (unsigned)__builtin_clz(index / FIRST_CHUNK + 1u);
}

static uint32_t chunk_start(unsigned chunk) {
  return FIRST_CHUNK * ((1u << chunk) - 1u);
}

struct sup_node *sup__node(const struct sup_engine *e, uint32_t index) {
  unsigned chunk = chunk_of(index);
  return &e->chunks[chunk][index - chunk_start(chunk)];
}

struct sup_node *sup__node_find(const struct sup_engine *e, uint32_t index,
                                uint64_t generation) {
  struct sup_node *n;

  if (index >= chunk_start(e->chunk_count))
    return NULL;
  n = sup__node(e, index);
  if ((n->flags & (NODE_FREE | NODE_DROPPED)) || n->generation != generation)
    return NULL;
  return n;
}

/* Add a chunk, and room to note the specs of its nodes when they go, so that
 * removing a node needs no memory. */
static bool grow(struct sup_engine *e) {
  unsigned chunk = e->chunk_count;
  uint32_t start = chunk_start(chunk);
  uint32_t size = FIRST_CHUNK << chunk;
  struct sup_node *nodes;
  sup_spec **specs;
  size_t capacity = (size_t)start + size;

  if (chunk == sizeof(e->chunks) / sizeof(e->chunks[0]))
    return false;
  nodes = sup__allocate(e->allocator, size * sizeof(*nodes));
  specs = sup__allocate(e->allocator, capacity * sizeof(*specs));
  if (nodes == NULL || specs == NULL) {
    sup__release(e->allocator, nodes, size * sizeof(*nodes));
    sup__release(e->allocator, specs, capacity * sizeof(*specs));
    return false;
  }
  if (e->spec_garbage_count > 0)
    memcpy(specs, e->spec_garbage, e->spec_garbage_count * sizeof(*specs));
  sup__release(e->allocator, e->spec_garbage,
               e->spec_garbage_capacity * sizeof(*specs));
  e->spec_garbage = specs;
  e->spec_garbage_capacity = capacity;
  for (uint32_t i = size; i-- > 0;) {
    nodes[i].flags = NODE_FREE;
    nodes[i].generation = 0;
    nodes[i].queue_next = e->free_nodes;
    e->free_nodes = start + i;
  }
  e->chunks[chunk] = nodes;
  e->chunk_count++;
  return true;
}

static struct sup_supervisor *make_supervisor(struct sup_engine *e,
                                              const sup_spec *spec) {
  const struct sup_supervisor_spec *own = spec->u.supervisor;
  struct sup_supervisor *super = sup__allocate_zeroed(e->allocator, sizeof(*super));

  if (super == NULL)
    return NULL;
  super->record =
      sup__record_make(e, own->tolerance_max, own->tolerance_window);
  if (super->record == NULL) {
    sup__release(e->allocator, super, sizeof(*super));
    return NULL;
  }
  super->first = super->last = SUP_NONE;
  super->cursor = super->round_first = SUP_NONE;
  super->deferred_first = super->deferred_last = SUP_NONE;
  super->dirty_next = SUP_NONE;
  super->round_until = super->start_until = SUP_INFINITE;
  super->reserve_at = super->budget_until = SUP_INFINITE;
  super->resource_until = SUP_INFINITE;
  return super;
}

static void free_supervisor(struct sup_engine *e, struct sup_supervisor *s) {
  if (s == NULL)
    return;
  sup__record_free(e, s->record);
  sup__release(e->allocator, s, sizeof(*s));
}

/* What only some nodes have. */
static bool make_extras(struct sup_engine *e, const sup_spec *spec,
                        struct sup_supervisor **super,
                        struct sup_record_of_failures **own) {
  const struct sup_policy *policy = spec->policy;

  *super = NULL;
  *own = NULL;
  if (spec->kind == SUP_KIND_SUPERVISOR &&
      (*super = make_supervisor(e, spec)) == NULL)
    return false;
  if (policy->has_tolerance &&
      (*own = sup__record_make(e, policy->tolerance_max,
                               policy->tolerance_window)) == NULL) {
    free_supervisor(e, *super);
    return false;
  }
  return true;
}

uint32_t sup__node_add(struct sup_engine *e, struct sup_node *parent,
                       sup_spec *spec) {
  struct sup_record_of_failures *own;
  struct sup_supervisor *super;
  struct sup_node *n;
  uint32_t index;

  if ((e->free_nodes == SUP_NONE && !grow(e)) ||
      !make_extras(e, spec, &super, &own))
    return SUP_NONE;
  index = e->free_nodes;
  n = sup__node(e, index);
  e->free_nodes = n->queue_next;
  memset(n, 0, sizeof(*n));
  n->index = index;
  n->generation = ++e->next_generation;
  n->spec = sup_spec_ref(spec);
  n->super = super;
  n->own = own;
  n->changed_at = e->now;
  n->deadline = SUP_INFINITE;
  n->parent = n->previous = n->next = SUP_NONE;
  n->heap_child = n->heap_next = n->heap_previous = SUP_NONE;
  n->queue_next = n->foreign_next = n->deferred_next = SUP_NONE;
  if (parent != NULL) {
    struct sup_supervisor *list = parent->super;

    n->parent = parent->index;
    n->position = list->next_position++;
    n->previous = list->last;
    if (list->last == SUP_NONE)
      list->first = index;
    else
      sup__node(e, list->last)->next = index;
    list->last = index;
    list->count++;
    list->visible++;
  }
  e->node_count++;
  return index;
}

/* The slot of a removed node goes when nothing names it any more, and with it
 * its hold on its parent, which may have waited for that. */
static void give_back(struct sup_engine *e, struct sup_node *n) {
  while ((n->flags & NODE_FREE) && n->pins == 0) {
    uint32_t parent = n->parent;

    free_supervisor(e, n->super);
    sup__record_free(e, n->own);
    e->spec_garbage[e->spec_garbage_count++] = n->spec;
    n->spec = NULL;
    n->super = NULL;
    n->own = NULL;
    n->generation = 0;
    n->queue_next = e->free_nodes;
    e->free_nodes = n->index;
    if (parent == SUP_NONE)
      return;
    n = sup__node(e, parent);
    n->pins--;
  }
}

static void unlink_node(struct sup_engine *e, struct sup_node *n) {
  struct sup_supervisor *list = sup__node(e, n->parent)->super;

  SUP_ASSERT(!(n->flags & (NODE_ALIVE | NODE_RUNS | NODE_UNDEAD | NODE_FREE)));
  if (n->previous == SUP_NONE)
    list->first = n->next;
  else
    sup__node(e, n->previous)->next = n->next;
  if (n->next == SUP_NONE)
    list->last = n->previous;
  else
    sup__node(e, n->next)->previous = n->previous;
  list->count--;
  if (!(n->flags & NODE_DROPPED)) {
    e->node_count--;
    list->visible--;
  }
  sup__disarm(e, n);
  sup__token_replace(e, &n->error, 0);
  if (n->super != NULL)
    sup__drop_failures(e, n);
  n->flags |= NODE_FREE;
  /* Its path may still be asked for by those that hold a record of it. */
  sup__node_pin(e, n->parent);
  give_back(e, n);
}

void sup__node_remove(struct sup_engine *e, struct sup_node *n) {
  uint32_t top = n->index;

  for (;;) {
    uint32_t parent;

    while (n->super != NULL && n->super->first != SUP_NONE)
      n = sup__node(e, n->super->first);
    if (n->index == top) {
      unlink_node(e, n);
      return;
    }
    parent = n->parent;
    unlink_node(e, n);
    n = sup__node(e, parent);
  }
}

struct sup_node *sup__node_walk(struct sup_engine *e, struct sup_node *n,
                                uint32_t top) {
  if (n->super != NULL && n->super->first != SUP_NONE)
    return sup__node(e, n->super->first);
  while (n->index != top) {
    if (n->next != SUP_NONE)
      return sup__node(e, n->next);
    n = sup__node(e, n->parent);
  }
  return NULL;
}

static bool add_list(struct sup_engine *e, struct sup_node *s,
                     const sup_spec *list, uint32_t flags) {
  const struct sup_supervisor_spec *own = list->u.supervisor;

  for (size_t i = 0; i < own->child_count; i++) {
    uint32_t added = sup__node_add(e, s, own->children[i]);

    if (added == SUP_NONE)
      return false;
    sup__node(e, added)->flags |= flags;
  }
  return true;
}

static void remove_from(struct sup_engine *e, struct sup_node *s,
                        uint32_t first) {
  while (first != SUP_NONE && s->super->last != SUP_NONE) {
    uint32_t last = s->super->last;

    sup__node_remove(e, sup__node(e, last));
    if (last == first)
      return;
  }
}

bool sup__make_children(struct sup_engine *e, struct sup_node *s,
                        const sup_spec *list, uint32_t flags) {
  uint32_t before = s->super->last;
  uint32_t first;
  bool good = add_list(e, s, list, flags);

  first = before == SUP_NONE ? s->super->first : sup__node(e, before)->next;
  for (uint32_t c = first; good && c != SUP_NONE;
       c = sup__node(e, c)->next) {
    struct sup_node *n = sup__node(e, c);

    while (good && n != NULL) {
      if (n->super != NULL)
        good = add_list(e, n, n->spec, 0);
      n = sup__node_walk(e, n, c);
    }
  }
  if (!good)
    remove_from(e, s, first);
  return good;
}

void sup__node_pin(struct sup_engine *e, uint32_t index) {
  sup__node(e, index)->pins++;
}

void sup__node_unpin(struct sup_engine *e, uint32_t index) {
  struct sup_node *n = sup__node(e, index);

  SUP_ASSERT(n->pins > 0);
  n->pins--;
  give_back(e, n);
}

void sup__slab_free(struct sup_engine *e) {
  for (unsigned chunk = 0; chunk < e->chunk_count; chunk++) {
    uint32_t size = FIRST_CHUNK << chunk;

    for (uint32_t i = 0; i < size; i++) {
      struct sup_node *n = &e->chunks[chunk][i];

      if (n->spec == NULL || n->generation == 0)
        continue;
      sup__token_discard(e, n->error);
      if (n->super != NULL)
        sup__drop_failures(e, n);
      sup_spec_unref(n->spec);
      free_supervisor(e, n->super);
      sup__record_free(e, n->own);
    }
    sup__release(e->allocator, e->chunks[chunk],
                 size * sizeof(struct sup_node));
  }
  while (e->spec_garbage_count > 0)
    sup_spec_unref(e->spec_garbage[--e->spec_garbage_count]);
  sup__release(e->allocator, e->spec_garbage,
               e->spec_garbage_capacity * sizeof(*e->spec_garbage));
}

void sup__token_discard(struct sup_engine *e, sup_token token) {
  if (sup__token_drop(token)) {
    struct sup_error *error = sup__token_object(token);

    error->next = e->garbage;
    e->garbage = error;
  }
}

void sup__token_replace(struct sup_engine *e, sup_token *slot,
                        sup_token token) {
  sup_token old = *slot;

  *slot = token;
  sup__token_discard(e, old);
}
