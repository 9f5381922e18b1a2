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

/// Who is told of each change of state of the nodes of a tree, in order, one at a time.
///
/// Observers are given to ``Supervisor/start(_:subscribers:observers:on:)`` for a whole tree, and to
/// ``SupervisorSpec/observing(_:)`` for a supervisor and all below it. All that are registered for a node are told of each
/// of its changes, in the order of their registration; nothing of one tree is told on two threads at the same time. Those
/// of one tree need no lock against each other, but against whoever looks at what they have gathered.
///
/// An observer is told on whichever thread has news, and what it does takes the time of others: it must not block, nor wait
/// for anything that a tree is to do, nor take a lock that is held by somebody who signals. It may call whatever returns at
/// once: what that brings about is told when the present call has returned. Who wants to take its time is an
/// ``EventSubscriber``.
///
/// What is told is derived from the events of the tree and arrives within milliseconds of them. When
/// the queue is full, because the machine has no time for observers or one of them takes too much, the oldest events are
/// dropped, and that is told in its place.
public protocol StateObserver: Sendable {
    /// How many events are kept while there is no time to tell them. The largest number among the observers of a tree
    /// counts for all of them.
    var eventBuffer: Int { get }

    /// It will be told of a tree, or of a part of it: called once for each, before anything else of it.
    func observationBegan(of tree: ObservedTree)

    /// A node has changed its state.
    func stateChanged(_ change: StateChange)

    /// Something has happened, whether or not it changes a state; called for each event, before
    /// ``stateChanged(_:)`` if it does.
    func eventHappened(_ event: Supervisor.Event)

    /// So many events were dropped, the last of them with this number. Changes that they told of are not told; what is
    /// told next of a node says what its state was when it was last told.
    func eventsLost(count: UInt64, upTo number: UInt64)

    /// The node with this runtime name is no more: a child that is not in its supervisor's spec has ended for good, or
    /// was deleted. Told soon after its last event, at the latest with one of the next events of the tree; not of nodes that
    /// go with the tree.
    func nodeRemoved(_ path: String)

    /// The tree has ended, with this event, and its nodes are no more. Nothing is told after that.
    func treeEnded(_ event: Supervisor.Event)
}

extension StateObserver {
    /// 8,192 events.
    public var eventBuffer: Int { 8_192 }

    /// Does nothing.
    public func observationBegan(of tree: ObservedTree) {}

    /// Does nothing.
    public func eventHappened(_ event: Supervisor.Event) {}

    /// Does nothing.
    public func eventsLost(count: UInt64, upTo number: UInt64) {}

    /// Does nothing.
    public func nodeRemoved(_ path: String) {}

    /// Does nothing.
    public func treeEnded(_ event: Supervisor.Event) {}
}

/// The state of a node has changed.
public struct StateChange: Sendable {
    /// What it is now.
    public let state: State

    /// What it was when that was last told; `nil` at the first time that the node is seen.
    public let previous: State?

    /// The event that told it.
    public let event: Supervisor.Event

    /// Whether the node is in the spec of its tree, or in the list of a resource step, and so are all above it, or is a
    /// runnable, which the program names: not one that was added later, under a name that may be one of any number.
    public let isInSpec: Bool

    /// The runtime name of the node.
    public var path: String { event.path }

    /// The incarnation that it is about.
    public var incarnation: UInt64 { event.incarnation }

    /// The number of the event that told it.
    public var eventNumber: UInt64 { event.number }

    /// When it changed, on the clock of the tree.
    public var time: SupervisorClock.Instant { event.time }

    /// When it changed, as the time since 1970.
    public var wallTime: Duration { event.wallTime }
}

extension StateChange {
    /// How a node is, as observers see it.
    public struct State: Hashable, Sendable, CustomStringConvertible {
        /// The name of the state.
        public let description: String

        /// It runs, but has not said that it is healthy.
        public static let new = State(description: "new")
        /// It was started and has not acknowledged it. A node that is up as soon as it has been handed over is never told so.
        public static let starting = State(description: "starting")
        /// It is up.
        public static let healthy = State(description: "healthy")
        /// It is on its way down.
        public static let stopping = State(description: "stopping")
        /// It failed: to start, while it ran, or to stop cleanly.
        public static let dead = State(description: "dead")
        /// It has done what it had to do: it ended by itself without an error, or was not needed.
        public static let done = State(description: "done")
        /// It was stopped, and has ended cleanly; or a restart that it waited for was given up.
        public static let canceled = State(description: "canceled")
        /// It waits for the delay before its restart.
        public static let waiting = State(description: "waiting")
        /// Its restart waits for the end of the old incarnation.
        public static let stuck = State(description: "stuck")

        /// All of them. Later versions may have more.
        public static let all: [State] = [
            .new, .starting, .healthy, .stopping, .dead, .done, .canceled, .waiting, .stuck,
        ]
    }
}

extension StateChange.State {
    /// Whether a node may vanish in it.
    var isEnd: Bool { [.dead, .done, .canceled].contains(self) }

    /// The state that an event leads to; `nil` if it changes none.
    init?(after event: Supervisor.Event, from previous: StateChange.State?) {
        if event.kind == .lateExit {
            // Mostly it had been told dead when it was given up.
            guard previous == .stuck else { return nil }
            self = .dead
            return
        }
        guard let state = Self.after[event.kind] else { return nil }
        self = event.kind == .started && event.isOfRunnable ? .new : state
    }

    private static let after: [Supervisor.Event.Kind: StateChange.State] = [
        .starting: .starting,
        .started: .healthy,
        .healthy: .healthy,
        .done: .done,
        .startFailed: .dead,
        .declined: .done,
        .completed: .done,
        .failed: .dead,
        .toleranceExceeded: .stopping,
        .autoShutdown: .stopping,
        .stopping: .stopping,
        .terminated: .canceled,
        .terminationFailed: .dead,
        .restartScheduled: .waiting,
        .restartCancelled: .canceled,
        .stuck: .stuck,
        .quarantined: .dead,
    ]
}
