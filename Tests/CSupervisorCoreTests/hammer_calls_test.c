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
 * Every function of the public headers from many threads at once. Each thread
 * draws a call, and what to call it on, from shared slots of runtimes, trees
 * and readers that others replace at the same time: who takes something out of
 * a slot holds a reference of his own, so every answer is a defined one (C6).
 * Bounded by the number of calls.
 */

#include "hammer_specs.h"

#define THREADS 6
#define ROUNDS 1500
#define TREES 6
#define SPECS 5

static struct {
  pthread_mutex_t mutex; /* of the slots; nothing is called with it held */
  sup_tree *trees[TREES];
  sup_runtime *runtimes[2];
  sup_spec *specs[SPECS]; /* frozen, used by several trees at once */
  sup_error *error;       /* shared by all */
} shared = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static atomic_uint_fast64_t missing, completed, received;

struct thread {
  pthread_t thread;
  struct dice dice;
  sup_events *reader; /* is read by one thread at a time */
  sup_signals *watch;
  sup_child stale;
  sup_tree *stale_tree; /* kept for the handle */
};

/* ---- Slots -------------------------------------------------------------- */

static sup_tree *some_tree(struct thread *t) {
  sup_tree *tree;

  pthread_mutex_lock(&shared.mutex);
  tree = sup_tree_ref(shared.trees[below(&t->dice, TREES)]);
  pthread_mutex_unlock(&shared.mutex);
  return tree;
}

static sup_runtime *some_runtime(struct thread *t) {
  sup_runtime *rt;

  pthread_mutex_lock(&shared.mutex);
  rt = sup_runtime_ref(shared.runtimes[below(&t->dice, 2)]);
  pthread_mutex_unlock(&shared.mutex);
  return rt;
}

/* The old one is asked to stop, as it can be asked by nobody any more. */
static void replace_tree(struct thread *t, sup_tree *tree) {
  size_t at = below(&t->dice, TREES);
  sup_tree *old;

  pthread_mutex_lock(&shared.mutex);
  old = shared.trees[at];
  shared.trees[at] = tree;
  pthread_mutex_unlock(&shared.mutex);
  ANSWERS(sup_tree_request_stop(old, SUP_MILLISECONDS(5)), 0, SUP_EGONE);
  sup_tree_unref(old);
}

/* ---- Trees -------------------------------------------------------------- */

static void completed_one(void *ctx, int code, sup_report *report) {
  (void)ctx;
  CHECK(code <= 0);
  if (report != NULL)
    CHECK(sup_report_count(report) > 0);
  atomic_fetch_add(&completed, 1);
}

static sup_completion drawn_completion(struct thread *t) {
  sup_completion completion = {
      completed_one, NULL, below(&t->dice, 2) ? SUP_COMPLETION_ANY_THREAD : 0};

  return completion;
}

/* What an end may be, after so much that went wrong. */
#define END_CODES                                                              \
  0, SUP_ETERMINATION, SUP_ETOLERANCE, SUP_ESTART, SUP_EBUILD, SUP_ESTOPPED,   \
      SUP_ESTARTTIMEOUT, SUP_ESTUCK, SUP_ECLEANUP, SUP_EGONE

static void look_at_error(sup_error *error) {
  sup_process_end end = {.size = sizeof(end)};
  sup_unready unready = {.size = sizeof(unready)};
  sup_duration window;
  uint64_t max;
  char text[400];

  if (error == NULL)
    return;
  sup_error_ref(error);
  CHECK(sup_strerror(sup_error_code(error))[0] != '\0');
  CHECK(sup_errno_name(sup_error_code(error))[0] == 'S');
  CHECK(sup_error_text(error) != NULL);
  (void)sup_error_path(error);
  (void)sup_error_system(error);
  (void)sup_error_user(error);
  (void)sup_error_cause(error);
  (void)sup_error_first(error);
  (void)sup_error_output(error);
  for (size_t i = 0; i < sup_error_related_count(error); i++)
    CHECK(sup_error_related(error, i) != NULL);
  ANSWERS(sup_error_tolerance(error, &max, &window), 0, SUP_EINVAL);
  if (ANSWERS(sup_error_unready(error, &unready), 0, SUP_EINVAL) == 0)
    CHECK(unready.missing != NULL);
  if (ANSWERS(sup_error_process(error, &end), 0, SUP_EINVAL) == 0)
    CHECK(sup_spawn_stage_name(end.stage) != NULL);
  CHECK(sup_error_explain(error, text, sizeof(text)) > 0);
  sup_error_unref(error);
}

