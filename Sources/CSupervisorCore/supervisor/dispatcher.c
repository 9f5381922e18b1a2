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

#include <string.h>

#include "dispatcher.h"
#include "garbage.h"

/* Between two slices of something long. */
static void let_others_in(struct sup_dispatcher *d) {
  d->host->unlock(d);
  d->host->lock(d);
}

/* C9: what is due comes before what is brought. Many deadlines that are due are
 * expired in slices; others who come in between go on with the same. */
static void catch_up(struct sup_dispatcher *d) {
  while (sup__engine_is_late(d->engine))
    if (sup__engine_expire_some(d->engine))
      let_others_in(d);
}

static void tick(struct sup_dispatcher *d) {
  uint64_t wall;
  uint64_t now = d->host->now(d, &wall);

  sup__engine_set_time(d->engine, now, wall);
  catch_up(d);
}

void sup__dispatcher_enter(struct sup_dispatcher *d) {
  d->host->lock(d);
  tick(d);
}

/* An action that was taken, and what came of it. */
struct taken {
  struct sup_action action;
  struct sup_performed performed;
};

static bool is_start(const struct sup_action *action) {
  return action->kind == SUP_ACTION_START || action->kind == SUP_ACTION_BUILD;
}

/* Tell the engine what came of a start, or that something else was done. */
static void report(struct sup_dispatcher *d, const struct taken *t) {
  if (is_start(&t->action))
    sup__engine_started_by(d->engine, t->action.ref, t->performed.result,
                           t->performed.state, t->performed.waits,
                           t->performed.error);
  else
    sup__engine_performed(d->engine, &t->action);
}

static void perform(struct sup_dispatcher *d, struct taken *t) {
  memset(&t->performed, 0, sizeof(t->performed));
  d->host->perform(d, &t->action, &t->performed);
}

/* Perform one action with the lock released. Unless it is short it may take its
 * time, and the clock is read anew. */
static void perform_alone(struct sup_dispatcher *d,
                          const struct sup_action *action, bool is_short) {
  struct taken t = {.action = *action};

  d->host->unlock(d);
  perform(d, &t);
  d->host->lock(d);
  if (is_short)
    catch_up(d);
  else
    tick(d);
  report(d, &t);
}

/* How a visitor leaves. */
struct manner {
  bool on_loop;
  bool leaves_it; /* foreign code is not for it */
  bool stays;     /* it waits for the tree, and has its thread to spare */
  bool hurries;   /* and calls nobody for a few errors */
  const sup_reporter *reporter; /* to be asked whether it leaves it */
};

/* Ask a reporter whether foreign code is for its thread, without the lock and
 * only once: the answer holds. */
static void ask_reporter(struct manner *manner) {
  const sup_reporter *reporter = manner->reporter;

  if (reporter == NULL || manner->leaves_it)
    return;
  manner->reporter = NULL;
  manner->leaves_it = !reporter->may_be_held_up(reporter->ctx);
  manner->hurries = manner->leaves_it;
}

/* Actions that are good for any thread are short (they may not block), so that
 * several are performed, in their order, in one release of the lock: of a
 * restart, the END of the old incarnation and the START of the new one. What
 * is not a start can be reported before it is performed, because only the
 * drainer performs, and in order; a start keeps its node to itself until it has
 * returned. How many it were: 0 if the queue is empty, or its head is not known
 * yet, or not for this thread. */
static unsigned perform_batch(struct sup_dispatcher *d, unsigned room,
                              struct manner *manner) {
  struct taken batch[SUP_DRAIN_BATCH];
  unsigned count = 0;
  bool starts = false;

  if (room > SUP_DRAIN_BATCH)
    room = SUP_DRAIN_BATCH;
  while (count < room) {
    struct taken *t = &batch[count];

    if (sup__engine_look(d->engine, SUP_QUEUE_MAIN, &t->action) !=
            SUP_LOOK_FOUND ||
        t->action.kind == SUP_ACTION_NOTIFY ||
        !d->host->any_thread(d, &t->action))
      break;
    sup__engine_take(d->engine, SUP_QUEUE_MAIN);
    if (is_start(&t->action))
      starts = true;
    else
      sup__engine_performed_soon(d->engine, &t->action);
    count++;
  }
  if (count == 0)
    return 0;
  d->host->unlock(d);
  for (unsigned i = 0; i < count; i++)
    perform(d, &batch[i]);
  /* Mostly it was the successor's start, and the lock is not held now. */
  if (starts)
    ask_reporter(manner);
  d->host->lock(d);
  catch_up(d);
  for (unsigned i = 0; i < count; i++)
    if (is_start(&batch[i].action))
      report(d, &batch[i]);
    else
      sup__engine_let_go(d->engine, &batch[i].action);
  return count;
}

