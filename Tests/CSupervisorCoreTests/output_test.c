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

/* Output line by line through real pipes, and readiness. */

#include "process_fixture.h"

static void set_output(struct run *run, sup_output output) {
  output.size = sizeof(output);
  assert_int_equal(sup_spec_set_output(run->spec, &output, NULL), 0);
}

static size_t count(const char *text, const char *part) {
  size_t found = 0;
  while ((text = strstr(text, part)) != NULL) {
    found++;
    text += strlen(part);
  }
  return found;
}

/* ---- P9: lines ---------------------------------------------------------- */

static void p9_an_unfinished_last_line_comes_before_the_end(void **state) {
  int i;
  (void)state;
  for (i = 0; i < 50; i++) {
    struct run run = RUN("out", "a", "partial", "b");
    set_output(&run, (sup_output){.mode = SUP_OUTPUT_LINES, .merge = true});
    run_clean(&run);
    assert_string_equal(run.log, "1 a\n1p b\n1.\n");
    finish(&run);
  }
}

static void p9_each_stream_is_told_apart_and_has_its_end(void **state) {
  struct run run = RUN("out", "one", "err", "two", "out", "", "err", "three");
  (void)state;
  set_lines(&run);
  run_clean(&run);
  assert_int_equal(run.lines, 4);
  assert_true(strstr(run.log, "1 one\n") < strstr(run.log, "1 \n"));
  assert_true(strstr(run.log, "2 two\n") < strstr(run.log, "2 three\n"));
  assert_true(strstr(run.log, "1 \n") < strstr(run.log, "1.\n"));
  assert_true(strstr(run.log, "2 three\n") < strstr(run.log, "2.\n"));
  assert_int_equal(count(run.log, ".\n"), 2);
  finish(&run);
}

static void p9_merged_streams_keep_their_order(void **state) {
  struct run run =
      RUN("out", "1", "err", "2", "err", "3", "out", "4", "err", "5");
  (void)state;
  set_output(&run, (sup_output){.mode = SUP_OUTPUT_LINES, .merge = true});
  run_clean(&run);
  assert_string_equal(run.log, "1 1\n1 2\n1 3\n1 4\n1 5\n1.\n");
  finish(&run);
}

static void p9_one_byte_at_a_time_is_the_same_line(void **state) {
  struct run run = RUN("bytewise", "the quick brown fox", "bytewise", "jumps");
  (void)state;
  set_output(&run, (sup_output){.mode = SUP_OUTPUT_LINES, .merge = true});
  run_clean(&run);
  assert_string_equal(run.log, "1 the quick brown fox\n1 jumps\n1.\n");
  finish(&run);
}

static void p9_a_line_above_the_limit_is_cut(void **state) {
  struct run run = RUN("line", "64", "line", "65", "line", "200");
  char expected[1024];
  char x[65];
  (void)state;
  memset(x, 'x', 64);
  x[64] = '\0';
  snprintf(expected, sizeof(expected),
           "1 %s\n1c %s\n1 x\n1c %s\n1c %s\n1c %s\n1 %.8s\n1.\n", x, x, x, x, x,
           x);
  set_output(
      &run,
      (sup_output){.mode = SUP_OUTPUT_LINES, .merge = true, .line_limit = 64});
  run_clean(&run);
  assert_string_equal(run.log, expected);
  finish(&run);
}

/* Counts only; a flood is not kept. */
struct flood {
  struct run run;
  uint64_t bytes;
  uint64_t lines;
  uint64_t errors; /* lines of stderr, which are not among those */
  bool in_order;
};

static bool flood_line(void *ctx, const char *text, size_t length,
                       uint32_t flags) {
  struct flood *flood = (struct flood *)((struct line *)ctx)->run;
  if (flood == NULL || (flags & SUP_LINE_END) != 0)
    return true;
  if ((flags & SUP_LINE_STDERR) != 0) {
    flood->errors++;
    return true;
  }
  if (length == 99 && (uint64_t)number_of(text, length) != flood->lines)
    flood->in_order = false;
  flood->bytes += length + ((flags & SUP_LINE_PARTIAL) == 0);
  flood->lines++;
  return !flood->run.hold;
}

static size_t most_bytes, bytes;

static void *measure_allocate(void *ctx, size_t size) {
  (void)ctx;
  bytes += size;
  most_bytes = bytes > most_bytes ? bytes : most_bytes;
  return malloc(size);
}

