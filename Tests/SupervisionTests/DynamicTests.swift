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

@Suite("Dynamic children", .timeLimit(.minutes(1)))
struct DynamicTests {
    /// A supervisor with one child, and another supervisor below it.
    private let spec = SupervisorSpec("root") {
        ChildSpec.idle("a")
        SupervisorSpec("jobs") { ChildSpec.idle("b") }
    }

    // MARK: Starting

    @Test("D1 A child is started after all others in the order, and stopped before them")
    func appended() async throws {
        try await withTestTree(spec) { tree in
            let mark = tree.recorder.mark()
            let one = try await tree.supervisor.startChild(.idle("one"))
            let two = try await tree.supervisor.startChild(SupervisorSpec("two") { ChildSpec.idle("x") })
            #expect(one.runtimeName == "root/one" && one.name == "one" && one.description == "root/one")
            #expect(one.tag == .worker && one.isWorker && one.spec.childSpec?.name == "one")
            #expect(two.tag == .supervisor && !two.isWorker && two.spec.supervisorSpec?.name == "two")
            #expect(one.state == .running && one.incarnation == 1 && two.childCount == 1)
            #expect(tree.supervisor.childCount == 4)
            try await tree.terminate()
            tree.recorder.expect(
                exactly: .started("root/one"),
                .started("root/two/x"),
                .started("root/two"),
                .terminated("root/two/x"),
                .terminated("root/two"),
                .terminated("root/one"),
                .terminated("root/jobs/b"),
                .terminated("root/jobs"),
                .terminated("root/a"),
                .terminated("root"),
                after: mark
            )
        }
    }

    @Test("D1 Any supervisor can be given children, also one that was added")
    func anySupervisor() async throws {
        try await withTestTree(spec) { tree in
            let jobs = try #require(tree.supervisor.child(at: "root/jobs"))
            #expect(try await jobs.startChild(.idle("c")).runtimeName == "root/jobs/c")
            let inner = try await jobs.startChild(SupervisorSpec("inner") {})
            #expect(try await inner.startChild(.idle("d")).runtimeName == "root/jobs/inner/d")
            #expect(tree["root/jobs/inner/d"]?.state == .running)
            #expect(jobs.childCount == 3 && inner.childCount == 1)
        }
    }

    @Test("D1 A start returns when it was acknowledged, and starts do not wait for each other")
    func sideBySide() async throws {
        try await withTestTree(spec) { tree in
            let gate = Gate()
            async let slow = tree.supervisor.startChild(.slow("slow", until: gate))
            try await tree.recorder.wait(for: .started("root"), count: 1)
            try await tree.supervisor.startChild(.idle("quick"))
            tree.recorder.expect(never: .started("root/slow"))
            gate.open()
            #expect(try await slow.state == .running)
        }
    }

    @Test("D1 A failed start is the caller's error, tells the very error, and leaves the supervisor up")
    func failedStart() async throws {
        try await withTestTree(spec) { tree in
            let error = try await failure {
                try await tree.supervisor.startChild(.failingToStart("bad", error: { _ in ScriptedFailure(7) }))
            }
            #expect(error.code == .startFailed && error.path == "root/bad", "\(error.explain)")
            #expect(error.rootCause as? ScriptedFailure == ScriptedFailure(7))
            // CAP-111
            let nested = try await failure {
                try await tree.supervisor.startChild(
                    SupervisorSpec("branch") {
                        ChildSpec.idle("c1")
                        ChildSpec.failingToStart("c2")
                    }
                )
            }
            #expect(nested.explain.contains("root/branch/c2"), "\(nested.explain)")
            try await tree.settle()
            tree.recorder.expect(
                inOrder: .started("root/branch/c1"),
                .startFailed("root/branch/c2"),
                .terminated("root/branch/c1"),
                .startFailed("root/branch")
            )
            #expect(tree.state == .running && tree.supervisor.childCount == 2)
            try await tree.terminate()
        }
    }

