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

/* Events as the words in which tests write them down; engine_world.h. */

#ifndef ENGINE_EVENTS_H
#define ENGINE_EVENTS_H

#include "engine_specs.h"

static inline const char *world_step_name(int64_t action) {
  static const char *const names[] = {"drain", "cancel", "kill"};
  assert_in_range(action, 0, 2);
  return names[action];
}

static inline void world_event_text(const struct sup_record *record,
                                    const char *path, char *text, size_t size) {
  static const char *const marks[] = {
      [SUP_EVENT_STARTED] = "+",
      [SUP_EVENT_START_FAILED] = "#",
      [SUP_EVENT_COMPLETED] = "c",
      [SUP_EVENT_FAILED] = "!",
      [SUP_EVENT_TERMINATION_FAILED] = "!",
      [SUP_EVENT_TERMINATED] = "-",
      [SUP_EVENT_DECLINED] = " declined",
      [SUP_EVENT_STOPPING] = " stopping",
      [SUP_EVENT_RESTART_SCHEDULED] = " scheduled",
      [SUP_EVENT_RESTART_CANCELED] = " unscheduled",
      [SUP_EVENT_STUCK] = " stuck",
      [SUP_EVENT_LATE_EXIT] = " late",
      [SUP_EVENT_TOLERANCE_EXCEEDED] = " exceeded",
      [SUP_EVENT_RESOURCE_BUILT] = " built",
      [SUP_EVENT_RESOURCE_CLEANED] = " cleaned",
      [SUP_EVENT_QUARANTINED] = " quarantined",
      [SUP_EVENT_AUTO_SHUTDOWN] = " auto",
      [SUP_EVENT_SILENT] = " silent",
      [SUP_EVENT_LOOP_LATE] = " late loop",
      [SUP_EVENT_HEALTHY] = " healthy",
      [SUP_EVENT_DONE] = " done",
      [SUP_EVENT_STARTING] = " starting"};
  char extra[40] = "";
  char who = record->node_kind == SUP_KIND_SUPERVISOR ? 'S' : 'W';
  if (record->kind >= sizeof(marks) / sizeof(marks[0]) ||
      marks[record->kind] == NULL)
    fail_msg("event of unknown kind %d", record->kind);
  if (record->kind == SUP_EVENT_STOPPING)
    snprintf(extra, sizeof(extra), ":%s", world_step_name(record->detail));
  else if (record->kind == SUP_EVENT_RESTART_SCHEDULED)
    snprintf(extra, sizeof(extra), ":%lldms",
             (long long)(record->detail / 1000000));
  else if (record->kind == SUP_EVENT_LOOP_LATE)
    snprintf(extra, sizeof(extra), ":%lldms",
             (long long)(record->duration / 1000000));
  else if (record->kind == SUP_EVENT_RESOURCE_CLEANED && record->error != 0)
    snprintf(extra, sizeof(extra), "!");
  snprintf(text, size, "%c%s%s %s", who, marks[record->kind], extra, path);
}

#endif
