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
 * Fate-sharing groups in specs (G2): those that a supervisor has, and the one
 * that a child is in.
 */

#ifndef SUP_ENGINE_GROUP_SPEC_H
#define SUP_ENGINE_GROUP_SPEC_H

#include "spec.h"

#define SUP_GROUP_UNKNOWN UINT32_MAX

/* The name of the group that a child is in. Part of a policy; immutable and
 * counted, so that copies of a policy share it. */
struct sup_group_name {
  atomic_uint_least32_t refs;
  size_t length;
  char name[];
};

/* One group of a supervisor. They are sorted by name. */
struct sup_group_spec {
  char *name; /* owned */
  size_t length;
  sup_group_mode mode;
};

struct sup_group_name *sup__group_name_ref(struct sup_group_name *name);
void sup__group_name_unref(struct sup_group_name *name);
void sup__groups_free_specs(struct sup_supervisor_spec *part);

/* The place of the child's group among those of the supervisor;
 * SUP_GROUP_UNKNOWN if it has none of that name, or the child is in none. */
uint32_t sup__group_of_spec(const struct sup_supervisor_spec *part,
                            const sup_spec *child);

/* What keeps a child from its group under this supervisor, as a sentence in
 * `buffer`, or NULL. */
const char *sup__group_fault(const sup_spec *supervisor, const sup_spec *child,
                             char *buffer, size_t size);

#endif
