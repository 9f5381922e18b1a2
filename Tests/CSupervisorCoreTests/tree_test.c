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

/* Trees of callback children: life, start, stop, waiting. */

#include "face_fixture.h"

#define ANY SUP_CALLBACKS_ANY_THREAD
#define BLOCKS (SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK)

static void *complete_child(void *ctx) {
  CHECK(sup_child_completed(*(sup_child *)ctx) == 0);
  return NULL;
}

/* ---- Order and number of calls ------------------------------------------ */

/* S1 H1 C3 */
static void H1_children_start_in_order_and_stop_in_reverse(void **state) {
  for (int any = 0; any < 2; any++) {
    worker_of_test a = WORKER(.name = "a", .flags = any ? ANY : 0);
    worker_of_test b = WORKER(.name = "b"); /* always on the loop */
    worker_of_test c = WORKER(.name = "c", .flags = any ? ANY : 0);
    sup_tree *tree;

    (void)state;
    forget_story();
    tree = start_tree(TOP(&a, &b, &c));
    assert_string_equal(story.text, "a+ b+ c+ ");
    assert_int_equal(sup_tree_get_state(tree), SUP_TREE_RUNNING);
    assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
    assert_int_equal(sup_tree_get_state(tree), SUP_TREE_ENDED);
    gate_await(&a.ended, 1);
    assert_string_equal(story.text, "a+ b+ c+ c? c- b? b- a? a- ");
    sup_tree_unref(tree);
    gate_await(&a.freed, 1);
    gate_await(&b.freed, 1);
    gate_await(&c.freed, 1);
  }
}

/* C6: the context of a spec is freed once, when the last tree and the last
 * reference are gone; end comes once per incarnation. */
static void C6_a_context_is_freed_once(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_spec *top = TOP(&a);
  sup_tree *first = NULL, *second = NULL;

  (void)state;
  assert_int_equal(sup_tree_start(world.runtime, top, &first, NULL), 0);
  end_tree(first);
  assert_int_equal(sup_tree_start(world.runtime, top, &second, NULL), 0);
  assert_int_equal(gate_count(&a.started), 2);
  sup_spec_unref(top);
  assert_int_equal(gate_count(&a.freed), 0);
  end_tree(second);
  gate_await(&a.freed, 1);
  assert_int_equal(gate_count(&a.freed), 1);
  assert_int_equal(gate_count(&a.ended), 2);
}

/* C6: a spec in a tree is frozen. */
static void C6_starting_freezes_a_spec(void **state) {
  worker_of_test a = WORKER(.name = "a");
  sup_spec *top = TOP(&a);
  sup_tree *tree = NULL;

  (void)state;
  assert_int_equal(sup_tree_create(world.runtime, top, &tree, NULL), 0);
  assert_int_equal(sup_spec_set_restart(top, SUP_TEMPORARY), SUP_EFROZEN);
  sup_tree_unref(tree); /* never launched */
  sup_spec_unref(top);
  gate_await(&a.freed, 1);
  assert_int_equal(gate_count(&a.started), 0);
}

/* ---- Ends --------------------------------------------------------------- */

static void complete_twice(struct worker *w, sup_child child) {
  (void)w;
  if (child.incarnation < 3)
    CHECK(sup_child_completed(child) == 0);
}

/* X2: also when the end is reported from within start. */
static void X2_an_end_reported_within_start_restarts(void **state) {
  worker_of_test a = WORKER(.name = "a", .on_start = complete_twice);
  worker_of_test b =
      WORKER(.name = "b", .on_start = complete_twice, .flags = ANY);
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a, &b));
  gate_await(&a.started, 3);
  gate_await(&b.started, 3);
  assert_int_equal(gate_count(&a.ended), 2);
  assert_int_equal(gate_count(&b.ended), 2);
  assert_int_equal(count_tree(tree).restarts, 4);
  end_tree(tree);
  gate_await(&a.freed, 1);
  gate_await(&b.freed, 1);
  assert_int_equal(gate_count(&a.ended), 3);
  assert_int_equal(gate_count(&b.ended), 3);
}

