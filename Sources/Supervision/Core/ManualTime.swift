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
        let number: UInt64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var isRunning = false
        var sleepers: [Sleeper] = []
        var cancelledSleepers: Set<UInt64> = []
        var nextNumber: UInt64 = 0
        var idleWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    // MARK: Jobs

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let begins = state.withLock { state in
            state.jobs.append(job)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if begins { Task.detached { self.runJobs() } }
    }

    private func runJobs() {
        while true {
            let (job, idle) = state.withLock { state -> (UnownedJob?, [CheckedContinuation<Void, Never>]) in
                if !state.jobs.isEmpty { return (state.jobs.removeFirst(), []) }
                state.isRunning = false
                defer { state.idleWaiters = [] }
                return (nil, state.idleWaiters)
            }
            guard let job else {
                for waiter in idle { waiter.resume() }
                return
            }
            // Safe: each job was enqueued once and is run once.
            unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    private func idle() async {
        await withCheckedContinuation { waiter in
            let isIdle = state.withLock { state in
                guard state.isRunning else { return true }
                state.idleWaiters.append(waiter)
                return false
            }
            if isIdle { waiter.resume() }
        }
    }

    // MARK: Time

    /// Wait until nothing is left to do before time moves on.
    func settle(_ runtime: RuntimeHandle) async throws(SupervisorError) {
        await idle()
        // Lets the core do what it had left for its loop, which may give workers something to do.
        try runtime.advance(by: 0)
        await idle()
    }

    /// Deadline by deadline; equal ones in the core first, then sleepers in the order in which they went to sleep.
    func advance(_ runtime: RuntimeHandle, by nanoseconds: UInt64) async throws(SupervisorError) {
        let (sum, overflow) = runtime.now.addingReportingOverflow(nanoseconds)
        let target = overflow ? UInt64.max - 1 : sum
        while true {
            try await settle(runtime)
            let now = runtime.now
            let next = max(min(runtime.nextDeadline, nextSleeper), now)
            try runtime.advance(by: min(next, target) - now)
            try await settle(runtime)
            for sleeper in takeSleepers(until: runtime.now) {
                sleeper.resume()
                await idle()
            }
            if next > target { return }
        }
    }

    private var nextSleeper: UInt64 {
        state.withLock { $0.sleepers.first?.deadline ?? Core.infinite }
    }

    private func takeSleepers(until now: UInt64) -> [CheckedContinuation<Void, any Error>] {
        state.withLock { state in
            let due = state.sleepers.prefix { $0.deadline <= now }
            state.sleepers.removeFirst(due.count)
            return due.map(\.continuation)
        }
    }

    func sleep(until deadline: UInt64, from now: UInt64) async throws {
        try Task.checkCancellation()
        guard deadline > now else { return }
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let wasCancelled = state.withLock { state in
                    guard state.cancelledSleepers.remove(number) == nil else { return true }
                    let sleeper = Sleeper(deadline: deadline, number: number, continuation: continuation)
                    let place = state.sleepers.firstIndex { $0.deadline > deadline } ?? state.sleepers.endIndex
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
