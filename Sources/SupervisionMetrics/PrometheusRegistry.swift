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
internal import Synchronization

/// A factory of metrics that keeps them and renders them in the text format of Prometheus, for programs that have no other
/// backend: the body of a metrics endpoint is one call.
///
/// ```swift
/// let registry = PrometheusRegistry()
/// MetricsSystem.bootstrap(registry)                                   // or MetricsObserver(factory: registry)
/// router.get("/metrics") { _ in (PrometheusRegistry.contentType, registry.text()) }
/// ```
///
/// A ``MetricsObserver`` that makes its metrics here is up to date with every text.
///
/// Names and labels are made valid: what Prometheus does not allow becomes `_`, counters end in `_total`, timers are
/// histograms in seconds and end in `_seconds`, aggregating recorders are summaries without quantiles. No two metrics write
/// samples of one name: where two kinds have one name, or one has the name of what another one writes (a summary `sizes`
/// also writes `sizes_sum` and `sizes_count`), the one that comes second has its kind behind its name, `sizes_count_gauge`.
public final class PrometheusRegistry: MetricsFactory {
    /// What an endpoint says the text is.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private struct Family {
        let kind: SeriesKind
        var series: [Labels: any RegisteredSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        /// Which family writes samples of a name.
        var writers: [String: String] = [:]
        var help: [String: String] = [:]

        /// The name of the family for metrics of a kind: that which has the name, or a new one.
        func family(_ name: String, _ kind: SeriesKind) -> String {
            var name = name
            while true {
                if let family = families[name] {
                    if family.kind == kind { return name }
                } else if kind.sampleSuffixes.allSatisfy({ writers[name + $0] == nil }) {
                    return name
                }
                name += "_" + kind.suffix
            }
        }

        mutating func insert(_ series: any RegisteredSeries, _ kind: SeriesKind) {
            let place = series.place
            for suffix in kind.sampleSuffixes { writers[place.family + suffix] = place.family }
            families[place.family, default: Family(kind: kind)].series[place.labels] = series
        }

        mutating func remove(_ place: SeriesPlace) {
            families[place.family]?.series[place.labels] = nil
            guard let family = families[place.family], family.series.isEmpty else { return }
            for suffix in family.kind.sampleSuffixes { writers[place.family + suffix] = nil }
            families[place.family] = nil
        }
    }

    private struct Asked {
        weak var observer: MetricsObserver?
    }

    private let buckets: [Double]
    private let state = Mutex(State())
    private let asked = Mutex<[Asked]>([])

    /// A registry without metrics.
    ///
    /// - Parameter buckets: The upper bounds of the buckets of timers, in seconds.
    public init(buckets: [Double] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60]) {
        self.buckets = Set(buckets.filter { $0.isFinite }).sorted()
    }

    /// What the text says about the metric that is made with this name.
    public func describe(_ label: String, as help: String) {
        state.withLock { $0.help[MetricText.validName(label)] = help }
    }

    /// All metrics as they are now, ordered by their names and labels.
    public func text() -> String {
        for observer in asked.withLock({ $0.compactMap(\.observer) }) { observer.sample() }
        let (families, help) = state.withLock { state in
            (state.families.mapValues { ($0.kind, $0.series.map { ($0.key, $0.value) }) }, state.help)
        }
        var text = MetricText()
        for (name, (kind, series)) in families.sorted(by: { $0.key < $1.key }) {
            text.begin(name, kind: kind, help: series.first.flatMap { help[$0.1.describedAs] })
            for (labels, one) in series.sorted(by: { $0.0 < $1.0 }) { one.render(name, labels, into: &text) }
        }
        return text.text
    }

    /// Let an observer look up what no event tells before each text, for as long as there is one.
    func ask(_ observer: MetricsObserver) {
        asked.withLock { asked in
            asked.removeAll { $0.observer == nil }
            asked.append(Asked(observer: observer))
        }
    }

    // MARK: The factory

    /// Called by swift-metrics.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(.counter, label, dimensions) { CounterSeries($0) }
    }

    /// Called by swift-metrics.
    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(.floatingPointCounter, label, dimensions) { FloatingPointCounterSeries($0) }
    }

    /// Called by swift-metrics.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(.gauge, label, dimensions) { GaugeSeries($0) }
    }

    /// Called by swift-metrics.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return series(.gauge, label, dimensions) { GaugeSeries($0) } }
        return series(.summary, label, dimensions) { SummarySeries($0) }
    }

    /// Called by swift-metrics.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(.histogram, label, dimensions) { [buckets] in HistogramSeries($0, buckets: buckets) }
    }

    /// Called by swift-metrics.
    public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
    /// Called by swift-metrics.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
    /// Called by swift-metrics.
    public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
    /// Called by swift-metrics.
    public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
    /// Called by swift-metrics.
    public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

    /// The series with these labels: there is one, however often it is made.
    private func series<Series: RegisteredSeries>(
        _ kind: SeriesKind,
        _ label: String,
        _ dimensions: [(String, String)],
        make: (SeriesPlace) -> Series
    ) -> Series {
        let described = MetricText.validName(label)
        let plain = kind.name(of: described)
        let labels = Labels(dimensions, reserved: kind.reservedLabels)
        return state.withLock { state in
            let name = state.family(plain, kind)
            if let series = state.families[name]?.series[labels] as? Series {
                series.place.uses.wrappingAdd(1, ordering: .relaxed)
                return series
            }
            let series = make(SeriesPlace(family: name, labels: labels, describedAs: described))
            state.insert(series, kind)
            return series
        }
    }

    /// Forget a series with its last user.
    private func destroy(_ handler: AnyObject) {
        guard let series = handler as? any RegisteredSeries else { return }
        let place = series.place
        state.withLock { state in
            guard state.families[place.family]?.series[place.labels] === series else { return }
            guard place.uses.wrappingSubtract(1, ordering: .relaxed).newValue <= 0 else { return }
            state.remove(place)
        }
    }
}
