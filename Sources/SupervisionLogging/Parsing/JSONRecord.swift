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

/// A message from an object of JSON.
///
/// Of several members with the same meaning the first one of the list counts, of several with the same name the first
/// one in the text. What is not understood stays among the rest.
enum JSONRecord {
    private static let levelKeys = ["level", "severity", "lvl"]
    private static let messageKeys = ["msg", "message"]
    private static let timeKeys = ["ts", "time", "timestamp", "@timestamp"]

    static func parse(_ line: Span<UInt8>) -> LogRecord? {
        var scanner = JSONScanner(reader: ByteReader(line))
        guard let members = scanner.takeObject() else { return nil }
        var fields = Fields(members: members, reader: scanner.reader)
        let level = fields.take(levelKeys) { JSONRecord.level($0, fields: $1) }
        let message = fields.take(messageKeys) { value, _ in value.string }
        let time = fields.take(timeKeys) { JSONRecord.time($0, fields: $1) }
        let place = fields.take(["caller"]) { value, _ in value.string.flatMap { JSONRecord.place($0) } }
        let rest = fields.rest
        let parts = [message, rest].compactMap(\.self).filter { !$0.isEmpty }
        return LogRecord(
            level: level,
            message: parts.joined(separator: " "),
            time: time,
            file: place?.file,
            line: place?.line
        )
    }

    /// The members that have not been understood yet.
    private struct Fields {
        var members: [(key: String, value: JSONScanner.Value)]
        let reader: ByteReader

        func text(_ value: JSONScanner.Value) -> String {
            reader.text(value.range)
        }

        mutating func take<Meaning>(
            _ keys: [String],
            _ meaning: (JSONScanner.Value, Fields) -> Meaning?
        ) -> Meaning? {
            for key in keys {
                guard let index = members.firstIndex(where: { $0.key == key }),
                    let understood = meaning(members[index].value, self)
                else { continue }
                members.remove(at: index)
                return understood
            }
            return nil
        }

        /// As an object with sorted members.
        var rest: String? {
            guard !members.isEmpty else { return nil }
            let sorted = members.enumerated().sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }
            return "{" + sorted.map { "\(JSONText.string($1.key)):\(text($1.value))" }.joined(separator: ",") + "}"
        }
    }

    // MARK: What members mean

    private static func level(_ value: JSONScanner.Value, fields: Fields) -> Logger.Level? {
        if let name = value.string { return level(named: name.lowercased()) }
        // The numbers of bunyan and pino.
        guard value.kind == .number, let number = Int(fields.text(value)) else { return nil }
        return switch number {
        case 10: .trace
        case 20: .debug
        case 30: .info
        case 40: .warning
        case 50: .error
        case 60: .critical
        default: nil
        }
    }

    private static func level(named name: String) -> Logger.Level? {
        switch name {
        case "trace": .trace
        case "debug": .debug
        case "info", "information", "informational", "default": .info
        case "notice": .notice
        case "warn", "warning": .warning
        case "error", "err": .error
        case "dpanic", "panic", "fatal", "critical", "crit", "alert", "emergency", "emerg": .critical
        default: nil
        }
    }

    /// `folder/file.go:12`
    private static func place(_ caller: String) -> (file: String, line: Int)? {
        guard let colon = caller.lastIndex(of: ":"), colon > caller.startIndex else { return nil }
        guard let line = UInt32(caller[caller.index(after: colon)...]) else { return nil }
        return (String(caller[..<colon]), Int(line))
    }

    private static func time(_ value: JSONScanner.Value, fields: Fields) -> LogTime? {
        switch value.kind {
        case .string: value.string.flatMap { RFC3339.parse($0) }
        case .number: time(number: fields.text(value))
        case .other: nil
        }
    }

    /// A time since 1970. The unit is told by the size: seconds are good for about 3,000 years.
    private static func time(number text: String) -> LogTime? {
        if let number = Int64(text) {
            let nanosecondsPerUnit: Int64 =
                switch number.magnitude {
                case ..<100_000_000_000: 1_000_000_000
                case ..<100_000_000_000_000: 1_000_000
                case ..<100_000_000_000_000_000: 1_000
                default: 1
                }
            let (nanoseconds, isTooBig) = number.multipliedReportingOverflow(by: nanosecondsPerUnit)
            return isTooBig ? nil : LogTime(nanoseconds: nanoseconds)
        }
        guard let number = Double(text), number.isFinite else { return nil }
        let nanosecondsPerUnit: Double =
            switch abs(number) {
            case ..<1e11: 1e9
            case ..<1e14: 1e6
            case ..<1e17: 1e3
            default: 1
            }
        guard nanosecondsPerUnit < 1e9 || !text.contains("."), abs(number * nanosecondsPerUnit) < 9e18 else {
            return abs(number) < 9e9 ? seconds(text, number) : nil
        }
        return LogTime(nanoseconds: Int64(number * nanosecondsPerUnit))
    }

    /// Seconds with a fraction, none of whose digits is lost if they are written out.
    private static func seconds(_ text: String, _ number: Double) -> LogTime? {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let whole = Int64(parts[0]), parts[1].utf8.allSatisfy({ $0.digit != nil }) else {
            return LogTime(nanoseconds: Int64(number * 1e9))
        }
        let digits = parts[1].prefix(9)
        let fraction = (Int64(digits) ?? 0) * (0..<9 - digits.count).reduce(1) { power, _ in power * 10 }
        return LogTime(nanoseconds: whole * 1_000_000_000 + (text.first == "-" ? -fraction : fraction))
    }
}
