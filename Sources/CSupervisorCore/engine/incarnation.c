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
 * What is said of an incarnation: by whoever runs it, that it has begun, is up,
 * has ended; by whoever performs its actions, what became of them. What that
 * means for the child is node.c's.
 */

#include "internal.h"

/* ---- Reports ------------------------------------------------------------ */

int sup__find_running(struct sup_engine *e, struct sup_ref ref,
                      struct sup_node **node) {
  struct sup_node *n = sup__node_find(e, ref.node, ref.generation);

  if (n == NULL) {
    e->counters.stale_reports++;
    return SUP_EGONE;
  }
  if (sup__has_body(n))
    n = sup__body(e, n);
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

void sup__has_spoken(struct sup_engine *e, struct sup_node *n) {
  if ((n->flags & NODE_IN_CALL) && n->state_now == SUP_STATE_STARTING &&
      !sup__reports_start(n) && !sup__starts_are_off(e, n))
    sup__node_acknowledge(e, n);
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

/* X6. Nothing is made any more of one that was given up. */
static void note_class(struct sup_node *n, sup_outcome outcome) {
  if ((n->flags & NODE_UNDEAD) ||
      (outcome != SUP_OUTCOME_HOPELESS && outcome != SUP_OUTCOME_FORCED))
    return;
  n->flags &= ~(NODE_HOPELESS | NODE_FORCED);
  n->flags |= outcome == SUP_OUTCOME_HOPELESS ? NODE_HOPELESS : NODE_FORCED;
}

int sup__engine_start_failed(struct sup_engine *e, struct sup_ref ref,
                             sup_token error) {
  return sup__engine_start_failed_as(e, ref, SUP_OUTCOME_FAILED, error);
}

int sup__engine_start_failed_as(struct sup_engine *e, struct sup_ref ref,
                                sup_outcome outcome, sup_token error) {
  struct sup_node *n;
  int r = sup__find_running(e, ref, &n);

  if (r == 0 && !start_is_open(e, n))
    r = SUP_EALREADY;
  if (r != 0) {
    sup__token_discard(e, error);
    return r;
  }
  n->flags |= NODE_START_FAILED;
  note_class(n, outcome);
  sup__token_replace(e, &n->error,
                     error != 0 ? error : sup__token_code(SUP_EFAILED));
  sup__node_begin_ladder(e, n);
  sup__advance(e, SUP_SLICE);
  return 0;
}

int sup__engine_unready(struct sup_engine *e, struct sup_ref ref,
                        sup_token error) {
  struct sup_node *n;
  int r = sup__find_running(e, ref, &n);

  if (r == 0 && (!(n->flags & NODE_START_FAILED) ||
                 sup__token_value(n->error) != SUP_ESTARTTIMEOUT))
    r = SUP_EALREADY;
  if (r == 0)
    sup__token_replace(e, &n->error, error);
  else
    sup__token_discard(e, error);
  return r;
}

int sup__engine_extend_start(struct sup_engine *e, struct sup_ref ref,
                             sup_duration time) {
  struct sup_node *n;
  int r = sup__find_running(e, ref, &n);
  uint64_t deadline = sup__add_saturating(e->now, time);

  if (r != 0)
    return r;
  if (!start_is_open(e, n))
    return SUP_EALREADY;
  if (n->deadline != SUP_INFINITE && n->deadline < deadline)
    sup__arm(e, n, deadline);
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
  sup__node_begin_ladder(e, n);
  sup__advance(e, SUP_SLICE);
  return 0;
}

/* It ended while it was on its ladder. */
static void ladder_over(struct sup_engine *e, struct sup_node *n, bool killed,
                        sup_outcome outcome, sup_token error) {
  if (!(n->flags & NODE_ASKED)) {
    sup__token_discard(e, error);
    if (n->condemned)
      sup__node_condemned_gone(e, n);
    else if (n->flags & NODE_NOT_NEEDED)
      sup__child_declined(e, n);
    else
      sup__child_start_failed(e, n, sup__token_ref(n->error));
    return;
  }
  if (killed) {
    sup__token_discard(e, error);
    sup__node_stopped(e, n, SUP_ESTOPTIMEOUT, sup__token_code(SUP_ESTOPTIMEOUT),
                      false);
    return;
  }
  if (n->flags & NODE_START_FAILED) {
    sup__token_discard(e, error);
    sup__node_stopped(e, n, SUP_ESTART, sup__token_ref(n->error), false);
    return;
  }
  if (outcome != SUP_OUTCOME_FAILED) {
    sup__token_discard(e, error);
    error = 0;
  } else if (error == 0) {
    error = sup__token_code(SUP_EFAILED);
  }
  sup__node_stopped(e, n, SUP_EFAILED, error, false);
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
                sup__ladder(n)[n->step].action == SUP_STOP_KILL;

  sup__node_run_over(e, n);
  switch (n->state_now) {
  case SUP_STATE_STARTING:
    sup__node_leave_alive(e, n);
    if (outcome != SUP_OUTCOME_FAILED && sup__starts_are_off(e, n)) {
      sup__token_discard(e, error); /* S9 */
      sup__node_stopped(e, n, 0, 0, false);
      break;
    }
    outcome = unasked(e, outcome, &error);
    if (outcome == SUP_OUTCOME_COMPLETED)
      error = sup__compose_not_up(e, n, SUP_EUNACKNOWLEDGED);
    sup__child_start_failed(e, n, error);
    break;
  case SUP_STATE_RUNNING:
    sup__node_leave_alive(e, n);
    if (!sup__body_was_asked(e, n))
      outcome = unasked(e, outcome, &error);
    sup__child_ended(e, n, outcome, error);
    break;
  case SUP_STATE_STOPPING:
    sup__node_leave_alive(e, n);
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
  note_class(n, outcome);
  if (outcome == SUP_OUTCOME_HOPELESS || outcome == SUP_OUTCOME_FORCED)
    outcome = SUP_OUTCOME_FAILED;
  if ((n->flags & NODE_IN_CALL) && !(n->flags & NODE_ENTERED) &&
      !sup__reports_start(n))
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
  sup__node_leave_alive(e, n);
  if (n->flags & NODE_ASKED) {
    sup__token_discard(e, error);
    sup__node_stopped(e, n, 0, 0, true);
  } else if (n->flags & NODE_START_FAILED) {
    sup__token_discard(e, error);
    sup__child_start_failed(e, n, sup__token_ref(n->error));
  } else if (result > 0 || (n->flags & NODE_NOT_NEEDED)) {
    sup__token_discard(e, error);
    sup__child_declined(e, n);
  } else {
    sup__child_start_failed(e, n, error != 0 ? error : sup__token_code(result));
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
  if (n->state_now == SUP_STATE_STARTING && !sup__starts_are_off(e, n)) {
    if (waits)
      sup__emit(e, SUP_EVENT_STARTING, n, n->cause, 0,
                n->spec->runs == SUP_RUNS_TREE, 0);
    else
      sup__node_acknowledge(e, n);
  }
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
    sup__node_not_stuck(e, n);
  sup__schedule(e, n);
  sup__node_let_go(e, n);
}
