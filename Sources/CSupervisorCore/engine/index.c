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
 * Nodes by parent and name: linear hashing (Litwin, "Linear hashing: a new
 * tool for file and table addressing", 1980). With every few entries one bucket
 * is split, so that no insertion takes long however many there are. Without
 * memory for more buckets they come to have more lines, and that is all.
 *
 * All nodes below the root are in it from the moment they are made until they
 * are removed: also those that are not to be found (dropped, or resting). So a
 * name may be there more than once; which one counts is decided by who looks.
 */

#include <string.h>

#include "internal.h"

/* How many entries a bucket has on average. With 5 of 7 a look-up that finds
 * looks at 1.08 lines, and an entry takes 15 bytes. */
#define LOAD 5u

static uint32_t mixed(uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
  return (uint32_t)(bits ^ (bits >> 31));
}

static uint32_t hash_of(uint32_t parent, const char *name, size_t length) {
  uint64_t hash = UINT64_C(0xCBF29CE484222325); /* FNV-1a */

  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x100000001B3);
  return mixed(hash ^ ((uint64_t)parent << 32));
}

static uint32_t hash_of_node(const struct sup_node *n) {
  return hash_of(n->parent, n->spec->name, n->spec->name_length);
}

/* ---- Lines -------------------------------------------------------------- */

static uint32_t chunk_of(uint32_t index) {
  return 31u - (unsigned)__builtin_clz(index / SUP_NAME_CHUNK_FIRST + 1u);
}

static size_t chunk_bytes(uint32_t chunk) {
  return ((size_t)SUP_NAME_CHUNK_FIRST << chunk) * sizeof(struct sup_name_line);
}

static struct sup_name_line *line(const struct sup_name_lines *lines,
                                  uint32_t index) {
  uint32_t chunk = chunk_of(index);

  return &lines->chunks[chunk]
                       [index - SUP_NAME_CHUNK_FIRST * ((1u << chunk) - 1)];
}

static bool line_room(struct sup_engine *e, struct sup_name_lines *lines,
                      uint32_t index) {
  uint32_t chunk = chunk_of(index);

  if (chunk >= SUP_NAME_CHUNKS)
    return false;
  if (lines->chunks[chunk] == NULL)
    lines->chunks[chunk] =
        sup__allocate_lines(e->allocator, chunk_bytes(chunk));
  return lines->chunks[chunk] != NULL;
}

static void empty(struct sup_name_line *l) {
  l->used = 0;
  l->more = SUP_NONE;
}

/* There is room for one; see sup__name_room. */
static uint32_t take_other(struct sup_name_index *names) {
  uint32_t index = names->carved;

  if (names->free_others != SUP_NONE) {
    index = names->free_others;
    names->free_others = line(&names->others, index)->more;
  } else {
    names->carved++;
  }
  empty(line(&names->others, index));
  return index;
}

static void give_other(struct sup_name_index *names, uint32_t index) {
  line(&names->others, index)->more = names->free_others;
  names->free_others = index;
}

/* ---- Buckets ------------------------------------------------------------ */

/* The bucket of a hash among so many. */
static uint32_t place(uint32_t hash, uint32_t buckets) {
  uint32_t mask = UINT32_MAX >> __builtin_clz(buckets | 1u);
  uint32_t at = hash & mask;

  return at < buckets ? at : at & (mask >> 1);
}

static struct sup_name_line *bucket(const struct sup_name_index *names,
                                    uint32_t hash) {
  return line(&names->firsts, place(hash, names->buckets));
}

/* All lines of a bucket but the last one are full. */
static void put(struct sup_name_index *names, uint32_t hash, uint32_t node) {
  struct sup_name_line *l = bucket(names, hash);

  while (l->used == SUP_NAME_LINE) {
    if (l->more == SUP_NONE)
      l->more = take_other(names);
    l = line(&names->others, l->more);
  }
  l->hash[l->used] = hash;
  l->node[l->used] = node;
  l->used++;
}

/* One more bucket, which takes over what belongs to it from the one that it is
 * split from. Both together need no more lines than that one had, and one. */
static void split(struct sup_engine *e) {
  struct sup_name_index *names = &e->names;
  uint32_t added = names->buckets;
  struct sup_name_line *from, old;

  if (!line_room(e, &names->firsts, added))
    return;
  names->buckets++;
  empty(line(&names->firsts, added));
  if (added == 0)
    return;
  from = line(&names->firsts, place(added, added));
  old = *from;
  empty(from);
  for (;;) {
    uint32_t more = old.more;

    for (uint32_t i = 0; i < old.used; i++)
      put(names, old.hash[i], old.node[i]);
    if (more == SUP_NONE)
      return;
    old = *line(&names->others, more);
    give_other(names, more);
  }
}

