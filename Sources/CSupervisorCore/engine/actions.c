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
 * What is to be performed: bits in a node, and the node linked into a queue. A
 * node is on the main queue at most once, whatever it has to do.
 */

#include "internal.h"

bool sup__stops_on_foreign_queue(const struct sup_node *n) {
  return n->spec->kind == SUP_KIND_CALLBACK &&
         (n->spec->u.callback.table->flags & SUP_CALLBACKS_STOP_MAY_BLOCK);
}

static bool has_step(const struct sup_node *n) {
  return n->steps != 0 && (n->flags & NODE_ENTERED);
}

/* The next thing that this node has for the main queue, as a bit, STEP for a
 * ladder step, or 0. While something is being performed for it, it keeps its
 * place: what an end brings about (a cleanup) has to come after its END. */
#define STEP (1u << 31)

static unsigned next_action(const struct sup_node *n) {
  /* Not known before start has returned, but it has its place in the order. */
  if (n->flags & NODE_END_AFTER_CALL)
    return ACTION_END;
  if ((n->actions & ACTION_END) && !(n->flags & NODE_IN_FOREIGN_CALL))
    return ACTION_END;
  if (n->actions & ACTION_NOTIFY)
    return ACTION_NOTIFY;
  if (n->actions & ACTION_END)
    return 0;
  if (n->actions != 0)
    return n->actions & -n->actions;
  if (has_step(n) && !sup__stops_on_foreign_queue(n))
    return STEP;
  return 0;
}

static bool has_foreign(const struct sup_node *n) {
  return has_step(n) && !(n->flags & (NODE_IN_CALL | NODE_IN_FOREIGN_CALL)) &&
         sup__stops_on_foreign_queue(n);
}

void sup__schedule(struct sup_engine *e, struct sup_node *n) {
  if (!(n->flags & NODE_QUEUED) && next_action(n) != 0) {
    n->flags |= NODE_QUEUED;
    n->queue_next = SUP_NONE;
    if (e->queue_last == SUP_NONE)
      e->queue_first = n->index;
    else
      sup__node(e, e->queue_last)->queue_next = n->index;
    e->queue_last = n->index;
  }
  if (!(n->flags & NODE_QUEUED_FOREIGN) && has_foreign(n)) {
    n->flags |= NODE_QUEUED_FOREIGN;
    n->foreign_next = SUP_NONE;
    if (e->foreign_last == SUP_NONE)
      e->foreign_first = n->index;
    else
      sup__node(e, e->foreign_last)->foreign_next = n->index;
    e->foreign_last = n->index;
  }
}

static void pop_main(struct sup_engine *e) {
  struct sup_node *n = sup__node(e, e->queue_first);

  e->queue_first = n->queue_next;
  if (e->queue_first == SUP_NONE)
    e->queue_last = SUP_NONE;
  n->flags &= ~NODE_QUEUED;
  sup__node_let_go(e, n);
}

static void pop_foreign(struct sup_engine *e) {
  struct sup_node *n = sup__node(e, e->foreign_first);

  e->foreign_first = n->foreign_next;
  if (e->foreign_first == SUP_NONE)
    e->foreign_last = SUP_NONE;
  n->flags &= ~NODE_QUEUED_FOREIGN;
  sup__node_let_go(e, n);
}

static void fill_step(const struct sup_node *n, struct sup_action *action) {
  action->kind = SUP_ACTION_STOP;
  action->step = n->spec->policy->steps[__builtin_ctz(n->steps)];
}

