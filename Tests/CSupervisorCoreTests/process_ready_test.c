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

/* P2: processes that are up after a time, and when a connection is accepted. */

#include "process_fixture.h"

#include <poll.h>

#include "place.h"
#include "process/socket.h"

static void set_connect(struct run *run, const struct place *place) {
  sup_readiness readiness = {.size = sizeof(readiness),
                             .kind = SUP_READY_CONNECT,
                             .text = place->text};
  assert_int_equal(sup_spec_set_readiness(run->spec, &readiness), 0);
}

static void set_time(struct run *run, sup_duration time) {
  sup_readiness readiness = {
      .size = sizeof(readiness), .kind = SUP_READY_TIME, .time = time};
  assert_int_equal(sup_spec_set_readiness(run->spec, &readiness), 0);
}

/* It has ended, and the loop has not heard of it. */
static void await_exit(const struct run *run) {
  await_state(sup__process_pid(run->process), 'Z');
}

static void stop(struct run *run) {
  assert_int_equal(sup__process_stop(run->process, SIGKILL), 0);
  await_end(run);
  assert_null(run->error);
}

/* ---- A time ------------------------------------------------------------- */

static void p2_after_a_time_it_is_up(void **state) {
  struct run run = RUN("sleep");
  uint64_t before = sup__loop_now();
  (void)state;
  set_time(&run, SUP_MILLISECONDS(30));
  start(&run);
  assert_int_equal(run.ready, 0); /* not within the call */
  until(run.ready > 0);
  assert_true(sup__loop_now() - before >= SUP_MILLISECONDS(30));
  pass(SUP_MILLISECONDS(70));
  assert_int_equal(run.ready, 1);
  stop(&run);
  assert_int_equal(run.ready, 1);
  finish(&run);
}

static void p2_an_end_before_the_time_is_no_start(void **state) {
  struct run early = RUN("exit", "0");
  struct run never = RUN("sleep");
  (void)state;
  set_time(&early, SUP_SECONDS(3600));
  run_clean(&early);
  assert_int_equal(early.ready, 0);
  finish(&early);

  set_time(&never, SUP_INFINITE - 1);
  start(&never);
  pass(SUP_MILLISECONDS(5));
  assert_int_equal(never.ready, 0);
  stop(&never);
  finish(&never);
}

/* The alarm is then needed for what comes after the exit. */
static void p2_what_is_left_is_waited_for_after_the_time(void **state) {
  struct run run = RUN("member", "sleep");
  (void)state;
  set_lines(&run);
  set_time(&run, SUP_SECONDS(3600));
  start(&run);
  until(run.lines == 1);
  stop(&run);
  assert_false(lives(run.relative));
  assert_int_equal(run.ready, 0);
  finish(&run);
}

/* ---- A connection ------------------------------------------------------- */

static void check_listener(int family) {
  struct run run = RUN("await", "4", "listen", "5", "sleep");
  struct place place = bound(family);
  int gate[2];
  assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
  set_connect(&run, &place);
  assert_int_equal(sup_spec_pass_descriptor(run.spec, gate[0], 4), 0);
  assert_int_equal(sup_spec_pass_descriptor(run.spec, place.descriptor, 5), 0);
  start(&run);
  assert_int_equal(run.ready, 0);
  pass(SUP_MILLISECONDS(20));
  assert_int_equal(run.ready, 0); /* nobody listens */
  close(gate[1]);
  until(run.ready > 0);
  pass(SUP_MILLISECONDS(10));
  assert_int_equal(run.ready, 1);
  stop(&run);
  assert_int_equal(run.ready, 1);
  finish(&run);
  close(gate[0]);
  leave(&place);
}

static void p2_who_listens_is_up(void **state) {
  (void)state;
  check_listener(AF_INET);
  check_listener(AF_INET6);
  check_listener(AF_UNIX);
}

/* Whoever that is; and what it sees is somebody who comes and goes. */
static void p2_another_who_listens_is_taken_for_it(void **state) {
  struct run run = RUN("sleep");
  struct place place = bound(AF_INET);
  char byte;
  int one;
  (void)state;
  assert_int_equal(listen(place.descriptor, 8), 0);
  set_connect(&run, &place);
  start(&run);
  until(run.ready > 0);
  one = accept(place.descriptor, NULL, NULL);
  assert_true(one >= 0);
  assert_int_equal(read(one, &byte, 1), 0);
  close(one);
  stop(&run);
  finish(&run);
  leave(&place);
}

