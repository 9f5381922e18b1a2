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

internal import Supervision
internal import Synchronization

/// What the nodes of a log tree have in common: the counter of positions, the limits, who follows, and who there is.
final class Journal: Sendable {
    /// All nodes and all who follow. Taken to find a node, to read, to follow and to make room; never to write.
    private struct Registry {
        var nodes: [LogPath: NodeRecord] = [:]
        var watchers: [Watcher] = []
        /// By those who follow no more.
        var missedBefore: UInt64 = 0
        /// How many entries nodes have had that were forgotten.
        var forgottenEntries: UInt64 = 0
        /// With so many nodes those are looked for that are no longer needed.
        var sweepCount = 1_024
    }

    let limits: LogTree.Limits
    private let clock: (@Sendable () -> LogTime)?
    private let positions = Atomic<UInt64>(0)
    private let registry = Mutex(Registry())
    private let isReclaimRequested = Atomic<Bool>(false)

    /// One makes room at a time.
    private let reclaiming = Mutex<Void>(())

    /// See the invariants of ``NodeRecord``.
    let streams = Mutex<Void>(())

    /// What all nodes take, about.
    let bytes = Atomic<Int>(0)

    var bytesByNow: Int { bytes.load(ordering: .relaxed) }

    /// With more than this, whoever makes a node makes room first: nodes of one entry have nothing that their writers
    /// could drop, and a task that makes room may be late.
    let hardBytes: Atomic<Int>

    init(limits: LogTree.Limits, clock: (@Sendable () -> LogTime)?) {
        self.limits = limits.corrected
        self.hardBytes = Atomic(limits.corrected.hardBytes)
        self.clock = clock
    }

    @inline(__always)
    var now: LogTime {
        if let clock { clock() } else { Platform.now }
    }

    /// The next one. Under the lock of the node that writes.
    @inline(__always)
    func takePosition() -> UInt64 {
        positions.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
    }

    /// All entries below it have been written, or are seen by whoever takes the lock of their node.
    var nextPosition: UInt64 {
        positions.load(ordering: .acquiring)
    }

    // MARK: Nodes

    /// The node with this path, made if it is not there.
    func node(_ path: LogPath) -> NodeHandle {
        let (handle, isCrowded) = registry.withLock { registry -> (NodeHandle, Bool) in
            if let record = registry.nodes[path] { return (NodeHandle(record), false) }
            let watchers = registry.watchers.filter { $0.filter.matches(path) }
            let record = NodeRecord(path: path, journal: self, watchers: watchers)
            registry.nodes[path] = record
            return (NodeHandle(record), registry.nodes.count > registry.sweepCount)
        }
        let bytes = bytesByNow
        if bytes > hardBytes.load(ordering: .relaxed) {
            reclaimIfOverHardLimit()
        } else if isCrowded || bytes > limits.bytes {
            requestReclaim()
        }
        return handle
    }

    func existingNode(_ path: LogPath) -> NodeHandle? {
        registry.withLock { $0.nodes[path].map { NodeHandle($0) } }
    }

    /// The nodes that a filter is about.
    func nodes(_ filter: LogFilter.Checked) -> [NodeRecord] {
        registry.withLock { registry in
            if !filter.includesDescendants { return registry.nodes[filter.path].map { [$0] } ?? [] }
            return filter.path == .root
                ? Array(registry.nodes.values) : registry.nodes.values.filter { filter.matches($0.path) }
        }
    }

    var nodeCount: Int {
        registry.withLock { $0.nodes.count }
    }

    /// What was dropped so far.
    var losses: LogLosses {
        // A node that is forgotten meanwhile is counted with the next call.
        let (records, forgotten, missed) = registry.withLock { registry in
            let missed = registry.watchers.reduce(registry.missedBefore) { $0 + $1.missed }
            return (Array(registry.nodes.values), registry.forgottenEntries, missed)
        }
        var losses = LogLosses(others: forgotten, missed: missed)
        for record in records {
            let dropped = record.counts.dropped
            // Of two whose paths look the same there is one number.
            if dropped > 0 { losses.byPath[record.path.description, default: 0] += dropped }
        }
        return losses
    }

    // MARK: Streams

    /// Begin to follow. Entries from the position that is returned on enter the queue of the watcher, and no others.
    func add(_ watcher: Watcher) -> UInt64 {
        // Whoever makes a node sees the watcher from here on; the others are told one by one.
        let records = registry.withLock { registry -> [NodeRecord] in
            registry.watchers.append(watcher)
            return registry.nodes.values.filter { watcher.filter.matches($0.path) }
        }
        for record in records { record.add(watcher) }
        // A node that has the watcher takes positions under this lock only. So what is in its queue now is below the
        // position that is next, and belongs to the backlog; whatever comes is not below it.
        return streams.withLock { _ in
            watcher.clear()
            return nextPosition
        }
    }

