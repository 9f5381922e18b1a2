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

#include "group_spec.h"

#include <string.h>

#include "text.h"

/* ---- Names -------------------------------------------------------------- */

struct sup_group_name *sup__group_name_ref(struct sup_group_name *name) {
  if (name != NULL)
    atomic_fetch_add_explicit(&name->refs, 1, memory_order_relaxed);
  return name;
}

static size_t name_size(size_t length) {
  return sizeof(struct sup_group_name) + length + 1;
}

void sup__group_name_unref(struct sup_group_name *name) {
  if (name != NULL &&
      atomic_fetch_sub_explicit(&name->refs, 1, memory_order_acq_rel) == 1)
    sup__release(sup__spec_allocator(), name, name_size(name->length));
}

static struct sup_group_name *make_name(const char *name) {
  size_t length = strlen(name);
  struct sup_group_name *made =
      sup__allocate(sup__spec_allocator(), name_size(length));

  if (made == NULL)
    return NULL;
  atomic_init(&made->refs, 1);
  made->length = length;
  memcpy(made->name, name, length + 1);
  return made;
}

static bool is_valid(const char *name) {
  return sup__name_fault(name, name == NULL ? 0 : strlen(name)) == NULL;
}

static int compare(const char *a, size_t a_length, const char *b,
                   size_t b_length) {
  int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

  if (order != 0)
    return order;
  return a_length < b_length ? -1 : a_length > b_length;
}

/* ---- The groups of a supervisor ----------------------------------------- */

/* Where a name is, or belongs. */
static size_t place_of(const struct sup_supervisor_spec *part, const char *name,
                       size_t length, bool *found) {
  size_t low = 0, high = part->group_count;

  *found = false;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const struct sup_group_spec *group = &part->groups[middle];
    int order = compare(group->name, group->length, name, length);

    if (order == 0) {
      *found = true;
      return middle;
    }
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool reserve(struct sup_supervisor_spec *part) {
  const sup_allocator *allocator = sup__spec_allocator();
  size_t capacity = part->group_capacity == 0 ? 4 : part->group_capacity * 2;
  struct sup_group_spec *groups;

  if (part->group_count < part->group_capacity)
    return true;
  groups = sup__allocate(allocator, capacity * sizeof(*groups));
  if (groups == NULL)
    return false;
  if (part->group_count > 0)
    memcpy(groups, part->groups, part->group_count * sizeof(*groups));
  sup__release(allocator, part->groups,
               part->group_capacity * sizeof(*part->groups));
  part->groups = groups;
  part->group_capacity = capacity;
  return true;
}

static int insert(sup_spec *spec, size_t at, const char *name, size_t length,
                  sup_group_mode mode) {
  struct sup_supervisor_spec *part = spec->u.supervisor;
  struct sup_group_spec *group;
  char *copy = NULL;

  if (reserve(part))
    copy = sup__allocate(sup__spec_allocator(), length + 1);
  if (copy == NULL) {
    spec->incomplete = true;
    return SUP_ENOMEM;
  }
  memcpy(copy, name, length + 1);
  group = &part->groups[at];
  memmove(group + 1, group, (part->group_count - at) * sizeof(*group));
  part->group_count++;
  *group = (struct sup_group_spec){copy, length, mode};
  return 0;
}

static int fault_of_name(sup_spec *spec, const char *before, const char *name,
                         const char *after) {
  char buffer[512];
  struct sup_text text;

  sup__text_init(&text, buffer, sizeof(buffer));
  sup__text_add(&text, before);
  sup__text_add(&text, name);
  sup__text_add(&text, after);
  sup__text_end(&text);
  return sup__spec_fault(spec, SUP_EINVAL, buffer);
}

int sup_spec_add_group(sup_spec *spec, const char *name, sup_group_mode mode) {
  bool found;
  size_t at;
  int r = sup__spec_mutable(spec);

  if (r != 0)
    return r;
  if (spec->kind != SUP_KIND_SUPERVISOR)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "only a supervisor has groups; add the group to "
                           "one");
  if (!is_valid(name))
    return sup__spec_fault(spec, SUP_EINVAL,
                           "the name of a group is not valid; use one that a "
                           "child could have");
  if ((unsigned)mode > SUP_GROUP_EACH)
    return fault_of_name(spec, "the mode of the group '", name,
                         "' is none of those that exist; use together or "
                         "each");
  at = place_of(spec->u.supervisor, name, strlen(name), &found);
  if (found)
    return fault_of_name(spec, "the group '", name,
                         "' is there twice; give each a name of its own");
  return insert(spec, at, name, strlen(name), mode);
}

void sup__groups_free_specs(struct sup_supervisor_spec *part) {
  const sup_allocator *allocator = sup__spec_allocator();

  for (size_t i = 0; i < part->group_count; i++)
    sup__release(allocator, part->groups[i].name, part->groups[i].length + 1);
  sup__release(allocator, part->groups,
               part->group_capacity * sizeof(*part->groups));
}

/* ---- The group of a child ----------------------------------------------- */

int sup_spec_set_group(sup_spec *spec, const char *group) {
  struct sup_group_name *name = NULL;
  struct sup_policy *policy;
  int r = sup__spec_mutable(spec);

  if (r != 0)
    return r;
  if (group != NULL && !is_valid(group))
    return sup__spec_fault(spec, SUP_EINVAL,
                           "the name of the group that it is to be in is not "
                           "valid; name a group of its supervisor");
  policy = sup__spec_own_policy(spec);
  if (policy == NULL)
    return SUP_ENOMEM;
  if (group != NULL && (name = make_name(group)) == NULL) {
    spec->incomplete = true;
    return SUP_ENOMEM;
  }
  sup__group_name_unref(policy->group);
  policy->group = name;
  return 0;
}

uint32_t sup__group_of_spec(const struct sup_supervisor_spec *part,
                            const sup_spec *child) {
  const struct sup_group_name *name = child->policy->group;
  bool found;
  size_t at;

  if (name == NULL || part->group_count == 0)
    return SUP_GROUP_UNKNOWN;
  at = place_of(part, name->name, name->length, &found);
  return found ? (uint32_t)at : SUP_GROUP_UNKNOWN;
}

const char *sup__group_fault(const sup_spec *supervisor, const sup_spec *child,
                             char *buffer, size_t size) {
  const struct sup_group_name *name = child->policy->group;
  struct sup_text text;

  if (name == NULL ||
      sup__group_of_spec(sup__part(supervisor), child) != SUP_GROUP_UNKNOWN)
    return NULL;
  sup__text_init(&text, buffer, size);
  sup__text_add(&text, "it is to be in the group '");
  sup__text_bytes(&text, name->name, name->length);
  sup__text_add(&text, "', which its supervisor does not have; name one of "
                       "its groups, or add it");
  sup__text_end(&text);
  return buffer;
}
