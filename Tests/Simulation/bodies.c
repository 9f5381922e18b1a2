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
 * Bodies of children that run children (R): what they say of themselves, and
 * what they run.
 */

#include "model.h"

#include <string.h>

void sim_draw_body(struct sim *s, struct sim_node *n) {
  for (uint64_t i = sim_below(s, 4); i > 0 && n->child_count > 0; i--)
    sim_report_later(s, n, SIM_RUNS_SOME, SUP_MILLISECONDS(sim_below(s, 30)),
                     0);
  if (sim_percent(s, 70))
    sim_report_later(s, n, SIM_SAYS_HEALTHY, SUP_MILLISECONDS(sim_below(s, 60)),
                     0);
  if (sim_percent(s, 50))
    sim_report_later(s, n, SIM_SAYS_DONE,
                     SUP_MILLISECONDS(20 + sim_below(s, 80)), 0);
  if (sim_percent(s, 3)) /* once too often */
    sim_report_later(s, n, SIM_SAYS_HEALTHY, SUP_MILLISECONDS(sim_below(s, 90)),
                     0);
}

/* R2: healthy once, done once after that; whoever is out of turn has failed by
 * that. */
static int out_of_turn(struct sim *s, struct sim_node *n) {
  if (n->runs != SIM_RUNS_TREE)
    return SUP_EALREADY;
  s->stats[SIM_STAT_MISUSED] += !n->misused;
  n->misused = true;
  return SUP_EMISUSE;
}

static void check(struct sim *s, const struct sim_node *n, const char *what,
                  int r, int expected) {
  sim_log(s, "  %s says %s: %d", n->name, what, r);
  if (r != expected)
    sim_fail(s, "R2: that %s is %s is answered with %d, not %d", n->name, what,
             r, expected);
}

/* H3: that it was given up is told when all below it is gone. */
static bool may_be_given_up(struct sim *s, const struct sim_node *n) {
  return n->runs && n->open &&
         (n->halting || sim_shown(s, n) == SUP_STATE_STOPPING);
}

void sim_says_healthy(struct sim *s, struct sim_node *n) {
  int expected = 0, r;
  bool maybe = may_be_given_up(s, n);
  r = sup__engine_healthy(s->engine, n->ref);
  if (n->abandoned || (maybe && r == SUP_ESTALE) ||
      sim_shown(s, n) == SUP_STATE_ENDED)
    expected = SUP_ESTALE;
  else if (n->healthy)
    expected = out_of_turn(s, n);
  else
    n->healthy = true;
  s->stats[SIM_STAT_HEALTHY] += expected == 0;
  check(s, n, "healthy", r, expected);
}

void sim_says_done(struct sim *s, struct sim_node *n) {
  int expected = 0;
  if (n->runs == SIM_RUNS_TREE && (n->said_done || !n->healthy))
    expected = out_of_turn(s, n);
  if (expected == 0) {
    n->said_done = true;
    n->said_again = false;
  }
  check(s, n, "done", sup__engine_done(s->engine, n->ref), expected);
}

/* ---- Running ------------------------------------------------------------- */

/* Some of its children, in the order of their specs; mostly of those that it
 * does not have. */
static size_t choose(struct sim *s, struct sim_node *n, int *chosen,
                     sup_spec **specs) {
  size_t count = 0;
  for (int i = 0; i < n->child_count; i++) {
    struct sim_node *c = NODE(s, n->children[i]);
    bool is_there = sim_is_present(s, c);
    if (!sim_percent(s, is_there ? 5 : 60))
      continue;
    chosen[count] = c->id;
    specs[count++] = c->spec;
  }
  return count;
}

static bool may_run(const struct sim_node *n) {
  return !n->healthy && !n->misused;
}

