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

/// Delays between the restarts of a child.
///
/// After ``immediate`` restarts without delay, the delay before the k-th further one in a row is the smaller of
/// ``maximum`` and `initial * multiplier^(k - 1)`, varied by ``jitter``. The count starts again after an incarnation stayed
/// up for ``resetAfter``.
public struct RestartBackoff: Hashable, Sendable {
    /// How many restarts in a row are made without a delay.
    public var immediate: Int

    /// The first delay.
    public var initial: Duration

    /// The longest delay.
    public var maximum: Duration

    /// By what each delay is longer than the one before; 1 or more.
    public var multiplier: Double

    /// The fraction by which a delay is varied at random, 0 to 1.
    public var jitter: Double

    /// How long an incarnation has to stay up for the earlier failures to be forgotten.
    public var resetAfter: Duration

    /// A backoff from its parts; without arguments it is ``standard``.
    public init(
        immediate: Int = 3,
        initial: Duration = .milliseconds(10),
        maximum: Duration = .seconds(30),
        multiplier: Double = 2,
        jitter: Double = 0.2,
        resetAfter: Duration = .seconds(10)
    ) {
        self.immediate = immediate
        self.initial = initial
        self.maximum = maximum
        self.multiplier = multiplier
        self.jitter = jitter
        self.resetAfter = resetAfter
    }

    /// Three restarts at once, then 10 ms doubling up to 30 s, varied by 20 %, forgotten after 10 s.
    public static let standard = RestartBackoff()

    /// What runnables have unless told otherwise: 500 ms, growing by 1.5 up to 60 s, varied by 50 %, forgotten after 10 s.
    public static let runnable = RestartBackoff(
        immediate: 0,
        initial: .milliseconds(500),
        maximum: .seconds(60),
        multiplier: 1.5,
        jitter: 0.5
    )

    /// Every restart is made at once.
    public static let none = RestartBackoff(
        immediate: Int(UInt32.max),
        initial: .zero,
        maximum: .zero,
        multiplier: 1,
        jitter: 0
    )
}