static void measure_release(void *ctx, void *memory, size_t size) {
  (void)ctx;
  bytes -= size;
  free(memory);
}

static const sup_allocator measured = {sizeof(measured), measure_allocate,
                                       measure_release, NULL};

static void start_flood(struct flood *flood) {
  static const struct sup_process_reports reports = {run_ready, NULL,
                                                     flood_line, run_ended};
  struct sup_process_options options = {.allocator = &measured,
                                        .loop = world.loop,
                                        .no_pidfd = world.mode->no_pidfd,
                                        .portable_spawn =
                                            world.mode->portable_spawn};
  bytes = most_bytes = 0;
  flood->in_order = true;
  assert_int_equal(start_with(&flood->run, &options, &reports), 0);
}

static void p9_a_flood_is_whole_and_in_order_in_bounded_memory(void **state) {
  struct flood flood = {.run = RUN("spam", "30000000")};
  (void)state;
  set_lines(&flood.run);
  start_flood(&flood);
  await_end(&flood.run);
  assert_null(flood.run.error);
  assert_true(flood.bytes == 30000000);
  assert_true(flood.lines == 300000);
  assert_true(flood.in_order);
  assert_true(most_bytes < 128 * 1024);
  assert_int_equal(bytes, 0);
  finish(&flood.run);
}

static void p9_ten_megabytes_without_a_newline_are_bounded_too(void **state) {
  struct flood flood = {.run = RUN("line", "10000000")};
  (void)state;
  set_lines(&flood.run);
  start_flood(&flood);
  await_end(&flood.run);
  assert_null(flood.run.error);
  /* The pieces are counted as if each had a newline. */
  assert_true(flood.lines == 10000000 / 65536 + 1);
  assert_true(flood.bytes == 10000000 + flood.lines);
  assert_true(most_bytes < 256 * 1024);
  finish(&flood.run);
}

static void p9_held_back_the_process_waits_and_nothing_is_lost(void **state) {
  struct flood flood = {.run = RUN("spam", "5000000", "err", "done")};
  int turns;
  int64_t pid;
  (void)state;
  set_lines(&flood.run);
  flood.run.hold = true;
  start_flood(&flood);
  pid = sup__process_pid(flood.run.process);
  until(flood.lines == 1);
  /* It is blocked: no more lines, no end, and memory stays where it is. */
  for (turns = 0; turns < 100; turns++)
    uv_run(&world.uv, UV_RUN_NOWAIT);
  assert_true(flood.lines == 1);
  assert_int_equal(flood.run.ended, 0);
  assert_true(most_bytes < 64 * 1024); /* one read, and no more */
  assert_true(lives(pid));
  /* One resume is one line, while it goes on to hold. */
  sup__process_resume(flood.run.process);
  until(flood.lines == 2);
  assert_true(flood.lines == 2);
  flood.run.hold = false;
  sup__process_resume(flood.run.process);
  await_end(&flood.run);
  assert_null(flood.run.error);
  assert_true(flood.bytes == 5000000);
  assert_true(flood.lines == 50000);
  assert_true(flood.errors == 1);
  assert_true(flood.in_order);
  assert_true(most_bytes < 128 * 1024);
  finish(&flood.run);
}

static void hold_beyond_the_exit(sup_duration drain) {
  struct run run = RUN("out", "1", "out", "2", "err", "3", "partial", "4");
  int line;
  set_output(
      &run,
      (sup_output){.mode = SUP_OUTPUT_LINES, .merge = true, .drain = drain});
  run.hold = true;
  start(&run);
  until(run.lines == 1);
  /* It ends and is reaped; the report waits for the reader, not for a time. */
  until(sup__process_pid(run.process) == 0);
  for (line = 2; line <= 4; line++) {
    pass(SUP_MILLISECONDS(3));
    assert_int_equal(run.lines, line - 1);
    assert_int_equal(run.ended, 0);
    assert_int_equal(sup__process_signal(run.process, SIGTERM, true),
                     SUP_ENOTRUNNING);
    sup__process_resume(run.process);
    until(run.lines == line);
  }
  pass(SUP_MILLISECONDS(3));
  run.hold = false;
  sup__process_resume(run.process);
  assert_int_equal(run.ended, 0); /* never within the call */
  await_end(&run);
  assert_null(run.error);
  assert_string_equal(run.log, "1 1\n1 2\n1 3\n1p 4\n1.\n");
  finish(&run);
}

