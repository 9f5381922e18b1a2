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
 * The engine: supervision as a pure state machine. Events and a time go in,
 * actions come out; it has no clock, no thread, no callback and no system call,
 * and allocates only for new nodes, the journal, and the text of composed
 * errors (which it can do without). The same inputs give the same outputs.
 *
 * Who drives it holds one lock around every call here and does this:
 *
 *   sup__engine_tick(e, now, wall);        deadlines due are expired in order
 *   sup__engine_exited(e, ref, …);         one event
 *   while (sup__engine_peek(e, SUP_QUEUE_MAIN, &action)) {
 *     sup__engine_take(e, SUP_QUEUE_MAIN);
 *     … perform it with the lock released …
 *     sup__engine_started_by(e, action.ref, result, state);      for START
 *     sup__engine_performed(e, &action);                         for others
 *   }
 *
 * Actions are to be performed one at a time in the order of the queue. Other
 * threads may bring events while one is being performed. An action that is
 * still in the queue may change or vanish by an event (a start that a stop
 * withdraws), so peek again after each hold of the lock. Actions on
 * SUP_QUEUE_FOREIGN may run code of others that takes long: they are performed
 * after the main queue is empty, by anybody, several at the same time.
 *
 * A step is bounded: what would be long is done in slices. Asking 100,000
 * children to stop goes on in each look at the queue; when 100,000 deadlines
 * are due some of them are expired at a time. Who shares the engine with others
 * uses the forms that do one slice (set_time and expire_some, look) and lets
 * the others in between; tick and peek do all of it. Not sliced is what one
 * call brings (the children of a resource step, or of a supervisor that is
 * added) or hides (those of a temporary supervisor of a spec; the records of
 * the last reader), and what waits for one sibling. What is removed goes in
 * slices.
 */

#ifndef SUP_ENGINE_ENGINE_H
#define SUP_ENGINE_ENGINE_H

#include <supervisor/event.h>
#include <supervisor/spec.h>
#include <supervisor/tree.h>

#include "error.h"
#include "spec.h"
#include "support.h"

struct sup_engine;

/* One incarnation of one node. */
struct sup_ref {
  uint32_t node;
  uint64_t generation;
  uint64_t incarnation;
};

/* ---- Life --------------------------------------------------------------- */

/* What engines have in common whose deadlines keep one order, and where others
 * have theirs among them: for manual time. Any thread. */
struct sup_turns {
  atomic_uint_least64_t last;    /* given to a deadline that was armed */
  atomic_uint_least64_t hold_at; /* of the deadlines at this time only those */
  atomic_uint_least64_t hold;    /* with an earlier turn than this are due */
};

struct sup_engine_options {
  const sup_allocator *allocator;
  uint64_t seed; /* for jitter */
  uint64_t now;
  uint64_t wall;
};

/* Make an engine with a node for every spec of a checked, frozen supervisor
 * spec, and references to them all. 0 or SUP_ENOMEM. Nothing runs yet. */
int sup__engine_create(struct sup_engine **engine, sup_spec *root,
                       const struct sup_engine_options *options);

/* Before it is launched; borrowed. Without, deadlines have an order of their
 * own. */
void sup__engine_share_turns(struct sup_engine *engine,
                             struct sup_turns *turns);

/* Only when no incarnation is alive: never launched, or settled. Specs and
 * errors are given back here, so no lock may be held by the caller. */
void sup__engine_destroy(struct sup_engine *engine);

/* ---- Events ------------------------------------------------------------- */

/* Set the time (a time that lies behind is ignored) and expire what is due,
 * in the order of the deadlines, equal ones as they were armed. */
void sup__engine_tick(struct sup_engine *engine, uint64_t now, uint64_t wall);

/* The same in slices: set the time; then expire some of what is due, true if
 * there is more. No event may be brought while the engine is late. */
void sup__engine_set_time(struct sup_engine *engine, uint64_t now,
                          uint64_t wall);
bool sup__engine_expire_some(struct sup_engine *engine);
bool sup__engine_is_late(const struct sup_engine *engine);
/* Whether all that is due at this time has expired. */
bool sup__engine_is_up_to(const struct sup_engine *engine, uint64_t now);

/* Begin the start of the root. SUP_EALREADY the second time. */
int sup__engine_launch(struct sup_engine *engine);

/* Stop the whole tree within `budget` from now. */
void sup__engine_stop(struct sup_engine *engine, sup_duration budget);
void sup__engine_force(struct sup_engine *engine);

/* Reports of a child: 0, SUP_EGONE, SUP_ESTALE, SUP_EALREADY. Tokens are taken
 * over. */
