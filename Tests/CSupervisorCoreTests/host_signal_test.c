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

/* RULES L1: signals of the host, and the dispositions that were there. */

#include "loop_fixture.h"

#include <signal.h>
#include <sys/types.h>

#define SIGNAL SIGUSR2

/* ---- Watches ------------------------------------------------------------ */

struct watch {
  struct sup_loop *loop;
  struct sup_host_signal *watch;
  int signal;
  int error;
  int last; /* loop thread */
  bool close_in_call;
  struct gate received;
};

static void on_received(void *ctx, int signal) {
  struct watch *watch = ctx;

  watch->last = signal;
  if (watch->close_in_call)
    sup__host_signal_close(watch->watch);
  gate_open(&watch->received);
}

static void do_open(void *ctx) {
  struct watch *watch = ctx;

  watch->error = sup__host_signal_open(&watch->watch, watch->loop,
                                       watch->signal, on_received, watch);
}

static void do_close(void *ctx) {
  sup__host_signal_close(((struct watch *)ctx)->watch);
}

static int watch_open(struct watch *watch, struct sup_loop *loop, int signal) {
  *watch =
      (struct watch){.loop = loop, .signal = signal, .received = GATE_INIT};
  on_loop(loop, do_open, watch);
  return watch->error;
}

static void watch_close(struct watch *watch) {
  on_loop(watch->loop, do_close, watch);
}

/* The process gets it, and libuv has written it into its pipes before this
 * returns: all other threads block it, or leave it to this one. */
static void deliver(int signal) {
  assert_int_equal(kill(getpid(), signal), 0);
}

/* ---- Dispositions ------------------------------------------------------- */

static atomic_int first_calls;

static void first_handler(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)info;
  (void)context;
  atomic_fetch_add(&first_calls, 1);
}

static void second_handler(int signal) {
  (void)signal;
}

static struct sigaction first_action(void) {
  struct sigaction action;

  memset(&action, 0, sizeof(action));
  action.sa_sigaction = first_handler;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, SIGHUP);
  sigaddset(&action.sa_mask, SIGWINCH);
  return action;
}

static struct sigaction second_action(void) {
  struct sigaction action;

  memset(&action, 0, sizeof(action));
  action.sa_handler = second_handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, SIGALRM);
  return action;
}

static struct sigaction plain_action(void (*handler)(int)) {
  struct sigaction action;

  memset(&action, 0, sizeof(action));
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  return action;
}

static struct sigaction current(int signal) {
  struct sigaction action;

  assert_int_equal(sigaction(signal, NULL, &action), 0);
  return action;
}

static void install(int signal, struct sigaction action) {
  assert_int_equal(sigaction(signal, &action, NULL), 0);
}

/* Linux's SA_RESTORER: the C library adds it to whatever is installed, and
 * shows it to whoever asks. */
#ifdef __linux__
#define RESTORER 0x04000000
#else
#define RESTORER 0
#endif

static bool same_action(struct sigaction a, struct sigaction b) {
  if ((a.sa_flags | RESTORER) != (b.sa_flags | RESTORER) ||
      a.sa_sigaction != b.sa_sigaction)
    return false;
  /* Without a handler the mask says nothing, and a sanitizer leaves the one of
   * an earlier handler in it. */
  if (a.sa_handler == SIG_DFL || a.sa_handler == SIG_IGN)
    return true;
  for (int signal = 1; signal < NSIG; signal++)
    if (sigismember(&a.sa_mask, signal) != sigismember(&b.sa_mask, signal))
      return false;
  return true;
}

static int reset(void **state) {
  install(SIGNAL, plain_action(SIG_DFL));
  install(SIGHUP, plain_action(SIG_DFL));
  return check_memory(state);
}

/* ---- Delivery ----------------------------------------------------------- */

/* L1 */
static void l1_all_watchers_are_told(void **state) {
  struct sup_loop *one = open_loop(NULL);
  struct sup_loop *two = open_loop(NULL);
  struct watch watches[4];

  (void)state;
  assert_int_equal(watch_open(&watches[0], one, SIGNAL), 0);
  assert_int_equal(watch_open(&watches[1], one, SIGNAL), 0);
  assert_int_equal(watch_open(&watches[2], two, SIGNAL), 0);
  assert_int_equal(watch_open(&watches[3], two, SIGHUP), 0);
  for (uint64_t i = 1; i <= 20; i++) {
    deliver(SIGNAL);
    for (int j = 0; j < 3; j++)
      gate_await(&watches[j].received, i);
  }
  deliver(SIGHUP);
  gate_await(&watches[3].received, 1);
  for (int j = 0; j < 4; j++) {
    flush(watches[j].loop);
    assert_int_equal(watches[j].last, j < 3 ? SIGNAL : SIGHUP);
    assert_int_equal(gate_count(&watches[j].received), j < 3 ? 20 : 1);
    watch_close(&watches[j]);
  }
  sup__loop_close(one);
  sup__loop_close(two);
}

