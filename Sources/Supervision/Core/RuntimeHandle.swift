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

/// A counted reference to a runtime of the core.
@safe
final class RuntimeHandle: @unchecked Sendable {
    // Sendable: every call that is made with it may be made on any thread.
    let pointer: OpaquePointer

    private init(owned pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        // Safe: the reference that `create` took is given back once.
        unsafe sup_runtime_unref(pointer)
    }

    static func create(manualTime: Bool = false, seed: UInt64 = 0) -> Result<RuntimeHandle, SupervisorError> {
        var options = unsafe sup_runtime_options()
        unsafe options.size = MemoryLayout<sup_runtime_options>.size
        unsafe options.seed = seed
        unsafe options.manual_time = manualTime
        var pointer: OpaquePointer?
        // Safe: both arguments live during the call.
        let code = unsafe sup_runtime_create(&pointer, &options)
        guard code == 0, let pointer = unsafe pointer else {
            return .failure(SupervisorError(coreCode: code, doing: "the supervision runtime could not be made"))
        }
        return .success(unsafe RuntimeHandle(owned: pointer))
    }

    var lag: SupervisorRuntime.Lag {
        var lag = sup_lag()
        lag.size = MemoryLayout<sup_lag>.size
        // Safe: the reference is held during the call.
        _ = unsafe sup_runtime_lag(pointer, &lag)
        return SupervisorRuntime.Lag(last: .core(lag.last), maximum: .core(lag.maximum), lateCount: lag.late)
    }

    var now: UInt64 {
        // Safe, as all below: the reference is held during the call.
        unsafe sup_runtime_now(pointer)
    }

    func advance(by nanoseconds: UInt64) throws(SupervisorError) {
        let code = unsafe sup_runtime_advance(pointer, nanoseconds)
        guard code == 0 else { throw SupervisorError(coreCode: code, doing: "time could not be moved on") }
    }

    /// Of what is due then, only what was armed before the turn was taken.
    func advance(by nanoseconds: UInt64, toTurn turn: UInt64) throws(SupervisorError) {
        let code = unsafe sup_runtime_advance_to_turn(pointer, nanoseconds, turn)
        guard code == 0 else { throw SupervisorError(coreCode: code, doing: "time could not be moved on") }
    }

    /// A place among equal deadlines.
    func takeTurn() -> UInt64 {
        var turn: UInt64 = 0
        _ = unsafe sup_runtime_take_turn(pointer, &turn)
        return turn
    }

    var nextDeadline: UInt64 {
        var deadline = Core.infinite
        return unsafe sup_runtime_next_deadline(pointer, &deadline) == 0 ? deadline : Core.infinite
    }
}
