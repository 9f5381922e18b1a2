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

@Suite("Channels of signals", .timeLimit(.minutes(1)))
struct SignalChannelTests {
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

    @Test("P10 MON-94 A channel says so before a process runs and after its end, and serves the next incarnation")
    func answers() async throws {
        let lines = Log<ProcessLine>()
        let channel = SignalChannel()
        let spec = SupervisorSpec("root") { ChildSpec("program", command: listener(lines), signals: channel) }
        let early = try await failure { try channel.send(.user1) }
        #expect(early.code == .notRunning)
        let tree = try await Supervisor.start(spec)
        try channel.send(.user1)
        await lines.wait { $0.contains { $0.text == "USR1" } }
        let child = try #require(tree.child(at: "root/program"))
        try await child.terminate()
        let late = try await failure { try channel.send(.user1) }
        #expect(late.code == .notRunning && late.path == "root/program", "\(late)")
        try await child.restart()
        try channel.send(.user2)
        await lines.wait { $0.contains { $0.text == "USR2" } }
        let noSignal = try await failure { try channel.send(HostSignal(rawValue: 4_711)) }
        #expect(noSignal.code == .misuse)
        #expect(lines.all.filter { $0.text == "USR1" }.count == 1)

        #expect(!channel.isClosed)
        channel.close()
        #expect(channel.isClosed)
        let closed = try await failure { try channel.send(.user1) }
        #expect(closed.code == .gone)
        #expect(child.state == .running)
        try await tree.terminate()
    }

    @Test("P10 MON-93 The signals of a sequence come over restarts, static or added, and in the next tree")
    func sequence() async throws {
        let (signals, send) = AsyncStream.makeStream(of: HostSignal.self)
        let closed = Gate()
        send.onTermination = { _ in closed.open() }
        let lines = Log<ProcessLine>()
        let program = ChildSpec("program", command: listener(lines), signals: signals)
        for round in 1...2 {
            let isAdded = round == 2
            let spec = SupervisorSpec("root", tolerance: .unlimited) {
                ChildSpec.idle("worker")
                if !isAdded { program }
            }
            let recorder = EventRecorder()
            let tree = try await Supervisor.start(spec, subscribers: [recorder])
            if isAdded { _ = try await tree.startChild(program) }
            send.yield(.user1)
            await lines.wait { $0.filter { $0.text == "USR1" }.count == round }
            send.yield(.kill)
            await recorder.expect(eventually: .started("root/program"), count: 2)
            send.yield(.user2)
            await lines.wait { $0.filter { $0.text == "USR2" }.count == round }
            try await tree.terminate()
        }
        send.finish()
        try await closed.wait()
    }

    @Test("P10 The end of a sequence closes its channel; a sequence that nobody has any more is not read")
    func ends() async throws {
        let lines = Log<ProcessLine>()
        let (signals, send) = AsyncStream.makeStream(of: HostSignal.self)
        let channel = SignalChannel(signals)
        let tree = try await Supervisor.start(
            SupervisorSpec("root") { ChildSpec("program", command: listener(lines), signals: channel) }
        )
        send.yield(.user1)
        send.finish()
        await lines.wait { $0.contains { $0.text == "USR1" } }
        // What is sent after the end of the sequence was heard of is refused.
        while !channel.isClosed { await Task.yield() }
        try await tree.terminate()

        let given = Gate()
        let (others, sendOthers) = AsyncStream.makeStream(of: HostSignal.self)
        sendOthers.onTermination = { _ in given.open() }
        func runOnce() async throws {
            let other = try await Supervisor.start(
                SupervisorSpec("root") { ChildSpec("program", command: listener(lines), signals: others) }
            )
            try await other.terminate()
        }
        try await runOnce()
        try await given.wait()
    }

    @Test("P10 I3 A child that has the name of a deleted one gets none of the signals that were for that")
    func namesake() async throws {
        let (before, after) = (Log<ProcessLine>(), Log<ProcessLine>())
        let channel = SignalChannel()
        let tree = try await Supervisor.start(
            SupervisorSpec("root") { ChildSpec("program", command: listener(before), signals: channel) }
        )
        try await #require(tree.child(at: "root/program")).delete()
        let child = try await tree.startChild(ChildSpec("program", command: listener(after)))
        let error = try await failure { try channel.send(.user1) }
        #expect(error.code == .notRunning)
        try child.signal(.user2)
        await after.wait { $0.contains { $0.text == "USR2" } }
        #expect(!after.all.contains { $0.text == "USR1" })
        try await tree.terminate()
    }

    @Test("P10 One channel serves several processes, wherever they are")
    func several() async throws {
        let lines = Log<ProcessLine>()
        let channel = SignalChannel()
        let listener = listener(lines)
        let third = ChildSpec("third", command: listener, signals: channel)
        let built = SupervisorSpec("built", acquire: { third }, release: { _, _ in }, children: { [.init($0)] })
        let tree = try await Supervisor.start(
            SupervisorSpec("root") {
                ChildSpec("first", command: listener, signals: channel)
                SupervisorSpec("inner") { ChildSpec("second", command: listener, signals: channel) }
                built
            }
        )
        try channel.send(.user1)
        await lines.wait { Set($0.filter { $0.text == "USR1" }.map(\.name)) == ["first", "second", "third"] }
        try await #require(tree.child(at: "root/first")).terminate()
        try channel.send(.user2)
        await lines.wait { Set($0.filter { $0.text == "USR2" }.map(\.name)) == ["second", "third"] }
        try await tree.terminate()
        let error = try await failure { try channel.send(.user1) }
        #expect(error.code == .notRunning)
    }

