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

internal import Logging
public import Supervision
public import SupervisionLogging
public import Testing

/// A tree under test, on a time that moves only when the test says so.
///
/// Its workers run one piece of work at a time on an executor of the harness. When a method has returned that moves time
/// or lets things settle, the tree is idle: no worker has anything to do before time moves on, nothing that the tree has
/// decided is still to be done, and ``recorder`` has all events. So a test says what happens when, and never waits.
///
/// ```swift
/// try await withTestTree(shop) { tree in
///     try await tree.advance(by: .seconds(30))                        // takes a millisecond
///     tree.recorder.expect(inOrder: .failed("shop/cache"), .started("shop/cache"))
///     #expect(tree["shop/cache"]?.restarts == 1)
/// }
/// ```
///
/// What bodies do on their own task and its child tasks is covered, and so are `ChildContext.sleep(for:)` and
/// `ChildContext.clock`. What they start outside is not: a bare `Task`, real input and output, processes, `Task.sleep`.
/// For that there is ``wait(for:count:after:within:)``, which waits in real time while the tree's time stands still.
public struct TestTree: Sendable {
    private let launch: Supervisor.Launch

    /// What it runs on.
    public let runtime: SupervisorRuntime

    /// All of its events.
    public let recorder: EventRecorder

    /// How long things may take in real time.
    let patience: Duration

    /// When it was launched.
    private let beginning: SupervisorClock.Instant

    /// Launch a tree and return when it is idle: up, or waiting in its start for time to move on.
    ///
    /// ``withTestTree(_:loggingTo:startingWithin:seed:patience:subscribers:observers:sourceLocation:body:)`` does more for the usual case. This is
    /// for tests of the start itself.
    ///
    /// - Parameters:
    ///   - spec: What to start.
    ///   - seed: What random delays are drawn from.
    ///   - patience: How long, in real time, workers may run without waiting for anything.
    ///   - subscribers: Who follows its events besides ``recorder``.
    ///   - observers: Who is told of each change of state of its nodes.
    public init(
        launching spec: SupervisorSpec,
        seed: UInt64 = 1,
        patience: Duration = .seconds(30),
        subscribers: [any EventSubscriber] = [],
        observers: [any StateObserver] = []
    ) async throws(SupervisorError) {
        let root = SupervisorSpec.Node(spec)
        try await self.init(root, seed: seed, patience: patience, subscribers: subscribers, observers: observers)
    }

    /// Launch a tree whose root is a runnable, and return when it is idle.
    public init(
        launching runnable: ChildSpec,
        seed: UInt64 = 1,
        patience: Duration = .seconds(30),
        subscribers: [any EventSubscriber] = [],
        observers: [any StateObserver] = []
    ) async throws(SupervisorError) {
        let root = SupervisorSpec.Node(runnable)
        try await self.init(root, seed: seed, patience: patience, subscribers: subscribers, observers: observers)
    }

    private init(
        _ node: SupervisorSpec.Node,
        seed: UInt64,
        patience: Duration,
        subscribers: [any EventSubscriber],
        observers: [any StateObserver]
    ) async throws(SupervisorError) {
        let runtime = try SupervisorRuntime(patience: patience, seed: seed)
        let recorder = EventRecorder()
        self.beginning = runtime.now
        self.launch = try Supervisor.Launch(
            node,
            subscribers: [recorder] + subscribers,
            observers: observers,
            on: runtime
        )
        self.runtime = runtime
        self.recorder = recorder
        self.patience = patience
        try await runtime.settle()
    }

    // MARK: Looking

    /// The handle of the tree. Requests made with it take effect when the tree has settled; its methods that wait need
    /// somebody who moves time meanwhile, so that those of the test tree are mostly better.
    public var supervisor: Supervisor { launch.supervisor }

    /// What the tree looks like now.
    public var snapshot: Supervisor.Snapshot { supervisor.snapshot() }

    /// The node with this runtime name as it is now.
    public subscript(path: String) -> Supervisor.Snapshot.Node? { snapshot[path] }

