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
 * The model: what the rules say about a tree, written the slow way. It knows
 * the specs, is told of every action that is taken up and every event, and
 * walks its arrays anew each time.
 *
 * A session is one run of a supervisor, from the first thing that begins in it
 * to its last event. A supervisor is halting once an event has said that it
 * goes down. How it deals with its children when an ancestor goes down and its
 * turn has not come is left open ("certain" is false).
 */

#include "simulation.h"

#include <string.h>

#define NODE(s, id) (&(s)->nodes[id])

static struct sim_node *parent_of(struct sim *s, const struct sim_node *n) {
  return n->parent == SIM_NONE ? NULL : NODE(s, n->parent);
}

/* Its place in the order of starts, from 0. */
static int place(struct sim *s, const struct sim_node *n) {
  struct sim_node *p = parent_of(s, n);
  return p->order == SUP_LEFT_TO_RIGHT ? n->position
                                       : p->child_count - 1 - n->position;
}

static bool is_below(struct sim *s, const struct sim_node *n, int ancestor) {
  for (int id = n->parent; id != SIM_NONE; id = NODE(s, id)->parent)
    if (id == ancestor)
      return true;
  return false;
}

/* A body that reports its begin can be dropped until then (H6). */
static bool is_living(const struct sim_node *n) {
  return n->alive && (!n->begins || n->begun);
}

/* Its start function is at work, and has not told of an end. */
static bool is_in_start(const struct sim *s, const struct sim_node *n) {
  return s->main_flying && s->main_flight.kind == SUP_ACTION_START &&
         s->main_flight.ref.node == n->ref.node && !n->begins && !n->entered;
}

/* Somebody lives in it who is not given up (or, if asked, at all). */
static bool lives(struct sim *s, const struct sim_node *n, bool at_all) {
  for (int i = 0; i < s->node_count; i++) {
    struct sim_node *m = NODE(s, i);
    if (m->id != n->id && !is_below(s, m, n->id))
      continue;
    if (is_living(m) && (at_all || !m->abandoned))
      return true;
    if (at_all && is_in_start(s, m))
      return true;
    if (at_all && (m->building || m->built || m->cleaning))
      return true;
  }
  return false;
}

static bool is_up(struct sim *s, const struct sim_node *n) {
  return lives(s, n, false) || (n->is_supervisor && n->open);
}

/* ---- Begin -------------------------------------------------------------- */

static void model_begin(struct sim *s, struct sim_node *n);

static void open_session(struct sim *s, struct sim_node *n) {
  if (n->open)
    return;
  model_begin(s, n);
  if (lives(s, n, true))
    sim_fail(s, "I2: %s begins while somebody below it lives", n->name);
  n->open = true;
  n->started = n->halting = n->was_stuck = false;
  n->entry_count = 0;
  n->round_event = n->last_begin_event = 0;
  n->stopping_at = 0;
  n->stopped_by_tree = false;
  for (int i = 0; i < n->child_count; i++) {
    struct sim_node *c = NODE(s, n->children[i]);
    c->begun_in_session = c->acked = c->starting = false;
    c->declined = c->over = false;
    c->not_before = 0;
    c->started_event = 0;
  }
}

/* S1: in the start of a supervisor */
static void check_start_order(struct sim *s, struct sim_node *p,
                              struct sim_node *n) {
  for (int i = 0; i < p->child_count; i++) {
    struct sim_node *c = NODE(s, p->children[i]);
    if (place(s, c) < place(s, n) && !c->acked && !c->declined)
      sim_fail(s, "S1: %s begins before %s has acknowledged", n->name, c->name);
    if (place(s, c) > place(s, n) && c->begun_in_session)
      sim_fail(s, "S1: %s begins after %s", n->name, c->name);
  }
  if (n->begun_in_session)
    sim_fail(s, "S7: %s begins a second time during a start", n->name);
}

/* G1, S1: in a round nobody after it is up, nobody before it is starting */
static void check_round_order(struct sim *s, struct sim_node *p,
                              struct sim_node *n) {
  for (int i = 0; i < p->child_count && !p->was_stuck; i++) {
    struct sim_node *c = NODE(s, p->children[i]);
    if (place(s, c) > place(s, n) && is_up(s, c))
      sim_fail(s, "G1: %s begins while %s is up", n->name, c->name);
    if (c != n && c->starting)
      sim_fail(s, "S1: %s begins while %s is starting", n->name, c->name);
  }
}

