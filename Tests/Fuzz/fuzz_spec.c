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

#include "fuzz_spec.h"

#include <float.h>

#include <supervisor/runnable.h>

#include "engine/after.h"
#include "engine/group_spec.h"

static struct {
  bool tame;
  unsigned nodes; /* of the tree up to now */
  unsigned names;
  sup_spec *specs[FUZZ_SPEC_NODES]; /* borrowed */
  unsigned sizes[FUZZ_SPEC_NODES];  /* nodes of the tree below each */
  unsigned count;
  sup_spec *parent; /* of those that are being made, or NULL */
} made;

/* ---- Tables of functions; the engine never calls one -------------------- */

static int no_start(void *ctx, sup_child child, void **state) {
  (void)ctx, (void)child, (void)state;
  abort();
}

static void no_stop(void *state, sup_stop_action action) {
  (void)state, (void)action;
  abort();
}

static void no_end(void *state) {
  (void)state;
  abort();
}

static void no_cleanup(void *state, sup_child child, uint64_t abandoned) {
  (void)state, (void)child, (void)abandoned;
  abort();
}

#define TABLE(flags)                                                           \
  { sizeof(sup_callbacks), flags, no_start, no_stop, no_end, NULL }

static const sup_callbacks tables[] = {
    TABLE(0),
    TABLE(SUP_CALLBACKS_ANY_THREAD),
    TABLE(SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK),
    TABLE(SUP_CALLBACKS_REPORT_BEGIN),
    TABLE(SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK |
          SUP_CALLBACKS_REPORT_BEGIN),
    /* From here on none that works. */
    TABLE(SUP_CALLBACKS_STOP_MAY_BLOCK),
    TABLE(1u << 31),
    {sizeof(sup_callbacks), 0, NULL, NULL, NULL, NULL},
    {sizeof(size_t), 0, NULL, NULL, NULL, NULL}};
#define GOOD_TABLES 5

#define RESOURCE(flags, build, cleanup)                                        \
  {                                                                            \
    sizeof(sup_resource), flags, no_start, no_end, no_cleanup, NULL, build,    \
        cleanup                                                                \
  }

static const sup_resource resources[] = {
    RESOURCE(SUP_CALLBACKS_ANY_THREAD, 0, 0),
    RESOURCE(0, SUP_MILLISECONDS(20), SUP_MILLISECONDS(20)),
    RESOURCE(0, SUP_INFINITE, SUP_INFINITE),
    RESOURCE(SUP_CALLBACKS_STOP_MAY_BLOCK, 0, 0),
    RESOURCE(SUP_CALLBACKS_REPORT_BEGIN, 0, 0)};
#define GOOD_RESOURCES 3

/* ---- Values ------------------------------------------------------------- */

static sup_duration decode_duration(struct fuzz *in) {
  static const sup_duration known[] = {0,
                                       1,
                                       SUP_MILLISECONDS(1),
                                       SUP_MILLISECONDS(10),
                                       SUP_MILLISECONDS(100),
                                       SUP_SECONDS(1),
                                       SUP_SECONDS(5),
                                       SUP_INFINITE - 1,
                                       SUP_INFINITE};
  unsigned which = fuzz_byte(in);
  return which >= 250 ? fuzz_number(in)
                      : known[which % (sizeof(known) / sizeof(known[0]))];
}

/* One of `count` kinds, or, unless tame, one that there is not. */
static unsigned decode_kind(struct fuzz *in, unsigned count) {
  return fuzz_below(in, made.tame ? count : count + 2);
}

static double decode_double(struct fuzz *in) {
  static const double known[] = {1,        1.5,      2,       10,  0,
                                 -1,       DBL_MAX,  1.0 / 3, 0.2, 1e-300,
                                 0.999999, 1.000001, 1e300};
  return known[fuzz_below(in, sizeof(known) / sizeof(known[0]))];
}

