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
 * C4, P1: a whole life of a tree with a process while the n-th call of one
 * function of libuv or of the system fails, for each function, each plausible
 * error, and every n. Whoever asked for something that cannot be had is told
 * so; what was not asked for is done without or tried again. Nothing is left.
 */

#include "failing_calls.h"

#include "face_fixture.h"

#include "process/spawn.h"
#include "supervisor/private.h"

/* ---- Children ----------------------------------------------------------- */

static sup_child worker;

static int begin(void *ctx, sup_child child, void **state) {
  (void)ctx;
  (void)state;
  worker = child;
  return 0;
}

static void stop_on_request(void *state, sup_stop_action action) {
  (void)state;
  (void)action;
  sup_child_canceled(worker);
}

static bool take_line(void *ctx, sup_child child, const char *text,
                      size_t length, uint32_t flags) {
  (void)ctx;
  (void)child;
  (void)text;
  (void)length;
  (void)flags;
  return true;
}

/* Its stop is foreign, and so is done by a courier. */
static sup_spec *make_worker(void) {
  static const sup_callbacks table = {
      sizeof(table), SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK,
      begin,         stop_on_request,
      NULL,          NULL};
  return sup_callback_spec("worker", &table, NULL);
}

static sup_spec *make_process(void) {
  static const char *const argv[] = {
      "process_child", "out", "up",    "notify", "STATUS=up",
      "newline",       "7",   "sleep", NULL};
  static const sup_stop_step ladder[] = {
      {SUP_STOP_CANCEL, 0, SUP_MILLISECONDS(100)},
      {SUP_STOP_KILL, 0, SUP_SECONDS(5)}};
  sup_readiness readiness = {
      .size = sizeof(readiness), .kind = SUP_READY_DESCRIPTOR, .number = 7};
  sup_output output = {
      .size = sizeof(output), .mode = SUP_OUTPUT_LINES, .line = take_line};
  sup_spec *spec = sup_process_spec("process", argv);
  char path[] = PROCESS_CHILD;
  *strrchr(path, '/') = '\0';
  sup_spec_set_variable(spec, "PATH", path);
  sup_spec_set_directory(spec, "/");
  sup_spec_set_readiness(spec, &readiness);
  sup_spec_set_output(spec, &output, NULL);
  sup_spec_pass_descriptor(spec, 0, 9);
  sup_spec_set_stop_steps(spec, ladder, 2);
  sup_spec_set_heartbeat(spec, SUP_SECONDS(3600));
  sup_spec_set_ends_with_host(spec, true);
  /* A start that hangs would take as long. */
  sup_spec_set_start_timeout(spec, SUP_SECONDS(2));
  return spec;
}

static sup_spec *make_top(void) {
  static const sup_backoff even = {
      sizeof(even),     0, 1, 0, SUP_MILLISECONDS(1), SUP_MILLISECONDS(1),
      SUP_SECONDS(3600)};
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(top, &even);
  sup_spec_add(top, make_worker());
  sup_spec_add(top, make_process());
  return top;
}

/* ---- A life ------------------------------------------------------------- */

static unsigned heard; /* of failures */

/* What was refused works the next time: one call fails only once. */
#define INSIST(call)                                                           \
  ({                                                                           \
    int code_ = (call);                                                        \
    if (code_ < 0) {                                                           \
      heard++;                                                                 \
      code_ = (call);                                                          \
    }                                                                          \
    code_;                                                                     \
  })

static void check_report(int code, sup_report *report) {
  sup_process_end end = {.size = sizeof(end)};
  sup_error *error;
  if (code != SUP_ESTART)
    return;
  assert_non_null(report);
  for (error = sup_report_error(report, 0); sup_error_cause(error) != NULL;)
    error = sup_error_cause(error);
  if (sup_error_code(error) != SUP_ESPAWN)
    return;
  assert_int_equal(sup_error_process(error, &end), 0);
  assert_int_not_equal(end.stage, SUP_STAGE_NONE);
  assert_int_not_equal(sup_error_system(error), 0);
}

