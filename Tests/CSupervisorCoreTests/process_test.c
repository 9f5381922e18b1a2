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

/* Runs of processes: how they end, signals, groups, living with others. */

#include "process_fixture.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "process/watch.h"

/* ---- Ends --------------------------------------------------------------- */

static void p3_exit_statuses_are_exact(void **state) {
  static const int statuses[] = {1, 2, 3, 127, 128, 137, 143, 255};
  size_t i;
  (void)state;
  for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
    char status[8];
    struct run run = {0};
    snprintf(status, sizeof(status), "%d", statuses[i]);
    run.spec =
        make_spec((const char *const[]){PROCESS_CHILD, "exit", status, NULL});
    start(&run);
    await_end(&run);
    assert_int_equal(sup_error_code(run.error), SUP_EEXITSTATUS);
    assert_int_equal(facts(&run).status, statuses[i]);
    assert_int_equal(facts(&run).signal, 0);
    assert_int_equal(facts(&run).cause, SUP_EXIT_OWN);
    assert_false(run.stopped);
    finish(&run);
  }
}

static void p3_deaths_by_signals_are_exact(void **state) {
  /* Those that end a process, and a real-time one. */
  int signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP, SIGABRT,
                   SIGBUS,  SIGFPE,  SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2,
                   SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGSYS,  SIGRTMIN + 5};
  struct rlimit former, none;
  size_t i;
  (void)state;
  getrlimit(RLIMIT_CORE, &former);
  none = former;
  none.rlim_cur = 0;
  setrlimit(RLIMIT_CORE, &none);
  for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
    char number[8];
    struct run run = {0};
    snprintf(number, sizeof(number), "%d", signals[i]);
    run.spec =
        make_spec((const char *const[]){PROCESS_CHILD, "signal", number, NULL});
    start(&run);
    await_end(&run);
    assert_int_equal(sup_error_code(run.error), SUP_ESIGNALED);
    assert_int_equal(facts(&run).signal, signals[i]);
    assert_int_equal(facts(&run).status, -1);
    assert_int_equal(facts(&run).cause, SUP_EXIT_STRANGER);
    assert_false(facts(&run).core);
    assert_false(run.stopped);
    finish(&run);
  }
  setrlimit(RLIMIT_CORE, &former);
}

static void p3_the_sentence_says_how_it_ended(void **state) {
  struct run status = RUN("exit", "3");
  struct run death = RUN("signal", "9");
  (void)state;
  start(&status);
  await_end(&status);
  assert_says(&status, "it exited with status 3 after ");
  finish(&status);
  start(&death);
  await_end(&death);
  assert_says(&death, "it was ended by signal 9 (SIGKILL), which nobody here "
                      "sent, after ");
  finish(&death);
}

static void p3_times_and_memory_are_told(void **state) {
  struct run run = RUN("burn", "50", "exit", "1");
  uint64_t before = sup__loop_now();
  sup_process_end end;
  int64_t pid;
  (void)state;
  start(&run);
  pid = sup__process_pid(run.process);
  assert_true(pid > 1);
  await_end(&run);
  end = facts(&run);
  assert_int_equal(end.pid, pid);
  assert_true(end.user_time + end.system_time >= SUP_MILLISECONDS(40));
  assert_true(end.max_resident >= 4096);
  assert_true(end.runtime >= SUP_MILLISECONDS(40));
  assert_true(end.runtime <= sup__loop_now() - before);
  finish(&run);
}

static void x1_zero_and_declared_statuses_are_clean(void **state) {
  static const uint8_t declared[] = {3, 64, 255};
  struct run zero = RUN("exit", "0");
  struct run three = RUN("exit", "255");
  struct run four = RUN("exit", "4");
  (void)state;
  run_clean(&zero);
  assert_false(zero.stopped);
  finish(&zero);
  sup_spec_set_success_statuses(three.spec, declared, 3);
  run_clean(&three);
  assert_false(three.stopped);
  finish(&three);
  sup_spec_set_success_statuses(four.spec, declared, 3);
  start(&four);
  await_end(&four);
  assert_int_equal(sup_error_code(four.error), SUP_EEXITSTATUS);
  finish(&four);
}