/* Different ones, but for a few that may come again or are none at all. */
static const char *decode_name(struct fuzz *in, char *buffer, size_t size) {
  static const char *const others[] = {"a", "a", "b", "", "x/y", ".", "\xFF"};
  unsigned which = made.tame ? 255 : fuzz_byte(in);
  snprintf(buffer, size, "%c%u", 'a' + (char)(made.names % 26),
           made.names / 26);
  made.names++;
  return which < sizeof(others) / sizeof(others[0]) ? others[which] : buffer;
}

/* ---- Setters ------------------------------------------------------------ */

/* What a setter answers and what it should: they agree, unless there was no
 * memory; the fault is noted. */
static void expect(const sup_spec *spec, int code, bool valid) {
  if (code == SUP_ENOMEM && fuzz_refused() > 0) {
    FUZZ_CHECK(spec->incomplete);
    return;
  }
  FUZZ_CHECK(code == (valid ? 0 : SUP_EINVAL));
  FUZZ_CHECK(valid || spec->faults != NULL || spec->incomplete);
}

static bool is_supervisor(const sup_spec *spec) {
  return spec->kind == SUP_KIND_SUPERVISOR;
}

static void set_restart(struct fuzz *in, sup_spec *spec) {
  unsigned kind = decode_kind(in, 3);
  expect(spec, sup_spec_set_restart(spec, (sup_restart)kind), kind < 3);
}

static void set_shutdown(struct fuzz *in, sup_spec *spec) {
  expect(spec, sup_spec_set_shutdown_timeout(spec, decode_duration(in)), true);
}

static bool is_good_step(const sup_spec *spec, const sup_stop_step *step,
                         bool last) {
  bool process = spec->kind == SUP_KIND_PROCESS;
  if ((unsigned)step->action > SUP_STOP_KILL || step->signal < 0 ||
      step->signal > 64)
    return false;
  if (step->action == SUP_STOP_KILL && !(process && last))
    return false;
  return (last || step->timeout != SUP_INFINITE) &&
         (process || step->signal == 0);
}

static void set_steps(struct fuzz *in, sup_spec *spec) {
  sup_stop_step steps[20];
  size_t count = made.tame ? 1 + fuzz_below(in, 4) : fuzz_below(in, 20);
  bool valid = count >= 1 && count <= 16 && !is_supervisor(spec);
  size_t i;
  for (i = 0; i < count; i++) {
    bool last = i + 1 == count;
    steps[i].action = (sup_stop_action)decode_kind(in, 3);
    steps[i].signal = made.tame ? 0 : (int)fuzz_below(in, 300) - 2;
    if (fuzz_one_in(in, 2))
      steps[i].signal = 0;
    steps[i].timeout = decode_duration(in);
    if (made.tame && !last && steps[i].timeout == SUP_INFINITE)
      steps[i].timeout = 1;
    if (made.tame && steps[i].action == SUP_STOP_KILL &&
        !(last && spec->kind == SUP_KIND_PROCESS))
      steps[i].action = SUP_STOP_CANCEL;
    valid = valid && is_good_step(spec, &steps[i], last);
  }
  if (made.tame && !valid)
    return;
  expect(spec, sup_spec_set_stop_steps(spec, steps, count), valid);
}

static void set_start_timeout(struct fuzz *in, sup_spec *spec) {
  sup_duration time = decode_duration(in);
  if (made.tame && time == 0)
    time = 1;
  expect(spec, sup_spec_set_start_timeout(spec, time), time != 0);
}

static void set_notify(struct fuzz *in, sup_spec *spec) {
  bool valid = spec->kind == SUP_KIND_CALLBACK;
  if (valid || !made.tame)
    expect(spec, sup_spec_set_notify_start(spec, fuzz_one_in(in, 2)), valid);
}

static void set_backoff(struct fuzz *in, sup_spec *spec) {
  sup_backoff backoff = SUP_BACKOFF_STANDARD;
  bool valid;
  backoff.immediate = fuzz_byte(in) % 8;
  backoff.multiplier = decode_double(in);
  backoff.jitter = decode_double(in);
  backoff.initial = decode_duration(in);
  backoff.maximum = decode_duration(in);
  backoff.reset_after = decode_duration(in);
  if (!made.tame && fuzz_one_in(in, 16))
    backoff.size = fuzz_byte(in) % sizeof(backoff);
  valid = backoff.multiplier >= 1 && backoff.multiplier <= DBL_MAX &&
          backoff.jitter >= 0 && backoff.jitter <= 1 &&
          backoff.initial != SUP_INFINITE && backoff.maximum >= backoff.initial;
  /* A size from another version of the header is the face's business. */
  if ((made.tame && !valid) || backoff.size != sizeof(backoff))
    return;
  expect(spec, sup_spec_set_backoff(spec, &backoff), valid);
}