static int expected_run(struct sim *s, struct sim_node *n, const int *chosen,
                        size_t count) {
  sup_state shown = sim_shown(s, n);
  if (n->abandoned ||
      (shown != SUP_STATE_STARTING && shown != SUP_STATE_RUNNING &&
       shown != SUP_STATE_STOPPING))
    return SUP_ESTALE;
  /* Also for what it did itself: its ladder has begun. */
  if (sim_is_going(s, n) || n->asked)
    return SUP_ESTOPPING;
  if (!may_run(n))
    return SUP_EHEALTHY;
  for (size_t i = 0; i < count; i++) {
    if (sim_may_be_withdrawn(s, NODE(s, chosen[i])))
      return SIM_OPEN;
    if (sim_is_present(s, NODE(s, chosen[i])))
      return SUP_EEXIST;
  }
  return 0;
}

/* R8: all or none */
static void check_none(struct sim *s, struct sim_node *n, uint64_t before) {
  uint64_t after = 0;
  if (sup__engine_child_count(s->engine, n->ref, &after) == 0 &&
      after != before)
    sim_fail(s, "R8: %s has run some of what was refused", n->name);
}

static void begin_run(struct sim *s, struct sim_node *n, struct sim_node *c,
                      struct sup_ref ref, int fate) {
  (void)n;
  c->alive = is_living(c);
  if (c->entered)
    sim_part(s, c);
  c->older = c->ref;
  c->ref = (struct sup_ref){ref.node, ref.generation, 0};
  if (ref.node < SIM_SLOTS)
    s->by_index[ref.node] = c->id;
  c->alive = c->entered = c->abandoned = false;
  sim_renew_below(s, c);
  if (c->is_supervisor)
    sim_learn_nodes(s);
  c->is_added = true;
  c->first = c->trial = c->again = c->requested = false;
  c->added = ++s->added_count;
  c->fate = fate;
  s->stats[SIM_STAT_RUN]++;
}

/* R1, R8 */
static void run(struct sim *s, struct sim_node *n, const int *chosen,
                sup_spec **specs, size_t count, const sup_group_mode *mode) {
  struct sup_ref refs[SIM_FAN * 2 + SIM_ADDED];
  int expected = expected_run(s, n, chosen, count), r, fate = 0;
  uint64_t before = 0;
  sup__engine_child_count(s->engine, n->ref, &before);
  r = sup__engine_run(s->engine, n->ref, mode, specs, count, refs);
  sim_log(s, "  %s runs %zu%s: %d", n->name, count,
          mode != NULL ? " in a group" : "", r);
  if (expected == SUP_ESTOPPING && r == SUP_ESTALE && may_be_given_up(s, n))
    expected = r;
  if (expected != SIM_OPEN && r != expected)
    sim_fail(s, "R1: that %s runs children is answered with %d, not %d",
             n->name, r, expected);
  if (r != 0) {
    check_none(s, n, before);
    s->stats[SIM_STAT_RUN_REFUSED]++;
    return;
  }
  if (mode != NULL && count > 0) {
    n->fates[n->fate_count].mode = *mode;
    n->fates[n->fate_count].event = 0;
    fate = ++n->fate_count;
    s->stats[SIM_STAT_RUN_GROUPS]++;
  }
  for (size_t i = 0; i < count; i++)
    begin_run(s, n, NODE(s, chosen[i]), refs[i], fate);
}

void sim_runs_some(struct sim *s, struct sim_node *n) {
  int chosen[SIM_FAN * 2 + SIM_ADDED];
  sup_spec *specs[SIM_FAN * 2 + SIM_ADDED];
  size_t count = choose(s, n, chosen, specs);
  sup_group_mode mode = (sup_group_mode)sim_below(s, 2);
  bool grouped = sim_percent(s, 50) && n->fate_count < SIM_FATES_ALL;
  run(s, n, chosen, specs, count, grouped ? &mode : NULL);
}

void sim_runs_all(struct sim *s, struct sim_node *n) {
  int chosen[SIM_FAN * 2 + SIM_ADDED];
  sup_spec *specs[SIM_FAN * 2 + SIM_ADDED];
  sup_group_mode mode = (sup_group_mode)(n->runs_as - 1);
  for (int i = 0; i < n->child_count; i++) {
    chosen[i] = n->children[i];
    specs[i] = NODE(s, chosen[i])->spec;
  }
  run(s, n, chosen, specs, (size_t)n->child_count,
      n->runs_as > 0 ? &mode : NULL);
}
