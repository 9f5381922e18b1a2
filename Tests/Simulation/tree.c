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

static void no_free(void *data) {
  (void)data;
}

static sup_duration draw_ms(struct sim *s, uint64_t least, uint64_t most) {
  return SUP_MILLISECONDS(least + sim_below(s, most - least + 1));
}

static void draw_backoff(struct sim *s, sup_backoff *backoff) {
  static const sup_backoff none = SUP_BACKOFF_NONE;
  static const sup_backoff standard = SUP_BACKOFF_STANDARD;
  if (!sim_has(s, SIM_BACKOFF) || sim_percent(s, 30)) {
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
  if (!sim_has(s, SIM_TEMPORARY) || sim_percent(s, 65))
    return SUP_PERMANENT;
  return sim_percent(s, 50) ? SUP_TRANSIENT : SUP_TEMPORARY;
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

static void draw_worker(struct sim *s, struct sim_node *n) {
  n->kills = sim_has(s, SIM_KILL) && sim_percent(s, 25);
  n->notify = !n->kills && sim_percent(s, 35);
  n->begins = !n->kills && sim_has(s, SIM_BEGIN) && sim_percent(s, 25);
  n->foreign = !n->kills && sim_has(s, SIM_FOREIGN) && sim_percent(s, 30);
  n->escalates = sim_has(s, SIM_ESCALATE) && sim_percent(s, 20);
  n->start_timeout = sim_percent(s, 20) ? SUP_INFINITE : draw_ms(s, 5, 200);
  draw_ladder(s, n);
}

static void draw_supervisor(struct sim *s, struct sim_node *n) {
  static const uint64_t maxima[] = {0, 1, 1, 2, 3, 5, SUP_UNLIMITED};
  n->is_supervisor = true;
  n->strategy =
      sim_has(s, SIM_GROUPS) ? (sup_strategy)sim_below(s, 3) : SUP_ONE_FOR_ONE;
  n->order = (sup_order)(sim_percent(s, 30) ? 1 : 0);
  n->max = maxima[sim_below(s, 7)];
  n->window = sim_percent(s, 20) ? 0 : draw_ms(s, 1, 400);
  n->shutdown = n->start_timeout = SUP_INFINITE;
  if (n->parent != SIM_NONE && sim_has(s, SIM_LIMITS) && sim_percent(s, 15))
    n->shutdown = draw_ms(s, 0, 500);
  if (n->parent != SIM_NONE && sim_has(s, SIM_LIMITS) && sim_percent(s, 15))
    n->start_timeout = draw_ms(s, 10, 400);
  n->has_resource = sim_has(s, SIM_RESOURCE) && sim_percent(s, 20);
}

static int draw_node(struct sim *s, int parent, int depth) {
  struct sim_node *n = &s->nodes[s->node_count];
  memset(n, 0, sizeof(*n));
  n->id = s->node_count++;
  n->parent = parent;
  n->depth = depth;
  snprintf(n->name, sizeof(n->name), "%c%d", parent == SIM_NONE ? 'r' : 'n',
           n->id);
  draw_backoff(s, &n->backoff);
  n->restart = parent == SIM_NONE ? SUP_PERMANENT : draw_restart(s);
  if (depth < SIM_DEPTH && (parent == SIM_NONE || sim_percent(s, 30)))
    draw_supervisor(s, n);
  else
    draw_worker(s, n);
  return n->id;
}

static sup_spec *make_worker(const struct sim_node *n) {
  static const struct sup_command_functions functions = {no_free, NULL};
  sup_spec *spec;
  if (n->kills) {
    spec = sup__spec_create(n->name, SUP_KIND_PROCESS);
    spec->u.process.functions = &functions;
  } else {
    spec = sup_callback_spec(
        n->name, &tables[(n->foreign ? 1 : 0) + (n->begins ? 2 : 0)], NULL);
    sup_spec_set_notify_start(spec, n->notify);
  }
  sup_spec_set_stop_steps(spec, n->ladder, (size_t)n->ladder_length);
  if (n->escalates)
    sup_spec_set_when_stuck(spec, SUP_STUCK_ESCALATE, SUP_MILLISECONDS(100));
  return spec;
}

static sup_spec *make_spec(const struct sim *s, int id) {
  const struct sim_node *n = &s->nodes[id];
  sup_spec *spec;
  if (n->is_supervisor) {
    spec = sup_supervisor_spec(n->name, n->strategy);
    sup_spec_set_order(spec, n->order);
    sup_spec_set_tolerance(spec, n->max, n->window);
    if (n->shutdown != SUP_INFINITE)
      sup_spec_set_shutdown_timeout(spec, n->shutdown);
    if (n->has_resource)
      sup_spec_set_resource(spec, &resource, NULL);
    for (int i = 0; i < n->child_count; i++)
      sup_spec_add(spec, make_spec(s, n->children[i]));
  } else {
    spec = make_worker(n);
  }
  if (n->parent != SIM_NONE)
    sup_spec_set_restart(spec, n->restart);
  if (n->start_timeout != SUP_INFINITE || !n->is_supervisor)
    sup_spec_set_start_timeout(spec, n->start_timeout);
  sup_spec_set_backoff(spec, &n->backoff);
  return spec;
}

/* Breadth first, so that a limit of nodes leaves the top of the same tree. */
void sim_plant(struct sim *s) {
  unsigned wanted = 2 + (unsigned)sim_below(s, 18);
  if (wanted > s->options->nodes)
    wanted = s->options->nodes;
  draw_node(s, SIM_NONE, 0);
  for (int i = 0; i < s->node_count; i++) {
    struct sim_node *n = &s->nodes[i];
    int fan = n->is_supervisor ? (int)sim_below(s, SIM_FAN + 1) : 0;
    if (i == 0 && fan == 0)
      fan = 2;
    for (int k = 0; k < fan && s->node_count < (int)wanted; k++) {
      n->children[n->child_count] = draw_node(s, i, n->depth + 1);
      s->nodes[n->children[n->child_count]].position = n->child_count;
      n->child_count++;
    }
  }
  s->spec = make_spec(s, 0);
}
