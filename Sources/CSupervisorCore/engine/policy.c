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
 * Policies of specs: defaults, copies before a change, setters. A setter that
 * refuses notes why, as a sentence that names the option, its value and what
 * to do.
 */

#include "spec.h"

#include <float.h>
#include <string.h>

#include "after.h"
#include "group_spec.h"
#include "text.h"

#define KILL_TIME SUP_SECONDS(2)

/* The largest signal number anywhere; which ones exist here is found out when
 * it is sent. */
#define LAST_SIGNAL 64

/* ---- Defaults (N7) ------------------------------------------------------ */

struct sup_policy sup__default_worker_policy = {
    .restart = SUP_PERMANENT,
    .when_stuck = SUP_STUCK_WAIT,
    .step_count = 1,
    .stuck_after = SUP_INFINITE,
    .start_timeout = SUP_SECONDS(30),
    .shutdown_timeout = SUP_INFINITE,
    .backoff = SUP_BACKOFF_STANDARD,
    .steps = {{SUP_STOP_CANCEL, 0, SUP_SECONDS(5)}},
};

struct sup_policy sup__default_process_policy = {
    .restart = SUP_PERMANENT,
    .when_stuck = SUP_STUCK_WAIT,
    .step_count = 2,
    .stuck_after = SUP_INFINITE,
    .start_timeout = SUP_SECONDS(30),
    .shutdown_timeout = SUP_INFINITE,
    .backoff = SUP_BACKOFF_STANDARD,
    .steps = {{SUP_STOP_CANCEL, 0, SUP_SECONDS(5)},
              {SUP_STOP_KILL, 0, KILL_TIME}},
};

struct sup_policy sup__default_supervisor_policy = {
    .restart = SUP_PERMANENT,
    .when_stuck = SUP_STUCK_WAIT,
    .step_count = 0,
    .stuck_after = SUP_INFINITE,
    .start_timeout = SUP_INFINITE,
    .shutdown_timeout = SUP_INFINITE,
    .backoff = SUP_BACKOFF_STANDARD,
};

/* ---- Sharing and copying ------------------------------------------------ */

static size_t policy_size(size_t steps) {
  return sizeof(struct sup_policy) + steps * sizeof(sup_stop_step);
}

static uint32_t policy_refs(struct sup_policy *policy) {
  return atomic_load_explicit(&policy->refs, memory_order_acquire);
}

static struct sup_policy *policy_ref(struct sup_policy *policy) {
  if (policy_refs(policy) != 0)
    atomic_fetch_add_explicit(&policy->refs, 1, memory_order_relaxed);
  return policy;
}

void sup__policy_unref(struct sup_policy *policy) {
  if (policy_refs(policy) == 0)
    return;
  if (atomic_fetch_sub_explicit(&policy->refs, 1, memory_order_acq_rel) != 1)
    return;
  sup__after_unref(policy->after);
  sup__group_name_unref(policy->group);
  sup__release(sup__spec_allocator(), policy, policy_size(policy->step_count));
}

struct sup_policy *sup__spec_own_ladder(sup_spec *spec, size_t steps) {
  struct sup_policy *old = spec->policy;
  size_t kept = old->step_count < steps ? old->step_count : steps;
  struct sup_policy *own;

  if (policy_refs(old) == 1 && old->step_count == steps)
    return old;
  own = sup__allocate_zeroed(sup__spec_allocator(), policy_size(steps));
  if (own == NULL) {
    spec->incomplete = true;
    return NULL;
  }
  memcpy(own, old, policy_size(kept));
  sup__after_ref(own->after);
  sup__group_name_ref(own->group);
  atomic_init(&own->refs, 1);
  own->step_count = (uint8_t)steps;
  spec->policy = own;
  sup__policy_unref(old);
  return own;
}

struct sup_policy *sup__spec_own_policy(sup_spec *spec) {
  return sup__spec_own_ladder(spec, spec->policy->step_count);
}

int sup_spec_share_policy(sup_spec *spec, const sup_spec *other) {
  struct sup_policy *old;
  int err = sup__spec_mutable(spec);
  if (err != 0)
    return err;
  if (other == NULL) {
    spec->incomplete = true;
    return SUP_ENOMEM;
  }
  if (spec->kind != other->kind)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "the policies of a spec of another kind cannot be "
                           "shared; share those of one of the same kind");
  old = spec->policy;
  spec->policy = policy_ref(other->policy);
  sup__policy_unref(old);
  if (spec->kind == SUP_KIND_SUPERVISOR) {
    struct sup_supervisor_spec *to = spec->u.supervisor;
    const struct sup_supervisor_spec *from = other->u.supervisor;
    to->order = from->order;
    to->start_limit = from->start_limit;
    to->child_limit = from->child_limit;
    to->concurrent_stop = from->concurrent_stop;
    to->auto_shutdown = from->auto_shutdown;
    to->tolerance_max = from->tolerance_max;
    to->tolerance_window = from->tolerance_window;
    to->backoff = from->backoff;
  }
  return 0;
}

