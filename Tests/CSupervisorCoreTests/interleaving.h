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
 * Four threads that meet in the dispatcher and share one turn: at every lock,
 * unlock and action somebody chooses who goes on. Two of them follow a script,
 * one is the loop's and comes when it is woken, one is the helper. However they
 * meet
 *
 *   - nothing is left behind: no lost wake-up, no lost call for help,
 *   - one thread at a time drains, and none of them under the lock,
 *   - the actions of a child come in their order, each once,
 *   - what is the loop's is the loop's, and what is foreign never is.
 */

#ifndef INTERLEAVING_H
#define INTERLEAVING_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <supervisor/supervisor.h>

#include "engine/engine.h"
#include "supervisor/dispatcher.h"

enum { FIRST, SECOND, LOOP, HELPER, THREADS };
#define CHILDREN 4
#define DEEDS 6

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__,          \
              #condition, run.name);                                           \
      abort();                                                                 \
    }                                                                          \
  } while (0)

/* What a thread brings; those about a child for each of them. */
enum deed {
  NOTHING,
  LAUNCH,
  STOP,
  FORCE,
  VISIT,
  FAIL,
  COMPLETE = FAIL + CHILDREN,
  DELETE = COMPLETE + CHILDREN,
  RESTART = DELETE + CHILDREN,
  DEED_COUNT = RESTART + CHILDREN
};

struct scenario {
  const char *kinds; /* of children: "a" any thread, "l" loop, "f" foreign */
  bool launched;     /* beforehand */
  char added;        /* a kind: child 2, which is in no spec */
  int deeds[2][DEEDS];
  sup_strategy strategy;
};

struct child {
  struct sup_ref ref;
  bool began; /* and END has not been performed */
  bool exited;
};

static struct {
  char name[160];
  struct sup_dispatcher d;
  sup_spec *top;
  const struct scenario *scenario;
  unsigned (*choose)(void); /* who goes on, if he can */
  sem_t turn[THREADS];
  sem_t over_sem;
  bool done[THREADS], wants[THREADS], waits[THREADS];
  unsigned current;
  uint32_t steps;
  bool alone; /* the test's own thread, before and after */
  bool held, woken, helped, over;
  unsigned draining;
  int released, made;
  struct child children[CHILDREN];
} run;

/* ---- The turn ----------------------------------------------------------- */

static bool can_go_on(unsigned i) {
  if (run.done[i] || (run.wants[i] && run.held))
    return false;
  if (!run.waits[i])
    return true;
  return run.over || (i == LOOP ? run.woken : run.helped);
}

static unsigned any_that_can(void) {
  for (unsigned i = 0; i < THREADS; i++)
    if (can_go_on(i))
      return i;
  return THREADS;
}

static unsigned chosen(void) {
  unsigned wanted = run.choose();

  if (can_go_on(wanted))
    return wanted;
  return can_go_on(run.current) ? run.current : any_that_can();
}

/* Who is next; the last one tells the loop and the helper that it is over. */
static unsigned next_turn(void) {
  unsigned next = chosen();

  if (next == THREADS && !run.over) {
    CHECK(run.done[FIRST] && run.done[SECOND]); /* else they wait for ever */
    run.over = true;
    next = any_that_can();
  }
  return next;
}

static void step(void) {
  unsigned self = run.current;
  unsigned next;

  if (run.alone)
    return;
  run.steps++;
  CHECK(run.steps < 100000);
  next = next_turn();
  CHECK(next < THREADS);
  if (next == self)
    return;
  run.current = next;
  sem_post(&run.turn[next]);
  while (sem_wait(&run.turn[self]) != 0)
    continue;
}

static void finish(void) {
  unsigned next;

  run.done[run.current] = true;
  next = next_turn();
  if (next == THREADS) {
    sem_post(&run.over_sem);
    return;
  }
  run.current = next;
  sem_post(&run.turn[next]);
}

/* ---- The host ----------------------------------------------------------- */

static void host_lock(struct sup_dispatcher *d) {
  (void)d;
  run.wants[run.current] = true;
  step();
  run.wants[run.current] = false;
  CHECK(!run.held);
  run.held = true;
}

static void host_unlock(struct sup_dispatcher *d) {
  (void)d;
  CHECK(run.held);
  run.held = false;
  step();
}

static uint64_t host_now(struct sup_dispatcher *d, uint64_t *wall) {
  (void)d;
  *wall = 1;
  return 1;
}

static bool host_on_loop(struct sup_dispatcher *d) {
  (void)d;
  return run.current == LOOP;
}

static void host_wake(struct sup_dispatcher *d) {
  (void)d;
  CHECK(run.held);
  run.woken = true;
}

static void host_help(struct sup_dispatcher *d) {
  (void)d;
  CHECK(run.held);
  run.helped = true;
}

static void host_arm(struct sup_dispatcher *d, uint64_t at) {
  (void)d;
  (void)at;
  CHECK(run.held);
}

static unsigned index_of(const struct sup_action *action) {
  unsigned index = (unsigned)(action->spec->name[0] - '0');

  CHECK(index < CHILDREN); /* else it was given back */
  return index;
}

