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
 * Starting side by side, and after one another (S11).
 *
 * A supervisor's links say, for each of its children that has to do with it,
 * which siblings it starts after and which start after it. A child whose turn
 * has come while one of those is not up is held; when one comes up, those
 * behind it that miss nothing any more go onto the supervisor's list of ready
 * ones, or, outside of a start phase, start at once.
 */

#include <string.h>

#include "after.h"
#include "internal.h"

struct link {
  uint32_t node;
  uint32_t after, after_count; /* into ids */
  uint32_t dependents, dependent_count;
};

struct sup_links {
  size_t bytes;
  uint32_t count;
  uint32_t *ids;
  struct link links[]; /* by node */
};

/* ---- Making them -------------------------------------------------------- */

/* Nodes of a list in the order of their specs: `first` and its successors. */
static void number_nodes(struct sup_engine *e, uint32_t first, size_t count,
                         uint32_t *nodes) {
  for (size_t i = 0; i < count; i++) {
    nodes[i] = first;
    first = sup__node(e, first)->next;
  }
}

static struct sup_links *allocate_links(struct sup_engine *e,
                                        const struct sup_after_graph *graph) {
  size_t bytes = sizeof(struct sup_links) + graph->count * sizeof(struct link) +
                 graph->edges * 2 * sizeof(uint32_t);
  struct sup_links *links = sup__allocate_zeroed(e->allocator, bytes);

  if (links == NULL)
    return NULL;
  links->bytes = bytes;
  links->count = (uint32_t)graph->count;
  links->ids = (uint32_t *)(links->links + graph->count);
  return links;
}

/* Both directions of the edges, first by place. */
static void fill_links(struct sup_links *links,
                       const struct sup_after_graph *graph,
                       const uint32_t *nodes) {
  uint32_t at = 0;

  for (size_t i = 0; i < graph->count; i++) {
    struct link *link = &links->links[i];

    link->node = nodes[i];
    link->after = at;
    link->after_count = graph->start[i + 1] - graph->start[i];
    for (uint32_t k = graph->start[i]; k < graph->start[i + 1]; k++) {
      links->ids[at++] = nodes[graph->to[k]];
      links->links[graph->to[k]].dependent_count++;
    }
  }
  for (size_t i = 0; i < graph->count; i++) {
    links->links[i].dependents = at;
    at += links->links[i].dependent_count;
    links->links[i].dependent_count = 0;
  }
  for (size_t i = 0; i < graph->count; i++)
    for (uint32_t k = graph->start[i]; k < graph->start[i + 1]; k++) {
      struct link *to = &links->links[graph->to[k]];

      links->ids[to->dependents + to->dependent_count++] = nodes[i];
    }
}

/* By node, for look-up. Nodes are mostly in order already: insertion sort over
 * what is not, which is linear then. */
static void sort_links(struct sup_links *links) {
  for (uint32_t i = 1; i < links->count; i++) {
    struct link link = links->links[i];
    uint32_t k = i;

    while (k > 0 && links->links[k - 1].node > link.node) {
      links->links[k] = links->links[k - 1];
      k--;
    }
    links->links[k] = link;
  }
}

bool sup__links_make(struct sup_engine *e, struct sup_node *s,
                     const struct sup_supervisor_spec *list, uint32_t first,
                     bool made) {
  struct sup_links **table = made ? &s->super->made_links : &s->super->links;
  struct sup_after_graph graph;
  struct sup_links *links = NULL;
  uint32_t *nodes;

  if (!sup__list_has_after(list))
    return true;
  if (sup__after_graph_make(&graph, e->allocator, list) != 0)
    return false;
  nodes = sup__allocate(e->allocator, graph.count * sizeof(*nodes));
  if (nodes != NULL)
    links = allocate_links(e, &graph);
  if (links != NULL) {
    number_nodes(e, first, graph.count, nodes);
    fill_links(links, &graph, nodes);
    sort_links(links);
    sup__links_free(e, *table);
    *table = links;
  }
  sup__release(e->allocator, nodes, graph.count * sizeof(*nodes));
  sup__after_graph_free(&graph);
  return links != NULL;
}

void sup__links_free(struct sup_engine *e, struct sup_links *links) {
  if (links != NULL)
    sup__release(e->allocator, links, links->bytes);
}

