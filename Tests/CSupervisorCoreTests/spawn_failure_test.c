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
 * P1: one run of a program, with either watcher and either spawner, while the
 * n-th call of one function fails. A start that fails says at which stage and
 * with what errno; one that succeeds in spite of it is a whole run.
 */

#include "failing_calls.h"

#include "process_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "process/shared_file.h"
#include "process/spawn.h"
#include "process/watch.h"

static const struct failure failures[] = {
    FAILURE(pipe2, EMFILE, true),
    FAILURE(open, EMFILE, true),
    FAILURE(open, EACCES, true),
    FAILURE(uv_poll_init, UV_ENOMEM, false),
    FAILURE(uv_thread_create_ex, UV_EAGAIN, true),
    FAILURE(fork, EAGAIN, true),
    FAILURE(fork, ENOMEM, true),
    FAILURE(clone, EAGAIN, true),
    FAILURE(clone, EMFILE, false),
    FAILURE(mmap, ENOMEM, true),
    FAILURE(setsid, EPERM, true),
    FAILURE(fchdir, EACCES, true),
    FAILURE(dup2, EMFILE, true),
    FAILURE(fcntl, EMFILE, false), /* it also asks what is open */
    FAILURE(execve, ENOENT, true),
    FAILURE(execve, ENOEXEC, true),
    FAILURE(execve, ENOMEM, true),
    FAILURE(execve, EACCES, true),
    FAILURE(fstatat, EACCES, true),
    FAILURE(faccessat, EACCES, true),
    FAILURE(socket, EMFILE, true),
    FAILURE(bind, EADDRINUSE, true),
    FAILURE(setsockopt, ENOPROTOOPT, true),
    FAILURE(getsockname, ENOBUFS, true),
    FAILURE(mkdtemp, EACCES, true),
    FAILURE(recvmsg, EINTR, false),
    FAILURE(unlink, EIO, false),
    FAILURE(rmdir, EIO, false),
    FAILURE(read, EINTR, false),
    FAILURE(read, 0, false),
    FAILURE(close, EINTR, false),
    FAILURE(ioctl, EINVAL, false),
    FAILURE(waitpid, EINTR, false),
    FAILURE(waitid, EINTR, false),
    FAILURE(wait4, EINTR, false),
    FAILURE(kill, EPERM, false),
    SYSCALL(pidfd_open, EMFILE, false),
    SYSCALL(pidfd_open, EINVAL, false),
    SYSCALL(pidfd_send_signal, EPERM, false),
    SYSCALL(waitid, EINTR, false),
    SYSCALL(setsid, EPERM, true),
    SYSCALL(fchdir, EACCES, true),
    SYSCALL(fcntl, EMFILE, true),
    SYSCALL(dup3, EBADF, true),
    SYSCALL(close_range, ENOSYS, false),
    SYSCALL(openat, EMFILE, false),
    SYSCALL(getdents64, EIO, false),
    SYSCALL(execve, ENOEXEC, true),
    SYSCALL(execve, ENOENT, true),
    SYSCALL(execve, ETXTBSY, true),
};

static struct run make_run(void) {
  static const char *const argv[] = {
      "process_child", "out",    "a line",   "newline", "7", "err",
      "another",       "notify", "STATUS=x", "exit",    "3", NULL};
  sup_readiness readiness = {
      .size = sizeof(readiness), .kind = SUP_READY_DESCRIPTOR, .number = 7};
  struct run run = {.spec = make_spec(argv)};
  char path[] = PROCESS_CHILD;
  *strrchr(path, '/') = '\0';
  set_lines(&run);
  run.heartbeat = SUP_SECONDS(60);
  assert_int_equal(sup_spec_set_variable(run.spec, "PATH", path), 0);
  assert_int_equal(sup_spec_set_directory(run.spec, "/"), 0);
  assert_int_equal(sup_spec_set_readiness(run.spec, &readiness), 0);
  assert_int_equal(sup_spec_pass_descriptor(run.spec, 0, 9), 0);
  return run;
}

static void check_refusal(const struct run *run,
                          const struct failure *failure) {
  assert_int_equal(run->code, SUP_ESPAWN);
  assert_int_equal(facts(run).stage == SUP_STAGE_NONE, 0);
  assert_true(strlen(sup_error_text(run->error)) > 10);
  if (failure->error > 0 && failure->error != EBADF)
    assert_int_equal(sup_error_system(run->error), failure->error);
  assert_int_equal(run->ended, 0);
}

