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

/* A socket that does not block and that no program inherits. Where it cannot be
 * made so, one that another thread starts just now may. */

#ifndef SUP_PROCESS_SOCKET_H
#define SUP_PROCESS_SOCKET_H

#include <fcntl.h>
#include <sys/socket.h>

/* -1 and errno. */
static inline int sup__socket(int domain, int type) {
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
  return socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
  int descriptor = socket(domain, type, 0);
  if (descriptor >= 0) {
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
  }
  return descriptor;
#endif
}

#endif
