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
import MetricsTestKit
import Supervision
import SupervisionMetrics
import SupervisionTesting
import Synchronization
import Testing

@Suite("Metrics of trees", .timeLimit(.minutes(2)))
struct MetricsObserverTests {
    @Test("R7 Of the gauges of a node one is 1, that of its state")
    func gauges() async throws {
        let metrics = TestMetrics()
        let control = WorkerControl()
        let spec = SupervisorSpec("root", backoff: RestartBackoff(immediate: 0, initial: .seconds(4), jitter: 0)) {
            ChildSpec("a", controlledBy: control)
        }
        try await withTestTree(spec, observers: [MetricsObserver(factory: metrics)]) { tree in
            #expect(metrics.state(of: "root/a") == ["healthy": 1])
            control.fail()
            try await tree.settle()
            #expect(metrics.state(of: "root/a") == ["waiting": 1])
            #expect(metrics.state(of: "root") == ["healthy": 1])
            try await tree.advance(by: .seconds(4))
            #expect(metrics.state(of: "root/a") == ["healthy": 1])
            let all = metrics.meters(label: "supervision_node_state", dimensions: [("node", "root/a")])
            #expect(all.count == StateChange.State.all.count)
        }
    }

    @Test("N2 Of two nodes whose names look the same each is counted")
    func lookalikes() async throws {
        let metrics = TestMetrics()
        let control = WorkerControl()
        let spec = SupervisorSpec("root", backoff: RestartBackoff(immediate: 0, initial: .seconds(4), jitter: 0)) {
            ChildSpec("\u{e9}", controlledBy: control)
            ChildSpec.idle("e\u{301}")
        }
        try await withTestTree(spec, observers: [MetricsObserver(factory: metrics)]) { tree in
            control.fail()
            try await tree.settle()
            #expect(metrics.state(of: "root/\u{e9}") == ["healthy": 1, "waiting": 1])
        }
    }

