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

@Suite("Exit, restart, tolerance, backoff", .timeLimit(.minutes(1)))
struct RestartTests {
    @Test("X1 X2 permanent is restarted whenever it ends, transient if it failed, temporary never")
    func restartPolicies() async throws {
        struct Case {
            let restart: ChildSpec.Restart
            let fails: Bool
            let isRestarted: Bool
        }
        let cases = [
            Case(restart: .permanent, fails: true, isRestarted: true),
            Case(restart: .permanent, fails: false, isRestarted: true),
            Case(restart: .transient, fails: true, isRestarted: true),
            Case(restart: .transient, fails: false, isRestarted: false),
            Case(restart: .temporary, fails: true, isRestarted: false),
            Case(restart: .temporary, fails: false, isRestarted: false),
        ]
        for test in cases {
            let runs = Counter()
            let recorder = EventRecorder()
            let spec = SupervisorSpec("root") {
                ChildSpec("child", restart: test.restart) { context in
                    if runs.increment() > 1 { return await context.stopRequested() }
                    if test.fails { throw ScriptedFailure(1) }
                }
            }
            let tree = try await Supervisor.start(spec, subscribers: [recorder])
            let end = try #require(
                await recorder.expect(eventually: .kind(test.fails ? .failed : .completed, of: "root/child"))
            )
            #expect(end.incarnation > 0 && end.restarts == 0)
            if test.fails { #expect(end.error?.rootCause as? ScriptedFailure == ScriptedFailure(1)) }
            if test.isRestarted {
                let again = try #require(await recorder.expect(eventually: .started("root/child"), count: 2))
                #expect(again.incarnation > end.incarnation)
                #expect(again.restarts == 1)
            }
            try await tree.terminate()
            #expect(runs.value == (test.isRestarted ? 2 : 1), "\(test)")
        }
    }

    @Test("X1 After a stop request a return or a cancellation error is clean, another error is not")
    func endsAfterStop() async throws {
        let clean = SupervisorSpec("root") {
            ChildSpec("cancelled") { context in
                await context.stopRequested()
                throw CancellationError()
            }
            ChildSpec("sleeper") { try await Task.sleep(for: .seconds(3_600)) }
        }
        try await Supervisor.start(clean).terminate()

        let unclean = SupervisorSpec("root") {
            ChildSpec.idle("good")
            ChildSpec("bad") { context, notifyStart in
                notifyStart()
                await context.stopRequested()
                throw ScriptedFailure(9)
            }
        }
        let recorder = EventRecorder()
        let tree = try await Supervisor.start(unclean, subscribers: [recorder])
        let error = try await failure { try await tree.terminate() }
        #expect(error.code == .terminationFailed, "\(error.explain)")
        #expect(error.explain.contains("root/bad") && error.explain.contains("scripted failure 9"), "\(error.explain)")
        try await recorder.finish()
        #expect(recorder.lines.contains("terminationFailed root/bad"))
        #expect(recorder.lines.contains("terminated root/good"))
    }

