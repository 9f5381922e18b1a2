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

#include "text.h"

#include <string.h>

/* There are two strerror_r: one returns its text, the other fills a buffer and
 * returns a number. */
static inline const char *text_returned(const char *returned,
                                        const char *buffer) {
  (void)buffer;
  return returned;
}

static inline const char *text_filled(int result, const char *buffer) {
  return result == 0 ? buffer : "unknown error";
}

#define STRERROR(number, buffer)                                               \
  _Generic(&strerror_r, int (*)(int, char *, size_t)                           \
           : text_filled, default                                              \
           : text_returned)(strerror_r(number, buffer, sizeof buffer), buffer)

void sup__text_errno(struct sup_text *text, int number) {
  char buffer[256] = "";
  sup__text_add(text, STRERROR(number, buffer));
  sup__text_add(text, " (errno ");
  sup__text_signed(text, number);
  sup__text_byte(text, ')');
}

void sup__text_lines(struct sup_text *text, const char *string, size_t indent) {
  const char *newline;
  while ((newline = strchr(string, '\n')) != NULL) {
    sup__text_bytes(text, string, (size_t)(newline - string) + 1);
    sup__text_spaces(text, indent);
    string = newline + 1;
  }
  sup__text_add(text, string);
}
