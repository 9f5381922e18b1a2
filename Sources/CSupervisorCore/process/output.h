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
 * The output of one process: one pipe or two, read without blocking, a bounded
 * piece at a time, and split in lines. Held back, nothing is read, so that the
 * pipe fills and the process waits. Loop thread.
 */

#ifndef SUP_PROCESS_OUTPUT_H
#define SUP_PROCESS_OUTPUT_H

#include <uv.h>

#include "../loop/loop.h"
#include "lines.h"

struct sup_streams;

struct sup_stream {
  struct sup_streams *streams;
  int descriptor; /* our end, owned; -1 when it is closed */
  uint32_t flags; /* SUP_LINE_STDERR, and SUP_LINE_HELD at the end */
  bool open;      /* the poll handle is on the loop */
  bool ended;     /* nothing more will be read */
  bool finished;  /* its end has been handed over */
  struct sup_lines lines;
  uv_poll_t poll;
};

struct sup_streams {
  const sup_allocator *allocator;
  struct sup_loop *loop;
  void *ctx;
  /* A line or an end, with the flags of process.h; false holds all back. */
  bool (*line)(void *ctx, const char *text, size_t length, uint32_t flags);
  /* Something is over: ask sup__streams_done. Called by the loop alone. */
  void (*changed)(void *ctx);
  bool held;
  uint8_t count;
  struct sup_stream stream[]; /* stdout (or both), stderr */
};

/* Make the pipes. The ends for the process are put into `ends`, blocking, and
 * owned by the caller. `line`, `changed` and `ctx` are the caller's to set.
 * 0 or an errno. */
int sup__streams_create(struct sup_streams **streams, int ends[2],
                        const sup_allocator *allocator, struct sup_loop *loop,
                        bool merge, size_t limit);

/* Begin to read. 0 or an errno. */
int sup__streams_open(struct sup_streams *streams);

/* Go on after `line` has returned false; hands over what is there. */
void sup__streams_resume(struct sup_streams *streams);

/* Wait no longer: take what is in the pipes, hand over their ends, close. Does
 * nothing while held back. */
void sup__streams_give_up(struct sup_streams *streams);

/* Close without a word. */
void sup__streams_abort(struct sup_streams *streams);

/* All is handed over and closed; it may be freed. */
bool sup__streams_done(const struct sup_streams *streams);
void sup__streams_free(struct sup_streams *streams);

#endif
