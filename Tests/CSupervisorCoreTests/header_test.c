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

/* What the headers promise in general, of each function it is said of (C2,
 * C6). */

#include "face_fixture.h"

/* Not known to the compiler, which would warn of it. */
static sup_spec *volatile no_spec = NULL;

/* ---- Setters -------------------------------------------------------------- */

static const sup_stop_step step = {SUP_STOP_CANCEL, 0, SUP_SECONDS(1)};
static const sup_backoff backoff = SUP_BACKOFF_STANDARD;
static const uint8_t status = 3;

/* A NULL where the header asks for something. */
static void *nothing;

static int build_nothing(void *ctx, sup_child supervisor, void **state) {
  (void)ctx;
  (void)state;
  return sup_child_built(supervisor, NULL);
}

static const sup_resource resource = {.size = sizeof(resource),
                                      .build = build_nothing};

/* What each answers for this spec. */
#define SETTERS_OF_ALL(X, spec)                                                \
  X(sup_spec_set_restart(spec, SUP_PERMANENT))                                 \
  X(sup_spec_set_shutdown_timeout(spec, 1))                                    \
  X(sup_spec_set_start_timeout(spec, 1))                                       \
  X(sup_spec_set_backoff(spec, &backoff))                                      \
  X(sup_spec_set_child_tolerance(spec, 1, 1, SUP_EXCEEDED_ESCALATE))           \
  X(sup_spec_add_after(spec, "other"))                                         \
  X(sup_spec_set_when_stuck(spec, SUP_STUCK_WAIT, 0))                          \
  X(sup_spec_set_significant(spec, false))                                     \
  X(sup_spec_set_group(spec, NULL))                                            \
  X(sup_spec_share_policy(spec, spec))
#define SETTERS_OF_WORKERS(X, spec)                                            \
  X(sup_spec_set_stop_steps(spec, &step, 1))                                   \
  X(sup_spec_set_heartbeat(spec, SUP_SECONDS(1)))
#define SETTERS_OF_CALLBACKS(X, spec)                                          \
  X(sup_spec_set_notify_start(spec, true))                                     \
  X(sup_spec_set_probe(spec, NULL))
#define SETTERS_OF_PROCESSES(X, spec)                                          \
  X(sup_spec_set_directory(spec, "/"))                                         \
  X(sup_spec_set_environment(spec, NULL))                                      \
  X(sup_spec_set_variable(spec, "A", "b"))                                     \
  X(sup_spec_pass_descriptor(spec, 2, 3))                                      \
  X(sup_spec_set_readiness(spec,                                               \
                           &(sup_readiness){.size = sizeof(sup_readiness)}))   \
  X(sup_spec_set_success_statuses(spec, &status, 1))                           \
  X(sup_spec_set_failure_statuses(spec, SUP_FAILURE_HOPELESS, nothing, 0))     \
  X(sup_spec_set_failure_signals(spec, SUP_FAILURE_FORCED, nothing, 0))        \
  X(sup_spec_set_output(spec, &(sup_output){.size = sizeof(sup_output)}, NULL))
#define SETTERS_OF_SUPERVISORS(X, spec)                                        \
  X(sup_spec_set_order(spec, SUP_RIGHT_TO_LEFT))                               \
  X(sup_spec_set_start_limit(spec, 2))                                         \
  X(sup_spec_set_child_limit(spec, 2))                                         \
  X(sup_spec_set_concurrent_stop(spec, true))                                  \
  X(sup_spec_set_tolerance(spec, 1, 1))                                        \
  X(sup_spec_set_resource(spec, &resource, NULL))                              \
  X(sup_spec_set_auto_shutdown(spec, SUP_AUTO_SHUTDOWN_NEVER))                 \
  X(sup_spec_add_group(spec, "pair", SUP_GROUP_TOGETHER))                      \
  X(sup_spec_add(spec, NULL))

#define SETTERS_OF_ALL_BUT_CALLBACKS(X, spec)                                  \
  X(sup_spec_set_user(spec, NULL, NULL))

#define IS_ENOMEM(call) assert_int_equal(call, SUP_ENOMEM);
#define IS_EFROZEN(call) assert_int_equal(call, SUP_EFROZEN);
#define IS_EINVAL(call) assert_int_equal(call, SUP_EINVAL);

static void C2_no_spec_answers_no_memory(void **state) {
  (void)state;
  SETTERS_OF_ALL(IS_ENOMEM, no_spec)
  SETTERS_OF_WORKERS(IS_ENOMEM, no_spec)
  SETTERS_OF_CALLBACKS(IS_ENOMEM, no_spec)
  SETTERS_OF_PROCESSES(IS_ENOMEM, no_spec)
  SETTERS_OF_SUPERVISORS(IS_ENOMEM, no_spec)
  SETTERS_OF_ALL_BUT_CALLBACKS(IS_ENOMEM, no_spec)
  assert_int_equal(sup_spec_check(no_spec, NULL), SUP_ENOMEM);
}

static sup_spec *process(void) {
  return sup_process_spec("b", (const char *const[]){"true", NULL});
}

