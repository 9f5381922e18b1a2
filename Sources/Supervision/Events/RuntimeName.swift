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

/// A name or a runtime name as the core sees it: as bytes. To Swift two texts are equal if they look the same, as "é" as one
/// character does and as "e" with an accent; to the core they are the names of two nodes. So tables of nodes have this as
/// their key.
package struct RuntimeName: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    // What is equal by bytes is so to Swift, too, so that the hash of the text is good for this.
    package static func == (lhs: RuntimeName, rhs: RuntimeName) -> Bool {
        lhs.text.isSameName(as: rhs.text)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(text)
    }
}

extension String {
    /// Whether it is the same name to the core.
    package func isSameName(as other: String) -> Bool {
        self == other && utf8.elementsEqual(other.utf8)
    }

    /// The runtime name of what is above the node with this one.
    var parentPath: String? {
        utf8.lastIndex(of: UInt8(ascii: "/")).map { String(self[..<$0]) }
    }
}
