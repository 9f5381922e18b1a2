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
 * Children that are added, and what is asked for of any child (D1 to D5).
 *
 * What a request does depends on the state of the child. A dash: it is
 * recorded and waits for what is under way.
 *
 *   state         terminate              restart               delete
 *   ------------  ---------------------  --------------------  -------------
 *   not reached   is skipped             is not skipped        skipped, gone
 *     by its supervisor's start
 *   starting,     ladder, then STOPPED   ladder, then start    ladder, gone
 *     running
 *   stopping      -, then STOPPED        -, then start         -, gone
 *   waiting       canceled, STOPPED      starts now            gone
 *     for a round canceled, STOPPED      the round starts now  gone
 *     for a       canceled, STOPPED      -                     gone
 *       sibling or a start phase
 *   stuck         ABANDONED              -                     ABANDONED,
 *                                                              then gone
 *   ended         dealt with, for good   starts now            gone
 *   abandoned     SUP_EALREADY           STUCK, then start     as stuck
 *   down for good SUP_EALREADY           starts now            gone
 *
 * and on the phase of its supervisor:
 *
 *   phase         what starts now
 *   ------------  ---------------------------------------------------------
 *   idle          SUP_ENOTRUNNING
 *   build         waits for the start phase, and is then started
 *   start, run,   is started, beside what the phase starts
 *     round start
 *   round stop    waits for the start phase of the round, if it is added or a
 *                 member of it
 *   halt, cleanup SUP_ESTOPPING, also if that is the phase of any above
 *     and sweep
 *
 * "Gone" is removed for a child that was added, and not seen any more until its
 * supervisor starts again for others (as a temporary one that has ended). A
 * temporary one that is terminated goes as well, unless it was only skipped.
 * Nothing of this is counted as a failure or begins a round, and what was
 * stopped stays out of later ones.
 */

#include <string.h>

#include "internal.h"

/* ---- Starting ----------------------------------------------------------- */

static bool waits_for_phase(struct sup_engine *e, struct sup_node *s,
                            struct sup_node *c) {
  switch (s->super->phase) {
  case PHASE_BUILD:
    return true;
  case PHASE_ROUND_STOP:
    return (c->marks & MARK_FIRST) || sup__round_has(s, e, c);
  default:
    return false;
  }
}

static void start_now(struct sup_engine *e, struct sup_node *s,
                      struct sup_node *c, bool was_in_flight) {
  bool in_phase = was_in_flight && s->super->phase == PHASE_START &&
                  !(c->flags & NODE_UNDEAD);

  c->cause = 0;
  sup__disarm(e, c);
  sup__set_state(e, c, SUP_STATE_WAITING);
  if (in_phase || waits_for_phase(e, s, c))
    sup__wait_in_line(e, c, in_phase ? MARK_READY : MARK_JOINS);
  else if (s->super->phase != PHASE_RUN || !sup__group_takes_start(e, s, c))
    sup__node_start_or_wait(e, c);
}

bool sup__start_joiners(struct sup_engine *e, struct sup_node *s) {
  for (unsigned i = 0; i < SUP_SLICE; i++) {
    struct sup_node *c = sup__first_in_line(e, &s->super->joins);

    if (c == NULL)
      return true;
    sup__node_start_or_wait(e, c);
  }
  sup__dirty(e, s);
  return false;
}

/* ---- Finding ------------------------------------------------------------ */

static bool is_starting(const struct sup_node *s) {
  return s->super->phase == PHASE_BUILD || s->super->phase == PHASE_START;
}

/* Children of the spec rest while a resource step has brought others. */
static bool takes_part(const struct sup_node *s, const struct sup_node *c) {
  return (c->marks & MARK_DYNAMIC) ||
         ((c->flags & NODE_MADE) != 0) == s->super->uses_made;
}

/* The start of its supervisor will come to it. */
static bool is_ahead(const struct sup_node *s, const struct sup_node *c) {
  return is_starting(s) && takes_part(s, c) &&
         !(c->marks & (MARK_DYNAMIC | MARK_REACHED));
}

static bool is_found(const struct sup_node *s, const struct sup_node *c) {
  return takes_part(s, c) && !(c->flags & NODE_DROPPED);
}

/* Among many, the place of a name in the index is not in the cache; the next
 * sibling is. So who has asked for two in a row is expected to go on, as a file
 * system reads ahead. */
