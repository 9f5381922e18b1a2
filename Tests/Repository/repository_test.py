#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Checks of the sources as text: the manifest, the direction of the arrows,
the size and the head of files."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import exported_symbols

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What the engine may include besides its own headers and the public ones:
# nothing that does input or output, tells the time, or knows threads.
ENGINE_HEADERS = {"float.h", "limits.h", "math.h", "stdalign.h",
                  "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdnoreturn.h",
                  "string.h"}
ENGINE_WORDS = re.compile(
    r"\b((?:malloc|calloc|realloc|free|strdup|strndup|alloca|printf|fprintf|"
    r"clock_gettime|gettimeofday)(?=\s*\()|errno\b|pthread_\w+|uv_\w+)")

# Which parts of the core a part may include headers of.
ARROWS = {
    "engine": {"engine"},
    "loop": {"loop", "engine"},
    "process": {"process", "loop", "engine"},
    "supervisor": {"supervisor", "process", "loop", "engine"},
}

LONGEST_FILE = 800


def files(*suffixes):
    """All files of ours with these suffixes, hidden folders left out."""
    found = []
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if (path.suffix in suffixes and path.is_file()
                and not any(part.startswith(".") for part in parts[:-1])):
            found.append(path)
    return found


def name(path):
    return str(path.relative_to(ROOT))


def without_comments(text):
    """C without its comments; the lines stay where they are."""
    def blank(match):
        if match[0].startswith("/"):
            return "\n" * match[0].count("\n")
        return match[0]
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text,
                  flags=re.S)


class Manifest(unittest.TestCase):
    """The C target's root is the package's, so it must exclude the rest."""

    def setUp(self):
        text = (ROOT / "Package.swift").read_text()
        lists = re.findall(r"exclude: \[(.*?)\]", text, re.S)
        self.assertEqual(len(lists), 1, "one target has a list of excludes")
        self.excluded = re.findall(r'"([^"]+)"', lists[0])

    def test_excludes_every_entry_of_the_top(self):
        own = {"Package.swift", "Package.resolved", "Sources", "include"}
        present = {entry.name for entry in ROOT.iterdir()
                   if not entry.name.startswith(".")}
        # Versioned manifests are SwiftPM's own, too.
        present -= {n for n in present if re.match(r"Package@swift-", n)}
        self.assertEqual(sorted(present - own - set(self.excluded)), [],
                         "add them to `exclude` in Package.swift")

    def test_excludes_every_other_folder_of_Sources(self):
        present = {f"Sources/{entry.name}"
                   for entry in (ROOT / "Sources").iterdir()}
        missing = present - {"Sources/CSupervisorCore"} - set(self.excluded)
        self.assertEqual(sorted(missing), [],
                         "add them to `exclude` in Package.swift")

    def test_excludes_nothing_that_is_not_there(self):
        # SwiftPM warns of such a path in every package that depends on us.
        gone = [path for path in self.excluded if not (ROOT / path).exists()]
        self.assertEqual(gone, [], "remove them from `exclude`")

    def test_excludes_are_sorted_and_unique(self):
        self.assertEqual(self.excluded, sorted(set(self.excluded)))

    def test_core_holds_only_c(self):
        # SwiftPM hands everything else below the folder to the compiler.
        core = ROOT / "Sources" / "CSupervisorCore"
        strange = [name(p) for p in core.rglob("*")
                   if p.is_file() and p.suffix not in {".c", ".h"}]
        self.assertEqual(strange, [])

    def test_public_headers_are_in_one_place(self):
        strange = [name(p) for p in (ROOT / "include").rglob("*")
                   if p.is_file() and (p.suffix != ".h"
                                       or p.parent.name != "supervisor")]
        self.assertEqual(strange, [])


