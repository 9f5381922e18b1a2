#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Compiles the examples of README.md and of docs: each block of Swift that
imports Supervision and each block of C. A block of C that includes a header
of ours is a whole program, and is run as well: it prints what the block of text
behind it says. Other blocks of C are the inside of a function.

A comment in front of a program says more of it:
    <!-- with libuv -->               link with libuv, too
    <!-- signal TERM after: TEXT -->  send that when it has printed the text; the
                                      status is then 128 + the signal

Scripts/test says where: SUPERVISOR_PREFIX is an installed library, README_BUILD
a folder for builds.
"""

import os
import pathlib
import re
import shlex
import signal
import subprocess
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

MANIFEST = """// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "readme",
    dependencies: [
        .package(name: "swift-supervision", path: "{root}"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [{targets}],
    swiftLanguageModes: [.v6]
)
"""
TARGET = """
        .executableTarget(
            name: "{name}",
            dependencies: [
                .product(name: "Supervision", package: "swift-supervision"),
                .product(name: "SupervisionLogging", package: "swift-supervision"),
                .product(name: "SupervisionMetrics", package: "swift-supervision"),
                .product(name: "SupervisionServices", package: "swift-supervision"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
"""


# What fragments may use.
FRAGMENT = """#include <signal.h>
#include <stdio.h>
#include <supervisor/supervisor.h>
void fragment(sup_runtime *runtime, sup_tree *tree, sup_spec *shop,
              sup_spec *spec, sup_child child, sup_report *report);
void fragment(sup_runtime *runtime, sup_tree *tree, sup_spec *shop,
              sup_spec *spec, sup_child child, sup_report *report) {{
  (void)runtime, (void)tree, (void)shop, (void)spec, (void)child, (void)report;
{block}
}}
"""


def blocks(document, language, mark):
    """The code blocks in a language in which `mark` matches a line, each with
    the comment in front and the text behind."""
    text = (ROOT / document).read_text()
    found = re.findall(rf"(?:^<!-- (.*?) -->\n)?^```{language}\n(.*?)^```\n"
                       r"(?:\n^```text\n(.*?)^```$)?", text, re.M | re.S)
    return [block for block in found if re.search(mark, block[1], re.M)]


class Readme(unittest.TestCase):

    maxDiff = None

    def setUp(self):
        self.build = pathlib.Path(os.environ["README_BUILD"])

    def run_or_fail(self, *command, **options):
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                                stderr=subprocess.STDOUT, **options)
        self.assertEqual(result.returncode, 0, result.stdout)
        return result.stdout

    def write(self, path, text):
        """Only if it is new, so that a build has nothing to do twice."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)

    def test_swift(self):
        found = []
        for document in ("README.md", "docs/coming-from-capataz.md",
                         "docs/coming-from-monogon.md"):
            examples = blocks(document, "swift", r"^import Supervision$")
            self.assertTrue(examples, f"{document} has no Swift example")
            found += [block for _, block, _ in examples]
        targets = ""
        for number, block in enumerate(found, 1):
            name = f"Example{number}"
            # With @main a file must not be called main.
            file = "Example.swift" if "@main" in block else "main.swift"
            folder = self.build / "Sources" / name
            for other in folder.glob("*.swift"):
                if other.name != file:
                    other.unlink()
            self.write(folder / file, block)
            targets += TARGET.format(name=name)
        root = str(ROOT).replace("\\", "\\\\").replace('"', '\\"')
        self.write(self.build / "Package.swift",
                   MANIFEST.format(root=root, targets=targets))
        self.run_or_fail("swift", "build", "--package-path", str(self.build))

    def flags(self, *libraries):
        prefix = pathlib.Path(os.environ["SUPERVISOR_PREFIX"])
        folders = [str(p.parent) for p in prefix.rglob("supervisor-core.pc")]
        self.assertEqual(len(folders), 1)
        flags = self.run_or_fail(
            "pkg-config", "--cflags", "--libs", "supervisor-core", *libraries,
            env={**os.environ, "PKG_CONFIG_PATH": folders[0]})
        return shlex.split(flags) + [f"-Wl,-rpath,{pathlib.Path(folders[0]).parent}"]

    def compile(self, name, text, *more):
        source = self.build / f"{name}.c"
        self.write(source, text)
        self.run_or_fail("gcc", "-Wall", "-Wextra", "-Werror", str(source), *more)

    def run_program(self, program, comment):
        """What it prints, and its status."""
        with subprocess.Popen([program], stdout=subprocess.PIPE, text=True) as run:
            # It ends, or is ended: then its status is that of the signal.
            watchdog = threading.Timer(60, run.kill)
            watchdog.start()
            try:
                printed = ""
                match = re.match(r"signal (\w+) after: (.*)", comment)
                for line in run.stdout:
                    printed += line
                    if match and line.rstrip() == match[2]:
                        run.send_signal(signal.Signals[f"SIG{match[1]}"])
            finally:
                watchdog.cancel()
            expected = 128 + signal.Signals[f"SIG{match[1]}"] if match else 0
            self.assertEqual(run.wait(), expected, program)
            return printed

    def check_programs(self, document, name):
        found = blocks(document, "c", r"^#include <supervisor/")
        self.assertTrue(found, f"{document} has no program")
        for number, (comment, block, printed) in enumerate(found, 1):
            program = str(self.build / f"{name}{number}")
            libraries = ["libuv"] if comment == "with libuv" else []
            self.compile(f"{name}{number}", block, "-pthread", "-o", program,
                         *self.flags(*libraries))
            with self.subTest(f"{document}, program {number}"):
                self.assertEqual(self.run_program(program, comment), printed)

    def test_programs_of_the_readme(self):
        self.check_programs("README.md", "readme")

    def test_programs_of_the_tutorial(self):
        self.check_programs("docs/embedding.md", "tutorial")

    def test_fragments_of_the_tutorial(self):
        found = [block for _, block, _ in blocks("docs/embedding.md", "c", "")
                 if "#include" not in block]
        self.assertTrue(found)
        for number, block in enumerate(found, 1):
            self.compile(f"fragment{number}", FRAGMENT.format(block=block),
                         "-c", "-o", os.devnull, *self.flags())


if __name__ == "__main__":
    unittest.main()
