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
 * tool for file and table addressing", 1980). With every second entry one
 * bucket is split, so that no insertion takes long however many there are.
 * Without memory for more buckets the chains become longer, and that is all.
 *
 * All nodes below the root are in it from the moment they are made until they
 * are removed: also those that are not to be found (dropped, or resting). So a
 * name may be there more than once; which one counts is decided by who looks.
 */

#include <string.h>

#include "internal.h"

/* How many entries a bucket has on average. */
#define LOAD 2u

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

static uint32_t *bucket(const struct sup_name_index *names, uint32_t index) {
  uint32_t first = SUP_NAME_CHUNK_FIRST;
  uint32_t chunk = 31u - (unsigned)__builtin_clz(index / first + 1u);

  return &names->chunks[chunk][index - first * ((1u << chunk) - 1u)];
}

/* The bucket of a hash among so many. */
static uint32_t place(uint32_t hash, uint32_t buckets) {
  uint32_t mask = UINT32_MAX >> __builtin_clz(buckets | 1u);
  uint32_t at = hash & mask;

  return at < buckets ? at : at & (mask >> 1);
}

static bool make_room(struct sup_engine *e) {
  struct sup_name_index *names = &e->names;
  uint32_t first = SUP_NAME_CHUNK_FIRST;
  uint32_t chunk = 31u - (unsigned)__builtin_clz(names->buckets / first + 1u);

  if (chunk >= SUP_NAME_CHUNKS)
    return false;
  if (names->chunks[chunk] == NULL)
    names->chunks[chunk] = sup__allocate(
        e->allocator, ((size_t)first << chunk) * sizeof(uint32_t));
  return names->chunks[chunk] != NULL;
}

/* One more bucket, which takes over what belongs to it from the one that it is
 * split from. */
static void split(struct sup_engine *e) {
  struct sup_name_index *names = &e->names;
  uint32_t added = names->buckets;
  uint32_t *from, *to;

  if (!make_room(e))
    return;
  names->buckets++;
  to = bucket(names, added);
  *to = SUP_NONE;
  if (added == 0)
    return;
  from = bucket(names, place(added, added));
  while (*from != SUP_NONE) {
    struct sup_node *n = sup__node(e, *from);

    if (place(n->name_hash, names->buckets) != added) {
      from = &n->name_next;
      continue;
    }
    *from = n->name_next;
    n->name_next = *to;
    *to = n->index;
  }
}

bool sup__name_room(struct sup_engine *e) {
  if (e->names.buckets == 0)
    split(e);
  return e->names.buckets > 0;
}

void sup__name_add(struct sup_engine *e, struct sup_node *n) {
  struct sup_name_index *names = &e->names;
  uint32_t *at;

  if (names->entries / LOAD >= names->buckets)
    split(e);
  n->name_hash = hash_of(n->parent, n->spec->name, n->spec->name_length);
  at = bucket(names, place(n->name_hash, names->buckets));
  n->name_next = *at;
  *at = n->index;
  names->entries++;
}

void sup__name_remove(struct sup_engine *e, struct sup_node *n) {
  struct sup_name_index *names = &e->names;
  uint32_t *at = bucket(names, place(n->name_hash, names->buckets));

  while (*at != n->index) {
    at = &sup__node(e, *at)->name_next;
    names->compared++;
  }
  *at = n->name_next;
  n->name_next = SUP_NONE;
  names->entries--;
}

/* The next entry of a bucket, from `at` on, with this parent and name. */
static struct sup_node *look(struct sup_engine *e, uint32_t at, uint32_t hash,
                             const struct sup_node *parent, const char *name,
                             size_t length) {
  while (at != SUP_NONE) {
    struct sup_node *n = sup__node(e, at);

    e->names.compared++;
    if (n->name_hash == hash && n->parent == parent->index &&
        n->spec->name_length == length &&
        memcmp(n->spec->name, name, length) == 0)
      return n;
    at = n->name_next;
  }
  return NULL;
}

struct sup_node *sup__name_find(struct sup_engine *e,
                                const struct sup_node *parent, const char *name,
                                size_t length) {
  uint32_t hash = hash_of(parent->index, name, length);

  if (e->names.buckets == 0)
    return NULL;
  return look(e, *bucket(&e->names, place(hash, e->names.buckets)), hash,
              parent, name, length);
}

struct sup_node *sup__name_find_next(struct sup_engine *e,
                                     const struct sup_node *n) {
  return look(e, n->name_next, n->name_hash, sup__parent(e, n), n->spec->name,
              n->spec->name_length);
}

void sup__names_free(struct sup_engine *e) {
  for (uint32_t i = 0; i < SUP_NAME_CHUNKS; i++)
    sup__release(e->allocator, e->names.chunks[i],
                 ((size_t)SUP_NAME_CHUNK_FIRST << i) * sizeof(uint32_t));
}