static struct sup_node *find_expected(struct sup_engine *e, struct sup_node *s,
                                      const char *name, size_t length) {
  const struct sup_supervisor *super = s->super;
  struct sup_node *c;

  if (!super->found_in_a_row || super->found == SUP_NONE)
    return NULL;
  c = sup__node(e, super->found);
  if (c->next == SUP_NONE)
    return NULL;
  c = sup__node(e, c->next);
  return sup__is_called(c, name, length) && is_found(s, c) ? c : NULL;
}

static struct sup_node *find_child(struct sup_engine *e, struct sup_node *s,
                                   const char *name, size_t length) {
  struct sup_supervisor *super = s->super;
  struct sup_node *c = find_expected(e, s, name, length);

  if (c == NULL) {
    c = sup__name_find(e, s, name, length);
    while (c != NULL && !is_found(s, c))
      c = sup__name_find_next(e, c);
  }
  if (c != NULL) {
    super->found_in_a_row =
        super->found != SUP_NONE && c->previous == super->found;
    super->found = c->index;
  }
  return c;
}

/* D4. A dropped child has its name back when the start comes to it. */
static bool is_taken(struct sup_engine *e, struct sup_node *s,
                     const sup_spec *spec) {
  struct sup_node *c = sup__name_find(e, s, spec->name, spec->name_length);

  for (; c != NULL; c = sup__name_find_next(e, c)) {
    if (!takes_part(s, c))
      continue;
    if (!(c->flags & NODE_DROPPED) ||
        (is_ahead(s, c) && !(c->marks & MARK_SKIP)))
      return true;
  }
  return false;
}

/* How many children it has; with those that its start will bring. */
static uint32_t count(const struct sup_node *s, bool with_dropped) {
  const struct sup_supervisor *super = s->super;
  uint32_t fixed = (uint32_t)sup__part(s->spec)->child_count;

  if (with_dropped)
    return super->uses_made ? super->count - fixed : super->count;
  return super->uses_made ? super->visible - super->fixed_visible
                          : super->visible;
}

static bool is_full(const struct sup_node *s, uint32_t more) {
  uint32_t limit = sup__part(s->spec)->child_limit;
  uint32_t present = count(s, is_starting(s));

  return limit != 0 && (more > limit || present > limit - more);
}

int sup__made_clash(struct sup_engine *e, struct sup_node *s) {
  uint32_t c = s->super->first_dynamic;

  if (is_full(s, 0))
    return SUP_ELIMIT;
  for (; c != SUP_NONE; c = sup__node(e, c)->next) {
    struct sup_node *n = sup__node(e, c);
    struct sup_node *other =
        sup__name_find(e, s, n->spec->name, n->spec->name_length);

    for (; other != NULL; other = sup__name_find_next(e, other))
      if (other->flags & NODE_MADE)
        return SUP_EEXIST;
  }
  return 0;
}

void sup__engine_root(const struct sup_engine *e, struct sup_ref *root) {
  *root = sup__ref(sup__node(e, e->root));
}

int sup__engine_find(struct sup_engine *e, struct sup_ref supervisor,
                     const char *name, size_t length, struct sup_ref *child) {
  struct sup_node *s =
      sup__node_find(e, supervisor.node, supervisor.generation);

  if (s == NULL)
    return SUP_EGONE;
  if (!sup__is_supervisor(s))
    return SUP_EINVAL;
  s = find_child(e, s, name, length);
  if (s == NULL)
    return SUP_ENOTFOUND;
  *child = sup__ref(s);
  return 0;
}

int sup__engine_find_path(struct sup_engine *e, const char *path,
                          struct sup_ref *child) {
  struct sup_node *n = sup__node(e, e->root);
  size_t length = strcspn(path, "/");

  if (length != n->spec->name_length ||
      memcmp(path, n->spec->name, length) != 0)
    return SUP_ENOTFOUND;
  while (path[length] != '\0') {
    path += length + 1;
    length = strcspn(path, "/");
    if (!sup__is_supervisor(n))
      return SUP_ENOTFOUND;
    n = find_child(e, n, path, length);
    if (n == NULL)
      return SUP_ENOTFOUND;
  }
  *child = sup__ref(n);
  return 0;
}

int sup__engine_child_count(const struct sup_engine *e,
                            struct sup_ref supervisor, uint64_t *result) {
  const struct sup_node *s =
      sup__node_find(e, supervisor.node, supervisor.generation);

  if (s == NULL)
    return SUP_EGONE;
  if (!sup__is_supervisor(s))
    return SUP_EINVAL;
  *result = count(s, false);
  return 0;
}

/* ---- Adding ------------------------------------------------------------- */

static int not_running(const struct sup_engine *e) {
  return e->ended ? SUP_EGONE : SUP_ENOTRUNNING;
}