static void model_begin(struct sim *s, struct sim_node *n) {
  struct sim_node *p = parent_of(s, n);
  if (s->stopping)
    sim_fail(s, "H6: %s begins after the stop", n->name);
  if (s->ended)
    sim_fail(s, "H7: %s begins after the end", n->name);
  if (p == NULL)
    return;
  open_session(s, p);
  if (p->halting)
    sim_fail(s, "T5/S6: %s begins while %s goes down", n->name, p->name);
  if (n->over)
    sim_fail(s, "X2/G3: %s begins after it had ended for good", n->name);
  if (s->now < n->not_before)
    sim_fail(s, "B1: %s begins before its delay is over", n->name);
  if (!p->started)
    check_start_order(s, p, n);
  else if (p->strategy != SUP_ONE_FOR_ONE)
    check_round_order(s, p, n);
  n->begun_in_session = n->starting = true;
  n->acked = n->declined = false;
  p->last_begin_event = s->read + 1;
}

void sim_model_start(struct sim *s, struct sim_node *n) {
  if (is_living(n))
    sim_fail(s, "I2: two incarnations of %s", n->name);
  model_begin(s, n);
}

void sim_model_build(struct sim *s, struct sim_node *n) {
  if (n->open)
    sim_fail(s, "S10: %s is built in the middle of its run", n->name);
  open_session(s, n);
}

/* ---- Stop --------------------------------------------------------------- */

/* H3: the reserve of the tree's budget, or of a supervisor's own, has begun */
static bool order_is_off(struct sim *s, const struct sim_node *n) {
  if (s->now >= s->reserve_at)
    return true;
  for (int id = n->parent; id != SIM_NONE; id = NODE(s, id)->parent) {
    struct sim_node *a = NODE(s, id);
    if (a->shutdown == SUP_INFINITE || a->stopping_at == 0)
      continue;
    if (s->now >= a->stopping_at + a->shutdown - a->shutdown / 10)
      return true;
  }
  return false;
}

/* H1: first those that were started after it */
static void check_stop_order(struct sim *s, struct sim_node *n) {
  struct sim_node *p = parent_of(s, n);
  if (!n->acked && p->started)
    return; /* a restart of its own that failed */
  for (int id = n->id; NODE(s, id)->parent != SIM_NONE;
       id = NODE(s, id)->parent) {
    struct sim_node *a = NODE(s, id), *up = parent_of(s, a);
    for (int i = 0; i < up->child_count; i++) {
      struct sim_node *c = NODE(s, up->children[i]);
      if (place(s, c) <= place(s, a) || !is_up(s, c))
        continue;
      /* At higher levels if it is the tree's stop that has come to it; a
       * branch may have been going down before. */
      if (up == p || a->stopped_by_tree)
        sim_fail(s, "H1: %s is stopped before %s is gone", n->name, c->name);
    }
  }
}

/* H2: forward on its ladder */
static void check_ladder(struct sim *s, struct sim_node *n,
                         const struct sup_action *action) {
  int at = n->stops == 0 ? -1 : n->step;
  for (int i = at + 1; i < n->ladder_length; i++)
    if (n->ladder[i].action == action->step.action) {
      if (i > at + 1 && !order_is_off(s, n))
        sim_fail(s, "H2: the ladder of %s leaves out a step", n->name);
      n->step = i;
      return;
    }
  sim_fail(s, "H2: step %d of %s is not on its ladder", action->step.action,
           n->name);
}

void sim_model_stop(struct sim *s, struct sim_node *n,
                    const struct sup_action *action) {
  if (!n->alive)
    return; /* on its way when the end was reported */
  if (s->stopping && s->now >= s->reserve_at && s->reserve_at != SUP_INFINITE)
    s->stats[SIM_STAT_CUTS]++;
  check_ladder(s, n, action);
  if (n->stops == 0 && !n->abandoned && !order_is_off(s, n))
    check_stop_order(s, n);
}

void sim_model_cleanup(struct sim *s, struct sim_node *n, uint64_t abandoned) {
  uint64_t count = 0;
  if (lives(s, n, false))
    sim_fail(s, "S10: %s is cleaned up while somebody in it lives", n->name);
  for (int i = 0; i < n->child_count; i++)
    count += lives(s, NODE(s, n->children[i]), true);
  /* One may have ended since the number was put down. */
  if (abandoned < count)
    sim_fail(s, "S10: the cleanup of %s is told of %llu abandoned, not %llu",
             n->name, (unsigned long long)abandoned, (unsigned long long)count);
}

