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
 * P2, W1: processes that speak of themselves, as children of a tree. Time is
 * the tests', but for that of the one in which the host itself is late.
 */

#include "face_fixture.h"

#include <fcntl.h>

static sup_runtime_options manual = {
    .size = sizeof(manual), .seed = 1, .manual_time = true};

/* A process that does one thing after the other, each when it is let. */
struct talker {
  struct gate lines;
  sup_child child;
  int ends[2]; /* it waits for bytes from here */
};

static bool note_line(void *ctx, sup_child child, const char *text,
                      size_t length, uint32_t flags) {
  struct talker *t = ctx;

  (void)text;
  (void)length;
  if (flags & SUP_LINE_END)
    return true;
  t->child = child;
  gate_open(&t->lines);
  return true;
}

static sup_spec *talker_spec(struct talker *t, const char *const *argv,
                             sup_ready_kind kind) {
  sup_output lines = {
      .size = sizeof(lines), .mode = SUP_OUTPUT_LINES, .line = note_line};
  sup_readiness ready = {.size = sizeof(ready), .kind = kind};
  sup_spec *spec = sup_process_spec("p", argv);

  assert_int_equal(pipe2(t->ends, O_CLOEXEC), 0);
  sup_spec_set_output(spec, &lines, t);
  sup_spec_set_readiness(spec, &ready);
  sup_spec_pass_descriptor(spec, t->ends[0], 9);
  return spec;
}

#define TALKER(t, kind, ...)                                                   \
  talker_spec(t, (const char *const[]){PROCESS_CHILD, __VA_ARGS__, NULL}, kind)

static void let(struct talker *t) {
  assert_int_equal(write(t->ends[1], "x", 1), 1);
}

static void forget_talker(struct talker *t) {
  close(t->ends[0]);
  close(t->ends[1]);
}

static sup_spec *top_with(sup_spec *child) {
  static const sup_backoff none = SUP_BACKOFF_NONE;
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);

  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(top, &none);
  assert_int_equal(sup_spec_add(top, child), 0);
  return top;
}

static void advance(sup_duration time) {
  assert_int_equal(sup_runtime_advance(world.runtime, time), 0);
}

/* Of all events that there are by now. */
static unsigned count_events(sup_events *events, sup_event_kind kind) {
  sup_event event = {.size = sizeof(event)};
  unsigned count = 0;

  while (sup_events_next(events, &event) == 1)
    count += event.kind == kind;
  return count;
}

/* ---- Readiness ---------------------------------------------------------- */

/* P2 S2: READY=1 acknowledges the start, and nothing else does. */
static void P2_a_process_is_up_when_it_says_so(void **state) {
  struct talker t = {.lines = GATE_INIT};
  sup_spec *spec =
      TALKER(&t, SUP_READY_NOTIFY, "notify", "STATUS=loading", "barrier", "out",
             "loading", "await", "9", "notify", "READY=1", "sleep");
  sup_events *events;
  sup_tree *tree;

  (void)state;
  tree = create_tree(top_with(spec));
  events = open_events(tree);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  gate_await(&t.lines, 1);
  advance(SUP_SECONDS(29));
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_STARTING);
  let(&t);
  await_event(events, SUP_EVENT_STARTED, "top/p");
  await_event(events, SUP_EVENT_STARTED, "top");
  sup_events_close(events);
  end_tree(tree);
  forget_talker(&t);
}

/* P2 S4: not in time is a failed start; the process is gone when that is
 * told. */
static void P2_one_that_never_says_so_has_not_started(void **state) {
  struct talker t = {.lines = GATE_INIT};
  sup_spec *spec = TALKER(&t, SUP_READY_NOTIFY, "notify", "WATCHDOG=1",
                          "barrier", "out", "here", "sleep");
  sup_events *events;
  sup_report *report;
  sup_error *error;
  sup_tree *tree;

  (void)state;
  sup_spec_set_start_timeout(spec, SUP_SECONDS(3));
  tree = create_tree(top_with(spec));
  events = open_events(tree);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  gate_await(&t.lines, 1);
  advance(SUP_SECONDS(3));
  await_event(events, SUP_EVENT_START_FAILED, "top/p");
  assert_int_equal(sup_tree_wait(tree, &report), SUP_ESTART);
  error = sup_report_error(report, 0);
  while (sup_error_cause(error) != NULL)
    error = sup_error_cause(error);
  assert_int_equal(sup_error_code(error), SUP_ESTARTTIMEOUT);
  assert_no_children();
  sup_report_unref(report);
  sup_events_close(events);
  sup_tree_unref(tree);
  forget_talker(&t);
}

