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

/* Children that are added, their names and their number: D1, D3, D4, D5, D8. */

#include "engine_requests.h"

/* ---- D1: adding --------------------------------------------------------- */

static void D1_a_child_is_added_to_what_runs(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", worker("a"), NULL));
  add(w, "root", worker("b"));
  assert_actions(w, "start b#1");
  assert_events(w, "W+ root/b");
  assert_answers(w, "add b:0");
  assert_int_equal(world_record(w, SUP_EVENT_STARTED, "b").cause, 0);
  fails(w, "b"); /* it is supervised as any other */
  assert_events(w, "W! root/b, W+ root/b");
  assert_int_equal(child(w, "b")->ref.incarnation, 2);
  forget(w);
  stop(w);
  assert_events(w, "W- root/b, W- root/a, S- root"); /* H1: appended */
  world_free(w);
}

static void D1_right_to_left_stops_from_the_beginning(void **state) {
  (void)state; /* CAP-110 */
  struct world *w =
      world_started(right_to_left(one_for_one("root", worker("a"), NULL)));
  add(w, "root", worker("b"));
  add(w, "root", worker("c"));
  forget(w);
  stop(w);
  assert_events(w, "W- root/a, W- root/b, W- root/c, S- root");
  world_free(w);
}

static void D1_starts_are_side_by_side(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", notifier("a"), NULL));
  for (const char *n = "bcd"; *n != '\0'; n++) {
    char name[2] = {*n, '\0'};
    char path[16];
    snprintf(path, sizeof(path), "root/%s", name);
    child(w, path)->manual = true;
    add(w, "root", notifier(name));
  }
  assert_actions(w, "start b#1, start c#1, start d#1");
  acknowledges(w, "d");
  acknowledges(w, "b");
  assert_answers(w, "add d:0, add b:0");
  acknowledges(w, "c");
  assert_answers(w, "add c:0");
  world_free(w);
}

/* S1: and are not queued behind it. */
static void D1_while_the_supervisor_starts(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("root", notifier("a"), worker("b"), NULL));
  child(w, "a")->manual = true;
  launch(w);
  child(w, "root/x")->manual = true;
  add(w, "root", notifier("x"));
  add(w, "root", worker("y"));
  assert_actions(w, "start a#1, start x#1, start y#1");
  assert_answers(w, "add y:0");
  assert_events(w, "W+ root/y");
  acknowledges(w, "a");
  /* The supervisor is started when its own children are. */
  assert_events(w, "W+ root/a, W+ root/b, S+ root");
  acknowledges(w, "x");
  assert_answers(w, "add x:0");
  world_free(w);
}

static void D1_part_of_a_rollback(void **state) {
  (void)state;
  struct world *w = world_create(
      one_for_one("root", worker("a"), notifier("b"), worker("c"), NULL));
  child(w, "b")->manual = true;
  launch(w);
  add(w, "root", worker("x"));
  child(w, "root/y")->manual = true;
  add(w, "root", notifier("y"));
  forget(w);
  world_tick(w);
  sup__engine_start_failed(w->engine, child(w, "b")->ref,
                           sup__token_code(SUP_EFAILED));
  exits(w, "b", SUP_OUTCOME_COMPLETED);
  assert_events(w, "W# root/b, W- root/y, W- root/x, W- root/a, S# root");
  assert_answers(w, "add y:-11");
  assert_ended(w, SUP_ESTART);
  world_free(w);
}

static void D1_a_failed_start_is_the_callers(void **state) {
  static const enum world_start ways[] = {WORLD_REFUSES, WORLD_START_FAILS};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    /* Not even one failure is tolerated, and it is not counted. */
    struct world *w = world_started(
        tolerating(one_for_all("root", worker("a"), NULL), 0, SEC(5)));
    child(w, "root/b")->on_start = ways[i];
    add(w, "root", notifier("b"));
    assert_events(w, "W# root/b");
    assert_answers(w, "add b:-8");
    assert_true(error_mentions(w->answer, SUP_EFAILED, NULL));
    assert_true(error_names(w->answer, "root/b"));
    assert_false(is_there(w, "root/b"));
    assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
    assert_int_equal(child(w, "a")->starts, 1);
    advance(w, SEC(100));
    assert_int_equal(child(w, "b")->starts, 1);
    child(w, "root/b")->on_start = WORLD_STARTS;
    add(w, "root", worker("b"));
    assert_answers(w, "add b:0");
    world_free(w);
  }
}

