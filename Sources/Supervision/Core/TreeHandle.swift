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

internal import CSupervisorCore
internal import Synchronization

/// A counted reference to a tree of the core.
@safe
final class TreeHandle: @unchecked Sendable {
    // Sendable: every call that is made with it may be made on any thread. Safe, as all below: it is a reference of ours
    // until `deinit`.
    let pointer: OpaquePointer
    let surroundings: Surroundings

    /// The root, and what it was made of; `nil` if whoever made the handle did not know.
    let root: (child: CoreChild, origin: any NodeOrigin)?
    private let subscriptions: [Subscription]
    private let observers: [ObserverPump.Registration]
    private let specified: Set<RuntimeName>

    private init(
        owned pointer: OpaquePointer,
        surroundings: Surroundings,
        origin: any NodeOrigin,
        observers: [any StateObserver]
    ) {
        unsafe self.pointer = unsafe pointer
        self.surroundings = surroundings
        var root = unsafe sup_child(tree: pointer, node: 0, generation: 0, incarnation: 0)
        let isKnown = unsafe sup_tree_root(pointer, &root) == 0
        self.root = unsafe isKnown ? (CoreChild(root), origin) : nil
        let spec = origin.node.supervisorSpec
        self.subscriptions = spec.map { Subscription.list(of: $0, path: origin.name) } ?? []
        self.observers =
            observers.map { ObserverPump.Registration(observer: $0) }
            + (spec.map { ObserverPump.registrations(of: $0, path: origin.name) } ?? [])
        self.specified =
            self.observers.isEmpty
            ? [] : spec.map { ObserverPump.paths(of: $0, path: origin.name) } ?? [RuntimeName(origin.name)]
    }

    /// Another handle of the tree of a child. The caller knows that the tree is there.
    init(of child: CoreChild, _ surroundings: Surroundings) {
        unsafe self.pointer = unsafe sup_tree_ref(child.child.tree)
        self.surroundings = surroundings
        self.root = nil
        self.subscriptions = []
        self.observers = []
        self.specified = []
    }

    deinit {
        unsafe sup_tree_unref(pointer)
    }

    /// Make a tree that does not run yet.
    static func create(
        _ spec: SupervisorSpec,
        observers: [any StateObserver] = [],
        on runtime: SupervisorRuntime
    ) throws(SupervisorError) -> TreeHandle {
        try create(SupervisorSpec.Node(spec), observers: observers, on: runtime)
    }

    /// Make a tree of a supervisor or a runnable.
    static func create(
        _ node: SupervisorSpec.Node,
        observers: [any StateObserver] = [],
        on runtime: SupervisorRuntime,
        surroundings root: RootSurroundings = RootSurroundings()
    ) throws(SupervisorError) -> TreeHandle {
        let handle = try runtime.handle()
        let surroundings = Surroundings(runtime: runtime, priority: Task.currentPriority, root: root)
        let origin = node.origin(in: surroundings)
        let root = try Lowering.tree(origin)
        guard let rootPointer = unsafe root.borrowed else {
            throw SupervisorError(code: .outOfMemory, message: "there is not enough memory for the tree")
        }
        var tree: OpaquePointer?
        var report: OpaquePointer?
        let code = unsafe sup_tree_create(handle.pointer, rootPointer, &tree, &report)
        defer { unsafe sup_report_unref(report) }
        guard code == 0, let tree = unsafe tree else {
            throw unsafe SupervisorError(coreCode: code, report: report, doing: "the tree could not be made")
        }
        return unsafe TreeHandle(owned: tree, surroundings: surroundings, origin: origin, observers: observers)
    }

    // MARK: Starting

    /// Start what was created and return when it is up. Cancellation rolls back.
    func launch() async throws(SupervisorError) {
        let completion = beginLaunch()
        let wasCancelled = Mutex(false)
        let answer = await withTaskCancellationHandler {
            await completion.value
        } onCancel: {
            guard !completion.isAnswered else { return }
            wasCancelled.withLock { $0 = true }
            requestStop(within: nil)
        }
        switch answer {
        case .failure(let error):
            throw error
        case .success, nil:
            // The cancellation may have come when all was up; then it is an ordinary stop that is awaited.
            guard wasCancelled.withLock({ $0 }) else { return }
            let end = await end()
            throw SupervisorError(
                code: .stoppedDuringStart,
                message: "it was stopped again, because the task that started it was cancelled",
                underlying: CancellationError(),
                related: end.failures
            )
        }
    }

    func beginLaunch() -> Completion {
        let completion = Completion("the tree could not be started")
        unsafe completion.beginOrAnswer(lending: true) { unsafe sup_tree_launch(pointer, $0) }
        return completion
    }

