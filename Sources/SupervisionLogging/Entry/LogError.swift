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

/// Why something that was asked of a log tree was not done.
public struct LogError: Error, Hashable, Sendable {
    /// What kind of error it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The name of the code.
        public let description: String

        /// Not a path of a node.
        public static let invalidPath = Code(description: "invalidPath")
        /// A filter that nothing can pass, or a number that makes no sense.
        public static let invalidFilter = Code(description: "invalidFilter")
        /// The name below a node is used for something else.
        public static let nameInUse = Code(description: "nameInUse")
        /// The worker is not below a supervisor that logs to a tree.
        public static let noLogTree = Code(description: "noLogTree")
        /// The incarnation has ended.
        public static let ended = Code(description: "ended")
    }

    /// What kind of error it is.
    public let code: Code

    /// What is wrong, and what to do.
    public let message: String
}

extension LogError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
