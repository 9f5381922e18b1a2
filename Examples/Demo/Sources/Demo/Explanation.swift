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

import Supervision

/// What went wrong, with what a person can do about it: one sentence, then the whole chain.
struct Explanation: CustomStringConvertible {
    let description: String

    /// - Parameter what: What could not be done.
    init(_ what: String, _ error: any Error) {
        guard let error = error as? SupervisorError else {
            description = "\(what): \(error)"
            return
        }
        // Our own errors are whole sentences; the library's say more with whom they are about.
        var text = "\(what): \(error.rootCause is Fault ? error.rootCause : error)"
        if let program = Self.missingProgram(error) {
            text += " (Debian, Ubuntu: sudo apt-get install \(program))"
        }
        description = text + "\n" + error.explain.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    }

    private static let programs = ["redis": "redis-server", "nginx": "nginx"]

    private static func missingProgram(_ error: SupervisorError) -> String? {
        var (code, path) = (error.code, error.path)
        var next = error.underlying
        while let error = next as? SupervisorError {
            (code, path) = (error.code, error.path ?? path)
            next = error.underlying
        }
        guard code == .spawnFailed, let name = path?.split(separator: "/").last else { return nil }
        return programs[String(name)]
    }
}

extension SupervisorError {
    /// What went wrong, in few words: for a column.
    var brief: String {
        if let signal = process?.signal { return "killed by \(signal)" }
        if let status = process?.status, process?.stage == nil { return "ended with status \(status)" }
        return underlying.map { ($0 as? SupervisorError)?.brief ?? String(describing: $0) } ?? message
    }
}
