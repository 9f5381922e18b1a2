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

/* Events: readers, losses, wake-ups (E1, E3). */

#include "face_fixture.h"

#define ANY SUP_CALLBACKS_ANY_THREAD

static sup_events *open_with(sup_tree *tree, uint32_t buffer,
                             void (*readable)(void *ctx), void *ctx) {
  sup_events_options options = SUP_EVENTS_OPTIONS_INIT;
  sup_events *events;

  options.buffer = buffer;
  options.readable = readable;
  options.ctx = ctx;
  assert_int_equal(sup_events_open(tree, &options, &events), 0);
  return events;
}

/* Fail `count` times; each time with the next incarnation. */
static void fail_times(struct worker *w, int count) {
  for (int i = 0; i < count; i++) {
    assert_int_equal(
        sup_child_failed(w->child,
                         sup_error_create(SUP_EFAILED, "again", NULL, NULL)),
        0);
    gate_await(&w->started, gate_count(&w->ended) + 1);
  }
}

/* E1 H7: all in order, numbered, with their causes; one final event. */
static void E1_events_are_numbered_and_ordered(void **state) {
  static const struct {
    sup_event_kind kind;
    const char *path;
  } expected[] = {
      {SUP_EVENT_STARTING, "top"},   {SUP_EVENT_STARTED, "top/a"},
      {SUP_EVENT_STARTED, "top"},    {SUP_EVENT_FAILED, "top/a"},
      {SUP_EVENT_STARTED, "top/a"},  {SUP_EVENT_TERMINATED, "top/a"},
      {SUP_EVENT_TERMINATED, "top"},
  };
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_event event = {.size = sizeof(event)};
  uint64_t number = 0, time = 0;
  sup_events *events;
  sup_tree *tree;
  size_t i = 0;

  (void)state;
  tree = create_tree(TOP(&a));
  events = open_events(tree);
  assert_int_equal(sup_events_next(events, &event), 0);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  gate_await(&a.started, 1);
  fail_times(&a, 1);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  while (sup_events_wait(events, &event, WATCHDOG) == 1) {
    assert_int_equal(event.number, ++number);
    assert_true(event.cause < event.number);
    assert_true(event.time >= time);
    assert_true(event.wall > 0);
    time = event.time;
    if (event.kind == SUP_EVENT_FAILED) {
      assert_non_null(event.error);
      assert_non_null(strstr(sup_error_text(event.error), "again"));
    }
    if (event.kind == SUP_EVENT_STOPPING ||
        event.kind == SUP_EVENT_RESTART_SCHEDULED)
      continue;
    assert_true(i < sizeof(expected) / sizeof(expected[0]));
    assert_int_equal(event.kind, expected[i].kind);
    assert_string_equal(event.path, expected[i].path);
    i++;
  }
  assert_int_equal(i, sizeof(expected) / sizeof(expected[0]));
  assert_int_equal(sup_events_next(events, &event), SUP_EGONE);
  assert_int_equal(sup_events_wait(events, &event, 0), SUP_EGONE);
  assert_int_equal(count_tree(tree).events, number);
  sup_events_close(events);
  /* One that comes late gets the final event. */
  events = open_events(tree);
  assert_int_equal(sup_events_next(events, &event), 1);
  assert_int_equal(event.kind, SUP_EVENT_TERMINATED);
  assert_int_equal(event.number, number);
  assert_string_equal(event.path, "top");
  assert_int_equal(sup_events_next(events, &event), SUP_EGONE);
  sup_events_close(events);
  sup_tree_unref(tree);
}

/* E3: what a small buffer misses is counted, in its place; the final event is
 * there in any case. Readers do not disturb each other. */
static void E3_losses_are_told_in_their_place(void **state) {
  static const uint32_t buffers[] = {1, 4, 7, 1000};
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_event event = {.size = sizeof(event)};
  sup_events *events[4];
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a));
  for (int i = 0; i < 4; i++)
    events[i] = open_with(tree, buffers[i], NULL, NULL);
  fail_times(&a, 50);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  for (int i = 0; i < 4; i++) {
    uint64_t next = 0, read = 0;
    sup_event_kind last = 0;

    while (sup_events_next(events[i], &event) == 1) {
      if (event.kind == SUP_EVENT_LOST) {
        assert_int_equal(read, 0);
        assert_true(event.detail > 0);
        assert_null(event.error);
        next = event.number + 1;
        continue;
      }
      if (next != 0)
        assert_int_equal(event.number, next);
      next = event.number + 1;
      last = event.kind;
      read++;
    }
    assert_int_equal(last, SUP_EVENT_TERMINATED);
    assert_int_equal(next, count_tree(tree).events + 1);
    assert_true(i == 3 ? read > 100 : read == buffers[i]);
    sup_events_close(events[i]);
  }
  sup_tree_unref(tree);
}

/* What was read ahead keeps its paths and errors, whoever failed before and
 * after; and what is not read any more is given back. */