/* P2 S4: it may ask for more time, from when it asks, never for less. */
static void P2_a_start_may_ask_for_more_time(void **state) {
  struct talker t = {.lines = GATE_INIT};
  sup_spec *spec =
      TALKER(&t, SUP_READY_NOTIFY, "notify", "EXTEND_TIMEOUT_USEC=10000000",
             "notify", "EXTEND_TIMEOUT_USEC=1", "barrier", "out", "asked",
             "await", "9", "notify", "EXTEND_TIMEOUT_USEC=5000000", "barrier",
             "out", "again", "sleep");
  sup_events *events;
  sup_tree *tree;

  (void)state;
  sup_spec_set_start_timeout(spec, SUP_SECONDS(3));
  tree = create_tree(top_with(spec));
  events = open_events(tree);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  gate_await(&t.lines, 1);
  advance(SUP_SECONDS(9));
  let(&t);
  gate_await(&t.lines, 2);
  advance(SUP_SECONDS(5) - 1);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_STARTING);
  assert_int_equal(count_events(events, SUP_EVENT_STOPPING), 0);
  advance(1);
  await_event(events, SUP_EVENT_START_FAILED, "top/p");
  assert_int_equal(sup_tree_wait(tree, NULL), SUP_ESTART);
  sup_events_close(events);
  sup_tree_unref(tree);
  forget_talker(&t);
}

/* P2 P3 X1: the error of its end has what it said last. */
static void P2_what_it_said_last_is_told(void **state) {
  struct talker t = {.lines = GATE_INIT};
  sup_spec *spec =
      TALKER(&t, SUP_READY_NOTIFY, "notify", "READY=1\nSTATUS=serving",
             "notify", "STATUS=disk full", "exit", "1");
  sup_events *events;
  sup_event event;
  sup_tree *tree;

  (void)state;
  sup_spec_set_restart(spec, SUP_TEMPORARY);
  tree = create_tree(top_with(spec));
  events = open_events(tree);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  event = await_event(events, SUP_EVENT_FAILED, "top/p");
  assert_non_null(strstr(sup_error_text(event.error), "it said: disk full"));
  sup_events_close(events);
  end_tree(tree);
  forget_talker(&t);
}

/* ---- Signs of life ------------------------------------------------------ */

/* W1: signs of life keep it up; silence is a failure of its own, for which it
 * is taken down its ladder and started again. */
static void W1_silence_is_a_failure(void **state) {
  struct talker t = {.lines = GATE_INIT};
  sup_spec *spec = TALKER(&t, SUP_READY_NOTIFY, "notify", "READY=1", "barrier",
                          "out", "up", "await", "9", "notify", "WATCHDOG=1",
                          "barrier", "out", "alive", "sleep");
  sup_event event, silent;
  sup_events *events;
  sup_tree *tree;

  (void)state;
  sup_spec_set_heartbeat(spec, SUP_SECONDS(10));
  tree = start_tree(top_with(spec));
  events = open_events(tree);
  gate_await(&t.lines, 1);
  advance(SUP_SECONDS(9));
  let(&t);
  gate_await(&t.lines, 2);
  advance(SUP_SECONDS(10) - 1);
  assert_int_equal(count_events(events, SUP_EVENT_SILENT), 0);
  advance(1);
  silent = await_event(events, SUP_EVENT_SILENT, "top/p");
  assert_int_equal(sup_error_code(silent.error), SUP_EHEARTBEAT);
  event = await_event(events, SUP_EVENT_STOPPING, "top/p");
  assert_int_equal(event.detail, SUP_STOP_CANCEL);
  event = await_event(events, SUP_EVENT_FAILED, "top/p");
  assert_int_equal(sup_error_code(event.error), SUP_EHEARTBEAT);
  await_event(events, SUP_EVENT_STARTED, "top/p");
  gate_await(&t.lines, 3);
  sup_events_close(events);
  end_tree(tree);
  forget_talker(&t);
}

