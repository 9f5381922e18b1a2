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
 * Small trees, exhaustively: every shape, the policies that matter, and every
 * order of a few events. The tree is chosen as all is (choice.c), one after
 * another; from there on the states of the whole program (the engine's memory,
 * the driver, the model) are kept and returned to, and one that was seen with
 * as many events to come is not gone into again.
 */

#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MOST 8
#define EVENTS_OF_A_REPLAY 64
#define SEEN (1u << 18) /* states of one tree, a power of 2 */
#define SMALL_NODES 6

/* ---- Trees --------------------------------------------------------------- */

#define DELAY SUP_MILLISECONDS(20)
#define WINDOW SUP_MILLISECONDS(10)

static void be_worker(struct sim *s, struct sim_node *n, bool plain) {
  static const sup_stop_step ladder = {SUP_STOP_CANCEL, 0, SUP_MILLISECONDS(5)};
  uint64_t kind = plain ? 0 : sim_below(s, 3);
  n->notify = kind == 1;
  n->stubborn = kind == 2;
  n->start_timeout = SUP_MILLISECONDS(30);
  n->ladder[0] = ladder;
  n->ladder_length = 1;
}

/* H9: all that can be are significant. In the largest trees, only where the last
 * of several decides, with the usual tolerance and without a delay, which have
 * nothing to do with it. */
static void be_significant(struct sim *s, struct sim_node *n, bool delayed) {
  static const sup_auto_shutdown kinds[] = {
      SUP_AUTO_SHUTDOWN_NEVER, SUP_AUTO_SHUTDOWN_ALL, SUP_AUTO_SHUTDOWN_ANY};
  bool large = s->node_count > 3;
  int count = 0;
  for (int i = 0; i < n->child_count; i++)
    count += s->nodes[n->children[i]].restart != SUP_PERMANENT;
  if (count < (large ? 2 : 1) || (large && (delayed || n->max != 1)))
    return;
  n->auto_shutdown = kinds[sim_below(s, large ? 2 : 3)];
  for (int i = 0; i < n->child_count; i++) {
    struct sim_node *c = &s->nodes[n->children[i]];
    c->significant = n->auto_shutdown != SUP_AUTO_SHUTDOWN_NEVER &&
                     c->restart != SUP_PERMANENT;
  }
}

/* With one child the order is of no importance, and the strategies differ only
 * in that there are rounds. From right to left a larger tree is its own mirror
 * image, so the smaller ones do. */
static void be_supervisor(struct sim *s, struct sim_node *n, bool delayed) {
  static const uint64_t maxima[] = {1, 0, SUP_UNLIMITED};
  bool alone = n->child_count < 2;
  n->strategy = (sup_strategy)sim_below(s, alone ? 2 : 3);
  n->order = (sup_order)sim_below(s, alone || s->node_count > 3 ? 1 : 2);
  n->max = maxima[sim_below(s, 3)];
  n->window = WINDOW;
  n->shutdown = n->start_timeout = SUP_INFINITE;
  n->start_limit = 1;
  be_significant(s, n, delayed);
}

/* R: what it runs it runs at each start, alone or as a group. */
static void be_runnable(struct sim *s, struct sim_node *n) {
  be_worker(s, n, s->node_count > 3);
  sim_become_runnable(n, SIM_RUNS_TREE);
  n->has_own = true; /* R6 */
  n->own_max = SUP_UNLIMITED;
  n->runs_as = n->child_count < 2 ? 0 : (int)sim_below(s, 3);
  n->static_count = 0;
  for (int i = 0; i < n->child_count; i++)
    s->nodes[n->children[i]].is_dynamic = s->nodes[n->children[i]].is_run =
        true;
}

/* With runnables the rest is plain: what has to do with tolerance and with ends
 * for good is gone through without them. In the largest trees so are their own
 * bodies. */
static void be_plain_supervisor(struct sim *s, struct sim_node *n) {
  n->strategy = (sup_strategy)sim_below(s, n->child_count < 2 ? 2 : 3);
  n->max = SUP_UNLIMITED;
  n->shutdown = n->start_timeout = SUP_INFINITE;
  n->start_limit = 1;
}

