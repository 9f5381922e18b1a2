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

@Suite("Observers of states", .timeLimit(.minutes(1)))
struct StateObserverTests {
    @Test("R7 Observers see each change of state, with its time, incarnation and event")
    func changes() async throws {
        let observer = StateRecorder()
        let control = WorkerControl()
        let twoSeconds = RestartBackoff(immediate: 0, initial: .seconds(2), jitter: 0)
        let spec = SupervisorSpec("root", backoff: twoSeconds) {
            ChildSpec("a", controlledBy: control)
        }
        let recorder = try await withTestTree(spec, observers: [observer]) { tree in
            control.fail(ScriptedFailure(1))
            try await tree.advance(by: .seconds(5))
            #expect(tree["root/a"]?.restarts == 1)
            return tree.recorder
        }
        let life = ["starting", "healthy", "dead", "waiting", "starting", "healthy", "stopping", "canceled"]
        #expect(observer.states(of: "root/a") == life)
        #expect(observer.states(of: "root") == ["starting", "healthy", "stopping", "canceled"])
        let changes = observer.changes.filter { $0.path == "root/a" }
        #expect(changes.map(\.previous) == [nil] + changes.dropLast().map(\.state))
        #expect(changes.map(\.incarnation) == [1, 1, 1, 1, 2, 2, 2, 2])
        for change in changes {
            let event = try #require(recorder.events.first { $0.number == change.eventNumber })
            #expect(event.path == "root/a")
            #expect(event.time == change.time)
            #expect(event.wallTime == change.wallTime)
        }
        #expect(changes.map(\.isInSpec) == changes.map { _ in true })
        #expect(changes[2].time.duration(to: changes[4].time) == .seconds(2))
    }

    @Test("R7 A failed start is dead, what is not up at once starting, what completes or declines done")
    func ends() async throws {
        let observer = StateRecorder()
        let spec = SupervisorSpec("root") {
            SupervisorSpec("store", acquire: { 1 }, release: { _ in }) { _ in
                ChildSpec.idle("reader")
            }
            ChildSpec("once", restart: .temporary) {}
            ChildSpec.declining("spare")
        }
        try await withTestTree(spec, observers: [observer]) { _ in }
        #expect(observer.states(of: "root/store").prefix(2) == ["starting", "healthy"])
        #expect(observer.states(of: "root/once") == ["healthy", "done"])
        #expect(observer.states(of: "root/spare") == ["starting", "stopping", "done"])

        let failing = SupervisorSpec("root") {
            ChildSpec.failingToStart("bad")
        }
        _ = try await TestTree(launching: failing, observers: [observer])
        #expect(observer.states(of: "root/bad") == ["starting", "stopping", "dead"])
    }

