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
 * Inside the engine: children that run children, and what they say. The end of
 * internal.h, which includes this.
 */

#ifndef SUP_ENGINE_RUNNABLE_H
#define SUP_ENGINE_RUNNABLE_H

/* ---- Bodies ------------------------------------------------------------- */

/* Whether it is a supervisor whose first child is its body. */
static inline bool sup__has_body(const struct sup_node *n) {
  return (n->flags & NODE_SUPERVISOR) && n->spec->kind != SUP_KIND_SUPERVISOR;
}

static inline struct sup_node *sup__body(const struct sup_engine *e,
                                         const struct sup_node *s) {
  return sup__node(e, s->super->first);
}

/* The node that a user knows: of a body, the one that it is of. */
static inline struct sup_node *sup__shown(const struct sup_engine *e,
                                          struct sup_node *n) {
  return n->flags & NODE_BODY ? sup__node(e, n->parent) : n;
}

struct sup_ref sup__shown_ref(const struct sup_engine *e,
                              const struct sup_node *n);
sup_state sup__shown_state(const struct sup_node *n);

/* The node that runs what a ref means: of one with a body, that. NULL if it is
 * gone. */
struct sup_node *sup__worker_find(const struct sup_engine *e,
                                  struct sup_ref ref);

/* Whether an event of a body is told, as one of the node that it is of. */
bool sup__body_tells(const struct sup_node *body, sup_event_kind kind);
/* Whether a node is a body and what it is of is on its way down. */
bool sup__body_was_asked(const struct sup_engine *e, const struct sup_node *n);

/* Start the body of a supervisor that has one, as all of its start. */
void sup__body_start(struct sup_engine *e, struct sup_node *s);

/* What a body tells: as sup__child_started and the like. */
void sup__body_started(struct sup_engine *e, struct sup_node *body);
void sup__body_start_failed(struct sup_engine *e, struct sup_node *body,
                            sup_token error);
void sup__body_declined(struct sup_engine *e, struct sup_node *body);
void sup__body_ended(struct sup_engine *e, struct sup_node *body,
                     sup_outcome outcome, sup_token error);
/* It did not stop cleanly: `error` is borrowed. */
void sup__body_stop_failed(struct sup_engine *e, struct sup_node *body,
                           sup_token error);
/* The end of its body is that of a supervisor, which goes on with what that has
 * said. */
void sup__body_leaves(struct sup_engine *e, struct sup_node *s);

/* ---- dying.c ------------------------------------------------------------ */

/* Whether its body has ended, but not all that is below it. */
static inline bool sup__is_dying(const struct sup_node *n) {
  return (n->flags & NODE_SUPERVISOR) && n->super->dying != DYING_NOT;
}
/* R3: the body of a runnable has ended in a way that is its own end; what is
 * below it is being stopped. */
void sup__dies(struct sup_engine *e, struct sup_node *n, sup_outcome outcome);
/* All of it is gone. `failure` (taken over) is what did not stop cleanly. */
void sup__dying_gone(struct sup_engine *e, struct sup_node *n,
                     sup_token failure);

/* ---- signal.c ----------------------------------------------------------- */

/* Whether it says by itself that it is healthy; others are when they are up. */
bool sup__says_healthy(const struct sup_node *n);
/* Whether an incarnation has reported its end, or was given up. */
static inline bool sup__says_no_more(const struct sup_node *n) {
  return !(n->flags & NODE_ALIVE) || (n->flags & NODE_EXIT_WAITS);
}

/* ---- root.c ------------------------------------------------------------- */

/* R3: the root's body has ended, and what is below it is being stopped. */
void sup__root_dies(struct sup_engine *e, struct sup_node *root);
/* The root has ended. */
void sup__root_ended(struct sup_engine *e, struct sup_node *root,
                     sup_halt reason, sup_token failure);
/* It waits for its restart, which is not to come. */
void sup__root_stand_down(struct sup_engine *e, struct sup_node *root);
/* A child was stuck for longer than it may; `error` is taken over. */
void sup__stuck_too_long(struct sup_engine *e, struct sup_node *n,
                         sup_token error);

/* ---- Small things ------------------------------------------------------- */

/* Whether failures of a child are counted in a record of its own. */
static inline bool sup__keeps_failures(const sup_spec *spec) {
  return spec->policy->has_tolerance &&
         spec->policy->tolerance_max != SUP_UNLIMITED;
}

#endif