/* X6 */
static void x6_what_an_end_says_about_trying_again(void **state) {
  static const uint8_t hopeless[] = {78}, forced[] = {75};
  static const int killed[] = {SIGKILL}, aborted[] = {SIGABRT};
  struct run runs[] = {RUN("exit", "78"), RUN("exit", "75"),  RUN("exit", "1"),
                       RUN("abort"),      RUN("signal", "9"), RUN("exit", "0"),
                       RUN("sleep")};
  static const sup_failure_class expected[] = {
      SUP_FAILURE_HOPELESS, SUP_FAILURE_FORCED, SUP_FAILURE_ORDINARY,
      SUP_FAILURE_HOPELESS, SUP_FAILURE_FORCED, SUP_FAILURE_ORDINARY,
      SUP_FAILURE_ORDINARY};
  size_t i;
  (void)state;
  for (i = 0; i < 7; i++) {
    sup_spec *spec = runs[i].spec;
    sup_spec_set_failure_statuses(spec, SUP_FAILURE_HOPELESS, hopeless, 1);
    sup_spec_set_failure_statuses(spec, SUP_FAILURE_FORCED, forced, 1);
    sup_spec_set_failure_signals(spec, SUP_FAILURE_HOPELESS, aborted, 1);
    sup_spec_set_failure_signals(spec, SUP_FAILURE_FORCED, killed, 1);
    start(&runs[i]);
    if (i == 6) /* our own kill is a clean end */
      assert_int_equal(sup__process_stop(runs[i].process, SIGKILL), 0);
    await_end(&runs[i]);
    assert_int_equal(runs[i].what, expected[i]);
    assert_int_equal(runs[i].error == NULL, i > 4);
    finish(&runs[i]);
  }
}

/* ---- Stopping ----------------------------------------------------------- */

static void p11_x1_a_stop_step_that_ends_it_is_clean(void **state) {
  struct run run = RUN("sleep");
  (void)state;
  start(&run);
  assert_int_equal(sup__process_stop(run.process, SIGTERM), 0);
  await_end(&run);
  assert_null(run.error);
  assert_true(run.stopped);
  finish(&run);
}

static void x1_128_and_the_signal_is_clean_only_after_a_stop(void **state) {
  struct run asked = RUN("catch", "15", "143", "out", "armed", "sleep");
  struct run unasked = RUN("exit", "143");
  struct run other = RUN("catch", "15", "7", "out", "armed", "sleep");
  (void)state;
  set_lines(&asked);
  start(&asked);
  until(asked.lines == 1);
  assert_int_equal(sup__process_stop(asked.process, SIGTERM), 0);
  await_end(&asked);
  assert_null(asked.error);
  assert_true(asked.stopped);
  finish(&asked);

  start(&unasked);
  await_end(&unasked);
  assert_int_equal(facts(&unasked).status, 143);
  assert_int_equal(facts(&unasked).cause, SUP_EXIT_OWN);
  finish(&unasked);

  set_lines(&other);
  start(&other);
  until(other.lines == 1);
  assert_int_equal(sup__process_stop(other.process, SIGTERM), 0);
  await_end(&other);
  assert_int_equal(facts(&other).status, 7);
  assert_false(other.stopped);
  finish(&other);
}

static void x1_a_clean_exit_after_a_stop_is_its_own(void **state) {
  struct run run = RUN("catch", "15", "0", "out", "armed", "sleep");
  (void)state;
  set_lines(&run);
  start(&run);
  until(run.lines == 1);
  assert_int_equal(sup__process_stop(run.process, SIGTERM), 0);
  await_end(&run);
  assert_null(run.error);
  assert_false(run.stopped);
  finish(&run);
}

static void p11_what_ignores_sigterm_dies_of_sigkill(void **state) {
  struct run run = RUN("ignore", "15", "out", "armed", "sleep");
  (void)state;
  set_lines(&run);
  start(&run);
  until(run.lines == 1);
  assert_int_equal(sup__process_stop(run.process, SIGTERM), 0);
  uv_run(&world.uv, UV_RUN_NOWAIT);
  assert_int_equal(run.ended, 0);
  assert_int_equal(sup__process_stop(run.process, SIGKILL), 0);
  await_end(&run);
  assert_null(run.error);
  assert_true(run.stopped);
  finish(&run);
}

