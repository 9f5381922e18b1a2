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

internal import Synchronization

/// Cuts what somebody writes into lines, and writes each to a node of a log tree.
///
/// Every writer has an unfinished line of its own, so that two writers never share one. What is unfinished is written by
/// ``flush()`` and when the writer goes. A carriage return before the newline is taken off; an empty line is an entry.
///
/// ```swift
/// var lines = node.lines()
/// print("42 carts", to: &lines)
/// ```
public final class LogLineWriter: Sendable {
    private struct State {
        /// The beginning of a line that is not finished, with a few bytes more than is kept of it.
        var pending: [UInt8] = []
        /// How many bytes it has had so far, and the last of them.
        var length = 0
        var last: UInt8 = 0
        var isUnfinished = false
        var parser: LineParser
    }

    private let state: Mutex<State>
    private let limit: Int

    /// How many bytes more than its limit are remembered of a line, to see where a character ends.
    private static let lookahead = 4

    init(node: LogNode, format: LogFormat, limit: Int?, holding: Duration) {
        self.limit = min(max(limit ?? format.standardLimit, 1), 1 << 24)
        self.state = Mutex(State(parser: LineParser(node: node, format: format, holding: holding)))
    }

    deinit {
        flush()
    }

    /// Write text, of which what ends with a newline becomes an entry.
    public func write(_ text: String) {
        var text = text
        // Safe: the bytes live during the call.
        text.withUTF8 { unsafe write($0.span) }
    }

    /// Write bytes.
    public func write(_ bytes: Span<UInt8>) {
        let held = state.withLock { state in
            var start = 0
            while let end = Platform.firstIndex(of: UInt8(ascii: "\n"), in: bytes, from: start) {
                finish(bytes.extracting(start..<end), &state)
                start = end + 1
            }
            if start < bytes.count { add(bytes.extracting(start..<bytes.count), to: &state) }
            return state.parser.takeHold()
        }
        if let held { time(held) }
    }

    /// Write a line, or the rest of one, that has no newline with it.
    func writeLine(_ bytes: Span<UInt8>) {
        let held = state.withLock { state in
            finish(bytes, &state)
            return state.parser.takeHold()
        }
        if let held { time(held) }
    }

    /// Write a part of a line without its end.
    func writePart(_ bytes: Span<UInt8>) {
        state.withLock { add(bytes, to: &$0) }
    }

    /// Write what is unfinished, and what waits for lines that belong to it.
    public func flush() {
        state.withLock { state in
            if state.isUnfinished { finish(Span(), &state) }
            state.parser.flush()
        }
    }

    // MARK: Lines

    @inline(__always)
    private func finish(_ rest: Span<UInt8>, _ state: inout State) {
        guard state.isUnfinished else { return put(rest, length: rest.count, last: rest.last, &state) }
        add(rest, to: &state)
        let (line, length) = (state.pending, state.length)
        state.pending.removeAll(keepingCapacity: true)
        state.length = 0
        state.isUnfinished = false
        put(line.span, length: length, last: length == 0 ? 0 : state.last, &state)
    }

    private func add(_ part: Span<UInt8>, to state: inout State) {
        state.isUnfinished = true
        state.length += part.count
        if !part.isEmpty { state.last = part.last }
        let room = min(max(limit + LogLineWriter.lookahead - state.pending.count, 0), part.count)
        for index in 0..<room { state.pending.append(part[index]) }
    }

    @inline(__always)
    private func put(_ line: Span<UInt8>, length: Int, last: UInt8, _ state: inout State) {
        var (line, length) = (line, length)
        if last == UInt8(ascii: "\r"), length > 0 {
            length -= 1
            if line.count > length { line = line.extracting(0..<length) }
        }
        state.parser.put(line, kept: line.prefixLength(within: limit), length: length)
    }

    // MARK: Holding

    /// See to the end of what waits for continuation lines. There is one task, however many lines come.
    private func time(_ first: LineParser.Hold) {
        Task.detached { [weak self] in
            var hold: LineParser.Hold? = first
            while let waiting = hold {
                try? await Task.sleep(for: waiting.duration)
                hold = self?.state.withLock { $0.parser.end(waiting) }
            }
        }
    }
}

extension LogLineWriter: TextOutputStream {}

extension Span<UInt8> {
    /// The last byte; 0 if there is none.
    fileprivate var last: UInt8 { isEmpty ? 0 : self[count - 1] }
}

extension LogNode {
    /// To write lines to this node.
    ///
    /// - Parameters:
    ///   - format: What the lines are.
    ///   - limit: The longest line in bytes; of a longer one the beginning is kept. `nil` is 1,024 for raw lines and 65,536
    ///     for others.
    ///   - holding: How long a message whose format has continuation lines waits for more of them, in real time.
    public func lines(
        _ format: LogFormat = .raw,
        limit: Int? = nil,
        holding: Duration = .milliseconds(100)
    ) -> LogLineWriter {
        LogLineWriter(node: self, format: format, limit: limit, holding: holding)
    }
}
