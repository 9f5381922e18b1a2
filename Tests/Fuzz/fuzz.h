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
 * What the fuzz targets share. Each target is one file with a fuzz_one(), which
 * decodes its bytes into calls and checks what comes of them. A byte string is
 * never refused: past its end everything is 0, so a shorter input is a simpler
 * one.
 */

#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <supervisor/supervisor.h>

/* ---- What a target has -------------------------------------------------- */

/* The bytes of one run. */
struct fuzz {
  const uint8_t *at;
  size_t left;
};

/* In each target. All memory of the library is given back when it returns. */
void fuzz_one(struct fuzz *in);

#define FUZZ_CHECK(condition)                                                  \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);  \
      abort();                                                                 \
    }                                                                          \
  } while (0)

/* Allocations that fail: number `from` to `to`, counted from now from 1. */
void fuzz_refuse(uint64_t from, uint64_t to);
/* How many were refused since. */
uint64_t fuzz_refused(void);
/* The library's, counted, and with the sizes that come back checked. */
extern const sup_allocator fuzz_allocator;

/* ---- Decoding ----------------------------------------------------------- */

static inline uint8_t fuzz_byte(struct fuzz *in) {
  if (in->left == 0)
    return 0;
  in->left--;
  return *in->at++;
}

/* 0 to bound - 1. */
static inline unsigned fuzz_below(struct fuzz *in, unsigned bound) {
  unsigned value = fuzz_byte(in);
  if (bound > 256)
    value = value << 8 | fuzz_byte(in);
  return value % bound;
}

static inline bool fuzz_one_in(struct fuzz *in, unsigned bound) {
  return fuzz_below(in, bound) == bound - 1;
}

static inline uint64_t fuzz_word(struct fuzz *in) {
  uint64_t value = 0;
  int i;
  for (i = 0; i < 8; i++)
    value = value << 8 | fuzz_byte(in);
  return value;
}

/* Small numbers mostly, but also those near which things go wrong. */
static inline uint64_t fuzz_number(struct fuzz *in) {
  static const uint64_t known[] = {0,
                                   1,
                                   2,
                                   UINT32_MAX,
                                   (uint64_t)UINT32_MAX + 1,
                                   INT64_MAX,
                                   (uint64_t)INT64_MAX + 1,
                                   UINT64_MAX - 1,
                                   UINT64_MAX};
  unsigned how = fuzz_byte(in);
  if (how < 128)
    return how;
  if (how < 192)
    return fuzz_below(in, 65536);
  if (how < 240)
    return known[how % (sizeof(known) / sizeof(known[0]))];
  return fuzz_word(in);
}

/* So many of the bytes, as they lie in the input; `*length` may be less. */
static inline const char *fuzz_bytes(struct fuzz *in, size_t *length) {
  const char *bytes = (const char *)in->at;
  if (*length > in->left)
    *length = in->left;
  in->at += *length;
  in->left -= *length;
  return *length == 0 ? "" : bytes;
}

/* A text of the input up to a NUL, cut to fit. */
static inline char *fuzz_text(struct fuzz *in, char *buffer, size_t size) {
  size_t length = 0;
  while (length + 1 < size) {
    char byte = (char)fuzz_byte(in);
    if (byte == '\0')
      break;
    buffer[length++] = byte;
  }
  buffer[length] = '\0';
  return buffer;
}

#endif
