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
 * P1, P7: what a process spec says, its environment and the search for its
 * program against plain references, and what is told of a program that cannot
 * be executed. Nothing is spawned: names are looked up, files are read.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/spec.h"
#include "fuzz.h"
#include "process/prepare.h"
#include "process/process.h"

#define MOST 24
#define TEXT 48

/* The naive side: every variable as it was set last. */
static struct {
  char name[TEXT];
  char value[TEXT];
  bool removed;
} variables[MOST];
static size_t variable_count;

static char strings[MOST][TEXT];
static const char *list[MOST + 1];

static const char *const *decode_list(struct fuzz *in) {
  unsigned length = fuzz_below(in, MOST), i;
  for (i = 0; i < length; i++)
    list[i] = fuzz_text(in, strings[i], TEXT);
  list[length] = NULL;
  return list;
}

static bool is_variable(const char *text) {
  return text[0] != '=' && strchr(text, '=') != NULL;
}

static void set_environment(struct fuzz *in, sup_spec *spec, bool *faulty) {
  const char *const *environment = decode_list(in);
  bool valid = true;
  size_t i;
  for (i = 0; environment[i] != NULL; i++)
    valid = valid && is_variable(environment[i]);
  FUZZ_CHECK(sup_spec_set_environment(spec, environment) ==
             (valid ? 0 : SUP_EINVAL));
  *faulty = *faulty || !valid;
}

static void set_variable(struct fuzz *in, sup_spec *spec, bool *faulty) {
  char name[TEXT], value[TEXT];
  bool removed = fuzz_one_in(in, 4);
  bool valid;
  size_t i;
  fuzz_text(in, name, TEXT);
  if (fuzz_one_in(in, 4))
    strcpy(name, "PATH");
  fuzz_text(in, value, TEXT);
  valid = name[0] != '\0' && strchr(name, '=') == NULL;
  if (variable_count == MOST)
    return;
  FUZZ_CHECK(sup_spec_set_variable(spec, name, removed ? NULL : value) ==
             (valid ? 0 : SUP_EINVAL));
  *faulty = *faulty || !valid;
  if (!valid)
    return;
  for (i = 0; i < variable_count; i++)
    if (strcmp(variables[i].name, name) == 0)
      break;
  strcpy(variables[i].name, name);
  strcpy(variables[i].value, value);
  variables[i].removed = removed;
  if (i == variable_count)
    variable_count++;
}

/* What only some kinds look at may be anything. */
static void draw_attempts(struct fuzz *in, sup_readiness *readiness) {
  static const char *const texts[] = {NULL, "", "/", "/a?b", "a b", "/x\r\ny"};
  static const char *const true_argv[] = {"true", "x", NULL};
  static const char *const nothing[] = {NULL}, *const bad[] = {"=", NULL};
  static const char *const good[] = {"A=b", NULL};
  static const char *const *const lists[] = {NULL, nothing, bad, good,
                                             true_argv};
  readiness->path = texts[fuzz_below(in, 6)];
  readiness->host = texts[fuzz_below(in, 6)];
  readiness->directory = texts[fuzz_below(in, 6)];
  readiness->status_from = (int)fuzz_number(in);
  readiness->status_to = (int)fuzz_number(in);
  readiness->argv = lists[fuzz_below(in, 5)];
  readiness->environment = lists[fuzz_below(in, 5)];
  readiness->interval = fuzz_number(in);
  readiness->attempt_timeout = fuzz_number(in);
}