class Arrows(unittest.TestCase):
    """supervisor → process → loop, and the engine reaches nothing."""

    CORE = ROOT / "Sources" / "CSupervisorCore"

    def includes(self, path):
        text = without_comments(path.read_text())
        for line, content in enumerate(text.splitlines(), 1):
            match = re.match(r'\s*#\s*(?:include|import)\s*([<"])([^>"]+)',
                             content)
            if match:
                yield line, match[1] == "<", match[2]

    def parts(self):
        for part in ARROWS:
            for path in sorted((self.CORE / part).rglob("*.[ch]")):
                yield part, path

    def test_core_has_no_other_parts(self):
        present = {p.name for p in self.CORE.iterdir()}
        self.assertEqual(sorted(present - set(ARROWS)), [])

    def test_parts_include_only_what_is_below_them(self):
        faults = []
        for part, path in self.parts():
            for line, system, header in self.includes(path):
                if system:
                    continue
                beside = (path.parent / header).resolve()
                below = (self.CORE / header).resolve()
                target = beside if beside.exists() else below
                if not target.is_relative_to(self.CORE) or not target.exists():
                    faults.append(f"{name(path)}:{line}: {header} is not there")
                elif target.relative_to(self.CORE).parts[0] not in ARROWS[part]:
                    faults.append(f"{name(path)}:{line}: {part} → {header}")
        self.assertEqual(faults, [])

    def test_engine_includes_nothing_of_the_world(self):
        faults = []
        for part, path in self.parts():
            if part != "engine":
                continue
            for line, system, header in self.includes(path):
                if (system and header not in ENGINE_HEADERS
                        and not header.startswith("supervisor/")):
                    faults.append(f"{name(path)}:{line}: <{header}>")
        self.assertEqual(faults, [])

    def test_engine_calls_nothing_of_the_world(self):
        faults = []
        for part, path in self.parts():
            if part != "engine":
                continue
            text = without_comments(path.read_text())
            for line, content in enumerate(text.splitlines(), 1):
                content = re.sub(r'"(?:\\.|[^"\\])*"', '""', content)
                for word in ENGINE_WORDS.finditer(content):
                    # A member or a field of that name is somebody's own.
                    before = content[:word.start()].rstrip()
                    if not before.endswith((".", "->", "*")):
                        faults.append(f"{name(path)}:{line}: {word[1]}")
        self.assertEqual(faults, [])

    def test_a_missing_libuv_is_named_with_what_to_install(self):
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run(
                ["cmake", "-S", ROOT, "-B", folder, "-DSUPERVISOR_TESTS=OFF",
                 "-DCMAKE_DISABLE_FIND_PACKAGE_libuv=TRUE"],
                env={**os.environ, "PKG_CONFIG_LIBDIR": folder, "PKG_CONFIG_PATH": ""},
                text=True, capture_output=True)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("libuv1-dev", run.stderr)

    def test_public_headers_know_neither_libuv_nor_private_ones(self):
        faults = []
        for path in sorted((ROOT / "include").rglob("*.h")):
            for line, system, header in self.includes(path):
                if not system or (header not in ENGINE_HEADERS
                                  and not header.startswith("supervisor/")):
                    faults.append(f"{name(path)}:{line}: {header}")
        self.assertEqual(faults, [])

    def test_only_Core_imports_the_C_module(self):
        allowed = ROOT / "Sources" / "Supervision" / "Core"
        pattern = re.compile(
            r"^\s*(?:@\w+(?:\([^)]*\))?\s+|\w+\s+)*import\s+(?:\w+\s+)?"
            r"(CSupervisorCore|CLibuv)\b", re.M)
        faults = []
        for path in sorted((ROOT / "Sources").rglob("*.swift")):
            match = pattern.search(path.read_text())
            if match and (match[1] == "CLibuv"
                          or not path.is_relative_to(allowed)):
                faults.append(f"{name(path)}: import {match[1]}")
        self.assertEqual(faults, [])

    def test_library_does_without_Foundation(self):
        pattern = re.compile(
            r"^\s*(?:@\w+\s+|\w+\s+)*import\s+(?:\w+\s+)?Foundation\w*", re.M)
        faults = [name(path)
                  for path in sorted((ROOT / "Sources").rglob("*.swift"))
                  if pattern.search(path.read_text())]
        self.assertEqual(faults, [])


class Files(unittest.TestCase):

    def test_none_is_too_long(self):
        long = []
        for path in files(".c", ".h", ".cpp", ".hpp", ".swift"):
            lines = path.read_text().count("\n")
            if lines > LONGEST_FILE:
                long.append(f"{name(path)}: {lines} lines")
        self.assertEqual(long, [], f"at most {LONGEST_FILE}; find the seam")

    def test_each_begins_with_the_licence(self):
        faults = []
        scripts = [p for p in (ROOT / "Scripts").iterdir() if p.is_file()]
        cmake = [p for p in files(".txt") if p.name == "CMakeLists.txt"]
        sources = files(".c", ".h", ".cpp", ".hpp", ".swift", ".py", ".cmake", ".sh")
        for path in {*sources, *scripts, *cmake}:
            head = path.read_text()[:700]
            if ("part of the swift-supervision" not in head
                    or "SPDX-License-Identifier: Apache-2.0" not in head):
                faults.append(name(path))
        self.assertEqual(sorted(faults), [], "see CONTRIBUTING.md, Style")

    def test_every_function_is_hammered(self):
        # sup_set_allocator is for when nobody uses the library.
        wanted = exported_symbols.declared(ROOT / "include") - {"sup_set_allocator"}
        hammers = (ROOT / "Tests" / "CSupervisorCoreTests").glob("hammer*.[ch]")
        text = "".join(without_comments(path.read_text()) for path in hammers)
        missing = wanted - set(re.findall(r"\bsup_\w+(?=\()", text))
        self.assertEqual(sorted(missing), [], "call it in hammer_calls_test.c, "
                         "or in a hammer of its own")

    def test_embedding_examples_stay_short(self):
        for example, lines in (("EmbedC/main.c", 120), ("EmbedLoop/main.c", 200),
                               ("EmbedCxx/main.cpp", 120)):
            source = ROOT / "Examples" / example
            self.assertLessEqual(source.read_text().count("\n"), lines, example)

    def test_links_of_the_documents_lead_somewhere(self):
        faults = []
        for path in files(".md"):
            text = re.sub(r"```.*?```", "", path.read_text(), flags=re.S)
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
                if "://" in target or target.startswith(("mailto:", "<doc:")):
                    continue
                if not (path.parent / target).exists():
                    faults.append(f"{name(path)}: {target}")
        self.assertEqual(faults, [])


if __name__ == "__main__":
    unittest.main()
