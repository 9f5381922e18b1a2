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
 * The end of the root, which is that of all. Only a runnable (R) is started
 * again when it has ended by itself, as its supervisor would do if it had one.
 */

#include "internal.h"

static void end(struct sup_engine *e, struct sup_node *s, sup_halt reason,
                sup_token failure) {
  static const uint8_t final_states[] = {[HALT_REQUEST] = SUP_STATE_STOPPED,
                                         [HALT_FAILURE] = SUP_STATE_FAILED,
                                         [HALT_START] = SUP_STATE_FAILED,
                                         [HALT_COMPLETE] = SUP_STATE_COMPLETED,
                                         [HALT_DECLINED] = SUP_STATE_DECLINED};
  sup_event_kind kind;
  sup_token told = failure;

  e->ended = true;
  e->result = failure;
  if (!e->settled) {
    e->settled = true;
    e->start_result = reason == HALT_REQUEST
                          ? sup__compose(e, SUP_ESTOPPED, s, failure)
                          : sup__token_ref(failure);
    told = e->start_result;
    kind = SUP_EVENT_START_FAILED;
  } else if (reason == HALT_START) {
    kind = SUP_EVENT_START_FAILED; /* of a restart (X4) */
  } else if (reason == HALT_FAILURE) {
    kind = SUP_EVENT_FAILED;
  } else if (reason == HALT_COMPLETE && failure == 0) {
    kind = SUP_EVENT_COMPLETED;
  } else {
    kind = failure ? SUP_EVENT_TERMINATION_FAILED : SUP_EVENT_TERMINATED;
  }
  sup__emit(e, kind, s, s->super->cause, e->now - s->changed_at, 0, told);
  sup__token_replace(e, &s->error, sup__token_ref(told));
  sup__set_state(e, s, final_states[reason]);
  sup__answer_unhealthy(
      e, s, reason == HALT_REQUEST ? SUP_ESTOPPED : SUP_ENOTRUNNING, failure);
  s->actions |= ACTION_NOTIFY;
  sup__schedule(e, s);
}

/* One failure more than its own tolerance allows. */
static bool is_too_much(struct sup_engine *e, struct sup_node *s,
                        sup_token failure) {
  const struct sup_policy *policy = s->spec->policy;

  if (!policy->has_tolerance)
    return false;
  sup__token_replace(e, &s->error, sup__token_ref(failure));
  return sup__tolerance_exceeded(e, s->super->own, policy->tolerance_max,
                                 policy->tolerance_window, s);
}

/* What it ends with then, made of `failure`, which is taken over. */
static sup_token exceeded(struct sup_engine *e, struct sup_node *s,
                          sup_token failure) {
  sup__token_replace(e, &s->error, failure);
  return sup__compose_exceeded(e, s, s->super->own,
                               s->spec->policy->tolerance_max,
                               s->spec->policy->tolerance_window);
}

/* X2, X4: a restart that failed is tried again, whoever has brought it. */
static bool is_restarted(const struct sup_node *s, sup_halt reason) {
  if (reason == HALT_START)
    return !(s->flags & NODE_HOPELESS);
  return sup__child_is_restarted(
      s, reason == HALT_COMPLETE ? SUP_OUTCOME_COMPLETED : SUP_OUTCOME_FAILED);
}

/* What becomes of it: DYING_RESTARTS; DYING_ASIDE, if that was too much; or
 * DYING_FOR_GOOD. */
static sup_dying verdict(struct sup_engine *e, struct sup_node *s,
                         sup_halt reason, sup_token failure) {
  if (!sup__has_body(s) || !e->settled || (s->flags & NODE_ASKED) ||
      !is_restarted(s, reason))
    return DYING_FOR_GOOD;
  return reason != HALT_COMPLETE && is_too_much(e, s, failure) ? DYING_ASIDE
                                                               : DYING_RESTARTS;
}

/* After its backoff. `failure` is taken over. */
static void start_again(struct sup_engine *e, struct sup_node *s,
                        sup_halt reason, sup_token failure) {
  sup_event_kind kind = reason == HALT_START     ? SUP_EVENT_START_FAILED
                        : reason == HALT_FAILURE ? SUP_EVENT_FAILED
                                                 : SUP_EVENT_COMPLETED;
  sup_duration took =
      reason == HALT_START ? e->now - s->changed_at : sup__up_time(e, s);
  sup_duration delay;

  s->cause = sup__emit(e, kind, s, s->super->cause, took, 0,
                       reason == HALT_COMPLETE ? 0 : failure);
  if (failure != 0)
    sup__token_replace(e, &s->error, failure);
  delay = sup__backoff_next(e, s);
  sup__emit(e, SUP_EVENT_RESTART_SCHEDULED, s, s->cause, 0, (int64_t)delay, 0);
  sup__child_start_at(e, s, sup__add_saturating(e->now, delay));
}

void sup__root_dies(struct sup_engine *e, struct sup_node *s) {
  sup_halt reason = (sup_halt)s->super->halt;
  sup_token failure =
      reason == HALT_FAILURE ? sup__token_ref(sup__body(e, s)->error) : 0;
  sup_dying dying = verdict(e, s, reason, failure);

  if (dying == DYING_RESTARTS) {
    start_again(e, s, reason, failure);
    return;
  }
  s->super->dying = (uint8_t)dying;
  sup__token_replace(e, &s->super->failure, failure);
}

/* One that had died, and was to be started again. */
static void dying_gone(struct sup_engine *e, struct sup_node *s,
                       sup_token failure) {
  if (!(s->flags & NODE_ASKED)) {
    sup__token_discard(e, failure);
    sup__child_start_at(e, s, s->super->restart_at);
    return;
  }
  s->super->cause =
      sup__emit(e, SUP_EVENT_RESTART_CANCELED, s, s->cause, 0, 0, 0);
  end(e, s, HALT_REQUEST, failure);
}

void sup__root_ended(struct sup_engine *e, struct sup_node *s, sup_halt reason,
                     sup_token failure) {
  sup_dying dying = (sup_dying)s->super->dying;

  s->super->dying = DYING_NOT;
  if (dying == DYING_RESTARTS) {
    dying_gone(e, s, failure);
    return;
  }
  if (dying == DYING_NOT)
    dying = verdict(e, s, reason, failure);
  if (dying == DYING_RESTARTS) {
    start_again(e, s, reason, failure);
    return;
  }
  if (dying == DYING_ASIDE)
    failure = exceeded(e, s, failure);
  end(e, s, reason, failure);
}

void sup__root_stand_down(struct sup_engine *e, struct sup_node *s) {
  sup__disarm(e, s);
  if (s->state_now == SUP_STATE_WAITING)
    s->super->cause =
        sup__emit(e, SUP_EVENT_RESTART_CANCELED, s, s->cause, 0, 0, 0);
  end(e, s, HALT_REQUEST, 0);
}

void sup__stuck_too_long(struct sup_engine *e, struct sup_node *n,
                         sup_token error) {
  if (n->parent == SUP_NONE)
    end(e, n, HALT_FAILURE, error);
  else
    sup__supervisor_fail(e, sup__parent(e, n), n, error);
}
