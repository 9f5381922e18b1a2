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
 * The simulator: random static trees under random faults, on a manual clock,
 * each run from one seed.
 *
 *   tree.c    draws a tree and makes its specs
 *   driver.c  drives the engine: performs its actions now or later, plays the
 *             children, requests stops, lets time pass
 *   model.c   looks on: it knows the specs, is told what is performed and what
 *             is emitted, never looks into the engine, and objects
 *   main.c    options, many runs, shrinking, statistics
 */

#ifndef SIMULATION_H
#define SIMULATION_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

#define SIM_NODES 40
#define SIM_FAN 5
#define SIM_DEPTH 5
#define SIM_STEPS 4
#define SIM_REPORTS 512
#define SIM_FLIGHTS 4
#define SIM_ENTRIES 512
#define SIM_NAME 16
#define SIM_EPOCH SUP_SECONDS(1000)
#define SIM_NONE (-1)

/* What a run may contain; shrinking takes them away one by one. */
#define SIM_FEATURES(XX)                                                       \
  XX(EARLY, "early")         /* reports inside the start function */           \
  XX(FLIGHT, "flight")       /* actions that take a while */                   \
  XX(SLOW, "slow")           /* time that passes meanwhile */                  \
  XX(REFUSE, "refuse")       /* starts that fail */                            \
  XX(DECLINE, "decline")     /* children that are not needed */                \
  XX(IGNORE, "ignore")       /* children that do not listen to a stop */       \
  XX(RESOURCE, "resource")   /* builds and cleanups */                         \
  XX(GROUPS, "groups")       /* one-for-all and rest-for-one */                \
  XX(BACKOFF, "backoff")     /* delays before restarts */                      \
  XX(STALE, "stale")         /* reports of earlier incarnations */             \
  XX(BUDGET, "budget")       /* stops with a budget, and force */              \
  XX(TEMPORARY, "temporary") /* children that are not restarted */             \
  XX(FOREIGN, "foreign")     /* stops on the other queue */                    \
  XX(BEGIN, "begin")         /* bodies that report that they begin */          \
  XX(KILL, "kill")           /* ladders that end in a kill step */             \
  XX(LIMITS, "limits")       /* supervisors with timeouts of their own */      \
  XX(ESCALATE, "escalate")   /* stuck children that bring down the rest */

enum sim_feature {
#define XX(name, text) SIM_##name,
  SIM_FEATURES(XX)
#undef XX
      SIM_FEATURE_COUNT
};

/* What a batch of runs must have met. */
#define SIM_STATS(XX)                                                          \
  XX(STARTS, "starts")                                                         \
  XX(RESTARTS, "restarts")                                                     \
  XX(ROLLBACKS, "rollbacks")                                                   \
  XX(ROUNDS, "group rounds")                                                   \
  XX(MERGES, "merged rounds")                                                  \
  XX(ABSORBED, "absorbed failures")                                            \
  XX(ROUND_START_FAILURES, "start failures in a round")                        \
  XX(DEFERRED, "ends during a start")                                          \
  XX(EXCEEDED, "exceeded tolerances")                                          \
  XX(ESCALATED, "stuck escalations")                                           \
  XX(ABANDONED, "abandoned children")                                          \
  XX(STUCK, "stuck children")                                                  \
  XX(LATE, "late exits")                                                       \
  XX(KILLED, "kill steps")                                                     \
  XX(CUTS, "budget cuts")                                                      \
  XX(FORCED, "forced stops")                                                   \
  XX(STOPPED_STARTS, "stops during the start")                                 \
  XX(IMPATIENT, "start timeouts")                                              \
  XX(DECLINED, "declined starts")                                              \
  XX(STALE_REPORTS, "stale reports")                                           \
  XX(EARLY_ENDS, "ends inside a start")                                        \
  XX(UNBEGUN, "bodies that never began")                                       \
  XX(BUILDS, "builds")                                                         \
  XX(BUILD_FAILURES, "failed builds")                                          \
  XX(CLEANUP_FAILURES, "failed cleanups")                                      \
  XX(CANCELED_WAITS, "canceled restarts")                                      \
  XX(CLEAN_ENDS, "clean ends")                                                 \
  XX(UNCLEAN_ENDS, "unclean ends")                                             \
  XX(TOLERANCE_ENDS, "ends by tolerance")

enum sim_stat {
#define XX(name, text) SIM_STAT_##name,
  SIM_STATS(XX)
#undef XX
      SIM_STAT_COUNT
};

struct sim_options {
  uint64_t seed;
  unsigned runs;
  unsigned nodes;    /* at most, 1 to SIM_NODES */
  unsigned steps;    /* at most, before the last stop */
  uint32_t features; /* bits of enum sim_feature */
  bool verbose;
};

struct sim_random {
  uint64_t state;
};

