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

    @Test("One that takes too long is cancelled, told, and goes on with the next event")
    func timeOut() async throws {
        let seen = Log<String>()
        let timeouts = Log<String>()
        let notifier = try ReliableNotifier(
            [
                .init("slow", timeout: .seconds(2), matching: .started()) { item in
                    seen.append(item.event?.path ?? "")
                    if item.event?.path == "root/inner" { try await Gate().wait() }
                }
            ],
            onTimeout: { name, item in timeouts.append("\(name) \(item.event?.path ?? "")") }
        )
        try await withTestTree(spec, subscribers: [notifier]) { tree in
            #expect(seen.all == ["root/inner/a", "root/inner"])
            try await tree.advance(by: .milliseconds(1_999))
            #expect(timeouts.all == [])
            try await tree.advance(by: .milliseconds(1))
            #expect(timeouts.all == ["slow root/inner"])
            #expect(seen.all == ["root/inner/a", "root/inner", "root/b", "root"])
            let statistics = try #require(notifier.statistics["slow"])
            #expect(statistics.timedOut == 1 && statistics.failed == 1 && statistics.delivered == 3)
        }
    }

    @Test("One that fails again and again is not held back: each failure takes one event")
    func failingOften() async throws {
        let failures = Log<SupervisorError>()
        let notifier = try ReliableNotifier(
            [.init("bad") { _ in throw ScriptedFailure() }],
            onFailure: { _, error in failures.append(error) }
        )
        try await withTestTree(SupervisorSpec("root") {}, subscribers: [notifier]) { tree in
            // On manual time the subscribers are told while the tree settles.
            for number in 0..<50 {
                let start = Task { try await tree.supervisor.startChild(ChildSpec.idle("c\(number)")) }
                try await tree.wait(for: .started("root/c\(number)"))
                _ = try await start.value
            }
            try await tree.settle()
            let count = tree.recorder.events.count
            #expect(tree.elapsed == .zero && count > 50)
            let statistics = try #require(notifier.statistics["bad"])
            #expect(statistics.failed == UInt64(count) && statistics.delivered == 0 && statistics.lost == 0)
            #expect(failures.all.count == count / 2)
        }
    }

    @Test("In real time, too, every second failure is told, although all come at once")
    func failingFast() async throws {
        let failures = Log<String>()
        let gate = Gate()
        let notifier = try ReliableNotifier(
            [
                .init("bad", buffer: 10_000, timeout: nil) { _ in
                    try await gate.wait()
                    throw ScriptedFailure()
                }
            ],
            drain: .seconds(3_600),
            onFailure: { name, _ in failures.append(name) }
        )
        let tree = try await Supervisor.start(SupervisorSpec("root") {}, subscribers: [notifier])
        let events = tree.events()
        for number in 0..<100 {
            try await tree.startChild(ChildSpec.idle("c\(number)")).delete()
        }
        try await tree.terminate()
        gate.open()
        var last: UInt64 = 0
        for await item in events { last = item.event?.number ?? last }
        let half = Int(last / 2)
        #expect(half > 150)
        await failures.wait { $0.count == half }
        #expect(notifier.statistics["bad"]?.failed == last)
    }

    @Test("What is left when the time for it is over is lost: counted, and told event by event")
    func leftOver() async throws {
        let lost = Log<UInt64>()
        let gate = Gate()
        let notifier = try ReliableNotifier(
            [.init("stuck", timeout: nil) { _ in await gate.waitIgnoringCancellation() }],
            drain: .seconds(5),
            onLoss: { _, event in lost.append(event.number) }
        )
        try await withTestTree(spec, subscribers: [notifier]) { tree in
            try await tree.terminate()
            try await tree.advance(by: .milliseconds(4_999))
            #expect(lost.all == [])
            try await tree.advance(by: .seconds(6))
            let count = UInt64(tree.recorder.events.count)
            #expect(lost.all == Array(2...count))
            #expect(notifier.statistics["stuck"]?.lost == count - 1)
            // It ends at last, and takes nothing more.
            gate.open()
            try await tree.settle()
            #expect(notifier.statistics["stuck"]?.delivered == 1 && notifier.statistics["stuck"]?.lost == count - 1)
        }
    }

    @Test("Numbers that are out of range are refused, all at once")
    func ranges() throws {
        let error = #expect(throws: SupervisorError.self) {
            try ReliableNotifier(
                [.init("a", buffer: 0, timeout: .zero) { _ in }, .init("b/c", timeout: .seconds(-1)) { _ in }],
                buffer: -1,
                drain: .seconds(-1)
            )
        }
        #expect(error?.code == .invalidSpec)
        #expect(error?.related.count == 6)
        #expect(error?.related.contains { $0.path == "reliable-notifier/receivers/a" } == true)
        #expect(throws: SupervisorError.self) { try ReliableNotifier([], buffer: 1_048_577) }
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
        // It may take all the time that others take from the pool: tests that wait for another process block its threads.
        let notifier = try ReliableNotifier(
            [.init("r") { item in if let event = item.event { log.append(event.kind) } }],
            drain: .seconds(3_600)
        )
        let tree = try await Supervisor.start(spec, subscribers: [notifier])
        try await tree.terminate()
        await log.wait { $0.last == .terminated && $0.filter { $0 == .terminated }.count == 4 }
    }
}
