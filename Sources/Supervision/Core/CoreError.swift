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

/// The parts of an error that came from the core. They are read when they are asked for.
@safe
final class CoreError: SupervisorError.Storage, @unchecked Sendable {
    // Sendable: errors of the core are immutable, counted, and read on any thread.
    private let pointer: OpaquePointer

    /// What a report had to say besides this error.
    private let siblings: [SupervisorError]

    /// Where it happened, if the error itself does not say.
    private let place: String?

    /// Takes a reference of its own.
    init(_ pointer: OpaquePointer, siblings: [SupervisorError] = [], place: String? = nil) {
        // Safe, as all below: the caller's reference, later ours, keeps the error alive.
        unsafe self.pointer = unsafe sup_error_ref(pointer)
        self.siblings = siblings
        self.place = place
    }

    deinit {
        unsafe sup_error_unref(pointer)
    }

    var code: SupervisorError.Code {
        SupervisorError.Code(core: unsafe sup_error_code(pointer))
    }

    var path: String? {
        unsafe sup_error_path(pointer).map { unsafe String(cString: $0) } ?? place
    }

    var message: String {
        // To the core the path is a part of the sentence.
        let sentence = unsafe String(cString: sup_error_text(pointer))
        guard let start = unsafe sup_error_path(pointer).map({ unsafe String(cString: $0) + ": " }),
            sentence.utf8.starts(with: start.utf8)
        else { return sentence }
        return String(Substring(sentence.utf8.dropFirst(start.utf8.count)))
    }

    var underlying: (any Error)? {
        if let thrown = unsafe ThrownError.find(in: pointer) { return thrown }
        if let cause = unsafe sup_error_cause(pointer) {
            // What only carried an error through the core is not told as one more cause.
            let carried = unsafe sup_error_path(cause) == nil ? unsafe ThrownError.find(in: cause) : nil
            return unsafe carried ?? SupervisorError(core: cause)
        }
        return unsafe sup_error_code(pointer) == sup_errno.SUP_ECANCELED.rawValue ? CancellationError() : nil
    }

    var firstFailure: SupervisorError? {
        unsafe sup_error_first(pointer).map { unsafe SupervisorError(core: $0) }
    }

    var isFirstFailureUnderlying: Bool {
        unsafe sup_error_first(pointer) == sup_error_cause(pointer)
    }

    var related: [SupervisorError] {
        let count = unsafe sup_error_related_count(pointer)
        let own = (0..<count).compactMap { index in
            unsafe sup_error_related(pointer, index).map { unsafe SupervisorError(core: $0) }
        }
        return own + siblings
    }

    var exceededTolerance: RestartTolerance? {
        var max: UInt64 = 0
        var window: sup_duration = 0
        guard unsafe sup_error_tolerance(pointer, &max, &window) == 0 else { return nil }
        return .failures(Int(clamping: max), within: .core(window))
    }

    var systemErrorNumber: Int? {
        let number = unsafe sup_error_system(pointer)
        return number == 0 ? nil : Int(number)
    }

    var process: ProcessEnd? {
        var end = sup_process_end()
        end.size = MemoryLayout<sup_process_end>.size
        guard unsafe sup_error_process(pointer, &end) == 0 else { return nil }
        return ProcessEnd(end)
    }

    var unready: UnreadyProcess? {
        var unready = unsafe sup_unready()
        unsafe unready.size = MemoryLayout<sup_unready>.size
        guard unsafe sup_error_unready(pointer, &unready) == 0 else { return nil }
        return unsafe UnreadyProcess(
            rule: UnreadyProcess.Rule(rawValue: unready.kind.rawValue),
            missing: unready.missing.map { unsafe String(cString: $0) } ?? "",
            lastSeen: unready.seen.map { unsafe String(cString: $0) },
            waited: .core(unready.waited)
        )
    }

    var processOutput: String? {
        unsafe sup_error_output(pointer).map { unsafe String(cString: $0) }
    }
}

extension SupervisorError {
    /// An error of the core, of which it takes a reference.
    init(core pointer: OpaquePointer, siblings: [SupervisorError] = [], place: String? = nil) {
        self.init(unsafe CoreError(pointer, siblings: siblings, place: place))
    }

