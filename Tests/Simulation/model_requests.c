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
 * Who is there (D4, D5), what a request is answered with (D1 to D8), and what
 * the model makes of one that is accepted. What a node is doing is read from
 * what anybody is shown of it; whether it is there, why it is down and what
 * will become of it is the model's own.
 */

#include "model.h"

/* ---- Who is there -------------------------------------------------------- */

/* START is being performed: a plain child that has ended meanwhile has not for
 * its supervisor. */
static bool is_in_call(const struct sim *s, const struct sim_node *n) {
  return s->main_flying && s->main_flight.kind == SUP_ACTION_START &&
         s->main_node == n->id && !n->notify && !n->kills &&
         (!n->begins || n->begun);
}

bool sim_has_orphan(const struct sim *s, const struct sim_node *n) {
  for (int i = 0; i < s->orphan_count; i++)
    if (s->orphans[i].node == n->id && s->orphans[i].alive)
      return true;
  return false;
}

/* Of a temporary child that outlived its stop nothing is kept when it has ended
 * at last. */
static bool outlived_itself(struct sim *s, const struct sim_node *n) {
  const struct sim_node *p = parent_of(s, n);
  return n->restart == SUP_TEMPORARY && n->was_undead && p != NULL &&
         !n->waits_stuck && !n->again && (n->over || !p->open);
}

/* Its supervisor has ended, and it has not been said. */
static bool ended_with_supervisor(struct sim *s, const struct sim_node *n) {
  const struct sim_node *p = parent_of(s, n);
  return p != NULL && (p->id != 0 || p->runs) && p->open &&
         (n->is_dynamic || n->is_made) && sim_shown(s, p) == SUP_STATE_ENDED;
}

bool sim_is_present(struct sim *s, const struct sim_node *n) {
  if (n->is_dynamic && !n->is_added)
    return false;
  if (!n->goes && !n->fades && !n->is_swept && !outlived_itself(s, n) &&
      !ended_with_supervisor(s, n))
    return true;
  return sim_lives(s, n, true) || is_in_call(s, n) ||
         (n->is_supervisor && n->open);
}

/* I3: what is known of it is of one that is not there any more. */
bool sim_is_gone(struct sim *s, const struct sim_node *n) {
  if (n->is_lost || n->ref.generation == 0)
    return true;
  for (; n->parent != SIM_NONE; n = parent_of(s, n))
    if (!sim_is_present(s, n))
      return true;
  return false;
}

/* A new session of its supervisor: whoever was dropped is there again, as
 * another; and so is all below. */
void sim_renew(struct sim *s, struct sim_node *n) {
  if (!sim_is_present(s, n)) {
    for (int i = n->id; i < s->node_count; i++)
      if (i == n->id || is_below(s, NODE(s, i), n->id))
        NODE(s, i)->is_lost = true;
  }
  n->may_be_lost = !n->is_dynamic && sim_may_be_withdrawn(s, n);
  if (!n->is_dynamic)
    n->goes = n->fades = n->is_swept = n->was_undead = false;
}

sup_state sim_shown(struct sim *s, const struct sim_node *n) {
  sup_state state = sim_shown_as(s, n);
  return state == SUP_STATE_HEALTHY || state == SUP_STATE_DONE
             ? SUP_STATE_RUNNING
             : state;
}

sup_state sim_shown_as(struct sim *s, const struct sim_node *n) {
  sup_node_info info = {.size = sizeof(info)};
  sup_token error;
  sup_spec *spec;
  void *state;
  if (sup__engine_spec(s->engine, n->ref) == NULL)
    return SUP_STATE_NEW;
  sup__engine_node_info(s->engine, n->ref.node, &info, &error, &spec, &state);
  return info.state;
}

static bool is_shown_alive(sup_state state) {
  return state == SUP_STATE_STARTING || state == SUP_STATE_RUNNING ||
         state == SUP_STATE_STOPPING;
}

/* A temporary one whose start was withdrawn by a round is taken away, and nothing
 * is said of it. */
bool sim_may_be_withdrawn(struct sim *s, const struct sim_node *n) {
  const struct sim_node *p = parent_of(s, n);
  /* Or it was given up, and has ended while its supervisor goes down. */
  if (p != NULL && n->restart == SUP_TEMPORARY &&
      ((n->was_undead && (p->halting || n->waits_stuck || n->again)) ||
       n->is_unclear || n->may_be_lost))
    return true;
  return p != NULL && n->restart == SUP_TEMPORARY && !is_living(n) &&
         !n->over && !(n->is_supervisor && n->open) &&
         (n->first || n->trial || n->may_be_trial || n->again || n->is_run ||
          n->begun_in_session) &&
         (p->strategy != SUP_ONE_FOR_ONE || n->fate != 0);
}

