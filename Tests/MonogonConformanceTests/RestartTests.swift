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
import Synchronization
import Testing

@Suite("F and G. Cancellation, restart, backoff", .timeLimit(.minutes(1)))
struct RestartTests {
    @Test("MON-45 One dies, the other of its group is cancelled, and both run again")
    func groupOfTwo() async throws {
        let (one, two) = (Puppet("one"), Puppet("two"))
        let root = Puppet("root") { context in
            try context.runGroup {
                one.spec()
                two.spec()
            }
        }
        try await withRoot(root) { tree in
            two.fail()
            try await tree.advance(by: .seconds(1))
            #expect(one.runs == 2 && two.runs == 2 && root.runs == 1)
            tree.recorder.expect(inOrder: .terminated("root/one"), .started("root/one"), .started("root/two"))
        }
    }

    @Test("MON-46 All below a cancelled member end, and are made again")
    func deep() async throws {
        let bottom = Puppet("x")
        let one = (1...4).reduce(bottom) { below, _ in Puppet("x") { try $0.run(below) } }
        let two = Puppet("two")
        let root = Puppet("root") { context in
            try context.runGroup {
                ChildSpec.runnable("one") { context in
                    try context.run(one)
                    await context.stopRequested()
                }
                two.spec()
            }
        }
        try await withRoot(root) { tree in
            #expect(tree["root/one/x/x/x/x/x"]?.state == .running)
            two.fail()
            try await tree.advance(by: .seconds(1))
            #expect(bottom.runs == 2 && tree["root/one/x/x/x/x/x"]?.state == .running)
        }
    }

    @Test("MON-48 A done member with a child: the child is stopped, and the member runs from the start")
    func doneMember() async throws {
        let (child, two) = (Puppet("child"), Puppet("two"))
        let one = Puppet("one") { try $0.run(child) }
        let root = Puppet("root") { context in
            try context.runGroup {
                one.spec()
                two.spec()
            }
        }
        try await withRoot(root) { tree in
            try one.beDone()
            try await tree.settle()
            two.fail()
            try await tree.settle()
            #expect(one.runs == 2 && child.runs == 2 && tree["root/one"]?.state == .running)
        }
    }

    @Test("MON-49 A dead parent waits for a slow child, and that can be seen")
    func slowChild() async throws {
        let parent = Puppet("p") { try $0.run(Puppet("slow", .takes(.milliseconds(1_200)))) }
        try await withRoot(Puppet("root") { try $0.run(parent) }) { tree in
            parent.fail()
            try await tree.advance(by: .milliseconds(1_199))
            #expect(tree["root/p"]?.state == .stopping && tree["root/p/slow"]?.state == .stopping)
            #expect(tree.supervisor.unready().map(\.path).contains("root/p"))
            // Its own delay was over before.
            try await tree.advance(by: .milliseconds(1))
            #expect(parent.runs == 2)
        }
    }

    @Test("MON-45 MON-49 A group is cancelled when the body of a member ends, whatever that has below it")
    func groupAtOnce() async throws {
        let (diary, two) = (Diary(), Puppet("two"))
        let one = Puppet("one") { try $0.run(Puppet("slow", .takes(.seconds(3)))) }
        let root = Puppet("root") { context in
            try context.runGroup {
                one.spec()
                two.spec()
            }
        }
        try await withRoot(root, observers: [diary]) { tree in
            one.fail()
            try await tree.settle()
            #expect(two.runs == 2 && one.runs == 1)
            #expect(diary["root/one"] == ["new", "dead", "waiting"])
            #expect(tree["root/one"]?.state == .stopping)
            try await tree.advance(by: .seconds(3))
            #expect(one.runs == 2 && two.runs == 2)
        }
    }

    @Test("MON-50 A child of a done parent dies alone")
    func childOfDone() async throws {
        let child = Puppet("c")
        let parent = Puppet("p") { try $0.run(child) }
        try await withRoot(Puppet("root") { try $0.run(parent) }) { tree in
            try parent.beDone()
            try await tree.settle()
            child.fail()
            try await tree.advance(by: .seconds(1))
            #expect(child.runs == 2 && parent.runs == 1)
        }
    }

