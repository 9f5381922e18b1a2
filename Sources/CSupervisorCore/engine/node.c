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
 * One child: its incarnations, its ladder, its end.
 *
 * A worker's incarnation is handed over by START, runs until its exit is
 * reported, and is over for its kind with END. NODE_ALIVE is what its
 * supervisor counts: from the start to the end, or to the moment at which it is
 * given up (then it is NODE_UNDEAD until it does end).
 */

#include "internal.h"

void sup__set_state(struct sup_engine *e, struct sup_node *n, sup_state state) {
  if (n->state_now == SUP_STATE_STOPPING)
    e->stopping--;
  if (state == SUP_STATE_STOPPING)
    e->stopping++;
  n->state_now = (uint8_t)state;
  n->changed_at = e->now;
  sup__see_readiness(e, n);
}

static unsigned last_step(const struct sup_node *n) {
  return n->spec->policy->step_count - 1u;
}

bool sup__reports_begin(const struct sup_node *n) {
  return n->spec->kind == SUP_KIND_CALLBACK &&
         (n->spec->u.callback.table->flags & SUP_CALLBACKS_REPORT_BEGIN);
}

bool sup__reports_start(const struct sup_node *n) {
  return n->spec->kind == SUP_KIND_PROCESS || n->spec->policy->notify_start;
}

void sup__node_leave_alive(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *parent = sup__parent(e, n);

  SUP_ASSERT(n->flags & NODE_ALIVE);
  n->flags &= ~NODE_ALIVE;
  if (parent != NULL)
    parent->super->alive--;
}

/* ---- Start -------------------------------------------------------------- */

bool sup__is_below_halt(const struct sup_engine *e, const struct sup_node *n) {
  for (n = sup__parent(e, n); n != NULL; n = sup__parent(e, n))
    if (sup__is_going(n))
      return true;
  return false;
}

void sup__node_start(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *parent = sup__parent(e, n);
  sup_duration timeout = n->spec->policy->start_timeout;

  if (sup__starts_are_off(e, n)) {
    sup__disarm(e, n);
    sup__set_state(e, n, SUP_STATE_WAITING);
    return;
  }
  SUP_ASSERT(!(n->flags & (NODE_ALIVE | NODE_RUNS | NODE_UNDEAD)));
  n->flags &= ~(NODE_ACKED | NODE_BEGUN | NODE_ASKED | NODE_START_FAILED |
                NODE_NOT_NEEDED | NODE_RESTART | NODE_HOPELESS | NODE_FORCED |
                NODE_DONE | NODE_AGAIN | NODE_EXIT_WAITS);
  n->flags |= NODE_ALIVE;
  if (parent != NULL)
    parent->super->alive++;
  sup__significant_start(e, n);
  n->condemned = false;
  n->marks &= (uint16_t)~MARK_COMPLETED;
  if (parent != NULL)
    sup__group_note_start(parent, n);
  if (n->flags & NODE_BODY)
    n->incarnation = parent->incarnation;
  else
    n->incarnation++;
  n->marks &= (uint16_t) ~(MARK_HEALTHY | MARK_DONE | MARK_MISUSED);
  sup__disarm(e, n);
  sup__set_state(e, n, SUP_STATE_STARTING);
  if (sup__is_supervisor(n)) {
    sup__count_start(e, n);
    sup__supervisor_start(e, n);
    return;
  }
  e->counters.running++;
  n->actions |= ACTION_START;
  if (timeout != SUP_INFINITE && sup__reports_start(n))
    sup__arm(e, n, sup__add_saturating(e->now, timeout));
  sup__schedule(e, n);
}

bool sup__node_is_free(struct sup_engine *e, struct sup_node *n) {
  return !(n->flags & NODE_UNDEAD) ||
         (n->spec->policy->when_stuck == SUP_STUCK_OVERLAP &&
          sup__orphan_make(e, n));
}

void sup__node_start_or_wait(struct sup_engine *e, struct sup_node *n) {
  const struct sup_policy *policy = n->spec->policy;

  if (sup__hold_back(e, n))
    return;
  if (sup__node_is_free(e, n)) {
    sup__node_start(e, n);
    return;
  }
  n->flags &= ~NODE_RESTART;
  sup__set_state(e, n, SUP_STATE_STUCK);
  sup__emit(e, SUP_EVENT_STUCK, n, n->cause, 0, 0, 0);
  if (policy->when_stuck == SUP_STUCK_ESCALATE)
    sup__arm(e, n, sup__add_saturating(e->now, policy->stuck_after));
}

