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
 * Every function from inside of every callback: start, stop, end and free of a
 * child, build, cancel and cleanup of a resource, a completion, a reader that
 * is told, a line of output, a signal that was received. What does not wait
 * works there; what waits answers SUP_EDEADLOCK and does nothing (C3).
 */

#include "hammer.h"

/* A tree beside the one whose callbacks they are, that runs all the time. */
static struct {
  sup_runtime *runtime;
  sup_tree *tree;
  sup_spec *spec; /* frozen */
  sup_events *events;
  sup_child child;
} beside;

static atomic_uint_fast32_t visits[16];

enum place {
  IN_START,
  IN_STOP,
  IN_END,
  IN_FREE,
  IN_BUILD,
  IN_CANCEL,
  IN_CLEANUP,
  IN_COMPLETION,
  IN_READABLE,
  IN_LINE,
  IN_RECEIVED,
  IN_RELEASE
};

/* ---- Calls -------------------------------------------------------------- */

static void never(void *ctx, int code, sup_report *report) {
  (void)ctx, (void)code, (void)report;
  CHECK(!"a wait that was cancelled is over");
}

static void never_told(void *ctx, int signal) {
  (void)ctx, (void)signal;
  CHECK(!"nobody has sent that");
}

static int brief_start(void *ctx, sup_child child, void **state) {
  (void)ctx;
  *state = enter_living(child);
  return 0;
}

static void brief_stop(void *state, sup_stop_action action) {
  (void)action;
  sup_child_canceled(((struct incarnation *)state)->child);
}

static const sup_callbacks brief = {sizeof(brief), SUP_CALLBACKS_ANY_THREAD,
                                    brief_start,   brief_stop,
                                    drawn_end,     NULL};

/* These wait, or would. */
static void call_what_waits(void) {
  const int signal = SIGUSR2;
  sup_event event = {.size = sizeof(event)};
  sup_signals *watch;
  sup_tree *tree;

  ANSWERS(sup_tree_start(beside.runtime, beside.spec, &tree, NULL),
          SUP_EDEADLOCK);
  CHECK(tree == NULL);
  ANSWERS(sup_tree_stop(beside.tree, 0, NULL), SUP_EDEADLOCK);
  ANSWERS(sup_tree_wait(beside.tree, NULL), SUP_EDEADLOCK);
  ANSWERS(sup_events_wait(beside.events, &event, SUP_SECONDS(1)),
          SUP_EDEADLOCK);
  ANSWERS(sup_runtime_close(beside.runtime), SUP_EDEADLOCK);
  ANSWERS(sup_runtime_advance(beside.runtime, 1), SUP_EUNSUPPORTED);
  /* This one is possible on the loop thread. */
  if (ANSWERS(sup_signals_open(beside.runtime, &signal, 1, never_told, NULL,
                               &watch),
              0, SUP_EDEADLOCK) == 0)
    CHECK(sup_runtime_is_loop_thread(beside.runtime));
  sup_signals_close(watch);
}

/* Requests about children: those that wait, and those that do not. */
static void call_requests(bool may_wait) {
  static atomic_uint_fast32_t number;
  sup_spec *spec;
  sup_child root, added;
  uint64_t count;
  char name[24];

  snprintf(name, sizeof(name), "%u",
           (unsigned)atomic_fetch_add(&number, 1)); /* a new name each time */
  spec = sup_callback_spec(name, &brief, NULL);
  ANSWERS(sup_tree_root(beside.tree, &root), 0);
  if (!may_wait) {
    ANSWERS(sup_child_add(root, spec, &added, NULL), SUP_EDEADLOCK);
    ANSWERS(sup_child_terminate(beside.child, NULL), SUP_EDEADLOCK);
    ANSWERS(sup_child_restart(beside.child, NULL), SUP_EDEADLOCK);
    ANSWERS(sup_child_delete(beside.child, NULL), SUP_EDEADLOCK);
    ANSWERS(sup_child_await_healthy(beside.child, NULL), SUP_EDEADLOCK);
    ANSWERS(sup_child_wait(beside.child, NULL), SUP_EDEADLOCK);
  }
  ANSWERS(sup_child_find(root, name, &added), SUP_ENOTFOUND);
  ANSWERS(sup_child_add_async(root, spec, NULL, &added, NULL), 0);
  ANSWERS(sup_child_restart_async(added, NULL, NULL), 0);
  ANSWERS(sup_child_await_healthy_async(added, NULL, NULL), 0);
  ANSWERS(sup_child_wait_async(added, NULL, NULL), 0);
  ANSWERS(sup_child_terminate_async(added, NULL, NULL), 0, SUP_EALREADY);
  ANSWERS(sup_child_force(added), 0, SUP_EALREADY);
  ANSWERS(sup_child_delete_async(added, NULL, NULL), 0);
  ANSWERS(sup_child_count(root, &count), 0);
  CHECK(count >= 1);
  sup_spec_unref(spec);
}