    @Test("MON-51 A child in a group of its own dies alone")
    func aloneInItsGroup() async throws {
        let (a, b) = (Puppet("a"), Puppet("b"))
        let root = Puppet("root") { context in
            try context.run(a)
            try context.run(b)
        }
        try await withRoot(root) { tree in
            a.fail()
            try await tree.advance(by: .seconds(1))
            #expect(a.runs == 2 && b.runs == 1 && root.runs == 1 && !root.context().isStopRequested)
        }
    }

    @Test(
        "MON-52 Without a barrier the quick one is back at once; with one all begin together",
        arguments: [true, false]
    )
    func barrier(_ withBarrier: Bool) async throws {
        let (a, b, c) = (Puppet("a"), Puppet("b", .takes(.seconds(3))), Puppet("c"))
        let root = Puppet("root") { context in
            try context.runGroup(mode: withBarrier ? .together : .each) {
                a.spec()
                b.spec()
                c.spec()
            }
        }
        try await withRoot(root) { tree in
            a.fail()
            try await tree.settle()
            #expect(c.runs == (withBarrier ? 1 : 2))
            try await tree.advance(by: .seconds(1))
            #expect(a.runs == (withBarrier ? 1 : 2) && b.runs == 1)
            try await tree.advance(by: .seconds(2))
            #expect(a.runs == 2 && b.runs == 2 && c.runs == 2)
        }
    }

    @Test("MON-54 What ignores its stop is given up in time, named, and holds up only what is above it")
    func ignores() async throws {
        let gate = Gate()
        let parent = Puppet("p") { try $0.run(Puppet("deaf", .ignores(until: gate))) }
        let other = Puppet("other")
        let root = Puppet("root") { context in
            try context.run(parent)
            try context.run(other)
        }
        try await withRoot(root) { tree in
            parent.fail()
            try await tree.advance(by: .seconds(10))
            #expect(tree["root/p"]?.state == .stuck && tree["root/p/deaf"]?.state == .abandoned)
            other.fail()
            try await tree.advance(by: .seconds(1))
            #expect(other.runs == 2)
            gate.open()
            try await tree.settle()
            #expect(parent.runs == 2)
            gate.open()
        }
    }

    @Test("MON-55 A new incarnation has a live context and nothing below it")
    func newIncarnation() async throws {
        let parent = Puppet("p")
        try await withRoot(Puppet("root") { try $0.run(parent) }) { tree in
            try parent.context().run(Puppet("x"))
            try parent.context().signal(.healthy)
            parent.fail()
            try await tree.advance(by: .seconds(1))
            #expect(!parent.context().isStopRequested && parent.context().incarnationNumber == 2)
            #expect(tree["root/p"]?.childCount == 0 && tree["root/p"]?.state == .running)
            try parent.context().run(Puppet("x"))
            try parent.context().signal(.healthy)
        }
    }

    @Test("MON-56 MON-57 A wait ends with the parent's death, and is not added to the parent's own")
    func waitEnds() async throws {
        let (diary, n) = (Diary(), Puppet("n"))
        let parent = Puppet("p") {
            try $0.run(n.spec(RestartBackoff(immediate: 0, initial: .seconds(60), maximum: .seconds(60), jitter: 0)))
        }
        try await withRoot(Puppet("root") { try $0.run(parent) }, observers: [diary]) { tree in
            n.fail()
            try await tree.settle()
            parent.fail()
            try await tree.settle()
            #expect(diary["root/p/n"] == ["new", "dead", "waiting", "canceled"])
            try await tree.advance(by: .seconds(1))
            #expect(parent.runs == 2 && n.runs == 2)
        }
    }