/* ---- Sentences ---------------------------------------------------------- */

static int fault_number(sup_spec *spec, const char *before, uint64_t number,
                        const char *after) {
  char buffer[256];
  struct sup_text text;
  sup__text_init(&text, buffer, sizeof buffer);
  sup__text_add(&text, before);
  sup__text_number(&text, number);
  sup__text_add(&text, after);
  sup__text_end(&text);
  return sup__spec_fault(spec, SUP_EINVAL, buffer);
}

static int fault_decimal(sup_spec *spec, const char *before, double number,
                         const char *after) {
  char buffer[256];
  struct sup_text text;
  sup__text_init(&text, buffer, sizeof buffer);
  sup__text_add(&text, before);
  sup__text_decimal(&text, number);
  sup__text_add(&text, after);
  sup__text_end(&text);
  return sup__spec_fault(spec, SUP_EINVAL, buffer);
}

static int only_supervisors(sup_spec *spec, const char *text) {
  int err = sup__spec_mutable(spec);
  if (err == 0 && spec->kind != SUP_KIND_SUPERVISOR)
    err = sup__spec_fault(spec, SUP_EINVAL, text);
  return err;
}

/* ---- Policies of a child ------------------------------------------------ */

int sup_spec_set_restart(sup_spec *spec, sup_restart restart) {
  struct sup_policy *policy;
  int err = sup__spec_mutable(spec);
  if (err != 0)
    return err;
  if ((unsigned)restart > SUP_TEMPORARY)
    return fault_number(spec, "restart is ", (unsigned)restart,
                        ", which is none of those that exist; use permanent, "
                        "transient or temporary");
  policy = sup__spec_own_policy(spec);
  if (policy == NULL)
    return SUP_ENOMEM;
  policy->restart = (uint8_t)restart;
  return 0;
}

int sup_spec_set_significant(sup_spec *spec, bool significant) {
  struct sup_policy *policy;
  int err = sup__spec_mutable(spec);
  if (err != 0)
    return err;
  policy = sup__spec_own_policy(spec);
  if (policy == NULL)
    return SUP_ENOMEM;
  policy->significant = significant;
  return 0;
}

static int set_process_timeout(sup_spec *spec, sup_duration time) {
  struct sup_policy *policy = spec->policy;
  size_t count = policy->step_count;
  sup_stop_step kill = {SUP_STOP_KILL, 0, KILL_TIME};
  bool kills = count > 0 && policy->steps[count - 1].action == SUP_STOP_KILL;
  size_t asking = count - (kills ? 1 : 0);

  if (kills)
    kill = policy->steps[count - 1];
  if (time == 0) {
    policy = sup__spec_own_ladder(spec, 1);
    if (policy == NULL)
      return SUP_ENOMEM;
    policy->steps[0] = kill;
    return 0;
  }
  /* A ladder that only kills gets a step that asks. */
  policy = sup__spec_own_ladder(spec, asking == 0 ? count + 1 : count);
  if (policy == NULL)
    return SUP_ENOMEM;
  if (asking == 0) {
    sup_stop_step ask = {SUP_STOP_CANCEL, 0, time};
    policy->steps[0] = ask;
    if (kills)
      policy->steps[1] = kill;
  } else {
    /* Without limit the kill that follows stays: a stop with a budget, or a
     * forced one, goes there. */
    policy->steps[asking - 1].timeout = time;
  }
  return 0;
}

int sup_spec_set_shutdown_timeout(sup_spec *spec, sup_duration time) {
  struct sup_policy *policy;
  int err = sup__spec_mutable(spec);
  if (err != 0)
    return err;
  if (spec->kind == SUP_KIND_PROCESS)
    return set_process_timeout(spec, time);
  policy = sup__spec_own_policy(spec);
  if (policy == NULL)
    return SUP_ENOMEM;
  if (spec->kind == SUP_KIND_SUPERVISOR)
    policy->shutdown_timeout = time;
  else
    policy->steps[policy->step_count - 1].timeout = time;
  return 0;
}

