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

/// How a node of a tree is.
public struct NodeState: Hashable, Sendable, CustomStringConvertible {
    let rawValue: UInt32
    let name: String

    /// It has not been started.
    public static let new = NodeState(rawValue: 0, name: "new")
    /// It was started and has not acknowledged it.
    public static let starting = NodeState(rawValue: 1, name: "starting")
    /// It runs.
    public static let running = NodeState(rawValue: 2, name: "running")
    /// It is on its way down.
    public static let stopping = NodeState(rawValue: 3, name: "stopping")
    /// It waits for the delay before its restart.
    public static let waiting = NodeState(rawValue: 4, name: "waiting")
    /// It waits for the end of its old incarnation.
    public static let stuck = NodeState(rawValue: 5, name: "stuck")
    /// It ended, and its supervisor has not dealt with that yet.
    public static let ended = NodeState(rawValue: 6, name: "ended")
    /// It completed for good.
    public static let completed = NodeState(rawValue: 7, name: "completed")
    /// It failed for good.
    public static let failed = NodeState(rawValue: 8, name: "failed")
    /// It was stopped on request, or with its supervisor.
    public static let stopped = NodeState(rawValue: 9, name: "stopped")
    /// It said that it is not needed.
    public static let declined = NodeState(rawValue: 10, name: "declined")
    /// It did not end when it was stopped, and is still running.
    public static let abandoned = NodeState(rawValue: 11, name: "abandoned")

    /// It exceeded its own tolerance and stays down.
    public static let quarantined = NodeState(rawValue: 12, name: "quarantined")

    /// It runs, and has signalled that it is healthy.
    public static let healthy = NodeState(rawValue: 13, name: "healthy")
    /// It is a runnable that is done: its body has returned, and what it runs goes on.
    public static let done = NodeState(rawValue: 14, name: "done")

    /// Whether it runs, or is about to.
    var isUp: Bool {
        self == .starting || self == .running || self == .healthy || self == .done || self == .waiting || self == .stuck
            || self == .stopping
    }

    /// The name of the state.
    public var description: String { name }

    /// Whether they are the same state.
    public static func == (lhs: NodeState, rhs: NodeState) -> Bool {
        lhs.rawValue == rhs.rawValue
    }

    /// Hashes the state.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(rawValue)
    }
}
