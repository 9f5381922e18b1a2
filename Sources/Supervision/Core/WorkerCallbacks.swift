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
    private typealias Start =
        @Sendable @convention(c) (
            UnsafeMutableRawPointer?, sup_child, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> Int32
    typealias End = @Sendable @convention(c) (UnsafeMutableRawPointer?) -> Void

    /// One incarnation after another, all in the same worker.
    nonisolated(unsafe) private static let inTurn = unsafe table(start: start, end: end)

    /// Incarnations that may overlap, each in a worker of its own.
    nonisolated(unsafe) private static let overlapping = unsafe table(start: startCopy, end: endCopy)

    /// Lives as long as the program, as the core asks of a table.
    private static func table(start: Start, end: End) -> UnsafePointer<sup_callbacks> {
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
    }

    /// A spec of the core for a worker, which it keeps alive.
    static func spec(_ worker: Worker, name: String) -> CoreSpec {
        let context = unsafe Unmanaged.passRetained(worker).toOpaque()
        let runs = worker.spec.shared.policy.runs
        let table = unsafe worker.spec.shared.policy.whenStuck == .overlap ? overlapping : inTurn
        // Safe: the core calls `free` once with the context, also when it has no memory for the spec.
        guard runs != .tree else { return unsafe CoreSpec(owned: sup_runnable_spec(name, table, context)) }
        let made = unsafe CoreSpec(owned: sup_callback_spec(name, table, context))
        if runs == .children, let pointer = unsafe made.borrowed {
            _ = unsafe sup_spec_set_runs_children(pointer, true)
        }
        return made
    }

    /// A spec that is never started.
    static func nobody() -> CoreSpec {
        // Safe: `free` is not harmed by the lack of a context.
        unsafe CoreSpec(owned: sup_callback_spec("nobody", inTurn, nil))
    }

    // In turn: `state` is the context, as a start leaves it as it is. The spec that is being used keeps it alive.

    private static let start: Start = { context, child, _ in
        unsafe with(context) { unsafe $0.start(CoreChild(child)) }
        return 0
    }

    private static let end: End = { state in
        unsafe with(state) { $0.end() }
    }

    // Overlapping: `state` is a worker of this incarnation alone, which the core holds from its start to its end.

    private static let startCopy: Start = { context, child, state in
        let copy = unsafe with(context) { $0.copy() }
        // Safe: the core hands over a place for the state.
        unsafe state?.pointee = Unmanaged.passRetained(copy).toOpaque()
        unsafe copy.start(CoreChild(child))
        return 0
    }

    private static let endCopy: End = { state in
        unsafe with(state) { $0.end() }
        // Safe: gives back what `startCopy` retained; the core has done with it.
        guard let state = unsafe state else { return }
        unsafe Unmanaged<Worker>.fromOpaque(state).release()
    }

    private static let stop: @Sendable @convention(c) (UnsafeMutableRawPointer?, sup_stop_action) -> Void = {
        state,
        action in
        switch action {
        case .SUP_STOP_DRAIN: unsafe with(state) { $0.drain() }
        case .SUP_STOP_CANCEL: unsafe with(state) { $0.cancel() }
        case .SUP_STOP_KILL: break
        }
    }

    /// Ask whether the cooperative pool is late before a worker is held to be silent.
    static let probe: End = { state in
        unsafe with(state) { $0.probe() }
    }

    /// Whoever reports the end of an incarnation in its task. Safe: the task keeps the worker.
    static func reporter(_ worker: Worker) -> sup_reporter {
        unsafe sup_reporter(may_be_held_up: mayBeHeldUp, ctx: Unmanaged.passUnretained(worker).toOpaque())
    }

    private static let mayBeHeldUp: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> Bool = { context in
        unsafe with(context) { $0.withdraw() }
    }

    private static let free: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
        // Safe: gives back what `spec` retained.
        guard let context = unsafe context else { return }
        unsafe Unmanaged<Worker>.fromOpaque(context).release()
    }

    /// Do something with the worker, which whoever calls keeps alive.
    @inline(__always)
    private static func with<Result>(_ context: UnsafeMutableRawPointer?, _ body: (Worker) -> Result) -> Result {
        // Safe: `spec` and `startCopy` hand over nothing else, and never nil.
        unsafe Unmanaged<Worker>.fromOpaque(context!)._withUnsafeGuaranteedRef(body)
    }
}
