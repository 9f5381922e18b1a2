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
 * The children: what they report, and when. And the nodes that they are, which
 * the engine names by index and generation, and everybody else by name.
 */

#include "model.h"

#include <stdlib.h>
#include <string.h>

/* ---- Nodes by their names ------------------------------------------------ */

static struct sim_node *by_generation(struct sim *s, uint64_t generation) {
  for (int i = 0; i < s->node_count; i++)
    if (s->nodes[i].ref.generation == generation ||
        s->nodes[i].older.generation == generation)
      return &s->nodes[i];
  for (int i = 0; i < s->orphan_count; i++)
    if (s->orphans[i].ref.generation == generation)
      return &s->nodes[s->orphans[i].node];
  return NULL;
}

/* It is there again, as another, and so is all below it; what is newer than it is
 * known already. */
static void renew(struct sim *s, struct sim_node *n, struct sup_ref ref) {
  n->older = n->ref;
  n->ref = ref;
  n->is_lost = n->goes = n->fades = n->is_swept = n->was_undead = false;
  for (int i = n->id + 1; i < s->node_count; i++)
    for (int k = s->nodes[i].parent; k != SIM_NONE; k = s->nodes[k].parent)
      if (k == n->id && s->nodes[i].ref.generation < ref.generation)
        s->nodes[i].is_lost = true;
}

struct sim_node *sim_find(struct sim *s, struct sup_ref ref) {
  int id = ref.node < SIM_SLOTS ? s->by_index[ref.node] : SIM_NONE;
  struct sim_node *n;
  if (id != SIM_NONE && s->nodes[id].ref.generation == ref.generation)
    return &s->nodes[id];
  n = by_generation(s, ref.generation);
  if (n != NULL)
    return n;
  if (id == SIM_NONE)
    sim_fail(s, "I3: something is said of a node that there is not");
  n = &s->nodes[id]; /* it was gone, and is there again */
  if (n->entered)
    sim_part(s, n);
  renew(s, n, (struct sup_ref){ref.node, ref.generation, 0});
  return n;
}

void sim_part(struct sim *s, struct sim_node *n) {
  if (s->orphan_count == SIM_ORPHANS)
    sim_fail(s, "the simulator has too many incarnations on their own");
  /* H6: one that has not begun may have gone with its supervisor. */
  s->orphans[s->orphan_count++] =
      (struct sim_orphan){n->id, n->ref, n->body, is_living(n), n->stops};
  n->entered = n->alive = false;
  n->body = (struct sup_ref){0, 0, 0};
}

void sim_learn_nodes(struct sim *s) {
  uint32_t node = sup__engine_next_node(s->engine, UINT32_MAX);
  for (; node != UINT32_MAX; node = sup__engine_next_node(s->engine, node)) {
    sup_node_info info = {.size = sizeof(info)};
    sup_token error;
    sup_spec *spec;
    void *state;
    char path[256], shown[256];
    sup__engine_node_info(s->engine, node, &info, &error, &spec, &state);
    int id = atoi(info.name + 1);
    if (node >= SIM_SLOTS || id >= s->node_count ||
        strcmp(info.name, s->nodes[id].name) != 0)
      sim_fail(s, "the walk shows %s", info.name);
    s->by_index[node] = id;
    if (s->nodes[id].ref.generation != info.child.generation) {
      if (s->nodes[id].entered)
        sim_part(s, &s->nodes[id]);
      renew(s, &s->nodes[id], (struct sup_ref){node, info.child.generation, 0});
    }
    sim_path(s, id, path, sizeof(path));
    sup__engine_path(s->engine, node, info.child.generation, shown,
                     sizeof(shown));
    if (strcmp(path, shown) != 0)
      sim_fail(s, "N3: %s is called %s", path, shown);
  }
}

/* Supervisors above it that were gone are there again, as others. */
void sim_see_ancestors(struct sim *s, const struct sim_node *n) {
  for (int id = n->parent; id != SIM_NONE; id = s->nodes[id].parent)
    if (s->nodes[id].is_lost) {
      sim_learn_nodes(s);
      return;
    }
}

