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

/* P2, W1: what a process says of itself, against a reference that splits the
 * message into strings first. */

#include "fuzz.h"
#include "process/notice.h"

static bool is(const char *line, const char *text) {
  return strcmp(line, text) == 0;
}

static const char *after(const char *line, const char *name) {
  return strncmp(line, name, strlen(name)) == 0 ? line + strlen(name) : NULL;
}

static uint64_t time_of(const char *text) {
  unsigned __int128 time = 0;
  if (*text == '\0')
    return 0;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9')
      return 0;
    time = time * 10 + (unsigned)(*text - '0');
    if (time * 1000 > UINT64_MAX)
      return 0;
  }
  return (uint64_t)time * 1000;
}

/* A status is printable, well-formed, and of the text's own bytes or '?'. */
static void check_status(const char *status, const char *text) {
  size_t length = strlen(status);
  size_t i;
  FUZZ_CHECK(length <= SUP_STATUS_MAX);
  FUZZ_CHECK(length == strlen(text) || length > SUP_STATUS_MAX - 4);
  for (i = 0; i < length; i++) {
    FUZZ_CHECK(status[i] == text[i] || status[i] == '?');
    FUZZ_CHECK((unsigned char)status[i] >= 0x20 && status[i] != 0x7f);
  }
}

void fuzz_one(struct fuzz *in) {
  static char bytes[SUP_NOTICE_MAX + 8];
  struct sup_notice notice, expected;
  bool is_message;
  char *line, *rest = bytes;
  const char *value, *status = NULL;
  size_t length = 0;
  /* Lengths about the limit need few bytes of input. */
  if (fuzz_one_in(in, 8)) {
    length = SUP_NOTICE_MAX - 16 + fuzz_below(in, 20);
    memset(bytes, fuzz_one_in(in, 2) ? '\n' : 'x', length);
  }
  while (in->left > 0 && length < sizeof(bytes) - 1)
    bytes[length++] = (char)fuzz_byte(in);
  is_message = sup__notice_read(&notice, bytes, length);

  if (length > 0 && bytes[length - 1] == '\0')
    length--;
  FUZZ_CHECK(is_message ==
             (length <= SUP_NOTICE_MAX && memchr(bytes, '\0', length) == NULL));
  memset(&expected, 0, sizeof(expected));
  bytes[length] = '\0';
  while (is_message && (line = strsep(&rest, "\n")) != NULL) {
    expected.ready = expected.ready || is(line, "READY=1");
    expected.stopping = expected.stopping || is(line, "STOPPING=1");
    expected.alive = expected.alive || is(line, "WATCHDOG=1");
    expected.silent = expected.silent || is(line, "WATCHDOG=trigger");
    if ((value = after(line, "EXTEND_TIMEOUT_USEC=")) != NULL)
      expected.extension = time_of(value);
    if ((value = after(line, "STATUS=")) != NULL)
      status = value;
  }
  FUZZ_CHECK(notice.ready == expected.ready);
  FUZZ_CHECK(notice.stopping == expected.stopping);
  FUZZ_CHECK(notice.alive == expected.alive);
  FUZZ_CHECK(notice.silent == expected.silent);
  FUZZ_CHECK(notice.extension == expected.extension);
  FUZZ_CHECK(notice.has_status == (status != NULL));
  if (status != NULL)
    check_status(notice.status, status);
}
