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
 * Children in the lists of their supervisors: how they get in, and how they
 * get out again whatever is going on.
 *
 * A list holds the children of the spec, then those of the resource step, then
 * those that were added. `position` ascends in it: children of the first two
 * sorts have positions below DYNAMIC, added ones from there on, each one more
 * than the last, so that a place is never given twice. When the numbers come
 * to their end, every further addition gives a few children, from the first
 * one on, lower numbers again.
 */

#include "internal.h"

#define DYNAMIC (1u << 31)
#define RENUMBER (3u << 30)

/* ---- Getting in --------------------------------------------------------- */

static void insert(struct sup_engine *e, struct sup_supervisor *list,
                   struct sup_node *n, uint32_t left, uint32_t right) {
  n->previous = left;
  n->next = right;
  if (left == SUP_NONE)
    list->first = n->index;
  else
    sup__node(e, left)->next = n->index;
  if (right == SUP_NONE)
    list->last = n->index;
  else
    sup__node(e, right)->previous = n->index;
}

/* The last child that was not added. */
static uint32_t last_fixed(struct sup_engine *e,
                           const struct sup_supervisor *list) {
  return list->first_dynamic == SUP_NONE
             ? list->last
             : sup__node(e, list->first_dynamic)->previous;
}

static uint32_t position_after(struct sup_engine *e, uint32_t left,
                               uint32_t least) {
  uint32_t position;

  if (left == SUP_NONE)
    return least;
  position = sup__node(e, left)->position + 1;
  return position < least ? least : position;
}

/* Two steps of giving lower positions, from the first one on. At any moment
 * they ascend. */
static void renumber(struct sup_engine *e, struct sup_supervisor *list) {
  for (unsigned i = 0; i < 2 && list->last != SUP_NONE; i++) {
    struct sup_node *n;

    if (list->renumber == SUP_NONE) {
      if (sup__node(e, list->last)->position < RENUMBER)
        return;
      list->renumber = list->first_dynamic;
    }
    n = sup__node(e, list->renumber);
    n->position = n->index == list->first_dynamic
                      ? DYNAMIC
                      : position_after(e, n->previous, DYNAMIC);
    list->renumber = n->next;
  }
}

bool sup__list_has_room(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *list = s->super;

  renumber(e, list);
  return list->last == SUP_NONE ||
         sup__node(e, list->last)->position < UINT32_MAX - 1;
}

static bool is_fixed(const struct sup_node *n) {
  return !(n->flags & NODE_MADE) && !(n->marks & MARK_DYNAMIC);
}

void sup__node_show(struct sup_engine *e, struct sup_node *n, bool shown) {
  struct sup_node *parent = sup__parent(e, n);
  uint32_t by = shown ? 1 : UINT32_MAX; /* modulo 2^32: one less */

  if (n->flags & NODE_BODY)
    return;
  e->node_count += by;
  if (parent == NULL)
    return;
  parent->super->visible += by;
  if (is_fixed(n))
    parent->super->fixed_visible += by;
}

uint32_t sup__node_add(struct sup_engine *e, struct sup_node *parent,
                       sup_spec *spec, uint32_t flags, uint16_t marks) {
  uint32_t index = sup__name_room(e) && sup__requests_room(e)
                       ? sup__node_make(e, parent, spec, flags, marks)
                       : SUP_NONE;
  struct sup_supervisor *list;
  struct sup_node *n;

  if (index == SUP_NONE)
    return SUP_NONE;
  n = sup__node(e, index);
  if (parent != NULL) {
    uint32_t left;

    list = parent->super;
    if (marks & MARK_DYNAMIC) {
      n->position = position_after(e, list->last, DYNAMIC);
      insert(e, list, n, list->last, SUP_NONE);
      if (list->first_dynamic == SUP_NONE)
        list->first_dynamic = index;
      list->dynamic_count++;
    } else {
      left = last_fixed(e, list);
      n->position = position_after(e, left, 0);
      insert(e, list, n, left, list->first_dynamic);
    }
    list->count++;
    if (!(flags & NODE_BODY))
      sup__name_add(e, n);
  }
  sup__node_show(e, n, true);
  return index;
}

