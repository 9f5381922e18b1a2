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
 * Actions: taken from their queues, checked, and performed at once or while
 * other things happen.
 */

#include "simulation.h"

/* So many stop functions may hang at a time; the others go on. */
#define HANGING_MOST 2

/* ---- START --------------------------------------------------------------- */

/* I2 */
static void check_overlap(struct sim *s, struct sim_node *n) {
  if (!n->overlaps || (n->alive && !n->abandoned))
    sim_fail(s, "I2: %s is started beside its old incarnation", n->name);
  s->stats[SIM_STAT_OVERLAPS] += n->alive;
  sim_part(s, n);
}

static void set_ref(struct sim *s, struct sim_node *n, struct sup_ref ref) {
  if (n->ref.generation == ref.generation &&
      ref.incarnation <= n->ref.incarnation)
    sim_fail(s, "I1: incarnation %llu of %s is not new",
             (unsigned long long)ref.incarnation, n->name);
  if (n->ref.generation == ref.generation && n->ref.incarnation != 0)
    n->older = n->ref;
  n->ref = ref;
  n->is_lost = false;
}

static void begin_start(struct sim *s, struct sim_node *n,
                        const struct sup_action *action) {
  sim_log(s, "  take start %s#%llu", n->name,
          (unsigned long long)action->child.incarnation);
  sim_model_start(s, n);
  if (n->entered || n->alive)
    check_overlap(s, n);
  set_ref(s, n, action->child);
  n->body = action->ref;
  sim_see_ancestors(s, n);
  n->abandoned = false;
  n->entered = n->alive = false;
  s->stats[SIM_STAT_STARTS]++;
  s->stats[SIM_STAT_MADE] += n->is_made;
  s->stats[SIM_STAT_RESTARTS] += n->ref.incarnation > 1;
}

static void enter(struct sim *s, struct sim_node *n) {
  n->entered = n->alive = true;
  s->begun_count++;
  sim_draw_life(s, n);
  s->stats[SIM_STAT_BODIES] += n->runs != SIM_RUNS_NOTHING;
  n->ignores = n->ignores || n->stubborn;
  if (n->notify && !s->scripted)
    sim_draw_acknowledgement(s, n);
}

/* It reports, or even ends, before its start function has returned. */
static bool begin_early(struct sim *s, struct sim_node *n) {
  if (!sim_has(s, SIM_EARLY) || !sim_percent(s, 4))
    return false;
  enter(s, n);
  if (n->runs && sim_percent(s, 30) && sim_has_begun(s, n)) {
    sim_runs_some(s, n);
    sim_look(s);
  }
  if (n->runs && sim_percent(s, 30) && sim_has_begun(s, n)) {
    sim_says_healthy(s, n);
    sim_look(s);
  }
  if (sim_percent(s, 50) && sim_has_begun(s, n)) {
    s->stats[SIM_STAT_EARLY_ENDS]++;
    sim_exits(s, n, sim_draw_outcome(s));
    sim_look(s);
  }
  return true;
}

static int draw_result(struct sim *s) {
  if (sim_has(s, SIM_REFUSE) && sim_percent(s, 6))
    return SUP_EFAILED;
  return sim_has(s, SIM_DECLINE) && sim_percent(s, 2) ? SUP_NOT_NEEDED : 0;
}

static void finish_start(struct sim *s, struct sim_node *n,
                         const struct sup_action *action, bool early) {
  bool present = sim_same(n->ref, action->child); /* else it was added again */
  int result = early ? 0 : present ? draw_result(s) : SUP_EFAILED;
  sup_token error = 0;
  sim_log(s, "  start %s#%llu: %d", n->name,
          (unsigned long long)action->child.incarnation, result);
  if (result != 0) {
    n->starting = n->starting && !present; /* that is over, said or not */
    if (result < 0 && sim_percent(s, 30))
      error = sim_draw_error(s);
    sup__engine_started_by(s->engine, action->ref, result, NULL, n->notify,
                           error);
    return;
  }
  if (!early)
    enter(s, n);
  sup__engine_started_by(s->engine, action->ref, 0,
                         sim_state_of(n->id, action->child.incarnation),
                         n->notify, 0);
  if (s->scripted && n->runs != SIM_RUNS_NOTHING) {
    sim_look(s);
    sim_runs_all(s, n);
  }
}

/* ---- The resource step --------------------------------------------------- */

