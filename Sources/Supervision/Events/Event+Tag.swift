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

extension Supervisor.Event {
    /// The starts and ends of children, in five words: all that happens to them, if how it comes about is left out.
    ///
    /// What a supervisor decides in between (stops, delays, tolerances) has no tag. The events of a tree that have one are
    /// in the order that go-capataz documents for its events of the same names.
    public struct Tag: Hashable, Sendable, CustomStringConvertible {
        /// The name of the tag.
        public let description: String

        /// A start was acknowledged; of a supervisor: all below it is up.
        public static let processStarted = Tag(description: "ProcessStarted")

        /// A child that was stopped has ended cleanly.
        public static let processTerminated = Tag(description: "ProcessTerminated")

        /// A start failed.
        public static let processStartFailed = Tag(description: "ProcessStartFailed")

        /// A child failed: by itself, or because it did not stop cleanly.
        public static let processFailed = Tag(description: "ProcessFailed")

        /// A child ended by itself, without an error.
        public static let processCompleted = Tag(description: "ProcessCompleted")
    }

    /// Which start or end it is, if it is one.
    public var tag: Tag? {
        switch kind {
        case .started: .processStarted
        case .terminated: .processTerminated
        case .startFailed: .processStartFailed
        case .failed, .terminationFailed: .processFailed
        case .completed: .processCompleted
        default: nil
        }
    }
}