static void print_report(int code, const sup_report *report) {
  char text[2000] = "";
  if (report != NULL)
    sup_report_explain(report, text, sizeof(text));
  fprintf(stderr, "%s: %s\n", sup_errno_name(code), text);
}

static int try_start(sup_tree **tree) {
  sup_spec *top = make_top();
  sup_report *report = NULL;
  int code = sup_tree_start(world.runtime, top, tree, &report);
  if (code != 0 && failing->failed == 0)
    print_report(code, report); /* then why? */
  check_report(code, report);
  sup_report_unref(report);
  sup_spec_unref(top);
  assert_true((code == 0) == (*tree != NULL));
  return code;
}

static void ignore_signal(void *ctx, int signal) {
  (void)ctx;
  (void)signal;
}

static sup_child process_of(sup_tree *tree) {
  sup_snapshot *snapshot;
  sup_child child;
  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  child = sup_snapshot_node(snapshot, 2)->child;
  sup_snapshot_free(snapshot);
  return child;
}

/* Kill the process, until it has come up anew; a signal that could not be sent
 * is sent again. */
static void kill_process(sup_tree *tree, sup_events *events) {
  sup_child child = process_of(tree);
  sup_event event = {.size = sizeof(event)};
  int r, naps = 0;
  INSIST(sup_child_signal(child, SIGKILL, true));
  for (;;) {
    r = sup_events_wait(events, &event, SUP_MILLISECONDS(300));
    assert_true(r == 0 || r == 1);
    if (r == 0) {
      assert_true(naps++ < 50);
      sup_child_signal(child, SIGKILL, true);
    } else if (event.kind == SUP_EVENT_START_FAILED) {
      heard++;
    } else if (event.kind == SUP_EVENT_STARTED && event.restarts > 0) {
      return;
    }
  }
}

static void live(const sup_runtime_options *options) {
  static const int usr1[] = {SIGUSR1};
  sup_events *events = NULL;
  sup_signals *watch = NULL;
  sup_tree *tree = NULL;
  int code;
  assert_int_equal(INSIST(sup_runtime_create(&world.runtime, options)), 0);
  world.runtime->berths.worth = 0; /* as with many descriptors */
  assert_int_equal(INSIST(try_start(&tree)), 0);
  assert_int_equal(INSIST(sup_events_open(tree, NULL, &events)), 0);
  assert_int_equal(INSIST(sup_signals_open(world.runtime, usr1, 1,
                                           ignore_signal, NULL, &watch)),
                   0);
  kill_process(tree, events);
  sup_signals_close(watch);
  code = sup_tree_stop(tree, SUP_INFINITE, NULL);
  /* A step of its ladder may not have reached it: then a later one has. */
  assert_true(code == 0 || code == SUP_ETERMINATION);
  heard += code != 0;
  sup_events_close(events);
  sup_tree_unref(tree);
  assert_int_equal(sup_runtime_close(world.runtime), 0);
  sup_runtime_unref(world.runtime);
  world.runtime = NULL;
}

/* ---- Every call --------------------------------------------------------- */

/* Those that are made once in a process come first: nobody may have made them
 * before. */
