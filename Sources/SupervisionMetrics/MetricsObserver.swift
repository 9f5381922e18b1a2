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

public import CoreMetrics
public import Supervision
internal import Synchronization

/// Exports the states of the nodes of trees, and what happens to them, as metrics of swift-metrics.
///
/// ```swift
/// MetricsSystem.bootstrap(…)
/// let tree = try await Supervisor.start(shop, observers: [MetricsObserver()])
/// ```
///
/// | metric | labels | what it is |
/// | --- | --- | --- |
/// | `supervision_node_state` | `node`, `state` | a gauge for each state: 1 for the one that the node is in, 0 for the others |
/// | `supervision_node_state_transitions_total` | `node`, `from`, `to` | changes of state; `from` is `none` at first sight |
/// | `supervision_node_restarts_total` | `node` | starts after the first |
/// | `supervision_node_start_duration_seconds` | `node` | how long acknowledged starts took |
/// | `supervision_node_stop_duration_seconds` | `node` | how long stops took, clean or not |
/// | `supervision_stuck_nodes` | | how many wait for the end of an old incarnation |
/// | `supervision_abandoned_nodes` | | how many incarnations did not end when stopped, and still run |
/// | `supervision_loop_late_total` | | how often a loop was too late |
/// | `supervision_loop_lag_seconds` | | how late it was last |
/// | `supervision_loop_lag_max_seconds` | | how late it ever was |
/// | `supervision_events_lost_total` | | events that this observer was not told |
/// | `supervision_log_entries_lost_total` | `node` | entries of logs that had to go for newer ones |
/// | `supervision_log_entries_missed_total` | | entries of logs that were too many for those who follow them |
///
/// The lag of loops and the losses of logs happen without an event. They are looked up by the observer itself: before a
/// ``PrometheusRegistry`` makes its text, otherwise every ``Options/samplingInterval`` for as long as there is a tree to observe
/// (on manual time with the events, as time stands still in between), when a loop was late, when a tree ends, and when
/// ``sample()`` is called. The logs are those that the trees were given by `logging(to:)`, and others that were named to
/// ``countLosses(of:)``. With several runtimes the lag is that of the latest one.
///
/// A `node` is a runtime name. There are never more of them than ``Options/nodeLimit``; what is further shares
/// ``overflowLabel``. Under a label that several nodes share, the gauges of the states say how many are in each. The
/// metrics of a node that is no more are destroyed, and so are those of a tree that has ended.
public final class MetricsObserver: StateObserver {
    /// What the metrics are called and how they are labelled.
    public struct Options: Sendable {
        /// What all names begin with, before a `_`.
        public var prefix = "supervision"

        /// Which nodes have labels of their own.
        public var nodeLabels: NodeLabels = .specified

        /// How many labels of nodes there may be at a time, 1 at least.
        public var nodeLimit = 1_000

        /// How often what no event tells is looked up, for backends that do not ask; `nil` for never.
        public var samplingInterval: Duration? = .seconds(5)

        /// What all metrics are labelled with besides.
        public var dimensions: [(String, String)] = []

        /// The usual ones.
        public init() {}
    }

    /// Which nodes have labels of their own.
    public struct NodeLabels: Sendable {
        let label: @Sendable (StateChange) -> String?

        /// Those of the spec, and runnables. Children that were added share the label of their supervisor, `shop/jobs/*`,
        /// with all that is below them: their names may be any number.
        public static let specified = NodeLabels { $0.isInSpec ? $0.path : nil }

        /// All nodes.
        public static let all = NodeLabels { $0.path }

        /// As somebody says when he sees the first change of a node; `nil` is that of its supervisor, `shop/jobs/*`.
        public static func custom(_ label: @escaping @Sendable (StateChange) -> String?) -> NodeLabels {
            NodeLabels(label: label)
        }
    }

    /// The label of the nodes beyond the limit.
    public static let overflowLabel = "*"

    private struct State {
        var nodes: [RuntimeName: Node] = [:]
        var series: [String: NodeSeries] = [:]
        var stuck = 0
        var abandoned: [RuntimeName: Int] = [:]
        var logLosses: [String: Counter] = [:]
    }

