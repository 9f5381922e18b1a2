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

#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lines.h"
#include "process.h"

#define SUP_DEFAULT_LIMIT 65536u
#define SUP_MAX_LIMIT 1048576u
#define SUP_DEFAULT_DRAIN SUP_MILLISECONDS(500)

/* ---- Lists of strings --------------------------------------------------- */

size_t sup__count_strings(const char *const *strings) {
  size_t count = 0;
  while (strings[count] != NULL)
    count++;
  return count;
}

void sup__free_text(const sup_allocator *allocator, char *text) {
  if (text != NULL)
    sup__release(allocator, text, strlen(text) + 1);
}

void sup__free_strings(const sup_allocator *allocator, char **strings,
                       size_t count) {
  size_t i;
  if (strings == NULL)
    return;
  for (i = 0; i < count; i++)
    sup__free_text(allocator, strings[i]);
  sup__release(allocator, strings, (count + 1) * sizeof(*strings));
}

char **sup__copy_strings(const sup_allocator *allocator,
                         const char *const *strings, size_t count) {
  char **copy = sup__allocate_zeroed(allocator, (count + 1) * sizeof(*copy));
  size_t i;
  if (copy == NULL)
    return NULL;
  for (i = 0; i < count; i++) {
    copy[i] = sup__copy_text(allocator, strings[i], strlen(strings[i]));
    if (copy[i] == NULL) {
      sup__free_strings(allocator, copy, count);
      return NULL;
    }
  }
  return copy;
}

bool sup__are_variables(const char *const *environment) {
  for (; *environment != NULL; environment++)
    if (**environment == '=' || strchr(*environment, '=') == NULL)
      return false;
  return true;
}

/* ---- A command's life --------------------------------------------------- */

static size_t variable_size(const struct sup_variable *variable) {
  return sizeof(*variable) + variable->length + 1;
}

static void free_output(const sup_output *output, void *ctx) {
  if (SUP_OPTIONAL(sup_output, output, free) != NULL)
    output->free(ctx);
}

static void free_command(void *data) {
  struct sup_command *command = data;
  const sup_allocator *allocator = command->allocator;
  while (command->variables != NULL) {
    struct sup_variable *variable = command->variables;
    command->variables = variable->next;
    sup__release(allocator, variable, variable_size(variable));
  }
  while (command->passed != NULL) {
    struct sup_passed *passed = command->passed;
    command->passed = passed->next;
    close(passed->descriptor);
    sup__release(allocator, passed, sizeof(*passed));
  }
  sup__free_strings(allocator, command->arguments, command->argument_count);
  sup__free_strings(allocator, command->environment,
                    command->environment_count);
  sup__free_text(allocator, command->directory);
  sup__command_free_readiness(command);
  free_output(&command->output, command->output_ctx);
  sup__release(allocator, command, sizeof(*command));
}

static struct sup_user *user_of_command(void *data) {
  return &((struct sup_command *)data)->user;
}

static const char *fault_of_command(const void *data, unsigned index) {
  return sup__command_fault(data, index);
}

sup_spec *sup_process_spec(const char *name, const char *const *argv) {
  static const struct sup_command_functions functions = {
      free_command, fault_of_command, user_of_command, sup__command_awaits};
  const sup_allocator *allocator = sup__spec_allocator();
  sup_spec *spec = sup__spec_create(name, SUP_KIND_PROCESS);
  struct sup_command *command;
  if (spec == NULL)
    return NULL;
  command = sup__allocate_zeroed(allocator, sizeof(*command));
  if (command == NULL)
    goto fail;
  command->allocator = allocator;
  command->output.size = sizeof(command->output);
  command->output.line_limit = SUP_DEFAULT_LIMIT;
  command->output.drain = SUP_DEFAULT_DRAIN;
  spec->u.process.data = command;
  spec->u.process.functions = &functions;
  if (argv == NULL || argv[0] == NULL || argv[0][0] == '\0') {
    sup__spec_fault(spec, SUP_EINVAL,
                    "the command is empty; give the path of a program, or its "
                    "name, as the first of its arguments");
    return spec;
  }
  command->argument_count = sup__count_strings(argv);
  command->arguments =
      sup__copy_strings(allocator, argv, command->argument_count);
  if (command->arguments != NULL)
    return spec;
fail:
  sup_spec_unref(spec);
  return NULL;
}

