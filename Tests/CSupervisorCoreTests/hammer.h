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
 * What the hammers share: numbers from a seed, children whose behaviour is
 * drawn, and a register of their incarnations, so that anybody can report for
 * any of them and nobody is left at the end.
 *
 * HAMMER_SEED and HAMMER_ROUNDS in the environment choose other runs than the
 * usual ones. A seed decides what each thread does, not how they meet.
 */

#ifndef HAMMER_H
#define HAMMER_H

#include "face_fixture.h"

#include <sched.h>

/* ---- Numbers ------------------------------------------------------------ */

struct dice {
  uint64_t state;
};

static UNUSED uint64_t draw(struct dice *dice) {
  uint64_t x = dice->state += 0x9e3779b97f4a7c15u;

  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

static UNUSED uint64_t below(struct dice *dice, uint64_t limit) {
  return draw(dice) % limit;
}

/* Drawn by callbacks, on whichever thread. */
static atomic_uint_least64_t common_dice;

static UNUSED uint64_t draw_common(void) {
  struct dice dice = {atomic_fetch_add(&common_dice, 0x9e3779b97f4a7c15u)};

  return draw(&dice);
}

static UNUSED uint64_t number_from(const char *name, uint64_t usual) {
  const char *text = getenv(name);

  return text == NULL ? usual : strtoull(text, NULL, 10);
}

/* ---- Answers ------------------------------------------------------------ */

/* Nothing but one of these may be answered. */
static UNUSED int check_answer(const char *call, int code, const int *codes,
                               size_t count) {
  for (size_t i = 0; i < count; i++)
    if (codes[i] == code)
      return code;
  fprintf(stderr, "%s answered %s\n", call, sup_errno_name(code));
  abort();
}

#define ANSWERS(call, ...)                                                     \
  check_answer(#call, call, (const int[]){__VA_ARGS__},                        \
               sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

/* ---- Incarnations ------------------------------------------------------- */

struct incarnation {
  struct incarnation *previous, *next;
  sup_child child;
};

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  struct incarnation *first;
  uint64_t count, begun, ended;
} living = {.mutex = PTHREAD_MUTEX_INITIALIZER,
            .changed = PTHREAD_COND_INITIALIZER};

static UNUSED struct incarnation *enter_living(sup_child child) {
  struct incarnation *own = malloc(sizeof(*own));

  CHECK(own != NULL);
  own->child = child;
  own->previous = NULL;
  pthread_mutex_lock(&living.mutex);
  own->next = living.first;
  if (own->next != NULL)
    own->next->previous = own;
  living.first = own;
  living.count++;
  living.begun++;
  pthread_mutex_unlock(&living.mutex);
  return own;
}

static UNUSED void leave_living(struct incarnation *own) {
  pthread_mutex_lock(&living.mutex);
  if (own->previous == NULL)
    living.first = own->next;
  else
    own->previous->next = own->next;
  if (own->next != NULL)
    own->next->previous = own->previous;
  living.count--;
  living.ended++;
  pthread_cond_broadcast(&living.changed);
  pthread_mutex_unlock(&living.mutex);
  free(own);
}

/* One of those that have not been through `end`, with a reference to its tree,
 * which is there as long as that is so. */
static UNUSED bool any_living(uint64_t which, sup_child *child) {
  struct incarnation *own;

  pthread_mutex_lock(&living.mutex);
  own = living.first;
  for (which %= living.count + 1; own != NULL && which > 0; which--)
    own = own->next;
  if (own != NULL) {
    *child = own->child;
    sup_tree_ref(child->tree);
  }
  pthread_mutex_unlock(&living.mutex);
  return own != NULL;
}

/* End all. Their trees have been asked to stop. */
static UNUSED void end_everyone(void) {
  for (;;) {
    uint64_t ended;
    sup_child child;
    bool more;

    pthread_mutex_lock(&living.mutex);
    ended = living.ended;
    more = living.first != NULL;
    if (more) {
      child = living.first->child;
      sup_tree_ref(child.tree);
    }
    pthread_mutex_unlock(&living.mutex);
    if (!more)
      return;
    ANSWERS(sup_child_canceled(child), 0, SUP_ESTALE, SUP_EGONE, SUP_EALREADY);
    pthread_mutex_lock(&living.mutex);
    while (living.ended == ended)
      pthread_cond_wait(&living.changed, &living.mutex);
    pthread_mutex_unlock(&living.mutex);
    sup_tree_unref(child.tree);
  }
}

/* ---- Children ----------------------------------------------------------- */

static UNUSED sup_error *some_error(void) {
  uint64_t drawn = draw_common();

  return drawn % 4 == 0 ? NULL
                        : sup_error_create(SUP_EFAILED, "drawn", NULL, NULL);
}

static void run_something(sup_child self, uint64_t drawn);

static UNUSED void report_something(sup_child child, uint64_t drawn) {
  char path[64];

#define REPORT(call)                                                           \
  ANSWERS(call, 0, SUP_ESTALE, SUP_EGONE, SUP_EALREADY, SUP_EMISUSE)
  switch (drawn % 18) {
  case 0:
    REPORT(sup_child_completed(child));
    break;
  case 1:
    REPORT(sup_child_failed(child, some_error()));
    break;
  case 2:
    REPORT(sup_child_canceled(child));
    break;
  case 3:
    REPORT(sup_child_failed_as(child, some_error(),
                               (sup_failure_class)(drawn / 16 % 3)));
    break;
  case 4:
    REPORT(sup_child_start_failed(child, some_error()));
    break;
  case 5:
    REPORT(sup_child_declined(child));
    break;
  case 6:
    REPORT(sup_child_done(child));
    break;
  case 7:
    REPORT(sup_child_request_restart(child));
    break;
  case 8:
    REPORT(sup_child_begin(child));
    break;
  case 10:
    REPORT(sup_child_heartbeat(child));
    REPORT(sup_child_probed(child));
    break;
  case 11:
    REPORT(sup_child_healthy(child));
    break;
  case 12:
  case 13:
    run_something(child, drawn / 32);
    break;
  case 9:
    (void)sup_child_is_stopping(child);
    (void)sup_child_path(child, path, sizeof(path));
    break;
  default:
    REPORT(sup_child_started(child));
  }
#undef REPORT
}

static UNUSED int drawn_start(void *ctx, sup_child child, void **state) {
  uint64_t drawn = draw_common();

  (void)ctx;
  if (drawn % 16 == 0)
    return drawn % 32 == 0 ? SUP_EFAILED : SUP_NOT_NEEDED;
  *state = enter_living(child);
  if (drawn % 16 == 1)
    sup_child_failed(child, NULL);
  if (drawn % 16 == 2)
    sup_child_completed(child);
  if (drawn % 16 < 8)
    sup_child_started(child);
  return 0;
}

static UNUSED void drawn_stop(void *state, sup_stop_action action) {
  sup_child child = ((struct incarnation *)state)->child;
  uint64_t drawn = draw_common();

  (void)action;
  if (drawn % 8 < 5)
    sup_child_canceled(child);
  else if (drawn % 8 < 7)
    report_something(child, drawn >> 8);
}

static UNUSED void drawn_end(void *state) {
  leave_living(state);
}

static UNUSED bool nobody_lives(void) {
  uint64_t count;

  pthread_mutex_lock(&living.mutex);
  count = living.count;
  pthread_mutex_unlock(&living.mutex);
  return count == 0;
}

static atomic_long contexts;

static UNUSED void drawn_free(void *ctx) {
  (void)ctx;
  atomic_fetch_sub(&contexts, 1);
}

#define DRAWN_TABLE(flags)                                                     \
  {                                                                            \
    sizeof(sup_callbacks), flags, drawn_start, drawn_stop, drawn_end,          \
        drawn_free                                                             \
  }

static const sup_callbacks drawn_tables[] = {
    DRAWN_TABLE(0),
    DRAWN_TABLE(SUP_CALLBACKS_ANY_THREAD),
    DRAWN_TABLE(SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK),
    DRAWN_TABLE(SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_REPORT_BEGIN),
    DRAWN_TABLE(SUP_CALLBACKS_REPORT_BEGIN),
};

#define DRAWN_TABLES (sizeof(drawn_tables) / sizeof(drawn_tables[0]))

/* Children of an incarnation that may have some, alone or in a group. */
static void run_something(sup_child self, uint64_t drawn) {
  static const char *const names[] = {"x", "y", "x/y", "z"};
  sup_spec *specs[3];
  sup_child made[3];
  sup_report *report = NULL;
  size_t count = 1 + drawn % 3;

  atomic_fetch_add(&contexts, (long)count);
  for (size_t i = 0; i < count; i++)
    specs[i] =
        sup_runnable_spec(names[(drawn / 4 + i) % 4],
                          &drawn_tables[(drawn / 16) % DRAWN_TABLES], &living);
#define RUN(call)                                                              \
  ANSWERS(call, 0, SUP_ESTALE, SUP_EGONE, SUP_EINVAL, SUP_EHEALTHY,            \
          SUP_ESTOPPING, SUP_EEXIST, SUP_ESPEC)
  if (count == 1 && drawn / 128 % 2 == 0) {
    sup_spec_set_restart(specs[0], SUP_TEMPORARY);
    RUN(sup_child_run_once_async(self, specs[0], NULL, NULL, made, &report));
  } else if (count == 1)
    RUN(sup_child_run(self, specs[0], made, &report));
  else
    RUN(sup_child_run_group(self, (sup_group_mode)(drawn / 64 % 2), specs,
                            count, made, &report));
#undef RUN
  sup_report_unref(report);
  while (count > 0)
    sup_spec_unref(specs[--count]);
}

static UNUSED bool has_no_contexts(void) {
  return atomic_load(&contexts) == 0;
}

static UNUSED int drawn_build(void *ctx, sup_child supervisor, void **state) {
  uint64_t drawn = draw_common();

  (void)ctx, (void)state;
  if (drawn % 16 == 0)
    return SUP_EFAILED;
  if (drawn % 16 == 1)
    sup_child_build_failed(supervisor, some_error());
  else
    sup_child_built(supervisor, NULL);
  return 0;
}

static UNUSED void drawn_cleanup(void *state, sup_child supervisor,
                                 uint64_t abandoned) {
  (void)state, (void)abandoned;
  sup_child_cleaned(supervisor, some_error());
}

static const sup_resource drawn_resource = {sizeof(sup_resource),
                                            SUP_CALLBACKS_ANY_THREAD,
                                            drawn_build,
                                            NULL,
                                            drawn_cleanup,
                                            drawn_free,
                                            0,
                                            0};

/* ---- Ends --------------------------------------------------------------- */

/* The last of a tree goes on other threads, some time after its end. */
static UNUSED void close_runtime(sup_runtime *rt) {
  struct timespec nap = {0, 1000000};
  int r;

  while ((r = sup_runtime_close(rt)) == SUP_EBUSY) {
    end_everyone(); /* whose start was being performed until now */
    nanosleep(&nap, NULL);
  }
  CHECK(r == 0 || r == SUP_EGONE);
  sup_runtime_unref(rt);
}

static UNUSED int hammer_setup(void **state) {
  atomic_store(&contexts, 0);
  atomic_store(&common_dice, number_from("HAMMER_SEED", 1));
  world.runtime = NULL;
  return audit_setup(state);
}

static UNUSED int hammer_teardown(void **state) {
  assert_true(comes_true(has_no_contexts));
  assert_true(comes_true(nobody_lives));
  assert_int_equal(living.begun, living.ended);
  return audit_teardown(state);
}

#define hammer_test(function)                                                  \
  cmocka_unit_test_setup_teardown(function, hammer_setup, hammer_teardown)

#endif
