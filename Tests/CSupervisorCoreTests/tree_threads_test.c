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

/* Many threads that call everything at once, for a bounded number of rounds.
 * Meant for the sanitizers; what has to hold at the end is asserted. */

#include "face_fixture.h"

#define ANY SUP_CALLBACKS_ANY_THREAD
#define THREADS 6
#define ROUNDS 40

static atomic_uint_fast64_t completions;

static void count_completion(void *ctx, int code, sup_report *report) {
  (void)ctx;
  (void)code;
  (void)report;
  atomic_fetch_add(&completions, 1);
}

struct shared {
  sup_tree *tree;
  struct worker *workers[3];
  atomic_bool stopping;
  atomic_uint_fast64_t canceled, waits;
};

/* A value of the present incarnation, wherever it was started. */
static sup_child child_now(struct shared *s, size_t index) {
  sup_child child = {0};
  sup_snapshot *snapshot;

  CHECK(sup_tree_snapshot(s->tree, &snapshot) == 0);
  child = sup_snapshot_node(snapshot, index + 1)->child;
  sup_snapshot_free(snapshot);
  return child;
}

static void drain_events(struct shared *s) {
  sup_event event = {.size = sizeof(event)};
  sup_events *events;

  CHECK(sup_events_open(s->tree, NULL, &events) == 0);
  while (sup_events_wait(events, &event, 0) == 1)
    continue;
  sup_events_close(events);
}

static void wait_and_maybe_cancel(struct shared *s, unsigned round) {
  sup_completion completion = {count_completion, NULL,
                               round % 2 ? SUP_COMPLETION_ANY_THREAD : 0};
  uint64_t ticket;

  CHECK(sup_tree_wait_async(s->tree, &completion, &ticket) == 0);
  atomic_fetch_add(&s->waits, 1);
  if (round % 3 == 0 && sup_tree_cancel(s->tree, ticket) == 0)
    atomic_fetch_add(&s->canceled, 1);
}

static void *bother(void *ctx) {
  struct shared *s = ctx;
  sup_tree_counters counters = {.size = sizeof(counters)};
  char path[64];

  for (unsigned round = 0; round < ROUNDS; round++) {
    sup_child child = child_now(s, round % 3);
    int r;

    switch (round % 4) {
    case 0:
      r = sup_child_completed(child);
      CHECK(r == 0 || r == SUP_ESTALE || r == SUP_EGONE || r == SUP_EALREADY);
      break;
    case 1:
      r = sup_child_failed(child,
                           sup_error_create(SUP_EFAILED, "x", NULL, NULL));
      CHECK(r == 0 || r == SUP_ESTALE || r == SUP_EGONE || r == SUP_EALREADY);
      break;
    case 2:
      (void)sup_child_is_stopping(child);
      (void)sup_child_started(child);
      (void)sup_child_path(child, path, sizeof(path));
      break;
    default:
      drain_events(s);
    }
    wait_and_maybe_cancel(s, round);
    CHECK(sup_tree_count(s->tree, &counters) == 0);
    if (round == ROUNDS - ROUNDS / 4 && !atomic_exchange(&s->stopping, true))
      CHECK(sup_tree_request_stop(s->tree, SUP_SECONDS(60)) == 0);
  }
  return NULL;
}

static void cancel_nothing(struct worker *w, sup_stop_action action) {
  (void)action;
  sup_child_canceled(w->child);
}

static void everything_at_once(void **state) {
  (void)state;
  atomic_store(&many_trees, false);
  for (int repeat = 0; repeat < 5; repeat++) {
    worker_of_test a = WORKER(.name = "a", .flags = ANY);
    worker_of_test b = WORKER(.name = "b", .on_stop = cancel_nothing);
    worker_of_test c = WORKER(.name = "c", .flags = ANY);
    struct shared s = {.workers = {&a, &b, &c}};
    pthread_t threads[THREADS];
    int code;

    atomic_store(&completions, 0);
    s.tree = start_tree(TOP(&a, &b, &c));
    for (int i = 0; i < THREADS; i++)
      threads[i] = start_thread(bother, &s);
    for (int i = 0; i < THREADS; i++)
      pthread_join(threads[i], NULL);
    /* A failure that was reported after the stop makes it unclean. */
    code = sup_tree_wait(s.tree, NULL);
    assert_true(code == 0 || code == SUP_ETERMINATION);
    /* All came, but for those that were cancelled, by the time that the
     * runtime has closed; the last of them may be on the loop. */
    {
      struct timespec nap = {0, 1000000};

      for (int i = 0;
           i < 10000 && atomic_load(&completions) != s.waits - s.canceled; i++)
        nanosleep(&nap, NULL);
    }
    assert_true(atomic_load(&completions) == s.waits - s.canceled);
    gate_await(&a.ended, gate_count(&a.started));
    gate_await(&b.ended, gate_count(&b.started));
    gate_await(&c.ended, gate_count(&c.started));
    assert_true(count_tree(s.tree).running == 0);
    sup_tree_unref(s.tree);
  }
}