void sim_model_request(struct sim *s, sup_duration budget) {
  uint64_t deadline, reserve;
  if (s->ended)
    return;
  if (!s->stopping && !NODE(s, 0)->started)
    s->stats[SIM_STAT_STOPPED_STARTS]++;
  s->stopping = true;
  if (budget == SUP_INFINITE)
    return;
  deadline = s->now + budget;
  reserve = budget / 10 < SUP_SECONDS(1) ? budget / 10 : SUP_SECONDS(1);
  if (deadline < s->stop_deadline) {
    s->stop_deadline = deadline;
    s->everybody_at = deadline - reserve;
  }
  if (deadline - reserve < s->reserve_at)
    s->reserve_at = deadline - reserve;
}

/* ---- T1: the naive record ----------------------------------------------- */

/* Whether it is known that this supervisor deals with its children as usual. */
static bool is_certain(struct sim *s, const struct sim_node *n) {
  if (!n->open || !n->started || n->halting || s->stopping)
    return false;
  if (n->was_stuck && n->strategy != SUP_ONE_FOR_ONE)
    return false; /* who was stuck starts in the middle of a round */
  for (int id = n->id; NODE(s, id)->parent != SIM_NONE;
       id = NODE(s, id)->parent) {
    struct sim_node *c = NODE(s, id), *p = parent_of(s, c);
    if (p->halting)
      return false;
    if (!p->started && p->start_timeout != SUP_INFINITE)
      return false;
    if (p->round_event != 0 && c->started_event < p->round_event)
      return false;
  }
  return true;
}

static void count_failure(struct sim *s, struct sim_node *p, bool maybe) {
  if (p->entry_count == SIM_ENTRIES) {
    memmove(p->entries, p->entries + 1, sizeof(p->entries[0]) * 511);
    memmove(p->maybe, p->maybe + 1, sizeof(p->maybe[0]) * 511);
    p->entry_count--;
  }
  p->entries[p->entry_count] = s->now;
  p->maybe[p->entry_count++] = maybe;
}

static uint64_t counted(struct sim *s, const struct sim_node *p, bool maybes) {
  uint64_t count = 0;
  for (int i = 0; i < p->entry_count; i++)
    if ((p->window == 0 || s->now - p->entries[i] <= p->window) &&
        (maybes || !p->maybe[i]))
      count++;
  return count;
}

/* G5: an incarnation from before the round that takes it down */
static bool is_absorbed(struct sim *s, struct sim_node *p, struct sim_node *c) {
  return p->strategy != SUP_ONE_FOR_ONE && p->round_event != 0 &&
         c->started_event < p->round_event && place(s, c) >= p->round_first;
}

static void begin_round(struct sim *s, struct sim_node *p, struct sim_node *c,
                        uint64_t event) {
  int first = p->strategy == SUP_ONE_FOR_ALL ? 0 : place(s, c);
  bool merges = p->round_event != 0 && p->last_begin_event <= p->round_event;
  if (p->strategy == SUP_ONE_FOR_ONE)
    return;
  s->stats[merges ? SIM_STAT_MERGES : SIM_STAT_ROUNDS]++;
  p->round_first = merges && p->round_first < first ? p->round_first : first;
  p->round_event = event;
}

/* An event after which its supervisor has to decide. */
static void needs_decision(struct sim *s, struct sim_node *c,
                           const struct sup_record *record) {
  struct sim_node *p = parent_of(s, c);
  bool failed = record->kind != SUP_EVENT_COMPLETED;
  bool absorbed =
      record->kind != SUP_EVENT_START_FAILED && is_absorbed(s, p, c);
  struct sim_decision *d = &s->decision;
  d->event = record->number;
  d->supervisor = p->id;
  d->child = c->id;
  d->certain = is_certain(s, p);
  d->restarts = c->restart == SUP_PERMANENT ||
                (c->restart == SUP_TRANSIENT && failed) ||
                record->kind == SUP_EVENT_START_FAILED;
  d->counted = d->restarts && failed && !absorbed;
  if (absorbed && d->certain) {
    s->stats[SIM_STAT_ABSORBED]++;
    d->restarts = false;
  }
  if (d->counted)
    count_failure(s, p, !d->certain);
  if (record->kind == SUP_EVENT_START_FAILED && d->certain &&
      p->strategy != SUP_ONE_FOR_ONE)
    s->stats[SIM_STAT_ROUND_START_FAILURES]++;
  if (!d->restarts && !absorbed)
    c->over = c->restart != SUP_PERMANENT;
}

