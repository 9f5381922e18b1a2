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

internal import Synchronization

/// Tells from the events of a tree whether it is well: how many children are down that should be up, and for how long.
///
/// A child is *failing* from the moment it has failed, or failed to start, until it is up again. A tree is healthy as long as
/// no more children are failing than are allowed, none of them for longer than is allowed, and nothing has stopped
/// uncleanly with the supervisor above it.
///
/// ```swift
/// let health = HealthMonitor(maxAllowedFailures: 1, maxAllowedRestartDuration: .seconds(10))
/// let tree = try await Supervisor.start(shop, subscribers: [health])
/// …
/// let report = health.report()
/// if !report.isHealthy { print("failing: \(report.failed), too long: \(report.delayed)") }
/// ```
///
/// A child that failed and is not to be restarted is no longer missed, and neither is one that was stopped on request while
/// it waited for its restart or was stuck before it, nor one that is quarantined, which has a list of its own.
public final class HealthMonitor: EventSubscriber {
    /// How a tree is.
    public struct Report: Hashable, Sendable {
        /// The runtime names of all that are failing, in order, if they are more than are allowed.
        public let failed: [String]

        /// The runtime names of those that have been failing for longer than is allowed, in order.
        public let delayed: [String]

        /// The runtime names of children that exceeded their own tolerance and stay down, in order. That is no illness. One
        /// that was deleted afterwards is named until its supervisor has ended, as there is no event of that.
        public let quarantined: [String]

        /// A report; by itself it is that of a healthy tree.
        public init(failed: [String] = [], delayed: [String] = [], quarantined: [String] = []) {
            self.failed = failed
            self.delayed = delayed
            self.quarantined = quarantined
        }

        /// Whether nothing has failed that matters.
        public var isHealthy: Bool { failed.isEmpty && delayed.isEmpty }
    }

    private struct State {
        var fold = HealthFold()
        var clock: SupervisorRuntime = .shared
    }

    /// How many children may be failing at a time.
    public let maxAllowedFailures: Int

    /// For how long a child may be failing.
    public let maxAllowedRestartDuration: Duration

    private let state = Mutex(State())

    /// A monitor; give it to a tree as a subscriber, or hand it the events of one.
    public init(maxAllowedFailures: Int, maxAllowedRestartDuration: Duration) {
        self.maxAllowedFailures = maxAllowedFailures
        self.maxAllowedRestartDuration = maxAllowedRestartDuration
    }

    /// 8,192 events.
    public var eventBuffer: Int { 8_192 }

    /// Called by the tree.
    public func receive(_ events: Supervisor.Events) async {
        state.withLock { $0.clock = events.runtime }
        for await item in events { handle(item) }
    }

    /// Take note of an event, or of a loss: after that, what had failed before is not known any more.
    ///
    /// A monitor that is no subscriber does not know the clock of the tree: if that is manual, ask ``report(at:)``.
    public func handle(_ item: Supervisor.EventItem) {
        state.withLock { state in
            switch item {
            case .event(let event): state.fold.add(event)
            case .lost: state.fold = HealthFold()
            }
        }
    }

    /// How the tree is now.
    public func report() -> Report {
        report(at: state.withLock { $0.clock }.now)
    }

    /// How the tree is, as of what is known, at a time on its clock.
    public func report(at now: SupervisorClock.Instant) -> Report {
        let fold = state.withLock { $0.fold }
        let delayed = fold.failing.filter { $0.value.duration(to: now) > maxAllowedRestartDuration }
        return Report(
            failed: fold.failing.count > maxAllowedFailures ? fold.failing.keys.map(\.text).sorted() : [],
            delayed: delayed.keys.map(\.text).sorted(),
            quarantined: fold.quarantined.map(\.text).sorted()
        )
    }

    /// Whether the tree is well now.
    public var isHealthy: Bool { report().isHealthy }
}
