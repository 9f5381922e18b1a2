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

/// The tree that an observer is told of, to be asked what no event tells. It may be kept, and asked by any thread.
public final class ObservedTree: Sendable {
    /// The runtime name of the supervisor that is observed with all below it; `nil` if it is the whole tree.
    public let path: String?

    /// Whether its time is manual.
    package let hasManualTime: Bool

    private struct State {
        let runtime: SupervisorRuntime
        let logs: TreeLogs
    }

    private let state: Mutex<State?>

    init(path: String?, runtime: SupervisorRuntime, logs: TreeLogs) {
        self.path = path
        self.hasManualTime = runtime.manual != nil
        self.state = Mutex(State(runtime: runtime, logs: logs))
    }

    /// Whether there is nothing more to be told of it.
    public var hasEnded: Bool {
        state.withLock { $0 == nil }
    }

    /// What the tree runs on; `nil` when it has ended.
    public var runtime: SupervisorRuntime? {
        state.withLock { $0?.runtime }
    }

    /// The logs that the tree was given, each once, also those of parts of it; none when it has ended.
    public var logs: [any LogLossSource] {
        state.withLock { $0?.logs }?.all ?? []
    }

    /// Let go of everything.
    func end() {
        let state = self.state.withLock { $0.take() }
        withExtendedLifetime(state) {}
    }
}

/// A log that keeps a bounded number of entries, and knows how many it had to drop, and how many its readers have missed.
public protocol LogLossSource: Sendable {
    /// What tells it from others, for as long as it lives.
    var identity: ObjectIdentifier { get }

    /// How many entries it has dropped, and its readers have missed, so far. Called on any thread, also by observers: it returns at once, and calls
    /// nobody who observes.
    func losses() -> LogLosses
}

/// How many entries a log has dropped since it was made, and how many those who follow it have missed.
public struct LogLosses: Hashable, Sendable {
    /// Of the nodes that it knows and that have lost any, by their paths.
    public var byPath: [String: UInt64]

    /// Of all others: those that it has forgotten.
    public var others: UInt64

    /// Entries that were there and did not come to somebody who follows, because he was too slow; of all who do or did,
    /// together.
    public var missed: UInt64

    /// So many.
    public init(byPath: [String: UInt64] = [:], others: UInt64 = 0, missed: UInt64 = 0) {
        self.byPath = byPath
        self.others = others
        self.missed = missed
    }
}

/// The logs of one tree.
final class TreeLogs: Sendable {
    private let sources = Mutex<[any LogLossSource]>([])

    var all: [any LogLossSource] { sources.withLock { $0 } }

    func add(_ values: TreeValues) {
        guard let source = values[LogLossKey.self] else { return }
        sources.withLock { sources in
            guard !sources.contains(where: { $0.identity == source.identity }) else { return }
            sources.append(source)
        }
    }
}

/// The name under which a part of a tree has its log.
package enum LogLossKey: TreeValueKey {
    package typealias Value = any LogLossSource
}
