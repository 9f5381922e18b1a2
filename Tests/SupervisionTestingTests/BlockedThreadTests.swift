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

/// One at a time, and only where that leaves a thread of the cooperative pool for all the rest.
@Suite("Blocked threads", .serialized, .enabled(if: sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1), .timeLimit(.minutes(2)))
struct BlockedThreadTests {
    @Test("Y8 A worker that does not let go of its thread is told")
    func blocked() async throws {
        let gate = ThreadGate()
        let spec = SupervisorSpec("root") { ChildSpec.blockingThread("blocked", until: gate) }
        let error = await #expect(throws: SupervisorError.self) {
            try await withTestTree(spec, patience: .milliseconds(50)) { _ in }
        }
        #expect(error?.code == .timedOut)
        gate.open()
    }

    @Test("Blocks its thread, in real time")
    func blocks() async throws {
        let gate = ThreadGate()
        let recorder = EventRecorder()
        let spec = SupervisorSpec("root") {
            ChildSpec.blockingThread("blocked", until: gate, shutdown: .timeout(.milliseconds(10)))
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await #expect(throws: SupervisorError.self) { try await tree.terminate() }
        gate.open()
        try await recorder.finish()
        recorder.expect(inOrder: .terminationFailed("root/blocked"))
    }
}
