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
 * Large trees: a million children of one supervisor, a tree a thousand
 * supervisors deep on a stack that has no room for recursion, a hundred
 * thousand children that fail at the same moment. What must not grow with the
 * number of children is counted (allocations, calls, events), never timed; how
 * much is done in one hold of a lock is bounds_test.c's.
 */

#include "face_fixture.h"

#include <supervisor/supervisor.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* The sanitizers need memory and stack of their own. */
#ifdef SANITIZED
#define MILLION 100000u
#define STACK (1024u * 1024u)
#else
#define MILLION 1000000u
#define STACK (64u * 1024u)
#endif
#define MANY 100000u
#define DEPTH 1000u

/* ---- Children ----------------------------------------------------------- */

struct slot {
  sup_child child;
  uint32_t starts;
  uint32_t order; /* of the last start, among all */
};

static struct {
  struct slot *slots;
  uint32_t count;
  atomic_uint_fast32_t starts, stops, ends;
} crowd;

static int slot_start(void *ctx, sup_child child, void **state) {
  struct slot *slot = ctx;

  CHECK(*state == ctx);
  slot->child = child;
  slot->starts++;
  slot->order = (uint32_t)atomic_fetch_add(&crowd.starts, 1);
  return 0;
}

/* It may have failed just before. */
static void slot_stop(void *state, sup_stop_action action) {
  int r;

  (void)action;
  atomic_fetch_add(&crowd.stops, 1);
  r = sup_child_canceled(((struct slot *)state)->child);
  CHECK(r == 0 || r == SUP_ESTALE);
}

static void slot_end(void *state) {
  (void)state;
  atomic_fetch_add(&crowd.ends, 1);
}

static const sup_callbacks slot_table = {
    sizeof(slot_table), SUP_CALLBACKS_ANY_THREAD,
    slot_start,         slot_stop,
    slot_end,           NULL};

static sup_spec *crowd_spec(uint32_t count, sup_strategy strategy,
                            sup_duration delay) {
  sup_backoff backoff = SUP_BACKOFF_NONE;
  sup_spec *top = sup_supervisor_spec("top", strategy);
  char name[16];

  memset(&crowd, 0, sizeof(crowd));
  crowd.count = count;
  crowd.slots = calloc(count, sizeof(*crowd.slots));
  if (delay != 0)
    backoff.immediate = 0;
  backoff.initial = backoff.maximum = delay;
  assert_int_equal(sup_spec_set_backoff(top, &backoff), 0);
  for (uint32_t i = 0; i < count; i++) {
    snprintf(name, sizeof(name), "%u", i);
    assert_int_equal(sup_spec_add(top, sup_callback_spec(name, &slot_table,
                                                         &crowd.slots[i])),
                     0);
  }
  return top;
}

static void forget_crowd(void) {
  free(crowd.slots);
  crowd.slots = NULL;
}

static long allocations(void) {
  return atomic_load(&counting.asked);
}

/* The drainer may still be on its way to it. */
static void await_starts(uint32_t count) {
  while (atomic_load(&crowd.starts) < count)
    sched_yield();
}

/* ---- A million ---------------------------------------------------------- */

static void expect_all_running(sup_tree *tree, uint64_t restarts) {
  sup_tree_counters counters = count_tree(tree);

  assert_int_equal(counters.nodes, MILLION + 1);
  assert_int_equal(counters.running, MILLION);
  assert_int_equal(counters.restarts, restarts);
}

static void expect_snapshot(sup_tree *tree) {
  sup_snapshot *snapshot;
  long before = allocations();

  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  assert_in_range(allocations() - before, 1, 16);
  assert_int_equal(sup_snapshot_count(snapshot), MILLION + 1);
  for (uint32_t i = 0; i < MILLION; i++) {
    const sup_node_info *info = sup_snapshot_node(snapshot, i + 1);

    if (info->state != SUP_STATE_RUNNING || info->depth != 1 ||
        info->child.node != crowd.slots[i].child.node)
      fail_msg("child %u of the snapshot is another one", i);
  }
  sup_snapshot_free(snapshot);
}

/* Restarts cost the same wherever the child is, and nothing of memory. */
static void expect_restarts(sup_tree *tree) {
  const uint32_t which[] = {0, MILLION / 2, MILLION - 1};
  long before = allocations();

  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(sup_child_failed(crowd.slots[which[i]].child, NULL), 0);
    await_starts(MILLION + (uint32_t)i + 1);
    assert_int_equal(crowd.slots[which[i]].starts, 2);
  }
  assert_int_equal(allocations() - before, 0);
  assert_int_equal(count_tree(tree).restarts, 3);
}

