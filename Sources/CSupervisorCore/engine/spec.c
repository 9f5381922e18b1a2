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
 * Making specs, putting them together, and letting go of them. The policies
 * are in policy.c.
 */

#include "spec.h"

#include <string.h>

#include "group_spec.h"
#include "text.h"

/* So much of a name that is far too long is kept, to be shown. */
#define KEPT_NAME 1024u

/* In a list that is linked by `next`, where NULL means: in no list. */
#define END_OF_LIST ((sup_spec *)(uintptr_t)1)

/* ---- Faults ------------------------------------------------------------- */

int sup__spec_fault(sup_spec *spec, int code, const char *text) {
  size_t length = strlen(text);
  struct sup_fault *fault = sup__allocate(
      sup__spec_allocator(), sizeof(struct sup_fault) + length + 1);

  if (fault == NULL) {
    spec->incomplete = true;
    return code;
  }
  fault->code = code;
  fault->length = length;
  memcpy(fault->text, text, length + 1);
  if (spec->faults == NULL) {
    fault->next = fault;
  } else {
    fault->next = spec->faults->next;
    spec->faults->next = fault;
  }
  spec->faults = fault;
  return code;
}

static void free_faults(sup_spec *spec) {
  struct sup_fault *fault = spec->faults;
  if (fault == NULL)
    return;
  fault = fault->next;
  spec->faults->next = NULL;
  while (fault != NULL) {
    struct sup_fault *next = fault->next;
    sup__release(sup__spec_allocator(), fault,
                 sizeof(struct sup_fault) + fault->length + 1);
    fault = next;
  }
  spec->faults = NULL;
}

int sup__spec_mutable(const sup_spec *spec) {
  /* A constructor without memory returned it. */
  if (spec == NULL)
    return SUP_ENOMEM;
  return atomic_load_explicit(&spec->frozen, memory_order_acquire) ? SUP_EFROZEN
                                                                   : 0;
}

/* ---- Constructors ------------------------------------------------------- */

static struct sup_policy *default_policy(sup_kind kind) {
  switch (kind) {
  case SUP_KIND_PROCESS:
    return &sup__default_process_policy;
  case SUP_KIND_SUPERVISOR:
    return &sup__default_supervisor_policy;
  default:
    return &sup__default_worker_policy;
  }
}

static struct sup_supervisor_spec *supervisor_part(void) {
  static const sup_backoff standard = SUP_BACKOFF_STANDARD;
  struct sup_supervisor_spec *part = sup__allocate_zeroed(
      sup__spec_allocator(), sizeof(struct sup_supervisor_spec));
  if (part == NULL)
    return NULL;
  part->strategy = SUP_ONE_FOR_ONE;
  part->order = SUP_LEFT_TO_RIGHT;
  part->tolerance_max = 1;
  part->tolerance_window = SUP_SECONDS(5);
  part->backoff = standard;
  return part;
}

static size_t spec_size(size_t name_length) {
  return sizeof(sup_spec) + name_length + 1;
}

sup_spec *sup__spec_create(const char *name, sup_kind kind) {
  const sup_allocator *allocator = sup__spec_allocator();
  size_t length = name == NULL ? 0 : strlen(name);
  size_t kept = length > KEPT_NAME ? KEPT_NAME : length;
  const char *fault = sup__name_fault(name, length);
  sup_spec *spec = sup__allocate_zeroed(allocator, spec_size(kept));

  if (spec == NULL)
    return NULL;
  if (kind == SUP_KIND_SUPERVISOR) {
    spec->u.supervisor = supervisor_part();
    if (spec->u.supervisor == NULL) {
      sup__release(allocator, spec, spec_size(kept));
      return NULL;
    }
  }
  atomic_init(&spec->refs, 1);
  atomic_init(&spec->frozen, false);
  spec->kind = (uint8_t)kind;
  spec->name_length = (uint16_t)kept;
  spec->policy = default_policy(kind);
  if (kept > 0)
    memcpy(spec->name, name, kept);
  if (fault != NULL)
    sup__spec_fault(spec, SUP_EINVAL, fault);
  return spec;
}

