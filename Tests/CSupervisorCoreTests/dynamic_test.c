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

/* Children that are added to what runs, and requests about any child, from
 * outside: D1 to D8. */

#include "face_fixture.h"

#define ANY SUP_CALLBACKS_ANY_THREAD

static sup_child root_of(sup_tree *tree) {
  sup_child root;

  assert_int_equal(sup_tree_root(tree, &root), 0);
  return root;
}

/* The spec is given away. */
static int add_to(sup_child supervisor, sup_spec *spec, sup_child *child,
                  sup_report **report) {
  int r = sup_child_add(supervisor, spec, child, report);

  sup_spec_unref(spec);
  return r;
}

static uint64_t count_of(sup_child supervisor) {
  uint64_t count = 0;

  assert_int_equal(sup_child_count(supervisor, &count), 0);
  return count;
}

static sup_spec *worker_with(struct worker *w, sup_restart restart) {
  sup_spec *spec = worker_spec(w);

  assert_int_equal(sup_spec_set_restart(spec, restart), 0);
  return spec;
}

/* ---- Life of one -------------------------------------------------------- */

static void D1_D2_life_of_a_child_that_is_added(void **state) {
  static const unsigned flags[] = {0, ANY};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    worker_of_test a = WORKER(.name = "a", .flags = flags[i]);
    worker_of_test b = WORKER(.name = "b", .flags = flags[i]);
    sup_tree *tree = start_tree(TOP(&a));
    sup_child root = root_of(tree), child, found;
    char path[32];

    assert_int_equal(add_to(root, worker_spec(&b), &child, NULL), 0);
    assert_int_equal(gate_count(&b.started), 1);
    assert_int_equal(sup_child_path(child, path, sizeof(path)), 5);
    assert_string_equal(path, "top/b");
    assert_int_equal(count_of(root), 2);
    assert_int_equal(sup_tree_find(tree, "top/b", &found), 0);
    assert_int_equal(found.node, child.node);
    assert_int_equal(sup_child_find(root, "b", &found), 0);
    assert_int_equal(found.generation, child.generation);
    assert_int_equal(sup_child_terminate(child, NULL), 0);
    assert_int_equal(gate_count(&b.ended), 1); /* its end was called */
    assert_int_equal(sup_child_terminate(child, NULL), SUP_EALREADY); /* D3 */
    assert_int_equal(sup_child_restart(child, NULL), 0);
    assert_int_equal(sup_child_restart(child, NULL), 0);
    assert_int_equal(gate_count(&b.started), 3);
    assert_int_equal(sup_child_delete(child, NULL), 0);
    /* I3, D4 */
    assert_int_equal(sup_child_restart(child, NULL), SUP_EGONE);
    assert_int_equal(sup_child_find(root, "b", &found), SUP_ENOTFOUND);
    await_freed(&b);
    assert_int_equal(count_of(root), 1);
    assert_int_equal(add_to(root, worker_spec(&b), &found, NULL), 0);
    assert_int_equal(sup_child_terminate(child, NULL), SUP_EGONE);
    end_tree(tree);
  }
}

static void D2_requests_about_children_of_a_spec(void **state) {
  worker_of_test a = WORKER(.name = "a");
  worker_of_test b = WORKER(.name = "b");
  sup_tree *tree;
  sup_child child;

  (void)state;
  tree = start_tree(TOP(&a, &b));
  assert_int_equal(sup_tree_find(tree, "top/a", &child), 0);
  assert_int_equal(sup_child_restart(child, NULL), 0);
  assert_int_equal(gate_count(&a.started), 2);
  assert_int_equal(sup_child_terminate(child, NULL), 0);
  assert_int_equal(sup_child_delete(child, NULL), 0);
  assert_int_equal(sup_tree_find(tree, "top/a", &child), SUP_ENOTFOUND);
  assert_int_equal(gate_count(&b.started), 1);
  end_tree(tree);
}

/* ---- What goes wrong ---------------------------------------------------- */

static void D1_a_failed_start_is_the_callers(void **state) {
  worker_of_test a = WORKER(.name = "a");
  worker_of_test b = WORKER(.name = "b", .begins = SUP_EFAILED);
  sup_report *report;
  sup_child child;
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a));
  assert_int_equal(add_to(root_of(tree), worker_spec(&b), &child, &report),
                   SUP_ESTART);
  assert_non_null(report);
  assert_int_equal(sup_report_code(report), SUP_ESTART);
  assert_string_equal(sup_error_path(sup_report_error(report, 0)), "top/b");
  assert_int_equal(sup_error_code(sup_error_cause(sup_report_error(report, 0))),
                   SUP_EFAILED);
  sup_report_unref(report);
  assert_int_equal(sup_child_restart(child, NULL), SUP_EGONE);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_RUNNING);
  assert_int_equal(gate_count(&a.started), 1);
  end_tree(tree);
}

