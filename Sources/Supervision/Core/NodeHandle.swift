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

/// A node of a tree, whichever its incarnation, and a reference to the tree.
struct NodeHandle: Sendable {
    let tree: TreeHandle
    let child: CoreChild
    let origin: any NodeOrigin

    var path: String { origin.path }

    // MARK: Finding. Safe, as all below: the handle holds the tree.

    /// The root of a tree; `nil` without memory, and in a child of `fork()`.
    static func root(of tree: TreeHandle) -> NodeHandle? {
        if let root = tree.root { return NodeHandle(tree: tree, child: root.child, origin: root.origin) }
        return unsafe find(in: tree) { unsafe sup_tree_root(tree.pointer, $0) }
    }

    /// A node by its runtime name.
    static func find(_ path: String, in tree: TreeHandle) -> NodeHandle? {
        unsafe find(in: tree, named: path) { unsafe sup_tree_find(tree.pointer, path, $0) }
    }

    /// A child by its name.
    func find(_ name: String) -> NodeHandle? {
        unsafe Self.find(in: tree, named: name) { unsafe sup_child_find(child.child, name, $0) }
    }

    /// The child that a worker is; `nil` if the incarnation has ended.
    init?(of context: ChildContext) {
        let worker = context.worker
        let found = worker.withLive(context.incarnation) { (TreeHandle(of: $0, worker.surroundings), $0) }
        guard let (tree, child) = found else { return nil }
        self.init(tree: tree, child: child, origin: worker)
    }

    /// A node that a worker knows; `nil` if the incarnation has ended.
    init?(_ child: CoreChild, _ origin: any NodeOrigin, asKnownTo context: ChildContext) {
        let worker = context.worker
        guard let tree = worker.withLive(context.incarnation, { TreeHandle(of: $0, worker.surroundings) }) else {
            return nil
        }
        self.init(tree: tree, child: child, origin: origin)
    }

    /// The same node as one that was made of this spec.
    func given(_ spec: ChildSpec) -> NodeHandle {
        let origin = SupervisorSpec.Node(spec).origin(in: origin.surroundings)
        return NodeHandle(tree: tree, child: child, origin: origin)
    }

    /// The supervisor of this node; `nil` for the root, and if it is gone.
    var supervisor: NodeHandle? {
        origin.surroundings.path.flatMap { Self.find($0, in: tree) }
    }

    init(tree: TreeHandle, child: CoreChild, origin: any NodeOrigin) {
        self.tree = tree
        self.child = child
        self.origin = origin
    }

    private static func find(
        in tree: TreeHandle,
        named name: String = "",
        _ find: (UnsafeMutablePointer<sup_child>) -> Int32
    ) -> NodeHandle? {
        // The core would look for what is before a NUL, and no node has one in its name.
        guard !name.utf8.contains(0) else { return nil }
        var found = unsafe sup_child(tree: tree.pointer, node: 0, generation: 0, incarnation: 0)
        guard unsafe find(&found) == 0 else { return nil }
        let child = unsafe CoreChild(found)
        guard let origin = unsafe child.look({ unsafe $0.origin }) ?? nil else { return nil }
        return NodeHandle(tree: tree, child: child, origin: origin)
    }

    // MARK: Looking

    /// How the node is; `nil` if it is gone.
    func snapshot() -> Supervisor.Snapshot.Node? {
        unsafe child.look { unsafe Supervisor.Snapshot.Node($0, below: nil) }
    }

    var childCount: Int {
        var count: UInt64 = 0
        return unsafe sup_child_count(child.child, &count) == 0 ? Int(clamping: count) : 0
    }

    // MARK: Processes

    func signal(_ signal: HostSignal, toGroup: Bool) throws(SupervisorError) {
        let doing = "\(signal) was not sent"
        let code = child.present?.signal(signal.rawValue, toGroup: toGroup) ?? sup_errno.SUP_EGONE.rawValue
        guard code != sup_errno.SUP_EINVAL.rawValue else {
            throw SupervisorError(code: .misuse, path: path, message: "\(doing), because no signal has that number")
        }
        guard code == 0 else { throw SupervisorError(coreCode: code, path: path, doing: doing) }
    }

    // MARK: Adding

