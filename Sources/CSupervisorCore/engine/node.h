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
 * Inside the engine: one child. What node.c has for the parts below it, and
 * what it shares with incarnation.c. The end of internal.h, which includes this.
 */

#ifndef SUP_ENGINE_NODE_H
#define SUP_ENGINE_NODE_H

/* ---- node.c ------------------------------------------------------------- */

void sup__set_state(struct sup_engine *e, struct sup_node *n, sup_state state);
/* Begin an incarnation. The old one is gone. */
void sup__node_start(struct sup_engine *e, struct sup_node *n);
/* An incarnation is really begun. */
static inline void sup__count_start(struct sup_engine *e,
                                    const struct sup_node *n) {
  e->counters.starts++;
  if (n->incarnation > 1)
    e->counters.restarts++;
}
/* H6: nothing starts below a supervisor that is on its way down. */
bool sup__is_below_halt(const struct sup_engine *e, const struct sup_node *n);
static inline bool sup__starts_are_off(const struct sup_engine *e,
                                       const struct sup_node *n) {
  return e->halting > 0 && sup__is_below_halt(e, n);
}
/* A start that was decided is not performed after all; the child waits for the
 * stop that is coming. */
void sup__node_hold_start(struct sup_engine *e, struct sup_node *n);
/* Whether the old one is gone, or goes on by itself from now on (overlap). */
bool sup__node_is_free(struct sup_engine *e, struct sup_node *n);
/* Begin an incarnation, or wait as STUCK for the old one to end. */
void sup__node_start_or_wait(struct sup_engine *e, struct sup_node *n);
/* Ask a living child to end, or take it to its last step at once. It may be
 * gone when this returns. */
void sup__node_stop(struct sup_engine *e, struct sup_node *n);
void sup__node_force(struct sup_engine *e, struct sup_node *n);
/* Something below a node that was given up has ended. */
void sup__undead_gone(struct sup_engine *e, struct sup_node *n);
void sup__node_mark_undead(struct sup_engine *e, struct sup_node *n);
void sup__node_expired(struct sup_engine *e, struct sup_node *n);
/* Acknowledge. Also for a supervisor, when all below it is up. */
void sup__node_acknowledge(struct sup_engine *e, struct sup_node *n);
/* A supervisor has ended; its parent is told. */
void sup__node_leave(struct sup_engine *e, struct sup_node *n);
/* A dropped node is seen again, as a new one. */
void sup__node_revive(struct sup_engine *e, struct sup_node *n);

/* Whether its kind tells when its body begins, and whether it tells when it has
 * been started. */
bool sup__reports_begin(const struct sup_node *n);
bool sup__reports_start(const struct sup_node *n);
/* A running child has failed with `error` (taken over), and is taken down its
 * ladder for it. */
void sup__node_condemn(struct sup_engine *e, struct sup_node *n,
                       sup_token error);

static inline const sup_stop_step *sup__ladder(const struct sup_node *n) {
  return n->spec->policy->steps;
}

/* ---- node.c, for incarnation.c ------------------------------------------ */

/* It is not counted as alive any more. */
void sup__node_leave_alive(struct sup_engine *e, struct sup_node *n);
/* The incarnation has ended by itself or counts as if. */
void sup__node_run_over(struct sup_engine *e, struct sup_node *n);
void sup__node_begin_ladder(struct sup_engine *e, struct sup_node *n);
/* Its stop is over: cleanly if `error` (taken over) is 0. */
void sup__node_stopped(struct sup_engine *e, struct sup_node *n, int code,
                       sup_token error, bool silent);
/* It has failed by what it was condemned for, and by nothing else. */
void sup__node_condemned_gone(struct sup_engine *e, struct sup_node *n);
/* What a stuck one waited for is gone. */
void sup__node_not_stuck(struct sup_engine *e, struct sup_node *n);

/* ---- incarnation.c ------------------------------------------------------ */

/* The incarnation that a report is about, if it runs; it may be an orphan. */
int sup__find_running(struct sup_engine *e, struct sup_ref ref,
                      struct sup_node **node);

/* It says something that is told: it has been handed over, and that is told
 * first, although its start may not have returned (S2). */
void sup__has_spoken(struct sup_engine *e, struct sup_node *n);

#endif
