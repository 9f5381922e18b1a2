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

#include "prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "process.h"

/* Where programs are looked for if the environment has no PATH. */
#define SUP_DEFAULT_PATH "/usr/bin:/bin"

#if defined(O_PATH)
#define SUP_OPEN_DIRECTORY O_PATH
#elif defined(O_SEARCH)
#define SUP_OPEN_DIRECTORY O_SEARCH
#else
#define SUP_OPEN_DIRECTORY O_RDONLY
#endif

/* The host's. In a shared library of macOS it has no name. */
#if defined(__APPLE__)
#include <crt_externs.h>
#define SUP_ENVIRONMENT (*_NSGetEnviron())
#else
extern char **environ;
#define SUP_ENVIRONMENT environ
#endif

/* ---- The environment ---------------------------------------------------- */

static bool is_changed(const struct sup_command *command, const char *text) {
  const struct sup_variable *variable;
  for (variable = command->variables; variable != NULL;
       variable = variable->next)
    if (strncmp(text, variable->text, variable->name_length + 1) == 0)
      return true;
  return false;
}

static bool begins_with(const char *text, const char *name) {
  return strncmp(text, name, strlen(name)) == 0;
}

/* What the host was told by its own supervisor is not meant for the process,
 * and what we tell it is said once. */
static bool is_foreign(const struct sup_prepared *prepared, const char *text) {
  bool inherited = prepared->command->environment == NULL;
  if (begins_with(text, SUP_NOTIFY_SOCKET))
    return inherited || prepared->told.socket;
  return (begins_with(text, SUP_WATCHDOG_USEC) ||
          begins_with(text, SUP_WATCHDOG_PID)) &&
         (inherited || prepared->told.watchdog);
}

static bool is_told(const struct sup_told *told, const char *text) {
  return (told->socket && begins_with(text, SUP_NOTIFY_SOCKET)) ||
         (told->watchdog && (begins_with(text, SUP_WATCHDOG_USEC) ||
                             begins_with(text, SUP_WATCHDOG_PID)));
}

static bool has_foreign(const struct sup_prepared *prepared, char **base) {
  for (; *base != NULL; base++)
    if (is_foreign(prepared, *base))
      return true;
  return false;
}

static size_t add_told(struct sup_prepared *prepared, size_t used) {
  if (prepared->told.socket)
    prepared->made[used++] = prepared->told.socket_text;
  if (prepared->told.watchdog) {
    prepared->made[used++] = prepared->told.watchdog_text;
    prepared->made[used++] = prepared->told.pid_text;
  }
  return used;
}

static void prepare_told(struct sup_prepared *prepared,
                         sup_duration heartbeat) {
  struct sup_told *told = &prepared->told;
  uint64_t period = heartbeat / 1000u;
  told->watchdog = heartbeat != 0;
  told->socket = told->watchdog || prepared->command->ready == SUP_READY_NOTIFY;
  snprintf(told->socket_text, sizeof(told->socket_text), SUP_NOTIFY_SOCKET);
  snprintf(told->watchdog_text, sizeof(told->watchdog_text),
           SUP_WATCHDOG_USEC "%llu",
           (unsigned long long)(period == 0 ? 1 : period));
  snprintf(told->pid_text, sizeof(told->pid_text), SUP_WATCHDOG_PID);
}

