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

@Suite("Health", .timeLimit(.minutes(1)))
struct HealthTests {
    private let slow = RestartBackoff(immediate: 0, initial: .seconds(30), maximum: .seconds(30), jitter: 0)

    @Test("A failed start counts, the attempts of a restart from the first one on")
    func startFailures() async throws {
        let health = HealthMonitor(maxAllowedFailures: 0, maxAllowedRestartDuration: .seconds(45))
        let control = WorkerControl()
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: slow) {
            ChildSpec("a", controlledBy: control, acknowledgesItself: false)
        }
        control.acknowledge()
        try await withTestTree(spec, subscribers: [health]) { tree in
            control.fail()
            control.failStart()
            control.failStart()
            control.acknowledge()
            try await tree.settle()
            #expect(health.report().failed == ["root/a"])
            try await tree.advance(by: .seconds(46))
            tree.recorder.expect(inOrder: .failed("root/a"), .startFailed("root/a"))
            #expect(health.report().delayed == ["root/a"])
            try await tree.advance(by: .seconds(44))
            #expect(tree["root/a"]?.state == .running)
            #expect(health.isHealthy)
        }
        let never = HealthMonitor(maxAllowedFailures: 0, maxAllowedRestartDuration: .seconds(1))
        let bad = SupervisorSpec("root") { SupervisorSpec("inner") { ChildSpec.failingToStart("a") } }
        let tree = try await TestTree(launching: bad, subscribers: [never])
        #expect(tree.state == .ended)
        #expect(never.report().failed == ["root", "root/inner", "root/inner/a"])
    }

    @Test("A child that is not restarted, or was stopped while it waited, is not missed")
    func notMissed() async throws {
        let health = HealthMonitor(maxAllowedFailures: 0, maxAllowedRestartDuration: .zero)
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: slow) {
            ChildSpec.failing("temporary", restart: .temporary)
            ChildSpec.failing("quarantined").tolerating(.none, whenExceeded: .quarantine)
            ChildSpec.completing("completing")
            SupervisorSpec("passing", tolerance: .none, restart: .temporary) { ChildSpec.failing("a") }
        }
        try await withTestTree(spec, subscribers: [health]) { tree in
            try await tree.advance(by: .seconds(5))
            tree.recorder.expect(inOrder: [.failed("root/temporary"), .failed("root/passing"), .quarantined()])
            #expect(tree["root/completing"]?.state == .waiting)
            let quarantined = ["root/quarantined"]
            #expect(health.report() == HealthMonitor.Report(failed: [], delayed: [], quarantined: quarantined))
        }
        let waiting = SupervisorSpec("root", backoff: slow) { ChildSpec.failing("waiting") }
        try await withTestTree(waiting, subscribers: [health]) { tree in
            #expect(health.report().failed == ["root/waiting"])
            try await tree.terminate()
            tree.recorder.expect(inOrder: .restartCancelled("root/waiting"))
            #expect(health.isHealthy)
        }
    }

    @Test("One that is stuck is missed until it is stopped, although its old incarnation goes on")
    func stuck() async throws {
        let health = HealthMonitor(maxAllowedFailures: 0, maxAllowedRestartDuration: .seconds(60))
        let gate = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec.ignoringCancellation("a", until: gate, shutdown: .timeout(.seconds(1)))
        }
        try await withTestTree(spec, subscribers: [health]) { tree in
            let child = try #require(tree.supervisor.child(named: "a"))
            let restart = Task { try await child.restart() }
            try await tree.wait(for: .stopping("root/a"))
            try await tree.advance(by: .seconds(1))
            #expect(tree["root/a"]?.state == .stuck)
            #expect(health.report().failed == ["root/a"])
            let stop = Task { try? await child.terminate() }
            try await tree.wait(for: .restartCancelled("root/a"))
            try await tree.settle()
            #expect(tree["root/a"]?.state == .abandoned)
            #expect(health.isHealthy)
            gate.open()
            try await tree.settle()
            #expect(health.isHealthy)
            await #expect(throws: SupervisorError.self) { try await restart.value }
            _ = await stop.value
        }
    }

    @Test("A supervisor that fails is missed with what it failed of, until it is up again")
    func supervisors() async throws {
        let health = HealthMonitor(maxAllowedFailures: 0, maxAllowedRestartDuration: .seconds(60))
        let control = WorkerControl()
        let spec = SupervisorSpec("root", tolerance: .failures(1, within: .seconds(60)), backoff: slow) {
            SupervisorSpec("inner", tolerance: .none) { ChildSpec("a", controlledBy: control) }
        }
        try await withTestTree(spec, subscribers: [health]) { tree in
            control.fail()
            try await tree.settle()
            #expect(health.report().failed == ["root/inner", "root/inner/a"])
            try await tree.advance(by: .seconds(30))
            #expect(health.isHealthy)
            control.fail()
            await #expect(throws: SupervisorError.self) { try await tree.wait() }
            #expect(health.report().failed == ["root", "root/inner", "root/inner/a"])
        }
    }

    @Test("After a loss it does not blame those who may be up again")
    func losses() async throws {
        let health = HealthMonitor(maxAllowedFailures: 0, maxAllowedRestartDuration: .zero)
        let spec = SupervisorSpec("root", backoff: slow) { ChildSpec.failing("a") }
        try await withTestTree(spec) { tree in
            for event in tree.recorder.events { health.handle(.event(event)) }
            #expect(health.report(at: tree.runtime.now).failed == ["root/a"])
            health.handle(.lost(count: 1, upTo: 100))
            #expect(health.report(at: tree.runtime.now).isHealthy)
        }
    }

    @Test("E5 A tree is ready when all are up that should be; it says who is not and why")
    func readiness() async throws {
        let control = WorkerControl()
        let gate = Gate()
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: slow) {
            ChildSpec("a", controlledBy: control)
            ChildSpec.completing("once", restart: .temporary)
            SupervisorSpec("inner") {
                ChildSpec.idle("web").after("database")
                ChildSpec.acknowledging("database", when: gate)
            }
        }
        let tree = try await TestTree(launching: spec)
        #expect(!tree.supervisor.isReady)
        let starting = tree.supervisor.unready()
        let database = try #require(starting.first { $0.path == "root/inner/database" })
        #expect(database.state == .starting)
        #expect(starting.first { $0.path == "root/inner/web" }?.waitsFor == "database")
        gate.open()
        try await tree.settle()
        #expect(tree.supervisor.isReady)
        #expect(tree.supervisor.unready().isEmpty)
        control.fail()
        try await tree.settle()
        #expect(!tree.supervisor.isReady)
        let waiting = tree.supervisor.unready()
        #expect(waiting.map(\.path) == ["root/a"])
        #expect(waiting.first?.state == .waiting)
        #expect(waiting.first?.error?.rootCause as? ScriptedFailure == ScriptedFailure())
        #expect(waiting.first?.deadline == tree.runtime.now.advanced(by: .seconds(30)))
        try await tree.advance(by: .seconds(30))
        #expect(tree.supervisor.isReady)
        try await tree.terminate()
        #expect(!tree.supervisor.isReady)
    }
}
