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
 * Changing a tree that runs: children that are not in its spec, and requests
 * about any child.
 *
 * A child is added to a supervisor while that starts or runs, at the end of its
 * list. It is supervised as the others are, and gone with its supervisor: when
 * that is restarted, only the children of its spec are made again.
 *
 * A sup_child here names a node, whichever of its incarnations it came from; it
 * answers SUP_EGONE when the node is gone, also if a new child has the name.
 *
 * All functions may be called on any thread, also from inside callbacks and
 * completions. The forms that wait return SUP_EDEADLOCK there, and on the loop
 * thread, and do nothing; the others ("_async") record the request, return, and
 * call `done` (if it is not NULL) once, when what was asked for is over. So a
 * child may stop or restart itself, or what is above it, in that form; in the
 * waiting one, on a thread of its own, it would wait for itself until its
 * ladder gives it up. A request that is refused (any code but 0) has changed
 * nothing, and `done` is not called.
 *
 * Who has asked for something, and need not hear of its end any more, gives the
 * *ticket to sup_tree_cancel: his `done` is forgotten then, and what was asked
 * for goes on.
 *
 * Memory: a child that is added needs some. Beyond that the forms that wait
 * allocate nothing, whoever waits being kept on his own stack, nor do those
 * with nobody to tell; a `done` takes a place among the tree's waits, of which
 * there are as many as were ever needed at once, or answers SUP_ENOMEM.
 *
 * Refusals that all of them share: SUP_EGONE (the node or the tree is gone),
 * SUP_ESTOPPING (its supervisor, or one above it, is on its way down),
 * SUP_ENOTRUNNING (its supervisor is not running, or waits for a restart of its
 * own), SUP_EINVAL (the node is not a supervisor; it is the root), SUP_EFORKED.
 *
 * Since 0.1.
 */

#ifndef SUPERVISOR_DYNAMIC_H
#define SUPERVISOR_DYNAMIC_H

#include <supervisor/spec.h>
#include <supervisor/tree.h>

SUP_BEGIN_DECLS
SUP_ASSUME_NONNULL_BEGIN

/* ---- Finding ------------------------------------------------------------ */

/* The root of a tree. */
SUP_EXTERN int sup_tree_root(sup_tree *tree, sup_child *root);

/* A node by its runtime name, "shop/jobs/a": SUP_ENOTFOUND if there is none.
 * Its cost grows with the depth, not with the number of nodes. */
SUP_EXTERN int sup_tree_find(sup_tree *tree, const char *path,
                             sup_child *child);

/* A child of a supervisor by its name: SUP_ENOTFOUND if there is none. O(1). */
SUP_EXTERN int sup_child_find(sup_child supervisor, const char *name,
                              sup_child *child);

/* How many children a supervisor has. O(1). */
SUP_EXTERN int sup_child_count(sup_child supervisor, uint64_t *count);

/* ---- Adding ------------------------------------------------------------- */

/* Check a spec of any kind, freeze it and start a child of it; the supervisor
 * keeps a reference, the caller has its own. The start runs beside whatever
 * else starts there; while a group is being restarted, or a resource built, it
 * waits for that. *child, if wanted, is filled before anybody is told.
 *
 * The call waits, or `done` is called, until the child is up, or has declined:
 * 0. SUP_ESTART with a report: its start failed; it is gone, and its supervisor
 * goes on as if nothing had happened. SUP_ESTOPPED: it was stopped before it
 * was up.
 *
 * Further refusals: SUP_ESPEC with all faults in *report (which the caller
 * owns), each with its path in the tree, SUP_EEXIST (a sibling has the name; of
 * one that was abandoned it is free when that has ended), SUP_ELIMIT
 * (sup_spec_set_child_limit), SUP_EOVERFLOW. A child that is added cannot start
 * after siblings (sup_spec_add_after); what is below it can. A NULL spec
 * answers SUP_ENOMEM, so that a constructor's result can be passed on. */
