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
 * Runnables that have died (R3): their body has ended, and not because anybody
 * had asked for that, and not all that is below them is gone.
 *
 * The end is that of the body. It is dealt with at once, as that of any child
 * is, wherever its supervisor stands: told, counted, and its group's round
 * begins, beside the stop of what is below. Only what needs the place waits
 * until all is gone: to be started, or left as something, or taken away. Until
 * then the node is alive and STOPPING, and `dying` says what comes then. A stop
 * that comes upon it takes the restart back, and that is all there is to tell.
 *
 *   dying      all is gone           ... and it was asked to stop
 *   ---------  --------------------  ------------------------------------
 *   UNTOLD     ENDED                 (told when it is asked)
 *   RESTARTS   WAITING, or starts    restart canceled, STOPPED
 *   IN_ROUND   WAITING for it        restart canceled, STOPPED
 *   FOR_GOOD   as any that ends so   likewise
 *   ASIDE      FAILED, QUARANTINED   likewise
 */

#include "internal.h"

/* The end of a root that is not restarted is told as that of all. */
static bool is_told(const struct sup_node *n) {
  return n->super->dying == DYING_RESTARTS ||
         (n->super->dying != DYING_UNTOLD && n->parent != SUP_NONE);
}

void sup__dies(struct sup_engine *e, struct sup_node *n, sup_outcome outcome) {
  const struct sup_node *body = sup__body(e, n);
  bool failed = outcome == SUP_OUTCOME_FAILED;

  n->super->cause = n->cause = body->cause;
  n->super->side_by_side = true;
  n->super->dying = DYING_UNTOLD;
  sup__body_leaves(e, n);
  sup__supervisor_halt(e, n, failed ? HALT_FAILURE : HALT_COMPLETE, 0);
  if (n->parent == SUP_NONE)
    sup__root_dies(e, n);
  else
    sup__child_ended(e, n, outcome, failed ? sup__token_ref(body->error) : 0);
  n->super->cause = n->cause;
  if (!is_told(n) && n->super->visible > 0)
    n->super->cause = sup__emit(e, SUP_EVENT_STOPPING, n, n->cause, 0,
                                SUP_STOP_CANCEL, failed ? body->error : 0);
}

static bool is_gone(const struct sup_node *n) {
  return (n->flags & (NODE_FREE | NODE_DROPPED)) != 0;
}

/* A stop has come upon it. */
static void was_stopped(struct sup_engine *e, struct sup_node *s,
                        struct sup_node *n, sup_dying dying,
                        sup_token failure) {
  bool again = (n->marks & MARK_AGAIN) && !sup__starts_are_off(e, n);

  if (failure != 0 && s->super->phase == PHASE_HALT)
    sup__note_stop_failure(e, s, sup__token_value(failure), n, failure);
  if (dying == DYING_FOR_GOOD && !again) {
    /* Whoever has asked is answered before it goes by that. */
    sup__answer_stopped(e, n, failure);
    sup__answer_not_started(e, n);
    sup__child_settle(e, n, (sup_outcome)n->outcome);
  } else if (dying == DYING_ASIDE || dying == DYING_FOR_GOOD) {
    sup__child_left_as(e, n, (sup_state)n->super->left_as);
    if (again) { /* as if it were new */
      n->consecutive = 0;
      sup__record_clear(e, sup__own_record(n));
    }
  } else {
    if (!again)
      sup__emit(e, SUP_EVENT_RESTART_CANCELED, n, n->cause, 0, 0, 0);
    sup__child_left_as(e, n, SUP_STATE_STOPPED);
  }
  if (!is_gone(n))
    sup__child_stopped(e, n, failure);
}

static void goes_on(struct sup_engine *e, struct sup_node *n, sup_dying dying) {
  switch (dying) {
  case DYING_UNTOLD:
    sup__child_awaits_turn(e, n);
    n->changed_at = sup__body(e, n)->changed_at;
    if (n->outcome == SUP_OUTCOME_COMPLETED)
      sup__came_up(e, n);
    break;
  case DYING_RESTARTS:
    sup__child_start_at(e, n, n->super->restart_at);
    break;
  case DYING_IN_ROUND:
    sup__child_awaits_round(e, n);
    break;
  case DYING_FOR_GOOD:
    sup__child_settle(e, n, (sup_outcome)n->outcome);
    break;
  default:
    sup__child_left_as(e, n, (sup_state)n->super->left_as);
  }
}

void sup__dying_gone(struct sup_engine *e, struct sup_node *n,
                     sup_token failure) {
  struct sup_node *s = sup__parent(e, n);
  sup_dying dying = (sup_dying)n->super->dying;

  n->super->dying = DYING_NOT;
  sup__group_member_gone(e, s, n);
  sup__dirty(e, s);
  if (n->flags & NODE_ASKED)
    was_stopped(e, s, n, dying, failure);
  else
    goes_on(e, n, dying);
  sup__token_discard(e, failure);
}
