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

/* Structs that begin with their size, of older and newer headers (C2). */

#include "face_fixture.h"

#include <stdalign.h>
#include <stddef.h>
#include <string.h>

#include "engine/sized.h"
#include "supervisor/allocator.h"

/* ---- The rule itself ---------------------------------------------------- */

struct old {
  size_t size;
  uint64_t a;
};

struct new {
  size_t size;
  uint64_t a, b, c;
};

#define KNOWN_OF_NEW SUP_THROUGH(struct new, b)

static void C2_what_an_older_caller_gives(void **state) {
  struct new ours = {sizeof(ours), 1, 2, 3};
  struct old theirs = {sizeof(theirs), 7};

  (void)state;
  assert_true(sup__sized_take(&ours, sizeof(ours), &theirs, sizeof(size_t)));
  assert_int_equal(ours.size, sizeof(ours));
  assert_int_equal(ours.a, 7);
  assert_int_equal(ours.b, 2); /* the default */
  assert_int_equal(ours.c, 3);
  assert_false(sup__sized_take(&ours, sizeof(ours), &theirs,
                               SUP_THROUGH(struct new, b)));
  assert_int_equal(SUP_OPTIONAL(struct new, &ours, c), 3);
  ours.size = KNOWN_OF_NEW;
  assert_int_equal(SUP_OPTIONAL(struct new, &ours, b), 2);
  assert_int_equal(SUP_OPTIONAL(struct new, &ours, c), 0);
}

static void C2_what_a_newer_caller_gives(void **state) {
  struct old ours = {sizeof(ours), 1};
  struct new theirs = {sizeof(theirs), 7, 0, 0};

  (void)state;
  assert_true(sup__sized_take(&ours, sizeof(ours), &theirs, sizeof(size_t)));
  assert_int_equal(ours.size, sizeof(ours));
  assert_int_equal(ours.a, 7);
  theirs.c = (uint64_t)1 << 63; /* the last byte of it */
  ours.a = 1;
  assert_false(sup__sized_take(&ours, sizeof(ours), &theirs, sizeof(size_t)));
  assert_int_equal(ours.a, 1);
}

static void C2_what_a_caller_is_given(void **state) {
  struct new ours = {sizeof(ours), 1, 2, 3};
  struct old theirs = {sizeof(theirs), 9};
  struct new newer = {sizeof(newer), 9, 9, 9};

  (void)state;
  assert_true(sup__sized_give(&theirs, &ours, sizeof(ours)));
  assert_int_equal(theirs.size, sizeof(theirs));
  assert_int_equal(theirs.a, 1);
  assert_true(sup__sized_give(&newer, &ours, KNOWN_OF_NEW));
  assert_int_equal(newer.size, sizeof(newer));
  assert_int_equal(newer.b, 2);
  assert_int_equal(newer.c, 0); /* not known, so not left as it was */
}

static void C2_sizes_that_are_none(void **state) {
  static const size_t sizes[] = {0, 4, sizeof(struct new) - 1, 4104, SIZE_MAX};
  struct new ours = {sizeof(ours), 1, 2, 3};
  struct new theirs = {0, 7, 8, 9};

  (void)state;
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    theirs.size = sizes[i];
    assert_false(sup__sized_take(&ours, sizeof(ours), &theirs, sizeof(size_t)));
    assert_false(sup__sized_can_give(&theirs));
    assert_false(sup__sized_give(&theirs, &ours, sizeof(ours)));
    assert_int_equal(theirs.a, 7);
  }
  assert_false(sup__sized_take(&ours, sizeof(ours), NULL, sizeof(size_t)));
  assert_int_equal(ours.a, 1);
}

/* ---- Every struct of the headers ----------------------------------------
 *
 * Each is given with room behind it, as a newer header would have it. `use`
 * hands it to a function that takes it and returns that function's answer.
 */

#define ROOM 16u

struct sized {
  const char *name;
  size_t size;     /* of ours */
  size_t required; /* may end here */
  int (*use)(void *given);
  union {
    sup_runtime_options runtime;
    sup_events_options events;
    sup_allocator allocator;
    sup_backoff backoff;
    sup_callbacks callbacks;
    sup_resource resource;
    sup_readiness readiness;
    sup_output output;
  } good;
};

