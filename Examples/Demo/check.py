#!/usr/bin/env python3
# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0
"""Runs the demo in fair weather and in foul and looks at what it leaves behind.

    check.py PROGRAM [WORD...]

PROGRAM is the built demo. With words, only the cases with one of them in their
name are run. A case is a line, the last line is "N passed, N failed".

After every case nothing may be left: no process (orphans become children of
this program: Linux, PR_SET_CHILD_SUBREAPER), no listening port, no file.
"""

import ctypes
import fcntl
import os
import pathlib
import pty
import re
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

PATIENCE = 30.0  # for anything that should happen; only a failure takes so long
PR_SET_CHILD_SUBREAPER = 36
F_SETPIPE_SZ = 1031

# One line of the journal: time, mark, who, how.
LINE = re.compile(r"^ *(\d+\.\d{3})  (\w+) +(\S+?)(?:#(\d+))?(?:  (.*))?$")
CHILDREN = ["redis", "nginx", "till", "window", "inspector", "bakery/oven",
            "bakery/counter", "bakery", "delivery/radio", "delivery/van",
            "delivery"]
SCREEN = ["redis", "nginx", "till", "window", "inspector", "bakery", "oven",
          "counter", "delivery", "radio", "van"]

# A redis-server behind a shell that ends by SIGKILL only.
STUBBORN = """trap '' TERM
/usr/bin/redis-server "$@"
while :; do sleep 100; done"""

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Skipped(Exception):
    pass


# ---- What the system knows ---------------------------------------------------


def descendants(pid):
    """The processes below one, zombies included, as {pid: name}."""
    found = {}
    try:
        tasks = list(pathlib.Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return found
    for task in tasks:
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            try:
                stat = pathlib.Path(f"/proc/{child}/stat").read_text()
            except OSError:
                continue
            found[child] = stat[stat.index("(") + 1:stat.rindex(")")]
            found.update(descendants(child))
    return found


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    for port in range(19_000, 20_000):
        if is_free(port):
            return port
    raise AssertionError("no port is free from 19000 to 19999")


def until(what, question):
    """Ask until the answer is yes; it is what failed that needs the time."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.01)
    raise AssertionError(f"waited in vain until {what}")


# ---- The demo as we run it ---------------------------------------------------


class Run:
    """One run, with a directory and ports of its own."""

    def __init__(self, case, *arguments, terminal=None, environment=None,
                 directory=None, ports=True, before=None):
        self.case = case
        self.text = ""
        self.redis_port, self.nginx_port = case.ports
        command = [str(case.program), *arguments]
        if "--directory" not in arguments:
            command += ["--directory", str(directory or case.directory)]
        if ports:
            command += ["--redis-port", str(self.redis_port),
                        "--nginx-port", str(self.nginx_port)]
        environment = {**os.environ, "TERM": "xterm-256color",
                       **(environment or {})}
        environment.pop("NO_COLOR", None) if terminal != "plain" else None
        self.terminal = None
        if terminal:
            self.terminal, end = pty.openpty()
            self.resize(24, 80)
            self.settings = termios.tcgetattr(self.terminal)
        pipes = end if terminal else subprocess.PIPE
        self.process = subprocess.Popen(
            command, env=environment, text=not terminal, bufsize=0 if terminal else -1,
            stdin=end if terminal else subprocess.DEVNULL,
            stdout=pipes, stderr=pipes, preexec_fn=before,
            start_new_session=bool(terminal))
        if terminal:
            self.end = end
        case.runs.append(self)

    # Without a terminal.

    def finish(self):
        """Wait for the end; then `text`, `errors` and `status` are there."""
        if self.terminal:
            until("the demo ended", lambda: self.read() or self.process.poll() is not None)
            self.read()
            self.errors = self.text
        else:
            rest, self.errors = self.process.communicate(timeout=PATIENCE)
            self.text += rest
        self.status = self.process.returncode
        return self

    def read_until(self, pattern):
        """Read lines until one matches."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            line = self.process.stdout.readline()
            self.text += line
            if not line or re.search(pattern, line):
                assert line, f"the demo ended before it said {pattern!r}"
                return
        raise AssertionError(f"the demo did not say {pattern!r}")

    @property
    def lines(self):
        """The journal as [(mark, path below the shop, incarnation, detail)]."""
        found = []
        for match in filter(None, map(LINE.match, self.text.splitlines())):
            path = match[3].removeprefix("shop/")
            found.append((match[2], path, int(match[4] or 0), match[5] or ""))
        return found

    def paths(self, mark):
        return [path for m, path, _, _ in self.lines if m == mark]

    # On a terminal.

    def resize(self, rows, columns):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, size)

    def read(self):
        while select.select([self.terminal], [], [], 0)[0]:
            self.text += os.read(self.terminal, 65_536).decode(errors="replace")

    def shows(self, pattern):
        """Wait until the screen has shown something since the last call."""
        begin = getattr(self, "seen", 0)

        def look():
            ended = self.process.poll() is not None
            self.read()
            match = re.search(pattern, self.text[begin:])
            if match:
                self.seen = begin + match.end()
            assert match or not ended, \
                f"the demo ended before the screen showed {pattern!r}: {self.text[-2000:]!r}"
            return match
        return until(f"the screen showed {pattern!r}", look)

    def type(self, keys):
        os.write(self.terminal, keys)

    # Processes.

    def server(self, name):
        """The pid of a server of the shop, when there is one."""
        def look():
            found = descendants(self.process.pid)
            return next((p for p, n in sorted(found.items()) if n == name), None)
        return until(f"{name} ran", look)

    def end_of_it(self):
        """Whatever became of the case, nothing of the run goes on."""
        processes = descendants(self.process.pid)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in processes:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if self.terminal:
            os.close(self.terminal)
            os.close(self.end)


