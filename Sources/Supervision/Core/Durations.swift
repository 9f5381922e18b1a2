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

internal import CSupervisorCore

extension Duration {
    /// Nanoseconds, rounded down.
    var wholeNanoseconds: Int128 {
        let (seconds, attoseconds) = components
        return Int128(seconds) * 1_000_000_000 + Int128(attoseconds / 1_000_000_000)
    }

    /// The core's form of a length of time: rounded up, so that nothing comes early, and below the value that means
    /// "without limit". `nil` if it is negative.
    var coreDuration: UInt64? {
        let (_, attoseconds) = components
        let nanoseconds = wholeNanoseconds + (attoseconds % 1_000_000_000 > 0 ? 1 : 0)
        return nanoseconds < 0 ? nil : min(UInt64(clamping: nanoseconds), UInt64.max - 1)
    }

    static func nanoseconds(_ nanoseconds: Int128) -> Duration {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return Duration(secondsComponent: Int64(clamping: seconds), attosecondsComponent: Int64(rest) * 1_000_000_000)
    }

    static func core(_ nanoseconds: sup_duration) -> Duration {
        .nanoseconds(Int128(nanoseconds))
    }
}

extension Duration? {
    /// A budget: none is without limit, a negative one is none at all.
    var coreBudget: sup_duration {
        map { $0.coreDuration ?? 0 } ?? Core.infinite
    }
}

/// Numbers of the core's headers that Swift does not see.
enum Core {
    static let infinite = sup_duration.max
    static let unlimited = UInt64.max
}
