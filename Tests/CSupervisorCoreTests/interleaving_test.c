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
 * The dispatcher and the ways in which threads may meet in it (interleaving.h).
 * Every schedule with up to two unforced changes is tried, and many drawn from
 * a seed; Tests/Fuzz looks for others.
 */

#include "counting_allocator.h"
#include "interleaving.h"

#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EVERY 17 /* of the schedules with two changes, to save time */
#define DRAWN 100
#else
#define EVERY 1
#define DRAWN 1000
#endif

#define NOT_A_STEP UINT32_MAX

struct schedule {
  uint32_t step[2]; /* at this step the turn goes to this thread */
  unsigned to[2];
  uint64_t seed; /* not 0: drawn at every step */
};

static const struct schedule *now_trying;
static uint64_t dice;

static unsigned by_schedule(void) {
  const struct schedule *s = now_trying;
  unsigned wanted = run.current;

  for (unsigned i = 0; i < 2; i++)
    if (s->step[i] == run.steps)
      wanted = s->to[i];
  if (s->seed != 0) {
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    wanted = (unsigned)(dice >> 62);
  }
  return wanted;
}

/* Returns how many steps it took. */
static uint32_t try_schedule(const struct scenario *scenario,
                             const struct schedule *schedule) {
  static const sup_allocator allocator = {sizeof(allocator), counting_allocate,
                                          counting_release, NULL};
  char name[sizeof(run.name)];

  now_trying = schedule;
  dice = schedule->seed;
  snprintf(name, sizeof(name), "%s: %u to %u, %u to %u, seed %llu",
           scenario->kinds, schedule->step[0], schedule->to[0],
           schedule->step[1], schedule->to[1],
           (unsigned long long)schedule->seed);
  return play_scenario(scenario, &allocator, by_schedule, name);
}

static void try_all(const struct scenario *scenario) {
  struct schedule s = {{NOT_A_STEP, NOT_A_STEP}, {0, 0}, 0};
  uint32_t steps = try_schedule(scenario, &s);
  uint32_t number = 0;

  for (s.step[0] = 1; s.step[0] <= steps; s.step[0]++)
    for (s.to[0] = 0; s.to[0] < THREADS; s.to[0]++) {
      s.step[1] = NOT_A_STEP;
      try_schedule(scenario, &s);
      for (s.step[1] = s.step[0] + 1; s.step[1] <= steps + 8; s.step[1]++)
        for (s.to[1] = 0; s.to[1] < THREADS; s.to[1]++)
          if (number++ % EVERY == 0)
            try_schedule(scenario, &s);
    }
  s.step[0] = s.step[1] = NOT_A_STEP;
  for (s.seed = 1; s.seed <= DRAWN; s.seed++)
    try_schedule(scenario, &s);
}

/* ---- Scenarios ---------------------------------------------------------- */

/* A start that meets what is the loop's, and a stop beside it. */
static void C3_start_and_stop(void **state) {
  static const struct scenario s = {
      "al", false, 0, {{LAUNCH}, {STOP}}, SUP_ONE_FOR_ONE};

  (void)state;
  try_all(&s);
}

/* Two fail at the same time; one of them is the loop's. */
static void C3_two_failures(void **state) {
  static const struct scenario s = {
      "al", true, 0, {{FAIL}, {FAIL + 1}}, SUP_ONE_FOR_ONE};

  (void)state;
  try_all(&s);
}

/* Each drains what the other brings. */
static void C3_failures_on_any_thread(void **state) {
  static const struct scenario s = {
      "aa", true, 0, {{FAIL, COMPLETE}, {FAIL + 1}}, SUP_ONE_FOR_ONE};

  (void)state;
  try_all(&s);
}

/* Y6: the stop of one is foreign code, which the loop leaves to the helper. */
static void Y6_foreign_code_and_a_failure(void **state) {
  static const struct scenario s = {
      "fa", true, 0, {{STOP}, {FAIL + 1}}, SUP_ONE_FOR_ONE};

  (void)state;
  try_all(&s);
}

static void Y6_foreign_code_and_force(void **state) {
  static const struct scenario s = {
      "lf", true, 0, {{STOP}, {FORCE}}, SUP_ONE_FOR_ONE};

  (void)state;
  try_all(&s);
}

/* C7: a child goes for good, and with it its spec, which others clear away
 * while its end is performed. */
static void D2_a_deletion_and_a_failure(void **state) {
  static const struct scenario s = {
      "a", true, 'a', {{DELETE + 2, VISIT}, {FAIL, VISIT}}, SUP_ONE_FOR_ONE};

  (void)state;
  try_all(&s);
}

static void D2_a_deletion_on_the_loop(void **state) {
  static const struct scenario s = {
      "a", true, 'l', {{DELETE + 2}, {FAIL}}, SUP_ONE_FOR_ONE};

  (void)state;
  try_all(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      counted_test(C3_start_and_stop),
      counted_test(C3_two_failures),
      counted_test(C3_failures_on_any_thread),
      counted_test(Y6_foreign_code_and_a_failure),
      counted_test(Y6_foreign_code_and_force),
      counted_test(D2_a_deletion_and_a_failure),
      counted_test(D2_a_deletion_on_the_loop),
  };

  alarm(240);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