/* The strings stay where they are; only the list is made. */
static bool make_environment(struct sup_prepared *prepared) {
  const struct sup_command *command = prepared->command;
  char **base =
      command->environment != NULL ? command->environment : SUP_ENVIRONMENT;
  const struct sup_variable *variable;
  size_t count = 0;
  size_t used = 0;
  size_t i;
  static char *empty[] = {NULL};
  if (base == NULL)
    base = empty;
  if (command->variables == NULL && !prepared->told.socket &&
      !has_foreign(prepared, base)) {
    prepared->environment = base;
    return true;
  }
  while (base[count] != NULL)
    count++;
  prepared->made_count = count + command->variable_count + 3 + 1;
  prepared->made =
      sup__allocate(prepared->allocator, prepared->made_count * sizeof(char *));
  if (prepared->made == NULL)
    return false;
  for (i = 0; i < count; i++)
    if (!is_changed(command, base[i]) && !is_foreign(prepared, base[i]))
      prepared->made[used++] = base[i];
  for (variable = command->variables; variable != NULL;
       variable = variable->next)
    if (!variable->removed && !is_told(&prepared->told, variable->text))
      prepared->made[used++] = (char *)variable->text;
  used = add_told(prepared, used);
  prepared->made[used] = NULL;
  prepared->environment = prepared->made;
  return true;
}

static const char *search_path(const struct sup_prepared *prepared) {
  size_t i;
  for (i = 0; prepared->environment[i] != NULL; i++)
    if (strncmp(prepared->environment[i], "PATH=", 5) == 0)
      return prepared->environment[i] + 5;
  return NULL;
}

/* ---- The program -------------------------------------------------------- */

static bool is_program(int directory, const char *path, int *error) {
  struct stat status;
  if (fstatat(directory, path, &status, 0) != 0) {
    *error = errno;
    return false;
  }
  if (!S_ISREG(status.st_mode)) {
    *error = EACCES;
    return false;
  }
  if (faccessat(directory, path, X_OK, AT_EACCESS) != 0) {
    *error = errno;
    return false;
  }
  return true;
}

/* Look for it in the PATH that it will have. Entries that are empty or relative
 * mean the present directory, from which nobody wants to run what lies about
 * there. True if it was found; else prepared->path is one that may not be
 * executed, or empty. */
static bool search(struct sup_prepared *prepared, const char *entries) {
  const char *name = prepared->command->arguments[0];
  size_t name_length = strlen(name);
  char refused[PATH_MAX] = "";
  while (*entries != '\0') {
    size_t length = strcspn(entries, ":");
    if (*entries == '/' && length + name_length + 2 <= PATH_MAX) {
      int error;
      memcpy(prepared->path, entries, length);
      prepared->path[length] = '/';
      memcpy(prepared->path + length + 1, name, name_length + 1);
      if (is_program(AT_FDCWD, prepared->path, &error))
        return true;
      if (error == EACCES && refused[0] == '\0')
        memcpy(refused, prepared->path, length + name_length + 2);
    }
    entries += length;
    if (*entries == ':')
      entries++;
  }
  memcpy(prepared->path, refused, strlen(refused) + 1);
  return false;
}

static sup_error *find_program(struct sup_prepared *prepared) {
  const char *name = prepared->command->arguments[0];
  const char *entries;
  const char *shown;
  if (strchr(name, '/') != NULL) {
    prepared->program = name;
    return NULL;
  }
  entries = search_path(prepared);
  shown = entries == NULL    ? "which is not set, so " SUP_DEFAULT_PATH
          : *entries == '\0' ? "which is empty"
                             : entries;
  prepared->program = prepared->path;
  if (search(prepared, entries == NULL ? SUP_DEFAULT_PATH : entries))
    return NULL;
  if (prepared->path[0] == '\0')
    return sup__spawn_failure(
        prepared->allocator, SUP_STAGE_EXEC, ENOENT,
        "the program '%s' was not found in PATH (%s); install it or give its "
        "path",
        name, shown);
  return sup__spawn_failure(
      prepared->allocator, SUP_STAGE_EXEC, EACCES,
      "the program '%s' was found in PATH only as '%s', which may not be "
      "executed; make it executable (chmod +x) or give another path",
      name, prepared->path);
}

/* ---- The directory ------------------------------------------------------ */