static void E3_events_that_were_read_ahead(void **state) {
  static const sup_backoff none = SUP_BACKOFF_NONE;
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  worker_of_test b = WORKER(.name = "one with a long name", .flags = ANY);
  worker_of_test c = WORKER(.name = "c", .flags = ANY);
  struct worker *const workers[] = {&a, &b, &c};
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_event event = {.size = sizeof(event)};
  sup_events *events, *left;
  uint64_t number = 0;
  sup_tree *tree;
  char text[32];

  (void)state;
  for (int i = 0; i < 3; i++)
    assert_int_equal(sup_spec_add(top, worker_spec(workers[i])), 0);
  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(top, &none);
  tree = start_tree(top);
  events = open_events(tree);
  left = open_events(tree);
  for (int i = 0; i < 90; i++) {
    snprintf(text, sizeof(text), "failure %d", i);
    assert_int_equal(
        sup_child_failed(workers[i % 3]->child,
                         sup_error_create(SUP_EFAILED, text, NULL, NULL)),
        0);
  }
  assert_int_equal(sup_events_next(left, &event), 1);
  assert_int_equal(sup_events_next(left, &event), 1);
  sup_events_close(left);
  for (int i = 0; i < 90;) {
    assert_int_equal(sup_events_next(events, &event), 1);
    assert_true(number == 0 || event.number == number + 1);
    number = event.number;
    assert_int_equal(strncmp(event.path, "top/", 4), 0);
    if (event.kind != SUP_EVENT_FAILED)
      continue;
    assert_string_equal(event.path + 4, workers[i % 3]->name);
    snprintf(text, sizeof(text), "failure %d", i++);
    assert_string_equal(sup_error_text(event.error), text);
  }
  sup_events_close(events);
  end_tree(tree);
}

static void E3_buffers_have_limits(void **state) {
  sup_events_options options = SUP_EVENTS_OPTIONS_INIT;
  sup_event event = {.size = 4};
  sup_events *events;
  sup_tree *tree;

  (void)state;
  tree = create_tree(sup_supervisor_spec("top", SUP_ONE_FOR_ONE));
  options.buffer = (1u << 20) + 1;
  assert_int_equal(sup_events_open(tree, &options, &events), SUP_EINVAL);
  assert_null(events);
  options.buffer = 1u << 20;
  options.size = 4;
  assert_int_equal(sup_events_open(tree, &options, &events), SUP_EINVAL);
  events = open_events(tree);
  assert_int_equal(sup_events_next(events, &event), SUP_EINVAL);
  sup_events_close(events);
  sup_events_close(NULL);
  sup_tree_unref(tree);
}

/* E3: one that is opened later begins at that moment; one that is closed ends
 * alone. */
static void E3_readers_begin_and_end_by_themselves(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_event event = {.size = sizeof(event)};
  sup_events *first, *later;
  uint64_t before;
  sup_tree *tree;

  (void)state;
  tree = create_tree(TOP(&a));
  first = open_events(tree);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  gate_await(&a.started, 1);
  fail_times(&a, 3);
  before = count_tree(tree).events;
  later = open_events(tree);
  assert_int_equal(sup_events_next(later, &event), 0);
  fail_times(&a, 1);
  assert_int_equal(sup_events_next(later, &event), 1);
  assert_int_equal(event.number, before + 1);
  assert_int_equal(event.kind, SUP_EVENT_FAILED);
  sup_events_close(first);
  assert_int_equal(sup_events_next(later, &event), 1);
  assert_int_equal(event.number, before + 2);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  await_event(later, SUP_EVENT_TERMINATED, "top");
  assert_int_equal(sup_events_next(later, &event), SUP_EGONE);
  sup_events_close(later);
  sup_tree_unref(tree);
}

/* E1: everything that an event is to say. */
static void E1_what_an_event_says(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_tree *tree = start_tree(TOP(&a));
  sup_events *events = open_events(tree);
  sup_event failed, started;
  uint64_t now;

  (void)state;
  now = sup_runtime_now(world.runtime);
  assert_int_equal(sup_child_failed(a.child, sup_error_create(SUP_EFAILED, "oh",
                                                              NULL, NULL)),
                   0);
  failed = await_event(events, SUP_EVENT_FAILED, "top/a");
  assert_string_equal(sup_error_text(failed.error), "oh");
  assert_int_equal(failed.node_kind, SUP_KIND_CALLBACK);
  assert_int_equal(failed.child.incarnation, 1);
  assert_int_equal(failed.restarts, 0);
  assert_true(failed.cause < failed.number);
  assert_true(failed.time >= now);
  assert_true(failed.wall > failed.time);
  assert_true(failed.duration > 0);
  started = await_event(events, SUP_EVENT_STARTED, "top/a");
  assert_int_equal(started.child.incarnation, 2);
  assert_int_equal(started.restarts, 1);
  assert_true(started.cause >= failed.number);
  assert_null(started.error);
  sup_events_close(events);
  end_tree(tree);
}

/* ---- Waking ------------------------------------------------------------- */

static void note_readable(void *ctx) {
  CHECK(sup_runtime_is_loop_thread(world.runtime));
  gate_open(ctx);
}

