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
 * What a process spec says of readiness.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <string.h>

#include "command.h"
#include "connect.h"

#define SUP_LONGEST_PATH 2048u
#define SUP_LONGEST_HOST 255u
#define SUP_DEFAULT_FROM 200
#define SUP_DEFAULT_TO 399
#define SUP_HTTP_PATIENCE SUP_SECONDS(1)
#define SUP_COMMAND_PATIENCE SUP_SECONDS(5)
#define SUP_A_DAY SUP_SECONDS(86400)

void sup__command_free_readiness(struct sup_command *command) {
  const sup_allocator *allocator = command->allocator;
  sup__free_text(allocator, command->ready_text);
  sup__free_text(allocator, command->ready_path);
  sup__free_text(allocator, command->ready_host);
  sup__free_text(allocator, command->ready_directory);
  sup__free_strings(allocator, command->ready_arguments,
                    command->ready_argument_count);
  sup__free_strings(allocator, command->ready_environment,
                    command->ready_environment_count);
  command->ready_text = NULL;
  command->ready_path = NULL;
  command->ready_host = NULL;
  command->ready_directory = NULL;
  command->ready_arguments = NULL;
  command->ready_environment = NULL;
}

/* ---- What does not make sense ------------------------------------------- */

/* No blank, and nothing that ends a line. */
static bool is_word(const char *text, size_t most) {
  size_t length = 0;
  for (; *text != '\0'; text++, length++)
    if ((unsigned char)*text <= ' ' || *text == '\x7f')
      return false;
  return length > 0 && length <= most;
}

static const char *line_fault(const sup_readiness *readiness) {
  return readiness->text == NULL || readiness->text[0] == '\0'
             ? "the text of its readiness is empty; every line would hold it"
             : NULL;
}

static const char *time_fault(const sup_readiness *readiness) {
  return readiness->time == 0 || readiness->time == SUP_INFINITE
             ? "the time of its readiness is zero or infinite; say how long it "
               "runs before it counts as started"
             : NULL;
}

static const char *address_fault(const sup_readiness *readiness) {
  struct sup_address address;
  return sup__address_parse(&address, readiness->text)
             ? NULL
             : "the address of its readiness is none; write "
               "\"127.0.0.1:5432\", \"[::1]:5432\" or the absolute path of a "
               "unix socket (names are not looked up)";
}

static const char *pace_fault(const sup_readiness *readiness) {
  if (readiness->interval > SUP_A_DAY)
    return "the interval of its readiness is more than a day";
  if (readiness->attempt_timeout > SUP_A_DAY)
    return "the time for an attempt of its readiness is more than a day";
  return NULL;
}

static const char *request_fault(const sup_readiness *readiness) {
  int from = readiness->status_from, to = readiness->status_to;
  if (readiness->path != NULL && (readiness->path[0] != '/' ||
                                  !is_word(readiness->path, SUP_LONGEST_PATH)))
    return "the path of its readiness does not begin with '/', has a blank or "
           "a control character in it, or more than 2,048 bytes";
  if (readiness->host != NULL && !is_word(readiness->host, SUP_LONGEST_HOST))
    return "the host of its readiness is empty, has a blank or a control "
           "character in it, or more than 255 bytes";
  if ((from != 0 || to != 0) && (from < 200 || to > 999 || from > to))
    return "the statuses of its readiness are no range within 200 to 999";
  return address_fault(readiness);
}

static const char *run_fault(const sup_readiness *readiness) {
  if (readiness->argv == NULL || readiness->argv[0] == NULL ||
      readiness->argv[0][0] == '\0')
    return "the command of its readiness is empty; give the path of a program, "
           "or its name, as the first of its arguments";
  if (readiness->environment != NULL &&
      !sup__are_variables(readiness->environment))
    return "a string of the environment of its readiness is not of the form "
           "NAME=value";
  if (readiness->directory != NULL && readiness->directory[0] == '\0')
    return "the directory of its readiness has an empty name; give a path, or "
           "NULL for that of the process";
  return NULL;
}

static const char *fault_of(const sup_readiness *readiness) {
  const char *fault = NULL;
  switch (readiness->kind) {
  case SUP_READY_LINE:
    return line_fault(readiness);
  case SUP_READY_TIME:
    return time_fault(readiness);
  case SUP_READY_CONNECT:
    return address_fault(readiness);
  case SUP_READY_HTTP:
    fault = request_fault(readiness);
    break;
  case SUP_READY_COMMAND:
    fault = run_fault(readiness);
    break;
  default:
    return NULL;
  }
  return fault != NULL ? fault : pace_fault(readiness);
}

static int check(sup_spec *spec, const struct sup_command *command,
                 const sup_readiness *readiness) {
  const struct sup_passed *passed;
  const char *fault;
  if ((unsigned)readiness->kind > SUP_READY_COMMAND)
    return sup__spec_fault(spec, SUP_EINVAL,
                           "the kind of its readiness is none of those that "
                           "exist");
  fault = fault_of(readiness);
  if (fault != NULL)
    return sup__spec_fault(spec, SUP_EINVAL, fault);
  if (readiness->kind != SUP_READY_DESCRIPTOR)
    return 0;
  if (!sup__is_given_number(readiness->number))
    return sup__given_number_fault(spec);
  for (passed = command->passed; passed != NULL; passed = passed->next)
    if (passed->number == readiness->number)
      return sup__given_twice_fault(spec);
  return 0;
}

/* ---- Setting ------------------------------------------------------------ */

