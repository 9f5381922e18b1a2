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
 * Fate-sharing groups (G2): rounds of some children of a one-for-one
 * supervisor, which stays in PHASE_RUN and whose other children go on. Each
 * group has rounds of its own; groups that have something to do are in a queue
 * of the supervisor, which is advanced a slice of one group at a time.
 *
 * TOGETHER, with a barrier:
 *
 *   state     what happens in it                       is followed by
 *   REST      ends that came while STARTING are        STOPPING, when a member
 *             dealt with, in their order (G5)          is to be restarted
 *   STOPPING  the cursor goes in stop order: living    STARTING, when the
 *             members are asked, one after another;    cursor is through and
 *             ends that it comes upon are absorbed;    the delay is over (B5)
 *             the delay runs on the timer
 *   STARTING  the cursor goes in start order; each     REST, when all are up;
 *             has to be up before the next; ends are   STOPPING, when one is to
 *             put aside                                be tried again (G6)
 *
 * EACH, without one:
 *
 *   REST      nothing                                  STOPPING, when a member
 *                                                      is to be restarted
 *   STOPPING  the cursor goes in stop order: living    REST, when the cursor
 *             members from before the round are        is through
 *             asked; each is started when it is gone
 *             (in any state); those that wait go on
 *             waiting (B6)
 *
 * In every state the supervisor's halt, when it comes upon a member, puts its
 * group to REST. Members that are down for good, or stuck, are left alone.
 */

#include "group.h"

/* ---- Small things ------------------------------------------------------- */

static struct sup_group *group_of(const struct sup_node *s,
                                  const struct sup_member *m) {
  return &s->super->groups->groups[m->group];
}

static struct sup_node *node_of(const struct sup_engine *e,
                                const struct sup_member *m) {
  return sup__node(e, m->node);
}

/* There is something to do for a group. */
static void advance_later(struct sup_engine *e, struct sup_node *s,
                          struct sup_group *g) {
  struct sup_groups *groups = s->super->groups;
  uint32_t id = (uint32_t)(g - groups->groups);

  if (!g->queued) {
    g->queued = true;
    g->queue_next = SUP_NONE;
    if (groups->queue_last == SUP_NONE)
      groups->queue_first = id;
    else
      groups->groups[groups->queue_last].queue_next = id;
    groups->queue_last = id;
  }
  sup__dirty(e, s);
}

/* Of its supervisor's groups, for the time of the timer. */
static void set_until(struct sup_engine *e, struct sup_node *s,
                      struct sup_group *g, uint64_t until) {
  struct sup_node *timer = sup__node(e, g->timer);

  g->until = until;
  timer->parent = s->index;
  timer->position = (uint32_t)(g - s->super->groups->groups);
  sup__arm(e, timer, until > e->now ? until : SUP_INFINITE);
}

static void wait_until(struct sup_engine *e, struct sup_node *s,
                       struct sup_group *g, uint64_t until) {
  if (until > g->until)
    set_until(e, s, g, until);
}

/* D1: a start that somebody asked for is not queued behind others. */
static bool is_joiner(const struct sup_node *c) {
  return (c->marks & (MARK_FIRST | MARK_TRIAL)) != 0;
}

static bool has_barrier(const struct sup_group *g) {
  return g->mode == SUP_GROUP_TOGETHER;
}

/* Whether what the member runs, or ran, is of before the round that is stopping
 * its members. */
static bool is_from_before(const struct sup_group *g,
                           const struct sup_member *m) {
  return g->state == GROUP_STOPPING && (has_barrier(g) || m->round != g->round);
}

/* ---- A round begins ----------------------------------------------------- */

bool sup__group_begin(struct sup_engine *e, struct sup_node *s,
                      struct sup_node *c, sup_duration delay) {
  struct sup_member *m = sup__member_of(s, c);
  uint64_t until = sup__add_saturating(e->now, delay);
  struct sup_group *g;

  if (m == NULL)
    return false;
  g = group_of(s, m);
  if (has_barrier(g)) {
    if (g->state != GROUP_STOPPING || until > g->until)
      set_until(e, s, g, until);
    while (sup__line_take(s->super->groups, &g->ready) != NULL)
      continue;
    sup__child_awaits_round(e, c);
  }
  g->state = GROUP_STOPPING;
  g->round++;
  g->cursor = g->last;
  g->cause = c->cause;
  advance_later(e, s, g);
  return has_barrier(g);
}

void sup__group_note_start(struct sup_node *s, const struct sup_node *c) {
  struct sup_member *m = sup__member_of(s, c);

  if (m != NULL)
    m->round = group_of(s, m)->round;
}

/* ---- Ends that a round comes upon --------------------------------------- */

