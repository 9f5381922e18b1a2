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

import Logging
import Supervision
import SupervisionLogging
import SupervisionTesting
import Testing

@Suite("Output of processes in the log tree", .timeLimit(.minutes(1)))
struct ProcessLogTests {
    let log = LogTree()

    /// Run a program until it has ended, and return what is at its node.
    private func run(_ script: String, _ output: ProcessCommand.Output) async throws -> [LogEntry] {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec("program", restart: .temporary, command: ProcessCommand("sh", "-c", script, output: output))
        }
        let tree = try await Supervisor.start(spec.logging(to: log, events: false), subscribers: [recorder])
        await recorder.expect(eventually: .completed("root/program"))
        try await tree.terminate()
        return try log.backlog(LogFilter("root/program"))
    }

    @Test("MON-85 With one pipe for both, lines are raw entries in the order in which they were written")
    func merged() async throws {
        let options = ProcessCommand.LineOptions(merged: true)
        let entries = try await run("echo 1; echo 2 >&2; echo 3; echo 4 >&2", .log(options: options))
        #expect(entries.map { $0.raw?.text } == ["1", "2", "3", "4"])
    }

    @Test("MON-96 Standard output and standard error never share a line")
    func streams() async throws {
        let script = "printf 'out '; printf 'err ' >&2; printf 'out'; printf 'err\\n' >&2; echo"
        let entries = try await run(script, .log())
        #expect(entries.map(\.text).sorted() == ["err err", "out out"])
    }

    @Test(
        "MON-91 What has no newline at the end is an entry, with any format",
        arguments: [LogFormat.raw, .klog(), .json, .priority]
    )
    func unfinished(format: LogFormat) async throws {
        let entries = try await run("printf 'whole\\npartial'", .log(format))
        #expect(entries.map { $0.raw?.text } == ["whole", "partial"])
    }

    @Test("MON-91 The lines of two incarnations are never glued together")
    func incarnations() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec("program", command: ProcessCommand("sh", "-c", "printf start", output: .log()))
        }
        let stream = try log.follow(LogFilter("root/program")).stream
        let tree = try await Supervisor.start(spec.logging(to: log, events: false), subscribers: [recorder])
        #expect(await stream.entries(3).map(\.text) == ["start", "start", "start"])
        try await tree.terminate()
    }

    @Test("MON-96 Lines of klog become messages; a message at the end of the process does not wait")
    func klog() async throws {
        let line = "W0312 14:20:04.240540 204 api.go:247] disk is slow"
        let entries = try await run("echo '\(line)'; echo '  at disk.go'; echo prose >&2", .log(.klog()))
        let messages = entries.compactMap(\.leveled)
        #expect(messages.map(\.message) == ["disk is slow\n  at disk.go"])
        #expect(messages.first?.severity == .warning)
        #expect(entries.compactMap { $0.raw?.text } == ["prose"])
    }

    @Test("MON-96 What a worker runs as a command is written at the node of the command, raw or parsed")
    func commandOfWorker() async throws {
        let lines = [#"{"level":"error","msg":"lost"}"#, "I0312 14:20:04.240540 204 api.go:247] up", "<4>hot"]
        let script = lines.map { "echo '\($0)'" }.joined(separator: "; ")
        let formats: [(String, LogFormat)] = [
            ("raw", .raw), ("json", .json), ("klog", .klog()), ("priority", .priority),
        ]
        let recorder = EventRecorder()
        let root = try await Supervisor.start("root", loggingTo: log, events: false, subscribers: [recorder]) {
            context in
            for (name, format) in formats {
                let command = ProcessCommand("sh", "-c", script, output: .log(format))
                try await context.runCommand(command, name: name)
            }
            try context.signal(.done)
        }
        await recorder.expect(eventually: .kind(.done, of: "root"))
        try await root.terminate()
        func parsed(_ name: String) throws -> [String] {
            let messages = try log.backlog(LogFilter("root/\(name)")).compactMap(\.leveled)
            return messages.map { "\($0.level) \($0.message)" }
        }
        #expect(try log.backlog(LogFilter("root/raw")).compactMap { $0.raw?.text } == lines)
        #expect(try parsed("raw").isEmpty)
        #expect(try parsed("json") == ["error lost"])
        #expect(try parsed("klog").map { $0.prefix(7) } == ["info up"], "a line may go on in the next one")
        #expect(try parsed("priority") == ["warning hot"])
    }

    @Test("MON-139 A line that is longer than a piece of the pipe is one entry")
    func longLines() async throws {
        let options = ProcessCommand.LineOptions(limit: 64)
        let script = "printf '%0300d\\n%0070d' 0 0; printf '%0065d\\n' 0 >&2"
        let entries = try await run(script, .log(limit: 100, options: options))
        #expect(entries.compactMap { $0.raw?.originalLength }.sorted() == [65, 70, 300])
        #expect(entries.filter { $0.raw?.isTruncated == true }.map(\.text) == [String(repeating: "0", count: 100)])
    }

    @Test("Another log tree can be given, and a line is looked for as well")
    func otherTree() async throws {
        let other = LogTree()
        let command = ProcessCommand(
            "sh",
            "-c",
            "echo warming; echo READY; sleep 3600",
            readiness: .line(containing: "READY"),
            output: .log(to: other)
        )
        let spec = SupervisorSpec("root") { ChildSpec("program", command: command) }
        let tree = try await Supervisor.start(spec)
        try await tree.terminate()
        #expect(try other.texts(LogFilter("root/program")) == ["warming", "READY"])
    }

    @Test("Without a log tree the spec has a fault that says what to do")
    func noTree() async throws {
        let command = ProcessCommand("true", output: .log())
        let spec = SupervisorSpec("root") { ChildSpec("program", command: command) }
        let error = await #expect(throws: SupervisorError.self) { try await Supervisor.start(spec) }
        #expect(error?.explain.contains("root/program") == true)
        #expect(error?.explain.contains("logging(to:)") == true)
    }

    @Test("A flood of lines is written whole, and holds up nobody")
    func flood() async throws {
        var limits = LogTree.Limits()
        limits.entriesPerNode = 200_000
        let flooded = LogTree(limits: limits)
        let entries = try await run("seq 1 100000", .log(to: flooded))
        #expect(entries.isEmpty)
        let texts = try flooded.texts(LogFilter("root/program"))
        #expect(texts.count == flooded.counts(try LogPath("root/program")).kept)
        #expect(texts.last == "100000")
        #expect(UInt64(texts.count) + flooded.counts(try LogPath("root/program")).dropped == 100_000)
    }
}
