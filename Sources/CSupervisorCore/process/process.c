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
 * One run: joins the spawner, the watcher, the output and the readiness.
 *
 * At the end: the exit is noticed, its status noted, the rest of the group
 * killed while the leader's number is still its own, the leader reaped. Then
 * three things are waited for, each with a bound, before the end is reported:
 * the output, the last of the group, and the loop's giving back of the handles.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "failure.h"
#include "launch.h"
#include "lifeline.h"
#include "notify.h"
#include "output.h"
#include "ready.h"
#include "rule.h"
#include "tail.h"
#include "watch.h"

/* Looks at a group that has been killed, each twice as long after the one
 * before, from 1 ms: an eighth of a second in all. A process that the kernel
 * will not let go of, or that nobody reaps, is not waited for longer. */
#define SUP_GROUP_LOOKS 7

struct sup_process {
  const sup_allocator *allocator;
  struct sup_loop *loop;
  const struct sup_command *command; /* borrowed */
  struct sup_process_reports reports;
  void *ctx;
  struct sup_watch watch;
  struct sup_streams *streams; /* owned; NULL: its output is not ours */
  struct sup_ready *ready;     /* owned; NULL: no pipe for that */
  struct sup_rule rule;        /* of readiness */
  struct sup_tie *tie;         /* owned; NULL: it may survive the host */
  struct sup_notify *notify;   /* owned; NULL: it is not listened to */
  char *status;                /* owned, SUP_STATUS_MAX and a NUL; or NULL */
  struct sup_tail tail;
  struct sup_seen *line;  /* owned: its last one, if one is waited for */
  struct sup_alarm alarm; /* the nearest of the two below, and of the rule's */
  uint64_t drain_at;
  uint64_t look_at;
  uint64_t started;
  uint64_t stops; /* signals of stop steps, a bit each */
  uint64_t sent;  /* other signals that were sent */
  pid_t group;    /* what is still waited for, or 0 */
  uint8_t looks;
  bool undone;  /* it never ran; nobody is told of its end */
  bool watched; /* the watch is not closed yet */
  bool exited;
  bool told_ready;
  bool given_up; /* nobody wants to know any more whether it is up */
  bool stopped;  /* it died of a stop step */
  sup_process_end end;
};

/* ---- The end ------------------------------------------------------------ */

static void free_line(struct sup_process *process) {
  if (process->line != NULL)
    sup__release(process->allocator, process->line, sizeof(*process->line));
  process->line = NULL;
}

static void free_process(struct sup_process *process) {
  sup__alarm_close(&process->alarm);
  if (process->streams != NULL)
    sup__streams_free(process->streams);
  if (process->ready != NULL)
    sup__ready_free(process->ready);
  sup__rule_free(&process->rule);
  free_line(process);
  if (process->notify != NULL)
    sup__notify_free(process->notify);
  if (process->status != NULL)
    sup__release(process->allocator, process->status, SUP_STATUS_MAX + 1);
  sup__tail_free(&process->tail, process->allocator);
  sup__release(process->allocator, process, sizeof(*process));
}

static bool is_clean(const struct sup_process *process) {
  const sup_process_end *end = &process->end;
  if (end->cause == SUP_EXIT_UNKNOWN)
    return false;
  return process->stopped ||
         (end->signal == 0 &&
          sup__meaning_succeeds(&process->command->meaning, end->status));
}

static void report_end(struct sup_process *process) {
  sup_failure_class what = SUP_FAILURE_ORDINARY;
  sup_error *error = NULL;
  if (!is_clean(process)) {
    size_t length;
    what = sup__meaning_class(&process->command->meaning, &process->end);
    char *output = sup__tail_text(&process->tail, process->allocator, &length);
    error = sup__exit_failure(process->allocator, &process->end,
                              process->status, output, length);
  }
  process->reports.ended(process->ctx, error, what, process->stopped);
}

/* Called after everything that may have been the last thing, by the loop and
 * by nobody's call. */
static void finish_if_over(struct sup_process *process) {
  if (!process->undone &&
      (!process->exited || process->watched || process->group != 0))
    return;
  if (process->streams != NULL && !sup__streams_done(process->streams))
    return;
  if (process->ready != NULL && process->ready->open)
    return;
  if (process->notify != NULL && process->notify->open)
    return;
  if (!sup__rule_is_over(&process->rule))
    return;
  if (!process->undone)
    report_end(process);
  free_process(process);
}

