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

/* Starts: what goes wrong is named, what goes right is as it was asked for. */

#include "process_fixture.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "process/spawn.h"
#include "process/watch.h"

/* ---- A directory for the files of a test -------------------------------- */

static char scratch[64];

static void make_scratch(void) {
  snprintf(scratch, sizeof(scratch), "/tmp/spawn_test.XXXXXX");
  assert_non_null(mkdtemp(scratch));
}

static void remove_scratch(void) {
  pid_t pid = fork();
  int status;
  if (pid == 0) {
    execl("/bin/rm", "rm", "-rf", scratch, (char *)NULL);
    _exit(1);
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
}

/* The path is good until the next call but three. */
static const char *at(const char *name) {
  static char paths[4][128];
  static unsigned next;
  char *path = paths[next++ % 4];
  snprintf(path, 128, "%s/%s", scratch, name);
  return path;
}

static const char *make_file(const char *name, const char *text, mode_t mode) {
  const char *path = at(name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  chmod(path, mode);
  return path;
}

static struct run run_of(const char *program, const char *argument) {
  struct run run = {
      .spec = make_spec((const char *const[]){program, argument, NULL})};
  return run;
}

/* ---- P1: what is missing is named --------------------------------------- */

static void p1_a_program_that_is_not_in_path(void **state) {
  struct run run = run_of("redis-serverr", NULL);
  (void)state;
  sup_spec_set_variable(run.spec, "PATH", "/usr/bin:/bin");
  fail_start(&run, SUP_STAGE_EXEC, ENOENT);
  assert_string_equal(sup_error_text(run.error),
                      "the program 'redis-serverr' was not found in PATH "
                      "(/usr/bin:/bin); install it or give its path");
  assert_false(facts(&run).transient);
  finish(&run);

  run = run_of("redis-serverr", NULL);
  sup_spec_set_variable(run.spec, "PATH", NULL);
  fail_start(&run, SUP_STAGE_EXEC, ENOENT);
  assert_says(&run, "PATH (which is not set, so /usr/bin:/bin)");
  finish(&run);
}

static void p1_a_path_at_which_there_is_no_program(void **state) {
  struct run run = run_of("/nonexistent/program", NULL);
  (void)state;
  fail_start(&run, SUP_STAGE_EXEC, ENOENT);
  assert_says(&run, "'/nonexistent/program' does not exist");
  finish(&run);
}

static void
p1_a_missing_directory_is_told_from_a_missing_program(void **state) {
  struct run run = run_of("/bin/true", NULL);
  (void)state;
  sup_spec_set_directory(run.spec, "/nonexistent/place");
  fail_start(&run, SUP_STAGE_DIRECTORY, ENOENT);
  assert_says(&run, "the directory '/nonexistent/place' cannot be entered");
  finish(&run);
  run = run_of("/bin/true", NULL);
  sup_spec_set_directory(run.spec, "/bin/true");
  fail_start(&run, SUP_STAGE_DIRECTORY, ENOTDIR);
  finish(&run);
}

static void p1_a_directory_without_permission(void **state) {
  struct run run = run_of("/bin/true", NULL);
  (void)state;
  make_scratch();
  mkdir(at("closed"), 0);
  sup_spec_set_directory(run.spec, at("closed"));
  if (geteuid() == 0) {
    run_clean(&run); /* nothing is closed to root */
  } else {
    fail_start(&run, SUP_STAGE_DIRECTORY, EACCES);
  }
  finish(&run);
  remove_scratch();
}

static void p1_what_may_not_be_executed(void **state) {
  struct run run;
  (void)state;
  make_scratch();
  run = run_of(make_file("plain", "#!/bin/sh\n", 0644), NULL);
  fail_start(&run, SUP_STAGE_EXEC, EACCES);
  assert_says(&run, "may not be executed; make it executable");
  finish(&run);
  run = run_of(scratch, NULL);
  fail_start(&run, SUP_STAGE_EXEC, EACCES);
  assert_says(&run, "is a directory");
  finish(&run);
  remove_scratch();
}

static void p1_a_missing_interpreter_is_named(void **state) {
  struct run run;
  (void)state;
  make_scratch();
  run = run_of(make_file("script", "#! /opt/nowhere/python3 -u\n", 0755), NULL);
  fail_start(&run, SUP_STAGE_INTERPRETER, ENOENT);
  assert_says(&run, "'#!/opt/nowhere/python3'");
  finish(&run);

  /* As if it were written on another system. */
  run = run_of(make_file("script2", "#!/bin/sh\r\nexit 0\n", 0755), NULL);
  assert_int_equal(try_start(&run), SUP_ESPAWN);
  assert_int_equal(sup_error_system(run.error), ENOENT);
  finish(&run);

  /* Relative to the directory in which it starts. */
  make_file("tool", "#!/opt/nowhere/tool\n", 0755);
  run = run_of("./tool", NULL);
  sup_spec_set_directory(run.spec, scratch);
  fail_start(&run, SUP_STAGE_INTERPRETER, ENOENT);
  assert_says(&run, "'#!/opt/nowhere/tool'");
  finish(&run);
  remove_scratch();
}

static void p1_a_text_without_an_interpreter(void **state) {
  struct run run;
  (void)state;
  make_scratch();
  run = run_of(make_file("text", "echo hello\n", 0755), NULL);
  fail_start(&run, SUP_STAGE_EXEC, ENOEXEC);
  assert_says(&run, "no '#!' line");
  finish(&run);
  remove_scratch();
}

static void p1_arguments_that_are_too_long(void **state) {
  size_t size = 3u << 20;
  char *text = malloc(size + 1);
  struct run run;
  (void)state;
  memset(text, 'a', size);
  text[size] = '\0';
  run = run_of("/bin/true", text);
  fail_start(&run, SUP_STAGE_ARGUMENTS, E2BIG);
  assert_says(&run, "too long");
  assert_false(facts(&run).transient);
  finish(&run);
  run = run_of("/bin/true", NULL);
  sup_spec_set_variable(run.spec, "LONG", text);
  fail_start(&run, SUP_STAGE_ARGUMENTS, E2BIG);
  finish(&run);
  free(text);
}

static void p1_a_program_that_is_being_written_is_transient(void **state) {
  struct run run;
  int descriptor;
  (void)state;
  make_scratch();
  run = run_of(make_file("busy", "#!/bin/sh\n", 0755), NULL);
  descriptor = open(at("busy"), O_WRONLY | O_CLOEXEC);
  if (try_start(&run) == 0) {
    /* Newer kernels let a program be written to. */
    await_end(&run);
  } else {
    assert_int_equal(sup_error_system(run.error), ETXTBSY);
    assert_int_equal(facts(&run).stage, SUP_STAGE_EXEC);
    assert_true(facts(&run).transient);
  }
  close(descriptor);
  finish(&run);
  remove_scratch();
}

static void p1_the_search_passes_over_what_cannot_run(void **state) {
  char path[512];
  struct run run;
  (void)state;
  make_scratch();
  mkdir(at("a"), 0755);
  mkdir(at("a/tool"), 0755); /* a directory of that name */
  mkdir(at("b"), 0755);
  make_file("b/tool", "not executable", 0644);
  mkdir(at("c"), 0755);
  symlink("../real", at("c/tool")); /* followed */
  make_file("real", "#!/bin/sh\nexit 7\n", 0755);
  snprintf(path, sizeof(path), "PATH=::%s/a:%s/b:%s/none:%s/c:", scratch,
           scratch, scratch, scratch);
  run = run_of("tool", NULL);
  sup_spec_set_environment(run.spec, (const char *const[]){path, NULL});
  start(&run);
  await_end(&run);
  assert_int_equal(facts(&run).status, 7);
  finish(&run);

  snprintf(path, sizeof(path), "PATH=%s/a:%s/b", scratch, scratch);
  run = run_of("tool", NULL);
  sup_spec_set_environment(run.spec, (const char *const[]){path, NULL});
  fail_start(&run, SUP_STAGE_EXEC, EACCES);
  assert_says(&run, "may not be executed");
  finish(&run);
  remove_scratch();
}

static void p1_the_present_directory_is_not_searched(void **state) {
  struct run run;
  char former[4096];
  (void)state;
  make_scratch();
  make_file("tool", "#!/bin/sh\nexit 0\n", 0755);
  /* Neither the one in which it starts nor the host's. */
  assert_non_null(getcwd(former, sizeof(former)));
  assert_int_equal(chdir(scratch), 0);
  run = run_of("tool", NULL);
  sup_spec_set_directory(run.spec, scratch);
  sup_spec_set_variable(run.spec, "PATH", ":.:./:");
  fail_start(&run, SUP_STAGE_EXEC, ENOENT);
  finish(&run);
  assert_int_equal(chdir(former), 0);
  /* With a slash it is a path, from the directory in which it starts. */
  run = run_of("./tool", NULL);
  sup_spec_set_directory(run.spec, scratch);
  run_clean(&run);
  finish(&run);
  remove_scratch();
}

/* ---- P1: without descriptors -------------------------------------------- */

static void p1_without_descriptors_nothing_leaks(void **state) {
  sup_readiness readiness = {
      .size = sizeof(readiness), .kind = SUP_READY_DESCRIPTOR, .number = 3};
  struct rlimit former, limit;
  int highest = fcntl(0, F_DUPFD_CLOEXEC, 3);
  int failures = 0;
  int worked = 0;
  int number;
  (void)state;
  close(highest);
  getrlimit(RLIMIT_NOFILE, &former);
  for (number = highest + 24; number >= highest; number--) {
    struct run run = RUN("exit", "0");
    int before = count_descriptors();
    set_lines(&run);
    sup_spec_set_readiness(run.spec, &readiness);
    limit = former;
    limit.rlim_cur = (rlim_t)number;
    setrlimit(RLIMIT_NOFILE, &limit);
    try_start(&run);
    setrlimit(RLIMIT_NOFILE, &former);
    if (run.code == 0) {
      await_end(&run);
      /* Under so tight a limit its program may not find its libraries. */
      worked++;
    } else {
      sup_process_end end = facts(&run);
      assert_int_equal(run.code, SUP_ESPAWN);
      assert_true(end.stage == SUP_STAGE_DESCRIPTORS ||
                  end.stage == SUP_STAGE_FORK || end.stage == SUP_STAGE_EXEC);
      if (sup_error_system(run.error) == EMFILE)
        assert_true(end.transient);
      failures++;
    }
    finish(&run);
    uv_run(&world.uv, UV_RUN_NOWAIT);
    assert_int_equal(count_descriptors(), before);
    assert_no_children();
  }
  assert_true(failures > 3);
  assert_true(worked > 3);
}

static void p1_a_number_above_the_limit_is_named(void **state) {
  struct run run = RUN("exit", "0");
  struct rlimit former, limit;
  (void)state;
  assert_int_equal(sup_spec_pass_descriptor(run.spec, 0, 200), 0);
  getrlimit(RLIMIT_NOFILE, &former);
  limit = former;
  limit.rlim_cur = 100;
  setrlimit(RLIMIT_NOFILE, &limit);
  try_start(&run);
  setrlimit(RLIMIT_NOFILE, &former);
  assert_int_equal(run.code, SUP_ESPAWN);
  assert_int_equal(facts(&run).stage, SUP_STAGE_DESCRIPTORS);
  finish(&run);
}

/* ---- P7: what a process sees -------------------------------------------- */

static void assert_logged(const struct run *run, const char *line) {
  const char *log = run->log == NULL ? "(nothing)" : run->log;
  if (strstr(log, line) == NULL)
    fprintf(stderr, "'%s' is not in: %s\n", line, log);
  assert_non_null(strstr(log, line));
}

static void p7_only_the_descriptors_that_were_declared(void **state) {
  struct run run = RUN("fds");
  int leaks[500];
  int high, pair[2];
  size_t i;
  (void)state;
  for (i = 0; i < 500; i++) { /* as careless code opens them */
    leaks[i] = open("/dev/null", O_RDONLY);
    assert_true(leaks[i] >= 0);
  }
  high = fcntl(leaks[0], F_DUPFD, 12000);
  assert_int_equal(pipe(pair), 0);
  assert_int_equal(sup_spec_pass_descriptor(run.spec, pair[0], 9), 0);
  assert_int_equal(sup_spec_pass_descriptor(run.spec, pair[1], 255), 0);
  assert_int_equal(sup_spec_pass_descriptor(run.spec, leaks[7], 4), 0);
  set_lines(&run);
  run_clean(&run);
  assert_logged(&run, "1 fds 0 1 2 4 9 255\n");
  finish(&run);
  for (i = 0; i < 500; i++)
    close(leaks[i]);
  close(high);
  close(pair[0]);
  close(pair[1]);
}

static int spawn_given(struct sup_given *given, size_t count,
                       const char *const *argv, bool no_close_range,
                       int share_below) {
  struct sup_spawned spawned;
  char *const environment[] = {NULL};
  struct sup_spawn spawn = {.path = PROCESS_CHILD,
                            .arguments = (char *const *)argv,
                            .environment = environment,
                            .directory = -1,
                            .given = given,
                            .given_count = count,
                            .share_below = share_below,
                            .no_close_range = no_close_range};
  int status;
  int error = world.mode->portable_spawn ? sup__spawn_portable(&spawn, &spawned)
                                         : sup__spawn(&spawn, &spawned);
  assert_int_equal(error, 0);
  assert_int_equal(spawned.cannot_share, SUP_SPAWN_SHARES_MEMORY &&
                                             !world.mode->portable_spawn &&
                                             share_below > 0 && no_close_range);
  assert_int_equal(waitpid(spawned.pid, &status, 0), spawned.pid);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/* Three files that say which they are, put in each other's places. */
static void p7_descriptors_may_trade_places(void **state) {
  static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                  {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  size_t order, i;
  (void)state;
  for (order = 0; order < 6; order++) {
    struct sup_given given[6];
    int files[3];
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int base;
    for (i = 0; i < 3; i++)
      files[i] = memfd_create("place", MFD_CLOEXEC);
    base = files[0];
    assert_int_equal(files[2], base + 2);
    for (i = 0; i < 3; i++) {
      given[i] = (struct sup_given){null, (int)i};
      given[3 + i] = (struct sup_given){base + orders[order][i], base + (int)i};
    }
    {
      char numbers[3][8];
      for (i = 0; i < 3; i++)
        snprintf(numbers[i], sizeof(numbers[i]), "%d", base + (int)i);
      assert_int_equal(
          spawn_given(given, 6,
                      (const char *const[]){PROCESS_CHILD, "write", numbers[0],
                                            "a", "write", numbers[1], "b",
                                            "write", numbers[2], "c", NULL},
                      false, world.mode->berths ? base + 3 : 0),
          0);
    }
    for (i = 0; i < 3; i++) {
      char text[8] = "";
      assert_int_equal(pread(files[orders[order][i]], text, 7, 0), 1);
      assert_int_equal(text[0], "abc"[i]);
    }
    for (i = 0; i < 3; i++)
      close(files[i]);
    close(null);
  }
}

/* On an older kernel the list in /proc does the same, and a child that was to
 * take a part of the table takes it all. */
static void p7_without_close_range_nothing_leaks_either(void **state) {
  int leaks[300];
  int file = memfd_create("out", MFD_CLOEXEC);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  int low = open("/dev/null", O_RDONLY);
  size_t i;
  (void)state;
  for (i = 0; i < 300; i++)
    leaks[i] = open("/dev/null", O_RDONLY);
  for (int share_below = 0; share_below <= low; share_below += low) {
    struct sup_given given[] = {{null, 0}, {file, 1}, {null, 2}, {null, 40}};
    char text[256] = "";

    assert_int_equal(ftruncate(file, 0), 0);
    lseek(file, 0, SEEK_SET);
    assert_int_equal(
        spawn_given(given, 4, (const char *const[]){PROCESS_CHILD, "fds", NULL},
                    true, share_below),
        0);
    assert_true(pread(file, text, sizeof(text) - 1, 0) > 0);
    assert_string_equal(text, "fds 0 1 2 40\n");
  }
  for (i = 0; i < 300; i++)
    close(leaks[i]);
  close(file);
  close(null);
  close(low);
}

/* What a child sees of the host's table: how large its own is. */
static int table_of_child(void) {
  static const char *const argv[] = {
      "/bin/sh", "-c",
      "while read a b; do case $a in FDSize:) echo $b; esac; done "
      "< /proc/$$/status",
      NULL};
  struct run run = {.spec = make_spec(argv)};
  int size;
  set_lines(&run);
  run_clean(&run);
  assert_int_equal(strncmp(run.log, "1 ", 2), 0);
  size = atoi(run.log + 2);
  finish(&run);
  return size;
}

/* A process gets a copy of what it is given, and of nothing else that a host
 * with many descriptors has, wherever its own stand in there. */
static void p8_the_descriptors_of_the_host_do_not_matter(void **state) {
  int many[700];
  int size;
  size_t i;
  (void)state;
  if (!SUP_SPAWN_SHARES_MEMORY)
    skip();
  for (i = 0; i < 700; i++) {
    many[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(many[i] >= 0);
  }
  size = table_of_child();
  assert_int_equal(size < 700, world.mode->berths);
  assert_int_equal(world.berths.taken, 0);
  for (i = 0; i < 700; i++)
    close(many[i]);
}

static void p7_no_signal_is_blocked_or_ignored(void **state) {
  struct run run = RUN("mask");
  struct sigaction action, former[65];
  sigset_t all, mask;
  int number;
  (void)state;
  memset(&action, 0, sizeof(action));
  action.sa_handler = SIG_IGN;
  for (number = 1; number <= 64; number++)
    if (number != SIGALRM && number != SIGCHLD)
      sigaction(number, &action, &former[number]);
  sigfillset(&all);
  sigdelset(&all, SIGALRM);
  pthread_sigmask(SIG_SETMASK, &all, &mask);
  set_lines(&run);
  start(&run);
  await_end(&run);
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  for (number = 1; number <= 64; number++)
    if (number != SIGALRM && number != SIGCHLD)
      sigaction(number, &former[number], NULL);
  assert_null(run.error);
  assert_logged(&run, "1 blocked\n1 not default\n");
  finish(&run);
}

static void p7_the_hosts_own_mask_is_as_it_was(void **state) {
  struct run run = RUN("exit", "0");
  struct run failing = run_of("/nonexistent/x", NULL);
  sigset_t before, after;
  int number;
  (void)state;
  pthread_sigmask(SIG_SETMASK, NULL, &before);
  sigaddset(&before, SIGUSR2);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  run_clean(&run);
  fail_start(&failing, SUP_STAGE_EXEC, ENOENT);
  pthread_sigmask(SIG_SETMASK, NULL, &after);
  for (number = 1; number <= 64; number++)
    assert_int_equal(sigismember(&before, number) == 1,
                     sigismember(&after, number) == 1);
  sigdelset(&before, SIGUSR2);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  finish(&run);
  finish(&failing);
}

static void p7_directory_session_and_input(void **state) {
  char real[4096];
  struct run run =
      RUN("cwd", "session", "stdin", "flags", "1", "flags", "2", "argument0");
  (void)state;
  make_scratch();
  assert_non_null(realpath(scratch, real));
  sup_spec_set_directory(run.spec, scratch);
  set_lines(&run);
  run_clean(&run);
  assert_logged(&run, real);
  assert_logged(&run, "1 leader 1 1\n");
  assert_logged(&run, "1 stdin 0\n");
  assert_logged(&run, "1 blocking\n1 blocking\n");
  assert_logged(&run, "1 " PROCESS_CHILD "\n");
  finish(&run);
  remove_scratch();
}

static void p7_the_environment_is_the_hosts_unless_changed(void **state) {
  struct run run = RUN("env", "SPAWN_KEPT", "env", "SPAWN_GONE", "env",
                       "SPAWN_NEW", "env", "SPAWN_CHANGED");
  (void)state;
  sup_spec_set_variable(run.spec, "SPAWN_GONE", NULL);
  sup_spec_set_variable(run.spec, "SPAWN_NEW", "first");
  sup_spec_set_variable(run.spec, "SPAWN_NEW", "a=b");
  sup_spec_set_variable(run.spec, "SPAWN_CHANGED", "");
  /* As it is at the start, not as it was when the spec was made. */
  setenv("SPAWN_KEPT", "kept", 1);
  setenv("SPAWN_GONE", "still here", 1);
  setenv("SPAWN_CHANGED", "old", 1);
  set_lines(&run);
  run_clean(&run);
  assert_logged(&run, "1 SPAWN_KEPT=kept\n1 SPAWN_GONE is not set\n"
                      "1 SPAWN_NEW=a=b\n1 SPAWN_CHANGED=\n");
  unsetenv("SPAWN_KEPT");
  unsetenv("SPAWN_GONE");
  unsetenv("SPAWN_CHANGED");
  finish(&run);
}

static void p7_a_whole_environment_replaces_the_hosts(void **state) {
  struct run run = RUN("env", "HOME", "env", "ONE", "env", "TWO");
  static const char *const environment[] = {"ONE=1", "TWO=2", NULL};
  (void)state;
  sup_spec_set_variable(run.spec, "TWO", "changed");
  sup_spec_set_environment(run.spec, environment);
  set_lines(&run);
  run_clean(&run);
  assert_logged(&run, "1 HOME is not set\n1 ONE=1\n1 TWO=changed\n");
  finish(&run);
}

/* ---- P8 ----------------------------------------------------------------- */

/* The least of some: whatever else the machine does only adds to it. */
static uint64_t least_start(const struct mode *mode, int count) {
  uint64_t least = UINT64_MAX;
  world.mode = mode;
  while (count-- > 0) {
    struct run run = run_of("/bin/true", NULL);
    uint64_t before = sup__loop_now();
    uint64_t time;
    start(&run);
    time = sup__loop_now() - before;
    least = time < least ? time : least;
    await_end(&run);
    finish(&run);
  }
  return least;
}

static void p8_the_memory_of_the_host_does_not_matter(void **state) {
  size_t size = 512u << 20;
  uint64_t small = least_start(&modes[0], 20);
  uint64_t large, forked;
  char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  size_t i;
  (void)state;
  assert_ptr_not_equal(memory, MAP_FAILED);
  madvise(memory, size, MADV_NOHUGEPAGE);
  for (i = 0; i < size; i += 4096)
    memory[i] = 1;
  large = least_start(&modes[0], 20);
  forked = least_start(&modes[2], 5);
  munmap(memory, size);
  if (SUP_SPAWN_SHARES_MEMORY) {
    assert_true(large < 10 * small + SUP_MILLISECONDS(5));
    /* What it costs to copy the tables of that memory. */
    assert_true(large < forked / 2);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      each_world_test(p1_a_program_that_is_not_in_path),
      each_world_test(p1_a_path_at_which_there_is_no_program),
      each_world_test(p1_a_missing_directory_is_told_from_a_missing_program),
      each_world_test(p1_a_directory_without_permission),
      each_world_test(p1_what_may_not_be_executed),
      each_world_test(p1_a_missing_interpreter_is_named),
      each_world_test(p1_a_text_without_an_interpreter),
      each_world_test(p1_arguments_that_are_too_long),
      each_world_test(p1_a_program_that_is_being_written_is_transient),
      each_world_test(p1_the_search_passes_over_what_cannot_run),
      each_world_test(p1_the_present_directory_is_not_searched),
      each_world_test(p1_without_descriptors_nothing_leaks),
      each_world_test(p1_a_number_above_the_limit_is_named),
      each_world_test(p7_only_the_descriptors_that_were_declared),
      each_world_test(p7_descriptors_may_trade_places),
      world_test(p7_without_close_range_nothing_leaks_either),
      each_world_test(p7_no_signal_is_blocked_or_ignored),
      each_world_test(p7_the_hosts_own_mask_is_as_it_was),
      each_world_test(p7_directory_session_and_input),
      each_world_test(p7_the_environment_is_the_hosts_unless_changed),
      each_world_test(p7_a_whole_environment_replaces_the_hosts),
      each_world_test(p8_the_descriptors_of_the_host_do_not_matter),
      world_test(p8_the_memory_of_the_host_does_not_matter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
