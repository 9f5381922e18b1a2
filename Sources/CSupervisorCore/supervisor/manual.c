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
 * Manual time: from deadline to deadline, each decided and performed before
 * the next.
 */

#include <sched.h>

#include "private.h"

/* How long, in real time, foreign code is waited for. */
#define FOREIGN_PATIENCE SUP_SECONDS(1)
/* How often the courier is looked at where its alarm cannot ring. */
#define RELIEF_INTERVAL SUP_MILLISECONDS(2)

/* The trees at this moment, each with a reference. NULL-ended; NULL without
 * memory. */
static struct sup_tree **take_trees(struct sup_runtime *rt, size_t *count) {
  struct sup_tree **trees;
  size_t n = 0;

  pthread_mutex_lock(&rt->lock);
  for (struct sup_tree *tree = rt->trees; tree != NULL; tree = tree->next)
    n++;
  trees = sup__allocate(rt->allocator, (n + 1) * sizeof(*trees));
  *count = n;
  n = 0;
  if (trees != NULL)
    for (struct sup_tree *tree = rt->trees; tree != NULL; tree = tree->next)
      trees[n++] = sup_tree_ref(tree);
  pthread_mutex_unlock(&rt->lock);
  return trees;
}

static void give_trees(struct sup_runtime *rt, struct sup_tree **trees,
                       size_t count) {
  for (size_t i = 0; i < count; i++)
    sup_tree_unref(trees[i]);
  sup__release(rt->allocator, trees, (count + 1) * sizeof(*trees));
}

static uint64_t deadline_of(struct sup_tree *tree) {
  uint64_t at;

  pthread_mutex_lock(&tree->lock);
  at = sup__engine_next_deadline(tree->dispatcher.engine);
  pthread_mutex_unlock(&tree->lock);
  return at;
}

static void nothing(void *ctx) {
  (void)ctx;
}

/* Foreign code that is to be run, or runs. What does not return in time is left
 * behind, and then waited for no more (Y6). */
static bool is_foreign_busy(struct sup_tree *tree, uint64_t patience_until) {
  const struct sup_dispatcher *d = &tree->dispatcher;

  if (tree->left_behind > d->foreign)
    tree->left_behind = d->foreign;
  if (!sup__engine_has_foreign(d->engine) && d->foreign <= tree->left_behind)
    return false;
  if (sup__loop_now() < patience_until)
    return true;
  tree->left_behind = d->foreign;
  return false;
}

/* Something is to be done, or being done by somebody else. */
static bool is_busy(struct sup_tree *tree, uint64_t patience_until) {
  const struct sup_dispatcher *d = &tree->dispatcher;
  bool busy;

  pthread_mutex_lock(&tree->lock);
  busy = d->state != SUP_DRAIN_IDLE || sup__engine_has_main(d->engine) ||
         is_foreign_busy(tree, patience_until);
  pthread_mutex_unlock(&tree->lock);
  return busy;
}

/* Let others go on. What only the loop may perform it does before it comes to
 * an empty call. A loop that is held up here has no alarms, so that its courier
 * is looked after from here. */
static void let_go_on(struct sup_runtime *rt, uint64_t *relief_at) {
  uint64_t now = sup__loop_now();

  if (!sup__on_loop(rt)) {
    sup__runtime_call(rt, nothing, NULL);
    return;
  }
  if (now >= *relief_at) {
    sup__courier_relieve(rt->courier);
    *relief_at = now + RELIEF_INTERVAL;
  }
  sched_yield();
}

/* Bring a tree up to the present and have all performed that comes of it:
 * foreign code by the courier, so that it cannot hold up the caller. */
static void settle(struct sup_runtime *rt, struct sup_tree *tree) {
  uint64_t begun = sup__loop_now();
  uint64_t relief_at = begun + RELIEF_INTERVAL;

  for (;;) {
    sup__tree_enter(tree);
    sup__dispatcher_leave_promptly(&tree->dispatcher);
    if (!is_busy(tree, begun + FOREIGN_PATIENCE))
      return;
    let_go_on(rt, &relief_at);
  }
}

static int check(struct sup_runtime *rt) {
  int r = sup__runtime_check_open(rt);

  if (r != 0)
    return r;
  if (!rt->manual)
    return SUP_EUNSUPPORTED;
  return 0;
}