    /// How far the tree is.
    public var state: Supervisor.State { supervisor.state }

    /// The time since the tree was launched.
    public var elapsed: Duration { beginning.duration(to: runtime.now) }

    /// How long it is until something is due: a deadline of the tree, or the end of a sleep. `nil` if nothing is.
    public var timeToNextDeadline: Duration? {
        runtime.nextDeadline.map { runtime.now.duration(to: $0) }
    }

    /// How the start went, if it is over.
    public var startResult: Result<Void, SupervisorError>? { launch.startResult }

    /// How the tree ended, if it has; a start that failed is an end, too.
    public var endResult: Result<Void, SupervisorError>? { launch.endResult }

    // MARK: Moving

    /// Wait until the tree is idle. Time stands still.
    public func settle() async throws(SupervisorError) {
        try await runtime.settle()
    }

    /// Move time on, deadline by deadline in their order. At each one what is due happens, and whatever workers do about
    /// it, before time moves on. What is due at the same time, deadlines of the tree and ends of sleeps, comes in the order
    /// in which it was armed.
    public func advance(by duration: Duration) async throws(SupervisorError) {
        try await runtime.advance(by: duration)
    }

    /// Move time on to the next deadline. False if nothing is due.
    @discardableResult
    public func advanceToNextDeadline() async throws(SupervisorError) -> Bool {
        try await settle()
        guard let time = timeToNextDeadline else { return false }
        try await advance(by: max(time, .zero))
        return true
    }

    /// Move time on, deadline by deadline, until an event after the mark meets the criteria; return the event.
    ///
    /// Throws if that takes longer than the limit of the tree's time, or if nothing is left that could bring it about.
    @discardableResult
    public func advance(
        until criteria: EventCriteria,
        after mark: EventRecorder.Mark = .start,
        atMost limit: Duration = .seconds(86_400)
    ) async throws -> Supervisor.Event {
        let end = runtime.now.advanced(by: limit)
        var place = mark
        try await settle()
        while true {
            let reached = recorder.mark()
            if let event = recorder.events(after: place, matching: criteria).first { return event }
            place = reached
            guard try await advance(notAfter: end) else {
                throw TestTreeError("there was no event \(criteria) within \(limit) of the tree's time", of: self)
            }
        }
    }

    /// One deadline further; false if there is none before the end.
    private func advance(notAfter end: SupervisorClock.Instant) async throws(SupervisorError) -> Bool {
        guard state != .ended, let next = runtime.nextDeadline, next <= end else { return false }
        try await advance(by: max(runtime.now.duration(to: next), .zero))
        return true
    }

    // MARK: Beginning and end

    /// Return when the tree is up, moving time on by so much if need be. Throws what the start threw.
    public func waitUntilStarted(within limit: Duration = .zero) async throws {
        let end = runtime.now.advanced(by: limit)
        try await settle()
        while startResult == nil, try await advance(notAfter: end) {}
        if startResult == nil, limit == .zero {
            // What is outside takes real time.
            let isOver: EventCriteria = .kind(.started, .startFailed)
            _ = try? await recorder.wait(within: min(patience, .seconds(10))) { events in
                events.contains { !$0.path.contains("/") && isOver.matches($0) }
            }
            try await settle()
        }
        guard let startResult else {
            throw TestTreeError(
                "the tree did not come up within \(limit) of its time; give it more with `startingWithin:`, or launch it "
                    + "with `TestTree(launching:)` and look",
                of: self
            )
        }
        try startResult.get()
    }

    /// Stop the tree, moving time on as far as that needs, and throw what went wrong: children that did not stop cleanly,
    /// or the failure with which the tree had ended.
    public func terminate(within budget: Duration? = nil) async throws {
        supervisor.requestStop(within: budget)
        try await wait()
    }

