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
 * child, at any time, also of such that are not there. The model says what each
 * is answered with; what is promised to the caller is checked.
 */

#include "model.h"

#include <string.h>

static struct sim_request *take_request(struct sim *s, struct sim_node *n,
                                        enum sim_request_kind kind) {
  for (int i = 0; i < SIM_REQUESTS; i++)
    if (!s->requests[i].pending) {
      memset(&s->requests[i], 0, sizeof(s->requests[i]));
      s->requests[i].request.any_thread = true;
      /* The events of the call are read after it. */
      s->requests[i].pending = kind != SIM_FORCES;
      s->requests[i].node = n->id;
      s->requests[i].kind = kind;
      s->requests[i].since = s->read;
      s->requests[i].generation = n->ref.generation;
      s->requests[i].lived = sim_lives(s, n, true);
      return &s->requests[i];
    }
  return NULL;
}

/* ---- Answers ------------------------------------------------------------- */

/* What an answer says has happened since the request. */
static bool is_true(const struct sim_request *r, const struct sim_node *n,
                    int code) {
  switch (code) {
  case 0:
    if (r->kind == SIM_ADDS || r->kind == SIM_RESTARTS)
      return n->acked_event > r->since || n->declined_event > r->since;
    return n->unclean_event <= r->since || n->clean_event > r->since ||
           n->ref.generation != r->generation;
  case SUP_ESTART:
    return n->start_failed_event > r->since || n->unclean_event > r->since;
  case SUP_ETERMINATION:
    return n->unclean_event > r->since || r->lived;
  default:
    return code == SUP_ESTOPPED;
  }
}

/* D1 to D3: each is answered once. */
void sim_take_answers(struct sim *s, uint32_t node) {
  struct sup_request *request;
  while ((request = sup__engine_take_answer(s->engine, node, true)) != NULL) {
    struct sim_request *r = (struct sim_request *)request;
    const struct sim_node *n = &s->nodes[r->node];
    int code = sup__token_value(request->answer);
    sim_log(s, "  an answer about %s: %d", n->name, code);
    if (!r->pending)
      sim_fail(s, "D1: a request about %s is answered twice", n->name);
    if (!is_true(r, n, code))
      sim_fail(s, "D1/D2: request %d about %s is answered with %d", r->kind,
               n->name, code);
    r->pending = false;
    s->stats[SIM_STAT_ANSWERS]++;
    if (sup__token_drop(request->answer))
      sup__error_free(sup__token_object(request->answer));
  }
}

void sim_check_requests(struct sim *s) {
  for (int i = 0; i < SIM_REQUESTS; i++)
    if (s->requests[i].pending)
      sim_fail(s, "D1: a request about %s is never answered",
               s->nodes[s->requests[i].node].name);
}

/* ---- Codes --------------------------------------------------------------- */

static bool is_going(struct sim *s, const struct sim_node *p) {
  for (; p != NULL; p = parent_of(s, p))
    if (p->halting)
      return true;
  return s->stopping || s->ended;
}

/* D2 to D5, D8 */
static void check_code(struct sim *s, const struct sim_node *n, int r,
                       int expected, enum sim_request_kind kind) {
  static const struct {
    int code;
    enum sim_stat stat;
  } stats[] = {{0, SIM_STAT_CODE_ACCEPTED},
               {SUP_EALREADY, SIM_STAT_CODE_ALREADY},
               {SUP_EGONE, SIM_STAT_CODE_GONE},
               {SUP_ESTOPPING, SIM_STAT_CODE_STOPPING},
               {SUP_ENOTRUNNING, SIM_STAT_CODE_NOT_RUNNING},
               {SUP_EEXIST, SIM_STAT_CODE_EXISTS},
               {SUP_EINVAL, SIM_STAT_CODE_INVALID},
               {SUP_ELIMIT, SIM_STAT_CODE_LIMIT},
               {SIM_OPEN, SIM_STAT_CODE_OPEN}};
  if (expected != SIM_OPEN && r != expected)
    sim_fail(s, "D2 to D8: request %d about %s is answered with %d, not %d",
             kind, n->name, r, expected);
  if (r == 0 && kind != SIM_FORCES && is_going(s, parent_of(s, n)))
    sim_fail(s, "D8: request %d about %s is accepted in what goes down", kind,
             n->name);
  for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++)
    s->stats[stats[i].stat] += expected == stats[i].code;
}

/* ---- Adding -------------------------------------------------------------- */

