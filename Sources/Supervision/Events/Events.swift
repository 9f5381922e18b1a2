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
    /// The events of a tree as a sequence: those from the subscription on, in order, the final one last.
    ///
    /// A reader never slows supervision: it has a queue of bounded length, and what did not fit is told in its place as
    /// ``EventItem/lost(count:upTo:)``. Each event is handed to one iterator. Cancelling the task of a reader ends its
    /// loop only. The subscription ends with the last copy of the sequence and its iterators.
    public struct Events: AsyncSequence, Sendable {
        /// What the sequence is made of.
        public typealias Element = EventItem
        /// Reading does not fail.
        public typealias Failure = Never

        let reader: EventReader
        var criteria: EventCriteria?

        /// What their tree runs on.
        var runtime: SupervisorRuntime { reader.runtime }

        /// Somebody who reads; each event is handed to one of them.
        public func makeAsyncIterator() -> Iterator {
            Iterator(reader: reader, criteria: criteria)
        }

        /// Those of the events that meet the criteria. What was lost is told as before, whatever it was.
        public func matching(_ criteria: EventCriteria) -> Events {
            var events = self
            events.criteria = self.criteria.map { $0 && criteria } ?? criteria
            return events
        }

        /// Takes events, one after another.
        public struct Iterator: AsyncIteratorProtocol {
            let reader: EventReader
            let criteria: EventCriteria?

            /// The next one; `nil` at the end, or when the task is cancelled.
            public mutating func next() async -> EventItem? {
                await reader.next(matching: criteria)
            }

            /// The next one; `nil` at the end, or when the task is cancelled.
            public mutating func next(isolation actor: isolated (any Actor)?) async -> EventItem? {
                await reader.next(matching: criteria)
            }
        }
    }
}

extension AsyncSequence where Self: Sendable, Element == Supervisor.Event {
    /// Those of the events that meet the criteria.
    public func matching(_ criteria: EventCriteria) -> AsyncFilterSequence<Self> {
        filter { criteria.matches($0) }
    }
}

extension AsyncSequence where Self: Sendable, Element == Supervisor.EventItem {
    /// Those of the events that meet the criteria. What was lost is told as before, whatever it was.
    public func matching(_ criteria: EventCriteria) -> AsyncFilterSequence<Self> {
        filter { $0.event.map(criteria.matches) ?? true }
    }
}