    /// Return when the tree has ended, moving time on as far as that needs. Throws the failure with which it ended, and
    /// when nothing is left that could make it end.
    public func wait() async throws {
        try await settle()
        while endResult == nil {
            if snapshot.nodes.contains(where: { $0.pid != nil }) {
                // Processes end in real time; only one that does not needs the tree's.
                _ = try? await recorder.finish(within: .seconds(5))
                try await settle()
                if endResult != nil { break }
            }
            guard try await advance(notAfter: .distantFuture) else {
                try await settle()
                guard endResult == nil else { break }
                throw TestTreeError("nothing is due, and the tree has not ended", of: self)
            }
        }
        try endResult?.get()
    }

    /// Wait, in real time while the tree's stands still, for the last of so many events that meet the criteria, and return
    /// it: for what comes from outside. The error names what is missing.
    @discardableResult
    public func wait(
        for criteria: EventCriteria,
        count: Int = 1,
        after mark: EventRecorder.Mark = .start,
        within limit: Duration = .seconds(30)
    ) async throws -> Supervisor.Event {
        try await settle()
        let event = try await recorder.wait(for: criteria, count: count, after: mark, within: limit)
        try await settle()
        return event
    }
}

extension SupervisorClock.Instant {
    fileprivate static let distantFuture = SupervisorRuntime.shared.now.advanced(by: .seconds(Int64.max / 2))
}

/// Start a tree on a time that moves only when the body says so, run the body, and stop the tree.
///
/// The tree is up when the body begins. At the end it is stopped, with all the time that needs; how it stopped is for the
/// body to ask, with ``TestTree/terminate(within:)``. When an expectation fails, or the body throws, the events
/// (`events.txt`), what the tree looked like then (`tree.txt`) and its log, if it was given one here (`log.txt`), are attached to the
/// test; nothing is when it passes.
///
/// ```swift
/// @Test func backsOff() async throws {
///     try await withTestTree(shop) { tree in
///         try await tree.advance(by: .seconds(30))
///         tree.recorder.expect(inOrder: .failed("shop/cache"), .started("shop/cache"))
///     }
/// }
/// ```
///
/// - Parameters:
///   - spec: What to start.
///   - log: Where the tree logs, all levels: as with `spec.logging(to: log)`.
///   - startLimit: How much of the tree's time the start may take.
///   - seed: What random delays are drawn from.
///   - patience: How long, in real time, workers may run without waiting for anything.
///   - subscribers: Who follows its events besides ``TestTree/recorder``.
///   - observers: Who is told of each change of state of its nodes.
///   - sourceLocation: Where things are attached.
///   - body: The test.
public nonisolated(nonsending) func withTestTree<Result>(
    _ spec: SupervisorSpec,
    loggingTo log: LogTree? = nil,
    startingWithin startLimit: Duration = .zero,
    seed: UInt64 = 1,
    patience: Duration = .seconds(30),
    subscribers: [any EventSubscriber] = [],
    observers: [any StateObserver] = [],
    sourceLocation: SourceLocation = #_sourceLocation,
    body: nonisolated(nonsending) @escaping (_ tree: TestTree) async throws -> Result
) async throws -> Result {
    let watch = FailureWatch()
    let logging = log.map { spec.logging(to: $0, level: .trace) } ?? spec
    var tree: TestTree?
    var snapshot = ""
    var result: Swift.Result<Result, any Error> = .failure(CancellationError())
    await watch.run {
        do {
            let launched = try await TestTree(
                launching: logging.providing(FailureWatch.Key.self, watch),
                seed: seed,
                patience: patience,
                subscribers: subscribers,
                observers: observers
            )
            tree = launched
            try await launched.waitUntilStarted(within: startLimit)
            do {
                result = .success(try await body(launched))
            } catch {
                watch.note()
                throw error
            }
        } catch {
            result = .failure(error)
        }
        snapshot = tree?.snapshot.description ?? ""
        try? await tree?.terminate()
    }
    if watch.hasFailed, let recorder = tree?.recorder {
        TestRecord(tree: snapshot, events: recorder, log: log, sourceLocation: sourceLocation).attach()
    }
    return try result.get()
}
