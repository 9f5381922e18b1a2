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

/* What a process spec takes, and what it refuses (N4, N5, N6). */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "counting_allocator.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include <supervisor/process.h>

#include "engine/spec.h"
#include "process/command.h"
#include "process/process.h"

/* Where the headers forbid it, and a caller in C does it all the same. */
static void *nothing;

static sup_spec *make(void) {
  sup_spec *spec =
      sup_process_spec("child", (const char *const[]){"/bin/true", NULL});
  assert_non_null(spec);
  assert_null(spec->faults);
  return spec;
}

static struct sup_command *command_of(sup_spec *spec) {
  return spec->u.process.data;
}

/* The last fault must hold this. */
static void assert_fault(sup_spec *spec, int code, int expected,
                         const char *part) {
  assert_int_equal(code, expected);
  assert_non_null(spec->faults);
  assert_int_equal(spec->faults->code, expected);
  assert_non_null(strstr(spec->faults->text, part));
}

static void n4_a_spec_copies_its_command(void **state) {
  char program[] = "/bin/true";
  char argument[] = "argument";
  const char *argv[] = {program, argument, NULL};
  sup_spec *spec = sup_process_spec("child", argv);
  (void)state;
  assert_int_equal(sup_spec_kind(spec), SUP_KIND_PROCESS);
  program[1] = 'X';
  argument[0] = 'X';
  argv[1] = NULL;
  assert_int_equal(command_of(spec)->argument_count, 2);
  assert_string_equal(command_of(spec)->arguments[0], "/bin/true");
  assert_string_equal(command_of(spec)->arguments[1], "argument");
  assert_null(command_of(spec)->arguments[2]);
  sup_spec_unref(spec);
}

static void n5_an_empty_command_is_a_fault(void **state) {
  static const char *const none[] = {NULL};
  static const char *const empty[] = {"", NULL};
  const char *const *commands[] = {none, empty, nothing};
  size_t i;
  (void)state;
  for (i = 0; i < 3; i++) {
    sup_spec *spec = sup_process_spec("child", commands[i]);
    assert_fault(spec, SUP_EINVAL, SUP_EINVAL, "the command is empty");
    sup_spec_unref(spec);
  }
}

static void n5_environments_are_checked(void **state) {
  static const char *const good[] = {"A=1", "B=", "C=x=y", NULL};
  static const char *const bad[][2] = {{"A", NULL}, {"=x", NULL}, {"", NULL}};
  sup_spec *spec = make();
  size_t i;
  (void)state;
  assert_int_equal(sup_spec_set_environment(spec, good), 0);
  assert_int_equal(command_of(spec)->environment_count, 3);
  for (i = 0; i < 3; i++)
    assert_fault(spec, sup_spec_set_environment(spec, bad[i]), SUP_EINVAL,
                 "NAME=value");
  assert_int_equal(command_of(spec)->environment_count, 3); /* unchanged */
  assert_int_equal(sup_spec_set_environment(spec, NULL), 0);
  assert_null(command_of(spec)->environment);
  sup_spec_unref(spec);
}

static void n5_variables_are_checked(void **state) {
  sup_spec *spec = make();
  (void)state;
  assert_int_equal(sup_spec_set_variable(spec, "A", "1"), 0);
  assert_int_equal(sup_spec_set_variable(spec, "AB", "2"), 0);
  assert_int_equal(sup_spec_set_variable(spec, "A", NULL), 0);
  assert_int_equal(command_of(spec)->variable_count, 2);
  assert_true(command_of(spec)->variables->removed);
  assert_string_equal(command_of(spec)->variables->next->text, "AB=2");
  assert_fault(spec, sup_spec_set_variable(spec, "", "1"), SUP_EINVAL,
               "name of a variable");
  assert_fault(spec, sup_spec_set_variable(spec, "A=B", "1"), SUP_EINVAL,
               "name of a variable");
  assert_fault(spec, sup_spec_set_variable(spec, nothing, "1"), SUP_EINVAL,
               "name of a variable");
  sup_spec_unref(spec);
}

static void n5_directories_are_checked(void **state) {
  sup_spec *spec = make();
  (void)state;
  assert_int_equal(sup_spec_set_directory(spec, "/tmp"), 0);
  assert_fault(spec, sup_spec_set_directory(spec, ""), SUP_EINVAL,
               "empty name");
  assert_string_equal(command_of(spec)->directory, "/tmp");
  assert_int_equal(sup_spec_set_directory(spec, NULL), 0);
  assert_null(command_of(spec)->directory);
  sup_spec_unref(spec);
}

