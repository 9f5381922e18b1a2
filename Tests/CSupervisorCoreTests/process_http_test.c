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

/* P2: processes that are up when they answer a request. */

#include "process_fixture.h"

#include "place.h"
#include "process/http.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup"
#define BUSY "HTTP/1.1 503 Unavailable\r\n\r\n"

static sup_readiness http_at(const struct place *place) {
  return (sup_readiness){.size = sizeof(sup_readiness),
                         .kind = SUP_READY_HTTP,
                         .text = place->text,
                         .path = "/health?a=b"};
}

static void set(struct run *run, const sup_readiness *readiness) {
  assert_int_equal(sup_spec_set_readiness(run->spec, readiness), 0);
}

static void give(struct run *run, const struct place *place) {
  assert_int_equal(sup_spec_pass_descriptor(run->spec, place->descriptor, 5),
                   0);
}

static void stop(struct run *run) {
  assert_int_equal(sup__process_stop(run->process, SIGKILL), 0);
  await_end(run);
  assert_null(run->error);
}

static unsigned count_of(const struct run *run, const char *part) {
  const char *at = run->log;
  unsigned count = 0;
  while (at != NULL && (at = strstr(at, part)) != NULL) {
    count++;
    at++;
  }
  return count;
}

/* What it is told when it gives up, which ends the start. */
static void assert_unready(struct run *run, const char *missing,
                           const char *seen) {
  sup_unready unready = {.size = sizeof(unready)};
  sup_error *error = sup__process_give_up(run->process);
  assert_non_null(error);
  assert_int_equal(sup_error_code(error), SUP_ESTARTTIMEOUT);
  assert_int_equal(sup_error_unready(error, &unready), 0);
  assert_int_equal(unready.kind, SUP_READY_HTTP);
  assert_non_null(strstr(unready.missing, missing));
  assert_non_null(strstr(sup_error_text(error), missing));
  assert_string_equal(unready.seen, seen);
  assert_non_null(strstr(sup_error_text(error), seen));
  sup_error_unref(error);
  assert_null(sup__process_give_up(run->process)); /* once */
}

static void check_answers(int family) {
  struct run run = RUN("answer", "5", "", BUSY, "nonsense", OK);
  struct place place = bound(family);
  sup_readiness readiness = http_at(&place);
  const char *host = family == AF_UNIX ? "localhost" : place.text;
  char line[200];
  set_lines(&run);
  set(&run, &readiness);
  give(&run, &place);
  start(&run);
  assert_int_equal(run.ready, 0); /* not within the call */
  until(run.ready > 0);
  pass(SUP_MILLISECONDS(10));
  assert_int_equal(run.ready, 1);
  stop(&run);
  assert_int_equal(run.ready, 1);
  assert_int_equal(count_of(&run, "GET /health?a=b HTTP/1.1\r\n"), 4);
  snprintf(line, sizeof(line), "Host: %s\r\n", host);
  assert_int_equal(count_of(&run, line), 4);
  assert_int_equal(count_of(&run, "Connection: close\r\n"), 4);
  finish(&run);
  leave(&place);
}

static void p2_who_answers_is_up(void **state) {
  (void)state;
  check_answers(AF_INET);
  check_answers(AF_INET6);
  check_answers(AF_UNIX);
}

static void p2_the_statuses_can_be_chosen(void **state) {
  struct run run = RUN("answer", "5", OK, "HTTP/1.1 399 x\r\n",
                       "HTTP/1.1 405 x\r\n", "HTTP/1.1 404 x\r\n");
  struct place place = bound(AF_INET);
  sup_readiness readiness = http_at(&place);
  (void)state;
  readiness.status_from = 400;
  readiness.status_to = 404;
  readiness.host = "shop.example";
  readiness.path = NULL;
  readiness.interval = SUP_MILLISECONDS(1);
  set_lines(&run);
  set(&run, &readiness);
  give(&run, &place);
  start(&run);
  until(run.ready > 0);
  stop(&run);
  assert_int_equal(count_of(&run, "GET / HTTP/1.1\r\n"), 4);
  assert_int_equal(count_of(&run, "Host: shop.example\r\n"), 4);
  finish(&run);
  leave(&place);
}