/* D6: what is asked of one costs nothing for the others. */
static void expect_found(sup_tree *tree, sup_child root) {
  long before = allocations();
  uint64_t count;
  char path[32];

  assert_int_equal(sup_child_count(root, &count), 0);
  assert_int_equal(count, MILLION);
  for (uint32_t i = 0; i < 1000; i++) {
    uint32_t k = i * 7919u * 131u % MILLION;
    sup_child found;

    snprintf(path, sizeof(path), "top/%u", k);
    assert_int_equal(sup_child_find(root, path + 4, &found), 0);
    assert_int_equal(found.node, crowd.slots[k].child.node);
    assert_int_equal(sup_tree_find(tree, path, &found), 0);
    assert_int_equal(found.node, crowd.slots[k].child.node);
  }
  assert_int_equal(allocations() - before, 0);
}

static void expect_requests(sup_child root) {
  static struct slot extra;
  uint32_t stops = (uint32_t)atomic_load(&crowd.stops);
  sup_child one = crowd.slots[MILLION / 3].child;
  sup_spec *spec = sup_callback_spec("extra", &slot_table, &extra);
  long before = allocations();
  sup_child found;

  assert_int_equal(sup_child_terminate(one, NULL), 0);
  assert_int_equal(sup_child_terminate(one, NULL), SUP_EALREADY);
  assert_int_equal(sup_child_restart(one, NULL), 0);
  assert_int_equal(crowd.slots[MILLION / 3].starts, 2);
  assert_int_equal(sup_child_add(root, spec, &found, NULL), 0);
  assert_int_equal(extra.starts, 1);
  assert_int_equal(sup_child_delete(found, NULL), 0);
  assert_int_equal(sup_child_find(root, "extra", &found), SUP_ENOTFOUND);
  assert_int_equal(atomic_load(&crowd.stops) - stops, 2);
  assert_in_range(allocations() - before, 0, 8);
  sup_spec_unref(spec);
}

static void C4_a_million_children(void **state) {
  sup_spec *spec = crowd_spec(MILLION, SUP_ONE_FOR_ONE, 0);
  long before;
  sup_child root;
  sup_tree *tree;

  (void)state;
  sup_spec_set_tolerance(spec, SUP_UNLIMITED, 0);
  before = allocations();
  tree = start_tree(spec);
  /* Nodes come in chunks, and the index of names in a few steps. */
  assert_in_range(allocations() - before, 1, MILLION / 500);
  assert_int_equal(atomic_load(&crowd.starts), MILLION);
  expect_all_running(tree, 0);
  for (uint32_t i = 0; i < MILLION; i++)
    if (crowd.slots[i].order != i || crowd.slots[i].starts != 1)
      fail_msg("child %u was started out of turn", i);
  expect_snapshot(tree);
  expect_restarts(tree);
  expect_all_running(tree, 3);
  assert_int_equal(sup_tree_root(tree, &root), 0);
  expect_found(tree, root);
  expect_requests(root);
  expect_all_running(tree, 4);
  before = allocations();
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  assert_int_equal(allocations() - before, 0);
  assert_int_equal(atomic_load(&crowd.stops), MILLION + 2);
  assert_int_equal(count_tree(tree).running, 0);
  sup_tree_unref(tree);
  assert_int_equal(sup_runtime_close(world.runtime), 0);
  sup_runtime_unref(world.runtime);
  assert_true(comes_true(has_no_memory));
  assert_int_equal(atomic_load(&crowd.ends), MILLION + 5);
  assert_int_equal(sup_runtime_create(&world.runtime, NULL), 0);
  forget_crowd();
}

/* ---- A hundred thousand at once ----------------------------------------- */

static sup_runtime_options manual = {
    .size = sizeof(manual), .seed = 1, .manual_time = true};

/* Wherever the last of it is done. */
static void settle(void) {
  assert_int_equal(sup_runtime_advance(world.runtime, 0), 0);
}

static void fail_all(void) {
  for (uint32_t i = 0; i < MANY; i++) {
    uint32_t k = i * 7919u % MANY; /* in some order */

    assert_int_equal(sup_child_failed(crowd.slots[k].child, NULL), 0);
  }
  settle();
}

/* They wait for the same moment, and come back in the order of their failures
 * (C9), on their own, each once. */
