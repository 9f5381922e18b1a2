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

/* Resource steps of trees: S10. */

#include "face_fixture.h"

#define ANY SUP_CALLBACKS_ANY_THREAD
#define BLOCKS (SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK)

/* ---- Resource steps (S10) ----------------------------------------------- */

struct resource {
  sup_spec *children;
  int begins;
  bool fails, never, cleanup_never;
  sup_child supervisor;
  uint64_t abandoned;
  struct gate building, canceled, cleaning, freed;
};

static void await_resource_freed(struct resource *r) {
  gate_await(&r->freed, 1);
}

#define resource_of_test                                                       \
  struct resource __attribute__((cleanup(await_resource_freed)))

#define RESOURCE(...)                                                          \
  {                                                                            \
    .building = GATE_INIT, .canceled = GATE_INIT, .cleaning = GATE_INIT,       \
    .freed = GATE_INIT, __VA_ARGS__                                            \
  }

static void *finish_build(void *ctx) {
  struct resource *r = ctx;
  int code = r->fails
                 ? sup_child_build_failed(
                       r->supervisor,
                       sup_error_create(SUP_EFAILED, "no disk", NULL, NULL))
                 : sup_child_built(
                       r->supervisor,
                       r->children == NULL ? NULL : sup_spec_ref(r->children));

  CHECK(code == 0);
  return NULL;
}

static int resource_build(void *ctx, sup_child supervisor, void **state) {
  struct resource *r = ctx;
  pthread_t thread;

  CHECK(*state == ctx);
  tell_story("resource", "+");
  r->supervisor = supervisor;
  if (r->begins == 0 && !r->never) {
    CHECK(pthread_create(&thread, NULL, finish_build, r) == 0);
    pthread_detach(thread);
  }
  gate_open(&r->building);
  return r->begins;
}

static void resource_cancel(void *state) {
  struct resource *r = state;

  tell_story("resource", "?");
  CHECK(sup_child_build_failed(r->supervisor, NULL) == 0);
  gate_open(&r->canceled);
}

static void *finish_cleanup(void *ctx) {
  struct resource *r = ctx;

  CHECK(sup_child_cleaned(r->supervisor, NULL) == 0);
  return NULL;
}

static void resource_cleanup(void *state, sup_child supervisor,
                             uint64_t abandoned) {
  struct resource *r = state;
  pthread_t thread;

  tell_story("resource", "-");
  r->supervisor = supervisor;
  r->abandoned = abandoned;
  if (!r->cleanup_never) {
    CHECK(pthread_create(&thread, NULL, finish_cleanup, r) == 0);
    pthread_detach(thread);
  }
  gate_open(&r->cleaning);
}

static void resource_free(void *ctx) {
  struct resource *r = ctx;

  CHECK(!sup_runtime_is_loop_thread(world.runtime));
  sup_spec_unref(r->children);
  gate_open(&r->freed);
}

static const sup_resource resource_any = {sizeof(sup_resource),
                                          SUP_CALLBACKS_ANY_THREAD,
                                          resource_build,
                                          resource_cancel,
                                          resource_cleanup,
                                          resource_free,
                                          0,
                                          SUP_MILLISECONDS(20)};
static const sup_resource resource_loop = {sizeof(sup_resource),
                                           0,
                                           resource_build,
                                           resource_cancel,
                                           resource_cleanup,
                                           resource_free,
                                           0,
                                           0};

static void S10_a_resource_is_built_first_and_cleaned_last(void **state) {
  for (int any = 0; any < 2; any++) {
    worker_of_test a = WORKER(.name = "a", .flags = any ? ANY : 0);
    resource_of_test r = RESOURCE(.begins = 0);
    sup_spec *top = TOP(&a);
    sup_tree *tree;

    (void)state;
    assert_int_equal(
        sup_spec_set_resource(top, any ? &resource_any : &resource_loop, &r),
        0);
    forget_story();
    tree = start_tree(top);
    assert_int_equal(sup_child_completed(a.child), 0);
    gate_await(&a.started, 2);
    assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
    /* Once per start of the supervisor, not for the restart of a child. */
    assert_string_equal(story.text, "resource+ a+ a- a+ a? a- resource- ");
    assert_true(r.abandoned == 0);
    sup_tree_unref(tree);
    gate_await(&r.freed, 1);
  }
}

static void S10_children_that_a_build_makes(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  worker_of_test b = WORKER(.name = "b", .flags = ANY);
  resource_of_test r = RESOURCE(.children = TOP(&b));
  sup_spec *top = TOP(&a);
  sup_tree *tree;
  char path[32];

  (void)state;
  sup_spec_set_resource(top, &resource_any, &r);
  tree = start_tree(top);
  assert_int_equal(gate_count(&a.started), 0);
  gate_await(&b.started, 1);
  sup_child_path(b.child, path, sizeof(path));
  assert_string_equal(path, "top/b");
  end_tree(tree);
  gate_await(&b.freed, 1);
  gate_await(&r.freed, 1);
}

