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
 * The journal: one ring for all readers, who keep their place in it by number.
 * A record names its node by index and pins it, so that its path can still be
 * rendered when the node is gone. Without readers only numbers are given out.
 */

#include <string.h>

#include "internal.h"

static struct entry *slot(const struct sup_engine *e, uint64_t number) {
  return &e->entries[number & (e->entry_capacity - 1)];
}

static void forget(struct sup_engine *e, struct entry *entry) {
  sup__token_discard(e, entry->error);
  sup__node_unpin(e, entry->node);
}

/* Readers on other processors have had the oldest entries and their errors:
 * fetch what is forgotten next, so that nobody has to wait for it then. */
static void prepare(const struct sup_engine *e, uint64_t first) {
  sup__prefetch_to_write(slot(e, first + 9));
  sup__prefetch_to_write(sup__token_object(slot(e, first + 6)->error));
}

static void forget_all(struct sup_engine *e) {
  while (e->first_entry <= e->last_event)
    forget(e, slot(e, e->first_entry++));
}

/* Not part of sup__emit, of which mostly nobody reads: what it needs of
 * registers would be saved each time. */
__attribute__((noinline)) static uint64_t
record_event(struct sup_engine *e, sup_event_kind kind, struct sup_node *n,
             uint64_t cause, sup_duration duration, int64_t detail,
             sup_token error) {
  uint64_t number = e->last_event + 1;
  struct sup_ref ref = sup__shown_ref(e, n);
  /* An orphan is told of as the child that it was. */
  struct entry entry = {
      .node = n->flags & NODE_ORPHAN ? n->position : ref.node,
      .kind = (uint8_t)kind,
      .node_kind = n->spec->kind,
      .generation = ref.generation,
      .incarnation = ref.incarnation,
      .cause = cause,
      .time = e->now,
      .duration = duration,
      .detail = detail,
      .error = error,
  };

  if (e->ended && e->final_event == 0) {
    /* The final event: kept whether or not anybody reads. */
    e->final_event = number;
    e->final_entry = entry;
    sup__token_ref(error);
  }
  if (e->readers > 0) {
    if (number - e->first_entry >= e->entry_capacity) {
      forget(e, slot(e, e->first_entry++));
      prepare(e, e->first_entry);
    }
    sup__token_ref(error);
    sup__node_pin(e, entry.node);
    *slot(e, number) = entry;
  } else {
    e->first_entry = number + 1;
  }
  e->last_event = number;
  return number;
}

uint64_t sup__emit(struct sup_engine *e, sup_event_kind kind,
                   struct sup_node *n, uint64_t cause, sup_duration duration,
                   int64_t detail, sup_token error) {
  /* E3: after the final one only the counters tell. */
  if (e->final_event != 0)
    return e->final_event;
  if ((n->flags & NODE_BODY) && !sup__body_tells(n, kind))
    return cause;
  if (e->readers > 0 || e->ended)
    return record_event(e, kind, n, cause, duration, detail, error);
  e->first_entry = ++e->last_event + 1;
  return e->last_event;
}

/* Room for a number of entries that is a power of two, each in a line of the
 * cache; NULL for lack of memory. `memory` is what was allocated. */
static struct entry *entries_new(const sup_allocator *allocator, uint32_t size,
                                 void **memory) {
  uintptr_t at;

  *memory = sup__allocate(allocator, (size + 1) * sizeof(struct entry));
  at = (uintptr_t)*memory + sizeof(struct entry) - 1;
  return *memory == NULL
             ? NULL
             : (struct entry *)(at & ~(uintptr_t)(sizeof(struct entry) - 1));
}

static void entries_free(struct sup_engine *e) {
  sup__release(e->allocator, e->entry_memory,
               (e->entry_capacity + 1) * sizeof(struct entry));
  e->entries = NULL;
  e->entry_memory = NULL;
  e->entry_capacity = 0;
}

int sup__engine_journal_open(struct sup_engine *e, uint32_t capacity) {
  uint32_t size = 16;
  struct entry *entries;
  void *memory;

  while (size < capacity)
    size *= 2;
  if (e->readers > 0 && size <= e->entry_capacity) {
    e->readers++;
    return 0;
  }
  if (size != e->entry_capacity) {
    entries = entries_new(e->allocator, size, &memory);
    if (entries == NULL)
      return SUP_ENOMEM;
    if (e->readers > 0)
      for (uint64_t i = e->first_entry; i <= e->last_event; i++)
        entries[i & (size - 1)] = *slot(e, i);
    if (e->entries != NULL)
      entries_free(e);
    e->entries = entries;
    e->entry_memory = memory;
    e->entry_capacity = size;
  }
  if (e->readers == 0)
    e->first_entry = e->last_event + 1;
  e->readers++;
  return 0;
}

void sup__engine_journal_close(struct sup_engine *e) {
  SUP_ASSERT(e->readers > 0);
  if (--e->readers > 0)
    return;
  forget_all(e);
  entries_free(e);
}

void sup__journal_free(struct sup_engine *e) {
  while (e->readers > 0)
    sup__engine_journal_close(e);
  if (e->final_event != 0)
    sup__token_discard(e, e->final_entry.error);
}

uint64_t sup__engine_last_event(const struct sup_engine *e) {
  return e->last_event;
}

uint64_t sup__engine_final_event(const struct sup_engine *e) {
  return e->final_event;
}

bool sup__engine_record(const struct sup_engine *e, uint64_t number,
                        struct sup_record *record) {
  const struct entry *entry;

  if (number == e->final_event && number != 0)
    entry = &e->final_entry;
  else if (e->readers == 0 || number < e->first_entry || number > e->last_event)
    return false;
  else
    entry = slot(e, number);
  record->number = number;
  record->cause = entry->cause;
  record->kind = entry->kind;
  record->node_kind = entry->node_kind;
  record->ref.node = entry->node;
  record->ref.generation = entry->generation;
  record->ref.incarnation = entry->incarnation;
  record->restarts = entry->incarnation > 0 ? entry->incarnation - 1 : 0;
  record->time = entry->time;
  record->wall = entry->time + e->wall_offset;
  record->duration = entry->duration;
  record->detail = entry->detail;
  record->error = entry->error;
  return true;
}

const void *sup__engine_place(const struct sup_engine *e, uint64_t number) {
  return e->entries == NULL ? NULL : slot(e, number);
}