class Case:
    """What a case is run with."""

    def __init__(self, program):
        self.program = program
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="demo-check."))
        self.directory.chmod(0o755)
        self.programs = pathlib.Path(tempfile.mkdtemp(prefix="demo-check."))
        self.runs = []
        first = free_port()
        self.ports = (first, next(p for p in range(first + 1, 20_001) if is_free(p)))

    def run(self, *arguments, **options):
        return Run(self, *arguments, **options)

    @staticmethod
    def unread(pipe):
        """How many bytes wait in a pipe."""
        return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]

    def program_named(self, name, script):
        """The environment in which a name means a shell script of ours."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return {"PATH": f"{self.programs}:{os.environ['PATH']}"}

    def look_for_leftovers(self):
        # What is ended for good may take a moment to be gone; nothing else may.
        left = {}
        end = time.monotonic() + 2.0
        while time.monotonic() < end:
            reap()
            left = descendants(os.getpid())
            if not left:
                break
            time.sleep(0.01)
        assert not left, f"processes were left behind: {left}"
        files = [str(path) for path in self.directory.rglob("*")]
        assert not files, f"files were left behind: {files}"
        taken = [port for port in self.ports if not is_free(port)]
        assert not taken, f"somebody still listens: {taken}"

    def close(self):
        for run in self.runs:
            run.end_of_it()
        reap()
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(self.programs, ignore_errors=True)


def reap():
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return


def says(text, *words):
    for word in words:
        assert str(word) in text, f"{word!r} is not in: {text.strip()}"


def ended_with(run, status):
    assert run.status == status, f"status {run.status}: {run.errors[-2000:]!r}"


# ---- Fair weather ------------------------------------------------------------


def an_evening(case):
    """--for 3 without a terminal: events as lines, an orderly end"""
    run = case.run("--for", "3").finish()
    ended_with(run, 0)
    assert run.errors == "", run.errors
    assert "\x1b" not in run.text, "there are escapes in a pipe"
    first = {(m, p): i for i, (m, p, n, _) in reversed(list(enumerate(run.lines)))}
    order = [first["started", path] for path in CHILDREN]
    assert order == sorted(order), "they were not started in order"

    # What was started last is stopped first, those in a supervisor within it.
    stops = run.paths("stopping")
    assert stops[0] == "shop", stops
    expected = ["delivery", "delivery/van", "delivery/radio", "bakery",
                "bakery/counter", "bakery/oven", "inspector", "window", "till",
                "nginx", "redis"]
    # The van may be in the garage, and what is not running is not stopped.
    stops = [p for p in stops[1:] if p != "delivery/van"]
    assert stops == [p for p in expected if p != "delivery/van"], stops
    ends = [p for p in run.paths("terminated") if "/" not in p]
    assert ends == ["delivery", "bakery", "inspector", "window", "till", "nginx",
                    "redis", "shop"], ends
    # Supervisors, and what says when it is up, are told of before that, too.
    marks = [mark for mark, _, _, _ in run.lines if mark != "starting"]
    assert marks.index("resourceAcquired") == 0
    assert marks.index("resourceReleased") == len(marks) - 2
    worked = re.search(r"(\d+) orders, (\d+) pages", run.text)
    assert worked and int(worked[1]) > 3 and int(worked[2]) > 1, run.text[-200:]


def restarts(case):
    """--for 6: the van breaks down and is repaired, each time later"""
    run = case.run("--for", "6").finish()
    ended_with(run, 0)
    broken = [d for m, p, _, d in run.lines if (m, p) == ("failed", "delivery/van")]
    repaired = [n for m, p, n, _ in run.lines if (m, p) == ("started", "delivery/van")]
    assert len(broken) >= 1 and repaired[:2] == [1, 2], (broken, repaired)


def chaos(case):
    """--chaos --for 6: whatever is killed is up again"""
    run = case.run("--chaos", "--for", "6").finish()
    ended_with(run, 0)
    killed = re.findall(r"chaos +SIGKILL to shop/(\S+), pid \d+", run.text)
    assert killed, "nothing was killed"
    for name in set(killed):
        failures = [n for m, p, n, _ in run.lines if (m, p) == ("failed", name)]
        starts = [n for m, p, n, _ in run.lines if (m, p) == ("started", name)]
        assert len(failures) == killed.count(name), f"{name}: {failures}"
        assert starts == list(range(1, len(failures) + 2)), f"{name}: {starts}"
        ends = [n for m, p, n, _ in run.lines if (m, p) == ("terminated", name)]
        assert ends == starts[-1:], f"{name} was not up at the end"


def interrupt(case):
    """SIGINT closes in order, status 130"""
    closes_by(case, signal.SIGINT, 130)


def terminate(case):
    """SIGTERM closes in order, status 143"""
    closes_by(case, signal.SIGTERM, 143)


def closes_by(case, number, status):
    run = case.run()
    run.read_until(r"started +shop#1")
    run.process.send_signal(number)
    run.finish()
    ended_with(run, status)
    assert run.errors == "", run.errors
    ends = [p for p in run.paths("terminated") if "/" not in p]
    assert ends[-3:] == ["nginx", "redis", "shop"], ends


def second_interrupt(case):
    """a second SIGINT forces"""
    # Its ladder would wait three seconds for this one before it is killed.
    run = case.run(environment=case.program_named("redis-server", STUBBORN))
    run.read_until(r"started +shop#1")
    run.process.send_signal(signal.SIGINT)
    run.read_until(r"stopping +shop/redis#1")
    begin = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    run.finish()
    took = time.monotonic() - begin
    ended_with(run, 130)
    says(run.text, "SIGINT             closing at once")
    actions = [d for m, p, _, d in run.lines if (m, p) == ("stopping", "redis")]
    assert len(actions) == 2 and "kill" in actions[1], actions
    assert took < 2.9, f"it took {took:.1f} s, as long as without force"


def interrupt_while_opening(case):
    """SIGINT while the shop is being opened, status 130"""
    run = case.run(environment=case.program_named("redis-server", "exec sleep 1000"))
    run.server("sleep")
    run.process.send_signal(signal.SIGINT)
    run.finish()
    ended_with(run, 130)
    assert run.errors == "", run.errors


def own_ports(case):
    """free ports are chosen when none is named"""
    run = case.run("--for", "1", ports=False).finish()
    ended_with(run, 0)


def two_shops(case):
    """two shops side by side"""
    first = case.run("--for", "2", ports=False)
    second = case.run("--for", "2", ports=False)
    for run in (first, second):
        ended_with(run.finish(), 0)


# ---- On a terminal -----------------------------------------------------------


def screen(case):
    """the tree is drawn, follows the window, and the screen is given back"""
    run = case.run("--for", "4", terminal="colours", before=own_terminal)
    run.shows(re.escape(ENTER))
    run.shows(re.escape(HIDE))
    run.shows(r"The shop is open")
    run.shows(r"NAME +STATE +PID +RESTARTS +UPTIME +LAST ERROR")
    for name in SCREEN:
        run.shows(r"\b" + name + r" +(\x1b\[\d+m)?(running|waiting)")
    run.shows(r"EVENTS")
    echo = termios.tcgetattr(run.terminal)[3] & termios.ECHO
    assert not echo, "what is typed would be seen on the screen"
    # A new size is a new screen, and its lines are as wide as it is.
    run.resize(40, 120)
    run.shows(r"\x1b\[2J")
    wide = run.shows(r"(The shop is open[^\x1b\n]*)")[1]
    assert len(wide) == 120, f"a line is {len(wide)} wide, not 120"
    run.finish()
    ended_with(run, 0)
    given_back(run)
    says(run.text[run.text.rindex(LEAVE):], "The shop was open for")


def given_back(run):
    assert run.text.count(ENTER) == run.text.count(LEAVE) >= 1
    assert run.text.rindex(SHOW) > run.text.rindex(HIDE), "the cursor is hidden"
    assert run.text.rindex(LEAVE) > run.text.rindex("EVENTS")
    assert termios.tcgetattr(run.terminal) == run.settings, "the terminal is set otherwise"


def plain(case):
    """NO_COLOR: a screen without colours"""
    run = case.run("--for", "1", terminal="plain", environment={"NO_COLOR": "1"})
    run.finish()
    ended_with(run, 0)
    assert not re.search(r"\x1b\[[1-9]\d*m", run.text), "there are colours"
    says(run.text, "The shop is open")
    given_back(run)


def dumb(case):
    """TERM=dumb: lines, as without a terminal"""
    run = case.run("--for", "1", terminal="colours", environment={"TERM": "dumb"})
    run.finish()
    ended_with(run, 0)
    assert "\x1b" not in run.text
    assert "terminated" in run.text


def control_c(case):
    """Ctrl-C on a terminal gives the screen back, status 130"""
    run = case.run(terminal="colours", before=own_terminal)
    run.shows(r"The shop is open")
    run.type(b"\x03")
    run.finish()
    ended_with(run, 130)
    given_back(run)


def own_terminal():
    """Makes standard input the terminal of the session, as a shell's is."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def control_c_twice(case):
    """Ctrl-C twice gives the screen back, status 130"""
    run = case.run(terminal="colours", before=own_terminal,
                   environment=case.program_named("redis-server", STUBBORN))
    run.shows(r"The shop is open")
    run.type(b"\x03")
    run.shows(r"redis +(\x1b\[\d+m)?stopping")
    run.type(b"\x03")
    run.finish()
    ended_with(run, 130)
    given_back(run)


