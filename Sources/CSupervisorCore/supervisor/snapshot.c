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
 * Snapshots. Copied in slices, so that a large tree does not hold up its
 * children; names and errors are kept by references to what holds them.
 */

#include <string.h>

#include "private.h"
#include "text.h"

/* Nodes copied in one hold of the lock. */
#define SLICE 1024u

struct sup_snapshot {
  const sup_allocator *allocator;
  sup_node_info *nodes;
  sup_spec **specs; /* keep the names */
  size_t count;
  size_t capacity;
  char *paths; /* of a search: one after another, each with its NUL */
  size_t paths_size;
  size_t paths_capacity;
  size_t paths_needed;
  uint64_t time;
  uint64_t first_event, last_event;
};

static bool reserve(struct sup_snapshot *s, size_t capacity) {
  sup_node_info *nodes;
  sup_spec **specs;

  if (capacity <= s->capacity)
    return true;
  nodes = sup__allocate(s->allocator, capacity * sizeof(*nodes));
  specs = sup__allocate(s->allocator, capacity * sizeof(*specs));
  if (nodes == NULL || specs == NULL) {
    sup__release(s->allocator, nodes, capacity * sizeof(*nodes));
    sup__release(s->allocator, specs, capacity * sizeof(*specs));
    return false;
  }
  if (s->count > 0) {
    memcpy(nodes, s->nodes, s->count * sizeof(*nodes));
    memcpy(specs, s->specs, s->count * sizeof(*specs));
  }
  sup__release(s->allocator, s->nodes, s->capacity * sizeof(*nodes));
  sup__release(s->allocator, s->specs, s->capacity * sizeof(*specs));
  s->nodes = nodes;
  s->specs = specs;
  s->capacity = capacity;
  return true;
}

/* The lock is held. */
static void copy_node(struct sup_snapshot *s, struct sup_tree *tree,
                      uint32_t node) {
  sup_node_info *info = &s->nodes[s->count];
  sup_token error;
  sup_spec *spec;
  void *state;

  info->size = sizeof(*info);
  info->child.tree = tree;
  sup__engine_node_info(tree->dispatcher.engine, node, info, &error, &spec,
                        &state);
  if (state != NULL && spec->kind == SUP_KIND_PROCESS)
    info->pid = sup__process_kind_pid(state);
  info->user = sup__spec_user(spec);
  info->error = sup__error_of(error);
  s->specs[s->count] = sup_spec_ref(spec);
  s->count++;
}

/* ---- Of all nodes ------------------------------------------------------- */

/*
 * The children of a supervisor are copied together in one hold of the lock, so
 * that they are of one moment: supervisor by supervisor, in the order in which
 * these were copied themselves. Only then all is put in the order of the tree.
 * Of more than fit into a slice each slice is of one moment.
 */

/* Where a node belongs, while nodes are gathered. */
struct place {
  uint32_t parent;       /* all in the order of copying */
  uint32_t first, count; /* its children */
  uint32_t source;       /* which node is to come here in the end */
};

struct gathering {
  struct sup_snapshot *s;
  struct sup_tree *tree;
  struct place *places;
  size_t capacity; /* of places */
  size_t at;       /* whose children are to be copied next */
  bool is_within;  /* some of them have been */
  struct sup_walk walk;
  size_t needed; /* room for so many is wanted */
};

static bool reserve_places(struct gathering *g) {
  size_t capacity = g->s->capacity;
  struct place *places;

  if (capacity <= g->capacity)
    return true;
  places = sup__allocate(g->s->allocator, capacity * sizeof(*places));
  if (places == NULL)
    return false;
  if (g->s->count > 0)
    memcpy(places, g->places, g->s->count * sizeof(*places));
  sup__release(g->s->allocator, g->places, g->capacity * sizeof(*places));
  g->places = places;
  g->capacity = capacity;
  return true;
}

static void gather_one(struct gathering *g, uint32_t node, size_t parent) {
  struct place *place = &g->places[g->s->count];

  place->parent = (uint32_t)parent;
  place->first = place->count = 0;
  copy_node(g->s, g->tree, node);
}

/* Begin with the children of the supervisor whose turn it is. False if that is
 * to wait for another hold of the lock; `copied` is what this one has done. */
static bool enter(struct gathering *g, unsigned copied) {
  const sup_node_info *info = &g->s->nodes[g->at];
  uint64_t count;

  if (!sup__engine_walk_into(g->tree->dispatcher.engine, &g->walk,
                             (uint32_t)info->child.node, info->child.generation,
                             &count))
    count = 0; /* it is gone */
  if (count > SLICE)
    count = SLICE;
  if (copied > 0 && copied + count > SLICE)
    return false;
  g->needed = g->s->count + (size_t)count;
  if (g->needed > g->s->capacity)
    return false;
  g->places[g->at].first = (uint32_t)g->s->count;
  g->is_within = true;
  return true;
}

