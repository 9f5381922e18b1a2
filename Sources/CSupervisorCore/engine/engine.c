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
 * The engine's outside: life, time, the root's stop, and what can be seen.
 */

#include "internal.h"

/* ---- Life --------------------------------------------------------------- */

/* splitmix64, so that any seed, also 0, gives a usable state. */
static uint64_t mixed(uint64_t seed) {
  seed += 0x9e3779b97f4a7c15ull;
  seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9ull;
  seed = (seed ^ (seed >> 27)) * 0x94d049bb133111ebull;
  seed ^= seed >> 31;
  return seed == 0 ? 1 : seed;
}

int sup__engine_create(struct sup_engine **engine, sup_spec *root,
                       const struct sup_engine_options *options) {
  struct sup_engine *e = sup__allocate_zeroed(options->allocator, sizeof(*e));

  if (e == NULL)
    return SUP_ENOMEM;
  e->allocator = options->allocator;
  e->now = options->now;
  e->wall_offset = options->wall - options->now;
  e->random = mixed(options->seed);
  e->free_nodes = e->left_nodes = SUP_NONE;
  e->queue_first = e->queue_last = SUP_NONE;
  e->foreign_first = e->foreign_last = SUP_NONE;
  e->dirty_first = e->dirty_last = SUP_NONE;
  e->graves = e->grave = SUP_NONE;
  e->first_entry = 1;
  e->root = sup__node_add(e, NULL, root, 0, 0);
  if (e->root == SUP_NONE ||
      !sup__make_children(e, sup__node(e, e->root), root, 0)) {
    sup__engine_destroy(e);
    return SUP_ENOMEM;
  }
  *engine = e;
  return 0;
}

void sup__engine_share_turns(struct sup_engine *e, struct sup_turns *turns) {
  e->turns = turns;
}

void sup__engine_destroy(struct sup_engine *e) {
  sup__journal_free(e);
  sup__token_discard(e, e->start_result);
  sup__token_discard(e, e->result);
  sup__slab_free(e);
  sup__names_free(e);
  sup__requests_free(e);
  for (struct sup_error *error = sup__engine_take_garbage(e); error != NULL;) {
    struct sup_error *next = error->next;

    error->next = NULL;
    sup__error_free(error);
    error = next;
  }
  sup__release(e->allocator, e, sizeof(*e));
}

/* ---- Time --------------------------------------------------------------- */

void sup__engine_set_time(struct sup_engine *e, uint64_t now, uint64_t wall) {
  if (now > e->now) {
    e->now = now;
    e->wall_offset = wall - now;
  }
}

static bool is_due(const struct sup_engine *e, const struct sup_node *n) {
  const struct sup_turns *turns = e->turns;

  if (n->deadline != e->now || turns == NULL ||
      atomic_load_explicit(&turns->hold_at, memory_order_acquire) != e->now)
    return n->deadline <= e->now;
  return n->armed < atomic_load_explicit(&turns->hold, memory_order_relaxed);
}

bool sup__engine_is_late(const struct sup_engine *e) {
  const struct sup_node *n = sup__earliest(e);

  return n != NULL && is_due(e, n);
}

bool sup__engine_is_up_to(const struct sup_engine *e, uint64_t now) {
  return sup__engine_next_deadline(e) > now ||
         (e->now == now && !sup__engine_is_late(e));
}

bool sup__engine_expire_some(struct sup_engine *e) {
  unsigned slices = SUP_SLICE;

  for (unsigned i = 0; i < SUP_SLICE && slices > 0; i++) {
    struct sup_node *n = sup__earliest(e);

    if (n == NULL || !is_due(e, n))
      return false;
    e->late = e->now - n->deadline;
    sup__disarm(e, n);
    if (n->flags & NODE_TIMER)
      sup__group_expired(e, n);
    else if (sup__is_supervisor(n))
      sup__supervisor_expired(e, n);
    else
      sup__node_expired(e, n);
    slices -= sup__advance(e, slices);
  }
  return sup__engine_is_late(e);
}

void sup__engine_tick(struct sup_engine *e, uint64_t now, uint64_t wall) {
  sup__engine_set_time(e, now, wall);
  while (sup__engine_expire_some(e))
    continue;
}

uint64_t sup__engine_next_deadline(const struct sup_engine *e) {
  const struct sup_node *n = sup__earliest(e);

  return n == NULL ? SUP_INFINITE : n->deadline;
}

