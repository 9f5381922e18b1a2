#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Runs embed-c and checks what it prints.

    check.py PROGRAM

Lines of different children may mix; what is checked is the order of those of
which one follows from the other.
"""

import re
import subprocess
import sys


def main(program):
    run = subprocess.run([program], stdout=subprocess.PIPE, text=True,
                         timeout=60)
    print(run.stdout)
    lines = run.stdout.splitlines()

    def places(pattern):
        return [n for n, line in enumerate(lines) if re.search(pattern, line)]

    faults = [] if run.returncode == 0 else [f"status {run.returncode} is 0"]

    def expect(truth, sentence):
        if not truth:
            faults.append(sentence)

    ready = places(r"^ticker: ready$")
    ticker = places(r"^shop/ticker started")
    flaky = places(r"^shop/flaky started")
    failed = places(r"^shop/flaky failed .*\b3\b")
    worker = places(r"^shop/worker started")
    shop = places(r"^shop started")
    stopped = {name: places(rf"^{name} terminated")
               for name in ("shop/worker", "shop/ticker", "shop")}

    expect(len(ready) == 1, "the ticker is ready once")
    expect(len(ticker) == 1, "the ticker starts once")
    expect(ready and ticker and ready[0] < ticker[0],
           "the ticker has started when it is ready")
    expect(len(flaky) == 3, "flaky starts three times")
    expect(len(failed) >= 2, "flaky fails with status 3 between its starts")
    for before, after in zip(failed, flaky[1:]):
        expect(before < after, "a restart follows a failure")
    expect(len(places(r"^worker: at work$")) == 1, "the worker is at work")
    expect(len(worker) == 1, "the worker starts once")
    expect(ticker and flaky and worker and shop
           and ticker[0] < flaky[0] < worker[0] < shop[0],
           "the children start in order, then the shop has started")
    for name, found in stopped.items():
        expect(len(found) == 1, f"{name} is stopped once")
    expect(all(stopped.values()) and stopped["shop/worker"][0]
           < stopped["shop/ticker"][0] < stopped["shop"][0],
           "the stop goes in reverse order")
    expect(lines and lines[-1] == "exit: in order", "the exit is in order")

    for sentence in faults:
        print(f"not so: {sentence}")
    if not faults:
        print("the output is as it should be")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
