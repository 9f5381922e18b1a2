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

/// Somebody who is to follow the events of a tree, or of a supervisor and all below it.
struct Subscription: Sendable {
    let subscriber: any EventSubscriber

    /// The runtime name of the supervisor; `nil` for the whole tree.
    var path: String?

    /// Those of a supervisor and of all below it that is in its spec.
    static func list(of spec: SupervisorSpec, path: String) -> [Subscription] {
        let own = spec.subscribers.map { Subscription(subscriber: $0, path: path) }
        switch spec.content {
        case .nodes(let nodes): return own + list(of: nodes, path: path)
        case .resource: return own
        }
    }

    /// Those of supervisors in a list of children, and of all below them.
    static func list(of nodes: [SupervisorSpec.Node], path: String) -> [Subscription] {
        nodes.followedParts.flatMap { node -> [Subscription] in
            switch node.kind {
            case .supervisor(let spec): return list(of: spec, path: "\(path)/\(spec.name)")
            case .child(let spec): return spec.isFollowed ? forwarder(of: spec, path: "\(path)/\(spec.name)") : []
            }
        }
    }

    /// What forwards signals to a process follows it as others follow a supervisor.
    private static func forwarder(of spec: ChildSpec, path: String) -> [Subscription] {
        guard case .command(let command) = spec.work, let channel = command.signals else { return [] }
        return [Subscription(subscriber: SignalForwarder(channel: channel), path: path)]
    }

    /// Let the subscriber read in a task of its own, up to the tree's final event or one that ends it before.
    @discardableResult
    func begin(tree: OpaquePointer, surroundings: Surroundings, until end: EventReader.End? = nil) -> EventReader {
        // Safe: the caller holds the tree.
        let reader = unsafe EventReader(
            tree: tree,
            buffer: subscriber.eventBuffer,
            runtime: surroundings.runtime,
            end: end
        )
        let events = Supervisor.Events(reader: reader, criteria: path.map { .inSubtree($0) })
        if let forwarder = subscriber as? SignalForwarder, let path {
            let handle = unsafe TreeHandle(
                of: CoreChild(sup_child(tree: tree, node: 0, generation: 0, incarnation: 0)),
                surroundings
            )
            // Before the child is started, so that nobody who sends then is told that it does not run.
            let target = SignalTarget(channel: ObjectIdentifier(forwarder.channel), tree: handle, path: path)
            let key = forwarder.channel.attach(target)
            _ = surroundings.detach { await forwarder.receive(events, attachedAs: key) }
        } else {
            _ = surroundings.detach { [subscriber] in await subscriber.receive(events) }
        }
        return reader
    }
}

extension ChildSpec {
    /// Whether somebody follows it who is in its spec.
    var isFollowed: Bool {
        if case .command(let command) = work { command.signals != nil } else { false }
    }
}

extension [SupervisorSpec.Node] {
    /// Those that somebody may follow who is in their specs: not workers, which are most, and are not copied.
    var followedParts: [SupervisorSpec.Node] {
        var parts: [SupervisorSpec.Node] = []
        for index in indices where !self[index].isWorker { parts.append(self[index]) }
        return parts
    }
}