static void be_one_of_runnables(struct sim *s, struct sim_node *n) {
  bool large = s->node_count > 3;
  n->restart = SUP_PERMANENT;
  if (n->child_count == 0) {
    if (!large && sim_below(s, 2) == 1)
      n->restart = SUP_TEMPORARY;
    be_worker(s, n, false);
  } else if (sim_below(s, 2) == 0) {
    be_runnable(s, n);
  } else {
    be_plain_supervisor(s, n);
  }
}

/* The next one in the order of a walk: below the last one, or an ancestor. */
static void add_node(struct sim *s, int parent) {
  struct sim_node *n = &s->nodes[s->node_count], *p;
  memset(n, 0, sizeof(*n));
  n->id = s->node_count++;
  n->parent = parent;
  snprintf(n->name, sizeof(n->name), "%c%d", parent == SIM_NONE ? 'r' : 'n',
           n->id);
  if (parent == SIM_NONE)
    return;
  p = &s->nodes[parent];
  n->depth = p->depth + 1;
  n->position = p->child_count;
  p->children[p->child_count++] = n->id;
  p->static_count = p->child_count;
}

static void plant(struct sim *s) {
  static const sup_backoff none = SUP_BACKOFF_NONE;
  static const sup_backoff delay = {
      sizeof(sup_backoff), 0, 1.0, 0.0, DELAY, DELAY, SUP_SECONDS(10)};
  int nodes = 2 + (int)sim_below(s, s->options->nodes - 1);
  bool delayed, runnables;
  add_node(s, SIM_NONE);
  while (s->node_count < nodes) {
    int parent = s->node_count - 1;
    uint64_t up = sim_below(s, (uint64_t)s->nodes[parent].depth + 1);
    /* 0 is beside the last one, so that it stays a worker */
    up = s->node_count == 1 ? 0
                            : (up + 1) % ((uint64_t)s->nodes[parent].depth + 1);
    for (; up > 0; up--)
      parent = s->nodes[parent].parent;
    add_node(s, parent);
  }
  delayed = sim_below(s, 2) == 1;
  runnables = sim_below(s, 2) == 1;
  for (int i = 0; i < nodes; i++) {
    struct sim_node *n = &s->nodes[i];
    n->is_supervisor = n->child_count > 0;
    n->backoff = delayed ? delay : none;
    n->restart =
        i == 0 || runnables ? SUP_PERMANENT : (sup_restart)sim_below(s, 3);
  }
  for (int i = 0; i < nodes; i++) {
    struct sim_node *n = &s->nodes[i];
    if (runnables)
      be_one_of_runnables(s, n);
    else if (n->is_supervisor)
      be_supervisor(s, n, delayed);
    else
      be_worker(s, n, false);
  }
  sim_make_runs(s);
}

/* ---- Events -------------------------------------------------------------- */

enum event_kind {
  ACKNOWLEDGES,
  FAILS_TO_START,
  COMPLETES,
  FAILS,
  IS_DONE,
  PASSES,
  STOPS,
  FORCES
};

struct event {
  enum event_kind kind;
  int node;
};

static void add_event(struct event *events, int *count, enum event_kind kind,
                      int node) {
  events[(*count)++] = (struct event){kind, node};
}

/* All that can happen now. */
static int list_events(struct sim *s, struct event *events) {
  int count = 0;
  for (int i = 0; i < s->node_count; i++) {
    struct sim_node *n = &s->nodes[i];
    if (!n->alive)
      continue;
    if (n->starting && n->notify && !n->asked) {
      add_event(events, &count, ACKNOWLEDGES, i);
      add_event(events, &count, FAILS_TO_START, i);
    }
    add_event(events, &count, COMPLETES, i);
    if (!n->abandoned)
      add_event(events, &count, FAILS, i);
    if (n->runs && n->acked && !n->asked && !n->healthy)
      add_event(events, &count, IS_DONE, i);
  }
  if (sup__engine_next_deadline(s->engine) != SUP_INFINITE)
    add_event(events, &count, PASSES, 0);
  if (!s->stopping)
    add_event(events, &count, STOPS, 0);
  else if (!s->forced && !s->ended)
    add_event(events, &count, FORCES, 0);
  return count;
}

static void settle(struct sim *s) {
  while (sim_perform(s) || sim_deliver_one(s))
    ;
}

