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

/* Snapshots, counts, and searches (E4, E5, H8). */

#include "face_fixture.h"

#define ANY SUP_CALLBACKS_ANY_THREAD

static void E4_a_snapshot_shows_every_node(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  worker_of_test b = WORKER(.name = "b", .flags = ANY);
  sup_spec *top = TOP(&a);
  sup_spec *inner = sup_supervisor_spec("inner", SUP_ONE_FOR_ALL);
  const sup_node_info *info;
  sup_snapshot *snapshot;
  uint64_t first, last;
  sup_tree *tree;
  char text[500], cut[10];
  size_t length;

  (void)state;
  sup_spec_add(inner, worker_spec(&b));
  sup_spec_add(top, inner);
  tree = start_tree(top);
  assert_int_equal(sup_child_failed(a.child, sup_error_create(SUP_EFAILED, "oh",
                                                              NULL, NULL)),
                   0);
  gate_await(&a.started, 2);
  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_count(snapshot), 4);
  assert_null(sup_snapshot_node(snapshot, 4));
  info = sup_snapshot_node(snapshot, 0);
  assert_string_equal(info->name, "top");
  assert_int_equal(info->depth, 0);
  assert_int_equal(info->kind, SUP_KIND_SUPERVISOR);
  assert_int_equal(info->state, SUP_STATE_RUNNING);
  assert_true(info->children == 2);
  info = sup_snapshot_node(snapshot, 1);
  assert_string_equal(info->name, "a");
  assert_int_equal(info->depth, 1);
  assert_true(info->restarts == 1);
  assert_true(info->child.incarnation == a.child.incarnation);
  assert_non_null(strstr(sup_error_text(info->error), "oh"));
  assert_true(info->started_at > 0 &&
              info->started_at <= sup_snapshot_time(snapshot));
  assert_true(info->deadline == SUP_INFINITE);
  assert_string_equal(sup_snapshot_node(snapshot, 2)->name, "inner");
  info = sup_snapshot_node(snapshot, 3);
  assert_string_equal(info->name, "b");
  assert_int_equal(info->depth, 2);
  assert_true(info->pid == 0 && info->error == NULL);
  sup_snapshot_events(snapshot, &first, &last);
  assert_true(first == last && last == count_tree(tree).events);
  length = sup_snapshot_text(snapshot, text, sizeof(text));
  assert_int_equal(length, strlen(text));
  assert_non_null(strstr(text, "top  running"));
  assert_non_null(strstr(text, "\n    b  running"));
  assert_non_null(strstr(text, "restarts 1"));
  assert_int_equal(sup_snapshot_text(snapshot, NULL, 0), length);
  assert_int_equal(sup_snapshot_text(snapshot, cut, sizeof(cut)), length);
  assert_int_equal(strlen(cut), sizeof(cut) - 1);
  /* It holds what it shows: also when the tree has gone. */
  end_tree(tree);
  assert_string_equal(sup_snapshot_node(snapshot, 3)->name, "b");
  sup_snapshot_free(snapshot);
  sup_snapshot_free(NULL);
}

static atomic_int freed;

static void count_free(void *user) {
  atomic_fetch_add((atomic_int *)user, 1);
}

/* Of its spec only the snapshot is left. */
static bool one_is_freed(void) {
  return atomic_load(&freed) == 1;
}

