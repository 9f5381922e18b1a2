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
 * The loop: its thread, its turns, its beginning and its end.
 *
 * A turn runs what was posted, rings what is due and arms the timer. It is
 * taken when the async handle or the timer says so and at no other time, so
 * that between two turns a host may do with its loop what it likes (run it
 * once, or wait on its backend descriptor): the timer is armed, and
 * asleep_until tells the truth.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* pthread_setname_np */
#endif

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#if defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__DragonFly__)
#include <pthread_np.h>
#endif

#include "loop_private.h"

/* What a turn finds newly posted at its end it runs at once, so often; then
 * the other handles on the loop have their turn. */
#define MAX_ROUNDS 8

#define NANOSECONDS_PER_TICK 1000000u

/* ---- The thread --------------------------------------------------------- */

/* The calling thread's. A name that is too long for the system is cut. */
static void set_thread_name(const char *name) {
#if defined(__linux__) || defined(__NetBSD__) || defined(__APPLE__)
  char text[16];
  size_t length = strlen(name);

  if (length >= sizeof(text))
    length = sizeof(text) - 1;
  memcpy(text, name, length);
  text[length] = '\0';
#if defined(__linux__)
  (void)pthread_setname_np(pthread_self(), text);
#elif defined(__NetBSD__)
  (void)pthread_setname_np(pthread_self(), "%s", text);
#else
  (void)pthread_setname_np(text);
#endif
#elif defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__DragonFly__)
  pthread_set_name_np(pthread_self(), name);
#else
  (void)name;
#endif
}

/* All that can come from outside. Those that a thread brings upon itself
 * cannot be kept from it: blocked, they end the process without the handler
 * that reports crashes. */
static void fill_blocked(sigset_t *set) {
  sigfillset(set);
  sigdelset(set, SIGSEGV);
  sigdelset(set, SIGBUS);
  sigdelset(set, SIGFPE);
  sigdelset(set, SIGILL);
  sigdelset(set, SIGTRAP);
  sigdelset(set, SIGSYS);
}

static void free_loop(struct sup_loop *loop) {
  sup_allocator allocator = loop->allocator;

  if (loop->left)
    return;
  if (!loop->is_host)
    uv_sem_destroy(&loop->started);
  sup__release(&allocator, loop, sizeof(*loop));
}

/* The memory goes before `closed`, after which its owner may do away with the
 * allocator. */
static void finish(struct sup_loop *loop) {
  void (*closed)(void *ctx) = loop->closed;
  void *ctx = loop->closed_ctx;

  free_loop(loop);
  if (closed != NULL)
    closed(ctx);
}

static void own_thread(void *arg) {
  struct sup_loop *loop = arg;

  loop->thread = uv_thread_self();
  set_thread_name(loop->thread_name);
  uv_sem_post(&loop->started);

  (void)uv_run(loop->uv, UV_RUN_DEFAULT);
  SUP_ASSERT(loop->handles == 0);
  SUP_ASSERT(uv_loop_close(loop->uv) == 0 || loop->left);
  if (loop->detached)
    finish(loop);
}

/* The mask is inherited, so that the new thread never runs without it. */
static int start_thread(struct sup_loop *loop) {
  uv_thread_t thread;
  sigset_t blocked;
  sigset_t former;
  int error;

  fill_blocked(&blocked);
  if (pthread_sigmask(SIG_SETMASK, &blocked, &former) != 0)
    return SUP_ESYSTEM;
  error = uv_thread_create(&thread, own_thread, loop);
  (void)pthread_sigmask(SIG_SETMASK, &former, NULL);
  if (error != 0)
    return sup__loop_error(error);
  uv_sem_wait(&loop->started);
  return 0;
}

/* ---- Turns -------------------------------------------------------------- */

static void on_handle_closed(uv_handle_t *handle) {
  sup__loop_handle_closed(handle->data);
}

/* True: everything that was posted has run, and nobody is in a call. */
static bool is_drained(struct sup_loop *loop) {
  /* The post that brought the news of the close, or one before it, may still
   * be on its way out of sup__loop_post, where it touches the loop: for no
   * longer than a system call, and nobody may enter any more. */
  while (atomic_load(&loop->callers) != 0)
    (void)sched_yield();
  return sup__work_is_empty(loop);
}

static void close_handles(struct sup_loop *loop) {
  uv_close((uv_handle_t *)&loop->timer, on_handle_closed);
  uv_close((uv_handle_t *)&loop->async, on_handle_closed);
}

static void on_timer(uv_timer_t *timer);

/* Arm the timer for the nearest alarm and publish until when the loop sleeps.
 *
 * The timer rings when the loop's time, in ticks, has reached `tick`, and so
 * never before `next`. A time for which it would ring at the same tick need
 * not wake the loop: what is published is the first such time. */
