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

internal import CoreMetrics

/// The name of a metric, without its prefix, and what it says.
struct MetricName: Sendable {
    let name: String
    let help: String

    static let nodeState = MetricName(
        name: "node_state",
        help: "Whether a node is in a state, or how many of those with the label are."
    )
    static let nodeTransitions = MetricName(
        name: "node_state_transitions_total",
        help: "Changes of the state of a node; from none when it is first seen."
    )
    static let nodeRestarts = MetricName(name: "node_restarts_total", help: "Starts of a node after its first.")
    static let nodeStarts = MetricName(name: "node_start_duration_seconds", help: "How long acknowledged starts took.")
    static let nodeStops = MetricName(name: "node_stop_duration_seconds", help: "How long stops took, clean or not.")
    static let stuckNodes = MetricName(
        name: "stuck_nodes",
        help: "Nodes whose restart waits for the end of an old incarnation."
    )
    static let abandonedNodes = MetricName(
        name: "abandoned_nodes",
        help: "Incarnations that did not end when they were stopped, and still run."
    )
    static let loopLate = MetricName(name: "loop_late_total", help: "How often a loop was too late.")
    static let loopLag = MetricName(name: "loop_lag_seconds", help: "How late the loop was last.")
    static let loopLagMax = MetricName(name: "loop_lag_max_seconds", help: "How late the loop ever was.")
    static let eventsLost = MetricName(name: "events_lost_total", help: "Events of trees that were not counted here.")
    static let logEntriesLost = MetricName(name: "log_entries_lost_total", help: "Log entries that were dropped.")
    static let logEntriesMissed = MetricName(
        name: "log_entries_missed_total",
        help: "Log entries that were too many for those who follow a log."
    )
}

/// Makes the metrics of one observer.
struct MetricMaker: Sendable {
    private let factory: any MetricsFactory
    private let prefix: String
    private let dimensions: [(String, String)]

    init(factory: any MetricsFactory, options: MetricsObserver.Options) {
        self.factory = factory
        self.prefix = options.prefix.isEmpty ? "" : options.prefix + "_"
        self.dimensions = options.dimensions
    }

    func counter(_ name: MetricName, node: String? = nil, _ labels: [(String, String)] = []) -> Counter {
        Counter(label: label(name), dimensions: dimensions(node, labels), factory: factory)
    }

    func meter(_ name: MetricName, node: String? = nil, _ labels: [(String, String)] = []) -> Meter {
        Meter(label: label(name), dimensions: dimensions(node, labels), factory: factory)
    }

    func timer(_ name: MetricName, node: String) -> Timer {
        Timer(label: label(name), dimensions: dimensions(node, []), factory: factory)
    }

    /// Whether whoever looks at the metrics asks for what no event tells.
    var isAsked: Bool { factory is PrometheusRegistry }

    func beforeText(of observer: MetricsObserver) {
        (factory as? PrometheusRegistry)?.ask(observer)
    }

    private func label(_ name: MetricName) -> String {
        let label = prefix + name.name
        (factory as? PrometheusRegistry)?.describe(label, as: name.help)
        return label
    }

    private func dimensions(_ node: String?, _ labels: [(String, String)]) -> [(String, String)] {
        dimensions + (node.map { [("node", $0)] } ?? []) + labels
    }
}