struct sup_node *sup__node_walk(struct sup_engine *e, struct sup_node *n,
                                uint32_t top) {
  if (sup__is_supervisor(n) && n->super->first != SUP_NONE)
    return sup__node(e, n->super->first);
  while (n->index != top) {
    if (n->next != SUP_NONE)
      return sup__node(e, n->next);
    n = sup__node(e, n->parent);
  }
  return NULL;
}

static uint32_t first_behind(struct sup_engine *e,
                             const struct sup_supervisor *list, uint32_t left) {
  return left == SUP_NONE ? list->first : sup__node(e, left)->next;
}

static bool add_list(struct sup_engine *e, struct sup_node *s,
                     const sup_spec *list, uint32_t flags) {
  const struct sup_supervisor_spec *own = sup__part(list);
  uint32_t before = last_fixed(e, s->super);

  if (sup__has_body(s) &&
      sup__node_add(e, s, s->spec, NODE_BODY, 0) == SUP_NONE)
    return false;
  for (size_t i = 0; i < own->child_count; i++)
    if (sup__node_add(e, s, own->children[i], flags, 0) == SUP_NONE)
      return false;
  return sup__links_make(e, s, own, first_behind(e, s->super, before),
                         (flags & NODE_MADE) != 0);
}

static void remove_added(struct sup_engine *e, struct sup_node *s,
                         uint32_t before) {
  uint32_t c = first_behind(e, s->super, before);

  while (c != SUP_NONE && c != s->super->first_dynamic) {
    struct sup_node *n = sup__node(e, c);

    c = n->next;
    sup__node_remove(e, n);
  }
}

bool sup__make_children(struct sup_engine *e, struct sup_node *s,
                        const sup_spec *list, uint32_t flags) {
  uint32_t before = last_fixed(e, s->super);
  bool good = add_list(e, s, list, flags);
  uint32_t c = first_behind(e, s->super, before);

  for (; good && c != SUP_NONE && c != s->super->first_dynamic;
       c = sup__node(e, c)->next) {
    struct sup_node *n = sup__node(e, c);

    while (good && n != NULL) {
      if (sup__is_supervisor(n))
        good = add_list(e, n, n->spec, 0);
      n = sup__node_walk(e, n, c);
    }
  }
  if (!good) {
    remove_added(e, s, before);
    if (flags & NODE_MADE)
      sup__links_drop_made(e, s);
  }
  return good;
}

/* ---- Moving ------------------------------------------------------------- */

static void take(struct sup_engine *e, struct sup_supervisor *list,
                 struct sup_node *n) {
  if (n->previous == SUP_NONE)
    list->first = n->next;
  else
    sup__node(e, n->previous)->next = n->next;
  if (n->next == SUP_NONE)
    list->last = n->previous;
  else
    sup__node(e, n->next)->previous = n->previous;
}

void sup__list_move(struct sup_engine *e, struct sup_node *s,
                    struct sup_node *c, uint32_t where, bool before) {
  struct sup_supervisor *list = s->super;
  uint32_t left, right;

  sup__walks_leave(e, c);
  take(e, list, c);
  if (before) {
    right = where == SUP_NONE ? list->first_dynamic : where;
    left = right == SUP_NONE ? list->last : sup__node(e, right)->previous;
  } else {
    left = where;
    right = first_behind(e, list, where);
  }
  insert(e, list, c, left, right);
}

/* ---- Those that are about to start -------------------------------------- */

static struct sup_waiting_list *waiting_list(struct sup_engine *e,
                                             const struct sup_node *c) {
  struct sup_supervisor *super = sup__parent(e, c)->super;

  return c->marks & MARK_READY ? &super->ready : &super->joins;
}

