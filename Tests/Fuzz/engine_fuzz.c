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
 * C5: the engine under any stream of events and times. The bytes are a tree and
 * then what happens: actions performed now or later, reports of living, dead
 * and unknown children, requests, time, lack of memory. In the end it is
 * stopped, everything ends, and nothing is left.
 *
 *   I2  no two incarnations at once, unless the spec allows it
 *   I4  every end is taken
 *   H2  no step for who is gone, no kill but for a process
 *   H7  one final event, the last one
 *   D2  whatever is asked for of a child is answered once
 *   C4  all memory comes back; without some of it nothing is lost
 */

#include "engine_lives.h"

#include "supervisor/report.h"

#define STEPS 600
#define LAST_TIME (UINT64_C(1) << 62)

/* ---- Actions ------------------------------------------------------------ */

/* I2: of this node nobody else lives. */
static void check_alone(const struct sup_action *action) {
  size_t i;
  for (i = 0; i < world.count; i++) {
    const struct life *life = &world.lives[i];
    if (life->ref.node != action->ref.node ||
        life->ref.generation != action->ref.generation)
      continue;
    FUZZ_CHECK(life->ref.incarnation < action->ref.incarnation);
    if (action->spec->policy->when_stuck != SUP_STUCK_OVERLAP) {
      FUZZ_CHECK(!life->alive || (life->begins && !life->begun));
      FUZZ_CHECK(!life->entered || life->ended);
    }
  }
}

/* What START has left. One that was replaced while it still ran goes on under
 * another node. */
static struct life *entered_life(const struct sup_action *action) {
  struct life *life = action->state;
  FUZZ_CHECK(life >= world.lives && life < world.lives + world.count);
  FUZZ_CHECK(life->entered && !life->ended);
  FUZZ_CHECK(life->ref.generation == action->ref.generation);
  FUZZ_CHECK(life->ref.incarnation == action->ref.incarnation);
  FUZZ_CHECK(life->ref.node == action->ref.node ||
             action->spec->policy->when_stuck == SUP_STUCK_OVERLAP);
  return life;
}

static void taken(const struct sup_action *action) {
  static const char *const names[] = {"start",  "stop",    "end",   "build",
                                      "cancel", "cleanup", "notify"};
  struct life *life;
  tell(names[action->kind], action->ref,
       action->kind == SUP_ACTION_STOP ? (int)action->step.action : 0);
  switch (action->kind) {
  case SUP_ACTION_START:
  case SUP_ACTION_BUILD:
    FUZZ_CHECK(sup__engine_state(world.engine) != SUP_TREE_ENDED);
    FUZZ_CHECK(find_life(action->ref) == NULL);
    if (action->kind == SUP_ACTION_START)
      check_alone(action);
    FUZZ_CHECK(world.count < LIVES);
    life = &world.lives[world.count++];
    memset(life, 0, sizeof(*life));
    life->ref = action->ref;
    life->resource = action->kind == SUP_ACTION_BUILD;
    life->process = action->spec->kind == SUP_KIND_PROCESS;
    life->begins =
        action->spec->kind == SUP_KIND_CALLBACK &&
        (action->spec->u.callback.table->flags & SUP_CALLBACKS_REPORT_BEGIN);
    life->alive = true;
    return;
  case SUP_ACTION_STOP:
    life = entered_life(action);
    FUZZ_CHECK(action->step.action != SUP_STOP_KILL || life->process);
    return;
  case SUP_ACTION_END:
    life = entered_life(action);
    FUZZ_CHECK(!life->alive || (life->begins && !life->begun));
    life->alive = false;
    life->ended = true;
    return;
  case SUP_ACTION_CANCEL_BUILD:
    life = find_life(action->ref);
    FUZZ_CHECK(life != NULL && life->resource && !life->built);
    return;
  case SUP_ACTION_CLEANUP:
    life = find_life(action->ref);
    FUZZ_CHECK(life != NULL && life->built && !life->cleaning);
    FUZZ_CHECK(action->state == life);
    life->cleaning = true;
    return;
  case SUP_ACTION_NOTIFY:
  case SUP_ACTION_PROBE:
    return;
  }
}

