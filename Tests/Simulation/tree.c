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

/* Random trees, and the specs that say the same. */

#include "simulation.h"

#include <supervisor/runnable.h>

#include <stdio.h>
#include <string.h>

static int no_start(void *ctx, sup_child child, void **state) {
  (void)ctx, (void)child, (void)state;
  return SUP_EFAILED;
}

static const sup_callbacks tables[4] = {
    {sizeof(sup_callbacks), SUP_CALLBACKS_ANY_THREAD, no_start, NULL, NULL,
     NULL},
    {sizeof(sup_callbacks),
     SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK, no_start, NULL,
     NULL, NULL},
    {sizeof(sup_callbacks),
     SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_REPORT_BEGIN, no_start, NULL,
     NULL, NULL},
    {sizeof(sup_callbacks),
     SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK |
         SUP_CALLBACKS_REPORT_BEGIN,
     no_start, NULL, NULL, NULL}};

static void no_cleanup(void *state, sup_child supervisor, uint64_t abandoned) {
  (void)state, (void)supervisor, (void)abandoned;
}

static const sup_resource resource = {sizeof(sup_resource),
                                      SUP_CALLBACKS_ANY_THREAD,
                                      no_start,
                                      NULL,
                                      no_cleanup,
                                      NULL,
                                      SUP_MILLISECONDS(400),
                                      SUP_MILLISECONDS(200)};

static void no_probe(void *state) {
  (void)state;
}

static void no_free(void *data) {
  (void)data;
}

static sup_duration draw_ms(struct sim *s, uint64_t least, uint64_t most) {
  return SUP_MILLISECONDS(least + sim_below(s, most - least + 1));
}

static void draw_backoff(struct sim *s, sup_backoff *backoff) {
  static const sup_backoff none = SUP_BACKOFF_NONE;
  static const sup_backoff standard = SUP_BACKOFF_STANDARD;
  if (!sim_has(s, SIM_BACKOFF) || !sim_percent(s, 70)) {
    *backoff = none;
    return;
  }
  *backoff = standard;
  if (sim_percent(s, 30))
    return;
  backoff->immediate = (uint32_t)sim_below(s, 3);
  backoff->initial = draw_ms(s, 0, 60);
  backoff->maximum = backoff->initial + draw_ms(s, 0, 200);
  backoff->multiplier = 1.0 + (double)sim_below(s, 20) / 10.0;
  backoff->jitter = (double)sim_below(s, 11) / 10.0;
  backoff->reset_after = draw_ms(s, 0, 300);
}

static sup_restart draw_restart(struct sim *s) {
  if (!sim_has(s, SIM_TEMPORARY) || !sim_percent(s, 35))
    return SUP_PERMANENT;
  return sim_percent(s, 50) ? SUP_TRANSIENT : SUP_TEMPORARY;
}

/* H9: one that ends for good some time. */
static void draw_significance(struct sim *s, struct sim_node *n) {
  const struct sim_node *p = &s->nodes[n->parent];
  n->significant = p->auto_shutdown != SUP_AUTO_SHUTDOWN_NEVER &&
                   n->restart != SUP_PERMANENT && sim_percent(s, 60);
}

static void draw_ladder(struct sim *s, struct sim_node *n) {
  n->ladder_length = 1 + (int)sim_below(s, 2);
  for (int i = 0; i < n->ladder_length; i++) {
    n->ladder[i].action = i == 0 && n->ladder_length == 2 && sim_percent(s, 50)
                              ? SUP_STOP_DRAIN
                              : SUP_STOP_CANCEL;
    n->ladder[i].signal = 0;
    n->ladder[i].timeout = draw_ms(s, 1, 300);
  }
  if (!n->kills)
    return;
  if (sim_percent(s, 10))
    n->ladder_length = 0;
  n->ladder[n->ladder_length].action = SUP_STOP_KILL;
  n->ladder[n->ladder_length].signal = 0;
  n->ladder[n->ladder_length++].timeout = draw_ms(s, 1, 1500);
}