/* Not a byte is missing. */
static void check_whole(const struct run *run) {
  assert_int_equal(run->ended, 1);
  assert_int_equal(run->ready, 1);
  assert_int_equal(run->notices, 1);
  assert_int_equal(facts(run).status, 3);
  assert_non_null(strstr(run->log, "1 a line\n"));
  assert_non_null(strstr(run->log, "2 another\n"));
  assert_non_null(strstr(run->log, "1.\n"));
  assert_non_null(strstr(run->log, "2.\n"));
}

/* What the loop gives back it gives back in its turns. */
static void turn(void) {
  for (int i = 0; i < 3; i++)
    uv_run(&world.uv, UV_RUN_NOWAIT);
}

/* The number of those that failed. */
static unsigned fail_each(const struct failure *failure) {
  unsigned failed = 0;
  int before = count_descriptors();
  for (int number = 1;; number++) {
    struct run run = make_run();
    bool reached, refused;
    fail_call(failure->call, failure->detail, failure->error, number);
    refused = try_start(&run) != 0;
    if (refused)
      check_refusal(&run, failure);
    else
      await_end(&run);
    reached = failing->failed > 0;
    fail_call(CALL_NONE, 0, 0, 0);
    if (!refused)
      check_whole(&run);
    if (reached && failure->told && !refused)
      fail_msg("call %d of %s(%ld) failed with %d, and nobody heard of it",
               number, failing_name(failure->call), failure->detail,
               failure->error);
    finish(&run);
    turn();
    assert_no_children();
    assert_int_equal(count_descriptors(), before);
    if (!reached || number == MOST_CALLS)
      return failed + reached;
    failed++;
  }
}

static void P1_C4_any_call_may_fail(void **state) {
  unsigned failed = 0;
  (void)state;
  for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
    failed += fail_each(&failures[i]);
  assert_true(failed > 25);
}

/* ---- Readiness by a connection ------------------------------------------- */

/* What is not to be had is tried again, and nobody hears of it. */
static const struct failure of_connections[] = {
    FAILURE(socket, EMFILE, false),       FAILURE(socket, EAFNOSUPPORT, false),
    FAILURE(connect, EAGAIN, false),      FAILURE(connect, ECONNREFUSED, false),
    FAILURE(connect, EINTR, false),       FAILURE(poll, EINTR, false),
    FAILURE(poll, ENOMEM, false),         FAILURE(getsockopt, ENOBUFS, false),
    FAILURE(getsockname, ENOBUFS, false), FAILURE(getpeername, ENOTCONN, false),
    FAILURE(waitid, EINTR, false),        FAILURE(close, EINTR, false),
};

static int listen_anywhere(char *text, size_t size) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof(address);
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(bind(descriptor, (void *)&address, sizeof(address)), 0);
  assert_int_equal(getsockname(descriptor, (void *)&address, &length), 0);
  assert_int_equal(listen(descriptor, 64), 0);
  snprintf(text, size, "127.0.0.1:%d", ntohs(address.sin_port));
  return descriptor;
}

/* Whether it failed; the process is up all the same. */
static bool connect_without(const struct failure *failure, int number) {
  struct run run = RUN("sleep");
  char text[32];
  int listener = listen_anywhere(text, sizeof(text));
  sup_readiness readiness = {
      .size = sizeof(readiness), .kind = SUP_READY_CONNECT, .text = text};
  int before = count_descriptors();
  bool reached;
  assert_int_equal(sup_spec_set_readiness(run.spec, &readiness), 0);
  fail_call(failure->call, failure->detail, failure->error, number);
  start(&run);
  until(run.ready > 0);
  reached = failing->failed > 0;
  fail_call(CALL_NONE, 0, 0, 0);
  assert_int_equal(sup__process_stop(run.process, SIGKILL), 0);
  await_end(&run);
  assert_null(run.error);
  assert_int_equal(run.ready, 1);
  finish(&run);
  turn();
  assert_int_equal(count_descriptors(), before);
  close(listener);
  return reached;
}

static void P2_C4_any_call_of_a_connection_may_fail(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(of_connections) / sizeof(of_connections[0]);
       i++) {
    int number = 1;
    while (number < MOST_CALLS && connect_without(&of_connections[i], number))
      number++;
    assert_true(number > 1);
  }
}

