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
 * Changing a tree that runs: children that are added, and requests.
 */

#include <string.h>

#include "private.h"

typedef int (*request_function)(struct sup_engine *engine, struct sup_ref child,
                                struct sup_request *request);

static struct sup_engine *engine_of(sup_child child) {
  return child.tree->dispatcher.engine;
}

static sup_child child_of(sup_tree *tree, struct sup_ref ref) {
  sup_child child = {tree, ref.node, ref.generation, ref.incarnation};

  return child;
}

/* Somebody to be told, unless that is one on a stack already: *waiter is NULL if
 * there is nobody. Under the lock. */
static int enter_waiter(sup_tree *tree, const sup_completion *done,
                        struct sup_waiter **waiter) {
  if (*waiter == NULL && done != NULL) {
    *waiter = sup__waiter_take(tree, done);
    if (*waiter == NULL)
      return SUP_ENOMEM;
  }
  if (*waiter != NULL)
    (*waiter)->asks = true;
  return 0;
}

static struct sup_request *request_of(struct sup_waiter *waiter) {
  return waiter == NULL ? NULL : &waiter->request;
}

/* ---- Answers ------------------------------------------------------------ */

#define ANSWERS_AT_ONCE 8u

struct answer {
  sup_completion completion;
  sup_token token;
};

/* Some that can be told here, taken in one hold of the lock. When there are no
 * more, what is left or answered meanwhile asks for another call. */
static size_t take_answers(struct sup_tree *tree, uint32_t node, bool on_loop,
                           struct answer *answers) {
  struct sup_engine *engine = tree->dispatcher.engine;
  struct sup_request *request;
  size_t count = 0;

  pthread_mutex_lock(&tree->lock);
  while (count < ANSWERS_AT_ONCE &&
         (request = sup__engine_take_answer(engine, node, on_loop)) != NULL) {
    struct sup_waiter *waiter = (struct sup_waiter *)request;

    answers[count].completion = waiter->completion;
    answers[count++].token = request->answer;
    sup__waiter_give_back(tree, waiter);
  }
  if (count < ANSWERS_AT_ONCE)
    sup__engine_notify_again(engine, node);
  pthread_mutex_unlock(&tree->lock);
  return count;
}

/* Without the lock. One on a stack is gone once it is told. */
static void tell(const struct answer *answer) {
  int code;
  sup_report *report = sup__report_of_token(answer->token, &code);

  sup__in_callback++;
  answer->completion.done(answer->completion.ctx, code, report);
  sup__in_callback--;
  sup_report_unref(report);
}

void sup__requests_complete(struct sup_tree *tree, uint32_t node) {
  struct answer answers[ANSWERS_AT_ONCE];
  bool on_loop = sup__on_loop(tree->runtime);
  size_t count;

  do {
    count = take_answers(tree, node, on_loop, answers);
    for (size_t i = 0; i < count; i++)
      tell(&answers[i]);
  } while (count == ANSWERS_AT_ONCE);
}

/* ---- Finding ------------------------------------------------------------ */

int sup_tree_root(sup_tree *tree, sup_child *root) {
  struct sup_ref ref;
  int r = sup__tree_check(tree);

  if (r != 0)
    return r;
  pthread_mutex_lock(&tree->lock);
  sup__engine_root(tree->dispatcher.engine, &ref);
  pthread_mutex_unlock(&tree->lock);
  *root = child_of(tree, ref);
  return 0;
}

int sup_tree_find(sup_tree *tree, const char *path, sup_child *child) {
  struct sup_ref ref;
  int r = sup__tree_check(tree);

  if (r != 0)
    return r;
  pthread_mutex_lock(&tree->lock);
  r = sup__engine_find_path(tree->dispatcher.engine, path, &ref);
  pthread_mutex_unlock(&tree->lock);
  if (r == 0)
    *child = child_of(tree, ref);
  return r;
}

int sup_child_find(sup_child supervisor, const char *name, sup_child *child) {
  struct sup_ref ref;
  int r = sup__tree_check(supervisor.tree);

  if (r != 0)
    return r;
  pthread_mutex_lock(&supervisor.tree->lock);
  r = sup__engine_find(engine_of(supervisor), sup__child_ref(supervisor), name,
                       strlen(name), &ref);
  pthread_mutex_unlock(&supervisor.tree->lock);
  if (r == 0)
    *child = child_of(supervisor.tree, ref);
  return r;
}

int sup_child_count(sup_child supervisor, uint64_t *count) {
  int r = sup__tree_check(supervisor.tree);

  if (r != 0)
    return r;
  pthread_mutex_lock(&supervisor.tree->lock);
  r = sup__engine_child_count(engine_of(supervisor), sup__child_ref(supervisor),
                              count);
  pthread_mutex_unlock(&supervisor.tree->lock);
  return r;
}

/* ---- Adding ------------------------------------------------------------- */

