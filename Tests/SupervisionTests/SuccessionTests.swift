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

import Supervision
import SupervisionTesting
import Synchronization
import Testing

/// A task may run several incarnations of a worker one after another. Nobody is to notice.
@Suite("One incarnation after another", .timeLimit(.minutes(1)))
struct SuccessionTests {
    private struct Broken: Error {}

    /// The incarnations of a worker.
    private final class Lives: Sendable {
        struct Counts {
            var runs = 0
            var alive = 0
            var mostAlive = 0
        }

        private let counts = Mutex(Counts())

        var now: Counts { counts.withLock { $0 } }

        /// How many there were.
        func begin() -> Int {
            counts.withLock { counts in
                counts.runs += 1
                counts.alive += 1
                counts.mostAlive = max(counts.mostAlive, counts.alive)
                return counts.runs
            }
        }

        func end() {
            counts.withLock { $0.alive -= 1 }
        }
    }

    /// Restarts in real time, without a pause.
    private func spec(_ children: [ChildSpec]) -> SupervisorSpec {
        SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            for child in children { child }
        }
    }

    @Test("Y5 An incarnation is not cancelled because the one before has cancelled itself")
    func cancellation() async throws {
        let seen = Log<Bool>()
        let tree = try await Supervisor.start(
            spec([
                ChildSpec("w") { context in
                    seen.append(Task.isCancelled)
                    if seen.all.count == 10 { return await context.stopRequested() }
                    unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                    throw Broken()
                }
            ])
        )
        await seen.wait { $0.count == 10 }
        try await tree.terminate()
        #expect(seen.all == Array(repeating: false, count: 10))
    }

    @Test("Y5 An incarnation does not run at the priority to which the one before was raised")
    func priority() async throws {
        guard #available(macOS 26, iOS 26, tvOS 26, watchOS 26, visionOS 26, *) else { return }
        let seen = Log<UInt8>()
        let tree = try await Supervisor.start(
            spec([
                ChildSpec("w") { context in
                    seen.append(Task.currentPriority.rawValue)
                    if seen.all.count == 10 { return await context.stopRequested() }
                    unsafe withUnsafeCurrentTask { task in
                        if let task = unsafe task { unsafe task.escalatePriority(to: .high) }
                    }
                    throw Broken()
                }
            ])
        )
        await seen.wait { $0.count == 10 }
        try await tree.terminate()
        #expect(Set(seen.all) == [seen.all[0]])
        #expect(seen.all[0] != TaskPriority.high.rawValue)
    }

    @Test("Y5 R5 An incarnation has the context of its own, and none of the task-locals of the one before")
    func surroundings() async throws {
        struct Seen: Equatable {
            let tag: String
            let incarnation: UInt64
        }
        let seen = Log<Seen>()
        let kept = Log<ChildContext>()
        let tree = try await Supervisor.start(
            spec([
                ChildSpec("w") { context in
                    kept.append(context)
                    let current = ChildContext.current?.incarnationNumber ?? 0
                    seen.append(Seen(tag: Tracing.tag, incarnation: current))
                    if seen.all.count == 5 { return await context.stopRequested() }
                    try Tracing.$tag.withValue("of \(current)") { throw Broken() }
                }
            ])
        )
        await seen.wait { $0.count == 5 }
        let contexts = kept.all
        #expect(contexts.map(\.isStopRequested) == [true, true, true, true, false], "only the last one lives")
        try await tree.terminate()
        #expect(seen.all.map(\.tag) == Array(repeating: "none", count: 5))
        #expect(seen.all.map(\.incarnation) == contexts.map(\.incarnationNumber))
        #expect(Set(seen.all.map(\.incarnation)).count == 5)
    }

    @Test("H2 An incarnation is cancelled by its stop, and waits for it, whoever ran before", arguments: [false, true])
    func stop(waitsForUs: Bool) async throws {
        let runs = Counter()
        let isUp = Gate()
        let tree = try await Supervisor.start(
            spec([
                ChildSpec("w", shutdown: .timeout(.seconds(30))) { context in
                    if runs.increment() < 5 { throw Broken() }
                    isUp.open()
                    if waitsForUs {
                        await context.stopRequested()
                    } else {
                        // Ends only by cancellation.
                        try await Task.sleep(for: .seconds(3_600))
                    }
                }
            ])
        )
        try await isUp.wait()
        try await tree.terminate()
        #expect(runs.value == 5)
    }

    @Test("X2 A permanent worker that ends without an error is run anew")
    func completion() async throws {
        let runs = Counter()
        let isUp = Gate()
        let tree = try await Supervisor.start(
            spec([
                ChildSpec("w", restart: .permanent) { context in
                    if runs.increment() < 200 { return }
                    isUp.open()
                    await context.stopRequested()
                }
            ])
        )
        try await isUp.wait()
        try await tree.terminate()
        #expect(runs.value == 200)
    }

    @Test("Y1 Workers that do nothing but fail leave others their turn")
    func fairness() async throws {
        let isOver = Atomic(false)
        let children = (0..<16).map { index in
            ChildSpec("w\(index)") { context in
                if !isOver.load(ordering: .relaxed) { throw Broken() }
                await context.stopRequested()
            }
        }
        let tree = try await Supervisor.start(spec(children))
        // Each yield waits for its turn behind what is in the pool's queue.
        await Task.detached {
            for _ in 0..<20 { await Task.yield() }
        }.value
        isOver.store(true, ordering: .relaxed)
        _ = try? await tree.terminate()
    }

    /// In which tasks incarnations begin, and errors are released.
    private final class Whereabouts: Sendable {
        struct Release {
            /// Of which task, 0 for none.
            let task: UInt
            /// How many incarnations had begun.
            let begun: Int
        }

        private let state = Mutex((begins: [UInt](), releases: [Release]()))

        var begins: [UInt] { state.withLock { $0.begins } }
        var releases: [Release] { state.withLock { $0.releases } }

        private static var task: UInt {
            unsafe withUnsafeCurrentTask { unsafe $0.map { unsafe unsafeBitCast($0, to: UInt.self) } ?? 0 }
        }

        /// How many have.
        func begin() -> Int {
            let task = Self.task
            return state.withLock { state in
                state.begins.append(task)
                return state.begins.count
            }
        }

        func release() {
            let task = Self.task
            state.withLock { $0.releases.append(Release(task: task, begun: $0.begins.count)) }
        }
    }

    private final class Traced: Error {
        let whereabouts: Whereabouts

        init(_ whereabouts: Whereabouts) {
            self.whereabouts = whereabouts
        }

        deinit {
            whereabouts.release()
        }
    }

    @Test("Y6 No error is released in a task that is about to run the next incarnation, which would wait for that")
    func release() async throws {
        let whereabouts = Whereabouts()
        let isUp = Gate()
        let tree = try await Supervisor.start(
            spec([
                ChildSpec("w") { context in
                    if whereabouts.begin() < 500 { throw Traced(whereabouts) }
                    isUp.open()
                    await context.stopRequested()
                }
            ])
        )
        try await isUp.wait()
        let releases = whereabouts.releases
        try await tree.terminate()
        let begins = whereabouts.begins
        #expect(Set(begins).count < 500, "no task has run several")
        #expect(releases.count > 300, "they are released meanwhile")
        for release in releases where release.task != 0 && release.begun < begins.count {
            #expect(begins[release.begun] != release.task)
        }
    }

    @Test("X5 I2 Workers that end while they are restarted: one incarnation at a time, and each end is settled")
    func turmoil() async throws {
        let lives = (0..<4).map { _ in Lives() }
        let children = (0..<4).map { index in
            ChildSpec("w\(index)", restart: .permanent) { context in
                let run = lives[index].begin()
                defer { lives[index].end() }
                switch run % 5 {
                case 0: throw Broken()
                case 1: return
                case 2: await Task.yield()
                case 3: await context.stopRequested()
                default: try await Task.sleep(for: .seconds(3_600))
                }
            }
        }
        let tree = try await Supervisor.start(spec(children))
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<4 {
                group.addTask {
                    while lives[index].now.runs < 500 {
                        let child = tree.child(named: "w\(index)")
                        _ = try? await child?.restart()
                    }
                }
            }
        }
        try? await tree.terminate()
        for life in lives.map(\.now) {
            #expect(life.alive == 0)
            #expect(life.mostAlive == 1, "two incarnations at once")
        }
        #expect(tree.state == .ended)
    }
}
