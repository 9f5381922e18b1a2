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
 * Events: everything that happens in a tree, numbered and in order, pulled
 * from a bounded queue.
 *
 * Since 0.1.
 */

#ifndef SUPERVISOR_EVENT_H
#define SUPERVISOR_EVENT_H

#include <supervisor/tree.h>

SUP_BEGIN_DECLS
SUP_ASSUME_NONNULL_BEGIN

/* What has happened. Later versions may have more kinds. */
typedef enum SUP_OPEN_ENUM sup_event_kind {
  SUP_EVENT_STARTED = 1,      /* acknowledged; duration: of the start; detail:
                                 1 of a runnable, which is healthy when it
                                 says so, else 0 */
  SUP_EVENT_START_FAILED = 2, /* and gone; error */
  SUP_EVENT_DECLINED = 3,     /* not needed */
  SUP_EVENT_COMPLETED = 4,    /* returned; duration: uptime */
  SUP_EVENT_FAILED = 5,       /* error; duration: uptime; of a runnable: its
                                 body has, and what is below it goes now */
  SUP_EVENT_STOPPING = 6,     /* a step of its ladder; detail: its action */
  SUP_EVENT_TERMINATED = 7,   /* stopped cleanly; duration: of the stop */
  SUP_EVENT_TERMINATION_FAILED = 8,  /* stopped, but not cleanly; error */
  SUP_EVENT_RESTART_SCHEDULED = 9,   /* detail: the delay in nanoseconds */
  SUP_EVENT_RESTART_CANCELED = 10,   /* one that was due will not come */
  SUP_EVENT_STUCK = 11,              /* its replacement waits for it to end */
  SUP_EVENT_LATE_EXIT = 12,          /* an abandoned incarnation ended */
  SUP_EVENT_TOLERANCE_EXCEEDED = 13, /* of a supervisor; error */
  SUP_EVENT_RESOURCE_BUILT = 14,     /* of a supervisor, before its children */
  SUP_EVENT_RESOURCE_CLEANED = 15,   /* error if it failed */
  SUP_EVENT_QUARANTINED = 16,        /* exceeded its own tolerance; error */
  SUP_EVENT_AUTO_SHUTDOWN = 17,      /* of a supervisor: it ends because of its
                                      significant children; cause: the last
                                      one's end */
  SUP_EVENT_SILENT = 18,    /* no sign of life in time: it is taken down its
                               ladder, and has failed; duration: of the
                               silence; error */
  SUP_EVENT_LOOP_LATE = 19, /* of the root: the loop was late by `duration`;
                               of a child: what it runs on has not answered its
                               probe for so long */
  SUP_EVENT_HEALTHY = 20,   /* its incarnation has signalled so */
  SUP_EVENT_DONE = 21,     /* of a runnable: its body has returned, its children
                               go on; duration: uptime */
  SUP_EVENT_STARTING = 22, /* it has begun to start: a supervisor, or a child
                               that reports its start, when its start function
                               has returned; any other is started by that;
                               detail: as of started */
  SUP_EVENT_LOST = 100     /* detail: how many the reader missed here;
                                    number: of the last one missed */
} sup_event_kind;

/* The name of a kind, "restart scheduled". Static. */
SUP_EXTERN const char *sup_event_kind_name(sup_event_kind kind);

/* One event. The comment of its kind says which of `duration`, `detail` and
 * `error` mean something. */
typedef struct sup_event {
  size_t size; /* sizeof(sup_event), set by the caller */
  sup_event_kind kind;
  sup_kind node_kind; /* whether it is about a worker, process or supervisor */
  uint64_t number;    /* 1 is the first of the tree */
  uint64_t cause;     /* number of the event that brought this one, or 0 */
  sup_child child;    /* the incarnation that it is about */
  uint64_t restarts;  /* of the node up to now */
  uint64_t time;      /* monotonic */
  uint64_t wall;      /* nanoseconds since 1970 */
  sup_duration duration;
  int64_t detail;
  const char *path; /* runtime name; borrowed until the reader's next call */
  sup_error *SUP_NULLABLE error; /* borrowed until the reader's next call */
} sup_event;

/* A reader with a place in a tree's events. */
typedef struct sup_events sup_events;

/* How a reader wants it. Nothing is required. */
typedef struct sup_events_options {
  size_t size;     /* sizeof(sup_events_options) */
  uint32_t buffer; /* events kept for this reader, 1 to 1,048,576; 0: 1024 */

  /* Called on the loop thread when there is something to read after there was
   * not: once, until sup_events_next has answered that there is none. Within
   * 1 ms of the event, at once when half of the buffer is full. */
  void (*SUP_SENDABLE SUP_NULLABLE readable)(void *SUP_NULLABLE ctx);
  void *SUP_NULLABLE ctx;
} sup_events_options;

#define SUP_EVENTS_OPTIONS_INIT                                                \
  { sizeof(sup_events_options), 0, NULL, NULL }

/* Subscribe, from this moment on; on a tree that was created but not launched,
 * from the first event. On one that has ended: the final event only. The
 * caller owns *events, which is read by one thread at a time and holds a
 * reference to the tree. SUP_EINVAL (options). Any thread. */
SUP_EXTERN int sup_events_open(sup_tree *tree,
                               const sup_events_options *SUP_NULLABLE options,
                               sup_events *SUP_NULLABLE *SUP_NULLABLE events);

/* Take the next event: 1 and *event is filled; 0 if there is none now;
 * SUP_EGONE after the final one; SUP_EINVAL if event->size is not set;
 * SUP_ENOMEM if there is no room for its path, and then it stays to be taken.
 * Never blocks. */
SUP_EXTERN int sup_events_next(sup_events *events, sup_event *event);

/* As sup_events_next, for a reader with `readable` that can wait: one that has
 * taken all there was is answered 0 once, although there may be a few since,
 * and is told of them as one that had to wait. A reader that is as fast as
 * those who supervise does not disturb them at each event then. Without
 * `readable`, and on manual time, it is the same as sup_events_next. */
SUP_EXTERN int sup_events_next_or_rest(sup_events *events, sup_event *event);

/* As sup_events_next, but waits up to `timeout` for one (0 is then: timed out).
 * SUP_EDEADLOCK on the loop thread or in a callback. */
SUP_EXTERN int sup_events_wait(sup_events *events, sup_event *event,
                               sup_duration timeout);

/* End the subscription. When it returns, `readable` is not running and will
 * not be called, unless it is called from there. */
SUP_EXTERN void sup_events_close(sup_events *SUP_NULLABLE events);

SUP_ASSUME_NONNULL_END
SUP_END_DECLS

#endif