static void draw_built(struct sim *s, struct sim_node *n) {
  enum sim_report_kind kind =
      sim_has(s, SIM_REFUSE) && sim_percent(s, 8) ? SIM_BUILD_FAILS : SIM_BUILT;
  sim_report_later(s, n, kind,
                   SUP_MILLISECONDS(sim_percent(s, 5) ? 450 : sim_below(s, 40)),
                   SUP_OUTCOME_COMPLETED);
}

static void finish_build(struct sim *s, struct sim_node *n,
                         const struct sup_action *action) {
  bool refused = sim_has(s, SIM_REFUSE) && sim_percent(s, 5);
  s->stats[SIM_STAT_BUILDS]++;
  sim_log(s, "  build %s#%llu: %d", n->name,
          (unsigned long long)action->child.incarnation, refused);
  if (refused) {
    s->stats[SIM_STAT_BUILD_FAILURES]++;
    sup__engine_started_by(s->engine, action->ref, SUP_EFAILED, NULL, true, 0);
    return;
  }
  n->building = true;
  if (sim_has(s, SIM_EARLY) && sim_percent(s, 8))
    sim_report_resource(s, n, SIM_BUILT);
  sup__engine_started_by(s->engine, action->ref, 0,
                         sim_state_of(n->id, n->ref.incarnation), true, 0);
  if (n->building && !sim_percent(s, 5)) /* else it hangs until cancelled */
    draw_built(s, n);
}

static void finish_cancel(struct sim *s, struct sim_node *n,
                          const struct sup_action *action) {
  enum sim_report_kind kind = sim_percent(s, 20) ? SIM_BUILT : SIM_BUILD_FAILS;
  sim_log(s, "  cancel the build of %s", n->name);
  sup__engine_performed(s->engine, action);
  if (!sim_percent(s, 5)) /* else it hangs on */
    sim_report_later(s, n, kind, 0, SUP_OUTCOME_COMPLETED);
}

static void finish_cleanup(struct sim *s, struct sim_node *n,
                           const struct sup_action *action) {
  sim_log(s, "  clean up %s", n->name);
  n->built = false;
  n->cleaning = true;
  if (sim_has(s, SIM_EARLY) && sim_percent(s, 8))
    sim_report_resource(s, n, SIM_CLEANED);
  sup__engine_performed(s->engine, action);
  if (n->cleaning && !sim_percent(s, 8))
    sim_report_later(s, n, SIM_CLEANED, SUP_MILLISECONDS(sim_below(s, 30)),
                     SUP_OUTCOME_COMPLETED);
}

/* ---- STOP and END -------------------------------------------------------- */

static sup_outcome draw_stopped(struct sim *s) {
  return sim_percent(s, 15) ? sim_draw_outcome(s) : SUP_OUTCOME_CANCELED;
}

static void obey(struct sim *s, struct sim_node *n, sup_stop_action step) {
  sup_duration after;
  if (step == SUP_STOP_KILL) {
    s->stats[SIM_STAT_KILLED]++;
    if (!n->killed && !(sim_has(s, SIM_IGNORE) && sim_percent(s, 5)))
      sim_report_later(s, n, SIM_EXIT, 0, SUP_OUTCOME_CANCELED);
    n->killed = true;
  } else if (!n->listening && !n->ignores && step >= n->obeys) {
    n->listening = true;
    after = SUP_MILLISECONDS(sim_percent(s, 40) ? sim_below(s, 150) : 0);
    sim_report_later(s, n, SIM_EXIT, after, draw_stopped(s));
  }
}

static void finish_stop(struct sim *s, struct sim_node *n,
                        const struct sup_action *action) {
  bool present = sim_same(n->ref, action->child) && n->alive;
  sim_log(s, "  stop %s#%llu (%d)", n->name,
          (unsigned long long)action->child.incarnation, action->step.action);
  if (present && sim_has(s, SIM_EARLY) && sim_percent(s, 5) &&
      sim_has_begun(s, n)) {
    s->stats[SIM_STAT_STOP_ENDS]++;
    sim_exits(s, n, draw_stopped(s));
  }
  sup__engine_performed(s->engine, action);
  if (present && n->alive)
    obey(s, n, action->step.action);
}

/* W1: mostly what it runs on answers soon. */
static void finish_probe(struct sim *s, struct sim_node *n,
                         const struct sup_action *action) {
  uint64_t most = sim_percent(s, 30) ? 60 : 5;
  sim_log(s, "  ask %s", n->name);
  sup__engine_performed(s->engine, action);
  if (sim_percent(s, 97))
    sim_report_later(s, n, SIM_PROBED, SUP_MILLISECONDS(sim_below(s, most)), 0);
}

