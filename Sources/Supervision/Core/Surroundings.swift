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

internal import Synchronization

/// What all workers of a supervisor have in common: one object for them all.
final class Surroundings: Sendable {
    let runtime: SupervisorRuntime

    /// The priority at the start of the tree.
    let priority: TaskPriority

    /// The runtime name of the supervisor; `nil` outside of the root.
    let path: String?

    /// Whether they are those of the root.
    var isOutside: Bool { path == nil }

    /// What wraps their bodies, outermost first.
    let arounds: [SupervisorSpec.Around]

    /// What other modules have given to the tree.
    let values: TreeValues

    /// Tells the observers of the tree.
    let pump: ObserverPump

    /// How many of them had ended when their stop had been asked for.
    private let suddenStops = Atomic<UInt>(0)

    /// Those of a root.
    init(runtime: SupervisorRuntime, priority: TaskPriority, root: RootSurroundings) {
        self.runtime = runtime
        self.priority = priority
        self.path = nil
        self.arounds = root.arounds
        self.values = root.values
        self.pump = ObserverPump()
        pump.logs.add(root.values)
    }

    private init(
        in outer: Surroundings,
        path: String,
        arounds: [SupervisorSpec.Around],
        values: TreeValues
    ) {
        self.runtime = outer.runtime
        self.priority = outer.priority
        self.path = path
        self.arounds = arounds.isEmpty ? outer.arounds : outer.arounds + arounds
        self.values = values.isEmpty ? outer.values : outer.values.adding(values)
        self.pump = outer.pump
        pump.logs.add(values)
    }

    /// Those of the children of a supervisor that is in these.
    func inside(_ spec: SupervisorSpec) -> Surroundings {
        Surroundings(in: self, path: path(of: spec.name), arounds: spec.arounds, values: spec.values)
    }

    /// Those of the children that a worker runs.
    func below(_ worker: Worker) -> Surroundings {
        Surroundings(in: self, path: worker.path, arounds: [], values: TreeValues())
    }

    /// The runtime name of a node in these.
    func path(of name: String) -> String {
        path.map { "\($0)/\(name)" } ?? name
    }

    /// Count a stop that took no time. Whether there have been enough since the last pause that their tasks, which may
    /// still be waiting to be run, should have one.
    func countsSuddenStop() -> Bool {
        suddenStops.add(1, ordering: .relaxed).newValue.isMultiple(of: 16)
    }

    /// Make a task that inherits nothing of whoever happens to make it.
    func detach(
        _ operation: @escaping @Sendable @isolated(any) () async -> Void
    ) -> Task<Void, Never> {
        if let executor = runtime.manual {
            Task.detached(executorPreference: executor, priority: priority, operation: operation)
        } else {
            Task.detached(priority: priority, operation: operation)
        }
    }
}
