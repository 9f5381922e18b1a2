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
 * Inside the model: what the rules say about a tree, written the slow way. It
 * knows the specs, is told of every action that is taken up and every event,
 * and walks its arrays anew each time.
 *
 * A session is one run of a supervisor, from the first thing that begins in it
 * to its last event. A supervisor is halting once an event has said that it
 * goes down. How it deals with its children when an ancestor goes down and its
 * turn has not come is left open ("certain" is false).
 *
 *   model.c            begins and stops; in between; the end
 *   model_decisions.c  failures, records, restarts, rounds
 *   model_events.c     what events say
 *   model_dying.c      runnables that have died, until they are gone
 *   model_requests.c   who is there, and what requests are answered with
 */

#ifndef SIMULATION_MODEL_H
#define SIMULATION_MODEL_H

#include "simulation.h"

#define NODE(s, id) (&(s)->nodes[id])

static inline struct sim_node *parent_of(struct sim *s,
                                         const struct sim_node *n) {
  return n->parent == SIM_NONE ? NULL : NODE(s, n->parent);
}

/* How many children its session has, and the one at a place in the order of
 * starts. */
static inline int child_count(const struct sim_node *p) {
  return p->uses_made ? p->made_count : p->static_count;
}

static inline struct sim_node *child_at(struct sim *s, const struct sim_node *p,
                                        int place) {
  return NODE(s, p->sequence[p->uses_made][place]);
}

/* Its place in the order of starts, from 0; that of the other children rests
 * while a resource step has brought some. */
static inline int place(struct sim *s, const struct sim_node *n) {
  const struct sim_node *p = parent_of(s, n);
  for (int i = 0; i < child_count(p); i++)
    if (p->sequence[p->uses_made][i] == n->id)
      return i;
  return SIM_NONE;
}

/* Children of the spec rest while a resource step has brought others. */
static inline bool takes_part(const struct sim_node *p,
                              const struct sim_node *n) {
  return n->is_dynamic || n->is_made == p->uses_made;
}

/* As its place; those that were added come behind the others, the newest last,
 * from right to left before them, the newest first (H1, D1). */
static inline int turn(struct sim *s, const struct sim_node *n) {
  if (!n->is_dynamic)
    return place(s, n);
  return parent_of(s, n)->order == SUP_LEFT_TO_RIGHT ? SIM_NODES + n->added
                                                     : -n->added;
}

static inline bool is_below(struct sim *s, const struct sim_node *n,
                            int ancestor) {
  for (int id = n->parent; id != SIM_NONE; id = NODE(s, id)->parent)
    if (id == ancestor)
      return true;
  return false;
}

/* R3: how it has ended is a failure, whatever it was; of one whose end is not
 * dealt with yet. */
static inline bool has_failed(const struct sim_node *n) {
  if (!n->is_supervisor)
    return !n->completes;
  if (!n->runs)
    return !n->auto_ends;
  return !n->completes || n->misused || n->gives_up ||
         (n->runs == SIM_RUNS_TREE && !n->said_done && !n->said_again);
}

/* It deals with its children: what a body runs does not wait for its start. */
static inline bool is_at_work(const struct sim_node *p) {
  return p->runs ? p->open : p->started;
}

/* A body that reports its begin can be dropped until then (H6). */
static inline bool is_living(const struct sim_node *n) {
  return n->alive && (!n->begins || n->begun);
}

/* Another supervisor begins with the first of its children, unseen. */
static inline bool is_seen(const struct sim_node *n) {
  return !n->is_supervisor || n->has_resource || n->runs;
}

/* Somebody lives in it who is not given up (or, if asked, at all). */
bool sim_lives(struct sim *s, const struct sim_node *n, bool at_all);
/* R3: what has died is gone with the last one below it. */
bool sim_has_more(struct sim *s, const struct sim_node *n);
static inline bool is_up(struct sim *s, const struct sim_node *n) {
  return sim_lives(s, n, false) ||
         (n->is_supervisor && (n->is_dying ? sim_has_more(s, n) : n->open));
}
/* G2: the group that it is in, or NULL */
static inline struct sim_fate *fate_of(struct sim *s,
                                       const struct sim_node *n) {
  return n->fate == 0 ? NULL : &parent_of(s, n)->fates[n->fate - 1];
}
static inline bool has_barrier(struct sim *s, const struct sim_node *n) {
  return n->fate != 0 && fate_of(s, n)->mode == SUP_GROUP_TOGETHER;
}
/* What it runs is of before the last round of its group. */
static inline bool is_from_before(struct sim *s, const struct sim_node *n) {
  return n->fate != 0 && n->begun_event < fate_of(s, n)->event;
}
/* S11: acknowledged and not on its way down, or completed for good. The end of a
 * supervisor by itself (H9) shows only when its supervisor deals with it. */