static void call_trees(void) {
  sup_tree_counters counters = {.size = sizeof(counters)};
  sup_completion completion = {never, NULL, 0};
  sup_snapshot *snapshot;
  sup_tree *tree;
  uint64_t ticket;
  char text[500];

  ANSWERS(sup_tree_create(beside.runtime, beside.spec, &tree, NULL), 0);
  ANSWERS(sup_tree_launch(tree, NULL), 0);
  ANSWERS(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  ANSWERS(sup_tree_force_stop(tree), 0);
  sup_tree_unref(tree);
  ANSWERS(sup_tree_wait_async(beside.tree, &completion, &ticket), 0);
  ANSWERS(sup_tree_cancel(beside.tree, ticket), 0);
  ANSWERS(sup_tree_launch(beside.tree, NULL), SUP_EALREADY);
  ANSWERS(sup_tree_count(beside.tree, &counters), 0);
  CHECK(sup_tree_get_state(beside.tree) == SUP_TREE_RUNNING);
  CHECK(sup_tree_exit_status(beside.tree) == 0);
  ANSWERS(sup_tree_guard_main(beside.tree, SUP_SECONDS(3600)), 0, SUP_EALREADY);
  ANSWERS(sup_tree_main_resumed(beside.tree), 0, SUP_EALREADY);
  ANSWERS(sup_tree_snapshot(beside.tree, &snapshot), 0);
  CHECK(sup_snapshot_text(snapshot, text, sizeof(text)) > 0);
  sup_snapshot_free(snapshot);
}

static bool may_be_held_up(void *ctx) {
  (void)ctx;
  return false;
}

static const sup_reporter reporter = {may_be_held_up, NULL};

static void call_children(void) {
  sup_child stale = beside.child;
  char path[32];

  stale.incarnation += 1000;
  ANSWERS(sup_child_begin(stale), SUP_ESTALE);
  ANSWERS(sup_child_started(stale), SUP_ESTALE);
  ANSWERS(sup_child_start_failed(stale, NULL), SUP_ESTALE);
  ANSWERS(sup_child_start_failed_as(stale, some_error(), SUP_FAILURE_HOPELESS),
          SUP_ESTALE);
  ANSWERS(sup_child_declined(stale), SUP_ESTALE);
  ANSWERS(sup_child_completed(stale), SUP_ESTALE);
  ANSWERS(sup_child_failed(stale, some_error()), SUP_ESTALE);
  ANSWERS(sup_child_failed_as(stale, some_error(), SUP_FAILURE_FORCED),
          SUP_ESTALE);
  ANSWERS(sup_child_completed_by(stale, &reporter), SUP_ESTALE);
  ANSWERS(
      sup_child_failed_by(stale, some_error(), SUP_FAILURE_ORDINARY, &reporter),
      SUP_ESTALE);
  ANSWERS(sup_child_canceled(stale), SUP_ESTALE);
  ANSWERS(sup_child_done(stale), SUP_ESTALE);
  ANSWERS(sup_child_request_restart(stale), SUP_ESTALE);
  ANSWERS(sup_child_healthy(stale), SUP_ESTALE);
  ANSWERS(sup_child_run(stale, beside.spec, NULL, NULL), SUP_ESTALE);
  ANSWERS(sup_child_run_once_async(stale, beside.spec, NULL, NULL, NULL, NULL),
          SUP_ESTALE);
  ANSWERS(
      sup_child_run_group(stale, SUP_GROUP_EACH, &beside.spec, 1, NULL, NULL),
      SUP_ESTALE);
  ANSWERS(sup_child_heartbeat(stale), SUP_ESTALE, SUP_EGONE);
  ANSWERS(sup_child_probed(stale), SUP_ESTALE, SUP_EGONE);
  ANSWERS(sup_child_signal(stale, SIGTERM, false), SUP_ENOTRUNNING, SUP_ESTALE);
  CHECK(sup_child_path(beside.child, path, sizeof(path)) > 0);
  CHECK(!sup_child_is_stopping(beside.child));
}

static void call_the_rest(void) {
  sup_events *events;
  sup_event event = {.size = sizeof(event)};
  sup_runtime *rt;
  sup_spec *spec = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);

  ANSWERS(sup_spec_check(spec, NULL), 0);
  sup_spec_unref(spec);
  ANSWERS(sup_spec_check(beside.spec, NULL), 0);
  ANSWERS(sup_events_open(beside.tree, NULL, &events), 0);
  ANSWERS(sup_events_next(events, &event), 0, 1);
  sup_events_close(events);
  ANSWERS(sup_runtime_create(&rt, NULL), 0);
  CHECK(!sup_runtime_is_loop_thread(rt));
  sup_runtime_unref(rt);
  CHECK(sup_runtime_now(beside.runtime) > 0);
}

