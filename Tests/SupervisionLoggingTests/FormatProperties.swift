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

/// What holds for every line and every stream of bytes: used by the fuzzer and by tests.
///
/// The first byte says what is done, the next three how, the rest is what it is done with.
enum FormatProperties {
    /// What does not hold; `nil` if all does.
    static func fault(_ input: [UInt8]) -> String? {
        var head = Array(input.prefix(4))
        while head.count < 4 { head.append(0) }
        let bytes = Array(input.dropFirst(4))
        return switch head[0] % 6 {
        case 0: klog(bytes, head)
        case 1: json(bytes)
        case 2: priority(bytes)
        case 3: lines(bytes, head)
        case 4: texts(bytes, head)
        default: parsedLines(bytes, head)
        }
    }

    // MARK: Formats

    private static func klog(_ bytes: [UInt8], _ head: [UInt8]) -> String? {
        // Some day between 1970 and 2225.
        let days = Int64(head[1]) * 365 + Int64(head[2])
        let now = LogTime(nanoseconds: days * 86_400_000_000_000)
        let offset = (Int(head[3]) - 128) * 600
        let format = LogFormat.klog(offset: offset)
        guard let record = format.parse(bytes.span, now: now) else { return nil }
        guard let time = record.time, let file = record.file, let line = record.line, let level = record.level else {
            return "a line of klog lacks something: \(record)"
        }
        if record.message.isEmpty || file.isEmpty || file.contains(":") || line < 0 { return "not klog: \(record)" }
        let date = time.date(offset: offset)
        let year = now.date(offset: offset).year
        if abs(date.year - year) > 1 { return "\(date) is not near \(year)" }
        // Written again it is read again as the same.
        let written =
            "\(LogSeverity(level).letter)\(digits(date.month, 2))\(digits(date.day, 2)) \(digits(date.hour, 2)):"
            + "\(digits(date.minute, 2)):\(digits(date.second, 2)).\(digits(date.nanosecond, 9)) "
            + "\(record.metadata["pid"] ?? "") \(file):\(line)] \(record.message)"
        guard let again = format.parse(written, now: now) else { return "\(written) is not read again" }
        if again.time != time || again.message != record.message || again.file != file || again.line != line
            || again.level != level || again.metadata != record.metadata
        {
            return "\(written) is read as \(again)"
        }
        // What is taken with a limit is taken as the same without.
        let strict = LogFormat.klog(offset: offset, future: .seconds(3_600)).parse(bytes.span, now: now)
        if let strict, strict.time != time { return "with a limit the time of \(written) is \(strict)" }
        return nil
    }

    private static func json(_ bytes: [UInt8]) -> String? {
        guard let record = LogFormat.json.parse(bytes.span, now: LogTime(nanoseconds: 0)) else { return nil }
        guard bytes.contains(UInt8(ascii: "{")), bytes.contains(UInt8(ascii: "}")) else {
            return "an object without braces"
        }
        if let line = record.line, line < 0 { return "a line below 0: \(record)" }
        return written(record)
    }

    private static func priority(_ bytes: [UInt8]) -> String? {
        guard let record = LogFormat.priority.parse(bytes.span, now: LogTime(nanoseconds: 0)) else { return nil }
        guard bytes.first == UInt8(ascii: "<"), let end = bytes.firstIndex(of: UInt8(ascii: ">")), end <= 4 else {
            return "a priority without brackets"
        }
        let rest = String(decoding: bytes[(end + 1)...], as: UTF8.self)
        return record.message == rest && record.level != nil ? nil : "\(record) is not \(rest)"
    }

    /// A record is written to a log tree, and its text forms hold together.
    private static func written(_ record: LogRecord) -> String? {
        let tree = LogTree()
        guard let node = try? tree.node("a/b") else { return "there is no node" }
        node.log(record)
        guard let entry = try? tree.backlog().first, let leveled = entry.leveled else { return "there is no entry" }
        guard record.message.hasPrefix(leveled.message), leveled.lines.count >= 1 else { return "another message" }
        if entry.json.utf8.contains(UInt8(ascii: "\n")) { return "JSON of two lines: \(entry.json)" }
        guard let again = LogFormat.json.parse(entry.json) else { return "not JSON: \(entry.json)" }
        // With the time cut to microseconds; the level is filled in.
        if again.level != leveled.level { return "\(entry.json) has the level of \(again)" }
        if again.time?.description != entry.time.description { return "\(entry.json) has the time of \(again)" }
        guard again.message.hasPrefix(leveled.message) else { return "\(entry.json) is read as \(again)" }
        return entry.description.isEmpty ? "no text" : nil
    }