int sup_runtime_next_deadline(sup_runtime *rt, uint64_t *at) {
  struct sup_tree **trees;
  size_t count;
  int r = check(rt);

  *at = SUP_INFINITE;
  if (r != 0)
    return r;
  trees = take_trees(rt, &count);
  if (trees == NULL)
    return SUP_ENOMEM;
  for (size_t i = 0; i < count; i++) {
    uint64_t deadline = deadline_of(trees[i]);

    if (deadline < *at)
      *at = deadline;
  }
  give_trees(rt, trees, count);
  return 0;
}

/* Nothing that is due waits for somebody to bring the present to it. */
static bool is_up_to_date(struct sup_runtime *rt, struct sup_tree *tree) {
  bool result;

  pthread_mutex_lock(&tree->lock);
  result = sup__engine_is_up_to(tree->dispatcher.engine, sup__runtime_now(rt));
  pthread_mutex_unlock(&tree->lock);
  return result;
}

/* Move time on to the earliest deadline not after `target`, which is left in
 * *next, unless it is there already. False if a tree has something to do first:
 * others may call it, or move the time as well. */
static bool move(struct sup_runtime *rt, struct sup_tree **trees, size_t count,
                 uint64_t target, uint64_t *next) {
  bool settled = true;

  *next = target;
  pthread_mutex_lock(&rt->manual_lock);
  for (size_t i = 0; i < count && settled; i++) {
    uint64_t deadline = deadline_of(trees[i]);

    settled = is_up_to_date(rt, trees[i]) && !is_busy(trees[i], UINT64_MAX);
    if (deadline < *next)
      *next = deadline;
  }
  if (settled && *next > sup__runtime_now(rt))
    atomic_store_explicit(&rt->manual_now, *next, memory_order_relaxed);
  pthread_mutex_unlock(&rt->manual_lock);
  return settled;
}

/* Said before each step: another thread may have said otherwise meanwhile. */
static void hold(struct sup_runtime *rt, uint64_t target, uint64_t turn) {
  atomic_store_explicit(&rt->turns.hold, turn, memory_order_relaxed);
  atomic_store_explicit(&rt->turns.hold_at,
                        turn == UINT64_MAX ? SUP_INFINITE : target,
                        memory_order_release);
}

/* One step: the earliest deadline not after `target`. False at the target. */
static bool step(struct sup_runtime *rt, struct sup_tree **trees, size_t count,
                 uint64_t target, uint64_t turn) {
  uint64_t next;

  do {
    hold(rt, target, turn);
    for (size_t i = 0; i < count; i++)
      settle(rt, trees[i]);
  } while (!move(rt, trees, count, target, &next));
  for (size_t i = 0; i < count; i++)
    settle(rt, trees[i]);
  return next < target;
}

/* Of what is due at `target` all that was armed before `turn`. */
static int advance(struct sup_runtime *rt, sup_duration by, uint64_t turn) {
  uint64_t now, target;
  bool more;
  int r = check(rt);

  if (r != 0)
    return r;
  if (sup__in_callback > 0 || (!rt->host_loop && sup__on_loop(rt)))
    return SUP_EDEADLOCK;
  now = sup__runtime_now(rt);
  /* Nothing is ever due at SUP_INFINITE. */
  target = by < SUP_INFINITE - now ? now + by : SUP_INFINITE - 1;
  do {
    size_t count;
    struct sup_tree **trees = take_trees(rt, &count);

    if (trees == NULL)
      return SUP_ENOMEM;
    more = step(rt, trees, count, target, turn);
    give_trees(rt, trees, count);
  } while (more);
  return 0;
}

int sup_runtime_advance(sup_runtime *rt, sup_duration by) {
  return advance(rt, by, UINT64_MAX);
}

int sup_runtime_take_turn(sup_runtime *rt, uint64_t *turn) {
  int r = check(rt);

  *turn = 0;
  if (r != 0)
    return r;
  *turn =
      atomic_fetch_add_explicit(&rt->turns.last, 1, memory_order_relaxed) + 1;
  return 0;
}

int sup_runtime_advance_to_turn(sup_runtime *rt, sup_duration by,
                                uint64_t turn) {
  return advance(rt, by, turn);
}
