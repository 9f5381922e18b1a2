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
 * Who waits for the start or the end of a tree, or for what becomes of a child.
 *
 * A thread that waits keeps its waiter on its own stack. Others have a slot of
 * the tree's table, in chunks that double in size and never move, and a ticket
 * that names it and how often it was used before: so to cancel one takes the
 * same time however many there are.
 */

#include <string.h>

#include "private.h"

#define CHUNK_FIRST 4u
#define NO_SLOT UINT32_MAX

/* ---- Slots -------------------------------------------------------------- */

static uint32_t chunk_of(uint32_t slot) {
  return 31u - (unsigned)__builtin_clz(slot / CHUNK_FIRST + 1u);
}

static size_t chunk_bytes(uint32_t chunk) {
  return ((size_t)CHUNK_FIRST << chunk) * sizeof(struct sup_waiter);
}

static struct sup_waiter *waiter_at(const struct sup_waiters *waiters,
                                    uint32_t slot) {
  uint32_t chunk = chunk_of(slot);

  return &waiters->chunks[chunk][slot - CHUNK_FIRST * ((1u << chunk) - 1)];
}

/* One that has never been used, or NULL. */
static struct sup_waiter *carve(struct sup_tree *tree) {
  struct sup_waiters *waiters = &tree->waiters;
  uint32_t chunk = chunk_of(waiters->carved);
  struct sup_waiter *waiter;

  if (chunk >= SUP_WAITER_CHUNKS)
    return NULL;
  if (waiters->chunks[chunk] == NULL)
    waiters->chunks[chunk] =
        sup__allocate(tree->runtime->allocator, chunk_bytes(chunk));
  if (waiters->chunks[chunk] == NULL)
    return NULL;
  waiter = waiter_at(waiters, waiters->carved);
  memset(waiter, 0, sizeof(*waiter));
  waiter->slot = waiters->carved++;
  return waiter;
}

static struct sup_waiter *take_slot(struct sup_tree *tree) {
  struct sup_waiters *waiters = &tree->waiters;
  struct sup_waiter *waiter = waiters->free;

  if (waiter != NULL)
    waiters->free = waiter->next;
  else
    waiter = carve(tree);
  if (waiter != NULL && ++waiter->turn == 0)
    waiter->turn = 1; /* a ticket is never 0 */
  return waiter;
}

static void set_completion(struct sup_waiter *waiter,
                           const sup_completion *completion) {
  waiter->completion = *completion;
  waiter->request.any_thread =
      (completion->flags & SUP_COMPLETION_ANY_THREAD) != 0;
}

struct sup_waiter *sup__waiter_take(struct sup_tree *tree,
                                    const sup_completion *completion) {
  struct sup_waiter *waiter = take_slot(tree);

  if (waiter != NULL)
    set_completion(waiter, completion);
  return waiter;
}

void sup__waiter_give_back(struct sup_tree *tree, struct sup_waiter *waiter) {
  if (waiter == NULL)
    return;
  waiter->waits = waiter->asks = false;
  if (waiter->slot == NO_SLOT)
    return;
  waiter->next = tree->waiters.free;
  tree->waiters.free = waiter;
}

uint64_t sup__waiter_ticket(const struct sup_waiter *waiter) {
  return waiter == NULL || waiter->slot == NO_SLOT
             ? 0
             : (uint64_t)waiter->turn << 32 | waiter->slot;
}

/* ---- The list ----------------------------------------------------------- */

void sup__waiter_init(struct sup_waiter *waiter,
                      const sup_completion *completion) {
  memset(waiter, 0, sizeof(*waiter));
  set_completion(waiter, completion);
  waiter->slot = NO_SLOT;
}

int sup__waiter_add(struct sup_tree *tree, bool for_start,
                    const sup_completion *completion,
                    struct sup_waiter **waiter) {
  struct sup_waiters *waiters = &tree->waiters;
  struct sup_waiter *w = *waiter;

  if (w == NULL && completion != NULL) {
    w = *waiter = sup__waiter_take(tree, completion);
    if (w == NULL)
      return SUP_ENOMEM;
  }
  if (w == NULL)
    return 0;
  w->for_start = for_start;
  w->waits = true;
  w->next = NULL;
  w->previous = waiters->last;
  if (waiters->last != NULL)
    waiters->last->next = w;
  else
    waiters->first = w;
  waiters->last = w;
  return 0;
}

void sup__waiter_remove(struct sup_tree *tree, struct sup_waiter *w) {
  struct sup_waiters *waiters = &tree->waiters;

  if (w == NULL)
    return;
  if (w->previous != NULL)
    w->previous->next = w->next;
  else
    waiters->first = w->next;
  if (w->next != NULL)
    w->next->previous = w->previous;
  else
    waiters->last = w->previous;
  sup__waiter_give_back(tree, w);
}

