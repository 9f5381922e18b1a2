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

import CBench
import Supervision
import Synchronization

private struct Broken: Error {}

/// Counts what happens, and notes when, for as many times as there is room.
@safe
private final class Clock: @unchecked Sendable {
    // Sendable: every slot is written by one thread, and read after the gate was passed.
    private let slots: UnsafeMutablePointer<UInt64>
    private let next = Atomic(0)
    private let count: Int
    private let full = Gate(1)

    init(_ count: Int) {
        self.count = count
        unsafe slots = .allocate(capacity: count)
        unsafe slots.initialize(repeating: 0, count: count)
    }

    /// Whether there was room; if not, whoever calls need not go on.
    func note() -> Bool {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return false }
        unsafe slots[index] = cb_now()
        if index == count - 1 { full.pass() }
        return true
    }

    /// The times between one note and the next.
    func intervals() async -> [Double] {
        await full.wait()
        return (1..<count).map { unsafe Double(slots[$0] - slots[$0 - 1]) }
    }

    /// Notes a second.
    func rate() async -> Double {
        await full.wait()
        return unsafe Double(count - 1) * 1e9 / Double(slots[count - 1] - slots[0])
    }
}

extension Probe {
    /// How often `n` failing workers are restarted; for one, how long each restart takes.
    static let restarts = Probe("restarts") { n in
        let clock = Clock(400_000)
        let spec = SupervisorSpec("bed", tolerance: .unlimited, backoff: .none) {
            for index in 0..<n {
                ChildSpec("w\(index)") { context in
                    if clock.note() { throw Broken() }
                    await context.stopRequested()
                }
            }
        }
        let tree = try await Supervisor.start(spec)
        let result = n == 1 ? ["latency": await clock.intervals()] : ["rate": [await clock.rate()]]
        // The last failure may come while it stops, which is then the tree's.
        try? await tree.terminate()
        return result
    }

    /// How long each restart of one worker takes while `n` subscribers read the events.
    static let followedRestarts = Probe("followed-restarts") { n in
        ["latency": try await restarts(subscribers: (0..<n).map { _ in EventHandler { _ in } })]
    }

    /// The same with nobody who reads them.
    static let unfollowedRestarts = Probe("unfollowed-restarts") { _ in
        ["latency": try await restarts(subscribers: [])]
    }

    private static func restarts(subscribers: [any EventSubscriber]) async throws -> [Double] {
        let clock = Clock(200_000)
        let spec = SupervisorSpec("bed", tolerance: .unlimited, backoff: .none) {
            ChildSpec("w") { context in
                if clock.note() { throw Broken() }
                await context.stopRequested()
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: subscribers)
        let result = await clock.intervals()
        // The last failure may come while it stops, which is then the tree's.
        try? await tree.terminate()
        return result
    }

    /// The same of bare tasks: each one fails, and makes the next.
    static let failingTasks = Probe("failing-tasks") { n in
        let clock = Clock(400_000)
        for _ in 0..<n {
            detachFailing(clock)
        }
        return n == 1 ? ["latency": await clock.intervals()] : ["rate": [await clock.rate()]]
    }

    private static func detachFailing(_ clock: Clock) {
        let body: @Sendable () async throws -> Bool = {
            if clock.note() { throw Broken() }
            return true
        }
        Task.detached(priority: .medium) {
            do {
                _ = try await body()
            } catch {
                detachFailing(clock)
            }
        }
    }

    /// One of `n` workers of a one-for-all supervisor fails, until all are up again.
    static let round = Probe("round") { n in
        let board = Board(n)
        let spec = SupervisorSpec("bed", strategy: .oneForAll, tolerance: .unlimited, backoff: .none) {
            for index in 0..<n {
                ChildSpec("w\(index)") { context in
                    if index == n / 2 {
                        try await board.waitToBreak()
                    } else {
                        board.pass()
                        await context.stopRequested()
                    }
                }
            }
        }
        let tree = try await Supervisor.start(spec)
        await board.allUp()
        var times: [Double] = []
        for _ in 0..<10 {
            let begun = cb_now()
            board.breakOne()
            await board.allUp()
            times.append(Double(cb_now() - begun))
        }
        board.finish()
        try await tree.terminate()
        return ["round": times]
    }

    /// What a round is made of, in no order and with nobody who supervises it: all tasks are resumed, and when all have
    /// ended as many are made.
    static let taskRound = Probe("task-round") { n in
        var times: [Double] = []
        var ended = Gate(n)
        var tasks = IdleTasks(n)
        await tasks.start(ended: ended)
        for _ in 0..<10 {
            let begun = cb_now()
            tasks.resumeAll()
            await ended.wait()
            ended = Gate(n)
            tasks = IdleTasks(n)
            await tasks.start(ended: ended)
            times.append(Double(cb_now() - begun))
        }
        tasks.resumeAll()
        await ended.wait()
        return ["round": times]
    }
}

/// Who is up in a round, and the one that fails when it is told to.
private final class Board: Sendable {
    private struct State {
        var up: Gate
        var breaker: CheckedContinuation<Void, any Error>?
    }

    private let count: Int
    private let state: Mutex<State>

    init(_ count: Int) {
        self.count = count
        state = Mutex(State(up: Gate(count)))
    }

    func pass() {
        state.withLock { $0.up }.pass()
    }

    func waitToBreak() async throws {
        try await withCheckedThrowingContinuation { continuation in
            state.withLock { $0.breaker = continuation }
            pass()
        }
    }

    func allUp() async {
        await state.withLock { $0.up }.wait()
    }

    func breakOne() {
        let breaker = state.withLock { state in
            state.up = Gate(count)
            return state.breaker.take()
        }
        breaker?.resume(throwing: Broken())
    }

    func finish() {
        let breaker = state.withLock { $0.breaker.take() }
        breaker?.resume()
    }
}
