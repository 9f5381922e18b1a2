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

/* The last lines of a process, for the error with which it may end. */

#ifndef SUP_PROCESS_TAIL_H
#define SUP_PROCESS_TAIL_H

#include "../engine/support.h"

#define SUP_TAIL_SIZE 8192u

/* All zero is an empty one. It grows with what it is given; what there is no
 * memory for is forgotten. */
struct sup_tail {
  char *ring; /* owned, or NULL */
  size_t capacity;
  size_t next;   /* where the next byte goes */
  size_t length; /* of what is kept */
  bool cut;      /* something older has been overwritten */
};

void sup__tail_add(struct sup_tail *tail, const sup_allocator *allocator,
                   const char *text, size_t length, bool ends);

/* A copy as a text, beginning with a whole line where possible, without the
 * last newline; NULL if there is nothing. `*length + 1` bytes to release. */
char *sup__tail_text(const struct sup_tail *tail,
                     const sup_allocator *allocator, size_t *length);

void sup__tail_free(struct sup_tail *tail, const sup_allocator *allocator);

#endif
