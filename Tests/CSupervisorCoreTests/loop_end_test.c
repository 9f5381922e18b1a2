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

/* loop/: on a host's loop, and how loops begin and end. */

#include "loop_fixture.h"

#include <poll.h>
#include <sys/resource.h>

/* ---- On a host's loop --------------------------------------------------- */

static uv_loop_t *open_host(void) {
  uv_loop_t *host = malloc(sizeof(*host));

  assert_int_equal(uv_loop_init(host), 0);
  return host;
}

/* Everything that is left runs to its end; nothing may be left after it. */
static void close_host(uv_loop_t *host) {
  uv_run(host, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(host), 0);
  free(host);
}

/* A work that ends the host's uv_run, posted by a thread. */
struct visit {
  struct sup_work work;
  struct sup_loop *loop;
  bool on_thread;
  int runs;
};

static void run_visit(struct sup_work *work) {
  struct visit *visit = (struct visit *)work;

  visit->runs++;
  visit->on_thread = sup__loop_is_current(visit->loop);
  sup__loop_unhold(visit->loop);
}

static void *post_visit(void *ctx) {
  struct visit *visit = ctx;

  sup__loop_post(visit->loop, &visit->work);
  return NULL;
}

/* C8 */
static void c8_a_hosts_loop_lives_only_while_held(void **state) {
  uv_loop_t *host = open_host();
  struct visit visit = {.loop = open_loop(host)};
  pthread_t thread;

  (void)state;
  sup__work_init(&visit.work, run_visit);
  assert_false(uv_loop_alive(host));
  assert_int_equal(uv_run(host, UV_RUN_DEFAULT), 0);

  sup__loop_hold(visit.loop);
  sup__loop_hold(visit.loop);
  sup__loop_unhold(visit.loop);
  assert_true(uv_loop_alive(host));
  thread = start_thread(post_visit, &visit);
  assert_int_equal(uv_run(host, UV_RUN_DEFAULT), 0);
  pthread_join(thread, NULL);
  assert_int_equal(visit.runs, 1);
  assert_true(visit.on_thread);
  assert_false(uv_loop_alive(host));

  sup__loop_close(visit.loop);
  close_host(host);
}

struct bell {
  struct sup_alarm alarm;
  uint64_t at;
  bool early;
  bool rung;
};

static void ring_bell(struct sup_alarm *alarm, uint64_t now) {
  struct bell *bell = (struct bell *)alarm;

  bell->rung = true;
  bell->early = now < bell->at;
  sup__loop_unhold(alarm->loop);
}

/* C8, C9: an alarm alone does not keep it alive. */
static void c8_alarms_ring_on_a_hosts_loop(void **state) {
  uv_loop_t *host = open_host();
  struct sup_loop *loop = open_loop(host);
  struct bell bell = {.at = sup__loop_now() + SUP_MILLISECONDS(3)};

  (void)state;
  sup__alarm_init(&bell.alarm, loop, ring_bell);
  sup__alarm_by(&bell.alarm, bell.at);
  assert_int_equal(uv_run(host, UV_RUN_DEFAULT), 0);
  assert_false(bell.rung);
  sup__loop_hold(loop);
  assert_int_equal(uv_run(host, UV_RUN_DEFAULT), 0);
  assert_true(bell.rung);
  assert_false(bell.early);
  sup__loop_close(loop);
  close_host(host);
}

/* C8: a host may wait for the loop's descriptor in a loop of its own kind. */
static void c8_a_host_may_poll_the_loops_descriptor(void **state) {
  uv_loop_t *host = open_host();
  struct visit visit = {.loop = open_loop(host)};

  (void)state;
  sup__work_init(&visit.work, run_visit);
  /* libuv hands its descriptors to the kernel when it is run. */
  sup__loop_hold(visit.loop);
  uv_run(host, UV_RUN_NOWAIT);
  sup__loop_unhold(visit.loop);
  for (int i = 1; i <= 200; i++) {
    struct pollfd backend = {uv_backend_fd(host), POLLIN, 0};
    pthread_t thread;

    sup__loop_hold(visit.loop);
    thread = start_thread(post_visit, &visit);
    while (visit.runs < i) {
      assert_int_equal(poll(&backend, 1, WATCHDOG_SECONDS * 1000), 1);
      uv_run(host, UV_RUN_NOWAIT);
    }
    pthread_join(thread, NULL);
  }
  sup__loop_close(visit.loop);
  close_host(host);
}

