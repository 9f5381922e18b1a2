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
        var waiters = Waiters()

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
        let (dropped, waiters) = state.withLock { state -> (Supervisor.Event?, Waiters) in
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
            return (dropped, state.waiters.take())
        }
        waiters.resume()
        return dropped
    }

    /// The events that nobody will be handed any more.
    func takeRest() -> [Supervisor.Event] {
        state.withLock { state in
            var rest: [Supervisor.Event] = []
            while let item = state.takeFirst() {
                if let event = item.event { rest.append(event) }
            }
            return rest
        }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        wake()
        closed.open()
    }

    /// The next item; `nil` when all was taken and nothing more will come, or when the task is cancelled.
    func next() async -> Supervisor.EventItem? {
        while !Task.isCancelled {
            let (item, isOver) = state.withLock { ($0.next(), $0.isClosed) }
            if let item { return item }
            if isOver {
                drained.open()
                return nil
            }
            await waitForItems()
        }
        return nil
    }

    private func waitForItems() async {
        await Waiters.wait { waiter in
            state.withLock { state in
                guard state.count == 0 && state.lost == 0 && !state.isClosed else { return false }
                state.waiters.add(waiter)
                return true
            }
        } orCancelled: {
            wake()
        }
    }

    private func wake() {
        state.withLock { $0.waiters.take() }.resume()
    }
}