/* W1: whatever its readiness is; it counts from when it is up. */
static void W1_any_process_may_promise(void **state) {
  struct talker t = {.lines = GATE_INIT};
  sup_spec *spec = TALKER(&t, SUP_READY_EXEC, "notify", "WATCHDOG=1", "barrier",
                          "out", "up", "sleep");
  sup_events *events;
  sup_tree *tree;

  (void)state;
  sup_spec_set_heartbeat(spec, SUP_SECONDS(10));
  tree = start_tree(top_with(spec));
  events = open_events(tree);
  advance(SUP_SECONDS(5));
  gate_await(&t.lines, 1); /* its sign is from then, or from before */
  advance(SUP_SECONDS(10));
  await_event(events, SUP_EVENT_SILENT, "top/p");
  await_event(events, SUP_EVENT_STARTED, "top/p");
  sup_events_close(events);
  end_tree(tree);
  forget_talker(&t);
}

/* W1: what cannot move any more is taken down by its last step. */
static void W1_a_stopped_process_is_killed(void **state) {
  struct talker t = {.lines = GATE_INIT};
  sup_spec *spec = TALKER(&t, SUP_READY_NOTIFY, "ignore", "15", "notify",
                          "READY=1", "barrier", "out", "up", "sleep");
  sup_event event;
  sup_events *events;
  sup_tree *tree;

  (void)state;
  sup_spec_set_heartbeat(spec, SUP_SECONDS(10));
  tree = start_tree(top_with(spec));
  events = open_events(tree);
  gate_await(&t.lines, 1);
  assert_int_equal(sup_child_signal(t.child, SIGSTOP, true), 0);
  advance(SUP_SECONDS(10));
  await_event(events, SUP_EVENT_STOPPING, "top/p");
  advance(SUP_SECONDS(5));
  event = await_event(events, SUP_EVENT_STOPPING, "top/p");
  assert_int_equal(event.detail, SUP_STOP_KILL);
  event = await_event(events, SUP_EVENT_FAILED, "top/p");
  assert_int_equal(sup_error_code(event.error), SUP_EHEARTBEAT);
  await_event(events, SUP_EVENT_STARTED, "top/p");
  gate_await(&t.lines, 2);
  sup_events_close(events);
  assert_int_equal(sup_tree_force_stop(tree), 0);
  sup_tree_wait(tree, NULL);
  sup_tree_unref(tree);
  forget_talker(&t);
}

/* W1: it may say so itself, promise or not, and no time passes. */
static void W1_it_may_say_itself_that_it_is_lost(void **state) {
  struct talker t = {.lines = GATE_INIT};
  sup_spec *spec = TALKER(&t, SUP_READY_NOTIFY, "notify", "READY=1", "notify",
                          "WATCHDOG=trigger", "sleep");
  sup_event event;
  sup_events *events;
  sup_tree *tree;

  (void)state;
  sup_spec_set_restart(spec, SUP_TRANSIENT);
  tree = create_tree(top_with(spec));
  events = open_events(tree);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  await_event(events, SUP_EVENT_SILENT, "top/p");
  event = await_event(events, SUP_EVENT_FAILED, "top/p");
  assert_int_equal(sup_error_code(event.error), SUP_EHEARTBEAT);
  await_event(events, SUP_EVENT_STARTED, "top/p");
  sup_events_close(events);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  sup_tree_unref(tree);
  forget_talker(&t);
}

/* W1 S3: before it is up that is a failed start. */
static void W1_so_said_before_it_is_up(void **state) {
  struct talker t = {.lines = GATE_INIT};
  sup_spec *spec =
      TALKER(&t, SUP_READY_NOTIFY, "notify", "WATCHDOG=trigger", "sleep");
  sup_report *report;
  sup_error *error;
  sup_tree *tree;

  (void)state;
  tree = create_tree(top_with(spec));
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  assert_int_equal(sup_tree_wait(tree, &report), SUP_ESTART);
  error = sup_report_error(report, 0);
  while (sup_error_cause(error) != NULL)
    error = sup_error_cause(error);
  assert_int_equal(sup_error_code(error), SUP_EHEARTBEAT);
  sup_report_unref(report);
  sup_tree_unref(tree);
  forget_talker(&t);
}

/* W1: one that says that it ends gives no signs any more, and has the time of
 * its ladder (here 4 s and 1 s) in addition. */
