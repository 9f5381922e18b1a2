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
 * A supervisor: its phases, and what it decides about its children. See
 * internal.h for how decisions travel without recursion.
 */

#include "internal.h"

/* ---- Order -------------------------------------------------------------- */

static bool reversed(const struct sup_node *s) {
  return sup__part(s->spec)->order == SUP_RIGHT_TO_LEFT;
}

/* Skip those that do not take part: when a resource step made the children the
 * static ones rest, and the other way round. Those that were added always do.
 */
static uint32_t settle_on(struct sup_engine *e, struct sup_node *s, uint32_t c,
                          bool forward) {
  while (c != SUP_NONE) {
    struct sup_node *n = sup__node(e, c);

    if ((n->marks & MARK_DYNAMIC) ||
        ((n->flags & NODE_MADE) != 0) == s->super->uses_made)
      return c;
    c = forward ? n->next : n->previous;
  }
  return SUP_NONE;
}

uint32_t sup__start_first(struct sup_engine *e, struct sup_node *s) {
  return reversed(s) ? settle_on(e, s, s->super->last, false)
                     : settle_on(e, s, s->super->first, true);
}

uint32_t sup__start_last(struct sup_engine *e, struct sup_node *s) {
  return reversed(s) ? settle_on(e, s, s->super->first, true)
                     : settle_on(e, s, s->super->last, false);
}

uint32_t sup__start_next(struct sup_engine *e, struct sup_node *s, uint32_t c) {
  struct sup_node *n = sup__node(e, c);

  return reversed(s) ? settle_on(e, s, n->previous, false)
                     : settle_on(e, s, n->next, true);
}

uint32_t sup__start_previous(struct sup_engine *e, struct sup_node *s,
                             uint32_t c) {
  struct sup_node *n = sup__node(e, c);

  return reversed(s) ? settle_on(e, s, n->next, true)
                     : settle_on(e, s, n->previous, false);
}

bool sup__starts_before(const struct sup_node *s, const struct sup_node *a,
                        const struct sup_node *b) {
  return reversed(s) ? a->position > b->position : a->position < b->position;
}

/* ---- Advancing ---------------------------------------------------------- */

void sup__dirty(struct sup_engine *e, struct sup_node *s) {
  if (s->flags & NODE_DIRTY)
    return;
  s->flags |= NODE_DIRTY;
  s->super->dirty_next = SUP_NONE;
  if (e->dirty_last == SUP_NONE)
    e->dirty_first = s->index;
  else
    sup__node(e, e->dirty_last)->super->dirty_next = s->index;
  e->dirty_last = s->index;
}

static void all_started(struct sup_engine *e, struct sup_node *s) {
  s->super->phase = PHASE_RUN;
  s->super->start_until = SUP_INFINITE;
  sup__supervisor_rearm(e, s);
  sup__node_acknowledge(e, s);
  sup__dirty(e, s);
}

/* The child whose turn it is, or NULL: first those that were held. */
static struct sup_node *next_to_start(struct sup_engine *e,
                                      struct sup_node *s) {
  struct sup_node *c = sup__first_in_line(e, &s->super->ready);

  if (c != NULL || s->super->cursor == SUP_NONE)
    return c;
  c = sup__node(e, s->super->cursor);
  s->super->cursor = sup__start_next(e, s, s->super->cursor);
  return c;
}

uint32_t sup__start_limit(const struct sup_node *s) {
  uint32_t limit = sup__part(s->spec)->start_limit;

  return limit == 0 ? 1 : limit;
}

void sup__phase_start(struct sup_engine *e, struct sup_node *s,
                      struct sup_node *c) {
  if (sup__hold_back(e, c))
    return;
  c->flags |= NODE_IN_FLIGHT;
  s->super->in_flight++;
  sup__node_start(e, c);
}

/* Whether the start phase has nothing to do with a child: it was started when
 * it was added, or is not wanted any more. */
static bool is_left_out(struct sup_engine *e, struct sup_node *s,
                        struct sup_node *c) {
  if (c->marks & MARK_DYNAMIC)
    return true;
  if (!(c->marks & MARK_SKIP))
    return false;
  c->marks &= (uint16_t)~MARK_SKIP;
  c->marks |= MARK_REACHED;
  sup__order_by_acknowledgement(e, s, c);
  return true;
}

