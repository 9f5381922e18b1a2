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

/// Names a node of a log tree: the names of its ancestors and its own, joined by `/`, as the runtime names of children are.
/// The empty path is the root of the tree.
public struct LogPath: Hashable, Sendable {
    /// The path as text: `shop/jobs/reader`.
    public let description: String

    /// The root, above all others.
    public static let root = LogPath(unchecked: "")

    init(unchecked description: String) {
        self.description = description
    }

    /// A path from its text. Each name has the form of a child's name: 1 to 255 bytes of UTF-8 without control characters,
    /// and neither `.` nor `..`.
    public init(_ text: String) throws(LogError) {
        if let fault = LogPath.fault(in: text) {
            throw LogError(code: .invalidPath, message: "the path \(text.debugDescription) \(fault)")
        }
        self.description = text
    }

    /// The path of a node below this one.
    public func appending(_ name: String) throws(LogError) -> LogPath {
        guard !name.utf8.contains(UInt8(ascii: "/")) else {
            throw LogError(
                code: .invalidPath,
                message: "the name \(name.debugDescription) has a `/` in it; append one name at a time"
            )
        }
        guard !name.isEmpty else {
            throw LogError(code: .invalidPath, message: "the name below \"\(description)\" is empty; give it one")
        }
        return try LogPath(description.isEmpty ? name : "\(description)/\(name)")
    }

    /// The names from the root on.
    public var names: [Substring] {
        description.split(separator: "/")
    }

    /// The path with dots between the names, for people to read. Names may have dots in them, so it names no node.
    public var dotted: String {
        String(description.map { $0 == "/" ? "." : $0 })
    }

    /// Whether the other one is this one or below it.
    public func includes(_ other: LogPath) -> Bool {
        guard !description.isEmpty else { return true }
        let own = description.utf8
        let others = other.description.utf8
        guard others.count > own.count else { return others.count == own.count && description == other.description }
        let end = others.index(others.startIndex, offsetBy: own.count)
        return others[end] == UInt8(ascii: "/") && others.starts(with: own)
    }

    private static func fault(in text: String) -> String? {
        guard !text.isEmpty else { return nil }
        for name in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if name.isEmpty { return "has an empty name in it; take a `/` out" }
            if name.count > 255 { return "has a name of more than 255 bytes; shorten it" }
            if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) {
                return "has a name in it that is `.` or `..`; give it another one"
            }
        }
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            return "has a control character in it; take it out"
        }
        return nil
    }
}

extension LogPath: Comparable, CustomStringConvertible {
    /// Whether they name the same node: byte by byte, as the names of nodes are compared.
    public static func == (lhs: LogPath, rhs: LogPath) -> Bool {
        lhs.description.isSameName(as: rhs.description)
    }

    /// The order of the texts.
    public static func < (lhs: LogPath, rhs: LogPath) -> Bool {
        lhs.description < rhs.description
    }
}