int sup__engine_begin(struct sup_engine *engine, struct sup_ref ref);
int sup__engine_acknowledged(struct sup_engine *engine, struct sup_ref ref);
int sup__engine_start_failed(struct sup_engine *engine, struct sup_ref ref,
                             sup_token error);
int sup__engine_declined(struct sup_engine *engine, struct sup_ref ref);

/* ---- Children that are added, and what is asked for of children --------- */

/* What somebody waits for: given along with a call below, linked into the
 * engine until it is answered and taken. A call that is refused does not take
 * it. */
struct sup_request {
  struct sup_request *next, *previous;
  uint32_t node;
  uint8_t kind;
  bool any_thread; /* the caller's: whether any thread may take the answer */
  bool answered;
  sup_token answer; /* owned by whoever takes it */
};

/* Add a child (a checked, frozen spec, of which references are taken) to a
 * supervisor that starts or runs, and start it. *child is filled before
 * anything else happens. The request is answered when it is up, or has
 * declined: 0; has failed to start, and is gone: SUP_ESTART; was stopped
 * before it was up: SUP_ESTOPPED. Refusals: SUP_EGONE, SUP_EINVAL (not a
 * supervisor), SUP_ENOTRUNNING, SUP_ESTOPPING, SUP_EEXIST, SUP_ELIMIT,
 * SUP_EOVERFLOW, SUP_ENOMEM. */
int sup__engine_add(struct sup_engine *engine, struct sup_ref supervisor,
                    sup_spec *spec, struct sup_request *request,
                    struct sup_ref *child);

/* Stop, restart, delete a child; its incarnation is of no importance. A stop or
 * deletion is answered when it is gone or given up: 0 or SUP_ETERMINATION; a
 * restart as the addition of a child. Refusals: SUP_EGONE, SUP_EINVAL (the
 * root), SUP_ENOTRUNNING, SUP_ESTOPPING, SUP_EALREADY (a stop of what has
 * ended). No memory is needed. */
int sup__engine_terminate(struct sup_engine *engine, struct sup_ref child,
                          struct sup_request *request);
int sup__engine_restart(struct sup_engine *engine, struct sup_ref child,
                        struct sup_request *request);
int sup__engine_delete(struct sup_engine *engine, struct sup_ref child,
                       struct sup_request *request);
/* Take a child that was asked to stop to its last step. SUP_EGONE,
 * SUP_EALREADY (it has ended), SUP_ENOTRUNNING (nobody has asked). */
int sup__engine_force_child(struct sup_engine *engine, struct sup_ref child);

/* Nobody waits for it any more: it is its maker's again. It may have been
 * answered, but not taken. */
void sup__engine_forget(struct sup_engine *engine, struct sup_request *request);

/* What a NOTIFY of a node is about, besides the start and the end of the root:
 * take an answered request of it, or NULL. With `here` also those not for any
 * thread. */
struct sup_request *sup__engine_take_answer(struct sup_engine *engine,
                                            uint32_t node, bool here);
/* Whether all answers of a node are good for any thread. */
bool sup__engine_answers_any_thread(const struct sup_engine *engine,
                                    uint32_t node);
/* Ask for one more NOTIFY of a node that has answers left. */
void sup__engine_notify_again(struct sup_engine *engine, uint32_t node);

void sup__engine_root(const struct sup_engine *engine, struct sup_ref *root);
/* A child by its name, a node by its path: SUP_ENOTFOUND; SUP_EGONE if the
 * supervisor is gone, SUP_EINVAL if it is none. */
int sup__engine_find(struct sup_engine *engine, struct sup_ref supervisor,
                     const char *name, size_t length, struct sup_ref *child);
int sup__engine_find_path(struct sup_engine *engine, const char *path,
                          struct sup_ref *child);
int sup__engine_child_count(const struct sup_engine *engine,
                            struct sup_ref supervisor, uint64_t *count);

typedef enum sup_outcome {
  SUP_OUTCOME_COMPLETED, /* returned */
  SUP_OUTCOME_FAILED,    /* with an error */
  SUP_OUTCOME_CANCELED,  /* as asked; a failure if it was not asked */
  SUP_OUTCOME_HOPELESS,  /* failed, not to be tried again */
  SUP_OUTCOME_FORCED     /* failed, to be tried again in any case */
} sup_outcome;

int sup__engine_exited(struct sup_engine *engine, struct sup_ref ref,
                       sup_outcome outcome, sup_token error);

/* As sup__engine_start_failed, with what the failure says about trying again:
 * FAILED, HOPELESS or FORCED. */