    @Test("MON-102 The first report of a node is a transition from nowhere, the next ones are from what it was")
    func transitions() async throws {
        let metrics = TestMetrics()
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec.failing("a", times: 3)
        }
        try await withTestTree(spec, observers: [MetricsObserver(factory: metrics)]) { _ in
            let expected: [String: Int64] = [
                "none healthy": 1, "healthy dead": 3, "dead waiting": 3, "waiting healthy": 3,
            ]
            #expect(metrics.transitions(of: "root/a") == expected)
            #expect(metrics.transitions(of: "root") == ["none starting": 1, "starting healthy": 1])
            #expect(metrics.total("supervision_node_restarts_total", "root/a") == 3)
            #expect(metrics.total("supervision_node_restarts_total", "root") == 0)
        }
    }

    @Test("E1 Durations of starts and stops are those that the events tell")
    func durations() async throws {
        let metrics = TestMetrics()
        let control = WorkerControl()
        let spec = SupervisorSpec("root", strategy: .oneForAll, backoff: .none) {
            ChildSpec("slow", shutdown: .drain(.seconds(9))) { context, notifyStart in
                try await context.sleep(for: .seconds(2))
                notifyStart()
                await context.stopRequested()
                try await context.sleep(for: .seconds(3))
            }
            ChildSpec("trigger", controlledBy: control)
        }
        let observer = MetricsObserver(factory: metrics)
        try await withTestTree(spec, startingWithin: .seconds(2), observers: [observer]) { tree in
            control.fail()
            try await tree.advance(by: .seconds(10))
            let node = [("node", "root/slow")]
            let starts = try metrics.expectTimer("supervision_node_start_duration_seconds", node)
            #expect(starts.values == [2_000_000_000, 2_000_000_000])
            let stops = try metrics.expectTimer("supervision_node_stop_duration_seconds", node)
            #expect(stops.values == [3_000_000_000])
        }
    }

    @Test("I2 Stuck nodes and abandoned incarnations are counted, until they end")
    func stuck() async throws {
        let metrics = TestMetrics()
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
        try await withTestTree(spec, observers: [MetricsObserver(factory: metrics)]) { tree in
            #expect(try metrics.value("supervision_stuck_nodes") == 0)
            control.fail()
            try await tree.advance(by: .seconds(2))
            #expect(metrics.state(of: "root/deaf") == ["stuck": 1])
            #expect(try metrics.value("supervision_stuck_nodes") == 1)
            #expect(try metrics.value("supervision_abandoned_nodes") == 1)
            gate.open()
            try await tree.settle()
            #expect(metrics.state(of: "root/deaf") == ["healthy": 1])
            #expect(try metrics.value("supervision_stuck_nodes") == 0)
            #expect(try metrics.value("supervision_abandoned_nodes") == 0)
        }
    }

    @Test("I2 Abandoned incarnations of a tree that has ended are counted no longer")
    func abandonedWithTree() async throws {
        let metrics = TestMetrics()
        let gate = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec("deaf", shutdown: .timeout(.milliseconds(1))) { _, notifyStart in
                notifyStart()
                await gate.waitIgnoringCancellation()
            }
        }
        let tree = try await Supervisor.start(spec, observers: [MetricsObserver(factory: metrics)])
        await #expect(throws: SupervisorError.self) { try await tree.terminate() }
        tree.tellObservers()
        #expect(metrics.nodes().isEmpty)
        #expect(try metrics.value("supervision_abandoned_nodes") == 0)
        gate.open()
    }

    @Test("D4 Who labels nodes may call the observer")
    func labelsByCallingBack() async throws {
        let metrics = TestMetrics()
        let later = Mutex<MetricsObserver?>(nil)
        var options = MetricsObserver.Options()
        options.nodeLabels = .custom { change in
            later.withLock { $0 }?.logEntriesLost(1, of: change.path)
            return change.path
        }
        let observer = MetricsObserver(factory: metrics, options: options)
        later.withLock { $0 = observer }
        try await withTestTree(SupervisorSpec("root") { ChildSpec.idle("a") }, observers: [observer]) { _ in
            #expect(metrics.state(of: "root/a") == ["healthy": 1])
            // The root was known when its child was labelled.
            #expect(metrics.total("supervision_log_entries_lost_total", MetricsObserver.overflowLabel) == 1)
            #expect(metrics.total("supervision_log_entries_lost_total", "root") == 1)
        }
    }

    @Test("D4 The metrics of a node that is no more are destroyed, and those of a tree that has ended")
    func destroyed() async throws {
        let registry = PrometheusRegistry()
        let observer = MetricsObserver(factory: registry)
        let spec = SupervisorSpec("root") {
            ChildSpec.completing("once", restart: .temporary)
            ChildSpec.idle("a")
        }
        try await withTestTree(spec, observers: [observer]) { _ in
            let nodes = try await registry.nodes()
            #expect(nodes == ["root", "root/a"])
        }
        let nodes = try await registry.nodes()
        #expect(nodes == [])
        #expect(!registry.text().contains("node="))
        let names = Set(try await Exposition.parse(registry.text()).map(\.name))
        #expect(names.contains("supervision_stuck_nodes"))
    }

    @Test("D4 There are never more labels than the limit; the nodes beyond it share one")
    func limited() async throws {
        let metrics = TestMetrics()
        var options = MetricsObserver.Options()
        options.nodeLimit = 10
        let spec = SupervisorSpec("root") {
            for index in 0..<30 { ChildSpec.idle("\(index)") }
        }
        try await withTestTree(spec, observers: [MetricsObserver(factory: metrics, options: options)]) { _ in
            #expect(metrics.nodes().count == 11)
            #expect(metrics.state(of: "root/8") == ["healthy": 1])
            #expect(metrics.state(of: MetricsObserver.overflowLabel) == ["healthy": 21])
            #expect(metrics.transitions(of: MetricsObserver.overflowLabel) == ["none healthy": 21])
        }
        #expect(metrics.nodes() == [])
    }

    @Test("D4 Nodes can be given labels that they share")
    func shared() async throws {
        let metrics = TestMetrics()
        var options = MetricsObserver.Options()
        options.nodeLabels = .custom { $0.path.hasPrefix("root/worker") ? nil : $0.path }
        options.prefix = "shop"
        options.dimensions = [("host", "h1")]
        let control = WorkerControl()
        let spec = SupervisorSpec("root") {
            for index in 0..<5 { ChildSpec.idle("worker \(index)") }
            ChildSpec("worker x", controlledBy: control, restart: .temporary)
        }
        let observer = MetricsObserver(factory: metrics, options: options)
        try await withTestTree(spec, observers: [observer]) { tree in
            let dimensions = [("host", "h1"), ("node", "root/*"), ("state", "healthy")]
            #expect(try metrics.expectMeter("shop_node_state", dimensions).values.last == 6)
            control.complete()
            try await tree.settle()
            #expect(try metrics.expectMeter("shop_node_state", dimensions).values.last == 5)
        }
    }

    @Test("D1 Children that are added share the label of their supervisor, with all that is below them")
    func added() async throws {
        let metrics = TestMetrics()
        let observer = MetricsObserver(factory: metrics)
        let spec = SupervisorSpec("root") {
            SupervisorSpec("jobs") { ChildSpec.idle("fixed") }
        }
        let tree = try await Supervisor.start(spec, observers: [observer])
        let jobs = try #require(tree.child(at: "root/jobs"))
        var children: [Child] = []
        for index in 0..<20 { children.append(try await jobs.startChild(ChildSpec.idle("job \(index)"))) }
        try await jobs.startChild(SupervisorSpec("batch") { ChildSpec.idle("step") })
        tree.tellObservers()
        #expect(metrics.nodes() == ["root", "root/jobs", "root/jobs/*", "root/jobs/fixed"])
        #expect(metrics.state(of: "root/jobs/*") == ["healthy": 22])
        for child in children { try await child.delete() }
        tree.tellObservers()
        #expect(metrics.state(of: "root/jobs/*") == ["healthy": 2])
        #expect(metrics.transitions(of: "root/jobs/*")["stopping canceled"] == 20)
        try await tree.terminate()
    }

    @Test("E3 Losses of events and of log entries are counted")
    func losses() async throws {
        let metrics = TestMetrics()
        let observer = MetricsObserver(factory: metrics)
        try await withTestTree(SupervisorSpec("root") { ChildSpec.idle("a") }, observers: [observer]) { _ in
            observer.logEntriesLost(3, of: "root/a")
            observer.logEntriesLost(4, of: "root/a")
            observer.logEntriesLost(5, of: "unheard of")
            observer.eventsLost(count: 7, upTo: 100)
            #expect(metrics.total("supervision_log_entries_lost_total", "root/a") == 7)
            #expect(metrics.total("supervision_log_entries_lost_total", MetricsObserver.overflowLabel) == 5)
            #expect(metrics.counterTotal(label: "supervision_events_lost_total") == 7)
        }
    }

    @Test("E3 The text is of Prometheus's grammar, and says what the metrics say")
    func exposition() async throws {
        let registry = PrometheusRegistry()
        let observer = MetricsObserver(factory: registry)
        let control = WorkerControl()
        let spec = SupervisorSpec("root") {
            SupervisorSpec("sub \"quoted\" \\ ü") { ChildSpec("a", controlledBy: control) }
        }
        let text = try await withTestTree(spec, observers: [observer]) { tree in
            control.fail()
            try await tree.settle()
            return registry.text()
        }
        let node = "root/sub \"quoted\" \\ ü/a"
        // As the script prints it.
        let ofNode = try await Exposition.parse(text).filter { $0.labels["node"] == node.replacing("\\", with: "\\\\") }
        let states = ofNode.filter { $0.name == "supervision_node_state" }
        #expect(states.count == StateChange.State.all.count)
        #expect(states.filter { $0.value == "1.0" }.map { $0.labels["state"] } == ["healthy"])
        #expect(states.allSatisfy { $0.type == "gauge" })
        let restarts = ofNode.first { $0.name == "supervision_node_restarts_total" }
        #expect(restarts?.value == "1.0")
        #expect(restarts?.type == "counter")
        let starts = ofNode.filter { $0.name.hasPrefix("supervision_node_start_duration_seconds") }
        #expect(starts.first { $0.name.hasSuffix("_count") }?.value == "2.0")
        #expect(starts.contains { $0.labels["le"] == "+Inf" && $0.value == "2.0" })
        #expect(starts.allSatisfy { $0.type == "histogram" })
        #expect(text.contains("# HELP supervision_node_restarts_total Starts of a node after its first.\n"))
    }
}

