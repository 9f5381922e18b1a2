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
 * Paths, and the errors that supervisors make of the failures below them. They
 * are the only place besides new nodes and the journal where the engine asks
 * for memory; without it the bare code goes on alone.
 */

#include <string.h>

#include "internal.h"
#include "text.h"

size_t sup__engine_path(const struct sup_engine *e, uint32_t index,
                        uint64_t generation, char *buffer, size_t size) {
  const struct sup_node *n;
  size_t length = 0;
  size_t end;

  if (!sup__is_slot(e, index))
    return 0;
  n = sup__node(e, index);
  if (n->generation == 0 || (generation != 0 && (n->generation != generation ||
                                                 (n->flags & NODE_DROPPED))))
    return 0;
  if (n->flags & NODE_BODY)
    n = sup__node(e, n->parent);
  for (const struct sup_node *at = n;;) {
    length += at->spec->name_length + 1u;
    if (at->parent == SUP_NONE)
      break;
    at = sup__node(e, at->parent);
  }
  length--; /* one separator less than names */
  if (size == 0)
    return length;
  /* From the right, leaving out what does not fit. */
  end = length;
  for (const struct sup_node *at = n;;) {
    size_t start = end - at->spec->name_length;

    if (start < size - 1) {
      size_t fits = end < size - 1 ? end - start : size - 1 - start;

      memcpy(buffer + start, at->spec->name, fits);
    }
    if (at->parent == SUP_NONE)
      break;
    end = start - 1;
    if (end < size - 1)
      buffer[end] = '/';
    at = sup__node(e, at->parent);
  }
  buffer[length < size - 1 ? length : size - 1] = '\0';
  return length;
}

static struct sup_error *compose(struct sup_engine *e, int code,
                                 struct sup_node *n, sup_token cause) {
  const sup_allocator *allocator = sup__spec_allocator();
  struct sup_error *error = sup__error_new(allocator, code);
  size_t length;

  if (error == NULL)
    return NULL;
  /* The same code without anything to it says nothing more. */
  if (cause != sup__token_code(code))
    error->cause = sup__token_ref(cause);
  length = sup__engine_path(e, n->index, n->generation, NULL, 0);
  error->path = sup__allocate(allocator, length + 1);
  if (error->path != NULL) {
    error->path_length = length;
    sup__engine_path(e, n->index, n->generation, error->path, length + 1);
  }
  return error;
}

sup_token sup__compose(struct sup_engine *e, int code, struct sup_node *n,
                       sup_token cause) {
  struct sup_error *error = compose(e, code, n, cause);

  return error != NULL ? sup__token_error(error) : sup__token_code(code);
}

static bool tell_not_up(struct sup_text *text, const sup_spec *spec, int code) {
  bool late = code == SUP_ESTARTTIMEOUT;

  if (spec->kind != SUP_KIND_PROCESS ||
      spec->u.process.functions->awaits == NULL)
    return false;
  sup__text_add(text, late ? "it was not up in time: "
                           : "it ended before it was up: ");
  if (!spec->u.process.functions->awaits(spec->u.process.data, text))
    return false;
  sup__text_add(text, late ? "; correct its readiness, or raise its start "
                             "timeout if it needs longer"
                           : "; correct its readiness, and let it stay in the "
                             "foreground if it does not");
  return true;
}

sup_token sup__compose_not_up(struct sup_engine *e, struct sup_node *n,
                              int code) {
  const sup_allocator *allocator = sup__spec_allocator();
  struct sup_error *error;
  struct sup_text text;
  size_t length;

  (void)e;
  sup__text_init(&text, NULL, 0);
  if (!tell_not_up(&text, n->spec, code))
    return sup__token_code(code);
  length = sup__text_end(&text);
  error = sup__error_new(allocator, code);
  if (error == NULL)
    return sup__token_code(code);
  error->text = sup__allocate(allocator, length + 1);
  if (error->text != NULL) {
    error->text_length = length;
    sup__text_init(&text, error->text, length + 1);
    tell_not_up(&text, n->spec, code);
    sup__text_end(&text);
  }
  return sup__token_error(error);
}

