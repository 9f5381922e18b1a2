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
 * How the number of a process stands in the table of a guard: seven hexadecimal
 * digits and a newline, in one word, so that whoever reads the table meanwhile
 * finds the whole number or none.
 */

#ifndef SUP_PROCESS_MARK_H
#define SUP_PROCESS_MARK_H

#include <stdint.h>

#define SUP_MARK_DIGITS 7
/* No system has numbers that need more. */
#define SUP_MARK_LAST ((INT64_C(1) << (4 * SUP_MARK_DIGITS)) - 1)

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define SUP_MARK_BYTE(byte, at) ((uint64_t)(byte) << (56 - 8 * (at)))
#else
#define SUP_MARK_BYTE(byte, at) ((uint64_t)(byte) << (8 * (at)))
#endif

/* Arithmetic alone: this runs in children that share our memory. */
static inline uint64_t sup__mark_of(int64_t pid) {
  uint64_t mark = SUP_MARK_BYTE('\n', SUP_MARK_DIGITS);
  int at;
  for (at = SUP_MARK_DIGITS - 1; at >= 0; at--) {
    uint64_t digit = (uint64_t)pid & 15u;
    mark |= SUP_MARK_BYTE(digit + (digit < 10 ? '0' : 'a' - 10), at);
    pid >>= 4;
  }
  return mark;
}

/* A place without one: blanks. */
static inline uint64_t sup__mark_of_none(void) {
  uint64_t mark = SUP_MARK_BYTE('\n', SUP_MARK_DIGITS);
  int at;
  for (at = 0; at < SUP_MARK_DIGITS; at++)
    mark |= SUP_MARK_BYTE(' ', at);
  return mark;
}

#endif
