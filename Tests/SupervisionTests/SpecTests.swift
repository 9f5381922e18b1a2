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

@Suite("Specs", .timeLimit(.minutes(1)))
struct SpecTests {
    @Test("The three body shapes side by side, and a command")
    func bodyShapes() async throws {
        let ran = Log<String>()
        let spec = SupervisorSpec("root") {
            ChildSpec("none", restart: .temporary) { ran.append("none") }
            ChildSpec("context", restart: .temporary) { context in ran.append(context.name) }
            ChildSpec("notify", restart: .transient) { context, notifyStart in
                notifyStart()
                ran.append(context.path)
            }
            ChildSpec("command", restart: .temporary, command: ProcessCommand("true"))
        }
        let recorder = EventRecorder()
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        await recorder.expect(eventually: .completed(), count: 4)
        try await tree.terminate()
        #expect(Set(ran.all) == ["none", "context", "root/notify"])
    }

    @Test("The builder takes children and supervisors, choices, loops and optionals")
    func builder() async throws {
        let isWanted = true
        let extra: ChildSpec? = nil
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("a")
            if isWanted {
                ChildSpec.idle("b")
            } else {
                ChildSpec.idle("c")
            }
            if !isWanted { ChildSpec.idle("d") }
            for number in 0..<3 { ChildSpec.idle("e\(number)") }
            extra
            SupervisorSpec("inner") { ChildSpec.idle("f") }
            [ChildSpec.idle("g"), ChildSpec.idle("h")]
        }
        let tree = try await Supervisor.start(spec)
        let paths = tree.snapshot().nodes.map(\.path)
        #expect(
            paths == [
                "root", "root/a", "root/b", "root/e0", "root/e1", "root/e2", "root/inner", "root/inner/f", "root/g",
                "root/h",
            ]
        )
        try await tree.terminate()
    }

    @Test(
        "N1 An invalid name is refused with the name and the reason",
        arguments: ["", ".", "..", "a/b", "a\nb", "a\0b", String(repeating: "x", count: 256)]
    )
    func invalidName(name: String) async throws {
        let ran = Counter()
        let spec = SupervisorSpec("root") {
            ChildSpec("first") { ran.increment() }
            ChildSpec(name) { ran.increment() }
        }
        let error = try await failure { _ = try await Supervisor.start(spec) }
        #expect(error.code == .invalidSpec)
        #expect(error.related.count == 1)
        #expect(error.description.contains("name"))
        #expect(ran.value == 0)
    }

    @Test("N2 A duplicate name is refused with the name")
    func duplicateName() async throws {
        let spec = SupervisorSpec("root") {
            ChildSpec.idle("twin")
            ChildSpec.idle("other")
            ChildSpec.idle("twin")
        }
        let error = try await failure { _ = try await Supervisor.start(spec) }
        #expect(error.code == .invalidSpec)
        #expect(error.description.contains("twin"))
        #expect(!error.description.contains("other"))
    }

    @Test("N3 A runtime name is the names from the root on, joined by slashes")
    func runtimeName() async throws {
        let paths = Log<String>()
        let spec = SupervisorSpec("shop") {
            SupervisorSpec("jobs") {
                ChildSpec("queue") { context, notifyStart in
                    paths.append(context.path)
                    notifyStart()
                    await context.stopRequested()
                }
            }
        }
        try await withSupervisor(spec) { tree in
            #expect(tree.snapshot()["shop/jobs/queue"]?.name == "queue")
        }
        #expect(paths.all == ["shop/jobs/queue"])
    }

    @Test("N4 Building runs nothing, and a spec can be started many times at once")
    func specsAreValues() async throws {
        let ran = Counter()
        let spec = SupervisorSpec("root") {
            ChildSpec("worker") { context, notifyStart in
                ran.increment()
                notifyStart()
                await context.stopRequested()
            }
        }
        #expect(ran.value == 0)
        async let first = Supervisor.start(spec)
        async let second = Supervisor.start(spec)
        let trees = try await [first, second]
        #expect(ran.value == 2)
        for tree in trees { try await tree.terminate() }
    }

    @Test("N5 All faults are told at once, each with its path")
    func allFaults() async throws {
        let spec = SupervisorSpec("root", tolerance: .failures(-1, within: .seconds(1))) {
            ChildSpec.idle("a/b")
            SupervisorSpec("inner") {
                ChildSpec.idle("twin")
                ChildSpec.idle("twin")
                ChildSpec.idle("late", shutdown: .timeout(.seconds(-3)))
            }
        }
        let error = try await failure { _ = try await Supervisor.start(spec) }
        #expect(error.code == .invalidSpec)
        #expect(error.related.count == 4, "\(error.explain)")
        let text = error.explain
        #expect(text.contains("root/inner/twin"))
        #expect(text.contains("root/inner/late"))
        #expect(text.contains("tolerance"))
    }

    @Test("N6 Numbers that no option has are faults, told in the words of this library")
    func ranges() async throws {
        var limits = SupervisorSpec("limits", tolerance: .failures(65_537, within: .zero)) {}
        limits.startLimit = 0
        limits.childLimit = 0
        func starting(_ name: String, _ timeout: ChildSpec.StartTimeout) -> ChildSpec {
            ChildSpec(name, startTimeout: timeout) { _, notifyStart in notifyStart() }
        }
        let spec = SupervisorSpec("root") {
            limits
            starting("zero", .seconds(0))
            starting("nan", .seconds(Double.nan))
            starting("below", .seconds(-Double.infinity))
            ChildSpec("silent", heartbeat: .zero) {}
        }
        let error = try await failure { _ = try await Supervisor.start(spec) }
        let paths = error.related.map { $0.path ?? "" }
        #expect(
            paths == [
                "root/limits", "root/limits", "root/limits", "root/zero", "root/nan", "root/below", "root/silent",
            ],
            "\(error.explain)"
        )
        #expect(!error.explain.contains("SUP_"), "\(error.explain)")
        // More than there can be is as much as can be.
        let patient = SupervisorSpec("root") {
            starting("a", .seconds(Double.infinity))
            starting("b", .seconds(UInt64.max))
            starting("c", .milliseconds(UInt64.max))
        }
        try await Supervisor.start(patient).terminate()
    }

    @Test("N6 Options that contradict each other are faults")
    func contradictions() async throws {
        let backoff = RestartBackoff(initial: .seconds(2), maximum: .seconds(1))
        let specs: [(String, SupervisorSpec)] = [
            (
                "start timeout",
                SupervisorSpec("root") {
                    ChildSpec("child", startTimeout: .seconds(0)) { _, notifyStart in notifyStart() }
                }
            ),
            ("window", SupervisorSpec("root", tolerance: .failures(1, within: .seconds(-1))) { ChildSpec.idle("a") }),
            ("maximum", SupervisorSpec("root", backoff: backoff) { ChildSpec.idle("a") }),
            ("kill", SupervisorSpec("root") { ChildSpec.idle("a", shutdown: .ladder([.kill()])) }),
            ("steps", SupervisorSpec("root") { ChildSpec.idle("a", shutdown: .ladder([])) }),
            ("argument", SupervisorSpec("root") { ChildSpec("a", command: ProcessCommand("true", "a\0b")) }),
            ("program", SupervisorSpec("root") { ChildSpec("a", command: ProcessCommand("")) }),
        ]
        for (what, spec) in specs {
            let error = try await failure { _ = try await Supervisor.start(spec) }
            #expect(error.code == .invalidSpec, "\(what): \(error)")
            #expect(error.related.count == 1, "\(what): \(error)")
            #expect(error.related.first?.path?.hasPrefix("root") == true, "\(what): \(error)")
        }
    }
}
