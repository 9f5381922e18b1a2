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
import SupervisionServices
import SupervisionTesting
import Synchronization
import Testing

@Suite("A tree as a service of swift-service-lifecycle", .timeLimit(.minutes(2)))
struct SupervisorServiceTests {
    private let recorder = EventRecorder()

    private func group(_ services: any Service...) -> ServiceGroup {
        ServiceGroup(services: services, logger: Logger(label: "group"))
    }

    @Test("A graceful shutdown of the group is an orderly stop, before the services that were started earlier")
    func graceful() async throws {
        let ends = Mutex<[String]>([])
        let begun = [Gate(), Gate()]
        let earlier = Scripted {
            try await gracefulShutdown()
            ends.withLock { $0.append("earlier") }
        }
        let spec = SupervisorSpec("root") {
            for (name, begun) in zip(["a", "b"], begun) {
                ChildSpec(name, shutdown: .timeout(.seconds(60))) { context in
                    begun.open()
                    await context.stopRequested()
                    ends.withLock { $0.append(name) }
                }
            }
        }
        let group = group(earlier, SupervisorService(spec, subscribers: [recorder]))
        async let end: Void = group.run()
        for gate in begun { try await gate.wait() }
        try await recorder.wait(for: .started("root"))
        await group.triggerGracefulShutdown()
        try await end
        #expect(ends.withLock { $0 } == ["b", "a", "earlier"])
        recorder.expect(never: .isFailure)
    }

    @Test("H3 A graceful shutdown has its budget", arguments: [true, false])
    func budget(isCancelled: Bool) async throws {
        let hasBegun = Gate()
        let gate = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec("deaf", shutdown: .timeout(.seconds(600))) { _ in
                hasBegun.open()
                await gate.waitIgnoringCancellation()
            }
        }
        let service = SupervisorService(
            spec,
            stoppingWithin: isCancelled ? nil : .milliseconds(20),
            cancellingWithin: .milliseconds(20),
            subscribers: [recorder]
        )
        let group = group(service)
        let end = Task { try await group.run() }
        try await hasBegun.wait()
        try await recorder.wait(for: .started("root"))
        await group.triggerGracefulShutdown()
        if isCancelled {
            try await recorder.wait(for: .stopping("root/deaf"))
            end.cancel()
        }
        let error = await #expect(throws: SupervisorError.self) { try await end.value }
        #expect(error?.code == .terminationFailed)
        gate.open()
        _ = try await recorder.finish()
    }

    @Test("Y7 A cancelled group stops the tree, and waits for that")
    func cancelled() async throws {
        let hasBegun = Gate()
        let hasEnded = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec("worker", shutdown: .timeout(.seconds(60))) { context in
                hasBegun.open()
                await context.stopRequested()
                await withoutCancellation { await Task.yield() }
                hasEnded.open()
            }
        }
        let group = group(SupervisorService(spec, cancellingWithin: .seconds(60), subscribers: [recorder]))
        let end = Task { try await group.run() }
        try await hasBegun.wait()
        try await recorder.wait(for: .started("root"))
        end.cancel()
        try await end.value
        #expect(hasEnded.isOpen)
        recorder.expect(never: .isFailure)
    }

    @Test("T5 The failure of the tree is the error of the service, and of the group")
    func failing() async throws {
        let spec = SupervisorSpec("root", tolerance: .none) {
            ChildSpec("worker") { throw ScriptedFailure(1) }
        }
        let group = group(SupervisorService(spec))
        let error = await #expect(throws: SupervisorError.self) { try await group.run() }
        #expect(error?.code == .toleranceExceeded)
        #expect(error?.rootCause as? ScriptedFailure == ScriptedFailure(1))
    }

    @Test("S9 A shutdown while the tree starts takes it back, and is no failure")
    func shutdownDuringStart() async throws {
        let begun = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec("slow", startTimeout: .never) { context, _ in
                begun.open()
                await context.stopRequested()
            }
        }
        let group = group(SupervisorService(spec, subscribers: [recorder]))
        async let end: Void = group.run()
        try await begun.wait()
        await group.triggerGracefulShutdown()
        try await end
        recorder.expect(never: .started("root"))
    }

    @Test("S6 A failed start is the error of the service")
    func failingToStart() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec("worker") { (_, notifyStart: NotifyStart) in notifyStart(failed: ScriptedFailure(2)) }
        }
        let group = group(SupervisorService(spec))
        let error = await #expect(throws: SupervisorError.self) { try await group.run() }
        #expect(error?.code == .startFailed)
    }

    @Test("It hands over the tree when that is up; what is thrown then stops the tree", arguments: [true, false])
    func onStart(throwing: Bool) async throws {
        let hasBegun = Gate()
        let hasEnded = Gate()
        let spec = SupervisorSpec("root") {
            ChildSpec("worker", shutdown: .timeout(.seconds(60))) { context in
                hasBegun.open()
                await context.stopRequested()
                await withoutCancellation { await Task.yield() }
                hasEnded.open()
            }
        }
        let service = SupervisorService(spec, cancellingWithin: .seconds(60), subscribers: [recorder]) { tree in
            #expect(tree.isReady)
            try await hasBegun.wait()
            if throwing { throw ScriptedFailure(3) }
            tree.requestStop()
        }
        if throwing {
            await #expect(throws: ScriptedFailure(3)) { try await service.run() }
        } else {
            try await service.run()
        }
        #expect(hasEnded.isOpen)
        _ = try await recorder.finish()
        recorder.expect(inOrder: .started("root"), .terminated("root/worker"))
    }
}
