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

/* RULES W1, W2: signs of life, silence, and a host that is late. */

#include "engine_world.h"

static sup_spec *beating(sup_spec *spec, sup_duration period) {
  assert_int_equal(sup_spec_set_heartbeat(spec, period), 0);
  return spec;
}

static int beat_of(struct world *w, struct sup_ref ref) {
  return sup__engine_heartbeat(w->engine, ref, w->now);
}

static void beats(struct world *w, const char *key) {
  assert_int_equal(beat_of(w, child(w, key)->ref), 0);
}

/* A root that tolerates all, with a child that promises 100 ms. */
static struct world *one_that_beats(sup_spec *spec) {
  struct world *w = world_started(unpaced(tolerating(
      one_for_one("root", beating(spec, MS(100)), worker("b"), NULL), 9, 0)));
  world_show(w, SUP_EVENT_SILENT);
  return w;
}

/* W1: signs of life keep it up, however many, and cost no deadline */
static void w1_signs_of_life(void **state) {
  (void)state;
  struct world *w = one_that_beats(worker("a"));
  uint64_t deadline = sup__engine_next_deadline(w->engine);
  assert_int_equal(deadline, w->now + MS(100));
  for (unsigned i = 0; i < 50; i++) {
    beats(w, "a");
    if (elapsed(w) < MS(100))
      assert_int_equal(sup__engine_next_deadline(w->engine), deadline);
    advance(w, MS(99));
  }
  assert_int_equal(child(w, "a")->starts, 1);
  assert_int_equal(w->seen[SUP_EVENT_SILENT], 0);
  world_free(w);
}

/* W1, E1: silence is a failure of its own: the ladder, then the restart; each
 * event tells what brought it */
static void w1_silence(void **state) {
  (void)state;
  struct world *w = one_that_beats(worker("a"));
  world_show(w, SUP_EVENT_STOPPING);
  advance(w, MS(30));
  beats(w, "a");
  forget(w);
  advance(w, MS(99));
  assert_events(w, "");
  advance(w, MS(1));
  assert_events(w, "W silent root/a, W stopping:cancel root/a, W! root/a, "
                   "W+ root/a");
  assert_actions(w, "cancel a#1, end a#1, start a#2");
  struct sup_record silent = world_record(w, SUP_EVENT_SILENT, "a");
  struct sup_record failed = world_record(w, SUP_EVENT_FAILED, "a");
  assert_int_equal(silent.duration, MS(100));
  assert_int_equal(sup__token_value(silent.error), SUP_EHEARTBEAT);
  assert_int_equal(sup__token_value(failed.error), SUP_EHEARTBEAT);
  assert_int_equal(failed.cause, silent.number);
  assert_int_equal(world_record(w, SUP_EVENT_STOPPING, "a").cause,
                   silent.number);
  assert_int_equal(world_record(w, SUP_EVENT_RESTART_SCHEDULED, "a").cause,
                   failed.number);
  world_free(w);
}

/* W1, T1: it counts like any failure */
static void w1_counts(void **state) {
  (void)state;
  struct world *w = world_started(unpaced(tolerating(
      one_for_one("root", beating(worker("a"), MS(100)), NULL), 1, SEC(5))));
  advance(w, MS(100));
  assert_int_equal(child(w, "a")->starts, 2);
  advance(w, MS(100));
  assert_ended(w, SUP_ETOLERANCE);
  assert_true(
      error_mentions(sup__engine_result(w->engine), SUP_EHEARTBEAT, NULL));
  world_free(w);
}

/* W1, T4, X2, B1: its own tolerance, its restart type and its backoff apply */
static void w1_policies_apply(void **state) {
  (void)state;
  sup_spec *q = beating(worker("q"), MS(100));
  assert_int_equal(
      sup_spec_set_child_tolerance(q, 0, SEC(5), SUP_EXCEEDED_QUARANTINE), 0);
  struct world *w = world_started(
      tolerating(paced(one_for_one("root", q, beating(temporary("t"), MS(100)),
                                   beating(transient("r"), MS(100)), NULL),
                       MS(40), 1, MS(40)),
                 9, 0));
  advance(w, MS(100));
  assert_state(w, "root/q", SUP_STATE_QUARANTINED);
  assert_int_equal(world_node(w, "root/t"), UINT32_MAX);
  assert_state(w, "root/r", SUP_STATE_WAITING);
  advance(w, MS(40));
  assert_state(w, "root/r", SUP_STATE_RUNNING);
  world_free(w);
}

