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

@Suite("M. One child", .timeLimit(.minutes(1)))
struct ChildTests {
    private func manualTime() throws -> SupervisorRuntime { try SupervisorRuntime(manualTime: true) }

    @Test("CAP-162 Terminating a child whose stop fails gives the error, and again that it had ended")
    func terminate() async throws {
        let runtime = try manualTime()
        let child = try await ChildSpec.failingToStop("a").start(supervisorName: "root", on: runtime)
        try await runtime.settle()
        #expect(child.runtimeName == "root/a" && child.isWorker && child.spec.childSpec?.name == "a")
        let error = try await failure { try await child.terminate() }
        #expect(error.rootCause as? ScriptedFailure == ScriptedFailure())
        #expect(try await !child.terminate())
        let clean = try await ChildSpec.idle("b").start(supervisorName: "root", on: runtime)
        #expect(try await clean.terminate())
        #expect(try await !clean.terminate())
    }

    @Test("CAP-163 The end of a child is told once: to its monitor, or to whoever terminates it")
    func toldOnce() async throws {
        let runtime = try manualTime()
        let ends: [(ChildSpec, (any Error)?)] = [
            (.completing("completes", restart: .permanent), nil),
            (.failing("fails", error: { _ in ScriptedFailure(7) }), ScriptedFailure(7)),
        ]
        for (spec, error) in ends {
            let told = Collector<ChildNotification>()
            let child = try await spec.start(supervisorName: "root", on: runtime) { told.add($0) }
            try await runtime.settle()
            #expect(told.all.map(\.runtimeName) == ["root/\(spec.name)"])
            #expect(told.all.first?.error?.rootCause as? ScriptedFailure == error as? ScriptedFailure)
            #expect(try await !child.terminate())
            try await runtime.settle()
            #expect(told.all.count == 1)
        }
        let told = Collector<ChildNotification>()
        for spec in [ChildSpec.idle("idle"), .failingToStop("untidy")] {
            let child = try await spec.start(supervisorName: "root", on: runtime) { told.add($0) }
            try await runtime.settle()
            _ = try? await child.terminate()
            try await runtime.settle()
        }
        #expect(told.all == [])
    }

    @Test("CAP-164 What a failure does to the record: one too many, a new record, or one more")
    func records() async throws {
        // The tolerance, when failures come, and which of them is one too many.
        let cases: [(RestartTolerance, [Int], Int?)] = [
            (.failures(2, within: .zero), [0, 100, 200], 2),
            (.failures(2, within: .seconds(5)), [0, 0, 6], nil),
            (.failures(2, within: .seconds(5)), [0, 1], nil),
            (.failures(2, within: .seconds(5)), [0, 1, 2], 2),
        ]
        for (tolerance, times, last) in cases {
            let control = WorkerControl()
            let spec = SupervisorSpec("root", tolerance: tolerance, backoff: .none) {
                ChildSpec("a", controlledBy: control)
            }
            try await withTestTree(spec) { tree in
                for (number, time) in times.enumerated() {
                    try await tree.advance(by: .seconds(time) - tree.elapsed)
                    control.fail()
                    try await tree.settle()
                    #expect((tree.state == .ended) == (number == last), "\(tolerance) \(times)")
                }
            }
        }
    }
}
