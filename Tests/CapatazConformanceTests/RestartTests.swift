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

@Suite("D. Restart policies", .timeLimit(.minutes(1)))
struct RestartTests {
    /// At the root, and one level below it: the same with longer names.
    enum Place: CaseIterable, Sendable {
        case root
        case subtree

        func spec(@SupervisorBuilder _ children: () -> [SupervisorSpec.Node]) -> SupervisorSpec {
            let nodes = children()
            return self == .root
                ? SupervisorSpec("root") { nodes } : SupervisorSpec("root") { SupervisorSpec("s") { nodes } }
        }

        /// The story with the names of the place, and the start and end of what is around it.
        func story(_ children: String, started: String, ended: String) -> String {
            let prefix = self == .root ? "" : "s/"
            let long = [started, children, ended].map { part in
                part.split(separator: ", ").map { event -> String in
                    let mark = event.prefix { $0 != " " }
                    return mark + " " + prefix + event.dropFirst(mark.count + 1)
                }
            }
            let up = self == .root ? ["S+ root"] : ["S+ s", "S+ root"]
            let down = self == .root ? ["S- root"] : ["S- s", "S- root"]
            return (long[0] + up + long[1] + long[2] + down).joined(separator: ", ")
        }
    }

    @Test(
        "CAP-060 CAP-067 A permanent worker that fails is restarted, no sibling",
        arguments: Place.allCases
    )
    func permanentFails(place: Place) async throws {
        let spec = place.spec {
            ChildSpec.failing("c", times: 1)
            ChildSpec.idle("d")
        }
        try await withTestTree(spec) { tree in
            try await tree.terminate()
            let story = place.story("W! c, W+ c", started: "W+ c, W+ d", ended: "W- d, W- c")
            tree.recorder.expect(story: story)
        }
    }

    @Test(
        "CAP-061 CAP-067 A permanent worker that completes is restarted, uncounted",
        arguments: Place.allCases
    )
    func permanentCompletes(place: Place) async throws {
        let spec = place.spec { ChildSpec.completing("c", times: 3) }
        try await withTestTree(spec) { tree in
            try await tree.terminate()
            let story = place.story("Wc c, W+ c, Wc c, W+ c, Wc c, W+ c", started: "W+ c", ended: "W- c")
            tree.recorder.expect(story: story)
        }
    }

    @Test("CAP-062 CAP-067 What a body throws is in the event of its failure", arguments: Place.allCases)
    func thrownErrors(place: Place) async throws {
        struct Unlucky: Error, Equatable {}
        let spec = place.spec { ChildSpec.failing("c", times: 1, error: { _ in Unlucky() }) }
        try await withTestTree(spec) { tree in
            try await tree.terminate()
            tree.recorder.expect(story: place.story("W! c, W+ c", started: "W+ c", ended: "W- c"))
            tree.recorder.expect(inOrder: .failed() && .error(Unlucky()), .started())
        }
    }

