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
 * Texts in buffers of every size: what does not fit is left out, its length is
 * counted, nothing is cut within a character, numbers read back.
 */

#include <math.h>

#include "fuzz.h"
#include "supervisor/text.h"

#define WHOLE 65536

struct pair {
  struct sup_text whole; /* nothing is ever left out of it */
  struct sup_text part;
};

/* Read a duration back, digit for digit. */
static uint64_t read_duration(const char *text) {
  static const struct {
    const char *name;
    uint64_t length;
  } units[] = {{" h", 3600000000000}, {" min", 60000000000}, {" s", 1000000000},
               {" ms", 1000000},      {" \xC2\xB5s", 1000},  {" ns", 1}};
  const char *unit = strchr(text, ' ');
  const char *digit = text;
  uint64_t scale = 0, total = 0;
  size_t i;
  FUZZ_CHECK(unit != NULL);
  for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
    if (strcmp(unit, units[i].name) == 0)
      scale = units[i].length;
  FUZZ_CHECK(scale > 0);
  for (; digit < unit && *digit != '.'; digit++)
    total = total * 10 + (uint64_t)(*digit - '0');
  total *= scale;
  for (digit++; digit < unit; digit++) {
    FUZZ_CHECK(scale % 10 == 0);
    scale /= 10;
    total += (uint64_t)(*digit - '0') * scale;
  }
  return total;
}

static void check_duration(const struct pair *pair, size_t from,
                           sup_duration duration) {
  char text[64];
  size_t length = pair->whole.length - from;
  FUZZ_CHECK(length < sizeof(text));
  memcpy(text, pair->whole.buffer + from, length);
  text[length] = '\0';
  if (duration == SUP_INFINITE)
    FUZZ_CHECK(strcmp(text, "no limit") == 0);
  else
    FUZZ_CHECK(read_duration(text) == duration);
}

static void check_number(const struct pair *pair, size_t from, uint64_t bits,
                         bool is_signed) {
  char text[32];
  size_t length = pair->whole.length - from;
  FUZZ_CHECK(length < sizeof(text));
  memcpy(text, pair->whole.buffer + from, length);
  text[length] = '\0';
  if (is_signed)
    FUZZ_CHECK(strtoll(text, NULL, 10) == (int64_t)bits);
  else
    FUZZ_CHECK(strtoull(text, NULL, 10) == bits);
}

static void check_decimal(const struct pair *pair, size_t from, double number) {
  char text[64];
  size_t length = pair->whole.length - from;
  FUZZ_CHECK(length < sizeof(text));
  memcpy(text, pair->whole.buffer + from, length);
  text[length] = '\0';
  if (fabs(number) <= 1e12)
    FUZZ_CHECK(fabs(strtod(text, NULL) - number) <=
               6e-7 + fabs(number) * 1e-15);
}

static double decode_double(struct fuzz *in) {
  uint64_t bits = fuzz_word(in);
  double number;
  memcpy(&number, &bits, sizeof(number));
  return fuzz_one_in(in, 2) ? (double)(int64_t)bits / 1e9 : number;
}

/* UTF-8, since that is what texts are made of; bytes of our own choice. */
static void add_string(struct fuzz *in, struct pair *pair) {
  static const char *const strings[] = {"",
                                        "a",
                                        "two\nlines",
                                        "\n",
                                        "\xC2\xB5",
                                        "\xE2\x82\xAC",
                                        "\xF0\x9F\x90\x98",
                                        "\xC3\xA9\xF0\x9F\x90\x98",
                                        "plain"};
  const char *string =
      strings[fuzz_below(in, sizeof(strings) / sizeof(strings[0]))];
  size_t indent = fuzz_byte(in) % 16;
  if (fuzz_one_in(in, 2)) {
    sup__text_lines(&pair->whole, string, indent);
    sup__text_lines(&pair->part, string, indent);
  } else {
    sup__text_add(&pair->whole, string);
    sup__text_add(&pair->part, string);
  }
}

static void add(struct fuzz *in, struct pair *pair) {
  size_t from = pair->whole.length;
  uint64_t number;
  double decimal;
  int error;
  switch (fuzz_below(in, 7)) {
  case 0:
    number = fuzz_number(in);
    sup__text_number(&pair->whole, number);
    sup__text_number(&pair->part, number);
    check_number(pair, from, number, false);
    break;
  case 1:
    number = fuzz_number(in);
    sup__text_signed(&pair->whole, (int64_t)number);
    sup__text_signed(&pair->part, (int64_t)number);
    check_number(pair, from, number, true);
    break;
  case 2:
    decimal = decode_double(in);
    sup__text_decimal(&pair->whole, decimal);
    sup__text_decimal(&pair->part, decimal);
    check_decimal(pair, from, decimal);
    break;
  case 3:
    number = fuzz_number(in);
    if (fuzz_one_in(in, 2)) /* round ones */
      number = number % 100000 * SUP_MILLISECONDS(500);
    sup__text_duration(&pair->whole, number);
    sup__text_duration(&pair->part, number);
    check_duration(pair, from, number);
    break;
  case 4:
    error = (int)fuzz_number(in);
    sup__text_errno(&pair->whole, error);
    sup__text_errno(&pair->part, error);
    break;
  case 5:
    number = fuzz_byte(in);
    sup__text_spaces(&pair->whole, number);
    sup__text_spaces(&pair->part, number);
    break;
  default:
    add_string(in, pair);
  }
}

void fuzz_one(struct fuzz *in) {
  static char whole[WHOLE];
  size_t size = fuzz_below(in, 2048);
  /* Of exactly that size, so that a sanitizer sees a byte too much. */
  char *part = size == 0 ? NULL : malloc(size);
  struct pair pair;
  size_t needs, kept;
  sup__text_init(&pair.whole, whole, sizeof(whole));
  sup__text_init(&pair.part, part, size);
  while (in->left > 0 && pair.whole.length < WHOLE - 1024)
    add(in, &pair);
  needs = sup__text_end(&pair.whole);
  FUZZ_CHECK(needs == strlen(whole));
  FUZZ_CHECK(sup__text_end(&pair.part) == needs);
  if (size > 0) {
    kept = strlen(part);
    FUZZ_CHECK(kept < size && memcmp(part, whole, kept) == 0);
    FUZZ_CHECK(kept == needs || kept + 4 >= size);
    FUZZ_CHECK(((unsigned char)whole[kept] & 0xC0) != 0x80);
  }
  free(part);
}
