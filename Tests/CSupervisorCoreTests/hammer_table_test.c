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
 * Every pair of calls on one tree at once, in every state that a tree can be
 * in: two threads, each with a reference of its own, begin together. Whatever
 * the order in which they come, each gets one of the answers that are written
 * beside its call, and the tree is gone afterwards.
 */

#include "hammer.h"

/* What is tried on a tree. The thread's reference is given back by whoever
 * runs it. */
struct call {
  const char *name;
  void (*run)(sup_tree *tree);
};

/* ---- The calls ---------------------------------------------------------- */

#define END_CODES 0, SUP_ESTOPPED, SUP_ETERMINATION

static void launch(sup_tree *tree) {
  ANSWERS(sup_tree_launch(tree, NULL), 0, SUP_EALREADY);
}

static void request_stop(sup_tree *tree) {
  ANSWERS(sup_tree_request_stop(tree, SUP_INFINITE), 0);
}

static void stop_in_time(sup_tree *tree) {
  ANSWERS(sup_tree_stop(tree, SUP_MICROSECONDS(200), NULL), END_CODES);
  CHECK(sup_tree_get_state(tree) == SUP_TREE_ENDED);
}

static void force_stop(sup_tree *tree) {
  ANSWERS(sup_tree_force_stop(tree), 0);
}

static void wait_for_end(sup_tree *tree) {
  ANSWERS(sup_tree_request_stop(tree, SUP_MICROSECONDS(200)), 0);
  ANSWERS(sup_tree_wait(tree, NULL), END_CODES);
}

static atomic_uint_fast32_t completions;

static void complete_once(void *ctx, int code, sup_report *report) {
  (void)ctx;
  (void)report;
  check_answer("a wait", code, (const int[]){END_CODES}, 3);
  atomic_fetch_add(&completions, 1);
}

static void wait_and_cancel(sup_tree *tree) {
  sup_completion completion = {complete_once, NULL, SUP_COMPLETION_ANY_THREAD};
  uint32_t before = (uint32_t)atomic_load(&completions);
  uint64_t ticket;

  ANSWERS(sup_tree_wait_async(tree, &completion, &ticket), 0);
  if (ANSWERS(sup_tree_cancel(tree, ticket), 0, SUP_EGONE) == 0)
    return;
  /* It was called, or is about to be. */
  while (atomic_load(&completions) == before)
    sched_yield();
}

static void snapshot(sup_tree *tree) {
  sup_snapshot *taken;

  ANSWERS(sup_tree_snapshot(tree, &taken), 0);
  CHECK(sup_snapshot_count(taken) == 4);
  sup_snapshot_free(taken);
}

static void count(sup_tree *tree) {
  sup_tree_counters counters = {.size = sizeof(counters)};

  ANSWERS(sup_tree_count(tree, &counters), 0);
  CHECK(counters.nodes == 4 && counters.running <= 3);
  CHECK(sup_tree_get_state(tree) <= SUP_TREE_ENDED);
}

static void read_events(sup_tree *tree) {
  sup_event event = {.size = sizeof(event)};
  sup_events *events;

  ANSWERS(sup_events_open(tree, NULL, &events), 0);
  while (ANSWERS(sup_events_next(events, &event), 1, 0, SUP_EGONE) == 1)
    continue;
  sup_events_close(events);
}

static void fail_a_child(sup_tree *tree) {
  sup_snapshot *taken;

  ANSWERS(sup_tree_snapshot(tree, &taken), 0);
  ANSWERS(sup_child_failed(sup_snapshot_node(taken, 2)->child, NULL), 0,
          SUP_ESTALE, SUP_EGONE, SUP_EALREADY);
  sup_snapshot_free(taken);
}

static void close_its_runtime(sup_tree *tree) {
  ANSWERS(sup_runtime_close(sup_tree_runtime(tree)), SUP_EBUSY);
}

/* Nothing but the reference, which is given back. */
static void destroy(sup_tree *tree) {
  (void)tree;
}

static const struct call calls[] = {
    {"launch", launch},      {"request stop", request_stop},
    {"stop", stop_in_time},  {"force", force_stop},
    {"wait", wait_for_end},  {"wait and cancel", wait_and_cancel},
    {"snapshot", snapshot},  {"count", count},
    {"events", read_events}, {"fail", fail_a_child},
    {"destroy", destroy},    {"close", close_its_runtime},
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* ---- Children ----------------------------------------------------------- */

/* "plain" ends when it is asked to; "slow" does not, until it is ended by hand
 * or abandoned; "late" does not acknowledge its start either. */
static int child_start(void *ctx, sup_child child, void **state) {
  (void)ctx;
  *state = enter_living(child);
  return 0;
}

static void end_at_once(void *state, sup_stop_action action) {
  (void)action;
  sup_child_canceled(((struct incarnation *)state)->child);
}

static void child_end(void *state) {
  leave_living(state);
}

static const sup_callbacks plain = {sizeof(plain), SUP_CALLBACKS_ANY_THREAD,
                                    child_start,   end_at_once,
                                    child_end,     NULL};
static const sup_callbacks on_loop = {sizeof(on_loop), 0,         child_start,
                                      end_at_once,     child_end, NULL};
static const sup_callbacks slow = {
    sizeof(slow), SUP_CALLBACKS_ANY_THREAD, child_start, NULL, child_end, NULL};

static sup_spec *make_brief_spec(void) {
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);

  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  CHECK(sup_spec_add(top, sup_callback_spec("plain", &plain, NULL)) == 0);
  CHECK(sup_spec_add(top, sup_callback_spec("on the loop", &on_loop, NULL)) ==
        0);
  return top;
}