static void set_own_tolerance(struct fuzz *in, sup_spec *spec) {
  uint64_t max = fuzz_number(in);
  sup_duration window = decode_duration(in);
  unsigned exceeded = decode_kind(in, 2);
  bool valid = (max <= 65536 || max == SUP_UNLIMITED) && exceeded < 2;
  if (valid || !made.tame)
    expect(spec,
           sup_spec_set_child_tolerance(spec, max, window,
                                        (sup_when_exceeded)exceeded),
           valid);
}

static void set_stuck(struct fuzz *in, sup_spec *spec) {
  unsigned what = decode_kind(in, 3);
  sup_duration after = decode_duration(in);
  bool valid = what <= 2 && !(what == SUP_STUCK_OVERLAP && is_supervisor(spec));
  valid = valid && !(what == SUP_STUCK_ESCALATE && after == SUP_INFINITE);
  if (made.tame && what == SUP_STUCK_OVERLAP && spec->runs != SUP_RUNS_NOTHING)
    return; /* the check finds that */
  if (valid || !made.tame)
    expect(spec, sup_spec_set_when_stuck(spec, (sup_when_stuck)what, after),
           valid);
}

static void set_order(struct fuzz *in, sup_spec *spec) {
  unsigned order = decode_kind(in, 2);
  bool valid = is_supervisor(spec) && order < 2;
  if (valid || !made.tame)
    expect(spec, sup_spec_set_order(spec, (sup_order)order), valid);
}

static void set_start_limit(struct fuzz *in, sup_spec *spec) {
  uint32_t limit = (uint32_t)fuzz_number(in);
  bool valid = is_supervisor(spec) && limit > 0;
  if (valid || !made.tame)
    expect(spec, sup_spec_set_start_limit(spec, limit), valid);
}

static void set_child_limit(struct fuzz *in, sup_spec *spec) {
  bool valid = is_supervisor(spec);
  if (valid || !made.tame)
    expect(spec, sup_spec_set_child_limit(spec, (uint32_t)fuzz_number(in)),
           valid);
}

static void set_concurrent(struct fuzz *in, sup_spec *spec) {
  bool valid = is_supervisor(spec);
  if (valid || !made.tame)
    expect(spec, sup_spec_set_concurrent_stop(spec, fuzz_one_in(in, 2)), valid);
}

static void set_tolerance(struct fuzz *in, sup_spec *spec) {
  uint64_t max = fuzz_number(in);
  sup_duration window = decode_duration(in);
  bool valid = is_supervisor(spec) && (max <= 65536 || max == SUP_UNLIMITED);
  if (valid || !made.tame)
    expect(spec, sup_spec_set_tolerance(spec, max, window), valid);
}

static void set_resource(struct fuzz *in, sup_spec *spec) {
  unsigned which = fuzz_below(in, sizeof(resources) / sizeof(resources[0]));
  bool valid = is_supervisor(spec) && which < GOOD_RESOURCES &&
               spec->u.supervisor->resource == NULL;
  if (valid || !made.tame)
    expect(spec, sup_spec_set_resource(spec, &resources[which], NULL), valid);
}

static void share_policy(struct fuzz *in, sup_spec *spec) {
  const sup_spec *other = made.specs[fuzz_below(in, made.count)];
  bool valid = other->kind == spec->kind;
  if (valid || !made.tame)
    expect(spec, sup_spec_share_policy(spec, other), valid);
}

/* Of those that were made, so mostly a sibling, or nobody. A tame one names
 * only what was made before it, which makes no circle. */