/* S5: only when it is gone, or given up; then it keeps its name until it has
 * really ended. */
static void D1_a_failed_start_that_does_not_end(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", worker("a"), NULL));
  child(w, "root/b")->on_start = WORLD_START_FAILS;
  child(w, "root/b")->on_stop = WORLD_IGNORES;
  add(w, "root", notifier("b"));
  assert_answers(w, "");
  advance(w, SEC(5));
  assert_answers(w, "add b:-8");
  assert_state(w, "b", SUP_STATE_ABANDONED);
  assert_int_equal(try_add(w, "root", worker("b")), SUP_EEXIST);
  exits(w, "b", SUP_OUTCOME_COMPLETED);
  assert_false(is_there(w, "root/b"));
  child(w, "b")->on_start = WORLD_STARTS;
  child(w, "b")->on_stop = WORLD_STOPS;
  add(w, "root", worker("b"));
  world_free(w);
}

static void D1_start_timeout_and_decline(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", worker("a"), NULL));
  child(w, "root/b")->manual = true;
  add(w, "root", notifier("b"));
  advance(w, SEC(30));
  assert_answers(w, "add b:-8");
  assert_true(error_mentions(w->answer, SUP_ESTARTTIMEOUT, NULL));
  child(w, "root/c")->on_start = WORLD_DECLINES;
  add(w, "root", worker("c"));
  assert_answers(w, "add c:0");
  assert_state(w, "c", SUP_STATE_DECLINED);
  child(w, "root/d")->on_start = WORLD_DECLINES;
  add(w, "root", temporary("d"));
  assert_answers(w, "add d:0");
  assert_false(is_there(w, "root/d"));
  world_free(w);
}

static void D1_during_a_round(void **state) {
  (void)state;
  struct world *w = world_started(unpaced(tolerating(
      one_for_all("root", worker("a"), worker("b"), NULL), SUP_UNLIMITED, 0)));
  child(w, "b")->stop_takes = SEC(1);
  fails(w, "a");
  assert_actions(w, "end a#1, cancel b#1");
  child(w, "root/x")->manual = true;
  add(w, "root", notifier("x"));
  add(w, "root", worker("y"));
  assert_state(w, "x", SUP_STATE_WAITING);
  assert_actions(w, "");
  advance(w, SEC(1));
  /* It joins the start phase, which does not wait for it. */
  assert_actions(w, "end b#1, start x#1, start y#1, start a#2, start b#2");
  acknowledges(w, "x");
  assert_answers(w, "add y:0, add x:0");
  world_free(w);
}

/* Also if it comes before the members. */
static void D1_during_a_round_from_right_to_left(void **state) {
  (void)state;
  struct world *w = world_started(unpaced(tolerating(
      right_to_left(rest_for_one("root", worker("a"), worker("b"), NULL)),
      SUP_UNLIMITED, 0)));
  child(w, "a")->stop_takes = SEC(1);
  fails(w, "b");
  forget(w);
  add(w, "root", worker("x"));
  assert_actions(w, "");
  advance(w, SEC(1));
  assert_actions(w, "end a#1, start x#1, start b#2, start a#2");
  world_free(w);
}

static void D1_in_the_start_phase_of_a_round(void **state) {
  (void)state;
  struct world *w = world_started(
      unpaced(tolerating(one_for_all("root", notifier("a"), worker("b"), NULL),
                         SUP_UNLIMITED, 0)));
  child(w, "a")->manual = true;
  fails(w, "a");
  forget(w);
  add(w, "root", worker("x"));
  assert_actions(w, "start x#1");
  acknowledges(w, "a");
  assert_actions(w, "start b#2");
  world_free(w);
}