/* The record after it says what was decided. */
static void check_decision(struct sim *s, const struct sup_record *record) {
  struct sim_decision d = s->decision;
  int about = s->by_index[record->ref.node];
  struct sim_node *p = NODE(s, d.supervisor);
  bool next = d.event != 0 && record->number == d.event + 1;
  s->decision.event = 0;
  if (record->kind == SUP_EVENT_TOLERANCE_EXCEEDED) {
    struct sim_node *n = NODE(s, about);
    if (sup__token_value(record->error) == SUP_ESTUCK)
      return;
    if (counted(s, n, true) <= n->max)
      sim_fail(s, "T1: %s gives up after %llu failures of %llu", n->name,
               (unsigned long long)counted(s, n, true),
               (unsigned long long)n->max);
    return;
  }
  if (record->kind == SUP_EVENT_RESTART_SCHEDULED && next && about == d.child &&
      counted(s, p, false) > p->max && d.counted)
    sim_fail(s, "T1: %s tolerates %llu failures, %llu are allowed", p->name,
             (unsigned long long)counted(s, p, false),
             (unsigned long long)p->max);
  if (!next || !d.certain)
    return;
  if (d.restarts &&
      !(record->kind == SUP_EVENT_RESTART_SCHEDULED && about == d.child))
    sim_fail(s, "X2: %s is not restarted", NODE(s, d.child)->name);
  if (!d.restarts && record->kind == SUP_EVENT_RESTART_SCHEDULED &&
      about == d.child)
    sim_fail(s, "X2/G5: %s is restarted", NODE(s, d.child)->name);
}

/* ---- Events ------------------------------------------------------------- */

static void on_started(struct sim *s, struct sim_node *n,
                       const struct sup_record *record) {
  if (n->is_supervisor) {
    open_session(s, n);
    for (int i = 0; i < n->child_count; i++) {
      struct sim_node *c = NODE(s, n->children[i]);
      if (!c->acked && !c->declined)
        sim_fail(s, "S1: %s is started, %s is not", n->name, c->name);
    }
    n->started = true;
  } else if (!n->starting) {
    sim_fail(s, "S1: %s is started without having begun", n->name);
  }
  n->acked = true;
  n->starting = false;
  n->started_event = record->number;
}

static void on_declined(struct sim *s, struct sim_node *n) {
  n->declined = true;
  n->starting = false;
  n->over = n->restart == SUP_TEMPORARY;
  s->stats[SIM_STAT_DECLINED]++;
}

/* The last event of a worker's incarnation. */
static void close_worker(struct sim *s, struct sim_node *n,
                         const struct sup_record *record) {
  bool asked =
      record->kind != SUP_EVENT_FAILED && record->kind != SUP_EVENT_COMPLETED;
  n->starting = false;
  if (!n->alive) {
    /* Given up while its start function is still at work? */
    n->abandoned = s->main_flying && s->main_flight.ref.node == n->ref.node &&
                   s->main_flight.kind == SUP_ACTION_START &&
                   record->kind != SUP_EVENT_TERMINATED && asked;
    return;
  }
  if (n->begins && !n->begun && asked) { /* H6: gone at once */
    n->alive = false;
    s->stats[SIM_STAT_UNBEGUN]++;
    return;
  }
  if (record->kind == SUP_EVENT_TERMINATED || !asked)
    sim_fail(s, "I4: %s is said to have ended, and lives", n->name);
  n->abandoned = true;
  s->stats[SIM_STAT_ABANDONED]++;
}

static void close_supervisor(struct sim *s, struct sim_node *n,
                             const struct sup_record *record) {
  for (int i = 0; i < s->node_count; i++) {
    struct sim_node *m = NODE(s, i);
    if (!is_below(s, m, n->id))
      continue;
    if (is_living(m) && !m->abandoned)
      sim_fail(s, "H1: %s has ended, and %s lives", n->name, m->name);
    if (m->is_supervisor && m->open)
      sim_fail(s, "H1: %s has ended before %s", n->name, m->name);
  }
  if (n->built && s->prompt)
    sim_fail(s, "S10: %s has ended without its cleanup", n->name);
  if (record->kind == SUP_EVENT_START_FAILED && n->begun_in_session)
    s->stats[SIM_STAT_ROLLBACKS]++;
  n->open = n->started = n->halting = false;
  n->starting = false;
}

