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
/* A reader takes several records in one hold of the lock, which those who
 * supervise want, too: a 32nd of its buffer, so that it has hardly more than
 * it asked for, and at most 32, so that nobody waits long for it. */
#define READ_AHEAD 32u
/* Room for the paths of these. */
#define PATHS_SIZE 1024u

/* A record that was taken and is not given out yet. Owns its error. */
struct taken {
  struct sup_record record;
  size_t path; /* where it is in `paths` */
};

struct sup_events {
  struct sup_events *next; /* under the tree's lock, as all below */
  struct sup_tree *tree;   /* counted */
  uint64_t position;       /* number of the next event to read */
  uint32_t buffer;
  bool wants; /* has found nothing, or little, and is to be told */
  bool told;  /* being called at this moment */
  bool ended; /* the final event was taken */
  bool in_journal;
  pthread_t teller; /* who calls it */
  void (*readable)(void *ctx);
  void *ctx;
  uv_cond_t changed;
  /* The reader's own. What follows is looked at for each event, and nothing of
   * the tree is, which is on its way between those who supervise. */
  unsigned fork_generation; /* of the runtime */
  struct taken *taken; /* `room` of them, of which `given` to `count` wait */
  uint32_t room;
  uint32_t given;
  uint32_t count;
  char *paths;
  size_t paths_size;
  size_t paths_used;
  const char *ahead; /* where the next records are, or have been; or NULL */
  sup_error *error;  /* of the event that was given last */
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

static void tell_soon(struct sup_tree *tree) {
  sup__alarm_by(&tree->events_alarm, sup__loop_now() + READER_PATIENCE);
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
    tell_soon(tree);
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

/* NULL for lack of memory. */
static struct sup_events *reader_new(const sup_allocator *allocator,
                                     const sup_events_options *options) {
  struct sup_events *reader = sup__allocate_zeroed(allocator, sizeof(*reader));

  if (reader == NULL)
    return NULL;
  reader->buffer = options->buffer == 0 ? DEFAULT_BUFFER : options->buffer;
  reader->readable = options->readable;
  reader->ctx = options->ctx;
  reader->wants = true;
  reader->room = reader->buffer / READ_AHEAD;
  if (reader->room == 0)
    reader->room = 1;
  if (reader->room > READ_AHEAD)
    reader->room = READ_AHEAD;
  reader->taken =
      sup__allocate(allocator, reader->room * sizeof(*reader->taken));
  if (reader->taken != NULL && uv_cond_init(&reader->changed) == 0)
    return reader;
  sup__release(allocator, reader->taken, reader->room * sizeof(*reader->taken));
  sup__release(allocator, reader, sizeof(*reader));
  return NULL;
}

static void reader_free(const sup_allocator *allocator,
                        struct sup_events *reader) {
  uv_cond_destroy(&reader->changed);
  sup__release(allocator, reader->paths, reader->paths_size);
  sup__release(allocator, reader->taken, reader->room * sizeof(*reader->taken));
  sup__release(allocator, reader, sizeof(*reader));
}

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
  reader = reader_new(tree->runtime->allocator, &chosen);
  if (reader == NULL)
    return SUP_ENOMEM;
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
    reader->fork_generation = tree->runtime->fork_generation;
    reader->next = tree->readers;
    tree->readers = reader;
    *events = reader;
    tree->told_event = 0; /* look at everybody anew */
  }
  if (r == 0 && final != 0 && tree->quiet)
    tell(tree); /* off the loop: here is as good as anywhere */
  sup__tree_leave(tree);
  if (r != 0)
    reader_free(tree->runtime->allocator, reader);
  return r;
}

