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

@Suite("B. Start", .timeLimit(.minutes(1)))
struct StartTests {
    private func three(_ order: SupervisorSpec.Order) -> SupervisorSpec {
        SupervisorSpec("root", order: order) {
            ChildSpec.idle("0")
            ChildSpec.idle("1")
            ChildSpec.idle("2")
        }
    }

    @Test("CAP-014 One worker")
    func oneWorker() async throws {
        let spec = SupervisorSpec("root") { ChildSpec.idle("one") }
        try await expectStories(of: [Case("CAP-014", spec, "W+ one, S+ root, W- one, S- root")])
    }

    @Test("CAP-015 Left to right: started in the order of the list, stopped in the reverse")
    func leftToRight() async throws {
        let story = "W+ 0, W+ 1, W+ 2, S+ root, W- 2, W- 1, W- 0, S- root"
        try await expectStories(of: [Case("CAP-015", three(.leftToRight), story)])
    }

    @Test("CAP-016 Right to left: the other way round")
    func rightToLeft() async throws {
        let story = "W+ 2, W+ 1, W+ 0, S+ root, W- 0, W- 1, W- 2, S- root"
        try await expectStories(of: [Case("CAP-016", three(.rightToLeft), story)])
    }

    @Test("CAP-018 A sibling begins when the one before has acknowledged; the start returns when all have")
    func oneAfterAnother() async throws {
        let controls = (0..<3).map { _ in WorkerControl() }
        let spec = SupervisorSpec("root") {
            for (number, control) in controls.enumerated() {
                ChildSpec("\(number)", controlledBy: control, acknowledgesItself: false)
            }
        }
        let tree = try await TestTree(launching: spec)
        for number in 0..<3 {
            #expect(controls.map(\.runs) == (0..<3).map { $0 <= number ? 1 : 0 })
            #expect(tree.startResult == nil)
            controls[number].acknowledge()
            try await tree.settle()
        }
        #expect(try tree.startResult?.get() != nil)
        try await tree.terminate()
    }