static void W1_one_that_ends_has_the_time_of_its_ladder(void **state) {
  static const sup_stop_step steps[] = {{SUP_STOP_CANCEL, 0, SUP_SECONDS(4)},
                                        {SUP_STOP_KILL, 0, SUP_SECONDS(1)}};
  struct talker t = {.lines = GATE_INIT};
  sup_spec *spec = TALKER(&t, SUP_READY_NOTIFY, "notify", "READY=1", "notify",
                          "STOPPING=1", "barrier", "notify", "WATCHDOG=1",
                          "barrier", "out", "ending", "sleep");
  sup_events *events;
  sup_tree *tree;

  (void)state;
  sup_spec_set_heartbeat(spec, SUP_SECONDS(10));
  sup_spec_set_stop_steps(spec, steps, 2);
  tree = start_tree(top_with(spec));
  events = open_events(tree);
  gate_await(&t.lines, 1);
  advance(SUP_SECONDS(15) - 1);
  assert_int_equal(count_events(events, SUP_EVENT_SILENT), 0);
  advance(1);
  await_event(events, SUP_EVENT_SILENT, "top/p");
  await_event(events, SUP_EVENT_STARTED, "top/p");
  sup_events_close(events);
  end_tree(tree);
  forget_talker(&t);
}

/* ---- A host that is late ------------------------------------------------ */

/* The line of the talker on which it holds the loop up. */
struct late {
  struct gate lines;
  sup_duration time;
};

static bool hold_up(void *ctx, sup_child child, const char *text, size_t length,
                    uint32_t flags) {
  struct late *late = ctx;
  struct timespec nap = {(time_t)(late->time / 1000000000u),
                         (long)(late->time % 1000000000u)};

  (void)child;
  (void)text;
  (void)length;
  if (flags & SUP_LINE_END)
    return true;
  nanosleep(&nap, NULL);
  gate_open(&late->lines);
  return true;
}

/* W1 W2: it beat all the time, but the host did not listen: that is told, and
 * the process goes on. The loop is held up for three times the period. */
static void W1_W2_a_late_host_punishes_nobody(void **state) {
  static const char *const argv[] = {PROCESS_CHILD, "notify", "READY=1",
                                     "barrier",     "out",    "go",
                                     "watchdog",    "5",      NULL};
  struct late late = {.lines = GATE_INIT, .time = SUP_MILLISECONDS(1500)};
  sup_output lines = {
      .size = sizeof(lines), .mode = SUP_OUTPUT_LINES, .line = hold_up};
  sup_readiness ready = {.size = sizeof(ready), .kind = SUP_READY_NOTIFY};
  sup_spec *spec = sup_process_spec("p", argv);
  sup_event event = {.size = sizeof(event)};
  sup_events *events;
  sup_tree *tree;

  (void)state;
  sup_spec_set_output(spec, &lines, &late);
  sup_spec_set_readiness(spec, &ready);
  sup_spec_set_heartbeat(spec, SUP_MILLISECONDS(500));
  tree = create_tree(top_with(spec));
  events = open_events(tree);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  do {
    assert_int_equal(sup_events_wait(events, &event, WATCHDOG), 1);
    assert_int_not_equal(event.kind, SUP_EVENT_SILENT);
  } while (event.kind != SUP_EVENT_LOOP_LATE);
  assert_int_equal(count_events(events, SUP_EVENT_SILENT), 0);
  sup_events_close(events);
  end_tree(tree);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test_with(P2_a_process_is_up_when_it_says_so, manual),
      world_test_with(P2_one_that_never_says_so_has_not_started, manual),
      world_test_with(P2_a_start_may_ask_for_more_time, manual),
      world_test_with(P2_what_it_said_last_is_told, manual),
      world_test_with(W1_silence_is_a_failure, manual),
      world_test_with(W1_any_process_may_promise, manual),
      world_test_with(W1_a_stopped_process_is_killed, manual),
      world_test_with(W1_it_may_say_itself_that_it_is_lost, manual),
      world_test_with(W1_so_said_before_it_is_up, manual),
      world_test_with(W1_one_that_ends_has_the_time_of_its_ladder, manual),
      world_test(W1_W2_a_late_host_punishes_nobody),
  };

  return run_all(tests);
}