static void B4_all_fail_in_the_same_millisecond(void **state) {
  sup_spec *spec = crowd_spec(MANY, SUP_ONE_FOR_ONE, SUP_SECONDS(1));
  uint64_t at = 0;
  sup_tree *tree;
  long before;

  (void)state;
  sup_spec_set_tolerance(spec, SUP_UNLIMITED, 0);
  tree = start_tree(spec);
  before = allocations();
  fail_all();
  assert_int_equal(count_tree(tree).running, 0);
  assert_int_equal(sup_runtime_next_deadline(world.runtime, &at), 0);
  assert_int_equal(at, sup_runtime_now(world.runtime) + SUP_SECONDS(1));
  assert_int_equal(sup_runtime_advance(world.runtime, SUP_SECONDS(1) - 1), 0);
  assert_int_equal(atomic_load(&crowd.starts), MANY);
  assert_int_equal(sup_runtime_advance(world.runtime, 1), 0);
  assert_int_equal(atomic_load(&crowd.starts), 2 * MANY);
  assert_in_range(allocations() - before, 0, 32); /* lists of trees */
  for (uint32_t i = 0; i < MANY; i++)
    if (crowd.slots[i * 7919u % MANY].order != MANY + i)
      fail_msg("failure %u was not the same in the order of restarts", i);
  assert_int_equal(count_tree(tree).running, MANY);
  end_tree(tree);
  forget_crowd();
}

/* One round for all of them, which counts once (T2, G5). */
static void G5_all_fail_in_a_group(void **state) {
  sup_spec *spec = crowd_spec(MANY, SUP_ONE_FOR_ALL, SUP_SECONDS(1));
  sup_tree *tree;

  (void)state;
  sup_spec_set_tolerance(spec, 1, SUP_SECONDS(5));
  tree = start_tree(spec);
  /* The first takes the others down; those may be faster than their stop. */
  for (uint32_t i = 0; i < MANY; i++) {
    int r = sup_child_failed(crowd.slots[i * 7919u % MANY].child, NULL);

    assert_true(r == 0 || r == SUP_ESTALE);
  }
  settle();
  assert_int_equal(count_tree(tree).running, 0);
  assert_int_equal(sup_runtime_advance(world.runtime, SUP_SECONDS(1)), 0);
  assert_int_equal(atomic_load(&crowd.starts), 2 * MANY);
  assert_int_equal(count_tree(tree).restarts, MANY);
  end_tree(tree);
  assert_int_equal(atomic_load(&crowd.ends), 2 * MANY);
  forget_crowd();
}

/* ---- A thousand deep ---------------------------------------------------- */

/* Each level tolerates nothing, so that a failure at the bottom goes up to the
 * top. */
static sup_spec *deep_spec(uint32_t depth, struct slot *bottom) {
  sup_spec *spec = sup_callback_spec("bottom", &slot_table, bottom);

  for (uint32_t i = 0; i < depth; i++) {
    sup_spec *above = sup_supervisor_spec("s", SUP_ONE_FOR_ONE);

    CHECK(spec != NULL && above != NULL);
    CHECK(sup_spec_set_tolerance(above, 0, 0) == 0);
    CHECK(sup_spec_add(above, spec) == 0);
    spec = above;
  }
  return spec;
}

struct deep {
  uv_loop_t loop;
  sup_runtime *runtime;
  sup_tree *tree;
  struct slot bottom;
  int code; /* of the completion that was waited for */
  bool done, closed;
};

static void deep_done(void *ctx, int code, sup_report *report) {
  struct deep *d = ctx;

  (void)report;
  d->code = code;
  d->done = true;
}

static int deep_wait(struct deep *d) {
  while (!d->done)
    uv_run(&d->loop, UV_RUN_ONCE);
  d->done = false;
  return d->code;
}

static void deep_start(struct deep *d) {
  sup_completion completion = {deep_done, d, 0};
  sup_spec *spec = deep_spec(DEPTH, &d->bottom);
  sup_report *report = NULL;

  CHECK(sup_spec_check(spec, &report) == 0);
  sup_report_unref(report);
  CHECK(sup_tree_create(d->runtime, spec, &d->tree, NULL) == 0);
  sup_spec_unref(spec);
  CHECK(sup_tree_launch(d->tree, &completion) == 0);
  CHECK(deep_wait(d) == 0);
  CHECK(d->bottom.starts == 1);
}

