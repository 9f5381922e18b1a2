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
 * C4: what needs memory once a tree is up, counted. That a lack of it at any
 * other moment is survived is a matter of allocation_failure_test.c.
 */

#include "face_fixture.h"

#include <limits.h>

static void allow_nothing(void) {
  counting_fail_at(1, LONG_MAX);
}

/* How many were asked for meanwhile. */
static long allow_all(void) {
  long asked = atomic_load(&counting.asked);

  counting_fail_at(0, 0);
  return asked;
}

static sup_child child_named(sup_tree *tree, const char *path) {
  sup_child child;

  assert_int_equal(sup_tree_find(tree, path, &child), 0);
  return child;
}

/* ---- Requests ----------------------------------------------------------- */

static void C4_who_waits_for_a_request_needs_no_memory(void **state) {
  (void)state;
  worker_of_test a = WORKER(.name = "a"), b = WORKER(.name = "b");
  sup_tree *tree = start_tree(TOP(&a, &b));
  sup_child child = child_named(tree, "top/a");

  allow_nothing();
  assert_int_equal(sup_child_restart(child, NULL), 0);
  assert_int_equal(sup_child_terminate(child, NULL), 0);
  assert_int_equal(sup_child_terminate(child, NULL), SUP_EALREADY);
  assert_int_equal(sup_child_restart(child, NULL), 0);
  assert_int_equal(sup_child_delete(child, NULL), 0);
  assert_int_equal(sup_child_failed(b.child, NULL), 0);
  gate_await(&b.started, 2);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  assert_int_equal(sup_tree_wait(tree, NULL), 0);
  assert_int_equal(allow_all(), 0);
  sup_tree_unref(tree);
}

/* The child itself, and nothing for who waits. */
static void
C4_who_waits_for_an_addition_needs_no_more_than_the_child(void **state) {
  (void)state;
  worker_of_test a = WORKER(.name = "a"), b = WORKER(.name = "b");
  sup_tree *tree = start_tree(TOP(&a));
  sup_spec *spec = worker_spec(&b);
  sup_child root = child_named(tree, "top"), child;
  long asked;

  allow_all();
  assert_int_equal(sup_child_add_async(root, spec, NULL, &child, NULL), 0);
  asked = allow_all();
  assert_int_equal(sup_child_delete(child, NULL), 0);
  allow_all();
  assert_int_equal(sup_child_add(root, spec, &child, NULL), 0);
  assert_in_range(allow_all(), 0, asked);
  sup_spec_unref(spec);
  end_tree(tree);
}

static void
C4_a_request_for_another_without_memory_changes_nothing(void **state) {
  (void)state;
  worker_of_test a = WORKER(.name = "a");
  sup_tree *tree = start_tree(TOP(&a));
  sup_child child = child_named(tree, "top/a");
  struct completion told;
  sup_completion done = completion_of(&told, 0);

  allow_nothing();
  assert_int_equal(sup_child_restart_async(child, &done, NULL), SUP_ENOMEM);
  assert_int_equal(sup_child_terminate_async(child, &done, NULL), SUP_ENOMEM);
  assert_int_equal(sup_child_delete_async(child, &done, NULL), SUP_ENOMEM);
  assert_int_equal(sup_tree_wait_async(tree, &done, NULL), SUP_ENOMEM);
  assert_int_equal(allow_all(), 4);
  assert_int_equal(count_tree(tree).starts, 2); /* with the root's */
  assert_int_equal(count_tree(tree).running, 1);
  /* With nobody to be told none is needed; nor is it the second time. */
  allow_nothing();
  assert_int_equal(sup_child_restart_async(child, NULL, NULL), 0);
  gate_await(&a.started, 2);
  assert_int_equal(allow_all(), 0);
  assert_int_equal(sup_child_terminate_async(child, &done, NULL), 0);
  gate_await(&told.gate, 1);
  assert_int_equal(told.code, 0);
  end_tree(tree);
  assert_int_equal(gate_count(&told.gate), 1);
}

/* ---- Waits -------------------------------------------------------------- */

enum { WAITS = 10000 };

static void never(void *ctx, int code, sup_report *report) {
  (void)ctx, (void)code, (void)report;
  CHECK(!"a wait that was cancelled is told something");
}

