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

import CoreMetrics
import Logging
import MetricsTestKit
import Supervision
import SupervisionLogging
import SupervisionMetrics
import SupervisionTesting
import Synchronization
import Testing

@Suite("What no event tells", .timeLimit(.minutes(2)))
struct SamplingTests {
    private static let losses = "supervision_log_entries_lost_total"

    private func smallLog(_ count: Int = 4) -> LogTree {
        var limits = LogTree.Limits()
        limits.entriesPerNode = count
        return LogTree(limits: limits)
    }

    /// A worker that writes so many messages at its start and whenever it is told to.
    private func chatty(_ name: String, _ count: Int, again gate: Gate? = nil) -> ChildSpec {
        ChildSpec(name) { context in
            for index in 0..<count { context.logger.info("\(index)") }
            await gate?.waitIgnoringCancellation()
            if gate != nil { for index in 0..<count { context.logger.info("again \(index)") } }
            await context.stopRequested()
        }
    }

    @Test("E3 What the log of a tree loses is in the text by itself, at the node that wrote it")
    func lossesInText() async throws {
        let registry = PrometheusRegistry()
        let gate = Gate()
        let spec = SupervisorSpec("root") {
            chatty("loud", 10, again: gate)
            chatty("quiet", 4)
            ChildSpec("parts") { context in
                let logger = try context.subLogger("resolver")
                for index in 0..<7 { logger.info("\(index)") }
                await context.stopRequested()
            }
        }
        let logged = spec.logging(to: smallLog(), events: false)
        try await withTestTree(logged, observers: [MetricsObserver(factory: registry)]) { tree in
            try await registry.expect(losses: ["root/loud": "6.0", "root/parts": "3.0"])
            gate.open()
            try await tree.settle()
            try await registry.expect(losses: ["root/loud": "16.0", "root/parts": "3.0"])
            try await registry.expect(losses: ["root/loud": "16.0", "root/parts": "3.0"])
        }
    }

    @Test("E3 So it is in a tree that grows from inside, and in a part with a log of its own that is added")
    func lossesOfParts() async throws {
        let registry = PrometheusRegistry()
        let (log, own, written) = (smallLog(), smallLog(2), Gate())
        let observer = MetricsObserver(factory: registry)
        let tree = try await Supervisor.start("root", loggingTo: log, events: false, observers: [observer]) { context in
            for index in 0..<5 { context.logger.info("\(index)") }
            let part = SupervisorSpec("part") {
                ChildSpec("loud") { context in
                    for index in 0..<6 { context.logger.info("\(index)") }
                    written.open()
                    await context.stopRequested()
                }
            }
            try context.run(part.logging(to: own, events: false))
            try context.signal(.healthy)
            await context.stopRequested()
        }
        try await written.wait()
        tree.tellObservers()
        try await registry.expect(losses: ["root": "1.0", "root/*": "4.0"])
        try await tree.terminate()
    }

    @Test("E3 What a log had lost before, or loses of what nobody knows, is not taken for the tree's")
    func lossesOfOthers() async throws {
        let registry = PrometheusRegistry()
        let observer = MetricsObserver(factory: registry)
        let (log, other, unrelated) = (smallLog(), smallLog(), smallLog())
        for log in [log, other, unrelated] {
            for index in 0..<6 { log.node(try LogPath("root/a")).log(.info, "\(index)") }
        }
        observer.countLosses(of: other)
        let spec = SupervisorSpec("root") { ChildSpec.idle("a") }
        try await withTestTree(spec.logging(to: log, events: false), observers: [observer]) { _ in
            try await registry.expect(losses: [:])
            for (log, count) in [(log, 1), (other, 2), (unrelated, 3)] {
                for index in 0..<count { log.node(try LogPath("root/a")).log(.info, "\(index)") }
            }
            for index in 0..<6 { other.node(try LogPath("main")).log(.info, "\(index)") }
            try await registry.expect(losses: ["root/a": "3.0", "*": "2.0"])
        }
    }

    @Test("E3 An observer of a part counts what that loses")
    func lossesOfSubtree() async throws {
        let registry = PrometheusRegistry()
        let spec = SupervisorSpec("root") {
            chatty("loud", 10)
            SupervisorSpec("part") { chatty("loud", 7) }.observing(MetricsObserver(factory: registry))
        }
        try await withTestTree(spec.logging(to: smallLog(), events: false)) { _ in
            try await registry.expect(losses: ["root/part/loud": "3.0"])
        }
    }

