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

/// One line of the output: what is measured, against what, and what it should be.
struct Figure: Sendable {
    enum Unit: String, Sendable {
        case nanoseconds = "ns"
        case microseconds = "µs"
        case milliseconds = "ms"
        case bytes = "B"
        case perSecond = "1/s"
        case times = "x"

        /// What a number of a probe is divided by.
        var divisor: Double {
            switch self {
            case .nanoseconds, .bytes, .perSecond, .times: 1
            case .microseconds: 1e3
            case .milliseconds: 1e6
            }
        }
    }

    /// How many numbers of one run become one.
    enum Summary: Sendable {
        case median
        case p99
        case maximum
    }

    struct Bar: Sendable {
        enum Kind: Sendable {
            case atMost
            case atLeast
            case ratioAtMost
            case aboveFloorAtMost
            /// Against the same figure at another n.
            case timesAtMost(n: Int)
        }

        let kind: Kind
        let limit: Double
        let ns: [Int]

        /// - Parameter n: For which n it holds; none means all.
        init(_ kind: Kind, _ limit: Double, n: Int...) {
            self.kind = kind
            self.limit = limit
            self.ns = n
        }
    }

    let name: String
    let ns: [Int]
    let unit: Unit
    let ours: Probe
    let floor: Probe?
    let floorName: String?
    let metric: String
    /// What the floor calls it, where it has another name.
    var floorMetric: String? = nil
    var summary: Summary = .median
    var bar: Bar? = nil
    /// What n counts.
    var of = "children"
    /// The smallest n at which there is anything to measure.
    var smallest = 1

    static let sizes = [1_000, 10_000, 100_000, 1_000_000]

    static let all: [Figure] = workers + runnables + callbacks + names + processes + logs + crashLogs

    private static let workers: [Figure] = {
        let tasks = "bare detached tasks, each waiting in one continuation"
        let failing = "a bare task that fails and makes the next"
        return [
            Figure(
                name: "start",
                ns: sizes,
                unit: .microseconds,
                ours: .workers,
                floor: .tasks,
                floorName: tasks,
                metric: "start",
                bar: Bar(.ratioAtMost, 1.4, n: 100_000)
            ),
            Figure(
                name: "memory",
                ns: sizes,
                unit: .bytes,
                ours: .workers,
                floor: .tasks,
                floorName: tasks,
                metric: "memory",
                bar: Bar(.aboveFloorAtMost, 550, n: 100_000, 1_000_000)
            ),
            Figure(
                name: "stop",
                ns: sizes,
                unit: .microseconds,
                ours: .workers,
                floor: .tasks,
                floorName: "the same tasks resumed, in no order",
                metric: "stop",
                bar: Bar(.atMost, 1.5, n: 100_000)
            ),
            Figure(
                name: "start-growth",
                ns: [1_000_000],
                unit: .times,
                ours: .workers,
                floor: .tasks,
                floorName: tasks,
                metric: "start",
                bar: Bar(.timesAtMost(n: 10_000), 1.5)
            ),
            Figure(
                name: "stop-growth",
                ns: [1_000_000],
                unit: .times,
                ours: .workers,
                floor: .tasks,
                floorName: tasks,
                metric: "stop",
                bar: Bar(.timesAtMost(n: 10_000), 1.5)
            ),
            Figure(
                name: "restart",
                ns: [1],
                unit: .microseconds,
                ours: .restarts,
                floor: .failingTasks,
                floorName: failing,
                metric: "latency",
                bar: Bar(.atMost, 0.9)
            ),
            Figure(
                name: "restart-p99",
                ns: [1],
                unit: .microseconds,
                ours: .restarts,
                floor: .failingTasks,
                floorName: failing,
                metric: "latency",
                summary: .p99
            ),
            Figure(
                name: "restart-rate",
                ns: [100],
                unit: .perSecond,
                ours: .restarts,
                floor: .failingTasks,
                floorName: failing,
                metric: "rate",
                bar: Bar(.atLeast, 900_000)
            ),
            Figure(
                name: "round",
                ns: [10_000],
                unit: .milliseconds,
                ours: .round,
                floor: .taskRound,
                floorName: "bare tasks: all resumed, then all made again",
                metric: "round",
                bar: Bar(.atMost, 20)
            ),
            Figure(
                name: "restart-followed",
                ns: [1, 2, 5],
                unit: .microseconds,
                ours: .followedRestarts,
                floor: .unfollowedRestarts,
                floorName: "the same without a subscriber",
                metric: "latency",
                bar: Bar(.ratioAtMost, 1.2),
                of: "subscribers",
                smallest: 0
            ),
            Figure(
                name: "pairs",
                ns: [1, 10_000],
                unit: .perSecond,
                ours: .pairs,
                floor: .taskPairs,
                floorName: "a bare detached task, cancelled and awaited",
                metric: "rate",
                bar: Bar(.atLeast, 450_000)
            ),
            Figure(
                name: "pairs-callers",
                ns: [4],
                unit: .perSecond,
                ours: .pairCallers,
                floor: .taskPairCallers,
                floorName: "the same with bare detached tasks",
                metric: "rate",
                of: "callers"
            ),
        ]
    }()