static void finish_start(struct fuzz *in, const struct sup_action *action) {
  static const int results[] = {SUP_EFAILED, SUP_NOT_NEEDED, SUP_ENOMEM};
  struct life *life = find_life(action->ref);
  unsigned how = fuzz_byte(in);
  int result = how < 224 ? 0 : results[how % 3];
  bool waits = action->spec->policy->notify_start ||
               (action->spec->kind == SUP_KIND_PROCESS && how % 2 == 1);
  if (action->kind == SUP_ACTION_BUILD) {
    waits = true;
    result = result > 0 ? SUP_EFAILED : result;
  }
  if (result == 0)
    life->entered = true;
  else
    life->alive = false; /* but what was built before stays so */
  tell("  started", action->ref, result);
  sup__engine_started_by(world.engine, action->ref, result, life, waits,
                         result < 0 && how % 4 == 0 ? decode_error(in) : 0);
}

/* Everybody who waits for this node and has an answer. */
static void take_answers(uint32_t node) {
  struct sup_request *request;
  while ((request = sup__engine_take_answer(world.engine, node, true)) !=
         NULL) {
    FUZZ_CHECK(request >= world.requests &&
               request < world.requests + world.asked);
    if (sup__token_drop(request->answer))
      sup__error_free(sup__token_object(request->answer));
    FUZZ_CHECK(!world.over[request - world.requests]);
    world.over[request - world.requests] = true;
    world.answered++;
  }
}

static void finish(struct fuzz *in, const struct sup_action *action) {
  if (action->kind == SUP_ACTION_NOTIFY)
    take_answers(action->ref.node);
  if (action->kind == SUP_ACTION_START || action->kind == SUP_ACTION_BUILD)
    finish_start(in, action);
  else
    sup__engine_performed(world.engine, action);
  look();
}

/* Take what is at the head of a queue: FOUND, or LATER after one slice. */
static sup_look take(sup_queue queue, struct sup_action *action) {
  sup_look seen = sup__engine_look(world.engine, queue, action);
  if (seen == SUP_LOOK_FOUND) {
    sup__engine_take(world.engine, queue);
    taken(action);
  }
  look();
  return seen;
}

static bool act_main(struct fuzz *in, bool at_once) {
  struct sup_action action;
  sup_look seen;
  if (world.flying) {
    world.flying = false;
    action = world.main_flight;
    finish(in, &action);
    return true;
  }
  if (world.count == LIVES)
    return false;
  seen = take(SUP_QUEUE_MAIN, &action);
  if (seen != SUP_LOOK_FOUND)
    return seen == SUP_LOOK_LATER;
  if (at_once) {
    finish(in, &action);
  } else {
    world.main_flight = action;
    world.flying = true;
  }
  return true;
}

static bool act_foreign(struct fuzz *in, bool at_once) {
  struct sup_action action;
  size_t at;
  if (world.foreign < FLIGHTS &&
      take(SUP_QUEUE_FOREIGN, &action) == SUP_LOOK_FOUND) {
    world.foreign_flights[world.foreign++] = action;
    if (!at_once)
      return true;
  }
  if (world.foreign == 0)
    return false;
  at = fuzz_below(in, (unsigned)world.foreign);
  action = world.foreign_flights[at];
  world.foreign_flights[at] = world.foreign_flights[--world.foreign];
  finish(in, &action);
  return true;
}

/* ---- Reports ------------------------------------------------------------ */

static bool is_answer(int r) {
  return r == 0 || r == SUP_EGONE || r == SUP_ESTALE || r == SUP_EALREADY ||
         r == SUP_EMISUSE;
}

static void exits(struct fuzz *in, struct life *life, sup_outcome outcome) {
  bool unbegun = life->begins && !life->begun;
  bool was_alive = life->alive;
  bool in_start = !life->entered;
  int r = sup__engine_exited(world.engine, life->ref, outcome,
                             outcome != SUP_OUTCOME_COMPLETED ? decode_error(in)
                                                              : 0);
  tell("  exits", life->ref, r);
  FUZZ_CHECK(is_answer(r));
  if (!was_alive)
    FUZZ_CHECK(r != 0 || in_start);
  else if (!unbegun)
    FUZZ_CHECK(r == 0); /* I4 */
  if (r == 0 || unbegun)
    life->alive = false;
}