static void p9_held_back_beyond_the_exit_every_line_still_comes(void **state) {
  (void)state;
  hold_beyond_the_exit(SUP_MILLISECONDS(1));
  hold_beyond_the_exit(SUP_INFINITE);
}

static void p9_resuming_what_is_not_held_does_nothing(void **state) {
  struct run run = RUN("out", "1");
  struct run plain = RUN("exit", "0");
  (void)state;
  set_lines(&run);
  start(&run);
  start(&plain);
  sup__process_resume(run.process);
  sup__process_resume(plain.process);
  await_end(&run);
  await_end(&plain);
  assert_int_equal(run.lines, 1);
  finish(&run);
  finish(&plain);
}

static void p9_output_may_end_long_before_the_process(void **state) {
  struct run run = RUN("out", "bye", "close", "1", "close", "2", "sleep");
  int turns;
  (void)state;
  set_lines(&run);
  start(&run);
  until(run.log != NULL && count(run.log, ".\n") == 2);
  for (turns = 0; turns < 50; turns++)
    uv_run(&world.uv, UV_RUN_NOWAIT);
  assert_int_equal(run.ended, 0);
  assert_int_equal(sup__process_stop(run.process, SIGTERM), 0);
  await_end(&run);
  assert_true(run.stopped);
  assert_int_equal(count(run.log, ".\n"), 2);
  finish(&run);
}

/* ---- P9: output that somebody else holds -------------------------------- */

static void p9_an_escapee_is_waited_for_only_so_long(void **state) {
  struct run run = RUN("escapee", "3", "partial", "cut off", "exit", "2");
  uint64_t before;
  int pair[2];
  (void)state;
  assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
  sup_spec_pass_descriptor(run.spec, pair[0], 3);
  set_output(&run, (sup_output){.mode = SUP_OUTPUT_LINES,
                                .merge = true,
                                .drain = SUP_MILLISECONDS(200)});
  before = sup__loop_now();
  start(&run);
  await_end(&run);
  assert_true(sup__loop_now() - before >= SUP_MILLISECONDS(200));
  assert_int_equal(facts(&run).status, 2);
  assert_true(facts(&run).runtime < sup__loop_now() - before);
  assert_non_null(strstr(run.log, "1p cut off\n1h.\n"));
  /* It is in a session of its own, so it is none of ours; it ends now. */
  assert_true(lives(run.relative));
  close(pair[1]);
  close(pair[0]);
  finish(&run);
}

static void p9_an_escapee_that_writes_for_ever_does_not_keep_it(void **state) {
  struct run run = RUN("chatty-escapee", "3", "exit", "0");
  (void)state;
  sup_spec_pass_descriptor(run.spec, 0, 3);
  set_output(&run, (sup_output){.mode = SUP_OUTPUT_LINES,
                                .merge = true,
                                .drain = SUP_MILLISECONDS(50)});
  run_clean(&run);
  assert_int_equal(count(run.log, "1h.\n"), 1);
  /* It dies of the closed pipe. */
  while (lives(run.relative))
    sched_yield();
  finish(&run);
}

static int echo_to;

/* For each line another one. */
static bool echo_line(void *ctx, const char *text, size_t length,
                      uint32_t flags) {
  if (((struct line *)ctx)->run != NULL && (flags & SUP_LINE_END) == 0)
    assert_int_equal(write(echo_to, "again\n", 6), 6);
  return run_line(ctx, text, length, flags);
}

static void p9_even_one_that_answers_every_line_does_not_keep_it(void **state) {
  static const struct sup_process_reports reports = {run_ready, NULL, echo_line,
                                                     run_ended};
  struct sup_process_options options = {.allocator = sup__spec_allocator(),
                                        .loop = world.loop,
                                        .no_pidfd = world.mode->no_pidfd,
                                        .portable_spawn =
                                            world.mode->portable_spawn};
  struct run run = RUN("out", "first", "sleep");
  char path[64];
  (void)state;
  set_output(&run, (sup_output){.mode = SUP_OUTPUT_LINES,
                                .merge = true,
                                .drain = SUP_MILLISECONDS(20)});
  assert_int_equal(start_with(&run, &options, &reports), 0);
  snprintf(path, sizeof(path), "/proc/%lld/fd/1",
           (long long)sup__process_pid(run.process));
  echo_to = open(path, O_WRONLY | O_CLOEXEC);
  assert_true(echo_to >= 0);
  assert_int_equal(sup__process_stop(run.process, SIGKILL), 0);
  await_end(&run);
  assert_true(run.stopped);
  assert_int_equal(count(run.log, "1h.\n"), 1);
  close(echo_to);
  finish(&run);
}

