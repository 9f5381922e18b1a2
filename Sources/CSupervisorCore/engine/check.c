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
 * The check of a whole spec (N1, N2, N5, N6): one walk with a stack of its own,
 * so that neither depth nor width of a spec is limited by the thread's stack.
 *
 * A spec that is used in several places has the same faults in each: it is
 * looked at once, under the first path, so that the walk stays linear even
 * where the tree would not be.
 */

#include "spec.h"

#include <string.h>

#include "after.h"
#include "group_spec.h"
#include "text.h"

/* A supervisor that is being looked at. */
struct frame {
  const sup_spec *spec;
  size_t next;        /* child to come */
  size_t path_before; /* length of the path of the one above */
  uint64_t nodes;     /* of the tree up to now */
};

/* A supervisor that may be met again. An open table, by address. */
struct shared {
  const sup_spec *spec;
  uint64_t nodes; /* 0 while it is still being looked at */
};

struct walk {
  const sup_allocator *allocator;
  const sup_spec *supervisor; /* of the topmost's children, if not itself */
  sup_fault_report report;
  void *ctx;
  bool faulty;
  struct frame *frames;
  size_t depth;
  size_t frame_capacity;
  char *path; /* of the supervisor on top, shown names joined by '/' */
  size_t path_length;
  size_t path_capacity;
  struct shared *shared;
  size_t shared_count;
  size_t shared_capacity; /* a power of two, or 0 */
};

/* ---- Memory ------------------------------------------------------------- */

/* Make room for `needed` elements. `*array` may move. */
static int reserve(const sup_allocator *allocator, void **array, size_t used,
                   size_t needed, size_t *capacity, size_t element) {
  size_t larger = *capacity == 0 ? 64 : *capacity;
  void *memory;

  if (needed <= *capacity)
    return 0;
  while (larger < needed)
    larger *= 2;
  memory = sup__allocate(allocator, larger * element);
  if (memory == NULL)
    return SUP_ENOMEM;
  if (used > 0)
    memcpy(memory, *array, used * element);
  sup__release(allocator, *array, *capacity * element);
  *array = memory;
  *capacity = larger;
  return 0;
}

static uint64_t mix(uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
  return bits ^ (bits >> 31);
}

/* The place of a spec in the table: its own or the free one for it. */
static struct shared *shared_place(struct shared *table, size_t capacity,
                                   const sup_spec *spec) {
  size_t at = (size_t)mix((uint64_t)(uintptr_t)spec) & (capacity - 1);
  while (table[at].spec != NULL && table[at].spec != spec)
    at = (at + 1) & (capacity - 1);
  return &table[at];
}

static int grow_shared(struct walk *walk) {
  size_t capacity = walk->shared_capacity == 0 ? 16 : walk->shared_capacity * 2;
  struct shared *table =
      sup__allocate_zeroed(walk->allocator, capacity * sizeof(struct shared));
  size_t i;

  if (table == NULL)
    return SUP_ENOMEM;
  for (i = 0; i < walk->shared_capacity; i++) {
    const struct shared *old = &walk->shared[i];
    if (old->spec != NULL)
      *shared_place(table, capacity, old->spec) = *old;
  }
  sup__release(walk->allocator, walk->shared,
               walk->shared_capacity * sizeof(struct shared));
  walk->shared = table;
  walk->shared_capacity = capacity;
  return 0;
}

/* A spec with one reference is in one place only and needs no entry. */
static bool may_be_shared(const sup_spec *spec) {
  return atomic_load_explicit(&spec->refs, memory_order_relaxed) > 1;
}

static struct shared *find_shared(struct walk *walk, const sup_spec *spec) {
  struct shared *place;
  if (walk->shared_capacity == 0 || !may_be_shared(spec))
    return NULL;
  place = shared_place(walk->shared, walk->shared_capacity, spec);
  return place->spec == NULL ? NULL : place;
}

static int open_shared(struct walk *walk, const sup_spec *spec) {
  int err;
  if (!may_be_shared(spec))
    return 0;
  if (walk->shared_count * 2 >= walk->shared_capacity) {
    err = grow_shared(walk);
    if (err != 0)
      return err;
  }
  shared_place(walk->shared, walk->shared_capacity, spec)->spec = spec;
  walk->shared_count++;
  return 0;
}