static void add(struct sim *s, struct sim_node *n) {
  struct sim_node *p = parent_of(s, n);
  struct sim_request *request;
  struct sup_ref ref = {0, 0, 0};
  int r, expected;
  sim_see_begin(s, p);
  expected = sim_expected_add(s, p, n);
  request = take_request(s, n, SIM_ADDS);
  if (request == NULL)
    return;
  r = sup__engine_add(s->engine, p->ref, n->spec, &request->request, &ref);
  sim_log(s, "  add %s: %d", n->name, r);
  request->pending = r == 0;
  check_code(s, n, r, expected, SIM_ADDS);
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
  sim_renew_below(s, n);
  if (n->is_supervisor)
    sim_learn_nodes(s);
  n->is_added = n->first = n->requested = true;
  n->again = n->trial = false;
  n->added = ++s->added_count;
  s->stats[SIM_STAT_ADDED]++;
  s->stats[SIM_STAT_ADDED_SUPERVISORS] += n->is_supervisor;
  sim_blur(s, n, true);
}

/* Of a name that is taken, or below what is no supervisor. */
static void add_in_vain(struct sim *s, struct sim_node *n) {
  struct sim_node *p =
      n->is_supervisor || sim_percent(s, 50) ? parent_of(s, n) : n;
  struct sup_ref ref;
  sup_spec *spec;
  int r, expected;
  if (p == NULL)
    return;
  sim_see_begin(s, p);
  expected = sim_expected_add(s, p, n);
  if (expected == 0 || expected == SIM_OPEN)
    return;
  spec = sup_supervisor_spec(n->name, SUP_ONE_FOR_ONE);
  r = sup__engine_add(s->engine, p->ref, spec, NULL, &ref);
  sup_spec_unref(spec);
  sim_log(s, "  add to %s in vain: %d", p->name, r);
  check_code(s, n, r, expected, SIM_ADDS);
}

/* ---- The others ---------------------------------------------------------- */

static int send(struct sim *s, enum sim_request_kind kind, struct sup_ref ref,
                struct sup_request *request) {
  switch (kind) {
  case SIM_TERMINATES:
    return sup__engine_terminate(s->engine, ref, request);
  case SIM_RESTARTS:
    return sup__engine_restart(s->engine, ref, request);
  case SIM_DELETES:
    return sup__engine_delete(s->engine, ref, request);
  default:
    return sup__engine_force_child(s->engine, ref);
  }
}

static void ask(struct sim *s, struct sim_node *n, enum sim_request_kind kind) {
  struct sim_request *request;
  struct sim_before before;
  int r, expected;
  sim_see_begin(s, parent_of(s, n));
  sim_see_begin(s, n);
  expected = sim_expected_code(s, n, kind);
  sim_look_before(s, n, &before);
  request = take_request(s, n, kind);
  if (request == NULL)
    return;
  r = send(s, kind, n->ref, &request->request);
  sim_log(s, "  request %d about %s: %d", kind, n->name, r);
  request->pending = request->pending && r == 0;
  check_code(s, n, r, expected, kind);
  if (r != 0 || parent_of(s, n) == NULL)
    return;
  sim_model_accepted(s, n, kind, &before);
  s->stats[SIM_STAT_REQUESTS]++;
}

/* D2: who lives is found by its name, and is the one that was meant; D4: whoever
 * went is not. */
static void find(struct sim *s, const struct sim_node *n) {
  struct sim_node *p = parent_of(s, n);
  struct sup_ref found;
  int r;
  if (p == NULL)
    return;
  r = sup__engine_find(s->engine, p->ref, n->name, strlen(n->name), &found);
  if (is_living(n) && !n->abandoned && r != SUP_EGONE && /* of p, another now */
      (r != 0 || found.generation != n->ref.generation))
    sim_fail(s, "D2: %s lives and is not found by its name: %d", n->name, r);
  if (r == 0 && sim_is_gone(s, n) && found.generation == n->ref.generation)
    sim_fail(s, "D4: %s is found, and has gone", n->name);
  sim_check_count(s, p);
}

void sim_request(struct sim *s) {
  struct sim_node *n = &s->nodes[sim_below(s, (uint64_t)s->node_count)];
  uint64_t what = sim_below(s, 7);
  sim_tick(s);
  sim_look(s);
  if (n->is_dynamic && sim_percent(s, 60))
    add(s, n);
  else if (what == 0)
    find(s, n);
  else if (what == 6)
    add_in_vain(s, n);
  else
    ask(s, n, what == 5 ? SIM_TERMINATES : (enum sim_request_kind)what);
  sim_look(s);
}

void sim_request_in_vain(struct sim *s) {
  for (int i = 0; i < s->node_count; i++) {
    struct sim_node *n = NODE(s, i);
    if (n->is_dynamic && sim_percent(s, 20))
      add(s, n);
    else if (sim_percent(s, 20))
      ask(s, n, SIM_TERMINATES + (enum sim_request_kind)sim_below(s, 4));
  }
}
