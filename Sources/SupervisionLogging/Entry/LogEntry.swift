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

public import Logging

/// What is in a log tree: a message with a level, or a raw line.
public struct LogEntry: Sendable {
    /// Its place among all entries of its tree, in the order in which they were written. The first one has 0.
    public let position: UInt64

    /// The node at which it was written.
    public let path: LogPath

    /// When: of a message that was read from elsewhere, what it says of itself.
    public let time: LogTime

    /// A message or a line.
    public let content: Content

    /// A message or a line.
    public enum Content: Sendable {
        /// A message with a level.
        case leveled(Leveled)
        /// A line as somebody wrote it.
        case raw(Raw)
    }

    /// A message with a level.
    public struct Leveled: Sendable {
        /// Its level.
        public let level: Logger.Level
        /// The whole message, lines separated by newlines.
        public let message: String
        /// Where it was logged, as `#fileID` has it.
        public let file: String
        /// The line in that file.
        public let line: Int
        /// What else was said.
        public let metadata: Logger.Metadata
        /// How many bytes it had before it was cut at the limit of the tree.
        public let originalLength: Int

        /// Its level as a severity.
        public var severity: LogSeverity { LogSeverity(level) }
        /// Whether it was cut.
        public var isTruncated: Bool { originalLength > message.utf8.count }
        /// Its lines; at least one.
        public var lines: [Substring] {
            // By bytes: to a string a carriage return and a newline are one character.
            message.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Substring($0) }
        }
        /// The file without its folders.
        public var fileName: Substring {
            file.lastIndex(of: "/").map { file[file.index(after: $0)...] } ?? file[...]
        }
    }

    /// A line as somebody wrote it.
    public struct Raw: Hashable, Sendable {
        /// The line without its newline; what was not UTF-8 is replaced.
        public let text: String
        /// How many bytes it had.
        public let originalLength: Int
        /// Whether it was cut.
        public let isTruncated: Bool
    }

    /// The message, if it is one.
    public var leveled: Leveled? {
        if case .leveled(let leveled) = content { leveled } else { nil }
    }

    /// The raw line, if it is one.
    public var raw: Raw? {
        if case .raw(let raw) = content { raw } else { nil }
    }
}

/// A message from elsewhere that is to be written to a log tree. What is not known, or makes no sense, is filled in.
public struct LogRecord: Sendable {
    /// Its level; `nil` is info.
    public var level: Logger.Level?
    /// The message, lines separated by newlines.
    public var message: String
    /// When; `nil` is now.
    public var time: LogTime?
    /// The file; `nil` and an empty one are `unknown`, of one with more than 128 bytes the end is kept.
    public var file: String?
    /// The line; `nil` and a negative one are 0.
    public var line: Int?
    /// What else is known.
    public var metadata: Logger.Metadata

    /// The longest name of a file that is kept.
    static let fileBytes = 128

    /// A message of which only the text need be known.
    public init(
        level: Logger.Level? = nil,
        message: String,
        time: LogTime? = nil,
        file: String? = nil,
        line: Int? = nil,
        metadata: Logger.Metadata = [:]
    ) {
        self.level = level
        self.message = message
        self.time = time
        self.file = file
        self.line = line
        self.metadata = metadata
    }
}