/* A wake-up that was asked for before may have come while the role was taken,
 * and then did nothing; so it is asked for each time, and the host knows
 * whether one is on its way. */
static void hand_over(struct sup_dispatcher *d) {
  d->state = SUP_DRAIN_HANDED;
  d->host->wake(d);
}

/* Whether a drainer has done its share; the clock is read now and then. */
static bool is_enough(struct sup_dispatcher *d, unsigned count,
                      uint64_t *since) {
  uint64_t now, wall;

  if (count >= SUP_DRAIN_ACTIONS)
    return true;
  if (count == 0)
    return false;
  now = d->host->now(d, &wall);
  if (*since == 0)
    *since = now;
  return now - *since > SUP_DRAIN_TIME;
}

/* What a look at the queue brings when no batch could be performed. False if
 * the drainer is done, with `state` as it leaves it. */
static bool drain_one(struct sup_dispatcher *d, bool on_loop) {
  struct sup_action action;
  bool is_short;

  switch (sup__engine_look(d->engine, SUP_QUEUE_MAIN, &action)) {
  case SUP_LOOK_EMPTY:
    d->state = SUP_DRAIN_IDLE;
    return false;
  case SUP_LOOK_LATER:
    let_others_in(d);
    return true;
  default:
    break;
  }
  is_short = d->host->any_thread(d, &action);
  if (!on_loop && !is_short) {
    hand_over(d);
    return false;
  }
  sup__engine_take(d->engine, SUP_QUEUE_MAIN);
  perform_alone(d, &action, is_short);
  return true;
}

/* All that others wait for, as between two visits. What is foreign comes when
 * the role is given up, so then it does not go on. */
static bool goes_on(struct sup_dispatcher *d, const struct manner *manner) {
  if (!manner->stays || sup__engine_has_foreign(d->engine))
    return false;
  d->host->arm(d, sup__engine_next_deadline(d->engine));
  d->host->drained(d);
  let_others_in(d);
  tick(d);
  return true;
}

/* Looked at again under the same hold of the lock under which the role is given
 * up, so nothing can be left behind. */
static void drain_main(struct sup_dispatcher *d, struct manner *manner) {
  unsigned count = 0;
  uint64_t since = 0;

  if (d->state == SUP_DRAIN_ACTIVE)
    return;
  d->state = SUP_DRAIN_ACTIVE;
  for (;;) {
    unsigned performed;

    /* In this order: an empty queue needs no look at the clock. */
    if (sup__engine_has_main(d->engine) && is_enough(d, count, &since)) {
      if (!goes_on(d, manner)) {
        hand_over(d);
        return;
      }
      count = 0;
      since = 0;
    }
    performed = perform_batch(d, SUP_DRAIN_ACTIONS - count, manner);
    if (performed == 0 && !drain_one(d, manner->on_loop))
      return;
    count += performed > 0 ? performed : 1;
  }
}

/* It may never come back, so all that others depend on is done before. */
static void prepare_for_foreign_code(struct sup_dispatcher *d) {
  d->host->arm(d, sup__engine_next_deadline(d->engine));
  d->host->drained(d);
}