/* All are up but some that wait for a sibling that will not come up. */
static void start_in_vain(struct sup_engine *e, struct sup_node *s) {
  uint32_t c = sup__start_first(e, s);

  while (!(sup__node(e, c)->flags & NODE_HELD))
    c = sup__start_next(e, s, c);
  sup__supervisor_halt(e, s, HALT_START,
                       sup__compose(e, SUP_ESTART, sup__node(e, c),
                                    sup__token_code(SUP_EDEPENDENCY)));
}

static void advance_start(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;

  if (sup__starts_are_off(e, s))
    return; /* its own stop is coming */
  if (!sup__start_joiners(e, s))
    return;
  for (unsigned i = 0; i < SUP_SLICE; i++) {
    struct sup_node *c;

    if (super->in_flight >= sup__start_limit(s))
      return;
    c = next_to_start(e, s);
    if (c == NULL) {
      if (super->in_flight > 0)
        return;
      if (super->held > 0)
        start_in_vain(e, s);
      else
        all_started(e, s);
      return;
    }
    if (is_left_out(e, s, c))
      continue;
    if (!sup__node_is_free(e, c)) {
      /* It was up, was given up, and is asked for again (I2). */
      sup__node_start_or_wait(e, c);
      continue;
    }
    sup__node_revive(e, c);
    c->cause = s->cause;
    sup__phase_start(e, s, c);
  }
  sup__dirty(e, s);
}

/* Ends that came while it was starting (S8, G5), in their order. */
static void advance_deferred(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;

  for (unsigned i = 0; i < SUP_SLICE; i++) {
    struct sup_node *c;

    if (super->phase != PHASE_RUN || super->deferred_first == SUP_NONE)
      return;
    c = sup__node(e, super->deferred_first);
    super->deferred_first = c->deferred_next;
    if (super->deferred_first == SUP_NONE)
      super->deferred_last = SUP_NONE;
    c->flags &= ~NODE_DEFERRED;
    if (c->flags & NODE_FREE)
      sup__give_back(e, c);
    else if (sup__awaits_turn(c) && !sup__group_takes_end(e, s, c))
      sup__child_deal(e, c);
  }
  sup__dirty(e, s);
}

/* A child had ended before the halt came upon it. */
static void end_by_itself(struct sup_engine *e, struct sup_node *s,
                          struct sup_node *c) {
  sup_outcome outcome = (sup_outcome)c->outcome;

  if (outcome == SUP_OUTCOME_FAILED)
    sup__note_stop_failure(e, s, SUP_EFAILED, c, c->error);
  sup__child_emit_end(e, c, outcome);
  sup__child_settle(e, c, outcome);
}

/* One child that a halt comes upon. True if the halt has to wait for it. */
static bool halt_child(struct sup_engine *e, struct sup_node *s,
                       struct sup_node *c) {
  sup_haste haste = (sup_haste)s->super->haste;

  c->flags &= ~NODE_RESTART;
  c->marks &= (uint16_t) ~(MARK_REACHED | MARK_SKIP);
  sup__let_go(e, c);
  sup__leave_line(e, c);
  sup__group_halt(e, s, c);
  if (c->flags & NODE_ALIVE) {
    if (sup__awaits_turn(c))
      end_by_itself(e, s, c);
    if (haste == HASTE_FORCE && !sup__is_supervisor(c))
      sup__node_force(e, c);
    else if (!(c->flags & NODE_ASKED))
      sup__node_stop(e, c);
    if ((c->flags & NODE_ALIVE) && sup__is_supervisor(c))
      sup__supervisor_hasten(e, c, haste);
    return (c->flags & NODE_ALIVE) && haste == HASTE_ORDER &&
           !s->super->side_by_side && !sup__part(s->spec)->concurrent_stop;
  }
  sup__answer_ended(e, c, 0);
  switch (c->state_now) {
  case SUP_STATE_WAITING:
  case SUP_STATE_STUCK:
    sup__cancel_wait(e, c, s->super->cause);
    break;
  case SUP_STATE_ENDED:
    end_by_itself(e, s, c);
    break;
  default:
    sup__not_wanted(e, c);
  }
  return false;
}