/* What is wrong with one step of a ladder, or NULL. */
static const char *step_fault(const sup_spec *spec, const sup_stop_step *step,
                              bool last) {
  bool process = spec->kind == SUP_KIND_PROCESS;
  if ((unsigned)step->action > SUP_STOP_KILL)
    return "has an action that does not exist; use drain, cancel or kill";
  if (step->action == SUP_STOP_KILL && !process)
    return "is a kill, but only a process can be killed; leave it out, and "
           "after the last step the child is abandoned";
  if (step->action == SUP_STOP_KILL && !last)
    return "is a kill, which nothing can follow; move it to the end";
  if (step->timeout == SUP_INFINITE && !last)
    return "has no limit, so the steps after it would never come; give it a "
           "time or make it the last";
  if (step->signal != 0 && !process)
    return "has a signal, but only a process can be sent one; use 0";
  if (step->signal < 0 || step->signal > LAST_SIGNAL)
    return "has a signal that does not exist; use 0 for SIGTERM, or 1 to 64";
  return NULL;
}

static int check_steps(sup_spec *spec, const sup_stop_step *steps,
                       size_t count) {
  size_t i;
  if (steps == NULL || count == 0)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "there are no stop steps; give 1 to 16, or leave "
                           "the default");
  if (count > SUP_MAX_STOP_STEPS)
    return fault_number(spec, "there are ", count,
                        " stop steps; give at most 16");
  for (i = 0; i < count; i++) {
    const char *reason = step_fault(spec, &steps[i], i + 1 == count);
    char buffer[256];
    struct sup_text text;
    if (reason == NULL)
      continue;
    sup__text_init(&text, buffer, sizeof buffer);
    sup__text_add(&text, "stop step ");
    sup__text_number(&text, i + 1);
    sup__text_add(&text, " of ");
    sup__text_number(&text, count);
    sup__text_byte(&text, ' ');
    sup__text_add(&text, reason);
    sup__text_end(&text);
    return sup__spec_fault(spec, SUP_EINVAL, buffer);
  }
  return 0;
}

int sup_spec_set_stop_steps(sup_spec *spec, const sup_stop_step *steps,
                            size_t count) {
  struct sup_policy *policy;
  int err = sup__spec_mutable(spec);
  if (err != 0)
    return err;
  if (spec->kind == SUP_KIND_SUPERVISOR)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "a supervisor has no stop steps of its own; set "
                           "its shutdown timeout, or the steps of its "
                           "children");
  err = check_steps(spec, steps, count);
  if (err != 0)
    return err;
  policy = sup__spec_own_ladder(spec, count);
  if (policy == NULL)
    return SUP_ENOMEM;
  memcpy(policy->steps, steps, count * sizeof *steps);
  return 0;
}

int sup_spec_set_start_timeout(sup_spec *spec, sup_duration time) {
  struct sup_policy *policy;
  int err = sup__spec_mutable(spec);
  if (err != 0)
    return err;
  if (time == 0)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "start timeout is 0, so no start could ever be "
                           "acknowledged; use SUP_INFINITE for no limit");
  policy = sup__spec_own_policy(spec);
  if (policy == NULL)
    return SUP_ENOMEM;
  policy->start_timeout = time;
  return 0;
}

int sup_spec_set_notify_start(sup_spec *spec, bool notify) {
  struct sup_policy *policy;
  int err = sup__spec_mutable(spec);
  if (err != 0)
    return err;
  if (spec->kind != SUP_KIND_CALLBACK)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "only a callback child can acknowledge its own "
                           "start; for a process set its readiness");
  policy = sup__spec_own_policy(spec);
  if (policy == NULL)
    return SUP_ENOMEM;
  policy->notify_start = notify;
  return 0;
}

int sup_spec_set_heartbeat(sup_spec *spec, sup_duration period) {
  struct sup_policy *policy;
  int err = sup__spec_mutable(spec);
  if (err != 0)
    return err;
  if (spec->kind == SUP_KIND_SUPERVISOR)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "a supervisor gives no signs of life; have its "
                           "children give them");
  if (period == 0)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "the period of the heartbeat is 0, so every sign of "
                           "life would come too late; use SUP_INFINITE for "
                           "none");
  policy = sup__spec_own_policy(spec);
  if (policy == NULL)
    return SUP_ENOMEM;
  policy->heartbeat = period == SUP_INFINITE ? 0 : period;
  return 0;
}

int sup_spec_set_probe(sup_spec *spec, void (*probe)(void *state)) {
  struct sup_policy *policy;
  int err = sup__spec_mutable(spec);
  if (err != 0)
    return err;
  if (spec->kind != SUP_KIND_CALLBACK)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "only a child of callbacks has a probe; a process "
                           "does not run on threads of the host");
  policy = sup__spec_own_policy(spec);
  if (policy == NULL)
    return SUP_ENOMEM;
  policy->probe = probe;
  return 0;
}