def control_z(case):
    """Ctrl-Z gives the screen back, and fg takes it again"""
    run = case.run(terminal="colours", before=own_terminal)
    run.shows(r"The shop is open")
    # The kernel does not stop a session without a shell; the demo stops itself.
    run.process.send_signal(signal.SIGTSTP)

    def is_stopped():
        stat = pathlib.Path(f"/proc/{run.process.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"
    until("the demo stopped", is_stopped)
    run.shows(re.escape(LEAVE))
    run.process.send_signal(signal.SIGCONT)
    run.shows(re.escape(ENTER))
    run.shows(r"The shop is open")
    run.process.send_signal(signal.SIGTERM)
    run.finish()
    ended_with(run, 143)
    given_back(run)


def hangup(case):
    """the terminal goes away: the shop is closed, status 129"""
    run = case.run(terminal="colours", before=own_terminal)
    run.shows(r"The shop is open")
    os.close(run.end)
    os.close(run.terminal)
    run.terminal = None
    run.process.wait(PATIENCE)
    assert run.process.returncode == 129, f"status {run.process.returncode}"


# ---- Foul weather ------------------------------------------------------------


def taken_port(case, option, port):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        run = case.run("--for", "3").finish()
    ended_with(run, 1)
    assert run.paths("started") == [], "something was started"
    says(run.errors, f"port {port} of 127.0.0.1", "in use", f"another port with {option}")


def taken_redis_port(case):
    """the port of redis-server is taken"""
    taken_port(case, "--redis-port", case.ports[0])


def taken_nginx_port(case):
    """the port of nginx is taken"""
    taken_port(case, "--nginx-port", case.ports[1])


def same_port(case):
    """one port for both"""
    run = case.run("--redis-port", "19000", "--nginx-port", "19000", ports=False).finish()
    ended_with(run, 64)
    says(run.errors, "--redis-port and --nginx-port", "different")


def missing_redis(case):
    """no redis-server in the PATH"""
    run = case.run("--for", "3", environment={"PATH": str(case.directory)}).finish()
    ended_with(run, 1)
    says(run.errors, "redis-server", "apt-get install redis-server")
    assert run.paths("started") == [], "something was started"


def failing_nginx(case):
    """nginx ends at once: its last words are told, redis-server is stopped"""
    run = case.run("--for", "3", environment=case.program_named(
        "nginx", "echo 'no nginx today' >&2; exit 3")).finish()
    ended_with(run, 1)
    says(run.errors, "nginx", "no nginx today", "status 3")
    assert run.paths("terminated") == ["redis"], run.text


def bad_arguments(case):
    """an unknown option, and values that are none"""
    for arguments, word in [(["--frobnicate"], "--frobnicate"),
                            (["--for", "soon"], "--for"), (["--for", "0"], "--for"),
                            (["--for", "inf"], "--for"), (["--for", "nan"], "--for"),
                            (["--redis-port", "0"], "--redis-port"),
                            (["--nginx-port", "70000"], "65535"), (["open"], "open")]:
        run = case.run(*arguments, ports=False).finish()
        ended_with(run, 64)
        says(run.errors, word, "--help")
        assert run.text == "", run.text


def missing_directory(case):
    """a directory that is not there"""
    run = case.run("--for", "3", "--directory", "/nonexistent/shop").finish()
    unopened(run, "/nonexistent/shop", "No such file", "--directory")


def unopened(run, *words):
    ended_with(run, 1)
    says(run.errors.splitlines()[0], "could not be opened", *words)
    assert "Fault(" not in run.errors
    assert run.paths("started") == [], "something was started"


def closed_directory(case):
    """a directory that may not be written to"""
    # Nobody may write to /proc, root included.
    run = case.run("--for", "3", "--directory", "/proc").finish()
    unopened(run, "/proc", "--directory")


def strange_directory(case):
    """a directory whose name needs quoting everywhere"""
    strange = case.directory / "a b\"c'd;e$f{g}"
    strange.mkdir()
    run = case.run("--for", "1", directory=strange).finish()
    ended_with(run, 0)
    strange.rmdir()


def small_disk(case, size):
    if os.getuid() != 0:
        raise Skipped("only root can mount a small disk")
    disk = case.directory / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk],
                      capture_output=True).returncode != 0:
        disk.rmdir()
        raise Skipped("a small disk cannot be mounted here")
    try:
        run = case.run("--for", "3", directory=disk).finish()
        left = list(disk.iterdir())
    finally:
        subprocess.run(["umount", disk], check=True)
        disk.rmdir()
    assert not left, f"files were left behind: {left}"
    return run


