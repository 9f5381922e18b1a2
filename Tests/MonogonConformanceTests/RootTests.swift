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

@Suite("A and B. The root, names", .timeLimit(.minutes(1)))
struct RootTests {
    @TaskLocal static var value = 0

    @Test("MON-1 The root is started once, under its name")
    func rootStarts() async throws {
        let root = Puppet("root")
        try await withRoot(root) { tree in
            #expect(root.runs == 1)
            #expect(root.context().path == "root")
            tree.recorder.expect(exactly: .started("root"))
        }
    }

    @Test("MON-2 The root sees no values of whoever started it, nor a cancellation")
    func surroundingsOfTheRoot() async throws {
        let seen = Gate()
        let root = Puppet("root") { _ in
            #expect(RootTests.value == 0)
            seen.open()
        }
        try await RootTests.$value.withValue(7) {
            try await withRoot(root) { _ in #expect(seen.isOpen) }
        }
        let (returned, cancelled) = (Gate(), Gate())
        let starter = Task {
            let tree = try await Supervisor.start("root") { context in
                try await cancelled.wait()
                #expect(!Task.isCancelled && !context.isStopRequested)
                try context.signal(.healthy)
                await context.stopRequested()
            }
            returned.open()
            try await cancelled.wait()
            #expect(Task.isCancelled)
            return tree
        }
        try await returned.wait()
        starter.cancel()
        cancelled.open()
        let tree = try await starter.value
        try await tree.healthy()
        try await tree.terminate()
    }

    @Test("MON-6 A root that fails is restarted with all below it, for ever")
    func rootFails() async throws {
        let child = Puppet("c")
        let root = Puppet("root") { context in
            try context.run(child)
            try context.signal(.healthy)
        }
        try await withRoot(root) { tree in
            for number in 1...20 {
                #expect(child.runs == number)
                root.fail()
                try await tree.settle()
                #expect(tree["root"]?.state == .waiting)
                #expect(tree["root/c"] == nil)
                try await tree.advance(by: .seconds(1))
            }
            #expect(tree["root"]?.restarts == 20)
            #expect(tree.state == .running)
        }
    }

    @Test("MON-7 A root that is done leaves its children alone")
    func rootIsDone() async throws {
        let child = Puppet("c")
        let root = Puppet("root") { try $0.run(child) }
        try await withRoot(root) { tree in
            try root.beDone()
            try await tree.advance(by: .seconds(3_600))
            #expect(tree["root"]?.state == .done)
            #expect(tree["root/c"]?.state == .running)
            #expect(!child.context().isStopRequested)
            #expect(tree.supervisor.isReady)
        }
    }

    @Test("MON-8 Names that real users have", arguments: ["a", "0", "_", "a_1", "dhcp-server", "ABC", "eth0.100"])
    func goodNames(_ name: String) async throws {
        let root = Puppet("root") { try $0.run(Puppet(name)) }
        try await withRoot(root) { tree in
            #expect(tree["root/\(name)"]?.state == .running)
        }
    }

    @Test(
        "MON-9 MON-10 A name that cannot be is refused with the name, and nothing starts",
        arguments: [
            ("", "(no name): "), (".", ".: "), ("..", "..: "), ("a/b", #"a\x2fb: "#),
            ("line\nbreak", #"line\x0abreak: "#),
            ("nul\0", "nul"), (String(repeating: "x", count: 256), String(repeating: "x", count: 100)),
        ]
    )
    func badNames(_ name: String, shown: String) async throws {
        let root = Puppet("root")
        try await withRoot(root) { tree in
            let mark = tree.recorder.mark()
            let error = await failure { try root.context().run(Puppet(name)) }
            #expect(error?.code == .invalidSpec)
            let text = "\(try #require(error))"
            #expect(text.contains(shown) && text.contains(" name "), "\(text)")
            let group = await failure {
                try root.context().runGroup {
                    Puppet("fine").spec()
                    Puppet(name).spec()
                }
            }
            #expect(group?.code == .invalidSpec)
            try await tree.settle()
            #expect(tree.recorder.events(after: mark).isEmpty)
        }
    }

    @Test("MON-12 A second child of a name is refused, and the first goes on")
    func nameTaken() async throws {
        let first = Puppet("x")
        let root = Puppet("root") { try $0.run(first) }
        try await withRoot(root) { tree in
            #expect(await failure { try root.context().run(Puppet("x")) }?.code == .nameTaken)
            let group = await failure { try root.context().runGroup(["x": { _ in }, "y": { _ in }]) }
            #expect(group?.code == .nameTaken)
            try await tree.settle()
            #expect(first.runs == 1 && tree["root"]?.childCount == 1)
        }
    }

    @Test("MON-16 Two parents may each have a child of the same name")
    func sameNameElsewhere() async throws {
        let root = Puppet("root") { context in
            try context.run(Puppet("a") { try $0.run(Puppet("x")) })
            try context.run(Puppet("b") { try $0.run(Puppet("x")) })
        }
        try await withRoot(root) { tree in
            #expect(tree["root/a/x"] != nil && tree["root/b/x"] != nil)
        }
    }
}
