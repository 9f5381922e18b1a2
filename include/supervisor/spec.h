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
 * Specs: what a tree is made of, before it runs.
 *
 * A spec is a value: building it runs nothing, and it can be started many
 * times, also at once. A spec belongs to the thread that builds it until it
 * has been given to a tree; from then on it is frozen (setters answer
 * SUP_EFROZEN) and may be shared.
 *
 * Faults do not stop the building: a constructor returns NULL only for lack of
 * memory, a setter answers SUP_EINVAL if what it is told cannot work, and both
 * note it in the spec. sup_spec_check, and every start, lists all faults of the
 * whole spec. Other answers of setters: SUP_EFROZEN, SUP_ENOMEM. A spec that is
 * NULL answers SUP_ENOMEM, so that a constructor's result need not be looked at
 * before it is added, and the start tells of it.
 *
 * A supervisor that describes a child restarts it. Defaults: a child is
 * permanent, has 5 s to stop and 30 s to acknowledge its start; a supervisor is
 * one-for-one, starts left to right, tolerates 1 failure within 5 s, waits
 * for its children without limit of its own when it is stopped, and paces
 * restarts by the standard backoff (none for the first three in a row, then
 * 10 ms doubling up to 30 s, varied by 20 %, forgotten after 10 s up).
 *
 * Since 0.1.
 */

#ifndef SUPERVISOR_SPEC_H
#define SUPERVISOR_SPEC_H

#include <supervisor/base.h>
#include <supervisor/error.h>

SUP_BEGIN_DECLS
SUP_ASSUME_NONNULL_BEGIN

/* What a child, or a whole tree, is to be; a counted reference. */
typedef struct sup_spec sup_spec;

/* A spec that runs; see tree.h. */
typedef struct sup_tree sup_tree;

/* One incarnation of one child. A plain value that may be copied; it holds no
 * reference to the tree. The one handed to a start function may be used until
 * that incarnation has reported its end; afterwards only by who holds a
 * reference to the tree, and then every call answers SUP_EGONE or SUP_ESTALE
 * and touches nothing. All fields are the library's own: `tree` is borrowed,
 * `node` and `generation` name the node, whose number may be used again,
 * `incarnation` its run. */
typedef struct sup_child {
  sup_tree *tree;
  uint64_t node;
  uint64_t generation;
  uint64_t incarnation;
} sup_child;

/* What a child is. */
typedef enum SUP_CLOSED_ENUM sup_kind {
  SUP_KIND_CALLBACK = 0,  /* functions of the caller */
  SUP_KIND_PROCESS = 1,   /* a program */
  SUP_KIND_SUPERVISOR = 2 /* children of its own */
} sup_kind;

/* Who is restarted when a child is. */
typedef enum SUP_CLOSED_ENUM sup_strategy {
  SUP_ONE_FOR_ONE = 0, /* restart the one that failed */
  SUP_ONE_FOR_ALL = 1, /* stop the others, start all */
  SUP_REST_FOR_ONE = 2 /* so for it and those started after it */
} sup_strategy;

/* In which order children are started; they are stopped in the reverse one. */
typedef enum SUP_CLOSED_ENUM sup_order {
  SUP_LEFT_TO_RIGHT = 0, /* as they were added */
  SUP_RIGHT_TO_LEFT = 1  /* the last one first */
} sup_order;

/* Whether a child that has ended is started again. */
typedef enum SUP_CLOSED_ENUM sup_restart {
  SUP_PERMANENT = 0, /* restarted whenever it ends */
  SUP_TRANSIENT = 1, /* restarted if it failed */
  SUP_TEMPORARY = 2  /* never restarted, dropped when it ends */
} sup_restart;

/* What a step of a stop ladder does. */
typedef enum SUP_CLOSED_ENUM sup_stop_action {
  SUP_STOP_DRAIN = 0,  /* asked to finish what it has begun */
  SUP_STOP_CANCEL = 1, /* asked to end; a process gets `signal` */
  SUP_STOP_KILL = 2    /* processes only: SIGKILL */
} sup_stop_action;

