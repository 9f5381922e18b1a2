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
 * The dispatcher: brings events to an engine and performs what comes out.
 *
 * Whoever brings an event steps the engine under the tree's lock. One thread
 * at a time drains the actions, with the lock released while it performs one;
 * others that come meanwhile leave theirs in the queue. A drainer that meets an
 * action which only the loop thread may perform, or that has done its share,
 * hands over: the queue then belongs to the next thread that comes, and the
 * loop is woken once so that there will be one.
 *
 * What may run foreign code for long (SUP_QUEUE_FOREIGN, and the release of
 * errors and specs) is done last, with the drainer's role given up, and never
 * on the loop thread, which calls for help instead.
 *
 * Without libuv and threads: all that is behind the host's table.
 */

#ifndef SUP_SUPERVISOR_DISPATCHER_H
#define SUP_SUPERVISOR_DISPATCHER_H

#include <supervisor/spec.h>

#include "../engine/engine.h"

/* How much a drainer does before it hands over. */
#define SUP_DRAIN_ACTIONS 64
/* How many of them in one release of the lock at most. */
#define SUP_DRAIN_BATCH 8
#define SUP_DRAIN_TIME SUP_MICROSECONDS(100)
/* How many errors are left behind before somebody is called for them alone:
 * more than a task of Swift takes over incarnations, which then clears away. */
#define SUP_GARBAGE_KEPT 160

struct sup_performed {
  int result;
  void *state;
  bool waits;
  sup_token error;
};

struct sup_dispatcher;

/* All with the dispatcher; those marked + are called with the lock held. */
struct sup_dispatcher_host {
  void (*lock)(struct sup_dispatcher *d);
  void (*unlock)(struct sup_dispatcher *d);
  /* + */
  uint64_t (*now)(struct sup_dispatcher *d, uint64_t *wall);
  bool (*on_loop)(struct sup_dispatcher *d);
  /* + Bring the loop thread here, soon: once, if asked again before it came. */
  void (*wake)(struct sup_dispatcher *d);
  /* + Bring a thread that is not the loop thread here, soon. */
  void (*help)(struct sup_dispatcher *d);
  /* + Somebody is about to perform foreign code and there is more of it: bring
   * help if that takes long. */
  void (*guard)(struct sup_dispatcher *d);
  /* + Ring at this time at the latest. */
  void (*arm)(struct sup_dispatcher *d, uint64_t at);
  /* + */
  bool (*any_thread)(struct sup_dispatcher *d, const struct sup_action *action);
  void (*perform)(struct sup_dispatcher *d, const struct sup_action *action,
                  struct sup_performed *performed);
  /* + The last thing in a visit: all is drained that will be for now. Once the
   * lock is released after it the dispatcher may be gone. */
  void (*drained)(struct sup_dispatcher *d);
};

typedef enum sup_drain_state {
  SUP_DRAIN_IDLE,
  SUP_DRAIN_ACTIVE, /* somebody drains */
  SUP_DRAIN_HANDED  /* nobody does, and the loop has been woken */
} sup_drain_state;

struct sup_dispatcher {
  const struct sup_dispatcher_host *host;
  struct sup_engine *engine;
  sup_drain_state state;
  struct sup_error *garbage; /* for a thread that may be held up */
  unsigned garbage_count;
  unsigned clearing; /* visitors that have released the lock to clear away */
  unsigned foreign;  /* foreign code that is running */
};

/* Take the lock and bring the engine up to the present. */
void sup__dispatcher_enter(struct sup_dispatcher *d);
/* Perform what has come out, release the lock, clear away. */
void sup__dispatcher_leave(struct sup_dispatcher *d);
/* The same, but foreign code is left to a helper, for a caller who must not be
 * held up by it. */
void sup__dispatcher_leave_promptly(struct sup_dispatcher *d);
/* The same, but a caller who may be one that must not be held up: it is asked
 * when there is foreign code. What users have put into errors may then stay
 * until the next visit. */
void sup__dispatcher_leave_by(struct sup_dispatcher *d,
                              const sup_reporter *reporter);
/* The same, but for a caller who waits for what is done: instead of handing over
 * it goes on, as long as there is something for its thread. */
void sup__dispatcher_leave_late(struct sup_dispatcher *d);

#endif