/* ---- Setters ------------------------------------------------------------ */

struct sup_command *sup__command_change(sup_spec *spec, int *code) {
  *code = sup__spec_mutable(spec);
  if (*code != 0)
    return NULL;
  if (spec->kind != SUP_KIND_PROCESS) {
    *code = sup__spec_fault(spec, SUP_EINVAL,
                            "it is no process, and has a setting of those; "
                            "make it with sup_process_spec");
    return NULL;
  }
  return spec->u.process.data;
}

int sup__command_incomplete(sup_spec *spec) {
  spec->incomplete = true;
  return SUP_ENOMEM;
}

int sup_spec_set_directory(sup_spec *spec, const char *directory) {
  int code;
  struct sup_command *command = sup__command_change(spec, &code);
  char *copy = NULL;
  if (command == NULL)
    return code;
  if (directory != NULL && directory[0] == '\0')
    return sup__spec_fault(spec, SUP_EINVAL,
                           "its directory has an empty name; give a path, or "
                           "NULL for the host's");
  if (directory != NULL) {
    copy = sup__copy_text(command->allocator, directory, strlen(directory));
    if (copy == NULL)
      return sup__command_incomplete(spec);
  }
  sup__free_text(command->allocator, command->directory);
  command->directory = copy;
  return 0;
}

int sup_spec_set_environment(sup_spec *spec, const char *const *environment) {
  int code;
  struct sup_command *command = sup__command_change(spec, &code);
  char **copy = NULL;
  size_t count = 0;
  if (command == NULL)
    return code;
  if (environment != NULL) {
    count = sup__count_strings(environment);
    if (!sup__are_variables(environment))
      return sup__spec_fault(spec, SUP_EINVAL,
                             "a string of its environment is not of the form "
                             "NAME=value");
    copy = sup__copy_strings(command->allocator, environment, count);
    if (copy == NULL)
      return sup__command_incomplete(spec);
  }
  sup__free_strings(command->allocator, command->environment,
                    command->environment_count);
  command->environment = copy;
  command->environment_count = count;
  return 0;
}

static struct sup_variable *make_variable(const sup_allocator *allocator,
                                          const char *name, const char *value) {
  size_t name_length = strlen(name);
  size_t value_length = value == NULL ? 0 : strlen(value);
  size_t length = name_length + 1 + value_length;
  struct sup_variable *variable =
      sup__allocate(allocator, sizeof(*variable) + length + 1);
  if (variable == NULL)
    return NULL;
  variable->next = NULL;
  variable->removed = value == NULL;
  variable->name_length = name_length;
  variable->length = length;
  memcpy(variable->text, name, name_length);
  variable->text[name_length] = '=';
  if (value_length > 0)
    memcpy(variable->text + name_length + 1, value, value_length);
  variable->text[length] = '\0';
  return variable;
}

int sup_spec_set_variable(sup_spec *spec, const char *name, const char *value) {
  int code;
  struct sup_command *command = sup__command_change(spec, &code);
  struct sup_variable *variable;
  struct sup_variable **place;
  if (command == NULL)
    return code;
  if (name == NULL || name[0] == '\0' || strchr(name, '=') != NULL)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "the name of a variable is empty or holds a '='");
  variable = make_variable(command->allocator, name, value);
  if (variable == NULL)
    return sup__command_incomplete(spec);
  /* In the order in which they were first set; the last value counts. */
  for (place = &command->variables; *place != NULL; place = &(*place)->next) {
    struct sup_variable *former = *place;
    if (former->name_length == variable->name_length &&
        memcmp(former->text, name, variable->name_length) == 0) {
      variable->next = former->next;
      *place = variable;
      sup__release(command->allocator, former, variable_size(former));
      return 0;
    }
  }
  *place = variable;
  command->variable_count++;
  return 0;
}

int sup__given_number_fault(sup_spec *spec) {
  return sup__spec_fault(spec, SUP_EINVAL,
                         "the number of a descriptor that it is given is not "
                         "between 3 and 255");
}

int sup__given_twice_fault(sup_spec *spec) {
  return sup__spec_fault(spec, SUP_EINVAL,
                         "two of the descriptors that it is given have the "
                         "same number");
}