/* ---- The end ------------------------------------------------------------ */

struct ending {
  struct sup_work work;
  struct sup_loop *loop;
  struct sup_work late;
  int late_runs;
  bool in_call;
  bool closed_in_call;
  pthread_t thread;
  pthread_t closed_on;
  struct gate closed;
};

static void on_closed(void *ctx) {
  struct ending *ending = ctx;

  ending->closed_in_call = ending->in_call;
  ending->closed_on = pthread_self();
  gate_open(&ending->closed);
}

static void run_late(struct sup_work *work) {
  struct ending *ending =
      (struct ending *)((char *)work - offsetof(struct ending, late));

  ending->late_runs++;
}

static void end(struct ending *ending) {
  ending->thread = pthread_self();
  ending->in_call = true;
  sup__loop_close_async(ending->loop, on_closed, ending);
  ending->in_call = false;
}

static void run_end(struct sup_work *work) {
  end((struct ending *)work);
}

static void ending_init(struct ending *ending, struct sup_loop *loop) {
  *ending = (struct ending){.loop = loop, .closed = GATE_INIT};
  sup__work_init(&ending->work, run_end);
  sup__work_init(&ending->late, run_late);
}

static void assert_ended(struct ending *ending) {
  assert_int_equal(gate_count(&ending->closed), 1);
  assert_false(ending->closed_in_call);
  assert_true(pthread_equal(ending->closed_on, ending->thread));
}

static void close_runs_what_was_posted(void **state) {
  struct ending ending;
  struct block block;

  (void)state;
  ending_init(&ending, open_loop(NULL));
  block_loop(ending.loop, &block);
  sup__loop_post(ending.loop, &ending.late);
  unblock_loop(&block);
  sup__loop_close(ending.loop);
  assert_int_equal(ending.late_runs, 1);
}

static void close_async_of_an_own_loop(void **state) {
  struct ending ending;
  struct block block;

  (void)state;
  ending_init(&ending, open_loop(NULL));
  block_loop(ending.loop, &block);
  sup__loop_post(ending.loop, &ending.work);
  sup__loop_post(ending.loop, &ending.late);
  unblock_loop(&block);
  gate_await(&ending.closed, 1);
  assert_ended(&ending);
  assert_int_equal(ending.late_runs, 1);
  assert_false(pthread_equal(ending.thread, pthread_self()));
  assert_int_equal(atomic_load(&bytes_in_use), 0);
}

static void close_async_of_a_hosts_loop(void **state) {
  uv_loop_t *host = open_host();
  struct ending ending;

  (void)state;
  ending_init(&ending, open_loop(host));
  sup__loop_post(ending.loop, &ending.late);
  end(&ending);
  assert_int_equal(gate_count(&ending.closed), 0);
  assert_int_equal(uv_run(host, UV_RUN_DEFAULT), 0);
  assert_ended(&ending);
  assert_int_equal(ending.late_runs, 1);
  assert_int_equal(atomic_load(&bytes_in_use), 0);
  close_host(host);
}

static void close_async_from_a_work_on_a_hosts_loop(void **state) {
  uv_loop_t *host = open_host();
  struct ending ending;

  (void)state;
  ending_init(&ending, open_loop(host));
  sup__loop_hold(ending.loop);
  sup__loop_post(ending.loop, &ending.work);
  sup__loop_post(ending.loop, &ending.late);
  assert_int_equal(uv_run(host, UV_RUN_DEFAULT), 0);
  assert_ended(&ending);
  assert_int_equal(ending.late_runs, 1);
  assert_int_equal(atomic_load(&bytes_in_use), 0);
  close_host(host);
}

static void count_handle(uv_handle_t *handle, void *ctx) {
  (void)handle;
  ++*(int *)ctx;
}

static void on_hosts_timer(uv_timer_t *timer) {
  ++*(int *)timer->data;
}

static void close_leaves_the_hosts_handles(void **state) {
  uv_loop_t *host = open_host();
  struct sup_loop *loop = open_loop(host);
  uv_timer_t timer;
  int rings = 0;
  int handles = 0;

  (void)state;
  uv_timer_init(host, &timer);
  timer.data = &rings;
  uv_timer_start(&timer, on_hosts_timer, 2, 0);
  sup__loop_close(loop);
  assert_int_equal(uv_run(host, UV_RUN_DEFAULT), 0);
  assert_int_equal(rings, 1);
  uv_walk(host, count_handle, &handles);
  assert_int_equal(handles, 1);
  uv_close((uv_handle_t *)&timer, NULL);
  close_host(host);
}

