#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Compiles every public header by itself, as C and as C++.

    headers_alone.py INCLUDE_FOLDER

Uses gcc, g++ and clang, those of them that there are; at least one C and one
C++ compiler must be.
"""

import pathlib
import shutil
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
C11 = ["-x", "c", "-std=c11"]
CXX17 = ["-x", "c++", "-std=c++17"]
COMPILERS = [("gcc", C11), ("g++", CXX17), ("clang", C11), ("clang", CXX17)]


def main(include):
    headers = sorted(p.relative_to(include) for p in include.rglob("*.h"))
    if not headers:
        sys.exit(f"there are no headers in {include}")
    compilers = [(c, flags) for c, flags in COMPILERS if shutil.which(c)]
    for wanted in (C11, CXX17):
        if not any(flags is wanted for _, flags in compilers):
            sys.exit(f"no compiler for {' '.join(wanted)}: install gcc and g++")

    failed = 0
    for compiler, flags in compilers:
        for header in headers:
            # Twice, so that a missing include guard is seen as well.
            source = f"#include <{header}>\n#include <{header}>\n"
            result = subprocess.run(
                [compiler, *flags, *WARNINGS, f"-I{include}", "-"],
                input=source, text=True, capture_output=True)
            if result.returncode != 0:
                failed += 1
                print(f"{compiler} {flags[-1]}: {header}\n{result.stderr}")
    print(f"{len(headers)} headers, {len(compilers)} compilers, {failed} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
