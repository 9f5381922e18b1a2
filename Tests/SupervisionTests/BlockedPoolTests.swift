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

import CSupervisorCore
import Glibc
import SupervisionTesting
import Synchronization
import Testing

@testable import Supervision

/// Each of these runs in a process of its own, whose pool of threads is blocked for good.
@Suite("Y1 Supervision goes on although the cooperative pool is blocked", .serialized, .timeLimit(.minutes(1)))
struct BlockedPoolTests {
    @Test("Y1 L2 main ends the program")
    func mainEnds() async throws {
        let result = await #expect(
            processExitsWith: .exitCode(128 + 15),
            observing: [\.standardErrorContent]
        ) {
            let spec = SupervisorSpec("root") {
                ChildSpec("worker", shutdown: .timeout(.milliseconds(100))) { context, notifyStart in
                    notifyStart()
                    blockPool()
                    _ = BlockingThread { _ in kill(getpid(), SIGTERM) }
                    await context.stopRequested()
                }
            }
            await Supervisor.main(spec, stoppingOn: [.terminate])
        }
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains("root/worker"), "\(output)")
    }

    @Test("L2 main explains a failed start and ends with status 1")
    func mainFails() async throws {
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            let spec = SupervisorSpec("root") { ChildSpec("worker") { _, _ in throw ScriptedFailure(8) } }
            await Supervisor.main(spec)
        }
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains("root/worker") && output.contains("scripted failure 8"), "\(output)")
    }

    @Test("L2 main ends with 0 after an end of its own, and with 128 and the signal after a signal")
    func mainStatuses() async throws {
        await #expect(processExitsWith: .exitCode(128 + 2)) {
            let spec = SupervisorSpec("root") {
                ChildSpec("worker") { context in
                    kill(getpid(), SIGINT)
                    await context.stopRequested()
                }
            }
            await Supervisor.main(spec)
        }
    }

    @Test("L2 A second signal forces the stop")
    func secondSignal() async throws {
        await #expect(processExitsWith: .exitCode(128 + 15)) {
            let spec = SupervisorSpec("root") {
                ChildSpec("worker", shutdown: .indefinitely) { context in
                    kill(getpid(), SIGTERM)
                    await context.stopRequested()
                    kill(getpid(), SIGTERM)
                    await Gate().waitIgnoringCancellation()
                }
            }
            await Supervisor.main(spec)
        }
    }

    @Test("Y1 The stop ladder of a process keeps its times within 20 ms")
    func ladder() async throws {
        let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) {
            let stubborn = ProcessCommand(
                "sh",
                "-c",
                "trap '' TERM; echo READY; while :; do sleep 3600 & wait; done",
                readiness: .line(containing: "READY"),
                output: .lines { _ in },
                stopSteps: [.signal(.terminate, for: .milliseconds(300)), .kill()]
            )
            let spec = SupervisorSpec("root") {
                ChildSpec("program", command: stubborn)
                ChildSpec("worker", shutdown: .timeout(.milliseconds(100))) { context in
                    await context.stopRequested()
                }
            }
            let tree = try await Supervisor.start(spec)
            let watch = unsafe Watch(tree.tree.pointer)
            blockPool()
            let stalls = Stalls()
            _ = BlockingThread { _ in
                tree.requestStop()
                let steps = watch.readAll().filter { $0.kind == .SUP_EVENT_STOPPING && $0.path == "root/program" }
                let kinds = steps.map(\.detail)
                guard steps.count == 2, kinds == [1, 2] else { fail("steps \(kinds)") }
                let took = Int64(steps[1].time - steps[0].time) - 300_000_000
                let stall = stalls.longest
                report("the ladder was \(took / 1_000) microseconds late, the machine \(stall / 1_000)")
                exit(took >= 0 && took < 20_000_000 + stall ? 0 : 3)
            }
            Latch().wait()
        }
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        print("Y1", output)
    }

    @Test("W1 W2 While the pool is late that is told, and no worker is punished for it")
    func silentPool() async throws {
        await #expect(processExitsWith: .exitCode(0)) {
            let spec = SupervisorSpec("root") {
                ChildSpec("worker", heartbeat: .milliseconds(500)) { context in
                    while !context.isStopRequested {
                        context.heartbeat()
                        try await context.sleep(for: .milliseconds(5))
                    }
                }
            }
            let tree = try await Supervisor.start(spec)
            let watch = unsafe Watch(tree.tree.pointer)
            blockPool()
            _ = BlockingThread { _ in
                let told = watch.read {
                    $0.path == "root/worker" && ($0.kind == .SUP_EVENT_LOOP_LATE || $0.kind == .SUP_EVENT_SILENT)
                }
                guard told.kind == .SUP_EVENT_LOOP_LATE else { fail("punished") }
                // As many periods again as anybody would need.
                usleep(1_500_000)
                let worker = tree.snapshot()["root/worker"]
                exit(worker?.state == .running && worker?.restarts == 0 ? 0 : 3)
            }
            Latch().wait()
        }
    }

    @Test("Y1 A C callback child is restarted")
    func callbackChild() async throws {
        await #expect(processExitsWith: .exitCode(0)) {
            blockPool()
            _ = BlockingThread { _ in
                let tree = unsafe callbackTree()
                let watch = unsafe Watch(tree)
                guard unsafe sup_tree_launch(tree, nil) == 0 else { fail("launch") }
                for restarts in 0...3 {
                    let started = watch.read {
                        $0.kind == .SUP_EVENT_STARTED && $0.path == "root/callback" && $0.restarts == restarts
                    }
                    _ = unsafe sup_child_failed(started.child, nil)
                }
                exit(0)
            }
            Latch().wait()
        }
    }
}