/* B5, B6: not counted, but its delay is, and is told (E1). */
static void restart_uncounted(struct sup_engine *e, struct sup_node *s,
                              struct sup_group *g, struct sup_node *c,
                              uint64_t ended_at) {
  sup_duration delay = sup__backoff_next(e, c);
  uint64_t until = sup__add_saturating(ended_at, delay);

  sup__emit(e, SUP_EVENT_RESTART_SCHEDULED, c, c->cause, 0, (int64_t)delay, 0);
  if (!has_barrier(g)) {
    sup__child_start_at(e, c, until);
    return;
  }
  wait_until(e, s, g, until);
  sup__child_awaits_round(e, c);
}

static void absorb(struct sup_engine *e, struct sup_node *s,
                   struct sup_group *g, struct sup_node *c) {
  sup_outcome outcome = (sup_outcome)c->outcome;
  uint64_t ended_at = c->changed_at;

  if (sup__starts_are_off(e, c)) {
    sup__child_deal(e, c); /* H6: the stop is coming, the round is in vain */
    return;
  }
  sup__child_emit_end(e, c, outcome);
  if (sup__child_is_restarted(c, outcome))
    restart_uncounted(e, s, g, c, ended_at);
  else
    sup__child_settle(e, c, outcome);
}

static void set_aside(struct sup_engine *e, struct sup_node *s,
                      struct sup_member *m, struct sup_node *c) {
  sup__line_put(s->super->groups, m, MEMBER_ENDED);
  if (c->outcome == SUP_OUTCOME_COMPLETED)
    sup__came_up(e, c);
}

bool sup__group_takes_end(struct sup_engine *e, struct sup_node *s,
                          struct sup_node *c) {
  struct sup_member *m = sup__member_of(s, c);
  struct sup_group *g;

  if (m == NULL || sup__starts_are_off(e, c))
    return false;
  g = group_of(s, m);
  if (g->state != GROUP_STARTING && !is_from_before(g, m))
    return false;
  if (c->state_now != SUP_STATE_ENDED)
    sup__child_awaits_turn(e, c);
  if (g->state == GROUP_STARTING)
    set_aside(e, s, m, c);
  else if (has_barrier(g))
    advance_later(e, s, g); /* told at its place in the stop order */
  else
    absorb(e, s, g, c);
  return true;
}

bool sup__group_takes_start_failure(struct sup_engine *e, struct sup_node *s,
                                    struct sup_node *c) {
  struct sup_member *m = sup__member_of(s, c);

  if (m == NULL || !is_from_before(group_of(s, m), m) ||
      (c->flags & NODE_HOPELESS) || sup__starts_are_off(e, c))
    return false;
  restart_uncounted(e, s, group_of(s, m), c, e->now);
  advance_later(e, s, group_of(s, m));
  return true;
}

/* ---- Stopping ----------------------------------------------------------- */

static void ask(struct sup_engine *e, struct sup_node *s, struct sup_group *g,
                struct sup_member *m, struct sup_node *c) {
  if ((c->flags & NODE_ASKED) || sup__is_dying(c))
    return;
  m->flags |= MEMBER_ASKED;
  s->super->cause = g->cause;
  sup__backoff_settle(e, c);
  sup__node_stop(e, c);
}

void sup__group_member_gone(struct sup_engine *e, struct sup_node *s,
                            const struct sup_node *c) {
  struct sup_member *m = sup__member_of(s, c);

  if (m != NULL)
    advance_later(e, s, group_of(s, m));
}

void sup__group_member_stopped(struct sup_engine *e, struct sup_node *s,
                               struct sup_node *c) {
  struct sup_member *m = sup__member_of(s, c);
  struct sup_group *g;

  if (m == NULL || !(m->flags & MEMBER_ASKED))
    return;
  m->flags &= ~MEMBER_ASKED;
  g = group_of(s, m);
  advance_later(e, s, g);
  c->cause = g->cause;
  if (sup__is_temporary(c)) {
    sup__answer_ended(e, c, 0);
    sup__child_goes(e, c);
  } else if (has_barrier(g)) {
    sup__child_awaits_round(e, c);
  } else {
    sup__node_start_or_wait(e, c);
  }
}

void sup__group_withdraw(struct sup_engine *e, struct sup_node *s,
                         struct sup_node *c) {
  struct sup_member *m = sup__member_of(s, c);

  if (m == NULL)
    return;
  sup__line_leave(s->super->groups, m);
  m->flags &= ~MEMBER_ASKED;
  advance_later(e, s, group_of(s, m));
}

void sup__group_hurry(struct sup_engine *e, struct sup_node *s,
                      struct sup_node *c) {
  struct sup_member *m = sup__member_of(s, c);

  if (m == NULL || !has_barrier(group_of(s, m)) ||
      group_of(s, m)->state != GROUP_STOPPING)
    return;
  set_until(e, s, group_of(s, m), e->now);
  advance_later(e, s, group_of(s, m));
}

