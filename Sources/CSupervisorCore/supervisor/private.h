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
 * The public face from inside: runtimes, trees, and the threads that serve
 * them. All locks of the library are taken in this folder.
 *
 * Order of locks: a tree's before its runtime's; the courier's and a reader's
 * last. None is held while code of others runs.
 */

#ifndef SUP_SUPERVISOR_PRIVATE_H
#define SUP_SUPERVISOR_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include <supervisor/supervisor.h>

#include "../engine/engine.h"
#include "../engine/sized.h"
#include "../loop/loop.h"
#include "../process/berths.h"
#include "../process/lifeline.h"
#include "allocator.h"
#include "dispatcher.h"
#include "report.h"

/* ---- Fork and callbacks (guard.c) --------------------------------------- */

/* Changes in a child of fork(). */
extern unsigned sup__fork_generation;
/* 0 or SUP_ENOMEM. */
int sup__guard_fork(void);

/* How many callbacks of ours the calling thread is in. */
extern _Thread_local unsigned sup__in_callback;

/* ---- Courier (courier.c) ------------------------------------------------ */

/* Threads for what the loop thread must not run. One does, and another comes
 * when it is held up. */
struct sup_courier;

struct sup_errand {
  struct sup_errand *next;
  bool queued; /* under the courier's lock */
  void (*run)(struct sup_errand *errand);
};

struct sup_courier *sup__courier_create(void);
/* No errand may be waiting. Threads that are held up in one go when it ends. */
void sup__courier_close(struct sup_courier *courier);
/* Any thread. The errand may be posted again once it runs. False if it needs a
 * look in a while (sup__courier_relieve): somebody is being held up. */
bool sup__courier_post(struct sup_courier *courier, struct sup_errand *errand);
/* If the one that was running at the last look still is and others wait: start
 * another thread. True if it wants to be looked at again. */
bool sup__courier_relieve(struct sup_courier *courier);

/* ---- Runtime (runtime.c) ------------------------------------------------ */

struct sup_runtime {
  atomic_uint_least32_t refs;
  unsigned fork_generation;
  const sup_allocator *allocator;
  struct sup_loop *loop;
  struct sup_courier *courier;
  struct sup_alarm courier_alarm;
  uv_thread_t loop_thread;
  atomic_bool loop_gone; /* the thread above may be anybody's */
  bool host_loop;
  bool manual;
  bool no_pidfd;
  atomic_uint_least64_t manual_now;
  struct sup_berths berths; /* of the loop thread, and the two below */
  struct sup_lifeline lifeline;
  struct sup_work lifeline_work; /* its end, where another thread waits */
  struct sup_turns turns;        /* of manual time */
  pthread_mutex_t manual_lock;   /* to move that on; outside those of trees */
  atomic_uint_least64_t next_seed;

  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct sup_tree *trees; /* all that have not retired */
  size_t retiring;        /* ended, on their way out of the list */
  size_t watches;         /* of signals, and guards of main programs */
  bool closed;

  struct sup_work close_work;
  bool close_waits; /* for the last tree to retire */
  void (*closed_done)(void *ctx);
  void *closed_ctx;
  bool free_when_closed;
};

/* 0 or SUP_EFORKED; for what needs the loop also SUP_EGONE (closed). */
int sup__runtime_check(const struct sup_runtime *runtime);
int sup__runtime_check_open(struct sup_runtime *runtime);
uint64_t sup__runtime_now(struct sup_runtime *runtime);
/* Whether this is the loop thread; also while and after the loop closes. */
bool sup__on_loop(const struct sup_runtime *runtime);
/* The courier needs a look. Any thread; not after the runtime closed. */
void sup__runtime_watch_courier(struct sup_runtime *runtime);

/* Run a function on the loop thread and wait for it; at once if this is it.
 * SUP_EDEADLOCK within a callback on another thread. */
int sup__runtime_call(struct sup_runtime *runtime, void (*run)(void *ctx),
                      void *ctx);