    /// Start what was created and return when it has ended. Cancellation is an orderly stop.
    func run(
        stoppingOn signals: [HostSignal],
        within budget: Duration?,
        subscribers: [any EventSubscriber]
    ) async throws(SupervisorError) -> RunResult {
        try stop(on: signals, within: budget)
        attach(subscribers)
        let start = beginLaunch()
        let (started, ended) = await withTaskCancellationHandler {
            (await start.value, await end())
        } onCancel: {
            requestStop(within: budget)
        }
        let exitCode = unsafe sup_tree_exit_status(pointer)
        if case .failure(let error) = started {
            // Being stopped by a signal while starting is as good an end as any.
            guard exitCode > 128 && error.code == .stoppedDuringStart else { throw error }
            return RunResult(error: error.related.isEmpty ? nil : error, exitCode: exitCode)
        }
        return RunResult(error: ended.failures.first, exitCode: exitCode)
    }

    func stop(on signals: [HostSignal], within budget: Duration?) throws(SupervisorError) {
        guard !signals.isEmpty else { return }
        let numbers = signals.map(\.rawValue)
        let code = unsafe sup_tree_stop_on_signals(pointer, numbers, numbers.count, budget.coreBudget)
        guard code == 0 else {
            let names = signals.map { $0.description }.joined(separator: ", ")
            throw SupervisorError(coreCode: code, doing: "\(names) cannot be used to stop the tree")
        }
    }

    func guardMain(grace: Duration) {
        _ = unsafe sup_tree_guard_main(pointer, grace.coreDuration ?? 0)
    }

    func mainResumed() {
        _ = unsafe sup_tree_main_resumed(pointer)
    }

    // MARK: Stopping

    func requestStop(within budget: Duration?) {
        _ = unsafe sup_tree_request_stop(pointer, budget.coreBudget)
    }

    func forceStop() {
        _ = unsafe sup_tree_force_stop(pointer)
    }

    /// How the tree ended. Not ended by cancellation.
    func end() async -> Result<Void, SupervisorError> {
        await beginWait().value ?? .success(())
    }

    func beginWait() -> Completion {
        let completion = Completion("the end of the tree could not be awaited")
        unsafe completion.beginOrAnswer { unsafe sup_tree_wait_async(pointer, $0, nil) }
        return completion
    }

    /// How the tree ended; `nil` if the calling task was cancelled before.
    func cancellableEnd() async -> Result<Void, SupervisorError>? {
        let completion = Completion("the end of the tree could not be awaited")
        var ticket: UInt64 = 0
        unsafe completion.beginOrAnswer { unsafe sup_tree_wait_async(pointer, $0, &ticket) }
        return await withTaskCancellationHandler { [ticket] in
            _ = ticket
            return await completion.value
        } onCancel: { [ticket] in
            // Answered or about to be: then that answer counts.
            guard unsafe sup_tree_cancel(pointer, ticket) == 0 else { return }
            completion.forget()
            completion.answer(nil)
        }
    }

    // MARK: Looking

    /// The failure with which the tree has ended, if it has.
    var crashError: SupervisorError? {
        guard state == .ended, case .failure(let error)? = beginWait().answerByNow else { return nil }
        return error
    }

    var state: Supervisor.State {
        switch unsafe sup_tree_get_state(pointer) {
        case .SUP_TREE_CREATED, .SUP_TREE_STARTING: .starting
        case .SUP_TREE_RUNNING: .running
        case .SUP_TREE_STOPPING: .stopping
        case .SUP_TREE_ENDED: .ended
        }
    }

    func subscribe(buffer: Int) -> EventReader {
        unsafe EventReader(tree: pointer, buffer: buffer, runtime: surroundings.runtime)
    }

    /// Let subscribers read in tasks of their own, and tell observers: those of the whole tree, and those of its spec.
    func attach(_ subscribers: [any EventSubscriber]) {
        unsafe surroundings.pump.add(
            observers,
            of: specified,
            below: root?.origin.name,
            tree: pointer,
            surroundings: surroundings
        )
        for subscription in subscribers.map({ Subscription(subscriber: $0) }) + subscriptions {
            unsafe subscription.begin(tree: pointer, surroundings: surroundings)
        }
    }

    func tellObservers() {
        surroundings.pump.flush()
    }

    func snapshot() -> Supervisor.Snapshot {
        unsafe snapshot { unsafe sup_tree_snapshot(pointer, $0) }
    }

    func unready() -> Supervisor.Snapshot {
        unsafe snapshot { unsafe sup_tree_unready(pointer, $0) }
    }

    func stopWaits() -> Supervisor.Snapshot {
        unsafe snapshot { unsafe sup_tree_stop_waits(pointer, $0) }
    }

    var isReady: Bool {
        unsafe sup_tree_is_ready(pointer)
    }

    private func snapshot(_ take: (UnsafeMutablePointer<OpaquePointer?>) -> Int32) -> Supervisor.Snapshot {
        var snapshot: OpaquePointer?
        guard unsafe take(&snapshot) == 0, let taken = unsafe snapshot else { return .empty }
        defer { unsafe sup_snapshot_free(taken) }
        return unsafe Supervisor.Snapshot(taken)
    }
}

extension Result<Void, SupervisorError> {
    fileprivate var failures: [SupervisorError] {
        if case .failure(let error) = self { [error] } else { [] }
    }
}

extension SupervisorSpec {
    /// Throw the faults that a start would throw, and start nothing.
    func check() throws(SupervisorError) {
        _ = try TreeHandle.create(self, on: .shared)
    }
}