/* One member that the stop phase comes upon; true if it has to wait. */
static bool stop_member(struct sup_engine *e, struct sup_node *s,
                        struct sup_group *g, struct sup_member *m) {
  struct sup_node *c = node_of(e, m);

  if (sup__awaits_turn(c)) {
    absorb(e, s, g, c);
    return (c->flags & NODE_ALIVE) != 0;
  }
  if (c->flags & NODE_ALIVE) {
    ask(e, s, g, m, c);
    return (c->flags & NODE_ALIVE) != 0;
  }
  if (c->state_now == SUP_STATE_WAITING) {
    sup__let_go(e, c);
    if (c->deadline != SUP_INFINITE)
      wait_until(e, s, g, c->deadline);
    sup__disarm(e, c);
    if (is_joiner(c))
      sup__line_put(s->super->groups, m, MEMBER_READY);
    else
      c->flags |= NODE_RESTART;
  }
  return false;
}

static void advance_stop(struct sup_engine *e, struct sup_node *s,
                         struct sup_group *g) {
  struct sup_groups *groups = s->super->groups;

  for (unsigned i = 0; g->cursor != SUP_NONE; i++) {
    uint32_t at = g->cursor;

    if (i == SUP_SLICE) {
      advance_later(e, s, g);
      return;
    }
    if (stop_member(e, s, g, sup__member(groups, at)) ||
        s->super->phase != PHASE_RUN)
      return;
    /* One that is taken away moves the cursor itself. */
    if (g->cursor == at)
      g->cursor = sup__member(groups, at)->previous;
  }
  if (g->until > e->now)
    return;
  set_until(e, s, g, SUP_INFINITE);
  g->state = GROUP_STARTING;
  g->cursor = g->first;
  advance_later(e, s, g);
}

/* Without a barrier: only those from before the round. */
static void advance_sweep(struct sup_engine *e, struct sup_node *s,
                          struct sup_group *g) {
  struct sup_groups *groups = s->super->groups;

  for (unsigned i = 0; g->cursor != SUP_NONE; i++) {
    struct sup_member *m = sup__member(groups, g->cursor);
    struct sup_node *c = node_of(e, m);

    if (i == SUP_SLICE) {
      advance_later(e, s, g);
      return;
    }
    g->cursor = m->previous;
    if (!is_from_before(g, m))
      continue;
    if (sup__awaits_turn(c))
      absorb(e, s, g, c);
    else if (c->flags & NODE_ALIVE)
      ask(e, s, g, m, c);
    if (s->super->phase != PHASE_RUN)
      return; /* an end that it came upon was the end of all (H9) */
  }
  g->state = GROUP_REST;
}

void sup__group_expired(struct sup_engine *e, struct sup_node *timer) {
  struct sup_node *s = sup__parent(e, timer);

  advance_later(e, s, &s->super->groups->groups[timer->position]);
}

uint64_t sup__group_deadline(const struct sup_node *s,
                             const struct sup_node *c) {
  const struct sup_member *m = sup__member_of(s, c);

  return m == NULL ? SUP_INFINITE : group_of(s, m)->until;
}

/* ---- Starting ----------------------------------------------------------- */

/* The next member to be looked at, or NULL: those that had been held first. */
static struct sup_member *next_member(struct sup_engine *e, struct sup_node *s,
                                      struct sup_group *g) {
  struct sup_member *m = sup__line_take(s->super->groups, &g->ready);

  if (m != NULL) {
    node_of(e, m)->flags |= NODE_RESTART;
    return m;
  }
  if (g->cursor == SUP_NONE)
    return NULL;
  m = sup__member(s->super->groups, g->cursor);
  g->cursor = m->next;
  return m;
}

static void land(struct sup_engine *e, struct sup_node *s,
                 struct sup_member *m) {
  struct sup_group *g = group_of(s, m);

  m->flags &= ~MEMBER_IN_FLIGHT;
  g->in_flight--;
  advance_later(e, s, g);
}

void sup__group_landed(struct sup_engine *e, struct sup_node *s,
                       struct sup_node *c) {
  struct sup_member *m = sup__member_of(s, c);

  if (m != NULL && (m->flags & MEMBER_IN_FLIGHT))
    land(e, s, m);
}

static void start_member(struct sup_engine *e, struct sup_node *s,
                         struct sup_group *g, struct sup_member *m,
                         struct sup_node *c) {
  c->flags &= ~NODE_RESTART;
  if (is_joiner(c)) {
    sup__node_start_or_wait(e, c);
    return;
  }
  c->cause = g->cause;
  m->flags |= MEMBER_IN_FLIGHT;
  g->in_flight++;
  sup__node_start_or_wait(e, c);
  /* It is held, or stuck (G4). */
  if (!(c->flags & NODE_ALIVE))
    land(e, s, m);
}