    @Test("E3 What those who follow a log have missed is counted, also when they follow no more")
    func missed() async throws {
        let registry = PrometheusRegistry()
        let observer = MetricsObserver(factory: registry)
        let log = LogTree()
        observer.countLosses(of: log)
        let node = log.node(try LogPath("root"))
        let reading = try log.follow(buffer: 2)
        for index in 0..<5 { node.log(.info, "\(index)") }
        #expect(reading.stream.missed == 3)
        #expect(log.losses() == LogLosses(missed: 3))
        let other = try log.follow(buffer: 1)
        for index in 0..<3 { node.log(.info, "\(index)") }
        let name = "supervision_log_entries_missed_total"
        let before = try await Exposition.parse(registry.text()).filter { $0.name == name }.map(\.value)
        #expect(before == ["8.0"])
        reading.stream.close()
        other.stream.close()
        other.stream.close()
        node.log(.info, "nobody follows")
        #expect(log.losses().missed == 8)
        let after = try await Exposition.parse(registry.text()).filter { $0.name == name }.map(\.value)
        #expect(after == ["8.0"])
    }

    @Test("E3 Losses of nodes that the log has forgotten are not lost to those who count")
    func forgotten() async throws {
        var limits = LogTree.Limits()
        limits.bytes = 40_000
        let log = LogTree(limits: limits)
        let registry = PrometheusRegistry()
        let observer = MetricsObserver(factory: registry)
        observer.countLosses(of: log)
        for index in 0..<400 { try log.node("gone \(index)").log(.info, String(repeating: "x", count: 100)) }
        // More may be forgotten between one look and the next.
        let before = try await registry.losses()
        let kept = Double(try log.backlog(.all, .all).count)
        let after = try await registry.losses()
        let (least, most) = (before["*"].flatMap { Double($0) }, after["*"].flatMap { Double($0) })
        #expect(try #require(least) > 0)
        #expect(try #require(least) + kept <= 400)
        #expect(try #require(most) + kept >= 400)
    }

    @Test("E3 On manual time it is looked up with the events, for backends that do not ask")
    func withEvents() async throws {
        let metrics = TestMetrics()
        let control = WorkerControl()
        let spec = SupervisorSpec("root", backoff: RestartBackoff(immediate: 0, initial: .seconds(1), jitter: 0)) {
            chatty("loud", 10)
            ChildSpec("other", controlledBy: control)
        }
        let observer = MetricsObserver(factory: metrics)
        try await withTestTree(spec.logging(to: smallLog(), events: false), observers: [observer]) { tree in
            try await tree.advance(by: .seconds(10))
            control.fail()
            try await tree.advance(by: .seconds(10))
            #expect(metrics.counterTotal(label: Self.losses, dimensions: [("node", "root/loud")]) == 6)
            // Nothing is due for the sake of metrics.
            #expect(tree.timeToNextDeadline == nil)
        }
    }

    /// What opens a gate with the first loss that it is told.
    private final class Backend: MetricsFactory {
        let other = TestMetrics()
        let told = Gate()

        private final class Counting: CounterHandler {
            let told: Gate
            init(told: Gate) { self.told = told }
            func increment(by: Int64) { told.open() }
            func reset() {}
        }

        func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
            guard label == SamplingTests.losses else { return other.makeCounter(label: label, dimensions: dimensions) }
            return Counting(told: told)
        }

