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

/// Something that workers wait for until a test opens it; it stays open.
public final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var nextNumber: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        /// Of those who were cancelled before they waited.
        var cancelled: Set<UInt64> = []

        mutating func newNumber() -> UInt64 {
            nextNumber += 1
            return nextNumber
        }
    }

    private let state = Mutex(State())

    /// A gate that is shut.
    public init() {}

    /// Let everybody through, now and later.
    public func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Whether it is open.
    public var isOpen: Bool {
        state.withLock { $0.isOpen }
    }

    /// Return when it is open. Cancellation does not end the wait: for workers that are to heed nothing. A test that waits
    /// so cannot be ended by its time limit.
    public func waitIgnoringCancellation() async {
        await wait(state.withLock { $0.newNumber() })
    }

    /// Return when it is open; throw `CancellationError` when the task is cancelled before.
    public func wait() async throws {
        let number = state.withLock { $0.newNumber() }
        await withTaskCancellationHandler {
            await wait(number)
        } onCancel: {
            cancel(number)
        }
        if !isOpen { throw CancellationError() }
    }

    private func wait(_ number: UInt64) async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.isOpen || state.cancelled.remove(number) != nil { return true }
                state.waiters[number] = continuation
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    private func cancel(_ number: UInt64) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if let waiter = state.waiters.removeValue(forKey: number) { return waiter }
            if !state.isOpen { state.cancelled.insert(number) }
            return nil
        }
        waiter?.resume()
    }
}