static void changed(void *ctx) {
  finish_if_over(ctx);
}

/* ---- Waiting ------------------------------------------------------------ */

static void arm(struct sup_process *process) {
  uint64_t at = process->rule.look_at;
  if (process->drain_at < at)
    at = process->drain_at;
  if (process->look_at < at)
    at = process->look_at;
  sup__alarm_by(&process->alarm, at);
}

static void tell_ready(void *ctx) {
  struct sup_process *process = ctx;
  if (process->told_ready || process->given_up)
    return;
  process->told_ready = true;
  free_line(process);
  process->reports.ready(process->ctx);
}

/* An end counts even if the loop, being late, has not heard of it yet. */
static void look_whether_up(struct sup_process *process, uint64_t now) {
  if (!sup__rule_look(&process->rule, now))
    return;
  sup__rule_free(&process->rule);
  if (!sup__watch_has_ended(&process->watch))
    tell_ready(process);
}

/* What says that it is not up. */
static const char *seen_last(const struct sup_process *process,
                             struct sup_seen *buffer) {
  if (process->command->ready == SUP_READY_NOTIFY)
    return process->status;
  if (process->command->ready == SUP_READY_LINE)
    return process->line == NULL ? NULL : process->line->text;
  return sup__rule_seen(&process->rule, buffer);
}

static void wait_for_output(struct sup_process *process, uint64_t now) {
  sup_duration drain = process->command->output.drain;
  process->drain_at = SUP_INFINITE;
  if (process->streams == NULL || sup__streams_done(process->streams))
    return;
  if (drain < SUP_INFINITE - now)
    process->drain_at = now + drain;
}

static void look_at_group(struct sup_process *process, uint64_t now) {
  process->look_at = SUP_INFINITE;
  if (process->looks < SUP_GROUP_LOOKS && sup__group_exists(process->group)) {
    process->look_at = now + SUP_MILLISECONDS(1u << process->looks);
    process->looks++;
  } else {
    process->group = 0;
  }
}

static void ring(struct sup_alarm *alarm, uint64_t now) {
  struct sup_process *process =
      (struct sup_process *)((char *)alarm -
                             offsetof(struct sup_process, alarm));
  if (process->rule.look_at <= now)
    look_whether_up(process, now);
  if (process->look_at <= now)
    look_at_group(process, now);
  if (process->drain_at <= now) {
    /* A reader that holds the output back is waited for: nothing is lost. */
    process->drain_at = SUP_INFINITE;
    sup__streams_give_up(process->streams);
  }
  arm(process);
  finish_if_over(process);
}

/* ---- The exit ----------------------------------------------------------- */

static uint64_t bit(int signal) {
  return signal < 1 || signal > SUP_SIGNAL_MAX ? 0
                                               : UINT64_C(1) << (signal - 1);
}

static void note_cause(struct sup_process *process) {
  sup_process_end *end = &process->end;
  /* Many programs catch the signal and put its number in their status. */
  int signal = end->signal != 0 ? end->signal : end->status - 128;
  process->stopped = (process->stops & bit(signal)) != 0;
  if (process->stopped)
    end->cause = SUP_EXIT_STOP;
  else if (end->signal == 0)
    end->cause = SUP_EXIT_OWN;
  else if ((process->sent & bit(end->signal)) != 0)
    end->cause = SUP_EXIT_SENT;
  else
    end->cause = SUP_EXIT_STRANGER;
}

static void note_status(struct sup_process *process, int error,
                        const siginfo_t *info) {
  sup_process_end *end = &process->end;
  end->status = -1;
  end->signal = 0;
  if (error != 0) {
    end->cause = SUP_EXIT_UNKNOWN;
    return;
  }
  if (info->si_code == CLD_EXITED) {
    end->status = info->si_status;
  } else {
    end->signal = info->si_status;
    end->core = info->si_code == CLD_DUMPED;
  }
  note_cause(process);
}

static uint64_t nanoseconds(const struct timeval *time) {
  return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_usec * 1000u;
}

static void note_usage(sup_process_end *end, const struct rusage *usage) {
  end->user_time = nanoseconds(&usage->ru_utime);
  end->system_time = nanoseconds(&usage->ru_stime);
#if defined(__APPLE__)
  end->max_resident = (uint64_t)usage->ru_maxrss;
#else
  end->max_resident = (uint64_t)usage->ru_maxrss * 1024u;
#endif
}

