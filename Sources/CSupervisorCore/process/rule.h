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
 * The rules of readiness that nobody brings the news of: somebody has to look.
 * Loop thread.
 */

#ifndef SUP_PROCESS_RULE_H
#define SUP_PROCESS_RULE_H

#include "connect.h"
#include "http.h"
#include "probe.h"

struct sup_rule {
  const struct sup_command *command; /* borrowed */
  struct sup_connect *connect;       /* owned, as the two below; or NULL */
  struct sup_http *http;
  struct sup_probe *probe;
  bool stopped;
  uint64_t look_at; /* when to look next; SUP_INFINITE: never */
};

/* Zeroed before. False without memory, and then only to be freed. */
bool sup__rule_create(struct sup_rule *rule, const struct sup_command *command,
                      const struct sup_process_options *options);

/* The process runs from now on. */
void sup__rule_begin(struct sup_rule *rule, uint64_t now);

/* Look at it, when it is time to; true if it holds. */
bool sup__rule_look(struct sup_rule *rule, uint64_t now);

/* It is looked at no longer, and what is in progress is broken off. */
void sup__rule_stop(struct sup_rule *rule, uint64_t now);

/* Whether nothing of it runs any more. */
bool sup__rule_is_over(const struct sup_rule *rule);

/* What was seen last, or NULL. Lives as long as the rule. */
const char *sup__rule_seen(const struct sup_rule *rule,
                           struct sup_seen *buffer);

/* When it is over. */
void sup__rule_free(struct sup_rule *rule);

#endif