static int check_backoff(sup_spec *spec, const sup_backoff *backoff) {
  char buffer[256];
  struct sup_text text;

  if (!(backoff->multiplier >= 1.0 && backoff->multiplier <= DBL_MAX))
    return fault_decimal(spec, "backoff multiplier is ", backoff->multiplier,
                         "; use a finite number that is 1 or more");
  if (!(backoff->jitter >= 0.0 && backoff->jitter <= 1.0))
    return fault_decimal(spec, "backoff jitter is ", backoff->jitter,
                         "; use a fraction from 0 to 1");
  if (backoff->initial == SUP_INFINITE)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "backoff initial delay has no limit, so nothing "
                           "would be restarted; make the child temporary "
                           "instead");
  if (backoff->maximum >= backoff->initial)
    return 0;
  sup__text_init(&text, buffer, sizeof buffer);
  sup__text_add(&text, "backoff maximum, ");
  sup__text_duration(&text, backoff->maximum);
  sup__text_add(&text, ", is below its initial delay, ");
  sup__text_duration(&text, backoff->initial);
  sup__text_add(&text, "; raise the maximum or lower the initial delay");
  sup__text_end(&text);
  return sup__spec_fault(spec, SUP_EINVAL, buffer);
}

int sup_spec_set_backoff(sup_spec *spec, const sup_backoff *backoff) {
  sup_backoff taken = SUP_BACKOFF_STANDARD;
  struct sup_policy *policy;
  sup_backoff *to;
  int err = sup__spec_mutable(spec);
  if (err == 0 &&
      !sup__sized_take(&taken, sizeof taken, backoff, sizeof backoff->size))
    err = sup__spec_fault(spec, SUP_EINVAL,
                          "the size of the backoff is wrong; begin with "
                          "SUP_BACKOFF_STANDARD or SUP_BACKOFF_NONE");
  if (err == 0)
    err = check_backoff(spec, &taken);
  if (err != 0)
    return err;
  if (spec->kind == SUP_KIND_SUPERVISOR) {
    to = &spec->u.supervisor->backoff;
  } else {
    policy = sup__spec_own_policy(spec);
    if (policy == NULL)
      return SUP_ENOMEM;
    policy->has_backoff = true;
    to = &policy->backoff;
  }
  *to = taken;
  return 0;
}

int sup_spec_set_when_stuck(sup_spec *spec, sup_when_stuck what,
                            sup_duration after) {
  struct sup_policy *policy;
  int err = sup__spec_mutable(spec);
  if (err != 0)
    return err;
  if ((unsigned)what > SUP_STUCK_OVERLAP)
    return fault_number(spec, "when stuck is ", (unsigned)what,
                        ", which is none of those that exist; use wait, "
                        "escalate or overlap");
  if (what == SUP_STUCK_OVERLAP && spec->kind == SUP_KIND_SUPERVISOR)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "a supervisor cannot be replaced while something "
                           "below it runs; let it wait, or set overlap on the "
                           "children");
  if (what == SUP_STUCK_ESCALATE && after == SUP_INFINITE)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "when stuck escalates after no limit, which is "
                           "never; give a time, or wait");
  policy = sup__spec_own_policy(spec);
  if (policy == NULL)
    return SUP_ENOMEM;
  policy->when_stuck = (uint8_t)what;
  policy->stuck_after = what == SUP_STUCK_ESCALATE ? after : SUP_INFINITE;
  return 0;
}

/* ---- Policies of a supervisor ------------------------------------------- */

int sup_spec_set_order(sup_spec *spec, sup_order order) {
  int err =
      only_supervisors(spec, "only a supervisor has an order of start; set "
                             "that of the supervisor above");
  if (err != 0)
    return err;
  if ((unsigned)order > SUP_RIGHT_TO_LEFT)
    return fault_number(spec, "order is ", (unsigned)order,
                        ", which is none of those that exist; use left to "
                        "right or right to left");
  spec->u.supervisor->order = (uint8_t)order;
  return 0;
}

int sup_spec_set_start_limit(sup_spec *spec, uint32_t limit) {
  int err = only_supervisors(spec, "only a supervisor has a limit of children "
                                   "that start at a time; set that of the "
                                   "supervisor above");
  if (err != 0)
    return err;
  if (limit == 0)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "start limit is 0, so no child could ever start; "
                           "use 1 for one after another");
  spec->u.supervisor->start_limit = limit;
  return 0;
}

