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
 * Children that run children: trees that grow from inside.
 *
 * A runnable is a callback child whose incarnations start children of their
 * own, one after another or in groups, until they signal that they are healthy.
 * Such children may be runnables themselves, or of any other kind. It may also
 * be the root of a tree (sup_tree_create takes its spec).
 *
 *   signals healthy   once: it is up in the way that it sees itself
 *   signals done      once, after that: it may return, and its children go on
 *   returns           without done it has failed: SUP_ENOTDONE
 *   fails             at any time
 *   asks to be        sup_child_request_restart: it may return, and is
 *   restarted         restarted with all below it, which is no failure
 *
 * When it has ended, other than by done, that is told and decided at once: it
 * is restarted by its policy, and its group is stopped. Its children are
 * stopped meanwhile, side by side, and the delay of the restart runs; it
 * begins, without children, when the last of them is gone, and is shown as
 * stopping until then. When it is asked to stop, its children are stopped
 * first, the last one before the first, and then itself. A failure of a child
 * is none of its own. A runnable that is done runs again only when what is
 * above it, or its group, is restarted; the root never is by others, and is
 * restarted as the others are when it has failed.
 *
 * A child in this header is the one that a start function is given, or a handle
 * of the child from elsewhere; what an incarnation says or runs counts for that
 * incarnation alone: after its end the answer is SUP_ESTALE or SUP_EGONE, and
 * nothing has happened.
 *
 * Since 0.1.
 */

#ifndef SUPERVISOR_RUNNABLE_H
#define SUPERVISOR_RUNNABLE_H

#include <supervisor/dynamic.h>
#include <supervisor/spec.h>
#include <supervisor/tree.h>

SUP_BEGIN_DECLS
SUP_ASSUME_NONNULL_BEGIN

/* What a runnable has unless told otherwise: 500 ms, growing by 1.5 to 60 s,
 * varied by half of it. */
#define SUP_BACKOFF_RUNNABLE                                                   \
  {                                                                            \
    sizeof(sup_backoff), 0, 1.5, 0.5, SUP_MILLISECONDS(500), SUP_SECONDS(60),  \
        SUP_SECONDS(10)                                                        \
  }

/* A runnable: as sup_callback_spec but for its defaults. It tolerates any
 * number of failures, its supervisor's record knows nothing of them, and its
 * backoff is the one above. All policies of a child can be set; its stop ladder
 * begins when its children are gone. */
SUP_EXTERN sup_spec *SUP_NULLABLE
sup_runnable_spec(const char *name, const sup_callbacks *callbacks,
                  void *SUP_NULLABLE ctx);

/* Whether the incarnations of a callback child may run children of their own.
 * It is a child like any other otherwise: what its end means is said by its
 * restart type, after its children have been stopped. Not for supervisors and
 * processes; without effect on a runnable. */
SUP_EXTERN int sup_spec_set_runs_children(sup_spec *spec, bool runs);

/* Run a child below the incarnation `self`. Does not wait for its start, whose
 * failure counts, and is tried again, as any failure of the child. The spec is
 * referenced, the caller keeps its own reference. *child, if wanted, is the
 * child's handle. Any thread.
 *
 * Refusals, of which none has started anything: SUP_ESTALE, SUP_EGONE (the
 * incarnation has ended), SUP_EHEALTHY (it has signalled), SUP_ESTOPPING (it is
 * on its way down, or one above it), SUP_EINVAL (it does not run children),
 * SUP_ESPEC with all faults in *report (which the caller owns), SUP_EEXIST (a
 * sibling has the name), SUP_EOVERFLOW, SUP_ENOMEM. */
SUP_EXTERN int sup_child_run(sup_child self, sup_spec *SUP_NULLABLE spec,
                             sup_child *SUP_NULLABLE child,
                             sup_report *SUP_NULLABLE *SUP_NULLABLE report);

/* Run `count` children, all or none, as a fate-sharing group: when one is to be
 * restarted, all are stopped and started again, by `mode`. children[], if
 * wanted, takes as many handles. None at all is no error. As sup_child_run. */
SUP_EXTERN int
sup_child_run_group(sup_child self, sup_group_mode mode,
                    sup_spec *SUP_NULLABLE const *SUP_NULLABLE specs,
                    size_t count, sup_child *SUP_NULLABLE children,
                    sup_report *SUP_NULLABLE *SUP_NULLABLE report);

/* Run a temporary child below the incarnation `self` once: a command that it
 * wants to be run, at any time of its life, also when it is healthy. `up` is
 * called when the child is up, has failed to start or was stopped before it was
 * up, as by sup_child_add_async; `ended`, behind it, when it has ended, as by
 * sup_child_wait_async, however soon that is, and also if it was never up. Both
 * may be NULL. Refusals, of which none calls anybody, are those of
 * sup_child_run but SUP_EHEALTHY; SUP_EINVAL also for a child that is not
 * temporary. Any thread. */
SUP_EXTERN int
sup_child_run_once_async(sup_child self, sup_spec *SUP_NULLABLE spec,
                         const sup_completion *SUP_NULLABLE up,
                         const sup_completion *SUP_NULLABLE ended,
                         sup_child *SUP_NULLABLE child,
                         sup_report *SUP_NULLABLE *SUP_NULLABLE report);

/* The incarnation is healthy: SUP_EVENT_HEALTHY, and who waits for it is told.
 * Of a child that does not report its start, SUP_EVENT_STARTED comes before
 * that, and before what it runs, also while its start is being called.
 * SUP_EMISUSE if a runnable has said so before: it has failed by that, however
 * it then ends; other children are answered SUP_EALREADY. The same answers has
 * sup_child_done for a runnable that has not said this before, or says that
 * twice. Any thread. */
SUP_EXTERN int sup_child_healthy(sup_child child);

/* Wait until a child, or the root, is healthy, in whatever incarnation: 0.
 * Supervisors and processes, which do not say it, are healthy when they are up.
 * SUP_ESTOPPED: it was stopped; SUP_ENOTRUNNING: it has ended for good.
 * `report` may be NULL. Refusals as all of dynamic.h, and SUP_ENOTRUNNING if it
 * is down for good, or the tree was not launched. *ticket, if wanted, is for
 * sup_tree_cancel. */
SUP_EXTERN int
sup_child_await_healthy(sup_child child,
                        sup_report *SUP_NULLABLE *SUP_NULLABLE report);
SUP_EXTERN int
sup_child_await_healthy_async(sup_child child,
                              const sup_completion *SUP_NULLABLE done,
                              uint64_t *SUP_NULLABLE ticket);

SUP_ASSUME_NONNULL_END
SUP_END_DECLS

#endif
