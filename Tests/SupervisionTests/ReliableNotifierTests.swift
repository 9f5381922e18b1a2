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
                    if item.event?.path == "root/inner" { try await Gate().waitUnlessCancelled() }
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