void *sim_state_of(int id, uint64_t incarnation) {
  return (void *)(uintptr_t)((incarnation << 8) | (unsigned)(id + 1));
}

struct sim_orphan *sim_orphan(struct sim *s, int node, uint64_t generation,
                              uint64_t incarnation) {
  for (int i = 0; i < s->orphan_count; i++)
    if (s->orphans[i].node == node &&
        s->orphans[i].ref.generation == generation &&
        s->orphans[i].ref.incarnation == incarnation)
      return &s->orphans[i];
  return NULL;
}

/* ---- Chance -------------------------------------------------------------- */

sup_token sim_draw_error(struct sim *s) {
  struct sup_error *error;
  if (!sim_percent(s, 50))
    return sup__token_code(SUP_EFAILED);
  error = sup__error_new(&sim_allocator, SUP_EFAILED);
  return error == NULL ? 0 : sup__token_error(error);
}

sup_outcome sim_draw_outcome(struct sim *s) {
  unsigned draw = (unsigned)sim_below(s, 10);
  if (draw >= 6)
    return draw < 9 ? SUP_OUTCOME_COMPLETED : SUP_OUTCOME_CANCELED;
  if (sim_has(s, SIM_CLASSES) && sim_percent(s, 15))
    return sim_percent(s, 50) ? SUP_OUTCOME_FORCED : SUP_OUTCOME_HOPELESS;
  return SUP_OUTCOME_FAILED;
}

static sup_token outcome_error(struct sim *s, sup_outcome outcome) {
  return outcome == SUP_OUTCOME_COMPLETED || outcome == SUP_OUTCOME_CANCELED
             ? 0
             : sim_draw_error(s);
}

void sim_report_later(struct sim *s, struct sim_node *n,
                      enum sim_report_kind kind, sup_duration after,
                      sup_outcome outcome) {
  if (s->report_count == SIM_REPORTS)
    sim_fail(s, "the simulator has too many reports on their way");
  s->reports[s->report_count++] =
      (struct sim_report){s->now + after, kind, n->id, n->ref, outcome};
}

/* One choice a statement: the order of arguments is the compiler's. */
static void draw_end(struct sim *s, struct sim_node *n, sup_duration after) {
  sup_outcome outcome = sim_draw_outcome(s);
  sim_report_later(s, n, SIM_EXIT, after, outcome);
}

static void draw_saying(struct sim *s, struct sim_node *n) {
  enum sim_report_kind kind =
      sim_percent(s, 50) ? SIM_SAYS_AGAIN : SIM_SAYS_DONE;
  sim_report_later(s, n, kind, SUP_MILLISECONDS(sim_below(s, 20)), 0);
}

/* W1: mostly in time. */
static void draw_beat(struct sim *s, struct sim_node *n) {
  uint64_t most = n->period + (sim_percent(s, 12) ? n->period / 2 : 0);
  sim_report_later(s, n, SIM_BEATS, sim_below(s, most + 1), 0);
}

/* How this incarnation will live. */
void sim_draw_life(struct sim *s, struct sim_node *n) {
  n->begun = n->listening = n->killed = false;
  n->stops = 0;
  n->step = -1;
  n->ignores = sim_has(s, SIM_IGNORE) && sim_percent(s, 12);
  n->obeys = sim_percent(s, 30) ? SUP_STOP_CANCEL : SUP_STOP_DRAIN;
  if (n->begins && sim_percent(s, 80))
    sim_report_later(s, n, SIM_BEGINS, SUP_MILLISECONDS(sim_below(s, 40)), 0);
  if (sim_has(s, SIM_SAYS) && sim_percent(s, 15))
    draw_saying(s, n);
  if (n->period != 0)
    draw_beat(s, n);
  if (n->runs)
    sim_draw_body(s, n);
  if (sim_percent(s, 60))
    draw_end(s, n,
             SUP_MILLISECONDS(sim_percent(s, 25) ? 0 : sim_below(s, 400)));
}

