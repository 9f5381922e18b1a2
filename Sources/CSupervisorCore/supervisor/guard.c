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
 * What a call may not do where it stands: in a child of fork(), or waiting in a
 * callback.
 */

#include "private.h"

#include "../process/lifeline.h"
#include "../process/spawn.h"

unsigned sup__fork_generation;
_Thread_local unsigned sup__in_callback;

static void in_child(void) {
  sup__fork_generation++;
  sup__host_forked();
  sup__lifelines_forked();
  sup__spawn_forked();
}

/* Two threads that are the first at the same time both install it, which does
 * no harm: the generation then changes by two. */
int sup__guard_fork(void) {
  static atomic_bool installed;

  if (atomic_load_explicit(&installed, memory_order_acquire))
    return 0;
  if (pthread_atfork(NULL, NULL, in_child) != 0)
    return SUP_ENOMEM;
  atomic_store_explicit(&installed, true, memory_order_release);
  return 0;
}

int sup__may_block(struct sup_runtime *runtime) {
  return sup__in_callback > 0 || sup__on_loop(runtime) ? SUP_EDEADLOCK : 0;
}
