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

/// How a tree ended that a program was run for.
public struct RunResult: Sendable, Equatable {
    /// What went wrong, if something did: the failure of the tree, or what did not stop cleanly.
    public let error: SupervisorError?

    /// The signal that stopped it, if one did.
    public let signal: HostSignal?

    /// The status with which a program should end: 128 and the signal that stopped it, 1 if it failed or did not stop
    /// cleanly, else 0.
    public let exitCode: Int32

    init(error: SupervisorError?, exitCode: Int32) {
        self.error = error
        self.exitCode = exitCode
        self.signal = exitCode > 128 ? HostSignal(rawValue: exitCode - 128) : nil
    }

    /// Throws what went wrong, if something did.
    public func get() throws(SupervisorError) {
        if let error { throw error }
    }
}

extension RunResult: CustomStringConvertible {
    /// How it ended, as one sentence.
    public var description: String {
        if let error { return error.description }
        if let signal { return "stopped by \(signal)" }
        return "ended"
    }
}
