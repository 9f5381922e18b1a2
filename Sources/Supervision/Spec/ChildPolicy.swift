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
    private var rawPriority: UInt8?

    var priority: TaskPriority? {
        get { rawPriority.map { TaskPriority(rawValue: $0) } }
        set { rawPriority = newValue?.rawValue }
    }

    init(
        restart: ChildSpec.Restart = .permanent,
        shutdown: ChildSpec.Shutdown = .standard,
        startTimeout: ChildSpec.StartTimeout = .standard,
        backoff: RestartBackoff? = nil,
        whenStuck: ChildSpec.WhenStuck = .wait,
        priority: TaskPriority? = nil
    ) {
        self.restart = restart
        self.shutdown = shutdown
        self.startTimeout = startTimeout
        self.backoff = backoff
        self.whenStuck = whenStuck
        self.rawPriority = priority?.rawValue
    }
}

/// Settings behind one reference, so that a hundred thousand specs with the same settings stay small.
final class SharedPolicy: Sendable {
    static let standard = SharedPolicy(ChildPolicy())

    let policy: ChildPolicy

    private init(_ policy: ChildPolicy) {
        self.policy = policy
    }

    static func of(_ policy: ChildPolicy) -> SharedPolicy {
        policy == standard.policy ? standard : SharedPolicy(policy)
    }
}
