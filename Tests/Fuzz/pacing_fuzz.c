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

/* T1, T3, B1: tolerance and backoff against arithmetic that is plain and slow. */

#include <math.h>

#include "engine/internal.h"
#include "fuzz.h"

#define MOST 4096

static uint64_t times[MOST];

/* T1 says: one more than `max` within `window` is too many. All that was
 * counted since the record was clear is looked at. */
static bool naive_exceeded(size_t count, uint64_t now, uint64_t max,
                           sup_duration window) {
  uint64_t within = 1;
  size_t i;
  for (i = 0; i < count; i++)
    within += window == 0 || now - times[i] <= window;
  return within > max;
}

static void fuzz_tolerance(struct fuzz *in) {
  struct sup_engine engine;
  struct sup_record_of_failures *record;
  uint64_t max = fuzz_one_in(in, 16) ? SUP_UNLIMITED : fuzz_below(in, 1024);
  sup_duration window = fuzz_number(in);
  struct sup_node child = {.error = sup__token_code(SUP_EFAILED)};
  size_t count = 0;
  memset(&engine, 0, sizeof(engine));
  engine.allocator = &fuzz_allocator;
  engine.now = fuzz_number(in);
  if (window == SUP_INFINITE)
    window = 0; /* as the setter has it */
  record = sup__record_make(&engine, max, window);
  FUZZ_CHECK(record != NULL);
  while (in->left > 0 && count < MOST) {
    bool exceeded;
    engine.now = sup__add_saturating(engine.now, fuzz_number(in));
    exceeded = sup__tolerance_exceeded(&engine, record, max, window, &child);
    FUZZ_CHECK(exceeded == (max != SUP_UNLIMITED &&
                            naive_exceeded(count, engine.now, max, window)));
    times[count++] = engine.now;
    if (exceeded || fuzz_one_in(in, 64)) {
      sup__record_clear(&engine, record);
      count = 0;
    }
  }
  sup__record_free(&engine, record);
}

static double unit_of(struct fuzz *in) {
  return (double)fuzz_below(in, 1001) / 1000.0;
}

/* Within its jitter of what the formula says; exactly that without jitter. */
static void check_delay(const sup_backoff *backoff, uint64_t consecutive,
                        sup_duration delay) {
  double limit = (double)backoff->maximum;
  double plain;
  FUZZ_CHECK(delay <= backoff->maximum);
  if (consecutive <= backoff->immediate || backoff->initial == 0) {
    FUZZ_CHECK(delay == 0);
    return;
  }
  plain =
      (double)backoff->initial *
      pow(backoff->multiplier, (double)(consecutive - backoff->immediate - 1));
  plain = plain < limit ? plain : limit;
  FUZZ_CHECK((double)delay >= plain * (1 - backoff->jitter) * 0.999999 - 2);
  FUZZ_CHECK((double)delay <= plain * (1 + backoff->jitter) * 1.000001 + 2);
}

static void fuzz_backoff(struct fuzz *in) {
  sup_backoff backoff = SUP_BACKOFF_STANDARD;
  sup_spec *parent = sup_supervisor_spec("parent", SUP_ONE_FOR_ONE);
  sup_spec *spec = sup_supervisor_spec("child", SUP_ONE_FOR_ONE);
  struct sup_engine_options options = {&fuzz_allocator, fuzz_word(in) | 1, 0,
                                       0};
  struct sup_engine *engine;
  struct sup_node *child;
  int i;
  backoff.immediate = (uint32_t)fuzz_number(in);
  backoff.multiplier = 1.0 + (double)fuzz_number(in) / 16.0;
  backoff.jitter = unit_of(in);
  backoff.initial = fuzz_number(in);
  backoff.maximum = fuzz_number(in);
  if (sup_spec_set_backoff(parent, &backoff) != 0) {
    FUZZ_CHECK(backoff.initial == SUP_INFINITE ||
               backoff.maximum < backoff.initial);
    sup_spec_unref(parent);
    sup_spec_unref(spec);
    return;
  }
  sup_spec_add(parent, spec);
  FUZZ_CHECK(sup__engine_create(&engine, parent, &options) == 0);
  child = sup__node(engine, sup__node(engine, engine->root)->super->first);
  child->consecutive = (uint32_t)fuzz_number(in);
  for (i = 0; i < 64; i++) {
    sup_duration delay = sup__backoff_next(engine, child);
    check_delay(&backoff, child->consecutive, delay);
  }
  sup__engine_destroy(engine);
  sup_spec_unref(parent);
}

void fuzz_one(struct fuzz *in) {
  if (fuzz_one_in(in, 2))
    fuzz_backoff(in);
  else
    fuzz_tolerance(in);
}
