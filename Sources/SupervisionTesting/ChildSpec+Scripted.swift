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

public import Supervision
internal import Synchronization

// Workers that do one thing, as it is needed in tests. Their policies can be set afterwards, as those of any spec. Those
// that count their runs count all runs of the spec, in whichever tree.

extension ChildSpec {
    /// Has nothing to do until it is stopped.
    public static func idle(
        _ name: String,
        restart: Restart = .permanent,
        shutdown: Shutdown = .standard
    ) -> ChildSpec {
        ChildSpec(name, restart: restart, shutdown: shutdown) { context in
            await context.stopRequested()
        }
    }

    /// Fails so many times, each time after a while on the clock of the tree, and then has nothing to do. All runs of the
    /// spec are counted together: make a new one for each tree.
    public static func failing(
        _ name: String,
        times: Int = .max,
        after delay: Duration = .zero,
        restart: Restart = .permanent,
        backoff: RestartBackoff? = nil,
        error: @escaping @Sendable (_ run: Int) -> any Error = { ScriptedFailure($0) }
    ) -> ChildSpec {
        let runs = RunCounter()
        return ChildSpec(name, restart: restart, backoff: backoff) { context in
            let run = runs.next()
            guard run <= times else { return await context.stopRequested() }
            if delay > .zero { try await context.sleep(for: delay) }
            throw error(run)
        }
    }

    /// Completes so many times, each time after a while on the clock of the tree, and then has nothing to do. All runs of
    /// the spec are counted together.
    public static func completing(
        _ name: String,
        times: Int = .max,
        after delay: Duration = .zero,
        restart: Restart = .permanent
    ) -> ChildSpec {
        let runs = RunCounter()
        return ChildSpec(name, restart: restart) { context in
            guard runs.next() <= times else { return await context.stopRequested() }
            if delay > .zero { try await context.sleep(for: delay) }
        }
    }

    /// Never ends by itself and does not finish when it is told to drain; being cancelled ends it.
    public static func hanging(
        _ name: String,
        restart: Restart = .permanent,
        shutdown: Shutdown = .standard
    ) -> ChildSpec {
        ChildSpec(name, restart: restart, shutdown: shutdown) {
            try await Gate().wait()
        }
    }

    /// Heeds nothing until the gate is opened: it outlives its shutdown timeout and is abandoned.
    public static func ignoringCancellation(
        _ name: String,
        until gate: Gate,
        restart: Restart = .permanent,
        shutdown: Shutdown = .standard,
        whenStuck: WhenStuck = .wait
    ) -> ChildSpec {
        // It says that it is up from within, so that it has begun when the tree has.
        ChildSpec(name, restart: restart, shutdown: shutdown, whenStuck: whenStuck) { _, notifyStart in
            notifyStart()
            await gate.waitIgnoringCancellation()
        }
    }

    /// Ends when it is told to, with an error.
    public static func failingToStop(
        _ name: String,
        restart: Restart = .permanent,
        shutdown: Shutdown = .standard,
        error: any Error = ScriptedFailure()
    ) -> ChildSpec {
        ChildSpec(name, restart: restart, shutdown: shutdown) { context, notifyStart in
            notifyStart()
            await context.stopRequested()
            throw error
        }
    }

    /// Blocks its thread until the gate is opened.
    ///
    /// For trees in real time: on manual time the workers have one thread, and ``TestTree`` tells that it is blocked.
    public static func blockingThread(
        _ name: String,
        until gate: ThreadGate,
        restart: Restart = .permanent,
        shutdown: Shutdown = .standard,
        priority: TaskPriority? = nil
    ) -> ChildSpec {
        ChildSpec(name, restart: restart, shutdown: shutdown, priority: priority) { _, notifyStart in
            notifyStart()
            gate.wait()
        }
    }

    /// Says that it is not needed.
    public static func declining(_ name: String, restart: Restart = .permanent) -> ChildSpec {
        ChildSpec(name, restart: restart) { _, notifyStart in
            notifyStart.decline()
        }
    }

    /// Acknowledges its start after a while on the clock of the tree, and then has nothing to do.
    public static func acknowledging(
        _ name: String,
        after delay: Duration,
        restart: Restart = .permanent,
        startTimeout: StartTimeout = .standard
    ) -> ChildSpec {
        ChildSpec(name, restart: restart, startTimeout: startTimeout) { context, notifyStart in
            try await context.sleep(for: delay)
            notifyStart()
            await context.stopRequested()
        }
    }

    /// Acknowledges its start when the gate is opened, and then has nothing to do.
    public static func acknowledging(
        _ name: String,
        when gate: Gate,
        restart: Restart = .permanent,
        startTimeout: StartTimeout = .standard
    ) -> ChildSpec {
        ChildSpec(name, restart: restart, startTimeout: startTimeout) { context, notifyStart in
            try await gate.wait()
            notifyStart()
            await context.stopRequested()
        }
    }

    /// Never acknowledges its start.
    public static func neverAcknowledging(
        _ name: String,
        restart: Restart = .permanent,
        startTimeout: StartTimeout = .standard
    ) -> ChildSpec {
        ChildSpec(name, restart: restart, startTimeout: startTimeout) { context, _ in
            await context.stopRequested()
        }
    }

    /// Fails to start in some of its runs, counted from 1 over all trees; in the others it comes up and has nothing to do.
    public static func failingToStart(
        _ name: String,
        inRuns fails: @escaping @Sendable (_ run: Int) -> Bool = { _ in true },
        restart: Restart = .permanent,
        error: @escaping @Sendable (_ run: Int) -> any Error = { ScriptedFailure($0) }
    ) -> ChildSpec {
        let runs = RunCounter()
        return ChildSpec(name, restart: restart) { context, notifyStart in
            let run = runs.next()
            if fails(run) {
                notifyStart(failed: error(run))
                return
            }
            notifyStart()
            await context.stopRequested()
        }
    }
}

/// Counts the runs of one child, in whichever tree.
private final class RunCounter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
