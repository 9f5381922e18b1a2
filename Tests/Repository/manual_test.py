#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""The headers are the manual: every function, type, enumerator, field and macro
that they offer is explained there."""

import pathlib
import re
import unittest

import exported_symbols

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADERS = sorted((ROOT / "include" / "supervisor").glob("*.h"))

# For every struct that has them base.h or their own type's comment says it.
EVERYWHERE = {"size", "ctx"}


def name_of(header):
    return str(header.relative_to(ROOT))


def unwrapped(text):
    """Without licence, macros of several lines, and annotations."""
    text = text.split("*/", 1)[1]
    text = re.sub(r"^#.*(?:\\\n.*)*$", "#", text, flags=re.M)
    return re.sub(r"\bSUP_(?:NULLABLE|NONNULL|SENDABLE|OPEN_ENUM|CLOSED_ENUM)\b",
                  "", text)


def paragraphs(text):
    """What has no empty line in it outside of comments and braces."""
    found, depth, comment, now = [], 0, False, []
    for line in text.splitlines():
        if not line.strip() and depth == 0 and not comment:
            found.append("\n".join(now))
            now = []
            continue
        now.append(line)
        plain = re.sub(r"/\*.*?\*/", "", line)
        comment = ("/*" in plain or comment) and "*/" not in plain
        if not comment:
            depth += plain.count("{") - plain.count("}")
    found.append("\n".join(now))
    return [paragraph for paragraph in found if paragraph]


def undocumented(text):
    """Functions and opaque types in a paragraph that begins with no comment."""
    for paragraph in paragraphs(unwrapped(text)):
        if not paragraph.lstrip().startswith("/*"):
            plain = re.sub(r"/\*.*?\*/", "", paragraph, flags=re.S)
            for declaration in re.findall(r"\bSUP_EXTERN\b(.*?);", plain, re.S):
                yield re.search(r"\b(sup_\w+)\s*\(", declaration)[1]
            yield from re.findall(r"^typedef struct (\w+) \1;", plain, re.M)


def member(text):
    """The name in a declaration of a field, or of an enumerator."""
    for pattern in (r"\(\s*\*\s*(\w+)\s*\)\s*\(", r"^\s*(SUP_\w+)\s*(?:=|$)",
                    r"(\w+)\s*(?:\[[^]]*\]\s*)*$"):
        match = re.search(pattern, text)
        if match:
            return match[1]
    return None


def members(body):
    """Each as (name, whether there is a comment in front of it or behind)."""
    found, now, before, line, depth = [], "", False, [], 0

    def finish():
        nonlocal now, before
        if member(now):
            found.append([member(now), before])
            line.append(found[-1])
            now, before = "", False

    for token in re.findall(r"/\*.*?\*/|[(){},;\n]|[^(){},;\n/]+|/", body, re.S):
        if token.startswith("/*"):
            if now.strip():  # the last enumerator has no comma
                finish()
            for one in line:
                one[1] = True
            before = not line
        elif token == "\n":
            line = []
            now += token
        elif token in ",;" and depth == 0:
            finish()
        else:
            depth += (token in "({") - (token in ")}")
            now += token
    finish()
    return found


def undocumented_members(text):
    text = unwrapped(text)
    for match in re.finditer(
            r"(/\*(?:(?!\*/).)*\*/\n)?(?:typedef )?(?:struct|enum)\s*(\w*)\s*"
            r"\{(.*?)\n\}", text, re.S):
        above, kind, body = match[1] or "", match[2] or "enum", match[3]
        for name, is_commented in members(body):
            if not is_commented and name not in EVERYWHERE and not re.search(
                    rf"\b{name}\b", above):
                yield f"{kind}.{name}"
        if kind != "enum" and not above:
            yield kind


class Manual(unittest.TestCase):

    maxDiff = None

    def check(self, find):
        faults = [f"{name_of(header)}: {what}"
                  for header in HEADERS for what in find(header.read_text())]
        self.assertEqual(faults, [], "say what it is, threads, ownership, errors")

    def test_every_function_and_opaque_type_is_explained(self):
        self.check(undocumented)

    def test_every_type_and_member_is_explained(self):
        self.check(undocumented_members)

    def test_every_header_says_since_when(self):
        faults = [name_of(header) for header in HEADERS
                  if not re.search(r"^ \* Since \d+\.\d+\b", header.read_text(),
                                   re.M)]
        self.assertEqual(faults, [])

    def test_lines_are_no_longer_than_80(self):
        # clang-format does not break comments.
        faults = [f"{name_of(header)}:{number}" for header in HEADERS
                  for number, line in enumerate(header.read_text().splitlines(), 1)
                  if len(line) > 80]
        self.assertEqual(faults, [])

    def test_every_header_is_in_the_one_for_all(self):
        text = (ROOT / "include" / "supervisor" / "supervisor.h").read_text()
        included = set(re.findall(r"#include <supervisor/(\w+\.h)>", text))
        self.assertEqual(included, {h.name for h in HEADERS} - {"supervisor.h"})

    def test_every_exported_function_is_of_a_header(self):
        # What exported_symbols takes for declared is what is looked at here.
        for header in HEADERS:
            text = re.sub(r"/\*.*?\*/", "", unwrapped(header.read_text()),
                          flags=re.S)
            found = re.findall(r"\bSUP_EXTERN\b.*?\b(sup_\w+)\s*\(", text, re.S)
            self.assertLessEqual(set(found), exported_symbols.declared(
                header.parent))


class Finding(unittest.TestCase):
    """What the checks above would find."""

    HEAD = "/* licence */\n"

    def test_functions(self):
        text = (self.HEAD + "/* Does this. */\nSUP_EXTERN int sup_a(void);\n"
                "SUP_EXTERN int sup_b(void); \n\nSUP_EXTERN void sup_c(int a,\n"
                "  int b);\n\ntypedef struct sup_d sup_d;\n")
        self.assertEqual(list(undocumented(text)), ["sup_c", "sup_d"])

    def test_members(self):
        text = (self.HEAD + "/* The x of it. `y` too. */\ntypedef struct sup_a {\n"
                "  size_t size;\n  int x, y;\n  int z; /* that */\n"
                "  /* This. */\n  void (*f)(int a, int b);\n  int w;\n} sup_a;\n\n"
                "enum {\n  SUP_P = 1, /* p */\n  SUP_Q = 2\n};\n\n"
                "typedef struct sup_b {\n  int y; /* y */\n} sup_b;\n")
        self.assertEqual(list(undocumented_members(text)),
                         ["sup_a.w", "enum.SUP_Q", "sup_b"])


if __name__ == "__main__":
    unittest.main()
