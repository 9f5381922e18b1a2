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

@Suite("G. Backoff", .timeLimit(.minutes(1)))
struct BackoffTests {
    private func doubling(_ initial: Duration, upTo maximum: Duration) -> RestartBackoff {
        RestartBackoff(immediate: 0, initial: initial, maximum: maximum, multiplier: 2, jitter: 0)
    }

    /// The delays of so many restarts of a worker that always fails.
    private func delays(_ count: Int, _ backoff: RestartBackoff) async throws -> [Duration] {
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: backoff) {
            ChildSpec.failing("a", times: count)
        }
        return try await withTestTree(spec) { tree in
            while tree["root/a"]?.restarts ?? 0 < UInt64(count) { try await tree.advanceToNextDeadline() }
            return tree.recorder.events(after: .start, matching: .restartScheduled()).compactMap(\.delay)
        }
    }

    @Test("CAP-102 Each delay is twice the one before, up to the maximum; there may be none")
    func doubles() async throws {
        #expect(
            try await delays(3, doubling(.milliseconds(10), upTo: .seconds(1)))
                == [10, 20, 40].map { .milliseconds($0) }
        )
        #expect(try await delays(30, doubling(.milliseconds(10), upTo: .milliseconds(234))).last == .milliseconds(234))
        #expect(try await delays(5, .none).allSatisfy { $0 == .zero })
    }

    @Test("CAP-103 The restarts come after 2, 4, 8, 10 and 10 ms; the sixth failure is one too many")
    func timesOfRestarts() async throws {
        let spec = SupervisorSpec(
            "root",
            tolerance: .failures(5, within: .seconds(5)),
            backoff: doubling(.milliseconds(2), upTo: .milliseconds(10))
        ) { ChildSpec.failing("a") }
        let tree = try await TestTree(launching: spec)
        let begun = tree.runtime.now
        _ = try await failure { try await tree.wait() }
        let starts = tree.recorder.events(after: .start, matching: .started("root/a"))
        #expect(starts.map { begun.duration(to: $0.time) } == [0, 2, 6, 14, 24, 34].map { .milliseconds($0) })
        tree.recorder.expect(inOrder: .failed("root/a"), .toleranceExceeded("root"), .failed("root"))
    }

    @Test(
        "CAP-104 A stop during the wait is prompt; that the restart will not be made is an event of ours"
    )
    func stopWhileWaiting() async throws {
        let spec = SupervisorSpec("root", backoff: .steady(.seconds(30))) {
            ChildSpec.failing("a")
            ChildSpec.idle("b")
        }
        try await withTestTree(spec) { tree in
            let mark = tree.recorder.mark()
            try await tree.terminate()
            #expect(tree.elapsed == .zero)
            tree.recorder.expect(story: "W- b, S- root", after: mark)
            tree.recorder.expect(inOrder: .restartCancelled("root/a"))
        }
    }

    @Test("CAP-105 Waiting holds up nobody: a sibling that fails meanwhile is dealt with at once")
    func waitingBlocksNobody() async throws {
        let control = WorkerControl()
        let spec = SupervisorSpec("root", tolerance: .unlimited) {
            ChildSpec.failing("a", times: 1, backoff: .steady(.milliseconds(300)))
            ChildSpec("b", controlledBy: control)
        }
        try await withTestTree(spec) { tree in
            try await tree.advance(by: .milliseconds(10))
            let mark = tree.recorder.mark()
            control.fail()
            try await tree.settle()
            tree.recorder.expect(story: "W! b, W+ b", after: mark)
            #expect(tree["root/a"]?.state == .waiting)
            try await tree.advance(by: .milliseconds(290))
            tree.recorder.expect(story: "W! b, W+ b, W+ a", after: mark)
        }
    }

    @Test("CAP-106 The delays begin anew when an incarnation stayed up long enough, whatever the tolerance's window")
    func beginsAnew() async throws {
        let control = WorkerControl()
        var backoff = doubling(.seconds(1), upTo: .seconds(60))
        backoff.resetAfter = .seconds(20)
        let spec = SupervisorSpec("root", tolerance: .failures(1, within: .milliseconds(1)), backoff: backoff) {
            ChildSpec("a", controlledBy: control)
        }
        try await withTestTree(spec) { tree in
            var delays: [Duration] = []
            // How long it is up before each failure.
            for uptime in [0, 19, 19, 20, 0] {
                try await tree.advance(by: .seconds(uptime))
                let mark = tree.recorder.mark()
                control.fail()
                try await tree.settle()
                delays += tree.recorder.events(after: mark, matching: .restartScheduled()).compactMap(\.delay)
                try await tree.advance(by: delays.last ?? .zero)
            }
            #expect(delays == [1, 2, 4, 1, 2].map { .seconds($0) })
        }
    }

    @Test("CAP-108 However many there were, the delay is the maximum and never less")
    func saturates() async throws {
        let backoff = doubling(.seconds(1), upTo: .seconds(3_600))
        let all = try await delays(200, backoff)
        #expect(all.count == 200)
        #expect(zip(all, all.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(all.dropFirst(12).allSatisfy { $0 == .seconds(3_600) })
    }
}
