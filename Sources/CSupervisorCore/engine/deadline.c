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
 * Deadlines: an intrusive pairing heap over nodes (Fredman, Sedgewick, Sleator
 * and Tarjan, "The pairing heap: a new form of self-adjusting heap", 1986).
 * Arming is O(1), taking one out O(log n) amortized, and no memory is needed.
 * Equal deadlines come out as they were armed.
 *
 * heap_child is a node's first child; heap_next and heap_previous link
 * siblings, the first of which has its parent as heap_previous.
 */

#include "internal.h"

static bool before(const struct sup_node *a, const struct sup_node *b) {
  if (a->deadline != b->deadline)
    return a->deadline < b->deadline;
  return a->armed < b->armed;
}

/* Make the later root the first child of the earlier one. */
static uint32_t meld(struct sup_engine *e, uint32_t a, uint32_t b) {
  struct sup_node *upper, *lower;

  if (a == SUP_NONE)
    return b;
  if (b == SUP_NONE)
    return a;
  if (before(sup__node(e, b), sup__node(e, a))) {
    uint32_t swap = a;

    a = b;
    b = swap;
  }
  upper = sup__node(e, a);
  lower = sup__node(e, b);
  lower->heap_previous = a;
  lower->heap_next = upper->heap_child;
  if (upper->heap_child != SUP_NONE)
    sup__node(e, upper->heap_child)->heap_previous = b;
  upper->heap_child = b;
  upper->heap_next = SUP_NONE;
  upper->heap_previous = SUP_NONE;
  return a;
}

/* Join the children of a node that goes: in pairs from the left, then the
 * pairs from the right. */
static uint32_t join_children(struct sup_engine *e, struct sup_node *n) {
  uint32_t rest = n->heap_child;
  uint32_t pairs = SUP_NONE; /* linked by heap_next, last pair first */
  uint32_t root = SUP_NONE;

  n->heap_child = SUP_NONE;
  while (rest != SUP_NONE) {
    uint32_t a = rest;
    uint32_t b = sup__node(e, a)->heap_next;
    uint32_t pair;

    rest = b == SUP_NONE ? SUP_NONE : sup__node(e, b)->heap_next;
    sup__node(e, a)->heap_next = SUP_NONE;
    if (b != SUP_NONE)
      sup__node(e, b)->heap_next = SUP_NONE;
    pair = meld(e, a, b);
    sup__node(e, pair)->heap_next = pairs;
    pairs = pair;
  }
  while (pairs != SUP_NONE) {
    uint32_t pair = pairs;

    pairs = sup__node(e, pair)->heap_next;
    sup__node(e, pair)->heap_next = SUP_NONE;
    root = meld(e, root, pair);
  }
  if (root != SUP_NONE)
    sup__node(e, root)->heap_previous = SUP_NONE;
  return root;
}

void sup__disarm(struct sup_engine *e, struct sup_node *n) {
  uint32_t index, rest;

  if (n->deadline == SUP_INFINITE)
    return;
  index = n->index;
  if (index == e->heap) {
    e->heap = join_children(e, n);
  } else {
    struct sup_node *left = sup__node(e, n->heap_previous);

    if (left->heap_child == index)
      left->heap_child = n->heap_next;
    else
      left->heap_next = n->heap_next;
    if (n->heap_next != SUP_NONE)
      sup__node(e, n->heap_next)->heap_previous = n->heap_previous;
    rest = join_children(e, n);
    e->heap = meld(e, e->heap, rest);
  }
  n->heap_next = n->heap_previous = SUP_NONE;
  n->deadline = SUP_INFINITE;
}

void sup__arm(struct sup_engine *e, struct sup_node *n, uint64_t deadline) {
  if (deadline == n->deadline)
    return;
  sup__disarm(e, n);
  if (deadline == SUP_INFINITE)
    return;
  n->deadline = deadline;
  n->armed = ++e->next_armed;
  e->heap = meld(e, e->heap, n->index);
}
