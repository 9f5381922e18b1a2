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

/* P2: processes that are up when a command succeeds. */

#include "process_fixture.h"

#include <sys/stat.h>

static char folder[] = "/tmp/process_probe_test.XXXXXX";

static const char *in_folder(const char *name) {
  static char path[4][100];
  static unsigned turn;
  char *text = path[turn++ % 4];
  snprintf(text, sizeof(path[0]), "%s/%s", folder, name);
  return text;
}

static void forget(const char *name) {
  unlink(in_folder(name));
}

/* How many lines a file has; the last number in *number, if wanted. */
static int lines_of(const char *name, int64_t *number) {
  FILE *file = fopen(in_folder(name), "r");
  char line[200];
  int count = 0;
  if (file == NULL)
    return 0;
  for (; fgets(line, sizeof(line), file) != NULL; count++)
    if (number != NULL)
      *number = atoll(line);
  fclose(file);
  return count;
}

/* A script whose $0 is the folder. */
#define SCRIPT(text)                                                           \
  { "/bin/sh", "-c", text, folder, NULL }

#define ASK(run, ...)                                                          \
  do {                                                                         \
    sup_readiness readiness_ = {.size = sizeof(readiness_),                    \
                                .kind = SUP_READY_COMMAND,                     \
                                .interval = SUP_MILLISECONDS(1),               \
                                __VA_ARGS__};                                  \
    assert_int_equal(sup_spec_set_readiness((run)->spec, &readiness_), 0);     \
  } while (0)

/* It was killed; the loop need not turn for that. */
static void await_gone(int64_t pid) {
  while (lives(pid))
    sched_yield();
}

static void stop(struct run *run) {
  assert_int_equal(sup__process_stop(run->process, SIGKILL), 0);
  await_end(run);
  assert_null(run->error);
}

static void assert_unready(struct run *run, const char *missing,
                           const char *seen) {
  sup_unready unready = {.size = sizeof(unready)};
  sup_error *error = sup__process_give_up(run->process);
  assert_non_null(error);
  assert_int_equal(sup_error_code(error), SUP_ESTARTTIMEOUT);
  assert_int_equal(sup_error_unready(error, &unready), 0);
  assert_int_equal(unready.kind, SUP_READY_COMMAND);
  assert_int_equal(strncmp(unready.missing, missing, strlen(missing)), 0);
  assert_non_null(unready.seen);
  if (strstr(unready.seen, seen) == NULL)
    fail_msg("'%s' is not in: %s", seen, unready.seen);
  assert_non_null(strstr(sup_error_text(error), unready.seen));
  assert_non_null(strstr(sup_error_text(error), missing));
  sup_error_unref(error);
}

static void p2_it_is_up_when_a_command_succeeds(void **state) {
  static const char *const script[] =
      SCRIPT("echo x >> $0/log; echo out; echo err >&2;"
             "[ $(wc -l < $0/log) -ge 3 ]");
  struct run run = RUN("sleep");
  (void)state;
  set_lines(&run);
  ASK(&run, .argv = script);
  start(&run);
  assert_int_equal(run.ready, 0); /* not within the call */
  until(run.ready > 0);
  assert_int_equal(lines_of("log", NULL), 3);
  pass(SUP_MILLISECONDS(20));
  assert_int_equal(lines_of("log", NULL), 3);
  assert_int_equal(run.ready, 1);
  stop(&run);
  assert_int_equal(run.ready, 1);
  assert_int_equal(run.lines, 0); /* its output went nowhere */
  finish(&run);
  forget("log");
}

static void p2_it_is_where_and_what_the_process_is(void **state) {
  static const char *const script[] =
      SCRIPT("[ $(pwd) = / ] && [ \"$COLOUR\" = red ] && [ -z \"$HOME\" ] &&"
             "[ -z \"$(cat)\" ] && [ ! -e /dev/fd/9 ]");
  struct run run = RUN("sleep");
  (void)state;
  assert_int_equal(sup_spec_set_directory(run.spec, "/"), 0);
  assert_int_equal(sup_spec_set_variable(run.spec, "COLOUR", "red"), 0);
  assert_int_equal(sup_spec_set_variable(run.spec, "HOME", NULL), 0);
  assert_int_equal(sup_spec_pass_descriptor(run.spec, 0, 9), 0);
  ASK(&run, .argv = script);
  start(&run);
  until(run.ready > 0);
  stop(&run);
  finish(&run);
}

