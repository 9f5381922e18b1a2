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

/* Time that stands still (C9, Y8). */

#include "face_fixture.h"

#define ANY SUP_CALLBACKS_ANY_THREAD
#define BLOCKS (SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK)

static sup_runtime_options manual = {
    .size = sizeof(manual), .seed = 1, .manual_time = true};

static sup_spec *slow_top(struct worker *w, sup_duration delay) {
  sup_backoff backoff = {sizeof(backoff),  0, 1.0, 0.0, delay, delay,
                         SUP_SECONDS(3600)};
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);

  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(top, &backoff);
  assert_int_equal(sup_spec_add(top, worker_spec(w)), 0);
  return top;
}

static uint64_t next_deadline(void) {
  uint64_t at;

  assert_int_equal(sup_runtime_next_deadline(world.runtime, &at), 0);
  return at;
}

static void C9_a_long_backoff_takes_no_time(void **state) {
  for (int any = 0; any < 2; any++) {
    worker_of_test a = WORKER(.name = "a", .flags = any ? ANY : 0);
    uint64_t before = sup_runtime_now(world.runtime);
    sup_tree *tree;

    (void)state;
    tree = start_tree(slow_top(&a, SUP_SECONDS(30)));
    assert_true(next_deadline() == SUP_INFINITE);
    assert_int_equal(sup_child_failed(a.child, NULL), 0);
    assert_int_equal(sup_runtime_advance(world.runtime, 0), 0);
    assert_true(next_deadline() == before + SUP_SECONDS(30));
    assert_int_equal(sup_runtime_advance(world.runtime, SUP_SECONDS(30) - 1),
                     0);
    assert_int_equal(gate_count(&a.started), 1);
    assert_int_equal(sup_runtime_advance(world.runtime, 1), 0);
    assert_int_equal(gate_count(&a.started), 2);
    assert_true(sup_runtime_now(world.runtime) == before + SUP_SECONDS(30));
    end_tree(tree);
  }
}

/* Deadlines of two trees in their order; what one brings is done before the
 * next. */
static void note_time(struct worker *w, sup_child child) {
  uint64_t **at = w->data;

  *(*at)++ = sup_runtime_now(world.runtime);
  if (child.incarnation < 4)
    CHECK(sup_child_failed(child, NULL) == 0);
}

static void C9_deadlines_of_two_trees_in_order(void **state) {
  uint64_t times[8], *at = times, begin = sup_runtime_now(world.runtime);
  worker_of_test a = WORKER(.name = "a", .data = &at, .on_start = note_time);
  worker_of_test b =
      WORKER(.name = "b", .data = &at, .on_start = note_time, .flags = ANY);
  sup_tree *one, *two;

  (void)state;
  forget_story();
  one = start_tree(slow_top(&a, SUP_SECONDS(20)));
  two = start_tree(slow_top(&b, SUP_SECONDS(30)));
  assert_int_equal(sup_runtime_advance(world.runtime, SUP_SECONDS(100)), 0);
  assert_true(sup_runtime_now(world.runtime) == begin + SUP_SECONDS(100));
  gate_await(&a.started, 4);
  gate_await(&b.started, 4);
  /* 20 a, 30 b, 40 a, 60 both, 90 b */
  assert_int_equal(at - times, 8);
  assert_true(times[2] == begin + SUP_SECONDS(20));
  assert_true(times[3] == begin + SUP_SECONDS(30));
  assert_true(times[4] == begin + SUP_SECONDS(40));
  assert_true(times[5] == begin + SUP_SECONDS(60));
  assert_true(times[6] == begin + SUP_SECONDS(60));
  assert_true(times[7] == begin + SUP_SECONDS(90));
  end_tree(one);
  end_tree(two);
}

