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
 * The simulator: random trees under random faults, on a manual clock, each run
 * from one seed.
 *
 *   main.c        options, many runs, statistics
 *   choice.c      where choices come from, and the log of them
 *   shrink.c      what a failure needs of its choices
 *   exhaustive.c  small trees, all of them
 *   arena.c       memory that can be returned to an earlier state
 *   tree.c        draws a tree and makes its specs
 *   driver.c      drives the engine: time, stops, what happens next
 *   perform.c     performs its actions, now or later
 *   requests.c    adds children, and stops, restarts and deletes them
 *   children.c    plays the children, and finds nodes by their names
 *   model.c       looks on: it knows the specs, is told what is performed and
 *   model_*.c     what is emitted, never looks into the engine, and objects
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
#define SIM_AFTER_MOST 3
#define SIM_FATES_MOST 2 /* of a spec */
#define SIM_FATES_ALL 4  /* with those that a body runs */
#define SIM_REPORTS 512
#define SIM_FLIGHTS 4
#define SIM_ENTRIES 32
#define SIM_ORPHANS 64
#define SIM_REQUESTS 64
#define SIM_ADDED 3
#define SIM_NAME 16
#define SIM_EPOCH SUP_SECONDS(1000)
#define SIM_SLOTS 256 /* of the engine */
#define SIM_NONE (-1)

