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

@Suite("Start", .timeLimit(.minutes(1)))
struct StartTests {
    @Test("S1 The next child starts when the one before has acknowledged", arguments: [true, false])
    func oneAfterAnother(leftToRight: Bool) async throws {
        let gate = Gate()
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", order: leftToRight ? .leftToRight : .rightToLeft) {
            ChildSpec.idle("a")
            ChildSpec.slow("b", until: gate)
            ChildSpec.idle("c")
        }
        let start = Task { try await Supervisor.start(spec, subscribers: [recorder]) }
        let first = leftToRight ? "root/a" : "root/c"
        await recorder.expect(eventually: .started(first))
        #expect(recorder.lines.filter { $0.hasPrefix("started ") } == ["started \(first)"])
        gate.open()
        let tree = try await start.value
        try await tree.terminate()
        try await recorder.finish()
        let started = recorder.events.filter { $0.kind == .started }.map(\.name)
        #expect(started == (leftToRight ? ["a", "b", "c", "root"] : ["c", "b", "a", "root"]))
        // H1: the reverse of it.
        let stopped = recorder.events.filter { $0.kind == .terminated }.map(\.name)
        #expect(stopped == (leftToRight ? ["c", "b", "a", "root"] : ["a", "b", "c", "root"]))
    }

    @Test("S2 Only the first acknowledgement counts")
    func acknowledgeOnce() async throws {
        let answers = Log<Bool>()
        let spec = SupervisorSpec("root") {
            ChildSpec("worker") { context, notifyStart in
                answers.append(notifyStart())
                answers.append(notifyStart())
                answers.append(notifyStart(failed: ScriptedFailure()))
                answers.append(notifyStart.decline())
                await context.stopRequested()
            }
            ChildSpec.idle("after")
        }
        let tree = try await Supervisor.start(spec)
        try await tree.terminate()
        #expect(answers.all == [true, false, false, false])
    }

    @Test("S3 Reporting an error, throwing and returning before the acknowledgement are failed starts at once")
    func failedStarts() async throws {
        let bodies: [@Sendable (ChildContext, NotifyStart) async throws -> Void] = [
            { _, notifyStart in notifyStart(failed: ScriptedFailure(7)) },
            { _, _ in throw ScriptedFailure(7) },
            { _, _ in },
        ]
        for (number, body) in bodies.enumerated() {
            let spec = SupervisorSpec("root") { ChildSpec("worker", body: body) }
            let error = try await failure { _ = try await Supervisor.start(spec) }
            #expect(error.code == .startFailed, "\(number): \(error.explain)")
            #expect(error.explain.contains("root/worker"), "\(number): \(error.explain)")
            if number < 2 {
                #expect(error.rootCause as? ScriptedFailure == ScriptedFailure(7), "\(number): \(error.explain)")
            }
        }
    }

    @Test("S3 The handle may be used by whoever it was given to")
    func handedOn() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec("worker") { context, notifyStart in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = notifyStart() }
                    group.addTask { await context.stopRequested() }
                    try await group.waitForAll()
                }
            }
        }
        let tree = try await Supervisor.start(spec)
        try await tree.terminate()
    }

    @Test("S3 A child that is not needed is no failure")
    func declined() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec("unneeded") { _, notifyStart in notifyStart.decline() }
            ChildSpec.idle("after")
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        #expect(tree.snapshot()["root/unneeded"]?.state == .declined)
        try await tree.terminate()
        try await recorder.finish()
        #expect(recorder.lines.contains("declined root/unneeded"))
        #expect(!recorder.lines.contains("startFailed root/unneeded"))
    }

    @Test("S4 No acknowledgement in time is a failed start")
    func startTimeout() async throws {
        let runtime = try SupervisorRuntime(manualTime: true)
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("before")
            ChildSpec("worker", startTimeout: .seconds(3)) { context, _ in await context.stopRequested() }
        }
        let start = Task { try await Supervisor.start(spec, subscribers: [recorder], on: runtime) }
        await recorder.expect(eventually: .started("root/before"))
        try await runtime.advance(by: .milliseconds(2_999))
        #expect(recorder.events.allSatisfy { $0.kind == .starting || $0.kind == .started })
        try await runtime.advance(by: .milliseconds(1))
        let error = try await failure { _ = try await start.value }
        #expect(error.explain.contains("root/worker"), "\(error.explain)")
        let codes = sequence(first: error) { $0.underlying as? SupervisorError }.map(\.code)
        #expect(codes.contains(.startTimedOut), "\(error.explain)")
    }

    @Test("S5 S6 S7 A failed start stops those that were started, is told when all are gone, and is not retried")
    func rollback() async throws {
        let recorder = EventRecorder()
        let starts = Counter()
        let spec = SupervisorSpec("root", tolerance: .failures(100, within: .seconds(1))) {
            ChildSpec.idle("a")
            SupervisorSpec("inner") { ChildSpec.idle("b") }
            ChildSpec("c") { _, _ in
                starts.increment()
                throw ScriptedFailure(3)
            }
            ChildSpec.idle("d")
        }
        let error = try await failure { _ = try await Supervisor.start(spec, subscribers: [recorder]) }
        #expect(error.rootCause as? ScriptedFailure == ScriptedFailure(3), "\(error.explain)")
        try await recorder.finish()
        #expect(starts.value == 1)
        let ends = recorder.events.filter { $0.kind == .terminated || $0.kind == .startFailed }
            .map { "\($0.kind) \($0.path)" }
        #expect(
            ends == [
                "startFailed root/c", "terminated root/inner/b", "terminated root/inner", "terminated root/a",
                "startFailed root",
            ]
        )
        #expect(!recorder.lines.contains { $0.hasSuffix("root/d") })
    }

    @Test("S6 The error tells the failures of the rollback")
    func failedRollback() async throws {
        let runtime = try SupervisorRuntime(manualTime: true)
        let gate = Gate()
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec.ignoringCancellation("deaf", until: gate, shutdown: .timeout(.seconds(1)))
            ChildSpec("bad") { _, _ in throw ScriptedFailure(1) }
        }
        let start = Task { try await Supervisor.start(spec, subscribers: [recorder], on: runtime) }
        await recorder.expect(eventually: .stopping("root/deaf"))
        try await runtime.advance(by: .seconds(1))
        let error = try await failure { _ = try await start.value }
        #expect(error.rootCause as? ScriptedFailure == ScriptedFailure(1), "\(error.explain)")
        #expect(error.explain.contains("root/deaf"), "\(error.explain)")
        gate.open()
    }

    @Test("S8 A child that ends while its siblings start is dealt with afterwards")
    func endsWhileStarting() async throws {
        let gate = Gate()
        let recorder = EventRecorder()
        let runs = Counter()
        let spec = SupervisorSpec("root") {
            ChildSpec("quick") { context in
                defer { gate.open() }
                if runs.increment() == 1 { throw ScriptedFailure(1) }
                await context.stopRequested()
            }
            ChildSpec.slow("slow", until: gate)
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .started("root/quick"), count: 2)
        try await tree.terminate()
        try await recorder.finish()
        let started = recorder.events.filter { $0.kind == .started }.map(\.name)
        #expect(started == ["quick", "slow", "root", "quick"])
    }

    @Test("S9 A stop during the start rolls back, and both callers hear of it")
    func stopDuringStart() async throws {
        let gate = Gate()
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("a")
            ChildSpec("b") { context, notifyStart in
                await context.stopRequested()
                #expect(notifyStart() == false)
            }
            ChildSpec.slow("c", until: gate)
        }
        let start = Task { try await Supervisor.start(spec, subscribers: [recorder]) }
        await recorder.expect(eventually: .started("root/a"))
        start.cancel()
        let error = try await failure { _ = try await start.value }
        #expect(error.code == .stoppedDuringStart, "\(error.explain)")
        try await recorder.finish()
        #expect(recorder.lines.last == "startFailed root")
        #expect(!recorder.lines.contains { $0.hasSuffix("root/c") })
        #expect(recorder.lines.contains("terminated root/b"), "\(recorder.lines)")
    }

    @Test("S9 Y7 A start by a task that is cancelled already is refused")
    func refused() async throws {
        let ran = Counter()
        let gate = Gate()
        let task = Task {
            await gate.waitIgnoringCancellation()
            _ = try await Supervisor.start(SupervisorSpec("root") { ChildSpec("a") { ran.increment() } })
        }
        task.cancel()
        gate.open()
        let error = try await failure { try await task.value }
        #expect(error.code == .cancelled)
        #expect(error.underlying is CancellationError)
        #expect(ran.value == 0)
    }

    // swift-format-ignore: OnlyOneTrailingClosureArgument
    @Test("S10 A resource is acquired before the children and released after the last, once for each start")
    func resource() async throws {
        let log = Log<String>()
        let recorder = EventRecorder()
        let spec = SupervisorSpec(
            "root",
            acquire: {
                log.append("acquire")
                return 42
            },
            release: { number in log.append("release \(number)") }
        ) { number in
            ChildSpec("user") { context in
                log.append("use \(number)")
                await context.stopRequested()
                log.append("end")
            }
            ChildSpec.failing("flaky", times: 1)
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .started("root/flaky"), count: 2)
        try await tree.terminate()
        #expect(log.all == ["acquire", "use 42", "end", "release 42"])
        try await recorder.finish()
        #expect(recorder.lines.prefix(2) == ["starting root", "resourceAcquired root"])
    }

    // swift-format-ignore: OnlyOneTrailingClosureArgument
    @Test("S10 A failed acquire is a failed start; a failed child's start still releases; faults are a failed start")
    func failedResource() async throws {
        let log = Log<String>()
        let noResource = SupervisorSpec(
            "root",
            acquire: { throw ScriptedFailure(1) },
            release: { (_: Int) in log.append("release nothing") }
        ) { _ in ChildSpec.idle("child") }
        let first = try await failure { _ = try await Supervisor.start(noResource) }
        #expect(first.rootCause as? ScriptedFailure == ScriptedFailure(1), "\(first.explain)")

        let badChild = SupervisorSpec("root", acquire: { 1 }, release: { log.append("release \($0)") }) { _ in
            ChildSpec("child") { _, _ in throw ScriptedFailure(2) }
        }
        let second = try await failure { _ = try await Supervisor.start(badChild) }
        #expect(second.rootCause as? ScriptedFailure == ScriptedFailure(2), "\(second.explain)")

        let faulty = SupervisorSpec("root", acquire: { 2 }, release: { log.append("release \($0)") }) { _ in
            ChildSpec.idle("twin")
            ChildSpec.idle("twin")
        }
        let third = try await failure { _ = try await Supervisor.start(faulty) }
        #expect(third.explain.contains("root/twin: "), "\(third.explain)")
        let nested = SupervisorSpec("above") { faulty }
        let fourth = try await failure { _ = try await Supervisor.start(nested) }
        #expect(fourth.explain.contains("- above/root/twin: "), "\(fourth.explain)")
        #expect(log.all == ["release 1", "release 2", "release 2"])
    }
}