static void complete_on_another_thread(struct worker *w, sup_child child) {
  if (child.incarnation > 1)
    return;
  w->child = child;
  pthread_join(start_thread(complete_child, &child), NULL);
}

/* An end may be reported on another thread before start has returned. */
static void X2_an_end_reported_elsewhere_before_start_returned(void **state) {
  worker_of_test a =
      WORKER(.name = "a", .flags = ANY, .on_start = complete_on_another_thread);
  worker_of_test b =
      WORKER(.name = "b", .on_start = complete_on_another_thread);
  sup_tree *tree;

  (void)state;
  forget_story();
  tree = start_tree(TOP(&a, &b));
  gate_await(&a.started, 2);
  gate_await(&b.started, 2);
  end_tree(tree);
  gate_await(&a.freed, 1);
  gate_await(&b.freed, 1);
  assert_int_equal(gate_count(&a.ended), 2);
  assert_int_equal(gate_count(&b.ended), 2);
}

/* I1: what is said about an earlier incarnation changes nothing. */
static void I1_a_stale_report_is_refused_and_counted(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_tree *tree;
  sup_child first;

  (void)state;
  tree = start_tree(TOP(&a));
  first = a.child;
  assert_int_equal(sup_child_failed(first, NULL), 0);
  gate_await(&a.started, 2);
  assert_int_equal(sup_child_failed(first, sup_error_create(SUP_EFAILED, "late",
                                                            NULL, NULL)),
                   SUP_ESTALE);
  assert_int_equal(sup_child_started(first), SUP_ESTALE);
  assert_true(sup_child_is_stopping(first));
  assert_false(sup_child_is_stopping(a.child));
  assert_true(count_tree(tree).stale_reports >= 2);
  assert_int_equal(count_tree(tree).restarts, 1);
  end_tree(tree);
  gate_await(&a.freed, 1);
}

/* I3: a handle names a node, not a name. */
static void I3_a_handle_outlives_its_node(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_spec *spec = worker_spec(&a);
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_tree *tree;
  char path[32];

  (void)state;
  sup_spec_set_restart(spec, SUP_TEMPORARY);
  assert_int_equal(sup_spec_add(top, spec), 0);
  tree = start_tree(top);
  assert_int_equal(sup_child_path(a.child, path, sizeof(path)), 5);
  assert_string_equal(path, "top/a");
  assert_int_equal(sup_child_path(a.child, NULL, 0), 5);
  assert_int_equal(sup_child_completed(a.child), 0);
  gate_await(&a.ended, 1);
  assert_int_equal(sup_child_completed(a.child), SUP_EGONE);
  assert_int_equal(sup_child_started(a.child), SUP_EGONE);
  assert_int_equal(count_tree(tree).nodes, 1);
  end_tree(tree);
  gate_await(&a.freed, 1);
}

/* ---- Start -------------------------------------------------------------- */

/* S2: a notify-start child is up when it says so, once. */
static void S2_notify_start_acknowledges_once(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  worker_of_test b = WORKER(.name = "b", .flags = ANY);
  struct completion up;
  sup_completion completion = completion_of(&up, SUP_COMPLETION_ANY_THREAD);
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *spec = worker_spec(&a);
  sup_tree *tree;

  (void)state;
  sup_spec_set_notify_start(spec, true);
  assert_int_equal(sup_spec_add(top, spec), 0);
  assert_int_equal(sup_spec_add(top, worker_spec(&b)), 0);
  tree = create_tree(top);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_CREATED);
  assert_int_equal(sup_tree_launch(tree, &completion), 0);
  assert_int_equal(sup_tree_launch(tree, &completion), SUP_EALREADY);
  assert_int_equal(gate_count(&a.started), 1);
  assert_int_equal(gate_count(&b.started), 0);
  assert_int_equal(gate_count(&up.gate), 0);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_STARTING);
  assert_int_equal(sup_child_started(a.child), 0);
  gate_await(&up.gate, 1);
  assert_int_equal(up.code, 0);
  assert_int_equal(sup_child_started(a.child), SUP_EALREADY);
  assert_int_equal(count_tree(tree).late_reports, 1);
  assert_int_equal(gate_count(&b.started), 1);
  end_tree(tree);
  gate_await(&a.freed, 1);
  gate_await(&b.freed, 1);
}

