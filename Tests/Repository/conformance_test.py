#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""The table of docs/coming-from-capataz.md and the suite that it speaks of: each
behaviour is tested under its number, or cannot apply, with the reason."""

import pathlib
import re
import unittest
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "coming-from-capataz.md"
SUITE = ROOT / "Tests" / "CapatazConformanceTests"
NOT_APPLICABLE = "### What cannot apply"

NUMBER = r"CAP-\d{3}"


class Conformance(unittest.TestCase):

    def setUp(self):
        text = DOCUMENT.read_text().split("## Behaviours\n", 1)[1]
        applicable, missing = text.split(NOT_APPLICABLE + "\n", 1)
        self.applicable = self.rows(applicable)
        self.missing = self.rows(missing)
        # The display names of tests, wherever their lines break.
        self.tested = Counter()
        for path in SUITE.rglob("*.swift"):
            for name in re.findall(r'@Test\(\s*"([^"]*)"', path.read_text()):
                self.tested.update(re.findall(NUMBER, name))

    def rows(self, text):
        """The cells of each row by its number."""
        found = re.findall(rf"^\| ({NUMBER}) \| (.*?) \| (.*?) \|$", text, re.M)
        numbers = [number for number, *_ in found]
        self.assertEqual(numbers, sorted(set(numbers)), "in order, and each once")
        self.assertEqual(len(numbers), len(re.findall(NUMBER + r" \|", text)),
                         "a row is not of the form | CAP-000 | there | here |")
        return {number: cells for number, *cells in found}

    def test_each_behaviour_is_tested_or_cannot_apply(self):
        self.assertGreater(len(self.applicable), 100)
        untested = set(self.applicable) - set(self.tested)
        self.assertEqual(sorted(untested), [], f"test them in {SUITE.name}, or "
                         f"say below '{NOT_APPLICABLE}' why they cannot apply")

    def test_what_is_tested_is_in_the_table(self):
        strange = set(self.tested) - set(self.applicable)
        self.assertEqual(sorted(strange), [], f"list them in {DOCUMENT.name}")
        self.assertEqual(set(self.applicable) & set(self.missing), set())

    def test_each_row_says_what_is_there_and_what_is_here(self):
        for number, cells in {**self.applicable, **self.missing}.items():
            for cell in cells:
                self.assertGreater(len(cell.strip()), 2, number)

    def test_every_test_of_the_suite_has_a_number(self):
        for path in SUITE.rglob("*.swift"):
            text = path.read_text()
            names = re.findall(r'@Test\(\s*"([^"]*)"', text)
            self.assertEqual(len(names), len(re.findall(r"@Test\b", text)), path.name)
            for name in names:
                self.assertRegex(name, rf"^(?:[A-Z]\d+ )*{NUMBER} ", path.name)


if __name__ == "__main__":
    unittest.main()
