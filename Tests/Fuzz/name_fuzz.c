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

/* N1: names and their UTF-8, against tables of the standard's own form. */

#include "engine/name.h"
#include "engine/text.h"
#include "fuzz.h"

/* The well-formed sequences as Unicode lists them (table 3-7). */
static const struct form {
  uint8_t first_low, first_high;
  uint8_t second_low, second_high;
  uint8_t length;
} forms[] = {
    {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2},
    {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
    {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static bool is_form(const struct form *form, const uint8_t *bytes,
                    size_t length) {
  size_t i;
  if (bytes[0] < form->first_low || bytes[0] > form->first_high ||
      form->length > length)
    return false;
  if (form->length > 1 &&
      (bytes[1] < form->second_low || bytes[1] > form->second_high))
    return false;
  for (i = 2; i < form->length; i++)
    if (bytes[i] < 0x80 || bytes[i] > 0xBF)
      return false;
  return true;
}

/* How many bytes a character takes, 0 if it is none. */
static size_t naive_length(const uint8_t *bytes, size_t length) {
  size_t i;
  for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
    if (is_form(&forms[i], bytes, length))
      return forms[i].length;
  return 0;
}

static bool naive_is_allowed(const uint8_t *bytes, size_t length) {
  if (bytes[0] < 0x20 || bytes[0] == 0x7F || bytes[0] == '/')
    return false;
  return !(length == 2 && bytes[0] == 0xC2 && bytes[1] <= 0x9F);
}

static bool naive_is_name(const uint8_t *bytes, size_t length) {
  size_t at = 0;
  if (length == 0 || length > 255)
    return false;
  if ((length == 1 && bytes[0] == '.') ||
      (length == 2 && bytes[0] == '.' && bytes[1] == '.'))
    return false;
  while (at < length) {
    size_t character = naive_length(bytes + at, length - at);
    if (character == 0 || !naive_is_allowed(bytes + at, character))
      return false;
    at += character;
  }
  return true;
}

/* What is shown of a name is a name's text, if not a name: printable, UTF-8. */
static void check_shown(const char *name, size_t length, size_t size) {
  char whole[4 * 256 + 64];
  char part[4 * 256 + 64];
  struct sup_text text;
  size_t needs, kept, at = 0;
  sup__text_init(&text, whole, sizeof(whole));
  sup__text_name(&text, name, length);
  needs = sup__text_end(&text);
  FUZZ_CHECK(needs < sizeof(whole) && strlen(whole) == needs);
  while (at < needs) {
    size_t bytes = sup__name_character(whole + at, needs - at);
    FUZZ_CHECK(bytes > 0);
    at += bytes;
  }
  memset(part, '#', sizeof(part));
  sup__text_init(&text, part, size);
  sup__text_name(&text, name, length);
  FUZZ_CHECK(sup__text_end(&text) == needs);
  if (size == 0) {
    FUZZ_CHECK(part[0] == '#');
    return;
  }
  kept = strlen(part);
  FUZZ_CHECK(kept < size && memcmp(part, whole, kept) == 0);
  FUZZ_CHECK(kept == needs || kept + 4 >= size);
  FUZZ_CHECK(part[size] == '#');
  for (at = 0; at < kept;) { /* not cut within a character */
    size_t bytes = sup__name_character(part + at, kept - at);
    FUZZ_CHECK(bytes > 0);
    at += bytes;
  }
}

void fuzz_one(struct fuzz *in) {
  size_t size = fuzz_byte(in);
  size_t length = in->left;
  const char *name = fuzz_bytes(in, &length);
  const uint8_t *bytes = (const uint8_t *)name;
  size_t at;
  bool valid = naive_is_name(bytes, length);
  FUZZ_CHECK((sup__name_fault(name, length) == NULL) == valid);
  for (at = 0; at < length; at++) {
    size_t character = naive_length(bytes + at, length - at);
    if (character > 0 && !naive_is_allowed(bytes + at, character))
      character = 0;
    FUZZ_CHECK(sup__name_character(name + at, length - at) == character);
  }
  check_shown(name, length, size);
}
