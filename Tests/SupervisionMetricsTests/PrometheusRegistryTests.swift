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
import SupervisionMetrics
import Testing

@Suite("The text for Prometheus", .timeLimit(.minutes(2)))
struct PrometheusRegistryTests {
    @Test("E3 Every kind of metric is of the grammar, with its value")
    func kinds() async throws {
        let registry = PrometheusRegistry(buckets: [1, 0.5, .infinity])
        Counter(label: "calls_total", dimensions: [("code", "200")], factory: registry).increment(by: 3)
        FloatingPointCounter(label: "litres", factory: registry).increment(by: 1.5)
        Meter(label: "level", factory: registry).set(-0.25)
        Gauge(label: "depth", factory: registry).record(1e-9)
        let sizes = Recorder(label: "sizes_bytes", factory: registry)
        for size in [1, 2, 6] { sizes.record(size) }
        let timer = Timer(label: "wait", factory: registry)
        for seconds in [0.25, 0.5, 0.75, 2] { timer.recordNanoseconds(Int64(seconds * 1e9)) }

        let samples = try await Exposition.parse(registry.text())
        let named = samples.map { ("\($0.type) \($0.name) \($0.labels.sorted { $0.key < $1.key })", $0.value) }
        let values = Dictionary(uniqueKeysWithValues: named)
        let expected = [
            "counter calls_total [(key: \"code\", value: \"200\")]": "3.0",
            "counter litres_total []": "1.5",
            "gauge level []": "-0.25",
            "gauge depth []": "1e-09",
            "summary sizes_bytes_sum []": "9.0",
            "summary sizes_bytes_count []": "3.0",
            "histogram wait_seconds_bucket [(key: \"le\", value: \"0.5\")]": "2.0",
            "histogram wait_seconds_bucket [(key: \"le\", value: \"1\")]": "3.0",
            "histogram wait_seconds_bucket [(key: \"le\", value: \"+Inf\")]": "4.0",
            "histogram wait_seconds_sum []": "3.5",
            "histogram wait_seconds_count []": "4.0",
        ]
        #expect(values == expected)
    }

    @Test("E3 No two metrics write samples of one name, whichever comes first")
    func clashes() async throws {
        let registry = PrometheusRegistry(buckets: [1])
        Recorder(label: "sizes", factory: registry).record(2)
        let gauge = Meter(label: "sizes_count", factory: registry)
        gauge.set(7)
        Counter(label: "busy_seconds_count", factory: registry).increment()
        Meter(label: "busy_seconds_bucket", factory: registry).set(8)
        Timer(label: "busy", factory: registry).recordSeconds(1)
        Meter(label: "depth_sum", factory: registry).set(9)
        Recorder(label: "depth", factory: registry).record(3)

        let text = registry.text()
        let named = try await Exposition.parse(text).map { ("\($0.type) \($0.name)", $0.value) }
        let values = Dictionary(named) { first, _ in first }
        #expect(values["summary sizes_count"] == "1.0")
        #expect(values["gauge sizes_count_gauge"] == "7.0")
        #expect(values["counter busy_seconds_count_total"] == "1.0")
        #expect(values["gauge busy_seconds_bucket"] == "8.0")
        #expect(values["histogram busy_seconds_histogram_count"] == "1.0")
        #expect(values["gauge depth_sum"] == "9.0")
        #expect(values["summary depth_summary_sum"] == "3.0")
        let samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.prefix { $0 != " " } }
        #expect(Set(samples).count == samples.count)

        // A name is free again with its last user.
        gauge.destroy()
        Counter(label: "sizes_count", factory: registry).increment()
        Meter(label: "sizes_count", factory: registry).set(1)
        #expect(!registry.text().contains("sizes_count_gauge_gauge"))
        #expect(registry.text().contains("\nsizes_count_gauge 1\n"))
    }

    @Test("E3 Names, labels and values that Prometheus does not allow are made valid, and stay apart")
    func hostile() async throws {
        let registry = PrometheusRegistry()
        let texts = ["", "a\nb", "\"", "\\", "ü", "\\n", "a\r\u{2028}b", "{}=,", "9", "\u{1F600}"]
        for (index, text) in texts.enumerated() {
            Counter(label: text, dimensions: [("number", "\(index)"), (text, text)], factory: registry).increment()
        }
        Meter(label: "twice", factory: registry).set(1)
        Counter(label: "twice", factory: registry).increment()
        Meter(label: "twice_total", factory: registry).set(2)
        Timer(label: "long", dimensions: [("le", "x"), ("a b", "1"), ("a-b", "2"), ("__own", "y")], factory: registry)
            .recordNanoseconds(1)
        for (index, value) in [Double.nan, .infinity, -.infinity, 1e300, -0.0].enumerated() {
            Meter(label: "odd", dimensions: [("index", "\(index)")], factory: registry).set(value)
        }
        registry.describe("twice", as: "with \\ and\nmore than one \"line\"")

        let samples = try await Exposition.parse(registry.text())
        for (index, text) in texts.enumerated() {
            let sample = try #require(samples.first { $0.labels["number"] == "\(index)" })
            // As the script prints them.
            let told = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
            #expect(sample.labels.contains { $0.key != "number" && $0.value == told }, "\(text.debugDescription)")
        }
        #expect(samples.first { $0.name == "twice" }?.value == "1.0")
        #expect(samples.first { $0.name == "twice_total" }?.value == "1.0")
        #expect(samples.first { $0.name == "twice_total_gauge" }?.value == "2.0")
        let long = try #require(samples.first { $0.name == "long_seconds_count" })
        #expect(long.labels == ["le_": "x", "a_b": "1", "a_b_": "2", "label__own": "y"])
        let odd = samples.filter { $0.name == "odd" }.map(\.value)
        #expect(odd == ["nan", "inf", "-inf", "1e+300", "0.0"])
    }

    @Test("D4 A series has one value however often it is made, and is there until its last user has destroyed it")
    func uses() async throws {
        let registry = PrometheusRegistry()
        let first = Counter(label: "calls", factory: registry)
        let second = Counter(label: "calls", factory: registry)
        first.increment()
        second.increment(by: 2)
        #expect(registry.text() == "# TYPE calls_total counter\ncalls_total 3\n")
        first.destroy()
        #expect(registry.text() == "# TYPE calls_total counter\ncalls_total 3\n")
        second.destroy()
        #expect(registry.text() == "")
        second.destroy()
        let third = Counter(label: "calls", factory: registry)
        third.increment()
        second.destroy()
        #expect(registry.text() == "# TYPE calls_total counter\ncalls_total 1\n")
        third.reset()
        #expect(registry.text() == "# TYPE calls_total counter\ncalls_total 0\n")
    }

    @Test("E3 What is counted on many threads is not lost")
    func threads() async throws {
        let registry = PrometheusRegistry(buckets: [])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "calls", factory: registry)
                    let timer = Timer(label: "time", factory: registry)
                    for _ in 0..<1_000 {
                        counter.increment()
                        timer.recordNanoseconds(1_000_000_000)
                    }
                }
            }
        }
        let lines = Set(registry.text().split(separator: "\n"))
        #expect(lines.isSuperset(of: ["calls_total 8000", "time_seconds_count 8000", "time_seconds_sum 8000"]))
    }
}
