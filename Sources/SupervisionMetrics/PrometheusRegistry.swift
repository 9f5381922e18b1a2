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
/// Names and labels are made valid: what Prometheus does not allow becomes `_`, counters end in `_total`, timers are
/// histograms in seconds and end in `_seconds`, aggregating recorders are summaries without quantiles. Two kinds of metrics
/// with one name get two families, the second with its kind behind its name.
public final class PrometheusRegistry: MetricsFactory {
    /// What an endpoint says the text is.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private struct Family {
        let kind: SeriesKind
        var series: [Labels: any RegisteredSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var help: [String: String] = [:]
    }

    private let buckets: [Double]
    private let state = Mutex(State())

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
            // A family has one kind.
            var name = plain
            while let family = state.families[name], family.kind != kind { name += "_" + kind.suffix }
            if let series = state.families[name]?.series[labels] as? Series {
                series.place.uses.wrappingAdd(1, ordering: .relaxed)
                return series
            }
            let series = make(SeriesPlace(family: name, labels: labels, describedAs: described))
            state.families[name, default: Family(kind: kind)].series[labels] = series
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
            state.families[place.family]?.series[place.labels] = nil
            if state.families[place.family]?.series.isEmpty ?? false { state.families[place.family] = nil }
        }
    }
}