static void happen(struct sim *s, const struct event *event) {
  struct sim_node *n = &s->nodes[event->node];
  switch (event->kind) {
  case ACKNOWLEDGES:
    sim_report_later(s, n, SIM_ACKNOWLEDGE, 0, 0);
    break;
  case FAILS_TO_START:
    sim_report_later(s, n, SIM_FAIL_START, 0, 0);
    break;
  case COMPLETES:
    sim_report_later(s, n, SIM_EXIT, 0, SUP_OUTCOME_COMPLETED);
    break;
  case FAILS:
    sim_report_later(s, n, SIM_EXIT, 0, SUP_OUTCOME_FAILED);
    break;
  case IS_DONE:
    sim_tick(s);
    sim_look(s);
    sim_says_healthy(s, n);
    sim_look(s);
    sim_says_done(s, n);
    sim_report_later(s, n, SIM_EXIT, 0, SUP_OUTCOME_COMPLETED);
    break;
  case PASSES:
    sim_go_to(s, sup__engine_next_deadline(s->engine));
    break;
  case STOPS:
    sim_request_stop(s, SUP_INFINITE);
    break;
  case FORCES:
    s->forced = true;
    sim_force(s);
    break;
  }
  settle(s);
}

/* ---- States that were seen ----------------------------------------------- */

struct seen {
  uint64_t hash;
  uint32_t tree;
  uint32_t remaining;
};

static struct seen seen[SEEN];
static uint32_t seen_count;
static struct sim_small_count total;

static void mix(uint64_t *hash, uint64_t value) {
  *hash = (*hash ^ value) * 0x9e3779b97f4a7c15u;
  *hash ^= *hash >> 29;
}

static void mix_record(struct sim *s, uint64_t *hash,
                       const struct sim_record *r) {
  for (int i = 0; i < r->count; i++)
    if (s->now - r->entries[i] <= WINDOW)
      mix(hash, (s->now - r->entries[i]) * 2 + r->maybe[i]);
  mix(hash, 77);
}

static void mix_node(struct sim *s, uint64_t *hash, const struct sim_node *n) {
  const struct sim_node *p = n->parent == SIM_NONE ? n : &s->nodes[n->parent];
  const bool bits[] = {n->alive,
                       n->entered,
                       n->abandoned,
                       n->open,
                       n->started,
                       n->halting,
                       n->acked,
                       n->starting,
                       n->declined,
                       n->over,
                       n->completed,
                       n->asked,
                       n->waits_stuck,
                       n->was_stuck,
                       n->begun_in_session,
                       n->stopped_by_tree,
                       n->completes,
                       n->lasts,
                       n->auto_ends,
                       n->is_dying,
                       n->is_outlasted,
                       n->is_aside,
                       n->dies,
                       n->on_ladder,
                       n->is_vague,
                       n->healthy,
                       n->done,
                       n->body_over,
                       n->side_by_side,
                       n->in_any_order,
                       n->told_starting,
                       n->was_undead,
                       n->asked_alone,
                       n->said_done,
                       sim_is_present(s, n),
                       sim_is_gone(s, n),
                       n->fate != 0 && fate_of(s, n)->event != 0,
                       n->fate != 0 && n->begun_event < fate_of(s, n)->event,
                       n->fate != 0 && n->started_event < fate_of(s, n)->event,
                       n->started_event < p->round_event,
                       n->begun_event < p->round_event,
                       n->last_begin_event <= n->round_event,
                       n->round_event != 0};
  sup_node_info info = {.size = sizeof(info)};
  sup_token error;
  sup_spec *spec;
  void *state;
  bool is_told_later;
  for (size_t i = 0; i < sizeof(bits); i++)
    mix(hash, bits[i]);
  mix(hash, (uint64_t)n->stops * 64 + (uint64_t)n->round_first);
  mix(hash, n->not_before > s->now ? n->not_before - s->now : 0);
  mix(hash, n->not_after > s->now ? n->not_after - s->now : 0);
  mix_record(s, hash, &n->record);
  if (sup__engine_spec(s->engine, n->ref) == NULL) {
    mix(hash, 99);
    return;
  }
  sup__engine_node_info(s->engine, n->ref.node, &info, &error, &spec, &state);
  /* B5: its delay runs from then. */
  is_told_later = info.state == SUP_STATE_ENDED ||
                  (n->body_over && n->halting && !n->is_dying);
  mix(hash, is_told_later ? s->now - n->ended_at : 0);
  mix(hash, (uint64_t)info.state);
  mix(hash, info.deadline == SUP_INFINITE ? 1 : info.deadline - s->now + 2);
}

