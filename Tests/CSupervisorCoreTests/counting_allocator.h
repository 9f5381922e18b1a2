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
 * An allocator for tests: it counts, checks the sizes that come back, and can
 * fail at one allocation or at all from one on.
 */

#ifndef COUNTING_ALLOCATOR_H
#define COUNTING_ALLOCATOR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

#include <supervisor/base.h>

static struct {
  atomic_long live;      /* blocks that have not come back */
  atomic_long asked;     /* allocations since counting_fail_at */
  atomic_long fail_from; /* the number of the first one that fails, or 0 */
  atomic_long fail_to;
} counting;

/* In front of each block; keeps its alignment. */
union counting_head {
  size_t size;
  max_align_t align;
};

static void *counting_allocate(void *ctx, size_t bytes) {
  union counting_head *head;
  long number = atomic_fetch_add(&counting.asked, 1) + 1;
  (void)ctx;
  if (number >= atomic_load(&counting.fail_from) &&
      number <= atomic_load(&counting.fail_to))
    return NULL;
  head = malloc(sizeof *head + bytes);
  if (head == NULL)
    abort();
  head->size = bytes;
  memset(head + 1, 0xA5, bytes);
  atomic_fetch_add(&counting.live, 1);
  return head + 1;
}

static void counting_release(void *ctx, void *memory, size_t bytes) {
  union counting_head *head = (union counting_head *)memory - 1;
  (void)ctx;
  if (head->size != bytes)
    abort(); /* the size that came back is not the one that was asked for */
  memset(memory, 0x5A, bytes);
  atomic_fetch_sub(&counting.live, 1);
  free(head);
}

/* Fail at allocation `from` to `to`, counted from now on from 1; 0, 0 never. */
static inline void counting_fail_at(long from, long to) {
  atomic_store(&counting.fail_from, from);
  atomic_store(&counting.fail_to, to);
  atomic_store(&counting.asked, 0);
}

static inline int counting_setup(void **state) {
  sup_allocator allocator = {sizeof allocator, counting_allocate,
                             counting_release, NULL};
  (void)state;
  counting_fail_at(0, 0);
  atomic_store(&counting.live, 0);
  return sup_set_allocator(&allocator);
}

/* Nothing may be left. */
static inline int counting_teardown(void **state) {
  (void)state;
  assert_int_equal(atomic_load(&counting.live), 0);
  return sup_set_allocator(NULL);
}

/* Run something on a thread whose stack has no room for recursion over
 * 100,000 levels. */
static inline void with_small_stack(void *(*run)(void *), void *argument) {
  pthread_attr_t attributes;
  pthread_t thread;
  assert_int_equal(pthread_attr_init(&attributes), 0);
  assert_int_equal(pthread_attr_setstacksize(&attributes, 512 * 1024), 0);
  assert_int_equal(pthread_create(&thread, &attributes, run, argument), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  pthread_attr_destroy(&attributes);
}

#define counted_test(function)                                                 \
  cmocka_unit_test_setup_teardown(function, counting_setup, counting_teardown)

#endif
