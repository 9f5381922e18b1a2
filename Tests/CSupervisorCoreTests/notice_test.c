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

/* P2, W1: the messages in which a process speaks of itself. */

#include "counting_allocator.h"

#include <stdio.h>

#include "process/notice.h"

static struct sup_notice read_text(const char *text) {
  struct sup_notice notice;
  assert_true(sup__notice_read(&notice, text, strlen(text)));
  return notice;
}

/* Nothing was said. */
static void assert_mute(const struct sup_notice *notice) {
  static const struct sup_notice mute;
  assert_memory_equal(notice, &mute, sizeof(mute));
}

static void p2_each_line_is_understood(void **state) {
  struct sup_notice notice;
  (void)state;
  notice = read_text("READY=1");
  assert_true(notice.ready);
  assert_false(notice.alive || notice.silent || notice.stopping ||
               notice.has_status || notice.extension != 0);
  notice = read_text("STATUS=loading\nREADY=1\n");
  assert_true(notice.ready);
  assert_true(notice.has_status);
  assert_string_equal(notice.status, "loading");
  notice = read_text("WATCHDOG=1\nEXTEND_TIMEOUT_USEC=1500\n");
  assert_true(notice.alive);
  assert_false(notice.silent);
  assert_int_equal(notice.extension, 1500000);
  notice = read_text("WATCHDOG=trigger");
  assert_true(notice.silent);
  assert_false(notice.alive);
  notice = read_text("STOPPING=1\nSTATUS=");
  assert_true(notice.stopping);
  assert_true(notice.has_status);
  assert_string_equal(notice.status, "");
  notice = read_text("STATUS=one\nSTATUS=two");
  assert_string_equal(notice.status, "two");
}

static void p2_what_is_nothing_of_ours_is_passed_over(void **state) {
  static const char *const texts[] = {
      "",          "\n",        "\n\n\n",        "READY",        "READY=",
      "READY=0",   "READY=11",  "READY=1 ",      " READY=1",     "ready=1",
      "XREADY=1",  "READY=1\r", "WATCHDOG=2",    "STOPPING=yes", "STATUS",
      "MAINPID=1", "=1",        "RELOADING=1\n", "BARRIER=1",    "FDSTORE=1"};
  size_t i;
  (void)state;
  for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    struct sup_notice notice = read_text(texts[i]);
    assert_mute(&notice);
  }
}

static void p2_times_that_are_none_are_passed_over(void **state) {
  static const char *const texts[] = {
      "EXTEND_TIMEOUT_USEC=",
      "EXTEND_TIMEOUT_USEC=-1",
      "EXTEND_TIMEOUT_USEC=1s",
      "EXTEND_TIMEOUT_USEC=0x10",
      "EXTEND_TIMEOUT_USEC= 1",
      "EXTEND_TIMEOUT_USEC=0",
      "EXTEND_TIMEOUT_USEC=18446744073709551615",
      "EXTEND_TIMEOUT_USEC=18446744073709552",
      "EXTEND_TIMEOUT_USEC=99999999999999999999999999999999"};
  struct sup_notice notice;
  size_t i;
  (void)state;
  for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    notice = read_text(texts[i]);
    assert_mute(&notice);
  }
  notice = read_text("EXTEND_TIMEOUT_USEC=18446744073709551");
  assert_true(notice.extension == UINT64_C(18446744073709551000));
}

static void p2_a_nul_is_only_at_the_end(void **state) {
  static const char last[] = "READY=1"; /* with its NUL */
  static const char within[] = "READY=1\0WATCHDOG=1";
  static const char two[] = "READY=1\0";
  struct sup_notice notice;
  (void)state;
  assert_true(sup__notice_read(&notice, last, sizeof(last)));
  assert_true(notice.ready);
  assert_false(sup__notice_read(&notice, within, sizeof(within) - 1));
  assert_mute(&notice);
  assert_false(sup__notice_read(&notice, two, sizeof(two)));
  assert_mute(&notice);
}

static void p2_what_is_too_long_is_no_message(void **state) {
  char text[SUP_NOTICE_MAX + 2];
  struct sup_notice notice;
  (void)state;
  memset(text, 'x', sizeof(text));
  memcpy(text, "READY=1\n", 8);
  assert_true(sup__notice_read(&notice, text, SUP_NOTICE_MAX));
  assert_true(notice.ready);
  assert_false(sup__notice_read(&notice, text, SUP_NOTICE_MAX + 1));
  assert_mute(&notice);
  text[SUP_NOTICE_MAX] = '\0';
  assert_true(sup__notice_read(&notice, text, SUP_NOTICE_MAX + 1));
  assert_true(notice.ready);
}

/* It will be shown on terminals. */
static void p2_a_status_is_printable_and_cut_at_a_character(void **state) {
  char text[600] = "STATUS=";
  struct sup_notice notice;
  size_t i;
  (void)state;
  notice = read_text("STATUS=a/b\x1b[31m \xc3\xa4 \xff\xc3");
  assert_string_equal(notice.status, "a/b?[31m \xc3\xa4 ??");
  for (i = 0; i < 200; i++)
    strcat(text, "\xc3\xa4");
  notice = read_text(text);
  assert_int_equal(strlen(notice.status), 254);
  memmove(text + 8, text + 7, strlen(text) - 6);
  text[7] = 'x';
  notice = read_text(text);
  assert_int_equal(strlen(notice.status), 255);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(p2_each_line_is_understood),
      cmocka_unit_test(p2_what_is_nothing_of_ours_is_passed_over),
      cmocka_unit_test(p2_times_that_are_none_are_passed_over),
      cmocka_unit_test(p2_a_nul_is_only_at_the_end),
      cmocka_unit_test(p2_what_is_too_long_is_no_message),
      cmocka_unit_test(p2_a_status_is_printable_and_cut_at_a_character),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
