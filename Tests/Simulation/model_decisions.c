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

/* Failures, the records of them, and what a supervisor has to decide. */

#include "model.h"

#include <limits.h>
#include <string.h>

/* Those of a round that is not over for it. */
static bool awaits_round(struct sim *s, const struct sim_node *c) {
  const struct sim_node *p = parent_of(s, c);
  uint64_t event = c->fate == 0 ? p->round_event : fate_of(s, c)->event;
  return event != 0 && c->started_event < event;
}

/* In a group, who comes up side by side, or at a place of its own, leaves open
 * which round it is of. */
static bool is_certain_in_fate(struct sim *s, const struct sim_node *c) {
  const struct sim_node *p = parent_of(s, c);
  return c->fate == 0 ||
         (!(c->is_dynamic && !is_seen(c)) && !p->was_stuck && !p->is_blurred &&
          p->start_limit == 1 && !p->has_after[p->uses_made]);
}

bool sim_is_certain(struct sim *s, const struct sim_node *n) {
  if (!n->open || !is_at_work(n) || n->halting || (n->runs && n->asked) ||
      s->stopping || n->touched)
    return false;
  if (n->was_stuck && n->strategy != SUP_ONE_FOR_ONE)
    return false; /* who was stuck starts in the middle of a round */
  if (n->start_limit > 1 && n->strategy != SUP_ONE_FOR_ONE)
    return false; /* some come up in a round although the next has begun */
  for (int id = n->id; NODE(s, id)->parent != SIM_NONE;
       id = NODE(s, id)->parent) {
    struct sim_node *c = NODE(s, id), *p = parent_of(s, c);
    if (p->halting || p->touched || !is_certain_in_fate(s, c))
      return false;
    if (p->start_limit > 1 && p->strategy != SUP_ONE_FOR_ONE &&
        p->round_event != 0)
      return false;
    if (!p->started &&
        (p->start_timeout != SUP_INFINITE || p->has_after[p->uses_made]))
      return false;
    if (awaits_round(s, c))
      return false;
  }
  return true;
}

bool sim_is_certain_of(struct sim *s, const struct sim_node *c) {
  return sim_is_certain(s, parent_of(s, c)) && is_certain_in_fate(s, c);
}

/* ---- T1: the naive record ------------------------------------------------ */

static void count_failure(struct sim *s, struct sim_record *r, bool maybe) {
  if (r->count == SIM_ENTRIES) {
    memmove(r->entries, r->entries + 1,
            sizeof(r->entries[0]) * (SIM_ENTRIES - 1));
    memmove(r->maybe, r->maybe + 1, sizeof(r->maybe[0]) * (SIM_ENTRIES - 1));
    r->count--;
  }
  r->entries[r->count] = s->now;
  r->maybe[r->count++] = maybe;
}

static uint64_t counted(struct sim *s, const struct sim_record *r,
                        sup_duration window, bool maybes) {
  uint64_t count = 0;
  for (int i = 0; i < r->count; i++)
    if ((window == 0 || s->now - r->entries[i] <= window) &&
        (maybes || !r->maybe[i]))
      count++;
  return count;
}

uint64_t sim_count_own(struct sim *s, struct sim_node *n, uint64_t at) {
  uint64_t now = s->now, count;
  s->now = at;
  count_failure(s, &n->own, false);
  count = counted(s, &n->own, n->own_window, true);
  s->now = now;
  return count;
}

/* The record that a child's failure belongs to, and what it may hold (T4). */
static struct sim_record *record_of(struct sim *s, struct sim_node *c,
                                    uint64_t *max, sup_duration *window) {
  struct sim_node *p = parent_of(s, c);
  *max = c->has_own ? c->own_max : p->max;
  *window = c->has_own ? c->own_window : p->window;
  return c->has_own ? &c->own : &p->record;
}

static uint64_t failures_of(struct sim *s, struct sim_node *c, bool maybes,
                            uint64_t *max) {
  sup_duration window;
  struct sim_record *r = record_of(s, c, max, &window);
  return counted(s, r, window, maybes);
}

