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

internal import Logging
public import ServiceLifecycle
public import Supervision

extension ChildSpec {
    /// A service of swift-service-lifecycle as a child: up when it was made, restarted by its restart type.
    ///
    /// ```swift
    /// SupervisorSpec("shop") {
    ///     ChildSpec.service("http") { makeServer() }
    /// }
    /// ```
    ///
    /// Many services run once, so it is made anew for each incarnation: what is handed over is how to make one. A
    /// `ServiceGroup` is a service, too; its signals are best left to the tree.
    ///
    /// The drain step of its ladder is what the service knows as a graceful shutdown, the cancel step cancels it. Of a
    /// ladder without a drain it sees the cancellation alone. A service that returns without having been asked has
    /// completed, one that throws has failed, with that very error.
    ///
    /// - Parameters:
    ///   - name: The name of the child.
    ///   - restart: When it is run again after its end.
    ///   - shutdown: What is done to make it end: unless given, 10 seconds to shut down gracefully, and 5 seconds after the
    ///     cancellation.
    ///   - startTimeout: Within what time it has to be made.
    ///   - heartbeat: Within what time it gives a sign of life; `nil` is no such promise.
    ///   - backoff: Delays between its restarts; `nil` takes those of its supervisor.
    ///   - whenStuck: What happens when a replacement is due and it has not ended.
    ///   - priority: Priority of its tasks; `nil` takes the one with which the tree was started.
    ///   - makeService: Makes a service that has not run. What it throws fails the start.
    public static func service(
        _ name: String,
        restart: Restart = .permanent,
        shutdown: Shutdown = .drain(.seconds(10)),
        startTimeout: StartTimeout = .standard,
        heartbeat: Duration? = nil,
        backoff: RestartBackoff? = nil,
        whenStuck: WhenStuck = .wait,
        priority: TaskPriority? = nil,
        _ makeService: @escaping @Sendable () async throws -> any Service
    ) -> ChildSpec {
        service(
            name,
            restart: restart,
            shutdown: shutdown,
            startTimeout: startTimeout,
            heartbeat: heartbeat,
            backoff: backoff,
            whenStuck: whenStuck,
            priority: priority
        ) { notifyStart in
            let service = try await makeService()
            notifyStart()
            return service
        }
    }

    /// A service of swift-service-lifecycle as a child that tells when it is up, from a hook that servers have for that.
    ///
    /// ```swift
    /// ChildSpec.service("http") { notifyStart in
    ///     Application(router: router, onServerRunning: { _ in notifyStart() })
    /// }
    /// ```
    ///
    /// Besides it is as ``service(_:restart:shutdown:startTimeout:heartbeat:backoff:whenStuck:priority:_:)-(_,_,_,_,_,_,_,_,()->Service)``.
    /// One that ends before it has told has failed to start.
    ///
    /// - Parameters:
    ///   - name: The name of the child.
    ///   - restart: When it is run again after its end.
    ///   - shutdown: What is done to make it end: unless given, 10 seconds to shut down gracefully, and 5 seconds after the
    ///     cancellation.
    ///   - startTimeout: Within what time it has to be up.
    ///   - heartbeat: Within what time it gives a sign of life; `nil` is no such promise.
    ///   - backoff: Delays between its restarts; `nil` takes those of its supervisor.
    ///   - whenStuck: What happens when a replacement is due and it has not ended.
    ///   - priority: Priority of its tasks; `nil` takes the one with which the tree was started.
    ///   - makeService: Makes a service that has not run, and is to call what it is given when it is up. What it throws
    ///     fails the start.
    public static func service(
        _ name: String,
        restart: Restart = .permanent,
        shutdown: Shutdown = .drain(.seconds(10)),
        startTimeout: StartTimeout = .standard,
        heartbeat: Duration? = nil,
        backoff: RestartBackoff? = nil,
        whenStuck: WhenStuck = .wait,
        priority: TaskPriority? = nil,
        _ makeService: @escaping @Sendable (NotifyStart) async throws -> any Service
    ) -> ChildSpec {
        ChildSpec(
            name,
            restart: restart,
            shutdown: shutdown,
            startTimeout: startTimeout,
            heartbeat: heartbeat,
            backoff: backoff,
            whenStuck: whenStuck,
            priority: priority
        ) { context, notifyStart in
            try await run(try await makeService(notifyStart), in: context)
        }
    }

    /// A graceful shutdown reaches a service through a group; it is the only one in a group of its own.
    private static func run(_ service: any Service, in context: ChildContext) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: service, successTerminationBehavior: .ignore, serviceName: context.path)
                ],
                logger: .current
            )
        )
        // Cancelled at the end of the scope.
        async let _ = shutDown(group, with: context)
        try await group.run()
    }

    private static func shutDown(_ group: ServiceGroup, with context: ChildContext) async {
        await context.stopRequested()
        guard !Task.isCancelled else { return }
        await group.triggerGracefulShutdown()
    }
}
