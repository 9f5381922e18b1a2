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

/* RULES I, N3, C4, C5, E1, E4: who is meant, and what can be known of it. */

#include "engine_world.h"

/* ---- I1 ----------------------------------------------------------------- */

/* I1: every report names its incarnation; an earlier one changes nothing */
static void i1_stale_reports(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", notifier("a"), worker("b"), NULL), 5, SEC(5)));
  struct sup_ref old = child(w, "a")->ref;
  fails(w, "a");
  forget(w);
  uint64_t events = sup__engine_last_event(w->engine);
  sup_tree_counters before = world_count(w);
  world_tick(w);
  assert_int_equal(sup__engine_begin(w->engine, old), SUP_ESTALE);
  assert_int_equal(sup__engine_acknowledged(w->engine, old), SUP_ESTALE);
  assert_int_equal(
      sup__engine_start_failed(w->engine, old, sup__token_code(SUP_EFAILED)),
      SUP_ESTALE);
  assert_int_equal(sup__engine_declined(w->engine, old), SUP_ESTALE);
  assert_int_equal(sup__engine_exited(w->engine, old, SUP_OUTCOME_FAILED,
                                      sup__token_code(SUP_EFAILED)),
                   SUP_ESTALE);
  assert_int_equal(sup__engine_exited(w->engine, old, SUP_OUTCOME_COMPLETED, 0),
                   SUP_ESTALE);
  world_run(w);
  assert_actions(w, "");
  assert_int_equal(sup__engine_last_event(w->engine), events);
  sup_tree_counters after = world_count(w);
  assert_int_equal(after.stale_reports, before.stale_reports + 6);
  assert_int_equal(after.late_reports, before.late_reports);
  assert_int_equal(after.running, before.running);
  assert_state(w, "root/a", SUP_STATE_RUNNING);
  assert_true(sup__engine_is_stopping(w->engine, old));
  assert_false(sup__engine_is_stopping(w->engine, child(w, "a")->ref));
  sup_spec *spec = NULL;
  assert_null(sup__engine_child_state(w->engine, old, &spec));
  assert_ptr_equal(
      sup__engine_child_state(w->engine, child(w, "a")->ref, &spec),
      world_state_of(child(w, "a"), w));
  assert_string_equal(sup_spec_name(spec), "a");
  world_free(w);
}

/* I1: the tokens of reports that are not taken are given back all the same */
static void i1_errors_of_stale_reports_are_given_back(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", notifier("a"), NULL), 5, SEC(5)));
  struct sup_ref old = child(w, "a")->ref;
  struct sup_ref wrong[3] = {old, old, old};
  fails(w, "a");
  wrong[1].generation += 1000;
  wrong[2].node = UINT32_MAX - 1;
  for (size_t i = 0; i < 3; i++) {
    int64_t blocks = world_live_blocks;
    struct sup_error *error = sup__error_new(&world_allocator, SUP_EFAILED);
    assert_int_equal(sup__engine_exited(w->engine, wrong[i], SUP_OUTCOME_FAILED,
                                        sup__token_error(error)),
                     i == 0 ? SUP_ESTALE : SUP_EGONE);
    error = sup__error_new(&world_allocator, SUP_EFAILED);
    assert_true(sup__engine_start_failed(w->engine, wrong[i],
                                         sup__token_error(error)) < 0);
    world_run(w);
    assert_int_equal(world_live_blocks, blocks);
  }
  world_free(w);
}

/* I1: the end of an incarnation counts once */
static void i1_a_second_end(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", transient("a"), worker("b"), NULL));
  struct sup_ref ref = child(w, "a")->ref;
  completes(w, "a");
  uint64_t events = sup__engine_last_event(w->engine);
  assert_true(sup__engine_exited(w->engine, ref, SUP_OUTCOME_FAILED, 0) < 0);
  world_run(w);
  assert_int_equal(sup__engine_last_event(w->engine), events);
  assert_state(w, "root/a", SUP_STATE_COMPLETED);
  world_free(w);
}

