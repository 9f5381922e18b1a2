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

/* Where choices come from, and the log of them. */

#include "simulation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state; /* of the generator */
static struct sim_choices chosen;
static struct sim_choices bounds; /* of these, without blocks */
static bool aloud;
static const struct sim_choices *source; /* NULL: the generator */
static size_t source_at, source_block, source_end;

/* splitmix64 */
static uint64_t draw(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static void *grow(void *memory, size_t *capacity, size_t bytes) {
  *capacity = *capacity == 0 ? 1024 : *capacity * 2;
  memory = realloc(memory, *capacity * bytes);
  if (memory == NULL)
    abort();
  return memory;
}

/* ---- Lists -------------------------------------------------------------- */

void sim_choices_add_block(struct sim_choices *c) {
  if (c->block_count == c->block_capacity)
    c->blocks = grow(c->blocks, &c->block_capacity, sizeof(c->blocks[0]));
  c->blocks[c->block_count++] = c->count;
}

void sim_choices_add(struct sim_choices *c, uint64_t value) {
  if (c->count == c->capacity)
    c->values = grow(c->values, &c->capacity, sizeof(c->values[0]));
  c->values[c->count++] = value;
}

void sim_choices_clear(struct sim_choices *c) {
  c->count = c->block_count = 0;
}

void sim_choices_free(struct sim_choices *c) {
  free(c->values);
  free(c->blocks);
  memset(c, 0, sizeof(*c));
}

static size_t block_end(const struct sim_choices *c, size_t block) {
  return block + 1 < c->block_count ? c->blocks[block + 1] : c->count;
}

void sim_choices_copy(struct sim_choices *to, const struct sim_choices *from) {
  sim_choices_clear(to);
  for (size_t b = 0; b < from->block_count; b++) {
    sim_choices_add_block(to);
    for (size_t i = from->blocks[b]; i < block_end(from, b); i++)
      sim_choices_add(to, from->values[i]);
  }
}

/* ---- As text: blocks between slashes, values between commas -------------- */

bool sim_choices_read(struct sim_choices *c, const char *text) {
  sim_choices_clear(c);
  sim_choices_add_block(c);
  while (*text != '\0') {
    char *end = (char *)text;
    uint64_t value = strtoull(text, &end, 10);
    if (*end != '\0' && *end != ',' && *end != '/')
      return false;
    if (end != text || *end == ',')
      sim_choices_add(c, value);
    if (*end == '/')
      sim_choices_add_block(c);
    text = *end == '\0' ? end : end + 1;
  }
  return true;
}

/* Zeros at the end of a block are not shown, nor empty blocks at the end. */
char *sim_choices_text(const struct sim_choices *c) {
  char *text = malloc(c->count * 21 + c->block_count + 1);
  size_t used = 0, shown = 0;
  if (text == NULL)
    abort();
  text[0] = '\0';
  for (size_t b = 0; b < c->block_count; b++) {
    size_t end = block_end(c, b);
    while (end > c->blocks[b] && c->values[end - 1] == 0)
      end--;
    if (b > 0)
      text[used++] = '/';
    for (size_t i = c->blocks[b]; i < end; i++) {
      used += c->values[i] == 0
                  ? 0
                  : (size_t)sprintf(text + used, "%llu",
                                    (unsigned long long)c->values[i]);
      if (i + 1 < end)
        text[used++] = ',';
    }
    if (end > c->blocks[b])
      shown = used;
  }
  text[shown] = '\0';
  return text;
}

/* ---- Choosing ------------------------------------------------------------ */

void sim_choose_from(uint64_t seed, const struct sim_choices *given) {
  state = seed * 0x2545f4914f6cdd1du + 1;
  source = given;
  source_at = source_block = source_end = 0;
  sim_choices_clear(&chosen);
  sim_choices_clear(&bounds);
  aloud = true;
  sim_block();
}

const struct sim_choices *sim_chosen(void) {
  return &chosen;
}

void sim_block(void) {
  sim_choices_add_block(&chosen);
  if (source == NULL)
    return;
  source_at = source_end = source->count;
  if (source_block < source->block_count) {
    source_at = source->blocks[source_block];
    source_end = block_end(source, source_block++);
  }
}

uint64_t sim_choose(uint64_t bound) {
  uint64_t value = 0;
  if (!aloud)
    return 0;
  if (bound == 0)
    bound = 1;
  if (source == NULL)
    value = draw();
  else if (source_at < source_end)
    value = source->values[source_at++];
  value %= bound;
  sim_choices_add(&chosen, value);
  sim_choices_add(&bounds, bound);
  return value;
}

void sim_speak(bool speak) {
  aloud = speak;
}

void sim_note(uint64_t value) {
  sim_choices_add(&chosen, value);
  sim_choices_add(&bounds, value + 1);
}

void sim_mark(size_t *choices, size_t *blocks) {
  *choices = chosen.count;
  *blocks = chosen.block_count;
}

void sim_rewind(size_t choices, size_t blocks) {
  chosen.count = bounds.count = choices;
  chosen.block_count = blocks;
}

bool sim_next(struct sim_choices *c) {
  size_t count = block_end(&chosen, 0);
  while (count > 0 && chosen.values[count - 1] + 1 == bounds.values[count - 1])
    count--;
  sim_choices_clear(c);
  sim_choices_add_block(c);
  for (size_t i = 0; i < count; i++)
    sim_choices_add(c, chosen.values[i] + (i + 1 == count));
  return count > 0;
}
