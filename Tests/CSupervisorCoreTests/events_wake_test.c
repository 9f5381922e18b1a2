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
 * E3: a reader that waits is told when half of its buffer is full, or within a
 * millisecond, and never for each event. How often, and for when the alarm is
 * set, is looked at; no time is measured. The loop runs only when it is told
 * to.
 */

#include "face_fixture.h"

#include "supervisor/private.h"

#define PATIENCE SUP_MILLISECONDS(1)
#define BUFFER 32u

struct bed {
  uv_loop_t loop;
  struct worker worker;
  sup_tree *tree;
  sup_events *events;
  unsigned calls; /* of readable */
  bool reads;     /* all there is, within that */
};

static void turn(struct bed *bed) {
  uv_run(&bed->loop, UV_RUN_NOWAIT);
}

/* Read all there is: the reader waits again. */
static unsigned read_all(struct bed *bed) {
  sup_event event = {.size = sizeof(event)};
  unsigned count = 0;

  while (sup_events_next(bed->events, &event) == 1)
    count += event.kind != SUP_EVENT_LOST;
  return count;
}

static void readable(void *ctx) {
  struct bed *bed = ctx;

  bed->calls++;
  if (bed->reads)
    read_all(bed);
}

static uint64_t last_event(struct bed *bed) {
  return count_tree(bed->tree).events;
}

/* A failure and a start: so many events, and at least so many. */
static uint64_t some_events(struct bed *bed, uint64_t count) {
  uint64_t before = last_event(bed);

  while (last_event(bed) < before + count)
    CHECK(sup_child_failed(bed->worker.child, NULL) == 0);
  return last_event(bed) - before;
}

static bool is_posted(struct bed *bed) {
  bool posted;

  pthread_mutex_lock(&bed->tree->lock);
  posted = bed->tree->events_posted;
  pthread_mutex_unlock(&bed->tree->lock);
  return posted;
}

static uint64_t alarm_time(struct bed *bed) {
  return atomic_load(&bed->tree->events_alarm.at);
}

static void open_bed_with(struct bed *bed, uint32_t buffer) {
  static const sup_backoff none = SUP_BACKOFF_NONE;
  sup_runtime_options options = SUP_RUNTIME_OPTIONS_INIT;
  sup_events_options reader = SUP_EVENTS_OPTIONS_INIT;
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);

  memset(bed, 0, sizeof(*bed));
  bed->worker =
      (struct worker)WORKER(.name = "a", .flags = SUP_CALLBACKS_ANY_THREAD);
  assert_int_equal(uv_loop_init(&bed->loop), 0);
  options.loop = &bed->loop;
  assert_int_equal(sup_runtime_create(&world.runtime, &options), 0);
  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(top, &none);
  assert_int_equal(sup_spec_add(top, worker_spec(&bed->worker)), 0);
  bed->tree = create_tree(top);
  assert_int_equal(sup_tree_launch(bed->tree, NULL), 0);
  gate_await(&bed->worker.started, 1);
  turn(bed);
  reader.buffer = buffer;
  reader.readable = readable;
  reader.ctx = bed;
  assert_int_equal(sup_events_open(bed->tree, &reader, &bed->events), 0);
}

static void open_bed(struct bed *bed) {
  open_bed_with(bed, BUFFER);
}

static void close_bed(struct bed *bed) {
  sup_events_close(bed->events);
  assert_int_equal(sup_tree_request_stop(bed->tree, SUP_INFINITE), 0);
  while (sup_tree_get_state(bed->tree) != SUP_TREE_ENDED)
    turn(bed);
  sup_tree_unref(bed->tree);
  sup_runtime_close_async(world.runtime, NULL, NULL);
  sup_runtime_unref(world.runtime);
  world.runtime = NULL;
  uv_run(&bed->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&bed->loop), 0);
  await_freed(&bed->worker);
}

static void E3_few_events_are_told_once_within_a_millisecond(void **state) {
  struct bed bed;
  uint64_t before, after, at, made;

  (void)state;
  open_bed(&bed);
  for (unsigned round = 1; round <= 3; round++) {
    before = sup__loop_now();
    made = some_events(&bed, 1);
    after = sup__loop_now();
    assert_in_range(made, 1, BUFFER / 4);
    /* Nobody is told within the call, nor the loop woken for it at once. */
    assert_int_equal(bed.calls, round - 1);
    assert_false(is_posted(&bed));
    at = alarm_time(&bed);
    assert_in_range(at, before + PATIENCE, after + PATIENCE);
    /* Those that follow do not put it off. */
    made += some_events(&bed, 4);
    assert_true(made <= BUFFER / 2);
    assert_false(is_posted(&bed));
    assert_true(alarm_time(&bed) == at);
    while (bed.calls < round)
      uv_run(&bed.loop, UV_RUN_ONCE);
    assert_int_equal(bed.calls, round);
    assert_int_equal(read_all(&bed), made);
  }
  close_bed(&bed);
}

static void E3_half_a_buffer_is_told_at_once(void **state) {
  struct bed bed;
  uint64_t made = 0;

  (void)state;
  open_bed(&bed);
  for (unsigned round = 1; round <= 3; round++) {
    for (made = 0; made <= BUFFER / 2; made += some_events(&bed, 1))
      assert_false(is_posted(&bed));
    assert_true(is_posted(&bed));
    assert_int_equal(bed.calls, round - 1);
    turn(&bed);
    assert_int_equal(bed.calls, round);
    assert_int_equal(read_all(&bed), made);
  }
  close_bed(&bed);
}

