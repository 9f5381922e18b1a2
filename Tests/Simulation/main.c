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

/* Options, many runs, shrinking, statistics. */

#include "simulation.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALL_FEATURES ((1u << SIM_FEATURE_COUNT) - 1)
/* From so many runs on everything must have been met. */
#define RUNS_THAT_MEET_ALL 10000

static const char *const feature_names[] = {
#define XX(name, text) text,
    SIM_FEATURES(XX)
#undef XX
};

static const char *const stat_names[] = {
#define XX(name, text) text,
    SIM_STATS(XX)
#undef XX
};

static struct sim sim;
static char failure[512];
static char command[512]; /* that repeats the present run */

/* ---- Memory ------------------------------------------------------------- */

int64_t sim_live_bytes;

static void *allocate(void *ctx, size_t bytes) {
  (void)ctx;
  sim_live_bytes += (int64_t)bytes;
  return malloc(bytes == 0 ? 1 : bytes);
}

static void release(void *ctx, void *memory, size_t bytes) {
  (void)ctx;
  sim_live_bytes -= (int64_t)bytes;
  free(memory);
}

const sup_allocator sim_allocator = {sizeof(sup_allocator), allocate, release,
                                     NULL};

/* ---- What the others call ----------------------------------------------- */

void sim_fail(struct sim *s, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(failure, sizeof(failure), format, list);
  va_end(list);
  sim_log(s, "FAILED: %s", failure);
  longjmp(s->failed, 1);
}

void sim_log(struct sim *s, const char *format, ...) {
  va_list list;
  if (!s->options->verbose)
    return;
  va_start(list, format);
  vprintf(format, list);
  va_end(list);
  putchar('\n');
}

size_t sim_path(const struct sim *s, int node, char *text, size_t size) {
  const struct sim_node *n = &s->nodes[node];
  size_t used = n->parent == SIM_NONE ? 0 : sim_path(s, n->parent, text, size);
  return used + (size_t)snprintf(text + used, size - used, "%s%s",
                                 used == 0 ? "" : "/", n->name);
}

/* ---- Runs --------------------------------------------------------------- */

static void write_command(const struct sim_options *o, uint64_t seed) {
  int used = snprintf(command, sizeof(command),
                      "simulation --seed %llu --runs 1 --verbose",
                      (unsigned long long)seed);
  if (o->nodes != SIM_NODES)
    used += snprintf(command + used, sizeof(command) - (size_t)used,
                     " --nodes %u", o->nodes);
  if (o->steps != UINT32_MAX)
    used += snprintf(command + used, sizeof(command) - (size_t)used,
                     " --steps %u", o->steps);
  for (int i = 0; i < SIM_FEATURE_COUNT; i++)
    if ((o->features & (1u << i)) == 0)
      used += snprintf(command + used, sizeof(command) - (size_t)used,
                       " --without %s", feature_names[i]);
}

static bool run(const struct sim_options *options, uint64_t seed,
                uint64_t *stats) {
  write_command(options, seed);
  memset(&sim, 0, sizeof(sim));
  sim.options = options;
  sim.seed = seed;
  sim.random.state = seed * 0x2545f4914f6cdd1du + 1;
  sim.stop_deadline = sim.everybody_at = sim.reserve_at = SUP_INFINITE;
  sim.stats = stats;
  sim_live_bytes = 0; /* a failed run before may have left something */
  if (setjmp(sim.failed) != 0)
    return false;
  sim_run(&sim);
  return true;
}

/* Take away what the failure does not need. The failure may change on the
 * way; it is one all the same. */
static struct sim_options shrink(struct sim_options o, uint64_t seed) {
  static uint64_t ignored[SIM_STAT_COUNT];
  struct sim_options less;
  o.verbose = false;
  for (int i = 0; i < SIM_FEATURE_COUNT; i++) {
    less = o;
    less.features &= ~(1u << i);
    if (less.features != o.features && !run(&less, seed, ignored))
      o = less;
  }
  for (unsigned nodes = 2; nodes < o.nodes && nodes < 20; nodes++) {
    less = o;
    less.nodes = nodes;
    if (!run(&less, seed, ignored)) {
      o = less;
      break;
    }
  }
  for (unsigned steps = 1; steps < o.steps && steps < 320; steps++) {
    less = o;
    less.steps = steps;
    if (!run(&less, seed, ignored)) {
      o = less;
      break;
    }
  }
  return o;
}

