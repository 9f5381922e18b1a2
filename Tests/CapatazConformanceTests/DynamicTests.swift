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

// A request reaches the tree before the call that makes it waits: `Task.immediate` has made it when it returns.

@Suite("H. Dynamic supervisors", .timeLimit(.minutes(1)))
struct DynamicTests {
    /// A supervisor without children of its spec.
    private func empty(
        _ strategy: SupervisorSpec.Strategy = .oneForOne,
        order: SupervisorSpec.Order = .leftToRight,
        tolerance: RestartTolerance = .standard
    ) -> SupervisorSpec {
        SupervisorSpec("root", strategy: strategy, order: order, tolerance: tolerance, backoff: .none) {}
    }

    @Test("CAP-109 A child that is started on an empty supervisor")
    func one() async throws {
        try await withTestTree(empty()) { tree in
            try await tree.supervisor.startChild(.idle("one"))
            try await tree.terminate()
            tree.recorder.expect(story: "S+ root, W+ one, W- one, S- root")
        }
    }

    @Test("CAP-110 They are started as they come, and stopped in the reverse, or from the beginning if right to left")
    func order() async throws {
        for (order, end) in [
            (SupervisorSpec.Order.leftToRight, "W- 2, W- 1, W- 0"), (.rightToLeft, "W- 0, W- 1, W- 2"),
        ] {
            try await withTestTree(empty(order: order)) { tree in
                for number in 0..<3 { try await tree.supervisor.startChild(.idle("\(number)")) }
                try await tree.terminate()
                tree.recorder.expect(story: "S+ root, W+ 0, W+ 1, W+ 2, \(end), S- root")
            }
        }
    }

    @Test("CAP-111 A subtree that fails to start is the caller's error; the supervisor stays up")
    func startFails() async throws {
        try await withTestTree(empty()) { tree in
            try await tree.supervisor.startChild(SupervisorSpec("b0") { ChildSpec.idle("c0") })
            try await tree.settle()
            let mark = tree.recorder.mark()
            let error = try await failure {
                try await tree.supervisor.startChild(
                    SupervisorSpec("b1") {
                        ChildSpec.idle("c2")
                        ChildSpec.failingToStart("c3")
                        ChildSpec.idle("c4")
                    }
                )
            }
            #expect(error.rootCause as? ScriptedFailure == ScriptedFailure(1), "\(error.explain)")
            try await tree.settle()
            #expect(tree.state == .running && tree.supervisor.childCount == 1)
            try await tree.terminate()
            tree.recorder.expect(
                story: "W+ b1/c2, W# b1/c3, W- b1/c2, S# b1, W- b0/c0, S- b0, S- root",
                after: mark
            )
        }
    }

    @Test("CAP-112 One that does not stop in time is a failed termination of all above it")
    func stopFails() async throws {
        let gate = Gate()
        try await withTestTree(empty()) { tree in
            try await tree.supervisor.startChild(SupervisorSpec("b0") { ChildSpec.idle("c0") })
            try await tree.supervisor.startChild(
                SupervisorSpec("b1") {
                    ChildSpec.ignoringCancellation("c2", until: gate, shutdown: .timeout(.milliseconds(10)))
                    ChildSpec.idle("c3")
                }
            )
            try await tree.settle()
            let mark = tree.recorder.mark()
            let error = try await failure { try await tree.terminate() }
            #expect(error[field: "supervisor.subtree.0.termination.node.0.name"] == "root/b1/c2")
            tree.recorder.expect(story: "W- b1/c3, W! b1/c2, S! b1, W- b0/c0, S- b0, S! root", after: mark)
        }
        gate.open()
    }

    @Test("CAP-114 A failure that is one too many ends the supervisor, also for those who ask it to stop")
    func crash() async throws {
        try await withTestTree(empty(tolerance: .none)) { tree in
            let control = WorkerControl()
            try await tree.supervisor.startChild(ChildSpec("f", controlledBy: control))
            control.fail()
            try await tree.settle()
            let error = try await failure { try await tree.terminate() }
            #expect(error.code == .toleranceExceeded)
            tree.recorder.expect(story: "S+ root, W+ f, W! f, S! root")
        }
    }

    @Test(
        "CAP-115 A child that is taken away: others can be started, and at the end only those are stopped that are there"
    )
    func takenAway() async throws {
        try await withTestTree(empty()) { tree in
            let one = try await tree.supervisor.startChild(.idle("one"))
            try await one.delete()
            try await tree.supervisor.startChild(.idle("two"))
            try await tree.terminate()
            tree.recorder.expect(story: "S+ root, W+ one, W- one, W+ two, W- two, S- root")
        }
    }