void sim_draw_acknowledgement(struct sim *s, struct sim_node *n) {
  unsigned draw = (unsigned)sim_below(s, 100);
  uint64_t most = sim_percent(s, 20) ? 300 : 30;
  sup_duration after =
      SUP_MILLISECONDS(sim_percent(s, 50) ? sim_below(s, most) : 0);
  enum sim_report_kind kind = SIM_ACKNOWLEDGE;
  if (draw >= 95 && sim_has(s, SIM_REFUSE))
    kind = SIM_FAIL_START;
  else if (draw >= 93 && sim_has(s, SIM_DECLINE))
    kind = SIM_DECLINES;
  else if (draw >= 90 && sim_has(s, SIM_REFUSE))
    return; /* never */
  sim_report_later(s, n, kind, after, 0);
  if (kind != SIM_ACKNOWLEDGE)
    draw_end(s, n, after + SUP_MILLISECONDS(sim_below(s, 50)));
}

/* ---- Ends and begins ----------------------------------------------------- */

void sim_exits(struct sim *s, struct sim_node *n, sup_outcome outcome) {
  /* What a body says of its end counts if that brings it down. */
  bool counts = !n->abandoned && !n->silent && !n->gives_up;
  int r;
  sim_log(s, "  %s ends (%d)", n->name, outcome);
  n->dies = n->runs == SIM_RUNS_TREE && n->acked && !n->silent &&
            sim_shown(s, n) == SUP_STATE_RUNNING;
  n->alive = false;
  n->body_over = true;
  n->down_at = s->now;
  if (!n->abandoned)
    n->ended_at = s->now;
  n->hopeless = outcome == SUP_OUTCOME_HOPELESS && counts;
  n->forced = outcome == SUP_OUTCOME_FORCED && counts;
  n->completes = outcome == SUP_OUTCOME_COMPLETED && counts;
  s->late_count += n->abandoned;
  s->stats[SIM_STAT_DEFERRED] += n->acked && n->parent != SIM_NONE &&
                                 !s->nodes[n->parent].started && n->stops == 0;
  r = sup__engine_exited(s->engine, n->ref, outcome, outcome_error(s, outcome));
  if (r != 0)
    sim_fail(s, "I4: the end of %s is refused: %d", n->name, r);
}

void sim_orphan_exits(struct sim *s, struct sim_orphan *o) {
  sup_outcome outcome = sim_draw_outcome(s);
  int r;
  sim_log(s, "  %s#%llu ends (%d)", s->nodes[o->node].name,
          (unsigned long long)o->ref.incarnation, outcome);
  o->alive = false;
  s->late_count++;
  s->stats[SIM_STAT_ORPHAN_ENDS]++;
  r = sup__engine_exited(s->engine, o->ref, outcome, outcome_error(s, outcome));
  if (r != 0)
    sim_fail(s, "I4: the end of an overlapped %s is refused: %d",
             s->nodes[o->node].name, r);
}

bool sim_has_begun(struct sim *s, struct sim_node *n) {
  int r;
  if (!n->begins || n->begun)
    return true;
  r = sup__engine_begin(s->engine, n->ref);
  n->begun = r == 0;
  n->body_at = s->now;
  if (r == 0)
    return true;
  if (r != SUP_ESTALE && r != SUP_EGONE)
    sim_fail(s, "H6: the begin of %s is answered with %d", n->name, r);
  if (n->alive)
    s->stats[SIM_STAT_UNBEGUN]++;
  n->alive = false;
  return false;
}

/* ---- Reports ------------------------------------------------------------- */

