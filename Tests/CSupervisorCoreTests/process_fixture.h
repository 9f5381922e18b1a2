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

/*
 * What the tests of process/ share. Each test runs on a loop of its own thread,
 * with both watchers and both spawners, and leaves no descriptor, no child,
 * not even a zombie, and no memory behind.
 */

#ifndef PROCESS_FIXTURE_H
#define PROCESS_FIXTURE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "counting_allocator.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "process/berths.h"
#include "process/notice.h"
#include "process/process.h"

#define UNUSED __attribute__((unused))

/* The tests await events; this only ends one for which none comes. */
#define WATCHDOG_SECONDS 120

struct mode {
  bool no_pidfd;
  bool portable_spawn;
  bool berths; /* the child takes the beginning of the table alone */
};

static struct mode modes[] = {{false, false, false},
                              {true, false, false},
                              {false, true, false},
                              {true, true, false},
                              {false, false, true}};

static struct {
  const struct mode *mode;
  uv_loop_t uv;
  struct sup_loop *loop;
  struct sup_berths berths;
  int descriptors;
  struct line *lines; /* of the processes that were started */
} world;

/* What a process tells goes to a run, which is on the stack of its test: when
 * that has failed it is there no longer, and nobody is told. */
struct line {
  struct line *next;
  struct sup_process *process; /* NULL after the end */
  struct run *run;
  sup_spec *spec;
  sup_spec *left; /* by a test that has failed */
};

static UNUSED int count_descriptors(void) {
  DIR *directory = opendir("/dev/fd");
  int count = 0;
  assert_non_null(directory);
  while (readdir(directory) != NULL)
    count++;
  closedir(directory);
  return count;
}

/* Not even a zombie. */
static UNUSED void assert_no_children(void) {
  siginfo_t info;
  assert_int_equal(
      waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT), -1);
  assert_int_equal(errno, ECHILD);
}

static UNUSED int world_setup(void **state) {
  struct sup_loop_options options = {NULL, &world.uv, NULL};
  world.mode = *state == NULL ? &modes[0] : *state;
  alarm(WATCHDOG_SECONDS);
  counting_setup(state);
  options.allocator = sup__spec_allocator();
  /* libuv's first loop opens descriptors for all that follow. */
  if (uv_loop_init(&world.uv) != 0 || uv_loop_close(&world.uv) != 0)
    return -1;
  memset(&world.berths, 0, sizeof(world.berths));
  if (world.mode->berths)
    sup__berths_open(&world.berths);
  world.berths.worth = 0;
  world.descriptors = count_descriptors();
  if (uv_loop_init(&world.uv) != 0 ||
      sup__loop_create(&world.loop, &options) != 0)
    return -1;
  sup__loop_hold(world.loop);
  return 0;
}

/* A test that has failed leaves processes: they are not waited for. */
static UNUSED void hang_up(void) {
  for (struct line *line = world.lines; line != NULL; line = line->next) {
    line->run = NULL;
    if (line->process == NULL)
      continue;
    line->left = line->spec;
    sup__process_stop(line->process, SIGKILL);
    sup__process_resume(line->process);
    while (line->process != NULL)
      uv_run(&world.uv, UV_RUN_ONCE);
  }
}

static UNUSED void free_lines(void) {
  while (world.lines != NULL) {
    struct line *line = world.lines;
    world.lines = line->next;
    sup_spec_unref(line->left);
    free(line);
  }
}

static UNUSED int world_teardown(void **state) {
  hang_up();
  sup__loop_unhold(world.loop);
  sup__loop_close(world.loop);
  uv_run(&world.uv, UV_RUN_DEFAULT);
  free_lines();
  assert_int_equal(uv_loop_close(&world.uv), 0);
  assert_no_children();
  assert_int_equal(count_descriptors(), world.descriptors);
  sup__berths_close(&world.berths);
  alarm(0);
  return counting_teardown(state);
}

/* A test with the usual watcher and spawner, and one with each of the four
 * combinations, and where the child takes a part of the descriptors. */
