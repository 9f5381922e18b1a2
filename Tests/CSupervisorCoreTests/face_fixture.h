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
 * What the tests of the public face share: a runtime for each test, children
 * made of callbacks that count and check how they are called, and an audit:
 * no test leaves memory, descriptors or processes behind.
 */

#ifndef FACE_FIXTURE_H
#define FACE_FIXTURE_H

#include "counting_allocator.h"
#include "gate.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include <supervisor/supervisor.h>

#define WATCHDOG SUP_SECONDS(WATCHDOG_SECONDS)

/* cmocka's assertions leave by longjmp, which only the test's own thread may
 * do; callbacks use this one. */
#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);  \
      abort();                                                                 \
    }                                                                          \
  } while (0)

/* For what has no event of its own, like the end of a detached thread. */
static UNUSED bool comes_true(bool (*condition)(void)) {
  struct timespec nap = {0, 1000000};
  time_t limit = time(NULL) + 10;

  while (!condition()) {
    if (time(NULL) > limit)
      return false;
    nanosleep(&nap, NULL);
  }
  return true;
}

/* ---- Audit -------------------------------------------------------------- */

static struct {
  sup_runtime *runtime;
  int descriptors;
} world;

static UNUSED int count_descriptors(void) {
  DIR *directory = opendir("/dev/fd");
  int count = 0;

  CHECK(directory != NULL);
  while (readdir(directory) != NULL)
    count++;
  closedir(directory);
  return count;
}

static UNUSED bool has_no_memory(void) {
  return atomic_load(&counting.live) == 0;
}

static UNUSED bool has_its_descriptors(void) {
  return count_descriptors() == world.descriptors;
}

/* Not even a zombie. */
static UNUSED void assert_no_children(void) {
  siginfo_t info;

  assert_int_equal(
      waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT), -1);
  assert_int_equal(errno, ECHILD);
}

static UNUSED int audit_setup(void **state) {
  uv_loop_t loop;

  alarm(WATCHDOG_SECONDS);
  /* libuv's first loop opens descriptors for all that follow. */
  if (uv_loop_init(&loop) != 0 || uv_loop_close(&loop) != 0)
    return -1;
  world.descriptors = count_descriptors();
  return counting_setup(state);
}

static UNUSED int audit_teardown(void **state) {
  /* The last of it goes on threads that nobody waits for. */
  assert_true(comes_true(has_no_memory));
  assert_true(comes_true(has_its_descriptors));
  assert_no_children();
  alarm(0);
  return counting_teardown(state);
}

static UNUSED int world_setup(void **state) {
  sup_runtime_options options = SUP_RUNTIME_OPTIONS_INIT;

  if (audit_setup(state) != 0)
    return -1;
  options.seed = 1;
  if (*state != NULL)
    options = *(sup_runtime_options *)*state;
  return sup_runtime_create(&world.runtime, &options);
}

static UNUSED int world_teardown(void **state) {
  assert_int_equal(sup_runtime_close(world.runtime), 0);
  sup_runtime_unref(world.runtime);
  world.runtime = NULL;
  return audit_teardown(state);
}

#define audited_test(function)                                                 \
  cmocka_unit_test_setup_teardown(function, audit_setup, audit_teardown)
#define world_test(function)                                                   \
  cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)