static void look_at_report(sup_report *report) {
  char text[400];

  if (report == NULL)
    return;
  sup_report_ref(report);
  (void)sup_report_code(report);
  for (size_t i = 0; i < sup_report_count(report); i++)
    look_at_error(sup_report_error(report, i));
  (void)sup_report_explain(report, text, sizeof(text));
  sup_report_unref(report);
  sup_report_unref(report);
}

static void make_tree(struct thread *t) {
  sup_completion completion = drawn_completion(t);
  sup_runtime *rt = some_runtime(t);
  sup_report *report = NULL;
  sup_tree *tree = NULL;
  bool own = below(&t->dice, 8) == 0;
  sup_spec *spec = own ? good_spec(&t->dice, 0)
                       : sup_spec_ref(shared.specs[below(&t->dice, SPECS)]);

  if (below(&t->dice, 4) == 0) {
    ANSWERS(sup_tree_start(rt, spec, &tree, &report), END_CODES);
  } else if (ANSWERS(sup_tree_create(rt, spec, &tree, &report), 0, SUP_EGONE) ==
                 0 &&
             below(&t->dice, 8) != 0) {
    atomic_fetch_add(&missing, 1);
    if (ANSWERS(sup_tree_launch(tree, &completion), 0, SUP_EGONE) != 0)
      atomic_fetch_sub(&missing, 1);
  }
  look_at_report(report);
  sup_spec_unref(spec);
  sup_runtime_unref(rt);
  if (tree != NULL)
    replace_tree(t, tree);
}

static void launch_again(struct thread *t) {
  sup_tree *tree = some_tree(t);

  ANSWERS(sup_tree_launch(tree, NULL), 0, SUP_EALREADY, SUP_EGONE);
  sup_tree_unref(tree);
}

static void stop_tree(struct thread *t) {
  sup_duration budget =
      below(&t->dice, 2) ? SUP_INFINITE : below(&t->dice, 4) * SHORT;
  sup_tree *tree = some_tree(t);
  sup_report *report = NULL;

  switch (below(&t->dice, 4)) {
  case 0:
    ANSWERS(sup_tree_force_stop(tree), 0, SUP_EGONE);
    break;
  case 1:
    ANSWERS(sup_tree_stop(tree, budget, &report), END_CODES);
    CHECK(sup_tree_get_state(tree) == SUP_TREE_ENDED ||
          sup_tree_get_state(tree) == SUP_TREE_CREATED);
    break;
  case 2:
    if (ANSWERS(sup_tree_request_stop(tree, budget), 0, SUP_EGONE) == 0)
      ANSWERS(sup_tree_wait(tree, &report), END_CODES);
    break;
  default:
    ANSWERS(sup_tree_request_stop(tree, budget), 0, SUP_EGONE);
  }
  look_at_report(report);
  sup_tree_unref(tree);
}

static void wait_and_cancel(struct thread *t) {
  sup_completion completion = drawn_completion(t);
  sup_tree *tree = some_tree(t);
  uint64_t ticket = 0;

  atomic_fetch_add(&missing, 1);
  if (ANSWERS(sup_tree_wait_async(tree, &completion, &ticket), 0, SUP_EGONE) !=
          0 ||
      (below(&t->dice, 3) > 0 &&
       ANSWERS(sup_tree_cancel(tree, ticket), 0, SUP_EGONE) == 0))
    atomic_fetch_sub(&missing, 1);
  sup_tree_unref(tree);
}