void sup__wait_in_line(struct sup_engine *e, struct sup_node *c,
                       uint16_t mark) {
  struct sup_waiting_list *list;

  SUP_ASSERT(!(c->marks & (MARK_READY | MARK_JOINS)) &&
             c->deadline == SUP_INFINITE);
  c->marks |= mark;
  list = waiting_list(e, c);
  c->line_next = SUP_NONE;
  c->line_previous = list->last;
  if (list->last == SUP_NONE)
    list->first = c->index;
  else
    sup__node(e, list->last)->line_next = c->index;
  list->last = c->index;
  sup__dirty(e, sup__parent(e, c));
}

void sup__leave_line(struct sup_engine *e, struct sup_node *c) {
  struct sup_waiting_list *list;

  if (!(c->marks & (MARK_READY | MARK_JOINS)))
    return;
  list = waiting_list(e, c);
  if (c->line_previous == SUP_NONE)
    list->first = c->line_next;
  else
    sup__node(e, c->line_previous)->line_next = c->line_next;
  if (c->line_next == SUP_NONE)
    list->last = c->line_previous;
  else
    sup__node(e, c->line_next)->line_previous = c->line_previous;
  c->line_next = c->line_previous = SUP_NONE;
  c->marks &= (uint16_t) ~(MARK_READY | MARK_JOINS);
}

struct sup_node *sup__first_in_line(struct sup_engine *e,
                                    struct sup_waiting_list *list) {
  struct sup_node *c;

  if (list->first == SUP_NONE)
    return NULL;
  c = sup__node(e, list->first);
  sup__leave_line(e, c);
  return c;
}

/* ---- Getting out -------------------------------------------------------- */

/* Its supervisor's phase goes on without it. */
static void move_cursors(struct sup_engine *e, struct sup_node *s,
                         struct sup_node *n) {
  struct sup_supervisor *super = s->super;
  bool backwards =
      super->phase == PHASE_ROUND_STOP || super->phase == PHASE_HALT;

  if (super->cursor == n->index) {
    if (super->phase == PHASE_SWEEP)
      super->cursor = n->next;
    else if (super->phase == PHASE_ROUND_STOP && super->round_first == n->index)
      super->cursor = SUP_NONE;
    else
      super->cursor = backwards ? sup__start_previous(e, s, n->index)
                                : sup__start_next(e, s, n->index);
  }
  if (super->round_first == n->index)
    super->round_first = sup__start_next(e, s, n->index);
  if (super->found == n->index)
    super->found = SUP_NONE;
  if (super->renumber == n->index)
    super->renumber = n->next;
  if (super->first_dynamic == n->index)
    super->first_dynamic = n->next;
}

static void unlink_node(struct sup_engine *e, struct sup_node *n) {
  struct sup_node *s = sup__parent(e, n);

  SUP_ASSERT(!(n->flags & (NODE_ALIVE | NODE_RUNS | NODE_UNDEAD | NODE_FREE)));
  sup__answer_stopped(e, n, 0);
  sup__answer_ended(e, n, 0);
  sup__walks_leave(e, n);
  sup__leave_line(e, n);
  sup__let_go(e, n);
  sup__disarm(e, n);
  sup__significant_forget(e, n);
  sup__not_wanted(e, n);
  sup__group_leave(e, n);
  move_cursors(e, s, n);
  take(e, s->super, n);
  s->super->count--;
  if (n->marks & MARK_DYNAMIC)
    s->super->dynamic_count--;
  if (!(n->flags & NODE_DROPPED))
    sup__node_show(e, n, false);
  if (!(n->flags & NODE_BODY))
    sup__name_remove(e, n);
  sup__token_replace(e, &n->error, 0);
  if (sup__is_supervisor(n))
    sup__drop_failures(e, n);
  n->flags |= NODE_FREE;
  /* Its path may still be asked for by those that hold a record of it. */
  sup__node_pin(e, n->parent);
}