// MARK: Looking

extension TestMetrics {
    /// The gauges of a node that are not 0, by state.
    fileprivate func state(of node: String) -> [String: Double] {
        let meters = meters(label: "supervision_node_state").filter { $0.has("node", node) }
        let values = meters.map { ($0.dimension("state"), $0.values.last ?? 0) }
        return Dictionary(uniqueKeysWithValues: values.filter { $0.1 != 0 })
    }

    fileprivate func transitions(of node: String) -> [String: Int64] {
        let counters = counters(label: "supervision_node_state_transitions_total").filter { $0.has("node", node) }
        return Dictionary(
            uniqueKeysWithValues: counters.map { ("\($0.dimension("from")) \($0.dimension("to"))", $0.totalValue) }
        )
    }

    fileprivate func total(_ label: String, _ node: String) -> Int64 {
        counterTotal(label: label, dimensions: [("node", node)])
    }

    fileprivate func value(_ label: String) throws -> Double {
        try #require(try expectMeter(label).values.last)
    }

    fileprivate func nodes() -> [String] {
        Set(meters(label: "supervision_node_state").map { $0.dimension("node") }).sorted()
    }
}

private protocol Labelled {
    var dimensions: [(String, String)] { get }
}

extension Labelled {
    fileprivate func dimension(_ name: String) -> String {
        dimensions.first { $0.0 == name }?.1 ?? ""
    }

    fileprivate func has(_ name: String, _ value: String) -> Bool {
        dimension(name) == value
    }
}

extension TestMeter: Labelled {}
extension TestCounter: Labelled {}

extension PrometheusRegistry {
    fileprivate func nodes() async throws -> [String] {
        Set(try await Exposition.parse(text()).compactMap { $0.labels["node"] }).sorted()
    }
}
