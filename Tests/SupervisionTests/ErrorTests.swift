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

@Suite("Errors", .timeLimit(.minutes(1)))
struct ErrorTests {
    /// So many supervisors above a worker.
    private func nested(_ depth: Int, _ tolerance: RestartTolerance, _ worker: ChildSpec) -> SupervisorSpec {
        (0..<depth).reversed().reduce(nil as SupervisorSpec?) { inner, level in
            SupervisorSpec(level == 0 ? "root" : "s\(level)", tolerance: tolerance, backoff: .none) {
                if let inner { inner } else { worker }
            }
        }!
    }

    private func end(of spec: SupervisorSpec) async throws -> SupervisorError {
        let tree = try await TestTree(launching: spec)
        try? await tree.terminate()
        return try await failure { try tree.endResult?.get() }
    }

    @Test("Y4 An error is one sentence that a person can act on")
    func sentences() async throws {
        let crash = try await end(of: nested(2, .failures(1, within: .seconds(60)), .failing("flaky")))
        #expect(
            crash.description
                == "root: more than 1 failure within 1 min; raise `tolerance` in its spec if that is to be expected: "
                + "root/s1/flaky: the child failed: scripted failure 4"
        )
        let stop = try await end(
            of: SupervisorSpec("root") {
                ChildSpec.failingToStop("a")
                ChildSpec.failingToStop("b")
            }
        )
        #expect(
            stop.description
                == "root: it or something below did not stop cleanly: root/b: the child failed: scripted failure 1 "
                + "(and 1 more)"
        )
        let faults = try await failure {
            _ = try await Supervisor.start(SupervisorSpec("root") { ChildSpec.idle("a/b") })
        }
        #expect(faults.description.hasPrefix("nothing was started, because the spec has 1 fault: root/a"))
        #expect(faults.fields.map(\.key).contains("supervisor.fault.0.error"))
    }

    @Test("Y4 An error says the same as another if all of it does")
    func equality() async throws {
        let spec = nested(2, .failures(1, within: .seconds(60)), .failing("a", error: { _ in ScriptedFailure(1) }))
        let first = try await end(of: spec)
        let second = try await end(of: spec)
        let other = try await end(
            of: nested(2, .failures(1, within: .seconds(60)), .failing("a", error: { ScriptedFailure(min($0, 2)) }))
        )
        #expect(first == second)
        #expect(first != other)
        // What is in between counts, too, though the sentences are the same.
        let longer = try await end(of: nested(3, .none, .failing("a")))
        let shorter = try await end(
            of: SupervisorSpec("root", tolerance: .none) {
                SupervisorSpec("s1", tolerance: .failures(0, within: .seconds(9))) {
                    SupervisorSpec("s2", tolerance: .none) { ChildSpec.failing("a") }
                }
            }
        )
        #expect(longer.description == shorter.description && longer != shorter)
        let deep = try await end(of: nested(30, .none, .failing("a")))
        #expect(deep == deep)
        #expect(first != first.underlying as? SupervisorError)
    }

    @Test("Y4 A supervisor that tolerates nothing has one failure, told once, however deep it is")
    func onlyFailure() async throws {
        let error = try await end(of: nested(25, .none, .failing("a")))
        #expect(error.firstFailure == error.underlying as? SupervisorError)
        #expect(error.explain.split(separator: "\n").count == 27)
    }

    @Test("Y4 Which of the two tolerances of a supervisor was exceeded is told by its name")
    func ownTolerance() async throws {
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            SupervisorSpec("s", backoff: .none) { ChildSpec.failing("a") }
                .tolerated(.failures(2, within: .seconds(60)))
        }
        let error = try await end(of: spec)
        let lines = error.explain.split(separator: "\n")
        let first = "root/s: more than 2 failures within 1 min; raise how often it is `tolerated` by the one above"
        #expect(lines[0] == first + " if that is to be expected", "\(error.explain)")
        #expect(lines[1].contains("root/s: more than 1 failure within 5 s; raise `tolerance` in its spec"))
        let worker = ChildSpec.failing("a").tolerating(.failures(2, within: .seconds(60)))
        let own = try await end(of: SupervisorSpec("root", backoff: .none) { worker })
        #expect(own.message.hasPrefix("more than 2 failures within 1 min; raise `tolerance` in its spec"))
    }

    @Test("Y4 The message is without the path, and the text has it once, whatever the name is")
    func names() async throws {
        let crash = try await end(of: SupervisorSpec("more", tolerance: .none) { ChildSpec.failing("a") })
        #expect(crash.message.hasPrefix("a failure, and none is tolerated"))
        #expect(crash.explain.hasPrefix("more: a failure, and none is tolerated"))
        let tree = try await TestTree(launching: SupervisorSpec("it") { ChildSpec.idle("it") })
        let root = try #require(tree.supervisor.child(at: "it"))
        let error = try await failure { try await root.terminate() }
        #expect(error.description.hasPrefix("it: it is the root"), "\(error)")
        try await tree.terminate()
    }

    @Test("Y4 What is too long or too deep is left out, and that is said")
    func bounded() async throws {
        // Each level has a first and a last failure below it.
        let long = try await end(of: nested(11, .failures(1, within: .seconds(60)), .failing("a")))
        #expect(long.explain.split(separator: "\n").count == 1_001)
        #expect(long.explain.hasSuffix("(more is left out)"))
        let deep = try await end(of: nested(40, .none, .failingToStart("a")))
        #expect(deep.explain.split(separator: "\n").count == 34)
        #expect(deep.explain.hasSuffix("(more is left out)"))
        #expect(deep.fields.last?.value == "scripted failure 1")
    }

    @Test("Y4 What a process left behind is in the text and in the fields")
    func processes() async throws {
        let script = "echo first; echo second >&2; exit 3"
        let spec = SupervisorSpec("root", tolerance: .none) {
            ChildSpec("a", command: ProcessCommand("/bin/sh", "-c", script, output: .lines { _ in }))
        }
        let tree = try await Supervisor.start(spec)
        let error = try await failure { try await tree.wait() }
        let fields = Dictionary(uniqueKeysWithValues: error.fields.map { ($0.key, $0.value) })
        #expect(fields["supervisor.restart.node.process.status"] == "3")
        #expect(fields["supervisor.restart.node.error.last.msg"]?.contains("status 3") == true)
        let output = fields["supervisor.restart.node.process.output"]
        #expect(output?.contains("second") == true)
        #expect(error.explain.contains("its last output:") && error.explain.contains("| second"), "\(error.explain)")
    }

    @Test("Y4 Errors that are not ours are explained by their own text, further lines indented")
    func foreign() {
        struct Verbose: Error, CustomStringConvertible {
            let description = "one\ntwo"
        }
        #expect(SupervisorError.explain(Verbose()) == "one\n  two")
    }
}
