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

import Logging
import ServiceLifecycle
import Supervision
import SupervisionLogging
import SupervisionServices
import SupervisionTesting
import Synchronization
import Testing

@Suite("Services of swift-service-lifecycle as children", .timeLimit(.minutes(2)))
struct ServiceChildTests {
    @Test("H2 The drain step is a graceful shutdown, and a service that heeds it has stopped cleanly")
    func graceful() async throws {
        let service = Scripted { try await gracefulShutdown() }
        let recorder = EventRecorder()
        let tree = try await Supervisor.start(
            SupervisorSpec("root") { ChildSpec.service("service", shutdown: .drain(.seconds(60))) { service } },
            subscribers: [recorder]
        )
        try await service.begun.wait()
        try await tree.terminate()
        #expect(service.ends == ["returned"])
        _ = try await recorder.finish()
        recorder.expect(inOrder: .started("root/service"), .terminated("root/service"))
        recorder.expect(never: .isFailure)
    }

    @Test("H2 What does not shut down gracefully within the drain step is cancelled")
    func cancelledAfterDrain() async throws {
        let service = Scripted { try await Task.sleep(for: .seconds(600)) }
        let tree = try await Supervisor.start(
            SupervisorSpec("root") {
                ChildSpec.service("service", shutdown: .drain(.milliseconds(20))) { service }
            }
        )
        try await service.begun.wait()
        try await tree.terminate()
        #expect(service.ends == ["CancellationError"])
    }

    @Test("H2 With a ladder without a drain it sees a cancellation alone")
    func cancelledAtOnce() async throws {
        let sawShutdown = Gate()
        let service = Scripted {
            try await withGracefulShutdownHandler {
                try await Task.sleep(for: .seconds(600))
            } onGracefulShutdown: {
                sawShutdown.open()
            }
        }
        let tree = try await Supervisor.start(
            SupervisorSpec("root") { ChildSpec.service("service", shutdown: .timeout(.seconds(60))) { service } }
        )
        try await service.begun.wait()
        try await tree.terminate()
        #expect(service.ends == ["CancellationError"])
        #expect(!sawShutdown.isOpen)
    }

    @Test("X1 What a service throws is the failure, unchanged; the next incarnation is made anew")
    func failing() async throws {
        let made = Mutex<[Scripted]>([])
        let recorder = EventRecorder()
        let tree = try await Supervisor.start(
            SupervisorSpec("root") {
                ChildSpec.service("service", shutdown: .drain(.seconds(60))) {
                    let number = made.withLock { $0.count }
                    let service = Scripted {
                        if number == 0 { throw ScriptedFailure(1) }
                        try await gracefulShutdown()
                    }
                    made.withLock { $0.append(service) }
                    return service
                }
            },
            subscribers: [recorder]
        )
        try await recorder.wait(for: .started("root/service"), count: 2)
        try await tree.terminate()
        recorder.expect(
            inOrder: .failed("root/service") && .error(ScriptedFailure(1)),
            .started("root/service")
        )
        #expect(made.withLock { $0.map(\.ends) } == [["ScriptedFailure"], ["returned"]])
    }

    @Test("X2 One that returns by itself has completed")
    func completing() async throws {
        let recorder = EventRecorder()
        let tree = try await Supervisor.start(
            SupervisorSpec("root") { ChildSpec.service("service", restart: .transient) { Scripted {} } },
            subscribers: [recorder]
        )
        try await recorder.wait(for: .completed("root/service"))
        #expect(tree.child(at: "root/service")?.state == .completed)
        try await tree.terminate()
    }

    @Test("S3 One that cannot be made has failed to start, and so has one that ends before it has told that it is up")
    func failingToStart() async throws {
        let specs = [
            ChildSpec.service("service") { () async throws -> any Service in throw ScriptedFailure(2) },
            ChildSpec.service("service") { _ in Scripted { throw ScriptedFailure(2) } },
        ]
        for spec in specs {
            let error = await #expect(throws: SupervisorError.self) {
                try await Supervisor.start(SupervisorSpec("root") { spec })
            }
            #expect(error?.code == .startFailed)
            #expect(error?.rootCause as? ScriptedFailure == ScriptedFailure(2))
        }
    }

    @Test("S2 One that tells when it is up is waited for")
    func ready() async throws {
        let isUp = Gate()
        let wasUp = Gate()
        let tree = try await Supervisor.start(
            SupervisorSpec("root") {
                ChildSpec.service("service") { notifyStart in
                    Scripted {
                        isUp.open()
                        notifyStart()
                        try await gracefulShutdown()
                    }
                }
                ChildSpec("after") { context in
                    if isUp.isOpen { wasUp.open() }
                    await context.stopRequested()
                }
            }
        )
        try await tree.child(at: "root/after")?.terminate()
        #expect(wasUp.isOpen)
        try await tree.terminate()
    }

    @Test("H6 A stop before the service runs is not lost")
    func stoppedEarly() async throws {
        for _ in 1...200 {
            let service = Scripted { try await gracefulShutdown() }
            let tree = try await Supervisor.start(
                SupervisorSpec("root") { ChildSpec.service("service", shutdown: .drain(.seconds(60))) { service } }
            )
            try await tree.terminate()
            #expect(service.ends == ["returned"])
        }
    }

    @Test("A group of services is a child like any other")
    func group() async throws {
        let ends = Mutex<[String]>([])
        func part(_ name: String) -> Scripted {
            Scripted {
                try await gracefulShutdown()
                ends.withLock { $0.append(name) }
            }
        }
        let parts = [part("first"), part("second")]
        let tree = try await Supervisor.start(
            SupervisorSpec("root") {
                ChildSpec.service("group", shutdown: .drain(.seconds(60))) {
                    ServiceGroup(services: parts, logger: Logger(label: "group"))
                }
            }
        )
        for part in parts { try await part.begun.wait() }
        try await tree.terminate()
        #expect(ends.withLock { $0 } == ["second", "first"])
    }

    @Test("What a service logs to the current logger is in the log tree, under the child's name")
    func logged() async throws {
        let log = LogTree()
        let service = Scripted {
            Logger.current.info("serving")
            try await gracefulShutdown()
        }
        let spec = SupervisorSpec("root") { ChildSpec.service("service", shutdown: .drain(.seconds(60))) { service } }
        let tree = try await Supervisor.start(spec.logging(to: log))
        try await service.begun.wait()
        try await tree.terminate()
        let entries = try log.backlog(LogFilter("root/service"), .all)
        #expect(entries.contains { "\($0)".contains("serving") })
    }
}

/// A service that does one thing, and tells how that ended.
final class Scripted: Service {
    let begun = Gate()
    private let body: @Sendable () async throws -> Void
    private let told = Mutex<[String]>([])

    init(_ body: @escaping @Sendable () async throws -> Void) {
        self.body = body
    }

    /// How its runs have ended: "returned", or the type of what was thrown.
    var ends: [String] { told.withLock { $0 } }

    func run() async throws {
        begun.open()
        do {
            try await body()
            told.withLock { $0.append("returned") }
        } catch {
            told.withLock { $0.append("\(type(of: error))") }
            throw error
        }
    }
}
