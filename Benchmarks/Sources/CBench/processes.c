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
 * Process children, through the public face of the C library.
 */

#include <CBench.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <supervisor/supervisor.h>
#include <unistd.h>

struct bed {
  sup_runtime *runtime;
  sup_spec *spec;
  sup_tree *tree;
  sup_events *events;
  int ends[2]; /* of the pipe into which new processes write their ids */
};

static int describe(struct bed *bed, const char *program, size_t n,
                    const char *what) {
  static const sup_backoff none = SUP_BACKOFF_NONE;
  static const sup_stop_step kill = {SUP_STOP_KILL, 0, SUP_SECONDS(10)};
  const char *const argv[] = {program, what, NULL};
  sup_spec *first = NULL;
  char name[32];
  size_t i;
  int r = 0;

  bed->spec = sup_supervisor_spec("bed", SUP_ONE_FOR_ONE);
  sup_spec_set_tolerance(bed->spec, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(bed->spec, &none);
  for (i = 0; i < n && r == 0; i++) {
    sup_spec *child;

    snprintf(name, sizeof(name), "p%zu", i);
    child = sup_process_spec(name, argv);
    if (i == 0) {
      first = child;
      sup_spec_set_stop_steps(child, &kill, 1);
    } else {
      sup_spec_share_policy(child, first);
    }
    if (bed->ends[1] > 0)
      sup_spec_pass_descriptor(child, bed->ends[1], 3);
    r = sup_spec_add(bed->spec, child);
  }
  return r;
}

static int start(struct bed *bed) {
  return sup_tree_start(bed->runtime, bed->spec, &bed->tree, NULL);
}

static int stop(struct bed *bed, int r) {
  int code =
      bed->tree == NULL ? 0 : sup_tree_stop(bed->tree, SUP_INFINITE, NULL);

  sup_events_close(bed->events);
  sup_tree_unref(bed->tree);
  sup_spec_unref(bed->spec);
  if (bed->runtime != NULL) {
    sup_runtime_close(bed->runtime);
    sup_runtime_unref(bed->runtime);
  }
  if (bed->ends[1] > 0) {
    close(bed->ends[0]);
    close(bed->ends[1]);
  }
  return r != 0 ? r : code;
}

/* One process, so that what is made once is there. */
static int warm_up(const char *program) {
  struct bed bed = {0};
  int r = sup_runtime_create(&bed.runtime, NULL);

  if (r == 0)
    r = describe(&bed, program, 1, NULL);
  if (r == 0)
    r = start(&bed);
  return stop(&bed, r);
}

int cb_process_start(const char *program, size_t n,
                     struct cb_processes *result) {
  struct bed bed = {0};
  uint64_t resident, begun;
  int r = warm_up(program);

  if (r == 0)
    r = sup_runtime_create(&bed.runtime, NULL);
  resident = cb_resident();
  if (r == 0)
    r = describe(&bed, program, n, NULL);
  begun = cb_now();
  if (r == 0)
    r = start(&bed);
  result->start = (double)(cb_now() - begun) / (double)n;
  result->memory = (double)(cb_resident() - resident) / (double)n;
  return stop(&bed, r);
}

/* ---- Kill --------------------------------------------------------------- */

static bool read_pid(struct bed *bed, int *pid) {
  return read(bed->ends[0], pid, sizeof(*pid)) == sizeof(*pid);
}

static int kill_one(struct bed *bed, int *pid, uint64_t *successor) {
  uint64_t begun = cb_now();

  if (kill(*pid, SIGKILL) != 0 || !read_pid(bed, pid))
    return SUP_ESYSTEM;
  *successor = cb_now() - begun;
  return 0;
}

int cb_process_kill(const char *program, size_t n, uint64_t *successor,
                    size_t count) {
  int *pids = malloc(n * sizeof(*pids));
  struct bed bed = {0};
  size_t i;
  int r = pids == NULL || pipe2(bed.ends, O_CLOEXEC) != 0 ? SUP_ESYSTEM : 0;

  if (r == 0)
    r = sup_runtime_create(&bed.runtime, NULL);
  if (r == 0)
    r = describe(&bed, program, n, "tell");
  if (r == 0)
    r = start(&bed);
  for (i = 0; r == 0 && i < n; i++)
    r = read_pid(&bed, &pids[i]) ? 0 : SUP_ESYSTEM;
  for (i = 0; r == 0 && i < count; i++)
    r = kill_one(&bed, &pids[i * 7919 % n], &successor[i]);
  free(pids);
  return stop(&bed, r);
}

/* ---- Exit --------------------------------------------------------------- */

/* Wait for an event of a kind; `time` is when the tree noted it. */
static int await_event(struct bed *bed, sup_event_kind kind, uint64_t *time) {
  sup_event event = {.size = sizeof(event)};
  int r;

  while ((r = sup_events_wait(bed->events, &event, SUP_SECONDS(10))) == 1)
    if (event.kind == kind) {
      *time = event.time;
      return 0;
    }
  return r == 0 ? SUP_ETIMEOUT : r;
}

static int end_one(struct bed *bed, int64_t pid, uint64_t *noticed) {
  uint64_t begun, time = 0;
  int r;

  usleep(1000); /* nothing is left to be done of the one before */
  begun = cb_now();
  r = pid > 1 && kill((pid_t)pid, SIGKILL) == 0 ? 0 : SUP_ESYSTEM;
  if (r == 0)
    r = await_event(bed, SUP_EVENT_FAILED, &time);
  *noticed = time - begun;
  if (r == 0) /* quiet again before the next one */
    r = await_event(bed, SUP_EVENT_STARTED, &time);
  return r;
}

int cb_process_exit(const char *program, size_t n, uint64_t *noticed,
                    size_t count) {
  struct bed bed = {0};
  sup_snapshot *snapshot = NULL;
  size_t i;
  int r = sup_runtime_create(&bed.runtime, NULL);

  if (r == 0)
    r = describe(&bed, program, n, NULL);
  if (r == 0)
    r = start(&bed);
  if (r == 0)
    r = sup_events_open(bed.tree, NULL, &bed.events);
  if (r == 0)
    r = sup_tree_snapshot(bed.tree, &snapshot);
  for (i = 0; r == 0 && i < count; i++) /* node 0 is the root */
    r = end_one(&bed, sup_snapshot_node(snapshot, 1 + i * 7919 % n)->pid,
                &noticed[i]);
  sup_snapshot_free(snapshot);
  return stop(&bed, r);
}

/* ---- Spawn to exit ------------------------------------------------------ */

int cb_process_cycle(const char *program, uint64_t *cycles, size_t count) {
  struct bed bed = {0};
  sup_event event = {.size = sizeof(event)};
  uint64_t last = 0;
  size_t i = 0;
  int r = sup_runtime_create(&bed.runtime, NULL);

  if (r == 0)
    r = describe(&bed, program, 1, "exit");
  if (r == 0)
    r = start(&bed);
  if (r == 0)
    r = sup_events_open(bed.tree, NULL, &bed.events);
  while (r == 0 && i < count) {
    if (sup_events_wait(bed.events, &event, SUP_SECONDS(10)) != 1)
      r = SUP_ETIMEOUT;
    if (event.kind != SUP_EVENT_COMPLETED)
      continue;
    if (last != 0)
      cycles[i++] = event.time - last;
    last = event.time;
  }
  return stop(&bed, r);
}