static void D1_a_spec_with_faults_is_refused(void **state) {
  worker_of_test a = WORKER(.name = "a");
  worker_of_test b = WORKER(.name = "b");
  sup_report *report;
  sup_tree *tree;
  sup_spec *spec;

  (void)state;
  tree = start_tree(TOP(&a));
  spec = worker_spec(&b);
  sup_spec_add_after(spec, "a");
  sup_spec_set_start_timeout(spec, 0);
  assert_int_equal(sup_child_add(root_of(tree), spec, NULL, &report),
                   SUP_ESPEC);
  assert_int_equal(sup_report_count(report), 2); /* N5 */
  assert_string_equal(sup_error_path(sup_report_error(report, 0)), "top/b");
  assert_string_equal(sup_error_path(sup_report_error(report, 1)), "top/b");
  sup_report_unref(report);
  assert_int_equal(sup_child_add(root_of(tree), spec, NULL, NULL), SUP_ESPEC);
  sup_spec_unref(spec);
  spec = worker_with(&b, SUP_TRANSIENT);
  sup_spec_set_significant(spec, true);
  assert_int_equal(add_to(root_of(tree), spec, NULL, &report), SUP_ESPEC);
  assert_int_equal(sup_report_count(report), 1); /* H9 */
  sup_report_unref(report);
  spec = sup_supervisor_spec("s", SUP_ONE_FOR_ONE);
  sup_spec_add(spec, sup_supervisor_spec("x/y", SUP_ONE_FOR_ONE));
  assert_int_equal(add_to(root_of(tree), spec, NULL, &report), SUP_ESPEC);
  assert_string_equal(sup_error_path(sup_report_error(report, 0)),
                      "top/s/x\\x2fy");
  sup_report_unref(report);
  assert_int_equal(sup_child_add(root_of(tree), NULL, NULL, NULL), SUP_ENOMEM);
  assert_int_equal(count_of(root_of(tree)), 1);
  end_tree(tree);
}

static void D4_D5_refusals(void **state) {
  worker_of_test a = WORKER(.name = "a");
  worker_of_test b = WORKER(.name = "b");
  sup_spec *top, *spec;
  sup_tree *tree;
  sup_child root, child, gone;

  (void)state;
  top = TOP(&a);
  sup_spec_set_child_limit(top, 2);
  tree = start_tree(top);
  root = root_of(tree);
  assert_int_equal(add_to(root, worker_spec(&b), &child, NULL), 0);
  spec = worker_spec(&b);
  assert_int_equal(sup_child_add(root, spec, &gone, NULL), SUP_EEXIST);
  assert_int_equal(add_to(child, sup_spec_ref(spec), &gone, NULL), SUP_EINVAL);
  sup_spec_unref(spec);
  a.name = "c";
  assert_int_equal(add_to(root, worker_spec(&a), &gone, NULL), SUP_ELIMIT);
  assert_int_equal(sup_child_terminate(root, NULL), SUP_EINVAL);
  assert_int_equal(sup_child_count(child, &(uint64_t){0}), SUP_EINVAL);
  assert_int_equal(sup_child_find(child, "x", &gone), SUP_EINVAL);
  end_tree(tree);
}

static void D8_a_tree_that_stops_or_is_gone(void **state) {
  worker_of_test a = WORKER(.name = "a", .deaf = true);
  worker_of_test b = WORKER(.name = "b");
  sup_spec *spec;
  sup_child root, child;
  sup_tree *tree;

  (void)state;
  tree = create_tree(TOP(&a));
  root = root_of(tree);
  spec = worker_spec(&b);
  assert_int_equal(sup_child_add(root, spec, NULL, NULL), SUP_ENOTRUNNING);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  gate_await(&a.started, 1);
  assert_int_equal(sup_tree_find(tree, "top/a", &child), 0);
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  assert_int_equal(sup_child_add(root, spec, NULL, NULL), SUP_ESTOPPING);
  assert_int_equal(sup_child_terminate(child, NULL), SUP_ESTOPPING);
  assert_int_equal(sup_child_restart(child, NULL), SUP_ESTOPPING);
  assert_int_equal(sup_child_delete(child, NULL), SUP_ESTOPPING);
  assert_int_equal(sup_child_force(child), 0);
  assert_int_equal(sup_tree_wait(tree, NULL), SUP_ETERMINATION);
  assert_int_equal(sup_child_add(root, spec, NULL, NULL), SUP_EGONE);
  assert_int_equal(sup_child_restart(child, NULL), SUP_EGONE);
  assert_int_equal(sup_child_terminate(child, NULL), SUP_EALREADY);
  sup_child_canceled(a.child);
  sup_spec_unref(spec);
  sup_tree_unref(tree);
}

