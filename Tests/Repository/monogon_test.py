#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""The table of docs/coming-from-monogon.md and the tests: each behaviour is tested
under its number, in Swift or in C."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "coming-from-monogon.md"
NUMBER = r"MON-\d+"


def order(numbers):
    return sorted(numbers, key=lambda number: int(number[4:]))


class Monogon(unittest.TestCase):

    def setUp(self):
        text = DOCUMENT.read_text().split("## Behaviours\n", 1)[1]
        self.listed = self.rows(text)
        self.tested = set()
        for path in [*(ROOT / "Tests").rglob("*.swift"),
                     *(ROOT / "Integrations").glob("*/Tests/**/*.swift")]:
            for name in re.findall(r'@Test\(\s*"([^"]*)"', path.read_text()):
                self.tested.update(re.findall(NUMBER, name))
        for path in (ROOT / "Tests" / "CSupervisorCoreTests").glob("*_test.c"):
            for comment in re.findall(r"^/\*(.*?)\*/", path.read_text(), re.M | re.S):
                self.tested.update(re.findall(NUMBER, comment))

    def rows(self, text):
        """The cells of each row by its number."""
        found = re.findall(rf"^\| ({NUMBER}) \| (.*?) \| (.*?) \|$", text, re.M)
        numbers = [number for number, *_ in found]
        self.assertEqual(numbers, order(set(numbers)), "in order, and each once")
        self.assertEqual(len(numbers), len(re.findall(rf"^\| {NUMBER}", text, re.M)),
                         "a row is not of the form | MON-0 | there | here |")
        return {number: cells for number, *cells in found}

    def test_each_behaviour_is_tested(self):
        self.assertGreater(len(self.listed), 100)
        self.assertEqual(order(set(self.listed) - self.tested), [], "test them")

    def test_what_is_tested_is_in_the_table(self):
        strange = self.tested - set(self.listed)
        self.assertEqual(order(strange), [], f"list them in {DOCUMENT.name}")

    def test_each_row_says_what_is_there_and_what_is_here(self):
        for number, cells in self.listed.items():
            with self.subTest(number):
                self.assertTrue(all(cell.strip() for cell in cells))