static uint64_t hash_of(struct sim *s) {
  uint64_t hash = 1, next = sup__engine_next_deadline(s->engine);
  mix(&hash, (uint64_t)s->stopping * 4 + (uint64_t)s->ended * 2 + s->forced);
  mix(&hash, next == SUP_INFINITE ? 1 : next - s->now + 2);
  for (int i = 0; i < s->node_count; i++)
    mix_node(s, &hash, &s->nodes[i]);
  return hash;
}

/* Whether it is new, or was seen when fewer events were to come. */
static bool is_new(uint64_t hash, unsigned remaining) {
  size_t at = hash & (SEEN - 1);
  while (seen[at].tree == (uint32_t)total.trees && seen[at].hash != hash)
    at = (at + 1) & (SEEN - 1);
  if (seen[at].tree == (uint32_t)total.trees) {
    if (seen[at].remaining >= remaining)
      return false;
  } else if (++seen_count > SEEN / 2) {
    abort(); /* more states than anybody has thought of */
  }
  seen[at] = (struct seen){hash, (uint32_t)total.trees, remaining};
  return true;
}

/* ---- Keeping and returning ----------------------------------------------- */

struct kept {
  struct sim_arena arena;
  char before[offsetof(struct sim, reports)];
  int by_index[SIM_NODES * 2];
  struct sim_node nodes[SMALL_NODES];
  size_t choices, blocks;
};

static struct kept kept[EVENTS_MOST + 1];

static void keep(struct sim *s, struct kept *k) {
  sim_arena_keep(&k->arena);
  memcpy(k->before, s, sizeof(k->before));
  memcpy(k->by_index, s->by_index, sizeof(k->by_index));
  memcpy(k->nodes, s->nodes, sizeof(k->nodes[0]) * (size_t)s->node_count);
  sim_mark(&k->choices, &k->blocks);
}

static void come_back(struct sim *s, const struct kept *k) {
  sim_arena_return(&k->arena);
  memcpy(s, k->before, sizeof(k->before));
  memcpy(s->by_index, k->by_index, sizeof(k->by_index));
  memcpy(s->nodes, k->nodes, sizeof(k->nodes[0]) * (size_t)s->node_count);
  sim_rewind(k->choices, k->blocks);
}

/* ---- Going through all of them ------------------------------------------- */

static void choose_event(struct sim *s, const struct event *events,
                         int chosen) {
  sim_block();
  sim_note((uint64_t)chosen + 1);
  happen(s, &events[chosen]);
}

static void explore(struct sim *s, unsigned depth) {
  struct event events[SMALL_NODES * 5 + 2];
  int count = list_events(s, events);
  struct kept *k = &kept[depth];
  if (!is_new(hash_of(s), s->options->events - depth))
    return;
  total.states++;
  keep(s, k);
  for (int i = 0; i < count && depth < s->options->events; i++) {
    total.cases++;
    choose_event(s, events, i);
    explore(s, depth + 1);
    come_back(s, k);
  }
  sim_finish(s);
  come_back(s, k);
}

/* One case: the events that the log has; 0 ends it. */
static void replay(struct sim *s) {
  for (int i = 0; i < EVENTS_OF_A_REPLAY; i++) {
    struct event events[SMALL_NODES * 5 + 2];
    int count = list_events(s, events);
    uint64_t chosen;
    sim_block();
    sim_speak(true);
    chosen = sim_choose((uint64_t)count + 1);
    sim_speak(false);
    if (chosen == 0)
      break;
    happen(s, &events[chosen - 1]);
  }
  sim_finish(s);
}

void sim_run_small(struct sim *s) {
  s->features = 0;
  s->prompt = s->scripted = true;
  s->journal = 64;
  plant(s);
  sim_speak(false); /* from here on nothing is left to chance */
  sim_prepare(s);
  total.trees++;
  seen_count = 0;
  sim_tick(s);
  if (sup__engine_launch(s->engine) != 0)
    sim_fail(s, "the launch is refused");
  sim_look(s);
  settle(s);
  if (s->options->explore)
    explore(s, 0);
  else
    replay(s);
}

const struct sim_small_count *sim_small_total(void) {
  return &total;
}