static void
p9_what_came_before_the_exit_is_whole_without_patience(void **state) {
  int i;
  (void)state;
  for (i = 0; i < 20; i++) {
    struct run run = RUN("escapee", "3", "spam", "60000", "exit", "0");
    int pair[2];
    assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
    sup_spec_pass_descriptor(run.spec, pair[0], 3);
    set_output(&run, (sup_output){
                         .mode = SUP_OUTPUT_LINES, .merge = true, .drain = 1});
    start(&run);
    await_state(sup__process_pid(run.process), 'Z');
    await_end(&run);
    assert_null(run.error);
    assert_int_equal(run.lines, 601);
    assert_int_equal(count(run.log, "1h.\n"), 1);
    close(pair[0]);
    close(pair[1]);
    finish(&run);
  }
}

static void p9_a_member_of_the_group_holds_nothing_back(void **state) {
  struct run run = RUN("member", "exit", "0");
  uint64_t before = sup__loop_now();
  (void)state;
  set_output(&run, (sup_output){.mode = SUP_OUTPUT_LINES,
                                .merge = true,
                                .drain = SUP_SECONDS(100)});
  run_clean(&run);
  assert_int_equal(count(run.log, "h.\n"), 0);
  assert_int_equal(count(run.log, "1.\n"), 1);
  assert_true(sup__loop_now() - before < SUP_SECONDS(90));
  finish(&run);
}

static void p9_an_escapee_that_ends_in_time_is_read_to_its_end(void **state) {
  struct run run = {0};
  (void)state;
  run.spec = make_spec((const char *const[]){
      "/bin/sh", "-c", "echo first; setsid sh -c 'sleep 0.1; echo last' &",
      NULL});
  set_output(&run, (sup_output){.mode = SUP_OUTPUT_LINES,
                                .merge = true,
                                .drain = SUP_SECONDS(60)});
  start(&run);
  await_end(&run);
  /* If it was still of the group it died with that; then nothing is held. */
  assert_null(strstr(run.log, "h.\n"));
  assert_non_null(strstr(run.log, "1 first\n"));
  finish(&run);
}

/* ---- Other modes -------------------------------------------------------- */

static void p9_real_pipes_can_be_opened_by_name(void **state) {
  struct run run = RUN("append", "/dev/stderr", "by name\n", "append",
                       "/dev/stdout", "as well\n");
  (void)state;
  set_lines(&run);
  run_clean(&run);
  assert_non_null(strstr(run.log, "2 by name\n"));
  assert_non_null(strstr(run.log, "1 as well\n"));
  finish(&run);
}

static void p7_inherited_and_discarded_output(void **state) {
  struct run inherit = RUN("out", "hello", "err", "there");
  struct run discard = RUN("out", "never", "err", "seen");
  int pair[2], former[2], i;
  char text[64] = "";
  (void)state;
  assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
  for (i = 0; i < 2; i++) {
    former[i] = fcntl(1 + i, F_DUPFD_CLOEXEC, 3);
    dup2(pair[1], 1 + i);
  }
  set_output(&discard, (sup_output){.mode = SUP_OUTPUT_DISCARD});
  try_start(&inherit);
  await_end(&inherit);
  try_start(&discard);
  await_end(&discard);
  for (i = 0; i < 2; i++) {
    dup2(former[i], 1 + i);
    close(former[i]);
  }
  close(pair[1]);
  assert_int_equal(read(pair[0], text, sizeof(text) - 1), 12);
  assert_string_equal(text, "hello\nthere\n");
  assert_int_equal(read(pair[0], text, sizeof(text)), 0);
  close(pair[0]);
  assert_null(inherit.log);
  assert_null(discard.log);
  finish(&inherit);
  finish(&discard);
}

static void p7_a_host_without_stdout_gives_none(void **state) {
  struct run run = RUN("fds", "exit", "3");
  int former = fcntl(1, F_DUPFD_CLOEXEC, 3);
  (void)state;
  fflush(stdout);
  close(1);
  try_start(&run);
  if (run.code == 0)
    await_end(&run);
  dup2(former, 1);
  close(former);
  assert_int_equal(run.code, 0);
  assert_int_equal(facts(&run).status, 3);
  finish(&run);
}

/* ---- P3: the last lines ------------------------------------------------- */

