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
 * Signals of the host, and the end of a main program.
 *
 * What watches is made and unmade on the loop thread. Dispositions belong to
 * the process, so one lock guards them for all runtimes.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

#define MAX_SIGNALS 64u

static pthread_mutex_t dispositions = PTHREAD_MUTEX_INITIALIZER;
static bool at_exit_is_set; /* guarded by it */

struct sup_signals {
  struct sup_runtime *runtime; /* counted */
  const sup_allocator *allocator;
  size_t count;
  void (*received)(void *ctx, int signal);
  void *ctx;
  int result;
  struct sup_host_signal *watches[];
};

static size_t size_of(size_t count) {
  return sizeof(struct sup_signals) +
         count * sizeof(((struct sup_signals *)0)->watches[0]);
}

static void was_received(void *ctx, int signal) {
  struct sup_signals *s = ctx;

  sup__in_callback++;
  s->received(s->ctx, signal);
  sup__in_callback--;
}

static void process_ends(void) {
  pthread_mutex_lock(&dispositions);
  sup__host_signals_end();
  pthread_mutex_unlock(&dispositions);
}

/* The lock is held. 0 or SUP_ENOMEM, and then it is tried again by the next. */
static int set_at_exit(void) {
  if (!at_exit_is_set)
    at_exit_is_set = atexit(process_ends) == 0;
  return at_exit_is_set ? 0 : SUP_ENOMEM;
}

