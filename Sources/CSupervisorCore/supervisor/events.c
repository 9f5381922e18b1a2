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
 * Readers of events. Each keeps its place in the tree's journal by number; who
 * was told that there is something to read is told again only after it has
 * found that there is nothing.
 */

#include <string.h>

#include "private.h"

#define MAX_BUFFER (1u << 20)
#define DEFAULT_BUFFER 1024u
/* How long a reader may wait for what has happened. */
#define READER_PATIENCE SUP_MILLISECONDS(1)

struct sup_events {
  struct sup_events *next; /* under the tree's lock, as all below */
  struct sup_tree *tree;   /* counted */
  uint64_t position;       /* number of the next event to read */
  uint64_t lost;           /* to be told before that */
  uint32_t buffer;
  bool wants; /* has found nothing and is to be told */
  bool told;  /* being called at this moment */
  bool ended; /* the final event was read */
  bool in_journal;
  pthread_t teller; /* who calls it */
  void (*readable)(void *ctx);
  void *ctx;
  uv_cond_t changed;
  /* The reader's own. */
  char *path;
  size_t path_size;
  sup_error *error;
};

static struct sup_engine *engine_of(const struct sup_events *events) {
  return events->tree->dispatcher.engine;
}

/* ---- Telling ------------------------------------------------------------ */

static bool has_something(const struct sup_events *reader) {
  return !reader->ended &&
         reader->position <= sup__engine_last_event(engine_of(reader));
}

/* To be told at once: half of the buffer is full, or it is the end. */
static bool is_urgent(const struct sup_events *reader) {
  uint64_t last = sup__engine_last_event(engine_of(reader));

  return last - reader->position + 1 >= reader->buffer / 2 + 1 ||
         sup__engine_final_event(engine_of(reader)) != 0;
}

static void post(struct sup_tree *tree) {
  if (tree->events_posted)
    return;
  sup_tree_ref(tree);
  tree->events_posted = sup__tree_post(tree, &tree->events_work);
  if (!tree->events_posted)
    atomic_fetch_sub_explicit(&tree->refs, 1, memory_order_relaxed);
}

void sup__events_drained(struct sup_tree *tree) {
  uint64_t last = sup__engine_last_event(tree->dispatcher.engine);
  bool soon = false;

  if (tree->readers == NULL || last == tree->told_event || tree->events_posted)
    return;
  tree->told_event = last;
  for (struct sup_events *r = tree->readers; r != NULL; r = r->next) {
    if (!r->wants || !has_something(r))
      continue;
    if (is_urgent(r)) {
      post(tree);
      return;
    }
    soon = true;
  }
  if (soon && !tree->quiet)
    sup__alarm_by(&tree->events_alarm, sup__loop_now() + READER_PATIENCE);
}

/* Tell everybody who wants to know. The lock is held, and released for each. */
static void tell(struct sup_tree *tree) {
  struct sup_events *r = tree->readers;
  struct sup_events *called;

  while (r != NULL) {
    if (!r->wants || !has_something(r)) {
      r = r->next;
      continue;
    }
    r->wants = false;
    uv_cond_broadcast(&r->changed);
    if (r->readable == NULL) {
      r = r->next;
      continue;
    }
    called = r;
    r->told = true;
    r->teller = pthread_self();
    pthread_mutex_unlock(&tree->lock);
    sup__in_callback++;
    r->readable(r->ctx);
    sup__in_callback--;
    pthread_mutex_lock(&tree->lock);
    /* It may be gone, if it was closed in there; so look from the start. */
    for (r = tree->readers; r != NULL; r = r->next)
      if (r == called) {
        r->told = false;
        uv_cond_broadcast(&r->changed);
      }
    r = tree->readers;
  }
}

void sup__events_ring(struct sup_alarm *alarm, uint64_t now) {
  struct sup_tree *tree =
      (struct sup_tree *)((char *)alarm -
                          offsetof(struct sup_tree, events_alarm));

  (void)now;
  pthread_mutex_lock(&tree->lock);
  tell(tree);
  pthread_mutex_unlock(&tree->lock);
}

void sup__events_run(struct sup_work *work) {
  struct sup_tree *tree =
      (struct sup_tree *)((char *)work -
                          offsetof(struct sup_tree, events_work));

  pthread_mutex_lock(&tree->lock);
  tree->events_posted = false;
  tell(tree);
  pthread_mutex_unlock(&tree->lock);
  sup_tree_unref(tree);
}

void sup__events_retire(struct sup_tree *tree) {
  pthread_mutex_lock(&tree->lock);
  tell(tree);
  pthread_mutex_unlock(&tree->lock);
}

/* ---- Open and close ----------------------------------------------------- */

