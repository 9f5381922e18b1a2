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

/* P9: the line splitter, against one that is too simple to be wrong. */

#include "counting_allocator.h"

#include <stdbool.h>
#include <stdio.h>

#include <supervisor/process.h>

#include "engine/spec.h"
#include "process/lines.h"
#include "process/tail.h"

/* ---- What comes out, as a text ------------------------------------------ */

struct out {
  char *text;
  size_t length;
  size_t size;
};

static void add(struct out *out, const char *text, size_t length) {
  if (out->length + length + 1 > out->size) {
    out->size = (out->length + length + 1) * 2;
    out->text = realloc(out->text, out->size);
    assert_non_null(out->text);
  }
  memcpy(out->text + out->length, text, length);
  out->length += length;
  out->text[out->length] = '\0';
}

/* A piece as "text|", "text+" (continued), "text$" (partial). */
static void add_piece(struct out *out, const char *text, size_t length,
                      uint32_t flags) {
  add(out, text, length);
  add(out,
      flags == SUP_LINE_CONTINUED ? "+"
      : flags == SUP_LINE_PARTIAL ? "$"
                                  : "|",
      1);
}

/* The reference: sees all at once. */
static void split_simply(struct out *out, const char *text, size_t length,
                         size_t limit) {
  while (length > 0) {
    size_t line = 0;
    while (line < length && text[line] != '\n')
      line++;
    if (line > limit) {
      add_piece(out, text, limit, SUP_LINE_CONTINUED);
      text += limit;
      length -= limit;
    } else if (line == length) {
      add_piece(out, text, length, SUP_LINE_PARTIAL);
      length = 0;
    } else {
      add_piece(out, text, line, 0);
      text += line + 1;
      length -= line + 1;
    }
  }
}

static void take_all(struct sup_lines *lines, struct out *out, bool last) {
  const char *piece;
  size_t length;
  uint32_t flags;
  while (sup__lines_next(lines, last, &piece, &length, &flags))
    add_piece(out, piece, length, flags);
}

static uint64_t seed = 1;

static size_t below(size_t bound) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (size_t)(seed >> 33) % bound;
}

/* In pieces of random sizes up to `most`, sometimes resting. */
static void split(struct out *out, const char *text, size_t length,
                  size_t limit, size_t most) {
  struct sup_lines lines;
  sup__lines_init(&lines, sup__spec_allocator(), limit);
  while (length > 0) {
    size_t part = 1 + below(most);
    char *space;
    size_t room = sup__lines_space(&lines, &space);
    if (room == 0) {
      take_all(&lines, out, false);
      room = sup__lines_space(&lines, &space);
      assert_true(room > 0);
    }
    part = part < length ? part : length;
    part = part < room ? part : room;
    memcpy(space, text, part);
    sup__lines_filled(&lines, part);
    text += part;
    length -= part;
    take_all(&lines, out, false);
    if (below(3) == 0)
      sup__lines_rest(&lines);
  }
  take_all(&lines, out, true);
  sup__lines_free(&lines);
}

static char *random_text(size_t length) {
  char *text = malloc(length + 1);
  size_t i;
  for (i = 0; i < length; i++)
    text[i] = below(1 + below(200)) == 0 ? '\n' : (char)('a' + below(26));
  return text;
}

/* ---- Tests -------------------------------------------------------------- */

static void p9_any_split_of_the_bytes_gives_the_same_lines(void **state) {
  static const size_t limits[] = {64, 65, 100, 1000, 65536};
  static const size_t pieces[] = {1, 2, 3, 64, 65, 1000, 40000};
  size_t round;
  (void)state;
  for (round = 0; round < 400; round++) {
    size_t limit = limits[below(5)];
    size_t length = below(20000);
    char *text = random_text(length);
    struct out expected = {0};
    struct out found = {0};
    split_simply(&expected, text, length, limit);
    split(&found, text, length, limit, pieces[below(7)]);
    assert_int_equal(found.length, expected.length);
    if (length > 0)
      assert_memory_equal(found.text, expected.text, expected.length);
    free(text);
    free(expected.text);
    free(found.text);
  }
}