/* The texts live in the command: what was given may go. */
static void p2_an_interim_answer_is_none(void **state) {
  struct run run =
      RUN("answer", "5", "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" BUSY,
          "HTTP/1.1 100 C\r\n\r\n" OK);
  struct place place = bound(AF_INET);
  sup_readiness readiness = http_at(&place);
  (void)state;
  set_lines(&run);
  set(&run, &readiness);
  give(&run, &place);
  start(&run);
  until(run.ready > 0);
  stop(&run);
  assert_int_equal(count_of(&run, "GET "), 2);
  finish(&run);
  leave(&place);
}

/* Many times what is looked at, before and behind the status. */
static void p2_a_long_answer_is_not_read_to_its_end(void **state) {
  static char early[200000], late[200000];
  struct place place = bound(AF_INET);
  sup_readiness readiness = http_at(&place);
  (void)state;
  memset(early, 'x', sizeof(early) - 1);
  memcpy(early, "HTTP/1.1 100 ", 13);
  memset(late, 'x', sizeof(late) - 1);
  memcpy(late, OK, strlen(OK));
  /* An argument may have no more than 128 kB. */
  early[120000] = late[120000] = '\0';
  {
    struct run run = RUN("answer", "5", early, late);
    set_lines(&run);
    set(&run, &readiness);
    give(&run, &place);
    start(&run);
    until(run.ready > 0);
    stop(&run);
    assert_int_equal(count_of(&run, "GET "), 2);
    finish(&run);
  }
  leave(&place);
}

static void p2_who_does_not_answer_in_time_is_asked_again(void **state) {
  struct run run = RUN("answer", "5", "-", "-", OK);
  struct place place = bound(AF_INET);
  sup_readiness readiness = http_at(&place);
  uint64_t before = sup__loop_now();
  (void)state;
  readiness.attempt_timeout = SUP_MILLISECONDS(30);
  set_lines(&run);
  set(&run, &readiness);
  give(&run, &place);
  start(&run);
  until(run.ready > 0);
  assert_true(sup__loop_now() - before >= SUP_MILLISECONDS(60));
  stop(&run);
  finish(&run);
  leave(&place);
}

static void p2_it_is_told_what_was_seen(void **state) {
  static const struct {
    const char *answer;
    const char *seen;
  } cases[] = {{BUSY, "status 503"},
               {"", "the connection was closed without an answer"},
               {"+PONG\r\n", "an answer that is no HTTP/1"},
               {"-", "no answer in time"}};
  size_t i;
  (void)state;
  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct run run = RUN("answer", "5", cases[i].answer);
    struct place place = bound(AF_INET);
    sup_readiness readiness = http_at(&place);
    char missing[200];
    snprintf(missing, sizeof(missing),
             "no status of 200 to 399 came from %s for GET /health?a=b",
             place.text);
    readiness.attempt_timeout = SUP_MILLISECONDS(20);
    set_lines(&run);
    set(&run, &readiness);
    give(&run, &place);
    start(&run);
    until(count_of(&run, "GET ") > 1); /* the first attempt is over */
    assert_unready(&run, missing, cases[i].seen);
    stop(&run);
    assert_int_equal(run.ready, 0);
    finish(&run);
    leave(&place);
  }
}

static void p2_nobody_there_is_seen(void **state) {
  struct run run = RUN("sleep");
  struct place place = bound(AF_INET);
  sup_readiness readiness = http_at(&place);
  (void)state;
  set(&run, &readiness);
  start(&run);
  pass(SUP_MILLISECONDS(10));
  assert_unready(&run, place.text, "connection refused");
  stop(&run);
  finish(&run);
  leave(&place);
}

/* Nothing was seen yet; what was in progress is gone at once. */
static void assert_given_up(struct run *run) {
  sup_unready unready = {.size = sizeof(unready)};
  int before = count_descriptors();
  sup_error *error = sup__process_give_up(run->process);
  assert_non_null(error);
  assert_int_equal(sup_error_unready(error, &unready), 0);
  assert_null(unready.seen);
  assert_null(strstr(sup_error_text(error), "seen last"));
  assert_int_equal(count_descriptors(), before - 1);
  sup_error_unref(error);
}

