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

internal import Logging
internal import Synchronization

/// What a log tree knows of one node: its part of the journal.
///
/// **Invariants.** All of them are about the lock of one node; there is no lock that all writers take.
/// 1. An entry gets its position under the lock of its node, and is in its chunk when the lock is released. So the
///    positions of a node ascend, and whoever has read the counter as S and takes the lock of every node afterwards finds
///    all entries below S that are kept, each of them once: that is how backlogs are consistent.
/// 2. Entries that go to streams get their position and enter the queues of the streams under one more lock, that of the
///    journal's streams, which is only taken by nodes that somebody follows. So a stream is in the order of positions.
/// 3. What is dropped is dropped from the front of one node, by whoever holds its lock.
/// 4. Locks are taken in the order registry, node, streams, queue. Nobody is woken and no chunk is freed with one held, and no
///    code of the user runs: objects in metadata were made texts before.
final class NodeRecord: Sendable {
    struct State: ~Copyable {
        /// Oldest first; all but the last take no more. The first has lost its first `head` slots.
        var chunks: [Chunk] = []
        var head = 0
        var count = 0
        /// What the chunks take, and how much of that the journal knows of.
        var bytes = 0
        var accounted = 0
        var watchers: [Watcher] = []
        var lastPosition: UInt64 = 0
        var dropped: UInt64 = 0
        var isForgotten = false
    }

    let path: LogPath
    let journal: Journal
    private let state = Mutex(State())
    private let verbosityLevel = Atomic<Int>(0)

    /// How many can write to it. Raised under the lock of the registry only.
    let handleCount = Atomic<Int>(0)

    /// What a node takes without entries, about.
    static let baseBytes = 384

    /// How far the journal's sum may be off for a node.
    private static let slack = 256

    init(path: LogPath, journal: Journal, watchers: [Watcher]) {
        self.path = path
        self.journal = journal
        state.withLock { $0.watchers = watchers }
        journal.bytes.wrappingAdd(NodeRecord.baseBytes, ordering: .relaxed)
    }

    deinit {
        forget()
    }

    /// No longer count what it takes: nobody can write to it, and whoever still reads it soon lets go of it. How many
    /// entries were kept, and how many were dropped before.
    @discardableResult
    func forget() -> (kept: Int, dropped: UInt64) {
        state.withLock { state in
            if !state.isForgotten {
                state.isForgotten = true
                journal.bytes.wrappingSubtract(state.accounted + NodeRecord.baseBytes, ordering: .relaxed)
            }
            return (state.count, state.dropped)
        }
    }

    var verbosity: Int {
        get { verbosityLevel.load(ordering: .relaxed) }
        set { verbosityLevel.store(newValue, ordering: .relaxed) }
    }

    // MARK: Writing

    /// Append a slot and give it its position.
    @discardableResult
    func append(_ slot: consuming MovedSlot) -> UInt64 {
        var freed = Freed()
        var waiting: MovedSlot? = slot
        let plain = state.withLock { state -> UInt64? in
            guard state.watchers.isEmpty, var slot = waiting.take() else { return nil }
            let position = journal.takePosition()
            slot.slot.position = position
            let cost = lastChunk(&state).append(slot)
            added(cost, at: position, &state, &freed)
            return position
        }
        if let plain { return finish(plain, freed) }
        return appendWatched(&waiting)
    }

    /// Append a raw line, whose text the slot does not have.
    func append(_ slot: consuming MovedSlot, line: Span<UInt8>) -> UInt64 {
        var freed = Freed()
        var waiting: MovedSlot? = slot
        let plain = state.withLock { state -> UInt64? in
            guard state.watchers.isEmpty, var slot = waiting.take() else { return nil }
            let position = journal.takePosition()
            slot.slot.position = position
            let cost = lastChunk(&state, lineLength: line.count).append(slot, line: line)
            added(cost, at: position, &state, &freed)
            return position
        }
        if let plain { return finish(plain, freed) }
        waiting?.slot.text = line.text
        return appendWatched(&waiting)
    }

    @inline(__always)
    private func finish(_ position: UInt64, _ freed: borrowing Freed) -> UInt64 {
        if freed.isOverLimit { journal.requestReclaim() }
        return position
    }

