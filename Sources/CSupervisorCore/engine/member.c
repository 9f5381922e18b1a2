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
 * Who is in the groups of a supervisor (G2): joining, leaving, finding.
 */

#include <string.h>

#include "group.h"
#include "group_spec.h"

/* ---- The table ---------------------------------------------------------- */

static uint32_t home_of(const struct sup_groups *groups, uint32_t node) {
  return (node * 0x9E3779B1u) >> (__builtin_clz(groups->place_count) + 1);
}

static uint32_t next_place(const struct sup_groups *groups, uint32_t at) {
  return (at + 1) & (groups->place_count - 1);
}

/* The place of a node, or the free one where it belongs. */
static uint32_t place_of(const struct sup_groups *groups, uint32_t node) {
  uint32_t at = home_of(groups, node);

  while (groups->places[at] != 0 &&
         groups->members[groups->places[at] - 1].node != node)
    at = next_place(groups, at);
  return at;
}

struct sup_member *sup__member_find(const struct sup_groups *groups,
                                    const struct sup_node *c) {
  uint32_t found;

  if (groups->place_count == 0)
    return NULL;
  found = groups->places[place_of(groups, c->index)];
  return found == 0 ? NULL : &groups->members[found - 1];
}

/* Those behind it that would not be found any more move up. */
static void free_place(struct sup_groups *groups, uint32_t at) {
  uint32_t next = next_place(groups, at);
  uint32_t mask = groups->place_count - 1;

  for (; groups->places[next] != 0; next = next_place(groups, next)) {
    uint32_t home =
        home_of(groups, groups->members[groups->places[next] - 1].node);

    if (((next - home) & mask) < ((next - at) & mask))
      continue;
    groups->places[at] = groups->places[next];
    at = next;
  }
  groups->places[at] = 0;
}

/* Room for twice as many. */
static bool grow(struct sup_engine *e, struct sup_groups *groups) {
  uint32_t capacity = groups->capacity == 0 ? 4 : groups->capacity * 2;
  struct sup_member *members =
      sup__allocate(e->allocator, capacity * sizeof(*members));
  uint32_t *places =
      sup__allocate_zeroed(e->allocator, capacity * 2 * sizeof(*places));

  if (members == NULL || places == NULL) {
    sup__release(e->allocator, members, capacity * sizeof(*members));
    sup__release(e->allocator, places, capacity * 2 * sizeof(*places));
    return false;
  }
  if (groups->carved > 0)
    memcpy(members, groups->members, groups->carved * sizeof(*members));
  sup__release(e->allocator, groups->members,
               groups->capacity * sizeof(*members));
  sup__release(e->allocator, groups->places,
               groups->place_count * sizeof(*places));
  groups->members = members;
  groups->places = places;
  groups->capacity = capacity;
  groups->place_count = capacity * 2;
  /* It grows only when all of them are in use. */
  for (uint32_t i = 0; i < groups->carved; i++)
    places[place_of(groups, members[i].node)] = i + 1;
  return true;
}

static struct sup_member *
take_member(struct sup_engine *e, struct sup_groups *groups, uint32_t node) {
  struct sup_member *m;

  if (groups->free != SUP_NONE) {
    m = &groups->members[groups->free];
    groups->free = m->next;
  } else {
    if (groups->carved == groups->capacity && !grow(e, groups))
      return NULL;
    m = &groups->members[groups->carved++];
  }
  memset(m, 0, sizeof(*m));
  m->node = node;
  m->previous = m->next = m->line_previous = m->line_next = SUP_NONE;
  groups->places[place_of(groups, node)] = sup__member_id(groups, m) + 1;
  return m;
}

/* ---- The order in a group ----------------------------------------------- */

static void link_behind(struct sup_groups *groups, struct sup_member *m,
                        uint32_t previous) {
  struct sup_group *g = &groups->groups[m->group];
  uint32_t id = sup__member_id(groups, m);
  uint32_t next =
      previous == SUP_NONE ? g->first : sup__member(groups, previous)->next;

  m->previous = previous;
  m->next = next;
  if (previous == SUP_NONE)
    g->first = id;
  else
    sup__member(groups, previous)->next = id;
  if (next == SUP_NONE)
    g->last = id;
  else
    sup__member(groups, next)->previous = id;
}

static void unlink_member(struct sup_groups *groups, struct sup_member *m) {
  struct sup_group *g = &groups->groups[m->group];

  if (m->previous == SUP_NONE)
    g->first = m->next;
  else
    sup__member(groups, m->previous)->next = m->next;
  if (m->next == SUP_NONE)
    g->last = m->previous;
  else
    sup__member(groups, m->next)->previous = m->previous;
}

static bool is_added(const struct sup_engine *e, struct sup_groups *groups,
                     uint32_t id) {
  return id != SUP_NONE &&
         (sup__node(e, sup__member(groups, id)->node)->marks & MARK_DYNAMIC);
}

