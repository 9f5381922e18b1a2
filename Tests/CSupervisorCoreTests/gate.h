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

/* Gates: what one thread opens and another waits for. */

#ifndef SUP_TESTS_GATE_H
#define SUP_TESTS_GATE_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define UNUSED __attribute__((unused))

/* The tests await events; this only ends one for which none comes. */
#define WATCHDOG_SECONDS 120

struct gate {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  uint64_t count;
};

#define GATE_INIT                                                              \
  { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 }

static UNUSED void gate_open(struct gate *gate) {
  pthread_mutex_lock(&gate->mutex);
  gate->count++;
  pthread_cond_broadcast(&gate->changed);
  pthread_mutex_unlock(&gate->mutex);
}

/* Wait until it was opened that often, on any thread. */
static UNUSED void gate_await(struct gate *gate, uint64_t count) {
  struct timespec limit;
  int error = 0;

  clock_gettime(CLOCK_REALTIME, &limit);
  limit.tv_sec += WATCHDOG_SECONDS;
  pthread_mutex_lock(&gate->mutex);
  while (gate->count < count && error == 0)
    error = pthread_cond_timedwait(&gate->changed, &gate->mutex, &limit);
  pthread_mutex_unlock(&gate->mutex);
  if (error != 0) {
    fprintf(stderr, "what was waited for has not come\n");
    abort();
  }
}

static UNUSED uint64_t gate_count(struct gate *gate) {
  uint64_t count;

  pthread_mutex_lock(&gate->mutex);
  count = gate->count;
  pthread_mutex_unlock(&gate->mutex);
  return count;
}

#endif
