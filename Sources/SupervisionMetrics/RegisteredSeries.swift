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
internal import Synchronization

/// What a family of series is to Prometheus, and how its names end.
enum SeriesKind: Hashable {
    case counter
    case floatingPointCounter
    case gauge
    case summary
    case histogram

    var type: String {
        switch self {
        case .counter, .floatingPointCounter: "counter"
        case .gauge: "gauge"
        case .summary: "summary"
        case .histogram: "histogram"
        }
    }

    /// What tells it from a family of another kind with the same name.
    var suffix: String {
        self == .floatingPointCounter ? "float" : type
    }

    var reservedLabels: Set<String> {
        switch self {
        case .histogram: ["le"]
        case .summary: ["quantile"]
        default: []
        }
    }

    /// What the names of the samples of a family end with behind its own.
    var sampleSuffixes: [String] {
        switch self {
        case .counter, .floatingPointCounter, .gauge: [""]
        case .summary: ["", "_sum", "_count"]
        case .histogram: ["", "_bucket", "_sum", "_count"]
        }
    }

    func name(of name: String) -> String {
        switch self {
        case .counter, .floatingPointCounter: name.hasSuffix("_total") ? name : name + "_total"
        case .histogram: name.hasSuffix("_seconds") ? name : name + "_seconds"
        case .gauge, .summary: name
        }
    }
}

/// The valid labels of a series, in the order in which they were given.
struct Labels: Hashable, Comparable {
    let pairs: [[String]]

    init(_ dimensions: [(String, String)], reserved: Set<String>) {
        var taken = reserved
        pairs = dimensions.map { name, value in
            var name = MetricText.validLabel(name)
            while !taken.insert(name).inserted { name += "_" }
            return [name, value]
        }
    }

    static func < (lhs: Labels, rhs: Labels) -> Bool {
        lhs.pairs.lexicographicallyPrecedes(rhs.pairs) { $0.lexicographicallyPrecedes($1) }
    }
}

/// Where a series is in its registry.
final class SeriesPlace: Sendable {
    let family: String
    let labels: Labels
    let describedAs: String

    /// How many metrics have it.
    let uses = Atomic<Int>(1)

    init(family: String, labels: Labels, describedAs: String) {
        self.family = family
        self.labels = labels
        self.describedAs = describedAs
    }
}

/// One series of a registry.
protocol RegisteredSeries: AnyObject, Sendable {
    var place: SeriesPlace { get }

    func render(_ name: String, _ labels: Labels, into text: inout MetricText)
}

extension RegisteredSeries {
    var describedAs: String { place.describedAs }
}

final class CounterSeries: RegisteredSeries, CounterHandler {
    let place: SeriesPlace
    private let value = Atomic<Int64>(0)

    init(_ place: SeriesPlace) {
        self.place = place
    }

    func increment(by amount: Int64) {
        // A counter never goes back.
        guard amount > 0 else { return }
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() { value.store(0, ordering: .relaxed) }

    func render(_ name: String, _ labels: Labels, into text: inout MetricText) {
        text.add(name, labels, "\(value.load(ordering: .relaxed))")
    }
}

final class FloatingPointCounterSeries: RegisteredSeries, FloatingPointCounterHandler {
    let place: SeriesPlace
    private let value = Mutex(0.0)

    init(_ place: SeriesPlace) {
        self.place = place
    }

    func increment(by amount: Double) {
        guard amount > 0 else { return }
        value.withLock { $0 += amount }
    }

    func reset() { value.withLock { $0 = 0 } }

    func render(_ name: String, _ labels: Labels, into text: inout MetricText) {
        text.add(name, labels, MetricText.number(value.withLock { $0 }))
    }
}

final class GaugeSeries: RegisteredSeries, MeterHandler, RecorderHandler {
    let place: SeriesPlace
    private let value = Mutex(0.0)

    init(_ place: SeriesPlace) {
        self.place = place
    }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func render(_ name: String, _ labels: Labels, into text: inout MetricText) {
        text.add(name, labels, MetricText.number(value.withLock { $0 }))
    }
}

final class SummarySeries: RegisteredSeries, RecorderHandler {
    let place: SeriesPlace
    private let total = Mutex((count: UInt64(0), sum: 0.0))

    init(_ place: SeriesPlace) {
        self.place = place
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        total.withLock { total in
            total.count += 1
            total.sum += value
        }
    }

    func render(_ name: String, _ labels: Labels, into text: inout MetricText) {
        let (count, sum) = total.withLock { $0 }
        text.add(name + "_sum", labels, MetricText.number(sum))
        text.add(name + "_count", labels, "\(count)")
    }
}

final class HistogramSeries: RegisteredSeries, TimerHandler {
    private struct State {
        /// Those in each bucket alone; the last is without a bound.
        var counts: [UInt64]
        var sum: Double
    }

    let place: SeriesPlace
    private let buckets: [Double]
    private let state: Mutex<State>

    init(_ place: SeriesPlace, buckets: [Double]) {
        self.place = place
        self.buckets = buckets
        self.state = Mutex(State(counts: Array(repeating: 0, count: buckets.count + 1), sum: 0))
    }

    func recordNanoseconds(_ duration: Int64) {
        let seconds = Double(duration) / 1e9
        let bucket = buckets.firstIndex { seconds <= $0 } ?? buckets.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += seconds
        }
    }

    func render(_ name: String, _ labels: Labels, into text: inout MetricText) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var below: UInt64 = 0
        for (bound, count) in zip(buckets + [.infinity], counts) {
            below += count
            text.add(name + "_bucket", labels, "\(below)", bound: bound)
        }
        text.add(name + "_sum", labels, MetricText.number(sum))
        text.add(name + "_count", labels, "\(below)")
    }
}
