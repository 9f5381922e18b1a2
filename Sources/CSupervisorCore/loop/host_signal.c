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
 * Signals of the host.
 *
 * libuv shares one handler among all loops of the process: it installs it with
 * the first watcher of a signal and sets SIG_DFL after the last, whatever was
 * there before or has come since. So what was there before the first of our
 * watchers is kept here, per signal, and brought back after the last of them.
 *
 * libuv takes its signal handling down in a destructor, when the process ends
 * by exit(), and aborts if a watcher is started or stopped after that; our
 * loops go on in their threads meanwhile. So from an exit handler on, which
 * runs before any destructor, no watcher is touched any more.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* NSIG */
#endif

#include <signal.h>

#include "loop_private.h"

struct sup_host_signal {
  uv_signal_t handle;
  struct sup_loop *loop;
  int signal;
  bool closed; /* calls nothing from then on */
  void (*received)(void *ctx, int signal);
  void *ctx;
};

/* Of the process, as dispositions are; the face's lock guards it. */
static struct {
  size_t watchers;
  struct sigaction former; /* before the first of them */
  struct sigaction libuvs; /* after it */
} signals[NSIG];

static bool process_ends; /* guarded likewise */

static bool same_handler(const struct sigaction *a, const struct sigaction *b) {
  if ((a->sa_flags & SA_SIGINFO) != (b->sa_flags & SA_SIGINFO))
    return false;
  if ((a->sa_flags & SA_SIGINFO) != 0)
    return a->sa_sigaction == b->sa_sigaction;
  return a->sa_handler == b->sa_handler;
}

static bool can_be_watched(int signal) {
  switch (signal) {
  case SIGKILL:
  case SIGSTOP:
  case SIGSEGV:
  case SIGBUS:
  case SIGFPE:
  case SIGILL:
  case SIGTRAP:
    return false;
  default:
    return signal >= 1 && signal < NSIG;
  }
}

static void on_closed(uv_handle_t *handle) {
  struct sup_host_signal *watch = handle->data;
  struct sup_loop *loop = watch->loop;

  sup__release(sup__loop_allocator(loop), watch, sizeof(*watch));
  sup__loop_handle_closed(loop);
}

static void on_signal(uv_signal_t *handle, int signal) {
  struct sup_host_signal *watch = handle->data;

  if (!watch->closed)
    watch->received(watch->ctx, signal);
}

/* Count a watcher in, with what the first of them has to remember. */
static int start_counted(struct sup_host_signal *watch) {
  int signal = watch->signal;
  struct sigaction former;
  int error;

  /* The C library keeps some signals for itself and answers with an error. */
  if (sigaction(signal, NULL, &former) != 0)
    return SUP_ESIGNAL;
  error = uv_signal_start(&watch->handle, on_signal, signal);
  if (error != 0)
    return error == UV_EINVAL ? SUP_ESIGNAL : sup__loop_error(error);
  if (signals[signal].watchers++ == 0) {
    signals[signal].former = former;
    (void)sigaction(signal, NULL, &signals[signal].libuvs);
  }
  return 0;
}

static void stop_counted(struct sup_host_signal *watch) {
  int signal = watch->signal;
  struct sigaction found;
  struct sigaction left;
  const struct sigaction *wanted = &signals[signal].former;

  if (--signals[signal].watchers != 0) {
    (void)uv_signal_stop(&watch->handle);
    return;
  }

  (void)sigaction(signal, NULL, &found);
  (void)uv_signal_stop(&watch->handle);
  (void)sigaction(signal, NULL, &left);

  /* Somebody else in the process watches it through libuv, which therefore has
   * changed nothing. */
  if (same_handler(&left, &found))
    return;
  if (!same_handler(&found, &signals[signal].libuvs))
    wanted = &found; /* changed while we watched: theirs stays */
  else if (same_handler(wanted, &found))
    return; /* libuv's before us, for a watcher that has ended since */
  (void)sigaction(signal, wanted, NULL);
}

int sup__host_signal_open(struct sup_host_signal **out, struct sup_loop *loop,
                          int signal, void (*received)(void *ctx, int signal),
                          void *ctx) {
  const sup_allocator *allocator = sup__loop_allocator(loop);
  struct sup_host_signal *watch;
  int error;

  if (!can_be_watched(signal))
    return SUP_ESIGNAL;
  if (process_ends)
    return SUP_ESYSTEM;
  watch = sup__allocate_zeroed(allocator, sizeof(*watch));
  if (watch == NULL)
    return SUP_ENOMEM;
  error = uv_signal_init(sup__loop_uv(loop), &watch->handle);
  if (error != 0) {
    sup__release(allocator, watch, sizeof(*watch));
    return sup__loop_error(error);
  }
  watch->handle.data = watch;
  watch->loop = loop;
  watch->signal = signal;
  watch->received = received;
  watch->ctx = ctx;
  uv_unref((uv_handle_t *)&watch->handle);
  sup__loop_handle_opened(loop);

  error = start_counted(watch);
  if (error != 0) {
    watch->closed = true;
    uv_close((uv_handle_t *)&watch->handle, on_closed);
    return error;
  }
  *out = watch;
  return 0;
}

void sup__host_signal_close(struct sup_host_signal *watch) {
  SUP_ASSERT(!watch->closed);
  watch->closed = true;
  if (process_ends) {
    sup__loop_handle_left(watch->loop);
    return;
  }
  stop_counted(watch);
  uv_close((uv_handle_t *)&watch->handle, on_closed);
}

void sup__host_signals_end(void) {
  process_ends = true;
}