static bool same_file(int one, int other) {
  struct stat a, b;
  return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_ino == b.st_ino;
}

static void n4_descriptors_are_kept_until_the_spec_goes(void **state) {
  sup_spec *spec = make();
  int pair[2];
  int kept;
  (void)state;
  assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
  assert_int_equal(sup_spec_pass_descriptor(spec, pair[0], 9), 0);
  kept = command_of(spec)->passed->descriptor;
  assert_true(kept >= 3 && kept != pair[0]);
  assert_true(same_file(kept, pair[0]));
  assert_true((fcntl(kept, F_GETFD) & FD_CLOEXEC) != 0);
  close(pair[0]);
  assert_true(fcntl(kept, F_GETFD) >= 0);
  sup_spec_unref(spec);
  assert_int_equal(fcntl(kept, F_GETFD), -1);
  close(pair[1]);
}

static void n5_descriptors_are_checked(void **state) {
  static const int numbers[] = {2, 0, -1, 256, 100000};
  sup_readiness readiness = {
      .size = sizeof(readiness), .kind = SUP_READY_DESCRIPTOR, .number = 8};
  sup_spec *spec = make();
  const struct sup_passed *passed;
  int closed = fcntl(0, F_DUPFD_CLOEXEC, 100);
  size_t i;
  (void)state;
  close(closed);
  for (i = 0; i < 5; i++)
    assert_fault(spec, sup_spec_pass_descriptor(spec, 0, numbers[i]),
                 SUP_EINVAL, "between 3 and 255");
  assert_fault(spec, sup_spec_pass_descriptor(spec, closed, 3), SUP_EINVAL,
               "not open");
  assert_fault(spec, sup_spec_pass_descriptor(spec, -1, 3), SUP_EINVAL,
               "not open");
  assert_int_equal(sup_spec_pass_descriptor(spec, 0, 255), 0);
  assert_int_equal(sup_spec_pass_descriptor(spec, 0, 3), 0);
  assert_int_equal(sup_spec_pass_descriptor(spec, 0, 7), 0);
  assert_fault(spec, sup_spec_pass_descriptor(spec, 0, 7), SUP_EINVAL,
               "same number");
  assert_int_equal(sup_spec_set_readiness(spec, &readiness), 0);
  assert_fault(spec, sup_spec_pass_descriptor(spec, 0, 8), SUP_EINVAL,
               "same number");
  readiness.number = 7;
  assert_fault(spec, sup_spec_set_readiness(spec, &readiness), SUP_EINVAL,
               "same number");
  passed = command_of(spec)->passed;
  assert_int_equal(passed->number, 3);
  assert_int_equal(passed->next->number, 7);
  assert_int_equal(passed->next->next->number, 255);
  assert_int_equal(command_of(spec)->passed_count, 3);
  sup_spec_unref(spec);
}

static void n5_readiness_is_checked(void **state) {
  sup_readiness readiness = {.size = sizeof(readiness)};
  sup_spec *spec = make();
  (void)state;
  assert_false(sup__command_reports_ready(command_of(spec)));
  readiness.kind = SUP_READY_LINE;
  assert_fault(spec, sup_spec_set_readiness(spec, &readiness), SUP_EINVAL,
               "text of its readiness is empty");
  readiness.text = "";
  assert_fault(spec, sup_spec_set_readiness(spec, &readiness), SUP_EINVAL,
               "text of its readiness is empty");
  readiness.text = "ready";
  assert_int_equal(sup_spec_set_readiness(spec, &readiness), 0);
  assert_true(sup__command_reports_ready(command_of(spec)));
  readiness.kind = SUP_READY_DESCRIPTOR;
  readiness.number = 2;
  assert_fault(spec, sup_spec_set_readiness(spec, &readiness), SUP_EINVAL,
               "between 3 and 255");
  readiness.kind = (sup_ready_kind)8;
  assert_fault(spec, sup_spec_set_readiness(spec, &readiness), SUP_EINVAL,
               "kind of its readiness");
  readiness.size = 1;
  assert_fault(spec, sup_spec_set_readiness(spec, &readiness), SUP_EINVAL,
               "sizeof(sup_readiness)");
  assert_fault(spec, sup_spec_set_readiness(spec, nothing), SUP_EINVAL,
               "sizeof(sup_readiness)");
  assert_int_equal(command_of(spec)->ready, SUP_READY_LINE);
  assert_string_equal(command_of(spec)->ready_text, "ready");
  readiness.size = sizeof(readiness);
  readiness.kind = SUP_READY_EXEC;
  assert_int_equal(sup_spec_set_readiness(spec, &readiness), 0);
  assert_false(sup__command_reports_ready(command_of(spec)));
  sup_spec_unref(spec);
}