/* One that fails every time never makes it up, and ends with it. */
static void P2_C4_without_sockets_it_is_not_up(void **state) {
  struct run run = RUN("sleep");
  char text[32];
  int listener = listen_anywhere(text, sizeof(text));
  sup_readiness readiness = {
      .size = sizeof(readiness), .kind = SUP_READY_CONNECT, .text = text};
  (void)state;
  assert_int_equal(sup_spec_set_readiness(run.spec, &readiness), 0);
  fail_call(CALL_socket, 0, EMFILE, 0);
  start(&run);
  until(failing->failed == 3);
  assert_int_equal(run.ready, 0);
  fail_call(CALL_NONE, 0, 0, 0);
  until(run.ready > 0);
  assert_int_equal(sup__process_stop(run.process, SIGKILL), 0);
  await_end(&run);
  finish(&run);
  close(listener);
}

/* ---- Readiness by an answer or a command --------------------------------- */

static const struct failure of_answers[] = {
    FAILURE(socket, EMFILE, false),       FAILURE(connect, ECONNREFUSED, false),
    FAILURE(connect, EINTR, false),       FAILURE(poll, EINTR, false),
    FAILURE(poll, ENOMEM, false),         FAILURE(getsockopt, ENOBUFS, false),
    FAILURE(getsockname, ENOBUFS, false), FAILURE(getpeername, ENOTCONN, false),
    FAILURE(send, EPIPE, false),          FAILURE(send, EINTR, false),
    FAILURE(send, EAGAIN, false),         FAILURE(read, EINTR, false),
    FAILURE(read, ECONNRESET, false),     FAILURE(read, 0, false),
    FAILURE(waitid, EINTR, false),        FAILURE(close, EINTR, false),
};

static const struct failure of_commands[] = {
    FAILURE(open, EMFILE, false),
    FAILURE(waitid, EINTR, false),
    FAILURE(close, EINTR, false),
};

/* By the spawners that each has for itself. */
static const struct failure of_forked_commands[] = {
    FAILURE(fork, EAGAIN, false),  FAILURE(pipe2, EMFILE, false),
    FAILURE(setsid, EPERM, false), FAILURE(execve, ENOENT, false),
    FAILURE(dup2, EMFILE, false),
};

static const struct failure of_cloned_commands[] = {
    FAILURE(clone, EAGAIN, false), FAILURE(mmap, ENOMEM, false),
    SYSCALL(setsid, EPERM, false), SYSCALL(execve, ENOMEM, false),
    SYSCALL(dup3, EBUSY, false),
};

static const struct failure of_pidfds[] = {
    SYSCALL(pidfd_send_signal, EPERM, false),
    SYSCALL(waitid, EINTR, false),
};

/* Whether it failed once the process ran, which is up all the same. */
static bool ask_without(const struct failure *failure, int number,
                        const sup_readiness *readiness, const char *answer) {
  struct run run = RUN("answer", "5", answer);
  int before = count_descriptors();
  bool reached;
  if (readiness->kind == SUP_READY_HTTP) {
    char text[32];
    int listener = listen_anywhere(text, sizeof(text));
    sup_readiness copy = *readiness;
    copy.text = text;
    assert_int_equal(sup_spec_pass_descriptor(run.spec, listener, 5), 0);
    assert_int_equal(sup_spec_set_readiness(run.spec, &copy), 0);
    close(listener);
    set_lines(&run);
  } else {
    sup_spec_unref(run.spec);
    run.spec = make_spec((const char *const[]){PROCESS_CHILD, "sleep", NULL});
    assert_int_equal(sup_spec_set_readiness(run.spec, readiness), 0);
  }
  start(&run);
  fail_call(failure->call, failure->detail, failure->error, number);
  until(run.ready > 0);
  reached = failing->failed > 0;
  fail_call(CALL_NONE, 0, 0, 0);
  assert_int_equal(sup__process_stop(run.process, SIGKILL), 0);
  await_end(&run);
  assert_null(run.error);
  assert_int_equal(run.ready, 1);
  finish(&run);
  turn();
  assert_no_children();
  assert_int_equal(count_descriptors(), before);
  return reached;
}

