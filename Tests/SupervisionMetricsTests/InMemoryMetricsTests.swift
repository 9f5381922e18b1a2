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
import SupervisionMetrics
import SupervisionTesting
import Testing

@Suite("Metrics in memory", .timeLimit(.minutes(1)))
struct InMemoryMetricsTests {
    @Test("MON-103 A snapshot is a copy: changing it changes nothing, and nothing changes it")
    func copies() async throws {
        let metrics = InMemoryMetrics()
        #expect(metrics.snapshot() == InMemoryMetrics.Snapshot())
        try await withTestTree(SupervisorSpec("root") { ChildSpec.idle("a") }, observers: [metrics]) { tree in
            var snapshot = metrics.snapshot()
            let before = snapshot
            #expect(snapshot["root/a"]?.state == .healthy)
            snapshot.nodes.removeAll { $0.path == "root/a" }
            #expect(snapshot["root/a"] == nil)
            #expect(metrics.snapshot() == before)
            try await tree.terminate()
            #expect(before["root/a"]?.state == .healthy)
            #expect(metrics.snapshot()["root/a"]?.state == .canceled)
        }
    }

    @Test("MON-100 While it backs off, a node is waiting, until its new start is told")
    func backoff() async throws {
        let metrics = InMemoryMetrics()
        let control = WorkerControl()
        let spec = SupervisorSpec("root", backoff: RestartBackoff(immediate: 0, initial: .seconds(4), jitter: 0)) {
            ChildSpec("a", controlledBy: control)
        }
        try await withTestTree(spec, observers: [metrics]) { tree in
            let start = tree.runtime.now
            control.fail()
            try await tree.advance(by: .seconds(3))
            #expect(metrics.snapshot()["root/a"]?.state == .waiting)
            #expect(metrics.snapshot()["root/a"]?.since == start)
            #expect(metrics.snapshot().paths(in: .waiting) == ["root/a"])
            try await tree.advance(by: .seconds(2))
            #expect(metrics.snapshot()["root/a"]?.state == .healthy)
            #expect(metrics.snapshot()["root/a"]?.since == start.advanced(by: .seconds(4)))
            #expect(metrics.snapshot()["root/a"]?.incarnation == 2)
            #expect(metrics.snapshot().counts == [.healthy: 2])
        }
    }

    @Test("N1 Two nodes whose names differ in their bytes only are two")
    func namesAreBytes() async throws {
        let metrics = InMemoryMetrics()
        let control = WorkerControl()
        let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
        #expect(composed == decomposed)
        let spec = SupervisorSpec("root") {
            ChildSpec(composed, controlledBy: control, restart: .temporary)
            ChildSpec.idle(decomposed)
        }
        try await withTestTree(spec, observers: [metrics]) { tree in
            #expect(metrics.snapshot().nodes.count == 3)
            #expect(metrics.snapshot().counts == [.healthy: 3])
            control.complete()
            try await tree.settle()
            try await tree.terminate()
            #expect(metrics.snapshot()["root/\(composed)"] == nil)
            #expect(metrics.snapshot()["root/\(decomposed)"]?.state == .canceled)
        }
    }

    @Test("D4 A node that is no more is forgotten")
    func forgets() async throws {
        let metrics = InMemoryMetrics()
        let spec = SupervisorSpec("root") {
            ChildSpec.completing("once", restart: .temporary)
            ChildSpec.idle("a")
        }
        try await withTestTree(spec, observers: [metrics]) { _ in
            #expect(metrics.snapshot().nodes.map(\.path) == ["root", "root/a"])
        }
    }
}