int sup__check_addition(struct sup_engine *e, struct sup_node *s,
                        const sup_spec *spec) {
  if (sup__is_going(s) || sup__starts_are_off(e, s))
    return SUP_ESTOPPING;
  if (s->super->phase == PHASE_IDLE)
    return not_running(e);
  if (is_taken(e, s, spec))
    return SUP_EEXIST;
  if (is_full(s, 1))
    return SUP_ELIMIT;
  return sup__list_has_room(e, s) ? 0 : SUP_EOVERFLOW;
}

static struct sup_node *make_child(struct sup_engine *e, struct sup_node *s,
                                   sup_spec *spec,
                                   struct sup_request *request) {
  uint32_t index = sup__node_add(e, s, spec, 0, MARK_DYNAMIC | MARK_FIRST);
  struct sup_node *c;

  if (index == SUP_NONE)
    return NULL;
  c = sup__node(e, index);
  if (sup__is_supervisor(c) && !sup__make_children(e, c, spec, 0)) {
    sup__node_remove(e, c);
    return NULL;
  }
  sup__request_add(e, c, request, REQUEST_START);
  return c;
}

int sup__add_child(struct sup_engine *e, struct sup_node *s, sup_spec *spec,
                   struct sup_request *request, struct sup_ref *child) {
  int r = sup__check_addition(e, s, spec);
  struct sup_node *c;

  if (r != 0)
    return r;
  c = make_child(e, s, spec, request);
  if (c == NULL) {
    sup__advance(e, SUP_SLICE); /* what was made of it goes */
    return SUP_ENOMEM;
  }
  start_now(e, s, c, false);
  *child = sup__ref(c);
  sup__advance(e, SUP_SLICE);
  return 0;
}

int sup__engine_add(struct sup_engine *e, struct sup_ref supervisor,
                    sup_spec *spec, struct sup_request *request,
                    struct sup_ref *child) {
  struct sup_node *s =
      sup__node_find(e, supervisor.node, supervisor.generation);

  if (s == NULL)
    return SUP_EGONE;
  /* R1: only its body adds to what runs children. */
  if (!sup__is_supervisor(s) || sup__has_body(s))
    return SUP_EINVAL;
  return sup__add_child(e, s, spec, request, child);
}

/* ---- Stopping ----------------------------------------------------------- */

static bool still_runs(const struct sup_node *c) {
  return (c->flags & NODE_UNDEAD) || sup__has_orphans(c);
}

void sup__cancel_wait(struct sup_engine *e, struct sup_node *c,
                      uint64_t cause) {
  sup__disarm(e, c);
  if (!(c->marks & MARK_FIRST) || c->state_now == SUP_STATE_STUCK)
    sup__emit(e, SUP_EVENT_RESTART_CANCELED, c, cause, 0, 0, 0);
  c->marks &= (uint16_t) ~(MARK_FIRST | MARK_TRIAL);
  sup__set_state(
      e, c, (c->flags & NODE_UNDEAD) ? SUP_STATE_ABANDONED : SUP_STATE_STOPPED);
}

bool sup__is_down(const struct sup_node *s, const struct sup_node *c) {
  if (is_ahead(s, c))
    return (c->marks & MARK_SKIP) != 0;
  return !(c->flags & NODE_RESTART) && c->state_now != SUP_STATE_WAITING &&
         c->state_now != SUP_STATE_STUCK && c->state_now != SUP_STATE_ENDED;
}

/* Whatever a child that is not alive waits for will not come. */
static void stand_down(struct sup_engine *e, struct sup_node *s,
                       struct sup_node *c) {
  bool ahead = is_ahead(s, c);

  c->flags &= ~NODE_RESTART;
  sup__let_go(e, c);
  sup__leave_line(e, c);
  sup__group_withdraw(e, s, c);
  sup__dirty(e, s);
  if (ahead) {
    c->marks |= MARK_SKIP;
    sup__set_state(e, c, SUP_STATE_STOPPED);
    return;
  }
  switch (c->state_now) {
  case SUP_STATE_WAITING:
    sup__cancel_wait(e, c, 0);
    break;
  case SUP_STATE_STUCK:
    sup__cancel_wait(e, c, 0);
    break;
  case SUP_STATE_ABANDONED: /* it was to come back with a round */
    sup__disarm(e, c);
    c->marks &= (uint16_t) ~(MARK_FIRST | MARK_TRIAL);
    sup__set_state(e, c, SUP_STATE_ABANDONED);
    break;
  case SUP_STATE_ENDED:
    sup__child_emit_end(e, c, (sup_outcome)c->outcome);
    /* H9: the end for good of one that would go on is that of the request. */
    if (sup__child_is_restarted(c, (sup_outcome)c->outcome))
      sup__significant_forget(e, c);
    sup__child_settle(e, c, (sup_outcome)c->outcome);
    break;
  default:
    break;
  }
}

