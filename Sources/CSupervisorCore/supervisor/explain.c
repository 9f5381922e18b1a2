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
 * The sentence of an error, and whole chains as indented text.
 */

#include "explain.h"

#include <string.h>

#include <supervisor/process.h>

/* Deeper chains, and more lines than these of one error, are cut: a chain can
 * be as long as the tree is deep, and where every failure of a supervisor has a
 * first and a last one below it, their number doubles with each level. */
#define MAX_DEPTH 32
#define MAX_LINES 1000

/* ---- One sentence ------------------------------------------------------- */

bool sup__error_is_plain(const sup_error *error) {
  if (error->path != NULL || error->warning)
    return false;
  return error->text != NULL ||
         (error->system == 0 && error->process == NULL &&
          error->code != SUP_ETOLERANCE && error->code != SUP_ESTARTTIMEOUT &&
          error->code != SUP_ESTOPTIMEOUT);
}

static void add_tolerance(struct sup_text *text, const sup_error *error) {
  if (error->tolerance_max == 0) {
    sup__text_add(text, "a failure, and none is tolerated");
  } else {
    sup__text_add(text, "more than ");
    sup__text_number(text, error->tolerance_max);
    sup__text_add(text, error->tolerance_max == 1 ? " failure" : " failures");
    if (error->tolerance_window == 0) {
      sup__text_add(text, " since its start");
    } else {
      sup__text_add(text, " within ");
      sup__text_duration(text, error->tolerance_window);
    }
  }
  /* A supervisor has two, and they are easily taken for each other. */
  sup__text_add(text, error->tolerated
                          ? "; raise how often it is `tolerated` by the one "
                            "above if that is to be expected"
                          : "; raise `tolerance` in its spec if that is to be "
                            "expected");
}

/* How a process ended, or why it could not be started. */
static void add_process(struct sup_text *text, const sup_error *error) {
  const sup_process_end *end = error->process;
  if (error->code == SUP_EEXITSTATUS) {
    sup__text_add(text, ", ");
    sup__text_signed(text, end->status);
  } else if (error->code == SUP_ESIGNALED) {
    sup__text_add(text, ", ");
    sup__text_signed(text, end->signal);
    if (end->core)
      sup__text_add(text, " (core dumped)");
  } else if (error->code == SUP_ESPAWN && end->stage != SUP_STAGE_NONE) {
    sup__text_add(text, ", stage ");
    sup__text_add(text, sup_spawn_stage_name(end->stage));
  }
}

static void add_code(struct sup_text *text, const sup_error *error) {
  if (error->code == SUP_ETOLERANCE && error->tolerance_max != SUP_UNLIMITED) {
    add_tolerance(text, error);
    return;
  }
  sup__text_add(text, sup_strerror(error->code));
  if (error->process != NULL)
    add_process(text, error);
  if (error->system != 0) {
    sup__text_add(text, ": ");
    sup__text_errno(text, error->system);
  }
  if (error->code == SUP_ESTARTTIMEOUT)
    sup__text_add(text, "; raise its start timeout if it needs longer");
  if (error->code == SUP_ESTOPTIMEOUT)
    sup__text_add(text, "; raise its shutdown timeout if it needs longer");
}

/* Further lines of a text are indented by `indent`. */
static void compose(struct sup_text *text, const sup_error *error,
                    size_t indent) {
  if (error->path != NULL) {
    sup__text_bytes(text, error->path, error->path_length);
    sup__text_add(text, ": ");
  }
  if (error->warning)
    sup__text_add(text, "warning: ");
  if (error->text != NULL)
    sup__text_lines(text, error->text, indent);
  else
    add_code(text, error);
}

void sup__error_compose(struct sup_text *text, const sup_error *error) {
  compose(text, error, 0);
}

const sup_error *sup__error_essence(const sup_error *error) {
  const sup_error *cause =
      error != NULL ? sup__token_object(error->cause) : NULL;

  if (cause == NULL || error->path == NULL || cause->path == NULL ||
      error->text != NULL || error->related != NULL || error->first != 0 ||
      strcmp(cause->path, error->path) != 0)
    return error;
  return cause->code == error->code || error->code == SUP_EFAILED ? cause
                                                                  : error;
}

/* ---- A whole chain ------------------------------------------------------ */

struct level {
  const sup_error *error;
  const sup_error *related; /* the next one to come */
  int stage;
};

/* What belongs to an error, one after another. */
struct part {
  const char *label;
  sup_token token;
};

