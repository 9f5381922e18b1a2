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
 * C4: a whole life of a tree without memory at the n-th allocation, or from it
 * on, for every n. A call that answers SUP_ENOMEM has changed nothing and works
 * when there is memory again; what has no call to answer goes on as if nothing
 * had happened: the same events in the same order, the same result.
 */

#include "face_fixture.h"

#include <limits.h>

static struct {
  long number; /* of the allocation that fails; 0: none */
  bool rest;   /* and all after it */
  unsigned refusals;
} shortage;

static void begin_shortage(void) {
  if (shortage.number > 0)
    counting_fail_at(shortage.number,
                     shortage.rest ? LONG_MAX : shortage.number);
}

/* There is memory again. */
static void end_shortage(void) {
  shortage.refusals++;
  atomic_store(&counting.fail_from, 0);
  atomic_store(&counting.fail_to, 0);
}

/* What fails for lack of memory works when there is some. */
#define INSIST(call)                                                           \
  ({                                                                           \
    int code_ = (call);                                                        \
    if (code_ == SUP_ENOMEM) {                                                 \
      end_shortage();                                                          \
      code_ = (call);                                                          \
    }                                                                          \
    code_;                                                                     \
  })

/* ---- Children ----------------------------------------------------------- */

/* All are good for any thread, so that everything happens inside the calls of
 * the test, always in the same order. */
struct actor {
  const char *name;
  bool deaf;
  bool notifies;
  sup_child child;
  unsigned starts, ends, cleanups;
};

static atomic_uint specs_made, specs_freed;

static int actor_start(void *ctx, sup_child child, void **state) {
  struct actor *actor = ctx;
  (void)state;
  actor->child = child;
  actor->starts++;
  if (actor->notifies)
    CHECK(sup_child_started(child) == 0);
  return 0;
}

static void actor_stop(void *state, sup_stop_action action) {
  struct actor *actor = state;
  (void)action;
  if (!actor->deaf)
    CHECK(sup_child_canceled(actor->child) == 0);
}

static void actor_end(void *state) {
  struct actor *actor = state;
  actor->ends++;
}

static void actor_free(void *ctx) {
  (void)ctx;
  atomic_fetch_add(&specs_freed, 1);
}

static sup_spec *actor_spec(struct actor *actor) {
  static const sup_callbacks table = {sizeof(table), SUP_CALLBACKS_ANY_THREAD,
                                      actor_start,   actor_stop,
                                      actor_end,     actor_free};
  sup_spec *spec = sup_callback_spec(actor->name, &table, actor);
  atomic_fetch_add(&specs_made, 1);
  sup_spec_set_notify_start(spec, actor->notifies);
  return spec;
}

/* ---- The story ---------------------------------------------------------- */

#define STORY 8192

static char told[STORY];

static void tell_events(sup_events *events) {
  sup_event event = {.size = sizeof(event)};
  int r;
  while ((r = INSIST(sup_events_next(events, &event))) == 1) {
    size_t length = strlen(told);
    bool fails = event.kind == SUP_EVENT_FAILED ||
                 event.kind == SUP_EVENT_TOLERANCE_EXCEEDED ||
                 event.kind == SUP_EVENT_QUARANTINED ||
                 event.kind == SUP_EVENT_START_FAILED;
    assert_true(length + strlen(event.path) + 64 < STORY);
    /* With less in it, perhaps, but never without its error. */
    if (fails)
      assert_non_null(event.error);
    snprintf(told + length, STORY - length, "%s %s %d; ",
             sup_event_kind_name(event.kind), event.path,
             event.error == NULL ? 0 : sup_error_code(event.error));
  }
  assert_true(r == 0 || r == SUP_EGONE);
}

/* The first run has memory, and is what the others are compared with. */
static void compare_story(char *expected) {
  if (shortage.number == 0)
    strcpy(expected, told);
  else if (strcmp(expected, told) != 0)
    fail_msg("without allocation %ld (%s) it went\n%s\ninstead of\n%s",
             shortage.number, shortage.rest ? "and after" : "only", told,
             expected);
}

