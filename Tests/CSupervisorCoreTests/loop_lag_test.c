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

/* How late the loop is (W2). */

#include "loop_fixture.h"

#define LATE SUP_MILLISECONDS(5)

struct told {
  atomic_uint times;
  atomic_uint_least64_t lag;
};

static void count_told(void *ctx, uint64_t lag) {
  struct told *told = ctx;

  atomic_store(&told->lag, lag);
  atomic_fetch_add(&told->times, 1);
}

/* What is waited for here is the clock itself. */
static void let_pass(uint64_t until) {
  struct timespec nap = {0, 500000};

  while (sup__loop_now() <= until)
    nanosleep(&nap, NULL);
}

/* W2: what is posted while the loop is held up is late, and told once until
 * something is in time again. */
static void w2_work_that_is_late_is_told_once(void **state) {
  struct told told = {0};
  struct sup_loop *loop = open_loop(NULL);
  struct call call = {.function = do_nothing, .done = GATE_INIT};
  struct block first, second;
  struct sup_loop_lag lag;

  (void)state;
  sup__loop_watch_lag(loop, LATE, count_told, &told);
  second = (struct block){.entered = GATE_INIT, .leave = GATE_INIT};
  sup__work_init(&second.work, run_block);
  sup__work_init(&call.work, run_call);
  block_loop(loop, &first);
  sup__loop_post(loop, &second.work);
  let_pass(sup__loop_now() + LATE);
  unblock_loop(&first);
  gate_await(&second.entered, 1);
  sup__loop_post(loop, &call.work);
  let_pass(sup__loop_now() + LATE);
  unblock_loop(&second);
  gate_await(&call.done, 1);
  flush(loop);
  flush(loop); /* the round of the first one is over */
  lag = sup__loop_lag(loop);
  assert_true(lag.late >= 2);
  assert_true(lag.maximum > LATE);
  assert_true(atomic_load(&told.lag) > LATE);
  assert_int_equal(atomic_load(&told.times), 1);
  sup__loop_close(loop);
}

static void ring(struct sup_alarm *alarm, uint64_t now) {
  (void)alarm;
  (void)now;
}

static void close_alarm(void *ctx) {
  sup__alarm_close(ctx);
}

/* W2: so is an alarm. */
static void w2_an_alarm_that_is_late(void **state) {
  struct told told = {0};
  struct sup_loop *loop = open_loop(NULL);
  struct sup_alarm alarm;
  struct block block;
  uint64_t at;

  (void)state;
  sup__loop_watch_lag(loop, LATE, count_told, &told);
  sup__alarm_init(&alarm, loop, ring);
  block_loop(loop, &block);
  at = sup__loop_now();
  sup__alarm_by(&alarm, at);
  let_pass(at + LATE);
  unblock_loop(&block);
  flush(loop);
  flush(loop);
  assert_true(sup__loop_lag(loop).maximum > LATE);
  assert_true(atomic_load(&told.times) >= 1);
  on_loop(loop, close_alarm, &alarm);
  sup__loop_close(loop);
}

/* W2: nothing is told that is within what is allowed, but all is measured. */
static void w2_in_time(void **state) {
  struct told told = {0};
  struct sup_loop *loop = open_loop(NULL);

  (void)state;
  sup__loop_watch_lag(loop, SUP_INFINITE, count_told, &told);
  for (int i = 0; i < 100; i++)
    flush(loop);
  assert_int_equal(atomic_load(&told.times), 0);
  assert_int_equal(sup__loop_lag(loop).late, 0);
  assert_true(sup__loop_lag(loop).maximum > 0);
  assert_true(sup__loop_lag(loop).maximum >= sup__loop_lag(loop).last);
  sup__loop_close(loop);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(w2_work_that_is_late_is_told_once,
                                check_memory),
      cmocka_unit_test_teardown(w2_an_alarm_that_is_late, check_memory),
      cmocka_unit_test_teardown(w2_in_time, check_memory),
  };

  return cmocka_run_group_tests_name("loop lag", tests, NULL, NULL);
}
