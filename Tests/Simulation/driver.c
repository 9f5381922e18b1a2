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

/* The driver: what happens next, and when. */

#include "simulation.h"

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

void sim_look(struct sim *s) {
  read_journal(s);
  sim_model_look(s);
  collect(s);
}

void sim_tick(struct sim *s) {
  sup__engine_tick(s->engine, s->now, s->now);
}

/* ---- Stops and time ----------------------------------------------------- */

void sim_request_stop(struct sim *s, sup_duration budget) {
  sim_tick(s);
  sim_look(s);
  sim_log(s, "  stop within %lld ms",
          budget == SUP_INFINITE ? -1LL : (long long)(budget / 1000000));
  sim_model_request(s, budget);
  sup__engine_stop(s->engine, budget);
  sim_look(s);
}

void sim_force(struct sim *s) {
  sim_tick(s);
  sim_look(s);
  sim_log(s, "  force");
  s->stats[SIM_STAT_FORCED] += !s->ended;
  sim_model_request(s, 0);
  sup__engine_force(s->engine);
  sim_look(s);
}

static sup_duration draw_budget(struct sim *s) {
  if (!sim_has(s, SIM_BUDGET) || !sim_percent(s, 65))
    return SUP_INFINITE;
  return sim_percent(s, 15) ? 0 : SUP_MILLISECONDS(sim_below(s, 800));
}

void sim_go_to(struct sim *s, uint64_t next) {
  sim_model_time(s, next);
  if (next > s->now) {
    s->now = next;
    sim_log(s, "at %llu us", (unsigned long long)((s->now - SIM_EPOCH) / 1000));
  }
  sim_tick(s);
  sim_look(s);
}

/* W1: the host comes late to what is due. */
static void be_late(struct sim *s, uint64_t *next) {
  *next += SUP_MILLISECONDS(sim_below(s, 100));
  if (*next <= sup__engine_next_deadline(s->engine))
    return;
  s->late_before = s->late_at;
  s->late_at = *next;
}

/* To the next deadline or report; false if there is none. */
static bool pass_time(struct sim *s) {
  uint64_t next = sup__engine_next_deadline(s->engine);
  for (int i = 0; i < s->report_count; i++)
    if (s->reports[i].at < next)
      next = s->reports[i].at;
  if (next == SUP_INFINITE)
    return false;
  if (next > s->now + 1 && sim_percent(s, 10))
    next = s->now + 1 + sim_below(s, next - s->now);
  if (!s->prompt && sim_has(s, SIM_HEARTBEAT) && sim_percent(s, 3))
    be_late(s, &next);
  sim_go_to(s, next);
  return true;
}

/* One thing of all that could happen next. */
static bool step(struct sim *s) {
  sim_block();
  if (sim_has(s, SIM_STALE) && sim_percent(s, 3))
    sim_stale_report(s);
  if (sim_has(s, SIM_DYNAMIC) && sim_percent(s, 8))
    sim_request(s);
  if (sim_has(s, SIM_HANG) && sim_percent(s, 5))
    sim_end_hanging(s, false);
  if (!s->prompt && sim_percent(s, 3))
    return pass_time(s);
  if (sim_has(s, SIM_FLIGHT) && sim_percent(s, 30) && sim_deliver_one(s))
    return true;
  if (sim_percent(s, 10) ? sim_deliver_one(s) || sim_perform(s)
                         : sim_perform(s) || sim_deliver_one(s))
    return true;
  return pass_time(s);
}

/* ---- One run ------------------------------------------------------------- */

/* Half of the runs do without about half of all that could happen, so that
 * the rest meets each other more often. */
static void draw_features(struct sim *s) {
  bool all = sim_percent(s, 50);
  for (int i = 0; i < SIM_FEATURE_COUNT; i++)
    if (!sim_percent(s, 60) && !all)
      s->features &= ~(1ull << i);
}

void sim_prepare(struct sim *s) {
  struct sup_engine_options options = {&sim_allocator, 0, SIM_EPOCH, 0};
  sup_report *report = NULL;
  options.seed = sim_below(s, UINT32_MAX);
  s->now = SIM_EPOCH;
  s->spec = sim_make_spec(s, 0);
  if (sup_spec_check(s->spec, &report) != 0)
    sim_fail(s, "the simulator has drawn a spec with faults");
  sup_report_unref(report);
  sup__spec_freeze(s->spec);
  if (sup__engine_create(&s->engine, s->spec, &options) != 0 ||
      sup__engine_journal_open(s->engine, s->journal) != 0)
    sim_fail(s, "no memory");
  for (int i = 0; i < SIM_SLOTS; i++)
    s->by_index[i] = SIM_NONE;
  sim_learn_nodes(s);
}

