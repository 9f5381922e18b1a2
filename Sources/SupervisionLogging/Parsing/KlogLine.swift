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

/// A line of glog or klog: a letter, month and day, the time, a process id, file and line, the message.
enum KlogLine {
    static func parse(_ line: Span<UInt8>, now: LogTime, offset: Int, future: Duration?) -> LogRecord? {
        // Most lines that are none are seen by their first bytes.
        guard line.count > 20, LogSeverity(byte: line[0]) != nil, line[1].digit != nil else { return nil }
        var reader = ByteReader(line)
        guard let severity = reader.take().flatMap({ LogSeverity(byte: $0) }),
            let month = reader.takeDigits(2), let day = reader.takeDigits(2), reader.takeBlanks() > 0,
            let hour = reader.takeDigits(2), reader.take(":"),
            let minute = reader.takeDigits(2), reader.take(":"),
            let second = reader.takeDigits(2), let nanosecond = reader.takeNanoseconds(), reader.takeBlanks() > 0
        else { return nil }
        let date = Date(
            month: month,
            day: day,
            hour: hour,
            minute: minute,
            second: second,
            nanosecond: nanosecond,
            offset: offset
        )
        guard let time = date.time(now: now, future: future) else { return nil }

        let processStart = reader.offset
        guard reader.takeAll(where: { $0.digit != nil }) > 0 else { return nil }
        let process = reader.text(processStart..<reader.offset)
        guard reader.takeBlanks() > 0 else { return nil }

        let fileStart = reader.offset
        guard reader.takeAll(where: { $0 != UInt8(ascii: ":") }) > 0 else { return nil }
        let file = reader.text(fileStart..<reader.offset)
        guard reader.take(":"), let number = reader.takeNumber(upTo: Int(Int32.max)), reader.take("]"),
            reader.takeBlanks() > 0, !reader.isAtEnd
        else { return nil }
        return LogRecord(
            level: severity.level,
            message: reader.rest,
            time: time,
            file: file,
            line: number,
            metadata: ["pid": .string(process)]
        )
    }

    /// A date without a year.
    private struct Date {
        let month: Int
        let day: Int
        let hour: Int
        let minute: Int
        let second: Int
        let nanosecond: Int
        let offset: Int

        /// How much a clock may be ahead around new year.
        private static let slack = Duration.seconds(3_600)
        private static let twoDays = Duration.seconds(2 * 86_400)

        /// The time that is meant; `nil` if there is none, or if it is too far in the future.
        func time(now: LogTime, future: Duration?) -> LogTime? {
            let year = now.date(offset: offset).year
            // The 29th of February may be of another year only.
            let candidate = time(in: year)
            let ahead = now.advanced(by: min(future ?? Date.slack, Date.slack))
            if let candidate, candidate <= ahead {
                // Just before new year, from a clock that is a little ahead.
                if let next = time(in: year + 1), next <= ahead { return next }
                return candidate
            }
            // Just after new year: what is nearly a year ahead was written in the year before.
            if let last = time(in: year - 1), last <= now, last.advanced(by: Date.twoDays) >= now { return last }
            guard let candidate else { return nil }
            guard let future else { return candidate }
            return candidate <= now.advanced(by: future) ? candidate : nil
        }

        private func time(in year: Int) -> LogTime? {
            LogTime(
                year: year,
                month: month,
                day: day,
                hour: hour,
                minute: minute,
                second: second,
                nanosecond: nanosecond,
                offset: offset
            )
        }
    }
}

extension LogSeverity {
    fileprivate init?(byte: UInt8) {
        self.init(letter: Character(Unicode.Scalar(byte)))
    }
}