    @Test(
        "CAP-116 Terminating a child again says that it had ended; taking it away again, or after the end, that it is gone"
    )
    func again() async throws {
        try await withTestTree(empty()) { tree in
            let one = try await tree.supervisor.startChild(.idle("one"))
            #expect(try await one.terminate())
            #expect(try await !one.terminate())
            try await one.delete()
            #expect(try await failure { try await one.delete() }.code == .gone)
            let two = try await tree.supervisor.startChild(.idle("two"))
            try await tree.terminate()
            #expect(try await failure { try await two.delete() }.code == .gone)
        }
    }

    @Test("CAP-117 A handle stays good when its child was restarted")
    func restarted() async throws {
        try await withTestTree(empty()) { tree in
            let control = WorkerControl()
            let one = try await tree.supervisor.startChild(ChildSpec("one", controlledBy: control))
            control.fail()
            try await tree.settle()
            #expect(try await one.terminate())
            #expect(control.runs == 2)
            try await tree.settle()
            tree.recorder.expect(story: "S+ root, W+ one, W! one, W+ one, W- one")
        }
    }

    @Test("CAP-118 Terminating a temporary child that has ended does nothing and says so")
    func ended() async throws {
        try await withTestTree(empty()) { tree in
            let one = try await tree.supervisor.startChild(.completing("one", restart: .temporary))
            try await tree.settle()
            #expect(try await !one.terminate())
            #expect(one.state == nil && tree.supervisor.childCount == 0)
        }
    }

    @Test(
        "CAP-120 One for all restarts those that are there, in the order in which they came; no temporary one that ended"
    )
    func oneForAll() async throws {
        try await withTestTree(empty(.oneForAll)) { tree in
            let control = WorkerControl()
            for child in [
                .idle("a"), .completing("t", restart: .temporary), ChildSpec("b", controlledBy: control), .idle("c"),
            ] {
                try await tree.supervisor.startChild(child)
            }
            try await tree.settle()
            let mark = tree.recorder.mark()
            control.fail()
            try await tree.settle()
            tree.recorder.expect(story: "W! b, W- c, W- a, W+ a, W+ b, W+ c", after: mark)
        }
    }

    @Test("CAP-121 A start may take as long as its own timeout lets it")
    func slowStart() async throws {
        try await withTestTree(empty()) { tree in
            let start = Task.immediate {
                try await tree.supervisor.startChild(.acknowledging("slow", after: .seconds(20)))
            }
            try await tree.settle()
            try await tree.advance(by: .seconds(20))
            let slow = try await start.value
            #expect(slow.state == .running)
            let late = Task.immediate {
                try await tree.supervisor.startChild(.neverAcknowledging("never", startTimeout: .seconds(40)))
            }
            try await tree.settle()
            try await tree.advance(by: .seconds(40))
            let error = try await failure { _ = try await late.value }
            #expect(error.codes.contains(.startTimedOut), "\(error.explain)")
            #expect(tree.supervisor.child(named: "never") == nil)
        }
    }

    @Test("CAP-122 A stop may take as long as its ladder lets it; everybody who asks is told the result of that stop")
    func slowStop() async throws {
        try await withTestTree(empty()) { tree in
            let slow = try await tree.supervisor.startChild(
                ChildSpec("slow", shutdown: .drain(.seconds(60))) { context in
                    await context.stopRequested()
                    try await context.sleep(for: .milliseconds(1_500))
                    throw ScriptedFailure(9)
                }
            )
            // A body that has not begun never would.
            try await tree.settle()
            let stops = (0..<3).map { _ in Task.immediate { try await slow.terminate() } }
            try await tree.settle()
            try await tree.advance(by: .milliseconds(1_500))
            for stop in stops {
                let error = try await failure { _ = try await stop.value }
                #expect(error.rootCause as? ScriptedFailure == ScriptedFailure(9), "\(error.explain)")
            }
            #expect(try await !slow.terminate())
        }
    }

    @Test("CAP-123 A child that outlives its stop is an error of that call; its late end harms nobody")
    func lateEnd() async throws {
        let gate = Gate()
        try await withTestTree(empty()) { tree in
            let deaf = try await tree.supervisor.startChild(
                .ignoringCancellation("deaf", until: gate, shutdown: .timeout(.seconds(1)))
            )
            let stop = Task.immediate { try await deaf.terminate() }
            try await tree.settle()
            try await tree.advance(by: .seconds(1))
            let error = try await failure { _ = try await stop.value }
            #expect(error.codes.contains(.abandoned), "\(error.explain)")
            gate.open()
            try await tree.wait(for: .lateExit("root/deaf"))
            try await tree.terminate()
            tree.recorder.expect(story: "S+ root, W+ deaf, W! deaf, S- root")
        }
    }