/* ---- Who is told, and where --------------------------------------------- */

static void C3_completions(void **state) {
  worker_of_test a = WORKER(.name = "a");
  worker_of_test b = WORKER(.name = "b");
  struct completion on_loop, any;
  sup_completion told = completion_of(&on_loop, 0);
  sup_completion told_any = completion_of(&any, SUP_COMPLETION_ANY_THREAD);
  sup_spec *spec;
  sup_child child;
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a));
  spec = worker_spec(&b);
  assert_int_equal(
      sup_child_add_async(root_of(tree), spec, &told, &child, NULL), 0);
  sup_spec_unref(spec);
  gate_await(&on_loop.gate, 1);
  assert_int_equal(on_loop.code, 0);
  assert_true(on_loop.on_loop);
  /* Both are told, each where it wants to be. */
  assert_int_equal(sup_child_restart_async(child, &told, NULL), 0);
  assert_int_equal(sup_child_restart_async(child, &told_any, NULL), 0);
  assert_int_equal(sup_child_restart_async(child, NULL, NULL), 0);
  gate_await(&on_loop.gate, 2);
  gate_await(&any.gate, 1);
  assert_true(on_loop.on_loop);
  assert_int_equal(sup_child_terminate_async(child, &told_any, NULL), 0);
  gate_await(&any.gate, 2);
  assert_int_equal(sup_child_delete_async(child, &told, NULL), 0);
  gate_await(&on_loop.gate, 3);
  end_tree(tree);
}

/* Each request is answered once, also if the tree ends first. */
static void H7_the_end_of_the_tree_answers_all(void **state) {
  worker_of_test a = WORKER(.name = "a", .deaf = true);
  worker_of_test b = WORKER(.name = "b");
  struct completion stopped, started, added;
  sup_completion on_stop = completion_of(&stopped, 0);
  sup_completion on_start = completion_of(&started, 0);
  sup_completion on_add = completion_of(&added, 0);
  sup_spec *spec;
  sup_child child;
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a));
  assert_int_equal(sup_tree_find(tree, "top/a", &child), 0);
  assert_int_equal(sup_child_terminate_async(child, &on_stop, NULL), 0);
  assert_int_equal(sup_child_restart_async(child, &on_start, NULL), 0);
  spec = worker_spec(&b);
  sup_spec_set_notify_start(spec, true);
  assert_int_equal(
      sup_child_add_async(root_of(tree), spec, &on_add, NULL, NULL), 0);
  sup_spec_unref(spec);
  gate_await(&b.started, 1);
  assert_int_equal(sup_tree_force_stop(tree), 0);
  gate_await(&stopped.gate, 1);
  gate_await(&started.gate, 1);
  gate_await(&added.gate, 1);
  assert_int_equal(stopped.code, SUP_ETERMINATION);
  assert_int_equal(started.code, SUP_ESTOPPED);
  assert_int_equal(added.code, SUP_ESTOPPED);
  sup_report_unref(stopped.report);
  sup_report_unref(started.report);
  sup_report_unref(added.report);
  assert_int_equal(sup_tree_wait(tree, NULL), SUP_ETERMINATION);
  sup_child_canceled(a.child);
  sup_child_canceled(b.child);
  sup_tree_unref(tree);
}

/* ---- D7: from inside ---------------------------------------------------- */

struct inside {
  sup_child root, self, sibling;
  sup_spec *spec;
  struct completion done;
};