static bool is_count_open(struct sim *s, const struct sim_node *p) {
  for (int i = 0; i < p->child_count; i++)
    if (sim_may_be_withdrawn(s, NODE(s, p->children[i])))
      return true;
  return false;
}

/* D5: with those that are still to be started, if it starts. */
static int count_children(struct sim *s, const struct sim_node *p,
                          bool starts) {
  int count = 0;
  for (int i = 0; i < p->child_count; i++) {
    struct sim_node *c = NODE(s, p->children[i]);
    if (takes_part(p, c))
      count += (starts && !c->is_dynamic) || sim_is_present(s, c);
  }
  return count;
}

/* D6, E4: so many are counted. */
void sim_check_count(struct sim *s, const struct sim_node *p) {
  uint64_t count = 0;
  int expected;
  if (!p->is_supervisor || !p->started || sim_is_gone(s, p) ||
      is_count_open(s, p) || sim_shown(s, p) != SUP_STATE_RUNNING)
    return;
  expected = count_children(s, p, false);
  if (sup__engine_child_count(s->engine, p->ref, &count) != 0 ||
      count != (uint64_t)expected)
    sim_fail(s, "D4: %s has %d children, %llu are counted", p->name, expected,
             (unsigned long long)count);
}

/* D5: what a build brings */
bool sim_is_overfull(struct sim *s, const struct sim_node *p) {
  return p->child_limit != 0 &&
         count_children(s, p, true) > (int)p->child_limit;
}

/* ---- Codes --------------------------------------------------------------- */

/* Not if it is its body alone that goes down. */
static bool is_stopping(struct sim *s, const struct sim_node *p) {
  bool alone = p->on_ladder && !p->halting && !p->owned && !p->again &&
               !(p->parent == SIM_NONE && s->stopping);
  return sim_shown(s, p) == SUP_STATE_STOPPING && !alone;
}

bool sim_is_going(struct sim *s, const struct sim_node *p) {
  for (; p != NULL; p = parent_of(s, p))
    if (is_stopping(s, p))
      return true;
  return false;
}

bool sim_goes_on(struct sim *s, const struct sim_node *p) {
  return is_shown_alive(sim_shown(s, p)) && !sim_is_going(s, p);
}

bool sim_halts(struct sim *s, const struct sim_node *p) {
  for (; p != NULL; p = parent_of(s, p))
    if (p->open && p->halting)
      return true;
  return false;
}

static int not_running(const struct sim *s) {
  return s->ended ? SUP_EGONE : SUP_ENOTRUNNING;
}

/* The start of its supervisor will come to it. */
static bool is_ahead(struct sim *s, const struct sim_node *n) {
  const struct sim_node *p = parent_of(s, n);
  switch (sim_shown(s, n)) {
  case SUP_STATE_STARTING:
  case SUP_STATE_RUNNING:
  case SUP_STATE_STOPPING:
  case SUP_STATE_WAITING:
  case SUP_STATE_STUCK:
  case SUP_STATE_ENDED:
    return false;
  default:
    return sim_shown(s, p) == SUP_STATE_STARTING && takes_part(p, n) &&
           !n->is_dynamic && !n->begun_in_session && !n->owned;
  }
}

/* It was given up, and is to be started with a round. */
static bool comes_back(struct sim *s, const struct sim_node *n,
                       sup_state state) {
  const struct sim_node *p = parent_of(s, n);
  return state == SUP_STATE_ABANDONED && p->open && is_at_work(p) &&
         sim_goes_on(s, p) && !n->over && !n->owned && !n->declined;
}

/* Somebody has asked it to stop; a worker may go down its ladder for a reason of
 * its own. */
static bool is_asked(const struct sim_node *n) {
  if (n->is_dying)
    return n->owned || n->again;
  return n->asked &&
         ((n->is_supervisor && !n->runs) ||
          (n->acked && (!n->runs || (!n->body_over && !n->gives_up)) &&
           !n->silent) ||
          n->owned || n->again);
}

static int expected_terminate(struct sim *s, const struct sim_node *n) {
  const struct sim_node *p = parent_of(s, n);
  sup_state state = sim_shown(s, n);
  switch (state) {
  case SUP_STATE_STARTING:
  case SUP_STATE_RUNNING:
  case SUP_STATE_STOPPING:
  case SUP_STATE_WAITING:
  case SUP_STATE_STUCK:
  case SUP_STATE_ENDED:
    return 0;
  case SUP_STATE_ABANDONED:
    if (p->touched && p->open && is_at_work(p))
      return SIM_OPEN;
    break;
  default:
    break;
  }
  if (comes_back(s, n, state))
    return 0;
  if (is_ahead(s, n))
    return 0;
  return state == SUP_STATE_NEW ? SUP_ENOTRUNNING : SUP_EALREADY;
}

