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

@Suite("The reliable notifier", .timeLimit(.minutes(1)))
struct ReliableNotifierTests {
    private let spec = SupervisorSpec("root") {
        SupervisorSpec("inner") { ChildSpec.idle("a") }
        ChildSpec.idle("b")
    }

    @Test("CAP-146 Each receiver gets all events that it asked for")
    func fansOut() async throws {
        let logs = (0..<3).map { _ in Log<String>() }
        let some = Log<String>()
        let receivers = logs.enumerated().map { number, log in
            ReliableNotifier.Receiver("r\(number)") { item in log.append(item.event?.description ?? "lost") }
        }
        let filtered = ReliableNotifier.Receiver("some", matching: .started()) { item in
            some.append(item.event?.path ?? "lost")
        }
        let notifier = try ReliableNotifier(receivers + [filtered])
        try await withTestTree(spec, subscribers: [notifier]) { tree in
            try await tree.terminate()
            try await tree.settle()
            let all = tree.recorder.events.map(\.description)
            for log in logs { #expect(log.all == all) }
            #expect(some.all == ["root/inner/a", "root/inner", "root/b", "root"])
            #expect(notifier.statistics["r0"]?.delivered == UInt64(all.count))
            #expect(notifier.statistics["some"]?.delivered == 4)
        }
    }

    @Test("CAP-147 One that fails: the others get everything, and every second failure within 5 s is told")
    func failing() async throws {
        let good = Log<String>()
        let bad = Log<String>()
        let failures = Log<SupervisorError>()
        let notifier = try ReliableNotifier(
            [
                .init("good") { item in good.append(item.event?.description ?? "lost") },
                .init("bad") { item in
                    bad.append(item.event?.description ?? "lost")
                    throw ScriptedFailure(bad.all.count)
                },
            ],
            onFailure: { name, error in
                #expect(name == "bad")
                failures.append(error)
            }
        )
        try await withTestTree(spec, subscribers: [notifier]) { tree in
            try await tree.terminate()
            // Its restarts are delayed when there were some.
            try await tree.advance(by: .seconds(4))
            let all = tree.recorder.events.map(\.description)
            #expect(good.all == all)
            #expect(bad.all == all)
            #expect(failures.all.count == all.count / 2)
            #expect(failures.all.allSatisfy { $0.code == .toleranceExceeded })
            #expect(failures.all.first?.rootCause as? ScriptedFailure == ScriptedFailure(2))
            #expect(notifier.statistics["bad"]?.failed == UInt64(all.count))
            #expect(notifier.statistics["bad"]?.delivered == 0)
        }
    }

    @Test(
        "CAP-148 One that is stuck: the others get everything, what it misses is named and counted, the last comes through"
    )
    func stuck() async throws {
        let gate = Gate()
        let good = Log<String>()
        let stuck = Log<Supervisor.EventItem>()
        let losses = Log<UInt64>()
        let notifier = try ReliableNotifier(
            [
                .init("good") { item in good.append(item.event?.description ?? "lost") },
                .init("stuck", buffer: 1, timeout: nil) { item in
                    stuck.append(item)
                    await gate.wait()
                },
            ],
            onLoss: { name, event in
                #expect(name == "stuck")
                losses.append(event.number)
            }
        )
        try await withTestTree(spec, subscribers: [notifier]) { tree in
            try await tree.terminate()
            let count = UInt64(tree.recorder.events.count)
            #expect(good.all.count == Int(count))
            #expect(stuck.all.count == 1)
            #expect(losses.all.count >= Int(count) - 2)
            #expect(notifier.statistics["stuck"]?.lost == UInt64(losses.all.count))
            gate.open()
            try await tree.settle()
            #expect(stuck.all.last?.event?.number == count)
            let told = stuck.all.reduce(into: UInt64(0)) { sum, item in
                if case .lost(let count, _) = item { sum += count }
            }
            #expect(told == UInt64(losses.all.count))
            #expect((losses.all + stuck.all.compactMap { $0.event?.number }).sorted() == Array(1...count))
        }
    }

    @Test("One that takes too long is cancelled, told, and goes on with the next event")
    func timeOut() async throws {
        let seen = Log<UInt64>()
        let timeouts = Log<String>()
        let notifier = try ReliableNotifier(
            [
                .init("slow", timeout: .seconds(2), matching: .started()) { item in
                    seen.append(item.event?.number ?? 0)
                    if item.event?.path == "root/inner" { try await Gate().waitUnlessCancelled() }
                }
            ],
            onTimeout: { name, item in timeouts.append("\(name) \(item.event?.path ?? "")") }
        )
        try await withTestTree(spec, subscribers: [notifier]) { tree in
            #expect(seen.all == [1, 2])
            try await tree.advance(by: .milliseconds(1_999))
            #expect(timeouts.all == [])
            try await tree.advance(by: .milliseconds(1))
            #expect(timeouts.all == ["slow root/inner"])
            #expect(seen.all == [1, 2, 3, 4])
            let statistics = try #require(notifier.statistics["slow"])
            #expect(statistics.timedOut == 1 && statistics.failed == 1 && statistics.delivered == 3)
        }
    }

    @Test("N1 N2 Names that cannot be are refused")
    func names() throws {
        #expect(throws: SupervisorError.self) { try ReliableNotifier([.init("a/b") { _ in }]) }
        let error = #expect(throws: SupervisorError.self) {
            try ReliableNotifier([.init("a") { _ in }, .init("a") { _ in }])
        }
        #expect(error?.code == .invalidSpec)
    }

    @Test("In real time it ends with its tree, and has handed over everything")
    func realTime() async throws {
        let log = Log<Supervisor.Event.Kind>()
        let notifier = try ReliableNotifier([
            .init("r") { item in if let event = item.event { log.append(event.kind) } }
        ])
        let tree = try await Supervisor.start(spec, subscribers: [notifier])
        try await tree.terminate()
        await log.wait { $0.last == .terminated && $0.filter { $0 == .terminated }.count == 4 }
    }
}
