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

/// Where workers run when time is manual: one job after another, so that it is known when there is nothing left to do;
/// and the sleepers, who wait for the time to be moved on.
final class ManualTime: TaskExecutor {
    private struct Sleeper {
        let deadline: UInt64
        /// Its place among equal deadlines, those of trees among them.
        let turn: UInt64
        let number: UInt64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var isRunning = false
        /// Jobs are not begun now.
        var isHeld = false
        var sleepers: [Sleeper] = []
        var cancelledSleepers: Set<UInt64> = []
        var nextNumber: UInt64 = 0

        /// How many jobs there were so far.
        var jobCount: UInt64 = 0
        /// Those who wait for the end of the jobs; told false when it takes too long.
        var idleWaiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        var readers: [Reader] = []

        /// Whether somebody has to begin to run jobs, who from then on does.
        var begins: Bool {
            mutating get {
                guard !isRunning && !isHeld else { return false }
                isRunning = true
                return true
            }
        }
    }

    private struct Reader {
        weak let reader: EventReader?
    }

    private let state = Mutex(State())

    /// How long the jobs may take, in real time, until there are no more.
    private let patience: Duration

    init(patience: Duration) {
        self.patience = patience
    }

    // MARK: Jobs

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let begins = state.withLock { state in
            state.jobs.append(job)
            state.jobCount += 1
            return state.begins
        }
        if begins { Task.detached { self.runJobs() } }
    }

    /// Do something whose jobs begin only when it is over, and the core has nothing left to do for it: so what they do does
    /// not depend on how fast others are. No job runs before it.
    func holdingJobs<Result>(
        _ runtime: RuntimeHandle,
        _ body: () throws(SupervisorError) -> Result
    ) throws(SupervisorError) -> Result {
        state.withLock { $0.isHeld = true }
        defer {
            let begins = state.withLock { state in
                state.isHeld = false
                return !state.jobs.isEmpty && state.begins
            }
            if begins { Task.detached { self.runJobs() } }
        }
        let result = try body()
        try runtime.advance(by: 0)
        return result
    }

    private func runJobs() {
        while true {
            let (job, idle) = state.withLock { state -> (UnownedJob?, [CheckedContinuation<Bool, Never>]) in
                if !state.jobs.isEmpty { return (state.jobs.removeFirst(), []) }
                state.isRunning = false
                defer { state.idleWaiters = [:] }
                return (nil, Array(state.idleWaiters.values))
            }
            guard let job else {
                for waiter in idle { waiter.resume(returning: true) }
                return
            }
            // Safe: each job was enqueued once and is run once.
            unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    private func idle() async throws(SupervisorError) {
        guard let number = numberOfWait() else { return }
        let watch = Task.detached { [patience] in
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            self.giveUp(number)
        }
        defer { watch.cancel() }
        let isIdle = await withCheckedContinuation { waiter in
            let isIdle = state.withLock { state in
                guard state.isRunning else { return true }
                state.idleWaiters[number] = waiter
                return false
            }
            if isIdle { waiter.resume(returning: true) }
        }
        guard isIdle else {
            throw SupervisorError(
                code: .timedOut,
                message: "a worker has run for \(patience) without waiting; time stands still until it does"
            )
        }
    }

    /// `nil` if there is nothing to wait for.
    private func numberOfWait() -> UInt64? {
        state.withLock { state in
            guard state.isRunning else { return nil }
            state.nextNumber += 1
            return state.nextNumber
        }
    }

    private func giveUp(_ number: UInt64) {
        let waiter = state.withLock { $0.idleWaiters.removeValue(forKey: number) }
        waiter?.resume(returning: false)
    }

    // MARK: Readers of events

    /// Count it among those who are to have read everything before time moves on.
    func register(_ reader: EventReader) {
        state.withLock { state in
            state.readers.removeAll { $0.reader == nil }
            state.readers.append(Reader(reader: reader))
        }
    }

    // MARK: Time

    /// Wait until nothing is left to do before time moves on: no job, no action of the core, no event that somebody who
    /// reads on this executor has not been given.
    func settle(_ runtime: RuntimeHandle) async throws(SupervisorError) {
        var count: UInt64
        repeat {
            // Until a whole round brought no job: one that came in the middle may have left something behind it.
            count = state.withLock { $0.jobCount }
            try await idle()
            // Lets the core do what it had left for its loop, which may give workers something to do. What was armed after
            // a sleep that ends now waits until that has ended.
            if let sleeper = dueSleeper(at: runtime.now) {
                try runtime.advance(by: 0, toTurn: sleeper.turn)
            } else {
                try runtime.advance(by: 0)
            }
            let readers = state.withLock { $0.readers }
            for reader in readers { reader.reader?.nudge() }
            // The loop tells readers, too. Whoever it has not resumed yet has something to do.
            while readers.contains(where: { $0.reader?.isWaking ?? false }) { await Task.yield() }
        } while state.withLock { $0.isRunning || $0.jobCount != count }
    }

    /// Deadline by deadline, and ends of sleeps among them: equal ones in the order in which they were armed.
    func advance(_ runtime: RuntimeHandle, by nanoseconds: UInt64) async throws(SupervisorError) {
        let (sum, overflow) = runtime.now.addingReportingOverflow(nanoseconds)
        let target = overflow ? UInt64.max - 1 : sum
        while true {
            try await settle(runtime)
            if let sleeper = takeSleeper(at: runtime.now) {
                sleeper.continuation.resume()
                continue
            }
            let now = runtime.now
            let next = max(nextDeadline(runtime), now)
            guard next <= target else {
                // Somebody else may have moved time on meanwhile, further than that.
                try runtime.advance(by: target - min(now, target))
                return try await settle(runtime)
            }
            if let sleeper = dueSleeper(at: next) {
                try runtime.advance(by: next - now, toTurn: sleeper.turn)
            } else {
                try runtime.advance(by: next - now)
            }
        }
    }

    /// When something is due next, `Core.infinite` if nothing is.
    func nextDeadline(_ runtime: RuntimeHandle) -> UInt64 {
        min(runtime.nextDeadline, nextSleeper)
    }

    private var nextSleeper: UInt64 {
        state.withLock { $0.sleepers.first?.deadline ?? Core.infinite }
    }

    private func dueSleeper(at time: UInt64) -> Sleeper? {
        state.withLock { state in
            state.sleepers.first.flatMap { $0.deadline <= time ? $0 : nil }
        }
    }

    private func takeSleeper(at now: UInt64) -> Sleeper? {
        state.withLock { state in
            guard let first = state.sleepers.first, first.deadline <= now else { return nil }
            return state.sleepers.removeFirst()
        }
    }

    func sleep(until deadline: UInt64, on runtime: RuntimeHandle) async throws {
        try Task.checkCancellation()
        guard deadline > runtime.now else { return }
        let turn = runtime.takeTurn()
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let wasCancelled = state.withLock { state in
                    guard state.cancelledSleepers.remove(number) == nil else { return true }
                    let sleeper = Sleeper(
                        deadline: deadline,
                        turn: turn,
                        number: number,
                        continuation: continuation
                    )
                    let place =
                        state.sleepers.firstIndex { ($0.deadline, $0.turn) > (deadline, turn) }
                        ?? state.sleepers.endIndex
                    state.sleepers.insert(sleeper, at: place)
                    return false
                }
                if wasCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            cancelSleeper(number)
        }
    }

    private func cancelSleeper(_ number: UInt64) {
        let sleeper = state.withLock { state -> Sleeper? in
            if let place = state.sleepers.firstIndex(where: { $0.number == number }) {
                return state.sleepers.remove(at: place)
            }
            // It has not gone to sleep yet, or was woken already.
            state.cancelledSleepers.insert(number)
            return nil
        }
        sleeper?.continuation.resume(throwing: CancellationError())
    }
}
