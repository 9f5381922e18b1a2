#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Renders the DocC pages of modules that have been built, and fails when DocC
warns (links that lead nowhere, parameters without a word, topics that are none)
or when a public symbol has no comment.

    documentation.py BUILD OUTPUT FOLDER...

BUILD is where SwiftPM has put what it built (swift build --show-bin-path), and
each FOLDER the sources of a module of that name, with a Documentation.docc.
Archives go to OUTPUT, where they can be looked at; those of modules that are
named earlier can be linked to.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

# Where a compiler makes symbols that nobody can comment: $name of a task-local.
NOT_WRITTEN = "$"

# Missing tools skip what needs them, as in Scripts/test.
SKIPPED = 77


def printed(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def module_maps(build):
    """Those of C modules that SwiftPM has made, and that packages bring."""
    checkouts = build.parents[1] / "checkouts"
    return [*sorted(build.glob("*.build/module.modulemap")),
            *sorted(checkouts.glob("*/Sources/*/include/module.modulemap"))]


def headers(module_map):
    """Where the headers of a C module are, which SwiftPM names in a map of its
    own, and which lie beside a map that a package brings."""
    umbrella = re.search(r'^ *umbrella "(.*)"', module_map.read_text(), re.M)
    return pathlib.Path(umbrella[1]) if umbrella else module_map.parent


def extract(module, build, output):
    """The symbol graphs of a module."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    target = json.loads(printed("swift", "-print-target-info"))
    resources = pathlib.Path(target["paths"]["runtimeResourcePath"])
    options = ["-module-name", module, "-output-dir", str(output),
               "-target", target["target"]["unversionedTriple"],
               "-I", str(build / "Modules"),
               "-I", str(resources / "linux" / "testing"),
               "-minimum-access-level", "public",
               "-emit-extension-block-symbols",
               "-skip-inherited-docs", "-skip-synthesized-members",
               "-Xcc", f"-fmodules-cache-path={output.parents[1] / 'cache'}"]
    for path in module_maps(build):
        options += ["-Xcc", f"-fmodule-map-file={path}"]
        options += ["-Xcc", f"-I{headers(path)}"]
    if subprocess.run(["swift-symbolgraph-extract", *options]).returncode != 0:
        raise SystemExit(f"{module}: its symbols could not be extracted")


def uncommented(graphs):
    """The public symbols that say nothing about themselves."""
    found = 0
    for path in sorted(graphs.glob("*.symbols.json")):
        for symbol in json.loads(path.read_text())["symbols"]:
            found += 1
            is_block = symbol["kind"]["identifier"] == "swift.extension"
            name = symbol["pathComponents"][-1]
            if not (is_block or name.startswith(NOT_WRITTEN)
                    or "docComment" in symbol):
                yield ".".join(symbol["pathComponents"])
    if found == 0:
        raise SystemExit(f"{graphs}: no symbols; was the module built?")


def convert(module, catalogue, graphs, archive, dependencies):
    """Whether DocC has nothing to say."""
    options = [str(catalogue), "--additional-symbol-graph-dir", str(graphs),
               "--output-path", str(archive),
               "--fallback-display-name", module,
               "--fallback-bundle-identifier", module,
               "--enable-experimental-external-link-support",
               "--ide-console-output", "--warnings-as-errors"]
    for dependency in dependencies:
        options += ["--dependency", str(dependency)]
    return subprocess.run(["docc", "convert", *options]).returncode == 0


def main(build, output, *folders):
    for tool in ("docc", "swift-symbolgraph-extract"):
        if shutil.which(tool) is None:
            print(f"{tool}, which comes with the toolchains of swift.org, is not here")
            return SKIPPED
    build, output = pathlib.Path(build), pathlib.Path(output)
    archives, failures = [], 0
    for folder in map(pathlib.Path, folders):
        module = folder.name
        graphs = output / "symbols" / module
        archive = output / f"{module}.doccarchive"
        extract(module, build, graphs)
        for path in uncommented(graphs):
            print(f"{module}: {path} is public and has no comment")
            failures += 1
        if not convert(module, folder / "Documentation.docc", graphs, archive,
                       archives):
            failures += 1
        if archive.exists():
            archives.append(archive)
        print(f"{module}: {archive}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