/* W1, G1: a round for it, as for any failure */
static void w1_a_round(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_all("root", worker("a"), beating(worker("b"), MS(100)), NULL), 9,
      0));
  advance(w, MS(100));
  assert_actions(w, "cancel b#1, end b#1, cancel a#1, end a#1, start a#2, "
                    "start b#2");
  world_free(w);
}

/* W1: however it ends on that ladder, it is that failure, also if it says that
 * it has completed, or that it is hopeless */
static void w1_any_end_is_that_failure(void **state) {
  (void)state;
  static const sup_outcome ends[] = {SUP_OUTCOME_COMPLETED,
                                     SUP_OUTCOME_CANCELED, SUP_OUTCOME_FAILED,
                                     SUP_OUTCOME_HOPELESS, SUP_OUTCOME_FORCED};
  for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
    struct world *w = one_that_beats(transient("a"));
    child(w, "a")->on_stop = WORLD_IGNORES;
    advance(w, MS(100));
    assert_state(w, "root/a", SUP_STATE_STOPPING);
    child(w, "a")->on_stop = WORLD_STOPS;
    exits(w, "a", ends[i]);
    assert_int_equal(child(w, "a")->starts, 2);
    assert_int_equal(
        sup__token_value(world_record(w, SUP_EVENT_FAILED, "a").error),
        SUP_EHEARTBEAT);
    world_free(w);
  }
}

/* W1, X6, S8: the end of one that was given up says nothing about its restart,
 * also if that failure has not been dealt with yet */
static void w1_a_late_end_says_nothing(void **state) {
  (void)state;
  static const sup_outcome ends[] = {SUP_OUTCOME_HOPELESS, SUP_OUTCOME_FORCED};
  for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
    sup_spec *a = i == 0 ? worker("a") : temporary("a");
    struct world *w = world_create(unpaced(tolerating(
        one_for_one("root", beating(a, MS(100)), notifier("slow"), NULL), 9,
        0)));
    child(w, "slow")->manual = true;
    launch(w);
    child(w, "a")->on_stop = WORLD_IGNORES;
    advance(w, MS(100) + SEC(5));
    assert_state(w, "root/a", SUP_STATE_ENDED);
    exits(w, "a", ends[i]);
    acknowledges(w, "slow");
    assert_int_equal(child(w, "a")->starts, i == 0 ? 2 : 1);
    world_free(w);
  }
}

/* W1, H2, P11: each step of the ladder; what is killed was silent all the same
 */
static void w1_the_whole_ladder(void **state) {
  (void)state;
  struct world *w = one_that_beats(steps_of(process("a"), 2, SUP_STOP_CANCEL,
                                            MS(10), SUP_STOP_KILL, MS(10)));
  child(w, "a")->on_stop = WORLD_IGNORES;
  advance(w, MS(110));
  assert_events(w, "W silent root/a, W! root/a, W+ root/a");
  assert_actions(w, "cancel a#1, kill a#1, end a#1, start a#2");
  assert_int_equal(
      sup__token_value(world_record(w, SUP_EVENT_FAILED, "a").error),
      SUP_EHEARTBEAT);
  world_free(w);
}

/* W1, H4, I2: one that does not end is abandoned, and its replacement is stuck
 * until it does */
static void w1_outlives_its_ladder(void **state) {
  (void)state;
  struct world *w = one_that_beats(shutdown_of(worker("a"), MS(10)));
  struct world_child *a = child(w, "a");
  a->on_stop = WORLD_IGNORES;
  advance(w, MS(110));
  assert_events(w, "W silent root/a, W! root/a, W! root/a");
  assert_int_equal(
      sup__token_value(
          world_record(w, SUP_EVENT_TERMINATION_FAILED, "a").error),
      SUP_EABANDONED);
  assert_int_equal(
      sup__token_value(world_record(w, SUP_EVENT_FAILED, "a").error),
      SUP_EHEARTBEAT);
  assert_state(w, "root/a", SUP_STATE_STUCK);
  assert_int_equal(world_count(w).abandoned, 1);
  a->on_stop = WORLD_STOPS;
  completes(w, "a");
  assert_int_equal(a->starts, 2);
  assert_int_equal(world_count(w).abandoned, 0);
  world_free(w);
}