/* One step of a stop ladder: what is done, and how long it may take before
 * the next one. After the last step's time the child is abandoned. This struct
 * has no size and does not grow. */
typedef struct sup_stop_step {
  sup_stop_action action; /* what is done */
  int signal; /* processes: what CANCEL sends, 0 for SIGTERM; what DRAIN sends,
                 0 for none */
  sup_duration timeout; /* SUP_INFINITE only in the last step */
} sup_stop_step;

/* What happens when a replacement is due and the old incarnation still runs. */
typedef enum SUP_CLOSED_ENUM sup_when_stuck {
  SUP_STUCK_WAIT = 0,     /* the replacement waits for the old incarnation */
  SUP_STUCK_ESCALATE = 1, /* so, but after a time the supervisor fails */
  SUP_STUCK_OVERLAP = 2   /* it is started beside it; not for supervisors */
} sup_when_stuck;

/* What a supervisor does when a child exceeds a tolerance of its own. */
typedef enum SUP_CLOSED_ENUM sup_when_exceeded {
  SUP_EXCEEDED_ESCALATE = 0,  /* the supervisor fails */
  SUP_EXCEEDED_QUARANTINE = 1 /* the child stays down, its siblings go on */
} sup_when_exceeded;

/* How the members of a fate-sharing group are restarted. In both modes all
 * living members are stopped when one is to be restarted. */
typedef enum SUP_CLOSED_ENUM sup_group_mode {
  SUP_GROUP_TOGETHER = 0, /* in stop order; when all are gone and the delay is
                             over, they are started in start order */
  SUP_GROUP_EACH = 1      /* side by side; each is started as soon as it is
                             gone, and those that wait go on waiting */
} sup_group_mode;

/* Whether a supervisor ends by itself when significant children of it have
 * ended for good. */
typedef enum SUP_CLOSED_ENUM sup_auto_shutdown {
  SUP_AUTO_SHUTDOWN_NEVER = 0, /* default */
  SUP_AUTO_SHUTDOWN_ANY = 1,   /* when one has */
  SUP_AUTO_SHUTDOWN_ALL = 2    /* when the last one has */
} sup_auto_shutdown;

/* What a failure says about trying again. */
typedef enum SUP_CLOSED_ENUM sup_failure_class {
  SUP_FAILURE_ORDINARY = 0, /* the restart type decides */
  SUP_FAILURE_HOPELESS = 1, /* not restarted, whatever the restart type */
  SUP_FAILURE_FORCED = 2    /* restarted and counted, whatever it is */
} sup_failure_class;

/* Delays between restarts. The delay before the k-th further consecutive
 * restart after `immediate` of them is min(maximum, initial *
 * multiplier^(k-1)), varied by +- `jitter` of itself and never above
 * `maximum`. The count starts again after an incarnation stayed up for
 * `reset_after`. Missing fields are those of SUP_BACKOFF_STANDARD. */
typedef struct sup_backoff {
  size_t size; /* sizeof(sup_backoff) */
  uint32_t immediate;
  double multiplier; /* 1 or more */
  double jitter;     /* 0 to 1 */
  sup_duration initial;
  sup_duration maximum;
  sup_duration reset_after;
} sup_backoff;

#define SUP_BACKOFF_STANDARD                                                   \
  {                                                                            \
    sizeof(sup_backoff), 3, 2.0, 0.2, SUP_MILLISECONDS(10), SUP_SECONDS(30),   \
        SUP_SECONDS(10)                                                        \
  }
#define SUP_BACKOFF_NONE                                                       \
  { sizeof(sup_backoff), UINT32_MAX, 1.0, 0.0, 0, 0, SUP_SECONDS(10) }

/* No limit to the failures that a supervisor tolerates. */
#define SUP_UNLIMITED UINT64_MAX

/* ---- Callback children ------------------------------------------------- */