    /// Start a child of this supervisor and return when it is up. Cancellation takes it away again.
    func start(_ node: SupervisorSpec.Node) async throws(SupervisorError) -> NodeHandle {
        guard !Task.isCancelled else { throw .refused() }
        guard let supervisor = origin as? SupervisorOrigin else {
            throw SupervisorError(
                code: .misuse,
                path: path,
                message: "it is no supervisor and has no children; start the child on its supervisor"
            )
        }
        let begun = unsafe try begin(node, in: supervisor.inner) {
            unsafe sup_child_add_async(child.child, $0, $1, $2, $3)
        }
        return try await up(begun)
    }

    /// Run a child once below this worker's incarnation, and return when it is up; `ended` is told of its end, also when
    /// this throws. Cancellation takes it away again.
    func startOnce(
        _ node: SupervisorSpec.Node,
        in surroundings: Surroundings,
        ended: Completion
    ) async throws(SupervisorError) -> NodeHandle {
        guard !Task.isCancelled else { throw .refused() }
        let begun = unsafe try begin(node, in: surroundings) { spec, up, child, report in
            unsafe ended.begin { unsafe sup_child_run_once_async(self.child.child, spec, up, $0, child, report) }
        }
        return try await up(begun)
    }

    private func up(_ begun: (NodeHandle, Completion)) async throws(SupervisorError) -> NodeHandle {
        let (started, completion) = begun
        if let answer = completion.answerByNow {
            try answer.get()
            return started
        }
        let wasCancelled = Mutex(false)
        let answer = await withTaskCancellationHandler {
            await completion.value
        } onCancel: {
            guard !completion.isAnswered else { return }
            wasCancelled.withLock { $0 = true }
            // Refused when a supervisor above stops, which may be waiting for the very task that waits here.
            if unsafe sup_child_delete_async(started.child.child, nil, nil) != 0 { completion.answer(nil) }
        }
        guard let answer else {
            throw SupervisorError(
                code: .stoppedDuringStart,
                path: started.path,
                message: "the task that started it was cancelled, and a supervisor above it stops, and will stop it",
                underlying: CancellationError()
            )
        }
        try answer.get()
        // The cancellation may have come when it was up; then the deletion is awaited.
        if wasCancelled.withLock({ $0 }) {
            try? await started.delete()
            throw SupervisorError(
                code: .stoppedDuringStart,
                path: started.path,
                message: "it was taken away again, because the task that started it was cancelled",
                underlying: CancellationError()
            )
        }
        return started
    }

    /// Hand the child over to the core.
    private func begin(
        _ node: SupervisorSpec.Node,
        in surroundings: Surroundings,
        _ add: (
            OpaquePointer?, UnsafePointer<sup_completion>, UnsafeMutablePointer<sup_child>,
            UnsafeMutablePointer<OpaquePointer?>
        ) -> Int32
    ) throws(SupervisorError) -> (NodeHandle, Completion) {
        let origin = node.origin(in: surroundings)
        let spec = try Lowering.child(origin)
        // Nobody follows a worker alone.
        let ticket = node.isWorker ? nil : ObserverPump.Ticket()
        let watch = ticket.flatMap { follow(node, $0) }
        let completion = Completion("the child could not be started")
        var added = unsafe child.child
        var report: OpaquePointer?
        defer { unsafe sup_report_unref(report) }
        let code = unsafe completion.begin {
            unsafe add(spec.borrowed, $0, &added, &report)
        }
        guard code == 0 else {
            watch?.end()
            if let ticket { tree.surroundings.pump.remove(ticket) }
            throw unsafe SupervisorError(
                coreCode: code,
                report: report,
                path: origin.path,
                doing: "the child could not be started"
            )
        }
        let started = unsafe NodeHandle(tree: tree, child: CoreChild(added), origin: origin)
        watch?.set(started.child)
        return (started, completion)
    }

    /// Let those who follow a supervisor that is added, and what is below it, read and be told.
    func follow(_ node: SupervisorSpec.Node, _ ticket: ObserverPump.Ticket) -> NodeWatch? {
        let name: String
        switch node.kind {
        case .supervisor(let spec): name = spec.name
        case .child(let spec):
            guard spec.isFollowed else { return nil }
            name = spec.name
        }
        let end = EventCriteria.path(path) && .isStartOrEnd && !.started()
        var observers = ObserverPump.registrations(of: [node], path: path)
        for index in observers.indices {
            observers[index].end = end
            observers[index].ticket = ticket
        }
        child.add(observers, surroundings: tree.surroundings)
        let subscriptions = Subscription.list(of: [node], path: path)
        guard !subscriptions.isEmpty else { return nil }
        let watch = NodeWatch(path: "\(path)/\(name)", supervisor: end)
        watch.begin(subscriptions, in: tree)
        return watch
    }

