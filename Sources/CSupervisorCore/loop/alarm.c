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
 * The work stack and the alarms.
 *
 * Why no wake-up is lost. Whoever wants something of the loop
 *
 *   1. pushes a node on `posted` (or finds it queued already),
 *   2. reads `asleep_until`, and wakes the loop if it wants it before that.
 *
 * Before the loop gives up control it
 *
 *   3. writes into `asleep_until` the time for which its timer is armed,
 *   4. reads `posted`, and takes another turn if it is not empty.
 *
 * All four are sequentially consistent, so there is one order of them that all
 * threads agree on. If 2 comes before 3, so does 1, and 4 finds the node. If
 * 2 comes after 3, it has seen until when the loop sleeps and decides rightly.
 * While the loop runs our code `asleep_until` is SUP__AWAKE, which is before
 * everything: nobody needs to wake a loop that will look again.
 *
 * A node that is queued but not yet pushed, because its thread was interrupted
 * between the two, would escape 4: a second thread that lowers the same alarm
 * meanwhile and finds the loop awake leaves without waking it. Therefore the
 * time that is compared in 2 is read after 1: the interrupted thread will see
 * the lower one, and wake the loop for the other.
 *
 * An alarm that is later than `asleep_until` stays on the stack. It is taken
 * from there when the loop wakes for something else, which is at the latest
 * when the timer rings, and so before its time.
 */

#include <string.h>

#include "loop_private.h"

/* ---- Work --------------------------------------------------------------- */

void sup__work_init(struct sup_work *work, void (*run)(struct sup_work *)) {
  work->next = NULL;
  atomic_init(&work->queued, false);
  work->run = run;
}

/* Whoever stamps pushes after it, and take_posted reads the stamp after it has
 * taken the stack: so a stamp never outlives what it is for. At worst it goes
 * with what was pushed just before, and this post is not measured. */
static void stamp_post(struct sup_loop *loop) {
  if (loop->late != NULL && atomic_load(&loop->posted_at) == 0)
    atomic_store(&loop->posted_at, sup__loop_now());
}

bool sup__work_push(struct sup_loop *loop, struct sup_work *work, bool stamp) {
  struct sup_work *head;

  if (atomic_exchange(&work->queued, true))
    return false;
  if (stamp)
    stamp_post(loop);
  head = atomic_load(&loop->posted);
  do
    work->next = head;
  while (!atomic_compare_exchange_weak(&loop->posted, &head, work));
  return true;
}

static void read_stamp(struct sup_loop *loop) {
  uint64_t at;

  if (loop->late == NULL || atomic_load(&loop->posted_at) == 0)
    return;
  at = atomic_exchange(&loop->posted_at, 0);
  sup__lag_note(loop, at, sup__loop_now());
}

/* Move what was posted to the end of the batch, turned round: oldest first.
 * Nodes leave the stack only all at once, so a node that comes back to it
 * cannot be mistaken for itself. */
static void take_posted(struct sup_loop *loop) {
  struct sup_work *work = atomic_exchange(&loop->posted, NULL);
  struct sup_work *newest = work;
  struct sup_work *oldest = NULL;

  if (work == NULL)
    return;
  read_stamp(loop);
  while (work != NULL) {
    struct sup_work *older = work->next;

    work->next = oldest;
    oldest = work;
    work = older;
  }
  *loop->batch_end = oldest;
  loop->batch_end = &newest->next;
}

void sup__work_run(struct sup_loop *loop) {
  struct sup_work *work;

  take_posted(loop);
  while ((work = loop->batch) != NULL) {
    loop->batch = work->next;
    if (loop->batch == NULL)
      loop->batch_end = &loop->batch;

    /* An exchange and not a store: what a thread wrote before it found the
     * work queued must be seen by this run. */
    (void)atomic_exchange(&work->queued, false);
    work->run(work); /* its memory may be gone after this */
  }
}

bool sup__work_is_empty(const struct sup_loop *loop) {
  return atomic_load(&loop->posted) == NULL && loop->batch == NULL;
}

/* Loop thread: take it out from among those that wait to be run. */
static void withdraw(struct sup_loop *loop, struct sup_work *work) {
  struct sup_work **link;

  if (!atomic_load(&work->queued))
    return;
  take_posted(loop);
  for (link = &loop->batch; *link != work; link = &(*link)->next)
    SUP_ASSERT(*link != NULL);
  *link = work->next;
  if (*link == NULL)
    loop->batch_end = link;
  atomic_store(&work->queued, false);
}

/* ---- The heap ----------------------------------------------------------- */

/* A pairing heap. An alarm's children are linked by heap_next; heap_prev of
 * the first one is their parent. */

static bool rings_before(const struct sup_alarm *a, const struct sup_alarm *b) {
  if (a->heap_key != b->heap_key)
    return a->heap_key < b->heap_key;
  return a->heap_order < b->heap_order;
}

static bool in_heap(const struct sup_alarm *alarm) {
  return alarm->heap_prev != NULL || alarm->loop->nearest == alarm;
}

/* Two roots without siblings; either may be NULL. */
static struct sup_alarm *meld(struct sup_alarm *a, struct sup_alarm *b) {
  struct sup_alarm *top = a;

