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
 * Readiness by an answer: a request is made again and again until its status is
 * one of those that are waited for. HTTP/1.1, without TLS. Nothing here waits,
 * and nothing is on the loop: whoever has it looks when it is time to. Loop
 * thread.
 */

#ifndef SUP_PROCESS_HTTP_H
#define SUP_PROCESS_HTTP_H

#include "command.h"
#include "connect.h"
#include "reply.h"
#include "seen.h"

struct sup_http {
  const sup_allocator *allocator;
  const struct sup_command *command; /* borrowed */
  struct sup_address address;
  char *request; /* owned */
  size_t length;
  size_t sent;
  int descriptor; /* of an attempt in progress, owned; or -1 */
  bool connected;
  struct sup_reply reply;
  uint64_t began;   /* that attempt */
  uint64_t step;    /* before the next look at it */
  uint64_t pause;   /* before the next attempt */
  uint64_t look_at; /* when to look next */
  struct sup_seen seen;
};

/* For a command that has this rule. NULL without memory. */
struct sup_http *sup__http_create(const sup_allocator *allocator,
                                  const struct sup_command *command);

/* Begin an attempt, or go on with the one in progress; true if it was answered
 * as is wanted. Else `look_at` is set. Whatever fails is tried again. */
bool sup__http_look(struct sup_http *http, uint64_t now);

/* Break off an attempt that is in progress. */
void sup__http_drop(struct sup_http *http);

void sup__http_free(struct sup_http *http);

#endif