/* A table has to stay valid as long as its spec, which a tree may hold for a
 * little while after its end: each that is given away has memory of its own. */
#define GIVEN_SIZE ((sizeof(((struct sized *)0)->good) + ROOM + 15) / 16 * 16)
#define GIVEN_MOST 256

static unsigned char *next_given(void) {
  static alignas(16) unsigned char all[GIVEN_MOST][GIVEN_SIZE];
  static size_t next;

  assert_true(next < GIVEN_MOST);
  return all[next++];
}

static int with_spec(sup_spec *spec, int code) {
  int checked = sup_spec_check(spec, NULL);

  /* What is refused is a fault of the spec. */
  assert_int_equal(code == 0, checked == 0);
  sup_spec_unref(spec);
  return code;
}

static int use_runtime(void *given) {
  sup_runtime *runtime;
  int code = sup_runtime_create(&runtime, given);

  assert_int_equal(code == 0, runtime != NULL);
  if (code == 0)
    assert_int_equal(sup_runtime_close(runtime), 0);
  sup_runtime_unref(runtime);
  return code;
}

static int use_events(void *given) {
  sup_tree *tree = create_tree(sup_supervisor_spec("top", SUP_ONE_FOR_ONE));
  sup_events *events;
  int code = sup_events_open(tree, given, &events);

  assert_int_equal(code == 0, events != NULL);
  sup_events_close(events);
  sup_tree_unref(tree);
  return code;
}

static int use_allocator(void *given) {
  return sup_set_allocator(given);
}

static int use_backoff(void *given) {
  sup_spec *spec = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);

  return with_spec(spec, sup_spec_set_backoff(spec, given));
}

static int use_callbacks(void *given) {
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  sup_tree *tree;
  int code;

  sup_spec_add(top, sup_callback_spec("a", given, NULL));
  code = sup_tree_start(world.runtime, top, &tree, NULL);
  /* Without a stop function only its time passes, which is none. */
  if (code == 0) {
    code = sup_tree_stop(tree, 0, NULL);
    assert_true(code == 0 || code == SUP_ETERMINATION);
    code = 0;
  }
  sup_tree_unref(tree);
  sup_spec_unref(top);
  return code == SUP_ESPEC ? SUP_EINVAL : code;
}

static int use_resource(void *given) {
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);
  int code = sup_spec_set_resource(top, given, NULL);
  sup_tree *tree;

  if (code == 0) {
    assert_int_equal(sup_tree_start(world.runtime, top, &tree, NULL), 0);
    end_tree(tree);
  }
  return with_spec(top, code);
}

static int use_readiness(void *given) {
  const char *const argv[] = {"true", NULL};
  sup_spec *spec = sup_process_spec("a", argv);

  return with_spec(spec, sup_spec_set_readiness(spec, given));
}

static int use_output(void *given) {
  const char *const argv[] = {"true", NULL};
  sup_spec *spec = sup_process_spec("a", argv);

  return with_spec(spec, sup_spec_set_output(spec, given, NULL));
}

static int begin_nothing(void *ctx, sup_child child, void **state) {
  (void)ctx;
  (void)state;
  return sup_child_completed(child);
}

static int build_nothing(void *ctx, sup_child supervisor, void **state) {
  (void)ctx;
  (void)state;
  return sup_child_built(supervisor, NULL);
}

#define SIZED(type, last, function, ...)                                       \
  {                                                                            \
#type, sizeof(type), SUP_THROUGH(type, last), function, {                  \
      __VA_ARGS__                                                              \
    }                                                                          \
  }

