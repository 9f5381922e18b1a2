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

#include <string.h>

#include "private.h"

/* How long an errand may hold others up before it gets relief. */
#define COURIER_PATIENCE SUP_MILLISECONDS(2)

int sup__runtime_check(const struct sup_runtime *rt) {
  return rt->fork_generation != sup__fork_generation ? SUP_EFORKED : 0;
}

int sup__runtime_check_open(struct sup_runtime *rt) {
  int r = sup__runtime_check(rt);

  if (r != 0)
    return r;
  pthread_mutex_lock(&rt->lock);
  r = rt->closed ? SUP_EGONE : 0;
  pthread_mutex_unlock(&rt->lock);
  return r;
}

uint64_t sup__runtime_now(struct sup_runtime *rt) {
  return rt->manual
             ? atomic_load_explicit(&rt->manual_now, memory_order_relaxed)
             : sup__loop_now();
}

bool sup__on_loop(const struct sup_runtime *rt) {
  uv_thread_t self;

  if (atomic_load_explicit(&rt->loop_gone, memory_order_acquire))
    return false;
  self = uv_thread_self();
  return uv_thread_equal(&self, &rt->loop_thread) != 0;
}

/* ---- Courier's alarm ---------------------------------------------------- */

void sup__runtime_watch_courier(struct sup_runtime *rt) {
  sup__alarm_by(&rt->courier_alarm, sup__loop_now() + COURIER_PATIENCE);
}

static void courier_rings(struct sup_alarm *alarm, uint64_t now) {
  struct sup_runtime *rt =
      (struct sup_runtime *)((char *)alarm -
                             offsetof(struct sup_runtime, courier_alarm));

  if (sup__courier_relieve(rt->courier))
    sup__alarm_by(alarm, now + COURIER_PATIENCE);
}

/* ---- Lag ---------------------------------------------------------------- */

#define LATE_AFTER SUP_MILLISECONDS(100)

/* On the loop thread, where trees leave the list, so that one that is in it
 * stays while it is told. */
static void loop_is_late(void *ctx, uint64_t lag) {
  struct sup_runtime *rt = ctx;
  struct sup_tree *tree;

  pthread_mutex_lock(&rt->lock);
  tree = rt->trees;
  pthread_mutex_unlock(&rt->lock);
  while (tree != NULL) {
    sup__tree_enter(tree);
    sup__engine_loop_late(tree->dispatcher.engine, lag);
    sup__tree_leave(tree);
    pthread_mutex_lock(&rt->lock);
    tree = tree->next;
    pthread_mutex_unlock(&rt->lock);
  }
}

static void watch_lag(struct sup_runtime *rt, sup_duration late_after) {
  if (!rt->manual)
    sup__loop_watch_lag(rt->loop, late_after == 0 ? LATE_AFTER : late_after,
                        loop_is_late, rt);
}

int sup_runtime_lag(sup_runtime *rt, sup_lag *lag) {
  int r = sup__runtime_check(rt);
  struct sup_loop_lag seen;
  sup_lag all;

  if (r != 0)
    return r;
  pthread_mutex_lock(&rt->lock);
  if (rt->closed) {
    pthread_mutex_unlock(&rt->lock);
    return SUP_EGONE;
  }
  seen = sup__loop_lag(rt->loop);
  pthread_mutex_unlock(&rt->lock);
  all = (sup_lag){sizeof(all), seen.last, seen.maximum, seen.late};
  return sup__sized_give(lag, &all, sizeof(all)) ? 0 : SUP_EINVAL;
}

/* ---- Create ------------------------------------------------------------- */

static int take_options(sup_runtime_options *options,
                        const sup_runtime_options *given) {
  if (given == NULL)
    return 0;
  if (!sup__sized_take(options, sizeof(*options), given, sizeof(given->size)))
    return SUP_EINVAL;
  if (options->thread_name != NULL && strlen(options->thread_name) > 15)
    return SUP_EINVAL;
  return 0;
}

static void free_runtime(struct sup_runtime *rt) {
  sup__courier_close(rt->courier);
  pthread_mutex_destroy(&rt->lock);
  pthread_mutex_destroy(&rt->manual_lock);
  pthread_cond_destroy(&rt->changed);
  sup__release(rt->allocator, rt, sizeof(*rt));
}

static void close_on_loop(struct sup_work *work);
static void close_lifeline(struct sup_work *work);
static void close_soon(struct sup_runtime *rt);

