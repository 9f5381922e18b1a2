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
 * The allocator of everything (sup_set_allocator).
 */

#ifndef SUP_SUPERVISOR_ALLOCATOR_H
#define SUP_SUPERVISOR_ALLOCATOR_H

#include <supervisor/base.h>

/* The one in use; static. Any thread. */
const sup_allocator *sup__allocator(void);

#endif
