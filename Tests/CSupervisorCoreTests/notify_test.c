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

/* P2, W1: one run of a program that speaks of itself, with either kind of
 * socket. */

#include "process_fixture.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static void listen_to(struct run *run) {
  sup_readiness readiness = {.size = sizeof(readiness),
                             .kind = SUP_READY_NOTIFY};
  assert_int_equal(sup_spec_set_readiness(run->spec, &readiness), 0);
}

static void P2_it_says_that_it_is_ready(void **state) {
  struct run run = RUN("notify", "READY=1", "notify", "READY=1\nSTATUS=up",
                       "barrier", "exit", "0");
  (void)state;
  listen_to(&run);
  run_clean(&run);
  assert_int_equal(run.ready, 1);
  assert_int_equal(run.notices, 3);
  finish(&run);
}

/* What it said just before its end is heard. */
static void P2_its_last_words_are_heard(void **state) {
  struct run run = RUN("notify", "READY=1", "exit", "0");
  (void)state;
  listen_to(&run);
  run_clean(&run);
  assert_int_equal(run.ready, 1);
  finish(&run);
}

static void P2_other_messages_are_not_ready(void **state) {
  struct run run = RUN("notify", "STATUS=loading", "notify", "READY=0",
                       "notify", "", "barrier", "exit", "3");
  (void)state;
  listen_to(&run);
  start(&run);
  await_end(&run);
  assert_int_equal(run.ready, 0);
  assert_int_equal(run.notices, 4);
  assert_says(&run, "exited with status 3");
  assert_says(&run, "; it said: loading");
  finish(&run);
}

static void P2_what_is_too_long_is_passed_over(void **state) {
  struct run run = RUN("notify-long", "READY=1\n", "5000", "notify", "STATUS=x",
                       "barrier", "exit", "0");
  (void)state;
  listen_to(&run);
  run_clean(&run);
  assert_int_equal(run.ready, 0);
  assert_int_equal(run.notices, 2);
  finish(&run);
}

static void P2_members_of_its_group_may_speak_for_it(void **state) {
  struct run run = RUN("notify-member", "READY=1", "barrier", "exit", "0");
  (void)state;
  listen_to(&run);
  run_clean(&run);
  assert_int_equal(run.ready, 1);
  finish(&run);
}

/* Where the kernel tells who it is. */
static void P2_strangers_may_not(void **state) {
  struct run run = RUN("notify-stranger", "READY=1", "notify", "STATUS=x",
                       "barrier", "exit", "0");
  (void)state;
  listen_to(&run);
  run_clean(&run);
  assert_int_equal(run.ready, world.mode->portable_spawn ? 1 : 0);
  assert_int_equal(run.notices, world.mode->portable_spawn ? 3 : 2);
  assert_string_equal(run.notice.status, "");
  finish(&run);
}

/* The host itself is a stranger. */
static void P2_nor_may_the_host(void **state) {
  struct run run = RUN("env", "NOTIFY_SOCKET", "await", "9", "exit", "0");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int sender = socket(AF_UNIX, SOCK_DGRAM, 0);
  int ends[2];
  char *name;
  (void)state;
  listen_to(&run);
  set_lines(&run);
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(sup_spec_pass_descriptor(run.spec, ends[0], 9), 0);
  start(&run);
  until(run.lines == 1);
  name = strchr(run.log, '=') + 1;
  *strchr(name, '\n') = '\0';
  strcpy(address.sun_path, name);
  if (*name == '@')
    *address.sun_path = '\0';
  assert_int_equal(
      sendto(sender, "READY=1", 7, 0, (struct sockaddr *)&address,
             offsetof(struct sockaddr_un, sun_path) + strlen(name)),
      7);
  close(sender);
  close(ends[0]);
  close(ends[1]);
  await_end(&run);
  assert_int_equal(run.ready, world.mode->portable_spawn ? 1 : 0);
  finish(&run);
}

/* ---- The environment ---------------------------------------------------- */

static void assert_logged(const struct run *run, const char *text) {
  if (strstr(run->log, text) == NULL)
    fprintf(stderr, "'%s' is not in:\n%s", text, run->log);
  assert_non_null(strstr(run->log, text));
}

#define PRINT_ALL                                                              \
  "env", "NOTIFY_SOCKET", "env", "WATCHDOG_USEC", "env", "WATCHDOG_PID"

