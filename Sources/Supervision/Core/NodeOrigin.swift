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

internal import CSupervisorCore

/// What a node was made of: it goes with its spec in the core, and is found there by whoever looks for the node.
protocol NodeOrigin: AnyObject, Sendable {
    var name: String { get }

    /// The spec as it was given.
    var node: SupervisorSpec.Node { get }

    /// Those of the siblings.
    var surroundings: Surroundings { get }

    var kind: NodeOriginKind { get }
}

enum NodeOriginKind {
    case worker(Worker)
    case process(ProcessOrigin)
    case supervisor(SupervisorOrigin)
}

extension SupervisorSpec.Node {
    /// A node that is made of this.
    func origin(in surroundings: Surroundings) -> any NodeOrigin {
        switch kind {
        case .supervisor(let spec):
            return SupervisorOrigin(spec, in: surroundings)
        case .child(let spec):
            if !isWorker, let command = spec.work.command {
                return ProcessOrigin(spec, command: command, surroundings: surroundings)
            }
            return Worker(spec, surroundings: surroundings)
        }
    }
}

extension NodeOrigin {
    /// The runtime name.
    var path: String {
        surroundings.path(of: name)
    }
}

extension Worker: NodeOrigin {
    var node: SupervisorSpec.Node {
        SupervisorSpec.Node(spec)
    }

    var kind: NodeOriginKind { .worker(self) }
}

/// Of a process.
final class ProcessOrigin: NodeOrigin {
    let spec: ChildSpec
    let command: ProcessCommand
    let surroundings: Surroundings

    init(_ spec: ChildSpec, command: ProcessCommand, surroundings: Surroundings) {
        self.spec = spec
        self.command = command
        self.surroundings = surroundings
    }

    var name: String { spec.name }
    var node: SupervisorSpec.Node { SupervisorSpec.Node(spec) }
    var kind: NodeOriginKind { .process(self) }
}

/// Of a supervisor.
final class SupervisorOrigin: NodeOrigin {
    let spec: SupervisorSpec
    let surroundings: Surroundings

    /// Those of its children.
    let inner: Surroundings

    init(_ spec: SupervisorSpec, in surroundings: Surroundings) {
        self.spec = spec
        self.surroundings = surroundings
        self.inner = surroundings.inside(spec)
    }

    var name: String { spec.name }
    var node: SupervisorSpec.Node { SupervisorSpec.Node(spec) }
    var kind: NodeOriginKind { .supervisor(self) }
}

// MARK: - In the core

extension CoreSpec {
    /// Let the origin of a process or a supervisor go with its spec.
    borrowing func set<Origin: NodeOrigin>(_ origin: Origin) {
        guard let pointer = unsafe borrowed else { return }
        let user = unsafe Unmanaged.passRetained(origin).toOpaque()
        // Safe: the core calls `free` once with the pointer, also on an error.
        _ = unsafe sup_spec_set_user(pointer, user, Self.freeOrigin)
    }

    private static let freeOrigin: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> Void = { user in
        // Safe: gives back what `set` retained.
        guard let user = unsafe user else { return }
        unsafe Unmanaged<AnyObject>.fromOpaque(user).release()
    }
}

extension sup_node_info {
    /// What the node was made of.
    var origin: (any NodeOrigin)? {
        // Safe: in trees that Swift made, the context of a callback child is a worker, and what goes with other specs is
        // what `set` gave them. The snapshot keeps it.
        guard let user = unsafe user else { return nil }
        switch unsafe kind {
        case .SUP_KIND_CALLBACK: return unsafe Unmanaged<Worker>.fromOpaque(user).takeUnretainedValue()
        case .SUP_KIND_PROCESS: return unsafe Unmanaged<ProcessOrigin>.fromOpaque(user).takeUnretainedValue()
        case .SUP_KIND_SUPERVISOR: return unsafe Unmanaged<SupervisorOrigin>.fromOpaque(user).takeUnretainedValue()
        }
    }
}