/* ---- Steps that all have in common -------------------------------------- */

static void open_runtime(bool manual) {
  sup_runtime_options options = SUP_RUNTIME_OPTIONS_INIT;
  options.seed = 1;
  options.manual_time = manual;
  assert_int_equal(INSIST(sup_runtime_create(&world.runtime, &options)), 0);
}

static void close_runtime(void) {
  assert_int_equal(sup_runtime_close(world.runtime), 0);
  sup_runtime_unref(world.runtime);
  world.runtime = NULL;
}

static void advance(sup_duration by) {
  uint64_t target = sup_runtime_now(world.runtime) + by;
  assert_int_equal(INSIST(sup_runtime_advance(
                       world.runtime, target - sup_runtime_now(world.runtime))),
                   0);
  assert_true(sup_runtime_now(world.runtime) == target);
}

/* A spec that lacks something, for lack of memory, is never taken for one that
 * is whole. */
static sup_tree *make_tree(sup_spec *(*make)(void)) {
  sup_tree *tree = NULL;
  int tries;
  for (tries = 0;; tries++) {
    sup_spec *spec = make();
    sup_report *report = NULL;
    int code = spec == NULL
                   ? SUP_ENOMEM
                   : sup_tree_create(world.runtime, spec, &tree, &report);
    sup_report_unref(report);
    sup_spec_unref(spec);
    if (code == 0)
      return tree;
    assert_true(code == SUP_ENOMEM || code == SUP_ESPEC);
    assert_null(tree);
    assert_int_equal(tries, 0);
    end_shortage();
  }
}

/* Play a scenario with memory, then without the n-th allocation until there is
 * no n-th, then with nothing from the n-th on. */
static void play(void (*scenario)(void)) {
  unsigned refused = 0;
  for (int rest = 0; rest < 2; rest++)
    for (long n = rest; n >= 0; n++) {
      bool reached;
      shortage.number = n;
      shortage.rest = rest;
      shortage.refusals = 0;
      atomic_store(&specs_made, 0);
      atomic_store(&specs_freed, 0);
      told[0] = '\0';
      counting_fail_at(0, 0);
      scenario();
      reached = atomic_load(&counting.asked) >= n;
      counting_fail_at(0, 0);
      assert_true(comes_true(has_no_memory));
      assert_int_equal(atomic_load(&specs_freed), atomic_load(&specs_made));
      assert_no_children();
      refused += shortage.refusals;
      if (!reached)
        break;
    }
  assert_true(refused > 20);
}

/* ---- A tree and what may happen to it ----------------------------------- */

static struct actor plain, notifier, paced, first, second, deaf;

static struct actor composer;
static sup_spec *runnable_spec(struct actor *actor);

static sup_spec *make_shop(void) {
  sup_spec *shop = sup_supervisor_spec("shop", SUP_ONE_FOR_ALL);
  sup_spec_add(shop, actor_spec(&first));
  sup_spec_add(shop, actor_spec(&second));
  sup_spec_add_after(shop, "plain");
  return shop;
}

static sup_spec *make_top(void) {
  static const sup_backoff even = {
      sizeof(even),     0, 1, 0, SUP_MILLISECONDS(1), SUP_MILLISECONDS(1),
      SUP_SECONDS(3600)};
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *spec;
  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(top, &even);
  sup_spec_add(top, actor_spec(&plain));
  sup_spec_add(top, runnable_spec(&composer));
  sup_spec_add(top, actor_spec(&notifier));
  spec = actor_spec(&paced);
  sup_spec_set_child_tolerance(spec, 1, SUP_SECONDS(60),
                               SUP_EXCEEDED_QUARANTINE);
  sup_spec_set_backoff(spec, &even);
  sup_spec_add(top, spec);
  sup_spec_add(top, make_shop());
  spec = actor_spec(&deaf);
  sup_spec_set_shutdown_timeout(spec, SUP_SECONDS(1));
  sup_spec_add(top, spec);
  return top;
}