/* Neither its end nor a stop leaves an attempt behind. */
static void p2_an_attempt_in_progress_is_broken_off(void **state) {
  struct run ends = RUN("answer", "5", "-");
  struct run given_up = RUN("answer", "5", "-");
  struct place place = bound(AF_INET);
  sup_readiness readiness = http_at(&place);
  int before;
  (void)state;
  readiness.attempt_timeout = SUP_SECONDS(3600);
  set_lines(&ends);
  set(&ends, &readiness);
  give(&ends, &place);
  set_lines(&given_up);
  set(&given_up, &readiness);
  give(&given_up, &place);
  before = count_descriptors();
  start(&ends);
  until(count_of(&ends, "GET ") > 0);
  stop(&ends);
  assert_int_equal(ends.ready, 0);
  assert_int_equal(count_descriptors(), before);

  start(&given_up);
  until(count_of(&given_up, "GET ") > 0);
  assert_given_up(&given_up);
  stop(&given_up);
  assert_int_equal(count_descriptors(), before);
  finish(&ends);
  finish(&given_up);
  leave(&place);
}

static void p2_n5_requests_are_checked(void **state) {
  static const char *const paths[] = {"", "x", "/a b", "/a\r\nX: y", "/\x7f"};
  static const char *const hosts[] = {"", "a b", "a\r\nX: y"};
  static const int statuses[][2] = {{199, 399}, {200, 1000}, {300, 299},
                                    {0, 399},   {200, 0},    {-1, 5}};
  char long_one[2100];
  size_t i;
  (void)state;
#define REFUSED(field, value)                                                  \
  do {                                                                         \
    struct run run = RUN("sleep");                                             \
    sup_readiness readiness = {.size = sizeof(readiness),                      \
                               .kind = SUP_READY_HTTP,                         \
                               .text = "127.0.0.1:80"};                        \
    readiness.field = value;                                                   \
    assert_int_equal(sup_spec_set_readiness(run.spec, &readiness),             \
                     SUP_EINVAL);                                              \
    finish(&run);                                                              \
  } while (0)
  for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
    REFUSED(path, paths[i]);
  for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
    REFUSED(host, hosts[i]);
  memset(long_one, '/', sizeof(long_one));
  long_one[2049] = '\0';
  REFUSED(path, long_one);
  long_one[256] = '\0';
  REFUSED(host, long_one);
  REFUSED(text, "localhost:80");
  REFUSED(text, NULL);
  REFUSED(interval, SUP_SECONDS(86401));
  REFUSED(attempt_timeout, SUP_INFINITE);
  for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
    struct run run = RUN("sleep");
    sup_readiness readiness = {.size = sizeof(readiness),
                               .kind = SUP_READY_HTTP,
                               .text = "127.0.0.1:80",
                               .status_from = statuses[i][0],
                               .status_to = statuses[i][1]};
    assert_int_equal(sup_spec_set_readiness(run.spec, &readiness), SUP_EINVAL);
    finish(&run);
  }
}

static void p1_without_memory_at_any_point_nothing_is_left(void **state) {
  struct place place = bound(AF_INET);
  sup_readiness readiness = http_at(&place);
  bool succeeded = false;
  int failures = 0;
  long from;
  (void)state;
  for (from = 1; !succeeded; from++) {
    struct run run = RUN("answer", "5", OK);
    int code;
    give(&run, &place);
    set_lines(&run);
    counting_fail_at(from, from);
    code = sup_spec_set_readiness(run.spec, &readiness);
    if (code != 0) {
      assert_int_equal(code, SUP_ENOMEM);
      failures++;
    } else if (try_start(&run) == 0) {
      until(run.ready > 0);
      succeeded = atomic_load(&counting.asked) < from;
      counting_fail_at(0, 0);
      stop(&run);
    } else {
      assert_true(run.code == SUP_ENOMEM || run.code == SUP_ESPAWN);
      failures++;
    }
    counting_fail_at(0, 0);
    finish(&run);
    assert_no_children();
  }
  assert_true(failures >= 5);
  leave(&place);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      each_world_test(p2_who_answers_is_up),
      world_test(p2_the_statuses_can_be_chosen),
      world_test(p2_an_interim_answer_is_none),
      world_test(p2_a_long_answer_is_not_read_to_its_end),
      world_test(p2_who_does_not_answer_in_time_is_asked_again),
      world_test(p2_it_is_told_what_was_seen),
      world_test(p2_nobody_there_is_seen),
      each_world_test(p2_an_attempt_in_progress_is_broken_off),
      world_test(p2_n5_requests_are_checked),
      each_world_test(p1_without_memory_at_any_point_nothing_is_left),
  };
  int failed;
  if (mkdtemp(folder) == NULL)
    return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  rmdir(folder);
  return failed;
}