void sup__node_acknowledge(struct sup_engine *e, struct sup_node *n) {
  uint64_t took = e->now - n->changed_at;

  n->flags |= NODE_ACKED;
  n->started_at = e->now;
  sup__set_state(e, n, SUP_STATE_RUNNING);
  if (!sup__is_supervisor(n)) {
    sup__disarm(e, n);
    sup__heartbeat_begin(e, n);
  }
  sup__emit(e, SUP_EVENT_STARTED, n, n->cause, took,
            n->spec->runs == SUP_RUNS_TREE, 0);
  if (!sup__says_healthy(n))
    sup__answer_healthy(e, n);
  if (n->parent != SUP_NONE) {
    sup__child_started(e, n);
    return;
  }
  e->settled = true;
  n->actions |= ACTION_NOTIFY;
  sup__schedule(e, n);
}

void sup__node_revive(struct sup_engine *e, struct sup_node *n) {
  sup__significant_forget(e, n);
  n->marks &= MARK_DYNAMIC | MARK_WATCHED;
  n->marks |= MARK_REACHED;
  n->consecutive = 0;
  sup__record_clear(e, sup__own_record(n));
  if (!(n->flags & NODE_DROPPED))
    return;
  n->flags &= ~NODE_DROPPED;
  n->generation = ++e->next_generation;
  n->incarnation = 0;
  sup__node_show(e, n, true);
}

/* ---- The end of a run --------------------------------------------------- */

void sup__node_run_over(struct sup_engine *e, struct sup_node *n) {
  n->flags &= ~NODE_RUNS;
  e->counters.running--;
  n->steps = 0;
  /* Of one that was given up, the deadline is that of its restart. */
  if (!(n->flags & NODE_UNDEAD))
    sup__disarm(e, n);
  sup__heartbeat_end(n);
  n->ended = n->incarnation;
  n->ended_generation = n->generation;
  if (n->flags & NODE_ENTERED)
    n->actions |= ACTION_END;
  else
    n->flags |= NODE_END_AFTER_CALL;
  sup__schedule(e, n);
}

/* START has not been performed: as if it had never been decided. */
static void withdraw(struct sup_engine *e, struct sup_node *n) {
  n->actions &= (uint8_t)~ACTION_START;
  e->counters.running--;
  sup__disarm(e, n);
}

void sup__node_hold_start(struct sup_engine *e, struct sup_node *n) {
  withdraw(e, n);
  sup__node_leave_alive(e, n);
  sup__set_state(e, n, SUP_STATE_WAITING);
}

void sup__node_mark_undead(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *parent = sup__parent(e, n);

  n->flags |= NODE_UNDEAD;
  if (parent != NULL)
    parent->super->undead++;
}

void sup__node_not_stuck(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *parent = sup__parent(e, n);

  if (parent == NULL) {
    sup__node_start_or_wait(e, n);
  } else if (parent->super->phase == PHASE_ROUND_STOP &&
             sup__round_has(parent, e, n)) {
    /* G4: it joins the start phase after all. */
    sup__disarm(e, n);
    n->flags |= NODE_RESTART;
    sup__set_state(e, n, SUP_STATE_WAITING);
  } else if (!sup__group_takes_start(e, parent, n)) {
    sup__node_start_or_wait(e, n);
  }
}

void sup__undead_gone(struct sup_engine *e, struct sup_node *n) {
  for (;;) {
    struct sup_node *parent = sup__parent(e, n);

    n->flags &= ~NODE_UNDEAD;
    if (parent != NULL)
      parent->super->undead--;
    if (n->state_now == SUP_STATE_STUCK) {
      sup__node_not_stuck(e, n);
      return;
    }
    if (n->state_now == SUP_STATE_ABANDONED && (n->flags & NODE_RESTART)) {
      sup__set_state(e, n, SUP_STATE_WAITING); /* for its round */
    } else if (n->state_now == SUP_STATE_ABANDONED) {
      sup__set_state(e, n,
                     (n->marks & MARK_COMPLETED) ? SUP_STATE_COMPLETED
                                                 : SUP_STATE_STOPPED);
      if (sup__is_temporary(n))
        n->marks |= MARK_DELETE;
    }
    if (parent == NULL)
      return;
    sup__last_of_it_gone(e, n);
    if (!(parent->flags & NODE_UNDEAD) || parent->super->undead > 0)
      return;
    n = parent;
  }
}

