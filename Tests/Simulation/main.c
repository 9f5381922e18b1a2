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

/* Options, many runs, statistics. */

#include "simulation.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define ALL_FEATURES ((1ull << SIM_FEATURE_COUNT) - 1)
/* From so many runs on everything must have been met. */
#define RUNS_THAT_MEET_ALL 100000
/* A run that takes so long hangs; it takes some microseconds. */
#define LONGEST_RUN 20
/* Of an exhaustive run, unless said otherwise. */
#define SMALL_NODES 4
#define SMALL_EVENTS 5

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
static jmp_buf failed;
static char failure[512];
static const void *failed_check;
static char command[2048]; /* that repeats the present run */
static uint64_t tries;

/* ---- Memory ------------------------------------------------------------- */

int64_t sim_live_bytes;

static void *allocate(void *ctx, size_t bytes) {
  (void)ctx;
  sim_live_bytes += (int64_t)bytes;
  if (sim_arena_is_used())
    return sim_arena_allocate(bytes);
  return malloc(bytes == 0 ? 1 : bytes);
}

static void release(void *ctx, void *memory, size_t bytes) {
  (void)ctx;
  sim_live_bytes -= (int64_t)bytes;
  if (sim_arena_is_used())
    sim_arena_release(memory, bytes);
  else
    free(memory);
}

const sup_allocator sim_allocator = {sizeof(sup_allocator), allocate, release,
                                     NULL};

/* ---- Failures ------------------------------------------------------------ */

void sim_fail(struct sim *s, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(failure, sizeof(failure), format, list);
  va_end(list);
  failed_check = format;
  sim_log(s, "FAILED: %s", failure);
  longjmp(failed, 1);
}

const char *sim_failure(void) {
  return failure;
}

const void *sim_failed_check(void) {
  return failed_check;
}

/* A contradiction inside the library, or a crash. */
static void on_abort(int number) {
  snprintf(failure, sizeof(failure), "the library gave up: signal %d", number);
  failed_check = on_abort;
  longjmp(failed, 1);
}

static void on_alarm(int number) {
  static uint64_t last;
  (void)number;
  if (last == tries) {
    snprintf(failure, sizeof(failure), "the library does not come back");
    failed_check = on_alarm;
    longjmp(failed, 1);
  }
  last = tries;
}

/* The address sanitizer ends the program itself: say where. */
static void on_death(void) {
  static const char text[] = "[  FAILED  ] again:\n  ";
  ssize_t ignored = write(STDOUT_FILENO, text, sizeof(text) - 1);
  ignored = write(STDOUT_FILENO, command, strlen(command));
  ignored = write(STDOUT_FILENO, "\n", 1);
  (void)ignored;
}

void __sanitizer_set_death_callback(void (*callback)(void))
    __attribute__((weak));

