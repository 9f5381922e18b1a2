#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Compiles the examples of README.md: each block of Swift that imports
Supervision and each block of C that includes a header of ours.

Scripts/test says where: SUPERVISOR_PREFIX is an installed library, README_BUILD
a folder for builds.
"""

import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

MANIFEST = """// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "readme",
    dependencies: [.package(name: "swift-supervision", path: "{root}")],
    targets: [{targets}],
    swiftLanguageModes: [.v6]
)
"""
TARGET = """
        .executableTarget(
            name: "{name}",
            dependencies: [.product(name: "Supervision", package: "swift-supervision")]
        ),
"""


def blocks(language, mark):
    """The code blocks in a language in which `mark` matches a line."""
    text = (ROOT / "README.md").read_text()
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
    return [block for block in found if re.search(mark, block, re.M)]


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
        found = blocks("swift", r"^import Supervision$")
        self.assertTrue(found, "README.md has no Swift example")
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

    def test_c(self):
        found = blocks("c", r"^#include <supervisor/")
        self.assertTrue(found, "README.md has no C example")
        prefix = pathlib.Path(os.environ["SUPERVISOR_PREFIX"])
        folders = [str(p.parent) for p in prefix.rglob("supervisor-core.pc")]
        self.assertEqual(len(folders), 1)
        flags = self.run_or_fail(
            "pkg-config", "--cflags", "--libs", "supervisor-core",
            env={**os.environ, "PKG_CONFIG_PATH": folders[0]})
        for number, block in enumerate(found, 1):
            source = self.build / f"example{number}.c"
            self.write(source, block)
            self.run_or_fail(
                "sh", "-c", 'gcc -Wall -Wextra -Werror -o "$1" "$2" '
                + flags.strip(), "sh", str(source.with_suffix("")), str(source))


if __name__ == "__main__":
    unittest.main()