static void n5_times_and_addresses_of_readiness_are_checked(void **state) {
  static const char *const bad[] = {NULL, "", "localhost:80", "127.0.0.1:0",
                                    "run/x.sock"};
  sup_readiness readiness = {.size = sizeof(readiness)};
  char text[] = "127.0.0.1:5432";
  sup_spec *spec = make();
  size_t i;
  (void)state;
  readiness.kind = SUP_READY_TIME;
  assert_fault(spec, sup_spec_set_readiness(spec, &readiness), SUP_EINVAL,
               "zero or infinite");
  readiness.time = SUP_INFINITE;
  assert_fault(spec, sup_spec_set_readiness(spec, &readiness), SUP_EINVAL,
               "zero or infinite");
  /* As of a program that was built before there was a time. */
  readiness.time = SUP_SECONDS(1);
  readiness.size = offsetof(sup_readiness, time);
  assert_fault(spec, sup_spec_set_readiness(spec, &readiness), SUP_EINVAL,
               "zero or infinite");
  readiness.size = sizeof(readiness);
  assert_int_equal(sup_spec_set_readiness(spec, &readiness), 0);
  assert_int_equal(command_of(spec)->ready_time, SUP_SECONDS(1));
  assert_true(sup__command_reports_ready(command_of(spec)));
  readiness.kind = SUP_READY_CONNECT;
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    readiness.text = bad[i];
    assert_fault(spec, sup_spec_set_readiness(spec, &readiness), SUP_EINVAL,
                 "write \"127.0.0.1:5432\"");
  }
  assert_int_equal(command_of(spec)->ready, SUP_READY_TIME);
  readiness.text = text;
  assert_int_equal(sup_spec_set_readiness(spec, &readiness), 0);
  text[0] = 'x';
  assert_string_equal(command_of(spec)->ready_text, "127.0.0.1:5432");
  assert_true(sup__command_reports_ready(command_of(spec)));
  /* Of inherited output nothing is needed. */
  assert_null(sup__command_fault(command_of(spec), 0));
  sup_spec_unref(spec);
}

/* In whatever order they were said. */
static void n6_a_line_of_inherited_output_cannot_be_waited_for(void **state) {
  sup_readiness readiness = {
      .size = sizeof(readiness), .kind = SUP_READY_LINE, .text = "ready"};
  sup_output output = {.size = sizeof(output), .mode = SUP_OUTPUT_LINES};
  sup_spec *spec = make();
  (void)state;
  assert_null(sup__command_fault(command_of(spec), 0));
  sup_spec_set_readiness(spec, &readiness);
  assert_non_null(sup__command_fault(command_of(spec), 0));
  sup_spec_set_output(spec, &output, NULL);
  assert_null(sup__command_fault(command_of(spec), 0));
  output.mode = SUP_OUTPUT_INHERIT;
  sup_spec_set_output(spec, &output, NULL);
  assert_non_null(sup__command_fault(command_of(spec), 0));
  sup_spec_unref(spec);
}

static void n5_success_statuses_are_checked(void **state) {
  static const uint8_t good[] = {1, 63, 64, 128, 255};
  static const uint8_t bad[] = {1, 0, 2};
  uint8_t many[33];
  sup_spec *spec = make();
  int status;
  size_t i;
  (void)state;
  memset(many, 1, sizeof(many));
  assert_int_equal(sup_spec_set_success_statuses(spec, good, 5), 0);
  assert_fault(spec, sup_spec_set_success_statuses(spec, bad, 3), SUP_EINVAL,
               "0 is among");
  assert_fault(spec, sup_spec_set_success_statuses(spec, many, 33), SUP_EINVAL,
               "more than 32");
  for (status = -1; status <= 256; status++) {
    bool expected = status == 0;
    for (i = 0; i < 5; i++)
      expected = expected || status == good[i];
    assert_int_equal(sup__meaning_succeeds(&command_of(spec)->meaning, status),
                     expected);
  }
  assert_int_equal(sup_spec_set_success_statuses(spec, nothing, 0), 0);
  assert_false(sup__meaning_succeeds(&command_of(spec)->meaning, 64));
  sup_spec_unref(spec);
}