/* ---- The root ----------------------------------------------------------- */

int sup__engine_launch(struct sup_engine *e) {
  if (e->launched)
    return SUP_EALREADY;
  e->launched = true;
  sup__node_start(e, sup__node(e, e->root));
  sup__advance(e, SUP_SLICE);
  return 0;
}

/* A tree that is stopped before it was launched never runs. */
static void end_unlaunched(struct sup_engine *e) {
  struct sup_node *root = sup__node(e, e->root);

  e->launched = e->settled = e->ended = true;
  e->start_result = sup__compose(e, SUP_ESTOPPED, root, 0);
  sup__set_state(e, root, SUP_STATE_STOPPED);
  sup__emit(e, SUP_EVENT_START_FAILED, root, 0, 0, 0, e->start_result);
  root->actions |= ACTION_NOTIFY;
  sup__schedule(e, root);
}

/* False if that was its end: it waited for its restart. */
static bool ask_root(struct sup_engine *e, struct sup_node *root) {
  if (!(root->flags & NODE_ALIVE)) {
    sup__root_stand_down(e, root);
    return false;
  }
  sup__answer_unhealthy(e, root, SUP_ESTOPPED, 0);
  if (!(root->flags & NODE_ASKED))
    sup__node_stop(e, root);
  return true;
}

void sup__engine_stop(struct sup_engine *e, sup_duration budget) {
  struct sup_node *root = sup__node(e, e->root);

  if (!e->launched) {
    end_unlaunched(e);
    return;
  }
  if (e->ended)
    return;
  if (ask_root(e, root) && budget != SUP_INFINITE)
    sup__supervisor_budget(e, root, budget);
  sup__advance(e, SUP_SLICE);
}

void sup__engine_force(struct sup_engine *e) {
  struct sup_node *root = sup__node(e, e->root);

  if (!e->launched) {
    end_unlaunched(e);
    return;
  }
  if (e->ended)
    return;
  if (ask_root(e, root))
    sup__supervisor_hasten(e, root, HASTE_FORCE);
  sup__advance(e, SUP_SLICE);
}

/* ---- Work and garbage --------------------------------------------------- */

bool sup__engine_has_main(const struct sup_engine *e) {
  return e->queue_first != SUP_NONE || sup__has_slices(e);
}

bool sup__engine_has_foreign(const struct sup_engine *e) {
  return e->foreign_first != SUP_NONE;
}

bool sup__engine_has_garbage(const struct sup_engine *e) {
  return e->garbage != NULL || e->left_nodes != SUP_NONE;
}

bool sup__engine_has_resources(const struct sup_engine *e) {
  return e->resources > 0;
}

void sup__engine_notify(struct sup_engine *e) {
  struct sup_node *root = sup__node(e, e->root);

  root->actions |= ACTION_NOTIFY;
  sup__schedule(e, root);
}

bool sup__engine_has_work(const struct sup_engine *e) {
  return e->queue_first != SUP_NONE || e->foreign_first != SUP_NONE ||
         sup__has_slices(e);
}

struct sup_error *sup__engine_take_garbage(struct sup_engine *e) {
  struct sup_error *garbage = e->garbage;

  e->garbage = NULL;
  return garbage;
}

/* ---- State -------------------------------------------------------------- */

sup_tree_state sup__engine_state(const struct sup_engine *e) {
  if (e->ended)
    return SUP_TREE_ENDED;
  if (!e->launched)
    return SUP_TREE_CREATED;
  if (sup__node(e, e->root)->state_now == SUP_STATE_STOPPING)
    return SUP_TREE_STOPPING;
  return e->settled ? SUP_TREE_RUNNING : SUP_TREE_STARTING;
}

sup_token sup__engine_result(const struct sup_engine *e) {
  return e->result;
}

sup_token sup__engine_start_result(const struct sup_engine *e, bool *settled) {
  *settled = e->settled;
  return e->start_result;
}

bool sup__engine_is_quiet(const struct sup_engine *e) {
  if (!e->launched)
    return true;
  return e->ended && e->calls == 0 && e->counters.running == 0 &&
         e->resources == 0 && !sup__engine_has_work(e);
}

bool sup__engine_is_stopping(const struct sup_engine *e, struct sup_ref ref) {
  const struct sup_node *n = sup__worker_find(e, ref);

  if (n == NULL || n->incarnation != ref.incarnation)
    return true;
  return n->state_now != SUP_STATE_STARTING &&
         n->state_now != SUP_STATE_RUNNING;
}

