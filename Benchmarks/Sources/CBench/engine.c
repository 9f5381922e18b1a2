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
 * The engine without what is around it: no lock, no clock, no thread. The only
 * file that looks behind the public headers.
 */

#include <CBench.h>

#include "../../../Sources/CSupervisorCore/engine/engine.h"

/* The present incarnation of each child. */
static struct sup_ref *refs;

static int no_start(void *ctx, sup_child child, void **state) {
  (void)ctx, (void)child, (void)state;
  return 0;
}

static const sup_callbacks callbacks = {
    sizeof(callbacks), SUP_CALLBACKS_ANY_THREAD, no_start, NULL, NULL, NULL};

static sup_spec *describe(size_t n) {
  static const sup_backoff none = SUP_BACKOFF_NONE;
  sup_spec *spec = sup_supervisor_spec("bed", SUP_ONE_FOR_ONE);
  char name[9] = "w0000000";
  size_t i, rest;
  int digit;

  sup_spec_set_tolerance(spec, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(spec, &none);
  for (i = 0; i < n; i++) {
    for (digit = 7, rest = i; digit > 0; digit--, rest /= 10)
      name[digit] = (char)('0' + rest % 10);
    sup_spec_add(spec, sup_callback_spec(name, &callbacks, &refs[i]));
  }
  return spec;
}

/* Perform all that the engine asks for; returns how many of its steps that
 * were. */
static size_t perform(struct sup_engine *engine) {
  struct sup_action action;
  size_t steps = 0;

  while (sup__engine_peek(engine, SUP_QUEUE_MAIN, &action)) {
    sup__engine_take(engine, SUP_QUEUE_MAIN);
    if (action.kind == SUP_ACTION_START) {
      *(struct sup_ref *)action.spec->u.callback.ctx = action.ref;
      sup__engine_started_by(engine, action.ref, 0, NULL, false, 0);
    } else {
      sup__engine_performed(engine, &action);
    }
    steps++;
  }
  return steps;
}

static void end_all(struct sup_engine *engine, size_t n) {
  struct sup_action action;
  size_t i;

  sup__engine_stop(engine, SUP_INFINITE);
  sup__engine_force(engine);
  while (sup__engine_peek(engine, SUP_QUEUE_MAIN, &action)) {
    sup__engine_take(engine, SUP_QUEUE_MAIN);
    sup__engine_performed(engine, &action);
  }
  for (i = 0; i < n; i++)
    sup__engine_exited(engine, refs[i], SUP_OUTCOME_CANCELED, 0);
  perform(engine);
}

int cb_engine_step(size_t n, size_t count, double *step) {
  const sup_allocator *allocator = sup__spec_allocator();
  struct sup_engine_options options = {
      .allocator = allocator, .seed = 1, .now = 1};
  struct sup_engine *engine;
  uint64_t begun, now = 1;
  size_t i, steps = 0;
  sup_spec *spec;
  int r;

  refs = allocator->allocate(allocator->ctx, n * sizeof(*refs));
  if (refs == NULL)
    return SUP_ENOMEM;
  spec = describe(n);
  sup__spec_freeze(spec);
  r = sup__engine_create(&engine, spec, &options);
  if (r != 0)
    return r;
  sup__engine_launch(engine);
  perform(engine);
  begun = cb_now();
  for (i = 0; i < count; i++) {
    now++;
    sup__engine_tick(engine, now, now);
    sup__engine_exited(engine, refs[i * 7919 % n], SUP_OUTCOME_FAILED, 0);
    steps += 1 + perform(engine);
  }
  *step = (double)(cb_now() - begun) / (double)steps;
  end_all(engine, n);
  if (sup__engine_is_quiet(engine))
    sup__engine_destroy(engine);
  sup_spec_unref(spec);
  allocator->release(allocator->ctx, refs, n * sizeof(*refs));
  return 0;
}
