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

/// What `LogTree.follow` returns: what there was, and what comes.
public struct LogReading: Sendable {
    /// What there was, oldest first.
    public let backlog: [LogEntry]

    /// What comes.
    public let stream: LogStream
}

/// What somebody who follows a log tree gets.
public enum LogItem: Sendable {
    /// The next entry.
    case entry(LogEntry)

    /// The reader was too slow: here so many entries are missing.
    case missed(UInt64)

    /// The entry, if it is one.
    public var entry: LogEntry? {
        if case .entry(let entry) = self { entry } else { nil }
    }
}

/// The entries of a log tree as they come, in the order of their positions.
///
/// A reader never holds up anybody who writes: it has a queue of bounded length, and what did not fit is told in its place.
/// Each entry is handed to one iterator. Following ends with ``close()``, or with the last copy of the stream and its
/// iterators.
public struct LogStream: AsyncSequence, Sendable {
    /// What the sequence is made of.
    public typealias Element = LogItem
    /// Reading does not fail.
    public typealias Failure = Never

    fileprivate final class Subscription: Sendable {
        let watcher: Watcher
        let journal: Journal

        init(watcher: Watcher, journal: Journal) {
            self.watcher = watcher
            self.journal = journal
        }

        deinit {
            watcher.close()
            journal.remove(watcher)
        }
    }

    private let subscription: Subscription

    init(watcher: Watcher, journal: Journal) {
        self.subscription = Subscription(watcher: watcher, journal: journal)
    }

    /// How many entries were missed up to now.
    public var missed: UInt64 {
        subscription.watcher.missed
    }

    /// End it now: nothing more comes in; what waits can still be read, and then the sequence ends. Closing again is
    /// harmless.
    public func close() {
        subscription.watcher.close()
        subscription.journal.remove(subscription.watcher)
    }

    /// Take what waits, without waiting for more.
    public func takeWaiting() -> [LogItem] {
        subscription.watcher.takeWaiting()
    }

    /// Somebody who reads; each entry is handed to one of them.
    public func makeAsyncIterator() -> Iterator {
        Iterator(subscription: subscription)
    }

    /// Takes entries, one after another.
    public struct Iterator: AsyncIteratorProtocol {
        private let subscription: Subscription

        fileprivate init(subscription: Subscription) {
            self.subscription = subscription
        }

        /// The next one; `nil` at the end, or when the task is cancelled.
        public mutating func next() async -> LogItem? {
            await subscription.watcher.next()
        }

        /// The next one; `nil` at the end, or when the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> LogItem? {
            await subscription.watcher.next()
        }
    }
}
