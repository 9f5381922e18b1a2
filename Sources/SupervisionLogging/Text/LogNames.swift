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

/// How the paths of nodes are shortened for narrow columns.
public struct LogNames: Hashable, Sendable {
    /// Words for names.
    public var replacements: [String: String]

    /// Names that are left out at the front when more follows.
    public var roots: Set<String>

    /// Names that are followed by the name of a part of the system: they are left out, and of what follows the first and
    /// the last name are kept.
    public var groups: Set<String>

    /// Without words, `root` is left out at the front, `role` is a group.
    public init(
        replacements: [String: String] = [:],
        roots: Set<String> = ["root"],
        groups: Set<String> = ["role"]
    ) {
        self.replacements = replacements
        self.roots = roots
        self.groups = groups
    }

    /// Words for the names that are common in trees of clusters.
    public static let cluster = LogNames(replacements: [
        "controlplane": "cplane",
        "networking": "net",
        "network": "net",
        "interfaces": "ifaces",
        "kubernetes": "k8s",
        "controller-manager": "controllers",
        "cluster-membership": "cluster",
        "map-cluster-membership": "map-membership",
    ])

    /// The names of a path, shortened and with blanks between them, in at most so many characters. Where that is not
    /// enough the end is kept, with `...` in front if there is room. The root of the tree is `?`.
    public func shorten(_ path: LogPath, to limit: Int) -> String {
        var names = path.names[...]
        while names.count > 1, let first = names.first, roots.contains(String(first)) { names = names.dropFirst() }
        if names.count > 1, let first = names.first, groups.contains(String(first)) {
            names = names.dropFirst()
            if names.count > 2, let first = names.first, let last = names.last { names = [first, last] }
        }
        guard !names.isEmpty else { return String("?".prefix(max(limit, 0))) }
        let whole = names.map { replacements[String($0)] ?? String($0) }.joined(separator: " ")
        guard whole.count > limit else { return whole }
        return limit > 3 ? "..." + whole.suffix(limit - 3) : String(whole.suffix(max(limit, 0)))
    }
}