/* One action that may run foreign code. */
static bool drain_foreign(struct sup_dispatcher *d, bool leave_it) {
  struct sup_action action;

  sup_look look = SUP_LOOK_EMPTY;

  while (sup__engine_has_foreign(d->engine) &&
         (look = sup__engine_look(d->engine, SUP_QUEUE_FOREIGN, &action)) ==
             SUP_LOOK_LATER)
    let_others_in(d);
  if (look != SUP_LOOK_FOUND)
    return false;
  if (leave_it) {
    d->host->help(d);
    return false;
  }
  sup__engine_take(d->engine, SUP_QUEUE_FOREIGN);
  if (sup__engine_has_foreign(d->engine))
    d->host->guard(d);
  prepare_for_foreign_code(d);
  d->foreign++;
  perform_alone(d, &action, false);
  d->foreign--;
  return true;
}

static struct sup_error *with_kept(struct sup_dispatcher *d,
                                   struct sup_error *list) {
  struct sup_error *kept = d->garbage;

  d->garbage = NULL;
  d->garbage_count = 0;
  return sup__garbage_join(kept, list);
}

/* Nobody need come for a few errors as long as others will come anyway. */
static bool needs_help(const struct sup_dispatcher *d, bool hurries) {
  if (sup__engine_has_garbage(d->engine))
    return true;
  return hurries && sup__engine_state(d->engine) != SUP_TREE_ENDED
             ? d->garbage_count >= SUP_GARBAGE_KEPT
             : d->garbage != NULL;
}

/* Give back what is not used any more: errors by a list that the caller frees
 * without the lock, specs here with the lock released. Foreign code may run in
 * both, so who leaves it frees only what is known to be harmless. */
static struct sup_error *take_garbage(struct sup_dispatcher *d,
                                      const struct manner *manner) {
  struct sup_error *garbage = sup__engine_take_garbage(d->engine);
  sup_spec *spec;

  if (manner->leaves_it) {
    garbage = sup__garbage_sort(garbage, &d->garbage, &d->garbage_count);
    if (needs_help(d, manner->hurries))
      d->host->help(d);
    return garbage;
  }
  d->clearing++;
  while ((spec = sup__engine_take_spec(d->engine)) != NULL) {
    prepare_for_foreign_code(d);
    d->host->unlock(d);
    sup_spec_unref(spec);
    d->host->lock(d);
  }
  d->clearing--;
  return with_kept(d, garbage);
}

static bool has_garbage(const struct sup_dispatcher *d) {
  return sup__engine_has_garbage(d->engine) || d->garbage != NULL;
}

/* Whether it has just been found out if foreign code is for this thread: after
 * all that is short, in which a successor may be found. */
static bool decide(struct sup_dispatcher *d, struct manner *manner) {
  if (manner->reporter == NULL || manner->leaves_it ||
      (!sup__engine_has_foreign(d->engine) && !has_garbage(d)))
    return false;
  d->host->unlock(d);
  ask_reporter(manner);
  d->host->lock(d);
  return true;
}

static void leave(struct sup_dispatcher *d, struct manner manner) {
  struct sup_error *garbage = NULL;

  manner.on_loop = d->host->on_loop(d);
  manner.leaves_it = manner.leaves_it || manner.on_loop;
  manner.stays = manner.stays && !manner.on_loop;
  do {
    do
      drain_main(d, &manner);
    while (decide(d, &manner) || drain_foreign(d, manner.leaves_it));
    if (has_garbage(d))
      garbage = sup__garbage_join(garbage, take_garbage(d, &manner));
    /* The lock may have been released in between. */
  } while (d->state == SUP_DRAIN_IDLE && sup__engine_has_main(d->engine));
  d->host->arm(d, sup__engine_next_deadline(d->engine));
  d->host->drained(d);
  d->host->unlock(d);
  /* From here on the dispatcher may be gone. */
  sup__garbage_free(garbage);
}

void sup__dispatcher_leave(struct sup_dispatcher *d) {
  leave(d, (struct manner){0});
}

void sup__dispatcher_leave_promptly(struct sup_dispatcher *d) {
  leave(d, (struct manner){.leaves_it = true});
}

void sup__dispatcher_leave_late(struct sup_dispatcher *d) {
  leave(d, (struct manner){.stays = true});
}

void sup__dispatcher_leave_by(struct sup_dispatcher *d,
                              const sup_reporter *reporter) {
  leave(d, (struct manner){.reporter = reporter});
}
