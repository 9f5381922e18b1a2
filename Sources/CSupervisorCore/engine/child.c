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
 * What a supervisor is told of its children, and what it makes of it.
 */

#include "internal.h"

/* ---- Ends --------------------------------------------------------------- */

uint64_t sup__up_time(const struct sup_engine *e, const struct sup_node *c) {
  uint64_t end = c->state_now == SUP_STATE_ENDED ? c->changed_at : e->now;

  /* What is below a body that has failed takes its time to go. */
  if (sup__has_body(c) && !(c->marks & MARK_DONE) &&
      !(sup__body(e, c)->flags & NODE_ALIVE))
    end = sup__body(e, c)->changed_at;
  return end - c->started_at;
}

uint64_t sup__child_emit_end(struct sup_engine *e, struct sup_node *c,
                             sup_outcome outcome) {
  bool failed = outcome == SUP_OUTCOME_FAILED;

  c->cause = sup__emit(e, failed ? SUP_EVENT_FAILED : SUP_EVENT_COMPLETED, c,
                       c->cause, sup__up_time(e, c), 0, failed ? c->error : 0);
  return c->cause;
}

static void drop(struct sup_engine *e, struct sup_node *c) {
  for (struct sup_node *n = c; n != NULL; n = sup__node_walk(e, n, c->index)) {
    if (n->flags & NODE_DROPPED)
      continue;
    n->flags |= NODE_DROPPED;
    sup__significant_forget(e, n);
    sup__not_wanted(e, n);
    sup__token_replace(e, &n->error, 0);
    sup__node_show(e, n, false);
  }
}

void sup__child_goes(struct sup_engine *e, struct sup_node *c) {
  c->marks |= MARK_DELETE;
  sup__significant_forget(e, c);
  if (c->flags & NODE_UNDEAD)
    sup__set_state(e, c, SUP_STATE_ABANDONED);
  else if (sup__has_orphans(c))
    return; /* they are found by it; it goes with the last of them */
  else if (c->marks & MARK_DYNAMIC)
    sup__node_remove(e, c);
  else
    drop(e, c);
}

void sup__last_of_it_gone(struct sup_engine *e, struct sup_node *n) {
  uint8_t phase = sup__parent(e, n)->super->phase;

  if ((n->flags & (NODE_ORPHAN | NODE_DROPPED)) || sup__has_orphans(n))
    return;
  if (((n->flags & NODE_MADE) || (n->marks & MARK_DYNAMIC)) &&
      (phase == PHASE_IDLE || phase == PHASE_SWEEP))
    sup__node_remove(e, n);
  else if (n->marks & MARK_DELETE)
    sup__child_goes(e, n);
}

/* D4: of one that was added nothing is kept when it will never run again. */
static bool goes(const struct sup_node *c, sup_outcome outcome) {
  return sup__is_temporary(c) ||
         ((c->marks & MARK_DYNAMIC) && outcome != SUP_OUTCOME_FAILED &&
          c->spec->policy->restart == SUP_TRANSIENT);
}

static void settle(struct sup_engine *e, struct sup_node *c,
                   sup_outcome outcome) {
  sup__set_state(e, c,
                 outcome == SUP_OUTCOME_FAILED ? SUP_STATE_FAILED
                                               : SUP_STATE_COMPLETED);
  if (c->flags & NODE_UNDEAD)
    sup__set_state(e, c, SUP_STATE_ABANDONED);
  if (outcome != SUP_OUTCOME_FAILED) {
    c->marks |= MARK_COMPLETED;
    sup__came_up(e, c);
  }
  if (goes(c, outcome))
    sup__child_goes(e, c);
}

void sup__child_settle(struct sup_engine *e, struct sup_node *c,
                       sup_outcome outcome) {
  bool ends_all;

  if (sup__is_dying(c)) {
    c->super->dying = DYING_FOR_GOOD;
    return;
  }
  /* H9: nothing that waited for it starts if this is the end of all. */
  ends_all = sup__significant_ended(e, c);
  sup__answer_over(e, c, outcome == SUP_OUTCOME_FAILED ? c->error : 0);
  if (ends_all)
    sup__significant_end(e, c);
  settle(e, c, outcome);
}