static int send_report(struct sim *s, const struct sim_report *report) {
  switch (report->kind) {
  case SIM_ACKNOWLEDGE:
    return sup__engine_acknowledged(s->engine, report->ref);
  case SIM_FAIL_START:
    return sup__engine_start_failed(s->engine, report->ref, sim_draw_error(s));
  case SIM_DECLINES:
    return sup__engine_declined(s->engine, report->ref);
  case SIM_EXIT:
    return sup__engine_exited(s->engine, report->ref, report->outcome,
                              outcome_error(s, report->outcome));
  case SIM_BEGINS:
    return sup__engine_begin(s->engine, report->ref);
  case SIM_SAYS_DONE:
    return sup__engine_done(s->engine, report->ref);
  case SIM_SAYS_AGAIN:
    return sup__engine_request_restart(s->engine, report->ref);
  case SIM_BEATS:
    return sup__engine_heartbeat(s->engine, report->ref, s->now);
  case SIM_SAYS_HEALTHY:
    return sup__engine_healthy(s->engine, report->ref);
  case SIM_RUNS_SOME:
    return sup__engine_run(s->engine, report->ref, NULL, NULL, 0, NULL);
  case SIM_PROBED:
    return sup__engine_probed(s->engine, report->ref);
  case SIM_BUILT:
    return sup__engine_built(s->engine, report->ref, NULL);
  case SIM_BUILD_FAILS:
    return sup__engine_build_failed(s->engine, report->ref, sim_draw_error(s));
  case SIM_CLEANED:
    return sup__engine_cleaned(s->engine, report->ref,
                               sim_percent(s, 20) ? sim_draw_error(s) : 0);
  }
  return 0;
}

/* I1: a report of an earlier incarnation changes nothing and is counted. */
static void send_stale(struct sim *s, struct sim_report report) {
  sup_tree_counters before, after;
  uint64_t event = sup__engine_last_event(s->engine);
  uint64_t deadline = sup__engine_next_deadline(s->engine);
  sup_tree_state state = sup__engine_state(s->engine);
  bool work = sup__engine_has_work(s->engine);
  const char *name = s->nodes[report.node].name;
  int r;
  before.size = after.size = sizeof(before);
  sup__engine_count(s->engine, &before);
  r = send_report(s, &report);
  sup__engine_count(s->engine, &after);
  if (r != SUP_ESTALE && r != SUP_EGONE)
    sim_fail(s, "I1: a stale report %d of %s is answered with %d", report.kind,
             name, r);
  if (after.stale_reports != before.stale_reports + 1 &&
      !(r == SUP_EGONE && after.stale_reports == before.stale_reports))
    sim_fail(s, "I1: a stale report of %s is not counted", name);
  if (sup__engine_last_event(s->engine) != event ||
      sup__engine_next_deadline(s->engine) != deadline ||
      sup__engine_state(s->engine) != state ||
      sup__engine_has_work(s->engine) != work ||
      after.running != before.running || after.late_exits != before.late_exits)
    sim_fail(s, "I1: a stale report %d of %s has changed something",
             report.kind, name);
  s->stats[SIM_STAT_STALE_REPORTS]++;
}

void sim_stale_report(struct sim *s) {
  struct sim_node *n = &s->nodes[sim_below(s, (uint64_t)s->node_count)];
  bool builds = n->is_supervisor && !n->runs;
  uint64_t first = builds ? SIM_BUILT : 0;
  uint64_t kinds = builds ? 3 : SIM_BUILT;
  if (n->older.incarnation == 0 ||
      sim_orphan(s, n->id, n->older.generation, n->older.incarnation) != NULL)
    return;
  struct sim_report report = {s->now, SIM_EXIT, n->id, n->older, 0};
  report.kind = (enum sim_report_kind)(first + sim_below(s, kinds));
  report.outcome = (sup_outcome)sim_below(s, 5);
  sim_tick(s);
  sim_look(s);
  send_stale(s, report);
  sim_look(s);
}

/* S10: with children of its own, with those of the spec, or with faulty ones */
static int report_built(struct sim *s, struct sim_node *n) {
  int r;
  if (sim_has(s, SIM_MADE) && sim_percent(s, 6)) {
    s->stats[SIM_STAT_BUILT_IN_VAIN]++;
    return sup__engine_built_in_vain(s->engine, n->ref, sim_draw_error(s));
  }
  n->uses_made = n->made_count > 0 && sim_percent(s, 70);
  bool is_waited_for = sim_shown(s, n) == SUP_STATE_STARTING;
  r = sup__engine_built(s->engine, n->ref, n->uses_made ? n->made_spec : NULL);
  n->uses_made = n->uses_made && is_waited_for;
  if (!n->uses_made)
    return r;
  sim_learn_nodes(s);
  sim_model_made(s, n);
  return r;
}

