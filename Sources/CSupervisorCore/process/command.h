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
 * A command: what a process spec says. Built by the setters of
 * supervisor/process.h, unchanged once the spec is frozen.
 */

#ifndef SUP_PROCESS_COMMAND_H
#define SUP_PROCESS_COMMAND_H

#include <supervisor/process.h>

#include "../engine/spec.h"
#include "../engine/support.h"
#include "../engine/text.h"
#include "meaning.h"

#define SUP_GIVEN_MIN 3
#define SUP_GIVEN_MAX 255

/* One variable that differs from the environment below it. */
struct sup_variable {
  struct sup_variable *next;
  bool removed;
  size_t name_length;
  size_t length;
  char text[]; /* NAME=value, or NAME= if it is removed */
};

/* A descriptor that the process gets. */
struct sup_passed {
  struct sup_passed *next; /* in ascending order of numbers */
  int descriptor;          /* a duplicate, owned */
  int number;
};

struct sup_command {
  const sup_allocator *allocator;
  char **arguments; /* ended by NULL, all owned */
  size_t argument_count;
  char **environment; /* the same; NULL: the host's */
  size_t environment_count;
  char *directory; /* or NULL */
  struct sup_variable *variables;
  size_t variable_count;
  struct sup_passed *passed;
  size_t passed_count;
  sup_ready_kind ready;
  char *ready_text;
  int ready_number;
  sup_duration ready_time;
  char *ready_path; /* of a request, and the two below; the host may be NULL */
  char *ready_host;
  int ready_from, ready_to;
  char **ready_arguments; /* of a program that is run, and the three below */
  size_t ready_argument_count;
  char **ready_environment; /* NULL: that of the process */
  size_t ready_environment_count;
  char *ready_directory;       /* likewise */
  sup_duration ready_interval; /* 0: it grows */
  sup_duration ready_patience; /* of one attempt */
  bool ends_with_host;
  struct sup_meaning meaning;
  sup_output output;
  void *output_ctx;
  struct sup_user user;
};

/* The command that a setter may change; or NULL, and *code is what the setter
 * returns. */
struct sup_command *sup__command_change(sup_spec *spec, int *code);

/* Lists of strings that NULL ends (command.c). */
size_t sup__count_strings(const char *const *strings);
char **sup__copy_strings(const sup_allocator *allocator,
                         const char *const *strings, size_t count);
void sup__free_text(const sup_allocator *allocator, char *text);
void sup__free_strings(const sup_allocator *allocator, char **strings,
                       size_t count);

/* Whether each is of the form NAME=value. */
bool sup__are_variables(const char *const *environment);

/* Noted, so that the check finds that something is missing. SUP_ENOMEM. */
int sup__command_incomplete(sup_spec *spec);

/* Faults that more than one setter finds. */
bool sup__is_given_number(int number);
int sup__given_number_fault(sup_spec *spec);
int sup__given_twice_fault(sup_spec *spec);

/* Add what has not come while the process is not up, as half a sentence; false
 * if it waits for nothing (command_ready.c). */
bool sup__command_awaits(const void *command, struct sup_text *text);

/* Give back what the readiness has (command_ready.c). */
void sup__command_free_readiness(struct sup_command *command);

/* Whether its output comes through pipes of ours. */
static inline bool sup__command_reads(const struct sup_command *command) {
  return command->output.mode == SUP_OUTPUT_LINES ||
         command->ready == SUP_READY_LINE;
}

#endif
