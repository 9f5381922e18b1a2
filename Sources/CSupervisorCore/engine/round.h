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
 * Inside the engine: rounds, of a supervisor's children and of its fate-sharing
 * groups. The end of internal.h, which includes this.
 */

#ifndef SUP_ENGINE_ROUND_H
#define SUP_ENGINE_ROUND_H

/* ---- round.c ------------------------------------------------------------ */

void sup__round_begin(struct sup_engine *e, struct sup_node *s,
                      struct sup_node *origin, sup_duration delay);
bool sup__round_has(struct sup_node *s, struct sup_engine *e,
                    const struct sup_node *c);
/* A member of a round that was gone before it was asked. */
void sup__round_absorb(struct sup_engine *e, struct sup_node *s,
                       struct sup_node *c, sup_outcome outcome);
/* B5: a start that failed while the round stops its members. False if that is
 * a matter of its own. */
bool sup__round_takes_start_failure(struct sup_engine *e, struct sup_node *s,
                                    struct sup_node *c);
void sup__round_member_stopped(struct sup_engine *e, struct sup_node *c);
void sup__round_advance_stop(struct sup_engine *e, struct sup_node *s);
void sup__round_advance_start(struct sup_engine *e, struct sup_node *s);

/* ---- member.c and group.c ----------------------------------------------- */

/* Those that a spec describes; *groups is NULL if it has none. False without
 * memory. */
bool sup__groups_make(struct sup_engine *e,
                      const struct sup_supervisor_spec *part,
                      struct sup_groups **groups);
void sup__groups_free(struct sup_engine *e, struct sup_groups *groups);
/* A child that is being made, with this index, joins the group that its spec
 * names, if its supervisor has that. False without memory. */
bool sup__group_join(struct sup_engine *e, struct sup_node *s,
                     const sup_spec *spec, uint32_t node, bool added);
/* A group of a supervisor that runs: its number, or SUP_NONE without memory;
 * and a child of that, in none, that joins it. False without memory. */
uint32_t sup__group_add(struct sup_engine *e, struct sup_node *s,
                        sup_group_mode mode);
bool sup__group_join_at(struct sup_engine *e, struct sup_node *s,
                        uint32_t group, uint32_t node);
/* A child that is taken out of its list leaves its group. */
void sup__group_leave(struct sup_engine *e, struct sup_node *c);
/* A child has come up, and comes behind those that came up before it. */
void sup__group_moved(struct sup_engine *e, struct sup_node *s,
                      const struct sup_node *c);

/* A child has failed, and is to be restarted after `delay`. True if its group
 * sees to that; else the child is restarted by itself. */
bool sup__group_begin(struct sup_engine *e, struct sup_node *s,
                      struct sup_node *c, sup_duration delay);
/* The end of a child is a matter of its group's round, now or later. */
bool sup__group_takes_end(struct sup_engine *e, struct sup_node *s,
                          struct sup_node *c);
/* Likewise a start that failed. */
bool sup__group_takes_start_failure(struct sup_engine *e, struct sup_node *s,
                                    struct sup_node *c);
/* A member that its round waits for is gone. */
void sup__group_member_gone(struct sup_engine *e, struct sup_node *s,
                            const struct sup_node *c);
/* A child that was asked to end is gone. */
void sup__group_member_stopped(struct sup_engine *e, struct sup_node *s,
                               struct sup_node *c);
/* A child is up, or will not be. */
void sup__group_landed(struct sup_engine *e, struct sup_node *s,
                       struct sup_node *c);
/* A child that was held, or stuck, may start: true if its group sees to that. */
bool sup__group_takes_start(struct sup_engine *e, struct sup_node *s,
                            struct sup_node *c);
/* By request, a child is not to be started by its group, nor waited for. */
void sup__group_withdraw(struct sup_engine *e, struct sup_node *s,
                         struct sup_node *c);
/* Its group's round does not wait for its delay. */
void sup__group_hurry(struct sup_engine *e, struct sup_node *s,
                      struct sup_node *c);
/* A child begins an incarnation. */
void sup__group_note_start(struct sup_node *s, const struct sup_node *c);
/* The halt of the supervisor comes upon a child. */
void sup__group_halt(struct sup_engine *e, struct sup_node *s,
                     const struct sup_node *c);
void sup__group_expired(struct sup_engine *e, struct sup_node *timer);
/* When the delay ends that a waiting child has in common with its group, or
 * SUP_INFINITE. */
uint64_t sup__group_deadline(const struct sup_node *s,
                             const struct sup_node *c);
/* One slice of one group that has something to do. */
void sup__groups_advance(struct sup_engine *e, struct sup_node *s);

#endif