int sup__engine_start_failed_as(struct sup_engine *engine, struct sup_ref ref,
                                sup_outcome outcome, sup_token error);

/* Said before the end: not to be restarted; to be restarted (X5). */
int sup__engine_done(struct sup_engine *engine, struct sup_ref ref);
int sup__engine_request_restart(struct sup_engine *engine, struct sup_ref ref);

/* It is healthy, once (R2). SUP_EMISUSE: a runnable that said so already, which
 * has failed by that; SUP_EALREADY for others. done answers SUP_EMISUSE
 * likewise when a runnable says it before this, or twice. */
int sup__engine_healthy(struct sup_engine *engine, struct sup_ref ref);

/* Answered when the node is healthy: 0, in whatever incarnation; SUP_ESTOPPED
 * or SUP_ENOTRUNNING when it is not to run any more. Supervisors and processes,
 * which do not say it, are healthy when they are up. Refusals: SUP_EGONE,
 * SUP_ESTOPPING, SUP_ENOTRUNNING (it is down for good, or the root was not
 * launched). */
int sup__engine_await_healthy(struct sup_engine *engine, struct sup_ref child,
                              struct sup_request *request);

/* Answered when the child has ended for good, by itself: 0 (it completed, or
 * declined) or SUP_EFAILED; or because it was stopped: SUP_ESTOPPED, or
 * SUP_ETERMINATION if it did not stop cleanly. Refusals: SUP_EGONE, SUP_EINVAL
 * (the root), SUP_EALREADY (it had ended), SUP_ENOTRUNNING (it has never run,
 * and its supervisor is down). */
int sup__engine_await_end(struct sup_engine *engine, struct sup_ref child,
                          struct sup_request *request);

/* Start a temporary child below the incarnation that `ref` is, also when that
 * is healthy; what fails to start is gone. As sup__engine_add; `end`, if there
 * is one, is what sup__engine_await_end would take. Refusals besides: those of
 * sup__engine_run but SUP_EHEALTHY. */
int sup__engine_run_once(struct sup_engine *engine, struct sup_ref ref,
                         sup_spec *spec, struct sup_request *request,
                         struct sup_request *end, struct sup_ref *child);

/* Run children below the incarnation that `ref` is, all or none; as a
 * fate-sharing group if there is a mode. Specs are checked and frozen;
 * references are taken. children[] is filled, and of no meaning on failure.
 * Refusals: SUP_EGONE, SUP_ESTALE, SUP_EINVAL (it may not run children),
 * SUP_EHEALTHY, and those of sup__engine_add. */
int sup__engine_run(struct sup_engine *engine, struct sup_ref ref,
                    const sup_group_mode *mode, sup_spec *const *specs,
                    size_t count, struct sup_ref *children);

/* A sign of life at `now`. Expires nothing, whatever the time. */
int sup__engine_heartbeat(struct sup_engine *engine, struct sup_ref ref,
                          uint64_t now);

/* What it runs on has answered. */
int sup__engine_probed(struct sup_engine *engine, struct sup_ref ref);

/* It is to be treated as if it had given no sign of life in time. */
int sup__engine_silent(struct sup_engine *engine, struct sup_ref ref);

/* What the start timeout is about for which it is being stopped: the error, with
 * code SUP_ESTARTTIMEOUT, takes the place of that code. SUP_EALREADY if it is
 * not stopped for that. */
int sup__engine_unready(struct sup_engine *engine, struct sup_ref ref,
                        sup_token error);

/* Its start timeout, if it has one, is not over before this time from now. */
int sup__engine_extend_start(struct sup_engine *engine, struct sup_ref ref,
                             sup_duration time);

/* Whoever drives the engine found out that it was late by so much. */
void sup__engine_loop_late(struct sup_engine *engine, sup_duration late);

int sup__engine_built(struct sup_engine *engine, struct sup_ref ref,
                      sup_spec *children /* checked, borrowed, or NULL */);
/* Built, but the children that it brought have faults: a failed start of the
 * supervisor, with a cleanup. */
int sup__engine_built_in_vain(struct sup_engine *engine, struct sup_ref ref,
                              sup_token error);
int sup__engine_build_failed(struct sup_engine *engine, struct sup_ref ref,
                             sup_token error);
int sup__engine_cleaned(struct sup_engine *engine, struct sup_ref ref,
                        sup_token error);

/* ---- Actions ------------------------------------------------------------ */