static const struct failure failures[] = {
    FAILURE(pthread_atfork, ENOMEM, true),
    FAILURE(atexit, ENOMEM, true),
    FAILURE(uv_loop_init, UV_EMFILE, true),
    FAILURE(uv_loop_init, UV_ENOMEM, true),
    FAILURE(uv_async_init, UV_EMFILE, true),
    FAILURE(uv_poll_init, UV_ENOMEM, false), /* of the pidfd: a thread waits */
    FAILURE(uv_signal_init, UV_EMFILE, true),
    FAILURE(uv_signal_start, UV_ENOMEM, true),
    FAILURE(uv_signal_start, UV_EINVAL, true),
    FAILURE(uv_thread_create, UV_EAGAIN, true),
    FAILURE(uv_thread_create_ex, UV_EAGAIN, true),
    FAILURE(uv_sem_init, UV_ENOMEM, true),
    FAILURE(uv_cond_init, UV_ENOMEM, true),
    FAILURE(uv_random, UV_ENOSYS, false),   /* the clock is a seed, too */
    FAILURE(pthread_create, EAGAIN, false), /* the courier tries again */
    FAILURE(pipe2, EMFILE, true),
    FAILURE(pipe2, ENFILE, true),
    FAILURE(open, EMFILE, true),
    FAILURE(open, EACCES, true),
    FAILURE(openat, EMFILE, false),
    FAILURE(fcntl, EMFILE, false), /* also asks what is open */
    FAILURE(read, EINTR, false),
    FAILURE(read, 0, false),
    FAILURE(close, EINTR, false),
    FAILURE(close, EIO, false),
    FAILURE(ioctl, EINVAL, false),
    FAILURE(mmap, ENOMEM, true),
    FAILURE(ftruncate, ENOSPC, true),
    SYSCALL(memfd_create, ENOSYS, false), /* a file will do */
    FAILURE(clone, EAGAIN, true),
    FAILURE(clone, ENOMEM, true),
    FAILURE(clone, EMFILE, false), /* without a pidfd it works */
    FAILURE(waitpid, EINTR, false),
    FAILURE(waitid, EINTR, false),
    FAILURE(wait4, EINTR, false),
    FAILURE(kill, EPERM, false),
    FAILURE(sigaction, EINVAL,
            false), /* to watch needs it; the rest does not */
    FAILURE(fstatat, EACCES, true),
    FAILURE(faccessat, EACCES, true),
    FAILURE(socket, EMFILE, true),
    FAILURE(socket, ENOBUFS, true),
    FAILURE(setsockopt, ENOPROTOOPT, true),
    FAILURE(bind, ENOBUFS, true),
    FAILURE(getsockname, ENOBUFS, true),
    FAILURE(recvmsg, EINTR, false),
    FAILURE(recvmsg, ENOBUFS, false), /* it is asked again */
    SYSCALL(pidfd_open, EMFILE, false),
    SYSCALL(pidfd_send_signal, EPERM, false),
    SYSCALL(waitid, EINTR, false),
    SYSCALL(setsid, EPERM, true),
    SYSCALL(fchdir, EACCES, true),
    SYSCALL(fcntl, EMFILE, true),
    FAILURE(dup3, EBUSY, false), /* then it gets the whole table */
    SYSCALL(dup3, EMFILE, true),
    SYSCALL(close_range, ENOSYS, false), /* /proc tells what is open */
    SYSCALL(openat, EMFILE, false),
    SYSCALL(getdents64, EIO, false),
    SYSCALL(execve, ENOMEM, true),
    SYSCALL(execve, E2BIG, true),
    SYSCALL(execve, EACCES, true),
};

static bool has_no_children(void) {
  siginfo_t info;
  return waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) < 0;
}

/* Nothing is left of a life in which this failed. */
static void check_rest(const struct failure *failure, int number) {
  const char *what = !comes_true(has_no_memory)         ? "memory"
                     : !comes_true(has_its_descriptors) ? "a descriptor"
                     : !has_no_children()               ? "a process"
                                                        : NULL;
  if (what != NULL)
    fail_msg("call %d of %s(%ld) failed with %d, and %s is left", number,
             failing_name(failure->call), failure->detail, failure->error,
             what);
}

