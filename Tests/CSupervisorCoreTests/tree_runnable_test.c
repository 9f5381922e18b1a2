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

/* RULES R through the public face: runnables made of callbacks, on manual time,
 * so that all happens inside the calls of the tests. */

#include "face_fixture.h"

static sup_runtime_options manual = {
    .size = sizeof(manual), .seed = 1, .manual_time = true};

/* A runnable that does what `script` says at each start. */
struct actor {
  const char *name;
  void (*script)(struct actor *actor, sup_child self);
  sup_child child;
  unsigned starts, ends;
};

static int actor_start(void *ctx, sup_child child, void **state) {
  struct actor *actor = ctx;

  (void)state;
  actor->child = child;
  actor->starts++;
  if (actor->script != NULL)
    actor->script(actor, child);
  return 0;
}

static void actor_stop(void *state, sup_stop_action action) {
  struct actor *actor = state;

  (void)action;
  tell_story(actor->name, "?");
  CHECK(sup_child_canceled(actor->child) == 0);
}

static void actor_end(void *state) {
  struct actor *actor = state;

  actor->ends++;
}

static const sup_callbacks table = {sizeof(table), SUP_CALLBACKS_ANY_THREAD,
                                    actor_start,   actor_stop,
                                    actor_end,     NULL};

static sup_spec *spec_of(struct actor *actor) {
  return sup_runnable_spec(actor->name, &table, actor);
}

static sup_tree *started(sup_spec *spec) {
  sup_report *report = NULL;
  sup_tree *tree = NULL;

  assert_int_equal(sup_tree_create(world.runtime, spec, &tree, &report), 0);
  sup_report_unref(report);
  sup_spec_unref(spec);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_RUNNING);
  return tree;
}

static void ended(sup_tree *tree, int code) {
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_ENDED);
  assert_int_equal(sup_tree_wait(tree, NULL), code);
  sup_tree_unref(tree);
}

static int run(struct actor *actor, sup_child self) {
  sup_spec *spec = spec_of(actor);
  int r = sup_child_run(self, spec, NULL, NULL);

  sup_spec_unref(spec);
  return r;
}

static void pass(sup_duration time) {
  assert_int_equal(sup_runtime_advance(world.runtime, time), 0);
}

static sup_state state_of(sup_tree *tree, const char *path) {
  sup_snapshot *snapshot = NULL;
  sup_state state = SUP_STATE_NEW;
  sup_child child;

  assert_int_equal(sup_tree_find(tree, path, &child), 0);
  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  for (size_t i = 0; i < sup_snapshot_count(snapshot); i++) {
    const sup_node_info *info = sup_snapshot_node(snapshot, i);

    if (info->child.node == child.node)
      state = info->state;
  }
  sup_snapshot_free(snapshot);
  return state;
}

/* ---- A tree that grows from inside -------------------------------------- */

static struct actor a, b, root;

static void run_a_and_b(struct actor *actor, sup_child self) {
  (void)actor;
  CHECK(run(&a, self) == 0);
  CHECK(run(&b, self) == 0);
  CHECK(run(&b, self) == SUP_EEXIST);
  CHECK(sup_child_healthy(self) == 0);
  CHECK(run(&b, self) == SUP_EHEALTHY);
}

static void begin(void (*script)(struct actor *, sup_child)) {
  a = (struct actor){.name = "a"};
  b = (struct actor){.name = "b"};
  root = (struct actor){.name = "root", .script = script};
  forget_story();
}

