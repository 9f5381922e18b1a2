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
 * Processes as a kind of child: joins process/ to the tree. Everything here is
 * on the loop thread but for what says otherwise.
 */

#include <signal.h>

#include "../process/notice.h"
#include "../process/process.h"
#include "private.h"

/* One incarnation; the state of the child from start to end. */
struct process_child {
  sup_child child;
  struct sup_process *process; /* NULL once it has ended */
  const struct sup_command *command;
  const struct sup_policy *policy;
  atomic_int_least64_t pid;
};

static void is_ready(void *ctx) {
  struct process_child *pc = ctx;

  sup_child_started(pc->child);
}

/* How long a stop of it may take before the end of its ladder. */
static sup_duration stop_time(const struct process_child *pc) {
  sup_duration time = 0;

  for (unsigned i = 0; i < pc->policy->step_count; i++) {
    sup_duration step = pc->policy->steps[i].timeout;

    time = step < SUP_INFINITE - time ? time + step : SUP_INFINITE;
  }
  return time;
}

static void has_notice(void *ctx, const struct sup_notice *notice) {
  struct process_child *pc = ctx;

  if (notice->extension != 0)
    sup__child_extend_start(pc->child, notice->extension);
  if (notice->stopping)
    sup__child_heartbeat(pc->child, stop_time(pc));
  else if (notice->alive)
    sup__child_heartbeat(pc->child, 0);
  if (notice->silent)
    sup__child_silent(pc->child);
}

static bool has_line(void *ctx, const char *text, size_t length,
                     uint32_t flags) {
  struct process_child *pc = ctx;
  void *user;
  const sup_output *output = sup__command_output(pc->command, &user);
  bool go_on;

  if (output->line == NULL)
    return true;
  sup__in_callback++;
  go_on = output->line(user, pc->child, text, length, flags);
  sup__in_callback--;
  return go_on;
}

static void has_ended(void *ctx, sup_error *error, sup_failure_class what,
                      bool stopped) {
  struct process_child *pc = ctx;
  sup_child child = pc->child;

  pc->process = NULL;
  atomic_store_explicit(&pc->pid, 0, memory_order_relaxed);
  /* The report may free `pc`. */
  if (error != NULL)
    sup_child_failed_as(child, error, what);
  else if (stopped)
    sup_child_canceled(child);
  else
    sup_child_completed(child);
}

void sup__process_kind_start(struct sup_tree *tree,
                             const struct sup_action *action,
                             struct sup_performed *performed) {
  static const struct sup_process_reports reports = {is_ready, has_notice,
                                                     has_line, has_ended};
  struct sup_runtime *rt = tree->runtime;
  struct sup_process_options options = {.allocator = rt->allocator,
                                        .loop = rt->loop,
                                        .heartbeat =
                                            action->spec->policy->heartbeat,
                                        .berths = &rt->berths,
                                        .lifeline = &rt->lifeline,
                                        .no_pidfd = rt->no_pidfd};
  struct process_child *pc = sup__allocate_zeroed(rt->allocator, sizeof(*pc));
  sup_error *error = NULL;

  if (pc == NULL) {
    performed->result = SUP_ENOMEM;
    return;
  }
  pc->child.tree = tree;
  pc->child.node = action->ref.node;
  pc->child.generation = action->ref.generation;
  pc->child.incarnation = action->ref.incarnation;
  pc->command = action->spec->u.process.data;
  pc->policy = action->spec->policy;
  performed->result = sup__process_start(&pc->process, pc->command, &options,
                                         &reports, pc, &error);
  if (performed->result != 0) {
    performed->error = error == NULL ? 0 : sup__token_error(error);
    sup__release(rt->allocator, pc, sizeof(*pc));
    return;
  }
  atomic_store_explicit(&pc->pid, sup__process_pid(pc->process),
                        memory_order_relaxed);
  performed->state = pc;
  performed->waits = sup__command_reports_ready(pc->command);
}

void sup__process_kind_stop(const struct sup_action *action) {
  struct process_child *pc = action->state;
  int signal = action->step.signal;
  sup_error *unready;

  if (pc->process == NULL)
    return;
  unready = sup__process_give_up(pc->process);
  if (unready != NULL)
    sup__child_unready(pc->child, unready);
  if (action->step.action == SUP_STOP_KILL)
    signal = SIGKILL;
  else if (signal == 0 && action->step.action == SUP_STOP_CANCEL)
    signal = SIGTERM;
  if (signal != 0)
    sup__process_stop(pc->process, signal);
}

void sup__process_kind_end(const struct sup_action *action) {
  struct process_child *pc = action->state;

  SUP_ASSERT(pc->process == NULL);
  sup__release(pc->child.tree->runtime->allocator, pc, sizeof(*pc));
}

/* Any thread, with the tree's lock held, which keeps the state alive. */
int64_t sup__process_kind_pid(void *state) {
  struct process_child *pc = state;

  return atomic_load_explicit(&pc->pid, memory_order_relaxed);
}

/* ---- Calls from other threads ------------------------------------------- */

/* Something to be done with a running process, on its way to the loop. */
struct request {
  struct sup_work work;
  sup_child child;
  int signal; /* 0: resume the output */
  bool group;
};

/* The state of a process that runs, or NULL. The lock is held. */
static struct process_child *running(sup_child child) {
  sup_spec *spec;
  void *state = sup__engine_child_state(child.tree->dispatcher.engine,
                                        sup__child_ref(child), &spec);

  /* From its end until the engine is done with the state there is no pid. */
  return state == NULL || spec->kind != SUP_KIND_PROCESS ||
                 sup__process_kind_pid(state) == 0
             ? NULL
             : state;
}

static void serve(struct sup_work *work) {
  struct request *request = (struct request *)work;
  struct sup_tree *tree = request->child.tree;
  struct process_child *pc;

  pthread_mutex_lock(&tree->lock);
  pc = running(request->child);
  pthread_mutex_unlock(&tree->lock);
  /* Processes end on this thread, so it stays. */
  if (pc != NULL && pc->process != NULL) {
    if (request->signal == 0)
      sup__process_resume(pc->process);
    else
      sup__process_signal(pc->process, request->signal, request->group);
  }
  sup__release(tree->runtime->allocator, request, sizeof(*request));
  sup_tree_unref(tree);
}

static int send_request(sup_child child, int signal, bool group) {
  struct sup_tree *tree = child.tree;
  struct request *request;
  int r = sup__tree_check(tree);

  if (r != 0)
    return r;
  request = sup__allocate_zeroed(tree->runtime->allocator, sizeof(*request));
  if (request == NULL)
    return SUP_ENOMEM;
  sup__work_init(&request->work, serve);
  request->child = child;
  request->signal = signal;
  request->group = group;
  pthread_mutex_lock(&tree->lock);
  if (running(child) == NULL)
    r = SUP_ENOTRUNNING;
  if (r == 0) {
    sup_tree_ref(tree);
    sup__loop_post(tree->runtime->loop, &request->work);
  }
  pthread_mutex_unlock(&tree->lock);
  if (r != 0)
    sup__release(tree->runtime->allocator, request, sizeof(*request));
  return r;
}

int sup_child_signal(sup_child child, int signal, bool group) {
  if (signal < 1 || signal >= NSIG)
    return SUP_EINVAL;
  return send_request(child, signal, group);
}

int sup_child_resume_output(sup_child child) {
  return send_request(child, 0, false);
}
