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

/* The dispatcher with a host made of paper: no loop and no thread. Whoever the
 * caller is to be, and what others do meanwhile, is up to the test. */

#include "counting_allocator.h"

#include <stdio.h>

#include <supervisor/supervisor.h>

#include "engine/engine.h"
#include "supervisor/dispatcher.h"

static struct {
  struct sup_dispatcher d;
  sup_spec *top;
  bool on_loop;
  int held; /* the lock, which is not recursive */
  int wakes, helps, guards, drains;
  int starts, stops, ends;
  uint64_t now;
  uint64_t armed;
  sup_child last; /* the incarnation that was started last */
  void (*within)(const struct sup_action *action); /* while one is performed */
} paper;

static void paper_lock(struct sup_dispatcher *d) {
  assert_ptr_equal(d, &paper.d);
  assert_int_equal(paper.held++, 0);
}

static void paper_unlock(struct sup_dispatcher *d) {
  (void)d;
  assert_int_equal(--paper.held, 0);
}

static uint64_t paper_now(struct sup_dispatcher *d, uint64_t *wall) {
  (void)d;
  assert_int_equal(paper.held, 1);
  *wall = paper.now;
  return paper.now;
}

static bool paper_on_loop(struct sup_dispatcher *d) {
  (void)d;
  return paper.on_loop;
}

static void paper_wake(struct sup_dispatcher *d) {
  (void)d;
  assert_int_equal(paper.held, 1);
  paper.wakes++;
}

static void paper_help(struct sup_dispatcher *d) {
  (void)d;
  assert_int_equal(paper.held, 1);
  paper.helps++;
}

static void paper_guard(struct sup_dispatcher *d) {
  (void)d;
  assert_int_equal(paper.held, 1);
  paper.guards++;
}

static void paper_arm(struct sup_dispatcher *d, uint64_t at) {
  (void)d;
  assert_int_equal(paper.held, 1);
  paper.armed = at;
}

static bool paper_any_thread(struct sup_dispatcher *d,
                             const struct sup_action *action) {
  (void)d;
  assert_int_equal(paper.held, 1);
  return action->kind == SUP_ACTION_NOTIFY ||
         (action->spec->u.callback.table->flags & SUP_CALLBACKS_ANY_THREAD);
}

static void paper_perform(struct sup_dispatcher *d,
                          const struct sup_action *action,
                          struct sup_performed *performed) {
  (void)d;
  (void)performed;
  assert_int_equal(paper.held, 0);
  if (action->kind == SUP_ACTION_START) {
    paper.starts++;
    paper.last.node = action->ref.node;
    paper.last.generation = action->ref.generation;
    paper.last.incarnation = action->ref.incarnation;
  }
  paper.stops += action->kind == SUP_ACTION_STOP;
  paper.ends += action->kind == SUP_ACTION_END;
  if (paper.within != NULL)
    paper.within(action);
}

static void paper_drained(struct sup_dispatcher *d) {
  (void)d;
  assert_int_equal(paper.held, 1);
  paper.drains++;
}

static const struct sup_dispatcher_host paper_host = {
    paper_lock,       paper_unlock,  paper_now,    paper_on_loop,
    paper_wake,       paper_help,    paper_guard,  paper_arm,
    paper_any_thread, paper_perform, paper_drained};

/* ---- Trees -------------------------------------------------------------- */

static int never_start(void *ctx, sup_child child, void **state) {
  (void)ctx;
  (void)child;
  (void)state;
  abort();
}

static const sup_callbacks on_any = {sizeof(sup_callbacks),
                                     SUP_CALLBACKS_ANY_THREAD,
                                     never_start,
                                     NULL,
                                     NULL,
                                     NULL};
static const sup_callbacks on_loop_only = {
    sizeof(sup_callbacks), 0, never_start, NULL, NULL, NULL};
static const sup_callbacks foreign = {sizeof(sup_callbacks),
                                      SUP_CALLBACKS_ANY_THREAD |
                                          SUP_CALLBACKS_STOP_MAY_BLOCK,
                                      never_start,
                                      NULL,
                                      NULL,
                                      NULL};