/* R0 R1 R3: also while its start function has not returned */
static void r1_a_tree_grows_from_inside(void **state) {
  sup_tree *tree;
  char text[512], path[32];

  (void)state;
  begin(run_a_and_b);
  tree = started(spec_of(&root));
  assert_int_equal(state_of(tree, "root"), SUP_STATE_HEALTHY);
  assert_int_equal(state_of(tree, "root/b"), SUP_STATE_RUNNING);
  sup_snapshot *snapshot = NULL;
  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_count(snapshot), 3);
  assert_int_equal(sup_snapshot_node(snapshot, 0)->kind, SUP_KIND_CALLBACK);
  assert_int_equal(sup_snapshot_node(snapshot, 0)->children, 2);
  sup_snapshot_text(snapshot, text, sizeof(text));
  assert_non_null(strstr(text, "healthy"));
  sup_snapshot_free(snapshot);
  /* What a start function is given is the handle that others have. */
  sup_child found;
  assert_int_equal(sup_tree_find(tree, "root/a", &found), 0);
  assert_int_equal(found.node, a.child.node);
  assert_int_equal(found.generation, a.child.generation);
  assert_int_equal(found.incarnation, a.child.incarnation);
  sup_child_path(a.child, path, sizeof(path));
  assert_string_equal(path, "root/a");
  assert_int_equal(sup_child_failed(root.child, NULL), 0);
  assert_int_equal(a.ends + b.ends, 2);
  assert_int_equal(state_of(tree, "root"), SUP_STATE_WAITING);
  pass(SUP_SECONDS(1));
  assert_int_equal(root.starts + a.starts + b.starts, 6);
  forget_story();
  ended(tree, 0);
  assert_string_equal(story.text, "b? a? root? ");
}

/* R8 G2 */
static void r8_groups(void **state) {
  sup_tree *tree;

  (void)state;
  for (int mode = SUP_GROUP_TOGETHER; mode <= SUP_GROUP_EACH; mode++) {
    sup_child children[2];
    sup_report *report = NULL;

    begin(NULL);
    tree = started(spec_of(&root));
    sup_spec *specs[] = {spec_of(&a), spec_of(&b)};
    sup_spec *twice[] = {specs[0], specs[0]};
    sup_spec *faulty[] = {sup_runnable_spec("", &table, &b), specs[0],
                          sup_runnable_spec("x/y", &table, &b)};
    sup_spec *missing[] = {specs[0], NULL};
    assert_int_equal(sup_child_run_group(root.child, (sup_group_mode)mode,
                                         twice, 2, NULL, NULL),
                     SUP_EEXIST);
    assert_int_equal(sup_child_run_group(root.child, (sup_group_mode)mode,
                                         missing, 2, NULL, NULL),
                     SUP_ENOMEM);
    assert_int_equal(sup_child_run_group(root.child, (sup_group_mode)mode,
                                         faulty, 3, NULL, &report),
                     SUP_ESPEC);
    assert_int_equal(sup_report_count(report), 2); /* N5 */
    assert_string_equal(sup_error_path(sup_report_error(report, 0)),
                        "root/(no name)");
    assert_string_equal(sup_error_path(sup_report_error(report, 1)),
                        "root/x\\x2fy");
    sup_report_unref(report);
    assert_int_equal(sup_child_run_group(root.child, (sup_group_mode)2, specs,
                                         2, NULL, NULL),
                     SUP_EINVAL);
    assert_int_equal(
        sup_child_run_group(root.child, SUP_GROUP_EACH, NULL, 0, NULL, NULL),
        0);
    assert_int_equal(a.starts + b.starts, 0);
    assert_int_equal(sup_child_run_group(root.child, (sup_group_mode)mode,
                                         specs, 2, children, NULL),
                     0);
    assert_int_equal(children[1].node, b.child.node);
    sup_spec_unref(faulty[0]);
    sup_spec_unref(faulty[2]);
    sup_spec_unref(specs[0]);
    sup_spec_unref(specs[1]);
    assert_int_equal(sup_child_failed(a.child, NULL), 0);
    assert_int_equal(b.starts, mode == SUP_GROUP_EACH ? 2 : 1);
    pass(SUP_SECONDS(1));
    assert_int_equal(a.starts, 2);
    assert_int_equal(b.starts, 2);
    ended(tree, 0);
  }
}

