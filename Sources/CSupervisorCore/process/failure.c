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

#include "failure.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <uv.h>

const char *sup__errno_text(int error, char buffer[SUP_ERRNO_TEXT]) {
  return uv_strerror_r(uv_translate_sys_error(error), buffer, SUP_ERRNO_TEXT);
}

sup_error *sup__no_memory(void) {
  /* The first reference is nobody's, so it is never the last. */
  static struct sup_error error = {
      .refs = 1, .code = SUP_ENOMEM, .tolerance_max = SUP_UNLIMITED};
  return sup_error_ref(&error);
}

static char *format_text(const sup_allocator *allocator, size_t *length,
                         const char *format, va_list arguments) {
  va_list again;
  char *text;
  int needed;
  va_copy(again, arguments);
  needed = vsnprintf(NULL, 0, format, again);
  va_end(again);
  if (needed < 0)
    return NULL;
  text = sup__allocate(allocator, (size_t)needed + 1);
  if (text == NULL)
    return NULL;
  vsnprintf(text, (size_t)needed + 1, format, arguments);
  *length = (size_t)needed;
  return text;
}

SUP_PRINTF(4, 0)
static sup_error *failure(const sup_allocator *allocator, int code,
                          const sup_process_end *end, const char *format,
                          va_list arguments) {
  struct sup_error *error = sup__error_new(allocator, code);
  if (error == NULL)
    return sup__no_memory();
  error->process = sup__allocate(allocator, sizeof(*end));
  if (error->process != NULL) {
    *error->process = *end;
    error->text =
        format_text(allocator, &error->text_length, format, arguments);
  }
  if (error->text == NULL) {
    sup_error_unref(error);
    return sup__no_memory();
  }
  return error;
}

SUP_PRINTF(4, 5)
static sup_error *ended(const sup_allocator *allocator, int code,
                        const sup_process_end *end, const char *format, ...) {
  sup_error *error;
  va_list arguments;
  va_start(arguments, format);
  error = failure(allocator, code, end, format, arguments);
  va_end(arguments);
  return error;
}

static bool is_transient(int error) {
  switch (error) {
  case EAGAIN:
  case ENOMEM:
  case EMFILE:
  case ENFILE:
  case ETXTBSY:
    return true;
  default:
    return false;
  }
}

sup_error *sup__spawn_failure(const sup_allocator *allocator,
                              sup_spawn_stage stage, int system,
                              const char *format, ...) {
  sup_process_end end = {.size = sizeof(end),
                         .stage = stage,
                         .transient = is_transient(system),
                         .cause = SUP_EXIT_OWN,
                         .status = -1};
  sup_error *error;
  va_list arguments;
  va_start(arguments, format);
  error = failure(allocator, SUP_ESPAWN, &end, format, arguments);
  va_end(arguments);
  if (error->process != NULL)
    error->system = system;
  return error;
}

/* ---- The end ------------------------------------------------------------ */

#define SUP_NAME_TEXT 24u

static const char *signal_name(int number, char buffer[SUP_NAME_TEXT]) {
  static const struct {
    int number;
    const char *name;
  } names[] = {
    {SIGHUP, "SIGHUP"},
    {SIGINT, "SIGINT"},
    {SIGQUIT, "SIGQUIT"},
    {SIGILL, "SIGILL"},
    {SIGTRAP, "SIGTRAP"},
    {SIGABRT, "SIGABRT"},
    {SIGBUS, "SIGBUS"},
    {SIGFPE, "SIGFPE"},
    {SIGKILL, "SIGKILL"},
    {SIGUSR1, "SIGUSR1"},
    {SIGSEGV, "SIGSEGV"},
    {SIGUSR2, "SIGUSR2"},
    {SIGPIPE, "SIGPIPE"},
    {SIGALRM, "SIGALRM"},
    {SIGTERM, "SIGTERM"},
    {SIGXCPU, "SIGXCPU"},
    {SIGXFSZ, "SIGXFSZ"},
    {SIGSYS, "SIGSYS"},
    {SIGPROF, "SIGPROF"},
    {SIGVTALRM, "SIGVTALRM"},
#if defined(SIGSTKFLT)
    {SIGSTKFLT, "SIGSTKFLT"},
#endif
#if defined(SIGPWR)
    {SIGPWR, "SIGPWR"},
#endif
#if defined(SIGPOLL)
    {SIGPOLL, "SIGPOLL"},
#endif
  };
  size_t i;
  for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    if (names[i].number == number)
      return names[i].name;
#if defined(SIGRTMIN)
  if (number >= SIGRTMIN && number <= SIGRTMAX) {
    snprintf(buffer, SUP_NAME_TEXT, "SIGRTMIN+%d", number - SIGRTMIN);
    return buffer;
  }
#endif
  snprintf(buffer, SUP_NAME_TEXT, "signal %d", number);
  return buffer;
}