/* Fail one after the other until there is none left; how many that were. */
static unsigned fail_each(const struct failure *failure,
                          const sup_runtime_options *options) {
  unsigned failed = 0;
  for (int number = 1;; number++) {
    bool reached;
    heard = 0;
    fail_call(failure->call, failure->detail, failure->error, number);
    live(options);
    reached = failing->failed > 0;
    fail_call(CALL_NONE, 0, 0, 0);
    if (reached && failure->told && heard == 0)
      fail_msg("call %d of %s(%ld) failed with %d, and nobody heard of it",
               number, failing_name(failure->call), failure->detail,
               failure->error);
    if (!reached)
      assert_int_equal(heard, 0);
    check_rest(failure, number);
    if (!reached || number == MOST_CALLS)
      return failed + reached;
    failed++;
  }
}

static void fail_all(const sup_runtime_options *options) {
  unsigned failed = 0;
  for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
    failed += fail_each(&failures[i], options);
  assert_true(failed > 100);
}

/* ---- For a while -------------------------------------------------------- */

/* Restarts fail as long as there is nothing to be had, and succeed when there
 * is; the worker beside them notices nothing. */
static void survive(sup_tree *tree, sup_events *events,
                    const struct failure *failure) {
  sup_event event = {.size = sizeof(event)};
  int failed = 0;
  uint64_t incarnation = worker.incarnation;
  fail_call(failure->call, failure->detail, failure->error, 0);
  assert_int_equal(sup_child_signal(process_of(tree), SIGKILL, true), 0);
  for (;;) {
    assert_int_equal(sup_events_wait(events, &event, WATCHDOG), 1);
    if (event.kind == SUP_EVENT_START_FAILED) {
      assert_int_equal(sup_error_code(event.error), SUP_ESPAWN);
      assert_int_equal(sup_error_system(event.error), failure->error);
      if (++failed == 3)
        fail_call(CALL_NONE, 0, 0, 0);
    } else if (event.kind == SUP_EVENT_STARTED) {
      break;
    }
  }
  assert_true(failed >= 3);
  assert_true(worker.incarnation == incarnation);
}

/* ---- The rules ---------------------------------------------------------- */

static void C4_an_exhausted_system_is_survived(void **state) {
  static const struct failure shortages[] = {
      FAILURE(pipe2, EMFILE, true),   FAILURE(pipe2, ENFILE, true),
      FAILURE(open, EMFILE, true),    FAILURE(mmap, ENOMEM, true),
      FAILURE(clone, EAGAIN, true),   FAILURE(clone, ENOMEM, true),
      SYSCALL(dup3, EMFILE, true),    SYSCALL(execve, EAGAIN, true),
      SYSCALL(execve, ETXTBSY, true),
  };
  sup_events *events = NULL;
  sup_tree *tree = NULL;
  (void)state;
  assert_int_equal(sup_runtime_create(&world.runtime, NULL), 0);
  assert_int_equal(try_start(&tree), 0);
  assert_int_equal(sup_events_open(tree, NULL, &events), 0);
  for (size_t i = 0; i < sizeof(shortages) / sizeof(shortages[0]); i++)
    if (SUP_SPAWN_SHARES_MEMORY || shortages[i].call == CALL_pipe2 ||
        shortages[i].call == CALL_open)
      survive(tree, events, &shortages[i]);
  sup_events_close(events);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  sup_tree_unref(tree);
  assert_int_equal(sup_runtime_close(world.runtime), 0);
  sup_runtime_unref(world.runtime);
  world.runtime = NULL;
}

static void C4_P1_any_call_may_fail(void **state) {
  sup_runtime_options options = SUP_RUNTIME_OPTIONS_INIT;
  (void)state;
  options.seed = 0; /* so that the system is asked for one */
  fail_all(&options);
}

static void C4_P1_any_call_may_fail_without_pidfds(void **state) {
  sup_runtime_options options = SUP_RUNTIME_OPTIONS_INIT;
  (void)state;
  options.no_pidfd = true;
  fail_all(&options);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      audited_test(C4_P1_any_call_may_fail),
      audited_test(C4_P1_any_call_may_fail_without_pidfds),
      audited_test(C4_an_exhausted_system_is_survived),
  };
  return run_all(tests);
}
