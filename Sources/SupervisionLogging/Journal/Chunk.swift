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

/// A piece of a node's journal: places for slots, each of which is written once and never changed.
///
/// Only the node appends, under its lock. Whoever has seen under that lock that there are n slots may read those without
/// it, for as long as it holds the chunk: what is appended later lies behind them.
@safe
final class Chunk: @unchecked Sendable {
    // Sendable, see above. Safe: `count` places are initialized, never more than `capacity`, and freed once.
    private let slots: UnsafeMutablePointer<Slot>
    let capacity: Int

    /// How many slots there are. Under the node's lock.
    private(set) var count = 0

    /// What all of it takes. Under the node's lock.
    private(set) var bytes: Int

    /// A chunk with more than this much in it takes no more, so that little is kept for the sake of one entry.
    static let fullBytes = 65_536

    init(capacity: Int) {
        unsafe self.slots = .allocate(capacity: capacity)
        self.capacity = capacity
        self.bytes = 64 + capacity * MemoryLayout<Slot>.stride
    }

    deinit {
        unsafe slots.deinitialize(count: count)
        unsafe slots.deallocate()
    }

    var isFull: Bool {
        count == capacity || bytes > Chunk.fullBytes
    }

    /// Under the node's lock, when it is not full.
    func append(_ slot: consuming Slot, cost: Int) {
        unsafe (slots + count).initialize(to: slot)
        count += 1
        bytes += cost
    }

    /// A slot that is known to be there.
    func withSlot<Result>(_ index: Int, _ body: (borrowing Slot) -> Result) -> Result {
        unsafe body(slots[index])
    }
}