/* W1, X2, H4: a temporary one that does not end stays in sight until it does */
static void w1_a_temporary_one_outlives_its_ladder(void **state) {
  (void)state;
  struct world *w = one_that_beats(shutdown_of(temporary("a"), MS(10)));
  child(w, "a")->on_stop = WORLD_IGNORES;
  advance(w, MS(110));
  assert_state(w, "root/a", SUP_STATE_ABANDONED);
  completes(w, "a");
  assert_int_equal(world_node(w, "root/a"), UINT32_MAX);
  world_free(w);
}

/* W1, B4, I2: also while its backoff runs, and when it ends in it */
static void w1_outlives_its_ladder_and_waits(void **state) {
  (void)state;
  sup_spec *a = paced(shutdown_of(worker("a"), MS(10)), MS(40), 1, MS(40));
  struct world *w = one_that_beats(a);
  child(w, "a")->on_stop = WORLD_IGNORES;
  advance(w, MS(120));
  assert_state(w, "root/a", SUP_STATE_WAITING);
  child(w, "a")->on_stop = WORLD_STOPS;
  completes(w, "a");
  assert_int_equal(child(w, "a")->starts, 1);
  advance(w, MS(30));
  assert_int_equal(child(w, "a")->starts, 2);
  world_free(w);
}

/* W1, H2: a stop that comes meanwhile joins the ladder: no second one, and a
 * clean end is a clean stop */
static void w1_a_stop_joins(void **state) {
  (void)state;
  struct world *w = one_that_beats(worker("a"));
  child(w, "a")->stop_takes = MS(20);
  advance(w, MS(110));
  assert_state(w, "root/a", SUP_STATE_STOPPING);
  stop(w);
  advance(w, MS(10));
  assert_ended(w, 0);
  assert_int_equal(child(w, "a")->stops, 1);
  assert_int_equal(w->seen[SUP_EVENT_FAILED], 0);
  world_free(w);
}

/* W1, G5: so does a round, which then counts once and brings it back */
static void w1_a_round_joins(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_all("root", worker("a"), beating(worker("b"), MS(100)), NULL), 1,
      0));
  child(w, "b")->stop_takes = MS(20);
  advance(w, MS(110));
  fails(w, "a");
  advance(w, MS(10));
  assert_int_equal(child(w, "b")->stops, 1);
  assert_int_equal(child(w, "b")->starts, 2);
  assert_int_equal(child(w, "a")->starts, 2);
  world_free(w);
}

/* W1, S8: silent while its supervisor starts: dealt with after that */
static void w1_during_the_start(void **state) {
  (void)state;
  struct world *w = world_create(tolerating(
      one_for_one("root", beating(worker("a"), MS(100)), notifier("n"), NULL),
      9, 0));
  child(w, "n")->manual = true;
  launch(w);
  advance(w, MS(100));
  assert_state(w, "root/a", SUP_STATE_ENDED);
  acknowledges(w, "n");
  assert_state(w, "root/a", SUP_STATE_RUNNING);
  assert_int_equal(child(w, "a")->starts, 2);
  world_free(w);
}

/* W1, S2: it counts from the acknowledged start */
static void w1_counts_from_the_acknowledgement(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", beating(notifier("a"), MS(100)), NULL));
  child(w, "a")->manual = true;
  launch(w);
  advance(w, MS(500));
  assert_state(w, "root/a", SUP_STATE_STARTING);
  beats(w, "a");
  acknowledges(w, "a");
  advance(w, MS(99));
  assert_state(w, "root/a", SUP_STATE_RUNNING);
  assert_int_equal(w->seen[SUP_EVENT_SILENT], 0);
  advance(w, MS(1));
  assert_int_equal(w->seen[SUP_EVENT_SILENT], 1);
  world_free(w);
}

/* W1: nobody is silent whose body has not got a thread yet */
static void w1_counts_from_the_begin(void **state) {
  (void)state;
  sup_spec *a = world_made(sup_callback_spec("a", &world_begins, NULL));
  struct world *w = one_that_beats(a);
  advance(w, MS(1000));
  assert_state(w, "root/a", SUP_STATE_RUNNING);
  assert_int_equal(sup__engine_begin(w->engine, child(w, "a")->ref), 0);
  advance(w, MS(100));
  assert_int_equal(w->seen[SUP_EVENT_SILENT], 1);
  world_free(w);
}