int sup_runtime_create(sup_runtime **runtime,
                       const sup_runtime_options *given) {
  sup_runtime_options options = SUP_RUNTIME_OPTIONS_INIT;
  struct sup_loop_options loop = {sup__allocator(), NULL, NULL};
  struct sup_runtime *rt;
  uint64_t seed;
  int r = take_options(&options, given);

  *runtime = NULL;
  if (r != 0)
    return r;
  r = sup__guard_fork();
  if (r != 0)
    return r;
  rt = sup__allocate_zeroed(sup__allocator(), sizeof(*rt));
  if (rt == NULL)
    return SUP_ENOMEM;
  rt->allocator = sup__allocator();
  rt->courier = sup__courier_create();
  if (rt->courier == NULL) {
    sup__release(rt->allocator, rt, sizeof(*rt));
    return SUP_ENOMEM;
  }
  atomic_init(&rt->refs, 1);
  rt->fork_generation = sup__fork_generation;
  rt->host_loop = options.loop != NULL;
  rt->manual = options.manual_time;
  rt->no_pidfd = options.no_pidfd;
  seed = options.seed;
  if (seed == 0 && uv_random(NULL, NULL, &seed, sizeof(seed), 0, NULL) != 0)
    seed = sup__loop_now();
  atomic_init(&rt->next_seed, seed);
  /* Manual time does not begin at 0, so that no time is mistaken for none. */
  atomic_init(&rt->manual_now, SUP_SECONDS(1));
  atomic_init(&rt->turns.last, 0);
  atomic_init(&rt->turns.hold, 0);
  atomic_init(&rt->turns.hold_at, SUP_INFINITE);
  pthread_mutex_init(&rt->lock, NULL);
  pthread_mutex_init(&rt->manual_lock, NULL);
  pthread_cond_init(&rt->changed, NULL);
  sup__work_init(&rt->close_work, close_on_loop);
  loop.host = options.loop;
  loop.thread_name = options.thread_name;
  r = sup__loop_create(&rt->loop, &loop);
  if (r != 0) {
    free_runtime(rt);
    return r;
  }
  watch_lag(rt, options.late_after);
  sup__berths_open(&rt->berths);
  sup__lifeline_init(&rt->lifeline, rt->loop, rt->allocator);
  sup__work_init(&rt->lifeline_work, close_lifeline);
  rt->loop_thread = sup__loop_thread(rt->loop);
  sup__alarm_init(&rt->courier_alarm, rt->loop, courier_rings);
  *runtime = rt;
  return 0;
}

sup_runtime *sup_runtime_ref(sup_runtime *rt) {
  atomic_fetch_add_explicit(&rt->refs, 1, memory_order_relaxed);
  return rt;
}

void sup_runtime_unref(sup_runtime *rt) {
  if (rt == NULL || sup__runtime_check(rt) != 0 ||
      atomic_fetch_sub_explicit(&rt->refs, 1, memory_order_acq_rel) != 1)
    return;
  /* Nobody else knows it any more, its trees included. */
  if (rt->closed) {
    free_runtime(rt);
    return;
  }
  rt->free_when_closed = true;
  close_soon(rt);
}

/* ---- Close -------------------------------------------------------------- */

static void loop_closed(void *ctx) {
  struct sup_runtime *rt = ctx;
  void (*done)(void *) = rt->closed_done;
  void *done_ctx = rt->closed_ctx;

  sup__berths_close(&rt->berths);
  if (rt->free_when_closed) {
    free_runtime(rt);
    return;
  }
  atomic_store_explicit(&rt->loop_gone, true, memory_order_release);
  if (done != NULL) {
    sup__in_callback++;
    done(done_ctx);
    sup__in_callback--;
  }
  sup_runtime_unref(rt); /* that of the closing */
}

static void close_lifeline(struct sup_work *work) {
  struct sup_runtime *rt =
      (struct sup_runtime *)((char *)work -
                             offsetof(struct sup_runtime, lifeline_work));

  sup__lifeline_close(&rt->lifeline);
}

static void close_on_loop(struct sup_work *work) {
  struct sup_runtime *rt =
      (struct sup_runtime *)((char *)work -
                             offsetof(struct sup_runtime, close_work));

  sup__lifeline_close(&rt->lifeline);
  sup__loop_close_async(rt->loop, loop_closed, rt);
}

/* A host's loop that nothing keeps alive runs no work, so on its thread the
 * close begins at once: that keeps it alive. */
static void close_soon(struct sup_runtime *rt) {
  if (sup__on_loop(rt))
    close_on_loop(&rt->close_work);
  else
    sup__loop_post(rt->loop, &rt->close_work);
}

/* A tree that was not on its way out when it was last looked at, with a
 * reference; one in the list has one of its own. */
static struct sup_tree *one_that_stays(struct sup_runtime *rt) {
  struct sup_tree *tree;