/* What a run may contain; shrinking takes them away one by one. */
#define SIM_FEATURES(XX)                                                       \
  XX(EARLY, "early")             /* reports inside functions */                \
  XX(FLIGHT, "flight")           /* actions that take a while */               \
  XX(SLOW, "slow")               /* time that passes meanwhile */              \
  XX(REFUSE, "refuse")           /* starts that fail */                        \
  XX(DECLINE, "decline")         /* children that are not needed */            \
  XX(IGNORE, "ignore")           /* children that do not listen to a stop */   \
  XX(RESOURCE, "resource")       /* builds and cleanups */                     \
  XX(GROUPS, "groups")           /* one-for-all and rest-for-one */            \
  XX(BACKOFF, "backoff")         /* delays before restarts */                  \
  XX(STALE, "stale")             /* reports of earlier incarnations */         \
  XX(BUDGET, "budget")           /* stops with a budget, and force */          \
  XX(TEMPORARY, "temporary")     /* children that are not restarted */         \
  XX(FOREIGN, "foreign")         /* stops on the other queue */                \
  XX(BEGIN, "begin")             /* bodies that report that they begin */      \
  XX(KILL, "kill")               /* ladders that end in a kill step */         \
  XX(LIMITS, "limits")           /* supervisors with timeouts of their own */  \
  XX(ESCALATE, "escalate")       /* stuck children that bring down the rest */ \
  XX(OWN, "own")                 /* tolerances of children's own */            \
  XX(OVERLAP, "overlap")         /* replacements beside an old incarnation */  \
  XX(AFTER, "after")             /* children that start after siblings */      \
  XX(SIDE, "side")               /* children that start side by side */        \
  XX(CONCURRENT, "concurrent")   /* children that are stopped at once */       \
  XX(SAYS, "says")               /* done, and requests for a restart */        \
  XX(CLASSES, "classes")         /* hopeless and forced failures */            \
  XX(MADE, "made")               /* children that a resource step brings */    \
  XX(HANG, "hang")               /* stop functions that do not return */       \
  XX(DYNAMIC, "dynamic")         /* children that are added; requests */       \
  XX(FATES, "fates")             /* fate-sharing groups */                     \
  XX(HEARTBEAT, "heartbeat")     /* promised signs of life */                  \
  XX(PROBES, "probes")           /* ... after having been asked */             \
  XX(RUNNABLES, "runnables")     /* children that run children */              \
  XX(ROOTS, "roots")             /* a runnable as the root */                  \
  XX(LIMITED, "limited")         /* numbers of children */                     \
  XX(SIGNIFICANT, "significant") /* supervisors that end with children */

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
  XX(STOP_ENDS, "ends inside a stop")                                          \
  XX(UNBEGUN, "bodies that never began")                                       \
  XX(BUILDS, "builds")                                                         \
  XX(BUILD_FAILURES, "failed builds")                                          \
  XX(BUILT_IN_VAIN, "builds with faulty children")                             \
  XX(CLEANUP_FAILURES, "failed cleanups")                                      \
  XX(CANCELED_WAITS, "canceled restarts")                                      \
  XX(CLEAN_ENDS, "clean ends")                                                 \
  XX(UNCLEAN_ENDS, "unclean ends")                                             \
  XX(TOLERANCE_ENDS, "ends by tolerance")                                      \
  XX(QUARANTINED, "quarantined children")                                      \
  XX(OWN_EXCEEDED, "exceeded own tolerances")                                  \
  XX(OVERLAPS, "overlapping incarnations")                                     \
  XX(ORPHAN_ENDS, "ends of overlapped ones")                                   \
  XX(DEPENDENT, "starts after a sibling")                                      \
  XX(IN_VAIN, "starts after one that is not up")                               \
  XX(SIDE_BY_SIDE, "starts side by side")                                      \
  XX(AT_ONCE, "concurrent stops")                                              \
  XX(DONE, "ends for good as said")                                            \
  XX(AGAIN, "restarts as requested")                                           \
  XX(HOPELESS, "hopeless failures")                                            \
  XX(FORCED_AGAIN, "forced restarts")                                          \
  XX(MADE, "children of a resource step")                                      \
  XX(HANGING, "stop functions that hang")                                      \
  XX(ADDED, "children that are added")                                         \
  XX(REQUESTS, "stops, restarts, deletions")                                   \
  XX(ANSWERS, "answers")                                                       \
  XX(FATE_ROUNDS, "rounds of groups with a barrier")                           \
  XX(FATE_SWEEPS, "rounds of groups without one")                              \
  XX(FATE_ABSORBED, "failures absorbed in a group")                            \
  XX(FATE_STOPPED, "members stopped for others")                               \
  XX(BEATS, "signs of life")                                                   \
  XX(SILENT, "silent children")                                                \
  XX(LATE_HOST, "late hosts")                                                  \
  XX(AUTO_ANY, "ends with any significant one")                                \
  XX(AUTO_ALL, "ends with the last significant")                               \
  XX(LAST_STANDING, "significant, and not the last")                           \
  XX(CODE_ACCEPTED, "requests as accepted as predicted")                       \
  XX(CODE_ALREADY, "of what has ended (EALREADY)")                             \
  XX(CODE_GONE, "of what is gone (EGONE)")                                     \
  XX(CODE_STOPPING, "in what goes down (ESTOPPING)")                           \
  XX(CODE_NOT_RUNNING, "in what does not run (ENOTRUNNING)")                   \
  XX(CODE_EXISTS, "of a name that is taken (EEXIST)")                          \
  XX(CODE_INVALID, "that make no sense (EINVAL)")                              \
  XX(CODE_LIMIT, "above a limit of children (ELIMIT)")                         \
  XX(CODE_OPEN, "with a code that is left open")                               \
  XX(OVERFULL, "builds above a limit of children")                             \
  XX(ADDED_SUPERVISORS, "added supervisors")                                   \
  XX(BODIES, "bodies")                                                         \
  XX(RUN, "children run by bodies")                                            \
  XX(RUN_GROUPS, "groups run by bodies")                                       \
  XX(RUN_REFUSED, "refused runs")                                              \
  XX(HEALTHY, "healthy ones")                                                  \
  XX(MISUSED, "signals out of turn")                                           \
  XX(GOES_ON, "children that go on without a body")                            \
  XX(NOT_DONE, "bodies that return and are not done")                          \
  XX(DEAD, "bodies that fail with children")                                   \
  XX(PROBED, "probes")                                                         \
  XX(LATE_ANSWERS, "late answers to probes")                                   \
  XX(ROOTS, "runnables as roots")                                              \
  XX(ROOT_RESTARTS, "roots that are restarted")

enum sim_stat {
#define XX(name, text) SIM_STAT_##name,
  SIM_STATS(XX)
#undef XX
      SIM_STAT_COUNT
};

struct sim_options {
  uint64_t seed;
  uint64_t runs;
  uint64_t seconds;  /* instead of runs, if not 0 */
  unsigned nodes;    /* at most, 1 to SIM_NODES */
  unsigned steps;    /* at most, before the last stop */
  uint64_t features; /* bits of enum sim_feature */
  bool verbose;
  bool brief;          /* a failure is told and not shrunk */
  const char *choices; /* a log to be played again, or NULL */
  bool exhaustive;     /* small trees */
  bool explore;        /* ... all of them, not one case */
  unsigned events;     /* ... with so many events */
};