static void ask_inside(struct worker *w, sup_child child) {
  struct inside *in = w->data;
  sup_completion done = completion_of(&in->done, 0);
  sup_child added;

  if (gate_count(&w->started) > 0)
    return;
  in->self = child;
  CHECK(sup_child_add(in->root, in->spec, NULL, NULL) == SUP_EDEADLOCK);
  CHECK(sup_child_terminate(child, NULL) == SUP_EDEADLOCK);
  CHECK(sup_child_restart(child, NULL) == SUP_EDEADLOCK);
  CHECK(sup_child_delete(child, NULL) == SUP_EDEADLOCK);
  CHECK(sup_child_add_async(in->root, in->spec, NULL, &added, NULL) == 0);
  CHECK(sup_child_restart_async(in->sibling, NULL, NULL) == 0);
  CHECK(sup_child_restart_async(child, &done, NULL) == 0); /* itself */
}

static void D7_from_inside_a_callback(void **state) {
  static const unsigned flags[] = {0, ANY};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    worker_of_test a = WORKER(.name = "a", .flags = flags[i]);
    worker_of_test b = WORKER(.name = "b", .flags = flags[i]);
    worker_of_test c = WORKER(.name = "c", .flags = flags[i]);
    struct inside in;
    sup_tree *tree = start_tree(TOP(&a));

    in.root = root_of(tree);
    in.spec = worker_spec(&c);
    assert_int_equal(sup_tree_find(tree, "top/a", &in.sibling), 0);
    b.on_start = ask_inside;
    b.data = &in;
    /* Its first start is stopped by its own request and done again. */
    assert_int_equal(add_to(in.root, worker_spec(&b), NULL, NULL), 0);
    gate_await(&in.done.gate, 1);
    assert_int_equal(in.done.code, 0);
    gate_await(&b.started, 2);
    gate_await(&a.started, 2);
    gate_await(&c.started, 1);
    sup_spec_unref(in.spec);
    end_tree(tree);
  }
}

static void delete_itself(struct worker *w) {
  CHECK(sup_child_delete_async(w->child, NULL, NULL) == 0);
}

/* In its own stop function, and its supervisor in its start function. */
static void restart_the_one_above(struct worker *w, sup_child child) {
  sup_child above;

  (void)child;
  if (gate_count(&w->started) > 0)
    return;
  CHECK(sup_tree_find(child.tree, "top/s", &above) == 0);
  CHECK(sup_child_restart(above, NULL) == SUP_EDEADLOCK);
  CHECK(sup_child_restart_async(above, NULL, NULL) == 0);
}

static void delete_on_stop(struct worker *w, sup_stop_action action) {
  (void)action;
  delete_itself(w);
}

static void D7_itself_and_what_is_above(void **state) {
  worker_of_test a = WORKER(.name = "a");
  worker_of_test b = WORKER(.name = "b", .on_start = restart_the_one_above);
  worker_of_test c = WORKER(.name = "c", .on_stop = delete_on_stop);
  sup_child child;
  sup_spec *top, *s;
  sup_tree *tree;

  (void)state;
  s = sup_supervisor_spec("s", SUP_ONE_FOR_ONE);
  assert_int_equal(sup_spec_add(s, worker_spec(&b)), 0);
  top = TOP(&a, &c);
  assert_int_equal(sup_spec_add(top, s), 0);
  tree = start_tree(top);
  gate_await(&b.started, 2);
  assert_int_equal(sup_tree_find(tree, "top/c", &child), 0);
  assert_int_equal(sup_child_terminate(child, NULL), 0);
  assert_int_equal(sup_tree_find(tree, "top/c", &child), SUP_ENOTFOUND);
  end_tree(tree);
}

/* ---- Forcing ------------------------------------------------------------ */

static void D2_force(void **state) {
  worker_of_test a = WORKER(.name = "a", .deaf = true);
  worker_of_test b = WORKER(.name = "b", .deaf = true);
  struct completion done;
  sup_completion told = completion_of(&done, 0);
  sup_child child, other;
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a, &b));
  assert_int_equal(sup_tree_find(tree, "top/a", &child), 0);
  assert_int_equal(sup_tree_find(tree, "top/b", &other), 0);
  assert_int_equal(sup_child_terminate_async(child, &told, NULL), 0);
  gate_await(&a.stopped, 1);
  assert_int_equal(sup_child_force(child), 0);
  gate_await(&done.gate, 1);
  assert_int_equal(done.code, SUP_ETERMINATION);
  assert_int_equal(
      sup_error_code(sup_error_cause(sup_report_error(done.report, 0))),
      SUP_EABANDONED);
  sup_report_unref(done.report);
  assert_int_equal(sup_child_force(child), SUP_EALREADY);
  assert_int_equal(sup_child_force(other), 0); /* which asks by itself */
  assert_int_equal(sup_child_terminate(other, NULL), SUP_EALREADY);
  assert_int_equal(sup_child_canceled(a.child), 0);
  assert_int_equal(sup_child_canceled(b.child), 0);
  assert_int_equal(sup_child_restart(child, NULL), 0);
  a.deaf = false;
  end_tree(tree);
}