static void add_after(struct fuzz *in, sup_spec *spec) {
  const sup_spec *other = made.specs[fuzz_below(in, made.count)];
  char name[16];
  int code;
  if (fuzz_one_in(in, 4)) { /* the one that will be next to it */
    snprintf(name, sizeof(name), "%c%u", 'a' + (char)(made.names % 26),
             made.names / 26);
    if (made.tame)
      return;
  } else {
    snprintf(name, sizeof(name), "%.15s", other->name);
  }
  code = sup_spec_add_after(spec, name);
  if (code == SUP_ENOMEM)
    FUZZ_CHECK(fuzz_refused() > 0 && spec->incomplete);
}

static void set_heartbeat(struct fuzz *in, sup_spec *spec) {
  sup_duration period = decode_duration(in);
  bool valid = !is_supervisor(spec) && period != 0;
  if (made.tame && period < SUP_MILLISECONDS(1))
    period += SUP_MILLISECONDS(1); /* or time would pass too slowly */
  valid = valid || (made.tame && !is_supervisor(spec));
  if (valid || !made.tame)
    expect(spec, sup_spec_set_heartbeat(spec, period), valid);
}

/* A tame one is under a supervisor that minds, and can end. */
static void set_significant(struct fuzz *in, sup_spec *spec) {
  if (made.tame) {
    if (made.parent == NULL)
      return;
    sup_spec_set_auto_shutdown(made.parent, fuzz_one_in(in, 2)
                                                ? SUP_AUTO_SHUTDOWN_ALL
                                                : SUP_AUTO_SHUTDOWN_ANY);
    sup_spec_set_restart(spec,
                         fuzz_one_in(in, 2) ? SUP_TEMPORARY : SUP_TRANSIENT);
  }
  expect(spec, sup_spec_set_significant(spec, true), true);
}

static void set_auto_shutdown(struct fuzz *in, sup_spec *spec) {
  unsigned what = decode_kind(in, 3);
  bool valid = is_supervisor(spec) && what < 3;
  if (made.tame) /* set_significant does */
    return;
  expect(spec, sup_spec_set_auto_shutdown(spec, (sup_auto_shutdown)what),
         valid);
}

static const char *const groups[] = {"g", "h", "", "x/y"};

static bool has_group(const sup_spec *spec, const char *name) {
  const struct sup_supervisor_spec *list = spec->u.supervisor;
  size_t i;
  for (i = 0; i < list->group_count; i++)
    if (strcmp(list->groups[i].name, name) == 0)
      return true;
  return false;
}

static void add_group(struct fuzz *in, sup_spec *spec) {
  const char *name = groups[decode_kind(in, 2)];
  unsigned mode = decode_kind(in, 2);
  bool valid = is_supervisor(spec) && (name[0] == 'g' || name[0] == 'h') &&
               mode < 2 && !has_group(spec, name);
  if (!made.tame)
    expect(spec, sup_spec_add_group(spec, name, (sup_group_mode)mode), valid);
}

static void set_group(struct fuzz *in, sup_spec *spec) {
  const char *name = groups[decode_kind(in, 2)];
  sup_group_mode mode = (sup_group_mode)fuzz_below(in, 2);
  bool valid = name[0] == 'g' || name[0] == 'h';
  if (made.tame) {
    if (made.parent == NULL ||
        made.parent->u.supervisor->strategy != SUP_ONE_FOR_ONE)
      return;
    if (!has_group(made.parent, name))
      sup_spec_add_group(made.parent, name, mode);
  }
  if (fuzz_one_in(in, 8))
    name = NULL;
  expect(spec, sup_spec_set_group(spec, name), valid || name == NULL);
}

static void (*const setters[])(struct fuzz *, sup_spec *) = {
    set_restart,     set_shutdown,      set_steps,      set_start_timeout,
    set_notify,      set_backoff,       set_stuck,      set_own_tolerance,
    set_order,       set_start_limit,   set_concurrent, set_tolerance,
    set_resource,    share_policy,      add_after,      set_heartbeat,
    set_significant, set_auto_shutdown, add_group,      set_group,
    set_child_limit};