/* Times of failures, as a plain list. */
struct sim_record {
  uint64_t entries[SIM_ENTRIES];
  bool maybe[SIM_ENTRIES]; /* it is not known whether it was counted */
  int count;
};

/* What is known of the rounds of a fate-sharing group. */
struct sim_fate {
  sup_group_mode mode;
  uint64_t event; /* that the last one began with, 0: none in this session */
  uint64_t at;    /* when that was */
};

enum sim_runs { SIM_RUNS_NOTHING, SIM_RUNS_CHILDREN, SIM_RUNS_TREE };

/* One node: what was drawn, what the driver knows, what the model knows. */
struct sim_node {
  /* The spec. */
  int id, parent, position, depth;
  int children[SIM_FAN * 2 + SIM_ADDED]; /* of the spec, made by the resource
                                           step, to be added */
  int child_count, static_count, made_count;
  char name[SIM_NAME];
  /* It has a body, and is a supervisor of what that runs; one that is run. */
  int runs;    /* enum sim_runs */
  int runs_as; /* small trees: 0 alone, else as a group of that mode + 1 */
  bool is_run;
  bool is_supervisor, is_made, is_dynamic;
  sup_spec *spec; /* of one that is to be added */
  sup_restart restart;
  bool stubborn; /* small trees: does not listen to a stop */
  bool notify, begins, foreign, kills, escalates, overlaps;
  sup_stop_step ladder[SIM_STEPS];
  int ladder_length;
  sup_duration start_timeout;
  sup_duration period;   /* of its signs of life; 0: none is promised */
  bool probes;           /* it is asked before silence is a failure */
  sup_duration shutdown; /* supervisors */
  sup_strategy strategy;
  sup_order order;
  uint64_t max;
  sup_duration window;
  sup_backoff backoff;
  bool has_resource, concurrent;
  sup_auto_shutdown auto_shutdown;
  bool significant; /* children */
  unsigned start_limit, child_limit;
  int spare; /* children above those of the spec, plus one; 0: no limit */
  int added; /* the how manieth child that was added it is */
  bool has_own, quarantines; /* a tolerance of its own */
  uint64_t own_max;
  sup_duration own_window;
  int after[SIM_AFTER_MOST];
  int after_count;
  bool has_after[2];   /* supervisors: some child (made) starts after another */
  sup_spec *made_spec; /* supervisors: what a build may bring */
  int fate_count;
  struct sim_fate fates[SIM_FATES_ALL];
  int fate; /* of its supervisor's groups, from 1; 0: none */