static void fail_start(struct worker *w, sup_child child) {
  sup_child_start_failed(child,
                         sup_error_create(SUP_EFAILED, w->data, NULL, NULL));
  sup_child_completed(child);
}

/* Refuse the stop with an error of its own. */
static void fail_stop(struct worker *w, sup_stop_action action) {
  (void)action;
  sup_child_failed(w->child,
                   sup_error_create(SUP_EFAILED, w->data, NULL, NULL));
}

/* S6: the error names the node, its cause and the failures of the rollback. */
static void S6_a_failed_start_is_rolled_back_and_reported(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  worker_of_test b = WORKER(.name = "b", .on_stop = fail_stop, .deaf = true,
                            .data = "the lock is lost");
  worker_of_test c =
      WORKER(.name = "c", .on_start = fail_start, .data = "no database");
  sup_spec *top = TOP(&a, &b);
  sup_spec *spec = worker_spec(&c);
  sup_report *report = NULL;
  sup_tree *tree = (sup_tree *)&a;
  sup_error *error;
  char text[2000];

  (void)state;
  sup_spec_set_notify_start(spec, true);
  assert_int_equal(sup_spec_add(top, spec), 0);
  forget_story();
  assert_int_equal(sup_tree_start(world.runtime, top, &tree, &report),
                   SUP_ESTART);
  assert_null(tree);
  assert_non_null(report);
  assert_int_equal(sup_report_code(report), SUP_ESTART);
  error = sup_report_error(report, 0);
  assert_non_null(error);
  sup_report_explain(report, text, sizeof(text));
  assert_non_null(strstr(text, "top/c"));
  assert_non_null(strstr(text, "no database"));
  assert_non_null(strstr(text, "top/b"));
  assert_non_null(strstr(text, "the lock is lost"));
  assert_true(sup_error_related_count(error) > 0);
  while (sup_error_cause(error) != NULL)
    error = sup_error_cause(error);
  assert_string_equal(sup_error_text(error), "no database");
  sup_report_unref(report);
  assert_string_equal(story.text, "a+ b+ c+ c- b? b- a? a- ");
  sup_spec_unref(top);
  gate_await(&a.freed, 1);
  gate_await(&b.freed, 1);
  gate_await(&c.freed, 1);
}

/* A start that answers a code has neither stop nor end. */
static void S6_a_start_that_answers_an_error(void **state) {
  worker_of_test a = WORKER(.name = "a");
  worker_of_test b = WORKER(.name = "b", .begins = SUP_ESYSTEM);
  sup_spec *top = TOP(&a, &b);
  sup_report *report = NULL;
  sup_tree *tree;
  char text[1000];

  (void)state;
  forget_story();
  assert_int_equal(sup_tree_start(world.runtime, top, &tree, &report),
                   SUP_ESTART);
  sup_report_explain(report, text, sizeof(text));
  assert_non_null(strstr(text, "top/b"));
  assert_non_null(strstr(text, sup_strerror(SUP_ESYSTEM)));
  assert_string_equal(story.text, "a+ b+ a? a- ");
  sup_report_unref(report);
  sup_spec_unref(top);
  gate_await(&b.freed, 1);
  assert_int_equal(gate_count(&a.ended), 1);
  assert_int_equal(gate_count(&b.ended), 0);
}