void sim_become_runnable(struct sim_node *n, int runs) {
  n->runs = runs;
  n->is_supervisor = true;
  n->overlaps = false;
  n->max = SUP_UNLIMITED;
  n->shutdown = SUP_INFINITE;
  n->start_limit = 1;
}

static void draw_runs(struct sim *s, struct sim_node *n) {
  if (n->kills || n->depth == SIM_DEPTH || !sim_has(s, SIM_RUNNABLES) ||
      !sim_percent(s, 20))
    return;
  sim_become_runnable(n,
                      sim_percent(s, 70) ? SIM_RUNS_TREE : SIM_RUNS_CHILDREN);
}

static void draw_worker(struct sim *s, struct sim_node *n) {
  n->kills = sim_has(s, SIM_KILL) && sim_percent(s, 25);
  n->notify = !n->kills && sim_percent(s, 35);
  n->begins = !n->kills && sim_has(s, SIM_BEGIN) && sim_percent(s, 25);
  n->foreign = !n->kills && sim_has(s, SIM_FOREIGN) && sim_percent(s, 30);
  n->escalates = sim_has(s, SIM_ESCALATE) && sim_percent(s, 20);
  n->overlaps = sim_has(s, SIM_OVERLAP) && !n->escalates && sim_percent(s, 25);
  n->start_timeout = sim_percent(s, 20) ? SUP_INFINITE : draw_ms(s, 5, 200);
  if (sim_has(s, SIM_HEARTBEAT) && sim_percent(s, 30))
    n->period = draw_ms(s, 5, 250);
  n->probes = n->period != 0 && !n->kills && sim_has(s, SIM_PROBES) &&
              sim_percent(s, 40);
  draw_ladder(s, n);
  draw_runs(s, n);
}

static const uint64_t maxima[] = {1, 0, 1, 2, 3, 5, SUP_UNLIMITED};

/* T4 */
static void draw_own_tolerance(struct sim *s, struct sim_node *n) {
  n->has_own = sim_has(s, SIM_OWN) && sim_percent(s, 25);
  if (!n->has_own && n->runs == SIM_RUNS_TREE) { /* R6 */
    n->has_own = true;
    n->own_max = SUP_UNLIMITED;
    return;
  }
  if (!n->has_own)
    return;
  n->own_max = maxima[sim_below(s, 7)];
  n->own_window = sim_percent(s, 20) ? 0 : draw_ms(s, 1, 400);
  n->quarantines = sim_percent(s, 60);
}

/* G2: the modes of its groups */
static void draw_fates(struct sim *s, struct sim_node *n) {
  if (!sim_has(s, SIM_FATES) || n->strategy != SUP_ONE_FOR_ONE ||
      !sim_percent(s, 50))
    return;
  n->fate_count = 1 + (int)sim_below(s, SIM_FATES_MOST);
  for (int i = 0; i < n->fate_count; i++)
    n->fates[i].mode = (sup_group_mode)sim_below(s, 2);
}

static void draw_supervisor(struct sim *s, struct sim_node *n) {
  static const unsigned limits[] = {2, 3, UINT32_MAX};
  n->is_supervisor = true;
  n->strategy =
      sim_has(s, SIM_GROUPS) ? (sup_strategy)sim_below(s, 3) : SUP_ONE_FOR_ONE;
  draw_fates(s, n);
  n->order = (sup_order)(sim_percent(s, 30) ? 1 : 0);
  n->max = maxima[sim_below(s, 7)];
  n->window = sim_percent(s, 20) ? 0 : draw_ms(s, 1, 400);
  n->shutdown = n->start_timeout = SUP_INFINITE;
  if (n->parent != SIM_NONE && sim_has(s, SIM_LIMITS) && sim_percent(s, 15))
    n->shutdown = draw_ms(s, 0, 500);
  if (n->parent != SIM_NONE && sim_has(s, SIM_LIMITS) && sim_percent(s, 15))
    n->start_timeout = draw_ms(s, 10, 400);
  n->has_resource = sim_has(s, SIM_RESOURCE) && sim_percent(s, 20);
  n->concurrent = sim_has(s, SIM_CONCURRENT) && sim_percent(s, 25);
  if (sim_has(s, SIM_SIGNIFICANT) && sim_percent(s, 30))
    n->auto_shutdown =
        sim_percent(s, 60) ? SUP_AUTO_SHUTDOWN_ALL : SUP_AUTO_SHUTDOWN_ANY;
  if (sim_has(s, SIM_LIMITED) && sim_percent(s, 25))
    n->spare = 1 + (int)sim_below(s, 3);
  n->start_limit =
      sim_has(s, SIM_SIDE) && sim_percent(s, 35) ? limits[sim_below(s, 3)] : 1;
}