static void arm(struct sup_loop *loop) {
  uint64_t next = sup__alarms_next(loop);
  uint64_t tick;
  uint64_t now;

  if (next == SUP_INFINITE) {
    (void)uv_timer_stop(&loop->timer);
    atomic_store(&loop->asleep_until, SUP_INFINITE);
    return;
  }

  tick = next / NANOSECONDS_PER_TICK;
  if (tick == 0 || next % NANOSECONDS_PER_TICK != 0)
    tick++;
  uv_update_time(loop->uv); /* the turn may have taken long */
  now = uv_now(loop->uv);
  (void)uv_timer_start(&loop->timer, on_timer, tick > now ? tick - now : 0, 0);
  atomic_store(&loop->asleep_until, (tick - 1) * NANOSECONDS_PER_TICK + 1);
}

/* What was found late in this round is told once, until a round finds all in
 * time. */
static void tell_lag(struct sup_loop *loop) {
  uint64_t lag = loop->lag;
  bool is_late = lag > loop->late_after;
  bool is_new = is_late && !loop->is_late;

  if (!loop->has_lag || loop->late == NULL)
    return;
  loop->has_lag = false;
  loop->is_late = is_late;
  atomic_store_explicit(&loop->lag_last, lag, memory_order_relaxed);
  if (lag > atomic_load_explicit(&loop->lag_maximum, memory_order_relaxed))
    atomic_store_explicit(&loop->lag_maximum, lag, memory_order_relaxed);
  if (is_late)
    atomic_fetch_add_explicit(&loop->lag_late, 1, memory_order_relaxed);
  if (is_new)
    loop->late(loop->late_ctx, lag);
}

static void turn(struct sup_loop *loop) {
  int round;

  for (round = 0; round < MAX_ROUNDS; round++) {
    atomic_store(&loop->asleep_until, SUP__AWAKE);
    sup__work_run(loop);
    sup__alarms_ring(loop);
    tell_lag(loop);
    if (loop->closing && is_drained(loop)) {
      close_handles(loop);
      break;
    }
    arm(loop);
    if (!loop->closing && sup__work_is_empty(loop))
      break;
  }
  if (round == MAX_ROUNDS)
    sup__loop_wake(loop);
}

static void on_async(uv_async_t *async) {
  struct sup_loop *loop = async->data;

  atomic_fetch_add_explicit(&loop->wakeups, 1, memory_order_relaxed);
  (void)atomic_exchange(&loop->woken, false);
  turn(loop);
}

static void on_timer(uv_timer_t *timer) {
  struct sup_loop *loop = timer->data;

  atomic_fetch_add_explicit(&loop->wakeups, 1, memory_order_relaxed);
  turn(loop);
}

/* One thread sends, until the loop has heard it: cheaper than to ask libuv each
 * time, and the exchange orders what was pushed before the turn that follows
 * on it. */
void sup__loop_wake(struct sup_loop *loop) {
  if (!atomic_exchange(&loop->woken, true))
    (void)uv_async_send(&loop->async);
}

void sup__loop_post(struct sup_loop *loop, struct sup_work *work) {
  atomic_fetch_add(&loop->callers, 1);
  if (sup__work_push(loop, work, true) &&
      atomic_load(&loop->asleep_until) != SUP__AWAKE)
    sup__loop_wake(loop);
  atomic_fetch_sub(&loop->callers, 1);
}

/* ---- Beginning ---------------------------------------------------------- */

static int open_handles(struct sup_loop *loop) {
  int error = uv_async_init(loop->uv, &loop->async, on_async);

  if (error == 0)
    error = uv_timer_init(loop->uv, &loop->timer);
  if (error != 0)
    return sup__loop_error(error);

  loop->async.data = loop;
  loop->timer.data = loop;
  loop->handles = 2;
  /* An unreferenced timer rings as long as the loop is alive. */
  uv_unref((uv_handle_t *)&loop->timer);
  if (loop->is_host)
    uv_unref((uv_handle_t *)&loop->async);
  return 0;
}

static int init_own_uv(uv_loop_t *uv) {
  int error = uv_loop_init(uv);

  /* Before 1.51 libuv leaves its poll descriptor open when it runs out of
   * descriptors after that one. */
  if (error != 0 && uv_version() < 0x013300 && uv_backend_fd(uv) > 0)
    (void)close(uv_backend_fd(uv));
  return error;
}

static int open_own(struct sup_loop *loop) {
  int error = init_own_uv(&loop->own_uv);

  if (error != 0)
    return sup__loop_error(error);
  loop->uv = &loop->own_uv;
  error = open_handles(loop);
  if (error == 0) {
    error = start_thread(loop);
    if (error == 0)
      return 0;
    close_handles(loop);
    (void)uv_run(loop->uv, UV_RUN_DEFAULT);
  }
  SUP_ASSERT(uv_loop_close(loop->uv) == 0);
  return error;
}

static int open_host(struct sup_loop *loop, uv_loop_t *host) {
  loop->is_host = true;
  loop->uv = host;
  loop->thread = uv_thread_self();
  return open_handles(loop);
}

