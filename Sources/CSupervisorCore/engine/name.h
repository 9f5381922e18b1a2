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
 * What a name may be (N1).
 */

#ifndef SUP_ENGINE_NAME_H
#define SUP_ENGINE_NAME_H

#include "support.h"

#define SUP_MAX_NAME 255u

/* What is wrong with a name, as a sentence, or NULL if it is valid (N1). */
const char *sup__name_fault(const char *name, size_t length);

/* How many bytes the first character of `name` takes; 0 if it is none that a
 * name may contain. `length` is not 0. */
size_t sup__name_character(const char *name, size_t length);

#endif
