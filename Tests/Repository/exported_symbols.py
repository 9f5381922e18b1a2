#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Checks that the shared library exports what the headers declare, no more and
no less.

    exported_symbols.py SHARED_LIBRARY INCLUDE_FOLDER
"""

import pathlib
import re
import subprocess
import sys


# What some linkers add by themselves.
LINKER = {"_init", "_fini", "_edata", "_end", "__bss_start"}


def declared(include):
    """The names of all functions that a header marks SUP_EXTERN."""
    names = set()
    for header in include.rglob("*.h"):
        text = re.sub(r"/\*.*?\*/", " ", header.read_text(), flags=re.S)
        text = re.sub(r"^\s*#.*?(?<!\\)$", "", text, flags=re.M | re.S)
        for declaration in re.findall(r"\bSUP_EXTERN\b(.*?);", text, re.S):
            name = re.search(r"\b(sup_\w+)\s*\(", declaration)
            if name is None:
                sys.exit(f"{header}: no function name in: {declaration.strip()}")
            names.add(name.group(1))
    return names


def exported(library):
    output = subprocess.run(
        ["nm", "-D", "--defined-only", "--format=posix", str(library)],
        check=True, text=True, capture_output=True).stdout
    # A small letter is a local symbol, which some linkers keep for thread-locals.
    symbols = [line.split() for line in output.splitlines()]
    names = {name.split("@")[0] for name, kind, *_ in symbols if kind.isupper()}
    return names - LINKER


def main(library, include):
    wanted, found = declared(include), exported(library)
    if not wanted:
        sys.exit(f"no SUP_EXTERN function in {include}")
    for name in sorted(wanted - found):
        print(f"declared, not exported: {name}")
    for name in sorted(found - wanted):
        print(f"exported, not declared: {name}")
    print(f"{len(wanted)} functions declared, {len(found)} symbols exported")
    return 0 if wanted == found else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
