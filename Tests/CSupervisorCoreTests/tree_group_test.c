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

/* RULE G2 through the public face: groups of children made of callbacks. */

#include "face_fixture.h"

/* "top" with these in the group "pipe" and, after them, one beside it. */
static sup_spec *grouped(struct worker *const *members, struct worker *apart,
                         sup_group_mode mode) {
  sup_spec *top = TOP(NULL);

  assert_int_equal(sup_spec_add_group(top, "pipe", mode), 0);
  for (; *members != NULL; members++) {
    sup_spec *spec = worker_spec(*members);

    assert_int_equal(sup_spec_set_group(spec, "pipe"), 0);
    assert_int_equal(sup_spec_add(top, spec), 0);
  }
  assert_int_equal(sup_spec_add(top, worker_spec(apart)), 0);
  return top;
}

#define GROUPED(mode, apart, ...)                                              \
  grouped((struct worker *const[]){__VA_ARGS__, NULL}, apart, mode)

/* G2 */
static void g2_together(void **state) {
  worker_of_test a = WORKER(.name = "a");
  worker_of_test b = WORKER(.name = "b");
  worker_of_test c = WORKER(.name = "c");
  worker_of_test x = WORKER(.name = "x");
  sup_tree *tree = start_tree(GROUPED(SUP_GROUP_TOGETHER, &x, &a, &b, &c));

  (void)state;
  forget_story();
  assert_int_equal(sup_child_failed(b.child, NULL), 0);
  gate_await(&c.started, 2);
  assert_string_equal(story.text, "b- c? c- a? a- a+ b+ c+ ");
  assert_int_equal(gate_count(&x.started), 1);
  end_tree(tree);
}

/* G2, B6: one that is slow to stop holds up nobody */
static void g2_each(void **state) {
  worker_of_test a = WORKER(.name = "a");
  worker_of_test b = WORKER(.name = "b", .deaf = true);
  worker_of_test c = WORKER(.name = "c");
  worker_of_test x = WORKER(.name = "x");
  sup_tree *tree = start_tree(GROUPED(SUP_GROUP_EACH, &x, &a, &b, &c));

  (void)state;
  assert_int_equal(sup_child_failed(a.child, NULL), 0);
  gate_await(&b.stopped, 1);
  gate_await(&a.started, 2);
  gate_await(&c.started, 2);
  assert_int_equal(gate_count(&b.started), 1);
  b.deaf = false;
  assert_int_equal(sup_child_canceled(b.child), 0);
  gate_await(&b.started, 2);
  assert_int_equal(gate_count(&x.started), 1);
  end_tree(tree);
}

/* G2: members from any thread, and on the way down */
static void g2_on_any_thread(void **state) {
  static const sup_group_mode modes[] = {SUP_GROUP_TOGETHER, SUP_GROUP_EACH};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    worker_of_test a = WORKER(.name = "a", .flags = SUP_CALLBACKS_ANY_THREAD);
    worker_of_test b =
        WORKER(.name = "b", .flags = SUP_CALLBACKS_ANY_THREAD |
                                     SUP_CALLBACKS_STOP_MAY_BLOCK);
    worker_of_test x = WORKER(.name = "x", .flags = SUP_CALLBACKS_ANY_THREAD);
    sup_tree *tree = start_tree(GROUPED(modes[i], &x, &a, &b));

    for (uint64_t round = 2; round < 100; round++) {
      assert_int_equal(sup_child_failed(a.child, NULL), 0);
      gate_await(&a.started, round);
      gate_await(&b.started, round);
    }
    assert_int_equal(sup_child_failed(a.child, NULL), 0);
    end_tree(tree);
    assert_int_equal(gate_count(&x.started), 1);
  }
}

/* G2, B5: what a snapshot shows of those that wait */
static void g2_what_is_shown(void **state) {
  worker_of_test a = WORKER(.name = "a");
  worker_of_test b = WORKER(.name = "b");
  worker_of_test x = WORKER(.name = "x");
  sup_spec *top = GROUPED(SUP_GROUP_TOGETHER, &x, &a, &b);
  sup_backoff slow = SUP_BACKOFF_STANDARD;
  sup_snapshot *snapshot = NULL;
  sup_tree *tree;

  (void)state;
  slow.immediate = 0;
  slow.initial = slow.maximum = SUP_SECONDS(3600);
  slow.jitter = 0;
  assert_int_equal(sup_spec_set_backoff(top, &slow), 0);
  tree = start_tree(top);
  assert_int_equal(sup_child_failed(a.child, NULL), 0);
  gate_await(&b.ended, 1);
  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  for (size_t i = 1; i < 3; i++) {
    const sup_node_info *info = sup_snapshot_node(snapshot, i);

    assert_int_equal(info->state, SUP_STATE_WAITING);
    assert_true(info->deadline != SUP_INFINITE && info->deadline != 0);
  }
  sup_snapshot_free(snapshot);
  end_tree(tree); /* H6: at once */
}

/* N6 */
static void n6_faults_are_listed(void **state) {
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ALL);
  sup_report *report = NULL;
  sup_tree *tree = NULL;

  (void)state;
  assert_int_equal(sup_spec_add_group(top, "g", SUP_GROUP_EACH), 0);
  assert_int_equal(sup_tree_start(world.runtime, top, &tree, &report),
                   SUP_ESPEC);
  assert_int_equal(sup_report_count(report), 1);
  assert_non_null(
      strstr(sup_error_text(sup_report_error(report, 0)), "one-for-one"));
  sup_report_unref(report);
  sup_spec_unref(top);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test(g2_together),          world_test(g2_each),
      world_test(g2_on_any_thread),     world_test(g2_what_is_shown),
      world_test(n6_faults_are_listed),
  };
  return run_all(tests);
}
