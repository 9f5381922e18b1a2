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
 * Trees: starting, stopping, waiting, looking.
 *
 * A tree is a counted reference. It runs until it is stopped or fails, whether
 * or not anybody holds a reference: giving the last one back stops nothing.
 * When it has ended its final state is stored, and every wait, early or late,
 * gets the same one.
 *
 * Since 0.1.
 */

#ifndef SUPERVISOR_TREE_H
#define SUPERVISOR_TREE_H

#include <supervisor/error.h>
#include <supervisor/runtime.h>
#include <supervisor/spec.h>

SUP_BEGIN_DECLS
SUP_ASSUME_NONNULL_BEGIN

/* Of sup_completion. */
enum {
  /* The completion may be called inside any call of any thread; it must not
   * block. Otherwise it is called on the loop thread. */
  SUP_COMPLETION_ANY_THREAD = 1u << 0,
  /* Of sup_tree_launch: the caller has nothing to do until it is called. The
   * call then starts all children that are good for any thread before it
   * returns, however many they are; otherwise it leaves what is more than a
   * few to the loop thread. On the loop thread it changes nothing. */
  SUP_COMPLETION_AWAITED = 1u << 1
};

/* What is called when something that takes time is over. `code` is 0 or a
 * sup_errno; `report`, if there is one, is borrowed for the time of the call.
 * Called exactly once, unless cancelled by sup_tree_cancel; with SUP_EGONE if
 * the tree was never launched and is given back. Copied. `done` is given `ctx`;
 * `flags` are SUP_COMPLETION_ values, or 0. This struct has no size and does
 * not grow. */
typedef struct sup_completion {
  void (*SUP_SENDABLE SUP_NONNULL done)(void *SUP_NULLABLE ctx, int code,
                                        sup_report *SUP_NULLABLE report);
  void *SUP_NULLABLE ctx;
  uint32_t flags;
} sup_completion;

/* Check a spec, freeze it and make a tree of it that does not run yet, so that
 * it can be subscribed to before its first event. The caller owns *tree. The
 * spec is referenced, the caller keeps its own reference. Errors: SUP_ESPEC
 * with a report, SUP_EINVAL (not a supervisor), SUP_ENOMEM, SUP_EGONE. Any
 * thread. A tree that is never launched is freed with its last reference. */
SUP_EXTERN int sup_tree_create(sup_runtime *runtime, sup_spec *spec,
                               sup_tree *SUP_NULLABLE *SUP_NULLABLE tree,
                               sup_report *SUP_NULLABLE *SUP_NULLABLE report);

/* Start what was created. `completion`, if given, is called when all is up
 * (0), or when the start failed and was rolled back: SUP_ESTART,
 * SUP_EBUILD,
 * SUP_ESTOPPED, with a report. SUP_EALREADY if it was launched before. Any
 * thread. */
SUP_EXTERN int sup_tree_launch(sup_tree *tree,
                               const sup_completion *SUP_NULLABLE completion);

/* Create, launch and wait until it is up. On failure everything has been
 * stopped again and *tree is NULL. SUP_EDEADLOCK on a loop thread or in a
 * callback. `report` may be NULL. */
SUP_EXTERN int sup_tree_start(sup_runtime *runtime, sup_spec *spec,
                              sup_tree *SUP_NULLABLE *SUP_NULLABLE tree,
                              sup_report *SUP_NULLABLE *SUP_NULLABLE report);

/* Take and give back references. The last one stops nothing. */
SUP_EXTERN sup_tree *sup_tree_ref(sup_tree *tree);
SUP_EXTERN void sup_tree_unref(sup_tree *SUP_NULLABLE tree);

/* Ask the tree to stop within `budget` (SUP_INFINITE: as long as its ladders
 * take) and return at once. A later request may shorten the budget, never
 * lengthen it. 0 also if it is stopping or has ended; a tree that was not
 * launched ends without having run. Any thread. */
SUP_EXTERN int sup_tree_request_stop(sup_tree *tree, sup_duration budget);

/* Take every child that is left to the last step of its ladder now, stopping
 * the tree if that was not asked for. Any thread. */
SUP_EXTERN int sup_tree_force_stop(sup_tree *tree);

/* Request a stop and wait for the end: 0 if all went well, SUP_ETERMINATION
 * with a report if something did not, or the failure with which it had ended.
 * Every caller gets the same result. SUP_EDEADLOCK as for sup_tree_start. */
SUP_EXTERN int sup_tree_stop(sup_tree *tree, sup_duration budget,
                             sup_report *SUP_NULLABLE *SUP_NULLABLE report);