/* R2 R4 R5 */
static void r2_signals(void **state) {
  sup_tree *tree;
  sup_child old;

  (void)state;
  begin(run_a_and_b);
  tree = started(spec_of(&root));
  assert_int_equal(sup_child_done(a.child), SUP_EMISUSE);
  old = a.child;
  assert_int_equal(sup_child_completed(a.child), 0);
  assert_int_equal(state_of(tree, "root/a"), SUP_STATE_WAITING);
  assert_int_equal(sup_child_healthy(old), SUP_ESTALE);
  assert_int_equal(run(&b, old), SUP_ESTALE);
  pass(SUP_SECONDS(1));
  assert_int_equal(sup_child_healthy(old), SUP_ESTALE);
  assert_int_equal(sup_child_healthy(a.child), 0);
  assert_int_equal(sup_child_done(a.child), 0);
  assert_int_equal(sup_child_completed(a.child), 0);
  assert_int_equal(state_of(tree, "root/a"), SUP_STATE_DONE);
  assert_true(sup_tree_is_ready(tree));
  ended(tree, 0);
}

static void note(void *ctx, int code, sup_report *report) {
  (void)report;
  *(int *)ctx = code;
}

/* R2: who waits for it */
static void r2_waiting_for_healthy(void **state) {
  sup_completion completion = {note, NULL, SUP_COMPLETION_ANY_THREAD};
  int healthy = 1, stopped = 1, up = 1;
  sup_child above;
  sup_tree *tree;

  (void)state;
  begin(run_a_and_b);
  tree = started(spec_of(&root));
  completion.ctx = &healthy;
  assert_int_equal(sup_child_await_healthy_async(a.child, &completion, NULL),
                   0);
  completion.ctx = &stopped;
  assert_int_equal(sup_child_await_healthy_async(b.child, &completion, NULL),
                   0);
  assert_int_equal(sup_tree_root(tree, &above), 0);
  completion.ctx = &up;
  assert_int_equal(sup_child_await_healthy_async(above, &completion, NULL), 0);
  assert_int_equal(up, 0); /* it has said so in its start */
  assert_int_equal(healthy, 1);
  assert_int_equal(sup_child_healthy(a.child), 0);
  assert_int_equal(healthy, 0);
  assert_int_equal(stopped, 1);
  /* A handle of any incarnation. */
  assert_int_equal(sup_child_failed(a.child, NULL), 0);
  pass(SUP_SECONDS(1));
  assert_int_equal(sup_child_healthy(a.child), 0);
  assert_int_equal(sup_child_await_healthy(a.child, NULL), 0);
  assert_int_equal(sup_child_failed(root.child, NULL), 0);
  up = 1;
  assert_int_equal(sup_child_await_healthy_async(above, &completion, NULL), 0);
  assert_int_equal(up, 1);
  pass(SUP_SECONDS(1));
  assert_int_equal(up, 0);
  assert_int_equal(sup_child_await_healthy(above, NULL), 0);
  sup_tree_ref(tree);
  ended(tree, 0);
  assert_int_equal(stopped, SUP_ESTOPPED);
  assert_int_equal(sup_child_await_healthy(above, NULL), SUP_ENOTRUNNING);
  sup_tree_unref(tree);
}

/* N6 */
static void n6_what_cannot_run_children(void **state) {
  static const char *const argv[] = {"/bin/true", NULL};
  sup_spec *process = sup_process_spec("p", argv);
  sup_spec *overlaps = sup_runnable_spec("o", &table, &a);
  sup_spec *supervisor = sup_supervisor_spec("s", SUP_ONE_FOR_ONE);

  (void)state;
  begin(NULL);
  assert_int_equal(sup_spec_set_runs_children(process, true), SUP_EINVAL);
  assert_int_equal(sup_spec_set_runs_children(supervisor, true), SUP_EINVAL);
  assert_int_equal(sup_spec_set_when_stuck(overlaps, SUP_STUCK_OVERLAP, 0), 0);
  assert_int_equal(sup_spec_check(overlaps, NULL), SUP_ESPEC);
  sup_spec_unref(process);
  sup_spec_unref(overlaps);
  sup_spec_unref(supervisor);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test_with(r1_a_tree_grows_from_inside, manual),
      world_test_with(r8_groups, manual),
      world_test_with(r2_signals, manual),
      world_test_with(r2_waiting_for_healthy, manual),
      world_test(n6_what_cannot_run_children),
  };

  return run_all(tests);
}
