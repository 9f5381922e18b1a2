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
 * How much is done in one hold of a tree's lock: a bounded part of what there
 * is, however many children there are. Measured by what the engine counts, not
 * by time: a dispatcher with a host of paper notes at each unlock how many
 * events and incarnations the hold has brought.
 */

#include "counting_allocator.h"

#include <stdio.h>

#include <supervisor/supervisor.h>

#include "engine/internal.h"
#include "supervisor/dispatcher.h"

#define MANY 20000
/* Of a hold: what an event, and the looks at the queue behind it, may do. */
#define BOUND (4 * SUP_SLICE * SUP_SLICE)

static struct {
  struct sup_dispatcher d;
  sup_spec *top;
  sup_tree_counters before; /* at the lock */
  uint64_t events_before;
  uint64_t longest; /* hold, in what it has brought */
  uint64_t holds;
  uint64_t now;
  sup_child *children;   /* the present incarnation of each */
  void (*between)(void); /* two holds */
} paper;

static uint64_t distance(uint64_t a, uint64_t b) {
  return a > b ? a - b : b - a;
}

static void paper_lock(struct sup_dispatcher *d) {
  paper.before.size = sizeof(paper.before);
  sup__engine_count(d->engine, &paper.before);
}

static void paper_unlock(struct sup_dispatcher *d) {
  sup_tree_counters after = {.size = sizeof(after)};
  uint64_t work;

  sup__engine_count(d->engine, &after);
  work = (after.events - paper.before.events) +
         distance(after.running, paper.before.running);
  if (work > paper.longest)
    paper.longest = work;
  paper.holds++;
  if (paper.between != NULL)
    paper.between();
}

static uint64_t paper_now(struct sup_dispatcher *d, uint64_t *wall) {
  (void)d;
  *wall = paper.now;
  return paper.now;
}

static bool paper_yes(struct sup_dispatcher *d) {
  (void)d;
  return true;
}

static void paper_nothing(struct sup_dispatcher *d) {
  (void)d;
}

static void paper_arm(struct sup_dispatcher *d, uint64_t at) {
  (void)d;
  (void)at;
}

static bool paper_any_thread(struct sup_dispatcher *d,
                             const struct sup_action *action) {
  (void)d;
  (void)action;
  return true;
}

static void report_exit(sup_child child, sup_outcome outcome) {
  struct sup_ref ref = {(uint32_t)child.node, child.generation,
                        child.incarnation};

  sup__dispatcher_enter(&paper.d);
  sup__engine_exited(paper.d.engine, ref, outcome, 0);
  sup__dispatcher_leave(&paper.d);
}

static void paper_perform(struct sup_dispatcher *d,
                          const struct sup_action *action,
                          struct sup_performed *performed) {
  sup_child child = {NULL, action->ref.node, action->ref.generation,
                     action->ref.incarnation};

  (void)d;
  if (action->kind == SUP_ACTION_START) {
    performed->state = action->spec->u.callback.ctx;
    *(sup_child *)performed->state = child;
  } else if (action->kind == SUP_ACTION_STOP) {
    report_exit(child, SUP_OUTCOME_CANCELED);
  }
}

static const struct sup_dispatcher_host paper_host = {
    paper_lock,       paper_unlock,  paper_now,     paper_yes,
    paper_nothing,    paper_nothing, paper_nothing, paper_arm,
    paper_any_thread, paper_perform, paper_nothing};

static int never(void *ctx, sup_child child, void **state) {
  (void)ctx, (void)child, (void)state;
  return SUP_EFAILED;
}

static const sup_callbacks callbacks = {
    sizeof(sup_callbacks), SUP_CALLBACKS_ANY_THREAD, never, NULL, NULL, NULL};