    func remove(_ watcher: Watcher) {
        let records = registry.withLock { registry -> [NodeRecord] in
            guard let index = registry.watchers.firstIndex(where: { $0 === watcher }) else { return [] }
            registry.watchers.remove(at: index)
            registry.missedBefore += watcher.missed
            return registry.nodes.values.filter { watcher.filter.matches($0.path) }
        }
        for record in records { record.remove(watcher) }
    }

    // MARK: Making room

    /// Have room made by a task of its own, if none does already. Until it comes, writers keep to a quarter more, and
    /// whoever makes a node when that is exceeded does not wait for it.
    func requestReclaim() {
        guard !isReclaimRequested.exchange(true, ordering: .acquiringAndReleasing) else { return }
        Task.detached(priority: .utility) {
            self.reclaim()
            self.isReclaimRequested.store(false, ordering: .releasing)
        }
    }

    /// Make room: forget nodes without entries to which nobody can write; if all together take too much, let those that
    /// take most go back to one level, so that a chatty one costs only itself. Where there are so many nodes that this
    /// level is low, those that have gone are forgotten first, the longest silent ones at the front.
    func reclaim(to bytes: Int? = nil) {
        reclaiming.withLock { _ in makeRoom(to: bytes) }
    }

    private func reclaimIfOverHardLimit() {
        reclaiming.withLock { _ in
            // Another one may have made room meanwhile.
            if bytesByNow > hardBytes.load(ordering: .relaxed) { makeRoom(to: nil) }
        }
    }

    /// By whoever holds `reclaiming`.
    private func makeRoom(to bytes: Int?) {
        let rest = forget(to: bytes ?? limits.reclaimedBytes)
        var left = 0
        if bytesByNow > bytes ?? limits.bytes {
            let level = Journal.level(of: rest.map { $0.use.bytes }, within: bytes ?? limits.reclaimedBytes)
            for record in rest { record.trim(to: level) }
            left = rest.reduce(0) { $0 + $1.use.bytes }
        }
        // Where nodes that are held take more than that, not each further one looks at all of them again.
        hardBytes.store(max(limits.hardBytes, left + limits.bytes / 8), ordering: .relaxed)
    }

    /// Forget what is no longer needed; the nodes that stay.
    private func forget(to bytes: Int) -> [NodeRecord] {
        let (rest, forgotten) = registry.withLock { registry -> ([NodeRecord], [NodeRecord]) in
            let forgotten = Journal.forget(&registry, to: bytes, leastBytes: limits.leastBytes)
            registry.sweepCount = max(registry.nodes.count * 2, 1_024)
            return (Array(registry.nodes.values), forgotten)
        }
        // They are freed here, outside of the lock.
        withExtendedLifetime(forgotten) {}
        return rest
    }

    private static func forget(_ registry: inout Registry, to bytes: Int, leastBytes: Int) -> [NodeRecord] {
        var gone: [(path: LogPath, bytes: Int, lastPosition: UInt64)] = []
        var forgotten: [NodeRecord] = []
        var total = 0
        for record in registry.nodes.values {
            // Nobody can write to it, and nobody can begin to without the lock of the registry. It is looked at before
            // what the node has: otherwise the last entry could come in between, and go unseen.
            let isGone = record.handleCount.load(ordering: .acquiring) == 0
            let use = record.use
            let keep = min(use.bytes, leastBytes)
            if isGone && record.verbosity == 0 {
                gone.append((record.path, keep, use.isEmpty ? 0 : use.lastPosition + 1))
            }
            total += keep
        }
        gone.sort { $0.lastPosition < $1.lastPosition }
        for node in gone {
            // Empty ones go in any case.
            guard node.lastPosition == 0 || total > bytes else { break }
            if let record = registry.nodes.removeValue(forKey: node.path) {
                let counts = record.forget()
                registry.forgottenEntries += counts.dropped + UInt64(counts.kept)
                forgotten.append(record)
            }
            total -= node.bytes
        }
        return forgotten
    }

    /// The largest level for which the sum of what is below it, and of the level itself for the others, fits.
    static func level(of uses: [Int], within limit: Int) -> Int {
        var rest = limit
        var left = uses.count
        for use in uses.sorted() {
            let share = rest / left
            if use > share { return share }
            rest -= use
            left -= 1
        }
        return .max
    }
}
