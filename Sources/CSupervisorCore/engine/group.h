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
 * The groups of a supervisor that runs, and who is in them: what group.c and
 * member.c share.
 *
 * Members are found by their node: an open table. In a group they are linked in
 * start order. Nothing of this is in a node, since few children are in groups.
 */

#ifndef SUP_ENGINE_GROUP_H
#define SUP_ENGINE_GROUP_H

#include "internal.h"

typedef enum sup_group_state {
  GROUP_REST,
  GROUP_STOPPING,
  GROUP_STARTING
} sup_group_state;

enum {
  MEMBER_ASKED = 1u << 0,     /* by its group, to end */
  MEMBER_IN_FLIGHT = 1u << 1, /* its group waits for its acknowledgement */
  MEMBER_READY = 1u << 2,     /* in the line of ready ones */
  MEMBER_ENDED = 1u << 3      /* in that of ended ones */
};

struct sup_member {
  uint32_t node;
  uint32_t group;
  uint32_t previous, next; /* start order; of one that is free: the next */
  uint32_t line_previous, line_next;
  uint32_t round; /* of its group, in which it was started last */
  uint32_t flags;
};

/* Members that wait to be looked at, in the order in which they came. */
struct sup_line {
  uint32_t first, last;
};

struct sup_group {
  uint32_t first, last; /* members, start order */
  uint32_t cursor;      /* where its round is */
  uint32_t round;       /* how many it had */
  uint32_t in_flight;
  uint32_t timer;        /* a slot for its deadline; SUP_NONE without barrier */
  uint32_t last_up;      /* the member that came up last in the start */
  uint64_t last_up_of;   /* of this incarnation of the supervisor */
  struct sup_line ready; /* held before; their turn has come */
  struct sup_line ended; /* while others were being started */
  uint64_t until;        /* end of the delay */
  uint64_t cause;        /* event behind its round */
  uint8_t mode;          /* sup_group_mode */
  uint8_t state;         /* sup_group_state */
  bool queued;           /* to be advanced */
  uint32_t queue_next;
};

struct sup_groups {
  uint32_t count;
  uint32_t room; /* for so many */
  uint32_t queue_first, queue_last;
  struct sup_member *members;
  uint32_t carved, capacity, free;
  uint32_t *places; /* of the open table: member + 1, or 0 */
  uint32_t place_count;
  struct sup_group groups[];
};

/* ---- member.c ----------------------------------------------------------- */

/* The member that a child is, or NULL. */
struct sup_member *sup__member_find(const struct sup_groups *groups,
                                    const struct sup_node *c);
static inline struct sup_member *sup__member_of(const struct sup_node *s,
                                                const struct sup_node *c) {
  return s->super->groups == NULL ? NULL
                                  : sup__member_find(s->super->groups, c);
}
static inline struct sup_member *sup__member(struct sup_groups *groups,
                                             uint32_t member) {
  return &groups->members[member];
}
static inline uint32_t sup__member_id(const struct sup_groups *groups,
                                      const struct sup_member *m) {
  return (uint32_t)(m - groups->members);
}
void sup__member_free(struct sup_groups *groups, struct sup_member *m);

void sup__line_put(struct sup_groups *groups, struct sup_member *m,
                   uint32_t flag);
/* Out of its line, if it is in one. */
void sup__line_leave(struct sup_groups *groups, struct sup_member *m);
/* The first of a line, taken out, or NULL. */
struct sup_member *sup__line_take(struct sup_groups *groups,
                                  struct sup_line *line);

#endif
