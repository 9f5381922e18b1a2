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

@Suite("A. Specs and names", .timeLimit(.minutes(1)))
struct NameTests {
    @TaskLocal private static var value = "nobody's"

    private func faults(_ spec: SupervisorSpec) async throws -> SupervisorError {
        let error = try await failure { _ = try await Supervisor.start(spec) }
        #expect(error.code == .invalidSpec)
        return error
    }

    @Test("CAP-001 A worker without a name is a fault that the start tells; nothing is started")
    func emptyWorkerName() async throws {
        let ran = Tally()
        let error = try await faults(
            SupervisorSpec("root") {
                ChildSpec("one") { ran.enter() }
                ChildSpec("") { ran.enter() }
            }
        )
        #expect(error.related.count == 1)
        #expect(ran.ever == 0)
    }

    @Test("CAP-002 A supervisor without a name likewise, wherever it is")
    func emptySupervisorName() async throws {
        let root = try await faults(SupervisorSpec("") { ChildSpec.idle("one") })
        let below = try await faults(SupervisorSpec("root") { SupervisorSpec("") { ChildSpec.idle("one") } })
        #expect(root.related.count == 1)
        #expect(below.related.count == 1)
    }

    @Test("CAP-004 A slash in a name is refused, of workers and supervisors, and all faults are told")
    func slashes() async throws {
        let error = try await faults(
            SupervisorSpec("root") {
                ChildSpec.idle("a/b")
                SupervisorSpec("c/d") { ChildSpec.idle("e/f") }
            }
        )
        #expect(error.related.count == 3)
        #expect(error.related.allSatisfy { $0.message.contains("slash") }, "\(error.explain)")
    }

    @Test("CAP-006 Defaults")
    func defaults() async throws {
        let worker = ChildSpec("worker") {}
        #expect(worker.restart == .permanent && worker.shutdown == .standard && worker.backoff == nil)
        #expect(worker.startTimeout == .standard)
        let spec = SupervisorSpec("root") { worker }
        #expect(spec.order == .leftToRight && spec.strategy == .oneForOne && spec.restart == .permanent)
        #expect(spec.tolerance == .failures(1, within: .seconds(5)) && spec.backoff == .standard)

        // What they come to: five seconds for a worker, all the time of its children for a supervisor.
        let gate = Gate()
        let deaf = SupervisorSpec("root") {
            SupervisorSpec("branch") {
                ChildSpec.ignoringCancellation("patient", until: gate, shutdown: .timeout(.seconds(600)))
                ChildSpec.ignoringCancellation("deaf", until: gate)
            }
        }
        try await withTestTree(deaf) { tree in
            tree.supervisor.requestStop()
            try await tree.advance(by: .seconds(5) - .nanoseconds(1))
            tree.recorder.expect(never: .terminationFailed())
            try await tree.advance(by: .nanoseconds(1))
            tree.recorder.expect(inOrder: .terminationFailed("root/branch/deaf"))
            try await tree.advance(by: .seconds(599))
            #expect(tree["root/branch"]?.state == .stopping)
            gate.open()
            try await tree.settle()
            #expect(tree.state == .ended)
        }
    }

    @Test("CAP-007 Of several settings the last counts; a supervisor stays one")
    func lastSettingCounts() async throws {
        var worker = ChildSpec.completing("worker", times: 1, restart: .permanent)
        worker.restart = .permanent
        worker.restart = .temporary
        var branch = SupervisorSpec("branch") { ChildSpec.idle("child") }
        branch.shutdown = .timeout(.seconds(1))
        branch.shutdown = .standard
        let spec = SupervisorSpec("root") {
            worker
            branch
        }
        try await withTestTree(spec) { tree in
            try await tree.terminate()
            tree.recorder.expect(
                story: "W+ worker, W+ branch/child, S+ branch, S+ root, Wc worker, W- branch/child, S- branch, S- root"
            )
        }
    }

    // swift-format-ignore: OnlyOneTrailingClosureArgument
    @Test("CAP-008 Building a spec runs nothing")
    func buildingRunsNothing() async throws {
        let acquired = Tally()
        let spec = SupervisorSpec("root", acquire: { acquired.enter() }, release: { _ in }) { _ in
            ChildSpec.idle("worker")
        }
        #expect(acquired.ever == 0)
        try await withTestTree(spec) { _ in #expect(acquired.ever == 1) }
    }

    @Test("CAP-009 A spec can be started again, and twice at once")
    func startedAgain() async throws {
        let spec = SupervisorSpec("root") { ChildSpec.idle("one") }
        let story = "W+ one, S+ root, W- one, S- root"
        try await expectStories(of: [Case("first", spec, story), Case("second", spec, story)])
        try await withTestTree(spec) { first in
            try await withTestTree(spec) { second in
                try await first.terminate()
                #expect(second.state == .running)
                try await second.terminate()
                first.recorder.expect(story: story)
                second.recorder.expect(story: story)
            }
        }
    }

    @Test("CAP-010 Runtime names are those of all above, 25 supervisors deep; the innermost starts and ends first")
    func deepNames() async throws {
        var nested = SupervisorSpec("s25") { ChildSpec.idle("worker") }
        for number in (1..<25).reversed() {
            let inner = nested
            nested = SupervisorSpec("s\(number)") { inner }
        }
        let paths = (1...25).map { depth in (1...depth).map { "s\($0)" }.joined(separator: "/") }
        let worker = paths[24] + "/worker"
        let spec = SupervisorSpec("root") { nested }
        try await withTestTree(spec) { tree in
            try await tree.terminate()
            let started = ["W+ " + worker] + paths.reversed().map { "S+ " + $0 } + ["S+ root"]
            let ended = ["W- " + worker] + paths.reversed().map { "S- " + $0 } + ["S- root"]
            tree.recorder.expect(story: (started + ended).joined(separator: ", "))
            #expect(tree.recorder.events.allSatisfy { $0.path == "root" || $0.path.hasPrefix("root/s1") })
        }
    }

    @Test(
        "CAP-012 `around` gives every worker values; nothing of the starting task reaches them"
    )
    func values() async throws {
        let seen = Collector<String>()
        let around: SupervisorSpec.Around = { _, body in
            try await Self.$value.withValue("everybody's") { try await body() }
        }
        func spec(_ around: SupervisorSpec.Around?) -> SupervisorSpec {
            let spec = SupervisorSpec("root") {
                SupervisorSpec("inner") {
                    ChildSpec("worker") { context in
                        seen.add(Self.value)
                        await context.stopRequested()
                        seen.add("\(Task.isCancelled)")
                    }
                }
            }
            return around.map { spec.around($0) } ?? spec
        }
        try await Self.$value.withValue("the starter's") {
            try await withTestTree(spec(nil)) { _ in #expect(seen.all == ["nobody's"]) }
            try await withTestTree(spec(around)) { _ in #expect(seen.all.last == "everybody's") }
        }
        // The task that started it is cancelled, and the tree goes on until it is told to stop.
        let runtime = try SupervisorRuntime(manualTime: true)
        let started = Gate()
        let cancelled = Gate()
        let starter = Task {
            let tree = try await Supervisor.start(spec(nil), on: runtime)
            started.open()
            try await cancelled.wait()
            return tree
        }
        try await started.wait()
        starter.cancel()
        cancelled.open()
        let tree = try await starter.value
        try await runtime.settle()
        #expect(tree.state == .running)
        try await tree.terminate()
    }

    @Test("CAP-013 A supervisor without children starts and ends")
    func empty() async throws {
        try await expectStories(of: [Case("CAP-013", SupervisorSpec("root") {}, "S+ root, S- root")])
    }
}
