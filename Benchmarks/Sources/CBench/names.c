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
 * Children that are added and looked up by their names, and under them a hash
 * table of records with names.
 */

#include <CBench.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <supervisor/supervisor.h>

#define NAME 16

/* The names of all, one after another as they are going to be asked for: so
 * that only what is looked up can be missing from the cache. */
static char (*make_names(size_t n, bool random))[NAME] {
  char(*names)[NAME] = malloc(n * NAME);
  uint64_t state = 88172645463325252u;
  size_t i, other;

  if (names == NULL)
    return NULL;
  for (i = 0; i < n; i++)
    snprintf(names[i], NAME, "w%zu", i);
  for (i = n; random && i-- > 1;) {
    char name[NAME];

    state ^= state << 13; /* xorshift64 */
    state ^= state >> 7;
    state ^= state << 17;
    other = (size_t)(state % (i + 1));
    memcpy(name, names[i], NAME);
    memcpy(names[i], names[other], NAME);
    memcpy(names[other], name, NAME);
  }
  return names;
}

/* Each name once; nanoseconds each, or -1 if one is not found. */
static double look_up(size_t n, bool random,
                      int (*find)(void *where, const char *name), void *where) {
  char(*names)[NAME] = make_names(n, random);
  uint64_t begun = cb_now();
  double time = -1;
  size_t i;

  for (i = 0; names != NULL && i < n && find(where, names[i]) == 0; i++)
    continue;
  if (i == n)
    time = (double)(cb_now() - begun) / (double)n;
  free(names);
  return time;
}

/* ---- Children ----------------------------------------------------------- */

static int start(void *ctx, sup_child child, void **state) {
  (void)state;
  *(sup_child *)ctx = child;
  return 0;
}

static void stop(void *state, sup_stop_action action) {
  (void)action;
  sup_child_canceled(*(sup_child *)state);
}

static const sup_callbacks callbacks = {
    sizeof(callbacks), SUP_CALLBACKS_ANY_THREAD, start, stop, NULL, NULL};

static int find_child(void *where, const char *name) {
  sup_child child;

  return sup_child_find(*(sup_child *)where, name, &child);
}

static int add_all(sup_child root, sup_spec **specs, size_t n, double *time) {
  uint64_t begun = cb_now();
  sup_child child;
  size_t i;
  int r = 0;

  for (i = 0; r == 0 && i < n; i++)
    r = sup_child_add(root, specs[i], &child, NULL);
  *time = (double)(cb_now() - begun) / (double)n;
  return r;
}

static int measure(sup_tree *tree, sup_spec **specs, size_t n,
                   struct cb_names *result) {
  sup_child root;
  int r = sup_tree_root(tree, &root);

  if (r == 0)
    r = add_all(root, specs, n, &result->add);
  if (r != 0)
    return r;
  result->find = look_up(n, false, find_child, &root);
  result->find_random = look_up(n, true, find_child, &root);
  return result->find < 0 || result->find_random < 0 ? SUP_ENOTFOUND : 0;
}

int cb_callback_names(size_t n, struct cb_names *result) {
  sup_child *children = calloc(n, sizeof(*children));
  sup_spec **specs = calloc(n, sizeof(*specs));
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_runtime *runtime = NULL;
  sup_tree *tree = NULL;
  char name[NAME];
  size_t i;
  int r = children == NULL || specs == NULL
              ? SUP_ENOMEM
              : sup_runtime_create(&runtime, NULL);

  for (i = 0; r == 0 && i < n; i++) {
    children[i].tree = NULL; /* in memory before anything is measured */
    snprintf(name, sizeof(name), "w%zu", i);
    specs[i] = sup_callback_spec(name, &callbacks, &children[i]);
  }
  if (r == 0)
    r = sup_tree_start(runtime, top, &tree, NULL);
  if (r == 0)
    r = measure(tree, specs, n, result);
  if (tree != NULL)
    sup_tree_stop(tree, SUP_INFINITE, NULL);
  sup_tree_unref(tree);
  for (i = 0; specs != NULL && i < n; i++)
    sup_spec_unref(specs[i]);
  sup_spec_unref(top);
  if (runtime != NULL) {
    sup_runtime_close(runtime);
    sup_runtime_unref(runtime);
  }
  free(specs);
  free(children);
  return r;
}

/* ---- The floor ---------------------------------------------------------- */

/* Open addressing, at most half full, doubled when it is; a place is a hash and
 * a pointer to a record with a name, which was allocated by itself. */
struct place {
  uint64_t hash;
  char *record;
};

struct table {
  struct place *places;
  size_t capacity, count;
};

static uint64_t hash_of(const char *name) {
  uint64_t hash = UINT64_C(0xCBF29CE484222325);

  for (; *name != '\0'; name++)
    hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001B3);
  return (hash ^ (hash >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
}

static struct place *place_of(const struct table *table, uint64_t hash,
                              const char *name) {
  size_t at = (size_t)(hash >> 20) & (table->capacity - 1);

  while (table->places[at].record != NULL &&
         (table->places[at].hash != hash ||
          strcmp(table->places[at].record, name) != 0))
    at = (at + 1) & (table->capacity - 1);
  return &table->places[at];
}

static bool grow(struct table *table) {
  struct table larger = {NULL, table->capacity * 2, table->count};
  size_t i;

  larger.places = calloc(larger.capacity, sizeof(*larger.places));
  if (larger.places == NULL)
    return false;
  for (i = 0; i < table->capacity; i++)
    if (table->places[i].record != NULL)
      *place_of(&larger, table->places[i].hash, table->places[i].record) =
          table->places[i];
  free(table->places);
  *table = larger;
  return true;
}

static int find_record(void *where, const char *name) {
  return place_of(where, hash_of(name), name)->record != NULL ? 0 : -1;
}

/* A record is as large as what a child takes. */
static bool add_record(struct table *table, const char *name) {
  uint64_t hash = hash_of(name);
  struct place *place;
  char *record;

  if (table->count * 2 >= table->capacity && !grow(table))
    return false;
  record = calloc(1, 224);
  if (record == NULL)
    return false;
  strcpy(record, name);
  place = place_of(table, hash, name);
  place->hash = hash;
  place->record = record;
  table->count++;
  return true;
}

int cb_names_floor(size_t n, struct cb_names *result) {
  char(*names)[NAME] = make_names(n, false);
  struct table table = {calloc(16, sizeof(struct place)), 16, 0};
  bool good = names != NULL && table.places != NULL;
  uint64_t begun = cb_now();
  size_t i;

  for (i = 0; good && i < n; i++)
    good = add_record(&table, names[i]);
  result->add = (double)(cb_now() - begun) / (double)n;
  if (good) {
    result->find = look_up(n, false, find_record, &table);
    result->find_random = look_up(n, true, find_record, &table);
  }
  for (i = 0; table.places != NULL && i < table.capacity; i++)
    free(table.places[i].record);
  free(table.places);
  free(names);
  return good && result->find >= 0 && result->find_random >= 0 ? 0 : -1;
}
