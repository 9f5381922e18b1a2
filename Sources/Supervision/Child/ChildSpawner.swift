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

/// Starts children of a subtree beside the worker that it was given to; see
/// ``SupervisorSpec/dynamic(_:strategy:order:tolerance:backoff:childLimit:restart:shutdown:body:)``.
///
/// It may be handed on to other tasks. It belongs to one incarnation of its worker: when that has ended, so have the
/// children, and the spawner answers with an error whose code is ``SupervisorError/Code-swift.struct/gone``.
public struct ChildSpawner: Sendable {
    private let context: ChildContext
    private let subtree: CoreChild?
    private let origin: (any NodeOrigin)?

    init(for context: ChildContext) {
        self.context = context
        let subtree = context.child?.node.supervisor?.find(SupervisorSpec.subtreeName)
        self.subtree = subtree?.child
        self.origin = subtree?.origin
    }

    /// Start a child and return when it is up; see ``Supervisor/startChild(_:)-(ChildSpec)``. To take it away again, use
    /// ``Child/delete()``.
    @discardableResult
    public func startChild(_ spec: ChildSpec) async throws(SupervisorError) -> Child {
        try await supervisor().startChild(spec)
    }

    /// Start a supervisor and return when all of it is up.
    @discardableResult
    public func startChild(_ spec: SupervisorSpec) async throws(SupervisorError) -> Child {
        try await supervisor().startChild(spec)
    }

    /// The child that has the name.
    public func child(named name: String) -> Child? {
        try? supervisor().child(named: name)
    }

    /// How many children there are.
    public var childCount: Int {
        (try? supervisor().childCount) ?? 0
    }

    private func supervisor() throws(SupervisorError) -> Child {
        guard let subtree, let origin, let node = NodeHandle(subtree, origin, asKnownTo: context) else {
            throw SupervisorError(
                code: .gone,
                path: context.path,
                message: "its incarnation has ended, and with it the children that it started; use the spawner of the "
                    + "present one"
            )
        }
        return Child(node: node)
    }
}

extension SupervisorSpec {
    static let subtreeName = "subtree"
    static let spawnerName = "spawner"

    /// A subtree whose children are started by a worker in it.
    ///
    /// It is a one-for-all supervisor of two children: "subtree", an empty supervisor, and "spawner", the worker, whose
    /// body starts children of the former. If the worker ends, or the subtree fails, both are restarted: the children are
    /// gone, and the body starts them again.
    ///
    /// ```swift
    /// SupervisorSpec.dynamic("sessions") { context, spawner in
    ///     for try await connection in listener {
    ///         try await spawner.startChild(ChildSpec(connection.name, restart: .temporary) { try await connection.serve() })
    ///     }
    /// }
    /// ```
    ///
    /// The settings are those of the subtree and of the worker; those of the supervisor of both, its ``tolerance`` for
    /// one, can be changed in the spec that is returned.
    ///
    /// - Parameters:
    ///   - name: The name of the supervisor.
    ///   - strategy: Which of the children are restarted when one fails.
    ///   - order: In which order they are stopped: left to right stops the newest first.
    ///   - tolerance: How many of their failures are dealt with before all start anew.
    ///   - backoff: Delays between their restarts.
    ///   - childLimit: How many there may be at a time.
    ///   - restart: When the worker is run again after its end, and all of it with it.
    ///   - shutdown: What is done to make the worker end, and how long that may take.
    ///   - body: The worker.
    public static func dynamic(
        _ name: String,
        strategy: Strategy = .oneForOne,
        order: Order = .leftToRight,
        tolerance: RestartTolerance = .standard,
        backoff: RestartBackoff = .standard,
        childLimit: Int? = nil,
        restart: ChildSpec.Restart = .permanent,
        shutdown: ChildSpec.Shutdown = .standard,
        body: @escaping @Sendable (_ context: ChildContext, _ spawner: ChildSpawner) async throws -> Void
    ) -> SupervisorSpec {
        let subtree = SupervisorSpec(
            subtreeName,
            strategy: strategy,
            order: order,
            tolerance: tolerance,
            backoff: backoff
        ) {}
        let spawner = ChildSpec(spawnerName, restart: restart, shutdown: shutdown) { context in
            try await body(context, ChildSpawner(for: context))
        }
        return joining(name, subtree, childLimit: childLimit, spawner)
    }

    /// A subtree whose children are started by a worker in it that tells when it is up, which it may do when it has started
    /// what has to be there.
    public static func dynamic(
        _ name: String,
        strategy: Strategy = .oneForOne,
        order: Order = .leftToRight,
        tolerance: RestartTolerance = .standard,
        backoff: RestartBackoff = .standard,
        childLimit: Int? = nil,
        restart: ChildSpec.Restart = .permanent,
        shutdown: ChildSpec.Shutdown = .standard,
        startTimeout: ChildSpec.StartTimeout = .standard,
        body:
            @escaping @Sendable (
                _ context: ChildContext, _ spawner: ChildSpawner, _ notifyStart: NotifyStart
            ) async throws -> Void
    ) -> SupervisorSpec {
        let subtree = SupervisorSpec(
            subtreeName,
            strategy: strategy,
            order: order,
            tolerance: tolerance,
            backoff: backoff
        ) {}
        let spawner = ChildSpec(spawnerName, restart: restart, shutdown: shutdown, startTimeout: startTimeout) {
            context,
            notifyStart in
            try await body(context, ChildSpawner(for: context), notifyStart)
        }
        return joining(name, subtree, childLimit: childLimit, spawner)
    }

    /// The children first: they are there for the worker, and go after it.
    private static func joining(
        _ name: String,
        _ subtree: SupervisorSpec,
        childLimit: Int?,
        _ spawner: ChildSpec
    ) -> SupervisorSpec {
        var subtree = subtree
        subtree.childLimit = childLimit
        return SupervisorSpec(name, strategy: .oneForAll) {
            subtree
            spawner
        }
    }
}
