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
/// long but contexts of incarnations, and it keeps no tree. There may be a great many of them, so it is small, and so
/// are the frames of its tasks: see `run` and `stopRequested`.
final class Worker: @unchecked Sendable {
    private struct State {
        /// The present or last incarnation, as the core names it.
        var child: CoreChild?
        var isStopRequested = false
        /// The body runs, or has run.
        var hasBegun = false
        /// The body has ended, or never begins: its contexts are stale.
        var isOver = true
        /// Whose task it is that offers itself.
        var predecessor: Incarnation?
        /// How many incarnations the task has taken over one after another.
        var taskTurns: UInt8 = 0
        var waiters = Waiters()

        func isLive(_ incarnation: Incarnation) -> Bool {
            !isOver && child?.incarnation == incarnation
        }
    }

    /// Whether the task of an incarnation that has ended by itself runs the next one, too: then no task has to be made for
    /// it, and no thread woken.
    private enum Succession: UInt8, AtomicRepresentable {
        /// The next incarnation gets a task of its own.
        case none
        /// The task looks for a successor when it has reported its end.
        case offered
        /// The core has done with the incarnation, so that there is a successor very soon or not at all. The handle of the
        /// task is given back by itself.
        case awaited
        /// There is one.
        case taken
    }

    /// After so many incarnations a task ends, so that a worker that does nothing but end lets others have its thread.
    private static let maximumTaskTurns: UInt8 = 120

    /// How often a task looks whether it has a successor: for a microsecond or two.
    private static let maximumLooks = 2_000

    /// As it was given.
    let spec: ChildSpec
    let surroundings: Surroundings
    private let priority: TaskPriority
    private let isOnManualTime: Bool

    private let state = Mutex(State())

    /// Changed under the lock, but for the step from `offered` to `awaited`.
    private let succession = Atomic(Succession.none)

    /// What is only there for workers that need it.
    private let lazyExtras = AtomicLazyReference<WorkerExtras>()

    /// The task of the present incarnation. Sendable: only the core's calls `start`, `stop` and `end` touch it, which are
    /// ordered by the core; and while it offers itself to the next incarnation that task itself, under the lock, which the
    /// stop of an incarnation that has just ended takes, too.
    private var task: Task<Void, Never>?

    /// That task, for those who run in it, which sets it before its body begins. Tasks that earlier bodies have left behind
    /// may look just then: what they see is not themselves.
    private let root = Atomic(TaskIdentity.none)

    init(_ spec: ChildSpec, surroundings: Surroundings) {
        self.spec = spec
        self.priority = spec.shared.policy.priority ?? surroundings.priority
        self.surroundings = surroundings
        self.isOnManualTime = surroundings.runtime.manual != nil
    }

    var name: String { spec.name }

    private var work: ChildSpec.Work { spec.work }

    /// The same worker before its first incarnation.
    func copy() -> Worker {
        Worker(spec, surroundings: surroundings)
    }

    // MARK: What the core calls

    /// Begin an incarnation. May be called on the thread on which the one before has just failed.
    func start(_ child: CoreChild) {
        let isTaken = state.withLock { state in
            state.child = child
            state.isStopRequested = false
            state.hasBegun = false
            state.isOver = false
            // Y5: whoever has cancelled the last incarnation, itself perhaps, has not cancelled this one.
            let takes = succession.load(ordering: .relaxed) == .awaited && task?.isCancelled == false
            succession.store(takes ? .taken : .none, ordering: .relaxed)
            return takes
        }
        if !isTaken { task = makeTask(child) }
    }

    @inline(__always)
    private func makeTask(_ child: CoreChild) -> Task<Void, Never> {
        // Not by `Surroundings.detach`: a closure that is handed on costs an allocation for each start.
        if isOnManualTime, let executor = surroundings.runtime.manual {
            Task.detached(executorPreference: executor, priority: priority) { await self.run(child) }
        } else {
            Task.detached(priority: priority) { await self.run(child) }
        }
    }

    /// Tell the body to finish what it has begun. One that has not begun never does, and is gone at once.
    func drain() {
        ask { _ in }
    }

    /// Cancel the body. Runs the cancellation handlers that it has registered.
    func cancel() {
        // A task that has not begun its body will not look.
        ask { $0?.cancel() }
    }

    /// Tell the body that it is to end, and do something with its task, without the lock. If it has not begun it is gone.
    private func ask(_ body: (Task<Void, Never>?) -> Void) {
        let (waiters, begun, unbegun) = state.withLock { state -> (Waiters, Task<Void, Never>?, CoreChild?) in
            state.isStopRequested = true
            guard !state.hasBegun && !state.isOver else { return (state.waiters.take(), task, nil) }
            state.isOver = true
            return (state.waiters.take(), nil, state.child)
        }
        waiters.resume()
        if let unbegun {
            unbegun.reportCanceled()
        } else {
            body(begun)
        }
    }

