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
 * Children that run children (R0).
 *
 * Such a child is a supervisor whose first child is its body: the worker that
 * its spec describes. So a stop, which goes from the last child to the first,
 * comes to the body last, and what is gone when all below it is gone includes
 * the body. All that is said about the body is said about the supervisor: the
 * body has no name, is in no walk and in no count, and the handles that users
 * have mean the supervisor. Its incarnations bear the supervisor's numbers.
 *
 * The supervisor is in PHASE_RUN as soon as the body has been started, for the
 * children that it runs depend on nothing but themselves. What the end of the
 * body means:
 *
 *   said before   how it ends    a runnable               another child
 *   ------------  -------------  -----------------------  -----------------
 *   -             with an error  FAILED                   FAILED
 *   -             returns        FAILED, SUP_ENOTDONE     COMPLETED
 *   done          returns        goes on without it (R4)  COMPLETED, for good
 *   again         returns        COMPLETED, restarted     COMPLETED, restarted
 *   out of turn   in any way     FAILED, SUP_EMISUSE      as without it
 *
 * But for R4 the children are then stopped, side by side. A runnable has ended
 * like that at once (R3); dying.c says what of it waits until they are gone.
 * Another child has when they are (R0).
 */

#include "group.h"
#include "internal.h"

/* ---- What is seen of them ----------------------------------------------- */

struct sup_ref sup__shown_ref(const struct sup_engine *e,
                              const struct sup_node *n) {
  struct sup_ref ref = sup__ref(n);

  if (n->flags & NODE_BODY) {
    ref.node = n->parent;
    ref.generation = sup__node(e, n->parent)->generation;
  }
  return ref;
}

sup_state sup__shown_state(const struct sup_node *n) {
  if (n->state_now == SUP_STATE_RUNNING && (n->marks & MARK_DONE))
    return SUP_STATE_DONE;
  if (n->state_now == SUP_STATE_RUNNING && (n->marks & MARK_HEALTHY))
    return SUP_STATE_HEALTHY;
  return (sup_state)n->state_now;
}

struct sup_node *sup__worker_find(const struct sup_engine *e,
                                  struct sup_ref ref) {
  struct sup_node *n = sup__node_find(e, ref.node, ref.generation);

  return n != NULL && sup__has_body(n) ? sup__body(e, n) : n;
}

bool sup__body_tells(const struct sup_node *body, sup_event_kind kind) {
  switch (kind) {
  case SUP_EVENT_STARTING:
  case SUP_EVENT_STOPPING:
  case SUP_EVENT_SILENT:
  case SUP_EVENT_LATE_EXIT:
    return true;
  case SUP_EVENT_TERMINATION_FAILED:
    /* Given up for what it did itself; else the supervisor tells. */
    return !(body->flags & NODE_ASKED);
  default:
    return false;
  }
}

bool sup__body_was_asked(const struct sup_engine *e, const struct sup_node *n) {
  return (n->flags & NODE_BODY) && sup__is_going(sup__node(e, n->parent));
}

/* ---- The body ----------------------------------------------------------- */

void sup__body_start(struct sup_engine *e, struct sup_node *s) {
  struct sup_node *body = sup__body(e, s);

  s->super->phase = PHASE_RUN;
  s->super->start_until = SUP_INFINITE; /* the body's own */
  sup__groups_free(e, s->super->groups);
  s->super->groups = NULL;
  sup__node_revive(e, body);
  body->cause = s->cause;
  sup__node_start(e, body);
}

void sup__body_started(struct sup_engine *e, struct sup_node *body) {
  sup__node_acknowledge(e, sup__parent(e, body));
}

static void settle(struct sup_engine *e, struct sup_node *body,
                   sup_state state) {
  sup__set_state(e, body,
                 (body->flags & NODE_UNDEAD) ? SUP_STATE_ABANDONED : state);
}

/* The children are stopped, side by side; then this is its end. */
static void halt(struct sup_engine *e, struct sup_node *s, sup_halt reason,
                 sup_token failure) {
  struct sup_node *body = sup__body(e, s);

  sup__body_leaves(e, s);
  s->super->cause = body->cause;
  if (s->super->visible > 0)
    s->super->cause = sup__emit(e, SUP_EVENT_STOPPING, s, body->cause, 0,
                                SUP_STOP_CANCEL, failure);
  s->super->side_by_side = true;
  sup__supervisor_halt(e, s, reason, failure);
}

