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
 * One run of a target: memory is counted, may be refused, and must be back at
 * the end.
 */

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
  uint64_t live;
  uint64_t asked;
  uint64_t from, to;
  uint64_t refused;
} memory;

/* In front of each block; keeps its alignment. */
union head {
  size_t size;
  max_align_t align;
};

static void *counted_allocate(void *ctx, size_t bytes) {
  union head *head;
  (void)ctx;
  memory.asked++;
  if (memory.asked >= memory.from && memory.asked <= memory.to) {
    memory.refused++;
    return NULL;
  }
  head = malloc(sizeof(*head) + bytes);
  FUZZ_CHECK(head != NULL);
  head->size = bytes;
  memset(head + 1, 0xA5, bytes);
  memory.live++;
  return head + 1;
}

static void counted_release(void *ctx, void *block, size_t bytes) {
  union head *head = (union head *)block - 1;
  (void)ctx;
  FUZZ_CHECK(head->size == bytes);
  memset(block, 0x5A, bytes);
  memory.live--;
  free(head);
}

const sup_allocator fuzz_allocator = {sizeof(sup_allocator), counted_allocate,
                                      counted_release, NULL};

void fuzz_refuse(uint64_t from, uint64_t to) {
  memory.asked = 0;
  memory.refused = 0;
  memory.from = from;
  memory.to = to;
}

uint64_t fuzz_refused(void) {
  return memory.refused;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct fuzz in = {data, size};
  FUZZ_CHECK(sup_set_allocator(&fuzz_allocator) == 0);
  fuzz_refuse(0, 0);
  memory.live = 0;
  fuzz_one(&in);
  FUZZ_CHECK(memory.live == 0);
  return 0;
}
