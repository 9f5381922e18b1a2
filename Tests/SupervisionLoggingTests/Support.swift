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

import Logging
import SupervisionLogging
import Synchronization
import Testing

extension LogEntry {
    /// The text alone.
    var text: String { leveled?.message ?? raw?.text ?? "" }
}

extension LogNode {
    /// Write a raw line.
    func raw(_ line: String) {
        lines().write(line + "\n")
    }
}

extension LogTree {
    /// The texts of what there is.
    func texts(_ filter: LogFilter = .all, _ backlog: LogBacklog = .all) throws -> [String] {
        try self.backlog(filter, backlog).map(\.text)
    }
}

extension LogStream {
    /// So many entries, when they have come; losses are left out.
    func entries(_ count: Int) async -> [LogEntry] {
        var entries: [LogEntry] = []
        guard count > 0 else { return entries }
        for await item in self {
            if let entry = item.entry { entries.append(entry) }
            if entries.count == count { break }
        }
        return entries
    }
}

/// A clock that stands still unless it is set.
final class SetClock: Sendable {
    private let time: Mutex<LogTime>

    init(_ time: LogTime) {
        self.time = Mutex(time)
    }

    var now: LogTime {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }

    func callAsFunction() -> LogTime { now }
}

/// Something that is so from some time on.
final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}

/// Random numbers from a seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A handler that keeps what it is given, for all of its copies.
struct KeepingHandler: LogHandler {
    final class Kept: Sendable {
        struct Message: Sendable {
            let label: String
            let level: Logger.Level
            let text: String
            let metadata: Logger.Metadata
            let file: String
        }

        private let messages = Mutex<[Message]>([])
        var all: [Message] { messages.withLock { $0 } }
        func add(_ message: Message) { messages.withLock { $0.append(message) } }
    }

    let label: String
    let kept: Kept
    var logLevel: Logger.Level = .trace
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(_ label: String, _ kept: Kept) {
        self.label = label
        self.kept = kept
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        kept.add(
            Kept.Message(
                label: label,
                level: event.level,
                text: event.message.description,
                metadata: metadata.merging(event.metadata ?? [:]) { $1 },
                file: event.file
            )
        )
    }
}
