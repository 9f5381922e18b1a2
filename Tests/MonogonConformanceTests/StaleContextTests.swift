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

@Suite("U. Stale contexts", .timeLimit(.minutes(1)))
struct StaleContextTests {
    /// All that a context can be asked to do, refused.
    private func expectNothing(of context: ChildContext) async {
        #expect(await failure { try context.signal(.healthy) }?.code == .gone)
        #expect(await failure { try context.signal(.done) }?.code == .gone)
        #expect(await failure { try context.run(Puppet("ghost")) }?.code == .gone)
        #expect(await failure { try context.runGroup { Puppet("ghost").spec() } }?.code == .gone)
        #expect(!context.done() && !context.requestRestart())
        #expect(context.isStopRequested && context.child == nil)
    }

    @Test("MON-152 The context of a dead incarnation does not make the next one healthy")
    func afterTheRestart() async throws {
        let child = Puppet("a")
        try await withRoot(Puppet("root") { try $0.run(child) }) { tree in
            child.fail()
            try await tree.advance(by: .seconds(1))
            await expectNothing(of: child.context(1))
            try await tree.settle()
            #expect(tree["root/a"]?.state == .running && tree["root/a"]?.childCount == 0)
            try child.context(2).signal(.healthy)
            #expect(tree["root/a"]?.state == .healthy)
        }
    }

    @Test("MON-153 MON-154 Nor does anything during the wait: no ghost child, no harm")
    func duringTheWait() async throws {
        let child = Puppet("a")
        try await withRoot(Puppet("root") { try $0.run(child) }) { tree in
            child.fail()
            try await tree.settle()
            #expect(tree["root/a"]?.state == .waiting)
            await expectNothing(of: child.context(1))
            #expect(tree["root/a"]?.childCount == 0)
            try await tree.advance(by: .seconds(1))
            #expect(child.runs == 2)
        }
    }

    @Test("MON-155 A context whose node is gone says so, and holds up nobody; it keeps no tree alive")
    func nodeIsGone() async throws {
        let child = Puppet("a")
        let root = Puppet("root") { try $0.run(child) }
        try await withRoot(root) { tree in
            root.fail()
            try await tree.settle()
            #expect(tree["root/a"] == nil)
            await expectNothing(of: child.context(1))
            try await tree.advance(by: .seconds(1))
            #expect(child.runs == 2)
            await expectNothing(of: child.context(1))
            try await tree.terminate()
            await expectNothing(of: child.context(2))
            await expectNothing(of: root.context())
        }
    }
}
