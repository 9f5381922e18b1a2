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
    /// When a process counts as started.
    mutating func setReadiness(
        _ readiness: ProcessCommand.Readiness,
        on spec: OpaquePointer,
        path: String
    ) {
        var made = unsafe sup_readiness()
        unsafe made.size = MemoryLayout<sup_readiness>.size
        switch readiness.kind {
        case .exec:
            break
        case .line(let text):
            unsafe made.kind = .SUP_READY_LINE
            unsafe setReadiness(&made, text: text, "readiness: line", on: spec, path: path)
        case .accepting(let address):
            unsafe made.kind = .SUP_READY_CONNECT
            unsafe setReadiness(&made, text: address, "readiness: accepting", on: spec, path: path)
        case .answering(let request):
            unsafe made.kind = .SUP_READY_HTTP
            unsafe setRequest(request, &made, on: spec, path: path)
        case .command(let check):
            unsafe made.kind = .SUP_READY_COMMAND
            unsafe setCheck(check, &made, on: spec, path: path)
        case .running(let time):
            guard let time = checkedTime(time, "readiness: .running(for:)", path: path) else { return }
            unsafe made.kind = .SUP_READY_TIME
            unsafe made.time = time
            _ = unsafe sup_spec_set_readiness(spec, &made)
        case .notify:
            unsafe made.kind = .SUP_READY_NOTIFY
            _ = unsafe sup_spec_set_readiness(spec, &made)
        case .descriptor(let number):
            unsafe made.kind = .SUP_READY_DESCRIPTOR
            unsafe made.number = Int32(clamping: number)
            _ = unsafe sup_spec_set_readiness(spec, &made)
        }
    }

    private mutating func setReadiness(
        _ made: inout sup_readiness,
        text: String,
        _ what: String,
        on spec: OpaquePointer,
        path: String
    ) {
        for text in checked([text], what, path: path) {
            unsafe text.withCString { text in
                unsafe made.text = unsafe text
                _ = unsafe sup_spec_set_readiness(spec, &made)
                unsafe made.text = nil
            }
        }
    }

    /// False if one of the times is none; that has been noted.
    private mutating func setPace(
        _ made: inout sup_readiness,
        every interval: Duration?,
        attemptTimeout: Duration?,
        path: String
    ) -> Bool {
        if let interval {
            guard let time = checkedTime(interval, "readiness: every", path: path) else { return false }
            unsafe made.interval = time
        }
        if let attemptTimeout {
            guard let time = checkedTime(attemptTimeout, "readiness: attemptTimeout", path: path) else { return false }
            unsafe made.attempt_timeout = time
        }
        return true
    }

    private mutating func setRequest(
        _ request: ProcessCommand.Readiness.Request,
        _ made: inout sup_readiness,
        on spec: OpaquePointer,
        path: String
    ) {
        let texts = [request.address, request.path] + (request.host.map { [$0] } ?? [])
        guard checked(texts, "readiness: answering", path: path).count == texts.count,
            unsafe setPace(&made, every: request.interval, attemptTimeout: request.attemptTimeout, path: path)
        else { return }
        unsafe made.status_from = Int32(clamping: request.statuses.lowerBound)
        unsafe made.status_to = Int32(clamping: request.statuses.upperBound)
        // 0 and 0 would be the usual ones.
        if unsafe made.status_from == 0 { unsafe made.status_from = -1 }
        // Safe: everything is copied during the call.
        unsafe CStrings(texts).withPointer { texts in
            unsafe made.text = unsafe texts[0]
            unsafe made.path = unsafe texts[1]
            unsafe made.host = unsafe texts[2]
            _ = unsafe sup_spec_set_readiness(spec, &made)
        }
    }

    private mutating func setCheck(
        _ check: ProcessCommand.Readiness.Check,
        _ made: inout sup_readiness,
        on spec: OpaquePointer,
        path: String
    ) {
        let arguments = [check.program] + check.arguments
        let directory = check.directory.map { [$0] } ?? []
        let environment = check.environment?.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let texts = arguments + directory + (environment ?? [])
        guard checked(texts, "readiness: command", path: path).count == texts.count,
            unsafe setPace(&made, every: check.interval, attemptTimeout: check.attemptTimeout, path: path)
        else { return }
        // Safe: everything is copied during the call.
        unsafe CStrings(arguments).withPointer { arguments in
            unsafe made.argv = unsafe arguments
            unsafe CStrings(directory).withPointer { directory in
                unsafe made.directory = unsafe directory[0]
                unsafe CStrings(environment ?? []).withPointer { strings in
                    unsafe made.environment = environment == nil ? nil : strings
                    _ = unsafe sup_spec_set_readiness(spec, &made)
                }
            }
        }
    }
}
