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

/* R3: runnables that have died, and what is below them has not gone. */

#include "engine_fate.h"
#include "engine_requests.h"
#include "engine_runnable.h"

/* A runnable that has a child x, which takes so long to stop. */
static void grows(struct world *w, const char *path, sup_duration takes) {
  char below[64];
  runs(w, path, shutdown_of(worker("x"), SEC(60)));
  snprintf(below, sizeof(below), "%s/x", path);
  child(w, below)->stop_takes = takes;
}

static struct world *world_of_group(sup_group_mode mode) {
  struct world *w = world_of_runnables(runnable("root"));
  assert_int_equal(run_group(w, "root", mode, runnable("a"), runnable("b"),
                             runnable("c"), NULL),
                   0);
  grows(w, "root/b", SEC(3));
  forget(w);
  return w;
}

/* ---- When it is told ---------------------------------------------------- */

/* R3, E1, B5 MON-49 MON-99 */
static void r3_the_end_is_that_of_the_body(void **state) {
  (void)state;
  struct world *w =
      world_of_runnables(one_for_one("top", runnable_after("a", SEC(4)), NULL));
  grows(w, "top/a", SEC(3));
  advance(w, SEC(2));
  forget(w);
  fails(w, "top/a");
  struct sup_record failed = world_record(w, SUP_EVENT_FAILED, "a");
  assert_events(w, "W! top/a, W scheduled:4000ms top/a, "
                   "W stopping:cancel top/a/x");
  assert_int_equal(failed.duration, SEC(2));
  assert_int_equal(world_record(w, SUP_EVENT_STOPPING, "x").cause,
                   failed.number);
  assert_state(w, "top/a", SUP_STATE_STOPPING);
  assert_int_equal(world_info(w, "top/a", NULL).deadline, w->now + SEC(4));
  assert_false(sup__engine_is_ready(w->engine));
  assert_failure(w, "top/a", SUP_EFAILED);
  forget(w);
  advance(w, SEC(3));
  assert_events(w, "W- top/a/x");
  assert_state(w, "top/a", SUP_STATE_WAITING);
  assert_int_equal(world_info(w, "top/a", NULL).deadline, w->now + SEC(1));
  forget(w);
  /* The wait was from the failure on. */
  advance(w, SEC(1));
  assert_events(w, "W+ top/a");
  world_free(w);
}

/* R3 MON-49: not before all of it is gone */
static void r3_a_restart_waits_for_what_is_below(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one("top", runnable("a"), NULL));
  grows(w, "top/a", SEC(3));
  fails(w, "top/a");
  advance(w, MS(2999));
  assert_int_equal(child(w, "top/a")->starts, 1);
  assert_state(w, "top/a", SUP_STATE_STOPPING);
  advance(w, MS(1));
  assert_int_equal(child(w, "top/a")->starts, 2);
  world_free(w);
}

/* R0: X holds for a child that is no runnable: what is below goes first. */
static void r0_another_child_has_ended_when_all_is_gone(void **state) {
  (void)state;
  struct world *w = world_of_runnables(
      one_for_one("top", composer(unpaced(worker("a"))), NULL));
  grows(w, "top/a", SEC(3));
  forget(w);
  fails(w, "top/a");
  assert_events(w, "W stopping:cancel top/a, W stopping:cancel top/a/x");
  forget(w);
  advance(w, SEC(3));
  assert_events(w, "W- top/a/x, W! top/a, W scheduled:0ms top/a, W+ top/a");
  world_free(w);
}

/* T1, R3: what is below fails to stop, which is told of that alone. */
static void r3_what_is_below_may_stop_uncleanly(void **state) {
  (void)state;
  struct world *w = world_of_runnables(one_for_one("top", runnable("a"), NULL));
  grows(w, "top/a", 0);
  child(w, "a/x")->on_stop = WORLD_STOP_FAILS;
  forget(w);
  fails(w, "top/a");
  assert_events(w, "W! top/a, W scheduled:1000ms top/a, "
                   "W stopping:cancel top/a/x, W! top/a/x");
  advance(w, SEC(1));
  assert_state(w, "top/a", SUP_STATE_RUNNING);
  stop(w);
  assert_ended(w, 0);
  world_free(w);
}