void sup__node_stopped(struct sup_engine *e, struct sup_node *n, int code,
                       sup_token error, bool silent) {
  struct sup_node *parent = sup__parent(e, n);
  uint64_t took = e->now - n->changed_at;

  if (!silent)
    sup__emit(e, error ? SUP_EVENT_TERMINATION_FAILED : SUP_EVENT_TERMINATED, n,
              n->cause, took, 0, error);
  if (error != 0) {
    if (n->flags & NODE_BODY)
      sup__body_stop_failed(e, n, error);
    else if (parent->super->phase == PHASE_HALT)
      sup__note_stop_failure(e, parent, code, n, error);
    sup__token_replace(e, &n->error, error);
  }
  sup__set_state(
      e, n, (n->flags & NODE_UNDEAD) ? SUP_STATE_ABANDONED : SUP_STATE_STOPPED);
  sup__child_stopped(e, n, error);
}

void sup__node_condemned_gone(struct sup_engine *e, struct sup_node *n) {
  n->flags &= ~(NODE_HOPELESS | NODE_FORCED);
  sup__child_ended(e, n, SUP_OUTCOME_FAILED, sup__token_ref(n->error));
}

/* The ladder has run out. */
static void abandon(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *parent = sup__parent(e, n);
  sup_token error = sup__token_code(SUP_EABANDONED);

  sup__disarm(e, n);
  if (n->flags & NODE_EXIT_WAITS)
    return; /* it has ended, and is gone as soon as its start has returned */
  sup__node_leave_alive(e, n);
  sup__node_mark_undead(e, n);
  e->counters.abandoned++;
  if (n->flags & NODE_ASKED) {
    sup__node_stopped(e, n, SUP_EABANDONED, error, false);
    return;
  }
  sup__emit(e, SUP_EVENT_TERMINATION_FAILED, n, n->cause,
            e->now - n->changed_at, 0, error);
  sup__set_state(e, n, SUP_STATE_ABANDONED);
  if (n->condemned)
    sup__node_condemned_gone(e, n);
  else if (n->flags & NODE_NOT_NEEDED)
    sup__child_declined(e, n);
  else
    sup__child_start_failed(e, n, sup__token_ref(n->error));
  if (parent->super->phase == PHASE_HALT && !(n->flags & NODE_BODY))
    sup__note_stop_failure(e, parent, SUP_EABANDONED, n, error);
}

/* ---- The ladder --------------------------------------------------------- */

static void take_step(struct sup_engine *e, struct sup_node *n, unsigned step,
                      sup_duration time) {
  n->step = step & 15u;
  n->steps |= (uint16_t)(1u << step);
  sup__emit(e, SUP_EVENT_STOPPING, n, n->cause, 0, sup__ladder(n)[step].action,
            0);
  sup__arm(e, n, sup__add_saturating(e->now, time));
  sup__schedule(e, n);
}

/* From a step on, at once over those that have no time. */
static void take_steps(struct sup_engine *e, struct sup_node *n,
                       unsigned step) {
  for (; step <= last_step(n); step++) {
    take_step(e, n, step, sup__ladder(n)[step].timeout);
    if (sup__ladder(n)[step].timeout > 0)
      return;
  }
  abandon(e, n);
}

void sup__node_begin_ladder(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *shown = sup__shown(e, n);

  sup__heartbeat_end(n);
  sup__set_state(e, n, SUP_STATE_STOPPING);
  /* E5: of a body that goes down alone it shows, too. */
  if (shown->state_now != SUP_STATE_STOPPING)
    sup__set_state(e, shown, SUP_STATE_STOPPING);
  take_steps(e, n, 0);
}

void sup__node_condemn(struct sup_engine *e, struct sup_node *n,
                       sup_token error) {
  n->condemned = true;
  sup__token_replace(e, &n->error, error);
  sup__node_begin_ladder(e, n);
}

