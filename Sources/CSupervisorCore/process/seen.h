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

/* What was seen last of something that is not as it is waited for. */

#ifndef SUP_PROCESS_SEEN_H
#define SUP_PROCESS_SEEN_H

#include <stdarg.h>
#include <stdio.h>

#include "failure.h"

#define SUP_SEEN_MAX 255u

/* Empty: nothing yet. What is longer is cut. */
struct sup_seen {
  char text[SUP_SEEN_MAX + 1];
};

SUP_PRINTF(2, 3)
static inline void sup__see(struct sup_seen *seen, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(seen->text, sizeof(seen->text), format, arguments);
  va_end(arguments);
}

static inline void sup__see_errno(struct sup_seen *seen, int error) {
  char text[SUP_ERRNO_TEXT];
  sup__see(seen, "%s", sup__errno_text(error, text));
}

#endif
