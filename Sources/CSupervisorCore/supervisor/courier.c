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
 * The courier. Normally one thread, made when it is first needed. An errand may
 * run code of others that never returns; then the queue behind it is taken
 * over by a further thread. Threads are detached and own a share of the
 * courier's memory, so that one that is held up for ever holds up nobody.
 */

#include <signal.h>

#include "private.h"

struct sup_courier {
  const sup_allocator *allocator;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct sup_errand *first, *last;
  unsigned shares; /* the owner and the threads */
  unsigned threads;
  unsigned idle;
  uint64_t taken;  /* errands begun */
  uint64_t looked; /* of these, at the last look */
  bool closing;
};

struct sup_courier *sup__courier_create(void) {
  const sup_allocator *allocator = sup__allocator();
  struct sup_courier *c = sup__allocate_zeroed(allocator, sizeof(*c));

  if (c == NULL)
    return NULL;
  c->allocator = allocator;
  c->shares = 1;
  pthread_mutex_init(&c->lock, NULL);
  pthread_cond_init(&c->changed, NULL);
  return c;
}

/* Give a share back; the lock is held and released. */
static void leave(struct sup_courier *c) {
  bool last = --c->shares == 0;

  pthread_mutex_unlock(&c->lock);
  if (!last)
    return;
  pthread_mutex_destroy(&c->lock);
  pthread_cond_destroy(&c->changed);
  sup__release(c->allocator, c, sizeof(*c));
}

static struct sup_errand *take(struct sup_courier *c) {
  struct sup_errand *errand = c->first;

  c->first = errand->next;
  if (c->first == NULL)
    c->last = NULL;
  errand->queued = false;
  c->taken++;
  return errand;
}

static void *serve(void *ctx) {
  struct sup_courier *c = ctx;

  pthread_mutex_lock(&c->lock);
  for (;;) {
    struct sup_errand *errand;

    while (c->first == NULL && !c->closing && c->idle == 0) {
      c->idle++;
      pthread_cond_wait(&c->changed, &c->lock);
      c->idle--;
    }
    if (c->first == NULL)
      break; /* closing, or another one waits for work already */
    errand = take(c);
    pthread_mutex_unlock(&c->lock);
    errand->run(errand);
    pthread_mutex_lock(&c->lock);
  }
  c->threads--;
  pthread_cond_broadcast(&c->changed);
  leave(c);
  return NULL;
}

/* The lock is held. False if the system has no thread for us now. */
static bool hire(struct sup_courier *c) {
  sigset_t all, before;
  pthread_attr_t attributes;
  pthread_t thread;
  bool hired;

  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  c->shares++;
  c->threads++;
  hired = pthread_create(&thread, &attributes, serve, c) == 0;
  if (!hired) {
    c->shares--;
    c->threads--;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return hired;
}

bool sup__courier_post(struct sup_courier *c, struct sup_errand *errand) {
  bool settled = true;
  bool alone;

  pthread_mutex_lock(&c->lock);
  if (!errand->queued) {
    errand->queued = true;
    errand->next = NULL;
    alone = c->first == NULL;
    if (c->last == NULL)
      c->first = errand;
    else
      c->last->next = errand;
    c->last = errand;
    if (c->idle > 0) {
      pthread_cond_signal(&c->changed);
      settled = alone;
    } else
      settled = c->threads == 0 && hire(c);
  }
  pthread_mutex_unlock(&c->lock);
  return settled;
}

bool sup__courier_relieve(struct sup_courier *c) {
  bool again;

  pthread_mutex_lock(&c->lock);
  if (c->first != NULL && c->idle == 0 &&
      (c->threads == 0 || c->taken == c->looked))
    hire(c);
  c->looked = c->taken;
  again = c->first != NULL;
  pthread_mutex_unlock(&c->lock);
  return again;
}

void sup__courier_close(struct sup_courier *c) {
  pthread_mutex_lock(&c->lock);
  c->closing = true;
  pthread_cond_broadcast(&c->changed);
  while (c->idle > 0)
    pthread_cond_wait(&c->changed, &c->lock);
  leave(c);
}