    @Test("N1 N2 N5 D4 D5 What cannot be started is refused, with the reason")
    func refused() async throws {
        var limited = spec
        limited.childLimit = 3
        try await withTestTree(limited) { tree in
            let supervisor = tree.supervisor
            let taken = try await failure { try await supervisor.startChild(.idle("a")) }
            #expect(taken.code == .nameTaken && taken.path == "root/a")
            let faulty = try await failure {
                try await supervisor.startChild(
                    SupervisorSpec("x") {
                        ChildSpec.idle("no/name")
                        ChildSpec.idle("y", shutdown: .timeout(.seconds(-1)))
                    }
                )
            }
            #expect(faulty.code == .invalidSpec && faulty.related.count == 2, "\(faulty.explain)")
            let paths = faulty.related.map { $0.path ?? "" }
            #expect(paths == ["root/x/y", "root/x/no\\x2fname"], "\(faulty.explain)")
            let plain = try await failure { try await supervisor.startChild(.idle("no/name")) }
            #expect(plain.related.map(\.path) == ["root/no\\x2fname"], "\(plain.explain)")
            let unnamed = try await failure { try await supervisor.startChild(.idle("no\0name")) }
            #expect(unnamed.code == .invalidSpec)
            let worker = try #require(supervisor.child(named: "a"))
            let childless = try await failure { try await worker.startChild(.idle("b")) }
            #expect(childless.code == .misuse && childless.path == "root/a")
            try await supervisor.startChild(.idle("third"))
            let full = try await failure { try await supervisor.startChild(.idle("fourth")) }
            #expect(full.code == .tooManyChildren)
            #expect(supervisor.childCount == 3)
        }
    }

    @Test("S9 A task that was cancelled starts nothing; one that is cancelled meanwhile takes the child away again")
    func cancelledStart() async throws {
        try await withTestTree(spec) { tree in
            let supervisor = tree.supervisor
            let late = Task {
                await Gate().waitForCancellation()
                return try await failure { try await supervisor.startChild(.idle("never")) }
            }
            late.cancel()
            #expect(try await late.value.code == .cancelled)
            let begun = Gate()
            let start = Task {
                try await failure {
                    try await supervisor.startChild(
                        ChildSpec("slow") { context, _ in
                            begun.open()
                            await context.stopRequested()
                        }
                    )
                }
            }
            try await begun.wait()
            start.cancel()
            let error = try await start.value
            #expect(error.code == .stoppedDuringStart && error.path == "root/slow", "\(error.explain)")
            #expect(supervisor.child(named: "slow") == nil && supervisor.child(named: "never") == nil)
            #expect(supervisor.childCount == 2)
        }
    }

    @Test("D1 G1 In a round of its group a child is started with the others, and not made again with its supervisor")
    func rounds() async throws {
        let control = WorkerControl()
        let spec = SupervisorSpec("root", tolerance: .unlimited) {
            SupervisorSpec("all", strategy: .oneForAll, tolerance: .failures(1, within: .seconds(5))) {
                ChildSpec("a", controlledBy: control)
            }
        }
        try await withTestTree(spec) { tree in
            let all = try #require(tree.supervisor.child(at: "root/all"))
            let extra = try await all.startChild(.idle("extra"))
            control.fail()
            try await tree.settle()
            #expect(extra.incarnation == 2 && extra.state == .running)
            // X3
            control.fail()
            try await tree.settle()
            #expect(all.incarnation == 2 && all.childCount == 1)
            #expect(extra.state == nil && extra.incarnation == nil)
            // I3: the handle is not that of a new child with the name.
            let again = try await all.startChild(.idle("extra"))
            #expect(again.runtimeName == extra.runtimeName && again != extra && again.state == .running)
            #expect(try await !extra.terminate())
            let error = try await failure { try await extra.restart() }
            #expect(error.code == .gone && again.state == .running)
        }
    }

    // MARK: Requests