/* W1, I1: a sign of life of an earlier incarnation is none */
static void w1_stale_signs(void **state) {
  (void)state;
  struct world *w = one_that_beats(worker("a"));
  struct sup_ref old = child(w, "a")->ref;
  fails(w, "a");
  uint64_t before = world_count(w).stale_reports;
  for (unsigned i = 0; i < 3; i++) {
    advance(w, MS(33));
    assert_int_equal(beat_of(w, old), SUP_ESTALE);
  }
  assert_int_equal(world_count(w).stale_reports, before + 3);
  assert_int_equal(w->seen[SUP_EVENT_SILENT], 0);
  advance(w, MS(1));
  assert_int_equal(w->seen[SUP_EVENT_SILENT], 1);
  assert_int_equal(beat_of(w, old), SUP_ESTALE);
  old.generation++;
  assert_int_equal(beat_of(w, old), SUP_EGONE);
  beats(w, "b"); /* has promised none: no harm */
  world_free(w);
}

/* The host is held up for so long, and then looks at the time. */
static void held_up(struct world *w, sup_duration by) {
  w->now += by;
  world_tick(w);
  world_run(w);
}

/* W1, W2: while the host was late nobody is punished: so much time is given once
 * more, which is told */
static void w1_a_late_host(void **state) {
  (void)state;
  struct world *w = one_that_beats(worker("a"));
  world_show(w, SUP_EVENT_LOOP_LATE);
  held_up(w, MS(150));
  assert_events(w, "S late loop:50ms root");
  assert_int_equal(world_count(w).late_loops, 1);
  assert_state(w, "root/a", SUP_STATE_RUNNING);
  advance(w, MS(49));
  assert_state(w, "root/a", SUP_STATE_RUNNING);
  beats(w, "a");
  advance(w, MS(99));
  assert_int_equal(w->seen[SUP_EVENT_SILENT], 0);
  held_up(w, MS(12)); /* late by 11 ms, which is enough */
  assert_events(w, "S late loop:11ms root");
  advance(w, MS(11));
  assert_int_equal(w->seen[SUP_EVENT_SILENT], 1);
  world_free(w);
}

/* W1: by at most 10 ms, or a tenth of the period, it is not late */
static void w1_hardly_late(void **state) {
  (void)state;
  struct world *w = one_that_beats(worker("a"));
  held_up(w, MS(110));
  assert_int_equal(w->seen[SUP_EVENT_SILENT], 1);
  assert_int_equal(w->seen[SUP_EVENT_LOOP_LATE], 0);
  world_free(w);
  w = world_started(
      unpaced(one_for_one("root", beating(worker("a"), MS(1000)), NULL)));
  held_up(w, MS(1100));
  assert_int_equal(w->seen[SUP_EVENT_SILENT], 1);
  world_free(w);
}

/* W2: one event for each time that the host was held up, however many find out
 */
static void w2_one_event_for_each_time(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", beating(worker("a"), MS(100)),
                                beating(worker("b"), MS(110)), NULL));
  held_up(w, MS(200));
  sup__engine_loop_late(w->engine, MS(200));
  assert_int_equal(world_count(w).late_loops, 1);
  advance(w, MS(1));
  sup__engine_loop_late(w->engine, MS(2));
  world_read_journal(w);
  assert_int_equal(w->seen[SUP_EVENT_LOOP_LATE], 1);
  advance(w, MS(10));
  sup__engine_loop_late(w->engine, MS(9));
  world_read_journal(w);
  assert_int_equal(w->seen[SUP_EVENT_LOOP_LATE], 2);
  stop(w);
  sup__engine_loop_late(w->engine, 0);
  assert_int_equal(world_count(w).late_loops, 2);
  world_free(w);
}

static int says_it_is_lost(struct world *w, const char *name) {
  int r = sup__engine_silent(w->engine, child(w, name)->ref);
  world_run(w);
  return r;
}

/* W1: one that says so itself is treated as if it were silent, at once, also if
 * it promised nothing */
static void w1_one_that_says_so_itself(void **state) {
  (void)state;
  for (int promised = 0; promised < 2; promised++) {
    sup_spec *a = worker("a");
    struct world *w = world_started(unpaced(tolerating(
        one_for_one("root", promised ? beating(a, MS(100)) : a, NULL), 9, 0)));
    struct sup_ref first = child(w, "a")->ref;
    world_show(w, SUP_EVENT_SILENT);
    world_show(w, SUP_EVENT_STOPPING);
    advance(w, MS(30));
    forget(w);
    assert_int_equal(says_it_is_lost(w, "a"), 0);
    assert_events(w, "W silent root/a, W stopping:cancel root/a, W! root/a, "
                     "W+ root/a");
    struct sup_record silent = world_record(w, SUP_EVENT_SILENT, "a");
    assert_int_equal(silent.duration, promised ? MS(30) : 0);
    assert_int_equal(sup__token_value(silent.error), SUP_EHEARTBEAT);
    assert_int_equal(
        sup__token_value(world_record(w, SUP_EVENT_FAILED, "a").error),
        SUP_EHEARTBEAT);
    assert_int_equal(sup__engine_silent(w->engine, first), SUP_ESTALE);
    world_free(w);
  }
}