bool sup__child_is_restarted(const struct sup_node *c, sup_outcome outcome) {
  bool failed = outcome == SUP_OUTCOME_FAILED;

  if (failed && (c->flags & (NODE_HOPELESS | NODE_FORCED)))
    return (c->flags & NODE_FORCED) != 0; /* X6 */
  if (sup__is_temporary(c) || (!failed && (c->flags & NODE_DONE)))
    return false;
  return failed || c->spec->policy->restart == SUP_PERMANENT ||
         (c->flags & NODE_AGAIN);
}

/* T4: down for good, in sight. */
static void quarantine(struct sup_engine *e, struct sup_node *c,
                       sup_token error) {
  sup__emit(e, SUP_EVENT_QUARANTINED, c, c->cause, 0, 0, error);
  sup__token_replace(e, &c->error, error);
  sup__answer_over(e, c, error);
  sup__child_left_as(e, c, SUP_STATE_QUARANTINED);
  sup__dirty(e, sup__parent(e, c));
}

/* Count a failure in the record that it belongs to. True if that is the end of
 * the matter. */
static bool is_too_much(struct sup_engine *e, struct sup_node *s,
                        struct sup_node *c) {
  const struct sup_policy *policy = c->spec->policy;
  const struct sup_supervisor_spec *spec = sup__part(s->spec);
  struct sup_record_of_failures *record = s->super->record;
  uint64_t max = spec->tolerance_max;
  sup_duration window = spec->tolerance_window;
  sup_token failure;

  if (policy->has_tolerance) {
    record = sup__own_record(c);
    max = policy->tolerance_max;
    window = policy->tolerance_window;
  }
  if (!sup__tolerance_exceeded(e, record, max, window, c))
    return false;
  failure = sup__compose_exceeded(e, c, record, max, window);
  if (policy->has_tolerance && policy->when_exceeded == SUP_EXCEEDED_QUARANTINE)
    quarantine(e, c, failure);
  else
    sup__supervisor_fail(e, s, c, failure);
  return true;
}

void sup__child_start_at(struct sup_engine *e, struct sup_node *c,
                         uint64_t time) {
  if (sup__is_dying(c)) {
    c->super->dying = DYING_RESTARTS;
    c->super->restart_at = time;
    return;
  }
  if (time <= e->now) {
    sup__node_start_or_wait(e, c);
    return;
  }
  sup__set_state(e, c, SUP_STATE_WAITING);
  sup__arm(e, c, time);
}

void sup__child_awaits_round(struct sup_engine *e, struct sup_node *c) {
  if (sup__is_dying(c)) {
    c->super->dying = DYING_IN_ROUND;
    return;
  }
  c->flags |= NODE_RESTART;
  sup__set_state(
      e, c, (c->flags & NODE_UNDEAD) ? SUP_STATE_ABANDONED : SUP_STATE_WAITING);
}

void sup__child_left_as(struct sup_engine *e, struct sup_node *c,
                        sup_state state) {
  if (sup__is_dying(c)) {
    c->super->dying = DYING_ASIDE;
    c->super->left_as = (uint8_t)state;
    return;
  }
  sup__set_state(e, c, (c->flags & NODE_UNDEAD) ? SUP_STATE_ABANDONED : state);
}

static void restart(struct sup_engine *e, struct sup_node *s,
                    struct sup_node *c, bool counted) {
  sup_duration delay;

  if (counted && is_too_much(e, s, c))
    return;
  delay = sup__backoff_next(e, c);
  sup__emit(e, SUP_EVENT_RESTART_SCHEDULED, c, c->cause, 0, (int64_t)delay, 0);
  if (sup__part(s->spec)->strategy != SUP_ONE_FOR_ONE) {
    sup__round_begin(e, s, c, delay);
  } else if (!sup__group_begin(e, s, c, delay)) {
    sup__child_start_at(e, c, sup__add_saturating(e->now, delay));
  }
}