static sup_error *explain_directory(const struct sup_prepared *prepared,
                                    int error) {
  const char *directory = prepared->command->directory;
  char buffer[SUP_ERRNO_TEXT];
  const char *advice = "; have it entered by this user, or give another";
  if (error == ENOENT)
    advice = "; create it, or give another";
  else if (error == ENOTDIR)
    advice = "; give the path of a directory";
  else if (error == EMFILE || error == ENFILE)
    advice = "; raise the limit on descriptors (ulimit -n)";
  return sup__spawn_failure(prepared->allocator, SUP_STAGE_DIRECTORY, error,
                            "the directory '%s' cannot be entered: %s%s",
                            directory == NULL ? "." : directory,
                            sup__errno_text(error, buffer), advice);
}

static sup_error *open_directory(struct sup_prepared *prepared) {
  const char *directory = prepared->command->directory;
  if (directory == NULL)
    return NULL;
  prepared->directory =
      open(directory, SUP_OPEN_DIRECTORY | O_DIRECTORY | O_CLOEXEC);
  return prepared->directory >= 0 ? NULL : explain_directory(prepared, errno);
}

sup_error *sup__prepare(struct sup_prepared *prepared,
                        const struct sup_command *command,
                        sup_duration heartbeat,
                        const sup_allocator *allocator) {
  const char *fault = sup__command_fault(command, 0);
  sup_error *error;
  prepared->command = command;
  prepared->allocator = allocator;
  prepared->made = NULL;
  prepared->directory = -1;
  if (fault != NULL)
    return sup__spawn_failure(allocator, SUP_STAGE_ARGUMENTS, EINVAL, "%s",
                              fault);
  if (command->argument_count == 0)
    return sup__spawn_failure(allocator, SUP_STAGE_ARGUMENTS, EINVAL,
                              "the command is empty; give a program");
  prepare_told(prepared, heartbeat);
  if (!make_environment(prepared))
    return sup__no_memory();
  error = open_directory(prepared);
  if (error == NULL)
    error = find_program(prepared);
  if (error != NULL)
    sup__prepare_free(prepared);
  return error;
}

void sup__prepare_free(struct sup_prepared *prepared) {
  if (prepared->directory >= 0)
    close(prepared->directory);
  prepared->directory = -1;
  if (prepared->made != NULL)
    sup__release(prepared->allocator, prepared->made,
                 prepared->made_count * sizeof(char *));
  prepared->made = NULL;
}

/* ---- What went wrong at the exec ---------------------------------------- */