static void p2_no_connection_is_told_after_the_end(void **state) {
  struct run refused = RUN("exit", "3");
  struct run unheard = RUN("await", "4", "exit", "3");
  struct place place = bound(AF_UNIX);
  int gate[2];
  (void)state;
  set_connect(&refused, &place);
  start(&refused);
  await_end(&refused);
  assert_int_equal(refused.ready, 0);
  assert_int_equal(facts(&refused).status, 3);
  finish(&refused);

  /* The loop is late: it finds the end, and that it is time to look again, in
   * whatever order. Only then does anybody listen. */
  assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
  set_connect(&unheard, &place);
  assert_int_equal(sup_spec_pass_descriptor(unheard.spec, gate[0], 4), 0);
  start(&unheard);
  pass(SUP_MILLISECONDS(20));
  close(gate[1]);
  await_exit(&unheard);
  assert_int_equal(listen(place.descriptor, 8), 0);
  usleep(110000); /* longer than between two looks */
  await_end(&unheard);
  assert_int_equal(unheard.ready, 0);
  finish(&unheard);
  close(gate[0]);
  leave(&place);
}

/* Take all places of a listener, so that the next one is not answered. */
static size_t crowd(struct place *place, int *guests, size_t most) {
  struct sup_address address;
  size_t count;
  assert_int_equal(listen(place->descriptor, 0), 0);
  assert_true(sup__address_parse(&address, place->text));
  for (count = 0; count < most; count++) {
    struct pollfd what = {.events = POLLOUT};
    guests[count] = sup__socket(AF_INET, SOCK_STREAM);
    assert_true(guests[count] >= 0);
    if (connect(guests[count], &address.u.any, address.length) == 0)
      continue;
    what.fd = guests[count];
    if (poll(&what, 1, 20) == 0)
      return count + 1;
  }
  fail_msg("there is no end of places");
  return 0;
}

static void send_away(const int *guests, size_t count) {
  while (count > 0)
    close(guests[--count]);
}

static void p2_an_attempt_in_progress_ends_with_the_process(void **state) {
  struct run run = RUN("sleep");
  struct place place = bound(AF_INET);
  int guests[16];
  size_t count = crowd(&place, guests, 16);
  int before;
  (void)state;
  set_connect(&run, &place);
  before = count_descriptors();
  start(&run);
  pass(SUP_MILLISECONDS(20));
  assert_int_equal(run.ready, 0);
  stop(&run);
  assert_int_equal(run.ready, 0);
  assert_int_equal(count_descriptors(), before);
  finish(&run);
  send_away(guests, count);
  leave(&place);
}

/* ---- Attempts, with times that are made up ------------------------------ */

static void p2_attempts_are_made_at_intervals(void **state) {
  static const unsigned pauses[] = {5, 10, 20, 40, 80, 100, 100};
  struct place place = bound(AF_UNIX);
  struct sup_connect *connect =
      sup__connect_create(sup__spec_allocator(), place.text);
  uint64_t now = 1000;
  size_t i;
  (void)state;
  for (i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
    assert_false(sup__connect_look(connect, now));
    assert_int_equal(connect->descriptor, -1); /* refused */
    assert_int_equal(connect->look_at, now + SUP_MILLISECONDS(pauses[i]));
    now = connect->look_at;
  }
  assert_int_equal(listen(place.descriptor, 8), 0);
  assert_true(sup__connect_look(connect, now));
  assert_int_equal(connect->descriptor, -1); /* closed at once */
  sup__connect_free(connect);
  leave(&place);
}

static void p2_what_nobody_answers_is_given_up(void **state) {
  struct place place = bound(AF_INET);
  int guests[16];
  size_t count = crowd(&place, guests, 16);
  struct sup_connect *connect =
      sup__connect_create(sup__spec_allocator(), place.text);
  (void)state;
  assert_false(sup__connect_look(connect, 1));
  assert_true(connect->descriptor >= 0);
  assert_false(sup__connect_look(connect, SUP_SECONDS(1)));
  assert_true(connect->descriptor >= 0);
  assert_false(sup__connect_look(connect, SUP_SECONDS(1) + 1));
  assert_int_equal(connect->descriptor, -1);
  assert_false(sup__connect_look(connect, SUP_SECONDS(2)));
  assert_int_equal(connect->began, SUP_SECONDS(2));
  assert_true(connect->descriptor >= 0);
  assert_int_not_equal(fcntl(connect->descriptor, F_GETFD) & FD_CLOEXEC, 0);
  assert_int_not_equal(fcntl(connect->descriptor, F_GETFL) & O_NONBLOCK, 0);
  sup__connect_free(connect);
  send_away(guests, count);
  leave(&place);
}

