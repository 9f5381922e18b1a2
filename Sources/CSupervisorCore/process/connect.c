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

#include "connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "socket.h"

#define SUP_FIRST_PAUSE SUP_MILLISECONDS(5)
#define SUP_LONGEST_PAUSE SUP_MILLISECONDS(100)
#define SUP_LONGEST_ATTEMPT SUP_SECONDS(1)

/* ---- Addresses ---------------------------------------------------------- */

static bool parse_path(struct sup_address *address, const char *text) {
  struct sockaddr_un *local = &address->u.local;
  size_t length = strlen(text);
  if (length >= sizeof(local->sun_path))
    return false;
  local->sun_family = AF_UNIX;
  memcpy(local->sun_path, text, length + 1);
  address->length =
      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
  return true;
}

/* Nothing but digits; 0 if it is no port that can be connected to. */
static in_port_t parse_port(const char *text) {
  unsigned long port = 0;
  if (*text == '\0' || strlen(text) > 5)
    return 0;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9')
      return 0;
    port = port * 10 + (unsigned long)(*text - '0');
  }
  return port > 65535 ? 0 : htons((in_port_t)port);
}

bool sup__address_parse(struct sup_address *address, const char *text) {
  char host[INET6_ADDRSTRLEN];
  const char *colon;
  size_t length;
  in_port_t port;
  memset(address, 0, sizeof(*address));
  if (text == NULL)
    return false;
  if (text[0] == '/')
    return parse_path(address, text);
  colon = strrchr(text, ':');
  if (colon == NULL)
    return false;
  port = parse_port(colon + 1);
  length = (size_t)(colon - text);
  if (port == 0 || length < 2 || length >= sizeof(host) + 2)
    return false;
  if (text[0] == '[' && text[length - 1] == ']') {
    if (length - 2 >= sizeof(host))
      return false;
    memcpy(host, text + 1, length - 2);
    host[length - 2] = '\0';
    address->u.ip6.sin6_family = AF_INET6;
    address->u.ip6.sin6_port = port;
    address->length = sizeof(address->u.ip6);
    return inet_pton(AF_INET6, host, &address->u.ip6.sin6_addr) == 1;
  }
  if (length >= sizeof(host))
    return false;
  memcpy(host, text, length);
  host[length] = '\0';
  address->u.ip4.sin_family = AF_INET;
  address->u.ip4.sin_port = port;
  address->length = sizeof(address->u.ip4);
  return inet_pton(AF_INET, host, &address->u.ip4.sin_addr) == 1;
}

/* ---- Attempts ----------------------------------------------------------- */

struct sup_connect *sup__connect_create(const sup_allocator *allocator,
                                        const char *text) {
  struct sup_connect *connect =
      sup__allocate_zeroed(allocator, sizeof(*connect));
  bool parsed;
  if (connect == NULL)
    return NULL;
  parsed = sup__address_parse(&connect->address, text);
  SUP_ASSERT(parsed);
  (void)parsed;
  connect->allocator = allocator;
  connect->descriptor = -1;
  connect->pause = SUP_FIRST_PAUSE;
  return connect;
}

void sup__connect_drop(struct sup_connect *connect) {
  if (connect->descriptor >= 0)
    close(connect->descriptor);
  connect->descriptor = -1;
}

void sup__connect_free(struct sup_connect *connect) {
  sup__connect_drop(connect);
  sup__release(connect->allocator, connect, sizeof(*connect));
}

bool sup__connect_is_to_another(int descriptor) {
  struct sup_address own, other;
  memset(&own, 0, sizeof(own));
  memset(&other, 0, sizeof(other));
  own.length = other.length = sizeof(own.u);
  /* If it cannot be found out, the next attempt will tell. */
  if (getsockname(descriptor, &own.u.any, &own.length) != 0 ||
      getpeername(descriptor, &other.u.any, &other.length) != 0)
    return false;
  return own.u.any.sa_family == AF_UNIX || own.length != other.length ||
         memcmp(&own.u, &other.u, sizeof(own.u)) != 0;
}

static int state_of_connected(int descriptor) {
  /* Its port would not be free for a while if it were closed in order. */
  static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  if (sup__connect_is_to_another(descriptor))
    return 0;
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  return ECONNREFUSED;
}

int sup__connect_begin(const struct sup_address *address, int *descriptor) {
  int error;
  *descriptor = sup__socket(address->u.any.sa_family, SOCK_STREAM);
  if (*descriptor < 0)
    return errno;
  /* One that was interrupted goes on. */
  if (connect(*descriptor, &address->u.any, address->length) == 0 ||
      errno == EINPROGRESS || errno == EINTR)
    return 0;
  error = errno;
  close(*descriptor);
  *descriptor = -1;
  return error;
}

int sup__connect_state(int descriptor) {
  struct pollfd what = {.fd = descriptor, .events = POLLOUT};
  socklen_t length = sizeof(int);
  int error = 0;
  if (poll(&what, 1, 0) < 1)
    return EINPROGRESS;
  if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
    return errno;
  return error != 0 ? error : state_of_connected(descriptor);
}

bool sup__connect_look(struct sup_connect *connect, uint64_t now) {
  int error = 0;
  if (connect->descriptor < 0) {
    connect->began = now;
    error = sup__connect_begin(&connect->address, &connect->descriptor);
  }
  if (error == 0)
    error = sup__connect_state(connect->descriptor);
  if (error == EINPROGRESS && now - connect->began >= SUP_LONGEST_ATTEMPT)
    error = ETIMEDOUT;
  if (error != EINPROGRESS) {
    sup__connect_drop(connect);
    connect->error = error;
  }
  connect->look_at = now + connect->pause;
  connect->pause *= 2;
  if (connect->pause > SUP_LONGEST_PAUSE)
    connect->pause = SUP_LONGEST_PAUSE;
  return error == 0;
}