sup_spec *sup_supervisor_spec(const char *name, sup_strategy strategy) {
  sup_spec *spec = sup__spec_create(name, SUP_KIND_SUPERVISOR);
  if (spec == NULL)
    return NULL;
  if ((unsigned)strategy <= SUP_REST_FOR_ONE)
    spec->u.supervisor->strategy = (uint8_t)strategy;
  else
    sup__spec_fault(spec, SUP_EINVAL,
                    "the strategy is none of those that exist; use "
                    "one-for-one, one-for-all or rest-for-one");
  return spec;
}

/* The function that frees the context, if the table is so large that it has
 * one. */
static void (*free_function(const sup_callbacks *table))(void *) {
  return table == NULL ? NULL : SUP_OPTIONAL(sup_callbacks, table, free);
}

static void note_callback_faults(sup_spec *spec, const sup_callbacks *table) {
  const uint32_t known = SUP_CALLBACKS_ANY_THREAD |
                         SUP_CALLBACKS_STOP_MAY_BLOCK |
                         SUP_CALLBACKS_REPORT_BEGIN;
  if (table == NULL) {
    sup__spec_fault(spec, SUP_EINVAL,
                    "there is no table of functions; give one with a start "
                    "function");
    return;
  }
  if (!sup__sized_valid(table, SUP_THROUGH(sup_callbacks, start),
                        sizeof *table)) {
    sup__spec_fault(spec, SUP_EINVAL,
                    "the size of the table of functions is wrong; set it to "
                    "sizeof(sup_callbacks)");
    return;
  }
  if (table->start == NULL)
    sup__spec_fault(spec, SUP_EINVAL,
                    "there is no start function, so nothing would ever run; "
                    "give one");
  if (table->flags & ~known)
    sup__spec_fault(spec, SUP_EINVAL,
                    "the table of functions has a flag that is not known; set "
                    "only flags of sup_callbacks");
  if ((table->flags & SUP_CALLBACKS_STOP_MAY_BLOCK) &&
      !(table->flags & SUP_CALLBACKS_ANY_THREAD))
    sup__spec_fault(spec, SUP_EINVAL,
                    "a stop function that may block cannot be called on the "
                    "loop thread; set SUP_CALLBACKS_ANY_THREAD as well");
}

sup_spec *sup_callback_spec(const char *name, const sup_callbacks *callbacks,
                            void *ctx) {
  sup_spec *spec = sup__spec_create(name, SUP_KIND_CALLBACK);
  if (spec == NULL) {
    void (*free_ctx)(void *) = free_function(callbacks);
    if (free_ctx != NULL)
      free_ctx(ctx);
    return NULL;
  }
  spec->u.callback.table = callbacks;
  spec->u.callback.ctx = ctx;
  note_callback_faults(spec, callbacks);
  return spec;
}

const char *sup_spec_name(const sup_spec *spec) {
  return spec->name;
}

sup_kind sup_spec_kind(const sup_spec *spec) {
  return (sup_kind)spec->kind;
}

/* ---- References --------------------------------------------------------- */

sup_spec *sup_spec_ref(sup_spec *spec) {
  if (spec != NULL)
    atomic_fetch_add_explicit(&spec->refs, 1, memory_order_relaxed);
  return spec;
}

static bool drop(sup_spec *spec) {
  return atomic_fetch_sub_explicit(&spec->refs, 1, memory_order_acq_rel) == 1;
}

/* Free a spec that nobody refers to. Supervisors below it that nobody refers
 * to any more either are put in front of `list`; the new list is returned. */
static sup_spec *free_one(sup_spec *spec, sup_spec *list);

static sup_spec *free_children(struct sup_supervisor_spec *part,
                               sup_spec *list) {
  size_t i;
  for (i = 0; i < part->child_count; i++) {
    sup_spec *child = part->children[i];
    if (!drop(child))
      continue;
    if (child->kind == SUP_KIND_SUPERVISOR) {
      child->u.supervisor->next = list;
      list = child;
    } else {
      /* Has no children, so this goes no deeper. */
      list = free_one(child, list);
    }
  }
  return list;
}

static void free_resource(struct sup_supervisor_spec *part) {
  if (part->resource != NULL &&
      SUP_OPTIONAL(sup_resource, part->resource, free) != NULL)
    part->resource->free(part->resource_ctx);
}