static sup_failure_class class_of(sup_spec *spec, int status, int signal) {
  sup_process_end end = {.size = sizeof(end),
                         .status = signal == 0 ? status : -1,
                         .signal = signal};
  return sup__meaning_class(&command_of(spec)->meaning, &end);
}

/* X6 */
static void x6_classes_of_ends_are_checked(void **state) {
  static const uint8_t config[] = {78, 255};
  static const uint8_t again[] = {1, 64};
  static const uint8_t zero[] = {0};
  static const int abort_or_kill[] = {SIGABRT, SIGKILL};
  static const int last[] = {64};
  static const int none[] = {0}, above[] = {65};
  sup_spec *spec = make();
  uint8_t many[33];
  (void)state;
  memset(many, 1, sizeof(many));
  assert_int_equal(
      sup_spec_set_failure_statuses(spec, SUP_FAILURE_HOPELESS, config, 2), 0);
  assert_int_equal(
      sup_spec_set_failure_statuses(spec, SUP_FAILURE_FORCED, again, 2), 0);
  assert_int_equal(sup_spec_set_failure_signals(spec, SUP_FAILURE_HOPELESS,
                                                abort_or_kill, 2),
                   0);
  assert_int_equal(
      sup_spec_set_failure_signals(spec, SUP_FAILURE_FORCED, last, 1), 0);
  assert_int_equal(class_of(spec, 78, 0), SUP_FAILURE_HOPELESS);
  assert_int_equal(class_of(spec, 255, 0), SUP_FAILURE_HOPELESS);
  assert_int_equal(class_of(spec, 1, 0), SUP_FAILURE_FORCED);
  assert_int_equal(class_of(spec, 64, 0), SUP_FAILURE_FORCED);
  assert_int_equal(class_of(spec, 2, 0), SUP_FAILURE_ORDINARY);
  assert_int_equal(class_of(spec, 128 + SIGABRT, 0), SUP_FAILURE_ORDINARY);
  assert_int_equal(class_of(spec, 0, SIGABRT), SUP_FAILURE_HOPELESS);
  assert_int_equal(class_of(spec, 0, 64), SUP_FAILURE_FORCED);
  assert_int_equal(class_of(spec, 0, 1), SUP_FAILURE_ORDINARY);
  assert_int_equal(sup_spec_check(spec, NULL), 0);
  assert_int_equal(
      sup_spec_set_failure_statuses(spec, SUP_FAILURE_HOPELESS, nothing, 0), 0);
  assert_int_equal(class_of(spec, 78, 0), SUP_FAILURE_ORDINARY);

  assert_fault(
      spec, sup_spec_set_failure_statuses(spec, SUP_FAILURE_HOPELESS, zero, 1),
      SUP_EINVAL, "hopeless; give 1 to 255");
  assert_fault(spec,
               sup_spec_set_failure_statuses(spec, SUP_FAILURE_FORCED, zero, 1),
               SUP_EINVAL, "force a restart; give 1 to 255");
  assert_fault(
      spec, sup_spec_set_failure_statuses(spec, SUP_FAILURE_FORCED, many, 33),
      SUP_EINVAL, "more than 32");
  assert_fault(
      spec, sup_spec_set_failure_statuses(spec, SUP_FAILURE_ORDINARY, again, 1),
      SUP_EINVAL, "neither hopeless nor forced");
  assert_fault(
      spec, sup_spec_set_failure_signals(spec, SUP_FAILURE_ORDINARY, last, 1),
      SUP_EINVAL, "neither hopeless nor forced");
  assert_fault(spec,
               sup_spec_set_failure_signals(spec, SUP_FAILURE_FORCED, none, 1),
               SUP_EINVAL, "no signal");
  assert_fault(spec,
               sup_spec_set_failure_signals(spec, SUP_FAILURE_FORCED, above, 1),
               SUP_EINVAL, "no signal");
  assert_int_equal(class_of(spec, 0, 64), SUP_FAILURE_FORCED); /* unchanged */
  sup_spec_unref(spec);
}

