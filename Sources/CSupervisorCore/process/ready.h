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
 * Readiness by a newline: a pipe whose other end the process has under a number
 * of its own. What it writes after the newline is read and thrown away, for a
 * program that does not expect the pipe to be closed would die of it. Loop
 * thread.
 */

#ifndef SUP_PROCESS_READY_H
#define SUP_PROCESS_READY_H

#include <uv.h>

#include "../loop/loop.h"

struct sup_ready {
  const sup_allocator *allocator;
  struct sup_loop *loop;
  void *ctx;
  void (*ready)(void *ctx);   /* at each newline that is found */
  void (*changed)(void *ctx); /* it is closed, and may be freed */
  int descriptor;             /* our end, owned; -1 when it is closed */
  bool open;                  /* the poll handle is on the loop */
  uv_poll_t poll;
};

/* Make the pipe; *end is the process's, blocking, owned by the caller. `ready`,
 * `changed` and `ctx` are the caller's to set. 0 or an errno. */
int sup__ready_create(struct sup_ready **ready, int *end,
                      const sup_allocator *allocator, struct sup_loop *loop);

/* Begin to read. 0 or an errno. */
int sup__ready_open(struct sup_ready *ready);

/* Look at what is there, then close. */
void sup__ready_close(struct sup_ready *ready, bool look);

void sup__ready_free(struct sup_ready *ready);

#endif