/* L1: the one that is left is told, and after it everybody else has been. */
static void l1_none_is_told_after_its_close(void **state) {
  struct sup_loop *loop = open_loop(NULL);
  struct watch closed;
  struct watch left;

  (void)state;
  assert_int_equal(watch_open(&closed, loop, SIGNAL), 0);
  assert_int_equal(watch_open(&left, loop, SIGNAL), 0);
  watch_close(&closed);
  deliver(SIGNAL);
  gate_await(&left.received, 1);
  flush(loop);
  assert_int_equal(gate_count(&closed.received), 0);
  watch_close(&left);
  sup__loop_close(loop);
}

/* L1: caught already when it is closed, but not yet told. */
static void l1_none_is_told_of_what_came_before_its_close(void **state) {
  struct sup_loop *loop = open_loop(NULL);
  struct call call = {.function = do_close, .done = GATE_INIT};
  struct watch watch;
  struct block block;

  (void)state;
  install(SIGNAL, first_action());
  assert_int_equal(watch_open(&watch, loop, SIGNAL), 0);
  call.ctx = &watch;
  sup__work_init(&call.work, run_call);
  block_loop(loop, &block);
  deliver(SIGNAL);
  sup__loop_post(loop, &call.work);
  unblock_loop(&block);
  gate_await(&call.done, 1);
  sup__loop_close(loop);
  assert_int_equal(gate_count(&watch.received), 0);
}

/* L1 */
static void l1_a_watch_may_be_closed_in_its_call(void **state) {
  struct sup_loop *loop = open_loop(NULL);
  struct watch watch;

  (void)state;
  install(SIGNAL, first_action());
  assert_int_equal(watch_open(&watch, loop, SIGNAL), 0);
  watch.close_in_call = true;
  deliver(SIGNAL);
  gate_await(&watch.received, 1);
  assert_true(same_action(current(SIGNAL), first_action()));
  sup__loop_close(loop);
  assert_int_equal(gate_count(&watch.received), 1);
}

/* L1 */
static void l1_a_watch_does_not_keep_a_hosts_loop_alive(void **state) {
  uv_loop_t host;
  struct sup_host_signal *signal;
  struct watch watch = {.received = GATE_INIT};

  (void)state;
  assert_int_equal(uv_loop_init(&host), 0);
  watch.loop = open_loop(&host);
  assert_int_equal(
      sup__host_signal_open(&signal, watch.loop, SIGNAL, on_received, &watch),
      0);
  assert_false(uv_loop_alive(&host));
  deliver(SIGNAL);
  sup__loop_hold(watch.loop);
  while (gate_count(&watch.received) == 0)
    uv_run(&host, UV_RUN_ONCE);
  assert_int_equal(watch.last, SIGNAL);

  /* Both at once: the loop waits for the watch. */
  sup__host_signal_close(signal);
  sup__loop_close(watch.loop);
  assert_int_equal(uv_run(&host, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&host), 0);
}

/* ---- What was there before ---------------------------------------------- */

static void assert_restored(struct sigaction former) {
  struct sup_loop *loop = open_loop(NULL);
  struct watch watches[2];

  install(SIGNAL, former);
  for (int round = 0; round < 3; round++) {
    assert_int_equal(watch_open(&watches[0], loop, SIGNAL), 0);
    assert_false(same_action(current(SIGNAL), former));
    assert_int_equal(watch_open(&watches[1], loop, SIGNAL), 0);
    watch_close(&watches[round % 2]);
    assert_false(same_action(current(SIGNAL), former));
    watch_close(&watches[1 - round % 2]);
    assert_true(same_action(current(SIGNAL), former));
  }
  sup__loop_close(loop);
  assert_true(same_action(current(SIGNAL), former));
}

/* L1 */
static void l1_the_former_disposition_is_back(void **state) {
  (void)state;
  assert_restored(first_action());
  assert_restored(second_action());
  assert_restored(plain_action(SIG_IGN));
  assert_restored(plain_action(SIG_DFL));
}

/* L1 */
static void l1_the_former_handler_works_again(void **state) {
  struct sup_loop *loop = open_loop(NULL);
  struct watch watch;

  (void)state;
  install(SIGNAL, first_action());
  atomic_store(&first_calls, 0);
  assert_int_equal(watch_open(&watch, loop, SIGNAL), 0);
  deliver(SIGNAL);
  gate_await(&watch.received, 1);
  assert_int_equal(atomic_load(&first_calls), 0);
  watch_close(&watch);
  deliver(SIGNAL);
  assert_int_equal(atomic_load(&first_calls), 1);
  sup__loop_close(loop);
  assert_int_equal(gate_count(&watch.received), 1);
}

static void assert_left_alone(struct sigaction theirs) {
  struct sup_loop *loop = open_loop(NULL);
  struct watch watch;

  install(SIGNAL, first_action());
  assert_int_equal(watch_open(&watch, loop, SIGNAL), 0);
  install(SIGNAL, theirs);
  watch_close(&watch);
  assert_true(same_action(current(SIGNAL), theirs));
  sup__loop_close(loop);
  assert_true(same_action(current(SIGNAL), theirs));
}

