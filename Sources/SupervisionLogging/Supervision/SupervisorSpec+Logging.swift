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

public import Logging
public import Supervision

extension SupervisorSpec {
    /// The same supervisor with a log tree for all below it: each worker logs to the node with its runtime name.
    ///
    /// That is where `context.logger` writes, `Logger.current` in a worker's tasks, and any logger whose handler is a
    /// ``LogTreeHandler`` for all workers. Output of processes goes there with `ProcessCommand.Output.log`.
    ///
    /// ```swift
    /// let log = LogTree()
    /// let tree = try await Supervisor.start(
    ///     shop.logging(to: log) { StreamLogHandler.standardError(label: $0) }
    /// )
    /// ```
    ///
    /// - Parameters:
    ///   - tree: Where to.
    ///   - level: The least level that is written, unless the verbosity of a node lets through more.
    ///   - events: Whether what happens to the nodes is logged, too: each failure as a critical message at the node itself, what
    ///     cannot go on as an error, restarts as info, the rest as debug messages.
    ///   - other: Makes handlers that get the same messages, each from a runtime name: those of workers, and what happens to the
    ///     nodes. What processes print is not forwarded.
    public func logging(
        to tree: LogTree,
        level: Logger.Level = .info,
        events: Bool = true,
        forwardingTo other: (@Sendable (_ label: String) -> any LogHandler)? = nil
    ) -> SupervisorSpec {
        let logging = TreeLogging(tree: tree, level: level, other: other)
        let spec = providing(TreeLogging.Key.self, logging).providing(LogLossKey.self, tree).around(TreeLogging.around)
        return events ? spec.notifying(EventLog(tree: tree, level: level, forwardingTo: other)) : spec
    }
}

extension Supervisor {
    /// Start a tree that grows from inside, as `start(_:shutdown:backoff:propagateFailures:subscribers:observers:on:body:)`
    /// does, with a log tree: each runnable logs to the node with its runtime name.
    ///
    /// ```swift
    /// let log = LogTree()
    /// let tree = try await Supervisor.start("root", loggingTo: log) { context in
    ///     context.logger.info("hello")
    ///     try context.run("web") { try await Web.run($0) }
    ///     try context.signal(.healthy)
    ///     await context.stopRequested()
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - name: The name of the root.
    ///   - tree: Where to log.
    ///   - level: The least level that is written, unless the verbosity of a node lets through more.
    ///   - events: Whether what happens to the nodes is logged, too.
    ///   - other: Makes handlers that get the same messages, each from a runtime name: those of workers, and what happens to the
    ///     nodes. What processes print is not forwarded.
    ///   - shutdown: What is done to make the body of the root end once everything else has ended.
    ///   - backoff: Delays between restarts of the root.
    ///   - propagateFailures: The first failure of anything in the tree ends the process, after it was told on standard error.
    ///   - subscribers: Who follows the events of the tree from the first one on.
    ///   - observers: Who is told of each change of state of its nodes, from the first one on.
    ///   - runtime: What it runs on.
    ///   - body: What one incarnation of the root does.
    public static func start(
        _ name: String,
        loggingTo tree: LogTree,
        level: Logger.Level = .info,
        events: Bool = true,
        forwardingTo other: (@Sendable (_ label: String) -> any LogHandler)? = nil,
        shutdown: ChildSpec.Shutdown = .standard,
        backoff: RestartBackoff = .runnable,
        propagateFailures: Bool = false,
        subscribers: [any EventSubscriber] = [],
        observers: [any StateObserver] = [],
        on runtime: SupervisorRuntime = .shared,
        body: @escaping @Sendable (_ context: ChildContext) async throws -> Void
    ) async throws(SupervisorError) -> Supervisor {
        try await start(
            .runnable(name, shutdown: shutdown, backoff: backoff, body: body),
            in: RootSurroundings(loggingTo: tree, level: level, forwardingTo: other),
            subscribers: subscribers + (events ? [EventLog(tree: tree, level: level, forwardingTo: other)] : []),
            observers: observers + (propagateFailures ? [FailurePropagation()] : []),
            on: runtime
        )
    }

