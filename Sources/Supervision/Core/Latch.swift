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
        while !Task.isCancelled && !state.withLock({ $0.isOpen }) {
            await Waiters.wait { waiter in
                state.withLock { state in
                    guard !state.isOpen else { return false }
                    state.waiters.add(waiter)
                    return true
                }
            } orCancelled: {
                wake()
            }
        }
    }

    private func wake() {
        state.withLock { $0.waiters.take() }.resume()
    }
}