static void visit(enum place place) {
  if (atomic_fetch_add(&visits[place], 1) > 3)
    return; /* that was enough of it */
  if (place != IN_FREE && place != IN_RELEASE)
    call_what_waits();
  call_requests(place == IN_FREE || place == IN_RELEASE);
  call_trees();
  call_children();
  call_the_rest();
}

/* ---- The callbacks ------------------------------------------------------ */

static int visit_start(void *ctx, sup_child child, void **state) {
  (void)ctx;
  *state = enter_living(child);
  visit(IN_START);
  /* The tree that it is in, from within. */
  sup_tree_unref(sup_tree_ref(child.tree));
  ANSWERS(sup_tree_wait(child.tree, NULL), SUP_EDEADLOCK);
  return 0;
}

static void visit_stop(void *state, sup_stop_action action) {
  sup_child child = ((struct incarnation *)state)->child;

  (void)action;
  visit(IN_STOP);
  ANSWERS(sup_tree_stop(child.tree, 0, NULL), SUP_EDEADLOCK);
  ANSWERS(sup_child_canceled(child), 0);
}

static void visit_end(void *state) {
  sup_child child = ((struct incarnation *)state)->child;

  ANSWERS(sup_child_completed(child), SUP_ESTALE, SUP_EGONE);
  visit(IN_END);
  leave_living(state);
}

static void visit_free(void *ctx) {
  (void)ctx;
  visit(IN_FREE);
  atomic_fetch_sub(&contexts, 1);
}

#define VISIT_TABLE(flags)                                                     \
  {                                                                            \
    sizeof(sup_callbacks), flags, visit_start, visit_stop, visit_end,          \
        visit_free                                                             \
  }

static const sup_callbacks tables[] = {
    VISIT_TABLE(0), VISIT_TABLE(SUP_CALLBACKS_ANY_THREAD),
    VISIT_TABLE(SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK)};

static int visit_build(void *ctx, sup_child supervisor, void **state) {
  (void)ctx, (void)state;
  visit(IN_BUILD);
  ANSWERS(sup_child_built(supervisor, NULL), 0);
  return 0;
}

static sup_child building;

static int build_for_ever(void *ctx, sup_child supervisor, void **state) {
  (void)ctx, (void)state;
  building = supervisor;
  return 0;
}

static void visit_cancel(void *state) {
  (void)state;
  visit(IN_CANCEL);
  ANSWERS(sup_child_build_failed(building, some_error()), 0);
}

static void visit_cleanup(void *state, sup_child supervisor,
                          uint64_t abandoned) {
  (void)state, (void)abandoned;
  visit(IN_CLEANUP);
  ANSWERS(sup_child_cleaned(supervisor, NULL), 0);
}

#define VISIT_RESOURCE(flags, build)                                           \
  {                                                                            \
    sizeof(sup_resource), flags, build, visit_cancel, visit_cleanup,           \
        visit_free, 0, 0                                                       \
  }

static const sup_resource resources[] = {
    VISIT_RESOURCE(0, visit_build),
    VISIT_RESOURCE(SUP_CALLBACKS_ANY_THREAD, visit_build),
    VISIT_RESOURCE(0, build_for_ever),
    VISIT_RESOURCE(SUP_CALLBACKS_ANY_THREAD, build_for_ever)};

