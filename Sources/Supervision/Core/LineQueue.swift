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

internal import CSupervisorCore
internal import Synchronization

/// Lines of processes on their way from the loop to whoever reads them: a queue of bounded length.
///
/// The loop thread puts lines in and never waits; no code of the user runs there. They are taken by readers of a
/// sequence, or by a task of its own that calls a handler and exists only while there are lines.
final class LineQueue: Sendable {
    private struct State {
        var lines: [ProcessLine] = []
        var head = 0
        /// Incarnations whose output waits for room, each with a reference to its tree.
        var held: [CoreChild] = []
        var waiters = Waiters()
        /// How many specs write to it.
        var writers = 0
        var hasEnded = false
        var isPumping = false

        var count: Int { lines.count - head }

        mutating func removeFirst() -> ProcessLine {
            let line = lines[head]
            head += 1
            if head > 64 && head * 2 > lines.count {
                lines.removeFirst(head)
                head = 0
            }
            return line
        }
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let holdsBack: Bool

    init(capacity: Int, overflow: ProcessCommand.Overflow) {
        self.capacity = max(capacity, 1)
        self.holdsBack = overflow.kind == .holdBack
    }

    // MARK: Writing

    func addWriter() {
        state.withLock { $0.writers += 1 }
    }

    /// One writer less; with the last one the sequence ends.
    func removeWriter() {
        let waiters = state.withLock { state in
            state.writers -= 1
            state.hasEnded = state.writers == 0
            return state.waiters.take()
        }
        waiters.resume()
    }

    /// What came of a line that was put in.
    struct Accepted {
        /// The process may go on.
        let goesOn: Bool
        /// Somebody has to begin to call the handler.
        let startsPump: Bool
    }

    /// Put a line in, during a call of the core for this child.
    func put(_ line: ProcessLine, from child: CoreChild, pumping: Bool) -> Accepted {
        let (accepted, waiters) = state.withLock { state in
            var line = line
            if !holdsBack && state.count >= capacity {
                let lost = 1 + state.removeFirst().dropped
                if state.count > 0 {
                    state.lines[state.head].dropped += lost
                } else {
                    line.dropped = lost
                }
            }
            state.lines.append(line)
            let goesOn = !holdsBack || state.count < capacity
            if !goesOn {
                child.retainTree()
                state.held.append(child)
            }
            let startsPump = pumping && !state.isPumping
            state.isPumping = state.isPumping || pumping
            return (Accepted(goesOn: goesOn, startsPump: startsPump), state.waiters.take())
        }
        waiters.resume()
        return accepted
    }

    // MARK: Reading

    private enum Taken {
        case line(ProcessLine)
        case nothing
        case ended
    }

    private func take(pumping: Bool = false) -> Taken {
        let (taken, resumed) = state.withLock { state -> (Taken, [CoreChild]) in
            guard state.count > 0 else {
                if pumping { state.isPumping = false }
                return (state.hasEnded ? .ended : .nothing, [])
            }
            let line = state.removeFirst()
            guard state.count <= capacity / 2 else { return (.line(line), []) }
            let resumed = state.held
            state.held = []
            return (.line(line), resumed)
        }
        for child in resumed {
            child.resumeOutput()
            child.releaseTree()
        }
        return taken
    }

    /// The next line; `nil` at the end, or when the task is cancelled.
    func next() async -> ProcessLine? {
        while !Task.isCancelled {
            switch take() {
            case .line(let line): return line
            case .ended: return nil
            case .nothing: await waitForLines()
            }
        }
        return nil
    }

    /// Call a handler with all lines that are there.
    func pump(_ handler: @Sendable (ProcessLine) async -> Void) async {
        while case .line(let line) = take(pumping: true) {
            await handler(line)
        }
    }

    private func waitForLines() async {
        await Waiters.wait { waiter in
            state.withLock { state in
                guard state.count == 0 && !state.hasEnded else { return false }
                state.waiters.add(waiter)
                return true
            }
        } orCancelled: {
            wake()
        }
    }

    private func wake() {
        state.withLock { $0.waiters.take() }.resume()
    }
}