#define world_test_with(function, options)                                     \
  { #function ", " #options, function, world_setup, world_teardown, &options }

/* ---- Workers ------------------------------------------------------------ */

/* A child of callbacks. It ends when it is asked to, unless told otherwise. */
struct worker {
  const char *name;
  /* Knobs. */
  int begins; /* what start returns */
  bool deaf;  /* does not end when it is asked to */
  unsigned flags;
  void (*on_start)(struct worker *worker, sup_child child);
  void (*on_stop)(struct worker *worker, sup_stop_action action);
  void (*on_end)(struct worker *worker);
  void *data;
  /* What happened. */
  struct gate started, stopped, ended, freed;
  sup_child child; /* the latest incarnation; valid after `started` */
  uint64_t specs;
};

/* Specs go on other threads, some time after the tree: a test's variables wait
 * for that. */
static UNUSED void await_freed(struct worker *w) {
  gate_await(&w->freed, w->specs);
}

#define worker_of_test struct worker __attribute__((cleanup(await_freed)))

#define WORKER(...)                                                            \
  {                                                                            \
    .started = GATE_INIT, .stopped = GATE_INIT, .ended = GATE_INIT,            \
    .freed = GATE_INIT, __VA_ARGS__                                            \
  }

/* What was called in which order: "a+" is a's start, "a?" stop, "a-" end. */
static struct {
  pthread_mutex_t mutex;
  char text[4096];
} story = {PTHREAD_MUTEX_INITIALIZER, ""};

static UNUSED void tell_story(const char *name, const char *what) {
  pthread_mutex_lock(&story.mutex);
  if (strlen(story.text) + strlen(name) + strlen(what) + 2 <
      sizeof(story.text)) {
    strcat(story.text, name);
    strcat(story.text, what);
    strcat(story.text, " ");
  }
  pthread_mutex_unlock(&story.mutex);
}

static UNUSED void forget_story(void) {
  pthread_mutex_lock(&story.mutex);
  story.text[0] = '\0';
  pthread_mutex_unlock(&story.mutex);
}

/* C3: callbacks of one tree are never concurrent. Tests that run several
 * trees at once do not count on it. */
static atomic_int inside;
static atomic_bool many_trees;

static UNUSED void enter_callback(const struct worker *w) {
  if (!atomic_load(&many_trees))
    CHECK(atomic_fetch_add(&inside, 1) == 0);
  if (!(w->flags & SUP_CALLBACKS_ANY_THREAD) && world.runtime != NULL)
    CHECK(sup_runtime_is_loop_thread(world.runtime));
}

static UNUSED void leave_callback(void) {
  if (!atomic_load(&many_trees))
    CHECK(atomic_fetch_sub(&inside, 1) == 1);
}

static UNUSED int worker_start(void *ctx, sup_child child, void **state) {
  struct worker *w = ctx;
  int begins = w->begins;

  CHECK(*state == ctx);
  enter_callback(w);
  tell_story(w->name, "+");
  w->child = child;
  if (w->on_start != NULL)
    w->on_start(w, child);
  leave_callback();
  gate_open(&w->started);
  return begins;
}

static UNUSED void worker_stop(void *state, sup_stop_action action) {
  struct worker *w = state;
  bool guarded = !(w->flags & SUP_CALLBACKS_STOP_MAY_BLOCK);

  CHECK(action != SUP_STOP_KILL);
  if (guarded)
    enter_callback(w);
  else
    CHECK(!sup_runtime_is_loop_thread(world.runtime));
  tell_story(w->name, "?");
  if (w->on_stop != NULL)
    w->on_stop(w, action);
  if (!w->deaf)
    sup_child_canceled(w->child);
  if (guarded)
    leave_callback();
  gate_open(&w->stopped);
}

static UNUSED void worker_end(void *state) {
  struct worker *w = state;

  enter_callback(w);
  tell_story(w->name, "-");
  if (w->on_end != NULL)
    w->on_end(w);
  leave_callback();
  gate_open(&w->ended);
}

/* Y6: what users put into a spec is never given back on the loop thread. */
static UNUSED void worker_free(void *ctx) {
  struct worker *w = ctx;

  CHECK(world.runtime == NULL || !sup_runtime_is_loop_thread(world.runtime));
  gate_open(&w->freed);
}

#define WORKER_TABLE(flags)                                                    \
  {                                                                            \
    sizeof(sup_callbacks), flags, worker_start, worker_stop, worker_end,       \
        worker_free                                                            \
  }

static UNUSED sup_spec *worker_spec(struct worker *w) {
  static const sup_callbacks tables[] = {
      WORKER_TABLE(0),
      WORKER_TABLE(SUP_CALLBACKS_ANY_THREAD),
      WORKER_TABLE(SUP_CALLBACKS_STOP_MAY_BLOCK),
      WORKER_TABLE(SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK),
      WORKER_TABLE(SUP_CALLBACKS_REPORT_BEGIN),
      WORKER_TABLE(SUP_CALLBACKS_REPORT_BEGIN | SUP_CALLBACKS_ANY_THREAD),
  };
  sup_spec *spec = sup_callback_spec(w->name, &tables[w->flags], w);

  assert_non_null(spec);
  w->specs++;
  return spec;
}

/* A supervisor "top" of these workers (up to a NULL), without backoff and
 * tolerating everything. */
static UNUSED sup_spec *top_of(struct worker *const *workers) {
  static const sup_backoff none = SUP_BACKOFF_NONE;
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);

  assert_non_null(top);
  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(top, &none);
  for (; *workers != NULL; workers++)
    assert_int_equal(sup_spec_add(top, worker_spec(*workers)), 0);
  return top;
}

