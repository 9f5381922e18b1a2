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
    /// The events that have a tag, in the notation of those who know go-capataz: W worker, S supervisor; + started,
    /// - terminated, # start failed, ! failed, c completed.
    private func short(_ events: [Supervisor.Event]) -> [String] {
        let marks: [Supervisor.Event.Tag: String] = [
            .processStarted: "+", .processTerminated: "-", .processStartFailed: "#", .processFailed: "!",
            .processCompleted: "c",
        ]
        return events.compactMap { event in
            event.tag.map { (event.nodeKind == .supervisor ? "S" : "W") + marks[$0]! + " " + event.path }
        }
    }

    private func twoBranches(_ gate: Gate) -> SupervisorSpec {
        SupervisorSpec("root") {
            SupervisorSpec("branch0") {
                ChildSpec.idle("child0")
                ChildSpec.idle("child1")
            }
            SupervisorSpec("branch1") {
                ChildSpec.ignoringCancellation("child2", until: gate, shutdown: .timeout(.milliseconds(10)))
                ChildSpec.idle("child3")
            }
        }
    }

    @Test("E2 CAP-021 CAP-040 CAP-061 CAP-075 The five events come from ours by their tags, in their order")
    func tags() async throws {
        let gate = Gate()
        let unclean = try await withTestTree(twoBranches(gate)) { tree in
            try? await tree.terminate()
            return short(tree.recorder.events)
        }
        gate.open()
        #expect(
            unclean == [
                "W+ root/branch0/child0", "W+ root/branch0/child1", "S+ root/branch0", "W+ root/branch1/child2",
                "W+ root/branch1/child3", "S+ root/branch1", "S+ root", "W- root/branch1/child3",
                "W! root/branch1/child2", "S! root/branch1", "W- root/branch0/child1", "W- root/branch0/child0",
                "S- root/branch0", "S! root",
            ]
        )
        let start = SupervisorSpec("root") {
            SupervisorSpec("b0") { ChildSpec.idle("c0") }
            SupervisorSpec("b1") {
                ChildSpec.failingToStop("c2")
                ChildSpec.failingToStart("c3")
                ChildSpec.idle("c4")
            }
        }
        let failed = try await TestTree(launching: start)
        #expect(
            short(failed.recorder.events) == [
                "W+ root/b0/c0", "S+ root/b0", "W+ root/b1/c2", "W# root/b1/c3", "W! root/b1/c2", "S# root/b1",
                "W- root/b0/c0", "S- root/b0", "S# root",
            ]
        )
        let crash = SupervisorSpec("root", tolerance: .failures(2, within: .seconds(10)), backoff: .none) {
            ChildSpec.completing("c0", times: 1)
            ChildSpec.failing("c1", after: .seconds(1))
            ChildSpec.idle("c2")
        }
        let crashed = try await withTestTree(crash) { tree in
            try? await tree.wait()
            return short(tree.recorder.events)
        }
        #expect(
            crashed == [
                "W+ root/c0", "W+ root/c1", "W+ root/c2", "S+ root", "Wc root/c0", "W+ root/c0", "W! root/c1",
                "W+ root/c1", "W! root/c1", "W+ root/c1", "W! root/c1", "W- root/c2", "W- root/c0", "S! root",
            ]
        )
    }

    @Test("CAP-144 CAP-145 Criteria choose as they are named, on whole parts of names")
    func criteria() async throws {
        let gate = Gate()
        let events = try await withTestTree(twoBranches(gate)) { tree in
            try? await tree.terminate()
            return tree.recorder.events.filter(EventCriteria.isStartOrEnd.matches)
        }
        gate.open()
        func chosen(_ criteria: EventCriteria) -> [String] { short(events.filter(criteria.matches)) }
        #expect(chosen(.inSubtree("root/branch1")).count == 6)
        #expect(chosen(.inSubtree("root/branch")) == [])
        #expect(chosen(.pathPrefix("root/branch1/child2")) == chosen(.path("root/branch1/child2")))
        #expect(chosen(.pathPrefix("root")).count == events.count)
        #expect(chosen(.pathSuffix("child0")) == ["W+ root/branch0/child0", "W- root/branch0/child0"])
        #expect(chosen(.pathSuffix("branch0/child0")).count == 2)
        #expect(chosen(.pathSuffix("0")) == [])
        #expect(chosen(.pathSuffix("root")) == ["S+ root", "S! root"])
        #expect(chosen(.isFailure) == ["W! root/branch1/child2", "S! root/branch1", "S! root"])
        #expect(chosen(.isWorkerFailure) == ["W! root/branch1/child2"])
        #expect(chosen(.isFailure && .nodeKind(.supervisor)) == ["S! root/branch1", "S! root"])
        #expect(chosen(.name("child0") || .path("root")).count == 4)
        #expect(chosen(!.inSubtree("root/branch1") && !.inSubtree("root/branch0")) == ["S+ root", "S! root"])
        #expect(chosen(.all(of: [])).count == events.count)
        #expect(chosen(.any(of: [])) == [])
        #expect(chosen(.errorCode(.shutdownTimedOut) || .errorCode(.abandoned)) == ["W! root/branch1/child2"])
        #expect(chosen(.tag(.processFailed)) == chosen(.isFailure))
        let text = (.failed("a/b") && !(.name("c") || .isFailure)).description
        #expect(text == "(failed a/b and not (of a node named c or a failure))")
    }

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

    @Test("CAP-140 A subscriber of a subtree sees what happens in it, besides those of the whole tree")
    func subtrees() async throws {
        let inner = EventRecorder()
        let outer = EventRecorder()
        let control = WorkerControl()
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec.idle("a")
            SupervisorSpec("inner", tolerance: .none) {
                ChildSpec("b", controlledBy: control)
            }
            .notifying(inner)
            SupervisorSpec("innermost") { ChildSpec.idle("c") }
        }
        try await withTestTree(spec.notifying(outer)) { tree in
            control.fail()
            try await tree.settle()
            inner.expect(
                exactly: .started("root/inner/b"),
                .started("root/inner"),
                .failed("root/inner/b"),
                .failed("root/inner"),
                .started("root/inner/b"),
                .started("root/inner")
            )
            try await tree.terminate()
            #expect(inner.events.allSatisfy { $0.path == "root/inner" || $0.path == "root/inner/b" })
            #expect(outer.events.map(\.number) == tree.recorder.events.map(\.number))
            #expect(inner.hasEnded)
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
