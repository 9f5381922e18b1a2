//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-supervision open source project
//
// Copyright (c) 2026 the swift-supervision project authors
// Licensed under Apache License v2.0
//
// See LICENSE.txt for license information
//
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Supervision
import SupervisionTesting
import Testing

@Suite("Processes", .timeLimit(.minutes(1)))
struct ProcessTests {
    @Test("P1 A missing program and a missing directory are told by name, and nothing stays")
    func missing() async throws {
        let commands = [
            ("/no/such/program", ProcessCommand("/no/such/program")),
            ("no-such-program-anywhere", ProcessCommand("no-such-program-anywhere")),
            ("/no/such/directory", ProcessCommand("true", directory: "/no/such/directory")),
        ]
        for (name, command) in commands {
            let recorder = EventRecorder()
            let spec = SupervisorSpec("root") {
                ChildSpec.idle("before")
                ChildSpec("program", command: command)
            }
            let error = try await failure { _ = try await Supervisor.start(spec, subscribers: [recorder]) }
            #expect(error.explain.contains(name), "\(error.explain)")
            #expect(error.explain.contains("root/program"), "\(error.explain)")
            let spawn = try #require(error.rootCause as? SupervisorError)
            #expect(spawn.code == .spawnFailed, "\(error.explain)")
            #expect(spawn.process?.stage?.description.isEmpty == false)
            #expect(spawn.process?.description.hasPrefix("failed to start: ") ?? false)
            #expect(spawn.systemErrorNumber == 2)
            try await recorder.finish()
            #expect(recorder.lines.contains("terminated root/before"))
        }
    }

    @Test("P2 A process with a readiness rule is started when it holds")
    func readiness() async throws {
        let line = ProcessCommand("sh", "-c", "echo warming up; echo now READY; sleep 3600", output: .discard)
        let descriptor = ProcessCommand("sh", "-c", "echo >&4; sleep 3600", readiness: .descriptor(4))
        var read = line
        read.readiness = .line(containing: "READY")
        read.output = .lines { _ in }
        let spec = SupervisorSpec("root") {
            ChildSpec("line", command: read)
            ChildSpec("descriptor", command: descriptor)
        }
        let recorder = EventRecorder()
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        try await tree.terminate()
        try await recorder.finish()
        #expect(recorder.events.filter { $0.kind == .started }.map(\.name) == ["line", "descriptor", "root"])
    }

