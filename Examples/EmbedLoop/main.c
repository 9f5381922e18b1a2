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

/* A tree inside a libuv loop that the program runs anyway, with a timer and a
 * small line server of its own. All on one thread, so without any lock. */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <supervisor/supervisor.h>

#include "server.h"

static uv_loop_t loop;
static uv_timer_t beat; /* the host's own */
static unsigned beats;
static sup_runtime *runtime;
static sup_tree *tree;
static sup_events *events;

/* ---- A child whose work is a timer of the same loop ---------------------- */

static struct job {
  uv_timer_t timer;
  sup_child child;
  unsigned done;
} job;

static void job_work(uv_timer_t *timer) {
  ((struct job *)timer->data)->done++;
}

static int job_start(void *ctx, sup_child child, void **state) {
  struct job *j = ctx;
  (void)state; /* it is the context unless it is set here */
  j->child = child;
  j->timer.data = j;
  return uv_timer_start(&j->timer, job_work, 10, 10) == 0 ? 0 : SUP_ESYSTEM;
}

static void job_stop(void *state, sup_stop_action action) {
  (void)action;
  sup_child_canceled(((struct job *)state)->child);
}

static void job_end(void *state) {
  uv_timer_stop(&((struct job *)state)->timer);
}

/* ---- The commands -------------------------------------------------------- */

static char *describe_tree(void) {
  static char text[4096];
  sup_snapshot *snapshot;
  int length =
      snprintf(text, sizeof(text), "%u beats, %u jobs done\n", beats, job.done);
  if (sup_tree_snapshot(tree, &snapshot) != 0)
    return text;
  sup_snapshot_text(snapshot, text + length, sizeof(text) - (size_t)length);
  sup_snapshot_free(snapshot);
  return text;
}

static int crash_node(const sup_node_info *node) {
  if (node->kind == SUP_KIND_PROCESS)
    return sup_child_signal(node->child, SIGKILL, true);
  if (node->kind == SUP_KIND_CALLBACK) /* the error is taken over */
    return sup_child_failed(
        node->child,
        sup_error_create(SUP_EFAILED, "told to crash", NULL, NULL));
  return SUP_EINVAL;
}

static const char *crash(const char *name) {
  sup_snapshot *snapshot;
  int code = sup_tree_snapshot(tree, &snapshot);
  if (code != 0)
    return sup_strerror(code);
  code = SUP_EGONE;
  for (size_t i = 0; i < sup_snapshot_count(snapshot); i++)
    if (strcmp(sup_snapshot_node(snapshot, i)->name, name) == 0)
      code = crash_node(sup_snapshot_node(snapshot, i));
  sup_snapshot_free(snapshot);
  return code == 0 ? "it will crash" : sup_strerror(code);
}

static const char *obey(const char *line) {
  if (strcmp(line, "status") == 0)
    return describe_tree();
  if (strncmp(line, "crash ", 6) == 0)
    return crash(line + 6);
  if (strcmp(line, "stop") != 0)
    return "status, crash NAME or stop";
  sup_tree_request_stop(tree, SUP_SECONDS(5));
  return "stopping";
}

/* ---- The tree ------------------------------------------------------------ */

static void print_events(void *ctx) {
  sup_event event = {.size = sizeof(event)};
  (void)ctx; /* on the loop's thread: this one */
  while (sup_events_next(events, &event) == 1)
    printf("%s %s\n", event.path, sup_event_kind_name(event.kind));
}

/* Nothing of the runtime is in the loop any more: what is left is ours. */
static void runtime_closed(void *ctx) {
  (void)ctx;
  server_close();
  uv_close((uv_handle_t *)&beat, NULL);
  uv_close((uv_handle_t *)&job.timer, NULL);
}

static void tree_ended(void *ctx, int code, sup_report *report) {
  (void)report;
  *(int *)ctx = code;
  print_events(NULL);
  sup_runtime_close_async(runtime, runtime_closed, NULL);
}

static sup_spec *describe(void) {
  static const sup_callbacks callbacks = {sizeof(callbacks), .start = job_start,
                                          .stop = job_stop, .end = job_end};
  static const char *const argv[] = {"sleep", "1000", NULL};
  sup_spec *service = sup_supervisor_spec("service", SUP_ONE_FOR_ONE);
  if (service != NULL) { /* other faults are told by the start */
    sup_spec_set_tolerance(service, 10, SUP_SECONDS(5));
    sup_spec_add(service, sup_process_spec("sleeper", argv));
    sup_spec_add(service, sup_callback_spec("job", &callbacks, &job));
  }
  return service;
}

static int begin(int *result) {
  static const int signals[] = {SIGTERM, SIGINT};
  sup_runtime_options options = SUP_RUNTIME_OPTIONS_INIT;
  sup_events_options reading = SUP_EVENTS_OPTIONS_INIT;
  sup_completion at_end = {tree_ended, result, 0};
  sup_spec *service = describe();
  int code = service == NULL ? SUP_ENOMEM : 0;
  options.loop = &loop;
  reading.readable = print_events;
  if (code == 0 && (code = sup_runtime_create(&runtime, &options)) == 0 &&
      (code = sup_tree_create(runtime, service, &tree, NULL)) == 0 &&
      (code = sup_events_open(tree, &reading, &events)) == 0 &&
      (code = sup_tree_wait_async(tree, &at_end, NULL)) == 0 &&
      (code = sup_tree_launch(tree, NULL)) == 0)
    sup_tree_stop_on_signals(tree, signals, 2, SUP_SECONDS(5));
  sup_spec_unref(service);
  return code;
}

static void count_beat(uv_timer_t *timer) {
  (void)timer;
  beats++;
}

int main(void) {
  int result = 0, code;
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN); /* clients may go at any time */
  uv_loop_init(&loop);
  uv_timer_init(&loop, &beat);
  uv_timer_start(&beat, count_beat, 10, 10);
  uv_timer_init(&loop, &job.timer);
  code = server_open(&loop, obey);
  if (code == 0)
    code = begin(&result);
  if (code != 0 && (runtime == NULL || sup_runtime_close_async(
                                           runtime, runtime_closed, NULL) != 0))
    runtime_closed(NULL);
  uv_run(&loop, UV_RUN_DEFAULT); /* until no handle of anybody is left */
  sup_events_close(events);
  sup_tree_unref(tree);
  sup_runtime_unref(runtime);
  if (uv_loop_close(&loop) != 0)
    code = SUP_EBUSY;
  if (code == 0)
    code = result;
  printf("exit: %s\n", code == 0 ? "in order" : sup_strerror(code));
  return code != 0;
}