static void look_at_tree(struct thread *t) {
  sup_tree_counters counters = {.size = sizeof(counters)};
  sup_lag lag = {.size = sizeof(lag)};
  sup_tree *tree = some_tree(t);

  ANSWERS(sup_tree_count(tree, &counters), 0);
  CHECK(counters.abandoned <= counters.running);
  CHECK(sup_tree_get_state(tree) <= SUP_TREE_ENDED);
  CHECK(sup_tree_exit_status(tree) >= 0);
  ANSWERS(sup_runtime_lag(sup_tree_runtime(tree), &lag), 0, SUP_EGONE);
  (void)sup_runtime_now(sup_tree_runtime(tree));
  sup_tree_unref(tree);
}

static void take_snapshot(struct thread *t) {
  sup_tree *tree = some_tree(t);
  sup_snapshot *snapshot;
  uint64_t first, last;
  char text[2000];

  ANSWERS(sup_tree_snapshot(tree, &snapshot), 0);
  sup_snapshot_events(snapshot, &first, &last);
  CHECK(first <= last && sup_snapshot_time(snapshot) > 0);
  CHECK(sup_snapshot_count(snapshot) > 0);
  for (size_t i = 0; i < sup_snapshot_count(snapshot); i++) {
    const sup_node_info *info = sup_snapshot_node(snapshot, i);

    CHECK(sup_state_name(info->state) != NULL);
    look_at_error(info->error);
  }
  CHECK(sup_snapshot_text(snapshot, text, sizeof(text)) > 0);
  sup_snapshot_free(snapshot);
  sup_tree_unref(tree);
}

/* Who is not ready, and what a stop waits for. */
static void ask_who(struct thread *t) {
  sup_tree *tree = some_tree(t);
  sup_snapshot *unready, *waits;
  char text[2000];

  (void)sup_tree_is_ready(tree);
  ANSWERS(sup_tree_unready(tree, &unready), 0);
  ANSWERS(sup_tree_stop_waits(tree, &waits), 0);
  (void)sup_snapshot_text(unready, text, sizeof(text));
  (void)sup_snapshot_text(waits, text, sizeof(text));
  sup_snapshot_free(unready);
  sup_snapshot_free(waits);
  sup_tree_unref(tree);
}

/* ---- Children ----------------------------------------------------------- */

static void report_as_child(struct thread *t) {
  sup_child child;

  if (!any_living(draw(&t->dice), &child))
    return;
  report_something(child, draw(&t->dice));
  sup_tree_unref(child.tree);
}

/* Handles of a snapshot, and one of some time ago. */
static void report_as_stranger(struct thread *t) {
  sup_tree *tree = some_tree(t);
  sup_snapshot *snapshot;
  sup_child child;
  uint64_t which;

  ANSWERS(sup_tree_snapshot(tree, &snapshot), 0);
  which = below(&t->dice, sup_snapshot_count(snapshot));
  child = sup_snapshot_node(snapshot, which)->child;
  if (t->stale_tree != NULL)
    report_something(t->stale, draw(&t->dice));
  /* A supervisor's own handle is for reports of its resource. */
  if (sup_snapshot_node(snapshot, which)->kind == SUP_KIND_CALLBACK)
    report_something(child, draw(&t->dice));
  ANSWERS(sup_child_signal(child, 0, false), 0, SUP_EINVAL, SUP_ENOTRUNNING,
          SUP_ESTALE, SUP_EGONE);
  ANSWERS(sup_child_resume_output(child), 0, SUP_ENOTRUNNING, SUP_ESTALE,
          SUP_EGONE);
  if (sup_snapshot_node(snapshot, which)->kind == SUP_KIND_CALLBACK &&
      t->stale_tree == NULL) {
    t->stale = child;
    t->stale_tree = sup_tree_ref(tree);
  }
  sup_snapshot_free(snapshot);
  sup_tree_unref(tree);
}

static void forget_stale(struct thread *t) {
  sup_tree_unref(t->stale_tree);
  t->stale_tree = NULL;
}

/* Nobody builds or cleans at this moment, or somebody does, who has reported
 * in the call already. */
