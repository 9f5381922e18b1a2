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

extension ChildContext {
    /// Run a runnable child: a worker that may run children in its turn.
    ///
    /// Only before this incarnation has signalled ``Signal/healthy``, and only by itself: what its body hands the context
    /// to gets an error once the incarnation has ended. Returns without waiting for the child; ``Child/healthy()`` waits.
    ///
    /// The child is restarted whenever it fails, with all below it, and its failures are none of this worker's. It fails
    /// when it throws, and when it returns without having signalled ``Signal/done``. When this worker ends without being
    /// done, its children are stopped, and its next incarnation begins without any.
    ///
    /// ```swift
    /// let tree = try await Supervisor.start("root") { context in
    ///     let store = try context.run("store") { try await Store.run($0) }
    ///     try await store.healthy()
    ///     try context.run("web") { try await Web.run($0) }
    ///     try context.signal(.healthy)
    ///     try context.signal(.done)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - name: Its name among the children of this worker.
    ///   - shutdown: What is done to make it end once what it runs has ended, and how long that may take.
    ///   - backoff: Delays between its restarts.
    ///   - priority: Priority of its tasks; `nil` takes the one with which the tree was started.
    ///   - body: What one incarnation does.
    @discardableResult
    public func run(
        _ name: String,
        shutdown: ChildSpec.Shutdown = .standard,
        backoff: RestartBackoff = .runnable,
        priority: TaskPriority? = nil,
        body: @escaping @Sendable (_ context: ChildContext) async throws -> Void
    ) throws(SupervisorError) -> Child {
        try run(.runnable(name, shutdown: shutdown, backoff: backoff, priority: priority, body: body))
    }

    /// Run a child of any kind: a runnable, a worker with a restart type, a process. A start that fails counts as a failure
    /// of the child, and is tried again.
    @discardableResult
    public func run(_ spec: ChildSpec) throws(SupervisorError) -> Child {
        Child(node: try run([SupervisorSpec.Node(spec)])[0])
    }

    /// Run a supervisor and all below it.
    @discardableResult
    public func run(_ spec: SupervisorSpec) throws(SupervisorError) -> Child {
        Child(node: try run([SupervisorSpec.Node(spec)])[0])
    }

    /// Run children as a fate-sharing group, all or none: when one of them is to be restarted, all are stopped and run
    /// again. None at all is no error.
    ///
    /// - Parameters:
    ///   - mode: Whether each is run again as soon as it has ended, or, with a barrier, all when all have.
    ///   - children: What to run.
    @discardableResult
    public func runGroup(
        mode: SupervisorSpec.Group.Mode = .each,
        @SupervisorBuilder _ children: () -> [SupervisorSpec.Node]
    ) throws(SupervisorError) -> [Child] {
        try run(children(), as: mode).map { Child(node: $0) }
    }

    /// Run runnables as a fate-sharing group, all or none, in the order of their names.
    @discardableResult
    public func runGroup(
        _ bodies: [String: @Sendable (_ context: ChildContext) async throws -> Void],
        mode: SupervisorSpec.Group.Mode = .each
    ) throws(SupervisorError) -> [String: Child] {
        let nodes = bodies.sorted { $0.key < $1.key }.map { SupervisorSpec.Node(.runnable($0.key, body: $0.value)) }
        let children = try run(nodes, as: mode).map { Child(node: $0) }
        return Dictionary(uniqueKeysWithValues: children.map { ($0.name, $0) })
    }

    /// What a worker can say of itself.
    public struct Signal: Hashable, Sendable, CustomStringConvertible {
        enum Kind {
            case healthy
            case done
        }

        let kind: Kind

        /// It is up, in the way that it sees itself, and runs no further children. Once.
        public static let healthy = Signal(kind: .healthy)

        /// It may return, and what it runs goes on; it runs again only with its group, or with what is above it. Once, after
        /// ``healthy``.
        public static let done = Signal(kind: .done)

        /// The name of the signal.
        public var description: String {
            switch kind {
            case .healthy: "healthy"
            case .done: "done"
            }
        }
    }

    /// Signal something about this incarnation. Observers have been told when it returns.
    ///
    /// Throws when it comes out of turn; a runnable has failed by that, whatever its body then does. Throws also when the
    /// incarnation has ended; then it has done nothing.
    public func signal(_ signal: Signal) throws(SupervisorError) {
        try send(signal)
    }
}

extension Child {
    /// Return when it has signalled that it is healthy, in whatever incarnation; at once if it has. A supervisor and a
    /// process, which do not signal, are healthy when they are up.
    ///
    /// Throws when it is not to be healthy any more, because it was stopped or has ended for good. Cancelling the calling
    /// task ends the wait, with an error whose code is ``SupervisorError/Code-swift.struct/cancelled``.
    public func healthy() async throws(SupervisorError) {
        try await node.healthy()
    }
}

extension Supervisor {
    /// Return when the root is healthy; see ``Child/healthy()``. A tree of runnables is so when its root has signalled it,
    /// a tree of a ``SupervisorSpec`` when all of it is up.
    public func healthy() async throws(SupervisorError) {
        try await root().healthy()
    }
}