    /// What a call had to say: its code, and its report if there is one.
    init(coreCode code: Int32, report: OpaquePointer?, path: String? = nil, doing what: String) {
        let count = unsafe report.map { unsafe sup_report_count($0) } ?? 0
        let errors = unsafe (0..<count).compactMap { index -> OpaquePointer? in
            unsafe report.flatMap { unsafe sup_report_error($0, index) }
        }
        // Safe: the report holds the errors, and the caller the report.
        guard let first = unsafe errors.first else {
            self.init(coreCode: code, path: path, doing: what)
            return
        }
        if code == sup_errno.SUP_ESPEC.rawValue {
            let faults = unsafe errors.filter { unsafe sup_error_code($0) != 0 }
                .map { unsafe SupervisorError(core: $0) }
            self = .invalidSpec(faults)
        } else {
            let others = unsafe errors.dropFirst().map { unsafe SupervisorError(core: $0) }
            unsafe self.init(core: first, siblings: others)
        }
    }

    /// A fault of a spec, told under another path.
    func placed(at path: String) -> SupervisorError {
        SupervisorError(code: code, path: path, message: message, underlying: underlying, related: related)
    }

    /// What a bare code has to say.
    init(coreCode code: Int32, path: String? = nil, doing what: String) {
        // Safe: the sentences are static.
        let sentence = unsafe String(cString: sup_strerror(code))
        self.init(code: Code(core: code), path: path, message: "\(what): \(sentence)")
    }

    static func invalidSpec(_ faults: [SupervisorError]) -> SupervisorError {
        let count = faults.count == 1 ? "1 fault" : "\(faults.count) faults"
        return SupervisorError(
            code: .invalidSpec,
            message: "nothing was started, because the spec has \(count)",
            related: faults
        )
    }
}

extension SupervisorError.Code {
    private static let kinds: [sup_errno: Kind] = [
        .SUP_ENOMEM: .outOfMemory,
        .SUP_EGONE: .gone,
        .SUP_ESPEC: .invalidSpec,
        .SUP_EINVAL: .invalidSpec,
        .SUP_ESTART: .startFailed,
        .SUP_ESTARTTIMEOUT: .startTimedOut,
        .SUP_EUNACKNOWLEDGED: .endedBeforeAcknowledging,
        .SUP_ESTOPPED: .stoppedDuringStart,
        .SUP_ETERMINATION: .terminationFailed,
        .SUP_ESTOPTIMEOUT: .shutdownTimedOut,
        .SUP_EABANDONED: .abandoned,
        .SUP_ETOLERANCE: .toleranceExceeded,
        .SUP_EFAILED: .failed,
        .SUP_ECANCELED: .cancelled,
        .SUP_ENOTRUNNING: .notRunning,
        .SUP_ETIMEOUT: .timedOut,
        .SUP_EUNSUPPORTED: .unsupported,
        .SUP_ESYSTEM: .system,
        .SUP_ESPAWN: .spawnFailed,
        .SUP_EEXITSTATUS: .exitStatus,
        .SUP_ESIGNALED: .signaled,
        .SUP_ECLEANUP: .releaseFailed,
        .SUP_EBUILD: .acquireFailed,
        .SUP_ESTUCK: .stuck,
        .SUP_EDEPENDENCY: .dependencyMissing,
        .SUP_EHEARTBEAT: .silent,
        .SUP_EEXIST: .nameTaken,
        .SUP_ELIMIT: .tooManyChildren,
        .SUP_ESTOPPING: .stopping,
        .SUP_ENOTFOUND: .notFound,
        .SUP_ESIGNAL: .signalUnavailable,
        .SUP_ELOST: .statusLost,
        .SUP_ESTALE: .gone,
        .SUP_ENOTDONE: .notDone,
    ]

    /// The kind of a code of the core; one that tells of a wrong use of the core is a misuse.
    init(core code: Int32) {
        self.init(kind: sup_errno(rawValue: code).flatMap { Self.kinds[$0] } ?? .misuse)
    }
}

extension ProcessEnd {
    init(_ end: sup_process_end) {
        let stage = end.stage
        self.init(
            // Safe: the names are static.
            stage: stage == .SUP_STAGE_NONE
                ? nil : Stage(rawValue: stage.rawValue, name: unsafe String(cString: sup_spawn_stage_name(stage))),
            isTransient: end.transient,
            cause: Cause(rawValue: end.cause.rawValue),
            pid: Int(end.pid),
            status: end.status < 0 ? nil : Int(end.status),
            signal: end.signal == 0 ? nil : HostSignal(rawValue: end.signal),
            dumpedCore: end.core,
            runtime: .core(end.runtime),
            userTime: .core(end.user_time),
            systemTime: .core(end.system_time),
            maxResident: end.max_resident
        )
    }
}
