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

/* What may begin and be stopped when; what holds in between and at the end. */

#include "model.h"

#include <string.h>

/* Its start function is at work, and has not told of an end. */
static bool is_in_start(const struct sim *s, const struct sim_node *n) {
  return s->main_flying && s->main_flight.kind == SUP_ACTION_START &&
         s->main_node == n->id && !n->begins && !n->entered;
}

static bool is_in_build(const struct sim *s, const struct sim_node *n) {
  return n->building || (s->main_flying && s->main_node == n->id &&
                         s->main_flight.kind == SUP_ACTION_BUILD);
}

bool sim_lives(struct sim *s, const struct sim_node *n, bool at_all) {
  for (int i = 0; i < s->node_count; i++) {
    struct sim_node *m = NODE(s, i);
    if (m->id != n->id && !is_below(s, m, n->id))
      continue;
    if (is_living(m) && (at_all || !m->abandoned))
      return true;
    if (at_all && (is_in_start(s, m) || sim_has_orphan(s, m)))
      return true;
    if (at_all && (is_in_build(s, m) || m->built || m->cleaning))
      return true;
  }
  return false;
}

bool sim_is_met(const struct sim_node *d) {
  if (d->is_dying)
    return false;
  if (d->over)
    return d->completed;
  if (d->is_supervisor)
    return d->open && d->started && !d->halting &&
           !(d->runs && (d->asked || (d->body_over && !d->done)));
  if (d->acked && d->completes)
    return !sim_is_restarted(d, false, false);
  return d->acked && d->alive && !d->asked;
}

bool sim_may_be_met(const struct sim_node *d) {
  if (d->runs && d->open && d->started && !d->halting)
    return true; /* its body may be on its way down alone */
  return sim_is_met(d) ||
         (d->is_supervisor && (d->auto_ends || (d->runs && d->body_over)) &&
          !has_failed(d) && !sim_is_restarted(d, false, false));
}

/* ---- Begin -------------------------------------------------------------- */

static void model_begin(struct sim *s, struct sim_node *n);

static void first_sequence(struct sim *s, struct sim_node *p, bool made) {
  int from = made ? p->static_count : 0;
  int count = made ? p->made_count : p->static_count;
  (void)s;
  for (int i = 0; i < count; i++)
    p->sequence[made][i] =
        p->children[from + (p->order == SUP_LEFT_TO_RIGHT ? i : count - 1 - i)];
  p->is_ordered = true;
}

void sim_open_session(struct sim *s, struct sim_node *n) {
  sim_close_dying(s, n);
  if (n->open)
    return;
  if (!n->is_ordered)
    first_sequence(s, n, false);
  first_sequence(s, n, true); /* they are new each time */
  model_begin(s, n);
  if (sim_lives(s, n, true))
    sim_fail(s, "I2: %s begins while somebody below it lives", n->name);
  for (int i = 0; i < n->child_count; i++)
    sim_renew(s, NODE(s, n->children[i]));
  n->open = true;
  n->started = n->halting = n->was_stuck = n->uses_made = false;
  n->is_foreseen = false;
  n->is_blurred = n->auto_ends = n->lasts_open = false;
  n->record.count = 0;
  n->hurried = false;
  n->round_event = n->last_begin_event = 0;
  for (int i = 0; i < n->fate_count; i++)
    n->fates[i].event = 0;
  n->stopping_at = 0;
  n->stopped_by_tree = n->side_by_side = n->gives_up = n->dies = false;
  n->halt_event = 0;
  n->in_any_order = n->body_over = false;
  n->healthy = n->misused = n->done = false;
  if (n->runs)
    n->fate_count = 0;
  n->up_count = 0;
  for (int i = 0; i < n->child_count; i++) {
    struct sim_node *c = NODE(s, n->children[i]);
    c->begun_in_session = c->acked = c->starting = c->requested = false;
    c->declined = c->over = c->completed = c->waits_stuck = false;
    c->owned = c->trial = c->lasts = false;
    c->is_skipped = c->may_be_trial = false;
    c->not_before = c->not_after = c->started_event = c->down_at = 0;
    c->own.count = 0;
  }
}