typedef enum sup_action_kind {
  SUP_ACTION_START, /* run start; answer with sup__engine_started_by */
  SUP_ACTION_STOP,  /* run stop with `step` */
  SUP_ACTION_END,   /* run end: the incarnation's state can go */
  SUP_ACTION_BUILD, /* run build; answered as START */
  SUP_ACTION_CANCEL_BUILD,
  SUP_ACTION_CLEANUP,
  SUP_ACTION_NOTIFY, /* look after who waits for this node */
  SUP_ACTION_PROBE   /* run the probe of its policy */
} sup_action_kind;

struct sup_action {
  sup_action_kind kind;
  struct sup_ref ref; /* for the engine */
  struct sup_ref
      child;          /* for who is told: of a body, the child that it is of */
  sup_spec *spec;     /* of the node; lives as long as the node */
  void *state;        /* of the incarnation */
  sup_stop_step step; /* STOP */
  uint64_t abandoned; /* CLEANUP */
};

typedef enum sup_queue { SUP_QUEUE_MAIN = 0, SUP_QUEUE_FOREIGN = 1 } sup_queue;

typedef enum sup_look {
  SUP_LOOK_EMPTY, /* nothing is to be performed now */
  SUP_LOOK_FOUND,
  SUP_LOOK_LATER /* not found yet; there is more to look through */
} sup_look;

/* The head of a queue. Advances slices of long rounds. */
sup_look sup__engine_look(struct sup_engine *engine, sup_queue queue,
                          struct sup_action *action);
/* The same until it is known; false if the queue is empty. */
bool sup__engine_peek(struct sup_engine *engine, sup_queue queue,
                      struct sup_action *action);
/* Remove what peek or look has shown. Only in the same hold of the lock. */
void sup__engine_take(struct sup_engine *engine, sup_queue queue);

/* START or BUILD was performed: `result` is what start returned, `state` what
 * it left. A start that was not begun has no END. `error` says more than a
 * negative result (taken over; 0: a bare code). For a child that reports its
 * start (`waits`: notify-start, a process with a readiness rule) it is
 * not acknowledged by this. */
void sup__engine_started_by(struct sup_engine *engine, struct sup_ref ref,
                            int result, void *state, bool waits,
                            sup_token error);
/* Any other action was performed. */
void sup__engine_performed(struct sup_engine *engine,
                           const struct sup_action *action);
/* The same, said before it is performed, by who performs all of them in order:
 * what the action points to is kept, even if its node is removed, until
 * sup__engine_let_go. */
void sup__engine_performed_soon(struct sup_engine *engine,
                                const struct sup_action *action);
void sup__engine_let_go(struct sup_engine *engine,
                        const struct sup_action *action);

/* Whether peek would find something or has slices to do, in either queue. */
bool sup__engine_has_work(const struct sup_engine *engine);

/* Whether a queue has something; whether there is garbage. */
bool sup__engine_has_main(const struct sup_engine *engine);
bool sup__engine_has_foreign(const struct sup_engine *engine);
bool sup__engine_has_garbage(const struct sup_engine *engine);

/* Whether a build or cleanup has not reported. */
bool sup__engine_has_resources(const struct sup_engine *engine);

/* Ask for a NOTIFY of the root. */
void sup__engine_notify(struct sup_engine *engine);

/* The earliest deadline, or SUP_INFINITE. */
uint64_t sup__engine_next_deadline(const struct sup_engine *engine);

/* Errors whose last reference went: the caller takes the list (linked by
 * `next`) and gives each to sup__error_free without a lock held. */
struct sup_error *sup__engine_take_garbage(struct sup_engine *engine);

/* Specs whose last use in the engine went; likewise, for sup_spec_unref. NULL
 * when there is none left. */
sup_spec *sup__engine_take_spec(struct sup_engine *engine);

/* ---- State -------------------------------------------------------------- */

sup_tree_state sup__engine_state(const struct sup_engine *engine);

/* When it has ended: how. 0 is clean. Borrowed. The start's outcome likewise,
 * once it is settled (running, or failed). */
sup_token sup__engine_result(const struct sup_engine *engine);
sup_token sup__engine_start_result(const struct sup_engine *engine,
                                   bool *settled);

/* Ended, and no incarnation left alive, no action left: can be destroyed. */
bool sup__engine_is_quiet(const struct sup_engine *engine);

/* Whether the incarnation was asked to stop (or is gone). */
bool sup__engine_is_stopping(const struct sup_engine *engine,
                             struct sup_ref ref);

/* The state that start left for a living incarnation, or NULL. */
void *sup__engine_child_state(const struct sup_engine *engine,
                              struct sup_ref ref, sup_spec **spec);

/* Whether an incarnation of its own runs, given up or not: of a runnable, a
 * body. */
bool sup__engine_runs(const struct sup_engine *engine, struct sup_ref ref);

