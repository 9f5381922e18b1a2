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

/// A piece of a node's journal: places for slots, each of which is written once and never changed, and room for the text of
/// raw lines.
///
/// Only the node appends, under its lock. Whoever has seen under that lock that there are n slots may read those without
/// it, for as long as it holds the chunk: what is appended later lies behind them.
@safe
final class Chunk: @unchecked Sendable {
    // Sendable, see above. Safe: `count` places are initialized, never more than `capacity`, and freed once; `textCount` bytes
    // of the text are initialized, never more than `textCapacity`, and they lie behind the places in one allocation.
    private let slots: UnsafeMutablePointer<MovedSlot>
    let capacity: Int
    private let textCapacity: Int

    /// How many slots there are. Under the node's lock.
    private(set) var count = 0

    private var textCount = 0

    /// How long raw lines were in all, whether or not there was room for them.
    private var linesLength = 0

    /// What all of it takes. Under the node's lock.
    private(set) var bytes: Int

    /// A chunk with more than this much in it takes no more, so that little is kept for the sake of one entry.
    static let fullBytes = 65_536

    /// - Parameters:
    ///   - capacity: For how many slots there is room.
    ///   - textCapacity: How many bytes of raw lines find room; those of others are kept as strings.
    init(capacity: Int, textCapacity: Int = 0) {
        let bytes = capacity * MemoryLayout<MovedSlot>.stride + textCapacity
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: MemoryLayout<MovedSlot>.alignment)
        unsafe self.slots = unsafe memory.bindMemory(to: MovedSlot.self, capacity: capacity)
        self.capacity = capacity
        self.textCapacity = textCapacity
        self.bytes = 64 + bytes
    }

    deinit {
        unsafe slots.deinitialize(count: count)
        unsafe UnsafeMutableRawPointer(slots).deallocate()
    }

    /// Where the text begins.
    private var text: UnsafeMutableRawPointer {
        unsafe UnsafeMutableRawPointer(slots + capacity)
    }

    var isFull: Bool {
        count == capacity || bytes > Chunk.fullBytes
    }

    /// The room for text of a chunk that comes after this one: for as much as there was here.
    func textCapacity(for capacity: Int) -> Int {
        min(linesLength / max(count, 1) * capacity, 16_384)
    }

    /// Under the node's lock, when it is not full. What it takes besides its place.
    @inline(__always)
    func append(_ slot: consuming MovedSlot) -> Int {
        let cost = slot.slot.cost
        unsafe (slots + count).initialize(to: slot)
        count += 1
        bytes += cost
        return cost
    }

    /// The same with the text of a raw line, which the slot does not have yet.
    @inline(__always)
    func append(_ slot: consuming MovedSlot, line: Span<UInt8>) -> Int {
        linesLength += line.count
        if line.count <= textCapacity - textCount {
            slot.slot.place = Slot.Place(offset: UInt32(textCount), length: UInt32(line.count))
            unsafe line.withUnsafeBytes { bytes in
                // Safe: so much is free, and what others may read lies before it.
                guard let base = bytes.baseAddress else { return }
                unsafe (text + textCount).copyMemory(from: base, byteCount: bytes.count)
            }
            textCount += line.count
        } else {
            slot.slot.text = line.text
        }
        return append(slot)
    }

    /// A slot that is known to be there; its text may be in the chunk.
    func withSlot<Result>(_ index: Int, _ body: (borrowing Slot) -> Result) -> Result {
        unsafe body(slots[index].slot)
    }

    /// A slot that is known to be there, with its text.
    func slot(_ index: Int) -> Slot {
        var slot = withSlot(index) { $0 }
        guard let place = slot.place else { return slot }
        let start = unsafe text + Int(place.offset)
        // Safe: the text was written before the slot was there, and is not changed.
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: Int(place.length))
        slot.text = unsafe String(decoding: bytes, as: UTF8.self)
        slot.place = nil
        return slot
    }
}