/* C9, Y8: a deadline of somebody else's has its place among equal ones. */
static void Y8_a_turn_among_equal_deadlines(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  worker_of_test b = WORKER(.name = "b", .flags = ANY);
  sup_tree *one = start_tree(slow_top(&a, SUP_SECONDS(30)));
  sup_tree *two = start_tree(slow_top(&b, SUP_SECONDS(30)));
  uint64_t first, turn;

  (void)state;
  assert_int_equal(sup_runtime_take_turn(world.runtime, &first), 0);
  assert_int_equal(sup_child_failed(a.child, NULL), 0);
  assert_int_equal(sup_runtime_take_turn(world.runtime, &turn), 0);
  assert_true(turn > first);
  assert_int_equal(sup_child_failed(b.child, NULL), 0);
  assert_int_equal(
      sup_runtime_advance_to_turn(world.runtime, SUP_SECONDS(30), first), 0);
  assert_int_equal(gate_count(&a.started), 1);
  assert_int_equal(sup_runtime_advance_to_turn(world.runtime, 0, turn), 0);
  assert_int_equal(gate_count(&a.started), 2);
  assert_int_equal(gate_count(&b.started), 1);
  /* Other calls in between leave it so. */
  assert_true(sup_tree_is_ready(one));
  assert_false(sup_tree_is_ready(two));
  assert_int_equal(sup_runtime_advance(world.runtime, 0), 0);
  assert_int_equal(gate_count(&b.started), 2);
  /* What is due on the way is not held up. */
  assert_int_equal(sup_child_failed(a.child, NULL), 0);
  assert_int_equal(
      sup_runtime_advance_to_turn(world.runtime, SUP_SECONDS(31), turn), 0);
  assert_int_equal(gate_count(&a.started), 3);
  end_tree(one);
  end_tree(two);
}

/* Each deadline is come upon at its time, whoever moves the time on. */
static void note_lateness(struct worker *w, sup_child child) {
  struct {
    uint64_t begun, period, late;
  } *notes = w->data;
  uint64_t now = sup_runtime_now(world.runtime);

  if (child.incarnation > 1 &&
      now != notes->begun + (child.incarnation - 1) * notes->period)
    notes->late++;
  CHECK(sup_child_failed(child, NULL) == 0);
}

static void *move_on(void *ctx) {
  unsigned times = *(unsigned *)ctx;
  uint64_t before, now;

  for (unsigned i = 0; i < times; i++) {
    before = sup_runtime_now(world.runtime);
    CHECK(sup_runtime_advance(world.runtime, SUP_MILLISECONDS(1 + i % 5)) == 0);
    now = sup_runtime_now(world.runtime);
    CHECK(now >= before + SUP_MILLISECONDS(1 + i % 5));
    CHECK(sup_runtime_now(world.runtime) >= now);
  }
  return NULL;
}

static void move_on_together(unsigned times) {
  pthread_t others[2];

  for (size_t i = 0; i < 2; i++)
    others[i] = start_thread(move_on, &times);
  move_on(&times);
  for (size_t i = 0; i < 2; i++)
    assert_int_equal(pthread_join(others[i], NULL), 0);
}

static void C9_time_never_goes_back_whoever_moves_it(void **state) {
  (void)state;
  move_on_together(5000);
}

static void C9_no_deadline_is_passed_whoever_moves_time(void **state) {
  struct {
    uint64_t begun, period, late;
  } notes = {sup_runtime_now(world.runtime), SUP_MILLISECONDS(3), 0};
  worker_of_test a = WORKER(.name = "a", .data = &notes, .flags = ANY,
                            .on_start = note_lateness);
  sup_tree *tree = start_tree(slow_top(&a, notes.period));

  (void)state;
  move_on_together(500);
  assert_in_range(gate_count(&a.started), 500, SIZE_MAX);
  assert_int_equal(notes.late, 0);
  end_tree(tree);
}

static void try_to_advance(struct worker *w, sup_child child) {
  (void)w;
  (void)child;
  CHECK(sup_runtime_advance(world.runtime, 1) == SUP_EDEADLOCK);
}

static void C9_not_from_a_callback(void **state) {
  worker_of_test a = WORKER(.name = "a", .on_start = try_to_advance);
  worker_of_test b =
      WORKER(.name = "b", .flags = ANY, .on_start = try_to_advance);
  uint64_t before = sup_runtime_now(world.runtime);

  (void)state;
  end_tree(start_tree(TOP(&a, &b)));
  assert_true(sup_runtime_now(world.runtime) == before);
}

/* H4 in manual time: a shutdown timeout of an hour. */
static void C9_a_ladder_in_manual_time(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY, .deaf = true);
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *spec = worker_spec(&a);
  sup_tree *tree;

  (void)state;
  sup_spec_set_shutdown_timeout(spec, SUP_SECONDS(3600));
  sup_spec_add(top, spec);
  tree = start_tree(top);
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  assert_int_equal(sup_runtime_advance(world.runtime, SUP_SECONDS(3599)), 0);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_STOPPING);
  assert_int_equal(sup_runtime_advance(world.runtime, SUP_SECONDS(1)), 0);
  assert_int_equal(sup_tree_wait(tree, NULL), SUP_ETERMINATION);
  assert_int_equal(sup_child_canceled(a.child), 0);
  sup_tree_unref(tree);
}

