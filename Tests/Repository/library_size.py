#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Checks that the shared library, optimised and stripped, is not larger than
README.md says.

    library_size.py SHARED_LIBRARY DOCUMENT
"""

import pathlib
import re
import subprocess
import sys
import tempfile


def promised(document):
    """The bytes of "less than N kB"."""
    found = re.findall(r"less than (\d+) kB", document.read_text())
    if len(found) != 1:
        sys.exit(f"{document} does not say once: less than N kB")
    return int(found[0]) * 1000


def main(library, document):
    with tempfile.TemporaryDirectory() as folder:
        stripped = pathlib.Path(folder) / "stripped"
        subprocess.run(["strip", "-o", stripped, library], check=True)
        size = stripped.stat().st_size
    limit = promised(document)
    print(f"{size} bytes stripped, promised are less than {limit}")
    return 0 if size < limit else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