void sup__links_drop_made(struct sup_engine *e, struct sup_node *s) {
  sup__links_free(e, s->super->made_links);
  s->super->made_links = NULL;
}

/* ---- Looking ------------------------------------------------------------ */

static const struct link *find(const struct sup_links *links, uint32_t node) {
  uint32_t low = 0, high;

  if (links == NULL)
    return NULL;
  high = links->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;

    if (links->links[middle].node < node)
      low = middle + 1;
    else
      high = middle;
  }
  return low < links->count && links->links[low].node == node
             ? &links->links[low]
             : NULL;
}

/* A dependency that ended for good is met only if it completed. */
static bool is_up(const struct sup_node *n) {
  if (!(n->marks & (MARK_REACHED | MARK_DYNAMIC)))
    return false; /* what it shows is left from an earlier start */
  if (n->state_now == SUP_STATE_ENDED)
    return n->outcome == SUP_OUTCOME_COMPLETED &&
           !sup__child_is_restarted(n, SUP_OUTCOME_COMPLETED);
  /* I2: with an abandoned descendant it has ended for who waits for it. */
  return n->state_now == SUP_STATE_RUNNING ||
         n->state_now == SUP_STATE_COMPLETED ||
         (n->state_now == SUP_STATE_ABANDONED && (n->marks & MARK_COMPLETED));
}

uint32_t sup__missing(const struct sup_engine *e, const struct sup_node *c) {
  const struct sup_node *s = sup__parent(e, c);
  const struct link *link;

  if (s == NULL)
    return SUP_NONE;
  link = find(sup__links_of(s), c->index);
  for (uint32_t i = 0; link != NULL && i < link->after_count; i++) {
    uint32_t id = sup__links_of(s)->ids[link->after + i];

    if (!is_up(sup__node(e, id)))
      return id;
  }
  return SUP_NONE;
}

/* ---- Holding and going on ----------------------------------------------- */

bool sup__hold_back(struct sup_engine *e, struct sup_node *c) {
  if (sup__missing(e, c) == SUP_NONE)
    return false;
  sup__disarm(e, c);
  if (!(c->flags & NODE_HELD)) {
    c->flags |= NODE_HELD;
    sup__parent(e, c)->super->held++;
  }
  sup__set_state(e, c, SUP_STATE_WAITING);
  return true;
}

void sup__let_go(struct sup_engine *e, struct sup_node *c) {
  if (!(c->flags & NODE_HELD))
    return;
  c->flags &= ~NODE_HELD;
  sup__parent(e, c)->super->held--;
}

void sup__came_up(struct sup_engine *e, struct sup_node *c) {
  struct sup_node *s = sup__parent(e, c);
  const struct link *link;

  if (s->super->held == 0)
    return;
  link = find(sup__links_of(s), c->index);
  if (link == NULL)
    return;
  for (uint32_t i = 0; i < link->dependent_count; i++) {
    struct sup_node *d =
        sup__node(e, sup__links_of(s)->ids[link->dependents + i]);

    if (!(d->flags & NODE_HELD) || sup__missing(e, d) != SUP_NONE)
      continue;
    sup__let_go(e, d);
    if (s->super->phase == PHASE_START || s->super->phase == PHASE_ROUND_START)
      sup__wait_in_line(e, d, MARK_READY);
    else if (!sup__group_takes_start(e, s, d))
      sup__node_start_or_wait(e, d);
  }
}

/* ---- The order of what really happened ---------------------------------- */

/* Put a child that came up, or will not, into its place in the list if it is
 * not there by itself: behind those that did so before it, in the direction of
 * the starts (H1). */
void sup__order_by_acknowledgement(struct sup_engine *e, struct sup_node *s,
                                   struct sup_node *c) {
  bool backwards = sup__part(s->spec)->order == SUP_RIGHT_TO_LEFT;
  uint32_t middle = 1u << 30; /* below those that were added; list.c */
  uint32_t sequence;

  if ((sup__links_of(s) == NULL && sup__start_limit(s) == 1) ||
      s->super->last_up == c->index)
    return;
  sequence = ++s->super->acknowledged;
  sup__list_move(e, s, c, s->super->last_up, backwards);
  s->super->last_up = c->index;
  sup__group_moved(e, s, c);
  c->position = backwards ? middle - sequence : middle + sequence;
}
