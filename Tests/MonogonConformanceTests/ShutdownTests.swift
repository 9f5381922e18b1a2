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

@Suite("I and M. Shutdown, states", .timeLimit(.minutes(1)))
struct ShutdownTests {
    @Test(
        "MON-73 MON-75 MON-78 MON-79 A stop comes to all, the last one first, ends with the last, and restarts nothing"
    )
    func stopsAll() async throws {
        let diary = Diary()
        let deep = Puppet("deep", .takes(.seconds(2)))
        let (a, done) = (Puppet("a") { try $0.run(deep) }, Puppet("done"))
        let root = Puppet("root") { context in
            try context.run(a)
            try context.run(done)
            try context.run(Puppet("z"))
        }
        try await withRoot(root, observers: [diary]) { tree in
            try done.beDone()
            try await tree.settle()
            let mark = tree.recorder.mark()
            try await tree.terminate()
            #expect(tree.elapsed == .seconds(2))
            tree.recorder.expect(
                exactly: .terminated("root/z"),
                .terminated("root/done"),
                .terminated("root/a/deep"),
                .terminated("root/a"),
                .terminated("root"),
                after: mark
            )
            for path in ["root/z", "root/a/deep", "root/a", "root"] { #expect(diary[path].last == "canceled") }
        }
    }

    @Test("MON-74 A node that waits is not started by a stop")
    func waiting() async throws {
        let child = Puppet("a")
        try await withRoot(Puppet("root") { try $0.run(child) }) { tree in
            child.fail()
            try await tree.settle()
            try await tree.terminate()
            #expect(tree.elapsed == .zero && child.runs == 1)
        }
    }

    @Test("MON-76 The end of a tree is told, also if nothing of it was alive")
    func endIsTold() async throws {
        let root = Puppet("root")
        try await withRoot(root) { tree in
            root.fail()
            try await tree.settle()
            try await tree.terminate()
            #expect(tree.state == .ended && tree.recorder.hasEnded)
        }
    }

    @Test("MON-99 MON-100 Observers see the states of upstream's test, and ours between them")
    func states() async throws {
        let diary = Diary()
        let two = Puppet("two")
        let one = Puppet("one") { try $0.run(two) }
        let root = Puppet("root")
        try await withRoot(root, observers: [diary]) { tree in
            try root.context().run(one)
            try await tree.settle()
            try root.context().signal(.healthy)
            try await tree.settle()
            one.fail()
            try await tree.advance(by: .seconds(1))
            try two.context().signal(.healthy)
            try one.beDone()
            try await tree.settle()
            #expect(diary["root"] == ["new", "healthy"])
            #expect(diary["root/one"] == ["new", "dead", "waiting", "new", "healthy", "done"])
            #expect(diary["root/one/two"] == ["new", "stopping", "canceled", "new", "healthy"])
            let ours = ["stopping", "waiting"]
            #expect(
                diary.all.filter { line in !ours.contains { line.hasSuffix($0) } } == [
                    "root new", "root/one new", "root/one/two new", "root healthy",
                    "root/one dead", "root/one/two canceled", "root/one new", "root/one/two new",
                    "root/one/two healthy", "root/one healthy", "root/one done",
                ]
            )
        }
    }
}
