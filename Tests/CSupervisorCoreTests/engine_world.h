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
 * A world for the engine to live in: it drives one engine on a manual clock,
 * performs its actions as scripts tell, and writes down what happened.
 *
 *   actions: "start a#1, start b#1, cancel a#1, end a#1"
 *   events:  "W+ root/a, S+ root, W! root/a, W# root/a, W- root/a, Wc root/a"
 *
 * (E2: the five events of go-capataz, by filtering ours.) W is a worker, S a
 * supervisor; + started, - terminated, c completed, # start
 * failed, ! failed or not stopped cleanly. Other events are words and are left
 * out unless a test asks for them: "W stopping:cancel root/a".
 *
 * Besides what a test asserts, the world asserts for every test: never two
 * incarnations of a node at once, one END for each that began, none before its
 * end, no stop after it, nothing performed twice, all memory given back.
 */

#ifndef ENGINE_WORLD_H
#define ENGINE_WORLD_H

#include "engine_errors.h"
#include "engine_events.h"
#include "engine_specs.h"

#define WORLD_NODES 96
#define WORLD_TIMERS 96
#define WORLD_TEXT 32768
#define WORLD_REQUESTS 256

/* The clock starts somewhere, so that a zero is never a time. */
#define WORLD_EPOCH SEC(1000)
#define WORLD_WALL SEC(1700000000)

/* How a child answers START (a supervisor: BUILD). */
enum world_start {
  WORLD_STARTS = 0, /* begun; acknowledged by that, unless notify-start */
  WORLD_REFUSES,    /* the function returns SUP_EFAILED */
  WORLD_DECLINES,   /* the function returns SUP_NOT_NEEDED */
  WORLD_START_FAILS /* begun, then reports that it failed (and lives on) */
};

/* How a child answers a STOP, and a resource CLEANUP. */
enum world_stop {
  WORLD_STOPS = 0,  /* ends as canceled */
  WORLD_RETURNS,    /* ends as completed */
  WORLD_STOP_FAILS, /* ends with an error */
  WORLD_IGNORES
};

struct world_child {
  char path[192];
  const char *name; /* in path */

  /* The script. */
  enum world_start on_start;
  unsigned bad_starts; /* on_start is for so many starts; 0: for all */
  enum world_stop on_stop;
  sup_stop_action obeys;   /* the first step that it listens to */
  sup_duration stop_takes; /* from then on */
  bool ends_inside;        /* ends before the stop function has returned */
  sup_duration lives;      /* ends by itself so long after its start; 0: not */
  unsigned lifes;          /* for so many incarnations; 0: for all */
  sup_outcome ends;        /* how */
  bool manual;             /* acknowledges, builds, cleans when told */
  sup_spec *children;      /* a resource: what the build brings */

  /* What was seen. */
  struct sup_ref ref; /* the last incarnation that was performed */
  uint32_t known_as;  /* the node of which it is the body, or its own */
  bool begun;         /* start answered 0 */
  bool alive;         /* and has not reported its end */
  bool ended;         /* END was performed */
  bool built;
  bool listening; /* has begun to end */
  unsigned starts, stops, ends_seen, builds, cleanups;
  uint64_t abandoned; /* as the last cleanup was told */
};

struct world_timer {
  uint64_t at;
  uint64_t order;
  struct world_child *child;
  struct sup_ref ref;
  sup_outcome outcome;
};

/* What a test has asked for of a child: answers are written down as "what
 * name:code". */
struct world_request {
  struct sup_request request; /* first */
  const char *what;
  char name[64];
};

struct world {
  sup_spec *spec;
  struct sup_engine *engine;
  uint64_t now;
  uint64_t read; /* journal read up to here */
  uint32_t show; /* bits of event kinds */
  bool hold_foreign;
  bool show_notify;
  bool blind; /* does not read the journal */
  uint64_t timer_order;
  size_t child_count, timer_count;
  struct world_child children[WORLD_NODES];
  struct world_timer timers[WORLD_TIMERS];
  char actions[WORLD_TEXT];
  char events[WORLD_TEXT];
  char answers[WORLD_TEXT];
  size_t asked, told;
  sup_token answer; /* the last one that was not 0 */
  struct world_request requests[WORLD_REQUESTS];
  uint64_t seen[128]; /* events by kind */
};