    @Test("MON-58 Two incarnations of one node never run at once")
    func neverTwo() async throws {
        let (a, b) = (Puppet("a", .takes(.milliseconds(700))), Puppet("b"))
        let running = Atomic<Int>(0)
        let root = Puppet("root") { context in
            try context.runGroup {
                ChildSpec.runnable("a", backoff: .steady) { context in
                    #expect(running.add(1, ordering: .relaxed).oldValue == 0)
                    defer { running.subtract(1, ordering: .relaxed) }
                    try await a.run(context)
                }
                b.spec()
            }
        }
        try await withRoot(root) { tree in
            for _ in 1...5 {
                b.fail()
                try await tree.settle()
                let old = a.context()
                #expect(tree["root/a"]?.state == .stopping)
                try await tree.advance(by: .milliseconds(700))
                #expect(a.context().incarnationNumber == old.incarnationNumber + 1)
                #expect(old.isStopRequested)
                try await tree.advance(by: .seconds(1))
            }
        }
    }

    /// The delays of so many failures in a row.
    private func delays(_ count: Int, seed: UInt64) async throws -> [Duration] {
        let child = Puppet("a")
        var delays: [Duration] = []
        try await withRoot(Puppet("root") { try $0.run("a") { try await child.run($0) } }, seed: seed) { tree in
            for _ in 1...count {
                child.fail()
                try await tree.settle()
                delays.append(try #require(tree.timeToNextDeadline))
                try await tree.advanceToNextDeadline()
            }
        }
        return delays
    }

    @Test("MON-60 MON-61 MON-66 Delays grow from 500 ms by 1.5, varied by half, to 60 s at most, and are never nothing")
    func delaysGrow() async throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            var nominal = 0.5
            for delay in try await delays(25, seed: seed) {
                let seconds = delay / .seconds(1)
                #expect(seconds >= nominal * 0.5 && seconds <= min(nominal * 1.5, 60))
                nominal = min(nominal * 1.5, 60)
            }
        }
    }

    @Test("MON-62 MON-69 Health alone resets nothing; ten seconds up do")
    func healthResetsNothing() async throws {
        let doubling = RestartBackoff(
            immediate: 0,
            initial: .seconds(1),
            maximum: .seconds(60),
            multiplier: 2,
            jitter: 0
        )
        let child = Puppet("a")
        try await withRoot(Puppet("root") { try $0.run(child.spec(doubling)) }) { tree in
            for seconds in [1, 2, 4] {
                try child.context().signal(.healthy)
                child.fail()
                try await tree.settle()
                #expect(tree.timeToNextDeadline == .seconds(seconds))
                try await tree.advanceToNextDeadline()
            }
            try await tree.advance(by: .seconds(10))
            child.fail()
            try await tree.settle()
            #expect(tree.timeToNextDeadline == .seconds(1))
        }
    }

    @Test("MON-63 MON-64 A cancelled member, and one that was done, are run again without a delay")
    func cancelledHasNoDelay() async throws {
        let (a, b, c) = (Puppet("a"), Puppet("b"), Puppet("c"))
        let root = Puppet("root") { context in
            try context.runGroup {
                a.spec()
                b.spec()
                c.spec()
            }
        }
        try await withRoot(root) { tree in
            try b.beDone()
            try await tree.settle()
            c.fail()
            try await tree.settle()
            #expect(tree.elapsed == .zero && a.runs == 2 && b.runs == 2)
        }
    }

    @Test("MON-67 MON-68 A waiting member keeps its delay when another one dies")
    func keepsItsDelay() async throws {
        let doubling = RestartBackoff(
            immediate: 0,
            initial: .seconds(1),
            maximum: .seconds(60),
            multiplier: 2,
            jitter: 0
        )
        let broken: @Sendable (ChildContext) async throws -> Void = { _ in throw ScriptedFailure() }
        let root = Puppet("root") { context in
            try context.runGroup {
                ChildSpec.runnable("a", backoff: doubling, body: broken)
                ChildSpec.runnable("b", backoff: doubling, body: broken)
            }
        }
        try await withRoot(root) { tree in
            try await tree.advance(by: .seconds(60))
            // One alone would have run at 0, 1, 3, 7, 15 and 31 s.
            for path in ["root/a", "root/b"] {
                let starts = tree.recorder.events(after: .start, matching: .started(path)).count
                #expect((5...12).contains(starts))
            }
        }
    }
}
