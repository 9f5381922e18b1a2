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
 * The answer to a request of HTTP/1: its status, out of bytes that come in any
 * pieces. Nothing behind the status is looked at.
 */

#ifndef SUP_PROCESS_REPLY_H
#define SUP_PROCESS_REPLY_H

#include <stddef.h>
#include <stdint.h>

/* More than this before the status is no answer. */
#define SUP_REPLY_MOST 16384u

enum sup_reply_state {
  SUP_REPLY_GOES_ON,
  SUP_REPLY_HAS_STATUS,
  SUP_REPLY_IS_NONE /* that is no HTTP/1 */
};

struct sup_reply {
  enum sup_reply_state state;
  int status;     /* 101 or 200 to 999, once it has one */
  uint32_t taken; /* bytes */
  uint8_t at;     /* in the status line; then behind it */
  uint8_t blank;  /* in a header of an interim answer: the line is empty yet */
};

/* Begin; zero is the beginning. Then what came, until the state says that it is
 * over; interim answers (100, 103 …) are passed over. */
enum sup_reply_state sup__reply_take(struct sup_reply *reply, const char *bytes,
                                     size_t length);

#endif
