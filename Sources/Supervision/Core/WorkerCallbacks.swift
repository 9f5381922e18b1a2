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

/// A worker as a callback child of the core.
enum WorkerCallbacks {
    /// Lives as long as the program, as the core asks of a table.
    nonisolated(unsafe) private static let table: UnsafePointer<sup_callbacks> = {
        let table = UnsafeMutablePointer<sup_callbacks>.allocate(capacity: 1)
        let flags = SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK
        unsafe table.initialize(
            to: sup_callbacks(
                size: MemoryLayout<sup_callbacks>.size,
                flags: UInt32(flags),
                start: start,
                stop: stop,
                end: end,
                free: free
            )
        )
        return unsafe UnsafePointer(table)
    }()

    /// A spec of the core for a worker, which it keeps alive.
    static func spec(_ worker: Worker) -> CoreSpec {
        let context = unsafe Unmanaged.passRetained(worker).toOpaque()
        // Safe: the core calls `free` once with the context, also when it has no memory for the spec.
        return unsafe CoreSpec(owned: sup_callback_spec(worker.name, table, context))
    }

    // In all of these `state` is the context: a start leaves it as it is. The spec that is being used keeps it alive.

    private static let start:
        @Sendable @convention(c) (
            UnsafeMutableRawPointer?, sup_child, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> Int32 = { context, child, _ in
            unsafe worker(context).start(CoreChild(child))
            return 0
        }

    private static let stop: @Sendable @convention(c) (UnsafeMutableRawPointer?, sup_stop_action) -> Void = {
        state,
        action in
        switch action {
        case .SUP_STOP_DRAIN: unsafe worker(state).drain()
        case .SUP_STOP_CANCEL: unsafe worker(state).cancel()
        case .SUP_STOP_KILL: break
        }
    }

    private static let end: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> Void = { state in
        unsafe worker(state).end()
    }

    private static let free: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
        // Safe: gives back what `spec` retained.
        guard let context = unsafe context else { return }
        unsafe Unmanaged<Worker>.fromOpaque(context).release()
    }

    private static func worker(_ context: UnsafeMutableRawPointer?) -> Worker {
        // Safe: `spec` hands over nothing else, and never nil.
        unsafe Unmanaged<Worker>.fromOpaque(context!).takeUnretainedValue()
    }
}