void sup__waiters_free(struct sup_tree *tree) {
  struct sup_waiters *waiters = &tree->waiters;

  while (waiters->first != NULL) {
    sup_completion completion = waiters->first->completion;

    sup__waiter_remove(tree, waiters->first);
    completion.done(completion.ctx, SUP_EGONE, NULL);
  }
  for (uint32_t chunk = 0; chunk < SUP_WAITER_CHUNKS; chunk++)
    sup__release(tree->runtime->allocator, waiters->chunks[chunk],
                 chunk_bytes(chunk));
}

/* ---- Telling them ------------------------------------------------------- */

static bool is_due(struct sup_tree *tree, const struct sup_waiter *waiter) {
  bool settled;

  if (!waiter->for_start)
    return sup__engine_state(tree->dispatcher.engine) == SUP_TREE_ENDED;
  sup__engine_start_result(tree->dispatcher.engine, &settled);
  return settled &&
         (sup__engine_start_result(tree->dispatcher.engine, &settled) == 0 ||
          sup__engine_state(tree->dispatcher.engine) == SUP_TREE_ENDED);
}

bool sup__waiters_any_thread(struct sup_tree *tree) {
  for (struct sup_waiter *w = tree->waiters.first; w != NULL; w = w->next)
    if (!(w->completion.flags & SUP_COMPLETION_ANY_THREAD) && is_due(tree, w))
      return false;
  return true;
}

/* The first one that is due. */
static struct sup_waiter *next_due(struct sup_tree *tree, bool on_loop) {
  for (struct sup_waiter *w = tree->waiters.first; w != NULL; w = w->next)
    if (is_due(tree, w) &&
        (on_loop || (w->completion.flags & SUP_COMPLETION_ANY_THREAD)))
      return w;
  return NULL;
}

/* A reference to the token that a waiter is told. The lock is held. */
static sup_token outcome(struct sup_tree *tree, bool for_start) {
  bool settled;

  return sup__token_ref(
      for_start ? sup__engine_start_result(tree->dispatcher.engine, &settled)
                : sup__engine_result(tree->dispatcher.engine));
}

/* Without the lock. One on a stack is gone once it is told. */
static void tell(const sup_completion *completion, sup_token token) {
  sup_report *report;
  int code;

  report = sup__report_of_token(token, &code);
  sup__in_callback++;
  completion->done(completion->ctx, code, report);
  sup__in_callback--;
  sup_report_unref(report);
}

void sup__waiters_complete(struct sup_tree *tree) {
  bool on_loop = sup__on_loop(tree->runtime);
  struct sup_waiter *waiter;

  pthread_mutex_lock(&tree->lock);
  while ((waiter = next_due(tree, on_loop)) != NULL) {
    sup_token token = outcome(tree, waiter->for_start);
    sup_completion completion = waiter->completion;

    sup__waiter_remove(tree, waiter);
    pthread_mutex_unlock(&tree->lock);
    tell(&completion, token);
    pthread_mutex_lock(&tree->lock);
  }
  /* One that came meanwhile and has to be told on the loop thread. */
  if (next_due(tree, true) != NULL)
    sup__engine_notify(tree->dispatcher.engine);
  pthread_mutex_unlock(&tree->lock);
}

/* ---- Waiting ------------------------------------------------------------ */

int sup__tree_wait_with(sup_tree *tree, const sup_completion *completion,
                        struct sup_waiter *own, uint64_t *ticket) {
  sup_token token;
  int r = sup__tree_check_served(tree);

  if (r != 0)
    return r;
  if (own != NULL)
    completion = &own->completion;
  sup__tree_enter(tree);
  if (tree->quiet) {
    /* It has left the loop: here is as good as anywhere. */
    token = outcome(tree, false);
    if (ticket != NULL)
      *ticket = 0;
    sup__tree_leave(tree);
    tell(completion, token);
    return 0;
  }
  r = sup__waiter_add(tree, false, completion, &own);
  if (r == 0 && ticket != NULL) /* before it can be called */
    *ticket = sup__waiter_ticket(own);
  if (r == 0 && is_due(tree, own))
    sup__engine_notify(tree->dispatcher.engine);
  sup__tree_leave(tree);
  return r;
}

int sup_tree_wait_async(sup_tree *tree, const sup_completion *completion,
                        uint64_t *ticket) {
  return sup__tree_wait_with(tree, completion, NULL, ticket);
}

static int forget(struct sup_tree *tree, struct sup_waiter *waiter) {
  if (waiter->waits) {
    sup__waiter_remove(tree, waiter);
    return 0;
  }
  if (!waiter->asks)
    return SUP_EGONE;
  sup__engine_forget(tree->dispatcher.engine, &waiter->request);
  sup__waiter_give_back(tree, waiter);
  return 0;
}

int sup_tree_cancel(sup_tree *tree, uint64_t ticket) {
  uint32_t slot = (uint32_t)ticket;
  int r = sup__tree_check(tree);

  if (r != 0)
    return r;
  r = SUP_EGONE;
  pthread_mutex_lock(&tree->lock);
  if (slot < tree->waiters.carved) {
    struct sup_waiter *waiter = waiter_at(&tree->waiters, slot);

    if (waiter->turn == ticket >> 32)
      r = forget(tree, waiter);
  }
  pthread_mutex_unlock(&tree->lock);
  return r;
}
