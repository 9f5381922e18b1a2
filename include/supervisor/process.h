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
 * Operating-system processes as children.
 *
 * The process gets descriptors 0 (/dev/null), 1, 2 and those declared, an empty
 * signal mask, default dispositions, and is the leader of a session and process
 * group of its own, so that the whole group can be stopped. Its standard stop
 * is SIGTERM (and SIGCONT), 5 s, SIGKILL, to the group. What is left of the
 * group when the leader ends is killed before the leader is reaped, and so
 * before the next incarnation.
 *
 * The host's SIGCHLD is its own: no handler is installed, and no process waited
 * for that is not a child of these. Where the host ignores SIGCHLD, sets
 * SA_NOCLDWAIT or waits for any child, the status of ours may be lost: their
 * end is noticed all the same, as a failure with SUP_ELOST.
 *
 * Setters answer as those of spec.h do, and SUP_EINVAL for a child that is no
 * process.
 *
 * Since 0.1.
 */

#ifndef SUPERVISOR_PROCESS_H
#define SUPERVISOR_PROCESS_H

#include <supervisor/spec.h>

SUP_BEGIN_DECLS
SUP_ASSUME_NONNULL_BEGIN

/* A child that runs a program: argv[0] is its path, or, without a slash, a name
 * that is looked up in the PATH that the process will have. argv ends with
 * NULL. Everything is copied. NULL without memory; no program is a fault. */
SUP_EXTERN sup_spec *SUP_NULLABLE
sup_process_spec(const char *name,
                 const char *SUP_NULLABLE const *SUP_NONNULL argv);

/* The directory it starts in; NULL is the host's. */
SUP_EXTERN int sup_spec_set_directory(sup_spec *spec,
                                      const char *SUP_NULLABLE directory);

/* Its whole environment, "NAME=value" each, ended by NULL; NULL inherits that
 * of the host at the time of the start. */
SUP_EXTERN int sup_spec_set_environment(
    sup_spec *spec, const char *SUP_NULLABLE const *SUP_NULLABLE environment);

/* Change or (value NULL) remove one variable of what is inherited or set. */
SUP_EXTERN int sup_spec_set_variable(sup_spec *spec, const char *name,
                                     const char *SUP_NULLABLE value);

/* Give the process a descriptor of the host's as `number` (3 to 255). It is
 * duplicated now and kept until the spec is freed; yours stays yours. A
 * descriptor that is not open, or a number that is taken, is a fault. */
SUP_EXTERN int sup_spec_pass_descriptor(sup_spec *spec, int descriptor,
                                        int number);

/* What a process that is up does. */
typedef enum SUP_CLOSED_ENUM sup_ready_kind {
  SUP_READY_EXEC = 0,       /* the program was executed (default) */
  SUP_READY_LINE = 1,       /* a line of its output contains `text`; told when
                               the line has been handed on */
  SUP_READY_DESCRIPTOR = 2, /* it writes a newline to descriptor `number` */
  SUP_READY_NOTIFY = 3,     /* it says READY=1 (sd_notify) */
  SUP_READY_TIME = 4,       /* it has been running for `time` */
  SUP_READY_CONNECT = 5,    /* a connection to `text` is accepted */
  SUP_READY_HTTP = 6,       /* a request to `text` is answered with a status */
  SUP_READY_COMMAND = 7     /* a program, `argv`, exits with status 0 */
} sup_ready_kind;

/* When a process is up. Required: up to `kind`; everything is copied. `text` is
 * for lines, and not empty, and for connections and requests:
 * "127.0.0.1:5432", "[::1]:5432" or the absolute path of a unix socket.
 * `number` is for descriptors: that of a pipe that it is given. */