/* Children in this order, each "a" (any thread), "l" (loop) or "f". */
static void open_paper(const char *kinds) {
  struct sup_engine_options options = {.seed = 1, .now = 1, .wall = 1};
  static const sup_backoff none = SUP_BACKOFF_NONE;
  static sup_allocator allocator;
  char name[16];

  memset(&paper, 0, sizeof(paper));
  paper.now = 1;
  paper.top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec_set_tolerance(paper.top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(paper.top, &none);
  for (int i = 0; kinds[i] != '\0'; i++) {
    snprintf(name, sizeof(name), "%d", i);
    sup_spec_add(paper.top, sup_callback_spec(name,
                                              kinds[i] == 'a'   ? &on_any
                                              : kinds[i] == 'l' ? &on_loop_only
                                                                : &foreign,
                                              NULL));
  }
  assert_int_equal(sup_spec_check(paper.top, NULL), 0);
  sup__spec_freeze(paper.top);
  allocator = (sup_allocator){sizeof(allocator), counting_allocate,
                              counting_release, NULL};
  options.allocator = &allocator;
  assert_int_equal(sup__engine_create(&paper.d.engine, paper.top, &options), 0);
  paper.d.host = &paper_host;
}

static void visit(void) {
  sup__dispatcher_enter(&paper.d);
  sup__dispatcher_leave(&paper.d);
  assert_int_equal(paper.held, 0);
}

static void visit_on_loop(void) {
  bool before = paper.on_loop;

  paper.on_loop = true;
  visit();
  paper.on_loop = before;
}

static void launch(void) {
  sup__dispatcher_enter(&paper.d);
  assert_int_equal(sup__engine_launch(paper.d.engine), 0);
  sup__dispatcher_leave(&paper.d);
}

/* By somebody who waits until all is up. */
static void launch_and_wait(void) {
  sup__dispatcher_enter(&paper.d);
  assert_int_equal(sup__engine_launch(paper.d.engine), 0);
  sup__dispatcher_leave_late(&paper.d);
  assert_int_equal(paper.held, 0);
}

static void end_when_stopped(const struct sup_action *action) {
  if (action->kind != SUP_ACTION_STOP)
    return;
  sup__dispatcher_enter(&paper.d);
  sup__engine_exited(paper.d.engine, action->ref, SUP_OUTCOME_CANCELED, 0);
  sup__dispatcher_leave(&paper.d);
}

/* Stop all, and see that nothing is left. */
static void close_paper(void) {
  paper.within = end_when_stopped;
  sup__dispatcher_enter(&paper.d);
  sup__engine_stop(paper.d.engine, SUP_INFINITE);
  sup__dispatcher_leave(&paper.d);
  for (int i = 0; i < 100 && !sup__engine_is_quiet(paper.d.engine); i++) {
    visit_on_loop();
    visit();
  }
  assert_true(sup__engine_is_quiet(paper.d.engine));
  assert_int_equal(paper.ends, paper.starts);
  assert_null(paper.d.garbage);
  sup__engine_destroy(paper.d.engine);
  sup_spec_unref(paper.top);
}

/* ---- The rules ---------------------------------------------------------- */

static void C3_what_is_the_loops_is_left_to_it(void **state) {
  (void)state;
  open_paper("al");
  launch();
  assert_int_equal(paper.starts, 1);
  assert_int_equal(paper.d.state, SUP_DRAIN_HANDED);
  assert_int_equal(paper.wakes, 1);
  /* The next one that is not the loop cannot do it either. */
  visit();
  assert_int_equal(paper.starts, 1);
  assert_int_equal(paper.d.state, SUP_DRAIN_HANDED);
  visit_on_loop();
  assert_int_equal(paper.starts, 2);
  assert_int_equal(paper.d.state, SUP_DRAIN_IDLE);
  close_paper();
}

/* After its share a drainer leaves the rest to the next one. */
static void C3_a_drainer_does_its_share(void **state) {
  char kinds[201];
  int visits = 0;

  (void)state;
  memset(kinds, 'a', 200);
  kinds[200] = '\0';
  open_paper(kinds);
  launch();
  assert_int_equal(paper.starts, SUP_DRAIN_ACTIONS);
  assert_int_equal(paper.d.state, SUP_DRAIN_HANDED);
  assert_int_equal(paper.wakes, 1);
  while (paper.d.state != SUP_DRAIN_IDLE) {
    int before = paper.starts;

    if (visits++ % 2)
      visit();
    else
      visit_on_loop();
    assert_true(paper.starts - before <= SUP_DRAIN_ACTIONS);
  }
  assert_int_equal(paper.starts, 200);
  assert_int_equal(visits, 3);
  close_paper();
}

/* Whoever waits goes on, and sees to what is between two shares. */
static void C3_who_waits_does_all_that_it_can(void **state) {
  char kinds[201];

  (void)state;
  memset(kinds, 'a', 200);
  kinds[200] = '\0';
  open_paper(kinds);
  launch_and_wait();
  assert_int_equal(paper.starts, 200);
  assert_int_equal(paper.d.state, SUP_DRAIN_IDLE);
  assert_int_equal(paper.wakes, 0);
  assert_true(paper.drains > 200 / SUP_DRAIN_ACTIONS);
  close_paper();
  /* What is the loop's is the loop's, and so is its thread. */
  kinds[150] = 'l';
  open_paper(kinds);
  launch_and_wait();
  assert_int_equal(paper.starts, 150);
  assert_int_equal(paper.d.state, SUP_DRAIN_HANDED);
  assert_int_equal(paper.wakes, 1);
  visit_on_loop();
  close_paper();
  open_paper(kinds);
  paper.on_loop = true;
  launch_and_wait();
  assert_int_equal(paper.starts, SUP_DRAIN_ACTIONS);
  paper.on_loop = false;
  close_paper();
}

static struct sup_ref first_child;

static void terminate_the_first(const struct sup_action *action) {
  if (action->kind == SUP_ACTION_START && paper.starts == 1)
    first_child = action->ref;
  if (action->kind == SUP_ACTION_START && paper.starts == 10) {
    sup__dispatcher_enter(&paper.d);
    assert_int_equal(sup__engine_terminate(paper.d.engine, first_child, NULL),
                     0);
    sup__dispatcher_leave_promptly(&paper.d);
    assert_int_equal(paper.stops, 0);
    assert_int_equal(paper.helps, 1);
  }
  if (action->kind == SUP_ACTION_STOP)
    assert_true(paper.starts <= SUP_DRAIN_ACTIONS);
  end_when_stopped(action);
}

/* Y6: what may be foreign code does not wait until all is done. */
static void Y6_who_waits_lets_foreign_code_in(void **state) {
  char kinds[202];

  (void)state;
  memset(kinds, 'a', 201);
  kinds[0] = 'f';
  kinds[201] = '\0';
  open_paper(kinds);
  paper.within = terminate_the_first;
  launch_and_wait();
  assert_int_equal(paper.stops, 1);
  assert_int_equal(paper.starts, 201);
  close_paper();
}

static void take_time(const struct sup_action *action) {
  (void)action;
  paper.now += SUP_DRAIN_TIME / 2;
}

static void C3_a_share_is_also_a_time(void **state) {
  (void)state;
  open_paper("aaaaaaaaaaaaaaaaaaaaaaaa");
  paper.within = take_time;
  launch();
  assert_int_equal(paper.d.state, SUP_DRAIN_HANDED);
  assert_true(paper.starts < 24);
  assert_int_equal(paper.wakes, 1);
  paper.within = NULL;
  visit_on_loop();
  assert_int_equal(paper.starts, 24);
  close_paper();
}

static void visit_once_on_loop(const struct sup_action *action) {
  int starts = paper.starts;

  (void)action;
  paper.within = NULL;
  visit_on_loop();
  assert_int_equal(paper.starts, starts); /* the role is taken */
}

/* The loop comes because it was woken, while another has taken the role: it
 * finds nothing to do. When that one then meets something of the loop's the
 * loop must be woken anew. */
static void a_wake_up_that_came_in_vain_is_repeated(void **state) {
  char kinds[SUP_DRAIN_ACTIONS + 3];

  (void)state;
  memset(kinds, 'a', sizeof(kinds));
  strcpy(kinds + SUP_DRAIN_ACTIONS + 1, "l");
  open_paper(kinds);
  launch();
  assert_int_equal(paper.d.state, SUP_DRAIN_HANDED);
  assert_int_equal(paper.wakes, 1);
  paper.within = visit_once_on_loop;
  visit();
  assert_int_equal(paper.starts, SUP_DRAIN_ACTIONS + 1);
  assert_int_equal(paper.d.state, SUP_DRAIN_HANDED);
  assert_int_equal(paper.wakes, 2);
  visit_on_loop();
  assert_int_equal(paper.starts, SUP_DRAIN_ACTIONS + 2);
  close_paper();
}

static void complete_meanwhile(const struct sup_action *action) {
  int starts = paper.starts;

  if (action->kind != SUP_ACTION_START || starts > 3)
    return;
  sup__dispatcher_enter(&paper.d);
  assert_int_equal(
      sup__engine_exited(paper.d.engine, action->ref, SUP_OUTCOME_COMPLETED, 0),
      0);
  sup__dispatcher_leave(&paper.d);
  assert_int_equal(paper.starts, starts);
}

/* What others bring while the last action is performed is not left behind. */
static void C3_the_drainer_looks_again(void **state) {
  (void)state;
  open_paper("a");
  paper.within = complete_meanwhile;
  launch();
  assert_int_equal(paper.starts, 4);
  assert_int_equal(paper.ends, 3);
  assert_int_equal(paper.d.state, SUP_DRAIN_IDLE);
  assert_int_equal(paper.wakes, 0);
  close_paper();
}

/* Y6: the loop calls for help where foreign code may run. */
static void Y6_foreign_code_is_not_for_the_loop(void **state) {
  (void)state;
  open_paper("f");
  launch();
  assert_int_equal(paper.starts, 1);
  paper.on_loop = true;
  sup__dispatcher_enter(&paper.d);
  sup__engine_stop(paper.d.engine, SUP_INFINITE);
  sup__dispatcher_leave(&paper.d);
  assert_int_equal(paper.stops, 0);
  assert_int_equal(paper.helps, 1);
  paper.on_loop = false;
  paper.within = end_when_stopped;
  visit();
  assert_int_equal(paper.stops, 1);
  close_paper();
}

static int released;

static void release_user(void *user) {
  (void)user;
  assert_int_equal(paper.held, 0);
  assert_false(paper.on_loop);
  released++;
}

/* Y6 C7: nor is the release of what users put into errors. */
static void C7_errors_of_users_are_not_released_on_the_loop(void **state) {
  struct sup_ref ref;

  (void)state;
  released = 0;
  open_paper("a");
  launch();
  for (int i = 0; i < 2; i++) {
    ref = (struct sup_ref){(uint32_t)paper.last.node, paper.last.generation,
                           paper.last.incarnation};
    paper.on_loop = true;
    sup__dispatcher_enter(&paper.d);
    sup__engine_exited(paper.d.engine, ref, SUP_OUTCOME_FAILED,
                       sup__token_error(sup_error_create(
                           SUP_EFAILED, "own", &released, release_user)));
    sup__dispatcher_leave(&paper.d);
    paper.on_loop = false;
  }
  /* The first is forgotten for the second. */
  assert_int_equal(released, 0);
  assert_true(paper.helps > 0);
  visit();
  assert_int_equal(released, 1);
  close_paper();
  assert_int_equal(released, 2);
}

/* ---- Reporters whose thread may be waited for --------------------------- */

static int asked;
static bool answer;

static bool may_be_held_up(void *ctx) {
  assert_int_equal(paper.held, 0);
  assert_ptr_equal(ctx, &asked);
  asked++;
  return answer;
}

static const sup_reporter reporter = {may_be_held_up, &asked};

static struct sup_ref last_child(void) {
  return (struct sup_ref){(uint32_t)paper.last.node, paper.last.generation,
                          paper.last.incarnation};
}

static void terminate_by_reporter(bool may) {
  asked = 0;
  answer = may;
  sup__dispatcher_enter(&paper.d);
  assert_int_equal(sup__engine_terminate(paper.d.engine, last_child(), NULL),
                   0);
  sup__dispatcher_leave_by(&paper.d, &reporter);
}

/* Y6: foreign code is only for a reporter that says so, if there is any. */
static void Y6_a_reporter_is_asked_before_foreign_code(void **state) {
  (void)state;
  open_paper("a");
  launch();
  paper.within = end_when_stopped;
  terminate_by_reporter(false);
  assert_int_equal(asked, 0);
  assert_int_equal(paper.stops, 1);
  close_paper();

  open_paper("f");
  launch();
  terminate_by_reporter(false);
  assert_int_equal(asked, 1);
  assert_int_equal(paper.stops, 0);
  assert_int_equal(paper.helps, 1);
  close_paper();

  open_paper("f");
  launch();
  paper.within = end_when_stopped;
  terminate_by_reporter(true);
  assert_int_equal(asked, 1);
  assert_int_equal(paper.stops, 1);
  assert_int_equal(paper.helps, 0);
  close_paper();
}

static void fail_by_reporter(void) {
  sup__dispatcher_enter(&paper.d);
  sup__engine_exited(paper.d.engine, last_child(), SUP_OUTCOME_FAILED,
                     sup__token_error(sup_error_create(
                         SUP_EFAILED, "own", &released, release_user)));
  sup__dispatcher_leave_by(&paper.d, &reporter);
}

/* Y6 C7: it leaves errors of users, too, and calls nobody for each of them. */
static void Y6_errors_are_only_released_by_a_reporter_that_may(void **state) {
  (void)state;
  released = 0;
  answer = false;
  open_paper("a");
  launch();
  /* Each is forgotten for the next. */
  for (int i = 0; i < SUP_GARBAGE_KEPT; i++)
    fail_by_reporter();
  assert_int_equal(paper.helps, 0);
  fail_by_reporter();
  assert_int_equal(paper.helps, 1);
  assert_int_equal(released, 0);
  visit();
  assert_int_equal(released, SUP_GARBAGE_KEPT);
  fail_by_reporter();
  assert_int_equal(paper.helps, 1);
  answer = true;
  fail_by_reporter();
  assert_int_equal(released, SUP_GARBAGE_KEPT + 2);
  close_paper();
}

/* Y6: nobody else may come once the tree has ended. */
static void Y6_errors_are_not_left_behind_by_the_end(void **state) {
  (void)state;
  released = 0;
  answer = false;
  open_paper("a");
  launch();
  fail_by_reporter();
  fail_by_reporter();
  assert_int_equal(paper.helps, 0);
  sup__dispatcher_enter(&paper.d);
  sup__engine_stop(paper.d.engine, SUP_INFINITE);
  sup__engine_exited(paper.d.engine, last_child(), SUP_OUTCOME_CANCELED, 0);
  sup__dispatcher_leave_by(&paper.d, &reporter);
  assert_int_equal(paper.helps, 1);
  close_paper();
  assert_int_equal(released, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      counted_test(C3_what_is_the_loops_is_left_to_it),
      counted_test(C3_a_drainer_does_its_share),
      counted_test(C3_who_waits_does_all_that_it_can),
      counted_test(Y6_who_waits_lets_foreign_code_in),
      counted_test(C3_a_share_is_also_a_time),
      counted_test(a_wake_up_that_came_in_vain_is_repeated),
      counted_test(C3_the_drainer_looks_again),
      counted_test(Y6_foreign_code_is_not_for_the_loop),
      counted_test(C7_errors_of_users_are_not_released_on_the_loop),
      counted_test(Y6_a_reporter_is_asked_before_foreign_code),
      counted_test(Y6_errors_are_only_released_by_a_reporter_that_may),
      counted_test(Y6_errors_are_not_left_behind_by_the_end),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
