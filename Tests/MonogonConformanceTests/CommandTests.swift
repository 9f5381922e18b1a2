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

import Glibc
import Supervision
import SupervisionTesting
import Synchronization
import Testing

@Suite("K. Commands", .timeLimit(.minutes(1)))
struct CommandTests {
    @Test("MON-86 X1 X2 Exit status 0 is a completion, and a permanent command is run again after it")
    func success() async throws {
        let recorder = EventRecorder()
        await withTestTree(subscribers: [recorder]) { context in
            try context.run(ChildSpec("ok", backoff: .runnable, command: ProcessCommand("true")))
            await recorder.expect(eventually: .completed("root/ok"))
            await recorder.expect(eventually: .started("root/ok"), count: 2)
            #expect(!recorder.events.contains { $0.path == "root/ok" && $0.kind == .failed })
        }
    }

    @Test("MON-87 P3 Exit status 3 is a failure, and tells the status")
    func failure() async throws {
        let recorder = EventRecorder()
        await withTestTree(subscribers: [recorder]) { context in
            try context.run(ChildSpec("bad", restart: .temporary, command: ProcessCommand("sh", "-c", "exit 3")))
            let error = await recorder.expect(eventually: .failed("root/bad"))?.error
            #expect(error?.code == .exitStatus && error?.process?.status == 3)
        }
    }

    @Test("MON-88 P11 A command that is stopped with its parent is stopped, not dead")
    func stopped() async throws {
        let recorder = EventRecorder()
        await withTestTree(subscribers: [recorder]) { context in
            try context.run(ChildSpec("long", command: ProcessCommand("sleep", "3600")))
            await recorder.expect(eventually: .started("root/long"))
        }
        await recorder.expect(eventually: .terminated("root/long"))
        #expect(!recorder.events.contains { $0.path == "root/long" && $0.kind == .failed })
    }

    @Test("MON-90 Who has signalled healthy runs no command either, is told so, and goes on")
    func healthyBefore() async throws {
        await withTestTree { context in
            try context.signal(.healthy)
            let error = #expect(throws: SupervisorError.self) {
                try context.run(ChildSpec("late", command: ProcessCommand("true")))
            }
            #expect(error?.code == .misuse)
            #expect(!context.isStopRequested)
        }
    }

    @Test("MON-92 P9 Who inherits the output of a command does not keep it from ending")
    func heir() async throws {
        let recorder = EventRecorder()
        let heir = Mutex<Int32?>(nil)
        let options = ProcessCommand.LineOptions(drain: .milliseconds(50))
        let output = ProcessCommand.Output.lines(options) { line in heir.withLock { $0 = Int32(line.text) } }
        // In a session of its own, so that it is not ended with the process group (P4).
        let script = "trap 'exit 0' USR1; setsid sh -c \"echo \\$\\$; kill -USR1 $$; exec sleep 600\" & wait"
        await withTestTree(subscribers: [recorder]) { context in
            try context.run(
                ChildSpec("parent", restart: .transient, command: ProcessCommand("sh", "-c", script, output: output))
            )
            await recorder.expect(eventually: .completed("root/parent"))
        }
        let pid = try #require(heir.withLock { $0 })
        #expect(kill(pid, SIGKILL) == 0, "it had the output until now")
    }
}