static void C9_not_on_an_ordinary_runtime(void **state) {
  uint64_t at;

  (void)state;
  assert_int_equal(sup_runtime_advance(world.runtime, 1), SUP_EUNSUPPORTED);
  assert_int_equal(sup_runtime_next_deadline(world.runtime, &at),
                   SUP_EUNSUPPORTED);
}

/* With the host's loop, on its thread. */
static void C9_on_a_loop_of_the_host(void **state) {
  worker_of_test a = WORKER(.name = "a");
  sup_runtime_options options = manual;
  sup_spec *top = slow_top(&a, SUP_SECONDS(30));
  sup_runtime *runtime;
  sup_tree *tree;
  uv_loop_t loop;

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  options.loop = &loop;
  assert_int_equal(sup_runtime_create(&runtime, &options), 0);
  assert_int_equal(sup_tree_create(runtime, top, &tree, NULL), 0);
  sup_spec_unref(top);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  assert_int_equal(gate_count(&a.started), 1);
  assert_int_equal(sup_child_completed(a.child), 0);
  assert_int_equal(sup_runtime_advance(runtime, SUP_SECONDS(31)), 0);
  assert_int_equal(gate_count(&a.started), 2);
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_ENDED);
  sup_tree_unref(tree);
  assert_int_equal(sup_runtime_close_async(runtime, NULL, NULL), 0);
  sup_runtime_unref(runtime);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void await_gate(struct worker *w, sup_stop_action action) {
  (void)action;
  gate_await(w->data, 1);
}

/* Y6: a stop that does not return is not performed by who moves the time on,
 * and is waited for once: moves behind it take no time at all. */
static void C9_a_stop_that_hangs_is_left_behind(void **state) {
  struct gate release = GATE_INIT;
  worker_of_test a = WORKER(.name = "a", .flags = BLOCKS, .data = &release,
                            .on_stop = await_gate);
  static const sup_backoff none = SUP_BACKOFF_NONE;
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *spec = worker_spec(&a);
  sup_tree *tree;

  (void)state;
  sup_spec_set_backoff(top, &none);
  sup_spec_set_heartbeat(spec, SUP_SECONDS(1));
  assert_int_equal(sup_spec_add(top, spec), 0);
  tree = start_tree(top);
  assert_int_equal(sup_runtime_advance(world.runtime, SUP_SECONDS(1)), 0);
  for (int i = 0; i < 300; i++)
    assert_int_equal(sup_runtime_advance(world.runtime, 1), 0);
  assert_int_equal(gate_count(&a.stopped), 0);
  gate_open(&release);
  gate_await(&a.started, 2);
  end_tree(tree);
}

struct held_stop {
  struct gate entered, release;
};

static void hold_stop(struct worker *w, sup_stop_action action) {
  struct held_stop *held = w->data;

  (void)action;
  gate_open(&held->entered);
  gate_await(&held->release, 1);
}

static void *terminate(void *ctx) {
  CHECK(sup_child_terminate(((struct worker *)ctx)->child, NULL) == 0);
  return NULL;
}

/* A tree that waits for a stop that blocks, as does who asked for it. */
static sup_tree *start_held(struct worker *w, pthread_t *asker) {
  struct held_stop *held = w->data;
  sup_tree *tree = start_tree(TOP(w));

  *asker = start_thread(terminate, w);
  gate_await(&held->entered, 1);
  return tree;
}

static void *move_by(void *ctx) {
  CHECK(sup_runtime_advance(world.runtime, *(sup_duration *)ctx) == 0);
  return NULL;
}

/* Until it has looked which trees there are; it waits for one of them then. */
static pthread_t start_moving(sup_duration *by) {
  pthread_t thread;

  counting_fail_at(0, 0);
  thread = start_thread(move_by, by);
  while (atomic_load(&counting.asked) == 0)
    sched_yield();
  return thread;
}