/* True when all is copied. */
static bool gather_slice(struct gathering *g) {
  struct sup_snapshot *s = g->s;
  unsigned copied = 0;

  for (unsigned i = 0; i < 2 * SLICE && g->at < s->count; i++) {
    uint32_t child = UINT32_MAX;

    if (s->nodes[g->at].kind != SUP_KIND_SUPERVISOR &&
        s->nodes[g->at].children == 0) {
      g->at++;
      continue;
    }
    if (!g->is_within && !enter(g, copied))
      return false;
    if (copied == SLICE || s->count == s->capacity) {
      g->needed = s->count + SLICE;
      return false;
    }
    child = sup__engine_walk_child(g->tree->dispatcher.engine, &g->walk,
                                   (uint32_t)s->nodes[g->at].child.node);
    if (child != UINT32_MAX) {
      gather_one(g, child, g->at);
      g->places[g->at].count++;
      copied++;
    } else {
      g->is_within = false;
      g->at++;
    }
  }
  return g->at == s->count;
}

/* The node that comes after one and all below it; 0 at the end. */
static uint32_t place_after(const struct gathering *g, uint32_t at) {
  while (at != 0) {
    const struct place *parent = &g->places[g->places[at].parent];

    if (at + 1 < parent->first + parent->count)
      return at + 1;
    at = g->places[at].parent;
  }
  return 0;
}

/* Move everything to where it is to be, round by round of the permutation. */
static void permute(struct gathering *g) {
  struct place *places = g->places;
  struct sup_snapshot *s = g->s;

  for (uint32_t i = 0; i < s->count; i++) {
    sup_node_info node = s->nodes[i];
    sup_spec *spec = s->specs[i];
    uint32_t to = i;

    while (places[to].source != i) {
      uint32_t from = places[to].source;

      s->nodes[to] = s->nodes[from];
      s->specs[to] = s->specs[from];
      places[to].source = to;
      to = from;
    }
    s->nodes[to] = node;
    s->specs[to] = spec;
    places[to].source = to;
  }
}

static void put_in_order(struct gathering *g) {
  uint32_t at = 0;

  for (uint32_t i = 0; i < g->s->count; i++) {
    g->places[i].source = at;
    at = g->places[at].count > 0 ? g->places[at].first : place_after(g, at);
  }
  permute(g);
}

/* Not to be walked on. */
static void end_walk(struct sup_tree *tree, struct sup_walk *walk) {
  pthread_mutex_lock(&tree->lock);
  sup__engine_walk_end(tree->dispatcher.engine, walk);
  pthread_mutex_unlock(&tree->lock);
}

static bool gather_all(struct gathering *g, uint64_t nodes) {
  struct sup_engine *engine = g->tree->dispatcher.engine;
  struct sup_snapshot *s = g->s;
  bool done = false;

  g->needed = (size_t)nodes + 8;
  while (!done) {
    /* More than is needed, so that it seldom grows. */
    size_t room =
        g->needed > s->capacity ? g->needed + s->capacity / 2 : s->capacity;

    if (!reserve(s, room) || !reserve_places(g)) {
      if (s->count > 0)
        end_walk(g->tree, &g->walk);
      return false;
    }
    pthread_mutex_lock(&g->tree->lock);
    if (s->count == 0) {
      s->first_event = sup__engine_last_event(engine);
      s->time = sup__runtime_now(g->tree->runtime);
      sup__engine_walk_begin(engine, &g->walk);
      gather_one(g, sup__engine_next_node(engine, UINT32_MAX), 0);
    }
    done = gather_slice(g);
    if (done)
      sup__engine_walk_end(engine, &g->walk);
    s->last_event = sup__engine_last_event(engine);
    pthread_mutex_unlock(&g->tree->lock);
  }
  put_in_order(g);
  return true;
}

static struct sup_snapshot *create(struct sup_tree *tree) {
  struct sup_snapshot *s =
      sup__allocate_zeroed(tree->runtime->allocator, sizeof(*s));

  if (s != NULL)
    s->allocator = tree->runtime->allocator;
  return s;
}

int sup_tree_snapshot(sup_tree *tree, sup_snapshot **snapshot) {
  sup_tree_counters counters = {.size = sizeof(counters)};
  struct gathering g = {.tree = tree};
  int r = sup_tree_count(tree, &counters);
  bool complete;

  *snapshot = NULL;
  if (r != 0)
    return r;
  g.s = create(tree);
  if (g.s == NULL)
    return SUP_ENOMEM;
  complete = gather_all(&g, counters.nodes);
  sup__release(g.s->allocator, g.places, g.capacity * sizeof(*g.places));
  if (!complete) {
    sup_snapshot_free(g.s);
    return SUP_ENOMEM;
  }
  *snapshot = g.s;
  return 0;
}