/// How late the machine is by itself, told by a thread that sleeps for a millisecond again and again: what a busy machine
/// takes from every thread is not the library's.
private final class Stalls: Sendable {
    private let most = Atomic<Int64>(0)

    init() {
        _ = BlockingThread { [self] _ in
            while true {
                let slept = ContinuousClock().measure { _ = usleep(1_000) }
                most.max(Int64((slept - .milliseconds(1)) / .nanoseconds(1)), ordering: .relaxed)
            }
        }
    }

    /// The longest time in nanoseconds by which a sleep was too long.
    var longest: Int64 {
        most.load(ordering: .relaxed)
    }
}

private func report(_ text: String) {
    Platform.writeToStandardError(text + "\n")
}

private func fail(_ text: String, line: Int32 = #line) -> Never {
    report(text)
    exit(line)
}

/// Reads the events of a tree on a thread that is not one of Swift's.
@safe
private final class Watch: @unchecked Sendable {
    @safe
    struct Event {
        let kind: sup_event_kind
        let child: sup_child
        let path: String
        let detail: Int64
        let time: UInt64
        let restarts: UInt64
    }

    private var events: OpaquePointer?

    init(_ tree: OpaquePointer) {
        guard unsafe sup_events_open(tree, nil, &events) == 0 else { fail("no events") }
    }

    private func next() -> Event? {
        let nowhere: StaticString = ""
        // Safe: everything lives during the call, and what it points to is copied before the next one.
        var event = unsafe sup_event(
            size: MemoryLayout<sup_event>.size,
            kind: .SUP_EVENT_LOST,
            node_kind: .SUP_KIND_SUPERVISOR,
            number: 0,
            cause: 0,
            child: sup_child(tree: events!, node: 0, generation: 0, incarnation: 0),
            restarts: 0,
            time: 0,
            wall: 0,
            duration: 0,
            detail: 0,
            path: UnsafeRawPointer(nowhere.utf8Start).assumingMemoryBound(to: CChar.self),
            error: nil
        )
        switch unsafe sup_events_wait(events!, &event, 20_000_000_000) {
        case 1:
            return unsafe Event(
                kind: event.kind,
                child: event.child,
                path: String(cString: event.path),
                detail: event.detail,
                time: event.time,
                restarts: event.restarts
            )
        case 0: fail("nothing happened for 20 seconds")
        default: return nil
        }
    }

    func readAll() -> [Event] {
        var all: [Event] = []
        while let event = next() { all.append(event) }
        return all
    }

    func read(until predicate: (Event) -> Bool) -> Event {
        var seen: [String] = []
        while let event = next() {
            if predicate(event) { return event }
            seen.append("\(event.kind) \(event.path) \(event.restarts)")
        }
        fail("the tree ended: \(seen)")
    }
}

/// A tree with a callback child, which fails when it is told to.
private func callbackTree() -> OpaquePointer {
    let table = UnsafeMutablePointer<sup_callbacks>.allocate(capacity: 1)
    // Safe: the table lives as long as the process, and the core gets what its header asks for.
    unsafe table.initialize(
        to: sup_callbacks(
            size: MemoryLayout<sup_callbacks>.size,
            flags: 0,
            start: { _, _, _ in 0 },
            stop: nil,
            end: nil,
            free: nil
        )
    )
    var runtime: OpaquePointer?
    var tree: OpaquePointer?
    let root = unsafe sup_supervisor_spec("root", .SUP_ONE_FOR_ONE)
    _ = unsafe sup_spec_set_tolerance(root!, UInt64.max, 0)
    _ = unsafe sup_spec_add(root, sup_callback_spec("callback", table, nil))
    guard unsafe sup_runtime_create(&runtime, nil) == 0,
        unsafe sup_tree_create(runtime!, root!, &tree, nil) == 0
    else { fail("no tree") }
    return unsafe tree!
}