  /* The driver: the present or last incarnation. */
  struct sup_ref ref;
  struct sup_ref body;  /* of one that has a body: the engine's own of that */
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
  bool touched;      /* ... what it does next is left open since a request */
  bool requested;    /* somebody has asked something about it */
  bool owned;        /* to stay down because somebody has asked for it */
  bool hurried;      /* to its last step because somebody has asked */
  bool unordered;    /* ... and the order of acknowledgements is not known */
  bool is_added;     /* its last addition was accepted */
  bool goes;         /* it is taken away when nothing of it runs any more */
  bool fades;        /* ... a temporary one that somebody has stopped */
  bool is_swept;     /* ... since its supervisor has ended */
  bool was_undead;   /* something of it still ran at its end */
  bool had_begun;    /* ... when the event came that is looked at */
  bool is_skipped;   /* its supervisor was told not to start it */
  bool may_be_trial; /* ... and then to do so, in its start or by itself */
  bool is_unclear;   /* why it ended */
  bool is_lost;      /* its ref is of one that is not there any more */
  bool may_be_lost;  /* ... or perhaps not */
  bool first;        /* it was added and has not come up */
  bool again;        /* to be started because somebody has asked */
  bool trial;        /* a start that somebody has asked for */
  bool open;         /* supervisors: from the first begin to the last event */
  bool started;      /* ... and its STARTED */
  bool halting;      /* ... and it is known to go down */
  bool uses_made;    /* ... and its children are those of the resource step */
  bool is_foreseen;  /* ... seen before anything of it was performed */
  bool stopped_by_tree;
  bool side_by_side; /* ... since its body has ended */
  bool body_over;    /* ... its body has ended */
  bool in_any_order; /* ... or since that was on its way down, unacknowledged */
  bool gives_up;     /* ... since an event has said so */
  bool dies;         /* ... its body has ended by itself while it was up */
  bool is_dying;     /* ... that was told, and not all of it is gone */
  bool is_aside;     /* ... and it is shown as that */
  bool is_for_good;  /* ... and it is not restarted */
  bool is_outlasted; /* ... and another lasted when all of it was gone */
  bool healthy, misused, done; /* its body has said so; out of turn; DONE */
  bool auto_ends;     /* ... because its significant children have ended */
  bool lasts_open;    /* ... and it does not show how many last */
  bool lasts;         /* H9: it is significant, and has not ended for good */
  bool told_starting; /* an event has said so */
  bool begun_in_session, acked, starting, declined, over, completed;
  bool asked;       /* an event has said that it is being stopped */
  bool is_probed;   /* it was asked, and has not answered */
  bool on_ladder;   /* ... and that was its body, for itself */
  bool is_vague;    /* ... or perhaps it was */
  bool silent;      /* an event has said that it is: it has failed */
  bool asked_alone; /* ... and its supervisor did not go down */
  bool abandoned;
  bool was_stuck;   /* somebody below was, in this session */
  bool is_blurred;  /* it does not show which rounds its groups have had */
  bool waits_stuck; /* it waits for its old incarnation */
  bool said_done, said_again, hopeless, forced, completes; /* its end */
  uint64_t stopping_at;
  uint64_t up_at, beat_at, body_at; /* its start, its last sign of life, its
                                       body's begin */
  uint64_t begun_event, started_event, asked_event, closed_event;
  uint64_t halt_event;  /* that has said that it goes down */
  uint64_t death_event; /* that has said that it dies */
  uint64_t silent_event, ladder_cause;
  uint64_t probed_at, answered_at, patient_until;
  uint64_t acked_event, declined_event, start_failed_event, unclean_event,
      clean_event;
  uint64_t down_at;               /* since when it is not up */
  uint64_t ended_at;              /* when its end was reported */
  uint64_t not_before, not_after; /* its delay; the longest that it may be */
  uint64_t round_event, last_begin_event;
  int round_first;
  bool is_ordered;
  int sequence[2][SIM_FAN]; /* children, and made ones, in start order */
  int up_count;             /* how many came up in this start */
  struct sim_record record, own;
};

/* An incarnation that was replaced while it lived. */
struct sim_orphan {
  int node;
  struct sup_ref ref, body;
  bool alive;
  int stops;
};

enum sim_report_kind {
  SIM_ACKNOWLEDGE,
  SIM_FAIL_START,
  SIM_DECLINES,
  SIM_EXIT,
  SIM_BEGINS,
  SIM_SAYS_DONE,
  SIM_SAYS_AGAIN,
  SIM_BEATS,
  SIM_SAYS_HEALTHY,
  SIM_RUNS_SOME,
  SIM_PROBED,
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
  bool drops;    /* the child, since its supervisor seems to go down */
  bool absorbed; /* by a round of its supervisor */
  bool lasted, ends,
      ends_open; /* H9: it lasted; its supervisor has to end; that
 is left open */
  bool joins;    /* it is restarted by the round that its group is in */
};

enum sim_request_kind {
  SIM_ADDS,
  SIM_TERMINATES,
  SIM_RESTARTS,
  SIM_DELETES,
  SIM_FORCES
};

struct sim_request {
  struct sup_request request; /* first */
  bool pending;
  int node;
  enum sim_request_kind kind;
  uint64_t since; /* the event before it */
  bool lived;     /* something of it ran then */
  uint64_t generation;
};

/* What a request has found. */
struct sim_before {
  sup_state state;
  bool ahead;       /* the start of its supervisor had not come to it */
  bool in_round;    /* it was to come back with a round */
  bool round_is_on; /* ... of its supervisor, or may be */
  bool is_going;    /* its supervisor was on its way down */
};

/* A code that is left open. */
#define SIM_OPEN 1000

/* An action that is being performed. */
struct sim_flight {
  struct sup_action action;
  int node;
  bool hangs;
};

struct sim {
  const struct sim_options *options;
  uint64_t features; /* of this run */
  uint64_t seed;
  sup_spec *spec;
  struct sup_engine *engine;
  uint64_t now;
  uint64_t late_at, late_before; /* when the host was late at last; before it */
  uint64_t read;
  uint32_t journal;
  bool scripted; /* small trees: children do what they are told */
  bool forced;
  bool prompt; /* no time passes while there is something to do */