/* S3 */
static void S3_a_child_that_is_not_needed(void **state) {
  worker_of_test a = WORKER(.name = "a", .begins = SUP_NOT_NEEDED);
  worker_of_test b = WORKER(.name = "b", .flags = ANY, .deaf = true);
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *spec = worker_spec(&b);
  sup_events *events;
  sup_tree *tree;

  (void)state;
  sup_spec_set_notify_start(spec, true);
  sup_spec_add(top, worker_spec(&a));
  sup_spec_add(top, spec);
  tree = create_tree(top);
  events = open_events(tree);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  await_event(events, SUP_EVENT_DECLINED, "top/a");
  gate_await(&b.started, 1);
  assert_int_equal(sup_child_declined(b.child), 0);
  assert_int_equal(sup_child_completed(b.child), 0);
  await_event(events, SUP_EVENT_DECLINED, "top/b");
  await_event(events, SUP_EVENT_STARTED, "top");
  assert_int_equal(gate_count(&a.ended), 0);
  sup_events_close(events);
  end_tree(tree);
  assert_int_equal(gate_count(&a.stopped), 0);
}

/* S9: a stop during a start: the start's caller is told so, the stop's caller
 * succeeds. */
static void S9_a_stop_interrupts_a_start(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *spec = worker_spec(&a);
  struct completion up;
  sup_completion completion = completion_of(&up, 0);
  sup_tree *tree;

  (void)state;
  sup_spec_set_notify_start(spec, true);
  sup_spec_add(top, spec);
  tree = create_tree(top);
  assert_int_equal(sup_tree_launch(tree, &completion), 0);
  gate_await(&a.started, 1);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  gate_await(&up.gate, 1);
  assert_true(up.on_loop);
  assert_int_equal(up.code, SUP_ESTOPPED);
  assert_non_null(up.report);
  sup_report_unref(up.report);
  assert_true(sup_child_started(a.child) < 0);
  sup_tree_unref(tree);
}

/* N5: faults are told all at once, and nothing starts. */
static void N5_a_spec_with_faults_starts_nothing(void **state) {
  worker_of_test a = WORKER(.name = "a"), again = WORKER(.name = "a");
  worker_of_test bad = WORKER(.name = "b/c");
  sup_spec *top = TOP(&a, &again);
  sup_report *report = NULL;
  sup_tree *tree = NULL;

  (void)state;
  sup_spec_add(top, worker_spec(&bad));
  assert_int_equal(sup_tree_start(world.runtime, top, &tree, &report),
                   SUP_ESPEC);
  assert_null(tree);
  assert_int_equal(sup_report_count(report), 2);
  sup_report_unref(report);
  assert_int_equal(sup_tree_start(world.runtime, top, &tree, NULL), SUP_ESPEC);
  sup_spec_unref(top);
  top = worker_spec(&a);
  assert_int_equal(sup_tree_create(world.runtime, top, &tree, &report),
                   SUP_EINVAL);
  sup_report_unref(report);
  sup_spec_unref(top);
  assert_int_equal(gate_count(&a.started), 0);
}

/* ---- Stop --------------------------------------------------------------- */

/* H3 H4: a child that does not end is abandoned, named, and its late exit is
 * taken note of. */
static void H4_an_abandoned_child_is_named_and_may_end_late(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  worker_of_test b = WORKER(.name = "b", .flags = ANY, .deaf = true);
  sup_spec *top = TOP(&a), *spec = worker_spec(&b);
  sup_report *report = NULL;
  sup_tree *tree;
  char text[1000];

  (void)state;
  sup_spec_set_shutdown_timeout(spec, SUP_MILLISECONDS(5));
  sup_spec_add(top, spec);
  tree = start_tree(top);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, &report),
                   SUP_ETERMINATION);
  assert_int_equal(gate_count(&b.stopped) > 0, 1);
  sup_report_explain(report, text, sizeof(text));
  assert_non_null(strstr(text, "top/b"));
  assert_null(strstr(text, "top/a"));
  sup_report_unref(report);
  assert_int_equal(count_tree(tree).abandoned, 1);
  assert_int_equal(count_tree(tree).running, 1);
  assert_int_equal(gate_count(&b.ended), 0);
  /* With an error, which nobody keeps: the tree must go all the same. */
  assert_int_equal(
      sup_child_failed(b.child,
                       sup_error_create(SUP_EFAILED, "at last", NULL, NULL)),
      0);
  gate_await(&b.ended, 1);
  assert_int_equal(count_tree(tree).late_exits, 1);
  assert_int_equal(count_tree(tree).abandoned, 0);
  assert_int_equal(sup_tree_wait(tree, NULL), SUP_ETERMINATION);
  sup_tree_unref(tree);
}

