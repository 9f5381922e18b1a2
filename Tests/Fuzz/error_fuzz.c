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
 * C7: chains of errors of every shape, as texts: whatever the size of the
 * buffer, the length is the same and what fits is there; also without memory.
 */

#include "engine/error.h"
#include "fuzz.h"
#include "supervisor/report.h"

#define MOST 24

/* One reference each is ours; those that went to be related are not. */
static sup_error *errors[MOST];
static bool given[MOST];
static size_t count;
static unsigned released;

static void note_release(void *user) {
  FUZZ_CHECK(user == &released);
  released++;
}

static sup_token decode_token(struct fuzz *in) {
  unsigned which = fuzz_byte(in);
  if (which < 64 || count == 0)
    return 0;
  if (which < 128)
    return sup__token_code(-(int)fuzz_below(in, 40));
  return sup__token_ref(sup__token_error(errors[which % count]));
}

static void decode_process(struct fuzz *in, sup_error *error) {
  sup_process_end *end =
      sup__allocate_zeroed(&fuzz_allocator, sizeof(sup_process_end));
  FUZZ_CHECK(end != NULL);
  end->size = sizeof(*end);
  end->stage = (sup_spawn_stage)fuzz_below(in, 10);
  end->status = (int)fuzz_number(in);
  end->signal = (int)fuzz_number(in);
  end->core = fuzz_one_in(in, 2);
  error->process = end;
}

static void decode_output(struct fuzz *in, sup_error *error) {
  size_t length = fuzz_below(in, 512);
  const char *bytes = fuzz_bytes(in, &length);
  error->output = sup__copy_text(&fuzz_allocator, bytes, length);
  FUZZ_CHECK(error->output != NULL);
  error->output_length = length;
}

static void decode_error(struct fuzz *in) {
  char path[64], text[128];
  unsigned parts = fuzz_byte(in);
  sup_error *error;
  size_t related;
  FUZZ_CHECK(count < MOST);
  if (parts & 1u)
    error = sup__error_at(-(int)fuzz_below(in, 40),
                          fuzz_text(in, path, sizeof(path)),
                          fuzz_text(in, text, sizeof(text)));
  else
    error = sup__error_new(&fuzz_allocator, -(int)fuzz_below(in, 40));
  FUZZ_CHECK(error != NULL);
  error->system = parts & 2u ? (int)fuzz_number(in) : 0;
  error->warning = (parts & 4u) != 0;
  if (parts & 8u)
    decode_process(in, error);
  if (parts & 16u)
    decode_output(in, error);
  if (parts & 32u) {
    error->tolerance_max = fuzz_number(in);
    error->tolerance_window = fuzz_number(in);
  }
  if (parts & 64u) {
    error->user = &released;
    error->release = note_release;
  }
  error->cause = decode_token(in);
  error->first = decode_token(in);
  /* An error is in one list of related ones at most; its maker gives it. */
  for (related = 0; related < count && parts & 128u; related++) {
    if (given[related] || !fuzz_one_in(in, 4))
      continue;
    sup_error_ref(errors[related]);
    given[related] = true;
    if (error->related == NULL)
      error->related = errors[related];
    else
      error->related_last->next = errors[related];
    error->related_last = errors[related];
  }
  errors[count] = error;
  given[count] = false;
  count++;
}

typedef size_t (*explain)(const void *what, char *buffer, size_t size);

static size_t explain_error(const void *what, char *buffer, size_t size) {
  return sup_error_explain(what, buffer, size);
}

static size_t explain_report(const void *what, char *buffer, size_t size) {
  return sup_report_explain(what, buffer, size);
}

static void check_text(struct fuzz *in, explain function, const void *what) {
  size_t needs = function(what, NULL, 0);
  size_t size = fuzz_below(in, 65536) % (needs + 2);
  char *whole = malloc(needs + 1);
  char *part = malloc(size == 0 ? 1 : size);
  FUZZ_CHECK(whole != NULL && part != NULL);
  FUZZ_CHECK(function(what, whole, needs + 1) == needs);
  FUZZ_CHECK(whole[needs] == '\0');
  FUZZ_CHECK(function(what, part, size) == needs);
  if (size > 0) {
    size_t kept = strlen(part);
    FUZZ_CHECK(kept < size && memcmp(part, whole, kept) == 0);
  }
  free(whole);
  free(part);
}

static void look_at(struct fuzz *in, const sup_error *error) {
  sup_process_end end = {.size = sizeof(end)};
  sup_duration window;
  uint64_t max;
  size_t i, related = sup_error_related_count(error);
  const char *text;
  fuzz_refuse(fuzz_byte(in), fuzz_byte(in));
  text = sup_error_text(error);
  FUZZ_CHECK(text != NULL && strlen(text) < 65536);
  if (sup_error_cause(error) != NULL) {
    FUZZ_CHECK(error->cause != 0);
    FUZZ_CHECK(sup_error_cause(error) == sup_error_cause(error));
  }
  FUZZ_CHECK(sup_error_first(error) == NULL || error->first != 0);
  FUZZ_CHECK(sup_error_related(error, related) == NULL);
  for (i = 0; i < related; i++)
    FUZZ_CHECK(sup_error_related(error, i) != NULL);
  FUZZ_CHECK((sup_error_process(error, &end) == 0) == (error->process != NULL));
  sup_error_tolerance(error, &max, &window);
  fuzz_refuse(0, 0);
  check_text(in, explain_error, error);
}

static void look_at_report(struct fuzz *in) {
  sup_report *report = sup__report_create(-(int)fuzz_below(in, 40));
  size_t i;
  FUZZ_CHECK(report != NULL);
  for (i = fuzz_below(in, 6); i > 0 && count > 0; i--)
    sup__report_add(report, sup_error_ref(errors[fuzz_below(in, count)]));
  check_text(in, explain_report, report);
  sup_report_unref(report);
}

void fuzz_one(struct fuzz *in) {
  unsigned users = 0;
  size_t i;
  count = 0;
  released = 0;
  while (in->left > 0 && count < MOST) {
    decode_error(in);
    if (fuzz_one_in(in, 4))
      look_at(in, errors[fuzz_below(in, count)]);
  }
  for (i = 0; i < count; i++) {
    users += errors[i]->release != NULL;
    sup_error_text(errors[i]);
  }
  if (count > 0) {
    look_at(in, errors[count - 1]);
    look_at_report(in);
  }
  for (i = 0; i < count; i++)
    sup_error_unref(errors[i]);
  FUZZ_CHECK(released == users);
}
