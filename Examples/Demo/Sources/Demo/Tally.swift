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

/// What the shop has done, for the display.
final class Tally: Sendable {
    private let orderCount = Atomic(0)
    private let pageCount = Atomic(0)

    /// Orders that redis-server has counted.
    var orders: Int { orderCount.load(ordering: .relaxed) }

    /// Pages that nginx has delivered as they should be.
    var pages: Int { pageCount.load(ordering: .relaxed) }

    func ordered(total: Int) {
        orderCount.store(total, ordering: .relaxed)
    }

    func fetched() {
        pageCount.add(1, ordering: .relaxed)
    }
}