/* X6 N5 N6: all of them are told, in whatever order they were said. */
static void x6_contradictions_are_faults(void **state) {
  static const uint8_t both[] = {3, 200};
  static const int killed[] = {SIGKILL};
  static const char *const parts[] = {
      "means success, and is hopeless", "means success, and is a failure",
      "is hopeless, and forces", "death by one of the signals"};
  sup_report *report;
  sup_spec *spec = make();
  size_t i;
  (void)state;
  sup_spec_set_failure_statuses(spec, SUP_FAILURE_HOPELESS, both, 2);
  assert_int_equal(sup_spec_check(spec, NULL), 0);
  sup_spec_set_success_statuses(spec, both + 1, 1);
  assert_int_equal(sup_spec_check(spec, NULL), SUP_ESPEC);
  sup_spec_set_failure_statuses(spec, SUP_FAILURE_FORCED, both, 2);
  sup_spec_set_failure_signals(spec, SUP_FAILURE_FORCED, killed, 1);
  sup_spec_set_failure_signals(spec, SUP_FAILURE_HOPELESS, killed, 1);
  assert_int_equal(sup_spec_check(spec, &report), SUP_ESPEC);
  assert_int_equal(sup_report_count(report), 4);
  for (i = 0; i < 4; i++)
    assert_non_null(
        strstr(sup_error_text(sup_report_error(report, i)), parts[i]));
  sup_report_unref(report);
  sup_spec_set_failure_statuses(spec, SUP_FAILURE_FORCED, nothing, 0);
  sup_spec_set_failure_signals(spec, SUP_FAILURE_FORCED, nothing, 0);
  sup_spec_set_success_statuses(spec, nothing, 0);
  assert_int_equal(sup_spec_check(spec, NULL), 0);
  sup_spec_unref(spec);
}

static int freed;

static void count_freed(void *ctx) {
  assert_ptr_equal(ctx, &freed);
  freed++;
}

static void c6_the_context_of_the_output_is_taken_in_every_case(void **state) {
  sup_output output = {
      .size = sizeof(output), .mode = SUP_OUTPUT_LINES, .free = count_freed};
  sup_spec *supervisor = sup_supervisor_spec("all", SUP_ONE_FOR_ONE);
  sup_spec *spec = make();
  void *ctx;
  (void)state;
  freed = 0;
  assert_int_equal(sup_spec_set_output(spec, &output, &freed), 0);
  assert_int_equal(sup__command_output(command_of(spec), &ctx)->line_limit,
                   65536);
  assert_ptr_equal(ctx, &freed);
  assert_true(command_of(spec)->output.drain == SUP_MILLISECONDS(500));
  assert_int_equal(freed, 0);
  output.line_limit = 63;
  assert_fault(spec, sup_spec_set_output(spec, &output, &freed), SUP_EINVAL,
               "limit of its lines");
  assert_int_equal(freed, 1);
  output.line_limit = 1048577;
  assert_fault(spec, sup_spec_set_output(spec, &output, &freed), SUP_EINVAL,
               "limit of its lines");
  output.line_limit = 64;
  output.mode = (sup_output_mode)3;
  assert_fault(spec, sup_spec_set_output(spec, &output, &freed), SUP_EINVAL,
               "mode of its output");
  assert_int_equal(freed, 3);
  output.mode = SUP_OUTPUT_DISCARD;
  assert_fault(supervisor, sup_spec_set_output(supervisor, &output, &freed),
               SUP_EINVAL, "it is no process");
  assert_int_equal(freed, 4);
  assert_int_equal(sup_spec_set_output(spec, &output, &freed), 0);
  assert_int_equal(freed, 5); /* the former one's */
  assert_fault(spec, sup_spec_set_output(spec, nothing, NULL), SUP_EINVAL,
               "sizeof(sup_output)");
  sup__spec_freeze(spec);
  assert_int_equal(sup_spec_set_output(spec, &output, &freed), SUP_EFROZEN);
  assert_int_equal(freed, 6);
  sup_spec_unref(spec);
  assert_int_equal(freed, 7);
  sup_spec_unref(supervisor);
}

