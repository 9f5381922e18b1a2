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
 * Processes that end with the host, however that ends.
 *
 * A guard waits for the end of a pipe of which the host alone has the other
 * end, and then kills the groups whose numbers stand in a table that it shares
 * with the host. A process writes its number there itself before it executes
 * its program; until then it has the end of the pipe as well, so that the guard
 * cannot look too early. Nothing is sent to the guard while the host lives: a
 * process that is tied costs no system call.
 *
 * The guard is a shell, for it must have memory of its own, and nothing else
 * that every system has needs so little. Loop thread.
 */

#ifndef SUP_PROCESS_LIFELINE_H
#define SUP_PROCESS_LIFELINE_H

#include "../loop/loop.h"
#include "watch.h"

#define SUP_GUARD_SHELL "/bin/sh"

struct sup_lifeline;

/* One place in the table. */
struct sup_tie {
  struct sup_lifeline *lifeline;
  struct sup_tie *next; /* of those that are free */
  uint32_t place;
};

struct sup_guard;

/* Of a runtime. Zeroed before. */
struct sup_lifeline {
  const sup_allocator *allocator;
  struct sup_loop *loop;
  bool open;
  int ends[2]; /* of the pipe: the guard's, and ours */
  int table;   /* a file */
  volatile uint64_t *marks;
  uint32_t places; /* that have been handed out */
  uint32_t size;   /* so many the file has room for */
  uint32_t used;
  struct sup_tie *free; /* owned */
  struct sup_guard *guard;
  struct sup_alarm again;
};

/* Nothing is opened before it is needed. */
void sup__lifeline_init(struct sup_lifeline *lifeline, struct sup_loop *loop,
                        const sup_allocator *allocator);

/* A place for a process that is about to be made, with a guard that looks after
 * it: 0 and *tie, or an errno. */
int sup__lifeline_tie(struct sup_lifeline *lifeline, struct sup_tie **tie);

/* Where the process is to write its number. */
volatile uint64_t *sup__tie_mark(const struct sup_tie *tie);

/* Before the number may be another's: it is not the guard's business any more.
 * *tie, which may be NULL, is NULL then. */
void sup__tie_loose(struct sup_tie **tie);

/* On the loop thread, while the loop lives, when nothing is tied any more: the
 * guard is ended. */
void sup__lifeline_close(struct sup_lifeline *lifeline);

/* For tests: the guard's number; 0 if there is none. */
int64_t sup__lifeline_guard(const struct sup_lifeline *lifeline);

/* In a child of fork(), which is not the host, before it does anything. */
void sup__lifelines_forked(void);

#endif
