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

#include "name.h"

/* The first code point that may be written with so many bytes: anything below
 * it has a shorter form. */
static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

/* Decode one character, strictly: no overlong forms, no surrogates, nothing
 * above U+10FFFF. The number of its bytes, or 0. */
static size_t decode(const unsigned char *bytes, size_t length,
                     uint32_t *point) {
  size_t needs, i;

  if (bytes[0] < 0x80) {
    *point = bytes[0];
    return 1;
  }
  if (bytes[0] < 0xC0 || bytes[0] > 0xF7)
    return 0;
  needs = bytes[0] < 0xE0 ? 2 : bytes[0] < 0xF0 ? 3 : 4;
  if (needs > length)
    return 0;
  *point = bytes[0] & (0x7Fu >> needs);
  for (i = 1; i < needs; i++) {
    if ((bytes[i] & 0xC0) != 0x80)
      return 0;
    *point = *point << 6 | (bytes[i] & 0x3Fu);
  }
  if (*point < smallest[needs] || *point > 0x10FFFF ||
      (*point >= 0xD800 && *point <= 0xDFFF))
    return 0;
  return needs;
}

/* The control characters of Unicode: C0, DEL and C1. */
static bool is_control(uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F);
}

size_t sup__name_character(const char *name, size_t length) {
  uint32_t point;
  size_t bytes = decode((const unsigned char *)name, length, &point);
  return bytes == 0 || point == '/' || is_control(point) ? 0 : bytes;
}

const char *sup__name_fault(const char *name, size_t length) {
  size_t at = 0;

  if (length == 0)
    return "the name is empty; give it 1 to 255 bytes";
  if (length > SUP_MAX_NAME)
    return "the name is longer than 255 bytes; shorten it";
  if (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')))
    return "the name is \".\" or \"..\", which have a meaning in paths; use "
           "another one";
  while (at < length) {
    uint32_t point;
    size_t bytes =
        decode((const unsigned char *)name + at, length - at, &point);
    if (bytes == 0)
      return "the name is not valid UTF-8; use UTF-8";
    if (point == '/')
      return "the name contains a slash, which separates names in a path; "
             "leave it out";
    if (is_control(point))
      return "the name contains a control character; leave it out";
    at += bytes;
  }
  return NULL;
}
