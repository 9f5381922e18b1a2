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

/* What events say, one after another. */

#include "model.h"

/* H1: with starts side by side, and after siblings, the order is that of the
 * acknowledgements, and of what takes their place. */
static void came_up(struct sim *s, struct sim_node *p, struct sim_node *c) {
  int *sequence = p->sequence[p->uses_made];
  int at = place(s, c);
  if ((p->start_limit == 1 && !p->has_after[p->uses_made]) || at < p->up_count)
    return;
  for (; at > p->up_count; at--)
    sequence[at] = sequence[at - 1];
  sequence[p->up_count++] = c->id;
}

static void on_started(struct sim *s, struct sim_node *n,
                       const struct sup_record *record) {
  struct sim_node *p = parent_of(s, n);
  if (n->is_supervisor && !n->runs && !n->told_starting)
    sim_fail(s, "E1: %s is started, and was not said to be starting", n->name);
  n->told_starting = false;
  if (n->is_supervisor) {
    sim_open_session(s, n);
    for (int i = 0; i < child_count(n); i++) {
      struct sim_node *c = child_at(s, n, i);
      if (!c->acked && !c->declined && !c->requested)
        sim_fail(s, "S1: %s is started, %s is not", n->name, c->name);
    }
    n->started = true;
  }
  if ((!n->is_supervisor || n->runs) && !n->starting) {
    sim_fail(s, "S1: %s is started without having begun", n->name);
  }
  if (s->stopping)
    sim_fail(s, "S9: %s is started after the stop", n->name);
  if (p != NULL && p->halting)
    sim_fail(s, "S9: %s is started while %s goes down", n->name, p->name);
  n->acked = true;
  n->up_at = n->beat_at = s->now;
  n->starting = n->trial = n->first = n->may_be_trial = n->is_skipped = false;
  n->started_event = n->acked_event = record->number;
  if (p != NULL && !p->started && !n->is_dynamic)
    came_up(s, p, n);
}

static void close_supervisor(struct sim *s, struct sim_node *n,
                             const struct sup_record *record);

static void on_declined(struct sim *s, struct sim_node *n,
                        const struct sup_record *record) {
  struct sim_node *p = parent_of(s, n);
  if (p->open && !p->started && !p->halting && !n->is_dynamic)
    came_up(s, p, n);
  if (n->runs)
    close_supervisor(s, n, record);
  n->declined = true;
  n->declined_event = record->number;
  n->starting = n->first = n->trial = false;
  n->goes = n->goes || n->restart == SUP_TEMPORARY;
  n->was_undead = n->abandoned;
  n->over = n->restart == SUP_TEMPORARY;
  sim_lasts_no_more(s, n);
  s->stats[SIM_STAT_DECLINED]++;
}

/* Given up while its start function is still at work. */
static bool is_starting_late(const struct sim *s, const struct sim_node *n) {
  return s->main_flying && !n->entered && !n->begins && s->main_node == n->id &&
         s->main_flight.kind == SUP_ACTION_START;
}