/* Behind whom the first child starts that was not added: nobody, or, from right
 * to left, those that were. */
static uint32_t before_fixed(const struct sup_engine *e,
                             const struct sup_node *s,
                             struct sup_groups *groups,
                             const struct sup_group *g) {
  uint32_t before = SUP_NONE;

  if (sup__part(s->spec)->order == SUP_RIGHT_TO_LEFT)
    for (uint32_t id = g->first; is_added(e, groups, id);
         id = sup__member(groups, id)->next)
      before = id;
  return before;
}

/* Behind whom the last of them starts. */
static uint32_t last_fixed(const struct sup_engine *e, const struct sup_node *s,
                           struct sup_groups *groups,
                           const struct sup_group *g) {
  uint32_t last = g->last;

  if (sup__part(s->spec)->order == SUP_LEFT_TO_RIGHT)
    while (is_added(e, groups, last))
      last = sup__member(groups, last)->previous;
  return last;
}

void sup__group_moved(struct sup_engine *e, struct sup_node *s,
                      const struct sup_node *c) {
  struct sup_groups *groups = s->super->groups;
  struct sup_member *m = sup__member_of(s, c);
  struct sup_group *g;
  uint32_t id;

  if (m == NULL)
    return;
  g = &groups->groups[m->group];
  id = sup__member_id(groups, m);
  if (g->last_up_of != s->incarnation) {
    g->last_up_of = s->incarnation;
    g->last_up = SUP_NONE;
  }
  if (g->last_up == id)
    return;
  unlink_member(groups, m);
  link_behind(groups, m,
              g->last_up == SUP_NONE ? before_fixed(e, s, groups, g)
                                     : g->last_up);
  g->last_up = id;
}

/* ---- Lines -------------------------------------------------------------- */

static struct sup_line *line_of(struct sup_groups *groups,
                                const struct sup_member *m) {
  struct sup_group *g = &groups->groups[m->group];

  return m->flags & MEMBER_READY ? &g->ready : &g->ended;
}

void sup__line_put(struct sup_groups *groups, struct sup_member *m,
                   uint32_t flag) {
  struct sup_line *line;

  if (m->flags & flag)
    return;
  sup__line_leave(groups, m);
  m->flags |= flag;
  line = line_of(groups, m);
  m->line_next = SUP_NONE;
  m->line_previous = line->last;
  if (line->last == SUP_NONE)
    line->first = sup__member_id(groups, m);
  else
    sup__member(groups, line->last)->line_next = sup__member_id(groups, m);
  line->last = sup__member_id(groups, m);
}

void sup__line_leave(struct sup_groups *groups, struct sup_member *m) {
  struct sup_line *line;

  if (!(m->flags & (MEMBER_READY | MEMBER_ENDED)))
    return;
  line = line_of(groups, m);
  m->flags &= ~(MEMBER_READY | MEMBER_ENDED);
  if (m->line_previous == SUP_NONE)
    line->first = m->line_next;
  else
    sup__member(groups, m->line_previous)->line_next = m->line_next;
  if (m->line_next == SUP_NONE)
    line->last = m->line_previous;
  else
    sup__member(groups, m->line_next)->line_previous = m->line_previous;
}

struct sup_member *sup__line_take(struct sup_groups *groups,
                                  struct sup_line *line) {
  struct sup_member *m;

  if (line->first == SUP_NONE)
    return NULL;
  m = sup__member(groups, line->first);
  sup__line_leave(groups, m);
  return m;
}

/* ---- Making and joining ------------------------------------------------- */

/* A slot that stands in the heap of deadlines for a group: its members come and
 * go, and what they wait for is not theirs alone. It has no generation, so that
 * no handle means it. */
static bool make_timer(struct sup_engine *e, struct sup_group *g) {
  struct sup_node *timer;

  g->timer = sup__slot_take(e);
  if (g->timer == SUP_NONE)
    return false;
  timer = sup__node(e, g->timer);
  timer->flags = NODE_TIMER;
  timer->deadline = SUP_INFINITE;
  timer->parent = timer->previous = timer->next = SUP_NONE;
  timer->queue_next = timer->foreign_next = SUP_NONE;
  timer->deferred_next = SUP_NONE;
  return true;
}

static void free_timer(struct sup_engine *e, struct sup_group *g) {
  if (g->timer == SUP_NONE)
    return;
  sup__disarm(e, sup__node(e, g->timer));
  sup__slot_drop(e, sup__node(e, g->timer));
}

static size_t groups_size(size_t count) {
  return sizeof(struct sup_groups) + count * sizeof(struct sup_group);
}