/* ---- Rounds -------------------------------------------------------------- */

/* G5: an incarnation from before the round that takes it down */
static bool is_absorbed(struct sim *s, struct sim_node *p, struct sim_node *c) {
  return p->strategy != SUP_ONE_FOR_ONE && p->round_event != 0 &&
         c->started_event < p->round_event && turn(s, c) >= p->round_first;
}

/* G2: a failure that the round of its group comes upon is not counted, but
 * its delay is. */
static bool joins_round(struct sim *s, const struct sim_node *c) {
  const struct sim_node *p = parent_of(s, c);
  return is_from_before(s, c) && !p->touched && !p->is_blurred;
}

static void begin_fate_round(struct sim *s, struct sim_node *c,
                             uint64_t event) {
  fate_of(s, c)->event = event;
  fate_of(s, c)->at = s->now;
  s->stats[has_barrier(s, c) ? SIM_STAT_FATE_ROUNDS : SIM_STAT_FATE_SWEEPS]++;
}

void sim_begin_round(struct sim *s, struct sim_node *p, struct sim_node *c,
                     uint64_t event) {
  int first = p->strategy == SUP_ONE_FOR_ALL ? INT_MIN : turn(s, c);
  bool merges = p->round_event != 0 && p->last_begin_event <= p->round_event;
  if (c->fate != 0 && !s->decision.joins)
    begin_fate_round(s, c, event);
  if (p->strategy == SUP_ONE_FOR_ONE || s->decision.absorbed)
    return;
  s->stats[merges ? SIM_STAT_MERGES : SIM_STAT_ROUNDS]++;
  p->round_first = merges && p->round_first < first ? p->round_first : first;
  p->round_event = event;
}

const sup_backoff *sim_backoff(struct sim *s, const struct sim_node *c) {
  static const sup_backoff standard = SUP_BACKOFF_STANDARD;
  if (!c->is_supervisor || c->runs || c->parent == SIM_NONE)
    return &c->backoff;
  return parent_of(s, c)->runs ? &standard : &parent_of(s, c)->backoff;
}

/* ---- Decisions ----------------------------------------------------------- */

bool sim_is_restarted(const struct sim_node *c, bool failed,
                      bool start_failed) {
  if (failed && (c->hopeless || c->forced))
    return c->forced;
  if (start_failed)
    return true;
  if (c->restart == SUP_TEMPORARY || (!failed && c->said_done))
    return false;
  return failed || c->restart == SUP_PERMANENT || c->said_again;
}

static void count_kinds(struct sim *s, const struct sim_node *c, bool failed,
                        bool again) {
  s->stats[SIM_STAT_DONE] += !failed && c->said_done && !again;
  s->stats[SIM_STAT_AGAIN] +=
      !failed && c->said_again && again && c->restart != SUP_PERMANENT;
  s->stats[SIM_STAT_HOPELESS] += failed && c->hopeless && !again;
  s->stats[SIM_STAT_FORCED_AGAIN] +=
      failed && c->forced && c->restart == SUP_TEMPORARY;
}

bool sim_is_dropped(const struct sim_node *c, bool failed, bool of_owner) {
  if (!c->over)
    return false;
  return c->restart == SUP_TEMPORARY || (of_owner && c->first) ||
         (c->is_dynamic && !failed && c->restart == SUP_TRANSIENT);
}