/* A first start that a round interrupts is done again with it. */
static void D1_a_round_during_its_first_start(void **state) {
  (void)state;
  struct world *w = world_started(unpaced(
      tolerating(one_for_all("root", worker("a"), NULL), SUP_UNLIMITED, 0)));
  child(w, "root/x")->manual = true;
  add(w, "root", notifier("x"));
  fails(w, "a");
  assert_int_equal(child(w, "x")->starts, 2);
  assert_answers(w, "");
  acknowledges(w, "x");
  assert_answers(w, "add x:0");
  world_free(w);
}

static void D1_during_a_build(void **state) {
  (void)state;
  struct world *w =
      world_create(with_resource(one_for_one("root", worker("a"), NULL)));
  child(w, "root")->manual = true;
  launch(w);
  assert_int_equal(try_add(w, "root", worker("a")), SUP_EEXIST);
  add(w, "root", worker("x"));
  assert_state(w, "x", SUP_STATE_WAITING);
  assert_actions(w, "build root#1");
  assert_int_equal(sup__engine_built(w->engine, child(w, "root")->ref, NULL),
                   0);
  child(w, "root")->built = true;
  child(w, "root")->manual = false;
  world_run(w);
  assert_actions(w, "start x#1, start a#1");
  assert_answers(w, "add x:0");
  world_free(w);
}

/* The children of the resource come before those that were added. */
static void D1_beside_the_children_of_a_resource(void **state) {
  (void)state;
  sup_spec *made = one_for_one("made", worker("m"), worker("a"), NULL);
  struct world *w = world_create(
      with_resource(one_for_one("root", worker("a"), worker("z"), NULL)));
  child(w, "root")->manual = true;
  launch(w);
  add(w, "root", worker("x"));
  sup__spec_freeze(made);
  assert_int_equal(sup__engine_built(w->engine, child(w, "root")->ref, made),
                   0);
  child(w, "root")->built = true;
  child(w, "root")->manual = false;
  world_run(w);
  /* z rests: its name is not in use, and it is not found. */
  assert_false(is_there(w, "root/z"));
  add(w, "root", worker("z"));
  assert_int_equal(try_add(w, "root", worker("m")), SUP_EEXIST);
  uint64_t count;
  assert_int_equal(
      sup__engine_child_count(w->engine, ref_of(w, "root"), &count), 0);
  assert_int_equal(count, 4);
  forget(w);
  stop(w);
  assert_events(w, "W- root/z, W- root/x, W- root/a, W- root/m, S- root");
  child(w, "root")->children = made;
  world_free(w);
}

static void D1_a_clash_with_what_is_built(void **state) {
  (void)state;
  for (int limit = 0; limit < 2; limit++) {
    sup_spec *made =
        one_for_one("made", worker("m"), worker(limit ? "n" : "x"), NULL);
    sup_spec *root = with_resource(one_for_one("root", NULL));
    if (limit)
      assert_int_equal(sup_spec_set_child_limit(root, 2), 0);
    struct world *w = world_create(root);
    child(w, "root")->manual = true;
    launch(w);
    add(w, "root", worker("x"));
    sup__spec_freeze(made);
    child(w, "root")->built = true;
    child(w, "root")->manual = false;
    assert_int_equal(sup__engine_built(w->engine, child(w, "root")->ref, made),
                     0);
    world_run(w);
    assert_ended(w, SUP_EBUILD);
    assert_true(error_mentions(sup__engine_result(w->engine),
                               limit ? SUP_ELIMIT : SUP_EEXIST, NULL));
    assert_answers(w, "add x:-11");
    assert_int_equal(child(w, "root")->cleanups, 1);
    child(w, "root")->children = made;
    world_free(w);
  }
}

static void D1_a_subtree(void **state) {
  (void)state; /* CAP-111 */
  struct world *w = world_started(one_for_one("root", NULL));
  add(w, "root",
      one_for_one("s", worker("a"),
                  one_for_one("t", worker("b"), worker("c"), NULL), NULL));
  assert_events(w, "W+ root/s/a, W+ root/s/t/b, W+ root/s/t/c, S+ root/s/t, "
                   "S+ root/s");
  assert_answers(w, "add s:0");
  child(w, "root/u/b")->on_start = WORLD_REFUSES;
  add(w, "root", one_for_one("u", worker("a"), worker("b"), NULL));
  assert_events(w, "W+ root/u/a, W# root/u/b, W- root/u/a, S# root/u");
  assert_answers(w, "add u:-8");
  assert_true(error_names(w->answer, "root/u/b"));
  assert_int_equal(world_count(w).nodes, 6);
  add(w, "root/s/t", worker("d"));
  assert_true(is_there(w, "root/s/t/d"));
  stop(w);
  world_free(w);
}