static void fails(struct actor *actor) {
  sup_error *error = sup_error_create(SUP_EFAILED, "the reason", NULL, NULL);
  assert_int_equal(sup_child_failed(actor->child, error), 0);
  advance(SUP_MILLISECONDS(10));
}

/* D1, D2: a child that is added, and what is asked for of it. */
static struct actor added;

static void add_child(sup_tree *tree) {
  sup_child root, child, found;
  int code;
  assert_int_equal(sup_tree_root(tree, &root), 0);
  for (int tries = 0;; tries++) {
    sup_spec *spec = actor_spec(&added);
    sup_report *report = NULL;
    code = spec == NULL
               ? SUP_ENOMEM
               : sup_child_add_async(root, spec, NULL, &child, &report);
    sup_report_unref(report);
    sup_spec_unref(spec);
    if (code == 0)
      break;
    assert_true(code == SUP_ENOMEM || code == SUP_ESPEC);
    assert_int_equal(tries, 0);
    end_shortage();
  }
  assert_int_equal(added.starts, 1);
  assert_int_equal(sup_tree_find(tree, "top/added", &found), 0);
  assert_int_equal(INSIST(sup_child_restart_async(child, NULL, NULL)), 0);
  assert_int_equal(added.starts, 2);
  assert_int_equal(INSIST(sup_child_terminate_async(child, NULL, NULL)), 0);
  assert_int_equal(INSIST(sup_child_delete_async(child, NULL, NULL)), 0);
  assert_int_equal(sup_tree_find(tree, "top/added", &found), SUP_ENOTFOUND);
}

/* R8: children of a child, all or none. */
static struct actor composer, one, two, lone, brief;

static sup_spec *runnable_spec(struct actor *actor) {
  sup_spec *spec = actor_spec(actor);
  sup_spec_set_runs_children(spec, true);
  return spec;
}

static void note_end(void *ctx, int code, sup_report *report);

static void run_once(void) {
  int ended = 1;
  sup_completion completion = {note_end, &ended, SUP_COMPLETION_ANY_THREAD};
  int code = 1;
  for (int tries = 0; code != 0; tries++) {
    sup_spec *spec = runnable_spec(&brief);
    sup_spec_set_restart(spec, SUP_TEMPORARY);
    code = sup_child_run_once_async(composer.child, spec, NULL, &completion,
                                    NULL, NULL);
    sup_spec_unref(spec);
    assert_int_equal(brief.starts, code == 0);
    assert_true(code == 0 ||
                (tries == 0 && (code == SUP_ENOMEM || code == SUP_ESPEC ||
                                code == SUP_EINVAL)));
    if (code != 0)
      end_shortage();
  }
  assert_int_equal(sup_child_completed(brief.child), 0);
  assert_int_equal(brief.ends, 1);
  assert_int_equal(ended, 0);
}

static void run_children(void) {
  int code = 1;
  for (int tries = 0; code != 0; tries++) {
    sup_spec *specs[] = {runnable_spec(&one), runnable_spec(&two)};
    code = sup_child_run_group(composer.child, SUP_GROUP_TOGETHER, specs, 2,
                               NULL, NULL);
    sup_spec_unref(specs[0]);
    sup_spec_unref(specs[1]);
    assert_int_equal(one.starts, code == 0);
    assert_int_equal(two.starts, code == 0);
    assert_true(code == 0 ||
                (tries == 0 && (code == SUP_ENOMEM || code == SUP_ESPEC)));
    if (code != 0)
      end_shortage();
  }
  code = 1;
  for (int tries = 0; code != 0; tries++) {
    sup_spec *spec = runnable_spec(&lone);
    code = sup_child_run(composer.child, spec, NULL, NULL);
    sup_spec_unref(spec);
    assert_int_equal(lone.starts, code == 0);
    assert_true(code == 0 ||
                (tries == 0 && (code == SUP_ENOMEM || code == SUP_ESPEC)));
    if (code != 0)
      end_shortage();
  }
  assert_int_equal(sup_child_healthy(composer.child), 0);
  run_once();
  fails(&one);
  assert_int_equal(two.starts, 2);
  fails(&composer);
  assert_int_equal(composer.starts, 2);
  assert_int_equal(lone.ends, 1);
}

