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
 * What callgrind counts: so many events of one kind inside of the function
 * `measured`, on one thread and without real time, so that two runs of the same
 * program are the same. `engine-…` is the state machine alone, `face-…` what a
 * C program calls, the lock, the dispatcher and the clock included.
 *
 *     instructions NAME N
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <supervisor/supervisor.h>

#include "../../Sources/CSupervisorCore/engine/engine.h"

#define MUST(condition)                                                        \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%d: not so: %s\n", __LINE__, #condition);               \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

static size_t n;

/* The present incarnation of each child. */
static sup_child *children;

/* In an order that is not that of memory. */
static size_t nth(size_t i) {
  return i * 7919 % n;
}

/* ---- Children ----------------------------------------------------------- */

static int start(void *ctx, sup_child child, void **state) {
  (void)state;
  *(sup_child *)ctx = child;
  return 0;
}

static void stop(void *state, sup_stop_action action) {
  (void)action;
  sup_child_canceled(*(sup_child *)state);
}

static const sup_callbacks callbacks = {
    sizeof(callbacks), SUP_CALLBACKS_ANY_THREAD, start, stop, NULL, NULL};

static sup_spec *describe(size_t count) {
  static const sup_backoff none = SUP_BACKOFF_NONE;
  sup_spec *spec = sup_supervisor_spec("bed", SUP_ONE_FOR_ONE);
  char name[24];

  children = calloc(n, sizeof(*children));
  MUST(children != NULL);
  sup_spec_set_tolerance(spec, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(spec, &none);
  for (size_t i = 0; i < count; i++) {
    snprintf(name, sizeof(name), "w%zu", i);
    MUST(sup_spec_add(spec,
                      sup_callback_spec(name, &callbacks, &children[i])) == 0);
  }
  return spec;
}

/* ---- The engine --------------------------------------------------------- */

static struct sup_engine *engine;
static uint64_t now = 1;

static struct sup_ref ref_of(const sup_child *child) {
  struct sup_ref ref = {(uint32_t)child->node, child->generation,
                        child->incarnation};

  return ref;
}

static void perform(void) {
  struct sup_action action;

  while (sup__engine_peek(engine, SUP_QUEUE_MAIN, &action)) {
    sup__engine_take(engine, SUP_QUEUE_MAIN);
    if (action.kind == SUP_ACTION_START) {
      sup_child child = {NULL, action.ref.node, action.ref.generation,
                         action.ref.incarnation};

      *(sup_child *)action.spec->u.callback.ctx = child;
      sup__engine_started_by(engine, action.ref, 0, action.spec->u.callback.ctx,
                             false, 0);
      continue;
    }
    sup__engine_performed(engine, &action);
    if (action.kind == SUP_ACTION_STOP)
      sup__engine_exited(engine, action.ref, SUP_OUTCOME_CANCELED, 0);
  }
}

static void engine_make(void) {
  struct sup_engine_options options = {
      .allocator = sup__spec_allocator(), .seed = 1, .now = 1};
  sup_spec *spec = describe(n);

  sup__spec_freeze(spec);
  MUST(sup__engine_create(&engine, spec, &options) == 0);
}

static void engine_start(void) {
  sup__engine_launch(engine);
  perform();
}

static void engine_restart(void) {
  for (size_t i = 0; i < n; i++) {
    now++;
    sup__engine_tick(engine, now, now);
    sup__engine_exited(engine, ref_of(&children[nth(i)]), SUP_OUTCOME_FAILED,
                       0);
    perform();
  }
}

static void engine_stop(void) {
  sup__engine_stop(engine, SUP_INFINITE);
  perform();
}

/* ---- The face ----------------------------------------------------------- */

static uv_loop_t loop;
static sup_runtime *runtime;
static sup_tree *tree;
static bool done;

static void complete(void *ctx, int code, sup_report *report) {
  (void)ctx, (void)report;
  MUST(code == 0);
  done = true;
}

static const sup_completion completion = {complete, NULL,
                                          SUP_COMPLETION_ANY_THREAD};

static void run_until_done(void) {
  while (!done)
    uv_run(&loop, UV_RUN_NOWAIT);
  done = false;
}

/* On a loop of this thread's, with manual time. */
static void face_make_with(size_t count) {
  sup_runtime_options options = SUP_RUNTIME_OPTIONS_INIT;

  MUST(uv_loop_init(&loop) == 0);
  options.loop = &loop;
  options.seed = 1;
  options.manual_time = true;
  MUST(sup_runtime_create(&runtime, &options) == 0);
  MUST(sup_tree_create(runtime, describe(count), &tree, NULL) == 0);
}

static void face_make(void) {
  face_make_with(n);
}

static void face_start(void) {
  MUST(sup_tree_launch(tree, &completion) == 0);
  run_until_done();
}

static void face_restart(void) {
  for (size_t i = 0; i < n; i++)
    MUST(sup_child_failed(children[nth(i)], NULL) == 0);
}

static void face_stop(void) {
  MUST(sup_tree_wait_async(tree, &completion, NULL) == 0);
  MUST(sup_tree_request_stop(tree, SUP_INFINITE) == 0);
  run_until_done();
}

static void face_count(void) {
  sup_tree_counters counters = {.size = sizeof(counters)};

  for (size_t i = 0; i < n; i++)
    MUST(sup_tree_count(tree, &counters) == 0);
}

static void face_snapshot(void) {
  sup_snapshot *snapshot;

  MUST(sup_tree_snapshot(tree, &snapshot) == 0);
  MUST(sup_snapshot_count(snapshot) == n + 1);
  sup_snapshot_free(snapshot);
}

/* Children that are not in the spec. */

static sup_child root;
static sup_spec **extra;

static void face_make_empty(void) {
  char name[24];

  face_make_with(0);
  MUST(sup_tree_root(tree, &root) == 0);
  extra = calloc(n, sizeof(*extra));
  MUST(extra != NULL);
  for (size_t i = 0; i < n; i++) {
    snprintf(name, sizeof(name), "w%zu", i);
    extra[i] = sup_callback_spec(name, &callbacks, &children[i]);
  }
}

static void face_add(void) {
  for (size_t i = 0; i < n; i++)
    MUST(sup_child_add_async(root, extra[i], NULL, NULL, NULL) == 0);
}

static void face_empty_and_add(void) {
  face_start();
  face_add();
}

static void face_find(void) {
  sup_child child;

  for (size_t i = 0; i < n; i++)
    MUST(sup_child_find(root, sup_spec_name(extra[nth(i)]), &child) == 0);
}

static void face_terminate(void) {
  for (size_t i = 0; i < n; i++)
    MUST(sup_child_terminate_async(children[nth(i)], NULL, NULL) == 0);
}

static void face_delete(void) {
  for (size_t i = 0; i < n; i++)
    MUST(sup_child_delete_async(children[nth(i)], NULL, NULL) == 0);
}

/* ---- Which -------------------------------------------------------------- */

static const struct {
  const char *name;
  void (*before[2])(void);
  void (*run)(void);
} figures[] = {
    {"engine-start", {engine_make, NULL}, engine_start},
    {"engine-restart", {engine_make, engine_start}, engine_restart},
    {"engine-stop", {engine_make, engine_start}, engine_stop},
    {"face-start", {face_make, NULL}, face_start},
    {"face-restart", {face_make, face_start}, face_restart},
    {"face-stop", {face_make, face_start}, face_stop},
    {"face-count", {face_make, face_start}, face_count},
    {"face-snapshot", {face_make, face_start}, face_snapshot},
    {"face-add", {face_make_empty, face_start}, face_add},
    {"face-find", {face_make_empty, face_empty_and_add}, face_find},
    {"face-terminate", {face_make_empty, face_empty_and_add}, face_terminate},
    {"face-delete", {face_make_empty, face_empty_and_add}, face_delete},
};

#define FIGURES (sizeof(figures) / sizeof(figures[0]))

/* Here callgrind begins and ends to count. */
__attribute__((noinline)) void measured(void (*run)(void));
void measured(void (*run)(void)) {
  run();
}

int main(int argc, char **argv) {
  if (argc < 3) {
    for (size_t i = 0; i < FIGURES; i++)
      printf("%s\n", figures[i].name);
    return 0;
  }
  n = strtoul(argv[2], NULL, 10);
  for (size_t i = 0; i < FIGURES; i++) {
    if (strcmp(argv[1], figures[i].name) != 0)
      continue;
    for (size_t k = 0; k < 2 && figures[i].before[k] != NULL; k++)
      figures[i].before[k]();
    measured(figures[i].run);
    return 0; /* the rest goes with the process */
  }
  fprintf(stderr, "there is no '%s'\n", argv[1]);
  return 1;
}
