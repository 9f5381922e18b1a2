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
 * E4, E5, H8: snapshots of a tree in any state, and their text, against a walk
 * over the engine and against each other. The tree has no threads: its engine
 * is driven from here.
 */

#include "fuzz.h"
#include "supervisor/private.h"

#define NODES 24
#define STEPS 64
#define TEXT 8192
#define NAME 16

static struct {
  struct sup_runtime runtime;
  struct sup_tree tree;
  struct sup_ref living[NODES * 4]; /* handed over, and not ended */
  size_t count;
} world;

static struct sup_engine *engine(void) {
  return world.tree.dispatcher.engine;
}

/* ---- A tree ------------------------------------------------------------- */

static int never(void *ctx, sup_child child, void **state) {
  (void)ctx, (void)child, (void)state;
  return SUP_EFAILED;
}

static const sup_callbacks table = {
    sizeof(table), SUP_CALLBACKS_ANY_THREAD, never, NULL, NULL, NULL};

/* Bytes and a number, so that no two are the same. */
static const char *decode_name(struct fuzz *in, unsigned number, char *name) {
  char given[NAME];

  snprintf(name, 2 * NAME, "%s%u",
           fuzz_one_in(in, 2) ? fuzz_text(in, given, sizeof(given)) : "n",
           number);
  return name;
}

static sup_spec *decode_worker(struct fuzz *in, unsigned number) {
  char name[2 * NAME];
  sup_spec *spec =
      sup_callback_spec(decode_name(in, number, name), &table, NULL);
  unsigned how = fuzz_byte(in);

  sup_spec_set_restart(spec, (sup_restart)(how % 3));
  if (how & 4)
    sup_spec_set_notify_start(spec, true);
  if (how & 8)
    sup_spec_set_when_stuck(spec, SUP_STUCK_OVERLAP, 0);
  if (how & 16)
    sup_spec_set_shutdown_timeout(spec, SUP_MILLISECONDS(fuzz_byte(in)));
  return spec;
}

/* Depth first, from a stack of supervisors that are not finished. */
static sup_spec *decode_tree(struct fuzz *in) {
  static const sup_strategy strategies[] = {SUP_ONE_FOR_ONE, SUP_ONE_FOR_ALL,
                                            SUP_REST_FOR_ONE};
  sup_spec *open[NODES];
  size_t depth = 0;
  char name[2 * NAME];

  open[depth++] = sup_supervisor_spec("top", strategies[fuzz_below(in, 3)]);
  for (unsigned number = 1; number < NODES; number++) {
    unsigned how = fuzz_below(in, 4);

    if (how == 3 && depth > 1) {
      sup_spec *done = open[--depth];

      sup_spec_add(open[depth - 1], done);
    } else if (how == 2) {
      open[depth++] = sup_supervisor_spec(decode_name(in, number, name),
                                          strategies[fuzz_below(in, 3)]);
    } else {
      sup_spec_add(open[depth - 1], decode_worker(in, number));
    }
  }
  for (; depth > 1; depth--)
    sup_spec_add(open[depth - 2], open[depth - 1]);
  sup_spec_set_tolerance(open[0], fuzz_byte(in), SUP_SECONDS(5));
  return open[0];
}

/* ---- What happens to it ------------------------------------------------- */

static sup_token decode_error(struct fuzz *in) {
  static const char *const texts[] = {NULL, "it broke", "", "no room: é"};

  return fuzz_one_in(in, 2)
             ? 0
             : sup__token_error(sup_error_create(
                   SUP_EFAILED, texts[fuzz_below(in, 4)], NULL, NULL));
}

static void end_of(struct sup_ref ref) {
  for (size_t i = 0; i < world.count; i++)
    if (world.living[i].generation == ref.generation &&
        world.living[i].incarnation == ref.incarnation) {
      world.living[i] = world.living[--world.count];
      return;
    }
}

