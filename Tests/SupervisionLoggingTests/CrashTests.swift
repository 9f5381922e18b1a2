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

import Foundation
import Logging
import Supervision
import SupervisionLogging
import SupervisionTesting
import Synchronization
import Testing

/// Each of these runs in a process of its own, as it blocks a thread of the cooperative pool.
@Suite(
    "R3 No crash holds up who logs",
    .serialized,
    .enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1, "one thread is blocked"),
    .timeLimit(.minutes(1))
)
struct CrashTests {
    /// Blocks who tells of the crash, or who cancels the others of the group, in the middle of it.
    private final class Obstacle: StateObserver {
        let isReached = Gate()
        let isCleared = Gate()
        private let gate = ThreadGate()

        /// Block the thread.
        func meet() {
            isReached.open()
            gate.wait()
        }

        func clear() {
            gate.open()
            isCleared.open()
        }

        func stateChanged(_ change: StateChange) {
            if change.path == "root/crashing" && change.state == .dead { meet() }
        }
    }

    @Test("R3 While an observer holds up the news of a crash, all nodes of its group and below it log")
    func observer() async {
        await #expect(processExitsWith: .success) {
            let obstacle = Obstacle()
            try await CrashTests.log(during: obstacle, observers: [obstacle]) { await $0.stopRequested() }
        }
    }

    @Test("R3 While a cancellation holds up the restart of a group, all nodes of the group and below it log")
    func cancellation() async {
        await #expect(processExitsWith: .success) {
            let obstacle = Obstacle()
            try await CrashTests.log(during: obstacle, observers: []) { _ in
                // What ends by itself when it is asked to is not cancelled.
                await withTaskCancellationHandler {
                    await obstacle.isCleared.waitIgnoringCancellation()
                } onCancel: {
                    obstacle.meet()
                }
            }
        }
    }

    /// Let one of a group fail and, when that has met the obstacle, call the loggers of all nodes from several threads.
    private static func log(
        during obstacle: Obstacle,
        observers: [any StateObserver],
        blocking body: @escaping @Sendable (ChildContext) async throws -> Void
    ) async throws {
        // Who is blocked for good fails the test.
        alarm(30)
        let (crash, log, crew) = (Gate(), LogTree(), Crew())
        let tree = try await Supervisor.start("root", loggingTo: log, events: false, observers: observers) { context in
            try context.runGroup {
                ChildSpec.runnable("crashing") { context in
                    crew.join(context)
                    if context.incarnationNumber > 1 { return await context.stopRequested() }
                    await crash.waitIgnoringCancellation()
                    throw ScriptedFailure()
                }
                ChildSpec.runnable("blocking") { context in
                    crew.join(context)
                    if context.incarnationNumber == 1 { try await body(context) }
                    await context.stopRequested()
                }
                for index in 0..<20 {
                    ChildSpec.runnable("\(index)") { context in
                        try context.run("below") { context in
                            crew.join(context)
                            await context.stopRequested()
                        }
                        crew.join(context)
                        await context.stopRequested()
                    }
                }
            }
            await context.stopRequested()
        }
        await crew.wait(for: 42)
        let crewOfBefore = crew.all
        crash.open()
        try await obstacle.isReached.wait()

        let threads = (0..<4).map { number in
            let isDone = Gate()
            Thread.detachNewThread {
                for context in crewOfBefore {
                    context.logger.info("thread \(number)")
                    context.logNode?.lines().write("line of thread \(number)\n")
                }
                isDone.open()
            }
            return isDone
        }
        for isDone in threads { await isDone.waitIgnoringCancellation() }
        for context in crewOfBefore {
            let path = try #require(context.logNode).path.description
            let entries = try log.backlog(LogFilter(path), .all)
            guard entries.count == 8 else { fatalError("\(path) has \(entries.count) entries") }
        }
        // It was held up all the time: by an observer that has not returned, or by one who has not ended.
        let restarts = tree.snapshot()["root/blocking"]?.restarts
        guard restarts == 0 || !observers.isEmpty else { fatalError("it was restarted, \(restarts ?? 0) times") }

        obstacle.clear()
        await crew.wait(for: 84)
        try await tree.terminate()
    }

    /// The contexts of all incarnations so far.
    private final class Crew: Sendable {
        private struct State {
            var contexts: [ChildContext] = []
            var gates: [(count: Int, gate: Gate)] = []
        }

        private let state = Mutex(State())

        var all: [ChildContext] { state.withLock { $0.contexts } }

        func join(_ context: ChildContext) {
            let gates = state.withLock { state in
                state.contexts.append(context)
                return state.gates.filter { $0.count <= state.contexts.count }
            }
            for (_, gate) in gates { gate.open() }
        }

        func wait(for count: Int) async {
            let gate = Gate()
            state.withLock { state in
                if state.contexts.count >= count { gate.open() }
                state.gates.append((count, gate))
            }
            await gate.waitIgnoringCancellation()
        }
    }
}