/* X3 */
static void D1_gone_with_their_supervisor(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one(
      "root", unpaced(one_for_one("s", worker("a"), temporary("t"), NULL)),
      NULL));
  add(w, "s", worker("x"));
  add(w, "s", one_for_one("y", worker("b"), NULL));
  struct sup_ref handle = ref_of(w, "x"), below = ref_of(w, "y/b"), found;
  completes(w, "t");
  add(w, "s", worker("t")); /* D4: the name was free */
  restart(w, "s");
  assert_answers(w, "add x:0, add y:0, add t:0, restart s:0");
  assert_false(is_there(w, "root/s/x"));
  assert_false(is_there(w, "root/s/y"));
  assert_int_equal(world_count(w).nodes, 4);
  assert_int_equal(child(w, "x")->starts, 1);
  assert_int_equal(child(w, "s/a")->starts, 2);
  /* Its own temporary child is back. */
  assert_true(child(w, "t")->alive);
  assert_int_equal(try_add(w, "s", worker("t")), SUP_EEXIST);
  /* I3 */
  assert_int_equal(sup__engine_terminate(w->engine, handle, NULL), SUP_EGONE);
  assert_int_equal(sup__engine_delete(w->engine, below, NULL), SUP_EGONE);
  add(w, "s", worker("x"));
  assert_int_equal(sup__engine_restart(w->engine, handle, NULL), SUP_EGONE);
  assert_int_equal(sup__engine_find(w->engine, ref_of(w, "s"), "x", 1, &found),
                   0);
  assert_int_not_equal(found.generation, handle.generation);
  world_free(w);
}

/* As many as make slices necessary, in three levels. */
static void D1_many_are_removed_in_slices(void **state) {
  (void)state;
  struct world *w = world_started(
      one_for_one("root", one_for_one("s", worker("a"), NULL), NULL));
  struct sup_ref s = ref_of(w, "s"), ref;
  sup_spec *leaf = one_for_one("leaf", NULL);
  for (unsigned i = 0; i < 40; i++) {
    char name[16];
    snprintf(name, sizeof(name), "w%u", i);
    assert_int_equal(
        sup_spec_add(leaf, one_for_one(name, one_for_one("e", NULL), NULL)), 0);
  }
  sup__spec_freeze(leaf);
  for (unsigned i = 0; i < 5; i++) {
    char name[16];
    snprintf(name, sizeof(name), "d%u", i);
    sup_spec *top = one_for_one(name, sup_spec_ref(leaf), NULL);
    sup__spec_freeze(top);
    assert_int_equal(sup__engine_add(w->engine, s, top, NULL, &ref), 0);
    sup_spec_unref(top);
  }
  while (sup__engine_has_work(w->engine)) {
    struct sup_action action;
    assert_false(sup__engine_peek(w->engine, SUP_QUEUE_MAIN, &action));
  }
  assert_int_equal(world_count(w).nodes, 3 + 5 * 82);
  world_tick(w);
  assert_int_equal(sup__engine_restart(w->engine, s, NULL), 0);
  for (unsigned i = 0; sup__engine_has_work(w->engine); i++) {
    struct sup_action action;
    assert_true(i < 1000);
    if (sup__engine_look(w->engine, SUP_QUEUE_MAIN, &action) ==
        SUP_LOOK_FOUND) {
      sup__engine_take(w->engine, SUP_QUEUE_MAIN);
      world_perform(w, &action);
    }
  }
  assert_int_equal(world_count(w).nodes, 3);
  assert_int_equal(child(w, "a")->starts, 2);
  sup_spec_unref(leaf);
  w->read = sup__engine_last_event(w->engine);
  world_free(w);
}

/* ---- D8: refusals ------------------------------------------------------- */

