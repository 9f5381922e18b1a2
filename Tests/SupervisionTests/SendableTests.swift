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
import Testing

/// Compiles only for what is Sendable.
private func crosses<Value: Sendable>(_ type: Value.Type) -> Bool { true }

@Suite("Sendable")
struct SendableTests {
    @Test("Y3 Public types are Sendable")
    func publicTypes() {
        #expect(crosses(Supervisor.self) && crosses(Supervisor.Event.self) && crosses(Supervisor.EventItem.self))
        #expect(crosses(SupervisorSpec.self) && crosses(ChildSpec.self) && crosses(ProcessCommand.self))
        #expect(crosses(ChildContext.self) && crosses(NotifyStart.self) && crosses(Supervisor.Snapshot.self))
        #expect(crosses(SupervisorError.self) && crosses(RunResult.self) && crosses(HostSignal.self))
        #expect(crosses(RestartTolerance.self) && crosses(RestartBackoff.self) && crosses(NodeState.self))
        #expect(crosses(SupervisorRuntime.self) && crosses(SupervisorClock.self) && crosses(Supervisor.Events.self))
        #expect(crosses(EventCriteria.self) && crosses(ReliableNotifier.self) && crosses(HealthMonitor.self))
        #expect(crosses(ProcessLine.self) && crosses(ProcessOutput.self) && crosses(ProcessEnd.self))
        #expect(crosses(SignalChannel.self) && crosses(Child.self) && crosses(ChildSpawner.self))
    }
}
