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
 * R3: runnables that have died. That is told when their body has ended, and
 * decided then; gone they are when nothing of them shows any more.
 */

#include "model.h"

/* Not one that gives up for a child, whose body is stopped. */
bool sim_is_death(const struct sim_node *n, const struct sup_record *record) {
  return n->runs == SIM_RUNS_TREE && n->open && !n->gives_up &&
         (record->kind == SUP_EVENT_FAILED ||
          record->kind == SUP_EVENT_COMPLETED);
}

bool sim_has_more(struct sim *s, const struct sim_node *n) {
  for (int i = 0; i < n->child_count; i++)
    if (is_up(s, NODE(s, n->children[i])))
      return true;
  return false;
}

void sim_on_death(struct sim *s, struct sim_node *n,
                  const struct sup_record *record) {
  sim_check_completion(s, n, record);
  if (n->alive && !n->abandoned)
    sim_fail(s, "R3: %s is said to have died, and its body lives", n->name);
  s->stats[SIM_STAT_DEAD] += sim_has_more(s, n);
  n->starting = n->is_unclear = n->is_aside = false;
  n->halting = n->side_by_side = n->is_dying = true;
  n->is_outlasted = false;
  n->death_event = n->closed_event = n->clean_event = record->number;
  if (n->parent != SIM_NONE)
    sim_needs_decision(s, n, record);
  else
    sim_on_root_down(s, n, record);
  n->is_for_good = n->over;
  n->over = n->over || n->owned; /* D2 */
  n->hopeless = n->forced = n->completes = false;
}

/* R3, X4: a root that is a runnable is restarted, as its policy says, or that is
 * the end of all. Its first start is not tried again (S7). */
void sim_on_root_down(struct sim *s, struct sim_node *n,
                      const struct sup_record *record) {
  bool start_failed = record->kind == SUP_EVENT_START_FAILED;
  bool failed = record->kind != SUP_EVENT_COMPLETED;
  bool is_end = sup__engine_final_event(s->engine) == record->number;
  bool again = n->runs == SIM_RUNS_TREE && n->acked_event != 0 &&
               !s->stopping && sim_is_restarted(n, failed, start_failed);
  bool given_up = n->unclean_event > n->begun_event; /* its body */
  struct sup_record next;
  uint64_t count = 0;
  /* I2: it waits for an old incarnation, but not for ever. */
  if (!n->gives_up && sup__token_value(record->error) == SUP_ESTUCK)
    again = false;
  if (again && failed)
    count = sim_count_own(
        s, n, sim_is_death(n, record) && !given_up ? n->ended_at : s->now);
  if (again && count > n->own_max)
    again = false;
  /* When it was given up does not show if that is told at the end of all. */
  if (is_end && given_up && n->own_max != SUP_UNLIMITED)
    again = false;
  if (again && is_end)
    sim_fail(s, "R3: %s is not restarted", n->name);
  if (!again && !is_end)
    sim_fail(s, "X2/T4: %s is restarted", n->name);
  if (is_end)
    return;
  s->stats[SIM_STAT_ROOT_RESTARTS]++;
  if (!sup__engine_record(s->engine, record->number + 1, &next) ||
      next.kind != SUP_EVENT_RESTART_SCHEDULED)
    sim_fail(s, "E1: a restart of %s is not scheduled", n->name);
}

/* Whoever was gone by then went while another lasted, unless its supervisor had
 * not come to it: when it was taken for gone shows only later. */
void sim_lasts_no_more(struct sim *s, struct sim_node *n) {
  const struct sim_node *p = parent_of(s, n);
  if (!n->lasts)
    return;
  n->lasts = false;
  for (int i = 0; i < p->child_count; i++) {
    struct sim_node *c = NODE(s, p->children[i]);
    if (c->is_dying && !sim_has_more(s, c))
      c->is_outlasted = true;
  }
}

/* H9: with it, or not. */
static void leave_for_good(struct sim *s, struct sim_node *n, bool ends) {
  struct sim_node *p = parent_of(s, n);
  struct sim_decision d = {.event = n->death_event, .supervisor = p->id};
  bool certain = sim_is_certain_of(s, n);
  sim_needs_auto_shutdown(s, n, &d, !n->over || n->is_aside);
  d.ends_open = d.ends_open || n->is_outlasted;
  if (ends)
    sim_check_auto_shutdown(s, p, &d);
  else if (certain && d.ends && !d.ends_open)
    sim_fail(s, "H9: %s goes on without its significant children", p->name);
}

/* D4: it has ended for good when all of it is gone. */
static void leave(struct sim *s, struct sim_node *n) {
  struct sim_node *p = parent_of(s, n);
  bool failed = !n->completed;
  if (n->owned)
    n->over = true;
  if (n->again && (n->is_for_good || n->is_aside))
    n->own.count = 0; /* D2: as if it were new */
  if (n->again && n->restart == SUP_TEMPORARY) {
    n->goes = n->goes || sim_halts(s, p);
    n->is_unclear = n->is_unclear || !sim_goes_on(s, p);
  } else if (!n->again && !n->is_aside && sim_is_dropped(n, failed, false)) {
    n->goes = true;
  }
}

static void close_dying(struct sim *s, struct sim_node *n, bool ends) {
  n->is_dying = false;
  sim_close_session(s, n);
  n->was_undead = sim_lives(s, n, true);
  if (n->parent == SIM_NONE)
    return;
  leave_for_good(s, n, ends);
  leave(s, n);
  n->lasts = n->lasts && !n->goes;
}

void sim_close_dying(struct sim *s, struct sim_node *n) {
  if (n->is_dying)
    close_dying(s, n, false);
}

bool sim_ends_with_dead(struct sim *s, const struct sim_node *p,
                        uint64_t cause) {
  for (int i = 0; i < p->child_count; i++) {
    struct sim_node *c = NODE(s, p->children[i]);
    if (!c->is_dying || c->death_event != cause)
      continue;
    close_dying(s, c, true);
    return true;
  }
  return false;
}

void sim_model_look(struct sim *s) {
  for (int i = 0; i < s->node_count; i++) {
    struct sim_node *n = NODE(s, i);
    if (n->is_dying && (s->ended || sim_shown(s, n) != SUP_STATE_STOPPING))
      sim_close_dying(s, n);
  }
}

/* G2: without a barrier all from before are asked at once. */
static void check_group(struct sim *s, struct sim_node *p,
                        const struct sim_node *n) {
  for (int i = 0; i < p->child_count; i++) {
    struct sim_node *c = NODE(s, p->children[i]);
    if (c->fate == n->fate && c != n && is_living(c) && !c->abandoned &&
        !c->asked && !c->is_dying && is_from_before(s, c))
      sim_fail(s, "R3: %s goes on, and its group is cancelled", c->name);
  }
}

void sim_check_death(struct sim *s, struct sim_node *n) {
  struct sim_node *p = parent_of(s, n);
  if (!n->open || s->foreign_count > 0 || s->stopping)
    return;
  if (p == NULL) {
    if (n->dies && !n->is_dying && !n->done && !n->gives_up &&
        sim_is_restarted(n, has_failed(n), false) &&
        n->own_max == SUP_UNLIMITED)
      sim_fail(s, "R3: %s has died, and that is not told", n->name);
    return;
  }
  if (!sim_is_certain_of(s, n))
    return;
  if (n->dies && !n->is_dying && !n->done && !sim_is_in_round(s, p, n, true))
    sim_fail(s, "R3: %s has died, and that is not told", n->name);
  if (n->is_dying && n->fate != 0 && !has_barrier(s, n))
    check_group(s, p, n);
}