static void report_worker(struct fuzz *in, struct life *life) {
  unsigned what = fuzz_below(in, 12);
  int r = 0;
  switch (what) {
  case 0:
    r = sup__engine_begin(world.engine, life->ref);
    FUZZ_CHECK(r == 0 || !life->alive || life->begins);
    life->begun = life->begun || r == 0;
    life->alive = life->alive && r == 0;
    break;
  case 1:
    r = sup__engine_acknowledged(world.engine, life->ref);
    break;
  case 2:
    r = sup__engine_start_failed_as(world.engine, life->ref,
                                    (sup_outcome)(fuzz_below(in, 5)),
                                    decode_error(in));
    break;
  case 3:
    r = sup__engine_declined(world.engine, life->ref);
    break;
  case 4:
    r = sup__engine_done(world.engine, life->ref);
    break;
  case 5:
    r = sup__engine_request_restart(world.engine, life->ref);
    break;
  case 6:
    r = sup__engine_heartbeat(world.engine, life->ref, world.now);
    break;
  case 7:
    r = sup__engine_silent(world.engine, life->ref);
    break;
  case 8:
    r = sup__engine_extend_start(world.engine, life->ref, fuzz_number(in));
    break;
  default:
    exits(in, life, (sup_outcome)fuzz_below(in, 5));
  }
  tell("  reports", life->ref, (int)what);
  FUZZ_CHECK(is_answer(r));
}

static void report_built(struct fuzz *in, struct life *life) {
  sup_spec *children = NULL;
  int r;
  if (fuzz_one_in(in, 4))
    children = fuzz_spec(in, true);
  if (children != NULL &&
      sup__spec_check_under(children, sup__engine_spec(world.engine, life->ref),
                            NULL) == 0) {
    sup__spec_freeze(children);
    r = sup__engine_built(world.engine, life->ref, children);
  } else if (children != NULL) {
    r = sup__engine_built_in_vain(world.engine, life->ref, decode_error(in));
  } else {
    r = sup__engine_built(world.engine, life->ref, NULL);
  }
  sup_spec_unref(children);
  tell("  built", life->ref, r);
  FUZZ_CHECK(life->alive ? r == 0 : r != 0 && is_answer(r));
  life->built = life->built || r == 0;
  life->alive = false;
}

static void report_build_failed(struct fuzz *in, struct life *life) {
  int r = sup__engine_build_failed(world.engine, life->ref, decode_error(in));
  tell("  build failed", life->ref, r);
  FUZZ_CHECK(life->alive ? r == 0 : r != 0 && is_answer(r));
  life->alive = false;
}

static void report_cleaned(struct fuzz *in, struct life *life) {
  int r = sup__engine_cleaned(world.engine, life->ref,
                              fuzz_one_in(in, 2) ? decode_error(in) : 0);
  bool due = life->cleaning && !life->ended;
  tell("  cleaned", life->ref, r);
  FUZZ_CHECK(due ? r == 0 : r != 0 && is_answer(r));
  life->ended = life->ended || r == 0;
}

static void report(struct fuzz *in) {
  struct life *life;
  if (world.count == 0)
    return;
  /* The latest first: these mostly live. */
  life = &world.lives[world.count - 1 - fuzz_below(in, (unsigned)world.count)];
  tick();
  look();
  if (!life->resource)
    report_worker(in, life);
  else if (fuzz_one_in(in, 3))
    report_cleaned(in, life);
  else if (fuzz_one_in(in, 3))
    report_build_failed(in, life);
  else
    report_built(in, life);
  look();
}

/* R: children that it runs, alone or in a group, all or none (R8). */
static int run_some(struct fuzz *in, const struct life *life) {
  sup_spec *supervisor = sup__engine_spec(world.engine, life->ref);
  sup_group_mode mode = (sup_group_mode)fuzz_below(in, 2);
  sup_tree_counters before = {.size = sizeof(before)}, after = before;
  sup_spec *specs[4];
  struct sup_ref refs[4];
  size_t count = fuzz_below(in, 5), i;
  bool grouped = fuzz_one_in(in, 2), settled;
  int r = 0;
  for (i = 0; i < count; i++) {
    specs[i] = fuzz_child(in);
    if (r == 0)
      r = sup__spec_check_added(specs[i], supervisor, NULL);
    if (r == 0)
      sup__spec_freeze(specs[i]);
  }
  sup__engine_count(world.engine, &before);
  settled = !sup__engine_has_work(world.engine);
  if (r == 0)
    r = sup__engine_run(world.engine, life->ref, grouped ? &mode : NULL, specs,
                        count, refs);
  sup__engine_count(world.engine, &after);
  settled = settled && !sup__engine_has_work(world.engine);
  FUZZ_CHECK(r == 0 || !settled || after.nodes == before.nodes);
  FUZZ_CHECK(r != 0 || count == 0 || life->alive);
  while (count > 0)
    sup_spec_unref(specs[--count]);
  return r;
}

