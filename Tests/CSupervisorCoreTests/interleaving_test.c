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
 * The dispatcher and the ways in which threads may meet in it. Four threads
 * share one turn: at every lock, unlock and action a schedule says who goes on.
 * Two of them follow a script, one is the loop's and comes when it is woken, one
 * is the helper. Every schedule with up to two unforced changes is tried, and
 * many drawn from a seed. In all of them
 *
 *   - nothing is left behind: no lost wake-up, no lost call for help,
 *   - one thread at a time drains, and none of them under the lock,
 *   - the actions of a child come in their order, each once,
 *   - what is the loop's is the loop's, and what is foreign never is.
 */

#include "counting_allocator.h"
#include "gate.h"

#include <semaphore.h>
#include <unistd.h>
#include <stdio.h>

#include <supervisor/supervisor.h>

#include "engine/engine.h"
#include "supervisor/dispatcher.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EVERY 17 /* of the schedules with two changes, to save time */
#define DRAWN 100
#else
#define EVERY 1
#define DRAWN 1000
#endif

enum { FIRST, SECOND, LOOP, HELPER, THREADS };
#define CHILDREN 4
#define NOT_A_STEP UINT32_MAX

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__,          \
              #condition, run.name);                                           \
      abort();                                                                 \
    }                                                                          \
  } while (0)

enum deed {
  NOTHING,
  LAUNCH,
  STOP,
  FORCE,
  FAIL_0,
  FAIL_1,
  COMPLETE_0,
  VISIT,
  DELETE_2
};

struct scenario {
  const char *kinds; /* of children: "a" any thread, "l" loop, "f" foreign */
  bool launched;     /* beforehand */
  char added;        /* a kind: child 2, which is in no spec */
  enum deed deeds[2][4];
};

struct schedule {
  uint32_t step[2]; /* at this step the turn goes to this thread */
  unsigned to[2];
  uint64_t seed; /* not 0: drawn at every step */
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
  const struct schedule *schedule;
  sem_t turn[THREADS];
  sem_t over_sem;
  bool done[THREADS], wants[THREADS], waits[THREADS];
  unsigned current;
  uint32_t steps;
  uint64_t dice;
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
  const struct schedule *s = run.schedule;
  unsigned wanted = run.current;

