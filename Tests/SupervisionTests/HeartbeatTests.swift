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

@Suite("Heartbeats of workers", .timeLimit(.minutes(1)))
struct HeartbeatTests {
    @Test("W1 Signs of life keep a worker up; silence is a failure of its own, and it is restarted")
    func silence() async throws {
        let spec = SupervisorSpec("root", tolerance: .unlimited) {
            ChildSpec("worker", heartbeat: .seconds(10)) { context in
                for _ in 0..<5 {
                    try await context.sleep(for: .seconds(9))
                    #expect(context.heartbeat())
                }
                await context.stopRequested()
            }
            ChildSpec.idle("steady")
        }
        try await withTestTree(spec) { tree in
            try await tree.advance(by: .seconds(54))
            #expect(!tree.recorder.events.contains { $0.kind == .silent })
            #expect(tree["root/worker"]?.restarts == 0)
            try await tree.advance(by: .seconds(1))
            tree.recorder.expect(
                inOrder: .silent("root/worker"),
                .failed("root/worker"),
                .started("root/worker")
            )
            let event = tree.recorder.events.first { $0.kind == .failed }
            #expect(event?.error?.code == .silent)
            #expect(tree["root/worker"]?.restarts == 1)
            #expect(tree["root/steady"]?.restarts == 0)
        }
    }

    @Test("W1 S2 It counts from the acknowledged start")
    func start() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec("worker", startTimeout: .seconds(100), heartbeat: .seconds(10)) { context, notifyStart in
                try await context.sleep(for: .seconds(50))
                notifyStart()
                await context.stopRequested()
            }
        }
        try await withTestTree(spec, startingWithin: .seconds(50)) { tree in
            #expect(tree["root/worker"]?.state == .running)
            try await tree.advance(by: .seconds(9))
            #expect(!tree.recorder.events.contains { $0.kind == .silent })
            try await tree.advance(by: .seconds(1))
            #expect(tree.recorder.events.contains { $0.kind == .silent })
        }
    }

    @Test("W1 R5 A sign of life of an incarnation that has ended is none; without a promise it does nothing")
    func stale() async throws {
        let contexts = Log<ChildContext>()
        let spec = SupervisorSpec("root") {
            ChildSpec("worker") { context in
                contexts.append(context)
                if context.incarnationNumber == 1 { throw ScriptedFailure() }
                await context.stopRequested()
            }
        }
        try await withTestTree(spec) { tree in
            try await tree.settle()
            #expect(contexts.all.map { $0.heartbeat() } == [false, true])
            try await tree.advance(by: .seconds(3_600))
            #expect(tree["root/worker"]?.restarts == 1)
        }
    }

    @Test("W1 N6 A period that is zero or negative is a fault")
    func faults() async throws {
        for period in [Duration.zero, .seconds(-1)] {
            let spec = SupervisorSpec("root") {
                ChildSpec("worker", heartbeat: period) { _ in }
                ChildSpec("process", heartbeat: period, command: ProcessCommand("true"))
            }
            let error = try await failure { _ = try await Supervisor.start(spec) }
            #expect(error.code == .invalidSpec)
            #expect(error.related.compactMap(\.path) == ["root/worker", "root/process"], "\(error.explain)")
        }
    }
}