static void report_as_resource(struct thread *t) {
  sup_tree *tree = some_tree(t);
  sup_snapshot *snapshot;
  sup_child top;

  ANSWERS(sup_tree_snapshot(tree, &snapshot), 0);
  top = sup_snapshot_node(snapshot, 0)->child;
  sup_snapshot_free(snapshot);
  top.incarnation += 1000;
  ANSWERS(sup_child_built(top, NULL), SUP_ESTALE, SUP_EGONE, SUP_EALREADY);
  ANSWERS(sup_child_build_failed(top, some_error()), SUP_ESTALE, SUP_EGONE,
          SUP_EALREADY);
  ANSWERS(sup_child_cleaned(top, some_error()), SUP_ESTALE, SUP_EGONE,
          SUP_EALREADY);
  sup_tree_unref(tree);
}

/* ---- Changing trees ----------------------------------------------------- */

/* What a request may answer at once. */
#define REFUSALS                                                               \
  0, SUP_EGONE, SUP_ESTOPPING, SUP_ENOTRUNNING, SUP_EINVAL, SUP_EALREADY

static const char *drawn_name(struct thread *t) {
  static const char *const names[] = {"0", "1", "2", "3", "a", "b", "process"};

  return names[below(&t->dice, sizeof(names) / sizeof(names[0]))];
}

/* Some node of some tree, which is referenced. */
static bool some_child(struct thread *t, sup_child *child) {
  sup_tree *tree = some_tree(t);
  uint64_t count;
  char path[32];
  int r;

  ANSWERS(sup_tree_root(tree, child), 0);
  ANSWERS(sup_child_count(*child, &count), 0);
  if (below(&t->dice, 2)) {
    r = ANSWERS(sup_child_find(*child, drawn_name(t), child), 0, SUP_ENOTFOUND);
  } else {
    snprintf(path, sizeof(path), "top/%s/%s", drawn_name(t), drawn_name(t));
    r = ANSWERS(sup_tree_find(tree, path, child), 0, SUP_ENOTFOUND);
  }
  if (r != 0)
    sup_tree_unref(tree);
  return r == 0;
}

static void add_child(struct thread *t) {
  sup_completion completion = drawn_completion(t);
  sup_tree *tree = some_tree(t);
  sup_report *report = NULL;
  sup_child above, child;
  sup_spec *spec;

  ANSWERS(sup_tree_root(tree, &above), 0);
  if (below(&t->dice, 2))
    ANSWERS(sup_child_find(above, drawn_name(t), &above), 0, SUP_ENOTFOUND);
  if (below(&t->dice, 4) == 0) {
    spec = drawn_supervisor(&t->dice, drawn_name(t), 1);
    SET(sup_spec_set_child_limit(spec, 6));
  } else {
    spec = drawn_worker(&t->dice, drawn_name(t));
    draw_policy(&t->dice, spec);
  }
  if (below(&t->dice, 4) == 0) {
    ANSWERS(sup_child_add(above, spec, &child, &report), REFUSALS, SUP_ESPEC,
            SUP_EEXIST, SUP_ELIMIT, SUP_ESTART, SUP_ESTOPPED);
  } else {
    atomic_fetch_add(&missing, 1);
    if (ANSWERS(sup_child_add_async(above, spec, &completion, NULL, &report),
                REFUSALS, SUP_ESPEC, SUP_EEXIST, SUP_ELIMIT) != 0)
      atomic_fetch_sub(&missing, 1);
  }
  look_at_report(report);
  sup_spec_unref(spec);
  sup_tree_unref(tree);
}