/* ---- Its group ---------------------------------------------------------- */

/* R3, G2 MON-45 MON-52 */
static void r3_the_group_is_cancelled_at_once(void **state) {
  (void)state;
  struct world *w = world_of_group(SUP_GROUP_EACH);
  child(w, "root/c")->stop_takes = SEC(2);
  fails(w, "root/b");
  assert_events(w, "W! root/b, W scheduled:1000ms root/b, "
                   "W stopping:cancel root/b/x, W stopping:cancel root/c, "
                   "W stopping:cancel root/a, W- root/a, W+ root/a");
  assert_int_equal(world_record(w, SUP_EVENT_STOPPING, "c").cause,
                   world_record(w, SUP_EVENT_FAILED, "b").number);
  advance(w, SEC(2));
  assert_int_equal(child(w, "root/c")->starts, 2);
  assert_int_equal(child(w, "root/b")->starts, 1);
  advance(w, SEC(1));
  assert_int_equal(child(w, "root/b")->starts, 2);
  assert_int_equal(child(w, "root/a")->stops, 1);
  world_free(w);
}

/* R3, G2: with a barrier they are stopped in order, from then on, and begin when
 * all are gone and the delay is over. */
static void r3_with_a_barrier_all_begin_together(void **state) {
  (void)state;
  struct world *w = world_of_group(SUP_GROUP_TOGETHER);
  child(w, "root/c")->stop_takes = SEC(1);
  fails(w, "root/b");
  assert_events(w, "W! root/b, W scheduled:1000ms root/b, "
                   "W stopping:cancel root/b/x, W stopping:cancel root/c");
  forget(w);
  advance(w, SEC(1));
  assert_events(w, "W- root/c"); /* b is not gone, so a is not asked */
  assert_state(w, "root/c", SUP_STATE_WAITING);
  forget(w);
  advance(w, SEC(2));
  assert_events(w, "W- root/b/x, W stopping:cancel root/a, W- root/a, "
                   "W+ root/a, W+ root/b, W+ root/c");
  world_free(w);
}

/* R3, B6: two that die one after another keep their own delays. */
static void r3_members_that_die_while_others_do(void **state) {
  (void)state;
  struct world *w = world_of_group(SUP_GROUP_EACH);
  grows(w, "root/c", SEC(2));
  child(w, "root/c")->on_stop = WORLD_IGNORES;
  fails(w, "root/b");
  advance(w, MS(500));
  fails(w, "root/a"); /* b has died, c is on its way down */
  forget(w);
  advance(w, MS(2500));
  assert_int_equal(child(w, "root/a")->starts, 3);
  assert_int_equal(child(w, "root/b")->starts, 2);
  assert_int_equal(child(w, "root/c")->starts, 1);
  assert_int_equal(child(w, "root/c")->stops, 1);
  world_free(w);
}

