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
 * P9: bytes in arbitrary chunks become lines, in order, none lost, against a
 * reference that sees the whole stream at once. Also without memory, when lines
 * are cut earlier.
 */

#include "fuzz.h"
#include "process/lines.h"

#define MOST (1u << 20)

static char stream[MOST]; /* what went in */
static size_t stream_length;

static struct {
  size_t at; /* in the stream: what has come out */
  size_t in_line;
  bool ended;
  bool starved; /* memory was refused: cuts may be anywhere */
} seen;

/* A line came out: it is what is next in the stream. */
static void check_line(const char *text, size_t length, uint32_t flags,
                       size_t limit) {
  FUZZ_CHECK(!seen.ended);
  FUZZ_CHECK(length <= limit);
  FUZZ_CHECK(length <= stream_length - seen.at);
  FUZZ_CHECK(memcmp(text, stream + seen.at, length) == 0);
  FUZZ_CHECK(memchr(text, '\n', length) == NULL);
  seen.at += length;
  switch (flags) {
  case 0:
    FUZZ_CHECK(seen.at < stream_length && stream[seen.at] == '\n');
    seen.at++;
    return;
  case SUP_LINE_CONTINUED:
    FUZZ_CHECK(length > 0);
    FUZZ_CHECK(length == limit || seen.starved);
    /* There is a rest: a line of just the limit is not cut. */
    FUZZ_CHECK(seen.starved ||
               (seen.at < stream_length && stream[seen.at] != '\n'));
    return;
  default:
    FUZZ_CHECK(flags == SUP_LINE_PARTIAL);
    FUZZ_CHECK(length > 0 && seen.at == stream_length);
    seen.ended = true;
  }
}

static void take_lines(struct sup_lines *lines, bool last, size_t most,
                       size_t limit) {
  const char *text;
  size_t length;
  uint32_t flags;
  while (most-- > 0 && sup__lines_next(lines, last, &text, &length, &flags)) {
    seen.starved = seen.starved || fuzz_refused() > 0;
    check_line(text, length, flags, limit);
  }
}

/* Much of one byte, or what the input says. */
static size_t fill(struct fuzz *in, char *space, size_t room) {
  size_t length = fuzz_below(in, 65536);
  unsigned how = fuzz_byte(in);
  if (length > room)
    length = room;
  if (length > MOST - stream_length)
    length = MOST - stream_length;
  if (how < 64) {
    const char *bytes = fuzz_bytes(in, &length);
    memcpy(space, bytes, length);
  } else {
    memset(space, how < 72 ? '\n' : (char)how, length);
  }
  memcpy(stream + stream_length, space, length);
  stream_length += length;
  return length;
}

void fuzz_one(struct fuzz *in) {
  size_t limit = 64 + fuzz_below(in, 65536);
  struct sup_lines lines;
  memset(&seen, 0, sizeof(seen));
  stream_length = 0;
  sup__lines_init(&lines, &fuzz_allocator, limit);
  while (in->left > 0) {
    char *space;
    size_t room;
    switch (fuzz_below(in, 6)) {
    case 0:
    case 1:
    case 2:
      room = sup__lines_space(&lines, &space);
      FUZZ_CHECK(room > 0 || lines.end > lines.start);
      if (room > 0)
        sup__lines_filled(&lines, fill(in, space, room));
      break;
    case 3:
      take_lines(&lines, false, SIZE_MAX, limit);
      break;
    case 4:
      take_lines(&lines, false, fuzz_byte(in), limit);
      if (fuzz_one_in(in, 2))
        sup__lines_rest(&lines);
      break;
    default: {
      uint64_t from = fuzz_byte(in);
      seen.starved = seen.starved || fuzz_refused() > 0;
      fuzz_refuse(from, from == 0 ? 0 : from + fuzz_byte(in));
    }
    }
    FUZZ_CHECK(lines.capacity <= limit + SUP_LINES_READ ||
               lines.capacity <= SUP_LINES_RESERVE);
    FUZZ_CHECK(lines.end - lines.start == stream_length - seen.at);
  }
  take_lines(&lines, true, SIZE_MAX, limit);
  FUZZ_CHECK(seen.at == stream_length);
  sup__lines_free(&lines);
}
