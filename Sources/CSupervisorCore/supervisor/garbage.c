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

#include "garbage.h"

/* Errors that run nobody's code when they go. */
static bool is_plain(const struct sup_error *error) {
  return error->release == NULL && error->cause == 0 && error->first == 0 &&
         error->related == NULL;
}

struct sup_error *sup__garbage_sort(struct sup_error *list,
                                    struct sup_error **kept, unsigned *count) {
  struct sup_error *plain = NULL;

  while (list != NULL) {
    struct sup_error *error = list;
    bool harmless = is_plain(error);
    struct sup_error **to = harmless ? &plain : kept;

    *count += !harmless;
    list = error->next;
    error->next = *to;
    *to = error;
  }
  return plain;
}

struct sup_error *sup__garbage_join(struct sup_error *a, struct sup_error *b) {
  struct sup_error **end = &a;

  while (*end != NULL)
    end = &(*end)->next;
  *end = b;
  return a;
}

void sup__garbage_free(struct sup_error *list) {
  while (list != NULL) {
    struct sup_error *next = list->next;

    list->next = NULL;
    sup__error_free(list);
    list = next;
  }
}