#define TOP(...) top_of((struct worker *const[]){__VA_ARGS__, NULL})

/* ---- Trees -------------------------------------------------------------- */

/* The spec is given away. */
static UNUSED sup_tree *start_tree(sup_spec *spec) {
  sup_report *report = NULL;
  sup_tree *tree = NULL;
  int code = sup_tree_start(world.runtime, spec, &tree, &report);

  if (code != 0 && report != NULL) {
    char text[1000];

    sup_report_explain(report, text, sizeof(text));
    fprintf(stderr, "%s\n", text);
  }
  assert_int_equal(code, 0);
  assert_null(report);
  sup_spec_unref(spec);
  return tree;
}

static UNUSED sup_tree *create_tree(sup_spec *spec) {
  sup_tree *tree = NULL;

  assert_int_equal(sup_tree_create(world.runtime, spec, &tree, NULL), 0);
  sup_spec_unref(spec);
  return tree;
}

/* Stop, expect success, give back. */
static UNUSED void end_tree(sup_tree *tree) {
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  sup_tree_unref(tree);
}

static UNUSED sup_events *open_events(sup_tree *tree) {
  sup_events *events = NULL;

  assert_int_equal(sup_events_open(tree, NULL, &events), 0);
  return events;
}

/* Read on until an event of this kind about this path comes. */
static UNUSED sup_event await_event(sup_events *events, sup_event_kind kind,
                                    const char *path) {
  sup_event event = {.size = sizeof(event)};

  for (;;) {
    int r = sup_events_wait(events, &event, WATCHDOG);

    if (r != 1)
      fprintf(stderr, "no '%s' of %s: %s\n", sup_event_kind_name(kind), path,
              sup_strerror(r));
    assert_int_equal(r, 1);
    if (event.kind == kind && strcmp(event.path, path) == 0)
      return event;
  }
}

static UNUSED sup_tree_counters count_tree(sup_tree *tree) {
  sup_tree_counters counters = {.size = sizeof(counters)};

  assert_int_equal(sup_tree_count(tree, &counters), 0);
  return counters;
}

/* ---- Completions -------------------------------------------------------- */

struct completion {
  struct gate gate;
  int code;
  bool on_loop;
  sup_report *report; /* counted */
};

static UNUSED void complete(void *ctx, int code, sup_report *report) {
  struct completion *c = ctx;

  c->code = code;
  c->on_loop = sup_runtime_is_loop_thread(world.runtime);
  c->report = report == NULL ? NULL : sup_report_ref(report);
  gate_open(&c->gate);
}

static UNUSED sup_completion completion_of(struct completion *c,
                                           uint32_t flags) {
  sup_completion completion = {complete, c, flags};

  *c = (struct completion){.gate = GATE_INIT};
  return completion;
}

static UNUSED pthread_t start_thread(void *(*function)(void *), void *ctx) {
  pthread_t thread;

  assert_int_equal(pthread_create(&thread, NULL, function, ctx), 0);
  return thread;
}

#define run_all(tests) cmocka_run_group_tests(tests, NULL, NULL)

#endif
