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

extension ChildSpec {
    /// A runnable: a worker that runs children from inside, and says of itself that it is healthy and done.
    ///
    /// Its body runs children with ``ChildContext/run(_:shutdown:backoff:priority:body:)`` and the like. It fails when it
    /// throws, and when it returns without having signalled ``ChildContext/Signal/done``; then it is restarted with
    /// all below it, however often. Its supervisor does not count that.
    ///
    /// - Parameters:
    ///   - name: The name of the child.
    ///   - shutdown: What is done to make its body end once its children have ended, and how long that may take.
    ///   - backoff: Delays between its restarts.
    ///   - priority: Priority of its tasks; `nil` takes the one with which the tree was started.
    ///   - body: What one incarnation does.
    public static func runnable(
        _ name: String,
        shutdown: Shutdown = .standard,
        backoff: RestartBackoff = .runnable,
        priority: TaskPriority? = nil,
        body: @escaping @Sendable (_ context: ChildContext) async throws -> Void
    ) -> ChildSpec {
        let policy = ChildPolicy(
            shutdown: shutdown,
            backoff: backoff == .runnable ? nil : backoff,
            priority: priority,
            runs: .tree
        )
        return ChildSpec(name: name, work: .context(body), policy: policy)
    }

    /// The same worker as one that may run children of its own, with ``ChildContext/run(_:)-(ChildSpec)`` and the like. Its
    /// restart type says what its end means, as of any worker, after its children have been stopped.
    public func runningChildren() -> ChildSpec {
        var spec = self
        spec.runsChildren = true
        return spec
    }

    /// Whether its incarnations may run children; see ``runningChildren()``. Not for processes.
    public var runsChildren: Bool {
        get { shared.policy.runs != .nothing }
        set { update { $0.runs = $0.runs == .tree ? .tree : newValue ? .children : .nothing } }
    }

    /// Whether it is a runnable.
    public var isRunnable: Bool {
        shared.policy.runs == .tree
    }
}
