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

public import ServiceLifecycle
public import Supervision

/// A tree as a service of swift-service-lifecycle, for programs that are a `ServiceGroup`.
///
/// ```swift
/// let group = ServiceGroup(
///     services: [database, SupervisorService(shop, stoppingWithin: .seconds(20))],
///     gracefulShutdownSignals: [.sigterm],
///     logger: logger
/// )
/// try await group.run()
/// ```
///
/// The tree is started when the group comes to it, and a failed start is the service's error. A graceful shutdown is an
/// orderly stop within a budget; a cancellation shortens that. Either is waited for: when ``run()`` returns nothing of the tree
/// runs any longer, but what was abandoned. A failure of the tree is the service's error, and what the group does about it
/// is up to the group. A tree that ends by itself has returned, which a group takes for a fault unless the service's
/// `successTerminationBehavior` says otherwise.
///
/// The signals belong to the group then: give none to the tree.
public struct SupervisorService: Service {
    private let spec: SupervisorSpec
    private let stoppingWithin: Duration?
    private let cancellingWithin: Duration?
    private let subscribers: [any EventSubscriber]
    private let observers: [any StateObserver]
    private let runtime: SupervisorRuntime
    private let onStart: @Sendable (Supervisor) async throws -> Void

    /// A service that runs a tree. Nothing is started by that.
    ///
    /// - Parameters:
    ///   - spec: What is run.
    ///   - stoppingWithin: The budget of the stop when the group shuts down gracefully; `nil` leaves it to the ladders of
    ///     the children. To be shorter than the group's `maximumGracefulShutdownDuration`, if it has one.
    ///   - cancellingWithin: The budget of the stop when the group is cancelled, also on top of a graceful shutdown.
    ///   - subscribers: Who follows the tree's events from the first one on.
    ///   - observers: Who is told of each change of state of its nodes.
    ///   - runtime: What the tree runs on.
    ///   - onStart: Called with the tree when all of it is up, each time that the service is run. What it throws stops the
    ///     tree and is the service's error.
    public init(
        _ spec: SupervisorSpec,
        stoppingWithin: Duration? = nil,
        cancellingWithin: Duration? = .seconds(1),
        subscribers: [any EventSubscriber] = [],
        observers: [any StateObserver] = [],
        on runtime: SupervisorRuntime = .shared,
        onStart: @escaping @Sendable (Supervisor) async throws -> Void = { _ in }
    ) {
        self.spec = spec
        self.stoppingWithin = stoppingWithin
        self.cancellingWithin = cancellingWithin
        self.subscribers = subscribers
        self.observers = observers
        self.runtime = runtime
        self.onStart = onStart
    }

    /// Run the tree until it has ended.
    public func run() async throws {
        guard let tree = try await start() else { return }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                do {
                    try await onStart(tree)
                } catch {
                    tree.requestStop(within: cancellingWithin)
                    try? await withoutCancellation { try await tree.wait() }
                    throw error
                }
                // Not with a wait that a cancellation ends: that only shortens the stop.
                try await withoutCancellation { try await tree.wait() }
            } onGracefulShutdown: {
                tree.requestStop(within: stoppingWithin)
            }
        } onCancel: {
            tree.requestStop(within: cancellingWithin)
        }
    }

    /// Nothing if it was to shut down before the tree was up.
    private func start() async throws -> Supervisor? {
        do {
            return try await cancelWhenGracefulShutdown {
                try await Supervisor.start(spec, subscribers: subscribers, observers: observers, on: runtime)
            }
        } catch let error as SupervisorError {
            // Taken back cleanly, because that was wanted.
            let wasTakenBack = error.code == .stoppedDuringStart || error.code == .cancelled
            guard wasTakenBack, error.related.isEmpty, Task.isShuttingDownGracefully, !Task.isCancelled else {
                throw error
            }
            return nil
        }
    }
}