/* MANY children whose restarts wait for a second. */
static void open_paper(sup_strategy strategy, uint64_t tolerance,
                       sup_restart restart) {
  static sup_allocator allocator = {sizeof(allocator), counting_allocate,
                                    counting_release, NULL};
  struct sup_engine_options options = {&allocator, 1, 1, 1};
  sup_backoff slow = SUP_BACKOFF_NONE;
  char name[16];

  memset(&paper, 0, sizeof(paper));
  paper.now = 1;
  paper.children = calloc(MANY, sizeof(*paper.children));
  slow.immediate = 0;
  slow.initial = slow.maximum = SUP_SECONDS(1);
  paper.top = sup_supervisor_spec("top", strategy);
  sup_spec_set_tolerance(paper.top, tolerance, 0);
  sup_spec_set_backoff(paper.top, &slow);
  for (int i = 0; i < MANY; i++) {
    sup_spec *spec;

    snprintf(name, sizeof(name), "%d", i);
    spec = sup_callback_spec(name, &callbacks, &paper.children[i]);
    sup_spec_set_restart(spec, restart);
    sup_spec_add(paper.top, spec);
  }
  assert_int_equal(sup_spec_check(paper.top, NULL), 0);
  sup__spec_freeze(paper.top);
  assert_int_equal(sup__engine_create(&paper.d.engine, paper.top, &options), 0);
  paper.d.host = &paper_host;
}

static void visit(void) {
  sup__dispatcher_enter(&paper.d);
  sup__dispatcher_leave(&paper.d);
}

static void settle(void) {
  do
    visit();
  while (sup__engine_has_work(paper.d.engine));
}

static sup_tree_counters count(void) {
  sup_tree_counters counters = {.size = sizeof(counters)};

  sup__engine_count(paper.d.engine, &counters);
  return counters;
}

static void launch(void) {
  sup__dispatcher_enter(&paper.d);
  sup__engine_launch(paper.d.engine);
  sup__dispatcher_leave(&paper.d);
  settle();
  assert_int_equal(count().running, MANY);
}

static void fail_all(void) {
  for (int i = 0; i < MANY; i++)
    report_exit(paper.children[i], SUP_OUTCOME_FAILED);
  settle();
}

static void stop(void) {
  sup__dispatcher_enter(&paper.d);
  sup__engine_stop(paper.d.engine, SUP_INFINITE);
  sup__dispatcher_leave(&paper.d);
  settle();
}

static void close_paper(void) {
  stop();
  assert_true(sup__engine_is_quiet(paper.d.engine));
  assert_in_range(paper.longest, 1, BOUND);
  sup__engine_destroy(paper.d.engine);
  sup_spec_unref(paper.top);
  free(paper.children);
}

static uint64_t late_holds;

static void look_whether_late(void) {
  if (sup__engine_is_late(paper.d.engine))
    late_holds++;
}

/* All are due at once: they are expired in parts with the lock released in
 * between, and all of them before anything else is brought. */
static void C9_many_deadlines_are_expired_in_parts(void **state) {
  (void)state;
  open_paper(SUP_ONE_FOR_ONE, SUP_UNLIMITED, SUP_PERMANENT);
  launch();
  fail_all();
  assert_int_equal(count().running, 0);
  late_holds = 0;
  paper.longest = 0;
  paper.between = look_whether_late;
  paper.now += SUP_SECONDS(1);
  sup__dispatcher_enter(&paper.d);
  assert_false(sup__engine_is_late(paper.d.engine));
  assert_in_range(late_holds, MANY / BOUND, MANY);
  assert_int_equal(count().running, MANY);
  sup__dispatcher_leave(&paper.d);
  paper.between = NULL;
  settle();
  assert_int_equal(count().restarts, MANY);
  close_paper();
}

/* A stop comes upon children that all wait, which brings no action at all. */
static void H6_a_stop_over_many_waiting_ones_is_in_parts(void **state) {
  (void)state;
  open_paper(SUP_ONE_FOR_ONE, SUP_UNLIMITED, SUP_PERMANENT);
  launch();
  fail_all();
  paper.longest = paper.holds = 0;
  stop();
  assert_in_range(paper.holds, MANY / BOUND, MANY);
  close_paper();
}

