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
 * The driver: performs the engine's actions, at once or in between other
 * events, and plays all children by chance.
 */

#include "simulation.h"

#include <stdlib.h>
#include <string.h>

static void read_journal(struct sim *s) {
  uint64_t last = sup__engine_last_event(s->engine);
  while (s->read < last) {
    struct sup_record record;
    s->read++;
    if (!sup__engine_record(s->engine, s->read, &record) ||
        record.number != s->read)
      sim_fail(s, "E1: event %llu is not kept", (unsigned long long)s->read);
    sim_model_event(s, &record);
  }
}

static void collect(struct sim *s) {
  struct sup_error *error = sup__engine_take_garbage(s->engine);
  while (error != NULL) {
    struct sup_error *next = error->next;
    error->next = NULL;
    sup__error_free(error);
    error = next;
  }
  for (sup_spec *spec; (spec = sup__engine_take_spec(s->engine)) != NULL;)
    sup_spec_unref(spec);
}

/* After every call of the engine. */
static void look(struct sim *s) {
  read_journal(s);
  collect(s);
}

static void tick(struct sim *s) {
  sup__engine_tick(s->engine, s->now, s->now);
}

/* ---- Reports ------------------------------------------------------------ */

static void report_later(struct sim *s, struct sim_node *n,
                         enum sim_report_kind kind, sup_duration after,
                         sup_outcome outcome) {
  if (s->report_count == SIM_REPORTS)
    sim_fail(s, "the simulator has too many reports on their way");
  s->reports[s->report_count++] =
      (struct sim_report){s->now + after, kind, n->id, n->ref, outcome};
}

static bool same_ref(struct sup_ref a, struct sup_ref b) {
  return a.node == b.node && a.generation == b.generation &&
         a.incarnation == b.incarnation;
}

static sup_token draw_error(struct sim *s) {
  struct sup_error *error;
  if (sim_percent(s, 50))
    return sup__token_code(SUP_EFAILED);
  error = sup__error_new(&sim_allocator, SUP_EFAILED);
  return error == NULL ? 0 : sup__token_error(error);
}

static sup_outcome draw_outcome(struct sim *s) {
  unsigned draw = (unsigned)sim_below(s, 10);
  return draw < 6   ? SUP_OUTCOME_FAILED
         : draw < 9 ? SUP_OUTCOME_COMPLETED
                    : SUP_OUTCOME_CANCELED;
}

static sup_token outcome_error(struct sim *s, sup_outcome outcome) {
  return outcome == SUP_OUTCOME_FAILED ? draw_error(s) : 0;
}

static void exits(struct sim *s, struct sim_node *n, sup_outcome outcome) {
  bool late = n->abandoned;
  int r;
  sim_log(s, "  %s ends (%d)", n->name, outcome);
  n->alive = false;
  s->late_count += late;
  s->stats[SIM_STAT_DEFERRED] +=
      n->acked && !s->nodes[n->parent].started && n->stops == 0;
  r = sup__engine_exited(s->engine, n->ref, outcome, outcome_error(s, outcome));
  if (r != 0)
    sim_fail(s, "I4: the end of %s is refused: %d", n->name, r);
}

/* Whether its body runs, which it asks before anything else. */
static bool has_begun(struct sim *s, struct sim_node *n) {
  int r;
  if (!n->begins || n->begun)
    return true;
  r = sup__engine_begin(s->engine, n->ref);
  n->begun = r == 0;
  if (r == 0)
    return true;
  if (r != SUP_ESTALE && r != SUP_EGONE)
    sim_fail(s, "H6: the begin of %s is answered with %d", n->name, r);
  if (n->alive)
    s->stats[SIM_STAT_UNBEGUN]++;
  n->alive = false;
  return false;
}