/* The interpreter in the first line of a script. */
static bool read_interpreter(int directory, const char *program,
                             char buffer[256], const char **interpreter) {
  int file = openat(directory, program, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  ssize_t got;
  size_t start = 2;
  if (file < 0)
    return false;
  do
    got = read(file, buffer, 255);
  while (got < 0 && errno == EINTR);
  close(file);
  if (got < 3 || buffer[0] != '#' || buffer[1] != '!')
    return false;
  buffer[got] = '\0';
  start += strspn(buffer + start, " \t");
  buffer[start + strcspn(buffer + start, " \t\r\n")] = '\0';
  *interpreter = buffer + start;
  return buffer[start] != '\0';
}

/* The program is there, and something that it needs is not. */
static sup_error *explain_interpreter(const struct sup_prepared *prepared,
                                      int directory, int error) {
  char buffer[256];
  char text[SUP_ERRNO_TEXT];
  const char *interpreter;
  int found = 0;
  if (!read_interpreter(directory, prepared->program, buffer, &interpreter)) {
    if (error != ENOENT)
      return NULL;
    return sup__spawn_failure(
        prepared->allocator, SUP_STAGE_INTERPRETER, error,
        "the program '%s' exists, but not the loader that it names; install "
        "what it was built for, or a build for this system",
        prepared->program);
  }
  if (is_program(directory, interpreter, &found))
    return NULL;
  return sup__spawn_failure(
      prepared->allocator, SUP_STAGE_INTERPRETER, error,
      "the program '%s' begins with '#!%s', which cannot be executed: %s; "
      "install it or correct that line",
      prepared->program, interpreter, sup__errno_text(found, text));
}

static sup_error *explain_exec(const struct sup_prepared *prepared, int error) {
  const char *program = prepared->program;
  const sup_allocator *allocator = prepared->allocator;
  int directory = prepared->directory >= 0 ? prepared->directory : AT_FDCWD;
  char text[SUP_ERRNO_TEXT];
  struct stat status;
  bool exists = fstatat(directory, program, &status, 0) == 0;
  int found;

  if (exists && S_ISDIR(status.st_mode))
    return sup__spawn_failure(allocator, SUP_STAGE_EXEC, error,
                              "the program '%s' is a directory; give the path "
                              "of a file",
                              program);
  if (exists && (error == ENOENT || error == EACCES) &&
      is_program(directory, program, &found)) {
    sup_error *result = explain_interpreter(prepared, directory, error);
    if (result != NULL)
      return result;
  }
  switch (error) {
  case ENOENT:
  case ENOTDIR:
    return sup__spawn_failure(allocator, SUP_STAGE_EXEC, error,
                              "the program '%s' does not exist; install it or "
                              "correct its path",
                              program);
  case EACCES:
    return sup__spawn_failure(allocator, SUP_STAGE_EXEC, error,
                              "the program '%s' may not be executed; make it "
                              "executable (chmod +x) and its directory "
                              "accessible",
                              program);
  case ENOEXEC:
    return sup__spawn_failure(allocator, SUP_STAGE_EXEC, error,
                              "the program '%s' is none of this system and "
                              "has no '#!' line; begin it with one, such as "
                              "'#!/bin/sh', or run it by a shell",
                              program);
  case E2BIG:
    return sup__spawn_failure(allocator, SUP_STAGE_ARGUMENTS, error,
                              "the arguments and the environment of '%s' are "
                              "too long for this system; pass less, or in a "
                              "file",
                              program);
  case ETXTBSY:
    return sup__spawn_failure(allocator, SUP_STAGE_EXEC, error,
                              "the program '%s' is being written to; try "
                              "again when that is over",
                              program);
  default:
    return sup__spawn_failure(allocator, SUP_STAGE_EXEC, error,
                              "the program '%s' could not be executed: %s",
                              program, sup__errno_text(error, text));
  }
}

static sup_error *explain_descriptors(const struct sup_prepared *prepared,
                                      int number, int error) {
  char text[SUP_ERRNO_TEXT];
  /* The last two are what a number above the limit gets. */
  bool limited =
      error == EMFILE || error == ENFILE || error == EBADF || error == EINVAL;
  const char *advice = limited ? "; raise the limit (ulimit -n)" : "";
  if (number < 0)
    return sup__spawn_failure(prepared->allocator, SUP_STAGE_DESCRIPTORS, error,
                              "no descriptors could be had for the program "
                              "'%s': %s%s",
                              prepared->program, sup__errno_text(error, text),
                              advice);
  return sup__spawn_failure(prepared->allocator, SUP_STAGE_DESCRIPTORS, error,
                            "descriptor %d could not be given to the program "
                            "'%s': %s%s",
                            number, prepared->program,
                            sup__errno_text(error, text), advice);
}

sup_error *sup__prepare_explain(const struct sup_prepared *prepared,
                                const struct sup_spawned *spawned, int error) {
  char text[SUP_ERRNO_TEXT];
  switch (spawned->stage) {
  case SUP_STAGE_DESCRIPTORS:
    return explain_descriptors(prepared, spawned->number, error);
  case SUP_STAGE_DIRECTORY:
    return explain_directory(prepared, error);
  case SUP_STAGE_EXEC:
    return explain_exec(prepared, error);
  default:
    return sup__spawn_failure(
        prepared->allocator, spawned->stage, error,
        "no process could be made for the program '%s': %s%s",
        prepared->program, sup__errno_text(error, text),
        error == EAGAIN ? "; the limit on processes is reached (ulimit -u)"
                        : "");
  }
}