#define world_test(function)                                                   \
  { #function, function, world_setup, world_teardown, &modes[0] }
#define each_world_test(function)                                              \
  {#function ", pidfd, clone", function, world_setup, world_teardown,          \
   &modes[0]},                                                                 \
      {#function ", thread, clone", function, world_setup, world_teardown,     \
       &modes[1]},                                                             \
      {#function ", pidfd, fork", function, world_setup, world_teardown,       \
       &modes[2]},                                                             \
      {#function ", thread, fork", function, world_setup, world_teardown,      \
       &modes[3]},                                                             \
  {                                                                            \
#function ", pidfd, berths", function, world_setup, world_teardown,        \
        &modes[4]                                                              \
  }

/* ---- Runs --------------------------------------------------------------- */

struct run {
  sup_spec *spec;
  struct sup_process *process; /* NULL before the start and after the end */
  sup_duration heartbeat;
  int notices;              /* messages of its own */
  struct sup_notice notice; /* the last one */
  int ready;                /* how often it was said to be */
  int ended;
  bool stopped;
  sup_failure_class what;
  sup_error *error;
  int code; /* of the start */
  int lines;
  int lines_before_ready;
  bool hold; /* answer lines with false */
  void (*at_end)(struct run *run);
  int64_t relative; /* a pid that it printed */
  /* Each line as "1 text\n"; 2 is stderr; before the blank p (partial),
   * c (continued), h (held); "1.\n" is an end. */
  char *log;
  size_t log_length;
  size_t log_size;
};

static UNUSED void log_bytes(struct run *run, const char *text, size_t length) {
  if (run->log_length + length + 1 > run->log_size) {
    run->log_size = (run->log_length + length + 1) * 2;
    run->log = realloc(run->log, run->log_size);
    assert_non_null(run->log);
  }
  memcpy(run->log + run->log_length, text, length);
  run->log_length += length;
  run->log[run->log_length] = '\0';
}

/* The number at the beginning of a line, which no NUL ends. */
static inline long long number_of(const char *text, size_t length) {
  char copy[128] = "";
  memcpy(copy, text, length < sizeof copy ? length : sizeof copy - 1);
  return atoll(copy);
}

static UNUSED bool run_line(void *ctx, const char *text, size_t length,
                            uint32_t flags) {
  struct run *run = ((struct line *)ctx)->run;
  if (run == NULL)
    return true;
  assert_int_equal(run->ended, 0);
  log_bytes(run, (flags & SUP_LINE_STDERR) != 0 ? "2" : "1", 1);
  if ((flags & SUP_LINE_PARTIAL) != 0)
    log_bytes(run, "p", 1);
  if ((flags & SUP_LINE_CONTINUED) != 0)
    log_bytes(run, "c", 1);
  if ((flags & SUP_LINE_HELD) != 0)
    log_bytes(run, "h", 1);
  if ((flags & SUP_LINE_END) != 0) {
    assert_int_equal(length, 0);
    log_bytes(run, ".", 1);
  } else {
    run->lines++;
    log_bytes(run, " ", 1);
    log_bytes(run, text, length);
    if (run->relative == 0)
      run->relative = number_of(text, length);
  }
  log_bytes(run, "\n", 1);
  return !run->hold;
}

static UNUSED void run_ready(void *ctx) {
  struct run *run = ((struct line *)ctx)->run;
  if (run == NULL)
    return;
  assert_int_equal(run->ended, 0);
  run->lines_before_ready = run->lines;
  run->ready++;
}

static UNUSED void run_notice(void *ctx, const struct sup_notice *notice) {
  struct run *run = ((struct line *)ctx)->run;
  if (run == NULL)
    return;
  assert_int_equal(run->ended, 0);
  run->notices++;
  run->notice = *notice;
}

static UNUSED void run_ended(void *ctx, sup_error *error,
                             sup_failure_class what, bool stopped) {
  struct line *line = ctx;
  struct run *run = line->run;
  line->process = NULL;
  if (run == NULL) {
    sup_error_unref(error);
    return;
  }
  run->ended++;
  run->error = error;
  run->what = what;
  run->stopped = stopped;
  if (run->at_end != NULL)
    run->at_end(run);
  run->process = NULL;
}

#define RUN(...)                                                               \
  { .spec = make_spec((const char *const[]){PROCESS_CHILD, __VA_ARGS__, NULL}) }

static UNUSED sup_spec *make_spec(const char *const *argv) {
  sup_spec *spec = sup_process_spec("child", argv);
  assert_non_null(spec);
  return spec;
}

static UNUSED void set_lines(struct run *run) {
  sup_output output = {.size = sizeof(output), .mode = SUP_OUTPUT_LINES};
  assert_int_equal(sup_spec_set_output(run->spec, &output, NULL), 0);
}

static UNUSED int start_with(struct run *run,
                             const struct sup_process_options *options,
                             const struct sup_process_reports *reports) {
  struct line *line = calloc(1, sizeof(*line));

  assert_non_null(line);
  *line = (struct line){.next = world.lines, .run = run, .spec = run->spec};
  world.lines = line;
  run->code = sup__process_start(&run->process, run->spec->u.process.data,
                                 options, reports, line, &run->error);
  line->process = run->process;
  return run->code;
}

static UNUSED int try_start(struct run *run) {
  static const struct sup_process_reports reports = {run_ready, run_notice,
                                                     run_line, run_ended};
  struct sup_process_options options = {
      .allocator = sup__spec_allocator(),
      .loop = world.loop,
      .heartbeat = run->heartbeat,
      .berths = world.mode->berths ? &world.berths : NULL,
      .no_pidfd = world.mode->no_pidfd,
      .portable_spawn = world.mode->portable_spawn};
  return start_with(run, &options, &reports);
}

static UNUSED void start(struct run *run) {
  try_start(run);
  if (run->code != 0)
    fprintf(stderr, "%s\n", sup_error_text(run->error));
  assert_int_equal(run->code, 0);
  assert_non_null(run->process);
  assert_null(run->error);
  assert_int_equal(run->ended, 0);
}

#define until(condition)                                                       \
  do {                                                                         \
    while (!(condition))                                                       \
      uv_run(&world.uv, UV_RUN_ONCE);                                          \
  } while (0)

/* A state letter of /proc; for what a test cannot be told otherwise. */
static UNUSED void await_state(int64_t pid, char wanted) {
  char path[64];
  char found = '?';
  snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
  while (found != wanted) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &found), 1);
    fclose(file);
    sched_yield();
  }
}