    @Test("CAP-063 However a worker ends, it is noticed")
    func everyEndIsNoticed() async throws {
        let runs = Tally()
        let ends: [@Sendable () async throws -> Void] = [
            {},
            { throw ScriptedFailure() },
            { throw CancellationError() },
            {
                unsafe withUnsafeCurrentTask { task in unsafe task?.cancel() }
                try Task.checkCancellation()
            },
            { try await Task<Void, any Error> { throw ScriptedFailure() }.value },
        ]
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec("a") { context in
                let run = runs.enter()
                guard run <= ends.count else { return await context.stopRequested() }
                try await ends[run - 1]()
            }
        }
        try await withTestTree(spec) { tree in
            try await tree.wait(for: .started("root/a"), count: ends.count + 1)
            try await tree.terminate()
            tree.recorder.expect(
                story: "W+ a, S+ root, Wc a, W+ a, W! a, W+ a, W! a, W+ a, W! a, W+ a, W! a, W+ a, W- a, S- root"
            )
        }
    }

    @Test("CAP-064 What cannot be caught ends a worker's process, not ours")
    func crashOfAProcess() async throws {
        let spec = SupervisorSpec("root", tolerance: .none) {
            ChildSpec("a", command: ProcessCommand("/bin/sh", "-c", "kill -SEGV $$"))
            ChildSpec.idle("b")
        }
        let recorder = EventRecorder()
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let error = try await failure { try await tree.wait() }
        try await recorder.finish()
        recorder.expect(story: "W+ a, W+ b, S+ root, W! a, W- b, S! root")
        #expect(error[field: "supervisor.restart.node.process.signal"] != nil, "\(error.fields)")
    }

    @Test(
        "CAP-066 CAP-067 A temporary worker is not restarted, nor counted",
        arguments: Place.allCases
    )
    func temporary(place: Place) async throws {
        let spec = place.spec {
            ChildSpec.failing("w", restart: .temporary)
            ChildSpec.failing("x", restart: .temporary)
            ChildSpec.completing("y", restart: .temporary)
        }
        try await withTestTree(spec) { tree in
            try await tree.terminate()
            tree.recorder.expect(story: place.story("W! w, W! x, Wc y", started: "W+ w, W+ x, W+ y", ended: ""))
        }
    }

    @Test("CAP-068 A supervisor whose children have all completed goes on")
    func nobodyIsLeft() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec.completing("a", restart: .transient)
            ChildSpec.completing("b", restart: .temporary)
        }
        try await withTestTree(spec) { tree in
            try await tree.advance(by: .seconds(3_600))
            #expect(tree.state == .running)
            try await tree.terminate()
            tree.recorder.expect(story: "W+ a, W+ b, S+ root, Wc a, Wc b, S- root")
        }
    }

    @Test("CAP-069 A restarted child has a context of its own, the same name and place; what the closure holds stays")
    func sameNameAndPlace() async throws {
        let contexts = Collector<ChildContext>()
        let runs = Tally()
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("a")
            ChildSpec("b") { context in
                contexts.add(context)
                if runs.enter() == 1 { throw ScriptedFailure() }
                await context.stopRequested()
            }
            ChildSpec.idle("c")
        }
        try await withTestTree(spec) { tree in
            #expect(contexts.all.map(\.incarnationNumber) == [1, 2])
            #expect(contexts.all.map(\.isStopRequested) == [true, false])
            #expect(contexts.all.last?.path == "root/b")
            #expect(runs.ever == 2)
            try await tree.terminate()
            tree.recorder.expect(story: "W+ a, W+ b, W+ c, S+ root, W! b, W+ b, W- c, W- b, W- a, S- root")
        }
    }

    @Test("CAP-070 A temporary subtree that fails is not restarted, and does not count")
    func temporarySubtree() async throws {
        let spec = SupervisorSpec("root", tolerance: .none) {
            ChildSpec.idle("a")
            SupervisorSpec("sub", tolerance: .none, restart: .temporary) { ChildSpec.failing("w") }
        }
        try await withTestTree(spec) { tree in
            try await tree.terminate()
            tree.recorder.expect(story: "W+ a, W+ sub/w, S+ sub, S+ root, W! sub/w, S! sub, W- a, S- root")
        }
    }

    @Test(
        "CAP-072 A failed attempt to restart is not taken for a failure of the next one: one incarnation is alive",
        arguments: [SupervisorSpec.Strategy.oneForOne, .oneForAll]
    )
    func failedAttempt(strategy: SupervisorSpec.Strategy) async throws {
        let alive = Tally()
        let runs = Tally()
        let fail = Gate()
        let spec = SupervisorSpec(
            "root",
            strategy: strategy,
            tolerance: .failures(10, within: .seconds(10)),
            backoff: .none
        ) {
            ChildSpec("w") { context, notifyStart in
                alive.enter()
                defer { alive.leave() }
                let run = runs.enter()
                if run == 2 { throw ScriptedFailure(run) }
                notifyStart()
                if run == 1 {
                    await fail.waitIgnoringCancellation()
                    throw ScriptedFailure(run)
                }
                await context.stopRequested()
            }
        }
        try await withTestTree(spec) { tree in
            fail.open()
            try await tree.advance(by: .seconds(5))
            #expect(alive.now == 1 && alive.most == 1 && runs.ever == 3)
            try await tree.terminate()
            #expect(alive.now == 0)
            tree.recorder.expect(story: "W+ w, S+ root, W! w, W# w, W+ w, W- w, S- root")
        }
    }

    /// A supervisor with a resource, which fails with the first failure of its worker.
    private func rebuilt(_ log: Collector<String>, _ control: WorkerControl, failingBuild: Int? = nil) -> SupervisorSpec
    {
        let builds = Tally()
        return SupervisorSpec(
            "sub",
            tolerance: .none,
            backoff: .none,
            acquire: {
                let number = builds.enter()
                log.add("build \(number)")
                if number == failingBuild { throw ScriptedFailure(number) }
                return number
            },
            release: { number in log.add("cleanup \(number)") },
            children: { _ in ChildSpec("w", controlledBy: control) }
        )
    }

    @Test("CAP-073 A subtree that is restarted builds again, after the cleanup of the build before")
    func rebuild() async throws {
        let log = Collector<String>()
        let control = WorkerControl()
        try await withTestTree(SupervisorSpec("root") { rebuilt(log, control) }) { tree in
            control.fail()
            try await tree.settle()
            #expect(log.all == ["build 1", "cleanup 1", "build 2"])
            tree.recorder.expect(story: "W+ sub/w, S+ sub, S+ root, W! sub/w, S! sub, W+ sub/w, S+ sub")
        }
        #expect(log.all.last == "cleanup 2")
    }

    @Test("CAP-074 A rebuild that fails counts, and is tried again: three builds, one running")
    func rebuildFails() async throws {
        let log = Collector<String>()
        let control = WorkerControl()
        let spec = SupervisorSpec("root", tolerance: .failures(2, within: .seconds(5)), backoff: .none) {
            rebuilt(log, control, failingBuild: 2)
        }
        try await withTestTree(spec) { tree in
            control.fail()
            try await tree.settle()
            #expect(log.all == ["build 1", "cleanup 1", "build 2", "build 3"])
            #expect(control.runs == 2)
            tree.recorder.expect(story: "W+ sub/w, S+ sub, S+ root, W! sub/w, S! sub, S# sub, W+ sub/w, S+ sub")
            // Both were counted: one more is one too many.
            control.fail()
            let error = try await failure { try await tree.wait() }
            #expect(error.code == .toleranceExceeded && error.path == "root")
        }
        #expect(log.all.last == "cleanup 3")
    }
}
