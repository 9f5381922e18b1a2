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
 * Readiness by a connection: whether somebody listens at an address is tried
 * again and again. Nothing here waits, and nothing is on the loop: whoever has
 * it looks when it is time to. Loop thread.
 */

#ifndef SUP_PROCESS_CONNECT_H
#define SUP_PROCESS_CONNECT_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../engine/support.h"

/* Where to connect to. */
struct sup_address {
  socklen_t length;
  union {
    struct sockaddr any;
    struct sockaddr_in ip4;
    struct sockaddr_in6 ip6;
    struct sockaddr_un local;
  } u;
};

struct sup_connect {
  const sup_allocator *allocator;
  struct sup_address address;
  int descriptor;   /* of an attempt in progress, owned; or -1 */
  uint64_t began;   /* that attempt */
  uint64_t pause;   /* before the next look */
  uint64_t look_at; /* when to look next */
  int error;        /* of the last attempt that failed: an errno; 0: none yet */
};

/* "127.0.0.1:80", "[::1]:80" or an absolute path. False for anything else:
 * names are not looked up. */
bool sup__address_parse(struct sup_address *address, const char *text);

/* To connect to an address that can be parsed. NULL without memory. */
struct sup_connect *sup__connect_create(const sup_allocator *allocator,
                                        const char *text);

/* Begin an attempt, or look at the one in progress; true if a connection was
 * accepted, which is closed again. Else `look_at` is set. What the system
 * refuses is tried again. */
bool sup__connect_look(struct sup_connect *connect, uint64_t now);

/* Begin to connect: 0 and *descriptor, the caller's, which may have connected;
 * or an errno. */
int sup__connect_begin(const struct sup_address *address, int *descriptor);

/* What has become of it: 0 (connected, and to another than itself), EINPROGRESS
 * or an errno. */
int sup__connect_state(int descriptor);

/* Whether the socket, which has connected, has done so to another than itself:
 * TCP allows that where nobody listens, if its own port happens to be the one
 * that it connects to. */
bool sup__connect_is_to_another(int descriptor);

/* Break off an attempt that is in progress. */
void sup__connect_drop(struct sup_connect *connect);

void sup__connect_free(struct sup_connect *connect);

#endif
