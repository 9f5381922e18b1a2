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

@Suite("C and D. Starting children, signals", .timeLimit(.minutes(1)))
struct SignalTests {
    @Test("MON-18 An empty group is no error, and nothing happens")
    func emptyGroup() async throws {
        let root = Puppet("root")
        try await withRoot(root) { tree in
            let mark = tree.recorder.mark()
            for mode in [SupervisorSpec.Group.Mode.each, .together] {
                #expect(try root.context().runGroup(mode: mode) {}.isEmpty)
                #expect(try root.context().runGroup([:], mode: mode).isEmpty)
            }
            try await tree.settle()
            #expect(tree.recorder.events(after: mark).isEmpty)
        }
    }

    @Test("MON-19 A node that has signalled healthy runs no child")
    func afterHealthy() async throws {
        let root = Puppet("root")
        try await withRoot(root) { tree in
            try root.context().signal(.healthy)
            let error = await failure { try root.context().run(Puppet("late")) }
            #expect(error?.code == .misuse)
            #expect(error?.message.contains("healthy") == true)
            #expect(await failure { try root.context().runGroup { Puppet("a").spec() } }?.code == .misuse)
            try await tree.settle()
            #expect(tree["root/late"] == nil)
        }
    }

    @Test("MON-20 A child of a node that never signals runs all the same")
    func neverSignals() async throws {
        let child = Puppet("child")
        try await withRoot(Puppet("root") { try $0.run(child) }) { tree in
            try await tree.advance(by: .seconds(3_600))
            #expect(tree["root"]?.state == .running)
            #expect(tree["root/child"]?.state == .running)
        }
    }

    @Test("MON-21 Run does not wait for the child; there is a wait for its health")
    func runDoesNotWait() async throws {
        let child = Puppet("child")
        let up = Gate()
        let root = Puppet("root") { context in
            let child = try context.run(child)
            try await child.healthy()
            up.open()
        }
        try await withRoot(root) { tree in
            #expect(tree["root/child"]?.state == .running)
            #expect(!up.isOpen)
            // It need not be the first incarnation.
            child.fail()
            try await tree.advance(by: .seconds(1))
            #expect(!up.isOpen)
            try child.context().signal(.healthy)
            try await tree.settle()
            #expect(up.isOpen)
        }
    }

    @Test("MON-22 The members of a group start in their order")
    func startOrder() async throws {
        let root = Puppet("root") { context in
            try context.runGroup(["c": { await $0.stopRequested() }, "a": { await $0.stopRequested() }])
            try context.runGroup {
                ChildSpec.runnable("z") { await $0.stopRequested() }
                ChildSpec.runnable("y") { await $0.stopRequested() }
            }
        }
        try await withRoot(root) { tree in
            tree.recorder.expect(
                inOrder: .started("root/a"),
                .started("root/c"),
                .started("root/z"),
                .started("root/y")
            )
        }
    }

    @Test("MON-24 A node that is being stopped runs no child any more")
    func whileStopping() async throws {
        let root = Puppet("root", .takes(.seconds(2)))
        try await withRoot(root) { tree in
            tree.supervisor.requestStop()
            try await tree.settle()
            #expect(await failure { try root.context().run(Puppet("late")) }?.code == .stopping)
            try await tree.terminate()
            #expect(tree.recorder.events(after: .start, matching: .started("root/late")).isEmpty)
        }
    }

    @Test("MON-25 Outside of a runnable there is no context, and a plain worker is told what to do")
    func notARunnable() async throws {
        #expect(ChildContext.current == nil)
        let plain = SupervisorSpec("top") {
            ChildSpec("plain") { context in
                #expect(await failure { try context.run(Puppet("x")) }?.code == .misuse)
                await context.stopRequested()
            }
        }
        try await withTestTree(plain) { tree in
            try await tree.settle()
            #expect(tree["top/plain"]?.restarts == 0)
        }
    }