static void fill(const struct sup_engine *e, const struct sup_node *n,
                 unsigned what, struct sup_action *action) {
  action->ref = sup__ref(n);
  action->child = sup__shown_ref(e, n);
  action->spec = n->spec;
  action->state = n->state;
  action->abandoned = 0;
  switch (what) {
  case ACTION_END:
    action->kind = SUP_ACTION_END;
    action->ref.incarnation = n->ended;
    action->ref.generation = n->ended_generation;
    break;
  case ACTION_START:
    action->kind = SUP_ACTION_START;
    break;
  case ACTION_BUILD:
    action->kind = SUP_ACTION_BUILD;
    break;
  case ACTION_CANCEL_BUILD:
    action->kind = SUP_ACTION_CANCEL_BUILD;
    break;
  case ACTION_CLEANUP:
    action->kind = SUP_ACTION_CLEANUP;
    /* A cleanup that was given up before it began counts as undead itself. */
    action->abandoned =
        n->super->undead - (n->super->resource == RESOURCE_LOST_CLEANUP);
    break;
  case ACTION_NOTIFY:
    action->kind = SUP_ACTION_NOTIFY;
    break;
  case ACTION_PROBE:
    action->kind = SUP_ACTION_PROBE;
    break;
  default:
    fill_step(n, action);
  }
}

/* What the head of the main queue has to do; 0 if it is to be looked at anew. */
static unsigned head_action(struct sup_engine *e, struct sup_node *n) {
  unsigned what = next_action(n);

  if (what == ACTION_START && sup__starts_are_off(e, n)) {
    sup__node_hold_start(e, n);
    return 0;
  }
  if (what == ACTION_BUILD && sup__starts_are_off(e, n)) {
    sup__resource_withdraw(e, n);
    return 0;
  }
  if (what == 0)
    pop_main(e);
  return what;
}

static unsigned foreign_head_action(struct sup_engine *e, struct sup_node *n) {
  if (has_foreign(n))
    return STEP;
  pop_foreign(e);
  return 0;
}

sup_look sup__engine_look(struct sup_engine *e, sup_queue queue,
                          struct sup_action *action) {
  bool advanced = false;

  for (unsigned i = 0; i < SUP_SLICE; i++) {
    uint32_t head = queue == SUP_QUEUE_MAIN ? e->queue_first : e->foreign_first;
    struct sup_node *n;
    unsigned what;

    if (head == SUP_NONE) {
      if (!sup__has_slices(e))
        return SUP_LOOK_EMPTY;
      if (advanced)
        break;
      sup__advance(e, SUP_SLICE);
      advanced = true;
      continue;
    }
    n = sup__node(e, head);
    if (queue == SUP_QUEUE_MAIN && (n->flags & NODE_IN_CALL))
      return SUP_LOOK_EMPTY;
    what =
        queue == SUP_QUEUE_MAIN ? head_action(e, n) : foreign_head_action(e, n);
    if (what == 0)
      continue;
    fill(e, n, what, action);
    return SUP_LOOK_FOUND;
  }
  return SUP_LOOK_LATER;
}

bool sup__engine_peek(struct sup_engine *e, sup_queue queue,
                      struct sup_action *action) {
  sup_look look;

  do
    look = sup__engine_look(e, queue, action);
  while (look == SUP_LOOK_LATER);
  return look == SUP_LOOK_FOUND;
}

void sup__engine_take(struct sup_engine *e, sup_queue queue) {
  struct sup_node *n;
  unsigned what;

  if (queue == SUP_QUEUE_FOREIGN) {
    n = sup__node(e, e->foreign_first);
    n->steps &= (uint16_t)(n->steps - 1);
    n->flags |= NODE_IN_FOREIGN_CALL;
    e->calls++;
    pop_foreign(e);
    return;
  }
  n = sup__node(e, e->queue_first);
  what = next_action(n);
  e->calls++;
  n->flags |= NODE_IN_CALL;
  pop_main(e);
  if (what == STEP) {
    n->steps &= (uint16_t)(n->steps - 1);
    return;
  }
  n->actions &= (uint8_t)~what;
  if (what == ACTION_START) {
    n->flags |= NODE_RUNS;
    if (!(n->flags & NODE_BODY))
      sup__count_start(e, n);
  }
  if (what == ACTION_END)
    n->flags &= ~NODE_ENTERED;
}

void sup__engine_performed_soon(struct sup_engine *e,
                                const struct sup_action *action) {
  sup__node_pin(e, action->ref.node);
  sup__engine_performed(e, action);
}

void sup__engine_let_go(struct sup_engine *e, const struct sup_action *action) {
  sup__node_unpin(e, action->ref.node);
}
