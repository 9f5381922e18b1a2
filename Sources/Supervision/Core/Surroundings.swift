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

/// What all workers of a supervisor have in common: one object for them all.
final class Surroundings: Sendable {
    let runtime: SupervisorRuntime

    /// The priority at the start of the tree.
    let priority: TaskPriority

    /// What wraps their bodies, outermost first.
    let arounds: [SupervisorSpec.Around]

    /// What other modules have given to the tree.
    let values: TreeValues

    /// Tells the observers of the tree.
    let pump: ObserverPump

    init(
        runtime: SupervisorRuntime,
        priority: TaskPriority,
        arounds: [SupervisorSpec.Around] = [],
        values: TreeValues = TreeValues(),
        pump: ObserverPump = ObserverPump()
    ) {
        self.runtime = runtime
        self.priority = priority
        self.pump = pump
        self.arounds = arounds
        self.values = values
    }

    /// The same below a supervisor that adds to it.
    func adding(_ arounds: [SupervisorSpec.Around], _ values: TreeValues) -> Surroundings {
        guard !arounds.isEmpty || !values.isEmpty else { return self }
        return Surroundings(
            runtime: runtime,
            priority: priority,
            arounds: self.arounds + arounds,
            values: self.values.adding(values),
            pump: pump
        )
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
