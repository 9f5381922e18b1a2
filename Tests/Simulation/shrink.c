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
 * Shrinking, by delta debugging (Zeller and Hildebrandt, "Simplifying and
 * isolating failure-inducing input", 2002) of the log of choices: blocks are
 * cut out, first many at a time, then blocks and single choices become zero or
 * smaller, until nothing more can go. What is kept fails in the same check.
 */

#include "simulation.h"

#include <string.h>

#define TRIALS 40000

struct shrinking {
  const struct sim_options *options;
  const void *check;
  struct sim_choices *best;
  struct sim_choices trial;
  unsigned trials;
};

static size_t end_of(const struct sim_choices *c, size_t block) {
  return block + 1 < c->block_count ? c->blocks[block + 1] : c->count;
}

static bool is_exhausted(const struct shrinking *h) {
  return h->trials >= TRIALS;
}

/* Whether the trial fails in the same check; then it is the best. */
static bool still_fails(struct shrinking *h) {
  static uint64_t ignored[SIM_STAT_COUNT];
  if (is_exhausted(h))
    return false;
  h->trials++;
  if (sim_try(h->options, 0, &h->trial, ignored) ||
      sim_failed_check() != h->check)
    return false;
  sim_choices_copy(h->best, &h->trial);
  return true;
}

/* The best without some blocks, or with these emptied. */
static bool without(struct shrinking *h, size_t first, size_t count,
                    bool keep_place) {
  sim_choices_clear(&h->trial);
  for (size_t b = 0; b < h->best->block_count; b++) {
    bool gone = b >= first && b - first < count;
    if (gone && !keep_place)
      continue;
    sim_choices_add_block(&h->trial);
    for (size_t i = h->best->blocks[b]; !gone && i < end_of(h->best, b); i++)
      sim_choices_add(&h->trial, h->best->values[i]);
  }
  return still_fails(h);
}

static bool cut_blocks(struct shrinking *h, bool keep_place) {
  bool any = false;
  for (size_t size = h->best->block_count / 2; size > 0; size /= 2)
    for (size_t at = 0; at < h->best->block_count && !is_exhausted(h);) {
      size_t last =
          h->best->block_count < at + size ? h->best->block_count : at + size;
      bool empty = h->best->blocks[at] == end_of(h->best, last - 1);
      if (keep_place && empty)
        at += size;
      else if (!without(h, at, size, keep_place))
        at += size;
      else
        any = true;
    }
  return any;
}

static bool with_value(struct shrinking *h, size_t at, uint64_t value) {
  sim_choices_copy(&h->trial, h->best);
  h->trial.values[at] = value;
  return still_fails(h);
}

static bool lower_values(struct shrinking *h) {
  bool any = false;
  for (size_t i = 0; i < h->best->count && !is_exhausted(h); i++) {
    uint64_t value = h->best->values[i];
    if (value == 0)
      continue;
    if (with_value(h, i, 0)) {
      any = true;
      continue;
    }
    while (h->best->values[i] > 1 && with_value(h, i, h->best->values[i] / 2))
      any = true;
    if (h->best->values[i] > 1 && with_value(h, i, h->best->values[i] - 1))
      any = true;
  }
  return any;
}

/* What a run did not look at need not be there. */
static void keep_what_is_used(struct shrinking *h) {
  static uint64_t ignored[SIM_STAT_COUNT];
  if (sim_try(h->options, 0, h->best, ignored) ||
      sim_failed_check() != h->check)
    return;
  sim_choices_copy(&h->trial, sim_chosen());
  still_fails(h);
}

void sim_shrink(const struct sim_options *options, struct sim_choices *log) {
  struct shrinking h = {options, sim_failed_check(), log, {0}, 0};
  bool any = true;
  while (any && !is_exhausted(&h)) {
    keep_what_is_used(&h);
    any = cut_blocks(&h, false);
    any = cut_blocks(&h, true) || any;
    any = lower_values(&h) || any;
  }
  sim_choices_free(&h.trial);
}
