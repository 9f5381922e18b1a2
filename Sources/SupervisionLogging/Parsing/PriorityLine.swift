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

/// A line that begins with a priority: `<3>…`, or `<27>…` with a facility.
enum PriorityLine {
    static func parse(_ line: Span<UInt8>) -> LogRecord? {
        var reader = ByteReader(line)
        guard reader.take("<") else { return nil }
        let start = reader.offset
        // 23 facilities of eight levels each.
        guard let number = reader.takeNumber(upTo: 191), reader.take(">") else { return nil }
        // A number has no zeros in front.
        guard reader.offset - 1 - start == String(number).utf8.count else { return nil }
        return LogRecord(level: level(number % 8), message: reader.rest)
    }

    private static func level(_ priority: Int) -> Logger.Level {
        switch priority {
        case 0...2: .critical
        case 3: .error
        case 4: .warning
        case 5: .notice
        case 6: .info
        default: .debug
        }
    }
}
