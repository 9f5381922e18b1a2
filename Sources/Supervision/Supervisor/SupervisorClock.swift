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

/// The clock of a tree: the monotonic one of the system, or the time of a test.
public struct SupervisorClock: Clock {
    /// A time on the clock.
    public struct Instant: InstantProtocol, Hashable, Sendable {
        let nanoseconds: UInt64

        /// The time so much later.
        public func advanced(by duration: Duration) -> Instant {
            let sum = Int128(nanoseconds) + duration.wholeNanoseconds
            return Instant(nanoseconds: UInt64(clamping: sum))
        }

        /// How long it is until another time.
        public func duration(to other: Instant) -> Duration {
            .nanoseconds(Int128(other.nanoseconds) - Int128(nanoseconds))
        }

        /// Whether one time is before the other.
        public static func < (lhs: Instant, rhs: Instant) -> Bool {
            lhs.nanoseconds < rhs.nanoseconds
        }
    }

    let runtime: SupervisorRuntime

    /// The time now.
    public var now: Instant {
        Instant(nanoseconds: runtime.nanoseconds)
    }

    /// One nanosecond.
    public var minimumResolution: Duration {
        .nanoseconds(1)
    }

    /// Wait until a time. Throws `CancellationError` when the task is cancelled.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        if let manual = runtime.manual {
            try await manual.sleep(until: deadline.nanoseconds, on: runtime.handle())
        } else {
            try await Task.sleep(for: now.duration(to: deadline), tolerance: tolerance)
        }
    }

    /// Wait for a time. Throws `CancellationError` when the task is cancelled.
    public func sleep(for duration: Duration, tolerance: Duration? = nil) async throws {
        if runtime.manual == nil {
            try await Task.sleep(for: duration, tolerance: tolerance)
        } else {
            try await sleep(until: now.advanced(by: duration), tolerance: tolerance)
        }
    }
}