static int send_report(struct sim *s, const struct sim_report *report) {
  switch (report->kind) {
  case SIM_ACKNOWLEDGE:
    return sup__engine_acknowledged(s->engine, report->ref);
  case SIM_FAIL_START:
    return sup__engine_start_failed(s->engine, report->ref, draw_error(s));
  case SIM_DECLINES:
    return sup__engine_declined(s->engine, report->ref);
  case SIM_EXIT:
    return sup__engine_exited(s->engine, report->ref, report->outcome,
                              outcome_error(s, report->outcome));
  case SIM_BEGINS:
    return sup__engine_begin(s->engine, report->ref);
  case SIM_BUILT:
    return sup__engine_built(s->engine, report->ref, NULL);
  case SIM_BUILD_FAILS:
    return sup__engine_build_failed(s->engine, report->ref, draw_error(s));
  case SIM_CLEANED:
    return sup__engine_cleaned(s->engine, report->ref,
                               sim_percent(s, 20) ? draw_error(s) : 0);
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
  int r;
  before.size = after.size = sizeof(before);
  sup__engine_count(s->engine, &before);
  r = send_report(s, &report);
  sup__engine_count(s->engine, &after);
  if (r != SUP_ESTALE && r != SUP_EGONE)
    sim_fail(s, "I1: a stale report %d of %s is answered with %d", report.kind,
             s->nodes[report.node].name, r);
  if (after.stale_reports != before.stale_reports + 1 &&
      !(r == SUP_EGONE && after.stale_reports == before.stale_reports))
    sim_fail(s, "I1: a stale report of %s is not counted",
             s->nodes[report.node].name);
  if (sup__engine_last_event(s->engine) != event ||
      sup__engine_next_deadline(s->engine) != deadline ||
      sup__engine_state(s->engine) != state ||
      sup__engine_has_work(s->engine) != work ||
      after.running != before.running || after.late_exits != before.late_exits)
    sim_fail(s, "I1: a stale report %d of %s has changed something",
             report.kind, s->nodes[report.node].name);
  s->stats[SIM_STAT_STALE_REPORTS]++;
}

static void deliver(struct sim *s, struct sim_report report) {
  struct sim_node *n = &s->nodes[report.node];
  if (!same_ref(n->ref, report.ref))
    return; /* an ended incarnation has nothing to say; see send_stale */
  if (n->is_supervisor) {
    int r;
    if (report.kind == SIM_BUILT || report.kind == SIM_BUILD_FAILS) {
      if (!n->building)
        return;
      n->building = false;
      n->built = report.kind == SIM_BUILT;
      if (!n->built)
        s->stats[SIM_STAT_BUILD_FAILURES]++;
    }
    if (report.kind == SIM_CLEANED && !n->cleaning)
      return;
    n->cleaning = n->cleaning && report.kind != SIM_CLEANED;
    sim_log(s, "  %s reports %d", n->name, report.kind);
    r = send_report(s, &report);
    if (r != 0)
      sim_fail(s, "S10: report %d of %s is answered with %d", report.kind,
               n->name, r);
    return;
  }
  if (!n->alive) {
    if (n->begins && !n->begun && has_begun(s, n))
      sim_fail(s, "H6: %s begins after it was gone", n->name);
    return;
  }
  if (!has_begun(s, n) || report.kind == SIM_BEGINS)
    return;
  if (report.kind == SIM_EXIT) {
    exits(s, n, report.outcome);
    return;
  }
  sim_log(s, "  %s reports %d", n->name, report.kind);
  int r = send_report(s, &report);
  if (r != 0 && r != SUP_EALREADY)
    sim_fail(s, "report %d of %s is answered with %d", report.kind, n->name, r);
}

/* Deliver one of the reports that are due, whichever. */
static bool deliver_one(struct sim *s) {
  int due = 0, chosen = -1;
  for (int i = 0; i < s->report_count; i++)
    if (s->reports[i].at <= s->now && sim_below(s, (uint64_t)++due) == 0)
      chosen = i;
  if (chosen < 0)
    return false;
  struct sim_report report = s->reports[chosen];
  s->reports[chosen] = s->reports[--s->report_count];
  tick(s);
  look(s);
  deliver(s, report);
  look(s);
  return true;
}

static void stale_report(struct sim *s) {
  struct sim_node *n = &s->nodes[sim_below(s, (uint64_t)s->node_count)];
  if (n->older.incarnation == 0 || n->is_supervisor)
    return;
  struct sim_report report = {s->now,
                              (enum sim_report_kind)sim_below(s, SIM_BUILT),
                              n->id, n->older, (sup_outcome)sim_below(s, 3)};
  tick(s);
  look(s);
  send_stale(s, report);
  look(s);
}

/* ---- Actions ------------------------------------------------------------ */

static void *state_of(const struct sim_node *n) {
  return (void *)(uintptr_t)((n->ref.incarnation << 8) | (unsigned)(n->id + 1));
}

static struct sim_node *node_of(struct sim *s,
                                const struct sup_action *action) {
  if (action->ref.node >= SIM_NODES ||
      s->by_index[action->ref.node] == SIM_NONE)
    sim_fail(s, "I3: an action for a node that there is not");
  return &s->nodes[s->by_index[action->ref.node]];
}

/* How this incarnation will live. */
static void draw_life(struct sim *s, struct sim_node *n) {
  n->begun = n->listening = n->killed = false;
  n->stops = 0;
  n->step = -1;
  n->ignores = sim_has(s, SIM_IGNORE) && sim_percent(s, 12);
  n->obeys = sim_percent(s, 70) ? SUP_STOP_DRAIN : SUP_STOP_CANCEL;
  if (n->begins && sim_percent(s, 80))
    report_later(s, n, SIM_BEGINS, SUP_MILLISECONDS(sim_below(s, 40)),
                 SUP_OUTCOME_COMPLETED);
  if (sim_percent(s, 60))
    report_later(s, n, SIM_EXIT,
                 SUP_MILLISECONDS(sim_percent(s, 25) ? 0 : sim_below(s, 400)),
                 draw_outcome(s));
}

static void draw_acknowledgement(struct sim *s, struct sim_node *n) {
  unsigned draw = (unsigned)sim_below(s, 100);
  sup_duration after = SUP_MILLISECONDS(
      sim_percent(s, 50) ? 0 : sim_below(s, sim_percent(s, 80) ? 30 : 300));
  enum sim_report_kind kind = SIM_ACKNOWLEDGE;
  if (draw < 5 && sim_has(s, SIM_REFUSE))
    kind = SIM_FAIL_START;
  else if (draw < 7 && sim_has(s, SIM_DECLINE))
    kind = SIM_DECLINES;
  else if (draw < 10 && sim_has(s, SIM_REFUSE))
    return; /* never */
  report_later(s, n, kind, after, SUP_OUTCOME_COMPLETED);
  if (kind == SIM_FAIL_START || kind == SIM_DECLINES)
    report_later(s, n, SIM_EXIT, after + SUP_MILLISECONDS(sim_below(s, 50)),
                 draw_outcome(s));
}

static void begin_start(struct sim *s, struct sim_node *n,
                        const struct sup_action *action) {
  sim_model_start(s, n);
  if (n->entered || n->alive)
    sim_fail(s, "I2: %s is started beside its old incarnation", n->name);
  if (n->ref.generation == action->ref.generation) {
    if (action->ref.incarnation <= n->ref.incarnation)
      sim_fail(s, "I1: incarnation %llu of %s is not new",
               (unsigned long long)action->ref.incarnation, n->name);
    n->older = n->ref;
  }
  n->ref = action->ref;
  n->abandoned = false;
  s->stats[SIM_STAT_STARTS]++;
  s->stats[SIM_STAT_RESTARTS] += n->ref.incarnation > 1;
}

static bool begin_early(struct sim *s, struct sim_node *n) {
  if (!sim_has(s, SIM_EARLY) || !sim_percent(s, 4))
    return false;
  n->entered = n->alive = true;
  s->begun_count++;
  draw_life(s, n);
  if (n->notify)
    draw_acknowledgement(s, n);
  if (sim_percent(s, 50) && has_begun(s, n)) {
    s->stats[SIM_STAT_EARLY_ENDS]++;
    exits(s, n, draw_outcome(s));
    look(s);
  }
  return true;
}

static void finish_start(struct sim *s, struct sim_node *n,
                         const struct sup_action *action, bool early) {
  int result = 0;
  if (!early && sim_has(s, SIM_REFUSE) && sim_percent(s, 6))
    result = SUP_EFAILED;
  else if (!early && sim_has(s, SIM_DECLINE) && sim_percent(s, 2))
    result = SUP_NOT_NEEDED;
  sim_log(s, "  start %s#%llu: %d", n->name,
          (unsigned long long)n->ref.incarnation, result);
  if (result != 0) {
    sup__engine_started_by(s->engine, action->ref, result, NULL, n->notify,
                           result < 0 && sim_percent(s, 30) ? draw_error(s)
                                                            : 0);
    return;
  }
  if (!early) {
    n->entered = n->alive = true;
    s->begun_count++;
    draw_life(s, n);
    if (n->notify)
      draw_acknowledgement(s, n);
  }
  sup__engine_started_by(s->engine, action->ref, 0, state_of(n), n->notify, 0);
}

static void finish_build(struct sim *s, struct sim_node *n,
                         const struct sup_action *action) {
  bool refused = sim_has(s, SIM_REFUSE) && sim_percent(s, 5);
  s->stats[SIM_STAT_BUILDS]++;
  sim_log(s, "  build %s#%llu: %d", n->name,
          (unsigned long long)action->ref.incarnation, refused);
  n->ref = action->ref;
  if (refused) {
    s->stats[SIM_STAT_BUILD_FAILURES]++;
    sup__engine_started_by(s->engine, action->ref, SUP_EFAILED, NULL, true, 0);
    return;
  }
  n->building = true;
  sup__engine_started_by(s->engine, action->ref, 0, state_of(n), true, 0);
  if (!sim_percent(s, 5)) /* else it hangs until it is cancelled */
    report_later(s, n,
                 sim_has(s, SIM_REFUSE) && sim_percent(s, 8) ? SIM_BUILD_FAILS
                                                             : SIM_BUILT,
                 SUP_MILLISECONDS(sim_below(s, 40)), SUP_OUTCOME_COMPLETED);
}

static void finish_stop(struct sim *s, struct sim_node *n,
                        const struct sup_action *action) {
  sup_stop_action step = action->step.action;
  sim_log(s, "  stop %s#%llu (%d)", n->name,
          (unsigned long long)action->ref.incarnation, step);
  n->stops++;
  sup__engine_performed(s->engine, action);
  if (!n->alive)
    return;
  if (step == SUP_STOP_KILL) {
    s->stats[SIM_STAT_KILLED]++;
    if (!n->killed && !(sim_has(s, SIM_IGNORE) && sim_percent(s, 5)))
      report_later(s, n, SIM_EXIT, 0, SUP_OUTCOME_CANCELED);
    n->killed = true;
  } else if (!n->listening && !n->ignores && step >= n->obeys) {
    n->listening = true;
    report_later(s, n, SIM_EXIT,
                 SUP_MILLISECONDS(sim_percent(s, 60) ? 0 : sim_below(s, 150)),
                 sim_percent(s, 85) ? SUP_OUTCOME_CANCELED : draw_outcome(s));
  }
}

static void finish(struct sim *s, const struct sup_action *action, bool early) {
  struct sim_node *n = node_of(s, action);
  switch (action->kind) {
  case SUP_ACTION_START:
    finish_start(s, n, action, early);
    break;
  case SUP_ACTION_BUILD:
    finish_build(s, n, action);
    break;
  case SUP_ACTION_STOP:
    finish_stop(s, n, action);
    break;
  case SUP_ACTION_END:
    sim_log(s, "  end %s#%llu", n->name,
            (unsigned long long)action->ref.incarnation);
    n->entered = false;
    s->end_count++;
    sup__engine_performed(s->engine, action);
    break;
  case SUP_ACTION_CANCEL_BUILD:
    sim_log(s, "  cancel the build of %s", n->name);
    sup__engine_performed(s->engine, action);
    report_later(s, n, sim_percent(s, 80) ? SIM_BUILD_FAILS : SIM_BUILT, 0,
                 SUP_OUTCOME_COMPLETED);
    break;
  case SUP_ACTION_CLEANUP:
    sim_log(s, "  clean up %s", n->name);
    n->built = false;
    n->cleaning = true;
    sup__engine_performed(s->engine, action);
    if (sim_percent(s, 92))
      report_later(s, n, SIM_CLEANED, SUP_MILLISECONDS(sim_below(s, 30)),
                   SUP_OUTCOME_COMPLETED);
    break;
  case SUP_ACTION_NOTIFY:
    sup__engine_performed(s->engine, action);
    break;
  }
  look(s);
}

/* What is checked when an action is taken from its queue. */
static void taken(struct sim *s, const struct sup_action *action) {
  struct sim_node *n = node_of(s, action);
  switch (action->kind) {
  case SUP_ACTION_START:
    begin_start(s, n, action);
    break;
  case SUP_ACTION_BUILD:
    sim_model_build(s, n);
    if (n->built || n->building)
      sim_fail(s, "S10: %s is built twice", n->name);
    break;
  case SUP_ACTION_STOP:
    if (!n->entered || !same_ref(n->ref, action->ref) ||
        action->state != state_of(n))
      sim_fail(s, "H2: a stop of %s, which is not there", n->name);
    sim_model_stop(s, n, action);
    break;
  case SUP_ACTION_END:
    if (!n->entered || !same_ref(n->ref, action->ref) ||
        action->state != state_of(n))
      sim_fail(s, "an END of %s#%llu (%llu) that did not begin", n->name,
               (unsigned long long)action->ref.incarnation,
               (unsigned long long)action->ref.generation);
    if (n->alive && n->begins && !n->begun) { /* H6: gone at once */
      n->alive = false;
      s->stats[SIM_STAT_UNBEGUN]++;
    }
    if (n->alive)
      sim_fail(s, "an END of %s, which lives", n->name);
    for (int i = 0; i < s->foreign_count; i++)
      if (s->foreign_flights[i].ref.node == action->ref.node)
        sim_fail(s, "an END of %s while it is being stopped", n->name);
    break;
  case SUP_ACTION_CLEANUP:
    if (!n->built || action->state != state_of(n))
      sim_fail(s, "S10: a cleanup of %s, which was not built", n->name);
    sim_model_cleanup(s, n, action->abandoned);
    break;
  default:
    break;
  }
  if (s->ended &&
      (action->kind == SUP_ACTION_START || action->kind == SUP_ACTION_BUILD ||
       (action->kind == SUP_ACTION_STOP && !n->abandoned)))
    sim_fail(s, "H7: action %d of %s after the end", action->kind, n->name);
}

static bool act_main(struct sim *s) {
  struct sup_action action;
  if (s->main_flying) {
    s->main_flying = false;
    action = s->main_flight;
    finish(s, &action, s->main_early);
    return true;
  }
  if (!sup__engine_peek(s->engine, SUP_QUEUE_MAIN, &action)) {
    look(s);
    return false;
  }
  sup__engine_take(s->engine, SUP_QUEUE_MAIN);
  look(s);
  taken(s, &action);
  bool early =
      action.kind == SUP_ACTION_START && begin_early(s, node_of(s, &action));
  if (sim_has(s, SIM_FLIGHT) && sim_percent(s, 25)) {
    s->main_flight = action;
    s->main_flying = true;
    s->main_early = early;
  } else {
    finish(s, &action, early);
  }
  return true;
}

static bool act_foreign(struct sim *s) {
  struct sup_action action;
  bool found = s->foreign_count < SIM_FLIGHTS && !s->main_flying &&
               sup__engine_peek(s->engine, SUP_QUEUE_FOREIGN, &action);
  if (found) {
    sup__engine_take(s->engine, SUP_QUEUE_FOREIGN);
    look(s);
    taken(s, &action);
    s->foreign_flights[s->foreign_count++] = action;
    if (sim_has(s, SIM_FLIGHT) && sim_percent(s, 50))
      return true;
  }
  if (s->foreign_count == 0) {
    look(s);
    return found;
  }
  uint64_t at = sim_below(s, (uint64_t)s->foreign_count);
  action = s->foreign_flights[at];
  s->foreign_flights[at] = s->foreign_flights[--s->foreign_count];
  finish(s, &action, false);
  return true;
}

static bool drain(struct sim *s) {
  if (act_main(s) || act_foreign(s))
    return true;
  sim_model_drained(s);
  return false;
}

/* ---- Stops and time ----------------------------------------------------- */

static void request_stop(struct sim *s, sup_duration budget) {
  tick(s);
  look(s);
  sim_log(s, "  stop within %lld ms",
          budget == SUP_INFINITE ? -1LL : (long long)(budget / 1000000));
  sim_model_request(s, budget);
  sup__engine_stop(s->engine, budget);
  look(s);
}

static void force(struct sim *s) {
  tick(s);
  look(s);
  sim_log(s, "  force");
  s->stats[SIM_STAT_FORCED] += !s->ended;
  sim_model_request(s, 0);
  sup__engine_force(s->engine);
  look(s);
}

static sup_duration draw_budget(struct sim *s) {
  if (!sim_has(s, SIM_BUDGET) || sim_percent(s, 35))
    return SUP_INFINITE;
  return sim_percent(s, 15) ? 0 : SUP_MILLISECONDS(sim_below(s, 800));
}

/* To the next deadline or report; false if there is none. */
static bool pass_time(struct sim *s, bool only_engine) {
  uint64_t next = sup__engine_next_deadline(s->engine);
  for (int i = 0; i < s->report_count && !only_engine; i++)
    if (s->reports[i].at < next)
      next = s->reports[i].at;
  if (next == SUP_INFINITE)
    return false;
  if (sim_percent(s, 10) && next > s->now + 1 && !only_engine)
    next = s->now + 1 + sim_below(s, next - s->now);
  sim_model_time(s, next);
  if (next > s->now) {
    s->now = next;
    sim_log(s, "at %llu us", (unsigned long long)((s->now - SIM_EPOCH) / 1000));
  }
  tick(s);
  look(s);
  return true;
}

/* One thing of all that could happen next. */
static bool step(struct sim *s) {
  if (sim_has(s, SIM_STALE) && sim_percent(s, 3))
    stale_report(s);
  if (!s->prompt && sim_percent(s, 3))
    return pass_time(s, false);
  if (sim_has(s, SIM_FLIGHT) && sim_percent(s, 30) && deliver_one(s))
    return true;
  if (sim_percent(s, 90) ? drain(s) || deliver_one(s)
                         : deliver_one(s) || drain(s))
    return true;
  return pass_time(s, false);
}

static void prepare(struct sim *s) {
  struct sup_engine_options options = {&sim_allocator, s->seed, SIM_EPOCH, 0};
  char path[256];
  s->now = SIM_EPOCH;
  s->prompt = !sim_has(s, SIM_SLOW) || sim_percent(s, 70);
  sim_plant(s);
  sup_report *report = NULL;
  if (sup_spec_check(s->spec, &report) != 0)
    sim_fail(s, "the simulator has drawn a spec with faults");
  sup_report_unref(report);
  sup__spec_freeze(s->spec);
  if (sup__engine_create(&s->engine, s->spec, &options) != 0 ||
      sup__engine_journal_open(s->engine, 4096) != 0)
    sim_fail(s, "no memory");
  for (int i = 0; i < SIM_NODES; i++)
    s->by_index[i] = SIM_NONE;
  uint32_t node = sup__engine_next_node(s->engine, UINT32_MAX);
  for (; node != UINT32_MAX; node = sup__engine_next_node(s->engine, node)) {
    sup_node_info info = {.size = sizeof(info)};
    sup_token error;
    sup_spec *spec;
    void *state;
    sup__engine_node_info(s->engine, node, &info, &error, &spec, &state);
    int id = atoi(info.name + 1);
    if (node >= SIM_NODES || id >= s->node_count ||
        strcmp(info.name, s->nodes[id].name) != 0)
      sim_fail(s, "the walk shows %s", info.name);
    s->by_index[node] = id;
    s->nodes[id].ref = (struct sup_ref){node, info.child.generation, 0};
    sim_path(s, id, path, sizeof(path));
    char shown[256];
    sup__engine_path(s->engine, node, info.child.generation, shown,
                     sizeof(shown));
    if (strcmp(path, shown) != 0)
      sim_fail(s, "N3: %s is called %s", path, shown);
  }
}

static void live(struct sim *s) {
  unsigned steps = 20 + (unsigned)sim_below(s, 300);
  unsigned stop_at = sim_percent(s, 40) ? (unsigned)sim_below(s, steps) : steps;
  if (steps > s->options->steps)
    steps = s->options->steps;
  tick(s);
  if (sup__engine_launch(s->engine) != 0)
    sim_fail(s, "the launch is refused");
  look(s);
  for (unsigned i = 0; i < steps && !s->ended; i++) {
    if (i == stop_at)
      request_stop(s, draw_budget(s));
    if (i > stop_at && sim_has(s, SIM_BUDGET) && sim_percent(s, 1))
      request_stop(s, draw_budget(s));
    if (i > stop_at && sim_has(s, SIM_BUDGET) && sim_percent(s, 1))
      force(s);
    if (!step(s))
      return;
  }
}

/* Deliver what is still on its way. */
static bool pass_reports(struct sim *s) {
  for (int i = 0; i < s->report_count; i++)
    s->reports[i].at = s->now;
  return deliver_one(s);
}

/* Everything ends: by itself, and without the help of more events. */
static void finish_run(struct sim *s) {
  struct sim_node *n;
  if (!s->ended)
    request_stop(s, draw_budget(s));
  for (unsigned i = 0; !s->ended; i++) {
    if (i > 20000)
      sim_fail(s, "the stop does not come to an end");
    if (!step(s))
      sim_fail(s, "the stop waits for nothing");
  }
  s->prompt = true;
  for (int i = 0; i < s->node_count; i++)
    if (s->nodes[i].alive && sim_percent(s, 50) && has_begun(s, &s->nodes[i]))
      exits(s, &s->nodes[i], SUP_OUTCOME_COMPLETED);
  while (drain(s) || deliver_one(s))
    ;
  request_stop(s, 0); /* H5: nothing comes of it */
  force(s);
  for (int i = 0; i < s->node_count; i++) {
    n = &s->nodes[i];
    if (n->alive && has_begun(s, n))
      exits(s, n, SUP_OUTCOME_FAILED);
    if (n->cleaning)
      report_later(s, n, SIM_CLEANED, 0, SUP_OUTCOME_COMPLETED);
  }
  while (pass_reports(s) || drain(s))
    ;
  sim_model_end(s);
}

void sim_run(struct sim *s) {
  prepare(s);
  live(s);
  finish_run(s);
  look(s);
  sup__engine_journal_close(s->engine);
  sup__engine_destroy(s->engine);
  s->engine = NULL;
  sup_spec_unref(s->spec);
  s->spec = NULL;
  if (sim_live_bytes != 0)
    sim_fail(s, "C4: %lld bytes were not given back",
             (long long)sim_live_bytes);
}
