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
 * Errors: making, sharing, asking. Their texts are in explain.c.
 */

#include <string.h>

#include "../engine/sized.h"
#include "allocator.h"
#include "explain.h"
#include "report.h"

const char *sup_strerror(int code) {
  switch (code) {
  case SUP_OK:
    return "no error";
#define XX(name, value, text)                                                  \
  case value:                                                                  \
    return text;
    SUP_ERRNO_MAP(XX)
#undef XX
  default:
    return "unknown error";
  }
}

const char *sup_errno_name(int code) {
  switch (code) {
  case SUP_OK:
    return "SUP_OK";
#define XX(name, value, text)                                                  \
  case value:                                                                  \
    return "SUP_" #name;
    SUP_ERRNO_MAP(XX)
#undef XX
  default:
    return "SUP_UNKNOWN";
  }
}

const char *sup_spawn_stage_name(sup_spawn_stage stage) {
  static const char *const names[] = {
      [SUP_STAGE_NONE] = "none",
      [SUP_STAGE_ARGUMENTS] = "arguments",
      [SUP_STAGE_DESCRIPTORS] = "descriptors",
      [SUP_STAGE_DIRECTORY] = "directory",
      [SUP_STAGE_FORK] = "fork",
      [SUP_STAGE_SESSION] = "session",
      [SUP_STAGE_INTERPRETER] = "interpreter",
      [SUP_STAGE_EXEC] = "exec",
      [SUP_STAGE_GUARD] = "guard",
  };
  return (unsigned)stage <= SUP_STAGE_GUARD ? names[stage] : "unknown";
}

/* ---- Making ------------------------------------------------------------- */

struct sup_error *sup__error_new(const sup_allocator *allocator, int code) {
  struct sup_error *error = sup__allocate_zeroed(allocator, sizeof *error);
  if (error == NULL)
    return NULL;
  atomic_init(&error->refs, 1);
  atomic_init(&error->shown, 0);
  atomic_init(&error->shown_cause[0], 0);
  atomic_init(&error->shown_cause[1], 0);
  error->code = code;
  /* Not known, until whoever makes the error says otherwise. */
  error->tolerance_max = SUP_UNLIMITED;
  return error;
}

sup_error *sup__error_at(int code, const char *path, const char *text) {
  const sup_allocator *allocator = sup__allocator();
  sup_error *error = sup__error_new(allocator, code);
  if (error == NULL)
    return NULL;
  if (path != NULL) {
    error->path_length = strlen(path);
    error->path = sup__copy_text(allocator, path, error->path_length);
  }
  if (text != NULL) {
    error->text_length = strlen(text);
    error->text = sup__copy_text(allocator, text, error->text_length);
  }
  if ((path != NULL && error->path == NULL) ||
      (text != NULL && error->text == NULL)) {
    sup__error_free(error);
    return NULL;
  }
  return error;
}

/* What stands for a bare code when there is no memory to make an object of it:
 * that something failed is never lost. Nobody's is the first reference of each,
 * so it is never the last. */
static sup_error *standing(int code) {
  static struct sup_error errors[] = {
#define XX(name, value, text)                                                  \
  {.refs = 1, .code = value, .standing = true, .tolerance_max = SUP_UNLIMITED},
      SUP_ERRNO_MAP(XX)
#undef XX
  };
  size_t i;
  for (i = 0; i < sizeof errors / sizeof *errors; i++)
    if (errors[i].code == code)
      return sup_error_ref(&errors[i]);
  return standing(SUP_EFAILED); /* a code of somebody else's */
}

static sup_error *made_of(int code) {
  sup_error *error = sup__error_new(sup__allocator(), code);
  return error != NULL ? error : standing(code);
}

sup_error *sup__error_of(sup_token token) {
  if (token == 0)
    return NULL;
  if (sup__token_object(token) == NULL)
    return made_of(sup__token_value(token));
  sup__token_ref(token);
  return sup__token_object(token);
}

sup_error *sup_error_create(int code, const char *text, void *user,
                            void (*release)(void *user)) {
  /* Something that is not negative is no error; call it a failure. */
  sup_error *error = sup__error_at(code < 0 ? code : SUP_EFAILED, NULL, text);
  if (error == NULL)
    return NULL;
  error->user = user;
  error->release = release;
  return error;
}

/* ---- References --------------------------------------------------------- */

sup_error *sup_error_ref(sup_error *error) {
  if (error != NULL)
    sup__token_ref(sup__token_error(error));
  return error;
}

void sup_error_unref(sup_error *error) {
  if (error != NULL && sup__token_drop(sup__token_error(error)))
    sup__error_free(error);
}

/* Give a reference back; what is then nobody's goes in front of `list`. */
static struct sup_error *drop(sup_token token, struct sup_error *list) {
  if (sup__token_drop(token)) {
    struct sup_error *error = sup__token_object(token);
    error->next = list;
    list = error;
  }
  return list;
}

static struct sup_error *drop_related(struct sup_error *error,
                                      struct sup_error *list) {
  while (error != NULL) {
    struct sup_error *next = error->next;
    error->next = NULL;
    list = drop(sup__token_error(error), list);
    error = next;
  }
  return list;
}