/* W1, S3: before it is up it has not started; on its way down it says nothing
 * new */
static void w1_so_said_at_other_times(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one("root", notifier("a"), NULL));
  child(w, "a")->manual = true;
  launch(w);
  assert_int_equal(says_it_is_lost(w, "a"), 0);
  assert_events(w, "W# root/a, S# root");
  assert_ended(w, SUP_ESTART);
  assert_true(
      error_mentions(sup__engine_result(w->engine), SUP_EHEARTBEAT, NULL));
  world_free(w);
  w = world_started(one_for_one("root", worker("a"), NULL));
  child(w, "a")->stop_takes = MS(10);
  stop(w);
  assert_int_equal(says_it_is_lost(w, "a"), SUP_EALREADY);
  advance(w, MS(10));
  assert_ended(w, 0);
  world_free(w);
}

/* W1: a sign may count as if it came later */
static void w1_a_sign_ahead(void **state) {
  (void)state;
  struct world *w = one_that_beats(worker("a"));
  assert_int_equal(
      sup__engine_heartbeat(w->engine, child(w, "a")->ref, w->now + MS(50)), 0);
  advance(w, MS(40));
  beats(w, "a"); /* which is earlier */
  advance(w, MS(109));
  assert_int_equal(w->seen[SUP_EVENT_SILENT], 0);
  advance(w, MS(1));
  assert_int_equal(w->seen[SUP_EVENT_SILENT], 1);
  world_free(w);
}

/* ---- Probes ------------------------------------------------------------- */

static void never_called(void *state) {
  (void)state;
  fail();
}

static struct world *one_that_is_asked(void) {
  sup_spec *a = worker("a");
  struct world *w;
  assert_int_equal(sup_spec_set_probe(a, never_called), 0);
  w = one_that_beats(a);
  world_show(w, SUP_EVENT_STOPPING);
  world_show(w, SUP_EVENT_LOOP_LATE);
  return w;
}

static int answers(struct world *w, const char *name) {
  int r;
  world_tick(w);
  r = sup__engine_probed(w->engine, child(w, name)->ref);
  world_run(w);
  return r;
}

/* W1: what it runs on is asked first, and silence that is its own is a failure
 * when that has answered */
static void w1_it_is_asked(void **state) {
  (void)state;
  struct world *w = one_that_is_asked();
  advance(w, MS(99));
  assert_int_equal(answers(w, "a"), SUP_EALREADY); /* nobody asked */
  forget(w);
  advance(w, MS(1));
  assert_actions(w, "probe a#1");
  assert_events(w, "");
  advance(w, MS(10) - 1);
  assert_int_equal(answers(w, "a"), 0);
  assert_events(w, "W silent root/a, W stopping:cancel root/a, W! root/a, "
                   "W+ root/a");
  assert_int_equal(child(w, "a")->starts, 2);
  assert_int_equal(answers(w, "a"), SUP_EALREADY); /* the next one was not */
  world_free(w);
}

/* W1: while that is late it is told, once, and nobody is punished, however long
 * it takes; then it is given that time in addition */
static void w1_what_it_runs_on_is_late(void **state) {
  (void)state;
  struct world *w = one_that_is_asked();
  advance(w, MS(100));
  forget(w);
  advance(w, MS(10) - 1);
  assert_events(w, "");
  advance(w, 1);
  assert_events(w, "W late loop:10ms root/a");
  assert_int_equal(world_record(w, SUP_EVENT_LOOP_LATE, "a").duration, MS(10));
  forget(w);
  advance(w, SEC(60));
  assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
  assert_int_equal(answers(w, "a"), 0);
  assert_events(w, "");
  advance(w, SEC(60) + MS(10) - 1);
  assert_actions(w, "");
  advance(w, 1);
  assert_actions(w, "probe a#1");
  assert_int_equal(answers(w, "a"), 0);
  assert_int_equal(child(w, "a")->starts, 2);
  world_free(w);
}