static bool set_more(struct fuzz *in, sup_spec *spec) {
  static const char *const texts[] = {NULL,           "",  "x", "ready",
                                      "127.0.0.1:80", "/x"};
  sup_readiness readiness = {.size = sizeof(readiness)};
  sup_output output = {.size = sizeof(output)};
  uint8_t statuses[40];
  size_t count, i;
  char text[TEXT];
  int signals[4];
  sup_failure_class what;
  switch (fuzz_below(in, 7)) {
  case 0:
    sup_spec_set_ends_with_host(spec, fuzz_one_in(in, 2));
    fuzz_text(in, text, TEXT);
    return sup_spec_set_directory(spec, fuzz_one_in(in, 4) ? NULL : text) == 0;
  case 1:
    readiness.kind = (sup_ready_kind)fuzz_below(in, 9);
    readiness.text = texts[fuzz_below(in, 6)];
    readiness.number = (int)fuzz_number(in);
    readiness.time = fuzz_number(in);
    if (readiness.kind >= SUP_READY_HTTP)
      draw_attempts(in, &readiness);
    return sup_spec_set_readiness(spec, &readiness) == 0;
  case 2:
    count = fuzz_below(in, 40);
    for (i = 0; i < count; i++)
      statuses[i] = fuzz_byte(in);
    return sup_spec_set_success_statuses(spec, statuses, count) == 0;
  case 3:
    output.mode = (sup_output_mode)fuzz_below(in, 4);
    output.line_limit = (uint32_t)fuzz_number(in);
    output.drain = fuzz_number(in);
    return sup_spec_set_output(spec, &output, NULL) == 0;
  case 4:
    what = (sup_failure_class)fuzz_below(in, 4);
    count = fuzz_below(in, 40);
    for (i = 0; i < count; i++)
      statuses[i] = fuzz_byte(in);
    return sup_spec_set_failure_statuses(spec, what, statuses, count) == 0;
  case 5:
    what = (sup_failure_class)fuzz_below(in, 4);
    count = fuzz_below(in, 5);
    for (i = 0; i < count; i++)
      signals[i] = (int)fuzz_number(in);
    return sup_spec_set_failure_signals(spec, what, signals, count) == 0;
  default:
    return sup_spec_pass_descriptor(spec, fuzz_one_in(in, 2) ? 0 : -1,
                                    (int)fuzz_number(in)) == 0;
  }
}

/* ---- The environment ---------------------------------------------------- */

static bool is_changed(const char *text) {
  size_t i;
  for (i = 0; i < variable_count; i++) {
    size_t length = strlen(variables[i].name);
    if (strncmp(text, variables[i].name, length) == 0 && text[length] == '=')
      return true;
  }
  return false;
}

static bool begins_with(const char *text, const char *name) {
  return strncmp(text, name, strlen(name)) == 0;
}

/* What stands for itself, however often, is said by us alone. */
static bool is_taken_out(const char *text, bool inherited, bool told,
                         bool watched) {
  if (begins_with(text, "NOTIFY_SOCKET="))
    return inherited || told;
  return (begins_with(text, "WATCHDOG_USEC=") ||
          begins_with(text, "WATCHDOG_PID=")) &&
         (inherited || watched);
}

static void check_environment(const struct sup_command *command,
                              sup_duration heartbeat, char *const *made) {
  bool watched = heartbeat != 0;
  bool told = watched || command->ready == SUP_READY_NOTIFY;
  extern char **environ;
  char **base = command->environment != NULL ? command->environment : environ;
  size_t i;
  for (; *base != NULL; base++)
    if (!is_changed(*base) &&
        !is_taken_out(*base, command->environment == NULL, told, watched))
      FUZZ_CHECK(*made != NULL && strcmp(*base, *made++) == 0);
  for (i = 0; i < variable_count; i++) {
    size_t length = strlen(variables[i].name);
    char text[TEXT + 1];
    snprintf(text, sizeof(text), "%s=", variables[i].name);
    if (variables[i].removed || is_taken_out(text, false, told, watched))
      continue;
    FUZZ_CHECK(*made != NULL &&
               strncmp(*made, variables[i].name, length) == 0 &&
               (*made)[length] == '=' &&
               strcmp(*made + length + 1, variables[i].value) == 0);
    made++;
  }
  if (told)
    FUZZ_CHECK(begins_with(*made++, "NOTIFY_SOCKET="));
  if (watched) {
    FUZZ_CHECK(begins_with(*made, "WATCHDOG_USEC="));
    FUZZ_CHECK(strtoull(*made++ + 14, NULL, 10) ==
               (heartbeat < 1000u ? 1 : heartbeat / 1000u));
    FUZZ_CHECK(begins_with(*made++, "WATCHDOG_PID="));
  }
  FUZZ_CHECK(*made == NULL);
}

/* ---- The program -------------------------------------------------------- */

static bool can_run(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
         access(path, X_OK) == 0;
}

/* The first place of the PATH where it is; false if it is in none. */
static bool naive_search(char *const *environment, const char *name,
                         char *found, size_t size) {
  char entries[4096] = "/usr/bin:/bin";
  char *entry, *rest = entries;
  for (; *environment != NULL; environment++)
    if (strncmp(*environment, "PATH=", 5) == 0) {
      snprintf(entries, sizeof(entries), "%s", *environment + 5);
      break;
    }
  while ((entry = strsep(&rest, ":")) != NULL) {
    snprintf(found, size, "%s/%s", entry, name);
    if (entry[0] == '/' && can_run(found))
      return true;
  }
  return false;
}