static void ask_child(struct thread *t) {
  sup_completion completion = drawn_completion(t);
  sup_report *report = NULL;
  sup_snapshot *snapshot;
  uint64_t ticket = 0;
  sup_child child;
  int r = 0;

  if (!some_child(t, &child))
    return;
  if (ANSWERS(sup_child_snapshot(child, &snapshot), 0, SUP_EGONE) == 0)
    CHECK(sup_snapshot_count(snapshot) == 1);
  sup_snapshot_free(snapshot);
  atomic_fetch_add(&missing, 1);
  switch (below(&t->dice, 6)) {
  case 4:
    r = ANSWERS(sup_child_await_healthy_async(child, &completion, &ticket),
                REFUSALS);
    break;
  case 5:
    r = ANSWERS(sup_child_wait_async(child, &completion, &ticket), REFUSALS);
    break;
  case 0:
    r = ANSWERS(sup_child_terminate_async(child, &completion, &ticket),
                REFUSALS);
    break;
  case 1:
    r = ANSWERS(sup_child_delete_async(child, &completion, &ticket), REFUSALS);
    break;
  default:
    r = ANSWERS(sup_child_restart_async(child, &completion, &ticket), REFUSALS);
  }
  if (r != 0 ||
      (below(&t->dice, 2) > 0 &&
       ANSWERS(sup_tree_cancel(child.tree, ticket), 0, SUP_EGONE) == 0))
    atomic_fetch_sub(&missing, 1);
  switch (below(&t->dice, 6)) {
  case 0:
    ANSWERS(sup_child_terminate(child, &report), REFUSALS, SUP_ETERMINATION);
    break;
  case 1:
    ANSWERS(sup_child_delete(child, &report), REFUSALS, SUP_ETERMINATION);
    break;
  case 2:
    ANSWERS(sup_child_force(child), REFUSALS);
    break;
  default:
    /* It may be stuck for as long as its tree lives; the root is refused. */
    ANSWERS(sup_tree_root(child.tree, &child), 0);
    ANSWERS(sup_child_restart(child, &report), SUP_EINVAL);
    ANSWERS(sup_child_wait(child, &report), SUP_EINVAL);
  }
  look_at_report(report);
  sup_tree_unref(child.tree);
}

/* ---- Events ------------------------------------------------------------- */

static void was_readable(void *ctx) {
  (void)ctx;
  atomic_fetch_add(&received, 1);
}

static void close_reader(struct thread *t) {
  sup_events_close(t->reader);
  t->reader = NULL;
}

static void read_events(struct thread *t) {
  sup_events_options options = SUP_EVENTS_OPTIONS_INIT;
  sup_event event = {.size = sizeof(event)};
  sup_tree *tree;
  int r = 1;

  if (t->reader == NULL) {
    tree = some_tree(t);
    options.buffer = 1 + (uint32_t)below(&t->dice, 64);
    options.readable = below(&t->dice, 2) ? was_readable : NULL;
    ANSWERS(sup_events_open(tree, &options, &t->reader), 0);
    sup_tree_unref(tree);
  }
  for (int i = 0; i < 40 && r == 1; i++) {
    switch (below(&t->dice, 3)) {
    case 0:
      r = ANSWERS(sup_events_next(t->reader, &event), 1, 0, SUP_EGONE);
      break;
    case 1:
      r = ANSWERS(sup_events_next_or_rest(t->reader, &event), 1, 0, SUP_EGONE);
      break;
    default:
      r = ANSWERS(sup_events_wait(t->reader, &event, SUP_MICROSECONDS(100)), 1,
                  0, SUP_EGONE);
    }
    if (r == 1) {
      CHECK(sup_event_kind_name(event.kind) != NULL && event.path != NULL);
      look_at_error(event.error);
    }
  }
  if (r == SUP_EGONE)
    close_reader(t);
}

/* ---- Host --------------------------------------------------------------- */

static void was_signaled(void *ctx, int signal) {
  (void)ctx;
  CHECK(signal == SIGWINCH || signal == SIGURG);
  atomic_fetch_add(&received, 1);
}

static void watch_signals(struct thread *t) {
  static const int signals[] = {SIGWINCH, SIGURG};
  sup_runtime *rt = some_runtime(t);

  if (t->watch == NULL)
    ANSWERS(sup_signals_open(rt, signals, 2, was_signaled, NULL, &t->watch), 0,
            SUP_EGONE);
  raise(SIGWINCH); /* nothing happens by it if nobody watches */
  sup_signals_close(t->watch);
  t->watch = NULL;
  sup_runtime_unref(rt);
}

static void stop_on_signals(struct thread *t) {
  static const int signal = SIGURG;
  sup_tree *tree = some_tree(t);

  ANSWERS(sup_tree_stop_on_signals(tree, &signal, 1, SHORT), 0, SUP_EGONE);
  if (below(&t->dice, 2))
    raise(SIGURG);
  sup_tree_unref(tree);
}