static void n6_settings_of_processes_are_for_processes(void **state) {
  static const uint8_t statuses[] = {1};
  sup_readiness readiness = {.size = sizeof(readiness)};
  sup_spec *spec = sup_supervisor_spec("all", SUP_ONE_FOR_ONE);
  (void)state;
  assert_fault(spec, sup_spec_set_directory(spec, "/"), SUP_EINVAL,
               "it is no process");
  assert_int_equal(sup_spec_set_environment(spec, NULL), SUP_EINVAL);
  assert_int_equal(sup_spec_set_variable(spec, "A", "B"), SUP_EINVAL);
  assert_int_equal(sup_spec_pass_descriptor(spec, 0, 3), SUP_EINVAL);
  assert_int_equal(sup_spec_set_readiness(spec, &readiness), SUP_EINVAL);
  assert_int_equal(sup_spec_set_success_statuses(spec, statuses, 1),
                   SUP_EINVAL);
  sup_spec_unref(spec);
  /* What a constructor without memory returned. */
  assert_int_equal(sup_spec_set_directory(nothing, "/"), SUP_ENOMEM);
  assert_int_equal(sup_spec_set_variable(nothing, "A", "B"), SUP_ENOMEM);
}

static void n4_a_started_spec_does_not_change(void **state) {
  static const uint8_t statuses[] = {1};
  sup_readiness readiness = {.size = sizeof(readiness)};
  sup_spec *spec = make();
  (void)state;
  sup__spec_freeze(spec);
  assert_int_equal(sup_spec_set_directory(spec, "/"), SUP_EFROZEN);
  assert_int_equal(sup_spec_set_environment(spec, NULL), SUP_EFROZEN);
  assert_int_equal(sup_spec_set_variable(spec, "A", "B"), SUP_EFROZEN);
  assert_int_equal(sup_spec_pass_descriptor(spec, 0, 3), SUP_EFROZEN);
  assert_int_equal(sup_spec_set_readiness(spec, &readiness), SUP_EFROZEN);
  assert_int_equal(sup_spec_set_success_statuses(spec, statuses, 1),
                   SUP_EFROZEN);
  assert_null(spec->faults);
  sup_spec_unref(spec);
}

static void c2_without_memory_at_any_point_nothing_is_lost(void **state) {
  static const char *const argv[] = {"/bin/true", "one", "two", NULL};
  static const char *const environment[] = {"A=1", "B=2", NULL};
  sup_readiness readiness = {
      .size = sizeof(readiness), .kind = SUP_READY_LINE, .text = "ready"};
  sup_output output = {.size = sizeof(output), .mode = SUP_OUTPUT_DISCARD};
  bool whole = false;
  long from;
  (void)state;
  for (from = 1; !whole; from++) {
    sup_spec *spec;
    int failures = 0;
    counting_fail_at(from, from);
    spec = sup_process_spec("child", argv);
    if (spec != NULL) {
      failures += sup_spec_set_directory(spec, "/tmp") == SUP_ENOMEM;
      failures += sup_spec_set_environment(spec, environment) == SUP_ENOMEM;
      failures += sup_spec_set_variable(spec, "A", "B") == SUP_ENOMEM;
      failures += sup_spec_pass_descriptor(spec, 0, 3) == SUP_ENOMEM;
      failures += sup_spec_set_readiness(spec, &readiness) == SUP_ENOMEM;
      assert_int_equal(sup_spec_set_output(spec, &output, NULL), 0);
      whole = failures == 0;
      assert_true(failures <= 1);
    }
    counting_fail_at(0, 0);
    /* A setter whose answer nobody looked at is found by the check. */
    if (spec != NULL)
      assert_int_equal(sup_spec_check(spec, NULL), whole ? 0 : SUP_ESPEC);
    sup_spec_unref(spec);
    assert_int_equal(atomic_load(&counting.live), 0);
  }
  assert_true(from > 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      counted_test(n4_a_spec_copies_its_command),
      counted_test(n5_an_empty_command_is_a_fault),
      counted_test(n5_environments_are_checked),
      counted_test(n5_variables_are_checked),
      counted_test(n5_directories_are_checked),
      counted_test(n4_descriptors_are_kept_until_the_spec_goes),
      counted_test(n5_descriptors_are_checked),
      counted_test(n5_readiness_is_checked),
      counted_test(n5_times_and_addresses_of_readiness_are_checked),
      counted_test(n6_a_line_of_inherited_output_cannot_be_waited_for),
      counted_test(n5_success_statuses_are_checked),
      counted_test(x6_classes_of_ends_are_checked),
      counted_test(x6_contradictions_are_faults),
      counted_test(c6_the_context_of_the_output_is_taken_in_every_case),
      counted_test(n6_settings_of_processes_are_for_processes),
      counted_test(n4_a_started_spec_does_not_change),
      counted_test(c2_without_memory_at_any_point_nothing_is_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
