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

import SupervisionTesting
import Synchronization
import Testing

@testable import Supervision

/// "é" as one character, and as "e" with an accent: equal to Swift, and the names of two nodes to the core.
@Suite("Names that look the same", .timeLimit(.minutes(1)))
struct RuntimeNameTests {
    private let one = "\u{e9}"
    private let two = "e\u{301}"

    @Test("N2 N3 Nodes whose names differ in bytes only are two wherever one looks")
    func twoNodes() async throws {
        #expect(one == two)
        let observer = StateTable()
        let monitor = HealthMonitor(maxAllowedFailures: 0, maxAllowedRestartDuration: .zero)
        let recorder = EventRecorder()
        let control = WorkerControl()
        let backoff = RestartBackoff(immediate: 0, initial: .seconds(3_600), maximum: .seconds(3_600), jitter: 0)
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: backoff) {
            ChildSpec(one, controlledBy: control)
            ChildSpec.idle(two)
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder, monitor], observers: [observer])
        control.fail()
        let scheduled = await recorder.expect(eventually: .restartScheduled("root/\(one)"))
        #expect(scheduled?.path.isSameName(as: "root/\(one)") == true)
        tree.tellObservers()
        let (first, second) = (RuntimeName("root/\(one)"), RuntimeName("root/\(two)"))
        // In real time it may be up before it is known to be starting.
        #expect(observer.all[first]?.suffix(3) == [.healthy, .dead, .waiting])
        #expect(observer.all[second] == [.healthy])
        #expect(tree.snapshot()["root/\(one)"]?.state == .waiting)
        #expect(tree.snapshot()["root/\(two)"]?.state == .running)
        #expect(tree.child(at: "root/\(two)")?.state == .running)
        // The end of the one is not the other's.
        try await #require(tree.child(at: "root/\(two)")).terminate()
        await recorder.expect(eventually: .terminated("root/\(two)"))
        #expect(monitor.report().failed.map { Array($0.utf8) } == [Array("root/\(one)".utf8)])
        try await tree.terminate()
        try await recorder.finish()
        #expect(
            recorder.events.filter { EventCriteria.path("root/\(one)").matches($0) }.allSatisfy {
                $0.kind != .terminated
            }
        )
    }

    @Test("MON-14 A claim of an incarnation that ended while it was made takes nothing from the next one")
    func lateClaim() {
        let extras = WorkerExtras()
        let (first, second) = (Incarnation(number: 1, generation: 7), Incarnation(number: 2, generation: 7))
        #expect(extras.claim("a", for: .child, first) == .child)
        #expect(extras.claim("b", for: .child, second) == .child)
        #expect(extras.claim("b", for: .subLogger, first) == nil)
        #expect(extras.claim("b", for: .subLogger, second) == .child)
        // What the first one had claimed is free again.
        #expect(extras.claim("a", for: .subLogger, second) == .subLogger)
        #expect(extras.claim(one, for: .child, second) == .child)
        #expect(extras.claim(two, for: .subLogger, second) == .subLogger)
        let anew = Incarnation(number: 1, generation: 8)
        #expect(extras.claim("b", for: .subLogger, anew) == .subLogger)
    }

    @Test("R7 What a resource step has listed before and does not list any more is not in the spec")
    func listedBefore() async throws {
        let observer = StateTable()
        let rounds = Mutex(0)
        let inner = SupervisorSpec(
            "inner",
            acquire: {
                rounds.withLock {
                    $0 += 1
                    return $0
                }
            },
            release: { _ in },
            children: { round in [SupervisorSpec.Node(ChildSpec.idle("child \(round)"))] }
        )
        let tree = try await Supervisor.start(SupervisorSpec("root") { inner }, observers: [observer])
        let node = try #require(tree.child(at: "root/inner"))
        try await node.restart()
        tree.tellObservers()
        #expect(observer.specified == ["root", "root/inner", "root/inner/child 1", "root/inner/child 2"])
        try await node.startChild(ChildSpec.idle("child 1"))
        tree.tellObservers()
        #expect(observer.specified == ["root", "root/inner", "root/inner/child 2"])
        try await tree.terminate()
    }
}

/// The states of each node, and which were in the spec at the last change.
private final class StateTable: StateObserver {
    private struct Seen {
        var states: [RuntimeName: [StateChange.State]] = [:]
        var specified: Set<String> = []
    }

    private let seen = Mutex(Seen())

    func stateChanged(_ change: StateChange) {
        seen.withLock { seen in
            seen.states[RuntimeName(change.path), default: []].append(change.state)
            if change.isInSpec { seen.specified.insert(change.path) } else { seen.specified.remove(change.path) }
        }
    }

    var all: [RuntimeName: [StateChange.State]] { seen.withLock { $0.states } }
    var specified: Set<String> { seen.withLock { $0.specified } }
}
