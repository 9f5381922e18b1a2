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

extension Supervisor {
    /// What a tree looked like at one moment: a value.
    ///
    /// It is consistent for each supervisor with its direct children; as a whole if ``isConsistent``.
    public struct Snapshot: Sendable {
        /// All nodes, depth first, children in the order of their positions. The first is the root.
        public let nodes: [Node]

        /// When it was taken, on the clock of the tree.
        public let time: SupervisorClock.Instant

        /// The number of the last event before it was taken.
        public let firstEvent: UInt64

        /// The number of the last event after it was taken.
        public let lastEvent: UInt64

        /// Whether nothing happened while it was taken.
        public var isConsistent: Bool { firstEvent == lastEvent }

        /// The node with this runtime name.
        public subscript(path: String) -> Node? {
            nodes.first { $0.path.isSameName(as: path) }
        }
    }
}

extension Supervisor.Snapshot {
    /// A node of a tree at one moment.
    public struct Node: Sendable {
        /// Its name.
        public let name: String

        /// Its runtime name.
        public let path: String

        /// How far below the root it is; 0 is the root.
        public let depth: Int

        /// What it is.
        public let kind: Supervisor.NodeKind

        /// How it is.
        public let state: NodeState

        /// The number of its present or last incarnation.
        public let incarnation: UInt64

        /// How often it was restarted.
        public let restarts: UInt64

        /// When the present incarnation was started, if there is one.
        public let startedAt: SupervisorClock.Instant?

        /// When its state changed.
        public let changedAt: SupervisorClock.Instant

        /// When what it waits for is due.
        public let deadline: SupervisorClock.Instant?

        /// How many children a supervisor has.
        public let childCount: Int

        /// The name of the sibling that it starts after and that is not up.
        public let waitsFor: String?

        /// The step of its stop ladder that was taken last, if it is on it; its time is over at ``deadline``.
        public let stopStep: StopStep?

        /// The process id of a running process.
        public let pid: Int?

        /// Its last failure.
        public let error: SupervisorError?
    }
}

extension Supervisor.Snapshot {
    /// How far a child is on its stop ladder.
    public struct StopStep: Hashable, Sendable, CustomStringConvertible {
        /// What was done.
        public let action: Supervisor.StopAction

        /// Which step that is, from 1.
        public let number: Int

        /// How many there are.
        public let count: Int

        /// The step in words.
        public var description: String {
            "\(action), step \(number) of \(count)"
        }
    }
}

extension Supervisor.Snapshot: CustomStringConvertible {
    /// The tree as text, a line for each node.
    public var description: String {
        nodes.map { line($0) }.joined(separator: "\n")
    }

    private func line(_ node: Node) -> String {
        var text = String(repeating: "  ", count: node.depth) + node.name + "  " + node.state.description
        if let startedAt = node.startedAt {
            text += " for " + short(startedAt.duration(to: time))
        }
        if let step = node.stopStep {
            text += ", \(step)"
        }
        if let pid = node.pid {
            text += ", pid \(pid)"
        }
        if node.restarts > 0 {
            text += node.restarts == 1 ? ", 1 restart" : ", \(node.restarts) restarts"
        }
        if let deadline = node.deadline, deadline > time {
            text += ", next in " + short(time.duration(to: deadline))
        }
        if let error = node.error {
            text += ", last error: " + (error.underlying.map { String(describing: $0) } ?? error.message)
        }
        return text
    }

    private func short(_ duration: Duration) -> String {
        let milliseconds = Int(clamping: duration.wholeNanoseconds / 1_000_000)
        if milliseconds < 1_000 { return "\(milliseconds) ms" }
        if milliseconds < 60_000 { return "\(milliseconds / 1_000) s" }
        return "\(milliseconds / 60_000) min \(milliseconds / 1_000 % 60) s"
    }
}
