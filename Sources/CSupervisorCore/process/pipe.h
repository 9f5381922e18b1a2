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

/* Pipes whose ends no other program inherits. */

#ifndef SUP_PROCESS_PIPE_H
#define SUP_PROCESS_PIPE_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Both ends blocking and close-on-exec: 0 or an errno. Where there is no
 * pipe2(), a program that another thread starts just now may inherit them. */
static inline int sup__pipe(int ends[2]) {
#if defined(__APPLE__)
  if (pipe(ends) != 0)
    return errno;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return 0;
#else
  return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno;
#endif
}

#endif