/* ---- Text --------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static inline void
world_write(char *text, const char *format, ...) {
  size_t used = strlen(text);
  va_list list;
  va_start(list, format);
  if (used != 0)
    used += (size_t)snprintf(text + used, WORLD_TEXT - used, ", ");
  vsnprintf(text + used, WORLD_TEXT - used, format, list);
  va_end(list);
  assert_true(strlen(text) < WORLD_TEXT - 256);
}

/* ---- Finding ------------------------------------------------------------ */

static inline bool world_names(const char *path, const char *key) {
  size_t p = strlen(path), k = strlen(key);
  return strcmp(path, key) == 0 ||
         (p > k && path[p - k - 1] == '/' && strcmp(path + p - k, key) == 0);
}

/* By path or by the end of a path; made if it is unknown and a whole path. */
static inline struct world_child *child(struct world *w, const char *key) {
  for (size_t i = 0; i < w->child_count; i++)
    if (world_names(w->children[i].path, key))
      return &w->children[i];
  assert_true(w->child_count < WORLD_NODES);
  struct world_child *made = &w->children[w->child_count++];
  memset(made, 0, sizeof(*made));
  snprintf(made->path, sizeof(made->path), "%s", key);
  made->name = strrchr(made->path, '/');
  made->name = made->name == NULL ? made->path : made->name + 1;
  made->ended = true;
  return made;
}

static inline struct world_child *world_child_of(struct world *w,
                                                 struct sup_ref ref) {
  char path[192];
  size_t length =
      sup__engine_path(w->engine, ref.node, ref.generation, path, sizeof(path));
  if (length == 0) { /* dropped by now: who had it last */
    for (size_t i = 0; i < w->child_count; i++)
      if (w->children[i].ref.node == ref.node ||
          w->children[i].known_as == ref.node)
        return &w->children[i];
    fail_msg("nobody knows node %u", ref.node);
  }
  assert_true(length < sizeof(path));
  return child(w, path);
}

/* The index of a node by path; UINT32_MAX if the walk does not show it. */
static inline uint32_t world_node(struct world *w, const char *key) {
  uint32_t node = sup__engine_next_node(w->engine, UINT32_MAX);
  for (; node != UINT32_MAX; node = sup__engine_next_node(w->engine, node)) {
    char path[192];
    sup_node_info info = {.size = sizeof(info)};
    sup_token error = 0;
    sup_spec *spec = NULL;
    void *state = NULL;
    sup__engine_node_info(w->engine, node, &info, &error, &spec, &state);
    size_t length = sup__engine_path(w->engine, node, info.child.generation,
                                     path, sizeof(path));
    assert_true(length > 0 && length < sizeof(path));
    if (world_names(path, key))
      return node;
  }
  return UINT32_MAX;
}

static inline sup_node_info world_info(struct world *w, const char *key,
                                       sup_token *error) {
  sup_node_info info = {.size = sizeof(info)};
  sup_token token = 0;
  sup_spec *spec = NULL;
  void *state = NULL;
  uint32_t node = world_node(w, key);
  if (node == UINT32_MAX)
    fail_msg("%s is not in the walk", key);
  sup__engine_node_info(w->engine, node, &info, &token, &spec, &state);
  if (error != NULL)
    *error = token;
  return info;
}

#define assert_state(w, key, expected)                                         \
  assert_int_equal(world_info(w, key, NULL).state, expected)

static inline sup_tree_counters world_count(struct world *w) {
  sup_tree_counters counters;
  memset(&counters, 0, sizeof(counters));
  counters.size = sizeof(counters);
  sup__engine_count(w->engine, &counters);
  return counters;
}

/* ---- Journal ------------------------------------------------------------ */

