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

/// The log of a whole tree of nodes, in memory: messages with levels and raw lines, each at the node that wrote it.
///
/// Every node keeps its newest entries up to a quota of its own, so that a chatty one costs only itself. What all of them
/// keep is bounded, too. All entries of the tree are in one order. They can be read for a node or for all below it,
/// filtered, and followed as they come.
///
/// ```swift
/// let log = LogTree()
/// let tree = try await Supervisor.start(shop.logging(to: log))
/// for entry in try log.backlog(LogFilter("shop/jobs", includesDescendants: true), .last(20)) { print(entry) }
/// ```
///
/// It is as useful without supervisors: `try log.node("shop/web").logger.info("…")`.
///
/// Writing takes a lock of the node alone (and, while somebody follows it, one that all followed nodes share), each for the
/// time that it takes to put an entry in its place. Nobody who reads holds one for longer.
public struct LogTree: Sendable {
    let journal: Journal

    /// An empty tree.
    ///
    /// - Parameters:
    ///   - limits: How much it keeps.
    ///   - clock: Tells the time of entries; `nil` is the clock of the system. Called by whoever writes, which for the output
    ///     of processes is the thread of the loop: it returns at once.
    public init(limits: Limits = Limits(), clock: (@Sendable () -> LogTime)? = nil) {
        self.journal = Journal(limits: limits, clock: clock)
    }

    /// How much a log tree keeps.
    public struct Limits: Hashable, Sendable {
        /// How many entries of a node, at least 1.
        public var entriesPerNode = 8_192

        /// How much of a node in bytes, about. Some of its newest entries are kept in any case.
        public var bytesPerNode = 4 << 20

        /// How much of all nodes in bytes, about. Where that is exceeded, the nodes that take most go back to the same level,
        /// until all fit; nodes to which nobody can write any longer are forgotten when that level is low.
        public var bytes = 64 << 20

        /// The longest message in bytes; of a longer one the beginning is kept.
        public var messageBytes = 65_536

        /// 8,192 entries and 4 MiB a node, 64 MiB in all, messages of up to 64 KiB.
        public init() {}

        /// The same with numbers that can be kept to.
        var corrected: Limits {
            var limits = self
            limits.entriesPerNode = min(max(entriesPerNode, 1), 1 << 30)
            limits.bytesPerNode = min(max(bytesPerNode, 1_024), 1 << 40)
            limits.bytes = min(max(bytes, 4_096), 1 << 40)
            limits.messageBytes = min(max(messageBytes, 64), 1 << 30)
            return limits
        }

        /// What is left when room was made.
        var reclaimedBytes: Int { bytes / 8 * 7 }

        /// What is kept to by those who write and make nodes, however late the task is that makes room.
        var hardBytes: Int { bytes + bytes / 4 }

        /// What nodes that have gone leave to each of the others, if they are not many more.
        var leastBytes: Int { 4_096 }
    }

    /// The node with this path, to write to it. It is made when it is not there, and kept for as long as somebody has a
    /// handle of it or there are entries.
    public func node(_ path: LogPath) -> LogNode {
        LogNode(journal.node(path))
    }

    /// The node with this path, to write to it.
    public func node(_ path: String) throws(LogError) -> LogNode {
        node(try LogPath(path))
    }

    /// The node with this path if it is there.
    public func existingNode(_ path: LogPath) -> LogNode? {
        journal.existingNode(path).map { LogNode($0) }
    }

    /// The position that the next entry will have.
    public var nextPosition: UInt64 {
        journal.nextPosition
    }

    /// What the entries take in bytes, about.
    public var bytes: Int {
        journal.bytesByNow
    }

    /// How many nodes there are.
    public var nodeCount: Int {
        journal.nodeCount
    }

    /// How many entries of a node are kept, and how many had to go.
    public func counts(_ path: LogPath) -> (kept: Int, dropped: UInt64) {
        journal.existingNode(path)?.record.counts ?? (0, 0)
    }
}

extension LogTree: LogLossSource {
    /// What tells the tree from others.
    public var identity: ObjectIdentifier { ObjectIdentifier(journal) }

    /// How many entries were dropped for want of room so far. Whoever gives the metrics of `SupervisionMetrics` to a tree of
    /// supervisors that logs need not ask.
    public func losses() -> LogLosses { journal.losses }
}
