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

#include "lifeline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mark.h"
#include "pipe.h"
#include "shared_file.h"
#include "spawn.h"

#define SUP_PLACES_MAX (UINT32_C(1) << 20)
#define SUP_PLACES_MORE UINT32_C(512)

/* A guard that somebody kills at once is not made anew at once. */
#define SUP_GUARD_PAUSE SUP_SECONDS(1)

/* Its descriptors. */
#define SUP_GUARD_PIPE 3
#define SUP_GUARD_TABLE 4
#define SUP_GUARD_LIFE 5

/* Only what is built into every shell: it executes nothing. */
static const char script[] = "trap '' HUP INT QUIT TERM PIPE;"
                             "while read -r p <&3; do :; done;"
                             "while read -r p; do"
                             " case $p in ?*) kill -s KILL -- "
                             "-$((0x$p));; esac;"
                             " done <&4";

struct sup_guard {
  struct sup_lifeline *lifeline;
  const sup_allocator *allocator;
  struct sup_loop *loop;
  struct sup_watch watch; /* for its pid; not open */
  uint64_t began;
  int life; /* a pipe that ends with it */
  uv_poll_t poll;
};

/* ---- Forks of the host --------------------------------------------------
 *
 * A child that the host forks, and that executes nothing, would keep the pipe
 * open when the host is gone. Without room for one more nothing is done. */

#define MOST_LIFELINES 64u

static atomic_int open_ends[MOST_LIFELINES]; /* 0: none; else the number + 1 */

static void remember(int end) {
  for (unsigned i = 0; i < MOST_LIFELINES; i++) {
    int none = 0;

    if (atomic_compare_exchange_strong(&open_ends[i], &none, end + 1))
      return;
  }
}

static void forget(int end) {
  for (unsigned i = 0; i < MOST_LIFELINES; i++) {
    int known = end + 1;

    if (atomic_compare_exchange_strong(&open_ends[i], &known, 0))
      return;
  }
}

/* One of our own needs it until it executes its program. */
void sup__lifelines_forked(void) {
  if (sup__spawn_forks())
    return;
  for (unsigned i = 0; i < MOST_LIFELINES; i++) {
    int end = atomic_exchange(&open_ends[i], 0);

    if (end != 0)
      close(end - 1);
  }
}

/* ---- The guard ---------------------------------------------------------- */

static void start_again(struct sup_lifeline *lifeline);

static void poll_closed(uv_handle_t *handle) {
  struct sup_guard *guard = handle->data;
  struct sup_loop *loop = guard->loop;
  sup__release(guard->allocator, guard, sizeof(*guard));
  sup__loop_handle_closed(loop);
}

static void close_guard(struct sup_guard *guard) {
  uv_close((uv_handle_t *)&guard->poll, poll_closed);
  close(guard->life);
}

/* Whether it is gone or not: it is, when this returns. */
static void end_guard(struct sup_guard *guard) {
  int status;
  sup__watch_signal(&guard->watch, SIGKILL, false);
  while (waitpid(guard->watch.pid, &status, 0) < 0 && errno == EINTR)
    continue;
  close_guard(guard);
}

static void on_life(uv_poll_t *poll, int status, int events) {
  struct sup_guard *guard = poll->data;
  struct sup_lifeline *lifeline = guard->lifeline;
  char byte;
  (void)events;
  if (status == 0 && read(guard->life, &byte, 1) < 0 &&
      (errno == EAGAIN || errno == EINTR))
    return;
  lifeline->guard = NULL;
  end_guard(guard);
  if (lifeline->used == 0)
    return;
  if (sup__loop_now() - guard->began < SUP_GUARD_PAUSE)
    sup__alarm_by(&lifeline->again, sup__loop_now() + SUP_GUARD_PAUSE);
  else
    start_again(lifeline);
}

static int run_shell(struct sup_lifeline *lifeline, int life, pid_t *pid) {
  static const char *const arguments[] = {"sh", "-c", script,
                                          "supervision-guard", NULL};
  static const char *const environment[] = {NULL};
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct sup_given given[] = {{null, 0},
                              {null, 1},
                              {null, 2},
                              {lifeline->ends[0], SUP_GUARD_PIPE},
                              {lifeline->table, SUP_GUARD_TABLE},
                              {life, SUP_GUARD_LIFE}};
  struct sup_spawn request = {.path = SUP_GUARD_SHELL,
                              .arguments = (char *const *)(uintptr_t)arguments,
                              .environment =
                                  (char *const *)(uintptr_t)environment,
                              .directory = root,
                              .given = given,
                              .given_count = sizeof(given) / sizeof(*given)};
  struct sup_spawned spawned;
  int error = null < 0 || root < 0 ? errno : sup__spawn(&request, &spawned);
  if (null >= 0)
    close(null);
  if (root >= 0)
    close(root);
  if (error == 0)
    *pid = spawned.pid;
  return error;
}

/* A guard that is not on the loop yet, with the end of its pipe of life that
 * is to be its own. */
static int make_guard(struct sup_lifeline *lifeline, struct sup_guard **made,
                      int *life) {
  struct sup_guard *guard =
      sup__allocate_zeroed(lifeline->allocator, sizeof(*guard));
  int pair[2];
  int error;
  if (guard == NULL)
    return ENOMEM;
  error = sup__pipe(pair);
  if (error == 0) {
    error = -uv_poll_init(sup__loop_uv(lifeline->loop), &guard->poll, pair[0]);
    if (error != 0) {
      close(pair[0]);
      close(pair[1]);
    }
  }
  if (error != 0) {
    sup__release(lifeline->allocator, guard, sizeof(*guard));
    return error;
  }
  guard->poll.data = guard;
  guard->lifeline = lifeline;
  guard->allocator = lifeline->allocator;
  guard->loop = lifeline->loop;
  guard->life = pair[0];
  guard->watch.pidfd = -1;
  guard->began = sup__loop_now();
  sup__loop_handle_opened(guard->loop);
  *made = guard;
  *life = pair[1];
  return 0;
}

