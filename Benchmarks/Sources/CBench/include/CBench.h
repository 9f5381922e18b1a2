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
 * The parts of the benchmarks that are C: what is measured of the C library,
 * and the floors of processes.
 *
 * Every function here that measures is called in a process of its own, returns
 * 0 or a negative code, and leaves nothing running.
 */

#ifndef CBENCH_H
#define CBENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nanoseconds of the monotonic clock. */
uint64_t cb_now(void);

/* Bytes of this process that are in memory. */
uint64_t cb_resident(void);

/* How often the calling thread lost its processor to another one, without
 * having to wait for something itself. */
uint64_t cb_preemptions(void);

/* Have this many bytes in memory, in pages of the smallest size. They stay
 * until the process ends. */
int cb_occupy(size_t bytes);

/* Raise the limit of open descriptors as far as it goes; returns it. */
uint64_t cb_raise_descriptors(void);

/* How many more processes this user, this machine and this container allow,
 * as far as can be told. */
uint64_t cb_processes_allowed(void);

/* End this process, and tell why, if it lives longer than that. */
void cb_end_after(unsigned seconds);

/* Run a program and read what it prints, at most `size` - 1 bytes, which are
 * ended by a NUL. Returns its exit status, 128 + the signal that ended it, or
 * -1. */
int cb_run(const char *const *argv, char *output, size_t size);

/* ---- Callback children -------------------------------------------------- */

struct cb_cycle {
  double start;    /* nanoseconds a child */
  double stop;     /* nanoseconds a child */
  double memory;   /* bytes a child */
  double restart;  /* nanoseconds a child, each of them once, in turn */
  double snapshot; /* nanoseconds a child */
  double count;    /* nanoseconds, however many there are */
};

/* One supervisor with `n` idle callback children: start, memory, a count and a
 * snapshot, the restart of each, stop. */
int cb_callbacks(size_t n, struct cb_cycle *result);

struct cb_names {
  double add;         /* nanoseconds a child, until there are n */
  double find;        /* nanoseconds a child, in the order of their making */
  double find_random; /* likewise, in no order */
};

/* `n` callback children are added to one supervisor, one after another, and
 * then looked up by their names, each once; and the same with records in a hash
 * table. */
int cb_callback_names(size_t n, struct cb_names *result);
int cb_names_floor(size_t n, struct cb_names *result);

/* The report that one of `n` callback children has failed, until its next
 * incarnation has been started: nanoseconds of each of `count` of them, the
 * clock being read between them. */
int cb_callback_restarts(size_t n, uint64_t *latencies, size_t count);

/* One child is added to a supervisor of `n` and, when it is up, deleted, again
 * and again by one caller, without waiting on another thread: nanoseconds a
 * pair. */
int cb_callback_pairs(size_t n, size_t count, double *pair);

/* One of `n` children of a one-for-all supervisor fails, until all are up
 * again: nanoseconds. */
int cb_callback_round(size_t n, uint64_t *latencies, size_t count);

/* The engine alone, `n` children: nanoseconds of one of its steps in the
 * restart of a child, which is three: the exit, the release, the start. */
int cb_engine_step(size_t n, size_t count, double *step);

/* ---- Processes ---------------------------------------------------------- */

/* Write the program that the functions below are given; -1 if the file cannot
 * be written, or if there is no such program for this kind of machine. */
int cb_make_child(const char *path);

struct cb_processes {
  double start;  /* nanoseconds a process */
  double memory; /* bytes a process */
};

/* Start `n` idle processes one after another. */
int cb_process_start(const char *program, size_t n,
                     struct cb_processes *result);
int cb_process_start_floor(const char *program, size_t n,
                           struct cb_processes *result);

/* From SIGKILL to one of `n` processes until its successor runs, `count` times;
 * the new process says so itself, by a pipe. Nanoseconds. */
int cb_process_kill(const char *program, size_t n, uint64_t *successor,
                    size_t count);
int cb_process_kill_floor(const char *program, size_t n, uint64_t *successor,
                          size_t count);

/* From SIGKILL to one of `n` processes until its end is noticed, `count` times,
 * at most `n`. Nanoseconds. */
int cb_process_exit(const char *program, size_t n, uint64_t *noticed,
                    size_t count);
int cb_process_exit_floor(const char *program, size_t n, uint64_t *noticed,
                          size_t count);

/* A process that ends at once is started again and again: nanoseconds from one
 * exit to the next. */
int cb_process_cycle(const char *program, uint64_t *cycles, size_t count);
int cb_process_cycle_floor(const char *program, uint64_t *cycles, size_t count);

#endif