    /// Answer from the cooperative pool, from which the body is served, too.
    func probe() {
        guard let child = state.withLock({ $0.isOver ? nil : $0.child }) else { return }
        child.retainTree()
        if let executor = surroundings.runtime.manual {
            Task.detached(executorPreference: executor, priority: priority) { child.answerProbe() }
        } else {
            Task.detached(priority: priority) { child.answerProbe() }
        }
    }

    /// The incarnation has ended, or was stopped before its body began, which then never will.
    func end() {
        let step = succession.compareExchange(
            expected: .offered,
            desired: .awaited,
            ordering: .acquiringAndReleasing
        )
        if !step.exchanged { task = nil }
    }

    // MARK: The incarnation

    /// Part of the task's own frame.
    @inline(__always)
    private func run(_ first: CoreChild) async {
        guard begin(first.incarnation) else { return }
        root.store(.current, ordering: .relaxed)
        var next: Incarnation? = first.incarnation
        while let incarnation = next {
            next = await run(incarnation)
        }
    }

    /// What its frame holds while the body runs is little. In the loop, it would be three times as much.
    @inline(never)
    private func run(_ incarnation: Incarnation) async -> Incarnation? {
        // From here to its report the incarnation keeps the tree; afterwards the task does not touch it.
        do {
            let context = ChildContext(incarnation: incarnation, worker: self)
            try await ChildContext.$current.withValue(context) {
                switch context.worker.work {
                case _ where !context.worker.surroundings.arounds.isEmpty, .classified:
                    try await context.worker.perform(context, around: context.worker.surroundings.arounds[...])
                case .plain(let body):
                    try await body()
                case .context(let body):
                    try await body(context)
                case .notifyStart(let body):
                    try await body(context, NotifyStart(context: context))
                case .command:
                    preconditionFailure("a command is not a worker")
                }
            }
            return report(nil)
        } catch {
            return report(error)
        }
    }

    /// Tell the core that the body has ended. What its task goes on with, if it does.
    private func report(_ error: (any Error)?) -> Incarnation? {
        guard let (child, wasAsked) = close(hasFailed: error != nil) else { return nil }
        if wasAsked {
            if let error {
                child.reportFailed(error, wasAsked: true, as: .ordinary)
            } else {
                child.reportCompleted()
            }
            return nil
        }
        let reporter = unsafe WorkerCallbacks.reporter(self)
        if let error {
            unsafe child.reportFailed(error, as: work.failureClass(of: error), by: reporter)
        } else {
            unsafe child.reportCompleted(by: reporter)
        }
        return successor(of: child.incarnation)
    }

    /// Y6: the task that reports an end may be about to run code of others, which may never come back. Whether it may: then
    /// there is no successor for it, nor will there be.
    func withdraw() -> Bool {
        state.withLock { state in
            guard state.predecessor != nil else { return true }
            guard succession.load(ordering: .relaxed) != .taken || state.isOver else { return false }
            state.predecessor = nil
            if succession.exchange(.none, ordering: .acquiringAndReleasing) == .awaited { task = nil }
            return true
        }
    }

    /// The incarnation that the core has started during the report of the last one's end, if it was not stopped since.
    private func successor(of last: Incarnation) -> Incarnation? {
        guard succession.load(ordering: .relaxed) != .none else { return nil }
        // Another thread is about to see to it, if this one did not. That takes less time than a new task would.
        var looks = 0
        while looks < Self.maximumLooks, succession.load(ordering: .relaxed) == .offered { looks += 1 }
        return state.withLock { state in
            // If the next was stopped before the task came here, there may be others by now.
            guard state.predecessor == last else { return nil }
            state.predecessor = nil
            let found = succession.exchange(.none, ordering: .acquiringAndReleasing)
            if found == .awaited { task = nil }
            guard found == .taken, !state.isOver else { return nil }
            state.hasBegun = true
            return state.child?.incarnation
        }
    }

    /// Whether the body may run: not if it was stopped before, and may be even at the next incarnation.
    private func begin(_ incarnation: Incarnation) -> Bool {
        state.withLock { state in
            guard state.isLive(incarnation) else { return false }
            state.hasBegun = true
            return true
        }
    }

