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

import GRPCCore
import NIOCore
import Supervision
import SupervisionTesting
import Synchronization
import Testing

@Suite("gRPC servers as children", .timeLimit(.minutes(2)))
struct GRPCServerTests {
    @Test("S2 A server is up when it listens: those after it can call it when they start")
    func ready() async throws {
        let place = Loopback()
        let answer = Mutex("")
        let spec = SupervisorSpec("root") {
            place.child()
            ChildSpec("caller", restart: .temporary) { _, notifyStart in
                let told = try await call("hello", port: place.port)
                answer.withLock { $0 = told }
                notifyStart()
            }
        }
        let tree = try await Supervisor.start(spec)
        #expect(answer.withLock { $0 } == "echo 1: hello")
        try await tree.terminate()
    }

    @Test("MON-97 The listener and the connections are closed before the child has ended", arguments: [true, false])
    func closed(graceful: Bool) async throws {
        let place = Loopback()
        let acceptsAtEnd = Mutex<[Bool]>([])
        let spec = SupervisorSpec("root") { place.child(graceful: graceful, shutdown: .drain(.seconds(1))) }
            .around { _, body in
                try await body()
                let accepts = await place.accepts()
                acceptsAtEnd.withLock { $0.append(accepts) }
            }
        let tree = try await Supervisor.start(spec)
        let idle = try await place.connect()
        #expect(try await call("x", port: place.port) == "echo 1: x")
        #expect(await place.accepts())
        try await tree.terminate()
        #expect(acceptsAtEnd.withLock { $0 } == [false])
        try await idle.closeFuture.get()
    }

    @Test("MON-98 A server that is restarted alone serves again at its place, as often as one likes")
    func restarted() async throws {
        let place = Loopback()
        let tree = try await Supervisor.start(SupervisorSpec("root") { place.child() })
        let child = try #require(tree.child(at: "root/rpc"))
        for number in 1...5 {
            #expect(try await call("x", port: place.port) == "echo \(number): x")
            try await child.restart()
        }
        #expect(try await call("x", port: place.port) == "echo 6: x")
        #expect(place.made == 6)
        try await tree.terminate()
    }

