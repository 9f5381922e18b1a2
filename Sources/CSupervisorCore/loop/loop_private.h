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
 * What loop.c and alarm.c share: the loop itself, the stack on which work comes
 * in and the heap of alarms.
 */

#ifndef SUP_LOOP_LOOP_PRIVATE_H
#define SUP_LOOP_LOOP_PRIVATE_H

#include "loop.h"

/* A value of sup_loop.asleep_until. */
#define SUP__AWAKE ((uint64_t)0)

struct sup_loop {
  /* Any thread. */
  _Atomic(struct sup_work *) posted;  /* newest first */
  atomic_uint_least64_t asleep_until; /* see alarm.c */
  atomic_bool woken;                  /* an async send is on its way */
  atomic_uint callers;                /* threads in a post or an arming */
  atomic_uint_least64_t wakeups;
  atomic_uint_least64_t posted_at; /* the oldest post on the stack; 0: none */
  atomic_uint_least64_t lag_last, lag_maximum, lag_late;

  /* Loop thread. */
  struct sup_work *batch; /* taken from `posted`, oldest first */
  struct sup_work **batch_end;
  struct sup_alarm *nearest; /* the root of the heap */
  uint64_t heap_order;
  size_t holds;
  size_t handles; /* on the loop: async, timer and the counted ones */
  bool closing;
  bool detached;
  bool left; /* a handle stays open: the process ends */
  void (*closed)(void *ctx);
  void *closed_ctx;

  uint64_t lag; /* of what this round has found */
  bool has_lag;
  bool is_late;

  /* Set before anybody else knows of the loop. */
  uint64_t late_after;
  void (*late)(void *ctx, uint64_t lag); /* NULL: nothing is measured */
  void *late_ctx;
  sup_allocator allocator;
  uv_loop_t *uv;
  uv_thread_t thread;
  bool is_host;

  uv_async_t async;
  uv_timer_t timer;
  uv_loop_t own_uv;
  uv_sem_t started;
  const char *thread_name; /* only until `started` */
  struct sup_work close_work;
};

/* What a failure to set up something of libuv's is called here. */
static inline int sup__loop_error(int uv_error) {
  return uv_error == UV_ENOMEM ? SUP_ENOMEM : SUP_ESYSTEM;
}

/* Any thread: make a sleeping loop take a turn. */
void sup__loop_wake(struct sup_loop *loop);

/* ---- The work stack (alarm.c) ------------------------------------------- */

/* Any thread. False if it was on its way already. `stamp`: how late it is run
 * counts as the loop's lag. */
bool sup__work_push(struct sup_loop *loop, struct sup_work *work, bool stamp);

/* Loop thread, as all below: run what is there now, in its order. */
void sup__work_run(struct sup_loop *loop);
bool sup__work_is_empty(const struct sup_loop *loop);

/* ---- The heap of alarms (alarm.c) --------------------------------------- */

/* Loop thread: something that was due at `due` is dealt with at `now`. */
static inline void sup__lag_note(struct sup_loop *loop, uint64_t due,
                                 uint64_t now) {
  uint64_t lag = now > due ? now - due : 0;

  if (!loop->has_lag || lag > loop->lag)
    loop->lag = lag;
  loop->has_lag = true;
}

/* Ring all that the loop knows of and that are due. */
void sup__alarms_ring(struct sup_loop *loop);

/* The time of the nearest one, or SUP_INFINITE. */
uint64_t sup__alarms_next(const struct sup_loop *loop);

#endif