static void run_close(struct sup_work *work) {
  struct sup_loop *loop =
      (struct sup_loop *)((char *)work - offsetof(struct sup_loop, close_work));

  loop->closing = true;
}

static struct sup_loop *allocate_loop(const struct sup_loop_options *options) {
  struct sup_loop *loop =
      sup__allocate_zeroed(options->allocator, sizeof(*loop));

  if (loop == NULL)
    return NULL;
  loop->allocator = *options->allocator;
  loop->thread_name =
      options->thread_name != NULL ? options->thread_name : "supervisor";
  loop->batch_end = &loop->batch;
  atomic_init(&loop->posted, NULL);
  atomic_init(&loop->asleep_until, SUP_INFINITE);
  atomic_init(&loop->woken, false);
  atomic_init(&loop->callers, 0);
  atomic_init(&loop->wakeups, 0);
  sup__work_init(&loop->close_work, run_close);
  return loop;
}

int sup__loop_create(struct sup_loop **out,
                     const struct sup_loop_options *options) {
  struct sup_loop *loop = allocate_loop(options);
  int error;

  if (loop == NULL)
    return SUP_ENOMEM;
  if (options->host != NULL) {
    error = open_host(loop, options->host);
  } else if (uv_sem_init(&loop->started, 0) != 0) {
    sup__release(options->allocator, loop, sizeof(*loop));
    return SUP_ESYSTEM;
  } else {
    error = open_own(loop);
  }
  if (error != 0) {
    free_loop(loop);
    return error;
  }
  *out = loop;
  return 0;
}

/* ---- End ---------------------------------------------------------------- */

void sup__loop_close(struct sup_loop *loop) {
  uv_thread_t thread = loop->thread;

  if (loop->is_host) {
    sup__loop_close_async(loop, NULL, NULL);
    return;
  }
  SUP_ASSERT(!sup__loop_is_current(loop));
  sup__loop_post(loop, &loop->close_work);
  SUP_ASSERT(uv_thread_join(&thread) == 0);
  free_loop(loop);
}

void sup__loop_close_async(struct sup_loop *loop, void (*closed)(void *ctx),
                           void *ctx) {
  SUP_ASSERT(sup__loop_is_current(loop));
  SUP_ASSERT(!loop->closing);
  loop->closing = true;
  loop->closed = closed;
  loop->closed_ctx = ctx;
  if (!loop->is_host) {
    loop->detached = true;
    (void)pthread_detach(pthread_self());
  }
  /* The end of a turn closes the handles; there may be none to come. */
  uv_ref((uv_handle_t *)&loop->async);
  sup__loop_wake(loop);
}

void sup__loop_handle_opened(struct sup_loop *loop) {
  loop->handles++;
}

void sup__loop_handle_closed(struct sup_loop *loop) {
  SUP_ASSERT(loop->handles > 0);
  loop->handles--;
  /* The end of an own loop is its thread's business. */
  if (loop->handles == 0 && loop->is_host)
    finish(loop);
}

void sup__loop_handle_left(struct sup_loop *loop) {
  loop->left = true;
  sup__loop_handle_closed(loop);
}

/* ---- Questions and references ------------------------------------------- */

uv_loop_t *sup__loop_uv(struct sup_loop *loop) {
  return loop->uv;
}

uv_thread_t sup__loop_thread(const struct sup_loop *loop) {
  return loop->thread;
}

bool sup__loop_is_current(const struct sup_loop *loop) {
  uv_thread_t self = uv_thread_self();

  return uv_thread_equal(&self, &loop->thread) != 0;
}

const sup_allocator *sup__loop_allocator(const struct sup_loop *loop) {
  return &loop->allocator;
}

uint64_t sup__loop_wakeups(const struct sup_loop *loop) {
  return atomic_load_explicit(&loop->wakeups, memory_order_relaxed);
}

void sup__loop_watch_lag(struct sup_loop *loop, uint64_t late_after,
                         void (*late)(void *ctx, uint64_t lag), void *ctx) {
  loop->late_after = late_after;
  loop->late_ctx = ctx;
  loop->late = late;
}

struct sup_loop_lag sup__loop_lag(const struct sup_loop *loop) {
  struct sup_loop_lag lag = {
      atomic_load_explicit(&loop->lag_last, memory_order_relaxed),
      atomic_load_explicit(&loop->lag_maximum, memory_order_relaxed),
      atomic_load_explicit(&loop->lag_late, memory_order_relaxed)};

  return lag;
}

uint64_t sup__loop_now(void) {
  return uv_hrtime();
}

/* An own loop is always alive until it is closed. */
void sup__loop_hold(struct sup_loop *loop) {
  if (loop->holds++ == 0 && loop->is_host)
    uv_ref((uv_handle_t *)&loop->async);
}

void sup__loop_unhold(struct sup_loop *loop) {
  SUP_ASSERT(loop->holds > 0);
  if (--loop->holds == 0 && loop->is_host && !loop->closing)
    uv_unref((uv_handle_t *)&loop->async);
}