void *sup__engine_child_state(const struct sup_engine *e, struct sup_ref ref,
                              sup_spec **spec) {
  const struct sup_node *n = sup__worker_find(e, ref);

  if (n == NULL || n->incarnation != ref.incarnation ||
      !(n->flags & NODE_RUNS) || !(n->flags & NODE_ENTERED))
    return NULL;
  *spec = n->spec;
  return n->state;
}

bool sup__engine_runs(const struct sup_engine *e, struct sup_ref ref) {
  const struct sup_node *n = sup__worker_find(e, ref);

  return n != NULL && (n->flags & NODE_RUNS) != 0;
}

sup_spec *sup__engine_spec(const struct sup_engine *e, struct sup_ref ref) {
  const struct sup_node *n = sup__node_find(e, ref.node, ref.generation);

  return n == NULL ? NULL : n->spec;
}

void sup__engine_count(const struct sup_engine *e,
                       sup_tree_counters *counters) {
  size_t size = counters->size;

  *counters = e->counters;
  counters->size = size;
  counters->events = e->last_event;
  counters->nodes = e->node_count;
}

uint32_t sup__engine_next_node(const struct sup_engine *e, uint32_t node) {
  const uint32_t unseen = NODE_FREE | NODE_DROPPED | NODE_BODY;
  uint32_t next = e->root;

  if (node != SUP_NONE) {
    const struct sup_node *n = sup__node(e, node);

    next = sup__is_supervisor(n) && !(n->flags & unseen) &&
                   n->super->first != SUP_NONE
               ? n->super->first
               : sup__node_after(e, n);
  }
  while (next != SUP_NONE && (sup__node(e, next)->flags & unseen))
    next = sup__node_after(e, sup__node(e, next));
  return next;
}

static uint64_t shown_deadline(const struct sup_engine *e,
                               const struct sup_node *n) {
  const struct sup_node *parent;

  if (sup__is_dying(n) && n->super->dying == DYING_RESTARTS &&
      n->deadline == SUP_INFINITE)
    return n->super->restart_at;
  if (n->deadline == SUP_INFINITE && sup__has_body(n))
    n = sup__body(e, n);
  if (n->deadline != SUP_INFINITE || n->parent == SUP_NONE)
    return n->deadline;
  parent = sup__node(e, n->parent);
  if (n->state_now != SUP_STATE_WAITING)
    return SUP_INFINITE;
  return parent->super->phase == PHASE_ROUND_STOP
             ? parent->super->round_until
             : sup__group_deadline(parent, n);
}

void sup__engine_node_info(const struct sup_engine *e, uint32_t node,
                           sup_node_info *info, sup_token *error,
                           sup_spec **spec, void **state) {
  const struct sup_node *n = sup__node(e, node);

  info->child.node = node;
  info->child.generation = n->generation;
  info->child.incarnation = n->incarnation;
  info->name = n->spec->name;
  info->depth = sup__depth(e, n);
  info->kind = (sup_kind)n->spec->kind;
  info->state = sup__shown_state(n);
  info->restarts = n->incarnation > 0 ? n->incarnation - 1 : 0;
  info->started_at =
      n->state_now == SUP_STATE_RUNNING ||
              ((n->flags & NODE_ALIVE) && (n->flags & NODE_ACKED))
          ? n->started_at
          : 0;
  info->changed_at = n->changed_at;
  info->deadline = shown_deadline(e, n);
  info->children = sup__is_supervisor(n) ? n->super->visible : 0;
  info->pid = 0;
  info->waits_for = NULL;
  if (n->flags & NODE_HELD) {
    uint32_t missing = sup__missing(e, n);

    if (missing != SUP_NONE)
      info->waits_for = sup__node(e, missing)->spec->name;
  }
  info->path = NULL;
  info->step = info->step_count = 0;
  info->step_action = SUP_STOP_DRAIN;
  *error = n->error;
  *spec = n->spec;
  if (sup__has_body(n))
    n = sup__body(e, n);
  if (n->state_now == SUP_STATE_STOPPING && !sup__is_supervisor(n)) {
    info->step = n->step;
    info->step_count = n->spec->policy->step_count;
    info->step_action = n->spec->policy->steps[n->step].action;
  }
  *state =
      (n->flags & NODE_RUNS) && (n->flags & NODE_ENTERED) ? n->state : NULL;
}