static int starting_beside(struct sim *s, struct sim_node *p,
                           const struct sim_node *n) {
  int count = 0;
  for (int i = 0; i < child_count(p); i++)
    count += child_at(s, p, i)->starting && child_at(s, p, i) != n &&
             !child_at(s, p, i)->requested;
  return count;
}

/* One after another. Who waits for a sibling is overtaken. */
static void check_strict_order(struct sim *s, struct sim_node *p,
                               struct sim_node *n) {
  for (int i = 0; i < child_count(p); i++) {
    struct sim_node *c = child_at(s, p, i);
    if (c->requested)
      continue;
    if (i < place(s, n) && c->after_count == 0 && !c->acked && !c->declined)
      sim_fail(s, "S1: %s begins before %s has acknowledged", n->name, c->name);
    if (i > place(s, n) && c->begun_in_session && n->after_count == 0)
      sim_fail(s, "S1: %s begins after %s", n->name, c->name);
  }
}

/* Side by side: those before it whose turn has come count, even if what is
 * left of their last run is still to be done. A supervisor begins unseen, with
 * its children. */
static void check_loose_order(struct sim *s, struct sim_node *p,
                              struct sim_node *n) {
  int turns = starting_beside(s, p, n);
  for (int i = 0; i < place(s, n) && !n->is_supervisor; i++) {
    struct sim_node *c = child_at(s, p, i);
    turns += !c->begun_in_session && !c->is_supervisor && c->after_count == 0 &&
             !c->requested;
  }
  if (turns >= (int)(p->start_limit & INT32_MAX))
    sim_fail(s, "S11: %s begins, and the turn of %d others has come", n->name,
             turns);
}

/* S1: in the start of a supervisor */
static void check_start_order(struct sim *s, struct sim_node *p,
                              struct sim_node *n) {
  if (p->start_limit == 1)
    check_strict_order(s, p, n);
  else
    check_loose_order(s, p, n);
  if (n->begun_in_session)
    sim_fail(s, "S7: %s begins a second time during a start", n->name);
}

/* G1, S1: in a round nobody after it is up, but those of the same round that
 * have overtaken it, and nobody is starting. With starts side by side some have
 * been decided before the round began. */
static void check_round_order(struct sim *s, struct sim_node *p,
                              struct sim_node *n) {
  bool strict = !p->has_after[p->uses_made];
  if (p->was_stuck || n->after_count > 0 || p->start_limit > 1)
    return;
  for (int i = place(s, n) + 1; i < child_count(p); i++) {
    struct sim_node *c = child_at(s, p, i);
    if (c->requested)
      continue;
    if (is_up(s, c) && (strict || c->begun_event < p->round_event))
      sim_fail(s, "G1: %s begins while %s is up", n->name, c->name);
  }
  if (strict && starting_beside(s, p, n) > 0)
    sim_fail(s, "S1: %s begins while another is starting in a round", n->name);
}

/* G2, B5: so among the members of a group with a barrier; nobody is left of
 * before the round, and the delays of all of them are over. */
static void check_fate(struct sim *s, struct sim_node *p, struct sim_node *n) {
  uint64_t round = fate_of(s, n)->event;
  bool strict = p->start_limit == 1;
  /* Side by side, some starts were decided before the round began. */
  if (!strict && !(s->prompt && fate_of(s, n)->at < s->now))
    return;
  if (round == 0 || p->was_stuck || p->is_blurred || p->has_after[p->uses_made])
    return;
  for (int i = 0; i < p->child_count; i++) {
    struct sim_node *c = NODE(s, p->children[i]);
    if (c->fate != n->fate || c == n || c->over || c->requested ||
        !takes_part(p, c))
      continue;
    if (is_up(s, c) &&
        ((strict && turn(s, c) > turn(s, n)) || is_from_before(s, c)))
      sim_fail(s, "G2: %s begins while %s is up", n->name, c->name);
    if (strict && c->starting && !(c->alive && !is_living(c))) /* H6 */
      sim_fail(s, "G2: %s begins while %s is starting", n->name, c->name);
    if (s->now < c->not_before)
      sim_fail(s, "B5: %s begins before the delay of %s is over", n->name,
               c->name);
  }
}

