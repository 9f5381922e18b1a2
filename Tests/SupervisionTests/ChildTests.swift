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

@Suite("Children on their own", .timeLimit(.minutes(1)))
struct ChildTests {
    @TaskLocal private static var mark = 0

    /// Nobody but the test knows of it, so that its time moves when that says so.
    private func runtime() throws -> SupervisorRuntime {
        try SupervisorRuntime(manualTime: true)
    }

    @Test("CAP-162 Who stops a child is told how it ended, and who comes later that it had")
    func stopped() async throws {
        let notifications = Log<ChildNotification>()
        let runtime = try runtime()
        let child = try await ChildSpec.failingToStop("x", error: ScriptedFailure(3))
            .start(supervisorName: "lab", on: runtime) { notifications.append($0) }
        #expect(child.name == "x" && child.runtimeName == "lab/x" && child.tag == .worker && child.isWorker)
        #expect(child.state == .running)
        let error = try await failure { try await child.terminate() }
        #expect(error.rootCause as? ScriptedFailure == ScriptedFailure(3) && error.path == "lab/x", "\(error.explain)")
        #expect(try await !child.terminate())
        try await runtime.settle()
        #expect(notifications.all.isEmpty)
        let clean = try await ChildSpec.idle("y").start(supervisorName: "lab", on: runtime) { notifications.append($0) }
        #expect(try await clean.terminate())
        #expect(try await !clean.terminate())
        try await runtime.settle()
        #expect(notifications.all.isEmpty && clean.state == nil)
    }

    @Test("CAP-163 An end is told once, to whoever follows the child or to whoever stops it", arguments: [true, false])
    func notified(fails: Bool) async throws {
        let notifications = Log<ChildNotification>()
        let control = WorkerControl()
        let runtime = try runtime()
        let spec = ChildSpec("x", controlledBy: control, restart: .permanent)
        let child = try await spec.start(supervisorName: "lab", on: runtime) { notifications.append($0) }
        #expect(child.spec.childSpec?.restart == .permanent)
        if fails { control.fail(ScriptedFailure(5)) } else { control.complete() }
        try await runtime.settle()
        let notification = try #require(notifications.all.first)
        #expect(notifications.all.count == 1 && notification.name == "x" && notification.runtimeName == "lab/x")
        #expect(notification.error?.rootCause as? ScriptedFailure == (fails ? ScriptedFailure(5) : nil))
        #expect(notification.description.hasPrefix(fails ? "lab/x failed: " : "lab/x completed"))
        // Nobody restarts it.
        try await runtime.advance(by: .seconds(60))
        #expect(control.runs == 1 && child.state == nil)
        #expect(try await !child.terminate())
        #expect(notifications.all.count == 1)
    }

    @Test("CAP-163 Whoever comes first is told, and nobody else", arguments: 0..<20)
    func race(round: Int) async throws {
        let notifications = Log<ChildNotification>()
        let ended = Gate()
        let control = WorkerControl()
        let child = try await ChildSpec("x", controlledBy: control).start(supervisorName: "lab") {
            notifications.append($0)
            ended.open()
        }
        let stop = Task { try await child.terminate() }
        control.complete()
        if try await !stop.value { await ended.waitIgnoringCancellation() }
        #expect(notifications.all.count == (try await stop.value ? 0 : 1))
    }

    @Test("S3 N1 A child that does not come up leaves nothing behind")
    func failedStart() async throws {
        let notifications = Log<ChildNotification>()
        let error = try await failure {
            _ = try await ChildSpec.failingToStart("x", error: { _ in ScriptedFailure(7) })
                .start(supervisorName: "lab") { notifications.append($0) }
        }
        #expect(error.code == .startFailed && error.path == "lab/x")
        #expect(error.rootCause as? ScriptedFailure == ScriptedFailure(7) && notifications.all.isEmpty)
        for (name, supervisorName) in [("x", "a/b"), ("a/b", "x")] {
            let error = try await failure {
                _ = try await ChildSpec.idle(name).start(supervisorName: supervisorName)
            }
            #expect(error.code == .invalidSpec)
        }
    }

    @Test("S3 CAP-163 A child that declines has ended by itself, which is told once")
    func declined() async throws {
        let notifications = Log<ChildNotification>()
        let runtime = try runtime()
        let spec = ChildSpec("x") { _, notifyStart in _ = notifyStart.decline() }
        let child = try await spec.start(supervisorName: "lab", on: runtime) { notifications.append($0) }
        try await runtime.settle()
        #expect(child.state == nil)
        #expect(notifications.all.map(\.runtimeName) == ["lab/x"])
        #expect(notifications.all.first?.error == nil)
    }

