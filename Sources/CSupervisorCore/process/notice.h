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
 * What a process says of itself, in the form of systemd's sd_notify: lines
 * "NAME=value" in one datagram. Lines that mean nothing here are passed over,
 * as everybody does who reads them.
 */

#ifndef SUP_PROCESS_NOTICE_H
#define SUP_PROCESS_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is longer is no message. */
#define SUP_NOTICE_MAX 4096u
/* What is longer is cut, at the end of a character. */
#define SUP_STATUS_MAX 255u

struct sup_notice {
  bool ready;    /* READY=1 */
  bool stopping; /* STOPPING=1 */
  bool alive;    /* WATCHDOG=1 */
  bool silent;   /* WATCHDOG=trigger: to be treated as if it gave no sign */
  /* EXTEND_TIMEOUT_USEC: nanoseconds from now, or 0. */
  uint64_t extension;
  bool has_status;                 /* STATUS=text; the text may be empty */
  char status[SUP_STATUS_MAX + 1]; /* printable, ended by a NUL */
};

/* False if it is no message, of which nothing counts: it is too long, or has a
 * NUL in it that is not its last byte. */
bool sup__notice_read(struct sup_notice *notice, const char *bytes,
                      size_t length);

#endif