    // MARK: Lines

    private static func lines(_ bytes: [UInt8], _ head: [UInt8]) -> String? {
        let limit = Int(head[1] % 40) + 1
        guard let whole = raw(bytes, limit: limit, step: bytes.count + 1) else { return "there are no entries" }
        guard let cut = raw(bytes, limit: limit, step: Int(head[2] % 16) + 1) else { return "there are no entries" }
        if whole != cut { return "cut into pieces it is \(cut), not \(whole)" }
        let parts = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let expected = parts.last?.isEmpty == true ? parts.dropLast() : parts[...]
        if whole.count != expected.count { return "\(expected.count) lines are \(whole.count) entries" }
        for (entry, line) in zip(whole, expected) {
            let line = line.last == 0x0D ? line.dropLast() : line
            if entry.originalLength != line.count { return "the length of \(line) is \(entry.originalLength)" }
            if entry.isTruncated != (line.count > limit) && !entry.isTruncated { return "\(line) was cut unseen" }
            let all = String(decoding: line, as: UTF8.self)
            if !entry.isTruncated && entry.text != all { return "\(line) is \(entry.text)" }
            // A text is only cut between characters, other bytes anywhere.
            if String(validating: line, as: UTF8.self) != nil, !all.utf8.starts(with: entry.text.utf8) {
                return "\(all) is not cut to \(entry.text)"
            }
        }
        return nil
    }

    private static func raw(_ bytes: [UInt8], limit: Int, step: Int) -> [LogEntry.Raw]? {
        let tree = LogTree()
        guard let lines = try? tree.node("n").lines(limit: limit) else { return nil }
        var start = 0
        while start < bytes.count {
            let end = min(start + step, bytes.count)
            lines.write(bytes[start..<end].span)
            start = end
        }
        lines.flush()
        return try? tree.backlog().compactMap(\.raw)
    }

    /// No line is lost, whatever the format makes of it.
    private static func parsedLines(_ bytes: [UInt8], _ head: [UInt8]) -> String? {
        let formats = [LogFormat.klog(), .json, .priority]
        let format = formats[Int(head[1]) % formats.count]
        let tree = LogTree()
        guard let writer = try? tree.node("n").lines(format, holding: .seconds(3_600)) else { return "no node" }
        writer.write(bytes.span)
        writer.flush()
        guard let entries = try? tree.backlog() else { return "no entries" }
        let count = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).count
        let lines = format == .klog() ? entries.reduce(0) { $0 + $1.lines.count } : entries.count
        let expected = bytes.isEmpty || bytes.last == 0x0A ? count - 1 : count
        return lines == expected ? nil : "\(expected) lines became \(lines)"
    }

    // MARK: Texts

    private static func texts(_ bytes: [UInt8], _ head: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        let tree = LogTree()
        let path = (try? LogPath(text)) ?? .root
        tree.node(path).log(.warning, text)
        guard let entry = try? tree.backlog().first else { return "there is no entry" }
        let width = Int(head[1])
        for line in entry.concise(.cluster, width: width).utf8.split(separator: UInt8(ascii: "\n")) {
            let line = String(Substring(line))
            let column = width == 0 || width >= 80 ? 21 : width >= 60 ? 17 : 0
            let words = line.dropFirst(column + 2).split(separator: " ")
            if width > 0, line.count > width, words.count > 1 { return "\(line) is longer than \(width)" }
        }
        let limit = Int(head[2]) - 8
        if LogNames.cluster.shorten(path, to: limit).count > max(limit, 0) { return "\(path) is not short" }
        return written(LogRecord(message: text))
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let shown = String(number)
        return String(repeating: "0", count: max(count - shown.count, 0)) + shown
    }
}
