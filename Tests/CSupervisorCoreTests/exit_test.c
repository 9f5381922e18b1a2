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
 * The process ends by exit() while signals are watched (L1): libuv takes its
 * signal handling down in a destructor, and our loops go on until the last
 * moment. A program of its own, because exit handlers are set once.
 */

#include "face_fixture.h"

static struct {
  sup_runtime *runtime;
  sup_signals *watch;
} left;

static void note_signal(void *ctx, int signal) {
  (void)ctx;
  (void)signal;
}

/* As what runs after libuv's destructor. */
static void close_too_late(void) {
  int usr2 = SIGUSR2;
  sup_signals *none;

  uv_library_shutdown();
  if (sup_signals_open(left.runtime, &usr2, 1, note_signal, NULL, &none) !=
      SUP_ESYSTEM)
    _exit(2);
  sup_signals_close(left.watch);
  if (sup_runtime_close(left.runtime) != 0)
    _exit(3);
  sup_runtime_unref(left.runtime);
}

static void exit_while_watching(void) {
  int usr1 = SIGUSR1;

  /* Set before ours, so it runs after it. */
  if (atexit(close_too_late) != 0 ||
      sup_runtime_create(&left.runtime, NULL) != 0 ||
      sup_signals_open(left.runtime, &usr1, 1, note_signal, NULL,
                       &left.watch) != 0)
    _exit(4);
  exit(0);
}

static void L1_watching_while_the_process_ends(void **state) {
  int status;
  pid_t pid;

  (void)state;
  fflush(NULL);
  pid = fork();
  if (pid == 0)
    exit_while_watching();
  assert_true(pid > 1);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(L1_watching_while_the_process_ends),
  };

  return run_all(tests);
}