/* The same when the tree's handle has been given back. */
static void H4_a_late_exit_when_nobody_holds_the_tree(void **state) {
  worker_of_test a = WORKER(.name = "a", .deaf = true);
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a));
  assert_int_equal(sup_tree_request_stop(tree, 0), 0);
  assert_int_equal(sup_tree_wait(tree, NULL), SUP_ETERMINATION);
  sup_tree_unref(tree);
  assert_int_equal(gate_count(&a.freed), 0);
  assert_int_equal(sup_child_completed(a.child), 0);
  gate_await(&a.freed, 1);
  assert_int_equal(gate_count(&a.ended), 1);
}

/* H5 */
static void H5_force_takes_the_last_step_at_once(void **state) {
  worker_of_test a = WORKER(.name = "a", .deaf = true, .flags = ANY);
  worker_of_test b = WORKER(.name = "b", .deaf = true, .flags = ANY);
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  struct worker *each[] = {&a, &b};
  sup_tree *tree;

  (void)state;
  for (int i = 0; i < 2; i++) {
    sup_spec *spec = worker_spec(each[i]);

    sup_spec_set_shutdown_timeout(spec, SUP_INFINITE);
    sup_spec_add(top, spec);
  }
  tree = start_tree(top);
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  gate_await(&b.stopped, 1);
  assert_int_equal(sup_tree_force_stop(tree), 0);
  assert_int_equal(sup_tree_wait(tree, NULL), SUP_ETERMINATION);
  /* H3: none is abandoned without having been asked. */
  gate_await(&a.stopped, 1);
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  assert_int_equal(sup_tree_force_stop(tree), 0);
  sup_child_completed(a.child);
  sup_child_completed(b.child);
  gate_await(&a.ended, 1);
  gate_await(&b.ended, 1);
  sup_tree_unref(tree);
}

static void *wait_for(void *ctx) {
  sup_report *report = NULL;
  int code = sup_tree_wait(ctx, &report);

  CHECK(code == SUP_ETERMINATION);
  CHECK(report != NULL && sup_report_code(report) == code);
  return sup_report_error(report, 0) == NULL ? NULL : report;
}

/* H7: every waiter gets the same end, early or late. */
static void H7_every_waiter_gets_the_same_result(void **state) {
  worker_of_test a = WORKER(.name = "a", .on_stop = fail_stop, .deaf = true,
                            .data = "sour", .flags = ANY);
  pthread_t threads[8];
  sup_tree *tree;
  void *first = NULL;

  (void)state;
  tree = start_tree(TOP(&a));
  for (int i = 0; i < 8; i++)
    threads[i] = start_thread(wait_for, tree);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), SUP_ETERMINATION);
  for (int i = 0; i < 8; i++) {
    void *report;

    pthread_join(threads[i], &report);
    assert_non_null(report);
    if (first == NULL) {
      first = report;
      continue;
    }
    assert_ptr_equal(sup_report_error(report, 0), sup_report_error(first, 0));
    sup_report_unref(report);
  }
  sup_report_unref(first);
  first = wait_for(tree);
  assert_non_null(first);
  sup_report_unref(first);
  assert_int_equal(sup_tree_stop(tree, 0, NULL), SUP_ETERMINATION);
  sup_tree_unref(tree);
}