static void set_policies(struct fuzz *in, sup_spec *spec) {
  unsigned left = fuzz_below(in, 6);
  while (left-- > 0)
    setters[fuzz_below(in, sizeof(setters) / sizeof(setters[0]))](in, spec);
}

/* ---- Trees -------------------------------------------------------------- */

static unsigned *size_of(const sup_spec *spec) {
  unsigned i;
  for (i = 0; made.specs[i] != spec; i++)
    FUZZ_CHECK(i < made.count);
  return &made.sizes[i];
}

static void remember(sup_spec *spec) {
  FUZZ_CHECK(made.count < FUZZ_SPEC_NODES);
  made.specs[made.count] = spec;
  made.sizes[made.count++] = 1;
}

static sup_spec *make_leaf(struct fuzz *in) {
  char buffer[16];
  const char *name = decode_name(in, buffer, sizeof(buffer));
  unsigned which = fuzz_below(in, 16), runs;
  sup_spec *spec;
  if (which < 4) {
    static const char *const argv[] = {"/bin/true", NULL};
    return sup_process_spec(name, argv);
  }
  runs = which > 11 ? which - 11 : 0; /* 1 to 4 */
  which =
      which % (made.tame ? GOOD_TABLES : sizeof(tables) / sizeof(tables[0]));
  spec = runs > 2 ? sup_runnable_spec(name, &tables[which], NULL)
                  : sup_callback_spec(name, &tables[which], NULL);
  if (runs == 2)
    FUZZ_CHECK(sup_spec_set_runs_children(spec, true) ==
               (spec == NULL ? SUP_ENOMEM : 0));
  if (spec != NULL && which >= GOOD_TABLES)
    FUZZ_CHECK(spec->faults != NULL || spec->incomplete);
  return spec;
}

static sup_spec *make_supervisor(struct fuzz *in) {
  char buffer[16];
  const char *name = decode_name(in, buffer, sizeof(buffer));
  return sup_supervisor_spec(name, (sup_strategy)decode_kind(in, 3));
}

/* One that is there already, in a second place. Only a finished one is whole;
 * one that would contain itself is refused. */
static bool add_again(struct fuzz *in, sup_spec *parent, unsigned *room) {
  sup_spec *spec = made.specs[fuzz_below(in, made.count)];
  unsigned size = *size_of(spec);
  int code;
  if (made.tame || spec == parent || size > *room)
    return false;
  code = sup_spec_add(parent, sup_spec_ref(spec));
  FUZZ_CHECK(code == 0 || code == SUP_EINVAL ||
             (code == SUP_ENOMEM && fuzz_refused() > 0));
  if (code == 0) {
    *size_of(parent) += size;
    *room -= size;
  }
  return code == 0;
}

/* Children for a supervisor, and for those among them. `room` is what may still
 * be made. */
static void populate(struct fuzz *in, sup_spec *parent, unsigned depth,
                     unsigned *room) {
  unsigned left = fuzz_below(in, depth == 0 ? 12 : 6);
  while (left-- > 0 && *room > 0) {
    unsigned what = fuzz_below(in, 16);
    sup_spec *spec;
    made.parent = parent;
    if (what == 15) {
      add_again(in, parent, room);
      continue;
    }
    spec = what < 11 || depth >= 4 ? make_leaf(in) : make_supervisor(in);
    if (spec == NULL) {
      FUZZ_CHECK(fuzz_refused() > 0);
      FUZZ_CHECK(sup_spec_add(parent, spec) == SUP_ENOMEM);
      continue;
    }
    --*room;
    remember(spec);
    set_policies(in, spec);
    if (is_supervisor(spec))
      populate(in, spec, depth + 1, room);
    *size_of(parent) += *size_of(spec);
    /* Somebody who looks after it may need it again. */
    sup_spec_ref(spec);
    if (sup_spec_add(parent, spec) != 0)
      FUZZ_CHECK(fuzz_refused() > 0 || !made.tame); /* it may hold `parent` */
  }
}