static void D8_refusals(void **state) {
  (void)state;
  struct world *w = world_create(one_for_one(
      "root", worker("a"),
      paced(one_for_one("s", worker("b"), NULL), SEC(1), 1, SEC(1)), NULL));
  assert_int_equal(try_add(w, "root", worker("x")), SUP_ENOTRUNNING);
  assert_int_equal(try_terminate(w, "a"), SUP_ENOTRUNNING);
  assert_int_equal(try_restart(w, "a"), SUP_ENOTRUNNING);
  assert_int_equal(try_delete(w, "a"), SUP_ENOTRUNNING);
  launch(w);
  assert_int_equal(try_add(w, "a", worker("x")), SUP_EINVAL);
  assert_int_equal(try_add(w, "root", worker("a")), SUP_EEXIST);
  assert_int_equal(try_terminate(w, "root"), SUP_EINVAL);
  assert_int_equal(try_restart(w, "root"), SUP_EINVAL);
  assert_int_equal(try_delete(w, "root"), SUP_EINVAL);
  child(w, "a")->stop_takes = SEC(1);
  child(w, "b")->stop_takes = SEC(1);
  world_tick(w);
  sup__engine_stop(w->engine, SUP_INFINITE);
  world_run(w);
  /* The supervisor below is stopped by the one above: both say so. */
  assert_int_equal(try_add(w, "s", worker("x")), SUP_ESTOPPING);
  assert_int_equal(try_add(w, "root", worker("x")), SUP_ESTOPPING);
  assert_int_equal(try_terminate(w, "b"), SUP_ESTOPPING);
  assert_int_equal(try_restart(w, "a"), SUP_ESTOPPING);
  assert_int_equal(try_delete(w, "a"), SUP_ESTOPPING);
  advance(w, SEC(3));
  assert_int_equal(try_add(w, "root", worker("x")), SUP_EGONE);
  assert_int_equal(try_add(w, "s", worker("x")), SUP_EGONE);
  assert_int_equal(try_terminate(w, "a"), SUP_EALREADY);
  assert_int_equal(try_restart(w, "a"), SUP_EGONE);
  assert_int_equal(try_delete(w, "a"), SUP_EGONE);
  world_free(w);
}

static void D8_a_supervisor_that_waits_for_its_restart(void **state) {
  (void)state;
  struct world *w = world_started(paced(
      tolerating(one_for_one(
                     "root",
                     tolerating(one_for_one("s", worker("b"), NULL), 0, SEC(1)),
                     NULL),
                 SUP_UNLIMITED, 0),
      SEC(1), 1, SEC(1)));
  fails(w, "b");
  assert_state(w, "s", SUP_STATE_WAITING);
  assert_int_equal(try_add(w, "s", worker("x")), SUP_ENOTRUNNING);
  assert_int_equal(try_restart(w, "b"), SUP_ENOTRUNNING);
  assert_int_equal(try_terminate(w, "b"), SUP_EALREADY);
  advance(w, SEC(1));
  add(w, "s", worker("x"));
  world_free(w);
}

static void D8_without_memory_nothing_has_changed(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", worker("a"), NULL));
  unsigned refused = 0;
  for (uint64_t after = 0;; after++) {
    sup_spec *spec = one_for_one("s", worker("b"), worker("c"), worker("d"),
                                 worker("e"), worker("f"), worker("g"), NULL);
    world_refuse_after = after;
    sup__spec_freeze(spec);
    struct sup_ref ref;
    int r = sup__engine_add(w->engine, ref_of(w, "root"), spec,
                            world_request(w, "add", "s"), &ref);
    world_refuse_after = UINT64_MAX;
    sup_spec_unref(spec);
    if (r == 0) {
      ref.incarnation = 0;
      world_child_of(w, ref)->ref = ref;
      w->asked++;
      break;
    }
    assert_int_equal(r, SUP_ENOMEM);
    world_run(w);
    assert_int_equal(world_count(w).nodes, 2);
    refused++;
  }
  assert_true(refused > 2);
  world_run(w);
  assert_answers(w, "add s:0");
  world_free(w);
}

/* ---- D3, D4: ends, names ------------------------------------------------ */

