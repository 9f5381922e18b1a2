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

/* P2: an address to connect to: those that are well formed are read as they
 * were meant, and what is taken of any text reads back as the same. */

#include "fuzz.h"

#include <arpa/inet.h>

#include "process/connect.h"

static size_t written(const struct sup_address *address, char *text,
                      size_t size) {
  char host[INET6_ADDRSTRLEN];
  const struct sockaddr_in *ip4 = &address->u.ip4;
  const struct sockaddr_in6 *ip6 = &address->u.ip6;
  if (address->u.any.sa_family == AF_UNIX)
    return (size_t)snprintf(text, size, "%s", address->u.local.sun_path);
  if (address->u.any.sa_family == AF_INET) {
    FUZZ_CHECK(inet_ntop(AF_INET, &ip4->sin_addr, host, sizeof(host)) != NULL);
    return (size_t)snprintf(text, size, "%s:%d", host, ntohs(ip4->sin_port));
  }
  FUZZ_CHECK(address->u.any.sa_family == AF_INET6);
  FUZZ_CHECK(inet_ntop(AF_INET6, &ip6->sin6_addr, host, sizeof(host)) != NULL);
  return (size_t)snprintf(text, size, "[%s]:%d", host, ntohs(ip6->sin6_port));
}

static void check_same(const struct sup_address *one, const char *text) {
  struct sup_address other;
  FUZZ_CHECK(sup__address_parse(&other, text));
  FUZZ_CHECK(one->length == other.length);
  FUZZ_CHECK(memcmp(&one->u, &other.u, sizeof(one->u)) == 0);
}

static void well_formed(struct fuzz *in) {
  struct sup_address address;
  in_port_t port = htons((in_port_t)(1 + fuzz_below(in, 65535)));
  uint8_t *bytes;
  size_t count, i;
  char text[256];
  memset(&address, 0, sizeof(address));
  if (fuzz_one_in(in, 2)) {
    address.length = sizeof(address.u.ip4);
    address.u.ip4.sin_family = AF_INET;
    address.u.ip4.sin_port = port;
    bytes = (uint8_t *)&address.u.ip4.sin_addr;
    count = 4;
  } else {
    address.length = sizeof(address.u.ip6);
    address.u.ip6.sin6_family = AF_INET6;
    address.u.ip6.sin6_port = port;
    bytes = (uint8_t *)&address.u.ip6.sin6_addr;
    count = 16;
  }
  for (i = 0; i < count; i++)
    bytes[i] = fuzz_byte(in);
  written(&address, text, sizeof(text));
  check_same(&address, text);
}

void fuzz_one(struct fuzz *in) {
  struct sup_address address;
  char text[160], again[256];
  if (fuzz_one_in(in, 4)) {
    well_formed(in);
    return;
  }
  fuzz_text(in, text, sizeof(text));
  if (!sup__address_parse(&address, text)) {
    FUZZ_CHECK(text[0] != '/' ||
               strlen(text) >= sizeof(address.u.local.sun_path));
    return;
  }
  written(&address, again, sizeof(again));
  FUZZ_CHECK(text[0] != '/' || strcmp(text, again) == 0);
  check_same(&address, again);
}
