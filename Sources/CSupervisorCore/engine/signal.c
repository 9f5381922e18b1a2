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
  shown->marks |= MARK_HEALTHY;
  if (shown->state_now == SUP_STATE_RUNNING)
    shown->changed_at = e->now;
  sup__emit(e, SUP_EVENT_HEALTHY, shown, shown->cause, 0, 0, 0);
  sup__answer_healthy(e, shown);
  return 0;
}

int sup__engine_await_healthy(struct sup_engine *e, struct sup_ref child,
                              struct sup_request *request) {
  struct sup_node *c = sup__node_find(e, child.node, child.generation);

  if (c == NULL)
    return SUP_EGONE;
  c = sup__shown(e, c);
  if (c->parent == SUP_NONE)
    return SUP_EINVAL;
  if (sup__starts_are_off(e, c))
    return SUP_ESTOPPING;
  if (!(c->flags & NODE_ALIVE) && sup__is_down(sup__parent(e, c), c))
    return SUP_ENOTRUNNING;
  sup__request_add(e, c, request, REQUEST_HEALTHY);
  /* One that is on its way down is so no longer; the next one may be. */
  if ((c->flags & NODE_ALIVE) && (c->marks & MARK_HEALTHY) &&
      c->state_now != SUP_STATE_STOPPING)
    sup__answer_healthy(e, c);
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
