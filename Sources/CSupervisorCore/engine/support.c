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