static bool next_part(struct level *level, struct part *part) {
  const sup_error *error = level->error;
  if (level->stage == 0) {
    level->stage = 1;
    level->related = error->related;
    if (error->cause != 0) {
      part->label = "caused by: ";
      part->token = error->cause;
      return true;
    }
  }
  if (level->stage == 1) {
    level->stage = 2;
    if (error->first != 0 && error->first != error->cause) {
      part->label = "first failure: ";
      part->token = error->first;
      return true;
    }
  }
  if (level->related == NULL)
    return false;
  part->label = "also: ";
  part->token =
      sup__token_error((struct sup_error *)sup__error_essence(level->related));
  level->related = level->related->next;
  return true;
}

static void add_output(struct sup_text *text, const sup_error *error,
                       size_t indent) {
  const char *at = error->output;
  const char *end = at + error->output_length;
  size_t i;

  sup__text_byte(text, '\n');
  sup__text_spaces(text, indent);
  sup__text_add(text, "its last output:");
  while (at < end) {
    for (i = 0; at + i < end && at[i] != '\n'; i++) {
    }
    sup__text_byte(text, '\n');
    sup__text_spaces(text, indent);
    sup__text_add(text, "| ");
    sup__text_bytes(text, at, i);
    at += i + 1;
  }
}

static void add_error(struct sup_text *text, const sup_error *error,
                      size_t indent) {
  compose(text, error, indent + 2);
  if (error->output != NULL && error->output_length > 0)
    add_output(text, error, indent + 2);
}

static size_t causes_below(const sup_error *error) {
  size_t count = 0;
  while (error != NULL && error->cause != 0) {
    count++;
    error = sup__token_object(error->cause);
  }
  return count;
}

static void add_cut(struct sup_text *text, const sup_error *error,
                    size_t indent) {
  size_t count = causes_below(error);
  if (count == 0 && error->first == 0 && error->related == NULL)
    return;
  sup__text_byte(text, '\n');
  sup__text_spaces(text, indent);
  sup__text_add(text, "(");
  if (count > 0) {
    sup__text_number(text, count);
    sup__text_add(text, count == 1 ? " more cause" : " more causes");
    sup__text_add(text, ", left out)");
  } else {
    sup__text_add(text, "more is left out)");
  }
}

static void add_part(struct sup_text *text, const struct part *part,
                     size_t indent) {
  const sup_error *error = sup__token_object(part->token);
  sup__text_byte(text, '\n');
  sup__text_spaces(text, indent);
  sup__text_add(text, part->label);
  if (error == NULL)
    sup__text_add(text, sup_strerror(sup__token_value(part->token)));
  else
    add_error(text, error, indent);
}

static void add_chain(struct sup_text *text, const sup_error *error,
                      size_t indent) {
  struct level levels[MAX_DEPTH];
  size_t depth = 1;
  size_t lines = 1;
  struct part part;

  add_error(text, error, indent);
  levels[0] = (struct level){error, NULL, 0};
  while (depth > 0) {
    size_t inner = indent + 2 * depth;
    const sup_error *below;
    if (!next_part(&levels[depth - 1], &part)) {
      depth--;
      continue;
    }
    if (++lines > MAX_LINES) {
      sup__text_byte(text, '\n');
      sup__text_spaces(text, inner);
      sup__text_add(text, "(more is left out)");
      return;
    }
    add_part(text, &part, inner);
    below = sup__token_object(part.token);
    if (below == NULL)
      continue;
    if (depth < MAX_DEPTH)
      levels[depth++] = (struct level){below, NULL, 0};
    else
      add_cut(text, below, inner + 2);
  }
}

size_t sup_error_explain(const sup_error *error, char *buffer, size_t size) {
  struct sup_text text;
  sup__text_init(&text, buffer, size);
  add_chain(&text, error, 0);
  return sup__text_end(&text);
}

size_t sup_report_explain(const sup_report *report, char *buffer, size_t size) {
  struct sup_text text;
  size_t count = sup_report_count(report);
  int code = sup_report_code(report);
  bool titled =
      code != 0 &&
      !(count == 1 && code == sup_error_code(sup_report_error(report, 0)));
  size_t i;

  sup__text_init(&text, buffer, size);
  if (titled) {
    sup__text_add(&text, code == SUP_ESPEC ? "the spec has faults"
                                           : sup_strerror(code));
    if (count > 0)
      sup__text_byte(&text, ':');
  }
  for (i = 0; i < count; i++) {
    if (titled || i > 0)
      sup__text_byte(&text, '\n');
    sup__text_spaces(&text, titled ? 2 : 0);
    add_chain(&text, sup_report_error(report, i), titled ? 2 : 0);
  }
  return sup__text_end(&text);
}
