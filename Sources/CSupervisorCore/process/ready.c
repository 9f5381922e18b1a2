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

#include "ready.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pipe.h"

/* More than a pipe holds by default is nobody's notification. */
#define SUP_READY_LOOKS 256

int sup__ready_create(struct sup_ready **result, int *end,
                      const sup_allocator *allocator, struct sup_loop *loop) {
  struct sup_ready *ready = sup__allocate_zeroed(allocator, sizeof(*ready));
  int pair[2];
  int error;
  *result = NULL;
  *end = -1;
  if (ready == NULL)
    return ENOMEM;
  error = sup__pipe(pair);
  if (error != 0) {
    sup__release(allocator, ready, sizeof(*ready));
    return error;
  }
  ready->allocator = allocator;
  ready->loop = loop;
  ready->descriptor = pair[0];
  *end = pair[1];
  *result = ready;
  return 0;
}

void sup__ready_free(struct sup_ready *ready) {
  SUP_ASSERT(!ready->open);
  if (ready->descriptor >= 0)
    close(ready->descriptor);
  sup__release(ready->allocator, ready, sizeof(*ready));
}

static void poll_closed(uv_handle_t *handle) {
  struct sup_ready *ready = handle->data;
  struct sup_loop *loop = ready->loop;
  ready->open = false;
  ready->changed(ready->ctx);
  sup__loop_handle_closed(loop);
}

/* False at the end of the pipe; `*more` if there may be more to read. */
static bool look(struct sup_ready *ready, bool *more) {
  char buffer[256];
  ssize_t got;
  do
    got = read(ready->descriptor, buffer, sizeof(buffer));
  while (got < 0 && errno == EINTR);
  *more = got > 0;
  if (got > 0) {
    if (memchr(buffer, '\n', (size_t)got) != NULL)
      ready->ready(ready->ctx);
    return true;
  }
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

static void readable(uv_poll_t *poll, int status, int events) {
  struct sup_ready *ready = poll->data;
  bool more;
  (void)events;
  if (status < 0 || !look(ready, &more))
    sup__ready_close(ready, false);
}

int sup__ready_open(struct sup_ready *ready) {
  int error =
      uv_poll_init(sup__loop_uv(ready->loop), &ready->poll, ready->descriptor);
  if (error != 0)
    return -error;
  ready->poll.data = ready;
  ready->open = true;
  sup__loop_handle_opened(ready->loop);
  uv_poll_start(&ready->poll, UV_READABLE, readable);
  return 0;
}

void sup__ready_close(struct sup_ready *ready, bool look_first) {
  bool more = look_first;
  int looks;
  if (ready->descriptor < 0)
    return;
  for (looks = 0; more && looks < SUP_READY_LOOKS; looks++)
    look(ready, &more);
  if (ready->open)
    uv_close((uv_handle_t *)&ready->poll, poll_closed);
  close(ready->descriptor);
  ready->descriptor = -1;
}
