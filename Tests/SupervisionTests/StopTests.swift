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

@Suite("Stop", .timeLimit(.minutes(1)))
struct StopTests {
    @Test("H2 Drain, then cancel: a worker hears of the first, and of the second only if it goes on")
    func drainThenCancel() async throws {
        let runtime = try SupervisorRuntime(manualTime: true)
        let heard = Log<String>()
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec("worker", shutdown: .drain(.seconds(2), thenCancel: .seconds(3))) { context in
                await context.stopRequested()
                heard.append("drain \(Task.isCancelled)")
                try? await context.sleep(for: .seconds(60))
                heard.append("cancel \(Task.isCancelled)")
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder], on: runtime)
        try await runtime.settle()
        tree.requestStop()
        try await runtime.settle()
        #expect(heard.all == ["drain false"])
        try await runtime.advance(by: .seconds(2))
        try await tree.wait()
        #expect(heard.all == ["drain false", "cancel true"])
        try await recorder.finish()
        let steps = recorder.events.filter { $0.kind == .stopping && $0.name == "worker" }.map(\.stopAction)
        #expect(steps == [.drain, .cancel])
    }

    @Test("H2 H4 A child that outlives its ladder is abandoned, named, and its late exit is told once")
    func abandoned() async throws {
        let runtime = try SupervisorRuntime(manualTime: true)
        let gate = Gate()
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("good")
            SupervisorSpec("inner") {
                ChildSpec.ignoringCancellation("deaf", until: gate, shutdown: .timeout(.seconds(1)))
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder], on: runtime)
        let stop = Task { try await tree.terminate() }
        await recorder.expect(eventually: .stopping("root/inner/deaf"))
        try await runtime.advance(by: .seconds(1))
        let error = try await failure { try await stop.value }
        #expect(error.code == .terminationFailed, "\(error.explain)")
        #expect(error.explain.contains("root/inner/deaf"), "\(error.explain)")
        try await recorder.finish()
        #expect(recorder.lines.contains("terminated root/good"))
        #expect(tree.snapshot()["root/inner/deaf"]?.state == .abandoned)
        gate.open()
    }

    @Test("H3 A budget is kept: what is left is asked at once, and given up when it is over")
    func budget() async throws {
        let runtime = try SupervisorRuntime(manualTime: true)
        let gate = Gate()
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("last")
            ChildSpec.ignoringCancellation("deaf", until: gate, shutdown: .indefinitely)
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder], on: runtime)
        let before = runtime.now
        let stop = Task { try await tree.terminate(within: .seconds(10)) }
        await recorder.expect(eventually: .stopping("root/deaf"))
        try await runtime.advance(by: .seconds(9))
        await recorder.expect(eventually: .terminated("root/last"))
        #expect(tree.state == .stopping)
        try await runtime.advance(by: .seconds(1))
        let error = try await failure { try await stop.value }
        #expect(error.explain.contains("root/deaf"), "\(error.explain)")
        try await recorder.finish()
        let end = try #require(recorder.events.last)
        #expect(before.duration(to: end.time) == .seconds(10))
        gate.open()
    }

    @Test("H5 A second stop joins the first and gets the same; force cuts it short")
    func idempotent() async throws {
        let gate = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("good")
            ChildSpec.ignoringCancellation("deaf", until: gate, shutdown: .indefinitely)
        }
        let recorder = EventRecorder()
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let first = Task { try await tree.terminate() }
        let second = Task { try await tree.terminate() }
        await recorder.expect(eventually: .stopping("root/deaf"))
        tree.forceStop()
        let errors = try await [failure { try await first.value }, failure { try await second.value }]
        #expect(errors[0] == errors[1])
        #expect(errors[0].explain.contains("root/deaf"))
        gate.open()
    }

    @Test("H6 A stop during a backoff takes effect at once, and nothing starts after it")
    func stopDuringBackoff() async throws {
        let runtime = try SupervisorRuntime(manualTime: true)
        let recorder = EventRecorder()
        let slow = RestartBackoff(immediate: 0, initial: .seconds(30), jitter: 0)
        let spec = SupervisorSpec("root", backoff: slow) { ChildSpec.failing("child") }
        let tree = try await Supervisor.start(spec, subscribers: [recorder], on: runtime)
        await recorder.expect(eventually: .restartScheduled())
        try await tree.terminate()
        try await recorder.finish()
        #expect(recorder.events.filter { $0.kind == .started && $0.name == "child" }.count == 1)
    }

    @Test("H7 The final state is stored: late waiters see it, and the last event is the only final one")
    func finalState() async throws {
        let recorder = EventRecorder()
        let tree = try await Supervisor.start(SupervisorSpec("root") { ChildSpec.idle("a") }, subscribers: [recorder])
        try await tree.terminate()
        try await tree.wait()
        try await tree.terminate()
        #expect(tree.state == .ended)
        try await recorder.finish()
        #expect(recorder.events.filter { $0.kind == .terminated && $0.path == "root" }.count == 1)
        #expect(recorder.lines.last == "terminated root")
        var late: [String] = []
        for await item in tree.events() {
            if let event = item.event { late.append("\(event.kind) \(event.path)") }
        }
        #expect(late == ["terminated root"])
    }

    @Test("H8 A stop can be asked what it waits for: who, at which step, until when")
    func waits() async throws {
        let gate = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("first")
            SupervisorSpec("jobs") {
                ChildSpec.ignoringCancellation(
                    "deaf",
                    until: gate,
                    shutdown: .ladder([.drain(for: .seconds(2)), .cancel(for: .seconds(3))])
                )
            }
        }
        try await withTestTree(spec) { tree in
            #expect(tree.supervisor.stopWaits().isEmpty)
            tree.supervisor.requestStop()
            try await tree.advance(by: .milliseconds(2_500))
            let waits = tree.supervisor.stopWaits()
            #expect(waits.map(\.path) == ["root/jobs/deaf"])
            let step = try #require(waits.first?.stopStep)
            #expect(step.action == .cancel && step.number == 2 && step.count == 2)
            #expect(waits.first?.deadline == tree.runtime.now.advanced(by: .milliseconds(2_500)))
            #expect("\(tree.snapshot)".contains("cancel, step 2 of 2"))
            gate.open()
            try await tree.terminate()
            #expect(tree.supervisor.stopWaits().isEmpty)
        }
    }

    @Test("I1 R5 A context that is kept after its incarnation touches nothing and keeps no tree")
    func staleContext() async throws {
        let kept = Log<ChildContext>()
        let handles = Log<NotifyStart>()
        let spec = SupervisorSpec("root") {
            ChildSpec("worker") { context, notifyStart in
                kept.append(context)
                handles.append(notifyStart)
                notifyStart()
                await context.stopRequested()
            }
        }
        try await withSupervisor(spec) { _ in }
        let context = try #require(kept.all.first)
        #expect(context.isStopRequested)
        await context.stopRequested()
        #expect(context.path == "root/worker")
        #expect(handles.all.first?() == false)
    }

    @Test("A thousand children start in order and stop in the reverse of it")
    func manyChildren() async throws {
        let spec = SupervisorSpec("root") {
            for number in 0..<1_000 { ChildSpec.idle("child\(number)") }
        }
        try await withTestTree(spec) { tree in
            try await tree.terminate()
            let names = (0..<1_000).map { "root/child\($0)" }
            let started = tree.recorder.events(after: .start, matching: .started()).map(\.path)
            let terminated = tree.recorder.events(after: .start, matching: .terminated()).map(\.path)
            #expect(started == names + ["root"])
            #expect(terminated == names.reversed() + ["root"])
        }
    }
}
