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

/* P3: the last lines of an output, against the whole of it. */

#include "fuzz.h"
#include "process/tail.h"

#define MOST (1u << 18)

static char all[MOST];
static size_t all_length;

static void add(struct fuzz *in, struct sup_tail *tail) {
  static char piece[65536];
  size_t length = fuzz_below(in, 65536);
  bool ends = fuzz_one_in(in, 2);
  unsigned how = fuzz_byte(in);
  const char *text = piece;
  if (how >= 224)
    length %= 16384;
  else
    length %= 64;
  if (how < 96) {
    text = fuzz_bytes(in, &length);
    if (memchr(text, '\n', length) != NULL)
      return; /* lines hold none */
  } else {
    memset(piece, how == '\n' ? 'n' : (char)how, length);
  }
  if (all_length + length + 1 > MOST)
    return;
  sup__tail_add(tail, &fuzz_allocator, text, length, ends);
  memcpy(all + all_length, text, length);
  all_length += length;
  if (ends)
    all[all_length++] = '\n';
}

/* Where what is kept begins: a whole line if one does, among the last bytes. */
static void check_text(const struct sup_tail *tail) {
  size_t length;
  char *text = sup__tail_text(tail, &fuzz_allocator, &length);
  size_t end = all_length;
  size_t oldest;
  if (end > 0 && all[end - 1] == '\n')
    end--;
  if (text == NULL) {
    FUZZ_CHECK(length == 0);
    FUZZ_CHECK(fuzz_refused() > 0 || end == 0 || tail->cut);
    return;
  }
  FUZZ_CHECK(length > 0 && length <= SUP_TAIL_SIZE && text[length] == '\0');
  FUZZ_CHECK(length <= end);
  FUZZ_CHECK(memcmp(text, all + end - length, length) == 0);
  oldest = end - length;
  /* Nothing is left out that would have fitted. */
  if (!tail->cut)
    FUZZ_CHECK(oldest == 0);
  else if (oldest > 0 && all[oldest - 1] != '\n')
    FUZZ_CHECK(memchr(text, '\n', length) == NULL);
  sup__release(&fuzz_allocator, text, length + 1);
}

void fuzz_one(struct fuzz *in) {
  struct sup_tail tail;
  memset(&tail, 0, sizeof(tail));
  all_length = 0;
  while (in->left > 0) {
    switch (fuzz_below(in, 8)) {
    case 6:
      check_text(&tail);
      break;
    case 7: {
      uint64_t from = fuzz_byte(in);
      fuzz_refuse(from, from == 0 ? 0 : from + fuzz_byte(in));
      break;
    }
    default:
      add(in, &tail);
    }
    FUZZ_CHECK(tail.capacity <= SUP_TAIL_SIZE && tail.length <= tail.capacity);
  }
  fuzz_refuse(0, 0);
  check_text(&tail);
  sup__tail_free(&tail, &fuzz_allocator);
}