static inline void world_read_journal(struct world *w) {
  uint64_t last = sup__engine_last_event(w->engine);
  if (w->blind)
    w->read = last;
  while (w->read < last) {
    struct sup_record record;
    char text[320];
    w->read++;
    assert_true(sup__engine_record(w->engine, w->read, &record));
    assert_int_equal(record.number, w->read);
    assert_true(record.cause < record.number);
    assert_true(record.time <= w->now);
    w->seen[record.kind]++;
    if ((w->show & (1u << record.kind)) == 0)
      continue;
    struct world_child *who = world_child_of(w, record.ref);
    world_event_text(&record, who->path, text, sizeof(text));
    world_write(w->events, "%s", text);
  }
}

/* The last record of a kind about a node. */
static inline struct sup_record
world_record(struct world *w, sup_event_kind kind, const char *key) {
  struct sup_record record;
  uint64_t number = sup__engine_last_event(w->engine);
  for (; number > 0; number--) {
    if (!sup__engine_record(w->engine, number, &record))
      break;
    if (record.kind == kind &&
        world_names(world_child_of(w, record.ref)->path, key))
      return record;
  }
  fail_msg("no event %d of %s", kind, key);
  return record;
}

static inline void world_show(struct world *w, sup_event_kind kind) {
  w->show |= 1u << kind;
}

#define assert_events(w, expected)                                             \
  do {                                                                         \
    assert_string_equal((w)->events, expected);                                \
    (w)->events[0] = '\0';                                                     \
  } while (0)

#define assert_actions(w, expected)                                            \
  do {                                                                         \
    assert_string_equal((w)->actions, expected);                               \
    (w)->actions[0] = '\0';                                                    \
  } while (0)

#define assert_answers(w, expected)                                            \
  do {                                                                         \
    assert_string_equal((w)->answers, expected);                               \
    (w)->answers[0] = '\0';                                                    \
  } while (0)

static inline void forget(struct world *w) {
  w->answers[0] = '\0';
  w->events[0] = '\0';
  w->actions[0] = '\0';
}

/* ---- Driving ------------------------------------------------------------ */

static inline void world_collect(struct world *w) {
  struct sup_error *error = sup__engine_take_garbage(w->engine);
  while (error != NULL) {
    struct sup_error *next = error->next;
    error->next = NULL;
    sup__error_free(error);
    error = next;
  }
  for (sup_spec *spec; (spec = sup__engine_take_spec(w->engine)) != NULL;)
    sup_spec_unref(spec);
}

static inline void world_tick(struct world *w) {
  sup__engine_tick(w->engine, w->now, WORLD_WALL + (w->now - WORLD_EPOCH));
}

static inline sup_token world_error_for(sup_outcome outcome) {
  return outcome == SUP_OUTCOME_FAILED ? sup__token_code(SUP_EFAILED) : 0;
}

/* What a test calls when it plays another thread: tick and one event. */
static inline int world_report_exit(struct world *w, struct world_child *c,
                                    struct sup_ref ref, sup_outcome outcome) {
  if (c->ref.node == ref.node && c->ref.incarnation == ref.incarnation)
    c->alive = false;
  world_tick(w);
  return sup__engine_exited(w->engine, ref, outcome, world_error_for(outcome));
}

static inline void world_arm(struct world *w, struct world_child *c,
                             sup_duration after, sup_outcome outcome) {
  assert_true(w->timer_count < WORLD_TIMERS);
  w->timers[w->timer_count++] = (struct world_timer){
      w->now + after, w->timer_order++, c, c->ref, outcome};
}

static inline void *world_state_of(struct world_child *c, struct world *w) {
  return (void *)(uintptr_t)((c->ref.incarnation << 16) |
                             (uint64_t)(c - w->children + 1));
}