  struct sup_action main_flight;
  int main_node;
  bool main_flying, main_early;
  struct sim_flight foreign_flights[SIM_FLIGHTS];
  int foreign_count;
  struct sim_orphan orphans[SIM_ORPHANS];
  int orphan_count;
  int added_count;
  uint64_t freed_at; /* when a stop function that had hung returned */
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
  struct sim_request requests[SIM_REQUESTS];
  int report_count;
  struct sim_report reports[SIM_REPORTS];
  int by_index[SIM_SLOTS]; /* engine's index to ours */
  int node_count;
  struct sim_node nodes[SIM_NODES];
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
  return (s->features & (1ull << feature)) != 0;
}

/* ---- choice.c ------------------------------------------------------------
 *
 * Every choice of a run is a number below a bound. Choices come in blocks: what
 * is decided about one node, or in one step. They come from a seed, or from a
 * log that is played again; a log that has no more of them, or a block of it,
 * goes on with zeros, and 0 is always the simplest choice. So parts can be cut
 * out of a log and the rest keeps its meaning. */

struct sim_choices {
  uint64_t *values;
  size_t count, capacity;
  size_t *blocks; /* where each begins */
  size_t block_count, block_capacity;
};

/* Begin a log; the choices come from the seed, or from `given`. */
void sim_choose_from(uint64_t seed, const struct sim_choices *given);
/* What was chosen since. */
const struct sim_choices *sim_chosen(void);
void sim_block(void);
/* 0 to bound - 1; 0 while it does not speak. */
uint64_t sim_choose(uint64_t bound);
void sim_speak(bool aloud);
/* A choice that was made elsewhere; back to an earlier place in the log. */
void sim_note(uint64_t value);
void sim_mark(size_t *choices, size_t *blocks);
void sim_rewind(size_t choices, size_t blocks);
/* The next log of the first block's choices, as an odometer; false at the end.
 */
bool sim_next(struct sim_choices *c);
void sim_choices_add_block(struct sim_choices *c);
void sim_choices_add(struct sim_choices *c, uint64_t value);
void sim_choices_clear(struct sim_choices *c);
void sim_choices_free(struct sim_choices *c);
void sim_choices_copy(struct sim_choices *to, const struct sim_choices *from);
bool sim_choices_read(struct sim_choices *c, const char *text);
/* As text, to be freed. */
char *sim_choices_text(const struct sim_choices *c);

static inline uint64_t sim_below(struct sim *s, uint64_t bound) {
  (void)s;
  return sim_choose(bound);
}

static inline bool sim_percent(struct sim *s, unsigned percent) {
  (void)s;
  return sim_choose(100) >= 100 - percent;
}

/* ---- main.c and shrink.c ------------------------------------------------- */

/* One run; false if it failed. */
bool sim_try(const struct sim_options *options, uint64_t seed,
             const struct sim_choices *given, uint64_t *stats);
/* What the last failed run violated: a text, and which check it was. */
const char *sim_failure(void);
const void *sim_failed_check(void);
/* Leave of a log what a failure of the same check needs. */
void sim_shrink(const struct sim_options *options, struct sim_choices *log);

/* ---- arena.c -------------------------------------------------------------
 *
 * Memory that can be returned to an earlier state, for the library while small
 * trees are gone through. */

#define SIM_ARENA (256 * 1024)
#define SIM_ARENA_CLASSES 1024

struct sim_arena {
  size_t used;
  int64_t live;
  void *lists[SIM_ARENA_CLASSES];
  _Alignas(16) char bytes[SIM_ARENA];
};

void sim_arena_use(bool use);
bool sim_arena_is_used(void);
void sim_arena_reset(void);
void *sim_arena_allocate(size_t bytes);
void sim_arena_release(void *memory, size_t bytes);
void sim_arena_keep(struct sim_arena *kept);
void sim_arena_return(const struct sim_arena *kept);

/* ---- exhaustive.c -------------------------------------------------------- */

struct sim_small_count {
  uint64_t trees, states, cases;
};

void sim_run_small(struct sim *s);
const struct sim_small_count *sim_small_total(void);

/* tree.c */
void sim_plant(struct sim *s);
sup_spec *sim_make_spec(struct sim *s, int id);
/* R: as a supervisor it has nothing that could be set. */
void sim_become_runnable(struct sim_node *n, int runs);
/* The specs of what bodies run, when all that is below them is there. */
void sim_make_runs(struct sim *s);

/* ---- driver.c ------------------------------------------------------------ */

