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

#include "sized.h"

#include <stdalign.h>
#include <string.h>

/* A size beyond this was never written by a header of ours. */
#define LARGEST 4096u

static size_t size_of(const void *sized) {
  size_t size;

  memcpy(&size, sized, sizeof(size));
  return size;
}

/* A struct that begins with a size_t has a size that its alignment divides. */
static bool is_size(size_t size, size_t needs) {
  return size >= needs && size <= LARGEST && size % alignof(size_t) == 0;
}

bool sup__sized_valid(const void *given, size_t needs, size_t known) {
  const unsigned char *bytes = given;

  if (given == NULL || !is_size(size_of(given), needs))
    return false;
  for (size_t i = known; i < size_of(given); i++)
    if (bytes[i] != 0)
      return false;
  return true;
}

bool sup__sized_take(void *to, size_t known, const void *given, size_t needs) {
  size_t size;

  if (!sup__sized_valid(given, needs, known))
    return false;
  size = size_of(given);
  memcpy(to, given, size < known ? size : known);
  memcpy(to, &known, sizeof(known));
  return true;
}

bool sup__sized_can_give(const void *to) {
  return is_size(size_of(to), sizeof(size_t));
}

bool sup__sized_give(void *to, const void *from, size_t known) {
  size_t size = size_of(to);

  if (!sup__sized_can_give(to))
    return false;
  memcpy(to, from, size < known ? size : known);
  if (size > known)
    memset((char *)to + known, 0, size - known);
  memcpy(to, &size, sizeof(size));
  return true;
}