static void D3_a_stop_of_what_has_ended(void **state) {
  (void)state;
  struct world *w =
      world_started(one_for_one("root", transient("t"), worker("d"), NULL));
  completes(w, "t");
  assert_int_equal(try_terminate(w, "t"), SUP_EALREADY);
  sup__engine_done(w->engine, child(w, "d")->ref);
  completes(w, "d");
  assert_int_equal(try_terminate(w, "d"), SUP_EALREADY);
  world_free(w);
}

static void D4_names_are_free_again(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", worker("a"), NULL));
  w->blind = true;
  sup__engine_journal_close(w->engine); /* it would keep their paths */
  int64_t blocks = world_live_blocks;
  for (unsigned i = 0; i < 100; i++) {
    add(w, "root", i % 2 ? temporary("x") : transient("x"));
    assert_int_equal(try_add(w, "root", worker("x")), SUP_EEXIST);
    if (i % 4 < 2)
      completes(w, "x");
    else
      delete (w, "x");
    assert_false(is_there(w, "root/x"));
    assert_int_equal(world_count(w).nodes, 2);
    forget(w);
  }
  assert_int_equal(world_live_blocks, blocks);
  w->blind = false;
  assert_int_equal(sup__engine_journal_open(w->engine, 4096), 0);
  /* A failed temporary one, and a stopped one. */
  add(w, "root", temporary("x"));
  fails(w, "x");
  add(w, "root", temporary("x"));
  terminate(w, "x");
  assert_false(is_there(w, "root/x"));
  /* A static one that is deleted, until the supervisor starts again. */
  delete (w, "a");
  add(w, "root", worker("a"));
  delete (w, "a");
  world_free(w);
}

static void D4_one_that_is_given_up_keeps_its_name(void **state) {
  (void)state;
  struct world *w = world_started(one_for_one("root", worker("a"), NULL));
  add(w, "root", worker("x"));
  child(w, "x")->on_stop = WORLD_IGNORES;
  delete (w, "x");
  assert_int_equal(try_restart(w, "x"), SUP_EGONE);
  delete (w, "x"); /* joins */
  advance(w, SEC(5));
  assert_answers(w, "add x:0, delete x:-12, delete x:-12");
  assert_true(error_mentions(w->answer, SUP_EABANDONED, NULL));
  assert_int_equal(try_add(w, "root", worker("x")), SUP_EEXIST);
  exits(w, "x", SUP_OUTCOME_COMPLETED);
  assert_false(is_there(w, "root/x"));
  world_free(w);
}

/* X3, I2: with its supervisor gone it keeps that from being replaced. */
static void D4_given_up_with_its_supervisor(void **state) {
  (void)state;
  struct world *w = world_started(
      one_for_one("root", one_for_one("s", worker("a"), NULL), NULL));
  add(w, "s", worker("x"));
  add(w, "s", worker("y"));
  child(w, "x")->on_stop = WORLD_IGNORES;
  restart(w, "s");
  advance(w, SEC(5));
  assert_state(w, "s", SUP_STATE_STUCK);
  assert_true(is_there(w, "root/s/x"));
  assert_false(is_there(w, "root/s/y"));
  exits(w, "x", SUP_OUTCOME_COMPLETED);
  assert_state(w, "s", SUP_STATE_RUNNING);
  assert_false(is_there(w, "root/s/x"));
  assert_int_equal(world_count(w).nodes, 3);
  world_free(w);
}

static void D4_deleted_at_any_place_of_a_round(void **state) {
  static const char *const names[] = {"a", "b", "c", "x", "y"};
  (void)state;
  /* While the third is being stopped; while the second is being started. */
  for (unsigned when = 0; when < 2; when++)
    for (unsigned victim = 0; victim < 32; victim++) {
      struct world *w = world_started(
          unpaced(tolerating(rest_for_one("root", notifier("a"), notifier("b"),
                                          notifier("c"), NULL),
                             SUP_UNLIMITED, 0)));
      add(w, "root", notifier("x"));
      add(w, "root", notifier("y"));
      if (when == 0)
        child(w, "c")->stop_takes = SEC(1);
      else
        child(w, "b")->manual = true;
      fails(w, "a");
      for (unsigned i = 0; i < 5; i++)
        if (victim & (1u << i))
          delete (w, names[i]);
      advance(w, SEC(1));
      if (child(w, "b")->alive && when == 1)
        acknowledges(w, "b");
      assert_state(w, "root", SUP_STATE_RUNNING);
      for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(child(w, names[i])->alive, !(victim & (1u << i)));
        if (!(victim & (1u << i)))
          assert_state(w, names[i], SUP_STATE_RUNNING);
      }
      add(w, "root", worker("z"));
      world_free(w);
    }
}

