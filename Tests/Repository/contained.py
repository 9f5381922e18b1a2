#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Runs a command and leaves no process of it behind.

    contained.py [--timeout SECONDS] [--name TEXT] -- COMMAND [ARGUMENT...]

Whatever the command starts and forgets becomes a child of this program (Linux:
PR_SET_CHILD_SUBREAPER), also a daemon in a session of its own. A process that
still runs shortly after the command has ended is named on stderr and killed,
and the status is then 125. A command that takes too long is killed with all
that it started: status 124. Otherwise the status is the command's own, 128 +
the signal if one ended it.
"""

import argparse
import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import time

TIMED_OUT, LEFT_BEHIND = 124, 125
GRACE = 3.0
PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")


def living_children():
    """Our children that are not zombies, as {pid: command line}."""
    children = {}
    for task in pathlib.Path("/proc/self/task").iterdir():
        for pid in map(int, (task / "children").read_text().split()):
            try:
                state = pathlib.Path(f"/proc/{pid}/stat").read_text()
                line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if state.rpartition(")")[2].split()[0] != "Z":
                text = line.replace(b"\0", b" ").decode(errors="replace")
                children[pid] = text.strip() or state.split()[1]
    return children


def reap():
    """Collects the status of every child that has ended."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return


def kill_all():
    """Kills our children, then those that thereby become ours, to the last."""
    end = time.monotonic() + GRACE
    while time.monotonic() < end:
        children = living_children()
        if not children:
            break
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.01)
        reap()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--timeout", type=float)
    parser.add_argument("--name", default="the command")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()

    become_subreaper()
    try:
        process = subprocess.Popen(options.command)
    except OSError as error:
        print(f"{options.command[0]}: {error.strerror}", file=sys.stderr)
        return 127

    # The command ends in its own way: a terminal's interrupt has reached it as
    # well, other requests are passed on.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda number, _: process.send_signal(number))

    try:
        status = process.wait(options.timeout)
    except subprocess.TimeoutExpired:
        print(f"{options.name} did not end within {options.timeout:.0f} s",
              file=sys.stderr)
        kill_all()
        return TIMED_OUT

    end = time.monotonic() + GRACE
    left = living_children()
    while left and time.monotonic() < end:
        time.sleep(0.02)
        reap()
        left = living_children()
    if left:
        for pid, line in sorted(left.items()):
            print(f"{options.name} left process {pid} behind: {line}",
                  file=sys.stderr)
        kill_all()
        return LEFT_BEHIND
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