void sup__child_deal(struct sup_engine *e, struct sup_node *c) {
  sup_outcome outcome = (sup_outcome)c->outcome;
  struct sup_node *s = sup__parent(e, c);

  sup__child_emit_end(e, c, outcome);
  if (!sup__child_is_restarted(c, outcome)) {
    sup__child_settle(e, c, outcome);
  } else if (!sup__starts_are_off(e, c)) {
    restart(e, s, c, outcome == SUP_OUTCOME_FAILED);
  } else {
    /* H6: a stop is on its way to this branch. */
    if (outcome == SUP_OUTCOME_FAILED)
      sup__note_stop_failure(e, s, SUP_EFAILED, c, c->error);
    sup__child_settle(e, c, outcome);
  }
}

void sup__child_awaits_turn(struct sup_engine *e, struct sup_node *c) {
  if (!sup__is_dying(c))
    sup__set_state(e, c, SUP_STATE_ENDED);
}

static void defer(struct sup_engine *e, struct sup_node *s,
                  struct sup_node *c) {
  sup__child_awaits_turn(e, c);
  if (!(c->flags & NODE_DEFERRED)) {
    c->flags |= NODE_DEFERRED;
    c->deferred_next = SUP_NONE;
    if (s->super->deferred_last == SUP_NONE)
      s->super->deferred_first = c->index;
    else
      sup__node(e, s->super->deferred_last)->deferred_next = c->index;
    s->super->deferred_last = c->index;
  }
  if (c->outcome == SUP_OUTCOME_COMPLETED)
    sup__came_up(e, c);
}

/* It went by itself before the stop of all came to it: told when that does,
 * so that the order of stops is that of their events (CAP-098). */
static void end_in_turn(struct sup_engine *e, struct sup_node *s,
                        struct sup_node *c) {
  sup__child_awaits_turn(e, c);
  sup__dirty(e, s);
}

void sup__child_ended(struct sup_engine *e, struct sup_node *c,
                      sup_outcome outcome, sup_token error) {
  struct sup_node *s = sup__parent(e, c);

  if (c->flags & NODE_BODY) {
    sup__body_ended(e, c, outcome, error);
    return;
  }
  c->outcome = (uint8_t)outcome;
  if (outcome == SUP_OUTCOME_FAILED)
    sup__token_replace(e, &c->error, error);
  switch (s->super->phase) {
  case PHASE_START:
  case PHASE_ROUND_START:
    defer(e, s, c);
    break;
  case PHASE_ROUND_STOP:
    if (sup__round_has(s, e, c))
      end_in_turn(e, s, c);
    else
      sup__child_deal(e, c);
    break;
  case PHASE_RUN:
    if (!sup__group_takes_end(e, s, c))
      sup__child_deal(e, c);
    break;
  default:
    end_in_turn(e, s, c);
  }
}

/* ---- Starts ------------------------------------------------------------- */

/* X4: a restart that failed is tried again, unless that is hopeless. */
static void start_again(struct sup_engine *e, struct sup_node *s,
                        struct sup_node *c) {
  if (sup__starts_are_off(e, c)) {
    sup__note_stop_failure(e, s, SUP_ESTART, c, c->error);
    sup__child_settle(e, c, SUP_OUTCOME_FAILED);
  } else if (c->flags & NODE_HOPELESS) {
    sup__child_settle(e, c, SUP_OUTCOME_FAILED);
    sup__dirty(e, s);
  } else {
    restart(e, s, c, true);
  }
}

/* A child that a start phase waited for is up, or will not be. */
static void landed(struct sup_engine *e, struct sup_node *s,
                   struct sup_node *c) {
  sup__group_landed(e, s, c);
  if (!(c->flags & NODE_IN_FLIGHT))
    return;
  if (s->super->phase == PHASE_START)
    sup__order_by_acknowledgement(e, s, c);
  c->flags &= ~NODE_IN_FLIGHT;
  s->super->in_flight--;
  sup__dirty(e, s);
}