    @Test("R7 E1 Who reports its start is starting until it has; who is up at once never is")
    func starting() async throws {
        let observer = StateRecorder()
        let gate = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("plain")
            ChildSpec.slow("slow", until: gate)
        }
        let tree = try await TestTree(launching: spec, observers: [observer])
        #expect(observer.states(of: "root") == ["starting"])
        #expect(observer.states(of: "root/plain") == ["healthy"])
        #expect(observer.states(of: "root/slow") == ["starting"])
        gate.open()
        try await tree.settle()
        #expect(observer.states(of: "root/slow") == ["starting", "healthy"])
        #expect(observer.states(of: "root") == ["starting", "healthy"])
        try await tree.terminate()
    }

    @Test("R7 A child whose old incarnation does not end is stuck, and dead when it does")
    func stuck() async throws {
        let observer = StateRecorder()
        let gate = Gate()
        let control = WorkerControl()
        let spec = SupervisorSpec("root", strategy: .oneForAll, backoff: .none) {
            ChildSpec("deaf", shutdown: .timeout(.seconds(1))) { context, notifyStart in
                notifyStart()
                if context.incarnationNumber == 1 {
                    await gate.waitIgnoringCancellation()
                } else {
                    await context.stopRequested()
                }
            }
            ChildSpec("trigger", controlledBy: control)
        }
        try await withTestTree(spec, observers: [observer]) { tree in
            control.fail(ScriptedFailure(1))
            try await tree.advance(by: .seconds(5))
            let first = ["starting", "healthy", "stopping", "dead", "stuck"]
            #expect(observer.states(of: "root/deaf") == first)
            gate.open()
            try await tree.settle()
            #expect(observer.states(of: "root/deaf") == first + ["dead", "starting", "healthy"])
        }
    }

    @Test("MON-4 Every observer gets every notification, in the order of registration")
    func order() async throws {
        let told = Log<String>()
        let names = ["first", "second", "third"]
        let spec = SupervisorSpec("root") {
            SupervisorSpec("sub") { ChildSpec.idle("a") }
                .observing(NamedObserver(name: "sub", told: told))
        }.observing(NamedObserver(name: "root", told: told))
        let observers = names.map { NamedObserver(name: $0, told: told) }
        try await withTestTree(spec, observers: observers) { _ in }
        let ofChild = told.all.filter { $0.hasSuffix("root/sub/a healthy") }
        #expect(ofChild == (names + ["root", "sub"]).map { "\($0): root/sub/a healthy" })
        let perObserver = Dictionary(grouping: told.all, by: { String($0.prefix { $0 != ":" }) })
        #expect(perObserver["first"]?.count == 11)
        #expect(perObserver["third"]?.count == 11)
        #expect(perObserver["root"]?.count == 11)
        #expect(perObserver["sub"]?.count == 7)
    }

    @Test("MON-4 An observer of a supervisor that a resource step lists is told as long as that lives")
    func ofResource() async throws {
        let told = Log<String>()
        let control = WorkerControl()
        let spec = SupervisorSpec("root") {
            SupervisorSpec("pool", tolerance: .none, acquire: { 1 }, release: { _ in }) { _ in
                SupervisorSpec("inner") { ChildSpec.idle("a") }
                    .observing(NamedObserver(name: "inner", told: told))
                ChildSpec("b", controlledBy: control)
            }
        }
        try await withTestTree(spec) { tree in
            control.fail(ScriptedFailure(1))
            try await tree.settle()
            #expect(tree["root/pool"]?.restarts == 1)
        }
        let ofChild = told.all.filter { $0.contains("root/pool/inner/a") }
        let once = ["healthy", "stopping", "canceled"].map { "inner: root/pool/inner/a \($0)" }
        #expect(ofChild == once + once)
    }

    @Test("MON-104 Notifications are in order, and never concurrent")
    func neverConcurrent() async throws {
        let observer = OverlapDetector()
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            for index in 0..<20 {
                ChildSpec.failing("flaky \(index)", times: 50)
            }
        }
        let recorder = EventRecorder()
        let tree = try await Supervisor.start(spec, subscribers: [recorder], observers: [observer])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<500 { tree.tellObservers() }
                }
            }
        }
        try await recorder.wait { events in
            events.count { $0.kind == .started && $0.restarts == 50 } == 20
        }
        try await tree.terminate()
        _ = try await recorder.finish()
        try await observer.ended.wait()
        #expect(observer.overlaps == 0)
        #expect(observer.numbers == Array(1...UInt64(observer.numbers.count)))
    }

    @Test("MON-104 R7 S2 A body that signals before its start has returned was new before, also in real time")
    func newBeforeHealthy() async throws {
        let runs = 500 as UInt64
        // So that the loop's thread starts it, and another one runs it.
        let shortly = RestartBackoff(immediate: 0, initial: .microseconds(1), maximum: .microseconds(1), jitter: 0)
        let observer = StateRecorder()
        let recorder = EventRecorder()
        let tree = try await Supervisor.start("root", subscribers: [recorder], observers: [observer]) { context in
            try context.run("a", backoff: shortly) { context in
                try context.signal(.healthy)
                if context.incarnationNumber < runs { throw ScriptedFailure() }
                await context.stopRequested()
            }
            try context.signal(.healthy)
            await context.stopRequested()
        }
        try await recorder.wait { events in
            events.contains { $0.path == "root/a" && $0.kind == .healthy && $0.incarnation == runs }
        }
        tree.tellObservers()
        #expect(observer.states(of: "root") == ["new", "healthy"])
        let states = observer.states(of: "root/a").filter { $0 != "waiting" }
        #expect(states == Array(repeating: ["new", "healthy", "dead"], count: Int(runs)).flatMap(\.self).dropLast())
        // Nothing of a node comes before its own start.
        #expect(observer.changes.first?.path == "root")
        try await tree.terminate()
    }

    @Test("R2 Observers have been told when a call that tells them returns")
    func toldAtReturn() async throws {
        let observer = StateRecorder()
        let spec = SupervisorSpec("root") {
            for index in 0..<100 { ChildSpec.idle("\(index)") }
        }
        let tree = try await Supervisor.start(spec, observers: [observer])
        tree.tellObservers()
        #expect(observer.changes.count == 102)
        tree.requestStop()
        tree.tellObservers()
        #expect(observer.states(of: "root").suffix(1) != ["healthy"])
        try await tree.terminate()
        tree.tellObservers()
        #expect(observer.states(of: "root") == ["starting", "healthy", "stopping", "canceled"])
        #expect(observer.endings == ["root"])
    }

    @Test("R2 An observer that calls into the library is not told in the middle of what it is being told")
    func reentrant() async throws {
        let observer = ReentrantObserver()
        let tree = try await Supervisor.start(
            SupervisorSpec("root") { ChildSpec.idle("a") },
            observers: [observer]
        )
        observer.tree.withLock { $0 = tree }
        tree.tellObservers()
        observer.isArmed.withLock { $0 = true }
        tree.requestStop()
        try await tree.terminate()
        tree.tellObservers()
        #expect(observer.depths == Array(repeating: 1, count: observer.depths.count))
        #expect(observer.seen.suffix(2) == ["root/a canceled", "root canceled"])
    }

    @Test("E3 What an observer lost is told in its place, and what it is told next fits what it was told last")
    func losses() async throws {
        let observer = StateRecorder(eventBuffer: 16)
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec.failing("flaky", times: 100)
        }
        // Observers are told when all workers wait, which is after the last failure.
        try await withTestTree(spec, observers: [observer]) { tree in
            #expect(tree["root/flaky"]?.restarts == 100)
            #expect(observer.lost > 0)
            #expect(observer.lost + UInt64(observer.eventCount) == observer.lastNumber)
        }
        #expect(observer.states(of: "root").suffix(2) == ["stopping", "canceled"])
        var last: [String: StateChange.State] = [:]
        for change in observer.changes {
            #expect(change.previous == last[change.path])
            last[change.path] = change.state
        }
    }

    @Test("D4 A node that is no more is told, and not kept")
    func vanished() async throws {
        let observer = StateRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec("once", restart: .temporary) {}
            ChildSpec("stays", restart: .transient) {}
            ChildSpec.idle("idle")
        }
        try await withTestTree(spec, observers: [observer]) { tree in
            #expect(observer.removed == ["root/once"])
            #expect(observer.states(of: "root/stays") == ["healthy", "done"])
            try await tree.terminate()
            #expect(observer.removed == ["root/once"])
            #expect(observer.endings == ["root"])
        }
    }

    @Test("D1 A child that is added is not in the spec; a supervisor's own observers are told, if it is accepted")
    func added() async throws {
        let observer = StateRecorder()
        let told = Log<String>()
        let own = SupervisorSpec("sub") { ChildSpec.idle("a") }.observing(NamedObserver(name: "own", told: told))
        let tree = try await Supervisor.start(SupervisorSpec("root") { ChildSpec.idle("a") }, observers: [observer])
        let sub = try await tree.startChild(own)
        // Refused: it is there. Its observer is told nothing.
        let refused = SupervisorSpec("sub") {}.observing(NamedObserver(name: "refused", told: told))
        _ = try await failure { _ = try await tree.startChild(refused) }
        tree.tellObservers()
        #expect(told.all == ["own: root/sub starting", "own: root/sub/a healthy", "own: root/sub healthy"])
        let inSpec = observer.changes.filter { $0.state == .healthy }.map { "\($0.path) \($0.isInSpec)" }
        #expect(inSpec == ["root/a true", "root true", "root/sub/a false", "root/sub false"])

        try await sub.delete()
        tree.tellObservers()
        #expect(Set(observer.removed) == ["root/sub", "root/sub/a"])
        let second = SupervisorSpec("sub") {}.observing(NamedObserver(name: "second", told: told))
        _ = try await tree.startChild(second)
        tree.tellObservers()
        let last = ["own: root/sub canceled", "second: root/sub starting", "second: root/sub healthy"]
        #expect(told.all.suffix(3) == last)
        try await tree.terminate()
    }

    /// A log that has lost nothing.
    private final class NoLog: LogLossSource {
        var identity: ObjectIdentifier { ObjectIdentifier(self) }
        func losses() -> LogLosses { LogLosses() }
    }

    /// Keeps what it was told that it observes, and whether that came first.
    private final class Asker: StateObserver {
        let trees = Mutex<[ObservedTree]>([])
        let early = Mutex<[String]>([])

        func observationBegan(of tree: ObservedTree) { trees.withLock { $0.append(tree) } }
        func stateChanged(_ change: StateChange) {
            let isKnown = trees.withLock { $0.contains { $0.path.map { change.path.hasPrefix($0) } ?? true } }
            if !isKnown { early.withLock { $0.append(change.path) } }
        }
    }

    @Test("R7 Observers are told first what they observe: the runtime and the logs, until that has ended")
    func observed() async throws {
        let (whole, part, added) = (Asker(), Asker(), Asker())
        let (log, other) = (NoLog(), NoLog())
        let spec = SupervisorSpec("root") {
            SupervisorSpec("a") { ChildSpec.idle("x") }.observing(part)
            SupervisorSpec("b") { ChildSpec.idle("x") }.providing(LogLossKey.self, log)
        }
        let runtime = try SupervisorRuntime()
        let tree = try await Supervisor.start(spec.providing(LogLossKey.self, log), observers: [whole], on: runtime)
        let own = SupervisorSpec("c") { ChildSpec.idle("x") }.observing(added).providing(LogLossKey.self, other)
        let child = try await tree.startChild(own)

        let asked = try #require(whole.trees.withLock { $0.first })
        #expect(asked.path == nil && asked.runtime === runtime && !asked.hasEnded)
        #expect(asked.logs.map(\.identity) == [log.identity, other.identity])
        #expect(part.trees.withLock { $0.map(\.path) } == ["root/a"])
        let ofAdded = try #require(added.trees.withLock { $0.first })
        #expect(ofAdded.path == "root/c" && ofAdded.runtime === runtime)

        try await child.delete()
        tree.tellObservers()
        #expect(ofAdded.hasEnded)
        #expect(!asked.hasEnded)
        try await tree.terminate()
        tree.tellObservers()
        #expect(asked.hasEnded && asked.runtime == nil && asked.logs.isEmpty)
        for observer in [whole, part, added] { #expect(observer.early.withLock { $0 } == []) }
        #expect(whole.trees.withLock { $0.count } == 1)
    }

    @Test("E3 The observers of a tree that has ended are let go")
    func letGo() async throws {
        let isGone = Gate()
        let spec = SupervisorSpec("root") { ChildSpec.failingToStart("bad") }
        _ = try await failure { _ = try await Supervisor.start(spec, observers: [FleetingObserver(isGone)]) }
        try await isGone.wait()
    }
}

