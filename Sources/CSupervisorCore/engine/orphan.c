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
 * Overlap (I2): a child whose spec allows it is replaced while its old
 * incarnation, given up before, still runs. The old one moves into a slot of
 * its own, an orphan: in no list, with the path and generation of the child,
 * found by its incarnation when it reports at last. `position` is the index of
 * the child that it was.
 */

#include "internal.h"

static uint32_t first_orphan(const struct sup_node *n) {
  return sup__is_supervisor(n) || n->own == NULL ? SUP_NONE : n->own->orphans;
}

bool sup__has_orphans(const struct sup_node *n) {
  return first_orphan(n) != SUP_NONE;
}

bool sup__orphan_make(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *orphan;
  uint32_t index;

  /* What is being performed for it will be reported under this index. */
  if (sup__is_supervisor(n) ||
      (n->flags & (NODE_IN_CALL | NODE_IN_FOREIGN_CALL)) ||
      !(n->flags & NODE_ENTERED))
    return false;
  index = sup__slot_take(e);
  if (index == SUP_NONE)
    return false;
  orphan = sup__node(e, index);
  orphan->generation = n->generation;
  orphan->incarnation = n->incarnation;
  orphan->spec = sup_spec_ref(n->spec);
  orphan->state = n->state;
  orphan->cause = n->cause;
  orphan->changed_at = n->changed_at;
  orphan->started_at = n->started_at;
  orphan->deadline = SUP_INFINITE;
  orphan->parent = n->parent;
  orphan->previous = SUP_NONE;
  orphan->queue_next = orphan->foreign_next = SUP_NONE;
  orphan->deferred_next = SUP_NONE;
  orphan->position = n->index;
  orphan->state_now = SUP_STATE_ABANDONED;
  orphan->flags = NODE_ORPHAN | NODE_UNDEAD | NODE_RUNS | NODE_ENTERED |
                  (n->flags & (NODE_BEGUN | NODE_ACKED | NODE_ASKED));
  orphan->steps = n->steps;
  orphan->step = n->step;
  orphan->next = n->own->orphans;
  n->own->orphans = index;
  n->flags &= ~(NODE_UNDEAD | NODE_RUNS | NODE_ENTERED);
  n->steps = 0;
  n->state = NULL;
  sup__schedule(e, orphan);
  return true;
}

struct sup_node *sup__orphan_find(struct sup_engine *e, struct sup_node *n,
                                  uint64_t incarnation) {
  for (uint32_t i = first_orphan(n); i != SUP_NONE;) {
    struct sup_node *orphan = sup__node(e, i);

    if (orphan->incarnation == incarnation)
      return orphan;
    i = orphan->next;
  }
  return NULL;
}

void sup__orphan_ended(struct sup_engine *e, struct sup_node *orphan) {
  struct sup_node *n = sup__node(e, orphan->position);
  uint32_t *at = &n->own->orphans;

  while (*at != orphan->index)
    at = &sup__node(e, *at)->next;
  *at = orphan->next;
  /* It may have been kept for this one alone. */
  if (!(n->flags & (NODE_ALIVE | NODE_UNDEAD)))
    sup__last_of_it_gone(e, n);
  sup__slot_leave(e, orphan);
}
