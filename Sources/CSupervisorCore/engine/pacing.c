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
 * Tolerance and backoff: arithmetic on a record of times and a count.
 */

#include "internal.h"

uint64_t sup__add_saturating(uint64_t a, uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static size_t record_size(uint32_t ring) {
  return sizeof(struct sup_record_of_failures) + ring * sizeof(uint64_t);
}

struct sup_record_of_failures *
sup__record_make(struct sup_engine *e, uint64_t max, sup_duration window) {
  uint32_t ring = max == SUP_UNLIMITED || window == 0 ? 0 : (uint32_t)max;
  struct sup_record_of_failures *record =
      sup__allocate_zeroed(e->allocator, record_size(ring));

  if (record == NULL)
    return NULL;
  record->size = ring;
  record->orphans = SUP_NONE;
  return record;
}

void sup__record_free(struct sup_engine *e, struct sup_record_of_failures *r) {
  if (r == NULL)
    return;
  sup__token_discard(e, r->first_error);
  sup__release(e->allocator, r, record_size(r->size));
}

void sup__record_clear(struct sup_engine *e, struct sup_record_of_failures *r) {
  if (r == NULL)
    return;
  r->failures = 0;
  r->head = 0;
  sup__token_replace(e, &r->first_error, 0);
}

/* T1, T3, T6: the window slides, and an entry as old as the window still
 * counts. The ring holds the last `max` failures, so one more within the window
 * is seen by a look at the oldest. */
bool sup__tolerance_exceeded(struct sup_engine *e,
                             struct sup_record_of_failures *r, uint64_t max,
                             sup_duration window,
                             const struct sup_node *child) {
  if (max == SUP_UNLIMITED)
    return false;
  if (r->failures > 0 && r->size > 0) {
    uint32_t newest = (r->head + (uint32_t)r->failures - 1) % r->size;

    if (e->now - r->ring[newest] > window)
      r->failures = 0; /* quiet for a window: a record of its own begins */
  }
  if (r->failures == 0) {
    sup__token_replace(e, &r->first_error, sup__token_ref(child->error));
    r->first_index = child->index;
    r->first_generation = child->generation;
  }
  if (window == 0)
    return ++r->failures > max;
  if (r->size == 0)
    return true;
  if (r->failures == r->size) {
    if (e->now - r->ring[r->head] <= window)
      return true;
    r->head = (r->head + 1) % r->size;
    r->failures--;
  }
  r->ring[(r->head + r->failures) % r->size] = e->now;
  r->failures++;
  return false;
}

/* Vigna, "An experimental exploration of Marsaglia's xorshift generators,
 * scrambled" (2016): xorshift64*. */
static double random_unit(struct sup_engine *e) {
  uint64_t x = e->random;

  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  e->random = x;
  return (double)((x * 2685821657736338717ull) >> 11) / 9007199254740992.0;
}

/* min(limit, base * factor^exponent), by squaring. */
static double grown(double base, double factor, uint32_t exponent,
                    double limit) {
  while (exponent > 0 && base < limit) {
    if (exponent & 1u)
      base *= factor;
    factor *= factor;
    exponent >>= 1;
  }
  return base < limit ? base : limit;
}

/* B1 */
static sup_duration delay_of(struct sup_engine *e, const sup_backoff *backoff,
                             uint32_t consecutive) {
  double limit = (double)backoff->maximum;
  double delay;

  if (consecutive <= backoff->immediate || backoff->initial == 0)
    return 0;
  delay = grown((double)backoff->initial, backoff->multiplier,
                consecutive - backoff->immediate - 1, limit);
  if (backoff->jitter > 0)
    delay += delay * (random_unit(e) * 2.0 - 1.0) * backoff->jitter;
  if (delay >= limit)
    return backoff->maximum;
  return delay <= 0 ? 0 : (sup_duration)delay;
}

static const sup_backoff *backoff_of(const struct sup_engine *e,
                                     const struct sup_node *child) {
  const struct sup_policy *policy = child->spec->policy;
  const struct sup_node *s = sup__parent(e, child);

  if (policy->has_backoff)
    return &policy->backoff;
  /* Of a root, which has no supervisor, that of its children. */
  return &sup__part((s == NULL ? child : s)->spec)->backoff;
}

/* B3: forgotten after an incarnation that stayed up. */
void sup__backoff_settle(struct sup_engine *e, struct sup_node *child) {
  if ((child->flags & NODE_ACKED) &&
      sup__up_time(e, child) >= backoff_of(e, child)->reset_after)
    child->consecutive = 0;
}

sup_duration sup__backoff_next(struct sup_engine *e, struct sup_node *child) {
  const sup_backoff *backoff = backoff_of(e, child);

  sup__backoff_settle(e, child);
  if (child->consecutive < UINT32_MAX)
    child->consecutive++;
  return delay_of(e, backoff, child->consecutive);
}