    private static let callbacks: [Figure] = [
        Figure(
            name: "c-start",
            ns: sizes,
            unit: .microseconds,
            ours: .callbacks,
            floor: nil,
            floorName: nil,
            metric: "start"
        ),
        Figure(
            name: "c-memory",
            ns: sizes,
            unit: .bytes,
            ours: .callbacks,
            floor: nil,
            floorName: nil,
            metric: "memory",
            bar: Bar(.atMost, 256, n: 100_000, 1_000_000)
        ),
        Figure(
            name: "c-stop",
            ns: sizes,
            unit: .microseconds,
            ours: .callbacks,
            floor: nil,
            floorName: nil,
            metric: "stop"
        ),
        Figure(
            name: "c-start-growth",
            ns: [1_000_000],
            unit: .times,
            ours: .callbacks,
            floor: nil,
            floorName: nil,
            metric: "start",
            bar: Bar(.timesAtMost(n: 10_000), 1.5)
        ),
        Figure(
            name: "c-stop-growth",
            ns: [1_000_000],
            unit: .times,
            ours: .callbacks,
            floor: nil,
            floorName: nil,
            metric: "stop",
            bar: Bar(.timesAtMost(n: 10_000), 1.5)
        ),
        Figure(
            name: "c-count",
            ns: sizes,
            unit: .nanoseconds,
            ours: .callbacks,
            floor: nil,
            floorName: nil,
            metric: "count"
        ),
        Figure(
            name: "c-snapshot",
            ns: sizes,
            unit: .nanoseconds,
            ours: .callbacks,
            floor: nil,
            floorName: nil,
            metric: "snapshot"
        ),
        Figure(
            name: "c-restart-growth",
            ns: [1_000_000],
            unit: .times,
            ours: .callbacks,
            floor: nil,
            floorName: nil,
            metric: "restart",
            bar: Bar(.timesAtMost(n: 10_000), 1.5)
        ),
        Figure(
            name: "c-count-growth",
            ns: [1_000_000],
            unit: .times,
            ours: .callbacks,
            floor: nil,
            floorName: nil,
            metric: "count",
            bar: Bar(.timesAtMost(n: 10_000), 1.5)
        ),
        Figure(
            name: "c-snapshot-growth",
            ns: [1_000_000],
            unit: .times,
            ours: .callbacks,
            floor: nil,
            floorName: nil,
            metric: "snapshot",
            bar: Bar(.timesAtMost(n: 10_000), 1.5)
        ),
        Figure(
            name: "c-restart",
            ns: [1, 100, 10_000],
            unit: .microseconds,
            ours: .callbackRestarts,
            floor: nil,
            floorName: nil,
            metric: "latency"
        ),
        Figure(
            name: "c-restart-p99",
            ns: [1, 100, 10_000],
            unit: .microseconds,
            ours: .callbackRestarts,
            floor: nil,
            floorName: nil,
            metric: "latency",
            summary: .p99
        ),
        Figure(
            name: "c-round",
            ns: [10_000],
            unit: .milliseconds,
            ours: .callbackRound,
            floor: nil,
            floorName: nil,
            metric: "round"
        ),
        Figure(
            name: "c-pairs",
            ns: [1, 10_000],
            unit: .perSecond,
            ours: .callbackPairs,
            floor: nil,
            floorName: nil,
            metric: "rate",
            bar: Bar(.atLeast, 450_000)
        ),
        Figure(
            name: "c-step",
            ns: [1, 10_000],
            unit: .nanoseconds,
            ours: .engineStep,
            floor: nil,
            floorName: nil,
            metric: "step",
            bar: Bar(.atMost, 100)
        ),
    ]

