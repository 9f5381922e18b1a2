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

extension Supervisor {
    /// Start a child of the root and return when it is up.
    ///
    /// It is supervised as the others are, after all of them in the order, and gone with its supervisor: when that is
    /// restarted only the children of its spec are started again. Starts do not wait for each other. While a group of
    /// siblings is being restarted, the start waits for that.
    ///
    /// If the start fails the error tells why, and the supervisor goes on as if nothing had been asked. Cancelling the
    /// calling task takes the child away again; if it was cancelled before, nothing is started. Once `startChild` has
    /// returned the calling task has no effect on the child.
    ///
    /// ```swift
    /// let child = try await tree.startChild(ChildSpec("extra", restart: .temporary) { try await work() })
    /// ```
    ///
    /// - Throws: What the start failed at, or why it was refused: the spec has faults, a sibling has the name, the
    ///   supervisor has as many children as it may have, is stopping or gone.
    @discardableResult
    public func startChild(_ spec: ChildSpec) async throws(SupervisorError) -> Child {
        Child(node: try await root().start(SupervisorSpec.Node(spec)))
    }

    /// Start a supervisor below the root and return when all of it is up.
    @discardableResult
    public func startChild(_ spec: SupervisorSpec) async throws(SupervisorError) -> Child {
        Child(node: try await root().start(SupervisorSpec.Node(spec)))
    }

    /// The node with this runtime name, "shop/jobs/reader"; that of the root is its name.
    public func child(at path: String) -> Child? {
        NodeHandle.find(path, in: tree).map { Child(node: $0) }
    }

    /// The child of the root that has the name.
    public func child(named name: String) -> Child? {
        NodeHandle.root(of: tree)?.find(name).map { Child(node: $0) }
    }

    /// How many children the root has.
    public var childCount: Int {
        NodeHandle.root(of: tree)?.childCount ?? 0
    }

    func root() throws(SupervisorError) -> NodeHandle {
        guard let root = NodeHandle.root(of: tree) else { throw .unreachable() }
        return root
    }
}
