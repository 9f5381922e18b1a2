#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Compares the binary interface of the headers with the one that is on record.

    abi.py [--write] INCLUDE_FOLDER [SHARED_LIBRARY]

The library, if given, must have the SONAME that belongs to the version.

The record, abi.txt beside this file, holds every function, the layout of every
struct that is not opaque, and the value of every enumerator and constant, as
gcc lays them out on 64-bit Linux. When it differs from the headers:

- What was only added does not harm programs that were built before: look at
  it once more, for it will stay, then record it with --write.
- What was changed or removed breaks them. That needs a new SONAME: a new
  SUP_VERSION_MINOR while the major version is 0, a new SUP_VERSION_MAJOR from
  1.0 on (include/supervisor/base.h), unless the present one was never released.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

RECORD = pathlib.Path(__file__).with_name("abi.txt")
HEAD = """\
# The binary interface of the headers on 64-bit Linux; see abi.py. Written by
# python3 Tests/Repository/abi.py --write include
"""
INCLUDE = "#include <supervisor/supervisor.h>\n"


def compiler(include, *arguments, text=""):
    return subprocess.run(
        ["gcc", "-std=gnu11", f"-I{include}", *arguments, "-x", "c", "-"],
        input=text, text=True, check=True, capture_output=True).stdout


def is_ours(name):
    return name.lower().startswith("sup_")


def fields(body):
    """The names of the fields in a struct's body."""
    for declaration in body.split(";"):
        pointer = re.search(r"\(\s*\*\s*(\w+)\s*\)\s*\(", declaration)
        plain = re.search(r"(\w+)\s*(?:\[[^]]*\]\s*)*$", declaration)
        if pointer or plain:
            yield (pointer or plain)[1]


def parse(source):
    """What preprocessed source declares: ({struct: fields}, [(enum,
    enumerator)], [function])."""
    structs = {name: list(fields(body)) for body, name in re.findall(
        r"\bstruct\s*\w*\s*\{([^{}]*)\}\s*(\w+)\s*;", source) if is_ours(name)}
    enums = []
    for body, name in re.findall(r"\benum\s*\w*\s*\{([^{}]*)\}\s*(\w*)\s*;",
                                 source):
        enums += [(name or "-", value) for value in
                  re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", body)
                  if is_ours(value)]
    functions = []
    for text in re.findall(r"\bextern\b([^;{}]*);", source):
        text = re.sub(r"\s+", " ", text).strip()
        text = re.sub(r"\* (?=[*\w)])", "*", text)
        name = re.search(r"(\w+) ?\(", text)
        if name and is_ours(name[1]):
            functions.append((name[1], text))
    return structs, enums, functions


def constants(include):
    """Macros that stand for a number."""
    macros = compiler(include, "-E", "-dM", text=INCLUDE)
    return sorted(re.findall(
        r"^#define (SUP_(?!VERSION)\w+) (?:\d+\w*|U?INT\d+_MAX)$", macros, re.M))


def measure(include, structs, enums, names):
    """The numbers, from a program that prints them."""
    lines = []
    for struct in sorted(structs):
        lines.append(f'printf("struct {struct} %zu\\n", sizeof({struct}));')
        for field in structs[struct]:
            lines.append(
                f'printf("struct {struct} %zu %zu {field}\\n", '
                f'offsetof({struct}, {field}), sizeof((({struct} *)0)->{field}));')
    for enum, value in enums:
        lines.append(f'printf("enum {enum} {value} %lld\\n", (long long){value});')
    for value in names:
        lines.append(f'printf("constant {value} %llu\\n", '
                     f'(unsigned long long){value});')
    program = (INCLUDE + "#include <stdio.h>\nint main(void) {\n"
               + "\n".join(lines) + "\n}\n")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "abi"
        compiler(include, "-o", str(path), text=program)
        return subprocess.run([path], check=True, text=True,
                              capture_output=True).stdout.splitlines()


def interface(include):
    source = compiler(include, "-E", "-P", text=INCLUDE)
    structs, enums, functions = parse(source)
    lines = measure(include, structs, enums, constants(include))
    return lines + [f"function {text}" for _, text in sorted(functions)]


def soname_of(header):
    """What the library has to be called for the version in base.h."""
    major, minor = (re.search(rf"^#define SUP_VERSION_{part} (\d+)$", header,
                              re.M)[1] for part in ("MAJOR", "MINOR"))
    version = f"0.{minor}" if major == "0" else major
    return f"libsupervisor-core.so.{version}"


def check_soname(include, library):
    wanted = soname_of((include / "supervisor" / "base.h").read_text())
    output = subprocess.run(["readelf", "-d", library], check=True, text=True,
                            capture_output=True).stdout
    found = re.search(r"\(SONAME\).*\[(.*)\]", output)
    if not found or found[1] != wanted:
        sys.exit(f"the SONAME of {library} is {found and found[1]}, not {wanted}")


def sizes(lines):
    return {words[1]: int(words[2]) for words in map(str.split, lines)
            if words[0] == "struct" and len(words) == 3}


def compare(recorded, present):
    """What was added, and what breaks programs that were built before."""
    before, after = sizes(recorded), sizes(present)
    sized = {line.split()[1] for line in recorded
             if re.fullmatch(r"struct \w+ 0 \d+ size", line)}
    # A struct that says its size may grow, but not into its padding.
    grown = {name for name in sized if after.get(name, 0) > before[name]}
    harmless = {f"struct {name} {before[name]}" for name in grown}
    broken = [line for line in recorded
              if line not in present and line not in harmless]
    added = [line for line in present if line not in recorded]
    for line in list(added):
        words = line.split()
        if words[0] != "struct" or words[1] not in before:
            continue
        is_field = len(words) == 5
        if (words[1] not in sized or words[1] not in grown
                or (is_field and int(words[2]) < before[words[1]])):
            added.remove(line)
            broken.append(f"{line}   (as it is now)")
    return added, broken


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("include", type=pathlib.Path)
    parser.add_argument("library", nargs="?")
    options = parser.parse_args()
    present = interface(options.include.resolve())
    if options.write:
        RECORD.write_text(HEAD + "\n".join(present) + "\n")
        return 0
    if options.library:
        check_soname(options.include, options.library)
    recorded = [line for line in RECORD.read_text().splitlines()
                if line and not line.startswith("#")]
    added, broken = compare(recorded, present)
    for line in added:
        print(f"added: {line}")
    for line in broken:
        print(f"changed or removed: {line}")
    if added or broken:
        print(__doc__[__doc__.index("When it differs"):] if broken else
              "Only additions. If they are as they shall stay, record them:\n"
              "    python3 Tests/Repository/abi.py --write include")
        return 1
    print(f"{len(present)} lines, as recorded")
    return 0


if __name__ == "__main__":
    sys.exit(main())