static void assert_split(const char *text, size_t length, size_t limit,
                         const char *expected) {
  size_t most;
  for (most = 1; most <= 3; most++) {
    struct out out = {0};
    split(&out, text, length, limit, most);
    assert_string_equal(out.text == NULL ? "" : out.text, expected);
    free(out.text);
  }
}

static void p9_small_cases(void **state) {
  (void)state;
  assert_split("", 0, 64, "");
  assert_split("\n", 1, 64, "|");
  assert_split("\n\n\n", 3, 64, "|||");
  assert_split("a", 1, 64, "a$");
  assert_split("a\nb", 3, 64, "a|b$");
  assert_split("a\n", 2, 64, "a|");
  assert_split("a\r\nb\n", 5, 64, "a\r|b|");
}

static void p9_bytes_are_bytes(void **state) {
  static const char text[] = "nul\0inside\n\xff\xfe\n";
  struct out out = {0};
  (void)state;
  split(&out, text, sizeof(text) - 1, 64, 5);
  assert_int_equal(out.length, sizeof(text) - 1);
  assert_memory_equal(out.text, "nul\0inside|\xff\xfe|", out.length);
  free(out.text);
}

static void p9_a_line_of_exactly_the_limit_is_whole(void **state) {
  char text[200];
  char expected[200];
  (void)state;
  memset(text, 'x', sizeof(text));
  text[64] = '\n';
  snprintf(expected, sizeof(expected), "%.64s|", text);
  assert_split(text, 65, 64, expected);
  snprintf(expected, sizeof(expected), "%.64s$", text);
  assert_split(text, 64, 64, expected);
  text[64] = 'x';
  text[65] = '\n';
  snprintf(expected, sizeof(expected), "%.64s+x|", text);
  assert_split(text, 66, 64, expected);
  text[65] = 'x';
  text[128] = '\n';
  snprintf(expected, sizeof(expected), "%.64s+%.64s|", text, text);
  assert_split(text, 129, 64, expected);
}

/* Cut early, never lost: joined again it is the same text. */
static void p9_without_memory_no_byte_is_lost(void **state) {
  size_t round;
  (void)state;
  for (round = 0; round < 50; round++) {
    size_t length = 1 + below(5000);
    char *text = random_text(length);
    struct out out = {0};
    size_t from = 0;
    size_t i;
    counting_fail_at((long)below(4), 1000000);
    split(&out, text, length, 65536, 700);
    counting_fail_at(0, 0);
    for (i = 0; i < out.length; i++) {
      if (out.text[i] == '+' || out.text[i] == '$')
        continue;
      assert_true(from < length);
      assert_int_equal(out.text[i] == '|' ? '\n' : out.text[i], text[from]);
      from++;
    }
    assert_int_equal(from, length);
    free(text);
    free(out.text);
  }
}

static void p9_nothing_is_held_while_nothing_waits(void **state) {
  struct sup_lines lines;
  struct out out = {0};
  char *space;
  (void)state;
  sup__lines_init(&lines, sup__spec_allocator(), 65536);
  assert_true(sup__lines_space(&lines, &space) >= 4096);
  memcpy(space, "a line\nhalf", 11);
  sup__lines_filled(&lines, 11);
  assert_int_equal(atomic_load(&counting.live), 1);
  take_all(&lines, &out, false);
  sup__lines_rest(&lines);
  assert_int_equal(atomic_load(&counting.live), 0);
  assert_true(sup__lines_space(&lines, &space) >= 1);
  space[0] = '\n';
  sup__lines_filled(&lines, 1);
  take_all(&lines, &out, false);
  assert_string_equal(out.text, "a line|half|");
  sup__lines_free(&lines);
  free(out.text);
}

/* ---- The last lines ----------------------------------------------------- */

