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

import Synchronization

/// A number that tasks count up.
final class Counter: Sendable {
    private let count = Mutex(0)

    @discardableResult
    func increment() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }

    var value: Int {
        count.withLock { $0 }
    }
}

/// A list that tasks append to.
final class Log<Element: Sendable>: Sendable {
    private struct Waiter {
        let number: Int
        let predicate: @Sendable ([Element]) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var elements: [Element] = []
        var waiters: [Waiter] = []
        var waits = 0
    }

    private let state = Mutex(State())

    func append(_ element: Element) {
        let satisfied = state.withLock { state in
            state.elements.append(element)
            let satisfied = state.waiters.filter { $0.predicate(state.elements) }
            state.waiters.removeAll { $0.predicate(state.elements) }
            return satisfied
        }
        for waiter in satisfied { waiter.continuation.resume() }
    }

    var all: [Element] {
        state.withLock { $0.elements }
    }

    /// Wait until the elements so far satisfy a predicate, or the test is cancelled, as it is when its time is over: so a
    /// test that waits in vain ends, and with it the run.
    func wait(until predicate: @escaping @Sendable ([Element]) -> Bool) async {
        let number = state.withLock { state in
            state.waits += 1
            return state.waits
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled || predicate(state.elements) { return true }
                    state.waiters.append(Waiter(number: number, predicate: predicate, continuation: continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let cancelled = state.withLock { state in
                defer { state.waiters.removeAll { $0.number == number } }
                return state.waiters.first { $0.number == number }
            }
            cancelled?.continuation.resume()
        }
    }
}
