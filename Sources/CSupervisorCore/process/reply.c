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

#include "reply.h"

#include <stdbool.h>

/* What stands for a digit is '0', for what ends a status '.'. */
static const char line[] = "HTTP/1.0 000.";

#define SUP_REPLY_STATUS 9u /* where it begins in the line */
#define SUP_REPLY_HEADER (sizeof(line) - 1)

static bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

static bool fits(unsigned at, char byte) {
  switch (line[at]) {
  case '0':
    return is_digit(byte) && (at != SUP_REPLY_STATUS || byte != '0');
  case '.':
    return at < SUP_REPLY_STATUS ? byte == '.'
                                 : byte == ' ' || byte == '\r' || byte == '\n';
  default:
    return byte == line[at];
  }
}

static void begin_line(struct sup_reply *reply) {
  reply->at = 0;
  reply->status = 0;
}

/* Only one more answer makes an end of these. */
static bool is_interim(int status) {
  return status < 200 && status != 101;
}

/* The rest of an interim answer, to its empty line. */
static void skip(struct sup_reply *reply, char byte) {
  if (byte == '\n' && reply->blank)
    begin_line(reply);
  else if (byte != '\r')
    reply->blank = byte == '\n';
}

static void take_of_line(struct sup_reply *reply, char byte) {
  if (!fits(reply->at, byte)) {
    reply->state = SUP_REPLY_IS_NONE;
    return;
  }
  if (reply->at >= SUP_REPLY_STATUS && is_digit(byte))
    reply->status = reply->status * 10 + (byte - '0');
  if (++reply->at < SUP_REPLY_HEADER)
    return;
  if (is_interim(reply->status))
    reply->blank = byte == '\n';
  else
    reply->state = SUP_REPLY_HAS_STATUS;
}

enum sup_reply_state sup__reply_take(struct sup_reply *reply, const char *bytes,
                                     size_t length) {
  size_t i;
  for (i = 0; i < length && reply->state == SUP_REPLY_GOES_ON; i++) {
    if (reply->taken++ == SUP_REPLY_MOST)
      reply->state = SUP_REPLY_IS_NONE;
    else if (reply->at < SUP_REPLY_HEADER)
      take_of_line(reply, bytes[i]);
    else
      skip(reply, bytes[i]);
  }
  return reply->state;
}
