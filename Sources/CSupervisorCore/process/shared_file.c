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

#include "shared_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1u
#endif
#endif

#define SUP_FILE "/supervisor.XXXXXX"
#define SUP_LONGEST_PLACE 1024u

int sup__shared_file_portable(int *descriptor) {
  char path[SUP_LONGEST_PLACE + sizeof(SUP_FILE)];
  const char *place = getenv("TMPDIR");
  if (place == NULL || place[0] != '/' || strlen(place) > SUP_LONGEST_PLACE)
    place = "/tmp";
  snprintf(path, sizeof(path), "%s" SUP_FILE, place);
  *descriptor = mkostemp(path, O_CLOEXEC);
  if (*descriptor < 0)
    return errno;
  unlink(path);
  return 0;
}

int sup__shared_file(int *descriptor) {
#if defined(SYS_memfd_create)
  *descriptor =
      (int)syscall(SYS_memfd_create, "supervisor-processes", MFD_CLOEXEC);
  if (*descriptor >= 0)
    return 0;
#endif
  return sup__shared_file_portable(descriptor);
}