static UNUSED void rung(struct sup_alarm *alarm, uint64_t now) {
  (void)now;
  alarm->ring = NULL;
}

/* Let every deadline of the loop that is nearer than this pass. */
static UNUSED void pass(sup_duration time) {
  struct sup_alarm alarm;
  sup__alarm_init(&alarm, world.loop, rung);
  sup__alarm_by(&alarm, sup__loop_now() + time);
  until(alarm.ring == NULL);
  sup__alarm_close(&alarm);
}

static UNUSED void await_end(struct run *run) {
  until(run->ended > 0);
}

static UNUSED void finish(struct run *run) {
  sup_error_unref(run->error);
  sup_spec_unref(run->spec);
  free(run->log);
  memset(run, 0, sizeof(*run));
}

static UNUSED sup_process_end facts(const struct run *run) {
  sup_process_end end = {.size = sizeof(end)};
  assert_non_null(run->error);
  assert_int_equal(sup_error_process(run->error, &end), 0);
  return end;
}

/* Start it, wait for its end; it must be clean. */
static UNUSED void run_clean(struct run *run) {
  start(run);
  await_end(run);
  if (run->error != NULL)
    fprintf(stderr, "%s\n", sup_error_text(run->error));
  assert_null(run->error);
  assert_int_equal(run->ended, 1);
}

/* Start one that cannot; what was said is in run->error. */
static UNUSED void fail_start(struct run *run, sup_spawn_stage stage,
                              int error) {
  assert_int_equal(try_start(run), SUP_ESPAWN);
  assert_null(run->process);
  assert_int_equal(sup_error_code(run->error), SUP_ESPAWN);
  if (sup_error_system(run->error) != error || facts(run).stage != stage)
    fprintf(stderr, "%s\n", sup_error_text(run->error));
  assert_int_equal(facts(run).stage, stage);
  assert_int_equal(sup_error_system(run->error), error);
  assert_int_equal(run->ended, 0);
}

static UNUSED void assert_says(const struct run *run, const char *part) {
  const char *text = sup_error_text(run->error);
  if (strstr(text, part) == NULL)
    fprintf(stderr, "'%s' is not in: %s\n", part, text);
  assert_non_null(strstr(text, part));
}

/* Of the system's processes; a zombie does not live. */
static UNUSED bool lives(int64_t pid) {
  char path[64];
  char state = 'X';
  FILE *file;
  if (kill((pid_t)pid, 0) != 0)
    return false;
  snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
  file = fopen(path, "r");
  if (file == NULL)
    return errno != ENOENT;
  if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
    state = '?';
  fclose(file);
  return state != 'Z' && state != 'X';
}

#endif