    @Test("CAP-124 A name is taken as long as its child lives, and free again after its end")
    func names() async throws {
        try await withTestTree(empty()) { tree in
            let first = try await tree.supervisor.startChild(.idle("t"))
            let error = try await failure { try await tree.supervisor.startChild(.idle("t")) }
            #expect(error.codes.contains(.nameTaken), "\(error.explain)")
            try await first.delete()
            for _ in 0..<3 {
                let next = try await tree.supervisor.startChild(.completing("t", restart: .temporary))
                try await tree.settle()
                #expect(next.state == nil)
            }
            let last = try await tree.supervisor.startChild(.idle("t"))
            try await last.delete()
            #expect(tree.supervisor.childCount == 0)
        }
    }

    @Test("CAP-126 One that reports a failed start and goes on is given up by its stop policy; others are not held up")
    func failsAndGoesOn() async throws {
        let gate = Gate()
        try await withTestTree(empty()) { tree in
            let start = Task.immediate {
                try await tree.supervisor.startChild(
                    ChildSpec("bad", shutdown: .timeout(.seconds(1))) { _, notifyStart in
                        notifyStart(failed: ScriptedFailure(3))
                        await gate.waitIgnoringCancellation()
                    }
                )
            }
            try await tree.settle()
            try await tree.supervisor.startChild(.idle("good"))
            try await tree.advance(by: .seconds(1))
            let error = try await failure { _ = try await start.value }
            #expect(error.rootCause as? ScriptedFailure == ScriptedFailure(3), "\(error.explain)")
            try await tree.terminate()
            gate.open()
            #expect(tree.state == .ended)
        }
    }

    @Test("CAP-127 Another child's failure while a start fails is dealt with as its own")
    func failsMeanwhile() async throws {
        try await withTestTree(empty()) { tree in
            let (starting, running) = (WorkerControl(), WorkerControl())
            try await tree.supervisor.startChild(ChildSpec("running", controlledBy: running))
            let start = Task.immediate {
                try await tree.supervisor.startChild(
                    ChildSpec("starting", controlledBy: starting, acknowledgesItself: false)
                )
            }
            try await tree.settle()
            let mark = tree.recorder.mark()
            running.fail()
            starting.failStart()
            _ = try await failure { _ = try await start.value }
            try await tree.settle()
            #expect(tree["root/running"]?.restarts == 1)
            #expect(
                Set(tree.recorder.story(after: mark).split(separator: ", ")) == [
                    "W! running", "W+ running", "W# starting",
                ]
            )
        }
    }

    @Test("CAP-128 A child may start a sibling while it starts itself")
    func startsASibling() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec("a") { context, notifyStart in
                try await context.supervisor?.startChild(.idle("sibling"))
                notifyStart()
                await context.stopRequested()
            }
            ChildSpec.idle("b")
        }
        try await withTestTree(spec) { tree in
            try await tree.terminate()
            tree.recorder.expect(
                story: "W+ sibling, W+ a, W+ b, S+ root, W- sibling, W- b, W- a, S- root"
            )
        }
    }

    @Test("CAP-129 A child may terminate itself: the call returns, and then it is asked to stop")
    func terminatesItself() async throws {
        let answers = Collector<Bool?>()
        let spec = SupervisorSpec("root") {
            ChildSpec("a") { context in
                answers.add(try await context.child?.terminate())
                await context.stopRequested()
                answers.add(context.isStopRequested)
            }
        }
        try await withTestTree(spec) { tree in
            #expect(answers.all == [true, true])
            #expect(tree["root/a"]?.state == .stopped)
            #expect(tree.elapsed == .zero)
            tree.recorder.expect(story: "W+ a, S+ root, W- a")
        }
    }

    @Test("CAP-130 A handle is that of its child, not of a later one with the same name")
    func oldHandles() async throws {
        try await withTestTree(empty()) { tree in
            let old = try await tree.supervisor.startChild(.completing("t", restart: .temporary))
            try await tree.settle()
            let new = try await tree.supervisor.startChild(.idle("t"))
            #expect(old != new)
            #expect(try await !old.terminate())
            #expect(old.state == nil && new.state == .running)
            #expect(try await failure { try await old.delete() }.code == .gone)
            #expect(new.state == .running)
        }
    }
}