static void wait_async_and_cancel(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  struct completion kept, canceled, late;
  sup_completion keep = completion_of(&kept, 0);
  sup_completion cancel = completion_of(&canceled, SUP_COMPLETION_ANY_THREAD);
  sup_completion after = completion_of(&late, SUP_COMPLETION_ANY_THREAD);
  uint64_t ticket[3];
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a));
  assert_int_equal(sup_tree_wait_async(tree, &keep, &ticket[0]), 0);
  assert_int_equal(sup_tree_wait_async(tree, &cancel, &ticket[1]), 0);
  assert_int_not_equal(ticket[0], ticket[1]);
  assert_int_equal(sup_tree_cancel(tree, ticket[1]), 0);
  assert_int_equal(sup_tree_cancel(tree, ticket[1]), SUP_EGONE);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  gate_await(&kept.gate, 1);
  assert_int_equal(kept.code, 0);
  assert_null(kept.report);
  assert_true(kept.on_loop);
  assert_int_equal(gate_count(&canceled.gate), 0);
  /* On one that has ended: within the call. */
  assert_int_equal(sup_tree_wait_async(tree, &after, &ticket[2]), 0);
  gate_await(&late.gate, 1);
  assert_int_equal(sup_tree_cancel(tree, ticket[2]), SUP_EGONE);
  assert_int_equal(sup_tree_cancel(tree, 4711), SUP_EGONE);
  sup_tree_unref(tree);
}

/* C6: giving the last reference back stops nothing. */
static void C6_a_dropped_tree_goes_on(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  struct completion end;
  sup_completion completion = completion_of(&end, 0);
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a));
  assert_int_equal(sup_tree_wait_async(tree, &completion, NULL), 0);
  sup_tree_unref(tree);
  assert_int_equal(sup_child_completed(a.child), 0);
  gate_await(&a.started, 2);
  /* The incarnation is alive, so its tree is. */
  assert_int_equal(sup_tree_request_stop(a.child.tree, SUP_INFINITE), 0);
  gate_await(&end.gate, 1);
  assert_int_equal(end.code, 0);
  gate_await(&a.freed, 1);
}

/* T1 T5: the root fails; whoever waits is told why. */
static void T5_a_root_that_fails_tells_first_and_last(void **state) {
  worker_of_test a = WORKER(.name = "a", .on_start = NULL, .flags = ANY);
  sup_spec *top = TOP(&a);
  sup_report *report = NULL;
  sup_duration window;
  sup_error *error, *first;
  sup_tree *tree;
  uint64_t max;

  (void)state;
  sup_spec_set_tolerance(top, 1, SUP_SECONDS(3600));
  tree = start_tree(top);
  sup_child_failed(a.child, sup_error_create(SUP_EFAILED, "one", NULL, NULL));
  gate_await(&a.started, 2);
  sup_child_failed(a.child, sup_error_create(SUP_EFAILED, "two", NULL, NULL));
  assert_int_equal(sup_tree_wait(tree, &report), SUP_ETOLERANCE);
  error = sup_report_error(report, 0);
  assert_int_equal(sup_error_tolerance(error, &max, &window), 0);
  assert_int_equal(max, 1);
  assert_true(window == SUP_SECONDS(3600));
  assert_string_equal(sup_error_path(error), "top");
  first = sup_error_first(error);
  assert_string_equal(sup_error_path(first), "top/a");
  assert_string_equal(sup_error_text(sup_error_cause(first)), "one");
  error = sup_error_cause(error);
  assert_string_equal(sup_error_path(error), "top/a");
  assert_string_equal(sup_error_text(sup_error_cause(error)), "two");
  sup_report_unref(report);
  assert_int_equal(sup_tree_exit_status(tree), 1);
  sup_tree_unref(tree);
}

/* ---- Where calls may not wait (C3) -------------------------------------- */

static void try_to_wait(struct worker *w, sup_child child) {
  sup_spec *other = sup_supervisor_spec("other", SUP_ONE_FOR_ONE);
  sup_event event = {.size = sizeof(event)};
  sup_report *report = (sup_report *)w;
  sup_tree *tree = (sup_tree *)w;
  sup_events *events;

  CHECK(sup_tree_start(world.runtime, other, &tree, &report) == SUP_EDEADLOCK);
  CHECK(tree == NULL && report == NULL);
  CHECK(sup_tree_wait(child.tree, NULL) == SUP_EDEADLOCK);
  CHECK(sup_tree_stop(child.tree, SUP_INFINITE, NULL) == SUP_EDEADLOCK);
  CHECK(sup_runtime_close(world.runtime) == SUP_EDEADLOCK);
  CHECK(sup_events_open(child.tree, NULL, &events) == 0);
  CHECK(sup_events_wait(events, &event, 0) == SUP_EDEADLOCK);
  sup_events_close(events);
  /* The forms that do not wait work. */
  CHECK(sup_tree_create(world.runtime, other, &tree, NULL) == 0);
  CHECK(sup_tree_launch(tree, NULL) == 0);
  CHECK(sup_tree_request_stop(tree, SUP_INFINITE) == 0);
  sup_tree_unref(tree);
  sup_spec_unref(other);
}