/* What start may return besides 0 and an error code: the child is not needed.
 * No failure; nothing runs, and neither stop nor end is called. */
#define SUP_NOT_NEEDED 1

/* Of the functions of a callback child, and of a resource. */
enum {
  /* start, end and stop may be called inside any call of any thread. They must
   * not block and must take no lock that a caller of this library holds.
   * Without this flag all functions are called on the loop thread. */
  SUP_CALLBACKS_ANY_THREAD = 1u << 0,
  /* stop may run foreign code and take long. It is called last, where it holds
   * up no other child, and never on the loop thread. Only with
   * SUP_CALLBACKS_ANY_THREAD. */
  SUP_CALLBACKS_STOP_MAY_BLOCK = 1u << 1,
  /* An incarnation calls sup_child_begin before its work. One that is stopped
   * before that is gone at once, and its late sup_child_begin answers
   * SUP_ESTALE. */
  SUP_CALLBACKS_REPORT_BEGIN = 1u << 2
};

/* The functions of a callback child. They are called in order, one at a time
 * within a tree (but for a stop that may block), without a lock held. Required:
 * up to `start`. */
typedef struct sup_callbacks {
  size_t size;    /* sizeof(sup_callbacks) */
  uint32_t flags; /* SUP_CALLBACKS_…, or 0 */

  /* Begin the work of one incarnation and return at once. *state is `ctx` when
   * called and is what stop and end are given. Return 0, SUP_NOT_NEEDED, or a
   * negative code if it could not be begun: then neither stop nor end is
   * called. The end of what was begun is reported by sup_child_completed,
   * sup_child_failed or sup_child_canceled, on any thread, also before start
   * has returned. A positive number that is not SUP_NOT_NEEDED is taken for
   * SUP_EINVAL. */
  int (*SUP_SENDABLE SUP_NONNULL start)(void *SUP_NULLABLE ctx, sup_child child,
                                        void *SUP_NULLABLE *SUP_NULLABLE state);

  /* Ask the incarnation to end, once for each step of its ladder. Return at
   * once; the end is reported as any other. A step may come just after the end
   * was reported, but never after `end` was called. Kill steps do not come
   * here. May be NULL: then only time passes. */
  void (*SUP_SENDABLE SUP_NULLABLE stop)(void *SUP_NULLABLE state,
                                         sup_stop_action action);

  /* Called once per incarnation that start began, after it has reported its
   * end and before the next start. May be NULL. */
  void (*SUP_SENDABLE SUP_NULLABLE end)(void *SUP_NULLABLE state);

  /* Called once, on any thread and with no lock held, when the last reference
   * to the spec is gone. May be NULL. */
  void (*SUP_SENDABLE SUP_NULLABLE free)(void *SUP_NULLABLE ctx);
} sup_callbacks;

/* ---- Making specs ------------------------------------------------------- */

/* A supervisor without children. The caller owns it; NULL without memory. */
SUP_EXTERN sup_spec *SUP_NULLABLE sup_supervisor_spec(const char *name,
                                                      sup_strategy strategy);

/* A child whose work is done by functions of the caller. The table must stay
 * valid and unchanged as long as the spec; `ctx` is taken over: it is freed by
 * the table's `free` even when NULL is returned. */
SUP_EXTERN sup_spec *SUP_NULLABLE
sup_callback_spec(const char *name, const sup_callbacks *callbacks,
                  void *SUP_NULLABLE ctx);

/* Take and give back references. The caller's functions called `free` run when
 * the last one goes, on that thread and without a lock held. */
SUP_EXTERN sup_spec *sup_spec_ref(sup_spec *spec);
SUP_EXTERN void sup_spec_unref(sup_spec *SUP_NULLABLE spec);

/* Append a child to a supervisor's list. The child's reference is taken over,
 * even on error; a NULL child answers SUP_ENOMEM, so that a constructor's
 * result can be passed on. Adding one spec to several supervisors is possible
 * with sup_spec_ref. SUP_EINVAL if `supervisor` is not one, or is the child or
 * below it; SUP_EFROZEN. */
