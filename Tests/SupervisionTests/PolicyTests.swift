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

@Suite("Dependencies, own tolerances, ends for good", .timeLimit(.minutes(1)))
struct PolicyTests {
    @Test("S11 A child starts after the siblings it names, and stops before them")
    func after() async throws {
        let gate = Gate()
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("web").after("database", "cache")
            ChildSpec.idle("cache")
            ChildSpec.slow("database", until: gate)
        }
        async let start = Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .started("root/cache"))
        gate.open()
        let tree = try await start
        try await tree.terminate()
        try await recorder.finish()
        let started = recorder.events.filter { $0.kind == .started }.map(\.name)
        #expect(started == ["cache", "database", "web", "root"])
        let stopped = recorder.events.filter { $0.kind == .terminated }.map(\.name)
        #expect(stopped == ["web", "database", "cache", "root"])
    }

    @Test("S11 Side by side they come up in any order, and stop in the reverse of what really happened")
    func sideBySide() async throws {
        let gates = [Gate(), Gate(), Gate()]
        let recorder = EventRecorder()
        var spec = SupervisorSpec("root") {
            ChildSpec.slow("a", until: gates[0])
            ChildSpec.slow("b", until: gates[1])
            ChildSpec.slow("c", until: gates[2])
        }
        spec.startLimit = .max
        let described = spec
        async let start = Supervisor.start(described, subscribers: [recorder])
        for index in [1, 2, 0] {
            gates[index].open()
            await recorder.expect(eventually: .started("root/\(["a", "b", "c"][index])"))
        }
        let tree = try await start
        try await tree.terminate()
        try await recorder.finish()
        #expect(recorder.events.filter { $0.kind == .started }.map(\.name) == ["b", "c", "a", "root"])
        #expect(recorder.events.filter { $0.kind == .terminated }.map(\.name) == ["a", "c", "b", "root"])
    }

    @Test("S11 N6 A name that is not there and a circle are faults of the spec")
    func faults() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("a").after("b")
            ChildSpec.idle("b").after("a")
            ChildSpec.idle("c").after("nobody")
        }
        let error = try await failure { _ = try await Supervisor.start(spec) }
        #expect(error.code == .invalidSpec)
        #expect(error.related.count == 2)
        #expect(error.explain.contains("'nobody'") && error.explain.contains("a after b after a"), "\(error.explain)")
    }

    @Test("T4 N7 A child that exceeds a tolerance of its own takes its supervisor with it unless told otherwise")
    func escalation() async throws {
        let worker = ChildSpec.failing("a").tolerating(.failures(1, within: .seconds(5)))
        let subtree = SupervisorSpec("b", tolerance: .none) { ChildSpec.failing("c") }
            .tolerated(.failures(1, within: .seconds(5)))
        for child in [SupervisorSpec.Node(worker), SupervisorSpec.Node(subtree)] {
            let tree = try await Supervisor.start(
                SupervisorSpec("root", tolerance: .unlimited, backoff: .none) { child }
            )
            let error = try await failure { try await tree.wait() }
            #expect(error.code == .toleranceExceeded, "\(error.explain)")
        }
    }

    @Test("T4 A child with a tolerance of its own is quarantined, and its siblings go on")
    func quarantine() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .none) {
            ChildSpec("flaky") { throw ScriptedFailure(1) }
                .tolerating(.failures(2, within: .seconds(5)), whenExceeded: .quarantine)
            ChildSpec.idle("steady")
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let event = try #require(await recorder.expect(eventually: .quarantined("root/flaky")))
        #expect(event.error?.code == .toleranceExceeded)
        #expect(event.error?.rootCause as? ScriptedFailure == ScriptedFailure(1))
        let nodes = tree.snapshot().nodes
        #expect(nodes.first { $0.name == "flaky" }?.state == .quarantined)
        #expect(nodes.first { $0.name == "steady" }?.state == .running)
        try await tree.terminate()
    }

    @Test("X5 A worker can end for good, and ask to be started again")
    func doneAndAgain() async throws {
        let runs = Counter()
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .none) {
            ChildSpec("once") { context in #expect(context.done()) }
            ChildSpec("again", restart: .transient) { context in
                if runs.increment() == 1 { #expect(context.requestRestart()) }
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .completed("root/again"), count: 2)
        await recorder.expect(eventually: .completed("root/once"))
        #expect(runs.value == 2)
        try await tree.terminate()
        try await recorder.finish()
        #expect(recorder.events.filter { $0.kind == .started && $0.name == "once" }.count == 1)
    }

    @Test("I2 With overlap a replacement is started beside an incarnation that does not end")
    func overlap() async throws {
        let gate = Gate()
        let recorder = EventRecorder()
        var deaf = ChildSpec.ignoringCancellation("deaf", until: gate, shutdown: .timeout(.milliseconds(20)))
        deaf.whenStuck = .overlap
        let child = deaf
        let fail = Gate()
        let spec = SupervisorSpec("root", strategy: .oneForAll, tolerance: .failures(9, within: .zero)) {
            child
            ChildSpec("trigger", restart: .transient) { context in
                if context.incarnationNumber > 1 { return }
                await fail.waitIgnoringCancellation()
                throw ScriptedFailure(1)
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        fail.open()
        await recorder.expect(eventually: .started("root/deaf"), count: 2)
        gate.open()
        await recorder.expect(eventually: .lateExit("root/deaf"))
        #expect(recorder.events.allSatisfy { $0.kind != .stuck })
        try? await tree.terminate()
    }
}