/* An alarm that is armed, in the heap or on its way, does not hold it up. */
static void close_forgets_alarms(void **state) {
  uv_loop_t *host = open_host();
  struct sup_loop *loop = open_loop(host);
  struct bell bells[2];

  (void)state;
  for (int i = 0; i < 2; i++) {
    sup__alarm_init(&bells[i].alarm, loop, ring_bell);
    bells[i].rung = false;
  }
  sup__alarm_by(&bells[0].alarm, sup__loop_now() + HOUR);
  sup__loop_hold(loop);
  uv_run(host, UV_RUN_NOWAIT);
  sup__alarm_by(&bells[1].alarm, sup__loop_now() + HOUR);
  sup__loop_unhold(loop);
  sup__loop_close(loop);
  assert_int_equal(uv_run(host, UV_RUN_DEFAULT), 0);
  assert_false(bells[0].rung);
  assert_false(bells[1].rung);
  assert_int_equal(atomic_load(&bytes_in_use), 0);
  close_host(host);
}

static void on_counted_closed(uv_handle_t *handle) {
  struct ending *ending = handle->data;

  /* The loop is still there, and so is everybody who waits for it. */
  assert_int_equal(gate_count(&ending->closed), 0);
  assert_true(sup__loop_is_current(ending->loop));
  sup__loop_handle_closed(ending->loop);
}

static void on_counted_timer(uv_timer_t *timer) {
  uv_close((uv_handle_t *)timer, on_counted_closed);
}

static void close_waits_for_counted_handles(void **state) {
  uv_loop_t *host = open_host();
  struct ending ending;
  uv_timer_t timers[2];

  (void)state;
  ending_init(&ending, open_loop(host));
  for (int i = 0; i < 2; i++) {
    uv_timer_init(host, &timers[i]);
    timers[i].data = &ending;
    sup__loop_handle_opened(ending.loop);
  }
  /* One closed together with the loop, the other only later. */
  uv_close((uv_handle_t *)&timers[0], on_counted_closed);
  uv_timer_start(&timers[1], on_counted_timer, 5, 0);
  end(&ending);
  assert_int_equal(uv_run(host, UV_RUN_DEFAULT), 0);
  assert_ended(&ending);
  close_host(host);
}

/* Whoever hears that its work has run may close the loop, although the thread
 * that posted it has not come back from the call. */
struct hasty {
  struct sup_work work;
  struct sup_loop *loop;
  struct gate ran;
};

static void run_hasty(struct sup_work *work) {
  gate_open(&((struct hasty *)work)->ran);
}

static void *post_hasty(void *ctx) {
  struct hasty *hasty = ctx;

  sup__loop_post(hasty->loop, &hasty->work);
  return NULL;
}

static void close_waits_for_a_post_to_return(void **state) {
  (void)state;
  for (int i = 0; i < 500; i++) {
    struct hasty hasty = {.loop = open_loop(NULL), .ran = GATE_INIT};
    pthread_t thread;

    sup__work_init(&hasty.work, run_hasty);
    thread = start_thread(post_hasty, &hasty);
    gate_await(&hasty.ran, 1);
    sup__loop_close(hasty.loop);
    pthread_join(thread, NULL);
  }
}

/* ---- Nothing is left ---------------------------------------------------- */

#define MANY 1000

/* libuv opens what it shares in the process with the first loop. */
static int descriptors_before(void) {
  sup__loop_close(open_loop(NULL));
  return count_descriptors();
}

static void a_thousand_own_loops(void **state) {
  int before = descriptors_before();

  (void)state;
  for (int i = 0; i < MANY; i++) {
    struct sup_loop *loop = open_loop(NULL);

    flush(loop);
    sup__loop_close(loop);
  }
  assert_int_equal(count_descriptors(), before);
}

static void a_thousand_own_loops_that_end_by_themselves(void **state) {
  int before = descriptors_before();

  (void)state;
  for (int i = 0; i < MANY; i++) {
    struct ending ending;

    ending_init(&ending, open_loop(NULL));
    sup__loop_post(ending.loop, &ending.work);
    gate_await(&ending.closed, 1);
  }
  assert_int_equal(count_descriptors(), before);
}