SUP_EXTERN int sup_spec_add(sup_spec *SUP_NULLABLE supervisor,
                            sup_spec *SUP_NULLABLE child);

/* Its name as it was given, also if that is a fault. Borrowed. */
SUP_EXTERN const char *sup_spec_name(const sup_spec *spec);

/* What it is. */
SUP_EXTERN sup_kind sup_spec_kind(const sup_spec *spec);

/* Give a supervisor or a process a pointer of the caller's, to be found again
 * in sup_node_info. It is taken over, even on error: `free`, if there is one,
 * is called with it once, when it is replaced or the last reference to the spec
 * is gone. SUP_EINVAL for a callback child, which has its context. */
SUP_EXTERN int sup_spec_set_user(
    sup_spec *spec, void *SUP_NULLABLE user,
    void (*SUP_SENDABLE SUP_NULLABLE free)(void *SUP_NULLABLE user));

/* Check the whole spec. 0, or SUP_ESPEC with every fault in *report; a report
 * of a spec without faults may hold warnings, whose code is 0. */
SUP_EXTERN int sup_spec_check(sup_spec *spec,
                              sup_report *SUP_NULLABLE *SUP_NULLABLE report);

/* ---- Policies of a child ------------------------------------------------ */

/* Whether it is started again when it has ended. */
SUP_EXTERN int sup_spec_set_restart(sup_spec *spec, sup_restart restart);

/* How long an asked child may take: the time of the last step that is not a
 * kill. 0 with a process kills at once. SUP_INFINITE waits. A supervisor child
 * takes it as a budget for all below it. */
SUP_EXTERN int sup_spec_set_shutdown_timeout(sup_spec *spec, sup_duration time);

/* The whole ladder, 1 to 16 steps, copied. A kill is the last step, and for
 * processes only. Not for supervisors. */
SUP_EXTERN int sup_spec_set_stop_steps(sup_spec *spec,
                                       const sup_stop_step *steps,
                                       size_t count);

/* Within what time the start must be acknowledged; SUP_INFINITE is never, 0 is
 * a fault. For a supervisor: the start of all below it; no limit unless set.
 */
SUP_EXTERN int sup_spec_set_start_timeout(sup_spec *spec, sup_duration time);

/* The child counts as started when it says so (sup_child_started), not when
 * its start function returns. Callback children only. */
SUP_EXTERN int sup_spec_set_notify_start(sup_spec *spec, bool notify);

/* The child promises a sign of life (sup_child_heartbeat) every `period`,
 * counted from the acknowledgement of its start. Silence for longer is a
 * failure, SUP_EHEARTBEAT: the child is taken down its ladder, and then its
 * restart type, tolerance and backoff apply as to any failure, however it
 * ended; one that does not end is abandoned. A stop or a round that comes
 * meanwhile joins the ladder, and decides. While the host is late nobody is
 * punished: if the silence is noticed late by more than 10 ms and a tenth of
 * the period, the child is given that time in addition, and SUP_EVENT_LOOP_LATE
 * tells of it. SUP_INFINITE takes the promise back, 0 is a fault. Not for
 * supervisors. */
SUP_EXTERN int sup_spec_set_heartbeat(sup_spec *spec, sup_duration period);

/* Ask before silence is a failure: `probe` is called with what `stop` is given,
 * when a period has passed without a sign of life, as start is: by whom, and
 * with what it may do. It has something done by whatever the work of the child
 * runs on, such as a pool of threads, returns at once, and that something calls
 * sup_child_probed. Until then the child is not punished. If the answer is late
 * by 10 ms and a tenth of the period, SUP_EVENT_LOOP_LATE of the child tells
 * so, and the child is given that time in addition. NULL takes it back. For
 * callback children with a heartbeat; without one nobody asks. Part of the
 * policy that sup_spec_share_policy shares. */
SUP_EXTERN int sup_spec_set_probe(
    sup_spec *spec,
    void (*SUP_SENDABLE SUP_NULLABLE probe)(void *SUP_NULLABLE state));