        func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
            other.makeMeter(label: label, dimensions: dimensions)
        }

        func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
            other.makeRecorder(label: label, dimensions: dimensions, aggregate: aggregate)
        }

        func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
            other.makeTimer(label: label, dimensions: dimensions)
        }

        func destroyCounter(_ handler: any CounterHandler) {}
        func destroyMeter(_ handler: any MeterHandler) { other.destroyMeter(handler) }
        func destroyRecorder(_ handler: any RecorderHandler) {}
        func destroyTimer(_ handler: any TimerHandler) { other.destroyTimer(handler) }
    }

    @Test("E3 In real time it is looked up every now and then, though nothing happens")
    func regularly() async throws {
        let backend = Backend()
        var options = MetricsObserver.Options()
        options.samplingInterval = .milliseconds(1)
        let log = smallLog()
        let observer = MetricsObserver(factory: backend, options: options)
        let spec = SupervisorSpec("root") { ChildSpec.idle("a") }
        let tree = try await Supervisor.start(spec.logging(to: log, events: false), observers: [observer])
        for index in 0..<5 { log.node(try LogPath("root/a")).log(.info, "\(index)") }
        try await backend.told.wait()
        try await tree.terminate()
    }

    @Test("W2 A loop that was late is counted by itself, with its lag")
    func lag() async throws {
        let metrics = TestMetrics()
        let registry = PrometheusRegistry()
        let recorder = EventRecorder()
        let (blocked, gate) = (Gate(), ThreadGate())
        // Tells the time of a line of output on the thread of the loop, which it holds up.
        let log = LogTree {
            blocked.open()
            gate.wait()
            return LogTime(nanoseconds: 0)
        }
        let backoff = RestartBackoff(immediate: 0, initial: .milliseconds(50), jitter: 0)
        let command = ProcessCommand("sh", "-c", "echo held; exec sleep 60", output: .log(to: log))
        let control = WorkerControl()
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: backoff) {
            ChildSpec("process", command: command)
            ChildSpec("flaky", controlledBy: control)
        }
        let observers = [MetricsObserver(factory: metrics), MetricsObserver(factory: registry)]
        let runtime = try SupervisorRuntime()
        let tree = try await Supervisor.start(spec, subscribers: [recorder], observers: observers, on: runtime)
        try await blocked.wait()
        control.fail()
        // The loop wakes readers, too, so that there is no event to be waited for.
        while let node = tree.snapshot()["root/flaky"], node.state != .waiting && node.restarts == 0 {
            await Task.yield()
        }
        // As late as it has to be: time is what this is about.
        try await Task.sleep(for: .milliseconds(300))
        gate.open()
        await recorder.expect(eventually: .kind(.loopLate))
        tree.tellObservers()
        #expect(metrics.counterTotal(label: "supervision_loop_late_total") >= 1)
        let largest = try #require(try metrics.expectMeter("supervision_loop_lag_max_seconds").values.last)
        #expect(largest >= 0.1)
        let samples = try await Exposition.parse(registry.text())
        let late = try #require(samples.first { $0.name == "supervision_loop_late_total" })
        #expect(try #require(Double(late.value)) >= 1)
        let maximum = try #require(samples.first { $0.name == "supervision_loop_lag_max_seconds" })
        #expect(try #require(Double(maximum.value)) >= 0.1)
        #expect(samples.contains { $0.name == "supervision_loop_lag_seconds" })
        try await tree.terminate()
    }

    @Test("W2 Trees that share a loop do not count its delays twice")
    func sharedLoop() async throws {
        let metrics = TestMetrics()
        let observer = MetricsObserver(factory: metrics)
        let runtime = try SupervisorRuntime()
        let first = SupervisorSpec("a") { ChildSpec.idle("x") }
        let second = SupervisorSpec("b") { ChildSpec.idle("x") }
        let before = runtime.lag.lateCount
        let trees = [
            try await Supervisor.start(first, observers: [observer], on: runtime),
            try await Supervisor.start(second, observers: [observer], on: runtime),
        ]
        observer.sample()
        let late = metrics.counterTotal(label: "supervision_loop_late_total")
        #expect(late <= runtime.lag.lateCount - before)
        let told = try metrics.expectMeter("supervision_loop_lag_max_seconds").values.last
        #expect(try #require(told) <= runtime.lag.maximum.inSeconds)
        for tree in trees { try await tree.terminate() }
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}

extension PrometheusRegistry {
    fileprivate func expect(losses: [String: String], at place: SourceLocation = #_sourceLocation) async throws {
        let told = try await self.losses()
        #expect(told == losses, sourceLocation: place)
    }

    /// What the text says that logs have lost, by node.
    fileprivate func losses() async throws -> [String: String] {
        let samples = try await Exposition.parse(text()).filter { $0.name == "supervision_log_entries_lost_total" }
        return Dictionary(uniqueKeysWithValues: samples.map { ($0.labels["node"] ?? "", $0.value) })
    }
}