static bool is_refusal_to_run(int r) {
  return is_answer(r) || r == SUP_EINVAL || r == SUP_EHEALTHY ||
         r == SUP_ESTOPPING || r == SUP_EEXIST || r == SUP_ENOMEM ||
         r == SUP_ESPEC || r == SUP_EOVERFLOW;
}

static void act_from_inside(struct fuzz *in) {
  struct sup_request *request = &world.requests[world.asked];
  struct life *life;
  int r;
  if (world.count == 0 || world.count > LIVES / 2)
    return;
  life = &world.lives[world.count - 1 - fuzz_below(in, (unsigned)world.count)];
  tick();
  look();
  if (life->resource)
    return;
  switch (fuzz_below(in, 6)) {
  case 0:
    r = sup__engine_healthy(world.engine, life->ref);
    break;
  case 1:
    r = sup__engine_done(world.engine, life->ref);
    break;
  case 2:
    if (world.asked == REQUESTS)
      return;
    memset(request, 0, sizeof(*request));
    r = fuzz_below(in, 2) == 0
            ? sup__engine_await_healthy(world.engine, life->ref, request)
            : sup__engine_await_end(world.engine, life->ref, request);
    world.asked += r == 0;
    r = r == SUP_ENOTRUNNING ? 0 : r;
    break;
  default:
    r = run_some(in, life);
  }
  tell("  from inside", life->ref, r);
  FUZZ_CHECK(is_refusal_to_run(r));
  look();
}

/* I1, I3: of nobody that was ever started. */
static void report_strange(struct fuzz *in) {
  struct sup_ref ref;
  int r;
  ref.node = (uint32_t)fuzz_number(in);
  ref.generation = fuzz_number(in);
  ref.incarnation = fuzz_number(in);
  if (find_life(ref) != NULL)
    return;
  tick();
  switch (fuzz_below(in, 6)) {
  case 0:
    r = sup__engine_acknowledged(world.engine, ref);
    break;
  case 1:
    r = sup__engine_exited(world.engine, ref, SUP_OUTCOME_FAILED,
                           decode_error(in));
    break;
  case 2:
    r = sup__engine_begin(world.engine, ref);
    break;
  case 3:
    r = sup__engine_built(world.engine, ref, NULL);
    break;
  case 4:
    r = sup__engine_build_failed(world.engine, ref, decode_error(in));
    break;
  default:
    r = sup__engine_cleaned(world.engine, ref, 0);
  }
  FUZZ_CHECK(r != 0 && is_answer(r));
  look();
}

/* ---- Requests ----------------------------------------------------------- */

/* A node of the tree, whichever the bytes say. */
static struct sup_ref decode_node(struct fuzz *in, sup_spec **spec) {
  unsigned left = fuzz_byte(in);
  uint32_t node = sup__engine_next_node(world.engine, UINT32_MAX), next;
  sup_node_info info = {.size = sizeof(info)};
  sup_token error;
  void *state;
  while (left-- > 0 &&
         (next = sup__engine_next_node(world.engine, node)) != UINT32_MAX)
    node = next;
  sup__engine_node_info(world.engine, node, &info, &error, spec, &state);
  return (struct sup_ref){node, info.child.generation, info.child.incarnation};
}

static int add(struct fuzz *in, struct sup_ref ref, sup_spec *supervisor,
               struct sup_request *request) {
  sup_spec *spec = fuzz_child(in);
  struct sup_ref child;
  int r;
  if (supervisor->kind != SUP_KIND_SUPERVISOR)
    supervisor = NULL;
  r = sup__spec_check_added(spec, supervisor, NULL);
  if (r == 0) {
    sup__spec_freeze(spec);
    r = sup__engine_add(world.engine, ref, spec, request, &child);
  }
  sup_spec_unref(spec);
  return r;
}

static bool is_refusal(int r) {
  static const int codes[] = {
      SUP_EGONE,  SUP_EINVAL, SUP_ENOMEM,    SUP_ELIMIT,    SUP_ENOTRUNNING,
      SUP_EEXIST, SUP_ESPEC,  SUP_ESTOPPING, SUP_EOVERFLOW, SUP_EALREADY};
  size_t i;
  for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
    if (codes[i] == r)
      return true;
  return false;
}

/* Whoever waits for one, which may have been answered, does so no longer. */
static void give_up(struct fuzz *in) {
  size_t which;
  if (world.asked == 0)
    return;
  which = world.asked - 1 - fuzz_below(in, (unsigned)world.asked);
  if (world.over[which])
    return;
  world.over[which] = true;
  world.answered++;
  sup__engine_forget(world.engine, &world.requests[which]);
}

