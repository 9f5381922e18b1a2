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

/* P2: the status of an answer, however its bytes come. */

#include "counting_allocator.h"

#include "process/reply.h"

static struct sup_reply whole(const char *text) {
  struct sup_reply reply = {.taken = 0};
  sup__reply_take(&reply, text, strlen(text));
  return reply;
}

/* Byte by byte it is the same. */
static struct sup_reply take(const char *text) {
  struct sup_reply reply = {.taken = 0};
  struct sup_reply at_once = whole(text);
  for (; *text != '\0'; text++)
    sup__reply_take(&reply, text, 1);
  assert_int_equal(reply.state, at_once.state);
  assert_int_equal(reply.status, at_once.status);
  assert_int_equal(reply.taken, at_once.taken);
  return reply;
}

static void p2_a_status_is_found(void **state) {
  static const struct {
    const char *text;
    int status;
  } good[] = {
      {"HTTP/1.1 200 OK\r\n", 200},
      {"HTTP/1.0 404 Not Found\r\nServer: x\r\n\r\nbody", 404},
      {"HTTP/1.1 503\r\n", 503},
      {"HTTP/1.1 204\n", 204},
      {"HTTP/1.1 999 ", 999},
      {"HTTP/1.1 101 Switching\r\n", 101},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", 200},
      {"HTTP/1.1 103 Early\r\nLink: </x>\r\nA: b\r\n\r\nHTTP/1.1 302 F\r\n",
       302},
      {"HTTP/1.1 100\n\nHTTP/1.1 102\n\nHTTP/1.1 500\n", 500},
      {"HTTP/1.1 100 Continue\nA: b\n\nHTTP/1.1 201 C\n", 201},
  };
  size_t i;
  (void)state;
  for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    struct sup_reply reply = take(good[i].text);
    assert_int_equal(reply.state, SUP_REPLY_HAS_STATUS);
    assert_int_equal(reply.status, good[i].status);
  }
}

static void p2_anything_else_is_none(void **state) {
  static const char *const bad[] = {"\r\nHTTP/1.1 200 OK",
                                    "HTTP/2 200",
                                    "HTTP/2.0 200 OK",
                                    "http/1.1 200 OK",
                                    "HTTP/1.1  200 OK",
                                    "HTTP/1.1 20 OK",
                                    "HTTP/1.1 2000 OK",
                                    "HTTP/1.1 000 OK",
                                    "HTTP/1.1 099 OK",
                                    "HTTP/1.1 +20 OK",
                                    "HTTP/1.1 200OK",
                                    "HTTP/1.1 200;OK",
                                    "HTTP/11 200 OK",
                                    "ICY 200 OK",
                                    "SSH-2.0-OpenSSH\r\n",
                                    "+PONG\r\n",
                                    "\x16\x03\x01",
                                    "<html>",
                                    "HTTP/1.1 100 C\r\n\r\nbody"};
  size_t i;
  (void)state;
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    if (take(bad[i]).state != SUP_REPLY_IS_NONE)
      fail_msg("'%s' was taken", bad[i]);
}

static void p2_what_has_not_come_is_waited_for(void **state) {
  static const char *const short_ones[] = {"",
                                           "H",
                                           "HTTP/1.1 ",
                                           "HTTP/1.1 200",
                                           "HTTP/1.1 100 Continue\r\n\r",
                                           "HTTP/1.1 100 Continue\r\nA: b\r\n"};
  size_t i;
  (void)state;
  for (i = 0; i < sizeof(short_ones) / sizeof(short_ones[0]); i++)
    assert_int_equal(take(short_ones[i]).state, SUP_REPLY_GOES_ON);
}

static void p2_an_answer_without_end_is_none(void **state) {
  static const char interim[] = "HTTP/1.1 100 C\r\n\r\n";
  struct sup_reply reply = whole("HTTP/1.1 103 Early\r\n");
  struct sup_reply again = {.taken = 0};
  uint32_t count = 0;
  (void)state;
  while (sup__reply_take(&reply, "x", 1) == SUP_REPLY_GOES_ON)
    count++;
  assert_int_equal(reply.state, SUP_REPLY_IS_NONE);
  assert_int_equal(count, SUP_REPLY_MOST - strlen("HTTP/1.1 103 Early\r\n"));
  while (sup__reply_take(&again, interim, strlen(interim)) == SUP_REPLY_GOES_ON)
    assert_true(again.taken <= SUP_REPLY_MOST);
  /* What is over stays so. */
  assert_int_equal(sup__reply_take(&again, "HTTP/1.1 200 OK\r\n", 17),
                   SUP_REPLY_IS_NONE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(p2_a_status_is_found),
      cmocka_unit_test(p2_anything_else_is_none),
      cmocka_unit_test(p2_what_has_not_come_is_waited_for),
      cmocka_unit_test(p2_an_answer_without_end_is_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
