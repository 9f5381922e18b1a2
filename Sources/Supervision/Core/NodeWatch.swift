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

internal import Synchronization

/// Tells when nobody need follow a supervisor any more that was added to a tree.
final class NodeWatch: Sendable {
    private struct State {
        var child: CoreChild?
        var readers: [EventReader] = []
    }

    private let state = Mutex(State())
    private let ends: EventCriteria
    private let endsAbove: EventCriteria

    /// - Parameter endsAbove: With which events its supervisor ends.
    init(path: String, supervisor endsAbove: EventCriteria) {
        self.ends = .path(path) && .isStartOrEnd && !.started()
        self.endsAbove = endsAbove
    }

    /// Let them follow it, before it is added.
    func begin(_ subscriptions: [Subscription], in tree: TreeHandle) {
        let readers = subscriptions.map { subscription in
            unsafe subscription.begin(tree: tree.pointer, surroundings: tree.surroundings, until: .gone(self))
        }
        state.withLock { $0.readers = readers }
    }

    /// It was added.
    func set(_ child: CoreChild) {
        state.withLock { state in
            state.child = child
            state.readers = []
        }
    }

    /// It was not added.
    func end() {
        let readers = state.withLock { state in
            defer { state.readers = [] }
            return state.readers
        }
        for reader in readers { reader.finish() }
    }

    /// The number of the last event that may be about the node, if that is gone. The caller holds the tree.
    func lastNumber(at event: Supervisor.Event) -> UInt64? {
        if endsAbove.matches(event) { return event.number }
        guard ends.matches(event), let child = state.withLock({ $0.child }), child.isGone else { return nil }
        return child.lastEvent
    }
}
