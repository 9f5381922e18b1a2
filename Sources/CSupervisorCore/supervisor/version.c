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

#include <supervisor/base.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *sup_version(void) {
  return TEXT(SUP_VERSION_MAJOR) "." TEXT(SUP_VERSION_MINOR) "." TEXT(
      SUP_VERSION_PATCH);
}

uint32_t sup_version_number(void) {
  return (uint32_t)SUP_VERSION_MAJOR << 16 | (uint32_t)SUP_VERSION_MINOR << 8 |
         (uint32_t)SUP_VERSION_PATCH;
}