/* S11. When it was decided to begin is known only if no time has passed. */
static void check_after(struct sim *s, const struct sim_node *n) {
  for (int i = 0; i < n->after_count; i++) {
    struct sim_node *d = NODE(s, n->after[i]);
    bool since_long =
        d->started_event == 0 ||
        (s->prompt && d->down_at < s->now && s->freed_at != s->now);
    if (!sim_may_be_met(d) && since_long)
      sim_fail(s, "S11: %s begins, and %s is not up", n->name, d->name);
    s->stats[SIM_STAT_DEPENDENT]++;
  }
}

/* An incarnation. */
static void begin_anew(struct sim *s, struct sim_node *n) {
  n->begun_in_session = n->starting = true;
  n->body_at = 0;
  n->told_starting = n->told_starting && n->is_supervisor && !n->runs;
  n->acked = n->declined = n->silent = n->asked = n->waits_stuck = false;
  n->on_ladder = n->is_vague = n->is_probed = false;
  n->answered_at = n->patient_until = 0;
  n->was_undead = n->may_be_lost = false;
  n->hurried = n->again = n->is_unclear = false;
  n->said_done = n->said_again = false;
  n->hopeless = n->forced = n->completes = false;
  n->not_after = 0;
  n->begun_event = s->read + 1;
}

static void model_begin(struct sim *s, struct sim_node *n) {
  struct sim_node *p = parent_of(s, n);
  if (s->stopping)
    sim_fail(s, "H6: %s begins after the stop", n->name);
  if (s->ended)
    sim_fail(s, "H7: %s begins after the end", n->name);
  if (p == NULL) {
    if (s->now < n->not_before)
      sim_fail(s, "B1: %s begins before its delay is over", n->name);
    begin_anew(s, n);
    return;
  }
  sim_open_session(s, p);
  if (p->uses_made != n->is_made && !n->is_dynamic)
    sim_fail(s, "S10: %s is not of those that %s has", n->name, p->name);
  if (p->halting)
    sim_fail(s, "T5/S6: %s begins while %s goes down", n->name, p->name);
  if (n->over)
    sim_fail(s, "X2/G3: %s begins after it had ended for good", n->name);
  if (n->owned)
    sim_fail(s, "D2: %s begins, and somebody has stopped it", n->name);
  if (s->now < n->not_before)
    sim_fail(s, "B1: %s begins before its delay is over", n->name);
  if (n->requested || p->unordered ||
      (n->is_dynamic && !(is_at_work(p) && has_barrier(s, n) && is_seen(n))))
    ; /* what is asked for has an order of its own */
  else if (n->is_dynamic)
    check_fate(s, p, n);
  else if (!p->started)
    check_start_order(s, p, n);
  else if (p->strategy != SUP_ONE_FOR_ONE)
    check_round_order(s, p, n);
  else if (has_barrier(s, n))
    check_fate(s, p, n);
  if (!n->is_foreseen) /* else it may have begun before */
    check_after(s, n);
  s->stats[SIM_STAT_SIDE_BY_SIDE] += starting_beside(s, p, n) > 0;
  begin_anew(s, n);
  p->last_begin_event = n->begun_event;
  n->lasts = n->lasts || n->significant;
}

void sim_model_start(struct sim *s, struct sim_node *n) {
  if (is_living(n) && !(n->overlaps && n->abandoned))
    sim_fail(s, "I2: two incarnations of %s", n->name);
  if (!n->runs) {
    model_begin(s, n);
    return;
  }
  sim_close_dying(s, n);
  if (n->open && !n->is_foreseen)
    sim_fail(s, "R0: %s begins, and its last run is not over", n->name);
  sim_open_session(s, n);
  n->is_foreseen = false;
}

void sim_model_build(struct sim *s, struct sim_node *n) {
  if (n->open && !n->is_foreseen)
    sim_fail(s, "S10: %s is built in the middle of its run", n->name);
  sim_open_session(s, n);
  n->is_foreseen = false;
}

