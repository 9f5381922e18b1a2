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

/* The very end of trees: C6, C7, H7. */

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <supervisor/supervisor.h>

static sup_child kid;
static sem_t in_end, go_on;
static bool end_waits;
static atomic_int end_returned;
static sup_tree *asked;
static atomic_int freed;

static int begin_work(void *ctx, sup_child child, void **state) {
  (void)ctx;
  (void)state;
  kid = child;
  return 0;
}

static void ignore_stop(void *state, sup_stop_action action) {
  (void)state;
  (void)action;
}

static void end_work(void *state) {
  (void)state;
  if (!end_waits)
    return;
  sem_post(&in_end);
  sem_wait(&go_on);
  atomic_store(&end_returned, 1);
}

static void free_work(void *ctx) {
  if (ctx == NULL)
    return; /* of another test, whose tree goes when it likes */
  sup_tree_get_state(asked); /* takes the tree's lock */
  atomic_fetch_add((atomic_int *)ctx, 1);
}

static const sup_callbacks callbacks = {sizeof(sup_callbacks),
                                        SUP_CALLBACKS_ANY_THREAD,
                                        begin_work,
                                        ignore_stop,
                                        end_work,
                                        free_work};

static sup_runtime *make_runtime(void) {
  sup_runtime *runtime = NULL;

  assert_int_equal(sup_runtime_create(&runtime, NULL), 0);
  return runtime;
}

static void *report_end(void *unused) {
  (void)unused;
  sup_child_completed(kid);
  return NULL;
}

/* As soon as it is possible; nothing of the tree runs any more then. */
static void *close_runtime(void *runtime) {
  int r;

  do
    r = sup_runtime_close(runtime);
  while (r == SUP_EBUSY && sched_yield() == 0);
  return r == 0 && atomic_load(&end_returned) ? runtime : NULL;
}

/* C6: a late end is performed to its end before the tree is gone */
static void C6_a_tree_outlives_its_last_end(void **state) {
  sup_runtime *runtime = make_runtime();
  sup_spec *root = sup_supervisor_spec("root", SUP_ONE_FOR_ONE);
  sup_spec *deaf = sup_callback_spec("deaf", &callbacks, NULL);
  pthread_t reporter, closer;
  sup_tree *tree;
  void *closed;

  (void)state;
  sem_init(&in_end, 0, 0);
  sem_init(&go_on, 0, 0);
  sup_spec_set_shutdown_timeout(deaf, SUP_MILLISECONDS(1));
  sup_spec_add(root, deaf);
  assert_int_equal(sup_tree_start(runtime, root, &tree, NULL), 0);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), SUP_ETERMINATION);
  end_waits = true;
  pthread_create(&reporter, NULL, report_end, NULL);
  sem_wait(&in_end);
  sup_tree_request_stop(tree, 0); /* a visit while the end is performed */
  sup_tree_unref(tree);
  sup_spec_unref(root);
  pthread_create(&closer, NULL, close_runtime, runtime);
  sem_post(&go_on);
  pthread_join(closer, &closed);
  pthread_join(reporter, NULL);
  assert_ptr_equal(closed, runtime);
  sup_runtime_unref(runtime);
  end_waits = false;
}

/* H7: one that never ran does not count as one that is on its way out */
static void H7_a_tree_that_never_ran(void **state) {
  sup_runtime *runtime = make_runtime();
  sup_spec *root = sup_supervisor_spec("root", SUP_ONE_FOR_ONE);
  sup_tree *never, *tree;

  (void)state;
  assert_int_equal(sup_tree_create(runtime, root, &never, NULL), 0);
  assert_int_equal(sup_tree_request_stop(never, 0), 0);
  assert_int_equal(sup_tree_wait(never, NULL), 0);
  sup_tree_unref(never);
  assert_int_equal(sup_tree_start(runtime, root, &tree, NULL), 0);
  assert_int_equal(sup_runtime_close(runtime), SUP_EBUSY);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  assert_int_equal(sup_runtime_close(runtime), 0);
  sup_tree_unref(tree);
  sup_spec_unref(root);
  sup_runtime_unref(runtime);
}

static int build_twice(void *ctx, sup_child supervisor, void **state) {
  sup_spec *late = sup_supervisor_spec("late", SUP_ONE_FOR_ONE);

  (void)ctx;
  (void)state;
  sup_spec_add(late, sup_callback_spec("x", &callbacks, &freed));
  assert_int_equal(sup_child_built(supervisor, NULL), 0);
  assert_int_equal(sup_child_built(supervisor, late), SUP_EALREADY);
  return 0;
}

/* C7: what is not wanted is given back without a lock held */
static void C7_children_that_are_not_wanted(void **state) {
  static const sup_resource resource = {sizeof(sup_resource),
                                        SUP_CALLBACKS_ANY_THREAD,
                                        build_twice,
                                        NULL,
                                        NULL,
                                        NULL,
                                        0,
                                        0};
  sup_runtime *runtime = make_runtime();
  sup_spec *root = sup_supervisor_spec("root", SUP_ONE_FOR_ONE);

  (void)state;
  atomic_store(&freed, 0);
  sup_spec_set_resource(root, &resource, NULL);
  assert_int_equal(sup_tree_create(runtime, root, &asked, NULL), 0);
  assert_int_equal(sup_tree_launch(asked, NULL), 0);
  assert_int_equal(sup_tree_stop(asked, SUP_INFINITE, NULL), 0);
  assert_int_equal(atomic_load(&freed), 1);
  sup_tree_unref(asked);
  asked = NULL;
  sup_spec_unref(root);
  assert_int_equal(sup_runtime_close(runtime), 0);
  sup_runtime_unref(runtime);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(C6_a_tree_outlives_its_last_end),
      cmocka_unit_test(H7_a_tree_that_never_ran),
      cmocka_unit_test(C7_children_that_are_not_wanted),
  };
  return cmocka_run_group_tests_name("tree end", tests, NULL, NULL);
}