/* I1: between the decision and the start nobody can speak for the new one */
static void i1_reports_before_the_restart_is_performed(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", worker("a"), worker("b"), NULL), 5, SEC(5)));
  struct world_child *a = child(w, "a");
  struct sup_ref old = a->ref;
  assert_int_equal(world_report_exit(w, a, old, SUP_OUTCOME_FAILED), 0);
  assert_true(sup__engine_exited(w->engine, old, SUP_OUTCOME_FAILED,
                                 sup__token_code(SUP_EFAILED)) < 0);
  world_run(w);
  assert_int_equal(a->starts, 2);
  assert_int_equal(w->seen[SUP_EVENT_FAILED], 1);
  assert_state(w, "root/a", SUP_STATE_RUNNING);
  world_free(w);
}

/* I1: numbers count per node from 1 and have 64 bits */
static void i1_incarnations_are_numbered(void **state) {
  (void)state;
  assert_int_equal(sizeof(((struct sup_ref *)0)->incarnation), 8);
  assert_int_equal(sizeof(((struct sup_ref *)0)->generation), 8);
  struct world *w = world_started(tolerating(
      one_for_one("root", worker("a"), worker("b"), NULL), 9, SEC(5)));
  for (uint64_t i = 1; i < 4; i++) {
    assert_int_equal(child(w, "a")->ref.incarnation, i);
    assert_int_equal(world_info(w, "root/a", NULL).child.incarnation, i);
    fails(w, "a");
  }
  assert_int_equal(child(w, "b")->ref.incarnation, 1);
  world_free(w);
}

/* I4: an end inside the start, before the start function has returned */
static void i4_an_end_before_the_start_has_returned(void **state) {
  (void)state;
  struct world *w = world_create(tolerating(
      one_for_one("root", worker("a"), worker("b"), NULL), 5, SEC(5)));
  struct sup_action action, other;
  world_tick(w);
  sup__engine_launch(w->engine);
  assert_true(world_take(w, &action));
  assert_int_equal(sup__engine_exited(w->engine, action.ref, SUP_OUTCOME_FAILED,
                                      sup__token_code(SUP_EFAILED)),
                   0);
  /* no END, no START of it meanwhile; the tree's end may be told */
  if (world_take(w, &other) && other.kind != SUP_ACTION_NOTIFY)
    fail_msg("action %d of node %u", other.kind, other.ref.node);
  struct world_child *a = child(w, "root/a");
  a->ref = action.ref;
  a->starts = 1;
  a->begun = true;
  a->ended = false;
  sup__engine_started_by(w->engine, action.ref, 0, world_state_of(a, w), false,
                         0);
  world_run(w);
  /* It was handed over to run (S2), and it failed (S8). */
  assert_events(w, "W+ root/a, W+ root/b, S+ root, W! root/a, W+ root/a");
  assert_actions(w, "end a#1, start b#1, start a#2");
  world_free(w);
}

/* ---- I2 ----------------------------------------------------------------- */

/* I2: a restart that hung and cannot be stopped makes its node stuck */
static void i2_stuck_after_a_failed_start(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_one("root", notifier("a"), worker("b"), NULL), 3, 0));
  world_show(w, SUP_EVENT_STUCK);
  world_show(w, SUP_EVENT_LATE_EXIT);
  child(w, "a")->manual = true;
  child(w, "a")->on_stop = WORLD_IGNORES;
  fails(w, "a");
  advance(w, SEC(35));
  assert_state(w, "root/a", SUP_STATE_STUCK);
  assert_int_equal(w->seen[SUP_EVENT_STUCK], 1);
  assert_int_equal(child(w, "a")->starts, 2);
  advance(w, SEC(1000));
  assert_int_equal(child(w, "a")->starts, 2);
  child(w, "a")->manual = false;
  child(w, "a")->on_stop = WORLD_STOPS;
  forget(w);
  completes(w, "a");
  assert_events(w, "W late root/a, W+ root/a");
  assert_int_equal(child(w, "a")->starts, 3);
  assert_int_equal(world_count(w).late_exits, 1);
  assert_state(w, "root/b", SUP_STATE_RUNNING);
  world_free(w);
}