int sup_events_open(sup_tree *tree, const sup_events_options *options,
                    sup_events **events) {
  sup_events_options chosen = SUP_EVENTS_OPTIONS_INIT;
  struct sup_events *reader;
  uint64_t final;
  int r = sup__tree_check(tree);

  *events = NULL;
  if (r != 0)
    return r;
  if (options != NULL) {
    if (!sup__sized_take(&chosen, sizeof(chosen), options,
                         sizeof(options->size)) ||
        chosen.buffer > MAX_BUFFER)
      return SUP_EINVAL;
  }
  reader = sup__allocate_zeroed(tree->runtime->allocator, sizeof(*reader));
  if (reader == NULL)
    return SUP_ENOMEM;
  reader->buffer = chosen.buffer == 0 ? DEFAULT_BUFFER : chosen.buffer;
  reader->readable = chosen.readable;
  reader->ctx = chosen.ctx;
  reader->wants = true;
  if (uv_cond_init(&reader->changed) != 0) {
    sup__release(tree->runtime->allocator, reader, sizeof(*reader));
    return SUP_ENOMEM;
  }
  sup__tree_enter(tree);
  final = sup__engine_final_event(tree->dispatcher.engine);
  reader->position =
      final != 0 ? final : sup__engine_last_event(tree->dispatcher.engine) + 1;
  if (final == 0) {
    r = sup__engine_journal_open(tree->dispatcher.engine, reader->buffer);
    reader->in_journal = r == 0;
  }
  if (r == 0) {
    reader->tree = sup_tree_ref(tree);
    reader->next = tree->readers;
    tree->readers = reader;
    *events = reader;
    tree->told_event = 0; /* look at everybody anew */
  }
  if (r == 0 && final != 0 && tree->quiet)
    tell(tree); /* off the loop: here is as good as anywhere */
  sup__tree_leave(tree);
  if (r != 0) {
    uv_cond_destroy(&reader->changed);
    sup__release(tree->runtime->allocator, reader, sizeof(*reader));
  }
  return r;
}

static void forget_last(struct sup_events *reader) {
  sup_error_unref(reader->error);
  reader->error = NULL;
}

void sup_events_close(sup_events *reader) {
  struct sup_events **at;
  struct sup_tree *tree;

  if (reader == NULL || sup__tree_check(reader->tree) != 0)
    return;
  tree = reader->tree;
  sup__tree_enter(tree);
  while (reader->told && !pthread_equal(reader->teller, pthread_self()))
    uv_cond_wait(&reader->changed, &tree->lock);
  for (at = &tree->readers; *at != reader;)
    at = &(*at)->next;
  *at = reader->next;
  if (reader->in_journal)
    sup__engine_journal_close(tree->dispatcher.engine);
  sup__tree_leave(tree);
  forget_last(reader);
  uv_cond_destroy(&reader->changed);
  sup__release(tree->runtime->allocator, reader->path, reader->path_size);
  sup__release(tree->runtime->allocator, reader, sizeof(*reader));
  sup_tree_unref(tree);
}

/* ---- Reading ------------------------------------------------------------ */

/* The number of the oldest event that this reader may still have. */
static uint64_t oldest(const struct sup_events *reader) {
  uint64_t last = sup__engine_last_event(engine_of(reader));
  uint64_t final = sup__engine_final_event(engine_of(reader));

  if (final != 0)
    last = final;
  return last >= reader->buffer ? last - reader->buffer + 1 : 1;
}

/* The path of a record, in memory of the reader's; NULL if there is none. */
static const char *render(struct sup_events *reader,
                          const struct sup_record *record) {
  const sup_allocator *allocator = reader->tree->runtime->allocator;
  size_t length = sup__engine_path(engine_of(reader), record->ref.node, 0,
                                   reader->path, reader->path_size);

  if (length + 1 <= reader->path_size)
    return reader->path;
  sup__release(allocator, reader->path, reader->path_size);
  reader->path = sup__allocate(allocator, length + 64);
  reader->path_size = reader->path == NULL ? 0 : length + 64;
  if (reader->path == NULL)
    return NULL;
  sup__engine_path(engine_of(reader), record->ref.node, 0, reader->path,
                   reader->path_size);
  return reader->path;
}

static void fill(struct sup_events *reader, sup_event *event,
                 const struct sup_record *record) {
  event->kind = (sup_event_kind)record->kind;
  event->node_kind = (sup_kind)record->node_kind;
  event->number = record->number;
  event->cause = record->cause;
  event->child.tree = reader->tree;
  event->child.node = record->ref.node;
  event->child.generation = record->ref.generation;
  event->child.incarnation = record->ref.incarnation;
  event->restarts = record->restarts;
  event->time = record->time;
  event->wall = record->wall;
  event->duration = record->duration;
  event->detail = record->detail;
  event->path = render(reader, record);
}

static void fill_lost(struct sup_events *reader, sup_event *event,
                      uint64_t first) {
  event->kind = SUP_EVENT_LOST;
  event->number = first - 1;
  event->detail = (int64_t)(first - reader->position);
  event->child.tree = reader->tree;
  event->path = "";
  reader->position = first;
}

