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
 * Trees: life, start, stop, waiting.
 *
 * References: the callers', one that a launched tree holds on itself until no
 * incarnation of it runs any more, and one for each piece of work that is on
 * its way to the loop or the courier.
 */

#include <string.h>

#include "private.h"

#define TREE_OF(member, pointer)                                               \
  ((struct sup_tree *)((char *)(pointer)-offsetof(struct sup_tree, member)))

/* How long foreign code may take before help comes for what waits behind. */
#define FOREIGN_PATIENCE SUP_MILLISECONDS(2)

/* ---- What the dispatcher asks for --------------------------------------- */

static struct sup_tree *tree_of(struct sup_dispatcher *d) {
  return (struct sup_tree *)d;
}

static void host_lock(struct sup_dispatcher *d) {
  pthread_mutex_lock(&tree_of(d)->lock);
}

static void host_unlock(struct sup_dispatcher *d) {
  pthread_mutex_unlock(&tree_of(d)->lock);
}

static uint64_t host_now(struct sup_dispatcher *d, uint64_t *wall) {
  struct sup_tree *tree = tree_of(d);
  uint64_t now = sup__runtime_now(tree->runtime);

  /* The offset of the wall clock is looked at now and then. */
  if (now - tree->wall_looked >= SUP_MILLISECONDS(10) ||
      tree->wall_looked == 0) {
    uv_timeval64_t time;

    uv_gettimeofday(&time);
    tree->wall_looked = now;
    tree->wall_offset = (uint64_t)time.tv_sec * 1000000000u +
                        (uint64_t)time.tv_usec * 1000u - now;
  }
  *wall = now + tree->wall_offset;
  return now;
}

static bool host_on_loop(struct sup_dispatcher *d) {
  return sup__on_loop(tree_of(d)->runtime);
}

bool sup__tree_post(struct sup_tree *tree, struct sup_work *work) {
  struct sup_runtime *rt = tree->runtime;
  bool open = true;

  if (tree->quiet)
    return false;
  /* A tree that was launched keeps its loop. */
  if (!tree->launched) {
    pthread_mutex_lock(&rt->lock);
    open = !rt->closed;
  }
  if (open)
    sup__loop_post(rt->loop, work);
  if (!tree->launched)
    pthread_mutex_unlock(&rt->lock);
  return open;
}

static void host_wake(struct sup_dispatcher *d) {
  struct sup_tree *tree = tree_of(d);

  if (tree->wake_posted)
    return;
  sup_tree_ref(tree);
  tree->wake_posted = sup__tree_post(tree, &tree->wake);
  if (!tree->wake_posted)
    atomic_fetch_sub_explicit(&tree->refs, 1, memory_order_relaxed);
}

static void woken(struct sup_work *work) {
  struct sup_tree *tree = TREE_OF(wake, work);

  sup__tree_enter(tree);
  tree->wake_posted = false;
  sup__tree_leave(tree);
  sup_tree_unref(tree);
}

static void host_help(struct sup_dispatcher *d) {
  struct sup_tree *tree = tree_of(d);

  if (tree->errand_posted)
    return;
  tree->errand_posted = true;
  sup_tree_ref(tree);
  if (!sup__courier_post(tree->runtime->courier, &tree->errand) && !tree->quiet)
    sup__runtime_watch_courier(tree->runtime);
}

static void helped(struct sup_errand *errand) {
  struct sup_tree *tree = TREE_OF(errand, errand);

  sup__tree_enter(tree);
  tree->errand_posted = false;
  sup__tree_leave(tree);
  sup_tree_unref(tree);
}

static void host_guard(struct sup_dispatcher *d) {
  struct sup_tree *tree = tree_of(d);

  if (tree->guarded || tree->quiet)
    return;
  tree->guarded = true;
  sup__alarm_by(&tree->guard, sup__loop_now() + FOREIGN_PATIENCE);
}

static void guard_rings(struct sup_alarm *alarm, uint64_t now) {
  struct sup_tree *tree = TREE_OF(guard, alarm);

  (void)now;
  pthread_mutex_lock(&tree->lock);
  tree->guarded = false;
  if (sup__engine_has_foreign(tree->dispatcher.engine))
    host_help(&tree->dispatcher);
  pthread_mutex_unlock(&tree->lock);
}

/* The alarm rings at the earliest time that was asked for; a later one is
 * found when it does. */
static void host_arm(struct sup_dispatcher *d, uint64_t at) {
  struct sup_tree *tree = tree_of(d);

  if (at >= tree->alarm_at || tree->runtime->manual || tree->quiet)
    return;
  tree->alarm_at = at;
  sup__alarm_by(&tree->alarm, at);
}