/* Wait for the end: 0 if it was stopped cleanly or has completed (the root's
 * auto-shutdown), else as sup_tree_stop; SUP_ETOLERANCE if the root failed,
 * SUP_ESTART if it never came up. A tree that was not launched is waited for
 * until it is launched and has ended, or is stopped. */
SUP_EXTERN int sup_tree_wait(sup_tree *tree,
                             sup_report *SUP_NULLABLE *SUP_NULLABLE report);

/* The same with a completion. *ticket, if wanted, can be given to
 * sup_tree_cancel. On a tree that has ended the completion is called at once,
 * within the call if it is good for any thread. Who waits in sup_tree_wait or
 * sup_tree_stop needs no memory; here a wait takes a place among the tree's,
 * of which there are as many as were ever needed at once, or answers
 * SUP_ENOMEM. */
SUP_EXTERN int sup_tree_wait_async(sup_tree *tree,
                                   const sup_completion *completion,
                                   uint64_t *SUP_NULLABLE ticket);

/* Forget a wait for the end of the tree, or for what was asked for of one of
 * its children (dynamic.h, runnable.h), in the same time however many there
 * are: 0 if its completion will not be called; SUP_EGONE if it was called or is
 * about to be. Any thread. */
SUP_EXTERN int sup_tree_cancel(sup_tree *tree, uint64_t ticket);

/* Where a tree is in its life. */
typedef enum SUP_CLOSED_ENUM sup_tree_state {
  SUP_TREE_CREATED = 0,  /* not launched */
  SUP_TREE_STARTING = 1, /* not all is up, or its start is being undone */
  SUP_TREE_RUNNING = 2,  /* it was up; children may be restarting */
  SUP_TREE_STOPPING = 3, /* on request, or because it failed */
  SUP_TREE_ENDED = 4     /* its result is known; abandoned children may run */
} sup_tree_state;

/* Where it is now; SUP_TREE_ENDED after a fork(). Any thread. */
SUP_EXTERN sup_tree_state sup_tree_get_state(sup_tree *tree);

/* The runtime it runs on. Borrowed: lives at least as long as the tree. */
SUP_EXTERN sup_runtime *sup_tree_runtime(sup_tree *tree);

/* Numbers of a tree, from its creation on. */
typedef struct sup_tree_counters {
  size_t size;            /* sizeof(sup_tree_counters) */
  uint64_t events;        /* number of the last event */
  uint64_t starts;        /* incarnations begun, of supervisors too */
  uint64_t restarts;      /* of these, not the first of their node */
  uint64_t stale_reports; /* reports of earlier incarnations */
  uint64_t late_reports;  /* acknowledgements that came late or twice */
  uint64_t late_exits;    /* abandoned children that ended after all */
  uint64_t nodes;         /* nodes of the tree, the root included */
  uint64_t running;       /* of workers and processes, not ended */
  uint64_t abandoned;     /* of these, given up */
  uint64_t late_loops;    /* times that the loop was late while it ran */
} sup_tree_counters;

/* Fill the numbers. O(1). SUP_EINVAL if their size is not set. Any thread. */
SUP_EXTERN int sup_tree_count(sup_tree *tree, sup_tree_counters *counters);

/* ---- Snapshots ---------------------------------------------------------- */

/* Where a node is in its life. Later versions may have more states. */
typedef enum SUP_OPEN_ENUM sup_state {
  SUP_STATE_NEW = 0,        /* has not been started */
  SUP_STATE_STARTING = 1,   /* started, not acknowledged */
  SUP_STATE_RUNNING = 2,    /* up */
  SUP_STATE_STOPPING = 3,   /* on its ladder, or a supervisor on its way down */
  SUP_STATE_WAITING = 4,    /* for its backoff */
  SUP_STATE_STUCK = 5,      /* for the end of its old incarnation */
  SUP_STATE_ENDED = 6,      /* ended; its supervisor will deal with it */
  SUP_STATE_COMPLETED = 7,  /* for good */
  SUP_STATE_FAILED = 8,     /* for good */
  SUP_STATE_STOPPED = 9,    /* on request, or with its supervisor */
  SUP_STATE_DECLINED = 10,  /* said that it is not needed */
  SUP_STATE_ABANDONED = 11, /* outlived its ladder, still running */
  SUP_STATE_QUARANTINED = 12, /* exceeded its own tolerance; stays down */
  SUP_STATE_HEALTHY = 13,     /* up, and has said that it is healthy */
  SUP_STATE_DONE = 14 /* a runnable that is done: up, by what is below it */
} sup_state;

/* The name of a state, "running". Static. */
SUP_EXTERN const char *sup_state_name(sup_state state);

/* A node at one moment. Strings and errors live as long as the snapshot; times
 * are those of the runtime. */
