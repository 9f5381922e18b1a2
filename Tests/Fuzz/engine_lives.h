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
 * Of the engine's fuzzer: the incarnations that it has seen begin, and what
 * comes out of the engine by itself.
 */

#ifndef ENGINE_LIVES_H
#define ENGINE_LIVES_H

#include "fuzz_spec.h"

#include "engine/engine.h"

#define LIVES 2048
#define REQUESTS 128
#define FLIGHTS 4
#define EPOCH SUP_SECONDS(1000)

/* One incarnation that was started, or one build of a resource. */
struct life {
  struct sup_ref ref;
  bool resource; /* a build, not a child */
  bool process;
  bool begins;  /* its table says that it reports that */
  bool alive;   /* has not reported its end (a build: its result) */
  bool entered; /* start has returned success: END is due */
  bool ended;   /* END was performed (a build: cleanup reported) */
  bool begun;
  bool built;    /* a build that succeeded: a cleanup is due */
  bool cleaning; /* which is being performed */
};

static struct {
  struct sup_engine *engine;
  uint64_t now;
  struct life lives[LIVES];
  size_t count;
  struct sup_action main_flight;
  bool flying;
  struct sup_action foreign_flights[FLIGHTS];
  size_t foreign;
  unsigned readers;
  uint64_t read;
  struct sup_request requests[REQUESTS];
  bool over[REQUESTS]; /* answered, or given up */
  unsigned asked;
  unsigned answered;
} world;

static bool same_ref(struct sup_ref a, struct sup_ref b) {
  return a.node == b.node && a.generation == b.generation &&
         a.incarnation == b.incarnation;
}

static struct life *find_life(struct sup_ref ref) {
  size_t i;
  for (i = world.count; i > 0; i--)
    if (same_ref(world.lives[i - 1].ref, ref))
      return &world.lives[i - 1];
  return NULL;
}

/* For whoever plays a finding: SUPERVISOR_FUZZ_TELL=1 tells what happens. */
static void tell(const char *what, struct sup_ref ref, int detail) {
  static int wanted = -1;
  char path[256];
  if (wanted < 0)
    wanted = getenv("SUPERVISOR_FUZZ_TELL") != NULL;
  if (!wanted)
    return;
  path[0] = '\0';
  sup__engine_path(world.engine, ref.node, ref.generation, path, sizeof(path));
  fprintf(stderr, "%10llu us  %s %s#%llu (%d)\n",
          (unsigned long long)((world.now - EPOCH) / 1000), what, path,
          (unsigned long long)ref.incarnation, detail);
}

static void tell_all(void) {
  uint32_t node = sup__engine_next_node(world.engine, UINT32_MAX);
  for (; node != UINT32_MAX; node = sup__engine_next_node(world.engine, node)) {
    sup_node_info info = {.size = sizeof(info)};
    sup_token error;
    sup_spec *spec;
    void *state;
    sup__engine_node_info(world.engine, node, &info, &error, &spec, &state);
    tell(sup_state_name(info.state),
         (struct sup_ref){node, info.child.generation, info.child.incarnation},
         0);
  }
}

static sup_token decode_error(struct fuzz *in) {
  struct sup_error *error;
  if (fuzz_one_in(in, 2))
    return sup__token_code(SUP_EFAILED);
  error = sup__error_new(&fuzz_allocator, SUP_EFAILED);
  return error == NULL ? 0 : sup__token_error(error);
}

/* ---- What comes out ----------------------------------------------------- */

static void collect(void) {
  struct sup_error *error = sup__engine_take_garbage(world.engine);
  sup_spec *spec;
  while (error != NULL) {
    struct sup_error *next = error->next;
    error->next = NULL;
    sup__error_free(error);
    error = next;
  }
  while ((spec = sup__engine_take_spec(world.engine)) != NULL)
    sup_spec_unref(spec);
}

static void read_journal(void) {
  uint64_t last = sup__engine_last_event(world.engine);
  struct sup_record record;
  char path[64];
  while (world.readers > 0 && world.read < last) {
    world.read++;
    if (!sup__engine_record(world.engine, world.read, &record))
      continue;
    FUZZ_CHECK(record.number == world.read && record.cause < record.number);
    FUZZ_CHECK(record.time <= world.now);
    FUZZ_CHECK(sup__engine_path(world.engine, record.ref.node, 0, path,
                                sizeof(path)) > 0);
  }
  world.read = last;
}

static void look(void) {
  read_journal();
  collect();
}

/* In slices, between which others may look, but bring nothing. */
static void tick(void) {
  sup__engine_set_time(world.engine, world.now, world.now);
  while (sup__engine_expire_some(world.engine)) {
    FUZZ_CHECK(sup__engine_is_late(world.engine));
    look();
  }
  FUZZ_CHECK(!sup__engine_is_late(world.engine));
  FUZZ_CHECK(sup__engine_next_deadline(world.engine) > world.now);
}

#endif
