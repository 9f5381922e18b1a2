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

@Suite("K. Commands that a worker runs", .timeLimit(.minutes(1)))
struct RunCommandTests {
    /// Says READY, then the name of a signal that it gets.
    private static func listener(_ heard: @escaping @Sendable (String) -> Void) -> ProcessCommand {
        ProcessCommand(
            "sh",
            "-c",
            "trap 'echo USR1' USR1; echo READY; while :; do sleep 3600 & wait; done",
            readiness: .line(containing: "READY"),
            output: .lines { heard($0.text) }
        )
    }

    /// What a runnable's one incarnation came to.
    private final class Note: Sendable {
        private let text = Mutex<[String]>([])
        private let gate = Gate()

        func write(_ line: String) {
            text.withLock { $0.append(line) }
            gate.open()
        }

        var lines: [String] { text.withLock { $0 } }

        func first() async -> String {
            await gate.waitIgnoringCancellation()
            return lines[0]
        }
    }

    @Test("MON-86 A command that exits with 0 has done its work; a runnable that returns then has still to say done")
    func exitsWithZero() async throws {
        let recorder = EventRecorder()
        let note = Note()
        let tree = try await Supervisor.start("root", subscribers: [recorder]) { context in
            try context.run("job", backoff: .none) { context in
                try await context.runCommand(ProcessCommand("true"))
                note.write("returned")
                if context.incarnationNumber > 1 { try context.signal(.done) }
            }
            try context.signal(.healthy)
            await context.stopRequested()
        }
        await recorder.expect(eventually: .completed("root/job/true"))
        await recorder.expect(eventually: .failed("root/job"))
        await recorder.expect(eventually: .kind(.done, of: "root/job"))
        #expect(note.lines == ["returned", "returned"])
        try await tree.terminate()
    }

    @Test("MON-87 A command that exits with 3 makes its runnable fail with that")
    func exitsWithThree() async throws {
        // So that no second run fails while the tree is stopped.
        let slow = RestartBackoff(immediate: 0, initial: .seconds(3_600), maximum: .seconds(3_600), jitter: 0)
        let note = Note()
        let recorder = EventRecorder()
        let tree = try await Supervisor.start("root", subscribers: [recorder]) { context in
            try context.run("job", backoff: slow) { context in
                do {
                    try await context.runCommand(ProcessCommand("sh", "-c", "exit 3"), name: "three")
                } catch let error as SupervisorError {
                    let status = (error.rootCause as? SupervisorError)?.process?.status
                    note.write("\(error.path ?? "-") \(status ?? -1)")
                    throw error
                }
            }
            try context.signal(.healthy)
            await context.stopRequested()
        }
        let text = await note.first()
        #expect(text == "root/job/three 3", "\(text)")
        await recorder.expect(eventually: .failed("root/job"))
        try await tree.terminate()
    }