static char kind_of(const struct sup_action *action) {
  return index_of(action) == 2 ? run.scenario->added
                               : run.scenario->kinds[index_of(action)];
}

static bool host_any_thread(struct sup_dispatcher *d,
                            const struct sup_action *action) {
  (void)d;
  return action->kind == SUP_ACTION_NOTIFY || kind_of(action) != 'l';
}

static bool is_foreign(const struct sup_action *action) {
  return action->kind == SUP_ACTION_STOP && kind_of(action) == 'f';
}

static void exited(struct child *c, sup_outcome outcome, sup_error *error) {
  c->exited = true;
  sup__dispatcher_enter(&run.d);
  sup__engine_exited(run.d.engine, c->ref, outcome,
                     error == NULL ? 0 : sup__token_error(error));
  sup__dispatcher_leave(&run.d);
}

static void perform_for(struct child *c, const struct sup_action *action) {
  bool same = c->ref.incarnation == action->ref.incarnation;

  switch (action->kind) {
  case SUP_ACTION_START:
    CHECK(!c->began && action->ref.incarnation > c->ref.incarnation);
    c->ref = action->ref;
    c->began = true;
    c->exited = false;
    break;
  case SUP_ACTION_STOP:
    CHECK(c->began && same);
    if (!c->exited)
      exited(c, SUP_OUTCOME_CANCELED, NULL);
    break;
  default:
    CHECK(c->began && same && c->exited);
    c->began = false;
  }
}

static void host_perform(struct sup_dispatcher *d,
                         const struct sup_action *action,
                         struct sup_performed *performed) {
  bool foreign = action->kind != SUP_ACTION_NOTIFY && is_foreign(action);

  (void)d;
  (void)performed;
  if (!run.alone)
    CHECK(!foreign || run.current != LOOP);
  CHECK(foreign || run.draining++ == 0);
  step();
  if (action->kind != SUP_ACTION_NOTIFY) {
    CHECK(kind_of(action) != 'l' || run.current == LOOP);
    perform_for(&run.children[index_of(action)], action);
  }
  step();
  CHECK(foreign || --run.draining == 0);
}

static void host_nothing(struct sup_dispatcher *d) {
  (void)d;
  CHECK(run.held);
}

static const struct sup_dispatcher_host host = {
    host_lock, host_unlock,     host_now,     host_on_loop,
    host_wake, host_help,       host_help, /* a guard rings at once */
    host_arm,  host_any_thread, host_perform, host_nothing};

/* ---- The threads -------------------------------------------------------- */

static void release_user(void *user) {
  (void)user;
  CHECK(run.current != LOOP);
  run.released++;
}

/* The child's last incarnation fails, if there is one that has not. */
static void fail_child(struct child *c, sup_outcome outcome) {
  sup_error *error = NULL;

  if (!c->began || c->exited)
    return;
  if (outcome == SUP_OUTCOME_FAILED) {
    error = sup_error_create(SUP_EFAILED, "x", &run, release_user);
    run.made++;
  }
  exited(c, outcome, error);
}

static void do_deed(int deed) {
  struct sup_engine *e = run.d.engine;

  if (deed == NOTHING)
    return;
  if (deed >= FAIL && deed < COMPLETE) {
    fail_child(&run.children[deed - FAIL], SUP_OUTCOME_FAILED);
    return;
  }
  if (deed >= COMPLETE && deed < DELETE) {
    fail_child(&run.children[deed - COMPLETE], SUP_OUTCOME_COMPLETED);
    return;
  }
  sup__dispatcher_enter(&run.d);
  if (deed == LAUNCH)
    sup__engine_launch(e);
  else if (deed == STOP)
    sup__engine_stop(e, SUP_INFINITE);
  else if (deed == FORCE)
    sup__engine_force(e);
  else if (deed >= RESTART)
    sup__engine_restart(e, run.children[deed - RESTART].ref, NULL);
  else if (deed >= DELETE)
    sup__engine_delete(e, run.children[deed - DELETE].ref, NULL);
  if (deed == STOP || deed == FORCE)
    sup__dispatcher_leave_promptly(&run.d);
  else
    sup__dispatcher_leave(&run.d);
}

static void wait_for_turn(unsigned self) {
  while (sem_wait(&run.turn[self]) != 0)
    continue;
}

static void *follow_script(void *ctx) {
  unsigned self = (unsigned)(uintptr_t)ctx;

  wait_for_turn(self);
  for (unsigned i = 0; i < DEEDS; i++)
    do_deed(run.scenario->deeds[self][i]);
  finish();
  return NULL;
}

/* The loop's thread, and the helper. */
static void *come_when_called(void *ctx) {
  unsigned self = (unsigned)(uintptr_t)ctx;
  bool *called = self == LOOP ? &run.woken : &run.helped;

  wait_for_turn(self);
  for (;;) {
    run.waits[self] = true;
    step();
    run.waits[self] = false;
    if (!*called)
      break;
    *called = false;
    do_deed(VISIT);
  }
  finish();
  return NULL;
}