    @Test("MON-26 What a body starts in tasks of its own has the context of its node")
    func childTasks() async throws {
        let root = Puppet("root") { context in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try ChildContext.current?.run(Puppet("a")) }
                group.addTask { try context.run(Puppet("b")) }
                try await group.waitForAll()
            }
            try ChildContext.current?.signal(.healthy)
        }
        try await withRoot(root) { tree in
            #expect(tree["root"]?.state == .healthy)
            #expect(tree["root"]?.childCount == 2)
        }
    }

    @Test("MON-27 Observers are told before the signal returns")
    func observersAreTold() async throws {
        let diary = Diary()
        let told = Gate()
        let root = Puppet("root") { context in
            try context.signal(.healthy)
            #expect(diary["root"] == ["new", "healthy"])
            told.open()
        }
        try await withRoot(root, observers: [diary]) { tree in
            #expect(told.isOpen)
            #expect(tree["root"]?.state == .healthy)
        }
    }

    @Test("MON-28 Healthy twice is an error, and the node has failed by it")
    func healthyTwice() async throws {
        let root = Puppet("root")
        try await withRoot(root) { tree in
            try root.context().signal(.healthy)
            #expect(await failure { try root.context().signal(.healthy) }?.code == .misuse)
            try root.context().signal(.done)
            root.finish()
            try await tree.settle()
            #expect(tree["root"]?.state == .waiting)
            #expect(tree["root"]?.error?.code == .misuse)
        }
    }

    @Test("MON-30 Done twice, or before healthy, is an error, and the node has failed by it")
    func doneTwice() async throws {
        for early in [true, false] {
            let root = Puppet("root")
            try await withRoot(root) { tree in
                if !early { try root.context().signal(.healthy) }
                if !early { try root.context().signal(.done) }
                #expect(await failure { try root.context().signal(.done) }?.code == .misuse)
                root.finish()
                try await tree.settle()
                #expect(tree["root"]?.error?.code == .misuse)
            }
        }
    }

    @Test("MON-31 A node that has signalled done but runs is neither done nor restarted")
    func doneButRunning() async throws {
        let root = Puppet("root")
        try await withRoot(root) { tree in
            try root.context().signal(.healthy)
            try root.context().signal(.done)
            try await tree.advance(by: .seconds(60))
            #expect(tree["root"]?.state == .healthy)
            root.finish()
            try await tree.advance(by: .seconds(60))
            #expect(tree["root"]?.state == .done)
            #expect(root.runs == 1)
        }
    }

    @Test("MON-32 There is no signal that is not known: none can be made of something else, and each is heard")
    func noOtherSignal() async throws {
        #expect(!Self.canBeMade(ChildContext.Signal.self))
        #expect(Self.canBeMade(HostSignal.self))
        let root = Puppet("root")
        try await withRoot(root) { tree in
            for (signal, state) in [(ChildContext.Signal.healthy, StateChange.State.healthy), (.done, .done)] {
                #expect(signal.description == state.description)
                try root.context().signal(signal)
            }
            #expect(tree["root"]?.state == .healthy)
            root.finish()
            try await tree.settle()
            #expect(tree["root"]?.state == .done)
        }
    }

    /// Whether there is a way to values of a type besides those that it names.
    private static func canBeMade(_ type: Any.Type) -> Bool {
        type is any RawRepresentable.Type || type is any Decodable.Type || type is any ExpressibleByStringLiteral.Type
            || type is any ExpressibleByIntegerLiteral.Type || type is any LosslessStringConvertible.Type
    }

    @Test("MON-33 A node that is asked to stop may still signal healthy")
    func healthyWhileStopping() async throws {
        let root = Puppet("root", .takes(.seconds(2)))
        try await withRoot(root) { tree in
            tree.supervisor.requestStop()
            try await tree.settle()
            try root.context().signal(.healthy)
            try await tree.terminate()
        }
    }
}