/* The spec of a node, or NULL if it is gone. Borrowed. */
sup_spec *sup__engine_spec(const struct sup_engine *engine, struct sup_ref ref);

void sup__engine_count(const struct sup_engine *engine,
                       sup_tree_counters *counters);

/* The path of a node (index and generation), as snprintf; 0 if it is gone. For
 * a record's node, which is pinned, generation 0: it may have been made anew
 * since, under the same name. */
size_t sup__engine_path(const struct sup_engine *engine, uint32_t node,
                        uint64_t generation, char *buffer, size_t size);

/* Walk all nodes depth first: the root for node UINT32_MAX; UINT32_MAX after
 * the last one. Dropped nodes are not seen. If `node` is gone the walk goes on
 * behind the place where it was, or ends. */
uint32_t sup__engine_next_node(const struct sup_engine *engine, uint32_t node);

/* The same walk for who releases the lock in between: it goes on whatever is
 * added, moved or removed meanwhile. The struct is linked into the engine until
 * the walk is ended. */
struct sup_walk {
  struct sup_walk *next;
  uint32_t at; /* the node to be looked at next, or UINT32_MAX */
};

void sup__engine_walk_begin(struct sup_engine *engine, struct sup_walk *walk);
/* The next node, or UINT32_MAX. */
uint32_t sup__engine_walk_next(struct sup_engine *engine,
                               struct sup_walk *walk);
void sup__engine_walk_end(struct sup_engine *engine, struct sup_walk *walk);

/* To the first child of a supervisor; false if that is gone. How many there are.
 */
bool sup__engine_walk_into(struct sup_engine *engine, struct sup_walk *walk,
                           uint32_t supervisor, uint64_t generation,
                           uint64_t *children);
/* The next child of that supervisor, or UINT32_MAX. */
uint32_t sup__engine_walk_child(struct sup_engine *engine,
                                struct sup_walk *walk, uint32_t supervisor);

/* Whether all is up that should be (E5). O(1). */
bool sup__engine_is_ready(const struct sup_engine *engine);

/* What is looked for: children on their ladders, and builds and cleanups, that a
 * stop waits for now (H8); nodes that are not up although they should be. */
typedef enum sup_search { SUP_SEARCH_STOPPING, SUP_SEARCH_UNREADY } sup_search;

/* Whether there is any. O(1). */
bool sup__engine_can_find(const struct sup_engine *engine, sup_search what);
/* As next_node, but only where such nodes can be: below what is on its way down
 * in order, straight to the child that it has come to. */
uint32_t sup__engine_search(const struct sup_engine *engine, sup_search what,
                            uint32_t node);
bool sup__engine_is_found(const struct sup_engine *engine, sup_search what,
                          uint32_t node);
/* A walk that searches: on from the node that it stands at, UINT32_MAX at the
 * end. Between its begin and its end the lock may be released. */
void sup__engine_search_on(const struct sup_engine *engine, sup_search what,
                           struct sup_walk *walk);

/* Fill all but size, path, child.tree, pid, user and the ownership of `error`, which is the
 * token. `state` is the kind's state of a living incarnation. */
void sup__engine_node_info(const struct sup_engine *engine, uint32_t node,
                           sup_node_info *info, sup_token *error,
                           sup_spec **spec, void **state);

/* ---- Journal ------------------------------------------------------------ */

struct sup_record {
  uint64_t number;
  uint64_t cause;
  uint8_t kind;      /* sup_event_kind */
  uint8_t node_kind; /* sup_kind */
  struct sup_ref ref;
  uint64_t restarts;
  uint64_t time;
  uint64_t wall; /* of that time, by the offset that is known now */
  sup_duration duration;
  int64_t detail;
  sup_token error; /* borrowed */
};

/* Keep at least `capacity` records from now on, for one more reader. 0 or
 * SUP_ENOMEM. With no reader nothing is kept but the final event. */
int sup__engine_journal_open(struct sup_engine *engine, uint32_t capacity);
void sup__engine_journal_close(struct sup_engine *engine);

/* Number of the last event, 0 before the first; of the final one, or 0. */
uint64_t sup__engine_last_event(const struct sup_engine *engine);
uint64_t sup__engine_final_event(const struct sup_engine *engine);

/* The record with this number; false if it is not kept (any more). */
bool sup__engine_record(const struct sup_engine *engine, uint64_t number,
                        struct sup_record *record);

/* What each takes in the journal. */
#define SUP_ENTRY_SIZE 64u

/* Where the record with this number is or will be, to be fetched into the cache
 * only: it may not be there any more. NULL if none are kept. */
const void *sup__engine_place(const struct sup_engine *engine, uint64_t number);

#endif
