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

/* What the tests of loop/ share: an allocator that counts, gates to wait at,
 * and calls that are made on a loop's thread. */

#ifndef SUP_TESTS_LOOP_FIXTURE_H
#define SUP_TESTS_LOOP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gate.h"
#include "loop/loop.h"

#define HOUR SUP_SECONDS(3600)

static UNUSED void gate_open_ctx(void *ctx) {
  gate_open(ctx);
}

/* ---- Resources ---------------------------------------------------------- */

static atomic_llong bytes_in_use;
static atomic_bool out_of_memory;

static void *count_allocate(void *ctx, size_t bytes) {
  (void)ctx;
  if (atomic_load(&out_of_memory))
    return NULL;
  atomic_fetch_add(&bytes_in_use, (long long)bytes);
  return malloc(bytes);
}

static void count_release(void *ctx, void *memory, size_t bytes) {
  (void)ctx;
  atomic_fetch_sub(&bytes_in_use, (long long)bytes);
  free(memory);
}

static const sup_allocator counting = {sizeof(sup_allocator), count_allocate,
                                       count_release, NULL};

static UNUSED int count_descriptors(void) {
  DIR *directory = opendir("/dev/fd");
  int count = 0;

  assert_non_null(directory);
  while (readdir(directory) != NULL)
    count++;
  closedir(directory);
  return count;
}

/* cmocka teardown: every test gives back all memory. */
static UNUSED int check_memory(void **state) {
  (void)state;
  return atomic_exchange(&bytes_in_use, 0) == 0 ? 0 : -1;
}

/* ---- Loops -------------------------------------------------------------- */

static UNUSED struct sup_loop *open_loop(uv_loop_t *host) {
  struct sup_loop_options options = {&counting, host, NULL};
  struct sup_loop *loop = NULL;

  assert_int_equal(sup__loop_create(&loop, &options), 0);
  return loop;
}

struct call {
  struct sup_work work;
  void (*function)(void *ctx);
  void *ctx;
  struct gate done;
};

static void run_call(struct sup_work *work) {
  struct call *call = (struct call *)work;

  call->function(call->ctx);
  gate_open(&call->done);
}

/* Run it on the loop's own thread and wait. */
static UNUSED void on_loop(struct sup_loop *loop, void (*function)(void *ctx),
                           void *ctx) {
  struct call call = {.function = function, .ctx = ctx, .done = GATE_INIT};

  sup__work_init(&call.work, run_call);
  sup__loop_post(loop, &call.work);
  gate_await(&call.done, 1);
}

static UNUSED void do_nothing(void *ctx) {
  (void)ctx;
}

/* Everything that was posted by this thread has run when it returns. */
static UNUSED void flush(struct sup_loop *loop) {
  on_loop(loop, do_nothing, NULL);
}

/* A work that keeps the loop busy until it is let go. */
struct block {
  struct sup_work work;
  struct gate entered;
  struct gate leave;
};

static void run_block(struct sup_work *work) {
  struct block *block = (struct block *)work;

  gate_open(&block->entered);
  gate_await(&block->leave, 1);
}

static UNUSED void block_loop(struct sup_loop *loop, struct block *block) {
  *block = (struct block){.entered = GATE_INIT, .leave = GATE_INIT};
  sup__work_init(&block->work, run_block);
  sup__loop_post(loop, &block->work);
  gate_await(&block->entered, 1);
}

/* The gate must live until the loop has been flushed. */
static UNUSED void unblock_loop(struct block *block) {
  gate_open(&block->leave);
}

static UNUSED pthread_t start_thread(void *(*function)(void *), void *ctx) {
  pthread_t thread;

  assert_int_equal(pthread_create(&thread, NULL, function, ctx), 0);
  return thread;
}

/* Random numbers that are the same in every run. */
static UNUSED uint64_t next_random(uint64_t *seed) {
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  return *seed >> 33;
}

#endif
