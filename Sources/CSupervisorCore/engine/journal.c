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

static struct sup_record *slot(const struct sup_engine *e, uint64_t number) {
  return &e->records[number & (e->record_capacity - 1)];
}

static void forget(struct sup_engine *e, struct sup_record *record) {
  sup__token_discard(e, record->error);
  sup__node_unpin(e, record->ref.node);
}

static void forget_all(struct sup_engine *e) {
  while (e->first_record <= e->last_event)
    forget(e, slot(e, e->first_record++));
}

/* Not part of sup__emit, of which mostly nobody reads: what it needs of
 * registers would be saved each time. */
__attribute__((noinline)) static uint64_t
record_event(struct sup_engine *e, sup_event_kind kind, struct sup_node *n,
             uint64_t cause, sup_duration duration, int64_t detail,
             sup_token error) {
  uint64_t number = e->last_event + 1;
  struct sup_record record;

  record.number = number;
  record.cause = cause;
  record.kind = (uint8_t)kind;
  record.node_kind = n->spec->kind;
  record.ref = sup__shown_ref(e, n);
  if (n->flags & NODE_ORPHAN)
    record.ref.node = n->position; /* the child that it was */
  record.restarts = n->incarnation > 0 ? n->incarnation - 1 : 0;
  record.time = e->now;
  record.wall = e->now + e->wall_offset;
  record.duration = duration;
  record.detail = detail;
  record.error = error;
  if (e->ended && e->final_event == 0) {
    /* The final event: kept whether or not anybody reads. */
    e->final_event = number;
    e->final_record = record;
    sup__token_ref(error);
  }
  if (e->readers > 0) {
    if (number - e->first_record >= e->record_capacity)
      forget(e, slot(e, e->first_record++));
    sup__token_ref(error);
    sup__node_pin(e, record.ref.node);
    *slot(e, number) = record;
  } else {
    e->first_record = number + 1;
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
  e->first_record = ++e->last_event + 1;
  return e->last_event;
}

int sup__engine_journal_open(struct sup_engine *e, uint32_t capacity) {
  uint32_t size = 16;
  struct sup_record *records;

  while (size < capacity)
    size *= 2;
  if (e->readers > 0 && size <= e->record_capacity) {
    e->readers++;
    return 0;
  }
  if (size != e->record_capacity) {
    records = sup__allocate(e->allocator, size * sizeof(*records));
    if (records == NULL)
      return SUP_ENOMEM;
    if (e->readers > 0)
      for (uint64_t i = e->first_record; i <= e->last_event; i++)
        records[i & (size - 1)] = *slot(e, i);
    sup__release(e->allocator, e->records,
                 e->record_capacity * sizeof(*records));
    e->records = records;
    e->record_capacity = size;
  }
  if (e->readers == 0)
    e->first_record = e->last_event + 1;
  e->readers++;
  return 0;
}

void sup__engine_journal_close(struct sup_engine *e) {
  SUP_ASSERT(e->readers > 0);
  if (--e->readers > 0)
    return;
  forget_all(e);
  sup__release(e->allocator, e->records,
               e->record_capacity * sizeof(*e->records));
  e->records = NULL;
  e->record_capacity = 0;
}

void sup__journal_free(struct sup_engine *e) {
  while (e->readers > 0)
    sup__engine_journal_close(e);
  if (e->final_event != 0)
    sup__token_discard(e, e->final_record.error);
}

uint64_t sup__engine_last_event(const struct sup_engine *e) {
  return e->last_event;
}

uint64_t sup__engine_final_event(const struct sup_engine *e) {
  return e->final_event;
}

bool sup__engine_record(const struct sup_engine *e, uint64_t number,
                        struct sup_record *record) {
  if (number == e->final_event && number != 0) {
    *record = e->final_record;
    return true;
  }
  if (e->readers == 0 || number < e->first_record || number > e->last_event)
    return false;
  *record = *slot(e, number);
  return true;
}
