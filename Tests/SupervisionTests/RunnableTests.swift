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
import Testing

@Suite("Trees that grow from inside", .timeLimit(.minutes(1)))
struct RunnableTests {
    @Test("N5 Faults of what is run are all told, each with its path")
    func paths() async throws {
        let told = Log<[String]>()
        let root = ChildSpec.runnable("root") { context in
            let one = try await failure { _ = try context.run("no/name") { _ in } }
            told.append(one.related.map { $0.path ?? "" })
            let group = try await failure {
                _ = try context.runGroup {
                    ChildSpec.idle("x/y")
                    ChildSpec.idle("late", shutdown: .timeout(.seconds(-1)))
                    SupervisorSpec("s") { ChildSpec.idle("") }
                }
            }
            told.append(group.related.map { $0.path ?? "" })
            try context.signal(.healthy)
            try context.signal(.done)
        }
        let tree = try await TestTree(launching: root)
        #expect(told.all == [["root/no\\x2fname"], ["root/late", "root/x\\x2fy", "root/s/(no name)"]])
        try await tree.terminate()
    }

    @Test("R0 A runnable runs children of every kind, and is stopped after them")
    func everyKind() async throws {
        let root = ChildSpec.runnable("root") { context in
            try context.run("runnable") { await $0.stopRequested() }
            try context.run(ChildSpec("worker", restart: .transient) { context in await context.stopRequested() })
            try context.run(
                SupervisorSpec("supervisor") {
                    ChildSpec("below") { context in await context.stopRequested() }
                }
            )
            try context.signal(.healthy)
            await context.stopRequested()
        }
        let tree = try await TestTree(launching: root)
        #expect(tree.snapshot.nodes.map(\.path).count == 5)
        #expect(tree["root"]?.kind == .worker && tree["root"]?.childCount == 3)
        let handle = try #require(tree.supervisor.child(at: "root/supervisor/below"))
        #expect(handle.supervisor?.supervisor?.runtimeName == "root")
        try await tree.terminate()
        tree.recorder.expect(
            inOrder: .terminated("root/supervisor/below"),
            .terminated("root/supervisor"),
            .terminated("root/worker"),
            .terminated("root/runnable"),
            .terminated("root")
        )
    }

    @Test("R0 A worker with a restart type may run children; its end is that of any worker")
    func workerThatRunsChildren() async throws {
        let finish = Gate()
        let spec = SupervisorSpec("top") {
            ChildSpec("worker", restart: .transient) { context in
                try context.run("x") { await $0.stopRequested() }
                try await finish.wait()
            }.runningChildren()
            ChildSpec.runnable("runnable") { context in await context.stopRequested() }
        }
        try await withTestTree(spec) { tree in
            #expect(tree["top/worker/x"]?.state == .running)
            finish.open()
            try await tree.settle()
            tree.recorder.expect(inOrder: .terminated("top/worker/x"), .completed("top/worker"))
            #expect(tree["top/worker"]?.state == .completed && tree["top/worker/x"] == nil)
        }
    }

    @Test("N6 A process does not run children, nor does what may overlap")
    func faults() async throws {
        let overlapping = ChildSpec("a", whenStuck: .overlap) { context in await context.stopRequested() }
        for spec in [overlapping.runningChildren(), ChildSpec("p", command: ProcessCommand("true")).runningChildren()] {
            await #expect(throws: SupervisorError.self) {
                try await TestTree(launching: SupervisorSpec("top") { spec })
            }
        }
    }

    @Test("X5 A runnable that asks for it is run anew with what has changed, and has not failed")
    func newConfiguration() async throws {
        let changed = Gate()
        let root = ChildSpec.runnable("root") { context in
            let number = context.incarnationNumber
            try context.run("of-\(number)") { await $0.stopRequested() }
            try context.signal(.healthy)
            guard number == 1 else { return await context.stopRequested() }
            try await changed.wait()
            context.requestRestart()
        }
        let tree = try await TestTree(launching: root)
        changed.open()
        try await tree.advance(by: .seconds(1))
        tree.recorder.expect(never: .failed())
        #expect(tree["root/of-1"] == nil && tree["root/of-2"]?.state == .running)
        try await tree.terminate()
    }

    @Test("R2 Who waits for the health of what is stopped, or is cancelled, is told")
    func healthThatDoesNotCome() async throws {
        let root = ChildSpec.runnable("root") { context in
            try context.run("a") { await $0.stopRequested() }
            await context.stopRequested()
        }
        let tree = try await TestTree(launching: root)
        let child = try #require(tree.supervisor.child(at: "root/a"))
        let cancelled = Task { try await child.healthy() }
        cancelled.cancel()
        await #expect(throws: SupervisorError.self) { try await cancelled.value }
        let stopped = Task { try await child.healthy() }
        await Task.yield()
        try await tree.terminate()
        await #expect(throws: SupervisorError.self) { try await stopped.value }
    }

    @Test("R7 A snapshot has the states of runnables and when they changed")
    func states() async throws {
        let root = ChildSpec.runnable("root") { context in
            try await context.sleep(for: .seconds(1))
            try context.signal(.healthy)
            try await context.sleep(for: .seconds(1))
            try context.signal(.done)
        }
        let tree = try await TestTree(launching: root)
        let begun = tree.runtime.now
        for (seconds, state) in [(0, NodeState.running), (1, .healthy), (2, .done)] {
            #expect(tree["root"]?.state == state)
            #expect(tree["root"].map { begun.duration(to: $0.changedAt) } == .seconds(seconds))
            try await tree.advance(by: .seconds(1))
        }
        tree.recorder.expect(inOrder: .kind(.started), .kind(.healthy), .kind(.done))
        try await tree.terminate()
    }

    @Test("L2 A tree of runnables is run until it is stopped, and has an exit code")
    func runs() async throws {
        let up = Gate()
        let run = Task {
            try await Supervisor.run("root") { context in
                up.open()
                await context.stopRequested()
            }
        }
        try await up.wait()
        run.cancel()
        #expect(try await run.value.exitCode == 0)
    }

    #if os(Linux)
    @Test("R3 With `propagateFailures` the first failure ends the process, and is told")
    func propagates() async {
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            let tree = try await Supervisor.start("root", propagateFailures: true) { context in
                try context.run("a") { _ in throw ScriptedFailure(5) }
                await context.stopRequested()
            }
            try await tree.wait()
        }
        let told = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }
        #expect(told?.contains("root/a") == true && told?.contains("scripted failure 5") == true)
    }
    #endif
}
