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

@Suite("E and H. Ends", .timeLimit(.minutes(1)))
struct EndTests {
    /// A root with a group {a, b}, in which `a` is the one that is looked at.
    private func group(_ a: Puppet, _ b: Puppet) -> Puppet {
        Puppet("root") { context in
            try context.runGroup {
                a.spec()
                b.spec()
            }
        }
    }

    @Test("MON-34 Done and returned: not run again while what is above it goes on")
    func done() async throws {
        let child = Puppet("a")
        try await withRoot(Puppet("root") { try $0.run(child) }) { tree in
            try child.beDone()
            try await tree.advance(by: .seconds(3_600))
            #expect(tree["root/a"]?.state == .done && child.runs == 1)
        }
    }

    @Test("MON-36 Returned while healthy, without done: failed", arguments: [true, false])
    func returned(healthy: Bool) async throws {
        let child = Puppet("a")
        try await withRoot(Puppet("root") { try $0.run(child) }) { tree in
            if healthy { try child.context().signal(.healthy) }
            child.finish()
            try await tree.settle()
            #expect(tree["root/a"]?.state == .waiting)
            #expect(tree["root/a"]?.error?.code == .notDone)
            try await tree.advance(by: .seconds(1))
            #expect(child.runs == 2)
        }
    }

    @Test("MON-37 Cancelled and said so: a clean stop, siblings untouched")
    func cancelled() async throws {
        let child = Puppet("a")
        let sibling = Puppet("b")
        let root = Puppet("root") { context in
            try context.run(child)
            try context.run(sibling)
        }
        try await withRoot(root) { tree in
            let handle = try #require(tree.supervisor.child(at: "root/a"))
            try await handle.terminate()
            #expect(tree["root/a"]?.state == .stopped && tree["root/a"]?.error == nil)
            #expect(sibling.runs == 1 && !sibling.context().isStopRequested)
        }
    }

    @Test("MON-38 A return after the request to stop is a clean stop")
    func returnsWhenStopped() async throws {
        let (a, b) = (Puppet("a", .returns), Puppet("b"))
        try await withRoot(group(a, b)) { tree in
            b.fail()
            try await tree.settle()
            #expect(a.runs == 2)
            tree.recorder.expect(inOrder: .terminated("root/a"), .started("root/a"))
            tree.recorder.expect(never: .failed("root/a"))
            try await tree.advance(by: .seconds(1))
            #expect(b.runs == 2 && a.runs == 2)
        }
    }

    @Test("MON-39 Another error after the request to stop is told, and stops nobody a second time")
    func throwsWhenStopped() async throws {
        let (a, b) = (Puppet("a", .throwsError), Puppet("b"))
        let c = Puppet("c")
        let root = Puppet("root") { context in
            try context.runGroup {
                a.spec()
                b.spec()
                c.spec()
            }
        }
        try await withRoot(root) { tree in
            b.fail()
            try await tree.advance(by: .seconds(10))
            tree.recorder.expect(inOrder: .terminationFailed("root/a"), .started("root/a"))
            #expect(a.runs == 2 && b.runs == 2 && c.runs == 2)
        }
    }

    @Test("MON-40 A cancellation error without a request to stop is a failure")
    func cancelledByItself() async throws {
        let child = Puppet("a")
        try await withRoot(Puppet("root") { try $0.run(child) }) { tree in
            child.fail(CancellationError())
            try await tree.settle()
            tree.recorder.expect(inOrder: .failed("root/a"), .restartScheduled("root/a"))
        }
    }

    @Test("MON-42 Done was signalled, a stop came, it returned: run again with its group, without a delay")
    func doneThenStopped() async throws {
        let (a, b) = (Puppet("a", .returns), Puppet("b"))
        try await withRoot(group(a, b)) { tree in
            try a.context().signal(.healthy)
            try a.context().signal(.done)
            b.fail()
            try await tree.settle()
            #expect(a.runs == 2 && tree.elapsed == .zero)
        }
    }

    @Test("MON-43 One failure is one event, of the node alone")
    func oneEvent() async throws {
        let child = Puppet("a")
        try await withRoot(Puppet("root") { try $0.run(child) }) { tree in
            child.fail(ScriptedFailure(7))
            try await tree.settle()
            let failures = tree.recorder.events(after: .start, matching: .failed())
            #expect(failures.map(\.path) == ["root/a"])
            #expect(failures.first?.error?.underlying as? ScriptedFailure == ScriptedFailure(7))
        }
    }

    @Test("MON-44 A body has no way to end that is not noticed: its task is its supervisor's")
    func everyEndIsNoticed() async throws {
        let child = Puppet("a")
        try await withRoot(Puppet("root") { try $0.run(child) }) { tree in
            for end in [ScriptedFailure() as any Error, CancellationError()] {
                let runs = child.runs
                child.fail(end)
                try await tree.advance(by: .seconds(1))
                #expect(child.runs == runs + 1)
            }
        }
    }

    @Test("MON-70 What a failing member throws is in the error, value and all")
    func whatItThrew() async throws {
        let (a, b) = (Puppet("a"), Puppet("b"))
        try await withRoot(group(a, b)) { tree in
            a.fail(ScriptedFailure(3))
            try await tree.settle()
            #expect(tree["root/a"]?.error?.explain.contains("scripted failure 3") == true)
            #expect(b.runs == 2)
        }
    }

    @Test("MON-72 After a misuse the tree goes on")
    func misuseHoldsNothingUp() async throws {
        let (a, b) = (Puppet("a"), Puppet("b"))
        try await withRoot(
            Puppet("root") { context in
                try context.run(a)
                try context.run(b)
            }
        ) { tree in
            #expect(await failure { try a.context().signal(.done) }?.code == .misuse)
            try b.context().signal(.healthy)
            a.finish()
            try await tree.advance(by: .seconds(1))
            #expect(a.runs == 2 && tree["root/b"]?.state == .healthy)
        }
    }
}
