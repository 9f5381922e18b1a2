#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Counts the test cases in what a test command printed.

    count.py KIND STATUS LOG
    count.py --excerpt KIND LOG

KIND is one of
  ctest     ctest -V over programs of cmocka tests (*_test) and single checks
  swift     swift test with Swift Testing
  unittest  Python's unittest
  steps     steps of Scripts/test, marked by it

STATUS is the command's exit status. Prints "PASSED FAILED SKIPPED", then a
line for every failure. What crashed, or printed no count, has failed.

An excerpt is what a person wants to see of the log of a suite that failed.
"""

import re
import sys


class Count:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped
        self.failures = []

    def fail(self, text, number=1):
        self.failed += number
        self.failures.append(text)


def total(pattern, text):
    return sum(int(n) for n in re.findall(pattern, text, re.M))


def count_cmocka(count, name, ended_well, result, output):
    """One program: cmocka's numbers, and whether they agree with its end."""
    groups = total(r"^\[==========\] Running (\d+) test\(s\)", output)
    passed = total(r"^\[  PASSED  \] (\d+) test\(s\)\.", output)
    failed = total(r"^\[  FAILED  \] (\d+) test\(s\), listed below", output)
    skipped = total(r"^\[  SKIPPED \] (\d+) test\(s\), listed below", output)
    count.passed += passed
    count.skipped += skipped
    if failed:
        names = re.findall(r"^\[  FAILED  \] ([^\d\s]\S*)$", output, re.M)
        seen = ", ".join(dict.fromkeys(names))
        count.fail(f"{name}: {seen or f'{failed} tests'}", failed)
    elif not ended_well:
        count.fail(f"{name}: {result.strip('* ')}")
    elif groups == 0:
        count.fail(f"{name}: printed no number of tests")
    elif passed + skipped < groups:
        count.fail(f"{name}: ran {groups} tests, told of {passed + skipped}")


def parse_ctest(text):
    """The tests as [(name, result, output)]."""
    outputs, tests = {}, []
    for line in text.splitlines():
        output = re.match(r"^(\d+): ?(.*)$", line)
        if output:
            outputs.setdefault(int(output[1]), []).append(output[2])
            continue
        result = re.match(
            r"^\s*\d+/\d+\s+Test\s+#(\d+): (\S+) \.*\s*(.+?)\s+[\d.]+ sec", line)
        if result:
            lines = outputs.get(int(result[1]), [])
            tests.append((result[2], result[3], "\n".join(lines)))
    return tests


def count_ctest(status, text):
    count = Count()
    tests = parse_ctest(text)
    for name, result, output in tests:
        well = result == "Passed"
        if name.endswith("_test"):
            count_cmocka(count, name, well, result, output)
        elif well:
            count.passed += 1
        elif "Skipped" in result:
            count.skipped += 1
        else:
            count.fail(f"{name}: {result.strip('* ')}")
    if not tests:
        count.fail("ctest ran no tests")
    elif status != 0 and count.failed == 0:
        count.fail(f"ctest ended with status {status}")
    return count


def count_swift(status, text):
    count = Count()
    # Each line begins with a symbol that depends on the terminal. A test's
    # name is what is between "Test" and its end; "Test case" is one argument
    # of a parameterised test, which counts as one.
    symbol = r"^(?:\S+ +)?"
    ends = r" after [\d.]+ seconds"
    runs = re.findall(
        symbol + r"Test run with (\d+) tests?(?: in \d+ suites?)? (passed|failed)",
        text, re.M)
    tests = re.compile(symbol + r"Test (?!run with |case )(.+?) (?:with \d+ test "
                       r"cases? )?(passed|failed)" + ends, re.M).findall(text)
    skipped = re.findall(
        symbol + r"Test (?!run with |case )(.+?) skipped(?:$|:|\.)", text, re.M)
    failures = [name for name, result in tests if result == "failed"]
    count.skipped = len(skipped)
    for name in failures:
        count.fail(name)
    if not runs:
        count.passed = len(tests) - len(failures)
        count.fail(f"swift test ended with status {status} before it counted")
        return count
    number = sum(int(n) for n, _ in runs)
    count.passed = number - len(failures) - len(skipped)
    if number == 0:
        count.fail("swift test ran no tests")
    elif count.passed < 0:
        count.passed = 0
        count.fail("the numbers of swift test contradict each other")
    elif (status != 0 or any(r == "failed" for _, r in runs)) and not failures:
        count.fail(f"swift test ended with status {status}")
    return count


def count_unittest(status, text):
    count = Count()
    ran = re.search(r"^Ran (\d+) tests? in", text, re.M)
    if not ran:
        count.fail(f"the tests ended with status {status} before they counted")
        return count
    end = text[ran.end():]
    number = {key: int(n) for key, n in re.findall(r"(\w+)=(\d+)", end)}
    count.skipped = number.get("skipped", 0)
    for name in re.findall(r"^(?:FAIL|ERROR): (.+)$", text, re.M):
        count.fail(name)
    count.passed = max(0, int(ran[1]) - count.failed - count.skipped)
    if int(ran[1]) == 0:
        count.fail("no tests ran")
    elif status != 0 and count.failed == 0:
        count.fail(f"the tests ended with status {status}")
    return count


def count_steps(status, text):
    count = Count()
    for result, name in re.findall(r"^\+\+\+ (passed|failed|skipped): (.*)$",
                                   text, re.M):
        if result == "passed":
            count.passed += 1
        elif result == "skipped":
            count.skipped += 1
        else:
            count.fail(name)
    if status != 0 and count.failed == 0:
        count.fail(f"ended with status {status}")
    elif count.passed + count.failed + count.skipped == 0:
        count.fail("there was nothing to do")
    return count


KINDS = {"ctest": count_ctest, "swift": count_swift,
         "unittest": count_unittest, "steps": count_steps}


def excerpt(kind, text):
    lines = text.splitlines()
    if kind == "ctest":
        found = [line for line in lines if re.search(
            r"^(?!\d+: ).*(\berror: |undefined reference|CMake Error)", line)]
        found = found[:20]
        for name, result, output in parse_ctest(text):
            if result != "Passed" and "Not Run" not in result:
                found += [f"{name}: {result}", *output.splitlines()[-50:]]
        if found:
            return found
    if kind == "swift":
        found = [n for n, line in enumerate(lines)
                 if re.search(r"^\S* ?Test .*recorded an issue|\berror: ", line)]
        if found:
            keep = {m for n in found for m in range(n, n + 4)}
            return [lines[m] for m in sorted(keep) if m < len(lines)][:200]
    return lines[-50:]


def read(log):
    with open(log, errors="replace") as file:
        return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", file.read())


def main(arguments):
    if len(arguments) != 3 or not set(arguments[:2]) & set(KINDS):
        sys.exit(__doc__)
    if arguments[0] == "--excerpt":
        for line in excerpt(arguments[1], read(arguments[2])):
            print(line[:400])
        return
    kind, status, log = arguments
    count = KINDS[kind](int(status), read(log))
    print(count.passed, count.failed, count.skipped)
    for failure in count.failures:
        print(failure)


if __name__ == "__main__":
    main(sys.argv[1:])