static void p2_it_can_be_told_otherwise(void **state) {
  static const char *const script[] =
      SCRIPT("[ $(pwd) = $0 ] && [ \"$COLOUR\" = blue ] && [ -z \"$SIZE\" ]");
  static const char *const environment[] = {"COLOUR=blue", NULL};
  struct run run = RUN("sleep");
  (void)state;
  assert_int_equal(sup_spec_set_directory(run.spec, "/"), 0);
  assert_int_equal(sup_spec_set_variable(run.spec, "COLOUR", "red"), 0);
  assert_int_equal(sup_spec_set_variable(run.spec, "SIZE", "1"), 0);
  ASK(&run, .argv = script, .environment = environment, .directory = folder);
  start(&run);
  until(run.ready > 0);
  stop(&run);
  finish(&run);
}

static void p2_it_is_looked_up_in_the_path(void **state) {
  static const char *const argv[] = {"process_child", "exit", "0", NULL};
  struct run run = RUN("sleep");
  char path[] = PROCESS_CHILD;
  (void)state;
  *strrchr(path, '/') = '\0';
  assert_int_equal(sup_spec_set_variable(run.spec, "PATH", path), 0);
  ASK(&run, .argv = argv);
  start(&run);
  until(run.ready > 0);
  stop(&run);
  finish(&run);
}

static void p2_there_is_one_at_a_time(void **state) {
  static const char *const script[] =
      SCRIPT("mkdir $0/lock || echo both >> $0/both;"
             "sleep 0.01; rmdir $0/lock; echo x >> $0/log;"
             "[ $(wc -l < $0/log) -ge 4 ]");
  struct run run = RUN("sleep");
  (void)state;
  ASK(&run, .argv = script);
  start(&run);
  until(run.ready > 0);
  stop(&run);
  assert_int_equal(lines_of("both", NULL), 0);
  finish(&run);
  forget("log");
}

/* With what it has started. */
static void p2_one_that_takes_too_long_is_killed(void **state) {
  static const char *const script[] =
      SCRIPT("trap '' TERM; sleep 1000 & echo $! >> $0/pids;"
             "[ $(wc -l < $0/pids) -ge 3 ] && exit 0; wait");
  struct run run = RUN("sleep");
  uint64_t before = sup__loop_now();
  int64_t last = 0;
  (void)state;
  ASK(&run, .argv = script, .attempt_timeout = SUP_MILLISECONDS(200));
  start(&run);
  until(run.ready > 0);
  assert_true(sup__loop_now() - before >= SUP_MILLISECONDS(400));
  assert_int_equal(lines_of("pids", &last), 3);
  await_gone(last); /* of the one that succeeded, too */
  stop(&run);
  finish(&run);
  forget("pids");
}

/* Await the pid that the script wrote. */
static int64_t await_pid(void) {
  int64_t pid = 0;
  until(lines_of("pids", &pid) > 0);
  return pid;
}

static const char *const hanging[] =
    SCRIPT("sleep 1000 & echo $! >> $0/pids; wait");

static void p2_one_that_runs_ends_with_the_process(void **state) {
  struct run run = RUN("await", "4", "exit", "3");
  int gate[2];
  int64_t pid;
  (void)state;
  assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
  assert_int_equal(sup_spec_pass_descriptor(run.spec, gate[0], 4), 0);
  ASK(&run, .argv = hanging, .attempt_timeout = SUP_SECONDS(3600));
  start(&run);
  pid = await_pid();
  close(gate[1]);
  await_end(&run);
  assert_no_children(); /* when the end is told */
  assert_int_equal(facts(&run).status, 3);
  assert_int_equal(run.ready, 0);
  await_gone(pid);
  finish(&run);
  close(gate[0]);
  forget("pids");
}

static void p2_one_that_runs_ends_with_a_stop(void **state) {
  struct run run = RUN("ignore", "15", "sleep");
  int before = count_descriptors();
  int64_t pid;
  (void)state;
  ASK(&run, .argv = hanging, .attempt_timeout = SUP_SECONDS(3600));
  start(&run);
  pid = await_pid();
  assert_unready(&run,
                 "'/bin/sh -c sleep 1000 & echo $! >> $0/pids; wait "
                 "/tmp/process_probe_test",
                 "no exit yet");
  await_gone(pid);
  pass(SUP_MILLISECONDS(50));
  assert_int_equal(lines_of("pids", NULL), 1); /* and it is not run again */
  assert_int_equal(run.ended, 0);
  stop(&run);
  assert_int_equal(count_descriptors(), before);
  finish(&run);
  forget("pids");
}

