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

/// Run the body as the root of a tree of its own, in real time, and stop the tree when it has returned.
///
/// The body is given the root's context, with which it runs whatever is to be tested, and goes on to test it. What it
/// throws is recorded as an issue of the test; failures of what it runs are not, they are the tree's to deal with. At the end
/// everything is stopped and awaited; who does not end within the limit is named in an issue, and every now and then
/// before on the console.
///
/// The tree logs: `context.logger`, `Logger.current` and what happens to the nodes, all levels. When the test fails, be it
/// by an expectation in the body, by what the body throws or by the end, the log (`log.txt`), the events (`events.txt`), what the
/// tree looked like when the body had ended (`tree.txt`) and what `attaching` returns are attached to it; nothing is when it passes. So
/// it is with an expectation in a worker, although Swift Testing does not know of which test that is.
///
/// ```swift
/// @Test func serves() async {
///     await withTestTree { context in
///         let server = try context.run("server") { try await Server.run($0) }
///         try await server.healthy()
///         #expect(try await ask() == "hello")
///     }
/// }
/// ```
///
/// - Parameters:
///   - name: The name of the root.
///   - log: Where the tree logs; one of its own if none is given.
///   - limit: How long everything may take to end, in all.
///   - interval: How often it is said who has not ended.
///   - subscribers: Who follows the events.
///   - observers: Who is told of each change of state.
///   - attaching: Further texts to be attached to a test that fails, by name.
///   - sourceLocation: Where issues are recorded.
///   - body: The test. It is run once, on the calling task.
public nonisolated(nonsending) func withTestTree(
    _ name: String = "root",
    loggingTo log: LogTree = LogTree(),
    stoppingWithin limit: Duration = .seconds(30),
    remindingEvery interval: Duration = .seconds(5),
    subscribers: [any EventSubscriber] = [],
    observers: [any StateObserver] = [],
    attaching: @Sendable () async -> [String: String] = { [:] },
    sourceLocation: SourceLocation = #_sourceLocation,
    body: nonisolated(nonsending) @escaping (_ context: ChildContext) async throws -> Void
) async {
    let root = HandedOver()
    let recorder = EventRecorder()
    let eventLog = AwaitedEventLog(log)
    let watch = FailureWatch()
    var surroundings = RootSurroundings(loggingTo: log, level: .trace)
    surroundings.values[FailureWatch.Key.self] = watch
    let tree: Supervisor
    do {
        tree = try await Supervisor.start(
            .runnable(name) { context in
                root.give(context)
                await context.stopRequested()
            },
            in: surroundings,
            subscribers: [recorder, eventLog] + subscribers,
            observers: observers,
            on: .shared
        )
    } catch {
        Issue.record(error, "the tree could not be started", sourceLocation: sourceLocation)
        return
    }
    var snapshot = ""
    await watch.run {
        do {
            // There is none if the calling task is cancelled.
            guard let context = await root.context() else { throw CancellationError() }
            try await context.run(body)
        } catch is ExpectationFailedError {
            // Has been recorded where it was required.
        } catch {
            Issue.record(error, sourceLocation: sourceLocation)
        }
        snapshot = tree.snapshot().description
        await tree.stop(within: limit, remindingEvery: interval, sourceLocation: sourceLocation)
    }
    guard watch.hasFailed else { return }
    await eventLog.finish()
    _ = try? await recorder.finish()
    let record = TestRecord(
        tree: snapshot,
        events: recorder,
        log: log,
        isInRealTime: true,
        sourceLocation: sourceLocation
    )
    record.attach(await attaching())
}

extension ChildContext {
    /// Run a body as a part of the worker.
    fileprivate nonisolated(nonsending) func run(
        _ body: nonisolated(nonsending) (_ context: ChildContext) async throws -> Void
    ) async throws {
        try await ChildContext.$current.withValue(self) {
            try await withLogger(logger) { _ in try await body(self) }
        }
    }
}

/// A context on its way from the root to the test.
private final class HandedOver: Sendable {
    private let stream: AsyncStream<ChildContext>
    private let continuation: AsyncStream<ChildContext>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(of: ChildContext.self, bufferingPolicy: .bufferingOldest(1))
    }

    func give(_ context: ChildContext) {
        continuation.yield(context)
    }

    /// The root runs when the tree has been started, and gives it before anything else.
    func context() async -> ChildContext? {
        var contexts = stream.makeAsyncIterator()
        return await contexts.next()
    }
}

extension Supervisor {
    /// Who has not ended.
    private var living: [String] {
        let ended: Set<NodeState> = [.new, .stopped, .completed, .failed, .declined]
        return snapshot().nodes.filter { !ended.contains($0.state) }.map { "\($0.path) (\($0.state))" }
    }

    /// Stop the tree of a test, telling meanwhile who has not ended, and making issues of what goes wrong.
    package func stop(
        within limit: Duration,
        remindingEvery interval: Duration,
        remind: @escaping @Sendable ([String]) -> Void = { print("still running:", $0.joined(separator: ", ")) },
        sourceLocation: SourceLocation
    ) async {
        requestStop()
        let reminder = Task.detached {
            while true {
                try await Task.sleep(for: interval)
                remind(self.living)
            }
        }
        let overdue = Task.detached { () -> [String] in
            do { try await Task.sleep(for: limit) } catch { return [] }
            defer { self.forceStop() }
            return self.living
        }
        var failure: SupervisorError?
        do { try await terminate() } catch { failure = error }
        reminder.cancel()
        overdue.cancel()
        let stuck = await overdue.value
        if !stuck.isEmpty {
            let names = stuck.joined(separator: ", ")
            Issue.record("these had not ended after \(limit): \(names)", sourceLocation: sourceLocation)
        } else if let failure {
            Issue.record(failure, "the tree did not stop cleanly", sourceLocation: sourceLocation)
        }
    }
}