/* ---- What is checked when an action is taken from its queue -------------- */

static bool is_flying(const struct sim *s, const struct sup_action *action) {
  for (int i = 0; i < s->foreign_count; i++)
    if (s->foreign_flights[i].action.child.node == action->child.node)
      return true;
  return false;
}

static void take_orphan_end(struct sim *s, struct sim_orphan *o) {
  if (o->alive)
    sim_fail(s, "an END of an overlapped %s, which lives",
             s->nodes[o->node].name);
  s->end_count++;
  *o = s->orphans[--s->orphan_count];
}

static void take_end(struct sim *s, struct sim_node *n,
                     const struct sup_action *action) {
  struct sim_orphan *o =
      sim_orphan(s, n->id, action->child.generation, action->child.incarnation);
  if (is_flying(s, action))
    sim_fail(s, "an END of %s while it is being stopped", n->name);
  if (action->state != sim_state_of(n->id, action->child.incarnation))
    sim_fail(s, "an END of %s with the state of another", n->name);
  if (o != NULL) {
    take_orphan_end(s, o);
    return;
  }
  if (!n->entered || !sim_same(n->ref, action->child))
    sim_fail(s, "an END of %s#%llu (%llu) that did not begin", n->name,
             (unsigned long long)action->child.incarnation,
             (unsigned long long)action->child.generation);
  if (n->alive && n->begins && !n->begun) { /* H6: gone at once */
    n->alive = false;
    s->stats[SIM_STAT_UNBEGUN]++;
  }
  if (n->alive)
    sim_fail(s, "an END of %s, which lives", n->name);
  n->entered = false;
  n->starting = n->starting && n->is_foreseen; /* the next run */
  s->end_count++;
}

static void take_stop(struct sim *s, struct sim_node *n,
                      const struct sup_action *action) {
  if (action->state != sim_state_of(n->id, action->child.incarnation))
    sim_fail(s, "H2: a stop of %s with the state of another", n->name);
  if (sim_orphan(s, n->id, action->child.generation, action->child.incarnation))
    return; /* a step that was due when it was parted from its child */
  if (!n->entered || !sim_same(n->ref, action->child))
    sim_fail(s, "H2: a stop of %s, which is not there", n->name);
  sim_model_stop(s, n, action);
  n->stops++;
}

static void taken(struct sim *s, struct sim_node *n,
                  const struct sup_action *action) {
  switch (action->kind) {
  case SUP_ACTION_START:
    begin_start(s, n, action);
    break;
  case SUP_ACTION_BUILD:
    set_ref(s, n, action->child);
    sim_model_build(s, n);
    n->is_lost = false;
    sim_see_ancestors(s, n);
    if (n->built || n->building)
      sim_fail(s, "S10: %s is built twice", n->name);
    break;
  case SUP_ACTION_STOP:
    take_stop(s, n, action);
    break;
  case SUP_ACTION_END:
    take_end(s, n, action);
    break;
  case SUP_ACTION_CLEANUP:
    if (!n->built ||
        action->state != sim_state_of(n->id, action->child.incarnation))
      sim_fail(s, "S10: a cleanup of %s, which was not built", n->name);
    sim_model_cleanup(s, n, action->abandoned);
    break;
  case SUP_ACTION_PROBE:
    if (!sim_same(n->ref, action->child))
      sim_fail(s, "W1: a probe of an earlier %s", n->name);
    sim_model_probe(s, n);
    break;
  default:
    break;
  }
  if (s->ended &&
      (action->kind == SUP_ACTION_START || action->kind == SUP_ACTION_BUILD))
    sim_fail(s, "H7: %s begins after the end", n->name);
  if (s->ended && action->kind == SUP_ACTION_STOP && !n->abandoned &&
      sim_same(n->ref, action->child))
    sim_fail(s, "H7: a stop of %s after the end", n->name);
}

/* ---- Performing ---------------------------------------------------------- */

static void finish(struct sim *s, struct sim_node *n,
                   const struct sup_action *action, bool early) {
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
  case SUP_ACTION_CANCEL_BUILD:
    finish_cancel(s, n, action);
    break;
  case SUP_ACTION_CLEANUP:
    finish_cleanup(s, n, action);
    break;
  case SUP_ACTION_END:
    sim_log(s, "  end %s#%llu", n->name,
            (unsigned long long)action->child.incarnation);
    sup__engine_performed(s->engine, action);
    break;
  case SUP_ACTION_PROBE:
    finish_probe(s, n, action);
    break;
  case SUP_ACTION_NOTIFY:
    sim_take_answers(s, action->ref.node);
    sup__engine_performed(s->engine, action);
    break;
  }
  sim_look(s);
}

