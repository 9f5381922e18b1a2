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

/* Memory that can be returned to an earlier state: pieces are cut from its
 * front, and those that are given back wait in a list for the next of their
 * size. */

#include "simulation.h"

#include <stdlib.h>
#include <string.h>

#define GRAIN 16u

static struct sim_arena arena;
static bool in_use;

void sim_arena_use(bool use) {
  in_use = use;
}

bool sim_arena_is_used(void) {
  return in_use;
}

void sim_arena_reset(void) {
  arena.used = 0;
  memset(arena.lists, 0, sizeof(arena.lists));
}

static size_t class_of(size_t bytes) {
  size_t class = (bytes + GRAIN - 1) / GRAIN;
  if (class >= SIM_ARENA_CLASSES)
    abort();
  return class == 0 ? 1 : class;
}

void *sim_arena_allocate(size_t bytes) {
  size_t class = class_of(bytes);
  void *memory = arena.lists[class];
  if (memory != NULL) {
    memcpy(&arena.lists[class], memory, sizeof(void *));
    return memory;
  }
  if (arena.used + class * GRAIN > SIM_ARENA)
    return NULL;
  memory = arena.bytes + arena.used;
  arena.used += class * GRAIN;
  return memory;
}

void sim_arena_release(void *memory, size_t bytes) {
  size_t class = class_of(bytes);
  memcpy(memory, &arena.lists[class], sizeof(void *));
  arena.lists[class] = memory;
}

static void copy(struct sim_arena *to, const struct sim_arena *from) {
  memcpy(to, from, offsetof(struct sim_arena, bytes) + from->used);
}

void sim_arena_keep(struct sim_arena *kept) {
  arena.live = sim_live_bytes;
  copy(kept, &arena);
}

void sim_arena_return(const struct sim_arena *kept) {
  copy(&arena, kept);
  sim_live_bytes = arena.live;
}
