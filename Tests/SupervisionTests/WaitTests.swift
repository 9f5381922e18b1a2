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
import Testing

@Suite("Waits for nodes", .timeLimit(.minutes(1)))
struct WaitTests {
    @Test("R2 The root of a tree is waited for until it is healthy, in whatever incarnation")
    func root() async throws {
        let mayFail = Gate()
        let mayBeHealthy = Gate()
        let tree = try await Supervisor.start("root", backoff: .none) { context in
            guard context.incarnationNumber > 1 else {
                await mayFail.waitIgnoringCancellation()
                throw ScriptedFailure()
            }
            await mayBeHealthy.waitIgnoringCancellation()
            try context.signal(.healthy)
            await context.stopRequested()
        }
        let waiting = Task { try await tree.healthy() }
        let root = try #require(tree.child(at: "root"))
        let impatient = Task { try await root.healthy() }
        impatient.cancel()
        let error = try await failure { try await impatient.value }
        #expect(error.code == .cancelled)
        #expect(root.state == .running)
        mayFail.open()
        mayBeHealthy.open()
        try await waiting.value
        #expect(root.state == .healthy)
        try await root.healthy()
        try await tree.terminate()
        let ended = try await failure { try await tree.healthy() }
        #expect(ended.code == .notRunning)
    }

    @Test("R2 Who waits for a root that ends is told so, whether it is stopped or fails")
    func rootEnds() async throws {
        let tree = try await Supervisor.start("root") { context in await context.stopRequested() }
        let waiting = Task { try await tree.healthy() }
        try await tree.terminate()
        let stopped = try await failure { try await waiting.value }
        #expect([.stoppedDuringStart, .stopping, .notRunning].contains(stopped.code), "\(stopped)")
    }

    @Test("R2 P2 A supervisor and a process are healthy when they are up, and not before")
    func others() async throws {
        let (mayStart, isStarting) = (Gate(), Gate())
        let spec = SupervisorSpec("root") {
            SupervisorSpec("inner") { ChildSpec.idle("a") }
            ChildSpec("sleep", command: ProcessCommand("sleep", "3600"))
        }
        let tree = try await Supervisor.start(spec)
        try await tree.healthy()
        try await #require(tree.child(at: "root/inner")).healthy()
        try await #require(tree.child(at: "root/sleep")).healthy()
        let starting = Task {
            try await tree.startChild(
                SupervisorSpec("late") {
                    ChildSpec("slow") { context, notifyStart in
                        isStarting.open()
                        await mayStart.waitIgnoringCancellation()
                        notifyStart()
                        await context.stopRequested()
                    }
                }
            )
        }
        try await isStarting.wait()
        let late = try #require(tree.child(at: "root/late"))
        let waiting = Task {
            try await late.healthy()
            return late.state
        }
        #expect(late.state == .starting)
        mayStart.open()
        #expect(try await waiting.value == .running)
        _ = try await starting.value
        try await tree.terminate()
    }

    @Test("C4 Of 30,000 waits that were cancelled nothing is left while the children live on")
    func cancelled() async throws {
        await #expect(processExitsWith: .exitCode(0)) {
            let tree = try await Supervisor.start("root") { context in
                try context.run("a") { await $0.stopRequested() }
                await context.stopRequested()
            }
            let root = try #require(tree.child(at: "root"))
            while tree.child(at: "root/a") == nil { await Task.yield() }
            let child = try #require(tree.child(at: "root/a"))
            func cancelWaits(_ count: Int) async {
                for number in 0..<count {
                    let waiting = Task {
                        switch number % 3 {
                        case 0: try? await child.healthy()
                        case 1: _ = try? await child.wait()
                        default: try? await root.healthy()
                        }
                    }
                    await Task.yield()
                    waiting.cancel()
                    await waiting.value
                }
            }
            await cancelWaits(3_000)
            let before = residentBytes()
            await cancelWaits(30_000)
            let grown = residentBytes() - before
            guard child.state == .running, root.state == .running else { exit(3) }
            // What is kept of a wait takes some 300 bytes.
            exit(grown < 3_000_000 ? 0 : 4)
        }
    }

    @Test("D2 A restart goes on although the wait for it was cancelled")
    func restart() async throws {
        let (isStopping, mayStop) = (Gate(), Gate())
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec("a", shutdown: .indefinitely) { context in
                await context.stopRequested()
                isStopping.open()
                await mayStop.waitIgnoringCancellation()
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        let child = try #require(tree.child(at: "root/a"))
        let restarting = Task { try await child.restart() }
        try await isStopping.wait()
        restarting.cancel()
        let error = try await failure { try await restarting.value }
        #expect(error.code == .cancelled)
        mayStop.open()
        await recorder.expect(eventually: .started("root/a"), count: 2)
        try await tree.terminate()
    }
}

/// How much memory this process has resident.
private func residentBytes() -> Int {
    // Safe: the file is closed here, and the numbers are read into variables of ours.
    guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard unsafe fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let fields = line.prefix { $0 != 0 }.split(separator: 32)
    return (Int(String(decoding: fields[1].map { UInt8(bitPattern: $0) }, as: UTF8.self)) ?? 0) * Int(getpagesize())
}