static void W1_it_is_told_what_it_promised(void **state) {
  struct run run = RUN(PRINT_ALL, "pid");
  char expected[64];
  (void)state;
  set_lines(&run);
  run.heartbeat = SUP_MILLISECONDS(1500);
  start(&run);
  snprintf(expected, sizeof(expected), "1 WATCHDOG_PID=%lld\n",
           (long long)sup__process_pid(run.process));
  await_end(&run);
  assert_logged(&run, world.mode->portable_spawn ? "1 NOTIFY_SOCKET=/"
                                                 : "1 NOTIFY_SOCKET=@");
  assert_logged(&run, "1 WATCHDOG_USEC=1500000\n");
  assert_logged(&run, expected);
  assert_int_equal(run.ready, 0);
  finish(&run);
}

/* P7: what the host was told by its own supervisor is not for the child. */
static void P7_it_is_not_told_what_the_host_was(void **state) {
  static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC",
                                      "WATCHDOG_PID"};
  struct run mute = RUN(PRINT_ALL);
  struct run told = RUN(PRINT_ALL);
  struct run asked = RUN(PRINT_ALL);
  size_t i;
  (void)state;
  for (i = 0; i < 3; i++)
    setenv(names[i], "4711", 1);
  set_lines(&mute);
  run_clean(&mute);
  for (i = 0; i < 3; i++) {
    char expected[64];
    snprintf(expected, sizeof(expected), "1 %s is not set\n", names[i]);
    assert_logged(&mute, expected);
  }
  finish(&mute);
  listen_to(&told);
  set_lines(&told);
  sup_spec_set_variable(told.spec, "NOTIFY_SOCKET", "ours");
  run_clean(&told);
  assert_null(strstr(told.log, "ours"));
  assert_null(strstr(told.log, "NOTIFY_SOCKET is not set"));
  assert_logged(&told, "1 WATCHDOG_USEC is not set\n");
  finish(&told);
  /* But who says so himself knows why. */
  set_lines(&asked);
  for (i = 0; i < 3; i++)
    sup_spec_set_variable(asked.spec, names[i], "ours");
  run_clean(&asked);
  assert_logged(&asked, "1 NOTIFY_SOCKET=ours\n");
  assert_logged(&asked, "1 WATCHDOG_USEC=ours\n");
  assert_logged(&asked, "1 WATCHDOG_PID=ours\n");
  finish(&asked);
  for (i = 0; i < 3; i++)
    unsetenv(names[i]);
}

/* ---- What is left ------------------------------------------------------- */

/* P1: of a start that fails there is no socket and no folder left; the audit
 * looks for descriptors. */
static void P1_a_failed_start_leaves_no_socket(void **state) {
  static const char *const nowhere[] = {"/nowhere/program", NULL};
  char folder[] = "/tmp/notify_test.XXXXXX";
  struct run run = {.spec = make_spec(nowhere)};
  struct run good = RUN("notify", "READY=1");
  (void)state;
  assert_non_null(mkdtemp(folder));
  setenv("TMPDIR", folder, 1);
  listen_to(&run);
  fail_start(&run, SUP_STAGE_EXEC, ENOENT);
  finish(&run);
  listen_to(&good);
  run_clean(&good);
  finish(&good);
  unsetenv("TMPDIR");
  assert_int_equal(rmdir(folder), 0); /* nothing is in it */
}

/* So many at once that its own queue is full, from one that does not end. */
static void P2_a_flood_is_heard_to_its_end(void **state) {
  struct run run = RUN("watchdog", "0");
  (void)state;
  run.heartbeat = SUP_SECONDS(60);
  start(&run);
  until(run.notices >= 1000);
  assert_true(run.notice.alive);
  assert_int_equal(sup__process_stop(run.process, SIGKILL), 0);
  await_end(&run);
  assert_null(run.error);
  finish(&run);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      each_world_test(P2_it_says_that_it_is_ready),
      each_world_test(P2_its_last_words_are_heard),
      each_world_test(P2_other_messages_are_not_ready),
      each_world_test(P2_what_is_too_long_is_passed_over),
      each_world_test(P2_members_of_its_group_may_speak_for_it),
      each_world_test(P2_strangers_may_not),
      each_world_test(P2_nor_may_the_host),
      each_world_test(W1_it_is_told_what_it_promised),
      each_world_test(P7_it_is_not_told_what_the_host_was),
      each_world_test(P1_a_failed_start_leaves_no_socket),
      each_world_test(P2_a_flood_is_heard_to_its_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
