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

/// What is known of a process that failed to start or ended.
public struct ProcessEnd: Hashable, Sendable {
    /// What a start failed at.
    public struct Stage: Hashable, Sendable, CustomStringConvertible {
        let rawValue: UInt32
        let name: String

        /// The name of the stage, as "directory" or "exec"; empty if the process ran.
        public var description: String { name }
    }

    /// What ended it.
    public struct Cause: Hashable, Sendable {
        let rawValue: UInt32

        /// It ended by itself.
        public static let own = Cause(rawValue: 0)

        /// A step of its stop ladder.
        public static let stop = Cause(rawValue: 1)

        /// A signal that was sent to it on request.
        public static let sent = Cause(rawValue: 2)

        /// A signal that was not ours.
        public static let stranger = Cause(rawValue: 3)

        /// Its status was taken by somebody else.
        public static let unknown = Cause(rawValue: 4)
    }

    /// What the start failed at, or `nil` if the process ran.
    public let stage: Stage?

    /// Whether trying a failed start again can help.
    public let isTransient: Bool

    /// What ended it.
    public let cause: Cause

    /// Its process id.
    public let pid: Int

    /// Its exit status, or `nil` if it died by a signal.
    public let status: Int?

    /// The signal by which it died.
    public let signal: HostSignal?

    /// Whether it left a core file.
    public let dumpedCore: Bool

    /// How long it ran.
    public let runtime: Duration

    /// Processor time in user mode.
    public let userTime: Duration

    /// Processor time in the kernel.
    public let systemTime: Duration

    /// The most memory that it had resident, in bytes.
    public let maxResident: UInt64
}

extension ProcessEnd: CustomStringConvertible {
    /// How it ended as one line: "exit status 3 after 1.5 seconds", "died by SIGTERM, a step of its stop, after …".
    public var description: String {
        if let stage { return "failed to start: \(stage)" }
        var text = signal.map { "died by \($0)" } ?? status.map { "exit status \($0)" } ?? "its status is not known"
        if signal != nil, cause == .stop { text += ", a step of its stop," }
        if dumpedCore { text += " (core dumped)" }
        return "\(text) after \(runtime)"
    }
}