/* NULL stays NULL. False without memory. */
static bool copy(const sup_allocator *allocator, const char *text,
                 char **result) {
  if (text != NULL)
    *result = sup__copy_text(allocator, text, strlen(text));
  return text == NULL || *result != NULL;
}

static bool copy_list(const sup_allocator *allocator, const char *const *list,
                      char ***result, size_t *count) {
  if (list == NULL)
    return true;
  *count = sup__count_strings(list);
  *result = sup__copy_strings(allocator, list, *count);
  return *result != NULL;
}

static bool has_text(sup_ready_kind kind) {
  return kind == SUP_READY_LINE || kind == SUP_READY_CONNECT ||
         kind == SUP_READY_HTTP;
}

static sup_duration or_else(sup_duration time, sup_duration usual) {
  return time == 0 ? usual : time;
}

static bool take_request(struct sup_command *made,
                         const sup_readiness *readiness) {
  const char *path = readiness->path == NULL ? "/" : readiness->path;
  bool usual = readiness->status_from == 0;
  made->ready_from = usual ? SUP_DEFAULT_FROM : readiness->status_from;
  made->ready_to = usual ? SUP_DEFAULT_TO : readiness->status_to;
  made->ready_patience = or_else(readiness->attempt_timeout, SUP_HTTP_PATIENCE);
  return copy(made->allocator, path, &made->ready_path) &&
         copy(made->allocator, readiness->host, &made->ready_host);
}

static bool take_run(struct sup_command *made, const sup_readiness *readiness) {
  made->ready_patience =
      or_else(readiness->attempt_timeout, SUP_COMMAND_PATIENCE);
  return copy_list(made->allocator, readiness->argv, &made->ready_arguments,
                   &made->ready_argument_count) &&
         copy_list(made->allocator, readiness->environment,
                   &made->ready_environment, &made->ready_environment_count) &&
         copy(made->allocator, readiness->directory, &made->ready_directory);
}

/* Into one that has none. False without memory. */
static bool take(struct sup_command *made, const sup_readiness *readiness) {
  sup_ready_kind kind = readiness->kind;
  made->ready = kind;
  made->ready_number = kind == SUP_READY_DESCRIPTOR ? readiness->number : 0;
  made->ready_time = readiness->time;
  made->ready_interval = readiness->interval;
  if (has_text(kind) &&
      !copy(made->allocator, readiness->text, &made->ready_text))
    return false;
  if (kind == SUP_READY_HTTP)
    return take_request(made, readiness);
  return kind != SUP_READY_COMMAND || take_run(made, readiness);
}

int sup_spec_set_readiness(sup_spec *spec, const sup_readiness *given) {
  sup_readiness readiness = {.size = sizeof(readiness)};
  int code;
  struct sup_command *command = sup__command_change(spec, &code);
  struct sup_command made;
  if (command == NULL)
    return code;
  if (!sup__sized_take(&readiness, sizeof(readiness), given,
                       SUP_THROUGH(sup_readiness, kind)))
    return sup__spec_fault(spec, SUP_EINVAL,
                           "the size of its readiness is wrong; set it to "
                           "sizeof(sup_readiness)");
  code = check(spec, command, &readiness);
  if (code != 0)
    return code;
  /* All or nothing: the rest of the command is carried over. */
  made = *command;
  made.ready_text = made.ready_path = made.ready_host = NULL;
  made.ready_directory = NULL;
  made.ready_arguments = made.ready_environment = NULL;
  if (!take(&made, &readiness)) {
    sup__command_free_readiness(&made);
    return sup__command_incomplete(spec);
  }
  sup__command_free_readiness(command);
  *command = made;
  return 0;
}

/* ---- Telling ------------------------------------------------------------ */

static void add_run(struct sup_text *text, const struct sup_command *command) {
  size_t i;
  sup__text_add(text, "'");
  for (i = 0; i < command->ready_argument_count; i++) {
    sup__text_add(text, i == 0 ? "" : " ");
    sup__text_add(text, command->ready_arguments[i]);
  }
  sup__text_add(text, "' did not exit with status 0");
}

static void add_request(struct sup_text *text,
                        const struct sup_command *command) {
  sup__text_add(text, "no status of ");
  sup__text_signed(text, command->ready_from);
  sup__text_add(text, " to ");
  sup__text_signed(text, command->ready_to);
  sup__text_add(text, " came from ");
  sup__text_add(text, command->ready_text);
  sup__text_add(text, " for GET ");
  sup__text_add(text, command->ready_path);
}

bool sup__command_awaits(const void *data, struct sup_text *text) {
  const struct sup_command *command = data;
  switch (command->ready) {
  case SUP_READY_LINE:
    sup__text_add(text, "no line of its output contained '");
    sup__text_add(text, command->ready_text);
    sup__text_add(text, "'");
    return true;
  case SUP_READY_CONNECT:
    sup__text_add(text, "no connection was accepted on ");
    sup__text_add(text, command->ready_text);
    return true;
  case SUP_READY_HTTP:
    add_request(text, command);
    return true;
  case SUP_READY_COMMAND:
    add_run(text, command);
    return true;
  case SUP_READY_DESCRIPTOR:
    sup__text_add(text, "it wrote no newline to descriptor ");
    sup__text_signed(text, command->ready_number);
    return true;
  case SUP_READY_NOTIFY:
    sup__text_add(text, "it did not send READY=1");
    return true;
  case SUP_READY_TIME:
    sup__text_add(text, "it did not run for ");
    sup__text_duration(text, command->ready_time);
    return true;
  default:
    return false;
  }
}
