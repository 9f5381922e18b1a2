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

/// Looks up what no event tells: how late loops are, and what logs lose. Knows what was seen before, so that each loss is
/// told once.
final class Sampler: Sendable {
    /// What has come to pass since the last look.
    enum Change {
        case late(UInt64)
        case entriesLost(UInt64, of: String)
        case entriesMissed(UInt64)
    }

    /// How late the loops are.
    struct Lag {
        var last: Duration = .zero
        var maximum: Duration = .zero
    }

    fileprivate struct State {
        var trees: [ObservedTree] = []
        /// Logs that no tree was given.
        var named: [any LogLossSource] = []
        /// What was seen last, of each log and of each loop.
        var logs: [ObjectIdentifier: LogLosses] = [:]
        var lateCounts: [ObjectIdentifier: UInt64] = [:]
        var hasTask = false
        var next: SupervisorClock.Instant?
    }

    /// Held while logs are asked, so that nobody counts with what was seen before somebody else did.
    private let state = Mutex(State())

    /// Whether there was a tree on manual time.
    private let hasManualTime = Atomic<Bool>(false)

    // MARK: What there is

    func add(_ tree: ObservedTree) {
        state.withLock { state in
            state.trees.append(tree)
            // What was before is not of this tree.
            if let runtime = tree.runtime, state.lateCounts[ObjectIdentifier(runtime)] == nil {
                state.lateCounts[ObjectIdentifier(runtime)] = runtime.lag.lateCount
            }
            for log in tree.logs { state.begin(log) }
        }
        if tree.hasManualTime { hasManualTime.store(true, ordering: .relaxed) }
    }

    func add(_ log: any LogLossSource) {
        state.withLock { state in
            guard !state.named.contains(where: { $0.identity == log.identity }) else { return }
            state.named.append(log)
            state.begin(log)
        }
    }

    // MARK: When

    /// On manual time: whether so much of it has passed since this was last so.
    func isDue(_ time: SupervisorClock.Instant, every interval: Duration) -> Bool {
        guard hasManualTime.load(ordering: .relaxed) else { return false }
        return state.withLock { state in
            if let next = state.next, time < next { return false }
            state.next = time.advanced(by: interval)
            return true
        }
    }

    /// False if there is a task already.
    func beginTask() -> Bool {
        state.withLock { state in
            defer { state.hasTask = true }
            return !state.hasTask
        }
    }

    /// False if there is nothing more for the task to look at; then it is no more.
    func continueTask() -> Bool {
        state.withLock { state in
            state.hasTask = state.trees.contains { !$0.hasEnded && !$0.hasManualTime }
            return state.hasTask
        }
    }

    // MARK: Looking

    /// Look, and tell what has come to pass; `nil` if there is no loop to look at.
    func sample(tell: (Change) -> Void) -> Lag? {
        let (lag, changes) = state.withLock { state -> (Lag?, [Change]) in
            state.trees.removeAll { $0.hasEnded }
            var changes: [Change] = []
            let lag = state.lookAtLoops(&changes)
            state.lookAtLogs(&changes)
            return (lag, changes)
        }
        for change in changes { tell(change) }
        return lag
    }
}

extension Sampler.State {
    /// What a log has lost before is not counted.
    mutating func begin(_ log: any LogLossSource) {
        if logs[log.identity] == nil { logs[log.identity] = log.losses() }
    }

    mutating func lookAtLoops(_ changes: inout [Sampler.Change]) -> Sampler.Lag? {
        var runtimes: [ObjectIdentifier: SupervisorRuntime] = [:]
        for runtime in trees.compactMap(\.runtime) { runtimes[ObjectIdentifier(runtime)] = runtime }
        lateCounts = lateCounts.filter { runtimes[$0.key] != nil }
        var latest = Sampler.Lag()
        var count: UInt64 = 0
        for (identity, runtime) in runtimes {
            let lag = runtime.lag
            latest.last = max(latest.last, lag.last)
            latest.maximum = max(latest.maximum, lag.maximum)
            count += lag.lateCount - (lateCounts[identity] ?? lag.lateCount)
            lateCounts[identity] = lag.lateCount
        }
        if count > 0 { changes.append(.late(count)) }
        return runtimes.isEmpty ? nil : latest
    }

    mutating func lookAtLogs(_ changes: inout [Sampler.Change]) {
        var asked: [ObjectIdentifier: (log: any LogLossSource, scopes: [String?])] = [:]
        for log in named { asked[log.identity] = (log, [nil]) }
        for tree in trees {
            for log in tree.logs { asked[log.identity, default: (log, [])].scopes.append(tree.path) }
        }
        logs = logs.filter { asked[$0.key] != nil }
        for (identity, (log, scopes)) in asked {
            // One that is new came with a part of a tree that came later.
            let before = logs[identity] ?? LogLosses()
            let now = log.losses()
            logs[identity] = now
            changes += now.changes(since: before, in: scopes)
        }
    }
}

extension LogLosses {
    private var total: UInt64 { byPath.values.reduce(others, +) }

    /// What is more than before, within the paths that are of interest: `nil` is any.
    fileprivate func changes(since before: LogLosses, in scopes: [String?]) -> [Sampler.Change] {
        var changes: [Sampler.Change] = []
        var known: UInt64 = 0
        for (path, count) in byPath {
            let seen = before.byPath[path] ?? 0
            // One that was forgotten and made anew begins again.
            let lost = count >= seen ? count - seen : count
            known += lost
            guard lost > 0, scopes.contains(where: { $0.map { path.isAt(orBelow: $0) } ?? true }) else { continue }
            changes.append(.entriesLost(lost, of: path))
        }
        let all = total - min(total, before.total)
        if all > known && scopes.contains(nil) { changes.append(.entriesLost(all - known, of: "")) }
        if missed > before.missed { changes.append(.entriesMissed(missed - before.missed)) }
        return changes
    }
}

extension String {
    fileprivate func isAt(orBelow path: String) -> Bool {
        guard utf8.starts(with: path.utf8) else { return false }
        return utf8.count == path.utf8.count || utf8.dropFirst(path.utf8.count).first == UInt8(ascii: "/")
    }
}
