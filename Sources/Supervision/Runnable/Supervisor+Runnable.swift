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

extension Supervisor {
    /// Start a tree that grows from inside: its root is a runnable, which runs everything else.
    ///
    /// Returns when the root runs; what it runs comes up by itself. The root is restarted when it fails, as any runnable
    /// is, so that the tree goes on until it is stopped.
    ///
    /// ```swift
    /// let tree = try await Supervisor.start("root") { context in
    ///     try context.run("clock") { try await Clock.run($0) }
    ///     try context.runGroup {
    ///         ChildSpec.runnable("reader") { try await Reader.run($0) }
    ///         ChildSpec.runnable("writer") { try await Writer.run($0) }
    ///     }
    ///     try context.signal(.healthy)
    ///     await context.stopRequested()
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - name: The name of the root.
    ///   - shutdown: What is done to make its body end once everything else has ended.
    ///   - backoff: Delays between its restarts.
    ///   - propagateFailures: The first failure of anything in the tree ends the process, after it was told on standard error:
    ///     for debugging.
    ///   - subscribers: Who follows its events from the first one on.
    ///   - observers: Who is told of each change of state of its nodes, from the first one on.
    ///   - runtime: What it runs on.
    ///   - body: What one incarnation of the root does.
    public static func start(
        _ name: String,
        shutdown: ChildSpec.Shutdown = .standard,
        backoff: RestartBackoff = .runnable,
        propagateFailures: Bool = false,
        subscribers: [any EventSubscriber] = [],
        observers: [any StateObserver] = [],
        on runtime: SupervisorRuntime = .shared,
        body: @escaping @Sendable (_ context: ChildContext) async throws -> Void
    ) async throws(SupervisorError) -> Supervisor {
        let root = ChildSpec.runnable(name, shutdown: shutdown, backoff: backoff, body: body)
        let all = observers + (propagateFailures ? [FailurePropagation()] : [])
        return try await start(root, in: RootSurroundings(), subscribers: subscribers, observers: all, on: runtime)
    }

    /// Start a tree of a runnable in surroundings that another module has made.
    package static func start(
        _ root: ChildSpec,
        in surroundings: RootSurroundings,
        subscribers: [any EventSubscriber],
        observers: [any StateObserver],
        on runtime: SupervisorRuntime
    ) async throws(SupervisorError) -> Supervisor {
        guard !Task.isCancelled else { throw .refused() }
        let tree = try TreeHandle.create(
            SupervisorSpec.Node(root),
            observers: observers,
            on: runtime,
            surroundings: surroundings
        )
        tree.attach(subscribers)
        try await tree.launch()
        return Supervisor(tree: tree)
    }

    /// Start a tree whose root is a runnable, stop it when one of the signals comes, and return when it has ended; see
    /// ``run(_:stoppingOn:within:subscribers:observers:on:)``.
    public static func run(
        _ name: String,
        stoppingOn signals: [HostSignal] = [],
        within budget: Duration? = nil,
        propagateFailures: Bool = false,
        subscribers: [any EventSubscriber] = [],
        observers: [any StateObserver] = [],
        on runtime: SupervisorRuntime = .shared,
        body: @escaping @Sendable (_ context: ChildContext) async throws -> Void
    ) async throws(SupervisorError) -> RunResult {
        try await run(
            .runnable(name, body: body),
            in: RootSurroundings(),
            stoppingOn: signals,
            within: budget,
            subscribers: subscribers,
            observers: observers + (propagateFailures ? [FailurePropagation()] : []),
            on: runtime
        )
    }

    /// Run a tree of a runnable in surroundings that another module has made.
    package static func run(
        _ root: ChildSpec,
        in surroundings: RootSurroundings,
        stoppingOn signals: [HostSignal],
        within budget: Duration?,
        subscribers: [any EventSubscriber],
        observers: [any StateObserver],
        on runtime: SupervisorRuntime
    ) async throws(SupervisorError) -> RunResult {
        guard !Task.isCancelled else { throw .refused() }
        let tree = try TreeHandle.create(
            SupervisorSpec.Node(root),
            observers: observers,
            on: runtime,
            surroundings: surroundings
        )
        return try await tree.run(stoppingOn: signals, within: budget, subscribers: subscribers)
    }
}
