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

@Suite("A tree on manual time", .timeLimit(.minutes(2)))
struct TestTreeTests {
    @Test("Y8 A backoff of 30 s takes no time")
    func backoff() async throws {
        let slow = RestartBackoff(immediate: 0, initial: .seconds(30), maximum: .seconds(30), jitter: 0)
        let spec = SupervisorSpec("root") { ChildSpec.failing("flaky", times: 1, backoff: slow) }
        try await withTestTree(spec) { tree in
            #expect(tree["root/flaky"]?.state == .waiting)
            #expect(tree.timeToNextDeadline == .seconds(30))
            try await tree.advance(by: .milliseconds(29_999))
            #expect(tree["root/flaky"]?.state == .waiting)
            try await tree.advance(by: .milliseconds(1))
            #expect(tree["root/flaky"]?.state == .running)
            #expect(tree["root/flaky"]?.restarts == 1)
            #expect(tree.elapsed == .seconds(30))
            #expect(tree.timeToNextDeadline == nil)
            try await tree.terminate()
            tree.recorder.expect(
                exactly: .started("root/flaky"),
                .started("root"),
                .failed("root/flaky"),
                .started("root/flaky"),
                .terminated("root/flaky"),
                .terminated("root")
            )
        }
    }

    @Test("Y8 Several tasks may move time on at once: each comes at least as far as it wanted")
    func movedBySeveral() async throws {
        for _ in 0..<200 {
            try await withTestTree(SupervisorSpec("root") { ChildSpec.failing("a", times: 2, after: .seconds(2)) }) {
                tree in
                async let one: Void = tree.advance(by: .seconds(1))
                async let five: Void = tree.advance(by: .seconds(5))
                _ = try await (one, five)
                #expect(tree.elapsed >= .seconds(5))
            }
        }
    }

    @Test("The example of the documentation")
    func example() async throws {
        let cache = WorkerControl()
        let spec = SupervisorSpec("shop") {
            ChildSpec("cache", controlledBy: cache)
            ChildSpec.idle("web")
        }
        try await withTestTree(spec) { tree in
            cache.fail()
            try await tree.settle()
            tree.recorder.expect(inOrder: .failed("shop/cache"), .started("shop/cache"))
            tree.recorder.expect(never: .failed("shop/web"))
        }
    }

    @Test("Y8 Time goes from deadline to deadline, and what workers do at one comes before the next")
    func order() async throws {
        let log = Mutex<[String]>([])
        @Sendable func note(_ text: String) { log.withLock { $0.append(text) } }
        let spec = SupervisorSpec("root") {
            for (name, seconds) in [("a", 3), ("b", 1), ("c", 2), ("d", 1)] {
                ChildSpec(name, restart: .temporary) { context in
                    let began = context.now
                    try await context.sleep(for: .seconds(seconds))
                    note("\(name) \(began.duration(to: context.now))")
                    await Task.yield()
                    async let child = "\(name) child"
                    note(await child)
                }
            }
        }
        try await withTestTree(spec) { tree in
            #expect(log.withLock { $0 } == [])
            try await tree.advance(by: .seconds(1))
            #expect(log.withLock { $0 } == ["b 1.0 seconds", "b child", "d 1.0 seconds", "d child"])
            try await tree.advance(by: .seconds(9))
            #expect(log.withLock { Array($0[4...]) } == ["c 2.0 seconds", "c child", "a 3.0 seconds", "a child"])
        }
    }