static void alarm_rings(struct sup_alarm *alarm, uint64_t now) {
  struct sup_tree *tree = TREE_OF(alarm, alarm);

  (void)now;
  sup__tree_enter(tree);
  tree->alarm_at = SUP_INFINITE;
  sup__tree_leave(tree);
}

/* If it has ended and nothing of it runs, its runtime may be closed from now
 * on: it will need the loop only until what is being performed for it has
 * returned. */
static void mark_retiring(struct sup_tree *tree) {
  sup_tree_counters counters = {.size = sizeof(counters)};

  if (tree->retiring || !tree->launched ||
      sup__engine_state(tree->dispatcher.engine) != SUP_TREE_ENDED)
    return;
  sup__engine_count(tree->dispatcher.engine, &counters);
  if (counters.running > 0 ||
      sup__engine_has_resources(tree->dispatcher.engine))
    return;
  pthread_mutex_lock(&tree->runtime->lock);
  tree->retiring = true;
  tree->runtime->retiring++;
  pthread_mutex_unlock(&tree->runtime->lock);
}

bool sup__tree_retires(struct sup_tree *tree) {
  bool retiring;

  pthread_mutex_lock(&tree->lock);
  mark_retiring(tree);
  retiring = tree->retiring;
  pthread_mutex_unlock(&tree->lock);
  return retiring;
}

static void host_drained(struct sup_dispatcher *d) {
  struct sup_tree *tree = tree_of(d);

  sup__events_drained(tree);
  if (!tree->host_told && sup__engine_state(d->engine) == SUP_TREE_ENDED) {
    tree->host_told = true;
    sup__host_tree_ended(tree);
  }
  if (tree->quiet || !tree->launched || d->state == SUP_DRAIN_ACTIVE ||
      tree->wake_posted || tree->errand_posted ||
      !sup__engine_is_quiet(d->engine) || d->garbage != NULL ||
      d->clearing > 0 || sup__engine_has_garbage(d->engine))
    return;
  mark_retiring(tree);
  tree->quiet = true;
  sup__loop_post(tree->runtime->loop, &tree->retire_work);
}

static const struct sup_dispatcher_host host = {
    host_lock,    host_unlock, host_now,
    host_on_loop, host_wake,   host_help,
    host_guard,   host_arm,    sup__perform_any_thread,
    sup__perform, host_drained};

/* ---- Retiring ----------------------------------------------------------- */

static void unlist(struct sup_tree *tree) {
  struct sup_runtime *rt = tree->runtime;

  pthread_mutex_lock(&rt->lock);
  if (tree->previous != NULL)
    tree->previous->next = tree->next;
  else
    rt->trees = tree->next;
  if (tree->next != NULL)
    tree->next->previous = tree->previous;
  rt->retiring--;
  if (rt->trees == NULL && rt->closed && rt->close_waits)
    sup__loop_post(rt->loop, &rt->close_work);
  pthread_cond_broadcast(&rt->changed);
  pthread_mutex_unlock(&rt->lock);
}

/* On the loop thread: nothing runs any more. */
static void retire(struct sup_work *work) {
  struct sup_tree *tree = TREE_OF(retire_work, work);

  /* Whoever made it quiet has released the lock when we hold it. */
  pthread_mutex_lock(&tree->lock);
  pthread_mutex_unlock(&tree->lock);
  sup__events_retire(tree);
  sup__alarm_close(&tree->alarm);
  sup__alarm_close(&tree->guard);
  sup__alarm_close(&tree->events_alarm);
  if (tree->runtime->host_loop)
    sup__loop_unhold(tree->runtime->loop);
  atomic_store(&tree->retired, true);
  unlist(tree);
  sup_tree_unref(tree);
}

static void free_tree(struct sup_tree *tree) {
  struct sup_runtime *rt = tree->runtime;

  sup__waiters_free(tree);
  sup__engine_destroy(tree->dispatcher.engine);
  sup_spec_unref(tree->spec);
  pthread_mutex_destroy(&tree->lock);
  sup__release(rt->allocator, tree, sizeof(*tree));
  sup_runtime_unref(rt);
}

static void free_errand(struct sup_errand *errand) {
  free_tree(TREE_OF(errand, errand));
}

sup_tree *sup_tree_ref(sup_tree *tree) {
  atomic_fetch_add_explicit(&tree->refs, 1, memory_order_relaxed);
  return tree;
}

void sup_tree_unref(sup_tree *tree) {
  struct sup_runtime *rt;

  if (tree == NULL || sup__tree_check(tree) != 0 ||
      atomic_fetch_sub_explicit(&tree->refs, 1, memory_order_acq_rel) != 1)
    return;
  /* Specs go with it, and with them what users have put into them. */
  rt = tree->runtime;
  if (sup__on_loop(rt)) {
    tree->errand.run = free_errand;
    /* The tree may be gone at once; the runtime stays while its loop runs. */
    if (!sup__courier_post(rt->courier, &tree->errand))
      sup__runtime_watch_courier(rt);
    return;
  }
  free_tree(tree);
}

