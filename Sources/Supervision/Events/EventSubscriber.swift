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

/// Who follows the events of a tree from its first to its last.
///
/// Subscribers are given to ``Supervisor/start(_:subscribers:observers:on:)`` and see every event. Each runs in a task of
/// its own; whatever it does, or fails to do, is its own affair.
public protocol EventSubscriber: Sendable {
    /// How many events are kept for it while it is busy.
    var eventBuffer: Int { get }

    /// Read the events. The sequence ends with the tree.
    func receive(_ events: Supervisor.Events) async
}

extension EventSubscriber {
    /// 1,024 events.
    public var eventBuffer: Int { 1_024 }
}

/// A subscriber made of a closure that is called for each event, one after another.
///
/// ```swift
/// let tree = try await Supervisor.start(shop, subscribers: [EventHandler { item in print(item) }])
/// ```
public struct EventHandler: EventSubscriber {
    /// How many events are kept for it while it is busy.
    public let eventBuffer: Int
    private let handle: @Sendable (Supervisor.EventItem) async -> Void

    /// A subscriber with a queue of so many events.
    public init(buffer: Int = 1_024, _ handle: @escaping @Sendable (Supervisor.EventItem) async -> Void) {
        self.eventBuffer = buffer
        self.handle = handle
    }

    /// Calls the closure with each event.
    public func receive(_ events: Supervisor.Events) async {
        for await item in events {
            await handle(item)
        }
    }
}

extension EventSubscriber {
    /// The same subscriber, for those of the events that meet the criteria. What was lost is told as before.
    public func matching(_ criteria: EventCriteria) -> some EventSubscriber {
        ChoosySubscriber(subscriber: self, criteria: criteria)
    }
}

private struct ChoosySubscriber<Subscriber: EventSubscriber>: EventSubscriber {
    let subscriber: Subscriber
    let criteria: EventCriteria

    var eventBuffer: Int { subscriber.eventBuffer }

    func receive(_ events: Supervisor.Events) async {
        await subscriber.receive(events.matching(criteria))
    }
}