/* R3, G5: one that dies in the start of a round is dealt with after it. */
static void r3_one_that_dies_while_its_group_starts(void **state) {
  (void)state;
  sup_spec *slow = runnable("c");
  assert_int_equal(sup_spec_set_notify_start(slow, true), 0);
  struct world *w = world_of_runnables(runnable("root"));
  assert_int_equal(run_group(w, "root", SUP_GROUP_TOGETHER, runnable("a"),
                             runnable("b"), slow, NULL),
                   0);
  fails(w, "root/a");
  child(w, "root/c")->manual = true;
  advance(w, SEC(1));
  assert_int_equal(child(w, "root/c")->starts, 2);
  for (int takes = 1; takes <= 2; takes++) {
    uint64_t before = world_count(w).events;
    grows(w, "root/b", SEC(takes));
    forget(w);
    fails(w, "root/b");
    /* It goes down, and that is told; that it has failed is when c is up. */
    assert_events(w, "W stopping:cancel root/b, W stopping:cancel root/b/x");
    assert_true(world_record(w, SUP_EVENT_STOPPING, "b").number > before);
    advance(w, SEC(1));
    assert_state(w, "root/b",
                 takes == 1 ? SUP_STATE_ENDED : SUP_STATE_STOPPING);
    uint64_t ended = w->now;
    forget(w);
    acknowledges(w, "root/c");
    assert_int_equal(world_record(w, SUP_EVENT_FAILED, "b").time, ended);
    assert_int_equal(child(w, "root/c")->stops, takes + 1);
    advance(w, SEC(2));
    assert_int_equal(child(w, "root/b")->starts, takes + 2);
    assert_int_equal(child(w, "root/c")->starts, takes + 2);
  }
  world_free(w);
}

/* R3, B5, G5: one that dies before its turn in a round that stops it */
static void r3_one_that_dies_while_its_group_stops(void **state) {
  (void)state;
  for (int all = 0; all < 2; all++) {
    struct world *w;
    if (all) {
      w = world_of_runnables(one_for_all("root", runnable("a"), runnable("b"),
                                         runnable("c"), NULL));
      grows(w, "root/b", SEC(3));
    } else {
      w = world_of_group(SUP_GROUP_TOGETHER);
    }
    child(w, "root/c")->stop_takes = SEC(2);
    fails(w, "root/a");
    advance(w, SEC(1));
    forget(w);
    fails(w, "root/b");
    assert_events(w, "W stopping:cancel root/b, W stopping:cancel root/b/x");
    forget(w);
    advance(w, SEC(1));
    assert_events(w, "W- root/c, W! root/b, W scheduled:1000ms root/b");
    assert_state(w, "root/b", SUP_STATE_STOPPING);
    assert_int_equal(child(w, "root/a")->starts, 1);
    advance(w, SEC(2)); /* its delay was from its end on, and is over */
    assert_int_equal(child(w, "root/a")->starts, 2);
    assert_int_equal(child(w, "root/b")->starts, 2);
    assert_int_equal(child(w, "root/c")->starts, 2);
    world_free(w);
  }
}

/* R3, G1: in one-for-all and rest-for-one as in a group with a barrier */
static void r3_the_origin_of_a_round(void **state) {
  (void)state;
  struct world *w = world_of_runnables(
      rest_for_one("root", runnable("a"), runnable("b"), runnable("c"), NULL));
  grows(w, "root/b", SEC(3));
  forget(w);
  fails(w, "root/b");
  assert_events(w, "W! root/b, W scheduled:1000ms root/b, "
                   "W stopping:cancel root/b/x, W stopping:cancel root/c, "
                   "W- root/c");
  advance(w, SEC(2));
  /* An earlier one widens the round, and waits for it. */
  forget(w);
  fails(w, "root/a");
  assert_events(w, "W! root/a, W scheduled:1000ms root/a");
  assert_int_equal(child(w, "root/a")->starts, 1);
  forget(w);
  advance(w, SEC(1));
  assert_events(w, "W- root/b/x, W+ root/a, W+ root/b, W+ root/c");
  world_free(w);
}

/* ---- Its supervisor ----------------------------------------------------- */

/* S8: dealt with when that has started */
static void s8_one_that_dies_while_its_supervisor_starts(void **state) {
  (void)state;
  for (int takes = 1; takes <= 3; takes += 2) {
    struct world *w = world_create(
        one_for_one("top", runnable_after("a", SEC(4)), notifier("b"), NULL));
    world_show(w, SUP_EVENT_STOPPING);
    child(w, "top/b")->manual = true;
    launch(w);
    grows(w, "top/a", SEC(takes));
    forget(w);
    fails(w, "top/a");
    assert_events(w, "W stopping:cancel top/a, W stopping:cancel top/a/x");
    advance(w, SEC(2));
    assert_state(w, "top/a", takes == 1 ? SUP_STATE_ENDED : SUP_STATE_STOPPING);
    forget(w);
    acknowledges(w, "top/b");
    assert_events(w, "W+ top/b, S+ top, W! top/a");
    assert_int_equal(world_record(w, SUP_EVENT_FAILED, "a").duration, 0);
    advance(w, SEC(3));
    assert_int_equal(child(w, "top/a")->starts, 1);
    advance(w, SEC(1));
    assert_int_equal(child(w, "top/a")->starts, 2);
    world_free(w);
  }
}

