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
 * Group rounds (one-for-all, rest-for-one): the members are stopped in stop
 * order while the delay runs, then started in start order. A further failure
 * while members are being stopped widens the round; one while they are being
 * started waits for its end.
 */

#include "internal.h"

bool sup__round_has(struct sup_node *s, struct sup_engine *e,
                    const struct sup_node *c) {
  if (sup__part(s->spec)->strategy == SUP_ONE_FOR_ALL)
    return true;
  return s->super->round_first != SUP_NONE &&
         !sup__starts_before(s, c, sup__node(e, s->super->round_first));
}

/* Those whose turn has come and that the round leaves alone keep it. */
static void keep_ready(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;
  uint32_t next = super->ready.first;

  while (next != SUP_NONE) {
    struct sup_node *c = sup__node(e, next);

    next = c->line_next;
    if (sup__round_has(s, e, c))
      sup__leave_line(e, c);
  }
}

void sup__round_begin(struct sup_engine *e, struct sup_node *s,
                      struct sup_node *origin, sup_duration delay) {
  struct sup_supervisor *super = s->super;
  uint64_t until = sup__add_saturating(e->now, delay);
  bool all = sup__part(s->spec)->strategy == SUP_ONE_FOR_ALL;
  bool merges = super->phase == PHASE_ROUND_STOP;

  if (all)
    super->round_first = sup__start_first(e, s);
  else if (!merges || super->round_first == SUP_NONE ||
           sup__starts_before(s, origin, sup__node(e, super->round_first)))
    super->round_first = origin->index;
  if (!merges || until > super->round_until)
    super->round_until = until;
  super->phase = PHASE_ROUND_STOP;
  keep_ready(e, s);
  super->cursor = sup__start_last(e, s);
  super->cause = origin->cause;
  sup__child_awaits_round(e, origin);
  sup__supervisor_rearm(e, s);
  sup__dirty(e, s);
}

/* B5: not counted, but its delay is, and is told (E1). */
static void restart_uncounted(struct sup_engine *e, struct sup_node *s,
                              struct sup_node *c, uint64_t ended_at) {
  sup_duration delay = sup__backoff_next(e, c);
  uint64_t until = sup__add_saturating(ended_at, delay);

  sup__emit(e, SUP_EVENT_RESTART_SCHEDULED, c, c->cause, 0, (int64_t)delay, 0);
  if (until > s->super->round_until)
    s->super->round_until = until;
  sup__child_awaits_round(e, c);
}

void sup__round_absorb(struct sup_engine *e, struct sup_node *s,
                       struct sup_node *c, sup_outcome outcome) {
  uint64_t ended_at = c->changed_at;

  if (sup__starts_are_off(e, c)) {
    sup__child_deal(e, c); /* H6: the stop is coming, the round is in vain */
    return;
  }
  sup__child_emit_end(e, c, outcome);
  if (sup__child_is_restarted(c, outcome))
    restart_uncounted(e, s, c, ended_at);
  else
    sup__child_settle(e, c, outcome);
}

bool sup__round_takes_start_failure(struct sup_engine *e, struct sup_node *s,
                                    struct sup_node *c) {
  if (!sup__round_has(s, e, c) || (c->flags & NODE_HOPELESS) ||
      sup__starts_are_off(e, c))
    return false;
  restart_uncounted(e, s, c, e->now);
  sup__dirty(e, s);
  return true;
}

void sup__round_member_stopped(struct sup_engine *e, struct sup_node *c) {
  if (sup__is_temporary(c)) {
    sup__answer_ended(e, c, 0);
    sup__child_goes(e, c);
    return;
  }
  c->flags |= NODE_RESTART;
  if (!(c->flags & NODE_UNDEAD))
    sup__set_state(e, c, SUP_STATE_WAITING);
}

/* One member that the stop phase comes upon; true if it has to wait. */
static bool stop_member(struct sup_engine *e, struct sup_node *s,
                        struct sup_node *c) {
  if (c->flags & NODE_ALIVE) {
    if (sup__awaits_turn(c)) {
      sup__round_absorb(e, s, c, (sup_outcome)c->outcome);
    } else if (!(c->flags & NODE_ASKED) && !sup__is_dying(c)) {
      sup__backoff_settle(e, c);
      sup__node_stop(e, c);
    }
    return (c->flags & NODE_ALIVE) != 0;
  }
  switch (c->state_now) {
  case SUP_STATE_WAITING:
  case SUP_STATE_STUCK:
    if (c->marks & MARK_JOINS)
      break;
    sup__let_go(e, c);
    sup__disarm(e, c);
    c->flags |= NODE_RESTART;
    break;
  case SUP_STATE_ENDED:
    sup__round_absorb(e, s, c, (sup_outcome)c->outcome);
    break;
  default:
    break;
  }
  return false;
}

void sup__round_advance_stop(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;

  for (unsigned i = 0; super->cursor != SUP_NONE; i++) {
    uint32_t at = super->cursor;

    if (i == SUP_SLICE) {
      sup__dirty(e, s);
      return;
    }
    if (stop_member(e, s, sup__node(e, at)))
      return;
    if (super->phase != PHASE_ROUND_STOP)
      return; /* an end that it came upon was the end of all (H9) */
    if (super->cursor == at) /* else it has been removed */
      super->cursor =
          at == super->round_first ? SUP_NONE : sup__start_previous(e, s, at);
  }
  if (super->round_until > e->now) {
    sup__supervisor_rearm(e, s);
    return;
  }
  super->phase = PHASE_ROUND_START;
  super->cursor = super->round_first;
  super->round_until = SUP_INFINITE;
  sup__supervisor_rearm(e, s);
  sup__dirty(e, s);
}

/* The next child to be looked at, or NULL: those that had been held first. */
static struct sup_node *next_member(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;
  struct sup_node *c = sup__first_in_line(e, &super->ready);

  if (c != NULL)
    c->flags |= NODE_RESTART;
  if (c != NULL || super->cursor == SUP_NONE)
    return c;
  c = sup__node(e, super->cursor);
  super->cursor = sup__start_next(e, s, super->cursor);
  return c;
}

void sup__round_advance_start(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;

  if (sup__starts_are_off(e, s))
    return; /* its own stop is coming */
  if (!sup__start_joiners(e, s))
    return;
  for (unsigned i = 0; i < SUP_SLICE; i++) {
    struct sup_node *c;

    if (super->in_flight >= sup__start_limit(s))
      return;
    c = next_member(e, s);
    if (c == NULL) {
      if (super->in_flight > 0)
        return;
      /* Those that are held wait by themselves from here on. */
      super->phase = PHASE_RUN;
      sup__dirty(e, s);
      return;
    }
    if (!(c->flags & NODE_RESTART))
      continue;
    if (!sup__node_is_free(e, c)) {
      sup__node_start_or_wait(e, c);
      continue;
    }
    c->cause = super->cause;
    c->flags &= ~NODE_RESTART;
    sup__phase_start(e, s, c);
  }
  sup__dirty(e, s);
}