/* Trees that come and go on several threads of one runtime. */
static void *come_and_go(void *ctx) {
  (void)ctx;
  for (unsigned round = 0; round < ROUNDS; round++) {
    worker_of_test a = WORKER(.name = "a", .flags = round % 2 ? ANY : 0);
    worker_of_test b = WORKER(.name = "b", .flags = ANY);
    sup_spec *top = TOP(&a, &b);
    sup_tree *tree;

    CHECK(sup_tree_start(world.runtime, top, &tree, NULL) == 0);
    sup_spec_unref(top);
    if (round % 4 == 0) {
      /* Nobody waits: it goes by itself. */
      CHECK(sup_tree_request_stop(tree, SUP_INFINITE) == 0);
    } else {
      CHECK(sup_child_failed(b.child, NULL) == 0);
      CHECK(sup_tree_stop(tree, SUP_INFINITE, NULL) == 0);
    }
    sup_tree_unref(tree);
  }
  return NULL;
}

static void trees_come_and_go(void **state) {
  pthread_t threads[THREADS];

  (void)state;
  atomic_store(&many_trees, true);
  for (int i = 0; i < THREADS; i++)
    threads[i] = start_thread(come_and_go, NULL);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  /* Those for which nobody waited may be on their way. */
  while (sup_runtime_close(world.runtime) == SUP_EBUSY) {
    struct timespec nap = {0, 1000000};

    nanosleep(&nap, NULL);
  }
  sup_runtime_unref(world.runtime);
  assert_int_equal(sup_runtime_create(&world.runtime, NULL), 0);
  atomic_store(&many_trees, false);
}

/* ---- A thread to spare --------------------------------------------------- */

static struct {
  pthread_t caller;
  int here, elsewhere;
} starts;

static int count_start(void *ctx, sup_child child, void **state) {
  (void)ctx;
  (void)child;
  (void)state;
  if (pthread_equal(starts.caller, pthread_self()))
    starts.here++;
  else
    starts.elsewhere++;
  return 0;
}

static void end_at_once(void *state, sup_stop_action action) {
  (void)action;
  CHECK(sup_child_canceled(*(sup_child *)state) == 0);
}

static int start_and_know(void *ctx, sup_child child, void **state) {
  sup_child *kept = malloc(sizeof(*kept));

  CHECK(kept != NULL);
  *kept = child;
  *state = kept;
  return count_start(ctx, child, state);
}

/* Who waits until a tree is up starts what it can itself, in either form. */
static void C3_who_waits_for_a_start_lends_its_thread(void **state) {
  static const sup_callbacks table = {
      sizeof(sup_callbacks), ANY, start_and_know, end_at_once, free, NULL};
  const uint32_t any = SUP_COMPLETION_ANY_THREAD;
  sup_tree *tree;
  sup_spec *top;

  (void)state;
  starts.caller = pthread_self();
  for (int form = 0; form < 2; form++) {
    uint_fast64_t before = atomic_load(&completions);
    sup_completion awaited = {count_completion, NULL,
                              any | SUP_COMPLETION_AWAITED};

    starts.here = starts.elsewhere = 0;
    top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
    for (int i = 0; i < 1000; i++) {
      char name[16];

      snprintf(name, sizeof(name), "%d", i);
      assert_int_equal(sup_spec_add(top, sup_callback_spec(name, &table, NULL)),
                       0);
    }
    if (form == 0) {
      tree = create_tree(top);
      assert_int_equal(sup_tree_launch(tree, &awaited), 0);
      assert_int_equal(atomic_load(&completions), before + 1);
    } else {
      tree = start_tree(top);
    }
    assert_int_equal(starts.here, 1000);
    assert_int_equal(starts.elsewhere, 0);
    assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
    sup_tree_unref(tree);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      world_test(C3_who_waits_for_a_start_lends_its_thread),
      world_test(everything_at_once),
      world_test(trees_come_and_go),
  };

  return run_all(tests);
}