    // MARK: Requests

    /// Whether it was there to be stopped. Not ended by cancellation.
    func terminate() async throws(SupervisorError) -> Bool {
        let asked = unsafe try ask { unsafe sup_child_terminate_async(child.child, $0, $1) }
        switch sup_errno(rawValue: asked.code) {
        case .SUP_EALREADY, .SUP_EGONE: return false
        default: break
        }
        try await stopped(asked, "the child could not be stopped")
        return true
    }

    /// Not ended by cancellation.
    func delete() async throws(SupervisorError) {
        let asked = unsafe try ask { unsafe sup_child_delete_async(child.child, $0, $1) }
        try await stopped(asked, "the child could not be deleted")
    }

    /// Return when what was asked for is over. A worker whose body had not begun has ended by now, but its task is still
    /// to be run; let such tasks run now and then, so that those who start and stop without a pause leave no heap of them
    /// behind.
    private func stopped(_ asked: Asked, _ what: String) async throws(SupervisorError) {
        let isOver = asked.completion?.isAnswered ?? false
        let end = await end(of: asked, what)
        if isOver && origin.surroundings.countsSuddenStop() { await Task.yield() }
        try end.get()
    }

    /// Cancellation ends only the wait.
    func restart() async throws(SupervisorError) {
        let asked = unsafe try ask { unsafe sup_child_restart_async(child.child, $0, $1) }
        try await cancellableEnd(of: asked, "the child could not be restarted").get()
    }

    /// Whether it had not ended.
    func force() throws(SupervisorError) -> Bool {
        try check()
        let code = unsafe sup_child_force(child.child)
        switch sup_errno(rawValue: code) {
        case .SUP_EALREADY, .SUP_EGONE: return false
        case _ where code == 0: return true
        default: throw SupervisorError(coreCode: code, path: path, doing: "the child could not be stopped")
        }
    }

    private func check() throws(SupervisorError) {
        guard origin.surroundings.isOutside else { return }
        throw SupervisorError(
            code: .misuse,
            path: path,
            message: "it is the root; ask the Supervisor to stop, and start the spec again to restart it"
        )
    }

    /// What the core said to a request, and who is told when it is over: nobody, if it would be waited for in vain.
    private struct Asked {
        let code: Int32
        let completion: Completion?
        /// With what the core is told that nobody waits any more.
        var ticket: UInt64 = 0
    }

    /// Ask for something that ends the node's present incarnation. Nobody waits for it if that cannot end while the
    /// calling task does not go on.
    private func ask(
        _ call: (UnsafePointer<sup_completion>?, UnsafeMutablePointer<UInt64>) -> Int32
    ) throws(SupervisorError) -> Asked {
        try check()
        guard !(ChildContext.current?.isWithin(self) ?? false) else {
            var none: UInt64 = 0
            return Asked(code: unsafe call(nil, &none), completion: nil)
        }
        return unsafe begin("the request failed", call)
    }

    private func begin(
        _ what: String,
        _ call: (UnsafePointer<sup_completion>?, UnsafeMutablePointer<UInt64>) -> Int32
    ) -> Asked {
        let completion = Completion(what)
        var ticket: UInt64 = 0
        let code = unsafe completion.begin { unsafe call($0, &ticket) }
        return Asked(code: code, completion: completion, ticket: ticket)
    }

    /// Return when it has ended for good. Cancellation ends the wait.
    func end() async throws(SupervisorError) -> Child.End {
        let asked = unsafe begin("it failed") { unsafe sup_child_wait_async(child.child, $0, $1) }
        switch sup_errno(rawValue: asked.code) {
        case .SUP_EALREADY, .SUP_EGONE: return try howItEnded()
        default: break
        }
        return try Self.end(await cancellableEnd(of: asked, "its end cannot be waited for"))
    }

    /// What is told of the end of one that was started once. Cancellation stops it, and its end is awaited.
    func end(told completion: Completion) async throws(SupervisorError) -> Child.End {
        let end = await withTaskCancellationHandler {
            await self.end(of: Asked(code: 0, completion: completion), "its end cannot be waited for")
        } onCancel: {
            _ = unsafe sup_child_terminate_async(child.child, nil, nil)
        }
        return try Self.end(end)
    }

