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

import CBench

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Runs probes in processes of their own, ours and the floor by turns, and prints figures.
struct Runner {
    let runs: Int

    /// What one probe gave at one n, run by run; or why it gave nothing.
    private struct Series {
        var results: [Probe.Results] = []
        var fault: String?

        /// The median of the runs.
        func value(_ metric: String, _ summary: Figure.Summary) -> Double? {
            let values = results.compactMap { result in result[metric].map { summary.of($0) } }
            return values.isEmpty ? nil : Figure.Summary.median.of(values)
        }
    }

    private struct Key: Hashable {
        let probe: String
        let n: Int
    }

    init(runs: Int) {
        self.runs = runs
    }

    /// Print the figures. What several of them share is measured once.
    func run(_ figures: [Figure], size: Int?) {
        var measured: [Key: Series] = [:]
        for figure in figures {
            for n in size.map({ [$0] }) ?? figure.ns {
                for other in [n] + figure.otherSizes(n) {
                    measure(figure, at: other, into: &measured)
                }
                print(line(figure, at: n, measured))
                fflush(nil)
            }
        }
    }

    // MARK: Measuring

    private func measure(_ figure: Figure, at n: Int, into measured: inout [Key: Series]) {
        let probes = [figure.ours] + (figure.floor.map { [$0] } ?? [])
        guard measured[Key(probe: figure.ours.name, n: n)] == nil else { return }
        for probe in probes { measured[Key(probe: probe.name, n: n)] = Series() }
        if let fault = figure.obstacle(n) {
            measured[Key(probe: figure.ours.name, n: n)]?.fault = fault
            return
        }
        for _ in 0..<runs {
            for probe in probes {
                let key = Key(probe: probe.name, n: n)
                switch launch(probe, n) {
                case .success(let results): measured[key]?.results.append(results)
                case .failure(let failure): measured[key]?.fault = failure.description
                }
            }
        }
    }

    private func launch(_ probe: Probe, _ n: Int) -> Result<Probe.Results, Failed> {
        var output = [CChar](repeating: 0, count: 32 << 20)
        let arguments = ["/proc/self/exe", "--probe", probe.name, "--n", String(n)]
        let status = unsafe arguments.withCStrings { unsafe cb_run($0, &output, output.count) }
        guard status == 0 else { return .failure(Failed(description: "\(probe.name) ended with status \(status)")) }
        let text = String(decoding: output.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        var results: Probe.Results = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            results[String(words[0])] = words.dropFirst().compactMap { Double($0) }
        }
        return .success(results)
    }

    // MARK: Printing

    private func line(_ figure: Figure, at n: Int, _ measured: [Key: Series]) -> String {
        let ours = measured[Key(probe: figure.ours.name, n: n)] ?? Series()
        let floor = figure.floor.flatMap { measured[Key(probe: $0.name, n: n)] }
        var line = JSONLine()
        line.add("name", figure.name)
        line.add("n", n)
        line.add("of", figure.of)
        let value = number(figure, figure.ours, n, measured)
        line.add("value", value)
        line.add("unit", figure.unit.rawValue)
        line.add("runs", ours.results.count)
        let under = figure.floor.flatMap { number(figure, $0, n, measured) }
        if let floorName = figure.floorName {
            line.add("floor", under)
            line.add("floor_name", floorName)
        }
        if let value, let under { line.add("ratio", value / under) }
        if let bar = figure.bar, bar.ns.isEmpty || bar.ns.contains(n), let value {
            line.add("bar", bar.text(figure.unit))
            line.add("met", figure.meets(bar, value: value, floor: under, base: base(figure, bar, measured)))
        }
        if let fault = ours.fault ?? floor?.fault { line.add("note", fault) }
        return line.text
    }

    /// The figure's number of one of its two probes, in its unit.
    private func number(_ figure: Figure, _ probe: Probe, _ n: Int, _ measured: [Key: Series]) -> Double? {
        let metric = probe.name == figure.floor?.name ? figure.floorMetric ?? figure.metric : figure.metric
        guard let value = measured[Key(probe: probe.name, n: n)]?.value(metric, figure.summary) else {
            return nil
        }
        guard figure.unit == .times, case .timesAtMost(let other)? = figure.bar?.kind else {
            return value / figure.unit.divisor
        }
        return measured[Key(probe: probe.name, n: other)]?.value(metric, figure.summary).map { value / $0 }
    }