/* I2: a supervisor is gone when all below it is gone */
static void i2_a_supervisor_with_an_abandoned_descendant(void **state) {
  (void)state;
  sup_spec *t = one_for_one("t", worker("x"), NULL);
  struct world *w = world_started(tolerating(
      one_for_one(
          "root",
          tolerating(one_for_one("s", t, worker("y"), worker("z"), NULL), 0,
                     SEC(5)),
          NULL),
      3, SEC(5)));
  world_show(w, SUP_EVENT_STUCK);
  child(w, "x")->on_stop = WORLD_IGNORES;
  fails(w, "y");
  advance(w, SEC(5));
  assert_events(w, "W! root/s/y, W- root/s/z, W! root/s/t/x, S! root/s/t, "
                   "S! root/s, S stuck root/s");
  assert_state(w, "root/s", SUP_STATE_STUCK);
  assert_int_equal(child(w, "z")->starts, 1);
  advance(w, SEC(100));
  assert_events(w, "");
  child(w, "x")->on_stop = WORLD_STOPS;
  completes(w, "x");
  assert_events(w, "W+ root/s/t/x, S+ root/s/t, W+ root/s/y, W+ root/s/z, "
                   "S+ root/s");
  world_free(w);
}

/* I2 */
static void i2_stuck_escalates(void **state) {
  (void)state;
  sup_spec *b = worker("b");
  assert_int_equal(sup_spec_set_when_stuck(b, SUP_STUCK_ESCALATE, SEC(10)), 0);
  struct world *w = world_started(
      tolerating(one_for_all("root", worker("a"), b, NULL), 9, 0));
  child(w, "root/b")->on_stop = WORLD_IGNORES;
  fails(w, "a");
  advance(w, SEC(5));
  assert_state(w, "root/b", SUP_STATE_STUCK);
  assert_state(w, "root/a", SUP_STATE_RUNNING);
  assert_true(world_info(w, "root/b", NULL).deadline == w->now + SEC(10));
  advance(w, SEC(10) - 1);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  advance(w, 1);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
  assert_true(
      error_mentions(sup__engine_result(w->engine), SUP_ESTUCK, "root/b"));
  assert_true(child(w, "a")->ended);
  world_free(w);
}

/* I2: a supervisor that goes down already does not give up once more */
static void i2_stuck_escalates_once(void **state) {
  (void)state;
  sup_spec *b = worker("b");
  assert_int_equal(sup_spec_set_when_stuck(b, SUP_STUCK_ESCALATE, SEC(10)), 0);
  struct world *w = world_started(
      tolerating(one_for_all("root", worker("a"), b,
                             shutdown_of(worker("z"), SEC(100)), NULL),
                 1, 0));
  child(w, "root/b")->on_stop = WORLD_IGNORES;
  fails(w, "a");
  advance(w, SEC(5));
  assert_state(w, "root/b", SUP_STATE_STUCK);
  child(w, "root/z")->stop_takes = SEC(50);
  fails(w, "a"); /* too many */
  assert_int_equal(w->seen[SUP_EVENT_TOLERANCE_EXCEEDED], 1);
  advance(w, SEC(50));
  assert_int_equal(w->seen[SUP_EVENT_TOLERANCE_EXCEEDED], 1);
  assert_ended(w, SUP_ETOLERANCE);
  assert_false(error_mentions(sup__engine_result(w->engine), SUP_ESTUCK, NULL));
  world_free(w);
}

/* I2, H6: a stop while stuck starts nothing any more */
static void i2_a_stop_while_stuck(void **state) {
  (void)state;
  struct world *w = world_started(
      tolerating(one_for_all("root", worker("a"), worker("b"), NULL), 9, 0));
  world_show(w, SUP_EVENT_RESTART_CANCELED);
  child(w, "b")->on_stop = WORLD_IGNORES;
  fails(w, "a");
  advance(w, SEC(5));
  forget(w);
  stop(w);
  assert_true(strstr(w->events, "W unscheduled root/b") != NULL);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
  completes(w, "b");
  assert_int_equal(child(w, "b")->starts, 1);
  assert_true(sup__engine_is_quiet(w->engine));
  world_free(w);
}

