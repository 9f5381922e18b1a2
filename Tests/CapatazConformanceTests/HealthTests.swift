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

@Suite("K. Health", .timeLimit(.minutes(1)))
struct HealthTests {
    private struct Scene {
        let controls = (0..<3).map { _ in WorkerControl() }
        let health = HealthMonitor(maxAllowedFailures: 2, maxAllowedRestartDuration: .seconds(10))

        /// Three workers whose restarts take 30 s.
        var spec: SupervisorSpec {
            SupervisorSpec("root", tolerance: .unlimited, backoff: .steady(.seconds(30))) {
                for (name, control) in zip(["a", "b", "c"], controls) { ChildSpec(name, controlledBy: control) }
            }
        }
    }

    @Test("CAP-150 Without events, or with starts only, it is healthy and the report is empty")
    func nothingButStarts() async throws {
        let scene = Scene()
        #expect(scene.health.isHealthy && scene.health.report() == HealthMonitor.Report())
        try await withTestTree(scene.spec, subscribers: [scene.health]) { _ in
            #expect(scene.health.isHealthy && scene.health.report() == HealthMonitor.Report())
        }
    }

    @Test("CAP-151 As many failing names as are allowed are healthy; of one more all are listed")
    func tooMany() async throws {
        let scene = Scene()
        try await withTestTree(scene.spec, subscribers: [scene.health]) { tree in
            for control in scene.controls.prefix(2) { control.fail() }
            try await tree.settle()
            #expect(scene.health.report() == HealthMonitor.Report())
            scene.controls[2].fail()
            try await tree.settle()
            #expect(scene.health.report() == HealthMonitor.Report(failed: ["root/a", "root/b", "root/c"]))
            #expect(!scene.health.isHealthy)
        }
    }

    @Test("CAP-152 One that has been failing for too long is listed as delayed, though the number is allowed")
    func tooLong() async throws {
        let scene = Scene()
        try await withTestTree(scene.spec, subscribers: [scene.health]) { tree in
            scene.controls[0].fail()
            try await tree.advance(by: .seconds(10))
            #expect(scene.health.isHealthy)
            try await tree.advance(by: .nanoseconds(1))
            #expect(scene.health.report() == HealthMonitor.Report(delayed: ["root/a"]))
            #expect(!scene.health.isHealthy)
        }
    }

    @Test("CAP-153 A new start of the name clears it")
    func cleared() async throws {
        let scene = Scene()
        try await withTestTree(scene.spec, subscribers: [scene.health]) { tree in
            for control in scene.controls { control.fail() }
            try await tree.advance(by: .seconds(29))
            #expect(scene.health.report().failed.count == 3 && scene.health.report().delayed.count == 3)
            try await tree.advance(by: .seconds(1))
            #expect(scene.health.report() == HealthMonitor.Report())
        }
    }

    @Test("CAP-154 After a stop that was not clean: who did not stop and all above it, and nobody else")
    func uncleanStop() async throws {
        let gate = Gate()
        let health = HealthMonitor(maxAllowedFailures: 0, maxAllowedRestartDuration: .zero)
        let spec = SupervisorSpec("root") {
            SupervisorSpec("branch0") {
                ChildSpec.idle("child0")
                ChildSpec.idle("child1")
            }
            SupervisorSpec("branch1") {
                ChildSpec.ignoringCancellation("child2", until: gate, shutdown: .timeout(.milliseconds(10)))
                ChildSpec.idle("child3")
            }
        }
        try await withTestTree(spec, subscribers: [health]) { tree in
            await #expect(throws: SupervisorError.self) { try await tree.terminate() }
            try await tree.advance(by: .seconds(1))
            let names = ["root", "root/branch1", "root/branch1/child2"]
            #expect(health.report() == HealthMonitor.Report(failed: names, delayed: names))
        }
        gate.open()
    }
}
