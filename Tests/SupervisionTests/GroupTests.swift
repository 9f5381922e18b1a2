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

@Suite("Groups and significant children", .timeLimit(.minutes(1)))
struct GroupTests {
    @Test("G2 Members of a group are restarted together, and all others go on")
    func together() async throws {
        let control = WorkerControl()
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("reader").inGroup("pipe")
            ChildSpec.idle("clock")
            ChildSpec("writer", controlledBy: control).inGroup("pipe")
            SupervisorSpec("branch") { ChildSpec.idle("leaf") }.inGroup("pipe")
        }.grouping("pipe")
        try await withTestTree(spec) { tree in
            let mark = tree.recorder.mark()
            control.fail()
            try await tree.settle()
            tree.recorder.expect(
                exactly: .failed("root/writer"),
                .terminated("root/branch/leaf"),
                .terminated("root/branch"),
                .terminated("root/reader"),
                .started("root/reader"),
                .started("root/writer"),
                .started("root/branch/leaf"),
                .started("root/branch"),
                after: mark
            )
        }
    }

    @Test("G2 Without a barrier each is started as soon as it is gone")
    func each() async throws {
        let control = WorkerControl()
        let gate = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec("slow", shutdown: .indefinitely) { context in
                await context.stopRequested()
                if context.incarnationNumber == 1 { await gate.waitIgnoringCancellation() }
            }.inGroup("pair")
            ChildSpec("quick", controlledBy: control).inGroup("pair")
        }.grouping("pair", mode: .each)
        try await withTestTree(spec) { tree in
            try await tree.settle()
            control.fail()
            try await tree.settle()
            #expect(tree["root/quick"]?.incarnation == 2 && tree["root/slow"]?.state == .stopping)
            gate.open()
            try await tree.wait(for: .started("root/slow"), count: 2)
        }
    }

    @Test("H9 A supervisor ends itself when any, or the last, significant child has", arguments: [true, false])
    func autoShutdown(any: Bool) async throws {
        let first = WorkerControl()
        let second = WorkerControl()
        let spec = SupervisorSpec("root") {
            SupervisorSpec("jobs", restart: .transient) {
                ChildSpec("first", controlledBy: first, restart: .transient).significant()
                ChildSpec("second", controlledBy: second, restart: .temporary).significant()
                ChildSpec.idle("other")
            }.endingItself(any ? .anySignificant : .allSignificant)
        }
        try await withTestTree(spec) { tree in
            first.complete()
            try await tree.settle()
            #expect(tree["root/jobs"]?.state == (any ? .completed : .running))
            second.fail()
            try await tree.settle()
            #expect(tree["root/jobs"]?.state == .completed)
            tree.recorder.expect(inOrder: .kind(.autoShutdown), .terminated("root/jobs/other"), .completed("root/jobs"))
        }
    }

    @Test("T4 A supervisor may have a tolerance of its own in the one above it")
    func ownTolerance() async throws {
        let control = WorkerControl()
        let spec = SupervisorSpec("root") {
            SupervisorSpec("fragile", tolerance: .failures(0, within: .seconds(5))) {
                ChildSpec("x", controlledBy: control)
            }.tolerated(.failures(1, within: .seconds(60)), whenExceeded: .quarantine)
            ChildSpec.idle("other")
        }
        try await withTestTree(spec) { tree in
            for state in [NodeState.running, .quarantined] {
                control.fail()
                try await tree.settle()
                #expect(tree["root/fragile"]?.state == state)
            }
            #expect(tree["root/other"]?.incarnation == 1)
            let fragile = try #require(tree.supervisor.child(named: "fragile"))
            try await fragile.restart()
            #expect(fragile.state == .running)
        }
    }

    @Test("N6 D5 What does not go together is a fault")
    func faults() async throws {
        var spec = SupervisorSpec("root") {
            ChildSpec.idle("a").inGroup("none")
            ChildSpec.idle("b").significant()
            SupervisorSpec("c") {}.inGroup("none").after("nobody")
        }
        spec.childLimit = 2
        spec.autoShutdown = .anySignificant
        let error = try await failure { _ = try await Supervisor.start(spec) }
        #expect(error.code == .invalidSpec && error.related.count == 5, "\(error.explain)")
        spec.childLimit = 0
        #expect(try await failure { _ = try await Supervisor.start(spec) }.explain.contains("childLimit"))
    }

    @Test("D5 Children of the spec count towards the limit")
    func limit() async throws {
        var spec = SupervisorSpec("root") { ChildSpec.idle("a") }
        spec.childLimit = 1
        try await withTestTree(spec) { tree in
            #expect(try await failure { try await tree.supervisor.startChild(.idle("b")) }.code == .tooManyChildren)
            try await tree.supervisor.child(named: "a")?.delete()
            try await tree.supervisor.startChild(.idle("b"))
        }
    }
}