/* I1, I3: a node that is made anew while its last END is in the queue */
static void i3_an_end_keeps_its_name(void **state) {
  (void)state;
  struct world *w = world_create(tolerating(
      one_for_one(
          "root",
          tolerating(one_for_one("s", temporary("t"), worker("a"), NULL), 0, 0),
          NULL),
      9, 0));
  launch(w);
  struct world_child *t = child(w, "t"), *a = child(w, "a");
  struct sup_ref old = t->ref;
  struct sup_action action;
  assert_int_equal(world_report_exit(w, t, t->ref, SUP_OUTCOME_COMPLETED), 0);
  assert_int_equal(world_report_exit(w, a, a->ref, SUP_OUTCOME_FAILED), 0);
  bool found = false;
  while (world_take(w, &action)) {
    if (action.ref.node == old.node && action.kind == SUP_ACTION_END &&
        !found) {
      found = true;
      assert_int_equal(action.ref.generation, old.generation);
      assert_int_equal(action.ref.incarnation, old.incarnation);
    }
    world_perform(w, &action);
  }
  assert_true(found);
  assert_int_equal(t->starts, 2);
  assert_true(t->ref.generation != old.generation);
  world_free(w);
}

/* ---- I3, N3 ------------------------------------------------------------- */

/* I3 */
static void i3_nobody_at_that_place(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", worker("a"), NULL));
  struct sup_ref ref = child(w, "a")->ref;
  char path[16];
  ref.node = 12345;
  assert_int_equal(sup__engine_exited(w->engine, ref, SUP_OUTCOME_FAILED, 0),
                   SUP_EGONE);
  assert_int_equal(sup__engine_begin(w->engine, ref), SUP_EGONE);
  assert_int_equal(sup__engine_acknowledged(w->engine, ref), SUP_EGONE);
  assert_int_equal(sup__engine_declined(w->engine, ref), SUP_EGONE);
  assert_int_equal(sup__engine_built(w->engine, ref, NULL), SUP_EGONE);
  assert_int_equal(sup__engine_build_failed(w->engine, ref, 0), SUP_EGONE);
  assert_int_equal(sup__engine_cleaned(w->engine, ref, 0), SUP_EGONE);
  assert_true(sup__engine_is_stopping(w->engine, ref));
  assert_int_equal(
      sup__engine_path(w->engine, ref.node, ref.generation, path, 16), 0);
  ref = child(w, "a")->ref;
  ref.generation++;
  assert_int_equal(sup__engine_exited(w->engine, ref, SUP_OUTCOME_FAILED, 0),
                   SUP_EGONE);
  assert_state(w, "root/a", SUP_STATE_RUNNING);
  world_free(w);
}

/* N3: as snprintf */
static void n3_paths(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one(
      "root", one_for_one("s", one_for_one("t", worker("x"), NULL), NULL),
      NULL));
  struct sup_ref x = child(w, "x")->ref;
  char path[32];
  memset(path, 'Z', sizeof(path));
  assert_int_equal(sup__engine_path(w->engine, x.node, x.generation, path, 32),
                   10);
  assert_string_equal(path, "root/s/t/x");
  assert_int_equal(sup__engine_path(w->engine, x.node, x.generation, NULL, 0),
                   10);
  memset(path, 'Z', sizeof(path));
  assert_int_equal(sup__engine_path(w->engine, x.node, x.generation, path, 6),
                   10);
  assert_string_equal(path, "root/");
  assert_int_equal(path[6], 'Z');
  assert_int_equal(sup__engine_path(w->engine, x.node, x.generation, path, 11),
                   10);
  assert_string_equal(path, "root/s/t/x");
  world_free(w);
}