/* ---- Waiting (gate.c) --------------------------------------------------- */

struct sup_gate {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool open;
  int code;
  sup_report *report;
};

/* A completion that opens the gate. */
sup_completion sup__gate_make(struct sup_gate *gate);
/* Wait for that if what it completes has `begun` (0, or why not): its code, or
 * that. *report, if wanted, is the caller's. */
int sup__gate_pass(struct sup_gate *gate, int begun, sup_report **report);

/* ---- Tree (tree.c) ------------------------------------------------------ */

/* Somebody who waits for the start or the end of a tree, or for what becomes of
 * a child (waiter.c). */
struct sup_waiter {
  struct sup_request request; /* first; of one that waits for a child */
  struct sup_waiter *next, *previous;
  sup_completion completion;
  uint32_t slot; /* of the tree's table; none for one on a stack */
  uint32_t turn; /* how often the slot has been used */
  bool for_start;
  bool waits; /* is in the tree's list */
  bool asks;  /* its request is the engine's */
};

#define SUP_WAITER_CHUNKS 26u

struct sup_waiters {
  struct sup_waiter *first, *last;
  struct sup_waiter *free; /* slots, a list by next */
  uint32_t carved;         /* slots that have been used */
  struct sup_waiter *chunks[SUP_WAITER_CHUNKS];
};

struct sup_tree {
  struct sup_dispatcher dispatcher; /* first: a dispatcher is its tree */
  atomic_uint_least32_t refs;
  struct sup_runtime *runtime; /* counted */
  sup_spec *spec;              /* counted */
  pthread_mutex_t lock;

  struct sup_tree *previous, *next; /* under the runtime's lock */
  struct sup_alarm alarm;
  uint64_t alarm_at; /* what the alarm was last asked for */
  struct sup_work wake;
  struct sup_errand errand;
  struct sup_alarm guard; /* foreign code is slow */
  struct sup_work retire_work;
  struct sup_work hold_work;
  bool wake_posted; /* each of these three holds a reference */
  bool errand_posted;
  bool events_posted;
  bool guarded;
  bool launched;        /* holds a reference to itself until it is quiet */
  bool retiring;        /* ended, nothing runs; set under both locks */
  bool quiet;           /* gives that reference back */
  atomic_bool retired;  /* is off the loop */
  unsigned left_behind; /* foreign code that sup_runtime_advance gave up on */
  uint64_t wall_looked;
  uint64_t wall_offset;

  struct sup_waiters waiters;

  /* events.c */
  struct sup_events *readers;
  struct sup_work events_work;
  struct sup_alarm events_alarm;
  uint64_t told_event; /* the last one that readers were looked at for */

  /* host.c */
  struct sup_stopper *stoppers;
  struct sup_main_guard *main_guard;
  int stop_signal;
  bool host_told;
};

static inline int sup__tree_check(const struct sup_tree *tree) {
  return tree->runtime->fork_generation != sup__fork_generation ? SUP_EFORKED
                                                                : 0;
}

static inline void sup__tree_enter(struct sup_tree *tree) {
  sup__dispatcher_enter(&tree->dispatcher);
}

static inline void sup__tree_leave(struct sup_tree *tree) {
  sup__dispatcher_leave(&tree->dispatcher);
}

static inline struct sup_ref sup__child_ref(sup_child child) {
  struct sup_ref ref = {(uint32_t)child.node, child.generation,
                        child.incarnation};
  return ref;
}

/* Whether it does not keep its runtime from closing: it has ended and nothing
 * of it runs, though something may still be performed for it. */
bool sup__tree_retires(struct sup_tree *tree);

/* 0 or SUP_EFORKED; SUP_EGONE: it was not launched, and so does not keep its
 * runtime open, which has closed. */
int sup__tree_check_served(struct sup_tree *tree);

/* A slot for a completion; NULL without memory. Under the lock. */
struct sup_waiter *sup__waiter_take(struct sup_tree *tree,
                                    const sup_completion *completion);