/* L1 */
static void l1_changed_meanwhile_is_left_alone(void **state) {
  (void)state;
  assert_left_alone(second_action());
  assert_left_alone(plain_action(SIG_IGN));
  assert_left_alone(plain_action(SIG_DFL));
}

/* ---- Beside a host that uses libuv itself ------------------------------- */

static void on_hosts_signal(uv_signal_t *handle, int signal) {
  (void)signal;
  ++*(int *)handle->data;
}

/* L1: before us, and after us. */
static void l1_a_hosts_own_libuv_watcher_goes_on(void **state) {
  uv_loop_t host;
  uv_signal_t handle;
  int received = 0;
  struct sup_loop *loop = open_loop(NULL);
  struct watch watch;

  (void)state;
  assert_int_equal(uv_loop_init(&host), 0);
  assert_int_equal(uv_signal_init(&host, &handle), 0);
  handle.data = &received;
  assert_int_equal(uv_signal_start(&handle, on_hosts_signal, SIGNAL), 0);
  assert_int_equal(watch_open(&watch, loop, SIGNAL), 0);
  watch_close(&watch);
  deliver(SIGNAL);
  while (received == 0)
    uv_run(&host, UV_RUN_ONCE);

  /* It stops while we watch, and must not come back from the dead. */
  assert_int_equal(watch_open(&watch, loop, SIGNAL), 0);
  uv_signal_stop(&handle);
  deliver(SIGNAL);
  gate_await(&watch.received, 1);
  watch_close(&watch);
  assert_true(same_action(current(SIGNAL), plain_action(SIG_DFL)));

  /* It begins while we watch, and goes on after us. */
  assert_int_equal(watch_open(&watch, loop, SIGNAL), 0);
  assert_int_equal(uv_signal_start(&handle, on_hosts_signal, SIGNAL), 0);
  watch_close(&watch);
  deliver(SIGNAL);
  while (received == 1)
    uv_run(&host, UV_RUN_ONCE);

  uv_close((uv_handle_t *)&handle, NULL);
  assert_int_equal(uv_run(&host, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&host), 0);
  sup__loop_close(loop);
}

/* ---- What is refused ---------------------------------------------------- */

/* L1: and it leaves no handler, no handle and no memory behind. */
static void l1_some_signals_are_refused(void **state) {
  static const int refused[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS,
                                SIGFPE,  SIGILL,  SIGTRAP, INT32_MIN,
                                -1,      0,       NSIG,    INT32_MAX};
  struct sup_loop *loop = open_loop(NULL);
  struct watch watch;

  (void)state;
  for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
    int signal = refused[i];
    bool real = signal > 0 && signal < NSIG;
    struct sigaction before = current(real ? signal : SIGNAL);

    assert_int_equal(watch_open(&watch, loop, signal), SUP_ESIGNAL);
    assert_true(same_action(current(real ? signal : SIGNAL), before));
  }
#ifdef __linux__
  /* glibc's own, between the classic ones and SIGRTMIN. */
  if (SIGRTMIN > 32) {
    assert_int_equal(watch_open(&watch, loop, 32), SUP_ESIGNAL);
  }
#endif
  sup__loop_close(loop);
}

/* L1 */
static void l1_without_memory_nothing_changes(void **state) {
  struct sup_loop *loop = open_loop(NULL);
  struct watch watch;

  (void)state;
  install(SIGNAL, first_action());
  atomic_store(&out_of_memory, true);
  assert_int_equal(watch_open(&watch, loop, SIGNAL), SUP_ENOMEM);
  atomic_store(&out_of_memory, false);
  assert_true(same_action(current(SIGNAL), first_action()));
  sup__loop_close(loop);
}

int main(void) {
#define SIGNAL_TEST(test) cmocka_unit_test_teardown(test, reset)
  const struct CMUnitTest tests[] = {
      SIGNAL_TEST(l1_all_watchers_are_told),
      SIGNAL_TEST(l1_none_is_told_after_its_close),
      SIGNAL_TEST(l1_none_is_told_of_what_came_before_its_close),
      SIGNAL_TEST(l1_a_watch_may_be_closed_in_its_call),
      SIGNAL_TEST(l1_a_watch_does_not_keep_a_hosts_loop_alive),
      SIGNAL_TEST(l1_the_former_disposition_is_back),
      SIGNAL_TEST(l1_the_former_handler_works_again),
      SIGNAL_TEST(l1_changed_meanwhile_is_left_alone),
      SIGNAL_TEST(l1_a_hosts_own_libuv_watcher_goes_on),
      SIGNAL_TEST(l1_some_signals_are_refused),
      SIGNAL_TEST(l1_without_memory_nothing_changes),
  };
  return cmocka_run_group_tests_name("host signals", tests, NULL, NULL);
}