    @Test("Y8 The start may need time, which it is given only if told")
    func start() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec.acknowledging("late", after: .seconds(3))
            ChildSpec.idle("next")
        }
        try await withTestTree(spec, startingWithin: .seconds(5)) { tree in
            #expect(tree.elapsed == .seconds(3))
            #expect(tree["root/next"]?.state == .running)
        }
        let tree = try await TestTree(launching: spec)
        #expect(tree.state == .starting)
        #expect(tree["root/late"]?.state == .starting)
        #expect(tree["root/next"]?.state == .new)
        #expect(tree.startResult == nil)
        try await tree.advance(by: .seconds(3))
        #expect(tree.state == .running)
        try #require(tree.startResult).get()
        try await tree.terminate()
        #expect(tree.state == .ended)
    }

    @Test("S4 Y8 A start timeout")
    func startTimeout() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec.neverAcknowledging("hung", startTimeout: .seconds(30))
        }
        let tree = try await TestTree(launching: spec)
        try await tree.advance(by: .milliseconds(29_999))
        #expect(tree.startResult == nil)
        try await tree.advance(by: .milliseconds(1))
        let error = #expect(throws: SupervisorError.self) { try #require(tree.startResult).get() }
        #expect(error?.explain.contains("root/hung") == true)
        await #expect(throws: SupervisorError.self) {
            try await withTestTree(spec, startingWithin: .seconds(60)) { _ in }
        }
    }

    @Test("Y8 Stopping takes the time that it needs, and tells who did not end")
    func terminate() async throws {
        let gate = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec.ignoringCancellation("deaf", until: gate, shutdown: .timeout(.seconds(7)))
            ChildSpec.idle("good")
        }
        try await withTestTree(spec) { tree in
            let error = await #expect(throws: SupervisorError.self) { try await tree.terminate() }
            #expect(error?.explain.contains("root/deaf") == true)
            #expect(tree.elapsed == .seconds(7))
            tree.recorder.expect(
                inOrder: .terminated("root/good"),
                .terminationFailed("root/deaf"),
                .terminationFailed("root")
            )
        }
        gate.open()
    }

    @Test("Y8 Waiting for the end moves time on until it comes")
    func waitForTheEnd() async throws {
        let spec = SupervisorSpec("root", tolerance: .failures(3, within: .seconds(60)), backoff: .none) {
            ChildSpec.failing("flaky", after: .seconds(10))
        }
        try await withTestTree(spec) { tree in
            let error = await #expect(throws: SupervisorError.self) { try await tree.wait() }
            #expect(error?.code == .toleranceExceeded)
            #expect(tree.elapsed == .seconds(40))
            #expect(tree.recorder.hasEnded)
        }
    }

    @Test("Y8 A tree that nothing can end is told, with what it looks like")
    func neverEnds() async throws {
        let gate = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec.ignoringCancellation("deaf", until: gate, shutdown: .indefinitely)
        }
        let tree = try await TestTree(launching: spec)
        let error = await #expect(throws: TestTreeError.self) { try await tree.terminate() }
        #expect(error?.description.contains("deaf  stopping") == true, "\(error?.description ?? "")")
        gate.open()
        try await tree.wait()
    }

    @Test("Y8 Time moves on until an event, or tells that it cannot come")
    func advanceUntil() async throws {
        let slow = RestartBackoff(immediate: 0, initial: .seconds(30), maximum: .seconds(30), jitter: 0)
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: slow) { ChildSpec.failing("flaky", times: 3) }
        try await withTestTree(spec) { tree in
            let first = try await tree.advance(until: .started("root/flaky") && .restarts(1))
            #expect(first.incarnation == 2)
            #expect(tree.elapsed == .seconds(30))
            try await tree.advance(until: .started("root/flaky") && .restarts(3))
            #expect(tree.elapsed == .seconds(90))
            let error = await #expect(throws: TestTreeError.self) {
                try await tree.advance(until: .completed("root/flaky"))
            }
            #expect(error?.description.contains("completed root/flaky") == true)
        }
    }

    @Test("Y8 What comes from outside is waited for in real time, and the error names what is missing")
    func outside() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec("outside", restart: .temporary) { await Task.detached { await Task.yield() }.value }
            ChildSpec("program", restart: .temporary, command: ProcessCommand("true"))
            ChildSpec.idle("idle")
        }
        try await withTestTree(spec) { tree in
            try await tree.wait(for: .completed("root/outside"))
            try await tree.wait(for: .completed("root/program"))
            #expect(tree.elapsed == .zero)
            let error = await #expect(throws: MissingEventError.self) {
                try await tree.wait(for: .completed("root/idle"), within: .milliseconds(20))
            }
            let text = error?.description ?? ""
            #expect(text.contains("missing: completed root/idle"), "\(text)")
            #expect(text.contains("started"), "\(text)")
        }
    }

    @Test("Y8 Subscribers have been given everything when the tree is idle")
    func subscribers() async throws {
        let count = Mutex(0)
        let handler = EventHandler { _ in
            await Task.yield()
            count.withLock { $0 += 1 }
        }
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec.failing("flaky", times: 200)
        }
        for _ in 0..<5 {
            count.withLock { $0 = 0 }
            try await withTestTree(spec, subscribers: [handler]) { tree in
                #expect(count.withLock { $0 } == tree.recorder.events.count)
                try await tree.terminate()
                #expect(count.withLock { $0 } == tree.recorder.events.count)
                #expect(tree.recorder.hasEnded)
            }
        }
    }

    @Test("Y8 The same seed gives the same times")
    func seed() async throws {
        func delays(_ seed: UInt64) async throws -> [Duration] {
            let spec = SupervisorSpec("root", tolerance: .unlimited) { ChildSpec.failing("flaky", times: 8) }
            return try await withTestTree(spec, seed: seed) { tree in
                try await tree.advance(by: .seconds(60))
                return tree.recorder.events(after: .start, matching: .restartScheduled()).compactMap(\.delay)
            }
        }
        let first = try await delays(7)
        #expect(first.count == 8)
        #expect(try await delays(7) == first)
        #expect(try await delays(8) != first)
    }

    @Test("Y8 A thousand workers: idle means that all of them are")
    func many() async throws {
        let spec = SupervisorSpec("root") {
            for number in 0..<1_000 {
                ChildSpec("w\(number)") { context, notifyStart in
                    notifyStart()
                    try await context.sleep(for: .seconds(3_600))
                }
            }
        }
        for _ in 0..<3 {
            try await withTestTree(spec) { tree in
                #expect(tree.timeToNextDeadline == .seconds(3_600))
                tree.supervisor.requestStop()
                try await tree.settle()
                #expect(tree.state == .ended)
                #expect(tree.recorder.events(after: .start, matching: .terminated()).count == 1_001)
            }
        }
    }

    @Test("Y8 Equal deadlines come in the order in which they were armed, those of the tree and ends of sleeps alike")
    func equalDeadlines() async throws {
        // Which of the two arms first: the worker that sleeps, or the tree, which waits to restart another.
        for sleepsFirst in [true, false] {
            let fail = Gate()
            let begin = Gate()
            let order = Events()
            let spec = SupervisorSpec("root", tolerance: .unlimited) {
                ChildSpec("restarted", backoff: RestartBackoff(immediate: 0, initial: .seconds(1), jitter: 0)) {
                    context in
                    guard context.incarnationNumber > 1 else {
                        await fail.waitIgnoringCancellation()
                        throw ScriptedFailure()
                    }
                    order.add("restarted")
                    await context.stopRequested()
                }
                ChildSpec("sleeper") { context in
                    await begin.waitIgnoringCancellation()
                    try await context.sleep(for: .seconds(1))
                    order.add("woken")
                    await context.stopRequested()
                }
            }
            try await withTestTree(spec) { tree in
                for sleeps in [sleepsFirst, !sleepsFirst] {
                    (sleeps ? begin : fail).open()
                    try await tree.settle()
                }
                try await tree.advance(by: .seconds(1))
                let expected = sleepsFirst ? ["woken", "restarted"] : ["restarted", "woken"]
                #expect(order.all == expected)
            }
        }
    }
}

extension EventCriteria {
    fileprivate static func restarts(_ count: UInt64) -> EventCriteria {
        EventCriteria("after \(count) restarts") { $0.restarts == count }
    }
}

private final class Events: Sendable {
    private let list = Mutex<[String]>([])

    var all: [String] { list.withLock { $0 } }

    func add(_ text: String) {
        list.withLock { $0.append(text) }
    }
}