    /// What a bar compares with besides the floor.
    private func base(_ figure: Figure, _ bar: Figure.Bar, _ measured: [Key: Series]) -> Double? {
        guard case .timesAtMost(let other) = bar.kind, figure.unit != .times else { return nil }
        return number(figure, figure.ours, other, measured)
    }
}

extension Figure {
    /// At which other numbers it has to be measured.
    fileprivate func otherSizes(_ n: Int) -> [Int] {
        if case .timesAtMost(let other)? = bar?.kind, other != n { [other] } else { [] }
    }

    /// Why it cannot be measured here.
    fileprivate func obstacle(_ n: Int) -> String? {
        guard ours.name.hasPrefix("process-") else { return nil }
        if unsafe cb_make_child(Probe.child) != 0 {
            return "not measured: \(Probe.child) cannot be written, or the machine is not an x86-64 with Linux"
        }
        guard of == "processes" else { return nil }
        if cb_processes_allowed() < UInt64(n) + 200 {
            return "not measured: the machine does not allow \(n) more processes"
        }
        // A pidfd each, and where the process tells that it runs also what its spec keeps of the pipe.
        let descriptors = (ours.name == "process-kill" ? 2 : 1) * UInt64(n) + 200
        if cb_raise_descriptors() < descriptors {
            return "not measured: \(n) processes need \(descriptors) descriptors; raise the limit (ulimit -Hn)"
        }
        return nil
    }

    fileprivate func meets(_ bar: Bar, value: Double, floor: Double?, base: Double?) -> Bool? {
        switch bar.kind {
        case .atMost: value <= bar.limit
        case .atLeast: value >= bar.limit
        case .ratioAtMost: floor.map { value <= bar.limit * $0 }
        case .aboveFloorAtMost: floor.map { value <= bar.limit + $0 }
        case .timesAtMost: unit == .times ? value <= bar.limit : base.map { value <= bar.limit * $0 }
        }
    }
}

extension Figure.Bar {
    fileprivate func text(_ unit: Figure.Unit) -> String {
        let number = limit.rounded() == limit ? String(Int(limit)) : String(limit)
        return switch kind {
        case .atMost: "<= \(number) \(unit.rawValue)"
        case .atLeast: ">= \(number) \(unit.rawValue)"
        case .ratioAtMost: "<= \(number) x floor"
        case .aboveFloorAtMost: "<= floor + \(number) \(unit.rawValue)"
        case .timesAtMost(let other): "<= \(number) x that at \(other)"
        }
    }
}

extension Figure.Summary {
    func of(_ numbers: [Double]) -> Double {
        let sorted = numbers.sorted()
        return switch self {
        case .median: sorted[sorted.count / 2]
        case .p99: sorted[sorted.count * 99 / 100]
        case .maximum: sorted[sorted.count - 1]
        }
    }
}

/// An object of JSON in one line.
private struct JSONLine {
    private var members: [String] = []

    var text: String {
        "{" + members.joined(separator: ",") + "}"
    }

    /// The texts are our own: nothing in them needs an escape but quotes.
    mutating func add(_ key: String, _ value: String) {
        members.append("\"\(key)\":\"\(String(value.map { $0 == "\"" || $0 == "\\" ? "'" : $0 }))\"")
    }

    mutating func add(_ key: String, _ value: Int) {
        members.append("\"\(key)\":\(value)")
    }

    mutating func add(_ key: String, _ value: Bool?) {
        members.append("\"\(key)\":\(value.map(String.init) ?? "null")")
    }

    /// Four digits that count.
    mutating func add(_ key: String, _ value: Double?) {
        guard let value, value.isFinite else { return members.append("\"\(key)\":null") }
        let scale = value == 0 ? 1 : pow(10, 3 - floor(log10(abs(value))))
        let rounded = value >= 1_000 ? value.rounded() : (value * scale).rounded() / scale
        let text = rounded.rounded() == rounded ? String(Int(rounded)) : String(rounded)
        members.append("\"\(key)\":\(text)")
    }
}

extension [String] {
    /// As C wants arguments: strings, and nil after the last one.
    fileprivate func withCStrings<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws -> Result
    ) rethrows -> Result {
        var strings = unsafe map { unsafe UnsafePointer(strdup($0)) } + [nil]
        defer { for index in unsafe strings.indices { unsafe free(UnsafeMutablePointer(mutating: strings[index])) } }
        return try unsafe strings.withUnsafeMutableBufferPointer { try unsafe body(UnsafePointer($0.baseAddress!)) }
    }
}
