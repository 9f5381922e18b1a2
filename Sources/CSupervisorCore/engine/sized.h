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
 * Structs of callers that begin with their size, as base.h explains. A caller
 * was built with its own version of the header: its struct may end before
 * ours, or go on.
 */

#ifndef SUP_ENGINE_SIZED_H
#define SUP_ENGINE_SIZED_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of a struct up to the end of a field. */
#define SUP_THROUGH(type, field)                                               \
  (offsetof(type, field) + sizeof(((type *)0)->field))

/* A field of a table that is used where the caller keeps it; 0 or NULL if the
 * table ends before it. */
#define SUP_OPTIONAL(type, table, field)                                       \
  ((table)->size >= SUP_THROUGH(type, field) ? (table)->field : 0)

/* Whether what a caller gave can be understood: it has the first `needs`
 * bytes, and is zero beyond the `known` ones. `given` may be NULL: no. */
bool sup__sized_valid(const void *given, size_t needs, size_t known);

/* If so, copy it over `to`, which holds the defaults; `to` has `known` bytes
 * and says so. */
bool sup__sized_take(void *to, size_t known, const void *given, size_t needs);

/* Fill the caller's struct as far as it goes from `from`, which has `known`
 * bytes; what it has beyond that becomes zero. False, and nothing is written,
 * if its size cannot be one. */
bool sup__sized_give(void *to, const void *from, size_t known);

/* Whether sup__sized_give would write. */
bool sup__sized_can_give(const void *to);

#endif
