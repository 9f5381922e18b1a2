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
 * Texts for people: what engine/text.h can do, and what needs the system.
 */

#ifndef SUP_SUPERVISOR_TEXT_H
#define SUP_SUPERVISOR_TEXT_H

#include "../engine/text.h"

/* "No such file or directory (errno 2)". Any thread. */
void sup__text_errno(struct sup_text *text, int number);

/* Lines: every newline in `string` is followed by `indent` spaces. */
void sup__text_lines(struct sup_text *text, const char *string, size_t indent);

#endif
