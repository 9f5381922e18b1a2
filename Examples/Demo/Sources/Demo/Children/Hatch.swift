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

/// The opening between the oven and the counter.
///
/// Each oven opens a new one, and a counter that began with the old one would wait there for ever; a counter that leaves
/// closes it for the oven. That is what one-for-all is for: when one of them fails, both begin anew.
final class Hatch: Sendable {
    private let loaves = Mutex<AsyncStream<Int>?>(nil)

    /// For the oven: a way to hand loaves over. What nobody takes goes stale, the oldest first.
    func open() -> AsyncStream<Int>.Continuation {
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(8))
        loaves.withLock { $0 = stream }
        return continuation
    }

    /// For the counter: the loaves of the present oven.
    func wait() throws(Fault) -> AsyncStream<Int> {
        guard let stream = loaves.withLock({ $0 }) else { throw Fault("the oven has not opened the hatch") }
        return stream
    }
}
