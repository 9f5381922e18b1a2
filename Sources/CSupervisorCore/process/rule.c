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

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "rule.h"

bool sup__rule_create(struct sup_rule *rule, const struct sup_command *command,
                      const struct sup_process_options *options) {
  const sup_allocator *allocator = options->allocator;
  rule->command = command;
  rule->look_at = SUP_INFINITE;
  switch (command->ready) {
  case SUP_READY_CONNECT:
    rule->connect = sup__connect_create(allocator, command->ready_text);
    return rule->connect != NULL;
  case SUP_READY_HTTP:
    rule->http = sup__http_create(allocator, command);
    return rule->http != NULL;
  case SUP_READY_COMMAND:
    rule->probe = sup__probe_create(command, options);
    return rule->probe != NULL;
  default:
    return true;
  }
}

void sup__rule_begin(struct sup_rule *rule, uint64_t now) {
  sup_duration time = rule->command->ready_time;
  if (rule->connect != NULL || rule->http != NULL || rule->probe != NULL)
    rule->look_at = now;
  else if (rule->command->ready == SUP_READY_TIME && time < SUP_INFINITE - now)
    rule->look_at = now + time;
}

static bool look(struct sup_rule *rule, uint64_t now, uint64_t *next) {
  bool holds;
  *next = SUP_INFINITE;
  if (rule->connect != NULL) {
    holds = sup__connect_look(rule->connect, now);
    *next = rule->connect->look_at;
  } else if (rule->http != NULL) {
    holds = sup__http_look(rule->http, now);
    *next = rule->http->look_at;
  } else if (rule->probe != NULL) {
    holds = sup__probe_look(rule->probe, now);
    *next = rule->probe->look_at;
  } else {
    holds = true;
  }
  return holds;
}

bool sup__rule_look(struct sup_rule *rule, uint64_t now) {
  bool holds;
  if (rule->stopped) {
    rule->look_at = sup__probe_is_gone(rule->probe, now) ? SUP_INFINITE
                                                         : rule->probe->look_at;
    return false;
  }
  holds = look(rule, now, &rule->look_at);
  if (holds)
    rule->look_at = SUP_INFINITE;
  return holds;
}

void sup__rule_stop(struct sup_rule *rule, uint64_t now) {
  if (rule->stopped)
    return;
  rule->stopped = true;
  rule->look_at = SUP_INFINITE;
  if (rule->connect != NULL)
    sup__connect_drop(rule->connect);
  if (rule->http != NULL)
    sup__http_drop(rule->http);
  if (rule->probe == NULL)
    return;
  sup__probe_stop(rule->probe, now);
  if (rule->probe->runs)
    rule->look_at = rule->probe->look_at;
}

bool sup__rule_is_over(const struct sup_rule *rule) {
  return rule->probe == NULL || !rule->probe->runs;
}

const char *sup__rule_seen(const struct sup_rule *rule,
                           struct sup_seen *buffer) {
  const char *text = NULL;
  if (rule->http != NULL) {
    text = rule->http->seen.text;
  } else if (rule->probe != NULL) {
    text = rule->probe->seen.text;
  } else if (rule->connect != NULL && rule->connect->error != 0) {
    sup__see_errno(buffer, rule->connect->error);
    text = buffer->text;
  }
  return text == NULL || *text == '\0' ? NULL : text;
}

void sup__rule_free(struct sup_rule *rule) {
  if (rule->connect != NULL)
    sup__connect_free(rule->connect);
  if (rule->http != NULL)
    sup__http_free(rule->http);
  if (rule->probe != NULL)
    sup__probe_free(rule->probe);
  rule->connect = NULL;
  rule->http = NULL;
  rule->probe = NULL;
}