/* What goes with a spec is found in the snapshot of its node. */
static void E4_a_snapshot_of_one_node(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  atomic_int replaced = 0, refused = 0;
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *inner = sup_supervisor_spec("inner", SUP_ONE_FOR_ALL);
  sup_spec *sleeper =
      sup_process_spec("p", (const char *const[]){"sleep", "100", NULL});
  const sup_node_info *info;
  sup_snapshot *snapshot;
  sup_child child;
  sup_tree *tree;
  char name[301];

  (void)state;
  freed = 0;
  memset(name, 'n', 200);
  name[200] = '\0';
  a.name = name;
  assert_int_equal(sup_spec_set_user(inner, &replaced, count_free), 0);
  assert_int_equal(sup_spec_set_user(inner, &freed, count_free), 0);
  assert_int_equal(replaced, 1);
  assert_int_equal(sup_spec_set_user(sleeper, &freed, count_free), 0);
  sup_spec_add(inner, worker_spec(&a));
  sup_spec_add(inner, sleeper);
  sup_spec_add(top, inner);
  sup_spec_ref(inner);
  tree = start_tree(top);
  assert_int_equal(sup_spec_set_user(inner, &refused, count_free), SUP_EFROZEN);
  assert_int_equal(refused, 1);
  sup_spec_unref(inner);

  assert_int_equal(sup_tree_find(tree, "top/inner", &child), 0);
  assert_int_equal(sup_child_snapshot(child, &snapshot), 0);
  assert_int_equal(sup_snapshot_count(snapshot), 1);
  info = sup_snapshot_node(snapshot, 0);
  assert_string_equal(info->path, "top/inner");
  assert_string_equal(info->name, "inner");
  assert_int_equal(info->kind, SUP_KIND_SUPERVISOR);
  assert_int_equal(info->depth, 1);
  assert_true(info->children == 2 && info->user == &freed);
  sup_snapshot_free(snapshot);

  assert_int_equal(sup_child_find(child, name, &child), 0);
  child.incarnation += 7; /* whichever it came from */
  assert_int_equal(sup_child_snapshot(child, &snapshot), 0);
  info = sup_snapshot_node(snapshot, 0);
  assert_int_equal(strlen(info->path), strlen("top/inner/") + 200);
  assert_true(info->user == &a && info->child.incarnation == 1);
  sup_snapshot_free(snapshot);

  assert_int_equal(sup_tree_find(tree, "top/inner/p", &child), 0);
  assert_int_equal(sup_child_snapshot(child, &snapshot), 0);
  info = sup_snapshot_node(snapshot, 0);
  assert_true(info->pid > 1 && info->user == &freed);
  end_tree(tree);
  assert_true(comes_true(one_is_freed));
  sup_snapshot_free(snapshot);
  assert_int_equal(freed, 2);
}

static void E4_a_snapshot_of_one_that_is_gone(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  worker_of_test b = WORKER(.name = "b", .flags = ANY);
  sup_tree *tree = start_tree(TOP(&a));
  sup_spec *spec = worker_spec(&b);
  sup_snapshot *snapshot;
  sup_child root, child;

  (void)state;
  assert_int_equal(sup_tree_root(tree, &root), 0);
  assert_int_equal(sup_child_add(root, spec, &child, NULL), 0);
  assert_int_equal(sup_child_snapshot(child, &snapshot), 0);
  sup_snapshot_free(snapshot);
  assert_int_equal(sup_child_delete(child, NULL), 0);
  assert_int_equal(sup_child_snapshot(child, &snapshot), SUP_EGONE);
  assert_null(snapshot);
  sup_spec_unref(spec);
  end_tree(tree);
}

/* H8: what a stop waits for. */
static void H8_states_on_the_way_down(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY, .deaf = true);
  sup_snapshot *snapshot;
  sup_tree *tree;

  (void)state;
  tree = create_tree(TOP(&a));
  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_node(snapshot, 1)->state, SUP_STATE_NEW);
  sup_snapshot_free(snapshot);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  gate_await(&a.started, 1);
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_node(snapshot, 1)->state, SUP_STATE_STOPPING);
  assert_true(sup_snapshot_node(snapshot, 1)->deadline != SUP_INFINITE);
  sup_snapshot_free(snapshot);
  assert_int_equal(sup_tree_force_stop(tree), 0);
  assert_int_equal(sup_tree_wait(tree, NULL), SUP_ETERMINATION);
  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_node(snapshot, 1)->state, SUP_STATE_ABANDONED);
  sup_snapshot_free(snapshot);
  assert_int_equal(sup_child_canceled(a.child), 0);
  sup_tree_unref(tree);
}