    @Test("X1 A cancellation error that nobody asked for is a failure")
    func unaskedCancellation() async throws {
        let recorder = EventRecorder()
        let runs = Counter()
        let spec = SupervisorSpec("root") {
            ChildSpec("child", restart: .transient) { context in
                if runs.increment() == 1 { throw CancellationError() }
                await context.stopRequested()
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let failed = await recorder.expect(eventually: .failed("root/child"))
        #expect(failed?.error?.rootCause is CancellationError)
        await recorder.expect(eventually: .started("root/child"), count: 2)
        try await tree.terminate()
    }

    @Test("X3 A restarted supervisor starts its static spec again")
    func supervisorRestart() async throws {
        let runs = Counter()
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            SupervisorSpec("inner", tolerance: .none) {
                ChildSpec("once", restart: .temporary) {}
                ChildSpec("flaky") { context in
                    if runs.increment() == 1 { throw ScriptedFailure(1) }
                    await context.stopRequested()
                }
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .completed("root/inner/once"), count: 2)
        await recorder.expect(eventually: .started("root/inner"), count: 2)
        try await tree.terminate()
        try await recorder.finish()
        #expect(recorder.lines.contains("toleranceExceeded root/inner"), "\(recorder.lines)")
        #expect(runs.value == 2)
    }

    @Test("X4 A restart whose start fails is told, counted and tried again")
    func failedRestart() async throws {
        let runs = Counter()
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .failures(10, within: .seconds(60))) {
            ChildSpec("child") { context, notifyStart in
                switch runs.increment() {
                case 1:
                    notifyStart()
                    throw ScriptedFailure(1)
                case 2, 3: throw ScriptedFailure(2)
                default:
                    notifyStart()
                    await context.stopRequested()
                }
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .started("root/child"), count: 2)
        // In real time it may be up before it is known to be starting.
        let others: [Supervisor.Event.Kind] = [.restartScheduled, .starting]
        let lines = recorder.events.filter { $0.name == "child" && !others.contains($0.kind) }.map(\.kind)
        #expect(lines == [.started, .failed, .startFailed, .startFailed, .started])
        try await tree.terminate()
    }

    @Test("T1 T5 One failure more than tolerated makes the supervisor fail, with the whole chain")
    func tolerance() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .failures(3, within: .seconds(60)), backoff: .none) {
            ChildSpec.idle("bystander")
            ChildSpec.failing("flaky")
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let error = try await failure { try await tree.wait() }
        #expect(error.code == .toleranceExceeded, "\(error.explain)")
        #expect(error.exceededTolerance == .failures(3, within: .seconds(60)))
        #expect(error.rootCause as? ScriptedFailure == ScriptedFailure(4), "\(error.explain)")
        #expect(error.firstFailure?.rootCause as? ScriptedFailure == ScriptedFailure(1), "\(error.explain)")
        #expect(error.explain.contains("root/flaky"), "\(error.explain)")
        try await recorder.finish()
        #expect(recorder.events.filter { $0.kind == .failed && $0.name == "flaky" }.count == 4)
        #expect(recorder.lines.contains("terminated root/bystander"))
        // H7: every waiter, early or late, gets the same.
        let again = try await failure { try await tree.wait() }
        #expect(again == error)
    }

    @Test("T1 The window slides on the nanosecond, and an entry as old as the window still counts")
    func window() async throws {
        for (pause, survives) in [(Duration.seconds(5), false), (.seconds(5) + .nanoseconds(1), true)] {
            let runtime = try SupervisorRuntime(manualTime: true)
            let recorder = EventRecorder()
            let fail = Log<Gate>()
            let spec = SupervisorSpec("root", tolerance: .failures(1, within: .seconds(5)), backoff: .none) {
                ChildSpec("child") { _ in
                    let gate = Gate()
                    fail.append(gate)
                    await gate.waitIgnoringCancellation()
                    throw ScriptedFailure(1)
                }
            }
            let tree = try await Supervisor.start(spec, subscribers: [recorder], on: runtime)
            try await runtime.settle()
            fail.all[0].open()
            await recorder.expect(eventually: .started("root/child"), count: 2)
            try await runtime.settle()
            try await runtime.advance(by: pause)
            fail.all[1].open()
            await recorder.expect(eventually: .failed("root/child"), count: 2)
            if survives {
                await recorder.expect(eventually: .started("root/child"), count: 3)
                try await runtime.settle()
                tree.requestStop()
                fail.all[2].open()
                try? await tree.wait()
            } else {
                let error = try await failure { try await tree.wait() }
                #expect(error.code == .toleranceExceeded)
            }
        }
    }

    @Test("T3 Unlimited is unlimited")
    func unlimited() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec.failing("flaky", times: 500)
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        try await recorder.wait { $0.contains { $0.name == "flaky" && $0.kind == .started && $0.restarts == 500 } }
        #expect(tree.snapshot()["root/flaky"]?.restarts == 500)
        try await tree.terminate()
    }

