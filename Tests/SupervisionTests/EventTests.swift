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

@Suite("Events and snapshots", .timeLimit(.minutes(1)))
struct EventTests {
    @Test("E1 Events are numbered without gaps and carry path, kind, incarnation, cause and times")
    func numbered() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec.failing("flaky", times: 1)
            ChildSpec("program", command: ProcessCommand("sleep", "3600"))
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .started("root/flaky"), count: 2)
        try await tree.terminate()
        let events = try await recorder.finish()
        #expect(events.map(\.number) == Array(1...UInt64(events.count)))
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.time <= $1.time })
        #expect(events.allSatisfy { ($0.cause ?? 0) < $0.number })
        let failed = try #require(events.first { $0.kind == .failed })
        #expect(failed.error?.rootCause as? ScriptedFailure == ScriptedFailure(1))
        #expect(failed.nodeKind == .worker)
        let program = try #require(events.first { $0.name == "program" })
        #expect(program.nodeKind == .process)
        #expect(program.wallTime > .seconds(1_000_000_000))
        #expect(events.last?.nodeKind == .supervisor)
    }

    @Test("E3 A reader that is too slow is told what it lost, and the final event is not among it")
    func losses() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec.failing("flaky", times: 300)
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let events = tree.events(buffer: 8)
        try await recorder.wait { $0.contains { $0.name == "flaky" && $0.kind == .started && $0.restarts == 300 } }
        try await tree.terminate()
        var numbers: [UInt64] = []
        var lost: UInt64 = 0
        var last: Supervisor.Event?
        for await item in events {
            switch item {
            case .event(let event):
                numbers.append(event.number)
                last = event
            case .lost(let count, let upTo):
                lost += count
                #expect(numbers.last.map { $0 < upTo } ?? true)
            }
        }
        #expect(lost > 0)
        #expect(numbers == numbers.sorted())
        #expect(last?.path == "root")
        #expect(last?.kind == .terminated)
    }

    @Test("E3 Cancelling a reader ends only that reader")
    func cancelReader() async throws {
        let tree = try await Supervisor.start(SupervisorSpec("root") { ChildSpec.idle("a") })
        let all = tree.events()
        let cancelled = Task { () -> Int in
            var count = 0
            for await _ in tree.events() { count += 1 }
            return count
        }
        cancelled.cancel()
        #expect(await cancelled.value == 0)
        #expect(tree.state == .running)
        try await tree.terminate()
        var last: Supervisor.Event?
        for await item in all { last = item.event }
        #expect(last?.kind == .terminated)
    }

    @Test("E4 A snapshot is a value, and its description is the tree as text")
    func snapshot() async throws {
        let recorder = EventRecorder()
        let slow = RestartBackoff(immediate: 0, initial: .seconds(3_600), maximum: .seconds(3_600), jitter: 0)
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("good")
            SupervisorSpec("inner") { ChildSpec.failing("waiting", backoff: slow) }
            ChildSpec("program", command: ProcessCommand("sleep", "3600"))
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .restartScheduled())
        let snapshot = tree.snapshot()
        try await tree.terminate()
        #expect(snapshot.isConsistent)
        let paths = ["root", "root/good", "root/inner", "root/inner/waiting", "root/program"]
        #expect(snapshot.nodes.map(\.path) == paths)
        #expect(snapshot.nodes.map(\.depth) == [0, 1, 1, 2, 1])
        #expect(snapshot.nodes.map(\.state) == [.running, .running, .running, .waiting, .running])
        #expect(snapshot["root/inner/waiting"]?.error?.rootCause as? ScriptedFailure == ScriptedFailure(1))
        #expect((snapshot["root/program"]?.pid ?? 0) > 1)
        let text = snapshot.description
        #expect(text.split(separator: "\n").count == 5)
        #expect(text.contains("    waiting  waiting"), "\(text)")
        #expect(text.contains("scripted failure 1"), "\(text)")
    }
}