/* Called once until all has been read. */
static void E3_a_reader_is_woken_once(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  struct gate readable = GATE_INIT;
  sup_event event = {.size = sizeof(event)};
  sup_events *events, *all;
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a));
  events = open_with(tree, 0, note_readable, &readable);
  all = open_events(tree);
  fail_times(&a, 1);
  gate_await(&readable, 1);
  fail_times(&a, 20);
  /* Another reader was told, so this one would have been. */
  for (int i = 0; i < 21; i++)
    await_event(all, SUP_EVENT_FAILED, "top/a");
  assert_int_equal(gate_count(&readable), 1);
  while (sup_events_next(events, &event) == 1)
    continue;
  fail_times(&a, 1);
  gate_await(&readable, 2);
  sup_events_close(events);
  sup_events_close(all);
  end_tree(tree);
  assert_int_equal(gate_count(&readable), 2);
}

struct closer {
  struct gate entered, leave, done;
  sup_events *events;
};

static void close_within(void *ctx) {
  struct closer *c = ctx;

  sup_events_close(c->events);
  gate_open(&c->done);
}

static void a_reader_closed_from_within_readable(void **state) {
  struct closer c = {GATE_INIT, GATE_INIT, GATE_INIT, NULL};
  sup_tree *tree;

  (void)state;
  tree = create_tree(sup_supervisor_spec("top", SUP_ONE_FOR_ONE));
  c.events = open_with(tree, 0, close_within, &c);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  gate_await(&c.done, 1);
  end_tree(tree);
  assert_int_equal(gate_count(&c.done), 1);
}

static void stay_within(void *ctx) {
  struct closer *c = ctx;

  gate_open(&c->entered);
  gate_await(&c->leave, 1);
  gate_open(&c->done);
}

static void *open_leave(void *ctx) {
  gate_open(ctx);
  return NULL;
}

/* A close waits for a call that is going on. */
static void a_close_waits_for_readable(void **state) {
  struct closer c = {GATE_INIT, GATE_INIT, GATE_INIT, NULL};
  sup_tree *tree;
  pthread_t thread;

  (void)state;
  tree = create_tree(sup_supervisor_spec("top", SUP_ONE_FOR_ONE));
  c.events = open_with(tree, 0, stay_within, &c);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  gate_await(&c.entered, 1);
  thread = start_thread(open_leave, &c.leave);
  sup_events_close(c.events);
  assert_int_equal(gate_count(&c.done), 1);
  pthread_join(thread, NULL);
  end_tree(tree);
}

static void E3_a_wait_has_a_limit(void **state) {
  sup_event event = {.size = sizeof(event)};
  sup_events *events;
  uint64_t before;
  sup_tree *tree;

  (void)state;
  tree = start_tree(sup_supervisor_spec("top", SUP_ONE_FOR_ONE));
  events = open_events(tree);
  before = sup_runtime_now(world.runtime);
  assert_int_equal(sup_events_wait(events, &event, SUP_MILLISECONDS(5)), 0);
  assert_true(sup_runtime_now(world.runtime) - before >= SUP_MILLISECONDS(5));
  assert_int_equal(sup_events_wait(events, &event, 0), 0);
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  await_event(events, SUP_EVENT_TERMINATED, "top");
  sup_events_close(events);
  sup_tree_unref(tree);
}

/* The events of a temporary child keep its path when it has gone. */
static void E1_paths_of_children_that_have_gone(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *spec = worker_spec(&a);
  sup_events *events;
  sup_event event;
  sup_tree *tree;

  (void)state;
  sup_spec_set_restart(spec, SUP_TEMPORARY);
  sup_spec_add(top, spec);
  tree = start_tree(top);
  events = open_events(tree);
  assert_int_equal(
      sup_child_failed(a.child,
                       sup_error_create(SUP_EFAILED, "gone", NULL, NULL)),
      0);
  gate_await(&a.ended, 1);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  event = await_event(events, SUP_EVENT_FAILED, "top/a");
  assert_non_null(strstr(sup_error_text(event.error), "gone"));
  sup_events_close(events);
  sup_tree_unref(tree);
}

static void every_kind_has_a_name(void **state) {
  (void)state;
  for (int i = SUP_EVENT_STARTED; i <= SUP_EVENT_STARTING; i++)
    assert_string_not_equal(sup_event_kind_name((sup_event_kind)i), "unknown");
  assert_string_equal(sup_event_kind_name(SUP_EVENT_LOST), "lost");
  assert_string_equal(sup_event_kind_name((sup_event_kind)99), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test(E1_events_are_numbered_and_ordered),
      world_test(E3_losses_are_told_in_their_place),
      world_test(E3_events_that_were_read_ahead),
      world_test(E3_buffers_have_limits),
      world_test(E3_readers_begin_and_end_by_themselves),
      world_test(E1_what_an_event_says),
      world_test(E3_a_reader_is_woken_once),
      world_test(a_reader_closed_from_within_readable),
      world_test(a_close_waits_for_readable),
      world_test(E3_a_wait_has_a_limit),
      world_test(E1_paths_of_children_that_have_gone),
      cmocka_unit_test(every_kind_has_a_name),
  };

  return run_all(tests);
}
