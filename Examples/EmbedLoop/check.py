#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Runs embed-loop, talks to it as its clients do, and checks how it ends.

    check.py PROGRAM
"""

import re
import signal
import socket
import subprocess
import sys


class Program:
    """The example, its output line by line, and connections to it."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdout=subprocess.PIPE, text=True)
        self.seen = []
        self.port = int(self.wait_for(r"^listening on (\d+)$")[1])

    def wait_for(self, pattern, times=1):
        """Read until that many lines have matched."""
        while True:
            found = [re.search(pattern, line) for line in self.seen]
            found = [match for match in found if match]
            if len(found) >= times:
                return found[-1]
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError(f"no line matches {pattern}: {self.seen}")
            print(line, end="")
            self.seen.append(line.rstrip())

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), 30)
        return connection.makefile("rw")

    def rest(self):
        """All lines, when it has ended by itself."""
        self.seen += self.process.stdout.read().splitlines()
        return self.process.wait(30), self.seen


def ask(client, command):
    client.write(command + "\n")
    client.flush()
    lines = iter(client.readline, ".\n")
    return "".join(lines)


def expect(text, *patterns):
    for pattern in patterns:
        assert re.search(pattern, text, re.M), f"{pattern} is not in:\n{text}"


def check_commands(program):
    client, other = program.connect(), program.connect()
    program.wait_for("^service started$")
    before = ask(client, "status")
    expect(before, r"^\d+ beats, \d+ jobs done$", r"^service  running",
           r"^  sleeper  running  pid \d+", r"^  job  running")
    expect(ask(client, "hello"), "^status, crash NAME or stop$")
    expect(ask(client, "crash nobody"), "gone")

    expect(ask(client, "crash sleeper"), "it will crash")
    program.wait_for("^service/sleeper started$", 2)
    expect(ask(other, "crash job"), "it will crash")
    program.wait_for("^service/job started$", 2)
    after = ask(other, "status")
    expect(after, r"^  sleeper  running  pid \d+  restarts 1 .*SIGKILL",
           r"^  job  running  restarts 1 .*told to crash")
    pid = re.compile(r"pid (\d+)")
    assert pid.search(before)[1] != pid.search(after)[1], after
    # Both stay connected: the program closes them.
    expect(ask(client, "stop"), "^stopping$")
    assert client.readline() == "" and other.readline() == ""


def check_end(program):
    status, lines = program.rest()
    assert status == 0, f"status {status}"
    assert lines[-1] == "exit: in order", lines
    order = [lines.index(f"service{name} terminated")
             for name in ("/job", "/sleeper", "")]
    assert order == sorted(order), lines


def main(path):
    for ends in (check_commands,
                 lambda program: program.process.send_signal(signal.SIGTERM)):
        program = Program(path)
        try:
            program.wait_for("^service started$")
            ends(program)
            check_end(program)
        finally:
            program.process.kill()
            program.process.wait()
    print("the program does as it should")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
