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

@Suite("I. Dynamic subtrees", .timeLimit(.minutes(1)))
struct DynamicSubtreeTests {
    /// A subtree whose worker starts these children, and then acknowledges.
    private func dynamic(_ children: [ChildSpec], _ spawner: WorkerControl = WorkerControl()) -> SupervisorSpec {
        SupervisorSpec("root") {
            SupervisorSpec.dynamic("dyn", backoff: .none) { context, children_, notifyStart in
                for child in children { try await children_.startChild(child) }
                notifyStart()
                try await spawner.obey(context)
            }
        }
    }

    @Test("CAP-132 A worker that starts a child and then acknowledges")
    func startsAChild() async throws {
        try await withTestTree(dynamic([.idle("uno")])) { tree in
            try await tree.terminate()
            tree.recorder.expect(
                story: "S+ dyn/subtree, W+ dyn/subtree/uno, W+ dyn/spawner, S+ dyn, S+ root, "
                    + "W- dyn/spawner, W- dyn/subtree/uno, S- dyn/subtree, S- dyn, S- root"
            )
        }
    }

    @Test("CAP-133 When the worker fails its children are stopped, the newest first, and started again by it")
    func workerFails() async throws {
        let spawner = WorkerControl()
        try await withTestTree(dynamic([.idle("uno"), .idle("dos")], spawner)) { tree in
            let mark = tree.recorder.mark()
            spawner.fail()
            try await tree.settle()
            tree.recorder.expect(
                story: "W! dyn/spawner, W- dyn/subtree/dos, W- dyn/subtree/uno, S- dyn/subtree, "
                    + "S+ dyn/subtree, W+ dyn/subtree/uno, W+ dyn/subtree/dos, W+ dyn/spawner",
                after: mark
            )
        }
    }

    @Test("CAP-134 When its children fail too often all start anew")
    func childrenFail() async throws {
        let control = WorkerControl()
        let children = [.idle("uno"), ChildSpec("x", controlledBy: control), .idle("dos")]
        try await withTestTree(dynamic(children)) { tree in
            let mark = tree.recorder.mark()
            for _ in 0..<2 {
                control.fail()
                try await tree.settle()
            }
            tree.recorder.expect(
                story: "W! dyn/subtree/x, W+ dyn/subtree/x, W! dyn/subtree/x, W- dyn/subtree/dos, W- dyn/subtree/uno, "
                    + "S! dyn/subtree, W- dyn/spawner, S+ dyn/subtree, W+ dyn/subtree/uno, W+ dyn/subtree/x, "
                    + "W+ dyn/subtree/dos, W+ dyn/spawner",
                after: mark
            )
        }
    }

    @Test("CAP-135 A child that fails to stop is a failed termination of all above it")
    func stopFails() async throws {
        try await withTestTree(dynamic([.failingToStop("uno")])) { tree in
            let mark = tree.recorder.mark()
            let error = try await failure { try await tree.terminate() }
            tree.recorder.expect(
                story: "W- dyn/spawner, W! dyn/subtree/uno, S! dyn/subtree, S! dyn, S! root",
                after: mark
            )
            let name = error[field: "supervisor.subtree.0.subtree.0.termination.node.0.name"]
            #expect(name == "root/dyn/subtree/uno", "\(error.explain)")
        }
    }

    @Test("CAP-136 The same name again and again, before and after the root is up")
    func sameName() async throws {
        let goOn = Gate()
        let spec = SupervisorSpec("root") {
            SupervisorSpec.dynamic("dyn") { context, spawner, notifyStart in
                try await spawner.startChild(.idle("uno")).delete()
                try await spawner.startChild(.idle("uno")).delete()
                notifyStart()
                await goOn.waitIgnoringCancellation()
                try await spawner.startChild(.idle("uno")).delete()
                try await spawner.startChild(.idle("dos"))
                await context.stopRequested()
            }
        }
        try await withTestTree(spec) { tree in
            goOn.open()
            try await tree.settle()
            try await tree.terminate()
            let uno = "W+ dyn/subtree/uno, W- dyn/subtree/uno"
            tree.recorder.expect(
                story: "S+ dyn/subtree, \(uno), \(uno), W+ dyn/spawner, S+ dyn, S+ root, \(uno), W+ dyn/subtree/dos, "
                    + "W- dyn/spawner, W- dyn/subtree/dos, S- dyn/subtree, S- dyn, S- root"
            )
        }
    }

    @Test("CAP-138 A spawner that is kept after its subtree has ended gives an error at once")
    func keptSpawner() async throws {
        let kept = Collector<ChildSpawner>()
        let control = WorkerControl()
        let spec = SupervisorSpec("root") {
            SupervisorSpec.dynamic("dyn") { context, spawner in
                kept.add(spawner)
                try await control.obey(context)
            }
        }
        try await withTestTree(spec) { tree in
            control.fail()
            try await tree.settle()
            let old = try #require(kept.all.first)
            #expect(try await failure { try await old.startChild(.idle("late")) }.code == .gone)
            try await tree.terminate()
            let last = try #require(kept.all.last)
            #expect(try await failure { try await last.startChild(.idle("late")) }.code == .gone)
            #expect(tree.elapsed == .zero && kept.all.count == 2)
        }
    }
}
