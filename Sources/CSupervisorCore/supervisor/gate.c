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
 * How the waiting forms wait: for a completion that opens a gate.
 */

#include <string.h>

#include "private.h"

static void open_gate(void *ctx, int code, sup_report *report) {
  struct sup_gate *gate = ctx;

  pthread_mutex_lock(&gate->lock);
  gate->code = code;
  gate->report = report != NULL ? sup_report_ref(report) : NULL;
  gate->open = true;
  pthread_cond_signal(&gate->changed);
  pthread_mutex_unlock(&gate->lock);
}

sup_completion sup__gate_make(struct sup_gate *gate) {
  sup_completion completion = {open_gate, gate, SUP_COMPLETION_ANY_THREAD};

  memset(gate, 0, sizeof(*gate));
  pthread_mutex_init(&gate->lock, NULL);
  pthread_cond_init(&gate->changed, NULL);
  return completion;
}

int sup__gate_pass(struct sup_gate *gate, int begun, sup_report **report) {
  int code = begun;

  if (begun == 0) {
    pthread_mutex_lock(&gate->lock);
    while (!gate->open)
      pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
    code = gate->code;
  }
  pthread_mutex_destroy(&gate->lock);
  pthread_cond_destroy(&gate->changed);
  if (report != NULL)
    *report = gate->report;
  else
    sup_report_unref(gate->report);
  return code;
}
