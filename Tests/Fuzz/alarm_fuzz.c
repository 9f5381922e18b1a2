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
 * C9: alarms and work of the loop against a list that is searched each time.
 * The clock is the real one; so a time is long ago, or far ahead.
 */

#include "fuzz_loop.h"
#include "loop/loop_private.h"

#define ALARMS 12
#define WORKS 4
#define AHEAD SUP_SECONDS(1000000)

/* What the loop ought to know of an alarm. */
struct expected {
  struct sup_alarm alarm;
  uint64_t asked; /* by any thread; SUP_INFINITE: for nothing */
  uint64_t key;   /* heard by the loop; likewise */
  uint64_t order;
  bool posted;
};

struct item {
  struct sup_work work;
  bool posted;
};

static struct {
  struct fuzz *in;
  struct expected alarms[ALARMS];
  struct item works[WORKS];
  unsigned queue[ALARMS + WORKS]; /* what was posted, oldest first; works behind
                                     the alarms */
  unsigned queued;
  unsigned batch; /* of these, to be dealt with in this turn */
  bool in_turn;
  uint64_t order;
  unsigned deeds; /* left */
} world;

static void do_something(void);

/* ---- The list ----------------------------------------------------------- */

static void post(unsigned which, bool *posted) {
  if (*posted)
    return;
  *posted = true;
  world.queue[world.queued++] = which;
}

static void withdraw(unsigned which, bool *posted) {
  unsigned i, kept = 0;

  for (i = 0; i < world.queued; i++)
    if (world.queue[i] != which)
      world.queue[kept++] = world.queue[i];
    else if (i < world.batch)
      world.batch--;
  world.queued = kept;
  *posted = false;
}

/* The loop hears of what was posted before the first work, which it runs. */
static void hear_all(void) {
  while (world.batch > 0 && world.queue[0] < ALARMS) {
    struct expected *e = &world.alarms[world.queue[0]];

    withdraw(world.queue[0], &e->posted);
    if (e->asked != SUP_INFINITE && e->asked < e->key) {
      e->key = e->asked;
      e->order = world.order++;
    }
  }
}

static struct expected *nearest(void) {
  struct expected *found = NULL;
  unsigned i;

  for (i = 0; i < ALARMS; i++) {
    struct expected *e = &world.alarms[i];

    if (e->key != SUP_INFINITE &&
        (found == NULL || e->key < found->key ||
         (e->key == found->key && e->order < found->order)))
      found = e;
  }
  return found;
}

/* ---- What the loop does ------------------------------------------------- */

static void run(struct sup_work *work) {
  struct item *item = (struct item *)work;

  hear_all();
  FUZZ_CHECK(world.batch > 0 &&
             world.queue[0] == ALARMS + (unsigned)(item - world.works));
  withdraw(world.queue[0], &item->posted);
  do_something();
}

static void ring(struct sup_alarm *alarm, uint64_t now) {
  struct expected *e = (struct expected *)alarm;

  FUZZ_CHECK(e == nearest() && e->key <= now);
  e->asked = e->key = SUP_INFINITE;
  do_something();
}

static void take_turn(void) {
  world.batch = world.queued;
  world.in_turn = true;
  sup__work_run(fuzz_loop());
  hear_all();
  world.in_turn = false;
  FUZZ_CHECK(world.batch == 0);
  FUZZ_CHECK(sup__work_is_empty(fuzz_loop()) == (world.queued == 0));
  FUZZ_CHECK(sup__alarms_next(fuzz_loop()) ==
             (nearest() == NULL ? SUP_INFINITE : nearest()->key));
}

/* ---- Deeds -------------------------------------------------------------- */

static uint64_t decode_time(void) {
  unsigned how = fuzz_byte(world.in);

  if (how == 255)
    return SUP_INFINITE;
  /* Few different ones, so that some are equal. */
  return how < 128 ? 1 + how % 8 : AHEAD * (1 + how % 8);
}

static void ask(struct expected *e, uint64_t at) {
  if (at < e->asked) {
    e->asked = at;
    post((unsigned)(e - world.alarms), &e->posted);
  }
  sup__alarm_by(&e->alarm, at);
}

static void close_alarm(struct expected *e) {
  bool looks = e->posted && world.in_turn;

  sup__alarm_close(&e->alarm);
  withdraw((unsigned)(e - world.alarms), &e->posted);
  e->asked = e->key = SUP_INFINITE;
  /* Looking for it brings what was posted meanwhile into this turn. */
  if (looks)
    world.batch = world.queued;
}

static void do_something(void) {
  unsigned what, which;

  if (world.in->left == 0 || world.deeds == 0)
    return;
  world.deeds--;
  what = fuzz_byte(world.in);
  which = fuzz_byte(world.in);
  if (what < 176) {
    ask(&world.alarms[which % ALARMS], decode_time());
  } else if (what < 216) {
    close_alarm(&world.alarms[which % ALARMS]);
  } else if (what < 248) {
    struct item *item = &world.works[which % WORKS];

    post(ALARMS + which % WORKS, &item->posted);
    sup__loop_post(fuzz_loop(), &item->work);
  }
}

void fuzz_one(struct fuzz *in) {
  unsigned i;

  memset(&world, 0, sizeof(world));
  world.in = in;
  world.deeds = 1000;
  for (i = 0; i < ALARMS; i++) {
    sup__alarm_init(&world.alarms[i].alarm, fuzz_loop(), ring);
    world.alarms[i].asked = world.alarms[i].key = SUP_INFINITE;
  }
  for (i = 0; i < WORKS; i++)
    sup__work_init(&world.works[i].work, run);
  while (in->left > 0 && world.deeds > 0) {
    do_something();
    if (fuzz_one_in(in, 4))
      take_turn();
    if (fuzz_one_in(in, 8)) {
      take_turn();
      sup__alarms_ring(fuzz_loop());
      FUZZ_CHECK(nearest() == NULL || nearest()->key >= AHEAD);
    }
  }
  world.deeds = 0;
  for (i = 0; i < ALARMS; i++)
    close_alarm(&world.alarms[i]);
  take_turn();
  FUZZ_CHECK(sup__alarms_next(fuzz_loop()) == SUP_INFINITE);
}
