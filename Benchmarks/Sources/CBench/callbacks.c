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

#include <stdio.h>
#include <stdlib.h>
#include <supervisor/supervisor.h>

/* What an embedder has of a child anyway. It is in memory before anything is
 * measured. */
struct worker {
  sup_child child;
};

struct bed {
  sup_runtime *runtime;
  sup_spec *spec;
  sup_tree *tree;
  struct worker *workers;
  size_t count;
};

static int worker_start(void *ctx, sup_child child, void **state) {
  struct worker *worker = ctx;

  (void)state;
  worker->child = child;
  return 0;
}

static void worker_stop(void *state, sup_stop_action action) {
  (void)action;
  sup_child_canceled(((struct worker *)state)->child);
}

static const sup_callbacks callbacks = {
    sizeof(callbacks), SUP_CALLBACKS_ANY_THREAD, worker_start,
    worker_stop,       NULL,                     NULL};

static int prepare(struct bed *bed, size_t n) {
  size_t i;

  bed->count = n;
  bed->workers = malloc(n * sizeof(*bed->workers));
  if (bed->workers == NULL)
    return SUP_ENOMEM;
  for (i = 0; i < n; i++)
    bed->workers[i].child.incarnation = 0;
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
  int r = bed->tree == NULL ? 0 : sup_tree_stop(bed->tree, SUP_INFINITE, NULL);

  return r;
}

static void clear(struct bed *bed) {
  sup_tree_unref(bed->tree);
  sup_spec_unref(bed->spec);
  if (bed->runtime != NULL) {
    sup_runtime_close(bed->runtime);
    sup_runtime_unref(bed->runtime);
  }
  free(bed->workers);
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
  uint64_t before, begun;
  size_t i;

  for (i = 0; r == 0 && i < count; i++) {
    worker = &bed.workers[i * 7919 % n]; /* not one next to the other */
    before = worker->child.incarnation;
    begun = cb_now();
    r = sup_child_failed(worker->child, NULL);
    latencies[i] = cb_now() - begun;
    if (r == 0 && worker->child.incarnation != before + 1)
      r = SUP_EFAILED;
  }
  if (r == 0)
    r = stop(&bed);
  clear(&bed);
  return r;
}

/* Every member is up again when the last one that is started is; a round that
 * was handed to another thread is waited for. */
static void await_incarnation(sup_tree *tree, uint64_t starts) {
  sup_tree_counters counters = {.size = sizeof(counters)};

  do
    sup_tree_count(tree, &counters);
  while (counters.starts < starts);
}

int cb_callback_round(size_t n, uint64_t *latencies, size_t count) {
  struct bed bed = {0};
  int r = start(&bed, n, SUP_ONE_FOR_ALL);
  uint64_t begun;
  size_t i;

  for (i = 0; r == 0 && i < count; i++) {
    begun = cb_now();
    r = sup_child_failed(bed.workers[i * 7919 % n].child, NULL);
    await_incarnation(bed.tree, n * (i + 2) + 1);
    latencies[i] = cb_now() - begun;
  }
  if (r == 0)
    r = stop(&bed);
  clear(&bed);
  return r;
}