static void note_end(void *ctx, int code, sup_report *report) {
  int *noted = ctx;
  *noted = code;
  if (report != NULL)
    CHECK(sup_report_count(report) > 0);
}

static void look_at(sup_tree *tree) {
  sup_snapshot *snapshot = NULL;
  char text[4096];
  assert_int_equal(INSIST(sup_tree_snapshot(tree, &snapshot)), 0);
  assert_true(sup_snapshot_count(snapshot) >= 8);
  for (size_t i = 0; i < sup_snapshot_count(snapshot); i++) {
    const sup_node_info *info = sup_snapshot_node(snapshot, i);
    if (info->state == SUP_STATE_QUARANTINED) {
      assert_non_null(info->error);
      assert_true(strlen(sup_error_text(info->error)) > 0);
      sup_error_explain(info->error, text, sizeof(text));
      sup_error_cause(info->error);
      sup_error_first(info->error);
    }
  }
  sup_snapshot_text(snapshot, text, sizeof(text));
  sup_snapshot_free(snapshot);
}

static void end_whole(sup_tree *tree) {
  sup_completion completion = {note_end, NULL, SUP_COMPLETION_ANY_THREAD};
  int ended = 1, again = 1;
  uint64_t ticket;
  completion.ctx = &ended;
  assert_int_equal(INSIST(sup_tree_wait_async(tree, &completion, &ticket)), 0);
  completion.ctx = &again;
  assert_int_equal(INSIST(sup_tree_wait_async(tree, &completion, &ticket)), 0);
  assert_int_equal(sup_tree_cancel(tree, ticket), 0);
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  advance(SUP_SECONDS(5));
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_ENDED);
  assert_int_equal(ended, SUP_ETERMINATION);
  assert_int_equal(again, 1);
  assert_int_equal(sup_child_completed(deaf.child), 0); /* at last */
}

static void whole_life(void) {
  static char expected[STORY];
  struct actor *const actors[] = {&plain,  &notifier, &paced, &first,
                                  &second, &deaf,     &added, &composer,
                                  &one,    &two,      &lone,  &brief};
  sup_completion completion = {note_end, NULL, SUP_COMPLETION_ANY_THREAD};
  sup_events *events = NULL;
  sup_tree *tree;
  int started = 1;
  plain = (struct actor){.name = "plain"};
  notifier = (struct actor){.name = "notifier", .notifies = true};
  paced = (struct actor){.name = "paced"};
  first = (struct actor){.name = "first"};
  second = (struct actor){.name = "second"};
  deaf = (struct actor){.name = "deaf", .deaf = true};
  added = (struct actor){.name = "added"};
  composer = (struct actor){.name = "composer"};
  one = (struct actor){.name = "one"};
  two = (struct actor){.name = "two"};
  lone = (struct actor){.name = "lone"};
  brief = (struct actor){.name = "brief"};

  begin_shortage();
  open_runtime(true);
  tree = make_tree(make_top);
  assert_int_equal(INSIST(sup_events_open(tree, NULL, &events)), 0);
  completion.ctx = &started;
  assert_int_equal(INSIST(sup_tree_launch(tree, &completion)), 0);
  assert_int_equal(started, 0);
  fails(&plain);
  tell_events(events);
  fails(&paced);
  fails(&paced); /* once too often */
  look_at(tree);
  add_child(tree);
  run_children();
  tell_events(events);
  fails(&second);
  fails(&second); /* the shop is restarted */
  assert_int_equal(first.starts, 3);
  end_whole(tree);
  tell_events(events);
  sup_events_close(events);
  for (size_t i = 0; i < 11; i++)
    assert_int_equal(actors[i]->ends, actors[i]->starts);
  sup_tree_unref(tree);
  close_runtime();
  compare_story(expected);
}

/* ---- A resource that brings children ------------------------------------ */

static struct actor made;
static sup_child store;