/* R3: one that is restarted, as if it had a supervisor. */
static void draw_root(struct sim *s, struct sim_node *n) {
  n->restart = draw_restart(s);
  draw_worker(s, n);
  if (n->kills) { /* it is no process */
    n->kills = false;
    draw_ladder(s, n);
  }
  sim_become_runnable(n, SIM_RUNS_TREE);
  draw_own_tolerance(s, n);
  s->stats[SIM_STAT_ROOTS]++;
}

static int draw_node(struct sim *s, int parent, int depth) {
  struct sim_node *n = &s->nodes[s->node_count];
  sim_block();
  memset(n, 0, sizeof(*n));
  n->id = s->node_count++;
  n->parent = parent;
  n->depth = depth;
  snprintf(n->name, sizeof(n->name), "%c%d", parent == SIM_NONE ? 'r' : 'n',
           n->id);
  draw_backoff(s, &n->backoff);
  n->restart = parent == SIM_NONE ? SUP_PERMANENT : draw_restart(s);
  if (parent == SIM_NONE && sim_has(s, SIM_RUNNABLES) &&
      sim_has(s, SIM_ROOTS) && sim_percent(s, 15))
    draw_root(s, n);
  else if (depth < SIM_DEPTH && (parent == SIM_NONE || sim_percent(s, 30)))
    draw_supervisor(s, n);
  else
    draw_worker(s, n);
  if (parent != SIM_NONE) {
    draw_own_tolerance(s, n);
    draw_significance(s, n);
  }
  return n->id;
}

static sup_spec *make_worker(const struct sim_node *n) {
  static const struct sup_command_functions functions = {.free = no_free};
  sup_spec *spec;
  if (n->kills) {
    spec = sup__spec_create(n->name, SUP_KIND_PROCESS);
    spec->u.process.functions = &functions;
  } else {
    const sup_callbacks *table =
        &tables[(n->foreign ? 1 : 0) + (n->begins ? 2 : 0)];
    spec = n->runs == SIM_RUNS_TREE ? sup_runnable_spec(n->name, table, NULL)
                                    : sup_callback_spec(n->name, table, NULL);
    sup_spec_set_runs_children(spec, n->runs != SIM_RUNS_NOTHING);
    sup_spec_set_notify_start(spec, n->notify);
  }
  sup_spec_set_stop_steps(spec, n->ladder, (size_t)n->ladder_length);
  if (n->period != 0)
    sup_spec_set_heartbeat(spec, n->period);
  if (n->probes)
    sup_spec_set_probe(spec, no_probe);
  if (n->escalates)
    sup_spec_set_when_stuck(spec, SUP_STUCK_ESCALATE, SUP_MILLISECONDS(100));
  if (n->overlaps)
    sup_spec_set_when_stuck(spec, SUP_STUCK_OVERLAP, 0);
  return spec;
}