static void p3_the_last_lines_go_with_the_error(void **state) {
  struct run run =
      RUN("out", "first", "out", "", "partial", "last", "exit", "1");
  struct run silent = RUN("exit", "1");
  struct run elsewhere = RUN("err", "not ours", "exit", "1");
  (void)state;
  set_output(&run, (sup_output){.mode = SUP_OUTPUT_LINES, .merge = true});
  start(&run);
  await_end(&run);
  assert_string_equal(sup_error_output(run.error), "first\n\nlast");
  finish(&run);
  set_lines(&silent);
  start(&silent);
  await_end(&silent);
  assert_null(sup_error_output(silent.error));
  finish(&silent);
  set_output(&elsewhere, (sup_output){.mode = SUP_OUTPUT_DISCARD});
  start(&elsewhere);
  await_end(&elsewhere);
  assert_null(sup_error_output(elsewhere.error));
  finish(&elsewhere);
}

static void p3_of_much_output_whole_last_lines_are_kept(void **state) {
  struct run run = RUN("spam", "100000", "out", "the cause", "exit", "1");
  const char *output;
  (void)state;
  set_output(&run, (sup_output){.mode = SUP_OUTPUT_LINES, .merge = true});
  start(&run);
  await_end(&run);
  output = sup_error_output(run.error);
  assert_true(strlen(output) <= 8192);
  assert_true(strlen(output) > 8192 - 200);
  assert_int_equal(strcspn(output, "\n"), 99); /* begins with a whole one */
  assert_string_equal(output + strlen(output) - 10, "\nthe cause");
  finish(&run);
}

static void p3_one_long_last_line_is_kept_by_its_end(void **state) {
  struct run run = RUN("line", "50000", "exit", "1");
  (void)state;
  set_output(&run, (sup_output){.mode = SUP_OUTPUT_LINES, .merge = true});
  start(&run);
  await_end(&run);
  assert_int_equal(strlen(sup_error_output(run.error)), 8191);
  finish(&run);
}

/* ---- P2: readiness ------------------------------------------------------ */

static void set_ready_line(struct run *run, const char *text) {
  sup_readiness readiness = {
      .size = sizeof(readiness), .kind = SUP_READY_LINE, .text = text};
  assert_int_equal(sup_spec_set_readiness(run->spec, &readiness), 0);
  assert_true(sup__command_reports_ready(run->spec->u.process.data));
}

static void set_ready_number(struct run *run, int number) {
  sup_readiness readiness = {.size = sizeof(readiness),
                             .kind = SUP_READY_DESCRIPTOR,
                             .number = number};
  assert_int_equal(sup_spec_set_readiness(run->spec, &readiness), 0);
}

static void stop_and_finish(struct run *run) {
  assert_int_equal(sup__process_stop(run->process, SIGKILL), 0);
  await_end(run);
  finish(run);
}

static void p2_ready_by_a_line_of_either_stream(void **state) {
  static const char *const streams[] = {"out", "err"};
  size_t i;
  (void)state;
  for (i = 0; i < 2; i++) {
    struct run run = {0};
    run.spec = make_spec((const char *const[]){
        PROCESS_CHILD, streams[i], "Ready soon", streams[i],
        "* Ready to accept connections", streams[i], "Ready to accept: again",
        "sleep", NULL});
    set_lines(&run);
    set_ready_line(&run, "Ready to accept");
    start(&run);
    until(run.lines == 3);
    assert_int_equal(run.ready, 1);              /* once */
    assert_int_equal(run.lines_before_ready, 2); /* the one that says so, too */
    stop_and_finish(&run);
  }
}

static void p2_a_line_that_does_not_come_is_no_readiness(void **state) {
  struct run run = RUN("out", "Read", "out", "y", "err", "almost", "exit", "0");
  (void)state;
  set_lines(&run);
  set_ready_line(&run, "Ready");
  run_clean(&run);
  assert_int_equal(run.ready, 0);
  finish(&run);
}

static void p2_ready_by_a_line_that_is_otherwise_discarded(void **state) {
  struct run run = RUN("out", "up", "spam", "500000", "sleep");
  (void)state;
  set_output(&run, (sup_output){.mode = SUP_OUTPUT_DISCARD});
  set_ready_line(&run, "up");
  start(&run);
  until(run.ready == 1);
  assert_null(run.log);
  assert_int_equal(run.lines, 0);
  stop_and_finish(&run);
}