static struct sup_process *of_watch(struct sup_watch *watch) {
  return (struct sup_process *)((char *)watch -
                                offsetof(struct sup_process, watch));
}

static void on_exited(struct sup_watch *watch, int error,
                      const siginfo_t *info) {
  struct sup_process *process = of_watch(watch);
  uint64_t now = sup__loop_now();
  pid_t group = watch->pid;
  struct rusage usage;

  process->exited = true;
  sup__rule_stop(&process->rule, now);
  process->end.runtime = now - process->started;
  note_status(process, error, info);
  /* Before those who have sent it are gone. */
  if (process->notify != NULL)
    sup__notify_close(process->notify, true);
  sup__watch_signal(watch, SIGKILL, true);
  sup__tie_loose(&process->tie);
  if (error == 0 && sup__watch_reap(watch, &usage))
    note_usage(&process->end, &usage);

  process->group = group;
  look_at_group(process, now);
  if (process->ready != NULL)
    sup__ready_close(process->ready, true);
  wait_for_output(process, now);
  arm(process);
  sup__watch_close(watch);
}

static void on_watch_closed(struct sup_watch *watch) {
  struct sup_process *process = of_watch(watch);
  process->watched = false;
  finish_if_over(process);
}

/* ---- What it says ------------------------------------------------------- */

/* For the error of its end. Without memory the former one is kept. */
static void keep_status(struct sup_process *process, const char *status) {
  if (process->status == NULL)
    process->status = sup__allocate(process->allocator, SUP_STATUS_MAX + 1);
  if (process->status != NULL)
    memcpy(process->status, status, strlen(status) + 1);
}

static void on_notice(void *ctx, const struct sup_notice *notice) {
  struct sup_process *process = ctx;
  if (notice->has_status)
    keep_status(process, notice->status);
  if (notice->ready && process->command->ready == SUP_READY_NOTIFY)
    tell_ready(process);
  if (process->reports.notice != NULL)
    process->reports.notice(process->ctx, notice);
}

static bool hand_on(struct sup_process *process, const char *text,
                    size_t length, uint32_t flags) {
  if (process->command->output.mode != SUP_OUTPUT_LINES)
    return true;
  if ((flags & SUP_LINE_END) == 0)
    sup__tail_add(&process->tail, process->allocator, text, length,
                  (flags & SUP_LINE_CONTINUED) == 0);
  return process->reports.line == NULL ||
         process->reports.line(process->ctx, text, length, flags);
}

/* For the error if it is not up in time; so many bytes of it are enough. */
static void keep_line(struct sup_process *process, const char *text,
                      size_t length) {
  if (process->line == NULL)
    process->line = sup__allocate(process->allocator, sizeof(*process->line));
  if (process->line != NULL)
    sup__see(process->line, "the line \"%.*s\"",
             length > 200 ? 200 : (int)length, text);
}

/* Whoever reads the output has the line that says so before anybody is told
 * that the process is up. */
static bool on_line(void *ctx, const char *text, size_t length,
                    uint32_t flags) {
  struct sup_process *process = ctx;
  const struct sup_command *command = process->command;
  /* The text is not there any more when it has been handed on. */
  bool counts = (flags & SUP_LINE_END) == 0 &&
                command->ready == SUP_READY_LINE && !process->told_ready;
  bool says_so = counts && memmem(text, length, command->ready_text,
                                  strlen(command->ready_text));
  bool goes_on;
  if (counts)
    keep_line(process, text, length);
  goes_on = hand_on(process, text, length, flags);
  if (says_so)
    tell_ready(process);
  return goes_on;
}

/* ---- The start ---------------------------------------------------------- */

/* What a start of a process needs besides. */
struct launch {
  struct sup_launch base;
  int ends[2];  /* of its output, or -1 */
  int ready;    /* of its readiness, or -1 */
  bool has_out; /* the host has them open, before anything of ours may take */
  bool has_err; /* the place of one that it has closed */
};

static void close_one(int *descriptor) {
  if (*descriptor >= 0)
    close(*descriptor);
  *descriptor = -1;
}

static void close_launch(struct launch *launch) {
  close_one(&launch->ends[0]);
  close_one(&launch->ends[1]);
  close_one(&launch->ready);
  sup__launch_close(&launch->base);
}