SUP_EXTERN int sup_child_add(sup_child supervisor, sup_spec *SUP_NULLABLE spec,
                             sup_child *SUP_NULLABLE child,
                             sup_report *SUP_NULLABLE *SUP_NULLABLE report);
SUP_EXTERN int
sup_child_add_async(sup_child supervisor, sup_spec *SUP_NULLABLE spec,
                    const sup_completion *SUP_NULLABLE done,
                    sup_child *SUP_NULLABLE child,
                    sup_report *SUP_NULLABLE *SUP_NULLABLE report);

/* ---- Waiting ------------------------------------------------------------ */

/* Wait until a child has ended for good: 0, it has completed or has declined;
 * SUP_EFAILED with a report, it failed and is not restarted, or is in
 * quarantine; SUP_ESTOPPED, it was stopped, by request or with its supervisor;
 * SUP_ETERMINATION with a report, so, but not cleanly. Restarts go by
 * unnoticed. Refusals: SUP_EALREADY if it had ended (sup_child_snapshot tells
 * how), and the common ones but SUP_ESTOPPING. */
SUP_EXTERN int sup_child_wait(sup_child child,
                              sup_report *SUP_NULLABLE *SUP_NULLABLE report);
SUP_EXTERN int sup_child_wait_async(sup_child child,
                                    const sup_completion *SUP_NULLABLE done,
                                    uint64_t *SUP_NULLABLE ticket);

/* ---- Stopping, restarting, deleting ------------------------------------- */

/* Stop a child by its ladder, or give up a restart that it waits for. It stays
 * where it is and is not restarted by its supervisor, until sup_child_restart
 * or the next start of the supervisor; a temporary one goes. 0, or
 * SUP_ETERMINATION with a report if it did not stop cleanly or still runs. Who
 * asks a second time is told the same; SUP_EALREADY, a refusal, if it had
 * ended. */
SUP_EXTERN int
sup_child_terminate(sup_child child,
                    sup_report *SUP_NULLABLE *SUP_NULLABLE report);
SUP_EXTERN int
sup_child_terminate_async(sup_child child,
                          const sup_completion *SUP_NULLABLE done,
                          uint64_t *SUP_NULLABLE ticket);

/* Take a child to the last step of its ladder at once; it is asked to stop by
 * that if nobody has. Does not wait. SUP_EALREADY if it had ended. */
SUP_EXTERN int sup_child_force(sup_child child);

/* Start a child now: one that runs is stopped first, one that waits does not
 * wait for its backoff, one that is down for good, whatever the reason, begins
 * anew, its backoff and own tolerance forgotten. Not counted as a failure. 0
 * when it is up, or has declined; SUP_ESTART with a report if the start
 * failed, SUP_ESTOPPED if it was stopped. A start that fails counts and is
 * tried again as any restart, but if the child was down for good the failure
 * is the caller's alone, and it stays down. */
SUP_EXTERN int sup_child_restart(sup_child child,
                                 sup_report *SUP_NULLABLE *SUP_NULLABLE report);
SUP_EXTERN int sup_child_restart_async(sup_child child,
                                       const sup_completion *SUP_NULLABLE done,
                                       uint64_t *SUP_NULLABLE ticket);

/* Stop a child if it runs and take it away: its name is free and its handle
 * gone. A child of the supervisor's spec is there again when the supervisor is
 * restarted. 0; SUP_ETERMINATION with a report as sup_child_terminate: a child
 * that still runs keeps its name until it has ended. */
SUP_EXTERN int sup_child_delete(sup_child child,
                                sup_report *SUP_NULLABLE *SUP_NULLABLE report);
SUP_EXTERN int sup_child_delete_async(sup_child child,
                                      const sup_completion *SUP_NULLABLE done,
                                      uint64_t *SUP_NULLABLE ticket);

SUP_ASSUME_NONNULL_END
SUP_END_DECLS

#endif