    @Test("B1 B2 Three restarts at once, then 10 ms doubling, within the jitter")
    func standardBackoff() async throws {
        let runtime = try SupervisorRuntime(manualTime: true, seed: 1)
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .unlimited) { ChildSpec.failing("flaky", times: 8) }
        let tree = try await Supervisor.start(spec, subscribers: [recorder], on: runtime)
        await recorder.expect(eventually: .restartScheduled("root/flaky"))
        for _ in 0..<5 { try await runtime.advance(by: .milliseconds(200)) }
        try await recorder.wait { $0.contains { $0.name == "flaky" && $0.kind == .started && $0.restarts == 8 } }
        let delays = recorder.events.filter { $0.kind == .restartScheduled }.compactMap(\.delay).filter { $0 > .zero }
        #expect(delays.count == 5)
        for (number, delay) in delays.enumerated() {
            let middle = Duration.milliseconds(10 << number)
            #expect(delay >= middle * 0.8 && delay <= middle * 1.2, "delay \(number + 1) is \(delay)")
        }
        try await tree.terminate()
    }

    @Test("B3 The count begins anew after an incarnation stayed up long enough")
    func backoffReset() async throws {
        let runtime = try SupervisorRuntime(manualTime: true, seed: 1)
        let gates = Log<Gate>()
        let recorder = EventRecorder()
        let backoff = RestartBackoff(immediate: 0, initial: .seconds(1), jitter: 0, resetAfter: .seconds(10))
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: backoff) {
            ChildSpec("child") { _ in
                let gate = Gate()
                gates.append(gate)
                await gate.waitIgnoringCancellation()
                throw ScriptedFailure(1)
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder], on: runtime)
        var expected: [Duration] = []
        for (round, uptime) in [9, 9, 10, 0].enumerated() {
            try await runtime.settle()
            try await runtime.advance(by: .seconds(uptime))
            gates.all[round].open()
            await recorder.expect(eventually: .restartScheduled("root/child"), count: round + 1)
            let delay = Duration.seconds([1, 2, 1, 2][round])
            expected.append(delay)
            let delays = recorder.events.filter { $0.kind == .restartScheduled }.compactMap(\.delay)
            #expect(delays == expected)
            try await runtime.settle()
            try await runtime.advance(by: delay)
            await recorder.expect(eventually: .started("root/child"), count: round + 2)
        }
        tree.requestStop()
        try await runtime.settle()
        gates.all.last?.open()
        try? await tree.wait()
    }

    @Test("B4 A child that waits blocks nobody, and a stop takes effect at once")
    func waitingBlocksNobody() async throws {
        let runtime = try SupervisorRuntime(manualTime: true)
        let recorder = EventRecorder()
        let slow = RestartBackoff(immediate: 0, initial: .seconds(30), jitter: 0)
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec.failing("waiting", times: 1, backoff: slow)
            ChildSpec.failing("quick", times: 5)
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder], on: runtime)
        await recorder.expect(eventually: .restartScheduled("root/waiting"))
        try await recorder.wait { $0.contains { $0.name == "quick" && $0.kind == .started && $0.restarts == 5 } }
        let waiting = try #require(tree.snapshot()["root/waiting"])
        #expect(waiting.state == .waiting)
        #expect(waiting.deadline != nil)
        try await tree.terminate()
        try await recorder.finish()
        #expect(recorder.events.filter { $0.name == "waiting" && $0.kind == .started }.count == 1)
    }

    @Test("G1 one-for-all and rest-for-one restart the right siblings in order")
    func strategies() async throws {
        for (strategy, restarted) in [
            (SupervisorSpec.Strategy.oneForOne, ["b"]), (.oneForAll, ["a", "b", "c"]), (.restForOne, ["b", "c"]),
        ] {
            let recorder = EventRecorder()
            let spec = SupervisorSpec("root", strategy: strategy) {
                ChildSpec.idle("a")
                ChildSpec.failing("b", times: 1)
                ChildSpec.idle("c")
            }
            let tree = try await Supervisor.start(spec, subscribers: [recorder])
            await recorder.expect(eventually: .started("root/\(restarted.last!)"), count: 2)
            let again = recorder.events.filter { $0.kind == .started && $0.restarts == 1 }.map(\.name)
            #expect(again == restarted)
            try await tree.terminate()
        }
    }
}