    /// What is let go when the lock is released.
    private struct Freed {
        var chunk: Chunk?
        var others: [Chunk] = []
        var isOverLimit = false

        mutating func add(_ chunk: Chunk) {
            if self.chunk == nil {
                self.chunk = chunk
            } else {
                others.append(chunk)
            }
        }
    }

    /// Where somebody follows the node.
    @inline(never)
    private func appendWatched(_ waiting: inout MovedSlot?) -> UInt64 {
        var freed = Freed()
        var wake: [Watcher] = []
        let position = state.withLock { state -> UInt64 in
            guard var slot = waiting.take() else { return 0 }
            journal.streams.withLock { _ in
                slot.slot.position = journal.takePosition()
                for watcher in state.watchers where watcher.filter.matches(kind: slot.slot.kind) {
                    if watcher.put(slot.slot, of: self) { wake.append(watcher) }
                }
            }
            let position = slot.slot.position
            let cost = lastChunk(&state).append(slot)
            added(cost, at: position, &state, &freed)
            return position
        }
        for watcher in wake { watcher.wake() }
        return finish(position, freed)
    }

    /// One that has room.
    ///
    /// - Parameter lineLength: How long the text is that is to be kept in it; 0 if none is.
    @inline(__always)
    private func lastChunk(_ state: inout State, lineLength: Int = 0) -> Chunk {
        if state.chunks.last?.isFull ?? true {
            openChunk(&state, lineLength: lineLength)
        }
        return state.chunks[state.chunks.count - 1]
    }

    /// An entry was put into the last chunk, and takes so much there besides its place.
    @inline(__always)
    private func added(_ cost: Int, at position: UInt64, _ state: inout State, _ freed: inout Freed) {
        state.count += 1
        state.bytes += cost
        state.lastPosition = position
        if state.count > journal.limits.entriesPerNode {
            dropFirst(&state, &freed)
        }
        // A new chunk is told at once, as it may be all that a node ever has.
        if state.bytes > journal.limits.bytesPerNode || state.bytes - state.accounted >= NodeRecord.slack {
            account(&state, &freed)
        }
    }

    /// Small at first, as most nodes say little.
    private func openChunk(_ state: inout State, lineLength: Int) {
        let last = state.chunks.last
        let wanted = min(max((last?.capacity ?? 2) * 2, 4), 64)
        let capacity = min(wanted, max(journal.limits.entriesPerNode, 1))
        let text = last?.textCapacity(for: capacity) ?? min(lineLength * capacity, 4_096)
        let chunk = Chunk(capacity: capacity, textCapacity: text)
        state.chunks.append(chunk)
        state.bytes += chunk.bytes
    }

    private func dropFirst(_ state: inout State, _ freed: inout Freed) {
        state.head += 1
        state.count -= 1
        state.dropped += 1
        if state.head == state.chunks[0].count { dropEmptyChunk(&state, &freed) }
    }

    private func dropEmptyChunk(_ state: inout State, _ freed: inout Freed) {
        let chunk = state.chunks.removeFirst()
        state.head = 0
        state.bytes -= chunk.bytes
        freed.add(chunk)
    }

    private func dropChunk(_ state: inout State, _ freed: inout Freed) {
        let count = state.chunks[0].count - state.head
        state.count -= count
        state.dropped += UInt64(count)
        dropEmptyChunk(&state, &freed)
    }

    /// Keep to the limits in bytes: that of the node, and that of all where others have not got to it yet.
    private func account(_ state: inout State, _ freed: inout Freed) {
        let limits = journal.limits
        while state.bytes > limits.bytesPerNode && state.chunks.count > 1 {
            dropChunk(&state, &freed)
        }
        var total = settle(&state)
        while total > limits.hardBytes && state.chunks.count > 1 {
            dropChunk(&state, &freed)
            total = settle(&state)
        }
        freed.isOverLimit = total > limits.bytes
    }

    /// Tell the journal what the node takes; what all take.
    private func settle(_ state: inout State) -> Int {
        let change = state.bytes - state.accounted
        state.accounted = state.bytes
        return journal.bytes.wrappingAdd(change, ordering: .relaxed).newValue
    }

    // MARK: Making room

    /// What the node takes, and how long ago it was written to.
    var use: (bytes: Int, lastPosition: UInt64, isEmpty: Bool) {
        state.withLock { ($0.bytes + NodeRecord.baseBytes, $0.lastPosition, $0.count == 0) }
    }

