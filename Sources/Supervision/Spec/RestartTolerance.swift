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

/// How many failures of its children a supervisor deals with before it fails itself.
public struct RestartTolerance: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case failures(Int, Duration)
        case unlimited
    }

    let kind: Kind

    /// At most `count` failures within any stretch of `window`; the next one makes the supervisor fail. A window of zero
    /// never forgets. At most 65,536 failures: who tolerates more means ``unlimited``.
    public static func failures(_ count: Int, within window: Duration) -> RestartTolerance {
        RestartTolerance(kind: .failures(count, window))
    }

    /// The first failure makes the supervisor fail.
    public static let none = RestartTolerance.failures(0, within: .seconds(5))

    /// No number of failures makes the supervisor fail.
    public static let unlimited = RestartTolerance(kind: .unlimited)

    /// One failure within five seconds.
    public static let standard = RestartTolerance.failures(1, within: .seconds(5))
}

extension RestartTolerance: CustomStringConvertible {
    /// The setting as words.
    public var description: String {
        switch kind {
        case .failures(let count, let window):
            "\(count) \(count == 1 ? "failure" : "failures") \(window == .zero ? "ever" : "within \(window)")"
        case .unlimited: "unlimited"
        }
    }
}