static int expected_restart(struct sim *s, const struct sim_node *n) {
  const struct sim_node *p = parent_of(s, n);
  if (n->goes || (n->fades && !is_shown_alive(sim_shown(s, n))))
    return SUP_EGONE;
  if (!takes_part(p, n))
    return SUP_ENOTRUNNING;
  return is_shown_alive(sim_shown(s, p)) ? 0 : not_running(s);
}

int sim_expected_code(struct sim *s, const struct sim_node *n,
                      enum sim_request_kind kind) {
  const struct sim_node *p = parent_of(s, n);
  sup_state state;
  if (sim_is_gone(s, n))
    return SUP_EGONE;
  if (p == NULL)
    return SUP_EINVAL;
  for (const struct sim_node *m = n; m != NULL; m = parent_of(s, m))
    if (sim_may_be_withdrawn(s, m) || (m->on_ladder && m->hurried && m != n))
      return SIM_OPEN;
  state = sim_shown(s, n);
  if (kind == SIM_FORCES && state == SUP_STATE_STOPPING) {
    if (!sim_is_going(s, p) || is_asked(n))
      return 0;
    /* Whether its supervisor has come to it does not show if it is going down
     * for a reason of its own. */
    return n->is_supervisor && !n->runs ? SUP_ESTOPPING : SIM_OPEN;
  }
  if (sim_is_going(s, p))
    return SUP_ESTOPPING;
  switch (kind) {
  case SIM_RESTARTS:
    return expected_restart(s, n);
  case SIM_DELETES:
    return is_shown_alive(sim_shown(s, p)) ? 0 : not_running(s);
  default:
    return expected_terminate(s, n);
  }
}

/* D4: one that was dropped has its name back when the start comes to it. */
static bool is_taken(struct sim *s, const struct sim_node *n) {
  const struct sim_node *p = parent_of(s, n);
  if (sim_is_present(s, n) && takes_part(p, n))
    return true;
  return !n->is_dynamic && takes_part(p, n) && is_ahead(s, n);
}

int sim_expected_add(struct sim *s, const struct sim_node *p,
                     const struct sim_node *n) {
  if (sim_is_gone(s, p))
    return SUP_EGONE;
  for (const struct sim_node *m = p; m != NULL; m = parent_of(s, m))
    if (sim_may_be_withdrawn(s, m) || (m->on_ladder && m->hurried))
      return SIM_OPEN; /* whether that was asked for does not show */
  if (!p->is_supervisor || p->runs)
    return SUP_EINVAL;
  if (sim_is_going(s, p))
    return SUP_ESTOPPING;
  if (!is_shown_alive(sim_shown(s, p)))
    return not_running(s);
  if (is_count_open(s, p))
    return SIM_OPEN;
  if (n->parent == p->id && is_taken(s, n))
    return SUP_EEXIST;
  if (p->child_limit != 0 &&
      count_children(s, p, sim_shown(s, p) == SUP_STATE_STARTING) >=
          (int)p->child_limit)
    return SUP_ELIMIT;
  return 0;
}

/* ---- What was accepted --------------------------------------------------- */

/* A supervisor begins unseen, with the first of its children. */
void sim_see_begin(struct sim *s, struct sim_node *p) {
  if (p != NULL && p->is_supervisor && !p->open && !sim_is_gone(s, p) &&
      !sim_is_going(s, p) &&
      (sim_shown(s, p) == SUP_STATE_STARTING ||
       sim_shown(s, p) == SUP_STATE_RUNNING)) {
    p->is_foreseen = true;
    sim_open_session(s, p);
    p->is_foreseen = true;
  }
}

/* Whether a round of a supervisor may be going on, or be about to begin. */
static bool may_be_in_round(struct sim *s, const struct sim_node *p) {
  if (p->strategy == SUP_ONE_FOR_ONE)
    return false;
  if (!p->started)
    return true;
  for (int i = 0; i < p->child_count; i++) {
    const struct sim_node *c = NODE(s, p->children[i]);
    if (!takes_part(p, c) || !sim_is_present(s, c) || c->over || c->declined)
      continue;
    if (sim_shown(s, c) != SUP_STATE_RUNNING)
      return true;
  }
  return false;
}

void sim_look_before(struct sim *s, const struct sim_node *n,
                     struct sim_before *before) {
  *before = (struct sim_before){.state = SUP_STATE_NEW};
  if (n->parent == SIM_NONE)
    return;
  before->state = sim_shown(s, n);
  before->ahead = is_ahead(s, n);
  before->in_round = comes_back(s, n, before->state);
  before->round_is_on = may_be_in_round(s, parent_of(s, n));
  before->is_going = sim_is_going(s, parent_of(s, n));
}