bool sup__name_room(struct sup_engine *e) {
  struct sup_name_index *names = &e->names;

  if (names->buckets == 0) {
    names->free_others = SUP_NONE;
    split(e);
  }
  if (names->buckets == 0)
    return false;
  /* With fewer no bucket can be full; else each that comes may need a line. */
  return names->entries < SUP_NAME_LINE ||
         (line_room(e, &names->others, names->carved) &&
          line_room(e, &names->others, names->carved + SUP_NAME_AHEAD));
}

/* ---- Entries ------------------------------------------------------------ */

static void arrive(struct sup_engine *e) {
  struct sup_name_index *names = &e->names;
  const struct sup_name_entry *entry = &names->coming[names->coming_first];

  put(names, entry->hash, entry->node);
  names->coming_first = (names->coming_first + 1) % SUP_NAME_AHEAD;
  names->coming_count--;
  if ((names->entries - names->coming_count) / LOAD >= names->buckets)
    split(e);
}

static void all_arrive(struct sup_engine *e) {
  while (e->names.coming_count > 0)
    arrive(e);
}

/* Where many are added, the lines that they belong to are anywhere in memory:
 * a few are fetched at a time. */
void sup__name_add(struct sup_engine *e, struct sup_node *n) {
  struct sup_name_index *names = &e->names;
  struct sup_name_entry *entry;

  if (names->coming_count == SUP_NAME_AHEAD)
    arrive(e);
  entry = &names->coming[(names->coming_first + names->coming_count) %
                         SUP_NAME_AHEAD];
  entry->hash = hash_of_node(n);
  entry->node = n->index;
  sup__prefetch_to_write(bucket(names, entry->hash));
  names->coming_count++;
  names->entries++;
}

void sup__name_remove(struct sup_engine *e, struct sup_node *n) {
  struct sup_name_index *names = &e->names;
  struct sup_name_line *l, *before = NULL;
  uint32_t *hole = NULL, *hole_hash = NULL;

  all_arrive(e);
  for (l = bucket(names, hash_of_node(n));;
       before = l, l = line(&names->others, l->more)) {
    names->looked_at++;
    for (uint32_t i = 0; hole == NULL && i < l->used; i++) {
      if (l->node[i] == n->index) {
        hole = &l->node[i];
        hole_hash = &l->hash[i];
      }
    }
    if (l->more == SUP_NONE)
      break;
  }
  l->used--;
  *hole = l->node[l->used];
  *hole_hash = l->hash[l->used];
  if (l->used == 0 && before != NULL) {
    give_other(names, before->more);
    before->more = SUP_NONE;
  }
  names->entries--;
}

/* ---- Looking ------------------------------------------------------------ */

/* The first of this parent and name, or the first one after another. */
static struct sup_node *look(struct sup_engine *e,
                             const struct sup_node *parent, const char *name,
                             size_t length, const struct sup_node *after) {
  uint32_t hash = hash_of(parent->index, name, length);
  const struct sup_name_line *l;

  if (e->names.buckets == 0)
    return NULL;
  all_arrive(e);
  for (l = bucket(&e->names, hash);; l = line(&e->names.others, l->more)) {
    e->names.looked_at++;
    for (uint32_t i = 0; i < l->used; i++) {
      struct sup_node *n;

      if (l->hash[i] != hash)
        continue;
      n = sup__node(e, l->node[i]);
      if (after != NULL)
        after = n == after ? NULL : after;
      else if (n->parent == parent->index && sup__is_called(n, name, length))
        return n;
    }
    if (l->more == SUP_NONE)
      return NULL;
  }
}

struct sup_node *sup__name_find(struct sup_engine *e,
                                const struct sup_node *parent, const char *name,
                                size_t length) {
  return look(e, parent, name, length, NULL);
}

struct sup_node *sup__name_find_next(struct sup_engine *e,
                                     const struct sup_node *n) {
  return look(e, sup__parent(e, n), n->spec->name, n->spec->name_length, n);
}

void sup__names_free(struct sup_engine *e) {
  for (uint32_t i = 0; i < SUP_NAME_CHUNKS; i++) {
    sup__release_lines(e->allocator, e->names.firsts.chunks[i], chunk_bytes(i));
    sup__release_lines(e->allocator, e->names.others.chunks[i], chunk_bytes(i));
  }
}