/* S8, S6: or in its turn, if that fails to start */
static void s8_one_that_dies_in_a_start_that_fails(void **state) {
  (void)state;
  struct world *w =
      world_create(one_for_one("top", runnable("a"), notifier("b"), NULL));
  child(w, "top/b")->manual = true;
  launch(w);
  grows(w, "top/a", SEC(3));
  forget(w);
  fails(w, "top/a");
  world_tick(w);
  assert_int_equal(sup__engine_start_failed(w->engine, child(w, "top/b")->ref,
                                            sup__token_code(SUP_EINVAL)),
                   0);
  world_run(w);
  assert_events(w, "W# top/b, W! top/a");
  advance(w, SEC(3));
  assert_ended(w, SUP_ESTART);
  world_free(w);
}

/* T1, T4: counted at once */
static void t1_a_death_too_much(void **state) {
  (void)state;
  for (int quarantine = 0; quarantine < 2; quarantine++) {
    sup_spec *spec = runnable_after("a", MS(1));
    assert_int_equal(sup_spec_set_child_tolerance(spec, 0, SEC(5),
                                                  quarantine
                                                      ? SUP_EXCEEDED_QUARANTINE
                                                      : SUP_EXCEEDED_ESCALATE),
                     0);
    struct world *w =
        world_of_runnables(one_for_one("top", spec, worker("b"), NULL));
    world_show(w, SUP_EVENT_QUARANTINED);
    world_show(w, SUP_EVENT_TOLERANCE_EXCEEDED);
    grows(w, "top/a", SEC(3));
    forget(w);
    fails(w, "top/a");
    assert_state(w, "top/a", SUP_STATE_STOPPING);
    if (quarantine)
      assert_events(w, "W! top/a, W quarantined top/a, "
                       "W stopping:cancel top/a/x");
    else
      assert_events(w, "W! top/a, S exceeded top, W stopping:cancel top/a/x, "
                       "W stopping:cancel top/b, W- top/b");
    forget(w);
    advance(w, SEC(3));
    if (quarantine) {
      assert_events(w, "W- top/a/x");
      assert_state(w, "top/a", SUP_STATE_QUARANTINED);
    } else {
      assert_events(w, "W- top/a/x, S! top");
      assert_state(w, "top/a", SUP_STATE_FAILED);
      assert_ended(w, SUP_ETOLERANCE);
    }
    world_free(w);
  }
}

/* X2, R3 */
static void x2_a_temporary_one_goes_when_all_is_gone(void **state) {
  (void)state;
  struct world *w = world_of_runnables(runnable("root"));
  assert_int_equal(run_group(w, "root", SUP_GROUP_EACH,
                             restarting(runnable("a"), SUP_TEMPORARY),
                             runnable("b"), NULL),
                   0);
  grows(w, "root/a", SEC(3));
  forget(w);
  fails(w, "root/a");
  assert_events(w, "W! root/a, W stopping:cancel root/a/x"); /* G7 */
  advance(w, SEC(2));
  assert_true(is_there(w, "root/a"));
  forget(w);
  advance(w, SEC(1));
  assert_events(w, "W- root/a/x");
  assert_false(is_there(w, "root/a"));
  assert_int_equal(child(w, "root/b")->starts, 1);
  world_free(w);
}

/* ---- Stops -------------------------------------------------------------- */