bool sim_is_met(const struct sim_node *d);
bool sim_may_be_met(const struct sim_node *d);
void sim_renew_below(struct sim *s, struct sim_node *n);
void sim_open_session(struct sim *s, struct sim_node *n);
/* W1: by so much the answer to a probe may be late. */
sup_duration sim_patience(const struct sim_node *n);
/* Somebody but this one takes part in a round that it is in, or may be. */
bool sim_is_in_round(struct sim *s, struct sim_node *p,
                     const struct sim_node *n, bool beside);

/* ---- model_decisions.c --------------------------------------------------- */

/* Whether it is known that this supervisor deals with its children as usual. */
bool sim_is_certain(struct sim *s, const struct sim_node *n);
/* ... and with this one, if that is in a group. */
bool sim_is_certain_of(struct sim *s, const struct sim_node *c);
/* X2, X4, X5, X6 */
bool sim_is_restarted(const struct sim_node *c, bool failed, bool start_failed);
/* An event after which its supervisor has to decide. */
void sim_needs_decision(struct sim *s, struct sim_node *c,
                        const struct sup_record *record);
/* The record after it says what was decided. */
void sim_check_decision(struct sim *s, const struct sup_record *record);
/* One more failure in the record of its own, of this time: how many count. */
uint64_t sim_count_own(struct sim *s, struct sim_node *n, uint64_t at);
const sup_backoff *sim_backoff(struct sim *s, const struct sim_node *c);
void sim_begin_round(struct sim *s, struct sim_node *p, struct sim_node *c,
                     uint64_t event);

/* H9: what its end for good is to its supervisor. */
void sim_needs_auto_shutdown(struct sim *s, struct sim_node *c,
                             struct sim_decision *d, bool goes_on);
void sim_check_auto_shutdown(struct sim *s, struct sim_node *n,
                             const struct sim_decision *d);
/* X2, D1, D4: nothing is kept of it. */
bool sim_is_dropped(const struct sim_node *c, bool failed, bool of_owner);

/* ---- model_events.c ------------------------------------------------------ */

void sim_check_completion(struct sim *s, const struct sim_node *n,
                          const struct sup_record *record);
/* A session is over. */
void sim_close_session(struct sim *s, struct sim_node *n);

/* ---- model_dying.c ------------------------------------------------------- */

/* R3: whether an event is that a runnable has died. */
bool sim_is_death(const struct sim_node *n, const struct sup_record *record);
void sim_on_death(struct sim *s, struct sim_node *n,
                  const struct sup_record *record);
/* R3: a root has ended, or failed to start. */
void sim_on_root_down(struct sim *s, struct sim_node *n,
                      const struct sup_record *record);
/* All of it is gone, if it was dying. */
void sim_close_dying(struct sim *s, struct sim_node *n);
/* H9: it ends by itself because a child that had died is gone. */
bool sim_ends_with_dead(struct sim *s, const struct sim_node *p,
                        uint64_t cause);
/* H9: it lasts no more, and its supervisor does not end by that. */
void sim_lasts_no_more(struct sim *s, struct sim_node *n);
/* R3: whoever has died is told of, and its group goes down. */
void sim_check_death(struct sim *s, struct sim_node *n);

/* ---- model_requests.c ---------------------------------------------------- */

bool sim_has_orphan(const struct sim *s, const struct sim_node *n);
/* In the list of its supervisor; that of a temporary one may be open. */
bool sim_is_present(struct sim *s, const struct sim_node *n);
bool sim_may_be_withdrawn(struct sim *s, const struct sim_node *n);
bool sim_is_gone(struct sim *s, const struct sim_node *n);
/* A child of a supervisor whose next session begins. */
void sim_renew(struct sim *s, struct sim_node *n);
/* What anybody is shown of it. */
sup_state sim_shown(struct sim *s, const struct sim_node *n);
/* ... in full: also whether it is healthy, or done. */
sup_state sim_shown_as(struct sim *s, const struct sim_node *n);
void sim_see_begin(struct sim *s, struct sim_node *p);
/* It, or a supervisor above it, is shown as going down. */
bool sim_is_going(struct sim *s, const struct sim_node *p);
/* ... and it is not shown as having ended either. */
bool sim_goes_on(struct sim *s, const struct sim_node *p);
/* It, or one above it, is known to go down. */
bool sim_halts(struct sim *s, const struct sim_node *p);
void sim_check_count(struct sim *s, const struct sim_node *p);
/* What a request finds. */
void sim_look_before(struct sim *s, const struct sim_node *n,
                     struct sim_before *before);
bool sim_is_overfull(struct sim *s, const struct sim_node *p);
/* 0, or the refusal, or SIM_OPEN; adding p's child n (or one of that name). */
int sim_expected_code(struct sim *s, const struct sim_node *n,
                      enum sim_request_kind kind);
int sim_expected_add(struct sim *s, const struct sim_node *p,
                     const struct sim_node *n);
void sim_blur(struct sim *s, struct sim_node *n, bool rounds);
void sim_model_accepted(struct sim *s, struct sim_node *n,
                        enum sim_request_kind kind,
                        const struct sim_before *before);

#endif
