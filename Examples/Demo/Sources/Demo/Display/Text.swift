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

extension String {
    /// Without anything that would move a cursor.
    var printable: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    /// Exactly so wide: filled up with spaces, or cut with a mark.
    func padded(_ width: Int) -> String {
        let count = count
        if count <= width { return self + String(repeating: " ", count: width - count) }
        return width > 0 ? prefix(width - 1) + "~" : ""
    }

    /// At least so wide, its text at the right.
    func leftPadded(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}

extension BinaryInteger {
    /// So many of something.
    func of(_ thing: String) -> String {
        "\(self) \(thing)\(self == 1 ? "" : "s")"
    }
}

extension Duration {
    /// In seconds, to the millisecond.
    var seconds: String {
        let milliseconds = Int(self / .milliseconds(1))
        return "\(milliseconds / 1_000)." + String(milliseconds % 1_000).zeroPadded(3)
    }

    /// To the unit that matters.
    var brief: String {
        let milliseconds = Int(self / .milliseconds(1))
        return switch milliseconds {
        case ..<1: "\(Int(self / .microseconds(1))) us"
        case ..<1_000: "\(milliseconds) ms"
        case ..<60_000: "\(milliseconds / 1_000).\(milliseconds / 100 % 10) s"
        default: clock
        }
    }

    /// To the second: something that grows in front of somebody's eyes.
    var clock: String {
        let seconds = Int(components.seconds)
        return switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3_600: "\(seconds / 60) min \(String(seconds % 60).zeroPadded(2))"
        default: "\(seconds / 3_600) h \(String(seconds / 60 % 60).zeroPadded(2))"
        }
    }
}

extension String {
    fileprivate func zeroPadded(_ width: Int) -> String {
        String(repeating: "0", count: max(0, width - count)) + self
    }
}