/* The child's own backoff instead of its supervisor's. For a supervisor: that
 * of its children. */
SUP_EXTERN int sup_spec_set_backoff(sup_spec *spec, const sup_backoff *backoff);

/* A tolerance of the child's own: at most `max` failures within `window`, as
 * sup_spec_set_tolerance. Its failures are then not counted by its supervisor;
 * one too many does what `exceeded` says. */
SUP_EXTERN int sup_spec_set_child_tolerance(sup_spec *spec, uint64_t max,
                                            sup_duration window,
                                            sup_when_exceeded exceeded);

/* The name of a sibling that must be up before each start of this child. May
 * be called for several. A child that waits for one shows as waiting; a sibling
 * that ended for good is as good as up only if it completed. Names that are not
 * there, and circles, are faults that the check finds. Part of the policy that
 * sup_spec_share_policy shares. */
SUP_EXTERN int sup_spec_add_after(sup_spec *spec, const char *sibling);

/* The child is one of those whose end can end its supervisor (see
 * sup_spec_set_auto_shutdown). A fault for a permanent child, which never ends
 * for good, and under a supervisor whose auto-shutdown is never. Part of the
 * policy that sup_spec_share_policy shares. */
SUP_EXTERN int sup_spec_set_significant(sup_spec *spec, bool significant);

/* The child is in this group of its supervisor (see sup_spec_add_group), in
 * none if NULL; it is in one at most. A group that the supervisor does not have
 * is a fault that the check finds; the root of a tree shares its fate with
 * nobody. Part of the policy that sup_spec_share_policy shares. */
SUP_EXTERN int sup_spec_set_group(sup_spec *spec,
                                  const char *SUP_NULLABLE group);

/* What happens when a replacement is due and the old incarnation has not ended.
 * `after` is for SUP_STUCK_ESCALATE. With SUP_STUCK_OVERLAP two incarnations of
 * the child may run at the same time. */
SUP_EXTERN int sup_spec_set_when_stuck(sup_spec *spec, sup_when_stuck what,
                                       sup_duration after);

/* Use the policies of another spec of the same kind, sharing their memory:
 * for many children that differ in name and context only. Of a supervisor all
 * but its name, strategy, groups, children and resource. */
SUP_EXTERN int sup_spec_share_policy(sup_spec *spec, const sup_spec *other);

/* ---- Policies of a supervisor ------------------------------------------- */

/* In which order it starts its children. */
SUP_EXTERN int sup_spec_set_order(sup_spec *spec, sup_order order);

/* Start children side by side: at most `limit` that have not acknowledged at a
 * time. 1 is one after another (default), UINT32_MAX all at once, 0 a fault.
 * The order of their first acknowledgements is then the order of their
 * positions, which stops reverse. */
SUP_EXTERN int sup_spec_set_start_limit(sup_spec *spec, uint32_t limit);

/* How many children it may have at a time, those of its spec included: more in
 * the spec are a fault, more that are added or brought by its resource are
 * refused with SUP_ELIMIT. 0 is no limit (default). */
SUP_EXTERN int sup_spec_set_child_limit(sup_spec *spec, uint32_t limit);

/* Ask all children at once when the supervisor stops, not one after another.
 * Group rounds stop in order all the same. */
SUP_EXTERN int sup_spec_set_concurrent_stop(sup_spec *spec, bool concurrent);

/* End by itself when any, or all, of its significant children have ended for
 * good by themselves: completed or failed and not restarted. An end by request,
 * by a round or by quarantine does not count; a child that is gone, or declined
 * its start, is not waited for. The supervisor then stops the children that are
 * left, runs its cleanup, and has completed: its own supervisor treats it as a
 * child that completed, and a tree ends with 0, or with SUP_ETERMINATION if
 * something did not stop cleanly. Children made by a resource step count like
 * those of the spec. */
