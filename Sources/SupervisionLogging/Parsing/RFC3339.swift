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

/// `2026-03-12T14:20:04.24Z`, also with a blank in the place of the T, and with a zone of hours alone or without a colon.
enum RFC3339 {
    /// The time; `nil` if the text is none. Without a zone it is in UTC.
    static func parse(_ text: String) -> LogTime? {
        var text = text
        // Safe: the bytes live during the call, and are copied.
        var reader = text.withUTF8 { unsafe ByteReader($0.span) }
        guard let year = reader.takeDigits(4), reader.take("-"),
            let month = reader.takeDigits(2), reader.take("-"), let day = reader.takeDigits(2),
            reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.takeDigits(2), reader.take(":"), let minute = reader.takeDigits(2), reader.take(":"),
            let second = reader.takeDigits(2), let nanosecond = reader.takeNanoseconds(),
            let offset = takeZone(&reader), reader.isAtEnd
        else { return nil }
        return LogTime(
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

    private static func takeZone(_ reader: inout ByteReader) -> Int? {
        if reader.isAtEnd || reader.take("Z") || reader.take("z") { return 0 }
        let sign: Int
        if reader.take("+") {
            sign = 1
        } else if reader.take("-") {
            sign = -1
        } else {
            return nil
        }
        guard let hours = reader.takeDigits(2), hours < 24 else { return nil }
        if reader.isAtEnd { return sign * hours * 3_600 }
        _ = reader.take(":")
        guard let minutes = reader.takeDigits(2), minutes < 60 else { return nil }
        return sign * (hours * 3_600 + minutes * 60)
    }
}