void sim_needs_auto_shutdown(struct sim *s, struct sim_node *c,
                             struct sim_decision *d, bool goes_on) {
  struct sim_node *p = parent_of(s, c);
  bool others = false;
  d->lasted = c->lasts && !goes_on;
  d->ends = false;
  d->ends_open = p->lasts_open;
  if (!d->lasted)
    return;
  c->lasts = false;
  for (int i = 0; i < p->child_count; i++) {
    struct sim_node *o = NODE(s, p->children[i]);
    bool is_gone = o->is_dying && o->over && !sim_has_more(s, o);
    others = others || (o->lasts && sim_is_present(s, o) && !is_gone);
    if (o->lasts ? sim_may_be_withdrawn(s, o)
                 : o->significant && (o->first || o->trial || o->again ||
                                      (o->owned && !o->begun_in_session)))
      d->ends_open = true;
  }
  d->ends = p->auto_shutdown == SUP_AUTO_SHUTDOWN_ANY ||
            (p->auto_shutdown == SUP_AUTO_SHUTDOWN_ALL && !others);
  s->stats[SIM_STAT_LAST_STANDING] += !d->ends;
}

void sim_needs_decision(struct sim *s, struct sim_node *c,
                        const struct sup_record *record) {
  struct sim_node *p = parent_of(s, c);
  bool failed = record->kind != SUP_EVENT_COMPLETED;
  bool start_failed = record->kind == SUP_EVENT_START_FAILED;
  bool of_owner = start_failed && (c->first || c->trial);
  bool absorbed = !start_failed && !p->touched && is_absorbed(s, p, c);
  bool again = sim_is_restarted(c, failed, start_failed);
  struct sim_decision *d = &s->decision;
  uint64_t max;
  sup_duration window;
  c->again = c->again && !start_failed; /* so it was started */
  /* Its start has failed before anybody could perform it. */
  p->is_blurred = p->is_blurred ||
                  (c->fate != 0 && (c->begun_event <= c->closed_event ||
                                    (start_failed && !c->had_begun))) ||
                  (c->fate != 0 && c->is_dynamic && !is_seen(c));
  d->event = record->number;
  d->drops = false;
  d->supervisor = p->id;
  d->child = c->id;
  d->certain = sim_is_certain_of(s, c);
  d->restarts = again && !of_owner && !c->owned && !c->again;
  d->absorbed = absorbed;
  d->joins = joins_round(s, c);
  d->counted = d->restarts && failed && !absorbed && !d->joins;
  s->stats[SIM_STAT_FATE_ABSORBED] += d->joins && again && failed;
  if (again && c->owned)
    c->lasts = false; /* H9: it has ended by request */
  again = again && !c->owned;
  count_kinds(s, c, failed, again);
  if (absorbed && d->certain)
    s->stats[SIM_STAT_ABSORBED]++;
  if (d->counted)
    count_failure(s, record_of(s, c, &max, &window), !d->certain);
  if (start_failed && d->certain && p->strategy != SUP_ONE_FOR_ONE)
    s->stats[SIM_STAT_ROUND_START_FAILURES]++;
  d->lasted = d->ends = false;
  if (!c->is_dying) /* else when it is gone */
    sim_needs_auto_shutdown(s, c, d, again || of_owner);
  c->over = (!again && !c->again) || of_owner || sim_halts(s, p) ||
            sim_is_going(s, p);
  if (!c->is_dying && sim_is_dropped(c, failed, of_owner) &&
      (!start_failed || of_owner ||
       (p->open && !p->halting &&
        (!again || sim_shown(s, p) != SUP_STATE_STOPPING))))
    c->goes = d->drops = true;
  c->lasts = c->lasts && (!c->goes || c->is_dying);
  c->completed = !failed;
}

/* T1, T4: a supervisor gives up */
static void check_exceeded(struct sim *s, const struct sup_record *record,
                           const struct sim_decision *d) {
  struct sim_node *n = sim_find(s, record->ref), *c;
  uint64_t max, count;
  if (sup__token_value(record->error) == SUP_ESTUCK)
    return;
  if (record->number != d->event + 1 || d->event == 0)
    sim_fail(s, "T1: %s gives up, and nothing has failed", n->name);
  if (d->supervisor != n->id)
    sim_fail(s, "T1: %s gives up for a failure in %s", n->name,
             NODE(s, d->supervisor)->name);
  c = NODE(s, d->child);
  c->is_aside = true;
  c->goes = false; /* it is shown as what has brought its supervisor down */
  count = failures_of(s, c, true, &max);
  if (c->has_own && c->quarantines)
    sim_fail(s, "T4: %s gives up for %s, which has a quarantine", n->name,
             c->name);
  if (count <= max)
    sim_fail(s, "T1: %s gives up after %llu failures of %llu of %s", n->name,
             (unsigned long long)count, (unsigned long long)max, c->name);
  s->stats[SIM_STAT_OWN_EXCEEDED] += c->has_own;
}

