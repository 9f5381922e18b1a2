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

import SupervisionTesting
import Synchronization

/// Collects what workers tell, from whatever thread.
final class Collector<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    func add(_ element: Element) {
        elements.withLock { $0.append(element) }
    }

    var all: [Element] {
        elements.withLock { $0 }
    }
}

/// Counts what is alive.
final class Tally: Sendable {
    private let counts = Mutex((now: 0, most: 0, ever: 0))
    private let empty = Mutex(Gate())

    var now: Int { counts.withLock { $0.now } }
    var most: Int { counts.withLock { $0.most } }
    var ever: Int { counts.withLock { $0.ever } }

    @discardableResult
    func enter() -> Int {
        counts.withLock { counts in
            counts.now += 1
            counts.ever += 1
            counts.most = max(counts.most, counts.now)
            return counts.ever
        }
    }

    func leave() {
        let isEmpty = counts.withLock { counts in
            counts.now -= 1
            return counts.now == 0
        }
        if isEmpty { empty.withLock { $0 }.open() }
    }

    /// Return when nobody is left. The time limit of the test is that of the wait.
    func waitUntilEmpty() async {
        let gate = Gate()
        empty.withLock { $0 = gate }
        if now > 0 { await gate.waitIgnoringCancellation() }
    }

    /// An object that counts for as long as somebody has it.
    func token() -> Token { Token(self) }

    final class Token: Sendable {
        private let tally: Tally

        fileprivate init(_ tally: Tally) {
            self.tally = tally
            tally.enter()
        }

        deinit { tally.leave() }
    }
}