    /// Drop the oldest entries until the node takes no more than this, or has one entry.
    func trim(to bytes: Int) {
        var freed = Freed()
        state.withLock { state in
            while state.bytes + NodeRecord.baseBytes > bytes && state.chunks.count > 1 {
                dropChunk(&state, &freed)
            }
            if state.bytes + NodeRecord.baseBytes > bytes && state.count > 1 {
                shrinkLast(&state, to: bytes - NodeRecord.baseBytes, &freed)
            }
            _ = settle(&state)
        }
    }

    /// Have the newest slots of the only chunk in a smaller one: whoever reads the old one still can.
    private func shrinkLast(_ state: inout State, to bytes: Int, _ freed: inout Freed) {
        let old = state.chunks[0]
        var kept: [Slot] = []
        var rest = bytes - 64
        for index in (state.head..<old.count).reversed() {
            let slot = old.slot(index)
            rest -= slot.cost + MemoryLayout<Slot>.stride
            guard rest >= 0 || kept.isEmpty else { break }
            kept.append(slot)
        }
        let chunk = Chunk(capacity: kept.count)
        for slot in kept.reversed() { _ = chunk.append(MovedSlot(copy: slot)) }
        state.dropped += UInt64(state.count - kept.count)
        state.count = kept.count
        state.head = 0
        state.chunks[0] = chunk
        state.bytes = chunk.bytes
        freed.add(old)
    }

    // MARK: Reading

    /// The chunks as they are now; what is in them can be read without the lock.
    struct View {
        let record: NodeRecord
        let chunks: [Chunk]
        /// The first slot of the first chunk that is kept.
        let head: Int
        /// How many slots the last chunk has.
        let end: Int
    }

    func view() -> View {
        state.withLock { state in
            View(record: self, chunks: state.chunks, head: state.head, end: state.chunks.last?.count ?? 0)
        }
    }

    /// How many entries are kept, and how many were dropped.
    var counts: (kept: Int, dropped: UInt64) {
        state.withLock { ($0.count, $0.dropped) }
    }

    func add(_ watcher: Watcher) {
        state.withLock { $0.watchers.append(watcher) }
    }

    func remove(_ watcher: Watcher) {
        state.withLock { $0.watchers.removeAll { $0 === watcher } }
    }
}

/// Counts somebody who can write to a node, for as long as it lives.
final class NodeHandle: Sendable {
    let record: NodeRecord

    /// Under the lock of the registry.
    init(_ record: NodeRecord) {
        self.record = record
        record.handleCount.wrappingAdd(1, ordering: .relaxed)
    }

    deinit {
        record.handleCount.wrappingSubtract(1, ordering: .releasing)
    }
}

extension NodeRecord.View {
    /// A slot of one of the chunks.
    struct Found {
        let chunk: Chunk
        let index: Int

        /// The entry.
        func entry(at path: LogPath) -> LogEntry { chunk.slot(index).entry(at: path) }
    }

    /// Call a closure with the slots below a position, from the last to the first, until it says that this was enough.
    func forEachBackwards(below position: UInt64, _ body: (borrowing Slot, Found) -> Bool) {
        for chunk in chunks.indices.reversed() {
            for index in slots(of: chunk).reversed() {
                let found = Found(chunk: chunks[chunk], index: index)
                guard found.chunk.withSlot(index, { $0.position >= position || body($0, found) }) else { return }
            }
        }
    }

    /// Call a closure with the slots from a position on, from the first to the last, until it says that this was enough.
    func forEach(from position: UInt64, _ body: (borrowing Slot, Found) -> Bool) {
        for chunk in chunks.indices {
            let slots = slots(of: chunk)
            guard let last = slots.last, chunks[chunk].withSlot(last, { $0.position >= position }) else { continue }
            for index in slots {
                let found = Found(chunk: chunks[chunk], index: index)
                guard found.chunk.withSlot(index, { $0.position < position || body($0, found) }) else { return }
            }
        }
    }

    private func slots(of index: Int) -> Range<Int> {
        let start = index == 0 ? head : 0
        // A chunk with another one behind it changes no more.
        return start..<(index == chunks.count - 1 ? end : chunks[index].count)
    }
}