static struct sup_error *drop_shown(atomic_uintptr_t *shown,
                                    struct sup_error *list) {
  uintptr_t error = atomic_load_explicit(shown, memory_order_acquire);
  return drop(sup__token_error((struct sup_error *)error), list);
}

static void release_texts(struct sup_error *error) {
  const sup_allocator *allocator = sup__allocator();
  char *shown =
      (char *)atomic_load_explicit(&error->shown, memory_order_acquire);
  sup__release(allocator, error->path, error->path_length + 1);
  sup__release(allocator, error->text, error->text_length + 1);
  sup__release(allocator, error->output, error->output_length + 1);
  sup__release(allocator, error->process, sizeof *error->process);
  if (error->unready != NULL)
    sup__release(allocator, error->unready, error->unready->size);
  if (shown != NULL)
    sup__release(allocator, shown, strlen(shown) + 1);
}

void sup__error_free(struct sup_error *error) {
  struct sup_error *list = error;
  error->next = NULL;
  while (list != NULL) {
    error = list;
    list = error->next;
    list = drop(error->cause, list);
    list = drop(error->first, list);
    list = drop_shown(&error->shown_cause[0], list);
    list = drop_shown(&error->shown_cause[1], list);
    list = drop_related(error->related, list);
    if (error->release != NULL)
      error->release(error->user);
    release_texts(error);
    sup__release(sup__allocator(), error, sizeof *error);
  }
}

/* ---- Asking ------------------------------------------------------------- */

int sup_error_code(const sup_error *error) {
  return error->code;
}

const char *sup_error_path(const sup_error *error) {
  return error->path;
}

int sup_error_system(const sup_error *error) {
  return error->system;
}

void *sup_error_user(const sup_error *error) {
  return error->user;
}

/* Errors do not change, but for what is made of them when it is first asked
 * for: whoever is first puts it in place, another one's is given back. */
static atomic_uintptr_t *lazy(const atomic_uintptr_t *place) {
  return (atomic_uintptr_t *)(uintptr_t)place;
}

const char *sup_error_text(const sup_error *error) {
  const char *plain =
      error->text != NULL ? error->text : sup_strerror(error->code);
  uintptr_t shown =
      atomic_load_explicit(lazy(&error->shown), memory_order_acquire);
  struct sup_text text;
  size_t size;
  char *made;

  if (error->standing || sup__error_is_plain(error))
    return plain;
  if (shown != 0)
    return (const char *)shown;
  sup__text_init(&text, NULL, 0);
  sup__error_compose(&text, error);
  size = sup__text_end(&text) + 1;
  made = sup__allocate(sup__allocator(), size);
  if (made == NULL)
    return plain;
  sup__text_init(&text, made, size);
  sup__error_compose(&text, error);
  sup__text_end(&text);
  if (atomic_compare_exchange_strong_explicit(
          lazy(&error->shown), &shown, (uintptr_t)made, memory_order_acq_rel,
          memory_order_acquire))
    return made;
  sup__release(sup__allocator(), made, size);
  return (const char *)shown;
}

/* The object of a token; for a bare code one that is made now and then kept. */
static sup_error *object_of(sup_token token, const atomic_uintptr_t *place) {
  uintptr_t shown;
  sup_error *made;

  if (token == 0 || sup__token_object(token) != NULL)
    return sup__token_object(token);
  shown = atomic_load_explicit(lazy(place), memory_order_acquire);
  if (shown != 0)
    return (sup_error *)shown;
  made = made_of(sup__token_value(token));
  if (atomic_compare_exchange_strong_explicit(
          lazy(place), &shown, (uintptr_t)made, memory_order_acq_rel,
          memory_order_acquire))
    return made;
  sup_error_unref(made);
  return (sup_error *)shown;
}

sup_error *sup_error_cause(const sup_error *error) {
  return object_of(error->cause, &error->shown_cause[0]);
}

sup_error *sup_error_first(const sup_error *error) {
  return object_of(error->first, &error->shown_cause[1]);
}

size_t sup_error_related_count(const sup_error *error) {
  const sup_error *related;
  size_t count = 0;
  for (related = error->related; related != NULL; related = related->next)
    count++;
  return count;
}

sup_error *sup_error_related(const sup_error *error, size_t index) {
  sup_error *related = error->related;
  while (related != NULL && index-- > 0)
    related = related->next;
  return (sup_error *)sup__error_essence(related);
}

int sup_error_tolerance(const sup_error *error, uint64_t *max,
                        sup_duration *window) {
  if (error->code != SUP_ETOLERANCE || error->tolerance_max == SUP_UNLIMITED)
    return SUP_EINVAL;
  *max = error->tolerance_max;
  *window = error->tolerance_window;
  return 0;
}

int sup_error_process(const sup_error *error, sup_process_end *end) {
  if (error->process == NULL ||
      !sup__sized_give(end, error->process, sizeof *error->process))
    return SUP_EINVAL;
  return 0;
}

int sup_error_unready(const sup_error *error, sup_unready *unready) {
  if (error->unready == NULL ||
      !sup__sized_give(unready, &error->unready->facts,
                       sizeof error->unready->facts))
    return SUP_EINVAL;
  return 0;
}

const char *sup_error_output(const sup_error *error) {
  return error->output;
}