/* ---- Paths and reports -------------------------------------------------- */

static int push_name(struct walk *walk, const sup_spec *spec) {
  struct sup_text text;
  void *path = walk->path;
  /* An escaped byte takes four; a slash, some words for a name that is not
   * shown as it is, and the NUL. */
  size_t needed = walk->path_length + 4 * (size_t)spec->name_length + 32;
  int err = reserve(walk->allocator, &path, walk->path_length, needed,
                    &walk->path_capacity, 1);
  if (err != 0)
    return err;
  walk->path = path;
  sup__text_init(&text, walk->path + walk->path_length,
                 walk->path_capacity - walk->path_length);
  if (walk->path_length > 0)
    sup__text_byte(&text, '/');
  sup__text_name(&text, spec->name, spec->name_length);
  walk->path_length += sup__text_end(&text);
  return 0;
}

static void pop_name(struct walk *walk, size_t length) {
  walk->path_length = length;
  walk->path[length] = '\0';
}

/* A deep path by its two ends, cut at slashes. */
static const char *shorten(const struct walk *walk, char *buffer, size_t size) {
  size_t half = SUP_MAX_SHOWN_PATH / 2;
  size_t tail = walk->path_length - half;
  struct sup_text text;

  while (half > 0 && walk->path[half - 1] != '/')
    half--;
  while (walk->path[tail] != '\0' && walk->path[tail] != '/')
    tail++;
  sup__text_init(&text, buffer, size);
  sup__text_bytes(&text, walk->path, half);
  sup__text_add(&text, "...");
  sup__text_add(&text, walk->path + tail);
  sup__text_end(&text);
  return buffer;
}

/* Report something about the node that the path leads to. */
static int note(struct walk *walk, int code, const char *text) {
  char buffer[SUP_MAX_SHOWN_PATH + 8];
  const char *path = walk->path;
  if (code != 0)
    walk->faulty = true;
  if (walk->path_length > SUP_MAX_SHOWN_PATH)
    path = shorten(walk, buffer, sizeof buffer);
  return walk->report(walk->ctx, code, path, text);
}

static bool has_faults(const sup_spec *spec) {
  return spec->faults != NULL || spec->incomplete;
}

static int note_own_faults(struct walk *walk, const sup_spec *spec) {
  const struct sup_fault *fault = spec->faults;
  int err = 0;

  if (fault != NULL) {
    do {
      fault = fault->next;
      err = note(walk, fault->code, fault->text);
    } while (err == 0 && fault != spec->faults);
  }
  if (err == 0 && spec->incomplete)
    err = note(walk, SUP_ENOMEM,
               "a child or an option of it is missing, because there was not "
               "enough memory; make the spec again");
  return err;
}

/* ---- Names of siblings (N2) --------------------------------------------- */

/* One name in an open table. Places are indices into the list of children, plus
 * one. */
struct sibling {
  uint32_t tag;    /* part of the hash, to look at few names in vain */
  uint32_t first;  /* 0: free */
  uint32_t second; /* 0: the name is there once */
  uint32_t count;
};

static uint64_t hash_name(const char *name, size_t length) {
  uint64_t hash = UINT64_C(0xCBF29CE484222325);
  size_t i;
  for (i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x100000001B3);
  return mix(hash);
}

static bool same_name(const sup_spec *a, const sup_spec *b) {
  return a->name_length == b->name_length &&
         memcmp(a->name, b->name, a->name_length) == 0;
}

static struct sibling *sibling_place(struct sibling *table, size_t capacity,
                                     sup_spec *const *children,
                                     const sup_spec *child, uint64_t hash) {
  uint32_t tag = (uint32_t)(hash >> 32);
  size_t at = (size_t)hash & (capacity - 1);

  while (table[at].first != 0 &&
         (table[at].tag != tag ||
          !same_name(children[table[at].first - 1], child)))
    at = (at + 1) & (capacity - 1);
  table[at].tag = tag;
  return &table[at];
}

/* Places of a large table are anywhere in memory: so many are fetched at a time.
 */
#define AHEAD 8u