/* All of the spec below it is as new as it is; what was added to that, or made by
 * resource steps, is gone. */
void sim_renew_below(struct sim *s, struct sim_node *n) {
  for (int i = n->id; i < s->node_count; i++) {
    struct sim_node *m = NODE(s, i);
    bool was_added = false;
    if (m != n && !is_below(s, m, n->id))
      continue;
    for (struct sim_node *a = m; a != n; a = parent_of(s, a))
      was_added = was_added || a->is_dynamic || a->is_made;
    m->is_lost = was_added;
    if (was_added)
      continue;
    m->goes = m->fades = m->is_swept = m->was_undead = false;
    m->is_ordered = m->over = m->owned = m->completed = m->declined = false;
    m->waits_stuck = m->lasts = m->begun_in_session = false;
    m->not_before = m->not_after = 0;
    m->own.count = 0;
  }
}

void sim_model_made(struct sim *s, struct sim_node *n) {
  for (int i = n->static_count; i < n->static_count + n->made_count; i++)
    sim_renew_below(s, NODE(s, n->children[i]));
  if (sim_is_overfull(s, n))
    n->halting = true;
  s->stats[SIM_STAT_OVERFULL] += n->halting;
}

/* ---- Stop --------------------------------------------------------------- */

/* H3: the reserve of the tree's budget, or of a supervisor's own, has begun */
static bool order_is_off(struct sim *s, const struct sim_node *n) {
  if (s->now >= s->reserve_at || n->hurried)
    return true;
  for (int id = n->parent; id != SIM_NONE; id = NODE(s, id)->parent) {
    struct sim_node *a = NODE(s, id);
    if (a->hurried)
      return true;
    if (a->shutdown == SUP_INFINITE || a->stopping_at == 0)
      continue;
    if (s->now >= a->stopping_at + a->shutdown - a->shutdown / 10)
      return true;
  }
  return false;
}

/* H1: first those that were started after it */
static void check_stop_order(struct sim *s, struct sim_node *n) {
  struct sim_node *p = parent_of(s, n);
  if (p == NULL)
    return; /* it is last; see check_body_order */
  if (!n->acked && (is_at_work(p) || p->start_limit > 1 || n->requested))
    return; /* a start of its own that failed */
  if (n->silent || n->gives_up)
    return; /* for itself */
  for (int id = n->id; NODE(s, id)->parent != SIM_NONE;
       id = NODE(s, id)->parent) {
    struct sim_node *a = NODE(s, id), *up = parent_of(s, a);
    if ((up->concurrent && up->halting) || up->side_by_side ||
        up->in_any_order || a->owned || a->again || up->unordered)
      continue;
    for (int i = 0; i < up->child_count; i++) {
      struct sim_node *c = NODE(s, up->children[i]);
      if (!takes_part(up, c) || turn(s, c) <= turn(s, a) ||
          (c->is_dynamic && !n->acked))
        continue;
      if (a->asked_alone && (!has_barrier(s, a) || c->fate != a->fate))
        continue; /* G2 */
      /* At higher levels if it is the tree's stop that has come to it; a
       * branch may have been going down before. */
      if (is_up(s, c) && (up == p || a->stopped_by_tree) &&
          (up != p || c->begun_event <= n->asked_event))
        sim_fail(s, "H1: %s is stopped before %s is gone", n->name, c->name);
    }
  }
}

/* H2: forward on its ladder */
static void check_ladder(struct sim *s, struct sim_node *n,
                         const struct sup_action *action) {
  int at = n->stops == 0 ? -1 : n->step;
  for (int i = at + 1; i < n->ladder_length; i++)
    if (n->ladder[i].action == action->step.action) {
      if (i > at + 1 && !order_is_off(s, n))
        sim_fail(s, "H2: the ladder of %s leaves out a step", n->name);
      n->step = i;
      return;
    }
  sim_fail(s, "H2: step %d of %s is not on its ladder", action->step.action,
           n->name);
}

