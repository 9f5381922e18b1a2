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

/* P2: the status of an answer that comes in any pieces, against a reference that
 * sees all of it at once. */

#include "fuzz.h"
#include "process/reply.h"

#define MOST (2 * SUP_REPLY_MOST)

static char text[MOST + 1];
static size_t length;

static void add(const char *bytes, size_t count) {
  if (count > MOST - length)
    count = MOST - length;
  memcpy(text + length, bytes, count);
  length += count;
}

/* Pieces of answers, so that there is more than the first line to get wrong. */
static void write_text(struct fuzz *in) {
  static const char *const pieces[] = {
      "HTTP/1.1 ", "HTTP/1.0 ", "100", "101",        "103",  "200",
      "503",       "999",       "099", " OK\r\n",    "\r\n", "\n",
      "\r",        "A: b\r\n",  " ",   "HTTP/2 200", "x"};
  char run[256];
  length = 0;
  while (in->left > 0) {
    unsigned how = fuzz_below(in, 20);
    size_t count = fuzz_below(in, 256);
    if (how < sizeof(pieces) / sizeof(pieces[0])) {
      add(pieces[how], strlen(pieces[how]));
    } else if (how == 17) {
      const char *bytes = fuzz_bytes(in, &count);
      add(bytes, count);
    } else {
      memset(run, how == 18 ? 'x' : '\n', sizeof(run));
      add(run, count);
    }
  }
  text[length] = '\0';
}

static bool is_digit(char byte) {
  return strchr("0123456789", byte) != NULL && byte != '\0';
}

/* Where the first empty line from here ends; SIZE_MAX: nowhere. Here may be
 * within a line. */
static size_t behind_headers(size_t at) {
  bool blank = false;
  for (; at < length; at++) {
    if (text[at] == '\n') {
      if (blank)
        return at + 1;
      blank = true;
    } else if (text[at] != '\r') {
      blank = false;
    }
  }
  return SIZE_MAX;
}

/* As far as the end of the text or of what is looked at. */
static enum sup_reply_state expect(int *status) {
  size_t at = 0;
  for (;;) {
    static const char form[] = "HTTP/1.d nddz";
    size_t i;
    int number = 0;
    for (i = 0; i < strlen(form); i++) {
      char byte = text[at + i];
      bool fits = form[i] == 'd'   ? is_digit(byte)
                  : form[i] == 'n' ? is_digit(byte) && byte != '0'
                  : form[i] == 'z' ? byte == ' ' || byte == '\r' || byte == '\n'
                                   : byte == form[i];
      if (at + i >= SUP_REPLY_MOST && at + i < length)
        return SUP_REPLY_IS_NONE;
      if (at + i >= length)
        return SUP_REPLY_GOES_ON;
      if (!fits)
        return SUP_REPLY_IS_NONE;
      if (i >= 9 && i < 12)
        number = number * 10 + (byte - '0');
    }
    if (number >= 200 || number == 101) {
      *status = number;
      return SUP_REPLY_HAS_STATUS;
    }
    /* What ends the status may end its line. */
    at = behind_headers(at + strlen(form) - 1);
    if (at == SIZE_MAX)
      return length > SUP_REPLY_MOST ? SUP_REPLY_IS_NONE : SUP_REPLY_GOES_ON;
    if (at > SUP_REPLY_MOST)
      return SUP_REPLY_IS_NONE;
  }
}

void fuzz_one(struct fuzz *in) {
  struct sup_reply reply = {.taken = 0};
  unsigned step = 1 + fuzz_below(in, 300);
  enum sup_reply_state state, last = SUP_REPLY_GOES_ON;
  int status = 0;
  size_t at = 0;
  write_text(in);
  state = expect(&status);
  while (at < length) {
    size_t count = step < length - at ? step : length - at;
    enum sup_reply_state now = sup__reply_take(&reply, text + at, count);
    FUZZ_CHECK(last == SUP_REPLY_GOES_ON || now == last);
    FUZZ_CHECK(reply.taken <= SUP_REPLY_MOST + 1);
    last = now;
    at += count;
  }
  FUZZ_CHECK(last == state);
  FUZZ_CHECK(state != SUP_REPLY_HAS_STATUS || reply.status == status);
}