static void advance_halt(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;

  for (unsigned i = 0; super->cursor != SUP_NONE; i++) {
    uint32_t at = super->cursor;

    if (i == SUP_SLICE) {
      sup__dirty(e, s);
      return;
    }
    if (halt_child(e, s, sup__node(e, at)))
      return;
    if (super->cursor == at) /* else it has been removed */
      super->cursor = sup__start_previous(e, s, at);
  }
  if (super->alive > 0 || super->resource == RESOURCE_BUILDING)
    return;
  if (super->resource == RESOURCE_BUILT)
    sup__resource_cleanup(e, s);
  else
    sup__supervisor_ended(e, s);
}

static void advance_sweep(struct sup_engine *e, struct sup_node *s);

static void advance_one(struct sup_engine *e, struct sup_node *s) {
  switch (s->super->phase) {
  case PHASE_START:
    advance_start(e, s);
    break;
  case PHASE_RUN:
    advance_deferred(e, s);
    sup__groups_advance(e, s);
    break;
  case PHASE_ROUND_STOP:
    sup__round_advance_stop(e, s);
    break;
  case PHASE_ROUND_START:
    sup__round_advance_start(e, s);
    break;
  case PHASE_HALT:
    advance_halt(e, s);
    break;
  case PHASE_SWEEP:
    advance_sweep(e, s);
    break;
  default:
    break;
  }
}

unsigned sup__advance_slices(struct sup_engine *e, unsigned slices) {
  unsigned done = 0;

  while (done < slices && sup__has_slices(e)) {
    struct sup_node *s;

    if (e->dirty_first == SUP_NONE) {
      sup__clear_graves(e);
      done++;
      continue;
    }
    s = sup__node(e, e->dirty_first);
    e->dirty_first = s->super->dirty_next;
    if (e->dirty_first == SUP_NONE)
      e->dirty_last = SUP_NONE;
    s->flags &= ~NODE_DIRTY;
    if (!(s->flags & NODE_FREE))
      advance_one(e, s);
    sup__node_let_go(e, s);
    done++;
  }
  return done;
}

/* ---- Start, stop, times ------------------------------------------------- */

void sup__supervisor_start(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;
  sup_duration timeout = s->spec->policy->start_timeout;

  super->halt = HALT_NONE;
  super->haste = HASTE_ORDER;
  super->uses_made = false;
  super->cause = s->cause;
  super->round_until = super->resource_until = SUP_INFINITE;
  super->reserve_at = super->budget_until = SUP_INFINITE;
  super->start_until = sup__add_saturating(e->now, timeout);
  sup__record_clear(e, super->record);
  super->in_flight = super->acknowledged = 0;
  super->cursor = super->last_up = SUP_NONE;
  super->side_by_side = false;
  if (!sup__has_body(s))
    sup__emit(e, SUP_EVENT_STARTING, s, s->cause, 0, 0, 0);
  if (sup__has_body(s)) {
    sup__body_start(e, s);
  } else if (sup__part(s->spec)->resource != NULL) {
    super->phase = PHASE_BUILD;
    sup__resource_build(e, s);
  } else {
    super->phase = PHASE_START;
    super->cursor = sup__start_first(e, s);
    sup__dirty(e, s);
  }
  sup__supervisor_rearm(e, s);
}

void sup__supervisor_halt(struct sup_engine *e, struct sup_node *s,
                          sup_halt reason, sup_token failure) {
  struct sup_supervisor *super = s->super;

  if (sup__is_going(s)) {
    sup__token_discard(e, failure);
    return;
  }
  super->halt = reason;
  e->halting++;
  sup__token_replace(e, &super->failure, failure);
  if (super->phase == PHASE_BUILD)
    sup__resource_cancel(e, s);
  super->phase = PHASE_HALT;
  super->cursor = sup__start_last(e, s);
  super->round_until = super->start_until = SUP_INFINITE;
  sup__set_state(e, s, SUP_STATE_STOPPING);
  sup__supervisor_rearm(e, s);
  sup__dirty(e, s);
}