static void a_thousand_on_one_hosts_loop(void **state) {
  int before = descriptors_before();
  uv_loop_t *host = open_host();

  (void)state;
  for (int i = 0; i < MANY; i++) {
    struct ending ending;

    ending_init(&ending, open_loop(host));
    end(&ending);
    assert_int_equal(uv_run(host, UV_RUN_DEFAULT), 0);
    assert_ended(&ending);
  }
  close_host(host);
  assert_int_equal(count_descriptors(), before);
}

/* ---- Beginnings that fail ----------------------------------------------- */

static void without_memory(void **state) {
  struct sup_loop_options options = {&counting, NULL, NULL};
  struct sup_loop *loop = NULL;

  (void)state;
  atomic_store(&out_of_memory, true);
  assert_int_equal(sup__loop_create(&loop, &options), SUP_ENOMEM);
  atomic_store(&out_of_memory, false);
  assert_null(loop);
}

/* However many there are short of enough, all are given back. */
static void without_descriptors(void **state) {
  struct sup_loop_options options = {&counting, NULL, NULL};
  struct sup_loop *loop = NULL;
  int before = descriptors_before();
  int probe = dup(0);
  struct rlimit former;
  int error;
  int spare = 0;

  (void)state;
  assert_true(probe >= 0);
  close(probe);
  getrlimit(RLIMIT_NOFILE, &former);
  do {
    struct rlimit tight = {(rlim_t)(probe + spare), former.rlim_max};

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    error = sup__loop_create(&loop, &options);
    setrlimit(RLIMIT_NOFILE, &former);
    if (error != 0) {
      assert_int_equal(error, SUP_ESYSTEM);
      assert_null(loop);
      assert_int_equal(count_descriptors(), before);
      assert_int_equal(atomic_load(&bytes_in_use), 0);
    }
  } while (error != 0 && ++spare < 32);
  assert_int_equal(error, 0);
  assert_true(spare > 1);
  sup__loop_close(loop);
}

/* No thread can have a stack of this size. */
static void without_a_thread(void **state) {
  struct sup_loop_options options = {&counting, NULL, NULL};
  struct sup_loop *loop = NULL;
  int before = descriptors_before();
  struct rlimit former;
  struct rlimit vast;
  sigset_t mask;
  int error;

  (void)state;
  getrlimit(RLIMIT_STACK, &former);
  vast = former;
  vast.rlim_cur = (rlim_t)1 << 47;
  if (setrlimit(RLIMIT_STACK, &vast) != 0)
    skip();
  error = sup__loop_create(&loop, &options);
  setrlimit(RLIMIT_STACK, &former);
  if (error == 0) { /* a libuv that takes another size */
    sup__loop_close(loop);
    skip();
  }
  assert_int_equal(error, SUP_ESYSTEM);
  assert_null(loop);
  assert_int_equal(count_descriptors(), before);
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  assert_false(sigismember(&mask, SIGTERM));
}

int main(void) {
#define LOOP_TEST(test) cmocka_unit_test_teardown(test, check_memory)
  const struct CMUnitTest tests[] = {
      LOOP_TEST(c8_a_hosts_loop_lives_only_while_held),
      LOOP_TEST(c8_alarms_ring_on_a_hosts_loop),
      LOOP_TEST(c8_a_host_may_poll_the_loops_descriptor),
      LOOP_TEST(close_runs_what_was_posted),
      LOOP_TEST(close_async_of_an_own_loop),
      LOOP_TEST(close_async_of_a_hosts_loop),
      LOOP_TEST(close_async_from_a_work_on_a_hosts_loop),
      LOOP_TEST(close_leaves_the_hosts_handles),
      LOOP_TEST(close_forgets_alarms),
      LOOP_TEST(close_waits_for_counted_handles),
      LOOP_TEST(close_waits_for_a_post_to_return),
      LOOP_TEST(a_thousand_own_loops),
      LOOP_TEST(a_thousand_own_loops_that_end_by_themselves),
      LOOP_TEST(a_thousand_on_one_hosts_loop),
      LOOP_TEST(without_memory),
      LOOP_TEST(without_descriptors),
      LOOP_TEST(without_a_thread),
  };
  return cmocka_run_group_tests_name("loop end", tests, NULL, NULL);
}