/* The child that a request is about, and its supervisor. */
static int find_target(struct sup_engine *e, struct sup_ref ref,
                       struct sup_node **child, struct sup_node **supervisor) {
  struct sup_node *c = sup__node_find(e, ref.node, ref.generation);

  if (c == NULL)
    return SUP_EGONE;
  if (c->parent == SUP_NONE)
    return SUP_EINVAL;
  *child = c;
  *supervisor = sup__parent(e, c);
  return sup__starts_are_off(e, c) ? SUP_ESTOPPING : 0;
}

/* A living child: its ladder begins, unless it has. */
static void ask(struct sup_engine *e, struct sup_node *c, uint16_t marks) {
  c->marks &= (uint16_t)~MARK_AGAIN;
  c->marks |= MARK_OWNER | marks;
  if (!(marks & MARK_AGAIN)) {
    sup__answer_not_started(e, c);
    /* H9: one that goes by that is not waited for, however long it takes. */
    if ((c->marks & MARK_DELETE) || sup__is_temporary(c))
      sup__significant_forget(e, c);
  }
  /* H9: the end for good of one that would go on is that of the request. */
  if (sup__awaits_turn(c)) {
    sup__child_emit_end(e, c, (sup_outcome)c->outcome);
    if (sup__child_is_restarted(c, (sup_outcome)c->outcome))
      sup__significant_forget(e, c);
    sup__child_settle(e, c, (sup_outcome)c->outcome);
  }
  if (!(c->flags & NODE_ASKED))
    sup__node_stop(e, c);
}

/* It is told before anything is removed. */
static void tell_down(struct sup_engine *e, struct sup_node *c) {
  sup__answer_stopped(e, c,
                      still_runs(c) ? sup__token_code(SUP_EABANDONED) : 0);
  sup__answer_ended(e, c, 0);
}

/* It was told that it is down; unless it has gone by that. */
static void take_away(struct sup_engine *e, struct sup_node *c) {
  if (!(c->flags & (NODE_FREE | NODE_DROPPED)))
    sup__child_goes(e, c);
}

/* What a request about one that is down for good is refused with. */
static int is_over(const struct sup_node *c) {
  return c->state_now == SUP_STATE_NEW ? SUP_ENOTRUNNING : SUP_EALREADY;
}

int sup__engine_await_end(struct sup_engine *e, struct sup_ref ref,
                          struct sup_request *request) {
  struct sup_node *c, *s;
  int r = find_target(e, ref, &c, &s);

  if (r != 0 && r != SUP_ESTOPPING)
    return r;
  if (!(c->flags & NODE_ALIVE) && (r == SUP_ESTOPPING || sup__is_down(s, c) ||
                                   s->super->phase == PHASE_IDLE))
    return is_over(c);
  sup__request_add(e, c, request, REQUEST_END);
  return 0;
}

int sup__engine_terminate(struct sup_engine *e, struct sup_ref ref,
                          struct sup_request *request) {
  struct sup_node *c, *s;
  int r = find_target(e, ref, &c, &s);

  if (r != 0)
    return r;
  if (!(c->flags & NODE_ALIVE) && sup__is_down(s, c))
    return is_over(c);
  sup__request_add(e, c, request, REQUEST_STOP);
  if (c->flags & NODE_ALIVE) {
    ask(e, c, 0);
  } else {
    bool ahead = is_ahead(s, c);

    tell_down(e, c);
    stand_down(e, s, c);
    if (sup__is_temporary(c) && !ahead)
      take_away(e, c);
  }
  sup__advance(e, SUP_SLICE);
  return 0;
}

int sup__engine_force_child(struct sup_engine *e, struct sup_ref ref) {
  struct sup_node *c = sup__node_find(e, ref.node, ref.generation);
  int r;

  if (c == NULL)
    return SUP_EGONE;
  if (c->parent == SUP_NONE)
    return SUP_EINVAL;
  if (!(c->flags & NODE_ALIVE) || !(c->flags & NODE_ASKED)) {
    uint64_t incarnation = c->incarnation;

    r = sup__engine_terminate(e, ref, NULL);
    if (r != 0)
      return r;
    /* It may have gone, and its supervisor have begun anew, within this. */
    c = sup__node_find(e, ref.node, ref.generation);
    if (c == NULL || c->incarnation != incarnation)
      return 0;
  }
  if ((c->flags & NODE_ALIVE) && sup__is_supervisor(c))
    sup__supervisor_hasten(e, c, HASTE_FORCE);
  else if (c->flags & NODE_ALIVE)
    sup__node_force(e, c);
  sup__advance(e, SUP_SLICE);
  return 0;
}

