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

/* D6: what the index, the positions and the lists do when there are many. */

#include "engine_requests.h"

#include "engine/internal.h"

/* Too many for a world's children: START and STOP are answered at once. */
static void perform_all(struct sup_engine *e) {
  struct sup_action action;

  while (sup__engine_peek(e, SUP_QUEUE_MAIN, &action)) {
    sup__engine_take(e, SUP_QUEUE_MAIN);
    if (action.kind == SUP_ACTION_START) {
      sup__engine_started_by(e, action.ref, 0, NULL, false, 0);
      continue;
    }
    sup__engine_performed(e, &action);
    if (action.kind == SUP_ACTION_STOP)
      assert_int_equal(
          sup__engine_exited(e, action.ref, SUP_OUTCOME_CANCELED, 0), 0);
  }
  for (sup_spec *spec; (spec = sup__engine_take_spec(e)) != NULL;)
    sup_spec_unref(spec);
}

static struct sup_ref add_number(struct sup_engine *e, unsigned number) {
  struct sup_ref root, ref;
  char name[16];

  snprintf(name, sizeof(name), "w%u", number);
  sup_spec *spec = worker(name);
  sup__spec_freeze(spec);
  sup__engine_root(e, &root);
  assert_int_equal(sup__engine_add(e, root, spec, NULL, &ref), 0);
  sup_spec_unref(spec);
  perform_all(e);
  return ref;
}

static struct sup_ref find_number(struct sup_engine *e, unsigned number) {
  struct sup_ref root, ref;
  char name[16];
  int length = snprintf(name, sizeof(name), "w%u", number);

  sup__engine_root(e, &root);
  assert_int_equal(sup__engine_find(e, root, name, (size_t)length, &ref), 0);
  return ref;
}

static struct world *empty_world(void) {
  struct world *w = world_started(one_for_one("root", NULL));

  w->blind = true;
  sup__engine_journal_close(w->engine); /* it would keep what is removed */
  return w;
}

static void free_world(struct world *w) {
  sup__engine_stop(w->engine, SUP_INFINITE);
  perform_all(w->engine);
  assert_int_equal(sup__engine_journal_open(w->engine, 16), 0);
  world_free(w);
}

/* Lines of the index looked at, for so many finds, among so many. */
static uint64_t looked_at(struct sup_engine *e, unsigned count) {
  uint64_t before = e->names.looked_at;

  for (unsigned i = 0; i < 1000; i++)
    find_number(e, i * 7919 % count);
  return e->names.looked_at - before;
}

static void D6_finding_does_not_depend_on_how_many_there_are(void **state) {
  (void)state;
  struct world *w = empty_world();
  unsigned count = 0;

  for (unsigned step = 1000; step <= 30000; step *= 30) {
    uint64_t before = w->engine->names.looked_at;
    unsigned added = step - count;

    for (; count < step; count++)
      add_number(w->engine, count);
    assert_true(w->engine->names.looked_at - before < added * 13ull / 10);
    assert_true(looked_at(w->engine, count) < 1300);
  }
  /* And the table has grown with them, by one bucket at a time. */
  assert_in_range(w->engine->names.buckets, count / 5 - 1, count / 5 + 1);
  for (unsigned i = 0; i < count; i += 2) {
    struct sup_ref ref = find_number(w->engine, i);

    assert_int_equal(sup__engine_delete(w->engine, ref, NULL), 0);
    perform_all(w->engine);
  }
  assert_int_equal(w->engine->names.entries, count / 2);
  free_world(w);
}

static void expect_absent(struct sup_engine *e, unsigned number) {
  struct sup_ref root, ref;
  char name[16];
  int length = snprintf(name, sizeof(name), "w%u", number);

  sup__engine_root(e, &root);
  assert_int_equal(sup__engine_find(e, root, name, (size_t)length, &ref),
                   SUP_ENOTFOUND);
}

static void remove_number(struct sup_engine *e, unsigned number) {
  assert_int_equal(sup__engine_delete(e, find_number(e, number), NULL), 0);
  perform_all(e);
}

/* Lines that overflow, are emptied and are used again, against a list. */
static void D6_each_is_found_whatever_came_and_went(void **state) {
  (void)state;
  enum { NAMES = 3000 };
  static uint64_t generations[NAMES];
  struct world *w = empty_world();
  uint32_t random = 7, lines;

  memset(generations, 0, sizeof(generations));
  for (unsigned round = 0; round < 20; round++) {
    /* Now more come, now more go. */
    unsigned adds = round % 4 < 2 ? 3 : 1;

    for (unsigned i = 0; i < NAMES; i++) {
      unsigned number = (random = random * 1664525u + 1013904223u) % NAMES;

      if (random >> 30 < adds && generations[number] == 0) {
        generations[number] = add_number(w->engine, number).generation;
      } else if (random >> 30 >= adds && generations[number] != 0) {
        remove_number(w->engine, number);
        generations[number] = 0;
      }
    }
    for (unsigned i = 0; i < NAMES; i++) {
      if (generations[i] == 0)
        expect_absent(w->engine, i);
      else
        assert_int_equal(find_number(w->engine, i).generation, generations[i]);
    }
  }
  lines = w->engine->names.carved;
  assert_in_range(lines, 1, NAMES / 10);
  for (unsigned i = 0; i < NAMES; i++)
    if (generations[i] != 0)
      remove_number(w->engine, i);
  assert_int_equal(w->engine->names.entries, 0);
  /* All lines that were needed beside the first ones are free again. */
  for (uint32_t at = w->engine->names.free_others; at != SUP_NONE; lines--) {
    uint32_t chunk =
        31u - (unsigned)__builtin_clz(at / SUP_NAME_CHUNK_FIRST + 1);

    at -= SUP_NAME_CHUNK_FIRST * ((1u << chunk) - 1);
    at = w->engine->names.others.chunks[chunk][at].more;
  }
  assert_int_equal(lines, 0);
  free_world(w);
}

