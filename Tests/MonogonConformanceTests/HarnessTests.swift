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

@Suite("N. The test harness", .timeLimit(.minutes(1)))
struct HarnessTests {
    @Test("MON-105 What the body throws is an issue, and everything is awaited before the test goes on")
    func bodyThrows() async throws {
        let ended = Gate()
        await withKnownIssue {
            await withTestTree { context in
                let child = try context.run("slow") { context in
                    try context.signal(.healthy)
                    await context.stopRequested()
                    await withoutCancellation { try? await context.sleep(for: .milliseconds(20)) }
                    ended.open()
                    throw CancellationError()
                }
                try await child.healthy()
                throw ScriptedFailure()
            }
        } matching: { issue in
            issue.error is ScriptedFailure
        }
        #expect(ended.isOpen)
    }

    @Test("MON-106 The body is run once")
    func once() async throws {
        let tally = Puppet("counted")
        await withTestTree { context in
            _ = try context.run("counted") { try await tally.run($0) }
            while tally.runs == 0 { await Task.yield() }
        }
        #expect(tally.runs == 1)
    }

    @Test("MON-108 A failure of a child alone is no issue")
    func childFails() async throws {
        await withTestTree { context in
            let second = Gate()
            let runs = Puppet("a")
            try context.run("a", backoff: .none) { context in
                if context.incarnationNumber > 1 { second.open() }
                if context.incarnationNumber == 1 { throw ScriptedFailure() }
                try await runs.run(context)
            }
            try await second.wait()
        }
    }

    @Test("MON-109 Who does not end is named when the time is over")
    func stuck() async throws {
        let gate = Gate()
        let up = Gate()
        await withKnownIssue {
            await withTestTree(stoppingWithin: .milliseconds(50), remindingEvery: .milliseconds(20)) { context in
                try context.run("deaf", shutdown: .indefinitely) { _ in
                    up.open()
                    await gate.waitIgnoringCancellation()
                }
                try await up.wait()
            }
        } matching: { issue in
            issue.comments.contains { $0.rawValue.contains("root/deaf") }
        }
        gate.open()
    }

    @Test("MON-109 Meanwhile who has not ended is named again and again")
    func reminders() async throws {
        let gate = Gate()
        let up = Gate()
        let reminders = Mutex<[[String]]>([])
        let tree = try await Supervisor.start(
            SupervisorSpec("root") {
                ChildSpec("deaf", shutdown: .indefinitely) {
                    up.open()
                    await gate.waitIgnoringCancellation()
                }
            }
        )
        try await up.wait()
        await tree.stop(
            within: .seconds(30),
            remindingEvery: .milliseconds(1),
            remind: { names in
                let count = reminders.withLock { reminders in
                    reminders.append(names)
                    return reminders.count
                }
                if count == 2 { gate.open() }
            },
            sourceLocation: #_sourceLocation
        )
        let told = reminders.withLock { $0 }
        #expect(told.count >= 2 && told.prefix(2).allSatisfy { $0.contains("root/deaf (stopping)") }, "\(told)")
    }
}