/* A small step that was held up while a large one was made. */
static void C9_a_step_that_comes_late_does_not_set_time_back(void **state) {
  struct held_stop first = {GATE_INIT, GATE_INIT};
  struct held_stop second = {GATE_INIT, GATE_INIT};
  worker_of_test a = WORKER(.name = "a", .flags = BLOCKS, .data = &first,
                            .on_stop = hold_stop);
  worker_of_test b = WORKER(.name = "b", .flags = BLOCKS, .data = &second,
                            .on_stop = hold_stop);
  sup_duration large = SUP_SECONDS(2), small = SUP_SECONDS(1);
  uint64_t before = sup_runtime_now(world.runtime);
  pthread_t goes_far, is_late, askers[2];
  sup_tree *one, *two;

  (void)state;
  atomic_store(&many_trees, true);
  one = start_held(&a, &askers[0]);
  goes_far = start_moving(&large); /* knows of the first tree alone */
  two = start_held(&b, &askers[1]);
  is_late = start_moving(&small);
  gate_open(&first.release);
  assert_int_equal(pthread_join(goes_far, NULL), 0);
  assert_true(sup_runtime_now(world.runtime) == before + large);
  gate_open(&second.release);
  assert_int_equal(pthread_join(is_late, NULL), 0);
  assert_true(sup_runtime_now(world.runtime) == before + large);
  for (size_t i = 0; i < 2; i++)
    assert_int_equal(pthread_join(askers[i], NULL), 0);
  end_tree(one);
  end_tree(two);
  atomic_store(&many_trees, false);
}

/* Two that hang, on a loop whose alarms do not ring while time is moved on. */
static void C9_stops_that_hang_on_a_loop_of_the_host(void **state) {
  struct gate release = GATE_INIT;
  worker_of_test a = WORKER(.name = "a", .flags = BLOCKS, .data = &release,
                            .on_stop = await_gate);
  worker_of_test b = WORKER(.name = "b", .flags = BLOCKS, .data = &release,
                            .on_stop = await_gate);
  struct worker *workers[2] = {&a, &b};
  sup_runtime_options options = manual;
  struct completion ended[2];
  sup_runtime *runtime;
  sup_tree *trees[2];
  uv_loop_t loop;

  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  options.loop = &loop;
  assert_int_equal(sup_runtime_create(&runtime, &options), 0);
  world.runtime = runtime;
  atomic_store(&many_trees, true);
  for (int i = 0; i < 2; i++) {
    sup_completion end = completion_of(&ended[i], 0);

    trees[i] = create_tree(TOP(workers[i]));
    assert_int_equal(sup_tree_launch(trees[i], NULL), 0);
    assert_int_equal(sup_tree_wait_async(trees[i], &end, NULL), 0);
    assert_int_equal(sup_tree_request_stop(trees[i], SUP_INFINITE), 0);
  }
  assert_int_equal(sup_runtime_advance(runtime, SUP_SECONDS(60)), 0);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(sup_tree_get_state(trees[i]), SUP_TREE_ENDED);
    assert_int_equal(gate_count(&ended[i].gate), 1);
    assert_int_equal(ended[i].code, SUP_ETERMINATION);
    sup_report_unref(ended[i].report);
    sup_tree_unref(trees[i]);
  }
  gate_open(&release);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(sup_runtime_close_async(runtime, NULL, NULL), 0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  /* They look at the runtime. */
  for (int i = 0; i < 2; i++)
    gate_await(&workers[i]->freed, 1);
  sup_runtime_unref(runtime);
  world.runtime = NULL;
  atomic_store(&many_trees, false);
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* C9: nothing is ever due at SUP_INFINITE, which is no time. */
static void C9_time_has_an_end(void **state) {
  uint64_t last = SUP_INFINITE - 1;
  uint64_t now = sup_runtime_now(world.runtime);

  (void)state;
  assert_int_equal(sup_runtime_advance(world.runtime, SUP_INFINITE - now), 0);
  assert_true(sup_runtime_now(world.runtime) == last);
  assert_int_equal(sup_runtime_advance(world.runtime, 0), 0);
  assert_int_equal(sup_runtime_advance(world.runtime, 1), 0);
  assert_int_equal(sup_runtime_advance(world.runtime, SUP_INFINITE), 0);
  assert_true(sup_runtime_now(world.runtime) == last);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test_with(C9_a_long_backoff_takes_no_time, manual),
      world_test_with(C9_deadlines_of_two_trees_in_order, manual),
      world_test_with(Y8_a_turn_among_equal_deadlines, manual),
      world_test_with(C9_time_never_goes_back_whoever_moves_it, manual),
      world_test_with(C9_no_deadline_is_passed_whoever_moves_time, manual),
      world_test_with(C9_a_step_that_comes_late_does_not_set_time_back, manual),
      world_test_with(C9_time_has_an_end, manual),
      world_test_with(C9_not_from_a_callback, manual),
      world_test_with(C9_a_ladder_in_manual_time, manual),
      world_test(C9_not_on_an_ordinary_runtime),
      audited_test(C9_on_a_loop_of_the_host),
      world_test_with(C9_a_stop_that_hangs_is_left_behind, manual),
      audited_test(C9_stops_that_hang_on_a_loop_of_the_host),
  };

  return run_all(tests);
}