static void check_program(const struct sup_prepared *prepared,
                          const sup_error *error) {
  const char *name = prepared->command->arguments[0];
  char found[8192];
  if (strchr(name, '/') != NULL) {
    FUZZ_CHECK(error == NULL && prepared->program == name);
    return;
  }
  if (error == NULL) {
    FUZZ_CHECK(naive_search(prepared->environment, name, found, sizeof(found)));
    FUZZ_CHECK(strcmp(found, prepared->program) == 0);
  }
}

/* A program whose first bytes are the input's. */
static void explain_script(struct fuzz *in, struct sup_prepared *prepared) {
  static int file = -1;
  static char path[64];
  struct sup_spawned spawned = {.pid = -1, .pidfd = -1};
  size_t length = fuzz_below(in, 400);
  const char *bytes = fuzz_bytes(in, &length);
  static const int errors[] = {ENOENT, EACCES, ENOEXEC, E2BIG,  ETXTBSY,
                               EMFILE, EIO,    EAGAIN,  ENOTDIR};
  int error = errors[fuzz_below(in, sizeof(errors) / sizeof(errors[0]))];
  sup_error *failure;
  if (file < 0) {
    file = memfd_create("script", MFD_CLOEXEC);
    FUZZ_CHECK(file >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
  }
  FUZZ_CHECK(ftruncate(file, 0) == 0);
  FUZZ_CHECK(pwrite(file, bytes, length, 0) == (ssize_t)length);
  if (fuzz_one_in(in, 2))
    prepared->program = path;
  spawned.stage = (sup_spawn_stage)fuzz_below(in, 8);
  spawned.number = (int)fuzz_below(in, 300) - 1;
  failure = sup__prepare_explain(prepared, &spawned, error);
  FUZZ_CHECK(failure != NULL);
  FUZZ_CHECK(sup_error_code(failure) == SUP_ESPAWN);
  FUZZ_CHECK(sup_error_text(failure)[0] != '\0');
  sup_error_unref(failure);
}

/* What goes with it without memory has gone wrong, or has not. */
static void prepare_poorly(struct fuzz *in, const struct sup_command *command) {
  struct sup_prepared prepared;
  sup_error *error;
  uint64_t from = fuzz_below(in, 4);
  fuzz_refuse(from, from == 0 ? 0 : UINT64_MAX);
  error = sup__prepare(&prepared, command, 0, &fuzz_allocator);
  fuzz_refuse(0, 0);
  if (error == NULL)
    sup__prepare_free(&prepared);
  else
    sup_error_unref(error);
}

static void prepare(struct fuzz *in, const struct sup_command *command) {
  struct sup_prepared prepared;
  sup_duration heartbeat = fuzz_one_in(in, 2) ? 0 : fuzz_number(in);
  sup_error *error =
      sup__prepare(&prepared, command, heartbeat, &fuzz_allocator);
  sup_process_end end = {.size = sizeof(end)};
  if (error != NULL) {
    FUZZ_CHECK(sup_error_code(error) == SUP_ESPAWN);
    FUZZ_CHECK(sup_error_process(error, &end) == 0);
    FUZZ_CHECK(end.stage == SUP_STAGE_DIRECTORY ||
               end.stage == SUP_STAGE_EXEC || end.stage == SUP_STAGE_ARGUMENTS);
    sup_error_unref(error);
    return;
  }
  check_environment(command, heartbeat, prepared.environment);
  check_program(&prepared, NULL);
  explain_script(in, &prepared);
  sup__prepare_free(&prepared);
}

void fuzz_one(struct fuzz *in) {
  static const char *const programs[] = {"sh", "true", "/bin/sh", "./x"};
  const char *const *argv = decode_list(in);
  bool faulty = argv[0] == NULL || argv[0][0] == '\0';
  unsigned settings = fuzz_below(in, 16);
  sup_spec *spec;
  const struct sup_command *command;
  if (faulty && fuzz_one_in(in, 2)) {
    list[0] = programs[fuzz_below(in, 4)];
    list[1] = NULL;
    faulty = false;
  }
  spec = sup_process_spec("process", argv);
  FUZZ_CHECK(spec != NULL);
  variable_count = 0;
  while (settings-- > 0)
    switch (fuzz_below(in, 3)) {
    case 0:
      set_environment(in, spec, &faulty);
      break;
    case 1:
      set_variable(in, spec, &faulty);
      break;
    default:
      faulty = !set_more(in, spec) || faulty;
    }
  command = spec->u.process.data;
  faulty = faulty || sup__command_fault(command, 0) != NULL;
  FUZZ_CHECK((sup_spec_check(spec, NULL) != 0) == faulty);
  prepare_poorly(in, command);
  prepare(in, command);
  sup_spec_unref(spec);
}