static void assert_tail(const struct sup_tail *tail, const char *expected) {
  size_t length;
  char *text = sup__tail_text(tail, sup__spec_allocator(), &length);
  if (expected == NULL) {
    assert_null(text);
    return;
  }
  assert_non_null(text);
  assert_string_equal(text, expected);
  assert_int_equal(length, strlen(expected));
  sup__release(sup__spec_allocator(), text, length + 1);
}

static void p3_the_tail_keeps_whole_lines(void **state) {
  struct sup_tail tail = {0};
  char expected[SUP_TAIL_SIZE + 1];
  size_t used = 0;
  int i;
  (void)state;
  assert_tail(&tail, NULL);
  sup__tail_add(&tail, sup__spec_allocator(), "one", 3, true);
  assert_tail(&tail, "one");
  sup__tail_add(&tail, sup__spec_allocator(), "tw", 2, false);
  sup__tail_add(&tail, sup__spec_allocator(), "o", 1, true);
  assert_tail(&tail, "one\ntwo");
  sup__tail_free(&tail, sup__spec_allocator());

  for (i = 0; i < 5000; i++) {
    char line[16];
    int length = snprintf(line, sizeof(line), "line %04d", i);
    sup__tail_add(&tail, sup__spec_allocator(), line, (size_t)length, true);
  }
  /* 10 bytes each with its newline: 819 of them, and the rest of one more. */
  for (i = 5000 - 819; i < 5000; i++)
    used += (size_t)snprintf(expected + used, sizeof(expected) - used,
                             "line %04d%s", i, i == 4999 ? "" : "\n");
  assert_tail(&tail, expected);
  sup__tail_free(&tail, sup__spec_allocator());
}

static void p3_the_tail_against_a_reference(void **state) {
  int round;
  (void)state;
  for (round = 0; round < 100; round++) {
    struct sup_tail tail = {0};
    struct out all = {0};
    int lines = (int)below(400);
    size_t length;
    char *text;
    const char *expected;
    int i;
    for (i = 0; i < lines; i++) {
      size_t size = below(1 + below(60));
      char *line = random_text(size);
      size_t j;
      for (j = 0; j < size; j++)
        if (line[j] == '\n')
          line[j] = '.';
      sup__tail_add(&tail, sup__spec_allocator(), line, size, true);
      add(&all, line, size);
      add(&all, "\n", 1);
      free(line);
    }
    text = sup__tail_text(&tail, sup__spec_allocator(), &length);
    if (all.length > SUP_TAIL_SIZE) {
      expected = all.text + all.length - SUP_TAIL_SIZE;
      expected = strchr(expected, '\n') + 1;
    } else {
      expected = all.text == NULL ? "" : all.text;
    }
    if (all.length <= 1) {
      assert_null(text);
    } else {
      all.text[all.length - 1] = '\0';
      assert_string_equal(text == NULL ? "" : text, expected);
      if (text != NULL)
        sup__release(sup__spec_allocator(), text, length + 1);
    }
    sup__tail_free(&tail, sup__spec_allocator());
    free(all.text);
  }
}

static void p3_a_tail_without_memory_forgets(void **state) {
  struct sup_tail tail = {0};
  (void)state;
  counting_fail_at(1, 1);
  sup__tail_add(&tail, sup__spec_allocator(), "forgotten", 9, true);
  counting_fail_at(0, 0);
  assert_tail(&tail, NULL);
  sup__tail_add(&tail, sup__spec_allocator(), "cut", 3, true);
  sup__tail_add(&tail, sup__spec_allocator(), "kept", 4, true);
  assert_tail(&tail, "kept");
  sup__tail_free(&tail, sup__spec_allocator());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      counted_test(p9_any_split_of_the_bytes_gives_the_same_lines),
      counted_test(p9_small_cases),
      counted_test(p9_bytes_are_bytes),
      counted_test(p9_a_line_of_exactly_the_limit_is_whole),
      counted_test(p9_without_memory_no_byte_is_lost),
      counted_test(p9_nothing_is_held_while_nothing_waits),
      counted_test(p3_the_tail_keeps_whole_lines),
      counted_test(p3_the_tail_against_a_reference),
      counted_test(p3_a_tail_without_memory_forgets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
