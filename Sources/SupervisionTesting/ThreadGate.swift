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

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Something that blocks the threads that wait for it, until a test opens it; it stays open.
@safe
public final class ThreadGate: @unchecked Sendable {
    // Sendable: used with the system's own functions for threads only. Safe, as all below: it lives as long as this.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    /// Under the lock.
    private var isOpen = false

    /// A gate that is shut.
    public init() {
        unsafe lock = .allocate(capacity: 1)
        unsafe changed = .allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(changed, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(lock)
        unsafe changed.deallocate()
        unsafe lock.deallocate()
    }

    /// Let everybody through, now and later.
    public func open() {
        unsafe pthread_mutex_lock(lock)
        isOpen = true
        unsafe pthread_cond_broadcast(changed)
        unsafe pthread_mutex_unlock(lock)
    }

    /// Block the thread until it is open.
    public func wait() {
        unsafe pthread_mutex_lock(lock)
        while !isOpen { unsafe pthread_cond_wait(changed, lock) }
        unsafe pthread_mutex_unlock(lock)
    }
}