typedef struct sup_readiness {
  size_t size; /* sizeof(sup_readiness) */
  sup_ready_kind kind;
  const char *SUP_NULLABLE text;
  int number;        /* 3 to 255 */
  sup_duration time; /* neither 0 nor infinite */

  /* SUP_READY_HTTP: what is asked for, beginning with '/' and without blanks,
   * at most 2,048 bytes; NULL: "/". */
  const char *SUP_NULLABLE path;
  /* What is said in the header Host, at most 255 bytes; NULL: the address, or
   * "localhost" for a unix socket. */
  const char *SUP_NULLABLE host;
  int status_from; /* that is waited for, within 200 to 999 */
  int status_to;   /* the last of these; both 0: 200 to 399 */

  /* SUP_READY_COMMAND: the program and its arguments, as sup_process_spec has
   * them. */
  const char *SUP_NULLABLE const *SUP_NULLABLE argv;
  /* Its whole environment; NULL: that of the process. */
  const char *SUP_NULLABLE const *SUP_NULLABLE environment;
  /* The directory it starts in; NULL: that of the process. */
  const char *SUP_NULLABLE directory;

  /* For both: the time from the end of an attempt to the next, at most a day.
   * 0: from 5 ms to 100 ms for a request, from 50 ms to 1 s for a program, each
   * twice as long as the one before. */
  sup_duration interval;
  /* What one attempt may take, at most a day; 0: 1 s for a request, 5 s for a
   * program. */
  sup_duration attempt_timeout;
} sup_readiness;

/* When the process counts as started; not within the start timeout is a start
 * failure, and so is an end before, however it ended.
 *
 * SUP_READY_TIME and those that make attempts go by real time, also with manual
 * time, as the process itself does. A time that is not below the start timeout
 * never comes.
 *
 * With SUP_READY_CONNECT a connection is tried when the program runs, then
 * after 5, 10, 20 ms and so on, at most 100 ms apart; an attempt that nobody
 * answers is given up after 1 s. The one that is accepted is closed at once,
 * without a byte: the program sees somebody come and go. Addresses are numeric,
 * for names would have to be looked up, and of the host's network namespace and
 * file system. It says that somebody listens there, not that it is this
 * process: another program that has the address, or what a former incarnation
 * has left outside of its group, is taken for it; that a program listens is not
 * yet that it answers.
 *
 * With SUP_READY_HTTP that is asked: GET by HTTP/1.1 without TLS, first when
 * the program runs. It is up when the status of the answer is one of those that
 * are waited for; redirections are not followed, interim answers (100, 103) are
 * passed over, and nothing behind the status is looked at. Whatever else
 * happens (refused, no answer in time, another status, no HTTP at all) is tried
 * again. As with connections, anybody who has the address may answer.
 *
 * With SUP_READY_COMMAND a program is run, first when the process runs, and
 * again until it exits with status 0; there is never more than one. It is the
 * leader of a session and group of its own, with /dev/null as its input and
 * output. At the end of each attempt, by itself or by its time-out, its group
 * is killed, and so it is when the process ends, the start timeout passes or a
 * stop begins. The end of the process is reported when it is gone. If it cannot
 * be started, that is tried again, too.
 *
 * With SUP_READY_NOTIFY, and with a heartbeat (sup_spec_set_heartbeat) whatever
 * the readiness, the process may speak of itself as to systemd: NOTIFY_SOCKET
 * in its environment names a socket of this incarnation alone (on Linux an
 * abstract one, of the network namespace that it is started in; elsewhere one
 * in a folder that only this user may enter). WATCHDOG_USEC and WATCHDOG_PID
 * are set if it has a heartbeat. It, and the members of its process group, are
 * listened to; on systems that do not tell who has sent a message, whoever can
 * reach the socket is. Understood are:
 *
 *   READY=1            it is up
 *   WATCHDOG=1         a sign of life
 *   WATCHDOG=trigger   a failure by silence, at once, SUP_EHEARTBEAT
 *   STOPPING=1         it ends by itself: the next sign of life may take as
 *                      much longer as the steps of its stop take
 *   STATUS=text        up to 255 bytes: part of the text of the error if it
 *                      fails
 *   EXTEND_TIMEOUT_USEC=time   before it is up: the start timeout is not over
 *                      before this time from now
 *   BARRIER=1          with a descriptor, which is closed when everything that
 *                      was sent before has been heard
 *
 * What it inherits of the three variables from the host is taken out, for that
 * was not meant for it. */
SUP_EXTERN int sup_spec_set_readiness(sup_spec *spec,
                                      const sup_readiness *readiness);

