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

public import Supervision
internal import Synchronization

/// The last state of every node of the trees that it observes, for those who want to look.
///
/// ```swift
/// let metrics = InMemoryMetrics()
/// let tree = try await Supervisor.start(shop, observers: [metrics])
/// print(metrics.snapshot()["shop/cache"]?.state ?? "unknown")
/// ```
///
/// A node that is no more is forgotten; those of a tree that has ended are kept as they were at its end.
public final class InMemoryMetrics: StateObserver {
    /// What is known of a node.
    public struct Node: Hashable, Sendable {
        /// Its runtime name.
        public let path: String

        /// How it is.
        public let state: StateChange.State

        /// Since when, on the clock of its tree.
        public let since: SupervisorClock.Instant

        /// Since when, as the time since 1970.
        public let wallSince: Duration

        /// Its incarnation.
        public let incarnation: UInt64

        /// The number of the event that told it.
        public let eventNumber: UInt64
    }

    /// What was known at one moment: a value of the caller's own.
    public struct Snapshot: Hashable, Sendable {
        /// The nodes, in the order of the bytes of their runtime names.
        public var nodes: [Node] = []

        /// How many events were lost, so that some of it may be out of date.
        public var eventsLost: UInt64 = 0

        /// One of nothing.
        public init() {}

        /// The node with this runtime name.
        public subscript(path: String) -> Node? {
            nodes.first { $0.path.isSameName(as: path) }
        }

        /// The runtime names of all nodes in a state, in order.
        public func paths(in state: StateChange.State) -> [String] {
            nodes.filter { $0.state == state }.map(\.path)
        }

        /// How many nodes are in each state that one is in.
        public var counts: [StateChange.State: Int] {
            nodes.reduce(into: [:]) { $0[$1.state, default: 0] += 1 }
        }
    }

    private struct State {
        var nodes: [RuntimeName: Node] = [:]
        var eventsLost: UInt64 = 0
    }

    private let state = Mutex(State())

    /// One that has seen nothing.
    public init() {}

    /// What is known now.
    public func snapshot() -> Snapshot {
        let state = state.withLock { $0 }
        var snapshot = Snapshot()
        snapshot.nodes = state.nodes.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        snapshot.eventsLost = state.eventsLost
        return snapshot
    }

    /// Called by the tree.
    public func stateChanged(_ change: StateChange) {
        let node = Node(
            path: change.path,
            state: change.state,
            since: change.time,
            wallSince: change.wallTime,
            incarnation: change.incarnation,
            eventNumber: change.eventNumber
        )
        state.withLock { $0.nodes[RuntimeName(change.path)] = node }
    }

    /// Called by the tree.
    public func eventsLost(count: UInt64, upTo number: UInt64) {
        state.withLock { $0.eventsLost += count }
    }

    /// Called by the tree.
    public func nodeRemoved(_ path: String) {
        _ = state.withLock { $0.nodes.removeValue(forKey: RuntimeName(path)) }
    }
}
