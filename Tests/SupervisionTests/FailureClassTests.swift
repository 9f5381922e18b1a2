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

@Suite("Hopeless and forced failures", .timeLimit(.minutes(1)))
struct FailureClassTests {
    private struct NoConfiguration: Error {}

    @Test("X6 A worker whose error is hopeless is not restarted; others are, as their restart type says")
    func hopelessWorker() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .unlimited) {
            ChildSpec("plain") { throw NoConfiguration() }
                .classifyingFailures { $0 is NoConfiguration ? .hopeless : .ordinary }
            ChildSpec("context", restart: .permanent) { context in
                if context.incarnationNumber == 1 { throw ScriptedFailure(1) }
                throw NoConfiguration()
            }
            .classifyingFailures { _ in .forced }
            .classifyingFailures { $0 is NoConfiguration ? .hopeless : .ordinary }
            ChildSpec.idle("steady")
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .failed("root/plain"))
        await recorder.expect(eventually: .failed("root/context"), count: 2)
        #expect(tree.snapshot()["root/plain"]?.state == .failed)
        #expect(tree.snapshot()["root/context"]?.state == .failed)
        #expect(tree.snapshot()["root/steady"]?.state == .running)
        try await tree.terminate()
        try await recorder.finish()
        #expect(recorder.events.filter { $0.kind == .restartScheduled }.map(\.name) == ["context"])
    }

    @Test("X6 X4 A restart is not tried again if its start is hopeless, or says so", arguments: [false, true])
    func hopelessStart(says: Bool) async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .unlimited) {
            ChildSpec("worker") { context, notifyStart in
                if context.incarnationNumber == 1 {
                    notifyStart()
                    throw ScriptedFailure(1)
                }
                guard says else { throw NoConfiguration() }
                notifyStart(failed: NoConfiguration())
            }
            .classifyingFailures { $0 is NoConfiguration ? .hopeless : .ordinary }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let event = await recorder.expect(eventually: .startFailed("root/worker"))
        #expect(event?.error?.rootCause is NoConfiguration)
        try await tree.terminate()
        try await recorder.finish()
        #expect(recorder.events.filter { $0.kind == .restartScheduled }.count == 1)
    }

    @Test("X6 T2 A temporary worker whose error is forced is restarted, and that counts")
    func forcedWorker() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .failures(2, within: .seconds(3600))) {
            ChildSpec("worker", restart: .temporary) { throw ScriptedFailure(1) }
                .classifyingFailures { _ in .forced }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let error = try await failure { try await tree.wait() }
        #expect(error.code == .toleranceExceeded)
        try await recorder.finish()
        #expect(recorder.events.filter { $0.kind == .restartScheduled }.count == 2)
    }

    @Test("X6 H2 An error after a stop was requested has no class")
    func askedWorker() async throws {
        let begun = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec("worker") { context in
                begun.open()
                await context.stopRequested()
                throw ScriptedFailure(1)
            }
            .classifyingFailures { _ in
                Issue.record("it was asked to stop")
                return .hopeless
            }
        }
        let tree = try await Supervisor.start(spec)
        try await begun.wait()
        let error = try await failure { try await tree.terminate() }
        #expect(error.explain.contains("root/worker"), "\(error.explain)")
    }

    @Test("X6 A process whose end is hopeless is not restarted, one whose end is forced is, and counts")
    func processes() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .failures(1, within: .seconds(3600))) {
            ChildSpec("status", command: ProcessCommand("sh", "-c", "exit 78", preventRestartOn: [.status(78)]))
            ChildSpec(
                "signal",
                command: ProcessCommand("sh", "-c", "kill -9 $$", preventRestartOn: [.status(78), .signal(.kill)])
            )
            ChildSpec(
                "forced",
                restart: .temporary,
                command: ProcessCommand("sh", "-c", "exit 75", forceRestartOn: [.status(75), .signal(.hangup)])
            )
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let error = try await failure { try await tree.wait() }
        #expect(error.code == .toleranceExceeded)
        try await recorder.finish()
        #expect(recorder.events.filter { $0.kind == .restartScheduled }.map(\.name) == ["forced"])
    }

    @Test("X6 N6 Contradictions, and classes of errors for a process, are faults")
    func faults() async throws {
        let contradicting = ProcessCommand(
            "true",
            successStatuses: [3],
            preventRestartOn: [.status(3), .status(4), .signal(.kill)],
            forceRestartOn: [.status(4), .signal(.kill)]
        )
        let spec = SupervisorSpec("root") {
            ChildSpec("process", command: contradicting)
            ChildSpec("zero", command: ProcessCommand("true", preventRestartOn: [.status(0)]))
            ChildSpec("closure", command: ProcessCommand("true")).classifyingFailures { _ in .hopeless }
        }
        let error = try await failure { _ = try await Supervisor.start(spec) }
        #expect(error.code == .invalidSpec)
        let paths = error.related.compactMap(\.path)
        #expect(paths.filter { $0 == "root/process" }.count == 3, "\(error.explain)")
        #expect(paths.filter { $0 == "root/zero" }.count == 1, "\(error.explain)")
        #expect(paths.filter { $0 == "root/closure" }.count == 1, "\(error.explain)")
    }
}
