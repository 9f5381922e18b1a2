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

/// Opens when it was passed so many times.
final class Gate: Sendable {
    private let missing: Atomic<Int>
    private let state = Mutex<CheckedContinuation<Void, Never>?>(nil)
    private let isOpen: Atomic<Bool>

    init(_ count: Int) {
        missing = Atomic(count)
        isOpen = Atomic(count == 0)
    }

    func pass() {
        guard missing.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        let waiter = state.withLock { waiter in
            isOpen.store(true, ordering: .relaxed)
            return waiter.take()
        }
        waiter?.resume()
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { waiter in
                let isOpen = self.isOpen.load(ordering: .relaxed)
                if !isOpen { waiter = continuation }
                return isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// A bare task that waits until it is told to end: the floor of an idle worker.
@safe
struct IdleTasks: @unchecked Sendable {
    // Sendable: each task has its own slot, which is read after all of them were filled.
    private let slots: UnsafeMutablePointer<UnsafeContinuation<Void, Never>?>
    let count: Int

    init(_ count: Int) {
        self.count = count
        unsafe slots = .allocate(capacity: count)
    }

    /// Start them all and wait until all of them wait. Each one passes the gate when it ends.
    func start(ended: Gate) async {
        let idle = Gate(count)
        for index in 0..<count {
            Task.detached(priority: .medium) {
                await body(index, idle)
                ended.pass()
            }
        }
        await idle.wait()
    }

    private func body(_ index: Int, _ idle: Gate) async {
        unsafe await withUnsafeContinuation { continuation in
            unsafe (slots + index).initialize(to: continuation)
            idle.pass()
        }
    }

    func resumeAll() {
        for index in 0..<count {
            unsafe slots[index]?.resume()
        }
    }
}

extension Probe {
    /// `n` idle workers of one supervisor: start, memory, stop.
    static let workers = Probe("workers") { n in
        try await Supervisor.start(idleSpec(16, Gate(16))).terminate()
        let resident = cb_resident()
        let idle = Gate(n)
        let spec = idleSpec(n, idle)
        let begun = cb_now()
        let tree = try await Supervisor.start(spec)
        let acknowledged = cb_now() - begun
        await idle.wait()
        let started = cb_now() - begun
        let memory = cb_resident() - resident
        let stopping = cb_now()
        try await tree.terminate()
        return [
            "acknowledged": [Double(acknowledged) / Double(n)],
            "start": [Double(started) / Double(n)],
            "memory": [Double(memory) / Double(n)],
            "stop": [Double(cb_now() - stopping) / Double(n)],
        ]
    }

    private static func idleSpec(_ n: Int, _ idle: Gate) -> SupervisorSpec {
        SupervisorSpec("bed") {
            for index in 0..<n {
                ChildSpec("w\(index)") { context in
                    idle.pass()
                    await context.stopRequested()
                }
            }
        }
    }

    /// The same with bare tasks, whose stop is in no order.
    static let tasks = Probe("tasks") { n in
        let warm = IdleTasks(16)
        let warmEnded = Gate(16)
        await warm.start(ended: warmEnded)
        warm.resumeAll()
        await warmEnded.wait()
        let resident = cb_resident()
        let ended = Gate(n)
        let begun = cb_now()
        let tasks = IdleTasks(n)
        await tasks.start(ended: ended)
        let started = cb_now() - begun
        let memory = cb_resident() - resident
        let stopping = cb_now()
        tasks.resumeAll()
        await ended.wait()
        return [
            "start": [Double(started) / Double(n)],
            "memory": [Double(memory) / Double(n)],
            "stop": [Double(cb_now() - stopping) / Double(n)],
        ]
    }
}
