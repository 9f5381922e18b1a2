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

import ArgumentParser
import CBench

/// Measures, and prints a line of JSON for each figure.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure supervision, and the floor under it in the same run.",
        discussion: """
            Prints a line of JSON for each figure. Each measurement is made in a process of its own; ours and the floor \
            take turns, and what is printed is the median of the runs. See README.md for what the names mean.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "Which figures; all unless given. A name ending in * means all that begin so.",
            valueName: "name"
        )
    )
    var names: [String] = []

    @Option(name: .customLong("n"), help: "How many children, or what it counts, instead of the figure's own numbers.")
    var size: Int?

    @Option(help: "How many runs, of which the median counts.")
    var runs = 3

    @Flag(help: "Print the names of the figures.")
    var list = false

    @Option(help: .hidden)
    var probe: String?

    func validate() throws {
        guard runs >= 1 && runs <= 1_000 else {
            throw ValidationError("--runs is \(runs); give a number from 1 to 1000")
        }
        if let size, size < 0 || size > 10_000_000 {
            throw ValidationError("--n is \(size); give a number from 0 to 10,000,000")
        }
        for name in names where !Figure.all.contains(where: { $0.matches(name) }) {
            throw ValidationError("there is no figure named '\(name)'; --list prints those that there are")
        }
        if let size, probe == nil, !list, let figure = wanted.first(where: { $0.smallest > size }) {
            throw ValidationError("--n is \(size); '\(figure.name)' counts \(figure.of), \(figure.smallest) at least")
        }
    }

    private var wanted: [Figure] {
        Figure.all.filter { figure in names.isEmpty || names.contains { figure.matches($0) } }
    }

    func run() async throws {
        _ = cb_raise_descriptors()
        if list {
            for figure in Figure.all { print(figure.name) }
        } else if let probe {
            try await measure(probe)
        } else {
            Runner(runs: runs).run(wanted, size: size)
        }
    }

    /// What a process for one measurement does.
    private func measure(_ name: String) async throws {
        guard let probe = Probe.all.first(where: { $0.name == name }) else {
            throw ValidationError("there is no probe named '\(name)'")
        }
        cb_end_after(60)
        for (metric, numbers) in try await probe.measure(size ?? 1) {
            print(metric, numbers.map { String($0) }.joined(separator: " "))
        }
    }
}

extension Figure {
    func matches(_ pattern: String) -> Bool {
        pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }
}
