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

/// Which run of which node it is: numbers only, which stay true when the tree is gone.
struct Incarnation: Hashable, Sendable {
    /// Counted for each node.
    let number: UInt64

    /// Another one when a node was made anew.
    let generation: UInt64

    /// Of two of the same worker.
    func isBefore(_ other: Incarnation) -> Bool {
        (generation, number) < (other.generation, other.number)
    }
}