/* The supervisor's own spec, referenced, where it matters. */
static sup_spec *spec_of(sup_child supervisor, const sup_spec *child) {
  sup_spec *spec;

  if (child == NULL ||
      (!child->policy->significant && child->policy->group == NULL))
    return NULL;
  pthread_mutex_lock(&supervisor.tree->lock);
  spec = sup_spec_ref(
      sup__engine_spec(engine_of(supervisor), sup__child_ref(supervisor)));
  pthread_mutex_unlock(&supervisor.tree->lock);
  if (spec != NULL && !sup__has_children(spec)) {
    sup_spec_unref(spec);
    spec = NULL;
  }
  return spec;
}

static int check(sup_child supervisor, sup_spec *spec, sup_report **report) {
  sup_spec *own = spec_of(supervisor, spec);
  sup_report *found = NULL;
  int r = sup__spec_check_added(spec, own, &found);

  sup_spec_unref(own);
  if (found != NULL && sup__report_place_at(found, supervisor, false) != 0)
    r = SUP_ENOMEM;
  if (r == SUP_ESPEC && report != NULL && *report != NULL)
    r = sup__report_append(*report, found);
  else if (r == SUP_ESPEC && report != NULL)
    *report = sup_report_ref(found);
  sup_report_unref(found);
  if (r == 0)
    sup__spec_freeze(spec);
  return r;
}

static int add(sup_child supervisor, sup_spec *spec, const sup_completion *done,
               struct sup_waiter *waiter, sup_child *child) {
  struct sup_tree *tree = supervisor.tree;
  struct sup_ref ref;
  int r;

  sup__tree_enter(tree);
  r = enter_waiter(tree, done, &waiter);
  if (r == 0)
    r = sup__engine_add(engine_of(supervisor), sup__child_ref(supervisor), spec,
                        request_of(waiter), &ref);
  if (r == 0 && child != NULL)
    *child = child_of(tree, ref); /* before anybody is told */
  if (r != 0)
    sup__waiter_give_back(tree, waiter);
  sup__tree_leave(tree); /* the tree may be gone after this */
  return r;
}

int sup_child_add_async(sup_child supervisor, sup_spec *spec,
                        const sup_completion *done, sup_child *child,
                        sup_report **report) {
  int r = sup__tree_check(supervisor.tree);

  if (report != NULL)
    *report = NULL;
  if (r == 0)
    r = check(supervisor, spec, report);
  return r == 0 ? add(supervisor, spec, done, NULL, child) : r;
}

int sup_child_add(sup_child supervisor, sup_spec *spec, sup_child *child,
                  sup_report **report) {
  struct sup_waiter waiter;
  sup_completion done;
  struct sup_gate gate;
  int r = sup__tree_check(supervisor.tree);

  if (report != NULL)
    *report = NULL;
  if (r == 0)
    r = sup__may_block(supervisor.tree->runtime);
  if (r == 0)
    r = check(supervisor, spec, report);
  if (r != 0)
    return r;
  done = sup__gate_make(&gate);
  sup__waiter_init(&waiter, &done);
  return sup__gate_pass(&gate, add(supervisor, spec, NULL, &waiter, child),
                        report);
}

/* ---- Running from inside ------------------------------------------------ */

/* The handles of `count` children, made of where the engine has left them. */
static void hand_out(sup_tree *tree, const struct sup_ref *refs, size_t count,
                     sup_child *children) {
  for (size_t i = 0; children != NULL && i < count; i++)
    children[i] = child_of(tree, refs[i]);
}

static int run(sup_child self, const sup_group_mode *mode,
               sup_spec *const *specs, size_t count, struct sup_ref *refs,
               sup_child *children) {
  int r;

  sup__tree_enter(self.tree);
  r = sup__engine_run(engine_of(self), sup__child_ref(self), mode, specs, count,
                      refs);
  if (r == 0)
    hand_out(self.tree, refs, count, children); /* before they do anything */
  sup__tree_leave(self.tree); /* the tree may be gone after this */
  return r;
}

int sup_child_run(sup_child self, sup_spec *spec, sup_child *child,
                  sup_report **report) {
  struct sup_ref ref;
  int r = sup__tree_check(self.tree);

  if (report != NULL)
    *report = NULL;
  if (r == 0)
    r = check(self, spec, report);
  return r != 0 ? r : run(self, NULL, &spec, 1, &ref, child);
}

int sup_child_run_group(sup_child self, sup_group_mode mode,
                        sup_spec *const *specs, size_t count,
                        sup_child *children, sup_report **report) {
  const sup_allocator *allocator;
  struct sup_ref *refs;
  int r = sup__tree_check(self.tree);

  if (report != NULL)
    *report = NULL;
  if (r == 0 && (unsigned)mode > SUP_GROUP_EACH)
    r = SUP_EINVAL;
  if (r == 0 && (specs == NULL || count > SUP_MAX_NODES))
    r = count == 0 ? 0 : specs == NULL ? SUP_EINVAL : SUP_EOVERFLOW;
  /* N5: the faults of all. */
  for (size_t i = 0; (r == 0 || r == SUP_ESPEC) && i < count; i++) {
    int checked = check(self, specs[i], report);
    r = checked == 0 ? r : checked;
  }
  if (r != 0)
    return r;
  allocator = self.tree->runtime->allocator;
  /* Not none: without children it is still told whether it could run some. */
  refs = sup__allocate(allocator, (count + 1) * sizeof(*refs));
  if (refs == NULL)
    return SUP_ENOMEM;
  r = run(self, &mode, specs, count, refs, children);
  sup__release(allocator, refs, (count + 1) * sizeof(*refs));
  return r;
}

