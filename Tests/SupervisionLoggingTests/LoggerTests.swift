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
import Supervision
import SupervisionLogging
import SupervisionTesting
import Synchronization
import Testing

@Suite("Loggers of workers", .timeLimit(.minutes(1)))
struct LoggerTests {
    let log = LogTree()

    /// Run a tree of one worker, whose name is `worker` and whose supervisor is `root`, until it is idle.
    private func run(
        level: Logger.Level = .info,
        logs: Bool = true,
        events: Bool = false,
        keeping kept: KeepingHandler.Kept? = nil,
        _ body: @escaping @Sendable (ChildContext) async throws -> Void
    ) async throws {
        var spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec("worker", restart: .transient, body: body)
        }
        if let kept {
            spec = spec.logging(to: log, level: level, events: events) { KeepingHandler($0, kept) }
        } else if logs {
            spec = spec.logging(to: log, level: level, events: events)
        }
        try await withTestTree(spec) { _ in }
    }

    @Test("MON-80 The logger of a worker writes to its node, with file and line of the caller")
    func workerLogger() async throws {
        let line = #line + 2
        try await run { context in
            context.logger.info("hello", metadata: ["k": "v"])
        }
        let entry = try #require(try log.backlog().first)
        #expect(entry.path.description == "root/worker")
        #expect(entry.leveled?.file == "SupervisionLoggingTests/LoggerTests.swift")
        #expect(entry.leveled?.line == line)
        #expect(entry.leveled?.metadata == ["k": "v"])
    }

    @Test("MON-80 The logger of the task is that of the worker, also in child tasks")
    func taskLocal() async throws {
        try await run { _ in
            Logger.current.info("direct")
            await withTaskGroup { group in
                group.addTask { Logger.current.info("child task") }
            }
            withLogger(mergingMetadata: ["request": "7"]) { $0.info("within") }
        }
        #expect(try log.texts(LogFilter("root/worker")) == ["direct", "child task", "within"])
        #expect(try log.backlog().last?.leveled?.metadata == ["request": "7"])
    }

    @Test("Where no log tree is given the logger of a worker is that of the task")
    func noTree() async throws {
        let labels = Mutex<[String]>([])
        let isThere = Flag()
        try await run(logs: false) { context in
            if context.logNode != nil { isThere.set() }
            labels.withLock { $0.append(context.logger.label) }
            #expect(throws: LogError.self) { try context.subLogger("x") }
        }
        #expect(labels.withLock { $0 } == [Logger.current.label])
        #expect(!isThere.isSet)
    }

    @Test("A logger that was kept goes on to write to its node when the incarnation has ended")
    func kept() async throws {
        let kept = Mutex<(Logger, ChildContext)?>(nil)
        try await run { context in
            kept.withLock { $0 = (context.logger, context) }
        }
        let (logger, context) = try #require(kept.withLock { $0 })
        logger.info("late")
        context.logger.info("later")
        #expect(try log.texts(LogFilter("root/worker")) == ["late", "later"])
    }

    @Test("Handlers have value semantics")
    func values() throws {
        var first = try log.node("n").logger
        first.logLevel = .debug
        first[metadataKey: "only-on"] = "first"
        var second = first
        second.logLevel = .error
        second[metadataKey: "only-on"] = "second"
        #expect(first.logLevel == .debug)
        #expect(second.logLevel == .error)
        #expect(first[metadataKey: "only-on"] == "first")
        #expect(second[metadataKey: "only-on"] == "second")
        first.debug("1")
        second.warning("no")
        second.error("2")
        #expect(try log.texts() == ["1", "2"])
    }

    @Test("What a message says wins over what the provider says, and that over what the logger has")
    func metadata() throws {
        let node = try log.node("n")
        let provider = Logger.MetadataProvider { ["a": "provider", "b": "provider"] }
        var logger = Logger(label: "l") { _ in LogTreeHandler(node, metadataProvider: provider) }
        logger[metadataKey: "a"] = "logger"
        logger[metadataKey: "c"] = "logger"
        logger.info("x", metadata: ["b": "message"])
        #expect(try log.backlog().last?.leveled?.metadata == ["a": "provider", "b": "message", "c": "logger"])
        logger.error("y", error: ScriptedFailure(3))
        #expect(try log.backlog().last?.leveled?.metadata["error"] == "scripted failure 3")
    }

    @Test("Messages go on to another handler, with what the logger has")
    func forwarding() async throws {
        let kept = KeepingHandler.Kept()
        try await run(keeping: kept) { context in
            var logger = context.logger
            logger[metadataKey: "k"] = "v"
            logger.info("both")
            Logger.current.warning("both, too")
        }
        #expect(try log.texts(LogFilter("root/worker")) == ["both", "both, too"])
        #expect(kept.all.map(\.text) == ["both", "both, too"])
        #expect(kept.all.map(\.label) == ["root/worker", "root/worker"])
        #expect(kept.all.first?.metadata == ["k": "v"])
        #expect(kept.all.first?.file == "SupervisionLoggingTests/LoggerTests.swift")
    }

    @Test("What happens to nodes goes on to another handler, too, if it is logged", arguments: [true, false])
    func forwardedEvents(events: Bool) async throws {
        let kept = KeepingHandler.Kept()
        try await run(events: events, keeping: kept) { context in
            if context.incarnationNumber == 1 { throw ScriptedFailure(1) }
        }
        let logged = try log.texts(LogFilter("root/worker"))
        #expect(logged.count == (events ? 2 : 0))
        // Another handler has a level of its own.
        let forwarded = kept.all.filter { $0.level >= .info }
        #expect(forwarded.map(\.text) == logged)
        #expect(forwarded.map(\.label) == logged.map { _ in "root/worker" })
        #expect(forwarded.first?.level == (events ? .critical : nil))
        #expect(forwarded.first?.metadata == (events ? ["incarnation": "1"] : nil))
    }

    @Test("A handler for all workers finds the node of the one that logs, and another handler outside")
    func library() async throws {
        let outside = KeepingHandler.Kept()
        let forwarded = KeepingHandler.Kept()
        // As a library has it, made before any worker and once for all.
        var logger = Logger(label: "library") { LogTreeHandler(outside: KeepingHandler($0, outside)) }
        logger[metadataKey: "library"] = "1"
        let shared = logger
        shared.info("before")
        let spec = SupervisorSpec("root") {
            ChildSpec("a", restart: .temporary) { shared.info("in a") }
            ChildSpec("b", restart: .temporary) { _ in
                shared.info("in b", metadata: ["m": "2"])
                await Task { shared.info("in a task of b") }.value
                await Task.detached { shared.info("in a detached task") }.value
            }
        }
        let logging = spec.logging(to: log, events: false) { KeepingHandler($0, forwarded) }
        try await withTestTree(logging) { tree in
            _ = try await tree.wait(for: .completed("root/b"))
        }
        #expect(try log.texts(LogFilter("root/a")) == ["in a"])
        #expect(try log.texts(LogFilter("root/b")) == ["in b", "in a task of b"])
        #expect(try log.backlog(LogFilter("root/b")).first?.leveled?.metadata == ["library": "1", "m": "2"])
        #expect(outside.all.map(\.text) == ["before", "in a detached task"])
        #expect(forwarded.all.map(\.text) == ["in a", "in b", "in a task of b"])
    }

    @Test("MON-114 The verbosity of a node reaches the loggers of its worker while it runs")
    func verbosity() async throws {
        try await run { context in
            context.logger.debug("no")
            context.logNode?.verbosity = 1
            context.logger.debug("yes")
            Logger.current.debug("yes, too")
        }
        #expect(try log.texts(LogFilter("root/worker")) == ["yes", "yes, too"])
    }

    @Test("The level of a tree is the least that is written")
    func level() async throws {
        try await run(level: .warning) { context in
            context.logger.notice("no")
            context.logger.warning("yes")
        }
        #expect(try log.texts() == ["yes"])
    }

    @Test("MON-3 Two trees of supervisors may have one log tree, and a part of one may have its own")
    func shared() async throws {
        let other = LogTree()
        let log = log
        let body: @Sendable (ChildContext) async throws -> Void = { $0.logger.info("\($0.path)") }
        let first = SupervisorSpec("one") {
            ChildSpec("a", restart: .temporary, body: body)
            SupervisorSpec("part") { ChildSpec("b", restart: .temporary, body: body) }.logging(to: other, events: false)
        }
        let second = SupervisorSpec("two") { ChildSpec("c", restart: .temporary, body: body) }
        for spec in [first, second] {
            try await withTestTree(spec.logging(to: log, events: false)) { _ in }
        }
        #expect(try log.texts() == ["one/a", "two/c"])
        #expect(try other.texts() == ["one/part/b"])
    }

    @Test("A child that is added to a running tree logs to its node as the others do, whatever it is")
    func added() async throws {
        let spec = SupervisorSpec("root") { SupervisorSpec("part") {} }
        let stream = try log.follow(LogFilter(includesDescendants: true)).stream
        let tree = try await Supervisor.start(spec.logging(to: log, events: false))
        let part = try #require(tree.child(named: "part"))
        _ = try await part.startChild(ChildSpec("late", restart: .temporary) { $0.logger.info("worker") })
        #expect(await stream.entries(1).map { "\($0.path) \($0.text)" } == ["root/part/late worker"])
        let command = ProcessCommand("echo", "process", output: .log())
        _ = try await part.startChild(ChildSpec("program", restart: .temporary, command: command))
        #expect(await stream.entries(1).map { "\($0.path) \($0.text)" } == ["root/part/program process"])
        try await tree.terminate()
    }

    // MARK: Sub-loggers

    @Test("MON-81 MON-82 A sub-logger writes to a node below that of the worker, however often it was asked for")
    func subLogger() async throws {
        try await run { context in
            try context.subLogger("dut").info("1")
            try context.subLogger("dut").info("2")
        }
        #expect(try log.texts(LogFilter("root/worker/dut")) == ["1", "2"])
        #expect(try log.texts(LogFilter("root/worker")) == [])
    }

    @Test("R1 A tree that is run until it ends has a log as one that is started has")
    func run() async throws {
        let gate = Gate()
        let running = Task { [log] in
            try await Supervisor.run("root", loggingTo: log) { context in
                Logger.current.notice("by the task")
                try context.run("child") { child in
                    child.logger.notice("by the context")
                    gate.open()
                    await child.stopRequested()
                }
                await context.stopRequested()
            }
        }
        try await gate.wait()
        running.cancel()
        _ = try await running.value
        #expect(try log.texts(LogFilter("root")).contains("by the task"))
        #expect(try log.texts(LogFilter("root/child")).contains("by the context"))
    }

    @Test("MON-13 MON-14 A name is that of a sub-logger or of a child, and the error names it")
    func subLoggerNames() async throws {
        let errors = Mutex<[LogError]>([])
        let answers = Mutex<[NameClaim?]>([])
        try await run { context in
            _ = context.claimName("foo", for: .child)
            _ = try context.subLogger("dut")
            for name in ["foo", "", "a/b", "."] {
                do {
                    _ = try context.subLogger(name)
                } catch let error as LogError {
                    errors.withLock { $0.append(error) }
                }
            }
            answers.withLock { $0 = [context.claimName("dut", for: .child)] }
        }
        #expect(errors.withLock { $0.map(\.code) } == [.nameInUse, .invalidPath, .invalidPath, .invalidPath])
        #expect(errors.withLock { $0.first?.message.contains("foo is in use by a child of root/worker") } == true)
        #expect(answers.withLock { $0 } == [.subLogger])
    }

    @Test("MON-15 The next incarnation may use the name for something else, and the last one none any more")
    func subLoggerRestart() async throws {
        let outcomes = Mutex<[String]>([])
        let first = Mutex<ChildContext?>(nil)
        try await run { context in
            if context.incarnationNumber == 1 {
                _ = try context.subLogger("dut")
                first.withLock { $0 = context }
                throw ScriptedFailure()
            }
            let stale = try #require(first.withLock { $0 })
            let error = #expect(throws: LogError.self) { try stale.subLogger("dut") }
            outcomes.withLock { $0 += ["\(error?.code.description ?? "")"] }
            outcomes.withLock { $0 += ["\(context.claimName("dut", for: .child) == .child)"] }
        }
        #expect(outcomes.withLock { $0 } == ["ended", "true"])
    }

    #if os(Linux)
    @Test("R3 A tree with a log can propagate failures, too")
    func propagates() async {
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            let tree = try await Supervisor.start("root", loggingTo: LogTree(), propagateFailures: true) { context in
                try context.run("a") { _ in throw ScriptedFailure(5) }
                await context.stopRequested()
            }
            try await tree.wait()
        }
        let told = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }
        #expect(told?.contains("root/a") == true && told?.contains("scripted failure 5") == true)
    }
    #endif

    @Test("MON-13 MON-14 MON-15 MON-80 MON-81 Runnables log to their nodes, and share no name with sub-loggers")
    func runnables() async throws {
        let texts = Mutex<[String]>([])
        @Sendable func attempt(_ body: () throws -> Void) {
            do {
                try body()
                texts.withLock { $0.append("fine") }
            } catch {
                texts.withLock { $0.append("\((error as? LogError)?.code.description ?? "\(error)")") }
            }
        }
        let stream = try log.follow(LogFilter(includesDescendants: true, minimumLevel: .notice)).stream
        let tree = try await Supervisor.start("root", loggingTo: log, events: false) { context in
            let child: @Sendable (ChildContext) async throws -> Void = { child in
                Logger.current.notice("child")
                try child.subLogger("part").notice("part")
                try child.signal(.healthy)
                await child.stopRequested()
            }
            if context.incarnationNumber == 1 {
                _ = try context.subLogger("dut")
                attempt { try context.run("dut", body: child) }
                attempt { _ = try context.run("foo", body: child) }
                attempt { _ = try context.subLogger("foo") }
                attempt { _ = try context.subLogger("dut") }
                throw ScriptedFailure()
            }
            attempt { _ = try context.run("dut", body: child) }
            attempt { _ = try context.subLogger("foo") }
            try context.signal(.healthy)
            context.logger.notice("root")
            await context.stopRequested()
        }
        var seen: Set<String> = []
        for await item in stream {
            if let entry = item.entry { seen.insert("\(entry.path) \(entry.text)") }
            if seen.contains("root/dut/part part") && seen.contains("root root") { break }
        }
        #expect(seen.contains("root/dut child"))
        try await tree.terminate()
        let all = texts.withLock { $0 }
        #expect(all.count == 6)
        #expect(all.first?.contains("a sub-logger has its name") == true)
        #expect(all.dropFirst() == ["fine", "nameInUse", "fine", "fine", "fine"])
    }

    // MARK: Events

    @Test("MON-43 A failure is one fatal entry at the node itself, with the text of the error; none elsewhere")
    func failures() async throws {
        let spec = SupervisorSpec("root", tolerance: .unlimited, backoff: .none) {
            ChildSpec("bad") { context in
                if context.incarnationNumber == 1 { throw ScriptedFailure(77) }
                await context.stopRequested()
            }
            ChildSpec.idle("good")
        }
        let stream = try log.follow(LogFilter(includesDescendants: true, minimumLevel: .critical)).stream
        try await withTestTree(spec.logging(to: log)) { _ in }
        let entry = try #require(await stream.entries(1).first)
        #expect(entry.path.description == "root/bad")
        #expect(entry.leveled?.severity == .fatal)
        #expect(entry.leveled?.message.contains("scripted failure 77") == true)
        #expect(entry.leveled?.metadata["incarnation"] == "1")
        #expect(try log.backlog(LogFilter(includesDescendants: true, minimumLevel: .critical)).count == 1)
    }

    @Test("What happens to a node is logged there when its verbosity asks for it")
    func events() async throws {
        let bad = try log.node("root/worker")
        bad.verbosity = 1
        let stream = try log.follow(LogFilter("root/worker")).stream
        try await run(events: true) { _ in }
        #expect(await stream.entries(2).map(\.text) == ["started", "completed"])
    }
}
