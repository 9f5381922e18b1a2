#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Compiles every public header by itself, as C11 and C17 and as C++11 to C++20.

    headers_alone.py INCLUDE_FOLDER

Uses gcc, g++ and clang, those of them that there are; at least one C and one
C++ compiler must be.
"""

import pathlib
import shutil
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
C = [["-x", "c", f"-std=c{year}"] for year in (11, 17)]
CXX = [["-x", "c++", f"-std=c++{year}"] for year in (11, 14, 17, 20)]
COMPILERS = [("gcc", C), ("g++", CXX), ("clang", C), ("clang", CXX)]


def main(include):
    headers = sorted(p.relative_to(include) for p in include.rglob("*.h"))
    if not headers:
        sys.exit(f"there are no headers in {include}")
    there = [(c, language) for c, language in COMPILERS if shutil.which(c)]
    for wanted in (C, CXX):
        if not any(language is wanted for _, language in there):
            sys.exit(f"no compiler for {' '.join(wanted[0])}: install gcc and g++")
    compilers = [(c, flags) for c, language in there for flags in language]

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
