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
 * Making errors and reports.
 */

#ifndef SUP_SUPERVISOR_REPORT_H
#define SUP_SUPERVISOR_REPORT_H

#include "../engine/error.h"

/* An error about a node. Path and text may be NULL and are copied. NULL without
 * memory. The caller owns it and may still add to it. */
sup_error *sup__error_at(int code, const char *path, const char *text);

/* An error that a token stands for, with a reference of its own: the object, or
 * a new one for a bare code. NULL only for no token. */
sup_error *sup__error_of(sup_token token);

/* A report without errors. NULL without memory. The caller owns it. */
sup_report *sup__report_create(int code);

/* Decide on another code. Only before the report is shared. */
void sup__report_set_code(sup_report *report, int code);

/* Append an error, whose reference is taken over even on failure. A NULL error
 * answers SUP_ENOMEM, so that a constructor's result can be passed on. Only
 * before the report is shared. */
int sup__report_add(sup_report *report, sup_error *error);

/* Append references to the errors of another one. Only before the report is
 * shared. */
int sup__report_append(sup_report *report, const sup_report *other);

/* Let the errors, whose paths begin with the name of what was checked alone,
 * tell where that is to be: below the node with this path; or, if `inside`, as
 * that node itself, whatever the name was. SUP_ENOMEM leaves some as they were.
 * Only before the report is shared. */
int sup__report_place(sup_report *report, const char *path, bool inside);

/* The same with the path of a node; nothing is done if that is gone. */
int sup__report_place_at(sup_report *report, sup_child node, bool inside);

/* The code that a token stands for, and if it is not 0 a report with its error.
 * The token is taken over. Without the lock. */
sup_report *sup__report_of_token(sup_token token, int *code);

/* A report with one error, whose reference is taken over in every case; its
 * code is the error's. NULL without memory. */
sup_report *sup__report_of(sup_error *error);

/* As sup_spec_check, for a list whose children will run under `supervisor`
 * (spec_check.c). */
int sup__spec_check_under(sup_spec *spec, const sup_spec *supervisor,
                          sup_report **report);

/* The spec of a child that is added to a supervisor (or NULL, if that does not
 * matter). */
int sup__spec_check_added(sup_spec *spec, const sup_spec *supervisor,
                          sup_report **report);

#endif
