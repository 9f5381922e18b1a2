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
 * to a node stays good, and are addressed by index and generation. Behind the
 * nodes of a chunk is as much of the heap of deadlines (deadline.c).
 */

#include <string.h>

#include "internal.h"

static uint32_t chunk_size(uint32_t chunk) {
  return chunk < SUP_CHUNK_DOUBLINGS ? SUP_CHUNK_FIRST << chunk
                                     : SUP_CHUNK_LARGEST;
}

static uint32_t chunk_start(uint32_t chunk) {
  return chunk < SUP_CHUNK_DOUBLINGS
             ? SUP_CHUNK_FIRST * ((1u << chunk) - 1u)
             : SUP_BEFORE_LARGEST +
                   (chunk - SUP_CHUNK_DOUBLINGS) * SUP_CHUNK_LARGEST;
}

static size_t chunk_bytes(uint32_t chunk) {
  return chunk_size(chunk) * (sizeof(struct sup_node) + sizeof(uint32_t));
}

bool sup__is_slot(const struct sup_engine *e, uint64_t index) {
  return index < e->carved;
}

struct sup_node *sup__node_find(const struct sup_engine *e, uint32_t index,
                                uint64_t generation) {
  struct sup_node *n;

  if (!sup__is_slot(e, index))
    return NULL;
  n = sup__node(e, index);
  if ((n->flags & (NODE_FREE | NODE_DROPPED | NODE_TIMER)) ||
      n->generation != generation)
    return NULL;
  return n;
}

/* Room for one more chunk in the table of chunks. */
static bool grow_table(struct sup_engine *e) {
  uint32_t capacity = e->chunk_capacity == 0 ? 4 : e->chunk_capacity * 2;
  struct sup_node **chunks;

  if (e->chunk_count < e->chunk_capacity)
    return true;
  chunks = sup__allocate(e->allocator, capacity * sizeof(*chunks));
  if (chunks == NULL)
    return false;
  if (e->chunk_count > 0)
    memcpy(chunks, e->chunks, e->chunk_count * sizeof(*chunks));
  sup__release(e->allocator, e->chunks, e->chunk_capacity * sizeof(*chunks));
  e->chunks = chunks;
  e->chunk_capacity = capacity;
  return true;
}

static bool grow(struct sup_engine *e) {
  uint32_t start = chunk_start(e->chunk_count);
  uint32_t size = chunk_size(e->chunk_count);
  struct sup_node *nodes;

  if (start > SUP_NONE - size || !grow_table(e))
    return false;
  nodes = sup__allocate_lines(e->allocator, chunk_bytes(e->chunk_count));
  if (nodes == NULL)
    return false;
  e->chunks[e->chunk_count++] = nodes;
  return true;
}

static struct sup_supervisor *make_supervisor(struct sup_engine *e,
                                              const sup_spec *spec) {
  const struct sup_supervisor_spec *own = sup__part(spec);
  struct sup_supervisor *super =
      sup__allocate_zeroed(e->allocator, sizeof(*super));

  if (super == NULL)
    return NULL;
  if ((own->tolerance_max != SUP_UNLIMITED &&
       (super->record = sup__record_make(e, own->tolerance_max,
                                         own->tolerance_window)) == NULL) ||
      !sup__groups_make(e, own, &super->groups)) {
    sup__record_free(e, super->record);
    sup__release(e->allocator, super, sizeof(*super));
    return NULL;
  }
  super->first = super->last = SUP_NONE;
  super->cursor = super->round_first = SUP_NONE;
  super->first_dynamic = super->renumber = super->last_up = SUP_NONE;
  super->found = SUP_NONE;
  super->ready.first = super->ready.last = SUP_NONE;
  super->joins.first = super->joins.last = SUP_NONE;
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
  sup__links_free(e, s->links);
  sup__links_free(e, s->made_links);
  sup__groups_free(e, s->groups);
  sup__release(e->allocator, s, sizeof(*s));
}

/* What only some nodes have. */
static bool make_extras(struct sup_engine *e, const sup_spec *spec, bool body,
                        struct sup_supervisor **super,
                        struct sup_record_of_failures **own) {
  const struct sup_policy *policy = spec->policy;

  *super = NULL;
  *own = NULL;
  if ((sup__keeps_failures(spec) || policy->heartbeat != 0 ||
       policy->when_stuck == SUP_STUCK_OVERLAP) &&
      (*own = sup__record_make(e, policy->tolerance_max,
                               policy->tolerance_window)) == NULL)
    return false;
  if (body || !sup__has_children(spec))
    return true;
  *super = make_supervisor(e, spec);
  if (*super == NULL) {
    sup__record_free(e, *own);
    return false;
  }
  (*super)->own = *own;
  return true;
}

static void free_extras(struct sup_engine *e, struct sup_node *n) {
  if (!sup__is_supervisor(n)) {
    sup__record_free(e, n->own);
    return;
  }
  sup__record_free(e, n->super->own);
  free_supervisor(e, n->super);
}