static void ask(struct fuzz *in) {
  struct sup_request *request = &world.requests[world.asked];
  sup_spec *spec;
  struct sup_ref ref;
  unsigned what = fuzz_below(in, 7);
  int r;
  tick();
  if (what == 6) {
    give_up(in);
    return;
  }
  if (world.asked == REQUESTS || world.count > LIVES / 2)
    return;
  ref = decode_node(in, &spec);
  memset(request, 0, sizeof(*request));
  if (what < 2)
    r = add(in, ref, spec, request);
  else if (what == 2)
    r = sup__engine_terminate(world.engine, ref, request);
  else if (what == 3)
    r = sup__engine_restart(world.engine, ref, request);
  else if (what == 4)
    r = sup__engine_delete(world.engine, ref, request);
  else
    r = sup__engine_force_child(world.engine, ref);
  tell("asked", ref, (int)what * 1000 - r);
  FUZZ_CHECK(r == 0 || is_refusal(r));
  world.asked += r == 0 && what < 5;
  look();
}

/* ---- Everything else ---------------------------------------------------- */

static void pass_time(struct fuzz *in) {
  uint64_t next = sup__engine_next_deadline(world.engine);
  unsigned how = fuzz_byte(in);
  if (how < 128 && next < LAST_TIME)
    world.now = next;
  else if (how < 250)
    world.now += SUP_MILLISECONDS(how);
  else
    world.now += fuzz_number(in) % (LAST_TIME / STEPS / 2);
  tick();
  look();
}

static void request_stop(struct fuzz *in) {
  unsigned how = fuzz_byte(in);
  tick();
  if (how >= 250)
    sup__engine_loop_late(world.engine, SUP_MILLISECONDS(how));
  tell("the tree is stopped", (struct sup_ref){0, 0, 0}, (int)how);
  if (how < 64)
    sup__engine_stop(world.engine, SUP_INFINITE);
  else if (how < 192)
    sup__engine_stop(world.engine, SUP_MILLISECONDS(how));
  else if (how < 208)
    sup__engine_force(world.engine);
  look();
}

static void look_around(struct fuzz *in) {
  uint32_t node = sup__engine_next_node(world.engine, UINT32_MAX);
  sup_tree_counters counters = {.size = sizeof(counters)};
  uint64_t nodes = 0;
  for (; node != UINT32_MAX; node = sup__engine_next_node(world.engine, node)) {
    sup_node_info info = {.size = sizeof(info)};
    char path[256];
    size_t size = fuzz_byte(in), length;
    sup_token error;
    sup_spec *spec;
    void *state;
    sup__engine_node_info(world.engine, node, &info, &error, &spec, &state);
    length =
        sup__engine_path(world.engine, node, info.child.generation, path, size);
    FUZZ_CHECK(length >= strlen(info.name));
    if (size > 0)
      FUZZ_CHECK(strlen(path) == (length < size ? length : size - 1));
    nodes++;
  }
  sup__engine_count(world.engine, &counters);
  /* What is below something that was removed goes in slices. */
  FUZZ_CHECK(counters.nodes >= nodes);
  if (!sup__engine_has_work(world.engine))
    FUZZ_CHECK(counters.nodes == nodes);
  FUZZ_CHECK(counters.abandoned <= counters.running);
}

static void change_readers(struct fuzz *in) {
  if (world.readers > 0 && fuzz_one_in(in, 2)) {
    sup__engine_journal_close(world.engine);
    world.readers--;
  } else if (world.readers < 4 &&
             sup__engine_journal_open(world.engine, fuzz_byte(in)) == 0) {
    world.readers++;
  }
  world.read = sup__engine_last_event(world.engine);
}

static void step(struct fuzz *in) {
  unsigned what = fuzz_byte(in);
  uint64_t from;
  if (what < 96) {
    tick();
    act_main(in, what >= 16);
  } else if (what < 112) {
    tick();
    act_foreign(in, what >= 104);
  } else if (what < 128) {
    ask(in);
  } else if (what < 192) {
    report(in);
  } else if (what < 224) {
    pass_time(in);
  } else if (what < 228) {
    report_strange(in);
  } else if (what < 232) {
    request_stop(in);
  } else if (what < 236) {
    look_around(in);
  } else if (what < 240) {
    change_readers(in);
  } else if (what < 244) {
    from = fuzz_byte(in);
    fuzz_refuse(from, from == 0 ? 0 : from + fuzz_byte(in));
  } else if (what >= 253) {
    act_from_inside(in);
  } else { /* all that there is to do */
    tick();
    while (act_main(in, true) || act_foreign(in, true))
      ;
  }
}