static void on_start_failed(struct sim *s, struct sim_node *n,
                            const struct sup_record *record) {
  struct sim_node *p = parent_of(s, n);
  if (sup__token_value(record->error) == SUP_ESTARTTIMEOUT)
    s->stats[SIM_STAT_IMPATIENT]++;
  if (p == NULL)
    return;
  if (p->open && !p->started)
    p->halting = true; /* S6 */
  else
    needs_decision(s, n, record);
}

static void on_stuck(struct sim *s, struct sim_node *n) {
  struct sim_node *p = parent_of(s, n);
  if (!lives(s, n, true))
    sim_fail(s, "I2: %s is stuck, and nobody lives", n->name);
  if (p != NULL)
    p->was_stuck = true;
  s->stats[SIM_STAT_STUCK]++;
}

static void on_scheduled(struct sim *s, struct sim_node *n,
                         const struct sup_record *record) {
  struct sim_node *p = parent_of(s, n);
  const sup_backoff *backoff = n->is_supervisor ? &p->backoff : &n->backoff;
  if (record->detail < 0 ||
      (record->detail > 0 && (uint64_t)record->detail > backoff->maximum))
    sim_fail(s, "B1: the delay of %s is %lld", n->name,
             (long long)record->detail);
  if (s->stopping)
    sim_fail(s, "H6: a restart of %s after the stop", n->name);
  n->not_before = s->now + (uint64_t)record->detail;
  begin_round(s, p, n, record->number);
}

static void on_final(struct sim *s, const struct sup_record *record) {
  static const bool ends[] = {[SUP_EVENT_START_FAILED] = true,
                              [SUP_EVENT_FAILED] = true,
                              [SUP_EVENT_TERMINATED] = true,
                              [SUP_EVENT_TERMINATION_FAILED] = true,
                              [SUP_EVENT_RESOURCE_CLEANED] = false};
  if (s->by_index[record->ref.node] != 0 || !ends[record->kind])
    return;
  s->ended = true;
  s->final_event = record->number;
  if (record->kind == SUP_EVENT_FAILED)
    s->stats[SIM_STAT_TOLERANCE_ENDS]++;
  s->stats[record->kind == SUP_EVENT_TERMINATED ? SIM_STAT_CLEAN_ENDS
                                                : SIM_STAT_UNCLEAN_ENDS]++;
}

static void on_end(struct sim *s, struct sim_node *n,
                   const struct sup_record *record) {
  if (n->is_supervisor)
    close_supervisor(s, n, record);
  else
    close_worker(s, n, record);
  if (record->kind == SUP_EVENT_START_FAILED) {
    on_start_failed(s, n, record);
  } else if (record->kind == SUP_EVENT_FAILED ||
             record->kind == SUP_EVENT_COMPLETED) {
    if (n->parent != SIM_NONE)
      needs_decision(s, n, record);
  } else if (n->restart == SUP_TEMPORARY && n->parent != SIM_NONE) {
    n->over = true; /* G3 */
  }
  on_final(s, record);
}

void sim_model_event(struct sim *s, const struct sup_record *record) {
  int id =
      record->ref.node < SIM_NODES ? s->by_index[record->ref.node] : SIM_NONE;
  if (id == SIM_NONE)
    sim_fail(s, "I3: an event of a node that there is not");
  struct sim_node *n = NODE(s, id);
  sim_log(s, "    %llu: %s %s (after %llu)", (unsigned long long)record->number,
          sup_event_kind_name((sup_event_kind)record->kind), n->name,
          (unsigned long long)record->cause);
  if (s->ended)
    sim_fail(s, "H7: an event after the final one");
  if (record->cause >= record->number)
    sim_fail(s, "E1: event %llu has a later cause",
             (unsigned long long)record->number);
  check_decision(s, record);
  switch ((sup_event_kind)record->kind) {
  case SUP_EVENT_STARTED:
    on_started(s, n, record);
    break;
  case SUP_EVENT_DECLINED:
    on_declined(s, n);
    break;
  case SUP_EVENT_START_FAILED:
  case SUP_EVENT_FAILED:
  case SUP_EVENT_COMPLETED:
  case SUP_EVENT_TERMINATED:
  case SUP_EVENT_TERMINATION_FAILED:
    on_end(s, n, record);
    break;
  case SUP_EVENT_RESTART_SCHEDULED:
    on_scheduled(s, n, record);
    break;
  case SUP_EVENT_RESTART_CANCELED:
    s->stats[SIM_STAT_CANCELED_WAITS]++;
    break;
  case SUP_EVENT_STUCK:
    on_stuck(s, n);
    break;
  case SUP_EVENT_LATE_EXIT:
    if (!n->abandoned || n->alive)
      sim_fail(s, "H4: %s has not ended late", n->name);
    n->abandoned = false;
    s->stats[SIM_STAT_LATE]++;
    break;
  case SUP_EVENT_STOPPING:
    if (n->is_supervisor && n->stopping_at == 0) {
      n->stopping_at = s->now;
      n->stopped_by_tree = s->stopping && !n->halting;
    }
    n->halting = n->halting || n->is_supervisor;
    break;
  case SUP_EVENT_TOLERANCE_EXCEEDED:
    if (s->stopping)
      sim_fail(s, "H6: %s gives up after the stop", n->name);
    n->halting = true;
    s->stats[sup__token_value(record->error) == SUP_ESTUCK
                 ? SIM_STAT_ESCALATED
                 : SIM_STAT_EXCEEDED]++;
    break;
  case SUP_EVENT_RESOURCE_CLEANED:
    s->stats[SIM_STAT_CLEANUP_FAILURES] += record->error != 0;
    break;
  default:
    break;
  }
}

