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

static const sup_stop_step *ladder(const struct sup_node *n) {
  return n->spec->policy->steps;
}

static unsigned last_step(const struct sup_node *n) {
  return n->spec->policy->step_count - 1u;
}

bool sup__reports_begin(const struct sup_node *n) {
  return n->spec->kind == SUP_KIND_CALLBACK &&
         (n->spec->u.callback.table->flags & SUP_CALLBACKS_REPORT_BEGIN);
}

static bool reports_start(const struct sup_node *n) {
  return n->spec->kind == SUP_KIND_PROCESS || n->spec->policy->notify_start;
}

static void leave_alive(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *parent = sup__parent(e, n);

  SUP_ASSERT(n->flags & NODE_ALIVE);
  n->flags &= ~NODE_ALIVE;
  if (parent != NULL)
    parent->super->alive--;
}

/* ---- Start -------------------------------------------------------------- */

bool sup__starts_are_off(const struct sup_engine *e, const struct sup_node *n) {
  if (e->halting == 0)
    return false;
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
  if (parent != NULL)
    sup__group_note_start(parent, n);
  n->incarnation++;
  sup__disarm(e, n);
  sup__set_state(e, n, SUP_STATE_STARTING);
  if (sup__is_supervisor(n)) {
    sup__count_start(e, n);
    sup__supervisor_start(e, n);
    return;
  }
  e->counters.running++;
  n->actions |= ACTION_START;
  if (timeout != SUP_INFINITE && reports_start(n))
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
  sup__emit(e, SUP_EVENT_STARTED, n, n->cause, took, 0, 0);
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

/* The incarnation has ended by itself or counts as if. */
static void run_over(struct sup_engine *e, struct sup_node *n) {
  n->flags &= ~NODE_RUNS;
  e->counters.running--;
  n->steps = 0;
  /* Of one that was given up, the deadline is that of its restart. */
  if (!(n->flags & NODE_UNDEAD))
    sup__disarm(e, n);
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
  leave_alive(e, n);
  sup__set_state(e, n, SUP_STATE_WAITING);
}

void sup__node_mark_undead(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *parent = sup__parent(e, n);

  n->flags |= NODE_UNDEAD;
  if (parent != NULL)
    parent->super->undead++;
}

static void not_stuck_any_more(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *parent = sup__parent(e, n);

  if (parent->super->phase == PHASE_ROUND_STOP &&
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
      not_stuck_any_more(e, n);
      return;
    }
    if (n->state_now == SUP_STATE_ABANDONED && (n->flags & NODE_RESTART)) {
      sup__set_state(e, n, SUP_STATE_WAITING); /* for its round */
    } else if (n->state_now == SUP_STATE_ABANDONED) {
      sup__set_state(e, n, SUP_STATE_STOPPED);
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

/* Its stop is over: cleanly if `error` (owned) is 0. */
static void stopped(struct sup_engine *e, struct sup_node *n, int code,
                    sup_token error, bool silent) {
  struct sup_node *parent = sup__parent(e, n);
  uint64_t took = e->now - n->changed_at;

  if (!silent)
    sup__emit(e, error ? SUP_EVENT_TERMINATION_FAILED : SUP_EVENT_TERMINATED, n,
              n->cause, took, 0, error);
  if (error != 0) {
    if (parent->super->phase == PHASE_HALT)
      sup__note_stop_failure(e, parent, code, n, error);
    sup__token_replace(e, &n->error, error);
  }
  sup__set_state(
      e, n, (n->flags & NODE_UNDEAD) ? SUP_STATE_ABANDONED : SUP_STATE_STOPPED);
  sup__child_stopped(e, n, error);
}

static void start_failed_gone(struct sup_engine *e, struct sup_node *n,
                              sup_token error) {
  sup__child_start_failed(e, n, error);
}

/* It has failed by what it was condemned for, and by nothing else. */
static void condemned_gone(struct sup_engine *e, struct sup_node *n) {
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
  leave_alive(e, n);
  sup__node_mark_undead(e, n);
  e->counters.abandoned++;
  if (n->flags & NODE_ASKED) {
    stopped(e, n, SUP_EABANDONED, error, false);
    return;
  }
  sup__emit(e, SUP_EVENT_TERMINATION_FAILED, n, n->cause,
            e->now - n->changed_at, 0, error);
  sup__set_state(e, n, SUP_STATE_ABANDONED);
  if (n->condemned)
    condemned_gone(e, n);
  else if (n->flags & NODE_NOT_NEEDED)
    sup__child_declined(e, n);
  else
    start_failed_gone(e, n, sup__token_ref(n->error));
  if (parent->super->phase == PHASE_HALT)
    sup__note_stop_failure(e, parent, SUP_EABANDONED, n, error);
}

/* ---- The ladder --------------------------------------------------------- */

static void take_step(struct sup_engine *e, struct sup_node *n, unsigned step,
                      sup_duration time) {
  n->step = step & 15u;
  n->steps |= (uint16_t)(1u << step);
  sup__emit(e, SUP_EVENT_STOPPING, n, n->cause, 0, ladder(n)[step].action, 0);
  sup__arm(e, n, sup__add_saturating(e->now, time));
  sup__schedule(e, n);
}

/* From a step on, at once over those that have no time. */
static void take_steps(struct sup_engine *e, struct sup_node *n,
                       unsigned step) {
  for (; step <= last_step(n); step++) {
    take_step(e, n, step, ladder(n)[step].timeout);
    if (ladder(n)[step].timeout > 0)
      return;
  }
  abandon(e, n);
}

static void begin_ladder(struct sup_engine *e, struct sup_node *n) {
  sup__set_state(e, n, SUP_STATE_STOPPING);
  take_steps(e, n, 0);
}

void sup__node_condemn(struct sup_engine *e, struct sup_node *n,
                       sup_token error) {
  n->condemned = true;
  sup__token_replace(e, &n->error, error);
  begin_ladder(e, n);
}

/* What a stop finds that needs no ladder: true if the child is gone by it. */
static bool gone_without_ladder(struct sup_engine *e, struct sup_node *n) {
  bool acked = (n->flags & NODE_ACKED) != 0;

  if (n->actions & ACTION_START) {
    withdraw(e, n);
  } else if (sup__reports_begin(n) && !(n->flags & NODE_BEGUN) &&
             n->state_now != SUP_STATE_STOPPING) {
    run_over(e, n);
  } else {
    return false;
  }
  leave_alive(e, n);
  stopped(e, n, 0, 0, !acked);
  return true;
}

/* The request of an owner is nobody's consequence. */
static void set_stop_cause(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *parent = sup__parent(e, n);

  n->flags |= NODE_ASKED;
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
  begin_ladder(e, n);
}

void sup__node_force(struct sup_engine *e, struct sup_node *n) {
  unsigned last = last_step(n);
  sup_duration time = ladder(n)[last].timeout;
  bool asked = n->state_now == SUP_STATE_STOPPING;

  set_stop_cause(e, n);
  if (gone_without_ladder(e, n))
    return;
  if (!asked)
    sup__set_state(e, n, SUP_STATE_STOPPING);
  if (ladder(n)[last].action != SUP_STOP_KILL) {
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
      leave_alive(e, n);
      start_failed_gone(e, n, sup__token_code(SUP_ESTARTTIMEOUT));
      return;
    }
    if (sup__reports_begin(n) && !(n->flags & NODE_BEGUN)) {
      run_over(e, n);
      leave_alive(e, n);
      start_failed_gone(e, n, sup__token_code(SUP_ESTARTTIMEOUT));
      return;
    }
    n->flags |= NODE_START_FAILED;
    sup__token_replace(e, &n->error, sup__token_code(SUP_ESTARTTIMEOUT));
    begin_ladder(e, n);
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
    sup__supervisor_fail(
        e, sup__parent(e, n), n,
        sup__compose(e, SUP_ESTUCK, n, sup__token_code(SUP_ESTUCK)));
    return;
  default:
    SUP_ASSERT(!"a deadline in a state that has none");
  }
}

/* ---- Reports ------------------------------------------------------------ */

int sup__find_running(struct sup_engine *e, struct sup_ref ref,
                      struct sup_node **node) {
  struct sup_node *n = sup__node_find(e, ref.node, ref.generation);

  if (n == NULL) {
    e->counters.stale_reports++;
    return SUP_EGONE;
  }
  /* An old one may be parted from it although no new one has begun. */
  if (ref.incarnation != n->incarnation || !(n->flags & NODE_RUNS)) {
    struct sup_node *orphan = sup__orphan_find(e, n, ref.incarnation);

    if (orphan != NULL)
      n = orphan;
  }
  if (ref.incarnation != n->incarnation || !(n->flags & NODE_RUNS)) {
    e->counters.stale_reports++;
    return SUP_ESTALE;
  }
  *node = n;
  return 0;
}

int sup__engine_begin(struct sup_engine *e, struct sup_ref ref) {
  struct sup_node *n;
  int r = sup__find_running(e, ref, &n);

  if (r != 0)
    return r;
  n->flags |= NODE_BEGUN;
  return 0;
}

/* What happens at the start is only of use until it is settled. */
static bool start_is_open(struct sup_engine *e, struct sup_node *n) {
  if (n->state_now == SUP_STATE_STARTING)
    return true;
  e->counters.late_reports++;
  return false;
}

int sup__engine_acknowledged(struct sup_engine *e, struct sup_ref ref) {
  struct sup_node *n;
  int r = sup__find_running(e, ref, &n);

  if (r != 0)
    return r;
  if (!start_is_open(e, n))
    return SUP_EALREADY;
  if (sup__starts_are_off(e, n)) {
    /* S9: its turn in the stop is coming. */
    e->counters.late_reports++;
    sup__disarm(e, n);
    return SUP_EALREADY;
  }
  sup__node_acknowledge(e, n);
  sup__advance(e, SUP_SLICE);
  return 0;
}

int sup__engine_start_failed(struct sup_engine *e, struct sup_ref ref,
                             sup_token error) {
  struct sup_node *n;
  int r = sup__find_running(e, ref, &n);

  if (r == 0 && !start_is_open(e, n))
    r = SUP_EALREADY;
  if (r != 0) {
    sup__token_discard(e, error);
    return r;
  }
  n->flags |= NODE_START_FAILED;
  sup__token_replace(e, &n->error,
                     error != 0 ? error : sup__token_code(SUP_EFAILED));
  begin_ladder(e, n);
  sup__advance(e, SUP_SLICE);
  return 0;
}

int sup__engine_declined(struct sup_engine *e, struct sup_ref ref) {
  struct sup_node *n;
  int r = sup__find_running(e, ref, &n);

  if (r != 0)
    return r;
  if (!start_is_open(e, n))
    return SUP_EALREADY;
  n->flags |= NODE_NOT_NEEDED;
  begin_ladder(e, n);
  sup__advance(e, SUP_SLICE);
  return 0;
}

static int say(struct sup_engine *e, struct sup_ref ref, uint32_t what) {
  struct sup_node *n;
  int r = sup__find_running(e, ref, &n);

  if (r != 0)
    return r;
  n->flags = (n->flags & ~(NODE_DONE | NODE_AGAIN)) | what;
  return 0;
}

int sup__engine_done(struct sup_engine *e, struct sup_ref ref) {
  return say(e, ref, NODE_DONE);
}

int sup__engine_request_restart(struct sup_engine *e, struct sup_ref ref) {
  return say(e, ref, NODE_AGAIN);
}

/* It ended while it was on its ladder. */
static void ladder_over(struct sup_engine *e, struct sup_node *n, bool killed,
                        sup_outcome outcome, sup_token error) {
  if (!(n->flags & NODE_ASKED)) {
    sup__token_discard(e, error);
    if (n->condemned)
      condemned_gone(e, n);
    else if (n->flags & NODE_NOT_NEEDED)
      sup__child_declined(e, n);
    else
      start_failed_gone(e, n, sup__token_ref(n->error));
    return;
  }
  if (killed) {
    sup__token_discard(e, error);
    stopped(e, n, SUP_ESTOPTIMEOUT, sup__token_code(SUP_ESTOPTIMEOUT), false);
    return;
  }
  if (n->flags & NODE_START_FAILED) {
    sup__token_discard(e, error);
    stopped(e, n, SUP_ESTART, sup__token_ref(n->error), false);
    return;
  }
  if (outcome != SUP_OUTCOME_FAILED) {
    sup__token_discard(e, error);
    error = 0;
  } else if (error == 0) {
    error = sup__token_code(SUP_EFAILED);
  }
  stopped(e, n, SUP_EFAILED, error, false);
}

/* What an end means that nobody asked for: a cancellation is then a failure. */
static sup_outcome unasked(struct sup_engine *e, sup_outcome outcome,
                           sup_token *error) {
  if (outcome == SUP_OUTCOME_COMPLETED) {
    sup__token_replace(e, error, 0);
    return outcome;
  }
  if (*error == 0)
    *error = sup__token_code(outcome == SUP_OUTCOME_CANCELED ? SUP_ECANCELED
                                                             : SUP_EFAILED);
  return SUP_OUTCOME_FAILED;
}

static void process_exit(struct sup_engine *e, struct sup_node *n,
                         sup_outcome outcome, sup_token error) {
  bool killed = n->state_now == SUP_STATE_STOPPING && n->step > 0 &&
                ladder(n)[n->step].action == SUP_STOP_KILL;

  run_over(e, n);
  switch (n->state_now) {
  case SUP_STATE_STARTING:
    leave_alive(e, n);
    if (outcome != SUP_OUTCOME_FAILED && sup__starts_are_off(e, n)) {
      sup__token_discard(e, error); /* S9 */
      stopped(e, n, 0, 0, false);
      break;
    }
    outcome = unasked(e, outcome, &error);
    if (outcome == SUP_OUTCOME_COMPLETED)
      error = sup__token_code(SUP_EUNACKNOWLEDGED);
    start_failed_gone(e, n, error);
    break;
  case SUP_STATE_RUNNING:
    leave_alive(e, n);
    outcome = unasked(e, outcome, &error);
    sup__child_ended(e, n, outcome, error);
    break;
  case SUP_STATE_STOPPING:
    leave_alive(e, n);
    ladder_over(e, n, killed, outcome, error);
    break;
  default:
    /* Given up before: ABANDONED, STUCK, or on with something else. */
    SUP_ASSERT(n->flags & NODE_UNDEAD);
    e->counters.late_exits++;
    e->counters.abandoned--;
    sup__emit(e, SUP_EVENT_LATE_EXIT, n, n->cause, e->now - n->changed_at, 0,
              error);
    sup__token_discard(e, error);
    if (n->flags & NODE_ORPHAN)
      sup__orphan_ended(e, n);
    sup__undead_gone(e, n);
  }
}

/* A plain child ended before its start had returned: it counts as handed over
 * when that does (S2), and its end comes then. */
static int keep_exit(struct sup_engine *e, struct sup_node *n,
                     sup_outcome outcome, sup_token error) {
  if (n->flags & NODE_EXIT_WAITS) {
    e->counters.late_reports++;
    sup__token_discard(e, error);
    return SUP_EALREADY;
  }
  n->flags |= NODE_EXIT_WAITS;
  n->outcome = (uint8_t)outcome;
  if (outcome == SUP_OUTCOME_FAILED)
    sup__token_replace(e, &n->error,
                       error != 0 ? error : sup__token_code(SUP_EFAILED));
  else
    sup__token_discard(e, error);
  return 0;
}

int sup__engine_exited(struct sup_engine *e, struct sup_ref ref,
                       sup_outcome outcome, sup_token error) {
  struct sup_node *n;
  int r = sup__find_running(e, ref, &n);

  if (r != 0) {
    sup__token_discard(e, error);
    return r;
  }
  if (outcome == SUP_OUTCOME_HOPELESS || outcome == SUP_OUTCOME_FORCED) {
    /* Of one that was given up nothing is made any more. */
    if (!(n->flags & NODE_UNDEAD))
      n->flags |= outcome == SUP_OUTCOME_HOPELESS ? NODE_HOPELESS : NODE_FORCED;
    outcome = SUP_OUTCOME_FAILED;
  }
  if ((n->flags & NODE_IN_CALL) && !(n->flags & NODE_ENTERED) &&
      !reports_start(n))
    return keep_exit(e, n, outcome, error);
  process_exit(e, n, outcome, error);
  sup__advance(e, SUP_SLICE);
  return 0;
}

/* ---- What became of START ----------------------------------------------- */

static void start_refused(struct sup_engine *e, struct sup_node *n, int result,
                          sup_token error) {
  n->flags &= ~(NODE_RUNS | NODE_END_AFTER_CALL | NODE_EXIT_WAITS);
  e->counters.running--;
  n->steps = 0;
  if (n->flags & NODE_UNDEAD) {
    /* Given up while start was being performed. */
    e->counters.abandoned--;
    sup__token_discard(e, error);
    sup__undead_gone(e, n);
    return;
  }
  sup__disarm(e, n);
  leave_alive(e, n);
  if (n->flags & NODE_ASKED) {
    sup__token_discard(e, error);
    stopped(e, n, 0, 0, true);
  } else if (n->flags & NODE_START_FAILED) {
    sup__token_discard(e, error);
    start_failed_gone(e, n, sup__token_ref(n->error));
  } else if (result > 0 || (n->flags & NODE_NOT_NEEDED)) {
    sup__token_discard(e, error);
    sup__child_declined(e, n);
  } else {
    start_failed_gone(e, n, error != 0 ? error : sup__token_code(result));
  }
}

static void start_performed(struct sup_engine *e, struct sup_node *n,
                            int result, void *state, bool waits,
                            sup_token error) {
  if (!(n->flags & NODE_RUNS)) {
    /* It has ended meanwhile, and may be about to start again. */
    sup__token_discard(e, error);
    n->flags &= ~NODE_END_AFTER_CALL;
    if (result == 0) {
      n->state = state;
      n->flags |= NODE_ENTERED;
      n->actions |= ACTION_END;
    }
    return;
  }
  if (result != 0) {
    start_refused(e, n, result, error);
    return;
  }
  sup__token_discard(e, error);
  n->state = state;
  n->flags |= NODE_ENTERED;
  if (!waits && n->state_now == SUP_STATE_STARTING &&
      !sup__starts_are_off(e, n))
    sup__node_acknowledge(e, n);
  if (n->flags & NODE_EXIT_WAITS) {
    n->flags &= ~NODE_EXIT_WAITS;
    process_exit(e, n, (sup_outcome)n->outcome,
                 n->outcome == SUP_OUTCOME_FAILED ? sup__token_ref(n->error)
                                                  : 0);
  }
}

void sup__engine_started_by(struct sup_engine *e, struct sup_ref ref,
                            int result, void *state, bool waits,
                            sup_token error) {
  struct sup_node *n = sup__node(e, ref.node);

  SUP_ASSERT(n->flags & NODE_IN_CALL);
  n->flags &= ~NODE_IN_CALL;
  e->calls--;
  if (!sup__is_supervisor(n)) {
    start_performed(e, n, result, state, waits, error);
  } else if (result == 0) {
    sup__token_discard(e, error);
    n->state = state;
  } else {
    /* A report that came before counts for more: what was said to be built is
     * cleaned up, with what the function has left. */
    n->state = state;
    sup__resource_build_refused(e, n,
                                error != 0 ? error : sup__token_code(result));
  }
  sup__schedule(e, n);
  sup__node_let_go(e, n);
  sup__advance(e, SUP_SLICE);
}

void sup__engine_performed(struct sup_engine *e,
                           const struct sup_action *action) {
  struct sup_node *n = sup__node(e, action->ref.node);

  e->calls--;
  if (action->kind == SUP_ACTION_STOP && sup__stops_on_foreign_queue(n))
    n->flags &= ~NODE_IN_FOREIGN_CALL;
  else
    n->flags &= ~NODE_IN_CALL;
  if (action->kind == SUP_ACTION_END)
    n->state = NULL;
  /* A replacement that could not begin while something was being performed. */
  if (n->state_now == SUP_STATE_STUCK &&
      n->spec->policy->when_stuck == SUP_STUCK_OVERLAP &&
      !sup__starts_are_off(e, n) && sup__orphan_make(e, n))
    not_stuck_any_more(e, n);
  sup__schedule(e, n);
  sup__node_let_go(e, n);
}

/* ---- Supervisors leave as children do ----------------------------------- */

void sup__node_leave(struct sup_engine *e, struct sup_node *n) {
  leave_alive(e, n);
  if (n->super->undead > 0)
    sup__node_mark_undead(e, n);
}
