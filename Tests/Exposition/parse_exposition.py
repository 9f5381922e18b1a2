#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Reads a text in the exposition format with the parser of prometheus_client.

    parse_exposition.py FILE

Prints a line for each sample, "TYPE FAMILY NAME VALUE LABEL=VALUE…" with tabs
between them, backslashes, tabs and newlines in values escaped; fails if the
parser does, or if a line is not of the grammar, which the parser is lenient
about.
"""

import re
import sys

from prometheus_client.parser import text_string_to_metric_families

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
VALUE = r"(?:[+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf)|NaN)"
LINE = re.compile(
    rf"# HELP {NAME} (?:[^\\\n]|\\[\\n])*"
    rf"|# TYPE {NAME} (?:counter|gauge|histogram|summary|untyped)"
    rf"|{NAME}(?:\{{{LABEL}(?:,{LABEL})*\}})? {VALUE}")


def escaped(text):
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def main(path):
    with open(path, newline="", encoding="utf-8") as file:
        text = file.read()
    if text and not text.endswith("\n"):
        sys.exit("the last line does not end")
    for number, line in enumerate(text.split("\n")[:-1], 1):
        if not LINE.fullmatch(line):
            sys.exit(f"line {number} is not of the grammar: {line!r}")
    families = list(text_string_to_metric_families(text))
    names = [(family.name, family.type) for family in families]
    if len(set(names)) < len(names):
        sys.exit(f"a family comes twice: {sorted(names)}")
    seen = set()
    for family in families:
        for sample in family.samples:
            labels = [f"{k}={escaped(v)}" for k, v in sample.labels.items()]
            key = (sample.name, *sorted(labels))
            if key in seen:
                sys.exit(f"a sample comes twice: {key}")
            seen.add(key)
            print(family.type, family.name, sample.name, repr(float(sample.value)),
                  *labels, sep="\t")


if __name__ == "__main__":
    main(sys.argv[1])