/* N3, CAP-010: 25 levels, started and stopped innermost first */
static void n3_deep(void **state) {
  (void)state;
  char name[16], path[192];
  sup_spec *spec = worker("w");
  for (int i = 25; i > 0; i--) {
    snprintf(name, sizeof(name), "s%d", i);
    spec = one_for_one(name, spec, NULL);
  }
  struct world *w = world_create(spec);
  launch(w);
  strcpy(path, "s1");
  for (int i = 2; i <= 25; i++)
    snprintf(path + strlen(path), sizeof(path) - strlen(path), "/s%d", i);
  strcat(path, "/w");
  assert_string_equal(child(w, "w")->path, path);
  assert_memory_equal(w->events, "W+ s1/s2/s3", 11);
  assert_non_null(strstr(w->events, ", S+ s1/s2, S+ s1"));
  assert_int_equal(world_info(w, "w", NULL).depth, 25);
  forget(w);
  stop(w);
  assert_memory_equal(w->events, "W- s1/s2/s3", 11);
  assert_non_null(strstr(w->events, ", S- s1/s2, S- s1"));
  world_free(w);
}

/* ---- E4: what is shown -------------------------------------------------- */

static void e4_walking(void **state) {
  static const char *const order[] = {"root",     "root/c",   "root/s",
                                      "root/s/y", "root/s/x", "root/a"};
  (void)state;
  struct world *w = world_started(one_for_one(
      "root", worker("c"),
      right_to_left(one_for_one("s", worker("y"), worker("x"), NULL)),
      temporary("t"), worker("a"), NULL));
  completes(w, "t");
  size_t count = 0;
  uint32_t node = sup__engine_next_node(w->engine, UINT32_MAX);
  for (; node != UINT32_MAX; node = sup__engine_next_node(w->engine, node)) {
    assert_true(count < 6);
    assert_int_equal(node, world_node(w, order[count]));
    count++;
  }
  assert_int_equal(count, 6);
  assert_int_equal(world_count(w).nodes, 6);
  world_free(w);
}

static void e4_what_is_known_of_a_node(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", worker("a"), process("p"), NULL), 5, SEC(5)));
  advance(w, SEC(1));
  sup_token error = 1;
  sup_node_info info = world_info(w, "root/a", &error);
  assert_string_equal(info.name, "a");
  assert_int_equal(info.depth, 1);
  assert_int_equal(info.kind, SUP_KIND_CALLBACK);
  assert_int_equal(info.state, SUP_STATE_RUNNING);
  assert_int_equal(info.restarts, 0);
  assert_true(info.started_at == WORLD_EPOCH);
  assert_true(info.changed_at == WORLD_EPOCH);
  assert_true(info.deadline == SUP_INFINITE);
  assert_int_equal(info.child.node, child(w, "a")->ref.node);
  assert_int_equal(info.child.generation, child(w, "a")->ref.generation);
  assert_int_equal(error, 0);
  fails(w, "a");
  info = world_info(w, "root/a", &error);
  assert_int_equal(info.restarts, 1);
  assert_true(info.started_at == w->now);
  assert_int_equal(sup__token_value(error), SUP_EFAILED);
  assert_int_equal(world_info(w, "root/p", NULL).kind, SUP_KIND_PROCESS);
  info = world_info(w, "root", NULL);
  assert_int_equal(info.depth, 0);
  assert_int_equal(info.kind, SUP_KIND_SUPERVISOR);
  assert_int_equal(info.children, 2);
  assert_int_equal(info.restarts, 0);
  assert_string_equal(info.name, "root");
  stop(w);
  assert_state(w, "root/a", SUP_STATE_STOPPED);
  assert_state(w, "root/p", SUP_STATE_STOPPED);
  assert_state(w, "root", SUP_STATE_STOPPED);
  assert_true(world_info(w, "root/a", NULL).started_at == 0);
  world_free(w);
}

static void e4_counters(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one("root", worker("a"), worker("b"), NULL), 5, SEC(5)));
  sup_tree_counters before = world_count(w);
  assert_int_equal(before.nodes, 3);
  assert_int_equal(before.restarts, 0);
  assert_int_equal(before.events, sup__engine_last_event(w->engine));
  fails(w, "a");
  fails(w, "a");
  sup_tree_counters after = world_count(w);
  assert_int_equal(after.starts, before.starts + 2);
  assert_int_equal(after.restarts, 2);
  assert_int_equal(after.running, before.running);
  assert_int_equal(after.abandoned, 0);
  world_free(w);
}

