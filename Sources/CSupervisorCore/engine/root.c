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

/* One failure more than its own tolerance allows; *failure says so then. */
static bool is_too_much(struct sup_engine *e, struct sup_node *s,
                        sup_token *failure) {
  const struct sup_policy *policy = s->spec->policy;
  struct sup_record_of_failures *record = s->super->own;
  sup_token error = *failure;

  if (!policy->has_tolerance)
    return false;
  sup__token_replace(e, &s->error, sup__token_ref(error));
  if (!sup__tolerance_exceeded(e, record, policy->tolerance_max,
                               policy->tolerance_window, s))
    return false;
  *failure = sup__compose_exceeded(e, s, record, policy->tolerance_max,
                                   policy->tolerance_window);
  sup__token_discard(e, error);
  return true;
}

/* It is started again after its backoff: true, with `failure` taken over. */
static bool goes_on(struct sup_engine *e, struct sup_node *s, sup_halt reason,
                    sup_token *failure) {
  bool failed = reason != HALT_COMPLETE;
  sup_event_kind kind = reason == HALT_START     ? SUP_EVENT_START_FAILED
                        : reason == HALT_FAILURE ? SUP_EVENT_FAILED
                                                 : SUP_EVENT_COMPLETED;
  sup_duration took, delay;

  if (!sup__has_body(s) || !e->settled || (s->flags & NODE_ASKED) ||
      !sup__child_is_restarted(s, failed ? SUP_OUTCOME_FAILED
                                         : SUP_OUTCOME_COMPLETED) ||
      (failed && is_too_much(e, s, failure)))
    return false;
  took = reason == HALT_START ? e->now - s->changed_at : sup__up_time(e, s);
  s->cause =
      sup__emit(e, kind, s, s->super->cause, took, 0, failed ? *failure : 0);
  if (*failure != 0)
    sup__token_replace(e, &s->error, *failure);
  delay = sup__backoff_next(e, s);
  sup__emit(e, SUP_EVENT_RESTART_SCHEDULED, s, s->cause, 0, (int64_t)delay, 0);
  sup__child_start_at(e, s, sup__add_saturating(e->now, delay));
  return true;
}

void sup__root_ended(struct sup_engine *e, struct sup_node *s, sup_halt reason,
                     sup_token failure) {
  if (!goes_on(e, s, reason, &failure))
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
