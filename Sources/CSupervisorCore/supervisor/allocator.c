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

#include "allocator.h"

#include <stdio.h>
#include <stdlib.h>

#include <supervisor/error.h>

#include "../engine/sized.h"
#include "../engine/spec.h"
#include "../engine/support.h"

static void *standard_allocate(void *ctx, size_t bytes) {
  (void)ctx;
  return malloc(bytes);
}

static void standard_release(void *ctx, void *memory, size_t bytes) {
  (void)ctx;
  (void)bytes;
  free(memory);
}

#define STANDARD                                                               \
  { sizeof(sup_allocator), standard_allocate, standard_release, NULL }

static const sup_allocator standard = STANDARD;

/* Written before other threads use the library, so it needs no lock. */
static sup_allocator current = STANDARD;

int sup_set_allocator(const sup_allocator *allocator) {
  sup_allocator taken = {.size = sizeof taken};

  if (allocator == NULL)
    allocator = &standard;
  if (!sup__sized_take(&taken, sizeof taken, allocator,
                       SUP_THROUGH(sup_allocator, release)) ||
      taken.allocate == NULL || taken.release == NULL)
    return SUP_EINVAL;
  current = taken;
  return 0;
}

const sup_allocator *sup__allocator(void) {
  return &current;
}

const sup_allocator *sup__spec_allocator(void) {
  return &current;
}

void sup__assertion_failed(const char *condition, const char *file, int line) {
  fprintf(stderr, "supervisor: %s:%d: contradiction: %s does not hold\n", file,
          line, condition);
  fflush(stderr);
  abort();
}
