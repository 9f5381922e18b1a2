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

/* Specs for the engine's tests, in few words, and the memory they live in. */

#ifndef ENGINE_SPECS_H
#define ENGINE_SPECS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/engine.h"

#define MS(n) SUP_MILLISECONDS(n)
#define SEC(n) SUP_SECONDS(n)

/* ---- Memory: counted, and refused on demand ----------------------------- */

static int64_t world_live_blocks;
static int64_t world_live_bytes;
static uint64_t world_allocations;
static uint64_t world_refuse_after = UINT64_MAX; /* allocations from now */

static inline void *world_allocate(void *ctx, size_t bytes) {
  (void)ctx;
  world_allocations++;
  if (world_refuse_after == 0)
    return NULL;
  if (world_refuse_after != UINT64_MAX)
    world_refuse_after--;
  world_live_blocks++;
  world_live_bytes += (int64_t)bytes;
  return malloc(bytes == 0 ? 1 : bytes);
}

static inline void world_release(void *ctx, void *memory, size_t bytes) {
  (void)ctx;
  world_live_blocks--;
  world_live_bytes -= (int64_t)bytes;
  free(memory);
}

static const sup_allocator world_allocator = {
    sizeof(sup_allocator), world_allocate, world_release, NULL};

static inline int world_setup(void **state) {
  (void)state;
  world_live_blocks = 0;
  world_live_bytes = 0;
  world_allocations = 0;
  world_refuse_after = UINT64_MAX;
  return sup_set_allocator(&world_allocator);
}

static inline int world_teardown(void **state) {
  (void)state;
  return sup_set_allocator(NULL);
}

#define WORLD_TEST(function)                                                   \
  cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)

/* ---- Making specs ------------------------------------------------------- */

static inline int world_no_start(void *ctx, sup_child child, void **state) {
  (void)ctx, (void)child, (void)state;
  fail_msg("the engine never calls a function of a child");
  return SUP_EFAILED;
}

static inline void world_no_stop(void *state, sup_stop_action action) {
  (void)state, (void)action;
  fail_msg("the engine never calls a function of a child");
}

static inline void world_no_end(void *state) {
  (void)state;
  fail_msg("the engine never calls a function of a child");
}

static const sup_callbacks world_plain = {
    sizeof(sup_callbacks), SUP_CALLBACKS_ANY_THREAD,
    world_no_start,        world_no_stop,
    world_no_end,          NULL};
static const sup_callbacks world_foreign = {
    sizeof(sup_callbacks),
    SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK,
    world_no_start,
    world_no_stop,
    world_no_end,
    NULL};
static const sup_callbacks world_begins = {
    sizeof(sup_callbacks),
    SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_REPORT_BEGIN,
    world_no_start,
    world_no_stop,
    world_no_end,
    NULL};

static inline int world_no_build(void *ctx, sup_child supervisor,
                                 void **state) {
  return world_no_start(ctx, supervisor, state);
}

static inline void world_no_cleanup(void *state, sup_child supervisor,
                                    uint64_t abandoned) {
  (void)supervisor, (void)abandoned;
  world_no_end(state);
}

static const sup_resource world_resource = {sizeof(sup_resource),
                                            SUP_CALLBACKS_ANY_THREAD,
                                            world_no_build,
                                            world_no_end,
                                            world_no_cleanup,
                                            NULL,
                                            0,
                                            0};

static inline sup_spec *world_made(sup_spec *spec) {
  assert_non_null(spec);
  return spec;
}

/* A permanent callback worker that waits to be stopped. */
static inline sup_spec *worker(const char *name) {
  return world_made(sup_callback_spec(name, &world_plain, NULL));
}

static inline sup_spec *worker_restart(const char *name, sup_restart restart) {
  sup_spec *spec = worker(name);
  assert_int_equal(sup_spec_set_restart(spec, restart), 0);
  return spec;
}