static int build(void *ctx, sup_child supervisor, void **state) {
  sup_spec *children = sup_supervisor_spec("made", SUP_ONE_FOR_ONE);
  (void)ctx;
  (void)state;
  store = supervisor;
  sup_spec_set_tolerance(children, 0, 0);
  sup_spec_add(children, actor_spec(&made));
  if (children == NULL)
    CHECK(sup_child_build_failed(
              supervisor, sup_error_create(SUP_ENOMEM, NULL, NULL, NULL)) == 0);
  else
    CHECK(sup_child_built(supervisor, children) == 0);
  return 0;
}

static void clean(void *state, sup_child supervisor, uint64_t abandoned) {
  (void)state;
  made.cleanups++;
  CHECK(abandoned == 0);
  CHECK(sup_child_cleaned(supervisor, NULL) == 0);
}

static sup_spec *make_store(void) {
  static const sup_resource resource = {.size = sizeof(resource),
                                        .flags = SUP_CALLBACKS_ANY_THREAD,
                                        .build = build,
                                        .cleanup = clean};
  static const sup_backoff even = {
      sizeof(even),     0, 1, 0, SUP_MILLISECONDS(1), SUP_MILLISECONDS(1),
      SUP_SECONDS(3600)};
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *spec = sup_supervisor_spec("store", SUP_ONE_FOR_ONE);
  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(top, &even);
  sup_spec_set_tolerance(spec, 0, 0);
  if (spec != NULL)
    sup_spec_set_resource(spec, &resource, NULL);
  sup_spec_add(top, spec);
  return top;
}

/* The first start fails with the build, and is clean; a later one is tried
 * again until it succeeds. */
static void resource_life(void) {
  sup_tree *tree = NULL;
  sup_completion completion = {note_end, NULL, SUP_COMPLETION_ANY_THREAD};
  int started = 1;
  unsigned starts;
  made = (struct actor){.name = "made"};
  begin_shortage();
  open_runtime(true);
  for (int tries = 0; started != 0; tries++) {
    assert_true(tries < 2);
    tree = make_tree(make_store);
    completion.ctx = &started;
    assert_int_equal(INSIST(sup_tree_launch(tree, &completion)), 0);
    if (started != 0) {
      assert_int_equal(started, SUP_ESTART);
      assert_int_equal(sup_tree_get_state(tree), SUP_TREE_ENDED);
      assert_int_equal(made.ends, made.starts);
      sup_tree_unref(tree);
      end_shortage();
    }
  }
  starts = made.starts;
  assert_int_equal(sup_child_failed(made.child, NULL), 0);
  advance(SUP_MILLISECONDS(20));
  if (made.starts == starts) /* there was nothing at all */
    end_shortage();
  advance(SUP_MILLISECONDS(20));
  assert_int_equal(made.starts, starts + 1);
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_ENDED);
  assert_int_equal(made.ends, made.starts);
  assert_true(made.cleanups >= 2);
  sup_tree_unref(tree);
  close_runtime();
}

/* ---- Processes, and the host's signals ---------------------------------- */

static struct gate lines = GATE_INIT;

static bool take_line(void *ctx, sup_child child, const char *text,
                      size_t length, uint32_t flags) {
  (void)ctx;
  (void)child;
  (void)text;
  (void)length;
  if ((flags & SUP_LINE_END) == 0)
    gate_open(&lines);
  return true;
}

static sup_spec *make_processes(void) {
  static const char *const argv[] = {
      PROCESS_CHILD, "notify",  "STATUS=up", "barrier", "out",
      "up",          "newline", "7",         "sleep",   NULL};
  static const sup_backoff even = {
      sizeof(even),     0, 1, 0, SUP_MILLISECONDS(2), SUP_MILLISECONDS(2),
      SUP_SECONDS(3600)};
  sup_readiness readiness = {
      .size = sizeof(readiness), .kind = SUP_READY_DESCRIPTOR, .number = 7};
  sup_output output = {
      .size = sizeof(output), .mode = SUP_OUTPUT_LINES, .line = take_line};
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec *spec = sup_process_spec("process", argv);
  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(top, &even);
  sup_spec_set_readiness(spec, &readiness);
  sup_spec_set_output(spec, &output, NULL);
  sup_spec_set_variable(spec, "A", "B");
  sup_spec_set_heartbeat(spec, SUP_SECONDS(3600));
  sup_spec_set_ends_with_host(spec, true);
  sup_spec_add(top, spec);
  return top;
}

