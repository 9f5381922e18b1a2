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

/// What is kept for one receiver of a ``ReliableNotifier``: the newest events, and what was lost before them.
final class NotifierQueue: Sendable {
    private struct State {
        var items: [Supervisor.EventItem] = []
        /// Where in `items` the next one is; those before it were taken.
        var first = 0
        /// What was dropped at the front.
        var lost: UInt64 = 0
        var lostUpTo: UInt64 = 0
        var isClosed = false
        var waiter = Latch()

        var count: Int { items.count - first }

        mutating func takeFirst() -> Supervisor.EventItem? {
            guard first < items.count else { return nil }
            let item = items[first]
            first += 1
            if first > 32 && first * 2 > items.count {
                items.removeFirst(first)
                first = 0
            }
            return item
        }

        mutating func takeWaiter() -> Latch {
            defer { waiter = Latch() }
            return waiter
        }

        /// Losses are told in their place: before what is left.
        mutating func next() -> Supervisor.EventItem? {
            guard lost > 0 else { return takeFirst() }
            defer { lost = 0 }
            return .lost(count: lost, upTo: lostUpTo)
        }
    }

    let receiver: ReliableNotifier.Receiver

    /// Open when nothing more will be put in.
    let closed = Latch()

    /// Open when, moreover, everything was taken and dealt with.
    let drained = Latch()

    private let state = Mutex(State())

    init(_ receiver: ReliableNotifier.Receiver) {
        self.receiver = receiver
    }

    /// Add an item; the event that was dropped for it, if one was.
    func put(_ item: Supervisor.EventItem) -> Supervisor.Event? {
        let (dropped, waiter) = state.withLock { state -> (Supervisor.Event?, Latch) in
            var dropped: Supervisor.Event?
            if state.count >= receiver.buffer, let oldest = state.takeFirst() {
                switch oldest {
                case .event(let event):
                    dropped = event
                    state.lost += 1
                    state.lostUpTo = event.number
                case .lost(let count, let upTo):
                    state.lost += count
                    state.lostUpTo = upTo
                }
            }
            state.items.append(item)
            return (dropped, state.takeWaiter())
        }
        waiter.open()
        return dropped
    }

    func close() {
        let waiter = state.withLock { state in
            state.isClosed = true
            return state.takeWaiter()
        }
        waiter.open()
        closed.open()
    }

    /// The next item; `nil` when all was taken and nothing more will come, or when the task is cancelled.
    func next() async -> Supervisor.EventItem? {
        while !Task.isCancelled {
            let (item, isOver, waiter) = state.withLock { state -> (Supervisor.EventItem?, Bool, Latch) in
                (state.next(), state.isClosed, state.waiter)
            }
            if let item { return item }
            if isOver {
                drained.open()
                return nil
            }
            await waiter.wait()
        }
        return nil
    }
}
