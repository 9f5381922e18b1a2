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
 * A runtime: one libuv loop on one thread, on which timers fire, processes are
 * watched and C callbacks run. It may serve any number of trees, and a program
 * may have any number of runtimes.
 *
 * Since 0.1.
 */

#ifndef SUPERVISOR_RUNTIME_H
#define SUPERVISOR_RUNTIME_H

#include <supervisor/base.h>

struct uv_loop_s;

SUP_BEGIN_DECLS
SUP_ASSUME_NONNULL_BEGIN

/* A loop and what is needed around it; a counted reference. */
typedef struct sup_runtime sup_runtime;

/* How a runtime is to be. Nothing is required; zero is the default of all. */
typedef struct sup_runtime_options {
  size_t size; /* sizeof(sup_runtime_options) */

  /* Run on this loop of the host's instead of one on a thread of our own.
   * sup_runtime_create and sup_runtime_close_async are then to be called on the
   * thread that runs the loop. Our handles keep the loop alive only while a
   * tree lives. */
  struct uv_loop_s *SUP_NULLABLE loop;

  /* What random numbers (jitter) are drawn from; 0 takes one from the system.
   */
  uint64_t seed;

  /* Time stands still but for sup_runtime_advance. */
  bool manual_time;

  /* The fallback watcher of processes (a thread per process) also where the
   * kernel has pidfds. */
  bool no_pidfd;

  /* Name of our thread, at most 15 bytes; NULL is "supervisor". */
  const char *SUP_NULLABLE thread_name;

  /* By how much the loop may be late before it says so (SUP_EVENT_LOOP_LATE);
   * 0 is 100 ms, SUP_INFINITE never. */
  sup_duration late_after;
} sup_runtime_options;

#define SUP_RUNTIME_OPTIONS_INIT                                               \
  { sizeof(sup_runtime_options), NULL, 0, false, false, NULL, 0 }

/* Make a runtime; `options` may be NULL. The caller owns *runtime. On Linux it
 * keeps seven descriptors beside those of its loop, so that the start of a
 * process takes the same time however many others the host has open. Errors:
 * SUP_EINVAL (sizes, a name that is too long), SUP_ENOMEM, SUP_ESYSTEM (no
 * thread, no descriptors). Any thread, or the loop's if one is given. */
SUP_EXTERN int
sup_runtime_create(sup_runtime *SUP_NULLABLE *SUP_NONNULL runtime,
                   const sup_runtime_options *SUP_NULLABLE options);

/* Take one more reference. Any thread. */
SUP_EXTERN sup_runtime *sup_runtime_ref(sup_runtime *runtime);

/* Give a reference back. With the last one the runtime closes itself when its
 * last tree has ended; nothing waits for that. Any thread. */
SUP_EXTERN void sup_runtime_unref(sup_runtime *SUP_NULLABLE runtime);

/* Close: SUP_EBUSY while a tree has not ended, or has abandoned children (or
 * builds or cleanups) whose end has not been reported, or signals are watched,
 * or a main program is guarded; otherwise our thread is ended and joined and
 * every later call answers SUP_EGONE. So after sup_tree_wait has answered, or
 * within the completion of the end, a tree without such children is never in
 * the way. Callbacks of trees that have ended are waited for, whichever thread
 * performs them: a `stop` whose child has reported its end meanwhile, or an
 * `end`, that never returns holds up the close for ever. Does not give up the
 * caller's reference. SUP_EDEADLOCK on the loop thread or in a callback. A
 * runtime on a loop of the host's is closed by sup_runtime_close_async; here
 * SUP_EUNSUPPORTED. Waits. */
SUP_EXTERN int sup_runtime_close(sup_runtime *runtime);

/* The same without waiting: `done` is called on the loop thread when nothing of
 * the runtime uses the loop any more: a host may then close the loop. SUP_EBUSY
 * and SUP_EGONE as above, and `done` is then not called. */
SUP_EXTERN int sup_runtime_close_async(
    sup_runtime *runtime,
    void (*SUP_SENDABLE SUP_NULLABLE done)(void *SUP_NULLABLE ctx),
    void *SUP_NULLABLE ctx);

/* The runtime's time: CLOCK_MONOTONIC, or the manual time, which begins at one
 * second. Any thread. */
SUP_EXTERN uint64_t sup_runtime_now(sup_runtime *runtime);

/* How late the loop was with deadlines, and with what other threads have handed
 * to it: because a callback, or the host on its own loop, took long, or the
 * machine is busy. */
typedef struct sup_lag {
  size_t size;          /* sizeof(sup_lag) */
  sup_duration last;    /* when there was last something to be in time for */
  sup_duration maximum; /* ever */
  uint64_t late;        /* how often it was more than `late_after` */
} sup_lag;

/* The lag up to now; nothing while the loop is held up for the first time, as
 * it measures itself. When it is more than `late_after` every tree that runs
 * gets a SUP_EVENT_LOOP_LATE: one each time, until the loop has been in time
 * again. With manual time there is no lag. SUP_EINVAL (size). Any thread. */
SUP_EXTERN int sup_runtime_lag(sup_runtime *runtime, sup_lag *lag);

/* Manual time only (else SUP_EUNSUPPORTED): move the time on by `by`, from
 * deadline to deadline in their order. At each one what is due is decided and
 * performed before time moves on. A `stop` that may block is performed on
 * another thread and waited for, up to a second of real time; one that has not
 * returned by then is left behind and not waited for again. Releases are not
 * waited for. Several threads may: each comes back when the time is at least
 * `by` after its call, and time never goes back; it comes to SUP_INFINITE - 1
 * at most. Blocking until that is done, and from another thread than that of a
 * host's loop only while the host runs it; SUP_EDEADLOCK in a callback, and on
 * the loop thread unless the loop is the host's. */
SUP_EXTERN int sup_runtime_advance(sup_runtime *runtime, sup_duration by);

/* Manual time only (else SUP_EUNSUPPORTED): for those who keep deadlines of
 * their own beside the trees', a turn among equal ones. What trees arm later
 * than this call comes after it. Any thread. */
SUP_EXTERN int sup_runtime_take_turn(sup_runtime *runtime, uint64_t *turn);

/* As sup_runtime_advance; but of what is due at the time that is arrived at,
 * only what was armed before the turn was taken. The rest waits for the next
 * move of time, which may be one by 0. */
SUP_EXTERN int sup_runtime_advance_to_turn(sup_runtime *runtime,
                                           sup_duration by, uint64_t turn);

/* Manual time only: the earliest deadline of any tree, SUP_INFINITE if there is
 * none. Otherwise SUP_EUNSUPPORTED. Any thread. */
SUP_EXTERN int sup_runtime_next_deadline(sup_runtime *runtime, uint64_t *at);

/* Whether the calling thread is the runtime's loop thread. */
SUP_EXTERN bool sup_runtime_is_loop_thread(sup_runtime *runtime);

SUP_ASSUME_NONNULL_END
SUP_END_DECLS

#endif
