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

/* T1, T3, T6: the window slides, and an entry as old as the window still
 * counts. The ring holds the last `max` failures, so one more within the window
 * is seen by a look at the oldest. */
bool sup__tolerance_exceeded(struct sup_engine *e, struct sup_node *supervisor,
                             sup_token error) {
  const struct sup_supervisor_spec *spec = supervisor->spec->u.supervisor;
  struct sup_supervisor *s = supervisor->super;
  uint32_t newest;

  if (spec->tolerance_max == SUP_UNLIMITED)
    return false;
  if (s->failures > 0 && s->ring_size > 0) {
    newest = (s->ring_head + (uint32_t)s->failures - 1) % s->ring_size;
    if (e->now - s->ring[newest] > spec->tolerance_window)
      s->failures = 0; /* quiet for a window: a record of its own begins */
  }
  if (s->failures == 0)
    sup__token_replace(e, &s->first_error, sup__token_ref(error));
  if (spec->tolerance_window == 0)
    return ++s->failures > spec->tolerance_max;
  if (s->ring_size == 0)
    return true;
  if (s->failures == s->ring_size) {
    if (e->now - s->ring[s->ring_head] <= spec->tolerance_window)
      return true;
    s->ring_head = (s->ring_head + 1) % s->ring_size;
    s->failures--;
  }
  s->ring[(s->ring_head + s->failures) % s->ring_size] = e->now;
  s->failures++;
  return false;
}

void sup__tolerance_clear(struct sup_engine *e, struct sup_node *supervisor) {
  supervisor->super->failures = 0;
  supervisor->super->ring_head = 0;
  sup__token_replace(e, &supervisor->super->first_error, 0);
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

sup_duration sup__backoff_next(struct sup_engine *e, struct sup_node *child) {
  const struct sup_policy *policy = child->spec->policy;
  const sup_backoff *backoff = &policy->backoff;

  if (!policy->has_backoff || sup__is_supervisor(child))
    backoff = &sup__parent(e, child)->spec->u.supervisor->backoff;
  /* B3: forgotten after an incarnation that stayed up. */
  if ((child->flags & NODE_ACKED) &&
      e->now - child->started_at >= backoff->reset_after)
    child->consecutive = 0;
  if (child->consecutive < UINT32_MAX)
    child->consecutive++;
  return delay_of(e, backoff, child->consecutive);
}
