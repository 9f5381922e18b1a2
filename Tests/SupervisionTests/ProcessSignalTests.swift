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

@Suite("Signals to processes", .timeLimit(.minutes(1)))
struct ProcessSignalTests {
    /// Says READY, and then the name of each signal that it gets.
    private func listener(_ lines: Log<ProcessLine>) -> ProcessCommand {
        ProcessCommand(
            "sh",
            "-c",
            "trap 'echo USR1' USR1; trap 'echo USR2' USR2; echo READY; while :; do sleep 3600 & wait; done",
            readiness: .line(containing: "READY"),
            output: .lines { lines.append($0) }
        )
    }

    @Test("P10 MON-93 What is sent into a channel reaches the process; a closed channel ends the forwarding")
    func channel() async throws {
        let lines = Log<ProcessLine>()
        let spec = SupervisorSpec("root") { ChildSpec("program", command: listener(lines)) }
        let tree = try await Supervisor.start(spec)
        let child = try #require(tree.child(at: "root/program"))
        let (signals, send) = AsyncStream.makeStream(of: HostSignal.self)
        let forwarding = Task { await child.forward(signals) }
        send.yield(.user1)
        await lines.wait { $0.contains { $0.text == "USR1" } }
        send.yield(.user2)
        await lines.wait { $0.contains { $0.text == "USR2" } }
        send.finish()
        await forwarding.value
        try await tree.terminate()
    }

    @Test("P10 MON-94 Before a process runs and after its end it is not running, and nothing is kept for a later one")
    func notRunning() async throws {
        let lines = Log<ProcessLine>()
        let spec = SupervisorSpec("root") {
            ChildSpec("program", command: listener(lines))
            ChildSpec.idle("worker")
        }
        let tree = try await Supervisor.start(spec)
        let child = try #require(tree.child(at: "root/program"))
        try child.signal(.user1)
        await lines.wait { $0.contains { $0.text == "USR1" } }
        try await child.terminate()
        #expect(throws: SupervisorError.self) { try child.signal(.user2) }
        let error = try await failure { try child.signal(.user2) }
        #expect(error.code == .notRunning, "\(error.explain)")
        let (signals, send) = AsyncStream.makeStream(of: HostSignal.self)
        send.yield(.user2)
        send.finish()
        await child.forward(signals)
        try await child.restart()
        try child.signal(.user1)
        await lines.wait { $0.filter { $0.text == "USR1" }.count == 2 }
        #expect(!lines.all.contains { $0.text == "USR2" })

        let worker = try #require(tree.child(at: "root/worker"))
        let noProcess = try await failure { try worker.signal(.user1) }
        #expect(noProcess.code == .notRunning)
        let noSignal = try await failure { try child.signal(HostSignal(rawValue: 4_711)) }
        #expect(noSignal.code == .misuse)
        try await tree.terminate()
        let gone = try await failure { try child.signal(.user1) }
        #expect(gone.code == .notRunning || gone.code == .gone)
    }

    @Test("P10 A signal goes to the whole group if so asked")
    func group() async throws {
        let lines = Log<ProcessLine>()
        let script = "trap '' USR1; (trap 'echo member' USR1; echo READY; while :; do sleep 3600 & wait; done) & wait"
        let command = ProcessCommand(
            "sh",
            "-c",
            script,
            readiness: .line(containing: "READY"),
            output: .lines { lines.append($0) }
        )
        let spec = SupervisorSpec("root") { ChildSpec("program", command: command) }
        let tree = try await Supervisor.start(spec)
        let child = try #require(tree.child(at: "root/program"))
        try child.signal(.user1, toGroup: true)
        await lines.wait { $0.contains { $0.text == "member" } }
        try await tree.terminate()
    }
}
