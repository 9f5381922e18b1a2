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

/// Makes entries of whole lines: raw ones, or messages where the format has them.
struct LineParser: Sendable {
    private let node: LogNode
    private let format: LogFormat
    private let holding: Duration

    /// A message that waits for its continuation lines.
    private var held: LogRecord?
    /// What waits is the head alone: the message before it had all lines that it could have.
    private var isHeadOnly = false
    /// Counts those that were held.
    private var number: UInt64 = 0
    /// Somebody sees to the end of waiting.
    private var isTimed = false

    /// A message that has begun to wait.
    struct Hold: Sendable {
        let number: UInt64
        let duration: Duration
    }

    init(node: LogNode, format: LogFormat, holding: Duration) {
        self.node = node
        self.format = format
        self.holding = holding
    }

    /// Take a line.
    ///
    /// - Parameters:
    ///   - kept: How much of it is kept.
    ///   - length: How long it was.
    @inline(__always)
    mutating func put(_ line: Span<UInt8>, kept: Int, length: Int) {
        if case .raw = format.kind {
            _ = node.record.append(raw: line, kept: kept, length: length)
        } else {
            parse(line, kept: kept, length: length)
        }
    }

    private mutating func parse(_ line: Span<UInt8>, kept: Int, length: Int) {
        if let record = format.parse(line.extracting(0..<kept), now: node.record.journal.now) {
            flush()
            guard format.hasContinuations else {
                node.log(record)
                return
            }
            hold(record, isHeadOnly: false)
        } else if let record = held {
            let text = line.extracting(0..<kept).text
            let message = isHeadOnly ? text : record.message + "\n" + text
            held?.message = message
            isHeadOnly = false
            if message.utf8.count > node.record.journal.limits.messageBytes / 2 {
                flush()
                hold(record, isHeadOnly: true)
            }
        } else {
            _ = node.record.append(raw: line, kept: kept, length: length)
        }
    }

    private mutating func hold(_ record: LogRecord, isHeadOnly: Bool) {
        held = record
        self.isHeadOnly = isHeadOnly
        number += 1
    }

    /// What has begun to wait without anybody who sees to its end: whoever takes it does so.
    mutating func takeHold() -> Hold? {
        guard held != nil, !isTimed else { return nil }
        isTimed = true
        return Hold(number: number, duration: holding)
    }

    /// Write what waits.
    mutating func flush() {
        guard let record = held else { return }
        held = nil
        if !isHeadOnly { node.log(record) }
    }

    /// Write what waits if it is still this one; otherwise what waits meanwhile, whose time begins now.
    mutating func end(_ hold: Hold) -> Hold? {
        isTimed = false
        if hold.number == number { flush() }
        return takeHold()
    }
}
