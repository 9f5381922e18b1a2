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

/// A node of a log tree, to write to it.
///
/// It is a handle: it may be copied and used by any thread.
public struct LogNode: Sendable {
    let record: NodeRecord
    private let handle: NodeHandle

    init(_ handle: NodeHandle) {
        self.record = handle.record
        self.handle = handle
    }

    /// The path of the node.
    public var path: LogPath { record.path }

    // MARK: Messages

    /// Write a message, whatever its level.
    ///
    /// Newlines at both ends are taken off. A message of several lines is one entry.
    ///
    /// - Parameters:
    ///   - level: Its level.
    ///   - message: What happened.
    ///   - metadata: What else there is to say.
    ///   - file: Where it is logged. A helper that logs for its caller hands on where that was.
    ///   - line: The line in that file.
    /// - Returns: The position of the entry.
    @discardableResult
    public func log(
        _ level: Logger.Level,
        _ message: String,
        metadata: Logger.Metadata? = nil,
        file: String = #fileID,
        line: UInt = #line
    ) -> UInt64 {
        record.append(
            message: message.trimmingNewlines(),
            level: level,
            time: record.journal.now,
            metadata: metadata,
            file: file,
            line: UInt32(clamping: line)
        )
    }

    /// Write a message from elsewhere. What makes no sense in it is replaced, newlines in it are kept.
    @discardableResult
    public func log(_ record: LogRecord) -> UInt64 {
        self.record.append(
            message: record.message,
            level: record.level ?? .info,
            time: record.time ?? self.record.journal.now,
            metadata: record.metadata,
            file: record.file.flatMap { $0.isEmpty ? nil : $0.place(bytes: LogRecord.fileBytes) } ?? "unknown",
            line: UInt32(clamping: max(record.line ?? 0, 0))
        )
    }

    // MARK: Verbosity

    /// How much of what is only interesting now and then is written at this node, 0 unless it is set; nodes below have
    /// their own.
    ///
    /// With 1 loggers of the node also write debug messages, with 2 trace messages, whatever their own level.
    public var verbosity: Int {
        get { record.verbosity }
        nonmutating set { record.verbosity = newValue }
    }

    /// To write messages of this verbosity: `nil` if the node's is below it.
    ///
    /// ```swift
    /// node.verbose(3)?.log("the cache has \(count()) entries")    // is counted only if it is written
    /// ```
    ///
    /// What was decided holds for the value that is returned, whatever becomes of the node's verbosity.
    public func verbose(_ verbosity: Int) -> Verbose? {
        self.verbosity >= verbosity ? Verbose(node: self) : nil
    }

    /// Writes messages of which it has been decided that they are written.
    public struct Verbose: Sendable {
        let node: LogNode

        /// Write a message with the level info.
        @discardableResult
        public func log(
            _ message: String,
            metadata: Logger.Metadata? = nil,
            file: String = #fileID,
            line: UInt = #line
        ) -> UInt64 {
            node.log(.info, message, metadata: metadata, file: file, line: line)
        }
    }
}

extension NodeRecord {
    func append(
        message: String,
        level: Logger.Level,
        time: LogTime,
        metadata: Logger.Metadata?,
        file: String,
        line: UInt32
    ) -> UInt64 {
        let length = message.utf8.count
        let limit = journal.limits.messageBytes
        var kept: Logger.Metadata?
        if let metadata, !metadata.isEmpty { kept = settled(metadata) }
        return append(
            MovedSlot(
                time: time.nanoseconds,
                text: length <= limit ? message : message.prefix(bytes: limit),
                file: file,
                metadata: kept,
                originalLength: UInt32(clamping: length),
                line: line,
                kind: level.kind,
                isTruncated: length > limit
            )
        )
    }

    /// Metadata may not be larger than a message.
    private func settled(_ metadata: Logger.Metadata) -> Logger.Metadata {
        let settled = Slot.settled(metadata)
        let cost = Slot.cost(settled)
        guard cost > max(journal.limits.messageBytes, 1_024) else { return settled }
        return ["log.metadata": .string("left out: it has about \(cost) bytes")]
    }

    /// A line as it is; what does not fit is only counted.
    func append(raw line: Span<UInt8>, kept: Int, length: Int) -> UInt64 {
        append(
            MovedSlot(
                time: journal.now.nanoseconds,
                text: "",
                originalLength: UInt32(clamping: length),
                kind: Slot.raw,
                isTruncated: length > kept
            ),
            line: line.extracting(0..<kept)
        )
    }
}

extension String {
    fileprivate func trimmingNewlines() -> String {
        guard utf8.last == UInt8(ascii: "\n") || utf8.first == UInt8(ascii: "\n") else { return self }
        guard let start = utf8.firstIndex(where: { $0 != UInt8(ascii: "\n") }),
            let end = utf8.lastIndex(where: { $0 != UInt8(ascii: "\n") })
        else { return "" }
        // By bytes: to a string a carriage return and a newline are one character.
        return String(self[start..<utf8.index(after: end)])
    }

    /// A file as it can stand in a line: without newlines, and of a long one the end, which says more than the folders.
    fileprivate func place(bytes limit: Int) -> String {
        let end = utf8.count <= limit ? self[...] : Substring(utf8.suffix(limit).drop { $0 & 0xC0 == 0x80 })
        return String(end.map { $0.isNewline ? " " : $0 })
    }

    /// As much of it as has no more than so many bytes and does not end within a character of Unicode.
    func prefix(bytes limit: Int) -> String {
        guard utf8.count > limit, limit >= 0 else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: limit)
        while end > utf8.startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