    private struct Node {
        var label: String
        var state: StateChange.State
        var restarts: UInt64
        /// It is the only one with its label.
        var isNamed: Bool
    }

    private let maker: MetricMaker
    private let options: Options
    private let stuck: Meter
    private let abandoned: Meter
    private let loopLate: Counter
    private let lag: Meter
    private let maximalLag: Meter
    private let losses: Counter
    private let missedEntries: Counter
    private let state = Mutex(State())
    private let sampler = Sampler()

    /// An observer of any number of trees, whose names differ.
    ///
    /// - Parameters:
    ///   - factory: What makes the metrics; `nil` is that of the `MetricsSystem` at this moment.
    ///   - options: What they are called and how they are labelled.
    public init(factory: (any MetricsFactory)? = nil, options: Options = Options()) {
        let maker = MetricMaker(factory: factory ?? MetricsSystem.factory, options: options)
        self.maker = maker
        self.options = options
        self.stuck = maker.meter(.stuckNodes)
        self.abandoned = maker.meter(.abandonedNodes)
        self.loopLate = maker.counter(.loopLate)
        self.lag = maker.meter(.loopLag)
        self.maximalLag = maker.meter(.loopLagMax)
        self.losses = maker.counter(.eventsLost)
        self.missedEntries = maker.counter(.logEntriesMissed)
        stuck.set(0)
        abandoned.set(0)
        lag.set(0)
        maximalLag.set(0)
        maker.beforeText(of: self)
    }

    // MARK: What no event tells

    /// Look up how late the loops were and what the logs have lost. For whoever is about to export the metrics to a backend
    /// that does not ask, and wants to be up to date.
    public func sample() {
        guard let seen = sampler.sample(tell: tell) else { return }
        lag.set(seen.last.inSeconds)
        maximalLag.set(seen.maximum.inSeconds)
    }

    /// Count what a log loses from now on that no observed tree was given. Entries of nodes that no tree has are counted
    /// under ``overflowLabel``.
    public func countLosses(of log: some LogLossSource) {
        sampler.add(log)
    }

    private func tell(_ change: Sampler.Change) {
        switch change {
        case .late(let count): loopLate.increment(by: Int64(clamping: count))
        case .entriesLost(let count, let path): logEntriesLost(count, of: path)
        case .entriesMissed(let count): missedEntries.increment(by: Int64(clamping: count))
        }
    }

    /// Count entries of a log that were dropped, of the node with this path: for logs that are none of ours.
    public func logEntriesLost(_ count: UInt64, of path: String) {
        let counter = state.withLock { state -> Counter in
            let label = labelOfLog(path, state)
            if let counter = state.logLosses[label] { return counter }
            let counter = maker.counter(.logEntriesLost, node: label)
            state.logLosses[label] = counter
            return counter
        }
        counter.increment(by: Int64(clamping: count))
    }

    /// That of the node, or of the nearest one above it. Known nodes only: who logs may be anybody.
    private func labelOfLog(_ path: String, _ state: State) -> String {
        var path = path[...]
        while true {
            if let label = state.nodes[RuntimeName(String(path))]?.label { return label }
            guard let slash = path.lastIndex(of: "/") else { return Self.overflowLabel }
            path = path[..<slash]
        }
    }

    private func sampleRegularly() {
        guard let interval = options.samplingInterval, !maker.isAsked, sampler.beginTask() else { return }
        Task.detached { [weak self, sampler] in
            repeat {
                try? await Task.sleep(for: interval)
                guard let self else { return }
                self.sample()
            } while sampler.continueTask()
        }
    }

    // MARK: What it is told by trees

    /// Called by the tree.
    public func observationBegan(of tree: ObservedTree) {
        sampler.add(tree)
        if !tree.hasManualTime { sampleRegularly() }
    }

    /// Called by the tree.
    public func eventHappened(_ event: Supervisor.Event) {
        switch event.kind {
        case .loopLate: sample()
        case .terminationFailed where event.error?.code == .abandoned: note(abandoned: 1, event.path)
        case .lateExit: note(abandoned: -1, event.path)
        default:
            if let interval = options.samplingInterval, sampler.isDue(event.time, every: interval) { sample() }
        }
    }