/* H6, R3: a stop takes the restart back, and waits for what is left. */
static void h6_a_stop_comes_upon_one_that_has_died(void **state) {
  (void)state;
  for (int clean = 0; clean < 2; clean++) {
    struct world *w = world_of_group(SUP_GROUP_EACH);
    child(w, "b/x")->on_stop = clean ? WORLD_STOPS : WORLD_STOP_FAILS;
    fails(w, "root/b");
    forget(w);
    stop(w);
    assert_events(w, "W stopping:cancel root, W stopping:cancel root/c, "
                     "W- root/c");
    forget(w);
    advance(w, SEC(3));
    assert_events(w, clean ? "W- root/b/x, W unscheduled root/b, "
                             "W stopping:cancel root/a, W- root/a, "
                             "W stopping:cancel root, W- root"
                           : "W! root/b/x, W unscheduled root/b, "
                             "W stopping:cancel root/a, W- root/a, "
                             "W stopping:cancel root, W! root");
    assert_ended(w, clean ? 0 : SUP_ETERMINATION);
    world_free(w);
  }
}

/* H6, G2: also when its round was to start it */
static void h6_a_stop_comes_upon_a_round_with_one_that_has_died(void **state) {
  (void)state;
  struct world *w = world_of_group(SUP_GROUP_TOGETHER);
  fails(w, "root/b");
  forget(w);
  stop(w);
  assert_events(w, "W stopping:cancel root, W unscheduled root/c");
  forget(w);
  advance(w, SEC(3));
  assert_events(w, "W- root/b/x, W unscheduled root/b, "
                   "W stopping:cancel root/a, W- root/a, "
                   "W stopping:cancel root, W- root");
  assert_ended(w, 0);
  world_free(w);
}

/* H3, H5: a budget and force reach what is below it. */
static void h3_a_budget_reaches_what_has_died(void **state) {
  (void)state;
  for (int force = 0; force < 2; force++) {
    struct world *w = world_of_group(SUP_GROUP_EACH);
    child(w, "b/x")->on_stop = WORLD_IGNORES;
    fails(w, "root/b");
    if (force) {
      sup__engine_force(w->engine);
      world_run(w);
    } else {
      stop_within(w, SEC(2));
      advance(w, SEC(2));
    }
    assert_ended(w, SUP_ETERMINATION);
    assert_state(w, "root/b", SUP_STATE_ABANDONED);
    world_free(w);
  }
}

/* X1: its end is told in turn if all is being stopped anyway. */
static void x1_one_dies_while_its_supervisor_goes_down(void **state) {
  (void)state;
  struct world *w =
      world_of_runnables(one_for_one("top", runnable("a"), worker("b"), NULL));
  grows(w, "top/a", SEC(3));
  child(w, "top/b")->stop_takes = SEC(1);
  stop(w);
  forget(w);
  fails(w, "top/a");
  assert_events(w, "W stopping:cancel top/a, W stopping:cancel top/a/x");
  forget(w);
  advance(w, SEC(1));
  assert_events(w, "W- top/b, W! top/a");
  advance(w, SEC(2));
  assert_ended(w, SUP_ETERMINATION);
  assert_state(w, "top/a", SUP_STATE_FAILED);
  struct sup_error *error =
      sup__token_object(sup__engine_result(w->engine))->related;
  assert_string_equal(error->path, "top/a");
  world_free(w);
}

/* ---- Requests ----------------------------------------------------------- */

/* D2 */
static void d2_what_has_died_is_stopped(void **state) {
  (void)state;
  struct world *w = world_of_group(SUP_GROUP_EACH);
  fails(w, "root/b");
  forget(w);
  terminate(w, "root/b");
  assert_string_equal(w->answers, "");
  advance(w, SEC(3));
  assert_events(w, "W- root/b/x, W unscheduled root/b");
  assert_string_equal(w->answers, "stop root/b:0");
  assert_state(w, "root/b", SUP_STATE_STOPPED);
  advance(w, SEC(60));
  assert_int_equal(child(w, "root/b")->starts, 1);
  assert_int_equal(try_terminate(w, "root/b"), SUP_EALREADY);
  restart(w, "root/b");
  assert_int_equal(child(w, "root/b")->starts, 2);
  world_free(w);
}

