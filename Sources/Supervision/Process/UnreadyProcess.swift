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

/// What a process that was not up in time was waited for.
public struct UnreadyProcess: Hashable, Sendable {
    /// What it is that it did not do.
    public struct Rule: Hashable, Sendable, CustomStringConvertible {
        let rawValue: UInt32

        /// A line of its output that contains a text.
        public static let line = Rule(rawValue: 1)

        /// A newline on a descriptor.
        public static let descriptor = Rule(rawValue: 2)

        /// `READY=1`.
        public static let notify = Rule(rawValue: 3)

        /// To run for a time.
        public static let running = Rule(rawValue: 4)

        /// To accept connections.
        public static let accepting = Rule(rawValue: 5)

        /// To answer a request.
        public static let answering = Rule(rawValue: 6)

        /// That a command succeeds.
        public static let command = Rule(rawValue: 7)

        /// The name of the rule, as "accepting".
        public var description: String {
            let names = ["exec", "line", "descriptor", "notify", "running", "accepting", "answering", "command"]
            return rawValue < names.count ? names[Int(rawValue)] : "unknown"
        }
    }

    /// The rule of its ``ProcessCommand/readiness``.
    public let rule: Rule

    /// What has not come, as "no connection was accepted on 127.0.0.1:5432".
    public let missing: String

    /// What was seen last, as "connection refused", "status 503" or "exit status 1"; `nil` if nothing was.
    public let lastSeen: String?

    /// For how long it was waited for, from its start.
    public let waited: Duration
}

extension UnreadyProcess: CustomStringConvertible {
    /// All of it as one line.
    public var description: String {
        "not up after \(waited): \(missing); \(lastSeen.map { "seen last: \($0)" } ?? "nothing was seen")"
    }
}