static inline sup_spec *transient(const char *name) {
  return worker_restart(name, SUP_TRANSIENT);
}

static inline sup_spec *temporary(const char *name) {
  return worker_restart(name, SUP_TEMPORARY);
}

static inline sup_spec *notifier(const char *name) {
  sup_spec *spec = worker(name);
  assert_int_equal(sup_spec_set_notify_start(spec, true), 0);
  return spec;
}

static inline void world_no_free(void *data) {
  (void)data;
}

/* A child with a kill step, without the process layer behind it. */
static inline sup_spec *process(const char *name) {
  static const struct sup_command_functions functions = {.free = world_no_free};
  sup_spec *spec = world_made(sup__spec_create(name, SUP_KIND_PROCESS));
  spec->u.process.functions = &functions;
  return spec;
}

static inline sup_spec *steps_of(sup_spec *spec, size_t count, ...) {
  sup_stop_step steps[SUP_MAX_STOP_STEPS];
  va_list list;
  va_start(list, count);
  for (size_t i = 0; i < count; i++) {
    steps[i].action = (sup_stop_action)va_arg(list, int);
    steps[i].signal = 0;
    steps[i].timeout = va_arg(list, sup_duration);
  }
  va_end(list);
  assert_int_equal(sup_spec_set_stop_steps(spec, steps, count), 0);
  return spec;
}

static inline sup_spec *shutdown_of(sup_spec *spec, sup_duration time) {
  assert_int_equal(sup_spec_set_shutdown_timeout(spec, time), 0);
  return spec;
}

/* A supervisor with the children that follow, ended by NULL. */
static inline sup_spec *supervisor(const char *name, sup_strategy strategy,
                                   ...) {
  sup_spec *spec = world_made(sup_supervisor_spec(name, strategy));
  va_list list;
  va_start(list, strategy);
  for (;;) {
    sup_spec *child = va_arg(list, sup_spec *);
    if (child == NULL)
      break;
    assert_int_equal(sup_spec_add(spec, child), 0);
  }
  va_end(list);
  return spec;
}

#define one_for_one(name, ...) supervisor(name, SUP_ONE_FOR_ONE, __VA_ARGS__)
#define one_for_all(name, ...) supervisor(name, SUP_ONE_FOR_ALL, __VA_ARGS__)
#define rest_for_one(name, ...) supervisor(name, SUP_REST_FOR_ONE, __VA_ARGS__)

static inline sup_spec *tolerating(sup_spec *spec, uint64_t max,
                                   sup_duration window) {
  assert_int_equal(sup_spec_set_tolerance(spec, max, window), 0);
  return spec;
}

static inline sup_spec *right_to_left(sup_spec *spec) {
  assert_int_equal(sup_spec_set_order(spec, SUP_RIGHT_TO_LEFT), 0);
  return spec;
}

static inline sup_spec *restarting(sup_spec *spec, sup_restart restart) {
  assert_int_equal(sup_spec_set_restart(spec, restart), 0);
  return spec;
}

static inline sup_spec *with_resource(sup_spec *spec) {
  assert_int_equal(sup_spec_set_resource(spec, &world_resource, NULL), 0);
  return spec;
}

static inline sup_spec *unpaced(sup_spec *spec) {
  sup_backoff none = SUP_BACKOFF_NONE;
  assert_int_equal(sup_spec_set_backoff(spec, &none), 0);
  return spec;
}

/* Delays from the first restart on, without chance in them. */
static inline sup_spec *paced(sup_spec *spec, sup_duration initial,
                              double multiplier, sup_duration maximum) {
  sup_backoff backoff = SUP_BACKOFF_STANDARD;
  backoff.immediate = 0;
  backoff.initial = initial;
  backoff.multiplier = multiplier;
  backoff.maximum = maximum;
  backoff.jitter = 0;
  assert_int_equal(sup_spec_set_backoff(spec, &backoff), 0);
  return spec;
}

#endif
