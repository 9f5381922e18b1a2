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
 * One libuv loop: on a thread of ours, or the host's. Work and alarms come from
 * any thread without a lock, over one intrusive stack that the loop empties;
 * all else here belongs to the loop thread.
 */

#ifndef SUP_LOOP_LOOP_H
#define SUP_LOOP_LOOP_H

#include <stdatomic.h>
#include <uv.h>

#include <supervisor/error.h>

#include "../engine/support.h"

struct sup_loop;

/* Something to be run once on the loop thread. Embedded in what it is for;
 * must live until it ran, and may go in its run. Posting one that is already
 * on its way is no error and runs it once. It may be posted again from within
 * its own run. What one thread posts runs in the order in which it posted. */
struct sup_work {
  struct sup_work *next;
  atomic_bool queued;
  void (*run)(struct sup_work *work);
};

/* A deadline. May be moved by any thread: the earliest time that was asked for
 * since it last rang counts, and a later one than that is found by ringing too
 * early, which its owner must expect. Rings on the loop thread, never before
 * its time and as soon after it as libuv's timers allow, which count
 * milliseconds. Equal times ring in the order in which they were armed. */
struct sup_alarm {
  struct sup_work work;     /* carries a changed time to the loop */
  atomic_uint_least64_t at; /* SUP_INFINITE: not armed */
  struct sup_loop *loop;
  uint64_t heap_key; /* loop thread only, as all below */
  uint64_t heap_order;
  struct sup_alarm *heap_child; /* links, so that arming needs no memory */
  struct sup_alarm *heap_next;
  struct sup_alarm *heap_prev; /* before it among its siblings, or parent */
  void (*ring)(struct sup_alarm *alarm, uint64_t now);
};

struct sup_loop_options {
  const sup_allocator *allocator; /* the struct is copied */
  uv_loop_t *host;                /* NULL: a loop and thread of our own */
  const char *thread_name;        /* NULL: "supervisor" */
};

/* 0, SUP_ENOMEM or SUP_ESYSTEM. With a host's loop: on its thread, which is
 * from then on the one that counts as the loop thread. */
int sup__loop_create(struct sup_loop **loop,
                     const struct sup_loop_options *options);

/* Close all handles of ours. Own thread: ends and joins it, the memory is gone
 * when this returns; must not be called on it. A host's loop: on its thread,
 * and the same as sup__loop_close_async without `closed`.
 *
 * For both ways of closing: what was posted before still runs, alarms that are
 * armed then are forgotten (sup__alarm_close is for while *loop lives). Calls
 * of sup__loop_post and sup__alarm_by that began before are waited for; none
 * may begin later. */
void sup__loop_close(struct sup_loop *loop);

/* On the loop thread: close without waiting. When nothing of ours is on the
 * loop any more `closed(ctx)` is called (it may be NULL), as the last thing
 * that happens with the loop: on its thread, with *loop gone already. An own
 * thread then ends detached from whoever made it. Never called from within
 * this call. Until then a host's loop is kept alive. */
void sup__loop_close_async(struct sup_loop *loop, void (*closed)(void *ctx),
                           void *ctx);

uv_loop_t *sup__loop_uv(struct sup_loop *loop);
bool sup__loop_is_current(const struct sup_loop *loop);
/* The loop thread, for who has to know it when *loop is gone. */
uv_thread_t sup__loop_thread(const struct sup_loop *loop);
const sup_allocator *sup__loop_allocator(const struct sup_loop *loop);

/* How often the loop was woken by a post or an alarm. Any thread. */
uint64_t sup__loop_wakeups(const struct sup_loop *loop);

/* How late the loop was with alarms, and with work from when it was posted: the
 * last time, at most, and how often by more than it may be. */
struct sup_loop_lag {
  uint64_t last;
  uint64_t maximum;
  uint64_t late;
};

/* Measure it, and call `late` on the loop thread when it is more than
 * `late_after`: once, until something was in time again. Before anything else
 * is done with the loop. */
void sup__loop_watch_lag(struct sup_loop *loop, uint64_t late_after,
                         void (*late)(void *ctx, uint64_t lag), void *ctx);
/* Any thread. */
struct sup_loop_lag sup__loop_lag(const struct sup_loop *loop);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t sup__loop_now(void);

/* Our handles keep a host's loop alive while this is not 0; a loop that is not
 * alive runs no work and rings no alarm until it is run again. Loop thread. */
void sup__loop_hold(struct sup_loop *loop);
void sup__loop_unhold(struct sup_loop *loop);

/* A handle of ours was opened on the loop, and its close callback has come:
 * `closed` waits for them all, and *loop lives as long. On a host's loop a
 * handle that is not counted may be there longer. *loop may be gone after the
 * second. Loop thread. */
void sup__loop_handle_opened(struct sup_loop *loop);
void sup__loop_handle_closed(struct sup_loop *loop);
/* Instead of that: the process ends, and the handle stays open. *loop then is
 * not freed. */
void sup__loop_handle_left(struct sup_loop *loop);

void sup__work_init(struct sup_work *work, void (*run)(struct sup_work *));
/* Any thread. Wakes the loop if it sleeps. */
void sup__loop_post(struct sup_loop *loop, struct sup_work *work);

void sup__alarm_init(struct sup_alarm *alarm, struct sup_loop *loop,
                     void (*ring)(struct sup_alarm *alarm, uint64_t now));
/* Any thread: ring at `at` or, if it is to ring earlier already, then. Wakes
 * the loop only if it sleeps and this is now the nearest of all. SUP_INFINITE
 * does nothing. */
void sup__alarm_by(struct sup_alarm *alarm, uint64_t at);
/* Loop thread: forget it; afterwards its memory may go. No other thread may be
 * in sup__alarm_by with it meanwhile. */
void sup__alarm_close(struct sup_alarm *alarm);

/* ---- Signals of the host (host_signal.c); loop thread ------------------- */

struct sup_host_signal;

/* Watch one signal: any but those that cannot be caught (KILL, STOP) or that a
 * thread brings upon itself (SEGV, BUS, FPE, ILL, TRAP: a handler that only
 * takes note would meet the same instruction again for ever). Remembers the
 * disposition that was there before the first watcher of the process, and
 * brings it back after the last unless somebody changed it meanwhile.
 * Process-wide state: the caller holds the lock of supervisor/ that guards it.
 * 0, SUP_ENOMEM, SUP_ESIGNAL, SUP_ESYSTEM. */
int sup__host_signal_open(struct sup_host_signal **watch, struct sup_loop *loop,
                          int signal, void (*received)(void *ctx, int signal),
                          void *ctx);
/* Ends asynchronously: no call of `received` after it returned. The same lock;
 * also from within `received`, if that takes it. */
void sup__host_signal_close(struct sup_host_signal *watch);

/* The process ends, by exit() or a return from main: from an exit handler, on
 * any thread, under the same lock. From now on dispositions stay as they are,
 * watching fails with SUP_ESYSTEM, and a watcher that is closed is left where
 * it is, with its loop. */
void sup__host_signals_end(void);

#endif