    /// Run a tree that grows from inside, as `run(_:stoppingOn:within:propagateFailures:subscribers:observers:on:body:)` does,
    /// with a log tree: each runnable logs to the node with its runtime name.
    ///
    /// ```swift
    /// let log = LogTree()
    /// let end = try await Supervisor.run("root", loggingTo: log, stoppingOn: [.terminate, .interrupt]) { context in
    ///     try context.run("web") { try await Web.run($0) }
    ///     try context.signal(.healthy)
    ///     await context.stopRequested()
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - name: The name of the root.
    ///   - tree: Where to log.
    ///   - level: The least level that is written, unless the verbosity of a node lets through more.
    ///   - events: Whether what happens to the nodes is logged, too.
    ///   - other: Makes handlers that get the same messages, each from a runtime name: those of workers, and what happens to the
    ///     nodes. What processes print is not forwarded.
    ///   - signals: The signals that stop it.
    ///   - budget: How long the stop may take; `nil` for as long as the stop ladders take.
    ///   - propagateFailures: The first failure of anything in the tree ends the process, after it was told on standard error.
    ///   - subscribers: Who follows the events of the tree from the first one on.
    ///   - observers: Who is told of each change of state of its nodes, from the first one on.
    ///   - runtime: What it runs on.
    ///   - body: What one incarnation of the root does.
    public static func run(
        _ name: String,
        loggingTo tree: LogTree,
        level: Logger.Level = .info,
        events: Bool = true,
        forwardingTo other: (@Sendable (_ label: String) -> any LogHandler)? = nil,
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
            in: RootSurroundings(loggingTo: tree, level: level, forwardingTo: other),
            stoppingOn: signals,
            within: budget,
            subscribers: subscribers + (events ? [EventLog(tree: tree, level: level, forwardingTo: other)] : []),
            observers: observers + (propagateFailures ? [FailurePropagation()] : []),
            on: runtime
        )
    }
}

extension RootSurroundings {
    /// Those of a root that logs, and all below it.
    package init(
        loggingTo tree: LogTree,
        level: Logger.Level,
        forwardingTo other: (@Sendable (_ label: String) -> any LogHandler)? = nil
    ) {
        self.init()
        values[TreeLogging.Key.self] = TreeLogging(tree: tree, level: level, other: other)
        values[LogLossKey.self] = tree
        arounds = [TreeLogging.around]
    }
}

extension TreeLogging {
    /// Gives the body of a worker its task-local logger.
    static let around: SupervisorSpec.Around = { context, body in
        guard let logger = context.logging?.logger else { return try await body() }
        try await withLogger(logger) { _ in try await body() }
    }
}

extension ChildContext {
    /// The logger of the worker. It writes to the node of the worker in the log tree that a supervisor above was given by
    /// `SupervisorSpec.logging`; where there is none it is `Logger.current`.
    ///
    /// It may be kept and used by any task, also when the incarnation has ended.
    public var logger: Logger {
        logging?.logger ?? .current
    }

    /// The node of the worker in its log tree, for raw lines, formats and verbosity; `nil` if there is no log tree.
    public var logNode: LogNode? {
        logging?.node
    }

    /// A logger for a part of the worker, at a node below its own. The name is reserved until the incarnation ends: no child
    /// of the worker can have it. Asking again is fine.
    public func subLogger(_ name: String) throws(LogError) -> Logger {
        guard let logging = provided(TreeLogging.Key.self), let own = self.logging else {
            throw LogError(
                code: .noLogTree,
                message: "there is no log tree for \(path); give one to a supervisor above with `logging(to:)`"
            )
        }
        let path = try own.node.path.appending(name)
        switch claimName(name, for: .subLogger) {
        case .subLogger:
            return logging.tree.node(path).logger(level: logging.level, forwardingTo: logging.other)
        case .child:
            throw LogError(
                code: .nameInUse,
                message: "the name \(name) is in use by a child of \(own.node.path); take another one"
            )
        case nil:
            throw LogError(
                code: .ended,
                message: "the incarnation \(self) has ended; ask for sub-loggers while it runs"
            )
        }
    }
}