// MARK: Observers

private final class StateRecorder: StateObserver {
    private struct State {
        var changes: [StateChange] = []
        var removed: [String] = []
        var endings: [String] = []
        var lost: UInt64 = 0
        var eventCount = 0
        var lastNumber: UInt64 = 0
    }

    let eventBuffer: Int
    let ended = Gate()
    private let state = Mutex(State())

    init(eventBuffer: Int = 1_024) {
        self.eventBuffer = eventBuffer
    }

    var changes: [StateChange] { state.withLock { $0.changes } }
    var removed: [String] { state.withLock { $0.removed } }
    var endings: [String] { state.withLock { $0.endings } }
    var lost: UInt64 { state.withLock { $0.lost } }
    var eventCount: Int { state.withLock { $0.eventCount } }
    var lastNumber: UInt64 { state.withLock { $0.lastNumber } }

    func states(of path: String) -> [String] {
        changes.filter { $0.path == path }.map(\.state.description)
    }

    func stateChanged(_ change: StateChange) { state.withLock { $0.changes.append(change) } }

    func eventHappened(_ event: Supervisor.Event) {
        state.withLock { state in
            state.eventCount += 1
            state.lastNumber = event.number
        }
    }

    func eventsLost(count: UInt64, upTo number: UInt64) { state.withLock { $0.lost += count } }
    func nodeRemoved(_ path: String) { state.withLock { $0.removed.append(path) } }