bool sup__is_given_number(int number) {
  return number >= SUP_GIVEN_MIN && number <= SUP_GIVEN_MAX;
}

int sup_spec_pass_descriptor(sup_spec *spec, int descriptor, int number) {
  int code;
  struct sup_command *command = sup__command_change(spec, &code);
  struct sup_passed **place;
  struct sup_passed *passed;
  if (command == NULL)
    return code;
  if (!sup__is_given_number(number))
    return sup__given_number_fault(spec);
  if (command->ready == SUP_READY_DESCRIPTOR && command->ready_number == number)
    return sup__given_twice_fault(spec);
  place = &command->passed;
  while (*place != NULL && (*place)->number < number)
    place = &(*place)->next;
  if (*place != NULL && (*place)->number == number)
    return sup__given_twice_fault(spec);
  passed = sup__allocate(command->allocator, sizeof(*passed));
  if (passed == NULL)
    return sup__command_incomplete(spec);
  passed->descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  if (passed->descriptor < 0) {
    int error = errno;
    sup__release(command->allocator, passed, sizeof(*passed));
    if (error != EBADF)
      return sup__spec_fault(spec, SUP_ESYSTEM,
                             "a descriptor that it is given could not be "
                             "duplicated; raise the limit (ulimit -n)");
    return sup__spec_fault(spec, SUP_EINVAL,
                           "a descriptor that it is given is not open");
  }
  passed->number = number;
  passed->next = *place;
  *place = passed;
  command->passed_count++;
  return 0;
}

int sup_spec_set_ends_with_host(sup_spec *spec, bool ends) {
  int code;
  struct sup_command *command = sup__command_change(spec, &code);
  if (command != NULL)
    command->ends_with_host = ends;
  return code;
}

static int check_output(sup_spec *spec, const sup_output *output) {
  if ((unsigned)output->mode > SUP_OUTPUT_LINES)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "the mode of its output is none of those that "
                           "exist");
  if (output->line_limit != 0 && (output->line_limit < SUP_LINES_RESERVE ||
                                  output->line_limit > SUP_MAX_LIMIT))
    return sup__spec_fault(spec, SUP_EINVAL,
                           "the limit of its lines is not between 64 and "
                           "1,048,576 bytes");
  return 0;
}

int sup_spec_set_output(sup_spec *spec, const sup_output *given, void *ctx) {
  sup_output output = {.size = sizeof(output)};
  int code;
  struct sup_command *command = sup__command_change(spec, &code);
  if (!sup__sized_take(&output, sizeof(output), given,
                       SUP_THROUGH(sup_output, mode))) {
    if (given != NULL)
      free_output(given, ctx);
    return command == NULL
               ? code
               : sup__spec_fault(spec, SUP_EINVAL,
                                 "the size of its output is wrong; set it to "
                                 "sizeof(sup_output)");
  }
  if (command != NULL)
    code = check_output(spec, &output);
  if (code != 0) {
    free_output(&output, ctx);
    return code;
  }
  free_output(&command->output, command->output_ctx);
  command->output = output;
  command->output_ctx = ctx;
  if (command->output.line_limit == 0)
    command->output.line_limit = SUP_DEFAULT_LIMIT;
  if (command->output.drain == 0)
    command->output.drain = SUP_DEFAULT_DRAIN;
  return 0;
}

/* ---- Questions ---------------------------------------------------------- */

static const char *line_fault(const struct sup_command *command) {
  if (command->ready == SUP_READY_LINE &&
      command->output.mode == SUP_OUTPUT_INHERIT)
    return "its readiness is a line of its output, which goes to the host's "
           "own; have it read by lines, or discarded";
  return NULL;
}

const char *sup__command_fault(const struct sup_command *command,
                               unsigned index) {
  const char *faults[1 + SUP_MEANING_FAULTS];
  unsigned count = sup__meaning_faults(&command->meaning, faults + 1);
  faults[0] = line_fault(command);
  if (faults[0] == NULL)
    index++;
  return index <= count ? faults[index] : NULL;
}

bool sup__command_reports_ready(const struct sup_command *command) {
  return command->ready != SUP_READY_EXEC;
}

const sup_output *sup__command_output(const struct sup_command *command,
                                      void **ctx) {
  if (ctx != NULL)
    *ctx = command->output_ctx;
  return &command->output;
}