static void p2_a_line_of_inherited_output_cannot_be_seen(void **state) {
  struct run run = RUN("out", "up");
  (void)state;
  set_ready_line(&run, "up");
  assert_non_null(sup__command_fault(run.spec->u.process.data, 0));
  fail_start(&run, SUP_STAGE_ARGUMENTS, EINVAL);
  assert_says(&run, "its readiness is a line of its output");
  finish(&run);
}

static void p2_ready_by_a_newline_on_a_descriptor(void **state) {
  struct run run = RUN("write", "7", "status text", "newline", "7", "write",
                       "7", "more\nand more\n", "close", "7", "sleep");
  (void)state;
  set_ready_number(&run, 7);
  start(&run);
  assert_int_equal(run.ready, 0);
  until(run.ready == 1);
  stop_and_finish(&run);
}

static void p2_an_end_without_a_newline_is_no_readiness(void **state) {
  struct run run =
      RUN("write", "7", "almost", "close", "7", "newline", "1", "sleep");
  int turns;
  (void)state;
  set_lines(&run);
  set_ready_number(&run, 7);
  start(&run);
  until(run.lines == 1);
  for (turns = 0; turns < 20; turns++)
    uv_run(&world.uv, UV_RUN_NOWAIT);
  assert_int_equal(run.ready, 0);
  assert_int_equal(run.ended, 0);
  stop_and_finish(&run);
}

static void p2_ready_and_gone_at_once_is_both(void **state) {
  struct run run = RUN("newline", "3", "exit", "4");
  (void)state;
  set_ready_number(&run, 3);
  start(&run);
  await_end(&run);
  assert_int_equal(run.ready, 1);
  assert_int_equal(facts(&run).status, 4);
  finish(&run);
}

static void p2_an_inherited_notification_does_not_keep_it(void **state) {
  struct run run = RUN("escapee", "3", "exit", "0");
  int pair[2];
  (void)state;
  assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
  sup_spec_pass_descriptor(run.spec, pair[0], 3);
  set_output(&run, (sup_output){.mode = SUP_OUTPUT_DISCARD});
  set_ready_number(&run, 4);
  run_clean(&run);
  assert_int_equal(run.ready, 0);
  close(pair[0]);
  close(pair[1]); /* ends the escapee */
  finish(&run);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      each_world_test(p9_an_unfinished_last_line_comes_before_the_end),
      each_world_test(p9_each_stream_is_told_apart_and_has_its_end),
      each_world_test(p9_merged_streams_keep_their_order),
      each_world_test(p9_one_byte_at_a_time_is_the_same_line),
      each_world_test(p9_a_line_above_the_limit_is_cut),
      each_world_test(p9_a_flood_is_whole_and_in_order_in_bounded_memory),
      each_world_test(p9_ten_megabytes_without_a_newline_are_bounded_too),
      each_world_test(p9_held_back_the_process_waits_and_nothing_is_lost),
      each_world_test(p9_held_back_beyond_the_exit_every_line_still_comes),
      each_world_test(p9_resuming_what_is_not_held_does_nothing),
      each_world_test(p9_output_may_end_long_before_the_process),
      each_world_test(p9_an_escapee_is_waited_for_only_so_long),
      each_world_test(p9_an_escapee_that_writes_for_ever_does_not_keep_it),
      each_world_test(p9_even_one_that_answers_every_line_does_not_keep_it),
      each_world_test(p9_what_came_before_the_exit_is_whole_without_patience),
      each_world_test(p9_a_member_of_the_group_holds_nothing_back),
      each_world_test(p9_an_escapee_that_ends_in_time_is_read_to_its_end),
      each_world_test(p9_real_pipes_can_be_opened_by_name),
      each_world_test(p7_inherited_and_discarded_output),
      each_world_test(p7_a_host_without_stdout_gives_none),
      each_world_test(p3_the_last_lines_go_with_the_error),
      each_world_test(p3_of_much_output_whole_last_lines_are_kept),
      each_world_test(p3_one_long_last_line_is_kept_by_its_end),
      each_world_test(p2_ready_by_a_line_of_either_stream),
      each_world_test(p2_a_line_that_does_not_come_is_no_readiness),
      each_world_test(p2_ready_by_a_line_that_is_otherwise_discarded),
      each_world_test(p2_a_line_of_inherited_output_cannot_be_seen),
      each_world_test(p2_ready_by_a_newline_on_a_descriptor),
      each_world_test(p2_an_end_without_a_newline_is_no_readiness),
      each_world_test(p2_ready_and_gone_at_once_is_both),
      each_world_test(p2_an_inherited_notification_does_not_keep_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
