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

internal import Supervision

/// Something that a test waited for cannot come about.
public struct TestTreeError: Error, Sendable, CustomStringConvertible {
    /// What it is.
    public let message: String

    /// What the tree looked like.
    public let tree: String

    /// The events of the tree.
    public let recorded: [String]

    init(_ message: String, of tree: TestTree) {
        self.message = message
        self.tree = tree.snapshot.description
        self.recorded = tree.recorder.events.map(\.description)
    }

    /// What it is, the tree as text, and its events.
    public var description: String {
        let list = recorded.isEmpty ? " nothing" : recorded.map { "\n  " + $0 }.joined()
        return "\(message). The tree:\n\(tree)\nRecorded:\(list)"
    }
}
