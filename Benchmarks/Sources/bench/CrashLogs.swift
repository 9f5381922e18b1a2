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
import Supervision
import SupervisionLogging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

private struct Crash: Error {}

/// A tree whose nodes log, of which one with all others below it can be made to fail.
private final class Bed: Sendable {
    private struct State {
        var contexts: [ChildContext] = []
        var crash: CheckedContinuation<Void, Never>?
        var up: Gate
        var isOver = false
    }

    private let count: Int
    private let state: Mutex<State>

    init(_ count: Int) {
        self.count = count
        self.state = Mutex(State(up: Gate(count + 1)))
    }

    func start(_ log: LogTree) async throws -> Supervisor {
        try await Supervisor.start("root", loggingTo: log, events: false) { context in
            try context.run("bed", backoff: .none) { context in try await self.run(context) }
            await context.stopRequested()
        }
    }

    private func run(_ context: ChildContext) async throws {
        for index in 0..<count {
            try context.run("w\(index)") { context in
                self.join(context)
                await context.stopRequested()
            }
        }
        await withCheckedContinuation { crash in
            state.withLock { $0.crash = crash }
            join(context)
        }
        if state.withLock({ $0.isOver }) { return await context.stopRequested() }
        throw Crash()
    }

    private func join(_ context: ChildContext) {
        let up = state.withLock { state in
            state.contexts.append(context)
            return state.up
        }
        up.pass()
    }

    /// The contexts of those who are up, when all are.
    func contexts() async -> [ChildContext] {
        await state.withLock { $0.up }.wait()
        return state.withLock { $0.contexts }
    }

    /// Let the crash happen; or let the bed wait for its end.
    func fail(isOver: Bool = false) {
        let crash = state.withLock { state in
            state.isOver = isOver
            state.contexts = []
            state.up = Gate(count + 1)
            return state.crash.take()
        }
        crash?.resume()
    }
}

/// Threads of the system that log now and then, and note how long each call took: also of those that had to wait for
/// something.
@safe
private final class Writers: @unchecked Sendable {
    // Sendable: the slots of a writer are written by it alone, and read when it has ended.
    private let threads: Int
    private let room = 1 << 20
    private let slots: UnsafeMutablePointer<UInt64>
    private let counts: UnsafeMutablePointer<Int>
    private let isOver = Atomic<Bool>(false)
    private let ended: Gate

    init(threads: Int) {
        self.threads = threads
        self.ended = Gate(threads)
        unsafe slots = .allocate(capacity: threads * room)
        unsafe slots.initialize(repeating: 0, count: threads * room)
        unsafe counts = .allocate(capacity: threads)
        unsafe counts.initialize(repeating: 0, count: threads)
    }

    func start(_ contexts: [ChildContext]) {
        for writer in 0..<threads {
            detachThread { self.write(contexts, writer) }
        }
    }

    private func write(_ contexts: [ChildContext], _ writer: Int) {
        var number = writer
        while !isOver.load(ordering: .relaxed), unsafe counts[writer] < room {
            number = (number &+ 7_919) % contexts.count
            let preemptions = cb_preemptions()
            let begun = cb_now()
            contexts[number].logger.info("served", metadata: ["status": "200"])
            let took = cb_now() - begun
            // Where the kernel took the processor away for somebody else, that is what would be measured.
            if cb_preemptions() == preemptions {
                unsafe slots[writer * room + counts[writer]] = took
                unsafe counts[writer] += 1
            }
            // So that all have a processor when they need one.
            usleep(20)
        }
        ended.pass()
    }

    /// How long the calls took.
    func end() async -> [Double] {
        isOver.store(true, ordering: .relaxed)
        await ended.wait()
        return (0..<threads).flatMap { writer in
            unsafe (0..<counts[writer]).map { unsafe Double(slots[writer * room + $0]) }
        }
    }
}

/// Run a body on a thread of its own.
private func detachThread(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let box = unsafe Unmanaged.passRetained(Box(body)).toOpaque()
    _ = unsafe pthread_create(
        &thread,
        nil,
        { box in
            unsafe Unmanaged<Box>.fromOpaque(box!).takeRetainedValue().body()
            return nil
        },
        box
    )
    pthread_detach(thread)
}

extension Probe {
    /// What several threads pay who log at the nodes of a tree of `n`, while a crash has all of it made anew, twenty times.
    static let crashLogs = Probe("crash-logs") { n in try await measure(n, crashes: 20) }

    /// The same, for as long, while nothing happens.
    static let quietLogs = Probe("quiet-logs") { n in try await measure(n, crashes: 0) }

    private static func measure(_ n: Int, crashes: Int) async throws -> Results {
        let bed = Bed(n)
        let tree = try await bed.start(LogTree())
        let contexts = await bed.contexts()
        let writers = Writers(threads: 4)
        writers.start(contexts)
        for _ in 0..<crashes {
            bed.fail()
            _ = await bed.contexts()
        }
        if crashes == 0 { try await Task.sleep(for: .seconds(1)) }
        let calls = await writers.end()
        bed.fail(isOver: true)
        try await tree.terminate()
        return ["call": calls]
    }
}

extension Figure {
    static let crashLogs: [Figure] = {
        func figure(_ name: String, _ summary: Summary, _ bar: Bar) -> Figure {
            Figure(
                name: name,
                ns: [5_000],
                unit: .nanoseconds,
                ours: .crashLogs,
                floor: .quietLogs,
                floorName: "the same calls while nothing happens",
                metric: "call",
                summary: summary,
                bar: bar,
                of: "nodes"
            )
        }
        return [
            figure("log-during-crash", .median, Bar(.ratioAtMost, 1.5)),
            figure("log-during-crash-p99", .p99, Bar(.ratioAtMost, 1.5)),
            // A part of what the restart takes.
            figure("log-during-crash-max", .maximum, Bar(.atMost, 1e6)),
        ]
    }()
}
