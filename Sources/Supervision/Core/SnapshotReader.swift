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

extension Supervisor.Snapshot {
    /// What is seen when there is no memory for a snapshot.
    static let empty = Supervisor.Snapshot(
        nodes: [],
        time: SupervisorClock.Instant(nanoseconds: 0),
        firstEvent: 0,
        lastEvent: 0
    )

    /// Copies a snapshot of the core.
    init(_ snapshot: OpaquePointer) {
        var first: UInt64 = 0
        var last: UInt64 = 0
        // Safe, as all below: the caller owns the snapshot.
        unsafe sup_snapshot_events(snapshot, &first, &last)
        let count = unsafe sup_snapshot_count(snapshot)
        var nodes: [Node] = []
        nodes.reserveCapacity(count)
        // The paths of the supervisors above the present node, by depth.
        var above: [String] = []
        for index in 0..<count {
            guard let info = unsafe sup_snapshot_node(snapshot, index)?.pointee else { continue }
            let depth = Int(unsafe info.depth)
            above.removeLast(max(above.count - depth, 0))
            let node = unsafe Node(info, below: above.last)
            nodes.append(node)
            above.append(node.path)
        }
        self.init(
            nodes: nodes,
            time: SupervisorClock.Instant(nanoseconds: unsafe sup_snapshot_time(snapshot)),
            firstEvent: first,
            lastEvent: last
        )
    }
}

extension Supervisor.Snapshot.Node {
    init(_ info: sup_node_info, below parent: String?) {
        // Safe: the snapshot that it is part of lives; everything is copied or counted.
        let name = unsafe String(cString: info.name)
        let told = unsafe info.path.map { unsafe String(cString: $0) }
        let path = told ?? parent.map { "\($0)/\(name)" } ?? name
        self = unsafe Supervisor.Snapshot.Node(
            name: name,
            path: path,
            depth: Int(info.depth),
            kind: Supervisor.NodeKind(info.kind),
            state: NodeState(info.state),
            incarnation: info.child.incarnation,
            restarts: info.restarts,
            startedAt: info.started_at == 0 ? nil : SupervisorClock.Instant(nanoseconds: info.started_at),
            changedAt: SupervisorClock.Instant(nanoseconds: info.changed_at),
            deadline: info.deadline == Core.infinite ? nil : SupervisorClock.Instant(nanoseconds: info.deadline),
            childCount: Int(clamping: info.children),
            waitsFor: info.waits_for.map { unsafe String(cString: $0) },
            stopStep: info.step_count == 0
                ? nil
                : Supervisor.Snapshot.StopStep(
                    action: Supervisor.StopAction(Int64(info.step_action.rawValue)),
                    number: Int(info.step) + 1,
                    count: Int(info.step_count)
                ),
            pid: info.pid == 0 ? nil : Int(info.pid),
            error: info.error.map { unsafe SupervisorError(core: $0, place: path) }
        )
    }
}

extension NodeState {
    private static let known = Dictionary(
        uniqueKeysWithValues: [
            Self.new, .starting, .running, .stopping, .waiting, .stuck, .ended, .completed, .failed, .stopped,
            .declined, .abandoned, .quarantined, .healthy, .done,
        ].map { ($0.rawValue, $0) }
    )

    init(_ state: sup_state) {
        // Safe: the names are static.
        self =
            Self.known[state.rawValue]
            ?? Self(rawValue: state.rawValue, name: unsafe String(cString: sup_state_name(state)))
    }
}
