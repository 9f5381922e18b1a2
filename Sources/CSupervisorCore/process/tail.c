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

#include "tail.h"

#include <string.h>

#define SUP_TAIL_FIRST 512u

static void copy_out(const struct sup_tail *tail, char *text, size_t skip,
                     size_t length) {
  size_t oldest =
      (tail->next + tail->capacity - tail->length + skip) % tail->capacity;
  size_t straight = tail->capacity - oldest;
  if (straight > length)
    straight = length;
  memcpy(text, tail->ring + oldest, straight);
  memcpy(text + straight, tail->ring, length - straight);
}

static void grow(struct sup_tail *tail, const sup_allocator *allocator,
                 size_t wanted) {
  size_t capacity = tail->capacity == 0 ? SUP_TAIL_FIRST : tail->capacity;
  size_t length = tail->length;
  char *ring;
  while (capacity < wanted && capacity < SUP_TAIL_SIZE)
    capacity *= 2;
  if (capacity == tail->capacity)
    return;
  ring = sup__allocate(allocator, capacity);
  if (ring == NULL)
    return;
  if (length > 0)
    copy_out(tail, ring, 0, length);
  sup__release(allocator, tail->ring, tail->capacity);
  tail->ring = ring;
  tail->capacity = capacity;
  tail->next = length % capacity;
}

static void put(struct sup_tail *tail, const char *text, size_t length) {
  size_t straight;
  if (tail->capacity == 0) {
    tail->cut = true;
    return;
  }
  if (length > tail->capacity) {
    text += length - tail->capacity;
    length = tail->capacity;
    tail->cut = true;
  }
  straight = tail->capacity - tail->next;
  if (straight > length)
    straight = length;
  memcpy(tail->ring + tail->next, text, straight);
  memcpy(tail->ring, text + straight, length - straight);
  tail->next = (tail->next + length) % tail->capacity;
  tail->length += length;
  if (tail->length > tail->capacity) {
    tail->length = tail->capacity;
    tail->cut = true;
  }
}

void sup__tail_add(struct sup_tail *tail, const sup_allocator *allocator,
                   const char *text, size_t length, bool ends) {
  size_t wanted = tail->length + length + (ends ? 1 : 0);
  if (wanted > tail->capacity && tail->capacity < SUP_TAIL_SIZE)
    grow(tail, allocator, wanted);
  if (length > 0)
    put(tail, text, length);
  if (ends)
    put(tail, "\n", 1);
}

char *sup__tail_text(const struct sup_tail *tail,
                     const sup_allocator *allocator, size_t *length) {
  size_t used = tail->length;
  size_t skip = 0;
  char *text;
  *length = 0;
  if (used > 0 &&
      tail->ring[(tail->next + tail->capacity - 1) % tail->capacity] == '\n')
    used--;
  if (tail->cut) {
    /* What is left of the line that was cut off tells nobody anything. */
    size_t oldest = (tail->next + tail->capacity - tail->length) %
                    (tail->capacity == 0 ? 1 : tail->capacity);
    while (skip < used && tail->ring[(oldest + skip) % tail->capacity] != '\n')
      skip++;
    skip = skip < used ? skip + 1 : 0;
  }
  if (used <= skip)
    return NULL;
  text = sup__allocate(allocator, used - skip + 1);
  if (text == NULL)
    return NULL;
  copy_out(tail, text, skip, used - skip);
  text[used - skip] = '\0';
  *length = used - skip;
  return text;
}

void sup__tail_free(struct sup_tail *tail, const sup_allocator *allocator) {
  sup__release(allocator, tail->ring, tail->capacity);
  memset(tail, 0, sizeof(*tail));
}