static void p11_a_stopped_process_hears_the_stop_step(void **state) {
  struct run run = RUN("sleep");
  (void)state;
  start(&run);
  assert_int_equal(sup__process_signal(run.process, SIGSTOP, false), 0);
  await_state(sup__process_pid(run.process), 'T');
  uv_run(&world.uv, UV_RUN_NOWAIT);
  assert_int_equal(run.ended, 0); /* no exit */
  assert_int_equal(sup__process_stop(run.process, SIGTERM), 0);
  await_end(&run);
  assert_null(run.error);
  assert_true(run.stopped);
  finish(&run);
}

/* ---- Signals ------------------------------------------------------------ */

static void p3_a_signal_sent_on_request_is_told_apart(void **state) {
  struct run run = RUN("sleep");
  (void)state;
  start(&run);
  assert_int_equal(sup__process_signal(run.process, SIGUSR1, false), 0);
  await_end(&run);
  assert_int_equal(sup_error_code(run.error), SUP_ESIGNALED);
  assert_int_equal(facts(&run).cause, SUP_EXIT_SENT);
  assert_int_equal(facts(&run).signal, SIGUSR1);
  finish(&run);
}

static void p3_a_strangers_signal_is_told_apart(void **state) {
  struct run run = RUN("ignore", "10", "out", "armed", "sleep");
  (void)state;
  set_lines(&run);
  start(&run);
  until(run.lines == 1);
  assert_int_equal(sup__process_signal(run.process, SIGUSR1, true), 0);
  kill((pid_t)sup__process_pid(run.process), SIGTERM);
  await_end(&run);
  assert_int_equal(facts(&run).cause, SUP_EXIT_STRANGER);
  assert_int_equal(facts(&run).signal, SIGTERM);
  finish(&run);
}

static int code_at_end[3];

static void signal_at_end(struct run *run) {
  code_at_end[0] = sup__process_signal(run->process, SIGTERM, false);
  code_at_end[1] = sup__process_signal(run->process, SIGTERM, true);
  code_at_end[2] = sup__process_stop(run->process, SIGKILL);
}

static void p10_after_the_exit_it_is_not_running(void **state) {
  struct run run = RUN("exit", "0");
  (void)state;
  run.at_end = signal_at_end;
  run_clean(&run);
  assert_int_equal(code_at_end[0], SUP_ENOTRUNNING);
  assert_int_equal(code_at_end[1], SUP_ENOTRUNNING);
  assert_int_equal(code_at_end[2], SUP_ENOTRUNNING);
  finish(&run);
}

static void p10_numbers_that_are_no_signals_are_refused(void **state) {
  static const int numbers[] = {0, -1, -9, 65, 1000};
  struct run run = RUN("sleep");
  size_t i;
  (void)state;
  start(&run);
  for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
    assert_int_equal(sup__process_signal(run.process, numbers[i], true),
                     SUP_EINVAL);
    assert_int_equal(sup__process_stop(run.process, numbers[i]), SUP_EINVAL);
  }
  assert_int_equal(sup__process_stop(run.process, SIGKILL), 0);
  await_end(&run);
  finish(&run);
}

static void p10_the_leader_alone_or_the_group(void **state) {
  struct run run = RUN("ignore", "12", "member", "sleep");
  int64_t member;
  (void)state;
  set_lines(&run);
  start(&run);
  until(run.lines == 1);
  member = run.relative;
  assert_true(lives(member));
  /* Both ignore it in the end; a signal that only the member dies of shows who
   * got which. */
  assert_int_equal(sup__process_signal(run.process, SIGTERM, false), 0);
  await_end(&run);
  assert_int_equal(facts(&run).signal, SIGTERM);
  finish(&run);

  run = (struct run)RUN("ignore", "15", "member", "catch", "12", "9", "err",
                        "armed", "sleep");
  set_lines(&run);
  start(&run);
  until(run.lines == 2);
  member = run.relative;
  /* The member, which ignores SIGTERM only, dies of this one as well. */
  assert_int_equal(sup__process_signal(run.process, SIGUSR2, true), 0);
  await_end(&run);
  assert_int_equal(facts(&run).status, 9);
  assert_false(lives(member));
  finish(&run);
}