/* 0 or an errno; what was opened is in the process and the launch. */
static int open_pipes(struct sup_process *process, struct launch *launch,
                      const struct sup_process_options *options) {
  const struct sup_command *command = process->command;
  struct sup_told *told = &launch->base.prepared.told;
  int error = sup__launch_open_null(&launch->base);
  if (error != 0)
    return error;
  if (sup__command_reads(command)) {
    error = sup__streams_create(
        &process->streams, launch->ends, process->allocator, process->loop,
        command->output.merge, command->output.line_limit);
    if (error != 0)
      return error;
    process->streams->ctx = process;
    process->streams->line = on_line;
    process->streams->changed = changed;
  }
  if (command->ready == SUP_READY_DESCRIPTOR) {
    error = sup__ready_create(&process->ready, &launch->ready,
                              process->allocator, process->loop);
    if (error != 0)
      return error;
    process->ready->ctx = process;
    process->ready->ready = tell_ready;
    process->ready->changed = changed;
  }
  if (!sup__rule_create(&process->rule, command, options))
    return ENOMEM;
  if (told->socket) {
    error = sup__notify_create(&process->notify, process->allocator,
                               process->loop, options->portable_spawn);
    if (error != 0)
      return error;
    process->notify->ctx = process;
    process->notify->heard = on_notice;
    process->notify->changed = changed;
    strcat(told->socket_text, process->notify->address);
  }
  return 0;
}

static void plan_descriptors(struct launch *launch,
                             const struct sup_command *command) {
  const struct sup_passed *passed = command->passed;
  struct sup_launch *base = &launch->base;
  bool merge = command->output.merge;
  int out = base->null;
  int err = base->null;
  if (launch->ends[0] >= 0) {
    out = launch->ends[0];
    err = merge ? out : launch->ends[1];
  } else if (command->output.mode == SUP_OUTPUT_INHERIT) {
    out = launch->has_out ? 1 : base->null;
    err = merge ? out : launch->has_err ? 2 : base->null;
  }
  sup__launch_give(base, base->null, 0);
  sup__launch_give(base, out, 1);
  sup__launch_give(base, err, 2);
  for (; passed != NULL; passed = passed->next)
    sup__launch_give(base, passed->descriptor, passed->number);
  if (launch->ready >= 0)
    sup__launch_give(base, launch->ready, command->ready_number);
}

/* The program runs: begin to listen to it, and last of all watch it, so that
 * nothing can fail that would have to be taken back from the loop. */
static int open_process(struct sup_process *process,
                        const struct sup_launch *launch) {
  int error = 0;
  process->watch.exited = on_exited;
  process->watch.closed = on_watch_closed;
  if (process->streams != NULL)
    error = sup__streams_open(process->streams);
  if (error == 0 && process->ready != NULL)
    error = sup__ready_open(process->ready);
  if (error == 0 && process->notify != NULL) {
    process->notify->leader = launch->spawned.pid;
    error = sup__notify_open(process->notify);
  }
  if (error != 0) {
    process->watch.pid = launch->spawned.pid;
    process->watch.pidfd = launch->spawned.pidfd;
    return error;
  }
  error = sup__watch_open(&process->watch, process->loop, launch->spawned.pid,
                          launch->spawned.pidfd);
  process->watched = error == 0;
  if (process->watched) {
    sup__rule_begin(&process->rule, sup__loop_now());
    arm(process);
  }
  return error;
}

/* The loop may need its time to give handles back; nobody waits for that. */
static void undo(struct sup_process *process) {
  process->undone = true;
  sup__watch_undo(&process->watch);
  sup__tie_loose(&process->tie);
  if (process->streams != NULL)
    sup__streams_abort(process->streams);
  if (process->ready != NULL)
    sup__ready_close(process->ready, false);
  if (process->notify != NULL)
    sup__notify_close(process->notify, false);
  finish_if_over(process);
}

static sup_error *launch_process(struct sup_process *process,
                                 const struct sup_process_options *options,
                                 struct launch *launch) {
  struct sup_launch *base = &launch->base;
  sup_error *failure = sup__prepare(&base->prepared, process->command,
                                    options->heartbeat, process->allocator);
  int error;
  if (failure != NULL)
    return failure;
  error = open_pipes(process, launch, options);
  if (error != 0)
    return sup__launch_explain(base, error);
  plan_descriptors(launch, process->command);
  process->started = sup__loop_now();
  failure = sup__launch_spawn(base, process->command, options);
  if (failure != NULL)
    return failure;
  process->tie = base->tie;
  process->end.pid = base->spawned.pid;
  return NULL;
}

