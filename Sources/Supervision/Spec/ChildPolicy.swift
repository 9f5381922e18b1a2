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

/// The settings that worker, process and supervisor children have in common.
struct ChildPolicy: Hashable, Sendable {
    var restart: ChildSpec.Restart
    var shutdown: ChildSpec.Shutdown
    var startTimeout: ChildSpec.StartTimeout
    var backoff: RestartBackoff?
    var whenStuck: ChildSpec.WhenStuck
    var after: [String] = []
    var group: String?
    var isSignificant = false
    var tolerance: RestartTolerance?
    var whenExceeded: ChildSpec.WhenExceeded = .escalate
    var heartbeat: Duration?
    var runs: Runs = .nothing
    private var rawPriority: UInt8?

    /// Whether its incarnations may run children, and what its end means then.
    enum Runs: UInt8 {
        case nothing
        case children
        case tree
    }

    var priority: TaskPriority? {
        get { rawPriority.map { TaskPriority(rawValue: $0) } }
        set { rawPriority = newValue?.rawValue }
    }

    init(
        restart: ChildSpec.Restart = .permanent,
        shutdown: ChildSpec.Shutdown = .standard,
        startTimeout: ChildSpec.StartTimeout = .standard,
        heartbeat: Duration? = nil,
        backoff: RestartBackoff? = nil,
        whenStuck: ChildSpec.WhenStuck = .wait,
        priority: TaskPriority? = nil,
        runs: Runs = .nothing
    ) {
        self.runs = runs
        self.restart = restart
        self.shutdown = shutdown
        self.startTimeout = startTimeout
        self.heartbeat = heartbeat
        self.backoff = backoff
        self.whenStuck = whenStuck
        self.rawPriority = priority?.rawValue
    }
}

/// Settings behind one reference, so that a hundred thousand specs with the same settings stay small.
final class SharedPolicy: Sendable {
    static let standard = SharedPolicy(ChildPolicy())

    let policy: ChildPolicy

    /// What the core has made of it, for children that are added one by one.
    let prototype = PolicyPrototype()

    private init(_ policy: ChildPolicy) {
        self.policy = policy
    }

    /// Of a runnable with nothing set.
    static let runnable = SharedPolicy(ChildPolicy(runs: .tree))

    static func of(_ policy: ChildPolicy) -> SharedPolicy {
        if policy == standard.policy { return standard }
        return policy == runnable.policy ? runnable : SharedPolicy(policy)
    }

    /// Whether the core has all of it by itself.
    var isOfDefaults: Bool {
        self === SharedPolicy.standard || self === SharedPolicy.runnable
    }
}