static volatile sig_atomic_t own_signals;

static void count_own(int number) {
  (void)number;
  own_signals++;
}

/* P5 */
static void p5_no_number_below_two_is_ever_signalled(void **state) {
  static const pid_t numbers[] = {1, 0, -1, -2, -1000};
  struct sigaction action, former;
  struct run run = {0};
  int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
  size_t i;
  (void)state;
  memset(&action, 0, sizeof(action));
  action.sa_handler = count_own;
  sigaction(SIGUSR1, &action, &former);
  own_signals = 0;
  for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
    struct sup_watch watch = {.pid = numbers[i], .pidfd = -1};
    assert_int_equal(sup__watch_signal(&watch, SIGUSR1, false), ESRCH);
    assert_int_equal(sup__watch_signal(&watch, SIGUSR1, true), ESRCH);
    /* Even if a descriptor says otherwise. */
    watch.pidfd = self;
    assert_int_equal(sup__watch_signal(&watch, SIGUSR1, false), ESRCH);
    assert_int_equal(sup__watch_signal(&watch, SIGUSR1, true), ESRCH);
  }
  if (self >= 0)
    close(self);
  /* Nor does a start that fails signal anything. */
  run.spec = make_spec((const char *const[]){"/nonexistent/x", NULL});
  assert_int_equal(try_start(&run), SUP_ESPAWN);
  finish(&run);
  assert_int_equal(own_signals, 0);
  sigaction(SIGUSR1, &former, NULL);
}

static void p5_what_is_not_our_child_is_never_signalled(void **state) {
  struct sup_watch watch = {.pid = getpid(), .pidfd = -1};
  struct sigaction action, former;
  (void)state;
  memset(&action, 0, sizeof(action));
  action.sa_handler = count_own;
  sigaction(SIGUSR1, &action, &former);
  own_signals = 0;
  assert_int_equal(sup__watch_signal(&watch, SIGUSR1, false), ESRCH);
  assert_int_equal(sup__watch_signal(&watch, SIGUSR1, true), ESRCH);
  assert_int_equal(own_signals, 0);
  sigaction(SIGUSR1, &former, NULL);
}

/* ---- The group ---------------------------------------------------------- */

static bool member_lived;
static int reap_error;

static void look_at_end(struct run *run) {
  siginfo_t info;
  member_lived = lives(run->relative);
  reap_error =
      waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ? 0 : errno;
}

static void p4_what_is_left_of_the_group_is_gone_at_the_end(void **state) {
  struct run run = RUN("member", "exit", "0");
  (void)state;
  set_lines(&run);
  run.at_end = look_at_end;
  run_clean(&run);
  assert_true(run.relative > 1);
  assert_false(member_lived);
  assert_int_equal(reap_error, ECHILD); /* reaped as well */
  finish(&run);
}

static void p4_so_it_is_without_pipes(void **state) {
  int pair[2];
  char text[32];
  struct run run = {0};
  ssize_t got;
  (void)state;
  /* The pid comes through a descriptor, for nothing may wait for output. */
  assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
  run.spec = make_spec((const char *const[]){
      "/bin/sh", "-c", "trap '' TERM; sleep 1000 & echo $! >&3; exit 0", NULL});
  assert_int_equal(sup_spec_pass_descriptor(run.spec, pair[1], 3), 0);
  close(pair[1]);
  run.at_end = look_at_end;
  start(&run);
  got = read(pair[0], text, sizeof(text) - 1);
  assert_true(got > 0);
  text[got] = '\0';
  run.relative = atoll(text);
  await_end(&run);
  assert_null(run.error);
  assert_true(run.relative > 1);
  assert_false(member_lived);
  close(pair[0]);
  finish(&run);
}

static void
p4_a_member_that_ignores_the_stop_does_not_outlive_it(void **state) {
  struct run run = RUN("member", "sleep");
  (void)state;
  set_lines(&run);
  run.at_end = look_at_end;
  start(&run);
  until(run.lines == 1);
  assert_int_equal(sup__process_stop(run.process, SIGTERM), 0);
  await_end(&run);
  assert_null(run.error);
  assert_true(run.stopped);
  assert_false(member_lived);
  finish(&run);
}

