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

internal import Logging

/// An entry as it is kept.
struct Slot: Sendable {
    /// Where in its chunk the text of a raw line is.
    struct Place {
        var offset: UInt32
        var length: UInt32
    }

    var position: UInt64 = 0
    var time: Int64
    /// Empty as long as it is in the chunk.
    var text: String
    /// Empty for a raw line.
    var file: String
    var metadata: Logger.Metadata?
    var originalLength: UInt32
    var line: UInt32
    /// 0 for a raw line, otherwise one more than the index of the level.
    var kind: UInt8
    var isTruncated: Bool
    fileprivate(set) var isInChunk = false
    fileprivate(set) var placeLength: UInt32 = 0

    static let raw: UInt8 = 0

    /// `nil` if it has its text. A raw line has no line in a file, whose room is used.
    var place: Place? {
        get { isInChunk ? Place(offset: line, length: placeLength) : nil }
        set {
            isInChunk = newValue != nil
            line = newValue?.offset ?? 0
            placeLength = newValue?.length ?? 0
        }
    }

    /// What it takes besides its place in a chunk, about.
    var cost: Int {
        text.utf8.count + (metadata.map { Slot.cost($0) } ?? 0)
    }

    func entry(at path: LogPath) -> LogEntry {
        let content: LogEntry.Content
        if kind == Slot.raw {
            content = .raw(
                LogEntry.Raw(text: text, originalLength: Int(originalLength), isTruncated: isTruncated)
            )
        } else {
            content = .leveled(
                LogEntry.Leveled(
                    level: Logger.Level.allCases[Int(kind) - 1],
                    message: text,
                    file: file,
                    line: Int(line),
                    metadata: metadata ?? [:],
                    originalLength: Int(originalLength)
                )
            )
        }
        return LogEntry(position: position, path: path, time: LogTime(nanoseconds: time), content: content)
    }

    // MARK: Metadata

    /// What a dictionary takes, about.
    static func cost(_ metadata: Logger.Metadata) -> Int {
        metadata.reduce(64) { $0 + 32 + $1.key.utf8.count + cost($1.value) }
    }

    private static func cost(_ value: Logger.MetadataValue) -> Int {
        switch value {
        case .string(let text): text.utf8.count
        case .stringConvertible: 64
        case .dictionary(let values): cost(values)
        case .array(let values): values.reduce(32) { $0 + 32 + cost($1) }
        }
    }

    /// The same with texts in the place of objects, which could change later or hold anything.
    static func settled(_ metadata: Logger.Metadata) -> Logger.Metadata {
        metadata.values.contains { !$0.isSettled } ? metadata.mapValues { $0.settled } : metadata
    }
}

/// An entry on its way to its chunk. It is moved, and never copied, as that would count all that it refers to.
struct MovedSlot: ~Copyable, Sendable {
    var slot: Slot

    init(copy slot: Slot) {
        self.slot = slot
    }

    @inline(__always)
    init(
        time: Int64,
        text: consuming String,
        file: consuming String = "",
        metadata: consuming Logger.Metadata? = nil,
        originalLength: UInt32,
        line: UInt32 = 0,
        kind: UInt8,
        isTruncated: Bool
    ) {
        slot = Slot(
            time: time,
            text: text,
            file: file,
            metadata: metadata,
            originalLength: originalLength,
            line: line,
            kind: kind,
            isTruncated: isTruncated
        )
    }
}

extension Logger.MetadataValue {
    fileprivate var isSettled: Bool {
        switch self {
        case .string: true
        case .stringConvertible: false
        case .dictionary(let values): values.values.allSatisfy { $0.isSettled }
        case .array(let values): values.allSatisfy { $0.isSettled }
        }
    }

    fileprivate var settled: Logger.MetadataValue {
        switch self {
        case .string: self
        case .stringConvertible(let value): .string(String(describing: value))
        case .dictionary(let values): .dictionary(values.mapValues { $0.settled })
        case .array(let values): .array(values.map { $0.settled })
        }
    }
}

extension Logger.Level {
    /// The kind of a slot of this level.
    var kind: UInt8 {
        switch self {
        case .trace: 1
        case .debug: 2
        case .info: 3
        case .notice: 4
        case .warning: 5
        case .error: 6
        case .critical: 7
        }
    }
}
