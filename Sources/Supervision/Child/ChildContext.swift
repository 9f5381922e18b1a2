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

/// What a worker knows of itself: which incarnation of which child it is, and whether it is asked to stop.
///
/// It belongs to one incarnation. One that is kept after its end says that a stop was requested, and keeps no tree alive.
public struct ChildContext: Sendable {
    /// The context of the worker in which the code runs, if it runs in one.
    @TaskLocal public static var current: ChildContext?

    let incarnation: Incarnation
    let worker: Worker

    /// The name of the child.
    public var name: String {
        worker.name
    }

    /// The runtime name of the child: its ancestors' names and its own, joined by `/`.
    public var path: String {
        worker.path
    }

    /// The number of this incarnation.
    public var incarnationNumber: UInt64 {
        incarnation.number
    }

    /// The clock of the tree: the monotonic one, or the time of a test.
    public var clock: SupervisorClock {
        SupervisorClock(runtime: worker.surroundings.runtime)
    }

    /// The time of the tree.
    public var now: SupervisorClock.Instant {
        clock.now
    }

    /// Wait on the clock of the tree. Throws `CancellationError` when the task is cancelled; being told to drain does not
    /// end it.
    public func sleep(for duration: Duration) async throws {
        try await clock.sleep(for: duration)
    }

    /// Whether the worker was told to drain or cancelled, or the incarnation has ended.
    public var isStopRequested: Bool {
        worker.isStopRequested(incarnation)
    }

    /// Return when the worker is told to drain or cancelled, when the incarnation has ended, or when the task that
    /// waits is cancelled. Costs next to nothing while it waits: the right thing for a worker that has nothing to do.
    public func stopRequested() async {
        await worker.stopRequested(incarnation)
    }
}

extension ChildContext {
    /// Give a sign of life, as the ``ChildSpec/heartbeat`` of the spec has promised. Cheap enough to be given far more often
    /// than that; without effect if none was promised. False if the incarnation has ended.
    @discardableResult
    public func heartbeat() -> Bool {
        worker.withLive(incarnation) { $0.reportHeartbeat() } ?? false
    }

    /// Say that the work is done: when this incarnation completes it is not restarted unless its supervisor is. False if
    /// it has ended.
    @discardableResult
    public func done() -> Bool {
        worker.withLive(incarnation) { $0.reportDone() } ?? false
    }

    /// Ask to be started again, with what may have changed: when this incarnation completes it is restarted whatever its
    /// restart type (a temporary one never is). That is no failure. False if it has ended.
    ///
    /// It is paced as completions are, since it may come again at once: by the backoff, which for most lets the first ones
    /// through without a delay, and for a runnable waits half a second and more from the first one on. A restart by handle,
    /// ``Child/restart()``, also of oneself by ``child``, waits for nothing.
    @discardableResult
    public func requestRestart() -> Bool {
        worker.withLive(incarnation) { $0.requestRestart() } ?? false
    }
}

extension ChildContext {
    /// The child that the worker is: a handle for requests about it. `nil` if the incarnation has ended.
    public var child: Child? {
        NodeHandle(of: self).map { Child(node: $0) }
    }

    /// Its supervisor, on which it may start siblings. `nil` if the incarnation has ended.
    public var supervisor: Child? {
        child?.supervisor
    }
}

extension ChildContext: CustomStringConvertible {
    /// The runtime name and the number of the incarnation.
    public var description: String {
        "\(path)#\(incarnationNumber)"
    }
}
