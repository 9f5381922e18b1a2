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

/// A time of the wall clock, in nanoseconds since 1970 without leap seconds. It reaches from 1678 to 2262.
public struct LogTime: Hashable, Sendable {
    /// Nanoseconds since 1970-01-01 00:00:00 UTC.
    public var nanoseconds: Int64

    /// The time so many nanoseconds after the beginning of 1970.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The time by its date; `nil` if there is no such date, or none that can be expressed.
    ///
    /// - Parameters:
    ///   - year: The year, from 1678 to 2261; at both ends a part of it only.
    ///   - month: The month, from 1 to 12.
    ///   - day: The day of the month, from 1.
    ///   - hour: The hour, from 0 to 23.
    ///   - minute: The minute, from 0 to 59.
    ///   - second: The second, from 0 to 59.
    ///   - nanosecond: The nanosecond, from 0 to 999,999,999.
    ///   - offset: How many seconds the clock that is meant is ahead of UTC.
    public init?(
        year: Int,
        month: Int,
        day: Int,
        hour: Int = 0,
        minute: Int = 0,
        second: Int = 0,
        nanosecond: Int = 0,
        offset: Int = 0
    ) {
        guard (1_678...2_261).contains(year), (1...12).contains(month) else { return nil }
        guard (1...LogTime.days(in: month, of: year)).contains(day) else { return nil }
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else { return nil }
        guard (0...999_999_999).contains(nanosecond), (-86_400...86_400).contains(offset) else { return nil }
        let seconds = LogTime.days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset
        self.nanoseconds = Int64(seconds) * 1_000_000_000 + Int64(nanosecond)
    }

    /// The time now.
    public static var now: LogTime { Platform.now }

    /// The date and the time of the day on a clock that is so many seconds ahead of UTC.
    public func date(offset: Int = 0) -> Date {
        let second: Int64 = 1_000_000_000
        let (wholeSeconds, nanosecond) = nanoseconds.dividedDown(by: second)
        let seconds = wholeSeconds + Int64(min(max(offset, -86_400), 86_400))
        let (days, ofDay) = seconds.dividedDown(by: 86_400)
        let (year, month, day) = LogTime.civil(Int(days))
        return Date(
            year: year,
            month: month,
            day: day,
            hour: ofDay / 3_600,
            minute: ofDay / 60 % 60,
            second: ofDay % 60,
            nanosecond: nanosecond
        )
    }

    /// A date and a time of the day.
    public struct Date: Hashable, Sendable {
        /// The year.
        public let year: Int
        /// The month, from 1.
        public let month: Int
        /// The day of the month, from 1.
        public let day: Int
        /// The hour, 0 to 23.
        public let hour: Int
        /// The minute.
        public let minute: Int
        /// The second.
        public let second: Int
        /// The nanosecond within the second.
        public let nanosecond: Int
    }

    // MARK: The calendar

    // The two functions that follow are `days_from_civil` and `civil_from_days` of Howard Hinnant's "chrono-Compatible
    // Low-Level Date Algorithms" (https://howardhinnant.github.io/date_algorithms.html). Years begin in March there, so
    // that the leap day is the last one, and are grouped into eras of 400, which all have the same number of days.

    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let year = yearOfEra + era * 400
        return month < 10 ? (year, month + 3, day) : (year + 1, month - 9, day)
    }

    static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension LogTime: Comparable {
    /// The earlier one first.
    public static func < (lhs: LogTime, rhs: LogTime) -> Bool {
        lhs.nanoseconds < rhs.nanoseconds
    }

    /// The time so much later; the last one that can be expressed where that is too late.
    public func advanced(by duration: Duration) -> LogTime {
        let (seconds, attoseconds) = duration.components
        let (product, isTooBig) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let limit: Int64 = seconds < 0 ? .min : .max
        guard !isTooBig else { return LogTime(nanoseconds: limit) }
        let (step, isStepTooBig) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        let (sum, isSumTooBig) = nanoseconds.addingReportingOverflow(step)
        return LogTime(nanoseconds: isStepTooBig || isSumTooBig ? limit : sum)
    }
}

extension LogTime: CustomStringConvertible {
    /// As RFC 3339 has it, in UTC with microseconds: `2026-03-12T14:20:04.240540Z`.
    public var description: String {
        rfc3339()
    }

    /// As RFC 3339 has it, with microseconds, on a clock that is so many seconds ahead of UTC.
    public func rfc3339(offset: Int = 0) -> String {
        let offset = min(max(offset / 60 * 60, -86_340), 86_340)
        let date = date(offset: offset)
        var text = DigitText()
        text.add(date.year, 4)
        text.add("-")
        text.add(date.month, 2)
        text.add("-")
        text.add(date.day, 2)
        text.add("T")
        text.add(timeOf: date)
        if offset == 0 {
            text.add("Z")
        } else {
            text.add(offset < 0 ? "-" : "+")
            text.add(abs(offset) / 3_600, 2)
            text.add(":")
            text.add(abs(offset) / 60 % 60, 2)
        }
        return text.text
    }
}

/// Numbers with leading zeros.
struct DigitText {
    private(set) var text = ""

    mutating func add(_ other: String) {
        text += other
    }

    mutating func add(_ number: Int, _ digits: Int) {
        let shown = String(number)
        for _ in 0..<max(digits - shown.utf8.count, 0) { text += "0" }
        text += shown
    }

    /// `14:20:04.240540`
    mutating func add(timeOf date: LogTime.Date) {
        add(date.hour, 2)
        add(":")
        add(date.minute, 2)
        add(":")
        add(date.second, 2)
        add(".")
        add(date.nanosecond / 1_000, 6)
    }
}

extension Int64 {
    /// A division that rounds down, by a number above zero, and what is left of it.
    fileprivate func dividedDown(by divisor: Int64) -> (quotient: Int64, rest: Int) {
        let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, Int(rest + divisor)) : (quotient, Int(rest))
    }
}