/* Who does not read is told once, however much happens; and so is who reads
 * all there is each time, once for all that happened in between. */
static void E3_never_for_each_event(void **state) {
  struct bed bed;

  (void)state;
  open_bed(&bed);
  some_events(&bed, 1000);
  turn(&bed);
  assert_int_equal(bed.calls, 1);
  for (int i = 0; i < 100; i++) {
    some_events(&bed, 10);
    assert_false(is_posted(&bed));
    turn(&bed);
  }
  assert_int_equal(bed.calls, 1);
  assert_true(alarm_time(&bed) == SUP_INFINITE ||
              alarm_time(&bed) <= sup__loop_now() + PATIENCE);
  read_all(&bed);
  bed.reads = true;
  for (unsigned i = 0; i < 100; i++) {
    some_events(&bed, BUFFER);
    turn(&bed);
    assert_int_equal(bed.calls, 2 + i);
  }
  close_bed(&bed);
}

/* Of how many events sup_events_next_or_rest gives before it answers 0. */
static unsigned read_until_rest(struct bed *bed) {
  sup_event event = {.size = sizeof(event)};
  unsigned count = 0;

  while (sup_events_next_or_rest(bed->events, &event) == 1)
    count += event.kind != SUP_EVENT_LOST;
  return count;
}

static void await_told(struct bed *bed) {
  unsigned before = bed->calls;

  while (bed->calls == before)
    uv_run(&bed->loop, UV_RUN_ONCE);
}

/* Who has caught up is told of what follows as if it had waited, and is not
 * answered for each event; one that asks for the next event has it. */
static void E3_who_has_caught_up_rests(void **state) {
  sup_event event = {.size = sizeof(event)};
  uint64_t made, more, before, after;
  struct bed bed;

  (void)state;
  open_bed_with(&bed, 1024);
  for (unsigned round = 0; round < 4; round++) {
    made = some_events(&bed, 2);
    await_told(&bed);
    for (uint64_t i = 0; i < made; i++)
      assert_int_equal(sup_events_next_or_rest(bed.events, &event), 1);
    before = sup__loop_now();
    more = some_events(&bed, 1);
    assert_int_equal(sup_events_next_or_rest(bed.events, &event), 0);
    after = sup__loop_now();
    assert_in_range(alarm_time(&bed), before + PATIENCE, after + PATIENCE);
    if (round % 2 == 1) {
      assert_int_equal(read_all(&bed), more);
      continue;
    }
    await_told(&bed);
    assert_int_equal(read_until_rest(&bed), more);
  }
  close_bed(&bed);
}

/* Who has not caught up goes on, and nobody is told nothing at the end. */
static void E3_who_is_behind_does_not_rest(void **state) {
  sup_event event = {.size = sizeof(event)};
  struct bed bed;
  uint64_t made;

  (void)state;
  open_bed_with(&bed, 128);
  made = some_events(&bed, 100);
  assert_true(is_posted(&bed));
  turn(&bed);
  for (uint64_t i = 0; i < made; i++) {
    assert_int_equal(sup_events_next_or_rest(bed.events, &event), 1);
    /* Four are read ahead: at the end of four there are always more. */
    if (i == 40)
      made += some_events(&bed, 2);
  }
  assert_int_equal(sup_events_next_or_rest(bed.events, &event), 0);
  assert_int_equal(sup_tree_request_stop(bed.tree, SUP_INFINITE), 0);
  some_events(&bed, 0);
  while (sup_tree_get_state(bed.tree) != SUP_TREE_ENDED)
    turn(&bed);
  assert_true(read_until_rest(&bed) > 0);
  assert_int_equal(sup_events_next_or_rest(bed.events, &event), SUP_EGONE);
  close_bed(&bed);
}

static void nothing(void *ctx) {
  (void)ctx;
}

/* On a loop of its own: if it sleeps it is woken for the alarm, and once more
 * when half of the buffer is full. A thread that is held up while it drains
 * hands the rest over, which is a wake-up, too; far from one for each event. */
static void E3_the_loop_is_not_woken_for_each_event(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = SUP_CALLBACKS_ANY_THREAD);
  sup_tree *tree = start_tree(TOP(&a));
  sup_events *events = open_events(tree);
  uint64_t wakeups;

  (void)state;
  /* Until the loop has nothing left of the start. */
  sup__runtime_call(world.runtime, nothing, NULL);
  wakeups = sup__loop_wakeups(world.runtime->loop);
  for (int i = 0; i < 2000; i++)
    assert_int_equal(sup_child_failed(a.child, NULL), 0);
  assert_in_range(sup__loop_wakeups(world.runtime->loop) - wakeups, 0, 200);
  sup_events_close(events);
  end_tree(tree);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      audited_test(E3_few_events_are_told_once_within_a_millisecond),
      audited_test(E3_half_a_buffer_is_told_at_once),
      audited_test(E3_never_for_each_event),
      audited_test(E3_who_has_caught_up_rests),
      audited_test(E3_who_is_behind_does_not_rest),
      world_test(E3_the_loop_is_not_woken_for_each_event),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
