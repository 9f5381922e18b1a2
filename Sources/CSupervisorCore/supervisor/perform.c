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
 * What actions are for each kind of child.
 */

#include "private.h"

static sup_child child_of(struct sup_tree *tree,
                          const struct sup_action *action) {
  sup_child child = {tree, action->child.node, action->child.generation,
                     action->child.incarnation};

  return child;
}

static bool is_resource(const struct sup_action *action) {
  return action->kind == SUP_ACTION_BUILD ||
         action->kind == SUP_ACTION_CANCEL_BUILD ||
         action->kind == SUP_ACTION_CLEANUP;
}

static bool is_root(const struct sup_dispatcher *d,
                    const struct sup_action *action) {
  struct sup_ref root;

  sup__engine_root(d->engine, &root);
  return action->ref.node == root.node;
}

bool sup__perform_any_thread(struct sup_dispatcher *d,
                             const struct sup_action *action) {
  if (action->kind == SUP_ACTION_NOTIFY)
    return sup__engine_answers_any_thread(d->engine, action->ref.node) &&
           (!is_root(d, action) ||
            sup__waiters_any_thread((struct sup_tree *)d));
  if (is_resource(action))
    return (action->spec->u.supervisor->resource->flags &
            SUP_CALLBACKS_ANY_THREAD) != 0;
  return action->spec->kind == SUP_KIND_CALLBACK &&
         (action->spec->u.callback.table->flags & SUP_CALLBACKS_ANY_THREAD);
}

/* ---- Callback children -------------------------------------------------- */

static void callback_start(struct sup_tree *tree,
                           const struct sup_action *action,
                           struct sup_performed *performed) {
  const sup_callbacks *table = action->spec->u.callback.table;
  void *state = action->spec->u.callback.ctx;

  performed->result = table->start(action->spec->u.callback.ctx,
                                   child_of(tree, action), &state);
  if (performed->result > SUP_NOT_NEEDED)
    performed->result = SUP_EINVAL;
  performed->state = state;
  performed->waits = action->spec->policy->notify_start;
}

static void callback_perform(struct sup_tree *tree,
                             const struct sup_action *action,
                             struct sup_performed *performed) {
  const sup_callbacks *table = action->spec->u.callback.table;

  switch (action->kind) {
  case SUP_ACTION_START:
    callback_start(tree, action, performed);
    break;
  case SUP_ACTION_STOP:
    if (SUP_OPTIONAL(sup_callbacks, table, stop) != NULL)
      table->stop(action->state, action->step.action);
    break;
  case SUP_ACTION_PROBE:
    action->spec->policy->probe(action->state);
    break;
  default:
    if (SUP_OPTIONAL(sup_callbacks, table, end) != NULL)
      table->end(action->state);
  }
}

/* ---- Resource steps ----------------------------------------------------- */

static void resource_perform(struct sup_tree *tree,
                             const struct sup_action *action,
                             struct sup_performed *performed) {
  const sup_resource *table = action->spec->u.supervisor->resource;
  void *ctx = action->spec->u.supervisor->resource_ctx;
  void *state = ctx;

  switch (action->kind) {
  case SUP_ACTION_BUILD:
    performed->result = table->build(ctx, child_of(tree, action), &state);
    if (performed->result > 0)
      performed->result = SUP_EINVAL;
    performed->state = state;
    break;
  case SUP_ACTION_CANCEL_BUILD:
    if (SUP_OPTIONAL(sup_resource, table, cancel) != NULL)
      table->cancel(action->state);
    break;
  default:
    if (SUP_OPTIONAL(sup_resource, table, cleanup) != NULL)
      table->cleanup(action->state, child_of(tree, action), action->abandoned);
    else
      sup_child_cleaned(child_of(tree, action), NULL);
  }
}

/* ---- Processes ---------------------------------------------------------- */

static void process_perform(struct sup_tree *tree,
                            const struct sup_action *action,
                            struct sup_performed *performed) {
  switch (action->kind) {
  case SUP_ACTION_START:
    sup__process_kind_start(tree, action, performed);
    break;
  case SUP_ACTION_STOP:
    sup__process_kind_stop(action);
    break;
  default:
    sup__process_kind_end(action);
  }
}

void sup__perform(struct sup_dispatcher *d, const struct sup_action *action,
                  struct sup_performed *performed) {
  struct sup_tree *tree = (struct sup_tree *)d;

  if (action->kind == SUP_ACTION_NOTIFY) {
    if (is_root(d, action))
      sup__waiters_complete(tree);
    sup__requests_complete(tree, action->ref.node);
    return;
  }
  sup__in_callback++;
  if (is_resource(action))
    resource_perform(tree, action, performed);
  else if (action->spec->kind == SUP_KIND_PROCESS)
    process_perform(tree, action, performed);
  else
    callback_perform(tree, action, performed);
  sup__in_callback--;
}