/* It waits no more; NULL is nobody, and one on a stack is its owner's. */
void sup__waiter_give_back(struct sup_tree *tree, struct sup_waiter *waiter);
/* For sup_tree_cancel; 0 of nobody, and of one on a stack. */
uint64_t sup__waiter_ticket(const struct sup_waiter *waiter);

/* Somebody to wait behind those that wait already: *waiter, or, if that is
 * NULL, a new one for a completion, or nobody if that is NULL too. 0 or
 * SUP_ENOMEM. Under the lock. */
int sup__waiter_add(struct sup_tree *tree, bool for_start,
                    const sup_completion *completion,
                    struct sup_waiter **waiter);
/* Under the lock; NULL is nobody. */
void sup__waiter_remove(struct sup_tree *tree, struct sup_waiter *waiter);
/* One on the stack of who waits. */
void sup__waiter_init(struct sup_waiter *waiter,
                      const sup_completion *completion);
/* sup_tree_wait_async, with that one if it is not NULL. */
int sup__tree_wait_with(struct sup_tree *tree, const sup_completion *completion,
                        struct sup_waiter *own, uint64_t *ticket);
/* The tree is gone: who still waits is told so. */
void sup__waiters_free(struct sup_tree *tree);

/* Whether a call that waits may wait here. */
int sup__may_block(struct sup_runtime *runtime);

/* Post to the loop that the tree runs on, with the tree's lock held; false if
 * the tree is on its way off the loop, or was never launched and the runtime
 * has closed. */
bool sup__tree_post(struct sup_tree *tree, struct sup_work *work);

/* What is performed for a tree (perform.c). */
bool sup__perform_any_thread(struct sup_dispatcher *d,
                             const struct sup_action *action);
void sup__perform(struct sup_dispatcher *d, const struct sup_action *action,
                  struct sup_performed *performed);
/* Complete those whose time has come (waiter.c). */
bool sup__waiters_any_thread(struct sup_tree *tree);
void sup__waiters_complete(struct sup_tree *tree);
/* Complete the requests about a child that are answered (dynamic.c). */
void sup__requests_complete(struct sup_tree *tree, uint32_t node);

/* ---- What only processes report (child_reports.c) ----------------------- */

/* A sign of life that counts as if it came so much later. */
int sup__child_heartbeat(sup_child child, sup_duration ahead);
/* It asks to be treated as if it had given no sign of life in time. */
int sup__child_silent(sup_child child);
/* It asks for more time to start. */
int sup__child_extend_start(sup_child child, sup_duration time);
/* What its start timeout, if that is what it is stopped for, is about. The
 * error is taken over. */
void sup__child_unready(sup_child child, sup_error *error);

/* ---- Events (events.c) -------------------------------------------------- */

/* Look after readers; under the tree's lock. */
void sup__events_drained(struct sup_tree *tree);
void sup__events_ring(struct sup_alarm *alarm, uint64_t now);
void sup__events_run(struct sup_work *work);
/* The tree leaves the loop: tell those that have not been told. */
void sup__events_retire(struct sup_tree *tree);

/* ---- Processes (process_kind.c) ----------------------------------------- */

void sup__process_kind_start(struct sup_tree *tree,
                             const struct sup_action *action,
                             struct sup_performed *performed);
void sup__process_kind_stop(const struct sup_action *action);
void sup__process_kind_end(const struct sup_action *action);
int64_t sup__process_kind_pid(void *state);

/* ---- Host (host.c) ------------------------------------------------------ */

/* It keeps its runtime open from now on. Under the tree's lock. */
void sup__host_tree_launched(struct sup_tree *tree);

/* The tree has ended: signals are its business no more, and its main program
 * has a grace to resume. Under the tree's lock; once. */
void sup__host_tree_ended(struct sup_tree *tree);

/* In a child of fork(), before it does anything. */
void sup__host_forked(void);

#endif
