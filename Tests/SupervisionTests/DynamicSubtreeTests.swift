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

@Suite("Dynamic subtrees", .timeLimit(.minutes(1)))
struct DynamicSubtreeTests {
    @Test("CAP-136 A name is free when its child was deleted, and limits hold")
    func names() async throws {
        let spec = SupervisorSpec("root") {
            SupervisorSpec.dynamic("dyn", childLimit: 2) { context, spawner, notifyStart in
                let first = try await spawner.startChild(.idle("x"))
                try await first.delete()
                let second = try await spawner.startChild(.idle("x"))
                #expect(first != second && spawner.child(named: "x") == second && spawner.childCount == 1)
                try await spawner.startChild(SupervisorSpec("branch") { ChildSpec.idle("leaf") })
                #expect(try await failure { try await spawner.startChild(.idle("third")) }.code == .tooManyChildren)
                notifyStart()
                await context.stopRequested()
            }
        }
        try await withTestTree(spec) { tree in
            #expect(tree["root/dyn/subtree/branch/leaf"]?.state == .running)
            tree.recorder.expect(never: .startFailed())
        }
    }

    @Test("CAP-138 R5 A spawner that is kept belongs to its incarnation, and keeps no tree")
    func kept() async throws {
        let spawners = Log<ChildSpawner>()
        let gate = Gate()
        let spec = SupervisorSpec("root") {
            SupervisorSpec.dynamic("dyn") { context, spawner in
                spawners.append(spawner)
                try await context.failFirst(when: gate)
            }
        }
        try await withTestTree(spec) { tree in
            try await tree.settle()
            let first = try #require(spawners.all.first)
            // By others than the worker, too.
            try await first.startChild(.idle("x"))
            gate.open()
            try await tree.settle()
            let error = try await failure { try await first.startChild(.idle("y")) }
            #expect(error.code == .gone && error.path == "root/dyn/spawner", "\(error.explain)")
            #expect(first.child(named: "x") == nil && first.childCount == 0)
            let second = try #require(spawners.all.last)
            try await second.startChild(.idle("y"))
            #expect(tree["root/dyn/subtree/y"]?.state == .running && tree["root/dyn/subtree/x"] == nil)
            try await tree.terminate()
            #expect(try await failure { try await second.startChild(.idle("z")) }.code == .gone)
        }
    }

    @Test("S9 H6 A worker that is stopped while it starts a child takes that away again")
    func stoppedMeanwhile() async throws {
        let errors = Log<SupervisorError>()
        let begun = Gate()
        let spec = SupervisorSpec("root") {
            SupervisorSpec.dynamic("dyn") { _, spawner in
                do {
                    try await spawner.startChild(
                        ChildSpec("slow") { context, _ in
                            begun.open()
                            await context.stopRequested()
                        }
                    )
                } catch let error as SupervisorError {
                    errors.append(error)
                }
            }
        }
        try await withTestTree(spec) { tree in
            try await begun.wait()
            try await tree.terminate()
            #expect(errors.all.map(\.code) == [.stoppedDuringStart] && tree.elapsed == .zero)
        }
    }
}

extension ChildContext {
    /// Let the first incarnation fail when the gate is opened; others have nothing to do until they are stopped.
    fileprivate func failFirst(when gate: Gate) async throws {
        guard incarnationNumber == 1 else { return await stopRequested() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await gate.wait()
                throw ScriptedFailure()
            }
            group.addTask { await self.stopRequested() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