/* ---- Runs --------------------------------------------------------------- */

static int never(void *ctx, sup_child child, void **state) {
  (void)ctx, (void)child, (void)state;
  return SUP_EFAILED;
}

static const sup_callbacks tables[] = {
    {sizeof(sup_callbacks), SUP_CALLBACKS_ANY_THREAD, never, NULL, NULL, NULL},
    {sizeof(sup_callbacks), 0, never, NULL, NULL, NULL},
    {sizeof(sup_callbacks),
     SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK, never, NULL, NULL,
     NULL}};

static void open_run(const struct scenario *scenario,
                     const sup_allocator *allocator) {
  struct sup_engine_options options = {allocator, 1, 1, 1};
  static const sup_backoff none = SUP_BACKOFF_NONE;

  memset(&run, 0, sizeof(run));
  run.alone = true;
  run.scenario = scenario;
  run.top = sup_supervisor_spec("top", scenario->strategy);
  sup_spec_set_tolerance(run.top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(run.top, &none);
  for (unsigned i = 0; scenario->kinds[i] != '\0'; i++) {
    char name[2] = {(char)('0' + i), '\0'};
    char kind = scenario->kinds[i];

    sup_spec_add(run.top, sup_callback_spec(name,
                                            &tables[kind == 'a'   ? 0
                                                    : kind == 'l' ? 1
                                                                  : 2],
                                            NULL));
  }
  CHECK(sup_spec_check(run.top, NULL) == 0);
  sup__spec_freeze(run.top);
  CHECK(sup__engine_create(&run.d.engine, run.top, &options) == 0);
  run.d.host = &host;
}

/* A child that only the tree knows. */
static void add_child(char kind) {
  sup_spec *spec = sup_callback_spec("2",
                                     &tables[kind == 'a'   ? 0
                                             : kind == 'l' ? 1
                                                           : 2],
                                     NULL);
  sup_node_info info = {.size = sizeof(info)};
  struct sup_ref root, child;
  sup_token error;
  sup_spec *top;
  void *state;

  sup__engine_node_info(run.d.engine,
                        sup__engine_next_node(run.d.engine, UINT32_MAX), &info,
                        &error, &top, &state);
  root = (struct sup_ref){(uint32_t)info.child.node, info.child.generation, 0};
  sup__spec_freeze(spec);
  sup__dispatcher_enter(&run.d);
  CHECK(sup__engine_add(run.d.engine, root, spec, NULL, &child) == 0);
  sup__dispatcher_leave(&run.d);
  sup_spec_unref(spec);
}

static bool has_rest(void) {
  return sup__engine_has_work(run.d.engine) || run.d.garbage != NULL ||
         sup__engine_has_garbage(run.d.engine);
}

/* On this thread alone, in the role of the loop and of the helper. */
static void settle_alone(void) {
  for (int i = 0; i < 1000 && (has_rest() || run.woken || run.helped); i++) {
    run.current = i % 2 ? LOOP : HELPER;
    run.woken = run.helped = false;
    do_deed(VISIT);
  }
  CHECK(!has_rest());
}

static void close_run(void) {
  run.alone = true;
  run.current = FIRST;
  do_deed(STOP);
  settle_alone();
  CHECK(sup__engine_is_quiet(run.d.engine));
  for (unsigned i = 0; i < CHILDREN; i++)
    CHECK(!run.children[i].began);
  run.current = HELPER;
  sup__engine_destroy(run.d.engine);
  CHECK(run.released == run.made);
  sup_spec_unref(run.top);
}

static void run_threads(void) {
  pthread_t threads[THREADS];

  run.alone = false;
  run.current = FIRST;
  sem_init(&run.over_sem, 0, 0);
  for (unsigned i = 0; i < THREADS; i++)
    sem_init(&run.turn[i], 0, 0);
  run.waits[LOOP] = run.waits[HELPER] = true;
  for (uintptr_t i = 0; i < THREADS; i++)
    CHECK(pthread_create(&threads[i], NULL,
                         i < LOOP ? follow_script : come_when_called,
                         (void *)i) == 0);
  sem_post(&run.turn[FIRST]);
  while (sem_wait(&run.over_sem) != 0)
    continue;
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
}

/* The scenario with this way to choose; how many steps it took. */
static uint32_t play_scenario(const struct scenario *scenario,
                              const sup_allocator *allocator,
                              unsigned (*choose)(void), const char *name) {
  uint32_t steps;

  open_run(scenario, allocator);
  run.choose = choose;
  snprintf(run.name, sizeof(run.name), "%s", name);
  if (scenario->launched) {
    do_deed(LAUNCH);
    settle_alone();
    if (scenario->added != 0)
      add_child(scenario->added);
    settle_alone();
  }
  run_threads();
  /* Everybody has gone, so nobody will come by for what is left. */
  CHECK(!run.held && run.draining == 0 && run.d.state == SUP_DRAIN_IDLE);
  CHECK(!has_rest());
  steps = run.steps;
  close_run();
  return steps;
}

#endif
