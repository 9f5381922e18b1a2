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

// swift-format-ignore: OnlyOneTrailingClosureArgument
/// A supervisor with a resource.
private func resource(
    _ name: String,
    failing build: (any Error)? = nil,
    cleanup: (any Error)? = nil,
    @SupervisorBuilder children: @escaping @Sendable () -> [SupervisorSpec.Node] = { [.init(ChildSpec.idle("w"))] }
) -> SupervisorSpec {
    SupervisorSpec(
        name,
        acquire: { if let build { throw build } },
        release: { _ in if let cleanup { throw cleanup } }
    ) { _ in children() }
}

@Suite("L. Error reports", .timeLimit(.minutes(1)))
struct ErrorTests {
    struct Report: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let spec: SupervisorSpec
        let fields: [String]
        let text: [String]

        init(_ name: String, _ spec: SupervisorSpec, _ fields: [String], _ text: [String]) {
            self.testDescription = name
            self.spec = spec
            self.fields = fields
            self.text = text
        }
    }

    static let reports: [Report] = [
        Report(
            "start failure, nested, with a sibling that does not stop",
            SupervisorSpec("root") {
                SupervisorSpec("b1") {
                    ChildSpec.failingToStop("c2", error: ScriptedFailure(2))
                    ChildSpec.failingToStart("c3", error: { _ in ScriptedFailure(3) })
                }
            },
            [
                "supervisor.name = root",
                "supervisor.start.node.name = root/b1",
                "supervisor.start.node.error = root/b1/c3: a child failed to start: scripted failure 3",
                "supervisor.subtree.name = root/b1",
                "supervisor.subtree.start.node.name = root/b1/c3",
                "supervisor.subtree.start.node.error = scripted failure 3",
                "supervisor.subtree.termination.node.0.name = root/b1/c2",
                "supervisor.subtree.termination.node.0.error = scripted failure 2",
            ],
            [
                "root/b1: a child failed to start",
                "  caused by: root/b1/c3: a child failed to start",
                "    caused by: scripted failure 3",
                "    also: root/b1/c2: the child failed",
                "      caused by: scripted failure 2",
            ]
        ),
        Report(
            "error thrown before the start was acknowledged",
            SupervisorSpec("root") { ChildSpec("a") { _, _ in throw ScriptedFailure(1) } },
            [
                "supervisor.name = root",
                "supervisor.start.node.name = root/a",
                "supervisor.start.node.error = scripted failure 1",
            ],
            ["root/a: a child failed to start", "  caused by: scripted failure 1"]
        ),
        Report(
            "build failure of the root",
            resource("root", failing: ScriptedFailure(4)),
            ["supervisor.name = root", "supervisor.build.error = scripted failure 4"],
            ["root: the resource step of a supervisor failed", "  caused by: scripted failure 4"]
        ),
        Report(
            "build failure below",
            SupervisorSpec("root") { resource("sub", failing: ScriptedFailure(4)) },
            [
                "supervisor.name = root",
                "supervisor.start.node.name = root/sub",
                "supervisor.start.node.error = root/sub: the resource step of a supervisor failed: scripted failure 4",
                "supervisor.subtree.name = root/sub",
                "supervisor.subtree.build.error = scripted failure 4",
            ],
            [
                "root/sub: a child failed to start",
                "  caused by: root/sub: the resource step of a supervisor failed",
                "    caused by: scripted failure 4",
            ]
        ),
        Report(
            "cleanup failure of the root",
            resource("root", cleanup: ScriptedFailure(5)),
            ["supervisor.name = root", "supervisor.termination.cleanup.error = scripted failure 5"],
            [
                "root: it or something below did not stop cleanly",
                "  also: root: the cleanup of a resource failed",
                "    caused by: scripted failure 5",
            ]
        ),
        Report(
            "cleanup failure below, beside failures to stop",
            SupervisorSpec("root") {
                ChildSpec.failingToStop("z")
                resource("sub", cleanup: ScriptedFailure(5)) { ChildSpec.failingToStop("c") }
            },
            [
                "supervisor.name = root",
                "supervisor.subtree.0.name = root/sub",
                "supervisor.subtree.0.termination.cleanup.error = scripted failure 5",
                "supervisor.subtree.0.termination.node.0.name = root/sub/c",
                "supervisor.subtree.0.termination.node.0.error = scripted failure 1",
                "supervisor.termination.node.1.name = root/z",
                "supervisor.termination.node.1.error = scripted failure 1",
            ],
            [
                "root: it or something below did not stop cleanly",
                "  also: root/sub: it or something below did not stop cleanly",
                "    also: root/sub/c: the child failed",
                "      caused by: scripted failure 1",
                "    also: root/sub: the cleanup of a resource failed",
                "      caused by: scripted failure 5",
                "  also: root/z: the child failed",
                "    caused by: scripted failure 1",
            ]
        ),
        Report(
            "crash, with a sibling that does not stop",
            SupervisorSpec("root", tolerance: .failures(2, within: .seconds(10)), backoff: .none) {
                ChildSpec.failing("c1")
                ChildSpec.failingToStop("c2", error: ScriptedFailure(9))
            },
            [
                "supervisor.name = root",
                "supervisor.restart.node.name = root/c1",
                "supervisor.restart.node.error.last.msg = scripted failure 3",
                "supervisor.restart.node.error.source.name = root/c1",
                "supervisor.restart.node.error.source.msg = scripted failure 1",
                "supervisor.restart.node.error.count = 2",
                "supervisor.restart.node.error.duration = 10.0 seconds",
                "supervisor.termination.node.0.name = root/c2",
                "supervisor.termination.node.0.error = scripted failure 9",
            ],
            [
                "root: more than 2 failures within 10 s; raise `tolerance` in its spec if that is to be expected",
                "  caused by: root/c1: the child failed",
                "    caused by: scripted failure 3",
                "  first failure: root/c1: the child failed",
                "    caused by: scripted failure 1",
                "  also: root/c2: the child failed",
                "    caused by: scripted failure 9",
            ]
        ),
    ]

    /// How the tree ended, if it has to be stopped for that.
    private func end(of spec: SupervisorSpec) async throws -> SupervisorError {
        let tree = try await TestTree(launching: spec)
        try? await tree.terminate()
        return try await failure { try tree.endResult?.get() }
    }

    @Test("CAP-156 Keys and texts of each kind of error", arguments: reports)
    func keysAndTexts(report: Report) async throws {
        let error = try await end(of: report.spec)
        // Besides those of go-capataz each level has the code and the sentence of its error.
        let fields = error.fields.filter { !$0.key.hasSuffix(".error.code") && !$0.key.hasSuffix(".error.message") }
        #expect(fields.map { "\($0.key) = \($0.value)" } == report.fields)
        #expect(error.explain.split(separator: "\n").map(String.init) == report.text)
    }

    /// Three supervisors above a worker that always fails.
    private func deep(_ worker: ChildSpec) -> SupervisorSpec {
        SupervisorSpec("root", backoff: .none) {
            SupervisorSpec("mid", backoff: .none) { SupervisorSpec("sub", backoff: .none) { worker } }
        }
    }

    @Test("CAP-157 The keys of each level are a prefix of those below; every key is there once")
    func strictPrefixes() async throws {
        let deeper = SupervisorSpec("root") { SupervisorSpec("mid") { resource("sub", failing: ScriptedFailure()) } }
        for spec in [deep(.failing("w")), deep(.failingToStart("w")), deep(.failingToStop("w")), deeper] {
            let error = try await end(of: spec)
            let fields = Dictionary(grouping: error.fields, by: \.key)
            #expect(fields.allSatisfy { $0.value.count == 1 })
            let stop = error.code == .terminationFailed ? ".0" : ""
            let levels = ["supervisor", "supervisor.subtree\(stop)", "supervisor.subtree\(stop).subtree\(stop)"]
            for (level, name) in zip(levels, ["root", "root/mid", "root/mid/sub"]) {
                #expect(error[field: level + ".name"] == name, "\(error.explain)")
                #expect(error[field: level + ".error.code"] == error.code.description || name.hasSuffix("sub"))
            }
            #expect(error.fields.allSatisfy { $0.key.hasPrefix("supervisor.") })
        }
    }

    @Test("CAP-158 The text of a crash through several levels goes down to what was thrown")
    func wholeChain() async throws {
        let error = try await end(of: deep(.failing("w")))
        let lines = error.explain.split(separator: "\n").map(String.init)
        let start = [
            "root: more than 1 failure within 5 s; raise `tolerance` in its spec if that is to be expected",
            "  caused by: root/mid: more than 1 failure within 5 s; raise `tolerance` in its spec if that is to be expected",
            "    caused by: root/mid/sub: more than 1 failure within 5 s; "
                + "raise `tolerance` in its spec if that is to be expected",
            "      caused by: root/mid/sub/w: the child failed",
            "        caused by: scripted failure 8",
            "      first failure: root/mid/sub/w: the child failed",
            "        caused by: scripted failure 7",
        ]
        #expect(Array(lines.prefix(start.count)) == start)
        // The first of the eight comes last.
        #expect(lines.last == "        caused by: scripted failure 1")
        #expect(error.firstFailure?.firstFailure?.firstFailure?.rootCause as? ScriptedFailure == ScriptedFailure(1))
    }

    @Test("CAP-159 What was thrown is found at every depth and for every kind of failure")
    func rootCauses() async throws {
        struct Thrown: Error, Equatable {
            let number: Int
        }
        let thrown = Thrown(number: 42)
        let workers: [ChildSpec] = [
            .failing("w", error: { _ in thrown }),
            .failingToStart("w", error: { _ in thrown }),
            .failingToStop("w", error: thrown),
            ChildSpec("w") { _, _ in throw thrown },
        ]
        for worker in workers {
            for spec in [SupervisorSpec("root", tolerance: .none) { worker }, deep(worker)] {
                var error: any Error = try await end(of: spec)
                // Of a failed stop it is among those that were noted on the way.
                while let ours = error as? SupervisorError, let next = ours.underlying ?? ours.related.first {
                    error = next
                }
                #expect(error as? Thrown == thrown)
            }
        }
    }

    @Test("CAP-160 The text of somebody else's error is its plain message")
    func foreignErrors() async throws {
        #expect(SupervisorError.explain(ScriptedFailure(3)) == "scripted failure 3")
        let ours = try await end(of: deep(.failingToStart("w")))
        #expect(SupervisorError.explain(ours) == ours.explain)
    }
}
