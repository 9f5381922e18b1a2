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
 * Looking for the nodes that something waits for: a walk over the tree that goes
 * only where such a node can be. And how many are not up that should be, counted
 * as states change.
 */

#include "internal.h"

/* ---- Readiness (E5) ----------------------------------------------------- */

/* Whether the children of a supervisor should be up. */
static bool wants_children(const struct sup_node *s) {
  switch (s->super->phase) {
  case PHASE_START:
  case PHASE_RUN:
  case PHASE_ROUND_STOP:
  case PHASE_ROUND_START:
    return true;
  default:
    return false;
  }
}

static bool is_down(const struct sup_node *n) {
  static const uint16_t down =
      1u << SUP_STATE_STARTING | 1u << SUP_STATE_STOPPING |
      1u << SUP_STATE_WAITING | 1u << SUP_STATE_STUCK | 1u << SUP_STATE_ENDED |
      1u << SUP_STATE_FAILED | 1u << SUP_STATE_ABANDONED |
      1u << SUP_STATE_QUARANTINED;

  return (down >> n->state_now & 1u) != 0;
}

void sup__not_wanted(struct sup_engine *e, struct sup_node *n) {
  if (!n->unready)
    return;
  n->unready = false;
  e->unready--;
}

void sup__see_readiness(struct sup_engine *e, struct sup_node *n) {
  const struct sup_node *s = sup__parent(e, n);

  if (!is_down(n) || n->flags & (NODE_ORPHAN | NODE_DROPPED | NODE_BODY) ||
      (s != NULL && !wants_children(s))) {
    sup__not_wanted(e, n);
  } else if (!n->unready) {
    n->unready = true;
    e->unready++;
  }
}

bool sup__engine_is_ready(const struct sup_engine *e) {
  return sup__node(e, e->root)->state_now == SUP_STATE_RUNNING &&
         e->unready == 0;
}

/* ---- The search --------------------------------------------------------- */

bool sup__engine_can_find(const struct sup_engine *e, sup_search what) {
  return what == SUP_SEARCH_STOPPING ? e->stopping > 0
                                     : !sup__engine_is_ready(e);
}

/* A build or cleanup that a halt waits for. */
static bool waits_for_resource(const struct sup_node *s) {
  return (s->super->phase == PHASE_HALT &&
          s->super->resource == RESOURCE_BUILDING) ||
         s->super->phase == PHASE_CLEANUP;
}

bool sup__engine_is_found(const struct sup_engine *e, sup_search what,
                          uint32_t node) {
  const struct sup_node *n = sup__node(e, node);

  if (what == SUP_SEARCH_UNREADY)
    return n->unready ||
           (n->parent == SUP_NONE && n->state_now != SUP_STATE_RUNNING);
  if (sup__has_body(n))
    n = sup__body(e, n);
  return sup__is_supervisor(n) ? waits_for_resource(n)
                               : n->state_now == SUP_STATE_STOPPING;
}

/* The one child that a halt in order has come to, or SUP_NONE. */
static uint32_t only_child(const struct sup_node *s, sup_search what) {
  if (what != SUP_SEARCH_STOPPING || s->super->phase != PHASE_HALT ||
      s->super->haste != HASTE_ORDER || s->super->side_by_side ||
      sup__part(s->spec)->concurrent_stop)
    return SUP_NONE;
  return s->super->cursor;
}

static bool goes_into(const struct sup_node *n, sup_search what) {
  if (!sup__is_supervisor(n) || (n->flags & (NODE_FREE | NODE_DROPPED)))
    return false;
  return wants_children(n) ||
         (what == SUP_SEARCH_STOPPING && n->super->phase == PHASE_HALT);
}

/* What comes after a node and all below it. */
static uint32_t behind(const struct sup_engine *e, const struct sup_node *n,
                       sup_search what) {
  while (n->generation != 0 && n->parent != SUP_NONE) {
    const struct sup_node *s = sup__node(e, n->parent);

    if (n->next != SUP_NONE && only_child(s, what) == SUP_NONE)
      return n->next;
    n = s;
  }
  return SUP_NONE;
}

uint32_t sup__engine_search(const struct sup_engine *e, sup_search what,
                            uint32_t node) {
  const struct sup_node *n;
  uint32_t below = SUP_NONE;

  if (node == SUP_NONE)
    return e->root;
  n = sup__node(e, node);
  if (goes_into(n, what)) {
    below = only_child(n, what);
    if (below == SUP_NONE)
      below = n->super->first;
  }
  if (below == SUP_NONE)
    below = behind(e, n, what);
  while (below != SUP_NONE &&
         (sup__node(e, below)->flags & (NODE_FREE | NODE_DROPPED | NODE_BODY)))
    below = behind(e, sup__node(e, below), what);
  return below;
}

void sup__engine_search_on(const struct sup_engine *e, sup_search what,
                           struct sup_walk *walk) {
  walk->at = sup__engine_search(e, what, walk->at);
}