    @Test(
        "P2 W1 A process that speaks as to systemd: redis",
        .enabled(if: isInstalled("redis-server"), "redis is missing")
    )
    func redis() async throws {
        let folder = try #require(temporaryFolder())
        defer { removeFolder(folder, with: "redis.sock") }
        let command = ProcessCommand(
            "redis-server",
            arguments: ["--port", "0", "--unixsocket", "redis.sock", "--save", "", "--supervised", "systemd"],
            directory: folder,
            readiness: .notify,
            output: .discard
        )
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec("redis", startTimeout: .seconds(20), command: command)
            ChildSpec.idle("after")
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let pid = try #require(tree.snapshot()["root/redis"]?.pid)
        sendKill(pid)
        let event = await recorder.expect(eventually: .failed("root/redis"))
        #expect(
            event?.error?.description.contains("Ready to accept connections") == true,
            "\(String(describing: event))"
        )
        await recorder.expect(eventually: .started("root/redis"), count: 2)
        try await tree.terminate()
        try await recorder.finish()
        #expect(recorder.events.filter { $0.kind == .started }.map(\.name).prefix(3) == ["redis", "after", "root"])
    }

    @Test(
        "P2 A process is started when it accepts connections: redis",
        .enabled(if: isInstalled("redis-server"), "redis is missing")
    )
    func accepting() async throws {
        let folder = try #require(temporaryFolder())
        defer { removeFolder(folder, with: "redis.sock") }
        let port = try #require(freePort())
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec(
                "socket",
                startTimeout: .seconds(20),
                command: ProcessCommand(
                    "redis-server",
                    arguments: ["--port", "0", "--unixsocket", "redis.sock", "--save", ""],
                    directory: folder,
                    readiness: .accepting(on: folder + "/redis.sock"),
                    output: .discard
                )
            )
            ChildSpec(
                "port",
                startTimeout: .seconds(20),
                command: ProcessCommand(
                    "redis-server",
                    arguments: ["--port", "\(port)", "--bind", "127.0.0.1", "--save", ""],
                    directory: folder,
                    readiness: .accepting(on: "127.0.0.1:\(port)"),
                    output: .discard
                )
            )
            // Whoever is started after them finds them there.
            ChildSpec("asks") { _ in
                #expect(connects(toPort: port))
                while true { try await Task.sleep(for: .seconds(3600)) }
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        #expect(connects(toPort: port))
        sendKill(try #require(tree.snapshot()["root/port"]?.pid))
        await recorder.expect(eventually: .started("root/port"), count: 2)
        #expect(connects(toPort: port))
        try await tree.terminate()
        try await recorder.finish()
        #expect(
            recorder.events.filter { $0.kind == .started }.map(\.name).prefix(4) == ["socket", "port", "asks", "root"]
        )
    }

    @Test("P2 A process is started when it has been running for a time; an end before is a failed start")
    func running() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec("runs", command: ProcessCommand("sleep", "3600", readiness: .running(for: .milliseconds(20))))
        }
        try await Supervisor.start(spec).terminate()
        // Nobody moves the time of this tree on.
        try await withTestTree(spec) { tree in
            #expect(tree.supervisor.snapshot()["root/runs"]?.pid != nil)
        }
        let early = SupervisorSpec("root") {
            ChildSpec("ends", command: ProcessCommand("true", readiness: .running(for: .seconds(3600))))
        }
        let error = try await failure { _ = try await Supervisor.start(early) }
        #expect(error.explain.contains("root/ends"), "\(error.explain)")
    }

    @Test("P2 N5 Times and addresses that cannot be waited for are faults")
    func badReadiness() async throws {
        let bad: [(ProcessCommand.Readiness, String)] = [
            (.running(for: .zero), "zero or infinite"),
            (.running(for: .seconds(-1)), ".running(for:)"),
            (.accepting(on: "localhost:80"), "127.0.0.1:5432"),
            (.accepting(on: ""), "127.0.0.1:5432"),
            (.accepting(on: "/run/a\0b"), "NUL"),
        ]
        for (readiness, part) in bad {
            let spec = SupervisorSpec("root") {
                ChildSpec("program", command: ProcessCommand("true", readiness: readiness))
            }
            let error = try await failure { _ = try await Supervisor.start(spec) }
            #expect(error.explain.contains(part), "\(error.explain)")
            #expect(error.explain.contains("root/program"), "\(error.explain)")
        }
    }

    @Test("P2 W1 A process that is silent, or never says that it is ready, has failed")
    func silence() async throws {
        // What a shell has to say it with.
        let say =
            "import os,socket,sys; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); "
            + "s.connect(os.environ['NOTIFY_SOCKET'].replace('@','\\0',1)); s.send(sys.argv[1].encode()); "
        let ready = ProcessCommand(
            "python3",
            "-c",
            say + "import time; time.sleep(3600)",
            "READY=1",
            readiness: .notify
        )
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .none) {
            ChildSpec("program", heartbeat: .milliseconds(50), command: ready)
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let event = await recorder.expect(eventually: .failed("root/program"))
        #expect(event?.error?.code == .silent)
        let error = try await failure { try await tree.wait() }
        #expect(error.code == .toleranceExceeded)

        var mute = ready
        mute.arguments[2] = "STATUS=loading"
        let never = mute
        let late = SupervisorSpec("root") {
            ChildSpec("program", startTimeout: .milliseconds(200), command: never)
        }
        let notStarted = try await failure { _ = try await Supervisor.start(late) }
        #expect(notStarted.explain.contains("root/program"), "\(notStarted.explain)")
    }

    @Test("P2 No readiness in time is a failed start")
    func notReady() async throws {
        let command = ProcessCommand("sleep", "3600", readiness: .line(containing: "READY"), output: .lines { _ in })
        let spec = SupervisorSpec("root") {
            ChildSpec("program", startTimeout: .milliseconds(100), command: command)
        }
        let error = try await failure { _ = try await Supervisor.start(spec) }
        #expect(error.explain.contains("root/program"), "\(error.explain)")
    }

    @Test("P3 An exit status and a signal are told apart")
    func ends() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec("status", restart: .temporary, command: ProcessCommand("sh", "-c", "exit 7"))
            ChildSpec("signal", restart: .temporary, command: ProcessCommand("sh", "-c", "kill -9 $$"))
            ChildSpec(
                "declared",
                restart: .temporary,
                command: ProcessCommand("sh", "-c", "exit 3", successStatuses: [3])
            )
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let status = await recorder.expect(eventually: .failed("root/status"))?.error
        #expect(status?.code == .exitStatus)
        #expect(status?.process?.status == 7)
        #expect(status?.process?.description.hasPrefix("exit status 7 after ") ?? false)
        let signal = await recorder.expect(eventually: .failed("root/signal"))?.error
        #expect(signal?.code == .signaled)
        #expect(signal?.process?.signal == .kill)
        #expect(signal?.process?.description.hasPrefix("died by SIGKILL after ") ?? false)
        #expect(signal?.process?.cause == .stranger || signal?.process?.cause == .own)
        await recorder.expect(eventually: .completed("root/declared"))
        try await tree.terminate()
    }

    @Test("P7 A process gets its arguments, directory, environment and variables")
    func environment() async throws {
        let output = ProcessOutput()
        let command = ProcessCommand(
            "sh",
            "-c",
            "echo \"$1 $PWD $HOME $ADDED ${GONE-none}\"",
            "sh",
            "argument",
            directory: "/usr",
            environment: ["PATH": "/usr/bin:/bin", "HOME": "/home/of/test", "GONE": "there"],
            variables: ["ADDED": "added", "GONE": nil],
            output: .lines(to: output)
        )
        let spec = SupervisorSpec("root") { ChildSpec("program", restart: .temporary, command: command) }
        try await withSupervisor(spec) { _ in
            var lines = output.makeAsyncIterator()
            #expect(await lines.next()?.text == "argument /usr /home/of/test added none")
        }
    }

    @Test("P9 Lines come in order, with their stream, the last one without a newline as such")
    func lines() async throws {
        let lines = Log<ProcessLine>()
        let recorder = EventRecorder()
        let script = "i=1; while [ $i -le 200 ]; do echo $i; i=$((i+1)); done; echo oh >&2; printf end"
        let spec = SupervisorSpec("root") {
            ChildSpec(
                "program",
                restart: .temporary,
                command: ProcessCommand("sh", "-c", script, output: .lines { lines.append($0) })
            )
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .completed("root/program"))
        try await tree.terminate()
        await lines.wait { $0.count == 202 }
        let out = lines.all.filter { $0.stream == .standardOutput }
        #expect(out.map(\.text) == (1...200).map { "\($0)" } + ["end"])
        #expect(out.map(\.isPartial) == Array(repeating: false, count: 200) + [true])
        #expect(lines.all.filter { $0.stream == .standardError }.map(\.text) == ["oh"])
        #expect(lines.all.allSatisfy { $0.name == "program" && $0.incarnation > 0 })
    }

    @Test("P9 Y6 A reader that stalls costs the oldest lines, which are counted; supervision goes on")
    func stalledReader() async throws {
        let gate = Gate()
        let lines = Log<ProcessLine>()
        let recorder = EventRecorder()
        let output = ProcessCommand.Output.lines(buffer: 10) { line in
            lines.append(line)
            await gate.waitIgnoringCancellation()
        }
        let script = "i=1; while [ $i -le 500 ]; do echo $i; i=$((i+1)); done"
        let spec = SupervisorSpec("root") {
            ChildSpec("program", restart: .temporary, command: ProcessCommand("sh", "-c", script, output: output))
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .completed("root/program"))
        try await tree.terminate()
        gate.open()
        await lines.wait { $0.last?.text == "500" }
        let total = lines.all.reduce(0) { $0 + 1 + Int($1.dropped) }
        #expect(total == 500)
        #expect(lines.all.count <= 12)
    }

    @Test("P9 A process can be held back instead, and loses nothing")
    func heldBack() async throws {
        let output = ProcessOutput(buffer: 4, overflow: .holdBack)
        let script = "i=1; while [ $i -le 20000 ]; do echo $i; i=$((i+1)); done"
        let spec = SupervisorSpec("root") {
            ChildSpec(
                "program",
                restart: .temporary,
                command: ProcessCommand("sh", "-c", script, output: .lines(to: output))
            )
        }
        try await withSupervisor(spec) { _ in
            var count = 0
            for await line in output {
                count += 1
                #expect(line.text == "\(count)" && line.dropped == 0)
                if count == 20_000 { break }
            }
            #expect(count == 20_000)
        }
    }

    @Test("P11 The standard stop is SIGTERM, then SIGKILL; other steps can be given")
    func stopSteps() async throws {
        let stubborn = ProcessCommand(
            "sh",
            "-c",
            "trap '' TERM; echo READY; while :; do sleep 3600 & wait; done",
            readiness: .line(containing: "READY"),
            output: .lines { _ in },
            stopSteps: [.signal(.terminate, for: .milliseconds(50)), .kill()]
        )
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec("good", command: ProcessCommand("sleep", "3600"))
            ChildSpec("stubborn", command: stubborn)
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let error = try await failure { try await tree.terminate() }
        #expect(error.explain.contains("root/stubborn"), "\(error.explain)")
        try await recorder.finish()
        let steps = recorder.events.filter { $0.kind == .stopping && $0.name == "stubborn" }.map(\.stopAction)
        #expect(steps == [.cancel, .kill])
        #expect(recorder.lines.contains("terminated root/good"))
    }

    @Test("A process that dies is restarted under a new pid")
    func restart() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec("program", command: ProcessCommand("sleep", "3600"))
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let pid = try #require(tree.snapshot()["root/program"]?.pid)
        try #require(pid > 1)
        sendKill(pid)
        await recorder.expect(eventually: .started("root/program"), count: 2)
        let other = try #require(tree.snapshot()["root/program"]?.pid)
        #expect(other != pid)
        try await tree.terminate()
    }
}