int sup_spec_set_child_limit(sup_spec *spec, uint32_t limit) {
  int err = only_supervisors(spec, "only a supervisor has children whose "
                                   "number could be limited; set the limit of "
                                   "the supervisor above");
  if (err == 0)
    spec->u.supervisor->child_limit = limit;
  return err;
}

int sup_spec_set_concurrent_stop(sup_spec *spec, bool concurrent) {
  int err = only_supervisors(spec, "only a supervisor stops children; set it "
                                   "on the supervisor above");
  if (err != 0)
    return err;
  spec->u.supervisor->concurrent_stop = concurrent;
  return 0;
}

int sup_spec_set_auto_shutdown(sup_spec *spec, sup_auto_shutdown what) {
  int err = only_supervisors(spec, "only a supervisor ends because of its "
                                   "children; set it on the supervisor above");
  if (err != 0)
    return err;
  if ((unsigned)what > SUP_AUTO_SHUTDOWN_ALL)
    return fault_number(spec, "auto-shutdown is ", (unsigned)what,
                        ", which is none of those that exist; use never, any "
                        "or all");
  spec->u.supervisor->auto_shutdown = (uint8_t)what;
  return 0;
}

static int check_tolerance(sup_spec *spec, uint64_t max) {
  if (max > SUP_MAX_TOLERANCE && max != SUP_UNLIMITED)
    return fault_number(spec, "tolerance of ", max,
                        " failures is above 65536; use SUP_UNLIMITED for no "
                        "limit");
  return 0;
}

int sup_spec_set_child_tolerance(sup_spec *spec, uint64_t max,
                                 sup_duration window,
                                 sup_when_exceeded exceeded) {
  struct sup_policy *policy;
  int err = sup__spec_mutable(spec);

  if (err == 0)
    err = check_tolerance(spec, max);
  if (err == 0 && (unsigned)exceeded > SUP_EXCEEDED_QUARANTINE)
    err = fault_number(spec, "what to do when the tolerance is exceeded is ",
                       (unsigned)exceeded,
                       ", which is none of those that exist; use escalate or "
                       "quarantine");
  if (err != 0)
    return err;
  policy = sup__spec_own_policy(spec);
  if (policy == NULL)
    return SUP_ENOMEM;
  policy->has_tolerance = true;
  policy->when_exceeded = (uint8_t)exceeded;
  policy->tolerance_max = max;
  policy->tolerance_window = window == SUP_INFINITE ? 0 : window;
  return 0;
}

int sup_spec_set_tolerance(sup_spec *spec, uint64_t max, sup_duration window) {
  int err =
      only_supervisors(spec, "only a supervisor has a restart tolerance; set "
                             "that of the supervisor above");
  if (err == 0)
    err = check_tolerance(spec, max);
  if (err != 0)
    return err;
  spec->u.supervisor->tolerance_max = max;
  /* A window without limit is one that never forgets. */
  spec->u.supervisor->tolerance_window = window == SUP_INFINITE ? 0 : window;
  return 0;
}

static bool is_resource(const sup_resource *resource) {
  return sup__sized_valid(resource, SUP_THROUGH(sup_resource, build),
                          sizeof *resource);
}

/* 0, or a noted fault. */
static int check_resource(sup_spec *spec, const sup_resource *resource) {
  const uint32_t known =
      SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK;
  const char *text = NULL;

  if (!is_resource(resource))
    text = "the size of the resource is wrong; set it to sizeof(sup_resource)";
  else if (resource->build == NULL)
    text = "the resource has no build function; give one";
  else if (resource->flags & ~known)
    text = "the resource has a flag that is not for it; use "
           "SUP_CALLBACKS_ANY_THREAD and SUP_CALLBACKS_STOP_MAY_BLOCK";
  else if (resource->flags == SUP_CALLBACKS_STOP_MAY_BLOCK)
    text = "functions of a resource that may block cannot be called on the "
           "loop thread; set SUP_CALLBACKS_ANY_THREAD as well";
  else if (spec->u.supervisor->resource != NULL)
    text = "there is a resource already; build both in one";
  return text == NULL ? 0 : sup__spec_fault(spec, SUP_EINVAL, text);
}

int sup_spec_set_resource(sup_spec *spec, const sup_resource *resource,
                          void *ctx) {
  int err =
      only_supervisors(spec, "only a supervisor has a resource; set that of "
                             "the supervisor above");
  if (err == 0)
    err = check_resource(spec, resource);
  if (err == 0) {
    spec->u.supervisor->resource = resource;
    spec->u.supervisor->resource_ctx = ctx;
  } else if (resource != NULL &&
             SUP_OPTIONAL(sup_resource, resource, free) != NULL) {
    resource->free(ctx);
  }
  return err;
}
