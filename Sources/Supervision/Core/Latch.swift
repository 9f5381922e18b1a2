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

/// Opened once; those who wait go on then, or when their task is cancelled.
final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var waiters = Waiters()
    }

    private let state = Mutex(State())

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            return state.waiters.take()
        }
        waiters.resume()
    }

    func wait() async {
        await withTaskCancellationHandler {
            while !Task.isCancelled && !state.withLock({ $0.isOpen }) {
                // Safe: the waiter is resumed by whoever takes it out of `waiters`, or at once if it is not put in.
                unsafe await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
                    let isWaiting = state.withLock { state in
                        guard !state.isOpen else { return false }
                        unsafe state.waiters.add(waiter)
                        return true
                    }
                    if !isWaiting {
                        unsafe waiter.resume()
                    } else if Task.isCancelled {
                        // The handler may have come before the waiter.
                        wake()
                    }
                }
            }
        } onCancel: {
            wake()
        }
    }

    private func wake() {
        state.withLock { $0.waiters.take() }.resume()
    }
}