/* Enter all names; whether any is there twice. */
static bool enter_siblings(struct sibling *table, size_t capacity,
                           const struct sup_supervisor_spec *part) {
  uint64_t hashes[AHEAD];
  bool found = false;
  size_t i, coming = 0;
  for (i = 0; i < part->child_count; i++) {
    const sup_spec *child = part->children[i];
    struct sibling *place;
    for (; coming < part->child_count && coming < i + AHEAD; coming++) {
      const sup_spec *next = part->children[coming];
      uint64_t hash = hash_name(next->name, next->name_length);
      sup__prefetch_to_write(&table[(size_t)hash & (capacity - 1)]);
      hashes[coming % AHEAD] = hash;
    }
    if (child->name_length == 0)
      continue; /* a fault of its own */
    place = sibling_place(table, capacity, part->children, child,
                          hashes[i % AHEAD]);
    place->count++;
    if (place->first == 0) {
      place->first = (uint32_t)i + 1;
    } else if (place->second == 0) {
      place->second = (uint32_t)i + 1;
      found = true;
    }
  }
  return found;
}

static int note_duplicate(struct walk *walk, const sup_spec *child,
                          const struct sibling *sibling) {
  char buffer[256];
  struct sup_text text;
  size_t length = walk->path_length;
  int err;

  sup__text_init(&text, buffer, sizeof buffer);
  sup__text_number(&text, sibling->count);
  sup__text_add(&text, " siblings have this name, the first two at places ");
  sup__text_number(&text, sibling->first);
  sup__text_add(&text, " and ");
  sup__text_number(&text, sibling->second);
  sup__text_add(&text, " of the list; give each a name of its own");
  sup__text_end(&text);
  err = push_name(walk, child);
  if (err == 0)
    err = note(walk, SUP_EINVAL, buffer);
  pop_name(walk, length);
  return err;
}

/* Each name that is there more than once is reported once. */
static int check_siblings(struct walk *walk,
                          const struct sup_supervisor_spec *part) {
  size_t capacity = 4;
  struct sibling *table;
  size_t i;
  int err = 0;

  if (part->child_count < 2)
    return 0;
  while (capacity < part->child_count * 2)
    capacity *= 2;
  table = sup__allocate_zeroed(walk->allocator, capacity * sizeof *table);
  if (table == NULL)
    return SUP_ENOMEM;
  if (enter_siblings(table, capacity, part)) {
    for (i = 0; i < part->child_count && err == 0; i++) {
      const sup_spec *child = part->children[i];
      const struct sibling *place;
      if (child->name_length == 0)
        continue;
      place = sibling_place(table, capacity, part->children, child,
                            hash_name(child->name, child->name_length));
      if (place->second == i + 1)
        err = note_duplicate(walk, child, place);
    }
  }
  sup__release(walk->allocator, table, capacity * sizeof *table);
  return err;
}

/* D5 */
static int check_child_limit(struct walk *walk,
                             const struct sup_supervisor_spec *part) {
  char buffer[160];
  struct sup_text text;

  if (part->child_limit == 0 || part->child_count <= part->child_limit)
    return 0;
  sup__text_init(&text, buffer, sizeof buffer);
  sup__text_add(&text, "it has ");
  sup__text_number(&text, part->child_count);
  sup__text_add(&text, " children, but its limit is ");
  sup__text_number(&text, part->child_limit);
  sup__text_add(&text, "; raise the limit, or take children out");
  sup__text_end(&text);
  return note(walk, SUP_EINVAL, buffer);
}

/* ---- What starts after what (S11) --------------------------------------- */

static int note_of_child(struct walk *walk, const sup_spec *child,
                         const char *text) {
  size_t length = walk->path_length;
  int err = push_name(walk, child);

  if (err == 0)
    err = note(walk, SUP_EINVAL, text);
  pop_name(walk, length);
  return err;
}

static int note_unknown(struct walk *walk, const sup_spec *child,
                        const struct sup_after *after) {
  char buffer[512];
  struct sup_text text;

  sup__text_init(&text, buffer, sizeof buffer);
  sup__text_add(&text, "it is to start after '");
  sup__text_bytes(&text, after->name, after->length);
  sup__text_add(&text, "', which is not among its siblings; name one of them");
  sup__text_end(&text);
  return note_of_child(walk, child, buffer);
}

