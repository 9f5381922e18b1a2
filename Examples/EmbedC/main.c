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

/* Two programs and a thread in one tree, stopped when one has crashed twice. */

#include <pthread.h>
#include <stdio.h>
#include <supervisor/supervisor.h>

/* The worker. Never two incarnations at once: one set of variables will do. */
static pthread_t thread;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t asked = PTHREAD_COND_INITIALIZER;
static bool stop; /* guarded by mutex */
static sup_child self;

static void *work(void *arg) {
  puts("worker: at work");
  pthread_mutex_lock(&mutex);
  while (!stop)
    pthread_cond_wait(&asked, &mutex);
  pthread_mutex_unlock(&mutex);
  sup_child_canceled(self);
  return arg;
}

static int worker_start(void *ctx, sup_child child, void **state) {
  (void)ctx, (void)state; /* the state is the context unless it is set here */
  self = child;
  stop = false;
  return pthread_create(&thread, NULL, work, NULL) == 0 ? 0 : SUP_ESYSTEM;
}

static void worker_stop(void *state, sup_stop_action action) {
  (void)state, (void)action;
  pthread_mutex_lock(&mutex);
  stop = true;
  pthread_cond_signal(&asked);
  pthread_mutex_unlock(&mutex);
}

static void worker_end(void *state) {
  pthread_join(*(pthread_t *)state, NULL); /* it has reported its end */
}

static bool print_line(void *ctx, sup_child child, const char *text,
                       size_t length, uint32_t flags) {
  (void)child;
  if (!(flags & SUP_LINE_END))
    printf("%s: %.*s\n", (const char *)ctx, (int)length, text);
  return true;
}

static sup_spec *describe(void) {
  static const char *const ticker[] = {
      "sh", "-c", "echo ready; while :; do sleep 0.1; echo tick; done", NULL};
  static const char *const flaky[] = {"sh", "-c", "sleep 0.1; exit 3", NULL};
  static const sup_callbacks callbacks = {
      sizeof(callbacks), 0, worker_start, worker_stop, worker_end, NULL};
  sup_readiness ready = {sizeof(ready), SUP_READY_LINE, .text = "ready"};
  sup_output lines = {sizeof(lines), SUP_OUTPUT_LINES, .line = print_line};
  sup_spec *shop = sup_supervisor_spec("shop", SUP_ONE_FOR_ONE);
  sup_spec *child = sup_process_spec("ticker", ticker);
  if (shop == NULL || child == NULL)
    return NULL; /* faults of the calls below are told by the start */
  sup_spec_set_output(child, &lines, "ticker");
  sup_spec_set_readiness(child, &ready);
  sup_spec_set_tolerance(shop, 10, SUP_SECONDS(5));
  sup_spec_add(shop, child);
  sup_spec_add(shop, sup_process_spec("flaky", flaky));
  sup_spec_add(shop, sup_callback_spec("worker", &callbacks, &thread));
  return shop;
}

static bool print_event(sup_events *events, sup_event *event) {
  if (sup_events_wait(events, event, SUP_SECONDS(10)) != 1)
    return false; /* the end, or nothing for too long */
  printf("%s %s %s\n", event->path, sup_event_kind_name(event->kind),
         event->error ? sup_error_text(event->error) : "");
  return true;
}

int main(void) {
  sup_runtime *runtime = NULL;
  sup_tree *tree = NULL;
  sup_events *events = NULL;
  sup_report *report = NULL;
  sup_event event = {.size = sizeof(event)};
  sup_spec *shop = describe();
  int code = SUP_ENOMEM; /* for the case that there is no spec */
  if (shop != NULL && (code = sup_runtime_create(&runtime, NULL)) == 0 &&
      (code = sup_tree_create(runtime, shop, &tree, &report)) == 0 &&
      (code = sup_events_open(tree, NULL, &events)) == 0)
    code = sup_tree_launch(tree, NULL);
  while (code == 0 && print_event(events, &event))
    if (event.kind == SUP_EVENT_STARTED && event.restarts == 2)
      break;
  if (code == 0)
    code = sup_tree_stop(tree, SUP_SECONDS(5), &report);
  while (events != NULL && print_event(events, &event))
    continue;
  if (report != NULL && sup_report_count(report) > 0)
    puts(sup_error_text(sup_report_error(report, 0)));
  printf("exit: %s\n", code == 0 ? "in order" : sup_strerror(code));
  sup_report_unref(report);
  sup_events_close(events);
  sup_tree_unref(tree);
  sup_spec_unref(shop);
  if (runtime != NULL)
    sup_runtime_close(runtime), sup_runtime_unref(runtime);
  return code != 0;
}