/* What a build may bring in place of the children of the spec. */
static sup_spec *make_made(struct sim *s, const struct sim_node *n) {
  sup_spec *spec = sup_supervisor_spec("made", SUP_ONE_FOR_ONE);
  sup_spec_set_auto_shutdown(spec, n->auto_shutdown);
  for (int i = n->static_count; i < n->static_count + n->made_count; i++)
    sup_spec_add(spec, sim_make_spec(s, n->children[i]));
  if (sup_spec_check(spec, NULL) != 0)
    sim_fail(s, "the simulator has drawn children with faults");
  sup__spec_freeze(spec);
  return spec;
}

static const char *const fate_names[SIM_FATES_MOST] = {"f1", "f2"};

static sup_spec *make_supervisor(struct sim *s, struct sim_node *n) {
  sup_spec *spec = sup_supervisor_spec(n->name, n->strategy);
  for (int i = 0; i < n->fate_count; i++)
    sup_spec_add_group(spec, fate_names[i], n->fates[i].mode);
  sup_spec_set_order(spec, n->order);
  sup_spec_set_tolerance(spec, n->max, n->window);
  sup_spec_set_start_limit(spec, n->start_limit);
  sup_spec_set_child_limit(spec, n->child_limit);
  sup_spec_set_concurrent_stop(spec, n->concurrent);
  sup_spec_set_auto_shutdown(spec, n->auto_shutdown);
  if (n->shutdown != SUP_INFINITE)
    sup_spec_set_shutdown_timeout(spec, n->shutdown);
  if (n->has_resource)
    sup_spec_set_resource(spec, &resource, NULL);
  for (int i = 0; i < n->static_count; i++)
    sup_spec_add(spec, sim_make_spec(s, n->children[i]));
  if (n->made_count > 0)
    n->made_spec = make_made(s, n);
  return spec;
}

sup_spec *sim_make_spec(struct sim *s, int id) {
  struct sim_node *n = &s->nodes[id];
  sup_spec *spec =
      n->is_supervisor && !n->runs ? make_supervisor(s, n) : make_worker(n);
  if (n->parent != SIM_NONE || n->runs)
    sup_spec_set_restart(spec, n->restart);
  if (n->start_timeout != SUP_INFINITE || !n->is_supervisor || n->runs)
    sup_spec_set_start_timeout(spec, n->start_timeout);
  sup_spec_set_backoff(spec, &n->backoff);
  if (n->significant)
    sup_spec_set_significant(spec, true);
  if (n->has_own)
    sup_spec_set_child_tolerance(spec, n->own_max, n->own_window,
                                 n->quarantines ? SUP_EXCEEDED_QUARANTINE
                                                : SUP_EXCEEDED_ESCALATE);
  if (n->fate != 0 && !n->is_run)
    sup_spec_set_group(spec, fate_names[n->fate - 1]);
  for (int i = 0; i < n->after_count; i++)
    sup_spec_add_after(spec, s->nodes[n->after[i]].name);
  return spec;
}

/* S11: after siblings that are before it in an order drawn for this alone. */
static void draw_after(struct sim *s, struct sim_node *p, int from, int to) {
  uint64_t turn[SIM_FAN];
  for (int i = from; i < to; i++)
    turn[i - from] = sim_below(s, 16) * SIM_FAN + (uint64_t)(i - from);
  for (int i = from; i < to; i++) {
    struct sim_node *c = &s->nodes[p->children[i]];
    for (int k = from; k < to; k++)
      if (turn[k - from] < turn[i - from] && c->after_count < SIM_AFTER_MOST &&
          sim_percent(s, 35))
        c->after[c->after_count++] = p->children[k];
    if (c->after_count > 0)
      p->has_after[c->is_made] = true;
  }
}

static void draw_children(struct sim *s, int id, int fan, bool made,
                          unsigned wanted) {
  struct sim_node *n = &s->nodes[id];
  int from = n->child_count;
  for (int k = 0; k < fan && s->node_count < (int)wanted; k++) {
    int child = draw_node(s, id, n->depth + 1);
    s->nodes[child].position = k;
    s->nodes[child].is_made = made;
    if (!made && n->fate_count > 0)
      s->nodes[child].fate = (int)sim_below(s, (uint64_t)n->fate_count + 1);
    n->children[n->child_count++] = child;
  }
  sim_block();
  if (sim_has(s, SIM_AFTER) && !n->runs && n->child_count - from > 1 &&
      sim_percent(s, 30))
    draw_after(s, n, from, n->child_count);
}

