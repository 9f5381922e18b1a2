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

/* P2: a newline on the pipe of readiness is noticed, whatever else comes. */

#include "fuzz_loop.h"
#include "process/ready.h"

static unsigned noticed, changed;

static void note_ready(void *ctx) {
  (void)ctx;
  noticed++;
}

static void note_changed(void *ctx) {
  (void)ctx;
  changed++;
}

void fuzz_one(struct fuzz *in) {
  struct sup_ready *ready;
  bool newline = false; /* among what was written */
  bool looks;
  int end;
  noticed = changed = 0;
  FUZZ_CHECK(sup__ready_create(&ready, &end, &fuzz_allocator, fuzz_loop()) ==
             0);
  ready->ready = note_ready;
  ready->changed = note_changed;
  FUZZ_CHECK(sup__ready_open(ready) == 0);
  while (in->left > 0) {
    size_t length = fuzz_below(in, 1024);
    const char *bytes = fuzz_bytes(in, &length);
    size_t wrote = fuzz_write(end, bytes, length);
    newline = newline || memchr(bytes, '\n', wrote) != NULL;
    if (fuzz_one_in(in, 2))
      fuzz_turn();
    FUZZ_CHECK(noticed == 0 || newline);
  }
  looks = fuzz_one_in(in, 2);
  if (fuzz_one_in(in, 2)) {
    close(end);
    end = -1;
  }
  if (!looks)
    while (noticed == 0 && newline && ready->descriptor >= 0)
      fuzz_turn();
  sup__ready_close(ready, looks);
  FUZZ_CHECK((noticed > 0) == newline);
  while (changed == 0)
    fuzz_turn();
  FUZZ_CHECK(changed == 1);
  sup__ready_free(ready);
  if (end >= 0)
    close(end);
}
