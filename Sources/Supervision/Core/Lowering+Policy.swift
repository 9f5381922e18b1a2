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

extension Lowering {
    /// Give a spec of the core the settings that differ from its defaults.
    mutating func set(_ policy: ChildPolicy, on spec: OpaquePointer, path: String) {
        // Safe, as all setters here: the caller owns the spec, and what it is given is copied. Each notes its faults in
        // the spec, so that the answers need no look.
        if policy.restart != .permanent {
            _ = unsafe sup_spec_set_restart(spec, policy.restart.core)
        }
        unsafe set(shutdown: policy.shutdown, on: spec, path: path)
        switch policy.startTimeout.kind {
        case .standard: break
        case .never: _ = unsafe sup_spec_set_start_timeout(spec, Core.infinite)
        case .notANumber: fault(path, "`startTimeout:` is not a number; give it a time above zero, or `.never`")
        case .limit(.zero): fault(path, "`startTimeout:` is zero; give it a time above zero, or `.never`")
        case .limit(let time):
            if let time = checkedTime(time, "startTimeout:", path: path) {
                _ = unsafe sup_spec_set_start_timeout(spec, time)
            }
        }
        if let backoff = policy.backoff {
            unsafe set(backoff: backoff, on: spec, path: path)
        }
        switch policy.whenStuck.kind {
        case .wait: break
        case .escalate(let time):
            if let time = checkedTime(time, "whenStuck: .escalate(after:)", path: path) {
                _ = unsafe sup_spec_set_when_stuck(spec, .SUP_STUCK_ESCALATE, time)
            }
        case .overlap: _ = unsafe sup_spec_set_when_stuck(spec, .SUP_STUCK_OVERLAP, 0)
        }
        if policy.heartbeat == .zero {
            fault(path, "`heartbeat:` is zero; give it a time above zero, or nil for no such promise")
        } else if let heartbeat = policy.heartbeat, let time = checkedTime(heartbeat, "heartbeat:", path: path) {
            _ = unsafe sup_spec_set_heartbeat(spec, time)
            if unsafe sup_spec_kind(spec) == .SUP_KIND_CALLBACK {
                _ = unsafe sup_spec_set_probe(spec, WorkerCallbacks.probe)
            }
        }
        for sibling in policy.after {
            _ = unsafe sup_spec_add_after(spec, checkedName(sibling, path: path))
        }
        if let group = policy.group {
            _ = unsafe sup_spec_set_group(spec, checkedName(group, path: path))
        }
        if policy.isSignificant {
            _ = unsafe sup_spec_set_significant(spec, true)
        }
        if let tolerance = policy.tolerance {
            unsafe set(tolerance: tolerance, whenExceeded: policy.whenExceeded, on: spec, path: path)
        }
    }

    private mutating func set(
        tolerance: RestartTolerance,
        whenExceeded: ChildSpec.WhenExceeded,
        on spec: OpaquePointer,
        path: String
    ) {
        let exceeded: sup_when_exceeded =
            switch whenExceeded.kind {
            case .escalate: .SUP_EXCEEDED_ESCALATE
            case .quarantine: .SUP_EXCEEDED_QUARANTINE
            }
        guard let (count, window) = numbers(of: tolerance, path: path) else { return }
        _ = unsafe sup_spec_set_child_tolerance(spec, count, window, exceeded)
    }

    private mutating func set(shutdown: ChildSpec.Shutdown, on spec: OpaquePointer, path: String) {
        switch shutdown.kind {
        case .standard: break
        case .indefinitely: _ = unsafe sup_spec_set_shutdown_timeout(spec, Core.infinite)
        case .timeout(let time):
            if let time = checkedTime(time, "shutdown:", path: path) {
                _ = unsafe sup_spec_set_shutdown_timeout(spec, time)
            }
        case .ladder(let steps):
            let made = steps.compactMap { step -> sup_stop_step? in
                let time = step.time.map { checkedTime($0, "shutdown: .ladder", path: path) } ?? Core.infinite
                return time.map { sup_stop_step(action: step.coreAction, signal: step.coreSignal, timeout: $0) }
            }
            guard made.count == steps.count else { return }
            // The core tells that there are none.
            _ = unsafe sup_spec_set_stop_steps(spec, made, made.count)
        }
    }

    mutating func set(backoff: RestartBackoff, on spec: OpaquePointer, path: String) {
        let isDefault = unsafe backoff == .standard && sup_spec_kind(spec) == .SUP_KIND_SUPERVISOR
        guard !isDefault else { return }
        guard backoff.immediate >= 0 else {
            fault(path, "`backoff:` has \(backoff.immediate) immediate restarts; give it 0 or more")
            return
        }
        guard let initial = checkedTime(backoff.initial, "backoff: initial", path: path),
            let maximum = checkedTime(backoff.maximum, "backoff: maximum", path: path),
            let resetAfter = checkedTime(backoff.resetAfter, "backoff: resetAfter", path: path)
        else { return }
        var made = sup_backoff(
            size: MemoryLayout<sup_backoff>.size,
            immediate: UInt32(clamping: backoff.immediate),
            multiplier: backoff.multiplier,
            jitter: backoff.jitter,
            initial: initial,
            maximum: maximum,
            reset_after: resetAfter
        )
        _ = unsafe sup_spec_set_backoff(spec, &made)
    }

    mutating func setTolerance(_ tolerance: RestartTolerance, on spec: OpaquePointer, path: String) {
        guard let (count, window) = numbers(of: tolerance, path: path) else { return }
        _ = unsafe sup_spec_set_tolerance(spec, count, window)
    }

    /// What the core is given; `nil` if it has a fault.
    private mutating func numbers(of tolerance: RestartTolerance, path: String) -> (UInt64, UInt64)? {
        switch tolerance.kind {
        case .unlimited:
            return (Core.unlimited, 0)
        case .failures(let count, let window):
            guard count >= 0 else {
                fault(path, "`tolerance:` is \(count) failures; give it 0 or more")
                return nil
            }
            guard count <= 65_536 else {
                fault(path, "`tolerance:` is \(count) failures; give it at most 65536, or `.unlimited`")
                return nil
            }
            return checkedTime(window, "tolerance: within", path: path).map { (UInt64(count), $0) }
        }
    }
}

extension ChildSpec.Restart {
    fileprivate var core: sup_restart {
        switch kind {
        case .permanent: .SUP_PERMANENT
        case .transient: .SUP_TRANSIENT
        case .temporary: .SUP_TEMPORARY
        }
    }
}

extension ChildSpec.StopStep {
    fileprivate var coreAction: sup_stop_action {
        switch action {
        case .drain: .SUP_STOP_DRAIN
        case .cancel, .signal: .SUP_STOP_CANCEL
        case .kill: .SUP_STOP_KILL
        }
    }

    fileprivate var coreSignal: Int32 {
        if case .signal(let signal) = action { signal.rawValue } else { 0 }
    }
}