    @Test("CAP-019 An acknowledgement after 100 ms: its start and all later ones come after that")
    func lateAcknowledgement() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("a")
            ChildSpec.acknowledging("slow", after: .milliseconds(100))
            ChildSpec.idle("b")
        }
        let tree = try await TestTree(launching: spec)
        try await tree.advance(by: .milliseconds(99))
        tree.recorder.expect(story: "W+ a")
        try await tree.advance(by: .milliseconds(1))
        tree.recorder.expect(story: "W+ a, W+ slow, W+ b, S+ root")
        let durations = tree.recorder.events(after: .start, matching: .started()).map(\.duration)
        #expect(durations == [.zero, .milliseconds(100), .zero, .milliseconds(100)])
        try await tree.terminate()
    }

    @Test("CAP-020 Only the first acknowledgement counts; later ones answer false and do no harm")
    func acknowledgedAgain() async throws {
        let answers = Collector<Bool>()
        let spec = SupervisorSpec("root") {
            ChildSpec("one") { context, notifyStart in
                answers.add(notifyStart())
                answers.add(notifyStart())
                answers.add(notifyStart(failed: ScriptedFailure()))
                await context.stopRequested()
            }
        }
        try await withTestTree(spec) { tree in
            #expect(answers.all == [true, false, false])
            try await tree.terminate()
            tree.recorder.expect(story: "W+ one, S+ root, W- one, S- root")
        }
    }

    /// branch0 comes up; in branch1 the second child does not.
    private func twoBranches(_ failing: ChildSpec) -> SupervisorSpec {
        SupervisorSpec("root") {
            SupervisorSpec("b0") {
                ChildSpec.idle("c0")
                ChildSpec.idle("c1")
            }
            SupervisorSpec("b1") {
                ChildSpec.failingToStop("c2", error: ScriptedFailure(2))
                failing
                ChildSpec.idle("c4")
            }
        }
    }

    private static let rollback =
        "W+ b0/c0, W+ b0/c1, S+ b0, W+ b1/c2, W# b1/c3, W! b1/c2, S# b1, W- b0/c1, W- b0/c0, S- b0, S# root"

    @Test("CAP-021 A start failure stops what was started, innermost first; the error names the node and all failures")
    func startFailure() async throws {
        let failing = ChildSpec.failingToStart("c3", error: { _ in ScriptedFailure(3) })
        let tree = try await TestTree(launching: twoBranches(failing))
        tree.recorder.expect(story: Self.rollback)
        let error = try await failure { try tree.startResult?.get() }
        #expect(error.codes == [.startFailed, .startFailed])
        #expect(error.rootCause as? ScriptedFailure == ScriptedFailure(3))
        #expect(error[field: "supervisor.name"] == "root")
        #expect(error[field: "supervisor.subtree.name"] == "root/b1")
        #expect(error[field: "supervisor.subtree.start.node.name"] == "root/b1/c3")
        #expect(error[field: "supervisor.subtree.start.node.error"] == "scripted failure 3")
        #expect(error.explain.contains("root/b1/c2") && error.explain.contains("scripted failure 2"))
    }

    @Test("CAP-022 So it is when the body throws before it acknowledged")
    func thrownAtStart() async throws {
        let tree = try await TestTree(launching: twoBranches(ChildSpec("c3") { _, _ in throw ScriptedFailure(3) }))
        tree.recorder.expect(story: Self.rollback)
        let error = try await failure { try tree.startResult?.get() }
        #expect(error.rootCause as? ScriptedFailure == ScriptedFailure(3))
    }

    @Test("CAP-024 The first start is never tried again, whatever the tolerance")
    func neverTriedAgain() async throws {
        let runs = Tally()
        let spec = SupervisorSpec("root", tolerance: .unlimited) {
            SupervisorSpec("inner", tolerance: .unlimited) {
                ChildSpec("bad") { _, _ in
                    runs.enter()
                    throw ScriptedFailure()
                }
            }
        }
        let tree = try await TestTree(launching: spec)
        try await tree.advance(by: .seconds(60))
        #expect(runs.ever == 1)
        tree.recorder.expect(story: "W# inner/bad, S# inner, S# root")
    }

    /// A supervisor whose resource cannot be acquired.
    private func unbuildable(_ name: String, released: Tally = Tally()) -> SupervisorSpec {
        SupervisorSpec(
            name,
            acquire: { throw ScriptedFailure(7) },
            release: { (_: Int) in released.enter() },
            children: { _ in ChildSpec.idle("never") }
        )
    }

    @Test("CAP-025 A resource step that fails at the root: that very error, and nothing to clean up")
    func rootBuildFails() async throws {
        let released = Tally()
        let tree = try await TestTree(launching: unbuildable("root", released: released))
        tree.recorder.expect(story: "S# root")
        let error = try await failure { try tree.startResult?.get() }
        #expect(error.rootCause as? ScriptedFailure == ScriptedFailure(7))
        #expect(released.ever == 0)
    }

    private var nestedBuild: SupervisorSpec {
        SupervisorSpec("root") {
            SupervisorSpec("s1") { ChildSpec.idle("worker1") }
            unbuildable("s2")
            SupervisorSpec("s3") { ChildSpec.idle("worker3") }
        }
    }

    @Test("CAP-026 A resource step that fails in the middle subtree")
    func nestedBuildFails() async throws {
        let tree = try await TestTree(launching: nestedBuild)
        tree.recorder.expect(story: "W+ s1/worker1, S+ s1, S# s2, W- s1/worker1, S- s1, S# root")
    }

    @Test("CAP-027 Its error is one of building, and names the supervisor, at the root and below")
    func buildErrors() async throws {
        let root = try await TestTree(launching: unbuildable("root"))
        let atRoot = try await failure { try root.startResult?.get() }
        #expect(atRoot.code == .acquireFailed && atRoot.path == "root")
        #expect(atRoot[field: "supervisor.build.error"] == "scripted failure 7")
        let nested = try await TestTree(launching: nestedBuild)
        let below = try await failure { try nested.startResult?.get() }
        #expect(below.codes == [.startFailed, .acquireFailed])
        #expect(below[field: "supervisor.subtree.name"] == "root/s2")
        #expect(below[field: "supervisor.subtree.build.error"] == "scripted failure 7")
    }

    @Test("CAP-028 A worker that fails while a sibling is still starting is dealt with afterwards")
    func failsDuringStart() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec.failing("f", times: 1)
            ChildSpec.acknowledging("slow", after: .milliseconds(100))
        }
        let tree = try await TestTree(launching: spec)
        tree.recorder.expect(story: "W+ f")
        #expect(tree["root/f"]?.state == .ended)
        try await tree.advance(by: .milliseconds(100))
        tree.recorder.expect(story: "W+ f, W+ slow, S+ root, W! f, W+ f")
        try await tree.terminate()
    }

    // swift-format-ignore: OnlyOneTrailingClosureArgument
    @Test("CAP-030 Cleanup runs after a failed start, too, when the children are gone")
    func cleanupAfterFailedStart() async throws {
        let log = Collector<String>()
        let spec = SupervisorSpec("root", acquire: { 1 }, release: { _ in log.add("cleanup") }) { _ in
            ChildSpec("a") { context in
                await context.stopRequested()
                log.add("a")
            }
            ChildSpec.failingToStart("bad")
        }
        let tree = try await TestTree(launching: spec)
        #expect(tree.state == .ended)
        #expect(log.all == ["a", "cleanup"])
    }

    @Test("CAP-031 Of a hundred failed starts nothing is left")
    func nothingIsLeft() async throws {
        let alive = Tally()
        for _ in 0..<100 {
            let token = alive.token()
            let spec = SupervisorSpec("root") {
                ChildSpec("a") { [token] context in
                    _ = token
                    await context.stopRequested()
                }
                ChildSpec("bad") { [token] _, notifyStart in
                    _ = token
                    notifyStart(failed: ScriptedFailure())
                }
            }
            _ = try await TestTree(launching: spec)
        }
        await alive.waitUntilEmpty()
        #expect(alive.ever == 100)
    }

    @Test("CAP-032 One that reported a failed start and goes on is cancelled, and waited for by its stop policy")
    func failedButGoesOn() async throws {
        let cancelled = Collector<Bool>()
        let gate = Gate()
        let heeding = SupervisorSpec("root") {
            ChildSpec("a") { context, notifyStart in
                notifyStart(failed: ScriptedFailure())
                await context.stopRequested()
                // Whoever asks says so first, and cancels then.
                await #expect(throws: CancellationError.self) { try await context.sleep(for: .seconds(1)) }
                cancelled.add(Task.isCancelled)
            }
        }
        let first = try await TestTree(launching: heeding)
        #expect(cancelled.all == [true])
        first.recorder.expect(story: "W# a, S# root")
        let deaf = SupervisorSpec("root") {
            ChildSpec("a", shutdown: .timeout(.seconds(2))) { _, notifyStart in
                notifyStart(failed: ScriptedFailure())
                await gate.waitIgnoringCancellation()
            }
        }
        let second = try await TestTree(launching: deaf)
        try await second.advance(by: .milliseconds(1_999))
        second.recorder.expect(story: "")
        try await second.advance(by: .milliseconds(1))
        // That it was given up is told of its own.
        second.recorder.expect(story: "W! a, W# a, S# root")
        gate.open()
    }

    @Test("CAP-033 One that never acknowledges fails to start after its start timeout; there may be none")
    func startTimeout() async throws {
        let tree = try await TestTree(
            launching: SupervisorSpec("root") { ChildSpec.neverAcknowledging("a", startTimeout: .seconds(3)) }
        )
        try await tree.advance(by: .milliseconds(2_999))
        #expect(tree.startResult == nil)
        try await tree.advance(by: .milliseconds(1))
        tree.recorder.expect(story: "W# a, S# root")
        let error = try await failure { try tree.startResult?.get() }
        #expect(error.codes == [.startFailed, .startTimedOut])
        let patient = try await TestTree(
            launching: SupervisorSpec("root") { ChildSpec.neverAcknowledging("a", startTimeout: .never) }
        )
        try await patient.advance(by: .seconds(1_000_000))
        #expect(patient.startResult == nil)
        try? await patient.terminate()
    }

    @Test("CAP-034 One that returns or throws without acknowledging fails to start at once")
    func endsWithoutAcknowledging() async throws {
        for body in [{}, { throw ScriptedFailure() }] as [@Sendable () throws -> Void] {
            let spec = SupervisorSpec("root") { ChildSpec("a") { _, _ in try body() } }
            let tree = try await TestTree(launching: spec)
            #expect(tree.elapsed == .zero)
            tree.recorder.expect(story: "W# a, S# root")
        }
    }

    @Test("CAP-036 With a task that was cancelled before, nothing is started")
    func cancelledBefore() async throws {
        let ran = Tally()
        let cancelled = Gate()
        let start = Task {
            try await cancelled.wait()
            _ = try await Supervisor.start(SupervisorSpec("root") { ChildSpec("a") { ran.enter() } })
        }
        start.cancel()
        cancelled.open()
        let error = try await failure { try await start.value }
        #expect(error.code == .cancelled)
        #expect(ran.ever == 0)
    }
}