static void init_group(struct sup_group *g, sup_group_mode mode) {
  memset(g, 0, sizeof(*g));
  g->mode = (uint8_t)mode;
  g->first = g->last = g->cursor = g->timer = g->last_up = SUP_NONE;
  g->ready.first = g->ready.last = SUP_NONE;
  g->ended.first = g->ended.last = SUP_NONE;
  g->queue_next = SUP_NONE;
  g->until = SUP_INFINITE;
}

bool sup__groups_make(struct sup_engine *e,
                      const struct sup_supervisor_spec *part,
                      struct sup_groups **made) {
  struct sup_groups *groups;

  *made = NULL;
  if (part->group_count == 0)
    return true;
  groups = sup__allocate_zeroed(e->allocator, groups_size(part->group_count));
  if (groups == NULL)
    return false;
  groups->count = groups->room = (uint32_t)part->group_count;
  groups->queue_first = groups->queue_last = groups->free = SUP_NONE;
  for (uint32_t i = 0; i < groups->count; i++)
    init_group(&groups->groups[i], part->groups[i].mode);
  for (uint32_t i = 0; i < groups->count; i++)
    if (groups->groups[i].mode == SUP_GROUP_TOGETHER &&
        !make_timer(e, &groups->groups[i])) {
      sup__groups_free(e, groups);
      return false;
    }
  *made = groups;
  return true;
}

void sup__groups_free(struct sup_engine *e, struct sup_groups *groups) {
  if (groups == NULL)
    return;
  for (uint32_t i = 0; i < groups->count; i++)
    free_timer(e, &groups->groups[i]);
  sup__release(e->allocator, groups->members,
               groups->capacity * sizeof(*groups->members));
  sup__release(e->allocator, groups->places,
               groups->place_count * sizeof(*groups->places));
  sup__release(e->allocator, groups, groups_size(groups->room));
}

/* Room for one more group, for who had none or all of it in use. */
static bool grow_groups(struct sup_engine *e, struct sup_supervisor *super) {
  struct sup_groups *old = super->groups;
  uint32_t room = old == NULL ? 1 : old->room * 2;
  struct sup_groups *groups;

  if (old != NULL && old->count < old->room)
    return true;
  groups = sup__allocate_zeroed(e->allocator, groups_size(room));
  if (groups == NULL)
    return false;
  if (old != NULL)
    memcpy(groups, old, groups_size(old->count));
  else
    groups->queue_first = groups->queue_last = groups->free = SUP_NONE;
  groups->room = room;
  if (old != NULL)
    sup__release(e->allocator, old, groups_size(old->room));
  super->groups = groups;
  return true;
}

uint32_t sup__group_add(struct sup_engine *e, struct sup_node *s,
                        sup_group_mode mode) {
  struct sup_groups *groups;
  struct sup_group *g;

  if (!grow_groups(e, s->super))
    return SUP_NONE;
  groups = s->super->groups;
  g = &groups->groups[groups->count];
  /* One that came to nothing is as good as a new one. */
  if (groups->count > 0 && g[-1].first == SUP_NONE && !g[-1].queued &&
      g[-1].mode == mode)
    return groups->count - 1;
  init_group(g, mode);
  if (mode == SUP_GROUP_TOGETHER && !make_timer(e, g))
    return SUP_NONE;
  return groups->count++;
}

bool sup__group_join_at(struct sup_engine *e, struct sup_node *s,
                        uint32_t group, uint32_t node) {
  struct sup_groups *groups = s->super->groups;
  struct sup_member *m = take_member(e, groups, node);

  if (m == NULL)
    return false;
  m->group = group;
  link_behind(groups, m, groups->groups[group].last);
  return true;
}

bool sup__group_join(struct sup_engine *e, struct sup_node *s,
                     const sup_spec *spec, uint32_t node, bool added) {
  const struct sup_supervisor_spec *part = sup__part(s->spec);
  bool backwards = part->order == SUP_RIGHT_TO_LEFT;
  struct sup_groups *groups = s->super->groups;
  uint32_t group = sup__group_of_spec(part, spec);
  struct sup_member *m;
  struct sup_group *g;

  if (groups == NULL || group == SUP_GROUP_UNKNOWN)
    return true;
  m = take_member(e, groups, node);
  if (m == NULL)
    return false;
  m->group = group;
  g = &groups->groups[group];
  if (added)
    link_behind(groups, m, backwards ? SUP_NONE : g->last);
  else
    link_behind(groups, m,
                backwards ? before_fixed(e, s, groups, g)
                          : last_fixed(e, s, groups, g));
  return true;
}

void sup__member_free(struct sup_groups *groups, struct sup_member *m) {
  struct sup_group *g = &groups->groups[m->group];
  uint32_t id = sup__member_id(groups, m);

  if (g->last_up == id)
    g->last_up = m->previous;
  sup__line_leave(groups, m);
  unlink_member(groups, m);
  free_place(groups, place_of(groups, m->node));
  m->node = SUP_NONE;
  m->next = groups->free;
  groups->free = id;
}