def full_disk(case):
    """a disk that has no room for the shop's files"""
    unopened(small_disk(case, "4k"), "cannot be written", "No space left", "make room")


def disk_that_fills(case):
    """a disk that is full when the servers run"""
    run = small_disk(case, "16k")
    ended_with(run, 1)
    says(run.errors, "No space left")
    assert "redis" in run.paths("terminated") or not run.paths("started"), run.text


def file_limit(case):
    """a limit on the size of files (SIGXFSZ)"""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    run = case.run("--for", "3", before=limit).finish()
    unopened(run, "nginx.conf", "cannot be written", "too large", "ulimit -f")


def full_output(case):
    """standard output is full"""
    with open("/dev/full", "w") as full:
        command = [str(case.program), "--for", "20", "--directory", str(case.directory)]
        run = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True,
                             timeout=PATIENCE)
    assert run.returncode == 1, f"status {run.returncode}"
    says(run.stderr, "standard output", "No space left")


def no_reader(case):
    """whoever read the output has gone (SIGPIPE)"""
    run = case.run("--for", "20")
    run.read_until(r"started +shop#1")
    run.process.stdout.close()
    run.process.wait(PATIENCE)
    errors = run.process.stderr.read()
    assert run.process.returncode == 1, f"status {run.process.returncode}"
    says(errors, "standard output", "Broken pipe")


