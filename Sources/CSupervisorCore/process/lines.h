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
 * Bytes in, lines out; no descriptor, no clock. Whoever reads asks for space,
 * says how much of it was filled, and takes lines until there is none: nothing
 * is handed over that was not asked for, so holding back is not asking.
 *
 * A line is handed over where it was read, without a copy. Memory is held only
 * while part of a line is waiting, never more than the limit and one read. If
 * there is none to be had, lines are cut earlier than at the limit (and marked
 * as such); no byte is ever lost.
 */

#ifndef SUP_PROCESS_LINES_H
#define SUP_PROCESS_LINES_H

#include "../engine/support.h"

#define SUP_LINES_READ (32u * 1024u)
#define SUP_LINES_RESERVE 64u /* the smallest limit */

struct sup_lines {
  const sup_allocator *allocator;
  char *buffer; /* owned, or `reserve` */
  size_t capacity;
  size_t start;   /* of what has not been handed over */
  size_t scanned; /* up to here it holds no newline */
  size_t end;
  size_t limit;
  bool cramped; /* full, and no memory for more */
  char reserve[SUP_LINES_RESERVE];
};

void sup__lines_init(struct sup_lines *lines, const sup_allocator *allocator,
                     size_t limit);

/* Where the next bytes go, and how many fit: 0 only if lines must be taken
 * first. */
size_t sup__lines_space(struct sup_lines *lines, char **space);
void sup__lines_filled(struct sup_lines *lines, size_t bytes);

/* Take a line, without its newline, valid until the next call of another
 * function here. *flags is 0, SUP_LINE_CONTINUED, or SUP_LINE_PARTIAL for what
 * is left when the stream has ended (`last`). False if there is none. */
bool sup__lines_next(struct sup_lines *lines, bool last, const char **text,
                     size_t *length, uint32_t *flags);

/* Give back what memory is not needed now. */
void sup__lines_rest(struct sup_lines *lines);

void sup__lines_free(struct sup_lines *lines);

#endif
