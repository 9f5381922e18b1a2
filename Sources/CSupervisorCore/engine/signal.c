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
 * What a child says of itself while it runs (R2, X5).
 */

#include "internal.h"

/* R2: a runnable that signals out of turn has failed, whatever it does. */
static int out_of_turn(struct sup_node *n) {
  if (n->spec->runs != SUP_RUNS_TREE)
    return SUP_EALREADY;
  n->marks |= MARK_MISUSED;
  return SUP_EMISUSE;
}

int sup__engine_healthy(struct sup_engine *e, struct sup_ref ref) {
  struct sup_node *n, *shown;
  int r = sup__find_running(e, ref, &n);

  if (r != 0)
    return r;
  if (sup__says_no_more(n)) {
    e->counters.stale_reports++;
    return SUP_ESTALE;
  }
  shown = sup__shown(e, n);
  if (shown->marks & MARK_HEALTHY)
    return out_of_turn(n);
  sup__has_spoken(e, n);
  shown->marks |= MARK_HEALTHY;
  if (shown->state_now == SUP_STATE_RUNNING)
    shown->changed_at = e->now;
  sup__emit(e, SUP_EVENT_HEALTHY, shown, shown->cause, 0, 0, 0);
  sup__answer_healthy(e, shown);
  sup__advance(e, SUP_SLICE);
  return 0;
}

bool sup__says_healthy(const struct sup_node *n) {
  return n->spec->kind == SUP_KIND_CALLBACK;
}

/* One that is on its way down is so no longer; the next one may be. */
static bool is_healthy(const struct sup_node *n) {
  if (!(n->flags & NODE_ALIVE) || n->state_now == SUP_STATE_STOPPING)
    return false;
  return sup__says_healthy(n) ? (n->marks & MARK_HEALTHY) != 0
                              : (n->flags & NODE_ACKED) != 0;
}

/* Why a root will not be healthy any more; 0 if it may be. */
static int root_is_off(const struct sup_engine *e, const struct sup_node *n) {
  if (e->ended || !e->launched)
    return SUP_ENOTRUNNING;
  return (n->flags & NODE_ASKED) ? SUP_ESTOPPING : 0;
}

static int child_is_off(struct sup_engine *e, const struct sup_node *n) {
  if (sup__starts_are_off(e, n))
    return SUP_ESTOPPING;
  return !(n->flags & NODE_ALIVE) && sup__is_down(sup__parent(e, n), n)
             ? SUP_ENOTRUNNING
             : 0;
}

int sup__engine_await_healthy(struct sup_engine *e, struct sup_ref ref,
                              struct sup_request *request) {
  struct sup_node *n = sup__node_find(e, ref.node, ref.generation);
  int r;

  if (n == NULL)
    return SUP_EGONE;
  n = sup__shown(e, n);
  r = n->parent == SUP_NONE ? root_is_off(e, n) : child_is_off(e, n);
  if (r != 0)
    return r;
  sup__request_add(e, n, request, REQUEST_HEALTHY);
  if (is_healthy(n))
    sup__answer_healthy(e, n);
  return 0;
}

static int say(struct sup_engine *e, struct sup_ref ref, uint32_t what) {
  struct sup_node *n;
  int r = sup__find_running(e, ref, &n);

  if (r != 0)
    return r;
  if (n->flags & NODE_EXIT_WAITS) {
    e->counters.stale_reports++;
    return SUP_ESTALE;
  }
  if (what == NODE_DONE && n->spec->runs == SUP_RUNS_TREE &&
      ((n->flags & NODE_DONE) || !(sup__shown(e, n)->marks & MARK_HEALTHY)))
    return out_of_turn(n);
  n->flags = (n->flags & ~(NODE_DONE | NODE_AGAIN)) | what;
  return 0;
}

int sup__engine_done(struct sup_engine *e, struct sup_ref ref) {
  return say(e, ref, NODE_DONE);
}

int sup__engine_request_restart(struct sup_engine *e, struct sup_ref ref) {
  return say(e, ref, NODE_AGAIN);
}
