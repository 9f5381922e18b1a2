#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Runs embed-cxx and checks what it prints.

    check.py PROGRAM
"""

import re
import subprocess
import sys


def main(program):
    run = subprocess.run([program], stdout=subprocess.PIPE, text=True,
                         timeout=60)
    print(run.stdout)
    lines = run.stdout.splitlines()
    faults = [] if run.returncode == 0 else [f"status {run.returncode} is 0"]

    def expect_in_order(*patterns):
        """Each matches a line after that of the one before it."""
        place = 0
        for pattern in patterns:
            found = [n for n, line in enumerate(lines)
                     if n >= place and re.search(pattern, line)]
            if not found:
                faults.append(f"after line {place} comes: {pattern}")
                return
            place = found[0] + 1

    def expect_count(number, pattern):
        found = sum(bool(re.search(pattern, line)) for line in lines)
        if found != number:
            faults.append(f"{found} times, not {number}: {pattern}")

    expect_in_order("^refused: SUP_ESPEC$", "^the spec has faults:$", "slash")
    expect_in_order("^shop/sleeper started$", "^shop/reader started$",
                    "^shop/waiter started$", "^shop started$",
                    "^shop stopping$", "^shop/waiter terminated$",
                    "^shop/reader terminated$", "^shop/sleeper terminated$",
                    "^shop terminated$", "^exit: in order$")
    expect_count(3, "^shop/reader started$")
    expect_count(2, "^shop/reader failed: the file is not there$")
    expect_count(1, "^shop/waiter started$")

    for sentence in faults:
        print(f"not so: {sentence}")
    if not faults:
        print("the output is as it should be")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