/* N5: what a build made is checked as a whole. */
static void S10_faults_in_what_a_build_makes(void **state) {
  worker_of_test a = WORKER(.name = "a"), again = WORKER(.name = "a");
  resource_of_test r = RESOURCE(.children = TOP(&a, &again));
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_report *report = NULL;
  sup_tree *tree;
  char text[1000];

  (void)state;
  sup_spec_set_resource(top, &resource_any, &r);
  assert_int_equal(sup_tree_start(world.runtime, top, &tree, &report),
                   SUP_EBUILD);
  sup_report_explain(report, text, sizeof(text));
  assert_non_null(strstr(text, "top/a"));
  assert_int_equal(gate_count(&a.started), 0);
  sup_report_unref(report);
  sup_spec_unref(top);
  gate_await(&r.freed, 1);
}

/* N5: with the paths that they would have, whatever the list is called. */
static void S10_paths_of_faults_in_what_a_build_makes(void **state) {
  worker_of_test a = WORKER(.name = "a"), again = WORKER(.name = "a");
  resource_of_test r = RESOURCE(.children = TOP(&a, &again));
  sup_spec *root = sup_supervisor_spec("root", SUP_ONE_FOR_ONE);
  sup_spec *inner = sup_supervisor_spec("inner", SUP_ONE_FOR_ONE);
  sup_report *report = NULL;
  sup_tree *tree;
  char text[1000];

  (void)state;
  sup_spec_set_resource(inner, &resource_any, &r);
  sup_spec_add(root, inner);
  assert_int_equal(sup_tree_start(world.runtime, root, &tree, &report),
                   SUP_ESTART);
  sup_report_explain(report, text, sizeof(text));
  assert_non_null(strstr(text, "root/inner/a: "));
  assert_null(strstr(text, "top"));
  sup_report_unref(report);
  sup_spec_unref(root);
  gate_await(&r.freed, 1);
}

static void S10_a_build_that_fails(void **state) {
  for (int at_once = 0; at_once < 2; at_once++) {
    worker_of_test a = WORKER(.name = "a", .flags = ANY);
    resource_of_test r =
        RESOURCE(.begins = at_once ? SUP_ESYSTEM : 0, .fails = true);
    sup_report *report = NULL;
    sup_spec *top = TOP(&a);
    sup_tree *tree;
    char text[1000];

    (void)state;
    sup_spec_set_resource(top, &resource_any, &r);
    assert_int_equal(sup_tree_start(world.runtime, top, &tree, &report),
                     SUP_EBUILD);
    sup_report_explain(report, text, sizeof(text));
    assert_non_null(
        strstr(text, at_once ? sup_strerror(SUP_ESYSTEM) : "no disk"));
    assert_int_equal(gate_count(&a.started), 0);
    /* Nothing was built, so nothing is undone. */
    assert_int_equal(gate_count(&r.cleaning), 0);
    sup_report_unref(report);
    sup_spec_unref(top);
    gate_await(&r.freed, 1);
  }
}

/* S9: a stop cancels a build. */
static void S10_a_stop_cancels_a_build(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  resource_of_test r = RESOURCE(.never = true);
  sup_spec *top = TOP(&a);
  sup_tree *tree;

  (void)state;
  sup_spec_set_resource(top, &resource_any, &r);
  tree = create_tree(top);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  gate_await(&r.building, 1);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  gate_await(&r.canceled, 1);
  assert_int_equal(gate_count(&a.started), 0);
  sup_tree_unref(tree);
  gate_await(&r.freed, 1);
}

static void S10_a_cleanup_has_a_time_of_its_own(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY, .deaf = true);
  resource_of_test r = RESOURCE(.cleanup_never = true);
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *spec = worker_spec(&a);
  sup_report *report = NULL;
  sup_tree *tree;

  (void)state;
  sup_spec_set_shutdown_timeout(spec, SUP_MILLISECONDS(5));
  sup_spec_add(top, spec);
  sup_spec_set_resource(top, &resource_any, &r);
  tree = start_tree(top);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, &report),
                   SUP_ETERMINATION);
  assert_true(r.abandoned == 1);
  sup_report_unref(report);
  /* Both come to an end after all. */
  assert_int_equal(sup_child_completed(a.child), 0);
  sup_child_cleaned(r.supervisor, NULL);
  sup_tree_unref(tree);
  gate_await(&r.freed, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test(S10_a_resource_is_built_first_and_cleaned_last),
      world_test(S10_children_that_a_build_makes),
      world_test(S10_faults_in_what_a_build_makes),
      world_test(S10_paths_of_faults_in_what_a_build_makes),
      world_test(S10_a_build_that_fails),
      world_test(S10_a_stop_cancels_a_build),
      world_test(S10_a_cleanup_has_a_time_of_its_own),
  };
  return run_all(tests);
}