/* What a stop finds that needs no ladder: true if the child is gone by it. */
static bool gone_without_ladder(struct sup_engine *e, struct sup_node *n) {
  bool acked = (n->flags & NODE_ACKED) != 0;

  if (n->actions & ACTION_START) {
    withdraw(e, n);
  } else if (sup__reports_begin(n) && !(n->flags & NODE_BEGUN) &&
             n->state_now != SUP_STATE_STOPPING) {
    sup__node_run_over(e, n);
  } else {
    return false;
  }
  sup__node_leave_alive(e, n);
  sup__node_stopped(e, n, 0, 0, !acked);
  return true;
}

/* The request of an owner is nobody's consequence. Of one that has ended for
 * good nothing is a consequence but of that. */
static void set_stop_cause(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *parent = sup__parent(e, n);

  n->flags |= NODE_ASKED;
  if (sup__is_dying(n) && n->super->dying == DYING_FOR_GOOD)
    return;
  if (n->marks & MARK_OWNER)
    n->cause = 0;
  else if (parent != NULL)
    n->cause = parent->super->cause;
}

void sup__node_stop(struct sup_engine *e, struct sup_node *n) {
  set_stop_cause(e, n);
  if (sup__is_supervisor(n)) {
    sup__supervisor_stop(e, n);
    return;
  }
  if (n->state_now == SUP_STATE_STOPPING || gone_without_ladder(e, n))
    return;
  sup__node_begin_ladder(e, n);
}

void sup__node_force(struct sup_engine *e, struct sup_node *n) {
  unsigned last = last_step(n);
  sup_duration time = sup__ladder(n)[last].timeout;
  bool asked = n->state_now == SUP_STATE_STOPPING;

  set_stop_cause(e, n);
  if (gone_without_ladder(e, n))
    return;
  if (!asked) {
    sup__heartbeat_end(n);
    sup__set_state(e, n, SUP_STATE_STOPPING);
  }
  if (sup__ladder(n)[last].action != SUP_STOP_KILL) {
    if (!asked || n->step != last)
      take_step(e, n, last, 0);
    abandon(e, n);
    return;
  }
  if (time > SUP_KILL_ALLOWANCE)
    time = SUP_KILL_ALLOWANCE;
  if (!asked || n->step != last) {
    n->steps = 0;
    take_step(e, n, last, time);
  } else if (sup__add_saturating(e->now, time) < n->deadline) {
    sup__arm(e, n, sup__add_saturating(e->now, time));
  }
}

void sup__node_expired(struct sup_engine *e, struct sup_node *n) {
  switch (n->state_now) {
  case SUP_STATE_STARTING:
    if (n->actions & ACTION_START) {
      withdraw(e, n);
      sup__node_leave_alive(e, n);
      sup__child_start_failed(e, n, sup__token_code(SUP_ESTARTTIMEOUT));
      return;
    }
    if (sup__reports_begin(n) && !(n->flags & NODE_BEGUN)) {
      sup__node_run_over(e, n);
      sup__node_leave_alive(e, n);
      sup__child_start_failed(e, n, sup__token_code(SUP_ESTARTTIMEOUT));
      return;
    }
    n->flags |= NODE_START_FAILED;
    sup__token_replace(e, &n->error,
                       sup__compose_not_up(e, n, SUP_ESTARTTIMEOUT));
    sup__node_begin_ladder(e, n);
    return;
  case SUP_STATE_RUNNING:
    sup__heartbeat_expired(e, n);
    return;
  case SUP_STATE_STOPPING:
    if (n->step < last_step(n))
      take_steps(e, n, n->step + 1u);
    else
      abandon(e, n);
    return;
  case SUP_STATE_WAITING:
    sup__node_start_or_wait(e, n);
    return;
  case SUP_STATE_STUCK:
    if (sup__starts_are_off(e, n))
      return; /* it will not be replaced any more */
    sup__stuck_too_long(
        e, n, sup__compose(e, SUP_ESTUCK, n, sup__token_code(SUP_ESTUCK)));
    return;
  default:
    SUP_ASSERT(!"a deadline in a state that has none");
  }
}

/* ---- Supervisors leave as children do ----------------------------------- */

void sup__node_leave(struct sup_engine *e, struct sup_node *n) {
  sup__node_leave_alive(e, n);
  if (n->super->undead > 0)
    sup__node_mark_undead(e, n);
}