  pthread_mutex_lock(&rt->lock);
  tree = rt->trees;
  while (tree != NULL && tree->retiring)
    tree = tree->next;
  if (tree != NULL)
    sup_tree_ref(tree);
  pthread_mutex_unlock(&rt->lock);
  return tree;
}

/* Trees are asked when it matters and not told to say so when they end: then
 * there is no moment in which somebody knows of an end and we do not. */
static void look_at_trees(struct sup_runtime *rt) {
  struct sup_tree *tree;
  bool goes = true;

  while (goes && (tree = one_that_stays(rt)) != NULL) {
    goes = sup__tree_retires(tree);
    sup_tree_unref(tree);
  }
}

/* Mark as closed if no tree runs. The trees have been looked at. */
static int begin_close(struct sup_runtime *rt) {
  size_t trees = 0;

  if (rt->closed)
    return SUP_EGONE;
  for (struct sup_tree *tree = rt->trees; tree != NULL; tree = tree->next)
    trees++;
  if (trees > rt->retiring || rt->watches > 0)
    return SUP_EBUSY;
  rt->closed = true;
  return 0;
}

int sup_runtime_close(sup_runtime *rt) {
  int r = sup__runtime_check(rt);

  if (r != 0)
    return r;
  if (rt->host_loop)
    return SUP_EUNSUPPORTED;
  look_at_trees(rt);
  pthread_mutex_lock(&rt->lock);
  r = rt->closed ? SUP_EGONE : sup__may_block(rt);
  if (r == 0)
    r = begin_close(rt);
  while (r == 0 && rt->trees != NULL)
    pthread_cond_wait(&rt->changed, &rt->lock);
  pthread_mutex_unlock(&rt->lock);
  if (r == 0) {
    /* What one thread posts runs in that order, so before the loop's end. */
    sup__loop_post(rt->loop, &rt->lifeline_work);
    sup__loop_close(rt->loop);
    sup__berths_close(&rt->berths);
    atomic_store_explicit(&rt->loop_gone, true, memory_order_release);
  }
  return r;
}

int sup_runtime_close_async(sup_runtime *rt, void (*done)(void *ctx),
                            void *ctx) {
  bool now;
  int r = sup__runtime_check(rt);

  if (r != 0)
    return r;
  look_at_trees(rt);
  pthread_mutex_lock(&rt->lock);
  r = begin_close(rt);
  now = rt->trees == NULL;
  if (r == 0) {
    rt->closed_done = done;
    rt->closed_ctx = ctx;
    sup_runtime_ref(rt);
    /* Otherwise the last tree that retires posts it. */
    rt->close_waits = !now;
    if (now)
      close_soon(rt);
  }
  pthread_mutex_unlock(&rt->lock);
  return r;
}

/* ---- Calls on the loop -------------------------------------------------- */

struct call {
  struct sup_work work;
  void (*run)(void *ctx);
  void *ctx;
  pthread_mutex_t lock;
  pthread_cond_t done_changed;
  bool done;
};

static void run_call(struct sup_work *work) {
  struct call *call = (struct call *)work;

  call->run(call->ctx);
  pthread_mutex_lock(&call->lock);
  call->done = true;
  pthread_cond_signal(&call->done_changed);
  pthread_mutex_unlock(&call->lock);
}

int sup__runtime_call(struct sup_runtime *rt, void (*run)(void *ctx),
                      void *ctx) {
  struct call call = {.run = run, .ctx = ctx};
  int r = 0;

  pthread_mutex_lock(&rt->lock);
  if (rt->closed)
    r = SUP_EGONE;
  else if (!sup__on_loop(rt) && sup__in_callback > 0)
    r = SUP_EDEADLOCK;
  if (r != 0 || sup__on_loop(rt)) {
    pthread_mutex_unlock(&rt->lock);
    if (r == 0)
      run(ctx);
    return r;
  }
  pthread_mutex_init(&call.lock, NULL);
  pthread_cond_init(&call.done_changed, NULL);
  sup__work_init(&call.work, run_call);
  sup__loop_post(rt->loop, &call.work);
  pthread_mutex_unlock(&rt->lock);
  pthread_mutex_lock(&call.lock);
  while (!call.done)
    pthread_cond_wait(&call.done_changed, &call.lock);
  pthread_mutex_unlock(&call.lock);
  pthread_mutex_destroy(&call.lock);
  pthread_cond_destroy(&call.done_changed);
  return 0;
}

/* ---- Time --------------------------------------------------------------- */

uint64_t sup_runtime_now(sup_runtime *rt) {
  return sup__runtime_now(rt);
}

bool sup_runtime_is_loop_thread(sup_runtime *rt) {
  return sup__runtime_check(rt) == 0 && sup__on_loop(rt);
}
