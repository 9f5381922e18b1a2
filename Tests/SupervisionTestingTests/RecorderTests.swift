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

@Suite("The recorder", .timeLimit(.minutes(2)))
struct RecorderTests {
    /// started a, started b, started root, failed a, started a, terminated b, terminated a, terminated root.
    private func recorded() async throws -> EventRecorder {
        let control = WorkerControl()
        let spec = SupervisorSpec("root", backoff: .none) {
            ChildSpec("a", controlledBy: control)
            ChildSpec.idle("b")
        }
        return try await withTestTree(spec) { tree in
            control.fail(ScriptedFailure(7))
            try await tree.settle()
            try await tree.terminate()
            return tree.recorder
        }
    }

    /// The one issue that the body records.
    private func issue(_ body: () -> Void) -> String {
        let recorded = Mutex<[String]>([])
        withKnownIssue {
            body()
        } matching: { issue in
            recorded.withLock { $0.append(issue.comments.map(\.rawValue).joined(separator: "\n")) }
            return true
        }
        let texts = recorded.withLock { $0 }
        return texts.count == 1 ? texts[0] : "\(texts.count) issues: \(texts)"
    }

    @Test("A wait ends with its task, and says so")
    func cancelled() async throws {
        let recorder = EventRecorder()
        let waits = Task { try await recorder.wait(for: .started("root/a"), within: .seconds(3_600)) }
        let finish = Task { try await recorder.finish(within: .seconds(3_600)) }
        waits.cancel()
        finish.cancel()
        let error = await #expect(throws: MissingEventError.self) { try await waits.value }
        #expect(error?.wasCancelled == true)
        #expect(error?.description.contains("the wait was cancelled") == true)
        await #expect(throws: MissingEventError.self) { try await finish.value }
    }

    @Test("An exact sequence, of starts and ends unless told otherwise")
    func exactly() async throws {
        let recorder = try await recorded()
        recorder.expect(
            exactly: .started("root/a"),
            .started("root/b"),
            .started("root"),
            .failed("root/a"),
            .started("root/a"),
            .terminated("root/b"),
            .terminated("root/a"),
            .terminated("root")
        )
        recorder.expect(exactly: .failed(), .restartScheduled(), among: .kind(.failed, .restartScheduled))
        recorder.expect(
            exactly: .tag(.processStarted),
            .tag(.processFailed),
            .tag(.processStarted),
            .tag(.processTerminated),
            among: .path("root/a") && .isStartOrEnd
        )
    }

    @Test("A sequence that is not so is shown beside what there was")
    func exactlyFails() async throws {
        let recorder = try await recorded()
        let missing = issue {
            recorder.expect(exactly: .started("root/a"), .failed("root/b"), among: .path("root/a") && .isStartOrEnd)
        }
        #expect(missing.contains("✓ started root/a\n  ✗ failed root/b"), "\(missing)")
        #expect(missing.contains("✓ 3. root/a#1 started"), "\(missing)")
        #expect(missing.contains("✗ 6. root/a#1 failed: scripted failure 7"), "\(missing)")
        let surplus = issue { recorder.expect(exactly: .started("root/a"), among: .path("root/a") && .isStartOrEnd) }
        #expect(surplus.contains("✗ 6. root/a#1 failed"), "\(surplus)")
        let short = issue {
            recorder.expect(exactly: .failed(), .failed(), among: .failed())
        }
        #expect(short.contains("✓ failed\n  ✗ failed"), "\(short)")
    }

    @Test("Groups: in any order within, in order among them")
    func groups() async throws {
        let recorder = try await recorded()
        recorder.expect(
            exactly: [.started("root/b"), .started("root/a"), .started("root")],
            [.failed()],
            [.started()],
            [.terminated("root/a"), .terminated("root/b")],
            [.terminated("root")]
        )
        // The one that takes anything leaves to the others what only they can have.
        let first = EventCriteria("the first start") { $0.kind == .started && $0.restarts == 0 }
        recorder.expect(exactly: [.started(), .path("root/a"), .path("root")], among: first)
        recorder.expect(inOrder: [.terminated("root/a"), .terminated("root/b")], [.terminated("root")])
        let wrong = issue {
            recorder.expect(inOrder: [.terminated("root")], [.terminated("root/a"), .failed()])
        }
        #expect(wrong.contains("in any order:\n    ✗ terminated root/a\n    ✗ failed"), "\(wrong)")
    }

    @Test("In order, with others in between")
    func inOrder() async throws {
        let recorder = try await recorded()
        recorder.expect(inOrder: .started("root/a"), .failed("root/a"), .terminated("root"))
        recorder.expect(inOrder: .failed() && .error(ScriptedFailure(7)), .started() && .name("a"))
        let wrong = issue { recorder.expect(inOrder: .failed("root/a"), .started("root/b")) }
        #expect(wrong.contains("✓ failed root/a\n  ✗ started root/b"), "\(wrong)")
    }

    @Test("Never, and from a mark on")
    func never() async throws {
        let recorder = try await recorded()
        recorder.expect(never: .startFailed())
        let wrong = issue { recorder.expect(never: .isFailure) }
        #expect(wrong.contains("✗ 6. root/a#1 failed"), "\(wrong)")
        recorder.expect(never: .isFailure, after: recorder.mark())
        recorder.expect(exactly: [EventCriteria](), after: recorder.mark())
    }

    @Test("Eventually: waits, and tells what is missing when the tree has ended or time is up")
    func eventually() async throws {
        let recorder = EventRecorder()
        let control = WorkerControl()
        let spec = SupervisorSpec("root", backoff: .none) { ChildSpec("a", controlledBy: control) }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        control.fail()
        let event = await recorder.expect(eventually: .started("root/a"), count: 2)
        #expect(event?.restarts == 1)
        await withKnownIssue {
            await recorder.expect(eventually: .started("root/a"), count: 3, within: .milliseconds(10))
        } matching: { issue in
            issue.comments.contains {
                $0.rawValue.contains("missing: started root/a, 3 times (2 so far); it did not come")
            }
        }
        try await tree.terminate()
        await withKnownIssue {
            await recorder.expect(eventually: .completed("root/a"))
        } matching: { issue in
            issue.comments.contains { $0.rawValue.contains("the tree ended without it") }
        }
        #expect(recorder.startsAndEnds.last == "terminated root")
        #expect(try await recorder.finish().last?.path == "root")
    }

    @Test("A recorder that lost events says so instead of agreeing")
    func losses() async throws {
        let recorder = EventRecorder(buffer: 4)
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) { ChildSpec.failing("a", times: 400) }
        // On manual time the recorder is not scheduled before the worker has something to wait for.
        try await withTestTree(spec, subscribers: [recorder]) { tree in
            #expect(recorder.lost > 0)
            let text = issue { recorder.expect(never: .completed()) }
            #expect(text.contains("larger buffer than 4"), "\(text)")
        }
    }
}