sup_spec *fuzz_spec(struct fuzz *in, bool tame) {
  unsigned room = FUZZ_SPEC_NODES - 1, i;
  sup_spec *root;
  memset(&made, 0, sizeof(made));
  made.tame = tame;
  root = make_supervisor(in);
  if (root == NULL)
    return NULL;
  remember(root);
  set_policies(in, root);
  populate(in, root, 0, &room);
  for (i = 1; i < made.count; i++)
    sup_spec_unref(made.specs[i]);
  return root;
}

sup_spec *fuzz_child(struct fuzz *in) {
  sup_spec *spec;
  memset(&made, 0, sizeof(made));
  made.tame = true;
  made.names = fuzz_byte(in); /* not often one that is there */
  if (fuzz_one_in(in, 4)) {
    unsigned room = 6, i;
    spec = make_supervisor(in);
    if (spec == NULL)
      return NULL;
    remember(spec);
    set_policies(in, spec);
    populate(in, spec, 1, &room);
    for (i = 1; i < made.count; i++)
      sup_spec_unref(made.specs[i]);
    return spec;
  }
  spec = make_leaf(in);
  if (spec == NULL)
    return NULL;
  remember(spec);
  set_policies(in, spec);
  return spec;
}

/* ---- Faults, the naive way ---------------------------------------------- */

static bool same_name(const sup_spec *a, const sup_spec *b) {
  return a->name_length > 0 && strcmp(a->name, b->name) == 0;
}

/* The place of a name in the list, or -1. */
static int place_of(const struct sup_supervisor_spec *list, const char *name) {
  size_t i;
  for (i = 0; i < list->child_count; i++)
    if (strcmp(list->children[i]->name, name) == 0)
      return (int)i;
  return -1;
}

/* Whether all that a child starts after have started. */
static bool may_start(const struct sup_supervisor_spec *list,
                      const sup_spec *child, const bool *started) {
  const struct sup_after *after;
  for (after = child->policy->after; after != NULL; after = after->next)
    if (!started[place_of(list, after->name)])
      return false;
  return true;
}

static bool has_unknown(const struct sup_supervisor_spec *list) {
  const struct sup_after *after;
  size_t i;
  for (i = 0; i < list->child_count; i++)
    for (after = list->children[i]->policy->after; after != NULL;
         after = after->next)
      if (place_of(list, after->name) < 0)
        return true;
  return false;
}

/* Start whoever may be started, again and again: all come up, unless there is a
 * circle. */
static bool has_after_fault(const struct sup_supervisor_spec *list) {
  bool started[FUZZ_SPEC_NODES] = {false};
  size_t round, i, up = 0;
  if (has_unknown(list))
    return true;
  for (round = 0; round < list->child_count; round++)
    for (i = 0; i < list->child_count; i++)
      if (!started[i] && may_start(list, list->children[i], started)) {
        started[i] = true;
        up++;
      }
  return up < list->child_count;
}

/* What a child asks of its supervisor. */
static bool asks_in_vain(const sup_spec *supervisor, const sup_spec *child) {
  const struct sup_policy *policy = child->policy;
  if (policy->significant &&
      supervisor->u.supervisor->auto_shutdown == SUP_AUTO_SHUTDOWN_NEVER)
    return true;
  return policy->group != NULL && !has_group(supervisor, policy->group->name);
}

bool fuzz_spec_is_faulty(const sup_spec *spec) {
  const struct sup_supervisor_spec *list = spec->u.supervisor;
  size_t i, k;
  if (spec->policy->significant && spec->policy->restart == SUP_PERMANENT)
    return true;
  if (spec->faults != NULL || spec->incomplete)
    return true;
  if (!is_supervisor(spec))
    return spec->runs != SUP_RUNS_NOTHING &&
           spec->policy->when_stuck == SUP_STUCK_OVERLAP;
  if ((list->group_count > 0 && list->strategy != SUP_ONE_FOR_ONE) ||
      (list->child_limit > 0 && list->child_count > list->child_limit))
    return true;
  for (i = 0; i < list->child_count; i++) {
    if (asks_in_vain(spec, list->children[i]))
      return true;
    for (k = 0; k < i; k++)
      if (same_name(list->children[i], list->children[k]))
        return true;
    if (fuzz_spec_is_faulty(list->children[i]))
      return true;
  }
  return has_after_fault(list);
}