/* ---- Others in the same program ----------------------------------------- */

/* P6 */
static void p6_sigchld_is_left_alone(void **state) {
  struct sigaction action, former, found;
  struct run run = RUN("exit", "0");
  (void)state;
  memset(&action, 0, sizeof(action));
  action.sa_handler = count_own;
  action.sa_flags = SA_RESTART;
  sigaction(SIGCHLD, &action, &former);
  own_signals = 0;
  run_clean(&run);
  finish(&run);
  sigaction(SIGCHLD, NULL, &found);
  assert_ptr_equal(found.sa_handler, count_own);
  assert_true(own_signals >= 1); /* the host hears of it as ever */
  sigaction(SIGCHLD, &former, NULL);
}

static void p6_children_of_others_are_left_alone(void **state) {
  struct run run = RUN("exit", "0");
  int status;
  pid_t other = fork();
  (void)state;
  if (other == 0)
    _exit(42);
  assert_true(other > 0);
  run_clean(&run);
  finish(&run);
  assert_int_equal(waitpid(other, &status, 0), other);
  assert_int_equal(WEXITSTATUS(status), 42);
}

static void p6_a_stolen_status_ends_it_as_lost(void **state) {
  struct run run = RUN("exit", "5");
  int status;
  pid_t pid;
  (void)state;
  start(&run);
  pid = (pid_t)sup__process_pid(run.process);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  await_end(&run);
  assert_int_equal(sup_error_code(run.error), SUP_ELOST);
  assert_int_equal(facts(&run).cause, SUP_EXIT_UNKNOWN);
  assert_says(&run, "taken by somebody else");
  assert_false(run.stopped);
  finish(&run);
}

static void p6_ignored_sigchld_ends_it_as_lost(void **state) {
  struct run run = RUN("exit", "0");
  struct run failing = {0};
  (void)state;
  signal(SIGCHLD, SIG_IGN);
  start(&run);
  await_end(&run);
  assert_int_equal(sup_error_code(run.error), SUP_ELOST);
  finish(&run);
  /* A start that fails there does not hang either. */
  failing.spec = make_spec((const char *const[]){"/nonexistent/x", NULL});
  fail_start(&failing, SUP_STAGE_EXEC, ENOENT);
  finish(&failing);
  signal(SIGCHLD, SIG_DFL);
}

static void p6_a_stolen_process_cannot_be_signalled(void **state) {
  struct run run = RUN("sleep");
  int status;
  pid_t pid;
  (void)state;
  start(&run);
  pid = (pid_t)sup__process_pid(run.process);
  kill(pid, SIGKILL);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  /* Its number may be another's from now on. */
  assert_int_equal(sup__process_signal(run.process, SIGTERM, false),
                   SUP_ENOTRUNNING);
  assert_int_equal(sup__process_signal(run.process, SIGTERM, true),
                   SUP_ENOTRUNNING);
  assert_int_equal(sup__process_stop(run.process, SIGTERM), SUP_ENOTRUNNING);
  await_end(&run);
  assert_int_equal(sup_error_code(run.error), SUP_ELOST);
  finish(&run);
}

static void *foreign_loop(void *argument) {
  const struct mode *mode = argument;
  struct sup_loop_options options = {sup__spec_allocator(), NULL, NULL};
  struct sup_process_options process_options = {
      .allocator = sup__spec_allocator(),
      .no_pidfd = mode->no_pidfd,
      .portable_spawn = mode->portable_spawn};
  static const struct sup_process_reports reports = {run_ready, NULL, run_line,
                                                     run_ended};
  uv_loop_t uv;
  int i;
  uv_loop_init(&uv);
  options.host = &uv;
  if (sup__loop_create(&process_options.loop, &options) != 0)
    return "no loop";
  sup__loop_hold(process_options.loop);
  for (i = 0; i < 100; i++) {
    char status[16];
    struct run run = {0};
    struct line line = {.run = &run};
    snprintf(status, sizeof(status), "%d", 1 + i);
    run.spec =
        make_spec((const char *const[]){PROCESS_CHILD, "exit", status, NULL});
    if (sup__process_start(&run.process, run.spec->u.process.data,
                           &process_options, &reports, &line, &run.error) != 0)
      return "no start";
    while (run.ended == 0)
      uv_run(&uv, UV_RUN_ONCE);
    if (run.error == NULL || facts(&run).status != 1 + i)
      return "a wrong status";
    finish(&run);
  }
  sup__loop_unhold(process_options.loop);
  sup__loop_close(process_options.loop);
  uv_run(&uv, UV_RUN_DEFAULT);
  return uv_loop_close(&uv) == 0 ? NULL : "handles are left";
}

