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

#include "support.h"

#include <string.h>

void *sup__allocate_zeroed(const sup_allocator *allocator, size_t bytes) {
  void *memory = sup__allocate(allocator, bytes);
  if (memory != NULL)
    memset(memory, 0, bytes);
  return memory;
}

/* In front of it, where nobody looks, is kept what the allocator gave. */
void *sup__allocate_lines(const sup_allocator *allocator, size_t bytes) {
  char *given = sup__allocate(allocator, bytes + SUP_CACHE_LINE);
  size_t beyond;
  void **memory;

  if (given == NULL)
    return NULL;
  beyond = (uintptr_t)given % SUP_CACHE_LINE;
  memory = (void **)(void *)(given + SUP_CACHE_LINE - beyond);
  memory[-1] = given;
  return memory;
}

void sup__release_lines(const sup_allocator *allocator, void *memory,
                        size_t bytes) {
  if (memory != NULL)
    sup__release(allocator, ((void **)memory)[-1], bytes + SUP_CACHE_LINE);
}

char *sup__copy_text(const sup_allocator *allocator, const char *text,
                     size_t length) {
  char *copy = sup__allocate(allocator, length + 1);
  if (copy == NULL)
    return NULL;
  if (length > 0)
    memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}
