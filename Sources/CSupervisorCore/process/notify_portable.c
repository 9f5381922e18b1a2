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

/* Sockets in a folder of their own. If this program is killed, the folder
 * stays. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "notify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUP_FOLDER "/supervisor.XXXXXX"
#define SUP_SOCKET "/notify"

static const char *place_for(size_t most) {
  const char *place = getenv("TMPDIR");
  return place == NULL || place[0] != '/' || strlen(place) > most ? "/tmp"
                                                                  : place;
}

int sup__notify_bind_path(struct sup_notify *notify) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t most = sizeof(address.sun_path) - sizeof(SUP_FOLDER SUP_SOCKET);
  char *end;
  snprintf(notify->address, sizeof(notify->address), "%s" SUP_FOLDER,
           place_for(most));
  if (mkdtemp(notify->address) == NULL)
    return errno;
  end = notify->address + strlen(notify->address);
  memcpy(end, SUP_SOCKET, sizeof(SUP_SOCKET));
  memcpy(address.sun_path, notify->address, strlen(notify->address) + 1);
  if (bind(notify->descriptor, (struct sockaddr *)&address, sizeof(address)) !=
      0) {
    int error = errno;
    *end = '\0';
    rmdir(notify->address);
    return error;
  }
  return 0;
}

void sup__notify_remove_path(struct sup_notify *notify) {
  unlink(notify->address);
  *strrchr(notify->address, '/') = '\0';
  rmdir(notify->address);
}