static void p6_two_loops_get_each_their_own(void **state) {
  pthread_t threads[2];
  size_t i;
  (void)state;
  for (i = 0; i < 2; i++)
    pthread_create(&threads[i], NULL, foreign_loop, (void *)world.mode);
  for (i = 0; i < 2; i++) {
    void *result;
    pthread_join(threads[i], &result);
    assert_null(result);
  }
}

/* ---- Bounds ------------------------------------------------------------- */

static void p1_a_thousand_in_a_row_leave_nothing(void **state) {
  /* The portable spawner asks about every possible descriptor. */
  int count = world.mode->portable_spawn ? 200 : 1000;
  int before = count_descriptors();
  int i;
  (void)state;
  for (i = 0; i < count; i++) {
    struct run run = {.spec = make_spec((const char *const[]){"true", NULL})};
    run_clean(&run);
    finish(&run);
  }
  assert_int_equal(count_descriptors(), before);
  assert_no_children();
}

static void p6_many_at_once_end_each_once(void **state) {
  struct run runs[200];
  size_t count = sizeof(runs) / sizeof(runs[0]);
  size_t ended = 0;
  size_t i;
  (void)state;
  memset(runs, 0, sizeof(runs));
  for (i = 0; i < count; i++) {
    runs[i].spec =
        make_spec((const char *const[]){PROCESS_CHILD, "sleep", NULL});
    start(&runs[i]);
  }
  for (i = 0; i < count; i++)
    assert_int_equal(sup__process_stop(runs[i].process, SIGTERM), 0);
  while (ended < count) {
    uv_run(&world.uv, UV_RUN_ONCE);
    for (i = 0, ended = 0; i < count; i++)
      ended += (size_t)runs[i].ended;
  }
  for (i = 0; i < count; i++) {
    assert_int_equal(runs[i].ended, 1);
    assert_true(runs[i].stopped);
    finish(&runs[i]);
  }
}

static size_t allocated_bytes;

static void *measure_allocate(void *ctx, size_t bytes) {
  (void)ctx;
  allocated_bytes += bytes;
  return malloc(bytes);
}

static void measure_release(void *ctx, void *memory, size_t bytes) {
  (void)ctx;
  allocated_bytes -= bytes;
  free(memory);
}

static void p9_a_running_process_takes_little_memory(void **state) {
  static const sup_allocator measured = {sizeof(measured), measure_allocate,
                                         measure_release, NULL};
  static const struct sup_process_reports reports = {run_ready, NULL, run_line,
                                                     run_ended};
  struct sup_process_options options = {.allocator = &measured,
                                        .loop = world.loop,
                                        .no_pidfd = world.mode->no_pidfd,
                                        .portable_spawn =
                                            world.mode->portable_spawn};
  struct run plain = RUN("sleep");
  struct run lines = RUN("out", "hello", "sleep");
  size_t size;
  (void)state;
  assert_int_equal(start_with(&plain, &options, &reports), 0);
  assert_true(allocated_bytes > 0 && allocated_bytes <= 768);
  size = allocated_bytes;
  set_lines(&lines);
  assert_int_equal(start_with(&lines, &options, &reports), 0);
  until(lines.lines == 1);
  /* With two pipes, and the line kept for its error. */
  assert_true(allocated_bytes - size <= 2048);
  sup__process_stop(plain.process, SIGKILL);
  sup__process_stop(lines.process, SIGKILL);
  await_end(&plain);
  await_end(&lines);
  assert_int_equal(allocated_bytes, 0);
  finish(&plain);
  finish(&lines);
}