static int run_once(sup_child self, sup_spec *spec, const sup_completion *up,
                    const sup_completion *ended, sup_child *child) {
  struct sup_waiter *waits_up = NULL, *waits_end = NULL;
  struct sup_ref ref;
  int r;

  sup__tree_enter(self.tree);
  r = enter_waiter(self.tree, up, &waits_up);
  if (r == 0)
    r = enter_waiter(self.tree, ended, &waits_end);
  if (r == 0)
    r = sup__engine_run_once(engine_of(self), sup__child_ref(self), spec,
                             request_of(waits_up), request_of(waits_end), &ref);
  if (r == 0) {
    hand_out(self.tree, &ref, 1, child); /* before it does anything */
  } else {
    sup__waiter_give_back(self.tree, waits_up);
    sup__waiter_give_back(self.tree, waits_end);
  }
  sup__tree_leave(self.tree); /* the tree may be gone after this */
  return r;
}

int sup_child_run_once_async(sup_child self, sup_spec *spec,
                             const sup_completion *up,
                             const sup_completion *ended, sup_child *child,
                             sup_report **report) {
  int r = sup__tree_check(self.tree);

  if (report != NULL)
    *report = NULL;
  if (r == 0)
    r = check(self, spec, report);
  return r == 0 ? run_once(self, spec, up, ended, child) : r;
}

/* ---- Requests ----------------------------------------------------------- */

static int request(sup_child child, const sup_completion *done,
                   struct sup_waiter *waiter, request_function function,
                   uint64_t *ticket) {
  int r;

  sup__tree_enter(child.tree);
  r = enter_waiter(child.tree, done, &waiter);
  if (r == 0 && ticket != NULL)
    *ticket = sup__waiter_ticket(waiter); /* before anybody is told */
  if (r == 0)
    r = function(engine_of(child), sup__child_ref(child), request_of(waiter));
  if (r != 0)
    sup__waiter_give_back(child.tree, waiter);
  sup__tree_leave(child.tree); /* the tree may be gone after this */
  return r;
}

static int ask(sup_child child, const sup_completion *done, uint64_t *ticket,
               request_function function) {
  int r = sup__tree_check(child.tree);

  return r == 0 ? request(child, done, NULL, function, ticket) : r;
}

static int ask_and_wait(sup_child child, sup_report **report,
                        request_function function) {
  struct sup_waiter waiter;
  sup_completion done;
  struct sup_gate gate;
  int r = sup__tree_check(child.tree);

  if (report != NULL)
    *report = NULL;
  if (r == 0)
    r = sup__may_block(child.tree->runtime);
  if (r != 0)
    return r;
  done = sup__gate_make(&gate);
  sup__waiter_init(&waiter, &done);
  return sup__gate_pass(&gate, request(child, NULL, &waiter, function, NULL),
                        report);
}

int sup_child_await_healthy(sup_child child, sup_report **report) {
  return ask_and_wait(child, report, sup__engine_await_healthy);
}

int sup_child_await_healthy_async(sup_child child, const sup_completion *done,
                                  uint64_t *ticket) {
  return ask(child, done, ticket, sup__engine_await_healthy);
}

int sup_child_wait(sup_child child, sup_report **report) {
  return ask_and_wait(child, report, sup__engine_await_end);
}

int sup_child_wait_async(sup_child child, const sup_completion *done,
                         uint64_t *ticket) {
  return ask(child, done, ticket, sup__engine_await_end);
}

int sup_child_terminate(sup_child child, sup_report **report) {
  return ask_and_wait(child, report, sup__engine_terminate);
}

int sup_child_terminate_async(sup_child child, const sup_completion *done,
                              uint64_t *ticket) {
  return ask(child, done, ticket, sup__engine_terminate);
}

int sup_child_restart(sup_child child, sup_report **report) {
  return ask_and_wait(child, report, sup__engine_restart);
}

int sup_child_restart_async(sup_child child, const sup_completion *done,
                            uint64_t *ticket) {
  return ask(child, done, ticket, sup__engine_restart);
}

int sup_child_delete(sup_child child, sup_report **report) {
  return ask_and_wait(child, report, sup__engine_delete);
}

int sup_child_delete_async(sup_child child, const sup_completion *done,
                           uint64_t *ticket) {
  return ask(child, done, ticket, sup__engine_delete);
}

int sup_child_force(sup_child child) {
  int r = sup__tree_check(child.tree);

  if (r != 0)
    return r;
  sup__tree_enter(child.tree);
  r = sup__engine_force_child(engine_of(child), sup__child_ref(child));
  sup__tree_leave(child.tree);
  return r;
}