static void perform_one(struct fuzz *in, bool willing) {
  unsigned how = willing ? 0 : fuzz_byte(in);
  struct sup_action action;

  if (!sup__engine_peek(engine(), SUP_QUEUE_MAIN, &action))
    return;
  sup__engine_take(engine(), SUP_QUEUE_MAIN);
  if (action.kind != SUP_ACTION_START) {
    sup__engine_performed(engine(), &action);
    /* It may be deaf, but in the end. */
    if (action.kind == SUP_ACTION_STOP && (willing || how % 4 != 0)) {
      sup__engine_exited(engine(), action.ref, SUP_OUTCOME_CANCELED, 0);
      end_of(action.ref);
    }
    return;
  }
  if (how % 8 != 7) {
    if (world.count < sizeof(world.living) / sizeof(world.living[0]))
      world.living[world.count++] = action.ref;
    sup__engine_started_by(engine(), action.ref, 0, NULL,
                           action.spec->policy->notify_start, 0);
  } else {
    sup__engine_started_by(engine(), action.ref,
                           how & 8 ? SUP_NOT_NEEDED : SUP_EFAILED, NULL, false,
                           0);
  }
}

static void report_one(struct fuzz *in) {
  struct sup_ref ref;

  if (world.count == 0)
    return;
  ref = world.living[fuzz_below(in, (unsigned)world.count)];
  if (fuzz_one_in(in, 2)) {
    sup__engine_acknowledged(engine(), ref);
    return;
  }
  sup__engine_exited(engine(), ref, (sup_outcome)fuzz_below(in, 5),
                     decode_error(in));
  end_of(ref);
}

static void clear_away(void) {
  struct sup_error *error = sup__engine_take_garbage(engine());

  while (error != NULL) {
    struct sup_error *next = error->next;

    error->next = NULL;
    sup__error_free(error);
    error = next;
  }
  for (sup_spec *spec; (spec = sup__engine_take_spec(engine())) != NULL;)
    sup_spec_unref(spec);
}

static void pass_time(uint64_t by) {
  uint64_t now = atomic_load(&world.runtime.manual_now) + by;

  atomic_store(&world.runtime.manual_now, now);
  sup__engine_tick(engine(), now, now);
}

/* ---- What holds --------------------------------------------------------- */

/* As sup_error_explain: one length whatever the buffer, and what fits of it. An
 * error without memory for its sentence has a shorter one. */
static void check_text(struct fuzz *in, const sup_snapshot *s) {
  static char all[TEXT * 4], some[TEXT * 4];
  size_t length = sup_snapshot_text(s, all, sizeof(all));
  size_t size = fuzz_below(in, 512);
  size_t lines = 0;
  const char *at = all;

  if (fuzz_refused() > 0)
    return;
  FUZZ_CHECK(length < sizeof(all) && strlen(all) == length);
  FUZZ_CHECK(sup_snapshot_text(s, NULL, 0) == length);
  memset(some, 'x', sizeof(some));
  FUZZ_CHECK(sup_snapshot_text(s, some, size) == length);
  if (size > 0)
    FUZZ_CHECK(strlen(some) < size && strncmp(some, all, strlen(some)) == 0);
  FUZZ_CHECK(some[size] == 'x');
  /* A line for each: where it is, what it is called, how it is. */
  for (; lines < sup_snapshot_count(s); lines++) {
    const sup_node_info *info = sup_snapshot_node(s, lines);
    const char *name = info->path != NULL ? info->path : info->name;
    const char *state = sup_state_name(info->state);
    size_t indent = info->path != NULL ? 0 : 2 * (size_t)info->depth;

    FUZZ_CHECK(strspn(at, " ") >= indent);
    at += indent;
    FUZZ_CHECK(strncmp(at, name, strlen(name)) == 0);
    at += strlen(name);
    FUZZ_CHECK(strncmp(at, "  ", 2) == 0);
    FUZZ_CHECK(strncmp(at + 2, state, strlen(state)) == 0);
    at = strchr(at, '\n');
    FUZZ_CHECK(at != NULL);
    at++;
  }
  FUZZ_CHECK(*at == '\0' && sup_snapshot_node(s, lines) == NULL);
}

/* All nodes, in the order of a walk, and nothing happened meanwhile. */
static void check_whole(struct fuzz *in) {
  uint32_t node = sup__engine_next_node(engine(), UINT32_MAX);
  uint64_t first, last;
  sup_snapshot *s;

  if (sup_tree_snapshot(&world.tree, &s) != 0) {
    FUZZ_CHECK(fuzz_refused() > 0 && s == NULL);
    return;
  }
  sup_snapshot_events(s, &first, &last);
  FUZZ_CHECK(first == last && last == sup__engine_last_event(engine()));
  for (size_t i = 0; i < sup_snapshot_count(s); i++) {
    const sup_node_info *info = sup_snapshot_node(s, i);

    FUZZ_CHECK(node != UINT32_MAX && info->child.node == node);
    FUZZ_CHECK(i == 0 || info->depth <= sup_snapshot_node(s, i - 1)->depth + 1);
    FUZZ_CHECK((info->depth == 0) == (i == 0));
    node = sup__engine_next_node(engine(), node);
  }
  FUZZ_CHECK(node == UINT32_MAX);
  check_text(in, s);
  sup_snapshot_free(s);
}