static int note_after_circle(struct walk *walk,
                             const struct sup_supervisor_spec *part,
                             const uint32_t *circle, size_t length) {
  const size_t shown = length < 8 ? length : 8;
  char buffer[2560];
  struct sup_text text;

  sup__text_init(&text, buffer, sizeof buffer);
  sup__text_add(&text, "it is to start after itself: ");
  for (size_t i = 0; i < shown; i++) {
    sup__text_add(&text, part->children[circle[i]]->name);
    sup__text_add(&text, " after ");
  }
  sup__text_add(&text, shown < length ? "… after " : "");
  sup__text_add(&text, part->children[circle[0]]->name);
  sup__text_add(&text, "; take one of these out");
  sup__text_end(&text);
  return note_of_child(walk, part->children[circle[0]], buffer);
}

static int check_edges(struct walk *walk,
                       const struct sup_supervisor_spec *part,
                       const struct sup_after_graph *graph) {
  size_t bytes = part->child_count * sizeof(uint32_t);
  uint32_t *circle;
  size_t length;
  int err = 0;

  for (size_t i = 0; i < part->child_count && err == 0; i++) {
    const struct sup_after *after = part->children[i]->policy->after;

    for (uint32_t k = graph->start[i]; k < graph->start[i + 1] && err == 0;
         k++, after = after->next)
      if (graph->to[k] == SUP_AFTER_UNKNOWN)
        err = note_unknown(walk, part->children[i], after);
  }
  if (err != 0)
    return err;
  circle = sup__allocate(walk->allocator, bytes);
  if (circle == NULL)
    return SUP_ENOMEM;
  err = sup__after_graph_circle(graph, circle, &length);
  if (err == 0 && length > 0)
    err = note_after_circle(walk, part, circle, length);
  sup__release(walk->allocator, circle, bytes);
  return err;
}

static int check_after(struct walk *walk,
                       const struct sup_supervisor_spec *part) {
  struct sup_after_graph graph;
  int err;

  if (!sup__list_has_after(part))
    return 0;
  err = sup__after_graph_make(&graph, walk->allocator, part);
  if (err != 0)
    return err;
  err = check_edges(walk, part, &graph);
  sup__after_graph_free(&graph);
  return err;
}

/* ---- Options that do not go together (N6, T4) --------------------------- */

static const char *permanence_fault(const sup_spec *spec) {
  if (!spec->policy->significant || spec->policy->restart != SUP_PERMANENT)
    return NULL;
  return "it is significant and permanent, so it would never end for good; "
         "make it transient or temporary, or not significant";
}

const char *sup__significance_fault(const sup_spec *supervisor,
                                    const sup_spec *child) {
  if (!child->policy->significant ||
      sup__part(supervisor)->auto_shutdown != SUP_AUTO_SHUTDOWN_NEVER)
    return NULL;
  return "it is significant, but the auto-shutdown of its supervisor is never; "
         "set that to any or all, or make it not significant";
}

/* The supervisor under which the children of the topmost are going to run. */
static const sup_spec *real_supervisor(const struct walk *walk,
                                       const sup_spec *spec) {
  return walk->depth == 1 && walk->supervisor != NULL ? walk->supervisor : spec;
}

static int check_significance(struct walk *walk, const sup_spec *spec) {
  const struct sup_supervisor_spec *part = spec->u.supervisor;
  const sup_spec *supervisor = real_supervisor(walk, spec);
  int err = 0;

  for (size_t i = 0; i < part->child_count && err == 0; i++) {
    const char *fault = sup__significance_fault(supervisor, part->children[i]);

    if (fault != NULL)
      err = note_of_child(walk, part->children[i], fault);
  }
  return err;
}