static void guard_main(struct thread *t) {
  sup_tree *tree = some_tree(t);

  ANSWERS(sup_tree_guard_main(tree, SUP_SECONDS(3600)), 0, SUP_EALREADY,
          SUP_EGONE);
  ANSWERS(sup_tree_main_resumed(tree), 0, SUP_EALREADY);
  sup_tree_unref(tree);
}

/* ---- Runtimes and specs ------------------------------------------------- */

static void was_closed(void *ctx) {
  gate_open(ctx);
}

static void make_runtime(struct thread *t) {
  sup_runtime_options options = SUP_RUNTIME_OPTIONS_INIT;
  static const sup_backoff none = SUP_BACKOFF_NONE;
  struct gate closed = GATE_INIT;
  uint64_t at;
  sup_runtime *rt;
  sup_tree *tree;
  sup_spec *spec;

  options.manual_time = below(&t->dice, 2);
  options.seed = draw(&t->dice);
  ANSWERS(sup_runtime_create(&rt, &options), 0);
  CHECK(!sup_runtime_is_loop_thread(rt));
  spec = sup_supervisor_spec("idle", SUP_ONE_FOR_ONE);
  SET(sup_spec_set_backoff(spec, &none));
  ANSWERS(sup_tree_start(rt, spec, &tree, NULL), 0);
  sup_spec_unref(spec);
  ANSWERS(sup_runtime_advance(rt, SUP_SECONDS(1)), 0, SUP_EUNSUPPORTED);
  ANSWERS(sup_runtime_next_deadline(rt, &at), 0, SUP_EUNSUPPORTED);
  ANSWERS(sup_runtime_take_turn(rt, &at), 0, SUP_EUNSUPPORTED);
  ANSWERS(sup_runtime_advance_to_turn(rt, 1, at), 0, SUP_EUNSUPPORTED);
  ANSWERS(sup_runtime_close(rt), SUP_EBUSY);
  ANSWERS(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  sup_tree_unref(tree);
  switch (below(&t->dice, 3)) {
  case 0:
    ANSWERS(sup_runtime_close(rt), 0);
    ANSWERS(sup_runtime_close(rt), SUP_EGONE);
    break;
  case 1:
    ANSWERS(sup_runtime_close_async(rt, was_closed, &closed), 0);
    gate_await(&closed, 1);
    ANSWERS(sup_tree_create(rt, shared.specs[0], &tree, NULL), SUP_EGONE);
    break;
  default:
    break; /* it closes itself */
  }
  sup_runtime_unref(rt);
}

static void try_to_close(struct thread *t) {
  sup_runtime *rt = some_runtime(t);

  ANSWERS(sup_runtime_advance(rt, 1), SUP_EUNSUPPORTED, SUP_EGONE);
  if (below(&t->dice, 16) == 0)
    ANSWERS(sup_runtime_close(rt), 0, SUP_EBUSY, SUP_EGONE);
  sup_runtime_unref(rt);
}

/* A new one in the place of one of those that others use. */
static void replace_runtime(struct thread *t) {
  size_t at = below(&t->dice, 2);
  sup_runtime *rt, *old;

  if (below(&t->dice, 4) != 0)
    return;
  ANSWERS(sup_runtime_create(&rt, NULL), 0);
  pthread_mutex_lock(&shared.mutex);
  old = shared.runtimes[at];
  shared.runtimes[at] = rt;
  pthread_mutex_unlock(&shared.mutex);
  ANSWERS(sup_runtime_close(old), 0, SUP_EBUSY, SUP_EGONE);
  sup_runtime_unref(old); /* it closes itself when its trees have ended */
}

static void use_specs(struct thread *t) {
  disturb_frozen(shared.specs[below(&t->dice, SPECS)]);
  if (below(&t->dice, 8) == 0)
    sup_spec_unref(good_spec(&t->dice, 1));
}

static int freed_errors;
static void free_user(void *user) {
  __atomic_fetch_add((int *)user, 1, __ATOMIC_RELAXED);
}

static void use_errors(struct thread *t) {
  sup_error *own =
      sup_error_create(SUP_EFAILED, NULL, &freed_errors, free_user);
  sup_child child;

  CHECK(own != NULL && sup_version()[0] != '\0');
  CHECK(sup_version_number() > 0);
  look_at_error(own);
  look_at_error(shared.error);
  if (any_living(draw(&t->dice), &child)) {
    ANSWERS(sup_child_failed(child, sup_error_ref(shared.error)), 0, SUP_ESTALE,
            SUP_EGONE, SUP_EALREADY);
    ANSWERS(sup_child_failed(child, sup_error_ref(own)), 0, SUP_ESTALE,
            SUP_EGONE, SUP_EALREADY);
    sup_tree_unref(child.tree);
  }
  sup_error_unref(own);
}

/* ---- The hammer --------------------------------------------------------- */

/* Those that come twice are drawn twice as often. */
static void (*const calls[])(struct thread *t) = {ask_who,
                                                  make_tree,
                                                  make_tree,
                                                  make_tree,
                                                  launch_again,
                                                  stop_tree,
                                                  stop_tree,
                                                  wait_and_cancel,
                                                  wait_and_cancel,
                                                  look_at_tree,
                                                  take_snapshot,
                                                  report_as_child,
                                                  report_as_child,
                                                  report_as_child,
                                                  report_as_stranger,
                                                  report_as_stranger,
                                                  forget_stale,
                                                  read_events,
                                                  read_events,
                                                  close_reader,
                                                  watch_signals,
                                                  stop_on_signals,
                                                  guard_main,
                                                  try_to_close,
                                                  make_runtime,
                                                  replace_runtime,
                                                  use_specs,
                                                  use_errors,
                                                  report_as_resource,
                                                  add_child,
                                                  add_child,
                                                  ask_child,
                                                  ask_child};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static void *hammer(void *ctx) {
  struct thread *t = ctx;
  uint64_t rounds = number_from("HAMMER_ROUNDS", ROUNDS);

  for (uint64_t i = 0; i < rounds; i++)
    calls[below(&t->dice, CALLS)](t);
  close_reader(t);
  forget_stale(t);
  return NULL;
}

static void fill_slots(struct dice *dice) {
  for (size_t i = 0; i < SPECS; i++)
    shared.specs[i] = good_spec(dice, i == 0);
  for (size_t i = 0; i < 2; i++)
    ANSWERS(sup_runtime_create(&shared.runtimes[i], NULL), 0);
  for (size_t i = 0; i < TREES; i++)
    ANSWERS(sup_tree_create(shared.runtimes[i % 2], shared.specs[i % SPECS],
                            &shared.trees[i], NULL),
            0);
  shared.error = sup_error_create(SUP_EFAILED, "everybody's", NULL, NULL);
}

static void empty_slots(void) {
  for (size_t i = 0; i < TREES; i++)
    ANSWERS(sup_tree_request_stop(shared.trees[i], SUP_MILLISECONDS(5)), 0,
            SUP_EGONE);
  end_everyone();
  for (size_t i = 0; i < TREES; i++) {
    ANSWERS(sup_tree_wait(shared.trees[i], NULL), END_CODES);
    sup_tree_unref(shared.trees[i]);
  }
  /* Waits for trees that have been replaced may still be open; all of them
   * end before their runtimes do. */
  for (size_t i = 0; i < 2; i++)
    close_runtime(shared.runtimes[i]);
  for (size_t i = 0; i < SPECS; i++)
    sup_spec_unref(shared.specs[i]);
  sup_error_unref(shared.error);
}

static bool has_completed(void) {
  return atomic_load(&completed) == atomic_load(&missing);
}

static void C6_every_call_from_many_threads(void **state) {
  struct thread threads[THREADS];
  struct dice dice = {number_from("HAMMER_SEED", 1)};

  (void)state;
  memset(threads, 0, sizeof(threads));
  fill_slots(&dice);
  for (size_t i = 0; i < THREADS; i++) {
    threads[i].dice.state = draw(&dice);
    threads[i].thread = start_thread(hammer, &threads[i]);
  }
  for (size_t i = 0; i < THREADS; i++)
    pthread_join(threads[i].thread, NULL);
  empty_slots();
  assert_true(comes_true(has_completed));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      hammer_test(C6_every_call_from_many_threads),
  };

  return run_all(tests);
}