def slow_reader(case):
    """nobody reads the output, and the shop can be closed all the same"""
    run = case.run("--output")
    run.read_until(r"started +shop#1")
    fcntl.fcntl(run.process.stdout, F_SETPIPE_SZ, 4096)

    # What redis-server says fills the pipe but for what is said at the end;
    # killing it makes it say it again.
    killed = None
    while case.unread(run.process.stdout) < 3000:
        pid = run.server("redis-server")
        if pid != killed:
            os.kill(pid, signal.SIGKILL)
            killed = pid
        time.sleep(0.01)
    run.process.send_signal(signal.SIGINT)
    run.process.wait(PATIENCE)
    assert run.process.returncode == 130, f"status {run.process.returncode}"


CASES = [an_evening, restarts, chaos, interrupt, terminate, second_interrupt,
         interrupt_while_opening, own_ports, two_shops, screen, plain, dumb, control_c,
         control_c_twice, control_z, hangup, taken_redis_port, taken_nginx_port,
         same_port, missing_redis, failing_nginx, bad_arguments, missing_directory,
         closed_directory, strange_directory, full_disk, disk_that_fills, file_limit,
         full_output, no_reader, slow_reader]


def main():
    arguments = sys.argv[1:]
    if not arguments or arguments[0].startswith("-"):
        sys.exit(__doc__)
    program = pathlib.Path(arguments[0]).resolve()
    if not os.access(program, os.X_OK):
        sys.exit(f"{program} is no program; build it with: swift build -c release")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")

    # Whoever runs this may ignore signals, as nohup and a shell's & do. The demo would heed that, and not the signals.
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # nginx is where only administrators look.
    os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"
    passed = failed = 0
    for function in CASES:
        name = function.__doc__.strip()
        if arguments[1:] and not any(word in name for word in arguments[1:]):
            continue
        case = Case(program)
        try:
            function(case)
            case.look_for_leftovers()
        except Skipped as reason:
            print(f"+++ skipped: {name} ({reason})", flush=True)
        except Exception as fault:  # whatever it is, the other cases are run
            failed += 1
            kind = "" if isinstance(fault, AssertionError) else f"{type(fault).__name__}: "
            print(f"+++ failed: {name}\n    {kind}{fault}", flush=True)
        else:
            passed += 1
            print(f"+++ passed: {name}", flush=True)
        finally:
            case.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