    @Test("D2 D3 A child is stopped for good, until it is restarted, and stopping it again says that it had ended")
    func stopAndRestart() async throws {
        try await withTestTree(spec) { tree in
            let child = try #require(tree.supervisor.child(at: "root/a"))
            #expect(try await child.terminate())
            #expect(child.state == .stopped)
            try await tree.advance(by: .seconds(60))
            #expect(child.state == .stopped)
            #expect(try await !child.terminate())
            #expect(try !child.forceStop())
            try await child.restart()
            #expect(child.state == .running && child.incarnation == 2)
            try await child.restart()
            #expect(child.incarnation == 3)
            tree.recorder.expect(never: .failed())
        }
    }

    @Test("D2 D4 A deleted child is gone, and its name is free")
    func deletion() async throws {
        try await withTestTree(spec) { tree in
            let child = try await tree.supervisor.startChild(.idle("x"))
            try await child.delete()
            #expect(child.state == nil && tree.supervisor.child(named: "x") == nil)
            #expect(child.name == "x" && child.runtimeName == "root/x")
            #expect(try await failure { try await child.delete() }.code == .gone)
            #expect(try await tree.supervisor.startChild(.idle("x")).incarnation == 1)
        }
    }

    @Test("D4 X2 A temporary child leaves nothing behind when it ends, and no name taken")
    func temporary() async throws {
        try await withTestTree(spec) { tree in
            let control = WorkerControl()
            let child = try await tree.supervisor.startChild(
                ChildSpec("x", controlledBy: control, restart: .temporary)
            )
            control.fail()
            try await tree.settle()
            #expect(child.state == nil && tree.supervisor.childCount == 2)
            #expect(try await !child.terminate())
            let other = try await tree.supervisor.startChild(.idle("x", restart: .temporary))
            #expect(try await other.terminate())
            #expect(try await !other.terminate())
            #expect(tree.supervisor.childCount == 2)
        }
    }

    @Test("D2 One that waits for its backoff is started at once, or given up")
    func waiting() async throws {
        let spec = SupervisorSpec(
            "root",
            tolerance: .unlimited,
            backoff: RestartBackoff(immediate: 0, initial: .seconds(10))
        ) {
            ChildSpec.failing("a", times: 2)
        }
        try await withTestTree(spec) { tree in
            let child = try #require(tree.supervisor.child(named: "a"))
            try await tree.settle()
            #expect(child.state == .waiting)
            try await child.restart()
            try await tree.settle()
            #expect(child.state == .waiting && child.incarnation == 2)
            #expect(try await child.terminate())
            #expect(child.state == .stopped && tree.elapsed == .zero)
        }
    }

    @Test("D2 CAP-123 What a stop failed at is told to those who wait for it, and the supervisor goes on")
    func failedStop() async throws {
        let gate = Gate()
        try await withTestTree(spec) { tree in
            let child = try await tree.supervisor.startChild(.failingToStop("x", error: ScriptedFailure(3)))
            let error = try await failure { try await child.terminate() }
            #expect(error.code == .terminationFailed && error.rootCause as? ScriptedFailure == ScriptedFailure(3))
            // CAP-162
            #expect(try await !child.terminate())
            let deaf = try await tree.supervisor.startChild(.ignoringCancellation("deaf", until: gate))
            let stop = Task { try await failure { try await deaf.delete() } }
            try await tree.wait(for: .stopping("root/deaf"))
            try await tree.advance(by: .seconds(5))
            #expect(try await stop.value.code == .terminationFailed)
            #expect(tree.state == .running && deaf.state == .abandoned)
            gate.open()
            try await tree.wait(for: .kind(.lateExit))
            #expect(deaf.state == nil)
        }
    }

    @Test("H5 force takes a child to the last step of its ladder")
    func force() async throws {
        let gate = Gate()
        try await withTestTree(spec) { tree in
            let deaf = try await tree.supervisor.startChild(
                .ignoringCancellation(
                    "deaf",
                    until: gate,
                    shutdown: .ladder([.drain(for: .seconds(60)), .cancel(for: .zero)])
                )
            )
            #expect(try deaf.forceStop())
            try await tree.settle()
            #expect(deaf.state == .abandoned && tree.elapsed == .zero)
            gate.open()
            try await tree.wait(for: .kind(.lateExit))
        }
    }