void sup__child_started(struct sup_engine *e, struct sup_node *c) {
  struct sup_node *s = sup__parent(e, c);

  if (c->flags & NODE_BODY) {
    sup__body_started(e, c);
    return;
  }
  landed(e, s, c);
  c->marks &= (uint16_t) ~(MARK_FIRST | MARK_TRIAL);
  sup__answer_up(e, c);
  sup__came_up(e, c);
}

/* The start that somebody asked for is that caller's failure alone (D1). */
static void failed_for_its_owner(struct sup_engine *e, struct sup_node *s,
                                 struct sup_node *c) {
  bool first = (c->marks & MARK_FIRST) != 0;

  sup__answer_over(e, c, c->error);
  c->marks &= (uint16_t) ~(MARK_FIRST | MARK_TRIAL);
  if (first || sup__is_temporary(c))
    sup__child_goes(e, c);
  sup__dirty(e, s);
}

void sup__child_start_failed(struct sup_engine *e, struct sup_node *c,
                             sup_token error) {
  struct sup_node *s = sup__parent(e, c);
  uint64_t took = e->now - c->changed_at;

  if (c->flags & NODE_BODY) {
    sup__body_start_failed(e, c, error);
    return;
  }
  landed(e, s, c);
  if (error != c->error)
    sup__token_replace(e, &c->error, error);
  else
    sup__token_discard(e, error);
  c->cause =
      sup__emit(e, SUP_EVENT_START_FAILED, c, c->cause, took, 0, c->error);
  sup__set_state(
      e, c, (c->flags & NODE_UNDEAD) ? SUP_STATE_ABANDONED : SUP_STATE_FAILED);
  sup__answer_start_failed(e, c, c->error);
  if (c->marks & (MARK_FIRST | MARK_TRIAL)) {
    failed_for_its_owner(e, s, c);
    return;
  }
  switch (s->super->phase) {
  case PHASE_START:
    s->super->cause = c->cause;
    sup__supervisor_halt(e, s, HALT_START,
                         sup__compose(e, SUP_ESTART, c, c->error));
    break;
  case PHASE_ROUND_STOP:
    if (!sup__round_takes_start_failure(e, s, c))
      start_again(e, s, c);
    break;
  case PHASE_RUN:
  case PHASE_ROUND_START:
    if (!sup__group_takes_start_failure(e, s, c))
      start_again(e, s, c);
    break;
  default:
    sup__note_stop_failure(e, s, SUP_ESTART, c, c->error);
    sup__dirty(e, s);
  }
}

void sup__child_declined(struct sup_engine *e, struct sup_node *c) {
  struct sup_node *s = sup__parent(e, c);

  if (c->flags & NODE_BODY) {
    sup__body_declined(e, c);
    return;
  }
  landed(e, s, c);
  sup__emit(e, SUP_EVENT_DECLINED, c, c->cause, e->now - c->changed_at, 0, 0);
  c->marks &= (uint16_t) ~(MARK_FIRST | MARK_TRIAL);
  sup__answer_up(e, c);
  sup__answer_over(e, c, 0);
  sup__set_state(e, c,
                 (c->flags & NODE_UNDEAD) ? SUP_STATE_ABANDONED
                                          : SUP_STATE_DECLINED);
  sup__significant_forget(e, c);
  if (sup__is_temporary(c))
    sup__child_goes(e, c);
  sup__dirty(e, s);
}

/* ---- Stops -------------------------------------------------------------- */

void sup__child_stopped(struct sup_engine *e, struct sup_node *c,
                        sup_token failure) {
  struct sup_node *s = sup__parent(e, c);
  bool was_in_flight = (c->flags & NODE_IN_FLIGHT) != 0;

  landed(e, s, c);
  if (c->marks & MARK_OWNER)
    sup__owned_stopped(e, s, c, was_in_flight, failure);
  else if (s->super->phase == PHASE_ROUND_STOP)
    sup__round_member_stopped(e, c);
  else if (s->super->phase == PHASE_RUN)
    sup__group_member_stopped(e, s, c);
  else
    sup__answer_ended(e, c, failure);
  sup__dirty(e, s);
}