static void C2_structs_of_other_headers(void **state) {
  struct sized all[] = {
      SIZED(sup_runtime_options, size, use_runtime,
            .runtime = SUP_RUNTIME_OPTIONS_INIT),
      SIZED(sup_events_options, size, use_events,
            .events = SUP_EVENTS_OPTIONS_INIT),
      SIZED(sup_allocator, release, use_allocator, .allocator = {0}),
      SIZED(sup_backoff, size, use_backoff, .backoff = SUP_BACKOFF_STANDARD),
      SIZED(
          sup_callbacks, start, use_callbacks,
          .callbacks = {.size = sizeof(sup_callbacks), .start = begin_nothing}),
      SIZED(sup_resource, build, use_resource,
            .resource = {.size = sizeof(sup_resource), .build = build_nothing}),
      SIZED(sup_readiness, kind, use_readiness,
            .readiness = {.size = sizeof(sup_readiness)}),
      SIZED(sup_output, mode, use_output,
            .output = {.size = sizeof(sup_output)}),
  };

  (void)state;
  all[2].good.allocator = *sup__allocator();
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
    struct sized *s = &all[i];
    /* The smallest size with its alignment; what is required can end before. */
    size_t least = (s->required + 7) / 8 * 8;
    unsigned char *given;
    size_t size;

    print_message("%s\n", s->name);
    /* What ends before our last field has garbage after its end. */
    for (size = 0; size <= s->size + ROOM; size += 8) {
      given = next_given();
      memcpy(given, &s->good, s->size);
      if (size < s->size)
        memset(given + size, 0xff, GIVEN_SIZE - size);
      memcpy(given, &size, sizeof(size));
      assert_int_equal(s->use(given), size < least ? SUP_EINVAL : 0);
    }
    size = s->size + ROOM;
    given = next_given();
    memcpy(given, &s->good, s->size);
    memcpy(given, &size, sizeof(size));
    given[size - 1] = 1;
    assert_int_equal(s->use(given), SUP_EINVAL);
    size = s->size - 1;
    memcpy(given, &size, sizeof(size));
    assert_int_equal(s->use(given), SUP_EINVAL);
  }
}

/* A whole tree, told to a program with an older and with a newer header. */
static void C2_filled_structs_of_other_headers(void **state) {
  worker_of_test a = WORKER(.name = "a");
  union {
    sup_event event;
    sup_tree_counters counters;
    sup_lag lag;
    unsigned char bytes[sizeof(sup_event) + ROOM];
  } given;
  sup_tree *tree = create_tree(TOP(&a));
  sup_events *events = open_events(tree);

  (void)state;
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  memset(&given, 0xff, sizeof(given));
  given.event.size = offsetof(sup_event, number);
  assert_int_equal(sup_events_wait(events, &given.event, WATCHDOG), 1);
  assert_int_equal(given.event.kind, SUP_EVENT_STARTING);
  assert_int_equal(given.event.size, offsetof(sup_event, number));
  assert_true(given.event.number == UINT64_MAX);
  given.event.size = sizeof(given);
  assert_int_equal(sup_events_wait(events, &given.event, WATCHDOG), 1);
  assert_string_equal(given.event.path, "top/a");
  assert_int_equal(given.bytes[sizeof(given) - 1], 0);
  sup_events_close(events);
  memset(&given, 0xff, sizeof(given));
  given.counters.size = offsetof(sup_tree_counters, starts);
  assert_int_equal(sup_tree_count(tree, &given.counters), 0);
  assert_int_equal(given.counters.events, 3);
  assert_true(given.counters.starts == UINT64_MAX);
  memset(&given, 0xff, sizeof(given));
  given.lag.size = offsetof(sup_lag, maximum);
  assert_int_equal(sup_runtime_lag(world.runtime, &given.lag), 0);
  assert_true(given.lag.last < WATCHDOG);
  assert_true(given.lag.maximum == UINT64_MAX);
  given.lag.size = 0;
  assert_int_equal(sup_runtime_lag(world.runtime, &given.lag), SUP_EINVAL);
  end_tree(tree);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(C2_what_an_older_caller_gives),
      cmocka_unit_test(C2_what_a_newer_caller_gives),
      cmocka_unit_test(C2_what_a_caller_is_given),
      cmocka_unit_test(C2_sizes_that_are_none),
      world_test(C2_structs_of_other_headers),
      world_test(C2_filled_structs_of_other_headers),
  };

  return run_all(tests);
}