static void advance_start(struct sup_engine *e, struct sup_node *s,
                          struct sup_group *g) {
  if (sup__starts_are_off(e, s))
    return; /* the stop is coming */
  for (unsigned i = 0; i < SUP_SLICE; i++) {
    struct sup_member *m;
    struct sup_node *c;

    if (g->in_flight >= sup__start_limit(s))
      return;
    m = next_member(e, s, g);
    if (m == NULL) {
      if (g->in_flight > 0)
        return;
      /* Those that are held wait by themselves from here on. */
      g->state = GROUP_REST;
      advance_later(e, s, g);
      return;
    }
    c = node_of(e, m);
    if (c->flags & NODE_RESTART)
      start_member(e, s, g, m, c);
  }
  advance_later(e, s, g);
}

bool sup__group_takes_start(struct sup_engine *e, struct sup_node *s,
                            struct sup_node *c) {
  struct sup_member *m = sup__member_of(s, c);
  struct sup_group *g;

  if (m == NULL || !has_barrier(group_of(s, m)))
    return false;
  g = group_of(s, m);
  switch (g->state) {
  case GROUP_STOPPING:
    /* D1, G4: it joins the start phase. */
    sup__disarm(e, c);
    if (is_joiner(c))
      sup__line_put(s->super->groups, m, MEMBER_READY);
    else
      sup__child_awaits_round(e, c);
    return true;
  case GROUP_STARTING:
    if (c->state_now == SUP_STATE_STUCK || is_joiner(c))
      return false;
    sup__line_put(s->super->groups, m, MEMBER_READY);
    advance_later(e, s, g);
    return true;
  default:
    return false;
  }
}

/* Ends that came while it was starting, in their order (G5). */
static void advance_rest(struct sup_engine *e, struct sup_node *s,
                         struct sup_group *g) {
  for (unsigned i = 0; i < SUP_SLICE; i++) {
    struct sup_member *m;
    struct sup_node *c;

    if (g->state != GROUP_REST || s->super->phase != PHASE_RUN)
      return;
    m = sup__line_take(s->super->groups, &g->ended);
    if (m == NULL)
      return;
    c = node_of(e, m);
    if (sup__awaits_turn(c))
      sup__child_deal(e, c);
  }
  advance_later(e, s, g);
}

/* ---- All of it ---------------------------------------------------------- */

void sup__groups_advance(struct sup_engine *e, struct sup_node *s) {
  struct sup_groups *groups = s->super->groups;
  struct sup_group *g;

  if (groups == NULL || groups->queue_first == SUP_NONE ||
      s->super->phase != PHASE_RUN)
    return;
  g = &groups->groups[groups->queue_first];
  groups->queue_first = g->queue_next;
  if (groups->queue_first == SUP_NONE)
    groups->queue_last = SUP_NONE;
  g->queued = false;
  if (g->state == GROUP_REST)
    advance_rest(e, s, g);
  else if (g->state == GROUP_STARTING)
    advance_start(e, s, g);
  else if (has_barrier(g))
    advance_stop(e, s, g);
  else
    advance_sweep(e, s, g);
  if (groups->queue_first != SUP_NONE)
    sup__dirty(e, s);
}

static void put_to_rest(struct sup_engine *e, struct sup_node *s,
                        struct sup_group *g) {
  g->state = GROUP_REST;
  g->cursor = SUP_NONE;
  if (g->timer != SUP_NONE)
    set_until(e, s, g, SUP_INFINITE);
}

void sup__group_halt(struct sup_engine *e, struct sup_node *s,
                     const struct sup_node *c) {
  struct sup_member *m = sup__member_of(s, c);
  struct sup_group *g;

  if (m == NULL)
    return;
  g = group_of(s, m);
  sup__line_leave(s->super->groups, m);
  if (m->flags & MEMBER_IN_FLIGHT)
    g->in_flight--;
  m->flags = 0;
  if (g->state != GROUP_REST)
    put_to_rest(e, s, g);
}

void sup__group_leave(struct sup_engine *e, struct sup_node *c) {
  struct sup_node *s = sup__parent(e, c);
  struct sup_member *m = sup__member_of(s, c);
  struct sup_group *g;

  if (m == NULL)
    return;
  g = group_of(s, m);
  if (m->flags & MEMBER_IN_FLIGHT)
    land(e, s, m);
  if (g->cursor == sup__member_id(s->super->groups, m))
    g->cursor = g->state == GROUP_STARTING ? m->next : m->previous;
  sup__member_free(s->super->groups, m);
  if (g->state == GROUP_REST)
    return;
  if (g->first == SUP_NONE)
    put_to_rest(e, s, g);
  else
    advance_later(e, s, g);
}
