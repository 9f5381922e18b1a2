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

unsigned sup__fork_generation;
_Thread_local unsigned sup__in_callback;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void in_child(void) {
  sup__fork_generation++;
  sup__host_forked();
}

static void install(void) {
  pthread_atfork(NULL, NULL, in_child);
}

void sup__guard_fork(void) {
  pthread_once(&once, install);
}

int sup__may_block(struct sup_runtime *runtime) {
  return sup__in_callback > 0 || sup__on_loop(runtime) ? SUP_EDEADLOCK : 0;
}