/* Whom an action is about, in terms of the simulator: of a body, the child that
 * it is of. That may be another by now than the one that has ended; who began
 * has left its name in the state. */
static void name_child(struct sim *s, struct sup_action *action) {
  int id = (int)((uintptr_t)action->state & 0xff) - 1;
  bool is_body = action->child.node != action->ref.node;
  if (!is_body) {
    action->child = action->ref;
    return;
  }
  action->child.incarnation = action->ref.incarnation;
  if (action->kind != SUP_ACTION_END && action->kind != SUP_ACTION_STOP)
    return;
  action->child.generation = s->nodes[id].ref.generation;
  if (sim_same(s->nodes[id].body, action->ref))
    return;
  for (int i = 0; i < s->orphan_count; i++)
    if (s->orphans[i].node == id && sim_same(s->orphans[i].body, action->ref))
      action->child.generation = s->orphans[i].ref.generation;
}

static bool act_main(struct sim *s) {
  struct sup_action action;
  struct sim_node *n;
  if (s->main_flying) {
    s->main_flying = false;
    action = s->main_flight;
    finish(s, &s->nodes[s->main_node], &action, s->main_early);
    return true;
  }
  if (!sup__engine_peek(s->engine, SUP_QUEUE_MAIN, &action)) {
    sim_look(s);
    return false;
  }
  sup__engine_take(s->engine, SUP_QUEUE_MAIN);
  sim_look(s);
  name_child(s, &action);
  n = action.kind == SUP_ACTION_NOTIFY ? &s->nodes[0]
                                       : sim_find(s, action.child);
  taken(s, n, &action);
  bool early = action.kind == SUP_ACTION_START && begin_early(s, n);
  if (sim_has(s, SIM_FLIGHT) && sim_percent(s, 25)) {
    s->main_flight = action;
    s->main_node = n->id;
    s->main_flying = true;
    s->main_early = early;
  } else {
    finish(s, n, &action, early);
  }
  return true;
}

static void land(struct sim *s, int at) {
  struct sim_flight flight = s->foreign_flights[at];
  s->foreign_flights[at] = s->foreign_flights[--s->foreign_count];
  if (flight.hangs)
    s->freed_at = s->now;
  finish(s, &s->nodes[flight.node], &flight.action, false);
}

static int hanging(const struct sim *s) {
  int count = 0;
  for (int i = 0; i < s->foreign_count; i++)
    count += s->foreign_flights[i].hangs;
  return count;
}

void sim_end_hanging(struct sim *s, bool all) {
  for (int i = s->foreign_count - 1; i >= 0; i--)
    if (s->foreign_flights[i].hangs) {
      land(s, i);
      if (!all)
        return;
    }
}

static bool act_foreign(struct sim *s) {
  struct sim_flight flight = {.hangs = false};
  bool found = s->foreign_count < SIM_FLIGHTS && !s->main_flying &&
               sup__engine_peek(s->engine, SUP_QUEUE_FOREIGN, &flight.action);
  uint64_t landing;
  if (found) {
    sup__engine_take(s->engine, SUP_QUEUE_FOREIGN);
    sim_look(s);
    name_child(s, &flight.action);
    flight.node = sim_find(s, flight.action.child)->id;
    taken(s, &s->nodes[flight.node], &flight.action);
    flight.hangs =
        sim_has(s, SIM_HANG) && hanging(s) < HANGING_MOST && sim_percent(s, 10);
    s->stats[SIM_STAT_HANGING] += flight.hangs;
    s->foreign_flights[s->foreign_count++] = flight;
    if (sim_has(s, SIM_FLIGHT) && sim_percent(s, 50))
      return true;
  }
  if (s->foreign_count == hanging(s)) {
    sim_look(s);
    return found;
  }
  landing = sim_below(s, (uint64_t)(s->foreign_count - hanging(s)));
  for (int i = 0; i < s->foreign_count; i++)
    if (!s->foreign_flights[i].hangs && landing-- == 0) {
      land(s, i);
      break;
    }
  return true;
}

bool sim_perform(struct sim *s) {
  if (act_main(s) || act_foreign(s))
    return true;
  sim_model_drained(s);
  return false;
}
