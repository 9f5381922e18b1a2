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
 * Specs of children that run children.
 */

#include <supervisor/runnable.h>

#include "spec.h"

const struct sup_supervisor_spec sup__runs_part = {
    .strategy = SUP_ONE_FOR_ONE,
    .order = SUP_LEFT_TO_RIGHT,
    .tolerance_max = SUP_UNLIMITED,
    .backoff = SUP_BACKOFF_STANDARD,
};

/* R6 */
struct sup_policy sup__default_runnable_policy = {
    .restart = SUP_PERMANENT,
    .when_stuck = SUP_STUCK_WAIT,
    .step_count = 1,
    .has_backoff = true,
    .has_tolerance = true,
    .when_exceeded = SUP_EXCEEDED_ESCALATE,
    .stuck_after = SUP_INFINITE,
    .tolerance_max = SUP_UNLIMITED,
    .start_timeout = SUP_SECONDS(30),
    .shutdown_timeout = SUP_INFINITE,
    .backoff = SUP_BACKOFF_RUNNABLE,
    .steps = {{SUP_STOP_CANCEL, 0, SUP_SECONDS(5)}},
};

sup_spec *sup_runnable_spec(const char *name, const sup_callbacks *callbacks,
                            void *ctx) {
  sup_spec *spec = sup_callback_spec(name, callbacks, ctx);

  if (spec != NULL) {
    spec->runs = SUP_RUNS_TREE;
    spec->policy = &sup__default_runnable_policy;
  }
  return spec;
}

int sup_spec_set_runs_children(sup_spec *spec, bool runs) {
  int err = sup__spec_mutable(spec);

  if (err != 0)
    return err;
  if (spec->kind != SUP_KIND_CALLBACK)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "only a callback child can run children; a "
                           "supervisor has them, and a process is alone");
  if (spec->runs != SUP_RUNS_TREE)
    spec->runs = runs ? SUP_RUNS_CHILDREN : SUP_RUNS_NOTHING;
  return 0;
}
