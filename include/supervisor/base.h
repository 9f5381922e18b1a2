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
 * What every header of the library shares: visibility, annotations for other
 * languages, the version, units and the allocator.
 *
 * Since 0.1, as every header and all in it that does not say otherwise.
 *
 * Conventions that hold for all of them, unless a comment says otherwise:
 *
 * - Times are nanoseconds of the monotonic clock unless a name says wall.
 * - A function that can fail returns 0 for success and a negative sup_errno
 *   (error.h) otherwise; on failure it has changed nothing unless its comment
 *   says so.
 * - Errors that every function may answer are not repeated: SUP_ENOMEM,
 *   SUP_EFORKED, and SUP_EGONE where a runtime, tree or child is gone.
 * - Strings are UTF-8, ended by a NUL, and copied by whoever keeps them.
 * - What is filled in through a pointer to a pointer belongs to the caller; it
 *   is NULL on failure. What a function returns as const, or says is borrowed,
 *   does not.
 * - _ref takes one more reference and returns its argument, _unref gives one
 *   back; _unref, _close and _free of NULL do nothing.
 * - Structs that begin with their size can grow. The caller sets it to sizeof
 *   the struct; where there is an INIT macro that does. So a program and a
 *   library need not have been built with the same header:
 *   - A struct that ends before ours is that of an older header. What is
 *     missing has its default, which is zero unless its comment says otherwise;
 *     of a struct that we fill, as much is filled as there is.
 *   - One that goes on beyond ours is that of a newer header. It is taken if
 *     all that we do not know is zero, which asks for nothing; of a struct that
 *     we fill, that part becomes zero.
 *   - SUP_EINVAL (in a spec: a fault) is the answer to a size that cannot be
 *     one, that ends before the fields that a struct's comment calls required,
 *     or beyond which something is set that we do not know.
 *   New fields come at the end, never into padding, and zero is what they are
 *   for those who do not know them.
 * - "Any thread" means any thread of the process in which the object was made,
 *   including from inside a callback. In a child of fork() every call answers
 *   SUP_EFORKED and touches nothing. Functions are for any thread, and do not
 *   wait for anything but a lock that is held for microseconds.
 */

#ifndef SUPERVISOR_BASE_H
#define SUPERVISOR_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(SUP_SHARED) && defined(__GNUC__)
#define SUP_EXTERN extern __attribute__((visibility("default")))
#else
#define SUP_EXTERN extern
#endif

#ifdef __cplusplus
#define SUP_BEGIN_DECLS extern "C" {
#define SUP_END_DECLS }
#else
#define SUP_BEGIN_DECLS
#define SUP_END_DECLS
#endif

/* clang-format off */
#if defined(__clang__)
#define SUP_ASSUME_NONNULL_BEGIN                                               \
  _Pragma("clang diagnostic push")                                             \
  _Pragma("clang diagnostic ignored \"-Wnullability-extension\"")              \
  _Pragma("clang assume_nonnull begin")
#define SUP_ASSUME_NONNULL_END                                                 \
  _Pragma("clang assume_nonnull end") _Pragma("clang diagnostic pop")
#define SUP_NULLABLE _Nullable
#define SUP_NONNULL _Nonnull
#define SUP_SENDABLE __attribute__((swift_attr("@Sendable")))
#define SUP_CLOSED_ENUM __attribute__((enum_extensibility(closed)))
#define SUP_OPEN_ENUM __attribute__((enum_extensibility(open)))
#else
#define SUP_ASSUME_NONNULL_BEGIN
#define SUP_ASSUME_NONNULL_END
#define SUP_NULLABLE
#define SUP_NONNULL
#define SUP_SENDABLE
#define SUP_CLOSED_ENUM
#define SUP_OPEN_ENUM
#endif
/* clang-format on */

/* The version of this header. What programs see of a function, a struct or a
 * number stays as it is while the major version does, from 1.0 on; before that,
 * while the minor version does. The shared library's SONAME changes with it:
 * libsupervisor-core.so.0.1, later .so.1. What is new in a version is marked
 * "Since"; without a mark it is as old as its header. */
#define SUP_VERSION_MAJOR 0
#define SUP_VERSION_MINOR 1
#define SUP_VERSION_PATCH 0

SUP_BEGIN_DECLS
SUP_ASSUME_NONNULL_BEGIN

/* A length of time in nanoseconds. */
typedef uint64_t sup_duration;

#define SUP_MICROSECONDS(n) ((sup_duration)(n)*1000u)
#define SUP_MILLISECONDS(n) ((sup_duration)(n)*1000000u)
#define SUP_SECONDS(n) ((sup_duration)(n)*1000000000u)

/* No limit; as a deadline: never. */
#define SUP_INFINITE UINT64_MAX

/* The version of the library that is linked, as "major.minor.patch". The text
 * is static. Any thread. */
SUP_EXTERN const char *sup_version(void);

/* The same as one number: major << 16 | minor << 8 | patch. Any thread. */
SUP_EXTERN uint32_t sup_version_number(void);

/* Where memory comes from. `allocate` returns memory aligned for any type, or
 * NULL when there is none; `release` takes back what `allocate` returned and
 * its size. Both may be called on any thread, also at the same time. Required:
 * up to `release`. */
typedef struct sup_allocator {
  size_t size; /* sizeof(sup_allocator) */
  void *SUP_NULLABLE (*SUP_SENDABLE SUP_NONNULL allocate)(
      void *SUP_NULLABLE ctx, size_t bytes);
  void (*SUP_SENDABLE SUP_NONNULL release)(void *SUP_NULLABLE ctx, void *memory,
                                           size_t bytes);
  void *SUP_NULLABLE ctx;
} sup_allocator;

/* Replace the allocator of everything made from now on: specs, errors,
 * runtimes, trees. NULL brings back malloc and free. To be called before
 * anything else of the library, while no other thread uses it; objects
 * remember nothing of it, so changing it while some live is a fault of the
 * caller. The struct is copied. Returns SUP_EINVAL if a function is missing. */
SUP_EXTERN int sup_set_allocator(const sup_allocator *SUP_NULLABLE allocator);

SUP_ASSUME_NONNULL_END
SUP_END_DECLS

#endif
