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

@Suite("E. Tolerance and escalation", .timeLimit(.minutes(1)))
struct ToleranceTests {
    private let twice = RestartTolerance.failures(2, within: .seconds(10))

    @Test(
        "CAP-075 More failures than are tolerated: the supervisor fails, with numbers, first and last error"
    )
    func crash() async throws {
        let spec = SupervisorSpec("root", tolerance: twice, backoff: .none) {
            ChildSpec.failing("c1")
            ChildSpec.idle("c2")
        }
        try await withTestTree(spec) { tree in
            let error = try await failure { try await tree.wait() }
            tree.recorder.expect(
                story: "W+ c1, W+ c2, S+ root, W! c1, W+ c1, W! c1, W+ c1, W! c1, W- c2, S! root"
            )
            #expect(error.exceededTolerance == twice)
            #expect(error[field: "supervisor.restart.node.name"] == "root/c1")
            #expect(error[field: "supervisor.restart.node.error.count"] == "2")
            #expect(error[field: "supervisor.restart.node.error.duration"] == "10.0 seconds")
            #expect(error[field: "supervisor.restart.node.error.source.msg"] == "scripted failure 1")
            #expect(error[field: "supervisor.restart.node.error.last.msg"] == "scripted failure 3")
        }
    }

    /// Two children, of which the first one fails three times, in a subtree.
    private func subtree(_ second: ChildSpec) -> SupervisorSpec {
        SupervisorSpec("root", backoff: .none) {
            SupervisorSpec("s1", tolerance: twice, backoff: .none) {
                ChildSpec.failing("c1", times: 3)
                second
            }
        }
    }

    @Test("CAP-076 In a subtree: it is restarted, and the root goes on")
    func crashOfASubtree() async throws {
        try await withTestTree(subtree(.idle("c2"))) { tree in
            try await tree.terminate()
            tree.recorder.expect(
                story: "W+ s1/c1, W+ s1/c2, S+ s1, S+ root, W! s1/c1, W+ s1/c1, W! s1/c1, W+ s1/c1, W! s1/c1, "
                    + "W- s1/c2, S! s1, W+ s1/c1, W+ s1/c2, S+ s1, W- s1/c2, W- s1/c1, S- s1, S- root"
            )
        }
    }

    @Test("CAP-078 Failures that are further apart than the window are all restarted")
    func apart() async throws {
        let spec = SupervisorSpec("root", tolerance: .failures(1, within: .microseconds(100)), backoff: .none) {
            ChildSpec.failing("c", times: 5, after: .microseconds(300))
        }
        try await withTestTree(spec) { tree in
            try await tree.advance(by: .milliseconds(10))
            #expect(tree["root/c"]?.restarts == 5)
            #expect(tree.state == .running)
        }
    }

    @Test("CAP-079 The window slides: three failures within it are too many, wherever they begin")
    func sliding() async throws {
        let control = WorkerControl()
        let spec = SupervisorSpec("root", tolerance: .failures(2, within: .milliseconds(200)), backoff: .none) {
            ChildSpec("c", controlledBy: control)
        }
        try await withTestTree(spec) { tree in
            for wait in [0, 180, 30] {
                try await tree.advance(by: .milliseconds(wait))
                control.fail()
                try await tree.settle()
                #expect(tree.state == .running)
            }
            // At 0 (forgotten), 180, 210 and now 220.
            try await tree.advance(by: .milliseconds(10))
            control.fail()
            try await tree.settle()
            #expect(tree.state == .ended)
        }
    }

    @Test("CAP-080 A window of zero never forgets")
    func neverForgets() async throws {
        let control = WorkerControl()
        let spec = SupervisorSpec("root", tolerance: .failures(2, within: .zero), backoff: .none) {
            ChildSpec("c", controlledBy: control)
        }
        try await withTestTree(spec) { tree in
            for running in [true, true, false] {
                try await tree.advance(by: .seconds(1_000_000))
                control.fail()
                try await tree.settle()
                #expect((tree.state == .running) == running)
            }
        }
    }

    @Test("CAP-081 None tolerated: the first failure is too many, whatever the window")
    func noneTolerated() async throws {
        for window in [Duration.zero, .nanoseconds(1), .seconds(5)] {
            let spec = SupervisorSpec("root", tolerance: .failures(0, within: window)) {
                ChildSpec.failing("w")
                ChildSpec.idle("z")
            }
            try await withTestTree(spec) { tree in
                tree.recorder.expect(story: "W+ w, W+ z, S+ root, W! w, W- z, S! root")
            }
        }
    }

