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

import Supervision

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Kills processes at random, as a machine that is short of memory would. What workers do to themselves is in ``Mishaps``.
struct Chaos: Sendable {
    let tree: Supervisor
    let journal: Journal

    /// When the shop will be closed, if that is known. A while before it nothing is killed any more, so that all is up
    /// again by then: a child that dies while it is being stopped has not stopped cleanly.
    let end: SupervisorClock.Instant?

    /// Until the task is cancelled.
    func run() async {
        while (try? await Task.sleep(for: .milliseconds(Int.random(in: 400...1_600)))) != nil {
            if let end, SupervisorRuntime.shared.now.duration(to: end) < .milliseconds(1_500) { return }
            strike()
        }
    }

    private func strike() {
        guard tree.state == .running else { return }
        let victims = tree.snapshot().nodes.filter { $0.state == .running && $0.pid != nil }
        guard let victim = victims.randomElement(), let pid = victim.pid else { return }
        journal.note("chaos", "SIGKILL to \(victim.path), pid \(pid)")
        kill(pid_t(pid), SIGKILL)
    }
}