void sim_run(struct sim *s);
/* After every call of the engine. */
void sim_look(struct sim *s);
void sim_tick(struct sim *s);
/* The parts of a run: a tree and an engine; time; requests; the end of all. */
void sim_prepare(struct sim *s);
void sim_go_to(struct sim *s, uint64_t next);
void sim_request_stop(struct sim *s, sup_duration budget);
void sim_force(struct sim *s);
void sim_finish(struct sim *s);

/* ---- perform.c ----------------------------------------------------------- */

/* Do one thing of what is to be performed; false if there is nothing. */
bool sim_perform(struct sim *s);
/* Stop functions that hang return. */
void sim_end_hanging(struct sim *s, bool all);

/* ---- children.c ---------------------------------------------------------- */

/* The node that the engine means; all of them are known by their names. */
struct sim_node *sim_find(struct sim *s, struct sup_ref ref);
void sim_learn_nodes(struct sim *s);
void sim_see_ancestors(struct sim *s, const struct sim_node *n);
/* Its incarnation goes on by itself, or waits for its END although the node is
 * another. */
void sim_part(struct sim *s, struct sim_node *n);
void *sim_state_of(int id, uint64_t incarnation);
/* An incarnation that was parted from its node keeps its numbers. */
static inline bool sim_same(struct sup_ref a, struct sup_ref b) {
  return a.generation == b.generation && a.incarnation == b.incarnation;
}
struct sim_orphan *sim_orphan(struct sim *s, int node, uint64_t generation,
                              uint64_t incarnation);
/* A build or a cleanup has ended. */
void sim_report_resource(struct sim *s, struct sim_node *n,
                         enum sim_report_kind kind);
void sim_report_later(struct sim *s, struct sim_node *n,
                      enum sim_report_kind kind, sup_duration after,
                      sup_outcome outcome);
/* One of the reports that are due, whichever; false if none is. */
bool sim_deliver_one(struct sim *s);
void sim_stale_report(struct sim *s);
void sim_draw_life(struct sim *s, struct sim_node *n);
void sim_draw_acknowledgement(struct sim *s, struct sim_node *n);
sup_token sim_draw_error(struct sim *s);
sup_outcome sim_draw_outcome(struct sim *s);
/* Whether its body runs, which it asks before anything else. */
bool sim_has_begun(struct sim *s, struct sim_node *n);
void sim_exits(struct sim *s, struct sim_node *n, sup_outcome outcome);
void sim_orphan_exits(struct sim *s, struct sim_orphan *o);

/* ---- bodies.c ------------------------------------------------------------ */

/* What the body of this incarnation will say and run. */
void sim_draw_body(struct sim *s, struct sim_node *n);
void sim_says_healthy(struct sim *s, struct sim_node *n);
/* 0 or SUP_EMISUSE, as predicted. */
void sim_says_done(struct sim *s, struct sim_node *n);
void sim_runs_some(struct sim *s, struct sim_node *n);
/* Small trees: all of its children. */
void sim_runs_all(struct sim *s, struct sim_node *n);

/* ---- requests.c ---------------------------------------------------------- */

void sim_request(struct sim *s);
/* Of a tree that has ended. */
void sim_request_in_vain(struct sim *s);
void sim_take_answers(struct sim *s, uint32_t node);
/* None is left without an answer. */
void sim_check_requests(struct sim *s);

/* ---- The model: an action is about to be performed; an event was emitted -- */

void sim_model_start(struct sim *s, struct sim_node *n);
void sim_model_build(struct sim *s, struct sim_node *n);
/* The children that it brought are new nodes. */
void sim_model_made(struct sim *s, struct sim_node *n);
void sim_model_stop(struct sim *s, struct sim_node *n,
                    const struct sup_action *action);
void sim_model_cleanup(struct sim *s, struct sim_node *n, uint64_t abandoned);
void sim_model_request(struct sim *s, sup_duration budget);
void sim_model_beat(struct sim *s, struct sim_node *n);
void sim_model_probe(struct sim *s, struct sim_node *n);
/* The answer was accepted. */
void sim_model_probed(struct sim *s, struct sim_node *n);
void sim_model_event(struct sim *s, const struct sup_record *record);
/* All events up to now were read. */
void sim_model_look(struct sim *s);
void sim_model_drained(struct sim *s);
void sim_model_time(struct sim *s, uint64_t next);
void sim_model_end(struct sim *s);

#endif
