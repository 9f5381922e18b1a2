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

/// Which part of the entries that a log tree has is meant.
public struct LogBacklog: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case none
        case all
        case last(Int, before: UInt64)
        case first(Int, from: UInt64)
    }

    let kind: Kind

    /// Nothing.
    public static let none = LogBacklog(kind: .none)

    /// All of them.
    public static let all = LogBacklog(kind: .all)

    /// The newest ones, as many as that.
    public static func last(_ count: Int) -> LogBacklog {
        LogBacklog(kind: .last(count, before: .max))
    }

    /// The newest ones of those before a position: to scroll back.
    public static func last(_ count: Int, before position: UInt64) -> LogBacklog {
        LogBacklog(kind: .last(count, before: position))
    }

    /// The oldest ones of those from a position on: to scroll forth.
    public static func first(_ count: Int, from position: UInt64) -> LogBacklog {
        LogBacklog(kind: .first(count, from: position))
    }
}

extension LogTree {
    /// The entries that a filter means, oldest first. Of a node that there is not there are none.
    ///
    /// It is a picture of one moment: an entry is in it only if all that were written before it are, but for those that
    /// had to go. Numbers count entries that the filter means.
    public func backlog(_ filter: LogFilter = .all, _ backlog: LogBacklog = .all) throws(LogError) -> [LogEntry] {
        let filter = try filter.checked()
        try backlog.check()
        return journal.read(filter, backlog, below: journal.nextPosition)
    }

    /// The entries that there are, and those that come: each entry is in one of the two, but for those that had to go before
    /// they were read.
    ///
    /// - Parameters:
    ///   - filter: Which entries are meant, in both.
    ///   - backlog: Which of those that there are.
    ///   - buffer: How many entries wait in the stream, 1 to 1,048,576. What does not fit pushes out the oldest, which is
    ///     told in its place.
    public func follow(
        _ filter: LogFilter = .all,
        backlog: LogBacklog = .none,
        buffer: Int = 128
    ) throws(LogError) -> LogReading {
        let filter = try filter.checked()
        try backlog.check()
        guard (1...1_048_576).contains(buffer) else {
            throw LogError(code: .invalidFilter, message: "`buffer:` is \(buffer); give it 1 to 1,048,576 entries")
        }
        let watcher = Watcher(filter: filter, capacity: buffer)
        let position = journal.add(watcher)
        return LogReading(
            backlog: journal.read(filter, backlog, below: position),
            stream: LogStream(watcher: watcher, journal: journal)
        )
    }
}

extension LogBacklog {
    fileprivate func check() throws(LogError) {
        switch kind {
        case .last(let count, _) where count < 0, .first(let count, _) where count < 0:
            throw LogError(
                code: .invalidFilter,
                message: "a backlog of \(count) entries is not possible; give it a number from 0 on, or `.all`"
            )
        default: break
        }
    }
}

extension Journal {
    /// What is there, in the order of positions. `end` was read before, and the nodes are looked at now, so that all below it
    /// is seen (invariant 1 of ``NodeRecord``).
    fileprivate func read(_ filter: LogFilter.Checked, _ backlog: LogBacklog, below end: UInt64) -> [LogEntry] {
        switch backlog.kind {
        case .none:
            return []
        case .all:
            return last(.max, of: nodes(filter), filter, below: end)
        case .last(let count, let before):
            return last(count, of: nodes(filter), filter, below: min(end, before))
        case .first(let count, let start):
            return first(count, of: nodes(filter), filter, from: start, below: end)
        }
    }

    private func last(
        _ limit: Int,
        of records: [NodeRecord],
        _ filter: LogFilter.Checked,
        below end: UInt64
    ) -> [LogEntry] {
        guard limit > 0 else { return [] }
        var found: [LogEntry] = []
        for record in records {
            var count = 0
            record.view().forEachBackwards(below: end) { slot, place in
                guard filter.matches(kind: slot.kind) else { return true }
                found.append(place.entry(at: record.path))
                count += 1
                return count < limit
            }
        }
        if records.count == 1 {
            found.reverse()
            return found
        }
        found.sort { $0.position < $1.position }
        return found.count > limit ? Array(found.suffix(limit)) : found
    }

    private func first(
        _ limit: Int,
        of records: [NodeRecord],
        _ filter: LogFilter.Checked,
        from start: UInt64,
        below end: UInt64
    ) -> [LogEntry] {
        guard limit > 0 else { return [] }
        var found: [LogEntry] = []
        for record in records {
            var count = 0
            record.view().forEach(from: start) { slot, place in
                guard slot.position < end else { return false }
                guard filter.matches(kind: slot.kind) else { return true }
                found.append(place.entry(at: record.path))
                count += 1
                return count < limit
            }
        }
        if records.count > 1 { found.sort { $0.position < $1.position } }
        return found.count > limit ? Array(found.prefix(limit)) : found
    }
}
