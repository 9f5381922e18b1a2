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
    /// `n` runnables below one root, all healthy: start, memory, stop.
    static let flatRunnables = Probe("flat-runnables") { n in
        try await measure(nodes: n) { context, healthy in
            for index in 0..<n {
                try context.run("w\(index)") { context in try await idle(context, healthy) }
            }
            try await idle(context, healthy)
        }
    }

    /// A tree in which every runnable above the leaves runs ten others, of `n` nodes: 11, 111, 1,111, 11,111.
    static let wideRunnables = Probe("wide-runnables") { n in
        var depth = 0
        var nodes = 1
        while nodes < n {
            depth += 1
            nodes = nodes * 10 + 1
        }
        return try await measure(nodes: nodes - 1) { [depth] context, healthy in
            try await grow(context, depth, healthy)
        }
    }

    private static func grow(_ context: ChildContext, _ depth: Int, _ healthy: Gate) async throws {
        if depth > 0 {
            for index in 0..<10 {
                try context.run("\(index)") { context in try await grow(context, depth - 1, healthy) }
            }
        }
        try await idle(context, healthy)
    }

    private static func idle(_ context: ChildContext, _ healthy: Gate) async throws {
        try context.signal(.healthy)
        healthy.pass()
        await context.stopRequested()
    }

    private static func measure(
        nodes: Int,
        _ body: @escaping @Sendable (ChildContext, Gate) async throws -> Void
    ) async throws -> Results {
        let warm = Gate(1)
        let first = try await Supervisor.start("warm") { context in
            for index in 0..<16 { try context.run("\(index)") { await $0.stopRequested() } }
            warm.pass()
            await context.stopRequested()
        }
        await warm.wait()
        try await first.terminate()
        let resident = cb_resident()
        let healthy = Gate(nodes + 1)
        let begun = cb_now()
        let tree = try await Supervisor.start("root") { context in try await body(context, healthy) }
        await healthy.wait()
        let started = cb_now() - begun
        let memory = cb_resident() - resident
        let stopping = cb_now()
        try await tree.terminate()
        return [
            "start": [Double(started)],
            "memory": [Double(memory) / Double(nodes)],
            "stop": [Double(cb_now() - stopping)],
        ]
    }
}

extension Figure {
    static let runnables: [Figure] = [
        Figure(
            name: "runnables-flat",
            ns: [5_000],
            unit: .milliseconds,
            ours: .flatRunnables,
            floor: nil,
            floorName: nil,
            metric: "start",
            bar: Bar(.atMost, 50)
        ),
        Figure(
            name: "runnables-wide",
            ns: [11_111],
            unit: .milliseconds,
            ours: .wideRunnables,
            floor: nil,
            floorName: nil,
            metric: "start",
            bar: Bar(.atMost, 100)
        ),
        Figure(
            name: "runnables-wide-stop",
            ns: [11_111],
            unit: .milliseconds,
            ours: .wideRunnables,
            floor: nil,
            floorName: nil,
            metric: "stop"
        ),
        Figure(
            name: "runnables-memory",
            ns: [5_000],
            unit: .bytes,
            ours: .flatRunnables,
            floor: .tasks,
            floorName: "bare detached tasks, each waiting in one continuation",
            metric: "memory"
        ),
    ]
}