    /// Called by the tree.
    public func eventsLost(count: UInt64, upTo number: UInt64) {
        losses.increment(by: Int64(clamping: count))
    }

    /// Called by the tree.
    public func stateChanged(_ change: StateChange) {
        // Changes of one node come one after another. Asked without the lock, as the answer is somebody else's code.
        let name = RuntimeName(change.path)
        let isKnown = state.withLock { $0.nodes[name] != nil }
        let own = isKnown ? nil : options.nodeLabels.label(change)
        state.withLock { state in
            var node = state.nodes[name] ?? admit(change, own, &state)
            guard let series = state.series[node.label] else { return }
            let isNew = state.nodes[name] == nil
            series.move(from: isNew ? nil : node.state, to: change.state)
            if !isNew && node.state == .stuck { state.stuck -= 1 }
            if change.state == .stuck { state.stuck += 1 }
            // Of a node that was made anew under the name the count begins again.
            let restarts = change.event.restarts
            series.count(restarts: restarts >= node.restarts ? restarts - node.restarts : restarts)
            series.record(change.event)
            node.state = change.state
            node.restarts = restarts
            state.nodes[name] = node
            stuck.set(state.stuck)
        }
    }

    /// Called by the tree.
    public func nodeRemoved(_ path: String) {
        state.withLock { state in
            forget(path, &state)
            stuck.set(state.stuck)
        }
    }

    /// Called by the tree.
    public func treeEnded(_ event: Supervisor.Event) {
        sample()
        state.withLock { state in
            let root = event.path + "/"
            for path in state.nodes.keys.map(\.text)
            where path.isSameName(as: event.path) || path.utf8.starts(with: root.utf8) {
                forget(path, &state)
            }
            for (label, series) in state.series where series.isEmpty {
                series.destroy()
                state.series[label] = nil
                state.logLosses.removeValue(forKey: label)?.destroy()
            }
            stuck.set(state.stuck)
        }
    }

    private func note(abandoned change: Int, _ path: String) {
        state.withLock { state in
            // One that was given up before this observer was told of it is not counted.
            let name = RuntimeName(path)
            let count = max(state.abandoned[name, default: 0] + change, 0)
            state.abandoned[name] = count == 0 ? nil : count
            tellAbandoned(state)
        }
    }

    private func tellAbandoned(_ state: State) {
        abandoned.set(state.abandoned.values.reduce(0, +))
    }

    // MARK: Labels

    /// Give a node that is seen for the first time its label: its own, if it is to have one.
    private func admit(_ change: StateChange, _ own: String?, _ state: inout State) -> Node {
        var label = own ?? sharedLabel(of: change.path, state)
        var isNamed = own == change.path
        if state.series[label] == nil && state.series.count >= max(options.nodeLimit, 1) {
            label = Self.overflowLabel
            isNamed = false
        }
        if state.series[label] == nil { state.series[label] = NodeSeries(label: label, maker: maker) }
        return Node(label: label, state: change.state, restarts: 0, isNamed: isNamed)
    }

    /// The label of what is below the nearest supervisor above that has one of its own.
    private func sharedLabel(of path: String, _ state: State) -> String {
        var above = path[...]
        while let slash = above.lastIndex(of: "/") {
            above = above[..<slash]
            if state.nodes[RuntimeName(String(above))]?.isNamed ?? false { return "\(above)/*" }
        }
        // A supervisor is told up after its children: so it is the first of them that is seen of the tree.
        return "\(path.prefix { $0 != "/" })/*"
    }

    private func forget(_ path: String, _ state: inout State) {
        let name = RuntimeName(path)
        if state.abandoned.removeValue(forKey: name) != nil { tellAbandoned(state) }
        guard let node = state.nodes.removeValue(forKey: name), let series = state.series[node.label] else { return }
        series.move(from: node.state, to: nil)
        if node.state == .stuck { state.stuck -= 1 }
        guard node.isNamed && series.isEmpty else { return }
        series.destroy()
        state.series[node.label] = nil
        state.logLosses.removeValue(forKey: node.label)?.destroy()
    }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (seconds < 0 ? .min : .max) : scaled.addingReportingOverflow(attoseconds / 1_000_000_000).0
    }
}