static inline void world_perform_start(struct world *w, struct world_child *c,
                                       const struct sup_action *action) {
  assert_false(c->alive); /* I2 */
  assert_true(c->ended);  /* END comes before the next START */
  if (c->ref.node == action->ref.node &&
      c->ref.generation == action->ref.generation)
    assert_true(action->ref.incarnation > c->ref.incarnation);
  enum world_start on_start = c->on_start;
  if (on_start != WORLD_STARTS && c->bad_starts != 0 && --c->bad_starts == 0)
    c->on_start = WORLD_STARTS;
  c->ref = action->ref;
  c->known_as = action->child.node;
  c->starts++;
  c->listening = false;
  bool waits = action->spec->policy->notify_start ||
               (action->spec->kind == SUP_KIND_PROCESS && c->manual);
  if (on_start == WORLD_REFUSES || on_start == WORLD_DECLINES) {
    int result = on_start == WORLD_REFUSES ? SUP_EFAILED : SUP_NOT_NEEDED;
    sup__engine_started_by(w->engine, action->ref, result, NULL, waits, 0);
    return;
  }
  c->begun = c->alive = true;
  c->ended = false;
  void *state = world_state_of(c, w);
  sup__engine_started_by(w->engine, action->ref, 0, state, waits, 0);
  if (on_start == WORLD_START_FAILS) {
    world_tick(w);
    assert_int_equal(sup__engine_start_failed(w->engine, c->ref,
                                              sup__token_code(SUP_EFAILED)),
                     0);
  } else if (waits && !c->manual) {
    world_tick(w);
    assert_int_equal(sup__engine_acknowledged(w->engine, c->ref), 0);
  }
  if (c->lives != 0) {
    world_arm(w, c, c->lives, c->ends);
    if (c->lifes != 0 && --c->lifes == 0)
      c->lives = 0;
  }
}

static inline void world_perform_build(struct world *w, struct world_child *c,
                                       const struct sup_action *action) {
  assert_false(c->built); /* a build is cleaned up before the next one */
  enum world_start on_start = c->on_start;
  if (on_start != WORLD_STARTS && c->bad_starts != 0 && --c->bad_starts == 0)
    c->on_start = WORLD_STARTS;
  c->ref = action->ref;
  c->known_as = action->child.node;
  c->builds++;
  if (on_start == WORLD_REFUSES) {
    sup__engine_started_by(w->engine, action->ref, SUP_EFAILED, NULL, true, 0);
    return;
  }
  sup__engine_started_by(w->engine, action->ref, 0, world_state_of(c, w), true,
                         0);
  if (c->manual)
    return;
  world_tick(w);
  if (on_start == WORLD_START_FAILS) {
    assert_int_equal(sup__engine_build_failed(w->engine, c->ref,
                                              sup__token_code(SUP_EFAILED)),
                     0);
    return;
  }
  sup_spec *children = c->children == NULL ? NULL : sup_spec_ref(c->children);
  assert_int_equal(sup__engine_built(w->engine, c->ref, children), 0);
  sup_spec_unref(children);
  c->built = true;
}

static inline void world_answer_stop(struct world *w, struct world_child *c) {
  static const sup_outcome outcomes[] = {
      SUP_OUTCOME_CANCELED, SUP_OUTCOME_COMPLETED, SUP_OUTCOME_FAILED};
  sup_outcome outcome = outcomes[c->on_stop];
  c->listening = true;
  if (c->stop_takes != 0)
    world_arm(w, c, c->stop_takes, outcome);
  else
    assert_int_equal(world_report_exit(w, c, c->ref, outcome), 0);
}

static inline bool world_obeys(const struct world_child *c,
                               const struct sup_action *action) {
  if (!c->alive)
    return false;
  if (action->step.action == SUP_STOP_KILL)
    return true; /* nobody survives that */
  return !c->listening && c->on_stop != WORLD_IGNORES &&
         action->step.action >= c->obeys;
}

static inline void world_perform_stop(struct world *w, struct world_child *c,
                                      const struct sup_action *action) {
  assert_true(c->begun && !c->ended); /* never after END */
  assert_int_equal(action->ref.incarnation, c->ref.incarnation);
  assert_ptr_equal(action->state, world_state_of(c, w));
  if (action->spec->kind != SUP_KIND_PROCESS)
    assert_int_not_equal(action->step.action, SUP_STOP_KILL);
  c->stops++;
  bool obeys = world_obeys(c, action);
  bool inside = obeys && c->ends_inside && c->stop_takes == 0;
  if (inside)
    world_answer_stop(w, c);
  sup__engine_performed(w->engine, action);
  if (obeys && !inside && action->step.action == SUP_STOP_KILL)
    assert_int_equal(world_report_exit(w, c, c->ref, SUP_OUTCOME_CANCELED), 0);
  else if (obeys && !inside)
    world_answer_stop(w, c);
}