/* W1: a sign of life that comes meanwhile counts */
static void w1_it_beats_while_it_is_asked(void **state) {
  (void)state;
  struct world *w = one_that_is_asked();
  advance(w, MS(100));
  advance(w, MS(5));
  beats(w, "a");
  forget(w);
  assert_int_equal(answers(w, "a"), 0);
  advance(w, MS(99));
  assert_actions(w, "");
  advance(w, MS(1));
  assert_actions(w, "probe a#1");
  world_free(w);
}

/* W1, H2: a stop and an end do not wait for the answer */
static void w1_it_goes_while_it_is_asked(void **state) {
  (void)state;
  struct world *w = one_that_is_asked();
  advance(w, MS(100));
  fails(w, "a");
  assert_int_equal(child(w, "a")->starts, 2);
  assert_int_equal(answers(w, "a"), SUP_EALREADY);
  advance(w, MS(100));
  stop(w);
  assert_ended(w, 0);
  world_free(w);
  /* Nor is one asked that has gone before that could be done. */
  w = one_that_is_asked();
  w->now += MS(100);
  world_tick(w);
  forget(w);
  fails(w, "a");
  assert_actions(w, "end a#1, start a#2");
  world_free(w);
}

/* W1, H5: an answer that comes when it has been given up changes nothing */
static void w1_it_is_forced_while_it_is_asked(void **state) {
  (void)state;
  for (int beat = 0; beat < 2; beat++) {
    struct world *w = one_that_is_asked();
    child(w, "a")->on_stop = WORLD_IGNORES;
    advance(w, MS(100));
    if (beat)
      beats(w, "a");
    sup__engine_force(w->engine);
    world_run(w);
    assert_ended(w, SUP_ETERMINATION);
    forget(w);
    assert_int_equal(answers(w, "a"), SUP_EALREADY);
    assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
    assert_state(w, "root/a", SUP_STATE_ABANDONED);
    assert_actions(w, "");
    completes(w, "a");
    world_free(w);
  }
}

/* N6: 0 is a fault, supervisors have none, and infinite takes it back */
static void n6_heartbeats(void **state) {
  (void)state;
  sup_spec *spec = worker("a");
  assert_int_equal(sup_spec_set_heartbeat(spec, 0), SUP_EINVAL);
  sup_spec_unref(spec);
  spec = one_for_one("s", NULL);
  assert_int_equal(sup_spec_set_heartbeat(spec, SEC(1)), SUP_EINVAL);
  sup_spec_unref(spec);
  struct world *w = one_that_beats(beating(worker("a"), MS(10)));
  advance(w, MS(99));
  assert_int_equal(w->seen[SUP_EVENT_SILENT], 0);
  world_free(w);
  w = world_started(one_for_one(
      "root", beating(beating(worker("a"), MS(10)), SUP_INFINITE), NULL));
  assert_int_equal(sup__engine_next_deadline(w->engine), SUP_INFINITE);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(w1_signs_of_life),
      WORLD_TEST(w1_silence),
      WORLD_TEST(w1_counts),
      WORLD_TEST(w1_policies_apply),
      WORLD_TEST(w1_a_round),
      WORLD_TEST(w1_any_end_is_that_failure),
      WORLD_TEST(w1_a_late_end_says_nothing),
      WORLD_TEST(w1_the_whole_ladder),
      WORLD_TEST(w1_outlives_its_ladder),
      WORLD_TEST(w1_a_temporary_one_outlives_its_ladder),
      WORLD_TEST(w1_outlives_its_ladder_and_waits),
      WORLD_TEST(w1_a_stop_joins),
      WORLD_TEST(w1_a_round_joins),
      WORLD_TEST(w1_during_the_start),
      WORLD_TEST(w1_counts_from_the_acknowledgement),
      WORLD_TEST(w1_counts_from_the_begin),
      WORLD_TEST(w1_stale_signs),
      WORLD_TEST(w1_a_late_host),
      WORLD_TEST(w1_hardly_late),
      WORLD_TEST(w2_one_event_for_each_time),
      WORLD_TEST(w1_one_that_says_so_itself),
      WORLD_TEST(w1_so_said_at_other_times),
      WORLD_TEST(w1_a_sign_ahead),
      WORLD_TEST(w1_it_is_asked),
      WORLD_TEST(w1_what_it_runs_on_is_late),
      WORLD_TEST(w1_it_beats_while_it_is_asked),
      WORLD_TEST(w1_it_goes_while_it_is_asked),
      WORLD_TEST(w1_it_is_forced_while_it_is_asked),
      WORLD_TEST(n6_heartbeats),
  };
  return cmocka_run_group_tests_name("engine heartbeat", tests, NULL, NULL);
}
