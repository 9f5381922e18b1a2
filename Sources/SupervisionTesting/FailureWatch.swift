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
internal import Supervision
internal import SupervisionLogging
internal import Synchronization
internal import Testing

/// Sees whether the running test fails while something is run: an expectation that is not met, there or in a worker of the
/// tree, an issue of the harness, an error that somebody else has recorded. Known issues are none.
final class FailureWatch: Sendable {
    /// The name under which workers have it.
    enum Key: TreeValueKey {
        typealias Value = FailureWatch
    }

    private let seen = Atomic<Bool>(false)

    var hasFailed: Bool { seen.load(ordering: .acquiring) }

    func note() { seen.store(true, ordering: .releasing) }

    /// Run the body and see its issues. In a task that does not belong to a test nobody knows of which test they are.
    nonisolated(nonsending) func run(_ body: nonisolated(nonsending) @escaping () async -> Void) async {
        guard let test = Test.current else { return await body() }
        let watching: IssueHandlingTrait = .compactMapIssues { issue in
            if Test.current != nil {
                if issue.isFailureOfTest { self.note() }
                return issue
            }
            // It comes from a task of no test, as those of workers are. Swift Testing tells of it everywhere, so not here.
            let isOurs = ChildContext.current?.provided(Key.self) === self
            if isOurs && issue.isFailureOfTest { self.note() }
            return nil
        }
        let body = Handed(body: body)
        // Throws nothing but what the body does.
        try? await watching.provideScope(for: test, testCase: Test.Case.current) { await body.body() }
    }
}

/// A body on its way through a function that wants it Sendable.
private struct Handed: @unchecked Sendable {
    // Sendable: it is called once, by the task that hands it over and does nothing else meanwhile.
    let body: nonisolated(nonsending) () async -> Void
}

extension Issue {
    fileprivate var isFailureOfTest: Bool {
        #if compiler(>=6.3)
        isFailure
        #else
        true
        #endif
    }
}

/// Logs the events of a tree, and lets a test wait until all are logged.
final class AwaitedEventLog: EventSubscriber {
    private let log: EventLog
    private let isOver = Gate()

    init(_ log: LogTree) {
        self.log = EventLog(tree: log, level: .trace)
    }

    func receive(_ events: Supervisor.Events) async {
        await log.receive(events)
        isOver.open()
    }

    /// Return when the tree has ended and all is logged.
    func finish() async {
        await isOver.waitIgnoringCancellation()
    }
}

extension [String] {
    fileprivate var asLines: String { map { $0 + "\n" }.joined() }
}

/// What is attached to a failing test.
struct TestRecord {
    /// As text, when the body had ended.
    let tree: String
    let events: EventRecorder
    let log: LogTree?
    /// Events are logged somewhat later than they happen; in real time the times of all entries are on one clock.
    var isInRealTime = false
    let sourceLocation: SourceLocation

    func attach(_ others: [String: String] = [:]) {
        var texts = others
        texts["tree.txt"] = tree
        texts["events.txt"] = events.events.map(\.description).asLines
        if var entries = try? log?.backlog(.all, .all) {
            if isInRealTime { entries.sort { ($0.time, $0.position) < ($1.time, $1.position) } }
            texts["log.txt"] = entries.map { "\($0)" }.asLines
        }
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            Attachment.record(text, named: name, sourceLocation: sourceLocation)
        }
    }
}
