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

@Suite("Scripted workers", .timeLimit(.minutes(2)))
struct ScriptedTests {
    @Test("Fails and completes so many times")
    func failsAndCompletes() async throws {
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec.failing("fails", times: 2, after: .seconds(1))
            ChildSpec.completing("completes", times: 3)
            ChildSpec.failing("other", times: 1) { ScriptedFailure($0 + 10) }
        }
        try await withTestTree(spec) { tree in
            tree.recorder.expect(never: .failed("root/fails"))
            try await tree.advance(by: .seconds(10))
            #expect(tree["root/fails"]?.restarts == 2)
            #expect(tree["root/completes"]?.restarts == 3)
            tree.recorder.expect(
                inOrder: .failed("root/fails") && .error(ScriptedFailure(1)),
                .failed("root/fails") && .error(ScriptedFailure(2))
            )
            tree.recorder.expect(inOrder: .failed("root/other") && .error(ScriptedFailure(11)))
        }
    }

    @Test("Hangs, ignores cancellation, fails to stop")
    func stops() async throws {
        let gate = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec.ignoringCancellation("deaf", until: gate, shutdown: .timeout(.seconds(5)))
            ChildSpec.failingToStop("sore", error: ScriptedFailure(4))
            ChildSpec.hanging("hung", shutdown: .drain(.seconds(3), thenCancel: .seconds(5)))
        }
        try await withTestTree(spec) { tree in
            await #expect(throws: SupervisorError.self) { try await tree.terminate() }
            #expect(tree.elapsed == .seconds(8))
            tree.recorder.expect(
                exactly: .terminated("root/hung"),
                .terminationFailed("root/sore") && .error(ScriptedFailure(4)),
                .terminationFailed("root/deaf"),
                .terminationFailed("root"),
                among: !.started() && .isStartOrEnd
            )
        }
        gate.open()
    }

    @Test("Declines, acknowledges late, never, or not before it is told")
    func starts() async throws {
        let gate = Gate()
        let control = WorkerControl()
        let spec = SupervisorSpec("root") {
            ChildSpec.declining("unneeded")
            ChildSpec.acknowledging("late", after: .seconds(2))
            ChildSpec.acknowledging("gated", when: gate)
            ChildSpec("told", controlledBy: control, acknowledgesItself: false)
        }
        let tree = try await TestTree(launching: spec)
        tree.recorder.expect(exactly: .declined("root/unneeded"), among: .declined() || .isStartOrEnd)
        try await tree.advance(by: .seconds(2))
        #expect(tree["root/gated"]?.state == .starting)
        gate.open()
        try await tree.settle()
        #expect(tree["root/told"]?.state == .starting)
        #expect(control.runs == 1)
        control.acknowledge()
        try await tree.settle()
        #expect(tree.state == .running)
        control.complete()
        try await tree.settle()
        #expect(control.runs == 2)
        #expect(tree["root/told"]?.state == .starting)
        control.failStart()
        try await tree.settle()
        tree.recorder.expect(inOrder: .completed("root/told"), .startFailed("root/told"))
        try await tree.terminate()
    }

    @Test("X4 Fails to start in some runs")
    func failsToStart() async throws {
        let control = WorkerControl()
        let spec = SupervisorSpec("root", strategy: .oneForAll, tolerance: .unlimited, backoff: .none) {
            ChildSpec("trigger", controlledBy: control)
            ChildSpec.failingToStart("flaky", inRuns: { $0 == 2 })
        }
        try await withTestTree(spec) { tree in
            control.fail()
            try await tree.settle()
            tree.recorder.expect(
                inOrder: .failed("root/trigger"),
                .terminated("root/flaky"),
                .started("root/trigger"),
                .startFailed("root/flaky"),
                .started("root/flaky")
            )
            #expect(tree.snapshot.nodes.allSatisfy { $0.state == .running })
        }
    }

    @Test("A gate ends a wait with its task, unless that is to be ignored")
    func gate() async throws {
        let gate = Gate()
        let cancelled = Task { try await gate.wait() }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        let patient = Task { await gate.waitIgnoringCancellation() }
        patient.cancel()
        gate.open()
        await patient.value
        try await gate.wait()
        #expect(gate.isOpen)
    }
}
