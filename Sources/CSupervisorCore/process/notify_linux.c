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
 * Sockets of Linux whose names are in no file system: nothing has to be taken
 * away, and a name is never another's as long as the socket is open. Anybody
 * in the same network namespace can send to them, so the kernel says of each
 * message who has sent it.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "notify.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)

int sup__notify_bind_abstract(struct sup_notify *notify) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  socklen_t length = sizeof(address);
  size_t name;
  int on = 1;
  /* Without a name, the kernel makes one that is free. */
  if (setsockopt(notify->descriptor, SOL_SOCKET, SO_PASSCRED, &on,
                 sizeof(on)) != 0 ||
      bind(notify->descriptor, (struct sockaddr *)&address,
           sizeof(sa_family_t)) != 0 ||
      getsockname(notify->descriptor, (struct sockaddr *)&address, &length) !=
          0)
    return errno;
  name = length - offsetof(struct sockaddr_un, sun_path);
  memcpy(notify->address, address.sun_path, name);
  notify->address[0] = '@';
  notify->address[name] = '\0';
  return 0;
}

bool sup__notify_is_own(const struct sup_notify *notify,
                        struct msghdr *message) {
  struct cmsghdr *part;
  for (part = CMSG_FIRSTHDR(message); part != NULL;
       part = CMSG_NXTHDR(message, part)) {
    struct ucred sender;
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS)
      continue;
    memcpy(&sender, CMSG_DATA(part), sizeof(sender));
    return sender.pid > 0 && (sender.pid == notify->leader ||
                              getpgid(sender.pid) == notify->leader);
  }
  return false;
}

#else

int sup__notify_bind_abstract(struct sup_notify *notify) {
  (void)notify;
  return ENOSYS;
}

bool sup__notify_is_own(const struct sup_notify *notify,
                        struct msghdr *message) {
  (void)notify;
  (void)message;
  return false;
}

#endif