/* ---- E1: the journal ---------------------------------------------------- */

static void e1_events_name_their_cause(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_all("root", worker("a"), worker("b"), NULL), 5, SEC(5)));
  advance(w, SEC(3));
  fails(w, "a");
  struct sup_record failed = world_record(w, SUP_EVENT_FAILED, "a");
  struct sup_record started = world_record(w, SUP_EVENT_STARTED, "b");
  struct sup_record stopped = world_record(w, SUP_EVENT_TERMINATED, "b");
  assert_true(failed.duration == SEC(3));
  assert_true(failed.time == w->now);
  assert_true(failed.wall == WORLD_WALL + SEC(3));
  assert_int_equal(failed.ref.incarnation, 1);
  assert_int_equal(failed.restarts, 0);
  assert_int_equal(started.ref.incarnation, 2);
  assert_int_equal(started.restarts, 1);
  /* From each of them the causes lead back to the failure. */
  struct sup_record ends[2] = {started, stopped};
  for (size_t i = 0; i < 2; i++) {
    struct sup_record record = ends[i];
    while (record.number != failed.number) {
      assert_true(record.cause != 0);
      assert_true(sup__engine_record(w->engine, record.cause, &record));
    }
  }
  world_free(w);
}

/* E2: the five events of go-capataz, and nothing else, by their kinds */
static void e2_the_five_events(void **state) {
  (void)state;
  struct world *w = world_create(tolerating(
      one_for_one("root", notifier("a"), transient("b"), NULL), 5, SEC(5)));
  launch(w);
  assert_events(w, "W+ root/a, W+ root/b, S+ root");
  child(w, "a")->on_start = WORLD_START_FAILS;
  child(w, "a")->bad_starts = 1;
  fails(w, "a");
  assert_events(w, "W! root/a, W# root/a, W+ root/a");
  completes(w, "b");
  assert_events(w, "Wc root/b");
  stop(w);
  assert_events(w, "W- root/a, S- root");
  world_free(w);
}

/* E1: also when its node has been made anew before anybody reads it */
static void e1_the_last_event_of_an_earlier_generation(void **state) {
  (void)state;
  struct world *w = world_started(tolerating(
      one_for_one(
          "root",
          tolerating(one_for_one("s", temporary("t"), worker("a"), NULL), 0, 0),
          NULL),
      9, 0));
  struct sup_record record;
  char path[32];
  fails(w, "t");
  uint64_t number = sup__engine_last_event(w->engine);
  fails(w, "a");
  assert_int_equal(child(w, "t")->starts, 2);
  assert_true(sup__engine_record(w->engine, number, &record));
  assert_int_equal(record.kind, SUP_EVENT_FAILED);
  assert_int_equal(sup__engine_path(w->engine, record.ref.node, 0, path, 32),
                   8);
  assert_string_equal(path, "root/s/t");
  world_free(w);
}

/* E1: a child that goes with its end is named by its last event */
static void e1_the_last_event_of_a_temporary(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", temporary("t"), NULL));
  struct sup_record record;
  char path[32];
  fails(w, "t");
  assert_true(sup__engine_record(w->engine, sup__engine_last_event(w->engine),
                                 &record));
  assert_int_equal(record.kind, SUP_EVENT_FAILED);
  assert_int_equal(sup__engine_path(w->engine, record.ref.node, 0, path, 32),
                   6);
  assert_string_equal(path, "root/t");
  world_free(w);
}

static void e1_the_journal_is_bounded(void **state) {
  (void)state;
  struct world *w = world_create(unpaced(
      tolerating(one_for_one("root", worker("a"), NULL), SUP_UNLIMITED, 0)));
  struct sup_record record;
  launch(w);
  for (int i = 0; i < 5000; i++) {
    fails(w, "a");
    forget(w);
  }
  uint64_t last = sup__engine_last_event(w->engine);
  assert_true(last > 10000);
  assert_false(sup__engine_record(w->engine, 0, &record));
  assert_false(sup__engine_record(w->engine, 1, &record));
  assert_false(sup__engine_record(w->engine, last + 1, &record));
  for (uint64_t i = last - 4095; i <= last; i++) {
    assert_true(sup__engine_record(w->engine, i, &record));
    assert_int_equal(record.number, i);
  }
  /* A second reader that wants more keeps what is there. */
  assert_int_equal(sup__engine_journal_open(w->engine, 20000), 0);
  assert_true(sup__engine_record(w->engine, last - 4095, &record));
  for (int i = 0; i < 2000; i++) {
    fails(w, "a");
    forget(w);
  }
  assert_true(sup__engine_record(w->engine, last - 4095, &record));
  assert_int_equal(record.number, last - 4095);
  sup__engine_journal_close(w->engine);
  world_free(w);
}

