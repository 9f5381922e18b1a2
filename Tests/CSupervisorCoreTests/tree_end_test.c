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

/* Nothing of the tree runs any more: it waits for the end to be performed. */
static void *close_runtime(void *runtime) {
  int r = sup_runtime_close(runtime);

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

static sem_t in_stop, stop_go_on, closed;

static void stop_at_length(void *state, sup_stop_action action) {
  (void)state;
  (void)action;
  sem_post(&in_stop);
  sem_wait(&stop_go_on);
}

static const sup_callbacks slow = {sizeof(sup_callbacks),
                                   SUP_CALLBACKS_ANY_THREAD |
                                       SUP_CALLBACKS_STOP_MAY_BLOCK,
                                   begin_work,
                                   stop_at_length,
                                   NULL,
                                   NULL};

static void has_closed(void *ctx) {
  (void)ctx;
  sem_post(&closed);
}

static sup_tree *start_one(sup_runtime *runtime, sup_duration timeout) {
  sup_spec *root = sup_supervisor_spec("root", SUP_ONE_FOR_ONE);
  sup_spec *child = sup_callback_spec("slow", &slow, NULL);
  sup_tree *tree;

  sem_init(&in_stop, 0, 0);
  sem_init(&stop_go_on, 0, 0);
  sem_init(&closed, 0, 0);
  sup_spec_set_shutdown_timeout(child, timeout);
  sup_spec_add(root, child);
  assert_int_equal(sup_tree_start(runtime, root, &tree, NULL), 0);
  sup_spec_unref(root);
  return tree;
}

/* C6: once an abandoned child has ended its runtime can be closed, also while
 * its stop is being performed: the close is over after that */
static void C6_a_late_end_during_a_stop(void **state) {
  sup_runtime *runtime = make_runtime();
  sup_tree *tree = start_one(runtime, SUP_MILLISECONDS(1));

  (void)state;
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  sem_wait(&in_stop);
  assert_int_equal(sup_tree_wait(tree, NULL), SUP_ETERMINATION);
  assert_int_equal(sup_runtime_close(runtime), SUP_EBUSY);
  assert_int_equal(sup_child_completed(kid), 0);
  sup_tree_unref(tree);
  assert_int_equal(sup_runtime_close_async(runtime, has_closed, NULL), 0);
  assert_int_equal(sem_trywait(&closed), -1);
  sem_post(&stop_go_on);
  sem_wait(&closed);
  sup_runtime_unref(runtime);
}

static int closes;

static void told_of_start(void *ctx, int code, sup_report *report) {
  (void)ctx;
  (void)code;
  (void)report;
  sem_post(&in_end);
  sem_wait(&go_on);
}

static void told_of_end(void *runtime, int code, sup_report *report) {
  (void)code;
  (void)report;
  closes = sup_runtime_close_async(runtime, has_closed, NULL);
}

static void *launch(void *tree) {
  sup_completion started = {told_of_start, NULL, SUP_COMPLETION_ANY_THREAD};

  return sup_tree_launch(tree, &started) == 0 ? tree : NULL;
}

/* H7: whoever is told of the end can close, also if others are still being told
 * of the start */
static void H7_an_end_while_the_start_is_told(void **state) {
  sup_runtime *runtime = make_runtime();
  sup_spec *root = sup_supervisor_spec("root", SUP_ONE_FOR_ONE);
  sup_completion ended = {told_of_end, runtime, SUP_COMPLETION_ANY_THREAD};
  pthread_t launcher;
  sup_tree *tree;
  void *launched;

  (void)state;
  sem_init(&in_end, 0, 0);
  sem_init(&go_on, 0, 0);
  sem_init(&closed, 0, 0);
  closes = -1;
  assert_int_equal(sup_tree_create(runtime, root, &tree, NULL), 0);
  assert_int_equal(sup_tree_wait_async(tree, &ended, NULL), 0);
  pthread_create(&launcher, NULL, launch, tree);
  sem_wait(&in_end);
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_ENDED);
  sem_post(&go_on);
  pthread_join(launcher, &launched);
  assert_ptr_equal(launched, tree);
  assert_int_equal(sup_tree_wait(tree, NULL), 0);
  assert_int_equal(closes, 0);
  sem_wait(&closed);
  sup_tree_unref(tree);
  sup_spec_unref(root);
  sup_runtime_unref(runtime);
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
      cmocka_unit_test(C6_a_late_end_during_a_stop),
      cmocka_unit_test(H7_an_end_while_the_start_is_told),
      cmocka_unit_test(H7_a_tree_that_never_ran),
      cmocka_unit_test(C7_children_that_are_not_wanted),
  };
  return cmocka_run_group_tests_name("tree end", tests, NULL, NULL);
}