    func treeEnded(_ event: Supervisor.Event) {
        state.withLock { $0.endings.append(event.path) }
        ended.open()
    }
}

private struct NamedObserver: StateObserver {
    let name: String
    let told: Log<String>

    func stateChanged(_ change: StateChange) {
        told.append("\(name): \(change.path) \(change.state)")
    }
}

private final class OverlapDetector: StateObserver {
    private struct State {
        var inside = 0
        var overlaps = 0
        var numbers: [UInt64] = []
    }

    let eventBuffer = 65_536
    let ended = Gate()
    private let state = Mutex(State())

    var overlaps: Int { state.withLock { $0.overlaps } }
    var numbers: [UInt64] { state.withLock { $0.numbers } }

    func stateChanged(_ change: StateChange) {}

    func eventHappened(_ event: Supervisor.Event) {
        state.withLock { state in
            state.inside += 1
            if state.inside > 1 { state.overlaps += 1 }
        }
        state.withLock { state in
            state.numbers.append(event.number)
            state.inside -= 1
        }
    }

    func treeEnded(_ event: Supervisor.Event) { ended.open() }
}

/// One that asks that observers be told, and for a stop, while it is being told.
private final class ReentrantObserver: StateObserver {
    private struct State {
        var depth = 0
        var depths: [Int] = []
        var seen: [String] = []
    }

    let tree = Mutex<Supervisor?>(nil)
    let isArmed = Mutex(false)
    private let state = Mutex(State())

    var depths: [Int] { state.withLock { $0.depths } }
    var seen: [String] { state.withLock { $0.seen } }

    func stateChanged(_ change: StateChange) {
        state.withLock { state in
            state.depth += 1
            state.depths.append(state.depth)
            state.seen.append("\(change.path) \(change.state)")
        }
        if isArmed.withLock({ $0 }), let tree = tree.withLock({ $0 }) {
            tree.requestStop()
            tree.tellObservers()
            _ = tree.snapshot()
        }
        state.withLock { $0.depth -= 1 }
    }
}

/// One that tells when it is gone.
private final class FleetingObserver: StateObserver {
    private let isGone: Gate

    init(_ isGone: Gate) {
        self.isGone = isGone
    }

    deinit { isGone.open() }

    func stateChanged(_ change: StateChange) {}
}