static int start_guard(struct sup_lifeline *lifeline) {
  struct sup_guard *guard;
  int life;
  int error;
  if (lifeline->guard != NULL)
    return 0;
  error = make_guard(lifeline, &guard, &life);
  if (error != 0)
    return error;
  error = run_shell(lifeline, life, &guard->watch.pid);
  close(life);
  if (error != 0) {
    close_guard(guard);
    return error;
  }
  uv_poll_start(&guard->poll, UV_READABLE, on_life);
  /* A host's loop is not kept alive by it. */
  uv_unref((uv_handle_t *)&guard->poll);
  lifeline->guard = guard;
  return 0;
}

static void start_again(struct sup_lifeline *lifeline) {
  if (lifeline->used > 0 && start_guard(lifeline) != 0)
    sup__alarm_by(&lifeline->again, sup__loop_now() + SUP_GUARD_PAUSE);
}

static void ring(struct sup_alarm *alarm, uint64_t now) {
  (void)now;
  start_again((struct sup_lifeline *)((char *)alarm -
                                      offsetof(struct sup_lifeline, again)));
}

/* ---- The table ---------------------------------------------------------- */

static int open_table(struct sup_lifeline *lifeline) {
  void *marks;
  int error = sup__shared_file(&lifeline->table);
  if (error != 0)
    return error;
  /* Room for all that there may be; memory only for what the file has. */
  marks = mmap(NULL, SUP_PLACES_MAX * sizeof(uint64_t), PROT_READ | PROT_WRITE,
               MAP_SHARED, lifeline->table, 0);
  if (marks == MAP_FAILED) {
    error = errno;
    close(lifeline->table);
    return error;
  }
  lifeline->marks = marks;
  return 0;
}

static int open_lifeline(struct sup_lifeline *lifeline) {
  int error;
  if (lifeline->open)
    return 0;
  error = open_table(lifeline);
  if (error != 0)
    return error;
  error = sup__pipe(lifeline->ends);
  if (error != 0) {
    munmap((void *)(uintptr_t)lifeline->marks,
           SUP_PLACES_MAX * sizeof(uint64_t));
    close(lifeline->table);
    return error;
  }
  remember(lifeline->ends[1]);
  lifeline->open = true;
  return 0;
}

static int more_places(struct sup_lifeline *lifeline) {
  uint32_t size = lifeline->size + SUP_PLACES_MORE;
  if (size > SUP_PLACES_MAX)
    return EAGAIN;
  if (ftruncate(lifeline->table, (off_t)(size * sizeof(uint64_t))) != 0)
    return errno;
  for (; lifeline->size < size; lifeline->size++)
    lifeline->marks[lifeline->size] = sup__mark_of_none();
  return 0;
}

static int take_place(struct sup_lifeline *lifeline, struct sup_tie **result) {
  struct sup_tie *tie = lifeline->free;
  if (tie != NULL) {
    lifeline->free = tie->next;
  } else {
    int error = lifeline->places < lifeline->size ? 0 : more_places(lifeline);
    if (error != 0)
      return error;
    tie = sup__allocate_zeroed(lifeline->allocator, sizeof(*tie));
    if (tie == NULL)
      return ENOMEM;
    tie->lifeline = lifeline;
    tie->place = lifeline->places++;
  }
  lifeline->used++;
  *result = tie;
  return 0;
}

/* ---- What others see ---------------------------------------------------- */

void sup__lifeline_init(struct sup_lifeline *lifeline, struct sup_loop *loop,
                        const sup_allocator *allocator) {
  memset(lifeline, 0, sizeof(*lifeline));
  lifeline->allocator = allocator;
  lifeline->loop = loop;
  sup__alarm_init(&lifeline->again, loop, ring);
}

int sup__lifeline_tie(struct sup_lifeline *lifeline, struct sup_tie **tie) {
  int error = open_lifeline(lifeline);
  if (error == 0)
    error = start_guard(lifeline);
  return error != 0 ? error : take_place(lifeline, tie);
}

volatile uint64_t *sup__tie_mark(const struct sup_tie *tie) {
  return &tie->lifeline->marks[tie->place];
}

void sup__tie_loose(struct sup_tie **place) {
  struct sup_tie *tie = *place;
  if (tie == NULL)
    return;
  *place = NULL;
  *sup__tie_mark(tie) = sup__mark_of_none();
  tie->next = tie->lifeline->free;
  tie->lifeline->free = tie;
  tie->lifeline->used--;
}

void sup__lifeline_close(struct sup_lifeline *lifeline) {
  SUP_ASSERT(lifeline->used == 0);
  sup__alarm_close(&lifeline->again);
  if (lifeline->open) {
    /* That alone ends it, too. */
    forget(lifeline->ends[1]);
    close(lifeline->ends[1]);
  }
  if (lifeline->guard != NULL)
    end_guard(lifeline->guard);
  lifeline->guard = NULL;
  while (lifeline->free != NULL) {
    struct sup_tie *tie = lifeline->free;
    lifeline->free = tie->next;
    sup__release(lifeline->allocator, tie, sizeof(*tie));
  }
  if (!lifeline->open)
    return;
  lifeline->open = false;
  close(lifeline->ends[0]);
  munmap((void *)(uintptr_t)lifeline->marks, SUP_PLACES_MAX * sizeof(uint64_t));
  close(lifeline->table);
}

int64_t sup__lifeline_guard(const struct sup_lifeline *lifeline) {
  return lifeline->guard == NULL ? 0 : lifeline->guard->watch.pid;
}