/* R0: a body comes last, unless it goes down for a reason of its own. */
static void check_body_order(struct sim *s, const struct sim_node *n) {
  if (!n->halting)
    return;
  for (int i = 0; i < n->child_count; i++)
    if (is_up(s, NODE(s, n->children[i])))
      sim_fail(s, "R0: the body of %s is stopped before %s is gone", n->name,
               NODE(s, n->children[i])->name);
}

void sim_model_stop(struct sim *s, struct sim_node *n,
                    const struct sup_action *action) {
  if (!n->alive)
    return; /* on its way when the end was reported */
  if (s->stopping && s->now >= s->reserve_at && s->reserve_at != SUP_INFINITE)
    s->stats[SIM_STAT_CUTS]++;
  check_ladder(s, n, action);
  if (n->stops != 0 || n->abandoned || order_is_off(s, n))
    return;
  check_stop_order(s, n);
  if (n->runs && n->acked && !n->silent)
    check_body_order(s, n);
}

void sim_model_cleanup(struct sim *s, struct sim_node *n, uint64_t abandoned) {
  uint64_t count = 0;
  if (sim_lives(s, n, false))
    sim_fail(s, "S10: %s is cleaned up while somebody in it lives", n->name);
  for (int i = 0; i < n->child_count; i++)
    count += sim_lives(s, NODE(s, n->children[i]), true);
  /* One may have ended since the number was put down. */
  if (abandoned < count)
    sim_fail(s, "S10: the cleanup of %s is told of %llu abandoned, not %llu",
             n->name, (unsigned long long)abandoned, (unsigned long long)count);
}

void sim_model_request(struct sim *s, sup_duration budget) {
  uint64_t deadline, reserve;
  if (s->ended)
    return;
  if (!s->stopping && !NODE(s, 0)->started)
    s->stats[SIM_STAT_STOPPED_STARTS]++;
  s->stopping = true;
  if (budget == SUP_INFINITE)
    return;
  deadline = s->now + budget;
  reserve = budget / 10 < SUP_SECONDS(1) ? budget / 10 : SUP_SECONDS(1);
  if (deadline < s->stop_deadline) {
    s->stop_deadline = deadline;
    s->everybody_at = deadline - reserve;
  }
  if (deadline - reserve < s->reserve_at)
    s->reserve_at = deadline - reserve;
}

/* ---- In between ---------------------------------------------------------- */

static bool is_flying(const struct sim *s, const struct sim_node *n) {
  for (int i = 0; i < s->foreign_count; i++)
    if (s->foreign_flights[i].node == n->id)
      return true;
  return false;
}

/* Whether it takes part in a round, as far as that shows. */
static bool is_in_motion(const struct sim *s, const struct sim_node *c) {
  return c->starting || (c->alive && c->asked) || (c->open && c->halting) ||
         s->now < c->not_before || s->now < c->not_after;
}

bool sim_is_in_round(struct sim *s, struct sim_node *p,
                     const struct sim_node *n, bool beside) {
  if (p->strategy == SUP_ONE_FOR_ONE && !has_barrier(s, n))
    return false;
  for (int i = 0; i < p->child_count; i++)
    if (NODE(s, p->children[i])->fate == n->fate &&
        (!beside || p->children[i] != n->id) &&
        is_in_motion(s, NODE(s, p->children[i])))
      return true;
  return false;
}

static bool misses_somebody(struct sim *s, const struct sim_node *c) {
  for (int i = 0; i < c->after_count; i++)
    if (!sim_is_met(NODE(s, c->after[i])))
      return true;
  return false;
}

/* X2, X3, G1: who is down and should not be is started, or waits for something.
 */
static void check_who_is_down(struct sim *s, struct sim_node *p) {
  for (int i = 0; i < p->child_count; i++) {
    struct sim_node *c = NODE(s, p->children[i]);
    if (!takes_part(p, c) || !sim_is_present(s, c) ||
        sim_may_be_withdrawn(s, c))
      continue;
    /* G3: a temporary one (it was forced to come back) is dropped by a round
     * of its group; if that was before its start, nothing is said of it. */
    bool is_dropped = c->fate != 0 && c->restart == SUP_TEMPORARY;
    bool is_there = is_dropped || c->alive || c->open || is_in_motion(s, c);
    if (!is_there && !c->over && !c->owned && !c->declined && !c->waits_stuck &&
        !misses_somebody(s, c) && !sim_is_in_round(s, p, c, false) &&
        sim_is_certain_of(s, c))
      sim_fail(s, "X2: %s is down, and nothing is done about it", c->name);
  }
}