static bool visit_line(void *ctx, sup_child child, const char *text,
                       size_t length, uint32_t flags) {
  (void)ctx, (void)text, (void)length, (void)flags;
  visit(IN_LINE);
  ANSWERS(sup_child_signal(child, 0, true), 0, SUP_EINVAL, SUP_ENOTRUNNING);
  return true;
}

static void visit_completion(void *ctx, int code, sup_report *report) {
  (void)code, (void)report;
  visit(IN_COMPLETION);
  gate_open(ctx);
}

static void visit_readable(void *ctx) {
  visit(IN_READABLE);
  gate_open(ctx);
}

static void visit_received(void *ctx, int signal) {
  CHECK(signal == SIGWINCH);
  visit(IN_RECEIVED);
  gate_open(ctx);
}

static void visit_release(void *user) {
  (void)user;
  visit(IN_RELEASE);
  atomic_fetch_sub(&contexts, 1);
}

/* ---- Tests -------------------------------------------------------------- */

static int beside_setup(void **state) {
  if (hammer_setup(state) != 0)
    return -1;
  memset(&visits, 0, sizeof(visits));
  ANSWERS(sup_runtime_create(&beside.runtime, NULL), 0);
  beside.spec = sup_supervisor_spec("beside", SUP_ONE_FOR_ONE);
  ANSWERS(sup_spec_add(beside.spec, sup_callback_spec("idle", &brief, NULL)),
          0);
  ANSWERS(sup_tree_start(beside.runtime, beside.spec, &beside.tree, NULL), 0);
  ANSWERS(sup_events_open(beside.tree, NULL, &beside.events), 0);
  CHECK(any_living(0, &beside.child));
  sup_tree_unref(beside.tree); /* the child's is kept in its place */
  return 0;
}

static int beside_teardown(void **state) {
  /* What is freed on other threads looks at what is beside it. */
  assert_true(comes_true(has_no_contexts));
  sup_events_close(beside.events);
  ANSWERS(sup_tree_request_stop(beside.tree, 0), 0);
  sup_tree_unref(beside.tree);
  sup_spec_unref(beside.spec);
  end_everyone();
  close_runtime(beside.runtime);
  return hammer_teardown(state);
}

static sup_spec *visited_spec(size_t table) {
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);

  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  for (const char *name = "abc"; *name != '\0'; name++) {
    char text[2] = {*name, '\0'};

    atomic_fetch_add(&contexts, 1);
    ANSWERS(sup_spec_add(top, sup_callback_spec(text, &tables[table], &beside)),
            0);
  }
  return top;
}

static void start_and_stop(sup_spec *spec) {
  sup_child child;
  sup_tree *tree;

  ANSWERS(sup_tree_start(beside.runtime, spec, &tree, NULL), 0);
  sup_spec_unref(spec);
  /* One of this tree's; of the other one some may be on their way out. */
  for (uint64_t i = 0;; i++) {
    CHECK(any_living(i, &child));
    sup_tree_unref(child.tree);
    if (child.tree == tree)
      break;
  }
  atomic_fetch_add(&contexts, 1);
  ANSWERS(sup_child_failed(child, sup_error_create(SUP_EFAILED, "x", &beside,
                                                   visit_release)),
          0);
  ANSWERS(sup_tree_stop(tree, SUP_INFINITE, NULL), 0, SUP_ETERMINATION);
  sup_tree_unref(tree);
}

static void C3_from_children(void **state) {
  (void)state;
  for (size_t table = 0; table < 3; table++) {
    memset(&visits, 0, sizeof(visits));
    start_and_stop(visited_spec(table));
    /* The last of it goes on other threads. */
    assert_true(comes_true(has_no_contexts));
    assert_true(atomic_load(&visits[IN_START]) >= 3);
    assert_true(atomic_load(&visits[IN_STOP]) >= 2);
    assert_true(atomic_load(&visits[IN_END]) >= 3);
    assert_int_equal(atomic_load(&visits[IN_FREE]), 3);
    assert_int_equal(atomic_load(&visits[IN_RELEASE]), 1);
  }
}