/* ---- In between, and at the end ----------------------------------------- */

/* Nothing is to be done at this moment. */
void sim_model_drained(struct sim *s) {
  if (sup__engine_has_work(s->engine))
    sim_fail(s, "there is work, and no action");
  for (int i = 0; i < s->node_count; i++) {
    struct sim_node *n = NODE(s, i);
    if (n->alive && n->abandoned && n->stops == 0)
      sim_fail(s, "H3: %s is abandoned and was not asked", n->name);
    if (s->prompt && s->now >= s->everybody_at && !s->ended && n->stops == 0 &&
        is_living(n))
      sim_fail(s, "H3: %s is not asked when the reserve begins", n->name);
    if (n->entered && !n->alive)
      sim_fail(s, "%s has ended, and there is no END", n->name);
  }
  if (s->ended != (sup__engine_state(s->engine) == SUP_TREE_ENDED))
    sim_fail(s, "H7: the final event and the state differ");
}

/* H3: time is about to pass. A kill has a second, and so has each cleanup. */
void sim_model_time(struct sim *s, uint64_t next) {
  uint64_t allowance = 0;
  bool kills = false;
  if (!s->prompt || s->ended || s->stop_deadline == SUP_INFINITE)
    return;
  for (int i = 0; i < s->node_count; i++) {
    kills = kills || NODE(s, i)->kills;
    if (NODE(s, i)->has_resource)
      allowance += SUP_SECONDS(1);
  }
  if (kills)
    allowance += SUP_SECONDS(1);
  if (next > s->stop_deadline + allowance)
    sim_fail(s, "H3: the stop takes longer than its budget");
}

void sim_model_end(struct sim *s) {
  sup_tree_counters counters = {.size = sizeof(counters)};
  sup__engine_count(s->engine, &counters);
  if (!sup__engine_is_quiet(s->engine))
    sim_fail(s, "the tree has ended and is not quiet");
  if (counters.running != 0 || counters.abandoned != 0)
    sim_fail(s, "%llu are counted as running, %llu as abandoned",
             (unsigned long long)counters.running,
             (unsigned long long)counters.abandoned);
  if (s->begun_count != s->end_count)
    sim_fail(s, "%llu incarnations began, %llu were ended",
             (unsigned long long)s->begun_count,
             (unsigned long long)s->end_count);
  if (counters.late_exits != s->late_count)
    sim_fail(s, "H4: %llu late exits are counted, %llu happened",
             (unsigned long long)counters.late_exits,
             (unsigned long long)s->late_count);
  if (sup__engine_final_event(s->engine) != s->final_event ||
      sup__engine_last_event(s->engine) != s->final_event)
    sim_fail(s, "H7: the final event is not the last");
  if (sup__engine_next_deadline(s->engine) != SUP_INFINITE)
    sim_fail(s, "the tree has ended and has a deadline");
  bool settled = false;
  sup__engine_start_result(s->engine, &settled);
  if (!settled)
    sim_fail(s, "S9: the start's outcome is not settled");
  for (int i = 0; i < s->node_count; i++)
    if (NODE(s, i)->built)
      sim_fail(s, "S10: %s was not cleaned up", NODE(s, i)->name);
}
