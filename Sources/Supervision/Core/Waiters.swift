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

    package mutating func add(_ waiter: UnsafeContinuation<Void, Never>) {
        if unsafe first == nil {
            unsafe first = unsafe waiter
        } else {
            unsafe others.append(waiter)
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
}