    @Test("P10 A channel keeps no tree alive")
    func keepsNothing() async throws {
        final class Tracked: Sendable {
            let gone: Gate
            init(_ gone: Gate) { self.gone = gone }
            deinit { gone.open() }
        }
        let channel = SignalChannel()
        let gone = Gate()
        func runOnce() async throws {
            let tracked = Tracked(gone)
            let tree = try await Supervisor.start(
                SupervisorSpec("root") {
                    ChildSpec("worker") { context in
                        await context.stopRequested()
                        _ = tracked
                    }
                    ChildSpec("program", command: listener(Log()), signals: channel)
                }
            )
            try await tree.terminate()
        }
        try await runOnce()
        try await gone.wait()
        #expect(!channel.isClosed)
    }

    // MARK: Real programs

    @Test(
        "P10 X1 X2 redis that is sent SIGTERM by the channel has completed, and as a permanent child runs again",
        .enabled(if: isInstalled("redis-server"), "redis is missing")
    )
    func redis() async throws {
        let folder = try #require(temporaryFolder())
        defer { removeFolder(folder, with: "redis.sock") }
        let lines = Log<ProcessLine>()
        let channel = SignalChannel()
        let command = ProcessCommand(
            "redis-server",
            arguments: ["--port", "0", "--unixsocket", "redis.sock", "--save", ""],
            directory: folder,
            readiness: .line(containing: "ready to accept connections"),
            output: .lines { lines.append($0) }
        )
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root", tolerance: .none) {
            ChildSpec("redis", startTimeout: .seconds(20), command: command, signals: channel)
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        // It ignores SIGHUP.
        try channel.send(.hangup)
        try channel.send(.terminate)
        await recorder.expect(eventually: .completed("root/redis"))
        await recorder.expect(eventually: .started("root/redis"), count: 2)
        await lines.wait { $0.contains { $0.incarnation == 1 && $0.text.contains("Received SIGTERM") } }
        try channel.send(.terminate)
        await recorder.expect(eventually: .completed("root/redis"), count: 2)
        await recorder.expect(eventually: .started("root/redis"), count: 3)
        try await tree.terminate()
        try await recorder.finish()
        #expect(!recorder.events.contains { $0.kind == .failed || $0.kind == .terminationFailed })
    }

    @Test(
        "P10 nginx that is sent SIGHUP by the channel reads its configuration again, and goes on",
        .enabled(if: isInstalled("nginx"), "nginx is missing")
    )
    func nginx() async throws {
        let folder = try #require(temporaryFolder())
        defer {
            removeFolder(folder, with: "body", "proxy", "fastcgi", "uwsgi", "scgi")
            removeFolder(folder, with: "one.sock", "two.sock", "nginx.pid", "nginx.conf")
        }
        func configure(_ socket: String) throws {
            let paths =
                ["client_body_temp_path body", "proxy_temp_path proxy", "fastcgi_temp_path fastcgi"]
                + ["uwsgi_temp_path uwsgi", "scgi_temp_path scgi", "access_log off"]
            try write(
                """
                daemon off; worker_processes 1; pid nginx.pid; error_log stderr notice; events {}
                http { \(paths.joined(separator: "; ")); server { listen unix:\(socket).sock; } }

                """,
                to: "\(folder)/nginx.conf"
            )
        }
        try configure("one")
        let lines = Log<ProcessLine>()
        let (signals, send) = AsyncStream.makeStream(of: HostSignal.self)
        let recorder = EventRecorder()
        let command = ProcessCommand(
            "nginx",
            arguments: ["-p", "\(folder)/", "-c", "nginx.conf"],
            directory: folder,
            variables: ["PATH": "/usr/sbin:/usr/local/sbin:/usr/bin:/bin"],
            readiness: .line(containing: "start worker processes"),
            output: .lines { lines.append($0) },
            stopSteps: [.signal(.quit, for: .seconds(10)), .kill()]
        )
        let spec = SupervisorSpec("root") { ChildSpec("nginx", command: command, signals: signals) }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        #expect(exists("\(folder)/one.sock") && !exists("\(folder)/two.sock"))
        try configure("two")
        send.yield(.hangup)
        await lines.wait { $0.filter { $0.text.contains("start worker processes") }.count == 2 }
        #expect(exists("\(folder)/two.sock"))
        try await tree.terminate()
        try await recorder.finish()
        #expect(recorder.events.filter { $0.path == "root/nginx" && $0.kind == .started }.count == 1)
        #expect(!recorder.events.contains { $0.kind == .failed || $0.kind == .terminationFailed })
    }
}