static sup_spec *make_spec(bool acknowledges) {
  sup_spec *top = make_brief_spec();
  sup_spec *child = sup_callback_spec("slow", &slow, NULL);

  sup_spec_set_shutdown_timeout(child, SUP_MICROSECONDS(100));
  if (!acknowledges) {
    sup_spec_set_notify_start(child, true);
    sup_spec_set_start_timeout(child, SUP_INFINITE);
  }
  CHECK(sup_spec_add(top, child) == 0);
  return top;
}

/* ---- States ------------------------------------------------------------- */

static sup_runtime *runtime;
static sup_spec *up, *hangs; /* the second one's start never ends */

static sup_tree *created(void) {
  sup_tree *tree;

  CHECK(sup_tree_create(runtime, up, &tree, NULL) == 0);
  return tree;
}

static sup_tree *starting(void) {
  sup_tree *tree;

  CHECK(sup_tree_create(runtime, hangs, &tree, NULL) == 0);
  CHECK(sup_tree_launch(tree, NULL) == 0);
  return tree;
}

static sup_tree *running(void) {
  sup_tree *tree;

  CHECK(sup_tree_start(runtime, up, &tree, NULL) == 0);
  return tree;
}

static sup_tree *stopping(void) {
  sup_tree *tree = running();

  CHECK(sup_tree_request_stop(tree, SUP_INFINITE) == 0);
  return tree;
}

static sup_tree *ended(void) {
  sup_tree *tree = running();

  ANSWERS(sup_tree_stop(tree, SUP_INFINITE, NULL), END_CODES);
  return tree;
}

static const struct {
  const char *name;
  sup_tree *(*make)(void);
} states[] = {{"created", created},
              {"starting", starting},
              {"running", running},
              {"stopping", stopping},
              {"ended", ended}};

/* ---- The table ---------------------------------------------------------- */

static struct {
  pthread_barrier_t begin, end;
  sup_tree *tree;
  const struct call *call;
} pair;

static void run_one(const struct call *call) {
  sup_tree *tree = sup_tree_ref(pair.tree);

  pthread_barrier_wait(&pair.begin);
  /* The reference that the pair was made with goes with one of the two. */
  call->run(tree);
  sup_tree_unref(tree);
  pthread_barrier_wait(&pair.end);
}

static void *second(void *ctx) {
  (void)ctx;
  for (;;) {
    pthread_barrier_wait(&pair.end); /* a pair is there, or none any more */
    if (pair.tree == NULL)
      return NULL;
    run_one(pair.call);
  }
}

static void run_pair(size_t state, const struct call *a, const struct call *b) {
  sup_tree *tree = states[state].make();

  pair.tree = tree;
  pair.call = b;
  pthread_barrier_wait(&pair.end);
  run_one(a);
  ANSWERS(sup_tree_request_stop(tree, SUP_MICROSECONDS(200)), 0);
  end_everyone();
  ANSWERS(sup_tree_wait(tree, NULL), END_CODES);
  sup_tree_unref(tree);
}

static void C6_every_pair_of_calls_in_every_state(void **state) {
  pthread_t thread;

  (void)state;
  assert_int_equal(sup_runtime_create(&runtime, NULL), 0);
  up = make_spec(true);
  hangs = make_spec(false);
  pthread_barrier_init(&pair.begin, NULL, 2);
  pthread_barrier_init(&pair.end, NULL, 2);
  /* Something keeps the runtime from being closed. */
  {
    sup_tree *keeper = running();

    thread = start_thread(second, NULL);
    for (size_t s = 0; s < sizeof(states) / sizeof(states[0]); s++)
      for (size_t a = 0; a < CALLS; a++)
        for (size_t b = 0; b < CALLS; b++)
          run_pair(s, &calls[a], &calls[b]);
    pair.tree = NULL;
    pthread_barrier_wait(&pair.end);
    pthread_join(thread, NULL);
    sup_tree_request_stop(keeper, SUP_INFINITE);
    end_everyone();
    sup_tree_unref(keeper);
  }
  pthread_barrier_destroy(&pair.begin);
  pthread_barrier_destroy(&pair.end);
  sup_spec_unref(up);
  sup_spec_unref(hangs);
  close_runtime(runtime);
}

/* ---- Destruction -------------------------------------------------------- */

/* Trees that run and that nobody holds go on; a runtime that nobody holds goes
 * when they have ended. */
static void *drop_all(void *ctx) {
  sup_runtime *rt = ctx;
  sup_tree *tree;

  CHECK(sup_tree_create(rt, up, &tree, NULL) == 0);
  CHECK(sup_tree_launch(tree, NULL) == 0);
  CHECK(sup_tree_request_stop(tree, SUP_INFINITE) == 0);
  sup_tree_unref(tree);
  sup_runtime_unref(rt);
  return NULL;
}

static void C6_the_last_references_go_on_many_threads(void **state) {
  pthread_t threads[8];

  (void)state;
  up = make_brief_spec();
  for (int round = 0; round < 20; round++) {
    assert_int_equal(sup_runtime_create(&runtime, NULL), 0);
    for (size_t i = 0; i < 8; i++)
      threads[i] = start_thread(drop_all, sup_runtime_ref(runtime));
    sup_runtime_unref(runtime);
    for (size_t i = 0; i < 8; i++)
      pthread_join(threads[i], NULL);
  }
  sup_spec_unref(up);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      hammer_test(C6_every_pair_of_calls_in_every_state),
      hammer_test(C6_the_last_references_go_on_many_threads),
  };

  return run_all(tests);
}