    @Test(
        "MON-88 P11 A command whose runnable is stopped, or whose task is cancelled, is stopped by its ladder and not dead"
    )
    func stopped() async throws {
        for isCancelled in [false, true] {
            let recorder = EventRecorder()
            let ready = Gate()
            let note = Note()
            let tree = try await Supervisor.start("root", subscribers: [recorder]) { context in
                try context.run("job") { context in
                    let command = Task {
                        try await context.runCommand(Self.listener { if $0 == "READY" { ready.open() } })
                    }
                    if isCancelled {
                        await ready.waitIgnoringCancellation()
                        command.cancel()
                    }
                    do {
                        try await command.value
                    } catch is CancellationError {
                        note.write("cancelled")
                    }
                    await context.stopRequested()
                }
                try context.signal(.healthy)
                await context.stopRequested()
            }
            try await ready.wait()
            if isCancelled { #expect(await note.first() == "cancelled") }
            try await tree.terminate()
            #expect(await note.first() == "cancelled")
            await recorder.expect(eventually: .terminated("root/job/sh"))
            #expect(!recorder.events.contains { $0.kind == .failed || $0.kind == .terminationFailed })
        }
    }

    @Test("MON-90 R1 A command is run at any time; its runnable is healthy when it is ready, if it was not before")
    func healthyOnce() async throws {
        let note = Note()
        let tree = try await Supervisor.start("root") { context in
            let first = try context.run("first") { context in
                try await context.runCommand(Self.listener { _ in })
            }
            try await first.healthy()
            try context.signal(.healthy)
            try await context.runCommand(ProcessCommand("true"), name: "late")
            try await context.runCommand(ProcessCommand("true"), name: "late")
            note.write("went on")
            await context.stopRequested()
        }
        #expect(await note.first() == "went on")
        #expect(tree.child(at: "root/first")?.state == .healthy)
        try await tree.terminate()
    }

    @Test("MON-93 P10 A command that receives signals gets them while it runs")
    func signals() async throws {
        let (signals, send) = AsyncStream.makeStream(of: HostSignal.self)
        let ready = Gate()
        let heard = Gate()
        let command = Self.listener { line in
            if line == "READY" { ready.open() }
            if line == "USR1" { heard.open() }
        }
        let tree = try await Supervisor.start("root") { context in
            try await context.runCommand(command, signals: signals)
        }
        try await ready.wait()
        send.yield(.user1)
        try await heard.wait()
        try await tree.terminate()
    }

    @Test("MON-93 P10 A channel serves the commands of all incarnations of its runnable, and says when none runs")
    func channel() async throws {
        let channel = SignalChannel()
        let ready = [Gate(), Gate()]
        let heard = [Gate(), Gate()]
        let between = Gate()
        let goOn = Gate()
        let tree = try await Supervisor.start("root") { context in
            try context.run("job", backoff: .none) { context in
                let run = Int(context.incarnationNumber) - 1
                if run == 1 {
                    between.open()
                    await goOn.waitIgnoringCancellation()
                }
                let command = Self.listener { line in
                    if line == "READY" { ready[run].open() }
                    if line == "USR1" { heard[run].open() }
                }
                // Its end by a signal is a failure, and so is that of the runnable.
                try await context.runCommand(command, name: "sh", signals: channel)
            }
            try context.signal(.healthy)
            await context.stopRequested()
        }
        try await ready[0].wait()
        try channel.send(.user1)
        try await heard[0].wait()
        try channel.send(.kill)
        try await between.wait()
        let error = #expect(throws: SupervisorError.self) { try channel.send(.user1) }
        #expect(error?.code == .notRunning)
        goOn.open()
        try await ready[1].wait()
        try channel.send(.user1)
        try await heard[1].wait()
        try await tree.terminate()
    }

    @Test("P2 R2 A runnable is healthy when its command is ready, and not before")
    func healthyWhenReady() async throws {
        let channel = SignalChannel()
        let up = Gate()
        let command = ProcessCommand(
            "sh",
            "-c",
            "trap 'echo READY' USR1; echo up; while :; do sleep 3600 & wait; done",
            readiness: .line(containing: "READY"),
            output: .lines { if $0.text == "up" { up.open() } }
        )
        let recorder = EventRecorder()
        let tree = try await Supervisor.start("root", subscribers: [recorder]) { context in
            try context.run("job") { try await $0.runCommand(command, signals: channel) }
            try context.signal(.healthy)
            await context.stopRequested()
        }
        try await up.wait()
        let job = try #require(tree.child(at: "root/job"))
        #expect(job.state == .running && job.child(named: "sh")?.state == .starting)
        // A process that is not ready runs, too.
        try channel.send(.user1)
        try await job.healthy()
        #expect(job.child(named: "sh")?.state == .running)
        try await tree.terminate()
        try await recorder.finish()
        let numbers = [EventCriteria.kind(.started) && .path("root/job/sh"), .kind(.healthy) && .path("root/job")].map {
            criteria in recorder.events.first { criteria.matches($0) }?.number ?? 0
        }
        #expect(numbers[0] < numbers[1])
    }

    @Test("P11 W1 A command is stopped by the steps that it is given, and may promise signs of life")
    func options() async throws {
        let recorder = EventRecorder()
        let note = Note()
        let deaf = ProcessCommand(
            "sh",
            "-c",
            "trap '' TERM; trap 'exit 0' QUIT; echo READY; while :; do sleep 3600 & wait; done",
            readiness: .line(containing: "READY"),
            output: .lines { _ in }
        )
        let tree = try await Supervisor.start("root", subscribers: [recorder]) { context in
            try context.run("deaf") { context in
                try await context.runCommand(deaf, name: "sh", shutdown: .ladder([.signal(.quit, for: .seconds(30))]))
            }
            try context.run("silent", backoff: .none) { context in
                guard context.incarnationNumber == 1 else { return await context.stopRequested() }
                do {
                    let sleep = ProcessCommand("sleep", "3600")
                    try await context.runCommand(sleep, heartbeat: .milliseconds(50))
                } catch let error as SupervisorError {
                    note.write("\((error.rootCause as? SupervisorError ?? error).code)")
                    throw error
                }
            }
            try context.signal(.healthy)
            await context.stopRequested()
        }
        #expect(await note.first() == "silent")
        await recorder.expect(eventually: .started("root/silent"), count: 2)
        try await #require(tree.child(at: "root/deaf")).healthy()
        try await tree.terminate()
        try await recorder.finish()
        #expect(recorder.events.contains { $0.path == "root/deaf/sh" && $0.kind == .terminated })
    }

    @Test("R0 P1 A command that cannot be run, or not here, is an error that says why")
    func refused() async throws {
        let note = Note()
        let spec = SupervisorSpec("root") {
            ChildSpec("plain") { context in
                do {
                    try await context.runCommand(ProcessCommand("true"))
                } catch let error as SupervisorError {
                    note.write("\(error.code): \(error.explain)")
                }
                await context.stopRequested()
            }
        }
        let tree = try await Supervisor.start(spec)
        #expect(await note.first().contains("runningChildren"))
        try await tree.terminate()

        let other = Note()
        let runnable = try await Supervisor.start("root") { context in
            do {
                try await context.runCommand(ProcessCommand("/nowhere/at/all"), name: "absent")
            } catch let error as SupervisorError {
                other.write("\(error.code) \(error.explain)")
            }
            await context.stopRequested()
        }
        let text = await other.first()
        #expect(text.contains("startFailed") && text.contains("/nowhere/at/all"), "\(text)")
        try await runnable.terminate()
    }

    @Test("D2 Who waits for a child is told how it ended for good")
    func waits() async throws {
        let tree = try await Supervisor.start(SupervisorSpec("root", tolerance: .unlimited) { ChildSpec.idle("a") })
        let completes = try await tree.startChild(
            ChildSpec("completes", restart: .transient) { context in
                if context.incarnationNumber == 1 { throw ScriptedFailure() }
            }
        )
        #expect(try await completes.wait() == .completed)
        let fails = try await tree.startChild(ChildSpec("fails", restart: .temporary) { throw ScriptedFailure() })
        await #expect(throws: SupervisorError.self) { try await fails.wait() }
        let idle = try #require(tree.child(at: "root/a"))
        let waiting = Task { try await idle.wait() }
        let impatient = Task { try await idle.wait() }
        impatient.cancel()
        await #expect(throws: SupervisorError.self) { try await impatient.value }
        try await idle.terminate()
        #expect(try await waiting.value == .stopped)
        #expect(try await idle.wait() == .stopped)
        try await tree.terminate()
    }
}