size_t sup_snapshot_count(const sup_snapshot *s) {
  return s->count;
}

const sup_node_info *sup_snapshot_node(const sup_snapshot *s, size_t index) {
  return index < s->count ? &s->nodes[index] : NULL;
}

uint64_t sup_snapshot_time(const sup_snapshot *s) {
  return s->time;
}

void sup_snapshot_events(const sup_snapshot *s, uint64_t *first,
                         uint64_t *last) {
  *first = s->first_event;
  *last = s->last_event;
}

void sup_snapshot_free(sup_snapshot *s) {
  if (s == NULL)
    return;
  for (size_t i = 0; i < s->count; i++) {
    sup_error_unref(s->nodes[i].error);
    sup_spec_unref(s->specs[i]);
  }
  sup__release(s->allocator, s->nodes, s->capacity * sizeof(*s->nodes));
  sup__release(s->allocator, s->specs, s->capacity * sizeof(*s->specs));
  sup__release(s->allocator, s->paths, s->paths_capacity);
  sup__release(s->allocator, s, sizeof(*s));
}

/* ---- Of some nodes only ------------------------------------------------- */

static bool reserve_paths(struct sup_snapshot *s, size_t capacity) {
  char *paths;

  if (capacity <= s->paths_capacity)
    return true;
  paths = sup__allocate(s->allocator, capacity);
  if (paths == NULL)
    return false;
  if (s->paths_size > 0)
    memcpy(paths, s->paths, s->paths_size);
  sup__release(s->allocator, s->paths, s->paths_capacity);
  s->paths = paths;
  s->paths_capacity = capacity;
  return true;
}

/* False if there is no room. The lock is held. */
static bool copy_found(struct sup_snapshot *s, struct sup_tree *tree,
                       uint32_t node) {
  size_t room = s->paths_capacity - s->paths_size;
  size_t length;

  if (s->count == s->capacity)
    return false;
  length = sup__engine_path(tree->dispatcher.engine, node, 0,
                            s->paths + s->paths_size, room);
  s->paths_needed = s->paths_size + length + 1;
  if (length >= room)
    return false;
  s->paths_size += length + 1;
  copy_node(s, tree, node);
  return true;
}

/* As much of a search as is done in one hold of the lock. */
static bool search_slice(struct sup_snapshot *s, struct sup_tree *tree,
                         sup_search what, struct sup_walk *walk) {
  const struct sup_engine *engine = tree->dispatcher.engine;

  for (unsigned i = 0; i < SLICE; i++) {
    if (walk->at == UINT32_MAX)
      return true;
    if (sup__engine_is_found(engine, what, walk->at) &&
        !copy_found(s, tree, walk->at))
      return false;
    sup__engine_search_on(engine, what, walk);
  }
  return false;
}

static void name_paths(struct sup_snapshot *s) {
  const char *path = s->paths;

  for (size_t i = 0; i < s->count; i++) {
    s->nodes[i].path = path;
    path += strlen(path) + 1;
  }
}

/* False without memory; *gone if the node is. */
static bool copy_child(struct sup_snapshot *s, sup_child child, bool *gone) {
  struct sup_engine *engine = child.tree->dispatcher.engine;

  while (s->count == 0 && !*gone) {
    if (!reserve(s, 1) || !reserve_paths(s, 256) ||
        !reserve_paths(s, s->paths_needed))
      return false;
    pthread_mutex_lock(&child.tree->lock);
    *gone = sup__engine_spec(engine, sup__child_ref(child)) == NULL;
    s->first_event = s->last_event = sup__engine_last_event(engine);
    s->time = sup__runtime_now(child.tree->runtime);
    if (!*gone)
      (void)copy_found(s, child.tree, (uint32_t)child.node);
    pthread_mutex_unlock(&child.tree->lock);
  }
  return true;
}

int sup_child_snapshot(sup_child child, sup_snapshot **snapshot) {
  int r = sup__tree_check(child.tree);
  struct sup_snapshot *s;
  bool gone = false;

  *snapshot = NULL;
  if (r != 0)
    return r;
  s = create(child.tree);
  if (s == NULL)
    return SUP_ENOMEM;
  if (!copy_child(s, child, &gone) || gone) {
    sup_snapshot_free(s);
    return gone ? SUP_EGONE : SUP_ENOMEM;
  }
  name_paths(s);
  *snapshot = s;
  return 0;
}

