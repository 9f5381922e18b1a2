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
 * Inside the engine: children in their lists and by name, how they come and go,
 * and what is asked for of them. The end of internal.h, which includes this.
 */

#ifndef SUP_ENGINE_DYNAMIC_H
#define SUP_ENGINE_DYNAMIC_H

#include <string.h>

/* ---- index.c ------------------------------------------------------------ */

/* Whether anything can be added: false without memory. */
bool sup__name_room(struct sup_engine *e);
void sup__name_add(struct sup_engine *e, struct sup_node *n);
void sup__name_remove(struct sup_engine *e, struct sup_node *n);
static inline bool sup__is_called(const struct sup_node *n, const char *name,
                                  size_t length) {
  return n->spec->name_length == length &&
         memcmp(n->spec->name, name, length) == 0;
}
/* A child of this name, and the next one of the same name, or NULL. */
struct sup_node *sup__name_find(struct sup_engine *e,
                                const struct sup_node *parent, const char *name,
                                size_t length);
struct sup_node *sup__name_find_next(struct sup_engine *e,
                                     const struct sup_node *n);
void sup__names_free(struct sup_engine *e);

/* ---- list.c ------------------------------------------------------------- */

/* A node at its place in a supervisor's list (NULL: the root), and in the
 * index. SUP_NONE without memory. */
uint32_t sup__node_add(struct sup_engine *e, struct sup_node *parent,
                       sup_spec *spec, uint32_t flags, uint16_t marks);
/* Whether there is a position left for one that is added. */
bool sup__list_has_room(struct sup_engine *e, struct sup_node *s);
/* It is seen from now on, or not any more. */
void sup__node_show(struct sup_engine *e, struct sup_node *n, bool shown);
/* The next node of the walk over all below `top`, or NULL. */
struct sup_node *sup__node_walk(struct sup_engine *e, struct sup_node *n,
                                uint32_t top);
uint32_t sup__node_after(const struct sup_engine *e, const struct sup_node *n);
/* Take a node that is gone out of the tree, whatever its supervisor is doing.
 * What is below it goes in slices. */
void sup__node_remove(struct sup_engine *e, struct sup_node *n);
/* One of these slices. */
void sup__clear_graves(struct sup_engine *e);
/* No walk stands at a node, or below it, any more. */
void sup__walks_leave(struct sup_engine *e, const struct sup_node *n);

/* Put a child that has no deadline on one of the lists of those that are about
 * to start (MARK_READY, MARK_JOINS), and take it from there. */
void sup__wait_in_line(struct sup_engine *e, struct sup_node *c, uint16_t mark);
void sup__leave_line(struct sup_engine *e, struct sup_node *c);
struct sup_node *sup__first_in_line(struct sup_engine *e,
                                    struct sup_waiting_list *list);

/* ---- request.c ---------------------------------------------------------- */

enum { REQUEST_START, REQUEST_STOP, REQUEST_HEALTHY, REQUEST_END };

/* Room to find requests about one node more; false without memory, but only
 * for the first one: later ones take a little longer to be found. */
bool sup__requests_room(struct sup_engine *e);
/* Enter a request, if there is one, about a node. */
void sup__request_add(struct sup_engine *e, struct sup_node *n,
                      struct sup_request *request, uint8_t kind);
/* Answer all about a node that wait for this: it is up, or declined; its start
 * has failed (`error` is borrowed); it was stopped, cleanly if `failure`
 * (borrowed) is 0; a start that it was to have will not come. */
void sup__answer_up(struct sup_engine *e, struct sup_node *n);
void sup__answer_start_failed(struct sup_engine *e, struct sup_node *n,
                              sup_token error);
void sup__answer_stopped(struct sup_engine *e, struct sup_node *n,
                         sup_token failure);
void sup__answer_not_started(struct sup_engine *e, struct sup_node *n);
/* The same of one that has been stopped, cleanly if `failure` (borrowed) is 0,
 * or goes without having run: it has ended. */
void sup__answer_ended(struct sup_engine *e, struct sup_node *n,
                       sup_token failure);
/* It is healthy; it is not to be any more, for this reason (`cause` is
 * borrowed). One whose start will not come is not either. */
void sup__answer_healthy(struct sup_engine *e, struct sup_node *n);
void sup__answer_unhealthy(struct sup_engine *e, struct sup_node *n, int code,
                           sup_token cause);
/* It has ended for good by itself: completed, or declined, if `failure`
 * (borrowed) is 0. */
void sup__answer_over(struct sup_engine *e, struct sup_node *n,
                      sup_token failure);
void sup__requests_free(struct sup_engine *e);

/* ---- dynamic.c ---------------------------------------------------------- */

/* What sup__engine_add does, of a supervisor that may be added to. */
int sup__add_child(struct sup_engine *e, struct sup_node *s, sup_spec *spec,
                   struct sup_request *request, struct sup_ref *child);
/* A child that was asked to end by its owner is gone, or given up. */
void sup__owned_stopped(struct sup_engine *e, struct sup_node *s,
                        struct sup_node *c, bool was_in_flight,
                        sup_token failure);
/* Whether this child can be added now: a refusal, or 0. */
int sup__check_addition(struct sup_engine *e, struct sup_node *s,
                        const sup_spec *spec);
/* Whether a child that is not alive will not be either if nobody asks. */
bool sup__is_down(const struct sup_node *s, const struct sup_node *c);
/* Those that wait for a start phase start, side by side. False if there are
 * more. */
bool sup__start_joiners(struct sup_engine *e, struct sup_node *s);
/* Whether children of the resource step have names or numbers that those which
 * were added meanwhile do not leave room for: a code, or 0. */
int sup__made_clash(struct sup_engine *e, struct sup_node *s);

#endif