static void deep_look(struct deep *d) {
  static char path[2 * DEPTH + 10];
  sup_snapshot *snapshot;
  static char text[2000];

  CHECK(sup_child_path(d->bottom.child, path, sizeof(path)) ==
        2 * DEPTH + strlen("bottom"));
  CHECK(strcmp(path + 2 * DEPTH, "bottom") == 0);
  CHECK(sup_tree_snapshot(d->tree, &snapshot) == 0);
  CHECK(sup_snapshot_count(snapshot) == DEPTH + 1);
  CHECK(sup_snapshot_node(snapshot, DEPTH)->depth == DEPTH);
  CHECK(sup_snapshot_text(snapshot, text, sizeof(text)) > DEPTH);
  sup_snapshot_free(snapshot);
}

/* The chain is as long as the tree is deep. */
static void deep_explain(void *ctx, int code, sup_report *report) {
  struct deep *d = ctx;
  static char text[1000];
  sup_error *error;
  uint32_t length = 0;

  CHECK(code == SUP_ETOLERANCE && report != NULL);
  for (error = sup_report_error(report, 0); error != NULL;
       error = sup_error_cause(error))
    length++;
  CHECK(length >= DEPTH);
  CHECK(sup_report_explain(report, text, sizeof(text)) > DEPTH);
  d->code = code;
  d->done = true;
}

static void deep_finish(struct deep *d) {
  CHECK(sup_tree_get_state(d->tree) == SUP_TREE_ENDED);
  deep_look(d);
  sup_tree_unref(d->tree);
}

static void deep_closed(void *ctx) {
  ((struct deep *)ctx)->closed = true;
}

/* Everything happens on this thread, the loop's included. */
static void *go_deep(void *ctx) {
  struct deep *d = ctx;
  sup_runtime_options options = SUP_RUNTIME_OPTIONS_INIT;
  sup_completion explained = {deep_explain, d, 0};
  sup_completion completion = {deep_done, d, 0};

  CHECK(uv_loop_init(&d->loop) == 0);
  options.loop = &d->loop;
  CHECK(sup_runtime_create(&d->runtime, &options) == 0);
  deep_start(d);
  deep_look(d);
  CHECK(sup_tree_wait_async(d->tree, &explained, NULL) == 0);
  CHECK(sup_child_failed(d->bottom.child, NULL) == 0);
  CHECK(deep_wait(d) == SUP_ETOLERANCE);
  deep_finish(d);
  memset(&d->bottom, 0, sizeof(d->bottom));
  deep_start(d);
  CHECK(sup_tree_wait_async(d->tree, &completion, NULL) == 0);
  CHECK(sup_tree_request_stop(d->tree, SUP_SECONDS(100)) == 0);
  CHECK(deep_wait(d) == 0);
  deep_finish(d);
  CHECK(sup_runtime_close_async(d->runtime, deep_closed, d) == 0);
  sup_runtime_unref(d->runtime);
  while (!d->closed)
    uv_run(&d->loop, UV_RUN_ONCE);
  uv_run(&d->loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&d->loop) == 0);
  return NULL;
}

static void on_a_small_stack(void *(*run)(void *), void *ctx) {
  pthread_attr_t attributes;
  pthread_t thread;

  assert_int_equal(pthread_attr_init(&attributes), 0);
  assert_int_equal(pthread_attr_setstacksize(&attributes, STACK), 0);
  assert_int_equal(pthread_create(&thread, &attributes, run, ctx), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  pthread_attr_destroy(&attributes);
}

static void T5_a_failure_goes_up_a_thousand_levels(void **state) {
  static struct deep d;

  (void)state;
  memset(&d, 0, sizeof(d));
  on_a_small_stack(go_deep, &d);
}

/* Specs: built, checked, and given back, at any depth. */
static void *build_deep(void *ctx) {
  sup_spec *spec = deep_spec(100 * DEPTH, ctx);
  sup_report *report = NULL;

  CHECK(sup_spec_check(spec, &report) == 0);
  sup_report_unref(report);
  sup_spec_unref(spec);
  return NULL;
}

static void N5_a_spec_of_a_hundred_thousand_levels(void **state) {
  struct slot bottom;

  (void)state;
  on_a_small_stack(build_deep, &bottom);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test(C4_a_million_children),
      world_test_with(B4_all_fail_in_the_same_millisecond, manual),
      world_test_with(G5_all_fail_in_a_group, manual),
      audited_test(T5_a_failure_goes_up_a_thousand_levels),
      audited_test(N5_a_spec_of_a_hundred_thousand_levels),
  };

  return run_all(tests);
}