static void C3_from_resources(void **state) {
  (void)state;
  for (size_t i = 0; i < 4; i++) {
    sup_spec *top = visited_spec(i % 2);
    sup_tree *tree;

    atomic_fetch_add(&contexts, 1);
    ANSWERS(sup_spec_set_resource(top, &resources[i], &beside), 0);
    if (i < 2) {
      start_and_stop(top);
      continue;
    }
    ANSWERS(sup_tree_create(beside.runtime, top, &tree, NULL), 0);
    sup_spec_unref(top);
    ANSWERS(sup_tree_launch(tree, NULL), 0);
    ANSWERS(sup_tree_stop(tree, SUP_INFINITE, NULL), 0, SUP_ETERMINATION);
    sup_tree_unref(tree);
  }
  assert_true(atomic_load(&visits[IN_BUILD]) >= 2);
  assert_true(atomic_load(&visits[IN_CANCEL]) >= 1);
  assert_true(atomic_load(&visits[IN_CLEANUP]) >= 2);
}

static void C3_from_completions(void **state) {
  struct gate over = GATE_INIT;
  sup_completion any = {visit_completion, &over, SUP_COMPLETION_ANY_THREAD};
  sup_completion loop = {visit_completion, &over, 0};
  sup_tree *tree;

  (void)state;
  ANSWERS(sup_tree_create(beside.runtime, beside.spec, &tree, NULL), 0);
  ANSWERS(sup_tree_wait_async(tree, &loop, NULL), 0);
  ANSWERS(sup_tree_wait_async(tree, &any, NULL), 0);
  ANSWERS(sup_tree_launch(tree, &loop), 0);
  gate_await(&over, 1);
  ANSWERS(sup_tree_request_stop(tree, 0), 0);
  gate_await(&over, 3);
  sup_tree_unref(tree);
}

static void C3_from_readers(void **state) {
  struct gate told = GATE_INIT;
  sup_events_options options = SUP_EVENTS_OPTIONS_INIT;
  sup_events *events;
  sup_tree *tree;

  (void)state;
  options.readable = visit_readable;
  options.ctx = &told;
  ANSWERS(sup_tree_create(beside.runtime, beside.spec, &tree, NULL), 0);
  ANSWERS(sup_events_open(tree, &options, &events), 0);
  ANSWERS(sup_tree_launch(tree, NULL), 0);
  gate_await(&told, 1);
  ANSWERS(sup_tree_request_stop(tree, 0), 0);
  sup_events_close(events);
  sup_tree_unref(tree);
}

static void C3_from_output(void **state) {
  static const char *const argv[] = {"/bin/echo", "line\nand line", NULL};
  sup_output output = {
      .size = sizeof(output), .mode = SUP_OUTPUT_LINES, .line = visit_line};
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *child = sup_process_spec("echo", argv);
  sup_events *events;
  sup_tree *tree;

  (void)state;
  sup_spec_set_restart(child, SUP_TEMPORARY);
  ANSWERS(sup_spec_set_output(child, &output, NULL), 0);
  ANSWERS(sup_spec_add(top, child), 0);
  ANSWERS(sup_tree_create(beside.runtime, top, &tree, NULL), 0);
  sup_spec_unref(top);
  ANSWERS(sup_events_open(tree, NULL, &events), 0);
  ANSWERS(sup_tree_launch(tree, NULL), 0);
  await_event(events, SUP_EVENT_COMPLETED, "top/echo");
  sup_events_close(events);
  ANSWERS(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  sup_tree_unref(tree);
  assert_true(atomic_load(&visits[IN_LINE]) >= 2);
}

static void C3_from_signals(void **state) {
  struct gate came = GATE_INIT;
  int signal = SIGWINCH;
  sup_signals *watch;

  (void)state;
  ANSWERS(sup_signals_open(beside.runtime, &signal, 1, visit_received, &came,
                           &watch),
          0);
  raise(signal);
  gate_await(&came, 1);
  sup_signals_close(watch);
}

#define beside_test(function)                                                  \
  cmocka_unit_test_setup_teardown(function, beside_setup, beside_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      beside_test(C3_from_children),    beside_test(C3_from_resources),
      beside_test(C3_from_completions), beside_test(C3_from_readers),
      beside_test(C3_from_output),      beside_test(C3_from_signals),
  };

  return run_all(tests);
}