/* The last event of a worker's incarnation. */
static void close_worker(struct sim *s, struct sim_node *n,
                         const struct sup_record *record) {
  bool asked = n->silent || (record->kind != SUP_EVENT_FAILED &&
                             record->kind != SUP_EVENT_COMPLETED);
  n->starting = false;
  if (!n->alive) {
    n->abandoned =
        is_starting_late(s, n) && record->kind != SUP_EVENT_TERMINATED && asked;
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

/* H9: it completes if its significant children have ended, and only then. */
void sim_check_completion(struct sim *s, const struct sim_node *n,
                          const struct sup_record *record) {
  bool ends =
      record->kind == SUP_EVENT_COMPLETED || record->kind == SUP_EVENT_FAILED;
  if (n->runs && ends && has_failed(n) != (record->kind == SUP_EVENT_FAILED))
    sim_fail(s, "R2/R3: %s, whose body has ended, has %s", n->name,
             has_failed(n) ? "completed" : "failed");
  if (n->runs == SIM_RUNS_TREE && record->kind == SUP_EVENT_COMPLETED &&
      !n->said_again)
    sim_fail(s, "R4: %s is done, and its children do not go on", n->name);
  s->stats[SIM_STAT_NOT_DONE] += n->runs && ends && has_failed(n) &&
                                 n->completes && !n->misused && !n->gives_up;
  if (n->runs)
    return;
  if (record->kind == SUP_EVENT_COMPLETED && !n->auto_ends)
    sim_fail(s, "H9: %s completes, and its children have not", n->name);
  if (record->kind == SUP_EVENT_FAILED && n->auto_ends)
    sim_fail(s, "H9: %s fails, and its children have ended", n->name);
}

/* R0: it has gone, or was given up. */
static void close_body(struct sim *s, struct sim_node *n,
                       const struct sup_record *record) {
  n->starting = false;
  if (!n->runs)
    return;
  if (n->alive && n->begins && !n->begun) { /* H6: gone at once */
    n->alive = false;
    s->stats[SIM_STAT_UNBEGUN]++;
  } else if (n->alive) {
    s->stats[SIM_STAT_ABANDONED] += !n->abandoned;
    n->abandoned = true;
  } else {
    n->abandoned = is_starting_late(s, n) &&
                   (record->kind == SUP_EVENT_TERMINATION_FAILED ||
                    record->kind == SUP_EVENT_START_FAILED);
  }
}

void sim_close_session(struct sim *s, struct sim_node *n) {
  for (int i = 0; i < s->node_count; i++) {
    struct sim_node *m = NODE(s, i);
    if (!is_below(s, m, n->id))
      continue;
    sim_close_dying(s, m);
    if (is_living(m) && !m->abandoned)
      sim_fail(s, "H1: %s has ended, and %s lives", n->name, m->name);
    if (m->is_supervisor && m->open)
      sim_fail(s, "H1: %s has ended before %s", n->name, m->name);
  }
  if (n->built && s->prompt)
    sim_fail(s, "S10: %s has ended without its cleanup", n->name);
  for (int i = 0; i < n->child_count; i++) {
    struct sim_node *c = NODE(s, n->children[i]);
    /* Nobody starts the root again: only who outlives it is taken away. */
    if (n->id != 0 || n->runs || sim_lives(s, c, true))
      c->is_swept = c->is_swept || c->is_made || c->is_dynamic;
  }
  n->open = n->started = n->halting = false;
  n->touched = false;
  n->starting = false;
}

static void close_supervisor(struct sim *s, struct sim_node *n,
                             const struct sup_record *record) {
  struct sup_error *error = sup__token_object(record->error);
  sim_check_completion(s, n, record);
  close_body(s, n, record);
  sim_close_session(s, n);
  if (record->kind == SUP_EVENT_START_FAILED && n->begun_in_session)
    s->stats[SIM_STAT_ROLLBACKS]++;
  if (error != NULL && sup__token_value(error->cause) == SUP_EDEPENDENCY)
    s->stats[SIM_STAT_IN_VAIN]++;
}

static void on_start_failed(struct sim *s, struct sim_node *n,
                            const struct sup_record *record) {
  struct sim_node *p = parent_of(s, n);
  if (sup__token_value(record->error) == SUP_ESTARTTIMEOUT)
    s->stats[SIM_STAT_IMPATIENT]++;
  if (p == NULL) {
    sim_on_root_down(s, n, record);
    return;
  }
  if (n->may_be_trial && p->started) /* its start was not waited for */
    n->trial = true;
  if (n->may_be_trial && !p->started) {
    n->over = n->is_unclear = p->touched = true;
    return;
  }
  if (!p->open || p->started || n->first || n->trial || n->is_dynamic) {
    sim_needs_decision(s, n, record);
    return;
  }
  if (!p->halting)
    came_up(s, p, n);
  p->halting = true; /* S6 */
}

static void on_stuck(struct sim *s, struct sim_node *n) {
  struct sim_node *p = parent_of(s, n);
  if (!sim_lives(s, n, true))
    sim_fail(s, "I2: %s is stuck, and nobody lives", n->name);
  if (p != NULL)
    p->was_stuck = true;
  n->waits_stuck = true;
  n->gives_up = false; /* that was its last run */
  s->stats[SIM_STAT_STUCK]++;
}

static void on_scheduled(struct sim *s, struct sim_node *n,
                         const struct sup_record *record) {
  struct sim_node *p = parent_of(s, n);
  const sup_backoff *backoff = sim_backoff(s, n);
  if (record->detail < 0 ||
      (record->detail > 0 && (uint64_t)record->detail > backoff->maximum))
    sim_fail(s, "B1: the delay of %s is %lld", n->name,
             (long long)record->detail);
  if (s->stopping)
    sim_fail(s, "H6: a restart of %s after the stop", n->name);
  /* B5: in a group from the failure, not from when a round came upon it. */
  if (n->fate == 0 && (p == NULL || p->strategy == SUP_ONE_FOR_ONE))
    n->not_before = s->now + (uint64_t)record->detail;
  else if (!n->is_supervisor || n->runs == SIM_RUNS_TREE)
    n->not_before = n->ended_at + (uint64_t)record->detail;
  n->not_after = s->now + (uint64_t)record->detail;
  if (p != NULL)
    sim_begin_round(s, p, n, record->number);
}

static void on_final(struct sim *s, struct sim_node *n,
                     const struct sup_record *record) {
  if (n->id != 0 || sup__engine_final_event(s->engine) != record->number)
    return; /* a root that is restarted goes on */
  s->ended = true;
  s->final_event = record->number;
  s->final_result = sup__engine_result(s->engine);
  if (record->kind == SUP_EVENT_FAILED)
    s->stats[SIM_STAT_TOLERANCE_ENDS]++;
  s->stats[record->kind == SUP_EVENT_TERMINATED ? SIM_STAT_CLEAN_ENDS
                                                : SIM_STAT_UNCLEAN_ENDS]++;
}

/* It was stopped. If it outlived that, it may have been for a failure of its
 * own, which is told next. */
static void on_stopped(struct sim *s, struct sim_node *n,
                       const struct sup_record *record) {
  struct sim_node *p = parent_of(s, n);
  if (record->kind == SUP_EVENT_TERMINATION_FAILED)
    n->ended_at = s->now; /* given up */
  n->is_unclear = record->kind == SUP_EVENT_TERMINATION_FAILED &&
                  (!n->is_supervisor || n->runs) &&
                  (n->silent || !n->acked || (n->gives_up && n->requested));
  if (n->restart != SUP_TEMPORARY || p == NULL || n->again)
    return;
  n->over = true; /* G3 */
  if (!n->is_unclear)
    sim_lasts_no_more(s, n);
  else if (n->lasts && !n->silent)
    p->lasts_open = true;
  if (!n->is_unclear && p->open && is_at_work(p) && !p->halting &&
      (n->acked || n->asked || !sim_is_going(s, p))) /* S9 */
    n->goes = true;
}

/* Whether it is its body that was given up, for what that did itself, and not the
 * child with all below it. That has an event of its own then, now or later. */
static bool is_of_body(struct sim *s, const struct sim_node *n,
                       const struct sup_record *record) {
  struct sup_record next;
  sup_state shown = sim_shown(s, n);
  if (!n->runs || record->kind != SUP_EVENT_TERMINATION_FAILED ||
      (n->acked && !n->silent))
    return false;
  for (uint64_t i = record->number + 1; sup__engine_record(s->engine, i, &next);
       i++)
    if (next.ref.generation == record->ref.generation &&
        next.kind != SUP_EVENT_LOOP_LATE)
      return next.kind == SUP_EVENT_FAILED || next.kind == SUP_EVENT_DECLINED ||
             next.kind == SUP_EVENT_START_FAILED ||
             next.kind == SUP_EVENT_TERMINATION_FAILED ||
             next.kind == SUP_EVENT_STOPPING;
  return shown == SUP_STATE_STOPPING || shown == SUP_STATE_ENDED;
}

static void on_end(struct sim *s, struct sim_node *n,
                   const struct sup_record *record) {
  n->told_starting = false;
  bool was_open = n->open;
  if (is_of_body(s, n, record)) {
    close_body(s, n, record);
    n->unclean_event = record->number;
    return;
  }
  sim_close_dying(s, n);
  n->had_begun = n->starting;
  n->down_at = s->now;
  if (sim_is_death(n, record)) {
    sim_on_death(s, n, record);
    on_final(s, n, record);
    return;
  }
  if (n->is_supervisor && !was_open) /* it began unseen */
    n->again = n->uses_made = false;
  if (n->is_supervisor)
    close_supervisor(s, n, record);
  else
    close_worker(s, n, record);
  n->is_unclear = false;
  if (record->kind == SUP_EVENT_START_FAILED) {
    n->again = false; /* so it was started */
    n->uses_made = n->uses_made && was_open;
    on_start_failed(s, n, record);
  } else if (record->kind == SUP_EVENT_FAILED ||
             record->kind == SUP_EVENT_COMPLETED) {
    if (n->parent != SIM_NONE)
      sim_needs_decision(s, n, record);
    else
      sim_on_root_down(s, n, record);
  } else {
    on_stopped(s, n, record);
  }
  if (n->owned)
    n->over = true; /* D2 */
  if (n->again && n->restart == SUP_TEMPORARY) {
    /* It was to start again, but for a stop, which may have come later. */
    n->goes = n->goes || sim_halts(s, parent_of(s, n));
    n->is_unclear = n->is_unclear || !sim_goes_on(s, parent_of(s, n));
  }
  n->closed_event = record->number;
  if (record->kind == SUP_EVENT_START_FAILED)
    n->start_failed_event = record->number;
  if (record->kind == SUP_EVENT_TERMINATION_FAILED)
    n->unclean_event = record->number;
  else
    n->clean_event = record->number;
  n->was_undead = (n->abandoned && !n->is_unclear) ||
                  (n->is_supervisor && sim_lives(s, n, true));
  if (!n->runs) /* its body may go on */
    n->said_done = n->said_again = false;
  n->hopeless = n->forced = n->completes = false;
  on_final(s, n, record);
}

static void on_late_exit(struct sim *s, struct sim_node *n,
                         const struct sup_record *record) {
  struct sim_orphan *o =
      sim_orphan(s, n->id, record->ref.generation, record->ref.incarnation);
  s->stats[SIM_STAT_LATE]++;
  if (o != NULL) {
    if (o->alive)
      sim_fail(s, "H4: an overlapped %s has not ended late", n->name);
    return;
  }
  /* That a body was given up is told at the end of all below it. */
  if (n->runs && n->open && (n->halting || n->hurried) && !n->abandoned &&
      !n->alive) {
    s->late_count++;
    return;
  }
  if (!n->abandoned || n->alive)
    sim_fail(s, "H4: %s has not ended late", n->name);
  n->abandoned = false;
}

/* G2: nobody is stopped for others but those who share their fate. */
static void check_alone(struct sim *s, struct sim_node *p, struct sim_node *n) {
  if (p->strategy != SUP_ONE_FOR_ONE || !n->acked || !sim_is_certain_of(s, n) ||
      (n->runs &&
       (((n->body_over || n->abandoned) && !n->done) || n->gives_up)))
    return;
  if (!is_from_before(s, n))
    sim_fail(s, "G2: %s is stopped, and nobody has failed in its group",
             n->name);
  s->stats[SIM_STAT_FATE_STOPPED]++;
}

/* W1: it has promised a sign of life, has given none, and was listened to. */
static void on_silent(struct sim *s, struct sim_node *n,
                      const struct sup_record *record) {
  uint64_t due = n->beat_at + n->period, late = s->now - due;
  /* Whoever was given time for an earlier lateness may use all of it. */
  bool is_late = s->late_at == s->now && s->late_before < n->up_at;
  /* The time of a body that has begun late is counted from a deadline. */
  is_late = is_late && (!n->begins || n->beat_at >= n->body_at);
  if (n->period == 0 || !n->acked || (n->asked && !n->runs) ||
      (n->begins && !n->begun))
    sim_fail(s, "W1: %s is said to be silent", n->name);
  if (s->now < due)
    sim_fail(s, "W1: %s is said to be silent, and has given a sign", n->name);
  if (n->probes &&
      (n->is_probed || n->answered_at != s->now || s->now < n->patient_until))
    sim_fail(s, "W1: %s is said to be silent, and has not been asked", n->name);
  if (!n->probes && is_late && late > SUP_MILLISECONDS(10) &&
      late > n->period / 10)
    sim_fail(s, "W1: %s is said to be silent, and the host was late", n->name);
  n->silent = true;
  n->silent_event = record->number;
  n->completes = n->hopeless = n->forced = false;
  s->stats[SIM_STAT_SILENT]++;
}

/* A body goes down for a reason of its own: it was silent, or has not come up.
 * What is below it goes down when it has. */
static bool is_own_ladder(struct sim *s, struct sim_node *n,
                          const struct sup_record *record) {
  const struct sim_node *p = parent_of(s, n);
  if (!n->runs || n->body_over || n->abandoned)
    return false;
  if (n->gives_up)
    return true;
  if (n->owned || n->again || (p == NULL && s->stopping))
    return false; /* from the request on it is on its way down */
  if (n->on_ladder && (record->cause == n->asked_event || /* its turn */
                       (n->hurried && record->cause == 0)))
    return true;
  if (n->silent)
    return record->cause == n->silent_event;
  /* Or its supervisor is on its way down, which is nothing else then. Of one
   * with a body that is told before. */
  if (p != NULL && sim_shown(s, p) == SUP_STATE_STOPPING && !p->on_ladder &&
      (!p->runs || p->asked || p->halting)) {
    n->is_vague = n->is_vague || (!n->acked && record->cause < n->begun_event);
    return false;
  }
  if (n->on_ladder)
    return record->cause == n->ladder_cause;
  return !n->acked && record->cause < n->begun_event;
}

static void on_stopping(struct sim *s, struct sim_node *n,
                        const struct sup_record *record) {
  struct sim_node *p = parent_of(s, n);
  bool body = is_own_ladder(s, n, record);
  bool ended = n->runs && (n->body_over || n->abandoned) && !n->done;
  if (p != NULL && p->open && !is_at_work(p) && !body && !ended &&
      (n->acked || n->is_supervisor) && !n->silent && !n->owned && !n->again)
    p->halting = true; /* its start is rolled back */
  bool further = n->asked && !n->is_supervisor;
  n->asked = true;
  if (further || (n->runs && n->halting && !(ended && n->is_vague)))
    return; /* a step; of what goes down already, or its body's turn */
  /* A body with nothing below it says so when its turn has come. */
  bool before = p != NULL && n->runs && record->cause < p->halt_event;
  n->asked_alone = p != NULL && p->open && is_at_work(p) &&
                   (!p->halting || before) && p->strategy == SUP_ONE_FOR_ONE &&
                   !n->silent && !n->owned && !n->again;
  if (n->asked_alone)
    check_alone(s, p, n);
  n->asked_event = record->number;
  if (n->is_supervisor && !n->open) /* it began unseen */
    n->again = n->uses_made = false;
  n->down_at = s->now;
  if (body) {
    n->on_ladder = true;
    n->ladder_cause = record->cause;
  }
  if (!n->is_supervisor || body)
    return;
  if (ended) {
    s->stats[SIM_STAT_DEAD] += !n->side_by_side;
    n->halting = true;
    n->stopped_by_tree = false;
    n->in_any_order = !n->acked && sim_is_going(s, p); /* S9 */
    n->side_by_side = !n->in_any_order;
    return;
  }
  if (n->stopping_at == 0) {
    n->stopping_at = s->now;
    n->stopped_by_tree = s->stopping && !n->halting;
  }
  s->stats[SIM_STAT_AT_ONCE] += n->concurrent && !n->halting;
  if (!n->halting)
    n->halt_event = record->number;
  n->halting = true;
}

static void on_exceeded(struct sim *s, struct sim_node *n,
                        const struct sup_record *record) {
  if (s->stopping)
    sim_fail(s, "H6: %s gives up after the stop", n->name);
  n->halting = n->gives_up = true;
  n->halt_event = record->number;
  n->down_at = s->now;
  s->stats[sup__token_value(record->error) == SUP_ESTUCK ? SIM_STAT_ESCALATED
                                                         : SIM_STAT_EXCEEDED]++;
}

/* R4 */
static void on_done(struct sim *s, struct sim_node *n) {
  if (n->runs != SIM_RUNS_TREE || n->alive || n->done || has_failed(n) ||
      !n->said_done)
    sim_fail(s, "R4: %s is said to be done", n->name);
  n->done = true;
  s->stats[SIM_STAT_GOES_ON]++;
}

/* R2 */
static void on_healthy(struct sim *s, const struct sim_node *n) {
  if (!n->healthy)
    sim_fail(s, "R2: %s is said to be healthy", n->name);
  if (!n->acked && !n->notify && !n->asked && !sim_is_going(s, n))
    sim_fail(s, "R7: %s is healthy before it has started", n->name);
}

/* W2; W1: what a child runs on has not answered in time. */
static void on_loop_late(struct sim *s, struct sim_node *n,
                         const struct sup_record *record) {
  s->stats[SIM_STAT_LATE_HOST]++;
  if (n->id == 0 || (n->probes && !s->prompt))
    return;
  if (!n->is_probed || record->duration < sim_patience(n))
    sim_fail(s, "W1: that %s is asked is said to take long", n->name);
}

/* E1: who is not up at once, and is not asked to stop */
static void on_starting(struct sim *s, struct sim_node *n) {
  if (n->told_starting)
    sim_fail(s, "E1: %s is said to be starting twice", n->name);
  if ((!n->is_supervisor || n->runs) &&
      (!n->notify || !n->starting || n->acked || n->asked))
    sim_fail(s, "E1: %s is said to be starting", n->name);
  if (s->stopping && n->is_supervisor && !n->runs)
    sim_fail(s, "H6: %s is said to be starting after the stop", n->name);
  n->told_starting = true;
}

static void on_event(struct sim *s, struct sim_node *n,
                     const struct sup_record *record) {
  switch ((sup_event_kind)record->kind) {
  case SUP_EVENT_STARTING:
    on_starting(s, n);
    break;
  case SUP_EVENT_STARTED:
    on_started(s, n, record);
    break;
  case SUP_EVENT_DECLINED:
    on_declined(s, n, record);
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
    sim_close_dying(s, n);
    /* Or it was the stop of any above it. */
    if (!n->owned && !n->again && n->parent != SIM_NONE)
      parent_of(s, n)->halting = true;
    s->stats[SIM_STAT_CANCELED_WAITS]++;
    break;
  case SUP_EVENT_STUCK:
    sim_close_dying(s, n);
    on_stuck(s, n);
    break;
  case SUP_EVENT_LATE_EXIT:
    on_late_exit(s, n, record);
    break;
  case SUP_EVENT_SILENT:
    on_silent(s, n, record);
    break;
  case SUP_EVENT_LOOP_LATE:
    on_loop_late(s, n, record);
    break;
  case SUP_EVENT_STOPPING:
    on_stopping(s, n, record);
    break;
  case SUP_EVENT_TOLERANCE_EXCEEDED:
    on_exceeded(s, n, record);
    break;
  case SUP_EVENT_RESOURCE_CLEANED:
    s->stats[SIM_STAT_CLEANUP_FAILURES] += record->error != 0;
    break;
  case SUP_EVENT_DONE:
    on_done(s, n);
    break;
  case SUP_EVENT_HEALTHY:
    on_healthy(s, n);
    break;
  case SUP_EVENT_AUTO_SHUTDOWN:
    n->halting = n->auto_ends = true;
    n->halt_event = record->number;
    n->down_at = s->now;
    break;
  case SUP_EVENT_QUARANTINED:
    n->over = true;
    n->completed = false;
    s->stats[SIM_STAT_QUARANTINED]++;
    break;
  default:
    break;
  }
}

void sim_model_event(struct sim *s, const struct sup_record *record) {
  struct sim_node *n = sim_find(s, record->ref);
  sim_log(s, "    %llu: %s %s (after %llu)", (unsigned long long)record->number,
          sup_event_kind_name((sup_event_kind)record->kind), n->name,
          (unsigned long long)record->cause);
  if (s->ended)
    sim_fail(s, "H7: an event after the final one");
  if (record->cause >= record->number)
    sim_fail(s, "E1: event %llu has a later cause",
             (unsigned long long)record->number);
  sim_check_decision(s, record);
  on_event(s, n, record);
  if (record->ref.generation != n->ref.generation)
    return;
  n->is_lost = n->may_be_lost = false;
  sim_see_ancestors(s, n);
}