void sup__supervisor_stop(struct sup_engine *e, struct sup_node *s) {
  sup_duration limit = s->spec->policy->shutdown_timeout;
  uint64_t number = s->cause;

  /* A body with nothing below it says so itself; one that has ended has. */
  if (!sup__has_body(s) || (s->super->visible > 0 && !sup__is_dying(s)))
    number =
        sup__emit(e, SUP_EVENT_STOPPING, s, s->cause, 0, SUP_STOP_CANCEL, 0);

  /* One that goes down already goes on for its own reason. */
  if (!sup__is_going(s))
    s->super->cause = number;
  sup__supervisor_halt(e, s, HALT_REQUEST, 0);
  if (limit != SUP_INFINITE)
    sup__supervisor_budget(e, s, limit);
}

void sup__supervisor_budget(struct sup_engine *e, struct sup_node *s,
                            sup_duration budget) {
  struct sup_supervisor *super = s->super;
  uint64_t until = sup__add_saturating(e->now, budget);
  sup_duration reserve = budget / 10;

  if (until >= super->budget_until)
    return;
  if (reserve > SUP_RESERVE_MAX)
    reserve = SUP_RESERVE_MAX;
  super->budget_until = until;
  super->reserve_at = until - reserve;
  if (budget == 0)
    sup__supervisor_hasten(e, s, HASTE_FORCE);
  sup__supervisor_rearm(e, s);
}

void sup__supervisor_hasten(struct sup_engine *e, struct sup_node *s,
                            sup_haste haste) {
  struct sup_supervisor *super = s->super;

  if (super->haste >= haste)
    return;
  super->haste = (uint8_t)haste;
  if (super->phase == PHASE_HALT) {
    super->cursor = sup__start_last(e, s);
    sup__dirty(e, s);
  }
  if (haste == HASTE_FORCE && (super->resource == RESOURCE_BUILDING ||
                               super->resource == RESOURCE_CLEANING)) {
    uint64_t until = sup__add_saturating(e->now, SUP_KILL_ALLOWANCE);

    if (until < super->resource_until)
      super->resource_until = until;
  }
  sup__supervisor_rearm(e, s);
}

static uint64_t earlier(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}

void sup__supervisor_rearm(struct sup_engine *e, struct sup_node *s) {
  const struct sup_supervisor *super = s->super;
  uint64_t at = earlier(super->start_until, super->resource_until);

  if (super->phase == PHASE_ROUND_STOP && super->round_until > e->now)
    at = earlier(at, super->round_until);
  if (super->haste < HASTE_ALL)
    at = earlier(at, super->reserve_at);
  if (super->haste < HASTE_FORCE)
    at = earlier(at, super->budget_until);
  sup__arm(e, s, at);
}

void sup__supervisor_expired(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;

  if (!(s->flags & NODE_ALIVE)) {
    sup__node_expired(e, s);
    return;
  }
  if (super->start_until <= e->now) {
    super->start_until = SUP_INFINITE;
    sup__supervisor_halt(
        e, s, HALT_START,
        sup__compose(e, SUP_ESTART, s, sup__token_code(SUP_ESTARTTIMEOUT)));
  }
  if (super->resource_until <= e->now) {
    super->resource_until = SUP_INFINITE;
    sup__resource_expired(e, s);
  }
  if (!(s->flags & NODE_ALIVE))
    return;
  if (super->phase == PHASE_ROUND_STOP && super->round_until <= e->now)
    sup__dirty(e, s);
  if (super->reserve_at <= e->now)
    sup__supervisor_hasten(e, s, HASTE_ALL);
  if (super->budget_until <= e->now)
    sup__supervisor_hasten(e, s, HASTE_FORCE);
  sup__supervisor_rearm(e, s);
}

void sup__supervisor_fail(struct sup_engine *e, struct sup_node *s,
                          struct sup_node *c, sup_token failure) {
  s->super->cause =
      sup__emit(e, SUP_EVENT_TOLERANCE_EXCEEDED, s, c->cause, 0, 0, failure);
  sup__child_left_as(e, c, SUP_STATE_FAILED);
  sup__supervisor_halt(e, s, HALT_FAILURE, failure);
}