/* The one at which the round begins, and its whole. */
static void D4_the_origin_of_a_round_is_deleted(void **state) {
  (void)state;
  for (unsigned i = 0; i < 2; i++) {
    struct world *w = world_started(unpaced(
        tolerating(rest_for_one("root", worker("a"), NULL), SUP_UNLIMITED, 0)));
    add(w, "root", worker("x"));
    if (i == 0)
      add(w, "root", worker("y"));
    add(w, "root", worker("z"));
    w->blind = true;
    sup__engine_journal_close(w->engine); /* it would keep the slot */
    child(w, "z")->stop_takes = SEC(1);
    fails(w, "x");
    delete (w, "x");
    if (i == 1)
      delete (w, "z");
    add(w, "root", worker("x")); /* in its slot, if it was given back */
    advance(w, SEC(1));
    assert_state(w, "root", SUP_STATE_RUNNING);
    assert_int_equal(child(w, "a")->starts, 1);
    assert_state(w, "x", SUP_STATE_RUNNING);
    if (i == 0) {
      assert_int_equal(child(w, "y")->starts, 2);
      assert_int_equal(child(w, "z")->starts, 2);
    }
    assert_int_equal(sup__engine_journal_open(w->engine, 16), 0);
    world_free(w);
  }
}

/* One that the halt, or a round, finds ended goes in that moment. */
static void D4_temporary_ones_that_end_before_their_turn(void **state) {
  (void)state;
  for (unsigned i = 0; i < 2; i++) {
    struct world *w = world_started(unpaced(
        tolerating(one_for_all("root", worker("a"), NULL), SUP_UNLIMITED, 0)));
    add(w, "root", worker("w"));
    add(w, "root", temporary("x"));
    add(w, "root", worker("y"));
    child(w, "y")->stop_takes = SEC(1);
    if (i == 0) {
      world_tick(w);
      sup__engine_stop(w->engine, SUP_INFINITE);
      world_run(w);
    } else {
      fails(w, "a");
    }
    completes(w, "x");
    forget(w);
    advance(w, SEC(1));
    if (i == 0)
      assert_events(w, "W- root/y, Wc root/x, W- root/w, W- root/a, S- root");
    else
      assert_events(w, "W- root/y, Wc root/x, W- root/w, W+ root/a, "
                       "W+ root/w, W+ root/y");
    assert_false(is_there(w, "root/x"));
    world_free(w);
  }
}

/* H1: from there it goes on to the next, whichever direction that is in. */
static void D4_a_subtree_that_ends_before_its_turn(void **state) {
  (void)state;
  struct world *w =
      world_started(right_to_left(one_for_one("root", worker("a"), NULL)));
  add(w, "root",
      restarting(
          tolerating(one_for_one("x", worker("u"), worker("v"), NULL), 0, 0),
          SUP_TEMPORARY));
  add(w, "root", worker("y"));
  child(w, "a")->stop_takes = SEC(1);
  child(w, "u")->stop_takes = MS(500);
  fails(w, "v"); /* more than x tolerates */
  sup__engine_stop(w->engine, SUP_INFINITE);
  world_run(w);
  advance(w, MS(500));
  assert_state(w, "root/x", SUP_STATE_ENDED);
  forget(w);
  advance(w, MS(500));
  assert_events(w, "W- root/a, S! root/x, W- root/y, S! root");
  assert_ended(w, SUP_ETERMINATION);
  world_free(w);
}

/* ---- D5 ----------------------------------------------------------------- */