/* The lock is held. 1, 0, SUP_EGONE or SUP_ENOMEM; *token is referenced. */
static int next(struct sup_events *reader, sup_event *event, sup_token *token) {
  struct sup_record record;
  uint64_t first = oldest(reader);
  bool kept;

  if (reader->ended)
    return SUP_EGONE;
  if (!has_something(reader)) {
    reader->wants = true;
    return 0;
  }
  if (reader->position < first) {
    fill_lost(reader, event, first);
    return 1;
  }
  kept = sup__engine_record(engine_of(reader), reader->position, &record);
  SUP_ASSERT(kept);
  fill(reader, event, &record);
  if (event->path == NULL)
    return SUP_ENOMEM; /* it stays to be read */
  *token = sup__token_ref(record.error);
  reader->ended = record.number == sup__engine_final_event(engine_of(reader));
  reader->position++;
  return 1;
}

static int check(struct sup_events *reader, const sup_event *event) {
  int r = sup__tree_check(reader->tree);

  if (r == 0 && !sup__sized_can_give(event))
    r = SUP_EINVAL;
  return r;
}

static void finish(struct sup_events *reader, sup_event *event,
                   sup_event *taken, sup_token token) {
  reader->error = sup__error_of(token);
  taken->error = reader->error;
  sup__sized_give(event, taken, sizeof(*taken));
  if (sup__token_drop(token))
    sup__error_free(sup__token_object(token));
}

int sup_events_next(sup_events *reader, sup_event *event) {
  sup_event taken = {.size = sizeof(taken)};
  sup_token token = 0;
  int r = check(reader, event);

  if (r != 0)
    return r;
  forget_last(reader);
  pthread_mutex_lock(&reader->tree->lock);
  r = next(reader, &taken, &token);
  pthread_mutex_unlock(&reader->tree->lock);
  if (r == 1)
    finish(reader, event, &taken, token);
  return r;
}

int sup_events_wait(sup_events *reader, sup_event *event,
                    sup_duration timeout) {
  struct sup_tree *tree = reader->tree;
  uint64_t until = sup__loop_now() + timeout;
  sup_event taken = {.size = sizeof(taken)};
  sup_token token = 0;
  int r = check(reader, event);

  if (r != 0)
    return r;
  if (sup__may_block(tree->runtime) != 0 && !atomic_load(&tree->retired))
    return SUP_EDEADLOCK;
  if (until < timeout)
    until = UINT64_MAX;
  forget_last(reader);
  pthread_mutex_lock(&tree->lock);
  while ((r = next(reader, &taken, &token)) == 0) {
    uint64_t now = sup__loop_now();

    if (now >= until)
      break;
    if (until == UINT64_MAX)
      uv_cond_wait(&reader->changed, &tree->lock);
    else
      uv_cond_timedwait(&reader->changed, &tree->lock, until - now);
  }
  pthread_mutex_unlock(&tree->lock);
  if (r == 1)
    finish(reader, event, &taken, token);
  return r;
}

/* ---- Names -------------------------------------------------------------- */

const char *sup_event_kind_name(sup_event_kind kind) {
  switch (kind) {
  case SUP_EVENT_STARTED:
    return "started";
  case SUP_EVENT_START_FAILED:
    return "start failed";
  case SUP_EVENT_DECLINED:
    return "declined";
  case SUP_EVENT_COMPLETED:
    return "completed";
  case SUP_EVENT_FAILED:
    return "failed";
  case SUP_EVENT_STOPPING:
    return "stopping";
  case SUP_EVENT_TERMINATED:
    return "terminated";
  case SUP_EVENT_TERMINATION_FAILED:
    return "termination failed";
  case SUP_EVENT_RESTART_SCHEDULED:
    return "restart scheduled";
  case SUP_EVENT_RESTART_CANCELED:
    return "restart canceled";
  case SUP_EVENT_STUCK:
    return "stuck";
  case SUP_EVENT_LATE_EXIT:
    return "late exit";
  case SUP_EVENT_TOLERANCE_EXCEEDED:
    return "tolerance exceeded";
  case SUP_EVENT_RESOURCE_BUILT:
    return "resource built";
  case SUP_EVENT_RESOURCE_CLEANED:
    return "resource cleaned";
  case SUP_EVENT_QUARANTINED:
    return "quarantined";
  case SUP_EVENT_AUTO_SHUTDOWN:
    return "auto shutdown";
  case SUP_EVENT_SILENT:
    return "silent";
  case SUP_EVENT_LOOP_LATE:
    return "loop late";
  case SUP_EVENT_HEALTHY:
    return "healthy";
  case SUP_EVENT_DONE:
    return "done";
  case SUP_EVENT_LOST:
    return "lost";
  default:
    return "unknown";
  }
}