/* How a start that fails for lack of memory says so: by a code alone. */
static sup_tree *start_processes(void) {
  for (int tries = 0;; tries++) {
    sup_spec *spec = make_processes();
    sup_report *report = NULL;
    sup_tree *tree = NULL;
    int code = spec == NULL
                   ? SUP_ENOMEM
                   : sup_tree_start(world.runtime, spec, &tree, &report);
    sup_report_unref(report);
    sup_spec_unref(spec);
    if (code == 0)
      return tree;
    assert_null(tree);
    assert_true(code == SUP_ENOMEM || code == SUP_ESPEC || code == SUP_ESTART);
    assert_int_equal(tries, 0);
    end_shortage();
  }
}

static sup_event await_start(sup_events *events) {
  sup_event event = {.size = sizeof(event)};
  for (;;) {
    int r = INSIST(sup_events_wait(events, &event, SUP_MILLISECONDS(50)));
    if (r == 0) /* it is tried again and again */
      end_shortage();
    assert_true(r == 0 || r == 1);
    if (r == 1 && event.kind == SUP_EVENT_STARTED &&
        event.node_kind == SUP_KIND_PROCESS)
      return event;
    if (r == 1 && event.kind == SUP_EVENT_START_FAILED)
      end_shortage();
  }
}

static void ignore_signal(void *ctx, int signal) {
  (void)ctx;
  (void)signal;
}

static void process_life(void) {
  static const int usr1[] = {SIGUSR1}, usr2[] = {SIGUSR2};
  sup_events *events = NULL;
  sup_signals *watch = NULL;
  sup_snapshot *snapshot = NULL;
  const sup_node_info *info;
  sup_tree *tree;
  begin_shortage();
  open_runtime(false);
  tree = start_processes();
  assert_int_equal(INSIST(sup_signals_open(world.runtime, usr1, 1,
                                           ignore_signal, NULL, &watch)),
                   0);
  assert_int_equal(
      INSIST(sup_tree_stop_on_signals(tree, usr2, 1, SUP_INFINITE)), 0);
  assert_int_equal(INSIST(sup_tree_guard_main(tree, SUP_SECONDS(100))), 0);
  assert_int_equal(INSIST(sup_events_open(tree, NULL, &events)), 0);
  assert_int_equal(INSIST(sup_tree_snapshot(tree, &snapshot)), 0);
  info = sup_snapshot_node(snapshot, 1);
  assert_int_equal(INSIST(sup_child_resume_output(info->child)), 0);
  assert_int_equal(INSIST(sup_child_signal(info->child, SIGKILL, true)), 0);
  sup_snapshot_free(snapshot);
  await_start(events);
  sup_events_close(events);
  assert_int_equal(INSIST(sup_tree_stop(tree, SUP_INFINITE, NULL)), 0);
  assert_int_equal(sup_tree_main_resumed(tree), 0);
  sup_signals_close(watch);
  sup_tree_unref(tree);
  close_runtime();
}

/* ---- The rules ---------------------------------------------------------- */

static void C4_a_tree_lives_through_a_lack_of_memory(void **state) {
  (void)state;
  play(whole_life);
}

static void C4_S10_a_resource_without_memory_is_a_failed_start(void **state) {
  (void)state;
  play(resource_life);
}

static void C4_P1_processes_without_memory_leave_nothing(void **state) {
  (void)state;
  play(process_life);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      audited_test(C4_a_tree_lives_through_a_lack_of_memory),
      audited_test(C4_S10_a_resource_without_memory_is_a_failed_start),
      audited_test(C4_P1_processes_without_memory_leave_nothing),
  };
  return run_all(tests);
}
