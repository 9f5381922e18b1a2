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
 * P9: two pipes, written in pieces, read when the loop turns, held back and
 * resumed, given up or ended: every line of each comes out once, in order, and
 * then its end.
 */

#include "fuzz_loop.h"
#include "process/output.h"

#define MOST (1u << 17)

static struct {
  char text[MOST]; /* what was written, */
  size_t length;
  size_t at; /* and how much of it has come out */
  unsigned ends;
  bool partial;
} pipes[2];

static struct {
  unsigned hold_in; /* lines until one is answered with false; 0: never */
  unsigned changed;
  size_t limit;
  bool held, merged;
} state;

static bool take(void *ctx, const char *text, size_t length, uint32_t flags) {
  unsigned which = (flags & SUP_LINE_STDERR) != 0;
  (void)ctx;
  FUZZ_CHECK(!state.held);
  FUZZ_CHECK(pipes[which].ends == 0 && !(which && state.merged));
  if (flags & SUP_LINE_END) {
    FUZZ_CHECK(length == 0);
    pipes[which].ends++;
  } else {
    FUZZ_CHECK(length <= state.limit);
    FUZZ_CHECK(!pipes[which].partial);
    FUZZ_CHECK(length <= pipes[which].length - pipes[which].at);
    FUZZ_CHECK(memcmp(text, pipes[which].text + pipes[which].at, length) == 0);
    FUZZ_CHECK(memchr(text, '\n', length) == NULL);
    pipes[which].at += length;
    if (!(flags & (SUP_LINE_CONTINUED | SUP_LINE_PARTIAL)))
      FUZZ_CHECK(pipes[which].text[pipes[which].at++] == '\n');
    pipes[which].partial = (flags & SUP_LINE_PARTIAL) != 0;
  }
  state.held = state.hold_in > 0 && --state.hold_in == 0;
  return !state.held;
}

static void note_changed(void *ctx) {
  (void)ctx;
  state.changed++;
}

static void write_some(struct fuzz *in, int ends[2]) {
  static char piece[65536];
  unsigned which = fuzz_below(in, 2);
  size_t length = fuzz_below(in, 65536) % 40000;
  unsigned how = fuzz_byte(in);
  const char *bytes = piece;
  if (state.merged)
    which = 0;
  if (how < 128)
    bytes = fuzz_bytes(in, &length);
  else
    memset(piece, how < 144 ? '\n' : (char)how, length);
  if (length > MOST - pipes[which].length)
    return;
  length = fuzz_write(ends[which], bytes, length);
  memcpy(pipes[which].text + pipes[which].length, bytes, length);
  pipes[which].length += length;
}

static void close_end(int *end) {
  if (*end >= 0)
    close(*end);
  *end = -1;
}

static void resume(struct sup_streams *streams) {
  state.held = false;
  sup__streams_resume(streams);
}

/* All is read: whoever holds it back goes on, whoever writes is gone. */
static void finish(struct sup_streams *streams, int ends[2], bool give_up) {
  state.hold_in = 0;
  resume(streams);
  if (give_up)
    sup__streams_give_up(streams);
  close_end(&ends[0]);
  close_end(&ends[1]);
  while (!sup__streams_done(streams))
    fuzz_turn();
}

void fuzz_one(struct fuzz *in) {
  struct sup_streams *streams;
  int ends[2];
  bool aborted = false;
  unsigned i, shape = fuzz_byte(in);
  memset(&state, 0, sizeof(state));
  for (i = 0; i < 2; i++) {
    pipes[i].length = pipes[i].at = 0;
    pipes[i].ends = 0;
    pipes[i].partial = false;
  }
  state.merged = shape & 1u;
  state.limit = 64 + fuzz_below(in, 65536);
  FUZZ_CHECK(sup__streams_create(&streams, ends, &fuzz_allocator, fuzz_loop(),
                                 state.merged, state.limit) == 0);
  streams->line = take;
  streams->changed = note_changed;
  FUZZ_CHECK(sup__streams_open(streams) == 0);
  while (in->left > 0)
    switch (fuzz_below(in, 8)) {
    case 0:
      fuzz_turn();
      break;
    case 1:
      state.hold_in = fuzz_byte(in);
      break;
    case 2:
      resume(streams);
      break;
    case 3: {
      uint64_t from = fuzz_byte(in);
      fuzz_refuse(from, from == 0 ? 0 : from + fuzz_byte(in));
      break;
    }
    case 4:
      if (fuzz_one_in(in, 4))
        close_end(&ends[fuzz_below(in, 2)]);
      break;
    default:
      write_some(in, ends);
    }
  if (shape & 2u && shape & 4u) {
    sup__streams_abort(streams);
    aborted = true;
  }
  finish(streams, ends, shape & 8u);
  for (i = 0; i < (state.merged ? 1 : 2); i++) {
    FUZZ_CHECK(aborted || pipes[i].ends == 1);
    FUZZ_CHECK(aborted || pipes[i].at == pipes[i].length);
  }
  sup__streams_free(streams);
}