    @Test("CAP-082 The count is that of all children; the error tells whose the first and the last failure were")
    func shared() async throws {
        let a = WorkerControl()
        let b = WorkerControl()
        let spec = SupervisorSpec("root") {
            ChildSpec("a", controlledBy: a)
            ChildSpec("b", controlledBy: b)
        }
        try await withTestTree(spec) { tree in
            a.fail(ScriptedFailure(1))
            try await tree.settle()
            b.fail(ScriptedFailure(2))
            let error = try await failure { try await tree.wait() }
            tree.recorder.expect(story: "W+ a, W+ b, S+ root, W! a, W+ a, W! b, W- a, S! root")
            #expect(error[field: "supervisor.restart.node.name"] == "root/b")
            #expect(error[field: "supervisor.restart.node.error.last.msg"] == "scripted failure 2")
            #expect(error[field: "supervisor.restart.node.error.source.name"] == "root/a")
            #expect(error[field: "supervisor.restart.node.error.source.msg"] == "scripted failure 1")
        }
    }

    @Test("CAP-084 A permanent worker that completes at once is paced by the backoff")
    func completionsArePaced() async throws {
        let spec = SupervisorSpec("root") { ChildSpec.completing("a") }
        try await withTestTree(spec) { tree in
            try await tree.advance(by: .seconds(3_600))
            let restarts = try #require(tree["root/a"]?.restarts)
            // Three at once, about twelve until the delay is 30 s, then two or so a minute.
            #expect((100...200).contains(restarts), "\(restarts)")
            #expect(tree.state == .running)
            #expect(tree.recorder.events(after: .start, matching: .failed()).isEmpty)
        }
    }

    // swift-format-ignore: OnlyOneTrailingClosureArgument
    @Test("CAP-085 Each of three levels doubles the failures that it takes; what fails is cleaned up and built again")
    func threeLevels() async throws {
        let log = Collector<String>()
        let failures = Tally()
        func level(_ name: String, _ below: [SupervisorSpec.Node]) -> SupervisorSpec {
            SupervisorSpec(
                name,
                backoff: .none,
                acquire: { log.add("+\(name)") },
                release: { _ in log.add("-\(name)") }
            ) { _ in below }
        }
        let leaf = ChildSpec("leaf") { throw ScriptedFailure(failures.enter()) }
        let sub = level("sub", [.init(leaf)])
        let mid = level("mid", [.init(sub)])
        try await withTestTree(level("root", [.init(mid)])) { tree in
            #expect(tree.state == .ended)
            #expect(failures.ever == 8)
            let once = ["+sub", "-sub", "+sub", "-sub"]
            #expect(log.all == ["+root"] + (["+mid"] + once + ["-mid"]) + (["+mid"] + once + ["-mid"]) + ["-root"])
        }
    }

    @Test("CAP-086 A sibling that fails to stop in a crash is reported with it")
    func siblingFailsToStop() async throws {
        try await withTestTree(subtree(.failingToStop("c2", error: ScriptedFailure(9)))) { tree in
            let crashed = try #require(tree.recorder.events(after: .start, matching: .failed("root/s1")).first?.error)
            #expect(crashed.exceededTolerance == twice)
            #expect(crashed.related.map(\.path) == ["root/s1/c2"])
            #expect(crashed[field: "supervisor.termination.node.0.error"] == "scripted failure 9")
            #expect(crashed[field: "supervisor.restart.node.error.last.msg"] == "scripted failure 3")
            tree.recorder.expect(
                story: "W+ s1/c1, W+ s1/c2, S+ s1, S+ root, W! s1/c1, W+ s1/c1, W! s1/c1, W+ s1/c1, W! s1/c1, "
                    + "W! s1/c2, S! s1, W+ s1/c1, W+ s1/c2, S+ s1"
            )
        }
    }

    @Test("CAP-087 The failure of the root is what waiting and terminating give, again and again")
    func storedFailure() async throws {
        let spec = SupervisorSpec("root", tolerance: .none) { ChildSpec.failing("a") }
        try await withTestTree(spec) { tree in
            var errors: [SupervisorError] = []
            for _ in 0..<2 {
                errors.append(try await failure { try await tree.supervisor.wait() })
                errors.append(try await failure { try await tree.supervisor.terminate() })
            }
            #expect(errors.allSatisfy { $0.code == .toleranceExceeded && $0 == errors[0] })
        }
    }

    @Test("CAP-088 A restarted subtree begins with an empty record; that of its supervisor goes on")
    func recordsOfARestart() async throws {
        let control = WorkerControl()
        let spec = SupervisorSpec("root", tolerance: .failures(1, within: .seconds(60)), backoff: .none) {
            SupervisorSpec("sub", tolerance: .failures(1, within: .seconds(60)), backoff: .none) {
                ChildSpec("a", controlledBy: control)
            }
        }
        try await withTestTree(spec) { tree in
            for (failures, restarts) in [(1, 0), (2, 1), (3, 1)] {
                control.fail()
                try await tree.settle()
                #expect(tree["root/sub"]?.restarts == UInt64(restarts), "after \(failures) failures")
                #expect(tree.state == .running)
            }
            control.fail()
            try await tree.settle()
            #expect(tree.state == .ended)
        }
    }
}
