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
    /// Return when the observers were told of all that has happened before the call. Called by an observer, it returns at
    /// once: they are told when the observer has returned.
    package func tellObservers() {
        tree.tellObservers()
    }

    /// A tree that was launched by somebody who looks how far it is instead of waiting: the test harness.
    package struct Launch: Sendable {
        /// The tree.
        package let supervisor: Supervisor
        private let start: Completion
        private let end: Completion

        package init(
            _ node: SupervisorSpec.Node,
            subscribers: [any EventSubscriber],
            observers: [any StateObserver] = [],
            on runtime: SupervisorRuntime
        ) throws(SupervisorError) {
            let tree = try TreeHandle.create(node, observers: observers, on: runtime)
            tree.attach(subscribers)
            self.supervisor = Supervisor(tree: tree)
            self.start = try runtime.holdingJobs { tree.beginLaunch() }
            self.end = tree.beginWait()
        }

        /// How the start went, if it is over.
        package var startResult: Result<Void, SupervisorError>? { start.answerByNow }

        /// How the tree ended, if it has.
        package var endResult: Result<Void, SupervisorError>? { end.answerByNow }
    }
}