typedef struct sup_node_info {
  size_t size;         /* of what the library filled */
  sup_child child;     /* its present or last incarnation */
  const char *name;    /* its own, not its path */
  uint32_t depth;      /* 0 is the root */
  sup_kind kind;       /* worker, process or supervisor */
  sup_state state;     /* where it is in its life */
  uint64_t restarts;   /* incarnations after the first */
  uint64_t started_at; /* of the present incarnation, 0 if none */
  uint64_t changed_at; /* of the state */
  uint64_t deadline;   /* what it waits for next, or SUP_INFINITE */
  uint64_t children;   /* of a supervisor, or of a child that runs children */
  const char *SUP_NULLABLE waits_for; /* the sibling that it starts after and
                                         that is not up, or NULL */
  int64_t pid;                        /* of a running process, else 0 */
  sup_error *SUP_NULLABLE error; /* its last failure; lives as the snapshot */
  const char *SUP_NULLABLE path; /* its runtime name; NULL in a snapshot of all
                                    nodes, where it follows from the depths */
  sup_stop_action step_action;   /* of its stop ladder: what was done last */
  uint32_t step;                 /* which step that is, from 0 */
  uint32_t step_count;           /* of how many; 0: it is on no ladder */
  void *SUP_NULLABLE user;       /* what goes with its spec: the pointer of
                              sup_spec_set_user, or the context of a callback
                              child; lives as the snapshot */
} sup_node_info;

/* Nodes at one moment. Belongs to one thread at a time; holds no reference to
 * the tree, and may outlive it. */
typedef struct sup_snapshot sup_snapshot;

/* All nodes, depth first, children in the order of their positions. The
 * children of a supervisor are seen at one moment (of more than 1,024, so many
 * at a time); all is of one moment if no event came between
 * (sup_snapshot_events). The caller owns it. Any thread. */
SUP_EXTERN int
sup_tree_snapshot(sup_tree *tree,
                  sup_snapshot *SUP_NULLABLE *SUP_NULLABLE snapshot);

/* One node with its path, whichever incarnation the handle came from; SUP_EGONE
 * if it is gone. The caller owns it. Costs no more in a large tree. Any
 * thread. */
SUP_EXTERN int
sup_child_snapshot(sup_child child,
                   sup_snapshot *SUP_NULLABLE *SUP_NULLABLE snapshot);

/* What every stop that is going on waits for now, of the whole tree, of a child
 * or of a group round: a snapshot of the children that are on their ladders,
 * and of the supervisors whose build or cleanup has not ended, with their
 * paths. Of children that are stopped one after another it is the one whose
 * turn it is. Empty if nothing is stopping. Costs little however large the tree
 * is, when it stops as a whole; the caller owns it. Any thread. */
SUP_EXTERN int
sup_tree_stop_waits(sup_tree *tree,
                    sup_snapshot *SUP_NULLABLE *SUP_NULLABLE snapshot);

/* Whether the tree is up, with everything in it that should be. Not counted are
 * children that have completed, have declined, or were stopped on request.
 * O(1). Any thread. */
SUP_EXTERN bool sup_tree_is_ready(sup_tree *tree);

/* Who is not up and should be: a snapshot of the nodes that are starting,
 * stopping, waiting, stuck, abandoned, in quarantine or failed for good, with
 * their paths, errors and deadlines; not those below a supervisor that is down
 * itself. Empty if the tree is ready. The caller owns it. Any thread. */
SUP_EXTERN int
sup_tree_unready(sup_tree *tree,
                 sup_snapshot *SUP_NULLABLE *SUP_NULLABLE snapshot);

/* How many nodes, and each by its place; borrowed, NULL beyond their number. */
SUP_EXTERN size_t sup_snapshot_count(const sup_snapshot *snapshot);
SUP_EXTERN const sup_node_info *SUP_NULLABLE
sup_snapshot_node(const sup_snapshot *snapshot, size_t index);

/* The time at which it was taken. */
SUP_EXTERN uint64_t sup_snapshot_time(const sup_snapshot *snapshot);

/* The numbers of the last events before and after it was taken: equal ones mean
 * that nothing happened meanwhile. */
SUP_EXTERN void sup_snapshot_events(const sup_snapshot *snapshot,
                                    uint64_t *first, uint64_t *last);
/* The nodes as lines of text; as sup_error_explain. */
SUP_EXTERN size_t sup_snapshot_text(const sup_snapshot *snapshot,
                                    char *SUP_NULLABLE buffer, size_t size);

/* Free it, and all that was borrowed from it. */
SUP_EXTERN void sup_snapshot_free(sup_snapshot *SUP_NULLABLE snapshot);

SUP_ASSUME_NONNULL_END
SUP_END_DECLS

#endif
