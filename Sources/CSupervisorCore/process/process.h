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
 * One run of one program: spawn, watch, output, readiness, signals, reap.
 * Everything here belongs to the loop thread but for what says otherwise; no
 * lock is taken. Knows nothing of trees: it reports to whoever started it.
 */

#ifndef SUP_PROCESS_PROCESS_H
#define SUP_PROCESS_PROCESS_H

#include <supervisor/process.h>

#include "../engine/error.h"
#include "../engine/spec.h"
#include "../loop/loop.h"

/* What a process spec says (spec.u.process.data). Immutable once frozen. */
struct sup_command;

struct sup_process;
struct sup_notice;
struct sup_berths;
struct sup_lifeline;

/* What a run reports, each on the loop thread. */
struct sup_process_reports {
  /* The readiness rule holds. Not called for SUP_READY_EXEC, nor twice. May
   * come after the exit, of which the receiver does not know yet, but never
   * after `ended`. */
  void (*ready)(void *ctx);
  /* What it says of itself (SUP_READY_NOTIFY, or with a heartbeat); `notice` is
   * valid during the call. Comes when `ready` may come, and after it if one
   * message says both. */
  void (*notice)(void *ctx, const struct sup_notice *notice);
  /* A line of output, or its end; only with SUP_OUTPUT_LINES. False holds the
   * output back (sup__process_resume), and with it the report of the end. */
  bool (*line)(void *ctx, const char *text, size_t length, uint32_t flags);
  /* The last report: the process has been reaped, its group is gone, its
   * output has ended or been given up, no descriptor is open. `error` is NULL
   * for a clean end (status 0 or a declared success; or a death by a signal
   * that we sent as a stop step, 128 + it included), else owned by the
   * receiver, and `what` says what its command makes of it. `stopped`: it died
   * of a stop step. The process object is freed after this call. */
  void (*ended)(void *ctx, sup_error *error, sup_failure_class what,
                bool stopped);
};

struct sup_process_options {
  const sup_allocator *allocator;
  struct sup_loop *loop;
  sup_duration heartbeat;        /* that the process is to promise, or 0 */
  struct sup_berths *berths;     /* the caller's; or NULL */
  struct sup_lifeline *lifeline; /* the caller's; or NULL if no command needs
                                    one */
  bool no_pidfd;                 /* watch with a thread */
  bool portable_spawn; /* start, and listen to it, as on systems without a
                             better way */
};

/* Start one. 0 and *process; or SUP_ESPAWN / SUP_ENOMEM with *error owned by
 * the caller (stage, errno, a sentence), and nothing left behind. No report is
 * made before this returns. The command must live until the end; `reports` is
 * copied, and its `line` and `notice` may be NULL. */
int sup__process_start(struct sup_process **process,
                       const struct sup_command *command,
                       const struct sup_process_options *options,
                       const struct sup_process_reports *reports, void *ctx,
                       sup_error **error);

/* A stop step: a signal to the whole group, with SIGCONT after it. Ending by it
 * is then clean. 0, or SUP_ENOTRUNNING / SUP_EINVAL (no signal has that
 * number) / SUP_ESYSTEM. */
int sup__process_stop(struct sup_process *process, int signal);

/* Its start has failed or is not wanted any more: it will not be told to be up,
 * and nothing is tried any longer to find out. NULL; or, the first time if it
 * was not up, what it was waited for (SUP_ESTARTTIMEOUT), owned by the caller.
 */
sup_error *sup__process_give_up(struct sup_process *process);

/* A signal that is not a stop, to the leader or the group. */
int sup__process_signal(struct sup_process *process, int signal, bool group);

/* Go on with the output. May call `line`, but never `ended`. */
void sup__process_resume(struct sup_process *process);

/* 0 once it has been reaped. */
int64_t sup__process_pid(const struct sup_process *process);

/* Whether started means executed, or a report of ready must be waited for. */
bool sup__command_reports_ready(const struct sup_command *command);

/* What does not go together in it, the index-th thing, as a sentence without a
 * path; NULL if there are no more. Part of the check of a spec: settings may
 * come in any order. */
const char *sup__command_fault(const struct sup_command *command,
                               unsigned index);

/* The output policy of the command, for the face that hands lines to users. */
const sup_output *sup__command_output(const struct sup_command *command,
                                      void **ctx);

#endif
