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

/// One measurement of one thing. It runs in a process of its own, so that the allocator and the thread pool have no
/// history.
struct Probe: Sendable {
    /// Numbers by name. Times are nanoseconds, memory is bytes, rates are per second.
    typealias Results = [String: [Double]]

    let name: String
    let measure: @Sendable (_ n: Int) async throws -> Results

    init(_ name: String, measure: @escaping @Sendable (_ n: Int) async throws -> Results) {
        self.name = name
        self.measure = measure
    }

    static let all: [Probe] = [
        workers, tasks, flatRunnables, wideRunnables, restarts, failingTasks, round, taskRound,
        pairs, taskPairs, pairCallers, taskPairCallers, followedRestarts, unfollowedRestarts,
        callbacks, callbackRestarts, callbackRound, callbackPairs, callbackNames, names, engineStep,
        processStart, processStartFloor, processKill, processKillFloor,
        processExit, processExitFloor, processCycle, processCycleFloor,
        logs, logFloor, crashLogs, quietLogs,
    ]
}

/// A measurement in C that did not work.
struct Failed: Error, CustomStringConvertible {
    let description: String
}

private func check(_ code: Int32) throws {
    if code != 0 { throw Failed(description: "the measurement failed with code \(code)") }
}

/// Call a function that fills so many times.
private func times(_ count: Int, _ fill: (UnsafeMutablePointer<UInt64>?, Int) -> Int32) throws -> [Double] {
    var times = [UInt64](repeating: 0, count: count)
    try unsafe times.withUnsafeMutableBufferPointer { try unsafe check(fill($0.baseAddress, count)) }
    return times.map { Double($0) }
}

// MARK: Callback children

extension Probe {
    static let callbacks = Probe("callbacks") { n in
        var cycle = cb_cycle()
        try unsafe check(cb_callbacks(n, &cycle))
        return [
            "start": [cycle.start], "stop": [cycle.stop], "memory": [cycle.memory], "restart": [cycle.restart],
            "count": [cycle.count], "snapshot": [cycle.snapshot],
        ]
    }

    static let callbackRestarts = Probe("callback-restarts") { n in
        unsafe ["latency": try times(200_000) { unsafe cb_callback_restarts(n, $0, $1) }]
    }

    static let callbackRound = Probe("callback-round") { n in
        unsafe ["round": try times(20) { unsafe cb_callback_round(n, $0, $1) }]
    }

    static let callbackPairs = Probe("callback-pairs") { n in
        var pair = 0.0
        try unsafe check(cb_callback_pairs(n, 200_000, &pair))
        return ["rate": [1e9 / pair]]
    }

    static let callbackNames = Probe("callback-names") { n in try unsafe named(n, cb_callback_names) }

    static let names = Probe("names") { n in try unsafe named(n, cb_names_floor) }

    private static func named(_ n: Int, _ measure: (Int, UnsafeMutablePointer<cb_names>?) -> Int32) throws -> Results {
        var result = cb_names()
        try unsafe check(measure(n, &result))
        return ["add": [result.add], "find": [result.find], "find-random": [result.find_random]]
    }

    static let engineStep = Probe("engine-step") { n in
        var step = 0.0
        try unsafe check(cb_engine_step(n, 1_000_000, &step))
        return ["step": [step]]
    }
}

// MARK: Processes

extension Probe {
    /// The program that is started. It lies beside this one and is written by whoever runs the probes.
    static let child: String = {
        var path = [CChar](repeating: 0, count: 4_096)
        let length = unsafe readlink("/proc/self/exe", &path, path.count - 1)
        let own = String(decoding: path.prefix(max(length, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return own + "-child"
    }()

    static let processStart = Probe("process-start") { n in
        var result = cb_processes()
        try unsafe check(cb_process_start(child, n, &result))
        return ["start": [result.start], "memory": [result.memory]]
    }

    static let processStartFloor = Probe("process-start-floor") { n in
        var result = cb_processes()
        try unsafe check(cb_process_start_floor(child, n, &result))
        return ["start": [result.start], "memory": [result.memory]]
    }

    static let processKill = Probe("process-kill") { n in
        unsafe ["time": try times(200) { unsafe cb_process_kill(child, n, $0, $1) }]
    }

    static let processKillFloor = Probe("process-kill-floor") { n in
        unsafe ["time": try times(200) { unsafe cb_process_kill_floor(child, n, $0, $1) }]
    }

    static let processExit = Probe("process-exit") { n in
        unsafe ["time": try times(100) { unsafe cb_process_exit(child, n, $0, $1) }]
    }

    static let processExitFloor = Probe("process-exit-floor") { n in
        unsafe ["time": try times(100) { unsafe cb_process_exit_floor(child, n, $0, $1) }]
    }

    /// `n` is how many megabytes this process has in memory.
    static let processCycle = Probe("process-cycle") { n in
        try check(cb_occupy(n << 20))
        return unsafe ["time": try times(200) { unsafe cb_process_cycle(child, $0, $1) }]
    }

    static let processCycleFloor = Probe("process-cycle-floor") { n in
        try check(cb_occupy(n << 20))
        return unsafe ["time": try times(200) { unsafe cb_process_cycle_floor(child, $0, $1) }]
    }
}
