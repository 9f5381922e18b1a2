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
import Synchronization
import Testing

/// Follows a tree from its first event to its last.
final class Recorder: EventSubscriber {
    private struct Waiter {
        let predicate: @Sendable ([Supervisor.Event]) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var events: [Supervisor.Event] = []
        var lost: UInt64 = 0
        var hasEnded = false
        var waiters: [Waiter] = []

        mutating func takeSatisfied() -> [Waiter] {
            let satisfied = waiters.filter { hasEnded || $0.predicate(events) }
            waiters.removeAll { hasEnded || $0.predicate(events) }
            return satisfied
        }
    }

    private let state = Mutex(State())

    func receive(_ events: Supervisor.Events) async {
        for await item in events {
            let satisfied = state.withLock { state in
                switch item {
                case .event(let event): state.events.append(event)
                case .lost(let count, _): state.lost += count
                }
                return state.takeSatisfied()
            }
            for waiter in satisfied { waiter.continuation.resume() }
        }
        let all = state.withLock { state in
            state.hasEnded = true
            return state.takeSatisfied()
        }
        for waiter in all { waiter.continuation.resume() }
    }

    /// Wait until the events so far satisfy a predicate, or there will be no more.
    func wait(until predicate: @escaping @Sendable ([Supervisor.Event]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isSatisfied = state.withLock { state in
                if state.hasEnded || predicate(state.events) { return true }
                state.waiters.append(Waiter(predicate: predicate, continuation: continuation))
                return false
            }
            if isSatisfied { continuation.resume() }
        }
    }

    /// Wait for so many events of a kind, of one node or of any, and return the last of them.
    @discardableResult
    func wait(
        for kind: Supervisor.Event.Kind,
        of path: String? = nil,
        count: Int = 1,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> Supervisor.Event? {
        await wait { $0.filter { $0.kind == kind && (path == nil || $0.path == path) }.count >= count }
        let found = events.filter { $0.kind == kind && (path == nil || $0.path == path) }
        let wanted = found.count >= count ? found[count - 1] : nil
        if wanted == nil {
            Issue.record(
                "the tree ended without event \(count) of kind \(kind) of \(path ?? "any node"): \(lines)",
                sourceLocation: sourceLocation
            )
        }
        return wanted
    }

    /// Wait for the end of the tree, and return all of its events.
    @discardableResult
    func finish() async -> [Supervisor.Event] {
        await wait { _ in false }
        return events
    }

    var events: [Supervisor.Event] {
        state.withLock { $0.events }
    }

    var lost: UInt64 {
        state.withLock { $0.lost }
    }

    /// The events as "kind path".
    var lines: [String] {
        events.map { "\($0.kind) \($0.path)" }
    }
}