/* Which rounds there are after a request in one of them, or for a start beside
 * them, is left open. */
void sim_blur(struct sim *s, struct sim_node *n, bool rounds) {
  struct sim_node *p = parent_of(s, n);
  p->is_blurred = p->is_blurred || n->fate != 0;
  p->touched = p->touched || (rounds && p->strategy != SUP_ONE_FOR_ONE);

  /* Who is stopped, or begins, in the middle of its start has another place. */
  p->unordered =
      p->unordered ||
      (!p->started && (p->start_limit > 1 || p->has_after[p->uses_made]));
}

/* B4: nobody waits for a delay any more. */
static void hurry(struct sim *s, struct sim_node *n, bool all) {
  struct sim_node *p = parent_of(s, n);
  for (int i = 0; i < p->child_count; i++) {
    struct sim_node *c = NODE(s, p->children[i]);
    if (c == n || (all && (p->strategy != SUP_ONE_FOR_ONE ||
                           (c->fate != 0 && c->fate == n->fate))))
      c->not_before = c->not_after = 0;
  }
}

static void model_down(struct sim_node *n, sup_state before, bool ahead,
                       bool deletes) {
  bool alive = is_shown_alive(before);
  n->owned = true;
  n->is_skipped = n->is_skipped || ahead;
  n->again = false;
  n->completed = n->completed &&
                 (before == SUP_STATE_ENDED || before == SUP_STATE_COMPLETED ||
                  before == SUP_STATE_ABANDONED);
  if (!alive && before != SUP_STATE_ENDED)
    n->over = true;
  if (!alive)
    n->first = n->trial = false;
  n->goes = n->goes || deletes;
  n->fades =
      n->restart == SUP_TEMPORARY &&
      (alive || before == SUP_STATE_WAITING || before == SUP_STATE_STUCK);
  if ((deletes || n->fades) && before != SUP_STATE_ENDED)
    n->lasts = false;
}

/* Its end, which its supervisor has not dealt with yet, is one for good. */
static bool has_ended_for_good(const struct sim_node *n) {
  return !sim_is_restarted(n, has_failed(n), false);
}

static void begin_anew(struct sim *s, struct sim_node *n) {
  n->trial = true;
  n->down_at = s->now; /* who came after it could begin until now */
  n->own.count = 0;
}

static void model_again(struct sim *s, struct sim_node *n, sup_state before,
                        bool ahead, bool in_round, bool starts) {
  n->owned = n->fades = false;
  switch (before) {
  case SUP_STATE_STARTING:
  case SUP_STATE_RUNNING:
  case SUP_STATE_STOPPING:
    n->again = true;
    break;
  case SUP_STATE_ENDED:
    n->again = true;
    if (has_ended_for_good(n))
      begin_anew(s, n);
    break;
  case SUP_STATE_WAITING:
  case SUP_STATE_STUCK:
    break;
  default:
    n->first = n->first && in_round; /* else a stop has made it one like any */
    if (n->is_skipped && starts)
      n->may_be_trial = true;
    else if (!ahead && !in_round)
      begin_anew(s, n);
  }
  n->over = false;
}

/* Its body has begun to, and nobody has asked: with others that share its fate
 * that does not show. */
static bool goes_down_alone(struct sim *s, const struct sim_node *n) {
  return n->on_ladder && n->fate == 0 &&
         parent_of(s, n)->strategy == SUP_ONE_FOR_ONE;
}

void sim_model_accepted(struct sim *s, struct sim_node *n,
                        enum sim_request_kind kind,
                        const struct sim_before *before) {
  if (kind == SIM_FORCES)
    n->hurried = true;
  if (kind == SIM_FORCES && before->state == SUP_STATE_STOPPING) {
    if (is_asked(n) || before->is_going)
      return; /* a stop that goes on */
    if (!n->is_dying && !goes_down_alone(s, n) &&
        (!n->is_supervisor || n->runs)) {
      /* Perhaps, or it is that of who asks now. */
      n->requested = true;
      parent_of(s, n)->touched = true;
      parent_of(s, n)->lasts_open = parent_of(s, n)->lasts_open || n->lasts;
      sim_blur(s, n, true);
      return;
    }
  }
  sim_blur(s, n, kind == SIM_RESTARTS || before->round_is_on);
  n->requested = true;
  if (kind != SIM_RESTARTS) {
    model_down(n, before->state, before->ahead, kind == SIM_DELETES);
    return;
  }
  model_again(s, n, before->state, before->ahead, before->in_round,
              !parent_of(s, n)->started);
  hurry(s, n, before->state == SUP_STATE_WAITING);
}
