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

@Suite("C. Termination", .timeLimit(.minutes(1)))
struct StopTests {
    @Test("CAP-037 Terminating twice: the second call adds nothing and gets the same result")
    func twice() async throws {
        for child in [ChildSpec.idle("a"), .failingToStop("a")] {
            try await withTestTree(SupervisorSpec("root") { child }) { tree in
                let first = await result { try await tree.terminate() }
                let story = tree.recorder.story()
                let second = await result { try await tree.terminate() }
                #expect(first == second)
                #expect(tree.recorder.story() == story)
                #expect((first == nil) == story.hasSuffix("W- a, S- root"))
            }
        }
    }

    /// What it throws.
    private func result(of body: () async throws -> Void) async -> SupervisorError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? SupervisorError
        }
    }

    @Test("CAP-038 Waiting after the end gives the stored result at once")
    func waitAfterwards() async throws {
        try await withTestTree(SupervisorSpec("root") { ChildSpec.failingToStop("a") }) { tree in
            let first = await result { try await tree.terminate() }
            let later = await result { try await tree.supervisor.wait() }
            #expect(first != nil && first == later)
        }
    }

    @Test("CAP-039 A child that fails to stop: reported, the others are stopped all the same")
    func failsToStop() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("c0")
            ChildSpec.failingToStop("c1")
            ChildSpec.idle("c2")
        }
        try await withTestTree(spec) { tree in
            let error = try await failure { try await tree.terminate() }
            tree.recorder.expect(story: "W+ c0, W+ c1, W+ c2, S+ root, W- c2, W! c1, W- c0, S! root")
            #expect(error.code == .terminationFailed)
            #expect(error[field: "supervisor.name"] == "root")
            #expect(error[field: "supervisor.termination.node.0.name"] == "root/c1")
            #expect(error[field: "supervisor.termination.node.0.error"] == "scripted failure 1")
        }
    }

    @Test("CAP-040 A child that does not stop in time, in the second of two branches")
    func doesNotStopInTime() async throws {
        let gate = Gate()
        let spec = SupervisorSpec("root") {
            SupervisorSpec("b0") {
                ChildSpec.idle("c0")
                ChildSpec.idle("c1")
            }
            SupervisorSpec("b1") {
                ChildSpec.ignoringCancellation("c2", until: gate, shutdown: .timeout(.milliseconds(10)))
                ChildSpec.idle("c3")
            }
        }
        try await withTestTree(spec) { tree in
            let mark = tree.recorder.mark()
            let error = try await failure { try await tree.terminate() }
            tree.recorder.expect(
                story: "W- b1/c3, W! b1/c2, S! b1, W- b0/c1, W- b0/c0, S- b0, S! root",
                after: mark
            )
            #expect(error[field: "supervisor.subtree.0.name"] == "root/b1")
            #expect(error[field: "supervisor.subtree.0.termination.node.0.name"] == "root/b1/c2")
            let abandoned = error.related.first?.related.first
            #expect(abandoned?.code == .abandoned && abandoned?.path == "root/b1/c2", "\(error.explain)")
        }
        gate.open()
    }

    @Test("CAP-042 Children are stopped one after another, unless a supervisor says at once")
    func sequential() async throws {
        for (atOnce, time) in [(false, Duration.milliseconds(400)), (true, .milliseconds(100))] {
            var spec = SupervisorSpec("root") {
                for number in 0..<4 { draining("\(number)", .milliseconds(100)) }
            }
            spec.stopsConcurrently = atOnce
            try await withTestTree(spec) { tree in
                try await tree.terminate()
                #expect(tree.elapsed == time)
            }
        }
    }

    /// Takes so long to finish what it has begun.
    private func draining(_ name: String, _ time: Duration) -> ChildSpec {
        ChildSpec(name, shutdown: .drain(.seconds(3_600))) { context in
            await context.stopRequested()
            try await context.sleep(for: time)
        }
    }

    @Test("CAP-043 A supervisor is waited for as long as its workers may take")
    func supervisorsHaveTime() async throws {
        let spec = SupervisorSpec("root") {
            SupervisorSpec("branch") {
                for number in 0..<3 { draining("\(number)", .seconds(60)) }
            }
        }
        try await withTestTree(spec) { tree in
            try await tree.terminate()
            #expect(tree.elapsed == .seconds(180))
            tree.recorder.expect(never: .isFailure)
        }
    }

    @Test("CAP-044 One that ends with a cancellation error because it was asked to stop has ended cleanly")
    func cancelledBecauseAsked() async throws {
        let spec = SupervisorSpec("root") { ChildSpec.hanging("a") }
        try await expectStories(of: [Case("CAP-044", spec, "W+ a, S+ root, W- a, S- root")])
    }

    @Test("CAP-045 One that throws something else while it stops has not")
    func throwsWhileStopping() async throws {
        struct Untidy: Error, Equatable {}
        let spec = SupervisorSpec("root") { ChildSpec.failingToStop("a", error: Untidy()) }
        try await withTestTree(spec) { tree in
            let error = try await failure { try await tree.terminate() }
            tree.recorder.expect(story: "W+ a, S+ root, W! a, S! root")
            tree.recorder.expect(inOrder: .terminationFailed("root/a") && .error(Untidy()))
            #expect(error.code == .terminationFailed)
        }
    }

    @Test("CAP-046 One that returns while it is stopped was terminated; it has not completed")
    func returnsWhileStopping() async throws {
        let spec = SupervisorSpec("root") { ChildSpec("a") { context in await context.stopRequested() } }
        try await expectStories(of: [Case("CAP-046", spec, "W+ a, S+ root, W- a, S- root")])
    }

    // swift-format-ignore: OnlyOneTrailingClosureArgument
    @Test("CAP-048 A cleanup that fails in the middle subtree of three")
    func cleanupFails() async throws {
        let spec = SupervisorSpec("root") {
            SupervisorSpec("s1") { ChildSpec.idle("w1") }
            SupervisorSpec("s2", acquire: { 2 }, release: { _ in throw ScriptedFailure(2) }) { _ in
                ChildSpec.idle("w2")
            }
            SupervisorSpec("s3") { ChildSpec.idle("w3") }
        }
        try await withTestTree(spec) { tree in
            let mark = tree.recorder.mark()
            let error = try await failure { try await tree.terminate() }
            tree.recorder.expect(
                story: "W- s3/w3, S- s3, W- s2/w2, S! s2, W- s1/w1, S- s1, S! root",
                after: mark
            )
            #expect(error[field: "supervisor.subtree.0.name"] == "root/s2")
            #expect(error[field: "supervisor.subtree.0.termination.cleanup.error"] == "scripted failure 2")
        }
    }

    // swift-format-ignore: OnlyOneTrailingClosureArgument
    @Test("CAP-049 Several failures and that of the cleanup are in one error, by the names of the children")
    func severalFailures() async throws {
        let spec = SupervisorSpec("root", acquire: { 0 }, release: { _ in throw ScriptedFailure(0) }) { _ in
            ChildSpec.failingToStop("b", error: ScriptedFailure(1))
            ChildSpec.idle("c")
            ChildSpec.failingToStop("a", error: ScriptedFailure(2))
            SupervisorSpec("sub") { ChildSpec.failingToStop("d", error: ScriptedFailure(3)) }
        }
        try await withTestTree(spec) { tree in
            let mark = tree.recorder.mark()
            let error = try await failure { try await tree.terminate() }
            tree.recorder.expect(story: "W! sub/d, S! sub, W! a, W- c, W! b, S! root", after: mark)
            let expected = [
                "supervisor.termination.cleanup.error": "scripted failure 0",
                "supervisor.termination.node.0.name": "root/a",
                "supervisor.termination.node.0.error": "scripted failure 2",
                "supervisor.termination.node.1.name": "root/b",
                "supervisor.termination.node.1.error": "scripted failure 1",
                "supervisor.subtree.2.name": "root/sub",
                "supervisor.subtree.2.termination.node.0.name": "root/sub/d",
                "supervisor.subtree.2.termination.node.0.error": "scripted failure 3",
            ]
            for (key, value) in expected { #expect(error[field: key] == value, "\(key)") }
        }
    }

    // swift-format-ignore: OnlyOneTrailingClosureArgument
    @Test("CAP-050 Cleanup runs after the last child has ended, once for each start", arguments: [false, true])
    func cleanupOnce(stopsConcurrently: Bool) async throws {
        let log = Collector<String>()
        let control = WorkerControl()
        var spec = SupervisorSpec("root", acquire: { log.add("build") }, release: { _ in log.add("cleanup") }) { _ in
            ChildSpec("a", shutdown: .drain(.seconds(60))) { context in
                await context.stopRequested()
                try await context.sleep(for: .seconds(1))
                log.add("a")
            }
            ChildSpec("b", controlledBy: control)
        }
        spec.stopsConcurrently = stopsConcurrently
        try await withTestTree(spec) { tree in
            control.fail()
            try await tree.settle()
            try await tree.terminate()
            #expect(log.all == ["build", "a", "cleanup"])
        }
    }

    // swift-format-ignore: OnlyOneTrailingClosureArgument
    @Test("CAP-052 A cleanup that fails is a failed termination, at the root as below")
    func failedCleanups() async throws {
        func failing(_ name: String) -> SupervisorSpec {
            SupervisorSpec(name, acquire: { 1 }, release: { _ in throw ScriptedFailure() }) { _ in ChildSpec.idle("a") }
        }
        for (spec, story) in [
            (failing("root"), "W- a, S! root"),
            (SupervisorSpec("root") { failing("sub") }, "W- sub/a, S! sub, S! root"),
        ] {
            try await withTestTree(spec) { tree in
                let mark = tree.recorder.mark()
                let error = try await failure { try await tree.terminate() }
                #expect(error.code == .terminationFailed)
                tree.recorder.expect(story: story, after: mark)
            }
        }
    }

    @Test("CAP-054 The final event comes when the tree ends, whether or not anybody waits")
    func nobodyWaits() async throws {
        let control = WorkerControl()
        let recorder = EventRecorder()
        let runtime = try SupervisorRuntime(manualTime: true)
        let spec = SupervisorSpec("root", tolerance: .none) { ChildSpec("a", controlledBy: control) }
        _ = try await Supervisor.start(spec, subscribers: [recorder], on: runtime)
        control.fail()
        try await runtime.settle()
        recorder.expect(story: "W+ a, S+ root, W! a, S! root")
        #expect(recorder.hasEnded)
    }

    @Test("CAP-055 However many wait and terminate: one final event, and the same result for all")
    func concurrentWaiters() async throws {
        let control = WorkerControl()
        let recorder = EventRecorder()
        let runtime = try SupervisorRuntime(manualTime: true)
        let spec = SupervisorSpec("root", tolerance: .none) { ChildSpec("a", controlledBy: control) }
        let tree = try await Supervisor.start(spec, subscribers: [recorder], on: runtime)
        let waiters = (0..<8).map { number in
            Task {
                // Half of them early, half of them late or in between.
                if number % 2 == 0 { await Task.yield() }
                return await result { try await tree.wait() }
            }
        }
        control.fail()
        var results: [SupervisorError?] = []
        for waiter in waiters { results.append(await waiter.value) }
        results.append(await result { try await tree.terminate() })
        try await runtime.settle()
        #expect(results.count == 9)
        #expect(results.allSatisfy { $0?.code == .toleranceExceeded && $0 == results[0] })
        recorder.expect(story: "W+ a, S+ root, W! a, S! root")
    }

    @Test("CAP-056 The crash error: none while it runs, and none or the failure after the end")
    func crashError() async throws {
        let control = WorkerControl()
        let spec = SupervisorSpec("root", tolerance: .none) { ChildSpec("a", controlledBy: control) }
        try await withTestTree(spec) { tree in
            #expect(tree.state == .running && tree.supervisor.crashError == nil)
            control.fail()
            try await tree.settle()
            #expect(tree.state == .ended && tree.supervisor.crashError?.code == .toleranceExceeded)
            #expect(tree.supervisor.crashError == tree.supervisor.crashError)
        }
        try await withTestTree(SupervisorSpec("root") { ChildSpec.idle("a") }) { tree in
            try await tree.terminate()
            #expect(tree.state == .ended && tree.supervisor.crashError == nil)
            #expect(tree.supervisor.name == "root")
        }
    }

    @Test(
        "CAP-057 One that ends after it was given up is told once, and nothing of it is left",
        arguments: [false, true]
    )
    func lateEnd(treeGoesOn: Bool) async throws {
        let gate = Gate()
        let alive = Tally()
        func spec(holding token: Tally.Token) -> SupervisorSpec {
            SupervisorSpec("root") {
                ChildSpec("a", shutdown: .timeout(.seconds(1))) { _, notifyStart in
                    notifyStart()
                    await gate.waitIgnoringCancellation()
                    _ = token
                }
            }
        }
        try await withTestTree(spec(holding: alive.token())) { tree in
            let stop = Task.immediate {
                if treeGoesOn {
                    try await tree.supervisor.child(at: "root/a")?.terminate()
                } else {
                    try await tree.supervisor.terminate()
                }
            }
            try await tree.settle()
            try await tree.advance(by: .seconds(1))
            let error = try await failure { _ = try await stop.value }
            #expect(error.explain.contains("it did not end and was abandoned"), "\(error.explain)")
            let story = "W+ a, S+ root, W! a" + (treeGoesOn ? "" : ", S! root")
            tree.recorder.expect(story: story)
            #expect(tree["root/a"]?.state == .abandoned)
            gate.open()
            try await tree.settle()
            #expect(tree["root/a"]?.state != .abandoned)
            // After the final event nothing more is told.
            let late = tree.recorder.events(after: .start, matching: .lateExit("root/a"))
            #expect(late.count == (treeGoesOn ? 1 : 0))
            tree.recorder.expect(story: story)
        }
        await alive.waitUntilEmpty()
    }

    @Test("CAP-058 A stop interrupts the start of a restart that is not acknowledged")
    func stopDuringRestart() async throws {
        let control = WorkerControl()
        let spec = SupervisorSpec("root") {
            ChildSpec("a", controlledBy: control, acknowledgesItself: false)
            ChildSpec.idle("b")
        }
        control.acknowledge()
        try await withTestTree(spec) { tree in
            control.fail()
            try await tree.settle()
            #expect(tree["root/a"]?.state == .starting)
            let mark = tree.recorder.mark()
            try await tree.terminate()
            #expect(tree.elapsed == .zero)
            tree.recorder.expect(story: "W- b, W- a, S- root", after: mark)
        }
    }
}