/* D4 */
int sup__engine_delete(struct sup_engine *e, struct sup_ref ref,
                       struct sup_request *request) {
  struct sup_node *c, *s;
  int r = find_target(e, ref, &c, &s);

  if (r == 0 && s->super->phase == PHASE_IDLE)
    r = not_running(e);
  if (r != 0)
    return r;
  sup__request_add(e, c, request, REQUEST_STOP);
  if (c->flags & NODE_ALIVE) {
    ask(e, c, MARK_DELETE);
  } else {
    tell_down(e, c);
    stand_down(e, s, c);
    take_away(e, c);
  }
  sup__advance(e, SUP_SLICE);
  return 0;
}

/* ---- Restarting --------------------------------------------------------- */

/* One that waits: not any more, if it is for time. */
static void cut_wait(struct sup_engine *e, struct sup_node *s,
                     struct sup_node *c) {
  if ((c->flags & NODE_HELD) || (c->marks & (MARK_READY | MARK_JOINS)))
    return;
  if (!(c->flags & NODE_RESTART)) {
    start_now(e, s, c, false);
  } else if (s->super->phase == PHASE_RUN) {
    sup__group_hurry(e, s, c);
  } else if (s->super->phase == PHASE_ROUND_STOP) {
    s->super->round_until = e->now;
    sup__supervisor_rearm(e, s);
    sup__dirty(e, s);
  }
}

/* One that was down for good: as if it were new. */
static void begin_anew(struct sup_engine *e, struct sup_node *s,
                       struct sup_node *c) {
  c->consecutive = 0;
  sup__record_clear(e, sup__own_record(c));
  c->marks |= MARK_TRIAL;
  start_now(e, s, c, false);
}

static void restart_dead(struct sup_engine *e, struct sup_node *s,
                         struct sup_node *c) {
  sup_outcome outcome = (sup_outcome)c->outcome;

  if (is_ahead(s, c)) {
    c->marks &= (uint16_t)~MARK_SKIP;
    return;
  }
  switch (c->state_now) {
  case SUP_STATE_WAITING:
    cut_wait(e, s, c);
    break;
  case SUP_STATE_STUCK:
    break;
  case SUP_STATE_ENDED:
    sup__child_emit_end(e, c, outcome);
    if (sup__child_is_restarted(c, outcome))
      start_now(e, s, c, false);
    else
      begin_anew(e, s, c);
    break;
  default:
    if (!(c->flags & NODE_RESTART)) /* else it is stuck in a round */
      begin_anew(e, s, c);
  }
}

int sup__engine_restart(struct sup_engine *e, struct sup_ref ref,
                        struct sup_request *request) {
  struct sup_node *c, *s;
  int r = find_target(e, ref, &c, &s);

  if (r == 0 && (c->marks & MARK_DELETE))
    r = SUP_EGONE;
  if (r == 0 && !takes_part(s, c))
    r = SUP_ENOTRUNNING; /* it rests while others are there */
  if (r == 0 && s->super->phase == PHASE_IDLE)
    r = not_running(e);
  if (r != 0)
    return r;
  sup__request_add(e, c, request, REQUEST_START);
  if (c->flags & NODE_ALIVE)
    ask(e, c, MARK_AGAIN);
  else
    restart_dead(e, s, c);
  sup__advance(e, SUP_SLICE);
  return 0;
}

void sup__owned_stopped(struct sup_engine *e, struct sup_node *s,
                        struct sup_node *c, bool was_in_flight,
                        sup_token failure) {
  uint16_t marks = c->marks;

  c->marks &= (uint16_t) ~(MARK_OWNER | MARK_AGAIN);
  sup__group_withdraw(e, s, c);
  sup__answer_stopped(e, c, failure);
  if ((marks & MARK_AGAIN) && !sup__starts_are_off(e, c)) {
    start_now(e, s, c, was_in_flight);
    return;
  }
  if ((marks & MARK_FIRST) && (c->flags & NODE_START_FAILED))
    sup__answer_start_failed(e, c, c->error);
  sup__answer_ended(e, c, failure);
  c->marks &= (uint16_t) ~(MARK_FIRST | MARK_TRIAL);
  if ((marks & MARK_DELETE) || sup__is_temporary(c))
    sup__child_goes(e, c);
}
