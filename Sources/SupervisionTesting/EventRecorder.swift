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

/// Keeps the events of one tree, and lets a test wait for some and say which ones, in which order, there must be.
///
/// ```swift
/// let recorder = EventRecorder()
/// let tree = try await Supervisor.start(shop, subscribers: [recorder])
/// await recorder.expect(eventually: .started("shop/database"), count: 2)
/// try await tree.terminate()
/// await recorder.finish()
/// recorder.expect(inOrder: .failed("shop/database"), .started("shop/database"), .terminated("shop"))
/// ```
///
/// A ``TestTree`` has one of its own, which is up to date whenever one of its methods has returned.
public final class EventRecorder: EventSubscriber {
    /// A place in what was recorded; see ``EventRecorder/mark()``.
    public struct Mark: Sendable {
        let count: Int

        /// Before the first event.
        public static let start = Mark(count: 0)
    }

    private struct Waiter {
        let isSatisfied: @Sendable ([Supervisor.Event]) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var events: [Supervisor.Event] = []
        var lost: UInt64 = 0
        var hasEnded = false
        var nextNumber: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]

        mutating func takeSatisfied() -> [CheckedContinuation<Bool, Never>] {
            let satisfied = waiters.filter { hasEnded || $0.value.isSatisfied(events) }
            for number in satisfied.keys { waiters[number] = nil }
            return satisfied.values.map(\.continuation)
        }
    }

    private let state = Mutex(State())

    /// How many events may come while it is not scheduled.
    public let eventBuffer: Int

    /// A recorder; give it to the tree that it is to follow.
    public init(buffer: Int = 16_384) {
        self.eventBuffer = buffer
    }

    /// Called by the tree.
    public func receive(_ events: Supervisor.Events) async {
        for await item in events {
            update { state in
                switch item {
                case .event(let event): state.events.append(event)
                case .lost(let count, _): state.lost += count
                }
            }
        }
        update { $0.hasEnded = true }
    }

    private func update(_ change: (inout State) -> Void) {
        let satisfied = state.withLock { state in
            change(&state)
            return state.takeSatisfied()
        }
        for continuation in satisfied { continuation.resume(returning: true) }
    }

    // MARK: What was recorded

    /// All events so far.
    public var events: [Supervisor.Event] {
        state.withLock { $0.events }
    }

    /// How many events were lost, because the recorder was not scheduled for too long.
    public var lost: UInt64 {
        state.withLock { $0.lost }
    }

    /// Whether the tree has ended and its final event was recorded.
    public var hasEnded: Bool {
        state.withLock { $0.hasEnded }
    }

    /// The place after all that was recorded so far.
    public func mark() -> Mark {
        Mark(count: state.withLock { $0.events.count })
    }

    /// The events from a place on that meet the criteria.
    public func events(after mark: Mark, matching criteria: EventCriteria = .everything) -> [Supervisor.Event] {
        state.withLock { $0.events.dropFirst(mark.count).filter(criteria.matches) }
    }

    /// The events as short texts, "kind path"; without those of the kind `loopLate`, which tell of the machine and not of
    /// the tree.
    public var lines: [String] {
        events.filter { $0.kind != .loopLate }.map { "\($0.kind) \($0.path)" }
    }

    /// The starts and ends as short texts, "kind path".
    public var startsAndEnds: [String] {
        events.filter { $0.tag != nil }.map { "\($0.kind) \($0.path)" }
    }

    // MARK: Waiting

    /// Wait, in real time, until the events so far satisfy a predicate or there will be no more. Throws if that takes too
    /// long, or the task is cancelled.
    public func wait(
        within limit: Duration = .seconds(30),
        for what: String = "what the predicate asks for",
        until isSatisfied: @escaping @Sendable ([Supervisor.Event]) -> Bool
    ) async throws(MissingEventError) {
        guard await waits(within: limit, until: isSatisfied) else {
            throw MissingEventError(what: what, limit: limit, recorder: self)
        }
    }

    /// Wait, in real time, for the last of so many events that meet the criteria, and return it. Throws if they do not
    /// come in time, if the tree ends without them, or the task is cancelled; the error names what is missing.
    @discardableResult
    public func wait(
        for criteria: EventCriteria,
        count: Int = 1,
        after mark: Mark = .start,
        within limit: Duration = .seconds(30)
    ) async throws(MissingEventError) -> Supervisor.Event {
        let search = Search(for: criteria, count: count, after: mark)
        _ = await waits(within: limit) { search.isOver(in: $0) }
        let found = events(after: mark, matching: criteria)
        guard found.count >= count else {
            let what = count == 1 ? "\(criteria)" : "\(criteria), \(count) times (\(found.count) so far)"
            throw MissingEventError(what: what, limit: limit, recorder: self)
        }
        return found[count - 1]
    }

    /// Wait, in real time, for the end of the tree and return all of its events. Throws if it does not end in time.
    @discardableResult
    public func finish(within limit: Duration = .seconds(30)) async throws(MissingEventError) -> [Supervisor.Event] {
        try await wait(within: limit, for: "the final event of the tree") { _ in false }
        return events
    }

    /// Whether that was so in time.
    private func waits(
        within limit: Duration,
        until isSatisfied: @escaping @Sendable ([Supervisor.Event]) -> Bool
    ) async -> Bool {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        let watch = Task.detached {
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            self.giveUp(number)
        }
        defer { watch.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    if state.hasEnded || isSatisfied(state.events) { return true }
                    // The handler has been called before there was anybody to give up, or will find the waiter.
                    if Task.isCancelled { return false }
                    state.waiters[number] = Waiter(isSatisfied: isSatisfied, continuation: continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            giveUp(number)
        }
    }

    private func giveUp(_ number: UInt64) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
        waiter?.continuation.resume(returning: false)
    }
}

/// Looks at each event once.
private final class Search: Sendable {
    private let criteria: EventCriteria
    private let count: Int
    private let progress: Mutex<(index: Int, found: Int)>

    init(for criteria: EventCriteria, count: Int, after mark: EventRecorder.Mark) {
        self.criteria = criteria
        self.count = count
        self.progress = Mutex((index: mark.count, found: 0))
    }

    func isOver(in events: [Supervisor.Event]) -> Bool {
        progress.withLock { progress in
            while progress.found < count && progress.index < events.count {
                if criteria.matches(events[progress.index]) { progress.found += 1 }
                progress.index += 1
            }
            return progress.found >= count
        }
    }
}

/// An event that a test waited for did not come.
public struct MissingEventError: Error, Sendable, CustomStringConvertible {
    /// What is missing, in words.
    public let what: String

    /// What was recorded instead, in short.
    public let recorded: [String]

    /// Whether the tree had ended, so that nothing more could come.
    public let treeHasEnded: Bool

    /// How long it was waited for, in real time, unless the task was cancelled.
    public let limit: Duration

    /// Whether the wait was ended by the cancellation of the task.
    public let wasCancelled: Bool

    init(what: String, limit: Duration, recorder: EventRecorder) {
        self.what = what
        self.limit = limit
        self.treeHasEnded = recorder.hasEnded
        self.wasCancelled = !treeHasEnded && Task.isCancelled
        self.recorded = recorder.events.map(\.description)
    }

    /// What is missing, and what there was.
    public var description: String {
        let list = recorded.isEmpty ? " nothing" : recorded.map { "\n  " + $0 }.joined()
        let reason =
            if treeHasEnded {
                "the tree ended without it"
            } else if wasCancelled {
                "the wait was cancelled"
            } else {
                "it did not come within \(limit)"
            }
        return "missing: \(what); \(reason). Recorded:\(list)"
    }
}
