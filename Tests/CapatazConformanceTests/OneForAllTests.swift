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

@Suite("F. One for all", .timeLimit(.minutes(1)))
struct OneForAllTests {
    @Test("CAP-090 A permanent child that completes takes its sibling with it, each time")
    func completion() async throws {
        let spec = SupervisorSpec("root", strategy: .oneForAll) {
            ChildSpec.completing("c1", times: 2)
            ChildSpec.idle("c2")
        }
        try await withTestTree(spec) { tree in
            try await tree.terminate()
            let round = "Wc c1, W- c2, W+ c1, W+ c2"
            tree.recorder.expect(story: "W+ c1, W+ c2, S+ root, \(round), \(round), W- c2, W- c1, S- root")
        }
    }

    /// Three children under control, at the root or in a subtree.
    private func three(
        _ controls: [WorkerControl],
        nested: Bool = false,
        order: SupervisorSpec.Order = .leftToRight,
        tolerance: RestartTolerance = .failures(2, within: .seconds(10))
    ) -> SupervisorSpec {
        let spec = SupervisorSpec(
            nested ? "s1" : "root",
            strategy: .oneForAll,
            order: order,
            tolerance: tolerance,
            backoff: .none
        ) {
            for (number, control) in controls.enumerated() { ChildSpec("c\(number + 1)", controlledBy: control) }
        }
        return nested ? SupervisorSpec("root") { spec } : spec
    }

    @Test("CAP-091 A failure: the others are stopped in stop order, then all are started", arguments: [false, true])
    func failureOfOne(nested: Bool) async throws {
        let controls = (0..<3).map { _ in WorkerControl() }
        try await withTestTree(three(controls, nested: nested)) { tree in
            let mark = tree.recorder.mark()
            controls[1].fail()
            try await tree.settle()
            let story = "W! c2, W- c3, W- c1, W+ c1, W+ c2, W+ c3"
            tree.recorder.expect(story: nested ? story.replacing(" c", with: " s1/c") : story, after: mark)
        }
    }

    @Test("CAP-092 CAP-093 Too many failures end the supervisor; a subtree is restarted", arguments: [false, true])
    func tooMany(nested: Bool) async throws {
        let controls = (0..<3).map { _ in WorkerControl() }
        try await withTestTree(three(controls, nested: nested)) { tree in
            for index in [2, 1] {
                controls[index].fail()
                try await tree.settle()
            }
            let mark = tree.recorder.mark()
            controls[2].fail()
            try await tree.settle()
            tree.recorder.expect(
                story: nested
                    ? "W! s1/c3, W- s1/c2, W- s1/c1, S! s1, W+ s1/c1, W+ s1/c2, W+ s1/c3, S+ s1"
                    : "W! c3, W- c2, W- c1, S! root",
                after: mark
            )
        }
    }

    @Test("CAP-094 Failures that are further apart than the window are all restarted")
    func apart() async throws {
        let controls = (0..<3).map { _ in WorkerControl() }
        let spec = three(controls, tolerance: .failures(1, within: .microseconds(100)))
        try await withTestTree(spec) { tree in
            for index in [0, 1, 2, 0] {
                try await tree.advance(by: .microseconds(300))
                controls[index].fail()
                try await tree.settle()
            }
            #expect(tree.state == .running)
            #expect(controls.map(\.runs) == [5, 5, 5])
        }
    }

    @Test("CAP-096 An end that is not restarted restarts no sibling; a temporary child is dropped")
    func endsForGood() async throws {
        let spec = SupervisorSpec("root", strategy: .oneForAll) {
            ChildSpec.idle("a")
            ChildSpec.failing("b", restart: .temporary)
            ChildSpec.completing("c", restart: .temporary)
            ChildSpec.completing("d", restart: .transient)
        }
        try await withTestTree(spec) { tree in
            #expect(tree["root/b"] == nil && tree["root/c"] == nil)
            #expect(tree["root/d"]?.state == .completed)
            try await tree.terminate()
            tree.recorder.expect(story: "W+ a, W+ b, W+ c, W+ d, S+ root, W! b, Wc c, Wc d, W- a, S- root")
        }
    }

    @Test("CAP-097 Those that had ended for good stay so when all are restarted")
    func notResurrected() async throws {
        let control = WorkerControl()
        let spec = SupervisorSpec("root", strategy: .oneForAll) {
            ChildSpec("a", controlledBy: control)
            ChildSpec.completing("tmp", restart: .temporary)
            ChildSpec.completing("tr", restart: .transient)
        }
        try await withTestTree(spec) { tree in
            let mark = tree.recorder.mark()
            control.fail()
            try await tree.settle()
            tree.recorder.expect(story: "W! a, W+ a", after: mark)
        }
    }

    @Test("CAP-098 A failure of one that the round is about to stop is absorbed by the round, and counted once")
    func absorbed() async throws {
        let controls = (0..<2).map { _ in WorkerControl() }
        let spec = SupervisorSpec("root", strategy: .oneForAll, tolerance: .failures(1, within: .seconds(60))) {
            ChildSpec("a", controlledBy: controls[0])
            ChildSpec("b", controlledBy: controls[1])
            ChildSpec("c", shutdown: .drain(.seconds(60))) { context in
                await context.stopRequested()
                try await context.sleep(for: .seconds(1))
            }
        }
        try await withTestTree(spec) { tree in
            let mark = tree.recorder.mark()
            controls[0].fail()
            try await tree.settle()
            controls[1].fail()
            try await tree.advance(by: .seconds(2))
            // Of the two that end while c takes its time, b is told when it comes to be its turn.
            tree.recorder.expect(story: "W! a, W- c, W! b, W+ a, W+ b, W+ c", after: mark)
            #expect(tree.state == .running)
        }
    }

    @Test("CAP-099 From right to left")
    func rightToLeft() async throws {
        let controls = (0..<3).map { _ in WorkerControl() }
        try await withTestTree(three(controls, order: .rightToLeft)) { tree in
            let mark = tree.recorder.mark()
            controls[1].fail()
            try await tree.settle()
            tree.recorder.expect(story: "W! c2, W- c1, W- c3, W+ c3, W+ c2, W+ c1", after: mark)
        }
    }

    @Test(
        "CAP-100 A start that fails in a round: rolled back, counted once, and the round is tried again"
    )
    func startFailsInARound() async throws {
        let control = WorkerControl()
        let spec = SupervisorSpec(
            "root",
            strategy: .oneForAll,
            tolerance: .failures(2, within: .seconds(60)),
            backoff: .none
        ) {
            ChildSpec("a", controlledBy: control)
            ChildSpec.failingToStart("b", inRuns: { $0 == 2 })
            ChildSpec.idle("c")
        }
        try await withTestTree(spec) { tree in
            let mark = tree.recorder.mark()
            control.fail()
            try await tree.settle()
            tree.recorder.expect(
                story: "W! a, W- c, W- b, W+ a, W# b, W- a, W+ a, W+ b, W+ c",
                after: mark
            )
            // It was counted: the next failure is the third.
            control.fail()
            try await tree.settle()
            #expect(tree.state == .ended)
        }
    }
}