static void C3_a_call_that_would_wait_for_itself(void **state) {
  worker_of_test a = WORKER(.name = "a", .on_start = try_to_wait);
  worker_of_test b = WORKER(.name = "b", .on_start = try_to_wait, .flags = ANY);
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a, &b));
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_RUNNING);
  end_tree(tree);
}

/* ---- Stops that may block ----------------------------------------------- */

struct held {
  struct gate entered, leave;
};

static void block_in_stop(struct worker *w, sup_stop_action action) {
  struct held *held = w->data;

  (void)action;
  gate_open(&held->entered);
  gate_await(&held->leave, 1);
}

static void *request_stop(void *ctx) {
  CHECK(sup_tree_request_stop(ctx, SUP_INFINITE) == 0);
  return NULL;
}

static void stop_own_tree(struct worker *w, sup_child child) {
  (void)w;
  CHECK(sup_tree_request_stop(child.tree, SUP_INFINITE) == 0);
}

/* Y1 Y6 C3: a stop that never returns holds up no sibling and no ladder. */
static void Y6_stops_that_block_for_ever_hold_up_nobody(void **state) {
  struct held held = {GATE_INIT, GATE_INIT};
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  worker_of_test b = WORKER(.name = "b", .flags = BLOCKS, .data = &held,
                            .on_stop = block_in_stop, .deaf = true);
  worker_of_test c = WORKER(.name = "c", .flags = BLOCKS, .data = &held,
                            .on_stop = block_in_stop, .deaf = true);
  worker_of_test d = WORKER(.name = "d");
  struct worker *each[] = {&a, &b, &c, &d};
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  struct completion end;
  sup_completion completion = completion_of(&end, 0);
  pthread_t stopper;
  sup_tree *tree;
  char text[1000];

  (void)state;
  for (int i = 0; i < 4; i++) {
    sup_spec *spec = worker_spec(each[i]);

    sup_spec_set_shutdown_timeout(spec, SUP_MILLISECONDS(10));
    sup_spec_add(top, spec);
  }
  tree = start_tree(top);
  assert_int_equal(sup_tree_wait_async(tree, &completion, NULL), 0);
  /* This thread may be the one that performs a stop, so another does it. */
  stopper = start_thread(request_stop, tree);
  gate_await(&end.gate, 1);
  assert_int_equal(end.code, SUP_ETERMINATION);
  sup_report_explain(end.report, text, sizeof(text));
  assert_non_null(strstr(text, "top/b"));
  assert_non_null(strstr(text, "top/c"));
  assert_null(strstr(text, "top/a"));
  assert_null(strstr(text, "top/d"));
  sup_report_unref(end.report);
  gate_await(&held.entered, 2);
  gate_await(&a.ended, 1);
  gate_await(&d.ended, 1);
  assert_int_equal(gate_count(&b.stopped) + gate_count(&c.stopped), 0);
  gate_open(&held.leave);
  pthread_join(stopper, NULL);
  gate_await(&b.stopped, 1);
  gate_await(&c.stopped, 1);
  assert_int_equal(sup_child_canceled(b.child), 0);
  assert_int_equal(sup_child_canceled(c.child), 0);
  sup_tree_unref(tree);
  gate_await(&b.freed, 1);
  gate_await(&c.freed, 1);
}

/* The same when the stop is asked for by a timer of the loop's thread, which
 * must not be the one that is held up: both go to the courier, and the second
 * to its relief. */
