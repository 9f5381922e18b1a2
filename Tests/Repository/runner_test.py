#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Tests of what Scripts/test trusts: the counting of test cases, the watch over
left processes, the checks of headers and symbols."""

import contextlib
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest

import abi
import count
import exported_symbols

HERE = pathlib.Path(__file__).resolve().parent


class Counting(unittest.TestCase):

    def check(self, counted, passed, failed, skipped=0):
        self.assertEqual((counted.passed, counted.failed, counted.skipped),
                         (passed, failed, skipped), counted.failures)

    def ctest(self, name, result, *lines, status=0):
        text = [f"1: {line}" for line in lines]
        text += [f"1/1 Test #1: {name} ............   {result}    0.01 sec"]
        return count.count_ctest(status, "\n".join(text))

    def test_cmocka_cases_are_counted_not_programs(self):
        self.check(self.ctest(
            "engine_test", "Passed",
            "[==========] Running 3 test(s).",
            "[  PASSED  ] 3 test(s).",
            "[==========] Running 2 test(s).",
            "[  PASSED  ] 2 test(s)."), 5, 0)

    def test_cmocka_failures_are_named(self):
        counted = self.ctest(
            "engine_test", "***Failed",
            "[==========] Running 3 test(s).",
            "[  FAILED  ] test_s7",
            "[  PASSED  ] 2 test(s).",
            "[  FAILED  ] 1 test(s), listed below:",
            "[  FAILED  ] test_s7", status=8)
        self.check(counted, 2, 1)
        self.assertEqual(counted.failures, ["engine_test: test_s7"])

    def test_cmocka_skips_are_not_passes(self):
        self.check(self.ctest(
            "engine_test", "Passed",
            "[==========] Running 3 test(s).",
            "[  PASSED  ] 2 test(s).",
            "[  SKIPPED ] 1 test(s), listed below:",
            "[  SKIPPED ] test_pidfd"), 2, 0, 1)

    def test_crash_is_a_failure(self):
        self.check(self.ctest(
            "engine_test", "***Exception: SegFault",
            "[==========] Running 3 test(s).", status=8), 0, 1)

    def test_sanitizer_after_the_last_test_is_a_failure(self):
        self.check(self.ctest(
            "engine_test", "***Failed",
            "[==========] Running 3 test(s).",
            "[  PASSED  ] 3 test(s).",
            "SUMMARY: AddressSanitizer: 8 byte(s) leaked", status=8), 3, 1)

    def test_silent_program_is_a_failure(self):
        self.check(self.ctest("engine_test", "Passed"), 0, 1)

    def test_lost_cases_are_a_failure(self):
        self.check(self.ctest(
            "engine_test", "Passed",
            "[==========] Running 3 test(s).",
            "[  PASSED  ] 2 test(s)."), 2, 1)

    def test_single_checks_count_one(self):
        self.check(self.ctest("headers_alone", "Passed", "anything"), 1, 0)
        self.check(self.ctest("headers_alone", "***Failed", status=8), 0, 1)
        self.check(self.ctest("headers_alone", "***Timeout", status=8), 0, 1)

    def test_ctest_without_tests_is_a_failure(self):
        self.check(count.count_ctest(0, "No tests were found!!!"), 0, 1)

    def test_swift(self):
        self.check(count.count_swift(
            0, '✔ Test "S7 one" passed after 0.001 seconds.\n'
               "➜ Test two() skipped.\n"
               "✔ Test three(x:) with 3 test cases passed after 0.1 seconds.\n"
               "✔ Test run with 3 tests in 1 suite passed after 0.1 seconds."),
            2, 0, 1)

    def test_swift_failure(self):
        counted = count.count_swift(
            1, '✘ Test "S7 one" recorded an issue at a.swift:4:31: no\n'
               '✘ Test "S7 one" failed after 0.001 seconds with 1 issue.\n'
               "✘ Suite S failed after 0.001 seconds with 1 issue.\n"
               "✘ Test run with 3 tests in 1 suite failed after 0.1 seconds "
               "with 1 issue.")
        self.check(counted, 2, 1)
        self.assertEqual(counted.failures, ['"S7 one"'])

    def test_swift_crash(self):
        self.check(count.count_swift(
            1, '✔ Test "S7 one" passed after 0.001 seconds.\n'
               "◇ Test two() started.\nerror: unexpected signal code 11"), 1, 1)

    def test_swift_build_error(self):
        self.check(count.count_swift(1, "error: fatalError"), 0, 1)

    def test_swift_without_tests(self):
        self.check(count.count_swift(
            0, "✔ Test run with 0 tests passed after 0.001 seconds."), 0, 1)

    def test_unittest(self):
        self.check(count.count_unittest(
            0, "Ran 4 tests in 0.1s\n\nOK (skipped=1)"), 3, 0, 1)
        self.check(count.count_unittest(
            1, "FAIL: test_a (x.Y)\nERROR: test_b (x.Y)\n"
               "Ran 4 tests in 0.1s\n\nFAILED (failures=1, errors=1)"), 2, 2)
        self.check(count.count_unittest(1, "ImportError"), 0, 1)

    def test_steps(self):
        self.check(count.count_steps(
            0, "+++ passed: a\n+++ failed: b (1)\n+++ skipped: c"), 1, 1, 1)
        self.check(count.count_steps(1, "+++ passed: a\nnot found"), 1, 1)
        self.check(count.count_steps(0, ""), 0, 1)


class Containing(unittest.TestCase):

    def contained(self, script, *options):
        return subprocess.run(
            [sys.executable, "-B", str(HERE / "contained.py"), *options, "--",
             "sh", "-c", script], capture_output=True, text=True, timeout=60)

    def test_status_is_the_commands(self):
        self.assertEqual(self.contained("exit 7").returncode, 7)
        self.assertEqual(self.contained("kill -9 $$").returncode, 128 + 9)

    def test_forgotten_process_is_found_and_killed(self):
        result = self.contained("setsid sleep 1234.5 >/dev/null 2>&1 & exit 0")
        self.assertEqual(result.returncode, 125)
        self.assertIn("sleep 1234.5", result.stderr)
        pid = result.stderr.split("process ")[1].split()[0]
        self.assertFalse(pathlib.Path(f"/proc/{pid}").exists())

    def test_hanging_command_is_killed(self):
        result = self.contained("sleep 1234.5 & wait", "--timeout", "0.2")
        self.assertEqual(result.returncode, 124)


class Symbols(unittest.TestCase):

    def test_functions_are_found_in_headers(self):
        with tempfile.TemporaryDirectory() as folder:
            header = pathlib.Path(folder) / "a.h"
            header.write_text(
                "#define SUP_EXTERN extern \\\n  __attribute__((x))\n"
                "/* SUP_EXTERN void sup_old(void); */\n"
                "SUP_EXTERN int sup_one(void);\n"
                "SUP_EXTERN const char *SUP_NULLABLE\nsup_two(int code);\n"
                "SUP_EXTERN sup_x *sup_three(\n"
                "    void (*SUP_NULLABLE release)(void *user));\n")
            self.assertEqual(exported_symbols.declared(pathlib.Path(folder)),
                             {"sup_one", "sup_two", "sup_three"})

    def check(self, header, source):
        """What exported_symbols says of a library made of some source."""
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "a.h").write_text(header)
            (folder / "a.c").write_text(source)
            library = folder / "a.so"
            subprocess.run(["gcc", "-shared", "-fPIC", "-o", library,
                            folder / "a.c"], check=True)
            with contextlib.redirect_stdout(io.StringIO()) as said:
                status = exported_symbols.main(library, folder)
        return status, said.getvalue()

    def test_both_directions_are_failures(self):
        header = "SUP_EXTERN int sup_one(void);\n"
        one, two = "int sup_one(void) { return 1; }\n", "int sup_two;\n"
        self.assertEqual(self.check(header, one)[0], 0)
        self.assertEqual(self.check(header, one + "static " + two)[0], 0)
        status, said = self.check(header, one + two)
        self.assertEqual(status, 1)
        self.assertIn("exported, not declared: sup_two", said)
        status, said = self.check(header, two)
        self.assertEqual(status, 1)
        self.assertIn("declared, not exported: sup_one", said)


class Abi(unittest.TestCase):

    RECORD = ["struct sup_a 16", "struct sup_a 0 8 size", "struct sup_a 8 4 x",
              "struct sup_b 8", "struct sup_b 0 8 y", "enum sup_e SUP_X 1",
              "function int sup_one(void)"]

    def compare(self, **changes):
        """The record against itself, lines replaced (None: removed) or added."""
        present = list(self.RECORD) + changes.pop("added", [])
        for before, after in changes.pop("changed", {}).items():
            present[present.index(before)] = after
        return abi.compare(self.RECORD, [line for line in present if line])

    def test_it_is_what_it_is(self):
        self.assertEqual(self.compare(), ([], []))

    def test_additions_are_told_apart(self):
        new = ["struct sup_c 8", "struct sup_c 0 8 z", "enum sup_e SUP_Y 2",
               "function int sup_two(void)"]
        self.assertEqual(self.compare(added=new), (new, []))

    def test_changes_and_removals_break(self):
        self.assertEqual(
            self.compare(changed={"enum sup_e SUP_X 1": "enum sup_e SUP_X 2"})[1],
            ["enum sup_e SUP_X 1"])
        self.assertEqual(
            self.compare(changed={"function int sup_one(void)": None})[1],
            ["function int sup_one(void)"])

    def test_structs_with_a_size_grow_at_their_end(self):
        grown = {"struct sup_a 16": "struct sup_a 24"}
        self.assertEqual(
            self.compare(changed=grown, added=["struct sup_a 16 8 new"])[1], [])
        # Not into padding, whether they grow or not, and never others.
        for changed in (grown, {}):
            self.assertTrue(
                self.compare(changed=changed, added=["struct sup_a 12 4 new"])[1])
        self.assertTrue(self.compare(
            changed={"struct sup_b 8": "struct sup_b 16"},
            added=["struct sup_b 8 8 new"])[1])

    def test_the_soname_follows_the_version(self):
        header = "#define SUP_VERSION_MAJOR {}\n#define SUP_VERSION_MINOR {}\n"
        for version, name in (((0, 1), "so.0.1"), ((0, 12), "so.0.12"),
                              ((1, 4), "so.1")):
            self.assertEqual(abi.soname_of(header.format(*version)),
                             f"libsupervisor-core.{name}")

    def test_declarations_are_found(self):
        structs, enums, functions = abi.parse(
            "typedef struct sup_a { size_t size; void (* f)(void * ctx);"
            " int x[3]; } sup_a;\n"
            "enum { SUP_X = 1u << 0, SUP_Y };\n"
            "typedef enum sup_e { SUP_Z = -1 } sup_e;\n"
            "extern int puts(const char *);\n"
            "extern int sup_one(sup_a * * a,\n    int);\n")
        self.assertEqual(structs, {"sup_a": ["size", "f", "x"]})
        self.assertEqual(enums, [("-", "SUP_X"), ("-", "SUP_Y"),
                                 ("sup_e", "SUP_Z")])
        self.assertEqual(functions, [("sup_one", "int sup_one(sup_a **a, int)")])


if __name__ == "__main__":
    unittest.main()
