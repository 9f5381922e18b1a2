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
 * Threads that meet in the dispatcher: the bytes are what they bring, and who
 * goes on at each step. What holds is interleaving.h's to say.
 */

#include "fuzz.h"
#include "interleaving.h"

static struct fuzz *schedule;

/* A byte says who goes on for how many steps. */
static unsigned by_bytes(void) {
  static struct fuzz *read;
  static unsigned wanted, steps;

  if (read != schedule || run.steps == 1)
    steps = 0;
  read = schedule;
  if (steps == 0) {
    uint8_t byte = fuzz_byte(schedule);

    if (byte == 0) /* also when there are no more */
      return run.current;
    wanted = byte % THREADS;
    steps = 1 + byte / THREADS % 16;
  }
  steps--;
  return wanted;
}

void fuzz_one(struct fuzz *in) {
  static const char kinds[] = "alf";
  static const sup_strategy strategies[] = {SUP_ONE_FOR_ONE, SUP_ONE_FOR_ALL,
                                            SUP_REST_FOR_ONE};
  char children[3] = {0};
  struct scenario s = {.kinds = children};
  unsigned count = 1 + fuzz_below(in, 2);
  unsigned added = fuzz_below(in, 4);

  for (unsigned i = 0; i < count; i++)
    children[i] = kinds[fuzz_below(in, 3)];
  s.launched = fuzz_one_in(in, 2);
  s.added = added == 3 ? 0 : kinds[added];
  s.strategy = strategies[fuzz_below(in, 3)];
  for (unsigned thread = 0; thread < 2; thread++)
    for (unsigned i = 0; i < DEEDS; i++)
      s.deeds[thread][i] = (int)fuzz_below(in, DEED_COUNT);
  schedule = in;
  play_scenario(&s, &fuzz_allocator, by_bytes, "bytes");
}
