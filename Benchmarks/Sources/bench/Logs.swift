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
import Logging
import SupervisionLogging
import Synchronization

/// What a log tree is compared with: one array of as many entries under one lock, with the time and a text of its own.
private final class Floor: Sendable {
    private struct Entry {
        let time: UInt64
        let text: String
    }

    private struct State {
        var entries: [Entry] = []
        var next = 0
    }

    private let state = Mutex(State())
    private let capacity = 8_192

    func add(_ text: String) {
        let entry = Entry(time: cb_now(), text: text)
        state.withLock { state in
            if state.entries.count < capacity {
                state.entries.append(entry)
            } else {
                state.entries[state.next] = entry
                state.next = (state.next + 1) % capacity
            }
        }
    }
}

/// How long one call takes, many times over the average of a thousand: few of them are interrupted.
private func times(_ write: (_ number: Int) -> Void) -> [Double] {
    let count = 1_000
    return (0..<500).map { _ in
        let start = cb_now()
        for number in 0..<count { write(number &* 7_919) }
        return Double(cb_now() - start) / Double(count)
    }
}

private let line: StaticString = "GET /carts/17 HTTP/1.1 200 1834 bytes in 3 ms\n"
private let klog: StaticString = "I0312 14:20:04.240540     204 shared_informer.go:247] Caches are synced for garbage\n"

extension Probe {
    /// What one caller pays who writes to `n` nodes by turns.
    static let logs = Probe("logs") { n in
        let tree = LogTree()
        let nodes = try (0..<n).map { try tree.node("bed/w\($0)") }
        let loggers = nodes.map(\.logger)
        let lines = nodes.map { $0.lines() }
        let parsed = nodes.map { $0.lines(.klog()) }
        let text = line.description
        let klog = klog.description
        return [
            "leveled": times { nodes[$0 % n].log(.info, text) },
            "logger": times { loggers[$0 % n].info("served", metadata: ["status": "200"]) },
            "raw": times { lines[$0 % n].write(text) },
            "klog": times { parsed[$0 % n].write(klog) },
            "followed": try {
                let stream = try tree.follow(.all).stream
                defer { stream.close() }
                return times { lines[$0 % n].write(text) }
            }(),
        ]
    }

    static let logFloor = Probe("log-floor") { n in
        let floors = (0..<n).map { _ in Floor() }
        let bytes = Array(line.description.utf8)
        return ["time": times { floors[$0 % n].add(String(decoding: bytes, as: UTF8.self)) }]
    }
}

extension Figure {
    static let logs: [Figure] = {
        let floor = "an array under a lock for each node, with the time and a copy of the text"
        func figure(_ name: String, _ metric: String, bar: Double? = nil) -> Figure {
            Figure(
                name: name,
                ns: [1, 10_000],
                unit: .nanoseconds,
                ours: .logs,
                floor: .logFloor,
                floorName: floor,
                metric: metric,
                floorMetric: "time",
                bar: bar.map { Bar(.atMost, $0) },
                of: "nodes"
            )
        }
        return [
            figure("log-leveled", "leveled", bar: 1_000),
            figure("log-swift-log", "logger", bar: 1_000),
            figure("log-raw", "raw", bar: 250),
            figure("log-klog", "klog"),
            figure("log-followed", "followed"),
        ]
    }()
}
