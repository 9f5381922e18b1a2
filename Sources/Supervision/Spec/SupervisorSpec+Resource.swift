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

/// The resource step of a supervisor, without its type.
struct ResourceSteps: Sendable {
    let acquire: @Sendable () async throws -> any Sendable
    let release: @Sendable (any Sendable, SupervisorSpec.ReleaseContext) async throws -> Void
    let children: @Sendable (any Sendable) -> [SupervisorSpec.Node]
    let acquireTimeout: Duration
    let releaseTimeout: Duration
}

extension SupervisorSpec {
    /// What a release step is told.
    public struct ReleaseContext: Hashable, Sendable {
        /// How many children did not end when they were stopped: they are still running and may use the resource.
        public let abandonedChildren: Int
    }

    /// A supervisor whose children share a resource.
    ///
    /// The resource is acquired before the first child starts and released when the last one is gone (or abandoned), also
    /// after a failed start: once for each start of the supervisor, never for the restart of one child.
    ///
    /// ```swift
    /// SupervisorSpec("stock", acquire: { try await Pool.open() }, release: { pool, _ in await pool.close() }) { pool in
    ///     ChildSpec("reader") { try await read(from: pool) }
    ///     ChildSpec("writer") { try await write(to: pool) }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - name: The name of the supervisor.
    ///   - strategy: Which children are restarted when one fails.
    ///   - order: In which order the children are started.
    ///   - tolerance: How many failures it deals with before it fails itself.
    ///   - backoff: Delays between the restarts of its children.
    ///   - restart: When the supervisor itself is restarted by the one above it.
    ///   - shutdown: How long it and all below it have to stop.
    ///   - startTimeout: How long all below it may take to start.
    ///   - whenStuck: What happens when it is to be replaced and something below it has not ended.
    ///   - acquireTimeout: How long acquiring may take.
    ///   - releaseTimeout: How long releasing may take.
    ///   - acquire: Makes the resource. An error is a failed start of the supervisor.
    ///   - release: Undoes it. An error is reported and stops nothing else.
    ///   - children: Lists the children; it runs when the resource is there. A fault in what it lists is a failed start.
    public init<Resource: Sendable>(
        _ name: String,
        strategy: Strategy = .oneForOne,
        order: Order = .leftToRight,
        tolerance: RestartTolerance = .standard,
        backoff: RestartBackoff = .standard,
        restart: ChildSpec.Restart = .permanent,
        shutdown: ChildSpec.Shutdown = .standard,
        startTimeout: ChildSpec.StartTimeout = .standard,
        whenStuck: ChildSpec.WhenStuck = .wait,
        acquireTimeout: Duration = .seconds(30),
        releaseTimeout: Duration = .seconds(5),
        acquire: @escaping @Sendable () async throws -> Resource,
        release: @escaping @Sendable (Resource, ReleaseContext) async throws -> Void,
        @SupervisorBuilder children: @escaping @Sendable (Resource) -> [Node]
    ) {
        let steps = ResourceSteps(
            acquire: acquire,
            // What `acquire` made comes back: the casts cannot fail.
            release: { resource, context in try await release(resource as! Resource, context) },
            children: { resource in children(resource as! Resource) },
            acquireTimeout: acquireTimeout,
            releaseTimeout: releaseTimeout
        )
        let settings = Settings(
            strategy: strategy,
            order: order,
            tolerance: tolerance,
            backoff: backoff,
            restart: restart,
            shutdown: shutdown,
            startTimeout: startTimeout,
            whenStuck: whenStuck
        )
        self.init(name: name, content: .resource(steps), settings: settings)
    }

    /// A supervisor whose children share a resource, with a release step that does not care about abandoned children.
    public init<Resource: Sendable>(
        _ name: String,
        strategy: Strategy = .oneForOne,
        order: Order = .leftToRight,
        tolerance: RestartTolerance = .standard,
        backoff: RestartBackoff = .standard,
        restart: ChildSpec.Restart = .permanent,
        shutdown: ChildSpec.Shutdown = .standard,
        startTimeout: ChildSpec.StartTimeout = .standard,
        whenStuck: ChildSpec.WhenStuck = .wait,
        acquireTimeout: Duration = .seconds(30),
        releaseTimeout: Duration = .seconds(5),
        acquire: @escaping @Sendable () async throws -> Resource,
        release: @escaping @Sendable (Resource) async throws -> Void,
        @SupervisorBuilder children: @escaping @Sendable (Resource) -> [Node]
    ) {
        self.init(
            name,
            strategy: strategy,
            order: order,
            tolerance: tolerance,
            backoff: backoff,
            restart: restart,
            shutdown: shutdown,
            startTimeout: startTimeout,
            whenStuck: whenStuck,
            acquireTimeout: acquireTimeout,
            releaseTimeout: releaseTimeout,
            acquire: acquire,
            release: { resource, _ in try await release(resource) },
            children: children
        )
    }
}