/* H8: asked itself, a stop says who, where on its ladder, and until when. */
static void H8_what_a_stop_waits_for(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  worker_of_test b = WORKER(.name = "b", .flags = ANY, .deaf = true);
  sup_spec *top = TOP(&a);
  sup_spec *inner = sup_supervisor_spec("inner", SUP_ONE_FOR_ALL);
  sup_snapshot *snapshot;
  const sup_node_info *info;
  sup_tree *tree;
  char text[200], path[40];
  size_t length;

  (void)state;
  sup_spec_add(inner, worker_spec(&b));
  sup_spec_add(top, inner);
  tree = start_tree(top);
  assert_int_equal(sup_tree_stop_waits(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_count(snapshot), 0);
  assert_int_equal(sup_snapshot_text(snapshot, text, sizeof(text)), 0);
  sup_snapshot_free(snapshot);
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  assert_int_equal(sup_tree_stop_waits(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_count(snapshot), 1);
  info = sup_snapshot_node(snapshot, 0);
  assert_string_equal(info->path, "top/inner/b");
  assert_string_equal(info->name, "b");
  assert_int_equal(info->state, SUP_STATE_STOPPING);
  assert_int_equal(info->step_action, SUP_STOP_CANCEL);
  assert_int_equal(info->step, 0);
  assert_int_equal(info->step_count, 1);
  assert_true(info->child.incarnation == b.child.incarnation);
  assert_true(info->deadline > sup_snapshot_time(snapshot));
  assert_true(info->deadline <= sup_snapshot_time(snapshot) + SUP_SECONDS(5));
  length = sup_child_path(info->child, path, sizeof(path));
  assert_int_equal(length, strlen(info->path));
  length = sup_snapshot_text(snapshot, text, sizeof(text));
  assert_int_equal(length, strlen(text));
  assert_ptr_equal(
      strstr(text, "top/inner/b  stopping  cancel, step 1 of 1  for 4."), text);
  assert_int_equal(sup_child_canceled(b.child), 0);
  assert_int_equal(sup_tree_wait(tree, NULL), 0);
  assert_string_equal(info->path, "top/inner/b"); /* lives as the snapshot */
  sup_snapshot_free(snapshot);
  assert_int_equal(sup_tree_stop_waits(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_count(snapshot), 0);
  sup_snapshot_free(snapshot);
  sup_tree_unref(tree);
}

/* H8: more than fits into what is reserved at first, and deeper. */
static void H8_many_and_deep(void **state) {
  enum { COUNT = 2500, DEPTH = 40 };
  static struct worker all[COUNT];
  static char names[COUNT][8];
  static char long_name[256];
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *list = top;
  sup_snapshot *snapshot;
  sup_tree *tree;
  size_t length;

  (void)state;
  memset(long_name, 'n', sizeof(long_name) - 1);
  for (int i = 0; i < DEPTH; i++) {
    sup_spec *below = sup_supervisor_spec(long_name, SUP_ONE_FOR_ONE);

    assert_int_equal(sup_spec_add(list, below), 0);
    list = below;
  }
  assert_int_equal(sup_spec_set_concurrent_stop(list, true), 0);
  for (int i = 0; i < COUNT; i++) {
    snprintf(names[i], sizeof(names[i]), "%d", i);
    all[i] =
        (struct worker)WORKER(.name = names[i], .flags = ANY, .deaf = true);
    sup_spec_add(list, worker_spec(&all[i]));
  }
  tree = start_tree(top);
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  for (int i = 0; i < COUNT; i++)
    gate_await(&all[i].stopped, 1);
  assert_int_equal(sup_tree_stop_waits(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_count(snapshot), COUNT);
  for (int i = 0; i < COUNT; i++) {
    const sup_node_info *info = sup_snapshot_node(snapshot, (size_t)i);

    assert_string_equal(info->name, names[i]);
    length = strlen(info->path);
    assert_int_equal(length, 3 + DEPTH * 256 + 1 + strlen(names[i]));
    assert_string_equal(info->path + length - strlen(names[i]), names[i]);
  }
  sup_snapshot_free(snapshot);
  for (int i = 0; i < COUNT; i++)
    assert_int_equal(sup_child_canceled(all[i].child), 0);
  assert_int_equal(sup_tree_wait(tree, NULL), 0);
  sup_tree_unref(tree);
  for (int i = 0; i < COUNT; i++)
    await_freed(&all[i]);
}

/* E5: ready or not, who is not, and why. */
static void E5_ready_or_who_is_not(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  worker_of_test b = WORKER(.name = "b", .flags = ANY);
  const sup_node_info *info;
  sup_snapshot *snapshot;
  sup_tree *tree;
  char text[200];

  (void)state;
  tree = create_tree(TOP(&a, &b));
  assert_false(sup_tree_is_ready(tree));
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  gate_await(&b.started, 1);
  assert_true(sup_tree_is_ready(tree));
  assert_int_equal(sup_tree_unready(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_count(snapshot), 0);
  sup_snapshot_free(snapshot);
  assert_int_equal(
      sup_child_failed_as(a.child,
                          sup_error_create(SUP_EFAILED, "no key", NULL, NULL),
                          SUP_FAILURE_HOPELESS),
      0);
  assert_false(sup_tree_is_ready(tree));
  assert_int_equal(sup_tree_unready(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_count(snapshot), 1);
  info = sup_snapshot_node(snapshot, 0);
  assert_string_equal(info->path, "top/a");
  assert_int_equal(info->state, SUP_STATE_FAILED);
  assert_string_equal(sup_error_text(info->error), "no key");
  sup_snapshot_text(snapshot, text, sizeof(text));
  assert_string_equal(text, "top/a  failed  last error: no key\n");
  sup_snapshot_free(snapshot);
  end_tree(tree);
}

static void E4_counts(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  sup_tree_counters counters = {.size = 4};
  sup_tree *tree;

  (void)state;
  tree = start_tree(TOP(&a));
  assert_int_equal(sup_tree_count(tree, &counters), SUP_EINVAL);
  counters = count_tree(tree);
  assert_int_equal(counters.nodes, 2);
  assert_int_equal(counters.running, 1);
  assert_int_equal(counters.restarts, 0);
  assert_int_equal(counters.starts, 2); /* the root's is one */
  assert_int_equal(sup_child_completed(a.child), 0);
  gate_await(&a.started, 2);
  counters = count_tree(tree);
  assert_true(counters.starts == 3 && counters.restarts == 1);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  assert_true(count_tree(tree).running == 0);
  sup_tree_unref(tree);
}

/* More nodes than are copied in one hold of the lock. */
static void E4_a_large_tree_in_slices(void **state) {
  enum { COUNT = 3000 };
  static struct worker all[COUNT];
  static char names[COUNT][8];
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_snapshot *snapshot;
  sup_tree *tree;

  (void)state;
  for (int i = 0; i < COUNT; i++) {
    snprintf(names[i], sizeof(names[i]), "%d", i);
    all[i] = (struct worker)WORKER(.name = names[i], .flags = ANY);
    sup_spec_add(top, worker_spec(&all[i]));
  }
  tree = start_tree(top);
  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_count(snapshot), COUNT + 1);
  for (int i = 0; i < COUNT; i++)
    assert_string_equal(sup_snapshot_node(snapshot, (size_t)i + 1)->name,
                        names[i]);
  sup_snapshot_free(snapshot);
  end_tree(tree);
  for (int i = 0; i < COUNT; i++)
    await_freed(&all[i]);
}

/* A supervisor of supervisors, named by numbers in the order of the tree. */
static sup_spec *numbered_list(unsigned depth, unsigned width, int *number) {
  char name[16];
  sup_spec *list;

  snprintf(name, sizeof(name), "%d", (*number)++);
  list = sup_supervisor_spec(name, SUP_ONE_FOR_ONE);
  for (unsigned i = 0; i < width && depth > 0; i++)
    assert_int_equal(
        sup_spec_add(list, numbered_list(depth - 1, (i * 5 + 3) % 7, number)),
        0);
  return list;
}

/* However it is read, it is told in the order of the tree. */
static void E4_the_order_of_the_tree(void **state) {
  int number = 0;
  sup_spec *top = numbered_list(8, 6, &number);
  uint32_t depths[10] = {0};
  sup_snapshot *snapshot;
  sup_tree *tree;

  (void)state;
  assert_true(number > 3000);
  tree = start_tree(top);
  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_count(snapshot), number);
  for (int i = 0; i < number; i++) {
    const sup_node_info *info = sup_snapshot_node(snapshot, (size_t)i);

    assert_int_equal(atoi(info->name), i);
    depths[info->depth]++;
  }
  assert_int_equal(depths[0], 1);
  assert_int_equal(depths[1], 6);
  assert_int_equal(depths[9], 0);
  sup_snapshot_free(snapshot);
  end_tree(tree);
}

struct leapfrog {
  struct worker *a, *b;
  atomic_bool over;
};

/* First one is restarted, then the other. */
static void *leapfrog(void *ctx) {
  struct leapfrog *l = ctx;

  for (uint64_t i = 2; !atomic_load(&l->over); i++) {
    CHECK(sup_child_completed(l->a->child) == 0);
    gate_await(&l->a->started, i);
    CHECK(sup_child_completed(l->b->child) == 0);
    gate_await(&l->b->started, i);
  }
  return NULL;
}

/* Siblings are of one moment, however much lies between them. */
static void E4_siblings_are_of_one_moment(void **state) {
  worker_of_test a = WORKER(.name = "a", .flags = ANY);
  worker_of_test b = WORKER(.name = "b", .flags = ANY);
  struct leapfrog l = {.a = &a, .b = &b};
  sup_spec *top = TOP(&a);
  int number = 0;
  pthread_t thread;
  sup_tree *tree;

  (void)state;
  sup_spec_add(top, numbered_list(8, 6, &number));
  sup_spec_add(top, worker_spec(&b));
  tree = start_tree(top);
  thread = start_thread(leapfrog, &l);
  for (int i = 0; i < 100; i++) {
    sup_snapshot *snapshot;
    uint64_t first, last;

    assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
    assert_int_equal(sup_snapshot_count(snapshot), number + 3);
    first = sup_snapshot_node(snapshot, 1)->restarts;
    last = sup_snapshot_node(snapshot, (size_t)number + 2)->restarts;
    assert_in_range(first, last, last + 1);
    sup_snapshot_free(snapshot);
  }
  atomic_store(&l.over, true);
  pthread_join(thread, NULL);
  end_tree(tree);
}

static void every_state_has_a_name(void **state) {
  (void)state;
  for (int i = SUP_STATE_NEW; i <= SUP_STATE_DONE; i++)
    assert_string_not_equal(sup_state_name((sup_state)i), "unknown");
  assert_string_equal(sup_state_name((sup_state)99), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test(E4_a_snapshot_shows_every_node),
      world_test(E4_a_snapshot_of_one_node),
      world_test(E4_a_snapshot_of_one_that_is_gone),
      world_test(H8_states_on_the_way_down),
      world_test(H8_what_a_stop_waits_for),
      world_test(H8_many_and_deep),
      world_test(E5_ready_or_who_is_not),
      world_test(E4_counts),
      world_test(E4_a_large_tree_in_slices),
      world_test(E4_the_order_of_the_tree),
      world_test(E4_siblings_are_of_one_moment),
      cmocka_unit_test(every_state_has_a_name),
  };

  return run_all(tests);
}
