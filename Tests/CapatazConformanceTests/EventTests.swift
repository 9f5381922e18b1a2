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

@Suite("J. Events, notifiers, criteria", .timeLimit(.minutes(1)))
struct EventTests {
    /// Ends with one child that does not stop.
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

    @Test("E2 CAP-139 Who follows a tree gets the events of all below it, with full names, in one order")
    func fullNames() async throws {
        let events = Collector<Supervisor.Event>()
        let handler = EventHandler { item in item.event.map { events.add($0) } }
        let spec = SupervisorSpec("root") { SupervisorSpec("a") { SupervisorSpec("b") { ChildSpec.idle("c") } } }
        try await withTestTree(spec, subscribers: [handler]) { tree in
            try await tree.terminate()
            #expect(events.all.map(\.number) == Array(1...UInt64(events.all.count)))
            let tagged = events.all.filter { $0.tag != nil }
            #expect(
                tagged.map { "\($0.tag!) \($0.path)" } == [
                    "ProcessStarted root/a/b/c", "ProcessStarted root/a/b", "ProcessStarted root/a",
                    "ProcessStarted root", "ProcessTerminated root/a/b/c", "ProcessTerminated root/a/b",
                    "ProcessTerminated root/a", "ProcessTerminated root",
                ]
            )
        }
    }

    @Test("CAP-140 Who follows a subtree sees what happens in it, besides those who follow all")
    func subtrees() async throws {
        let inner = EventRecorder()
        let outer = EventRecorder()
        let control = WorkerControl()
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec.idle("a")
            SupervisorSpec("inner", tolerance: .none) { ChildSpec("b", controlledBy: control) }.notifying(inner)
            SupervisorSpec("innermost") { ChildSpec.idle("c") }
        }
        try await withTestTree(spec.notifying(outer)) { tree in
            control.fail()
            try await tree.settle()
            inner.expect(story: "W+ inner/b, S+ inner, W! inner/b, S! inner, W+ inner/b, S+ inner")
            try await tree.terminate()
            #expect(inner.events.allSatisfy { $0.path == "root/inner" || $0.path == "root/inner/b" })
            #expect(outer.events.map(\.number) == tree.recorder.events.map(\.number))
            #expect(inner.hasEnded)
        }
    }

    @Test("CAP-142 Who follows a tree cannot hold it up or take it down")
    func harmless() async throws {
        struct Careless: EventSubscriber {
            let eventBuffer = 1
            let gate: Gate
            let body: @Sendable (Supervisor.Events, Gate) async -> Void
            func receive(_ events: Supervisor.Events) async { await body(events, gate) }
        }
        let gate = Gate()
        let leaves = Careless(gate: gate) { _, _ in }
        let hangs = Careless(gate: gate) { events, gate in
            for await _ in events { await gate.waitIgnoringCancellation() }
        }
        let never = Careless(gate: gate) { _, gate in await gate.waitIgnoringCancellation() }
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) { ChildSpec.failing("a", times: 100) }
        try await withTestTree(spec, subscribers: [leaves, hangs, never]) { tree in
            #expect(tree["root/a"]?.restarts == 100)
            try await tree.terminate()
            #expect(tree.recorder.events(after: .start, matching: .failed()).count == 100)
        }
        gate.open()
    }

    @Test("CAP-144 Criteria choose as they are named, and can be combined")
    func criteria() async throws {
        let gate = Gate()
        let events = try await withTestTree(twoBranches(gate)) { tree in
            try? await tree.terminate()
            return tree.recorder.events.filter(EventCriteria.isStartOrEnd.matches)
        }
        gate.open()
        let failures = ["W! branch1/child2", "S! branch1", "S! root"]
        let cases: [(EventCriteria, [String])] = [
            (.isFailure, failures),
            (.isWorkerFailure, ["W! branch1/child2"]),
            (.isFailure && .nodeKind(.supervisor), ["S! branch1", "S! root"]),
            (!.inSubtree("root/branch1") && !.inSubtree("root/branch0"), ["S+ root", "S! root"]),
            (.path("root/branch1/child3"), ["W+ branch1/child3", "W- branch1/child3"]),
            (.pathSuffix("child0"), ["W+ branch0/child0", "W- branch0/child0"]),
            (.name("branch0") || .path("root"), ["S+ branch0", "S+ root", "S- branch0", "S! root"]),
            (.errorCode(.abandoned), ["W! branch1/child2"]),
            (.tag(.processFailed), failures),
            (.any(of: []), []),
        ]
        for (criteria, chosen) in cases {
            #expect(events.filter(criteria.matches).compactMap(\.short) == chosen, "\(criteria)")
        }
        #expect(events.filter(EventCriteria.all(of: []).matches).count == events.count)
        #expect(events.filter(EventCriteria.inSubtree("root/branch1").matches).count == 6)
        let text = (.failed("a/b") && !(.name("c") || .isFailure)).description
        #expect(text == "(failed a/b and not (of a node named c or a failure))")
    }

    @Test("CAP-145 Prefixes and suffixes are whole parts of a name")
    func wholeParts() async throws {
        let spec = SupervisorSpec("root") {
            SupervisorSpec("branch0") { ChildSpec.idle("a") }
            SupervisorSpec("branch01") { ChildSpec.idle("ba") }
        }
        try await withTestTree(spec) { tree in
            let cases: [(EventCriteria, [String])] = [
                (.inSubtree("root/branch0"), ["W+ branch0/a", "S+ branch0"]),
                (.pathPrefix("root/branch0"), ["W+ branch0/a", "S+ branch0"]),
                (.pathPrefix("root/branch"), []),
                (.pathPrefix("roo"), []),
                (.pathSuffix("a"), ["W+ branch0/a"]),
                (.pathSuffix("branch0/a"), ["W+ branch0/a"]),
                (.pathSuffix("1/ba"), []),
                (.pathSuffix("root"), ["S+ root"]),
            ]
            for (criteria, chosen) in cases {
                #expect(tree.recorder.events.filter(criteria.matches).compactMap(\.short) == chosen, "\(criteria)")
            }
        }
    }
}