static void p2_it_is_told_what_was_seen(void **state) {
  static const char *const seven[] = SCRIPT("echo x >> $0/log; exit 7");
  static const char *const nine[] = SCRIPT("echo x >> $0/log; kill -9 $$");
  static const char *const slow[] = SCRIPT("echo x >> $0/log; sleep 1000");
  static const char *const none[] = {"/nowhere/ping", "-q", NULL};
  static const struct {
    const char *const *argv;
    const char *seen;
  } cases[] = {{seven, "exit status 7"},
               {nine, "death by signal 9"},
               {slow, "no exit in time"},
               {none, "the program '/nowhere/ping' does not exist"}};
  size_t i;
  (void)state;
  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct run run = RUN("sleep");
    char missing[200];
    ASK(&run, .argv = cases[i].argv, .attempt_timeout = SUP_MILLISECONDS(100));
    start(&run);
    if (cases[i].argv == none)
      pass(SUP_MILLISECONDS(5));
    else
      until(lines_of("log", NULL) > 1); /* one attempt is over */
    snprintf(
        missing, sizeof(missing), "'%s %s%s%s%s%s' did not exit with status 0",
        cases[i].argv[0], cases[i].argv[1], cases[i].argv == none ? "" : " ",
        cases[i].argv == none ? "" : cases[i].argv[2],
        cases[i].argv == none ? "" : " ", cases[i].argv == none ? "" : folder);
    assert_unready(&run, missing, cases[i].seen);
    stop(&run);
    assert_int_equal(run.ready, 0);
    finish(&run);
    forget("log");
  }
}

static void p2_n5_commands_are_checked(void **state) {
  static const char *const none[] = {NULL}, *const empty[] = {"", NULL};
  static const char *const good[] = {"true", NULL}, *const bad[] = {"x", NULL};
  static const sup_readiness cases[] = {
      {.argv = NULL},
      {.argv = none},
      {.argv = empty},
      {.argv = good, .environment = bad},
      {.argv = good, .directory = ""},
      {.argv = good, .interval = SUP_INFINITE},
      {.argv = good, .attempt_timeout = SUP_SECONDS(86401)}};
  size_t i;
  (void)state;
  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct run run = RUN("sleep");
    sup_readiness readiness = cases[i];
    readiness.size = sizeof(readiness);
    readiness.kind = SUP_READY_COMMAND;
    assert_int_equal(sup_spec_set_readiness(run.spec, &readiness), SUP_EINVAL);
    readiness = (sup_readiness){
        .size = sizeof(readiness), .kind = SUP_READY_COMMAND, .argv = good};
    assert_int_equal(sup_spec_set_readiness(run.spec, &readiness), 0);
    finish(&run);
  }
}

static void p1_without_memory_at_any_point_nothing_is_left(void **state) {
  static const char *const argv[] = {PROCESS_CHILD, "exit", "0", NULL};
  static const char *const environment[] = {"A=b", NULL};
  bool succeeded = false;
  int failures = 0;
  long from;
  (void)state;
  for (from = 1; !succeeded; from++) {
    struct run run = RUN("sleep");
    sup_readiness readiness = {.size = sizeof(readiness),
                               .kind = SUP_READY_COMMAND,
                               .argv = argv,
                               .environment = environment,
                               .directory = "/",
                               .interval = SUP_MILLISECONDS(1)};
    int code;
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
  assert_true(failures >= 8);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      each_world_test(p2_it_is_up_when_a_command_succeeds),
      each_world_test(p2_it_is_where_and_what_the_process_is),
      world_test(p2_it_can_be_told_otherwise),
      world_test(p2_it_is_looked_up_in_the_path),
      world_test(p2_there_is_one_at_a_time),
      each_world_test(p2_one_that_takes_too_long_is_killed),
      each_world_test(p2_one_that_runs_ends_with_the_process),
      each_world_test(p2_one_that_runs_ends_with_a_stop),
      world_test(p2_it_is_told_what_was_seen),
      world_test(p2_n5_commands_are_checked),
      each_world_test(p1_without_memory_at_any_point_nothing_is_left),
  };
  int failed;
  if (mkdtemp(folder) == NULL)
    return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  rmdir(folder);
  return failed;
}