void sim_report_resource(struct sim *s, struct sim_node *n,
                         enum sim_report_kind kind) {
  struct sim_report report = {s->now, kind, n->id, n->ref, 0};
  bool expected = kind == SIM_CLEANED ? n->cleaning : n->building;
  int r;
  if (!expected)
    return;
  sim_log(s, "  %s reports %d", n->name, kind);
  if (kind == SIM_CLEANED)
    n->cleaning = false;
  else
    n->building = false;
  n->built = n->built || kind == SIM_BUILT;
  s->stats[SIM_STAT_BUILD_FAILURES] += kind == SIM_BUILD_FAILS;
  r = kind == SIM_BUILT ? report_built(s, n) : send_report(s, &report);
  if (r != 0)
    sim_fail(s, "S10: report %d of %s is answered with %d", kind, n->name, r);
}

/* An incarnation that is not the present one. */
static void deliver_old(struct sim *s, const struct sim_report *report) {
  struct sim_orphan *o = sim_orphan(s, report->node, report->ref.generation,
                                    report->ref.incarnation);
  if (o != NULL && o->alive && report->kind == SIM_EXIT)
    sim_orphan_exits(s, o);
  /* Others have nothing to say; see send_stale. */
}

static void deliver_worker(struct sim *s, struct sim_node *n,
                           const struct sim_report *report) {
  int r;
  if (!n->alive) {
    if (n->begins && !n->begun && sim_has_begun(s, n))
      sim_fail(s, "H6: %s begins after it was gone", n->name);
    return;
  }
  if (!sim_has_begun(s, n) || report->kind == SIM_BEGINS)
    return;
  switch (report->kind) {
  case SIM_EXIT:
    sim_exits(s, n, report->outcome);
    return;
  case SIM_SAYS_HEALTHY:
    sim_says_healthy(s, n);
    return;
  case SIM_SAYS_DONE:
    sim_says_done(s, n);
    return;
  case SIM_RUNS_SOME:
    sim_runs_some(s, n);
    return;
  default:
    break;
  }
  sim_log(s, "  %s reports %d", n->name, report->kind);
  r = send_report(s, report);
  if (report->kind == SIM_BEATS) {
    if (r == SUP_ESTALE && n->abandoned && n->overlaps)
      return; /* its replacement is about to be started */
    sim_model_beat(s, n);
    if (sim_percent(s, 95)) /* else it has fallen silent */
      draw_beat(s, n);
  } else if (report->kind == SIM_PROBED) {
    if (r == 0)
      sim_model_probed(s, n);
    if (r == SUP_EALREADY || (r == SUP_ESTALE && n->abandoned && n->overlaps))
      r = 0; /* it goes down, and is not asked any more */
  } else if (report->kind == SIM_SAYS_AGAIN) {
    n->said_done = false;
    n->said_again = true;
  } else if (r == SUP_EALREADY) {
    r = 0;
  }
  if (r != 0)
    sim_fail(s, "report %d of %s is answered with %d", report->kind, n->name,
             r);
}

static void deliver(struct sim *s, const struct sim_report *report) {
  struct sim_node *n = &s->nodes[report->node];
  if (!sim_same(n->ref, report->ref))
    deliver_old(s, report);
  else if (n->is_supervisor && !n->runs)
    sim_report_resource(s, n, report->kind);
  else
    deliver_worker(s, n, report);
}

bool sim_deliver_one(struct sim *s) {
  uint64_t due = 0, chosen;
  int at = 0;
  for (int i = 0; i < s->report_count; i++)
    due += s->reports[i].at <= s->now;
  if (due == 0)
    return false;
  chosen = sim_below(s, due);
  while (s->reports[at].at > s->now || chosen > 0)
    chosen -= s->reports[at++].at <= s->now;
  struct sim_report report = s->reports[at];
  s->report_count--;
  memmove(&s->reports[at], &s->reports[at + 1],
          sizeof(report) * (size_t)(s->report_count - at));
  sim_tick(s);
  sim_look(s);
  deliver(s, &report);
  sim_look(s);
  return true;
}