/* G2 */
static int check_groups(struct walk *walk, const sup_spec *spec) {
  const struct sup_supervisor_spec *part = spec->u.supervisor;
  const sup_spec *supervisor = real_supervisor(walk, spec);
  char buffer[512];
  int err = 0;

  if (supervisor == spec && part->group_count > 0 &&
      part->strategy != SUP_ONE_FOR_ONE)
    err = note(walk, SUP_EINVAL,
               "it has groups, but its strategy says already who is restarted "
               "with whom; make it one-for-one or take the groups out");
  for (size_t i = 0; i < part->child_count && err == 0; i++) {
    const sup_spec *child = part->children[i];
    const char *fault =
        sup__group_fault(supervisor, child, buffer, sizeof(buffer));

    if (fault != NULL)
      err = note_of_child(walk, child, fault);
  }
  return err;
}

/* Whether starts of this child that hang are too far apart to be counted
 * together. */
static bool hangs_too_slowly(const sup_spec *child, sup_duration window) {
  const struct sup_policy *policy = child->policy;
  return policy->notify_start && policy->restart != SUP_TEMPORARY &&
         policy->start_timeout != SUP_INFINITE &&
         policy->start_timeout >= window;
}

static int warn_of_slow_starts(struct walk *walk,
                               const struct sup_supervisor_spec *part) {
  const sup_spec *first = NULL;
  uint64_t count = 0;
  char buffer[512];
  struct sup_text text;
  size_t i;

  if (part->tolerance_max == 0 || part->tolerance_max == SUP_UNLIMITED ||
      part->tolerance_window == 0)
    return 0;
  for (i = 0; i < part->child_count; i++) {
    if (!hangs_too_slowly(part->children[i], part->tolerance_window))
      continue;
    if (first == NULL)
      first = part->children[i];
    count++;
  }
  if (first == NULL)
    return 0;
  sup__text_init(&text, buffer, sizeof buffer);
  sup__text_add(&text, "the start timeout of \"");
  sup__text_name(&text, first->name, first->name_length);
  sup__text_byte(&text, '"');
  if (count > 1) {
    sup__text_add(&text, " (and of ");
    sup__text_number(&text, count - 1);
    sup__text_add(&text, " more)");
  }
  sup__text_add(&text, ", ");
  sup__text_duration(&text, first->policy->start_timeout);
  sup__text_add(&text, ", is not below the window of the tolerance, ");
  sup__text_duration(&text, part->tolerance_window);
  sup__text_add(&text, ", so starts that hang would be tried again for ever; "
                       "lower it or widen the window");
  sup__text_end(&text);
  return note(walk, 0, buffer);
}

/* ---- The walk ----------------------------------------------------------- */

