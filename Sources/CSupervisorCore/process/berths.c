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

#include "berths.h"

#if SUP_SPAWN_SHARES_MEMORY

#include <fcntl.h>
#include <unistd.h>

#define WORTH_WHILE 64
/* Not a number that programs take for their standard input or output. */
#define FIRST 3

void sup__berths_open(struct sup_berths *berths) {
  int null = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);

  berths->worth = WORTH_WHILE;
  while (null >= 0 && berths->count < SUP_BERTHS) {
    int number = fcntl(null, F_DUPFD_CLOEXEC, FIRST);

    if (number < 0)
      break;
    berths->number[berths->count++] = number;
    if (number >= berths->end)
      berths->end = number + 1;
  }
  if (null >= 0)
    close(null);
  if (berths->count < SUP_BERTHS)
    sup__berths_close(berths);
}

/* Where a source is now; -1 if there is no room. */
static int berth_of(struct sup_berths *berths, int source) {
  int number;

  if (source < berths->end)
    return source; /* one of the host's own, which stand low enough */
  if (berths->taken == berths->count)
    return -1;
  number = berths->number[berths->taken];
  if (dup3(source, number, O_CLOEXEC) < 0)
    return -1;
  berths->taken++;
  return number;
}

void sup__berths_take(struct sup_berths *berths, int null,
                      struct sup_spawn *spawn) {
  int moved[SUP_BERTHS];
  int from[SUP_BERTHS];
  unsigned count = 0;
  int directory = spawn->directory;

  if (berths->count == 0 || berths->useless ||
      null < berths->end + berths->worth || spawn->given_count > SUP_BERTHS)
    return;
  if (directory >= 0 && (directory = berth_of(berths, directory)) < 0)
    return;
  for (size_t i = 0; i < spawn->given_count; i++) {
    unsigned known = 0;

    while (known < count && from[known] != spawn->given[i].source)
      known++;
    if (known == count) {
      from[count] = spawn->given[i].source;
      moved[count] = berth_of(berths, from[count]);
      if (moved[count++] < 0)
        return;
    }
  }
  for (size_t i = 0; i < spawn->given_count; i++)
    for (unsigned known = 0; known < count; known++)
      if (from[known] == spawn->given[i].source) {
        spawn->given[i].source = moved[known];
        break;
      }
  spawn->directory = directory;
  spawn->share_below = berths->end;
}

void sup__berths_leave(struct sup_berths *berths, int null,
                       const struct sup_spawned *spawned) {
  if (spawned->cannot_share)
    berths->useless = true;
  while (berths->taken > 0)
    dup3(null, berths->number[--berths->taken], O_CLOEXEC);
}

void sup__berths_close(struct sup_berths *berths) {
  while (berths->count > 0)
    close(berths->number[--berths->count]);
  berths->end = 0;
}

#else

void sup__berths_open(struct sup_berths *berths) {
  (void)berths;
}

void sup__berths_take(struct sup_berths *berths, int null,
                      struct sup_spawn *spawn) {
  (void)berths;
  (void)null;
  (void)spawn;
}

void sup__berths_leave(struct sup_berths *berths, int null,
                       const struct sup_spawned *spawned) {
  (void)berths;
  (void)null;
  (void)spawned;
}

void sup__berths_close(struct sup_berths *berths) {
  (void)berths;
}

#endif
