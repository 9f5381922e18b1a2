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
 * Signs of life (W1), and how late the host is (W2).
 *
 * A sign of life only notes its time. The deadline stays where it is; when it
 * expires, and there was a sign since, it is moved on.
 */

#include "internal.h"

/* The host is late if it is by more than this, and by a tenth of the period. */
#define LEAST_LATENESS SUP_MILLISECONDS(10)

static sup_duration period_of(const struct sup_node *n) {
  return n->spec->policy->heartbeat;
}

void sup__heartbeat_begin(struct sup_engine *e, struct sup_node *n) {
  if (period_of(n) == 0)
    return;
  n->own->beat = e->now;
  sup__arm(e, n, sup__add_saturating(e->now, period_of(n)));
}

void sup__heartbeat_end(struct sup_node *n) {
  n->marks &= (uint16_t)~MARK_PROBED;
  n->actions &= (uint8_t)~ACTION_PROBE;
}

int sup__engine_heartbeat(struct sup_engine *e, struct sup_ref ref,
                          uint64_t now) {
  struct sup_node *n;
  int r = sup__find_running(e, ref, &n);

  if (r == 0 && (n->flags & NODE_ORPHAN)) {
    e->counters.stale_reports++;
    r = SUP_ESTALE;
  }
  if (r == 0 && period_of(n) != 0 && now > n->own->beat)
    n->own->beat = now;
  return r;
}

static bool host_is_late(const struct sup_engine *e, const struct sup_node *n) {
  return e->late > LEAST_LATENESS && e->late > period_of(n) / 10;
}

/* By so much what it runs on may be late. */
static sup_duration patience(const struct sup_node *n) {
  sup_duration tenth = period_of(n) / 10;

  return tenth > LEAST_LATENESS ? tenth : LEAST_LATENESS;
}

static void ask(struct sup_engine *e, struct sup_node *n) {
  n->marks |= MARK_PROBED;
  n->own->probed = e->now;
  n->actions |= ACTION_PROBE;
  sup__schedule(e, n);
  sup__arm(e, n, sup__add_saturating(e->now, patience(n)));
}

/* Told once; then the answer is waited for. */
static void answer_is_late(struct sup_engine *e, struct sup_node *n) {
  sup__emit(e, SUP_EVENT_LOOP_LATE, n, 0, e->now - n->own->probed, 0, 0);
}

static void condemn(struct sup_engine *e, struct sup_node *n) {
  sup_token error = sup__token_code(SUP_EHEARTBEAT);
  uint64_t beat = period_of(n) == 0 ? e->now : n->own->beat;

  /* The next sign may have been promised for later. */
  n->cause = sup__emit(e, SUP_EVENT_SILENT, n, n->cause,
                       beat < e->now ? e->now - beat : 0, 0, error);
  sup__node_condemn(e, n, error);
}

void sup__heartbeat_expired(struct sup_engine *e, struct sup_node *n) {
  uint64_t due;

  if (n->marks & MARK_PROBED) {
    answer_is_late(e, n);
    return;
  }
  /* Nobody is silent who waits for a thread to run on. */
  if (sup__reports_begin(n) && !(n->flags & NODE_BEGUN))
    n->own->beat = e->now;
  due = sup__add_saturating(n->own->beat, period_of(n));
  if (due > e->now) {
    sup__arm(e, n, due);
  } else if (host_is_late(e, n)) {
    sup__arm(e, n, sup__add_saturating(e->now, e->late));
    sup__engine_loop_late(e, e->late);
  } else if (n->spec->policy->probe != NULL) {
    ask(e, n);
  } else {
    condemn(e, n);
  }
}

int sup__engine_probed(struct sup_engine *e, struct sup_ref ref) {
  struct sup_node *n;
  int r = sup__find_running(e, ref, &n);
  uint64_t due;
  sup_duration late;

  if (r != 0)
    return r;
  if (!(n->marks & MARK_PROBED)) {
    e->counters.late_reports++;
    return SUP_EALREADY;
  }
  n->marks &= (uint16_t)~MARK_PROBED;
  due = sup__add_saturating(n->own->beat, period_of(n));
  late = e->now - n->own->probed;
  if (due > e->now)
    sup__arm(e, n, due);
  else if (late >= patience(n))
    sup__arm(e, n, sup__add_saturating(e->now, late));
  else
    condemn(e, n);
  sup__advance(e, SUP_SLICE);
  return 0;
}

int sup__engine_silent(struct sup_engine *e, struct sup_ref ref) {
  struct sup_node *n;
  int r = sup__find_running(e, ref, &n);

  if (r != 0)
    return r;
  if (n->state_now == SUP_STATE_STARTING)
    return sup__engine_start_failed(e, ref, sup__token_code(SUP_EHEARTBEAT));
  if (n->state_now != SUP_STATE_RUNNING)
    return SUP_EALREADY; /* it is on its way down, or given up */
  condemn(e, n);
  sup__advance(e, SUP_SLICE);
  return 0;
}

/* One event for each time that it was held up: what was late by then and is
 * found so later is part of it. */
void sup__engine_loop_late(struct sup_engine *e, sup_duration late) {
  uint64_t due = late < e->now ? e->now - late : 0;
  bool told = due < e->late_until;

  if (!e->launched || e->ended)
    return;
  e->late_until = e->now;
  if (told)
    return;
  e->counters.late_loops++;
  sup__emit(e, SUP_EVENT_LOOP_LATE, sup__node(e, e->root), 0, late, 0, 0);
}