    @Test("MON-98 Killed and restarted under load: calls are answered by whoever is there, and by nobody else")
    func underLoad() async throws {
        let place = Loopback()
        let tree = try await Supervisor.start(
            SupervisorSpec("root", tolerance: .unlimited, backoff: .none) { place.child(graceful: false) }
        )
        let child = try #require(tree.child(at: "root/rpc"))
        let port = place.port
        let answered = Answers()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<4 {
                group.addTask {
                    var number = 0
                    while !Task.isCancelled {
                        number += 1
                        let text = "\(caller).\(number)"
                        do {
                            answered.add(try await callOrGiveUp(text, port: port), to: text)
                        } catch is RPCError {
                            answered.addFailure()
                        }
                    }
                }
            }
            for incarnation in 1...8 {
                try await answered.wait(for: 10, of: incarnation)
                if incarnation.isMultiple(of: 2) { try await child.restart() } else { place.endServer() }
            }
            try await answered.wait(for: 10, of: 9)
            group.cancelAll()
            // Those that were cut off by that.
            while let result = await group.nextResult() { _ = result }
        }
        #expect(answered.wrong == [])
        #expect(answered.incarnations == Array(1...9))
        try await tree.terminate()
        #expect(await !place.accepts())
    }

    @Test("H2 A graceful server lets calls end that have begun, and takes no new ones")
    func graceful() async throws {
        let place = Loopback()
        let service = Echo(name: "echo")
        let tree = try await Supervisor.start(SupervisorSpec("root") { place.child(service: service) })
        let slow = Task { try await call("slow", of: Echo.wait, port: place.port) }
        try await service.begun.wait()
        tree.requestStop()
        while await place.accepts() { await Task.yield() }
        #expect(tree.state == .stopping)
        await #expect(throws: RPCError.self) { try await call("late", port: place.port) }
        service.gate.open()
        #expect(try await slow.value == "echo 1: slow")
        try await tree.wait()
    }

    @Test(
        "H2 Calls that outlive the drain are cancelled, and so are those of a server that is not graceful",
        arguments: [true, false]
    )
    func cut(graceful: Bool) async throws {
        let place = Loopback()
        let service = Echo(name: "echo")
        let shutdown: ChildSpec.Shutdown? = graceful ? .drain(.milliseconds(50)) : nil
        let spec = SupervisorSpec("root") {
            place.child(graceful: graceful, shutdown: shutdown, service: service)
        }
        let tree = try await Supervisor.start(spec)
        let slow = Task { try await call("slow", of: Echo.wait, port: place.port) }
        try await service.begun.wait()
        try await tree.terminate()
        await #expect(throws: RPCError.self) { try await slow.value }
        #expect(await !place.accepts())
    }

    @Test("H2 Nothing is cancelled while what is being accepted may take its time")
    func settling() async throws {
        let place = Loopback()
        let service = Echo(name: "echo")
        let spec = SupervisorSpec("root") {
            place.child(
                graceful: false,
                shutdown: .timeout(.milliseconds(400)),
                settling: .seconds(3_600),
                service: service
            )
        }
        let tree = try await Supervisor.start(spec)
        let slow = Task { try await call("slow", of: Echo.wait, port: place.port) }
        try await service.begun.wait()
        // The time of its ladder is over before: it is given up, with a call that goes on.
        await #expect(throws: SupervisorError.self) { try await tree.terminate() }
        service.gate.open()
        #expect(try await slow.value == "echo 1: slow")
    }

    @Test("S3 A server that cannot listen has failed to start, and the error says why")
    func occupied() async throws {
        let first = Loopback()
        let tree = try await Supervisor.start(SupervisorSpec("first") { first.child() })
        let error = await #expect(throws: SupervisorError.self) {
            // The same place, while the other one is there.
            _ = try await Supervisor.start(SupervisorSpec("second") { first.child() })
        }
        #expect(error?.explain.lowercased().contains("in use") ?? false, "\(error?.explain ?? "")")
        #expect(try await call("x", port: first.port) == "echo 1: x")
        try await tree.terminate()
    }

    @Test("S5 When what is to be done with its address fails, the start has failed and nothing listens")
    func refused() async throws {
        let place = Loopback()
        let error = await #expect(throws: SupervisorError.self) {
            _ = try await Supervisor.start(
                SupervisorSpec("root") { place.child(onListening: { throw ScriptedFailure(7) }) }
            )
        }
        #expect(error?.rootCause as? ScriptedFailure == ScriptedFailure(7))
        #expect(place.port != 0)
        #expect(await !place.accepts())
    }

    @Test("S9 A server whose start is stopped is gone")
    func stoppedDuringStart() async throws {
        let place = Loopback()
        let reached = Gate()
        let start = Task {
            try await Supervisor.start(
                SupervisorSpec("root") {
                    place.child(onListening: {
                        reached.open()
                        try await Gate().wait()
                    })
                }
            )
        }
        try await reached.wait()
        start.cancel()
        await #expect(throws: SupervisorError.self) { try await start.value }
        #expect(await !place.accepts())
    }
}

/// What callers were answered.
private final class Answers: Sendable {
    private struct State {
        var counts: [Int: Int] = [:]
        var wrong: [String] = []
        var failures = 0
        var waiters: [(incarnation: Int, count: Int, gate: Gate)] = []
    }

    private let state = Mutex(State())

    var wrong: [String] { state.withLock { $0.wrong } }
    var incarnations: [Int] { state.withLock { $0.counts.keys.sorted() } }

    func add(_ answer: String, to text: String) {
        state.withLock { state in
            let parts = answer.split(separator: " ")
            guard answer.hasSuffix(": \(text)"), parts.count == 3, let number = Int(parts[1].dropLast()) else {
                return state.wrong.append(answer)
            }
            state.counts[number, default: 0] += 1
            state.waiters.removeAll { waiter in
                guard state.counts[waiter.incarnation, default: 0] >= waiter.count else { return false }
                waiter.gate.open()
                return true
            }
        }
    }

    func addFailure() { state.withLock { $0.failures += 1 } }

    func wait(for count: Int, of incarnation: Int) async throws {
        let gate = Gate()
        state.withLock { state in
            if state.counts[incarnation, default: 0] >= count { return gate.open() }
            state.waiters.append((incarnation, count, gate))
        }
        try await gate.wait()
    }
}
