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

/// Those who wait for something to change, almost always none or one. Each looks again for itself when it is woken.
///
/// Kept under a lock by its owner; what `take` returns is resumed outside of it.
@safe
package struct Waiters: Sendable {
    // Unsafe continuations, as a checked one costs memory of its own for each idle worker. Safe, as each of them is put
    // in once, and taken out by whoever resumes it.
    private var first: UnsafeContinuation<Void, Never>?
    private var others: [UnsafeContinuation<Void, Never>] = unsafe []

    package init() {}

    /// One of those who wait in ``wait(entering:orCancelled:)``.
    @safe
    package struct Waiter {
        // Safe: resumed by whoever takes it out of the waiters, or at once if it is not put in.
        @usableFromInline
        let continuation: UnsafeContinuation<Void, Never>

        @inlinable
        init(_ continuation: UnsafeContinuation<Void, Never>) {
            unsafe self.continuation = unsafe continuation
        }
    }

    package mutating func add(_ waiter: Waiter) {
        if unsafe first == nil {
            unsafe first = unsafe waiter.continuation
        } else {
            unsafe others.append(waiter.continuation)
        }
    }

    /// Take all of them.
    package mutating func take() -> Waiters {
        let taken = self
        self = Waiters()
        return taken
    }

    package consuming func resume() {
        unsafe first?.resume()
        for index in unsafe others.indices {
            unsafe others[index].resume()
        }
    }

    /// Return when the owner has changed something, at once if there is nothing to wait for, or when the task is cancelled.
    ///
    /// Part of the frame of whoever waits: it is to cost no more than if it were written there.
    ///
    /// - Parameters:
    ///   - enter: Adds the waiter under the owner's lock; or says, with false, that there is nothing to wait for.
    ///   - wake: Lets everybody who waits look again: takes the waiters under the lock and resumes them.
    @inlinable
    @inline(__always)
    package static func wait(
        entering enter: (Waiter) -> Bool,
        orCancelled wake: @Sendable () -> Void
    ) async {
        await withTaskCancellationHandler {
            // Safe: see `Waiter`.
            unsafe await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
                if unsafe !enter(Waiter(waiter)) {
                    unsafe waiter.resume()
                } else if Task.isCancelled {
                    // The handler may have come before the waiter.
                    wake()
                }
            }
        } onCancel: {
            wake()
        }
    }
}