void sim_model_beat(struct sim *s, struct sim_node *n) {
  if (n->acked && s->now > n->beat_at)
    n->beat_at = s->now;
  s->stats[SIM_STAT_BEATS]++;
}

/* It has given no sign for so long; who comes late to its deadline does not
 * count, nor a sign at this very moment. */
void sim_model_probe(struct sim *s, struct sim_node *n) {
  if (!n->probes || !n->alive || !n->acked || (n->asked && !n->runs) ||
      n->is_probed)
    sim_fail(s, "W1: %s is asked", n->name);
  if (s->prompt && n->beat_at != s->now && s->now < n->beat_at + n->period)
    sim_fail(s, "W1: %s is asked, and has given a sign", n->name);
  n->is_probed = true;
  n->probed_at = s->now;
  s->stats[SIM_STAT_PROBED]++;
}

sup_duration sim_patience(const struct sim_node *n) {
  return n->period / 10 > SUP_MILLISECONDS(10) ? n->period / 10
                                               : SUP_MILLISECONDS(10);
}

void sim_model_probed(struct sim *s, struct sim_node *n) {
  sup_duration late = s->now - n->probed_at;
  n->is_probed = false;
  n->answered_at = s->now;
  if (late < sim_patience(n) || n->beat_at + n->period > s->now)
    return; /* in time, or it has given a sign meanwhile */
  n->patient_until = s->now + late;
  s->stats[SIM_STAT_LATE_ANSWERS]++;
}

/* W1: who was silent for longer than its period has failed. */
static void check_silence(struct sim *s, const struct sim_node *n) {
  uint64_t since = n->body_at > n->beat_at ? n->body_at : n->beat_at;
  bool is_waited_for = n->is_probed || s->now < n->patient_until;
  if (is_living(n) && n->acked && !n->asked && !n->silent && !is_waited_for &&
      s->now >= since + n->period)
    sim_fail(s, "W1: %s is silent, and nothing is done about it", n->name);
}

/* H1: asked at once */
static void check_concurrent(struct sim *s, struct sim_node *p) {
  for (int i = 0; i < p->child_count; i++) {
    struct sim_node *c = NODE(s, p->children[i]);
    if ((!c->runs && is_living(c) && !c->abandoned && c->stops == 0) ||
        (c->open && !c->halting && !c->runs))
      sim_fail(s, "H1: %s is not asked although all are, at once", c->name);
  }
}

/* R4, R7: what becomes of a body that has returned, and what it is shown as. */
static void check_body(struct sim *s, const struct sim_node *n) {
  sup_state shown = sim_shown_as(s, n);
  if (n->open && n->on_ladder && !n->body_over && !n->abandoned &&
      (shown == SUP_STATE_STARTING || shown == SUP_STATE_RUNNING ||
       shown == SUP_STATE_HEALTHY))
    sim_fail(s, "R7: %s, whose body goes down, is shown as %s", n->name,
             sup_state_name(shown));
  if (!n->open || !n->started || n->halting || n->asked ||
      shown == SUP_STATE_ENDED)
    return; /* of its supervisor it has yet to be heard */
  if (n->body_over && !n->done && !n->abandoned && s->foreign_count == 0)
    sim_fail(s, "R3: the body of %s has ended, and nothing is done about it",
             n->name);
  if (shown != (n->done      ? SUP_STATE_DONE
                : n->healthy ? SUP_STATE_HEALTHY
                             : SUP_STATE_RUNNING))
    sim_fail(s, "R7: %s is shown as %s", n->name, sup_state_name(shown));
}