static struct sup_process *
make_process(const struct sup_command *command,
             const struct sup_process_options *options,
             const struct sup_process_reports *reports, void *ctx) {
  struct sup_process *process =
      sup__allocate_zeroed(options->allocator, sizeof(*process));
  if (process == NULL)
    return NULL;
  process->allocator = options->allocator;
  process->loop = options->loop;
  process->command = command;
  process->reports = *reports;
  process->ctx = ctx;
  process->watch.pidfd = -1;
  process->rule.look_at = SUP_INFINITE;
  process->drain_at = SUP_INFINITE;
  process->look_at = SUP_INFINITE;
  process->end.size = sizeof(process->end);
  sup__alarm_init(&process->alarm, options->loop, ring);
  return process;
}

int sup__process_start(struct sup_process **result,
                       const struct sup_command *command,
                       const struct sup_process_options *options,
                       const struct sup_process_reports *reports, void *ctx,
                       sup_error **failure) {
  struct sup_process *process = make_process(command, options, reports, ctx);
  struct launch launch;
  int error;

  *result = NULL;
  if (process == NULL) {
    *failure = sup__no_memory();
    return SUP_ENOMEM;
  }
  sup__launch_init(&launch.base);
  launch.ready = launch.ends[0] = launch.ends[1] = -1;
  launch.has_out = fcntl(1, F_GETFD) >= 0;
  launch.has_err = fcntl(2, F_GETFD) >= 0;
  *failure = launch_process(process, options, &launch);
  if (*failure == NULL) {
    error = open_process(process, &launch.base);
    if (error == 0) {
      *result = process;
    } else {
      char text[SUP_ERRNO_TEXT];
      *failure = sup__spawn_failure(
          process->allocator, SUP_STAGE_FORK, error,
          "the program '%s' could not be watched, and was ended: %s",
          launch.base.prepared.program, sup__errno_text(error, text));
      undo(process);
    }
  } else {
    free_process(process);
  }
  close_launch(&launch);
  return *failure == NULL ? 0 : sup_error_code(*failure);
}

/* ---- While it runs ------------------------------------------------------ */

static int deliver(struct sup_process *process, int signal, bool group) {
  if (signal < 1 || signal > SUP_SIGNAL_MAX)
    return SUP_EINVAL;
  switch (sup__watch_signal(&process->watch, signal, group)) {
  case 0:
    return 0;
  case ESRCH:
    return SUP_ENOTRUNNING;
  case EINVAL:
    return SUP_EINVAL;
  default:
    return SUP_ESYSTEM;
  }
}

int sup__process_stop(struct sup_process *process, int signal) {
  int code = deliver(process, signal, true);
  if (code != 0)
    return code;
  process->stops |= bit(signal);
  /* What is stopped hears of nothing but this and SIGKILL. */
  if (signal != SIGKILL && signal != SIGCONT)
    deliver(process, SIGCONT, true);
  return 0;
}

sup_error *sup__process_give_up(struct sup_process *process) {
  struct sup_seen buffer;
  uint64_t now = sup__loop_now();
  bool is_first = !process->given_up;
  process->given_up = true;
  if (!is_first || process->told_ready ||
      !sup__command_reports_ready(process->command))
    return NULL;
  if (!process->exited) {
    sup__rule_stop(&process->rule, now);
    arm(process);
  }
  return sup__unready_failure(process->allocator, process->command,
                              now - process->started,
                              seen_last(process, &buffer));
}

int sup__process_signal(struct sup_process *process, int signal, bool group) {
  int code = deliver(process, signal, group);
  if (code == 0)
    process->sent |= bit(signal);
  return code;
}

void sup__process_resume(struct sup_process *process) {
  if (process->streams == NULL || !process->streams->held)
    return;
  sup__streams_resume(process->streams);
  if (!process->exited || process->streams->held)
    return;
  /* The time for which descendants are waited for begins now. The end, if that
   * was all, is the loop's to report. */
  wait_for_output(process, sup__loop_now());
  if (sup__streams_done(process->streams))
    sup__alarm_by(&process->alarm, sup__loop_now());
  else
    arm(process);
}

int64_t sup__process_pid(const struct sup_process *process) {
  return process->watch.pid;
}
