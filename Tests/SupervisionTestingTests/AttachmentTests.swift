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

import Foundation
import Logging
import Supervision
import SupervisionLogging
import SupervisionTesting
import Testing

/// How a test that is run by another one ends.
private enum Ending: String, CaseIterable, CustomTestStringConvertible {
    case passes
    case expectationFails
    case requirementFails
    case bodyThrows
    case expectationOfWorkerFails
    case doesNotEnd
    case isKnown
    case onMainActor
    case ofSpecPasses
    case ofSpecFails
    case ofSpecThrows
    case ofSpecWorkerFails

    var testDescription: String { rawValue }

    /// Whether the test fails.
    var isFailure: Bool { ![.passes, .isKnown, .ofSpecPasses].contains(self) }

    /// All, if the test below asks for it.
    static var asked: [Ending] {
        ProcessInfo.processInfo.environment["SUPERVISION_TEST_ENDINGS"] == nil ? [.passes] : allCases
    }
}

/// What a worker says.
private func say(_ ending: Ending) -> @Sendable (ChildContext) async throws -> Void {
    { context in
        context.logger.debug("said in \(ending)")
        try? context.signal(.healthy)
        await context.stopRequested()
    }
}

@Suite("What is attached to tests", .timeLimit(.minutes(2)))
struct AttachmentTests {
    @Test("MON-105 Logs, events and the tree are attached to a test that fails, and nothing to one that passes")
    func attached() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "attachments-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = try await run(into: folder)
        var texts: [String: [String]] = [:]
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let kind = file.lastPathComponent.prefix { $0.isLetter }
            texts[String(kind), default: []].append(try String(contentsOf: file, encoding: .utf8))
        }
        for ending in Ending.allCases {
            let count = ending.isFailure ? 1 : 0
            #expect(texts["log", default: []].count { $0.contains("said in \(ending)\n") } == count, "\(ending)")
            // The tree and its nodes are named for the test.
            for kind in ["events", "tree"] {
                let found = texts[kind, default: []].filter { $0.contains("\(ending)") && $0.contains("worker") }
                #expect(found.count == count, "\(kind) of \(ending)")
            }
        }
        // However many trees there are at the time.
        #expect(output.split(separator: "\n").count { $0.contains("expected by a worker") } == 2)
        // All of it, up to the end.
        let logs = texts["log", default: []].filter { !$0.contains("ofSpec") }
        #expect(logs.allSatisfy { $0.contains(" terminat") }, "\(logs)")
        // In the order in which it happened.
        let times = logs.map { log in
            log.split(separator: "\n").map { line -> String in
                let words = line.split(separator: " ")
                return "\(words[1].dropFirst()) \(words[2])"
            }
        }
        #expect(times.allSatisfy { $0 == $0.sorted() }, "\(logs)")
        #expect(texts["more"] == ["of bodyThrows"])
        #expect(texts["log", default: []].contains { $0.contains("by the test itself") })
        let kinds = Set(texts.keys)
        #expect(kinds == ["log", "events", "tree", "more"])
    }

    /// Run the test below in a process of its own: its failures are not this one's.
    private func run(into folder: URL) async throws -> String {
        let file = folder.appendingPathExtension("output")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(filePath: program)
        process.arguments = [
            "--testing-library", "swift-testing", "--filter", "AttachmentTests/ends",
            "--attachments-path", folder.path(percentEncoded: false),
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["SUPERVISION_TEST_ENDINGS": "all"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        let handle = try FileHandle(forWritingTo: file)
        process.standardOutput = handle
        process.standardError = handle
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in ended.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                ended.resume(throwing: error)
            }
        }
        #expect(process.terminationStatus != 0)
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }

    @Test("What ends as the test above wants it", arguments: Ending.asked)
    fileprivate func ends(_ ending: Ending) async throws {
        switch ending {
        case .doesNotEnd: await doNotEnd()
        case .onMainActor: await onMainActor()
        case .isKnown: await withKnownIssue { await inTree(ending) }
        case .ofSpecPasses, .ofSpecFails, .ofSpecThrows, .ofSpecWorkerFails: try await inSpec(ending)
        default: await inTree(ending)
        }
    }

    private func inTree(_ ending: Ending) async {
        let more: @Sendable () -> [String: String] = { ending == .bodyThrows ? ["more.txt": "of \(ending)"] : [:] }
        await withTestTree(ending.rawValue, attaching: more) { context in
            try await context.run("worker", body: say(ending)).healthy()
            Logger.current.trace("by the test itself")
            switch ending {
            case .expectationFails, .isKnown: #expect(Bool(false))
            case .requirementFails: try #require(Bool(false))
            case .expectationOfWorkerFails:
                let over = Gate()
                try context.run("expecting") { context in
                    #expect(Bool(false), "expected by a worker")
                    over.open()
                    await context.stopRequested()
                }
                await over.waitIgnoringCancellation()
            case .bodyThrows: throw ScriptedFailure()
            default: break
            }
        }
    }

    private func doNotEnd() async {
        let gate = Gate()
        await withTestTree("\(Ending.doesNotEnd)", stoppingWithin: .milliseconds(50)) { context in
            try await context.run("worker", body: say(.doesNotEnd)).healthy()
            let up = Gate()
            try context.run("deaf", shutdown: .indefinitely) { _ in
                up.open()
                await gate.waitIgnoringCancellation()
            }
            try await up.wait()
        }
        gate.open()
    }

    @MainActor private func onMainActor() async {
        var count = 0
        await withTestTree("\(Ending.onMainActor)") { context in
            try await context.run("worker", body: say(.onMainActor)).healthy()
            MainActor.assertIsolated("the body is not where it was written")
            count += 1
        }
        #expect(count == 1)
        await withTestTree("\(Ending.onMainActor)") { context in
            try await context.run("worker", body: say(.onMainActor)).healthy()
            #expect(Bool(false))
        }
    }

    private func inSpec(_ ending: Ending) async throws {
        let spec = SupervisorSpec("\(ending)") {
            ChildSpec("worker") { context in
                #expect(ending != .ofSpecWorkerFails, "expected by a worker")
                try await say(ending)(context)
            }
        }
        try await withTestTree(spec, loggingTo: LogTree()) { tree in
            if ending == .ofSpecThrows { throw ScriptedFailure() }
            #expect(tree.state == .running)
            #expect(ending != .ofSpecFails)
        }
    }
}
