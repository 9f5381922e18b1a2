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
 * Text into a buffer of a fixed size, as snprintf does it: what does not fit is
 * left out, and the length that the whole would need is counted all the same.
 * Needs neither memory nor stdio.
 */

#ifndef SUP_ENGINE_TEXT_H
#define SUP_ENGINE_TEXT_H

#include "support.h"

struct sup_text {
  char *buffer; /* may be NULL if size is 0 */
  size_t size;
  size_t length; /* what was added up to now, whether or not it fitted */
};

void sup__text_init(struct sup_text *text, char *buffer, size_t size);

/* Put the NUL and return the length that the whole needs. What was cut is cut
 * between two characters. */
size_t sup__text_end(struct sup_text *text);

void sup__text_add(struct sup_text *text, const char *string);
void sup__text_bytes(struct sup_text *text, const char *bytes, size_t length);
void sup__text_byte(struct sup_text *text, char byte);
void sup__text_spaces(struct sup_text *text, size_t count);

void sup__text_number(struct sup_text *text, uint64_t number);
void sup__text_signed(struct sup_text *text, int64_t number);

/* At most six digits after the point. */
void sup__text_decimal(struct sup_text *text, double number);

/* In the unit that reads best, exactly: "5 s", "1.5 ms", "2 min". */
void sup__text_duration(struct sup_text *text, sup_duration duration);

/* A name as part of a path. One that is not valid (N1) is made printable:
 * bytes that it may not contain become \xNN. */
void sup__text_name(struct sup_text *text, const char *name, size_t length);

#endif