/* D2: a restart comes as soon as all is gone, whatever it was to wait for. */
static void d2_what_has_died_is_restarted(void **state) {
  (void)state;
  struct world *w =
      world_of_runnables(one_for_one("top", runnable_after("a", SEC(9)), NULL));
  grows(w, "top/a", SEC(3));
  fails(w, "top/a");
  restart(w, "top/a");
  forget(w);
  advance(w, SEC(3));
  assert_events(w, "W- top/a/x, W+ top/a");
  assert_int_equal(child(w, "top/a")->starts, 2);
  world_free(w);
}

/* D2, T4: one that was to stay down begins with an empty record. */
static void d2_what_has_died_once_too_often_is_restarted(void **state) {
  (void)state;
  sup_spec *spec = runnable_after("a", MS(1));
  assert_int_equal(
      sup_spec_set_child_tolerance(spec, 1, SEC(60), SUP_EXCEEDED_QUARANTINE),
      0);
  struct world *w = world_of_runnables(one_for_one("top", spec, NULL));
  fails(w, "top/a");
  advance(w, MS(1));
  grows(w, "top/a", SEC(3));
  fails(w, "top/a");
  restart(w, "top/a");
  advance(w, SEC(3));
  assert_int_equal(child(w, "top/a")->starts, 3);
  fails(w, "top/a");
  advance(w, MS(1));
  assert_int_equal(child(w, "top/a")->starts, 4);
  fails(w, "top/a");
  assert_state(w, "top/a", SUP_STATE_QUARANTINED);
  world_free(w);
}

/* D4 */
static void d4_what_has_died_is_deleted(void **state) {
  (void)state;
  struct world *w = world_of_group(SUP_GROUP_TOGETHER);
  fails(w, "root/b");
  forget(w);
  delete (w, "root/b");
  advance(w, SEC(3));
  assert_false(is_there(w, "root/b"));
  assert_string_equal(w->answers, "delete root/b:0");
  /* The others go on. */
  assert_state(w, "root/a", SUP_STATE_RUNNING);
  assert_state(w, "root/c", SUP_STATE_RUNNING);
  world_free(w);
}

/* D2, S8: its end is told when somebody asks. */
static void d2_what_has_died_untold_is_stopped(void **state) {
  (void)state;
  for (int again = 0; again < 2; again++) {
    struct world *w =
        world_create(one_for_one("top", runnable("a"), notifier("b"), NULL));
    world_show(w, SUP_EVENT_RESTART_CANCELED);
    child(w, "top/b")->manual = true;
    launch(w);
    grows(w, "top/a", SEC(3));
    fails(w, "top/a");
    forget(w);
    if (again)
      restart(w, "top/a");
    else
      terminate(w, "top/a");
    assert_events(w, "W! top/a");
    forget(w);
    advance(w, SEC(3));
    assert_events(w, again ? "W- top/a/x, W+ top/a" : "W- top/a/x");
    assert_state(w, "top/a", again ? SUP_STATE_RUNNING : SUP_STATE_FAILED);
    acknowledges(w, "top/b");
    advance(w, SEC(5));
    assert_int_equal(child(w, "top/a")->starts, again ? 2 : 1);
    world_free(w);
  }
}

/* D1, X2: who asked is answered, also if it is not there any more by then. */
static void d1_what_has_died_for_good_is_stopped(void **state) {
  (void)state;
  for (int stopped = 0; stopped < 2; stopped++) {
    struct world *w = world_of_runnables(
        one_for_one("top", restarting(runnable("a"), SUP_TEMPORARY), NULL));
    grows(w, "top/a", SEC(3));
    fails(w, "top/a");
    terminate(w, "top/a");
    if (stopped)
      stop(w);
    advance(w, SEC(3));
    assert_string_equal(w->answers, "stop top/a:0");
    assert_false(is_there(w, "top/a"));
    world_free(w);
  }
}