static void live(struct sim *s) {
  unsigned steps = 20 + (unsigned)sim_below(s, 300);
  unsigned stop_at = sim_percent(s, 40) ? (unsigned)sim_below(s, steps) : steps;
  if (steps > s->options->steps)
    steps = s->options->steps;
  sim_tick(s);
  if (sup__engine_launch(s->engine) != 0)
    sim_fail(s, "the launch is refused");
  sim_look(s);
  for (unsigned i = 0; i < steps && !s->ended; i++) {
    if (i == stop_at)
      sim_request_stop(s, draw_budget(s));
    if (i > stop_at && sim_has(s, SIM_BUDGET) && sim_percent(s, 1))
      sim_request_stop(s, draw_budget(s));
    if (i > stop_at && sim_has(s, SIM_BUDGET) && sim_percent(s, 1))
      sim_force(s);
    if (!step(s))
      return;
  }
}

/* Deliver what is still on its way. */
static bool pass_reports(struct sim *s) {
  for (int i = 0; i < s->report_count; i++)
    s->reports[i].at = s->now;
  return sim_deliver_one(s);
}

/* Whoever still runs comes to its end at last. */
static void end_the_rest(struct sim *s) {
  sim_end_hanging(s, true);
  for (int i = 0; i < s->node_count; i++) {
    struct sim_node *n = &s->nodes[i];
    if (n->alive && sim_has_begun(s, n))
      sim_exits(s, n, SUP_OUTCOME_FAILED);
    if (n->cleaning)
      sim_report_later(s, n, SIM_CLEANED, 0, SUP_OUTCOME_COMPLETED);
    if (n->building)
      sim_report_later(s, n, sim_percent(s, 50) ? SIM_BUILT : SIM_BUILD_FAILS,
                       0, SUP_OUTCOME_COMPLETED);
  }
  for (int i = 0; i < s->orphan_count; i++)
    if (s->orphans[i].alive)
      sim_orphan_exits(s, &s->orphans[i]);
  sim_look(s);
}

/* Everything ends: by itself, and without the help of more events. */
void sim_finish(struct sim *s) {
  sim_block();
  if (!s->ended)
    sim_request_stop(s, draw_budget(s));
  for (unsigned i = 0; !s->ended; i++) {
    if (i > 20000)
      sim_fail(s, "the stop does not come to an end");
    if (!step(s) && !s->ended)
      sim_fail(s, "the stop waits for nothing");
  }
  sim_block();
  for (int i = 0; i < s->node_count; i++)
    if (s->nodes[i].alive && sim_percent(s, 50) &&
        sim_has_begun(s, &s->nodes[i]))
      sim_exits(s, &s->nodes[i], SUP_OUTCOME_COMPLETED);
  while (sim_perform(s) || sim_deliver_one(s))
    ;
  if (sim_has(s, SIM_DYNAMIC) && sim_percent(s, 20))
    sim_request_in_vain(s);
  sim_request_stop(s, 0); /* H5: nothing comes of it */
  sim_force(s);
  /* What was given up and ends now may bring new things that do not. */
  for (int i = 0; i < 3; i++) {
    end_the_rest(s);
    while (pass_reports(s) || sim_perform(s))
      ;
  }
  sim_model_end(s);
  sim_check_requests(s);
  sim_look(s);
  sup__engine_journal_close(s->engine);
  sup__engine_destroy(s->engine);
  s->engine = NULL;
  for (int i = 0; i < s->node_count; i++)
    sup_spec_unref(s->nodes[i].made_spec);
  for (int i = 0; i < s->node_count; i++)
    sup_spec_unref(s->nodes[i].spec);
  sup_spec_unref(s->spec);
  s->spec = NULL;
  if (sim_live_bytes != 0)
    sim_fail(s, "C4: %lld bytes were not given back",
             (long long)sim_live_bytes);
}

void sim_run(struct sim *s) {
  s->journal = 256;
  draw_features(s);
  s->prompt = !(sim_has(s, SIM_SLOW) && sim_percent(s, 30));
  sim_plant(s);
  sim_prepare(s);
  live(s);
  sim_finish(s);
}
