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

/* One loop for all runs of a target, in memory that is not counted. */

#ifndef FUZZ_LOOP_H
#define FUZZ_LOOP_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"
#include "loop/loop.h"

static inline void *plain_allocate(void *ctx, size_t bytes) {
  (void)ctx;
  return malloc(bytes);
}

static inline void plain_release(void *ctx, void *block, size_t bytes) {
  (void)ctx;
  (void)bytes;
  free(block);
}

static inline struct sup_loop *fuzz_loop(void) {
  static const sup_allocator plain = {sizeof(sup_allocator), plain_allocate,
                                      plain_release, NULL};
  static uv_loop_t uv;
  static struct sup_loop *loop;
  struct sup_loop_options options = {&plain, &uv, NULL};
  if (loop == NULL) {
    FUZZ_CHECK(uv_loop_init(&uv) == 0);
    FUZZ_CHECK(sup__loop_create(&loop, &options) == 0);
    sup__loop_hold(loop);
  }
  return loop;
}

static inline void fuzz_turn(void) {
  uv_run(sup__loop_uv(fuzz_loop()), UV_RUN_NOWAIT);
}

/* What fits of this goes into the pipe; how much that was. */
static inline size_t fuzz_write(int end, const char *bytes, size_t length) {
  ssize_t wrote;
  if (end < 0 || length == 0)
    return 0;
  FUZZ_CHECK(fcntl(end, F_SETFL, O_NONBLOCK) == 0);
  wrote = write(end, bytes, length);
  FUZZ_CHECK(wrote > 0 || (wrote < 0 && errno == EAGAIN));
  return wrote < 0 ? 0 : (size_t)wrote;
}

#endif
