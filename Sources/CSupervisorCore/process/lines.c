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

#include "lines.h"

#include <string.h>

#include <supervisor/process.h>

/* Reading less than this at a time is not worth a call. */
#define SUP_LINES_LEAST 4096u

void sup__lines_init(struct sup_lines *lines, const sup_allocator *allocator,
                     size_t limit) {
  lines->allocator = allocator;
  lines->buffer = lines->reserve;
  lines->capacity = sizeof(lines->reserve);
  lines->start = 0;
  lines->scanned = 0;
  lines->end = 0;
  lines->limit = limit;
  lines->cramped = false;
}

/* Go on in other memory; the old is given back. */
static void move_to(struct sup_lines *lines, char *buffer, size_t capacity) {
  size_t length = lines->end - lines->start;
  if (length > 0)
    memcpy(buffer, lines->buffer + lines->start, length);
  if (lines->buffer != lines->reserve)
    sup__release(lines->allocator, lines->buffer, lines->capacity);
  lines->buffer = buffer;
  lines->capacity = capacity;
  lines->scanned -= lines->start;
  lines->start = 0;
  lines->end = length;
}

static void to_front(struct sup_lines *lines) {
  size_t length = lines->end - lines->start;
  if (lines->start == 0)
    return;
  memmove(lines->buffer, lines->buffer + lines->start, length);
  lines->scanned -= lines->start;
  lines->start = 0;
  lines->end = length;
}

/* Doubling, so that a long line is not copied over and over. */
static void grow(struct sup_lines *lines) {
  size_t length = lines->end - lines->start;
  size_t capacity = length * 2;
  char *buffer;
  if (capacity < SUP_LINES_READ)
    capacity = SUP_LINES_READ;
  if (capacity > lines->limit + SUP_LINES_READ)
    capacity = lines->limit + SUP_LINES_READ;
  if (capacity <= lines->capacity)
    return;
  buffer = sup__allocate(lines->allocator, capacity);
  if (buffer != NULL)
    move_to(lines, buffer, capacity);
}

size_t sup__lines_space(struct sup_lines *lines, char **space) {
  if (lines->capacity - lines->end < SUP_LINES_LEAST) {
    to_front(lines);
    if (lines->capacity - lines->end < SUP_LINES_LEAST)
      grow(lines);
  }
  lines->cramped = lines->end == lines->capacity;
  *space = lines->buffer + lines->end;
  return lines->capacity - lines->end;
}

void sup__lines_filled(struct sup_lines *lines, size_t bytes) {
  SUP_ASSERT(bytes <= lines->capacity - lines->end);
  lines->end += bytes;
}

static bool take(struct sup_lines *lines, size_t length, size_t skip,
                 const char **text, size_t *taken) {
  *text = lines->buffer + lines->start;
  *taken = length;
  lines->start += length + skip;
  if (lines->scanned < lines->start)
    lines->scanned = lines->start;
  lines->cramped = false;
  return true;
}

bool sup__lines_next(struct sup_lines *lines, bool last, const char **text,
                     size_t *length, uint32_t *flags) {
  size_t pending = lines->end - lines->start;
  const char *newline =
      memchr(lines->buffer + lines->scanned, '\n', lines->end - lines->scanned);
  if (newline != NULL) {
    lines->scanned = (size_t)(newline - lines->buffer);
    pending = lines->scanned - lines->start;
  } else {
    lines->scanned = lines->end;
  }

  if (pending > lines->limit) {
    *flags = SUP_LINE_CONTINUED;
    return take(lines, lines->limit, 0, text, length);
  }
  if (newline != NULL) {
    *flags = 0;
    return take(lines, pending, 1, text, length);
  }
  if (pending == 0 || !(last || lines->cramped))
    return false;
  *flags = last ? SUP_LINE_PARTIAL : SUP_LINE_CONTINUED;
  return take(lines, pending, 0, text, length);
}

void sup__lines_rest(struct sup_lines *lines) {
  size_t length = lines->end - lines->start;
  size_t capacity = (length + 255u) & ~(size_t)255u;
  char *buffer;
  if (lines->buffer == lines->reserve)
    return;
  if (length <= sizeof(lines->reserve)) {
    move_to(lines, lines->reserve, sizeof(lines->reserve));
    return;
  }
  if (capacity > lines->capacity / 2)
    return;
  buffer = sup__allocate(lines->allocator, capacity);
  if (buffer != NULL)
    move_to(lines, buffer, capacity);
}

void sup__lines_free(struct sup_lines *lines) {
  if (lines->buffer != lines->reserve)
    sup__release(lines->allocator, lines->buffer, lines->capacity);
  sup__lines_init(lines, lines->allocator, lines->limit);
}