static void free_user(const struct sup_user *user) {
  if (user != NULL && user->free != NULL)
    user->free(user->pointer);
}

/* NULL for a callback child, which has its context. */
static struct sup_user *user_of(const sup_spec *spec) {
  const struct sup_command_functions *functions;

  if (spec->kind == SUP_KIND_SUPERVISOR)
    return &spec->u.supervisor->user;
  functions = spec->kind == SUP_KIND_PROCESS ? spec->u.process.functions : NULL;
  return functions == NULL || functions->user == NULL
             ? NULL
             : functions->user(spec->u.process.data);
}

static sup_spec *free_one(sup_spec *spec, sup_spec *list) {
  const sup_allocator *allocator = sup__spec_allocator();

  if (spec->kind == SUP_KIND_CALLBACK) {
    void (*free_ctx)(void *) = free_function(spec->u.callback.table);
    if (free_ctx != NULL)
      free_ctx(spec->u.callback.ctx);
  } else if (spec->kind == SUP_KIND_PROCESS) {
    if (spec->u.process.functions != NULL) {
      free_user(user_of(spec));
      spec->u.process.functions->free(spec->u.process.data);
    }
  } else {
    struct sup_supervisor_spec *part = spec->u.supervisor;
    list = free_children(part, list);
    free_resource(part);
    free_user(&part->user);
    sup__groups_free_specs(part);
    sup__release(allocator, part->children,
                 part->child_capacity * sizeof *part->children);
    sup__release(allocator, part, sizeof *part);
  }
  sup__policy_unref(spec->policy);
  free_faults(spec);
  sup__release(allocator, spec, spec_size(spec->name_length));
  return list;
}

void sup_spec_unref(sup_spec *spec) {
  sup_spec *list = NULL;
  if (spec == NULL || !drop(spec))
    return;
  list = free_one(spec, list);
  while (list != NULL) {
    spec = list;
    list = spec->u.supervisor->next;
    list = free_one(spec, list);
  }
}

/* ---- What goes with them ------------------------------------------------ */

void *sup__spec_user(const sup_spec *spec) {
  const struct sup_user *user = user_of(spec);

  if (spec->kind == SUP_KIND_CALLBACK)
    return spec->u.callback.ctx;
  return user == NULL ? NULL : user->pointer;
}

int sup_spec_set_user(sup_spec *spec, void *pointer, void (*free)(void *)) {
  struct sup_user given = {pointer, free};
  struct sup_user *user;
  int err = sup__spec_mutable(spec);

  if (err == 0 && user_of(spec) == NULL)
    err = sup__spec_fault(spec, SUP_EINVAL,
                          "a callback child has its context for a user "
                          "pointer; give it to sup_callback_spec");
  if (err != 0) {
    free_user(&given);
    return err;
  }
  user = user_of(spec);
  free_user(user);
  *user = given;
  return 0;
}

/* ---- Putting together --------------------------------------------------- */

static bool reserve_child(struct sup_supervisor_spec *part) {
  const sup_allocator *allocator = sup__spec_allocator();
  size_t capacity = part->child_capacity == 0 ? 4 : part->child_capacity * 2;
  sup_spec **children;

  if (part->child_count < part->child_capacity)
    return true;
  children = sup__allocate(allocator, capacity * sizeof *children);
  if (children == NULL)
    return false;
  if (part->child_count > 0)
    memcpy(children, part->children, part->child_count * sizeof *children);
  sup__release(allocator, part->children,
               part->child_capacity * sizeof *children);
  part->children = children;
  part->child_capacity = capacity;
  return true;
}

/* Append the supervisors among the children of `spec` that can still change
 * and are not in the list yet. Returns its new end. */
static sup_spec *collect_children(sup_spec *spec, sup_spec *last) {
  struct sup_supervisor_spec *part = spec->u.supervisor;
  size_t i;
  for (i = 0; i < part->child_count; i++) {
    sup_spec *child = part->children[i];
    if (child->kind != SUP_KIND_SUPERVISOR ||
        child->u.supervisor->next != NULL || sup__spec_mutable(child) != 0)
      continue;
    child->u.supervisor->next = END_OF_LIST;
    last->u.supervisor->next = child;
    last = child;
  }
  return last;
}