/* Whether it dies when the host does (default: no).
 *
 * If so, it is killed (SIGKILL) with its whole group as soon as the host is
 * gone, however that ended: killed, crashed, exited, replaced by exec; never
 * because one of its threads did. What has left the group (setsid, setpgid) is
 * not found. A guard sees to that: one more process of each runtime that has
 * such children, a shell of the system (/bin/sh), which waits for the end of a
 * pipe that only the host has, and is replaced if it dies. It is there from the
 * first of such starts until the runtime is closed. Without it there is no
 * start: SUP_ESPAWN, SUP_STAGE_GUARD. A child of fork() of the host, as long as
 * it executes nothing, does not count as the host. */
SUP_EXTERN int sup_spec_set_ends_with_host(sup_spec *spec, bool ends);

/* Statuses besides 0 that mean success, each 1 to 255; at most 32. */
SUP_EXTERN int sup_spec_set_success_statuses(sup_spec *spec,
                                             const uint8_t *statuses,
                                             size_t count);

/* Exit statuses, each 1 to 255, at most 32, and deaths by signals that are
 * hopeless (SUP_FAILURE_HOPELESS: not retried, whatever the restart type), or
 * that force a restart (SUP_FAILURE_FORCED: always restarted, always counted);
 * all others are ordinary. A later list replaces the former one of its class.
 * Status 128 + n is no death by signal n. A death by a step of a stop of ours
 * is clean whatever is said here, and one that follows silence is an ordinary
 * failure. What is in two lists, or means success besides, is a fault that the
 * check finds. */
SUP_EXTERN int sup_spec_set_failure_statuses(sup_spec *spec,
                                             sup_failure_class what,
                                             const uint8_t *statuses,
                                             size_t count);
SUP_EXTERN int sup_spec_set_failure_signals(sup_spec *spec,
                                            sup_failure_class what,
                                            const int *signals, size_t count);

/* Where stdout and stderr go. */
typedef enum SUP_CLOSED_ENUM sup_output_mode {
  SUP_OUTPUT_INHERIT = 0, /* the host's own stdout and stderr (default) */
  SUP_OUTPUT_DISCARD = 1, /* /dev/null */
  SUP_OUTPUT_LINES = 2    /* read by us and handed over line by line */
} sup_output_mode;

/* What a line is. */
enum {
  SUP_LINE_STDERR = 1u << 0,    /* from stderr; else stdout */
  SUP_LINE_PARTIAL = 1u << 1,   /* the last of the stream, without a newline */
  SUP_LINE_CONTINUED = 1u << 2, /* cut at the limit; the rest follows */
  SUP_LINE_END = 1u << 3,       /* the stream has ended; length is 0 */
  SUP_LINE_HELD = 1u << 4 /* with END: somebody else still holds it open */
};

/* What becomes of its output. Required: up to `mode`. */
typedef struct sup_output {
  size_t size; /* sizeof(sup_output) */
  sup_output_mode mode;
  bool merge;          /* one pipe for both, so that their order is kept */
  uint32_t line_limit; /* bytes, 64 to 1,048,576; 0: 65,536 */
  sup_duration drain;  /* how long output held open by a descendant is
                              waited for after the exit; 0: 500 ms */

  /* A line, without its newline, not ended by NUL, valid during the call. All
   * lines of an incarnation come in the order in which they were written (per
   * stream), and before its end is decided. Return false to be held back: no
   * further line is read or handed over until sup_child_resume_output.
   * Called on the loop thread. */
  bool (*SUP_SENDABLE SUP_NULLABLE line)(void *SUP_NULLABLE ctx,
                                         sup_child child, const char *text,
                                         size_t length, uint32_t flags);

  /* Called once with `ctx` when the last reference to the spec is gone: on any
   * thread, without a lock held. */
  void (*SUP_SENDABLE SUP_NULLABLE free)(void *SUP_NULLABLE ctx);
} sup_output;

/* What becomes of stdout and stderr. `ctx` is taken over, even on error. */
SUP_EXTERN int sup_spec_set_output(sup_spec *spec, const sup_output *output,
                                   void *SUP_NULLABLE ctx);