void sup__node_remove(struct sup_engine *e, struct sup_node *n) {
  unlink_node(e, n);
  if (!sup__is_supervisor(n) || n->super->first == SUP_NONE) {
    sup__give_back(e, n);
    return;
  }
  sup__node_pin(e, n->index);
  n->next = e->graves;
  e->graves = n->index;
  /* What is begun is begun; a newer grave is dug first. */
  e->grave = n->index;
}

void sup__clear_graves(struct sup_engine *e) {
  for (unsigned i = 0; i < SUP_SLICE && e->graves != SUP_NONE; i++) {
    struct sup_node *n = sup__node(e, e->grave);

    if (sup__is_supervisor(n) && n->super->first != SUP_NONE) {
      e->grave = n->super->first;
    } else if (n->index == e->graves) {
      e->graves = e->grave = n->next;
      n->next = SUP_NONE;
      sup__node_unpin(e, n->index);
    } else {
      e->grave = n->parent;
      unlink_node(e, n);
      sup__give_back(e, n);
    }
  }
}

/* ---- Walks that survive all this ---------------------------------------- */

/* What comes after a node and all below it. */
uint32_t sup__node_after(const struct sup_engine *e, const struct sup_node *n) {
  while (n->generation != 0 && n->parent != SUP_NONE) {
    if (n->next != SUP_NONE)
      return n->next;
    n = sup__node(e, n->parent);
  }
  return SUP_NONE;
}

static bool is_below(const struct sup_engine *e, uint32_t index,
                     const struct sup_node *top) {
  while (index != SUP_NONE && index != top->index)
    index = sup__node(e, index)->parent;
  return index != SUP_NONE;
}

void sup__walks_leave(struct sup_engine *e, const struct sup_node *n) {
  for (struct sup_walk *walk = e->walks; walk != NULL; walk = walk->next)
    if (is_below(e, walk->at, n))
      walk->at = sup__node_after(e, n);
}

void sup__engine_walk_begin(struct sup_engine *e, struct sup_walk *walk) {
  walk->at = e->root;
  walk->next = e->walks;
  e->walks = walk;
}

uint32_t sup__engine_walk_next(struct sup_engine *e, struct sup_walk *walk) {
  while (walk->at != SUP_NONE) {
    const struct sup_node *n = sup__node(e, walk->at);

    if (n->flags & (NODE_DROPPED | NODE_BODY)) {
      walk->at = sup__node_after(e, n);
      continue;
    }
    walk->at = sup__is_supervisor(n) && n->super->first != SUP_NONE
                   ? n->super->first
                   : sup__node_after(e, n);
    return n->index;
  }
  return SUP_NONE;
}

void sup__engine_walk_end(struct sup_engine *e, struct sup_walk *walk) {
  struct sup_walk **at = &e->walks;

  while (*at != walk)
    at = &(*at)->next;
  *at = walk->next;
}

bool sup__engine_walk_into(struct sup_engine *e, struct sup_walk *walk,
                           uint32_t supervisor, uint64_t generation,
                           uint64_t *children) {
  const struct sup_node *s = sup__node_find(e, supervisor, generation);

  if (s == NULL || !sup__is_supervisor(s)) {
    walk->at = SUP_NONE;
    *children = 0;
    return false;
  }
  walk->at = s->super->first;
  *children = s->super->visible;
  return true;
}

uint32_t sup__engine_walk_child(struct sup_engine *e, struct sup_walk *walk,
                                uint32_t supervisor) {
  while (walk->at != SUP_NONE) {
    const struct sup_node *c = sup__node(e, walk->at);

    /* It was the last one, and has left. */
    if (c->parent != supervisor)
      break;
    walk->at = c->next;
    if (!(c->flags & (NODE_DROPPED | NODE_BODY)))
      return c->index;
  }
  walk->at = SUP_NONE;
  return SUP_NONE;
}
