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
    /// Start a tree and return when all of it is up.
    ///
    /// If a child fails to start, what had been started is stopped again and the error tells why. So it is when the
    /// calling task is cancelled meanwhile; if it was cancelled before, nothing is started. After `start` has returned
    /// the calling task has no effect on the tree.
    ///
    /// - Parameters:
    ///   - spec: What to start.
    ///   - subscribers: Who follows its events from the first one on.
    ///   - observers: Who is told of each change of state of its nodes, from the first one on.
    ///   - runtime: What it runs on.
    public static func start(
        _ spec: SupervisorSpec,
        subscribers: [any EventSubscriber] = [],
        observers: [any StateObserver] = [],
        on runtime: SupervisorRuntime = .shared
    ) async throws(SupervisorError) -> Supervisor {
        guard !Task.isCancelled else { throw .refused() }
        let tree = try TreeHandle.create(spec, observers: observers, on: runtime)
        tree.attach(subscribers)
        try await tree.launch()
        return Supervisor(tree: tree)
    }

    /// Start a tree, stop it when one of the signals comes, and return when it has ended.
    ///
    /// The first signal starts an orderly stop, a second one forces it. Cancelling the calling task is an orderly stop,
    /// too, and is awaited. Throws if the tree did not come up; how it ended is in the result.
    ///
    /// - Parameters:
    ///   - spec: What to run.
    ///   - signals: The signals that stop it.
    ///   - budget: How long the stop may take; `nil` for as long as the stop ladders take.
    ///   - subscribers: Who follows its events from the first one on.
    ///   - observers: Who is told of each change of state of its nodes, from the first one on.
    ///   - runtime: What it runs on.
    public static func run(
        _ spec: SupervisorSpec,
        stoppingOn signals: [HostSignal] = [],
        within budget: Duration? = nil,
        subscribers: [any EventSubscriber] = [],
        observers: [any StateObserver] = [],
        on runtime: SupervisorRuntime = .shared
    ) async throws(SupervisorError) -> RunResult {
        guard !Task.isCancelled else { throw .refused() }
        let tree = try TreeHandle.create(spec, observers: observers, on: runtime)
        return try await tree.run(stoppingOn: signals, within: budget, subscribers: subscribers)
    }
}

/// Start a tree, run a body with it, and stop the tree.
///
/// The tree is stopped and its end awaited however the body ends, also when the calling task is cancelled. The body's
/// error wins: if the stop failed too, both are in an error whose code is
/// ``SupervisorError/Code-swift.struct/bodyFailed``, the body's as the underlying one.
///
/// ```swift
/// let answer = try await withSupervisor(shop) { tree in
///     try await ask(tree)
/// }
/// ```
///
/// - Parameters:
///   - spec: What to start.
///   - subscribers: Who follows its events from the first one on.
///   - observers: Who is told of each change of state of its nodes, from the first one on.
///   - budget: How long the stop may take; `nil` for as long as the stop ladders take.
///   - runtime: What it runs on.
///   - body: What to do with the tree. If it returns, its result is returned when the tree has ended cleanly.
public nonisolated(nonsending) func withSupervisor<Result>(
    _ spec: SupervisorSpec,
    subscribers: [any EventSubscriber] = [],
    observers: [any StateObserver] = [],
    within budget: Duration? = nil,
    on runtime: SupervisorRuntime = .shared,
    body: nonisolated(nonsending) (_ tree: Supervisor) async throws -> Result
) async throws -> Result {
    let tree = try await Supervisor.start(spec, subscribers: subscribers, observers: observers, on: runtime)
    let result: Result
    do {
        result = try await withTaskCancellationHandler {
            try await body(tree)
        } onCancel: {
            tree.requestStop(within: budget)
        }
    } catch {
        do {
            try await tree.terminate(within: budget)
        } catch let failure {
            throw SupervisorError(
                code: .bodyFailed,
                message: "the body failed, and its tree did not end cleanly",
                underlying: error,
                related: [failure]
            )
        }
        throw error
    }
    try await tree.terminate(within: budget)
    return result
}