  if (a == NULL || b == NULL)
    return a != NULL ? a : b;
  if (rings_before(b, a)) {
    top = b;
    b = a;
  }
  b->heap_next = top->heap_child;
  if (b->heap_next != NULL)
    b->heap_next->heap_prev = b;
  b->heap_prev = top;
  top->heap_child = b;
  return top;
}

/* Cut the first of a row of siblings off and return it as a root. */
static struct sup_alarm *cut_first(struct sup_alarm **row) {
  struct sup_alarm *first = *row;

  if (first != NULL) {
    *row = first->heap_next;
    first->heap_next = NULL;
    first->heap_prev = NULL;
  }
  return first;
}

/* The children of a root that goes become one heap: in pairs, then from the
 * last pair to the first, which is what makes the cost logarithmic. */
static struct sup_alarm *meld_row(struct sup_alarm *row) {
  struct sup_alarm *pairs = NULL;
  struct sup_alarm *heap = NULL;
  struct sup_alarm *pair;

  while (row != NULL) {
    struct sup_alarm *first = cut_first(&row);

    pair = meld(first, cut_first(&row));
    pair->heap_next = pairs;
    pairs = pair;
  }
  while ((pair = cut_first(&pairs)) != NULL)
    heap = meld(heap, pair);
  return heap;
}

/* Take an alarm with all that is below it out of its row; not the nearest. */
static void cut(struct sup_alarm *alarm) {
  struct sup_alarm *prev = alarm->heap_prev;

  if (prev->heap_child == alarm)
    prev->heap_child = alarm->heap_next;
  else
    prev->heap_next = alarm->heap_next;
  if (alarm->heap_next != NULL)
    alarm->heap_next->heap_prev = prev;
  alarm->heap_next = NULL;
  alarm->heap_prev = NULL;
}

static void heap_remove(struct sup_alarm *alarm) {
  struct sup_loop *loop = alarm->loop;
  struct sup_alarm *below;

  if (loop->nearest == alarm)
    loop->nearest = NULL;
  else
    cut(alarm);
  below = meld_row(alarm->heap_child);
  alarm->heap_child = NULL;
  loop->nearest = meld(loop->nearest, below);
}

/* Insert it, or move it forward: a key never grows while it is in the heap, so
 * that what is below it stays there. */
static void heap_put(struct sup_alarm *alarm, uint64_t key) {
  struct sup_loop *loop = alarm->loop;

  if (loop->nearest == alarm)
    loop->nearest = NULL;
  else if (alarm->heap_prev != NULL)
    cut(alarm);
  alarm->heap_key = key;
  alarm->heap_order = loop->heap_order++;
  loop->nearest = meld(loop->nearest, alarm);
}

/* ---- Alarms ------------------------------------------------------------- */

/* Loop thread: some thread has lowered the alarm's time. */
static void hear(struct sup_work *work) {
  struct sup_alarm *alarm =
      (struct sup_alarm *)((char *)work - offsetof(struct sup_alarm, work));
  uint64_t at = atomic_load(&alarm->at);

  /* It has rung since, for the time that this node brings. */
  if (at == SUP_INFINITE)
    return;
  if (!in_heap(alarm) || at < alarm->heap_key)
    heap_put(alarm, at);
}

void sup__alarm_init(struct sup_alarm *alarm, struct sup_loop *loop,
                     void (*ring)(struct sup_alarm *alarm, uint64_t now)) {
  memset(alarm, 0, sizeof(*alarm));
  sup__work_init(&alarm->work, hear);
  atomic_init(&alarm->at, SUP_INFINITE);
  alarm->loop = loop;
  alarm->ring = ring;
}

void sup__alarm_by(struct sup_alarm *alarm, uint64_t at) {
  struct sup_loop *loop = alarm->loop;
  uint64_t before = atomic_load(&alarm->at);

  do {
    if (at >= before)
      return;
  } while (!atomic_compare_exchange_weak(&alarm->at, &before, at));

  atomic_fetch_add(&loop->callers, 1);
  (void)sup__work_push(loop, &alarm->work, false);
  /* Read again: see the top of the file. */
  if (atomic_load(&alarm->at) < atomic_load(&loop->asleep_until))
    sup__loop_wake(loop);
  atomic_fetch_sub(&loop->callers, 1);
}

void sup__alarm_close(struct sup_alarm *alarm) {
  atomic_store(&alarm->at, SUP_INFINITE);
  withdraw(alarm->loop, &alarm->work);
  if (in_heap(alarm))
    heap_remove(alarm);
  /* The timer is left as it is: one turn for nothing costs less than arming it
   * anew each time, and the turn arms it for what is nearest then. */
}

void sup__alarms_ring(struct sup_loop *loop) {
  uint64_t now = sup__loop_now();
  struct sup_alarm *alarm;

  if (loop->nearest != NULL && loop->nearest->heap_key <= now)
    sup__lag_note(loop, loop->nearest->heap_key, now);
  while ((alarm = loop->nearest) != NULL && alarm->heap_key <= now) {
    heap_remove(alarm);
    /* From here on a thread arms it anew; one that lowered it until now asked
     * for a time before `heap_key`, which this ring serves as well. */
    (void)atomic_exchange(&alarm->at, SUP_INFINITE);
    alarm->ring(alarm, now); /* its memory may be gone after this */
  }
}

uint64_t sup__alarms_next(const struct sup_loop *loop) {
  return loop->nearest != NULL ? loop->nearest->heap_key : SUP_INFINITE;
}