/* One that was given back, or the next that has never been used, so that memory
 * is touched only as it is needed. */
uint32_t sup__slot_take(struct sup_engine *e) {
  uint32_t index = e->free_nodes;
  struct sup_node *n;

  if (index != SUP_NONE) {
    e->free_nodes = sup__node(e, index)->queue_next;
  } else {
    if (e->carved == chunk_start(e->chunk_count) && !grow(e))
      return SUP_NONE;
    index = e->carved++;
  }
  n = sup__node(e, index);
  memset(n, 0, sizeof(*n));
  n->index = index;
  return index;
}

uint32_t sup__node_make(struct sup_engine *e, struct sup_node *parent,
                        sup_spec *spec, uint32_t flags, uint16_t marks) {
  struct sup_record_of_failures *own;
  struct sup_supervisor *super;
  struct sup_node *n;
  uint32_t index;

  if (!make_extras(e, spec, (flags & NODE_BODY) != 0, &super, &own))
    return SUP_NONE;
  index = sup__slot_take(e);
  if (index != SUP_NONE && parent != NULL && !(flags & NODE_BODY) &&
      !sup__group_join(e, parent, spec, index, (marks & MARK_DYNAMIC) != 0)) {
    sup__slot_drop(e, sup__node(e, index));
    index = SUP_NONE;
  }
  if (index == SUP_NONE) {
    if (super != NULL)
      free_supervisor(e, super);
    sup__record_free(e, own);
    return SUP_NONE;
  }
  n = sup__node(e, index);
  n->generation = ++e->next_generation;
  n->spec = sup_spec_ref(spec);
  n->changed_at = e->now;
  n->deadline = SUP_INFINITE;
  n->previous = n->next = SUP_NONE;
  n->parent = parent == NULL ? SUP_NONE : parent->index;
  n->flags = flags;
  n->marks = marks;
  if (super != NULL) {
    n->flags |= NODE_SUPERVISOR;
    n->super = super;
    super->depth = sup__depth(e, n) + 1;
  } else {
    n->own = own;
  }
  n->queue_next = n->foreign_next = SUP_NONE;
  n->deferred_next = SUP_NONE;
  return index;
}

/* The slot of a removed node goes when nothing names it any more, and with it
 * its hold on its parent, which may have waited for that. */
void sup__give_back(struct sup_engine *e, struct sup_node *n) {
  while ((n->flags & NODE_FREE) && n->generation != 0 && n->pins == 0 &&
         !(n->flags & (NODE_QUEUED | NODE_QUEUED_FOREIGN | NODE_IN_CALL |
                       NODE_IN_FOREIGN_CALL | NODE_DIRTY | NODE_DEFERRED))) {
    uint32_t parent = n->parent;

    free_extras(e, n);
    /* The slot is free when its spec has been taken. */
    n->flags = NODE_FREE;
    n->generation = 0;
    n->queue_next = e->left_nodes;
    e->left_nodes = n->index;
    if (parent == SUP_NONE)
      return;
    n = sup__node(e, parent);
    n->pins--;
  }
}

void sup__slot_drop(struct sup_engine *e, struct sup_node *n) {
  n->flags = NODE_FREE;
  n->generation = 0;
  n->queue_next = e->free_nodes;
  e->free_nodes = n->index;
}

void sup__slot_leave(struct sup_engine *e, struct sup_node *n) {
  n->flags |= NODE_FREE;
  sup__node_pin(e, n->parent);
  sup__give_back(e, n);
}

sup_spec *sup__engine_take_spec(struct sup_engine *e) {
  struct sup_node *n;
  sup_spec *spec;

  if (e->left_nodes == SUP_NONE)
    return NULL;
  n = sup__node(e, e->left_nodes);
  e->left_nodes = n->queue_next;
  spec = n->spec;
  n->spec = NULL;
  n->queue_next = e->free_nodes;
  e->free_nodes = n->index;
  return spec;
}

void sup__node_pin(struct sup_engine *e, uint32_t index) {
  sup__node(e, index)->pins++;
}

void sup__node_unpin(struct sup_engine *e, uint32_t index) {
  struct sup_node *n = sup__node(e, index);

  SUP_ASSERT(n->pins > 0);
  n->pins--;
  sup__give_back(e, n);
}

void sup__slab_free(struct sup_engine *e) {
  for (uint32_t i = 0; i < e->carved; i++) {
    struct sup_node *n = sup__node(e, i);

    if (n->spec == NULL)
      continue;
    if (n->generation != 0) {
      sup__token_discard(e, n->error);
      if (sup__is_supervisor(n))
        sup__drop_failures(e, n);
      free_extras(e, n);
    }
    sup_spec_unref(n->spec);
  }
  for (uint32_t chunk = 0; chunk < e->chunk_count; chunk++)
    sup__release_lines(e->allocator, e->chunks[chunk], chunk_bytes(chunk));
  sup__release(e->allocator, e->chunks, e->chunk_capacity * sizeof(*e->chunks));
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
