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

#include "notice.h"

#include <string.h>

#include "../engine/name.h"

static bool says(const char *line, size_t length, const char *text) {
  return length == strlen(text) && memcmp(line, text, length) == 0;
}

/* What follows the '=' if this is the line of `name`; NULL if it is not. */
static const char *value_of(const char *line, size_t *length,
                            const char *name) {
  size_t name_length = strlen(name);
  if (*length < name_length || memcmp(line, name, name_length) != 0)
    return NULL;
  *length -= name_length;
  return line + name_length;
}

/* Microseconds in decimal; 0 if that is not what it is, or too many. */
static uint64_t read_time(const char *digits, size_t length) {
  uint64_t time = 0;
  size_t i;
  for (i = 0; i < length; i++) {
    if (digits[i] < '0' || digits[i] > '9' || time > UINT64_MAX / 10000u)
      return 0;
    time = time * 10u + (uint64_t)(digits[i] - '0');
  }
  return time > UINT64_MAX / 1000u ? 0 : time * 1000u;
}

/* The next character, or one that stands for a byte that none begins with. */
static size_t next_character(const char *text, size_t length, char *plain) {
  size_t size = *text == '/' ? 1 : sup__name_character(text, length);
  *plain = size == 0 ? '?' : *text;
  return size == 0 ? 1 : size;
}

static void copy_status(struct sup_notice *notice, const char *text,
                        size_t length) {
  size_t to = 0;
  while (length > 0) {
    char first;
    size_t size = next_character(text, length, &first);
    if (to + size > SUP_STATUS_MAX)
      break;
    memcpy(notice->status + to, text, size);
    notice->status[to] = first;
    to += size;
    text += size;
    length -= size;
  }
  notice->status[to] = '\0';
  notice->has_status = true;
}

static void read_line(struct sup_notice *notice, const char *line,
                      size_t length) {
  const char *value;
  if (says(line, length, "READY=1"))
    notice->ready = true;
  else if (says(line, length, "STOPPING=1"))
    notice->stopping = true;
  else if (says(line, length, "WATCHDOG=1"))
    notice->alive = true;
  else if (says(line, length, "WATCHDOG=trigger"))
    notice->silent = true;
  else if ((value = value_of(line, &length, "EXTEND_TIMEOUT_USEC=")) != NULL)
    notice->extension = read_time(value, length);
  else if ((value = value_of(line, &length, "STATUS=")) != NULL)
    copy_status(notice, value, length);
}

bool sup__notice_read(struct sup_notice *notice, const char *bytes,
                      size_t length) {
  memset(notice, 0, sizeof(*notice));
  if (length > 0 && bytes[length - 1] == '\0')
    length--;
  if (length > SUP_NOTICE_MAX || memchr(bytes, '\0', length) != NULL)
    return false;
  while (length > 0) {
    const char *end = memchr(bytes, '\n', length);
    size_t line = end == NULL ? length : (size_t)(end - bytes);
    size_t rest = end == NULL ? line : line + 1;
    read_line(notice, bytes, line);
    bytes += rest;
    length -= rest;
  }
  return true;
}