static uint64_t add_nodes(uint64_t a, uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static int enter(struct walk *walk, const sup_spec *spec) {
  void *frames = walk->frames;
  size_t path_before = walk->path_length;
  struct frame *frame;
  int err = reserve(walk->allocator, &frames, walk->depth, walk->depth + 1,
                    &walk->frame_capacity, sizeof(struct frame));
  walk->frames = frames;
  if (err == 0)
    err = push_name(walk, spec);
  if (err == 0)
    err = open_shared(walk, spec);
  if (err != 0)
    return err;
  frame = &walk->frames[walk->depth++];
  frame->spec = spec;
  frame->next = 0;
  frame->path_before = path_before;
  frame->nodes = 1;

  err = note_own_faults(walk, spec);
  if (err == 0 && permanence_fault(spec) != NULL)
    err = note(walk, SUP_EINVAL, permanence_fault(spec));
  if (err == 0)
    err = check_siblings(walk, spec->u.supervisor);
  if (err == 0)
    err = check_after(walk, spec->u.supervisor);
  if (err == 0)
    err = check_significance(walk, spec);
  if (err == 0)
    err = check_groups(walk, spec);
  if (err == 0)
    err = check_child_limit(walk, spec->u.supervisor);
  if (err == 0)
    err = warn_of_slow_starts(walk, spec->u.supervisor);
  return err;
}

/* What does not go together in a command, whose settings come in any order. */
static const char *command_fault(const sup_spec *spec, unsigned index) {
  if (spec->kind != SUP_KIND_PROCESS || spec->u.process.functions == NULL ||
      spec->u.process.functions->fault == NULL)
    return NULL;
  return spec->u.process.functions->fault(spec->u.process.data, index);
}

/* I2 */
static const char *overlap_fault(const sup_spec *spec) {
  if (spec->runs == SUP_RUNS_NOTHING ||
      spec->policy->when_stuck != SUP_STUCK_OVERLAP)
    return NULL;
  return "it runs children, so it cannot be replaced while it or one of them "
         "runs; let it wait, or set overlap on the children";
}

static int check_leaf(struct walk *walk, const sup_spec *spec) {
  const char *fault = spec->kind == SUP_KIND_PROCESS ? command_fault(spec, 0)
                                                     : overlap_fault(spec);
  const char *permanent = permanence_fault(spec);
  size_t length = walk->path_length;
  unsigned index = 0;
  int err;
  if (!has_faults(spec) && fault == NULL && permanent == NULL)
    return 0;
  err = push_name(walk, spec);
  if (err != 0)
    return err;
  err = note_own_faults(walk, spec);
  while (err == 0 && fault != NULL) {
    err = note(walk, SUP_EINVAL, fault);
    fault = command_fault(spec, ++index);
  }
  if (err == 0 && permanent != NULL)
    err = note(walk, SUP_EINVAL, permanent);
  pop_name(walk, length);
  return err;
}

static int note_circle(struct walk *walk, const sup_spec *spec) {
  size_t length = walk->path_length;
  int err = push_name(walk, spec);
  if (err != 0)
    return err;
  err = note(walk, SUP_EINVAL,
             "the supervisor contains itself, so the tree would have no end; "
             "make another spec");
  pop_name(walk, length);
  return err;
}

static int check_child(struct walk *walk, const sup_spec *child) {
  struct frame *frame = &walk->frames[walk->depth - 1];
  const struct shared *shared;

  if (child->kind != SUP_KIND_SUPERVISOR) {
    frame->nodes = add_nodes(frame->nodes, 1);
    return check_leaf(walk, child);
  }
  shared = find_shared(walk, child);
  if (shared == NULL)
    return enter(walk, child);
  if (shared->nodes == 0)
    return note_circle(walk, child);
  frame->nodes = add_nodes(frame->nodes, shared->nodes);
  return 0;
}

/* All children of the topmost are done. */
static int leave(struct walk *walk) {
  const struct frame *frame = &walk->frames[walk->depth - 1];
  uint64_t nodes = frame->nodes;
  struct shared *shared = find_shared(walk, frame->spec);
  int err = 0;

  if (shared != NULL)
    shared->nodes = nodes;
  if (walk->depth == 1 && nodes > SUP_MAX_NODES)
    err = note(walk, SUP_EOVERFLOW,
               "the tree would have more than 2147483647 nodes; use fewer");
  walk->depth--;
  if (walk->depth > 0) {
    struct frame *above = &walk->frames[walk->depth - 1];
    above->nodes = add_nodes(above->nodes, nodes);
  }
  pop_name(walk, frame->path_before);
  return err;
}

static int walk_all(struct walk *walk, const sup_spec *spec) {
  int err = 0;
  if (spec->kind != SUP_KIND_SUPERVISOR)
    return check_leaf(walk, spec);
  err = enter(walk, spec);
  while (err == 0 && walk->depth > 0) {
    struct frame *frame = &walk->frames[walk->depth - 1];
    const struct sup_supervisor_spec *part = frame->spec->u.supervisor;
    if (frame->next < part->child_count)
      err = check_child(walk, part->children[frame->next++]);
    else
      err = leave(walk);
  }
  return err;
}

int sup__spec_walk(const sup_spec *spec, const sup_spec *supervisor,
                   sup_fault_report report, void *ctx) {
  struct walk walk;
  int err;

  memset(&walk, 0, sizeof walk);
  walk.allocator = sup__spec_allocator();
  walk.supervisor = supervisor;
  walk.report = report;
  walk.ctx = ctx;
  err = walk_all(&walk, spec);
  sup__release(walk.allocator, walk.frames,
               walk.frame_capacity * sizeof(struct frame));
  sup__release(walk.allocator, walk.path, walk.path_capacity);
  sup__release(walk.allocator, walk.shared,
               walk.shared_capacity * sizeof(struct shared));
  if (err == 0 && walk.faulty)
    err = SUP_ESPEC;
  return err;
}
