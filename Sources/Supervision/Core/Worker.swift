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

/// A worker of one tree: what its spec says, and how its present incarnation is.
///
/// It is the context of a callback child of the core (see `WorkerCallbacks`), which owns it. Nobody else keeps it for
/// long but contexts of incarnations, and it keeps no tree.
final class Worker: @unchecked Sendable {
    private struct State {
        var incarnation: UInt64 = 0
        var generation: UInt64 = 0
        var isStopRequested = false
        /// The body has ended: its contexts are stale.
        var isOver = true
        var waiters = Waiters()

        func isLive(_ other: Incarnation) -> Bool {
            !isOver && incarnation == other.number && generation == other.generation
        }
    }

    let name: String
    let surroundings: Surroundings
    private let work: ChildSpec.Work
    private let priority: TaskPriority

    private let state = Mutex(State())

    /// The task of the present incarnation. Sendable: only the core's calls `start`, `stop` and `end` touch it, and
    /// those are ordered by the core.
    private var task: Task<Void, Never>?

    init(name: String, work: ChildSpec.Work, priority: TaskPriority?, surroundings: Surroundings) {
        self.name = name
        self.work = work
        self.priority = priority ?? surroundings.priority
        self.surroundings = surroundings
    }

    // MARK: What the core calls

    /// Begin an incarnation. May be called on the thread on which the one before has just failed.
    func start(_ incarnation: Incarnation) {
        state.withLock { state in
            state.incarnation = incarnation.number
            state.generation = incarnation.generation
            state.isStopRequested = false
            state.isOver = false
        }
        // The task uses the tree until its last act.
        incarnation.retainTree()
        task = surroundings.detach(priority: priority) { await self.run(incarnation) }
    }

    /// Tell the body to finish what it has begun.
    func drain() {
        let waiters = state.withLock { state in
            state.isStopRequested = true
            return state.waiters.take()
        }
        waiters.resume()
    }

    /// Cancel the body. Runs the cancellation handlers that it has registered.
    func cancel() {
        drain()
        task?.cancel()
    }

    /// The incarnation has ended, or was stopped before its body began.
    func end() {
        task = nil
        close()
    }

    // MARK: The incarnation

    private func run(_ incarnation: Incarnation) async {
        // Nothing of the worker may be touched before `begin` said yes: it may belong to the next incarnation.
        if incarnation.begin() {
            do {
                try await body(incarnation)
                close()
                incarnation.reportCompleted()
            } catch {
                close()
                incarnation.reportFailed(error)
            }
        }
        incarnation.releaseTree()
    }

    private func body(_ incarnation: Incarnation) async throws {
        let context = ChildContext(incarnation: incarnation, worker: self)
        try await ChildContext.$current.withValue(context) {
            if surroundings.arounds.isEmpty {
                try await perform(context)
            } else {
                try await perform(context, around: surroundings.arounds[...])
            }
        }
    }

    private func perform(_ context: ChildContext, around arounds: ArraySlice<SupervisorSpec.Around>) async throws {
        guard let outermost = arounds.first else { return try await perform(context) }
        try await outermost(context) {
            try await self.perform(context, around: arounds.dropFirst())
        }
    }

    private func perform(_ context: ChildContext) async throws {
        switch work {
        case .plain(let body):
            try await body()
        case .context(let body):
            try await body(context)
        case .notifyStart(let body):
            try await body(context, NotifyStart(incarnation: context.incarnation, worker: self))
        case .command:
            preconditionFailure("a command is not a worker")
        }
    }

    /// The body is over: its contexts are stale, and nobody waits in them any longer.
    private func close() {
        let waiters = state.withLock { state in
            state.isOver = true
            return state.waiters.take()
        }
        waiters.resume()
    }

    // MARK: What contexts ask

    /// Do something with an incarnation whose body is not over, with a reference to its tree; `nil` if it is over.
    func withLive<Result>(_ incarnation: Incarnation, _ body: (Incarnation) -> Result) -> Result? {
        let isLive = state.withLock { state in
            guard state.isLive(incarnation) else { return false }
            // The end is reported after `close`, which takes the lock: the tree is still there.
            incarnation.retainTree()
            return true
        }
        guard isLive else { return nil }
        // Not under the lock: the core may call `start`, `stop` and `end` of this worker in here.
        defer { incarnation.releaseTree() }
        return body(incarnation)
    }

    func isStopRequested(_ incarnation: Incarnation) -> Bool {
        state.withLock { $0.isStopRequested || !$0.isLive(incarnation) }
    }

    func stopRequested(_ incarnation: Incarnation) async {
        while !Task.isCancelled && !isStopRequested(incarnation) {
            await withTaskCancellationHandler {
                // Safe: the waiter is resumed by whoever takes it out of `waiters`, or at once if it is not put in.
                unsafe await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
                    unsafe wait(incarnation, waiter)
                }
            } onCancel: {
                wake()
            }
        }
    }

    private func wait(_ incarnation: Incarnation, _ waiter: UnsafeContinuation<Void, Never>) {
        let isWaiting = state.withLock { state in
            guard !state.isStopRequested && state.isLive(incarnation) else { return false }
            unsafe state.waiters.add(waiter)
            return true
        }
        if !isWaiting {
            unsafe waiter.resume()
        } else if Task.isCancelled {
            // The handler may have come before the waiter.
            wake()
        }
    }

    /// Let everybody who waits look again.
    private func wake() {
        state.withLock { $0.waiters.take() }.resume()
    }
}
