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

#include "output.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <supervisor/process.h>

#include "pipe.h"

#if defined(__sun)
#include <sys/filio.h>
#endif

static size_t streams_size(size_t count) {
  return sizeof(struct sup_streams) + count * sizeof(struct sup_stream);
}

int sup__streams_create(struct sup_streams **result, int ends[2],
                        const sup_allocator *allocator, struct sup_loop *loop,
                        bool merge, size_t limit) {
  uint8_t count = merge ? 1 : 2;
  struct sup_streams *streams =
      sup__allocate_zeroed(allocator, streams_size(count));
  size_t i;
  *result = NULL;
  ends[0] = ends[1] = -1;
  if (streams == NULL)
    return ENOMEM;
  streams->allocator = allocator;
  streams->loop = loop;
  streams->count = count;
  for (i = 0; i < count; i++)
    streams->stream[i].descriptor = -1;
  for (i = 0; i < count; i++) {
    struct sup_stream *stream = &streams->stream[i];
    int pair[2];
    int error = sup__pipe(pair);
    if (error != 0) {
      if (ends[0] >= 0)
        close(ends[0]);
      ends[0] = -1;
      sup__streams_free(streams);
      return error;
    }
    stream->streams = streams;
    stream->descriptor = pair[0];
    stream->flags = i == 1 ? SUP_LINE_STDERR : 0;
    sup__lines_init(&stream->lines, allocator, limit);
    ends[i] = pair[1];
  }
  *result = streams;
  return 0;
}

void sup__streams_free(struct sup_streams *streams) {
  size_t i;
  for (i = 0; i < streams->count; i++) {
    struct sup_stream *stream = &streams->stream[i];
    SUP_ASSERT(!stream->open);
    if (stream->descriptor >= 0)
      close(stream->descriptor);
    if (stream->streams != NULL)
      sup__lines_free(&stream->lines);
  }
  sup__release(streams->allocator, streams, streams_size(streams->count));
}

bool sup__streams_done(const struct sup_streams *streams) {
  size_t i;
  for (i = 0; i < streams->count; i++)
    if (streams->stream[i].open || !streams->stream[i].finished)
      return false;
  return true;
}

static void poll_closed(uv_handle_t *handle) {
  struct sup_stream *stream = handle->data;
  struct sup_loop *loop = stream->streams->loop;
  stream->open = false;
  stream->streams->changed(stream->streams->ctx);
  sup__loop_handle_closed(loop);
}

/* Nothing more is read from it. */
static void end(struct sup_stream *stream) {
  stream->ended = true;
  if (stream->descriptor < 0)
    return;
  if (stream->open)
    uv_close((uv_handle_t *)&stream->poll, poll_closed);
  close(stream->descriptor);
  stream->descriptor = -1;
}

static void readable(uv_poll_t *poll, int status, int events);

static void watch_all(struct sup_streams *streams) {
  size_t i;
  for (i = 0; i < streams->count; i++) {
    struct sup_stream *stream = &streams->stream[i];
    if (stream->ended || !stream->open)
      continue;
    if (streams->held)
      uv_poll_stop(&stream->poll);
    else
      uv_poll_start(&stream->poll, UV_READABLE, readable);
  }
}

static void hand(struct sup_stream *stream, const char *text, size_t length,
                 uint32_t flags) {
  struct sup_streams *streams = stream->streams;
  if (!streams->line(streams->ctx, text, length, flags))
    streams->held = true;
}

/* Hand over what there is, until held back. */
static void hand_over(struct sup_stream *stream) {
  struct sup_streams *streams = stream->streams;
  uint32_t origin = stream->flags & SUP_LINE_STDERR;
  const char *text;
  size_t length;
  uint32_t flags;
  if (streams->held || stream->finished)
    return;
  while (!streams->held &&
         sup__lines_next(&stream->lines, stream->ended, &text, &length, &flags))
    hand(stream, text, length, origin | flags);
  if (!streams->held) {
    sup__lines_rest(&stream->lines);
    if (stream->ended) {
      stream->finished = true;
      hand(stream, "", 0, stream->flags | SUP_LINE_END);
    }
  }
  if (streams->held)
    watch_all(streams);
}

/* Read once, at most one buffer, so that no stream keeps the loop from the
 * others. How much it was; 0 if there is nothing (more) now. */
static size_t read_some(struct sup_stream *stream) {
  char *space;
  ssize_t got;
  size_t size = sup__lines_space(&stream->lines, &space);
  if (size == 0) {
    /* No memory: what there is goes out as part of a line. */
    hand_over(stream);
    if (stream->streams->held)
      return 0;
    size = sup__lines_space(&stream->lines, &space);
  }
  do
    got = read(stream->descriptor, space, size);
  while (got < 0 && errno == EINTR);
  if (got > 0) {
    sup__lines_filled(&stream->lines, (size_t)got);
    return (size_t)got;
  }
  if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
    end(stream);
  return 0;
}

static void readable(uv_poll_t *poll, int status, int events) {
  struct sup_stream *stream = poll->data;
  (void)events;
  if (status < 0)
    end(stream);
  else
    read_some(stream);
  hand_over(stream);
}

int sup__streams_open(struct sup_streams *streams) {
  size_t i;
  for (i = 0; i < streams->count; i++) {
    struct sup_stream *stream = &streams->stream[i];
    /* It also makes our end non-blocking; the process's is one of its own. */
    int error = uv_poll_init(sup__loop_uv(streams->loop), &stream->poll,
                             stream->descriptor);
    if (error != 0)
      return -error;
    stream->poll.data = stream;
    stream->open = true;
    sup__loop_handle_opened(streams->loop);
  }
  watch_all(streams);
  return 0;
}

void sup__streams_resume(struct sup_streams *streams) {
  size_t i;
  if (!streams->held)
    return;
  streams->held = false;
  for (i = 0; i < streams->count && !streams->held; i++)
    hand_over(&streams->stream[i]);
  if (!streams->held)
    watch_all(streams);
}

/* As much as is in the pipe now, for whoever holds it open may go on writing
 * for ever. */
static void drain(struct sup_stream *stream) {
  int waiting = 0;
  size_t left;
  if (ioctl(stream->descriptor, FIONREAD, &waiting) != 0 || waiting < 0)
    waiting = 0;
  left = (size_t)waiting;
  for (;;) {
    size_t got = read_some(stream);
    hand_over(stream);
    if (got == 0 || stream->streams->held)
      return;
    left = got < left ? left - got : 0;
    if (left == 0)
      return;
  }
}

void sup__streams_give_up(struct sup_streams *streams) {
  size_t i;
  for (i = 0; i < streams->count && !streams->held; i++) {
    struct sup_stream *stream = &streams->stream[i];
    if (!stream->ended)
      drain(stream);
    if (streams->held)
      return;
    if (!stream->ended) {
      stream->flags |= SUP_LINE_HELD;
      end(stream);
    }
    hand_over(stream);
  }
}

void sup__streams_abort(struct sup_streams *streams) {
  size_t i;
  for (i = 0; i < streams->count; i++) {
    end(&streams->stream[i]);
    streams->stream[i].finished = true;
  }
}