/* Whether `spec` is somewhere below `top`. What is frozen is not looked into:
 * all below it is frozen as well, and `spec` is not. Needs no memory, so that
 * it cannot fail; the specs still belong to the thread that builds them. */
static bool contains(sup_spec *top, const sup_spec *spec) {
  sup_spec *last = top;
  sup_spec *at;
  bool found = false;

  /* The usual case: only its maker refers to it, so it is in no list yet. */
  if (atomic_load_explicit(&spec->refs, memory_order_acquire) == 1)
    return false;
  if (top->kind != SUP_KIND_SUPERVISOR || sup__spec_mutable(top) != 0)
    return false;
  top->u.supervisor->next = END_OF_LIST;
  for (at = top; at != END_OF_LIST && !found; at = at->u.supervisor->next) {
    found = at == spec;
    last = collect_children(at, last);
  }
  for (at = top; at != END_OF_LIST;) {
    sup_spec *next = at->u.supervisor->next;
    at->u.supervisor->next = NULL;
    at = next;
  }
  return found;
}

static int refuse_child(sup_spec *spec, const sup_spec *child,
                        const char *reason) {
  char buffer[1400];
  struct sup_text text;
  sup__text_init(&text, buffer, sizeof buffer);
  sup__text_add(&text, "the child \"");
  sup__text_name(&text, child->name, child->name_length);
  sup__text_add(&text, "\" was not added: ");
  sup__text_add(&text, reason);
  sup__text_end(&text);
  return sup__spec_fault(spec, SUP_EINVAL, buffer);
}

static int add_itself(sup_spec *spec) {
  int err = sup__spec_mutable(spec);
  if (err == 0)
    err = refuse_child(spec, spec,
                       "a spec cannot be a child of itself; make another one");
  /* The one reference stands for both arguments: taking it would leave the
   * caller with nothing to see the fault in. */
  if (atomic_load_explicit(&spec->refs, memory_order_acquire) > 1)
    sup_spec_unref(spec);
  return err;
}

static int add(sup_spec *spec, sup_spec *child) {
  struct sup_supervisor_spec *part = spec->u.supervisor;
  if (spec->kind != SUP_KIND_SUPERVISOR)
    return refuse_child(spec, child,
                        "only a supervisor has children; add it to one");
  if (contains(child, spec))
    return refuse_child(spec, child,
                        "it contains this supervisor, so the tree would have "
                        "no end; make another spec");
  if (!reserve_child(part)) {
    spec->incomplete = true;
    return SUP_ENOMEM;
  }
  part->children[part->child_count++] = child;
  return 0;
}

int sup_spec_add(sup_spec *supervisor, sup_spec *child) {
  int err;
  if (child != NULL && child == supervisor)
    return add_itself(supervisor);
  err = sup__spec_mutable(supervisor);
  if (err == 0 && child == NULL) {
    supervisor->incomplete = true;
    err = SUP_ENOMEM;
  }
  if (err == 0)
    err = add(supervisor, child);
  if (err != 0)
    sup_spec_unref(child);
  return err;
}

/* ---- Freezing ----------------------------------------------------------- */

/* Whoever freezes a supervisor first owns its `next`, so that trees may be
 * started from one spec at the same time. */
static bool freeze_one(sup_spec *spec) {
  return !atomic_exchange_explicit(&spec->frozen, true, memory_order_acq_rel);
}

void sup__spec_freeze(sup_spec *spec) {
  sup_spec *list = NULL;
  size_t i;

  if (!freeze_one(spec) || spec->kind != SUP_KIND_SUPERVISOR)
    return;
  spec->u.supervisor->next = NULL;
  list = spec;
  while (list != NULL) {
    struct sup_supervisor_spec *part = list->u.supervisor;
    list = part->next;
    part->next = NULL;
    for (i = 0; i < part->child_count; i++) {
      sup_spec *child = part->children[i];
      if (!freeze_one(child) || child->kind != SUP_KIND_SUPERVISOR)
        continue;
      child->u.supervisor->next = list;
      list = child;
    }
  }
}