SUP_EXTERN int sup_spec_set_auto_shutdown(sup_spec *supervisor,
                                          sup_auto_shutdown what);

/* A fate-sharing group: those children that name it (sup_spec_set_group) are
 * restarted together, while all others go on. It is as if they were the
 * children of a one-for-all supervisor of their own, but for this: they keep
 * their places among their siblings, and their failures, of which a round
 * counts one, are counted here. For one-for-one supervisors only; in others it
 * is a fault that the check finds. Children made by a resource step may name
 * the groups of the supervisor that runs them. */
SUP_EXTERN int sup_spec_add_group(sup_spec *supervisor, const char *name,
                                  sup_group_mode mode);

/* At most `max` failures within `window`; the next one makes the supervisor
 * fail. Window 0 never forgets; max 0 tolerates none, SUP_UNLIMITED all;
 * otherwise max is at most 65,536. */
SUP_EXTERN int sup_spec_set_tolerance(sup_spec *spec, uint64_t max,
                                      sup_duration window);

/* A resource that all children share: built before the first child starts and
 * cleaned up when the last is gone (or abandoned), once per start of the
 * supervisor, also after a failed start; never for the restart of one child.
 * The functions follow the flags as those of sup_callbacks do. Required: up to
 * `build`. */
typedef struct sup_resource {
  size_t size;    /* sizeof(sup_resource) */
  uint32_t flags; /* SUP_CALLBACKS_ANY_THREAD, SUP_CALLBACKS_STOP_MAY_BLOCK */

  /* Begin the build and return at once: 0, or a negative code if it failed.
   * *state is `ctx` when called and is what the others are given. The result
   * is reported by sup_child_built or sup_child_build_failed. */
  int (*SUP_SENDABLE SUP_NONNULL build)(void *SUP_NULLABLE ctx,
                                        sup_child supervisor,
                                        void *SUP_NULLABLE *SUP_NULLABLE state);

  /* Ask a build that is going on to give up; it reports as before. */
  void (*SUP_SENDABLE SUP_NULLABLE cancel)(void *SUP_NULLABLE state);

  /* Undo a build that was reported as done, and report sup_child_cleaned.
   * `abandoned` children are still running and may use the resource. */
  void (*SUP_SENDABLE SUP_NULLABLE cleanup)(void *SUP_NULLABLE state,
                                            sup_child supervisor,
                                            uint64_t abandoned);

  /* Called once when the last reference to the spec is gone. */
  void (*SUP_SENDABLE SUP_NULLABLE free)(void *SUP_NULLABLE ctx);

  sup_duration build_timeout;   /* 0: 30 s */
  sup_duration cleanup_timeout; /* 0: 5 s */
} sup_resource;

/* Give a supervisor a resource; one at most. `ctx` is taken over, even on
 * error. The table must stay valid and unchanged as long as the spec. */
SUP_EXTERN int sup_spec_set_resource(sup_spec *spec,
                                     const sup_resource *resource,
                                     void *SUP_NULLABLE ctx);

/* ---- Reports of a child -------------------------------------------------
 *
 * All of them: any thread, never blocking, and 0 if the report was taken;
 * SUP_ESTALE if it is about an earlier incarnation, SUP_EGONE if the node or
 * the tree is gone, SUP_EALREADY if it came too early, too late or twice,
 * SUP_EFORKED. An error given along is always taken over; where there has
 * to be one NULL stands for SUP_EFAILED. */

/* The incarnation is about to run its body. Only with
 * SUP_CALLBACKS_REPORT_BEGIN; SUP_ESTALE means: do not run it. */
SUP_EXTERN int sup_child_begin(sup_child child);

/* A notify-start child is up. */
SUP_EXTERN int sup_child_started(sup_child child);

/* A notify-start child cannot come up; it has still to report its end. */
SUP_EXTERN int sup_child_start_failed(sup_child child,
                                      sup_error *SUP_NULLABLE error);

/* A notify-start child is not needed; it has still to report its end. */
SUP_EXTERN int sup_child_declined(sup_child child);