static bool search_all(struct sup_snapshot *s, struct sup_tree *tree,
                       sup_search what) {
  struct sup_walk walk;
  bool begun = false, done = false;

  while (!done) {
    /* Twice as much each time, unless there is half of it left. */
    if (!reserve(s, s->count * 2 + 16) ||
        !reserve_paths(s, s->paths_size * 2 + 4096) ||
        !reserve_paths(s, s->paths_needed)) {
      if (begun)
        end_walk(tree, &walk);
      return false;
    }
    pthread_mutex_lock(&tree->lock);
    if (!begun) {
      begun = true;
      sup__engine_walk_begin(tree->dispatcher.engine, &walk);
      s->first_event = sup__engine_last_event(tree->dispatcher.engine);
      s->time = sup__runtime_now(tree->runtime);
      done = !sup__engine_can_find(tree->dispatcher.engine, what);
    }
    done = done || search_slice(s, tree, what, &walk);
    if (done)
      sup__engine_walk_end(tree->dispatcher.engine, &walk);
    s->last_event = sup__engine_last_event(tree->dispatcher.engine);
    pthread_mutex_unlock(&tree->lock);
  }
  return true;
}

static int search(struct sup_tree *tree, sup_search what,
                  sup_snapshot **snapshot) {
  int r = sup__tree_check(tree);
  struct sup_snapshot *s;

  *snapshot = NULL;
  if (r != 0)
    return r;
  s = create(tree);
  if (s == NULL)
    return SUP_ENOMEM;
  if (!search_all(s, tree, what)) {
    sup_snapshot_free(s);
    return SUP_ENOMEM;
  }
  name_paths(s);
  *snapshot = s;
  return 0;
}

int sup_tree_stop_waits(sup_tree *tree, sup_snapshot **snapshot) {
  return search(tree, SUP_SEARCH_STOPPING, snapshot);
}

int sup_tree_unready(sup_tree *tree, sup_snapshot **snapshot) {
  return search(tree, SUP_SEARCH_UNREADY, snapshot);
}

bool sup_tree_is_ready(sup_tree *tree) {
  bool ready;

  if (sup__tree_check(tree) != 0)
    return false;
  pthread_mutex_lock(&tree->lock);
  ready = sup__engine_is_ready(tree->dispatcher.engine);
  pthread_mutex_unlock(&tree->lock);
  return ready;
}

/* ---- As text ------------------------------------------------------------ */

const char *sup_state_name(sup_state state) {
  static const char *const names[] = {
      "new",      "starting",  "running",     "stopping", "waiting",
      "stuck",    "ended",     "completed",   "failed",   "stopped",
      "declined", "abandoned", "quarantined", "healthy",  "done"};

  return (unsigned)state < sizeof(names) / sizeof(names[0]) ? names[state]
                                                            : "unknown";
}

/* To a millisecond: nobody reads more. */
static sup_duration rounded(sup_duration time) {
  return time - time % SUP_MILLISECONDS(1);
}

static bool is_up(const sup_node_info *info) {
  return info->state == SUP_STATE_RUNNING || info->state == SUP_STATE_HEALTHY ||
         info->state == SUP_STATE_DONE;
}

size_t sup_snapshot_text(const sup_snapshot *s, char *buffer, size_t size) {
  static const char *const step_names[] = {"drain", "cancel", "kill"};
  struct sup_text text;

  sup__text_init(&text, buffer, size);
  for (size_t i = 0; i < s->count; i++) {
    const sup_node_info *info = &s->nodes[i];

    for (uint32_t d = 0; d < info->depth && info->path == NULL; d++)
      sup__text_add(&text, "  ");
    sup__text_add(&text, info->path == NULL ? info->name : info->path);
    sup__text_add(&text, "  ");
    sup__text_add(&text, sup_state_name(info->state));
    if (info->step_count != 0) {
      sup__text_add(&text, "  ");
      sup__text_add(&text, step_names[info->step_action]);
      sup__text_add(&text, ", step ");
      sup__text_number(&text, info->step + 1u);
      sup__text_add(&text, " of ");
      sup__text_number(&text, info->step_count);
    }
    if (info->waits_for != NULL) {
      sup__text_add(&text, "  after ");
      sup__text_add(&text, info->waits_for);
    }
    if (info->pid != 0) {
      sup__text_add(&text, "  pid ");
      sup__text_number(&text, (uint64_t)info->pid);
    }
    if (info->restarts != 0) {
      sup__text_add(&text, "  restarts ");
      sup__text_number(&text, info->restarts);
    }
    if (is_up(info) && s->time >= info->started_at) {
      sup__text_add(&text, "  up ");
      sup__text_duration(&text, rounded(s->time - info->started_at));
    }
    if (info->deadline != SUP_INFINITE && info->deadline > s->time) {
      sup__text_add(&text, "  for ");
      sup__text_duration(&text, rounded(info->deadline - s->time));
    }
    if (info->error != NULL) {
      sup__text_add(&text, "  last error: ");
      sup__text_add(&text, sup_error_text(info->error));
    }
    sup__text_add(&text, "\n");
  }
  return sup__text_end(&text);
}
