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

#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uv_tcp_t listener;
static const char *(*command)(const char *line);

struct client {
  uv_tcp_t tcp;
  size_t used;
  char line[256];
};

static void free_handle(uv_handle_t *handle) {
  free(handle);
}

static void free_request(uv_write_t *write, int status) {
  (void)status;
  free(write);
}

/* The answer, and a line that ends it. */
static void answer(struct client *client, const char *text) {
  size_t length = strlen(text) + sizeof("\n.\n") - 1;
  uv_write_t *write = malloc(sizeof(*write) + length + 1);
  uv_buf_t buffer;
  if (write == NULL)
    return;
  buffer = uv_buf_init((char *)(write + 1), (unsigned)length);
  sprintf(buffer.base, "%s\n.\n", text);
  if (uv_write(write, (uv_stream_t *)&client->tcp, &buffer, 1, free_request))
    free(write);
}

static void give_room(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
  struct client *client = (struct client *)handle;
  (void)size; /* a line that is too long leaves no room, which ends it */
  *buffer = uv_buf_init(client->line + client->used,
                        (unsigned)(sizeof(client->line) - client->used));
}

static void has_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer) {
  struct client *client = (struct client *)stream;
  char *end;
  (void)buffer;
  if (n < 0) {
    uv_close((uv_handle_t *)stream, free_handle);
    return;
  }
  client->used += (size_t)n;
  while ((end = memchr(client->line, '\n', client->used)) != NULL) {
    *end++ = '\0';
    answer(client, command(client->line));
    client->used -= (size_t)(end - client->line);
    memmove(client->line, end, client->used);
  }
}

static void has_connected(uv_stream_t *server, int status) {
  struct client *client = status == 0 ? calloc(1, sizeof(*client)) : NULL;
  if (client == NULL)
    return;
  uv_tcp_init(server->loop, &client->tcp);
  client->tcp.data = &listener; /* marks it for server_close */
  if (uv_accept(server, (uv_stream_t *)&client->tcp) != 0 ||
      uv_read_start((uv_stream_t *)&client->tcp, give_room, has_read) != 0)
    uv_close((uv_handle_t *)&client->tcp, free_handle);
}

int server_open(uv_loop_t *loop, const char *(*obey)(const char *line)) {
  struct sockaddr_in address;
  int size = sizeof(address), code;
  uv_ip4_addr("127.0.0.1", 0, &address);
  command = obey;
  uv_tcp_init(loop, &listener);
  if ((code = uv_tcp_bind(&listener, (struct sockaddr *)&address, 0)) != 0 ||
      (code = uv_listen((uv_stream_t *)&listener, 8, has_connected)) != 0)
    return code;
  uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &size);
  printf("listening on %d\n", ntohs(address.sin_port));
  return 0;
}

static void close_client(uv_handle_t *handle, void *ctx) {
  (void)ctx;
  if (handle->data == &listener && !uv_is_closing(handle))
    uv_close(handle, free_handle);
}

void server_close(void) {
  uv_walk(listener.loop, close_client, NULL);
  uv_close((uv_handle_t *)&listener, NULL);
}
