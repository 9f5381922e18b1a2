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

/// What scripted workers fail with unless they are told otherwise.
public struct ScriptedFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The how-manieth run of the worker it was, from 1.
    public let run: Int

    /// The failure of a run.
    public init(_ run: Int = 1) {
        self.run = run
    }

    /// "scripted failure" and its number.
    public var description: String { "scripted failure \(run)" }
}
