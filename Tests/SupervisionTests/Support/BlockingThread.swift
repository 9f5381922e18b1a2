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

import Glibc
import Synchronization

/// Something that a thread can wait for without Swift's help.
@safe
final class Latch: @unchecked Sendable {
    // Sendable: a semaphore of the system, which any thread may use. Lives as long as the program, as threads that are
    // blocked for good may wait in it.
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        unsafe semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        unsafe sem_init(semaphore, 0, 0)
    }

    func open() {
        unsafe sem_post(semaphore)
    }

    /// Blocks the thread. Those who wait are let through one after another.
    func wait() {
        while unsafe sem_wait(semaphore) != 0 {}
        open()
    }

    /// Blocks the thread for no longer than so many milliseconds; false if it took longer.
    func wait(milliseconds: Int) -> Bool {
        guard take(milliseconds: milliseconds) else { return false }
        open()
        return true
    }

    private func take(milliseconds: Int) -> Bool {
        // By looking, as the system's own timed wait goes by the time of day: when that is set the wait may be of hours.
        let deadline = ContinuousClock.now + .milliseconds(milliseconds)
        while unsafe sem_trywait(semaphore) != 0 {
            if ContinuousClock.now >= deadline { return false }
            usleep(200)
        }
        return true
    }

    /// Counts up, and down by those who wait.
    final class Count: Sendable {
        private let latch = Latch()

        func post() {
            latch.open()
        }

        /// False if there was nothing to count down within so many milliseconds.
        func wait(milliseconds: Int) -> Bool {
            latch.take(milliseconds: milliseconds)
        }
    }
}

/// A thread that is not one of Swift's.
final class BlockingThread: Sendable {
    private final class Work {
        let body: @Sendable (Latch) -> Void
        let latch: Latch

        init(body: @escaping @Sendable (Latch) -> Void, latch: Latch) {
            self.body = body
            self.latch = latch
        }
    }

    private let latch = Latch()

    /// Run a body, which is given something that `open` opens.
    init(_ body: @escaping @Sendable (Latch) -> Void) {
        let work = unsafe Unmanaged.passRetained(Work(body: body, latch: latch)).toOpaque()
        var thread = pthread_t()
        // Safe: the thread takes the one reference that it is given.
        unsafe pthread_create(
            &thread,
            nil,
            { argument in
                let work = unsafe Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue()
                work.body(work.latch)
                return nil
            },
            work
        )
        pthread_detach(thread)
    }

    func open() {
        latch.open()
    }
}