static void D5_the_one_above_the_limit_is_refused(void **state) {
  (void)state;
  sup_spec *root = one_for_one("root", worker("a"), temporary("t"), NULL);
  assert_int_equal(sup_spec_set_child_limit(root, 3), 0);
  struct world *w = world_started(root);
  add(w, "root", worker("x"));
  assert_int_equal(try_add(w, "root", worker("y")), SUP_ELIMIT);
  completes(w, "t");
  add(w, "root", worker("y"));
  assert_int_equal(try_add(w, "root", worker("z")), SUP_ELIMIT);
  delete (w, "x");
  add(w, "root", worker("z"));
  world_free(w);
}

/* Those that its start has still to bring have their places. */
static void D5_while_the_supervisor_starts_again(void **state) {
  (void)state;
  sup_spec *s =
      tolerating(one_for_one("s", notifier("a"), temporary("t"), NULL), 0, 0);
  assert_int_equal(sup_spec_set_child_limit(s, 2), 0);
  struct world *w = world_started(one_for_one("root", s, NULL));
  completes(w, "t");
  child(w, "a")->manual = true;
  fails(w, "a");
  assert_state(w, "root/s/a", SUP_STATE_STARTING);
  assert_int_equal(try_add(w, "root/s", worker("x")), SUP_ELIMIT);
  acknowledges(w, "a");
  assert_true(is_there(w, "root/s/t"));
  world_free(w);
}

/* N6 */
static void D5_more_in_the_spec_are_a_fault(void **state) {
  (void)state;
  sup_spec *root = one_for_one("root", worker("a"), worker("b"), NULL);
  assert_int_equal(sup_spec_set_child_limit(root, 1), 0);
  assert_int_equal(sup_spec_check(root, NULL), SUP_ESPEC);
  assert_int_equal(sup_spec_set_child_limit(root, 2), 0);
  assert_int_equal(sup_spec_check(root, NULL), 0);
  sup_spec_unref(root);
  sup_spec *a = worker("a");
  assert_int_equal(sup_spec_set_child_limit(a, 1), SUP_EINVAL);
  sup_spec_unref(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(D1_a_child_is_added_to_what_runs),
      WORLD_TEST(D1_right_to_left_stops_from_the_beginning),
      WORLD_TEST(D1_starts_are_side_by_side),
      WORLD_TEST(D1_while_the_supervisor_starts),
      WORLD_TEST(D1_part_of_a_rollback),
      WORLD_TEST(D1_a_failed_start_is_the_callers),
      WORLD_TEST(D1_a_failed_start_that_does_not_end),
      WORLD_TEST(D1_start_timeout_and_decline),
      WORLD_TEST(D1_during_a_round),
      WORLD_TEST(D1_during_a_round_from_right_to_left),
      WORLD_TEST(D1_in_the_start_phase_of_a_round),
      WORLD_TEST(D1_a_round_during_its_first_start),
      WORLD_TEST(D1_during_a_build),
      WORLD_TEST(D1_beside_the_children_of_a_resource),
      WORLD_TEST(D1_a_clash_with_what_is_built),
      WORLD_TEST(D1_a_subtree),
      WORLD_TEST(D1_gone_with_their_supervisor),
      WORLD_TEST(D1_many_are_removed_in_slices),
      WORLD_TEST(D8_refusals),
      WORLD_TEST(D8_a_supervisor_that_waits_for_its_restart),
      WORLD_TEST(D8_without_memory_nothing_has_changed),
      WORLD_TEST(D3_a_stop_of_what_has_ended),
      WORLD_TEST(D4_names_are_free_again),
      WORLD_TEST(D4_one_that_is_given_up_keeps_its_name),
      WORLD_TEST(D4_given_up_with_its_supervisor),
      WORLD_TEST(D4_deleted_at_any_place_of_a_round),
      WORLD_TEST(D4_the_origin_of_a_round_is_deleted),
      WORLD_TEST(D4_temporary_ones_that_end_before_their_turn),
      WORLD_TEST(D4_a_subtree_that_ends_before_its_turn),
      WORLD_TEST(D5_the_one_above_the_limit_is_refused),
      WORLD_TEST(D5_while_the_supervisor_starts_again),
      WORLD_TEST(D5_more_in_the_spec_are_a_fault),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
