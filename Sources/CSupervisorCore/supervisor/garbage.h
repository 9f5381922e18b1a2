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
 * Lists of errors that nobody refers to any more.
 */

#ifndef SUP_SUPERVISOR_GARBAGE_H
#define SUP_SUPERVISOR_GARBAGE_H

#include "../engine/error.h"

/* What may run foreign code is put before `kept`, and counted; returned is the
 * rest. For who must not be held up. */
struct sup_error *sup__garbage_sort(struct sup_error *list,
                                    struct sup_error **kept, unsigned *count);

/* Both in one; the first is walked. */
struct sup_error *sup__garbage_join(struct sup_error *a, struct sup_error *b);

/* Runs foreign code; no lock may be held. */
void sup__garbage_free(struct sup_error *list);

#endif