/* ---- The end ------------------------------------------------------------ */

static void child_supervisor_stopped(struct sup_engine *e, struct sup_node *s,
                                     sup_token failure) {
  struct sup_node *parent = sup__parent(e, s);

  sup__emit(e, failure ? SUP_EVENT_TERMINATION_FAILED : SUP_EVENT_TERMINATED, s,
            s->super->cause, e->now - s->changed_at, 0, failure);
  if (failure != 0) {
    if (parent->super->phase == PHASE_HALT)
      sup__note_stop_failure(e, parent, sup__token_value(failure), s, failure);
    sup__token_replace(e, &s->error, failure);
  }
  sup__set_state(
      e, s, (s->flags & NODE_UNDEAD) ? SUP_STATE_ABANDONED : SUP_STATE_STOPPED);
  sup__child_stopped(e, s, failure);
}

/* H9. What did not stop cleanly was told when it did not; it makes no failure of
 * this, but is kept to be seen. */
static void completed(struct sup_engine *e, struct sup_node *s,
                      sup_token failure) {
  if (failure != 0)
    sup__token_replace(e, &s->error, failure);
  sup__child_ended(e, s, SUP_OUTCOME_COMPLETED, 0);
}

static void declined(struct sup_engine *e, struct sup_node *s,
                     sup_token failure) {
  sup__token_discard(e, failure);
  sup__child_declined(e, s);
}

static void ended(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;
  sup_halt reason = (sup_halt)super->halt;
  sup_token failure = sup__take_failure(e, s);

  super->phase = PHASE_IDLE;
  super->halt = HALT_NONE;
  e->halting--;
  super->start_until = super->resource_until = SUP_INFINITE;
  super->reserve_at = super->budget_until = SUP_INFINITE;
  if (super->resource == RESOURCE_BUILT)
    super->resource = RESOURCE_NONE;
  sup__disarm(e, s);
  sup__node_leave(e, s);
  if (s->parent == SUP_NONE)
    sup__root_ended(e, s, reason, failure);
  else if (sup__is_dying(s))
    sup__dying_gone(e, s, failure);
  else if (s->flags & NODE_ASKED)
    child_supervisor_stopped(e, s, failure);
  else if (reason == HALT_START)
    sup__child_start_failed(e, s, failure);
  else if (reason == HALT_COMPLETE)
    completed(e, s, failure);
  else if (reason == HALT_DECLINED)
    declined(e, s, failure);
  else
    sup__child_ended(e, s, SUP_OUTCOME_FAILED, failure);
}

/* X3: those that were added, or made by the resource step, are not needed any
 * more; those of the spec stay for the next start. */
static void sweep_child(struct sup_engine *e, struct sup_node *c) {
  if (((c->flags & NODE_MADE) || (c->marks & MARK_DYNAMIC)) &&
      !(c->flags & NODE_UNDEAD) && !sup__has_orphans(c))
    sup__node_remove(e, c);
}

static void advance_sweep(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;

  for (unsigned i = 0; i < SUP_SLICE; i++) {
    struct sup_node *c;

    if (super->deferred_first != SUP_NONE) {
      c = sup__node(e, super->deferred_first);
      super->deferred_first = c->deferred_next;
      c->flags &= ~NODE_DEFERRED;
      sup__node_let_go(e, c);
    } else if (super->cursor != SUP_NONE) {
      c = sup__node(e, super->cursor);
      super->cursor = c->next;
      sweep_child(e, c);
    } else {
      super->deferred_last = SUP_NONE;
      ended(e, s);
      return;
    }
  }
  sup__dirty(e, s);
}

void sup__supervisor_ended(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;

  super->phase = PHASE_SWEEP;
  super->start_until = super->resource_until = SUP_INFINITE;
  super->reserve_at = super->budget_until = SUP_INFINITE;
  sup__disarm(e, s);
  super->cursor = super->uses_made ? super->first : super->first_dynamic;
  if (s->parent == SUP_NONE && !sup__has_body(s))
    super->cursor = SUP_NONE; /* nobody starts it again */
  else if (super->uses_made)
    sup__links_drop_made(e, s);
  advance_sweep(e, s);
}