    private static let names: [Figure] = {
        let table = "the same of records in a hash table"
        return [
            Figure(
                name: "c-find",
                ns: sizes,
                unit: .nanoseconds,
                ours: .callbackNames,
                floor: .names,
                floorName: table,
                metric: "find"
            ),
            Figure(
                name: "c-find-random",
                ns: sizes,
                unit: .nanoseconds,
                ours: .callbackNames,
                floor: .names,
                floorName: table,
                metric: "find-random"
            ),
            Figure(
                name: "c-add",
                ns: sizes,
                unit: .nanoseconds,
                ours: .callbackNames,
                floor: .names,
                floorName: table,
                metric: "add"
            ),
            Figure(
                name: "c-find-growth",
                ns: [1_000_000],
                unit: .times,
                ours: .callbackNames,
                floor: .names,
                floorName: table,
                metric: "find",
                bar: Bar(.timesAtMost(n: 10_000), 1.5)
            ),
            Figure(
                name: "c-find-random-growth",
                ns: [1_000_000],
                unit: .times,
                ours: .callbackNames,
                floor: .names,
                floorName: table,
                metric: "find-random",
                bar: Bar(.timesAtMost(n: 10_000), 1.5)
            ),
            Figure(
                name: "c-add-growth",
                ns: [1_000_000],
                unit: .times,
                ours: .callbackNames,
                floor: .names,
                floorName: table,
                metric: "add",
                bar: Bar(.timesAtMost(n: 10_000), 1.5)
            ),
        ]
    }()

    private static let processes: [Figure] = {
        let loop = "posix_spawn, pidfd and epoll in C"
        return [
            Figure(
                name: "process-start",
                ns: [1_000],
                unit: .microseconds,
                ours: .processStart,
                floor: .processStartFloor,
                floorName: loop,
                metric: "start",
                bar: Bar(.ratioAtMost, 1.1),
                of: "processes"
            ),
            Figure(
                name: "process-memory",
                ns: [1_000],
                unit: .bytes,
                ours: .processStart,
                floor: .processStartFloor,
                floorName: loop,
                metric: "memory",
                bar: Bar(.atMost, 2_000),
                of: "processes"
            ),
            Figure(
                name: "process-kill",
                ns: [100, 1_000],
                unit: .microseconds,
                ours: .processKill,
                floor: .processKillFloor,
                floorName: loop,
                metric: "time",
                bar: Bar(.ratioAtMost, 1.1),
                of: "processes"
            ),
            Figure(
                name: "process-spawn",
                ns: [0, 256, 1_024],
                unit: .microseconds,
                ours: .processCycle,
                floor: .processCycleFloor,
                floorName: loop,
                metric: "time",
                bar: Bar(.timesAtMost(n: 0), 1.25, n: 1_024),
                of: "megabytes resident",
                smallest: 0
            ),
            Figure(
                name: "process-exit",
                ns: [100, 1_000, 10_000],
                unit: .microseconds,
                ours: .processExit,
                floor: .processExitFloor,
                floorName: loop,
                metric: "time",
                bar: Bar(.atMost, 100),
                of: "processes"
            ),
        ]
    }()
}