    @Test("Y7 A stop goes on when whoever asked for it is cancelled; a restart goes on, too, but the wait ends")
    func cancelledRequests() async throws {
        let gate = Gate()
        try await withTestTree(spec) { tree in
            let worker = ChildSpec("x", shutdown: .indefinitely) { context, notifyStart in
                notifyStart()
                await context.stopRequested()
                await gate.waitIgnoringCancellation()
            }
            let child = try await tree.supervisor.startChild(worker)
            let stop = Task { try await child.terminate() }
            try await tree.wait(for: .stopping("root/x"))
            stop.cancel()
            let restart = Task { try await failure { try await child.restart() } }
            await Task.yield()
            restart.cancel()
            #expect(try await restart.value.code == .cancelled)
            #expect(child.state == .stopping)
            gate.open()
            #expect(try await stop.value)
            try await tree.wait(for: .started("root/x"), count: 2)
        }
    }

    // MARK: From inside

    @Test("D7 A worker that stops, restarts or deletes itself does not wait for itself")
    func itself() async throws {
        let answers = Log<String>()
        let spec = SupervisorSpec("root") {
            ChildSpec("stops", shutdown: .indefinitely) { context in
                let own = try #require(context.child)
                answers.append("stopped \(try await own.terminate())")
                await context.stopRequested()
            }
            ChildSpec("restarts", shutdown: .indefinitely) { context in
                if context.incarnationNumber == 1 {
                    try await context.child?.restart()
                    answers.append("restarted")
                }
                await context.stopRequested()
            }
            ChildSpec("deletes", shutdown: .indefinitely) { context in
                // Also from a task group of its own.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await context.child?.delete() }
                    try await group.waitForAll()
                }
                answers.append("deleted")
                await context.stopRequested()
            }
        }
        try await withTestTree(spec) { tree in
            try await tree.settle()
            #expect(answers.all.sorted() == ["deleted", "restarted", "stopped true"])
            #expect(tree["root/stops"]?.state == .stopped)
            #expect(tree["root/restarts"]?.incarnation == 2 && tree["root/restarts"]?.state == .running)
            #expect(tree["root/deletes"] == nil)
        }
    }

    @Test("D7 A worker that stops or restarts what is above it does not wait for itself")
    func ancestors() async throws {
        let answers = Log<String>()
        let spec = SupervisorSpec("root") {
            SupervisorSpec("jobs", shutdown: .indefinitely) {
                SupervisorSpec("inner") {
                    ChildSpec("a", shutdown: .indefinitely) { context in
                        let jobs = try #require(context.supervisor?.supervisor)
                        #expect(jobs.runtimeName == "root/jobs")
                        if jobs.incarnation == 1 {
                            try await jobs.restart()
                            answers.append("restarted")
                        } else {
                            answers.append("stopped \(try await jobs.terminate())")
                        }
                        await context.stopRequested()
                    }
                }
            }
        }
        try await withTestTree(spec) { tree in
            try await tree.settle()
            #expect(answers.all == ["restarted", "stopped true"])
            #expect(tree["root/jobs"]?.state == .stopped)
        }
    }

    @Test("D7 What is above a worker is known by the bytes of its name, also where characters join")
    func joiningNames() async throws {
        let answers = Log<String>()
        let spec = SupervisorSpec("root") {
            SupervisorSpec("jobs", shutdown: .indefinitely) {
                // Together with the `/` in front of it, it is one character.
                ChildSpec("\u{301}a", shutdown: .indefinitely) { context in
                    let jobs = try #require(context.supervisor)
                    answers.append("stopped \(try await jobs.terminate())")
                    await context.stopRequested()
                }
            }
        }
        try await withTestTree(spec) { tree in
            try await tree.settle()
            #expect(answers.all == ["stopped true"])
        }
    }

    @Test("D7 A worker may start and stop its siblings, also before it is up itself")
    func siblings() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec("boss") { context, notifyStart in
                let root = try #require(context.supervisor)
                let helper = try await root.startChild(.idle("helper"))
                try await root.startChild(.idle("other")).delete()
                try await helper.restart()
                notifyStart()
                await context.stopRequested()
            }
        }
        try await withTestTree(spec) { tree in
            #expect(tree["root/helper"]?.incarnation == 2 && tree["root/other"] == nil)
            try await tree.terminate()
        }
    }

    @Test("D7 H6 A start that waits for a round which waits for its caller is taken back")
    func startInRound() async throws {
        let errors = Log<SupervisorError>()
        let control = WorkerControl()
        let asked = Gate()
        let spec = SupervisorSpec("root", strategy: .oneForAll) {
            ChildSpec.hanging("first", shutdown: .timeout(.seconds(3)))
            ChildSpec("boss", shutdown: .timeout(.seconds(60))) { context in
                guard context.incarnationNumber == 1 else { return await context.stopRequested() }
                try await asked.wait()
                do {
                    try await context.supervisor?.startChild(.idle("helper"))
                } catch let error as SupervisorError {
                    errors.append(error)
                }
            }
            ChildSpec("fails", controlledBy: control)
        }
        try await withTestTree(spec) { tree in
            control.fail()
            asked.open()
            try await tree.settle()
            #expect(tree.elapsed == .zero && tree["root/boss"]?.incarnation == 2)
            try await tree.terminate()
        }
    }

    // MARK: The end

    @Test("D8 A supervisor that is stopping or gone refuses at once, with the reason")
    func ended() async throws {
        let gate = Gate()
        try await withTestTree(spec) { tree in
            let supervisor = tree.supervisor
            let jobs = try #require(supervisor.child(at: "root/jobs"))
            let deaf = try await supervisor.startChild(.ignoringCancellation("deaf", until: gate))
            supervisor.requestStop()
            try await tree.wait(for: .stopping("root/deaf"))
            for call in [
                { try await supervisor.startChild(.idle("x")) },
                { try await jobs.startChild(.idle("x")) },
                {
                    try await deaf.restart()
                    return deaf
                },
            ] as [@Sendable () async throws -> Child] {
                let error = try await failure { _ = try await call() }
                #expect(error.code == .stopping, "\(error.explain)")
            }
            gate.open()
            try await tree.terminate()
            let error = try await failure { try await supervisor.startChild(.idle("x")) }
            #expect(error.code == .gone, "\(error.explain)")
            #expect(try await !deaf.terminate())
        }
    }

    @Test("D8 A child of a supervisor that was stopped cannot be started until that is")
    func stoppedSupervisor() async throws {
        try await withTestTree(spec) { tree in
            let jobs = try #require(tree.supervisor.child(at: "root/jobs"))
            let b = try #require(jobs.child(named: "b"))
            try await jobs.terminate()
            #expect(try await failure { try await jobs.startChild(.idle("x")) }.code == .notRunning)
            #expect(try await failure { try await b.restart() }.code == .notRunning)
            #expect(try await !b.terminate())
            try await jobs.restart()
            #expect(b.state == .running)
        }
    }

    // MARK: What goes with them

    @Test("Y5 Wrappers of the supervisors above a child wrap its body, too")
    func arounds() async throws {
        let log = Log<String>()
        let spec = SupervisorSpec("root") {
            SupervisorSpec("jobs") { ChildSpec.idle("b") }
                .around { context, body in
                    log.append("jobs \(context.name)")
                    try await body()
                }
        }.around { context, body in
            log.append("root \(context.name)")
            try await body()
        }
        try await withTestTree(spec) { tree in
            let jobs = try #require(tree.supervisor.child(at: "root/jobs"))
            try await jobs.startChild(.idle("c"))
            let inner = try await tree.supervisor.startChild(SupervisorSpec("inner") {})
            try await inner.startChild(.idle("d"))
            try await tree.settle()
            #expect(log.all == ["root b", "jobs b", "root c", "jobs c", "root d"])
        }
    }

    @Test(
        "E2 Who follows a supervisor that is added sees its events, as long as it lives"
    )
    func subscribers() async throws {
        try await withTestTree(spec) { tree in
            let follower = Follower()
            let child = try await tree.supervisor.startChild(
                SupervisorSpec("x") { ChildSpec.idle("y") }.notifying(follower)
            )
            try await child.restart()
            try await child.delete()
            try await follower.end.wait()
            let ups = ["started root/x/y", "started root/x"]
            let downs = ["terminated root/x/y", "terminated root/x"]
            #expect(follower.lines.all == ups + downs + ups + downs)
            // One that does not come up, and one that is refused.
            for spec in [
                SupervisorSpec("x") { ChildSpec.failingToStart("y") }, SupervisorSpec("jobs") {},
                SupervisorSpec("no/name") {},
            ] {
                let follower = Follower()
                try await failure { try await tree.supervisor.startChild(spec.notifying(follower)) }
                try await follower.end.wait()
                #expect(follower.lines.all.allSatisfy { $0.hasPrefix("startFailed root/x") })
            }
            // One whose supervisor goes.
            let last = Follower()
            let jobs = try #require(tree.supervisor.child(named: "jobs"))
            try await jobs.startChild(SupervisorSpec("z") {}.notifying(last))
            try await jobs.restart()
            try await last.end.wait()
            #expect(last.lines.all == ["started root/jobs/z", "terminated root/jobs/z"])
        }
    }

    @Test("I3 A name with a NUL in it is that of no node")
    func namesWithNUL() async throws {
        try await withTestTree(spec) { tree in
            #expect(tree.supervisor.child(at: "root/a") != nil)
            #expect(tree.supervisor.child(at: "root/a\0b") == nil)
            #expect(tree.supervisor.child(at: "root/a\0") == nil)
            #expect(tree.supervisor.child(named: "a\0b") == nil)
            #expect(tree.supervisor.child(at: "root")?.child(named: "a\0b") == nil)
        }
    }

    @Test("I3 A handle is found by path and by name, and knows the spec, also of processes")
    func found() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec("sleeper", restart: .transient, command: ProcessCommand("sleep", "1000"))
            SupervisorSpec("jobs", strategy: .oneForAll) { ChildSpec.idle("b", restart: .transient) }
        }
        try await withTestTree(spec) { tree in
            let supervisor = tree.supervisor
            let sleeper = try #require(supervisor.child(named: "sleeper"))
            #expect(sleeper.spec.childSpec?.restart == .transient && sleeper.isWorker)
            #expect(sleeper.snapshot()?.kind == .process && sleeper.snapshot()?.pid != nil)
            let jobs = try #require(supervisor.child(at: "root/jobs"))
            #expect(jobs.spec.supervisorSpec?.strategy == .oneForAll && jobs.tag == .supervisor)
            let b = try #require(jobs.child(named: "b"))
            #expect(b == supervisor.child(at: "root/jobs/b") && b.spec.childSpec?.restart == .transient)
            #expect(Set([b, supervisor.child(at: "root/jobs/b")]).count == 1)
            #expect(supervisor.child(at: "root")?.childCount == 2)
            #expect(supervisor.child(at: "root/none") == nil && jobs.child(named: "none") == nil)
            #expect(supervisor.child(at: "") == nil && b.child(named: "x") == nil && b.childCount == 0)
            let root = try #require(supervisor.child(at: "root"))
            #expect(try await failure { try await root.terminate() }.code == .misuse)
        }
    }
}

/// Notes starts and ends, and that there will be no more.
private struct Follower: EventSubscriber {
    let lines = Log<String>()
    let end = Gate()

    func receive(_ events: Supervisor.Events) async {
        for await item in events {
            guard let event = item.event, EventCriteria.isStartOrEnd.matches(event) else { continue }
            lines.append("\(event.kind) \(event.path)")
        }
        end.open()
    }
}

extension Gate {
    /// Return when the task is cancelled.
    fileprivate func waitForCancellation() async {
        try? await wait()
    }
}
