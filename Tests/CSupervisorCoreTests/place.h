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

/* Sockets with an address at which nobody listens yet, for tests of readiness.
 * After process_fixture.h. */

#ifndef PLACE_H
#define PLACE_H

#include <arpa/inet.h>
#include <sys/socket.h>

#include "process/connect.h"

struct place {
  int descriptor; /* bound; nobody listens yet */
  char text[128];
};

static char folder[] = "/tmp/process_ready_test.XXXXXX";

static UNUSED struct place bound(int family) {
  struct sup_address address;
  struct place place = {socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), ""};
  memset(&address, 0, sizeof(address));
  address.u.any.sa_family = (sa_family_t)family;
  address.length = sizeof(address.u);
  if (family == AF_INET) {
    address.length = sizeof(address.u.ip4);
    address.u.ip4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  } else if (family == AF_INET6) {
    address.length = sizeof(address.u.ip6);
    address.u.ip6.sin6_addr = in6addr_loopback;
  } else {
    snprintf(place.text, sizeof(place.text), "%s/socket", folder);
    unlink(place.text);
    assert_true(sup__address_parse(&address, place.text));
  }
  if (place.descriptor < 0 ||
      bind(place.descriptor, &address.u.any, address.length) != 0) {
    assert_int_equal(family, AF_INET6); /* which not every machine has */
    close(place.descriptor);
    return bound(AF_INET);
  }
  assert_int_equal(
      getsockname(place.descriptor, &address.u.any, &address.length), 0);
  if (family == AF_INET)
    snprintf(place.text, sizeof(place.text), "127.0.0.1:%d",
             ntohs(address.u.ip4.sin_port));
  else if (family == AF_INET6)
    snprintf(place.text, sizeof(place.text), "[::1]:%d",
             ntohs(address.u.ip6.sin6_port));
  return place;
}

static UNUSED void leave(struct place *place) {
  close(place->descriptor);
  if (place->text[0] == '/')
    unlink(place->text);
}

#endif