/* A spec's children are many at once: the last ones are on their way into the
 * index when the first are asked for. */
static void D6_those_that_have_just_come_are_found(void **state) {
  (void)state;
  sup_spec *root = one_for_one("root", NULL);
  struct world *w;
  char name[16];

  for (unsigned i = 0; i < 20; i++) {
    snprintf(name, sizeof(name), "w%u", i);
    assert_int_equal(sup_spec_add(root, worker(name)), 0);
  }
  w = world_create(root);
  for (unsigned i = 20; i > 0; i--)
    assert_int_equal(find_number(w->engine, i - 1).node, i);
  w->blind = true;
  free_world(w);
}

static void D6_who_asks_in_order_does_not_need_the_index(void **state) {
  (void)state;
  struct world *w = empty_world();
  uint64_t before;

  for (unsigned i = 0; i < 1000; i++)
    add_number(w->engine, i);
  before = w->engine->names.looked_at;
  for (unsigned i = 0; i < 1000; i++)
    assert_int_equal(find_number(w->engine, i).node, i + 1);
  assert_in_range(w->engine->names.looked_at - before, 2, 4);
  /* The last one that was found, and the one that would be next, go away. */
  find_number(w->engine, 500);
  find_number(w->engine, 501);
  remove_number(w->engine, 502);
  remove_number(w->engine, 501);
  expect_absent(w->engine, 502);
  expect_absent(w->engine, 501);
  find_number(w->engine, 503);
  find_number(w->engine, 504);
  find_number(w->engine, 505);
  /* One behind the last is not expected. */
  find_number(w->engine, 998);
  find_number(w->engine, 999);
  expect_absent(w->engine, 1000);
  find_number(w->engine, 0);
  free_world(w);
}

/* D4: a million that come and go need no more than one. */
static void D6_slots_and_positions_are_used_again(void **state) {
  (void)state;
  struct world *w = empty_world();
  uint32_t carved;

  add_number(w->engine, 0);
  add_number(w->engine, 1);
  carved = w->engine->carved;
  for (unsigned i = 0; i < 20000; i++) {
    assert_int_equal(
        sup__engine_delete(w->engine, find_number(w->engine, i + 1), NULL), 0);
    perform_all(w->engine);
    add_number(w->engine, i + 2);
  }
  assert_in_range(w->engine->carved, carved, carved + 1);
  free_world(w);
}

static void assert_ascending(struct sup_engine *e) {
  const struct sup_supervisor *list = sup__node(e, e->root)->super;

  for (uint32_t c = list->first; c != SUP_NONE; c = sup__node(e, c)->next) {
    const struct sup_node *n = sup__node(e, c);

    if (n->next != SUP_NONE)
      assert_true(n->position < sup__node(e, n->next)->position);
  }
}

static void D6_positions_do_not_run_out(void **state) {
  (void)state;
  struct world *w = empty_world();
  uint32_t highest = 0;

  for (unsigned i = 0; i < 100; i++)
    add_number(w->engine, i);
  /* As if four thousand million had come and gone since. */
  for (unsigned i = 50; i < 100; i++)
    sup__node(w->engine, find_number(w->engine, i).node)->position =
        UINT32_MAX - 200 + i;
  for (unsigned i = 100; i < 400; i++) {
    struct sup_ref ref = add_number(w->engine, i);
    uint32_t position = sup__node(w->engine, ref.node)->position;

    if (position > highest)
      highest = position;
    assert_ascending(w->engine);
    if (i % 3 == 0) {
      /* Also the one at which the numbering stands. */
      struct sup_ref gone = find_number(w->engine, i - 60);

      assert_int_equal(sup__engine_delete(w->engine, gone, NULL), 0);
      perform_all(w->engine);
      assert_ascending(w->engine);
    }
  }
  assert_true(highest > UINT32_MAX - 100);
  assert_true(sup__node(w->engine, find_number(w->engine, 399).node)->position <
              (1u << 31) + 1000);
  free_world(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(D6_finding_does_not_depend_on_how_many_there_are),
      WORLD_TEST(D6_each_is_found_whatever_came_and_went),
      WORLD_TEST(D6_those_that_have_just_come_are_found),
      WORLD_TEST(D6_who_asks_in_order_does_not_need_the_index),
      WORLD_TEST(D6_slots_and_positions_are_used_again),
      WORLD_TEST(D6_positions_do_not_run_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
