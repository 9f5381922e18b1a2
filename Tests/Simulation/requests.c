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
 * Requests: children that are added, and stops, restarts and deletions of any
 * child, at any time. What becomes of them depends on much that does not show,
 * so the model leaves open how a supervisor that has had one deals with its
 * failures; what is promised to the caller is checked.
 */

#include "model.h"

#include <string.h>

enum what { ADDS, TERMINATES, RESTARTS, DELETES, FORCES };

static struct sim_request *take_request(struct sim *s) {
  for (int i = 0; i < SIM_REQUESTS; i++)
    if (!s->requests[i].pending) {
      memset(&s->requests[i], 0, sizeof(s->requests[i]));
      s->requests[i].request.any_thread = true;
      return &s->requests[i];
    }
  return NULL;
}

/* D1 to D3: each is answered once. */
void sim_take_answers(struct sim *s, uint32_t node) {
  struct sup_request *request;
  while ((request = sup__engine_take_answer(s->engine, node, true)) != NULL) {
    struct sim_request *r = (struct sim_request *)request;
    int code = sup__token_value(request->answer);
    sim_log(s, "  an answer about %s: %d", s->nodes[r->node].name, code);
    if (!r->pending)
      sim_fail(s, "D1: a request about %s is answered twice",
               s->nodes[r->node].name);
    r->pending = false;
    s->stats[SIM_STAT_ANSWERS]++;
    if (sup__token_drop(request->answer))
      sup__error_free(sup__token_object(request->answer));
  }
}

/* Its supervisor has had a request: what it does next is left open. */
static void touch(struct sim *s, struct sim_node *p) {
  p->touched = true;
  p->unordered = p->start_limit > 1 || p->has_after[0] || p->has_after[1];
  for (int i = 0; i < p->child_count; i++) {
    NODE(s, p->children[i])->not_before = 0;
    NODE(s, p->children[i])->not_after = 0;
  }
}

static bool is_going(struct sim *s, const struct sim_node *p) {
  for (; p != NULL; p = parent_of(s, p))
    if (p->halting)
      return true;
  return s->stopping || s->ended;
}

static void check_refusal(struct sim *s, const struct sim_node *p, int r,
                          const char *what) {
  if (r == 0 && is_going(s, p))
    sim_fail(s, "D8: %s in %s is accepted, which goes down", what, p->name);
  s->stats[SIM_STAT_REFUSED] += r != 0;
}

/* ---- Adding -------------------------------------------------------------- */

/* D4: whether its name can be taken, as far as that shows. */
static void check_name(struct sim *s, const struct sim_node *p,
                       const struct sim_node *n, int r) {
  struct sup_ref found;
  int f = sup__engine_find(s->engine, p->ref, n->name, strlen(n->name), &found);
  if (r == SUP_EEXIST && f == SUP_ENOTFOUND)
    sim_fail(s, "D4: the name of %s is taken, and nobody has it", n->name);
}

static void add(struct sim *s, struct sim_node *n) {
  struct sim_node *p = parent_of(s, n);
  struct sim_request *request = take_request(s);
  struct sup_ref ref = {0, 0, 0};
  int r;
  if (request == NULL)
    return;
  r = sup__engine_add(s->engine, p->ref, n->spec, &request->request, &ref);
  sim_log(s, "  add %s: %d", n->name, r);
  check_refusal(s, p, r, "an addition");
  check_name(s, p, n, r);
  if (r != 0)
    return;
  if (is_living(n) && !n->abandoned)
    sim_fail(s, "D4: a second %s is added beside one that lives", n->name);
  n->alive = is_living(n); /* H6: or it went before it had begun */
  if (n->entered)
    sim_part(s, n);
  n->older = n->ref;
  n->ref = (struct sup_ref){ref.node, ref.generation, 0};
  s->by_index[ref.node] = n->id;
  n->alive = n->entered = n->abandoned = false;
  n->over = n->owned = n->completed = n->declined = false;
  n->waits_stuck = false;
  n->trial = n->first = true;
  n->not_before = 0;
  request->pending = true;
  request->node = n->id;
  touch(s, p);
  s->stats[SIM_STAT_ADDED]++;
}

/* ---- The others ---------------------------------------------------------- */

static int send(struct sim *s, enum what what, struct sup_ref ref,
                struct sup_request *request) {
  switch (what) {
  case TERMINATES:
    return sup__engine_terminate(s->engine, ref, request);
  case RESTARTS:
    return sup__engine_restart(s->engine, ref, request);
  case DELETES:
    return sup__engine_delete(s->engine, ref, request);
  default:
    return sup__engine_force_child(s->engine, ref);
  }
}

static void ask(struct sim *s, struct sim_node *n, enum what what) {
  struct sim_node *p = parent_of(s, n);
  struct sim_request *request = take_request(s);
  bool was_asked = n->asked;
  int r;
  if (request == NULL || n->ref.generation == 0)
    return;
  /* The events of the call are read after it. */
  request->pending = what != FORCES;
  request->node = n->id;
  r = send(s, what, n->ref, &request->request);
  sim_log(s, "  request %d about %s: %d", what, n->name, r);
  request->pending = request->pending && r == 0;
  if (what != FORCES) /* of a stop that goes on */
    check_refusal(s, p, r, "a request");
  if (r != 0)
    return;
  if (what != FORCES || !was_asked) {
    n->owned = what != RESTARTS;
    n->again = what == RESTARTS;
  }
  n->hurried = n->hurried || what == FORCES;
  n->over = n->over && what != RESTARTS;
  n->trial = n->trial || what == RESTARTS;
  n->first = n->first && what != RESTARTS;
  touch(s, p);
  for (int i = 0; i < n->own.count && what == RESTARTS; i++)
    n->own.maybe[i] = true; /* forgotten, if it was down for good */
  s->stats[SIM_STAT_REQUESTS]++;
}

/* D2: who lives is found by its name, and is the one that was meant. */
static void find(struct sim *s, const struct sim_node *n) {
  struct sim_node *p = parent_of(s, n);
  struct sup_ref found;
  int r = sup__engine_find(s->engine, p->ref, n->name, strlen(n->name), &found);
  if (is_living(n) && !n->abandoned && r != SUP_EGONE && /* of p, another now */
      (r != 0 || found.generation != n->ref.generation))
    sim_fail(s, "D2: %s lives and is not found by its name: %d", n->name, r);
}

void sim_request(struct sim *s) {
  struct sim_node *n;
  enum what what;
  if (s->node_count < 2)
    return;
  n = &s->nodes[1 + sim_below(s, (uint64_t)s->node_count - 1)];
  what = (enum what)sim_below(s, 5);
  sim_tick(s);
  sim_look(s);
  if (n->is_dynamic && sim_percent(s, 60))
    what = ADDS;
  if (what != ADDS)
    ask(s, n, what);
  else if (n->is_dynamic)
    add(s, n);
  else
    find(s, n);
  sim_look(s);
}

void sim_check_requests(struct sim *s) {
  for (int i = 0; i < SIM_REQUESTS; i++)
    if (s->requests[i].pending)
      sim_fail(s, "D1: a request about %s is never answered",
               s->nodes[s->requests[i].node].name);
}