/* The incarnation has ended: its work is complete; it failed; it ended because
 * it was asked to (which is a failure if it was not asked). */
SUP_EXTERN int sup_child_completed(sup_child child);
SUP_EXTERN int sup_child_failed(sup_child child, sup_error *SUP_NULLABLE error);
SUP_EXTERN int sup_child_canceled(sup_child child);

/* As sup_child_start_failed, and what that says about trying again. */
SUP_EXTERN int sup_child_start_failed_as(sup_child child,
                                         sup_error *SUP_NULLABLE error,
                                         sup_failure_class what);

/* As sup_child_failed, and what the failure says about trying again. Also
 * before the start was acknowledged: a hopeless one is then not tried again. */
SUP_EXTERN int sup_child_failed_as(sup_child child,
                                   sup_error *SUP_NULLABLE error,
                                   sup_failure_class what);

/* Who reports an end on a thread that the next incarnation may need, as `start`
 * may hand it to that thread while the report is made. `may_be_held_up` is
 * called at most once, within the report, on its thread and with no lock held:
 * when children were started in it, or before code of others would run there
 * that may take long (a stop that may block, the release of what an error or a
 * spec carries). With true such code runs there, and `start` may not hand over
 * anything any more; with false it is left to other threads. Calls nothing of
 * this library. */
typedef struct sup_reporter {
  bool (*SUP_SENDABLE SUP_NONNULL may_be_held_up)(void *SUP_NULLABLE ctx);
  void *SUP_NULLABLE ctx;
} sup_reporter;

/* As sup_child_completed and sup_child_failed_as, for such a reporter, which is
 * only used until they return. */
SUP_EXTERN int sup_child_completed_by(sup_child child,
                                      const sup_reporter *reporter);
SUP_EXTERN int sup_child_failed_by(sup_child child,
                                   sup_error *SUP_NULLABLE error,
                                   sup_failure_class what,
                                   const sup_reporter *reporter);

/* A sign of life of a child that has promised one. Cheap enough to be given far
 * more often than promised. Without effect if none was promised, and before the
 * start is acknowledged. */
SUP_EXTERN int sup_child_heartbeat(sup_child child);

/* The answer to a probe (sup_spec_set_probe), once each; SUP_EALREADY if none
 * is waited for. */
SUP_EXTERN int sup_child_probed(sup_child child);

/* Said before the end: when this incarnation has completed it is not restarted
 * unless its supervisor is. A runnable (runnable.h) signals healthy before; its
 * children go on. */
SUP_EXTERN int sup_child_done(sup_child child);

/* Said before the end: when this incarnation has completed it is started
 * again, unless it is temporary; paced as completions are, not counted. So a
 * runnable waits for its backoff, which knows no immediate restarts;
 * sup_child_restart (dynamic.h) does not wait. */
SUP_EXTERN int sup_child_request_restart(sup_child child);

/* A resource is built. `children`, if given, is a supervisor spec whose
 * children are started in place of those of the supervisor's own spec; its
 * reference is taken over. Faults in it are a start failure; the resource is
 * cleaned up. */
SUP_EXTERN int sup_child_built(sup_child supervisor,
                               sup_spec *SUP_NULLABLE children);
SUP_EXTERN int sup_child_build_failed(sup_child supervisor,
                                      sup_error *SUP_NULLABLE error);

/* A cleanup has ended; with an error if it failed. */
SUP_EXTERN int sup_child_cleaned(sup_child supervisor,
                                 sup_error *SUP_NULLABLE error);

/* Whether the incarnation has been asked to stop, or is over. */
SUP_EXTERN bool sup_child_is_stopping(sup_child child);

/* The runtime name of the node, as sup_error_explain fills a buffer; 0 if it
 * is gone. */
SUP_EXTERN size_t sup_child_path(sup_child child, char *SUP_NULLABLE buffer,
                                 size_t size);

SUP_ASSUME_NONNULL_END
SUP_END_DECLS

#endif