/* ---- Create and launch -------------------------------------------------- */

/* It is held for a fraction of a microsecond, mostly, and wanted by every thread
 * whose worker ends: spinning a little is cheaper than a trip to the kernel. */
static void init_lock(pthread_mutex_t *lock) {
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
  pthread_mutexattr_t attributes;

  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
  pthread_mutex_init(lock, &attributes);
  pthread_mutexattr_destroy(&attributes);
#else
  pthread_mutex_init(lock, NULL);
#endif
}

static int create(struct sup_runtime *rt, sup_spec *spec,
                  struct sup_tree **result) {
  struct sup_tree *tree = sup__allocate_zeroed(rt->allocator, sizeof(*tree));
  struct sup_engine_options options = {.allocator = rt->allocator};
  int r;

  if (tree == NULL)
    return SUP_ENOMEM;
  tree->runtime = rt;
  tree->dispatcher.host = &host;
  options.seed = atomic_fetch_add(&rt->next_seed, 0x9e3779b97f4a7c15u);
  options.now = host_now(&tree->dispatcher, &options.wall);
  r = sup__engine_create(&tree->dispatcher.engine, spec, &options);
  if (r != 0) {
    sup__release(rt->allocator, tree, sizeof(*tree));
    return r;
  }
  if (rt->manual)
    sup__engine_share_turns(tree->dispatcher.engine, &rt->turns);
  atomic_init(&tree->refs, 1);
  tree->spec = sup_spec_ref(spec);
  init_lock(&tree->lock);
  tree->alarm_at = SUP_INFINITE;
  sup__alarm_init(&tree->alarm, rt->loop, alarm_rings);
  sup__alarm_init(&tree->guard, rt->loop, guard_rings);
  sup__alarm_init(&tree->events_alarm, rt->loop, sup__events_ring);
  sup__work_init(&tree->wake, woken);
  sup__work_init(&tree->retire_work, retire);
  sup__work_init(&tree->events_work, sup__events_run);
  tree->errand.run = helped;
  sup_runtime_ref(rt);
  *result = tree;
  return 0;
}

static int fail_with(sup_report **report, int code, const char *text) {
  if (report != NULL)
    *report = sup__report_of(sup__error_at(code, NULL, text));
  return code;
}

int sup_tree_create(sup_runtime *rt, sup_spec *spec, sup_tree **tree,
                    sup_report **report) {
  sup_report *checked = NULL;
  int r = sup__runtime_check_open(rt);

  *tree = NULL;
  if (report != NULL)
    *report = NULL;
  if (r != 0)
    return r;
  if (spec->kind != SUP_KIND_SUPERVISOR && spec->runs != SUP_RUNS_TREE)
    return fail_with(report, SUP_EINVAL,
                     "the root of a tree has to be a supervisor or a runnable; "
                     "put the child into a supervisor spec");
  r = sup_spec_check(spec, &checked);
  if (r != 0) {
    if (report != NULL)
      *report = checked;
    else
      sup_report_unref(checked);
    return r;
  }
  sup_report_unref(checked);
  sup__spec_freeze(spec);
  r = create(rt, spec, tree);
  return r == 0 ? 0 : fail_with(report, r, NULL);
}

static void hold(struct sup_work *work) {
  struct sup_tree *tree = TREE_OF(hold_work, work);

  sup__loop_hold(tree->runtime->loop);
  sup_tree_unref(tree);
}

/* From now on the tree uses the loop, until it retires. */
static int enlist(struct sup_tree *tree) {
  struct sup_runtime *rt = tree->runtime;
  int r = 0;

  pthread_mutex_lock(&rt->lock);
  if (rt->closed) {
    r = SUP_EGONE;
  } else {
    tree->next = rt->trees;
    if (rt->trees != NULL)
      rt->trees->previous = tree;
    rt->trees = tree;
  }
  pthread_mutex_unlock(&rt->lock);
  if (r != 0 || !rt->host_loop)
    return r;
  if (sup__on_loop(rt)) {
    sup__loop_hold(rt->loop);
    return 0;
  }
  sup__work_init(&tree->hold_work, hold);
  sup_tree_ref(tree);
  sup__loop_post(rt->loop, &tree->hold_work);
  return 0;
}