static inline void world_perform_cleanup(struct world *w, struct world_child *c,
                                         const struct sup_action *action) {
  assert_true(c->built);
  assert_ptr_equal(action->state, world_state_of(c, w));
  c->built = false;
  c->cleanups++;
  c->abandoned = action->abandoned;
  sup__engine_performed(w->engine, action);
  if (c->manual || c->on_stop == WORLD_IGNORES)
    return;
  world_tick(w);
  sup_token error =
      c->on_stop == WORLD_STOP_FAILS ? sup__token_code(SUP_EFAILED) : 0;
  assert_int_equal(sup__engine_cleaned(w->engine, c->ref, error), 0);
}

static inline void world_tell(struct world *w, uint32_t node) {
  for (;;) {
    struct world_request *r =
        (struct world_request *)sup__engine_take_answer(w->engine, node, true);
    if (r == NULL)
      return;
    assert_true(r->request.answered);
    world_write(w->answers, "%s %s:%d", r->what, r->name,
                sup__token_value(r->request.answer));
    w->told++;
    if (r->request.answer != 0) {
      if (sup__token_drop(w->answer))
        sup__error_free(sup__token_object(w->answer));
      w->answer = r->request.answer;
    }
  }
}

static inline void world_perform(struct world *w,
                                 const struct sup_action *action) {
  static const char *const names[] = {"start",   NULL,      "end",    "build",
                                      "unbuild", "cleanup", "notify", "probe"};
  struct world_child *c = world_child_of(w, action->ref);
  const char *name = action->kind == SUP_ACTION_STOP
                         ? world_step_name(action->step.action)
                         : names[action->kind];
  if (action->kind != SUP_ACTION_NOTIFY || w->show_notify)
    world_write(w->actions, "%s %s#%llu", name, c->name,
                (unsigned long long)action->ref.incarnation);
  switch (action->kind) {
  case SUP_ACTION_START:
    world_perform_start(w, c, action);
    break;
  case SUP_ACTION_BUILD:
    world_perform_build(w, c, action);
    break;
  case SUP_ACTION_STOP:
    world_perform_stop(w, c, action);
    break;
  case SUP_ACTION_CLEANUP:
    world_perform_cleanup(w, c, action);
    break;
  case SUP_ACTION_END:
    assert_true(c->begun && !c->ended);
    assert_ptr_equal(action->state, world_state_of(c, w));
    c->ended = true;
    c->ends_seen++;
    sup__engine_performed(w->engine, action);
    break;
  case SUP_ACTION_CANCEL_BUILD:
    sup__engine_performed(w->engine, action);
    if (!c->manual)
      assert_int_equal(sup__engine_build_failed(w->engine, c->ref,
                                                sup__token_code(SUP_ECANCELED)),
                       0);
    break;
  case SUP_ACTION_PROBE:
    assert_true(c->alive);
    assert_ptr_equal(action->state, world_state_of(c, w));
    sup__engine_performed(w->engine, action);
    break;
  case SUP_ACTION_NOTIFY:
    world_tell(w, action->ref.node);
    sup__engine_performed(w->engine, action);
    break;
  }
}

static inline bool world_is_up(sup_state state) {
  return state == SUP_STATE_RUNNING || state == SUP_STATE_HEALTHY ||
         state == SUP_STATE_DONE;
}

/* E5, H8: what is counted as states change is what can be counted afterwards:
 * who is down although all above are up, and who is stopping. */
static inline void world_check_counts(struct world *w) {
  uint32_t node = sup__engine_next_node(w->engine, UINT32_MAX);
  uint32_t down_at = UINT32_MAX;
  bool ready = true, stopping = false;
  for (; node != UINT32_MAX; node = sup__engine_next_node(w->engine, node)) {
    sup_node_info info = {.size = sizeof(info)};
    sup_token error;
    sup_spec *spec;
    void *state;
    sup__engine_node_info(w->engine, node, &info, &error, &spec, &state);
    stopping = stopping || info.state == SUP_STATE_STOPPING ||
               info.step_count > 0; /* a body, before what it is of */
    if (info.depth > down_at)
      continue;
    down_at = world_is_up(info.state) ? UINT32_MAX : info.depth;
    if (info.depth == 0)
      ready = world_is_up(info.state);
    else if (!world_is_up(info.state) && info.state != SUP_STATE_NEW &&
             info.state != SUP_STATE_COMPLETED &&
             info.state != SUP_STATE_DECLINED &&
             info.state != SUP_STATE_STOPPED)
      ready = false;
  }
  assert_int_equal(sup__engine_is_ready(w->engine), ready);
  assert_int_equal(sup__engine_can_find(w->engine, SUP_SEARCH_STOPPING),
                   stopping);
}