/* Chunks that double: what is to be done for one does not grow with them. */
static void C4_waits_are_cancelled_by_their_tickets(void **state) {
  (void)state;
  static uint64_t tickets[WAITS];
  worker_of_test a = WORKER(.name = "a");
  sup_tree *tree = start_tree(TOP(&a));
  sup_completion completion = {never, NULL, SUP_COMPLETION_ANY_THREAD};
  struct completion told;
  sup_completion done = completion_of(&told, SUP_COMPLETION_ANY_THREAD);
  uint64_t again;

  allow_all();
  for (size_t i = 0; i < WAITS; i++)
    assert_int_equal(sup_tree_wait_async(tree, &completion, &tickets[i]), 0);
  assert_in_range(allow_all(), 1, 14);
  assert_int_equal(sup_tree_wait_async(tree, &done, NULL), 0);
  /* From the middle, from both ends, each once. */
  for (size_t i = 0; i < WAITS; i++) {
    size_t at = i * 7919 % WAITS;

    assert_int_equal(sup_tree_cancel(tree, tickets[at]), 0);
    assert_int_equal(sup_tree_cancel(tree, tickets[at]), SUP_EGONE);
  }
  /* A slot that is used again has another ticket. */
  allow_nothing();
  assert_int_equal(sup_tree_wait_async(tree, &completion, &again), 0);
  assert_int_equal(allow_all(), 0);
  for (size_t i = 0; i < WAITS; i++)
    assert_int_equal(sup_tree_cancel(tree, tickets[i]), SUP_EGONE);
  assert_int_equal(sup_tree_cancel(tree, 0), SUP_EGONE);
  assert_int_equal(sup_tree_cancel(tree, UINT64_MAX), SUP_EGONE);
  assert_int_equal(sup_tree_cancel(tree, again), 0);
  end_tree(tree);
  gate_await(&told.gate, 1);
  assert_int_equal(told.code, 0);
}

/* The same of what was asked for of children: nothing of a wait is left, and
 * what was asked for goes on. */
static void C4_requests_are_cancelled_by_their_tickets(void **state) {
  (void)state;
  worker_of_test a = WORKER(.name = "a"), b = WORKER(.name = "b");
  sup_tree *tree = start_tree(TOP(&a, &b));
  sup_child children[] = {child_named(tree, "top/a"),
                          child_named(tree, "top/b")};
  sup_completion completion = {never, NULL, SUP_COMPLETION_ANY_THREAD};
  struct completion told;
  sup_completion done = completion_of(&told, SUP_COMPLETION_ANY_THREAD);
  uint64_t ticket, end, other;

  assert_int_equal(sup_child_wait_async(children[1], &done, &end), 0);
  assert_int_equal(
      sup_child_await_healthy_async(children[0], &completion, &ticket), 0);
  assert_int_equal(sup_tree_wait_async(tree, &completion, &other), 0);
  assert_true(ticket != 0 && ticket != end && ticket != other);
  assert_int_equal(sup_tree_cancel(tree, ticket), 0);
  allow_nothing();
  for (size_t i = 0; i < WAITS; i++) {
    sup_child child = children[i % 2];

    assert_int_equal(
        i % 3 ? sup_child_wait_async(child, &completion, &ticket)
              : sup_child_await_healthy_async(child, &completion, &ticket),
        0);
    assert_int_equal(sup_tree_cancel(tree, ticket), 0);
    assert_int_equal(sup_tree_cancel(tree, ticket), SUP_EGONE);
  }
  /* What was asked for is done all the same. */
  assert_int_equal(sup_child_restart_async(children[0], &completion, &ticket),
                   0);
  (void)sup_tree_cancel(tree, ticket);
  gate_await(&a.started, 2);
  assert_int_equal(allow_all(), 0);
  assert_int_equal(sup_tree_cancel(tree, other), 0);
  assert_int_equal(sup_child_terminate_async(children[1], NULL, &ticket), 0);
  assert_true(ticket == 0);
  gate_await(&told.gate, 1);
  assert_int_equal(told.code, SUP_ESTOPPED);
  sup_report_unref(told.report);
  assert_int_equal(sup_tree_cancel(tree, end), SUP_EGONE);
  end_tree(tree);
}

/* In the order of their waits, those that were cancelled left out. */
static void C3_waits_are_told_in_their_order(void **state) {
  (void)state;
  worker_of_test a = WORKER(.name = "a");
  sup_tree *tree = start_tree(TOP(&a));
  struct completion told[4];
  uint64_t ticket[4], late;

  for (size_t i = 0; i < 4; i++) {
    sup_completion done = completion_of(&told[i], 0);

    assert_int_equal(sup_tree_wait_async(tree, &done, &ticket[i]), 0);
    assert_true(ticket[i] != 0);
  }
  assert_int_equal(sup_tree_cancel(tree, ticket[0]), 0);
  assert_int_equal(sup_tree_cancel(tree, ticket[3]), 0);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  gate_await(&told[2].gate, 1);
  assert_int_equal(gate_count(&told[1].gate), 1);
  assert_int_equal(gate_count(&told[0].gate), 0);
  assert_int_equal(gate_count(&told[3].gate), 0);
  /* What is told cannot be cancelled, nor what is told at once. */
  assert_int_equal(sup_tree_cancel(tree, ticket[1]), SUP_EGONE);
  {
    sup_completion done = completion_of(&told[0], SUP_COMPLETION_ANY_THREAD);

    assert_int_equal(sup_tree_wait_async(tree, &done, &late), 0);
    gate_await(&told[0].gate, 1);
    assert_int_equal(sup_tree_cancel(tree, late), SUP_EGONE);
  }
  sup_tree_unref(tree);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test(C4_who_waits_for_a_request_needs_no_memory),
      world_test(C4_who_waits_for_an_addition_needs_no_more_than_the_child),
      world_test(C4_a_request_for_another_without_memory_changes_nothing),
      world_test(C4_waits_are_cancelled_by_their_tickets),
      world_test(C4_requests_are_cancelled_by_their_tickets),
      world_test(C3_waits_are_told_in_their_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
