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

#include <float.h>
#include <string.h>

#include "name.h"

void sup__text_init(struct sup_text *text, char *buffer, size_t size) {
  text->buffer = buffer;
  text->size = size;
  text->length = 0;
}

/* How many bytes the character takes that begins with `lead`. */
static size_t character_length(unsigned char lead) {
  if (lead >= 0xF0)
    return 4;
  if (lead >= 0xE0)
    return 3;
  return lead >= 0xC0 ? 2 : 1;
}

/* The longest prefix of `length` bytes that does not end within a character. */
static size_t whole_characters(const char *bytes, size_t length) {
  size_t lead = length;
  while (lead > 0 && length - lead < 4) {
    lead--;
    if (((unsigned char)bytes[lead] & 0xC0) != 0x80) {
      size_t needs = character_length((unsigned char)bytes[lead]);
      return lead + needs > length ? lead : length;
    }
  }
  return length;
}

size_t sup__text_end(struct sup_text *text) {
  if (text->size > 0) {
    size_t end = text->length;
    if (end >= text->size)
      end = whole_characters(text->buffer, text->size - 1);
    text->buffer[end] = '\0';
  }
  return text->length;
}

void sup__text_bytes(struct sup_text *text, const char *bytes, size_t length) {
  /* One byte of the buffer is for the NUL. */
  if (length > 0 && text->size > 0 && text->length < text->size - 1) {
    size_t room = text->size - 1 - text->length;
    memcpy(text->buffer + text->length, bytes, length < room ? length : room);
  }
  text->length += length;
}

void sup__text_add(struct sup_text *text, const char *string) {
  sup__text_bytes(text, string, strlen(string));
}

void sup__text_byte(struct sup_text *text, char byte) {
  sup__text_bytes(text, &byte, 1);
}

void sup__text_spaces(struct sup_text *text, size_t count) {
  while (count-- > 0)
    sup__text_byte(text, ' ');
}

void sup__text_number(struct sup_text *text, uint64_t number) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  sup__text_bytes(text, digits + at, sizeof digits - at);
}

void sup__text_signed(struct sup_text *text, int64_t number) {
  if (number < 0)
    sup__text_byte(text, '-');
  sup__text_number(text, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

/* `number` / `unit`, where `unit` is a power of ten, without zeros at the
 * end. */
static void add_scaled(struct sup_text *text, uint64_t number, uint64_t unit) {
  uint64_t rest = number % unit;
  sup__text_number(text, number / unit);
  if (rest > 0)
    sup__text_byte(text, '.');
  while (rest > 0) {
    unit /= 10;
    sup__text_byte(text, (char)('0' + rest / unit));
    rest %= unit;
  }
}

void sup__text_decimal(struct sup_text *text, double number) {
  if (number != number) {
    sup__text_add(text, "NaN");
    return;
  }
  if (number < 0) {
    sup__text_byte(text, '-');
    number = -number;
  }
  if (number > 1e12)
    sup__text_add(text, number > DBL_MAX ? "infinity" : "more than 10^12");
  else
    add_scaled(text, (uint64_t)(number * 1e6 + 0.5), 1000000);
}

void sup__text_duration(struct sup_text *text, sup_duration duration) {
  static const struct {
    uint64_t length;
    const char *name;
  } units[] = {{1000000000, " s"}, {1000000, " ms"}, {1000, " \xC2\xB5s"}};
  const uint64_t minute = SUP_SECONDS(60);
  size_t i;

  if (duration == SUP_INFINITE) {
    sup__text_add(text, "no limit");
    return;
  }
  if (duration >= minute && duration % minute == 0) {
    bool hours = duration % (60 * minute) == 0;
    sup__text_number(text, duration / (hours ? 60 * minute : minute));
    sup__text_add(text, hours ? " h" : " min");
    return;
  }
  for (i = 0; i < sizeof units / sizeof *units; i++) {
    if (duration >= units[i].length || duration == 0) {
      add_scaled(text, duration, units[i].length);
      sup__text_add(text, units[i].name);
      return;
    }
  }
  sup__text_number(text, duration);
  sup__text_add(text, " ns");
}

void sup__text_name(struct sup_text *text, const char *name, size_t length) {
  static const char digits[] = "0123456789abcdef";
  size_t kept = length > SUP_MAX_NAME ? SUP_MAX_NAME : length;
  size_t at = 0;

  if (sup__name_fault(name, length) == NULL) {
    sup__text_bytes(text, name, length);
    return;
  }
  if (length == 0)
    sup__text_add(text, "(no name)");
  while (at < kept) {
    size_t bytes = sup__name_character(name + at, length - at);
    if (bytes > 0) {
      sup__text_bytes(text, name + at, bytes);
      at += bytes;
    } else {
      unsigned char byte = (unsigned char)name[at++];
      char escape[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
      sup__text_bytes(text, escape, sizeof escape);
    }
  }
  if (length > kept)
    sup__text_add(text, "...");
}