/* Take the next action without performing it: false if there is none. */
static inline bool world_take(struct world *w, struct sup_action *action) {
  static const sup_queue queues[] = {SUP_QUEUE_MAIN, SUP_QUEUE_FOREIGN};
  for (size_t i = 0; i < (w->hold_foreign ? 1u : 2u); i++)
    if (sup__engine_peek(w->engine, queues[i], action)) {
      sup__engine_take(w->engine, queues[i]);
      return true;
    }
  return false;
}

/* Perform one action. */
static inline bool world_step(struct world *w) {
  struct sup_action action;
  bool found = world_take(w, &action);
  if (found)
    world_perform(w, &action);
  world_read_journal(w);
  world_collect(w);
  return found;
}

/* Perform all that there is to do. */
static inline void world_run(struct world *w) {
  for (unsigned i = 0; world_step(w); i++)
    assert_true(i < 100000);
  world_check_counts(w);
  if (!w->hold_foreign)
    assert_false(sup__engine_has_work(w->engine));
}

static inline void world_fire(struct world *w) {
  for (;;) {
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < w->timer_count; i++)
      if (w->timers[i].at <= w->now &&
          (first == SIZE_MAX || w->timers[i].at < w->timers[first].at ||
           (w->timers[i].at == w->timers[first].at &&
            w->timers[i].order < w->timers[first].order)))
        first = i;
    if (first == SIZE_MAX)
      return;
    struct world_timer timer = w->timers[first];
    w->timers[first] = w->timers[--w->timer_count];
    if (timer.child->alive &&
        timer.child->ref.incarnation == timer.ref.incarnation &&
        timer.child->ref.generation == timer.ref.generation)
      assert_int_equal(
          world_report_exit(w, timer.child, timer.ref, timer.outcome), 0);
    world_run(w);
  }
}

static inline uint64_t world_next_time(struct world *w) {
  uint64_t next = sup__engine_next_deadline(w->engine);
  for (size_t i = 0; i < w->timer_count; i++)
    if (w->timers[i].at < next)
      next = w->timers[i].at;
  return next;
}

/* Let time pass, deadline by deadline; deadlines come before reports. */
static inline void advance(struct world *w, sup_duration by) {
  uint64_t target = w->now + by;
  for (unsigned i = 0;; i++) {
    uint64_t next = world_next_time(w);
    if (next > target)
      break;
    assert_true(i < 100000);
    if (next > w->now)
      w->now = next;
    world_tick(w);
    world_run(w);
    world_fire(w);
  }
  w->now = target;
  world_tick(w);
  world_run(w);
}

/* ---- Life --------------------------------------------------------------- */

static inline uint64_t elapsed(const struct world *w) {
  return w->now - WORLD_EPOCH;
}

/* An engine for the spec, whose reference is taken over, not launched. */
static inline struct world *world_create_seeded(sup_spec *spec, uint64_t seed) {
  struct world *w = calloc(1, sizeof(*w));
  assert_non_null(w);
  sup_report *report = NULL;
  assert_int_equal(sup_spec_check(spec, &report), 0);
  sup_report_unref(report);
  w->spec = spec;
  w->now = WORLD_EPOCH;
  w->show = 1u << SUP_EVENT_STARTED | 1u << SUP_EVENT_START_FAILED |
            1u << SUP_EVENT_COMPLETED | 1u << SUP_EVENT_FAILED |
            1u << SUP_EVENT_TERMINATED | 1u << SUP_EVENT_TERMINATION_FAILED;
  sup__spec_freeze(spec);
  struct sup_engine_options options = {&world_allocator, seed, w->now,
                                       WORLD_WALL};
  assert_int_equal(sup__engine_create(&w->engine, spec, &options), 0);
  assert_int_equal(sup__engine_journal_open(w->engine, 4096), 0);
  uint32_t node = sup__engine_next_node(w->engine, UINT32_MAX);
  for (; node != UINT32_MAX; node = sup__engine_next_node(w->engine, node)) {
    sup_node_info info = {.size = sizeof(info)};
    sup_token error;
    sup_spec *node_spec;
    void *state;
    sup__engine_node_info(w->engine, node, &info, &error, &node_spec, &state);
    struct sup_ref ref = {node, info.child.generation, 0};
    world_child_of(w, ref)->ref = ref;
  }
  return w;
}