static void explain_failure(const struct sim_options *options, uint64_t seed) {
  static uint64_t ignored[SIM_STAT_COUNT];
  struct sim_options small;
  printf("[  FAILED  ] seed %llu: %s\n", (unsigned long long)seed, failure);
  printf("  again:  %s\n", command);
  fflush(stdout);
  small = shrink(*options, seed);
  run(&small, seed, ignored);
  printf("  shrunk: %s\n  where:  %s\n", command, failure);
}

/* A contradiction inside the library ends the program: say where. */
static void on_abort(int number) {
  static const char text[] = "[  FAILED  ] the library gave up; again:\n  ";
  ssize_t ignored = write(STDOUT_FILENO, text, sizeof(text) - 1);
  ignored = write(STDOUT_FILENO, command, strlen(command));
  ignored = write(STDOUT_FILENO, "\n", 1);
  (void)ignored;
  signal(number, SIG_DFL);
  raise(number);
}

static bool show_stats(const struct sim_options *o, const uint64_t *stats) {
  bool complete = true;
  for (int i = 0; i < SIM_STAT_COUNT; i++) {
    printf("  %-26s %10llu\n", stat_names[i], (unsigned long long)stats[i]);
    if (stats[i] == 0 && o->runs >= RUNS_THAT_MEET_ALL &&
        o->features == ALL_FEATURES) {
      printf("[  FAILED  ] no run has met: %s\n", stat_names[i]);
      complete = false;
    }
  }
  return complete;
}

/* ---- Options ------------------------------------------------------------ */

static _Noreturn void usage(const char *complaint) {
  fprintf(stderr,
          "%s\nusage: simulation [--runs N] [--seed S] [--nodes N]"
          " [--steps N] [--without FEATURE]... [--verbose]\nfeatures:",
          complaint);
  for (int i = 0; i < SIM_FEATURE_COUNT; i++)
    fprintf(stderr, " %s", feature_names[i]);
  fprintf(stderr, "\n");
  exit(2);
}

static uint64_t number(const char *text) {
  char *end;
  uint64_t value = strtoull(text, &end, 10);
  if (end == text || *end != '\0')
    usage("that is not a number");
  return value;
}

static uint32_t feature(const char *text) {
  for (int i = 0; i < SIM_FEATURE_COUNT; i++)
    if (strcmp(text, feature_names[i]) == 0)
      return 1u << i;
  usage("there is no such feature");
}

static struct sim_options parse(int argc, char **argv) {
  struct sim_options o = {1, 1000, SIM_NODES, UINT32_MAX, ALL_FEATURES, false};
  for (int i = 1; i < argc; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : NULL;
    if (strcmp(argv[i], "--verbose") == 0) {
      o.verbose = true;
      continue;
    }
    if (value == NULL)
      usage("an option without its value");
    if (strcmp(argv[i], "--runs") == 0)
      o.runs = (unsigned)number(value);
    else if (strcmp(argv[i], "--seed") == 0)
      o.seed = number(value);
    else if (strcmp(argv[i], "--nodes") == 0)
      o.nodes = (unsigned)number(value);
    else if (strcmp(argv[i], "--steps") == 0)
      o.steps = (unsigned)number(value);
    else if (strcmp(argv[i], "--without") == 0)
      o.features &= ~feature(value);
    else
      usage("an option that there is not");
    i++;
  }
  if (o.runs == 0 || o.nodes == 0)
    usage("at least one run of one node");
  if (o.nodes > SIM_NODES)
    o.nodes = SIM_NODES;
  return o;
}

int main(int argc, char **argv) {
  static uint64_t stats[SIM_STAT_COUNT];
  struct sim_options options = parse(argc, argv);
  unsigned passed = 0;
  bool good = true;
  sup_set_allocator(&sim_allocator);
  signal(SIGABRT, on_abort);
  signal(SIGSEGV, on_abort);
  for (unsigned i = 0; i < options.runs && good; i++) {
    good = run(&options, options.seed + i, stats);
    passed += good;
    if (!good)
      explain_failure(&options, options.seed + i);
  }
  if (good)
    good = show_stats(&options, stats);
  printf("[  PASSED  ] %u test(s).\n", passed);
  if (!good)
    printf("[  FAILED  ] 1 test(s).\n");
  return good ? 0 : 1;
}