static void ask_each(const struct failure *failures, size_t count,
                     const sup_readiness *readiness) {
  for (size_t i = 0; i < count; i++) {
    int number = 1;
    while (number < MOST_CALLS && ask_without(&failures[i], number, readiness,
                                              "HTTP/1.1 200 OK\r\n\r\n"))
      number++;
    if (number == 1)
      fail_msg("%s(%ld) was never called", failing_name(failures[i].call),
               failures[i].detail);
  }
}

#define ASK_EACH(list, readiness)                                              \
  ask_each(list, sizeof(list) / sizeof(list[0]), readiness)

static void P2_C4_any_call_of_a_request_may_fail(void **state) {
  const sup_readiness http = {.size = sizeof(http), .kind = SUP_READY_HTTP};
  (void)state;
  ASK_EACH(of_answers, &http);
}

static void P2_C4_any_call_of_a_command_may_fail(void **state) {
  static const char *const argv[] = {PROCESS_CHILD, "exit", "0", NULL};
  const sup_readiness command = {.size = sizeof(command),
                                 .kind = SUP_READY_COMMAND,
                                 .argv = argv,
                                 .interval = SUP_MILLISECONDS(1)};
  (void)state;
  ASK_EACH(of_commands, &command);
  if (world.mode->portable_spawn || !SUP_SPAWN_SHARES_MEMORY)
    ASK_EACH(of_forked_commands, &command);
  else
    ASK_EACH(of_cloned_commands, &command);
  if (!world.mode->no_pidfd)
    ASK_EACH(of_pidfds, &command);
}

/* ---- The table of a guard ------------------------------------------------ */

static void P12_C4_the_table_may_be_a_file(void **state) {
  char bytes[2] = "";
  int descriptor;
  (void)state;
  fail_call(CALL_syscall, SYS_memfd_create, ENOSYS, 0);
  assert_int_equal(sup__shared_file(&descriptor), 0);
  assert_int_equal(failing->failed, 1);
  assert_int_not_equal(fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
  assert_int_equal(pwrite(descriptor, "x", 1, 0), 1);
  assert_int_equal(pread(descriptor, bytes, 1, 0), 1);
  assert_string_equal(bytes, "x");
  close(descriptor);
  fail_call(CALL_mkostemp, 0, EACCES, 0);
  assert_int_equal(sup__shared_file_portable(&descriptor), EACCES);
  fail_call(CALL_NONE, 0, 0, 0);
}

/* P2: who cannot be known is not listened to. */
static void P2_a_member_that_has_gone_is_not_heard(void **state) {
  struct run run = RUN("notify-member", "READY=1", "notify", "STATUS=x",
                       "barrier", "exit", "0");
  (void)state;
  run.heartbeat = SUP_SECONDS(60);
  fail_call(CALL_getpgid, 0, ESRCH, 0);
  run_clean(&run);
  assert_true(failing->failed > 0);
  fail_call(CALL_NONE, 0, 0, 0);
  assert_int_equal(run.notices, 2);
  finish(&run);
}

/* P6: where a sandbox forbids one of the calls the other watcher is taken. In a
 * process each, for the answer is remembered. */
static void P6_without_one_of_its_calls_pidfds_are_not_used(void **state) {
  static const struct failure calls[] = {
      SYSCALL(pidfd_open, ENOSYS, false),
      SYSCALL(pidfd_open, EPERM, false),
      SYSCALL(waitid, EINVAL, false),
      SYSCALL(waitid, EPERM, false),
      SYSCALL(pidfd_send_signal, ENOSYS, false),
      SYSCALL(pidfd_send_signal, EPERM, false)};
  (void)state;
  for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
      int before = count_descriptors();
      fail_call(calls[i].call, calls[i].detail, calls[i].error, 1);
      _exit(sup__pidfd_usable() || count_descriptors() != before);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(P6_without_one_of_its_calls_pidfds_are_not_used),
      each_world_test(P1_C4_any_call_may_fail),
      world_test(P2_a_member_that_has_gone_is_not_heard),
      each_world_test(P2_C4_any_call_of_a_connection_may_fail),
      each_world_test(P2_C4_any_call_of_a_request_may_fail),
      each_world_test(P2_C4_any_call_of_a_command_may_fail),
      world_test(P12_C4_the_table_may_be_a_file),
      each_world_test(P2_C4_without_sockets_it_is_not_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