static void catch_failures(void) {
  struct itimerval timer = {{LONGEST_RUN, 0}, {LONGEST_RUN, 0}};
  struct sigaction action = {0};
  action.sa_flags = SA_NODEFER;
  action.sa_handler = on_abort;
  sigaction(SIGABRT, &action, NULL);
  if (__sanitizer_set_death_callback != NULL)
    __sanitizer_set_death_callback(on_death);
  else
    sigaction(SIGSEGV, &action, NULL);
  action.sa_handler = on_alarm;
  sigaction(SIGVTALRM, &action, NULL);
  setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

/* ---- What the others call ----------------------------------------------- */

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

static void add(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void add(const char *format, ...) {
  size_t used = strlen(command);
  va_list list;
  va_start(list, format);
  vsnprintf(command + used, sizeof(command) - used, format, list);
  va_end(list);
}

/* Without what says which choices are made. */
static void write_options(const struct sim_options *o) {
  command[0] = '\0';
  add("simulation --verbose");
  if (o->exhaustive)
    add(" --exhaustive");
  if (o->nodes != (o->exhaustive ? SMALL_NODES : SIM_NODES))
    add(" --nodes %u", o->nodes);
  if (o->steps != UINT32_MAX)
    add(" --steps %u", o->steps);
  for (int i = 0; i < SIM_FEATURE_COUNT; i++)
    if ((o->features & (1ull << i)) == 0)
      add(" --without %s", feature_names[i]);
}

static void write_command(const struct sim_options *o, uint64_t seed) {
  write_options(o);
  add(" --runs 1 --seed %llu", (unsigned long long)seed);
}

bool sim_try(const struct sim_options *options, uint64_t seed,
             const struct sim_choices *given, uint64_t *stats) {
  tries++;
  memset(&sim, 0, offsetof(struct sim, reports));
  sim.options = options;
  sim.seed = given != NULL ? 1 : seed; /* of the library's own choices */
  sim.features = options->features;
  sim.node_count = 0;
  sim.stop_deadline = sim.everybody_at = sim.reserve_at = SUP_INFINITE;
  sim.stats = stats;
  sim_live_bytes = 0; /* a failed run before may have left something */
  sim_choose_from(seed, given);
  if (setjmp(failed) != 0)
    return false;
  if (options->exhaustive) {
    sim_arena_reset();
    sim_run_small(&sim);
  } else {
    sim_run(&sim);
  }
  return true;
}

/* ---- Explaining a failure ------------------------------------------------ */

/* Fewer kinds of things, nodes and steps of the same seed. */
static struct sim_options shrink_options(struct sim_options o, uint64_t seed) {
  static uint64_t ignored[SIM_STAT_COUNT];
  const void *check = failed_check;
  struct sim_options less;
  o.verbose = false;
  for (int i = 0; i < SIM_FEATURE_COUNT; i++) {
    less = o;
    less.features &= ~(1ull << i);
    if (less.features != o.features && !sim_try(&less, seed, NULL, ignored) &&
        failed_check == check)
      o = less;
  }
  for (less = o, less.nodes = 2; less.nodes < o.nodes && less.nodes < 20;
       less.nodes++)
    if (!sim_try(&less, seed, NULL, ignored) && failed_check == check)
      o = less;
  for (less = o, less.steps = 1; less.steps < o.steps && less.steps < 320;
       less.steps++)
    if (!sim_try(&less, seed, NULL, ignored) && failed_check == check)
      o = less;
  return o;
}

/* What the library says when it gives up is said often enough. */
static int silence(void) {
  int kept = dup(STDERR_FILENO);
  FILE *ignored = freopen("/dev/null", "w", stderr);
  (void)ignored;
  return kept;
}

static void speak(int kept) {
  fflush(stderr);
  dup2(kept, STDERR_FILENO);
  close(kept);
}

static void show_shrunk(const struct sim_options *options,
                        struct sim_choices *log) {
  static uint64_t ignored[SIM_STAT_COUNT];
  struct sim_options loud = *options;
  char *text;
  sim_shrink(options, log);
  text = sim_choices_text(log);
  write_options(options);
  printf("  shrunk: %s --choices '%s'\n", command, text);
  free(text);
  fflush(stdout);
  loud.verbose = true;
  sim_try(&loud, 0, log, ignored);
  printf("  where:  %s\n", failure);
}

static void explain_failure(const struct sim_options *options, uint64_t seed,
                            const struct sim_choices *given) {
  static uint64_t ignored[SIM_STAT_COUNT];
  struct sim_choices log = {0};
  struct sim_options small = *options;
  int kept;
  if (given != NULL)
    printf("[  FAILED  ] %s\n", failure);
  else
    printf("[  FAILED  ] seed %llu: %s\n  again:  %s\n",
           (unsigned long long)seed, failure, command);
  fflush(stdout);
  if (options->brief)
    return;
  kept = silence();
  small.verbose = false;
  if (given == NULL)
    small = shrink_options(small, seed);
  if (!sim_try(&small, seed, given, ignored)) {
    sim_choices_copy(&log, sim_chosen());
    /* As a log: the library's own seed may matter. */
    if (!sim_try(&small, 0, &log, ignored))
      show_shrunk(&small, &log);
    else
      printf("  fewer:  %s\n", command);
  }
  speak(kept);
  sim_choices_free(&log);
}

/* The case of a small tree that has failed is in the log. */
static void explain_small(const struct sim_options *one) {
  struct sim_choices log = {0};
  char *text;
  int kept;
  sim_choices_copy(&log, sim_chosen());
  text = sim_choices_text(&log);
  printf("[  FAILED  ] %s\n  again:  %s --choices '%s'\n", failure, command,
         text);
  free(text);
  if (one->brief) {
    sim_choices_free(&log);
    return;
  }
  kept = silence();
  show_shrunk(one, &log);
  speak(kept);
  sim_choices_free(&log);
}

/* ---- What is printed ----------------------------------------------------- */

static bool show_stats(const struct sim_options *o, uint64_t runs,
                       const uint64_t *stats) {
  bool complete = true;
  for (int i = 0; i < SIM_STAT_COUNT; i++) {
    printf("  %-28s %12llu\n", stat_names[i], (unsigned long long)stats[i]);
    if (stats[i] == 0 && runs >= RUNS_THAT_MEET_ALL &&
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
          "%s\nusage: simulation [--runs N | --seconds N] [--seed S]"
          " [--choices LOG]\n       [--nodes N] [--steps N]"
          " [--exhaustive] [--events N]"
          " [--without FEATURE]... [--verbose]"
          " [--brief]\nfeatures:",
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

static uint64_t feature(const char *text) {
  for (int i = 0; i < SIM_FEATURE_COUNT; i++)
    if (strcmp(text, feature_names[i]) == 0)
      return 1ull << i;
  usage("there is no such feature");
}

static void set(struct sim_options *o, const char *name, const char *value) {
  if (strcmp(name, "--runs") == 0)
    o->runs = number(value);
  else if (strcmp(name, "--seconds") == 0)
    o->seconds = number(value);
  else if (strcmp(name, "--seed") == 0)
    o->seed = number(value);
  else if (strcmp(name, "--nodes") == 0)
    o->nodes = (unsigned)number(value);
  else if (strcmp(name, "--steps") == 0)
    o->steps = (unsigned)number(value);
  else if (strcmp(name, "--events") == 0)
    o->events = (unsigned)number(value);
  else if (strcmp(name, "--choices") == 0)
    o->choices = value;
  else if (strcmp(name, "--without") == 0)
    o->features &= ~feature(value);
  else
    usage("an option that there is not");
}

/* Options without a value. */
static bool *flag(struct sim_options *o, const char *name) {
  if (strcmp(name, "--verbose") == 0)
    return &o->verbose;
  if (strcmp(name, "--brief") == 0)
    return &o->brief;
  return strcmp(name, "--exhaustive") == 0 ? &o->exhaustive : NULL;
}

static struct sim_options parse(int argc, char **argv) {
  struct sim_options o = {.seed = 1,
                          .runs = 1000,
                          .nodes = 0,
                          .events = SMALL_EVENTS,
                          .steps = UINT32_MAX,
                          .features = ALL_FEATURES};
  for (int i = 1; i < argc; i++) {
    bool *set_to = flag(&o, argv[i]);
    if (set_to != NULL) {
      *set_to = true;
      continue;
    }
    if (i + 1 == argc)
      usage("an option without its value");
    set(&o, argv[i], argv[i + 1]);
    i++;
  }
  if (o.nodes == 0)
    o.nodes = o.exhaustive ? SMALL_NODES : SIM_NODES;
  if (o.runs == 0 || o.nodes > SIM_NODES ||
      (o.exhaustive && (o.nodes < 2 || o.nodes > 6 || o.events > 8)))
    usage("at least one run; 2 to 6 nodes and up to 8 events of a small tree");
  return o;
}

/* ---- Modes --------------------------------------------------------------- */

static bool is_over(const struct sim_options *o, uint64_t runs, time_t begin) {
  if (o->seconds == 0)
    return runs == o->runs;
  return runs % 64 == 0 && runs > 0 &&
         (uint64_t)(time(NULL) - begin) >= o->seconds;
}

static bool play_seeds(const struct sim_options *o, uint64_t *passed) {
  static uint64_t stats[SIM_STAT_COUNT];
  time_t begin = time(NULL);
  for (uint64_t i = 0; !is_over(o, i, begin); i++) {
    write_command(o, o->seed + i);
    if (!sim_try(o, o->seed + i, NULL, stats)) {
      explain_failure(o, o->seed + i, NULL);
      return false;
    }
    ++*passed;
  }
  printf("seeds %llu to %llu\n", (unsigned long long)o->seed,
         (unsigned long long)(o->seed + *passed - 1));
  return show_stats(o, *passed, stats);
}

static bool play_choices(const struct sim_options *o, uint64_t *passed) {
  static uint64_t stats[SIM_STAT_COUNT];
  struct sim_choices given = {0};
  bool good;
  if (!sim_choices_read(&given, o->choices))
    usage("that is not a log of choices");
  write_options(o);
  good = sim_try(o, 0, &given, stats);
  *passed += good;
  if (!good)
    printf("[  FAILED  ] %s\n", failure);
  sim_choices_free(&given);
  return good;
}

/* All small trees, one after another, each with all its cases. */
static bool play_small(const struct sim_options *o, uint64_t *passed) {
  static uint64_t stats[SIM_STAT_COUNT];
  struct sim_small_count total;
  struct sim_options all = *o, one = *o;
  struct sim_choices tree = {0};
  bool good;
  all.explore = true;
  do {
    write_options(&one);
    good = sim_try(&all, 0, &tree, stats);
    total = *sim_small_total();
    *passed = total.cases;
    if (!good)
      explain_small(&one);
  } while (good && sim_next(&tree));
  printf("%llu trees of up to %u nodes, %llu states, %llu cases of up to %u"
         " events\n",
         (unsigned long long)total.trees, o->nodes,
         (unsigned long long)total.states, (unsigned long long)total.cases,
         o->events);
  sim_choices_free(&tree);
  return good;
}

int main(int argc, char **argv) {
  struct sim_options options = parse(argc, argv);
  uint64_t passed = 0;
  bool good;
  sup_set_allocator(&sim_allocator);
  catch_failures();
  sim_arena_use(options.exhaustive);
  if (options.choices != NULL)
    good = play_choices(&options, &passed);
  else if (options.exhaustive)
    good = play_small(&options, &passed);
  else
    good = play_seeds(&options, &passed);
  printf("[  PASSED  ] %llu test(s).\n", (unsigned long long)passed);
  if (good)
    return 0;
  printf("[  FAILED  ] 1 test(s).\n");
  fflush(stdout);
  _exit(1); /* a run that failed has left its memory, which is no other fault */
}