/* `own`, or NULL, waits for the start; `completion`, or NULL, instead. */
static int launch(sup_tree *tree, const sup_completion *completion,
                  struct sup_waiter *own) {
  /* A form that waits has one of its own. */
  bool stays = own != NULL || (completion != NULL &&
                               completion->flags & SUP_COMPLETION_AWAITED);
  int r;

  sup__tree_enter(tree);
  if (tree->launched ||
      sup__engine_state(tree->dispatcher.engine) != SUP_TREE_CREATED)
    r = SUP_EALREADY;
  else
    r = sup__waiter_add(tree, true, completion, &own);
  if (r == 0) {
    r = enlist(tree);
    if (r != 0)
      sup__waiter_remove(tree, own);
  }
  if (r != 0) {
    sup__tree_leave(tree);
    return r;
  }
  tree->launched = true;
  sup__host_tree_launched(tree);
  sup_tree_ref(tree);
  sup__engine_launch(tree->dispatcher.engine);
  if (stays)
    sup__dispatcher_leave_late(&tree->dispatcher);
  else
    sup__tree_leave(tree);
  return 0;
}

int sup_tree_launch(sup_tree *tree, const sup_completion *completion) {
  int r = sup__tree_check(tree);

  return r == 0 ? launch(tree, completion, NULL) : r;
}

int sup__tree_check_served(struct sup_tree *tree) {
  bool launched;
  int r = sup__tree_check(tree);

  if (r != 0)
    return r;
  pthread_mutex_lock(&tree->lock);
  launched = tree->launched;
  pthread_mutex_unlock(&tree->lock);
  return launched ? 0 : sup__runtime_check_open(tree->runtime);
}

/* ---- Stop --------------------------------------------------------------- */

int sup_tree_request_stop(sup_tree *tree, sup_duration budget) {
  int r = sup__tree_check_served(tree);

  if (r != 0)
    return r;
  sup__tree_enter(tree);
  sup__engine_stop(tree->dispatcher.engine, budget);
  sup__dispatcher_leave_promptly(&tree->dispatcher);
  return 0;
}

int sup_tree_force_stop(sup_tree *tree) {
  int r = sup__tree_check_served(tree);

  if (r != 0)
    return r;
  sup__tree_enter(tree);
  sup__engine_force(tree->dispatcher.engine);
  sup__dispatcher_leave_promptly(&tree->dispatcher);
  return 0;
}

/* ---- The blocking forms ------------------------------------------------- */

int sup_tree_start(sup_runtime *rt, sup_spec *spec, sup_tree **tree,
                   sup_report **report) {
  sup_completion completion;
  struct sup_waiter waiter;
  struct sup_gate gate;
  int r = sup__runtime_check(rt);

  *tree = NULL;
  if (report != NULL)
    *report = NULL;
  if (r == 0)
    r = sup__may_block(rt);
  if (r == 0)
    r = sup_tree_create(rt, spec, tree, report);
  if (r != 0)
    return r;
  completion = sup__gate_make(&gate);
  sup__waiter_init(&waiter, &completion);
  r = sup__gate_pass(&gate, launch(*tree, NULL, &waiter), report);
  if (r != 0) {
    sup_tree_unref(*tree);
    *tree = NULL;
  }
  return r;
}

int sup_tree_wait(sup_tree *tree, sup_report **report) {
  sup_completion completion;
  struct sup_waiter waiter;
  struct sup_gate gate;
  int r = sup__tree_check(tree);

  if (report != NULL)
    *report = NULL;
  if (r == 0 && !atomic_load(&tree->retired))
    r = sup__may_block(tree->runtime);
  if (r != 0)
    return r;
  completion = sup__gate_make(&gate);
  sup__waiter_init(&waiter, &completion);
  return sup__gate_pass(&gate, sup__tree_wait_with(tree, NULL, &waiter, NULL),
                        report);
}

int sup_tree_stop(sup_tree *tree, sup_duration budget, sup_report **report) {
  int r = sup__tree_check(tree);

  if (report != NULL)
    *report = NULL;
  if (r == 0)
    r = sup__may_block(tree->runtime);
  if (r == 0)
    r = sup_tree_request_stop(tree, budget);
  return r != 0 ? r : sup_tree_wait(tree, report);
}

/* ---- State -------------------------------------------------------------- */

sup_tree_state sup_tree_get_state(sup_tree *tree) {
  sup_tree_state state;

  if (sup__tree_check(tree) != 0)
    return SUP_TREE_ENDED;
  pthread_mutex_lock(&tree->lock);
  state = sup__engine_state(tree->dispatcher.engine);
  pthread_mutex_unlock(&tree->lock);
  return state;
}

sup_runtime *sup_tree_runtime(sup_tree *tree) {
  return tree->runtime;
}

int sup_tree_count(sup_tree *tree, sup_tree_counters *counters) {
  sup_tree_counters all = {.size = sizeof(all)};
  int r = sup__tree_check(tree);

  if (r != 0)
    return r;
  pthread_mutex_lock(&tree->lock);
  sup__engine_count(tree->dispatcher.engine, &all);
  pthread_mutex_unlock(&tree->lock);
  return sup__sized_give(counters, &all, sizeof(all)) ? 0 : SUP_EINVAL;
}