/* ---- The root ----------------------------------------------------------- */

/* R3, H6 MON-6 */
static void r3_a_root_that_has_died(void **state) {
  (void)state;
  for (int stopped = 0; stopped < 2; stopped++) {
    struct world *w = world_of_runnables(runnable("root"));
    grows(w, "root", SEC(3));
    forget(w);
    fails(w, "root");
    assert_events(w, "W! root, W scheduled:1000ms root, "
                     "W stopping:cancel root/x");
    assert_int_equal(sup__engine_state(w->engine), SUP_TREE_STOPPING);
    forget(w);
    if (stopped)
      stop(w);
    advance(w, SEC(3));
    if (stopped) {
      assert_events(w, "W- root/x, W unscheduled root, W- root");
      assert_ended(w, 0);
      assert_int_equal(child(w, "root")->starts, 1);
    } else {
      assert_events(w, "W- root/x, W+ root");
    }
    world_free(w);
  }
}

/* T1, H7: the end of all comes when all is gone. */
static void t1_a_root_that_has_died_for_good(void **state) {
  (void)state;
  for (int clean = 0; clean < 2; clean++) {
    sup_spec *spec = runnable("root");
    assert_int_equal(
        sup_spec_set_child_tolerance(spec, 0, SEC(5), SUP_EXCEEDED_ESCALATE),
        0);
    struct world *w = world_of_runnables(spec);
    grows(w, "root", SEC(3));
    child(w, "root/x")->on_stop = clean ? WORLD_STOPS : WORLD_STOP_FAILS;
    forget(w);
    fails(w, "root");
    assert_events(w, "W stopping:cancel root, W stopping:cancel root/x");
    forget(w);
    advance(w, SEC(3));
    assert_events(w, clean ? "W- root/x, W! root" : "W! root/x, W! root");
    assert_ended(w, SUP_ETOLERANCE);
    world_free(w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(r3_the_end_is_that_of_the_body),
      WORLD_TEST(r3_a_restart_waits_for_what_is_below),
      WORLD_TEST(r0_another_child_has_ended_when_all_is_gone),
      WORLD_TEST(r3_what_is_below_may_stop_uncleanly),
      WORLD_TEST(r3_the_group_is_cancelled_at_once),
      WORLD_TEST(r3_with_a_barrier_all_begin_together),
      WORLD_TEST(r3_members_that_die_while_others_do),
      WORLD_TEST(r3_one_that_dies_while_its_group_starts),
      WORLD_TEST(r3_one_that_dies_while_its_group_stops),
      WORLD_TEST(r3_the_origin_of_a_round),
      WORLD_TEST(s8_one_that_dies_while_its_supervisor_starts),
      WORLD_TEST(s8_one_that_dies_in_a_start_that_fails),
      WORLD_TEST(t1_a_death_too_much),
      WORLD_TEST(x2_a_temporary_one_goes_when_all_is_gone),
      WORLD_TEST(h6_a_stop_comes_upon_one_that_has_died),
      WORLD_TEST(h6_a_stop_comes_upon_a_round_with_one_that_has_died),
      WORLD_TEST(h3_a_budget_reaches_what_has_died),
      WORLD_TEST(x1_one_dies_while_its_supervisor_goes_down),
      WORLD_TEST(d2_what_has_died_is_stopped),
      WORLD_TEST(d2_what_has_died_is_restarted),
      WORLD_TEST(d2_what_has_died_once_too_often_is_restarted),
      WORLD_TEST(d4_what_has_died_is_deleted),
      WORLD_TEST(d2_what_has_died_untold_is_stopped),
      WORLD_TEST(d1_what_has_died_for_good_is_stopped),
      WORLD_TEST(r3_a_root_that_has_died),
      WORLD_TEST(t1_a_root_that_has_died_for_good),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
