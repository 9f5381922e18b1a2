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
 * Callback children, through the public face of the C library.
 */

#include <CBench.h>

#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <supervisor/supervisor.h>

/* What an embedder has of a child anyway. It is in memory before anything is
 * measured. */
struct worker {
  sup_child child;
  atomic_uint_least64_t incarnation; /* says that `child` is the new one */
};

struct bed {
  sup_runtime *runtime;
  sup_spec *spec;
  sup_tree *tree;
  struct worker *workers;
  size_t count;
};

/* So many starts are waited for. They come one after another, but on different
 * threads. */
static atomic_size_t awaited;
static sem_t all_started;

static int worker_start(void *ctx, sup_child child, void **state) {
  struct worker *worker = ctx;

  (void)state;
  worker->child = child;
  atomic_store_explicit(&worker->incarnation, child.incarnation,
                        memory_order_release);
  if (atomic_load(&awaited) > 0 && atomic_fetch_sub(&awaited, 1) == 1)
    sem_post(&all_started);
  return 0;
}

static void worker_stop(void *state, sup_stop_action action) {
  (void)action;
  sup_child_canceled(((struct worker *)state)->child);
}

static const sup_callbacks callbacks = {sizeof(callbacks),
                                        SUP_CALLBACKS_ANY_THREAD,
                                        worker_start,
                                        worker_stop,
                                        NULL,
                                        NULL};

static int prepare(struct bed *bed, size_t n) {
  size_t i;

  bed->count = n;
  bed->workers = malloc(n * sizeof(*bed->workers));
  if (bed->workers == NULL)
    return SUP_ENOMEM;
  for (i = 0; i < n; i++)
    atomic_init(&bed->workers[i].incarnation, 0);
  return sup_runtime_create(&bed->runtime, NULL);
}