/* ---- C4, C5, C9 --------------------------------------------------------- */

static void c5_story(uint64_t seed, char *text) {
  sup_spec *s = one_for_all("s", worker("x"), worker("y"), NULL);
  struct world *w = world_create_seeded(
      tolerating(
          one_for_one("root", worker("a"), tolerating(s, 20, SEC(60)), NULL),
          30, SEC(60)),
      seed);
  w->show = UINT32_MAX;
  launch(w);
  for (int i = 0; i < 8; i++) {
    if (child(w, "a")->alive)
      fails(w, "a");
    if (child(w, "y")->alive)
      fails(w, "y");
    advance(w, MS(13));
  }
  stop(w);
  struct sup_record record;
  for (uint64_t i = 1; i <= sup__engine_last_event(w->engine); i++) {
    assert_true(sup__engine_record(w->engine, i, &record));
    sprintf(text + strlen(text), "%d %u %llu %llu %lld\n", record.kind,
            record.ref.node, (unsigned long long)record.cause,
            (unsigned long long)(record.time - WORLD_EPOCH),
            (long long)record.detail);
  }
  world_free(w);
}

/* C5: the same inputs give the same outputs */
static void c5_the_same_again(void **state) {
  static char first[65536], second[65536], other[65536];
  (void)state;
  first[0] = second[0] = other[0] = '\0';
  c5_story(42, first);
  c5_story(42, second);
  c5_story(43, other);
  assert_string_equal(first, second);
  assert_string_not_equal(first, other); /* the jitter */
}

/* C9: time never goes back, and equal deadlines expire as they were armed */
static void c9_deadlines_in_order(void **state) {
  (void)state;
  sup_spec *a = paced(worker("a"), MS(200), 1.0, MS(200));
  sup_spec *b = paced(worker("b"), MS(100), 1.0, MS(100));
  sup_spec *c = paced(worker("c"), MS(200), 1.0, MS(200));
  struct world *w =
      world_started(tolerating(one_for_one("root", a, b, c, NULL), 9, 0));
  fails(w, "c");
  fails(w, "b");
  fails(w, "a");
  forget(w);
  w->now += SEC(1); /* all of them at once */
  world_tick(w);
  sup__engine_tick(w->engine, WORLD_EPOCH, WORLD_WALL); /* ignored */
  world_run(w);
  assert_events(w, "W+ root/b, W+ root/c, W+ root/a");
  assert_true(world_record(w, SUP_EVENT_STARTED, "a").time == w->now);
  world_free(w);
}

/* C4: out of memory is an error, and what was made is given back */
static void c4_no_memory_for_an_engine(void **state) {
  (void)state;
  sup_spec *spec = one_for_one(
      "root", worker("a"),
      tolerating(one_for_one("s", worker("b"), temporary("c"), NULL), 60, 0),
      worker("d"), NULL);
  sup__spec_freeze(spec);
  struct sup_engine_options options = {&world_allocator, 1, WORLD_EPOCH,
                                       WORLD_WALL};
  struct sup_engine *engine = NULL;
  int64_t blocks = world_live_blocks;
  uint64_t refused = 0;
  for (;; refused++) {
    world_refuse_after = refused;
    int r = sup__engine_create(&engine, spec, &options);
    world_refuse_after = UINT64_MAX;
    if (r == 0)
      break;
    assert_int_equal(r, SUP_ENOMEM);
    assert_int_equal(world_live_blocks, blocks);
    assert_true(refused < 1000);
  }
  assert_true(refused >= 1);
  world_refuse_after = 0;
  assert_int_equal(sup__engine_journal_open(engine, 64), SUP_ENOMEM);
  world_refuse_after = UINT64_MAX;
  sup__engine_destroy(engine);
  assert_int_equal(world_live_blocks, blocks);
  sup_spec_unref(spec);
  assert_int_equal(world_live_blocks, 0);
}