/* Go on after `line` has returned false. SUP_ENOTRUNNING if the process has
 * ended. Any thread. */
SUP_EXTERN int sup_child_resume_output(sup_child child);

/* Send a signal to a running process, or to its whole group: SUP_ENOTRUNNING
 * before it runs and after its exit, SUP_EINVAL for a number that is none. Any
 * thread; delivery is done by the loop thread, and a process that ends
 * meanwhile is not an error. */
SUP_EXTERN int sup_child_signal(sup_child child, int signal, bool group);

/* ---- How a process ended ------------------------------------------------ */

/* How far the start of a process got before it failed. */
typedef enum SUP_CLOSED_ENUM sup_spawn_stage {
  SUP_STAGE_NONE = 0,        /* it has not failed to start */
  SUP_STAGE_ARGUMENTS = 1,   /* argv, environment, a NUL or an empty name */
  SUP_STAGE_DESCRIPTORS = 2, /* pipes, /dev/null, passing descriptors */
  SUP_STAGE_DIRECTORY = 3,   /* going to its working directory */
  SUP_STAGE_FORK = 4,        /* making the process: limits, memory */
  SUP_STAGE_SESSION = 5,     /* a session and group of its own */
  SUP_STAGE_INTERPRETER = 6, /* the file exists, what it names does not */
  SUP_STAGE_EXEC = 7,        /* the file is not there, or cannot be executed */
  SUP_STAGE_GUARD = 8        /* what is to end it with the host */
} sup_spawn_stage;

/* The name of a stage, "directory". Static. */
SUP_EXTERN const char *sup_spawn_stage_name(sup_spawn_stage stage);

/* Who ended a process. */
typedef enum SUP_CLOSED_ENUM sup_exit_cause {
  SUP_EXIT_OWN = 0,      /* it ended by itself */
  SUP_EXIT_STOP = 1,     /* a step of its ladder ended it */
  SUP_EXIT_SENT = 2,     /* a signal sent through sup_child_signal did */
  SUP_EXIT_STRANGER = 3, /* a signal that was not ours */
  SUP_EXIT_UNKNOWN = 4   /* its status was taken by somebody else */
} sup_exit_cause;

/* What is known of a process that failed to start or ended. */
typedef struct sup_process_end {
  size_t size;           /* sizeof(sup_process_end), set by the caller */
  sup_spawn_stage stage; /* for SUP_ESPAWN */
  bool transient;        /* for SUP_ESPAWN: trying again can help */
  sup_exit_cause cause;  /* who ended it */
  int64_t pid;           /* that it had; 0 if it was not made */
  int status;            /* exit status, -1 if it died by a signal */
  int signal;            /* or 0 */
  bool core;             /* it dumped core */
  sup_duration runtime;  /* from its start to its end */
  uint64_t user_time; /* nanoseconds on a processor, with what it waited for */
  uint64_t system_time;  /* the same in the kernel */
  uint64_t max_resident; /* bytes */
} sup_process_end;

/* The facts behind an error of a process child; SUP_EINVAL if it is not one, or
 * end->size is not set. */
SUP_EXTERN int sup_error_process(const sup_error *error, sup_process_end *end);

/* The last lines of its output (mode lines only), at most 8 kB, joined by
 * newlines; NULL if there are none. Lives as long as the error. */
SUP_EXTERN const char *SUP_NULLABLE sup_error_output(const sup_error *error);

/* What has not come of a process that was not up in time. The texts live as
 * long as the error. */
typedef struct sup_unready {
  size_t size;                      /* sizeof(sup_unready), set by the caller */
  sup_ready_kind kind;              /* the rule that did not hold */
  sup_duration waited;              /* from its start */
  const char *SUP_NULLABLE missing; /* "no connection was accepted on /a" */
  const char *SUP_NULLABLE seen; /* "connection refused"; NULL: nothing was */
} sup_unready;

/* What SUP_ESTARTTIMEOUT of a process child is about; SUP_EINVAL if the error
 * is none, or unready->size is not set. The text of the error says it too. */
SUP_EXTERN int sup_error_unready(const sup_error *error, sup_unready *unready);

SUP_ASSUME_NONNULL_END
SUP_END_DECLS

#endif