/* The failure of a child with its name. A supervisor's names it already, or the
 * one below it that did not start. */
static sup_token name_failure(struct sup_engine *e, struct sup_node *child,
                              sup_token failure) {
  struct sup_error *error = sup__token_object(failure);

  if (error == NULL || error->path == NULL)
    return sup__compose(e, SUP_EFAILED, child, failure);
  if (error->path_length ==
      sup__engine_path(e, child->index, child->generation, NULL, 0))
    return sup__token_ref(failure);
  return sup__compose(e, error->code, child, failure);
}

/* The failure that opened the record: the last one itself if there was no
 * other, and without a name if the child is gone. */
static sup_token first_failure(struct sup_engine *e,
                               const struct sup_node *child,
                               const struct sup_record_of_failures *record,
                               sup_token last) {
  struct sup_node *n =
      sup__node_find(e, record->first_index, record->first_generation);

  if (n == child && record->first_error == child->error)
    return sup__token_ref(last);
  return n != NULL ? name_failure(e, n, record->first_error)
                   : sup__token_ref(record->first_error);
}

/* Of the supervisor, because of the child, because of what that failed with. */
sup_token sup__compose_exceeded(struct sup_engine *e, struct sup_node *child,
                                const struct sup_record_of_failures *record,
                                uint64_t max, sup_duration window) {
  sup_token failure = name_failure(e, child, child->error);
  struct sup_error *error =
      compose(e, SUP_ETOLERANCE,
              record == sup__own_record(child) ? child : sup__parent(e, child),
              failure);

  if (error == NULL) {
    sup__token_discard(e, failure);
    return sup__token_code(SUP_ETOLERANCE);
  }
  error->first = first_failure(e, child, record, failure);
  sup__token_discard(e, failure);
  error->tolerated = sup__is_supervisor(child) && !sup__has_body(child) &&
                     record == sup__own_record(child);
  error->tolerance_max = max;
  error->tolerance_window = window;
  return sup__token_error(error);
}

void sup__note_stop_failure(struct sup_engine *e, struct sup_node *supervisor,
                            int code, struct sup_node *n, sup_token cause) {
  struct sup_supervisor *s = supervisor->super;
  struct sup_error *error = compose(e, code, n, cause);

  s->stop_failure_count++;
  if (error == NULL)
    return;
  if (s->stop_failures_last == NULL)
    s->stop_failures = error;
  else
    s->stop_failures_last->next = error;
  s->stop_failures_last = error;
}

sup_token sup__take_failure(struct sup_engine *e, struct sup_node *supervisor) {
  struct sup_supervisor *s = supervisor->super;
  sup_token token = s->failure;
  struct sup_error *error;

  s->failure = 0;
  if (token != 0 && s->stop_failures != NULL && sup__has_body(supervisor)) {
    /* It is what the body has ended with, and others may have seen it. */
    sup_token own = token;

    token = sup__compose(
        e, s->halt == HALT_REQUEST ? SUP_ETERMINATION : SUP_EFAILED, supervisor,
        own);
    sup__token_discard(e, own);
  }
  if (token == 0 && s->stop_failure_count > 0)
    token = sup__compose(e, SUP_ETERMINATION, supervisor, 0);
  error = sup__token_object(token);
  /* It was made for this supervisor and nobody has seen it yet. */
  if (error != NULL && s->stop_failures != NULL) {
    error->related = s->stop_failures;
    error->related_last = s->stop_failures_last;
    s->stop_failures = s->stop_failures_last = NULL;
  }
  sup__drop_failures(e, supervisor);
  return token;
}

void sup__drop_failures(struct sup_engine *e, struct sup_node *supervisor) {
  struct sup_supervisor *s = supervisor->super;

  while (s->stop_failures != NULL) {
    struct sup_error *error = s->stop_failures;

    s->stop_failures = error->next;
    error->next = NULL;
    sup__token_discard(e, sup__token_error(error));
  }
  s->stop_failures_last = NULL;
  s->stop_failure_count = 0;
  sup__token_replace(e, &s->failure, 0);
}