static inline struct world *world_create(sup_spec *spec) {
  return world_create_seeded(spec, 1);
}

static inline void launch(struct world *w) {
  world_tick(w);
  assert_int_equal(sup__engine_launch(w->engine), 0);
  world_run(w);
}

/* An engine that has been started; what was seen of that is forgotten. */
static inline struct world *world_started(sup_spec *spec) {
  struct world *w = world_create(spec);
  launch(w);
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_RUNNING);
  forget(w);
  return w;
}

static inline void stop_within(struct world *w, sup_duration budget) {
  world_tick(w);
  sup__engine_stop(w->engine, budget);
  world_run(w);
}

static inline void stop(struct world *w) {
  stop_within(w, SUP_INFINITE);
}

static inline void assert_ended(struct world *w, int code) {
  assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
  assert_int_equal(sup__token_value(sup__engine_result(w->engine)), code);
  uint64_t final = sup__engine_final_event(w->engine);
  assert_int_not_equal(final, 0); /* H7: one, and the last one */
  assert_int_equal(final, sup__engine_last_event(w->engine));
}

/* Stop what still runs, let the abandoned end, check that nothing is left. */
static inline void world_free(struct world *w) {
  if (sup__engine_state(w->engine) != SUP_TREE_CREATED) {
    stop_within(w, SUP_INFINITE);
    for (unsigned i = 0; i < 64; i++) {
      if (sup__engine_state(w->engine) == SUP_TREE_ENDED)
        break;
      advance(w, SEC(60));
      sup__engine_force(w->engine);
      world_run(w);
    }
    assert_int_equal(sup__engine_state(w->engine), SUP_TREE_ENDED);
    for (size_t i = 0; i < w->child_count; i++)
      if (w->children[i].alive)
        world_report_exit(w, &w->children[i], w->children[i].ref,
                          SUP_OUTCOME_COMPLETED);
    w->hold_foreign = false;
    world_run(w);
    assert_true(sup__engine_is_quiet(w->engine));
    assert_int_equal(world_count(w).running, 0);
    for (size_t i = 0; i < w->child_count; i++)
      assert_true(w->children[i].ended);
    /* Every request is answered, once. */
    assert_int_equal(w->told, w->asked);
  }
  if (sup__token_drop(w->answer))
    sup__error_free(sup__token_object(w->answer));
  world_collect(w);
  sup__engine_journal_close(w->engine);
  sup__engine_destroy(w->engine);
  sup_spec_unref(w->spec);
  for (size_t i = 0; i < w->child_count; i++)
    sup_spec_unref(w->children[i].children);
  free(w);
  assert_int_equal(world_live_blocks, 0);
  assert_int_equal(world_live_bytes, 0);
}

/* ---- What a child does by itself ---------------------------------------- */

static inline void exits(struct world *w, const char *key,
                         sup_outcome outcome) {
  struct world_child *c = child(w, key);
  assert_true(c->alive);
  assert_int_equal(world_report_exit(w, c, c->ref, outcome), 0);
  world_run(w);
}

static inline void fails(struct world *w, const char *key) {
  exits(w, key, SUP_OUTCOME_FAILED);
}

static inline void completes(struct world *w, const char *key) {
  exits(w, key, SUP_OUTCOME_COMPLETED);
}

static inline void acknowledges(struct world *w, const char *key) {
  world_tick(w);
  assert_int_equal(sup__engine_acknowledged(w->engine, child(w, key)->ref), 0);
  world_run(w);
}

#endif