static void p2_a_connection_to_oneself_is_none(void **state) {
  struct place place = bound(AF_INET), other = bound(AF_INET);
  struct sup_address address;
  int one = sup__socket(AF_INET, SOCK_STREAM);
  (void)state;
  /* Nobody listens there, and it succeeds. */
  assert_true(sup__address_parse(&address, place.text));
  assert_int_equal(connect(place.descriptor, &address.u.any, address.length),
                   0);
  assert_false(sup__connect_is_to_another(place.descriptor));

  assert_int_equal(listen(other.descriptor, 1), 0);
  assert_false(sup__connect_is_to_another(one));
  assert_true(sup__address_parse(&address, other.text));
  connect(one, &address.u.any, address.length);
  until(sup__connect_is_to_another(one));
  close(one);
  leave(&other);
  leave(&place);
}

static void p2_n5_addresses_are_numeric(void **state) {
  static const char *const good[] = {"127.0.0.1:1", "127.0.0.1:65535",
                                     "0.0.0.0:080", "[::1]:5432",
                                     "[fe80::1]:1", "/",
                                     "/run/x:1",    "[::ffff:1.2.3.4]:9"};
  static const char *const bad[] = {"",
                                    "127.0.0.1",
                                    "127.0.0.1:",
                                    "127.0.0.1:0",
                                    "127.1:80",
                                    "127.0.0.1:+1",
                                    "127.0.0.1: 1",
                                    "127.0.0.1:65536",
                                    "::1:5432",
                                    "[::1]",
                                    "[::1]5432",
                                    "[::1]:",
                                    "[]:1",
                                    "[127.0.0.1]:",
                                    "[::1:80",
                                    "localhost:80",
                                    "run/x.sock",
                                    "@abstract",
                                    ":80",
                                    "[fe80::1%lo]:80",
                                    "]:1",
                                    "[:1",
                                    "127.0.0.1:000080",
                                    "http://127.0.0.1:80"};
  char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
  struct sup_address address;
  size_t i;
  (void)state;
  for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
    assert_true(sup__address_parse(&address, good[i]));
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    if (sup__address_parse(&address, bad[i]))
      fail_msg("'%s' was taken", bad[i]);
  memset(path, '/', sizeof(path));
  path[sizeof(path) - 1] = '\0';
  assert_false(sup__address_parse(&address, path));
  path[sizeof(path) - 2] = '\0';
  assert_true(sup__address_parse(&address, path));
}

/* ---- Bounds ------------------------------------------------------------- */

static void p1_without_memory_at_any_point_nothing_is_left(void **state) {
  struct place place = bound(AF_UNIX);
  bool succeeded = false;
  int failures = 0;
  long from;
  (void)state;
  assert_int_equal(listen(place.descriptor, 1000), 0);
  for (from = 1; !succeeded; from++) {
    struct run run = RUN("sleep");
    set_connect(&run, &place);
    counting_fail_at(from, from);
    if (try_start(&run) == 0) {
      until(run.ready > 0);
      succeeded = atomic_load(&counting.asked) < from;
      stop(&run);
    } else {
      assert_true(run.code == SUP_ENOMEM || run.code == SUP_ESPAWN);
      failures++;
    }
    counting_fail_at(0, 0);
    finish(&run);
    assert_no_children();
  }
  assert_true(failures >= 2);
  leave(&place);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      each_world_test(p2_after_a_time_it_is_up),
      each_world_test(p2_an_end_before_the_time_is_no_start),
      each_world_test(p2_what_is_left_is_waited_for_after_the_time),
      each_world_test(p2_who_listens_is_up),
      each_world_test(p2_another_who_listens_is_taken_for_it),
      each_world_test(p2_no_connection_is_told_after_the_end),
      each_world_test(p2_an_attempt_in_progress_ends_with_the_process),
      world_test(p2_attempts_are_made_at_intervals),
      world_test(p2_what_nobody_answers_is_given_up),
      world_test(p2_a_connection_to_oneself_is_none),
      world_test(p2_n5_addresses_are_numeric),
      each_world_test(p1_without_memory_at_any_point_nothing_is_left),
  };
  int failed;
  if (mkdtemp(folder) == NULL)
    return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  rmdir(folder);
  return failed;
}
