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
 * What tests of the engine ask of errors.
 */

#ifndef ENGINE_ERRORS_H
#define ENGINE_ERRORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/error.h"

/* Whether an error with this code (and path, if given) is anywhere in it. */
static inline bool error_mentions(sup_token token, int code, const char *path) {
  if (token == 0)
    return false;
  struct sup_error *error = sup__token_object(token);
  if (sup__token_value(token) == code &&
      (path == NULL || (error != NULL && error->path != NULL &&
                        strcmp(error->path, path) == 0)))
    return true;
  if (error == NULL)
    return false;
  if (error_mentions(error->cause, code, path) ||
      error_mentions(error->first, code, path))
    return true;
  for (struct sup_error *next = error->related; next != NULL; next = next->next)
    if (error_mentions(sup__token_error(next), code, path))
      return true;
  return false;
}

/* Whether anything in it bears this path. */
static inline bool error_names(sup_token token, const char *path) {
  struct sup_error *error = sup__token_object(token);
  if (error == NULL)
    return false;
  if (error->path != NULL && strcmp(error->path, path) == 0)
    return true;
  if (error_names(error->cause, path) || error_names(error->first, path))
    return true;
  for (struct sup_error *next = error->related; next != NULL; next = next->next)
    if (error_names(sup__token_error(next), path))
      return true;
  return false;
}

static inline struct sup_error *error_object(sup_token token) {
  struct sup_error *error = sup__token_object(token);
  assert_non_null(error);
  return error;
}

#endif
