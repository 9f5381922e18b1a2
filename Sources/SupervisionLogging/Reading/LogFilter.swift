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

public import Logging

/// Which entries of a log tree are meant.
public struct LogFilter: Hashable, Sendable {
    /// The node.
    public var path: String

    /// Whether the nodes below it are meant, too.
    public var includesDescendants: Bool

    /// Messages below this level are left out. Raw lines, which have none, are not.
    public var minimumLevel: Logger.Level?

    /// Messages are left out.
    public var onlyRaw: Bool

    /// Raw lines are left out.
    public var onlyLeveled: Bool

    /// All entries of a node, or of the whole tree.
    public init(
        _ path: String = "",
        includesDescendants: Bool = false,
        minimumLevel: Logger.Level? = nil,
        onlyRaw: Bool = false,
        onlyLeveled: Bool = false
    ) {
        self.path = path
        self.includesDescendants = includesDescendants
        self.minimumLevel = minimumLevel
        self.onlyRaw = onlyRaw
        self.onlyLeveled = onlyLeveled
    }

    /// All entries of a tree.
    public static let all = LogFilter(includesDescendants: true)

    /// Whether an entry is meant. Throws if the filter makes no sense.
    public func matches(_ entry: LogEntry) throws(LogError) -> Bool {
        let filter = try checked()
        return filter.matches(entry.path) && filter.matches(kind: entry.leveled?.level.kind ?? Slot.raw)
    }

    /// A filter that makes sense, in the form in which it is used.
    struct Checked: Sendable {
        let path: LogPath
        let includesDescendants: Bool
        private let takesRaw: Bool
        private let minimumKind: UInt8

        fileprivate init(_ filter: LogFilter, path: LogPath) {
            self.path = path
            self.includesDescendants = filter.includesDescendants
            self.takesRaw = !filter.onlyLeveled
            self.minimumKind = filter.onlyRaw ? .max : filter.minimumLevel?.kind ?? 1
        }

        func matches(_ path: LogPath) -> Bool {
            includesDescendants ? self.path.includes(path) : self.path == path
        }

        func matches(kind: UInt8) -> Bool {
            kind == Slot.raw ? takesRaw : kind >= minimumKind
        }
    }

    func checked() throws(LogError) -> Checked {
        let path = try LogPath(path)
        guard !onlyRaw || !onlyLeveled else {
            throw LogError(
                code: .invalidFilter,
                message: "no entry is both raw and leveled; ask for `onlyRaw` or for `onlyLeveled`"
            )
        }
        return Checked(self, path: path)
    }
}
