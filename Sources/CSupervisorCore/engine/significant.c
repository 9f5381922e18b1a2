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
 * H9: significant children, and the supervisor that ends because of them.
 *
 * A significant child lasts from its first start until it has ended for good by
 * itself, through restarts, rounds, quarantine and stops by request; how many
 * last is counted, so that the last one is known when it ends.
 */

#include "internal.h"

void sup__significant_start(struct sup_engine *e, struct sup_node *c) {
  if (!c->spec->policy->significant || c->lasts || c->parent == SUP_NONE ||
      (c->flags & NODE_BODY))
    return;
  c->lasts = true;
  sup__parent(e, c)->super->lasting++;
}

void sup__significant_forget(struct sup_engine *e, struct sup_node *c) {
  if (!c->lasts)
    return;
  c->lasts = false;
  sup__parent(e, c)->super->lasting--;
}

bool sup__significant_ended(struct sup_engine *e, struct sup_node *c) {
  const struct sup_node *s = sup__parent(e, c);

  if (!c->lasts)
    return false;
  sup__significant_forget(e, c);
  /* What is on its way down goes on for its own reason. */
  if (sup__starts_are_off(e, c))
    return false;
  switch (sup__part(s->spec)->auto_shutdown) {
  case SUP_AUTO_SHUTDOWN_ANY:
    return true;
  case SUP_AUTO_SHUTDOWN_ALL:
    return s->super->lasting == 0;
  default:
    return false;
  }
}

void sup__significant_end(struct sup_engine *e, struct sup_node *c) {
  struct sup_node *s = sup__parent(e, c);

  s->super->cause = sup__emit(e, SUP_EVENT_AUTO_SHUTDOWN, s, c->cause, 0, 0, 0);
  sup__supervisor_halt(e, s, HALT_COMPLETE, 0);
}