static void check_node(struct sim *s, struct sim_node *n) {
  if (n->alive && n->abandoned && n->stops == 0)
    sim_fail(s, "H3: %s is abandoned and was not asked", n->name);
  if (s->prompt && s->now >= s->everybody_at && !s->ended && n->stops == 0 &&
      is_living(n))
    sim_fail(s, "H3: %s is not asked when the reserve begins", n->name);
  if (n->entered && !n->alive && !is_flying(s, n))
    sim_fail(s, "%s has ended, and there is no END", n->name);
  if (s->prompt && n->period != 0 && n->entered)
    check_silence(s, n);
  if (n->open && n->halting && (n->concurrent || n->side_by_side))
    check_concurrent(s, n);
  if (n->notify && n->entered && n->alive && n->starting && !n->asked &&
      !n->told_starting && sim_shown(s, n) == SUP_STATE_STARTING &&
      !sim_is_going(s, n))
    sim_fail(s, "E1: %s is starting, and that is not told", n->name);
  if (n->runs)
    check_body(s, n);
  if (n->runs == SIM_RUNS_TREE)
    sim_check_death(s, n);
  if (n->is_supervisor && s->foreign_count == 0 && sim_is_certain(s, n))
    check_who_is_down(s, n);
}

/* Nothing is to be done at this moment. */
void sim_model_drained(struct sim *s) {
  if (sup__engine_has_work(s->engine))
    sim_fail(s, "there is work, and no action");
  for (int i = 0; i < s->node_count; i++)
    check_node(s, NODE(s, i));
  if (s->ended != (sup__engine_state(s->engine) == SUP_TREE_ENDED))
    sim_fail(s, "H7: the final event and the state differ");
}

/* H3: time is about to pass. A kill has a second, and so have each build that
 * is given up and each cleanup. */
void sim_model_time(struct sim *s, uint64_t next) {
  uint64_t allowance = 0;
  bool kills = false;
  if (!s->prompt || s->ended || s->stop_deadline == SUP_INFINITE)
    return;
  for (int i = 0; i < s->node_count; i++) {
    kills = kills || NODE(s, i)->kills;
    if (NODE(s, i)->has_resource)
      allowance += SUP_SECONDS(2);
  }
  if (kills)
    allowance += SUP_SECONDS(1);
  if (next > s->stop_deadline + allowance)
    sim_fail(s, "H3: the stop takes longer than its budget");
}

/* ---- The end ------------------------------------------------------------- */

void sim_model_end(struct sim *s) {
  sup_tree_counters counters = {.size = sizeof(counters)};
  sup__engine_count(s->engine, &counters);
  if (!sup__engine_is_quiet(s->engine))
    sim_fail(s, "the tree has ended and is not quiet");
  if (counters.running != 0 || counters.abandoned != 0)
    sim_fail(s, "%llu are counted as running, %llu as abandoned",
             (unsigned long long)counters.running,
             (unsigned long long)counters.abandoned);
  if (s->begun_count != s->end_count)
    sim_fail(s, "%llu incarnations began, %llu were ended",
             (unsigned long long)s->begun_count,
             (unsigned long long)s->end_count);
  if (counters.late_exits != s->late_count)
    sim_fail(s, "H4: %llu late exits are counted, %llu happened",
             (unsigned long long)counters.late_exits,
             (unsigned long long)s->late_count);
  if (sup__engine_final_event(s->engine) != s->final_event ||
      sup__engine_last_event(s->engine) != s->final_event)
    sim_fail(s, "H7: the final event is not the last");
  if (sup__engine_next_deadline(s->engine) != SUP_INFINITE)
    sim_fail(s, "the tree has ended and has a deadline");
  if (sup__engine_result(s->engine) != s->final_result)
    sim_fail(s, "H7: the result has changed since the end");
  bool settled = false;
  sup__engine_start_result(s->engine, &settled);
  if (!settled)
    sim_fail(s, "S9: the start's outcome is not settled");
  for (int i = 0; i < s->node_count; i++)
    if (NODE(s, i)->built)
      sim_fail(s, "S10: %s was not cleaned up", NODE(s, i)->name);
}