static const char *duration_text(sup_duration time,
                                 char buffer[SUP_NAME_TEXT]) {
  uint64_t tenths = time / 100000000u;
  if (time < 1000000000u)
    snprintf(buffer, SUP_NAME_TEXT, "%u ms", (unsigned)(time / 1000000u));
  else if (tenths < 1200u)
    snprintf(buffer, SUP_NAME_TEXT, "%u.%u s", (unsigned)(tenths / 10u),
             (unsigned)(tenths % 10u));
  else
    snprintf(buffer, SUP_NAME_TEXT, "%llu min %u s",
             (unsigned long long)(tenths / 600u),
             (unsigned)(tenths / 10u % 60u));
  return buffer;
}

/* Signals that a program usually brings upon itself. */
static bool is_fault(int number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
         number == SIGILL || number == SIGABRT || number == SIGTRAP ||
         number == SIGSYS || number == SIGPIPE;
}

static const char *sender_text(const sup_process_end *end) {
  if (end->cause == SUP_EXIT_SENT)
    return ", which it was sent on request,";
  return is_fault(end->signal) ? "" : ", which nobody here sent,";
}

sup_error *sup__exit_failure(const sup_allocator *allocator,
                             const sup_process_end *end, const char *status,
                             char *output, size_t output_length) {
  const char *before = status == NULL || *status == '\0' ? "" : "; it said: ";
  char time[SUP_NAME_TEXT];
  char name[SUP_NAME_TEXT];
  const char *said = *before == '\0' ? "" : status;
  sup_error *error;
  duration_text(end->runtime, time);
  if (end->cause == SUP_EXIT_UNKNOWN)
    error = ended(allocator, SUP_ELOST, end,
                  "it ended after %s, how is not known: its status was taken "
                  "by somebody else; look for code in this program that "
                  "ignores SIGCHLD or waits for any child%s%s",
                  time, before, said);
  else if (end->signal == 0)
    error = ended(allocator, SUP_EEXITSTATUS, end,
                  "it exited with status %d after %s%s%s", end->status, time,
                  before, said);
  else
    error = ended(allocator, SUP_ESIGNALED, end,
                  "it was ended by signal %d (%s)%s after %s%s%s%s",
                  end->signal, signal_name(end->signal, name), sender_text(end),
                  time, end->core ? " and left a core dump" : "", before, said);
  if (error->process != NULL && output != NULL) {
    error->output = output;
    error->output_length = output_length;
  } else if (output != NULL) {
    sup__release(allocator, output, output_length + 1);
  }
  return error;
}

/* ---- Not up in time ----------------------------------------------------- */

/* What is longer is cut. */
#define SUP_MISSING_MAX 1023u

static struct sup_unready_text *
unready_text(const sup_allocator *allocator, const struct sup_command *command,
             sup_duration waited, const char *missing, const char *seen) {
  size_t missing_size = strlen(missing) + 1;
  size_t seen_size = seen == NULL ? 0 : strlen(seen) + 1;
  size_t size = sizeof(struct sup_unready_text) + missing_size + seen_size;
  struct sup_unready_text *text = sup__allocate(allocator, size);
  if (text == NULL)
    return NULL;
  text->size = size;
  memcpy(text->texts, missing, missing_size);
  if (seen != NULL)
    memcpy(text->texts + missing_size, seen, seen_size);
  text->facts =
      (sup_unready){.size = sizeof(text->facts),
                    .kind = command->ready,
                    .waited = waited,
                    .missing = text->texts,
                    .seen = seen == NULL ? NULL : text->texts + missing_size};
  return text;
}

SUP_PRINTF(3, 4)
static bool set_text(const sup_allocator *allocator, sup_error *error,
                     const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  error->text = format_text(allocator, &error->text_length, format, arguments);
  va_end(arguments);
  return error->text != NULL;
}

sup_error *sup__unready_failure(const sup_allocator *allocator,
                                const struct sup_command *command,
                                sup_duration waited, const char *seen) {
  sup_error *error = sup__error_new(allocator, SUP_ESTARTTIMEOUT);
  char missing[SUP_MISSING_MAX + 1];
  struct sup_text text;
  if (error == NULL)
    return NULL;
  sup__text_init(&text, missing, sizeof(missing));
  sup__command_awaits(command, &text);
  sup__text_end(&text);
  error->unready = unready_text(allocator, command, waited, missing, seen);
  if (error->unready != NULL &&
      set_text(allocator, error,
               "it was not up in time: %s%s%s; correct its readiness, or raise "
               "its start timeout if it needs longer",
               missing,
               seen == NULL ? "" : "; seen last: ", seen == NULL ? "" : seen))
    return error;
  sup_error_unref(error);
  return NULL;
}