void sup__host_forked(void) {
  /* A thread that is not here may hold it. */
  dispositions = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

/* ---- On the loop thread ------------------------------------------------- */

static void unwatch(struct sup_signals *s) {
  pthread_mutex_lock(&dispositions);
  for (size_t i = 0; i < s->count; i++)
    if (s->watches[i] != NULL)
      sup__host_signal_close(s->watches[i]);
  pthread_mutex_unlock(&dispositions);
  s->count = 0;
}

struct opening {
  struct sup_signals *watch;
  const int *signals;
};

static void watch_on_loop(void *ctx) {
  struct opening *opening = ctx;
  struct sup_signals *s = opening->watch;
  size_t i;

  pthread_mutex_lock(&dispositions);
  s->result = set_at_exit();
  for (i = 0; i < s->count && s->result == 0; i++)
    s->result = sup__host_signal_open(&s->watches[i], s->runtime->loop,
                                      opening->signals[i], was_received, s);
  pthread_mutex_unlock(&dispositions);
  if (s->result != 0)
    unwatch(s);
}

static void unwatch_on_loop(void *ctx) {
  unwatch(ctx);
}

/* ---- Watching ----------------------------------------------------------- */

/* While it is watched a runtime cannot be closed: SUP_EGONE if it is. */
static int count_watch(struct sup_runtime *rt, int by) {
  int r = 0;

  pthread_mutex_lock(&rt->lock);
  if (by > 0 && rt->closed)
    r = SUP_EGONE;
  else
    rt->watches += (size_t)by;
  pthread_mutex_unlock(&rt->lock);
  return r;
}

static void free_signals(struct sup_signals *s, size_t count) {
  struct sup_runtime *rt = s->runtime;

  sup__release(s->allocator, s, size_of(count));
  sup_runtime_unref(rt);
}

int sup_signals_open(sup_runtime *rt, const int *signals, size_t count,
                     void (*received)(void *ctx, int signal), void *ctx,
                     sup_signals **watch) {
  struct opening opening = {NULL, signals};
  struct sup_signals *s;
  int r = sup__runtime_check(rt);

  *watch = NULL;
  if (r != 0)
    return r;
  if (count == 0 || count > MAX_SIGNALS)
    return SUP_EINVAL;
  s = sup__allocate_zeroed(rt->allocator, size_of(MAX_SIGNALS));
  if (s == NULL)
    return SUP_ENOMEM;
  s->runtime = sup_runtime_ref(rt);
  s->allocator = rt->allocator;
  s->count = count;
  s->received = received;
  s->ctx = ctx;
  opening.watch = s;
  /* Counted before it is made: the runtime must not be closed in between. */
  r = count_watch(rt, 1);
  if (r == 0) {
    r = sup__runtime_call(rt, watch_on_loop, &opening);
    if (r == 0)
      r = s->result;
    if (r != 0)
      count_watch(rt, -1);
  }
  if (r != 0) {
    free_signals(s, MAX_SIGNALS);
    return r;
  }
  *watch = s;
  return 0;
}

/* A close that may not wait: within a callback on another thread. */
struct later {
  struct sup_work work;
  struct sup_signals *watch;
};

static void close_later(struct sup_work *work) {
  struct later *later = (struct later *)work;
  struct sup_signals *s = later->watch;
  const sup_allocator *allocator = s->allocator;

  unwatch(s);
  count_watch(s->runtime, -1);
  free_signals(s, MAX_SIGNALS);
  sup__release(allocator, later, sizeof(*later));
}

void sup_signals_close(sup_signals *s) {
  struct later *later;
  int r;

  if (s == NULL || sup__runtime_check(s->runtime) != 0)
    return;
  r = sup__runtime_call(s->runtime, unwatch_on_loop, s);
  if (r == SUP_EDEADLOCK) {
    later = sup__allocate_zeroed(s->allocator, sizeof(*later));
    if (later == NULL)
      return; /* goes on watching: better than a dangling watcher */
    later->watch = s;
    sup__work_init(&later->work, close_later);
    sup__loop_post(s->runtime->loop, &later->work);
    return;
  }
  count_watch(s->runtime, -1);
  free_signals(s, MAX_SIGNALS);
}

/* ---- Stopping a tree ---------------------------------------------------- */

struct sup_stopper {
  struct sup_stopper *next;
  struct sup_work work;
  struct sup_tree *tree; /* counted */
  struct sup_signals *watch;
  sup_duration budget;
};

static void stop_tree(void *ctx, int signal) {
  struct sup_stopper *stopper = ctx;
  struct sup_tree *tree = stopper->tree;

  sup__tree_enter(tree);
  if (tree->stop_signal == 0) {
    tree->stop_signal = signal;
    sup__engine_stop(tree->dispatcher.engine, stopper->budget);
  } else {
    sup__engine_force(tree->dispatcher.engine);
  }
  sup__tree_leave(tree);
}

/* On the loop thread. */
static void end_stopper(struct sup_work *work) {
  struct sup_stopper *stopper =
      (struct sup_stopper *)((char *)work - offsetof(struct sup_stopper, work));
  struct sup_tree *tree = stopper->tree;

  unwatch(stopper->watch);
  free_signals(stopper->watch, MAX_SIGNALS);
  sup__release(tree->runtime->allocator, stopper, sizeof(*stopper));
  sup_tree_unref(tree);
}

int sup_tree_stop_on_signals(sup_tree *tree, const int *signals, size_t count,
                             sup_duration budget) {
  struct sup_stopper *stopper;
  int r = sup__tree_check(tree);

  if (r != 0)
    return r;
  stopper = sup__allocate_zeroed(tree->runtime->allocator, sizeof(*stopper));
  if (stopper == NULL)
    return SUP_ENOMEM;
  sup__work_init(&stopper->work, end_stopper);
  stopper->tree = tree;
  stopper->budget = budget;
  r = sup_signals_open(tree->runtime, signals, count, stop_tree, stopper,
                       &stopper->watch);
  if (r != 0) {
    sup__release(tree->runtime->allocator, stopper, sizeof(*stopper));
    return r;
  }
  sup_tree_ref(tree);
  pthread_mutex_lock(&tree->lock);
  if (tree->host_told) {
    sup__loop_post(tree->runtime->loop, &stopper->work);
  } else {
    stopper->next = tree->stoppers;
    tree->stoppers = stopper;
  }
  /* It ends with the tree, so it does not keep the runtime from closing (what
   * was posted before that still runs), unless the tree does not either. */
  if (tree->launched || tree->host_told)
    count_watch(tree->runtime, -1);
  pthread_mutex_unlock(&tree->lock);
  return 0;
}

void sup__host_tree_launched(struct sup_tree *tree) {
  for (struct sup_stopper *s = tree->stoppers; s != NULL; s = s->next)
    count_watch(tree->runtime, -1);
}

/* ---- The end of a main program ------------------------------------------ */

struct sup_main_guard {
  struct sup_alarm alarm;
  struct sup_work work;
  struct sup_tree *tree; /* counted */
  sup_duration grace;
};

static void write_all(const char *text) {
  size_t length = strlen(text);

  while (length > 0) {
    ssize_t n = write(STDERR_FILENO, text, length);

    if (n <= 0)
      return;
    text += n;
    length -= (size_t)n;
  }
}

/* Not what is only above something that still runs. */
static bool still_runs(const sup_node_info *info) {
  struct sup_tree *tree = info->child.tree;
  bool runs;

  if (info->state != SUP_STATE_ABANDONED)
    return false;
  pthread_mutex_lock(&tree->lock);
  runs = sup__engine_runs(tree->dispatcher.engine, sup__child_ref(info->child));
  pthread_mutex_unlock(&tree->lock);
  return runs;
}

static void name_abandoned(struct sup_tree *tree) {
  sup_snapshot *snapshot;
  char path[1024];
  char line[1200];

  if (sup_tree_snapshot(tree, &snapshot) != 0)
    return;
  for (size_t i = 0; i < sup_snapshot_count(snapshot); i++) {
    const sup_node_info *info = sup_snapshot_node(snapshot, i);

    if (!still_runs(info))
      continue;
    sup_child_path(info->child, path, sizeof(path));
    snprintf(line, sizeof(line), "%s: abandoned, still running\n", path);
    write_all(line);
  }
  sup_snapshot_free(snapshot);
}

/* Nobody took over in time: the program ends here. */
static void grace_over(struct sup_alarm *alarm, uint64_t now) {
  struct sup_main_guard *guard = (struct sup_main_guard *)alarm;
  struct sup_tree *tree = guard->tree;
  bool waits;

  (void)now;
  pthread_mutex_lock(&tree->lock);
  waits = tree->main_guard == guard;
  pthread_mutex_unlock(&tree->lock);
  if (!waits)
    return; /* it has resumed at the last moment */
  write_all("the tree has ended, but the program did not go on; ending it\n");
  name_abandoned(tree);
  _exit(sup_tree_exit_status(tree));
}

static void end_guard(struct sup_work *work) {
  struct sup_main_guard *guard =
      (struct sup_main_guard *)((char *)work -
                                offsetof(struct sup_main_guard, work));
  struct sup_tree *tree = guard->tree;

  sup__alarm_close(&guard->alarm);
  sup__release(tree->runtime->allocator, guard, sizeof(*guard));
  sup_tree_unref(tree);
}

int sup_tree_guard_main(sup_tree *tree, sup_duration grace) {
  struct sup_main_guard *guard;
  bool told = false;
  int r = sup__tree_check(tree);

  if (r != 0)
    return r;
  guard = sup__allocate_zeroed(tree->runtime->allocator, sizeof(*guard));
  if (guard == NULL)
    return SUP_ENOMEM;
  sup__alarm_init(&guard->alarm, tree->runtime->loop, grace_over);
  sup__work_init(&guard->work, end_guard);
  guard->tree = tree;
  guard->grace = grace;
  pthread_mutex_lock(&tree->lock);
  r = tree->main_guard != NULL ? SUP_EALREADY : count_watch(tree->runtime, 1);
  if (r == 0) {
    tree->main_guard = guard;
    told = tree->host_told;
    sup_tree_ref(tree);
  }
  if (told)
    sup__alarm_by(&guard->alarm, sup__loop_now() + grace);
  pthread_mutex_unlock(&tree->lock);
  if (r != 0)
    sup__release(tree->runtime->allocator, guard, sizeof(*guard));
  return r;
}

int sup_tree_main_resumed(sup_tree *tree) {
  struct sup_main_guard *guard;
  int r = sup__tree_check(tree);

  if (r != 0)
    return r;
  pthread_mutex_lock(&tree->lock);
  guard = tree->main_guard;
  tree->main_guard = NULL;
  if (guard != NULL) {
    /* What was posted before a close still runs, so the runtime may be closed
     * as soon as this has returned. */
    sup__loop_post(tree->runtime->loop, &guard->work);
    count_watch(tree->runtime, -1);
  }
  pthread_mutex_unlock(&tree->lock);
  return guard == NULL ? SUP_EALREADY : 0;
}

void sup__host_tree_ended(struct sup_tree *tree) {
  struct sup_stopper *stopper = tree->stoppers;

  tree->stoppers = NULL;
  while (stopper != NULL) {
    struct sup_stopper *next = stopper->next;

    sup__loop_post(tree->runtime->loop, &stopper->work);
    if (!tree->launched)
      count_watch(tree->runtime, -1);
    stopper = next;
  }
  if (tree->main_guard != NULL)
    sup__alarm_by(&tree->main_guard->alarm,
                  sup__loop_now() + tree->main_guard->grace);
}

int sup_tree_exit_status(sup_tree *tree) {
  int status = 0;

  if (sup__tree_check(tree) != 0)
    return 1;
  pthread_mutex_lock(&tree->lock);
  if (tree->stop_signal != 0)
    status = 128 + tree->stop_signal;
  else if (sup__engine_result(tree->dispatcher.engine) != 0)
    status = 1;
  pthread_mutex_unlock(&tree->lock);
  return status;
}
