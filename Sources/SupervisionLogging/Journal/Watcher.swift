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

internal import Supervision
internal import Synchronization

/// A queue of bounded length for somebody who follows.
///
/// Writers put entries in and never wait: what does not fit pushes out the oldest, which is counted.
final class Watcher: Sendable {
    private struct Waiting {
        let slot: Slot
        let path: LogPath
        /// How many were pushed out just before it.
        var missed: UInt64
    }

    private struct State {
        /// A ring, as long as it has had to be so far.
        var items: [Waiting?] = []
        var head = 0
        var count = 0
        var missed: UInt64 = 0
        var isClosed = false
        var waiters = Waiters()
        var hasWaiters = false

        mutating func append(_ item: Waiting) {
            if count == items.count { grow() }
            items[index(count)] = item
            count += 1
        }

        mutating func removeFirst() -> Waiting? {
            guard count > 0 else { return nil }
            let item = items[head].take()
            head = index(1)
            count -= 1
            return item
        }

        /// Tell the first one how many were pushed out before it.
        mutating func addMissed(_ count: UInt64) {
            items[head]?.missed += count
        }

        func index(_ offset: Int) -> Int {
            let index = head + offset
            return index < items.count ? index : index - items.count
        }

        private mutating func grow() {
            items = Array(items[head...] + items[..<head])
            head = 0
            items.append(contentsOf: repeatElement(nil, count: max(items.count, 16)))
        }
    }

    let filter: LogFilter.Checked
    private let capacity: Int
    private let state = Mutex(State())

    init(filter: LogFilter.Checked, capacity: Int) {
        self.filter = filter
        self.capacity = capacity
    }

    // MARK: Writing

    /// Put an entry in. Whether somebody has to be woken, when no lock is held.
    func put(_ slot: Slot, of record: NodeRecord) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            var lost: UInt64 = 0
            if state.count >= capacity, let oldest = state.removeFirst() {
                lost = 1 + oldest.missed
                state.missed += 1
            }
            state.append(Waiting(slot: slot, path: record.path, missed: 0))
            if lost > 0 { state.addMissed(lost) }
            return state.hasWaiters
        }
    }

    /// Let everybody who waits look again.
    func wake() {
        takeWaiters().resume()
    }

    private func takeWaiters() -> Waiters {
        state.withLock { state in
            state.hasWaiters = false
            return state.waiters.take()
        }
    }

    // MARK: Reading

    /// Forget what is in the queue.
    func clear() {
        state.withLock { state in
            state.items = []
            state.head = 0
            state.count = 0
            state.missed = 0
        }
    }

    /// Nothing more is put in; what is there can still be taken.
    func close() {
        state.withLock { $0.isClosed = true }
        wake()
    }

    var missed: UInt64 {
        state.withLock { $0.missed }
    }

    private enum Taken {
        case item(LogItem)
        case nothing
        case ended
    }

    private func take() -> Taken {
        state.withLock { state in
            guard state.count > 0 else { return state.isClosed ? .ended : .nothing }
            if let missed = state.items[state.head]?.missed, missed > 0 {
                state.items[state.head]?.missed = 0
                return .item(.missed(missed))
            }
            guard let item = state.removeFirst() else { return .nothing }
            return .item(.entry(item.slot.entry(at: item.path)))
        }
    }

    /// What is there.
    func takeWaiting() -> [LogItem] {
        let waiting = state.withLock { state in
            var waiting: [Waiting] = []
            waiting.reserveCapacity(state.count)
            while let item = state.removeFirst() { waiting.append(item) }
            return waiting
        }
        var items: [LogItem] = []
        for item in waiting {
            if item.missed > 0 { items.append(.missed(item.missed)) }
            items.append(.entry(item.slot.entry(at: item.path)))
        }
        return items
    }

    /// The next one; `nil` at the end, or when the task is cancelled.
    func next() async -> LogItem? {
        while !Task.isCancelled {
            switch take() {
            case .item(let item): return item
            case .ended: return nil
            case .nothing: await waitForItems()
            }
        }
        return nil
    }

    private func waitForItems() async {
        await Waiters.wait { waiter in
            state.withLock { state in
                guard state.count == 0 && !state.isClosed else { return false }
                state.waiters.add(waiter)
                state.hasWaiters = true
                return true
            }
        } orCancelled: {
            wake()
        }
    }
}