static void Y6_the_loop_thread_is_never_held_up(void **state) {
  struct held held = {GATE_INIT, GATE_INIT};
  worker_of_test a = WORKER(.name = "a", .flags = BLOCKS, .data = &held,
                            .on_stop = block_in_stop, .deaf = true);
  worker_of_test b = WORKER(.name = "b", .flags = BLOCKS, .data = &held,
                            .on_stop = block_in_stop, .deaf = true);
  worker_of_test c = WORKER(.name = "c", .on_start = stop_own_tree);
  struct worker *each[] = {&a, &b, &c};
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  struct completion up, end;
  sup_completion started = completion_of(&up, 0);
  sup_completion ended = completion_of(&end, 0);
  sup_tree *tree;

  (void)state;
  for (int i = 0; i < 3; i++) {
    sup_spec *spec = worker_spec(each[i]);

    sup_spec_set_shutdown_timeout(spec, SUP_MILLISECONDS(10));
    sup_spec_add(top, spec);
  }
  tree = create_tree(top);
  assert_int_equal(sup_tree_wait_async(tree, &ended, NULL), 0);
  assert_int_equal(sup_tree_launch(tree, &started), 0);
  gate_await(&end.gate, 1);
  gate_await(&up.gate, 1);
  assert_int_equal(end.code, SUP_ETERMINATION);
  assert_int_equal(up.code, SUP_ESTOPPED);
  gate_await(&held.entered, 2);
  gate_open(&held.leave);
  gate_await(&a.stopped, 1);
  gate_await(&b.stopped, 1);
  sup_report_unref(up.report);
  sup_report_unref(end.report);
  assert_int_equal(sup_child_canceled(a.child), 0);
  assert_int_equal(sup_child_canceled(b.child), 0);
  sup_tree_unref(tree);
}

/* H6: a body that has not begun when it is stopped never begins. */
static void H6_a_body_that_has_not_begun_never_does(void **state) {
  worker_of_test a = WORKER(.name = "a", .deaf = true,
                            .flags = SUP_CALLBACKS_REPORT_BEGIN | ANY);
  worker_of_test b =
      WORKER(.name = "b", .flags = SUP_CALLBACKS_REPORT_BEGIN | ANY);
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a, &b));
  assert_int_equal(sup_child_begin(b.child), 0);
  /* `a` never answers, and need not. */
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  assert_true(sup_child_begin(a.child) == SUP_ESTALE);
  gate_await(&a.ended, 1);
  gate_await(&b.ended, 1);
  sup_tree_unref(tree);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test(H1_children_start_in_order_and_stop_in_reverse),
      world_test(C6_a_context_is_freed_once),
      world_test(C6_starting_freezes_a_spec),
      world_test(X2_an_end_reported_within_start_restarts),
      world_test(X2_an_end_reported_elsewhere_before_start_returned),
      world_test(I1_a_stale_report_is_refused_and_counted),
      world_test(I3_a_handle_outlives_its_node),
      world_test(S2_notify_start_acknowledges_once),
      world_test(S6_a_failed_start_is_rolled_back_and_reported),
      world_test(S6_a_start_that_answers_an_error),
      world_test(S3_a_child_that_is_not_needed),
      world_test(S9_a_stop_interrupts_a_start),
      world_test(N5_a_spec_with_faults_starts_nothing),
      world_test(H4_an_abandoned_child_is_named_and_may_end_late),
      world_test(H4_a_late_exit_when_nobody_holds_the_tree),
      world_test(H5_force_takes_the_last_step_at_once),
      world_test(H7_every_waiter_gets_the_same_result),
      world_test(wait_async_and_cancel),
      world_test(C6_a_dropped_tree_goes_on),
      world_test(T5_a_root_that_fails_tells_first_and_last),
      world_test(C3_a_call_that_would_wait_for_itself),
      world_test(Y6_stops_that_block_for_ever_hold_up_nobody),
      world_test(Y6_the_loop_thread_is_never_held_up),
      world_test(H6_a_body_that_has_not_begun_never_does),
  };

  return run_all(tests);
}