/* One stop of many that run, and starts that are withdrawn. */
static void H6_many_starts_are_withdrawn_in_parts(void **state) {
  (void)state;
  open_paper(SUP_ONE_FOR_ONE, SUP_UNLIMITED, SUP_PERMANENT);
  launch();
  fail_all();
  paper.now += SUP_SECONDS(1);
  sup__dispatcher_enter(&paper.d); /* all their starts are in the queue */
  assert_int_equal(count().running, MANY);
  sup__engine_stop(paper.d.engine, SUP_INFINITE);
  sup__dispatcher_leave(&paper.d);
  settle();
  assert_int_equal(count().restarts, 0);
  close_paper();
}

/* A round over many that ended for good, and has one to start. */
static void G3_a_round_over_many_ended_ones_is_in_parts(void **state) {
  (void)state;
  open_paper(SUP_ONE_FOR_ALL, SUP_UNLIMITED, SUP_TRANSIENT);
  launch();
  for (int i = 0; i < MANY - 1; i++)
    report_exit(paper.children[i], SUP_OUTCOME_COMPLETED);
  settle();
  paper.longest = 0;
  report_exit(paper.children[MANY - 1], SUP_OUTCOME_FAILED);
  settle();
  paper.now += SUP_SECONDS(1);
  paper.holds = 0;
  settle();
  assert_int_equal(count().running, 1);
  assert_in_range(paper.holds, MANY / BOUND, MANY);
  close_paper();
}

/* One-for-all: every one of them is stopped and started again. */
static void G1_a_round_of_many_is_in_parts(void **state) {
  (void)state;
  open_paper(SUP_ONE_FOR_ALL, SUP_UNLIMITED, SUP_PERMANENT);
  launch();
  paper.longest = 0;
  report_exit(paper.children[MANY / 2], SUP_OUTCOME_FAILED);
  settle();
  paper.now += SUP_SECONDS(1);
  settle();
  assert_int_equal(count().restarts, MANY);
  close_paper();
}

/* ---- The heap of deadlines ---------------------------------------------- */

/* Deadlines come out in their order, equal ones as they were armed, whatever
 * is armed and disarmed in between. */
static void C9_deadlines_come_out_in_order(void **state) {
  uint64_t seed = 7, previous = 0, armed = 0;
  struct sup_engine *e;
  int64_t held = 0;

  (void)state;
  open_paper(SUP_ONE_FOR_ONE, SUP_UNLIMITED, SUP_PERMANENT);
  e = paper.d.engine;
  for (int i = 0; i < 40 * MANY; i++) {
    struct sup_node *n;

    seed = seed * 6364136223846793005u + 1442695040888963407u;
    n = sup__node(e, (uint32_t)((seed >> 33) % (MANY + 1)));
    held -= n->deadline != SUP_INFINITE;
    if ((seed >> 60) < 12)
      sup__arm(e, n, 1 + ((seed >> 20) % 1000));
    else
      sup__disarm(e, n);
    held += n->deadline != SUP_INFINITE;
    assert_int_equal(e->heap_count, held);
  }
  while (held-- > 0) {
    struct sup_node *n = sup__earliest(e);

    assert_non_null(n);
    assert_true(n->deadline > previous ||
                (n->deadline == previous && n->armed > armed));
    previous = n->deadline;
    armed = n->armed;
    sup__disarm(e, n);
  }
  assert_null(sup__earliest(e));
  launch();
  close_paper();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      counted_test(C9_many_deadlines_are_expired_in_parts),
      counted_test(H6_a_stop_over_many_waiting_ones_is_in_parts),
      counted_test(H6_many_starts_are_withdrawn_in_parts),
      counted_test(G3_a_round_over_many_ended_ones_is_in_parts),
      counted_test(G1_a_round_of_many_is_in_parts),
      counted_test(C9_deadlines_come_out_in_order),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