/* One node: what was drawn, what the driver knows, what the model knows. */
struct sim_node {
  /* The spec. */
  int id, parent, position, depth;
  int children[SIM_FAN];
  int child_count;
  char name[SIM_NAME];
  bool is_supervisor;
  sup_restart restart;
  bool notify, begins, foreign, kills, escalates;
  sup_stop_step ladder[SIM_STEPS];
  int ladder_length;
  sup_duration start_timeout;
  sup_duration shutdown; /* supervisors */
  sup_strategy strategy;
  sup_order order;
  uint64_t max;
  sup_duration window;
  sup_backoff backoff;
  bool has_resource;

  /* The driver: the present or last incarnation. */
  struct sup_ref ref;
  struct sup_ref older; /* one before it */
  bool entered;         /* begun, END not performed */
  bool alive;           /* its end was not reported */
  bool begun;           /* its body, if it reports that */
  bool built;           /* a resource that was not cleaned */
  bool building, cleaning;
  bool ignores;
  sup_stop_action obeys;
  bool listening;
  bool killed;
  int stops;
  int step; /* of its ladder that was last performed */

  /* The model: as of the session of its supervisor. */
  bool open;    /* supervisors: from the first begin to the last event */
  bool started; /* ... and its STARTED */
  bool halting; /* ... and it is known to go down */
  bool stopped_by_tree;
  bool begun_in_session, acked, starting, declined, over;
  bool abandoned;
  bool was_stuck; /* somebody below was, in this session */
  uint64_t stopping_at;
  uint64_t started_event;
  uint64_t not_before;
  uint64_t round_event, last_begin_event;
  int round_first;
  uint64_t entries[SIM_ENTRIES];
  bool maybe[SIM_ENTRIES];
  int entry_count;
};

enum sim_report_kind {
  SIM_ACKNOWLEDGE,
  SIM_FAIL_START,
  SIM_DECLINES,
  SIM_EXIT,
  SIM_BEGINS,
  SIM_BUILT,
  SIM_BUILD_FAILS,
  SIM_CLEANED
};

struct sim_report {
  uint64_t at;
  enum sim_report_kind kind;
  int node;
  struct sup_ref ref;
  sup_outcome outcome;
};

struct sim_decision {
  uint64_t event;
  int supervisor, child;
  bool certain, restarts, counted;
};

struct sim {
  const struct sim_options *options;
  uint64_t seed;
  struct sim_random random;
  struct sim_node nodes[SIM_NODES];
  int node_count;
  int by_index[SIM_NODES]; /* engine's index to ours */
  sup_spec *spec;
  struct sup_engine *engine;
  uint64_t now;
  uint64_t read;
  bool prompt; /* no time passes while there is something to do */

  struct sim_report reports[SIM_REPORTS];
  int report_count;
  struct sup_action main_flight;
  bool main_flying, main_early;
  struct sup_action foreign_flights[SIM_FLIGHTS];
  int foreign_count;
  uint64_t begun_count, end_count, late_count;

  /* The model of the tree. */
  bool stopping, ended;
  uint64_t stop_deadline; /* the nearest of all requests */
  uint64_t everybody_at;  /* when its reserve begins */
  uint64_t reserve_at;    /* when the first reserve of any request begins */
  uint64_t final_event;
  sup_token final_result;
  struct sim_decision decision;

  uint64_t *stats;
  jmp_buf failed;
};

/* The engine's allocator; counted, so that a run can see that it leaks. */
extern const sup_allocator sim_allocator;
extern int64_t sim_live_bytes;

_Noreturn void sim_fail(struct sim *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void sim_log(struct sim *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
size_t sim_path(const struct sim *s, int node, char *text, size_t size);

static inline bool sim_has(const struct sim *s, enum sim_feature feature) {
  return (s->options->features & (1u << feature)) != 0;
}

static inline uint64_t sim_draw(struct sim_random *random) {
  uint64_t z = (random->state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* 0 to bound - 1 */
static inline uint64_t sim_below(struct sim *s, uint64_t bound) {
  return bound == 0 ? 0 : sim_draw(&s->random) % bound;
}

static inline bool sim_percent(struct sim *s, unsigned percent) {
  return sim_below(s, 100) < percent;
}

/* tree.c */
void sim_plant(struct sim *s);

/* driver.c */
void sim_run(struct sim *s);

/* model.c: an action is about to be performed; an event was emitted */
void sim_model_start(struct sim *s, struct sim_node *n);
void sim_model_build(struct sim *s, struct sim_node *n);
void sim_model_stop(struct sim *s, struct sim_node *n,
                    const struct sup_action *action);
void sim_model_cleanup(struct sim *s, struct sim_node *n, uint64_t abandoned);
void sim_model_request(struct sim *s, sup_duration budget);
void sim_model_event(struct sim *s, const struct sup_record *record);
void sim_model_drained(struct sim *s);
void sim_model_time(struct sim *s, uint64_t next);
void sim_model_end(struct sim *s);

#endif
