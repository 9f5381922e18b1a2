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

import CBench
import Supervision

extension Probe {
    private static let count = 100_000

    /// Children that are started and terminated again, by one caller, on a supervisor of `n` others: pairs a second.
    static let pairs = Probe("pairs") { n in
        let tree = try await Supervisor.start(SupervisorSpec("bed") { for index in 0..<n { idle("w\(index)") } })
        let spec = extra
        try await cycle(1_000) { try await tree.startChild(spec).terminate() }
        let begun = cb_now()
        try await cycle(count) { try await tree.startChild(spec).terminate() }
        let rate = rate(count, since: begun)
        try await tree.terminate()
        return ["rate": [rate]]
    }

    /// The same by `n` callers on two supervisors of one tree, each with names of its own.
    static let pairCallers = Probe("pair-callers") { n in
        let tree = try await Supervisor.start(
            SupervisorSpec("bed") {
                SupervisorSpec("even") {}
                SupervisorSpec("odd") {}
            }
        )
        let supervisors = ["bed/even", "bed/odd"].compactMap { tree.child(at: $0) }
        let begun = cb_now()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<n {
                group.addTask {
                    let supervisor = supervisors[caller % supervisors.count]
                    let spec = ChildSpec("extra\(caller)", restart: .temporary) { context in
                        await context.stopRequested()
                    }
                    try await cycle(count / n) { try await supervisor.startChild(spec).terminate() }
                }
            }
            try await group.waitForAll()
        }
        let rate = rate(count, since: begun)
        try await tree.terminate()
        return ["rate": [rate]]
    }

    /// Detached tasks that wait, each made, cancelled and awaited by one caller.
    static let taskPairs = Probe("task-pairs") { _ in
        try await cycle(1_000) { await makeAndCancel() }
        let begun = cb_now()
        try await cycle(count) { await makeAndCancel() }
        return ["rate": [rate(count, since: begun)]]
    }

    /// The same by `n` callers.
    static let taskPairCallers = Probe("task-pair-callers") { n in
        let begun = cb_now()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<n {
                group.addTask { try await cycle(count / n) { await makeAndCancel() } }
            }
            try await group.waitForAll()
        }
        return ["rate": [rate(count, since: begun)]]
    }

    private static var extra: ChildSpec {
        ChildSpec("extra", restart: .temporary) { context in await context.stopRequested() }
    }

    private static func idle(_ name: String) -> ChildSpec {
        ChildSpec(name) { context in await context.stopRequested() }
    }

    private static func cycle(_ count: Int, _ pair: () async throws -> Void) async throws {
        for _ in 0..<count { try await pair() }
    }

    private static func rate(_ count: Int, since begun: UInt64) -> Double {
        Double(count) * 1e9 / Double(cb_now() - begun)
    }

    /// A task that ends when it is cancelled, and costs as little as one can.
    private static func makeAndCancel() async {
        let gate = Gate(1)
        let task = Task.detached(priority: .medium) {
            await withTaskCancellationHandler {
                await gate.wait()
            } onCancel: {
                gate.pass()
            }
        }
        task.cancel()
        await task.value
    }
}
