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

import MetricsTestKit
import Supervision
import SupervisionMetrics
import SupervisionTesting
import Synchronization
import Testing

@Suite("Metrics of runnables", .timeLimit(.minutes(1)))
struct RunnableMetricsTests {
    /// Writes down who changes to what, without the states that others do not have.
    private final class Diary: StateObserver {
        private let lines = Mutex<[String]>([])

        func stateChanged(_ change: StateChange) {
            guard [.new, .healthy, .dead, .done, .canceled].contains(change.state) else { return }
            lines.withLock { $0.append("\(change.path) \(change.state)") }
        }

        /// What came since the last look.
        func take() -> [String] {
            lines.withLock { lines in
                defer { lines = [] }
                return lines
            }
        }
    }

    @Test("MON-99 The sequence of a tree that grows, fails once and is up: observers see all of it, in order")
    func sequence() async throws {
        let diary = Diary()
        let memory = InMemoryMetrics()
        let metrics = TestMetrics()
        let begin = Gate()
        let up = Gate()
        let crash = Gate()
        let runsOfOne = Mutex(0)
        let steady = RestartBackoff(immediate: 0, initial: .seconds(1), jitter: 0)

        let two = ChildSpec.runnable("two", backoff: steady) { context in
            try context.signal(.healthy)
            await context.stopRequested()
            throw CancellationError()
        }
        let one = ChildSpec.runnable("one", backoff: steady) { context in
            try context.run(two)
            let run = runsOfOne.withLock { run in
                run += 1
                return run
            }
            if run == 1 {
                await crash.waitIgnoringCancellation()
                throw ScriptedFailure(1)
            }
            try context.signal(.healthy)
            try context.signal(.done)
        }
        let root = ChildSpec.runnable("root", backoff: steady) { context in
            try await begin.wait()
            try context.run(one)
            try await up.wait()
            try context.signal(.healthy)
            await context.stopRequested()
        }
        let tree = try await TestTree(
            launching: root,
            observers: [diary, memory, MetricsObserver(factory: metrics)]
        )
        #expect(diary.take() == ["root new"])
        begin.open()
        try await tree.settle()
        #expect(diary.take() == ["root/one new", "root/one/two new", "root/one/two healthy"])
        #expect(memory.snapshot().counts == [.new: 2, .healthy: 1])
        up.open()
        try await tree.settle()
        #expect(diary.take() == ["root healthy"])
        crash.open()
        try await tree.settle()
        // A node has failed when its body has; what is below it goes then.
        #expect(diary.take() == ["root/one dead", "root/one/two canceled"])
        #expect(memory.snapshot()["root/one"]?.state == .waiting)
        #expect(memory.snapshot()["root/one/two"] == nil)
        try await tree.advance(by: .seconds(1))
        let again = diary.take()
        // What `two` says comes whenever it comes to run.
        #expect(again.filter { $0.hasPrefix("root/one ") } == ["root/one new", "root/one healthy", "root/one done"])
        #expect(again.filter { $0.hasPrefix("root/one/two ") } == ["root/one/two new", "root/one/two healthy"])
        #expect(again.count == 5)
        #expect(memory.snapshot().counts == [.healthy: 2, .done: 1])

        // Runnables have labels of their own.
        let nodes = Set(metrics.meters(label: "supervision_node_state").flatMap { $0.dimensions.map(\.1) })
        #expect(nodes.isSuperset(of: ["root", "root/one", "root/one/two"]))
        #expect(!nodes.contains { $0.hasSuffix("*") })
        let transitions = metrics.counters(
            label: "supervision_node_state_transitions_total",
            dimensions: [("node", "root/one"), ("from", "none"), ("to", "new")]
        )
        #expect(transitions.map(\.totalValue) == [1])
        try await tree.terminate()
    }
}
