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
import SupervisionTesting
import Synchronization
import Testing

enum Tracing {
    @TaskLocal static var tag = "none"
}

@Suite("The Swift side", .timeLimit(.minutes(1)))
struct SwiftTests {
    @Test("Y1 Requests reach the engine before the first suspension")
    func requestsAreSynchronous() async throws {
        let tree = try await Supervisor.start(SupervisorSpec("root") { ChildSpec.idle("a") })
        #expect(tree.state == .running)
        tree.requestStop()
        #expect(tree.state == .stopping || tree.state == .ended)
        try await tree.wait()
    }

    @MainActor
    @Test("Y2 Workers are started, fail and are restarted while the main actor is busy")
    func noActor() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec.failing("flaky", times: 10)
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        // No suspension here: the main actor is held until ten restarts were made.
        let looks = (0..<10_000).lazy.map { _ in
            _ = Latch().wait(milliseconds: 1)
            return tree.snapshot()["root/flaky"]?.restarts
        }
        #expect(looks.contains(10))
        try await tree.terminate()
    }

    @Test("Y5 A worker sees no task-locals and no cancellation of whoever started it, and has its priority")
    func isolation() async throws {
        struct Seen: Sendable, Equatable {
            let tag: String
            let isCancelled: Bool
            let priority: TaskPriority
            let hasContext: Bool
        }
        let seen = Log<Seen>()
        let look: @Sendable () -> Void = {
            let seenNow = Seen(
                tag: Tracing.tag,
                isCancelled: Task.isCancelled,
                priority: Task.currentPriority,
                hasContext: ChildContext.current != nil
            )
            seen.append(seenNow)
        }
        let spec = SupervisorSpec("root") {
            ChildSpec("low", priority: .low) { context, notifyStart in
                look()
                notifyStart()
                await context.stopRequested()
            }
            ChildSpec("default") { context, notifyStart in
                look()
                notifyStart()
                await context.stopRequested()
            }
        }
        let task = Task(priority: .high) {
            try await Tracing.$tag.withValue("starter") { try await Supervisor.start(spec) }
        }
        let tree = try await task.value
        task.cancel()
        try await tree.terminate()
        #expect(seen.all.map(\.tag) == ["none", "none"])
        #expect(seen.all.map(\.isCancelled) == [false, false])
        #expect(seen.all.map(\.priority) == [.low, .high])
        #expect(seen.all.map(\.hasContext) == [true, true])
        #expect(ChildContext.current == nil)
    }

    @Test("Y5 around wraps every body below it, outermost first, at every incarnation")
    func around() async throws {
        let log = Log<String>()
        let recorder = EventRecorder()
        let inner = SupervisorSpec("inner") { ChildSpec.failing("flaky", times: 1) }
            .around { context, body in
                log.append("inner \(Tracing.tag)")
                try await body()
            }
        let spec = SupervisorSpec("root") {
            inner
            ChildSpec("plain", restart: .temporary) { log.append("plain \(Tracing.tag)") }
        }
        .around { context, body in
            try await Tracing.$tag.withValue(context.path) { try await body() }
        }
        .around { context, body in
            log.append("second \(context.name)")
            try await body()
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .started("root/inner/flaky"), count: 2)
        await recorder.expect(eventually: .completed("root/plain"))
        try await tree.terminate()
        let flaky = log.all.filter { !$0.contains("plain") }
        #expect(
            flaky == [
                "second flaky", "inner root/inner/flaky", "second flaky", "inner root/inner/flaky",
            ]
        )
        #expect(log.all.filter { $0.contains("plain") } == ["second plain", "plain root/plain"])
    }

    @Test("Y6 A cancellation handler that blocks for ever holds up neither a sibling's stop nor a deadline")
    func blockingHandler() async throws {
        let lock = Mutex(())
        let gate = Gate()
        let isLocked = Gate()
        let release = Gate()
        // Somebody holds a lock for as long as the test lasts, and the handler waits for it.
        let holder = BlockingThread { opened in
            lock.withLock { _ in
                isLocked.open()
                opened.wait()
            }
        }
        try await isLocked.wait()
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec.ignoringCancellation("deaf", until: gate, shutdown: .timeout(.milliseconds(50)))
            ChildSpec("blocked", shutdown: .timeout(.milliseconds(50))) { _, notifyStart in
                notifyStart()
                await withTaskCancellationHandler {
                    await release.waitIgnoringCancellation()
                } onCancel: {
                    lock.withLock { _ in }
                }
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        // The handler may run on the thread that asks for the stop, so that is one that may be lost.
        _ = BlockingThread { _ in tree.requestStop() }
        // Nobody else calls the tree until the sibling was asked, so that nobody helps it on by accident.
        await recorder.expect(eventually: .stopping("root/deaf"))
        let error = try await failure { try await tree.wait() }
        #expect(error.explain.contains("root/deaf") && error.explain.contains("root/blocked"), "\(error.explain)")
        try await recorder.finish()
        let ended = recorder.events.filter { $0.kind == .terminationFailed && $0.path != "root" }
        #expect(ended.map(\.name) == ["blocked", "deaf"])
        holder.open()
        gate.open()
        release.open()
    }

    @Test("Y7 Cancelling a wait ends only that wait")
    func cancelWait() async throws {
        let tree = try await Supervisor.start(SupervisorSpec("root") { ChildSpec.idle("a") })
        let waits = (0..<3).map { _ in Task { try await tree.wait() } }
        waits[0].cancel()
        waits[1].cancel()
        for wait in waits[0..<2] {
            let error = try await failure { try await wait.value }
            #expect(error.code == .cancelled)
        }
        #expect(tree.state == .running)
        try await tree.terminate()
        try await waits[2].value
    }

    @Test("Y7 terminate goes on although its caller is cancelled")
    func terminateGoesOn() async throws {
        let gate = Gate()
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec.ignoringCancellation("slow", until: gate, shutdown: .indefinitely)
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let stop = Task { try await tree.terminate() }
        await recorder.expect(eventually: .stopping("root/slow"))
        stop.cancel()
        #expect(tree.state == .stopping)
        gate.open()
        try await stop.value
        #expect(tree.state == .ended)
    }

    @Test("Y7 Cancelling the task in run is an orderly stop that is awaited")
    func cancelRun() async throws {
        let recorder = EventRecorder()
        let ended = Counter()
        let spec = SupervisorSpec("root") {
            ChildSpec("worker") { context in
                await context.stopRequested()
                ended.increment()
            }
        }
        let run = Task { try await Supervisor.run(spec, subscribers: [recorder]) }
        await recorder.expect(eventually: .started("root"))
        run.cancel()
        let result = try await run.value
        #expect(result.exitCode == 0)
        #expect(result.error == nil)
        #expect(ended.value == 1)
        try await recorder.finish()
        #expect(recorder.lines.last == "terminated root")
    }

    @Test("Y7 Cancelling the task in withSupervisor is an orderly stop that is awaited")
    func cancelScope() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") { ChildSpec.idle("worker") }
        let scope = Task {
            try await withSupervisor(spec, subscribers: [recorder]) { tree in
                try await tree.wait()
                return 5
            }
        }
        await recorder.expect(eventually: .started("root"))
        scope.cancel()
        // The wait in the body may have been ended by the cancellation or by the stop.
        _ = try? await scope.value
        try await recorder.finish()
        #expect(recorder.lines.last == "terminated root")
    }

    @Test("Y7 Cancelling a start rolls back; after it has returned it has no effect")
    func cancelStart() async throws {
        let task = Task { try await Supervisor.start(SupervisorSpec("root") { ChildSpec.idle("a") }) }
        let tree = try await task.value
        task.cancel()
        #expect(tree.state == .running)
        try await tree.terminate()
    }

    @Test("Y7 Dropping the last handle stops nothing")
    func droppedHandle() async throws {
        let runs = Counter()
        let contexts = Log<ChildContext>()
        let finish = Gate()
        let recorder = EventRecorder()
        func startAndDrop() async throws {
            let spec = SupervisorSpec("root", tolerance: .failures(3, within: .zero), backoff: .none) {
                ChildSpec("worker") { context in
                    contexts.append(context)
                    if runs.increment() == 4 { await finish.waitIgnoringCancellation() }
                    throw ScriptedFailure()
                }
            }
            _ = try await Supervisor.start(spec, subscribers: [recorder])
        }
        try await startAndDrop()
        await recorder.expect(eventually: .started("root/worker"), count: 4)
        #expect(contexts.all.last?.isStopRequested == false)
        finish.open()
        try await recorder.finish()
        #expect(recorder.lines.last == "failed root", "\(recorder.lines)")
    }

    @Test("withSupervisor: the body's error wins, and failures of the stop are attached")
    func scopeErrors() async throws {
        let good = SupervisorSpec("root") { ChildSpec.idle("a") }
        #expect(try await withSupervisor(good) { tree in tree.snapshot().nodes.count } == 2)
        await #expect(throws: ScriptedFailure(4)) {
            try await withSupervisor(good) { _ in throw ScriptedFailure(4) }
        }
        let bad = SupervisorSpec("root") {
            ChildSpec("bad") { context, notifyStart in
                notifyStart()
                await context.stopRequested()
                throw ScriptedFailure(5)
            }
        }
        let error = try await failure { try await withSupervisor(bad) { _ in throw ScriptedFailure(4) } }
        #expect(error.code == .bodyFailed)
        #expect(error.underlying as? ScriptedFailure == ScriptedFailure(4))
        #expect(error.explain.contains("scripted failure 5"), "\(error.explain)")
        let stopOnly = try await failure { try await withSupervisor(bad) { _ in } }
        #expect(stopOnly.code == .terminationFailed)
    }

    @Test("Y8 sleep is on the clock of the tree")
    func sleep() async throws {
        let runtime = try SupervisorRuntime(manualTime: true)
        let log = Log<Int>()
        let spec = SupervisorSpec("root") {
            for number in [3, 1, 2] {
                ChildSpec("sleeper\(number)", restart: .temporary) { context in
                    let before = context.now
                    try await context.sleep(for: .seconds(number * 10))
                    #expect(before.duration(to: context.now) == .seconds(number * 10))
                    log.append(number)
                }
            }
        }
        let tree = try await Supervisor.start(spec, on: runtime)
        try await runtime.advance(by: .milliseconds(9_999))
        #expect(log.all == [])
        try await runtime.advance(by: .milliseconds(1))
        #expect(log.all == [1])
        try await runtime.advance(by: .seconds(60))
        #expect(log.all == [1, 2, 3])
        try await tree.terminate()
    }

    @Test("A worker in a task group that is cancelled does not wait for a stop that never comes")
    func stopRequestedInCancelledGroup() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec("worker", restart: .temporary) { context in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await context.stopRequested() }
                    group.addTask { throw ScriptedFailure(1) }
                    try await group.next()
                }
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .failed("root/worker"))
        try await tree.terminate()
    }
}
