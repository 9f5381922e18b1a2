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
import Testing

@Suite("Overlap", .timeLimit(.minutes(1)))
struct OverlapTests {
    @Test("I1 I2 The late end of an incarnation does not touch the replacement that runs beside it")
    func lateEnd() async throws {
        let gate = Gate()
        let fail = Gate()
        let recorder = EventRecorder()
        let contexts = Log<ChildContext>()
        let ends = Log<String>()
        let spec = SupervisorSpec("root", strategy: .oneForAll, tolerance: .failures(9, within: .zero)) {
            ChildSpec("child", shutdown: .timeout(.milliseconds(20)), whenStuck: .overlap) { context, notifyStart in
                contexts.append(context)
                notifyStart()
                if context.incarnationNumber == 1 { return await gate.waitIgnoringCancellation() }
                try? await Task.sleep(for: .seconds(3_600))
                ends.append("cancelled \(Task.isCancelled), asked \(context.isStopRequested)")
            }
            ChildSpec("trigger", restart: .transient) { context in
                if context.incarnationNumber > 1 { return }
                await fail.waitIgnoringCancellation()
                throw ScriptedFailure(1)
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        fail.open()
        await recorder.expect(eventually: .started("root/child"), count: 2)
        #expect(contexts.all.map(\.incarnationNumber) == [1, 2])
        // The first was asked to stop, the second was not.
        #expect(contexts.all.map(\.isStopRequested) == [true, false])
        gate.open()
        await recorder.expect(eventually: .lateExit("root/child"))
        #expect(contexts.all.map(\.isStopRequested) == [true, false])
        #expect(contexts.all[1].path == "root/child")
        // And it can still be stopped.
        try? await tree.terminate()
        #expect(ends.all == ["cancelled true, asked true"])
    }
}
