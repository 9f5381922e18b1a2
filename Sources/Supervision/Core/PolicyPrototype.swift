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

/// Keeps a spec of the core whose policies others share, once for all workers that are made of one `ChildSpec`.
final class PolicyPrototype: Sendable {
    @safe
    private struct State: @unchecked Sendable {
        // Sendable: used under its lock; specs are counted, and these are frozen or not changed any more.
        var isMade = false
        var pointer: OpaquePointer?
    }

    private let state = Mutex(State())

    deinit {
        let pointer = unsafe state.withLock { unsafe $0.pointer }
        // Safe: the reference of `share`.
        unsafe sup_spec_unref(pointer)
    }

    /// Give a spec of the core the policies of its worker. False if they have faults, which are to be told for the spec.
    func share(with spec: borrowing CoreSpec, of worker: Worker) -> Bool {
        guard let pointer = unsafe spec.borrowed else { return true }
        return state.withLock { state in
            if !state.isMade {
                state.isMade = true
                unsafe state.pointer = Self.make(worker)
            }
            // Safe: both live during the call.
            guard let prototype = unsafe state.pointer else { return false }
            return unsafe sup_spec_share_policy(pointer, prototype) == 0
        }
    }

    /// `nil` if there are faults.
    private static func make(_ worker: Worker) -> OpaquePointer? {
        var lowering = Lowering()
        // It must not keep the worker, which keeps this.
        let made = WorkerCallbacks.nobody()
        guard let pointer = unsafe made.borrowed else { return nil }
        unsafe lowering.setPolicy(of: worker, on: pointer)
        guard lowering.faults.isEmpty, unsafe sup_spec_check(pointer, nil) == 0 else { return nil }
        return unsafe made.take()
    }
}