void sup__body_stop_failed(struct sup_engine *e, struct sup_node *body,
                           sup_token error) {
  struct sup_node *s = sup__parent(e, body);
  bool alone = s->parent != SUP_NONE && s->super->failure == 0 &&
               s->super->stop_failure_count == 0;

  /* Alone it is what would be told of a worker. */
  if (alone)
    s->super->failure = sup__token_ref(error);
  else
    sup__note_stop_failure(e, s, sup__token_value(error), body, error);
}

void sup__body_start_failed(struct sup_engine *e, struct sup_node *body,
                            sup_token error) {
  struct sup_node *s = sup__parent(e, body);

  if (error != body->error)
    sup__token_replace(e, &body->error, error);
  else
    sup__token_discard(e, error);
  settle(e, body, SUP_STATE_FAILED);
  if (sup__is_going(s)) {
    sup__body_stop_failed(e, body, body->error);
    sup__dirty(e, s);
  } else {
    halt(e, s, HALT_START,
         s->parent == SUP_NONE ? sup__compose(e, SUP_ESTART, s, body->error)
                               : sup__token_ref(body->error));
  }
}

void sup__body_declined(struct sup_engine *e, struct sup_node *body) {
  struct sup_node *s = sup__parent(e, body);

  settle(e, body, SUP_STATE_DECLINED);
  if (sup__is_going(s))
    sup__dirty(e, s);
  else if (s->parent == SUP_NONE)
    halt(e, s, HALT_START, sup__token_code(SUP_ENOTRUNNING));
  else
    halt(e, s, HALT_DECLINED, 0);
}

/* What the end of a body is that nobody asked for, by what it has said. */
static sup_outcome judge(struct sup_engine *e, struct sup_node *body,
                         sup_outcome outcome) {
  int code = 0;

  if (outcome == SUP_OUTCOME_FAILED)
    return outcome;
  if (body->marks & MARK_MISUSED)
    code = SUP_EMISUSE;
  else if (body->spec->runs == SUP_RUNS_TREE &&
           !(body->flags & (NODE_DONE | NODE_AGAIN)))
    code = SUP_ENOTDONE;
  if (code == 0)
    return SUP_OUTCOME_COMPLETED;
  sup__token_replace(e, &body->error, sup__token_code(code));
  return SUP_OUTCOME_FAILED;
}

/* R4 */
static void go_on_without(struct sup_engine *e, struct sup_node *s,
                          struct sup_node *body) {
  s->marks |= MARK_DONE;
  s->changed_at = e->now;
  sup__emit(e, SUP_EVENT_DONE, s, body->cause, e->now - s->started_at, 0, 0);
}

void sup__body_ended(struct sup_engine *e, struct sup_node *body,
                     sup_outcome outcome, sup_token error) {
  struct sup_node *s = sup__parent(e, body);
  bool failed;

  sup__token_replace(e, &body->error, error);
  if (!sup__is_going(s))
    outcome = judge(e, body, outcome);
  failed = outcome == SUP_OUTCOME_FAILED;
  if (failed && body->error == 0)
    body->error = sup__token_code(SUP_EFAILED);
  settle(e, body, failed ? SUP_STATE_FAILED : SUP_STATE_COMPLETED);
  if (sup__is_going(s)) {
    if (failed)
      sup__body_stop_failed(e, body, body->error);
    sup__dirty(e, s);
  } else if (body->spec->runs != SUP_RUNS_TREE) {
    halt(e, s, failed ? HALT_FAILURE : HALT_COMPLETE,
         failed ? sup__token_ref(body->error) : 0);
  } else if (!failed && (body->flags & NODE_DONE)) {
    go_on_without(e, s, body);
  } else {
    sup__dies(e, s, outcome);
  }
}