/* ---- D6 and snapshots --------------------------------------------------- */

#define MANY 3000

static int keep_handle(void *ctx, sup_child child, void **state) {
  (void)state;
  *(sup_child *)ctx = child;
  return 0;
}

static void end_by_handle(void *state, sup_stop_action action) {
  (void)action;
  CHECK(sup_child_canceled(*(sup_child *)state) == 0);
}

static void D6_many_in_any_order(void **state) {
  static const sup_callbacks table = {sizeof(sup_callbacks), ANY,  keep_handle,
                                      end_by_handle,         NULL, NULL};
  static sup_child children[MANY];
  worker_of_test a = WORKER(.name = "a");
  sup_child root, found;
  sup_tree *tree;
  char name[16];

  (void)state;
  tree = start_tree(TOP(&a));
  root = root_of(tree);
  for (unsigned i = 0; i < MANY; i++) {
    sup_spec *spec;

    snprintf(name, sizeof(name), "w%u", i);
    spec = sup_callback_spec(name, &table, &children[i]);
    assert_int_equal(add_to(root, spec, NULL, NULL), 0);
  }
  assert_int_equal(count_of(root), MANY + 1);
  for (unsigned i = 0; i < MANY; i++) {
    unsigned k = i * 1237 % MANY;

    snprintf(name, sizeof(name), "w%u", k);
    assert_int_equal(sup_child_find(root, name, &found), 0);
    assert_int_equal(found.node, children[k].node);
    assert_int_equal(sup_child_terminate(found, NULL), 0);
    assert_int_equal(sup_child_restart(found, NULL), 0);
    assert_int_equal(children[k].incarnation, 2);
    assert_int_equal(sup_child_delete(found, NULL), 0);
    assert_int_equal(count_of(root), MANY - i);
  }
  end_tree(tree);
}

static atomic_bool enough;

static void *take_snapshots(void *tree) {
  while (!atomic_load(&enough)) {
    sup_snapshot *snapshot;

    CHECK(sup_tree_snapshot(tree, &snapshot) == 0);
    CHECK(sup_snapshot_count(snapshot) >= 2);
    for (size_t i = 0; i < sup_snapshot_count(snapshot); i++)
      CHECK(sup_snapshot_node(snapshot, i)->name != NULL);
    sup_snapshot_free(snapshot);
  }
  return NULL;
}

/* E4: in slices, while the nodes that it stands on are taken away. */
static void E4_snapshots_of_what_comes_and_goes(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_child root;
  sup_tree *tree;
  pthread_t reader;

  (void)state;
  atomic_store(&enough, false);
  tree = start_tree(TOP(&a));
  root = root_of(tree);
  reader = start_thread(take_snapshots, tree);
  for (unsigned i = 0; i < 300; i++) {
    sup_spec *s = sup_supervisor_spec("s", SUP_ONE_FOR_ONE);
    sup_child child;
    char name[16];

    for (unsigned k = 0; k < 10; k++) {
      snprintf(name, sizeof(name), "t%u", k);
      sup_spec_add(s, sup_supervisor_spec(name, SUP_ONE_FOR_ONE));
    }
    assert_int_equal(add_to(root, s, &child, NULL), 0);
    assert_int_equal(sup_child_delete(child, NULL), 0);
  }
  atomic_store(&enough, true);
  pthread_join(reader, NULL);
  assert_int_equal(count_tree(tree).nodes, 2);
  end_tree(tree);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test(D1_D2_life_of_a_child_that_is_added),
      world_test(D2_requests_about_children_of_a_spec),
      world_test(D1_a_failed_start_is_the_callers),
      world_test(D1_a_spec_with_faults_is_refused),
      world_test(D4_D5_refusals),
      world_test(D8_a_tree_that_stops_or_is_gone),
      world_test(C3_completions),
      world_test(H7_the_end_of_the_tree_answers_all),
      world_test(D7_from_inside_a_callback),
      world_test(D7_itself_and_what_is_above),
      world_test(D2_force),
      world_test(D6_many_in_any_order),
      world_test(E4_snapshots_of_what_comes_and_goes),
  };

  return run_all(tests);
}