/* R1: what its body may run. */
static void draw_run(struct sim *s, struct sim_node *n, unsigned wanted) {
  draw_children(s, n->id, (int)sim_below(s, SIM_FAN), false, wanted);
  for (int i = 0; i < n->child_count; i++)
    s->nodes[n->children[i]].is_dynamic = s->nodes[n->children[i]].is_run =
        true;
}

/* Children that are to be added while the tree runs: workers, and supervisors
 * of some of those. */
static void draw_additions(struct sim *s) {
  int planted = s->node_count;
  uint64_t count;
  sim_block();
  count = sim_has(s, SIM_DYNAMIC) ? sim_below(s, 6) : 0;
  for (uint64_t i = 0; i < count && s->node_count < SIM_NODES; i++) {
    struct sim_node *p = &s->nodes[sim_below(s, (uint64_t)planted)], *n;
    bool leads = sim_percent(s, 30);
    if (!p->is_supervisor || p->runs ||
        p->child_count == SIM_FAN * 2 + SIM_ADDED)
      continue;
    n = &s->nodes[draw_node(s, p->id, leads ? SIM_DEPTH - 1 : SIM_DEPTH)];
    n->is_dynamic = true;
    n->depth = SIM_DEPTH - 1;
    p->children[p->child_count++] = n->id;
    if (p->fate_count > 0)
      n->fate = (int)sim_below(s, (uint64_t)p->fate_count + 1);
    if (n->runs)
      draw_run(s, n, SIM_NODES);
    else if (n->is_supervisor)
      draw_children(s, n->id, 1 + (int)sim_below(s, 3), false, SIM_NODES);
    n->static_count = n->runs ? 0 : n->child_count;
    n->spec = sim_make_spec(s, n->id);
    if (sup_spec_check(n->spec, NULL) != 0)
      sim_fail(s, "the simulator has drawn an addition with faults");
    sup__spec_freeze(n->spec);
  }
}

void sim_make_runs(struct sim *s) {
  for (int i = 0; i < s->node_count; i++) {
    struct sim_node *n = &s->nodes[i];
    if (!n->is_run)
      continue;
    n->spec = sim_make_spec(s, i);
    if (sup_spec_check(n->spec, NULL) != 0)
      sim_fail(s, "the simulator has drawn a child to run with faults");
    sup__spec_freeze(n->spec);
  }
}

/* Breadth first, so that a limit of nodes leaves the top of the same tree. */
void sim_plant(struct sim *s) {
  unsigned wanted = 2 + (unsigned)sim_below(s, 18);
  if (wanted > s->options->nodes)
    wanted = s->options->nodes;
  draw_node(s, SIM_NONE, 0);
  for (int i = 0; i < s->node_count; i++) {
    struct sim_node *n = &s->nodes[i];
    int fan = 0, made = 0;
    sim_block();
    if (n->runs) {
      draw_run(s, n, wanted);
      continue;
    }
    if (n->is_supervisor)
      fan = (int)sim_below(s, SIM_FAN + 1);
    if (i == 0 && fan == 0)
      fan = 2;
    if (n->has_resource && sim_has(s, SIM_MADE) && sim_percent(s, 50))
      made = 1 + (int)sim_below(s, 3);
    draw_children(s, i, fan, false, wanted);
    n->static_count = n->child_count;
    if (n->spare > 0) /* D5: room for so many more, but one */
      n->child_limit = (unsigned)(n->static_count + n->spare - 1);
    draw_children(s, i, made, true, wanted);
    n->made_count = n->child_count - n->static_count;
  }
  draw_additions(s);
  sim_make_runs(s);
}