    @Test("N4 One spec can be started many times, also at once")
    func many() async throws {
        let spec = ChildSpec.idle("x")
        let children = try await withThrowingTaskGroup(of: Child.self) { group in
            for number in 0..<8 { group.addTask { try await spec.start(supervisorName: "lab\(number)") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(children).count == 8)
        for child in children { #expect(try await child.terminate()) }
    }

    @Test("A child can be restarted by request, and is then stopped as before")
    func restarted() async throws {
        let runtime = try runtime()
        let child = try await ChildSpec.idle("x").start(supervisorName: "lab", on: runtime)
        try await child.restart()
        try await runtime.settle()
        #expect(child.incarnation == 2 && child.state == .running)
        #expect(try await child.terminate())
        try await runtime.settle()
        #expect(child.state == nil)
    }

    // MARK: Settings

    @Test("CAP-163 An end of its own right after a restart by request is told", arguments: 0..<50)
    func endsAfterRestart(round: Int) async throws {
        let notifications = Log<ChildNotification>()
        let told = Gate()
        let spec = ChildSpec("x") { context in
            if context.incarnationNumber > 1 { throw ScriptedFailure(2) }
            await context.stopRequested()
        }
        // In real time: whoever follows the child may hear of the old incarnation when the new one has ended, too.
        let child = try await spec.start(supervisorName: "lab") { notification in
            notifications.append(notification)
            told.open()
        }
        try await child.restart()
        try await told.wait()
        #expect(notifications.all.map { $0.error?.rootCause as? ScriptedFailure } == [ScriptedFailure(2)])
        #expect(child.state == nil)
    }

    @Test("CAP-006 Settings print as their names, and can be read")
    func settings() {
        var spec = ChildSpec.idle("x", restart: .transient, shutdown: .timeout(.seconds(2)))
        #expect(spec.name == "x" && spec.tag == .worker && "\(spec.tag)" == "worker")
        #expect(ChildTag.supervisor.description == "supervisor")
        #expect("\(SupervisorSpec.Node(SupervisorSpec("s", strategy: .oneForAll) {}))" == "s (oneForAll)")
        #expect("\(SupervisorSpec.Node(ChildSpec("c", restart: .transient) {}))" == "c (transient)")
        let restarts = [ChildSpec.Restart.permanent, .transient, .temporary]
        #expect(restarts.map { "\($0)" } == ["permanent", "transient", "temporary"])
        let strategies = [SupervisorSpec.Strategy.oneForOne, .oneForAll, .restForOne]
        #expect(strategies.map { "\($0)" } == ["oneForOne", "oneForAll", "restForOne"])
        #expect([SupervisorSpec.Order.leftToRight, .rightToLeft].map { "\($0)" } == ["leftToRight", "rightToLeft"])
        let groups = [SupervisorSpec.Group.Mode.together, .each]
        #expect(groups.map { "\($0)" } == ["together", "each"])
        let ends = [SupervisorSpec.AutoShutdown.never, .anySignificant, .allSignificant]
        #expect(ends.map { "\($0)" } == ["never", "anySignificant", "allSignificant"])
        let starts = [ChildSpec.StartTimeout.standard, .seconds(3), .never]
        #expect(starts.map { "\($0)" } == ["standard", "3.0 seconds", "never"])
        let stuck = [ChildSpec.WhenStuck.wait, .escalate(after: .seconds(3)), .overlap]
        #expect(stuck.map { "\($0)" } == ["wait", "escalate after 3.0 seconds", "overlap"])
        #expect([ChildSpec.WhenExceeded.escalate, .quarantine].map { "\($0)" } == ["escalate", "quarantine"])
        #expect([ProcessCommand.Exit.status(3), .signal(.kill)].map { "\($0)" } == ["status 3", "SIGKILL"])
        #expect("\(RestartTolerance.standard)" == "1 failure within 5.0 seconds")
        let tolerances = [RestartTolerance.failures(3, within: .seconds(5)), .failures(2, within: .zero), .unlimited]
        #expect(tolerances.map { "\($0)" } == ["3 failures within 5.0 seconds", "2 failures ever", "unlimited"])
        #expect("\(spec.shutdown)" == "timeout of 2.0 seconds")
        #expect("\(ChildSpec.Shutdown.indefinitely)" == "indefinitely")
        #expect("\(ChildSpec.Shutdown.standard)" == "standard")
        spec.shutdown = .ladder([
            .drain(for: .seconds(1)), .signal(.interrupt, for: .seconds(2)), .cancelIndefinitely, .kill(for: .zero),
        ])
        #expect(
            "\(spec.shutdown)"
                == "drain for 1.0 seconds, SIGINT for 2.0 seconds, cancel indefinitely, kill for 0.0 seconds"
        )
    }

    // MARK: Shields

    @Test("What is shielded does not see the cancellation, and is waited for")
    func shielded() async throws {
        let log = Log<String>()
        let spec = SupervisorSpec("root") {
            ChildSpec("x", shutdown: .timeout(.seconds(5))) { context, notifyStart in
                notifyStart()
                await context.stopRequested()
                let number = try await withoutCancellation { () async throws(ScriptedFailure) -> Int in
                    log.append("cancelled \(Task.isCancelled), as \(ChildContext.current?.name ?? "none")")
                    try? await context.sleep(for: .seconds(1))
                    return 7
                }
                log.append("\(number), cancelled \(Task.isCancelled)")
            }
        }
        try await withTestTree(spec) { tree in
            try await tree.terminate()
            #expect(tree.elapsed == .seconds(1))
            #expect(log.all == ["cancelled false, as x", "7, cancelled true"])
        }
    }

    @Test("What is shielded keeps its error and its task-local values")
    func shieldedFailure() async throws {
        await Self.$mark.withValue(5) {
            await #expect(throws: ScriptedFailure(5)) {
                try await withoutCancellation { throw ScriptedFailure(Self.mark) }
            }
        }
    }
}