static void C6_a_started_spec_is_frozen_for_every_setter(void **state) {
  worker_of_test a = WORKER(.name = "a");
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *callback = worker_spec(&a);
  sup_spec *program = process();
  sup_tree *tree;

  (void)state;
  assert_int_equal(sup_spec_add(top, sup_spec_ref(callback)), 0);
  assert_int_equal(sup_spec_add(top, sup_spec_ref(program)), 0);
  assert_int_equal(sup_tree_create(world.runtime, top, &tree, NULL), 0);
  SETTERS_OF_ALL(IS_EFROZEN, callback)
  SETTERS_OF_ALL(IS_EFROZEN, program)
  SETTERS_OF_ALL(IS_EFROZEN, top)
  SETTERS_OF_WORKERS(IS_EFROZEN, callback)
  SETTERS_OF_WORKERS(IS_EFROZEN, program)
  SETTERS_OF_CALLBACKS(IS_EFROZEN, callback)
  SETTERS_OF_PROCESSES(IS_EFROZEN, program)
  SETTERS_OF_SUPERVISORS(IS_EFROZEN, top)
  SETTERS_OF_ALL_BUT_CALLBACKS(IS_EFROZEN, program)
  SETTERS_OF_ALL_BUT_CALLBACKS(IS_EFROZEN, top)
  sup_tree_unref(tree);
  sup_spec_unref(callback);
  sup_spec_unref(program);
  sup_spec_unref(top);
}

static void C2_setters_of_another_kind_are_faults(void **state) {
  worker_of_test a = WORKER(.name = "a");
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *callback = worker_spec(&a);
  sup_spec *program = process();

  (void)state;
  SETTERS_OF_WORKERS(IS_EINVAL, top)
  SETTERS_OF_CALLBACKS(IS_EINVAL, top)
  SETTERS_OF_CALLBACKS(IS_EINVAL, program)
  SETTERS_OF_PROCESSES(IS_EINVAL, top)
  SETTERS_OF_PROCESSES(IS_EINVAL, callback)
  SETTERS_OF_ALL_BUT_CALLBACKS(IS_EINVAL, callback)
  assert_int_equal(sup_spec_check(callback, NULL), SUP_ESPEC);
  sup_spec_unref(callback);
  sup_spec_unref(program);
  sup_spec_unref(top);
}

/* ---- Trees that are never launched --------------------------------------- */

static void C2_a_tree_that_is_never_launched(void **state) {
  worker_of_test a = WORKER(.name = "a");
  struct completion ended, dropped;
  sup_completion end, drop;
  sup_tree *tree;

  (void)state;
  tree = create_tree(TOP(&a));
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_CREATED);
  assert_ptr_equal(sup_tree_runtime(tree), world.runtime);
  end = completion_of(&ended, 0);
  assert_int_equal(sup_tree_wait_async(tree, &end, NULL), 0);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  gate_await(&ended.gate, 1);
  assert_int_equal(ended.code, 0);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_ENDED);
  assert_int_equal(sup_tree_launch(tree, NULL), SUP_EALREADY);
  sup_tree_unref(tree);

  tree = create_tree(TOP(&a));
  drop = completion_of(&dropped, SUP_COMPLETION_ANY_THREAD);
  assert_int_equal(sup_tree_wait_async(tree, &drop, NULL), 0);
  sup_tree_unref(tree);
  gate_await(&dropped.gate, 1);
  assert_int_equal(dropped.code, SUP_EGONE);
  assert_int_equal(gate_count(&a.started), 0);
}

/* ---- What is borrowed, and what is not there ------------------------------ */

static void C6_a_snapshot_outlives_its_tree(void **state) {
  worker_of_test a = WORKER(.name = "a");
  sup_snapshot *snapshot;
  sup_tree *tree;
  char text[200];

  (void)state;
  tree = start_tree(TOP(&a));
  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  end_tree(tree);
  assert_int_equal(sup_snapshot_count(snapshot), 2);
  assert_string_equal(sup_snapshot_node(snapshot, 1)->name, "a");
  assert_null(sup_snapshot_node(snapshot, 2));
  assert_true(sup_snapshot_text(snapshot, text, sizeof(text)) > 0);
  sup_snapshot_free(snapshot);
}

static void C2_nothing_is_given_back(void **state) {
  (void)state;
  sup_error_unref(NULL);
  sup_report_unref(NULL);
  sup_spec_unref(NULL);
  sup_tree_unref(NULL);
  sup_runtime_unref(NULL);
  sup_events_close(NULL);
  sup_signals_close(NULL);
  sup_snapshot_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      audited_test(C2_no_spec_answers_no_memory),
      world_test(C6_a_started_spec_is_frozen_for_every_setter),
      audited_test(C2_setters_of_another_kind_are_faults),
      world_test(C2_a_tree_that_is_never_launched),
      world_test(C6_a_snapshot_outlives_its_tree),
      audited_test(C2_nothing_is_given_back),
  };

  return run_all(tests);
}