/* C4: supervision goes on without memory; errors are bare codes then */
static void c4_supervision_without_memory(void **state) {
  (void)state;
  struct world *w = world_started(
      one_for_one("root", worker("z"),
                  one_for_all("s", worker("a"), worker("b"), NULL), NULL));
  world_refuse_after = 0;
  fails(w, "a");
  fails(w, "a"); /* s fails and is restarted */
  assert_events(w, "W! root/s/a, W- root/s/b, W+ root/s/a, W+ root/s/b, "
                   "W! root/s/a, W- root/s/b, S! root/s, W+ root/s/a, "
                   "W+ root/s/b, S+ root/s");
  fails(w, "z");
  assert_events(w, "W! root/z, W- root/s/b, W- root/s/a, S- root/s, S! root");
  assert_ended(w, SUP_ETOLERANCE);
  world_refuse_after = UINT64_MAX;
  world_free(w);
}

/* C4: a restart allocates nothing */
static void c4_a_restart_allocates_nothing(void **state) {
  (void)state;
  struct world *w = world_started(unpaced(
      tolerating(one_for_one("root", worker("a"), worker("b"), NULL), 100, 0)));
  fails(w, "a");
  uint64_t before = world_allocations;
  for (int i = 0; i < 50; i++) {
    fails(w, "a");
    completes(w, "b");
    forget(w);
  }
  assert_int_equal(world_allocations, before);
  world_free(w);
}

/* An engine that was never launched */
static void c6_never_launched(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one("root", worker("a"), NULL));
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_CREATED);
  assert_state(w, "root", SUP_STATE_NEW);
  assert_state(w, "root/a", SUP_STATE_NEW);
  assert_false(sup__engine_has_work(w->engine));
  assert_true(sup__engine_next_deadline(w->engine) == SUP_INFINITE);
  assert_int_equal(sup__engine_last_event(w->engine), 0);
  world_free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(i1_stale_reports),
      WORLD_TEST(i1_errors_of_stale_reports_are_given_back),
      WORLD_TEST(i1_a_second_end),
      WORLD_TEST(i1_reports_before_the_restart_is_performed),
      WORLD_TEST(i1_incarnations_are_numbered),
      WORLD_TEST(i2_stuck_after_a_failed_start),
      WORLD_TEST(i2_a_supervisor_with_an_abandoned_descendant),
      WORLD_TEST(i2_stuck_escalates),
      WORLD_TEST(i2_stuck_escalates_once),
      WORLD_TEST(i2_a_stop_while_stuck),
      WORLD_TEST(i3_nobody_at_that_place),
      WORLD_TEST(i3_an_end_keeps_its_name),
      WORLD_TEST(i4_an_end_before_the_start_has_returned),
      WORLD_TEST(n3_paths),
      WORLD_TEST(n3_deep),
      WORLD_TEST(e1_events_name_their_cause),
      WORLD_TEST(e2_the_five_events),
      WORLD_TEST(e1_the_last_event_of_a_temporary),
      WORLD_TEST(e1_the_last_event_of_an_earlier_generation),
      WORLD_TEST(e1_the_journal_is_bounded),
      WORLD_TEST(e4_walking),
      WORLD_TEST(e4_what_is_known_of_a_node),
      WORLD_TEST(e4_counters),
      WORLD_TEST(c4_no_memory_for_an_engine),
      WORLD_TEST(c4_supervision_without_memory),
      WORLD_TEST(c4_a_restart_allocates_nothing),
      WORLD_TEST(c5_the_same_again),
      WORLD_TEST(c6_never_launched),
      WORLD_TEST(c9_deadlines_in_order),
  };
  return cmocka_run_group_tests_name("engine identity", tests, NULL, NULL);
}
