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
 * What all parts of the engine stand on: the allocator that they are handed,
 * and an assertion that is on in every build (SwiftPM never defines NDEBUG and
 * CMake does, so assert() would differ between the two).
 */

#ifndef SUP_ENGINE_SUPPORT_H
#define SUP_ENGINE_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <supervisor/base.h>

/* Ends the program after writing the failed condition; in supervisor/. Only
 * for contradictions inside the library, never for what a caller passes. */
_Noreturn void sup__assertion_failed(const char *condition, const char *file,
                                     int line);

#define SUP_ASSERT(condition)                                                  \
  ((condition) ? (void)0                                                       \
               : sup__assertion_failed(#condition, __FILE__, __LINE__))

static inline void *sup__allocate(const sup_allocator *allocator,
                                  size_t bytes) {
  return allocator->allocate(allocator->ctx, bytes);
}

static inline void sup__release(const sup_allocator *allocator, void *memory,
                                size_t bytes) {
  if (memory != NULL)
    allocator->release(allocator->ctx, memory, bytes);
}

/* Fetch a line of the cache that will be written to; the address may be any.
 * On x86-64 the compilers' own would fetch it for reading, unless they are told
 * of a processor that has the instruction: all have, some as one that does
 * nothing. What was read elsewhere would be waited for again at the write. */
static inline void sup__prefetch_to_write(const void *address) {
#if defined(__x86_64__) && defined(__GNUC__)
  __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
  __builtin_prefetch(address, 1);
#endif
}

/* Zeroed memory, or NULL. */
void *sup__allocate_zeroed(const sup_allocator *allocator, size_t bytes);

/* Memory that begins with a cache line, or NULL, and its release. */
#define SUP_CACHE_LINE 64u
void *sup__allocate_lines(const sup_allocator *allocator, size_t bytes);
void sup__release_lines(const sup_allocator *allocator, void *memory,
                        size_t bytes);

/* A copy of `length` bytes and a NUL, or NULL; `length + 1` bytes to release. */
char *sup__copy_text(const sup_allocator *allocator, const char *text,
                     size_t length);

#endif
