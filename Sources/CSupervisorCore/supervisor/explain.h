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
 * Errors as text.
 */

#ifndef SUP_SUPERVISOR_EXPLAIN_H
#define SUP_SUPERVISOR_EXPLAIN_H

#include "../engine/error.h"
#include "text.h"

/* The sentence of one error, with its path. */
void sup__error_compose(struct sup_text *text, const sup_error *error);

/* Whether the sentence is nothing but the error's own text or its code's. */
bool sup__error_is_plain(const sup_error *error);

/* The error, or its cause if that is about the same node and the error itself
 * says nothing more; NULL for NULL. */
const sup_error *sup__error_essence(const sup_error *error);

#endif