/* Give the reference of a record back. No lock is held. */
static void drop(sup_token token) {
  if (sup__token_drop(token))
    sup__error_free(sup__token_object(token));
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
  while (reader->given < reader->count)
    drop(reader->taken[reader->given++].record.error);
  reader_free(tree->runtime->allocator, reader);
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

/* More room for paths, where those that are there are not wanted any more.
 * False for lack of memory. */
static bool grow_paths(struct sup_events *reader, size_t size) {
  const sup_allocator *allocator = reader->tree->runtime->allocator;

  sup__release(allocator, reader->paths, reader->paths_size);
  if (size < PATHS_SIZE && reader->room > 1)
    size = PATHS_SIZE;
  reader->paths = sup__allocate(allocator, size);
  reader->paths_size = reader->paths == NULL ? 0 : size;
  return reader->paths != NULL;
}

/* Write the path of a record behind those of the ones before. False if there
 * is no room, or for the first no memory. The lock is held. */
static bool render(struct sup_events *reader, struct taken *taken) {
  uint32_t node = taken->record.ref.node;
  size_t room = reader->paths_size - reader->paths_used;
  char *at = reader->paths == NULL ? NULL : reader->paths + reader->paths_used;
  size_t length;

  if (reader->count > 0 && taken[-1].record.ref.node == node) {
    /* Pinned by its record until now, so it is the same one. */
    taken->path = taken[-1].path;
    return true;
  }
  length = sup__engine_path(engine_of(reader), node, 0, at, room);
  if (length + 1 > room) {
    if (reader->count > 0 || !grow_paths(reader, length + 64))
      return false;
    sup__engine_path(engine_of(reader), node, 0, reader->paths,
                     reader->paths_size);
  }
  taken->path = reader->paths_used;
  reader->paths_used += length + 1;
  return true;
}

/* Take what there is and has room. False if there is no memory for the first,
 * which stays to be taken. The lock is held, and what is read was written on
 * other processors: so all is fetched before any of it is waited for. */
static bool take(struct sup_events *reader) {
  const struct sup_engine *engine = engine_of(reader);
  uint64_t final = sup__engine_final_event(engine);
  uint64_t last = final != 0 ? final : sup__engine_last_event(engine);
  uint64_t count = last - reader->position + 1;
  bool kept;

  if (count > reader->room)
    count = reader->room;
  for (uint32_t i = 0; i < count; i++) {
    struct sup_record *record = &reader->taken[i].record;

    kept = sup__engine_record(engine, reader->position + i, record);
    SUP_ASSERT(kept);
    sup__prefetch_to_write(sup__token_object(record->error));
  }
  reader->given = 0;
  reader->count = 0;
  reader->paths_used = 0;
  while (reader->count < count) {
    struct taken *taken = &reader->taken[reader->count];

    if (!render(reader, taken))
      break;
    sup__token_ref(taken->record.error);
    reader->count++;
  }
  reader->position += reader->count;
  reader->ended = final != 0 && reader->position > final;
  reader->ahead = sup__engine_place(engine, reader->position);
  return reader->count > 0;
}

/* Give the next one of those that were taken. No lock is held. */
static int give(struct sup_events *reader, sup_event *event) {
  const struct taken *taken = &reader->taken[reader->given++];
  const struct sup_record *record = &taken->record;
  sup_event given = {
      .size = sizeof(given),
      .kind = (sup_event_kind)record->kind,
      .node_kind = (sup_kind)record->node_kind,
      .number = record->number,
      .cause = record->cause,
      .child = {.tree = reader->tree,
                .node = record->ref.node,
                .generation = record->ref.generation,
                .incarnation = record->ref.incarnation},
      .restarts = record->restarts,
      .time = record->time,
      .wall = record->wall,
      .duration = record->duration,
      .detail = record->detail,
      .path = reader->paths + taken->path,
  };

  reader->error = sup__error_of(record->error);
  given.error = reader->error;
  drop(record->error);
  sup__sized_give(event, &given, sizeof(given));
  return 1;
}

static int give_lost(struct sup_events *reader, sup_event *event, uint64_t lost,
                     uint64_t last) {
  sup_event given = {
      .size = sizeof(given),
      .kind = SUP_EVENT_LOST,
      .number = last,
      .child = {.tree = reader->tree},
      .detail = (int64_t)lost,
      .path = "",
  };

  sup__sized_give(event, &given, sizeof(given));
  return 1;
}

/* What the reader is to be answered, if that is known without what was taken
 * before. The lock is held. */
enum answer {
  ANSWER_TAKEN,
  ANSWER_LOST,
  ANSWER_NOTHING,
  ANSWER_GONE,
  ANSWER_NO_MEMORY,
};

/* What it took last was all that there was: it is as fast as those who
 * supervise, and would be at the lock and at what they have just written for
 * each event if it went on looking. */
static bool has_caught_up(const struct sup_events *reader) {
  return reader->count > 0 && reader->count < reader->room &&
         reader->readable != NULL && !reader->tree->runtime->manual &&
         !is_urgent(reader);
}

static enum answer look(struct sup_events *reader, bool rests, uint64_t *lost) {
  uint64_t first = oldest(reader);

  if (reader->ended)
    return ANSWER_GONE;
  if (!has_something(reader) || (rests && has_caught_up(reader))) {
    if (has_something(reader))
      tell_soon(reader->tree);
    reader->given = 0;
    reader->count = 0; /* when it comes back it has waited */
    reader->wants = true;
    return ANSWER_NOTHING;
  }
  if (reader->position < first) {
    *lost = first - reader->position;
    reader->position = first;
    return ANSWER_LOST;
  }
  return take(reader) ? ANSWER_TAKEN : ANSWER_NO_MEMORY;
}

static int check(struct sup_events *reader, const sup_event *event) {
  if (reader->fork_generation != sup__fork_generation)
    return SUP_EFORKED;
  return sup__sized_can_give(event) ? 0 : SUP_EINVAL;
}

/* Look until there is something, or the time is over. The lock is held, and
 * released while it waits. */
static enum answer wait_for(struct sup_events *reader, uint64_t *lost,
                            sup_duration timeout) {
  struct sup_tree *tree = reader->tree;
  uint64_t now = sup__loop_now();
  uint64_t until = now + timeout < timeout ? UINT64_MAX : now + timeout;
  enum answer answer = ANSWER_NOTHING;

  while (answer == ANSWER_NOTHING && now < until) {
    if (until == UINT64_MAX)
      uv_cond_wait(&reader->changed, &tree->lock);
    else
      uv_cond_timedwait(&reader->changed, &tree->lock, until - now);
    answer = look(reader, false, lost);
    now = sup__loop_now();
  }
  return answer;
}

static int next(struct sup_events *reader, sup_event *event, bool rests,
                sup_duration timeout) {
  struct sup_tree *tree = reader->tree;
  enum answer answer;
  uint64_t lost = 0;
  uint64_t last;

  forget_last(reader);
  if (reader->given < reader->count)
    return give(reader, event);
  for (uint32_t i = 0; reader->ahead != NULL && i < reader->room; i++)
    __builtin_prefetch(reader->ahead + (size_t)i * SUP_ENTRY_SIZE);
  pthread_mutex_lock(&tree->lock);
  answer = look(reader, rests, &lost);
  if (answer == ANSWER_NOTHING && timeout > 0)
    answer = wait_for(reader, &lost, timeout);
  last = reader->position - 1;
  pthread_mutex_unlock(&tree->lock);
  switch (answer) {
  case ANSWER_TAKEN:
    return give(reader, event);
  case ANSWER_LOST:
    return give_lost(reader, event, lost, last);
  case ANSWER_NOTHING:
    return 0;
  case ANSWER_GONE:
    return SUP_EGONE;
  default:
    return SUP_ENOMEM;
  }
}

int sup_events_next(sup_events *reader, sup_event *event) {
  int r = check(reader, event);

  return r != 0 ? r : next(reader, event, false, 0);
}

int sup_events_next_or_rest(sup_events *reader, sup_event *event) {
  int r = check(reader, event);

  return r != 0 ? r : next(reader, event, true, 0);
}

int sup_events_wait(sup_events *reader, sup_event *event,
                    sup_duration timeout) {
  int r = check(reader, event);

  if (r != 0)
    return r;
  if (sup__may_block(reader->tree->runtime) != 0 &&
      !atomic_load(&reader->tree->retired))
    return SUP_EDEADLOCK;
  return next(reader, event, false, timeout);
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
  case SUP_EVENT_STARTING:
    return "starting";
  case SUP_EVENT_LOST:
    return "lost";
  default:
    return "unknown";
  }
}