static int describe(struct bed *bed, sup_strategy strategy) {
  static const sup_backoff none = SUP_BACKOFF_NONE;
  char name[32];
  size_t i;
  int r = 0;

  bed->spec = sup_supervisor_spec("bed", strategy);
  sup_spec_set_tolerance(bed->spec, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(bed->spec, &none);
  for (i = 0; i < bed->count && r == 0; i++) {
    snprintf(name, sizeof(name), "w%zu", i);
    r = sup_spec_add(bed->spec,
                     sup_callback_spec(name, &callbacks, &bed->workers[i]));
  }
  return r;
}

static int start(struct bed *bed, size_t n, sup_strategy strategy) {
  int r = prepare(bed, n);

  if (r == 0)
    r = describe(bed, strategy);
  if (r == 0)
    r = sup_tree_start(bed->runtime, bed->spec, &bed->tree, NULL);
  return r;
}

static int stop(struct bed *bed) {
  return sup_tree_stop(bed->tree, SUP_INFINITE, NULL);
}

static void clear(struct bed *bed) {
  if (bed->tree != NULL)
    stop(bed);
  sup_tree_unref(bed->tree);
  sup_spec_unref(bed->spec);
  if (bed->runtime != NULL) {
    sup_runtime_close(bed->runtime);
    sup_runtime_unref(bed->runtime);
  }
  free(bed->workers);
}

/* Almost always it is there when the report returns; but if the loop's thread
 * is busy with the tree just then, that thread makes the restart. */
static void await_incarnation(struct worker *worker, uint64_t incarnation) {
  while (atomic_load_explicit(&worker->incarnation, memory_order_acquire) !=
         incarnation)
    continue;
}

static int look(struct bed *bed, struct cb_cycle *result) {
  const size_t calls = 100000;
  sup_tree_counters counters = {.size = sizeof(counters)};
  sup_snapshot *snapshot;
  uint64_t begun = cb_now();
  size_t i;
  int r = 0;

  for (i = 0; r == 0 && i < calls; i++)
    r = sup_tree_count(bed->tree, &counters);
  result->count = (double)(cb_now() - begun) / (double)calls;
  begun = cb_now();
  if (r == 0)
    r = sup_tree_snapshot(bed->tree, &snapshot);
  result->snapshot = (double)(cb_now() - begun) / (double)bed->count;
  if (r == 0)
    sup_snapshot_free(snapshot);
  return r;
}

static int restart_all(struct bed *bed, struct cb_cycle *result) {
  uint64_t begun = cb_now();
  size_t i;
  int r = 0;

  for (i = 0; r == 0 && i < bed->count; i++) {
    r = sup_child_failed(bed->workers[i].child, NULL);
    await_incarnation(&bed->workers[i], 2);
  }
  result->restart = (double)(cb_now() - begun) / (double)bed->count;
  return r;
}

int cb_callbacks(size_t n, struct cb_cycle *result) {
  struct bed warm = {0}, bed = {0};
  uint64_t resident, begun;
  int r = start(&warm, 16, SUP_ONE_FOR_ONE);

  if (r == 0)
    r = stop(&warm);
  clear(&warm);
  if (r == 0)
    r = prepare(&bed, n);
  resident = cb_resident();
  if (r == 0)
    r = describe(&bed, SUP_ONE_FOR_ONE);
  begun = cb_now();
  if (r == 0)
    r = sup_tree_start(bed.runtime, bed.spec, &bed.tree, NULL);
  result->start = (double)(cb_now() - begun) / (double)n;
  result->memory = (double)(cb_resident() - resident) / (double)n;
  if (r == 0)
    r = look(&bed, result);
  if (r == 0)
    r = restart_all(&bed, result);
  begun = cb_now();
  if (r == 0)
    r = stop(&bed);
  result->stop = (double)(cb_now() - begun) / (double)n;
  clear(&bed);
  return r;
}

int cb_callback_restarts(size_t n, uint64_t *latencies, size_t count) {
  struct bed bed = {0};
  int r = start(&bed, n, SUP_ONE_FOR_ONE);
  struct worker *worker;
  uint64_t begun;
  size_t i;

  for (i = 0; r == 0 && i < count; i++) {
    worker = &bed.workers[i * 7919 % n]; /* not one next to the other */
    begun = cb_now();
    r = sup_child_failed(worker->child, NULL);
    await_incarnation(worker, 2 + i / n);
    latencies[i] = cb_now() - begun;
  }
  if (r == 0)
    r = stop(&bed);
  clear(&bed);
  return r;
}

int cb_callback_pairs(size_t n, size_t count, double *pair) {
  struct bed bed = {0};
  struct worker extra = {0};
  int r = start(&bed, n, SUP_ONE_FOR_ONE);
  sup_spec *spec = sup_callback_spec("extra", &callbacks, &extra);
  sup_child root, child;
  uint64_t begun;
  size_t i;

  if (r == 0)
    r = sup_tree_root(bed.tree, &root);
  begun = cb_now();
  for (i = 0; r == 0 && i < count; i++) {
    r = sup_child_add(root, spec, &child, NULL);
    if (r == 0)
      r = sup_child_delete(child, NULL);
  }
  *pair = (double)(cb_now() - begun) / (double)count;
  if (r == 0)
    r = stop(&bed);
  sup_spec_unref(spec);
  clear(&bed);
  return r;
}

int cb_callback_round(size_t n, uint64_t *latencies, size_t count) {
  struct bed bed = {0};
  int r = start(&bed, n, SUP_ONE_FOR_ALL);
  uint64_t begun;
  size_t i;

  sem_init(&all_started, 0, 0);
  for (i = 0; r == 0 && i < count; i++) {
    begun = cb_now();
    atomic_store(&awaited, n);
    r = sup_child_failed(bed.workers[i * 7919 % n].child, NULL);
    while (r == 0 && sem_wait(&all_started) != 0)
      continue;
    latencies[i] = cb_now() - begun;
  }
  if (r == 0)
    r = stop(&bed);
  clear(&bed);
  return r;
}
