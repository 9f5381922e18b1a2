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
 * Errors as the engine handles them: 64-bit tokens. A token is nothing (0), a
 * bare code (no memory needed), or a counted sup_error.
 *
 * The engine drops tokens without running anybody's code: an error whose last
 * reference goes is put on a list, and who drives the engine frees it outside
 * of every lock (C7).
 */

#ifndef SUP_ENGINE_ERROR_H
#define SUP_ENGINE_ERROR_H

#include <stdatomic.h>

#include <supervisor/error.h>
#include <supervisor/process.h>

#include "support.h"

typedef uint64_t sup_token;

/* What a process was waited for; its texts are behind it. */
struct sup_unready_text {
  sup_unready facts;
  size_t size; /* of it all */
  char texts[];
};

struct sup_error {
  atomic_uint_least32_t refs;
  int32_t code;
  int32_t system; /* errno */
  bool warning;
  bool tolerated;            /* SUP_ETOLERANCE: as a child, of a supervisor */
  bool standing;             /* is in no memory that is given back: error.c */
  struct sup_error *next;    /* in a list of related ones, or of garbage */
  struct sup_error *related; /* owned list, in order */
  struct sup_error *related_last;
  sup_token cause;        /* owned */
  sup_token first;        /* owned; SUP_ETOLERANCE */
  uint64_t tolerance_max; /* SUP_ETOLERANCE */
  sup_duration tolerance_window;
  char *path; /* owned, or NULL */
  size_t path_length;
  char *text; /* owned, or NULL: the code's sentence */
  size_t text_length;
  atomic_uintptr_t shown;          /* the sentence made of it all, by error.c */
  atomic_uintptr_t shown_cause[2]; /* bare cause and first as objects */
  void *user;
  void (*release)(void *user);
  sup_process_end *process; /* owned, or NULL */
  char *output;             /* owned, or NULL */
  size_t output_length;
  struct sup_unready_text *unready; /* owned, or NULL */
};

static inline sup_token sup__token_code(int code) {
  return ((uint64_t)(uint32_t)code << 32) | 1u;
}

static inline sup_token sup__token_error(struct sup_error *error) {
  return (uint64_t)(uintptr_t)error;
}

static inline struct sup_error *sup__token_object(sup_token token) {
  return (token & 1u) || token == 0 ? NULL
                                    : (struct sup_error *)(uintptr_t)token;
}

static inline int sup__token_value(sup_token token) {
  struct sup_error *error = sup__token_object(token);
  if (error != NULL)
    return error->code;
  return token == 0 ? 0 : (int)(int32_t)(token >> 32);
}

static inline sup_token sup__token_ref(sup_token token) {
  struct sup_error *error = sup__token_object(token);
  if (error != NULL)
    atomic_fetch_add_explicit(&error->refs, 1, memory_order_relaxed);
  return token;
}

/* Give one reference back. True if it was the last one: the caller then owns
 * the remains and passes them to sup__error_free (supervisor/error.c). */
static inline bool sup__token_drop(sup_token token) {
  struct sup_error *error = sup__token_object(token);
  return error != NULL &&
         atomic_fetch_sub_explicit(&error->refs, 1, memory_order_acq_rel) == 1;
}

/* A zeroed error with one reference, or NULL. In supervisor/error.c. */
struct sup_error *sup__error_new(const sup_allocator *allocator, int code);

/* Free remains: its strings, its user pointer, and what only it referred to,
 * without recursion. Runs the user's release; no lock may be held. */
void sup__error_free(struct sup_error *error);

#endif
