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

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// How a piece of text is meant.
enum Tone: Sendable {
    case plain
    case good
    case busy
    case bad
    case faint
    case title
}

/// Puts tones into colours, for those who want them.
struct Paint: Sendable {
    private let isOn: Bool

    init() {
        // https://no-color.org: any value but the empty one.
        isOn = getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
    }

    func callAsFunction(_ text: String, _ tone: Tone) -> String {
        guard isOn, let code = Self.codes[tone] else { return text }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    private static let codes: [Tone: String] = [.good: "32", .busy: "33", .bad: "31", .faint: "2", .title: "1"]
}