/* T4: a child is put aside */
static void check_quarantine(struct sim *s, const struct sup_record *record,
                             const struct sim_decision *d) {
  struct sim_node *c = sim_find(s, record->ref);
  uint64_t max, count = failures_of(s, c, true, &max);
  c->is_aside = true;
  c->goes = c->goes && !d->drops; /* it is shown */
  if (record->number != d->event + 1 || d->child != c->id || d->event == 0)
    sim_fail(s, "T4: %s is quarantined and has not failed", c->name);
  if (!c->has_own || !c->quarantines || count <= max)
    sim_fail(s, "T4: %s is quarantined after %llu failures", c->name,
             (unsigned long long)count);
}

/* H9: a supervisor ends with its children */
void sim_check_auto_shutdown(struct sim *s, struct sim_node *n,
                             const struct sim_decision *d) {
  if (d->event == 0 || d->supervisor != n->id || !d->lasted)
    sim_fail(s, "H9: %s ends by itself, and no child of it has", n->name);
  if (!d->ends && !d->ends_open)
    sim_fail(s, "H9: %s ends by itself, and significant ones last", n->name);
  s->stats[n->auto_shutdown == SUP_AUTO_SHUTDOWN_ANY ? SIM_STAT_AUTO_ANY
                                                     : SIM_STAT_AUTO_ALL]++;
}

void sim_check_decision(struct sim *s, const struct sup_record *record) {
  struct sim_decision d = s->decision;
  bool next = d.event != 0 && record->number == d.event + 1;
  uint64_t max, count;
  bool schedules;
  s->decision.event = 0;
  s->decision.joins = d.joins && next;
  s->decision.absorbed = d.absorbed && d.certain && next;
  if (record->kind == SUP_EVENT_TOLERANCE_EXCEEDED) {
    check_exceeded(s, record, &d);
    return;
  }
  if (record->kind == SUP_EVENT_QUARANTINED) {
    check_quarantine(s, record, &d);
    return;
  }
  if (record->kind == SUP_EVENT_AUTO_SHUTDOWN) {
    struct sim_node *n = sim_find(s, record->ref);
    if (sim_ends_with_dead(s, n, record->cause))
      return;
    d.event = next && record->cause == d.event ? d.event : 0;
    sim_check_auto_shutdown(s, n, &d);
    return;
  }
  if (!next)
    return;
  if (d.certain && d.ends && !d.ends_open)
    sim_fail(s, "H9: %s goes on without its significant children",
             NODE(s, d.supervisor)->name);
  schedules = record->kind == SUP_EVENT_RESTART_SCHEDULED &&
              sim_find(s, record->ref)->id == d.child;
  if (schedules) { /* the stop came later */
    NODE(s, d.child)->over = false;
    NODE(s, d.child)->goes = NODE(s, d.child)->goes && !d.drops;
  }
  count = failures_of(s, NODE(s, d.child), false, &max);
  if (schedules && d.counted && count > max)
    sim_fail(s, "T1/T4: %s is restarted after %llu failures, %llu are allowed",
             NODE(s, d.child)->name, (unsigned long long)count,
             (unsigned long long)max);
  if (d.certain && d.restarts && !schedules)
    sim_fail(s, "X2: %s is not restarted", NODE(s, d.child)->name);
  if (d.certain && !d.restarts && schedules)
    sim_fail(s, "X2/G5: %s is restarted", NODE(s, d.child)->name);
}