@Suite("J. The reliable notifier", .timeLimit(.minutes(1)))
struct NotifierTests {
    /// Eight starts and ends, and others.
    private let spec = SupervisorSpec("root") {
        SupervisorSpec("inner") { ChildSpec.idle("a") }
        ChildSpec.idle("b")
    }

    private func texts(_ log: Collector<String>) -> @Sendable (Supervisor.EventItem) -> Void {
        { item in log.add(item.event?.description ?? "lost") }
    }

    @Test("CAP-146 Each of three receivers gets all events; one may ask for some of them only")
    func fansOut() async throws {
        let logs = (0..<3).map { _ in Collector<String>() }
        let some = Collector<String>()
        let receivers = logs.enumerated().map { number, log in
            let add = texts(log)
            return ReliableNotifier.Receiver("r\(number)") { item in add(item) }
        }
        let filtered = ReliableNotifier.Receiver("some", matching: .isStartOrEnd) { item in
            some.add(item.event?.short ?? "lost")
        }
        let notifier = try ReliableNotifier(receivers + [filtered])
        try await withTestTree(spec, subscribers: [notifier]) { tree in
            try await tree.terminate()
            try await tree.settle()
            let all = tree.recorder.events.map(\.description)
            for log in logs { #expect(log.all == all) }
            #expect(some.all.joined(separator: ", ") == tree.recorder.story())
            #expect(some.all.count == 8)
            #expect(notifier.statistics["r0"]?.delivered == UInt64(all.count))
            #expect(notifier.statistics["some"]?.delivered == 8)
        }
    }

    @Test("CAP-147 One that fails: the others get everything, and every second failure within 5 s is told")
    func failing() async throws {
        let good = Collector<String>()
        let bad = Collector<String>()
        let failures = Collector<SupervisorError>()
        let (addGood, addBad) = (texts(good), texts(bad))
        let notifier = try ReliableNotifier(
            [
                .init("good") { item in addGood(item) },
                .init("bad") { item in
                    addBad(item)
                    throw ScriptedFailure(bad.all.count)
                },
            ],
            onFailure: { name, error in
                #expect(name == "bad")
                failures.add(error)
            }
        )
        try await withTestTree(spec, subscribers: [notifier]) { tree in
            try await tree.terminate()
            // At once: each failure takes an event with it, so that nothing has to slow it down.
            try await tree.settle()
            let all = tree.recorder.events.map(\.description)
            #expect(good.all == all)
            #expect(bad.all == all)
            #expect(failures.all.count == all.count / 2)
            #expect(failures.all.allSatisfy { $0.code == .toleranceExceeded })
            #expect(failures.all.first?.rootCause as? ScriptedFailure == ScriptedFailure(2))
            #expect(notifier.statistics["bad"]?.failed == UInt64(all.count))
            #expect(notifier.statistics["bad"]?.delivered == 0)
        }
    }

    @Test("CAP-148 One that is stuck: the others get everything; it is named for each event that is dropped")
    func stuck() async throws {
        let gate = Gate()
        let good = Collector<String>()
        let stuck = Collector<Supervisor.EventItem>()
        let losses = Collector<UInt64>()
        let addGood = texts(good)
        let notifier = try ReliableNotifier(
            [
                .init("good") { item in addGood(item) },
                .init("stuck", buffer: 1, timeout: nil) { item in
                    stuck.add(item)
                    await gate.waitIgnoringCancellation()
                },
            ],
            onLoss: { name, event in
                #expect(name == "stuck")
                losses.add(event.number)
            }
        )
        try await withTestTree(spec, subscribers: [notifier]) { tree in
            try await tree.terminate()
            let count = UInt64(tree.recorder.events.count)
            #expect(good.all.count == Int(count))
            #expect(stuck.all.count == 1)
            // One of them was handed over, perhaps that some were lost already; one waits.
            #expect(losses.all.count >= Int(count) - 2)
            #expect(notifier.statistics["stuck"]?.lost == UInt64(losses.all.count))
            gate.open()
            try await tree.settle()
            // The loss is told in its place, and the last event comes through.
            #expect(stuck.all.last?.event?.number == count)
            let told = stuck.all.reduce(into: UInt64(0)) { sum, item in
                if case .lost(let count, _) = item { sum += count }
            }
            #expect(told == UInt64(losses.all.count))
            #expect((losses.all + stuck.all.compactMap { $0.event?.number }).sorted() == Array(1...count))
        }
    }
}