/* Whoever lives ends, whatever is built is cleaned up. */
static bool end_lives(struct fuzz *in) {
  bool some = false;
  size_t i;
  for (i = 0; i < world.count; i++) {
    struct life *life = &world.lives[i];
    if (life->resource && life->alive && life->entered) {
      report_build_failed(in, life);
      some = true;
    } else if (life->resource && life->cleaning && !life->ended) {
      report_cleaned(in, life);
      some = true;
    } else if (!life->resource && life->alive) {
      exits(in, life, SUP_OUTCOME_CANCELED);
      some = true;
    }
    look();
  }
  return some;
}

/* A stop comes to its end, by the help of those that live or by time. */
static void finish_tree(struct fuzz *in, bool by_time) {
  unsigned i;
  sup__engine_stop(world.engine, by_time ? SUP_SECONDS(1) : SUP_INFINITE);
  for (i = 0; sup__engine_state(world.engine) != SUP_TREE_ENDED; i++) {
    uint64_t next;
    FUZZ_CHECK(i < 100000);
    if (act_main(in, true) || act_foreign(in, true))
      continue;
    next = sup__engine_next_deadline(world.engine);
    if (!by_time && end_lives(in))
      continue;
    if (next == SUP_INFINITE)
      tell_all();
    FUZZ_CHECK(next != SUP_INFINITE);
    world.now = next;
    tick();
    look();
  }
  do
    while (act_main(in, true) || act_foreign(in, true))
      ;
  while (end_lives(in));
}

static void check_end(void) {
  sup_tree_counters counters = {.size = sizeof(counters)};
  size_t i;
  FUZZ_CHECK(sup__engine_is_quiet(world.engine));
  FUZZ_CHECK(sup__engine_final_event(world.engine) ==
             sup__engine_last_event(world.engine));
  FUZZ_CHECK(sup__engine_next_deadline(world.engine) == SUP_INFINITE);
  sup__engine_count(world.engine, &counters);
  FUZZ_CHECK(counters.running == 0 && counters.abandoned == 0);
  FUZZ_CHECK(world.answered == world.asked);
  for (i = 0; i < world.count; i++) {
    const struct life *life = &world.lives[i];
    FUZZ_CHECK(!life->alive);
    if (life->resource)
      FUZZ_CHECK(!life->built || life->ended);
    else
      FUZZ_CHECK(!life->entered || life->ended);
  }
}

static void run(struct fuzz *in) {
  bool by_time = fuzz_one_in(in, 2);
  unsigned i;
  if (fuzz_one_in(in, 32)) { /* stopped before it was launched */
    sup__engine_stop(world.engine, SUP_INFINITE);
  } else {
    tick();
    FUZZ_CHECK(sup__engine_launch(world.engine) == 0);
    look();
    for (i = 0; i < STEPS && in->left > 0; i++)
      step(in);
  }
  fuzz_refuse(0, 0);
  finish_tree(in, by_time);
  check_end();
}

void fuzz_one(struct fuzz *in) {
  struct sup_engine_options options = {&fuzz_allocator, fuzz_byte(in), EPOCH,
                                       EPOCH};
  unsigned from = fuzz_byte(in);
  bool reads = fuzz_one_in(in, 2);
  sup_spec *spec = fuzz_spec(in, true);
  memset(&world, 0, offsetof(__typeof__(world), lives));
  world.count = world.foreign = 0;
  world.asked = world.answered = 0;
  memset(world.over, 0, sizeof(world.over));
  world.flying = false;
  world.readers = 0;
  world.read = 0;
  world.now = EPOCH;
  if (sup_spec_check(spec, NULL) != 0) {
    sup_spec_unref(spec);
    return;
  }
  sup__spec_freeze(spec);
  fuzz_refuse(from, from == 0 ? 0 : from + 2);
  if (sup__engine_create(&world.engine, spec, &options) == 0) {
    if (reads && sup__engine_journal_open(world.engine, 16) == 0)
      world.readers++;
    run(in);
    while (world.readers > 0) {
      sup__engine_journal_close(world.engine);
      world.readers--;
    }
    sup__engine_destroy(world.engine);
  } else {
    FUZZ_CHECK(fuzz_refused() > 0);
  }
  fuzz_refuse(0, 0);
  sup_spec_unref(spec);
}