  for (unsigned i = 0; i < 2; i++)
    if (s->step[i] == run.steps)
      wanted = s->to[i];
  if (s->seed != 0) {
    run.dice = run.dice * 6364136223846793005u + 1442695040888963407u;
    wanted = (unsigned)(run.dice >> 62);
  }
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

static void do_deed(enum deed deed) {
  switch (deed) {
  case FAIL_0:
  case FAIL_1:
    fail_child(&run.children[deed - FAIL_0], SUP_OUTCOME_FAILED);
    return;
  case COMPLETE_0:
    fail_child(&run.children[0], SUP_OUTCOME_COMPLETED);
    return;
  case NOTHING:
    return;
  default:
    break;
  }
  sup__dispatcher_enter(&run.d);
  if (deed == LAUNCH)
    sup__engine_launch(run.d.engine);
  else if (deed == STOP)
    sup__engine_stop(run.d.engine, SUP_INFINITE);
  else if (deed == FORCE)
    sup__engine_force(run.d.engine);
  else if (deed == DELETE_2)
    sup__engine_delete(run.d.engine, run.children[2].ref, NULL);
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
  for (unsigned i = 0; i < 4; i++)
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

static void open_run(const struct scenario *scenario) {
  static sup_allocator allocator = {sizeof(allocator), counting_allocate,
                                    counting_release, NULL};
  struct sup_engine_options options = {&allocator, 1, 1, 1};
  static const sup_backoff none = SUP_BACKOFF_NONE;

  memset(&run, 0, sizeof(run));
  run.alone = true;
  run.scenario = scenario;
  run.top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
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
  assert_int_equal(sup_spec_check(run.top, NULL), 0);
  sup__spec_freeze(run.top);
  assert_int_equal(sup__engine_create(&run.d.engine, run.top, &options), 0);
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
  assert_int_equal(sup__engine_add(run.d.engine, root, spec, NULL, &child), 0);
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
    assert_int_equal(pthread_create(&threads[i], NULL,
                                    i < LOOP ? follow_script : come_when_called,
                                    (void *)i),
                     0);
  sem_post(&run.turn[FIRST]);
  while (sem_wait(&run.over_sem) != 0)
    continue;
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
}

/* Returns how many steps it took. */
static uint32_t try_schedule(const struct scenario *scenario,
                             const struct schedule *schedule) {
  uint32_t steps;

  open_run(scenario);
  run.schedule = schedule;
  run.dice = schedule->seed;
  snprintf(run.name, sizeof(run.name), "%s: %u to %u, %u to %u, seed %llu",
           scenario->kinds, schedule->step[0], schedule->to[0],
           schedule->step[1], schedule->to[1],
           (unsigned long long)schedule->seed);
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

static void try_all(const struct scenario *scenario) {
  struct schedule s = {{NOT_A_STEP, NOT_A_STEP}, {0, 0}, 0};
  uint32_t steps = try_schedule(scenario, &s);
  uint32_t number = 0;

  for (s.step[0] = 1; s.step[0] <= steps; s.step[0]++)
    for (s.to[0] = 0; s.to[0] < THREADS; s.to[0]++) {
      s.step[1] = NOT_A_STEP;
      try_schedule(scenario, &s);
      for (s.step[1] = s.step[0] + 1; s.step[1] <= steps + 8; s.step[1]++)
        for (s.to[1] = 0; s.to[1] < THREADS; s.to[1]++)
          if (number++ % EVERY == 0)
            try_schedule(scenario, &s);
    }
  s.step[0] = s.step[1] = NOT_A_STEP;
  for (s.seed = 1; s.seed <= DRAWN; s.seed++)
    try_schedule(scenario, &s);
}

/* ---- Scenarios ---------------------------------------------------------- */

/* A start that meets what is the loop's, and a stop beside it. */
static void C3_start_and_stop(void **state) {
  static const struct scenario s = {"al", false, 0, {{LAUNCH}, {STOP}}};

  (void)state;
  try_all(&s);
}

/* Two fail at the same time; one of them is the loop's. */
static void C3_two_failures(void **state) {
  static const struct scenario s = {"al", true, 0, {{FAIL_0}, {FAIL_1}}};

  (void)state;
  try_all(&s);
}

/* Each drains what the other brings. */
static void C3_failures_on_any_thread(void **state) {
  static const struct scenario s = {
      "aa", true, 0, {{FAIL_0, COMPLETE_0}, {FAIL_1}}};

  (void)state;
  try_all(&s);
}

/* Y6: the stop of one is foreign code, which the loop leaves to the helper. */
static void Y6_foreign_code_and_a_failure(void **state) {
  static const struct scenario s = {"fa", true, 0, {{STOP}, {FAIL_1}}};

  (void)state;
  try_all(&s);
}

static void Y6_foreign_code_and_force(void **state) {
  static const struct scenario s = {"lf", true, 0, {{STOP}, {FORCE}}};

  (void)state;
  try_all(&s);
}

/* C7: a child goes for good, and with it its spec, which others clear away
 * while its end is performed. */
static void D2_a_deletion_and_a_failure(void **state) {
  static const struct scenario s = {
      "a", true, 'a', {{DELETE_2, VISIT}, {FAIL_0, VISIT}}};

  (void)state;
  try_all(&s);
}

static void D2_a_deletion_on_the_loop(void **state) {
  static const struct scenario s = {"a", true, 'l', {{DELETE_2}, {FAIL_0}}};

  (void)state;
  try_all(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      counted_test(C3_start_and_stop),
      counted_test(C3_two_failures),
      counted_test(C3_failures_on_any_thread),
      counted_test(Y6_foreign_code_and_a_failure),
      counted_test(Y6_foreign_code_and_force),
      counted_test(D2_a_deletion_and_a_failure),
      counted_test(D2_a_deletion_on_the_loop),
  };

  alarm(240);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
