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

@Suite("Criteria, tags, subscribers of subtrees", .timeLimit(.minutes(1)))
struct EventCriteriaTests {
    @Test("T5 A failure by tolerance is told apart from others")
    func toleranceFailure() async throws {
        let spec = SupervisorSpec("root", tolerance: .none) { ChildSpec.failing("a") }
        try await withTestTree(spec) { tree in
            #expect(tree.recorder.events.filter(EventCriteria.isToleranceFailure.matches).map(\.path) == ["root"])
        }
    }

    @Test("Criteria are asked of streams of events, of a tree's and of others; losses are kept")
    func streams() async throws {
        let tree = try await Supervisor.start(
            SupervisorSpec("root") {
                ChildSpec.idle("a")
                ChildSpec.idle("b")
            }
        )
        let events = tree.events().matching(.isStartOrEnd).matching(.name("a") || .name("root"))
        let few = tree.events(buffer: 1).matching(.path("root"))
        try await tree.terminate()
        var paths: [String] = []
        for await item in events { paths.append(item.event?.path ?? "lost") }
        #expect(paths == ["root/a", "root"])
        var seen: [Supervisor.EventItem] = []
        for await item in few { seen.append(item) }
        #expect(seen.first.map { if case .lost = $0 { true } else { false } } == true)
        #expect(seen.last?.event?.kind == .terminated)

        let list = [Supervisor.EventItem.lost(count: 1, upTo: 1)] + seen
        #expect(list[0].description == "1 events lost, up to number 1")
        #expect(seen.allSatisfy { $0.event == nil || $0.description == $0.event?.description })
        let stream = AsyncStream { continuation in
            for item in list { continuation.yield(item) }
            continuation.finish()
        }
        var kept = 0
        for await _ in stream.matching(.nothing) { kept += 1 }
        #expect(kept == 2)
    }

    @Test("A subscriber can be told less")
    func choosy() async throws {
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", backoff: .none) { ChildSpec.failing("a", times: 1) }
        try await withTestTree(spec, subscribers: [recorder.matching(.isFailure)]) { tree in
            recorder.expect(exactly: .failed("root/a"), among: .everything)
            try await tree.terminate()
            #expect(recorder.hasEnded)
        }
    }

    @Test("S10 A subscriber that comes with a resource goes with it")
    func resources() async throws {
        let recorders = Log<EventRecorder>()
        let control = WorkerControl()
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            SupervisorSpec(
                "stock",
                tolerance: .none,
                acquire: {
                    let recorder = EventRecorder()
                    recorders.append(recorder)
                    return recorder
                },
                release: { _ in },
                children: { recorder in
                    SupervisorSpec("readers", tolerance: .none) { ChildSpec("reader", controlledBy: control) }
                        .notifying(recorder)
                }
            )
        }
        try await withTestTree(spec) { tree in
            control.fail()
            try await tree.settle()
            tree.recorder.expect(inOrder: .failed("root/stock"), .started("root/stock"))
            #expect(recorders.all.count == 2)
            #expect(recorders.all.map(\.hasEnded) == [true, false])
            let reader = EventCriteria.path("root/stock/readers/reader") && .isStartOrEnd
            recorders.all[0].expect(exactly: .started(), .failed(), among: reader)
            recorders.all[1].expect(exactly: .started(), among: reader)
            try await tree.terminate()
            recorders.all[1].expect(exactly: .started(), .terminated(), among: reader)
            #expect(recorders.all[1].hasEnded)
        }
    }
}