void sup__body_leaves(struct sup_engine *e, struct sup_node *s) {
  const uint32_t said = NODE_HOPELESS | NODE_FORCED | NODE_DONE | NODE_AGAIN;

  s->flags = (s->flags & ~said) | (sup__body(e, s)->flags & said);
}

/* ---- What it runs (R1, R5, R8) ------------------------------------------ */

static int check_lives(struct sup_engine *e, const struct sup_node *body) {
  const struct sup_node *s;

  if (!(body->flags & NODE_BODY))
    return SUP_EINVAL;
  if (sup__says_no_more(body)) {
    e->counters.stale_reports++;
    return SUP_ESTALE;
  }
  s = sup__node(e, body->parent);
  return body->state_now == SUP_STATE_STOPPING || sup__is_going(s) ||
                 sup__starts_are_off(e, s)
             ? SUP_ESTOPPING
             : 0;
}

static int check(struct sup_engine *e, const struct sup_node *body) {
  int r = check_lives(e, body);

  if (r == 0 && ((body->marks & MARK_MISUSED) ||
                 (sup__node(e, body->parent)->marks & MARK_HEALTHY)))
    r = SUP_EHEALTHY;
  return r;
}

static int make(struct sup_engine *e, struct sup_node *s, sup_spec *spec,
                struct sup_ref *made) {
  int r = sup__check_addition(e, s, spec);
  uint32_t index;
  struct sup_node *c;

  if (r != 0)
    return r;
  index = sup__node_add(e, s, spec, 0, MARK_DYNAMIC);
  if (index == SUP_NONE)
    return SUP_ENOMEM;
  c = sup__node(e, index);
  if (sup__is_supervisor(c) && !sup__make_children(e, c, spec, 0)) {
    sup__node_remove(e, c);
    return SUP_ENOMEM;
  }
  *made = sup__ref(c);
  return 0;
}

/* A group of all that was made. */
static int make_group(struct sup_engine *e, struct sup_node *s,
                      sup_group_mode mode, const struct sup_ref *made,
                      size_t count) {
  uint32_t group = sup__group_add(e, s, mode);

  if (group == SUP_NONE)
    return SUP_ENOMEM;
  for (size_t i = 0; i < count; i++)
    if (!sup__group_join_at(e, s, group, made[i].node))
      return SUP_ENOMEM; /* what has joined goes with its nodes */
  return 0;
}

static void start_all(struct sup_engine *e, const struct sup_ref *made,
                      size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct sup_node *c = sup__node(e, made[i].node);

    sup__set_state(e, c, SUP_STATE_WAITING);
    sup__node_start_or_wait(e, c);
  }
}

int sup__engine_run(struct sup_engine *e, struct sup_ref ref,
                    const sup_group_mode *mode, sup_spec *const *specs,
                    size_t count, struct sup_ref *children) {
  struct sup_node *body, *s;
  size_t made = 0;
  int r = sup__find_running(e, ref, &body);

  if (r == 0)
    r = check(e, body);
  if (r != 0 || count == 0)
    return r;
  sup__has_spoken(e, body);
  s = sup__parent(e, body);
  while (r == 0 && made < count) {
    r = make(e, s, specs[made], &children[made]);
    made += r == 0;
  }
  if (r == 0 && mode != NULL)
    r = make_group(e, s, *mode, children, count);
  if (r == 0)
    start_all(e, children, count);
  else
    while (made > 0)
      sup__node_remove(e, sup__node(e, children[--made].node));
  sup__advance(e, SUP_SLICE);
  return r;
}

int sup__engine_run_once(struct sup_engine *e, struct sup_ref ref,
                         sup_spec *spec, struct sup_request *request,
                         struct sup_request *end, struct sup_ref *child) {
  struct sup_node *body;
  int r = sup__find_running(e, ref, &body);

  if (r == 0)
    r = check_lives(e, body);
  if (r == 0 && spec->policy->restart != SUP_TEMPORARY)
    r = SUP_EINVAL;
  if (r != 0)
    return r;
  sup__has_spoken(e, body);
  r = sup__add_child(e, sup__parent(e, body), spec, request, child);
  if (r == 0)
    sup__request_add(e, sup__node(e, child->node), end, REQUEST_END);
  return r;
}
