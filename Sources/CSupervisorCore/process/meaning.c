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

#include "meaning.h"

#include <string.h>

#include "../engine/spec.h"
#include "command.h"
#include "watch.h"

#define SUP_MAX_STATUSES 32u

/* ---- Statuses ----------------------------------------------------------- */

static bool has_status(const uint64_t set[4], int status) {
  return status > 0 && status < 256 && (set[status / 64] >> status % 64 & 1u);
}

/* 0, or the fault; then the set is what it was. */
static int take_statuses(sup_spec *spec, uint64_t set[4],
                         const uint8_t *statuses, size_t count,
                         const char *too_many, const char *zero) {
  uint64_t taken[4] = {0, 0, 0, 0};
  size_t i;
  if (count > SUP_MAX_STATUSES)
    return sup__spec_fault(spec, SUP_EINVAL, too_many);
  for (i = 0; i < count; i++) {
    if (statuses[i] == 0)
      return sup__spec_fault(spec, SUP_EINVAL, zero);
    taken[statuses[i] / 64] |= UINT64_C(1) << statuses[i] % 64;
  }
  memcpy(set, taken, sizeof(taken));
  return 0;
}

int sup_spec_set_success_statuses(sup_spec *spec, const uint8_t *statuses,
                                  size_t count) {
  int code;
  struct sup_command *command = sup__command_change(spec, &code);
  if (command == NULL)
    return code;
  return take_statuses(spec, command->meaning.success, statuses, count,
                       "it has more than 32 statuses that mean success",
                       "0 is among the statuses that mean success besides 0; "
                       "give 1 to 255");
}

static int class_fault(sup_spec *spec) {
  return sup__spec_fault(spec, SUP_EINVAL,
                         "a class is set for some of its ends that is neither "
                         "hopeless nor forced; all others are ordinary");
}

int sup_spec_set_failure_statuses(sup_spec *spec, sup_failure_class what,
                                  const uint8_t *statuses, size_t count) {
  int code;
  struct sup_command *command = sup__command_change(spec, &code);
  if (command == NULL)
    return code;
  switch (what) {
  case SUP_FAILURE_HOPELESS:
    return take_statuses(spec, command->meaning.hopeless, statuses, count,
                         "it has more than 32 statuses that are hopeless",
                         "0, which is a success, is among the statuses that "
                         "are hopeless; give 1 to 255");
  case SUP_FAILURE_FORCED:
    return take_statuses(spec, command->meaning.forced, statuses, count,
                         "it has more than 32 statuses that force a restart",
                         "0, which is a success, is among the statuses that "
                         "force a restart; give 1 to 255");
  default:
    return class_fault(spec);
  }
}

/* ---- Signals ------------------------------------------------------------ */

int sup_spec_set_failure_signals(sup_spec *spec, sup_failure_class what,
                                 const int *signals, size_t count) {
  int code;
  struct sup_command *command = sup__command_change(spec, &code);
  uint64_t set = 0;
  size_t i;
  if (command == NULL)
    return code;
  if (what != SUP_FAILURE_HOPELESS && what != SUP_FAILURE_FORCED)
    return class_fault(spec);
  for (i = 0; i < count; i++) {
    if (signals[i] < 1 || signals[i] > SUP_SIGNAL_MAX)
      return sup__spec_fault(spec, SUP_EINVAL,
                             "among the signals whose deaths are hopeless or "
                             "force a restart is a number that is no signal");
    set |= UINT64_C(1) << (signals[i] - 1);
  }
  if (what == SUP_FAILURE_HOPELESS)
    command->meaning.hopeless_signals = set;
  else
    command->meaning.forced_signals = set;
  return 0;
}

/* ---- Questions ---------------------------------------------------------- */

bool sup__meaning_succeeds(const struct sup_meaning *meaning, int status) {
  return status == 0 || has_status(meaning->success, status);
}

static bool has_end(const uint64_t statuses[4], uint64_t signals,
                    const sup_process_end *end) {
  if (end->signal == 0)
    return has_status(statuses, end->status);
  return end->signal > 0 && end->signal <= SUP_SIGNAL_MAX &&
         (signals >> (end->signal - 1) & 1u);
}

sup_failure_class sup__meaning_class(const struct sup_meaning *meaning,
                                     const sup_process_end *end) {
  if (end->cause == SUP_EXIT_UNKNOWN)
    return SUP_FAILURE_ORDINARY;
  if (has_end(meaning->hopeless, meaning->hopeless_signals, end))
    return SUP_FAILURE_HOPELESS;
  if (has_end(meaning->forced, meaning->forced_signals, end))
    return SUP_FAILURE_FORCED;
  return SUP_FAILURE_ORDINARY;
}

static bool meet(const uint64_t one[4], const uint64_t other[4]) {
  return ((one[0] & other[0]) | (one[1] & other[1]) | (one[2] & other[2]) |
          (one[3] & other[3])) != 0;
}

unsigned sup__meaning_faults(const struct sup_meaning *meaning,
                             const char *faults[SUP_MEANING_FAULTS]) {
  unsigned count = 0;
  if (meet(meaning->success, meaning->hopeless))
    faults[count++] = "one of its exit statuses means success, and is "
                      "hopeless; take it out of one of the lists";
  if (meet(meaning->success, meaning->forced))
    faults[count++] = "one of its exit statuses means success, and is a "
                      "failure that forces a restart; take it out of one of "
                      "the lists";
  if (meet(meaning->hopeless, meaning->forced))
    faults[count++] = "one of its exit statuses is hopeless, and forces a "
                      "restart; take it out of one of the lists";
  if ((meaning->hopeless_signals & meaning->forced_signals) != 0)
    faults[count++] = "death by one of the signals is hopeless, and forces a "
                      "restart; take it out of one of the lists";
  return count;
}
