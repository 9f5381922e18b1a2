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

/// A node of a running tree: a handle that may be copied, handed on, and dropped, which stops nothing.
///
/// It names the node and not its name: it stays valid over restarts, and when the node is gone it does not answer for a
/// new child of the same name.
///
/// ```swift
/// let child = try await tree.startChild(ChildSpec("extra") { context in try await serve(until: context) })
/// try await child.terminate()
/// ```
public struct Child: Sendable {
    let node: NodeHandle

    /// The name of the node.
    public var name: String {
        node.origin.name
    }

    /// Its ancestors' names and its own, joined by `/`.
    public var runtimeName: String {
        node.path
    }

    /// The spec from which it was made, as it was given.
    public var spec: SupervisorSpec.Node {
        node.origin.node
    }

    /// What it is.
    public var tag: ChildTag {
        spec.tag
    }

    /// Whether it is a worker, of this process or a process of its own.
    public var isWorker: Bool {
        tag == .worker
    }

    /// How it is now; `nil` if it is gone.
    public func snapshot() -> Supervisor.Snapshot.Node? {
        node.snapshot()
    }

    /// Its state; `nil` if it is gone.
    public var state: NodeState? {
        snapshot()?.state
    }

    /// The number of its present or last incarnation; `nil` if it is gone.
    public var incarnation: UInt64? {
        snapshot()?.incarnation
    }

    /// Stop it by its stop ladder, or give up the restart that it waits for, and wait until it has ended.
    ///
    /// It keeps its place and its name, and its supervisor does not start it again: ``restart()`` does, and the next start
    /// of the supervisor. One that is temporary goes.
    ///
    /// Goes on although the calling task is cancelled. A worker that stops itself, or something above it, is not waited
    /// for: the call returns when the request is recorded.
    ///
    /// - Returns: False if it had ended already; then nothing was done.
    /// - Throws: What went wrong with the stop: the worker's error, or that it did not end in time. Every caller who waits
    ///   for the same stop is told the same.
    @discardableResult
    public func terminate() async throws(SupervisorError) -> Bool {
        try await node.terminate()
    }

    /// Return when it has ended for good: by itself, or because it was stopped, by request or with its supervisor. Restarts
    /// go by unnoticed.
    ///
    /// Cancelling the calling task ends the wait only, with an error whose code is
    /// ``SupervisorError/Code-swift.struct/cancelled``. Not for the root: ``Supervisor/wait()``.
    ///
    /// - Throws: What it failed with if it failed and is not restarted, or did not stop cleanly; a code `gone` if it had
    ///   ended before and nothing is left of it.
    @discardableResult
    public func wait() async throws(SupervisorError) -> End {
        try await node.end()
    }

    /// How a child has ended without an error.
    public enum End: Hashable, Sendable {
        /// By itself: it completed, or declined its start.
        case completed
        /// It was stopped.
        case stopped
    }

    /// Take it to the last step of its stop ladder now, asking it to stop if nobody has, and return at once.
    ///
    /// - Returns: False if it had ended already.
    @discardableResult
    public func forceStop() throws(SupervisorError) -> Bool {
        try node.force()
    }

    /// Start it now, and return when it is up: one that runs is stopped first, one that waits for its backoff waits no
    /// longer, one that is down for good begins anew. Not counted as a failure.
    ///
    /// Cancelling the calling task ends the wait only, with an error whose code is
    /// ``SupervisorError/Code-swift.struct/cancelled``. A worker that restarts itself, or something above it, does not wait:
    /// the call returns when the request is recorded.
    public func restart() async throws(SupervisorError) {
        try await node.restart()
    }

    /// Stop it if it runs, and take it away: its name is free again and its handles are gone. A child of its supervisor's
    /// spec is there again when the supervisor is restarted.
    ///
    /// Waits, and throws, as ``terminate()`` does.
    public func delete() async throws(SupervisorError) {
        try await node.delete()
    }
}

extension Child {
    /// Start a child of this supervisor and return when it is up; see
    /// ``Supervisor/startChild(_:)-(ChildSpec)``.
    @discardableResult
    public func startChild(_ spec: ChildSpec) async throws(SupervisorError) -> Child {
        Child(node: try await node.start(SupervisorSpec.Node(spec)))
    }

    /// Start a supervisor below this one and return when all of it is up.
    @discardableResult
    public func startChild(_ spec: SupervisorSpec) async throws(SupervisorError) -> Child {
        Child(node: try await node.start(SupervisorSpec.Node(spec)))
    }

    /// The supervisor of this node; `nil` for the root, and if it is gone.
    public var supervisor: Child? {
        node.supervisor.map { Child(node: $0) }
    }

    /// The child of this supervisor that has the name.
    public func child(named name: String) -> Child? {
        node.find(name).map { Child(node: $0) }
    }

    /// How many children this supervisor has; a worker has none.
    public var childCount: Int {
        node.childCount
    }
}

extension Child: Hashable {
    /// Whether they name the same node, whichever its incarnation.
    public static func == (lhs: Child, rhs: Child) -> Bool {
        lhs.node.child.isSameNode(as: rhs.node.child)
    }

    /// Hashes the node.
    public func hash(into hasher: inout Hasher) {
        node.child.hashNode(into: &hasher)
    }
}

extension Child: CustomStringConvertible {
    /// The runtime name.
    public var description: String {
        runtimeName
    }
}

/// What a child is to its supervisor.
public struct ChildTag: Hashable, Sendable, CustomStringConvertible {
    /// The name of the tag.
    public let description: String

    /// Work in a task, or a process.
    public static let worker = ChildTag(description: "worker")

    /// A supervisor.
    public static let supervisor = ChildTag(description: "supervisor")
}

extension SupervisorSpec.Node {
    /// What it is.
    public var tag: ChildTag {
        switch kind {
        case .child: .worker
        case .supervisor: .supervisor
        }
    }

    /// The name of the child.
    public var name: String {
        switch kind {
        case .child(let spec): spec.name
        case .supervisor(let spec): spec.name
        }
    }

    /// The spec of a worker or a process.
    public var childSpec: ChildSpec? {
        if case .child(let spec) = kind { spec } else { nil }
    }

    /// The spec of a supervisor.
    public var supervisorSpec: SupervisorSpec? {
        if case .supervisor(let spec) = kind { spec } else { nil }
    }
}