static void p1_without_memory_at_any_point_nothing_is_left(void **state) {
  sup_readiness readiness = {
      .size = sizeof(readiness), .kind = SUP_READY_DESCRIPTOR, .number = 7};
  long from;
  bool succeeded = false;
  int failures = 0;
  (void)state;
  for (from = 1; !succeeded; from++) {
    struct run run = RUN("out", "a line", "line", "40000", "exit", "1");
    set_lines(&run);
    sup_spec_set_readiness(run.spec, &readiness);
    sup_spec_set_variable(run.spec, "A", "B");
    counting_fail_at(from, from);
    try_start(&run);
    if (run.code == 0) {
      await_end(&run);
      assert_int_equal(run.ended, 1);
      assert_non_null(run.error);
      succeeded = atomic_load(&counting.asked) < from;
    } else {
      assert_true(run.code == SUP_ENOMEM || run.code == SUP_ESPAWN);
      assert_non_null(run.error);
      assert_int_equal(sup_error_code(run.error), run.code);
      failures++;
    }
    counting_fail_at(0, 0);
    finish(&run);
    assert_no_children();
  }
  assert_true(failures >= 3);
  assert_true(from > 6);
}

static void p9_without_any_memory_no_byte_is_lost(void **state) {
  struct run run = RUN("out", "a line", "line", "300", "exit", "1");
  size_t i, x = 0;
  (void)state;
  set_lines(&run);
  start(&run);
  counting_fail_at(1, 1000000);
  await_end(&run);
  counting_fail_at(0, 0);
  /* The end is reported even so, only without its details. */
  assert_int_equal(sup_error_code(run.error), SUP_ENOMEM);
  assert_int_equal(strncmp(run.log, "1 a line\n", 9), 0);
  for (i = 0; i < run.log_length; i++)
    x += run.log[i] == 'x';
  assert_int_equal(x, 300);
  assert_non_null(strstr(run.log, "1c x"));
  finish(&run);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      each_world_test(p3_exit_statuses_are_exact),
      each_world_test(p3_deaths_by_signals_are_exact),
      each_world_test(p3_the_sentence_says_how_it_ended),
      each_world_test(p3_times_and_memory_are_told),
      each_world_test(x1_zero_and_declared_statuses_are_clean),
      each_world_test(x6_what_an_end_says_about_trying_again),
      each_world_test(p11_x1_a_stop_step_that_ends_it_is_clean),
      each_world_test(x1_128_and_the_signal_is_clean_only_after_a_stop),
      each_world_test(x1_a_clean_exit_after_a_stop_is_its_own),
      each_world_test(p11_what_ignores_sigterm_dies_of_sigkill),
      each_world_test(p11_a_stopped_process_hears_the_stop_step),
      each_world_test(p3_a_signal_sent_on_request_is_told_apart),
      each_world_test(p3_a_strangers_signal_is_told_apart),
      each_world_test(p10_after_the_exit_it_is_not_running),
      each_world_test(p10_numbers_that_are_no_signals_are_refused),
      each_world_test(p10_the_leader_alone_or_the_group),
      each_world_test(p5_no_number_below_two_is_ever_signalled),
      world_test(p5_what_is_not_our_child_is_never_signalled),
      each_world_test(p4_what_is_left_of_the_group_is_gone_at_the_end),
      each_world_test(p4_so_it_is_without_pipes),
      each_world_test(p4_a_member_that_ignores_the_stop_does_not_outlive_it),
      each_world_test(p6_sigchld_is_left_alone),
      each_world_test(p6_children_of_others_are_left_alone),
      each_world_test(p6_a_stolen_status_ends_it_as_lost),
      each_world_test(p6_ignored_sigchld_ends_it_as_lost),
      each_world_test(p6_a_stolen_process_cannot_be_signalled),
      each_world_test(p6_two_loops_get_each_their_own),
      each_world_test(p1_a_thousand_in_a_row_leave_nothing),
      each_world_test(p6_many_at_once_end_each_once),
      each_world_test(p9_a_running_process_takes_little_memory),
      each_world_test(p1_without_memory_at_any_point_nothing_is_left),
      each_world_test(p9_without_any_memory_no_byte_is_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
