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

#include "http.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SUP_FIRST_PAUSE SUP_MILLISECONDS(5)
#define SUP_LONGEST_PAUSE SUP_MILLISECONDS(100)
#define SUP_FIRST_STEP SUP_MILLISECONDS(1)
#define SUP_LONGEST_STEP SUP_MILLISECONDS(20)

/* So much is read at one look, and of what follows the status thrown away, so
 * that the other end is not told of a connection that was reset. */
#define SUP_HTTP_READS 16

/* Nobody is to die of a peer that has gone. */
#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0
#endif

/* ---- The request -------------------------------------------------------- */

static const char *host_of(const struct sup_command *command) {
  if (command->ready_host != NULL)
    return command->ready_host;
  return command->ready_text[0] == '/' ? "localhost" : command->ready_text;
}

static bool make_request(struct sup_http *http) {
  static const char format[] = "GET %s HTTP/1.1\r\n"
                               "Host: %s\r\n"
                               "User-Agent: swift-supervision\r\n"
                               "Accept: */*\r\n"
                               "Connection: close\r\n"
                               "\r\n";
  const char *path = http->command->ready_path;
  const char *host = host_of(http->command);
  size_t size = sizeof(format) + strlen(path) + strlen(host);
  http->request = sup__allocate(http->allocator, size);
  if (http->request == NULL)
    return false;
  snprintf(http->request, size, format, path, host);
  http->length = strlen(http->request);
  return true;
}

static size_t request_size(const struct sup_http *http) {
  return http->length + 5; /* the two %s, and a NUL */
}

struct sup_http *sup__http_create(const sup_allocator *allocator,
                                  const struct sup_command *command) {
  struct sup_http *http = sup__allocate_zeroed(allocator, sizeof(*http));
  bool parsed;
  if (http == NULL)
    return NULL;
  parsed = sup__address_parse(&http->address, command->ready_text);
  SUP_ASSERT(parsed);
  (void)parsed;
  http->allocator = allocator;
  http->command = command;
  http->descriptor = -1;
  http->pause = command->ready_interval;
  if (http->pause == 0)
    http->pause = SUP_FIRST_PAUSE;
  if (make_request(http))
    return http;
  sup__release(allocator, http, sizeof(*http));
  return NULL;
}

void sup__http_drop(struct sup_http *http) {
  if (http->descriptor >= 0)
    close(http->descriptor);
  http->descriptor = -1;
}

void sup__http_free(struct sup_http *http) {
  sup__http_drop(http);
  sup__release(http->allocator, http->request, request_size(http));
  sup__release(http->allocator, http, sizeof(*http));
}

/* ---- An attempt --------------------------------------------------------- */

enum outcome { GOES_ON, HAS_FAILED, IS_ANSWERED };

static enum outcome fails(struct sup_http *http, int error) {
  sup__see_errno(&http->seen, error);
  return HAS_FAILED;
}

static enum outcome begin(struct sup_http *http, uint64_t now) {
  int error;
  http->began = now;
  http->step = SUP_FIRST_STEP;
  http->connected = false;
  http->sent = 0;
  memset(&http->reply, 0, sizeof(http->reply));
  error = sup__connect_begin(&http->address, &http->descriptor);
  if (error != 0)
    return fails(http, error);
#if defined(SO_NOSIGPIPE)
  setsockopt(http->descriptor, SOL_SOCKET, SO_NOSIGPIPE, &(int){1},
             sizeof(int));
#endif
  return GOES_ON;
}

static bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static enum outcome write_request(struct sup_http *http) {
  ssize_t wrote;
  if (!http->connected) {
    int error = sup__connect_state(http->descriptor);
    if (error == EINPROGRESS)
      return GOES_ON;
    if (error != 0)
      return fails(http, error);
    http->connected = true;
  }
  if (http->sent == http->length)
    return GOES_ON;
  wrote = send(http->descriptor, http->request + http->sent,
               http->length - http->sent, MSG_NOSIGNAL);
  if (wrote >= 0)
    http->sent += (size_t)wrote;
  else if (!would_block(errno))
    return fails(http, errno);
  return GOES_ON;
}

static enum outcome note_status(struct sup_http *http) {
  const struct sup_command *command = http->command;
  int status = http->reply.status;
  sup__see(&http->seen, "status %d", status);
  return status >= command->ready_from && status <= command->ready_to
             ? IS_ANSWERED
             : HAS_FAILED;
}

static enum outcome read_answer(struct sup_http *http) {
  enum sup_reply_state state = SUP_REPLY_GOES_ON;
  char buffer[1024];
  ssize_t got = 1;
  int reads;
  for (reads = 0; reads < SUP_HTTP_READS && got > 0; reads++) {
    got = read(http->descriptor, buffer, sizeof(buffer));
    if (got > 0)
      state = sup__reply_take(&http->reply, buffer, (size_t)got);
    if (state == SUP_REPLY_IS_NONE) {
      sup__see(&http->seen, "an answer that is no HTTP/1");
      return HAS_FAILED;
    }
  }
  if (state == SUP_REPLY_HAS_STATUS)
    return note_status(http);
  if (got == 0) {
    sup__see(&http->seen, "the connection was closed without an answer");
    return HAS_FAILED;
  }
  return got > 0 || would_block(errno) ? GOES_ON : fails(http, errno);
}

static enum outcome go_on(struct sup_http *http) {
  enum outcome outcome = write_request(http);
  return outcome == GOES_ON && http->connected ? read_answer(http) : outcome;
}

static void wait_before_next(struct sup_http *http, uint64_t now) {
  http->look_at = now + http->pause;
  if (http->command->ready_interval != 0)
    return;
  http->pause *= 2;
  if (http->pause > SUP_LONGEST_PAUSE)
    http->pause = SUP_LONGEST_PAUSE;
}

static void look_again(struct sup_http *http, uint64_t now) {
  uint64_t end = http->began + http->command->ready_patience;
  http->look_at = now + http->step < end ? now + http->step : end;
  http->step *= 2;
  if (http->step > SUP_LONGEST_STEP)
    http->step = SUP_LONGEST_STEP;
}

bool sup__http_look(struct sup_http *http, uint64_t now) {
  enum outcome outcome = http->descriptor < 0 ? begin(http, now) : GOES_ON;
  if (outcome == GOES_ON)
    outcome = go_on(http);
  if (outcome == GOES_ON &&
      now - http->began >= http->command->ready_patience) {
    sup__see(&http->seen,
             http->connected ? "no answer in time" : "no connection in time");
    outcome = HAS_FAILED;
  }
  if (outcome == GOES_ON) {
    look_again(http, now);
    return false;
  }
  sup__http_drop(http);
  wait_before_next(http, now);
  return outcome == IS_ANSWERED;
}