    private func perform(_ context: ChildContext, around arounds: ArraySlice<SupervisorSpec.Around>) async throws {
        guard let outermost = arounds.first else { return try await perform(context, work) }
        try await outermost(context) {
            try await self.perform(context, around: arounds.dropFirst())
        }
    }

    private func perform(_ context: ChildContext, _ work: ChildSpec.Work) async throws {
        switch work {
        case .classified(let work, _): try await perform(context, work)
        case .plain(let body): try await body()
        case .context(let body): try await body(context)
        case .notifyStart(let body): try await body(context, NotifyStart(context: context))
        case .command: preconditionFailure("a command is not a worker")
        }
    }

    /// The body is over: its contexts are stale, and nobody waits in them any longer. Which incarnation it was, and whether
    /// it was asked to stop; if not, its task may be offered to the next one. On manual time each has a job of its own.
    private func close(hasFailed: Bool) -> (child: CoreChild, wasAsked: Bool)? {
        // Y5: not if its body has raised the priority of the task, which cannot be lowered again.
        let mayGoOn = mayBeRestarted(hasFailed: hasFailed) && !isOnManualTime && Task.currentPriority == priority
        let (closed, waiters) = state.withLock { state -> ((child: CoreChild, wasAsked: Bool)?, Waiters) in
            state.isOver = true
            if mayGoOn && !state.isStopRequested {
                state.taskTurns = state.taskTurns == Self.maximumTaskTurns ? 0 : state.taskTurns + 1
                if state.taskTurns > 0 {
                    state.predecessor = state.child?.incarnation
                    succession.store(.offered, ordering: .relaxed)
                }
            }
            return (state.child.map { ($0, state.isStopRequested) }, state.waiters.take())
        }
        waiters.resume()
        return closed
    }

    private func mayBeRestarted(hasFailed: Bool) -> Bool {
        switch spec.shared.policy.restart {
        case .permanent: true
        case .transient: hasFailed
        default: false
        }
    }

    // MARK: What contexts ask

    /// What a failure of its body says about trying again.
    func failureClass(of error: any Error) -> ChildSpec.FailureClass {
        work.failureClass(of: error)
    }

    /// Do something with an incarnation whose body is not over, with a reference to its tree; `nil` if it is over.
    func withLive<Result>(_ incarnation: Incarnation, _ body: (CoreChild) -> Result) -> Result? {
        let live = state.withLock { state -> CoreChild? in
            guard state.isLive(incarnation) else { return nil }
            // The end is reported after `close`, which takes the lock: the tree is still there.
            state.child?.retainTree()
            return state.child
        }
        guard let live else { return nil }
        // Not under the lock: the core may call `start`, `stop` and `end` of this worker in here.
        defer { live.releaseTree() }
        return body(live)
    }

    func isLive(_ incarnation: Incarnation) -> Bool {
        state.withLock { $0.isLive(incarnation) }
    }

    /// Made with the first use.
    var extras: WorkerExtras {
        lazyExtras.load() ?? lazyExtras.storeIfNil(WorkerExtras())
    }

    func isStopRequested(_ incarnation: Incarnation) -> Bool {
        state.withLock { $0.isStopRequested || !$0.isLive(incarnation) }
    }

    @inline(__always)
    func stopRequested(_ incarnation: Incarnation) async {
        while !isStopRequested(incarnation) && !Task.isCancelled {
            // Whether it is the incarnation's own task that asks, and not one that its body has made.
            if root.load(ordering: .relaxed) == .current {
                // Only `cancel` cancels it, after it has said so under the lock, and that wakes those who wait: there is no
                // need for a handler, which would take more memory than all the rest of an idle worker.
                await wait(incarnation)
            } else {
                await waitOrCancellation(incarnation)
            }
        }
    }

    @inline(__always)
    private func wait(_ incarnation: Incarnation) async {
        // Safe: the waiter is resumed by whoever takes it out of `waiters`, or at once if it is not put in.
        unsafe await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
            if unsafe !enter(incarnation, Waiters.Waiter(waiter)) { unsafe waiter.resume() }
        }
    }

    @inline(never)
    private func waitOrCancellation(_ incarnation: Incarnation) async {
        await Waiters.wait(entering: { enter(incarnation, $0) }, orCancelled: { self.wake() })
    }

    /// Whether there is something to wait for.
    private func enter(_ incarnation: Incarnation, _ waiter: Waiters.Waiter) -> Bool {
        state.withLock { state in
            guard !state.isStopRequested && state.isLive(incarnation) else { return false }
            state.waiters.add(waiter)
            return true
        }
    }

    /// Let everybody who waits look again.
    private func wake() {
        state.withLock { $0.waiters.take() }.resume()
    }
}