    private static func end(_ answer: Result<Void, SupervisorError>) throws(SupervisorError) -> Child.End {
        switch answer {
        case .success: return .completed
        case .failure(let error) where error.code == .stoppedDuringStart: return .stopped
        case .failure(let error): throw error
        }
    }

    /// Of one that has ended before.
    private func howItEnded() throws(SupervisorError) -> Child.End {
        guard let node = snapshot() else {
            throw SupervisorError(
                code: .gone,
                path: path,
                message: "it has ended and is gone; how it ended is in the events"
            )
        }
        switch node.state {
        case .failed, .quarantined, .abandoned:
            throw node.error ?? SupervisorError(code: .failed, path: path, message: "it has failed")
        case .stopped: return .stopped
        default: return .completed
        }
    }

    /// Return when it has signalled that it is healthy. Cancellation ends the wait.
    func healthy() async throws(SupervisorError) {
        let asked = unsafe begin("it did not become healthy") {
            unsafe sup_child_await_healthy_async(child.child, $0, $1)
        }
        try await cancellableEnd(of: asked, "it is not going to be healthy").get()
    }

    /// As ``end(of:_:)``, but cancellation ends the wait, and nothing of it is left in the core.
    private func cancellableEnd(of asked: Asked, _ what: String) async -> Result<Void, SupervisorError> {
        await withTaskCancellationHandler {
            await end(of: asked, what)
        } onCancel: {
            // Answered or about to be: then that answer counts.
            guard let completion = asked.completion, unsafe sup_tree_cancel(tree.pointer, asked.ticket) == 0 else {
                return
            }
            completion.forget()
            completion.answer(nil)
        }
    }

    private func end(of asked: Asked, _ what: String) async -> Result<Void, SupervisorError> {
        guard asked.code == 0 else {
            return .failure(SupervisorError(coreCode: asked.code, path: path, doing: what))
        }
        guard let completion = asked.completion else { return .success(()) }
        if let answer = completion.answerByNow { return answer }
        return await completion.value
            ?? .failure(
                SupervisorError(
                    code: .cancelled,
                    path: path,
                    message: "the wait was cancelled; what was asked for goes on",
                    underlying: CancellationError()
                )
            )
    }
}

extension ChildContext {
    /// Whether its worker is the node, or below it.
    fileprivate func isWithin(_ node: NodeHandle) -> Bool {
        guard worker.path.hasPathPrefix(node.path) else { return false }
        return worker.withLive(incarnation) { $0.isOfTree(node.tree) } ?? false
    }
}

extension CoreChild {
    func isOfTree(_ tree: TreeHandle) -> Bool {
        unsafe child.tree == tree.pointer
    }

    /// Whether the node is gone. The caller holds the tree.
    var isGone: Bool {
        unsafe look { _ in true } == nil
    }

    /// The number of the last event of its tree. The caller holds that.
    var lastEvent: UInt64 {
        var counters = sup_tree_counters()
        counters.size = MemoryLayout<sup_tree_counters>.size
        return unsafe sup_tree_count(child.tree, &counters) == 0 ? counters.events : 0
    }

    func isSameNode(as other: CoreChild) -> Bool {
        unsafe child.tree == other.child.tree && child.node == other.child.node
            && child.generation == other.child.generation
    }

    func hashNode(into hasher: inout Hasher) {
        unsafe hasher.combine(child.node)
        unsafe hasher.combine(child.generation)
    }

    /// The incarnation that is there now; `nil` if the node is gone. The caller holds the tree.
    var present: CoreChild? {
        unsafe look { unsafe CoreChild($0.child) }
    }

    /// See how the node is; `nil` if it is gone.
    func look<Result>(_ body: (sup_node_info) -> Result) -> Result? {
        var snapshot: OpaquePointer?
        // Safe: the caller holds the tree; what was taken lives until it is freed.
        guard unsafe sup_child_snapshot(child, &snapshot) == 0, let taken = unsafe snapshot else { return nil }
        defer { unsafe sup_snapshot_free(taken) }
        return unsafe sup_snapshot_node(taken, 0).map { unsafe body($0.pointee) }
    }
}