/* Some of them, each with its path, by which it is found. */
static void check_some(struct fuzz *in, bool unready) {
  sup_snapshot *s, *one;
  int r = unready ? sup_tree_unready(&world.tree, &s)
                  : sup_tree_stop_waits(&world.tree, &s);

  if (r != 0) {
    FUZZ_CHECK(fuzz_refused() > 0 && s == NULL);
    return;
  }
  if (unready)
    FUZZ_CHECK((sup_snapshot_count(s) == 0) == sup_tree_is_ready(&world.tree));
  for (size_t i = 0; i < sup_snapshot_count(s); i++) {
    const sup_node_info *info = sup_snapshot_node(s, i);
    struct sup_ref ref;

    FUZZ_CHECK(info->path != NULL && info->state != SUP_STATE_RUNNING);
    FUZZ_CHECK(sup__engine_find_path(engine(), info->path, &ref) == 0);
    FUZZ_CHECK(ref.node == info->child.node);
    if (sup_child_snapshot(info->child, &one) == 0) {
      FUZZ_CHECK(strcmp(sup_snapshot_node(one, 0)->path, info->path) == 0);
      FUZZ_CHECK(sup_snapshot_node(one, 0)->state == info->state);
      sup_snapshot_free(one);
    } else {
      FUZZ_CHECK(fuzz_refused() > 0);
    }
  }
  check_text(in, s);
  sup_snapshot_free(s);
}

static void check(struct fuzz *in) {
  if (fuzz_one_in(in, 8)) {
    unsigned from = 1 + fuzz_below(in, 16);

    fuzz_refuse(from, from);
  }
  check_whole(in);
  check_some(in, true);
  check_some(in, false);
  fuzz_refuse(0, 0);
  check_whole(in);
}

/* ---- Runs --------------------------------------------------------------- */

static void step(struct fuzz *in) {
  switch (fuzz_below(in, 8)) {
  case 0:
    report_one(in);
    break;
  case 1:
    pass_time(SUP_MILLISECONDS(fuzz_byte(in)));
    break;
  case 2:
    pass_time(SUP_SECONDS(fuzz_byte(in)));
    break;
  case 3:
    if (fuzz_one_in(in, 4))
      sup__engine_stop(engine(), SUP_SECONDS(fuzz_byte(in)));
    break;
  case 4:
    check(in);
    break;
  default:
    perform_one(in, false);
  }
  clear_away();
}

static void end(struct fuzz *in) {
  struct fuzz nothing = {NULL, 0};

  sup__engine_stop(engine(), 0);
  for (unsigned i = 0; i < 100 * NODES && !sup__engine_is_quiet(engine());
       i++) {
    perform_one(&nothing, true);
    while (world.count > 0)
      sup__engine_exited(engine(), world.living[--world.count],
                         SUP_OUTCOME_CANCELED, 0);
    clear_away();
  }
  FUZZ_CHECK(sup__engine_state(engine()) == SUP_TREE_ENDED);
  check(in);
  clear_away();
}

void fuzz_one(struct fuzz *in) {
  sup_spec *spec = decode_tree(in);
  struct sup_engine_options options = {&fuzz_allocator, 1, 1, 1};

  memset(&world, 0, sizeof(world));
  if (sup_spec_check(spec, NULL) != 0) {
    sup_spec_unref(spec);
    return;
  }
  sup__spec_freeze(spec);
  world.runtime.manual = true;
  world.runtime.allocator = &fuzz_allocator;
  world.runtime.fork_generation = sup__fork_generation;
  atomic_store(&world.runtime.manual_now, 1);
  world.tree.runtime = &world.runtime;
  pthread_mutex_init(&world.tree.lock, NULL);
  FUZZ_CHECK(
      sup__engine_create(&world.tree.dispatcher.engine, spec, &options) == 0);
  sup__engine_launch(engine());
  for (unsigned i = 0; i < STEPS && in->left > 0; i++)
    step(in);
  check(in);
  end(in);
  sup__engine_destroy(engine());
  pthread_mutex_destroy(&world.tree.lock);
  sup_spec_unref(spec);
}
